"""Operations on organizations, groups and users: put (create or change), patch, delete; each looked up if in doubt, and undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuckan import errors
from tuckan._text import counted
from tuckan.jobs.kinds.datasets import inverse, is_in_bin
from tuckan.jobs.kinds.in_use import require_unused, shows_bin
from tuckan.jobs.kinds.undoing import is_left, put_back, require_as_left, require_ours
from tuckan.jobs.operation import Ended, Intent, Kind, Operation
from tuckan.shapes import SECRET_FIELDS, without_secrets
from tuckan.snapshot import differing
from tuckan.wire import writing
from tuckan.wire.call import Call
from tuckan.wire.execute import execute

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tuckan.jobs.operation import Portals, Record, What
    from tuckan.wire.entities import Entity
    from tuckan.wire.flow import Flow
    from tuckan.wire.portal_state import PortalState


def unlike(there: Record, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The fields in which an entity differs from the record; members are added to existing ones, and secrets are not compared."""
    fields = differing(
        there, {name: value for name, value in wanted.items() if name not in ("id", "users", *SECRET_FIELDS)}
    )
    members = _with_members(there.get("users") or [], wanted.get("users") or [])
    return {**fields, "users": members} if members else fields


def _with_members(there: Sequence[Any], wanted: Sequence[Any]) -> list[dict[str, Any]]:
    """The members to send so that the desired ones are included; empty if they already are."""
    known = {str(one["name"]): one.get("capacity") for one in there}
    shall = {str(one["name"]): one.get("capacity") or "member" for one in wanted}
    if all(known.get(name) == capacity for name, capacity in shall.items()):
        return []
    return [{"name": name, "capacity": capacity} for name, capacity in {**known, **shall}.items()]


class _OnEntities(Kind):
    """What these kinds share."""

    verb = ""

    def __init__(self, entity: Entity) -> None:
        self._entity = entity
        self.name = f"{entity.name}.{self.verb}"

    def wrong_with(self, operation: Operation, ended: Ended, portals: Portals) -> Flow[str]:
        """Read it again."""
        there = yield from writing.reading_if_there(self._entity.look(ended.id), portals.target)
        return self._unlike(operation, ended, there, portals)

    def _unlike(self, operation: Operation, ended: Ended, there: Record | None, portals: Portals) -> str:
        raise NotImplementedError

    def _lost(self, *, back: bool) -> tuple[str, ...]:
        """What is not restored with a deleted record, in sentences."""
        lost = back and self._entity.name == "user"
        return ("memberships ended when the user was deleted, and are not restored",) if lost else ()

    def _ended(self, what: What, before: Record | None, after: Record | None) -> Ended:
        id_ = str((after or before or {}).get("id", ""))
        return Ended(what, id_, without_secrets(before), without_secrets(after))


def without_parents(record: Record) -> Record:
    """A new organization or group as CKAN can create it: one with an id of its own gets its parents afterwards.

    CKAN looks for the record itself when it checks that its parents make no circle, and fails where it is not there yet.
    """
    return {name: value for name, value in record.items() if name != "groups" or not record.get("id")}


