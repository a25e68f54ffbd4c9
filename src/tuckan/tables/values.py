"""From the text of PostgreSQL's CSV to Python values."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tuckan.tables.types import Type

SURE_DIGITS = 15
"""The number of decimal digits that a float always preserves."""


def _exact_number(text: str) -> float | Decimal:
    """A JSON number: a float if that preserves it."""
    value = float(text)
    return value if isfinite(value) and Decimal(repr(value)) == Decimal(text) else Decimal(text)


json_value = msgspec.json.Decoder(float_hook=_exact_number).decode
"""Decode JSON. A fraction that a float would change, such as one with 20 digits, becomes a Decimal."""
_raw = msgspec.json.Decoder(list[msgspec.Raw] | None)
_exact = msgspec.json.Decoder(float_hook=str)


def rows_of(rows: Iterator[list[str | None]], names: Sequence[str], types: Sequence[Type]) -> Iterator[dict[str, Any]]:
    """Rows as dicts. A value that Python has no type for, such as a date BC, stays text."""
    readers = [_lenient(reader(kind)) for kind in types]
    for cells in rows:
        yield {
            name: None if cell is None else read(cell) for name, cell, read in zip(names, cells, readers, strict=True)
        }


def _lenient(read: Callable[[str], Any]) -> Callable[[str], Any]:
    def value(text: str) -> Any:
        try:
            return read(text)
        except ValueError:
            return text

    return read if read is str else value


def reader(kind: Type) -> Callable[[str], Any]:
    """The parser of a type; it raises ValueError for invalid text.

    Example:
        >>> from tuckan.tables.types import named
        >>> [reader(named("numeric"))(text) for text in ("12", "1.5", "0.12345678901234567890")]
        [12, 1.5, Decimal('0.12345678901234567890')]
        >>> reader(named("list<date>"))('["2024-02-29", null]')
        [datetime.date(2024, 2, 29), None]
    """
    if kind.item:
        read = reader(kind.item)
        return lambda text: (
            None
            if (items := texts_of(text, kind)) is None
            else [None if item is None else read(item) for item in items]
        )
    return _READERS.get(kind.name, str)


def texts_of(text: str, kind: Type) -> list[str | None] | None:
    """The items of a list, each in PostgreSQL's text form; None for a null list.

    Raises:
        ValueError: when the list is nested, or not a list.
    """
    in_json = kind.item is not None and kind.item.name == "json"
    items = (_raw if in_json else _exact).decode(text)
    if items is not None and not isinstance(items, list):
        raise ValueError("not a list")
    return None if items is None else [None if item is None else _text(item) for item in items]


def _text(item: Any) -> str | None:
    if isinstance(item, msgspec.Raw):
        text = bytes(item).decode()
        return None if text == "null" else text
    if isinstance(item, (list, dict)):
        raise ValueError("a list in a list")  # noqa: TRY004 - a value that does not fit, not a mistake in a program
    return ("t" if item else "f") if isinstance(item, bool) else str(item)


def _number(text: str) -> int | float | Decimal:
    """An integer is an int; a fraction is a float if it loses no digit, otherwise a Decimal."""
    if text.lstrip("-").isdecimal():
        return int(text)
    digits = text.lstrip("-").replace(".", "").strip("0")
    return float(text) if len(digits) <= SURE_DIGITS and len(text) < 300 else _decimal(text)


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise ValueError(str(error)) from error


def _bool(text: str) -> bool:
    if text not in _WORDS:
        raise ValueError(f"{text!r} is neither true nor false")
    return _WORDS[text]


_WORDS = {"t": True, "true": True, "f": False, "false": False}
_READERS: dict[str, Callable[[str], Any]] = {
    "bool": _bool,
    "int16": int,
    "int32": int,
    "int64": int,
    "float32": float,
    "float64": float,
    "numeric": _number,
    "decimal": _decimal,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "timestamp": datetime.fromisoformat,
    "timestamptz": lambda text: datetime.fromisoformat(text).astimezone(UTC),
    "json": json_value,
}
