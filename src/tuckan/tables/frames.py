"""Tables as data frames, with lossless types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuckan.errors import DoesNotFit, Hint
from tuckan.tables.arrow import schema_of
from tuckan.tables.libraries import pandas, polars, pyarrow
from tuckan.tables.values import json_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tuckan.tables.libraries import ArrowTable, PandasFrame, PolarsFrame
    from tuckan.tables.types import Type


def to_arrow(batches: Iterable[Any], types: Mapping[str, Type]) -> ArrowTable:
    """An Arrow table."""
    table: ArrowTable = pyarrow().Table.from_batches(list(batches), schema=schema_of(types))
    return table


def to_polars(batches: Iterable[Any], types: Mapping[str, Type], *, parse_json: bool) -> PolarsFrame:
    """A polars DataFrame."""
    pl = polars()
    frame: PolarsFrame = pl.from_arrow(to_arrow(batches, types))
    for name in _json_columns(types) if parse_json else ():
        frame = frame.with_columns(_parsed(name, _decoded(frame[name].to_list())))
    return frame


def _parsed(name: str, values: list[Any]) -> Any:
    """A series of JSON values; polars would convert some of them to text to get a single type."""
    series = polars().Series(name, values, strict=False)
    for place, (value, made) in enumerate(zip(values, series.to_list(), strict=True)):
        if not _says(made, value):
            raise DoesNotFit(
                f"The column {name!r} holds JSON of several kinds: {value!r:.60} in row {place + 1} would be {made!r:.60}.",
                column=name,
                value=value,
                hint="Take it as text" + Hint(", without parse_json=True, or as a pandas DataFrame.", "."),
            )
    return series


def _says(made: Any, value: Any) -> bool:
    """Whether a polars value equals a JSON value, with null for missing keys."""
    if isinstance(value, dict):
        return isinstance(made, dict) and all(
            _says(one, value.get(key)) if key in value else one is None for key, one in made.items()
        )
    if isinstance(value, list):
        return isinstance(made, list) and len(made) == len(value) and all(map(_says, made, value))
    return bool(made == value) and isinstance(made, (bool, str)) == isinstance(value, (bool, str))


def to_pandas(batches: Iterable[Any], types: Mapping[str, Type], *, parse_json: bool) -> PandasFrame:
    """A pandas DataFrame.

    Integers and booleans with nulls get pandas' nullable types (`Int64`, `boolean`), since floats would
    lose digits; decimals, dates, times and lists are Python objects.
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
    frame: PandasFrame = pd.DataFrame(columns, index=pd.RangeIndex(table.num_rows))
    return frame


def _json_columns(types: Mapping[str, Type]) -> list[str]:
    return [name for name, kind in types.items() if kind.name == "json"]


def _decoded(texts: list[str | None]) -> list[Any]:
    return [None if text is None else json_value(text) for text in texts]
