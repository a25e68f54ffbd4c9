"""Operations that copy organizations, groups and users from one portal to another, and delete them."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Literal

from tuckan import errors
from tuckan.jobs.kinds.copied_datasets import emptied, intent_of
from tuckan.jobs.kinds.entities import undo_of_put, without_parents
from tuckan.jobs.operation import Ended, Intent, Kind
from tuckan.snapshot import changed_fields, normal
from tuckan.wire import writing
from tuckan.wire.call import Call
from tuckan.wire.entities import ENTITIES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tuckan.jobs.operation import Operation, Portals, Record
    from tuckan.wire.flow import Flow
    from tuckan.wire.portal_state import PortalState


class CopyGroup(Kind):
    """Create or change an organization or a group, with its members. Its data is like that of a copied dataset.

    Args:
        word: `organization` or `group`.
    """

    def __init__(self, word: Literal["organization", "group"]) -> None:
        self._entity = ENTITIES[word]
        self._plural: Literal["organizations", "groups"] = "organizations" if word == "organization" else "groups"
        self.name = f"copy.{word}"

    def intent(self, operation: Operation) -> Intent:
        """The intent: to create it, or to change these fields."""
        return intent_of(operation)

    def do(self, operation: Operation, portals: Portals) -> Flow[Ended]:
        """Create it, then change what differs: CKAN makes its creator a member."""
        data, target = operation.data, portals.target
        before = yield from self._read(data, target)
        if data["changes"] is None:
            yield from self._creating(data, before, target)
            before = None
        elif before is not None and "state" not in data["changes"]:
            writing.require_not_deleted(self._entity.name, {}, before, target)
        there = before or (yield from self._read(data, target)) or {}
        fields = self._differing(there, data)
        if fields:
            sent = {name: emptied(old, new) for name, (old, new) in fields.items()}
            yield from self._entity.patching(there["id"], sent, target)
            there = (yield from self._read(data, target)) or {}
        was_there = before is not None and before.get("state") != "deleted"
        return Ended(
            ("changed" if fields else "unchanged") if was_there else "created" if before is None else "restored",
            str(there.get("id", "")),
            before,
            there,
        )

    def _creating(self, data: Mapping[str, Any], there: Record | None, portal_state: PortalState) -> Flow[None]:
        """Create it, unless an earlier run did, which may have stopped before adding its members and parents."""
        if there is None:
            record = {**data["record"], **({"id": data["id"]} if data["id"] else {})}
            first = without_parents(record)
            yield from writing.creating_unseen(self._entity.name, first, self._entity.look, portal_state)
        elif not self._differing(there, data).keys() <= {"users", "groups"}:
            raise writing.in_the_way(self._entity.name, there, portal_state.address.site)

    def _read(self, data: Mapping[str, Any], portal_state: PortalState) -> Flow[Record | None]:
        look = self._entity.look(data["there"] or data["record"]["name"])
        return (yield from writing.reading_if_there(look, portal_state))

    def _differing(self, there: Record, data: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
        fields = changed_fields(normal(self._plural, there), data["record"])
        return {name: pair for name, pair in fields.items() if name not in data["kept"]}

    def check(self, operation: Operation, portals: Portals) -> Flow[Ended | None]:
        """Done if it matches the record."""
        data = operation.data
        there = yield from self._read(data, portals.target)
        if there is None or self._differing(there, data):
            return None
        created = data["changes"] is None
        return Ended("created" if created else "changed", str(there["id"]), None, there)

    def wrong_with(self, operation: Operation, ended: Ended, portals: Portals) -> Flow[str]:
        """What it says otherwise now."""
        del ended
        there = yield from self._read(operation.data, portals.target)
        unlike = ["it is not there"] if there is None else list(self._differing(there, operation.data))
        return f"differs from what was sent: {', '.join(unlike)}" if unlike else ""

    def undo(self, operation: Operation, ended: Ended) -> Operation | str:
        """Purge what was created, restore what was changed."""
        # Fields that the record does not have were emptied.
        sent = {**normal(self._plural, ended.before or {}), **operation.data["record"]}
        return undo_of_put(self._entity, operation, ended, sent)


class CopyUser(Kind):
    """Make a user, with a password that nobody knows: who needs one has it reset. Its data has `record` and `id`."""

    name = "copy.user"
    intended = "created"
    not_undone = "CKAN cannot remove users; an administrator can deactivate them"

    def do(self, operation: Operation, portals: Portals) -> Flow[Ended]:
        """Create the user."""
        data = operation.data
        record = {**data["record"], **({"id": data["id"]} if data["id"] else {})}
        record["password"] = secrets.token_urlsafe(24)
        user = yield from writing.creating_unseen("user", record, ENTITIES["user"].look, portals.target)
        return Ended("created", str(user["id"]), None, _public(user))

    def check(self, operation: Operation, portals: Portals) -> Flow[Ended | None]:
        """Done when there is such a user."""
        there = yield from _user(operation, portals)
        if there is None or not portals.has("user", operation.data["record"], there):
            return None
        return Ended("created", str(there["id"]), None, _public(there))

    def wrong_with(self, operation: Operation, ended: Ended, portals: Portals) -> Flow[str]:
        """Whether the user is not there."""
        del ended
        return "it is not there" if (yield from _user(operation, portals)) is None else ""


def _user(operation: Operation, portals: Portals) -> Flow[Record | None]:
    call = Call("user_show", {"id": operation.data["record"]["name"]}, read_only=True)
    try:
        return (yield from writing.reading_if_there(call, portals.target))
    except errors.NotAuthorized:
        return None


def _public(user: Record) -> Record:
    return {name: user.get(name) for name in ("id", "name", "fullname", "state")}
