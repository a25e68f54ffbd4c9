"""A portal that is changed while its mirror is synchronized, and killed: the mirror equals it, and each change is noted once.

With the environment variable `MIRROR_TESTS`, fifty datasets are changed in each way and the process is killed ten times.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tuckan import Client
from tuckan.mirror import Mirror

if TYPE_CHECKING:
    from tuckan.sandbox import Sandbox

ROOT = Path(__file__).parents[2]
NUMBER, KILLED_AT = (50, [30, 12, 60, 25, 150, 90, 18, 300, 40, 75]) if "MIRROR_TESTS" in os.environ else (3, [12, 40])
"""How many datasets are changed in each way; the number of SQL statements after which each process is killed."""

SYNC = """
import os, signal, sys
from pathlib import Path
from tuckan import Client
from tuckan.client._sync.client import connection_of
from tuckan.mirror import Mirror
from tuckan.mirror.syncing import synchronize
left = int(sys.argv[2])
def count(statement):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
with Client(os.environ["PORTAL"], os.environ["TOKEN"], progress=False) as ckan, Mirror(sys.argv[1]) as mirror:
    with mirror._writing() as store:
        store.connection.set_trace_callback(count)
        synchronize(store, mirror.path, connection_of(ckan), accept=True)
"""

WAYS = ("patched", "renamed", "deleted", "purged", "hidden", "restored")


def change(ckan: Client, number: int) -> None:
    """Change a dataset in each way, and create one."""
    ckan.datasets.create(name=f"created-{number}", title="Created", owner_org="office")
    ckan.datasets.patch(f"patched-{number}", title="Patched", notes="More.")
    ckan.datasets.patch(f"renamed-{number}", name=f"called-{number}")
    ckan.datasets.delete(f"deleted-{number}")
    ckan.call("dataset_purge", {"id": f"purged-{number}"})
    ckan.datasets.patch(f"hidden-{number}", private=True)
    ckan.datasets.restore(f"restored-{number}")


@pytest.mark.also_unruly("makes_lists")
def test_each_of_many_changes_is_noted_once(clean_portal: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "mirror.db"
    token = clean_portal.token()

    def killed_after(statements: int) -> int:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PORTAL": clean_portal.url, "TOKEN": token}
        command = [sys.executable, "-c", SYNC, str(path), str(statements)]
        return subprocess.run(command, env=environment, check=False, capture_output=True).returncode

    with Client(clean_portal.url, token, progress=False) as ckan, Mirror(path) as mirror:
        ckan.organizations.create(name="office")
        for way in WAYS:
            for number in range(NUMBER):
                ckan.datasets.create(name=f"{way}-{number}", title=way, owner_org="office")
        mirror.sync(ckan)
        for number in range(NUMBER):
            ckan.datasets.delete(f"restored-{number}")
        mirror.sync(ckan)
        noted_before = {row["key"] for row in mirror.sql("SELECT key FROM changes")}
        assert len(noted_before) == NUMBER

        others = threading.Thread(target=lambda: [change(ckan, number) for number in range(NUMBER)])
        others.start()
        ended = [killed_after(statements) for statements in KILLED_AT]
        others.join()
        assert set(ended) <= {0, -signal.SIGKILL}
        assert ended[0] == -signal.SIGKILL
        mirror.sync(ckan, accept_deletions=True)

        there = {one["id"]: one for one in ckan.datasets.iter(include_private=False)}
        assert {one["id"]: one for one in mirror.datasets} == there
        assert len(there) == 4 * NUMBER
        noted = [(one.change, one.name.rpartition("-")[0]) for one in mirror.changes()][:-NUMBER]
        expected = {
            ("new", "created"), ("changed", "patched"), ("changed", "called"), ("gone", "deleted"), ("gone", "purged"),
            ("gone", "hidden"), ("back", "restored"),
        }  # fmt: skip
        assert {one: noted.count(one) for one in noted} == dict.fromkeys(expected, NUMBER)
        idle = mirror.sync(ckan)
        assert (idle.new, idle.changed, idle.gone, idle.back) == (0, 0, 0, 0)
        mirror.verify()
