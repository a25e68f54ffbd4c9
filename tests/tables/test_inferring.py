"""Types found in text, and whatever holds a table: without a portal."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from tuckan import errors
from tuckan.errors import for_shell
from tuckan.readers.options import ReadOptions
from tuckan.tables.inferring import Guess
from tuckan.tables.json_rows import packed
from tuckan.tables.naming import MOST_BYTES, acceptable
from tuckan.tables.sources import incoming

CASES = Path(__file__).parent / "cases"


@pytest.mark.parametrize(
    ("texts", "wanted"),
    [
        ([None], "text"),
        (["1", "-2", None], "int64"),
        (["9223372036854775807"], "int64"),
        (["9223372036854775808"], "numeric"),
        (["1.5", "2"], "numeric"),
        (["1.10", "-0.05", "0", "0.00"], "numeric"),
        (["0.12345678901234567890"], "numeric"),
        (["1", None, "2.5"], "numeric"),
        (["NaN", "1"], "numeric"),
        (["NaN"], "text"),
        (["0.1", "n/a"], "text"),
        (["1" * 16_001], "text"),
        (["true", "False"], "bool"),
        (["t", "f"], "text"),
        (["1", "true"], "text"),
        (["0001-01-01", "9999-12-31"], "date"),
        (["2024-02-30"], "text"),
        (["0000-01-01"], "text"),
        (["10000-01-01"], "text"),
        (["29.02.2024"], "text"),
        (["2024-02"], "text"),
        (["2024-02-29 10:00", "2024-02-29T12:00:00.000"], "timestamp"),
        (["2024-02-29 12:00:00.5"], "text"),  # CKAN would cut it
        (["2024-02-29", "2024-02-29 12:00:00"], "text"),
        (["2024-02-29T12:00:00.5Z", "2024-02-29 12:00:00+00:00"], "timestamptz"),
        (["2024-02-29T12:00:00+01:00"], "text"),  # no column keeps the offset
        (["2024-02-29T12:00:00Z", "2024-02-29T12:00:00"], "text"),
        (["12:30:00", "23:59:59.999999"], "time"),
        (["12:30"], "text"),  # or minutes and seconds
        (["24:00"], "text"),
        *(
            ([text], "text")
            for text in "007 -007 00 +5 1. .5 +.5 -0 -0.0 1e5 1E5 0x1F 1_000 1,5 1'000 \u0661 inf".split()
        ),
        *(([text], "text") for text in (" 1", "1 ", "1\n", "1.234.567", "--1", "-", "")),
    ],
)
def test_a_type_gives_every_value_back_as_it_was_written(texts: list[str | None], wanted: str) -> None:
    one_by_one, at_once = Guess(), Guess()
    for one in texts:
        one_by_one.add(pa.array([one], pa.string()), ["anything"])
    at_once.add(pa.array(texts, pa.string()), ["anything"])
    assert (str(one_by_one.type()), str(at_once.type())) == (wanted, wanted)


@pytest.mark.parametrize(
    ("texts", "why", "note"),
    [
        (["1.10"], "decimals", ""),
        (["1", "2", "n/a"], "'n/a' is not a whole number", "null=['n/a']\na: 'n/a' may stand for null"),
        (["1", "\\N"], "", r"pass --null '\N'"),
        (["12:30", "9:10"], "", "pass --type a=time"),
        (["29.02.2024"], "", "pass --type a=date:dmy"),
        (["02/29/2024"], "", "pass --type a=date:mdy"),
        (["30/30/2024"], "", ""),
        (["+4930", "+4931"], "'+4930' has a plus sign", ""),
        (["1", "007"], "'007' has a leading zero", ""),
        (["03/02/2024", "13/02/2024"], "", "--type a=date:dmy or --type a=date:mdy"),
        (["3.2.2024 10:00"], "", "types={'a': 'timestamp:dmy'} or types={'a': 'timestamp:mdy'}"),
        (
            ["2024-02-29T12:00:00Z", "2024-02-29T12:00:00+01:00"],
            "",
            "but not its offset. To use it, pass types={'a': 'timestamptz'}",
        ),
        (["2024-02-29T12:00:00", "2024-02-29T12:00:00.25"], "", "would lose the fraction"),
        (["a"], "", ""),
        (
            ["1", "2,5"],
            "'2,5' has a decimal comma",
            "'2,5' may be a number. To read the column as numbers, pass decimal=','",
        ),
        (["1.234,5", "2"], "thousands separator", "pass --decimal ',' --thousands '.'"),
        (["1,234.5", "2"], "thousands separator", "pass thousands=','"),
        (["1,234"], "thousands separator", "pass --decimal ',' or --thousands ','"),
        (["1,5", "n/a"], "'n/a' is not a number with a decimal comma", "null=['n/a']"),
        (["1,50", "01,5"], "", ""),
        (["1" * 16_001], "", ""),
    ],
)
def test_why_a_column_is_of_its_type(texts: list[str], why: str, note: str) -> None:
    guess = Guess()
    guess.add(pa.array(texts), ["anything"])
    assert why in guess.why()
    note_of_a = "a: " + guess.note("a")
    told = f"{note_of_a}\n{for_shell(note_of_a)}"
    assert note in told
    assert bool(note) == bool(guess.note("a"))


@pytest.mark.parametrize(
    ("options", "texts", "wanted", "values"),
    [
        ({"decimal": ","}, ["1,10", "-0,5", "2"], "numeric", ["1.10", "-0.5", "2"]),
        ({"decimal": ","}, ["0,12345678901234567890"], "numeric", ["0.12345678901234567890"]),
        ({"decimal": ","}, ["7", "-12"], "int64", [7, -12]),
        (
            {"decimal": ",", "thousands": "."},
            ["1.234.567,8", "1234", "-1.000"],
            "numeric",
            ["1234567.8", "1234", "-1000"],
        ),
        ({"decimal": ",", "thousands": "."}, ["1.000", "2"], "int64", [1000, 2]),
        ({"thousands": ","}, ["1,234.50"], "numeric", ["1234.50"]),
        ({"thousands": "'"}, ["1'234.5"], "numeric", ["1234.5"]),
        ({"decimal": ",", "thousands": " "}, ["1 234,5"], "numeric", ["1234.5"]),
        ({"decimal": ",", "thousands": "\u202f"}, ["1\u202f234,5"], "numeric", ["1234.5"]),
        ({"decimal": "·"}, ["1·5"], "numeric", ["1.5"]),
        *(
            ({"decimal": ",", "thousands": "."}, ["1,5", text], "text", ["1,5", text])
            for text in "1.5 12.34,5 1.2345 .123 0.123 1.234.56 1,5,0 1,234.5 +1,5 01,5 1, ,5 -0 1e5 1,5e3 1_0 1.".split()
        ),
        *(({"decimal": ","}, [text], "text", [text]) for text in "1.5 1.000,5 1.234".split()),
        ({"decimal": ","}, ["2024-02-29"], "date", ["2024-02-29"]),
    ],
)
def test_numbers_in_another_notation_are_read_exactly_or_stay_text(
    options: dict[str, str], texts: list[str], wanted: str, values: list[Any]
) -> None:
    rows = "".join(f'"{text}"|x\n' for text in texts)
    kinds, found = table(io.BytesIO(f"a|b\n{rows}".encode()), **options)
    assert (kinds["a"], [row["a"] for row in found]) == (wanted, values)


def test_the_notation_is_that_of_types_that_are_asked_for_as_well() -> None:
    def read(text: str, kind: str, **options: str) -> Any:
        return table(io.BytesIO(f"a;b\n{text};x\n".encode()), {"a": kind}, **options)[1][0]["a"]

    for kind in ("numeric", "decimal(9, 2)", "float8"):
        assert float(read("1,50", kind, decimal=",")) == 1.5
        assert float(read("+1,5e1", kind, decimal=",")) == 15
        with pytest.raises(errors.DoesNotFit, match=r"'1\.50' in the file, line 2"):
            read("1.50", kind, decimal=",")
        with pytest.raises(errors.DoesNotFit, match="'1,50' in the file, line 2") as failed:
            read("1,50", kind)
        assert "--decimal ','" in errors.for_shell(failed.value.hint or "")
    assert read("1.000", "int64", decimal=",", thousands=".") == 1000
    assert (read("1,50", "text", decimal=","), read("1,50", "text")) == ("1,50", "1,50")
    assert read("NaN", "numeric", decimal=",") == "NaN"


def test_commas_between_digits_are_no_delimiters_where_they_are_decimal() -> None:
    data = b"a;b\n1,5;2,25\n3,5;4\n"
    assert table(io.BytesIO(data), decimal=",")[1] == [{"a": "1.5", "b": "2.25"}, {"a": "3.5", "b": "4"}]
    assert table(io.BytesIO(b"a\n1,5\n2,25\n"), decimal=",")[1] == [{"a": "1.5"}, {"a": "2.25"}]
    assert table(io.BytesIO(b'a,b\n"1,5",x\n'), decimal=",")[1] == [{"a": "1.5", "b": "x"}]


@pytest.mark.parametrize(
    "options", [{"decimal": ",,"}, {"decimal": "5"}, {"thousands": "."}, {"decimal": " "}, {"thousands": ""}]
)
def test_a_notation_that_can_not_be_is_refused(options: dict[str, str]) -> None:
    with pytest.raises(errors.InvalidArgument, match=r"decimal|thousands"):
        ReadOptions(**options)


def test_a_type_that_is_asked_for_is_read_in_one_way() -> None:
    def read(text: str, kind: str) -> Any:
        return table(io.BytesIO(f'a,b\n"{text}",x\n'.encode()), {"a": kind})[1][0]["a"]

    assert read("03/02/2024", "date:dmy") == "2024-02-03"
    assert read("03/02/2024", "date:mdy") == "2024-03-02"
    assert read("2024.2.3", "date:ymd") == "2024-02-03"
    assert read("3.2.2024 10:00", "timestamp:dmy").startswith("2024-02-03 10:00:00")
    assert read("+5", "int64") == 5
    assert read("1.10", "float8") == 1.1
    assert read("1E5", "numeric") == "1E5"
    for text, kind in [
        ("0x1F", "int64"), ("1_000", "int32"), ("0x1F", "float8"), ("1_0", "float8"), ("0x1F", "numeric"), ("1 000", "numeric"),
        ("31/02/2024", "date:dmy"), ("03/02/24", "date:dmy"), ("03/02/2024 10:00", "date:dmy"), ("03/02-2024", "date:dmy"),
        ("03/02/2024", "timestamp:dmy"), ("03/02/2024", "date"),
    ]:  # fmt: skip
        with pytest.raises(errors.DoesNotFit, match="'a' holds"):
            read(text, kind)


def table(data: Any, types: dict[str, str] | None = None, **how: Any) -> tuple[dict[str, str], list[dict[str, Any]]]:
    came = incoming(data, ReadOptions(**how), types or {})
    found = came.types(types or {}, {})
    rows = [json.loads(row) for batch in came.batches(found) for row in packed(batch, found)]
    return {name: str(kind) for name, kind in found.items()}, rows


def test_rows_before_the_first_column() -> None:
    rows = table([*[{}] * 5000, {"a": 1}])[1]
    assert (len(rows), rows[0], rows[-1]) == (5001, {"a": None}, {"a": 1})


def test_csv_as_people_write_it() -> None:
    for text, encoding in (("ä;b\r\n1;é\r\n", "utf-8-sig"), ("sep=;\nä;b\n1;é\n", "utf-8"), ("ä\tb\n1\té\n", "utf-16")):
        assert table(io.BytesIO(text.encode(encoding))) == ({"ä": "int64", "b": "text"}, [{"ä": 1, "b": "é"}])
    assert table(io.BytesIO("ä;b\n1;é\n".encode("cp1252")), encoding="cp1252")[1] == [{"ä": 1, "b": "é"}]
    assert table(io.BytesIO(b"a\n1\n\n2\n"))[1] == [{"a": 1}, {"a": None}, {"a": 2}]
    assert table(io.BytesIO(b'"a\nb",a,a,_id\n1,"x\ny","",\n'))[1] == [{"a b": 1, "a": "x\ny", "a 2": "", "id": None}]
    with pytest.raises(errors.InvalidArgument, match="cp1252"):
        table(io.BytesIO("ä;b\n1;é\n".encode("cp1252")))


def test_json_with_nul_can_go_as_text() -> None:
    rows = [{"a": {"k": "x\0"}}, {"a": {"k": "\\u0000"}}]
    assert table(rows, types={"a": "text"})[1] == [{"a": '{"k":"x\\u0000"}'}, {"a": '{"k":"\\\\u0000"}'}]
    assert table(rows[1:])[1] == [{"a": {"k": "\\u0000"}}], "a backslash and digits"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (io.BytesIO(b'{"a":1}\n{"a":tru}\n'), "line 2: invalid JSON"),
        (io.BytesIO(b'[{"a":1},\n5]'), "line 2 is not a row"),
        ([{"a": object()}], "can't be stored in a table"),
        ([{"a": "\ud800"}], "unpaired surrogate"),
        ([{"a\ud800": "x"}], "name of column 1, .* an unpaired surrogate"),
        ([{"a": {"k": "x\ud800"}}], "unpaired surrogate in row 1"),
        (pd.DataFrame({"a": ["x\0"]}), "NUL in row 1"),
        ([{"a": {"k": "x"}}, {"a": {"k": ["\\", "\\\0"]}}], r"JSON with the character NUL \(\\u0000\) in row 2"),
        (io.BytesIO(b'{"a":["x"]}\n{"a":["\\u0000"]}\n'), "NUL .*in the file, line 2"),
        (pa.table({"a": [{"k": "x\0"}]}), "NUL .*in row 1"),
        (pa.table({"a": [b"x"]}), "CKAN has no type"),
        (pd.DataFrame({"a": pd.to_datetime(["2024-01-01 00:00:00.000000001"])}), "is not a valid timestamp"),
        (pa.table({"a": pa.array([-800_000], pa.int32()).cast(pa.date32())}), "is not a valid date"),
        ({"a": [1, 2], "b": [1]}, "differ in length"),
        (5, "type int is not a table"),
        (pd.DataFrame({"a": [1]}).groupby("a"), "DataFrameGroupBy is not a table"),
        (pl.DataFrame({"a": [1]}).group_by("a"), "GroupBy is not a table"),
        ({"a": 1}, "The column 'a' of the dict is 1, and no list of values"),
        ({"a": "xy"}, "The column 'a' of the dict is 'xy', and no list"),
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
        {"h": "numeric", "d": "decimal(5, 2)", "s": "json", "m": "json"},
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


def test_geojson_keeps_what_has_one_name() -> None:
    point = {"type": "Point", "coordinates": [1, 2]}
    features = [
        {"type": "Feature", "id": 7, "properties": {"geometry": "x", "a": 1}, "geometry": point},
        {"type": "Feature", "id": 8, "properties": {"id": "p"}, "geometry": None, "bbox": [1, 2, 3, 4]},
        {"type": "Feature", "properties": None, "geometry": point},
    ]
    collection = io.BytesIO(json.dumps({"type": "FeatureCollection", "features": features}).encode())
    collection.name = "a.geojson"
    assert table(collection)[1] == [
        {"feature id": 7, "properties.geometry": "x", "a": 1, "geometry": point, "id": None, "bbox": None},
        {"feature id": 8, "properties.geometry": None, "a": None, "geometry": None, "id": "p", "bbox": [1, 2, 3, 4]},
        {"feature id": None, "properties.geometry": None, "a": None, "geometry": point, "id": None, "bbox": None},
    ]
    lines = io.BytesIO("\n".join(map(json.dumps, features[:1])).encode())
    lines.name = "a.jsonl"
    assert table(lines)[1] == [{"id": 7, "properties.geometry": "x", "a": 1, "geometry": point}]
    (found,) = table(CASES / "geo_clash.geojson")[1][:1]
    assert found["properties.geometry"] == "x"
    assert "1.1234567890123456789" in found["geometry"], "CKAN would cut this number in JSON"
