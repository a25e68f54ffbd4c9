# Generated from src/tuckan/client/_async/bulk/push.py by scripts/unasync.py: change that file, then run `make fix`.
"""Planning a push: the existing table, the new one, and the rows on disk before the first is sent."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from tuckan._text import counted
from tuckan.client._sync.bulk.job import Job
from tuckan.client._sync.bulk.job_journal import begun_journal
from tuckan.client._sync.bulk.push_target import PushTargets
from tuckan.client._sync.namespaces.namespace import Namespace
from tuckan.errors import Hint, InvalidArgument, NotFound, ValidationError
from tuckan.jobs.folder import new_path
from tuckan.jobs.operation import Operation, Planned
from tuckan.push.batches import LANES, ROWS, Chunk, read_chunk, write_chunks
from tuckan.push.loader import TABLE, fields_for_loader
from tuckan.tables.copyable import Fitness, keeping, kept
from tuckan.tables.json_rows import packed
from tuckan.tables.sources import incoming
from tuckan.tables.types import of_column
from tuckan.wire.table_writes import writing_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tuckan.client._sync.bulk.push_target import PushOptions, Target
    from tuckan.client._sync.connection import Connection
    from tuckan.shapes import Record
    from tuckan.tables.sources import Data, Incoming
    from tuckan.tables.types import Type

NEW_FORMAT = "CSV"
"""The format of a new resource: its table's address returns CSV."""

MANY_ROWS = 100_000
"""The number of rows from which on XLoader was seen to be faster than sending them, and to cost the portal half as much."""

PREVIEWED = 5
"""The number of rows in the preview of a push."""

MOST_COLUMNS = 1598
"""PostgreSQL's limit of 1,600, minus CKAN's `_id` and `_full_text`."""


class PushJob(Job):
    """A push of a table, planned: inspect it, then `run()`. It can be resumed if its process dies.

    Attributes:
        resource: the resource's id.
        rows: how many rows are to be pushed.
        types: the columns, by their names on the portal, with their types.
        columns: the columns with their original names, and why they have their types.
        preview: the first rows, as they will be in the table.

    Example:
        >>> job = ckan.datastore.push([{"year": 2024, "mm": 702.5}], dataset="states", name="Rainfall")
        >>> job.rows, job.types, job.preview
        (1, {'year': 'int64', 'mm': 'float64'}, [{'year': 2024, 'mm': 702.5}])
        >>> job.discard()
    """

    @property
    def resource(self) -> str:
        """The resource's id; that of a new one is chosen beforehand."""
        return str(self._facts["resource"])

    @property
    def rows(self) -> int:
        """How many rows are to be pushed."""
        return int(self._facts["rows"])

    @property
    def types(self) -> dict[str, str]:
        """The columns with their types, such as `int64`, `decimal(12, 2)` or `list<text>`."""
        return dict(self._facts["types"])

    @property
    def columns(self) -> list[Record]:
        """The columns: `name` on the portal, `label` (what they were called), `type`, and `why`, in a few words."""
        return list(self._facts["columns"])

    @property
    def preview(self) -> list[Record]:
        """The first rows, as they will stand in the table."""
        return list(self._facts["preview"])


