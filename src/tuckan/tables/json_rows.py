"""Rows in the form of CKAN's API: one JSON object each, from which PostgreSQL reconstructs the exact values."""

from __future__ import annotations

from functools import lru_cache
from itertools import starmap
from typing import TYPE_CHECKING, Any

import msgspec

from tuckan.tables.libraries import pyarrow
from tuckan.wire import postgres_csv

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tuckan.tables.types import Type

_encoder = msgspec.json.Encoder()
_AS_THEY_ARE = ("text", "numeric", "bool", "int16", "int32", "int64")


def packed(batch: Any, types: Mapping[str, Type]) -> list[bytes]:
    """The rows of a batch, each as one line of JSON.

    Args:
        batch: the rows, each column in its type.
        types: the columns' types.
    """
    if not batch.num_rows:
        return []
    columns = [_values(batch.column(name), kind) for name, kind in types.items()]
    rows = list(starmap(_row_of(tuple(types)), zip(*columns, strict=True)))
    return _encoder.encode_lines(rows).split(b"\n")[:-1]


@lru_cache(maxsize=8)
def _row_of(names: tuple[str, ...]) -> Callable[..., Any]:
    """The class of a row: msgspec creates and encodes structs in half the time of dicts."""
    fields = [f"c{number}" for number in range(len(names))]
    try:
        return msgspec.defstruct("Row", fields, rename=dict(zip(fields, names, strict=True)), gc=False)
    except ValueError:  # it rejects names with quotes or backslashes
        return lambda *row: dict(zip(names, row, strict=True))


def _values(array: Any, kind: Type) -> list[Any]:
    if kind.item:
        return list_texts(array, kind.item)
    if kind.name == "json":
        return [None if text is None else msgspec.Raw(text.encode()) for text in array.to_pylist()]
    if kind.name in ("float32", "float64"):
        return _floats(array)
    return list((array if kind.name in _AS_THEY_ARE else array.cast(pyarrow().string())).to_pylist())


def _floats(array: Any) -> list[Any]:
    """JSON has neither NaN nor infinity, and CKAN loses the sign of a zero; PostgreSQL accepts them as text."""
    values: list[Any] = array.to_pylist()
    pa, compute = pyarrow(), pyarrow("compute")
    bits, negative_zero = (pa.int32(), -(1 << 31)) if array.type == pa.float32() else (pa.int64(), -(1 << 63))
    usual = compute.and_(compute.is_finite(array), compute.not_equal(array.view(bits), negative_zero))
    if compute.all(usual).as_py() is not False:
        return values
    return [one if fine is not False else str(one) for one, fine in zip(values, usual.to_pylist(), strict=True)]


def list_texts(array: Any, item: Type) -> list[Any]:
    """Lists as PostgreSQL literals: CKAN would turn JSON lists into lists of text, which only text columns accept."""
    texts = [None if one is None else _text(one) for one in _values(array.flatten(), item)]
    found: list[Any] = []
    place = 0
    for length in pyarrow("compute").list_value_length(array).to_pylist():
        found.append(None if length is None else postgres_csv.array(texts[place : place + length]))
        place += length or 0
    return found


def _text(value: Any) -> str:
    if isinstance(value, msgspec.Raw):
        return bytes(value).decode()
    return ("t" if value else "f") if isinstance(value, bool) else str(value)
