"""A portal whose answers lie ready in memory: `python -m benchmarks.portal --datasets 1000` prints its port and serves.

It is one process with one event loop (uvloop), and ends with its standard input. Asked by a raw socket it gives more
than two gigabytes a second and ten thousand small answers a second, so that it is not what a client waits for.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import msgspec
import uvloop

from benchmarks.records import datasets, token

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Pieces = "list[bytes | memoryview]"

MOST_ROWS = 1000
PIECE = bytes(1 << 20)
KEPT = 1 << 16
"""Bytes of a large body that are looked at; of the rest only the number is."""

FILE = "/dataset/d/resource/00000000-0000-4000-8000-000000000001/download/big.bin"
_ID = re.compile(rb'name="id"\r\n\r\n([0-9a-f-]{36})\r\n')


class Portal:
    """What it knows, and its answers."""

    def __init__(self, count: int, tokens: int, file_size: int) -> None:
        self.data, self.offsets = datasets(count)
        self.view = memoryview(self.data)
        self.count, self.tokens, self.file_size = count, tokens, file_size
        self.revoked: set[str] = set()
        self.address = ""
        record = {"id": "small", "name": "small", "notes": "x" * 900}
        self.small = msgspec.json.encode(record)

    def answer(self, action: str, params: dict[str, Any], body: bytes) -> Sequence[bytes | memoryview]:
        """The answer of an action, as JSON in pieces."""
        given: Callable[[dict[str, Any], bytes], Any] | None = getattr(self, f"on_{action}", None)
        result = given(params, body) if given else self.small
        pieces = result if isinstance(result, list) else [result]
        return [b'{"help": "help", "success": true, "result": ', *pieces, b"}"]

    def on_package_search(self, params: dict[str, Any], _: bytes) -> list[bytes | memoryview]:
        """A page: a piece of one long text."""
        start = int(params.get("start") or 0)
        rows = min(int(params.get("rows") or 10), MOST_ROWS)
        end = min(start + rows, self.count)
        found = self.view[self.offsets[start] : self.offsets[end] - 2] if start < end else b""
        head = b'{"count": %d, "facets": {}, "results": [' % self.count
        return [head, found, b'], "sort": "id asc", "search_facets": {}}']

    def on_package_list(self, _: dict[str, Any], __: bytes) -> bytes:
        """All names."""
        return msgspec.json.encode([f"dataset-{n:07}" for n in range(self.count)])

    def on_package_show(self, params: dict[str, Any], _: bytes) -> bytes | memoryview:
        """One of them by its name, or a small one."""
        name = str(params.get("id"))
        if name == "small":
            return self.small
        if not name.startswith("dataset-"):
            return b'{"id": "00000000-0000-4000-8000-000000000000", "name": "d", "resources": []}'
        n = int(name[8:])
        return self.view[self.offsets[n] : self.offsets[n + 1] - 2]

    def on_resource_show(self, params: dict[str, Any], _: bytes) -> bytes:
        """The resource with the large file."""
        record = {"id": str(params["id"]), "package_id": "d", "name": "big", "format": "BIN", "url_type": "upload"}
        return msgspec.json.encode({**record, "url": self.address + FILE, "size": self.file_size})

    def on_resource_create(self, _: dict[str, Any], body: bytes) -> bytes:
        """The resource that was made, with the id that was given."""
        found = _ID.search(body)
        return b'{"id": "%s", "url_type": "upload"}' % (found[1] if found else b"")

    def on_user_show(self, params: dict[str, Any], _: bytes) -> bytes:
        """Whoever is asked for."""
        return msgspec.json.encode({"id": "user-1", "name": str(params.get("id") or "robot")})

    def on_api_token_list(self, _: dict[str, Any], __: bytes) -> bytes:
        """The tokens that are left."""
        there = [token(n) for n in range(self.tokens)]
        return msgspec.json.encode([one for one in there if one["id"] not in self.revoked])

    def on_api_token_revoke(self, params: dict[str, Any], _: bytes) -> bytes:
        """Take one away."""
        self.revoked.add(str(params["jti"]))
        return b"null"

    def on_begin_anew(self, _: dict[str, Any], __: bytes) -> bytes:
        """Every token back."""
        self.revoked.clear()
        return b"null"


class Connection(asyncio.Protocol):
    """One connection: a request after the other."""

    def __init__(self, portal: Portal, delay: float) -> None:
        self._portal, self._delay = portal, delay
        self._buffer = b""
        self._head: tuple[str, str, int] | None = None
        self._received = 0
        self._going = asyncio.Event()
        self._going.set()
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: Any) -> None:
        """Keep it."""
        self._transport = transport

    def pause_writing(self) -> None:
        """Hold a large file back."""
        self._going.clear()

    def resume_writing(self) -> None:
        """Go on with it."""
        self._going.set()

    def data_received(self, data: bytes) -> None:
        """Take in a request, and answer when it is there."""
        if self._head is None:
            self._buffer += data
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            self._begin(self._buffer[:end])
            self._buffer = self._buffer[end + 4 :]
            self._received = len(self._buffer)
        else:
            self._received += len(data)
            if len(self._buffer) < KEPT:
                self._buffer += data
        assert self._head is not None  # noqa: S101 - it was just read
        method, path, length = self._head
        if self._received < length:
            return
        body, self._buffer, self._head = self._buffer[:length], b"", None
        if self._delay:
            asyncio.get_running_loop().call_later(self._delay, self._reply, method, path, body)
        else:
            self._reply(method, path, body)

    def _begin(self, head: bytes) -> None:
        method, path, _ = head.split(b" ", 2)
        lower = head.lower()
        at = lower.find(b"\r\ncontent-length:")
        length = int(lower[at + 17 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if b"\r\nexpect: 100-continue" in lower:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._head = method.decode(), path.decode(), length

    def _reply(self, method: str, path: str, body: bytes) -> None:
        parts = urlsplit(path)
        if parts.path == FILE:
            self._task = asyncio.ensure_future(self._send_file())
            return
        params: dict[str, Any] = dict(parse_qsl(parts.query))
        if method == "POST" and body[:1] == b"{":
            params |= msgspec.json.decode(body)
        pieces = self._portal.answer(parts.path.rpartition("/")[2], params, body)
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json;charset=utf-8\r\nContent-Length: %d\r\n\r\n"
        self._transport.writelines([head % sum(map(len, pieces)), *pieces])

    async def _send_file(self) -> None:
        left = self._portal.file_size
        head = b'HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nETag: "1"\r\nContent-Length: %d\r\n\r\n'
        self._transport.write(head % left)
        while left > 0:
            await self._going.wait()
            self._transport.write(PIECE[:left])
            left -= len(PIECE)


async def serve(portal: Portal, delay: float) -> None:
    """Serve until the standard input ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(portal, delay), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    portal.address = f"http://127.0.0.1:{port}"
    print(port, flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


def main() -> None:
    """Serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--datasets", type=int, default=0)
    parser.add_argument("--tokens", type=int, default=0)
    parser.add_argument("--file-size", type=int, default=0)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds that each answer takes")
    given = parser.parse_args()
    uvloop.run(serve(Portal(given.datasets, given.tokens, given.file_size), given.delay))


if __name__ == "__main__":
    main()
