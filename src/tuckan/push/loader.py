"""A push through the portal's loader: the table is created, its rows go as one file, XLoader copies them, and the result is compared.

Whatever does not end as it should ends with the rows being sent one by one. Before that, and before the result is compared, the
resource is made one of the DataStore again, which loaders leave alone: a job that starts later changes nothing.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tuckan import errors
from tuckan._text import counted
from tuckan.jobs.kinds.loaders import SubmitToLoader
from tuckan.jobs.operation import TOLD, Ended, Intent, Kind, Operation
from tuckan.push.batches import ROWS, write_chunks
from tuckan.push.ledger import ledger_of
from tuckan.push.operations import FillTable
from tuckan.tables.arrow import batch_of
from tuckan.tables.copyable import LARGEST_FILE, kept, sums, sums_in_sql, write_file
from tuckan.tables.json_rows import packed
from tuckan.tables.libraries import pyarrow
from tuckan.tables.types import named
from tuckan.transport import Source
from tuckan.wire.call import Call
from tuckan.wire.execute import execute
from tuckan.wire.flow import Wait, locally
from tuckan.wire.rows import Part, Selection, counting, fetching_rows
from tuckan.wire.table_writes import dropping_table, making_table, table_of
from tuckan.wire.uploading import Item, uploading
from tuckan.wire.writing import reading, reading_if_there

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from tuckan.jobs.operation import Portals, Record
    from tuckan.push.ledger import Ledger
    from tuckan.tables.types import Type
    from tuckan.wire.flow import Flow
    from tuckan.wire.portal_state import PortalState

TABLE, FILE = ".arrow", ".csv"
"""The suffixes of the rows on disk and of the file that is uploaded; the rest is that of the job's journal."""

ROAD_FORMAT = "table"
"""The format of the resource while its file is loaded: one that no loader takes for its own, so that none starts by itself."""

LONGEST_QUEUE, LONGEST_LOAD = 120.0, 3600.0
"""Seconds to wait for the loader to start, and to end."""

SAMPLES, ROWS_OF_A_SAMPLE = 8, 500
"""How many samples are compared: from the start, the end, and evenly between."""

_PAUSE = 0.25
_QUEUED = ("pending", "submitting")
_WORKING = frozenset({"running", "running_but_viewable"})
_LEFT_BY_XLOADER = frozenset(
    "ckan_url ignore_hash original_url queue_name resource_id set_url_type task_created tries".split()
)
"""Fields that XLoader adds to the resource: what its job was given."""

_CONTAINS_ALL = "datastore_contains_all_records_of_source_file"

_XLOADER = SubmitToLoader("xloader", "XLoader")
_AWAY = (errors.InvalidToken, errors.Unavailable, errors.RateLimited)


def fields_for_loader(fields: Sequence[Mapping[str, Any]]) -> list[Record]:
    """The fields of a table to be loaded: their entries say that the types stay, and that texts keep the spaces at their ends."""
    return [
        {
            "id": one["id"],
            "type": one["type"],
            "info": {**one.get("info", {}), "type_override": one["type"], "strip_extra_white": False},
        }
        for one in fields
    ]


