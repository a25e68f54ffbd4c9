"""Collaborators of a dataset: CKAN removes them when it is deleted, and an undo restores them."""

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
"""Key in the previous record of a deleted dataset: its collaborators, which CKAN removes; absent if they could not be read."""

NO_COLLABORATORS = "no collaborators"
"""Key in the state that a run shares: the portal has no collaborators."""


def collaborators_of(id: str, portals: Portals) -> Flow[list[Record] | None]:  # noqa: A002 - CKAN's own word
    """The collaborators of a dataset; None if this token may not see them. A portal without collaborators is asked once per run."""
    return (yield from listed(Call("package_collaborator_list", {"id": id}, read_only=True), portals, NO_COLLABORATORS))


def listed(call: Call, portals: Portals, lacking: str = "") -> Flow[list[Record] | None]:
    """What an action lists; None where this token may not know, or what it is about is gone.

    Empty if the portal does not support it; the run remembers that under `lacking` and does not ask again.
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
    """The collaborators to restore who have no role now; those to whom others gave another role keep it."""
    wanted: list[Record] = operation.data.get("collaborators") or []
    if not wanted:
        return []
    there = yield from collaborators_of(operation.data["id"], portals)
    known = {one.get("user_id") for one in there or ()}
    return [one for one in wanted if one["user_id"] not in known]


def giving_roles(operation: Operation, portals: Portals) -> Flow[None]:
    """Restore the roles of collaborators, and verify them.

    Raises:
        Conflict: when one of them can't be restored, such as a user who was deleted meanwhile.
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
            f"{operation.subject} was restored, but its collaborators {names} were not. {' '.join(reasons)}".rstrip(),
            status=409,
            hint="Restore their roles manually if necessary: "
            + errors.Hint("datasets.add_collaborator.", "tuckan dataset add-collaborator."),
        )
