"""A push that is undone: what others did since is left, what was there before comes back whole, and nothing is lost on the way."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from tests.tables.conftest import DATASET

from tuckan import Client, errors
from tuckan.jobs.folder import path_of
from tuckan.jobs.kinds import kind_of
from tuckan.push import state as table_state
from tuckan.push.backup import BACKUP

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.shell import Shell

    from tuckan.sandbox import Sandbox

OLD, NEW = [{"n": 1}, {"n": 2}, {"n": 3}], [{"n": 10}, {"n": 20}]


@pytest.fixture
def replaced(make: Any, ckan_client: Client) -> Callable[..., Any]:
    """A push that replaced a table, done."""

    def done(rows: list[dict[str, Any]] | pa.Table = NEW) -> Any:
        job = ckan_client.datastore.push(rows, make({"n": "int4"}, OLD))
        assert job.run().complete
        return job

    return done


def rows_of(ckan: Client, table: str) -> list[dict[str, Any]]:
    return sorted(ckan.datastore.pull(table).to_arrow().to_pylist(), key=lambda row: row["n"])


def refused(job: Any) -> str:
    """Why a job was undone in nothing."""
    report = job.undo().run()
    assert (report.done, report.failed) == ({}, 1)
    return next(iter(report.reasons))


OTHERS: dict[str, tuple[Callable[[Client, str], Any], str]] = {
    "added": (
        lambda ckan, table: ckan.datastore.upsert(table, [{"n": 30}], method="insert"),
        "it has 3 rows, and the job left 2",
    ),
    "added and removed": (
        lambda ckan, table: (
            ckan.datastore.upsert(table, [{"n": 10}], method="insert"),
            ckan.call("datastore_delete", resource_id=table, filters={"_id": 1}, force=True),
        ),
        "its largest _id is 3, and the job left 2: rows were removed and added",
    ),
    "changed": (
        lambda ckan, table: ckan.call(
            "datastore_upsert", resource_id=table, records=[{"_id": 2, "n": 21}], method="update", force=True
        ),
        "the values of its rows differ",
    ),
    "described": (
        lambda ckan, table: ckan.datastore.describe(table, {"n": {"label": "Number"}}),
        "its columns, their descriptions, its key or its aliases differ",
    ),
}


def indexed(ckan: Client, table: str) -> dict[str, bool]:
    """The columns, and whether each is in an index; its name is made of the order of a key's columns, which has no meaning."""
    return {one["id"]: one["schema"]["is_index"] for one in ckan.call("datastore_info", id=table)["fields"]}


def test_a_key_and_indexes_come_back(make: Any, ckan_client: Client) -> None:
    table = make({"n": "int4", "m": "int4", "the, name": "int4"}, [], primary_key=["m", "n"], indexes=[["the, name"]])
    before = indexed(ckan_client, table)
    assert ckan_client.datastore.push([{"n": 1, "m": 1}], table, mode="upsert").run().complete, "its key is known"
    job = ckan_client.datastore.push(NEW, table)
    assert job.run().complete
    assert job.undo().run().complete
    assert indexed(ckan_client, table) == before
    again = ckan_client.datastore.push([{"n": 1, "m": 1, "the, name": 5}], table, mode="upsert")
    assert again.run().complete
    assert rows_of(ckan_client, table) == [{"n": 1, "m": 1, "the, name": 5}]


def test_a_plan_shows_the_columns_that_go_and_what_no_undo_takes_back(make: Any, ckan_client: Client) -> None:
    table = make({"n": "int4", "m": "text"}, [{"n": 1, "m": "x"}], primary_key=["n"])

    def intended(**options: Any) -> Any:
        with ckan_client.datastore.push([{"n": 2}], table, dry_run=True, **options) as job:
            (operation,) = [one.operation for one in job.entries() if one.operation.kind == "table.make"]
        return kind_of("table.make").intent(operation)

    assert intended().fields == {"rows": (1, 1), "column n": ("int4", "int8"), "column m": ("text", None)}
    (note,) = intended().notes
    assert note.startswith(
        "its 1 row is removed, whoever wrote it; the table is backed up on this machine, and an undo restores it"
    )
    added = intended(mode="append")
    assert (added.fields, len(added.notes)) == ({"rows": (1, 2)}, 1)
    (note,) = intended(mode="upsert").notes
    assert note.startswith("1 row to be added, or to overwrite rows with the same key")


