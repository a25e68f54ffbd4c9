"""Jobs at a shell: shown before they begin, asked for, run, and their end in a sentence and an exit code."""

from __future__ import annotations

import sys
from itertools import islice
from typing import TYPE_CHECKING

from tuckan._text import counted
from tuckan.cli import changes
from tuckan.cli.failures import FAILED
from tuckan.cli.terminal import require_consent, require_phrase, say, write_line
from tuckan.jobs.kinds import kind_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tuckan.client import Job
    from tuckan.jobs.entries import Entry
    from tuckan.jobs.report import Report

SHOWN = 5
REASONS_SHOWN = 5


def show_plan(job: Job, *, everything: bool = False) -> None:
    """Say what a job is to do: figures, what it changes of the first few, and what it can't do.

    Args:
        job: the job.
        everything: what it changes of all of them.
    """
    plan = job.plan
    say(f"{job.title} on {job.place}: {plan}.")
    left = job.entries("planned", "begun")
    for entry in left if everything else islice(left, SHOWN):
        for line in intended(entry):
            write_line(line)
    more = 0 if everything else plan.total - SHOWN
    if more > 0:
        say(f"... and {more:,} more; --diff shows all of them")
    if plan.losses:
        say(f"What goes: {losing(plan.losses)}.", color="red")
    for entry in islice(job.failures(), REASONS_SHOWN):
        say(f"  {place(entry)}: {entry.reason}", color="red")


def losing(gone: Mapping[str, int]) -> str:
    """What goes with a change, in words.

    Example:
        >>> losing({"resource": 2, "uploaded file": 1, "value of title_translated": 2})
        '2 resources, 1 uploaded file (which may not come back), 2 values of title_translated'
    """
    return ", ".join(_gone(number, *noun.partition(" of ")) for noun, number in gone.items())


def _gone(number: int, noun: str, of: str, field: str) -> str:
    return counted(number, noun) + of + field + (" (which may not come back)" if noun == "uploaded file" else "")


def place(entry: Entry) -> str:
    """Where an operation comes from, for whoever has to mend it, and what it is about."""
    operation = entry.operation
    return f"{operation.origin} ({operation.subject})" if operation.origin else operation.subject


def intended(entry: Entry) -> Iterator[str]:
    """What an operation is to do, in lines."""
    intent = kind_of(entry.operation.kind).intent(entry.operation)
    yield f"  {entry.operation.subject}: to be {intent.what}"
    for line in changes.lines(intent.fields, color=changes.in_color(sys.stderr)):
        yield f"    {line}"
    for note in intent.notes:
        yield f"    {note}"


def run(
    job: Job,
    *,
    yes: bool,
    question: str = "Run it?",
    phrase: str = "",
    given: str | None = None,
    diff: bool = False,
    retry_failed: bool = False,
) -> int:
    """Show a new job, ask, run it, and say how it ended; one that is not confirmed is forgotten.

    Args:
        job: the job.
        yes: do not ask.
        question: what to ask.
        phrase: what must be typed or given, when it is about everything; `yes` is not enough then.
        given: the phrase, as a script gives it.
        diff: show what changes of everything.
        retry_failed: do again what failed.

    Returns:
        The exit code.
    """
    show_plan(job, everything=diff)
    if not job.plan.total:
        return end(job.report)
    try:
        if phrase:
            require_phrase(phrase, given, job.place)
        elif not yes:
            require_consent(f"{question.removesuffix('?')} on {job.place}?")
    except BaseException:
        job.discard()
        raise
    return end(job.run(retry_failed=retry_failed))


def end(report: Report) -> int:
    """Say how a job ended, and give the exit code."""
    say(f"{report}")
    if report.complete:
        return 0
    say(f"tuckan job show {report.job} --failures has each; tuckan job resume {report.job} tries again.")
    return FAILED
