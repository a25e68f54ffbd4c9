"""Tables into a real DataStore: every value as it was, every row once, whatever the network and the process do."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from datetime import time as clock
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.tables.conftest import DATASET

from tuckan import AsyncClient, Client, ReadOptions, errors
from tuckan.errors import for_shell
from tuckan.jobs.folder import files_of, path_of
from tuckan.push import batches, ledger
from tuckan.tables.naming import acceptable
from tuckan.wire.retry import RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.shell import Shell

    from tuckan.sandbox import Sandbox

QUICK = RetryPolicy(attempts=4, base=0.01, longest=0.05, budget=20)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
MOMENTS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30))  # noqa: DTZ001
NUMBERS = st.floats(allow_nan=False)
LEAVES = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT
COLUMNS: dict[str, tuple[pa.DataType, st.SearchStrategy[Any]]] = {
    "text": (pa.string(), TEXT),
    "int16": (pa.int16(), st.integers(-(2**15), 2**15 - 1)),
    "int32": (pa.int32(), st.integers(-(2**31), 2**31 - 1)),
    "int64": (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "float32": (pa.float32(), st.floats(width=32, allow_nan=False)),
    "float64": (pa.float64(), NUMBERS),
    "bool": (pa.bool_(), st.booleans()),
    "decimal": (pa.decimal128(38, 12), st.decimals(-(10**20), 10**20, places=12)),
    "date": (pa.date32(), st.dates()),
    "time": (pa.time64("us"), st.times()),
    # CKAN itself cuts fractions of a second when it gives a timestamp; not so those with a zone.
    "timestamp": (pa.timestamp("us"), MOMENTS.map(lambda one: one.replace(microsecond=0))),
    "timestamptz": (pa.timestamp("us", "UTC"), MOMENTS.map(lambda one: one.replace(tzinfo=UTC))),
    "texts": (pa.list_(pa.string()), st.lists(st.none() | TEXT, max_size=3)),
    "ints": (pa.list_(pa.int64()), st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), max_size=3)),
    "floats": (pa.list_(pa.float64()), st.lists(NUMBERS, max_size=3)),
    "bools": (pa.list_(pa.bool_()), st.lists(st.none() | st.booleans(), max_size=3)),
    "dates": (pa.list_(pa.date32()), st.lists(st.dates(), max_size=3)),
    "moments": (pa.list_(pa.timestamp("us", "UTC")), st.lists(MOMENTS.map(lambda one: one.replace(tzinfo=UTC)), max_size=2)),
}  # fmt: skip
SCHEMA = pa.schema([(name, kind) for name, (kind, _) in COLUMNS.items()])
ROWS = st.lists(st.fixed_dictionaries({name: st.none() | values for name, (_, values) in COLUMNS.items()}), max_size=4)
HYPOTHESIS = {"deadline": None, "suppress_health_check": list(HealthCheck)}

Push = "Callable[..., Any]"


@pytest.fixture(autouse=True)
def small_parts_and_soon_calm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few rows are many parts, and what has not arrived after half a second is lost: this portal is quick."""
    monkeypatch.setattr(batches, "MOST_ROWS", 500)
    monkeypatch.setattr(ledger, "CALM", 0.5)
    monkeypatch.setattr(ledger, "LEAST_LOOKED", 0.5)


@pytest.fixture
def client(proxy: Any, ckan_sandbox: Sandbox) -> Iterator[Client]:
    """A client behind the fault proxy."""
    with Client(proxy.url, ckan_sandbox.token(), retries=QUICK, progress=False) as ckan:
        ckan.portal.whoami()
        yield ckan


@pytest.fixture
def push(client: Client, make: Any) -> Callable[..., Any]:
    """Pushes into a resource of its own, to the end, and gives the job."""

    def pushed(data: Any, resource: str | None = None, **wish: Any) -> Any:
        where = {} if resource else {"dataset": DATASET, "name": wish.pop("name", f"pushed {time.time_ns()}")}
        job = client.datastore.push(data, resource, **where, **wish)
        report = job.run()
        assert report.complete, f"{report}"
        return job

    return pushed


def rows_of(client: Client, table: str, sort: str | None = None) -> list[dict[str, Any]]:
    found = client.datastore.pull(table, sort=sort).to_arrow().to_pylist()
    return list(found)


# -- every value as it was --


