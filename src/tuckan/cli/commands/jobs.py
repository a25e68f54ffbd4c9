"""`tuckan job`."""

from __future__ import annotations

import functools
import os
import re
import sys
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from tuckan._text import counted
from tuckan.cli import changes, completion, jobs
from tuckan.cli.arguments import Moment
from tuckan.cli.command import Group
from tuckan.cli.failures import FAILED
from tuckan.cli.options import naming_options, settled
from tuckan.cli.output import Output
from tuckan.cli.session import Session, output_command, portal_command, say
from tuckan.cli.terminal import require_consent, require_phrase
from tuckan.errors import ConfigurationError, for_shell
from tuckan.jobs.folder import path_of
from tuckan.jobs.operation import public
from tuckan.jobs.report import report_of
from tuckan.jobs.shelf import JobSummary, remove, summaries, summary

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

    from tuckan.client import Job
    from tuckan.jobs.entries import Entry
    from tuckan.jobs.journal import Journal

_COLUMNS = ("name", "title", "done", "failed", "left", "begun", "portal")
_ORIGIN = re.compile(r"(.+), line (\d+)")


@click.group(cls=Group)
def job() -> None:
    """Bulk jobs: list, show, resume, undo.

    A JOB is given by its name, the end of its name, or `last` for the newest.
    """


def of_a_portal(function: Callable[..., Any]) -> Callable[..., Any]:
    """A command about journals on this machine: it gets the portal that its options name as `site`, or nothing."""

    @functools.wraps(function)
    def command(*args: Any, url: str | None, profile: str | None, **options: Any) -> Any:
        given = settled({"url": url, "profile": profile})
        return function(*args, site=_site(given["url"], given["profile"]), **options)

    return naming_options(command)


def _site(url: str | None, profile: str | None) -> str:
    from tuckan.config import load_profiles, unknown_profile  # noqa: PLC0415 - `--help` needs none
    from tuckan.wire.address import Address  # noqa: PLC0415

    if profile and not url:
        profiles = load_profiles()
        if profile not in profiles:
            raise unknown_profile(profile, profiles)
        url = profiles[profile].url
    return Address.parse(url).site if url else ""


def _path_of(name: str, site: str) -> Path:
    """The path of a job, seen that it belongs to a portal where one is named."""
    path = path_of(name)
    if site and (portal := summary(path).portal) != site:
        raise ConfigurationError(
            f"The job {path.stem} belongs to {portal}, not to {site}.",
            hint="Leave out --profile and --url, or list the jobs of that portal: tuckan job list --profile NAME",
        )
    return path


@job.command("list")
@output_command
@of_a_portal
def list_jobs(output: Output, *, site: str) -> None:
    """List the jobs run on this machine, oldest first.

    \b
    tuckan job list
    tuckan job list --profile city
    """
    found = (one for one in summaries() if site in ("", one.portal))
    output.records(map(asdict, found), columns=_COLUMNS)


@job.command()
@click.argument("name", metavar="JOB", shell_complete=completion.jobs)
@click.option("--failures", is_flag=True, help="Write the failed operations, to correct and pass to `load` or `batch`.")
@click.option("--changes", "changed", is_flag=True, help="Show what each operation changed.")
@output_command
@of_a_portal
def show(output: Output, *, name: str, failures: bool, changed: bool, site: str) -> None:
    """Show the plan and the outcome of JOB.

    \b
    tuckan job show last
    tuckan job show last --failures > failed.jsonl
    tuckan job show last --changes
    """
    with _journal(name, site) as journal:
        if failures:
            lines = Output("jsonl") if not output.chosen else output
            number = lines.records(map(_failure, journal.entries("refused", "failed", "wrong")), ids="name")
            say(f"{number:,} failed.")
        elif changed:
            _show_changes(output, journal.entries("done", "wrong"))
        else:
            _show_job(output, journal, summary(journal.path)) if journal.path else None


@contextmanager
def _journal(name: str, site: str) -> Generator[Journal]:
    from tuckan.jobs.journal import Journal  # noqa: PLC0415 - `--help` needs none

    journal = Journal(_path_of(name, site))
    try:
        yield journal
    finally:
        journal.close()


def _show_job(output: Output, journal: Journal, found: JobSummary) -> None:
    report = jobs.at_shell(report_of(journal, found.name))
    did = {**report.done, **({"unchanged": report.unchanged} if report.unchanged else {})}
    output.record({**asdict(found), "did": did, "reasons": dict(report.reasons)})
    if output.for_people and not report.complete:
        say(f"{report}")


def _failure(entry: Entry) -> dict[str, Any]:
    """A failed operation as a line for `load` or `batch` once corrected; they ignore `_failed`."""
    operation = entry.operation
    data = public(operation)
    data = data if isinstance(data, dict) else {"data": data}
    if "fields" in data:
        data = {"id": data["id"], **data["fields"]}
    why = {"what": f"{operation.kind} of {operation.subject}", "reason": for_shell(entry.reason)}
    return {"_failed": {**_where(operation.origin), **why}, **data}


def _where(origin: str) -> dict[str, Any]:
    found = _ORIGIN.fullmatch(origin)
    if found:
        return {"file": found[1], "line": int(found[2])}
    return {"from": origin} if origin else {}


def _show_changes(output: Output, entries: Iterator[Entry]) -> None:
    color = changes.in_color(sys.stdout)
    if not output.for_people:
        output.records(map(_changed, entries), ids="subject")
        return
    for entry in entries:
        click.echo(f"{entry.operation.subject}: {entry.ended.what if entry.ended else entry.state}")
        for line in changes.lines(_fields(entry), color=color):
            click.echo(f"  {line}")


