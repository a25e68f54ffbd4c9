"""Tables out of a real DataStore: whole, with exact types, whatever the portal grants and whatever happens meanwhile."""

from __future__ import annotations

import asyncio
import gc
import io
import json
import subprocess
import sys
import weakref
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.tables.conftest import DATASET
from tests.tables.conftest import settings as portal_settings

from tuckan import AsyncClient, Client, errors
from tuckan.wire.retry import RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.shell import Shell
    from tests.tables.conftest import Database

    from tuckan.sandbox import Sandbox

Make = "Callable[..., str]"
QUICK = RetryPolicy(attempts=4, base=0.01, longest=0.05, budget=20)
MANY = 40_000

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
SECONDS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)).map(lambda one: one.replace(microsecond=0))  # noqa: DTZ001
VALUES: dict[str, tuple[str, st.SearchStrategy[Any]]] = {
    "a text": ("text", TEXT),
    "int2": ("int2", st.integers(-(2**15), 2**15 - 1)),
    "int4": ("int4", st.integers(-(2**31), 2**31 - 1)),
    "Int8": ("int8", st.integers(-(2**63), 2**63 - 1)),
    "number, of any size": ("numeric", st.decimals(-(10**20), 10**20, places=12)),
    "float": ("float8", st.floats(allow_nan=False, allow_infinity=False)),
    "bool": ("bool", st.booleans()),
    "date": ("date", st.dates()),
    "moment": ("timestamp", SECONDS),
    "moment somewhere": ("timestamptz", st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)).map(lambda one: one.replace(tzinfo=UTC))),  # noqa: DTZ001
    "time": ("time", st.times()),
    "j": ("json", st.dictionaries(TEXT, st.none() | st.integers(-9, 9) | TEXT | st.booleans(), max_size=3)),
    "texts": ("_text", st.lists(st.none() | TEXT, max_size=3)),
    "numbers": ("_int8", st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), max_size=3)),
}  # fmt: skip
ROWS = st.lists(st.fixed_dictionaries({name: st.none() | values for name, (_, values) in VALUES.items()}), max_size=4)


@pytest.fixture
def client(proxy: Any, ckan_sandbox: Sandbox) -> Iterator[Client]:
    """A client behind the fault proxy."""
    with Client(proxy.url, ckan_sandbox.token(), retries=QUICK) as ckan:
        ckan.portal.whoami()
        yield ckan


@pytest.fixture
def many(make: Any, database: Database) -> str:
    """A table of 40,000 rows."""
    table = make({"n": "int4", "t": "text"})
    database.fill(table, "n, t", "n, 'row ' || n", first=1, last=MANY)
    return str(table)


def at_most(rows: int) -> Any:
    """The portal behind the proxy grants so many rows."""

    def fault(seen: Any, passed_on: Any) -> Any:
        if seen.action == "datastore_search":
            asked = json.loads(seen.body)
            seen.body = json.dumps({**asked, "limit": min(rows, asked["limit"])}).encode()
        return passed_on()

    return fault


def after(number: int, change: Any) -> Any:
    """Something happens to the table when so many parts of it have been asked for."""
    asked: list[int] = []

    def fault(seen: Any, passed_on: Any) -> Any:
        if seen.action == "datastore_search" and not json.loads(seen.body).get("include_total", True):
            asked.append(1)
            if len(asked) == number:
                change()
        return passed_on()

    return fault


def sent(value: Any) -> Any:
    return value if value is None or isinstance(value, (bool, int, float, list, dict)) else str(value)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=ROWS)
def test_exact_types_come_back(make: Any, ckan_client: Client, rows: list[dict[str, Any]]) -> None:
    table = make(
        {name: kind for name, (kind, _) in VALUES.items()},
        [{name: sent(value) for name, value in row.items()} for row in rows],
    )
    pull = ckan_client.datastore.pull(table)
    back = pull.to_arrow()
    names = {name: str(kind) for name, kind in pull.schema().items()}
    number = names.pop("number, of any size")
    assert number.startswith("decimal") or number in ("float64", "int64")
    assert list(names.values()) == (
        "text int16 int32 int64 float64 bool date timestamp timestamptz time json list<text> list<int64>".split()
    )
    found = [
        {**row, "j": row["j"] and json.loads(row["j"]), "number, of any size": exact(row["number, of any size"])}
        for row in back.to_pylist()
    ]
    assert found == rows
    for number, row in enumerate(ckan_client.datastore.iter(table)):
        assert row == {"_id": number + 1, **rows[number], "number, of any size": row["number, of any size"]}
        assert exact(row["number, of any size"]) == rows[number]["number, of any size"]
    assert pl.DataFrame(back).height == len(rows) == len(pull.to_pandas())