class Pushing(Namespace):
    """Plans one push.

    Args:
        connection: the connection to the portal.
        options: how to push.
    """

    def __init__(self, connection: Connection, options: PushOptions) -> None:
        super().__init__(connection)
        self._options = options
        self._targets = PushTargets(connection, options)

    def plan(self, data: Data, resource: str | None, dataset: str | None, name: str | None) -> PushJob:
        """Create the job, with all its rows on disk."""
        target = self._targets.find(resource, dataset, name)
        options, may_load = self._options, self._targets.may_load(target)
        came = self._connection.to_thread(incoming, data, options.how, options.types)
        there = {one["id"]: of_column(one["type"]) for one in self._targets.kept(target).get("fields", ())}
        types = came.types(options.types, there)
        self._check_columns(target, came, types)
        key = self._key(target, came)
        title = f"push to {target.resource.get('name') or target.resource['id']}"
        journal = begun_journal(self._connection, title, None if options.dry_run else new_path(title))
        with tempfile.TemporaryDirectory(prefix="tuckan-") as folder:
            rows = journal.path.with_suffix(ROWS) if journal.path else Path(folder) / "rows"
            method = "upsert" if options.mode == "upsert" else "insert"
            lanes = 1 if options.in_order else LANES
            first: list[bytes] = []
            batches = _noting(came.checked(types, key), types, first)
            with journal.planning() as add:
                fitness, chunks = None, list[Chunk]()
                if may_load:
                    fitness = self._connection.to_thread(_keep, batches, rows.with_suffix(TABLE), types)
                    batches = kept(rows.with_suffix(TABLE))
                loads = fitness is not None and self._loads(fitness)
                if not loads:
                    lines = (packed(batch, types) for batch in batches)
                    chunks = self._connection.to_thread(_write, lines, rows, lanes)
                    rows.with_suffix(TABLE).unlink(missing_ok=True)
                total = fitness.rows if fitness else sum(chunk.rows for chunk in chunks)
                if not (target.new or self._targets.kept(target)):
                    add(Planned(self._backing_up(target, journal.name)))
                making = self._making(target, came, types, key, total, journal.name)
                if loads and fitness:
                    making.data["first"] = {"fields": fields_for_loader(making.data["table"]["fields"])}
                add(Planned(making))
                if loads and fitness:
                    add(Planned(self._loading(target, came, types, making.data["table"], fitness)))
                for chunk in chunks:
                    planned = self._filling(target, came, chunk, method)
                    refused = self._tried(planned, rows) if options.dry_run and self._targets.kept(target) else ""
                    add(Planned(planned, refused=refused))
                add(Planned(self._finishing(target, total, method)))
        journal.describe(
            resource=target.resource["id"],
            rows=total,
            types={column: str(kind) for column, kind in types.items()},
            columns=self._columns(came, types, there),
            preview=[json.loads(row) for row in first],
        )
        job = PushJob(self._connection, journal)
        job.note([*_notes(target, came, self._options.types), *self._road(fitness, loads=loads)])
        return job

    # -- through a loader --

    def _loads(self, fitness: Fitness) -> bool:
        if fitness.why or not fitness.rows:
            return False
        return self._options.via == "loader" or (fitness.rows >= MANY_ROWS and self._targets.has_xloader())

    def _road(self, fitness: Fitness | None, *, loads: bool) -> Iterator[str]:
        if loads:
            yield "The rows go to XLoader as one file, and are compared afterwards"
        elif fitness and fitness.why and (self._options.via == "loader" or fitness.rows >= MANY_ROWS):
            yield f"The rows are sent one by one, not through XLoader: {fitness.why}"

    def _loading(
        self, target: Target, came: Incoming, types: Mapping[str, Type], table: Record, fitness: Fitness
    ) -> Operation:
        data = {
            "resource": target.resource["id"],
            "rows": fitness.rows,
            "named": came.named,
            "types": {name: str(kind) for name, kind in types.items()},
            "table": table,
            "file": f"push-{uuid4().hex[:12]}.csv",
            "format": NEW_FORMAT if target.new else None,
            "notable": sorted(fitness.notable),
        }
        return Operation("rows", "table.load", self._subject(target), data, 2, came.named, needs=("table",))

    def _columns(self, came: Incoming, types: Mapping[str, Type], there: Mapping[str, Type]) -> list[Record]:
        asked = set(self._options.types)
        why = {
            name: "as asked for"
            if {name, label} & asked
            else "as in the table"
            if name in there
            else came.why.get(name, "")
            for name, label in came.labels.items()
        }
        return [
            {"name": name, "label": came.labels[name], "type": str(kind), "why": why[name]}
            for name, kind in types.items()
        ]

    def _check_columns(self, target: Target, came: Incoming, types: Mapping[str, Type]) -> None:
        if not types:
            raise InvalidArgument(f"{came.named} has no columns.", hint="A table needs at least one.")
        if len(types) > MOST_COLUMNS:
            raise InvalidArgument(
                f"{came.named} has {counted(len(types), 'column')}, and a table of the DataStore has {MOST_COLUMNS:,} at most.",
                hint="That is PostgreSQL's limit. Split the table, or turn columns into rows.",
            )
        known = [one["id"] for one in self._targets.kept(target).get("fields", ())]
        new = [name for name in types if name not in known]
        if known and new:
            raise InvalidArgument(
                f"The table has no column {', '.join(map(repr, new))}; it has {', '.join(map(repr, known))}.",
                hint=Hint(
                    "Add it with datastore.create(resource, {column: type}), or push with mode='replace'.",
                    "Leave it out, or replace the table: --mode replace.",
                ),
            )

    def _key(self, target: Target, came: Incoming) -> list[str]:
        """The key, by the names of columns on the portal."""
        names = {label: name for name, label in came.labels.items()} | {name: name for name in came.labels}
        key = list(self._options.key) or (
            list((target.table or {}).get("key") or ()) if self._options.mode == "upsert" else []
        )
        if unknown := [one for one in key if one not in names]:
            raise InvalidArgument(
                f"{came.named} has no column {', '.join(map(repr, unknown))} for the key.",
                hint=f"It has {', '.join(map(repr, came.labels.values()))}.",
            )
        if self._options.mode == "upsert" and not key:
            raise InvalidArgument(
                "Updating rows needs a key, and the table has none.",
                hint=Hint(
                    "Pass key=[...], columns that together identify a row.",
                    "Add --key COLUMN, which identifies a row; may be repeated.",
                ),
            )
        return [names[one] for one in key]

    # -- operations --

    def _backing_up(self, target: Target, job: str) -> Operation:
        rows = target.table["rows"] if target.table else None
        data = {"resource": target.resource["id"], "rows": rows, "job": job}
        return Operation("backup", "table.back_up", self._subject(target), data)

    def _making(
        self, target: Target, came: Incoming, types: Mapping[str, Type], key: list[str], rows: int, job: str
    ) -> Operation:
        table = target.table or {}
        stays = bool(self._targets.kept(target))
        new: dict[str, Any] = {
            "primary_key": key,
            "aliases": list(self._options.aliases) or ([] if stays else table.get("aliases", [])),
        }
        if not stays:
            said = {one["id"]: one.get("info") or {} for one in table.get("fields", ())}
            new["fields"] = [_field(name, kind, came.labels[name], said.get(name, {})) for name, kind in types.items()]
        before = {"fields": table["fields"], "rows": table["rows"]} if target.table else None
        data = {
            "resource": target.resource["id"],
            "new": target.resource if target.new else None,
            "replace": not (target.new or stays),
            "table": {name: value for name, value in new.items() if value or name == "fields"},
            "before": before,
            "method": "upsert" if self._options.mode == "upsert" and stays else "insert",
            "rows": rows,
            "after": rows + (table["rows"] if self._options.mode == "append" and stays else 0),
            "job": job,
        }
        needs = ("backup",) if data["replace"] else ()
        return Operation("table", "table.make", self._subject(target), data, 1, came.named, needs=needs)

    def _filling(self, target: Target, came: Incoming, chunk: Chunk, method: str) -> Operation:
        data = {"resource": target.resource["id"], "method": method, "named": came.named}
        data |= {"first": chunk.first, "rows": chunk.rows, "at": chunk.at, "size": chunk.size}
        origin = f"{came.named}, rows {chunk.first + 1:,} to {chunk.first + chunk.rows:,}"
        subject = f"{self._subject(target)}, stream {chunk.lane + 1}"
        return Operation(f"rows {chunk.first}", "table.rows", subject, data, 2, origin, needs=("table",))

    def _finishing(self, target: Target, rows: int, method: str) -> Operation:
        data = {
            "resource": target.resource["id"],
            "rows": rows,
            "method": method,
            "indexes": [one if isinstance(one, str) else list(one) for one in self._options.indexes],
            "new": {"url_type": "datastore", "format": NEW_FORMAT} if target.new else None,
        }
        return Operation("proof", "table.finish", self._subject(target), data, stage=3, needs=("table",))

    def _subject(self, target: Target) -> str:
        return f"table {target.resource.get('name') or target.resource['id']}"

    def _tried(self, operation: Operation, path: Path) -> str:
        """Why CKAN would refuse a batch, or empty: a trial write that is rolled back."""
        data = operation.data
        rows = read_chunk(path, data["at"], data["size"])
        try:
            self._run(writing_rows(data["resource"], rows, data["method"], self._portal_state, dry_run=True))
        except (ValidationError, NotFound) as error:
            return error.message
        return ""


