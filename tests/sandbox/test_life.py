"""A sandbox from its start to its end, on the real thing."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx2
import psutil
import pytest

from tuckan.config import load_profiles
from tuckan.errors import InvalidArgument, SandboxError
from tuckan.sandbox import PARTS, Sandbox, sandboxes
from tuckan.sandbox.environment import environment
from tuckan.sandbox.ini import database_url, write_ini
from tuckan.sandbox.processes import marked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def own(ckan_sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A sandbox of this test's own, of the same version; its profile goes where no person's are."""
    monkeypatch.setenv("TUCKAN_CONFIG_DIR", str(tmp_path / "config"))
    sandbox = Sandbox(f"life-{ckan_sandbox._instance.name}", ckan=ckan_sandbox._instance.ckan)
    sandbox.destroy()
    yield sandbox
    sandbox.destroy()


def part_pids(sandbox: Sandbox) -> dict[str, int]:
    return {one.name: one.pid for one in sandbox.status().parts if one.pid}


def keep_something(sandbox: Sandbox) -> None:
    with sandbox.client() as ckan:
        ckan.call("organization_create", name="kept")


def it_is_kept(sandbox: Sandbox) -> bool:
    with sandbox.client() as ckan:
        return bool(ckan.organizations.get("kept")["name"] == "kept")


