"""How cost grows with size, as a picture."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

COLUMNS = 3
OTHERS = ("#d95f02", "#7570b3", "#666666", "#e7298a", "#66a61e", "#a6761d")


def draw(results: Mapping[str, Any], path: Path) -> None:
    """Draw a panel for each work: seconds over size, a line for each way, with the exponent."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    rows = math.ceil(len(results) / COLUMNS)
    figure, axes = plt.subplots(rows, COLUMNS, figsize=(5 * COLUMNS, 3.6 * rows), squeeze=False)
    for axis in axes.flat[len(results) :]:
        axis.axis("off")
    for axis, one in zip(axes.flat, results.values(), strict=False):
        _panel(axis, one)
    figure.tight_layout()
    figure.savefig(path, dpi=80, metadata={"Software": None})


def _panel(axis: Any, one: Mapping[str, Any]) -> None:
    sizes = [int(size) for size in one["medians"]]
    others = iter(OTHERS * 2)
    for way, exponent in one["exponents"].items():
        ours = way.startswith("tuckan")
        seconds = [found[way]["seconds"] for found in one["medians"].values()]
        axis.plot(
            sizes, seconds, marker="o", label=f"{way}: {exponent:.2f}", color="#1b9e77" if ours else next(others),
            linewidth=2.4 if ours else 1.2, linestyle="-" if ours else "--",
        )  # fmt: skip
    axis.set(xscale="log", yscale="log", xlabel=one["unit"], ylabel="seconds")
    axis.set_title(one["title"].replace("`", ""), fontsize=9)
    axis.grid(visible=True, which="major", alpha=0.3)
    axis.legend(fontsize=7, title="way: exponent", title_fontsize=7)
