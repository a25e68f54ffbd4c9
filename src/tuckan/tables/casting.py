"""Casting Arrow columns of any type to the types that a portal has, without changing a value; otherwise an error names it."""

from __future__ import annotations

import re
from datetime import date
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import msgspec

from tuckan.errors import DoesNotFit, Hint
from tuckan.tables.arrow import arrow_type, converted, does_not_fit
from tuckan.tables.libraries import pyarrow
from tuckan.tables.nesting import (
    cut_by_ckan,
    in_json,
    is_bytes,
    is_list,
    is_text,
    lengths_of,
    owner,
    plain,
    shown,
    temporal_texts,
)
from tuckan.tables.types import MOST_DIGITS, NUMERIC, TEXT, Type

if TYPE_CHECKING:
    from collections.abc import Callable

    from tuckan.tables.arrow import Where

JSON = Type("json")
_NAMES = {
    "bool": "bool", "int8": "int16", "uint8": "int16", "int16": "int16", "uint16": "int32", "int32": "int32",
    "uint32": "int64", "int64": "int64", "halffloat": "float32", "float": "float32", "double": "float64",
}  # fmt: skip
_NUMBERS = {
    **dict.fromkeys(("int16", "int32", "int64"), r"^[-+]?\d+$"),
    "numeric": r"^([-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d{1,5})?|NaN|-?Infinity)$",
    **dict.fromkeys(("float32", "float64"), r"^([-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?|NaN|nan|[-+]?(inf|Infinity))$"),
}
"""Numbers in text. Arrow and Python would accept more, such as hexadecimal digits and `1_000`."""

_DATE = re.compile(r"(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})(?:[T ](.+))?")
_OF_EXTENSIONS = {"arrow.uuid": "text", "arrow.json": "json", "arrow.bool8": "bool"}

_NUL_IN_JSON = r"(^|[^\\])(\\\\)*\\u0000"


def _of_decimal(arrow: Any) -> Type:
    fits = 0 <= arrow.scale <= arrow.precision <= MOST_DIGITS
    return Type("decimal", arrow.precision, arrow.scale) if fits else NUMERIC


_BY_PREDICATE: tuple[tuple[str, Type | Callable[[Any], Type]], ...] = (
    ("is_uint64", NUMERIC),
    ("is_decimal", _of_decimal),
    ("is_null", TEXT),
    ("is_duration", TEXT),
    ("is_date", Type("date")),
    ("is_time", Type("time")),
    ("is_timestamp", lambda arrow: Type("timestamptz" if arrow.tz else "timestamp")),
    ("is_struct", JSON),
    ("is_map", JSON),
)
"""Functions of `pyarrow.types`, each with the column type of the Arrow types for which it is true."""


def of_arrow(arrow: Any, name: str) -> Type:
    """The column type that holds every value of an Arrow type.

    Raises:
        DoesNotFit: when a portal has no such type.
    """
    kinds = pyarrow().types
    if kinds.is_dictionary(arrow) or kinds.is_run_end_encoded(arrow):
        return of_arrow(arrow.value_type, name)
    if isinstance(arrow, pyarrow().BaseExtensionType):
        own = _OF_EXTENSIONS.get(arrow.extension_name)
        return Type(own) if own else of_arrow(arrow.storage_type, name)
    if str(arrow) in _NAMES:
        return Type(_NAMES[str(arrow)])
    for predicate, kind in _BY_PREDICATE:
        if getattr(kinds, predicate)(arrow):
            return kind(arrow) if callable(kind) else kind
    if is_text(arrow):
        return TEXT
    if is_list(arrow):
        item = of_arrow(arrow.value_type, name)
        return JSON if item.item or item.name == "json" else Type("list", item=item)
    if is_bytes(arrow):
        raise DoesNotFit(
            f"The column {name!r} holds bytes, for which CKAN has no type.",
            column=name,
            value=None,
            hint="To read them as UTF-8, pass "
            + Hint(f"types={{{name!r}: 'text'}}", f"--type '{name}=text'")
            + ". Otherwise, encode them as base64 first.",
        )
    raise DoesNotFit(
        f"The column {name!r} holds {arrow}, for which CKAN has no type.",
        column=name,
        value=None,
        hint="Convert it to numbers or text first.",
    )


def fitted(array: Any, kind: Type, name: str, where: Where) -> Any:
    """Cast an array to a type.

    Args:
        array: the array.
        kind: the target type; JSON is text.
        name: the column's name, for errors.
        where: describes the row of a value, for errors.

    Raises:
        DoesNotFit: when a value does not fit the type.
    """
    pa = pyarrow()
    array = plain(array)
    if kind.item and is_list(array.type):
        return _list(array, kind, name, where)
    if pa.types.is_nested(array.type):
        array = in_json(array, name, where)
    elif pa.types.is_duration(array.type) or (kind == TEXT and pa.types.is_temporal(array.type)):
        array = temporal_texts(array, name, where)
    found = _cast(array, kind, name, where)
    if pa.types.is_temporal(found.type):
        _check_years(found, kind, name, where)
    if kind.name == "json":
        _check_json(found, kind, name, where)
    elif kind == TEXT:
        _check_text(found, name, where)
    return found


_TRUNCATED = ("is_date", "is_boolean", "is_decimal")
"""The types to which Arrow casts times, numbers and fractions that they can't hold, silently truncating them."""


