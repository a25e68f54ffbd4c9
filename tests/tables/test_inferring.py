"""Types found in text, and whatever holds a table: without a portal."""

from __future__ import annotations

import io
import json
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pytest

from tuckan import errors
from tuckan.jobs.rows.options import ReadOptions
from tuckan.tables.incoming import incoming
from tuckan.tables.inferring import Guess
from tuckan.tables.naming import MOST_BYTES, acceptable
from tuckan.tables.packing import packed


@pytest.mark.parametrize(
    ("texts", "wanted"),
    [
        ([None], "text"),
        (["1", "-2", None], "int64"),
        (["007", "1"], "text"),
        (["9223372036854775808"], "numeric"),
        (["1.5", "2"], "float64"),
        (["0.30000000000000004", "1e300", "+.5"], "float64"),
        (["0.12345678901234567890"], "numeric"),
        (["1e400"], "numeric"),
        (["NaN", "1"], "float64"),
        (["NaN"], "text"),
        (["0.1", "n/a"], "text"),
        (["true", "False"], "bool"),
        (["t", "f"], "text"),
        (["2024-02-29"], "date"),
        (["2024-02-30"], "text"),
        (["29.02.2024"], "text"),
        (["2024-02-29", "2024-02-29 12:00:00.5"], "timestamp"),
        (["2024-02-29T12:00:00+01:00"], "timestamptz"),
        (["2024-02-29T12:00:00Z", "2024-02-29T12:00:00"], "text"),
        (["12:30", "23:59:59.999999"], "time"),
        (["24:00"], "text"),
    ],
)
def test_types_that_lose_nothing(texts: list[str | None], wanted: str) -> None:
    guess = Guess()
    for one in texts:  # in batches of one row
        guess.add(pa.array([one], pa.string()), ["anything"])
    assert str(guess.type()) == wanted


def table(data: Any, types: dict[str, str] | None = None, **how: Any) -> tuple[dict[str, str], list[dict[str, Any]]]:
    came = incoming(data, ReadOptions(**how), types or {})
    found = came.types(types or {}, {})
    rows = [json.loads(row) for batch in came.batches(found) for row in packed(batch, found)]
    return {name: str(kind) for name, kind in found.items()}, rows


def test_csv_as_people_write_it() -> None:
    for text, encoding in (("ä;b\r\n1;é\r\n", "utf-8-sig"), ("sep=;\nä;b\n1;é\n", "utf-8"), ("ä\tb\n1\té\n", "utf-16")):
        assert table(io.BytesIO(text.encode(encoding))) == ({"ä": "int64", "b": "text"}, [{"ä": 1, "b": "é"}])
    assert table(io.BytesIO("ä;b\n1;é\n".encode("cp1252")), encoding="cp1252")[1] == [{"ä": 1, "b": "é"}]
    assert table(io.BytesIO(b"a\n1\n\n2\n"))[1] == [{"a": 1}, {"a": None}, {"a": 2}]
    assert table(io.BytesIO(b'"a\nb",a,a,_id\n1,"x\ny","",\n'))[1] == [{"a b": 1, "a": "x\ny", "a 2": "", "id": None}]
    with pytest.raises(errors.InvalidArgument, match="cp1252"):
        table(io.BytesIO("ä;b\n1;é\n".encode("cp1252")))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (io.BytesIO(b'{"a":1}\n{"a":tru}\n'), "line 2: this is no JSON"),
        (io.BytesIO(b'[{"a":1},\n5]'), "line 2 is no row"),
        ([{"a": object()}], "can't be in a table"),
        ([{"a": "\ud800"}], "half of a character"),
        (pd.DataFrame({"a": ["x\0"]}), "NUL in row 1"),
        (pd.DataFrame({"a": [pd.Timedelta(1)]}), "CKAN has no type"),
        (pa.table({"a": [b"x"]}), "CKAN has no type"),
        (pd.DataFrame({"a": pd.to_datetime(["2024-01-01 00:00:00.000000001"])}), "is no timestamp"),
        (pa.table({"a": pa.array([-800_000], pa.int32()).cast(pa.date32())}), "is no date"),
        ({"a": [1, 2], "b": [1]}, "not all the same length"),
        (5, "holds no table"),
        ("nowhere.parquet", "no file"),
        ("nowhere.csv", "can't be read"),
    ],
)
def test_what_can_be_no_table_is_named(data: Any, said: str) -> None:
    with pytest.raises((errors.InvalidArgument, errors.DoesNotFit), match=said):
        table(data)


def test_what_others_hold() -> None:
    relation = duckdb.sql("SELECT 1::HUGEINT AS h, 1.50::DECIMAL(5, 2) AS d, {'k': [1]} AS s, MAP {'a': 1} AS m")
    assert table(relation) == (
        {"h": "decimal(38, 0)", "d": "decimal(5, 2)", "s": "json", "m": "json"},
        [{"h": "1", "d": "1.50", "s": {"k": [1]}, "m": [["a", 1]]}],
    )
    frame = pd.DataFrame({("a", "b"): [1.0, None]}, index=pd.Index([7, 8], name="key"))
    assert table(frame)[1] == [{"key": 7, "a b": 1.0}, {"key": 8, "a b": None}]
    assert table(frame, {"a b": "int32"})[1][0] == {"key": 7, "a b": 1}
    with pytest.raises(errors.DoesNotFit, match=r"'a b' holds '1.5' in row 1 of the DataFrame"):
        table(frame.fillna(1.5).iloc[1:], {"a b": "int32"})
    assert table(pd.DataFrame({"c": pd.Categorical(["x", None])}))[1] == [{"c": "x"}, {"c": None}]
    assert table(pa.table({"u": pa.array([2**64 - 1], pa.uint64())}))[1] == [{"u": "18446744073709551615"}]
    assert table(pa.table({"l": [["a", None, 'say "x\\"', ""]]}))[1] == [{"l": '{"a",NULL,"say \\"x\\\\\\"",""}'}]


def test_names_are_unique_short_and_stay_where_they_are_good() -> None:
    assert acceptable(["_id", "id", "id", "xmin", "", ' "a" ']) == ["id 2", "id", "id 3", "xmin 2", "column 5", "'a'"]
    long = acceptable(["é" * 40, "é" * 41])
    assert len(set(long)) == 2
    assert all(len(one.encode()) <= MOST_BYTES for one in long)
