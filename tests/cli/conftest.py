"""A portal of fixed answers for the command line."""

from __future__ import annotations

import contextlib
import json
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


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

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            """Whoever asked has gone, which is what some tests want."""

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Impostor(f"http://127.0.0.1:{server.server_port}", answers, seconds, silent)
    gone.set()
    server.shutdown()
    server.server_close()
    thread.join()
