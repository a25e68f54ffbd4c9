"""`tuckan delete`."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tuckan.cli import jobs
from tuckan.cli.arguments import filters, refuse_pattern
from tuckan.cli.command import Command
from tuckan.cli.commands.bulk_options import How, bulk_options, confirm_option, finish, selects_all, singular
from tuckan.cli.commands.load import KINDS
from tuckan.cli.commands.read_options import read_options
from tuckan.cli.options import where_option
from tuckan.cli.session import Session, portal_command

if TYPE_CHECKING:
    from tuckan.readers.options import ReadOptions

_NO_NAME = re.compile(r"[./\\]")
"""What no name or id of CKAN's has, and the path of a file mostly does."""


@click.command(cls=Command, hidden=True)
@click.argument("kind", type=click.Choice(KINDS), metavar="datasets|organizations|groups|users")
@click.argument("named", nargs=-1, metavar="[NAME | ID | FILE]...")
@click.option(
    "-I", "-i", "--input", "inputs", multiple=True, hidden=True, metavar="FILE", help="A file of names, ids or records."
)
@where_option("queries", "Datasets that match, in Solr's syntax, such as tags:test; may be repeated.")
@click.option("--filter", "wanted", multiple=True, metavar="FIELD=VALUE", help="Datasets with this value in a field.")
@click.option(
    "--all", "everything", is_flag=True, help="All datasets; a phrase must be typed, or given with --confirm."
)
@click.option("--purge", is_flag=True, help="Remove them for good, which can't be undone.")
@click.option("-z", "--gzip", is_flag=True, hidden=True, help="Packed files are noticed by themselves.")
@confirm_option("DELETE ALL")
@read_options()
@bulk_options
@portal_command
def delete(
    session: Session,
    *,
    kind: str,
    named: tuple[str, ...],
    inputs: tuple[str, ...],
    read: ReadOptions,
    confirm: str | None,
    gzip: bool,  # noqa: ARG001 - ckanapi's users may give it
    how: How,
    **which: Any,
) -> int:
    """Delete many records: by name, from a file, or by search.

    A FILE has names, ids, JSON lines, or a table with a column `name` or `id`; - is standard input. What is deleted can be
    restored until it is purged.

    \b
    tuckan delete datasets old-1 old-2
    tuckan delete datasets --where 'organization:test' --dry-run
    tuckan search --filter tags=test --all --format ids | tuckan delete datasets - --yes
    """
    return delete_records(session, kind, named, inputs, read=read, confirm=confirm, how=how, **which)


def delete_records(
    session: Session,
    kind: str,
    named: tuple[str, ...],
    inputs: tuple[str, ...] = (),
    *,
    queries: tuple[str, ...],
    wanted: tuple[str, ...],
    everything: bool,
    purge: bool,
    how: How,
    organization: str | None = None,
    read: ReadOptions | None = None,
    confirm: str | None = None,
) -> int:
    """Delete records as a job: shown, asked for, done and verified.

    Args:
        session: how to reach the portal.
        kind: `datasets`, `organizations`, `groups` or `users`.
        named: names, ids, and paths of files of either.
        inputs: further paths of files.
        queries: datasets that match these, in Solr's syntax.
        wanted: datasets with these values, each `field=value`.
        everything: all datasets.
        purge: remove them for good.
        how: whether to show all, to ask, and to do it.
        organization: all datasets of this organization, by its name or id.
        read: how to read the files.
        confirm: the phrase that a script gives when all datasets are to go.

    Returns:
        The exit code.
    """
    searched = bool(queries or wanted or organization is not None)
    if sum((bool(named or inputs), searched, everything)) > 1:
        raise click.UsageError("Names, a search and --all contradict each other: give one of them.")
    if (searched or everything) and kind != "datasets":
        raise click.UsageError("Only datasets are searched for; name the others.")
    source = None if searched or everything else _sources(named, inputs)
    with session.client() as ckan:
        fields = filters(wanted) or {}
        if organization is not None:
            organization = str(ckan.organizations.get(organization)["name"])
            fields["organization"] = organization
        job = ckan.jobs.delete(
            source,
            singular(kind),
            fq=list(queries) or None,
            filters=fields or None,
            everything=everything,
            include_private=True,
            include_drafts=True,
            purge=purge,
            read=read,
            dry_run=how.dry_run,
        )
        verb = "Purge" if purge else "Delete"
        with jobs.planned(job):
            # Whoever lists every name and says --yes has said it; a search that finds all may be a slip.
            is_all = everything or ((searched or not how.yes) and selects_all(ckan, kind, job.plan.total))
            phrase = f"{verb.upper()} ALL" if is_all else "" if how.yes else organization or ""
            return finish(session, job, how, question=f"{verb} them?", phrase=phrase, given=confirm)


def is_file(one: str) -> bool:
    """Whether an argument names a file, and no record."""
    return _NO_NAME.search(one) is not None


def _sources(named: tuple[str, ...], inputs: tuple[str, ...]) -> list[Any]:
    if not named and not inputs and sys.stdin is not None and sys.stdin.isatty():
        raise click.UsageError("Name what to delete, or give --where, --filter or --all.")
    for one in named:
        if not Path(one).exists():
            refuse_pattern(one, "Choose datasets by a query: --where 'name:planet-*'.")
    files = [Path(one) for one in inputs]
    return [*files, *(Path(one) if one == "-" or is_file(one) else one for one in named)] or [Path("-")]
