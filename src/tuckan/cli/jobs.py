"""Jobs on the command line: plan, confirmation, run, and the result as a sentence and an exit code."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from tuckan._text import counted
from tuckan.cli import changes, signals
from tuckan.cli.failures import FAILED
from tuckan.cli.tables import in_lines
from tuckan.cli.terminal import person_watches, require_consent, require_phrase, say, write_line
from tuckan.errors import Incomplete, for_shell
from tuckan.jobs.kinds import kind_of
from tuckan.jobs.operation import Operation
from tuckan.jobs.report import grouped
from tuckan.snapshot.value_forms import titled

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping

    from tuckan.client import Job
    from tuckan.jobs.entries import Entry
    from tuckan.jobs.report import Report
    from tuckan.snapshot.value_forms import Titles

    AnyJob = TypeVar("AnyJob", bound=Job)

SHOWN = 5
REASONS_SHOWN = 5
LOOKED_AT = 100


def show_plan(job: Job, *, everything: bool = False) -> None:
    """Show the plan of a job: counts, the changes of the first few records, and refused operations.

    Args:
        job: the job.
        everything: show the changes of all records.
    """
    plan = job.plan()
    said = f"{job.title} on {job.place}: {plan}."
    say(in_lines(said) if person_watches() else said)
    left = job.entries("planned", "begun")
    for entry in left if everything else islice(left, SHOWN):
        for line in intended(entry, job.facts.get("titles") or {}):
            write_line(line)
    more = 0 if everything else plan.total - SHOWN
    if more > 0:
        say(f"... and {more:,} more; --diff shows all of them")
    if plan.losses:
        say(f"This removes: {losing(plan.losses)}.", color="red")
    show_failures(job, "refused")


def show_failures(job: Job, *states: str) -> None:
    """Say why operations could not be done: each where they are few, else each reason with how often it was met.

    Args:
        job: the job.
        states: how far the operations are, such as `refused` or `failed`.
    """
    number = sum(1 for _ in job.entries(*states))
    if number <= SHOWN:
        for entry in job.entries(*states):
            say(f"  {place(entry)}: {for_shell(entry.reason)}", color="red")
        return
    reasons = grouped(job.entries(*states), most=REASONS_SHOWN)
    for reason, times, first in reasons:
        why = for_shell(reason)
        say(f"  {times:,} x {why} (first: {place(first)})" if times > 1 else f"  {place(first)}: {why}", color="red")
    if left := number - sum(times for _, times, _ in reasons):
        say(f"  ... and {left:,} more, for other reasons", color="red")


def at_shell(report: Report) -> Report:
    """A report whose reasons are in the words of the command line."""
    return replace(report, reasons={for_shell(reason): number for reason, number in report.reasons.items()})


def losing(gone: Mapping[str, int]) -> str:
    """What goes with a change, in words.

    Example:
        >>> losing({"resource": 2, "uploaded file": 1, "value of title_translated": 2})
        '2 resources, 1 uploaded file (which may not be restorable), 2 values of title_translated'
    """
    return ", ".join(_gone(number, *noun.partition(" of ")) for noun, number in gone.items())


def _gone(number: int, noun: str, of: str, field: str) -> str:
    return counted(number, noun) + of + field + (" (which may not be restorable)" if noun == "uploaded file" else "")


def place(entry: Entry) -> str:
    """The origin and the subject of an operation, for error messages."""
    operation = entry.operation
    return f"{operation.origin} ({operation.subject})" if operation.origin else operation.subject


def intended(entry: Entry, titles: Titles) -> Iterator[str]:
    """What an operation is to do, in lines, with titles in place of what records keep."""
    intent = kind_of(entry.operation.kind).intent(entry.operation)
    yield f"  {entry.operation.subject}: to be {intent.what}"
    fields = {
        name: (titled(name, old, titles), titled(name, new, titles)) for name, (old, new) in intent.fields.items()
    }
    for line in changes.lines(fields, color=changes.in_color(sys.stderr)):
        yield f"    {line}"
    for note in intent.notes:
        yield f"    {note}"


@contextmanager
def planned(job: AnyJob) -> Generator[AnyJob]:
    """A job that was planned just now: closed at the end, and forgotten when anything fails before it is run."""
    try:
        yield job
    except BaseException:
        if not job.begun:
            job.discard()
        raise
    finally:
        job.close()


def run(
    job: Job,
    *,
    yes: bool,
    question: str = "Run it?",
    phrase: str = "",
    organization: str = "",
    given: str | None = None,
    diff: bool = False,
    retry_failed: bool = False,
) -> int:
    """Show a new job, ask, run it, and say how it ended; within `planned`, which forgets one that is not confirmed.

    Args:
        job: the job.
        yes: do not ask.
        question: the question to ask.
        phrase: the phrase to type or pass, for work on everything, where `yes` is not enough. The job itself may
            have one.
        organization: the name of the organization whose datasets it is about, to be typed in place of a phrase.
        given: the phrase from `--confirm`.
        diff: show the changes of all records.
        retry_failed: also retry failed operations.

    Returns:
        The exit code.
    """
    show_plan(job, everything=diff)
    if not job.plan().total:
        return end(job, refusals_shown=True)
    if phrase := phrase or job.phrase:
        require_phrase(phrase, given, job.place)
    elif organization and not yes:
        require_phrase(organization, given, f"the organization {organization} on {job.place}", yes_suffices=True)
    elif not yes:
        require_consent(f"{question.removesuffix('?')} on {job.place}?")
    return perform(job, retry_failed=retry_failed, refusals_shown=True)


def perform(job: Job, *, retry_failed: bool = False, refusals_shown: bool = False) -> int:
    """Run a confirmed job, and report how it ended; Ctrl-C reports what was done, how to resume, and how to undo it.

    Args:
        job: the job.
        retry_failed: also retry failed operations.
        refusals_shown: whether its plan has just been shown, so that refusals need not be repeated.

    Returns:
        The exit code.
    """
    phrase = job.phrase
    advice = f"Resume it: tuckan job resume {job.name}. Undo what was done: tuckan job undo {job.name}."
    try:
        with signals.advising(advice):
            job.run(confirm=(lambda _: phrase) if phrase else None, retry_failed=retry_failed)
    except KeyboardInterrupt:
        say(f"{job.title} was interrupted: {at_shell(job.report())}.")
        if begun := sum(1 for _ in job.entries("begun")):
            say(f"{counted(begun, 'operation')} were sent without an answer; they are looked up first.")
        say(advice)
        raise
    except Incomplete:
        _show_report(job, refusals_shown=refusals_shown)
        raise
    return end(job, refusals_shown=refusals_shown)


def end(job: Job, *, refusals_shown: bool = False) -> int:
    """Report how a job ended and what to do next, and return the exit code."""
    report = job.report()
    _show_report(job, refusals_shown=refusals_shown)
    if not report.complete:
        say(f"List the failures: tuckan job show {job.name} --failures")
    if report.left:
        say(f"Resume it: tuckan job resume {job.name}")
    elif report.failed > report.refused or report.skipped:
        say(f"Retry the failures: tuckan job resume {job.name} --failed")
    if _can_be_undone(job):
        say(f"Undo it: tuckan job undo {job.name}")
    return 0 if report.complete else FAILED


def _show_report(job: Job, *, refusals_shown: bool) -> None:
    """What was done, and why the rest was not; reasons that were shown with the plan are not repeated."""
    say(f"{replace(job.report(), reasons={})}")
    show_failures(job, "failed", "wrong", *(() if refusals_shown else ("refused",)))


def _can_be_undone(job: Job) -> bool:
    """Whether something that was done can be undone, as far as the first operations tell."""
    return any(
        isinstance(kind_of(entry.operation.kind).undo(entry.operation, entry.ended), Operation)
        for entry in islice(job.entries("done", "wrong"), LOOKED_AT)
        if entry.ended and entry.ended.what != "unchanged"
    )
