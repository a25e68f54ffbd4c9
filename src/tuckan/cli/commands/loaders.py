"""`tuckan datapusher` and `tuckan xloader`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tuckan.cli.session import Session, talking

if TYPE_CHECKING:
    from tuckan.client import Client

_COLUMNS = ("status", "last_updated", "error")


def _family(name: str, help_line: str) -> click.Group:
    """The commands of a loader, which are the same for both."""

    def loader(ckan: Client) -> Any:
        return getattr(ckan, name)

    group = click.Group(name, help=help_line)

    def show(session: Session, state: dict[str, Any]) -> None:
        if session.output.for_people:
            state = {key: state.get(key) for key in _COLUMNS} | {"log": _log(state)}
        session.output.record(state, ids="status")

    @group.command()
    @click.argument("resource")
    @click.option("--wait", is_flag=True, help="Wait until it is done.")
    @click.option("--only-changed", is_flag=True, help="Not when the file is the same as last time.")
    @talking
    def submit(session: Session, *, resource: str, wait: bool, only_changed: bool) -> None:
        """Have the file of RESOURCE (its id) loaded."""
        with session.client() as ckan:
            state = loader(ckan).submit(resource, ignore_hash=not only_changed)
            show(session, loader(ckan).wait(resource) if wait else state)

    @group.command()
    @click.argument("resource")
    @talking
    def status(session: Session, *, resource: str) -> None:
        """How far the loading of RESOURCE is, with its log."""
        with session.client() as ckan:
            show(session, loader(ckan).status(resource))

    @group.command()
    @click.argument("resource")
    @click.option("--for", "seconds", type=float, default=600.0, metavar="SECONDS", help="How long at most [600].")
    @talking
    def wait(session: Session, *, resource: str, seconds: float) -> None:
        """Wait until RESOURCE is loaded."""
        with session.client() as ckan:
            show(session, loader(ckan).wait(resource, timeout=seconds))

    return group


def _log(state: dict[str, Any]) -> str:
    entries = (state.get("task_info") or {}).get("logs") or []
    return "\n".join(str(one.get("message", "")) for one in entries[-8:] if isinstance(one, dict))


datapusher = _family("datapusher", "Load files into the DataStore with DataPusher.")
xloader = _family("xloader", "Load files into the DataStore with XLoader.")
