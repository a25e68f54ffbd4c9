"""The journal: a crash at any moment leaves it true."""

from __future__ import annotations

import inspect
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing, suppress
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tuckan import Client
from tuckan.cli import changes
from tuckan.errors import ConfigurationError, Hint, InvalidArgument, TuckanError, for_shell
from tuckan.jobs.folder import held, new_path, path_of, paths
from tuckan.jobs.journal import Journal, now
from tuckan.jobs.kinds import kind_of
from tuckan.jobs.operation import Ended, Operation, Planned
from tuckan.jobs.planning import undoing
from tuckan.jobs.report import plan_of, report_of
from tuckan.jobs.shelf import remove, summaries, summary

NUMBER = 25


def operations(number: int = NUMBER) -> list[Planned]:
    return [
        Planned(Operation(f"k{n}", "dataset.put", f"dataset k{n}", {"name": f"k{n}"}, stage=n % 2))
        for n in range(number)
    ]


class Crashes(RuleBasedStateMachine):
    """Operations are taken, end, fail; now and then the process is gone with what it had not written."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.journal = Journal(self.folder / "job.sqlite")
        self.journal.plan(operations())
        self.handed_out: dict[str, Operation] = {}
        self.in_hand: set[str] = set()
        self.ended: set[str] = set()
        self.failed: set[str] = set()
        self.taking: Any = None

    @rule(number=st.integers(1, 8), size=st.integers(1, 6))
    def take(self, number: int, size: int) -> None:
        stages = self.journal.stages()
        if self.taking is None and stages:
            self.taking = self.journal.take(stages[0], size)
        for operation, doubtful in islice(self.taking or (), number):
            assert doubtful or operation.key not in self.handed_out, "what was handed out before is in doubt"
            assert operation.key not in self.ended & self.written("done")
            self.handed_out[operation.key] = operation
            self.in_hand.add(operation.key)

    @precondition(lambda self: self.in_hand - self.ended)
    @rule(data=st.data(), well=st.booleans())
    def end(self, data: Any, well: bool) -> None:
        key = data.draw(st.sampled_from(sorted(self.in_hand - self.ended)))
        if well:
            self.journal.end(self.handed_out[key], Ended("created", key, after={"name": key}))
            self.ended.add(key)
        else:
            self.journal.fail(self.handed_out[key], "no", again=False)
            self.failed.add(key)

    @rule()
    def flush(self) -> None:
        self.journal.flush()

    @rule()
    def crash(self) -> None:
        self.journal._connection.close()
        self.journal = Journal(self.folder / "job.sqlite")
        self.taking = None
        self.in_hand.clear()  # a process ends only what was handed to it
        self.ended &= self.written("done")
        self.journal.reopen(everything=True)
        self.failed.clear()

    def written(self, *states: str) -> set[str]:
        rows = self.journal._connection.execute("SELECT key, state FROM operation").fetchall()
        return {key for key, state in rows if state in states}

    @invariant()
    def nothing_is_lost_and_nothing_invented(self) -> None:
        assert self.written("planned", "begun", "done", "failed") == {one.operation.key for one in operations()}
        assert self.written("done") <= self.ended
        assert self.written("failed") <= self.failed

    @invariant()
    def what_was_handed_out_is_noted_on_disk(self) -> None:
        assert set(self.handed_out) <= self.written("begun", "done", "failed")

    def teardown(self) -> None:
        self.journal.close()
        shutil.rmtree(self.folder)


TestCrashes = Crashes.TestCase
TestCrashes.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)


def test_the_last_job_is_the_last_of_its_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUCKAN_JOBS_DIR", str(tmp_path))
    begun = []
    for title in ("load", "undo load", "delete", "batch") * 5:
        begun.append(new_path(title))
        begun[-1].touch()
        time.sleep(0.001)
    assert paths() == begun
    assert path_of("last") == begun[-1]


def test_the_last_job_is_the_last_where_the_clock_was_set_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUCKAN_JOBS_DIR", str(tmp_path))
    (tmp_path / "29990228-235959-load-zzz.sqlite").touch()
    begun = []
    for title in ("undo load", "delete"):
        begun.append(new_path(title))
        begun[-1].touch()
    assert paths()[-2:] == begun
    assert path_of("last") == begun[1]


def test_a_plan_is_counted_once_unless_something_was_done(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[str] = []

    def counting(name: str) -> Any:
        looked_at.append(name)
        return kind_of(name)

    monkeypatch.setattr("tuckan.jobs.report.kind_of", counting)
    several = [Operation(str(n), "dataset.delete", f"dataset {n}", {"id": str(n), "purge": False}) for n in range(5)]
    with Client("https://example.org", "").jobs.planned("delete", map(Planned, several)) as job:
        assert (job.plan().total, str(job.plan()), job.plan().losses) == (5, "5 to be deleted", {})
        assert len(looked_at) == 5
        job._journal.end(several[0], Ended("deleted", "0"))
        assert job.plan().total == 4
        with closing(Journal(job._journal.path)) as other:
            other.end(several[1], Ended("deleted", "1"))
            other.flush()
            assert job.plan().total == 3, "another process has done it"


def test_planning_is_all_or_nothing(jobs_folder: Path) -> None:
    journal = Journal(new_path("twice"))
    with pytest.raises(InvalidArgument, match="the key 'k0'"):
        journal.plan([*operations(2), *operations(1)])
    assert list(jobs_folder.glob("*.sqlite*")) == []


def test_a_process_killed_while_it_plans_leaves_no_job_without_work(jobs_folder: Path) -> None:
    killed = """
