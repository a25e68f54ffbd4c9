"""What was measured, kept in `results.json` and shown as a table; and the page of it in the documentation."""

from __future__ import annotations

import json
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.plots import draw

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.rounds import Measured

PAGE = Path(__file__).parent.parent / "docs" / "performance.md"
PICTURE = PAGE.parent / "pictures" / "cost.png"
RESULTS = Path(__file__).parent / "results.json"
HEADS = ("work", "compared", "measured", "to reach", "reached")


def kept(measured: Measured) -> dict[str, Any]:
    """What is kept of one work."""
    work = measured.work
    bars = [
        {"about": bar.about, "to_reach": str(bar), "measured": value, "reached": bar.is_reached(value)}
        for bar in work.bars
        for value in [measured.value(bar)]
    ]
    return {
        "title": work.title.format(size=f"{work.sizes[-1]:,}"),
        "unit": work.unit,
        "when": f"{datetime.now(UTC):%Y-%m-%d}",
        "load": round(os.getloadavg()[0], 1),
        "machine": f"{os.cpu_count()} cores, Python {platform.python_version()}",
        "bars": bars,
        "medians": measured.medians,
        "exponents": {way: measured.exponent(way) for way in work.ways},
    }


def load() -> dict[str, Any]:
    """What was kept before."""
    return dict(json.loads(RESULTS.read_text(encoding="utf-8"))) if RESULTS.exists() else {}


def save(results: Mapping[str, Any]) -> None:
    """Keep it; figures to three digits, so that what did not change looks so."""
    text = json.dumps(results, indent=1, ensure_ascii=False)
    rounded = json.loads(text, parse_float=lambda number: float(f"{float(number):.4g}"))
    RESULTS.write_text(json.dumps(rounded, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def rows(results: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """A row for each ratio."""
    return [
        (
            str(one["title"]),
            bar["about"],
            f"{bar['measured']:.3g}",
            bar["to_reach"],
            "yes" if bar["reached"] else "no",
        )
        for one in results.values()
        for bar in one["bars"]
    ]


def table(results: Mapping[str, Any]) -> str:
    """The table for a terminal."""
    found = [HEADS, *rows(results)]
    widths = [max(map(len, column)) for column in zip(*found, strict=True)]
    return "\n".join("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)) for row in found)


def write_page(results: Mapping[str, Any]) -> None:
    """Write the tables and the picture of the documentation's page; its other words are written by hand."""
    given = PAGE.read_text(encoding="utf-8")
    for name, lines in (("ratios", _ratios(results)), ("growth", _growth(results))):
        begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
        before, _, rest = given.partition(begin)
        given = before + begin + "\n".join(lines) + "\n" + end + rest.partition(end)[2]
    PAGE.write_text(given, encoding="utf-8")
    draw(results, PICTURE)


def _ratios(results: Mapping[str, Any]) -> list[str]:
    return [_line(HEADS), _line(["---"] * len(HEADS)), *map(_line, rows(results))]


def _growth(results: Mapping[str, Any]) -> list[str]:
    heads = ("work", "way", "sizes", "seconds", "exponent", "MB at the most")
    lines = [_line(heads), _line(["---"] * len(heads))]
    for one in results.values():
        sizes = list(one["medians"])
        for way, exponent in one["exponents"].items():
            figures = [one["medians"][size][way] for size in sizes]
            told = [
                one["title"],
                way,
                " · ".join(f"{int(size):,}" for size in sizes),
                " · ".join(f"{found['seconds']:.3g}" for found in figures),
                f"{exponent:.2f}",
                " · ".join(f"{found['megabytes']:.0f}" for found in figures),
            ]
            lines.append(_line(told))
    return lines


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
