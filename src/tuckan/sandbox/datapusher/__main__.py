"""Run the service: `python -m tuckan.sandbox.datapusher --port 8800`."""

from __future__ import annotations

import argparse
import json
import logging
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tuckan.sandbox.datapusher.jobs import Jobs


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int) -> None:
        self.jobs = Jobs()
        super().__init__(("127.0.0.1", port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride] - it is made by one alone
    timeout = 60

    def do_GET(self) -> None:
        if self.path == "/status":
            self._send(200, {"name": "datapusher", "version": "tuckan", "job_types": ["push_to_datastore"]})
            return
        job_id = self.path.removeprefix("/job/").rstrip("/")
        job = self.server.jobs.find(job_id, self.headers.get("Authorization", ""))
        if job:
            self._send(200, job.to_json())
        else:
            self._send(404, {"error": "there is no such job, or this is not its key"})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path.rstrip("/") != "/job":
            self._send(404, {"error": "jobs are sent to /job"})
            return
        try:
            given = json.loads(body)
            metadata = {"ckan_url": given["metadata"]["ckan_url"], **given["metadata"]}
            job = self.server.jobs.submit(metadata, given["api_key"])
        except (ValueError, KeyError, TypeError):
            self._send(409, {"error": "a job has an api_key, and metadata with ckan_url and resource_id"})
            return
        self._send(200, {**job.to_json(), "job_key": job.key})

    def _send(self, status: int, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as http.server names it
        logging.getLogger("tuckan.sandbox.datapusher").debug(format, *args)


def main(arguments: list[str] | None = None) -> int:
    """Serve until a signal arrives."""
    parser = argparse.ArgumentParser(prog="python -m tuckan.sandbox.datapusher", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="on 127.0.0.1")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    server = _Server(options.port)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()
    server.server_close()
    server.jobs.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