class PutEntity(_OnEntities):
    """Create a record, or change the existing one with its name or id. Its data is the record; a password is only for new users."""

    verb = "put"

    def intent(self, operation: Operation) -> Intent:
        """The intent: to create it, or to change these fields."""
        before = operation.before
        if before is None:
            return Intent("created")
        fields = {name: (before.get(name), new) for name, new in unlike(before, operation.data).items()}
        deleted = before.get("state") == "deleted"
        what: What = "restored" if deleted else "changed" if fields else "unchanged"
        return Intent(what, fields, self._lost(back=deleted))

    def do(self, operation: Operation, portals: Portals) -> Flow[Ended]:
        """Create or change it; a deleted one is restored."""
        record, portal_state, before = operation.data, portals.target, operation.before
        if before is None:
            id_ = yield from self._creating(record, portals)
            # The answer to a creation differs from what others see: an undo compares with this one.
            shown = yield from writing.reading(self._entity.look(id_), portal_state)
            return self._ended("created", None, shown)
        there = yield from writing.reading(self._entity.look(str(before["id"])), portal_state)
        writing.require_not_deleted(self._entity.name, before, there, portal_state)
        deleted = {"state": "active"} if there.get("state") == "deleted" else {}
        fields = {**unlike(there, record), **deleted}
        if not fields:
            return self._ended("unchanged", there, there)
        after = yield from self._entity.patching(there["id"], fields, portal_state)
        return self._ended("restored" if deleted else "changed", there, after)

    def _creating(self, record: Record, portals: Portals) -> Flow[str]:
        """Create it and give it its parents, which an interrupted run may have left to do; its id."""
        first, entity = without_parents(record), self._entity
        if first == record:
            return str((yield from writing.creating_unseen(entity.name, record, entity.look, portals.target))["id"])
        id_ = str(record["id"])
        there = yield from writing.reading_if_there(entity.look(id_), portals.target)
        if not portals.has(entity.name, first, there):
            yield from writing.creating_unseen(entity.name, first, entity.look, portals.target)
        yield from entity.patching(id_, {"groups": record["groups"]}, portals.target)
        return id_

    def check(self, operation: Operation, portals: Portals) -> Flow[Ended | None]:
        """Done if it matches the record."""
        named = str(operation.data.get("id") or operation.data["name"])
        there = yield from writing.reading_if_there(self._entity.look(named), portals.target)
        if operation.before is None:
            made = portals.has(self._entity.name, operation.data, there)
            return self._ended("created", None, there) if made else None
        if there is None or there.get("state") == "deleted" or unlike(there, operation.data):
            return None
        return self._ended("changed", operation.before, there)

    def _unlike(self, operation: Operation, ended: Ended, there: Record | None, portals: Portals) -> str:
        return portals.shortfall(self._entity.name, operation.data, there, ended, adding=["users"])

    def undo(self, operation: Operation, ended: Ended) -> Operation | str:
        """Remove what was created, restore what was changed."""
        return undo_of_put(self._entity, operation, ended, operation.data)


class PatchEntity(_OnEntities):
    """Set some fields. Its data has `id`, `fields`, and with `expected` what they must be now."""

    verb = "patch"

    def intent(self, operation: Operation) -> Intent:
        """The intent: to change these fields."""
        before = operation.before or {}
        fields = differing(before, operation.data["fields"])
        back = before.get("state") == "deleted" and fields.get("state") == "active"
        return Intent(
            "restored" if back else "changed" if fields else "unchanged",
            {name: (before.get(name), new) for name, new in fields.items()},
            self._lost(back=back),
        )

    def do(self, operation: Operation, portals: Portals) -> Flow[Ended]:
        """Set the fields, unless somebody else has changed them since."""
        data = operation.data
        there = yield from writing.reading(self._entity.look(data["id"]), portals.target)
        require_as_left(operation, self._entity.kind, there, data.get("expected") or {}, data["fields"])
        fields = differing(there, data["fields"])
        if not fields:
            return self._ended("unchanged", there, there)
        after = yield from self._entity.patching(data["id"], fields, portals.target)
        return self._ended("restored" if fields.get("state") == "active" else "changed", there, after)

    def check(self, operation: Operation, portals: Portals) -> Flow[Ended | None]:
        """Done if it has these fields."""
        there = yield from writing.reading(self._entity.look(operation.data["id"]), portals.target)
        done = not differing(there, operation.data["fields"])
        return self._ended("changed", operation.before, there) if done else None

    def _unlike(self, operation: Operation, ended: Ended, there: Record | None, portals: Portals) -> str:
        return portals.shortfall(self._entity.name, operation.data["fields"], there, ended)

    def undo(self, operation: Operation, ended: Ended) -> Operation | str:
        """Restore each field that was changed, if it still has the value that the job left."""
        return _undo_of_change(self._entity, operation, ended, operation.data["fields"])


