"""Operations that build on others are done after them, and not at all where these were not done."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from tuckan import Client
from tuckan.jobs.journal import Journal
from tuckan.jobs.operation import Ended, Operation, Planned

if TYPE_CHECKING:
    from pathlib import Path

    from tuckan.sandbox import Sandbox


def planned(key: str, stage: int, *needs: str) -> Planned:
    return Planned(Operation(key, "dataset.put", f"dataset {key}", {"name": key}, stage, needs=needs))


def test_what_builds_on_a_failed_operation_is_skipped_and_so_is_what_builds_on_that() -> None:
    journal = Journal(None)
    one, *others = planned("a", 0), planned("b", 1, "a"), planned("c", 2, "b"), planned("d", 2, "not in this job")
    journal.plan([one, *others])
    list(journal.take(0, 10))
    journal.fail(one.operation, "refused", again=False)
    assert [journal.skip(stage) for stage in (1, 2)] == [1, 1]
    assert [operation.key for operation, _ in journal.take(2, 10)] == ["d"]
    reasons = {entry.operation.key: entry.reason for entry in journal.entries("skipped")}
    assert reasons == {
        "b": "not done: it builds on dataset a, which failed",
        "c": "not done: it builds on dataset b, which was not done",
    }
    journal.reopen(everything=True)
    journal.unskip()
    [(again, doubtful)] = list(journal.take(0, 10))
    journal.end(again, Ended("created", "1"))
    assert (journal.skip(1), doubtful) == (0, True)
    assert [(operation.key, doubtful) for operation, doubtful in journal.take(1, 10)] == [("b", False)]
    journal.close()


def test_a_journal_of_before_has_operations_that_need_nothing(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    with closing(Journal(path)) as journal:
        journal.plan([planned("a", 0)])
    with closing(sqlite3.connect(path)) as old:
        for later in ("needs", "checksum", "reason_at_shell"):
            old.execute(f"ALTER TABLE operation DROP COLUMN {later}")
        old.execute("PRAGMA user_version = 1")
    with closing(Journal(path)) as journal:
        assert [entry.operation.needs for entry in journal.entries()] == [()]
        assert journal.skip(0) == 0


def resources(ckan: Client, name: str) -> list[tuple[str, str, str]]:
    found = ckan.datasets.get(name)["resources"]
    return [(one["id"], one["name"], one["url"].rpartition("/")[2]) for one in found]


@pytest.mark.also_unruly("wants_files")
def test_a_refused_record_leaves_the_files_of_its_dataset_alone(city: Client, tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text("a\n1\n")
    city.datasets.create(
        name="victim",
        owner_org="city",
        resources=[{"name": "r1", "url": "https://example.org/r1.csv", "format": "CSV"}],
    )
    before = resources(city, "victim")
    record: dict[str, Any] = {
        "name": "victim",
        "tags": [{"name": "seen by the portal alone", "vocabulary_id": "none"}],
        "resources": [{"name": "photo", "upload": str(tmp_path / "f.csv")}],
    }
    job = city.jobs.load([record])
    report = job.run()
    assert (report.failed, report.skipped, report.complete) == (1, 1, False)
    assert "1 skipped because an operation they depend on was not done" in str(report)
    [skipped] = job.entries("skipped")
    assert skipped.reason == "not done: it builds on dataset victim, which failed"
    assert resources(city, "victim") == before
    city.datasets.patch("victim", notes="Somebody's.")
    assert [entry.reason for entry in job.undo(dry_run=True).failures()] == []
    job.close()


REFUSED = b'{"success": false, "error": {"__type": "Validation Error", "title": ["Not in May"]}}'


@pytest.mark.also_unruly("wants_files", "restamps")
def test_what_was_skipped_is_done_once_the_cause_is_mended(
    city: Client, ckan_sandbox: Sandbox, proxy: Any, faults: Any, tmp_path: Path
) -> None:
    (tmp_path / "f.csv").write_text("a\n1\n")
    photo = {"name": "photo", "upload": str(tmp_path / "f.csv")}
    with Client(proxy.url, ckan_sandbox.token()) as client:
        job = client.jobs.load([{"name": "rain", "owner_org": "city", "resources": [photo]}])
        proxy.next(faults.status(409, REFUSED), action="package_create")
        report = job.run()
        assert (report.failed, report.skipped) == (1, 1)
        assert not proxy.calls("resource_create") + proxy.calls("resource_patch")
        report = job.run()
        assert (report.failed, report.skipped, report.left) == (1, 1, 0), "the cause is there as before"
        report = job.run(retry_failed=True)
        assert (report.complete, report.done) == (True, {"created": 1, "uploaded": 1})
        [(_, name, file)] = resources(city, "rain")
        assert (name, file) == ("photo", "f.csv")
        undoing = job.undo()
        undone = undoing.run()
        assert (undone.complete, undone.done) == (True, {"deleted": 1}), list(undoing.failures())
        job.close()


@pytest.mark.also_unruly("wants_files")
def test_files_find_their_resources_by_id_wherever_these_stand(city: Client, tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.csv").write_text(f"{name}\n1\n")
    link = {"name": "link", "url": "https://example.org/link"}
    files = [{"name": name, "upload": str(tmp_path / f"{name}.csv")} for name in ("a", "b", "c")]
    record = {"name": "rain", "owner_org": "city", "resources": [files[0], link, files[1]]}
    for wanted, done in ((record, {"created": 1, "uploaded": 2}), (record, {})):
        job = city.jobs.load([wanted])
        report = job.run()
        assert (report.complete, report.done) == (True, done), str(report)
        assert [(name, file) for _, name, file in resources(city, "rain")] == [
            ("a", "a.csv"),
            ("link", "link"),
            ("b", "b.csv"),
        ]
        job.close()
    before = resources(city, "rain")
    (tmp_path / "a.csv").write_text("a\n2\n")
    job = city.jobs.load([{**record, "resources": [files[2], *record["resources"]]}])
    assert job.notes == (
        "1 file on the portal will be replaced; this can't be undone, since the old ones are not saved: a.csv of dataset rain",
    )
    report = job.run()
    assert report.complete, str(report)
    after = resources(city, "rain")
    assert [name for _, name, _ in after] == ["c", "a", "link", "b"]
    assert after[1:] == before, "the others kept their ids"
    job.close()


@pytest.mark.also_unruly("wants_files", "restamps")
def test_undo_removes_a_file_that_a_load_added(city: Client, tmp_path: Path) -> None:
    (tmp_path / "new.csv").write_text("a\n1\n")
    link = {"name": "link", "url": "https://example.org/link"}
    city.datasets.create(name="rain", owner_org="city", resources=[link])
    before = resources(city, "rain")
    job = city.jobs.load([{"name": "rain", "resources": [link, {"name": "new", "upload": str(tmp_path / "new.csv")}]}])
    assert job.run().complete
    undone = job.undo().run()
    assert undone.complete, str(undone)
    assert resources(city, "rain") == before
    job.close()
