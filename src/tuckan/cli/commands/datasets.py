"""`tuckan dataset`."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any

import click

from tuckan.cli import completion
from tuckan.cli.command import Group
from tuckan.cli.commands.choosing import RESOURCE_COLUMNS, choosing, row, write_all
from tuckan.cli.options import offset_option
from tuckan.cli.session import Session, portal_command, say
from tuckan.cli.terminal import open_page, web_option

if TYPE_CHECKING:
    from tuckan.client import Client


def _add_more(group: Group) -> None:
    from tuckan.cli.commands import dataset_sets, dataset_writes  # noqa: PLC0415 - not for those that read
    from tuckan.cli.commands.files import download_dataset  # noqa: PLC0415 - as above
    from tuckan.cli.commands.search import search  # noqa: PLC0415 - as above

    hidden = copy(search)
    hidden.hidden = True
    for command in (hidden, download_dataset, *dataset_writes.COMMANDS, *dataset_sets.COMMANDS):
        group.add_command(command)


@click.group(cls=Group, more=_add_more)
def dataset() -> None:
    """Datasets: list, show, create, change, delete."""


@dataset.command("list")
@click.argument("words", nargs=-1)
@click.option("-n", "--limit", type=click.IntRange(min=1), metavar="N", help="Maximum number of datasets, by id [all].")
@offset_option("Number of datasets to skip, by id [0].")
@click.option("--page-size", type=click.IntRange(min=1), default=1000, metavar="N", help="Datasets per request [1000].")
@click.option("--allow-incomplete", is_flag=True, help="Only warn if the list may be incomplete.")
@choosing
@portal_command
def list_datasets(
    session: Session,
    *,
    words: tuple[str, ...],
    limit: int | None,
    page_size: int,
    start: int,
    allow_incomplete: bool,
    choice: dict[str, Any],
) -> None:
    """List every dataset, or all that match WORDS.

    The list is complete, or the command fails. With --limit, only the first datasets are listed.

    \b
    tuckan dataset list --format csv > all.csv
    tuckan dataset list --organization city --field name,title --private
    tuckan dataset list water --limit 10
    """
    write_all(
        session,
        " ".join(words) if words else None,
        **choice,
        limit=limit,
        page_size=min(page_size, limit or page_size),
        start=start,
        require_complete=not allow_incomplete,
    )


@dataset.command()
@click.argument("name", shell_complete=completion.datasets)
@web_option
@portal_command
def show(session: Session, *, name: str, web: bool) -> None:
    """Show the dataset NAME (or id) in full.

    \b
    tuckan dataset show rivers
    tuckan dataset show rivers --web
    tuckan dataset show rivers --format json > rivers.json
    """
    with session.client() as ckan:
        found = ckan.datasets.get(name)
        if web:
            open_page(ckan, str(found.get("type") or "dataset"), found["name"])
            return
        _show(session, ckan, found)


@dataset.command("by-title")
@click.argument("title")
@click.option("--private", "include_private", is_flag=True, help="Include private datasets (needs a token).")
@click.option("--drafts", "include_drafts", is_flag=True, help="Include drafts (needs a token).")
@portal_command
def by_title(session: Session, *, title: str, include_private: bool, include_drafts: bool) -> None:
    """Show the dataset with this TITLE, ignoring case.

    An exact match takes precedence.

    \b
    tuckan dataset by-title 'River levels'
    """
    with session.client() as ckan:
        found = ckan.datasets.by_title(title, include_private=include_private, include_drafts=include_drafts)
        _show(session, ckan, found)


def _show(session: Session, ckan: Client, found: dict[str, Any]) -> None:
    """Write a dataset; in a table format its resources are a separate table."""
    output = session.output
    resources = found.get("resources")
    if not output.for_people:
        output.record(found)
        return
    from tuckan.cli.commands.schemas import described  # noqa: PLC0415 - only what is shown to people needs it

    output.record(
        described(ckan, {name: value for name, value in row(found).items() if name != "resources"}, "dataset")
    )
    if resources:
        say("\nresources")
        output.records(resources, columns=RESOURCE_COLUMNS, ids="id")
