"""Arrow lists, structs and maps as lossless JSON text, or an error that names the row."""

from __future__ import annotations

from bisect import bisect_right
from datetime import timedelta
from decimal import Decimal
from itertools import accumulate, pairwise
from math import isfinite
from typing import TYPE_CHECKING, Any

import msgspec

from tuckan._text import duration
from tuckan.errors import DoesNotFit
from tuckan.tables.libraries import pyarrow

if TYPE_CHECKING:
    from collections.abc import Callable

    from tuckan.tables.arrow import Where

_encode = msgspec.json.Encoder(decimal_format="number").encode
_NO_NUMBERS = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
_UNITS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_MAYBE_CUT = r"\d[\d.]{15}|\d[eE][-+]?\d"
"""Matches a JSON number that a float may not preserve."""


def in_json(array: Any, name: str, where: Where) -> Any:
    """Values as JSON text: NaN and infinities as text, as PostgreSQL writes them; times with all their digits.

    Args:
        array: the values, nested or not.
        name: the column's name, for errors.
        where: describes the row of a value, for errors.

    Raises:
        DoesNotFit: when there are bytes, days outside of the years 1 to 9999, or two fields of one name.
    """
    texts = [None if value is None else _encode(value).decode() for value in _values(array, name, where)]
    return pyarrow().array(texts, pyarrow().string())


def is_kept(number: str) -> bool:
    """Whether a float preserves a decimal number.

    Example:
        >>> is_kept("1.10"), is_kept("0.12345678901234567890"), is_kept("1e400")
        (True, False, False)
    """
    value = float(number)
    return isfinite(value) and Decimal(repr(value)) == Decimal(number)


def cut_by_ckan(texts: Any) -> tuple[int, str]:
    """The index of the first JSON text with a number that CKAN would change, and the number; -1 if there is none.

    CKAN reads JSON as Python does: fractions become floats, and integers keep all their digits.

    Args:
        texts: JSON text; anything else is ignored.
    """
    compute = pyarrow("compute")
    suspects = compute.indices_nonzero(compute.fill_null(compute.match_substring_regex(texts, _MAYBE_CUT), False))
    found: list[str] = []

    def note(number: str) -> float:
        if not is_kept(number):
            found.append(number)
        return 0.0

    decode = msgspec.json.Decoder(float_hook=note).decode
    for place in suspects.to_pylist():
        try:
            decode(texts[place].as_py())
        except (msgspec.DecodeError, RecursionError):
            found.clear()
        if found:
            return place, found[0]
    return -1, ""


def plain(array: Any) -> Any:
    """An array without storage details: chunks, dictionaries, runs, extensions, string views."""
    pa = pyarrow()
    if isinstance(array, pa.ChunkedArray):
        return plain(array.combine_chunks())
    if isinstance(array, pa.ExtensionArray):
        return plain(_without_extension(array))
    if pa.types.is_dictionary(array.type):
        words = plain(array.dictionary)  # Arrow's take does not support string views
        return plain(pa.DictionaryArray.from_arrays(array.indices, words).dictionary_decode())
    if pa.types.is_run_end_encoded(array.type):
        return plain(pyarrow("compute").run_end_decode(array))
    return array.cast(pa.string()) if is_text(array.type) else array


def _without_extension(array: Any) -> Any:
    pa, name = pyarrow(), array.type.extension_name
    if name == "arrow.uuid":
        return pa.array([None if one is None else str(one) for one in array.to_pylist()], pa.string())
    return array.storage.cast(pa.bool_()) if name == "arrow.bool8" else array.storage


def is_text(arrow: Any) -> bool:
    """Whether a type of Arrow's holds text."""
    kinds = pyarrow().types
    return bool(kinds.is_string(arrow) or kinds.is_large_string(arrow) or kinds.is_string_view(arrow))


def is_bytes(arrow: Any) -> bool:
    """Whether a type of Arrow's holds bytes."""
    kinds = pyarrow().types
    return bool(
        kinds.is_binary(arrow)
        or kinds.is_large_binary(arrow)
        or kinds.is_fixed_size_binary(arrow)
        or kinds.is_binary_view(arrow)
    )


def is_list(arrow: Any) -> bool:
    """Whether a type of Arrow's holds lists."""
    kinds = pyarrow().types
    return bool(
        kinds.is_list(arrow)
        or kinds.is_large_list(arrow)
        or kinds.is_fixed_size_list(arrow)
        or kinds.is_list_view(arrow)
        or kinds.is_large_list_view(arrow)
    )


def lengths_of(lists: Any) -> list[int]:
    """The length of each list; 0 for null."""
    compute = pyarrow("compute")
    return list(compute.if_else(lists.is_null(), 0, compute.list_value_length(lists)).to_pylist())


def owner(lengths: list[int], where: Where) -> Where:
    """Maps the index of a list item to the index of its row."""
    ends: list[int] = []

    def told(place: int) -> str:
        if not ends:
            ends.extend(accumulate(lengths))
        return where(bisect_right(ends, place))

    return told


