"""Dump every dataset to JSON lines."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.places import SLOW, connected, static
from benchmarks.work import (
    BOUND,
    CKANAPI,
    FROM_ALL_LANES_ON,
    OURS,
    Place,
    Work,
    at_most,
    faster,
    portal_state,
    same_memory,
)

if TYPE_CHECKING:
    from collections.abc import Callable

CKANAPI_DUMP = "ckanapi dump"
SHORT = (500, 1581, 5000)
"""How much is dumped where one way asks for each dataset by itself: 5,000 answers of 50 ms are 85 s for three workers."""


def ours(place: Place) -> Callable[[], int]:
    """`dump`."""
    ckan = connected(place)

    def work() -> int:
        with tempfile.TemporaryDirectory() as folder:
            return ckan.dump("datasets", Path(folder) / "all.jsonl").records

    return work


def bound(place: Place) -> Callable[[], int]:
    """A plain socket, and a file that takes what comes; nothing is decoded."""
    from benchmarks.ways.bound import Plain

    def work() -> int:
        with Plain(place.url) as portal, tempfile.TemporaryFile() as file:
            for page in portal.pages(place.size):
                file.write(page)
        return place.size

    return work


def ours_at_a_shell(place: Place) -> Callable[[], int]:
    """`tuckan dump datasets`."""
    return lambda: _lines([sys.executable, "-m", "tuckan", "dump", "datasets", "--url", place.url, "--anonymous"])


def search_at_a_shell(place: Place) -> Callable[[], int]:
    """`ckanapi search datasets`."""
    return lambda: _lines(["ckanapi", "search", "datasets", "-r", place.url])


def dump_at_a_shell(place: Place) -> Callable[[], int]:
    """`ckanapi dump datasets --all`, with the three workers that it has at most."""
    return lambda: _lines(["ckanapi", "dump", "datasets", "--all", "-p", "3", "-q", "-r", place.url])


def _lines(command: list[str]) -> int:
    with tempfile.TemporaryFile() as file:
        subprocess.run(command, stdout=file, stderr=subprocess.PIPE, check=True)
        file.seek(0)
        return sum(1 for _ in file)


SIZES = (10_000, 31_623, 100_000)
EACH = 8500
"""Bytes of a dataset: once in the file and once on its way there."""

WORKS = (
    Work(
        "dump",
        "dump {size} datasets to JSON lines, static portal",
        SIZES,
        static(),
        {OURS: ours, BOUND: bound},
        (at_most(1.2, BOUND), portal_state(150)),
        unit="datasets",
        touched=2 * EACH,
    ),
    Work(
        "dump-memory",
        "dump {size} datasets to JSON lines",
        FROM_ALL_LANES_ON,
        static(),
        {OURS: ours},
        (same_memory(),),
        rounds=5,
        unit="datasets",
    ),
    Work(
        "dump-shell",
        "the same by the command lines, processes and all",
        SIZES,
        static(),
        {OURS: ours_at_a_shell, CKANAPI: search_at_a_shell},
        (faster(4, CKANAPI),),
        unit="datasets",
    ),
    Work(
        "dump-slow",
        "dump {size} datasets at 50 ms an answer, by the command lines",
        SHORT,
        static(delay=SLOW),
        {OURS: ours_at_a_shell, CKANAPI_DUMP: dump_at_a_shell},
        (faster(50, CKANAPI_DUMP),),
        rounds=2,
        unit="datasets",
    ),
)
