"""`tuckan datastore`."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tuckan._text import counted
from tuckan.cli.arguments import filters
from tuckan.cli.command import Group
from tuckan.cli.options import fields_option
from tuckan.cli.session import Session, portal_command, say
from tuckan.errors import ActionNotFound
from tuckan.tables.querying import records_of
from tuckan.tables.writing import FORMATS, format_of

if TYPE_CHECKING:
    from collections.abc import Callable


def _add_more(group: Group) -> None:
    from tuckan.cli.commands.datastore_writes import delete, drop, push  # noqa: PLC0415 - not for those that read

    for command in (push, delete, drop):
        group.add_command(command)


@click.group(cls=Group, more=_add_more)
def datastore() -> None:
    """Tables of the DataStore."""


@datastore.command()
@click.argument("resource")
@portal_command
def info(session: Session, *, resource: str) -> None:
    """Show the columns of a table, their types, and its size.

    RESOURCE is an id, DATASET/NAME, the address of its page, or an alias.

    \b
    tuckan datastore info RESOURCE-ID
    """
    with session.client() as ckan:
        found = ckan.datastore.info(resource)
    if session.output.for_people or session.output.form == "csv":
        session.output.records(found.get("fields") or [], columns=("id", "type"), ids="id")
        if meta := found.get("meta"):
            say(f"{counted(meta['count'], 'row')}")
    else:
        session.output.record(found, ids="id")


@datastore.command("search")
@click.argument("resource")
@click.option("-q", "words", metavar="TEXT", help="Only rows that contain this text.")
@click.option(
    "--filter", "wanted", multiple=True, metavar="COLUMN=VALUE", help="Only rows with this value; may be repeated."
)
@fields_option("fields", "COLUMN", "Only this column")
@click.option("--sort", metavar="ORDER", help="Sort order, such as 'year desc'.")
@click.option(
    "-n", "--limit", type=click.IntRange(min=0), default=100, metavar="N", help="Maximum number of rows [100]."
)
@click.option("--offset", type=click.IntRange(min=0), default=0, metavar="N", help="Number of rows to skip [0].")
@click.option("--all", "everything", is_flag=True, help="Every row, by _id; fails if any is missing.")
@portal_command
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
    """Show rows of a table.

    RESOURCE is an id, DATASET/NAME, the address of its page, or an alias.

    \b
    tuckan datastore search RESOURCE-ID --filter year=2024 --format csv
    tuckan datastore search RESOURCE-ID --all --format csv > table.csv
    """
    chosen: dict[str, Any] = {"filters": filters(wanted), "q": words, "fields": fields}
    with session.client() as ckan:
        if everything:
            rows = (_in_json(one) for one in ckan.datastore.iter(resource, **chosen))
            if fields:
                rows = ({name: one.get(name) for name in fields} for one in rows)
            number = session.output.records(rows, ids="_id")
            say(f"{counted(number, 'row')}, complete.")
            return
        found = ckan.datastore.search(resource, **chosen, **page)
    rows = found.get("records", [])
    session.output.records(rows, ids="_id")
    say(f"{len(rows):,} of {counted(found.get('total', 0), 'row')}")


def _in_json(row: dict[str, Any]) -> dict[str, Any]:
    """JSON has neither NaN nor infinity; CKAN writes them as text."""
    return {
        name: json.dumps(value) if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in row.items()
    }


@datastore.command()
@click.argument("resource")
@click.option(
    "-o",
    "--output",
    "target",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Output file; its ending is the format: " + " ".join(FORMATS),
)
@fields_option("columns", "COLUMN", "Only this column")
@click.option(
    "--filter", "wanted", multiple=True, metavar="COLUMN=VALUE", help="Only rows with this value; may be repeated."
)
@click.option("-q", "words", metavar="TEXT", help="Only rows that contain this text.")
@click.option("--sort", metavar="ORDER", help="Sort order, such as 'year desc' [_id].")
@click.option("-n", "--limit", type=click.IntRange(min=0), metavar="N", help="Maximum number of rows.")
@click.option(
    "--type",
    "types",
    multiple=True,
    metavar="COLUMN=TYPE",
    help="The type of a column, such as price='decimal(12, 2)'; may be repeated.",
)
@click.option("--page-size", type=click.IntRange(min=1), metavar="N", help="Rows per request.")
@click.option("--table", metavar="NAME", help="The table's name in a DuckDB file [the file's].")
@portal_command
def pull(
    session: Session,
    *,
    resource: str,
    target: Path | None,
    columns: tuple[str, ...],
    wanted: tuple[str, ...],
    words: str | None,
    types: tuple[str, ...],
    table: str | None,
    **more: Any,
) -> None:
    """Save a whole table as a file, or write it to stdout.

    The table is complete, or the command fails. RESOURCE is an id, DATASET/NAME, the address of its page, or an alias. Types are exact: CKAN's numeric becomes the smallest type that loses no digit. On stdout it is CSV, or with --format jsonl JSON lines.

    \b
    tuckan datastore pull RESOURCE-ID -o table.parquet
    tuckan datastore pull RESOURCE-ID -o all.duckdb --table rain --filter year=2024
    tuckan datastore pull RESOURCE-ID --field name,size > table.csv
    """
    form = format_of(target) if target else session.output.form if session.output.chosen else "csv"
    if target and session.output.chosen and session.output.form != form:
        raise click.UsageError(
            f"-o {target} is {form} by its name, but --format is {session.output.form}: give one of the two."
        )
    if form not in {"csv", "jsonl", *(FORMATS.values() if target else ())}:
        raise click.UsageError("On stdout a table is csv or jsonl; for other formats use -o FILE.")
    with session.client() as ckan:
        chosen = {name: str(kind) for name, kind in (filters(types) or {}).items()}
        pulled = ckan.datastore.pull(resource, columns=columns, filters=filters(wanted), q=words, types=chosen, **more)
        if form == "duckdb" and target:
            proof = pulled.to_duckdb(target, table or target.stem)
        else:
            write: Callable[[Any], Any] = getattr(pulled, f"to_{form}")
            proof = write(target or sys.stdout.buffer)
    say(f"{target or 'stdout'}: {proof}.")


@datastore.command()
@click.argument("query")
@click.option("--here", is_flag=True, help="Run the query here even if the portal has SQL enabled.")
@portal_command
def sql(session: Session, *, query: str, here: bool) -> None:
    """Run a SQL QUERY.

    Tables are named by resource id, or DATASET/NAME, in double quotes. The portal runs the query if it has SQL
    enabled; otherwise tuckan pulls the rows that it needs and runs it here with DuckDB.

    \b
    tuckan datastore sql 'select name, size from "RESOURCE-ID" where size > 5'
    """
    with session.client() as ckan:
        if not here:
            try:
                found = ckan.datastore.sql(query)
            except ActionNotFound as error:
                say(error.message)
            else:
                session.output.records(found.get("records", []), ids="_id")
                return
        rows = records_of(ckan.datastore.query(query, on_progress=say))
        session.output.records(map(_in_json, rows), ids="_id")
