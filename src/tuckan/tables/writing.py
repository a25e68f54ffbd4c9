"""Writing tables to files: written to a temporary file and renamed."""

from __future__ import annotations

from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeAlias

import msgspec

from tuckan.errors import InvalidArgument
from tuckan.tables.arrow import schema_of
from tuckan.tables.downcasting import NO_NUMBERS
from tuckan.tables.libraries import duckdb, pyarrow
from tuckan.transport.durable import complete, part_of, replacing

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping

    from tuckan.tables.types import Type

Target: TypeAlias = "str | Path | IO[bytes]"
"""Where to write: a path, or an open binary file."""

ROWS_OF_A_GROUP = 65_536
"""The rows of a Parquet row group: enough to compress well, few enough for memory."""

FORMATS = {
    ".parquet": "parquet",
    ".csv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".arrow": "ipc",
    ".feather": "ipc",
    ".ipc": "ipc",
    ".duckdb": "duckdb",
    ".db": "duckdb",
}
"""The format of a file by its extension."""


def format_of(path: str | Path) -> str:
    """The format for a file's name.

    Raises:
        InvalidArgument: when the extension is unknown.
    """
    found = FORMATS.get(Path(path).suffix.lower())
    if found is None:
        raise InvalidArgument(
            f"{str(path)!r} does not have a known file extension.", hint=f"Use one of {', '.join(FORMATS)}."
        )
    return found


def check(target: Target) -> None:
    """Check before a long operation that its output file can be created.

    Raises:
        InvalidArgument: when the path is a folder, or its folder does not exist.
    """
    if not isinstance(target, (str, Path)):
        return
    path = Path(target)
    if path.is_dir() or not path.parent.is_dir():
        raise InvalidArgument(
            f"The file {str(path)!r} can't be created.", hint="Give the path of a file in an existing folder."
        )


@contextmanager
def whole(target: Target) -> Generator[IO[bytes], None, None]:
    """An open binary file to write to; a path is replaced only when everything was written."""
    if not isinstance(target, (str, Path)):
        yield complete(target)
        return
    with replacing(Path(target)) as file:
        yield file


def write_parquet(batches: Iterable[Any], types: Mapping[str, Type], target: Target) -> None:
    """Write Parquet, compressed with Zstandard."""
    parquet = pyarrow("parquet")
    with whole(target) as file, parquet.ParquetWriter(file, schema_of(types), compression="zstd") as writer:
        for table in _grouped(batches):
            writer.write_table(table, row_group_size=ROWS_OF_A_GROUP)


def write_ipc(batches: Iterable[Any], types: Mapping[str, Type], target: Target) -> None:
    """Write Arrow's own format for files, which Feather is another name of."""
    ipc = pyarrow("ipc")
    options = ipc.IpcWriteOptions(compression="zstd")
    with whole(target) as file, ipc.new_file(file, schema_of(types), options=options) as writer:
        for table in _grouped(batches):
            writer.write_table(table)


def _grouped(batches: Iterable[Any]) -> Iterator[Any]:
    pa = pyarrow()
    held: list[Any] = []
    for batch in batches:
        held.append(batch)
        if sum(len(one) for one in held) >= ROWS_OF_A_GROUP:
            yield pa.Table.from_batches(held)
            held = []
    if held:
        yield pa.Table.from_batches(held)


def write_jsonl(batches: Iterable[Any], types: Mapping[str, Type], target: Target) -> None:
    """Write JSON lines: numbers with all their digits, JSON as what it says, times as ISO 8601 has them."""
    encode = msgspec.json.Encoder(decimal_format="number").encode
    columns = {name: to_json for name, kind in types.items() if (to_json := _in_json(kind))}
    with whole(target) as file:
        for batch in batches:
            for row in _with_short_floats(batch).to_pylist():
                for name, to_json in columns.items():
                    row[name] = None if row[name] is None else to_json(row[name])
                file.write(encode(row) + b"\n")


def _with_short_floats(batch: Any) -> Any:
    """A batch whose floats of 32 bits are the text that the portal has: as Python's floats they would have more digits."""
    pa = pyarrow()
    for place, one in enumerate(batch.schema):
        if one.type == pa.float32():
            batch = batch.set_column(place, one.name, floats(batch.column(place), 6))
    return batch


def floats(array: Any, exponent: int) -> Any:
    """Floats as PostgreSQL writes them: as few digits as tell each from all others.

    Args:
        array: the floats.
        exponent: from which power of ten on they have an exponent.
    """
    pa, compute = pyarrow(), pyarrow("compute")
    texts, size = array.cast(pa.string()), compute.abs(array)
    within = compute.and_(compute.greater_equal(size, 1e-4), compute.less(size, 10.0**exponent))
    plain = compute.invert(compute.match_substring(texts, "e"))
    usual = compute.and_(plain, compute.or_(compute.equal(array, 0), within))
    if compute.all(usual).as_py() is not False:
        return texts
    pairs = zip(texts.to_pylist(), usual.to_pylist(), strict=True)
    return pa.array(
        [text if fine is not False else _as_postgresql(text, exponent) for text, fine in pairs], pa.string()
    )


