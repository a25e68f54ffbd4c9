"""Tables as data frames, with types that hold what is in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from tuckan.tables.arrow import schema_of
from tuckan.tables.libraries import pandas, polars, pyarrow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tuckan.tables.types import Type


def to_arrow(batches: Iterable[Any], types: Mapping[str, Type]) -> Any:
    """An Arrow table."""
    return pyarrow().Table.from_batches(list(batches), schema=schema_of(types))


def to_polars(batches: Iterable[Any], types: Mapping[str, Type], *, parse_json: bool) -> Any:
    """A polars DataFrame."""
    pl = polars()
    frame = pl.from_arrow(to_arrow(batches, types))
    for name in _json_columns(types) if parse_json else ():
        frame = frame.with_columns(pl.Series(name, _decoded(frame[name].to_list()), strict=False))
    return frame


def to_pandas(batches: Iterable[Any], types: Mapping[str, Type], *, parse_json: bool) -> Any:
    """A pandas DataFrame.

    Whole numbers and booleans among which some are null get pandas' own types for that (`Int64`, `boolean`), as floats would
    lose digits; decimals, dates, times and lists are Python's objects.
    """
    pd, pa = pandas(), pyarrow()
    nullable = {
        pa.bool_(): pd.BooleanDtype(),
        pa.int16(): pd.Int16Dtype(),
        pa.int32(): pd.Int32Dtype(),
        pa.int64(): pd.Int64Dtype(),
    }
    table = to_arrow(batches, types)
    columns: dict[str, Any] = {}
    for name, kind in types.items():
        column = table.column(name)
        if kind.item:
            columns[name] = pd.Series(column.to_pylist(), dtype=object)
        elif kind.name == "json" and parse_json:
            columns[name] = pd.Series(_decoded(column.to_pylist()), dtype=object)
        else:
            columns[name] = column.to_pandas(types_mapper=nullable.get if column.null_count else None)
    return pd.DataFrame(columns, index=pd.RangeIndex(table.num_rows))


def _json_columns(types: Mapping[str, Type]) -> list[str]:
    return [name for name, kind in types.items() if kind.name == "json"]


def _decoded(texts: list[str | None]) -> list[Any]:
    return [None if text is None else msgspec.json.decode(text) for text in texts]
