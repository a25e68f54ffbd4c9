"""`tuckan call`."""

from __future__ import annotations

import json
from typing import IO, TYPE_CHECKING, Any

import click

from tuckan.actions import mistakes
from tuckan.cli.arguments import parameters
from tuckan.cli.session import Session, talking

if TYPE_CHECKING:
    from collections.abc import Iterable


@click.command()
@click.argument("action")
@click.argument("arguments", nargs=-1, metavar="[KEY=TEXT | KEY:JSON | KEY@FILE]...")
@click.option("-i", "--input", "given", type=click.File("rb"), help="A file of JSON with the parameters; - for stdin.")
@click.option("--no-check", is_flag=True, help="Send it as it is, though we know of a mistake in it.")
@talking
def call(session: Session, *, action: str, arguments: tuple[str, ...], given: IO[bytes] | None, no_check: bool) -> None:
    """Call any ACTION of CKAN or of a plugin.

    Names of parameters are checked before anything is sent; `tuckan actions ACTION` shows them. An action that only the
    portal knows, such as a plugin's, is sent as it is.

    \b
    tuckan call package_show id=rivers
    tuckan call package_search rows:5 facet.field:'["tags"]'
    tuckan call resource_create package_id=rivers name=Flow upload@flow.csv
    tuckan call package_create -i dataset.json
    """
    values, files = parameters(arguments)
    params = {**(_json(given) if given else {}), **values}
    if not no_check:
        _check(action, params, files)
    with session.client() as ckan:
        found = ckan.call(action, params, files=files or None)
    output = session.output
    if isinstance(found, list) and output.form != "json":
        output.records(found)
    else:
        output.record(found)


def _check(action: str, params: dict[str, Any], files: Iterable[str]) -> None:
    found = mistakes(action, params, files)
    if found:
        listed = "\n".join(found)
        raise click.UsageError(
            f"{listed}\n`tuckan actions {action}` shows what it takes; --no-check sends it all the same."
        )


def _json(file: IO[bytes]) -> dict[str, Any]:
    try:
        found = json.load(file)
    except (ValueError, RecursionError) as error:
        raise click.UsageError(f"{getattr(file, 'name', 'The input')} is no JSON: {error}.") from None
    if not isinstance(found, dict):
        raise click.UsageError(f"{getattr(file, 'name', 'The input')} must hold one object of parameters.")
    return found
