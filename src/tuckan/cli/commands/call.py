"""`tuckan call`."""

from __future__ import annotations

import json
from typing import IO, Any

import click

from tuckan.cli.arguments import parameters
from tuckan.cli.session import Session, talking


@click.command()
@click.argument("action")
@click.argument("arguments", nargs=-1, metavar="[KEY=TEXT | KEY:JSON | KEY@FILE]...")
@click.option("-i", "--input", "given", type=click.File("rb"), help="A file of JSON with the parameters; - for stdin.")
@talking
def call(session: Session, *, action: str, arguments: tuple[str, ...], given: IO[bytes] | None) -> None:
    """Call any ACTION of CKAN or of a plugin.

    \b
    tuckan call package_show id=rivers
    tuckan call package_search rows:5 facet.field:'["tags"]'
    tuckan call resource_create package_id=rivers name=Flow upload@flow.csv
    tuckan call package_create -i dataset.json
    tuckan call help_show name=package_search       what an action does and takes
    """
    values, files = parameters(arguments)
    with session.client() as ckan:
        found = ckan.call(action, {**(_json(given) if given else {}), **values}, files=files or None)
    output = session.output
    if isinstance(found, list) and output.form != "json":
        output.records(found)
    else:
        output.record(found)


def _json(file: IO[bytes]) -> dict[str, Any]:
    try:
        found = json.load(file)
    except (ValueError, RecursionError) as error:
        raise click.UsageError(f"{getattr(file, 'name', 'The input')} is no JSON: {error}.") from None
    if not isinstance(found, dict):
        raise click.UsageError(f"{getattr(file, 'name', 'The input')} must hold one object of parameters.")
    return found
