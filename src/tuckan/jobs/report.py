"""What a job is to do, and what it did, in figures and in sentences."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tuckan.jobs.kinds import kind_of
from tuckan.snapshot import losses

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tuckan.jobs.journal import Journal

MOST_REASONS = 5


@dataclass(frozen=True, slots=True)
class Plan:
    """What a job is to do.

    Attributes:
        intended: how many operations are to create, change, delete and so on.
        unchanged: how many things are as they should be already.
        refused: how many can't be done; `Job.failures` has each with its reason.
        losses: how many things go with the changes, by what they are: `resource`, `uploaded file`, `tag`, `member`, ...
    """

    intended: Mapping[str, int]
    unchanged: int
    refused: int
    losses: Mapping[str, int] = field(default_factory=dict[str, int])

    @property
    def total(self) -> int:
        """How many operations there are to do."""
        return sum(self.intended.values())

    def __str__(self) -> str:
        said = [f"{number:,} to be {what}" for what, number in self.intended.items()]
        said += [f"{self.unchanged:,} unchanged"] if self.unchanged else []
        said += [f"{self.refused:,} refused"] if self.refused else []
        return ", ".join(said) or "nothing to do"


@dataclass(frozen=True, slots=True)
class Report:
    """What a job did so far.

    Attributes:
        job: its name.
        done: how many operations created, changed, deleted and so on.
        left: how many are still to be done.
        failed: how many could not be done, those refused before included.
        wrong: how many turned out not to be so when they were read again.
        kept_as: how many records have a field in another form than it was sent, such as text without the space around it,
            by the field; that is no failure.
        reasons: the most frequent reasons why, with how many each stopped.
        skipped: how many were not done, since one that they build on was not.
    """

    job: str
    done: Mapping[str, int]
    left: int
    failed: int
    wrong: int
    reasons: Mapping[str, int]
    kept_as: Mapping[str, int] = field(default_factory=dict[str, int])
    skipped: int = 0

    @property
    def complete(self) -> bool:
        """Whether all is done, and was seen to be so."""
        return not (self.left or self.failed or self.wrong or self.skipped)

    def __str__(self) -> str:
        said = [f"{number:,} {what}" for what, number in self.done.items()]
        said += [f"{self.failed:,} failed"] if self.failed else []
        said += [f"{self.skipped:,} not done, as what they build on was not"] if self.skipped else []
        said += [f"{self.wrong:,} differ from what was sent"] if self.wrong else []
        said += [f"{self.left:,} left to do"] if self.left else []
        lines = [", ".join(said) or "nothing was done"]
        lines += [f"  {number:,} x {reason}" for reason, number in self.reasons.items()]
        lines += [f"  {number:,} kept in another form: {name}" for name, number in self.kept_as.items()]
        return "\n".join(lines)


def plan_of(journal: Journal) -> Plan:
    """What is left to do in a journal."""
    counts = journal.counts()
    intended, gone = Counter[str](), Counter[str]()
    for entry in journal.entries("planned", "begun"):
        intent = kind_of(entry.operation.kind).intent(entry.operation)
        intended[intent.what] += 1
        for loss in losses(intent.fields):
            gone[loss.noun] += 1
            gone["uploaded file"] += loss.file
    unchanged = journal.done().get("unchanged", 0) + intended.pop("unchanged", 0)
    return Plan(dict(sorted(intended.items())), unchanged, counts.get("refused", 0), dict(+gone))


_IDS = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<=\(id=)[^()]+(?=\))|(?<=\(name=)[^()]+(?=\))")


def _general(reason: str) -> str:
    """A reason without ids, and without the values of fields that were not kept."""
    kept = reason.split(": ", 2)[:2] if reason.startswith("not kept: ") else [reason]
    return _IDS.sub("...", ": ".join(kept))


def grouped(reasons: Iterable[str]) -> Counter[str]:
    """Reasons with how often each was met; those that differ only in what they are about, or in values, count as one.

    Example:
        >>> dict(grouped(["package_patch (id=a): no", "package_patch (id=b): no", "package_patch (id=c): gone"]))
        {'package_patch (id=...): no': 2, 'package_patch (id=c): gone': 1}
    """
    first: dict[str, str] = {}
    numbers = Counter[str]()
    for reason in reasons:
        general = _general(reason)
        first.setdefault(general, reason)
        numbers[general] += 1
    return Counter({general if number > 1 else first[general]: number for general, number in numbers.items()})


def report_of(journal: Journal, job: str) -> Report:
    """What was done according to a journal."""
    counts = journal.counts()
    reasons = grouped(entry.reason for entry in journal.entries("failed", "refused", "wrong"))
    return Report(
        job,
        journal.done(),
        counts.get("planned", 0) + counts.get("begun", 0),
        counts.get("failed", 0) + counts.get("refused", 0),
        counts.get("wrong", 0),
        dict(reasons.most_common(MOST_REASONS)),
        dict(journal.facts().get("kept_as", {})),
        counts.get("skipped", 0),
    )
