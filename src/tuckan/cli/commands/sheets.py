"""`tuckan sheet`: workbooks of records."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tuckan._text import counted
from tuckan.cli import jobs
from tuckan.cli.arguments import filters, several_names
from tuckan.cli.command import Command, Group, Option
from tuckan.cli.commands.bulk import How, bulk_options, finish
from tuckan.cli.commands.writing import yes_option
from tuckan.cli.failures import FAILED
from tuckan.cli.options import where_option
from tuckan.cli.session import Session, portal_command
from tuckan.cli.terminal import require_consent, say
from tuckan.sheets import require_writable

if TYPE_CHECKING:
    from collections.abc import Callable

    from tuckan.schemas import Entity
    from tuckan.sheets import Style

_FILE = click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
_OUT = click.option(
    "-o",
    "--output",
    "path",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The workbook to write.",
)
_FIELDS = click.option(
    "--fields", multiple=True, metavar="FIELD,...", help="Show only these fields, such as title,manufacturer,resources."
)
_LAYOUT = click.option(
    "--layout",
    type=click.Choice(("sheets", "rows")),
    default="sheets",
    show_default=True,
    help="A sheet for each list of items, or one sheet with several rows for a record.",
)
_RULES = click.option(
    "--rules",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Fill in what cells do not say by this TOML file, instead of the sheet.toml beside the workbook.",
)
_TYPE = click.option("--type", metavar="TYPE", help="The type of the records, if neither they nor the workbook tell.")


def _of(default: str | None = "dataset") -> Callable[[Any], Any]:
    return click.option(
        "--of",
        "entity",
        type=click.Choice(("dataset", "organization", "group")),
        default=default,
        show_default=default is not None,
        help="The kind of record.",
    )


def _matching(function: Callable[..., Any]) -> Callable[..., Any]:
    """A command about a workbook that was filled in or edited."""
    options = (
        _TYPE,
        _of(None),
        click.option(
            "--key",
            multiple=True,
            metavar="FIELD,...",
            help="Look up records that were not exported by these fields instead of their names, such as serial.",
        ),
        click.option("--leave-out", multiple=True, metavar="FIELD,...", help="Do not send these fields."),
        _RULES,
    )
    for option in reversed(options):
        function = option(function)
    return function


def _changing(function: Callable[..., Any]) -> Callable[..., Any]:
    """A command that shows or makes the changes of a workbook."""
    options = (
        click.option(
            "--only-create", cls=Option, also=["--create-only"], is_flag=True, help="Leave existing records unchanged."
        ),
        click.option(
            "--only-update",
            cls=Option,
            also=["--update-only"],
            is_flag=True,
            help="Refuse records that do not exist yet.",
        ),
        click.option(
            "--remove-files",
            is_flag=True,
            help="Delete exported resources whose rows were removed; they stay otherwise.",
        ),
        click.option("--public", is_flag=True, help="Make the datasets public, once everything else is there."),
    )
    for option in reversed(options):
        function = option(function)
    return function


def _require_replaceable(path: Path, *, yes: bool) -> None:
    """Ask before a file is replaced: it may have the work of days."""
    if path.exists() and not yes:
        require_consent(f"{path} exists. Replace it?", f"{path} was not replaced.")


@click.group(cls=Group)
def sheet() -> None:
    """Records in spreadsheets: template, export, check, apply.

    \b
    tuckan sheet template instrument -o a.xlsx    an empty workbook to fill in
    tuckan sheet export -o a.xlsx --where water   records to edit
    tuckan sheet check a.xlsx                     what is wrong, by cell
    tuckan sheet diff a.xlsx                      what would change
    tuckan sheet apply a.xlsx                     change it
    """


@sheet.command(cls=Command)
@click.argument("type", required=False)
@_OUT
@yes_option
@_of()
@_LAYOUT
@_FIELDS
@click.option("--groups", metavar="TYPE", help="Offer groups of this type in dropdowns, such as party.")
@_RULES
@portal_command
def template(
    session: Session,
    *,
    type: str | None,  # noqa: A002 - CKAN's own word
    path: Path,
    yes: bool,
    entity: Entity,
    layout: Style,
    fields: tuple[str, ...],
    groups: str | None,
    rules: Path | None,
) -> None:
    """Write an empty workbook for records of a type.

    Row 1 has labels, with * where a value is required, row 2 the names of the fields; records go below. Dropdowns offer
    choices, organizations, groups and licenses.

    \b
    tuckan sheet template -o new.xlsx
    tuckan sheet template instrument -o new.xlsx --groups party
    tuckan sheet template party --of group -o parties.xlsx
    """
    _require_replaceable(path, yes=yes)
    with session.client() as ckan:
        ckan.sheets.template(
            path, type, entity=entity, layout=layout, fields=several_names(fields), groups=groups, rules=rules
        )
    say(f"Wrote {path}.")


@sheet.command(cls=Command)
@click.argument("names", nargs=-1, metavar="[NAME...]")
@_OUT
@yes_option
@where_option("where", "Datasets that match this query, such as tags:rain; may be repeated.")
@click.option(
    "--filter", "filter_", multiple=True, metavar="FIELD=VALUE", help="Datasets with this value; may be repeated."
)
@click.option("--all", "everything", is_flag=True, help="All records of the type.")
@_TYPE
@_of()
@_LAYOUT
@_FIELDS
@_RULES
@portal_command
def export(
    session: Session,
    *,
    names: tuple[str, ...],
    path: Path,
    yes: bool,
    where: tuple[str, ...],
    filter_: tuple[str, ...],
    everything: bool,
    type: str | None,  # noqa: A002 - CKAN's own word
    entity: Entity,
    layout: Style,
    fields: tuple[str, ...],
    rules: Path | None,
) -> None:
    """Write records into a workbook, to be edited and applied again.

    The workbook remembers what was exported: `sheet apply` sends only what was changed since.

    \b
    tuckan sheet export planet-mars planet-venus -o planets.xlsx
    tuckan sheet export --where organization:space -o space.xlsx
    tuckan sheet export --all --of group --type party -o parties.xlsx
    """
    _require_replaceable(path, yes=yes)
    with session.client() as ckan:
        number = ckan.sheets.export(
            path,
            list(names) or None,
            fq=list(where) or None,
            filters=filters(filter_),
            everything=everything,
            type=type,
            entity=entity,
            layout=layout,
            fields=several_names(fields),
            include_private=True,
            rules=rules,
        )
    say(f"Wrote {counted(number, entity)} to {path}.")


@sheet.command(cls=Command)
@_FILE
@_matching
@click.option(
    "--mark",
    "mark_in",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write a copy of the workbook, in which the cells with problems are coloured and commented.",
)
@yes_option
@portal_command
def check(
    session: Session,
    *,
    file: Path,
    type: str | None,  # noqa: A002 - CKAN's own word
    entity: Entity | None,
    key: tuple[str, ...],
    leave_out: tuple[str, ...],
    rules: Path | None,
    mark_in: Path | None,
    yes: bool,
) -> int:
    """Find all problems of a workbook, by sheet and cell.

    Nothing is sent. FILE is a workbook (xlsx, ods and other spreadsheets) or a CSV file.

    \b
    tuckan sheet check new.xlsx
    tuckan sheet check new.xlsx --mark marked.xlsx
    """
    if mark_in is not None:
        _require_replaceable(mark_in, yes=yes)
    with session.client() as ckan:
        found = ckan.sheets.check(
            file,
            type=type,
            entity=entity,
            key=several_names(key),
            leave_out=several_names(leave_out),
            rules=rules,
            mark_in=mark_in,
        )
    for note in found.notes:
        say(f"Note: {note}")
    problems = (
        {"sheet": one.sheet, "cell": one.cell, "field": one.path, "problem": one.message, "record": one.record}
        for one in found.problems
    )
    if found.problems or not session.output.for_people:
        session.output.records(problems, columns=("sheet", "cell", "field", "problem"))
    say(f"{counted(found.records, 'record')}, {counted(len(found.problems), 'problem')}.")
    if mark_in is not None:
        say(f"Marked in {mark_in}.")
    return FAILED if found.problems else 0


@sheet.command(cls=Command)
@_FILE
@_matching
@_changing
@click.option(
    "--html",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Also write all changes as an HTML page, with both values of conflicts.",
)
@portal_command
def diff(session: Session, *, file: Path, html: Path | None, **options: Any) -> int:
    """Show what a workbook would change.

    Nothing is sent.

    \b
    tuckan sheet diff planets.xlsx
    tuckan sheet diff planets.xlsx --html changes.html
    tuckan sheet diff planets.xlsx --format json
    """
    return _apply(session, file, How(diff=True, dry_run=True, yes=False), html=html, **options)


@sheet.command(cls=Command)
@_FILE
@_matching
@_changing
@click.option(
    "--write-back",
    is_flag=True,
    help="Put ids, names and computed values into FILE afterwards, so that it can be edited and applied again.",
)
@bulk_options
@portal_command
def apply(session: Session, *, file: Path, how: How, write_back: bool, **options: Any) -> int:
    """Bring the changes of a workbook to the portal, as a job.

    The plan is shown first. Records that were exported are found by their ids, others by --key or their names. An empty
    cell leaves its field alone, (empty) empties it. A value that was changed on the portal too is a conflict: its record is
    refused, and shown with both values.

    \b
    tuckan sheet apply planets.xlsx
    tuckan sheet apply new.xlsx --key serial --only-create
    tuckan sheet apply new.xlsx --public --write-back --yes
    """
    if write_back:
        require_writable(file)
    return _apply(session, file, how, write_back=write_back, **options)


def _apply(
    session: Session,
    file: Path,
    how: How,
    *,
    type: str | None,  # noqa: A002 - CKAN's own word
    entity: Entity | None,
    key: tuple[str, ...],
    leave_out: tuple[str, ...],
    rules: Path | None,
    only_create: bool,
    only_update: bool,
    remove_files: bool,
    public: bool,
    write_back: bool = False,
    html: Path | None = None,
) -> int:
    if only_create and only_update:
        raise click.UsageError("--only-create and --only-update leave nothing to do.")
    with session.client() as ckan:
        job = ckan.sheets.apply(
            file,
            type=type,
            entity=entity,
            key=several_names(key),
            leave_out=several_names(leave_out),
            rules=rules,
            create=not only_update,
            update=not only_create,
            remove_files=remove_files,
            public=public,
            dry_run=how.dry_run,
        )
        with jobs.planned(job):
            if html is not None:
                ckan.sheets.write_diff(html, job)
                say(f"Wrote {html}.")
            code = finish(session, job, how, question="Apply them?")
            if write_back and not how.dry_run:
                say(f"Wrote {counted(ckan.sheets.write_back(file, job), 'record')} back to {file}.")
            return code
