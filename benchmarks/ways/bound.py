"""The bound: a plain socket that stays open, into which the same bytes are sent and from which the same are received."""

from __future__ import annotations

import socket
from typing import Any, Self
from urllib.parse import urlsplit

import msgspec

MOST_ROWS = 1000


class Plain:
    """One connection, with just enough of HTTP."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host = parts.netloc.encode()
        self._socket = socket.create_connection((parts.hostname or "", parts.port or 80))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, action: str, params: dict[str, Any], token: str = "") -> bytearray:
        """Send a call, and give the answer's body."""
        body = msgspec.json.encode(params)
        head = b"POST /api/3/action/%s HTTP/1.1\r\nHost: %s\r\nAccept: */*\r\nContent-Type: application/json\r\n"
        more = b"Authorization: %s\r\n" % token.encode() if token else b""
        self._socket.sendall(
            head % (action.encode(), self._host) + more + b"Content-Length: %d\r\n\r\n" % len(body) + body
        )
        return self._body()

    def _body(self) -> bytearray:
        begun = bytearray()
        while (end := begun.find(b"\r\n\r\n")) < 0:
            begun += self._socket.recv(1 << 16)
        head = bytes(begun[:end]).lower()
        length = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        body = bytearray(length)
        rest = begun[end + 4 :]
        body[: len(rest)] = rest
        view, there = memoryview(body), len(rest)
        while there < length:
            there += self._socket.recv_into(view[there:])
        return body

    def pages(self, count: int) -> Any:
        """The pages of all datasets, as they came."""
        for start in range(0, count, MOST_ROWS):
            yield self.send("package_search", {"q": "*:*", "sort": "id asc", "rows": MOST_ROWS, "start": start})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
