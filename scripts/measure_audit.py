"""Measure an audit: `python scripts/measure_audit.py 1000 10000 100000` audits mirrors of portals of so many datasets, in memory.

The mirrors are made by `measure_mirror.py`'s portal. Printed are seconds, processor time, the peak of memory, the number of findings, and
the size of the HTML report.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.places import mirrored


def audit(path: Path) -> None:
    """One audit in a process of its own."""
    from tuckan import Audit, Mirror  # noqa: PLC0415 - the time of imports is not measured
    from tuckan.audit.report import as_html  # noqa: PLC0415 - likewise

    with Mirror(path) as mirror:
        begun, used = time.perf_counter(), time.process_time()
        done = Audit.of(mirror)
        seconds, cpu = time.perf_counter() - begun, time.process_time() - used
    size = len(as_html(done).encode())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    told = {"seconds": round(seconds, 1), "cpu": round(cpu, 1), "MB": peak, "report KB": size // 1000}
    print(json.dumps({**told, "findings": sum(done.counts.values())}), flush=True)


def main() -> None:
    """Measure each size, or audit one mirror."""
    if sys.argv[1:2] == ["--audit"]:
        audit(Path(sys.argv[2]))
        return
    beside = str(Path(__file__).with_name("measure_mirror.py"))
    for count in sys.argv[1:] or ["1000"]:
        with mirrored(int(count)) as place, tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "mirror.db")
            subprocess.run([sys.executable, beside, "--sync", place.url, str(path)], check=True, capture_output=True)
            done = subprocess.run([sys.executable, __file__, "--audit", str(path)], check=True, capture_output=True)
            print(f"{int(count):>9,} datasets  {done.stdout.decode().strip()}", flush=True)


if __name__ == "__main__":
    main()
