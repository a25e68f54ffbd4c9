"""Frames of pandas and polars, and Python's own values: what they say arrives, or an error names row and column."""

from __future__ import annotations

import datetime as dt
import enum
import json
import uuid
from decimal import Decimal
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest

from tuckan import errors
from tuckan.readers.options import ReadOptions
from tuckan.tables.json_rows import packed
from tuckan.tables.sources import incoming

BIG = 2**70
DAY = dt.date(2024, 1, 31)
NOON = dt.datetime(2024, 1, 31, 12)  # noqa: DTZ001 - a column without a zone
NAN = float("nan")


def table(data: Any, types: dict[str, str] | None = None) -> tuple[dict[str, str], list[list[Any]]]:
    came = incoming(data, ReadOptions(), types or {})
    found = came.types(types or {}, {})
    rows = [json.loads(row) for batch in came.batches(found) for row in packed(batch, found)]
    return {name: str(kind) for name, kind in found.items()}, [list(row.values()) for row in rows]


def column(data: Any) -> tuple[str, list[Any]]:
    kinds, rows = table(data)
    (kind,) = kinds.values()
    return kind, [row[0] for row in rows]


def frame(values: Any, **more: Any) -> pd.DataFrame:
    return pd.DataFrame({"a": values}, **more)


def series(values: Any, kind: Any) -> pl.DataFrame:
    return pl.DataFrame({"a": pl.Series(values, dtype=kind)})


