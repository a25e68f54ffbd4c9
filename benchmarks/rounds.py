"""Rounds: every way once, then every way again, so that what else the machine does falls on all of them alike."""

from __future__ import annotations

import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmarks.work import Bar, Place, Work

FIGURES = ("seconds", "busy", "megabytes")


@dataclass
class Measured:
    """What the ways of one work took: for each size and way the medians."""

    work: Work
    medians: dict[int, dict[str, dict[str, float]]] = field(default_factory=dict)

    def value(self, bar: Bar) -> float:
        """The ratio that a bar is about, at the largest size."""
        sizes = sorted(self.medians)
        figures = self.medians[sizes[-1]]
        over = figures[bar.over][bar.figure]
        if bar.growth:
            return over / self.medians[sizes[0]][bar.over][bar.figure]
        if bar.under is None:
            return over
        under = (bar.under,) if isinstance(bar.under, str) else bar.under
        return over / min(figures[way][bar.figure] for way in under)

    def exponent(self, way: str) -> float | None:
        """How the time grows with the size: 1 is in proportion. None when there is only one size."""
        points = [(math.log(size), math.log(found[way]["seconds"])) for size, found in self.medians.items()]
        return statistics.linear_regression(*zip(*points, strict=True)).slope if len(points) > 1 else None


def measure(work: Work, rounds: int | None = None, tell: Any = print) -> Measured:
    """Measure every way of a work, at every size."""
    measured = Measured(work)
    for size in sorted(set(work.sizes)):
        taken: dict[str, list[dict[str, float]]] = {way: [] for way in work.ways}
        with work.place(size) as place:
            for number in range(rounds or work.rounds):
                given = {}
                for way in work.ways:
                    _touch(work.touched * size)
                    done = _once(work, way, replace(place, round=number))
                    given[way] = done.pop("given")
                    taken[way].append(done)
                _compare(work, given)
        measured.medians[size] = {
            way: {figure: statistics.median(one[figure] for one in several) for figure in FIGURES}
            for way, several in taken.items()
        }
        for way, found in measured.medians[size].items():
            tell(f"  {size:>13,}  {way:<34} {found['seconds']:9.3f} s {found['megabytes']:7.0f} MB")
    return measured


def _touch(size: int) -> None:
    """Write to so many bytes of memory, in a process of its own.

    A virtual machine is lent its memory when that is first written to, and takes twice as long for that as for the rest;
    so that no way pays for it, it is lent before each.
    """
    code = f"import mmap; m = mmap.mmap(-1, {size})\nfor at in range(0, {size}, 4096): m[at] = 1"
    if size:
        subprocess.run([sys.executable, "-c", code], check=True)


def _once(work: Work, way: str, place: Place) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.one", work.name, way, json.dumps(asdict(place))]
    with tempfile.TemporaryDirectory() as folder:
        # Threads that share one arena leave no leftovers that would be taken for what the work needs.
        # Whoever has Python keep no compiled code, or commands elsewhere, would measure that.
        own = {
            "MALLOC_ARENA_MAX": "1",
            "TUCKAN_JOBS_DIR": folder,
            "PATH": f"{Path(sys.executable).parent}:{os.defpath}",
        }
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment = {**kept, **own}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{work.name}, {way}, {place.size:,}: it failed.\n{done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _compare(work: Work, given: dict[str, Any]) -> None:
    told = {way: one for way, one in given.items() if one is not None}
    if len(set(map(json.dumps, told.values()))) > 1:
        sys.exit(f"{work.name}: the ways do not give the same: {told}")
