"""The command line as people run it, with a home of its own: within this process, or where that matters, in its own."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Self
from unittest.mock import patch

import pytest

from tuckan.cli.running import run
from tuckan.sandbox.instances import home
from tuckan.wire.retry import RetryPolicy

if TYPE_CHECKING:
    from pathlib import Path


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

    @property
    def environment(self) -> dict[str, str]:
        """What the process knows: little of ours, so that nobody's own portal is ever touched."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "PYTHONDONTWRITEBYTECODE") if name in os.environ}
        own = {"HOME": str(self.folder), "TUCKAN_CONFIG_DIR": str(self.folder / "config"), "COLUMNS": "100"}
        return {**kept, "TUCKAN_SANDBOX_HOME": str(home()), **own, **self.variables}

    def __call__(self, *arguments: str, given: str = "") -> Ran:
        """Run it within this process: the whole command line, without the time that Python takes to start."""
        with _reading(given) as stdin, Written() as out, Written() as err, pytest.MonkeyPatch.context() as own:
            for name, stream in (("stdin", stdin), ("stdout", out.stream), ("stderr", err.stream)):
                own.setattr(sys, name, stream)
            # How long a person waits for a portal that is not there is the point of none of these.
            attempts, _, _, *others = RetryPolicy.__init__.__defaults__ or ()
            own.setattr(RetryPolicy.__init__, "__defaults__", (attempts, 0.01, 0.05, *others))
            with patch.dict(os.environ, self.environment, clear=True), contextlib.chdir(self.folder):
                code = run(arguments)
            return _ran(code, out.text(), err.text())

    def apart(self, *arguments: str, given: str = "") -> Ran:
        """Run it in a process of its own."""
        done = subprocess.run(
            [sys.executable, "-W", "error", "-m", "tuckan", *arguments],
            input=given,
            capture_output=True,
            text=True,
            env=self.environment,
            cwd=self.folder,
            check=False,
            timeout=300,
        )
        return _ran(done.returncode, done.stdout, done.stderr)


def _reading(text: str) -> IO[str]:
    """A file to read from, which has a number as a process's own streams have."""
    file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - closed by what reads it
    file.write(text.encode())
    file.seek(0)
    return io.TextIOWrapper(io.BufferedReader(file), encoding="utf-8")


class Written:
    """A stream to write to, and what was written; the command may have its number go elsewhere in the end."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed at the end
        self.stream = open(os.dup(self._file.fileno()), "w", encoding="utf-8", newline="\n")  # noqa: PTH123, SIM115

    def __enter__(self) -> Self:
        return self

    def text(self) -> str:
        self.stream.flush()
        self._file.seek(0)
        return self._file.read().decode().replace("\r\n", "\n")  # as `subprocess` reads text

    def __exit__(self, *_: object) -> None:
        self.stream.close()
        self._file.close()


def _ran(code: int, out: str, err: str) -> Ran:
    assert "Traceback" not in err, err
    return Ran(code, out, err)
