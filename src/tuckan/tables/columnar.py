"""Files whose columns have types: Parquet, Arrow and DuckDB, read in parts."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuckan._text import counted
from tuckan.errors import Hint, InvalidArgument, TuckanError
from tuckan.tables import libraries
from tuckan.tables.arrow import does_not_fit
from tuckan.tables.from_records import Places
from tuckan.tables.nesting import shown
from tuckan.tables.texts import MOST_BYTES, MOST_ROWS
from tuckan.tables.types import Type

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

READ_AT_ONCE = 1 << 16
"""The read buffer of each column of a Parquet file, in bytes."""


@contextmanager
def reading_of(named: str) -> Generator[None]:
    """Translate Arrow's errors for a damaged file."""
    pa = libraries.pyarrow()
    try:
        yield
    except TuckanError:
        raise
    except (pa.ArrowException, OSError, ValueError, MemoryError) as error:
        said = str(error).partition("\n")[0]
        raise InvalidArgument(
            f"{named} can't be read: {said.rstrip('.')}.", hint="Check that it is complete, and what its name says."
        ) from error


def each(batches: Iterator[Any], named: str) -> Iterator[Any]:
    """The batches, read as `reading_of` does."""
    while True:
        with reading_of(named):
            batch = next(batches, None)
        if batch is None:
            return
        yield batch


def parquet(path: Any) -> tuple[Any, Iterator[Any]]:
    """The schema and the batches of a Parquet file."""
    # Read-ahead would hold a whole row group in memory, and a file may have a single one.
    opened = partial(
        libraries.pyarrow("parquet").ParquetFile,
        path,
        page_checksum_verification=True,
        pre_buffer=False,
        buffer_size=READ_AT_ONCE,
    )
    file = opened(coerce_int96_timestamp_unit="us")  # nanoseconds would limit timestamps to the years 1678 to 2262
    rows = _rows_at_once(file.metadata)
    batches = file.iter_batches(batch_size=rows)
    names = [file.schema.column(place).path for place in range(len(file.schema))]
    old = [name for place, name in enumerate(names) if file.schema.column(place).physical_type == "INT96"]
    if old:
        batches = _without_nanoseconds(batches, opened().iter_batches(batch_size=rows), old, path)
    return file.schema_arrow, batches


def _rows_at_once(metadata: Any) -> int:
    """How many rows of a Parquet file to read at once, based on the row group with the largest rows."""
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    largest = max((group.total_byte_size // (group.num_rows or 1) for group in groups), default=0)
    return max(1, min(MOST_ROWS, MOST_BYTES // (largest or 1)))


def _without_nanoseconds(batches: Iterator[Any], exact: Iterator[Any], names: list[str], path: Any) -> Iterator[Any]:
    """Batches with timestamps in microseconds, if that loses no digits."""
    pa, compute = libraries.pyarrow(), libraries.pyarrow("compute")
    where, first = Places(Path(str(getattr(path, "name", path))).name), 0
    for batch, whole in zip(batches, exact, strict=True):
        for name in set(names) & set(batch.schema.names):
            moments, numbers = batch.column(name), whole.column(name).cast(pa.int64())
            same = compute.equal(compute.divide(numbers, 1000), moments.cast(pa.int64()))
            more = compute.not_equal(numbers, compute.multiply(compute.divide(numbers, 1000), 1000))
            if (place := compute.index(compute.and_(same, more), value=True).as_py()) >= 0:
                raise does_not_fit(shown(whole.column(name), place), Type("timestamp"), name, where(first + place))
        yield batch
        first += batch.num_rows


def ipc_file(path: Any) -> tuple[Any, Iterator[Any]]:
    """The schema and the batches of an Arrow file or stream; a batch is as large as its writer made it."""
    pa, ipc = libraries.pyarrow(), libraries.pyarrow("ipc")
    try:
        file = ipc.open_file(path)
    except pa.ArrowInvalid:
        stream = ipc.open_stream(path if hasattr(path, "read") else pa.OSFile(path))
        return stream.schema, iter(stream)
    return file.schema, (file.get_batch(number) for number in range(file.num_record_batches))


def duckdb_table(path: Any, table: str | None) -> Any:
    """The relation for a table of a database."""
    duckdb = libraries.duckdb()
    try:
        database = duckdb.connect(str(path), read_only=True)
        tables = [row[0] for row in database.execute("SHOW TABLES").fetchall()]
        if table is None and len(tables) != 1:
            raise InvalidArgument(
                f"{Path(str(path)).name} has {counted(len(tables), 'table')}.",
                hint=f"They are {', '.join(map(repr, tables)) or 'none'}. Choose one with "
                + Hint("table=.", "--table."),
            )
        quoted = '"' + (table or tables[0]).replace('"', '""') + '"'
        return database.sql(f"SELECT * FROM {quoted}")  # noqa: S608 - quoted
    except duckdb.Error as error:
        raise InvalidArgument(
            f"{Path(str(path)).name} can't be read: {error}", hint="Is it a DuckDB database, with a table of that name?"
        ) from error
