"""Tables through a real portal's XLoader: the same table as when its rows are sent, whatever XLoader, the network and the process do."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from datetime import time as clock
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from tests.conftest import Answer
from tests.tables.conftest import DATASET

from tuckan import AsyncClient, Client, errors
from tuckan.jobs.folder import files_of, path_of
from tuckan.push import loader
from tuckan.wire.retry import RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.shell import Shell

    from tuckan.sandbox import Sandbox

QUICK = RetryPolicy(attempts=4, base=0.01, longest=0.05, budget=20)
EVERY_KIND = pa.table(
    {
        "n": [1, 2, 3, 4],
        "text": ["plain", None, " edges \t", "NULL"],
        "quoted": ['say "hi", ok', "a\nb\n\nc", "tab\there;|'x'", '"'],
        "unicode": ["größe 東京 🎉", "\u00a0nbsp\u2028\x85", "back\\slash \\N \\.", "\\."],
        "int16": pa.array([1, None, -32768, 0], pa.int16()),
        "int64": pa.array([2**63 - 1, None, -(2**63), 0]),
        "float32": pa.array([0.1, None, float("inf"), 1e-30], pa.float32()),
        "float64": pa.array([0.1, -0.0, float("nan"), None]),
        "decimal": pa.array([Decimal("1.50"), None, Decimal("-99999999.99"), Decimal(0)], pa.decimal128(12, 2)),
        "bool": [True, None, False, True],
        "day": [date(2020, 1, 2), None, date(1, 1, 1), date(9999, 12, 31)],
        "clock": [clock(1, 2, 3, 4), None, clock(0, 0), clock(23, 59, 59, 999999)],
        "moment": [datetime(2020, 1, 2, 3, 4, 5), None, datetime(1900, 1, 1), datetime(1, 1, 1)],  # noqa: DTZ001
        "zoned": [datetime(2020, 1, 2, tzinfo=UTC), None, datetime(1900, 1, 1, tzinfo=UTC), None],
        "ints": [[1, None], None, [], [2]],
        "texts": [["a", None, 'b,"c" {d}\\'], [""], None, ["\n"]],
        "number": ["1.50", None, "123456789012345678901234567890.123456789", "1e-7"],
    }
)
FEW = pa.table({"n": [1, 2, 3], "word": ["one", None, "three"]})


@pytest.fixture
def client(proxy: Any, ckan_sandbox: Sandbox, make: Any) -> Iterator[Client]:
    """A client behind the fault proxy, and a dataset to push to."""
    del make
    with Client(proxy.url, ckan_sandbox.token(), retries=QUICK, progress=False) as ckan:
        ckan.portal.whoami()
        yield ckan


def somewhere() -> dict[str, str]:
    return {"dataset": DATASET, "name": f"loaded {time.time_ns()}"}


def page(ckan: Client, table: str) -> str:
    """All rows as PostgreSQL writes them, in the order of `_id`."""
    return str(ckan.call("datastore_search", resource_id=table, records_format="csv", sort="_id")["records"])


def described(ckan: Client, table: str) -> list[Any]:
    """What the portal says of the columns and of the table, but for names that contain its id."""
    info = ckan.call("datastore_info", id=table)
    fields = [
        (one["id"], one["type"], one.get("info") or {}, one["schema"]["is_index"], one.get("strip_extra_white"))
        for one in info["fields"]
    ]
    return [fields, info["meta"]["count"]]


def resource(ckan: Client, table: str) -> dict[str, Any]:
    """The fields of a resource that say what it is."""
    changing = {"id", "name", "url", "created", "last_modified", "metadata_modified", "position", "size", "description"}
    return {name: value for name, value in ckan.resources.get(table).items() if name not in changing}


def found(ckan: Client, table: str, word: str) -> int:
    return int(ckan.call("datastore_search", resource_id=table, q=word, limit=0)["total"])


def test_the_table_is_as_if_its_rows_had_been_sent(client: Client, ckan_sandbox: Sandbox) -> None:
    made = []
    for via in ("rows", "loader"):
        alias = f"alias{time.time_ns()}"
        job = client.datastore.push(
            EVERY_KIND,
            **somewhere(),
            via=via,
            key="n",
            indexes=["day"],
            aliases=[alias],
            types={"number": "numeric"},
            in_order=True,
        )
        report = job.run()
        assert (report.complete, report.notes) == (True, ()), f"{report}"
        made.append(job.resource)
        assert client.call("datastore_search", resource_id=alias, limit=0)["total"] == 4
        assert found(client, job.resource, "größe") == 1
        client.datastore.upsert(job.resource, [{"n": 7, "text": "appended"}])
        assert found(client, job.resource, "appended") == 1, "rows that come later are found too"
        with pytest.raises(errors.ValidationError):
            client.datastore.upsert(job.resource, [{"n": 7}], method="insert")
    sent, loaded = made
    assert page(client, loaded) == page(client, sent)
    assert described(client, loaded) == described(client, sent)
    assert resource(client, loaded) == resource(client, sent)
    assert not [one for one in ckan_sandbox._instance.files.rglob("*") if one.is_file() and one.parts[-3] == loaded[:3]]


def test_a_replaced_table_is_restored(client: Client) -> None:
    where = somewhere()
    first = client.datastore.push(FEW, **where, key="n")
    first.run()
    table = first.resource
    client.datastore.describe(table, {"word": {"label": "Word", "notes": "as spoken"}})
    before = [page(client, table), described(client, table), resource(client, table)]
    with client.datastore.push(EVERY_KIND.append_column("word", pa.array(["w"] * 4)), **where, via="loader") as job:
        assert [one.operation.kind for one in job.entries()] == [
            "table.back_up",
            "table.make",
            "table.load",
            "table.finish",
        ]
        assert job.run().complete
        left = {one.suffix for one in files_of(path_of("last"))}
        assert left - {".sqlite-wal", ".sqlite-shm"} == {".sqlite", ".ledger", ".backup"}
        assert resource(client, table) == before[2]
        info = {one["id"]: one.get("info") or {} for one in client.call("datastore_info", id=table)["fields"]}
        assert info["word"] == {"label": "Word", "notes": "as spoken"}
        assert info["text"] == {}
        assert job.undo().run().complete
    assert [page(client, table), described(client, table), resource(client, table)] == before


def test_the_asynchronous_twin(client: Client, ckan_sandbox: Sandbox) -> None:
    async def pushed() -> tuple[Any, str]:
        async with AsyncClient(ckan_sandbox.url, ckan_sandbox.token()) as ckan:
            job = await ckan.datastore.push(FEW, **somewhere(), via="loader")
            async with job:
                report = await job.run()
                undone = await (await job.undo()).run()
                assert undone.complete
                return report, job.resource

    report, table = asyncio.run(pushed())
    assert (report.complete, report.notes) == (True, ())
    with pytest.raises(errors.NotFound):
        client.resources.get(table)


RESUMING = """
import os
from tuckan import Client
with Client(os.environ["PORTAL"], os.environ["TOKEN"], progress=False) as ckan:
    report = ckan.jobs.open("last").run()
    print(report)
    raise SystemExit(not report.complete or bool(report.notes))
