"""`tuckan load`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tuckan.cli import jobs
from tuckan.cli.arguments import parameters, several_names
from tuckan.cli.command import Command, Option
from tuckan.cli.commands.bulk import bulk_options, finish, singular
from tuckan.cli.commands.read_options import read_options
from tuckan.cli.session import Session, portal_command

if TYPE_CHECKING:
    from tuckan.cli.commands.bulk import How
    from tuckan.readers.options import ReadOptions

KINDS = ("datasets", "organizations", "groups", "users")


class _Kind(click.Choice[str]):
    """A kind of records; for a file that stands in its place, the error says where the kind belongs."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value not in self.choices and ("." in str(value) or value == "-"):
            self.fail(f"Name the kind of records before the file: tuckan load datasets {value}", param, ctx)
        return super().convert(value, param, ctx)


@click.command(cls=Command)
@click.argument("kind", type=_Kind(KINDS), metavar="datasets|organizations|groups|users")
@click.argument("sources", nargs=-1, metavar="[FILE... | KEY=TEXT | KEY:JSON]")
@click.option(
    "-I", "-i", "--input", "inputs", multiple=True, hidden=True, metavar="FILE", help="A file; the same as FILE."
)
@click.option("--type", metavar="TYPE", help="The type of new records without one, such as instrument.")
@click.option(
    "--key",
    multiple=True,
    metavar="FIELD,...",
    help="Look records up by these fields instead of id and name, such as title or manufacturer.name,serial.",
)
@click.option("--leave-out", multiple=True, metavar="FIELD,...", help="Do not send these fields, such as name,doi.")
@click.option(
    "--map",
    "mapping",
    multiple=True,
    metavar="COLUMN=FIELD",
    help="Load a column into this field; COLUMN= ignores it. May be repeated.",
)
@click.option(
    "--map-file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The same as --map, from a file: CSV rows COLUMN,FIELD, TOML or JSON.",
)
@click.option("--extras", is_flag=True, help="Load columns that match no field as extra fields.")
@click.option(
    "--only-create", cls=Option, also=["--create-only"], is_flag=True, help="Leave existing records unchanged."
)
@click.option(
    "--only-update", cls=Option, also=["--update-only"], is_flag=True, help="Refuse records that do not exist yet."
)
@click.option("-z", "--gzip", is_flag=True, hidden=True, help="Packed files are noticed by themselves.")
@read_options()
@bulk_options
@portal_command
def load(
    session: Session,
    *,
    kind: str,
    sources: tuple[str, ...],
    inputs: tuple[str, ...],
    type: str | None,  # noqa: A002 - CKAN's own word
    key: tuple[str, ...],
    leave_out: tuple[str, ...],
    mapping: tuple[str, ...],
    map_file: Path | None,
    extras: bool,
    read: ReadOptions,
    only_create: bool,
    only_update: bool,
    gzip: bool,  # noqa: ARG001 - ckanapi's users may give it
    how: How,
) -> int:
    """Create or change many records from files.

    FILEs are JSON lines, CSV, TSV or spreadsheets; - is standard input. The plan is shown first. Fields missing from a row keep their values. Rows are checked against the portal's
    schema; a row that cannot be loaded is reported with its file, line and all of its problems, and the others are
    loaded. Loading the same file again changes nothing.

    \b
    tuckan load datasets plan.xlsx --map Titel=title --dry-run
    tuckan load datasets plan.xlsx --map-file columns.csv
    tuckan load datasets instruments.xlsx --type instrument --key serial_number
    tuckan load organizations name=harbour title="Harbour office"
    """
    if only_create and only_update:
        raise click.UsageError("--only-create and --only-update leave nothing to do.")
    with session.client() as ckan:
        job = ckan.jobs.load(
            _sources((*inputs, *sources)),
            singular(kind),
            type=type,
            key=several_names(key),
            leave_out=several_names(leave_out),
            mapping=_mapping(mapping, map_file),
            extras=extras,
            read=read,
            create=not only_update,
            update=not only_create,
            dry_run=how.dry_run,
        )
        with jobs.planned(job):
            return finish(session, job, how, question="Load them?")


def _sources(given: tuple[str, ...]) -> list[Any]:
    """Files, and a record from the KEY=TEXT and KEY:JSON arguments."""
    files = [one for one in given if one == "-" or Path(one).exists() or not {"=", ":"} & set(one)]
    pairs = tuple(one for one in given if one not in files)
    record, attached = parameters(pairs)
    if attached:
        raise click.UsageError(
            f"{next(iter(attached))}@...: a file belongs to a resource: resources.0.upload in a table."
        )
    if not given and sys.stdin is not None and sys.stdin.isatty():
        raise click.UsageError("Give a file, or - for standard input.")
    return [*(files or ([] if record else ["-"])), *([record] if record else [])]


def _mapping(given: tuple[str, ...], file: Path | None) -> dict[str, str | None]:
    """The mapping of columns to fields; options take precedence over the file."""
    from tuckan.readers.columns import read_mapping  # noqa: PLC0415 - `--help` needs none

    found = read_mapping(file) if file is not None else {}
    for one in given:
        column, mark, field = one.rpartition("=")
        if not mark or not column:
            raise click.UsageError(f"--map {one!r} is not COLUMN=FIELD.")
        found[column] = field or None
    return found
