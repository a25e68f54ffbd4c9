"""The backup of a table that will be removed: written completely before, and read completely before it is restored.

The file is gzipped JSON lines: the portal's description of the table, then its rows, a page of CSV as text on each line,
then their number, the largest `_id`, and the checksum of all previous lines.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import accumulate
from typing import IO, TYPE_CHECKING, Any, Protocol

import msgspec

from tuckan._text import counted
from tuckan.errors import ConfigurationError, Incomplete
from tuckan.jobs.folder import cannot_write
from tuckan.push.batches import BYTES_OF_A_CHUNK, MOST_ROWS
from tuckan.snapshot import TableContent
from tuckan.transport.durable import replacing
from tuckan.wire import postgres_csv
from tuckan.wire.flow import locally, within
from tuckan.wire.rows import BEFORE_ALL, Count, Part, Selection, counting, fetching_rows
from tuckan.wire.table_writes import counting_anew, making_table, table_of, writing_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
    from pathlib import Path

    from tuckan.wire.flow import Flow
    from tuckan.wire.portal_state import PortalState

BACKUP = ".backup"
"""The suffix of its file name; the rest is that of the job's journal."""

FIRST_PAGE, PAGE = 1000, 20_000
"""The number of rows to request before their size is known, and the maximum."""

_FORMAT = 1


def backing_up(resource: str, path: Path, portal_state: PortalState) -> Flow[Count]:
    """Write a table to a file, which is on disk when the flow ends.

    Args:
        resource: the resource's id; it has a table.
        path: the file; one that exists is replaced.
        portal_state: the portal.

    Returns:
        A flow that returns the number of rows in the backup, and their largest `_id`.

    Raises:
        Incomplete: when the rows cannot be proven complete; no new file is then left.
        CannotWrite: when the file can't be written.
    """
    table = yield from table_of(resource, portal_state)

    def writing(file: _Writing) -> Flow[Count]:
        yield from locally(file.add, {"format": _FORMAT, "resource": resource, "table": table})
        selection = Selection(resource, tuple(one["id"] for one in (table or {}).get("fields", ())))
        count = yield from _reading(selection, file.add, portal_state)
        yield from locally(file.end, count)
        return count

    return (yield from within(_new(path), writing))


@contextmanager
def _new(path: Path) -> Generator[_Writing]:
    """Write a backup, which appears under its name once it is whole and on the disk."""
    try:
        with replacing(path, private=True) as file, gzip.GzipFile("", "wb", 1, file, mtime=0) as packed:
            yield _Writing(packed)
    except OSError as error:
        raise cannot_write(path, error) from error


class _Writing:
    def __init__(self, file: IO[bytes] | gzip.GzipFile) -> None:
        self._file = file
        self._hash = hashlib.sha256()

    def add(self, value: Any) -> None:
        line = json.dumps(value).encode() + b"\n"
        self._hash.update(line)
        self._file.write(line)

    def end(self, count: Count) -> None:
        self.add({"rows": count.rows, "last": count.last, "sha256": self._hash.hexdigest()})


def _reading(selection: Selection, take: Callable[[str], None], portal_state: PortalState) -> Flow[Count]:
    there = yield from counting(selection, portal_state)
    read, last, rows = 0, BEFORE_ALL, FIRST_PAGE
    while read < there.rows:
        part = Part(rows, after=last, upto=there.last) if portal_state.limitations.ranges else Part(rows, start=read)
        page = yield from fetching_rows(selection, part, portal_state)
        if not page.rows or page.first <= last:
            break
        yield from locally(take, page.csv.decode())
        read, last, rows = read + page.rows, page.last, page.rows_of_next(PAGE)
    after = yield from counting(selection, portal_state)
    if (read, last) != (there.rows, there.last) or after != there:
        raise Incomplete(
            f"The table {selection.resource} could not be read completely: of {counted(there.rows, 'row')} {read:,} came, and then it"
            f" had {after.rows:,}.",
            expected=there.rows,
            received=read,
            hint="Somebody is writing to it; try again when nobody is. It was not changed.",
        )
    return there


def content_of(resource: str, portal_state: PortalState) -> Flow[TableContent | None]:
    """Read a whole table for its content; None if there is no table.

    Raises:
        Incomplete: when the rows cannot be proven complete.
    """
    table = yield from table_of(resource, portal_state)
    if table is None:
        return None
    checksum = hashlib.sha256()

    def take(page: str) -> None:
        for cells in postgres_csv.rows(page):
            add_row(checksum, cells[1:])

    selection = Selection(resource, tuple(one["id"] for one in table["fields"]))
    count = yield from _reading(selection, take, portal_state)
    return TableContent(table, count.rows, checksum.hexdigest())


class _Checksum(Protocol):
    def update(self, data: bytes, /) -> None: ...


def add_row(checksum: _Checksum, cells: Sequence[str | None]) -> None:
    """Add a row to the checksum of a table's content.

    Args:
        checksum: the checksum.
        cells: the row's cells as PostgreSQL's text, without `_id`.
    """
    checksum.update(msgspec.json.encode(cells))


