"""Solr's protocol over HTTP, on loopback."""

from __future__ import annotations

import json
import logging
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from tuckan.sandbox.search.parameters import Parameters
from tuckan.sandbox.search.syntax import Refused
from tuckan.sandbox.search.updates import update

if TYPE_CHECKING:
    from tuckan.sandbox.search.engine import Answer, Engine

_log = logging.getLogger("tuckan.sandbox.search")


class SearchServer(ThreadingHTTPServer):
    """Serves one engine under `/solr/CORE`."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, core: str, engine: Engine) -> None:
        self.core = core
        self.engine = engine
        super().__init__(("127.0.0.1", port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: SearchServer  # pyright: ignore[reportIncompatibleVariableOverride] - always this class
    disable_nagle_algorithm: ClassVar[bool] = True
    timeout = 120

    def do_GET(self) -> None:
        self._serve(b"")

    def do_POST(self) -> None:
        self._serve(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def _serve(self, body: bytes) -> None:
        begun = time.monotonic()
        address = urlsplit(self.path)
        content_type = self.headers.get("Content-Type", "")
        try:
            given = parse_qs(address.query, keep_blank_values=True)
            if "x-www-form-urlencoded" in content_type:
                for name, values in parse_qs(body.decode("utf-8"), keep_blank_values=True).items():
                    given.setdefault(name, []).extend(values)
                body = b""
            self._answer(address.path.rstrip("/"), Parameters(given), body, content_type, begun)
        except Refused as refused:
            self._refuse(refused, begun)
        except Exception as error:  # noqa: BLE001 - any failure is answered and logged
            _log.exception("%s %s", self.command, address.path)
            self._refuse(Refused(f"the search service failed: {type(error).__name__}: {error}", 500), begun)

    def _answer(self, path: str, parameters: Parameters, body: bytes, content_type: str, begun: float) -> None:
        engine = self.server.engine
        handler = path.removeprefix(f"/solr/{self.server.core}")
        if handler == path:
            raise Refused(f"Not Found: there is no core at {path}, only /solr/{self.server.core}", 404)
        if parameters.get("wt", "json") != "json" and handler in ("/select", "/query", ""):
            raise Refused(f"wt={parameters.get('wt')} is not had here; ask for json")
        if handler in ("/select", "/query"):
            self._send(_found(engine.search(parameters), parameters, begun))
        elif handler in ("/update", "/update/json", "/update/json/docs"):
            update(engine, body, content_type, parameters)
            self._send({"responseHeader": _header(0, begun)})
        elif handler == "/admin/ping":
            self._send({"responseHeader": _header(0, begun), "status": "OK", "documents": engine.size})
        elif handler in ("/schema", "/admin/file"):
            self._write(200, engine.schema.xml.encode("utf-8"), "application/xml; charset=utf-8")
        else:
            raise Refused(f"Not Found: {handler} is not had here", 404)

    def _refuse(self, refused: Refused, begun: float) -> None:
        self._send(
            {
                "responseHeader": _header(refused.status, begun),
                "error": {
                    "metadata": ["error-class", "org.apache.solr.common.SolrException"],
                    "msg": refused.message,
                    "code": refused.status,
                },
            },
            refused.status,
        )

    def _send(self, answer: dict[str, Any], status: int = 200) -> None:
        self._write(status, json.dumps(answer).encode("utf-8"), "application/json; charset=utf-8")

    def _write(self, status: int, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as http.server names it
        _log.debug(format, *args)


def _header(status: int, begun: float) -> dict[str, Any]:
    return {"status": status, "QTime": round((time.monotonic() - begun) * 1000)}


def _found(answer: Answer, parameters: Parameters, begun: float) -> dict[str, Any]:
    response: dict[str, Any] = {"numFound": answer.count, "start": answer.start, "numFoundExact": True}
    if answer.highest is not None:
        response["maxScore"] = answer.highest
    asked = {name: values[0] if len(values) == 1 else values for name, values in parameters.given.items()}
    found: dict[str, Any] = {
        "responseHeader": {**_header(0, begun), "params": asked},
        "response": {**response, "docs": answer.docs},
    }
    if answer.facets is not None:
        found["facet_counts"] = answer.facets
    return found
