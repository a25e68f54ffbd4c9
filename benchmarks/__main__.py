"""Measure: `python -m benchmarks --only list,dump --size small`."""

from __future__ import annotations

import argparse
import os
import sys
import time

from benchmarks import report
from benchmarks.rounds import measure
from benchmarks.works import FAMILIES

SCALES = {"small": 0.02, "medium": 0.1, "full": 1.0}


def main() -> None:
    """Measure what was asked for, show it, and keep it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", default="", help=f"families or works, with commas: {', '.join(FAMILIES)}")
    parser.add_argument("--size", choices=SCALES, default="medium", help="full is what the bars are for")
    parser.add_argument("--rounds", type=int, help="how often each way is measured")
    parser.add_argument(
        "--page",
        action="store_true",
        help="write the page of the documentation; without --only from what was measured before",
    )
    given = parser.parse_args()
    wanted = [one for one in given.only.split(",") if one]
    works = [
        work
        for family, several in FAMILIES.items()
        for work in several
        if (not wanted or family in wanted or work.name in wanted) and work.is_there()
    ]
    if not works:
        sys.exit(f"There is no such work: {given.only}. Use some of: {', '.join(FAMILIES)}.")
    # Fewer of them are too few to measure: a file of two megabytes is one piece.
    scale = {"start": 1.0}
    begun = time.monotonic()
    results = report.load()
    if given.page and not given.only:
        report.write_page(results)
        return
    for work in works:
        smaller = work.scaled(scale.get(work.name.partition("-")[0], SCALES[given.size]))
        print(f"{work.name}: {work.title.format(size=f'{smaller.sizes[-1]:,}')} (load {os.getloadavg()[0]:.1f})")
        results = report.load() | {work.name: report.kept(measure(smaller, given.rounds))}
        report.save(results)
    print(f"\n{report.table({work.name: results[work.name] for work in works})}")
    print(f"\n{time.monotonic() - begun:,.0f} s")
    if given.page:
        report.write_page(results)


if __name__ == "__main__":
    main()
