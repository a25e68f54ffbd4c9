"""Types, CSV as PostgreSQL writes it, and Arrow's columns: without a portal."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuckan import errors
from tuckan.tables.arrow import batch_of
from tuckan.tables.downcasting import Figures
from tuckan.tables.spool import Spool
from tuckan.tables.types import named, of_column
from tuckan.tables.values import rows_of
from tuckan.wire import postgres_csv
from tuckan.wire.rows import RowsPage

TEXTS = st.none() | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


def csv(rows: list[list[Any]]) -> bytes:
    """Rows as PostgreSQL's COPY writes them."""

    def cell(value: Any) -> str:
        if value is None:
            return ""
        text = str(value)
        return '"' + text.replace('"', '""') + '"' if text == "" or set(text) & set('",\n\r') else text

    return "".join(",".join(map(cell, row)) + "\n" for row in rows).encode()


@given(st.lists(st.lists(TEXTS, min_size=3, max_size=3), min_size=1))
def test_csv_comes_back_as_it_was(cells: list[list[str | None]]) -> None:
    rows = [[number, *row] for number, row in enumerate(cells, 5)]
    data = csv(rows)
    page = RowsPage(data, 100)
    assert (page.rows, page.first, page.last) == (len(rows), 5, 4 + len(rows))
    assert [[int(row[0] or 0), *row[1:]] for row in postgres_csv.rows(data.decode())] == rows
    types = dict.fromkeys(["a", "b", "c"], named("text"))
    assert [list(row.values()) for row in batch_of(data, types).to_pylist()] == cells


@given(
    st.lists(st.none() | st.decimals(allow_nan=True, allow_infinity=False) | st.integers().map(Decimal), min_size=1),
    st.booleans(),
)
def test_numbers_lose_no_digit(numbers: list[Decimal | None], mapped: bool) -> None:
    texts = [None if one is None else "NaN" if one.is_nan() else f"{one:f}" for one in numbers]
    spool = Spool({"n": named("numeric")}, mapped=mapped)
    for start in range(0, len(texts), 3):
        spool.add(csv([[number, text] for number, text in enumerate(texts[start : start + 3], 1)]))
    spool.close()
    back = pa.Table.from_batches(list(spool.batches()))["n"].to_pylist()
    kind = spool.types["n"]
    for text, value in zip(texts, back, strict=True):
        if text is None or text == "NaN":
            assert value is None or str(value).lower() == "nan"
        else:
            assert Decimal(str(value)) == Decimal(text), kind


@pytest.mark.parametrize(
    ("texts", "wanted"),
    [
        ([None], "float64"),
        (["1", "-9223372036854775808"], "int64"),
        (["1", "9223372036854775808"], "decimal(19, 0)"),
        (["1", None, "2.50"], "float64"),
        (["0.1", "NaN", "Infinity"], "float64"),
        (["123456789012345.67", "1"], "decimal(17, 2)"),
        (["1234567890123456", "0.5"], "decimal(17, 1)"),
        (["1" * 38], "decimal(38, 0)"),
        (["1" * 39], "text"),
        (["1" * 20, "NaN"], "text"),
        (["0." + "0" * 400 + "1"], "text"),
        (["-0.000001", "-12.5"], "float64"),
    ],
)
def test_numeric_becomes_the_smallest_type_that_loses_nothing(texts: list[str | None], wanted: str) -> None:
    figures = Figures()
    for text in texts:
        figures.add(pa.array([text], pa.string()))
    assert str(figures.type()) == wanted


def test_every_type_has_a_name_and_a_way_back() -> None:
    for name in "text bool int16 int32 int64 float32 float64 date time timestamp timestamptz json numeric".split():
        assert str(named(name)) == name
        assert str(of_column(named(name).of_ckan)) == name
        assert str(of_column(named(f"list<{name}>").of_ckan)) == f"list<{name}>"
    assert str(named("decimal(12, 2)")) == str(named("numeric(12,2)")) == "decimal(12, 2)"
    for wrong in ("", "strange", "decimal(99, 2)", "list<>", "list<strange>"):
        with pytest.raises(errors.InvalidArgument, match="not the type"):
            named(wrong)


def test_what_postgresql_writes_and_arrow_does_not_read() -> None:
    types = {"b": named("bool"), "z": named("timestamptz"), "t": named("time"), "l": named("list<numeric>")}
    batch = batch_of(
        csv([[1, "t", "1850-01-01 00:00:00+00:53:28", "23:59:59.5", "[1.50, null]"], [2, *[None] * 4]]), types
    )
    first, second = batch.to_pylist()
    assert (first["b"], first["l"]) == (True, ["1.50", None])
    assert first["z"] == datetime(1849, 12, 31, 23, 6, 32, tzinfo=UTC)
    assert first["t"].microsecond == 500_000
    assert set(second.values()) == {None}


@pytest.mark.parametrize(
    ("kind", "text"),
    [("date", "infinity"), ("timestamp", "0044-03-15 BC"), ("int32", "2147483648"), ("bool", "maybe"), ("list<int32>", "[[1]]"),
     ("decimal(3, 1)", "1.23"), ("float64", "x"), ("time", "24:00:00"), ("date", "")],
)  # fmt: skip
def test_a_value_that_does_not_fit_is_named(kind: str, text: str) -> None:
    with pytest.raises(errors.DoesNotFit, match="_id 8") as caught:
        batch_of(csv([[7, None], [8, text]]), {"c": named(kind)})
    assert (caught.value.column, caught.value.value) == ("c", text)


def test_in_rows_of_python_such_a_value_stays_text() -> None:
    rows = rows_of(iter([["1", "infinity"], ["2", "2024-02-29"]]), ["_id", "d"], [named("int32"), named("date")])
    assert list(rows) == [{"_id": 1, "d": "infinity"}, {"_id": 2, "d": date(2024, 2, 29)}]
