"""Operations on organizations, groups and users: put (create or change), patch, delete; each looked up and undone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tuckan import errors
from tuckan.jobs.operation import Ended, Intent, Operation
from tuckan.jobs.secrecy import without_secrets
from tuckan.snapshot import SECRETS, differing
from tuckan.wire import writing
from tuckan.wire.call import Call
from tuckan.wire.calling import calling

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tuckan.jobs.operation import Portals, Record, What
    from tuckan.wire.flow import Flow
    from tuckan.wire.memory import Memory


@dataclass(frozen=True, slots=True)
class Entity:
    """What organizations, groups and users have in common, and what not.

    Attributes:
        name: such as `organization`.
        shown: further parameters of the action that shows one.
        purged: whether it can be removed for good.
    """

    name: str
    shown: Mapping[str, Any] = field(default_factory=dict[str, Any])
    purged: bool = True

    def look(self, id: str) -> Call:  # noqa: A002 - CKAN's own word
        """The call that reads one."""
        return Call(f"{self.name}_show", {"id": id, **self.shown}, read_only=True)

    def patching(self, id: str, fields: Mapping[str, Any], memory: Memory) -> Flow[Record]:  # noqa: A002 - as above
        """Set some fields of one."""
        after = yield from self._patching({"id": id, **fields}, memory)
        left = after.get("extras")
        if left and fields.get("extras") == []:
            # CKAN up to 2.11 passes over a list without extras; each of them must be marked to go.
            marked = [{"key": one["key"], "value": one["value"], "deleted": True} for one in left]
            after = yield from self._patching({"id": id, "extras": marked}, memory)
        return after

    def _patching(self, params: Mapping[str, Any], memory: Memory) -> Flow[Record]:
        return (yield from writing.reading(Call(f"{self.name}_patch", params, idempotent=True), memory))


_SHOWN = {"include_datasets": False, "include_users": True, "include_extras": True}
ENTITIES = {
    one.name: one for one in (Entity("organization", _SHOWN), Entity("group", _SHOWN), Entity("user", purged=False))
}


def unlike(there: Record, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The fields in which an entity is not as it is wanted; members are added to those it has, and secrets not compared."""
    fields = differing(there, {name: value for name, value in wanted.items() if name not in ("id", "users", *SECRETS)})
    members = _with_members(there.get("users") or [], wanted.get("users") or [])
    return {**fields, "users": members} if members else fields


def _with_members(there: Sequence[Any], wanted: Sequence[Any]) -> list[dict[str, Any]]:
    """The members to send so that the wanted ones are among them; none when they are already."""
    known = {str(one["name"]): one.get("capacity") for one in there}
    shall = {str(one["name"]): one.get("capacity") or "member" for one in wanted}
    if all(known.get(name) == capacity for name, capacity in shall.items()):
        return []
    return [{"name": name, "capacity": capacity} for name, capacity in {**known, **shall}.items()]


class _OnEntities:
    """What these kinds share."""

    verb = ""

    def __init__(self, entity: Entity) -> None:
        self._entity = entity
        self.name = f"{entity.name}.{self.verb}"

    def wrong(self, ended: Sequence[tuple[Operation, Ended]], portals: Portals) -> Flow[Mapping[str, str]]:
        """Read each again."""
        wrong: dict[str, str] = {}
        for operation, one in ended:
            there = yield from writing.reading_if_there(self._entity.look(one.id), portals.target)
            if reason := self._wrong_with(operation, there):
                wrong[operation.key] = reason
        return wrong

    def _wrong_with(self, operation: Operation, there: Record | None) -> str:
        raise NotImplementedError

    def _ended(self, what: What, before: Record | None, after: Record | None) -> Ended:
        id_ = str((after or before or {}).get("id", ""))
        return Ended(what, id_, without_secrets(before), without_secrets(after))


class PutEntity(_OnEntities):
    """Create one, or change the one of its name or id. Its data is the record; a password is for a new user alone."""

    verb = "put"

    def intent(self, operation: Operation) -> Intent:
        """To create it, or to change these fields."""
        before = operation.before
        if before is None:
            return Intent("created")
        fields = {name: (before.get(name), new) for name, new in unlike(before, operation.data).items()}
        deleted = before.get("state") == "deleted"
        return Intent("restored" if deleted else "changed" if fields else "unchanged", fields)

    def do(self, operation: Operation, portals: Portals) -> Flow[Ended]:
        """Create or change it; one that was deleted is there again afterwards."""
        record, memory = operation.data, portals.target
        named = str((operation.before or {}).get("id") or record.get("id") or record["name"])
        if operation.before is None:
            try:
                made = yield from writing.creating(f"{self._entity.name}_create", record, memory)
            except errors.ValidationError as error:
                named = str(record["name"])
                there = yield from writing.reading_if_there(self._entity.look(named), memory)
                if there is None or not {"name", "id"} & set(error.error):
                    raise
            else:
                return self._ended("created", None, made)
        there = yield from writing.reading(self._entity.look(named), memory)
        deleted = {"state": "active"} if there.get("state") == "deleted" else {}
        fields = {**unlike(there, record), **deleted}
        if not fields:
            return self._ended("unchanged", there, there)
        after = yield from self._entity.patching(there["id"], fields, memory)
        return self._ended("restored" if deleted else "changed", there, after)

    def check(self, operation: Operation, portals: Portals) -> Flow[Ended | None]:
        """Done when it says what was to be put."""
        named = str(operation.data.get("id") or operation.data["name"])
        there = yield from writing.reading_if_there(self._entity.look(named), portals.target)
        if there is None or self._wrong_with(operation, there):
            return None
        return self._ended("changed" if operation.before else "created", operation.before, there)

    def _wrong_with(self, operation: Operation, there: Record | None) -> str:
        return _unlike_in_words(there, operation.data)

    def undo(self, operation: Operation, ended: Ended) -> Operation | str:
        """Remove what was created, put back what was changed."""
        if ended.what == "created":
            data = {"id": ended.id, "purge": self._entity.purged}
            return _inverse(operation, f"{self._entity.name}.delete", data, ended)
        return PatchEntity(self._entity).undo(operation, ended)


