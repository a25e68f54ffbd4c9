"""`tuckan resource` and `tuckan view`."""

from __future__ import annotations

import click

from tuckan.cli.commands import resource_writes
from tuckan.cli.commands.choosing import RESOURCE_COLUMNS
from tuckan.cli.commands.files import download_resource, upload
from tuckan.cli.session import Session, say, talking


@click.group()
def resource() -> None:
    """Files and links of a dataset."""


@resource.command("list")
@click.argument("dataset")
@talking
def list_resources(session: Session, *, dataset: str) -> None:
    """The resources of a DATASET."""
    with session.client() as ckan:
        found = ckan.resources.list(dataset)
    session.output.records(found, columns=RESOURCE_COLUMNS, ids="id")


@resource.command("show")
@click.argument("name", metavar="ID")
@talking
def show_resource(session: Session, *, name: str) -> None:
    """The resource with this ID."""
    with session.client() as ckan:
        session.output.record(ckan.resources.get(name), ids="id")


@resource.command("search")
@click.argument("queries", nargs=-1, required=True, metavar="FIELD:TEXT...")
@click.option("-n", "--limit", type=click.IntRange(min=0), default=20, metavar="N", help="Results at most [20].")
@click.option("--offset", type=click.IntRange(min=0), default=0, metavar="N", help="Results to pass over [0].")
@talking
def search_resources(session: Session, *, queries: tuple[str, ...], limit: int, offset: int) -> None:
    """Resources of any dataset whose fields hold some text; with several, all must hold.

    \b
    tuckan resource search format:csv name:rain
    """
    with session.client() as ckan:
        found = ckan.resources.search(list(queries), limit=limit, offset=offset)
    rows = found.get("results", [])
    session.output.records(rows, columns=("id", "name", "format", "url"), ids="id")
    say(f"{len(rows):,} of {found.get('count', 0):,} resources")


resource.add_command(upload)
resource.add_command(download_resource)


@click.group()
def view() -> None:
    """Views of a resource."""


@view.command("list")
@click.argument("name", metavar="RESOURCE")
@talking
def list_views(session: Session, *, name: str) -> None:
    """The views of a RESOURCE, by its id."""
    with session.client() as ckan:
        session.output.records(ckan.views.list(name), columns=("id", "title", "view_type", "description"), ids="id")


@view.command("show")
@click.argument("name", metavar="ID")
@talking
def show_view(session: Session, *, name: str) -> None:
    """The view with this ID."""
    with session.client() as ckan:
        session.output.record(ckan.views.get(name), ids="id")


for _command in resource_writes.OF_RESOURCES:
    resource.add_command(_command)
for _command in resource_writes.OF_VIEWS:
    view.add_command(_command)