@pytest.mark.parametrize(
    ("data", "kind", "values"),
    [
        (frame(pd.period_range("2024-01", periods=2, freq="M")), "text", ["2024-01", "2024-02"]),
        (frame(pd.PeriodIndex(["2024Q1", pd.NaT], freq="Q")), "text", ["2024Q1", None]),
        (frame(pd.Categorical.from_codes([1, 0, -1], pd.period_range("2024-01", periods=2, freq="M"))), "text", ["2024-02", "2024-01", None]),
        (frame(pd.Categorical(["b", "a", None])), "text", ["b", "a", None]),
        (frame(pd.Categorical([3, 1])), "int64", [3, 1]),
        (frame(pd.interval_range(0, 2)), "text", ["(0, 1]", "(1, 2]"]),
        (frame(pd.cut([1, 9], [0, 5, 10])), "text", ["(0, 5]", "(5, 10]"]),
        (frame(pd.arrays.SparseArray([0, 1])), "int64", [0, 1]),
        (frame(pd.array([1, None, 2**60], dtype="Int64")), "int64", [1, None, 2**60]),
        (frame(pd.array([True, None], dtype="boolean")), "bool", [True, None]),
        (frame(pd.array(["00501", None], dtype="string")), "text", ["00501", None]),
        (frame(pd.to_timedelta(["36h", None])), "text", ["PT36H", None]),
        (frame([BIG, 1]), "numeric", [str(BIG), "1"]),
        (frame([BIG, None, 1.5]), "numeric", [str(BIG), None, "1.5"]),
        (frame([1, Decimal("1.10"), 2.5]), "numeric", ["1", "1.10", "2.5"]),
        (frame([Decimal("1.10"), Decimal(2)]), "numeric", ["1.10", "2"]),
        (frame([DAY, NOON]), "timestamp", ["2024-01-31 00:00:00.000000", "2024-01-31 12:00:00.000000"]),
        (frame([DAY, None]), "date", ["2024-01-31", None]),
        (frame([{"a": NAN, "t": pd.Timestamp(NOON), "n": np.int64(1), "l": np.array([1, 2])}]), "json", [{"a": "NaN", "t": "2024-01-31T12:00:00", "n": 1, "l": [1, 2]}]),
        (frame([[1, "x"], [2]]), "json", [[1, "x"], [2]]),
        (frame([[DAY], [NOON]]), "json", [["2024-01-31"], ["2024-01-31T12:00:00"]]),
        (frame([[1, 2], None]), "list<int64>", ['{"1","2"}', None]),
        (frame([uuid.UUID(int=1)]), "text", [str(uuid.UUID(int=1))]),
        (series([BIG, None], pl.Int128), "numeric", [str(BIG), None]),
        (series([[BIG, 1], None], pl.List(pl.Int128)), "list<numeric>", [f'{{"{BIG}","1"}}', None]),
        (series(["y", "x", None], pl.Enum(["x", "y"])), "text", ["y", "x", None]),
        (series(["y", "x", None], pl.Categorical), "text", ["y", "x", None]),
        (series([[1, 2], None], pl.Array(pl.Int8, 2)), "list<int16>", ['{"1","2"}', None]),
        (series([dt.timedelta(hours=36)], pl.Duration("us")), "text", ["PT36H"]),
        (series([BIG, 1], pl.Object), "numeric", [str(BIG), "1"]),
        (pl.Series("a", [1, 2]), "int64", [1, 2]),
        (pl.LazyFrame({"a": [1]}), "int64", [1]),
        ({"a": [BIG, 1]}, "numeric", [str(BIG), "1"]),
        ({"a": (dt.timedelta(seconds=-1.5), None)}, "text", ["-PT1.5S", None]),
        ([{"a": np.int64(5)}, {"a": pd.NA}], "int64", [5, None]),
        ([{"a": dt.timedelta(hours=36)}], "text", ["PT36H"]),
        ([{"a": pd.Timestamp(NOON)}, {"a": pd.NaT}], "timestamp", ["2024-01-31 12:00:00.000000", None]),
        ([{"a": DAY}, {"a": NOON}], "timestamp", ["2024-01-31 00:00:00.000000", "2024-01-31 12:00:00.000000"]),
        ([{"a": {"b": NAN, "c": dt.timedelta(hours=36)}}], "json", [{"b": "NaN", "c": "PT36H"}]),
        (duckdb.sql("SELECT 'x'::ENUM('y', 'x') AS a"), "text", ["x"]),
        (duckdb.sql("SELECT (2::HUGEINT ** 70)::HUGEINT AS a"), "numeric", [str(BIG)]),
        (duckdb.sql("SELECT 340282366920938463463374607431768211455::UHUGEINT AS a"), "numeric", [str(2**128 - 1)]),
        (duckdb.sql("SELECT '101'::BIT AS a"), "text", ["101"]),
        (frame(pd.Series([pd.Timestamp(1)], dtype=object)), "text", ["1970-01-01T00:00:00.000000001"]),
        (frame([[pd.Timestamp(1)]]), "json", [["1970-01-01T00:00:00.000000001"]]),
        (frame([dt.time(10, tzinfo=dt.UTC)]), "text", ["10:00:00+00:00"]),
        (frame([[1.5, NAN], None]), "list<float64>", ['{"1.5","nan"}', None]),
        (frame([Decimal("sNaN"), Decimal(1)]), "numeric", [None, "1"]),
        (frame([enum.Enum("E", "A").A]), "int64", [1]),
        (frame([-0.0, 0.0, 1.5]), "float64", ["-0.0", 0.0, 1.5]),
        (frame(np.array([-0.0, 0.1], "f4")), "float32", ["-0.0", float(np.float32(0.1))]),
        (frame([{"x": Decimal("0.12345678901234567890")}]), "text", ['{"x":0.12345678901234567890}']),
        ([{"a": np.datetime64("2024-01-31T12:00:00.000001")}], "text", ["2024-01-31T12:00:00.000001"]),
        ([{"a": {"t": np.datetime64("NaT"), "d": np.timedelta64(36, "h")}}], "json", [{"t": None, "d": "PT36H"}]),
    ],
)  # fmt: skip
def test_values_arrive_as_they_are(data: Any, kind: str, values: list[Any]) -> None:
    assert column(data) == (kind, values)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (frame([None, 1, "x"]), "several kinds: numbers, and text in row 3 of the DataFrame ('x')"),
        (frame([True, 1]), "several kinds: true or false, and numbers in row 2"),
        (frame([DAY, "x"]), "several kinds: dates, and text in row 2"),
        (frame([{"a": 1}, "x"]), "several kinds: lists or objects, and text in row 2"),
        (
            frame([{"a": 1}, {"a": b"x"}]),
            "in row 2 of the DataFrame, which can't be stored in a table: JSON has no bytes",
        ),
        (frame([{1: 2, "1": 3}]), "two of its keys are the same in JSON"),
        (frame([{(1, 2): 3}]), "(1, 2) can't be a key in JSON"),
        (duckdb.sql("SELECT [1::UHUGEINT] AS a, 2::HUGEINT AS b"), "UHUGEINT[]"),
        ({"a": [Decimal("0.12345678901234567890"), {}]}, "several kinds"),
        (frame([1 + 2j]), "holds (1+2j) in row 1 of the DataFrame"),
        (frame(pd.Categorical([3, "x"])), "several kinds: numbers, and text in row 2"),
        (frame([b"x"]), "holds bytes"),
        (series(["x", 1], pl.Object), "several kinds: text, and numbers in row 2"),
        (series([{"x": BIG}], pl.Struct({"x": pl.Int128})), "holds Struct({'x': Int128}), for which CKAN has no type"),
        ({"a": [1, "x"]}, "several kinds: numbers, and text in row 2 of the dict"),
        ([{"a": 1}, {"a": b"x"}], "in row 2 of the rows, which can't be stored in a table"),
        ([{"a": "x"}, {"a": "\ud800"}], "text with an unpaired surrogate in row 2 of the rows"),
    ],
)
def test_values_that_can_be_in_no_column_are_named(data: Any, said: str) -> None:
    with pytest.raises(errors.DoesNotFit) as caught:
        table(data)
    assert said in str(caught.value)
    assert caught.value.column == "a"