class LoadTable(Kind):
    """Write all rows of a table through XLoader, or one by one if that does not work.

    Its data has `resource`, `rows`, `named` (what they come from), `types`, `table` (what `datastore_create` is given for the
    table as it is to be), `file` (the name of the file on the portal), `format` (that of the resource afterwards; None
    to keep it), and `notable` (the numbers of rows that are compared in any case).
    """

    name = "table.load"

    def intent(self, operation: Operation) -> Intent:
        """To load the rows."""
        return Intent("loaded", {"rows": (None, operation.data["rows"])})

    def do(self, operation: Operation, portals: Portals) -> Flow[Ended]:
        """Load what was not loaded by an earlier run. All of it may be repeated: a loader replaces what is in the table."""
        data, ledger = operation.data, (yield from ledger_of(portals))
        if ledger.undone or ledger.base is None:
            raise errors.Incomplete("The push was undone, so no rows were sent.", expected=data["rows"], received=0)
        if ledger.total < data["rows"] and not ledger.by_rows:
            why = yield from self._loading(operation, ledger, portals)
            if why:
                yield from locally(ledger.end, operation.key, arrived=False)
                yield from locally(ledger.leave_loader, why)
            else:
                yield from _as_planned(data, portals.target)
                yield from locally(ledger.end, operation.key, arrived=True)
        if ledger.by_rows:
            yield from self._by_rows(operation, ledger, portals)
        for suffix in (TABLE, FILE):
            yield from locally(portals.beside(suffix).unlink, missing_ok=True)
        return Ended("loaded", data["resource"])

    def check(self, operation: Operation, portals: Portals) -> Flow[Ended | None]:
        """Done if the ledger says so."""
        done = (yield from ledger_of(portals)).total == operation.data["rows"]
        return Ended("loaded", operation.data["resource"]) if done else None

    def wrong_with(self, operation: Operation, ended: Ended, portals: Portals) -> Flow[str]:
        """Tell how the rows were written, if it was not as planned; `table.finish` verifies them."""
        del operation, ended
        if why := (yield from ledger_of(portals)).by_rows:
            portals.shared.setdefault(TOLD, []).append(f"The rows were sent one by one, not through XLoader: {why}")
        return ""

    def _loading(self, operation: Operation, ledger: Ledger, portals: Portals) -> Flow[str]:
        """Load the rows, and return why they are not in the table as they should be; empty if they are."""
        data, portal_state = operation.data, portals.target
        there = yield from reading(_show(data["resource"]), portal_state)
        state = yield from _state(data["resource"], portal_state)
        noted = {
            "file": data["file"],
            "format": data["format"] or there.get("format") or "",
            "fields": sorted(there),
            "contains": there.get(_CONTAINS_ALL, False),
            "since": state.get("last_updated"),
        }
        yield from locally(ledger.load, operation.key, data["rows"], noted)
        try:
            why = yield from self._through_xloader(operation, ledger, portals)
        except _AWAY:
            raise
        except errors.PortalError as error:
            why = error.message
        yield from leaving_loader(data["resource"], ledger, portal_state)
        return why or (yield from _difference(data, portals.beside(TABLE), portal_state))

    def _through_xloader(self, operation: Operation, ledger: Ledger, portals: Portals) -> Flow[str]:
        data, since = operation.data, (ledger.loader or {})["since"]
        submit = Operation(
            operation.key,
            _XLOADER.name,
            operation.subject,
            {"resource": data["resource"], "since": since, "ignore_hash": True, "loaded": True, "wait": LONGEST_LOAD},
        )
        state = yield from _state(data["resource"], portals.target)
        if not state or state.get("last_updated") == since:
            size = yield from locally(write_file, portals.beside(FILE), kept(portals.beside(TABLE)), _types(data))
            if size > LARGEST_FILE:
                return f"its file has {size:,} bytes, and XLoader loads {LARGEST_FILE:,} without cutting it"
            file = yield from locally(Source, portals.beside(FILE), name=data["file"])
            item = Item(data["resource"], False, file, size, {"format": ROAD_FORMAT})
            yield from uploading(item, "", portals.target)
            state = yield from _state(data["resource"], portals.target)
            if not state or state.get("last_updated") == since:
                yield from _XLOADER.submitting(submit.data, portals.target)
        if not (yield from _has_started(data["resource"], portals.target)):
            return f"XLoader did not start within {LONGEST_QUEUE:.0f} s"
        yield from _XLOADER.waiting(submit, portals.target)
        return _unsearchable((yield from _state(data["resource"], portals.target)))

    def _by_rows(self, operation: Operation, ledger: Ledger, portals: Portals) -> Flow[None]:
        """Create the table again, and send the rows as other pushes do, one batch after the other."""
        data, types = operation.data, _types(operation.data)
        if ledger.has_sent_nothing:
            yield from dropping_table(data["resource"], portals.target)
            yield from making_table(data["resource"], data["table"], portals.target)
        lines = (packed(batch, types) for batch in kept(portals.beside(TABLE)))
        # Written anew by each run: the same rows make the same batches.
        chunks = yield from locally(_chunks, portals.beside(ROWS), lines)
        for chunk in chunks:
            part = {"resource": data["resource"], "method": "insert", "named": data["named"]}
            part |= {"first": chunk.first, "rows": chunk.rows, "at": chunk.at, "size": chunk.size}
            origin = f"{data['named']}, rows {chunk.first + 1:,} to {chunk.first + chunk.rows:,}"
            fill = Operation(f"rows {chunk.first}", FillTable.name, operation.subject, part, origin=origin)
            yield from FillTable().do(fill, portals)


