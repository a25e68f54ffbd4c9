"""What a sandbox takes from the machine it is on: ports, variables, a Python."""

from __future__ import annotations

import contextlib
import socket
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tuckan.errors import SandboxError
from tuckan.sandbox import Sandbox, environment, ports, sandboxes, services
from tuckan.sandbox.credentials import new_secrets
from tuckan.sandbox.instance import FORMAT, Instance, Settings
from tuckan.sandbox.processes import end
from tuckan.sandbox.setup import Setup
from tuckan.sandbox.starting import tell_of_settings

if TYPE_CHECKING:
    from pathlib import Path


class VersionInfo(NamedTuple):
    major: int
    minor: int
    micro: int


def test_ports_are_free_and_differ_and_are_nobody_elses(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        number = busy.getsockname()[1]
        monkeypatch.setattr(ports, "PORTS", range(number, number + 40))
        taken = {number + 1, number + 2}
        found = ports.free_ports("a", "b", "c", taken=taken)
        assert list(found) == ["a", "b", "c"]
        assert len(set(found.values())) == 3
        assert taken.isdisjoint(found.values())
        assert number not in found.values()
        assert not ports.is_free(number)


def test_too_few_ports_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "PORTS", range(20_000, 20_002))
    with pytest.raises(SandboxError, match="too few are free"):
        ports.free_ports("a", "b", "c")


def test_a_part_is_not_taken_for_another_process_on_its_port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUCKAN_SANDBOX_HOME", str(tmp_path))
    settings = Settings(new_secrets(), ports.free_ports("datapusher"), str(tmp_path))
    part = services._datapusher(settings)
    begun = []
    try:
        for name, expected in (("first", contextlib.nullcontext()), ("second", pytest.raises(ports.PortTaken))):
            instance = Instance(name, "2.12")
            instance.root.mkdir(parents=True)
            begun.append(services.begin(part, instance))
            with expected:
                services.await_answer(part, begun[-1], instance)
    finally:
        end(one.process for one in begun)


def test_other_ports_are_chosen_when_one_is_taken_and_not_for_ever() -> None:
    said: list[str] = []
    tries = iter(range(1, 100))

    def start(works_at: int) -> int:
        if (number := next(tries)) < works_at:
            raise ports.PortTaken(f"Port {number} is taken.")
        return number

    assert ports.with_free_ports(lambda: start(3), said.append) == 3
    assert said == ["Port 1 is taken. Choosing other ports", "Port 2 is taken. Choosing other ports"]
    with pytest.raises(ports.PortTaken):
        ports.with_free_ports(lambda: start(1000), said.append)
    assert next(tries) == 4 + ports.ATTEMPTS


def test_no_proxy_stands_between_the_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("NO_PROXY", "example.org")
    monkeypatch.setenv("CKAN_API_KEY", "secret")
    kept = environment.variables_kept()
    assert kept["NO_PROXY"] == kept["no_proxy"] == "127.0.0.1,example.org,localhost"
    assert "CKAN_API_KEY" not in kept
    assert "PATH" in kept


@pytest.mark.parametrize(
    ("ours", "ckan", "chosen"),
    [
        ((3, 13, 0), "2.12", sys.executable),
        ((3, 11, 0), "2.10", sys.executable),
        ((3, 12, 0), "2.10", ">=3.11,<3.12"),
        ((3, 14, 0), "2.12", ">=3.11,<3.14"),
    ],
)
def test_our_own_python_is_taken_where_ckan_runs_on_it(
    monkeypatch: pytest.MonkeyPatch, ours: tuple[int, int, int], ckan: str, chosen: str
) -> None:
    monkeypatch.setattr("tuckan.sandbox.environment.sys.version_info", VersionInfo(*ours))
    assert environment._python(ckan) == chosen


def test_without_a_way_to_install_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuckan.sandbox.environment.sys.executable", "/nowhere/python")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SandboxError, match="needs uv") as caught:
        environment._uv()
    assert "pip install" in caught.value.hint


@pytest.mark.parametrize(
    ("said", "todo"),
    [
        ("No solution found when resolving dependencies", "Check the names and versions"),
        ("Failed to build `ckanext-mine`", "does not build"),
        ("tcp connect error", "Is a package registry reachable?"),
    ],
)
def test_an_installation_that_fails_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, todo: str
) -> None:
    monkeypatch.setattr(environment, "ROOM", 0)
    command = [sys.executable, "-c", f"import sys; sys.exit({said!r})"]
    with pytest.raises(SandboxError, match=said) as caught:
        environment._run(tmp_path / "new", command, "ckanext-mine")
    assert todo in caught.value.hint


TRACEBACK = """Traceback (most recent call last):
  File "/ckan/config/environment.py", line 69, in load_environment
    p.load_all()
  File "/mine/plugin.py", line 3, in <module>
    import fiona
"""


