"""Operations on tables: load a resource's file into the DataStore with DataPusher or XLoader, and verify the result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuckan._text import counted
from tuckan.errors import NotFound, PortalError, ServerError, Timeout, ValidationError
from tuckan.jobs.operation import Ended, Kind
from tuckan.wire.call import Call
from tuckan.wire.doubt import once
from tuckan.wire.execute import execute
from tuckan.wire.flow import Wait
from tuckan.wire.uncounted_lists import page_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tuckan.jobs.operation import Operation, Portals, Record
    from tuckan.wire.flow import Flow
    from tuckan.wire.portal_state import PortalState

AT_WORK = frozenset({"pending", "submitting", "running"})
LOOKS_TO_BELIEVE = 3
"""How often a loader must report that it has finished, while CKAN says otherwise, before it is believed."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 5.0


class SubmitToLoader(Kind):
    """Load a resource. Its data has `resource`, `wait` (seconds to wait for completion, or None), `ignore_hash` and `since`.

    `since` is the loader's status when the job was planned, to distinguish earlier completions.

    Args:
        loader: `datapusher` or `xloader`.
        title: its display name.
    """

    intended = "loaded"
    not_undone = "the previous content of a table is not saved; `tuckan datastore delete` removes a table"

    def __init__(self, loader: str, title: str) -> None:
        self.name = f"{loader}.submit"
        self._loader = loader
        self._title = title

    def do(self, operation: Operation, portals: Portals) -> Flow[Ended]:
        """Submit it and, if requested, wait for completion, also if it was already being loaded."""
        yield from self.submitting(operation.data, portals.target)
        return (yield from self._ended(operation, portals.target))

    def submitting(self, data: Mapping[str, Any], portal_state: PortalState) -> Flow[None]:
        """Submit it, once; nothing if it is being loaded already."""
        action = f"{self._loader}_submit"
        given = {"resource_id": data["resource"], "ignore_hash": data["ignore_hash"]}

        def done() -> Flow[bool | None]:
            return (yield from self._is_new(data, portal_state)) or None

        try:
            accepted = yield from once(Call(action, given), done, portal_state, repeatable=False)
        except ValidationError as error:
            raise ServerError(
                f"{self._title} did not accept resource {data['resource']}: {error.message}",
                action=action,
                status=error.status,
                hint="The service is down, or CKAN has the wrong address for it; the portal's administrator can fix this.",
            ) from error
        if accepted is not False:
            return
        state = yield from self.state(data["resource"], portal_state)
        if state.get("status") not in AT_WORK and state.get("last_updated") == data["since"]:
            raise PortalError(
                f"{self._title} refused resource {data['resource']}.",
                action=action,
                hint="Its format is not one that is loaded (csv, xls, xlsx, tsv, ...), or a plugin of the portal rejects it.",
            )

    def _is_new(self, data: Mapping[str, Any], portal_state: PortalState) -> Flow[bool]:
        state = yield from self.state(data["resource"], portal_state)
        return bool(state) and state.get("last_updated") != data["since"]

    def check(self, operation: Operation, portals: Portals) -> Flow[Ended | None]:
        """Done or in progress if the loader's status has changed."""
        if not (yield from self._is_new(operation.data, portals.target)):
            return None
        return (yield from self._ended(operation, portals.target))

    def _ended(self, operation: Operation, portal_state: PortalState) -> Flow[Ended]:
        if operation.data["wait"]:
            yield from self.waiting(operation, portal_state)
            return Ended("loaded", operation.data["resource"])
        return Ended("submitted", operation.data["resource"])

    def waiting(self, operation: Operation, portal_state: PortalState) -> Flow[None]:
        """Wait for completion as reported by CKAN, or by the loader if its answer to CKAN was lost."""
        data = operation.data
        waited, pause, looks = 0.0, _FIRST_PAUSE, 0
        while True:
            state = yield from self.state(data["resource"], portal_state)
            said = state.get("status")
            own = (state.get("task_info") or {}).get("status")
            looks = looks + 1 if said in AT_WORK and own in ("complete", "error") else 0
            if looks >= LOOKS_TO_BELIEVE:
                said = own
            if said == "complete":
                return
            if said == "error":
                raise PortalError(
                    f"{self._title} could not load {operation.subject}: {reason(state)}",
                    action=f"{self._loader}_status",
                    hint="Fix the file, upload it again, and submit it again.",
                )
            if waited >= data["wait"]:
                yield from self._given_up(operation, said, portal_state)
                return
            yield Wait(pause)
            waited += pause
            pause = min(_LONGEST_PAUSE, max(_FIRST_PAUSE, waited / 10))

    def _given_up(self, operation: Operation, said: Any, portal_state: PortalState) -> Flow[None]:
        """Determine the real state if CKAN says `pending` for too long: a new table means that loading has finished."""
        data = operation.data
        rows = yield from rows_of(data["resource"], portal_state)
        if rows is not None and not data["loaded"]:
            return
        there = "there is no table" if rows is None else f"its table has {counted(rows, 'row')}, as before"
        raise Timeout(
            f"{self._title} has not loaded {operation.subject} within {data['wait']:.0f} s: CKAN says {said!r}, {there}.",
            action=f"{self._loader}_status",
            hint="It may still be running: check again later, or ask the administrator whether the background worker is running.",
        )

    def state(self, resource: str, portal_state: PortalState) -> Flow[Record]:
        """The loader's status of a resource; empty when it was never submitted."""
        try:
            state = yield from execute(
                Call(f"{self._loader}_status", {"resource_id": resource}, read_only=True), portal_state
            )
        except NotFound:
            return {}
        return state if isinstance(state, dict) else {}

    def wrong_with(self, operation: Operation, ended: Ended, portals: Portals) -> Flow[str]:
        """Check that a resource reported as loaded is in the DataStore."""
        del operation
        if ended.what != "loaded" or (yield from rows_of(ended.id, portals.target)) is not None:
            return ""
        return f"{self._title} reports it as loaded, but the DataStore has no table for it"


def rows_of(resource: str, portal_state: PortalState) -> Flow[int | None]:
    """How many rows a resource's table has, or None when there is no table."""
    call = Call("datastore_search", {"resource_id": resource, "limit": 0}, read_only=True)
    try:
        found = yield from execute(call, portal_state)
    except NotFound:
        return None
    return int(page_in(call, found, rows="records", total="total")["total"])


def reason(state: Mapping[str, Any]) -> str:
    """Why loading failed, as far as its status says."""
    error: Any = state.get("error") or (state.get("task_info") or {}).get("error")
    if isinstance(error, dict):
        error = error.get("message") or error
    return str(error or "no reason given")
