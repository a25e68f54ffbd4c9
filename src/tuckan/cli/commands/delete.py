"""`tuckan delete`."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tuckan.cli.arguments import filters, refuse_pattern
from tuckan.cli.commands.bulk_options import bulk_options, confirm_option, finish, selects_all, singular
from tuckan.cli.commands.load import KINDS
from tuckan.cli.commands.read_options import read_options
from tuckan.cli.session import Session, talking

if TYPE_CHECKING:
    from tuckan.cli.commands.bulk_options import How
    from tuckan.jobs.rows.options import ReadOptions

_NO_NAME = re.compile(r"[./\\]")
"""What no name or id of CKAN's has, and the path of a file mostly does."""


@click.command()
@click.argument("kind", type=click.Choice(KINDS), metavar="datasets|organizations|groups|users")
@click.argument("named", nargs=-1, metavar="[NAME | ID | FILE]...")
@click.option("-I", "--input", "inputs", multiple=True, metavar="FILE", help="A file of names, ids or records.")
@click.option("--where", "queries", multiple=True, metavar="QUERY", help="Datasets that match, such as tags:test.")
@click.option("--filter", "wanted", multiple=True, metavar="FIELD=VALUE", help="Datasets with this value in a field.")
@click.option(
    "--all", "everything", is_flag=True, help="All datasets; a phrase must be typed, or given with --confirm."
)
@click.option("--purge", is_flag=True, help="Remove them for good, which can't be undone.")
@click.option("-z", "--gzip", is_flag=True, hidden=True, help="Packed files are noticed by themselves.")
@confirm_option("DELETE ALL")
@read_options()
@bulk_options
@talking
def delete(
    session: Session,
    *,
    kind: str,
    named: tuple[str, ...],
    inputs: tuple[str, ...],
    queries: tuple[str, ...],
    wanted: tuple[str, ...],
    everything: bool,
    purge: bool,
    read: ReadOptions,
    confirm: str | None,
    gzip: bool,  # noqa: ARG001 - ckanapi's users may give it
    how: How,
) -> int:
    """Delete many at once: by name, id, a FILE of either (- is standard input), or by search.

    A file has names, ids, JSON lines, or a table with a column `name` or `id`. What is deleted can be taken out of the
    portal's bin again, until it is purged.

    \b
    tuckan delete datasets old-1 old-2
    tuckan delete datasets --where 'organization:test' --dry-run
    tuckan search --filter tags=test --all --format ids | tuckan delete datasets - --yes
    """
    searched = bool(queries or wanted)
    if sum((bool(named or inputs), searched, everything)) > 1:
        raise click.UsageError("Names, a search and --all contradict each other: give one of them.")
    if (searched or everything) and kind != "datasets":
        raise click.UsageError("Only datasets are searched for; name the others.")
    with session.client() as ckan:
        job = ckan.jobs.delete(
            None if searched or everything else _sources(named, inputs),
            singular(kind),
            fq=list(queries) or None,
            filters=filters(wanted),
            everything=everything,
            purge=purge,
            read=read,
            dry_run=how.dry_run,
        )
        verb = "Purge" if purge else "Delete"
        # Whoever lists every name and says --yes has said it; a search that finds all may be a slip.
        is_all = everything or ((searched or not how.yes) and selects_all(ckan, kind, job.plan.total))
        phrase = f"{verb.upper()} ALL" if is_all else ""
        question = f"{verb} them?"
        return finish(session, job, how, question=question, phrase=phrase, given=confirm)


def _sources(named: tuple[str, ...], inputs: tuple[str, ...]) -> list[Any]:
    if not named and not inputs and sys.stdin is not None and sys.stdin.isatty():
        raise click.UsageError("Name what to delete, or give --where.")
    for one in named:
        if not Path(one).exists():
            refuse_pattern(one, "Choose datasets by a query: --where 'name:planet-*'.")
    files = [Path(one) for one in inputs]
    return [*files, *(Path(one) if one == "-" or _NO_NAME.search(one) else one for one in named)] or [Path("-")]