@pytest.mark.parametrize(
    ("log", "said", "todo"),
    [
        (
            TRACEBACK + "ModuleNotFoundError: No module named 'fiona'\nShutting down\n",
            "No module named 'fiona'\nin /mine/plugin.py, line 3\n",
            "Install its package",
        ),
        (
            TRACEBACK + "ValueError: An existing IDatasetForm is already associated with the package type 'dataset'\n",
            "ValueError: An existing IDatasetForm is already",
            "Two plugins define the same type",
        ),
        (
            "\nError: mine.key: Missing value\n",
            "Its log has:\nError: mine.key: Missing value\n",
            "Mend what the log says",
        ),
        ("killed\n", "The end of its log:\nkilled", "Mend what the log says"),
    ],
)
def test_a_start_that_fails_says_why_where_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log: str, said: str, todo: str
) -> None:
    monkeypatch.setenv("TUCKAN_SANDBOX_HOME", str(tmp_path))
    instance = Instance("mine", "2.12")
    instance.log("web").parent.mkdir(parents=True)
    instance.log("web").write_text(log)
    settings = Settings(new_secrets(), ports.free_ports("datapusher"), str(tmp_path))
    part = replace(services._datapusher(settings), name="web")
    error = services._failed(part, instance, "ended instead of starting")
    assert error.message.startswith("web of the sandbox mine-2.12 ended instead of starting. ")
    assert said in error.message
    assert todo in error.hint


def test_settings_that_ckan_ignores_are_told(ckan_sandbox: Sandbox) -> None:
    told: list[str] = []
    config = {
        "ckan.site_titel": "Rivers",
        "ckan.auth.create_unowned_dataset": "on",
        "ckan.auth.public_user_details": "False",
        "mine.folder": "/data",
    }
    tell_of_settings(ckan_sandbox._instance, Setup(config=config), told.append)
    assert told == [
        "no setting is called 'ckan.site_titel' (did you mean 'ckan.site_title'?)",
        "ckan.auth.create_unowned_dataset is off: 'on' is neither true nor false",
    ]


@pytest.mark.parametrize("lost", ["", "bin/gunicorn", "lib/python3.11/site-packages/gunicorn/app.py", "RECORD"])
def test_an_environment_that_has_lost_files_is_installed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    monkeypatch.setenv("TUCKAN_SANDBOX_HOME", str(tmp_path))
    installed: list[Path] = []

    def install(root: Path, *_: str) -> None:
        installed.append(root)
        said = root / "lib/python3.11/site-packages/gunicorn-1.dist-info/RECORD"
        (root / "lib/python3.11/site-packages/gunicorn/__pycache__").mkdir(parents=True)
        said.parent.mkdir()
        said.write_text('../../../bin/gunicorn,sha256=x,3\n"gunicorn/app.py",,\ngunicorn/__pycache__/app.pyc,,\n')
        (root / "pins.txt").write_text("# one package\ngunicorn==1\n")
        (root / "bin").mkdir()
        for one in ("bin/gunicorn", "bin/python", "lib/python3.11/site-packages/gunicorn/app.py"):
            (root / one).touch()

    monkeypatch.setattr(environment, "_install", install)
    told: list[str] = []
    there = environment.environment("2.12", told.append)
    if lost:
        (there.packages / "gunicorn-1.dist-info" / lost if lost == "RECORD" else there.root / lost).unlink()
    assert environment.environment("2.12", told.append) == there
    assert len(installed) == 1, "looked at only where it is asked for"
    assert environment.environment("2.12", told.append, check=True) == there
    assert len(installed) == (2 if lost else 1)
    assert there.lost_files() == []
    assert [one for one in told if "gone" in one] == (
        [f"1 file of its environment is gone: {lost if lost != 'RECORD' else '*.dist-info/RECORD'}"] if lost else []
    )


@pytest.mark.parametrize("how", ["damaged", "empty", "later"])
def test_settings_that_can_not_be_read_are_never_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """With other passwords, the databases beside them would be lost."""
    monkeypatch.setenv("TUCKAN_SANDBOX_HOME", str(tmp_path))
    own = Sandbox("kept")
    own._instance.root.mkdir(parents=True)
    path = own._instance.root / "settings.json"
    own._instance.write_settings(Settings(new_secrets(), {"web": 1}, str(tmp_path)))
    assert own.settings.ports == {"web": 1}
    whole = path.read_bytes()
    later = whole.replace(f'"format": {FORMAT}'.encode(), f'"format": {FORMAT + 1}'.encode())
    found = {"damaged": whole[:-20], "empty": b"", "later": later}[how]
    assert found != whole
    path.write_bytes(found)
    with pytest.raises(
        SandboxError, match="from a later version of tuckan" if how == "later" else "are damaged"
    ) as told:
        own.up()
    assert "Nothing was changed" in told.value.hint
    assert path.read_bytes() == found
    assert [one.label for one in sandboxes()] == [own.label]
    assert own.status().state == "stopped"
