"""Parquet, Arrow and Feather of every type: what is read is what the file says, or an error that names row and column."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import ipc, parquet

from tuckan import errors
from tuckan.readers.options import ReadOptions
from tuckan.tables.json_rows import packed
from tuckan.tables.sources import incoming

CASES = Path(__file__).parent / "cases"
NAN = float("nan")


def table(source: Any, types: dict[str, str] | None = None) -> tuple[dict[str, str], list[list[Any]]]:
    came = incoming(source, ReadOptions(), types or {})
    found = came.types(types or {}, {})
    rows = [json.loads(row) for batch in came.batches(found) for row in packed(batch, found)]
    return {name: str(kind) for name, kind in found.items()}, [list(row.values()) for row in rows]


def column(values: Any, arrow: Any = None, types: dict[str, str] | None = None) -> tuple[str, list[Any]]:
    array = values if isinstance(values, pa.Array) else pa.array(values, arrow)
    kinds, rows = table(pa.table({"a": array}), types)
    return kinds["a"], [row[0] for row in rows]


def refused(source: Any, types: dict[str, str] | None = None) -> str:
    with pytest.raises((errors.DoesNotFit, errors.InvalidArgument)) as caught:
        table(source, types)
    return str(caught.value)


def dictionary(values: list[Any]) -> Any:
    return pa.array(values).dictionary_encode()


MOMENT = pa.timestamp("ns")
NESTED = [("t", MOMENT)]


@pytest.mark.parametrize(
    ("array", "kind", "values"),
    [
        (pa.array([2**64 - 1, None], pa.uint64()), "numeric", ["18446744073709551615", None]),
        (pa.array([0.5, NAN, -float("inf")], pa.float16()), "float32", [0.5, "nan", "-inf"]),
        (pa.array([Decimal("1.50")], pa.decimal128(10, 2)), "decimal(10, 2)", ["1.50"]),
        (pa.array([Decimal("1" * 60)], pa.decimal256(70, 0)), "numeric", ["1" * 60]),
        (dictionary(["b", "a", None, "b"]), "text", ["b", "a", None, "b"]),
        (dictionary([20, 10]), "int64", [20, 10]),
        (pa.RunEndEncodedArray.from_arrays(pa.array([2, 3]), pa.array(["x", "y"])), "text", ["x", "x", "y"]),
        (pa.array(["a", None], pa.string_view()), "text", ["a", None]),
        (pa.array([1, 129600 * 10**9, -90_500_000_000], pa.duration("ns")), "text", ["PT0.000000001S", "PT36H", "-PT1M30.5S"]),
        (pa.array([0, 60], pa.duration("s")), "text", ["PT0S", "PT1M"]),
        (pa.array([1000], MOMENT), "timestamp", ["1970-01-01 00:00:00.000001"]),
        (pa.array([0], pa.timestamp("s", "Europe/Berlin")), "timestamptz", ["1970-01-01 00:00:00.000000Z"]),
        (pa.ExtensionArray.from_storage(pa.uuid(), pa.array([b"\1" * 16], pa.binary(16))), "text", ["01010101-" + "0101-" * 3 + "01" * 6]),
        (pa.ExtensionArray.from_storage(pa.json_(), pa.array(['{"a": 1}'])), "json", [{"a": 1}]),
        (pa.ExtensionArray.from_storage(pa.bool8(), pa.array([1, 0], pa.int8())), "bool", [True, False]),
        (pa.array([[("k", 1)], None, []], pa.map_(pa.string(), pa.int32())), "json", [[["k", 1]], None, []]),
        (pa.array([{"x": NAN, "y": float("inf")}, None]), "json", [{"x": "NaN", "y": "Infinity"}, None]),
        (pa.array([[[1.5], [NAN, None]], None]), "json", [[[1.5], ["NaN", None]], None]),
        (pa.array([[1.5, NAN, None]]), "list<float64>", ['{"1.5","nan",NULL}']),
        (pa.array([{"t": 1_500_000_001}, None], pa.struct(NESTED)), "json", [{"t": "1970-01-01T00:00:01.500000001"}, None]),
        (pa.array([{"t": 1}], pa.struct([("t", pa.time64("ns"))])), "json", [{"t": "00:00:00.000000001"}]),
        (pa.array([{"t": 1}], pa.struct([("t", pa.duration("ns"))])), "json", [{"t": "PT0.000000001S"}]),
        (pa.array([{"t": 0}], pa.struct([("t", pa.timestamp("s", "Europe/Berlin"))])), "json", [{"t": "1970-01-01T00:00:00Z"}]),
        (pa.array([{"t": 3}], pa.struct([("t", pa.date32())])), "json", [{"t": "1970-01-04"}]),
        (pa.array([{}, None], pa.struct([])), "json", [{}, None]),
        (pa.array([[1, 2], None, []], pa.list_view(pa.int32())), "list<int32>", ['{"1","2"}', None, "{}"]),
        (pa.array([[1, 2], None], pa.list_(pa.int32(), 2)), "list<int32>", ['{"1","2"}', None]),
        (pa.array([[1], [2]], pa.list_(pa.duration("s"))), "list<text>", ['{"PT1S"}', '{"PT2S"}']),
        (pa.nulls(1), "text", [None]),
    ],
    ids=lambda value: str(value.type) if isinstance(value, pa.Array) else "",
)  # fmt: skip
def test_values_of_every_type(array: Any, kind: str, values: list[Any]) -> None:
    assert column(array) == (kind, values)
    # What is kept in the middle of a longer array is the same.
    longer = pa.concat_arrays([array, array, array]).slice(len(array), len(array))
    assert column(longer) == (kind, values)


def test_digits_of_json_are_those_of_decimals() -> None:
    struct = pa.array([{"d": Decimal("1.50")}], pa.struct([("d", pa.decimal128(10, 2))]))
    came = incoming(pa.table({"a": struct}), ReadOptions(), {})
    assert [packed(batch, came.found) for batch in came.batches(came.found)] == [[b'{"a":{"d":1.50}}']]


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (pa.array([b"x"]), "holds bytes, for which CKAN has no type"),
        (pa.array([{"b": None}, {"b": b"x"}]), "holds bytes in row 2 of the Table"),
        (pa.array([[None], [{"b": b"x"}]]), "holds bytes in row 2 of the Table"),
        (pa.array([1], MOMENT), "holds '1970-01-01 00:00:00.000000001' in row 1"),
        (pa.array([0, 1], pa.time64("ns")), "holds '00:00:00.000000001' in row 2"),
        (pa.array([253402300800], pa.timestamp("s")), "holds '10000-01-01 00:00:00.000000' in row 1"),
        (pa.array([0, -800_000], pa.date32()), "holds '-0221-09-04' in row 2"),
        (pa.array([[0], [1]], pa.list_(MOMENT)), "holds '1970-01-01 00:00:00.000000001' in row 2"),
        (pa.array([{"d": 0}, {"d": 4_000_000}], pa.struct([("d", pa.date32())])), "holds the day 12921-08-18 in row 2"),
        (pa.StructArray.from_arrays([pa.array([1]), pa.array([2])], ["x", "x"]), "two fields called 'x'"),
        (pa.UnionArray.from_sparse(pa.array([0], pa.int8()), [pa.array([1])]), "holds sparse_union<0: int64=0>, for which"),
        (pa.array([pa.MonthDayNano([1, 2, 3])]), "holds month_day_nano_interval, for which CKAN has no type"),
    ],
)  # fmt: skip
def test_values_that_no_table_can_hold(array: Any, said: str) -> None:
    assert said in refused(pa.table({"a": array}))


def test_asked_for_as_text() -> None:
    text = {"a": "text"}
    assert column([b"abc", None], types=text) == ("text", ["abc", None])
    assert column([b"ab"], pa.binary(2), types=text) == ("text", ["ab"])
    assert "in row 2" in refused(pa.table({"a": [b"a", b"\xff"]}), text)
    assert column([1], MOMENT, types=text) == ("text", ["1970-01-01T00:00:00.000000001"])
    assert column([253402300800], pa.timestamp("s"), types=text) == ("text", ["10000-01-01T00:00:00"])
    assert column([[b"ab"]], types={"a": "list<text>"}) == ("list<text>", ['{"ab"}'])
    assert column([1.5, NAN], types={"a": "json"}) == ("json", [1.5, "NaN"])


@pytest.mark.parametrize(
    ("array", "kind", "said"),
    [
        (pa.array([0, 3600], pa.timestamp("s")), "date", "'1970-01-01 01:00:00' in row 2"),
        (pa.array([1, 0, 2]), "bool", "'2' in row 3"),
        (pa.array([0.1, 0.15]), "decimal(5, 1)", "'0.15' in row 2"),
        (pa.array([2**62], pa.timestamp("s")), "text", "holds a timestamp[s] that is out of range in row 1"),
        (pa.array([{"d": Decimal("0.12345678901234567890")}]), "json", "the number 0.12345678901234567890 in row 1"),
        (pa.array(["[1.5]", "[1e400]"]), "json", "the number 1e400 in row 2"),
    ],
)  # fmt: skip
def test_a_type_that_is_asked_for_changes_no_value(array: Any, kind: str, said: str) -> None:
    assert said in refused(pa.table({"a": array}), {"a": kind})


def test_what_fits_the_type_that_is_asked_for() -> None:
    assert column(pa.array([0, 86400], pa.timestamp("s")), types={"a": "date"})[1] == ["1970-01-01", "1970-01-02"]
    assert column([1, 0, None], types={"a": "bool"})[1] == [True, False, None]
    assert column([0.1, 0.5], types={"a": "decimal(5, 1)"})[1] == ["0.1", "0.5"]
    assert column([Decimal("0.12345678901234567890")], types={"a": "float64"})[1] == [0.12345678901234568]
    numbers = ['{"a":[1.10,-0.0,1e5,12345678901234567890123,"0.12345678901234567890"]}', "1e22"]
    assert column(numbers, types={"a": "json"})[0] == "json"


def test_files() -> None:
    assert "column 'name' holds text that is not UTF-8 in row 1 of bad_utf8.parquet" in refused(
        CASES / "bad_utf8.parquet"
    )
    assert "types={'b': 'text'}" in refused(CASES / "bin.parquet")
    assert table(CASES / "bin.parquet", {"b": "text"})[1] == [[1, "abc"]]
    assert table(CASES / "struct_ts_ns.parquet")[1] == [[{"t": "2024-02-03T10:00:00.123456789"}]]
    assert "row 1 of struct_date_10000n.parquet" in refused(CASES / "struct_date_10000n.parquet")
    assert table(CASES / "list_struct_nan.parquet")[1] == [['{"1.5","nan",NULL}', [[1.5, "NaN"], None]]]


def test_old_parquet_timestamps(tmp_path: Path) -> None:
    file, names = tmp_path / "a.parquet", pa.schema([("n", pa.int64()), ("a", MOMENT)])
    far = pa.table(
        {"n": [1, 2, 3], "a": [253_402_214_400_000_000, 1, None]},
        pa.schema([("n", pa.int64()), ("a", pa.timestamp("us"))]),
    )
    parquet.write_table(far, file, use_deprecated_int96_timestamps=True)
    assert table(file)[1] == [[1, "9999-12-31 00:00:00.000000"], [2, "1970-01-01 00:00:00.000001"], [3, None]]
    parquet.write_table(pa.table({"n": [1, 2], "a": [1000, 1001]}, names), file, use_deprecated_int96_timestamps=True)
    assert "'a' holds '1970-01-01 00:00:00.000001001' in row 2 of a.parquet" in refused(file)


def test_text_that_is_not_utf8_inside_of_lists() -> None:
    data = [None, pa.py_buffer(b"\0\0\0\0\1\0\0\0\2\0\0\0"), pa.py_buffer(b"a\xff")]
    broken = pa.Array.from_buffers(pa.string(), 2, data)
    lists = pa.ListArray.from_arrays(pa.array([0, 1, 2], pa.int32()), broken)
    assert "'a' holds text that is not UTF-8 in row 2 of the Table" in refused(pa.table({"a": lists}))


def test_damaged_files(tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    parquet.write_table(pa.table({"a": [f"text {n}" for n in range(1000)]}), file, write_page_checksum=True)
    data = bytearray(file.read_bytes())
    middle = len(data) // 3
    data[middle] ^= 0xFF
    file.write_bytes(data)
    assert "a.parquet can't be read" in refused(file)
    file.write_bytes(data[:-20])
    assert "a.parquet can't be read" in refused(file)
    cut = io.BytesIO()
    cut.name = "a.arrow"
    with ipc.new_file(cut, pa.schema([("a", pa.int64())])) as writer:
        writer.write_batch(pa.record_batch([[1, 2]], names=["a"]))
    (tmp_path / "a.arrow").write_bytes(cut.getvalue()[:-30])
    assert "a.arrow can't be read" in refused(tmp_path / "a.arrow")