class PatchEntity(_OnEntities):
    """Set some fields. Its data has `id`, `fields`, and with `expected` what they must be now."""

    verb = "patch"

    def intent(self, operation: Operation) -> Intent:
        """To change these fields."""
        before = operation.before or {}
        fields = differing(before, operation.data["fields"])
        return Intent(
            "changed" if fields else "unchanged", {name: (before.get(name), new) for name, new in fields.items()}
        )

    def do(self, operation: Operation, portals: Portals) -> Flow[Ended]:
        """Set the fields, unless somebody else has changed them since."""
        data = operation.data
        there = yield from writing.reading(self._entity.look(data["id"]), portals.target)
        theirs = differing(there, data.get("expected") or {})
        fields = differing(there, {name: value for name, value in data["fields"].items() if name not in theirs})
        if not fields:
            return self._ended("unchanged", there, there)
        after = yield from self._entity.patching(data["id"], fields, portals.target)
        return self._ended("restored" if fields.get("state") == "active" else "changed", there, after)

    def check(self, operation: Operation, portals: Portals) -> Flow[Ended | None]:
        """Done when it has these fields."""
        there = yield from writing.reading(self._entity.look(operation.data["id"]), portals.target)
        return None if self._wrong_with(operation, there) else self._ended("changed", operation.before, there)

    def _wrong_with(self, operation: Operation, there: Record | None) -> str:
        if there is None:
            return "it is not there"
        fields = differing(there, operation.data["fields"])
        return f"not as it was sent: {', '.join(fields)}" if fields else ""

    def undo(self, operation: Operation, ended: Ended) -> Operation | str:
        """Put back each field that was changed, where it still is as it was left."""
        if ended.what == "unchanged":
            return "nothing was changed"
        if ended.before is None or ended.after is None:
            return "it is not known what it was before"
        then, now = _said(ended.before), _said(ended.after)
        changed = [name for name in {**then, **now} if differing(now, {name: then.get(name)})]
        # A list is emptied by an empty one, and text by empty text.
        fields: dict[str, Any] = {
            name: then.get(name) or ([] if isinstance(now.get(name), list) else "") for name in changed
        }
        expected = {name: now.get(name) for name in changed}
        data = {"id": ended.id, "fields": fields, "expected": expected}
        return _inverse(operation, f"{self._entity.name}.patch", data, ended)


class DeleteEntity(_OnEntities):
    """Delete one, or purge it. Its data has `id` and `purge`."""

    verb = "delete"

    def intent(self, operation: Operation) -> Intent:  # noqa: ARG002 - it is the same for all of them
        """To delete it."""
        return Intent("deleted")

    def do(self, operation: Operation, portals: Portals) -> Flow[Ended]:
        """Delete it."""
        purge = operation.data["purge"]
        there = yield from writing.reading(self._entity.look(operation.data["id"]), portals.target)
        if there.get("state") == "deleted" and not purge:
            return self._ended("unchanged", there, there)
        action = f"{self._entity.name}_{'purge' if purge else 'delete'}"
        # CKAN takes a second delete for done as well; what was purged is not found any more.
        try:
            yield from calling(Call(action, {"id": there["id"]}, idempotent=True), portals.target)
        except errors.NotFound:
            if (yield from writing.reading_if_there(self._entity.look(there["id"]), portals.target)) is not None:
                raise
        return self._ended("deleted", there, None)

    def check(self, operation: Operation, portals: Portals) -> Flow[Ended | None]:
        """Done when it is gone, or in the bin."""
        there = yield from writing.reading_if_there(self._entity.look(operation.data["id"]), portals.target)
        if self._wrong_with(operation, there):
            return None
        return self._ended("deleted", operation.before or there, None)

    def _wrong_with(self, operation: Operation, there: Record | None) -> str:
        gone = there is None or (not operation.data["purge"] and there.get("state") == "deleted")
        return "" if gone else "it is still there"

    def undo(self, operation: Operation, ended: Ended) -> Operation | str:
        """Take it out of the bin; what was purged is gone for good."""
        if ended.what == "unchanged":
            return "nothing was changed"
        if operation.data["purge"]:
            return "it was purged; its record is in the journal, and can be loaded again"
        data = {"id": ended.id, "fields": {"state": "active"}}
        return _inverse(operation, f"{self._entity.name}.patch", data, ended)


def _said(record: Record) -> dict[str, Any]:
    """What somebody said of an entity, of what CKAN shows of it."""
    fields = ("name", "title", "fullname", "description", "about", "email", "image_url", "state", "extras", "sysadmin")
    said = {name: record[name] for name in fields if name in record}
    if "extras" in said:
        said["extras"] = [{"key": one["key"], "value": one["value"]} for one in record["extras"]]
    if "users" in record:
        said["users"] = [{"name": one["name"], "capacity": one.get("capacity")} for one in record["users"]]
    return said


def _unlike_in_words(there: Record | None, wanted: Mapping[str, Any]) -> str:
    if there is None:
        return "it is not there"
    fields = unlike(there, wanted)
    return f"not as it was sent: {', '.join(fields)}" if fields else ""


def _inverse(operation: Operation, kind: str, data: Any, ended: Ended) -> Operation:
    return Operation(operation.key, kind, operation.subject, data, -operation.stage, before=ended.after)
