"""Measure what workbooks of records cost: `python scripts/measure_sheets.py [RECORDS...]`.

Records of 30 fields, three of them lists with two items each and one resources, are exported into a workbook, which is then
read and checked; no portal is asked. Each step runs in a process of its own, so that its peak of memory is its own.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tuckan.schemas import Choice, Field, Schema
from tuckan.sheets import (
    Exported,
    References,
    State,
    check,
    layout_of,
    offered,
    parse,
    read_workbook,
    understood,
    write_workbook,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZES = (1_000, 3_000, 10_000)
STEPS = ("export", "check")
PORTAL = "https://example.org"
USES = tuple(Choice(f"use-{n}", f"Use {n}") for n in range(20))
SCHEMA = Schema(
    "dataset",
    "instrument",
    (
        Field("name", "Name", "name", required=True),
        Field("title", "Title", required=True),
        Field("owner_org", "Organization", "organization", required=True),
        Field("status", "Status", "choice", choices=USES),
        Field("uses", "Uses", "choices", choices=USES),
        Field("tag_string", "Tags", "tags"),
        Field("notes", "Description", "markdown"),
        Field("serial", "Serial number", "integer"),
        Field("weight", "Weight", "number"),
        Field("built", "Built", "date"),
        *(Field(f"text_{n}", f"Text {n}") for n in range(17)),
        Field("maker", "Maker", "items", subfields=(Field("maker_name", "Name", required=True), Field("since", "Since", "date"))),
        Field("model", "Model", "composite", subfields=(Field("model_name", "Name"), Field("version", "Version"))),
        Field("owner", "Owner", "items", subfields=(Field("person", "Person"), Field("mail", "Mail"))),
    ),
    (Field("url", "File", "upload"), Field("name", "Name"), Field("size", "Size", "integer"), Field("format", "Format")),
    "scheming",
)  # fmt: skip
REFERENCES = References(
    {"organization": [{"id": str(UUID(int=n)), "name": f"office-{n}", "title": f"Office {n}"} for n in range(200)]}
)


def main(sizes: list[int]) -> None:
    """Measure both steps for each number of records."""
    with tempfile.TemporaryDirectory() as folder:
        for records in sizes:
            path = Path(folder, f"{records}.xlsx")
            for step in STEPS:
                subprocess.run([sys.executable, __file__, step, str(records), str(path)], check=True)


def measure(step: str, records: int, path: Path) -> None:
    """Take one step in this process, and print what it cost."""
    made = list(_records(records)) if step == "export" else []
    begun, cpu = time.perf_counter(), time.process_time()
    if step == "export":
        _export(made, path)
    else:
        _check(records, path)
    took, worked = time.perf_counter() - begun, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    size = path.stat().st_size / 1e6
    print(f"{records:>7,} records  {step:<7} {took:6.1f} s {worked:6.1f} s CPU {peak:6.0f} MB  ({size:.1f} MB on disk)")


def _export(records: list[dict[str, Any]], path: Path) -> None:
    layout = layout_of(SCHEMA)
    state = State(PORTAL, "dataset", SCHEMA.type, SCHEMA.hash, choices=offered(layout, REFERENCES))
    for one in records:
        state.records[one["name"]] = Exported(one["name"], one["id"], "2026-01-31T12:00:00", one)
    write_workbook(path, layout, state, [(one["name"], one) for one in records])


def _check(records: int, path: Path) -> None:
    book = parse(read_workbook(path), SCHEMA)
    found = check(book, understood(book.layout, REFERENCES, book.state))
    if found.problems or len(found.edits) != records or any(one.fields or one.lists for one in found.edits):
        raise SystemExit(f"What was exported is not what was read: {found.problems[:3]}")


def _records(records: int) -> Iterator[dict[str, Any]]:
    for n in range(records):
        yield {
            "id": str(UUID(int=n)),
            "name": f"instrument-{n}",
            "title": f"Instrument {n} of the measuring network",
            "owner_org": str(UUID(int=n % 200)),
            "status": f"use-{n % 20}",
            "uses": [f"use-{n % 20}", f"use-{n % 7 + 1}"] if n % 20 != n % 7 + 1 else ["use-0"],
            "tags": [{"name": f"tag {n % 50}"}, {"name": "water"}],
            "notes": f"What number {n} measures, and where it stands. " * 3,
            "serial": n,
            "weight": n / 8,
            "built": f"20{n % 26:02}-0{n % 9 + 1}-11",
            **{f"text_{field}": f"text {n * 31 % 997} of {field}" for field in range(17)},
            "maker": [{"maker_name": f"Maker {(n + k) % 90}", "since": f"19{n % 90 + 10}-01-0{k + 1}"} for k in range(2)],
            "model": {"model_name": f"Model {n % 90}", "version": f"{n % 9}"},
            "owner": [{"person": f"Person {(n + k) % 900}", "mail": f"p{n}-{k}@example.org"} for k in range(2)],
            "resources": [
                {"id": str(UUID(int=2 * n + k)), "url": f"https://example.org/{n}/{k}.csv", "name": f"File {k}",
                 "size": n * 100 + k, "format": "CSV"}
                for k in range(2)
            ],
        }  # fmt: skip


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in STEPS:
        measure(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
    else:
        main([int(one) for one in sys.argv[1:]] or list(SIZES))
