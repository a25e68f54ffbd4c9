"""Calls of any action, from a batch: a call in doubt that cannot be looked up is not repeated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuckan import errors
from tuckan.actions import call_for
from tuckan.jobs.operation import Ended, Intent, Kind, Operation
from tuckan.shapes import without_secrets
from tuckan.snapshot import differing
from tuckan.wire import writing
from tuckan.wire.call import Call
from tuckan.wire.doubt import once

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tuckan.jobs.operation import Portals, Record, What
    from tuckan.wire.flow import Flow

_REPEATABLE_ENDS = ("_delete", "_purge")
_MADE_BY_NAME = frozenset("package organization group user vocabulary".split())


class CallAction(Kind):
    """Call an action. Its data has `action`, `data` and `files` (names with paths)."""

    name = "call"

    def intent(self, operation: Operation) -> Intent:
        """A guess from the name of the action and its parameters."""
        action = str(operation.data["action"])
        given = {name: value for name, value in operation.data.items() if name != "action" and value}
        return Intent(_what(action), {action: (None, without_secrets(given))})

    def do(self, operation: Operation, portals: Portals) -> Flow[Ended]:
        """Call it, once."""
        data = operation.data
        files = data.get("files") or {}

        def done() -> Flow[Any]:
            return None if files else (yield from _made(operation, portals))

        call = _call(data["action"], data["data"], files)
        result = yield from once(call, done, portals.target, repeatable=False)
        return _ended(_what(data["action"]), result)

    def check(self, operation: Operation, portals: Portals) -> Flow[Ended | None]:
        """Done if the record that it creates exists. Idempotent calls are repeated, and others are left alone."""
        data = operation.data
        call = _call(data["action"], data["data"], data.get("files") or {})
        if call.may_repeat:
            return None
        found = yield from _made(operation, portals)
        if found is not None:
            return _ended(_what(data["action"]), found)
        if _looked_up(operation) is not None:
            return None
        raise errors.InDoubt(
            f"{data['action']}: it may have been done, and this cannot be looked up; it was not repeated.",
            action=str(data["action"]),
            hint="Check it yourself, and put it into another batch if it was not done.",
        )

    def undo(self, operation: Operation, ended: Ended) -> Operation | str:  # noqa: ARG002 - Kind's own signature
        """The effect of an arbitrary action is not known."""
        return f"what {operation.data['action']} did is not known; a call can't be undone"


_WHAT: dict[str, What] = {
    "create": "created", "update": "changed", "patch": "changed", "delete": "deleted", "purge": "deleted",
}  # fmt: skip


def _what(action: str) -> What:
    return _WHAT.get(action.rpartition("_")[2], "done")


def _call(action: str, data: Mapping[str, Any], files: Mapping[str, Any]) -> Call:
    if action.endswith(_REPEATABLE_ENDS) and not files:
        return Call(action, data, idempotent=True)
    return call_for(action, data, files=files)


def _looked_up(operation: Operation) -> Call | None:
    """The call that shows the record an action creates, if that has a name or an id."""
    kind, _, verb = str(operation.data["action"]).rpartition("_")
    data = operation.data["data"]
    named = data.get("id") or (data.get("name") if kind in _MADE_BY_NAME else None)
    return Call(f"{kind}_show", {"id": named}, read_only=True) if verb == "create" and named else None


def _made(operation: Operation, portals: Portals) -> Flow[Record | None]:
    """The record that an action was to create, if it exists with the values that were sent."""
    look = _looked_up(operation)
    if look is None:
        return None
    found = yield from writing.reading_if_there(look, portals.target)
    if found is None:
        return None
    sent = {name: value for name, value in operation.data["data"].items() if name in found}
    return None if differing(found, without_secrets(sent)) else found


def _ended(what: What, result: Any) -> Ended:
    """The outcome; a result that is a record is kept without its secrets."""
    record = without_secrets(result) if isinstance(result, dict) else None
    return Ended(what, str((record or {}).get("id") or ""), None, record)
