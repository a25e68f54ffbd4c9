"""The command line as people run it: a process of its own, with a home of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tuckan.sandbox import Sandbox


@dataclass
class Ran:
    """What a run left."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


@dataclass
class Shell:
    """Runs `tuckan` with an environment."""

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)

    def __call__(self, *arguments: str, given: str = "") -> Ran:
        names = ("PATH", "LANG", "TUCKAN_SANDBOX_HOME", "PYTHONDONTWRITEBYTECODE")
        kept = {name: os.environ[name] for name in names if name in os.environ}
        home = {"HOME": str(self.folder), "TUCKAN_CONFIG_DIR": str(self.folder / "config"), "COLUMNS": "100"}
        done = subprocess.run(
            [sys.executable, "-W", "error", "-m", "tuckan", *arguments],
            input=given,
            capture_output=True,
            text=True,
            env={**kept, **home, **self.variables},
            cwd=self.folder,
            check=False,
            timeout=120,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def alone(tmp_path: Path) -> Shell:
    """A shell that knows no portal."""
    return Shell(tmp_path)


@pytest.fixture
def shell(ckan_sandbox: Sandbox, tmp_path: Path) -> Shell:
    """A shell whose portal is the sandbox."""
    return Shell(tmp_path, {"CKAN_BASE_URL": ckan_sandbox.url, "CKAN_API_KEY": ckan_sandbox.token()})
