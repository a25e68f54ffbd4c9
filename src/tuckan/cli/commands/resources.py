"""`tuckan resource` and `tuckan view`."""

from __future__ import annotations

import click

from tuckan._text import counted
from tuckan.cli import completion
from tuckan.cli.command import Group
from tuckan.cli.commands.choosing import RESOURCE_COLUMNS
from tuckan.cli.session import Session, portal_command, say
from tuckan.cli.terminal import open_page, web_option


def _add_more(group: Group) -> None:
    from tuckan.cli.commands import resource_writes  # noqa: PLC0415 - not for those that read
    from tuckan.cli.commands.files import download_resource, upload  # noqa: PLC0415 - as above

    more = resource_writes.OF_VIEWS if group is view else (upload, download_resource, *resource_writes.OF_RESOURCES)
    for command in more:
        group.add_command(command)


@click.group(cls=Group, more=_add_more)
def resource() -> None:
    """Files and links of a dataset."""


@resource.command("list")
@click.argument("dataset", shell_complete=completion.datasets)
@portal_command
def list_resources(session: Session, *, dataset: str) -> None:
    """List the resources of a DATASET.

    \b
    tuckan resource list rivers
    tuckan resource list rivers --format ids
    """
    with session.client() as ckan:
        found = ckan.resources.list(dataset)
    session.output.records(found, columns=RESOURCE_COLUMNS, ids="id")


@resource.command("show")
@click.argument("name", metavar="ID")
@web_option
@portal_command
def show_resource(session: Session, *, name: str, web: bool) -> None:
    """Show the resource ID.

    \b
    tuckan resource show 3f2a9c1e-7d60-4b1f-8a51-0c9d2e6b7f43
    tuckan resource show 3f2a9c1e-7d60-4b1f-8a51-0c9d2e6b7f43 --web
    """
    with session.client() as ckan:
        found = ckan.resources.get(name)
        if web:
            open_page(ckan, "dataset", str(found["package_id"]), "resource", str(found["id"]))
        else:
            session.output.record(found, ids="id")


@resource.command("search")
@click.argument("queries", nargs=-1, required=True, metavar="FIELD:TEXT...")
@click.option(
    "-n", "--limit", type=click.IntRange(min=0), default=20, metavar="N", help="Maximum number of results [20]."
)
@click.option("--offset", type=click.IntRange(min=0), default=0, metavar="N", help="Number of results to skip [0].")
@portal_command
def search_resources(session: Session, *, queries: tuple[str, ...], limit: int, offset: int) -> None:
    """Search the resources of all datasets.

    With several FIELD:TEXT, all must match.

    \b
    tuckan resource search format:csv name:rain
    """
    with session.client() as ckan:
        found = ckan.resources.search(list(queries), limit=limit, offset=offset)
    rows = found.get("results", [])
    session.output.records(rows, columns=("id", "name", "format", "url"), ids="id")
    say(f"{len(rows):,} of {counted(found.get('count', 0), 'resource')}")


@click.group(cls=Group, more=_add_more)
def view() -> None:
    """Views of a resource."""


@view.command("list")
@click.argument("name", metavar="RESOURCE")
@portal_command
def list_views(session: Session, *, name: str) -> None:
    """List the views of a RESOURCE, by its id.

    \b
    tuckan view list RESOURCE-ID
    """
    with session.client() as ckan:
        session.output.records(ckan.views.list(name), columns=("id", "title", "view_type", "description"), ids="id")


@view.command("show")
@click.argument("name", metavar="ID")
@portal_command
def show_view(session: Session, *, name: str) -> None:
    """Show the view ID.

    \b
    tuckan view show VIEW-ID
    """
    with session.client() as ckan:
        session.output.record(ckan.views.get(name), ids="id")