def _values(array: Any, name: str, where: Where) -> list[Any]:
    array = plain(array)
    kinds, arrow = pyarrow().types, array.type
    if kinds.is_struct(arrow):
        return _structs(array, name, where)
    if kinds.is_map(arrow):
        pairs = pyarrow().list_(pyarrow().struct([arrow.key_field, arrow.item_field]))
        return _lists(array.cast(pairs), where, lambda entries, told: _pairs(entries, name, told))
    if is_list(arrow):
        return _lists(array, where, lambda items, told: _values(items, name, told))
    if kinds.is_floating(arrow):
        return [_NO_NUMBERS.get(str(one), one) if one is not None else None for one in array.to_pylist()]
    if kinds.is_temporal(arrow) and not kinds.is_interval(arrow):
        _check_days(array, name, where)
        return list(temporal_texts(array, name, where).to_pylist())
    if is_bytes(arrow):
        if array.null_count == len(array):
            return [None] * len(array)
        raise _unfit(
            f"holds bytes{where(_first(array))}, for which JSON has no form",
            name,
            "Encode them as base64 first, or decode them to text.",
        )
    if kinds.is_union(arrow) or kinds.is_interval(arrow):
        raise _unfit(f"holds {arrow}, for which CKAN has no type", name, "Convert it to numbers or text first.")
    return list(array.to_pylist())


def _structs(array: Any, name: str, where: Where) -> list[Any]:
    names = [field.name for field in array.type]
    if len(set(names)) < len(names):
        twice = next(one for one in names if names.count(one) > 1)
        raise _unfit(f"holds structs with two fields called {twice!r}", name, "Rename one of them first.")
    columns = [_values(one, name, where) for one in array.flatten()]
    rows = zip(*columns, strict=True) if columns else ((),) * len(array)
    there = array.is_valid().to_pylist()
    return [dict(zip(names, row, strict=True)) if valid else None for row, valid in zip(rows, there, strict=True)]


def _lists(array: Any, where: Where, read: Callable[[Any, Where], list[Any]]) -> list[Any]:
    lengths = lengths_of(array)
    items = read(array.flatten(), owner(lengths, where))
    there = array.is_valid().to_pylist()
    bounds = pairwise(accumulate(lengths, initial=0))
    return [items[first:last] if valid else None for (first, last), valid in zip(bounds, there, strict=True)]


def _pairs(entries: Any, name: str, where: Where) -> list[Any]:
    """The entries of maps, whose keys may be of any type and repeat: pairs of key and value."""
    keys, values = (_values(one, name, where) for one in entries.flatten())
    return [[key, value] for key, value in zip(keys, values, strict=True)]


def _check_days(array: Any, name: str, where: Where) -> None:
    pa, compute = pyarrow(), pyarrow("compute")
    if pa.types.is_date(array.type) or pa.types.is_timestamp(array.type):
        years = compute.year(array)
        strange = compute.or_(compute.less(years, 1), compute.greater(years, 9999))
        if (place := compute.index(strange, value=True).as_py()) >= 0:
            raise _unfit(f"holds the day {shown(array, place)}{where(place)}, outside of the years 1 to 9999", name)


def temporal_texts(array: Any, name: str, where: Where) -> Any:
    """Dates, times, timestamps and durations as ISO 8601, with all digits; timestamps with a zone in UTC.

    Args:
        array: the values.
        name: the column's name, for errors.
        where: describes the row of a value, for errors.

    Raises:
        DoesNotFit: when there is such a value.
    """
    pa, compute = pyarrow(), pyarrow("compute")
    if pa.types.is_duration(array.type):
        unit = _UNITS[array.type.unit]
        numbers = array.cast(pa.int64()).to_pylist()
        return pa.array([None if one is None else duration(one, unit) for one in numbers], pa.string())
    end = "Z" if pa.types.is_timestamp(array.type) and array.type.tz else ""
    if end:
        array = array.cast(pa.timestamp(array.type.unit, "UTC"))
    texts = array.cast(pa.string())
    if (place := compute.index(compute.match_substring(texts, "out of range"), value=True).as_py()) >= 0:
        raise _unfit(f"holds a {array.type} that is out of range{where(place)}", name)
    texts = compute.replace_substring_regex(texts, r"(\.\d*?)0*Z?$", r"\1")
    texts = compute.replace_substring(compute.utf8_rtrim(compute.utf8_rtrim(texts, "Z"), "."), " ", "T")
    return compute.binary_join_element_wise(texts, end, "") if end else texts


def duration_text(value: timedelta) -> str:
    """A Python or pandas duration as ISO 8601."""
    whole = getattr(value, "asm8", None)  # from pandas, which may have nanoseconds
    if whole is not None:
        return duration(int(whole.astype("m8[ns]").astype("i8")), 10**9)
    return duration(value // timedelta(microseconds=1), 10**6)


def shown(array: Any, place: int) -> str:
    """A value as text, for messages: Python has no nanoseconds, and no dates after the year 9999."""
    pa = pyarrow()
    try:
        return str(array.slice(place, 1).cast(pa.string())[0].as_py())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return str(array[place])


def _first(array: Any) -> int:
    return int(pyarrow("compute").index(array.is_valid(), value=True).as_py())


def _unfit(what: str, name: str, hint: str = "") -> DoesNotFit:
    return DoesNotFit(
        f"The column {name!r} {what}.",
        column=name,
        value=None,
        hint=hint or "Fix the value, or convert the column to text first.",
    )
