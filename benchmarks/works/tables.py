"""Tables of the DataStore: out of it, and into it."""

from __future__ import annotations

import re
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.places import sandbox, statements
from benchmarks.work import OURS, Place, Work, at_most, faster, same_memory

if TYPE_CHECKING:
    from collections.abc import Callable

    from tuckan.sandbox import Sandbox

RAW = "the same CSV, unread"
OBJECTS = "objects into pandas"
STREAM = "a stream of upserts"
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
        f'INSERT INTO "{table}" ({names}) SELECT {values} FROM generate_series(1, {rows}) n',  # noqa: S608
        f'ANALYZE "{table}"',
    )
    return {"table": table}


def _dataset(ckan: Any) -> None:
    if DATASET not in ckan.organizations.names():
        ckan.organizations.create({"name": DATASET})
        ckan.call("package_create", name=DATASET, owner_org=DATASET)


def to_arrow(place: Place) -> Callable[[], int]:
    """`datastore.pull(...).to_arrow()`."""
    ckan = _ours(place)
    return lambda: int(ckan.datastore.pull(place.more["table"]).to_arrow().num_rows)


def to_parquet(place: Place) -> Callable[[], int]:
    """`datastore.pull(...).to_parquet(...)`."""
    ckan = _ours(place)

    def work() -> int:
        with tempfile.TemporaryDirectory() as folder:
            return int(ckan.datastore.pull(place.more["table"]).to_parquet(Path(folder) / "t.parquet").read)

    return work


def unread(place: Place) -> Callable[[], int]:
    """Pages of CSV by ranges of `_id`, four at once, of which only the bytes are counted."""
    import httpx2  # noqa: PLC0415

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
    import pandas as pd  # noqa: PLC0415
    import requests  # noqa: PLC0415

    def work() -> int:
        frames: list[Any] = []
        read = 0
        while read < place.size:
            params = {"resource_id": place.more["table"], "limit": 32_000, "offset": read, "sort": "_id"}
            answer = requests.get(
                f"{place.url}/api/3/action/datastore_search", params, headers={"Authorization": place.token}, timeout=600
            )
            frames.append(pd.DataFrame(answer.json()["result"]["records"]))
            read += len(frames[-1])
        return len(pd.concat(frames))

    return work


def _ours(place: Place) -> Any:
    import httpcore2  # noqa: F401, PLC0415 - which httpx2 imports late; its import is not measured
    import pyarrow.csv  # noqa: F401, PLC0415

    from tuckan import Client  # noqa: PLC0415

    return Client(place.url, place.token, timeout=SECONDS)


PULL = (
    Work(
        "pull",
        "pull {size} rows of 20 columns to Arrow, on the sandbox",
        (100_000, 316_228, 1_000_000),
        sandbox(full_table),
        {OURS: to_arrow, RAW: unread, OBJECTS: objects},
        (at_most(1.3, RAW), faster(3, OBJECTS)),
        rounds=3,
        unit="rows",
    ),
    Work(
        "pull-file",
        "pull {size} rows of 20 columns to Parquet",
        (100_000, 316_228, 1_000_000),
        sandbox(full_table),
        {OURS: to_parquet},
        (same_memory(),),
        rounds=1,
        unit="rows",
    ),
)

WORKS = PULL
