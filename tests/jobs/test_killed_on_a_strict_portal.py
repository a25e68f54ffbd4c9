"""Killed right after a write arrived, on a portal whose plugin refuses the filter of `package_revise`: each is done once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tuckan import Client
from tuckan.config import Profile, save_profile

from .conftest import puts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tuckan.sandbox import Sandbox

pytestmark = [
    pytest.mark.unruly("refuses_filter"),
    pytest.mark.filterwarnings("ignore::tuckan.errors.NoFilter"),
]

NUMBER = 12
RESUME = "report = ckan.jobs.open('last').run(); print(report); raise SystemExit(not report.complete)"
UNDO = """
job = ckan.jobs.open('last')
report = (job if job.title.startswith('undo') else job.undo()).run()
print(report); raise SystemExit(not report.complete)
"""
OPENING = """
import os, sys
from tuckan import Client
with Client(os.environ["PORTAL"], os.environ["TOKEN"], progress=False, concurrency=2) as ckan:
"""


@pytest.fixture
def killed(proxy: Any, ckan_sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Runs code that has a client `ckan`, killed after the numbered write of each action arrived, and then to its end."""
    monkeypatch.setenv("TUCKAN_CONFIG_DIR", str(tmp_path / "config"))
    variables = {**os.environ, "PORTAL": proxy.url, "TOKEN": ckan_sandbox.token()}

    def run(code: str, *kills: tuple[str, int]) -> None:
        program = OPENING + "".join(f"    {line}\n" for line in code.strip().splitlines())
        for action, number in kills:
            with proxy.until_all_left():
                process = subprocess.Popen([sys.executable, "-c", program], env=variables, stdout=subprocess.DEVNULL)
                left = [number]

                def kill(seen: Any, passed_on: Any, process: Any = process, action: str = action, left: list[int] = left) -> Any:  # fmt: skip
                    answer = passed_on()
                    if seen.action == action:
                        left[0] -= 1
                        if left[0] == 0:
                            process.kill()
                    return answer

                proxy.always(kill)
                assert process.wait(timeout=200) < 0, f"it is to be killed at {action}"
            proxy.always(None)
        last = subprocess.run(
            [sys.executable, "-c", program], env=variables, capture_output=True, text=True, check=False, timeout=200
        )
        assert last.returncode == 0, last.stdout + last.stderr

    return run


def test_load(city: Client, killed: Any, proxy: Any, tmp_path: Path, ckan_sandbox: Sandbox) -> None:
    lines = []
    for number in range(NUMBER):
        (tmp_path / f"{number}.csv").write_text(f"a\n{number}\n")
        file = {"name": f"file {number}", "upload": f"{number}.csv"}
        lines.append(json.dumps({"name": f"d{number}", "owner_org": "city", "resources": [file]}))
    (tmp_path / "datasets.jsonl").write_text("\n".join(lines))
    with Client(proxy.url, ckan_sandbox.token(), progress=False) as ckan:
        ckan.jobs.load(tmp_path / "datasets.jsonl", "dataset").close()
    killed(RESUME, ("package_create", 4), ("resource_patch", 3))
    found = {one["name"]: [r["name"] for r in one["resources"]] for one in city.datasets.list()}
    assert found == {f"d{number}": [f"file {number}"] for number in range(NUMBER)}
    assert len(proxy.calls("package_create")) == NUMBER


def test_undo(city: Client, killed: Any, proxy: Any, ckan_sandbox: Sandbox) -> None:
    city.jobs.planned("create", puts(range(NUMBER), tags=[{"name": "sea"}, {"name": "sky"}])).run()
    with Client(proxy.url, ckan_sandbox.token(), progress=False) as ckan:
        job = ckan.jobs.patch({"tags": [], "notes": "Gone."}, "name:*")
        assert job.run().complete
        job.close()
    killed(UNDO, ("package_revise", 3), ("package_revise", 3))
    for one in city.datasets.list():
        assert ({tag["name"] for tag in one["tags"]}, one["notes"] or "") == ({"sea", "sky"}, "")


def test_copy(
    city: Client, killed: Any, proxy: Any, ckan_sandbox: Sandbox, second_sandbox: Sandbox, tmp_path: Path
) -> None:
    second_sandbox.reset()
    with second_sandbox.client() as source:
        source.call("organization_create", name="hills")
        for number in range(NUMBER):
            source.datasets.create(name=f"h{number}", owner_org="hills", tags=[{"name": "sea"}])
            (tmp_path / "a.csv").write_text(f"a\n{number}\n")
            source.resources.upload(f"h{number}", tmp_path / "a.csv")
        save_profile(Profile("source", second_sandbox.url, second_sandbox.token()))
        with Client(proxy.url, ckan_sandbox.token(), progress=False) as ckan:
            ckan.jobs.copy(source, views=False).close()
        killed(RESUME, ("package_create", 4), ("package_create", 3))
        with Client(ckan_sandbox.url, ckan_sandbox.token(), progress=False) as ckan:
            again = ckan.jobs.copy(source, views=False)
            assert again.plan().total == 0, [one.operation for one in again.entries("planned")]
            again.discard()
    assert len({json.loads(one.body)["name"] for one in proxy.calls("package_create")}) == NUMBER
    assert len(proxy.calls("package_create")) == NUMBER


def test_push(city: Client, killed: Any, proxy: Any, ckan_sandbox: Sandbox) -> None:
    made = city.datasets.create(name="tables", owner_org="city")
    table = city.call("datastore_create", resource={"package_id": made["id"]}, fields=[{"id": "n", "type": "int4"}])
    with Client(proxy.url, ckan_sandbox.token(), progress=False) as ckan:
        ckan.datastore.push([{"n": number} for number in range(20_000)], table["resource_id"]).close()
    killed(RESUME, ("datastore_upsert", 1), ("datastore_upsert", 1))
    numbers = city.datastore.pull(table["resource_id"], columns=["n"]).to_arrow()["n"].to_pylist()
    assert sorted(numbers) == list(range(20_000))


def test_revoke(city: Client, killed: Any, proxy: Any) -> None:
    city.users.create("robot", "robot@example.org", password="long enough 1")
    for number in range(NUMBER):
        city.tokens.create("robot", "old" if number < NUMBER - 2 else "new")
    killed("ckan.tokens.revoke('robot', name='old')", ("api_token_revoke", 4))
    assert [one["name"] for one in city.tokens.list("robot")] == ["new", "new"]


def test_upload(city: Client, killed: Any, proxy: Any, tmp_path: Path) -> None:
    city.datasets.create(name="files", owner_org="city")
    (tmp_path / "a.csv").write_text("a\n1\n")
    killed(f"ckan.resources.upload('files', {str(tmp_path / 'a.csv')!r})", ("resource_create", 1))
    assert [one["name"] for one in city.resources.list("files")] == ["a.csv"]
    assert len(proxy.calls("resource_create")) == 1
