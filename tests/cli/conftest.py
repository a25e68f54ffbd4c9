"""The command line as people run it: a process of its own, with a home of its own."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

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
        done = subprocess.run(
            [sys.executable, "-W", "error", "-m", "tuckan", *arguments],
            input=given,
            capture_output=True,
            text=True,
            env=self.environment,
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
