"""The command line as people run it, with a home of its own: within this process, or where that matters, in its own."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import IO, TYPE_CHECKING, Any
from unittest.mock import patch

import pytest

from tuckan.cli.running import run
from tuckan.wire.retry import RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Iterator
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

    @property
    def environment(self) -> dict[str, str]:
        """What the process knows: little of ours, so that nobody's own portal is ever touched."""
        names = ("PATH", "LANG", "TUCKAN_SANDBOX_HOME", "PYTHONDONTWRITEBYTECODE")
        kept = {name: os.environ[name] for name in names if name in os.environ}
        home = {"HOME": str(self.folder), "TUCKAN_CONFIG_DIR": str(self.folder / "config"), "COLUMNS": "100"}
        return {**kept, **home, **self.variables}

    def __call__(self, *arguments: str, given: str = "") -> Ran:
        """Run it within this process: the whole command line, without the time that Python takes to start."""
        with _reading(given) as stdin, _writing() as out, _writing() as err, pytest.MonkeyPatch.context() as own:
            for name, stream in (("stdin", stdin), ("stdout", out), ("stderr", err)):
                own.setattr(sys, name, stream)
            # How long a person waits for a portal that is not there is the point of none of these.
            own.setattr(RetryPolicy.__init__, "__defaults__", (6, 0.01, 0.05, 300.0, 0.0))
            with patch.dict(os.environ, self.environment, clear=True), contextlib.chdir(self.folder):
                code = run(arguments)
            return _ran(code, *(_written(stream) for stream in (out, err)))

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


def _writing() -> IO[str]:
    return tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n")


def _written(stream: IO[str]) -> str:
    stream.flush()
    stream.seek(0)
    return stream.read().replace("\r\n", "\n")  # as `subprocess` reads text


def _ran(code: int, out: str, err: str) -> Ran:
    assert "Traceback" not in err, err
    return Ran(code, out, err)


@pytest.fixture
def alone(tmp_path: Path) -> Shell:
    """A shell that knows no portal."""
    return Shell(tmp_path)


@pytest.fixture
def shell(ckan_sandbox: Sandbox, tmp_path: Path) -> Shell:
    """A shell whose portal is the sandbox."""
    return Shell(tmp_path, {"CKAN_BASE_URL": ckan_sandbox.url, "CKAN_API_KEY": ckan_sandbox.token()})


@dataclass
class Impostor:
    """A loopback portal of fixed answers, for what a real one does not do when asked to."""

    url: str
    answers: dict[str, Any]
    seconds: dict[str, float]
    silent: threading.Event


@pytest.fixture
def impostor() -> Iterator[Impostor]:
    """A portal that gives the results put into `answers`, by action; from the second page on after the `seconds` put there."""
    answers: dict[str, Any] = {}
    seconds: dict[str, float] = {}
    gone, silent = threading.Event(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            action = self.path.rpartition("/")[2]
            asked = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or b"{}")
            given = answers.get(action, {})
            result = given(asked) if callable(given) else given
            if action in seconds and asked.get("start"):
                silent.set()
                gone.wait(seconds[action])
            body = json.dumps({"success": True, "result": result}).encode()
            with contextlib.suppress(OSError):
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        do_GET = do_POST

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Impostor(f"http://127.0.0.1:{server.server_port}", answers, seconds, silent)
    gone.set()
    server.shutdown()
    server.server_close()
    thread.join()
