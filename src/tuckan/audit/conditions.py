"""Conditions of `--fail-on`: `mqa<221`, `error>0`, `freshness/overdue>2%`, several of them with commas."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tuckan._text import did_you_mean
from tuckan.audit.findings import LEVELS
from tuckan.audit.mqa import DIMENSIONS
from tuckan.errors import InvalidArgument

if TYPE_CHECKING:
    from collections.abc import Callable

    from tuckan.audit.results import Audit

_CONDITION = re.compile(r"\s*([a-z][\w/-]*)\s*(<=|>=|<|>)\s*(\d+(?:\.\d+)?)\s*(%?)\s*", re.IGNORECASE)
_COMPARED: dict[str, Callable[[float, float], bool]] = {
    "<": lambda one, other: one < other,
    ">": lambda one, other: one > other,
    "<=": lambda one, other: one <= other,
    ">=": lambda one, other: one >= other,
}


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition.

    Attributes:
        name: `mqa`, a dimension of it, `stars`, `broken`, a level, or the id of a rule.
        sign: `<`, `>`, `<=` or `>=`.
        value: the number that is compared with.
        percent: whether it is a share of all datasets, or of all links.
    """

    name: str
    sign: str
    value: float
    percent: bool

    @property
    def needs_links(self) -> bool:
        """Whether it says something only if links were checked."""
        return self.name == "broken" or self.name.startswith("links/")

    def met(self, audit: Audit) -> str:
        """What met the condition, in words; empty if it is not met.

        Args:
            audit: the audit.
        """
        number = self._number(audit)
        if self.percent:
            all_ = sum(audit.link_verdicts.values()) if self.name == "broken" else audit.tally.datasets
            number = 100 * number / all_ if all_ else 0.0
        if not _COMPARED[self.sign](number, self.value):
            return ""
        unit = "%" if self.percent else ""
        of = f" of {audit.score.measured} measured" if self.name == "mqa" else ""
        return (
            f"{self.name} is {number:g}{unit}{of}: {self}"
            if number == int(number)
            else f"{self.name} is {number:.2f}{unit}{of}: {self}"
        )

    def _number(self, audit: Audit) -> float:
        if self.name == "mqa":
            return audit.score.points
        for one in DIMENSIONS:
            if one == self.name:
                return audit.score.of_dimension(one)
        if self.name in LEVELS:
            return audit.of_level(self.name)
        if self.name == "stars":
            return sum(stars * number for stars, number in enumerate(audit.tally.stars)) / max(1, audit.tally.datasets)
        if self.name == "broken":
            return audit.link_verdicts.get("broken", 0)
        return audit.counts.get(self.name, 0)

    def __str__(self) -> str:
        return f"{self.name}{self.sign}{self.value:g}{'%' if self.percent else ''}"


def conditions(text: str, rules: list[str]) -> list[Condition]:
    """Read conditions.

    Args:
        text: the conditions, with commas between them.
        rules: the ids of the rules.

    Raises:
        InvalidArgument: when one of them cannot be read, or names nothing.

    Example:
        >>> [str(one) for one in conditions("mqa<221, error>0", [])]
        ['mqa<221', 'error>0']
    """
    found: list[Condition] = []
    known = ["mqa", *DIMENSIONS, *LEVELS, "stars", "broken", *rules]
    for part in text.split(","):
        match = _CONDITION.fullmatch(part)
        if match is None:
            raise InvalidArgument(
                f"{part.strip()!r} is not a condition.",
                hint="Write mqa<221, error>0 or freshness/overdue>2%, with commas.",
            )
        name = match[1].lower()
        if name not in known:
            raise InvalidArgument(
                f"{part.strip()!r}: there is no {name!r}.",
                hint=did_you_mean(name, known) or f"Use {', '.join(known[:11])}, or the id of a rule.",
            )
        found.append(Condition(name, match[2], float(match[3]), match[4] == "%"))
    return found
