"""`tuckan dataset`."""

from __future__ import annotations

from typing import Any

import click

from tuckan.cli.commands import dataset_sets, dataset_writes
from tuckan.cli.commands.choosing import RESOURCE_COLUMNS, choosing, row, write_all
from tuckan.cli.commands.files import download_dataset
from tuckan.cli.commands.search import search
from tuckan.cli.session import Session, say, talking


@click.group()
def dataset() -> None:
    """Datasets: list, show, create, change, delete."""


@dataset.command("list")
@click.argument("words", nargs=-1)
@click.option("--page-size", type=click.IntRange(min=1), default=1000, metavar="N", help="To ask for at once [1000].")
@click.option("--start", type=click.IntRange(min=0), default=0, metavar="N", help="Datasets to pass over [0].")
@click.option("--allow-incomplete", is_flag=True, help="A list that may be short is a note, not an error.")
@choosing
@talking
def list_datasets(
    session: Session,
    *,
    words: tuple[str, ...],
    page_size: int,
    start: int,
    allow_incomplete: bool,
    choice: dict[str, Any],
) -> None:
    """Every dataset, or every one that matches WORDS: complete, or an error.

    \b
    tuckan dataset list --format csv > all.csv
    tuckan dataset list --field name,title --private
    """
    write_all(
        session,
        " ".join(words) or None,
        **choice,
        page_size=page_size,
        start=start,
        require_complete=not allow_incomplete,
    )


@dataset.command()
@click.argument("name")
@talking
def show(session: Session, *, name: str) -> None:
    """The dataset NAME (or id), in full."""
    with session.client() as ckan:
        _show(session, ckan.datasets.get(name))


@dataset.command("by-title")
@click.argument("title")
@click.option("--private", "include_private", is_flag=True, help="Private ones too (needs a token).")
@click.option("--drafts", "include_drafts", is_flag=True, help="Drafts too (needs a token).")
@talking
def by_title(session: Session, *, title: str, include_private: bool, include_drafts: bool) -> None:
    """The dataset with this TITLE, whatever the case; an exact match first."""
    with session.client() as ckan:
        found = ckan.datasets.by_title(title, include_private=include_private, include_drafts=include_drafts)
    _show(session, found)


def _show(session: Session, found: dict[str, Any]) -> None:
    """A dataset; for people its resources are a table of their own."""
    output = session.output
    resources = found.get("resources")
    if not output.for_people:
        output.record(found)
        return
    first: dict[str, Any] = {name: found.get(name) for name in ("name", "title")}
    output.record({name: value for name, value in {**first, **row(found)}.items() if name != "resources"})
    if resources:
        say("\nresources")
        output.records(resources, columns=RESOURCE_COLUMNS, ids="id")


for _command in (search, download_dataset, *dataset_writes.COMMANDS, *dataset_sets.COMMANDS):
    dataset.add_command(_command)
