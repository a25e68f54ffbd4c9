"""A stand-in for DataCite's Metadata Store: `python -m tuckan.sandbox.datacite --port 8900 --data FILE`.

It answers the requests of a client that registers DOIs: metadata first, then the target address of a DOI. Any account may
register, with any prefix. Nothing leaves this machine.
"""

from __future__ import annotations

import argparse
import base64
import json
import logging
import signal
import sqlite3
import sys
import threading
import xml.etree.ElementTree as ET
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

_TABLE = """
CREATE TABLE IF NOT EXISTS doi (name TEXT PRIMARY KEY COLLATE NOCASE, metadata BLOB NOT NULL, address TEXT, active INTEGER NOT NULL)
"""


class Reply(NamedTuple):
    """A status and a text."""

    status: int
    text: str
    kind: str = "text/plain"


class Registry:
    """The registered DOIs. Thread-safe."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.execute(_TABLE)
        self._lock = threading.Lock()

    def answer(self, method: str, path: str, body: bytes) -> Reply:
        """The answer to a request."""
        kind, _, doi = unquote(path).strip("/").partition("/")
        with self._lock:
            if kind == "metadata":
                return self._metadata(method, doi, body)
            if kind == "doi":
                return self._doi(method, doi, body)
        return Reply(404, "Not Found")

    def _metadata(self, method: str, doi: str, body: bytes) -> Reply:
        if method in ("POST", "PUT"):
            named = _identifier(body)
            if named is None:
                return Reply(422, "the metadata is no XML of DataCite's with an identifier")
            if doi and "/" in doi and doi.casefold() != named.casefold():
                return Reply(422, f"the metadata is of {named}, not of {doi}")
            self._connection.execute(
                "INSERT INTO doi VALUES (?, ?, NULL, 1) ON CONFLICT DO UPDATE SET metadata = excluded.metadata, active = 1",
                (named, body),
            )
            return Reply(201, f"OK ({named})")
        found = self._connection.execute("SELECT metadata, active FROM doi WHERE name = ?", (doi,)).fetchone()
        if found is None:
            return Reply(404, "DOI not found")
        if method == "DELETE":
            self._connection.execute("UPDATE doi SET active = 0 WHERE name = ?", (doi,))
            return Reply(200, "OK")
        return (
            Reply(200, found[0].decode("utf-8", "replace"), "application/xml") if found[1] else Reply(410, "inactive")
        )

    def _doi(self, method: str, doi: str, body: bytes) -> Reply:
        if method in ("POST", "PUT"):
            lines = (line.partition("=") for line in body.decode("utf-8", "replace").splitlines())
            given = {name: value for name, _, value in lines}
            named, address = given.get("doi", doi), given.get("url", "")
            if not named or not address:
                return Reply(400, "doi= and url= are wanted, one a line")
            done = self._connection.execute("UPDATE doi SET address = ? WHERE name = ?", (address, named))
            return Reply(201, "CREATED") if done.rowcount else Reply(412, "metadata must be uploaded first")
        if not doi:
            names = self._connection.execute("SELECT name FROM doi ORDER BY name").fetchall()
            return Reply(200, "\n".join(name for (name,) in names)) if names else Reply(204, "")
        found = self._connection.execute("SELECT address FROM doi WHERE name = ?", (doi,)).fetchone()
        if found is None:
            return Reply(404, "DOI not found")
        return Reply(200, found[0]) if found[0] else Reply(204, "")

    def forget(self) -> None:
        """Delete all DOIs."""
        with self._lock:
            self._connection.execute("DELETE FROM doi")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def _identifier(body: bytes) -> str | None:
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        return None
    try:
        root = ET.fromstring(body)  # noqa: S314 - entities are refused above
    except ET.ParseError:
        return None
    found = next((one for one in root if one.tag.rpartition("}")[2] == "identifier"), None)
    return (found.text or "").strip() or None if found is not None else None


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, registry: Registry) -> None:
        self.registry = registry
        super().__init__(("127.0.0.1", port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride] - it is made by one alone
    timeout = 60

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = self.path.partition("?")[0]
        if path == "/heartbeat":
            reply = Reply(200, json.dumps({"status": "OK"}), "application/json")
        elif path == "/" and self.command == "DELETE":  # not part of DataCite's API: for a reset
            self.server.registry.forget()
            reply = Reply(200, "OK")
        elif not self._has_account():
            reply = Reply(401, "Bad credentials")
        else:
            reply = self.server.registry.answer(self.command, path, body)
        logging.getLogger("tuckan.sandbox.datacite").info("%s %s %d", self.command, path, reply.status)
        self._send(reply)

    def _has_account(self) -> bool:
        kind, _, word = self.headers.get("Authorization", "").partition(" ")
        try:
            return kind == "Basic" and bool(base64.b64decode(word).partition(b":")[0])
        except ValueError:
            return False

    def _send(self, reply: Reply) -> None:
        body = reply.text.encode()
        self.send_response(reply.status)
        if reply.status == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="a stand-in for DataCite"')
        self.send_header("Content-Type", f"{reply.kind}; charset=utf-8")
        if reply.status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if reply.status != 204:
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as http.server names it
        """Does nothing: requests are logged elsewhere."""


def main(arguments: list[str] | None = None) -> int:
    """Serve until a signal arrives."""
    parser = argparse.ArgumentParser(prog="python -m tuckan.sandbox.datacite", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="on 127.0.0.1")
    parser.add_argument("--data", type=Path, required=True, help="the file to keep DOIs in")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    with closing(Registry(options.data)) as registry:
        server = _Server(options.port, registry)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
        server.serve_forever()
        server.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