import os, signal
from tuckan.jobs.folder import new_path
from tuckan.jobs.journal import Journal, now
from tuckan.jobs.operation import Operation, Planned
journal = Journal(new_path("killed"))
journal.describe(title="load", portal="https://example.org", begun=now())
with journal.planning() as add:
    for n in range(500):
        add(Planned(Operation(f"k{n}", "dataset.put", f"d{n}", {"notes": "x" * 5000})))
    os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", killed], check=False).returncode == -9
    (found,) = summaries()
    assert "interrupted before it was planned" in found.title
    from tuckan import Client  # noqa: PLC0415 - for this one

    with Client("https://example.org") as ckan:
        job = ckan.jobs.open("last")
        with pytest.raises(ConfigurationError, match="nothing was sent"):
            job.run()
        job.close()


def test_a_full_disk_is_said_and_the_journal_goes_on_when_there_is_room(jobs_folder: Path) -> None:
    journal = Journal(new_path("full"))
    journal.plan(operations())
    (pages,) = journal._connection.execute("PRAGMA page_count").fetchone()
    journal._connection.execute(f"PRAGMA max_page_count = {pages + 1}")
    taken = [one for one, _ in journal.take(0, 50)]
    for one in taken:
        journal.end(one, Ended("created", "x", after={"notes": "x" * 9000}))
    with pytest.raises(ConfigurationError, match="full") as caught:
        journal.flush()
    assert "TUCKAN_JOBS_DIR" in caught.value.hint
    journal._connection.close()
    again = Journal(path_of("last"))
    assert [one.key for one, doubtful in again.take(0, 50) if doubtful] == [one.key for one in taken]
    again.close()


@pytest.mark.skipif(os.name == "nt", reason="there is no /dev/null with a folder in it")
def test_a_folder_that_cant_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUCKAN_JOBS_DIR", "/dev/null/jobs")
    with pytest.raises(ConfigurationError, match="can't be used") as caught:
        new_path("x")
    assert "TUCKAN_JOBS_DIR" in caught.value.hint


def test_a_reason_is_kept_in_both_forms(jobs_folder: Path) -> None:
    reason = "the row is short. Pass " + Hint("ragged='pad'", "--ragged pad")
    refused, failed, wrong = (Operation(key, "dataset.put", f"dataset {key}", {}) for key in ("a1", "b1", "c1"))
    path = jobs_folder / "a.sqlite"
    with closing(Journal(path)) as journal:
        journal.plan([Planned(refused, refused=reason), Planned(failed), Planned(wrong)])
        list(journal.take(0, 10))
        journal.fail(failed, reason, again=False)
        journal.end(wrong, Ended("created", "c1"))
        journal.verified(journal.to_verify(10), {"c1": reason})
    with closing(Journal(path)) as journal:
        entries = list(journal.entries("refused", "failed", "wrong"))
        assert [(one.reason, for_shell(one.reason)) for one in entries] == [(reason, for_shell(reason))] * 3
        (grouped,) = report_of(journal, "a").reasons
        assert (grouped, for_shell(grouped)) == (reason, for_shell(reason))
        journal.reopen(everything=True)
        assert {one.reason for one in journal.entries("begun")} == {""}


def test_what_is_no_journal_or_a_later_ones(jobs_folder: Path) -> None:
    (jobs_folder / "a.sqlite").write_text("This is no journal at all, but it is long enough to be looked into." * 20)
    later = Journal(jobs_folder / "b.sqlite")
    later._connection.execute("PRAGMA user_version = 99")
    later.close()
    told = {one.name: one.title for one in summaries()}
    assert "is damaged" in told["a"]
    assert "later version of tuckan" in told["b"]


