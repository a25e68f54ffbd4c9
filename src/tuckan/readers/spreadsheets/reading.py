"""Reading with calamine: from a spreadsheet's bytes to the rows of one of its sheets."""

from __future__ import annotations

import datetime as dt
import io
import os
import re
import shlex
import sys
import tempfile
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from struct import error as StructError  # noqa: N812 - struct calls it `error`
from typing import IO, TYPE_CHECKING, Any
from xml.parsers.expat import ExpatError

from tuckan._optional import load
from tuckan._text import duration
from tuckan.errors import Hint, InvalidArgument
from tuckan.readers.file_kinds import document_in_zip
from tuckan.readers.spreadsheets import biff, ods, xlsx
from tuckan.readers.spreadsheets.findings import Broken, TooSparse
from tuckan.readers.spreadsheets.rows import says, with_header

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping

    from tuckan.readers.options import ReadOptions
    from tuckan.readers.spreadsheets.findings import Findings
    from tuckan.readers.spreadsheets.rows import Sheet

MAGIC = b"PK\x03\x04"
OLD_MAGIC = b"\xd0\xcf\x11\xe0"
MOST_BYTES = 4 << 30
"""The maximum decompressed size of a workbook, which is held in memory."""

_BROKEN = (
    zipfile.BadZipFile, zlib.error, ExpatError, StructError, KeyError, ValueError, IndexError, OSError, EOFError,
    NotImplementedError, RuntimeError, OverflowError, MemoryError,
)  # fmt: skip
_LARGEST_WHOLE = 1 << 63
STDERR = 2
_PANIC = re.compile(rb"\n?thread '[^\n]* panicked at .*", re.DOTALL)


