"""Tables as files and frames, without a portal: what the portal says, or an error."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from tuckan import errors
from tuckan.tables.frames import to_pandas, to_polars
from tuckan.tables.types import Type, named
from tuckan.tables.values import reader
from tuckan.tables.writing import write_csv, write_jsonl

NAN, INFINITY = float("nan"), float("inf")


def batch(**columns: tuple[str, Any]) -> tuple[list[Any], dict[str, Type]]:
    types = {name: named(kind) for name, (kind, _) in columns.items()}
    return [pa.record_batch([values for _, values in columns.values()], names=list(columns))], types


def lines(**columns: tuple[str, Any]) -> list[str]:
    file = io.BytesIO()
    write_jsonl(*batch(**columns), file)
    return file.getvalue().decode().splitlines()


def test_json_lines_say_what_json_has_no_numbers_for() -> None:
    floats = pa.array([NAN, -INFINITY, 0.5, None])
    assert lines(a=("float64", floats)) == ['{"a":"NaN"}', '{"a":"-Infinity"}', '{"a":0.5}', '{"a":null}']
    numbers = pa.array(["NaN", "Infinity", "1.10"])
    assert lines(a=("numeric", numbers)) == ['{"a":"NaN"}', '{"a":"Infinity"}', '{"a":1.10}']
    assert lines(a=("list<float64>", pa.array([[NAN, 1.5, None], None]))) == ['{"a":["NaN",1.5,null]}', '{"a":null}']
    assert lines(a=("list<numeric>", pa.array([["NaN", "1.10"]]))) == ['{"a":["NaN",1.10]}']
    assert lines(a=("list<json>", pa.array([['{"x":1.10}', None]]))) == ['{"a":[{"x":1.10},null]}']


def test_lists_in_csv_say_it_too() -> None:
    file = io.BytesIO()
    write_csv(*batch(a=("list<float32>", pa.array([[NAN, 0.5]], pa.list_(pa.float32())))), file)
    assert file.getvalue() == b'"a"\n"[""NaN"",0.5]"\n'


@pytest.mark.parametrize(
    ("kind", "arrow", "values", "written"),
    [
        ("float64", pa.float64(), [0.1, 1e15, 999999999999999.0, 1e-5, 1.5e-7, -0.0, 5e-324, 1.7976931348623157e308], "0.1 1e+15 999999999999999 1e-05 1.5e-07 -0 5e-324 1.7976931348623157e+308"),
        ("float64", pa.float64(), [NAN, INFINITY, -INFINITY, 0.0, 123.0, 0.0001], "NaN Infinity -Infinity 0 123 0.0001"),
        ("float32", pa.float32(), [0.1, 16777216.0, 999999.0, 1e-5], "0.1 1.6777216e+07 999999 1e-05"),
        ("time", pa.time64("us"), [36_000_000_000, 36_000_500_000, 10_000_000, 1], "10:00:00 10:00:00.5 00:00:10 00:00:00.000001"),
        ("timestamptz", pa.timestamp("us", "UTC"), [0, 100_000, 10_000_000], '"1970-01-01T00:00:00Z" "1970-01-01T00:00:00.1Z" "1970-01-01T00:00:10Z"'),
        ("timestamp", pa.timestamp("us"), [0, 120_000], '"1970-01-01T00:00:00" "1970-01-01T00:00:00.12"'),
    ],
)  # fmt: skip
def test_csv_has_values_as_the_portal_writes_them(kind: str, arrow: Any, values: list[Any], written: str) -> None:
    file = io.BytesIO()
    write_csv(*batch(a=(kind, pa.array([*values, None], arrow))), file)
    assert file.getvalue().decode().split("\n")[1:-1] == [*written.split(" "), ""]


def test_floats_of_32_bits_have_the_digits_that_the_portal_has() -> None:
    floats = pa.array([0.1, NAN, 16777216.0, None], pa.float32())
    assert lines(a=("float32", floats), b=("int64", pa.array([1, 2, 3, 4]))) == [
        '{"a":0.1,"b":1}',
        '{"a":"NaN","b":2}',
        '{"a":1.6777216e+07,"b":3}',
        '{"a":null,"b":4}',
    ]


def test_digits_of_json_are_kept() -> None:
    text = '{"a":1.5,"b":0.12345678901234567890,"c":1e400,"d":12345678901234567890123}'
    read = reader(named("json"))(text)
    assert read == {
        "a": 1.5,
        "b": Decimal("0.12345678901234567890"),
        "c": Decimal("1e400"),
        "d": 12345678901234567890123,
    }
    assert isinstance(read["a"], float)
    assert reader(named("list<json>"))('[{"x":0.12345678901234567890},null]') == [
        {"x": Decimal("0.12345678901234567890")},
        None,
    ]
    frame = to_pandas(*batch(a=("json", pa.array([text, None]))), parse_json=True)
    assert frame["a"].tolist() == [read, None]


def test_json_that_polars_would_change_is_named() -> None:
    parsed = to_polars(*batch(a=("json", pa.array(['{"x":1}', '{"y":[1.5]}', None]))), parse_json=True)
    assert parsed["a"].to_list() == [{"x": 1, "y": None}, {"x": None, "y": [1.5]}, None]
    for texts in (['{"a":1}', '"x"'], ["1", '"x"'], ["true", "1"], ["[1]", '["x"]'], ['{"a":1}', '{"a":"x"}']):
        with pytest.raises(errors.DoesNotFit, match=r"column 'a' holds JSON of several kinds: .* in row \d"):
            to_polars(*batch(a=("json", pa.array(texts))), parse_json=True)
        assert to_polars(*batch(a=("json", pa.array(texts))), parse_json=False)["a"].to_list() == texts
        assert to_pandas(*batch(a=("json", pa.array(texts))), parse_json=True)["a"].tolist() == list(
            map(json.loads, texts)
        )