def test_a_job_that_is_worked_on_is_not_removed(jobs_folder: Path) -> None:
    journal = Journal(new_path("busy"))
    journal.plan(operations(1))
    journal.close()
    path = path_of("last")
    with held(path), pytest.raises(ConfigurationError, match="Another process is working on"):
        remove(path)
    remove(path)
    assert list(jobs_folder.iterdir()) == []


def test_reopening_keeps_what_was_there_before(jobs_folder: Path) -> None:
    journal = Journal(new_path("again"))
    before = {"name": "k0", "title": "Before"}
    journal.plan([Planned(Operation("k0", "dataset.put", "dataset k0", {"name": "k0"}, before=before))])
    ((operation, _),) = journal.take(0, 5)
    journal.fail(operation, "away", again=True)
    journal.flush()
    journal.reopen()
    ((operation, doubtful),) = journal.take(0, 5)
    assert (operation.before, doubtful) == (before, True)
    assert json.loads(json.dumps(journal.counts())) == {"begun": 1}
    journal.close()


JOB_COMMANDS = {
    "list": lambda path: list(summaries()),
    "show": summary,
    "show --changes": lambda path: looked_at(
        path,
        lambda entry: changes.lines(
            changes.between(entry.operation.before, entry.ended.after if entry.ended else None)
        ),
    ),
    "show --failures": lambda path: looked_at(
        path, lambda entry: kind_of(entry.operation.kind).intent(entry.operation).fields
    ),
    "plan": lambda path: with_journal(path, plan_of),
    "report": lambda path: with_journal(path, lambda journal: report_of(journal, "x")),
    "undo": lambda path: with_journal(path, lambda journal: list(undoing(journal.entries("done", backwards=True)))),
    "resume": lambda path: with_journal(
        path, lambda journal: [list(journal.take(stage, 2)) for stage in journal.stages()]
    ),
}


def with_journal(path: Path, what: Any) -> None:
    with closing(Journal(path)) as journal:
        what(journal)


