"""Shared by bulk commands: options, selection of records, and exit codes."""

from __future__ import annotations

import functools
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

import click

from tuckan.cli import changes, completion, jobs
from tuckan.cli.arguments import filters, refuse_pattern
from tuckan.cli.failures import FAILED
from tuckan.cli.options import where_option
from tuckan.cli.session import Session, say
from tuckan.cli.terminal import reader_may_leave
from tuckan.errors import for_shell
from tuckan.jobs.kinds import kind_of
from tuckan.jobs.selection import MOST_UNASKED, is_everything

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tuckan.client import Client, Job
    from tuckan.jobs.entries import Entry

Kind: TypeAlias = Literal["dataset", "organization", "group", "user"]

_NO_NAME = re.compile(r"[./\\]")
"""Characters that no name or id in CKAN contains, but most file paths do."""

_OPTIONS = (
    click.option("--diff", is_flag=True, help="Show the changes of every record, not only of the first few."),
    click.option("--dry-run", is_flag=True, help="Show the plan; change nothing."),
    click.option("-y", "--yes", is_flag=True, help="Do not ask for confirmation."),
)


@dataclass(frozen=True, slots=True)
class How:
    """The options `--diff`, `--yes` and `--dry-run`."""

    diff: bool
    dry_run: bool
    yes: bool