@settings(max_examples=5, **HYPOTHESIS)
@given(rows=ROWS)
def test_every_type_goes_there_and_back(push: Any, ckan_client: Client, rows: list[dict[str, Any]]) -> None:
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    job = push(table)
    # How many digits a decimal has must be said; CKAN's `numeric` does not keep it.
    back = ckan_client.datastore.pull(job.resource, types={"decimal": "decimal(38, 12)"}).to_arrow()
    assert back.schema == SCHEMA
    assert back.equals(table)


JSON = st.recursive(
    LEAVES, lambda inside: st.lists(inside, max_size=3) | st.dictionaries(TEXT, inside, max_size=3), max_leaves=6
)
OBJECTS = st.lists(
    st.dictionaries(TEXT, JSON, max_size=3) | st.lists(JSON, max_size=2) | st.none(), min_size=1, max_size=4
)


@settings(max_examples=5, **HYPOTHESIS)
@given(values=OBJECTS)
def test_json_goes_there_and_back(push: Any, ckan_client: Client, values: list[Any]) -> None:
    job = push([{"n": n, "value": value} for n, value in enumerate(values)])
    back = ckan_client.datastore.pull(job.resource).to_arrow()["value"].to_pylist()
    assert [one and json.loads(one) for one in back] == [
        one if one is None else json.loads(json.dumps(one)) for one in values
    ]


NAMES = st.lists(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=70), min_size=1, max_size=6
)


OF_POSTGRESQL = [
    *("_id", "_full_text", "tableoid", "oid", "", " ", "a", "a", " a", "Name", "name", "NAME", "rank", "select"),
    *("x" * 63 + "1", "x" * 63 + "2", "x" * 63, "ä" * 40, "ä" * 41, "z" * 100_000),
]


@settings(max_examples=3, **HYPOTHESIS)
@given(names=NAMES)
@example(
    names=[
        "# of rooms",
        "C#",
        ":a",
        "a :b",
        "12:30",
        "::",
        "%s",
        "%(a)s",
        "--",
        "/*",
        ";",
        "$a$",
        "'",
        "\\",
        "{0}",
        "?",
    ]
)
@example(names=OF_POSTGRESQL)
def test_any_names_are_made_acceptable_and_stay_as_labels(push: Any, ckan_client: Client, names: list[str]) -> None:
    job = push(pa.table([[place] for place, _ in enumerate(names)], names=names))
    fields = ckan_client.datastore.info(job.resource)["fields"]
    assert [(one.get("info") or {}).get("label", one["id"]) for one in fields] == names
    assert ckan_client.datastore.pull(job.resource).to_arrow().to_pylist() == [
        {name: place for place, name in enumerate(acceptable(names))}
    ]


def test_frames_come_back_with_their_dtypes(push: Any, ckan_client: Client) -> None:
    frame = pd.DataFrame(
        {
            "whole": [1, 2, 3],
            "some": pd.array([1, None, 3], dtype="Int64"),
            "part": [0.1, float("nan"), 1e300],
            "yes": [True, False, True],
            "text": ["", None, "ä\n😀"],
            "at": pd.to_datetime(["2024-02-29 12:00:00", None, "1999-01-01"], format="ISO8601").astype(
                "datetime64[us]"
            ),
        }
    )
    back = ckan_client.datastore.pull(push(frame).resource).to_pandas()
    pd.testing.assert_frame_equal(back, frame)
    frame = pl.DataFrame({"a": [1, None], "b": ["x", ""], "c": [0.5, float("inf")], "d": [date(2024, 2, 29), None]})
    assert ckan_client.datastore.pull(push(frame).resource).to_polars().equals(frame)
    assert ckan_client.datastore.pull(push(frame.lazy()).resource).to_polars().equals(frame)


def test_what_python_has_for_rows(push: Any, ckan_client: Client) -> None:
    rows = [
        {"n": 1, "d": Decimal("0.10"), "at": datetime(2024, 2, 29, 12, tzinfo=UTC), "day": date(2024, 1, 1), "o": clock(12, 30), "mixed": 1},
        {"n": None, "d": None, "late": "007", "mixed": {"a": 1}},
    ]  # fmt: skip
    job = push(rows)
    assert job.types == {
        "n": "int64", "d": "numeric", "at": "timestamptz", "day": "date", "o": "time", "mixed": "text", "late": "text",
    }  # fmt: skip
    first, second = ckan_client.datastore.iter(job.resource)
    assert (first["d"], first["at"], first["mixed"], second["mixed"], second["late"]) == (
        0.1,
        rows[0]["at"],
        "1",
        '{"a":1}',
        "007",
    )
    columns = push({"a": [1, 2], "b": [{"k": 1}, {"other": 2}]})
    back = rows_of(ckan_client, columns.resource)
    assert [json.loads(row["b"]) for row in back] == [{"k": 1}, {"other": 2}], "no object gets the keys of another"


