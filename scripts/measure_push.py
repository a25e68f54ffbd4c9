"""Measure how fast a table goes into a DataStore: `python scripts/measure_push.py`.

A sandbox of its own is started. `push` is killed once in the middle and resumed. The others are what it is compared with:
one stream of calls, and several streams of calls that do nothing but keep the portal busy.

With `--memory`, whole pushes of 200,000 and 2,000,000 rows of four columns, of CSV and Parquet, each in a process of its own, twice: the
second replaces the first, and has a key. Their peaks should differ little.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING, Any

from tuckan import Client
from tuckan.jobs.folder import path_of
from tuckan.sandbox import Sandbox
from tuckan.tables.libraries import pyarrow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pa: Any = pyarrow()
for part in ("csv", "parquet"):
    pyarrow(part)
NAME = "measure"
ROWS_OF_A_CALL = 5000
STREAMS = 8
RESUMING = """
import os, resource
from tuckan import Client
with Client(os.environ["PORTAL"], os.environ["TOKEN"], progress=False) as ckan:
    report = ckan.jobs.open("last").run()
    print(report, f"({resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB)")
    raise SystemExit(not report.complete)
"""


PUSHING = """
import os, resource, sys
from tuckan import Client
with Client(os.environ["PORTAL"], os.environ["TOKEN"], progress=False) as ckan:
    with ckan.datastore.push(sys.argv[1], dataset=sys.argv[2], name=sys.argv[1], key=sys.argv[3:]) as job:
        assert job.run().complete
    print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
"""


def batches(rows: int) -> Iterator[Any]:
    """A table of 20 columns, in parts."""
    for start in range(0, rows, 10_000):
        n = range(start, min(start + 10_000, rows))
        columns: dict[str, Any] = {f"number_{k}": [(i * (k + 7) % 100_000) / 100 for i in n] for k in range(6)}
        columns |= {f"count_{k}": pa.array([i % (k + 1000) for i in n], pa.int32()) for k in range(5)}
        columns |= {f"text_{k}": [f"some words {i * (k + 13) % 5000}" for i in n] for k in range(5)}
        columns |= {"n": list(n), "flag": [i % 3 == 0 for i in n], "float": [i**0.5 for i in n]}
        columns |= {"day": pa.array([10_957 + i % 9000 for i in n], pa.int32()).cast(pa.date32())}
        yield pa.record_batch(columns)


def table(rows: int) -> Any:
    """The same, as one reader."""
    return pa.RecordBatchReader.from_batches(next(batches(1)).schema, batches(rows))


def push(sandbox: Sandbox, rows: int) -> str:
    """Push, killed in the middle."""
    variables = {**os.environ, "PORTAL": sandbox.url, "TOKEN": sandbox.token()}
    with sandbox.client() as ckan:
        begun = time.monotonic()
        job = ckan.datastore.push(table(rows), dataset=NAME, name="pushed")
        planned, peak = time.monotonic() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"planned in {planned:.1f} s, {peak:.0f} MB")
        made = job.resource
        job.close()
        process = subprocess.Popen([sys.executable, "-c", RESUMING], env=variables)
        while process.poll() is None and sent(path_of("last").with_suffix(".ledger")) < rows // ROWS_OF_A_CALL // 2:
            time.sleep(0.2)
        process.kill()
        print(f"killed after {time.monotonic() - begun - planned:.1f} s, with exit code {process.wait()}")
        subprocess.run([sys.executable, "-c", RESUMING], env=variables, check=True)
        return made


def sent(ledger: Any) -> int:
    """How many parts were sent."""
    return int(ledger.read_text().count('"sent"')) if ledger.exists() else 0


def streams(sandbox: Sandbox, rows: int, number: int, method: str) -> str:
    """Calls of 5,000 rows each, side by side, that nobody looks after."""
    with sandbox.client() as ckan:
        made = ckan.resources.create(NAME, name=f"{number} {method}")["id"]
        fields = [
            {"id": one.name, "type": "numeric" if pa.types.is_floating(one.type) else "text"} for one in table(1).schema
        ]
        ckan.datastore.create(made, fields, primary_key="n" if method == "upsert" else None, force=True)
        parts = (
            one.to_pylist()
            for whole in batches(rows)
            for one in (whole.slice(0, 5000), whole.slice(5000))
            if one.num_rows
        )
        lock = threading.Lock()

        def work() -> None:
            with Client(sandbox.url, sandbox.token(), timeout=600) as own:
                while True:
                    with lock:
                        some = list(islice(parts, 1))
                    if not some:
                        return
                    for row in some[0]:
                        row["day"] = str(row["day"])
                    own.datastore.upsert(made, some[0], method=method, force=True, count=False)  # type: ignore[arg-type]

        with ThreadPoolExecutor(number) as pool:
            for one in [pool.submit(work) for _ in range(number)]:
                one.result()
    return str(made)


def memory(sandbox: Sandbox, rows: int) -> None:
    """How much memory whole pushes take at most, by the number of rows."""
    variables = {**os.environ, "PORTAL": sandbox.url, "TOKEN": sandbox.token()}
    for number in (rows // 10, rows):
        whole = pa.Table.from_batches(batches(number), next(batches(1)).schema)
        few = whole.select(["n", "text_0", "number_0", "day"])
        with tempfile.TemporaryDirectory() as folder:
            for write, name in ((pa.csv.write_csv, "rows.csv"), (pa.parquet.write_table, "rows.parquet")):
                path = os.path.join(folder, name)  # noqa: PTH118 - as a text
                write(few, path)
                for key in ([], ["n"]):
                    command = [sys.executable, "-c", PUSHING, path, NAME, *key]
                    peak = subprocess.run(command, env=variables, check=True, capture_output=True, text=True).stdout
                    print(
                        f"{number:>9,} rows of {name:<12} {'in place of others, with a key' if key else 'new':<30} {peak}",
                        end="",
                    )


WAYS: dict[str, Callable[[Sandbox, int], str]] = {
    "push, killed and resumed": push,
    "one stream of upserts of 5,000 rows": lambda sandbox, rows: streams(sandbox, rows, 1, "upsert"),
    "eight streams of inserts, unwatched": lambda sandbox, rows: streams(sandbox, rows, STREAMS, "insert"),
}


def main() -> None:
    """Measure every way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ckan", default="2.12")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--others", type=int, default=100_000, help="rows for the ways that push is compared with")
    parser.add_argument(
        "--memory", action="store_true", help="measure the memory of whole pushes in place of their time"
    )
    given = parser.parse_args()
    sandbox = Sandbox(NAME, ckan=given.ckan)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["TUCKAN_JOBS_DIR"] = folder
        try:
            sandbox.up(as_profile=False)
            sandbox.reset()
            with sandbox.client() as ckan:
                ckan.call("organization_create", name=NAME)
                ckan.call("package_create", name=NAME, owner_org=NAME)
            if given.memory:
                memory(sandbox, 2 * given.rows)
                return
            for way, run in WAYS.items():
                rows = given.rows if run is push else given.others
                begun = time.monotonic()
                made = run(sandbox, rows)
                seconds = time.monotonic() - begun
                with sandbox.client() as ckan:
                    counted = ckan.datastore.search(made, limit=0, filters={})["total"]
                print(
                    f"{way:<40} {rows:>9,} rows {seconds:7.1f} s {rows / seconds:10,.0f} rows/s; counted: {counted:,}",
                    flush=True,
                )
        finally:
            sandbox.destroy()


if __name__ == "__main__":
    main()
