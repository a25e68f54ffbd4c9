"""Excel workbooks: the door to openpyxl."""

from __future__ import annotations

import datetime as dt
import tempfile
import warnings
import zipfile
from typing import IO, TYPE_CHECKING, Any

from tuckan._optional import load
from tuckan.errors import InvalidArgument

if TYPE_CHECKING:
    from collections.abc import Iterator

MAGIC = b"PK\x03\x04"
OLD_MAGIC = b"\xd0\xcf\x11\xe0"


def each_row(file: IO[bytes], sheet: str | None, named: str) -> Iterator[tuple[str, int, list[Any], str]]:
    """The rows of a sheet, its head first: the sheet's title, the row's number, its cells, and what is wrong with them.

    Args:
        file: the workbook.
        sheet: the title of the sheet, or None for the first.
        named: the name of the file, for messages.

    Raises:
        InvalidArgument: when it is no workbook, or has no such sheet.
        MissingDependency: when openpyxl is not installed.
    """
    with tempfile.SpooledTemporaryFile(max_size=1 << 24) as whole:
        # A workbook's contents stand at its end, and what comes through a pipe has none yet.
        while piece := file.read(1 << 16):
            whole.write(piece)
        book = _book(whole, named)
        try:
            yield from _rows(_sheet(book, sheet, named))
        finally:
            book.close()


def _book(file: IO[bytes], named: str) -> Any:
    openpyxl = load("openpyxl", extra="excel", purpose="read Excel files")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and drop-down lists, which hold no data
            return openpyxl.load_workbook(file, read_only=True, data_only=True)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise InvalidArgument(
            f"{named} is no Excel workbook (.xlsx), or a broken one: {error}.", hint="Save it anew, as .xlsx or .csv."
        ) from error


def _sheet(book: Any, title: str | None, named: str) -> Any:
    if title is not None and title not in book.sheetnames:
        raise InvalidArgument(
            f"{named} has no sheet {title!r}.", hint=f"Its sheets are {', '.join(map(repr, book.sheetnames))}."
        )
    sheet = book[title] if title is not None else book.worksheets[0]
    sheet.reset_dimensions()  # some programs write them wrong, and rows would be missing
    return sheet


def _rows(sheet: Any) -> Iterator[tuple[str, int, list[Any], str]]:
    rows = enumerate(sheet.iter_rows(), 1)
    while True:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            number, cells = next(rows, (0, ()))
        if not number:
            return
        values = [_value(cell.value) for cell in cells]
        while values and values[-1] is None:
            values.pop()
        if values:
            broken = [str(cell.coordinate) for cell in cells if cell.data_type == "e"]
            yield sheet.title, number, values, f"there is an error of Excel's in {', '.join(broken)}" if broken else ""


def _value(value: Any) -> Any:
    """A cell as JSON has it: dates as text, whole numbers whole."""
    if isinstance(value, dt.datetime):
        whole_day = value.time() == dt.time()
        return value.date().isoformat() if whole_day else value.isoformat()
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        return str(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