def exact(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def test_what_ckan_itself_cuts(make: Any, ckan_client: Client, ckan_sandbox: Sandbox) -> None:
    table = make({"t": "timestamp"}, [{"t": "2024-02-29T12:00:00.123456"}])
    kept = {"2.12": 123_000}.get(ckan_sandbox.ckan, 0)
    assert ckan_client.datastore.pull(table).to_arrow()["t"].to_pylist() == [datetime(2024, 2, 29, 12, 0, 0, kept)]  # noqa: DTZ001


def test_what_is_asked_for_is_pushed_to_the_portal(make: Any, client: Client, proxy: Any) -> None:
    rows = [{"a": n % 3, "b, c": f"w{n} rain", "rank": n} for n in range(12)]
    table = make({"a": "int4", "b, c": "text", "rank": "int4"}, rows)
    client.datastore.pull(table, limit=0).to_arrow()  # finds out what the portal can do
    proxy.seen.clear()
    pull = client.datastore.pull(table, columns=["b, c", "_id"], filters={"a": [0, 1]}, sort="a desc", limit=5)
    assert pull.to_arrow().to_pylist() == [{"b, c": f"w{n} rain", "_id": n + 1} for n in (1, 4, 7, 10, 0)]
    assert str(pull.proof) == "5 of 8 rows read in 1 page, as many as requested, no duplicates"
    assert len(client.datastore.pull(table, q="w3", columns=["a"]).to_arrow()) == 1
    assert len(client.datastore.pull(table, q={"b, c": "rain"}, columns=["a"], limit=7).to_arrow()) == 7
    assert list(client.datastore.pull(table, limit=0).to_pandas().columns) == ["a", "b, c", "rank"]
    assert len(proxy.calls("datastore_search")) == 3 + 3 + 3 + 2
    for bad, wanted in (
        ({"columns": ["x"]}, "no column 'x'"),
        ({"types": {"x": "text"}}, "not among the columns"),
        ({"types": {"a": "strange"}}, "not the type of a column"),
        ({"limit": -1}, "limit=-1"),
        ({"page_size": 0}, "page_size=0"),
        ({"q": "rain"}, "its own rank"),
    ):
        with pytest.raises(errors.InvalidArgument, match=wanted):
            client.datastore.pull(table, **bad).to_arrow()  # type: ignore[arg-type]
    with pytest.raises(errors.NotFound):
        client.datastore.pull("nowhere").to_arrow()


def test_rows_are_ordered_and_whole_when_sorted_over_pages(make: Any, ckan_client: Client) -> None:
    table = make({"a": "int4"}, [{"a": n % 2} for n in range(25)])
    pull = ckan_client.datastore.pull(table, columns=["a", "_id"], sort="a desc", page_size=4)
    assert [row["_id"] for row in pull.to_arrow().to_pylist()] == [*range(2, 26, 2), *range(1, 26, 2)]
    assert pull.proof is not None
    assert pull.proof.pages == 7


@pytest.mark.parametrize("granted", [32_000, 500])
def test_a_large_table_is_whole_whatever_is_granted(many: str, client: Client, proxy: Any, granted: int) -> None:
    proxy.always(at_most(granted))
    pull = client.datastore.pull(many)
    numbers = pull.to_arrow()["n"].to_pylist()
    assert numbers == list(range(1, MANY + 1))
    assert pull.proof is not None
    assert pull.proof.pages >= MANY / granted
    assert str(pull.proof).startswith("40,000 of 40,000 rows read in")
    assert sum(1 for _ in client.datastore.iter(many, fields=["n"])) == MANY


def test_what_the_portal_does_not_understand_is_said_in_a_sentence(client: Client, many: str) -> None:
    """Against each version: columns and values that are none, in the words of the table."""
    searches: list[tuple[dict[str, Any], str]] = [
        ({"filters": {"n": "abc"}}, "column 'n' .*'abc' is no value of that type"),
        ({"filters": {"N": 1}}, "no column 'N'"),
        ({"sort": "m desc"}, "no column 'm'"),
        ({"fields": ["m"]}, "no column 'm'"),
    ]
    for asked, said in searches:
        with pytest.raises(errors.ValidationError, match=said) as caught:
            client.datastore.search(many, **asked)
        assert "SELECT" not in str(caught.value)
    with pytest.raises(errors.InvalidArgument, match=r"column 'n' .*'abc' is no value of that type"):
        client.datastore.pull(many, filters={"n": "abc"}).to_csv(io.BytesIO())
    with pytest.raises(errors.SearchError, match="be sorted by 'titel'") as refused:
        client.datasets.search(sort="titel")
    assert "title_string" in refused.value.hint
    with pytest.raises(errors.InvalidArgument, match="has a field 'metadata_modifed' to sort by") as unknown:
        client.datasets.search(sort="metadata_modifed desc")
    assert "metadata_modified" in unknown.value.hint
    assert client.datasets.search(sort="metadata_modified desc, name asc")["count"] > 0
    proof = client.datastore.pull(many, limit=0).to_csv(io.BytesIO())
    assert str(proof) == f"0 of {MANY:,} rows read, as requested"
    assert ", as many as requested, no duplicates" in str(client.datastore.pull(many, limit=2).to_csv(io.BytesIO()))


def test_a_portal_that_is_really_capped(ckan_sandbox: Sandbox, many: str) -> None:
    with (
        portal_settings(ckan_sandbox, **{"search.rows_max": "500", "sqlsearch.enabled": "true"}),
        ckan_sandbox.client() as ckan,
    ):
        pull = ckan.datastore.pull(many)
        assert pull.to_arrow()["n"].to_pylist() == list(range(1, MANY + 1))
        assert pull.proof is not None
        assert pull.proof.pages >= 80
        assert [row["_id"] for row in ckan.datastore.iter(many)] == list(range(1, MANY + 1))
        assert ckan.datastore.sql(f'SELECT count(*) AS c FROM "{many}"')["records"][0]["c"] in (MANY, str(MANY))
        with pytest.raises(errors.ValidationError, match="No table in the query has a column 'm'"):
            ckan.datastore.sql(f'SELECT M FROM "{many}"')
        with pytest.raises(errors.Incomplete, match="500 rows of an answer in SQL at most"):
            ckan.datastore.sql(f'SELECT n FROM "{many}"')
        cut = ckan.datastore.sql(f'SELECT n FROM "{many}"', require_complete=False)
        assert cut["records_truncated"] is True
    with ckan_sandbox.client() as ckan, pytest.raises(errors.ActionNotFound, match="SQL search disabled"):
        ckan.datastore.sql("SELECT 1")


def test_gaps_and_crowds_among_the_ids_do_no_harm(make: Any, database: Database, client: Client) -> None:
    table = make({"n": "int4"}, [{"n": n} for n in range(10)])
    client.call("datastore_delete", resource_id=table, filters={"_id": [2, 3, 10]}, force=True)
    database.fill(table, "_id, n", "n, n", first=9_000_000, last=9_003_000)
    database.fill(table, "_id, n", "n * 1000, n", first=100, last=200)
    pull = client.datastore.pull(table, columns=["_id"], page_size=100)
    ids = [1, 4, 5, 6, 7, 8, 9, *range(100_000, 200_001, 1000), *range(9_000_000, 9_003_001)]
    assert pull.to_arrow()["_id"].to_pylist() == ids
    assert pull.proof is not None
    assert pull.proof.counted == len(ids)


def test_the_temporary_file_goes_with_the_block_and_the_frame_stays(
    make: Any, ckan_client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    table = make({"n": "int4"}, [{"n": n} for n in range(5)])
    with ckan_client.datastore.pull(table) as pull:
        found = pull.to_arrow()
        assert list(tmp_path.iterdir())
    assert not list(tmp_path.iterdir())
    assert found["n"].to_pylist() == list(range(5))
    assert pull.to_arrow().equals(found)


def test_no_rows_and_many_columns(make: Any, ckan_client: Client) -> None:
    empty = make({"a": "numeric", "b": "text"})
    pull = ckan_client.datastore.pull(empty)
    assert (pull.schema(), pull.to_arrow().num_rows, list(pull.batches())) == ({"a": "float64", "b": "text"}, 0, [])
    assert list(ckan_client.datastore.iter(empty)) == []
    wide = make({f"c{n}": "int4" for n in range(1000)}, [{f"c{n}": row for n in range(1000)} for row in range(3)])
    frame = ckan_client.datastore.pull(wide).to_pandas()
    assert frame.shape == (3, 1000)
    assert frame["c999"].tolist() == [0, 1, 2]


def test_parts_that_take_too_long_are_made_smaller(many: str, client: Client, proxy: Any, faults: Any) -> None:
    def slow(seen: Any, passed_on: Any) -> Any:
        large = seen.action == "datastore_search" and json.loads(seen.body)["limit"] > 10_000
        return faults.status(504)(seen, passed_on) if large else passed_on()

    proxy.always(slow)
    assert client.datastore.pull(many).to_arrow()["n"].to_pylist() == list(range(1, MANY + 1))
    proxy.seen.clear()
    proxy.always(faults.status(504))
    with pytest.raises(errors.Unavailable):
        client.datastore.pull(many).to_arrow()


def test_rows_that_come_in_meanwhile_do_no_harm(many: str, client: Client, proxy: Any, ckan_client: Client) -> None:
    def insert() -> None:
        ckan_client.call("datastore_upsert", resource_id=many, records=[{"n": 0}] * 5, method="insert", force=True)

    proxy.always(after(2, insert))
    pull = client.datastore.pull(many, page_size=5000)
    assert pull.to_arrow()["n"].to_pylist() == list(range(1, MANY + 1))
    assert pull.proof is not None
    assert pull.proof.changed
    assert "changed meanwhile" in str(pull.proof)


def test_rows_that_go_meanwhile_are_noticed(many: str, client: Client, proxy: Any, ckan_client: Client) -> None:
    def delete() -> None:
        ckan_client.call("datastore_delete", resource_id=many, filters={"n": [1, 2, 3, 39_999]}, force=True)

    kept = [n for n in range(1, MANY + 1) if n not in (1, 2, 3, 39_999)]
    proxy.always(after(3, delete))
    pull = client.datastore.pull(many, page_size=5000)
    numbers = pull.to_arrow()["n"].to_pylist()
    assert [n for n in numbers if n not in (1, 2, 3, 39_999)] == kept, "no row that stayed is missing"
    assert pull.proof is not None
    assert pull.proof.changed or numbers == kept, "it is told, or was read anew"


def test_iter_is_loud_where_rows_may_be_missing(many: str, client: Client, proxy: Any, ckan_client: Client) -> None:
    def delete() -> None:
        ckan_client.call("datastore_delete", resource_id=many, filters={"n": [1, 2, 3]}, force=True)

    ids: list[int] = []
    proxy.always(after(3, delete))
    try:
        ids.extend(row["_id"] for row in client.datastore.iter(many, page_size=5000))
    except errors.Incomplete as error:
        assert error.expected == MANY
        assert "changed meanwhile" in error.message
    else:
        assert set(range(4, MANY + 1)) <= set(ids)


def test_lost_rows_are_loud(many: str, client: Client, proxy: Any) -> None:
    def lossy(seen: Any, passed_on: Any) -> Any:
        answer = passed_on()
        found = json.loads(answer.body)
        if str(found.get("result", {}).get("records", "")).startswith("10001,"):
            found["result"]["records"] = found["result"]["records"].partition("\n")[2]
            answer.body = json.dumps(found).encode()
        return answer

    proxy.always(lossy)
    with pytest.raises(errors.Incomplete, match="is not complete") as caught:
        client.datastore.pull(many, page_size=10_000).to_arrow()
    assert (caught.value.expected, caught.value.received < MANY) == (MANY, True)


ALL = {
    "i": "numeric",
    "f": "numeric",
    "d": "numeric",
    "t": "text",
    "b": "bool",
    "m": "timestamp",
    "j": "json",
    "l": "_text",
}
SAMPLE = [
    {"i": 1, "f": 0.5, "d": "1234567890123456.78", "t": "", "b": True, "m": "2024-02-29T12:00:00", "j": {"a": 1}, "l": ["x"]},
    {"i": None, "f": None, "d": "1", "t": "ä\n😀", "b": None, "m": None, "j": None, "l": None},
]  # fmt: skip


def test_every_way_out_has_the_same_types(make: Any, ckan_client: Client, tmp_path: Path) -> None:
    pull = ckan_client.datastore.pull(make(ALL, SAMPLE))
    table = pull.to_arrow()
    assert list(pull.schema().values()) == [
        "int64",
        "float64",
        "decimal(18, 2)",
        "text",
        "bool",
        "timestamp",
        "json",
        "list<text>",
    ]
    frame = pull.to_pandas(parse_json=True)
    assert [str(one) for one in frame.dtypes] == [
        "Int64",
        "float64",
        "object",
        "str",
        "boolean",
        "datetime64[us]",
        "object",
        "object",
    ]
    assert frame["j"].tolist() == [{"a": 1}, None]
    assert frame["l"].tolist() == [["x"], None]
    assert frame["d"].tolist() == [Decimal("1234567890123456.78"), Decimal("1.00")]
    assert pl.DataFrame(table).equals(pull.to_polars())
    assert pull.to_polars(parse_json=True)["j"].to_list() == [{"a": 1}, None]
    for name, read in (("parquet", pa.parquet.read_table), ("ipc", pa.feather.read_table)):
        proof = getattr(pull, f"to_{name}")(tmp_path / name)
        assert read(tmp_path / name).equals(table), name
        assert str(proof) == "2 of 2 rows read in 1 page, complete, no duplicates"
    pull.to_csv(tmp_path / "csv")
    first, second = pd.read_csv(tmp_path / "csv", dtype=str, keep_default_na=False).to_dict("records")
    assert (first["d"], first["m"], first["l"]) == ("1234567890123456.78", "2024-02-29T12:00:00", '["x"]')
    assert second["t"] == "ä\n😀"
    pull.to_jsonl(tmp_path / "jsonl")
    lines = [json.loads(line, parse_float=Decimal) for line in (tmp_path / "jsonl").read_text("utf-8").split("\n")[:-1]]
    assert lines[0] == {**SAMPLE[0], "f": Decimal("0.5"), "d": Decimal("1234567890123456.78")}
    assert lines[1] == {**SAMPLE[1], "d": Decimal(1)}
    pull.to_duckdb(tmp_path / "all.duckdb", 'a "table"')
    pull.to_duckdb(tmp_path / "all.duckdb", "second")
    with duckdb.connect(str(tmp_path / "all.duckdb")) as database:
        assert database.sql('SELECT d, l FROM "a ""table"""').fetchall() == [
            (Decimal("1234567890123456.78"), ["x"]),
            (1, None),
        ]
        assert database.sql("SELECT count(*) FROM second").fetchall() == [(2,)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["all.duckdb", "csv", "ipc", "jsonl", "parquet"]


def test_text_has_numbers_as_the_portal_has_them(make: Any, ckan_client: Client, tmp_path: Path) -> None:
    columns = {"n": "numeric", "t": "text", "l": "_numeric", "f": "float8", "b": "bool", "d": "date"}
    numbers = ["0.5", "1.1000", "123456789012345678.25", "NaN", None]
    rows = [
        {"n": number, "t": text, "l": None}
        for number, text in zip(numbers, ["", 'say "x",\ny', None, "é", "1"], strict=True)
    ]
    rows[0] |= {"l": "{0.5,1.10,NULL}", "f": 0.1, "b": True, "d": "2024-02-29"}
    pull = ckan_client.datastore.pull(make(columns, rows))
    pull.to_csv(tmp_path / "csv")
    assert (tmp_path / "csv").read_text("utf-8") == (
        '"n","t","l","f","b","d"\n0.5,"","[0.5,1.10,null]",0.1,true,2024-02-29\n1.1000,"say ""x"",\ny",,,,\n'
        '123456789012345678.25,,,,,\nNaN,"é",,,,\n,"1",,,,\n'
    )
    pull.to_jsonl(tmp_path / "jsonl")
    first, second, third, *_ = (tmp_path / "jsonl").read_text("utf-8").splitlines()
    assert first == '{"n":0.5,"t":"","l":[0.5,1.10,null],"f":0.1,"b":true,"d":"2024-02-29"}'
    assert second.startswith('{"n":1.1000,')
    assert third.startswith('{"n":123456789012345678.25,')


def test_a_file_is_there_whole_or_as_it_was(make: Any, client: Client, proxy: Any, faults: Any, tmp_path: Path) -> None:
    table, path = make({"d": "date"}, [{"d": "infinity"}]), tmp_path / "t.parquet"
    path.write_text("before")
    with pytest.raises(errors.DoesNotFit, match="infinity"):
        client.datastore.pull(table).to_parquet(path)
    assert [one.read_text() for one in tmp_path.iterdir()] == ["before"]
    seen = len(proxy.seen)
    for nowhere in (tmp_path, tmp_path / "no folder" / "t.parquet"):
        with pytest.raises(errors.InvalidArgument, match="can't be created"):
            client.datastore.pull(table).to_parquet(nowhere)
    assert len(proxy.seen) == seen, "nothing was asked for in vain"
    with pytest.raises(errors.InvalidArgument, match="DuckDB can't write"):
        client.datastore.pull(table, types={"d": "text"}).to_duckdb(path, "t")
    client.datastore.pull(table, types={"d": "text"}).to_parquet(path)
    assert pa.parquet.read_table(path).to_pylist() == [{"d": "infinity"}]


def test_batches_come_while_the_portal_still_gives_where_types_are_known(many: str, client: Client, proxy: Any) -> None:
    client.datastore.pull(many, limit=0).to_arrow()
    proxy.seen.clear()
    batches = iter(client.datastore.pull(many, page_size=1000).batches())
    assert next(batches).num_rows == 1000
    assert len(proxy.calls("datastore_search")) == 3
    batches.close()  # type: ignore[attr-defined]
    pull = client.datastore.pull(many, types={"n": "numeric"}, page_size=20_000)
    assert [batch.schema.field("n").type for batch in pull.batches()] == [pa.int64()] * len(list(pull.batches()))


def test_a_table_is_read_once_for_several_ways_out(make: Any, client: Client, proxy: Any) -> None:
    pull = client.datastore.pull(make({"n": "numeric"}, [{"n": 1}]))
    assert repr(pull).endswith("nothing read yet")
    pull.to_arrow()
    seen = len(proxy.seen)
    pull.to_pandas()
    assert len(proxy.seen) == seen
    assert repr(pull).endswith("1 of 1 row read in 1 page, complete, no duplicates")


def test_a_frame_outlives_what_it_was_pulled_by(many: str, ckan_client: Client, tmp_path: Path) -> None:
    table = ckan_client.datastore.pull(many)
    found = table.to_arrow()
    same = table.to_parquet(tmp_path / "same.parquet")
    spooled = weakref.ref(table.spooled())
    del table
    gc.collect()
    assert spooled() is None, "its file is still there"
    assert found.equals(pa.parquet.read_table(tmp_path / "same.parquet").cast(found.schema))
    assert same.read == found.num_rows == MANY


def test_asynchronously(many: str, ckan_sandbox: Sandbox, tmp_path: Path) -> None:
    async def pulled() -> tuple[Any, int, dict[str, str]]:
        async with AsyncClient(ckan_sandbox.url, ckan_sandbox.token()) as ckan:
            pull = ckan.datastore.pull(many, page_size=7000)
            rows = sum([batch.num_rows async for batch in pull.batches()])
            await pull.to_parquet(tmp_path / "t.parquet")
            read = sum([1 async for _ in ckan.datastore.iter(many)])
            return pull.proof, rows + read, await pull.schema()

    proof, rows, schema = asyncio.run(pulled())
    assert (proof.read, rows, schema) == (MANY, 2 * MANY, {"n": "int32", "t": "text"})
    assert pa.parquet.read_metadata(tmp_path / "t.parquet").num_rows == MANY


def test_rows_are_what_python_has_for_them(make: Any, ckan_client: Client) -> None:
    columns = {"n": "numeric", "f": "numeric", "d": "numeric", "day": "date", "at": "time", "j": "json"}
    table = make(
        columns,
        [{"n": 1, "f": 1.5, "d": "0.12345678901234567890", "day": "2024-02-29", "at": "12:30", "j": {"a": [1]}}],
    )
    (row,) = ckan_client.datastore.iter(table)
    assert row == {"_id": 1, "n": 1, "f": 1.5, "d": Decimal("0.12345678901234567890"), "day": date(2024, 2, 29), "at": time(12, 30), "j": {"a": [1]}}  # fmt: skip
    assert [type(row[name]) for name in "nfd"] == [int, float, Decimal]


def test_sql_is_answered_here_with_little_pulled(make: Any, client: Client, proxy: Any) -> None:
    rows = [
        {"year": 2020 + n % 5, "mm": n + 0.5, "place": f"p{n % 3}", "when": "2024-02-29T12:00:00"} for n in range(50)
    ]
    table = make({"year": "numeric", "mm": "numeric", "place": "text", "when": "timestamp"}, rows)
    other = make({"place": "text", "name": "text"}, [{"place": "p1", "name": 'It\'s "one"'}])
    told: list[str] = []

    def ask(query: str) -> list[Any]:
        told.clear()
        return list(
            client.datastore.query(
                query.replace("RAIN", f'"{table}"').replace("PLACES", f'"{other}"'), on_progress=told.append
            ).fetchall()
        )

    assert ask("SELECT place, count(*), sum(mm) FROM RAIN WHERE year = 2024 GROUP BY place ORDER BY place")[0] == (
        "p0",
        3,
        73.5,
    )
    assert told == [f"{table}: 10 of 50 rows pulled, 3 of 5 columns, where {{'year': 2024}}."]
    assert ask("SELECT count(*) FROM RAIN") == [(50,)]
    assert "1 of 5 columns" in told[0]
    assert ask("SELECT name, max(mm) FROM RAIN JOIN PLACES USING (place) WHERE mm < 20.5 GROUP BY name") == [
        ('It\'s "one"', 19.5)
    ]
    assert ask("SELECT name FROM (SELECT *, upper(name) AS big FROM PLACES) WHERE name = 'It''s \"one\"'") == [
        ('It\'s "one"',)
    ]
    assert ask("SELECT mm FROM RAIN ORDER BY mm DESC LIMIT 2") == [(49.5,), (48.5,)]
    assert ask("SELECT count(*) FROM RAIN a, RAIN b WHERE a.year = 2020 AND b.year = 2021") == [(100,)]
    assert "50 of 50 rows" in told[0]
    assert ask("SELECT mm FROM RAIN WHERE year = 2020.5 OR mm = 0.5") == [(0.5,)]
    assert len(ask("SELECT * FROM RAIN")[0]) == 5
    for wrong, wanted in (("SELECT x FROM RAIN", "does not take the query"), ("SELECT", "does not take the query")):
        with pytest.raises(errors.InvalidArgument, match=wanted):
            ask(wrong)
    for wrong in ("SELECT 1; SELECT 2", "DROP TABLE RAIN"):
        with pytest.raises(errors.InvalidArgument, match="one SELECT"):
            ask(wrong)
    with pytest.raises(errors.NotFound):
        ask("SELECT 1 FROM nowhere")


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_pull_at_a_shell(make: Any, shell: Shell, ckan_client: Client, tmp_path: Path, form: str) -> None:
    table = make({"n": "numeric", "t": "text"}, [{"n": 1.5, "t": "a"}, {"n": None, "t": ""}])
    tuckan = partial(shell, "datastore")
    done = tuckan("pull", table, "--format", form)
    wanted = {"csv": '"n","t"\n1.5,"a"\n,""\n', "jsonl": '{"n":1.5,"t":"a"}\n{"n":null,"t":""}\n'}
    assert (done.code, done.out) == (0, wanted[form])
    assert done.err == "stdout: 2 of 2 rows read in 1 page, complete, no duplicates.\n"
    assert tuckan("pull", table, "-o", f"t.{form}").code == 0
    assert (tmp_path / f"t.{form}").read_text() == wanted[form]
    done = tuckan("pull", table, "-o", "t.parquet", "--type", "n=decimal(5, 2)", "--filter", "t=a", "--field", "n")
    assert pa.parquet.read_table(tmp_path / "t.parquet").to_pylist() == [{"n": Decimal("1.50")}], done.err
    assert tuckan("pull", table, "-o", "t.txt").code == 2
    assert tuckan("pull", table, "--format", "ids").code == 2
    done = tuckan("sql", f'SELECT t, n FROM "{table}" WHERE n > 1', "--format", "jsonl")
    assert (done.code, json.loads(done.out)) == (0, {"t": "a", "n": 1.5})
    assert "SQL search disabled" in done.err
    assert "rows pulled, 2 of 3 columns" in done.err
    there = ckan_client.resources.get(table)
    named = f'SELECT max(n) AS most FROM "{there["package_id"]}/{there["name"] or table}"'
    assert json.loads(tuckan("sql", named, "--format", "jsonl").out) == {"most": 1.5}


def test_a_plain_install_needs_no_library_for_tables() -> None:
    code = "import sys, tuckan.client, tuckan.cli.commands.datastore; print(*(m for m in ('pyarrow', 'pandas', 'polars', 'duckdb') if m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_a_resource_is_named_as_people_name_it(make: Any, ckan_client: Client, ckan_sandbox: Sandbox) -> None:
    table = make({"n": "int"}, [{"n": 1}])
    name = f"Rain / {table}"  # no other test and no other run has it in this dataset, which they share
    ckan_client.resources.patch(table, name=name)
    page = f"{ckan_sandbox.url}/dataset/{DATASET}/resource/{table}?inner_span=True"
    named = (page, f"{DATASET}/{name}", f"{DATASET}/{table}", table)
    for one in named:
        assert ckan_client.datastore.pull(one, columns=["n"]).to_arrow().to_pylist() == [{"n": 1}]
        assert [row["n"] for row in ckan_client.datastore.iter(one)] == [1]
        assert ckan_client.datastore.info(one)["meta"]["count"] == 1
        assert ckan_client.resources.get(one)["id"] == table
    assert ckan_client.datasets.get(page)["name"] == DATASET
    with pytest.raises(errors.NotFound, match="has no resource called 'Rain / ") as caught:
        ckan_client.resources.get(f"{DATASET}/{name}s")
    assert caught.value.hint.startswith(f"Did you mean {name!r}?"), "the closest comes first, however many there are"
    other = make({"n": "int"})
    ckan_client.resources.patch(other, name=name)
    with pytest.raises(errors.InvalidArgument, match="2 resources called") as several:
        ckan_client.resources.get(f"{DATASET}/{name}")
    assert table in several.value.hint
    assert other in several.value.hint


def test_a_resource_without_a_table_says_so_and_how_to_load_it(make: Any, ckan_client: Client, tmp_path: Path) -> None:
    make({"n": "int"})
    link = ckan_client.resources.create(DATASET, name="a link", url="https://example.org/a.pdf", format="PDF")["id"]
    for ask in (
        lambda: ckan_client.datastore.info(link),
        lambda: ckan_client.datastore.search(link),
        lambda: list(ckan_client.datastore.iter(link)),
        lambda: ckan_client.datastore.pull(link).to_csv(tmp_path / "a.csv"),
        lambda: ckan_client.datastore.upsert(link, [{"n": 1}], force=True),
        lambda: ckan_client.datastore.query(f'SELECT * FROM "{link}"'),
    ):
        with pytest.raises(errors.NotFound, match="a link has no table: its data has not been loaded") as caught:
            ask()
        assert f"datapusher.submit('{link}')" in caught.value.hint
    with pytest.raises(errors.NotFound) as missing:
        ckan_client.datastore.info("no-such-resource")
    assert "has no table" not in missing.value.message
