"""What a job is to do, and what it did, in figures and in sentences."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from tuckan._text import counted, listed
from tuckan.errors import each_form
from tuckan.jobs.kinds import kind_of
from tuckan.jobs.operation import TOLD
from tuckan.snapshot import losses

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tuckan.jobs.entries import Entry
    from tuckan.jobs.journal import Journal

MOST_REASONS = 5
Things: TypeAlias = "Mapping[str, Mapping[str, int]]"
"""How many things are created, changed, deleted and so on, by what they are: `dataset`, `file`, ..."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a job is to do.

    Attributes:
        intended: how many operations are to create, change, delete and so on.
        unchanged: how many records are already as they should be.
        refused: how many operations cannot be done; `Job.failures` yields each with its reason.
        losses: how much is lost with the changes, by what it is: `resource`, `uploaded file`, `tag`, `member`, ...
        things: `intended`, by what the operations are about: `dataset`, `file`, `organization`, ...

    Example:
        >>> plan = Plan({"created": 12, "changed": 3}, unchanged=294, refused=0)
        >>> print(plan.total, "-", plan)
        15 - 12 to be created, 3 to be changed, 294 unchanged
    """

    intended: Mapping[str, int]
    unchanged: int
    refused: int
    losses: Mapping[str, int] = field(default_factory=dict[str, int])
    things: Things = field(default_factory=dict[str, "Mapping[str, int]"])

    @property
    def total(self) -> int:
        """How many operations there are to do."""
        return sum(self.intended.values())

    def __str__(self) -> str:
        said = _told(self.things, self.intended, " to be")
        said += [f"{self.unchanged:,} unchanged"] if self.unchanged else []
        said += [f"{self.refused:,} refused"] if self.refused else []
        return ("; " if len(self.things) > 1 else ", ").join(said) or "nothing to do"


@dataclass(frozen=True, slots=True)
class Report:
    """What a job did so far.

    Attributes:
        job: the job's name.
        done: how many operations created, changed, deleted and so on, by what they did.
        left: how many are still to be done.
        failed: how many could not be done, including those refused beforehand.
        wrong: how many did not verify when their records were read again.
        kept_as: how many records have a field in another form than it was sent, such as text without surrounding space,
            by the field; these are not failures.
        reasons: the most frequent reasons of failures, with how many operations each stopped.
        skipped: how many were not done because an operation that they depend on was not.
        refused: how many of `failed` were refused before anything was sent.
        things: `done`, by what the operations were about: `dataset`, `file`, `organization`, ...
        unchanged: how many records were already as they should be.
        notes: what was done in another way than planned, in sentences without a full stop.

    Example:
        >>> report = Report("load-x7k", {"created": 12}, left=0, failed=1, wrong=0, reasons={"name: is taken": 1})
        >>> report.complete, report.failed
        (False, 1)
    """

    job: str
    done: Mapping[str, int]
    left: int
    failed: int
    wrong: int
    reasons: Mapping[str, int]
    kept_as: Mapping[str, int] = field(default_factory=dict[str, int])
    skipped: int = 0
    refused: int = 0
    things: Things = field(default_factory=dict[str, "Mapping[str, int]"])
    unchanged: int = 0
    notes: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether all is done, and was seen to be so."""
        return not (self.left or self.failed or self.wrong or self.skipped)

    def __str__(self) -> str:
        said = _told(self.things, self.done)
        said += [f"{self.unchanged:,} unchanged"] if self.unchanged else []
        said += [f"{self.refused:,} refused"] if self.refused else []
        said += [f"{self.failed - self.refused:,} failed"] if self.failed > self.refused else []
        said += [f"{self.skipped:,} skipped because an operation they depend on was not done"] if self.skipped else []
        said += [f"{self.wrong:,} differ from what was sent"] if self.wrong else []
        said += [f"{self.left:,} left to do"] if self.left else []
        lines = [("; " if len(self.things) > 1 else ", ").join(said) or "nothing was done"]
        lines += [f"  {number:,} x {reason}" for reason, number in self.reasons.items()]
        lines += [f"  {number:,} stored in another form: {name}" for name, number in self.kept_as.items()]
        lines += [f"  {note}" for note in self.notes]
        return "\n".join(lines)


def _told(things: Things, totals: Mapping[str, int], verb: str = "") -> list[str]:
    """What is done to how many; what they are is said where they are of several kinds."""
    if len(things) < 2:
        return [f"{number:,}{verb} {what}" for what, number in totals.items()]
    said: dict[str, list[str]] = {}
    for noun, whats in things.items():
        for what, number in whats.items():
            said.setdefault(what, []).append(counted(number, noun))
    return [f"{listed(numbers)}{verb} {what}" for what, numbers in said.items()]


