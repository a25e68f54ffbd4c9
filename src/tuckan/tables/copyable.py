"""Tables as files for a portal's loader: rows on disk, what a loader would change in them, and the file that it reads.

XLoader reads a CSV file, writes it again without quotes, and has PostgreSQL copy that. On the way an empty text becomes a
null, a row without values is dropped, and a carriage return becomes a line feed. Other texts arrive as they are on
the versions that we know; the rows that would show it if they did not are compared afterwards.
"""

from __future__ import annotations

import csv
import io
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import IO, TYPE_CHECKING, Any

from tuckan.errors import ConfigurationError, Hint
from tuckan.tables.arrow import schema_of
from tuckan.tables.json_rows import list_texts
from tuckan.tables.libraries import pyarrow
from tuckan.transport.durable import naming, private_file, sync

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping
    from pathlib import Path

    from tuckan.tables.types import Type

BOM = b"\xef\xbb\xbf"
"""With it, a loader does not guess the encoding."""

SNIFFED = 1000
"""The number of lines from which XLoader guesses the delimiter and the quotes."""

LONGEST_TEXT = 100_000
"""Python's CSV reader refuses fields of more than 131,072 characters."""

LARGEST_FILE = 900_000_000
"""XLoader loads files of up to 1 GB, and copies larger ones in parts that it may cut in the middle of a row."""

_HEADER = re.compile(r"[A-Za-z](?:[\w .()/-]*[\w)])?", re.ASCII)
"""Names that are left as they are: others are transliterated, taken for numbers or dates, or break the statement."""

_SUMMED = ("text", "int16", "int32", "int64")
_CAST = ("date", "time", "timestamp", "timestamptz", "decimal")

_LOOKED_AT = 100
"""The number of notable texts of a column that are looked at in each batch."""

_NOTABLE = r'^\s|\s$|[^ -~]|["\\]'


@dataclass(slots=True)
class Fitness:
    """Whether rows arrive unchanged through a loader.

    Args:
        types: the columns' types.

    Attributes:
        why: why they would not, or empty.
        notable: the numbers of rows to compare afterwards: the first in each column with spaces at an end, quotes, backslashes,
            line feeds, or characters beyond ASCII.
        rows: how many rows were looked at.
    """

    types: Mapping[str, Type]
    why: str = ""
    notable: set[int] = field(default_factory=set[int])
    rows: int = 0
    _seen: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])

    def __post_init__(self) -> None:
        if len(self.types) < 2:
            self.why = "a table of one column is read differently"
        elif composite := [name for name, kind in self.types.items() if (kind.item or kind).name == "json"]:
            self.why = f"the column {composite[0]!r} holds JSON, which CKAN keeps in a form of its own"
        elif strange := [name for name in self.types if not _is_plain(name)]:
            self.why = f"the name of the column {strange[0]!r} would be changed"

    def look(self, batch: Any) -> None:
        """Look at the next batch of rows."""
        if not self.why:
            texts = csv_batch(batch, self.types)
            self.why = (
                next(filter(None, (_changed(texts.column(name), name) for name in texts.schema.names)), "")
                or _without_values(texts)
                or ("" if self.rows else _misread(texts))
            )
            for name in texts.schema.names if not self.why else ():
                self._note(texts.column(name), name)
        self.rows += batch.num_rows

    def _note(self, texts: Any, name: str) -> None:
        pa, compute = pyarrow(), pyarrow("compute")
        if not pa.types.is_string(texts.type) or self.types[name].name not in ("text", "list"):
            return
        found = compute.indices_nonzero(compute.match_substring_regex(texts, _NOTABLE))[:_LOOKED_AT].to_pylist()
        for place in found:
            for kind in _kinds(texts[place].as_py()):
                if (name, kind) not in self._seen:
                    self._seen.add((name, kind))
                    self.notable.add(self.rows + place)


def _is_plain(name: str) -> bool:
    try:
        Decimal(name)
    except InvalidOperation:
        return bool(_HEADER.fullmatch(name))
    return False  # infinity and nan


def _changed(array: Any, name: str) -> str:
    """Why a loader would change texts of a column."""
    pa, compute = pyarrow(), pyarrow("compute")
    if not pa.types.is_string(array.type):
        return ""
    sizes = compute.min_max(compute.binary_length(array)).as_py()
    if sizes["min"] == 0:
        return f"the column {name!r} has an empty text, which would become a null"
    if (sizes["max"] or 0) > LONGEST_TEXT:
        return f"the column {name!r} has a text of {sizes['max']:,} bytes, and {LONGEST_TEXT:,} are read at most"
    if compute.any(compute.match_substring(array, "\r")).as_py():
        return f"the column {name!r} has a carriage return, which would become a line feed"
    return ""


def _without_values(batch: Any) -> str:
    """Why a loader would drop a row: one without values is blank."""
    compute = pyarrow("compute")
    nulls: Any = None
    for array in batch.columns:
        if not array.null_count:
            return ""
        nulls = array.is_null() if nulls is None else compute.and_(nulls, array.is_null())
    return "a row has no values, and would be dropped" if compute.any(nulls).as_py() else ""