"""
KILLED_AT: list[tuple[str, str, Callable[[dict[str, Any]], bool]]] = [
    ("before the upload", "resource_patch", lambda _: True),
    ("after the upload", "xloader_submit", lambda _: True),
    ("while it loads", "xloader_status", lambda result: result.get("status") in ("pending", "running")),
    ("once it is loaded", "xloader_status", lambda result: result.get("status") == "complete"),
    ("before it is compared", "datastore_info", lambda _: True),
]
"""When the process is killed: while it waits for the answer of an action that says so, before or after the portal acted."""


def test_killed_at_each_step_every_row_is_there_once(client: Client, proxy: Any, ckan_sandbox: Sandbox) -> None:
    job = client.datastore.push(EVERY_KIND, **somewhere(), via="loader", key="n", types={"number": "numeric"})
    table = job.resource
    job.close()
    variables = {**os.environ, "PORTAL": proxy.url, "TOKEN": ckan_sandbox.token()}
    for number, (when, action, is_then) in enumerate(KILLED_AT):
        process = subprocess.Popen([sys.executable, "-c", RESUMING], env=variables)

        def end(
            seen: Any,
            passed_on: Any,
            process: Any = process,
            number: int = number,
            action: str = action,
            is_then: Any = is_then,
        ) -> Any:
            if seen.action == action and not number:
                process.kill()
                return None
            answer = passed_on()
            if seen.action == action and is_then(json.loads(answer.body).get("result") or {}):
                process.kill()
            return answer

        proxy.always(end)
        assert process.wait() == -signal.SIGKILL, f"it is killed {when}"
        proxy.always(None)
    last = subprocess.run([sys.executable, "-c", RESUMING], env=variables, capture_output=True, text=True, check=False)
    assert last.returncode == 0, last.stdout + last.stderr
    assert client.call("datastore_search", resource_id=table, limit=0)["total"] == 4
    assert len(proxy.calls("xloader_submit")) == 1
    assert not [one for one in proxy.calls("datastore_upsert") if b"plain" in one.body], "no row was sent"
    assert resource(client, table)["url_type"] == "datastore"


class StandIn:
    """Answers for XLoader, which is not asked."""

    def __init__(self, submitted: Any = True, **state: Any) -> None:
        self._submitted = submitted
        self.state: dict[str, Any] = {"last_updated": "2026-01-02", "task_info": None, "error": None, **state}
        self.asked = False

    def __call__(self, seen: Any, passed_on: Any) -> Any:
        if seen.action == "xloader_submit":
            self.asked = True
            return self._submitted if isinstance(self._submitted, Answer) else result(self._submitted)
        return result(self.state) if seen.action == "xloader_status" and self.asked else passed_on()


def result(value: Any) -> Answer:
    return Answer(200, json.dumps({"success": True, "result": value}).encode())


MISSING = Answer(400, b'"Bad request - Action name not known: xloader_submit"')
FAILED = {"status": "error", "error": {"message": "disk full"}}
UNINDEXED = {"task_info": {"status": "complete", "logs": [{"message": "Failed to index rows 0-100000: no"}]}}
FAILURES: dict[str, tuple[StandIn, str]] = {
    "missing": (StandIn(MISSING, status="error"), "xloader_submit"),
    "failed": (StandIn(**FAILED), "could not load table"),
    "never started": (StandIn(status="pending"), "XLoader did not start within"),
    "not indexed": (StandIn(status="complete", **UNINDEXED), "it could not index the texts of the rows"),
    "loaded nothing": (StandIn(status="complete"), "it left 0 rows, not 3"),
}


@pytest.mark.parametrize("how", FAILURES)
def test_where_the_loader_fails_the_rows_are_sent(
    client: Client, proxy: Any, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(loader, "LONGEST_QUEUE", 0.1)
    stand_in, why = FAILURES[how]
    proxy.always(stand_in)
    with client.datastore.push(FEW, **somewhere(), via="loader", key="n") as job:
        assert job.notes[-1] == "The rows go to XLoader as one file, and are compared afterwards"
        report = job.run()
        assert report.complete, f"{report}"
        (note,) = report.notes
        assert note.startswith("The rows were sent one by one, not through XLoader: ")
        assert why in note
        assert note in str(report)
        assert page(client, job.resource) == "1,1,one\n2,2,\n3,3,three\n"
        assert resource(client, job.resource)["url_type"] == "datastore"
        assert client.resources.get(job.resource)["format"] == "CSV"


class Loads(StandIn):
    """Loads rows as another loader might."""

    def __init__(self, ckan: Client, rows: list[dict[str, Any]]) -> None:
        super().__init__(status="complete")
        self._ckan = ckan
        self._rows = rows

    def __call__(self, seen: Any, passed_on: Any) -> Any:
        if seen.action == "xloader_submit":
            table = json.loads(seen.body)["resource_id"]
            self._ckan.call("datastore_upsert", resource_id=table, method="insert", records=self._rows, force=True)
        return super().__call__(seen, passed_on)


def test_what_another_loader_would_make_of_it_is_noticed(client: Client, ckan_client: Client, proxy: Any) -> None:
    proxy.always(Loads(ckan_client, [*FEW.to_pylist()[:1], {"n": 2, "word": ""}, *FEW.to_pylist()[2:]]))
    with client.datastore.push(FEW, **somewhere(), via="loader") as job:
        report = job.run()
    assert report.complete
    assert "it changed values of the column 'word', in rows 1 to 3" in report.notes[0]
    assert page(client, job.resource) == "1,1,one\n2,2,\n3,3,three\n"


def test_sums_over_all_rows_are_compared_where_the_portal_answers_sql(
    client: Client, ckan_client: Client, proxy: Any
) -> None:
    for length, note in (("8", ""), ("7", "it changed values of the column 'word', as sums over all rows show")):
        loads = Loads(ckan_client, FEW.to_pylist())

        def answer(seen: Any, passed_on: Any, loads: Any = loads, length: str = length) -> Any:
            if seen.action != "datastore_search_sql":
                return loads(seen, passed_on)
            assert json.loads(seen.body)["sql"].startswith(
                'SELECT count("n") AS s0, sum("n") AS s1, count("word") AS s2, sum(length("word")) AS s3 FROM '
            )
            return result({"records": [{"s0": 3, "s1": "6", "s2": 2, "s3": length}]})

        proxy.always(answer)
        with client.datastore.push(FEW, **somewhere(), via="loader") as job:
            report = job.run()
        assert report.complete
        assert note in "".join(report.notes)
        assert bool(note) == bool(report.notes)


@pytest.mark.parametrize("new", [True, False])
def test_nothing_is_sent_beside_a_loader_that_does_not_end(
    client: Client, proxy: Any, monkeypatch: pytest.MonkeyPatch, *, new: bool
) -> None:
    where = somewhere()
    if not new:
        client.datastore.push(FEW.slice(1), **where).run()
    monkeypatch.setattr(loader, "LONGEST_LOAD", 0.2)
    with client.datastore.push(FEW, **where, via="loader") as job:
        before = None if new else resource(client, job.resource)
        stand_in = StandIn(status="running")
        proxy.always(stand_in)
        report = job.run()
        assert not report.complete
        assert "has not loaded" in next(iter(report.reasons))
        assert client.call("datastore_search", resource_id=job.resource, limit=0)["total"] == 0
        undo = job.undo()
        assert not undo.run().complete, "it may still write to the table"
        stand_in.state["status"] = "error"
        assert undo.run().complete
    if new:
        with pytest.raises(errors.NotFound):
            client.resources.get(job.resource)
    else:
        assert resource(client, job.resource) == before
        assert page(client, job.resource) == "1,2,\n2,3,three\n"


def test_a_file_that_somebody_else_uploads_meanwhile_is_kept(client: Client, proxy: Any, tmp_path: Path) -> None:
    (tmp_path / "theirs.txt").write_text("theirs")
    stand_in = StandIn(**FAILED)

    def uploading(seen: Any, passed_on: Any) -> Any:
        if seen.action == "xloader_submit":
            client.resources.upload(DATASET, tmp_path / "theirs.txt", id=job.resource)
        return stand_in(seen, passed_on)

    job = client.datastore.push(FEW, **somewhere(), via="loader")
    proxy.always(uploading)
    report = job.run()
    assert "Somebody else uploaded a file" in next(iter(report.reasons))
    assert client.resources.get(job.resource)["url"].endswith("/theirs.txt")


def test_rows_that_a_loader_would_change_are_sent(client: Client, proxy: Any) -> None:
    rows = [{"n": 1, "word": ""}, {"n": 2, "word": None}]
    with client.datastore.push(rows, **somewhere(), via="loader") as job:
        assert job.notes[-1] == (
            "The rows are sent one by one, not through XLoader: the column 'word' has an empty text, which would become a null"
        )
        assert job.run().complete
        assert page(client, job.resource) == '1,1,""\n2,2,\n'
    assert not proxy.calls("xloader_submit")


def test_where_no_loader_may_be_used_that_is_said_before_anything_is_read(client: Client, proxy: Any) -> None:
    where = somewhere()
    client.datastore.push(FEW, **where).run()
    for options, why in (
        ({**where, "mode": "append"}, "Rows are added to a table"),
        ({**where, "mode": "upsert", "key": "n"}, "Rows are added to a table"),
    ):
        with pytest.raises(errors.InvalidArgument, match=why):
            client.datastore.push("no such file.csv", **options, via="loader")
    proxy.next(lambda *_: result({"extensions": ["datastore"]}), action="status_show")
    with pytest.raises(errors.InvalidArgument, match="This portal has no XLoader"):
        client.datastore.push("no such file.csv", **somewhere(), via="loader")
    with pytest.raises(errors.InvalidArgument, match="via='fast' is not valid"):
        client.datastore.push(FEW, **somewhere(), via="fast")  # type: ignore[arg-type]


def test_many_rows_go_through_the_loader_by_themselves(
    client: Client, proxy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tuckan.client._sync.bulk import push  # noqa: PLC0415

    def planned(**options: Any) -> list[str]:
        with client.datastore.push(FEW, **somewhere(), dry_run=True, **options) as job:
            return [one.operation.kind for one in job.entries()]

    assert "table.rows" in planned(via="auto"), "three rows are sent"
    monkeypatch.setattr(push, "MANY_ROWS", 3)
    assert "table.load" in planned(via="auto")
    assert "table.rows" in planned(via="rows")
    proxy.next(lambda *_: result({"extensions": ["datastore"]}), action="status_show")
    assert "table.rows" in planned(via="auto"), "the portal has no XLoader"
    assert {one.action for one in proxy.seen} <= {"user_show", "status_show", "package_show"}, "a dry run sends nothing"


def test_at_the_shell(shell: Shell, tmp_path: Path, make: Any) -> None:
    del make
    (tmp_path / "rain.csv").write_text("year,mm\n2023,610.5\n2024,\n")
    pushed = shell(
        "datastore", "push", "rain.csv", "--dataset", DATASET, "--name", "Loaded", "--via", "loader", "--yes"
    )
    assert pushed.code == 0, pushed.err
    assert "The rows go to XLoader as one file, and are compared afterwards." in pushed.err
    assert "2 rows arrived in the table" in pushed.err
