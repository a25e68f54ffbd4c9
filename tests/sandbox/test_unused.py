"""Installed CKANs that no sandbox uses are removed, and no others."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from tuckan.sandbox.credentials import new_secrets
from tuckan.sandbox.environment import fingerprint, locked
from tuckan.sandbox.instance import Instance, Settings
from tuckan.sandbox.unused import RECENT, remove, unused

if TYPE_CHECKING:
    from pathlib import Path

    from tests.shell import Shell

USED = fingerprint("2.12")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with a sandbox, its environment and its template, and with others that were used long ago."""
    monkeypatch.setenv("TUCKAN_SANDBOX_HOME", str(tmp_path))
    for name in (USED, "2.11.6-00000000", "2.12.0-11111111", "2.12.0-22222222"):
        (tmp_path / "environments" / name / "bin").mkdir(parents=True)
        (tmp_path / "environments" / name / "bin" / "python").write_bytes(bytes(5000))
        (tmp_path / "environments" / name / "complete").touch()
        age = 0 if name == "2.12.0-22222222" else RECENT + 60
        os.utime(tmp_path / "environments" / name / "complete", (time.time() - age,) * 2)
    for name in (USED, "2.12.0-11111111-a", "2.12.0-33333333-b", "2.12.0-33333333-b.seeds"):
        (tmp_path / "templates" / name).mkdir(parents=True)
        os.utime(tmp_path / "templates" / name, (time.time() - RECENT - 60,) * 2)
    one = Instance("default", "2.12")
    one.root.mkdir(parents=True)
    one.write_settings(Settings(new_secrets(), {}, "", template="2.12.0-11111111-a"))
    return tmp_path


UNUSED = [
    "environments/2.11.6-00000000",
    "environments/2.12.0-11111111",
    "templates/2.12.0-33333333-b",
    "templates/2.12.0-33333333-b.seeds",
]


def test_what_a_sandbox_uses_stays(home: Path) -> None:
    found = unused()
    assert [str(one.path.relative_to(home)) for one in found] == UNUSED
    assert found[0].size >= 5000
    with locked(home / "environments" / "2.11.6-00000000.lock"):
        gone = remove(found)
    assert [str(one.path.relative_to(home)) for one in gone] == UNUSED[1:], "another process works on the first"
    assert (home / "environments" / "2.11.6-00000000" / "complete").exists()
    assert [one.path.name for one in unused()] == ["2.11.6-00000000"]


def test_at_a_shell_it_is_shown_and_asked_for(home: Path, alone: Shell) -> None:
    shown = alone("sandbox", "prune", "--dry-run")
    assert "4 folders" in shown.err
    assert "Nothing was removed" in shown.err
    assert alone("sandbox", "prune", given="n\n").code != 0
    assert len(unused()) == 4
    assert "Removed 4 folders" in alone("sandbox", "prune", "--yes").err
    assert "is in use" in alone("sandbox", "prune", "--yes").err
