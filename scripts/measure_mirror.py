"""Measure a mirror: `python scripts/measure_mirror.py 10000 100000` synchronizes with a portal of that many datasets.

For each size: the first synchronization, one in which nothing changed, one after 1 % changed, and searches. Printed are
seconds, requests, the peak of memory, and the size of the file beside that of the JSON; of several sizes also how cost grows.
The file takes 13 KB for each dataset, in the folder of temporary files.
`--beside 2000` brings copies of so many datasets up to date with other tools too: after 1 % changed and five were deleted.
"""

from __future__ import annotations

import json
import math
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
    from collections.abc import Callable, Iterator

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.places import mirrored
from benchmarks.ways.copies import CKANAPI_DUMP, GIT_SCRAPING, command_of, run
from benchmarks.work import OURS

SEARCHES = (
    *("aqua0003", "terra0001 aqua0002", "urb0007", "silv0040"),
    *("aqua0100 terra0005", "vent0900", "silv1500", "aqua0000 urb0001"),
)


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


def measure(count: int) -> dict[str, float]:
    """Everything for one size; gives the CPU seconds of each run."""
    from tuckan import Client  # noqa: PLC0415 - see `sync`
    from tuckan.mirror import Mirror  # noqa: PLC0415 - see `sync`

    cpu: dict[str, float] = {}
    with mirrored(count) as place, tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "mirror.db")
        with Client(place.url, progress=False) as ckan:
            for label in ("first", "nothing changed", "1 % changed"):
                if label.startswith("1"):
                    ckan.call("change")
                before = int(ckan.call("requests"))
                command = [sys.executable, __file__, "--sync", place.url, str(path)]
                done = subprocess.run(command, check=True, capture_output=True).stdout.decode().strip()
                requests = int(ckan.call("requests")) - before - 1
                print(f"{count:>9,}  {label:16}  {requests:>6,} requests  {done}", flush=True)
                cpu[label] = json.loads(done)["cpu"]
        with Mirror(path) as mirror:
            clocks: dict[str, Callable[[], float]] = {"wall": time.perf_counter, "CPU": time.process_time}
            for name, clock in clocks.items():
                times = sorted(_searches(mirror, clock))
                middle, late = statistics.median(times), times[int(len(times) * 0.95)]
                print(f"{count:>9,}  search, {name}: median {middle:.1f} ms, p95 {late:.1f} ms", flush=True)
            raw = sum(len(msgspec.json.encode(one)) for one in mirror.datasets)
            size = path.stat().st_size
            print(
                f"{count:>9,}  file {size / 1e6:,.0f} MB, JSON {raw / 1e6:,.0f} MB, ratio {size / raw:.2f}", flush=True
            )
    return cpu


def _searches(mirror: Any, clock: Callable[[], float]) -> Iterator[float]:
    for _ in range(25):
        for words in SEARCHES:
            begun = clock()
            mirror.search(words)
            yield (clock() - begun) * 1000


def beside(count: int) -> None:
    """The same further run by three tools: seconds, requests, and what is known of the datasets that went."""
    from tuckan import Client  # noqa: PLC0415 - see `sync`
    from tuckan.mirror import Mirror  # noqa: PLC0415 - see `sync`

    for way in (OURS, CKANAPI_DUMP, GIT_SCRAPING):
        with mirrored(count) as place, tempfile.TemporaryDirectory() as temporary, Client(place.url) as ckan:
            folder, line = Path(temporary), f"{way:13}"
            for label in ("first", "again"):
                before, begun = int(ckan.call("requests")), time.perf_counter()
                run(command_of(way, place.url, folder))
                seconds, requests = time.perf_counter() - begun, int(ckan.call("requests")) - before - 1
                line += f"  {label}: {seconds:6.1f} s, {requests:>6,} requests"
                if label == "first":
                    ckan.call("change")
                    ckan.call("remove")
            said = "deletions: none noted"
            if way == OURS:
                with Mirror(folder / "mirror.db") as mirror:
                    said = f"deletions: {sum(one.change == 'gone' for one in mirror.changes())} noted"
            elif way == GIT_SCRAPING:
                diff = run(["git", "-C", str(folder), "diff", "HEAD~1", "--", "datasets.json"])
                number = sum(line.startswith('-  "name": "dataset-') for line in diff.splitlines())
                said = f"deletions: {number} in the diff of the file"
            print(f"{line}  {said}", flush=True)


def main() -> None:
    """Synchronize, compare or measure."""
    match sys.argv[1:]:
        case ["--sync", url, path]:
            sync(url, Path(path))
        case ["--beside", count]:
            beside(int(count))
        case sizes:
            cpu = {int(one): measure(int(one)) for one in sizes or ["10000"]}
            low, high = min(cpu), max(cpu)
            for label in cpu[low] if low < high else ():
                exponent = math.log(cpu[high][label] / cpu[low][label]) / math.log(high / low)
                print(f"exponent of the CPU seconds, {label}: {exponent:.2f}")


if __name__ == "__main__":
    main()