def _as_postgresql(text: str, exponent: int) -> str:
    if text in _WORDS:
        return _WORDS[text]
    number = Decimal(text).normalize()
    power = number.adjusted()
    if -4 <= power < exponent:
        return f"{number:f}"
    sign, digits, _ = number.as_tuple()
    first, *more = map(str, digits)
    return f"{'-' * sign}{first}{'.' * bool(more)}{''.join(more)}e{power:+03d}"


_WORDS = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


def _in_json(kind: Type, *, nested: bool = False) -> Callable[[Any], Any] | None:
    """What makes JSON of text that is JSON, of numbers that are text still, and of what JSON has no numbers for."""
    if kind.name == "json":
        return lambda text: msgspec.Raw(text.encode())
    if kind.item:
        of_item = _in_json(kind.item, nested=True)
        return of_item and (lambda items: [None if one is None else of_item(one) for one in items])
    if kind.name == "float64" or (nested and kind.name == "float32"):
        return lambda value: value if value - value == 0 else _WORDS[str(value)]
    is_text = kind.name == "float32" or not kind.is_known
    return (lambda text: text if text in NO_NUMBERS else msgspec.Raw(text.encode())) if is_text else None


def write_csv(batches: Iterable[Any], types: Mapping[str, Type], target: Target) -> None:
    """Write CSV with a header: null is blank, text has quotes, lists are JSON, times are as ISO 8601 has them.

    Numbers that are still text are written as the portal has them, without quotes.
    """
    compute = pyarrow("compute")
    columns = {name: _csv_column(kind) for name, kind in types.items()}
    with whole(target) as file:
        file.write((",".join(f'"{name.replace(chr(34), chr(34) * 2)}"' for name in types) + "\n").encode())
        for batch in batches:
            texts = [column(batch.column(name)) for name, column in columns.items()]
            lines = compute.binary_join_element_wise(*texts, ",", null_handling="replace", null_replacement="")
            file.write(_characters(compute.binary_join_element_wise(lines, "", "\n")))


def _characters(array: Any) -> memoryview:
    """The texts of an array that was just made, one behind the other."""
    lengths = pyarrow("compute").binary_length(array)
    return memoryview(array.buffers()[2] or b"")[: pyarrow("compute").sum(lengths).as_py() or 0]


def _csv_column(kind: Type) -> Callable[[Any], Any]:
    """What makes the cells of a column, as they are to be written."""
    pa, compute = pyarrow(), pyarrow("compute")
    if kind.item:
        encode = msgspec.json.Encoder(decimal_format="number").encode
        to_json = _in_json(kind)

        def lists(array: Any) -> Any:
            values = ((to_json(one) if to_json and one is not None else one) for one in array.to_pylist())
            return _quoted(pa.array([None if one is None else encode(one).decode() for one in values], pa.string()))

        return lists
    if kind.name in ("timestamp", "timestamptz"):
        end = "Z" if kind.name == "timestamptz" else ""

        def moments(array: Any) -> Any:
            texts = clock(array.cast(pa.timestamp("us")), pa.timestamp("s"))
            return compute.binary_join_element_wise('"', compute.replace_substring(texts, " ", "T"), f'{end}"', "")

        return moments
    if kind.name == "time":
        return lambda array: clock(array, pa.time32("s"))
    if kind.name in ("float32", "float64"):
        return lambda array: floats(array, 6 if kind.name == "float32" else 15)
    if kind.name in ("text", "json"):
        return _quoted
    return lambda array: array.cast(pa.string())


def clock(array: Any, seconds: Any) -> Any:
    """Times in microseconds as text, without zeros behind their last digit; `seconds` is the same type without a fraction."""
    compute, string = pyarrow("compute"), pyarrow().string()
    if compute.any(compute.greater(compute.subsecond(array), 0)).as_py():
        return compute.ascii_rtrim(compute.ascii_rtrim(array.cast(string), "0"), ".")
    return array.cast(seconds).cast(string)


def _quoted(texts: Any) -> Any:
    compute = pyarrow("compute")
    doubled = compute.replace_substring(texts, '"', '""')
    return compute.binary_join_element_wise('"', doubled, '"', "")


def write_duckdb(batches: Iterable[Any], types: Mapping[str, Type], target: str | Path, table: str) -> None:
    """Write a table of a DuckDB database; in one that is there, the other tables stay.

    Args:
        batches: the rows.
        types: the columns.
        target: the database's file.
        table: the table's name; a table that is there is replaced.
    """
    path = Path(target)
    if path.exists():
        _into_duckdb(batches, types, path, table)
        return
    with part_of(path) as part:
        _into_duckdb(batches, types, part, table)


def _into_duckdb(batches: Iterable[Any], types: Mapping[str, Type], path: Path, table: str) -> None:
    rows = pyarrow().RecordBatchReader.from_batches(schema_of(types), iter(batches))
    name = '"' + table.replace('"', '""') + '"'
    try:
        with duckdb().connect(str(path)) as database:
            database.register("tuckan_rows", rows)
            database.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM tuckan_rows")  # noqa: S608 - quoted
            database.unregister("tuckan_rows")
    except duckdb().Error as error:
        raise InvalidArgument(
            f"DuckDB can't write the table {table!r} to {str(path)!r}: {error}",
            hint="Give a new file, or a DuckDB database that no other program has open.",
        ) from error