_NOUNS = {
    "resource.file": "file",
    "copy.views": "set of views",
    "table.rows": "chunk of rows",
    "datapusher.submit": "resource",
    "xloader.submit": "resource",
}


def noun_of(kind: str) -> str:
    """What operations of a kind are about.

    Example:
        >>> noun_of("dataset.put"), noun_of("copy.file"), noun_of("resource.file")
        ('dataset', 'file', 'file')
    """
    first, _, second = kind.partition(".")
    return _NOUNS.get(kind) or (second if first == "copy" else first)


def _by_thing(counts: Iterable[tuple[str, str, int]]) -> dict[str, dict[str, int]]:
    """The numbers of operations, by what they are about and what they do."""
    things: dict[str, dict[str, int]] = {}
    for kind, what, number in counts:
        whats = things.setdefault(noun_of(kind), {})
        whats[what] = whats.get(what, 0) + number
    return things


def _totals(things: Things) -> dict[str, int]:
    totals = Counter[str]()
    for whats in things.values():
        totals.update(whats)
    return dict(sorted(totals.items()))


def plan_of(journal: Journal) -> Plan:
    """What is left to do in a journal."""
    counts = journal.counts()
    intended, gone = Counter[tuple[str, str]](), Counter[str]()
    for entry in journal.entries("planned", "begun"):
        intent = kind_of(entry.operation.kind).intent(entry.operation)
        intended[entry.operation.kind, intent.what] += 1
        for loss in losses(intent.fields):
            gone[loss.noun] += 1
            gone["uploaded file"] += loss.file
    done = sum(number for _, what, number in journal.done() if what == "unchanged")
    things = _by_thing((kind, what, number) for (kind, what), number in intended.items() if what != "unchanged")
    unchanged = done + sum(number for (_, what), number in intended.items() if what == "unchanged")
    return Plan(_totals(things), unchanged, counts.get("refused", 0), dict(+gone), things)


_IDS = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<=\(id=)[^()]+(?=\))|(?<=\(name=)[^()]+(?=\))")
_VALUES = re.compile(r"'[^']*'|\"[^\"]*\"|(?<![\w.])[~.]?/[^\s;,]+|\b\d[\d.,]*\b")
"""What a reason may quote: texts, paths, numbers."""


def grouped(failures: Iterable[Entry], *, most: int = MOST_REASONS) -> list[tuple[str, int, Entry]]:
    """The reasons of failures, the most frequent first, each with how often it was met and the first that has it.

    Reasons that differ only in the ids and names of what they are about count as one. Where there are more than `most`, so do
    those that differ in the values that they quote.

    Args:
        failures: operations that were refused, failed or turned out wrong.
        most: how many reasons to tell apart.
    """
    exact, similar = _Groups(), _Groups()
    for entry in failures:
        general = _without_names(entry)
        exact.add(general, entry)
        similar.add(each_form(partial(_VALUES.sub, "..."), general), entry)
    return (exact if len(exact.first) <= most else similar).largest(most)


class _Groups:
    """Failures by what their reasons have in common."""

    def __init__(self) -> None:
        self.first: dict[str, Entry] = {}
        self._numbers = Counter[str]()

    def add(self, reason: str, entry: Entry) -> None:
        self.first.setdefault(reason, entry)
        self._numbers[reason] += 1

    def largest(self, most: int) -> list[tuple[str, int, Entry]]:
        return [
            (self.first[reason].reason if number == 1 else reason, number, self.first[reason])
            for reason, number in self._numbers.most_common(most)
        ]


def _without_names(entry: Entry) -> str:
    """The reason of a failure without what is its own: ids, the name of what it is about, values that were not kept."""
    name = entry.operation.subject.partition(" ")[2]

    def general(reason: str) -> str:
        if reason.startswith("not kept: "):
            reason = ": ".join(reason.split(": ", 2)[:2])
        reason = _IDS.sub("...", reason)
        return re.sub(rf"(?<![\w-]){re.escape(name)}(?![\w-])", "...", reason) if len(name) > 1 else reason

    return each_form(general, entry.reason)


def report_of(journal: Journal, job: str) -> Report:
    """What was done according to a journal."""
    counts, ended, facts = journal.counts(), journal.done(), journal.facts()
    things = _by_thing(one for one in ended if one[1] != "unchanged")
    return Report(
        job,
        _totals(things),
        counts.get("planned", 0) + counts.get("begun", 0),
        counts.get("failed", 0) + counts.get("refused", 0),
        counts.get("wrong", 0),
        {reason: number for reason, number, _ in grouped(journal.entries("failed", "refused", "wrong"))},
        dict(facts.get("kept_as", {})),
        counts.get("skipped", 0),
        counts.get("refused", 0),
        things,
        sum(number for _, what, number in ended if what == "unchanged"),
        tuple(facts.get(TOLD, ())),
    )