def looked_at(path: Path, what: Any) -> None:
    with_journal(path, lambda journal: [list(what(entry)) for entry in journal.entries()])


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A journal with some of everything."""
    journal = Journal(tmp_path_factory.mktemp("healthy") / "job.sqlite")
    journal.describe(title="patch notes", portal="https://example.org", begun=now(), token=True)
    record = {"id": "1", "name": "rain", "notes": "Before", "tags": [{"name": "sky"}]}
    patches = [
        Operation(f"k{n}", "dataset.patch", f"dataset d{n}", {"id": f"{n}", "fields": {"notes": "x"}}, before=record)
        for n in range(12)
    ]
    journal.plan(map(Planned, patches))
    for operation, _ in islice(journal.take(0, 4), 8):
        if operation.key == "k3":
            journal.fail(operation, "no", again=True)
        else:
            journal.end(operation, Ended("changed", operation.key, record, {**record, "notes": "After"}))
    journal.settle()
    journal.close()
    assert journal.path is not None
    return journal.path


FLIPS = st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(1, 255)), min_size=1, max_size=8)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(length=st.sampled_from([1 << 20] * 9 + [0, 1, 100, 4096, 5000]), flips=FLIPS)
def test_a_damaged_journal_is_named_and_hides_no_other(
    healthy: Path, jobs_folder: Path, length: int, flips: list[tuple[int, int]]
) -> None:
    for old in jobs_folder.iterdir():
        old.unlink()
    (jobs_folder / "20260101-000000-good-222.sqlite").write_bytes(healthy.read_bytes())
    content = bytearray(healthy.read_bytes()[:length])
    # Zeros between the contents of pages mean nothing: bytes that say something are changed.
    saying = [place for place, byte in enumerate(content) if byte]
    for place, bits in flips if saying else ():
        content[saying[place % len(saying)]] ^= bits
    damaged = jobs_folder / "20260102-000000-hurt-222.sqlite"
    for command in JOB_COMMANDS.values():
        damaged.write_bytes(content)
        with suppress(TuckanError):
            command(damaged)
    told = {one.name: one for one in summaries()}
    assert set(told) == {damaged.stem, "20260101-000000-good-222"}
    assert (told["20260101-000000-good-222"].done, told["20260101-000000-good-222"].failed) == (7, 1)
    remove(damaged)
    assert not damaged.exists()


@pytest.mark.parametrize("odd", ["link", "folder"])
def test_what_is_no_journal_is_named_and_passed_over(healthy: Path, jobs_folder: Path, odd: str) -> None:
    good = jobs_folder / "20260101-000000-good-222.sqlite"
    good.write_bytes(healthy.read_bytes())
    path = jobs_folder / "20260102-000000-odd-222.sqlite"
    path.mkdir() if odd == "folder" else path.symlink_to(jobs_folder / "nowhere")
    told = {one.name: one.title for one in summaries()}
    assert f"The journal of the job {path.stem} is damaged: it is " in told[path.stem]
    assert "is damaged" not in told[good.stem]
    assert path_of("last") == good
    with pytest.raises(ConfigurationError, match="is damaged: it is"):
        Journal(path_of("odd-222"))
    if odd == "folder":
        with pytest.raises(ConfigurationError, match="is a folder"):
            remove(path)
    else:
        remove(path)
    assert sorted(one.name for one in jobs_folder.iterdir()) == sorted(
        [good.name, *([path.name] if odd == "folder" else [])]
    )


def test_a_value_that_was_changed_in_the_file_is_never_put_back(healthy: Path, jobs_folder: Path) -> None:
    path = jobs_folder / "hurt.sqlite"
    path.write_bytes(healthy.read_bytes().replace(b"Before", b"Befire"))
    with pytest.raises(ConfigurationError, match="the job hurt is damaged: what it holds of dataset d") as caught:
        JOB_COMMANDS["undo"](path)
    assert "tuckan job remove hurt" in caught.value.hint


@pytest.mark.parametrize("sql", ["DROP TABLE operation", "DROP TABLE job", "PRAGMA user_version = 0"])
def test_a_journal_without_a_table_is_damaged(healthy: Path, jobs_folder: Path, sql: str) -> None:
    path = jobs_folder / "hurt.sqlite"
    path.write_bytes(healthy.read_bytes())
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(sql)
    with pytest.raises(ConfigurationError, match=r"is damaged: it (has|holds) no"):
        Journal(path)
    (told,) = summaries()
    assert "is damaged" in told.title


def test_a_journal_of_the_first_format_is_read(healthy: Path, jobs_folder: Path) -> None:
    path = jobs_folder / "old.sqlite"
    path.write_bytes(healthy.read_bytes())
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "".join(f"ALTER TABLE operation DROP COLUMN {one};" for one in ("checksum", "needs", "reason_at_shell"))
            + "PRAGMA user_version = 1"
        )
    assert summary(path).done == 7
    for command in JOB_COMMANDS.values():
        command(path)


def test_a_job_that_nobody_closes_leaves_one_file_and_says_so(jobs_folder: Path) -> None:
    script = """
from tuckan import Client
from tuckan.jobs.operation import Operation, Planned
ckan = Client("http://127.0.0.1:9")
one = Planned(Operation("k", "dataset.patch", "dataset d", {"id": "d", "fields": {"notes": "x"}}, before={"id": "d"}))
with ckan.jobs.planned("closed", [one]) as closed:
    assert closed.plan().total == 1
dropped = ckan.jobs.planned("dropped", [one])
ckan.jobs.planned("at once", [one])
dropped.itself = dropped
"""
    ran = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert sorted(one.suffix for one in jobs_folder.iterdir()) == [".sqlite"] * 3
    said = [line for line in ran.stderr.splitlines() if "neither run nor closed" in line]
    assert len(said) == 2, (ran.stderr, jobs_folder)
    assert all("`tuckan job remove " in line for line in said)
    assert "closed-" not in "".join(said)


def test_a_closed_job_is_not_called_damaged(jobs_folder: Path) -> None:
    with Client("https://example.org", "x").jobs.planned("nothing", ()) as job:
        pass
    with pytest.raises(ConfigurationError, match=f"The job {job.name} is closed") as caught:
        job.undo()
    assert "jobs.open(" in caught.value.hint
    assert paths()


def test_no_property_of_a_job_reads_its_journal(jobs_folder: Path) -> None:
    client = Client("https://example.org", "x")
    patch = Operation("k", "dataset.patch", "dataset d", {"id": "d", "fields": {"notes": "x"}}, before={"id": "d"})
    with client.jobs.planned("change notes", [Planned(patch)]) as job:
        job.note(["Agreed."])
    properties = [name for name, member in inspect.getmembers(type(job)) if isinstance(member, property)]
    assert set(properties) >= {"title", "portal", "place", "notes", "phrase"}
    for name in properties:
        getattr(job, name)
    assert (job.title, job.notes) == ("change notes", ("Agreed.",))
    for method in (job.plan, job.report):
        with pytest.raises(ConfigurationError, match="is closed"):
            method()
    assert paths()