@pytest.mark.parametrize("how", OTHERS)
def test_what_others_did_to_a_replaced_table_is_left(replaced: Any, ckan_client: Client, how: str) -> None:
    job = replaced()
    others, said = OTHERS[how]
    others(ckan_client, job.resource)
    left = rows_of(ckan_client, job.resource)
    assert refused(job).endswith(f"was changed by somebody else since and is kept: {said}.")
    assert rows_of(ckan_client, job.resource) == left
    ckan_client.datastore.drop(job.resource, confirm=lambda _: True)
    assert job.undo().run().complete, "what was saved elsewhere may go"
    assert rows_of(ckan_client, job.resource) == OLD


def test_large_tables_are_compared_by_samples(
    replaced: Any, ckan_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_state, "COMPARED_WHOLE", 100)
    monkeypatch.setattr(table_state, "ROWS_OF_A_SAMPLE", 10)
    job = replaced(pa.table({"n": range(1000)}))

    def change(row: int, value: int) -> None:
        ckan_client.call(
            "datastore_upsert",
            resource_id=job.resource,
            records=[{"_id": row, "n": value}],
            method="update",
            force=True,
        )

    ids = {row["n"]: row["_id"] for row in ckan_client.call("datastore_search", resource_id=job.resource, limit=1000)["records"]}  # fmt: skip
    (last,) = [n for n, number in ids.items() if number == 1000]
    change(1000, -1)
    assert "the values of its rows differ" in refused(job)
    change(1000, last)
    assert job.undo().run().complete
    assert rows_of(ckan_client, job.resource) == OLD


def test_a_resource_that_a_push_made_goes_only_as_it_was_left(ckan_client: Client, make: Any) -> None:
    def pushed() -> Any:
        job = ckan_client.datastore.push(NEW, dataset=DATASET, name=f"made {time.time_ns()}")
        assert job.run().complete
        return job

    added, edited, ours = pushed(), pushed(), pushed()
    ckan_client.datastore.upsert(added.resource, [{"n": 30}], method="insert")
    ckan_client.resources.patch(edited.resource, {"description": "Measured by hand."})
    assert "it has 3 rows, and the job left 2" in refused(added)
    assert "description of its resource" in refused(edited)
    assert rows_of(ckan_client, added.resource) == [*NEW, {"n": 30}]
    assert rows_of(ckan_client, edited.resource) == NEW
    report = ours.undo().run()
    assert (report.complete, report.done) == (True, {"deleted": 1})
    with pytest.raises(errors.NotFound):
        ckan_client.resources.get(ours.resource)


def test_a_table_where_there_was_none_goes_again(ckan_client: Client, make: Any) -> None:
    table = make({"n": "int4"})
    ckan_client.datastore.drop(table, confirm=lambda _: True)
    job = ckan_client.datastore.push(NEW, table, force=True)
    assert job.run().complete
    assert job.undo().run().done == {"deleted": 1}
    with pytest.raises(errors.NotFound):
        ckan_client.datastore.info(table)
    assert ckan_client.resources.get(table)["id"] == table
    late = ckan_client.datastore.push(NEW, table, force=True)
    ckan_client.datastore.create(table, {"n": "int4"}, force=True)
    ckan_client.datastore.upsert(table, OLD, method="insert", force=True)
    report = late.run()
    assert not report.done
    assert any("created the table since the push was planned" in reason for reason in report.reasons)
    assert rows_of(ckan_client, table) == OLD


def test_a_backup_that_is_cut_leaves_the_table(
    replaced: Any, ckan_client: Client, shell: Shell, jobs_folder: Path
) -> None:
    job = replaced()
    path = path_of(job.name).with_suffix(BACKUP)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) - 20])
    shell.variables["TUCKAN_JOBS_DIR"] = str(jobs_folder)
    done = shell("job", "undo", job.name, "--yes")
    assert done.code == 1, done.err
    assert "is damaged" in done.err
    assert "The table was not changed" in done.err
    assert rows_of(ckan_client, job.resource) == NEW
    path.unlink()
    assert "no longer exists" in refused(job)
    assert rows_of(ckan_client, job.resource) == NEW
    path.write_bytes(whole)
    assert job.undo().run().complete
    assert rows_of(ckan_client, job.resource) == OLD