def read(file: IO[bytes], options: ReadOptions, named: str) -> Sheet:
    """Read a sheet; as a whole, for a spreadsheet's contents stand at its end.

    Args:
        file: the spreadsheet.
        options: which sheet, and how to read it.
        named: the name of the file, for messages.

    Raises:
        InvalidArgument: when it is no spreadsheet, has no such sheet, or the sheet has no header.
        MissingDependency: when calamine is not installed.
    """
    book = _opened(file, named)
    titles = [one.title for one in book.sheets]
    hidden = {one.title for one in book.sheets if one.hidden}
    title = _chosen(titles, hidden, options.sheet, named)
    others = [_shown(one, hidden) for one in titles if one != title]
    grid = book.grid(title)
    if grid.empty:
        other = next((one for one in titles if one != title), "")
        another = Hint(f"sheet={other!r}.", f"--sheet {shlex.quote(other)}.")
        hint = f"The workbook also has {', '.join(others)}: pass " + another if others else "Is it the right file?"
        raise InvalidArgument(f"The sheet {title!r} of {named} is empty.", hint=hint)
    rows, null = grid.rows, frozenset(options.null)
    if null:
        rows = ((row, [None if says(one) in null else one for one in cells]) for row, cells in rows)
    return with_header(title, others, rows, options, f"{named}, sheet {title}", grid.first)


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells of a sheet, without a header.

    Attributes:
        title: the sheet's title.
        first: the column of each row's first cell, counted from 0.
        empty: whether the sheet has no cell with a value.
        rows: the rows that are not blank, once: the number of each, and its cells.
        hidden: whether the sheet is hidden.
    """

    title: str
    first: int
    empty: bool
    rows: Iterator[tuple[int, list[Any]]] = field(repr=False)
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class _Listed:
    title: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class _Book:
    """A workbook that is open."""

    book: Any
    sheets: list[_Listed]
    look: Callable[[str, int], Findings]
    named: str

    def grid(self, title: str) -> Grid:
        """Read one of its sheets."""
        with _guarded(self.named):
            findings = self.look(title, self.book.sheet_names.index(title))
            with _without_panics():
                sheet = self.book.get_sheet_by_name(title)
            start = sheet.start
        begin = start[1] if start else 0
        first = min([column for _, column in findings.cells] + [begin] * bool(start), default=0)
        rows = _Cells(sheet.iter_rows(), first, begin, findings, self.named).rows()
        return Grid(title, first, start is None and not findings.cells, rows)


def _opened(file: IO[bytes], named: str) -> _Book:
    calamine = load("python_calamine", extra="excel", purpose="read spreadsheets")
    with _guarded(named):
        data = file.read()
        look = _look_for(data, named)
        with _without_panics():
            book = calamine.load_workbook(io.BytesIO(data))
        every = [one for one in book.sheets_metadata if one.typ == calamine.SheetTypeEnum.WorkSheet]
    shown = calamine.SheetVisibleEnum.Visible
    return _Book(book, [_Listed(one.name, one.visible != shown) for one in every], look, named)


def grids(file: IO[bytes], named: str) -> Iterator[Grid]:
    """Read all sheets of a workbook, hidden ones too, in their order.

    Args:
        file: the spreadsheet.
        named: the name of the file, for messages.

    Raises:
        InvalidArgument: when it is no spreadsheet, or is damaged.
        MissingDependency: when calamine is not installed.
    """
    book = _opened(file, named)
    for one in book.sheets:
        yield replace(book.grid(one.title), hidden=one.hidden)


@contextmanager
def _without_panics() -> Generator[None]:
    """Leave out what Rust writes of its own panics to stderr, before anybody can catch them: the error has our own words."""
    try:
        kept = os.dup(STDERR)
    except OSError:  # it is closed
        yield
        return
    with tempfile.TemporaryFile() as said:
        if sys.stderr:
            sys.stderr.flush()
        os.dup2(said.fileno(), STDERR)
        try:
            yield
        finally:
            os.dup2(kept, STDERR)
            os.close(kept)
            said.seek(0)
            if others := _PANIC.sub(b"", said.read()):
                os.write(STDERR, others)


@contextmanager
def _guarded(named: str) -> Generator[None]:
    """What a damaged file makes of libraries, said as such."""
    try:
        yield
    except TooSparse as error:
        raise InvalidArgument(
            f"{named} can't be read: {error}.",
            hint="Delete the stray cells far from the table, or save the sheet as CSV.",
        ) from error
    except InvalidArgument:
        raise
    except BaseException as error:
        # Rust's panics are no exceptions of the usual kind.
        theirs = type(error).__module__.startswith(("python_calamine", "_python_calamine", "pyo3_runtime"))
        if isinstance(error, biff.Locked) or type(error).__name__ == "PasswordError":
            raise InvalidArgument(
                f"{named} is encrypted with a password.", hint="Save it without one, or as CSV."
            ) from error
        if isinstance(error, biff.OtherDocument):
            raise InvalidArgument(
                f"{named} is {error}, not a spreadsheet.", hint="Save its table as .xlsx or CSV."
            ) from error
        if isinstance(error, _BROKEN) or theirs:
            raise InvalidArgument(
                f"{named} can't be read as a spreadsheet, and may be damaged: {str(error) or type(error).__name__}.",
                hint="Open it in Excel or LibreOffice, and save it again as .xlsx or CSV.",
            ) from error
        raise


def _look_for(data: bytes, named: str) -> Callable[[str, int], Findings]:
    """What looks into a sheet of a workbook, by its title and number."""
    if data.startswith(OLD_MAGIC):
        found = biff.look_into_xls(biff.stream_of(data))
        return lambda _, number: found[number]
    archive = zipfile.ZipFile(io.BytesIO(data))
    if sum(one.file_size for one in archive.infolist()) > MOST_BYTES:
        raise InvalidArgument(f"{named} is larger than {MOST_BYTES >> 30} GB unpacked.", hint="Save it as CSV.")
    names = {name.lower().replace("\\", "/").lstrip("/") for name in archive.namelist()}
    if ods.is_encrypted(archive):
        raise biff.Locked
    if any(name.endswith("workbook.bin") for name in names):
        biff.check_xlsb(archive)
        return lambda title, _: biff.look_into_xlsb(archive, title)
    if "content.xml" in names and not document_in_zip((), _mimetype(archive)):
        ods.check(archive)
        return lambda title, _: ods.look(archive, title)
    if any(name.startswith("xl/") or name.endswith("workbook.xml") for name in names):
        return lambda title, _: xlsx.look(archive, title)
    raise _no_spreadsheet(archive, names, named)


def _mimetype(archive: zipfile.ZipFile) -> bytes:
    return archive.read("mimetype")[:100] if "mimetype" in archive.namelist() else b""


def _no_spreadsheet(archive: zipfile.ZipFile, names: Collection[str], named: str) -> InvalidArgument:
    if what := document_in_zip(names, _mimetype(archive)):
        return InvalidArgument(f"{named} is {what}, not a spreadsheet.", hint="Save its table as .xlsx or CSV.")
    return InvalidArgument(
        f"{named} is a ZIP archive, not a spreadsheet; it has {', '.join(archive.namelist()[:3]) or 'nothing in it'}.",
        hint="Extract it, and push the file that has the table.",
    )


def _chosen(titles: list[str], hidden: Collection[str], wanted: str | None, named: str) -> str:
    if wanted is not None and wanted not in titles:
        raise InvalidArgument(
            f"{named} has no sheet {wanted!r}.",
            hint=f"Its sheets are {', '.join(_shown(one, hidden) for one in titles)}.",
        )
    if not titles:
        raise InvalidArgument(f"{named} has no sheet of cells.", hint="Is it the right file?")
    return wanted or next((one for one in titles if one not in hidden), titles[0])


def _shown(title: str, hidden: Collection[str]) -> str:
    return f"{title!r} (hidden)" if title in hidden else repr(title)


# -- cells --


def _number(value: float) -> float:
    if value.is_integer() and -_LARGEST_WHOLE < value < _LARGEST_WHOLE:
        return int(value) if -1e15 < value < 1e15 else int(Decimal(repr(value)))
    return value


def _duration(value: dt.timedelta) -> str:
    return duration(value // dt.timedelta(microseconds=1), 10**6)


class _Doubtful(Exception):
    """A date or time is not told by what calamine gives for it."""


def _date(value: dt.date) -> dt.date:
    if value.year <= 1900:
        raise _Doubtful
    return value


def _time(_: dt.time) -> dt.time:
    raise _Doubtful


def _same(value: Any) -> Any:
    return value


_CONVERTED: Mapping[type, Any] = {
    str: lambda text: text or None,
    bool: bool,
    int: _same,
    float: _number,
    dt.date: _date,
    dt.datetime: _date,
    dt.time: _same,
    dt.timedelta: _duration,
}


@dataclass(slots=True)
class _Cells:
    """A sheet's cells as Python's values: whole numbers whole, durations as text, null for what is empty.

    Attributes:
        came: the rows as calamine gives them, each from the first column that has a value for calamine.
        first: the first column with anything.
        begin: the first column of what came.
        findings: what is right where calamine is wrong.
        named: the name of the file, for messages.
    """

    came: Iterable[list[Any]]
    first: int
    begin: int
    findings: Findings
    named: str

    def rows(self) -> Iterator[tuple[int, list[Any]]]:
        """The rows that are not blank, with their numbers as spreadsheets count them."""
        convert = {**_CONVERTED, dt.time: _time} if self.findings.negative else _CONVERTED
        corrected: dict[int, list[tuple[int, Any]]] = {}
        for (row, column), value in self.findings.cells.items():
            corrected.setdefault(row, []).append((column - self.first, value))
        before = [None] * (self.begin - self.first)
        for number, came in enumerate(self.came, 1):
            try:
                cells = [convert[one.__class__](one) for one in came]
            except _Doubtful:
                cells = [self._carefully(number - 1, place, one) for place, one in enumerate(came, self.begin)]
            if before:
                cells = before + cells
            if number - 1 in corrected:
                _correct(cells, corrected.pop(number - 1))
            while cells and cells[-1] is None:
                cells.pop()
            if cells:
                yield number, cells
        for row in sorted(corrected):  # below all values
            cells = []
            _correct(cells, corrected[row])
            yield row + 1, cells

    def _carefully(self, row: int, column: int, value: Any) -> Any:
        """A cell of a row in which dates are, of which calamine does not tell the days that never were."""
        if not isinstance(value, (dt.date, dt.time)):
            return _CONVERTED[type(value)](value)
        text = value.isoformat()
        serial = self._serial(row, column)
        if serial is not None and serial < 0:
            return Broken("", f"a negative date ({serial:g})")
        if text.startswith("1900-02-28") and self.findings.serials is None:
            return Broken("", "a date that may be 1900-02-28, or the 29th, which did not exist")
        return text.replace("1900-02-28", "1900-02-29") if serial is not None else value

    def _serial(self, row: int, column: int) -> float | None:
        """The number behind a date, where it is one of those that can't be told from the date."""
        if self.findings.serials is None:
            return None
        with _guarded(self.named):
            found = self.findings.serials()
        self.findings.serials = lambda: found
        return found.get((row, column))


def _correct(cells: list[Any], values: list[tuple[int, Any]]) -> None:
    for place, value in values:
        cells += [None] * (place + 1 - len(cells))
        cells[place] = value
