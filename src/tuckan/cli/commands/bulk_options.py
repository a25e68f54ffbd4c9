"""What `load`, `delete` and `batch` share: their options, and how they end."""

from __future__ import annotations

import functools
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

import click

from tuckan.cli import changes, jobs
from tuckan.cli.failures import FAILED
from tuckan.cli.session import Session, say
from tuckan.cli.terminal import reader_may_leave
from tuckan.errors import for_shell
from tuckan.jobs.kinds import kind_of
from tuckan.jobs.selection import MOST_UNASKED

if TYPE_CHECKING:
    from collections.abc import Callable

    from tuckan.client import Client, Job
    from tuckan.jobs.entries import Entry

Kind: TypeAlias = Literal["dataset", "organization", "group", "user"]

_OPTIONS = (
    click.option("--diff", is_flag=True, help="Show what changes of all of them, not only of the first few."),
    click.option("--dry-run", is_flag=True, help="Only show what would be done."),
    click.option("-y", "--yes", is_flag=True, help="Do not ask."),
)


@dataclass(frozen=True, slots=True)
class How:
    """Whether to show all, to ask, and to do it."""

    diff: bool
    dry_run: bool
    yes: bool


def bulk_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """A command with `--diff`, `--dry-run` and `--yes`: it gets them as `how`."""

    @functools.wraps(function)
    def command(*args: Any, **options: Any) -> Any:
        how = How(**{name: options.pop(name) for name in How.__dataclass_fields__})
        return function(*args, how=how, **options)

    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def confirm_option(phrase: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A command with `--confirm`, by which a script gives the phrase that work on everything asks for."""
    return click.option(
        "--confirm", metavar="PHRASE", help=f"For scripts, about everything: the phrase itself, {phrase!r}."
    )


def selects_all(ckan: Client, kind: str, number: int) -> bool:
    """Whether as many are selected as there are, be it by chance.

    Args:
        ckan: the portal.
        kind: `datasets`, `organizations`, `groups` or `users`.
        number: how many are selected.
    """
    if number < MOST_UNASKED:
        return False
    if kind == "datasets":
        return number >= int(ckan.datasets.search(rows=0, include_private=True, include_drafts=True)["count"])
    there = ckan.users.list() if kind == "users" else getattr(ckan, kind).names()
    return number >= len(there)


def singular(kind: str) -> Kind:
    """`dataset` for `datasets`."""
    return cast("Kind", kind.removesuffix("s"))


def finish(
    session: Session,
    job: Job,
    how: How,
    *,
    question: str,
    phrase: str = "",
    given: str | None = None,
) -> int:
    """Show a planned job and run it, or only show it; say what failed.

    Args:
        session: where data goes.
        job: the job.
        how: whether to show all, to ask, and to do it.
        question: what to ask.
        phrase: what must be typed, when it is about everything.
        given: the phrase, as a script gives it.

    Returns:
        The exit code.
    """
    for note in job.notes:
        say(f"Note: {for_shell(note)}")
    if how.dry_run:
        return _show(session, job, how)
    code = jobs.run(job, yes=how.yes, question=question, phrase=phrase, given=given, diff=how.diff)
    if not session.output.for_people:
        with reader_may_leave(sys.stdout):
            session.output.records(map(_failure, job.failures()), ids="subject")
    return code


def _show(session: Session, job: Job, how: How) -> int:
    """A dry run: lines for people, and each operation as a record otherwise."""
    if session.output.for_people:
        jobs.show_plan(job, everything=how.diff)
    else:
        session.output.records(map(_planned, job.entries("planned", "refused")), ids="subject")
        say(f"{job.title} on {job.place}: {job.plan}.")
    say("Nothing was sent.")
    return FAILED if job.plan.refused else 0


def _planned(entry: Entry) -> dict[str, Any]:
    operation = entry.operation
    if entry.state == "refused":
        return {"subject": operation.subject, "what": "refused", "origin": operation.origin, "reason": entry.reason}
    intent = kind_of(operation.kind).intent(operation)
    shown = changes.shown(intent.fields)
    return {"subject": operation.subject, "what": intent.what, "origin": operation.origin, "changes": shown}


def _failure(entry: Entry) -> dict[str, Any]:
    operation = entry.operation
    return {"origin": operation.origin, "subject": operation.subject, "state": entry.state, "reason": entry.reason}