def test_a_table_that_can_not_be_made_gives_the_old_one_back(make: Any, ckan_client: Client, proxy: Any, faults: Any, ckan_sandbox: Sandbox) -> None:  # fmt: skip
    refusal = b'{"success": false, "error": {"__type": "Validation Error", "fields": ["too many"]}}'
    table = make({"n": "int4"}, OLD)
    with Client(proxy.url, ckan_sandbox.token(), progress=False) as ckan:
        job = ckan.datastore.push(NEW, table)
        proxy.next(*[faults.status(409, refusal)], action="datastore_create")
        assert not job.run().complete
        with pytest.raises(errors.NotFound):
            ckan.datastore.info(table)
        assert job.undo().run().complete
        assert rows_of(ckan_client, table) == OLD
        assert not job.run(retry_failed=True).complete
    assert rows_of(ckan_client, table) == OLD, "what was undone does not go on"


def test_rows_that_came_after_the_backup_are_not_removed(
    make: Any, ckan_client: Client, proxy: Any, faults: Any, ckan_sandbox: Sandbox
) -> None:
    refusal = b'{"success": false, "error": {"__type": "Authorization Error"}}'
    table = make({"n": "int4"}, OLD)
    with Client(proxy.url, ckan_sandbox.token(), progress=False) as ckan:
        job = ckan.datastore.push(NEW, table)
        proxy.next(*[faults.status(403, refusal)], action="datastore_delete")
        assert not job.run().complete
        ckan_client.datastore.upsert(table, [{"n": 4}], method="insert", force=True)
        report = job.run(retry_failed=True)
    assert any("was changed by somebody else since it was backed up" in reason for reason in report.reasons)
    assert rows_of(ckan_client, table) == [*OLD, {"n": 4}]


UNDOING = """
import os
from tuckan import Client
with Client(os.environ["PORTAL"], os.environ["TOKEN"], progress=False) as ckan:
    job = ckan.jobs.open("last")
    report = (job if job.title.startswith("undo") else job.undo()).run()
    print(report)
    raise SystemExit(not report.complete)
"""


def test_killed_within_an_undo_the_table_comes_back_all_the_same(
    make: Any, ckan_client: Client, proxy: Any, ckan_sandbox: Sandbox
) -> None:
    table, rows = make({"n": "int4"}), 7000
    with Client(proxy.url, ckan_sandbox.token(), progress=False) as ckan:
        for data in (pa.table({"n": range(rows)}), NEW):
            job = ckan.datastore.push(data, table)
            assert job.run().complete
            job.close()
    variables = {**os.environ, "PORTAL": proxy.url, "TOKEN": ckan_sandbox.token()}
    for action, number in (("datastore_delete", 1), ("datastore_create", 1), ("datastore_upsert", 2)):
        process = subprocess.Popen([sys.executable, "-c", UNDOING], env=variables)
        seen: list[int] = []

        def kill(one: Any, passed_on: Any, process: Any = process, action: str = action, number: int = number, seen: list[int] = seen) -> Any:  # fmt: skip
            if one.action != action:
                return passed_on()
            seen.append(1)
            answer = passed_on()
            if len(seen) == number:
                process.kill()
            return answer

        proxy.always(kill)
        process.wait()
        proxy.always(None)
        assert len(seen) >= number, f"it is to be killed after {action}"
    last = subprocess.run([sys.executable, "-c", UNDOING], env=variables, capture_output=True, text=True, check=False)
    assert last.returncode == 0, last.stdout + last.stderr
    assert rows_of(ckan_client, table) == [{"n": n} for n in range(rows)]


def test_a_table_whose_backup_can_not_be_written_is_left(make: Any, ckan_client: Client) -> None:
    table = make({"n": "int4"}, OLD)
    job = ckan_client.datastore.push(NEW, table)
    in_the_way = path_of(job.name).with_suffix(BACKUP)
    in_the_way.mkdir()
    with pytest.raises(errors.ConfigurationError, match=r"\.backup can't be written: ") as caught:
        job.run()
    assert f"tuckan job resume {job.name}" in caught.value.hint
    assert rows_of(ckan_client, table) == OLD
    in_the_way.rmdir()
    assert job.run().complete
    assert rows_of(ckan_client, table) == NEW
    assert job.undo().run().complete
    assert rows_of(ckan_client, table) == OLD
