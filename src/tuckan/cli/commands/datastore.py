"""`tuckan datastore`."""

from __future__ import annotations

from typing import Any

import click

from tuckan.cli.arguments import filters
from tuckan.cli.session import Session, say, talking


@click.group()
def datastore() -> None:
    """Tables of the DataStore."""


@datastore.command()
@click.argument("resource")
@talking
def info(session: Session, *, resource: str) -> None:
    """The columns of a table with their types, and its size; RESOURCE is an id or an alias."""
    with session.client() as ckan:
        found = ckan.datastore.info(resource)
    if session.output.for_people or session.output.form == "csv":
        session.output.records(found.get("fields", []), columns=("id", "type"), ids="id")
        say(f"{found.get('meta', {}).get('count', '?'):,} rows")
    else:
        session.output.record(found, ids="id")


@datastore.command("search")
@click.argument("resource")
@click.option("-q", "words", metavar="TEXT", help="Rows that hold this text.")
@click.option("--filter", "wanted", multiple=True, metavar="COLUMN=VALUE", help="A column's value; may be repeated.")
@click.option("--field", "fields", multiple=True, metavar="COLUMN", help="Only this column; may be repeated.")
@click.option("--sort", metavar="ORDER", help="Such as 'year desc'.")
@click.option("-n", "--limit", type=click.IntRange(min=0), default=100, metavar="N", help="Rows at most [100].")
@click.option("--offset", type=click.IntRange(min=0), default=0, metavar="N", help="Rows to pass over [0].")
@click.option("--all", "everything", is_flag=True, help="Every row, by _id: complete, or an error.")
@talking
def search_rows(
    session: Session,
    *,
    resource: str,
    words: str | None,
    wanted: tuple[str, ...],
    fields: tuple[str, ...],
    everything: bool,
    **page: Any,
) -> None:
    """Rows of a table; RESOURCE is an id or an alias.

    \b
    tuckan datastore search ID --filter year=2024 --format csv
    tuckan datastore search ID --all --format csv > table.csv
    """
    chosen: dict[str, Any] = {"filters": filters(wanted), "q": words, "fields": fields}
    with session.client() as ckan:
        if everything:
            rows = ckan.datastore.iter(resource, **chosen)
            if fields:
                rows = ({name: one.get(name) for name in fields} for one in rows)
            number = session.output.records(rows, ids="_id")
            say(f"{number:,} rows, all there are.")
            return
        found = ckan.datastore.search(resource, **chosen, **page)
    rows = found.get("records", [])
    session.output.records(rows, ids="_id")
    say(f"{len(rows):,} of {found.get('total', 0):,} rows")
