"""Reading any source of records row by row; its format is detected by extension or first bytes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from itertools import chain, islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeAlias, TypeGuard, TypeVar

from tuckan._text import counted
from tuckan.errors import Hint, InvalidArgument
from tuckan.readers import json_reader, spreadsheets
from tuckan.readers.columns import Columns, Fields, Row, nearest
from tuckan.readers.csv_reader import DelimitedText
from tuckan.readers.decoding import BROKEN, SNIFFED, about_encoding, as_text, encoding_of, opened
from tuckan.readers.file_kinds import refuse_other_files
from tuckan.readers.options import ReadOptions
from tuckan.readers.replies import catalog, inside, wrapped

if TYPE_CHECKING:
    import io

T = TypeVar("T")
Source: TypeAlias = "str | Path | IO[bytes] | Mapping[str, Any] | Iterable[str | Path | Mapping[str, Any]]"
"""A file's path, `-` for standard input, an open binary file, a record, or several of these."""

PACKED = re.compile(r"\.(gz|gzip|zst|zstd|bz2|xz|zip)$", re.IGNORECASE)
_JSON = re.compile(rb'(\[\s*)?\{\s*"[^"]*"\s*:')
_IF_RECORDS = "If these are the records, pass "
_MARKS_AND_ZEROS = b"\xef\xbb\xbf\xff\xfe\0"
_BY_ENDING = {
    ".csv": "table", ".tsv": "tabs", ".tab": "tabs",
    ".jsonl": "lines", ".ndjson": "lines", ".json": "values", ".geojson": "values",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read.

    Attributes:
        fields: the fields of the records, for the columns of tables.
        mapping: columns with the field that each maps to; None for one to ignore.
        extras: whether columns that are not fields become extra fields.
        options: how to read the files.
        names: whether a plain line of text is a name.
        seen: the columns of all tables read so far.
        notes: notes on the input, in sentences without a full stop.
    """

    fields: Fields
    mapping: Mapping[str, str | None] | None = None
    extras: bool = False
    options: ReadOptions = field(default_factory=ReadOptions)
    names: bool = False
    seen: set[str] = field(default_factory=set[str], repr=False, compare=False)
    notes: list[str] = field(default_factory=list[str], repr=False, compare=False)


def read_rows(source: Source, how: Reading) -> Iterator[Row]:
    """The rows of one source or several, one at a time.

    A row that cannot be read is yielded with its error, and reading continues.

    Raises:
        InvalidArgument: when a file does not exist, is not text in its encoding, or has columns that are not fields; when no
            file holds a record, or a column of the mapping is in none of them, which is seen at the end.
        MissingDependency: when a file needs a library that is not installed.
    """
    yield from _not_barren(_each(source, how), how)
    missing = [column for column in how.mapping or () if column.strip() not in how.seen]
    if missing:
        raise InvalidArgument(
            f"No table has the column {missing[0]!r}, which the mapping names.",
            hint=f"{nearest(missing[0], how.seen)}."
            if how.seen
            else "A mapping is for the columns of tables, and there is no table.",
        )


def _each(source: Source, how: Reading) -> Iterator[Row | str]:
    """The rows of sources; for a file without any, its name."""
    number = 0
    for one in _several(source):
        if _is_file(one):
            rows = _of_file(one, how)
            first = next(rows, None)
            if first is None:
                yield _name_of(one)
            else:
                yield first
                yield from rows
        else:
            number += 1
            yield Row(dict(one) if isinstance(one, Mapping) else one, f"record {number}")


def _not_barren(rows: Iterable[Row | str], how: Reading) -> Iterator[Row]:
    """Rows, at least one if there were files; a file without rows is a note.

    Raises:
        InvalidArgument: when there are no rows at all.
    """
    barren: list[str] = []
    some = False
    for one in rows:
        if isinstance(one, str):
            barren.append(one)
        else:
            some = True
            yield one
    if barren and not some:
        raise InvalidArgument(
            f"There is no {'name' if how.names else 'record'} in {', '.join(barren)}.",
            hint="Is the file complete? Nothing was sent.",
        )
    how.notes.extend(f"there is nothing in {one}" for one in barren)


def read_names(sources: Source, how: Reading) -> Iterator[Row]:
    """The names or ids in sources: plain names, records that have one, and files of either.

    Args:
        sources: names, records, and files as paths or open.
        how: the reader.

    Raises:
        InvalidArgument: when a name is empty, or a file can't be read.
    """
    yield from _not_barren(_each_name(sources, how), how)


def _each_name(sources: Source, how: Reading) -> Iterator[Row | str]:
    for number, one in enumerate(_several(sources), 1):
        if isinstance(one, str):
            if not one.strip():
                raise InvalidArgument(f"Name {number} is empty.", hint="Is a variable unset? Give a name or an id.")
            yield Row(one.strip(), f"name {number}")
        else:
            for row in _each(one, how):
                yield row if isinstance(row, str) else _as_name(row)


def _as_name(row: Row) -> Row:
    named = row.record
    if isinstance(named, dict):
        named = named.get("id") or named.get("name")
    if row.wrong or (isinstance(named, str) and named.strip()):
        return Row(named.strip() if isinstance(named, str) else None, row.origin, row.wrong)
    return Row(None, row.origin, "it has neither an id nor a name")


def in_portions(rows: Iterable[T], size: int = 100) -> Iterator[list[T]]:
    """Batches of rows or other items."""
    rest = iter(rows)
    while some := list(islice(rest, size)):
        yield some


def _several(source: Any) -> Iterable[Any]:
    return [source] if isinstance(source, Mapping) or _is_file(source) else source


def _is_file(one: object) -> TypeGuard[str | Path | IO[bytes]]:
    return isinstance(one, (str, Path)) or hasattr(one, "read")


def _path_of(source: str | Path | IO[bytes]) -> str:
    return str(source) if isinstance(source, (str, Path)) else str(getattr(source, "name", "-"))


def _name_of(source: str | Path | IO[bytes]) -> str:
    path = _path_of(source)
    return "standard input" if path == "-" else Path(path).name


def _of_file(source: str | Path | IO[bytes], how: Reading) -> Iterator[Row]:
    path = _path_of(source)
    named = _name_of(source)
    folder = Path() if path == "-" else Path(path).expanduser().parent
    place = named
    try:
        with opened(source) as file:
            for row in _rows(file, named, folder.absolute(), PACKED.sub("", path), how):
                place = row.origin
                yield row
    except (*BROKEN, UnicodeError) as error:
        yield Row(None, named if place == named else f"{place} and after", f"the rest can't be read: {error}")


def _rows(file: io.BufferedReader, named: str, folder: Path, path: str, how: Reading) -> Iterator[Row]:
    form = form_of(file, path, names=how.names)
    if form == "spreadsheet":
        yield from _of_workbook(file, named, folder, how)
        return
    refuse_other_files(file, named, how.options.encoding, encoding_of(file.peek(SNIFFED)))
    text = as_text(file, how.options.encoding)
    try:
        if form in ("table", "tabs"):
            table = DelimitedText(text, how.options, tabs=form == "tabs", named=named)
            yield from _of_table(_of_text(table, named), named, folder, how)
        else:
            values = json_reader.each_value(text) if form == "values" else json_reader.each_line(text, names=how.names)
            for line, number, value, wrong in inside(values, how.options.record_path, how.notes):
                origin = f"{named}, line {line}{f', record {number}' if number else ''}"
                wrong = wrong or _no_record(value, how.fields)  # noqa: PLW2901 - what is wrong with it
                advice = about_encoding(wrong)
                yield Row(value, origin, wrong + ". " + advice if advice else wrong, folder=folder)
    finally:
        text.detach()


def count_rows(path: Path) -> int | None:
    r"""How many rows a CSV file has below its header; None if it is no such file, or part of it cannot be read.

    Args:
        path: the file.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     size = Path(folder, "rain.csv").write_text("station,rain\n1,2.5\n\n2,0\n")
        ...     print(count_rows(Path(folder, "rain.csv")))
        2
    """
    try:
        with opened(path) as file:
            form = form_of(file, PACKED.sub("", str(path)))
            if form not in ("table", "tabs"):
                return None
            refuse_other_files(file, path.name, None, encoding_of(file.peek(SNIFFED)))
            text = as_text(file, None)
            try:
                table = DelimitedText(text, ReadOptions(), tabs=form == "tabs", named=path.name)
                number = -1  # the header
                for _, _, wrong in _of_text(table, path.name):
                    if wrong:
                        return None
                    number += 1
            finally:
                text.detach()
    except (*BROKEN, UnicodeError, InvalidArgument):
        return None
    return number


def _no_record(value: Any, fields: Fields) -> str:
    """The error for an object that is not a record but contains some."""
    if not isinstance(value, dict):
        return ""
    if (wrong := catalog(value)) or any(map(fields.holds, value)):
        return wrong
    path, number = wrapped(value) or ("", 0)
    advice = Hint(f"record_path={path!r}", f"--record-path {path}")
    return f"its {path!r} holds {counted(number, 'object')}. {_IF_RECORDS}" + advice if path else ""


def _of_text(table: DelimitedText, named: str) -> Iterator[tuple[str, list[Any], str]]:
    """The header and the non-empty rows, each with its location."""
    yield named, table.header, ""
    for line, cells, wrong in table.rows():
        if wrong or any(cell and cell.strip() for cell in cells):
            yield f"{named}, line {line}", cells, wrong + ". " + table.hint if wrong else ""


def form_of(file: io.BufferedReader, path: str, *, names: bool = False) -> str:
    """The format of a file: by extension, or else by its first bytes.

    Args:
        file: its bytes, decompressed.
        path: its name, without the extension of a compression.
        names: whether a plain line of text is a name.

    Returns:
        `table`, `tabs`, `spreadsheet`, `lines` (of JSON) or `values` (one JSON value, or an array of them).
    """
    start = file.peek(1 << 10)
    if start.startswith((spreadsheets.MAGIC, spreadsheets.OLD_MAGIC)):
        return "spreadsheet"
    form = _BY_ENDING.get(Path(path).suffix.lower())
    text = start.translate(None, _MARKS_AND_ZEROS).strip()
    first = text[:1].decode("latin-1")
    if form in ("table", "tabs") and _JSON.match(text):
        form = None  # whatever its name says
    if first == "[" and form in ("lines", "values", None):
        return "lines" if not names and _is_list_of_cells(text) else "values"
    if form is not None:
        return form
    if first == "{":
        return "values" if text.split(b"\n", 1)[0].strip() == b"{" else "lines"  # written on several lines
    return "lines" if names else "table"


def _is_list_of_cells(text: bytes) -> bool:
    """Whether the first line is a list of cells, rather than the start of a list of rows."""
    line, end, _ = text.partition(b"\n")
    inside = line[1:].lstrip()
    return bool(inside) and inside[:1] not in b"{[]" and (inside.rstrip().endswith(b"]") or not end)


def _of_workbook(file: io.BufferedReader, named: str, folder: Path, how: Reading) -> Iterator[Row]:
    sheet = spreadsheets.read(file, how.options, named)
    place = f"{named}, sheet {sheet.title}, row"
    rows = ((f"{place} {number}", _as_json(cells), wrong) for number, cells, wrong in sheet.rows)
    header = (f"{place} {sheet.header}", _as_json(sheet.names), "")
    yield from _of_table(chain([header], rows), named, folder, how)


def _as_json(cells: list[Any]) -> list[Any]:
    return [one.isoformat() if isinstance(one, (date, time)) else one for one in cells]


def _of_table(rows: Iterator[tuple[str, list[Any], str]], named: str, folder: Path, how: Reading) -> Iterator[Row]:
    columns: Columns | None = None
    for origin, cells, wrong in rows:
        if columns is None:
            if wrong:
                # A table cannot be read without its header.
                yield Row(None, origin, wrong)
                return
            columns = Columns(cells, how.fields, named, mapping=how.mapping, extras=how.extras)
            how.seen.update(columns.names)
            continue
        if wrong:
            yield Row(None, origin, wrong, partial=True, folder=folder)
            continue
        record, mistake = columns.record(cells)
        yield Row(record, origin, mistake, partial=True, folder=folder)
