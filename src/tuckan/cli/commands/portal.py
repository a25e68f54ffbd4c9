"""`tuckan status` and `tuckan whoami`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from tuckan.cli.command import Command
from tuckan.cli.session import Session, portal_command
from tuckan.shapes import without_secrets

_PERSON = ("name", "fullname", "email", "sysadmin", "state", "created", "last_active")


@click.command(cls=Command)
@portal_command
def status(session: Session) -> None:
    """Version, features and limits of a portal, and your user there.

    \b
    tuckan status --url https://example.org
    tuckan status --profile sandbox --format json
    """
    with session.client() as ckan:
        portal = ckan.portal.status()
        able = asdict(ckan.portal.capabilities())
    found: dict[str, Any] = {"url": ckan.base_url, "title": portal.get("site_title"), **able}
    if session.output.for_people:
        found = _for_people(found)
    session.output.record(found)


@click.command(cls=Command)
@portal_command
def whoami(session: Session) -> None:
    """Show the user whose token is in use.

    The exit code is 3 when there is no token, or the portal does not know it.

    \b
    tuckan whoami
    tuckan whoami --profile sandbox --format json
    """
    with session.client() as ckan:
        found = without_secrets(ckan.portal.whoami())
        address = ckan.base_url
    if session.output.for_people:
        found = {**{name: found[name] for name in _PERSON if name in found}, "portal": address}
    session.output.record(found)


def _for_people(found: dict[str, Any]) -> dict[str, Any]:
    def known(value: object, otherwise: str) -> object:
        return otherwise if value is None else value

    return {
        "portal": f"{found['title'] or '(no title)'}  {found['url']}",
        "CKAN": known(found["version"], "hidden"),
        "you are": f"{found['user']}{' (system administrator)' if found['sysadmin'] else ''}"
        if found["user"]
        else "anonymous: no token was given",
        "token in": known(found["token_header"], "-"),
        "datasets at once": known(found["rows_max"], "all it has"),
        "rows at once": known(found["datastore_rows_max"], "unknown") if found["datastore"] else "no DataStore",
        "SQL": "yes" if found["datastore_sql"] else "switched off",
        "loaders": ", ".join(_words(found["loader"])) or "none",
        "activities": "yes" if found["activities"] else "no",
        "extensions": ", ".join(_words(found["extensions"])),
        **({"found out": "; ".join(_words(found["limitations"]))} if found["limitations"] else {}),
    }


def _words(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, (list, tuple)) else []
