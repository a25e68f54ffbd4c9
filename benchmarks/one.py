"""One way of one work, once, in a process of its own: `python -m benchmarks.one WORK WAY PLACE`."""

from __future__ import annotations

import json
import resource
import sys
import time

from benchmarks.work import Place
from benchmarks.works import WORKS


def main(name: str, way: str, place: str) -> None:
    """Do it, and print what it took."""
    work = WORKS[name].ways[way](Place(**json.loads(place)))
    begun, cpu = time.perf_counter(), time.process_time()
    given = work()
    seconds, busy = time.perf_counter() - begun, time.process_time() - cpu
    given = len(given) if isinstance(given, list) else given
    # Of the largest process: some works are done by others that are begun here.
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    memory = max(resource.getrusage(one).ru_maxrss for one in whose) / (1 if sys.platform == "linux" else 1024)
    print(json.dumps({"seconds": seconds, "busy": busy, "megabytes": memory / 1024, "given": given}))


if __name__ == "__main__":
    main(*sys.argv[1:])