def _chunks(path: Path, lines: Iterator[list[bytes]]) -> list[Any]:
    return list(write_chunks(path, lines, lanes=1))


def _types(data: Mapping[str, Any]) -> dict[str, Type]:
    return {name: named(kind) for name, kind in data["types"].items()}


def _show(resource: str) -> Call:
    return Call("resource_show", {"id": resource}, read_only=True)


def _state(resource: str, portal_state: PortalState) -> Flow[Record]:
    """XLoader's status of a resource; empty when it was never submitted, or there is no XLoader."""
    try:
        return (yield from _XLOADER.state(resource, portal_state))
    except errors.ActionNotFound:
        return {}


def _has_started(resource: str, portal_state: PortalState) -> Flow[bool]:
    waited = 0.0
    while True:
        state = yield from _state(resource, portal_state)
        if state.get("status") not in _QUEUED or state.get("task_info"):
            return True
        if waited >= LONGEST_QUEUE:
            return False
        yield Wait(_PAUSE)
        waited += _PAUSE


def _unsearchable(state: Mapping[str, Any]) -> str:
    """Why the rows would not be found by text: XLoader only logs that."""
    logs = (state.get("task_info") or {}).get("logs") or ()
    failed = [one for one in logs if str(one.get("message")).startswith("Failed to index")]
    return "it could not index the texts of the rows" if failed else ""


def leaving_loader(resource: str, ledger: Ledger, portal_state: PortalState) -> Flow[None]:
    """Remove the file from a resource, and wait until no loader can change its table any more.

    Args:
        resource: the resource's id.
        ledger: the ledger of the push.
        portal_state: the portal.

    Raises:
        Conflict: when somebody else has uploaded another file.
        Timeout: when the loader does not end.
    """
    noted = ledger.loader
    there = yield from reading_if_there(_show(resource), portal_state)
    if noted is None or there is None:
        return
    strange = _LEFT_BY_XLOADER & there.keys() - set(noted["fields"])
    own = there.get("url_type") == "upload"
    if own and not str(there.get("url")).endswith(f"/{noted['file']}"):
        raise errors.Conflict(
            f"Somebody else uploaded a file to the resource {there.get('name') or resource}, whose table was to be loaded.",
            action="resource_update",
            status=409,
            hint="Push again, to another resource.",
        )
    if own or strange:
        kept_fields = {name: value for name, value in there.items() if name not in strange}
        empty = {"clear_upload": "true", "url": "", "hash": "", "mimetype": None, "format": ROAD_FORMAT}
        empty[_CONTAINS_ALL] = noted["contains"]
        yield from execute(Call("resource_update", {**kept_fields, **empty}, idempotent=True), portal_state)
    if own or strange or there.get("url_type") != "datastore" or there.get("format") != noted["format"]:
        patch = {"id": resource, "url_type": "datastore", "format": noted["format"]}
        yield from execute(Call("resource_patch", patch, idempotent=True), portal_state)
    yield from _until_it_ends(resource, portal_state)


def _until_it_ends(resource: str, portal_state: PortalState) -> Flow[None]:
    """Wait while a loader is at work: one that waits for its turn will leave the resource alone when it starts."""
    waited = 0.0
    while True:
        state = yield from _state(resource, portal_state)
        # A job has details from its start on, also where its word to CKAN is lost.
        begun = state.get("status") in _QUEUED and (state.get("task_info") or {}).get("status") in _QUEUED
        if state.get("status") not in _WORKING and not begun:
            return
        if waited >= LONGEST_LOAD:
            raise errors.Timeout(
                f"XLoader says since {waited:.0f} s that it is at work on the resource {resource}.",
                action="xloader_status",
                hint="Ask the portal's administrator whether its background worker is running, then resume the job.",
            )
        yield Wait(_PAUSE)
        waited += _PAUSE


def _as_planned(data: Mapping[str, Any], portal_state: PortalState) -> Flow[None]:
    """Give the table its own data dictionary, key and aliases; and the trigger that makes rows searchable.

    XLoader switches that trigger off while it copies, and on CKAN 2.12 leaves it off.
    """
    fields = [{"info": {}, **one} for one in data["table"]["fields"]]
    triggers = [{"function": "populate_full_text_trigger"}]
    yield from making_table(data["resource"], {**data["table"], "fields": fields, "triggers": triggers}, portal_state)


