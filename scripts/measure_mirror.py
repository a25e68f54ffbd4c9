"""Measure a mirror: `python scripts/measure_mirror.py 10000 100000` synchronizes with a portal of that many datasets in memory.

For each size: the first synchronization, one in which nothing changed, one after 1 % changed, and searches. Printed are
seconds, requests, the peak of memory, and the size of the file beside that of the JSON.
"""

from __future__ import annotations

import json
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

sys.path.insert(0, str(Path(__file__).parents[1]))

VOCABULARY = [f"{one}{two:04}" for one in ("aqua", "terra", "urb", "vent", "silv") for two in range(2000)]
SEARCHES = (
    "aqua0003",
    "terra0001 aqua0002",
    "urb0007",
    "silv0040",
    "aqua0100 terra0005",
    "vent0900",
    "silv1500",
    "aqua0000 urb0001",
)
_IDS = re.compile(r"[0-9a-f]{8}-0000-4000-8000-000000000000")


def serve(count: int) -> None:
    """Be a portal of so many datasets; every hundredth of them changes when the action `change` is called."""
    import uvloop  # noqa: PLC0415 - the measured process has none
    from benchmarks import portal, records  # noqa: PLC0415 - likewise

    # Words as often as in a language: the n-th most frequent a n-th as often as the first.
    often = [1 / (number + 1) for number in range(len(VOCABULARY))]
    records.VARIANTS = 5000
    records._text = lambda chance, words: " ".join(chance.choices(VOCABULARY, often, k=words))  # noqa: SLF001

    class MirrorPortal(portal.Portal):
        changed = 0
        requests = 0

        def _record(self, n: int) -> bytes:
            raw = bytes(self.view[self.offsets[n] : self.offsets[n + 1] - 2])
            if self.changed and n % 100 == 0:
                raw = raw.replace(b'"metadata_modified": "2024', b'"metadata_modified": "%04d' % (2024 + self.changed))
                raw = raw.replace(b'"title": "', b'"title": "%d ' % self.changed, 1)
            return raw

        def answer(self, action: str, params: dict[str, Any], body: bytes) -> Sequence[bytes | memoryview]:
            self.requests += 1
            return super().answer(action, params, body)

        def on_package_search(self, params: dict[str, Any], body: bytes) -> list[bytes | memoryview]:
            if ids := _IDS.findall(str(params.get("fq") or "")):
                found = b", ".join(self._record(int(one[:8], 16)) for one in ids)
                return [b'{"count": %d, "results": [' % len(ids), found, b"]}"]
            if not params.get("fl"):
                return super().on_package_search(params, body)
            start = int(params.get("start") or 0)
            rows = range(start, min(start + int(params["rows"]), self.count))
            found = b", ".join(
                b'{"id": "%08x-0000-4000-8000-000000000000", "metadata_modified": "%04d-03-06T00:43:54.909777"}'
                % (n, 2024 + (self.changed if n % 100 == 0 else 0))
                for n in rows
            )
            return [b'{"count": %d, "results": [' % self.count, found, b"]}"]

        def on_organization_list(self, *_: Any) -> bytes:
            return b"[]"

        on_group_list = on_organization_list

        def on_change(self, *_: Any) -> bytes:
            self.changed += 1
            return b"true"

        def on_requests(self, *_: Any) -> bytes:
            return b"%d" % self.requests

    uvloop.run(portal.serve(MirrorPortal(count, 0, 0), 0.0))


def sync(url: str, path: Path) -> None:
    """One synchronization in a process of its own: its seconds, what it did, and its peak of memory in MB."""
    from tuckan import Client  # noqa: PLC0415 - the time of imports is not measured
    from tuckan.mirror import Mirror  # noqa: PLC0415 - likewise

    with Client(url, progress=False) as ckan, Mirror(path) as mirror:
        begun = time.perf_counter()
        done = mirror.sync(ckan)
        seconds, cpu = time.perf_counter() - begun, time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"seconds": round(seconds, 2), "cpu": round(cpu, 2), "MB": peak, "did": str(done)}))


def measure(count: int) -> None:
    """Everything for one size."""
    from tuckan import Client  # noqa: PLC0415 - see `sync`
    from tuckan.mirror import Mirror  # noqa: PLC0415 - see `sync`

    command = [sys.executable, __file__]
    with (
        subprocess.Popen([*command, "--serve", str(count)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as portal,
        tempfile.TemporaryDirectory() as folder,
    ):
        assert portal.stdout  # noqa: S101 - it is a pipe
        url, path = f"http://127.0.0.1:{int(portal.stdout.readline())}", Path(folder, "mirror.db")
        with Client(url, progress=False) as ckan:
            before = 0
            for label in ("first", "nothing changed", "1 % changed"):
                if label.startswith("1"):
                    ckan.call("change")
                before = int(ckan.call("requests"))
                done = subprocess.run([*command, "--sync", url, str(path)], check=True, capture_output=True)
                requests = int(ckan.call("requests")) - before - 1
                print(f"{count:>9,}  {label:16}  {requests:>6,} requests  {done.stdout.decode().strip()}", flush=True)
        with Mirror(path) as mirror:
            times = []
            for _ in range(25):
                for words in SEARCHES:
                    begun = time.perf_counter()
                    mirror.search(words)
                    times.append((time.perf_counter() - begun) * 1000)
            times.sort()
            print(
                f"{count:>9,}  search: median {statistics.median(times):.1f} ms, p95 {times[int(len(times) * 0.95)]:.1f} ms"
            )
            raw = sum(len(msgspec.json.encode(one)) for one in mirror.datasets)
            print(
                f"{count:>9,}  file {path.stat().st_size / 1e6:,.0f} MB, JSON {raw / 1e6:,.0f} MB, ratio {path.stat().st_size / raw:.2f}"
            )
        portal.stdin.close() if portal.stdin else None


def main() -> None:
    """Serve, synchronize or measure."""
    match sys.argv[1:]:
        case ["--serve", count]:
            serve(int(count))
        case ["--sync", url, path]:
            sync(url, Path(path))
        case sizes:
            for one in sizes or ["10000"]:
                measure(int(one))


if __name__ == "__main__":
    main()