def test_several_kinds_as_text_when_that_is_asked() -> None:
    for data in (frame([1, "x", None, True]), {"a": [1, "x", None, True]}, series([1, "x", None, True], pl.Object)):
        assert table(data, {"a": "text"}) == ({"a": "text"}, [["1"], ["x"], [None], ["true"]])


def test_bytes_as_text_when_that_is_asked() -> None:
    for data in (frame([b"\xc3\xa9", None]), {"a": [b"\xc3\xa9", None]}, pl.DataFrame({"a": [b"\xc3\xa9", None]})):
        assert table(data, {"a": "text"}) == ({"a": "text"}, [["é"], [None]])
    with pytest.raises(errors.DoesNotFit, match="not UTF-8 in row 2 of the DataFrame"):
        table(frame([b"x", b"\xff"]), {"a": "text"})


def test_what_an_index_says_is_a_column() -> None:
    labels = frame([1, 2], index=["x", "y"])
    assert table(labels) == ({"index": "text", "a": "int64"}, [["x", 1], ["y", 2]])
    assert table(labels["a"])[0] == {"index": "text", "a": "int64"}
    days = frame([1], index=pd.date_range("2024-01-31", periods=1, name="day"))
    assert table(days) == ({"day": "timestamp", "a": "int64"}, [["2024-01-31 00:00:00.000000", 1]])
    levels = pd.MultiIndex.from_tuples([("x", 1), ("y", 2)], names=["k", None])
    assert table(frame([1, 2], index=levels))[0] == {"k": "text", "level_1": "int64", "a": "int64"}
    assert table(frame([1], index=pd.MultiIndex.from_tuples([("x", 1)])))[0] == {
        "level_0": "text",
        "level_1": "int64",
        "a": "int64",
    }
    assert table(frame([1], index=pd.Index(["x"], name="a")))[0] == {"a (index)": "text", "a": "int64"}


def test_an_index_that_only_counts_is_left_out() -> None:
    whole = frame([1, 2])
    assert table(whole)[0] == {"a": "int64"}
    assert incoming(whole, ReadOptions(), {}).notes == []
    some = incoming(whole[whole["a"] > 1], ReadOptions(), {})
    assert some.found.keys() == {"a"}
    assert "reset_index()" in some.notes[0]
    assert table(frame([1, 2], index=pd.Index([7, 8], name="id")))[0] == {"id": "int64", "a": "int64"}


def test_headers_of_several_levels() -> None:
    columns = pd.MultiIndex.from_tuples([("x", "p"), ("x", "q"), ("y", "")])
    assert list(table(pd.DataFrame([[1, 2, 3]], columns=columns))[0]) == ["x p", "x q", "y"]