def _difference(data: Mapping[str, Any], path: Path, portal_state: PortalState) -> Flow[str]:
    """How a table differs from what was to be loaded; empty if it does not, as far as is compared."""
    wanted = [(one["id"], one["type"]) for one in data["table"]["fields"]]
    table = yield from table_of(data["resource"], portal_state)
    if table is None:
        return "it left no table"
    if [(one["id"], one["type"]) for one in table["fields"]] != wanted:
        return "it left a table with other columns"
    there = yield from counting(Selection(data["resource"]), portal_state)
    if there.rows != data["rows"]:
        return f"it left {counted(there.rows, 'row')}, not {data['rows']:,}"
    ranges = _ranges(data["rows"], data["notable"])
    types, names = _types(data), tuple(data["types"])
    ours = yield from locally(_parts, path, ranges)
    for (start, end), expected in zip(ranges, ours, strict=True):
        place = start
        while place < end:
            page = yield from fetching_rows(
                Selection(data["resource"], names), Part(end - place, start=place), portal_state
            )
            if not page.rows:
                return f"it left no row {place + 1:,}"
            sent = expected.slice(place - start, page.rows)
            if other := (yield from locally(_other_column, sent, page.csv, types)):
                return f"it changed values of the column {other!r}, in rows {place + 1:,} to {place + page.rows:,}"
            place += page.rows
    return (yield from _other_sums(data, path, portal_state))


def _other_sums(data: Mapping[str, Any], path: Path, portal_state: PortalState) -> Flow[str]:
    """How sums over all rows differ; empty if they do not, or if the portal answers no SQL, as is usual."""
    types = _types(data)
    query = Call("datastore_search_sql", {"sql": sums_in_sql(data["resource"], types)}, read_only=True)
    try:
        answer = yield from execute(query, portal_state)
        (row,) = answer["records"]
        there = [int(row[f"s{number}"] or 0) for number in range(len(row))]
    except _AWAY:
        raise
    except (errors.PortalError, KeyError, TypeError, ValueError):
        return ""
    for name, totals in (yield from locally(sums, kept(path), types)).items():
        if totals != [there.pop(0) for _ in totals]:
            return f"it changed values of the column {name!r}, as sums over all rows show"
    return ""


def _ranges(rows: int, notable: Sequence[int]) -> list[tuple[int, int]]:
    """The rows that are compared, as ranges without an overlap."""
    starts = [max(0, rows - ROWS_OF_A_SAMPLE) * number // (SAMPLES - 1) for number in range(SAMPLES)]
    found: list[tuple[int, int]] = []
    wanted = [(start, min(rows, start + ROWS_OF_A_SAMPLE)) for start in starts]
    for start, end in sorted([*wanted, *((one, one + 1) for one in notable)]):
        first = max(start, found[-1][1] if found else 0)
        if first < end:
            found.append((first, end))
    return found


def _parts(path: Path, ranges: Sequence[tuple[int, int]]) -> list[Any]:
    """The rows of ranges, each as a table."""
    parts: list[list[Any]] = [[] for _ in ranges]
    first = 0
    for batch in kept(path):
        for (start, end), part in zip(ranges, parts, strict=True):
            if start < first + batch.num_rows and end > first:
                begin = max(start - first, 0)
                part.append(batch.slice(begin, min(end - first, batch.num_rows) - begin))
        first += batch.num_rows
    return [pyarrow().Table.from_batches(part).combine_chunks() for part in parts]


def _other_column(sent: Any, csv: bytes, types: Mapping[str, Type]) -> str:
    """The first column whose values differ from what the portal returned; empty if there is none."""
    try:
        there = batch_of(csv, types)
    except errors.DoesNotFit as error:
        return error.column
    for name, kind in types.items():
        if _comparable(sent.column(name), kind) != _comparable(there.column(name), kind):
            return name
    return ""


def _comparable(array: Any, kind: Type) -> list[Any]:
    """Values in a form that is equal for equal ones: a portal returns no fractions of a second, and other digits of a number."""
    pa = pyarrow()
    if kind.name == "numeric":
        return [one if one is None else str(Decimal(one).normalize()) for one in array.to_pylist()]
    if kind.name in ("timestamp", "timestamptz"):
        return list(array.cast(pa.timestamp("s", array.type.tz), safe=False).to_pylist())
    if kind.item or kind.name.startswith("float"):
        return [repr(one) for one in array.to_pylist()]
    return list(array.to_pylist())
