"""Column types: CKAN's (which are PostgreSQL's), and tuckan's names for them. Needs no library.

A type is written as `int64`, `decimal(12, 2)` or `list<text>`. PostgreSQL's `numeric` says nothing about the content of a
column: it becomes the smallest type that loses no digit of any value, once all are known (see `downcasting`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tuckan.errors import InvalidArgument

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tuckan.wire.rows import Column

MOST_DIGITS = 38
"""The maximum digits of a decimal in Arrow, polars and DuckDB."""

_OF_CKAN = {
    "text": "text varchar char bpchar name citext string str",
    "bool": "bool boolean",
    "int16": "int2 smallint int16",
    "int32": "int4 int integer int32 serial",
    "int64": "int8 bigint int64",
    "float32": "float4 real float32",
    "float64": "float8 float double float64",
    "numeric": "numeric",
    "date": "date",
    "time": "time",
    "timestamp": "timestamp datetime",
    "timestamptz": "timestamptz",
    "json": "json jsonb nested",
}
_NAMES = {name: ours for ours, names in _OF_CKAN.items() for name in names.split()}
_TO_CKAN = {ours: names.split()[0] for ours, names in _OF_CKAN.items()}

_DECIMAL = re.compile(r"(?:decimal|numeric)(?:128)?\((\d+)(?:, ?(\d+))?\)")
_IN_ORDER = re.compile(r"(date|timestamp|datetime):(dmy|mdy|ymd)")
_LIST = re.compile(r"list<(.+)>|_(.+)|(.+)\[\]")


@dataclass(frozen=True, slots=True)
class Type:
    """The type of a column.

    Attributes:
        name: `text`, `bool`, `int16`, `int32`, `int64`, `float32`, `float64`, `numeric` (not known yet), `decimal`, `date`,
            `time`, `timestamp`, `timestamptz`, `json` or `list`.
        digits: the precision of a decimal.
        scale: the scale of a decimal.
        item: the item type of a list.
        order: for dates in text, the order of day, month and year: `dmy`, `mdy` or `ymd`; ISO 8601 without.
    """

    name: str
    digits: int = 0
    scale: int = 0
    item: Type | None = None
    order: str = ""

    def __str__(self) -> str:
        if self.name == "decimal":
            return f"decimal({self.digits}, {self.scale})"
        return f"list<{self.item}>" if self.item else self.name

    @property
    def is_known(self) -> bool:
        """Whether the type is known without looking at the values."""
        return self.item.is_known if self.item else self.name != "numeric"

    @property
    def of_ckan(self) -> str:
        """Its name in CKAN."""
        if self.item:
            return f"_{self.item.of_ckan}"
        return "numeric" if self.name == "decimal" else _TO_CKAN[self.name]


TEXT, INT64, FLOAT64, NUMERIC = Type("text"), Type("int64"), Type("float64"), Type("numeric")


def of_column(type_name: str) -> Type:
    """The type of a portal's column; unknown types become text.

    Example:
        >>> str(of_column("int4")), str(of_column("_numeric")), str(of_column("tsvector"))
        ('int32', 'list<numeric>', 'text')
    """
    return _read(type_name) or TEXT


def named(text: str) -> Type:
    """A type by its name, tuckan's or CKAN's.

    Raises:
        InvalidArgument: when there is none of that name.

    Example:
        >>> named("decimal(12, 2)").of_ckan, str(named("bigint")), named("list<text>").of_ckan
        ('numeric', 'int64', '_text')
    """
    found = _read(text.strip())
    if found is None or found.digits > MOST_DIGITS:
        raise InvalidArgument(
            f"{text!r} is not the type of a column.",
            hint=f"There are {', '.join(_OF_CKAN)}, decimal(DIGITS, SCALE) with {MOST_DIGITS} digits at most, list<...>, and"
            " date:dmy, date:mdy, timestamp:dmy or timestamp:mdy for dates in that order.",
        )
    return found


def _read(text: str) -> Type | None:
    if decimal := _DECIMAL.fullmatch(text):
        return Type("decimal", int(decimal[1]), int(decimal[2] or 0))
    if ordered := _IN_ORDER.fullmatch(text):
        return Type(_NAMES[ordered[1]], order=ordered[2])
    if several := _LIST.fullmatch(text):
        item = _read(next(filter(None, several.groups())))
        return Type("list", item=item) if item else None
    return Type(_NAMES[text]) if text in _NAMES else None


def chosen(columns: Iterable[Column], wanted: Mapping[str, str]) -> dict[str, Type]:
    """The types of columns, with the requested ones replacing the portal's.

    Raises:
        InvalidArgument: when a type is requested for a column that does not exist.
    """
    types = {column.name: of_column(column.type) for column in columns}
    for name, text in wanted.items():
        if name not in types:
            raise InvalidArgument(
                f"A type was passed for the column {name!r}, which is not among the columns to read.",
                hint=f"They are {', '.join(map(repr, types))}.",
            )
        types[name] = named(text)
    return types