def _cast(array: Any, kind: Type, name: str, where: Where) -> Any:
    pa = pyarrow()
    wanted = arrow_type(kind)
    if array.type == pa.string():
        if kind.order:
            array = _in_iso(array, kind, name, where)
        elif kind.name in _NUMBERS:
            _check_numbers(array, kind, name, where)
        lower = kind.name == "bool"  # booleans are written in several ways
        return converted(pyarrow("compute").utf8_lower(array) if lower else array, kind, name, where)
    if kind.name == "json":  # a number or a boolean, as JSON
        return in_json(array, name, where)
    if pa.types.is_decimal(array.type) and pa.types.is_floating(wanted):
        array = array.cast(pa.string())  # Arrow itself does not round to the nearest float
    try:
        found = array.cast(wanted)
    except pa.ArrowNotImplementedError:
        return converted(array.cast(pa.string()), kind, name, where)
    except pa.ArrowInvalid:
        place = first_bad(array, lambda part: part.cast(wanted))
        raise does_not_fit(shown(array, place), kind, name, where(place)) from None
    if wanted != array.type and any(getattr(pa.types, predicate)(wanted) for predicate in _TRUNCATED):
        same = pyarrow("compute").equal(found.cast(array.type), array)
        if (place := pyarrow("compute").index(same, value=False).as_py()) >= 0:
            raise does_not_fit(shown(array, place), kind, name, where(place))
    return found


def _check_numbers(array: Any, kind: Type, name: str, where: Where) -> None:
    compute = pyarrow("compute")
    like = compute.match_substring_regex(array, _NUMBERS[kind.name])
    if (place := compute.index(like, value=False).as_py()) >= 0:
        raise does_not_fit(array[place].as_py(), kind, name, where(place))


def _in_iso(array: Any, kind: Type, name: str, where: Where) -> Any:
    """Dates in a given order, as ISO 8601."""
    texts: list[str | None] = array.to_pylist()
    for place, text in enumerate(texts):
        try:
            texts[place] = None if text is None else _iso(text, kind)
        except ValueError:
            raise does_not_fit(text, kind, name, where(place)) from None
    return pyarrow().array(texts, pyarrow().string())


def _iso(text: str, kind: Type) -> str:
    found = _DATE.fullmatch(text.strip())
    if not found or bool(found[5]) != (kind.name == "timestamp"):
        raise ValueError(text)
    parts = dict(zip(kind.order, (found[1], found[3], found[4]), strict=True))
    if len(parts["y"]) != len("2024"):
        raise ValueError(text)
    day = date(int(parts["y"]), int(parts["m"]), int(parts["d"])).isoformat()
    return f"{day}T{found[5]}" if found[5] else day


def first_bad(array: Any, check: Callable[[Any], Any]) -> int:
    """The index of the first value that Arrow refuses."""
    first, last = 0, len(array)
    while last - first > 1:
        middle = (first + last) // 2
        try:
            check(array.slice(first, middle - first))
            first = middle
        except pyarrow().ArrowInvalid:
            last = middle
    return first


def _list(array: Any, kind: Type, name: str, where: Where) -> Any:
    pa = pyarrow()
    assert kind.item is not None  # noqa: S101 - of lists only
    lengths = lengths_of(array)
    values = fitted(array.flatten(), kind.item, name, owner(lengths, where))
    offsets = pa.array(accumulate(lengths, initial=0), pa.int32())
    return pa.ListArray.from_arrays(offsets, values, mask=array.is_null())


def _check_years(array: Any, kind: Type, name: str, where: Where) -> None:
    pa, compute = pyarrow(), pyarrow("compute")
    if pa.types.is_time(array.type):
        return
    years = compute.year(array)
    strange = compute.or_(compute.less(years, 1), compute.greater(years, 9999))
    if (place := compute.index(strange, value=True).as_py()) >= 0:
        raise does_not_fit(shown(array, place), kind, name, where(place))


def _check_json(array: Any, kind: Type, name: str, where: Where) -> None:
    cut, number = cut_by_ckan(array)
    if cut >= 0:
        raise DoesNotFit(
            f"The column {name!r} holds JSON with the number {number:.40}{where(cut)}, whose digits CKAN would truncate.",
            column=name,
            value=array[cut].as_py(),
            hint="To keep them, send the column as text: "
            + Hint(f"types={{{name!r}: 'text'}}.", f"--type '{name}=text'."),
        )
    nul = pyarrow("compute").match_substring_regex(array, _NUL_IN_JSON)
    if (place := pyarrow("compute").index(nul, value=True).as_py()) >= 0:
        raise DoesNotFit(
            f"The column {name!r} holds JSON with the character NUL (\\u0000){where(place)}, which PostgreSQL refuses.",
            column=name,
            value=array[place].as_py(),
            hint="Remove it, or send the column as text: "
            + Hint(f"types={{{name!r}: 'text'}}.", f"--type '{name}=text'."),
        )
    for place, text in enumerate(array.to_pylist()):
        try:
            None if text is None else msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError):
            raise does_not_fit(text, kind, name, where(place)) from None


def _check_text(array: Any, name: str, where: Where) -> None:
    compute = pyarrow("compute")
    if (place := compute.index(compute.match_substring(array, "\0"), value=True).as_py()) >= 0:
        raise DoesNotFit(
            f"The column {name!r} holds text with the character NUL{where(place)}, which no table can hold.",
            column=name,
            value=array[place].as_py(),
            hint="Remove it first.",
        )
