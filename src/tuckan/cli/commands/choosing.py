"""The options that select datasets, shared by `search` and `dataset list`."""

from __future__ import annotations

import functools
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from tuckan._text import counted
from tuckan.cli import completion
from tuckan.cli.arguments import filters
from tuckan.cli.command import Option
from tuckan.cli.options import fields_option, where_option
from tuckan.cli.session import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tuckan.cli.output import Output
    from tuckan.cli.session import Session

COLUMNS = ("name", "title", "organization", "num_resources", "metadata_modified")
RESOURCE_COLUMNS = ("id", "name", "format", "size", "datastore_active")

organization_option = click.option(
    "--organization",
    cls=Option,
    also=["--org"],
    metavar="NAME",
    help="Only datasets of this organization.",
    shell_complete=completion.organizations,
)
_WHICH = (
    organization_option,
    where_option("fq", "Only datasets that match a query in Solr's syntax, such as tags:rain; may be repeated."),
    click.option(
        "--filter",
        "wanted",
        multiple=True,
        metavar="FIELD=VALUE",
        shell_complete=completion.search_filters,
        help="Only datasets with this exact value in a field; may be repeated.",
    ),
    click.option("--private", "include_private", is_flag=True, help="Include private datasets (needs a token)."),
    click.option("--drafts", "include_drafts", is_flag=True, help="Include drafts (needs a token)."),
    click.option(
        "--deleted", "include_deleted", is_flag=True, help="Include deleted datasets, if the portal indexes them."
    ),
)
_FIELD = fields_option("fields", "NAME", "Only these fields", shell_complete=completion.search_fields)


def of(organization: str | None, wanted: tuple[str, ...]) -> dict[str, str | list[str]] | None:
    """The filters of datasets that `--organization` and `--filter` give."""
    given = (f"organization={organization}",) if organization is not None else ()
    return filters((*given, *wanted))


def choosing_whole(function: Callable[..., Any]) -> Callable[..., Any]:
    """A command that selects datasets, passed as `choice`, ready for the client's methods."""

    @functools.wraps(function)
    def command(
        *args: Any, organization: str | None, wanted: tuple[str, ...], fq: tuple[str, ...], **options: Any
    ) -> Any:
        names = ("include_private", "include_drafts", "include_deleted")
        choice = {name: options.pop(name) for name in names}
        return function(
            *args, choice={**choice, "fq": list(fq) or None, "filters": of(organization, wanted)}, **options
        )

    for option in reversed(_WHICH):
        command = option(command)
    return command


def choosing(function: Callable[..., Any]) -> Callable[..., Any]:
    """A command that selects datasets and fields, passed as `choice` with `fields`."""

    @functools.wraps(function)
    def command(*args: Any, choice: dict[str, Any], fields: tuple[str, ...], **options: Any) -> Any:
        return function(*args, choice={**choice, "fields": fields}, **options)

    return _FIELD(choosing_whole(command))


def row(dataset: dict[str, Any]) -> dict[str, Any]:
    """A dataset as a table row: its organization is a name."""
    organization = dataset.get("organization")
    if isinstance(organization, dict):
        return {**dataset, "organization": organization.get("name")}
    return dataset


def write_all(session: Session, query: str | None, *, limit: int | None = None, **choice: Any) -> None:
    """Write every matching dataset as it arrives: complete, or an error at the end; with a limit, only the first ones."""
    with session.client() as ckan:
        datasets = ckan.datasets.iter(query, **choice)
        number = write_datasets(session.output, islice(datasets, limit), choice["fields"])
    if number == limit:
        say(f"{counted(number, 'dataset')}, in order of id; there may be more (--limit {limit}).")
    else:
        say(f"{counted(number, 'dataset')}, complete, no duplicates.")


def write_datasets(output: Output, datasets: Iterable[dict[str, Any]], fields: Sequence[str]) -> int:
    """Write datasets with only the requested fields (the portal adds some), and report their number."""
    unseen = dict.fromkeys(fields)

    def seen(one: dict[str, Any]) -> dict[str, Any]:
        for name in one.keys() & unseen.keys():
            del unseen[name]
        return one

    datasets = map(seen, datasets)
    if output.for_people:
        datasets = map(row, datasets)
    elif fields and output.form != "ids":
        datasets = ({name: one.get(name) for name in fields} for one in datasets)
    number = output.records(datasets, columns=fields or COLUMNS)
    if unseen and number:
        say(f"None of them has a field {' or '.join(map(repr, unseen))}.")
    return number
