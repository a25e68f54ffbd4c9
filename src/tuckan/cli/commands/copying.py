"""`tuckan copy`."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tuckan.cli import completion, jobs
from tuckan.cli.arguments import several_names
from tuckan.cli.command import Command, Option
from tuckan.cli.commands.bulk import How, bulk_options, confirm_option, finish
from tuckan.cli.session import Session, portal_command, say
from tuckan.jobs.selection import DELETE_ALL

if TYPE_CHECKING:
    from tuckan.client import Client, Job

_KINDS = ("organizations", "groups", "users", "datasets")
_WORDS = {
    "copy.user": "users",
    "copy.organization": "organizations",
    "copy.group": "groups",
    "copy.dataset": "datasets",
    "copy.file": "files",
    "copy.table": "tables",
    "copy.views": "datasets with views",
}
DELETE_MANY = 5
"""The maximum number of names to be deleted that are shown, for each kind."""


@click.command(cls=Command)
@click.argument("source", metavar="FROM", shell_complete=completion.profiles)
@click.argument("target", metavar="TO", shell_complete=completion.profiles)
@click.option(
    "--only", multiple=True, type=click.Choice(_KINDS), help="Copy only this kind of record; may be repeated."
)
@click.option(
    "--organization",
    "organizations",
    cls=Option,
    also=["--org"],
    multiple=True,
    metavar="NAME",
    help="Copy only this organization of FROM, its datasets and their groups; may be repeated.",
)
@click.option("--users", is_flag=True, help="Create missing users; each must reset their password.")
@click.option("--no-members", is_flag=True, help="Do not copy members of organizations and groups.")
@click.option("--no-files", is_flag=True, help="Do not copy files; link to those of FROM instead.")
@click.option("--tables", is_flag=True, help="Copy DataStore tables that have no file, with their rows.")
@click.option("--no-views", is_flag=True, help="Do not copy views; saves a request per resource.")
@click.option("--delete", is_flag=True, help="Delete from TO what FROM does not have.")
@click.option(
    "--leave-out", multiple=True, metavar="FIELD,...", help="Fields that are neither compared nor sent, such as doi."
)
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="Let --delete remove every record of a kind; you confirm by typing a phrase, or with --confirm.",
)
@confirm_option(DELETE_ALL)
@bulk_options
@portal_command
def copy(
    session: Session,
    *,
    source: str,
    target: str,
    only: tuple[str, ...],
    leave_out: tuple[str, ...],
    no_members: bool,
    no_files: bool,
    no_views: bool,
    how: How,
    everything: bool,
    confirm: str | None,
    **options: Any,
) -> int:
    """Copy a portal, or a dump of one, to another portal.

    Organizations, groups and datasets are copied with their files and views. FROM and TO are profiles or addresses; FROM can
    also be a dump (a file, or a folder of files) or a mirror. Tokens come from the profiles and the environment. Only differences are
    sent: run the command again to keep TO up to date.

    \b
    tuckan copy old new --dry-run
    tuckan copy https://example.org new --users
    tuckan copy old new --organization city --dry-run
    tuckan copy dump/ new   what `tuckan dump` wrote to the folder dump
    """
    wanted: dict[str, Any] = {"members": not no_members, "files": not no_files, "views": not no_views, **options}
    wanted["leave_out"] = several_names(leave_out)
    if only:
        wanted["kinds"] = [kind for kind in _KINDS if kind in only]
    with ExitStack() as stack:
        there = source_of(session, source, stack)
        ckan = stack.enter_context(_portal(session, target))
        job = ckan.jobs.copy(there, **wanted, everything=everything, dry_run=how.dry_run)
        with jobs.planned(job):
            _say(job)
            return finish(session, job, how, question="Copy it?", given=confirm)


def source_of(session: Session, name: str, stack: ExitStack) -> Any:
    """A portal, a dump or a mirror, by its name or path."""
    from tuckan.config import load_profiles  # noqa: PLC0415 - `--help` needs none
    from tuckan.mirror import Mirror, is_database  # noqa: PLC0415
    from tuckan.transport.dump import Dump  # noqa: PLC0415

    path = Path(name)
    if name not in load_profiles() and path.exists():
        return stack.enter_context(Mirror(path)) if is_database(path) else Dump(path)
    return stack.enter_context(_portal(session, name))


def _portal(session: Session, name: str) -> Client:
    from tuckan.config import known, load_profiles, unknown_profile  # noqa: PLC0415 - `--help` needs none

    profiles = load_profiles()
    if name in profiles:
        return replace(session, profile=name, url=None).client()
    if "://" not in name:
        raise unknown_profile(name, profiles)
    return session.client(name, known(name).token)


def _say(job: Job) -> None:
    """Show the plan of a copy: counts by kind, what is deleted, and what is left out."""
    planned: Counter[str] = Counter()
    deleted: list[str] = []
    for entry in job.entries("planned"):
        planned[_WORDS.get(entry.operation.kind, "")] += 1
        if entry.operation.kind.endswith(".delete"):
            deleted.append(entry.operation.subject)
    counts = [f"{number:,} {word}" for word, number in planned.items() if word]
    if counts:
        say(f"Differences: {', '.join(counts)}.")
    if deleted:
        more = f" and {len(deleted) - DELETE_MANY:,} more" if len(deleted) > DELETE_MANY else ""
        say(f"To be DELETED: {', '.join(deleted[:DELETE_MANY])}{more}.", color="red")
