"""Who has a role in a dataset besides its organization: CKAN forgets them when it is deleted, and an undo gives them back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuckan import errors
from tuckan.wire.call import Call
from tuckan.wire.execute import execute
from tuckan.wire.uncounted_lists import records_in

if TYPE_CHECKING:
    from tuckan.jobs.operation import Operation, Portals, Record
    from tuckan.wire.flow import Flow

COLLABORATORS = "_collaborators"
"""In a deleted dataset as it was before: who had a role in it, which CKAN forgets; missing where that could not be read."""

NO_COLLABORATORS = "no collaborators"
"""In what a run shares: that the portal does not have them."""


def collaborators_of(id: str, portals: Portals) -> Flow[list[Record] | None]:  # noqa: A002 - CKAN's own word
    """Who has a role in a dataset; None where this token may not know. A portal without collaborators is asked once in a run."""
    return (yield from listed(Call("package_collaborator_list", {"id": id}, read_only=True), portals, NO_COLLABORATORS))


def listed(call: Call, portals: Portals, lacking: str = "") -> Flow[list[Record] | None]:
    """What an action lists; None where this token may not know, or what it is about is gone.

    Nothing where the portal or its settings do not have it, which a run is told of as `lacking` and then asks no more.
    """
    if lacking in portals.shared:
        return []
    try:
        return records_in(call, (yield from execute(call, portals.target)), None)
    except (errors.ActionNotFound, errors.ValidationError):
        if lacking:
            portals.shared[lacking] = True
        return []
    except (errors.NotAuthorized, errors.NotFound):
        return None


def without_role(operation: Operation, portals: Portals) -> Flow[list[Record]]:
    """The collaborators who are to have a role in a dataset again and have none; one whom others gave another role has one."""
    wanted: list[Record] = operation.data.get("collaborators") or []
    if not wanted:
        return []
    there = yield from collaborators_of(operation.data["id"], portals)
    known = {one.get("user_id") for one in there or ()}
    return [one for one in wanted if one["user_id"] not in known]


def giving_roles(operation: Operation, portals: Portals) -> Flow[None]:
    """Give collaborators their roles again, and see that they have them.

    Raises:
        Conflict: when one of them can't have it, as a user who was deleted meanwhile.
    """
    reasons: list[str] = []
    for one in (yield from without_role(operation, portals)):
        params = {"id": operation.data["id"], "user_id": one["user_id"], "capacity": one["capacity"]}
        try:
            yield from execute(Call("package_collaborator_create", params, idempotent=True), portals.target)
        except errors.PortalError as error:
            reasons.append(error.message)
    if missing := (yield from without_role(operation, portals)):
        names = ", ".join(f"{one['user_id']} ({one['capacity']})" for one in missing)
        raise errors.Conflict(
            f"{operation.subject} is back, and its collaborators {names} are not. {' '.join(reasons)}".rstrip(),
            status=409,
            hint="Give them their roles by hand if need be: "
            + errors.Hint("datasets.add_collaborator.", "tuckan dataset add-collaborator."),
        )
