"""Flows that delete, undo links, and follow, each once. Deletions are verified: success that changed nothing is an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from tuckan import errors
from tuckan.shapes import without_secrets
from tuckan.wire.call import Call
from tuckan.wire.doubt import once
from tuckan.wire.execute import execute
from tuckan.wire.uncounted_lists import records_in
from tuckan.wire.writing import Edit, dataset, reading, reading_if_there

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tuckan.wire.entities import Entity
    from tuckan.wire.flow import Flow
    from tuckan.wire.portal_state import PortalState
    from tuckan.wire.writing import Record

Look: TypeAlias = "Callable[[], Flow[Record | None]]"
"""A flow that reads the record; None if it is gone."""


def removing(
    call: Call,
    look: Call | Look,
    portal_state: PortalState,
    *,
    still: str = "",
    unblock: Callable[[], Flow[None]] | None = None,
) -> Flow[None]:
    """Send a delete once, and verify that the record is gone.

    Args:
        call: the delete.
        look: reads the record, or returns None if it is gone. A record is gone if it is marked as deleted,
            unless it is to be purged.
        portal_state: the portal.
        still: the message if it is not gone, such as `the dataset rain is still there`; without it, an answer of
            success is not verified: the caller verifies many deletes together.
        unblock: a flow that removes the probable cause of a failure before the delete is sent again.

    Raises:
        NotFound: when there is nothing to delete.
        InDoubt: when the answer was lost on every attempt.
        NotKept: when the portal reported success, but the thing is not gone.
    """
    left = _left(call, look, portal_state) if isinstance(look, Call) else look
    seen_gone = False

    def gone() -> Flow[bool | None]:
        nonlocal seen_gone
        seen_gone = (yield from left()) is None
        return seen_gone or None

    yield from once(call, gone, portal_state, unblock=unblock)
    if still and not seen_gone:
        yield from _require_gone(left, still, portal_state)


def _left(call: Call, look: Call, portal_state: PortalState) -> Look:
    def left() -> Flow[Record | None]:
        found = yield from reading_if_there(look, portal_state)
        in_the_bin = found is not None and found.get("state") == "deleted"
        return None if in_the_bin and not call.action.endswith("_purge") else found

    return left


def _require_gone(left: Look, still: str, portal_state: PortalState) -> Flow[None]:
    site = portal_state.address.site
    try:
        found = yield from left()
    except errors.NotAuthorized:
        return  # CKAN shows deleted records only to their administrators
    except (errors.PortalError, errors.TransportError) as error:
        error.hint = f"{site} reported that the delete succeeded, but this could not be verified. " + error.hint
        raise
    if found is not None:
        state = found.get("state") or "there"
        raise errors.NotKept(
            f"{site} reported success, but {still}.",
            portal=site,
            subject=still.partition(" is ")[0].removeprefix("the "),
            fields={"state": ("removed", state)},
            record=without_secrets(found),
            hint="A plugin of the portal may protect it; ask the portal's administrator.",
        )


def removing_member(entity: Entity, id: str, user: str, portal_state: PortalState) -> Flow[None]:  # noqa: A002 - CKAN's own word
    """Remove a user from an organization or group; does nothing if they are not a member.

    Raises:
        NotKept: when the user is still a member.
    """

    def left() -> Flow[Record | None]:
        members = (yield from reading(entity.look(id), portal_state)).get("users") or ()
        active = (one for one in members if one.get("state", "active") == "active")
        return next((one for one in active if user in (one.get("id"), one.get("name"))), None)

    call = Call("member_delete", {"id": id, "object": user, "object_type": "user"})
    yield from removing(call, left, portal_state, still=f"the user {user} is still a member of the {entity.name} {id}")


def removing_collaborator(id: str, user: str, portal_state: PortalState) -> Flow[None]:  # noqa: A002 - CKAN's own word
    """Remove a user's role in a dataset.

    Raises:
        NotFound: when they have none.
        NotKept: when they still have it.
    """

    def left() -> Flow[Record | None]:
        look = Call("package_collaborator_list", {"id": id}, read_only=True)
        roles = {one.get("user_id"): one for one in records_in(look, (yield from execute(look, portal_state)), None)}
        if not roles or user in roles:
            return roles.get(user)
        who = yield from reading_if_there(Call("user_show", {"id": user}, read_only=True), portal_state)
        return roles.get(who["id"]) if who else None

    call = Call("package_collaborator_delete", {"id": id, "user_id": user})
    yield from removing(call, left, portal_state, still=f"the user {user} is still a collaborator of the dataset {id}")


def relationship(wanted: Mapping[str, str], portal_state: PortalState) -> Flow[Record | None]:
    """The relationship of a `type` between a `subject` and an `object`, or None."""
    params = {"id": wanted["subject"], "id2": wanted["object"], "rel": wanted["type"]}
    look = Call("package_relationships_list", params, read_only=True)
    try:
        found = records_in(look, (yield from execute(look, portal_state)), None)
    except errors.NotFound:
        return None
    return found[0] if found else None


def unrelating(wanted: Mapping[str, str], portal_state: PortalState) -> Flow[None]:
    """Remove a relationship.

    Raises:
        NotFound: when there is none of this type.
        NotKept: when it is still there.
    """
    call = Call("package_relationship_delete", wanted)
    still = f"the relationship {' '.join(wanted[one] for one in ('subject', 'type', 'object'))} is still there"
    yield from removing(call, lambda: relationship(wanted, portal_state), portal_state, still=still)


def following(kind: str, id: str, portal_state: PortalState) -> Flow[None]:  # noqa: A002 - CKAN's own word
    """Follow a dataset, group or user, unless the token's user does so already.

    Raises:
        NotKept: when they do not follow it afterwards.
    """
    look = Call(f"am_following_{kind}", {"id": id}, read_only=True)
    if (yield from execute(look, portal_state)):
        return
    yield from execute(Call(f"follow_{kind}", {"id": id}, idempotent=True), portal_state)
    if not (yield from execute(look, portal_state)):
        site = portal_state.address.site
        raise errors.NotKept(
            f"{site} reported success, but the {kind} {id} is not followed.",
            portal=site,
            subject=f"{kind} {id}",
            fields={"followed": (True, False)},
        )


def unfollowing(kind: str, id: str, portal_state: PortalState) -> Flow[None]:  # noqa: A002 - CKAN's own word
    """Unfollow a dataset, group or user.

    Raises:
        NotKept: when the token's user still follows it.
    """

    def left() -> Flow[Record | None]:
        followed = yield from execute(Call(f"am_following_{kind}", {"id": id}, read_only=True), portal_state)
        return {"id": id, "state": "followed"} if followed else None

    call = Call(f"unfollow_{kind}", {"id": id})
    yield from removing(call, left, portal_state, still=f"the {kind} {id} is still followed")


def deleting(id: str, portal_state: PortalState, *, purge: bool = False) -> Flow[Edit]:  # noqa: A002 - CKAN's own word
    """Delete a dataset, or purge it.

    Args:
        id: its name or id.
        portal_state: the portal.
        purge: remove it permanently, which requires a system administrator.

    Returns:
        A flow that returns the edit: the dataset as it was before, and None.

    Raises:
        NotFound: when there is no such dataset.
    """
    there = yield from reading(dataset(id), portal_state)
    if there.get("state") == "deleted" and not purge:
        return Edit(there, there)

    id_ = str(there["id"])
    if purge:
        yield from purging(id_, portal_state)
    else:
        yield from removing(Call("package_delete", {"id": id_}), dataset(id_), portal_state)
    return Edit(there, None)


def purging(id: str, portal_state: PortalState, *, still: str = "") -> Flow[None]:  # noqa: A002 - CKAN's own word
    """Purge a dataset, once.

    CKAN up to 2.12 fails internally if it has collaborators. Deleting it by its id first removes them, and it can then be purged.

    Args:
        id: its id.
        portal_state: the portal.
        still: as `removing` takes it.
    """

    def unblock() -> Flow[None]:
        if (yield from _collaborators(id, portal_state)):
            yield from removing(Call("package_delete", {"id": id}), dataset(id), portal_state)

    yield from removing(Call("dataset_purge", {"id": id}), dataset(id), portal_state, still=still, unblock=unblock)


def _collaborators(id: str, portal_state: PortalState) -> Flow[Sequence[Record]]:  # noqa: A002 - as above
    call = Call("package_collaborator_list", {"id": id}, read_only=True)
    try:
        return records_in(call, (yield from execute(call, portal_state)), None)
    except (errors.NotAuthorized, errors.ActionNotFound, errors.ValidationError):
        return ()