def _misread(batch: Any) -> str:
    """Why a loader would take the file for another kind of CSV: it guesses that as Python's `csv` does."""
    file = io.BytesIO()
    write_csv(batch.slice(0, SNIFFED), file, header=True)
    lines = file.getvalue().decode().splitlines(keepends=True)[:SNIFFED]
    try:
        dialect = csv.Sniffer().sniff("".join(lines), ",\t;|")
    except csv.Error:
        return ""  # Excel's form is then assumed
    usual = (dialect.delimiter, dialect.quotechar, dialect.skipinitialspace) == (",", '"', False)
    return "" if usual else "its texts make the file look like another kind of CSV"


def _kinds(text: str) -> Iterator[str]:
    if text != text.strip():
        yield "space"
    if not text.isascii():
        yield "beyond ASCII"
    for kind in ('"', "\\", "\n"):
        if kind in text:
            yield kind


def csv_batch(batch: Any, types: Mapping[str, Type]) -> Any:
    """A batch with columns that CSV can hold as PostgreSQL reads them."""
    pa = pyarrow()
    return pa.record_batch([_column(batch.column(name), kind) for name, kind in types.items()], names=list(types))


def _column(array: Any, kind: Type) -> Any:
    if kind.item:
        return pyarrow().array(list_texts(array, kind.item), pyarrow().string())
    return array.cast(pyarrow().string()) if kind.name in _CAST else array


def write_csv(batch: Any, file: IO[bytes], *, header: bool = False) -> None:
    """Write a batch of `csv_batch` as CSV: values are quoted, nulls are not, as COPY tells them apart."""
    writing = pyarrow("csv")
    writing.write_csv(batch, file, writing.WriteOptions(include_header=header, quoting_style="all_valid"))


def write_file(path: Path, batches: Iterable[Any], types: Mapping[str, Type]) -> int:
    """Write a table as the file for a loader, and return its size in bytes."""
    with naming(path), private_file(path) as file:
        file.write(BOM)
        first = True
        for batch in batches:
            write_csv(csv_batch(batch, types), file, header=first)
            first = False
        return file.tell()


def sums(batches: Iterable[Any], types: Mapping[str, Type]) -> dict[str, list[int]]:
    """For each column the number of values, and the sum of its whole numbers or of the lengths of its texts.

    Args:
        batches: the rows.
        types: the columns' types.

    Example:
        >>> import pyarrow as pa
        >>> from tuckan.tables.types import named
        >>> rows = pa.record_batch({"n": [1, 5, None], "word": ["one", None, "größe"]})
        >>> sums([rows], {"n": named("int64"), "word": named("text")})
        {'n': [2, 6], 'word': [2, 8]}
    """
    compute = pyarrow("compute")
    found = {name: [0, 0] if kind.name in _SUMMED else [0] for name, kind in types.items()}
    for batch in batches:
        for name, totals in found.items():
            array = batch.column(name)
            totals[0] += len(array) - array.null_count
            if len(totals) > 1:
                # Decimals do not overflow where many large numbers are added.
                numbers = (
                    compute.utf8_length(array)
                    if types[name].name == "text"
                    else array.cast(pyarrow().decimal128(38, 0))
                )
                totals[1] += int(compute.sum(numbers).as_py() or 0)
    return found


def sums_in_sql(table: str, types: Mapping[str, Type]) -> str:
    """The query for what `sums` returns, in the same order."""
    parts: list[str] = []
    for name, kind in types.items():
        parts.append(f'count("{name}")')
        if kind.name in _SUMMED:
            parts.append(f'sum(length("{name}"))' if kind.name == "text" else f'sum("{name}")')
    named_parts = ", ".join(f"{part} AS s{number}" for number, part in enumerate(parts))
    return f'SELECT {named_parts} FROM "{table}"'  # noqa: S608 - of names that are letters and digits, see _HEADER


@contextmanager
def keeping(path: Path, types: Mapping[str, Type]) -> Generator[Any]:
    """Write batches of rows to a file, which is on disk at the end; `write_batch` takes each."""
    with naming(path), private_file(path) as file:
        ipc = pyarrow("ipc")
        with ipc.new_file(file, schema_of(types), options=ipc.IpcWriteOptions(compression="lz4")) as writer:
            yield writer
        sync(file)


def kept(path: Path) -> Iterator[Any]:
    """The batches of a file that `keeping` wrote.

    Raises:
        ConfigurationError: when the file is missing or damaged.
    """
    pa = pyarrow()
    try:
        with pa.memory_map(str(path)) as file:
            reader = pyarrow("ipc").open_file(file)
            for number in range(reader.num_record_batches):
                yield reader.get_batch(number)
    except (OSError, pa.ArrowException) as error:
        raise ConfigurationError(
            f"The rows of the job {path.stem} can no longer be read: {error}.",
            hint="Push them again from their source; "
            + Hint("mode='replace'", "--mode replace")
            + " replaces the partial result.",
        ) from error