class DeleteEntity(_OnEntities):
    """Delete or purge a record. Its data has `id` and `purge`.

    With `ours` it undoes a creation: records that somebody else has changed or used are kept, and those that may not be purged are
    deleted.
    """

    verb = "delete"

    def intent(self, operation: Operation) -> Intent:
        """The intent: to delete it, unless it is already deleted."""
        if is_in_bin(operation):
            return Intent("unchanged")
        datasets = int((operation.before or {}).get("package_count") or 0)
        if self._entity.name != "organization" or not datasets or operation.data.get("ours"):
            return Intent("deleted")
        it = f"it has {counted(datasets, 'dataset')}: CKAN refuses to delete it, or removes the datasets from it, which can't be undone"
        return Intent("deleted", notes=(it,))

    def do(self, operation: Operation, portals: Portals) -> Flow[Ended]:
        """Delete it."""
        purge, ours = operation.data["purge"], bool(operation.data.get("ours"))
        look = self._entity.look(operation.data["id"])
        if ours:
            there = yield from writing.reading_if_there(look, portals.target)
            if there is None:  # undone before, or purged by somebody else
                return Ended("unchanged", operation.data["id"])
            require_ours(operation, self._entity.kind, there)
            yield from require_unused(operation, self._entity.name, there, portals)
            # If purged, it would be missing when a deleted dataset of it is restored.
            purge = purge and shows_bin(self._entity.name, portals)
        else:
            there = yield from writing.reading(look, portals.target)
        if there.get("state") == "deleted" and not purge:
            return self._ended("unchanged", there, there)
        try:
            yield from self._removing(there, portals.target, purge=purge)
        except errors.NotAuthorized:
            if not (ours and purge):
                raise
            yield from self._removing(there, portals.target, purge=False)
        return self._ended("deleted", there, None)

    def _removing(self, there: Record, portal_state: PortalState, *, purge: bool) -> Flow[None]:
        action = f"{self._entity.name}_{'purge' if purge else 'delete'}"
        # Deleting a group by id also removes its members and datasets; deleting it by name does not.
        by = "id" if purge or self._entity.name == "user" else "name"
        # CKAN also accepts a second delete; a purged record is not found.
        try:
            yield from execute(Call(action, {"id": there[by]}, idempotent=True), portal_state)
        except errors.NotFound:
            if (yield from writing.reading_if_there(self._entity.look(there["id"]), portal_state)) is not None:
                raise

    def check(self, operation: Operation, portals: Portals) -> Flow[Ended | None]:
        """Done if it is gone or deleted."""
        there = yield from writing.reading_if_there(self._entity.look(operation.data["id"]), portals.target)
        if is_left(operation, there):
            return None
        return self._ended("deleted", operation.before or there, None)

    def _unlike(self, operation: Operation, ended: Ended, there: Record | None, portals: Portals) -> str:  # noqa: ARG002
        return "it is still there" if is_left(operation, there) else ""

    def undo(self, operation: Operation, ended: Ended) -> Operation | str:
        """Restore it; a purged record cannot be restored."""
        if ended.what == "unchanged":
            return "nothing was changed"
        if operation.data["purge"]:
            return "it was purged; its record is in the journal and can be loaded again"
        data = {"id": ended.id, "fields": {"state": "active"}, "expected": {"state": "deleted"}}
        left = {**(ended.before or {}), "state": "deleted"}
        return inverse(operation, f"{self._entity.name}.patch", data, left)


def undo_of_put(entity: Entity, operation: Operation, ended: Ended, sent: Mapping[str, Any]) -> Operation | str:
    """The operation that removes what was created or restores what was changed, or why there is none."""
    if ended.what == "created":
        data = {"id": ended.id, "purge": entity.purged, "ours": True}
        return inverse(operation, f"{entity.name}.delete", data, ended.after)
    return _undo_of_change(entity, operation, ended, sent)


def _undo_of_change(entity: Entity, operation: Operation, ended: Ended, sent: Mapping[str, Any]) -> Operation | str:
    if ended.what == "unchanged":
        return "nothing was changed"
    if ended.before is None or ended.after is None:
        return "its previous state is not known"
    fields, expected = put_back(entity.kind, ended.before, ended.after, sent)
    data = {"id": ended.id, "fields": fields, "expected": expected}
    return inverse(operation, f"{entity.name}.patch", data, ended.after)
