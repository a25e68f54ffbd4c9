"""Rows of Python objects (dicts, JSON, GeoJSON, spreadsheets) as columns of text, with what is known about their types."""

from __future__ import annotations

import os
import re
import sys
import tempfile
import weakref
from array import array
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from itertools import islice
from typing import IO, TYPE_CHECKING, Any

import msgspec

from tuckan._text import counted
from tuckan.errors import DoesNotFit, Hint, InvalidArgument
from tuckan.tables.libraries import pyarrow
from tuckan.tables.naming import acceptable
from tuckan.tables.nesting import duration_text
from tuckan.tables.texts import Texts, shifted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tuckan.readers.spreadsheets import Sheet

FIRST_ROWS, ROWS_AT_ONCE, BYTES_AT_ONCE = 10, 5000, 16_000_000
"""How many rows to convert at once: few at first, then as many as their size allows."""

NUMBERS_IN_MEMORY = 1 << 16
_encode = msgspec.json.Encoder(decimal_format="number").encode


class Places:
    """The location of each row of a source, for messages.

    Args:
        named: the name of the source.
    """

    def __init__(self, named: str) -> None:
        self.form = f"row {{:,}} of {named}"
        self._numbers = array("Q")
        self._on_disk = 0
        self._file: IO[bytes] | None = None

    def note(self, number: int) -> None:
        """Record the line or row number of the next row."""
        self.note_all((number,))

    def note_all(self, numbers: Iterable[int]) -> None:
        """Record the line or row numbers of the next rows."""
        self._numbers.extend(numbers)
        if len(self._numbers) >= NUMBERS_IN_MEMORY:
            if self._file is None:
                self._file = tempfile.TemporaryFile()  # noqa: SIM115 - it goes away with this object
                weakref.finalize(self, self._file.close)
            self._file.seek(0, os.SEEK_END)
            self._numbers.tofile(self._file)
            self._on_disk += len(self._numbers)
            del self._numbers[:]

    def of(self, row: int) -> str:
        """The location of a row, counted from 0."""
        if self._file is not None and row < self._on_disk:
            self._file.seek(row * self._numbers.itemsize)
            return self.form.format(int.from_bytes(self._file.read(self._numbers.itemsize), sys.byteorder))
        later = row - self._on_disk
        return self.form.format(self._numbers[later] if later < len(self._numbers) else row + 1)

    def __call__(self, row: int) -> str:
        """The same, as part of a sentence."""
        return f" in {self.of(row)}"


