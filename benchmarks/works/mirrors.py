"""Keep a copy of a portal's metadata: what each further run takes, once the first is done."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.places import mirrored
from benchmarks.ways.copies import CKANAPI_DUMP, GIT_SCRAPING, command_of, run
from benchmarks.work import OURS, Place, Work, faster

if TYPE_CHECKING:
    from collections.abc import Callable


def _again(way: str) -> Callable[[Place], Callable[[], int]]:
    def prepare(place: Place) -> Callable[[], int]:
        folder = tempfile.TemporaryDirectory()
        command = command_of(way, place.url, Path(folder.name))
        run(command)

        def work() -> int:
            out = run(command)
            if way == OURS:
                return int(json.loads(out)["read"])
            if way == GIT_SCRAPING:
                return int(out)
            with Path(folder.name, "datasets.jsonl").open("rb") as lines:
                return sum(1 for _ in lines)

        return work

    return prepare


WORKS = (
    Work(
        "mirror-again",
        "bring a copy of {size} datasets up to date in which nothing changed, static portal",
        (500, 1581, 5000),
        mirrored,
        {OURS: _again(OURS), CKANAPI_DUMP: _again(CKANAPI_DUMP), GIT_SCRAPING: _again(GIT_SCRAPING)},
        (faster(3, CKANAPI_DUMP), faster(2, GIT_SCRAPING)),
    ),
)
