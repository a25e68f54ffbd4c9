"""A job that dies, a portal that goes away, answers that are lost: everything is done once all the same."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from tests.portals import web_killed, web_started

from tuckan import Client
from tuckan.jobs.folder import path_of
from tuckan.wire.retry import RetryPolicy

from .conftest import Both, puts

if TYPE_CHECKING:
    from tuckan.sandbox import Sandbox

QUICK = RetryPolicy(attempts=6, base=0.02, longest=0.2, budget=60)
RESUMING = """
import os, warnings
from tuckan import Client, errors
warnings.simplefilter("ignore", errors.NoFilter)
with Client(os.environ["PORTAL"], os.environ["TOKEN"], progress=False) as ckan:
    print(ckan.jobs.open("last").run())
"""


def names(ckan: Client) -> list[str]:
    return sorted(one["name"] for one in ckan.datasets.list())


def resuming(url: str, token: str) -> subprocess.Popen[bytes]:
    variables = {**os.environ, "PORTAL": url, "TOKEN": token}
    return subprocess.Popen([sys.executable, "-W", "error", "-c", RESUMING], env=variables)


def killed_at(action: str, number: int, start: Any, proxy: Any, ledger: Any) -> None:
    """Start a process, and kill it while it waits for the answer to the write that makes so many of an action."""
    process = start()

    def kill(_: Any, passed_on: Any) -> Any:
        answer = passed_on()
        if len(ledger.done(action)) >= number:
            process.kill()
        return answer

    proxy.always(ledger.noting(kill))
    assert process.wait() == -signal.SIGKILL, "it is killed in mid-job"
    proxy.always(ledger.noting())


def test_killed_ten_times_and_every_dataset_is_there_once(
    city: Client, ckan_sandbox: Sandbox, proxy: Any, ledger: Any
) -> None:
    number, kills = 550, 10
    with Client(proxy.url, ckan_sandbox.token()) as ckan:
        ckan.jobs.planned("create", puts(range(number))).close()
    for kill in range(1, kills + 1):
        chance = random.randrange(20)
        killed_at(
            "package_create",
            kill * number // (kills + 1) + chance,
            lambda: resuming(proxy.url, ckan_sandbox.token()),
            proxy,
            ledger,
        )
    last = resuming(proxy.url, ckan_sandbox.token())
    assert last.wait() == 0
    assert names(city) == [f"d{n:04}" for n in range(number)]
    created = ledger.done("package_create")
    assert len(created) == len(set(created)) == number, "none was created twice"
    assert ledger.done("package_revise") == [], "none was written over"
    with contextlib.closing(sqlite3.connect(path_of("last"))) as journal:
        assert journal.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        states = journal.execute("SELECT state, what, verified, count(*) FROM operation GROUP BY 1, 2, 3").fetchall()
    assert states == [("done", "created", 1, number)]


@pytest.mark.also_unruly("refuses_filter")
def test_answers_that_are_lost_after_the_write_arrived(
    city: Client, ckan_sandbox: Sandbox, proxy: Any, ledger: Any, faults: Any, kind: str
) -> None:
    chance = random.Random(7)

    def sometimes(seen: Any, passed_on: Any) -> Any:
        fate = chance.random()
        if fate < 0.06:
            return faults.reset_after(seen, passed_on)
        return faults.lost_behind_502(seen, passed_on) if fate < 0.12 else passed_on()

    both = Both(kind, proxy.url, ckan_sandbox.token(), retries=QUICK)
    try:
        proxy.always(ledger.noting(sometimes))
        report = both(both.client.jobs.planned("create", puts(range(60))).run())
        assert (report.complete, report.done) == (True, {"created": 60})
        job = both(both.client.jobs.patch({"notes": "Once."}, "name:*"))
        patched = both(job.run())
        assert (patched.complete, patched.done) == (True, {"changed": 60})
        job.close()
    finally:
        both.close()
    created, revised = ledger.done("package_create"), ledger.done("package_revise")
    assert len(created) == len(set(created)) == len(set(revised)) == len(revised) == 60
    assert {one["notes"] for one in city.datasets.list()} == {"Once."}


@pytest.mark.unruly("refuses_filter")
@pytest.mark.filterwarnings("ignore::tuckan.errors.NoFilter")
def test_killed_while_lists_are_replaced_and_each_is_replaced_once(
    city: Client, ckan_sandbox: Sandbox, proxy: Any, ledger: Any
) -> None:
    number, kills = 40, 3
    city.jobs.planned("create", puts(range(number), tags=[{"name": "sea"}, {"name": "sky"}])).run()
    with Client(proxy.url, ckan_sandbox.token()) as ckan:
        ckan.jobs.patch({"tags": [{"name": "sky"}], "notes": "Once."}, "name:*").close()
    for kill in range(1, kills + 1):
        killed_at(
            "package_patch",
            kill * number // (kills + 1),
            lambda: resuming(proxy.url, ckan_sandbox.token()),
            proxy,
            ledger,
        )
    last = resuming(proxy.url, ckan_sandbox.token())
    assert last.wait() == 0
    assert {(one["notes"], *(tag["name"] for tag in one["tags"])) for one in city.datasets.list()} == {("Once.", "sky")}
    replaced = ledger.done("package_patch")
    assert len(replaced) == len(set(replaced)) == number


def test_a_portal_that_is_away_for_longer_than_a_call_waits(city: Client, ckan_sandbox: Sandbox) -> None:
    reports: list[Any] = []
    policy = RetryPolicy(attempts=3, base=0.1, longest=2.0, budget=5.0)

    def work() -> None:
        with Client(ckan_sandbox.url, ckan_sandbox.token(), retries=policy) as ckan:
            job = ckan.jobs.planned("create", puts(range(120)))
            reports.append(job.run(patience=120))
            job.close()

    working = threading.Thread(target=work)
    working.start()
    while city.call("package_search", rows=0)["count"] < 25:
        time.sleep(0.05)
    web_killed(ckan_sandbox)
    time.sleep(policy.budget + 3)
    assert working.is_alive()
    web_started(ckan_sandbox)
    working.join(timeout=120)
    assert reports, "it ended"
    assert reports[0].complete, str(reports[0])
    # The search index is not asked: CKAN, killed between its database and its index, leaves a dataset out of it.
    assert sorted(city.call("package_list")) == [f"d{n:04}" for n in range(120)]


def test_a_portal_that_stays_away_ends_the_job_which_goes_on_later(
    city: Client, ckan_sandbox: Sandbox, proxy: Any, faults: Any, kind: str
) -> None:
    from tuckan.errors import Incomplete  # noqa: PLC0415 - for this one

    both = Both(kind, proxy.url, ckan_sandbox.token(), retries=RetryPolicy(attempts=2, base=0.01))
    try:
        both(both.client.call("status_show"))
        job = both.client.jobs.planned("create", puts(range(20)))
        done = 0

        def goes_away(seen: Any, passed_on: Any) -> Any:
            nonlocal done
            done += seen.action == "package_create"
            return passed_on() if done <= 8 else faults.status(503)(seen, passed_on)

        proxy.always(goes_away)
        with pytest.raises(Incomplete, match="The job stopped after") as caught:
            both(job.run(patience=0.2))
        assert f"tuckan job resume {job.name}" in caught.value.hint
        proxy.always(None)
        assert both(job.run()).done == {"created": 20}
        job.close()
    finally:
        both.close()