@dataclass(frozen=True, slots=True)
class Backup:
    """A completely read backup.

    Attributes:
        path: its file.
        table: the portal's description of the table: `fields`, `key`, `aliases`, `indexes`.
        count: the number of rows, and their largest `_id`.
    """

    path: Path
    table: Mapping[str, Any] = field(repr=False)
    count: Count

    def pages(self) -> Generator[str]:
        """The rows as CSV, as the portal sent them, with `_id`."""
        with gzip.open(self.path) as file:
            next(file)
            yield from (page for line in file if isinstance(page := json.loads(line), str))

    def cells(self) -> Generator[Sequence[str | None]]:
        """The cells of each row, as PostgreSQL's text, without `_id`."""
        for page in self.pages():
            yield from (cells[1:] for cells in postgres_csv.rows(page))

    def rows(self) -> Generator[list[bytes]]:
        """The rows as JSON, in the same deterministic batches as a push."""
        yield from _rows(self.cells(), self.table["fields"])

    def has_beginning(self, rows: int) -> bool:
        """Whether its first chunks have so many rows together."""
        return rows in accumulate(map(len, self.rows()), initial=0)


def read_backup(path: Path) -> Backup:
    """Read a whole backup, verifying its checksum and row count.

    Raises:
        ConfigurationError: when it does not exist or is damaged.
    """
    try:
        return _read(path)
    except FileNotFoundError as error:
        raise ConfigurationError(
            f"The backup {path} of the table no longer exists. The table was not changed.",
            hint="It is stored beside the journal of the job until the job is removed. Push the table again instead.",
        ) from error
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(
            f"The backup {path} is damaged: {str(error).rstrip('.')}. The table was not changed.",
            hint="Restore the file from an intact copy and try again, or push the table again.",
        ) from error


def _read(path: Path) -> Backup:
    checksum, rows = hashlib.sha256(), 0
    with gzip.open(path) as file:
        line = file.readline()
        head = json.loads(line)
        if isinstance(head["format"], int) and head["format"] > _FORMAT:
            raise ConfigurationError(
                f"The backup {path} was written by a later version of tuckan (format {head['format']}). The table was not changed.",
                hint="Update tuckan, then try again.",
            )
        fields = head["table"]["fields"]
        for following in file:
            checksum.update(line)
            line = following
            if line.startswith(b'"'):
                rows += postgres_csv.count_rows(json.loads(line).encode())
        end = json.loads(line)
    if not isinstance(end, dict) or "sha256" not in end:
        raise ValueError("its end is missing")
    if end["sha256"] != checksum.hexdigest() or end["rows"] != rows or not isinstance(fields, list):
        raise ValueError(f"its checksum is wrong, or it has {counted(rows, 'row')} instead of {end['rows']:,}")
    return Backup(path, head["table"], Count(rows, end["last"]))


def _rows(rows: Iterator[Sequence[str | None]], fields: Sequence[Mapping[str, Any]]) -> Iterator[list[bytes]]:
    names, types = [one["id"] for one in fields], [str(one.get("type", "text")) for one in fields]
    found: list[bytes] = []
    size = 0
    for cells in rows:
        row = {
            name: None if cell is None else _value(cell, kind)
            for name, cell, kind in zip(names, cells, types, strict=True)
        }
        packed = msgspec.json.encode(row)
        if found and (len(found) == MOST_ROWS or size + len(packed) > BYTES_OF_A_CHUNK):
            yield found
            found, size = [], 0
        found.append(packed)
        size += len(packed)
    if found:
        yield found


def _value(cell: str, kind: str) -> Any:
    """A value in CKAN's form, from PostgreSQL's text."""
    if kind in ("json", "jsonb"):
        return msgspec.Raw(cell.encode())
    if not kind.startswith("_"):
        return cell
    as_written: dict[str, Any] = {} if kind.endswith(("json", "jsonb")) else {"parse_float": str, "parse_int": str}
    items = json.loads(cell, **as_written)
    if items is None:
        return None
    return postgres_csv.array(
        None if one is None else one if isinstance(one, str) else json.dumps(one) for one in items
    )


def is_begun(resource: str, backup: Backup, portal_state: PortalState) -> Flow[bool]:
    """Whether a table is the partial result of an earlier restore from a backup."""
    table = yield from table_of(resource, portal_state)
    if table is None:
        return True
    there = yield from counting(Selection(resource), portal_state)
    parts = yield from locally(backup.has_beginning, there.rows)
    same = [one["id"] for one in table["fields"]] == [one["id"] for one in backup.table["fields"]]
    return same and parts and (not there.rows or there.last == there.rows)


def restoring(resource: str, backup: Backup, portal_state: PortalState) -> Flow[None]:
    """Create a table from a backup, if there is none.

    Raises:
        Incomplete: when the row counts of table and backup differ.
    """
    table = backup.table
    given = {"fields": table["fields"], "primary_key": table["key"], "aliases": table["aliases"]}
    given["indexes"] = table.get("indexes", [])
    yield from making_table(resource, given, portal_state)

    def filling(chunks: Iterator[list[bytes]]) -> Flow[None]:
        while rows := (yield from locally(next, chunks, None)):
            # A lost batch is noticed at the end, and everything is repeated.
            yield from writing_rows(resource, rows, "insert", portal_state)

    yield from within(closing(backup.rows()), filling)
    yield from counting_anew(resource, portal_state)
    there = (yield from counting(Selection(resource), portal_state)).rows
    if there != backup.count.rows:
        raise Incomplete(
            f"The table has {counted(there, 'row')}, and {backup.count.rows:,} were sent.",
            expected=backup.count.rows,
            received=there,
            hint="Run the job again: it starts the table over.",
        )
