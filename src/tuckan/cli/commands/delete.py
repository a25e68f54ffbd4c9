"""`tuckan delete`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tuckan.cli.command import Command
from tuckan.cli.commands.bulk import How, Which, bulk_options, change, confirm_option, singular
from tuckan.cli.commands.load import KINDS
from tuckan.cli.commands.read_options import read_options
from tuckan.cli.options import where_option
from tuckan.cli.session import Session, portal_command

if TYPE_CHECKING:
    from tuckan.client import Client, Job
    from tuckan.readers.options import ReadOptions


@click.command(cls=Command, hidden=True)
@click.argument("kind", type=click.Choice(KINDS), metavar="datasets|organizations|groups|users")
@click.argument("named", nargs=-1, metavar="[NAME | ID | FILE]...")
@click.option(
    "-I", "-i", "--input", "inputs", multiple=True, hidden=True, metavar="FILE", help="A file of names, ids or records."
)
@where_option("queries", "Datasets that match a query in Solr's syntax, such as tags:test; may be repeated.")
@click.option(
    "--filter",
    "wanted",
    multiple=True,
    metavar="FIELD=VALUE",
    help="Datasets with this exact value in a field; may be repeated.",
)
@click.option(
    "--all", "everything", is_flag=True, help="All datasets; a phrase must be typed, or given with --confirm."
)
@click.option("--purge", is_flag=True, help="Remove them permanently; this cannot be undone.")
@click.option("-z", "--gzip", is_flag=True, hidden=True, help="Packed files are noticed by themselves.")
@confirm_option("DELETE ALL")
@read_options()
@bulk_options
@portal_command
def delete(
    session: Session,
    *,
    read: ReadOptions,
    confirm: str | None,
    gzip: bool,  # noqa: ARG001 - ckanapi's users may give it
    how: How,
    purge: bool,
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
    return delete_records(session, Which(**which), how, purge=purge, read=read, confirm=confirm)


def delete_records(
    session: Session, which: Which, how: How, *, purge: bool, read: ReadOptions | None = None, confirm: str | None
) -> int:
    """Delete records, or purge them, as a job; the exit code."""

    def plan(ckan: Client, chosen: dict[str, Any]) -> Job:
        return ckan.jobs.delete(kind=singular(which.kind), purge=purge, read=read, **chosen)

    verb = "purge" if purge else "delete"
    return change(session, which, how, plan, verb=verb, question=f"{verb.capitalize()} them?", given=confirm)