def test_rows_before_the_first_column_are_rows(push: Any, ckan_client: Client) -> None:
    job = push([*({} for _ in range(15)), {"a": 1}, {}])
    assert rows_of(ckan_client, job.resource, "_id") == [*({"a": None} for _ in range(15)), {"a": 1}, {"a": None}]


def test_more_columns_than_postgresql_takes_are_refused_before_anything_is_sent(client: Client, make: Any) -> None:
    table = make({"n": "int4"}, [{"n": 1}])
    with pytest.raises(errors.InvalidArgument, match="1,599 columns, and a table of the DataStore has 1,598 at most"):
        client.datastore.push([{f"c{n}": 1 for n in range(1599)}], table)
    assert rows_of(client, table) == [{"n": 1}]


def test_cells_that_are_large(push: Any, ckan_client: Client, client: Client) -> None:
    large = "words and " * 1_000_000
    job = push([{"n": 1, "a": large}, {"n": 2, "a": "x"}])
    assert [row["a"] for row in rows_of(ckan_client, job.resource, "n")] == [large, "x"]
    refused = client.datastore.push([{"n": 3, "a": " ".join(map(str, range(200_000)))}], job.resource, mode="append")
    assert "too long for tsvector" in f"{refused.run()}"
    assert [row["n"] for row in rows_of(ckan_client, job.resource, "n")] == [1, 2]


def test_no_rows_and_many_columns(push: Any, ckan_client: Client) -> None:
    empty = push(pd.DataFrame({"a": pd.Series(dtype="int32"), "b": pd.Series(dtype="str")}))
    assert ckan_client.datastore.pull(empty.resource).schema() == {"a": "int32", "b": "text"}
    wide = pd.DataFrame({f"c{n}": [n, None] for n in range(1000)})
    job = push(wide, types=dict.fromkeys(wide.columns, "int32"))
    back = ckan_client.datastore.pull(job.resource).to_pandas()
    assert back.shape == (2, 1000)
    assert back["c999"].tolist() == [999, pd.NA]
    assert set(job.types.values()) == {"int32"}


# -- files --

