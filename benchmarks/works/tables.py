"""Tables of the DataStore: out of it, and into it."""

from __future__ import annotations

import re
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.places import connected, sandbox, statements
from benchmarks.work import OURS, Place, Work, at_most, faster, same_memory

if TYPE_CHECKING:
    from collections.abc import Callable

    from tuckan import Client
    from tuckan.sandbox import Sandbox

RAW = "the same CSV, unread"
OBJECTS = "objects into pandas"
STREAM = "a stream of 5,000 rows each"
CHUNK = 5000
EACH = 600
"""Bytes of memory that a row takes on its way to Arrow."""

SECONDS = 600
DATASET = "tables"
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


def full_table(portal: Sandbox, rows: int) -> dict[str, Any]:
    """A table of so many rows, made in the database."""
    with portal.client() as ckan:
        _dataset(ckan)
        fields = [{"id": name, "type": kind} for name, (kind, _) in COLUMNS.items()]
        made = ckan.call("datastore_create", resource={"package_id": DATASET}, fields=fields, force=True)
    table = str(made["resource_id"])
    names, values = ", ".join(f'"{name}"' for name in COLUMNS), ", ".join(value for _, value in COLUMNS.values())
    statements(
        portal,
        "datastore",
        f'ALTER TABLE "{table}" DISABLE TRIGGER zfulltext',
        f'INSERT INTO "{table}" ({names}) SELECT {values} FROM generate_series(1, {rows}) n',
        f'ANALYZE "{table}"',
    )
    return {"table": table}


def _dataset(ckan: Any) -> None:
    if DATASET not in ckan.organizations.names():
        ckan.organizations.create({"name": DATASET})
        ckan.call("package_create", name=DATASET, owner_org=DATASET)


def warm(place: Place) -> Client:
    """A client that has pulled something already, so that Arrow is there."""
    import pyarrow.parquet  # noqa: F401

    ckan = connected(place)
    ckan.datastore.pull(place.more["table"], limit=10).to_arrow()
    return ckan


def to_arrow(place: Place) -> Callable[[], int]:
    """`datastore.pull(...).to_arrow()`."""
    ckan = warm(place)
    return lambda: int(ckan.datastore.pull(place.more["table"]).to_arrow().num_rows)


def to_parquet(place: Place) -> Callable[[], int]:
    """`datastore.pull(...).to_parquet(...)`."""
    ckan = warm(place)

    def work() -> int:
        with tempfile.TemporaryDirectory() as folder:
            return int(ckan.datastore.pull(place.more["table"]).to_parquet(Path(folder) / "t.parquet").read)

    return work


def unread(place: Place) -> Callable[[], int]:
    """Pages of CSV by ranges of `_id`, four at once, of which only the bytes are counted."""
    import httpx2

    rows = 16_000
    client = httpx2.Client(timeout=SECONDS, headers={"Authorization": place.token})
    fields = ",".join(["_id", *COLUMNS])

    def page(start: int) -> int:
        params = {
            "resource_id": place.more["table"], "records_format": "csv", "fields": fields, "sort": "_id", "limit": rows,
            "filters": {"_id": {"gt": start, "lte": start + rows}}, "include_total": False,
        }  # fmt: skip
        answer = client.post(f"{place.url}/api/3/action/datastore_search", json=params)
        return len(re.findall(rb"[^\\]\\n", answer.raise_for_status().content))

    def work() -> int:
        with ThreadPoolExecutor(4) as pool:
            return sum(pool.map(page, range(0, place.size, rows)))

    return work


def objects(place: Place) -> Callable[[], int]:
    """Pages of objects one after another, each a part of a frame."""
    import pandas as pd
    import requests

    def work() -> int:
        frames: list[Any] = []
        read = 0
        while read < place.size:
            params = {"resource_id": place.more["table"], "limit": 32_000, "offset": read, "sort": "_id"}
            answer = requests.get(
                f"{place.url}/api/3/action/datastore_search",
                params,
                headers={"Authorization": place.token},
                timeout=600,
            )
            frames.append(pd.DataFrame(answer.json()["result"]["records"]))
            read += len(frames[-1])
        return len(pd.concat(frames))

    return work


PULL = (
    Work(
        "pull",
        "pull {size} rows of 20 columns to Arrow, on the sandbox",
        (100_000, 316_228, 1_000_000),
        sandbox(full_table),
        {OURS: to_arrow, RAW: unread, OBJECTS: objects},
        (at_most(1.3, RAW), faster(3, OBJECTS)),
        rounds=5,
        touched=EACH,
        unit="rows",
    ),
    Work(
        "pull-file",
        "pull {size} rows of 20 columns to Parquet",
        (100_000, 316_228, 1_000_000),
        sandbox(full_table),
        {OURS: to_parquet},
        (same_memory(),),
        rounds=3,
        unit="rows",
    ),
)


def dataset(portal: Sandbox, _: int) -> dict[str, Any]:
    """A dataset for the resources that each way makes."""
    with portal.client() as ckan:
        _dataset(ckan)
    return {}


def frame(size: int) -> Any:
    """Rows as Arrow has them."""
    import numpy as np
    import pyarrow as pa

    n = np.arange(size)
    columns: dict[str, Any] = {f"number_{k}": (n * (k + 7) % 100_000) / 100 for k in range(7)}
    columns |= {f"whole_{k}": n * (k + 3) % 2_000_000_000 for k in range(5)}
    columns |= {f"text_{k}": [f"some words {one}" for one in (n * (k + 13) % 5000).tolist()] for k in range(6)}
    columns |= {"flag": n % 3 == 0, "moment": np.datetime64("2000-01-01T00:00:00") + n * np.timedelta64(7, "s")}
    return pa.table(columns)


