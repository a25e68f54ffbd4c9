"""What a benchmark is: a work, the ways to do it, and what is to be reached."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

OURS = "tuckan"
NOTEBOOK = "the notebook's way"
CKANAPI = "ckanapi"
BOUND = "the bound"

FROM_ALL_LANES_ON = (31_623, 100_000, 316_228)
"""Datasets by which memory is measured: with less, some lanes have ended before others have begun."""


@dataclass(frozen=True)
class Place:
    """Where a work is done, as a process is told.

    Attributes:
        url: the portal's address.
        size: how much there is to do.
        token: a token, or none.
        round: which round it is, for what must be new each time.
        more: what else the ways have to know.
    """

    url: str
    size: int
    token: str = ""
    round: int = 0
    more: Mapping[str, Any] = field(default_factory=dict[str, Any])


Way: TypeAlias = Callable[[Place], Callable[[], Any]]
"""Imports and prepares what it needs, and gives the work, which is what the clock runs for; what it gives is a number, or a list of which the length is."""


@dataclass(frozen=True)
class Bar:
    """A ratio to reach: what one way takes over what another does.

    Attributes:
        over: the way whose figure is divided.
        under: the way by whose figure it is divided, the best of several; None to look at the figure itself.
        most: the ratio may be this at most.
        least: the ratio must be this at least.
        figure: what is compared: seconds, or megabytes at the most.
        growth: compare the largest size with the smallest, of one way.
    """

    over: str
    under: str | tuple[str, ...] | None = None
    most: float | None = None
    least: float | None = None
    figure: Literal["seconds", "megabytes"] = "seconds"
    growth: bool = False

    def __str__(self) -> str:
        unit = (
            {"seconds": " s", "megabytes": " MB"}[self.figure] if self.under is None and not self.growth else " times"
        )
        bound = f"≤ {self.most:g}" if self.most is not None else f"≥ {self.least:g}"
        return bound + unit

    @property
    def about(self) -> str:
        """What is compared, in words."""
        if self.growth:
            return f"{self.figure} of {self.over}, largest size to smallest"
        if self.under is None:
            return f"{self.figure} of {self.over}"
        under = self.under if isinstance(self.under, str) else "saturation"
        return f"{self.over} : {under}"

    def is_reached(self, value: float) -> bool:
        """Whether a measured value reaches it."""
        return (self.most is None or value <= self.most) and (self.least is None or value >= self.least)


def at_most(factor: float, of: str | tuple[str, ...], way: str = OURS) -> Bar:
    """We take at most so many times what another way takes."""
    return Bar(way, of, most=factor)


def faster(factor: float, than: str, way: str = OURS) -> Bar:
    """Another way takes at least so many times what we take."""
    return Bar(than, way, least=factor)


def portal_state(megabytes: float, way: str = OURS) -> Bar:
    """So many megabytes at most, of the whole process."""
    return Bar(way, most=megabytes, figure="megabytes")


def same_memory(way: str = OURS) -> Bar:
    """As much memory for ten times the work; a tenth more is the allocator's."""
    return Bar(way, most=1.1, figure="megabytes", growth=True)


@dataclass(frozen=True)
class Work:
    """Something to do, in several ways.

    Attributes:
        name: what it is called on the command line; several may share a first word.
        title: what it is, in words; `{size}` stands for the largest size.
        sizes: how much of it, three times, the largest last.
        place: makes the place for a size, and keeps it for as long as it is needed.
        ways: the ways to do it. All must give the same, which is compared.
        bars: what is to be reached, at the largest size.
        rounds: how often each way is measured.
        unit: what `sizes` counts.
        touched: bytes of memory, for each of the size, that are touched before each round.
        is_there: whether the tuckan that is installed can do it.
    """

    name: str
    title: str
    sizes: tuple[int, int, int]
    place: Callable[[int], AbstractContextManager[Place]]
    ways: Mapping[str, Way]
    bars: tuple[Bar, ...]
    rounds: int = 3
    unit: str = ""
    touched: int = 0
    is_there: Callable[[], bool] = lambda: True

    def scaled(self, scale: float) -> Work:
        """The same with less to do."""
        smaller = [max(1, round(size * scale)) for size in self.sizes]
        return replace(self, sizes=(smaller[0], smaller[1], smaller[2]))
