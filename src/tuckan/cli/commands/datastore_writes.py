"""`tuckan datastore push`, `delete` and `drop`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tuckan._text import counted
from tuckan.cli import completion, jobs
from tuckan.cli.arguments import filters
from tuckan.cli.command import Command
from tuckan.cli.commands.read_options import read_options
from tuckan.cli.commands.writing import dry_run_option, typed_name, yes_option
from tuckan.cli.failures import FAILED
from tuckan.cli.session import Session, place, portal_command, say
from tuckan.cli.terminal import require_consent
from tuckan.errors import for_shell

if TYPE_CHECKING:
    from tuckan.client import PushJob

COLUMNS_SHOWN = 40
FORCE = click.option(
    "--force",
    is_flag=True,
    help="Write even if the resource has a file or link, from which a loader may fill the table again.",
)


@click.command(cls=Command)
@click.argument("file", metavar="FILE")
@click.argument("resource", required=False)
@click.option(
    "--dataset",
    metavar="NAME",
    help="The dataset of the resource, instead of RESOURCE.",
    shell_complete=completion.datasets,
)
@click.option("--name", metavar="NAME", help="The resource's name [the file's]; created if there is none of that name.")
@click.option(
    "--mode",
    type=click.Choice(["replace", "append", "upsert"]),
    default="replace",
    help="Replace the table [replace], add rows, or update rows by key.",
)
@click.option("--key", "keys", multiple=True, metavar="COLUMN", help="A column of the primary key; may be repeated.")
@click.option(
    "--type",
    "types",
    multiple=True,
    metavar="COLUMN=TYPE",
    help="The type of a column, such as zip=text, mm=float8 or day=date:dmy; may be repeated.",
)
@click.option("--index", "indexes", multiple=True, metavar="COLUMN", help="Index this column; may be repeated.")
@click.option("--alias", "aliases", multiple=True, metavar="NAME", help="Another name for the table; may be repeated.")
@click.option("--in-order", is_flag=True, help="Send rows in order, which takes twice as long.")
@click.option(
    "--via",
    type=click.Choice(["auto", "rows", "loader"]),
    default="rows",
    help="Send rows [rows], have XLoader copy them as a file, or decide by their number.",
)
@read_options(tables=True)
@FORCE
@dry_run_option
@yes_option
@portal_command
def push(
    session: Session,
    *,
    file: str,
    resource: str | None,
    keys: tuple[str, ...],
    types: tuple[str, ...],
    dry_run: bool,
    yes: bool,
    **options: Any,
) -> int:
    """Load FILE into a table of the DataStore.

    FILE is CSV, TSV, a spreadsheet, JSON, JSON lines, GeoJSON, Parquet, Arrow or DuckDB; - is standard input. The columns
    are shown with their inferred types before anything is sent, and you confirm. `tuckan job resume` continues an
    interrupted push; `tuckan job undo` restores a table that was replaced.

    \b
    tuckan datastore push rain.csv --dataset rain --name 'By year'
    tuckan datastore push rain.parquet RESOURCE-ID --mode upsert --key station --key day
    tuckan datastore push rain.xlsx RESOURCE-ID --type zip=text --dry-run
    """
    if (resource is None) == (options["dataset"] is None):
        raise click.UsageError("Name the RESOURCE, or give --dataset.")
    if options["dataset"] and not options["name"] and file != "-":
        options["name"] = Path(file).name
    chosen = {name: str(kind) for name, kind in (filters(types) or {}).items()}
    with session.client() as ckan:
        pushing = ckan.datastore.push(file, resource, key=keys, types=chosen, dry_run=dry_run, **options)
        with jobs.planned(pushing) as job:
            return _run(session, job, dry_run=dry_run, yes=yes)


def _run(session: Session, job: PushJob, *, dry_run: bool, yes: bool) -> int:
    _show_columns(job)
    for note in job.notes:
        say(f"{for_shell(note)}.")
    if dry_run:
        jobs.show_plan(job)
        say("Nothing was written.")
        return FAILED if job.plan().refused else 0
    code = jobs.run(job, yes=yes, question=f"Push {counted(job.rows, 'row')}?")
    if not code:
        if session.output.chosen or not session.output.for_people:
            session.output.record({"resource": job.resource, "rows": job.rows, "job": job.name}, ids="resource")
        say(f"{counted(job.rows, 'row')} arrived in the table {job.resource}, as the portal counts them.")
    return code


def _show_columns(job: PushJob) -> None:
    """Each column on a line, with its type, why it is of this type, and its first values as they will stand in the table."""
    from tuckan.cli.tables import write_table  # noqa: PLC0415 - tables alone need rich

    rows = job.preview
    table = [
        {
            "column": one["name"] if one["name"] == one["label"] else f"{one['name']} (was {one['label']!r})",
            "type": one["type"],
            "why": one["why"],
            "first values": ", ".join(_value(row[one["name"]]) for row in rows),
        }
        for one in job.columns[:COLUMNS_SHOWN]
    ]
    write_table(table, to=sys.stderr)
    if (more := len(job.columns) - COLUMNS_SHOWN) > 0:
        say(f"... and {counted(more, 'more column')}.")


def _value(value: Any) -> str:
    if value is None:
        return "null"
    return value if isinstance(value, str) and value.strip() == value != "" else json.dumps(value, ensure_ascii=False)


@click.command(cls=Command)
@click.argument("resource")
@click.option(
    "--filter",
    "wanted",
    multiple=True,
    required=True,
    metavar="COLUMN=VALUE",
    help="Delete rows with this value; may be repeated.",
)
@FORCE
@dry_run_option
@yes_option
@portal_command
def delete(session: Session, *, resource: str, wanted: tuple[str, ...], force: bool, dry_run: bool, yes: bool) -> None:
    """Delete the rows of a table that match.

    `tuckan datastore drop` removes the table itself.

    \b
    tuckan datastore delete RESOURCE-ID --filter year=2023 --filter station=Lyne
    """
    chosen = filters(wanted) or {}
    with session.client() as ckan:
        total = int(ckan.datastore.search(resource, filters=chosen, limit=0).get("total") or 0)
        if dry_run or not total:
            say(f"{counted(total, 'row')} would be deleted; nothing was sent.")
            return
        if not yes:
            question = f"Delete {counted(total, 'row')} of {resource} on {place(ckan)} permanently?"
            require_consent(question, "Nothing was sent.")
        say(f"{counted(ckan.datastore.delete(resource, chosen, force=force), 'row')} deleted.")


@click.command(cls=Command)
@click.argument("resource")
@FORCE
@dry_run_option
@yes_option
@portal_command
def drop(session: Session, *, resource: str, force: bool, dry_run: bool, yes: bool) -> None:
    """Remove a table with all its rows, permanently.

    The resource itself is kept.

    \b
    tuckan datastore drop RESOURCE-ID --dry-run
    """
    with session.client() as ckan:
        if dry_run:
            rows = ckan.datastore.search(resource, limit=0).get("total", 0)
            say(f"The table {resource} with its {counted(rows, 'row')} would be removed permanently; nothing was sent.")
            return
        ckan.datastore.drop(resource, confirm=lambda table: yes or typed_name(ckan, table, "table"), force=force)
    say(f"The table {resource} was removed permanently.")
