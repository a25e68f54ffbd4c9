"""Measure how fast a table comes out of a DataStore, and in how much memory: `python scripts/measure_pull.py`.

A sandbox of its own is started; the table is made in its database. Each way of reading runs in a process of its own, whose
largest memory is told.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

from tuckan import Client
from tuckan.sandbox import Sandbox
from tuckan.sandbox.environment import environment
from tuckan.sandbox.ini import database_url

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = "measure"
COLUMNS = {
    **{f"number_{n}": ("numeric", f"(n * {n + 7} % 100000) / 100.0") for n in range(6)},
    **{f"whole_{n}": ("numeric", f"n * {n + 3}") for n in range(2)},
    **{f"count_{n}": ("int4", f"n % {n + 1000}") for n in range(3)},
    **{f"text_{n}": ("text", f"'some words ' || (n * {n + 13} % 5000)") for n in range(5)},
    "float": ("float8", "sqrt(n)"),
    "flag": ("bool", "n % 3 = 0"),
    "day": ("date", "date '2000-01-01' + n % 9000"),
    "moment": ("timestamp", "timestamp '2000-01-01' + n * interval '7 seconds'"),
}


def make(sandbox: Sandbox, rows: int) -> str:
    """Make the table, and give its id."""
    with sandbox.client() as ckan:
        ckan.call("organization_create", name=NAME)
        ckan.call("package_create", name=NAME, owner_org=NAME)
        fields = [{"id": name, "type": kind} for name, (kind, _) in COLUMNS.items()]
        made = ckan.call("datastore_create", resource={"package_id": NAME}, fields=fields, force=True)
    table = made["resource_id"]
    names, values = ", ".join(f'"{name}"' for name in COLUMNS), ", ".join(value for _, value in COLUMNS.values())
    statements = [
        f'ALTER TABLE "{table}" DISABLE TRIGGER zfulltext',
        f'INSERT INTO "{table}" ({names}) SELECT {values} FROM generate_series(1, {rows}) n',  # noqa: S608
        f'ANALYZE "{table}"',
    ]
    psql = environment(sandbox.ckan, lambda _: None).postgres("psql")
    url = database_url(sandbox.settings, "ckan", "datastore")
    for statement in statements:
        subprocess.run([psql, "-q", "-v", "ON_ERROR_STOP=1", "-c", statement, url], check=True)
    return str(table)


def parquet(ckan: Client, table: str, folder: Path) -> int:
    """Pull into Parquet."""
    return int(ckan.datastore.pull(table).to_parquet(folder / "t.parquet").read)


def iterated(ckan: Client, table: str, _: Path) -> int:
    """Rows as dicts."""
    return sum(1 for _ in ckan.datastore.iter(table))


def objects(ckan: Client, table: str, _: Path) -> int:
    """What most clients do: pages of objects, one after another, by offset."""
    read = 0
    while rows := ckan.datastore.search(table, limit=32_000, offset=read, sort="_id", total=False)["records"]:
        read += len(rows)
    return read


def dump(ckan: Client, table: str, folder: Path) -> int:
    """CKAN's own dump, as CSV."""
    request = Request(f"{ckan.base_url}/datastore/dump/{table}", headers={"Authorization": ckan.settings.token or ""})
    with urlopen(request, timeout=3600) as answer, (folder / "t.csv").open("wb") as file:
        while block := answer.read(1 << 20):
            file.write(block)
    with (folder / "t.csv").open(newline="", encoding="utf-8") as lines:
        return sum(1 for _ in csv.reader(lines)) - 1


WAYS: dict[str, tuple[Callable[[Client, str, Path], int], int]] = {
    "pull to Parquet": (parquet, 8),
    "pull to Parquet, one request at a time": (parquet, 1),
    "iter": (iterated, 8),
    "objects by offset": (objects, 1),
    "dump to CSV": (dump, 1),
}


def one(way: str, url: str, token: str, table: str) -> dict[str, Any]:
    """Read in one way, in this process."""
    read, concurrency = WAYS[way]
    begun = time.monotonic()
    with Client(url, token, concurrency=concurrency, timeout=600) as ckan, tempfile.TemporaryDirectory() as folder:
        rows = read(ckan, table, Path(folder))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 if sys.platform == "linux" else 1024)
    return {"rows": rows, "seconds": time.monotonic() - begun, "megabytes": memory / 1024}


def main() -> None:
    """Measure every way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ckan", default="2.12")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--way", choices=WAYS, action="append", help="only this; may be repeated")
    parser.add_argument("--in-this-process", nargs=4, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.in_this_process:
        print(json.dumps(one(*given.in_this_process)))
        return
    sandbox = Sandbox(NAME, ckan=given.ckan)
    try:
        sandbox.up(as_profile=False)
        sandbox.reset()
        table = make(sandbox, given.rows)
        print(f"CKAN {given.ckan}, {given.rows:,} rows of {len(COLUMNS)} columns")
        for way in given.way or WAYS:
            arguments = ["--in-this-process", way, sandbox.url, sandbox.token(), table]
            done = subprocess.run([sys.executable, __file__, *arguments], capture_output=True, text=True, check=True)
            found = json.loads(done.stdout)
            if found["rows"] != given.rows:
                sys.exit(f"{way} read {found['rows']:,} rows of {given.rows:,}")
            speed = found["rows"] / found["seconds"]
            print(f"{way:<40} {found['seconds']:7.1f} s {speed:10,.0f} rows/s {found['megabytes']:6.0f} MB")
    finally:
        sandbox.destroy()


if __name__ == "__main__":
    main()
