"""From a portal's CSV to Arrow columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from tuckan.errors import DoesNotFit, Hint
from tuckan.tables.libraries import pyarrow
from tuckan.tables.notation import advice
from tuckan.tables.types import TEXT
from tuckan.tables.values import reader, texts_of
from tuckan.wire.rows import ID

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tuckan.tables.types import Type

Where: TypeAlias = "Callable[[int], str]"
"""Describes the row of an array index, as part of a sentence."""

_ARROW = {
    "text": "string",
    "numeric": "string",
    "json": "string",
    "bool": "bool_",
    "int16": "int16",
    "int32": "int32",
    "int64": "int64",
    "float32": "float32",
    "float64": "float64",
    "date": "date32",
}


def arrow_type(kind: Type) -> Any:
    """The Arrow type of a column type; JSON is text, and so are numbers whose type is not yet known."""
    pa = pyarrow()
    if kind.item:
        return pa.list_(arrow_type(kind.item))
    if kind.name == "decimal":
        return pa.decimal128(kind.digits, kind.scale)
    if kind.name == "time":
        return pa.time64("us")
    if kind.name in ("timestamp", "timestamptz"):
        return pa.timestamp("us", None if kind.name == "timestamp" else "UTC")
    return getattr(pa, _ARROW[kind.name])()


def schema_of(types: Mapping[str, Type]) -> Any:
    """Arrow's schema for columns."""
    return pyarrow().schema([(name, arrow_type(kind)) for name, kind in types.items()])


def batch_of(csv: bytes, types: Mapping[str, Type]) -> Any:
    """Rows of a portal as a record batch.

    Args:
        csv: the rows, as PostgreSQL writes them: `_id`, and then the other columns in the order of `types`.
        types: the columns of the batch; `_id` is among them only where it is named.

    Raises:
        DoesNotFit: when a value does not fit its column's type.
    """
    pa = pyarrow()
    come = [ID, *(name for name in types if name != ID)]
    try:
        columns = _read(
            csv, come, {name: kind for name, kind in types.items() if not kind.item and kind.name != "json"}
        )
    except pa.ArrowInvalid:
        columns = _read(csv, come, {})  # the slow path below reads it, or names the value that does not fit
    ids = columns[ID]

    def where(place: int) -> str:
        return f" in the row with _id {ids[place]}"

    arrays = [converted(columns[name], kind, name, where) for name, kind in types.items()]
    return pa.RecordBatch.from_arrays(arrays, schema=schema_of(types))


def _read(csv: bytes, come: list[str], types: Mapping[str, Type]) -> dict[str, Any]:
    pa, reading = pyarrow(), pyarrow("csv")
    table = reading.read_csv(
        pa.BufferReader(csv),
        read_options=reading.ReadOptions(column_names=come, block_size=max(len(csv), 1), use_threads=False),
        parse_options=reading.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        convert_options=reading.ConvertOptions(
            column_types={name: arrow_type(types.get(name, TEXT)) for name in come},
            null_values=[""],
            true_values=["t"],
            false_values=["f"],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            check_utf8=False,  # it was text before this conversion
        ),
    )
    return {name: _whole(table.column(name)) for name in come}


def _whole(column: Any) -> Any:
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def converted(array: Any, kind: Type, name: str, where: Where | None) -> Any:
    """Convert an array of PostgreSQL text to a type; an array of that type is returned unchanged.

    Args:
        array: the array.
        kind: the target type.
        name: the column's name, for errors.
        where: describes the row of a value, for errors.

    Raises:
        DoesNotFit: when a value does not fit the type.
    """
    pa = pyarrow()
    wanted = arrow_type(kind)
    if kind.name == "json":
        compute = pyarrow("compute")
        return compute.if_else(compute.equal(array, "null"), pa.scalar(None, wanted), array)
    if array.type == wanted:
        return array
    if kind.item:
        return _lists(array, kind, name, where)
    if kind.name not in ("bool", "time"):  # which Arrow cannot cast from words
        try:
            return array.cast(wanted)
        except pa.ArrowInvalid:
            pass
    return _one_by_one(array, kind, name, where)


def _lists(array: Any, kind: Type, name: str, where: Where | None) -> Any:
    """Convert lists that are still JSON, or lists of text."""
    pa = pyarrow()
    assert kind.item is not None  # noqa: S101 - of lists only
    if pa.types.is_list(array.type):
        return pa.ListArray.from_arrays(
            array.offsets, converted(array.values, kind.item, name, None), mask=array.is_null()
        )
    offsets, items, owners, absent = [0], [], [], []
    for place, text in enumerate(array.to_pylist()):
        try:
            found = None if text is None else texts_of(text, kind)
        except ValueError:
            raise does_not_fit(text, kind, name, where(place) if where else "") from None
        items += found or []
        owners += [place] * len(found or [])
        offsets.append(len(items))
        absent.append(found is None)
    place_of = (lambda place: where(owners[place])) if where else None
    values = converted(pa.array(items, pa.string()), kind.item, name, place_of)
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), values, mask=pa.array(absent, pa.bool_()))


def _one_by_one(array: Any, kind: Type, name: str, where: Where | None) -> Any:
    """Convert what Arrow cannot read: `t` and `f`, times, offsets with seconds; and find the value that does not fit."""
    pa = pyarrow()
    read = reader(kind)
    values: list[Any] = []
    for place, text in enumerate(array.to_pylist()):
        try:
            value = None if text is None else read(text)
            values.append(pa.scalar(value, arrow_type(kind)).as_py())
        except (ValueError, OverflowError):  # Arrow's own errors are subclasses of these
            raise does_not_fit(text, kind, name, where(place) if where else "") from None
    return pa.array(values, arrow_type(kind))


def does_not_fit(value: Any, kind: Type, name: str, where: str) -> DoesNotFit:
    """The error for a value that does not fit its column's type."""
    return DoesNotFit(
        f"The column {name!r} holds {value!r}{where}, which is not a valid {kind}.",
        column=name,
        value=value,
        hint="Convert it to text first, such as base64."
        if kind == TEXT
        else advice(value, kind)
        + "To send the column as text, pass "
        + Hint(f"types={{{name!r}: 'text'}}.", f"--type '{name}=text'."),
    )
