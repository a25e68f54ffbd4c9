"""`tuckan call`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from tuckan._text import printable
from tuckan.actions import mistakes
from tuckan.cli import completion
from tuckan.cli.arguments import parameters
from tuckan.cli.command import Command
from tuckan.cli.options import input_option
from tuckan.cli.session import Session, portal_command, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tuckan.cli.output import Output
    from tuckan.shapes import Response

_METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
_IN_QUERY = ("GET", "HEAD", "OPTIONS", "DELETE")
"""Methods that send parameters in the query instead of a body."""


@click.command(cls=Command)
@click.argument("action", required=False, shell_complete=completion.actions)
@click.argument("arguments", nargs=-1, metavar="[KEY=TEXT | KEY:JSON | KEY@FILE]...")
@input_option("given", "parameters")
@click.option("--no-check", is_flag=True, help="Send the parameters without checking them.")
@click.option("--path", metavar="PATH", help="A route of the portal instead of an action, such as /api/util/status.")
@click.option("-X", "--method", type=click.Choice(_METHODS, case_sensitive=False), help="The HTTP method of --path.")
@click.option("--data", metavar="TEXT | @FILE | -", help="The request body for --path.")
@click.option("-H", "--header", "headers", multiple=True, metavar="NAME:VALUE", help="A request header for --path.")
@portal_command
def call(
    session: Session,
    *,
    action: str | None,
    arguments: tuple[str, ...],
    given: IO[bytes] | None,
    no_check: bool,
    **route: Any,
) -> None:
    """Call any ACTION of CKAN or of a plugin, or any other route of the portal.

    Parameter names are checked before anything is sent; `tuckan actions ACTION` shows them. Actions that tuckan
    does not know, such as a plugin's, are sent unchecked.

    With --path the request goes to that path on the portal's own host. GET, HEAD, OPTIONS and DELETE send
    parameters in the query string; other methods send JSON, or a form if there are files.

    \b
    tuckan call package_show id=rivers
    tuckan call package_search rows:5 facet.field:'["tags"]'
    tuckan call resource_create package_id=rivers name=Flow upload@flow.csv
    tuckan call package_create -i dataset.json
    tuckan call --path /api/util/tag/autocomplete incomplete=wat
    tuckan call --path /api/measurements -X POST --data '{"river": "Rhine"}'
    """
    if route["path"] is not None:
        words = ((action,) if action is not None else ()) + arguments
        _request(session, words, _json(given) if given else {}, **route)
        return
    if action is None:
        raise click.UsageError("Give the name of an action, or --path. `tuckan actions` lists the actions.")
    if extra := [name for name, value in route.items() if value]:
        raise click.UsageError(f"--{extra[0].rstrip('s')} requires --path; it cannot be used with an action.")
    values, files = parameters(arguments)
    params = {**(_json(given) if given else {}), **values}
    if not no_check:
        _check(action, params, files)
    with session.client() as ckan:
        found = ckan.call(action, params, files=files or None)
    _write(session.output, found)


def _request(
    session: Session,
    arguments: tuple[str, ...],
    given: dict[str, Any],
    *,
    path: str,
    method: str | None,
    data: str | None,
    headers: tuple[str, ...],
) -> None:
    """Request a route, and show the response."""
    values, files = parameters(arguments)
    params = {**given, **values}
    if data is not None and files:
        raise click.UsageError("--data is the whole body: leave out the files, or give fields as KEY=TEXT.")
    verb = (method or ("POST" if data is not None or files or given else "GET")).upper()
    own = dict(_header(one) for one in headers)
    sent: dict[str, Any] = {}
    if data is not None:
        sent["data"] = _body(data)
        if not any(name.lower() == "content-type" for name in own):
            own["Content-Type"] = "application/json" if _is_json(sent["data"]) else "text/plain; charset=utf-8"
    elif files:
        sent |= {"data": params, "files": files}
    elif verb not in _IN_QUERY:
        sent["json"] = params
    query = params if data is not None or not sent else None
    with session.client() as ckan:
        answer = ckan.request(verb, path, params=query, headers=own, **sent)
    _show(session.output, answer, verb)


def _header(given: str) -> tuple[str, str]:
    name, mark, value = given.partition(":")
    if not mark:
        raise click.UsageError(f"The header {name[:40]!r} has no value: give NAME:VALUE.")
    return name.strip(), value.strip()


def _body(given: str) -> bytes:
    if given == "-":
        return sys.stdin.buffer.read()
    return Path(given[1:]).expanduser().read_bytes() if given.startswith("@") else given.encode()


def _is_json(data: bytes) -> bool:
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return False
    return True


def _show(output: Output, answer: Response, verb: str) -> None:
    """Write the body of a response: JSON in the requested format, anything else unchanged."""
    if verb == "HEAD":
        output.record({"status": answer.status, **answer.headers})
        return
    if 300 <= answer.status < 400:
        say(f"The portal redirects to {answer.headers.get('location', 'nowhere')} (status {answer.status}).")
    if "json" in answer.headers.get("content-type", "").partition(";")[0].lower() and answer.content.strip():
        _write(output, answer.json())
    elif not answer.content:
        say(f"The answer is empty (status {answer.status}).")
    elif not sys.stdout.isatty():
        sys.stdout.flush()
        sys.stdout.buffer.write(answer.content)
    elif b"\0" in answer.content:
        say(f"{len(answer.content):,} bytes that are not text; write them to a file with > FILE.")
    else:
        click.echo(printable(answer.text))


def _write(output: Output, found: Any) -> None:
    if isinstance(found, list) and output.form != "json":
        output.records(found)
    else:
        output.record(found)


def _check(action: str, params: Mapping[str, Any], files: Iterable[str]) -> None:
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