def tree(pids: dict[str, int]) -> list[psutil.Process]:
    return [
        one for pid in pids.values() for one in [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    ]


def listening(sandbox: Sandbox) -> set[str]:
    found: set[str] = set()
    for process in tree(part_pids(sandbox)):
        with contextlib.suppress(psutil.NoSuchProcess):  # a worker's job may end at any time
            connections = process.net_connections(kind="inet")
            found |= {one.laddr.ip for one in connections if one.status == psutil.CONN_LISTEN}
    return found


@contextlib.contextmanager
def the_port_taken_before_it_is_bound(sandbox: Sandbox, part: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Somebody else listens on the port of a part from when it was chosen on."""
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        port = sandbox.settings.ports[part]

        def write_and_take(*given: Any) -> None:
            write_ini(*given)
            if other.getsockname()[1] != port:
                other.bind(("127.0.0.1", port))
                other.listen()

        with monkeypatch.context() as patched:
            patched.setattr("tuckan.sandbox.starting.write_ini", write_and_take)
            yield port


def test_up_and_down_and_up_again(own: Sandbox, ckan_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    assert own.up(said.append).state == "running"
    assert ckan_sandbox.status().state == "running", "two of them run side by side"
    assert own.url != ckan_sandbox.url
    assert any("starting" in one for one in said)
    keep_something(own)
    before = part_pids(own)
    assert own.up().state == "running"
    assert part_pids(own) == before, "a second `up` leaves it as it is"

    processes = tree(before)
    own.down()
    assert own.status().state == "stopped"
    assert [one for one in processes if one.is_running() and one.status() != psutil.STATUS_ZOMBIE] == []

    with the_port_taken_before_it_is_bound(own, "search", monkeypatch) as taken:
        own.up(said.append)
        assert taken not in own.settings.ports.values()
    assert f"Another process has taken port {taken}. Choosing other ports" in said
    assert it_is_kept(own)
    assert own.label in [one.label for one in sandboxes()]
    assert load_profiles()[own.profile].token == own.token()
    own.destroy()
    assert own.label not in [one.label for one in sandboxes()]
    assert own.profile not in load_profiles()


def test_what_is_set_for_other_portals_and_servers_does_not_reach_it(
    own: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = {
        "CKAN_SQLALCHEMY_URL": "postgresql://somebody@127.0.0.1:9/real",
        "CKAN_SITE_URL": "https://example.org",
        "CKAN_SOLR_URL": "http://127.0.0.1:9/solr/ckan",
        "GUNICORN_CMD_ARGS": "--bind 0.0.0.0:8999",
        "PGPORT": "9",
        "PYTHONWARNINGS": "error",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "http_proxy": "http://127.0.0.1:9",
    }
    for name, value in elsewhere.items():
        monkeypatch.setenv(name, value)
    own.up()
    for name in elsewhere:
        monkeypatch.delenv(name)
    keep_something(own)
    with own.client() as ckan:
        made = ckan.call("package_create", name="here", owner_org="kept")
        assert ckan.datasets.list()[0]["id"] == made["id"]
        assert ckan.portal.status()["site_url"] == own.url
    assert listening(own) == {"127.0.0.1"}


def test_a_crash_of_any_part_is_seen_and_cleaned_up(own: Sandbox) -> None:
    own.up()
    keep_something(own)
    pids = part_pids(own)
    killed: list[str] = []
    for name in reversed(PARTS):  # the others first, which may end by themselves when PostgreSQL does
        os.kill(pids[name], signal.SIGKILL)
        killed.insert(0, name)
        limit = time.monotonic() + 60
        while name in part_pids(own) and time.monotonic() < limit:
            time.sleep(0.02)
        status = own.status()
        assert status.state == "broken"
        assert [one.name for one in status.parts if not one.running] == killed
    assert own.up().state == "running"
    assert it_is_kept(own)


def test_all_killed_at_once_leaves_nothing_that_up_cannot_clean(own: Sandbox) -> None:
    own.up()
    keep_something(own)
    killed = tree(part_pids(own))
    for process in killed:
        with contextlib.suppress(psutil.NoSuchProcess):  # it ended with the one that it belongs to
            process.kill()
    psutil.wait_procs(killed, timeout=60)
    assert own.up().state == "running"
    assert it_is_kept(own)


def test_a_start_that_is_killed_leaves_nothing_that_cannot_be_cleaned(own: Sandbox) -> None:
    begin = f"from tuckan.sandbox import Sandbox; {own!r}.up()"
    for seen in (1, 6):  # PostgreSQL, which prepares the databases, and then all the parts but the worker
        starting = subprocess.Popen([sys.executable, "-c", begin])
        limit = time.monotonic() + 200
        while len(marked(own._instance.root)) < seen and starting.poll() is None and time.monotonic() < limit:
            time.sleep(0.01)
        assert starting.poll() is None, "it was killed in the middle"
        starting.kill()
        starting.wait()
    assert own.up().state == "running"
    own.down()
    assert marked(own._instance.root) == []


def test_a_start_that_is_interrupted_ends_all_it_began(own: Sandbox) -> None:
    command = [
        sys.executable,
        "-m",
        "tuckan",
        "sandbox",
        "up",
        "--name",
        own._instance.name,
        "--ckan",
        own._instance.ckan,
    ]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as starting:
        limit = time.monotonic() + 200
        while not marked(own._instance.root) and starting.poll() is None and time.monotonic() < limit:
            time.sleep(0.01)
        starting.send_signal(signal.SIGINT)
        _, err = starting.communicate(timeout=200)
    assert (starting.returncode, err.splitlines()[-1], "Traceback" in err) == (130, "Interrupted.", False), err
    assert marked(own._instance.root) == []
    assert own.status().state == "stopped"


def test_loading_the_demo_can_be_interrupted(clean_portal: Sandbox) -> None:
    instance = clean_portal._instance
    command = [sys.executable, "-m", "tuckan", "sandbox", "load-demo", "--name", instance.name, "--ckan", instance.ckan]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as loading:
        assert loading.stderr is not None
        first = loading.stderr.readline()
        loading.send_signal(signal.SIGINT)
        _, err = loading.communicate(timeout=200)
    assert (loading.returncode, err.splitlines()[-1], "Traceback" in err) == (130, "Interrupted.", False), first + err
    assert clean_portal.status().state == "running"


def test_parts_that_are_killed_leave_no_children_after_down(own: Sandbox) -> None:
    own.up()
    pids = part_pids(own)
    for victim in ("postgres", "web", "worker"):
        psutil.Process(pids[victim]).kill()
    assert marked(own._instance.root)
    own.down()
    assert marked(own._instance.root) == []


def test_a_start_that_fails_says_which_part_and_shows_its_log(own: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    own.up()
    own.down()

    def write_broken(instance: Any, settings: Any, plugins: Any, config: Any = ()) -> None:
        write_ini(instance, settings, [*plugins, "no_such_plugin"], config)

    monkeypatch.setattr("tuckan.sandbox.starting.write_ini", write_broken)
    with pytest.raises(SandboxError) as caught:
        own.up()
    assert f"web of the sandbox {own.label}" in caught.value.message
    assert "no_such_plugin" in caught.value.message
    assert part_pids(own) == {}, "nothing is left running"


def test_everything_listens_on_loopback_or_a_socket_of_its_own(ckan_sandbox: Sandbox) -> None:
    assert listening(ckan_sandbox) == {"127.0.0.1"}
    sockets = {
        connection.laddr
        for process in tree(part_pids(ckan_sandbox))
        for connection in process.net_connections(kind="unix")
        if connection.laddr.startswith("/")
    }
    assert {os.path.dirname(one) for one in sockets} == {ckan_sandbox.settings.sockets}  # noqa: PTH120 - it is text
    assert set(part_pids(ckan_sandbox)) == set(PARTS)


def test_secrets_are_for_their_owner_alone(ckan_sandbox: Sandbox) -> None:
    root: Path = ckan_sandbox._instance.root
    token = ckan_sandbox.token()
    for path in root.rglob("*"):
        if path.is_file() and path.suffix in (".json", ".ini"):
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    for folder in root.iterdir():
        assert not folder.is_dir() or stat.S_IMODE(folder.stat().st_mode) & 0o077 == 0, folder
    secrets = ckan_sandbox.settings.secrets
    every = (secrets.token, secrets.loader_token, secrets.database, secrets.session, secrets.password)
    for process in tree(part_pids(ckan_sandbox)):
        seen = " ".join([*process.cmdline(), *process.environ().values()])
        assert not any(one in seen for one in every), process
    with ckan_sandbox.client() as ckan:
        ckan.portal.capabilities()
    for log in root.glob("logs/*"):
        assert not any(one in log.read_text(errors="replace") for one in every), log
    assert token not in repr(ckan_sandbox) + repr(ckan_sandbox.status()) + repr(ckan_sandbox.settings)


def test_reset_empties_the_portal(clean_portal: Sandbox) -> None:
    with clean_portal.client() as ckan:
        pids = part_pids(clean_portal)
        ckan.call("organization_create", name="gone")
        made = ckan.call("package_create", name="gone", owner_org="gone", title="Gone")
        table = ckan.call("datastore_create", resource={"package_id": made["id"]}, records=[{"a": 1}])
        ckan.call("user_create", name="gone", email="gone@example.org", password="not-needed-1")
        ckan.tokens.revoke("admin", name="loaders")
        clean_portal.reset()
        assert sorted(one["name"] for one in ckan.tokens.list("admin")) == ["loaders", "sandbox"]
        assert ckan.datasets.list() == []
        assert ckan.organizations.list() == []
        assert [one["name"] for one in ckan.users.list()] == ["admin"]
        assert table["resource_id"] not in str(ckan.call("datastore_search", resource_id="_table_metadata"))
        assert ckan.portal.whoami()["name"] == "admin", "the token stays good"
        assert part_pids(clean_portal) == pids, "nothing was restarted"
        ckan.call("organization_create", name="gone")


def test_reset_gives_the_administrator_back_as_new(clean_portal: Sandbox) -> None:
    with clean_portal.client() as ckan:
        before = ckan.call("user_show", id="admin")
        changes = {"fullname": "Somebody", "email": "somebody@example.org", "about": "me", "password": "another-word-1"}
        ckan.call("user_patch", id="admin", **changes)
        clean_portal.reset()
        after = ckan.call("user_show", id="admin")
        assert {name: after[name] for name in ("id", "fullname", "email", "about")} == {
            name: before[name] for name in ("id", "fullname", "email", "about")
        }


def test_reset_waits_for_nobody_for_ever(clean_portal: Sandbox) -> None:
    url = database_url(clean_portal.settings, "ckan", "ckan")
    hold = "import os, psycopg2, time; c = psycopg2.connect(os.environ['URL']); c.cursor().execute('SELECT * FROM package')"
    python = environment(clean_portal._instance.ckan, print).python
    holder = subprocess.Popen(
        [python, "-c", f"{hold}; print(flush=True); time.sleep(60)"], env={"URL": url}, stdout=subprocess.PIPE
    )
    with holder:
        assert holder.stdout
        holder.stdout.readline()
        clean_portal.reset()
        assert holder.poll() is None, "it was in the way all the time"
        holder.kill()
    with clean_portal.client() as ckan:
        assert ckan.datasets.list() == []


CUTTING = """
import os, psycopg2, time
connection = psycopg2.connect(os.environ["URL"])
connection.autocommit = True
busy = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND state <> 'idle'"
end = time.monotonic() + 2
while time.monotonic() < end:
    connection.cursor().execute(busy)
"""


def statuses(sandbox: Sandbox, ask_on: Callable[[], bool]) -> set[int]:
    found = set()
    while ask_on():
        reply = httpx2.get(f"{sandbox.url}/api/3/action/package_search", headers={"Authorization": sandbox.token()})
        found.add(reply.status_code)
    return found


def test_a_lost_database_connection_spoils_no_request_but_its_own(clean_portal: Sandbox) -> None:
    # CKAN alone keeps the dead session, and answers all that comes to that thread with status 500.
    url = database_url(clean_portal.settings, "ckan", "ckan")
    cutting = subprocess.Popen([environment(clean_portal.ckan, print).python, "-c", CUTTING], env={"URL": url})
    with ThreadPoolExecutor(8) as pool, cutting:
        meanwhile = [pool.submit(statuses, clean_portal, lambda: cutting.poll() is None) for _ in range(8)]
        assert 500 in set().union(*(one.result() for one in meanwhile)), "connections were lost"
    often = iter(range(40))
    assert statuses(clean_portal, lambda: next(often, None) is not None) == {200}


@pytest.mark.parametrize("name", ["", "a b", "../x", "é"])
def test_a_bad_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidArgument, match="no name for a sandbox"):
        Sandbox(name)


def test_an_unknown_version_is_refused() -> None:
    with pytest.raises(InvalidArgument, match=r"no sandbox with CKAN 2\.8"):
        Sandbox(ckan="2.8")


def test_what_was_never_started_says_so() -> None:
    never = Sandbox("never")
    with pytest.raises(SandboxError, match="never started"):
        never.token()
    with pytest.raises(SandboxError, match="not running"):
        never.reset()
    assert never.status().state == "stopped"
    assert never.logs("web") == "(there is no log yet)"
    with pytest.raises(InvalidArgument, match="no part"):
        never.logs("nginx")
