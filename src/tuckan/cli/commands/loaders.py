"""`tuckan datapusher` and `tuckan xloader`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from tuckan._text import counted
from tuckan.cli.arguments import given_lines
from tuckan.cli.command import Group
from tuckan.cli.commands.loading import (
    Choice,
    choosing_resources,
    choosing_states,
    require_datasets,
    show_states,
    submit_chosen,
)
from tuckan.cli.failures import FAILED
from tuckan.cli.options import Seconds
from tuckan.cli.session import Session, portal_command, say
from tuckan.errors import ActionNotFound, InvalidToken, NotCKAN, PortalError, Timeout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tuckan.client import Client

_COLUMNS = ("status", "last_updated", "error")
FAILED_TO_LOAD = "failed"


def _family(name: str, help_line: str) -> Group:
    """The commands of a loader, which are the same for both."""

    def loader(ckan: Client) -> Any:
        return getattr(ckan, name)

    group = Group(name, help=help_line)
    _add_submit(group, loader)
    _add_status(group, loader)
    group.name_kind(name)
    return group


def _add_submit(group: Group, loader: Callable[[Client], Any]) -> None:
    @group.command()
    @click.argument("resources", nargs=-1, metavar="[RESOURCE]...")
    @click.option("--wait", is_flag=True, help="Wait until loading has finished.")
    @click.option("--only-changed", is_flag=True, help="Skip files that have not changed since they were last loaded.")
    @choosing_resources
    @portal_command
    def submit(session: Session, *, resources: tuple[str, ...], wait: bool, only_changed: bool, choice: Choice) -> int:
        """Load the file of each RESOURCE into the DataStore.

        Use - to read ids from standard input. Each resource has its own outcome, and the exit code is 1 if any failed. With --all, --dataset,
        --organization or --where it runs as a job: resources that were never loaded, failed, or are older than
        their file are listed, and after you confirm, loaded and verified; `tuckan job resume` continues it.

        \b
        tuckan KIND submit RESOURCE-ID --wait
        tuckan KIND submit --all --dry-run
        tuckan KIND submit --organization city --file-format csv --wait
        """
        if choice.given == bool(resources):
            raise click.UsageError("Name resources, or select them: --all, --dataset, --organization or --where.")
        with session.client() as ckan:
            if choice.given:
                choice = require_datasets(ckan, choice)
                return submit_chosen(loader(ckan), choice, wait=wait, only_changed=only_changed)
            if len(resources) > 1 or "-" in resources:
                outcomes = _outcomes(loader(ckan), given_lines(resources), wait=wait, only_changed=only_changed)
                return _show_outcomes(session, outcomes)
            resource = "".join(resources)
            state = loader(ckan).submit(resource, ignore_hash=not only_changed)
            _show(session, loader(ckan).wait(resource) if wait else state)
        return 0


def _add_status(group: Group, loader: Callable[[Client], Any]) -> None:
    @group.command()
    @click.argument("resource", required=False)
    @click.option("--log", is_flag=True, help="Include the log of each, when many are shown.")
    @choosing_states
    @portal_command
    def status(session: Session, *, resource: str | None, log: bool, choice: Choice) -> None:
        """Show the loading status of one RESOURCE, or of many.

        A single resource is shown with its log.

        \b
        tuckan KIND status RESOURCE-ID
        tuckan KIND status --all --state failed --log
        """
        if choice.given == bool(resource):
            raise click.UsageError("Name resources, or select them: --all, --dataset, --organization or --where.")
        with session.client() as ckan:
            if choice.given:
                show_states(session, loader(ckan), require_datasets(ckan, choice), log=log)
            else:
                _show(session, loader(ckan).status(str(resource)))

    @group.command()
    @click.argument("resource")
    @click.option(
        "--for", "seconds", type=Seconds(), default=600.0, metavar="SECONDS", help="Maximum time to wait [600]."
    )
    @portal_command
    def wait(session: Session, *, resource: str, seconds: float) -> None:
        """Wait until RESOURCE is loaded.

        \b
        tuckan KIND wait RESOURCE-ID --for 120
        """
        with session.client() as ckan:
            _show(session, loader(ckan).wait(resource, timeout=seconds))


def _show(session: Session, state: dict[str, Any]) -> None:
    if not session.output.for_people:
        session.output.record(state, ids="status")
        return
    from tuckan.cli.tables import in_lines  # noqa: PLC0415 - tables alone need rich

    session.output.record({key: state[key] for key in _COLUMNS if state.get(key)})
    for message in _log(state):
        say(in_lines(f"  {message}"))


def _outcomes(loader: Any, resources: list[str], *, wait: bool, only_changed: bool) -> Iterator[dict[str, Any]]:
    """One outcome for each resource. All are submitted before the first is waited for, so that they load side by side."""
    submitted = [(one, _attempt(partial(loader.submit, one, ignore_hash=not only_changed))) for one in resources]
    for one, state in submitted:
        ended = _attempt(partial(loader.wait, one)) if wait and state["status"] != FAILED_TO_LOAD else state
        yield {"resource": one, **ended}


def _attempt(step: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What became of a step. What would befall every other resource too is not caught."""
    try:
        return {"status": step().get("status"), "reason": ""}
    except (ActionNotFound, NotCKAN, InvalidToken):
        raise
    except (PortalError, Timeout) as error:
        return {"status": FAILED_TO_LOAD, "reason": error.message}


def _show_outcomes(session: Session, outcomes: Iterator[dict[str, Any]]) -> int:
    failed = 0

    def seen() -> Iterator[dict[str, Any]]:
        nonlocal failed
        for one in outcomes:
            failed += one["status"] == FAILED_TO_LOAD
            yield one

    number = session.output.records(seen(), columns=("resource", "status", "reason"), ids="resource")
    say(f"{counted(number, 'resource')}, {failed:,} failed.")
    return FAILED if failed else 0


def _log(state: dict[str, Any]) -> list[str]:
    entries = (state.get("task_info") or {}).get("logs") or []
    return [str(one.get("message", "")) for one in entries[-8:] if isinstance(one, dict)]


datapusher = _family("datapusher", "Load files into the DataStore with DataPusher.")
xloader = _family("xloader", "Load files into the DataStore with XLoader.")