def _changed(entry: Entry) -> dict[str, Any]:
    what = entry.ended.what if entry.ended else ""
    return {"subject": entry.operation.subject, "what": what, "changes": changes.shown(_fields(entry))}


def _fields(entry: Entry) -> changes.Fields:
    ended = entry.ended
    if ended is None or ended.what == "unchanged" or (ended.before is None and ended.after is None):
        return {}
    return {} if ended.after is None else changes.between(ended.before, ended.after)


@job.command()
@click.argument("name", metavar="JOB", shell_complete=completion.jobs)
@click.option("--failed", is_flag=True, help="Retry everything that failed, not only temporary failures.")
@click.option("--confirm", metavar="PHRASE", help="For scripts: the phrase that confirms a job about everything.")
@portal_command
def resume(session: Session, *, name: str, failed: bool, confirm: str | None) -> int:
    """Resume JOB where it stopped.

    Operations that were in progress when it stopped are looked up first, so nothing is sent twice. The token comes from the
    environment or a profile of the job's portal.

    \b
    tuckan job resume last
    tuckan job resume last --failed
    """
    with _opened(session, name) as found:
        if found.phrase:
            jobs.show_plan(found)
            require_phrase(found.phrase, confirm, found.place)
        report = found.report()
        if not report.left and not (failed and report.failed):
            say("Nothing is left to do. The job ended with:")
        return jobs.perform(found, retry_failed=failed)


@job.command()
@click.argument("name", metavar="JOB", shell_complete=completion.jobs)
@click.option("--dry-run", is_flag=True, help="Show what would be undone.")
@click.option("--diff", is_flag=True, help="Show the changes of every record, not only of the first few.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask for confirmation.")
@portal_command
def undo(session: Session, *, name: str, dry_run: bool, diff: bool, yes: bool) -> int:
    """Undo JOB: revert, purge or restore what it changed.

    Changes are reverted, created records purged, deleted records restored. Records that somebody else has changed since, and
    changes that cannot be undone, are left alone and listed. An undo is itself a job.

    \b
    tuckan job undo last --dry-run
    tuckan job undo last
    """
    with _opened(session, name) as found, jobs.planned(found.undo(dry_run=dry_run)) as undoing:
        if dry_run:
            jobs.show_plan(undoing, everything=diff)
            say("Nothing was sent.")
            return FAILED if undoing.plan().refused else 0
        return jobs.run(undoing, yes=yes, question="Undo it?", diff=diff)


@contextmanager
def _opened(session: Session, name: str) -> Generator[Job]:
    """A job, with a client of its own portal."""
    path = path_of(name)
    if not (session.url or session.profile):
        session = _at(session, summary(path).portal)
    with session.client() as ckan:
        found = ckan.jobs.open(path.stem)
        try:
            yield found
        finally:
            found.close()


def _at(session: Session, portal: str) -> Session:
    """The session for a portal: as the environment has it, or the profile that names it."""
    from tuckan.config import default_profile, load_profiles, resolve  # noqa: PLC0415 - `--help` needs none
    from tuckan.wire.address import Address  # noqa: PLC0415

    at_portal = replace(session, url=portal)
    if session.anonymous or resolve(portal).token:
        return at_portal
    named = [one for one in load_profiles().values() if one.token and Address.parse(one.url).site == portal]
    exported = [one for one in named if one.name == os.environ.get("TUCKAN_PROFILE")]
    usual = exported or [one for one in named if one.name == default_profile()]
    if len({one.token for one in named}) > 1 and not usual:
        raise ConfigurationError(
            f"The profiles {', '.join(one.name for one in named)} are all for {portal}.",
            hint="Select one: --profile NAME",
        )
    return replace(session, profile=(usual or named)[0].name) if named else at_portal


@job.command("remove")
@click.argument("names", metavar="[JOB]...", nargs=-1, shell_complete=completion.jobs)
@click.option(
    "--older-than", type=Moment(), metavar="AGE", help="Finished jobs that started longer ago than this, such as 30d."
)
@click.option("--dry-run", is_flag=True, help="Show which would be removed.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask for confirmation.")
@output_command
@of_a_portal
def remove_jobs(
    output: Output, *, names: tuple[str, ...], older_than: Any, dry_run: bool, yes: bool, site: str
) -> None:
    """Remove the journals of jobs.

    Jobs without a journal cannot be undone or resumed.

    \b
    tuckan job remove last
    tuckan job remove --older-than 30d --profile city
    """
    if bool(names) == (older_than is not None):
        raise click.UsageError("Name jobs, or give --older-than.")
    if older_than is not None and not isinstance(older_than, timedelta):
        raise click.UsageError("--older-than takes an age, such as 30d.")
    found = (
        [one for one in summaries() if one.begun_before(older_than) and not one.left and site in ("", one.portal)]
        if older_than is not None
        else [_summary(name, site) for name in names]
    )
    output.records(map(asdict, found), columns=_COLUMNS)
    if dry_run or not found:
        say(f"{counted(len(found), 'job')} would be removed.")
        return
    if not yes:
        require_consent(f"Remove {len(found):,}? They cannot be undone afterwards.", "Nothing was removed.")
    for one in found:
        remove(path_of(one.name))
    say(f"{counted(len(found), 'job')} removed.")


def _summary(name: str, site: str) -> JobSummary:
    path = _path_of(name, site) if site else path_of(name)
    try:
        return summary(path)
    except ConfigurationError as error:
        return JobSummary(path.stem, error.message)
