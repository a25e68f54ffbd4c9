"""The pytest plugin, as a project of somebody else uses it."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tuckan.sandbox import Sandbox

TESTS = """
from pathlib import Path

def test_one(ckan_client, clean_portal, request):
    assert ckan_client.datasets.list() == []
    ckan_client.call("organization_create", name="mine")
    Path("label").write_text(clean_portal.label)

def test_two(ckan_client, clean_portal):
    assert ckan_client.organizations.list() == []
"""


def run_pytest(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-p", "no:randomly", "-p", "no:cacheprovider", *options]
    variables = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)


def test_another_session_has_a_sandbox_of_its_own(
    ckan_sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profiles = tmp_path / "config"
    monkeypatch.setenv("TUCKAN_CONFIG_DIR", str(profiles))
    (tmp_path / "test_mine.py").write_text(TESTS)
    ran = run_pytest(tmp_path, "-q")
    assert "2 passed" in ran.stdout, ran.stdout + ran.stderr
    assert (tmp_path / "label").read_text() not in ("", ckan_sandbox.label)
    assert ckan_sandbox.status().state == "running", "its end is not ours"
    assert not profiles.exists(), "the profiles of whoever runs tests are left alone"


def test_a_failed_test_shows_what_ckan_wrote(ckan_sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(
        "def test_fails(ckan_client):\n    ckan_client.users.get('nobody-of-that-name')"
    )
    ran = run_pytest(tmp_path, "-q", "--ckan-version", ckan_sandbox.status().ckan)
    assert "end of the log of the sandbox" in ran.stdout, ran.stdout + ran.stderr
    assert "/api/3/action/user_show" in ran.stdout.partition("end of the log")[2]


def test_each_version_that_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(TESTS)
    ran = run_pytest(tmp_path, "--collect-only", "-q", "--ckan-version", "2.10,2.11", "--ckan-version", "2.12")
    assert [one for one in ran.stdout.splitlines() if "test_two" in one] == [
        f"test_mine.py::test_two[{version}]" for version in ("2.10", "2.11", "2.12")
    ]


MARKED = """
import pytest

def test_plain(ckan_sandbox): ...

@pytest.mark.ckan_sandbox(plugins=["scheming", "./ckanext-mine"], config="other.toml")
def test_marked(ckan_sandbox): ...
"""

SHOWS = """
def test_shows(ckan_sandbox, request):
    wanted = request.node.callspec.params["ckan_sandbox"]
    print("wanted", wanted.ckan, wanted.setup, ckan_sandbox.plugins()[:1])
    print("title", ckan_sandbox.client().portal.status()["site_title"])
    assert 0
"""


def test_what_the_sandbox_has_stands_beside_the_tests_or_in_a_marker(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").touch()
    inner = tmp_path / "below" / "deeper"
    inner.mkdir(parents=True)
    (tmp_path / "sandbox.toml").write_text('ckan = "2.11"')
    (inner / "other.toml").write_text('ckan = "2.10"')
    (inner / "test_mine.py").write_text(MARKED)
    ran = run_pytest(tmp_path, "--collect-only", "-q")
    named = [one.rpartition("::")[2] for one in ran.stdout.splitlines() if "::" in one]
    assert named == ["test_plain[2.11]", "test_marked[2.10]"], ran.stdout + ran.stderr
    ran = run_pytest(tmp_path, "--collect-only", "-q", "--ckan-version", "2.12")
    assert "test_plain[2.12]" in ran.stdout
    (tmp_path / "sandbox.toml").write_text("plugin = []")
    ran = run_pytest(tmp_path, "-q", "-k", "plain")
    assert "'plugin' is no key of a sandbox" in ran.stdout, "what is wrong with the file is told"


def test_a_file_beside_the_tests_sets_up_their_sandbox(ckan_sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").touch()
    (tmp_path / "sandbox.toml").write_text(
        '[config]\nckan.site_title = "100 % rivers"\nckan.plugins = "stats datastore"'
    )
    (tmp_path / "test_mine.py").write_text(SHOWS)
    ran = run_pytest(tmp_path, "-q", "--ckan-version", ckan_sandbox.ckan)
    assert f"wanted {ckan_sandbox.ckan} {{'config': '{tmp_path / 'sandbox.toml'}'}} ('stats',)" in ran.stdout, (
        ran.stdout
    )
    assert "title 100 % rivers" in ran.stdout


def test_loading_the_plugin_loads_no_more_of_us() -> None:
    # pytest loads it in the tests of everybody who has tuckan installed.
    script = "import sys, tuckan.sandbox.pytest_plugin; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(ran.stdout.split())
    assert "tuckan.sandbox.pytest_plugin" in loaded
    assert loaded.isdisjoint({"tuckan.client", "httpx2", "psutil", "msgspec"})