def _field(name: str, kind: Type, label: str, said: Mapping[str, Any]) -> Record:
    """A field in CKAN's form; an existing entry of the data dictionary is kept."""
    info = {**({"label": label} if label != name else {}), **said}
    return {"id": name, "type": kind.of_ckan, **({"info": info} if info else {})}


def _notes(target: Target, came: Incoming, asked: Iterable[str]) -> Iterator[str]:
    decided = tuple(f"{came.names.get(name, name)}: " for name in asked)
    yield from (note for note in came.notes if not note.startswith(decided))
    renamed = [(label, name) for name, label in came.labels.items() if label != name]
    if renamed:
        told = ", ".join(f"{label!r} to {name!r}" for label, name in renamed)
        yield f"CKAN does not accept some column names. Renamed, with the original name as the label: {told}"
    for name in came.with_fractions:
        yield (
            f"{name}: CKAN returns at most milliseconds of a timestamp, and none before 2.12. To keep every digit, send the"
            " column as text: " + Hint(f"types={{{name!r}: 'text'}}", f"--type '{name}=text'")
        )
    if target.new:
        yield f"A new resource: {target.resource['id']}"


def _noting(batches: Iterator[Any], types: Mapping[str, Type], first: list[bytes]) -> Iterator[Any]:
    """The same batches; records the first rows for the preview."""
    for batch in batches:
        if len(first) < PREVIEWED:
            first += packed(batch.slice(0, PREVIEWED - len(first)), types)
        yield batch


def _keep(batches: Iterator[Any], path: Path, types: Mapping[str, Type]) -> Fitness:
    """Write batches to a file, and find out whether they may go through a loader."""
    fitness = Fitness(types)
    with keeping(path, types) as file:
        for batch in batches:
            fitness.look(batch)
            file.write_batch(batch)
    return fitness


def _write(rows: Iterator[list[bytes]], path: Path, lanes: int) -> list[Chunk]:
    return list(write_chunks(path, rows, lanes=lanes))