def texts_of(rows: Iterable[Any], places: Places) -> Texts:
    """Rows, kept on disk as text.

    Args:
        rows: dicts; every key becomes a column.
        places: their locations.

    Raises:
        InvalidArgument: when a row is not a dict.
    """
    texts = Texts()
    columns: dict[str, None] = {}
    rest = iter(rows)
    at_once = FIRST_ROWS
    while some := list(islice(rest, at_once)):
        for number, row in enumerate(some, texts.rows):
            if not isinstance(row, Mapping):
                raise InvalidArgument(
                    f"{'null' if row is None else repr(row):.40}{places(number)} is not a row.",
                    hint="A row is an object, with the names of the columns as keys.",
                )
            columns.update(dict.fromkeys(map(str, row)))
        where = shifted(places, texts.rows)
        made = {name: text_column([row.get(name) for row in some], name, where) for name in columns}
        texts.add(made, len(some))
        size = sum(column.nbytes for column, _ in made.values()) // len(some)
        at_once = max(1, min(ROWS_AT_ONCE, 10 * at_once, BYTES_AT_ONCE // (size + len(columns) * 8 + 1)))
    return texts


def text_column(values: Sequence[Any], name: str, where: Callable[[int], str]) -> tuple[Any, list[str]]:
    """Values as an array of text, and the kinds of values; objects among others are text.

    Args:
        values: the values, None for null.
        name: the column's name, for errors.
        where: describes the row of a value, for errors.

    Raises:
        DoesNotFit: when there is such a value.
    """
    kinds = {type(value): value for value in values if value is not None}
    if not kinds.keys() <= _KNOWN:
        values = [plain(value) for value in values]
        kinds = {type(value): value for value in values if value is not None}
    sorts = {_sort(value) for value in kinds.values()}
    if datetime in kinds and all(value.tzinfo is None for value in values if type(value) is datetime):
        sorts = sorts - {"text"} | {"moment"} | {"text" for kind in kinds if issubclass(kind, (str, time, timedelta))}
    if kinds.keys() <= {str}:
        return _array(values, name, where), sorted(sorts)
    texts: list[str | None] = []
    for place, value in enumerate(values):
        try:
            texts.append(None if value is None else _text(value))
        except UnicodeEncodeError as error:
            raise _half_a_character(name, where(place), value) from error
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            raise DoesNotFit(
                f"The column {name!r} holds {value!r:.60}{where(place)}, which can't be stored in a table: {error}.",
                column=name,
                value=value,
                hint="Convert it to text or a number first.",
            ) from error
    return _array(texts, name, where), sorted(sorts)


def _array(texts: Sequence[str | None], name: str, where: Callable[[int], str]) -> Any:
    try:
        return pyarrow().array(texts, pyarrow().string())
    except UnicodeEncodeError as error:
        half = re.compile(r"[\ud800-\udfff]")
        place = next(place for place, text in enumerate(texts) if text is not None and half.search(text))
        raise _half_a_character(name, where(place), texts[place]) from error


def _half_a_character(name: str, place: str, value: Any) -> DoesNotFit:
    return DoesNotFit(
        f"The column {name!r} holds text with an unpaired surrogate{place}, which is not a character.",
        column=name,
        value=value,
        hint="The text was decoded with the wrong encoding: fix that where it is read.",
    )


_KNOWN = {str, int, float, bool, Decimal, date, datetime, time, timedelta, dict, list, tuple, bytes}


def plain(value: Any) -> Any:
    """A numpy or pandas value as a Python object."""
    if type(value) in _KNOWN:
        return value
    name = type(value).__name__
    if name in ("NAType", "NaTType"):
        return None
    if hasattr(value, "dtype"):  # of numpy: a number, or an array of them
        return _of_numpy(value)
    if isinstance(value, Enum):
        return plain(value.value)
    if name in ("Period", "Interval", "UUID"):
        return str(value)
    if isinstance(value, (set, frozenset)):
        return list(value)
    return value


def _of_numpy(value: Any) -> Any:
    kind = value.dtype.kind
    if kind in "mM" and value.shape == ():
        if value != value:  # noqa: PLR0124 - not a time
            return None
        exact = value.astype(f"{kind}8[us]")
        return exact.item() if exact == value else value
    return value.tolist() if kind in "bSUO" or (kind in "iuf" and value.dtype.itemsize <= 8) else value


def _sort(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, float, Decimal)):
        return "float" if isinstance(value, float) else "number"
    if type(value) is date:
        return "day"
    return "text" if isinstance(value, (str, date, time, timedelta)) else "json"


def _text(value: Any) -> str:
    if isinstance(value, str) or value.__class__ in (int, float):
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return duration_text(value)
    if isinstance(value, (int, float, Decimal)):
        return str(value)
    return _encode(_in_json(value)).decode()


def _in_json(value: Any) -> Any:
    """A JSON value, without anything that the encoder would change: NaN to null, bytes to base64."""
    if isinstance(value, float):
        return value if value - value == 0 else {"nan": "NaN", "inf": "Infinity"}.get(str(value), "-Infinity")
    value = plain(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        raise TypeError("JSON has no bytes")
    if isinstance(value, timedelta):
        return duration_text(value)
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, Mapping):
        made = {_key(key): _in_json(one) for key, one in value.items()}
        if len(made) < len(value):
            raise ValueError("two of its keys are the same in JSON")
        return made
    return [_in_json(one) for one in value] if isinstance(value, (list, tuple)) else value


def _key(key: Any) -> str:
    if isinstance(key, bool) or not isinstance(key, (str, int, float)):
        raise TypeError(f"{key!r} can't be a key in JSON")
    return str(key)


def from_spreadsheet(sheet: Sheet, named: str, places: Places) -> tuple[Texts, dict[str, str], list[str]]:
    """The rows of a sheet, kept on disk as text.

    Args:
        sheet: the sheet.
        named: the name of the file, for messages.
        places: the locations of its rows.

    Returns:
        The texts, with column names that CKAN accepts; the original names; and notes.

    Raises:
        InvalidArgument: when a cell is broken, or a row has more cells than the header.
    """
    places.form = f"{named}, sheet {sheet.title}, row {{}}"
    labels = ["" if name is None else _text(name) for name in sheet.names]
    names, texts = acceptable(labels), Texts()
    while some := list(islice(sheet.rows, ROWS_AT_ONCE)):
        for number, _, wrong in some:
            if wrong:
                raise InvalidArgument(f"{places.form.format(number)}: {wrong}.", hint=_advice(wrong, number))
            places.note(number)
        where = shifted(places, texts.rows)
        columns = zip(*(cells for _, cells, _ in some), strict=True)
        texts.add(
            {name: text_column(column, name, where) for name, column in zip(names, columns, strict=True)}, len(some)
        )
    if not texts.rows:
        texts.add_nothing(names)
    notes: list[str] = []
    if sheet.others:
        notes.append(f"The sheet {sheet.title!r} is read. Others in the workbook: {', '.join(sheet.others)}")
    if sheet.longer:
        became = "became columns" if sheet.padded else "were dropped"
        notes.append(f"{counted(sheet.longer, 'row')} longer than the header; the extra cells {became}")
    return texts, dict(zip(names, labels, strict=True)), notes


def _advice(wrong: str, number: int) -> str:
    if "the error " in wrong:
        shown = wrong.partition("the error ")[2].split(",")[0]
        return "Fix the cell. To read the error as null, pass " + Hint(f"null=[{shown!r}].", f"--null {shown!r}.")
    if "formula" in wrong:
        return "Open the workbook in Excel or LibreOffice and save it, so that its formulas are calculated."
    if "the header" in wrong:
        return (
            f"If row {number} is the header, pass "
            + Hint(f"header_row={number}", f"--header-row {number}")
            + ". Otherwise, pass "
            + Hint("ragged='pad'", "--ragged pad")
            + " to make columns of the extra cells, or "
            + Hint("ragged='cut'", "--ragged cut")
            + " to drop them."
        )
    return "Fix the cell, then push the file again."
