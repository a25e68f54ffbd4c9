"""Columns of pandas, of polars (if Arrow has no type for them), and of Python values, each with a type that holds it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from math import isnan
from typing import TYPE_CHECKING, Any

from tuckan.errors import DoesNotFit, Hint, InvalidArgument
from tuckan.tables import from_records, libraries
from tuckan.tables.casting import JSON, of_arrow
from tuckan.tables.inferring import Guess
from tuckan.tables.nesting import cut_by_ckan
from tuckan.tables.types import NUMERIC, TEXT, Type

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

_NUMBERS = (int, float, Decimal)
_WIDE = ("Int128", "UInt128")


@dataclass(frozen=True, slots=True)
class Column:
    """A column.

    Attributes:
        label: its original name.
        array: its values as an Arrow array, or as text.
        type: its type.
    """

    label: str
    array: Any
    type: Type


def of_mapping(columns: Mapping[Any, Any], asked: Collection[str], where: Callable[[int], str]) -> list[Column]:
    """Columns from Python values, by name.

    Args:
        columns: the columns.
        asked: columns with an explicit type, which may mix kinds of values.
        where: describes the row of a value.

    Raises:
        DoesNotFit: when a column mixes kinds of values, or CKAN has no type for them.
    """
    for name, values in columns.items():
        if isinstance(values, (str, bytes, Mapping)) or not isinstance(values, Iterable):
            raise InvalidArgument(
                f"The column {str(name)!r} of the dict is {values!r:.40}, and no list of values.",
                hint="Give {'a': [1, 2]} for columns, or [{'a': 1}, {'a': 2}] for rows.",
            )
    return [_column(values, str(name), asked, where) for name, values in columns.items()]


def of_pandas(frame: Any, asked: Collection[str], where: Callable[[int], str]) -> tuple[list[Column], list[str]]:
    """The columns of a pandas frame or series, preceded by its index if that has content.

    Args:
        frame: the frame or series.
        asked: columns with an explicit type, which may mix kinds of values.
        where: describes the row of a value.

    Returns:
        The columns, and notes about them.

    Raises:
        DoesNotFit: when a column mixes kinds of values, or CKAN has no type for them.
    """
    if not hasattr(frame, "columns"):
        frame = frame.to_frame()
    names = [
        " ".join(str(one) for one in name if one != "") if isinstance(name, tuple) else str(name)
        for name in frame.columns
    ]
    index, note = _index(frame, names)
    series = ((name, frame.iloc[:, place]) for place, name in enumerate(names))
    columns = [_column(values, name, asked, where) for name, values in (*index, *series)]
    return columns, [note] if note else []


def _index(frame: Any, taken: list[str]) -> tuple[list[tuple[str, Any]], str]:
    """The levels of an index that have names or labels, and a note if a plain row count is left out."""
    index = frame.index
    if index.nlevels == 1 and index.name is None and index.dtype.kind in "iu":
        counts = all(place == number for place, number in enumerate(index))
        return (
            [],
            ""
            if counts
            else "The index has whole numbers and no name, and is left out; reset_index() makes a column of it",
        )
    found: list[tuple[str, Any]] = []
    for level in range(index.nlevels):
        given = index.names[level]
        name = str(given) if given is not None else f"level_{level}" if index.nlevels > 1 else "index"
        found.append((f"{name} (index)" if name in taken else name, index.get_level_values(level).to_series()))
    return found, ""


def of_polars(frame: Any, asked: Collection[str], where: Callable[[int], str]) -> list[Column]:
    """The columns of a polars frame with types that Arrow does not support.

    Args:
        frame: the frame.
        asked: columns with an explicit type, which may mix kinds of values.
        where: describes the row of a value.

    Raises:
        DoesNotFit: when a column mixes kinds of values, or CKAN has no type for them.
    """
    return [_of_series(series, asked, where) for series in frame.get_columns()]


def is_beyond_arrow(frame: Any) -> bool:
    """Whether a polars frame has columns that Arrow does not support: objects, and 128-bit integers."""
    return any(str(kind) == "Object" or any(wide in str(kind) for wide in _WIDE) for kind in frame.dtypes)


def _of_series(series: Any, asked: Collection[str], where: Callable[[int], str]) -> Column:
    pl, kind = libraries.polars(), str(series.dtype)
    if kind == "Object":
        return _column(series.to_list(), series.name, asked, where)
    if kind in _WIDE:
        return Column(series.name, series.cast(pl.String).to_arrow(), NUMERIC)
    if kind in [f"List({wide})" for wide in _WIDE]:
        return Column(series.name, series.cast(pl.List(pl.String)).to_arrow(), Type("list", item=NUMERIC))
    if any(wide in kind for wide in _WIDE):
        raise DoesNotFit(
            f"The column {series.name!r} holds {kind}, for which CKAN has no type.",
            column=series.name,
            value=None,
            hint="Cast its whole numbers of 128 bits to text or decimals first.",
        )
    array = series.to_arrow()
    return Column(series.name, array, TEXT if series.name in asked else of_arrow(array.type, series.name))


# -- values as Python has them --


def _column(values: Any, label: str, asked: Collection[str], where: Callable[[int], str]) -> Column:
    dtype = getattr(values, "dtype", None)
    if type(dtype).__name__ == "SparseDtype":
        values = values.sparse.to_dense()
    if dtype is None or str(getattr(dtype, "categories", values).dtype).startswith(("object", "period", "interval")):
        return _of_objects(values, label, asked, where)
    pa = libraries.pyarrow()
    try:
        array = pa.array(values, from_pandas=True)
    except (pa.ArrowException, TypeError, ValueError):
        return _of_objects(values, label, asked, where)
    return Column(label, array, TEXT if label in asked else of_arrow(array.type, label))


def _of_objects(values: Iterable[Any], label: str, asked: Collection[str], where: Callable[[int], str]) -> Column:
    if getattr(getattr(values, "dtype", None), "name", "") == "category":
        values = values.astype(object)  # type: ignore[attr-defined]
    objects = [from_records.plain(one) for one in values]
    objects = [None if _is_missing(one) else one for one in objects]
    first: dict[type, int] = {}
    for place, one in enumerate(objects):
        if one is not None:
            first.setdefault(type(one), place)
    if label not in asked:
        _refuse_several(objects, first, label, where)
        found = _as_arrow(objects, first, label)
        if found is not None:
            return found
    else:
        objects = [_decoded(one, place, label, where) for place, one in enumerate(objects)]
    texts, sorts = from_records.text_column(objects, label, where)
    if sorts == ["json"]:
        return Column(label, texts, JSON if cut_by_ckan(texts)[0] < 0 else TEXT)
    guess = Guess()
    guess.add(texts, sorts)
    if sorts and set(sorts) <= {"number", "float"}:
        return Column(label, texts, NUMERIC if Decimal in first else guess.type())
    return Column(label, texts, guess.type() if {"day", "moment"} & set(sorts) else TEXT)


def _decoded(value: Any, place: int, label: str, where: Callable[[int], str]) -> Any:
    """Bytes as text, as requested."""
    try:
        return bytes(value).decode() if isinstance(value, (bytes, bytearray)) else value
    except UnicodeDecodeError as error:
        raise DoesNotFit(
            f"The column {label!r} holds bytes that are not UTF-8{where(place)}.",
            column=label,
            value=None,
            hint="Decode them first, or encode them as base64.",
        ) from error


def _refuse_several(objects: list[Any], first: Mapping[type, int], label: str, where: Callable[[int], str]) -> None:
    kinds = {_family(kind): place for kind, place in reversed(list(first.items()))}
    if len(kinds) < 2:
        return
    (one, _), (other, place) = sorted(kinds.items(), key=lambda item: item[1])[:2]
    raise DoesNotFit(
        f"The column {label!r} holds values of several kinds: {one}, and {other}{where(place)} ({objects[place]!r:.60}).",
        column=label,
        value=objects[place],
        hint="Convert them to one kind. To send all of them as text, pass "
        + Hint(f"types={{{label!r}: 'text'}}.", f"--type '{label}=text'."),
    )


def _family(kind: type) -> str:
    """The kind of a value; values of one family may share a column."""
    if issubclass(kind, bool):
        return "true or false"
    if issubclass(kind, _NUMBERS):
        return "numbers"
    if issubclass(kind, date):
        return "dates"
    if issubclass(kind, (dict, list, tuple, set, frozenset)):
        return "lists or objects"
    return {"str": "text", "bytes": "bytes"}.get(kind.__name__, kind.__name__)


def _as_arrow(objects: Sequence[Any], kinds: Collection[type], label: str) -> Column | None:
    """An Arrow array, if Arrow changes nothing: no time of day, digit of a number, or key of an object."""
    (kind,) = kinds if len(kinds) == 1 else (None,)
    if kind in (list, tuple):
        inside = {type(item) for one in objects if one is not None for item in one} - {type(None)}
        if len(inside) != 1 or inside & {dict, list, tuple, set, Decimal}:
            return None
    elif kind in (None, dict, Decimal):
        return None
    if kind is datetime and len({one.tzinfo is None for one in objects if one is not None}) > 1:
        return None
    if any(map(_is_cut_by_arrow, objects)):
        return None
    pa = libraries.pyarrow()
    try:
        array = pa.array(objects)  # missing values are already null; NaN in lists is a value
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        return None
    return Column(label, array, of_arrow(array.type, label))


def _is_cut_by_arrow(value: Any) -> bool:
    """Whether Arrow would lose something: nanoseconds of pandas timestamps, the offset of a time."""
    if isinstance(value, (list, tuple)):
        return any(map(_is_cut_by_arrow, value))
    return bool(getattr(value, "nanosecond", 0)) or (isinstance(value, time) and value.tzinfo is not None)


def _is_missing(value: Any) -> bool:
    if isinstance(value, Decimal):
        return value.is_nan()
    if isinstance(value, float):
        return isnan(value)
    return value is None or type(value).__name__ in ("NAType", "NaTType")