def can_push() -> bool:
    """Whether this tuckan can push."""
    from tuckan.client._sync.namespaces.datastore import DataStore

    return hasattr(DataStore, "push")


def push_ours(place: Place) -> Callable[[], int]:
    """`datastore.push`."""
    ckan, rows = connected(place), frame(place.size)

    def work() -> int:
        job = ckan.datastore.push(rows, dataset=DATASET, name=f"ours, {place.size}, {place.round}")
        job.run()
        return place.size

    return work


def chunks(place: Place, way: str) -> tuple[str, list[bytes]]:
    """A new table, and the bodies that fill it."""
    import msgspec

    ckan, rows = connected(place), frame(place.size)
    kinds = {"number": "float8", "whole": "int4", "text": "text", "flag": "bool", "moment": "timestamp"}
    fields = [{"id": name, "type": kinds[name.partition("_")[0]]} for name in rows.column_names]
    # One with an address: where CKAN 2.12 keeps the size of a table in its resource, writes side by side get a status 500.
    resource = {
        "package_id": DATASET,
        "name": f"{way}, {place.size}, {place.round}",
        "url": "https://example.org/t.csv",
    }
    table = ckan.call("resource_create", resource)["id"]
    ckan.call("datastore_create", resource_id=table, fields=fields, force=True)
    given = {"resource_id": table, "method": "insert", "force": True, "calculate_record_count": False}
    return table, [
        msgspec.json.encode({**given, "records": rows.slice(start, CHUNK).to_pylist()})
        for start in range(0, place.size, CHUNK)
    ]


def push_bare(threads: int, place: Place) -> Callable[[], int]:
    """Chunks of rows that are encoded already, by so many threads of plain httpx2."""
    import httpx2

    table, bodies = chunks(place, str(threads))
    client = httpx2.Client(timeout=SECONDS, headers={"Authorization": place.token, "Content-Type": "application/json"})

    def send(body: bytes) -> int:
        client.post(f"{place.url}/api/3/action/datastore_upsert", content=body).raise_for_status()
        return min(CHUNK, place.size)

    def work() -> int:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(send, bodies))
        return int(connected(place).datastore.search(table, limit=0, filters={"_id": {"gte": 0}})["total"])

    return work


SATURATED = {f"httpx2, {threads} threads": partial(push_bare, threads) for threads in (2, 4, 8)}

PUSH = (
    Work(
        "push",
        "push {size} rows of 20 columns, on the sandbox",
        (100_000, 316_228, 1_000_000),
        sandbox(dataset),
        {OURS: push_ours, **SATURATED, STREAM: partial(push_bare, 1)},
        (at_most(1 / 0.9, tuple(SATURATED)), faster(1.8, STREAM)),
        rounds=1,
        unit="rows",
        is_there=can_push,
    ),
)

ROWS, ALONE = "tuckan, by rows", "XLoader alone, with the upload"


def push_via(via: str, place: Place) -> Callable[[], int]:
    """`datastore.push(..., via=...)`."""
    ckan, rows = connected(place), frame(place.size)

    def work() -> int:
        name = f"via {via}, {place.size}, {place.round}"
        with ckan.datastore.push(rows, dataset=DATASET, name=name, via=via) as job:  # type: ignore[arg-type]
            report = job.run()
        assert report.complete  # noqa: S101
        assert not report.notes  # noqa: S101 - it was done as asked for
        return place.size

    return work


def xloader_alone(place: Place) -> Callable[[], int]:
    """A file that is there already, uploaded and loaded into a table with its types, and nothing compared."""
    import httpx2
    import pyarrow.csv

    ckan, rows = connected(place), frame(place.size)
    folder = tempfile.TemporaryDirectory()
    path = Path(folder.name) / "table.csv"
    pyarrow.csv.write_csv(rows, path)
    kinds = {"number": "float8", "whole": "int4", "text": "text", "flag": "bool", "moment": "timestamp"}
    named = {name: kinds[name.partition("_")[0]] for name in rows.column_names}

    def work() -> int:
        given = {"package_id": DATASET, "name": f"alone, {place.size}, {place.round}", "format": "table"}
        resource = str(ckan.call("resource_create", given)["id"])
        fields = [{"id": name, "type": kind, "info": {"type_override": kind}} for name, kind in named.items()]
        ckan.call("datastore_create", resource_id=resource, fields=fields, force=True)
        with path.open("rb") as file:
            httpx2.post(
                f"{place.url}/api/3/action/resource_patch",
                data={"id": resource, "format": "table"},
                files={"upload": file},
                headers={"Authorization": place.token},
                timeout=SECONDS,
            ).raise_for_status()
        ckan.xloader.submit(resource)
        ckan.xloader.wait(resource, timeout=SECONDS, interval=0.1)
        folder.cleanup()
        return int(ckan.datastore.search(resource, limit=0)["total"])

    return work


LOAD = (
    Work(
        "load",
        "push {size} rows of 20 columns through XLoader, on the sandbox",
        (50_000, 200_000, 1_000_000),
        sandbox(dataset),
        {OURS: partial(push_via, "loader"), ROWS: partial(push_via, "rows"), ALONE: xloader_alone},
        (faster(4, ROWS), at_most(1.5, ALONE)),
        rounds=1,
        unit="rows",
        is_there=can_push,
    ),
)

WORKS = PULL + PUSH + LOAD
