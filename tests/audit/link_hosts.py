"""Many hosts on loopback addresses, with links of every kind, that count how they are asked: `python -m tests.audit.link_hosts`."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CSV = b"station,rain\n1,2.5\n"
MISSING = b"<!doctype html><html><title>Oops</title><p>This page was not found, try the search.</html>"
GOOD_PAGE = b"<!doctype html><html><title>Rain in %d</title><p>All about the rain.</html>"


@dataclass
class Hosts:
    """Hosts that answer by the kind of link that a path names: `/of/KIND/7.csv`.

    Attributes:
        port: the port of all hosts.
        counts: requests by host.
        most: the most requests at once, by host.
        begun: when requests began, by host.
        headers: the names of all headers that came.
        slow: seconds that slow links take.
    """

    port: int = 0
    slow: float = 2.0
    counts: Counter[str] = field(default_factory=Counter)
    most: Counter[str] = field(default_factory=Counter)
    begun: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    headers: set[str] = field(default_factory=set)
    _now: Counter[str] = field(default_factory=Counter)
    _seen: Counter[str] = field(default_factory=Counter)

    async def serve(self, ready: threading.Event) -> None:
        server = await asyncio.start_server(self._connected, "0.0.0.0", 0, backlog=4096)  # noqa: S104 - all of 127/8
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        async with server:
            await server.serve_forever()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host = writer.get_extra_info("sockname")[0]
        try:
            while line := await reader.readline():
                method, path, _ = line.decode().split()
                while (header := await reader.readline()).strip():
                    self.headers.add(header.decode().partition(":")[0].lower())
                await self._answered(host, method, path, writer)
        except (ConnectionError, ValueError):
            pass
        finally:
            writer.close()

    async def _answered(self, host: str, method: str, path: str, writer: asyncio.StreamWriter) -> None:
        self.counts[host] += 1
        self.begun[host].append(time.monotonic())
        self._now[host] += 1
        self.most[host] = max(self.most[host], self._now[host])
        try:
            kind = path.split("/")[2] if path.startswith("/of/") else ""
            if kind == "slow":
                await asyncio.sleep(self.slow)
            status, headers, body = self._reply(host, kind, method, path)
        finally:
            self._now[host] -= 1
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        length = f"content-length: {len(body)}\r\n"
        writer.write(f"HTTP/1.1 {status} X\r\n{head}{length}\r\n".encode() + (b"" if method == "HEAD" else body))
        await writer.drain()

    def _reply(self, host: str, kind: str, method: str, path: str) -> tuple[int, dict[str, str], bytes]:
        name = path.rpartition("/")[2].partition(".")[0]
        if kind in ("good", "slow", "gets", "busy", "page") and not name.isdigit():
            return 404, {}, b""
        match kind:
            case "gone":
                return 410 if name[-1] in "02468" else 404, {"content-type": "text/html"}, MISSING
            case "gets" if method == "HEAD":
                return 405, {}, b""
            case "busy" if not self._seen[f"{host}{path}"]:
                self._seen[f"{host}{path}"] += 1
                return 429, {"retry-after": "1"}, b""
            case "page":
                return 200, {"content-type": "text/html"}, GOOD_PAGE % int(name)
            case "soft" | "softpage":
                return 200, {"content-type": "text/html"}, MISSING
            case "softroot":
                return 302, {"location": "/"}, b""
            case "moved":
                return 301, {"location": f"/of/good/{name}.csv"}, b""
            case "wall":
                return 403, {"content-type": "text/html"}, b"<title>Just a moment...</title>"
            case "good" | "slow" | "gets" | "busy":
                return 200, {"content-type": "text/csv"}, CSV
        if path == "/":
            return 200, {"content-type": "text/html"}, b"<html><h1>Welcome</h1></html>"
        return 404, {}, b""


def urls(hosts: int, links: int, port: int, dead: int) -> Iterator[tuple[str, str]]:
    """Links with their kinds: 15 % refuse HEAD, 5 % gone, 2 % slow, 2 % of dead hosts, 3 % 429 first, 2 % soft 404.

    Args:
        hosts: how many hosts.
        links: how many links.
        port: where the hosts answer.
        dead: a port where none does.
    """
    mixed = ["gets"] * 15 + ["gone"] * 5 + ["slow"] * 2 + ["busy"] * 3 + ["moved"] * 2 + ["wall"] * 1 + ["page"] * 3
    mixed += ["soft", "softroot"]
    mixed += ["good"] * (100 - len(mixed))
    kinds = mixed * (links // 100 + 1)
    Random(links).shuffle(kinds)
    without = max(1, hosts // 50)
    for number in range(links):
        host = number % hosts
        if host < without:
            yield f"http://127.1.{host // 250}.{host % 250 + 1}:{dead}/of/good/{number}.csv", "dead"
            continue
        kind = kinds[number]
        kind = "softpage" if kind == "soft" and number % 3 == 0 else kind
        suffix = "html" if kind in ("softpage", "page") else "csv"
        yield f"http://127.1.{host // 250}.{host % 250 + 1}:{port}/of/{kind}/{number}.{suffix}", kind


def running(slow: float = 2.0) -> Hosts:
    """Hosts in a thread of this process."""
    hosts, ready = Hosts(slow=slow), threading.Event()
    threading.Thread(target=lambda: asyncio.run(hosts.serve(ready)), daemon=True).start()
    ready.wait(10)
    return hosts


def most_in_a_second(begun: list[float], seconds: float = 1.0) -> int:
    """The most requests that began within a second."""
    begun = sorted(begun)
    first = most = 0
    for last, moment in enumerate(begun):
        while moment - begun[first] >= seconds:
            first += 1
        most = max(most, last - first + 1)
    return most


if __name__ == "__main__":
    served = running(float(sys.argv[1]))
    sys.stdout.write(f"{served.port}\n")
    sys.stdout.flush()
    for _ in sys.stdin:
        told = {
            "requests": served.counts.total(),
            "at once": max(served.most.values(), default=0),
            "in a second": max(map(most_in_a_second, served.begun.values()), default=0),
            "headers": sorted(served.headers),
        }
        sys.stdout.write(f"{json.dumps(told)}\n")
        sys.stdout.flush()