def bulk_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """A command with `--diff`, `--dry-run` and `--yes`, passed as `how`."""

    @functools.wraps(function)
    def command(*args: Any, **options: Any) -> Any:
        how = How(**{name: options.pop(name) for name in How.__dataclass_fields__})
        return function(*args, how=how, **options)

    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def confirm_option(phrase: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A command with `--confirm`, for the phrase that work on everything requires."""
    return click.option(
        "--confirm", metavar="PHRASE", help=f"For scripts: the phrase that confirms work on everything, {phrase!r}."
    )


@dataclass(frozen=True, slots=True)
class Which:
    """The records that a bulk command selects: by name, by search, or all.

    Attributes:
        named: names, ids, and paths of files of either.
        inputs: further paths of files.
        queries: datasets that match these, in Solr's syntax.
        wanted: datasets with these values, each `field=value`.
        organization: all datasets of this organization, by its name or id.
        everything: all datasets.
        kind: `datasets`, `organizations`, `groups` or `users`.
    """

    named: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    queries: tuple[str, ...] = ()
    wanted: tuple[str, ...] = ()
    organization: str | None = None
    everything: bool = False
    kind: str = "datasets"

    @property
    def searched(self) -> bool:
        """Whether datasets are selected by a search."""
        return bool(self.queries or self.wanted or self.organization is not None)


_WHICH = (
    click.argument("named", nargs=-1, metavar="[NAME | FILE]...", shell_complete=completion.datasets),
    click.option(
        "--organization",
        metavar="NAME",
        help="Every dataset of an organization; you confirm by typing its name.",
        shell_complete=completion.organizations,
    ),
    where_option("queries", "Datasets that match a query in Solr's syntax, such as tags:test; may be repeated."),
    click.option(
        "--filter",
        "wanted",
        multiple=True,
        metavar="FIELD=VALUE",
        help="Datasets with this exact value in a field; may be repeated.",
    ),
    click.option(
        "--all", "everything", is_flag=True, help="Every dataset; you confirm by typing a phrase, or with --confirm."
    ),
)


def choosing_datasets(function: Callable[..., Any]) -> Callable[..., Any]:
    """A command that selects datasets, passed as `which`."""
    return _choosing(function, _WHICH, ("named", *_SEARCHED))


def searching_datasets(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same for a command that takes no names of its own."""
    return _choosing(function, _WHICH[1:], _SEARCHED)


_SEARCHED = ("organization", "queries", "wanted", "everything")


def _choosing(
    function: Callable[..., Any], options: Sequence[Callable[..., Any]], names: tuple[str, ...]
) -> Callable[..., Any]:
    @functools.wraps(function)
    def command(*args: Any, **given: Any) -> Any:
        return function(*args, which=Which(**{name: given.pop(name) for name in names}), **given)

    for option in reversed(options):
        command = option(command)
    return command


def change(
    session: Session,
    which: Which,
    how: How,
    plan: Callable[[Client, dict[str, Any]], Job],
    *,
    verb: str,
    question: str,
    given: str | None = None,
) -> int:
    """Change or delete records as a job: planned, confirmed, run and verified.

    Args:
        session: how to reach the portal.
        which: the records.
        how: the options `--diff`, `--yes` and `--dry-run`.
        plan: plans the job; receives the client, and the arguments that select the records.
        verb: the verb, for the phrase that confirms work on everything.
        question: the question to ask.
        given: the phrase from `--confirm`.

    Returns:
        The exit code.
    """
    if sum((bool(which.named or which.inputs), which.searched, which.everything)) > 1:
        raise click.UsageError("Names, a search and --all are mutually exclusive.")
    if (which.searched or which.everything) and which.kind != "datasets":
        raise click.UsageError("Only datasets can be selected by a search; name the other records.")
    source = None if which.searched or which.everything else _sources(which, verb)
    with session.client() as ckan:
        fields = _filters(ckan, which)
        queries = [one for one in which.queries if not is_everything(one)]
        everything = source is None and not queries and not fields
        chosen: dict[str, Any] = {"fq": queries or None, "filters": fields or None, "everything": everything}
        shown = {"include_private": True, "include_drafts": True}
        job = plan(ckan, {"source": source, **chosen, **shown, "dry_run": how.dry_run})
        with jobs.planned(job):
            # Listing every name with --yes is explicit; a search that matches everything may be a mistake.
            asked = which.searched or not how.yes
            is_all = everything or (asked and selects_all(ckan, which.kind, job.plan().total))
            organization = str(fields["organization"]) if which.organization is not None else ""
            phrase = f"{verb.upper()} ALL" if is_all else ""
            return finish(session, job, how, question=question, phrase=phrase, organization=organization, given=given)


def _filters(ckan: Client, which: Which) -> dict[str, Any]:
    fields: dict[str, Any] = filters(which.wanted) or {}
    if which.organization is not None:
        fields["organization"] = str(ckan.organizations.get(which.organization)["name"])
    return fields


def _sources(which: Which, verb: str) -> list[Any]:
    if not which.named and not which.inputs and sys.stdin is not None and sys.stdin.isatty():
        raise click.UsageError(f"Name what to {verb}, or give --where, --filter or --all.")
    for one in which.named:
        if not Path(one).exists():
            refuse_pattern(one, "Choose datasets by a query: --where 'name:planet-*'.")
    files = [Path(one) for one in which.inputs]
    return [*files, *(Path(one) if one == "-" or is_file(one) else one for one in which.named)] or [Path("-")]


def selects_all(ckan: Client, kind: str, number: int) -> bool:
    """Whether everything is selected, even if by chance.

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


def is_file(one: str) -> bool:
    """Whether an argument is a file rather than a record."""
    return _NO_NAME.search(one) is not None


def finish(
    session: Session,
    job: Job,
    how: How,
    *,
    question: str,
    phrase: str = "",
    organization: str = "",
    given: str | None = None,
) -> int:
    """Show a planned job and run it, or only show it; say what failed.

    Args:
        session: the session, for output.
        job: the job.
        how: the options `--diff`, `--yes` and `--dry-run`.
        question: the question to ask.
        phrase: the phrase to type, for work on everything.
        organization: the name of the organization whose datasets it is about, to be typed in place of a phrase.
        given: the phrase from `--confirm`.

    Returns:
        The exit code.
    """
    for note in job.notes:
        say(f"Note: {for_shell(note)}")
    if how.dry_run:
        return _show(session, job, how)
    code = jobs.run(
        job,
        yes=how.yes,
        question=question,
        phrase=phrase,
        organization=organization,
        given=given,
        diff=how.diff,
    )
    if not session.output.for_people:
        with reader_may_leave(sys.stdout):
            session.output.records(map(_failure, job.failures()), ids="subject")
    return code


def _show(session: Session, job: Job, how: How) -> int:
    """Show a dry run: as text in a table format, otherwise each operation as a record."""
    if session.output.for_people:
        jobs.show_plan(job, everything=how.diff)
    else:
        session.output.records(map(_planned, job.entries("planned", "refused")), ids="subject")
        say(f"{job.title} on {job.place}: {job.plan()}.")
    say("Nothing was sent.")
    return FAILED if job.plan().refused else 0


def _planned(entry: Entry) -> dict[str, Any]:
    operation = entry.operation
    if entry.state == "refused":
        return {
            "subject": operation.subject,
            "what": "refused",
            "origin": operation.origin,
            "reason": for_shell(entry.reason),
        }
    intent = kind_of(operation.kind).intent(operation)
    shown = changes.shown(intent.fields)
    return {"subject": operation.subject, "what": intent.what, "origin": operation.origin, "changes": shown}


def _failure(entry: Entry) -> dict[str, Any]:
    operation = entry.operation
    return {
        "origin": operation.origin,
        "subject": operation.subject,
        "state": entry.state,
        "reason": for_shell(entry.reason),
    }