SAMPLE = [
    {"a": 1, "b": "x", "c": 0.5, "day": date(2024, 2, 29), "zip": "01234"},
    {"a": None, "b": "", "c": 1.5, "day": None, "zip": "98765"},
]


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "tsv", "json", "jsonl", "parquet", "arrow", "xlsx", "duckdb"])
def test_files_of_every_kind(push: Any, ckan_client: Client, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"rain.{ending}"
    written(path, pd.DataFrame(SAMPLE).astype({"a": "Int64"}))
    job = push(path)
    fractions = (
        "numeric" if ending in ("csv", "csv.gz", "tsv", "json", "jsonl") else "float64"
    )  # text says how many digits it has
    assert job.types == {"a": "int64", "b": "text", "c": fractions, "day": "date", "zip": "text"}
    back = rows_of(ckan_client, job.resource)
    blank = None if ending in ("xlsx", "tsv") else ""  # pandas writes empty text like no text there
    assert back == [SAMPLE[0], {**SAMPLE[1], "b": blank}]


def written(path: Path, frame: pd.DataFrame) -> None:
    table = pa.Table.from_pandas(frame, preserve_index=False)
    as_text = frame.assign(day=[None if one is None else str(one) for one in frame["day"]])
    if path.suffix in (".csv", ".gz"):
        text = 'a,b,c,day,zip\n1,x,0.5,2024-02-29,01234\n,"",1.5,,98765\n'
        if path.suffix == ".gz":
            import gzip  # noqa: PLC0415 - for this one

            path.write_bytes(gzip.compress(text.encode()))
        else:
            path.write_text(text)
    elif path.suffix == ".tsv":
        frame.to_csv(path, sep="\t", index=False)
    elif path.suffix in (".json", ".jsonl"):
        as_text.to_json(path, orient="records", lines=path.suffix == ".jsonl")
    elif path.suffix == ".parquet":
        pa.parquet.write_table(table, path)
    elif path.suffix == ".arrow":
        pa.feather.write_feather(table, str(path))
    elif path.suffix == ".xlsx":
        frame.to_excel(path, index=False)
    else:
        import duckdb  # noqa: PLC0415 - for this one

        with duckdb.connect(str(path)) as database:
            database.register("rows", table)
            database.execute("CREATE TABLE rain AS SELECT * FROM rows")


def test_data_comes_first(ckan_client: Client) -> None:
    resource: Any = [{"n": 1}]
    with pytest.raises(errors.InvalidArgument, match="not by a list") as caught:
        ckan_client.datastore.push("3f2a9c1e-7d60-4b1f-8a51-0c9d2e6b7f43", resource)
    assert "push(data, resource)" in caught.value.hint


def test_a_plan_shows_the_first_rows_as_they_will_stand_in_the_table(
    ckan_client: Client, make: Any, tmp_path: Path
) -> None:
    path = tmp_path / "rain.txt"
    path.write_text("Rain of 2024\nday|_id|mm|at\n03/02/2024|007|1.10|2024-01-01 10:00:00.5\n04/02/2024||n/a|\n")
    read = ReadOptions(delimiter="|", header_row=2, null=["n/a"])
    job = ckan_client.datastore.push(
        path, dataset=DATASET, name="plan", read=read, types={"day": "date:dmy", "at": "timestamp"}, dry_run=True
    )
    assert [tuple(one.values()) for one in job.columns] == [
        ("day", "day", "date", "as asked for"),
        ("id", "_id", "text", "'007' has a leading zero"),
        ("mm", "mm", "numeric", "decimals"),
        ("at", "at", "timestamp", "as asked for"),
    ]
    assert [list(row.values())[:3] for row in job.preview] == [
        ["2024-02-03", "007", "1.10"],
        ["2024-02-04", None, None],
    ]
    notes = "; ".join(map(for_shell, job.notes))
    assert "Renamed, with the original name as the label: '_id' to 'id'" in notes
    assert "at: CKAN returns at most milliseconds of a timestamp" in notes
    assert "pass types=" not in notes, "each reader gets the own form, also from the journal"
    job.close()


NASTY = ["1.10", "0.5", "-0", "007", "+33 1", "1E5", "1.", "2024-02-29", "2024-02-29T10:00:00", "2024-02-29T10:00:00+02:00", "24:00", "true",
         "t", "NaN", "12:30", "10:00:00", "10:00:00.5", "2024-02-29T10:00:00.25Z", "9" * 25, "0." + "1" * 30, " x ", "a\nb", 'say "x"', "=1+1", "\u2028", "é😀", "\\", "NULL", "{}", "'"]  # fmt: skip
NUMBER = st.from_regex(r"-?(0|[1-9][0-9]{0,20})([.][0-9]{1,20})?", fullmatch=True)


def _has_one_spelling(text: str) -> bool:
    """Neither blank nor a word or date that a table may give back in another spelling: `False` as `false`."""
    return re.fullmatch(r"|true|false|\d{4}-\d\d-\d\d.*", text, re.IGNORECASE) is None


@settings(max_examples=4, **HYPOTHESIS)
@given(data=st.data())
def test_text_comes_back_as_it_was_written(push: Any, ckan_client: Client, tmp_path: Path, data: Any) -> None:
    """Cell by cell, whatever types its columns got."""
    cells = st.none() | st.sampled_from(NASTY) | TEXT.filter(_has_one_spelling)
    columns = [
        data.draw(st.lists(kind, min_size=3, max_size=3))
        for kind in (*([cells] * 4), NUMBER, NUMBER, st.none() | st.integers().map(str), *map(st.just, NASTY))
    ]
    rows = list(zip(*columns, strict=True))
    path, out = tmp_path / "nasty.csv", tmp_path / "out.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerow([f"c{number}" for number in range(len(columns))])
        for row in rows:
            file.write(",".join("" if one is None else '"' + one.replace('"', '""') + '"' for one in row) + "\n")
    table = push(path, in_order=True).resource
    ckan_client.datastore.pull(table).to_csv(out)
    with out.open(encoding="utf-8", newline="") as file:
        back = list(csv.reader(file))[1:]
    assert back == [[one or "" for one in row] for row in rows]


def test_geojson(push: Any, ckan_client: Client, tmp_path: Path) -> None:
    point = {"type": "Point", "coordinates": [1.5, -2]}
    feature = {"type": "Feature", "id": 7, "properties": {"name": "Lyne"}, "geometry": point}
    path = tmp_path / "points.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    (row,) = rows_of(ckan_client, push(path).resource)
    assert (row["id"], row["name"], json.loads(row["geometry"])) == (7, "Lyne", point)


@pytest.mark.parametrize(
    ("text", "wish", "said"),
    [
        ("a,b\n1,2\n1\n", {}, "rain.csv, line 3: it has 1 cell, but the header has 2"),
        ("a\n1\nx\n", {"types": {"a": "int64"}}, "'a' holds 'x' in rain.csv, line 3, which is not a valid int64"),
        ("a\n1\n1\n", {"key": "a"}, "rain.csv, line 3: it has the same key (a 1) as rain.csv, line 2"),
        ("a,b\n1,\n", {"key": "b"}, "rain.csv, line 2: the key's 'b' is empty"),
        ("a\n1\n", {"key": "z"}, "no column 'z' for the key"),
        ("a\n1\n", {"types": {"z": "text"}}, "column 'z', which rain.csv does not have"),
        ("a\n1\n", {"mode": "strange"}, "mode='strange'"),
        ("a\n1\n", {"mode": "upsert"}, "the table has none"),
        ("", {}, "rain.csv has no columns"),
    ],
)
def test_what_is_wrong_is_named_before_anything_is_sent(
    client: Client, make: Any, proxy: Any, tmp_path: Path, text: str, wish: dict[str, Any], said: str
) -> None:
    table = make({"a": "text"})
    path = tmp_path / "rain.csv"
    path.write_text(text)
    proxy.seen.clear()
    with pytest.raises((errors.InvalidArgument, errors.DoesNotFit)) as caught:
        client.datastore.push(path, table, **wish)
    assert said in caught.value.message
    written = {"datastore_create", "datastore_upsert", "datastore_delete", "resource_create"}
    assert not written & {one.action for one in proxy.seen}
    assert not client.jobs.list()


# -- what becomes of the table that is there --


def test_replace_append_upsert_and_undo(push: Any, client: Client) -> None:
    first = push(
        pd.DataFrame({"k": [1, 2], "t": ["a", None], "l": [["x", None, 'q"'], None], "j": [{"a": 1.50}, None]}),
        key="k", indexes=["t"],
    )  # fmt: skip
    table = first.resource
    client.datastore.describe(table, {"t": {"label": "Text", "notes": "Words."}})
    client.datastore.create(table, aliases=f"alias_{time.time_ns()}", force=True)
    before, info = rows_of(client, table), client.datastore.info(table)
    push([{"k": 3, "t": "c"}], table, mode="append")
    push([{"k": 3, "t": "C"}, {"k": 4, "t": ""}], table, mode="upsert", key="k")
    assert [(row["k"], row["t"]) for row in rows_of(client, table, "k")] == [(1, "a"), (2, None), (3, "C"), (4, "")]
    client.datastore.delete(table, {"k": [3, 4]})
    again = push([{"k": "new", "t": "table"}], table)
    assert rows_of(client, table) == [{"k": "new", "t": "table"}]
    fields = {one["id"]: one.get("info") for one in client.datastore.info(table)["fields"]}
    assert fields["t"] == {"label": "Text", "notes": "Words."}, "the data dictionary stays"
    undoing = again.undo()
    assert undoing.run().complete
    assert rows_of(client, table) == before
    assert client.datastore.info(table)["meta"].get("aliases") == info["meta"].get("aliases")
    report = first.undo().run()
    assert report.failed == 1
    assert "is kept: its columns, their descriptions, its key or its aliases differ" in f"{report}"
    assert rows_of(client, table) == before


def test_the_name_of_a_resource_is_that_resource(push: Any, client: Client) -> None:
    name = f"by name {time.time_ns()}"
    first, second = push([{"a": 1}], name=name), push([{"a": 2}], name=name)
    assert first.resource == second.resource
    resource = client.resources.get(first.resource)
    assert (resource["url_type"], resource["format"], resource["datastore_active"]) == ("datastore", "CSV", True)
    assert rows_of(client, first.resource) == [{"a": 2}]
    linked = client.resources.create(DATASET, name=f"link {name}", url="https://example.org/rain.csv")
    with pytest.raises(errors.InvalidArgument, match="file or link of its own"):
        client.datastore.push([{"a": 1}], linked["id"])
    assert client.datastore.push([{"a": 1}], linked["id"], force=True).run().complete


def test_a_dry_run_lets_ckan_try(client: Client, make: Any) -> None:
    table = client.datastore.create(dataset=DATASET, columns={"a": "int32"}, primary_key="a")["resource_id"]
    client.datastore.upsert(table, [{"a": 1}])
    good = client.datastore.push([{"a": 2}], table, mode="append", dry_run=True)
    bad = client.datastore.push([{"a": 3}, {"a": 1}], table, mode="append", dry_run=True)
    assert (good.plan().refused, bad.plan().refused) == (0, 1)
    assert "duplicate key" in next(bad.failures()).reason
    assert rows_of(client, table) == [{"a": 1}]
    job = client.datastore.push([{"a": 3}, {"a": 1}], table, mode="append")
    report = job.run()
    assert report.failed == 2
    assert next(job.failures()).reason.startswith("row 2 of the rows: ")
    assert rows_of(client, table) == [{"a": 1}], "a part is written whole, or not at all"


def test_methods_on_tables(client: Client, make: Any) -> None:
    table = client.datastore.create(dataset=DATASET, name="By hand", columns={"a": "int32"})["resource_id"]
    client.datastore.create(table, {"b": "list<text>"}, primary_key="a", indexes=["b"])
    client.datastore.upsert(table, [{"a": n, "b": "{x}"} for n in range(5)])
    client.datastore.upsert(table, [{"a": 9}], dry_run=True)
    client.datastore.upsert(table, [{"a": 1, "b": "{y}"}], method="update")
    with pytest.raises(errors.ValidationError):
        client.datastore.upsert(table, [{"a": 9}], method="update")
    assert client.datastore.delete(table, {"a": [1, 2]}) == 2
    assert [row["a"] for row in rows_of(client, table)] == [0, 3, 4]
    for wrong in (
        lambda: client.datastore.delete(table, {}),
        client.datastore.create,
        lambda: client.datastore.describe(table, {"z": {}}),
        lambda: client.datastore.upsert(table, [], method="strange"),  # type: ignore[arg-type]
    ):
        with pytest.raises(errors.InvalidArgument):
            wrong()
    with pytest.raises(errors.Cancelled):
        client.datastore.drop(table, confirm=lambda record: record["rows"] == 4)
    client.datastore.drop(table, confirm=lambda record: record["rows"] == 3)
    with pytest.raises(errors.NotFound):
        client.datastore.info(table)


# -- every row once --

MANY, FEW = 20_000, 4000


def counted(rows: int) -> pa.Table:
    return pa.table({"n": list(range(rows)), "same": [1] * rows})


def numbers(ckan: Client, table: str) -> list[int]:
    return sorted(ckan.datastore.pull(table, columns=["n"]).to_arrow()["n"].to_pylist())


RESUMING = """
import os
from tuckan import Client
with Client(os.environ["PORTAL"], os.environ["TOKEN"], progress=False) as ckan:
    report = ckan.jobs.open("last").run()
    print(report)
    raise SystemExit(not report.complete)
"""


def test_killed_again_and_again_every_row_is_there_once(
    make: Any, proxy: Any, ckan_client: Client, ckan_sandbox: Sandbox
) -> None:
    table = make({"n": "int8"})
    with Client(proxy.url, ckan_sandbox.token()) as ckan:
        ckan.datastore.push(counted(MANY), table).close()
    variables = {**os.environ, "PORTAL": proxy.url, "TOKEN": ckan_sandbox.token()}
    for kill in range(1, 5):
        process = subprocess.Popen([sys.executable, "-c", RESUMING], env=variables)

        def end(_: Any, passed_on: Any, process: Any = process, number: int = kill * 7) -> Any:
            answer = passed_on()
            if len(proxy.calls("datastore_upsert")) >= number:
                process.kill()
            return answer

        proxy.always(end)
        assert process.wait() == -signal.SIGKILL, "it is killed in mid-push"
        proxy.always(None)
    last = subprocess.run([sys.executable, "-c", RESUMING], env=variables, capture_output=True, text=True, check=False)
    assert last.returncode == 0, last.stdout + last.stderr
    assert numbers(ckan_client, table) == list(range(MANY))
    assert {one.suffix for one in files_of(path_of("last"))} == {".sqlite", ".ledger", ".backup"}


@pytest.mark.parametrize("how", ["reset_after", "reset_before", "lost_behind_502"])
def test_answers_that_are_lost(make: Any, client: Client, proxy: Any, faults: Any, how: str) -> None:
    table, seen = make({"n": "int8"}), [0]

    def sometimes(one: Any, passed_on: Any) -> Any:
        if one.action != "datastore_upsert":
            return passed_on()
        seen[0] += 1
        return getattr(faults, how)(one, passed_on) if seen[0] % 4 == 0 else passed_on()

    proxy.always(sometimes)
    job = client.datastore.push(counted(FEW), table)
    report = job.run()
    proxy.always(None)
    assert report.complete, f"{report}"
    assert numbers(client, table) == list(range(FEW))


def test_parts_become_smaller(make: Any, client: Client, proxy: Any, faults: Any) -> None:
    for status, key in ((413, None), (504, None), (504, "n")):
        table = make({"n": "int8"})

        def large(one: Any, passed_on: Any, status: int = status) -> Any:
            refused = one.action == "datastore_upsert" and len(one.body) > 4_000
            return faults.status(status)(one, passed_on) if refused else passed_on()

        proxy.always(large)
        wish: dict[str, Any] = {"mode": "upsert", "key": key} if key else {}
        if key:
            client.datastore.create(table, primary_key=key, force=True)
        report = client.datastore.push(counted(2500).select(["n"]), table, **wish).run()
        proxy.always(None)
        assert report.complete, f"{report}"
        assert numbers(client, table) == list(range(2500))


def test_where_others_write_too_it_stops_and_sends_nothing_again(
    make: Any, client: Client, proxy: Any, ckan_client: Client
) -> None:
    table, sent = make({"n": "int8"}), [0]

    def disturbed(one: Any, passed_on: Any) -> Any:
        if one.action != "datastore_upsert":
            return passed_on()
        sent[0] += 1
        number = sent[0]
        answer = passed_on()
        if number == 1:
            ckan_client.datastore.upsert(table, [{"n": -1}], method="insert", force=True)
        return None if number == 1 else answer

    job = client.datastore.push(counted(FEW).select(["n"]), table)
    proxy.always(disturbed)
    report = job.run()
    proxy.always(None)
    assert not report.complete
    assert any("somebody else is writing to it" in entry.reason for entry in job.failures())
    there = numbers(client, table)
    assert len(there) == len(set(there)), "no row is there twice"


@pytest.mark.parametrize("kept", [0, 4])
def test_a_ledger_that_lost_its_last_lines_lets_nothing_be_sent_twice(
    make: Any, client: Client, proxy: Any, faults: Any, kept: int
) -> None:
    table = make({"n": "int8"})
    refused = faults.status(403, b'{"success": false, "error": {"__type": "Authorization Error"}}')

    def fourth(one: Any, passed_on: Any) -> Any:
        fails = one.action == "datastore_upsert" and len(proxy.calls("datastore_upsert")) >= 4
        return refused(one, passed_on) if fails else passed_on()

    job = client.datastore.push(counted(FEW).select(["n"]), table)
    proxy.always(fourth)
    assert not job.run().complete
    proxy.always(None)
    there = numbers(client, table)
    ledger = path_of(job.name).with_suffix(".ledger")
    ledger.write_bytes(b"".join(ledger.read_bytes().splitlines(keepends=True)[:kept]))
    sent = len(proxy.calls("datastore_upsert"))
    assert not job.run(retry_failed=True).complete
    assert len(proxy.calls("datastore_upsert")) == sent
    assert numbers(client, table) == there
    assert all(str(ledger) in entry.reason for entry in job.failures()), [entry.reason for entry in job.failures()]


def test_no_rows_go_into_a_table_that_was_not_made(make: Any, client: Client, proxy: Any, faults: Any) -> None:
    table = make({"n": "int8"}, [{"n": 7}])
    job = client.datastore.push([{"n": "seven"}], table)
    proxy.next(
        *[faults.status(403, b'{"success": false, "error": {"__type": "Authorization Error"}}')],
        action="datastore_delete",
    )
    report = job.run()
    assert (report.failed, report.skipped) == (1, 3), "the table, its rows and the proof build on the backup"
    assert rows_of(client, table) == [{"n": 7}]
    assert job.run(retry_failed=True).complete
    assert rows_of(client, table) == [{"n": "seven"}]


def test_asynchronously_and_in_order(ckan_sandbox: Sandbox, make: Any, ckan_client: Client) -> None:
    import asyncio  # noqa: PLC0415 - for this one

    async def pushed() -> tuple[str, str]:
        async with AsyncClient(ckan_sandbox.url, ckan_sandbox.token(), progress=False) as ckan:
            side_by_side = await ckan.datastore.push(counted(FEW), dataset=DATASET, name=f"async {time.time_ns()}")
            assert (await side_by_side.run()).complete
            in_order = await ckan.datastore.push(
                counted(FEW), dataset=DATASET, name=f"o {time.time_ns()}", in_order=True
            )
            assert (await in_order.run()).complete
            return side_by_side.resource, in_order.resource

    side_by_side, in_order = asyncio.run(pushed())
    assert numbers(ckan_client, side_by_side) == list(range(FEW))
    assert [row["n"] for row in rows_of(ckan_client, in_order)] == list(range(FEW))


def test_push_delete_and_drop_at_a_shell(
    make: Any, shell: Shell, ckan_client: Client, jobs_folder: Path, tmp_path: Path
) -> None:
    shell.variables["TUCKAN_JOBS_DIR"] = str(jobs_folder)
    (tmp_path / "days.csv").write_text("day\n02.01.2024\n")
    noted = shell("datastore", "push", "days.csv", "--dataset", DATASET, "--dry-run").err
    assert "push to days.csv on" in noted, "a resource without --name is called as its file"
    assert "day: '02.01.2024' may be a date" in noted
    told = shell("datastore", "push", "days.csv", "--dataset", DATASET, "--type", "day=date:dmy", "--dry-run").err
    assert "may be a date" not in told, "it was decided"
    (tmp_path / "rain.csv").write_text("station,zip,mm\nLyne,00501,1.5\nPeel,10001,\n")
    where = ("--dataset", DATASET, "--name", f"shell {time.time_ns()}")
    tried = shell("datastore", "push", "rain.csv", *where, "--dry-run")
    assert (tried.code, tried.out) == (0, "")
    shown = [line.split() for line in tried.err.splitlines()[:4]]
    assert shown == [
        ["column", "type", "why", "first", "values"],
        ["station", "text", "Lyne,", "Peel"],
        ["zip", "text", "'00501'", "has", "a", "leading", "zero", "00501,", "10001"],
        ["mm", "numeric", "decimals", "1.5,", "null"],
    ]
    assert shell("datastore", "push", "rain.csv", *where, given="n\n").code == 1
    assert not list(jobs_folder.iterdir()), "what is not confirmed is forgotten"
    done = shell("datastore", "push", "-", *where, "--type", "mm=numeric", "--key", "station", "--yes", given=(tmp_path / "rain.csv").read_text())  # fmt: skip
    assert done.code == 0, done.err
    table = json.loads(done.out)["resource"]
    assert f"2 rows arrived in the table {table}, as the portal counts them." in done.err
    assert [one.title for one in ckan_client.jobs.list()] == [f"push to {where[-1]}"]
    (tmp_path / "more.jsonl").write_text('{"station": "Peel", "mm": 2}\n{"station": "Orr", "mm": 3}\n')
    assert shell("datastore", "push", "more.jsonl", table, "--mode", "upsert", "--key", "station", "--yes").code == 0
    back = {row["station"]: row["mm"] for row in ckan_client.datastore.iter(table)}
    assert back == {"Lyne": 1.5, "Peel": 2, "Orr": 3}
    wrong = shell("datastore", "push", "more.jsonl", table, "--type", "station=int64")
    assert (wrong.code, "'station' holds 'Peel' in more.jsonl, line 1" in wrong.err) == (1, True)
    assert "1 row deleted" in shell("datastore", "delete", table, "--filter", "station=Orr", given="y\n").err
    assert shell("datastore", "drop", table, "--yes").code == 0
    with pytest.raises(errors.NotFound):
        ckan_client.datastore.info(table)
