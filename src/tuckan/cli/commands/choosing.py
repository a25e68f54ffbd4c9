"""The options that choose datasets, shared by `search` and `dataset list`."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import click

from tuckan.cli.arguments import filters

if TYPE_CHECKING:
    from collections.abc import Callable

COLUMNS = ("name", "title", "organization", "num_resources", "metadata_modified")

_OPTIONS = (
    click.option("--fq", multiple=True, metavar="QUERY", help="A filter in Solr's syntax; may be repeated."),
    click.option(
        "--filter", "wanted", multiple=True, metavar="FIELD=VALUE", help="A field's value; special characters are safe."
    ),
    click.option("--field", "fields", multiple=True, metavar="NAME", help="Only this field of each; may be repeated."),
    click.option("--private", "include_private", is_flag=True, help="Private ones too (needs a token)."),
    click.option("--drafts", "include_drafts", is_flag=True, help="Drafts too (needs a token)."),
    click.option("--deleted", "include_deleted", is_flag=True, help="Deleted ones too, where the portal keeps them."),
)


def choosing(function: Callable[..., Any]) -> Callable[..., Any]:
    """A command that chooses datasets: it gets the choice as `choice`, ready for the client's methods."""

    @functools.wraps(function)
    def command(*args: Any, wanted: tuple[str, ...], fq: tuple[str, ...], **options: Any) -> Any:
        names = ("fields", "include_private", "include_drafts", "include_deleted")
        choice = {name: options.pop(name) for name in names}
        return function(*args, choice={**choice, "fq": list(fq) or None, "filters": filters(wanted)}, **options)

    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def row(dataset: dict[str, Any]) -> dict[str, Any]:
    """A dataset as a row for people: its organization is a name."""
    organization = dataset.get("organization")
    if isinstance(organization, dict):
        return {**dataset, "organization": organization.get("name")}
    return dataset
