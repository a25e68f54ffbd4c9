"""A table that is about to go, kept on disk as it is, and put back from there."""

from __future__ import annotations

import gzip
import json
from itertools import chain
from typing import IO, TYPE_CHECKING, Any

import msgspec

from tuckan.errors import ConfigurationError, Incomplete
from tuckan.jobs.operation import Ended, Intent
from tuckan.wire import postgres_csv
from tuckan.wire.rows import BEFORE_ALL, Part, Selection, counting, fetching_rows
from tuckan.wire.table_writes import counting_anew, dropping_table, making_table, table_of, writing_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from tuckan.jobs.operation import Operation, Portals
    from tuckan.wire.flow import Flow
    from tuckan.wire.memory import Memory

PAGE, ROWS_AT_ONCE = 20_000, 5000


def keeping(resource: str, path: Path, memory: Memory) -> Flow[None]:
    """Write a table to a file: what the portal says of it, then its rows as they come. A file that is there is left.

    Raises:
        Incomplete: when it can't be shown that no row is missing; then there is no file.
    """
    if path.exists():
        return
    table = yield from table_of(resource, memory)
    if table is None:
        return
    part = path.with_name(f"{path.name}.part")
    with gzip.open(part, "wb", compresslevel=1) as file:
        file.write(json.dumps(table).encode() + b"\n")
        yield from _copying(resource, [one["id"] for one in table["fields"]], file, memory)
    part.chmod(0o600)
    part.replace(path)


def _copying(resource: str, columns: list[str], file: Any, memory: Memory) -> Flow[None]:
    selection = Selection(resource, tuple(columns))
    there = yield from counting(selection, memory)
    read, last = 0, BEFORE_ALL
    while read < there.rows:
        part = Part(PAGE, after=last, upto=there.last) if memory.ranges else Part(PAGE, start=read)
        page = yield from fetching_rows(selection, part, memory)
        if not page.rows or page.first <= last:
            break
        file.write(json.dumps(page.csv.decode()).encode() + b"\n")
        read, last = read + page.rows, page.last
    if read != there.rows:
        raise Incomplete(
            f"The table {resource} was to be kept before it goes: of {there.rows:,} rows {read:,} came.",
            expected=there.rows,
            received=read,
            hint="Somebody writes to it; begin again when nobody does. It was left as it is.",
        )


class PutBackTable:
    """Put a table back that was kept. Its data has `resource`, and `kept`, the name of the file."""

    name = "table.put_back"

    def intent(self, operation: Operation) -> Intent:  # noqa: ARG002 - it is the same for all of them
        """To put it back."""
        return Intent("restored")

    def do(self, operation: Operation, portals: Portals) -> Flow[Ended]:
        """Remove what is there, and make the table anew; done again from the beginning where it did not come to its end."""
        resource, memory = operation.data["resource"], portals.target
        assert portals.journal is not None  # noqa: S101 - a job that runs has one
        with _opened(portals.journal.with_name(operation.data["kept"])) as file:
            table = json.loads(file.readline())
            yield from dropping_table(resource, memory)
            given = {"fields": table["fields"], "primary_key": table["key"], "aliases": table["aliases"]}
            yield from making_table(resource, given, memory)
            sent = 0
            for rows in _rows(file, table["fields"]):
                # What is lost here is noticed at the end, and all is done anew.
                yield from writing_rows(resource, rows, "insert", memory)
                sent += len(rows)
        yield from counting_anew(resource, memory)
        counted = (yield from counting(Selection(resource), memory)).rows
        if counted != sent:
            raise Incomplete(
                f"{sent:,} rows were put back, and the table has {counted:,}.", expected=sent, received=counted
            )
        return Ended("restored", resource)

    def check(self, operation: Operation, portals: Portals) -> Flow[Ended | None]:  # noqa: ARG002 - Kind's own signature
        """It is done anew."""
        yield from ()
        return None

    def wrong(self, ended: Sequence[tuple[Operation, Ended]], portals: Portals) -> Flow[Mapping[str, str]]:  # noqa: ARG002
        """It was proven."""
        yield from ()
        return {}

    def undo(self, operation: Operation, ended: Ended) -> Operation | str:  # noqa: ARG002 - Kind's own signature
        """Push once more instead."""
        return "push the table again instead"


def _opened(path: Path) -> IO[bytes]:
    if not path.exists():
        raise ConfigurationError(
            f"The table that was there before is not kept any more: there is no {path.name}.",
            hint="It lies beside the journal of the job, until that is removed.",
        )
    file: IO[bytes] = gzip.open(path, "rb")  # type: ignore[assignment]  # noqa: SIM115 - the caller closes it
    return file


def _rows(file: IO[bytes], fields: Sequence[Mapping[str, Any]]) -> Iterator[list[bytes]]:
    """The rows that were kept, as JSON, some at a time."""
    names, types = [one["id"] for one in fields], [str(one.get("type", "text")) for one in fields]
    found: list[bytes] = []
    for cells in chain.from_iterable(postgres_csv.rows(json.loads(page)) for page in file):
        row = {
            name: None if cell is None else _value(cell, kind)
            for name, cell, kind in zip(names, cells[1:], types, strict=True)
        }
        found.append(msgspec.json.encode(row))
        if len(found) == ROWS_AT_ONCE:
            yield found
            found = []
    if found:
        yield found


def _value(cell: str, kind: str) -> Any:
    """A value as CKAN takes it, from what PostgreSQL wrote."""
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
