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
