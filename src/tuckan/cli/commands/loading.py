"""The bulk form of `tuckan datapusher submit` and `tuckan xloader submit`: many resources, as a job."""

from __future__ import annotations

import functools
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from tuckan.cli import completion, jobs
from tuckan.cli.failures import FAILED
from tuckan.cli.options import file_format
from tuckan.cli.session import say
from tuckan.jobs.loading import LOADABLE, NOT_AS_IT_SHOULD_BE, STATES

if TYPE_CHECKING:
    from collections.abc import Callable

    from tuckan.cli.session import Session
    from tuckan.client import Client

ANY = "any"

_WHICH = (
    click.option("--all", "everything", is_flag=True, help="The resources of all datasets."),
    click.option(
        "--dataset",
        "datasets",
        multiple=True,
        metavar="NAME",
        shell_complete=completion.datasets,
        help="The resources of this dataset; may be repeated.",
    ),
    click.option(
        "--organization",
        "organizations",
        multiple=True,
        metavar="NAME",
        shell_complete=completion.organizations,
        help="Only datasets of this organization.",
    ),
    click.option("--where", metavar="QUERY", help="The resources of datasets that match a query, such as tags:rain."),
    file_format("formats", f"Only these [{' '.join(LOADABLE)}]; several with commas, or repeated.", multiple=True),
)
_OPTIONS = (
    *_WHICH,
    click.option(
        "--state",
        "states",
        multiple=True,
        type=click.Choice([*STATES, ANY]),
        help=f"How they are now; may be repeated [{' '.join(NOT_AS_IT_SHOULD_BE)}].",
    ),
    click.option("--dry-run", is_flag=True, help="Show what would be loaded, when many are selected."),
    click.option("-y", "--yes", is_flag=True, help="Do not ask for confirmation."),
)
_TO_LOOK_AT = (
    *_WHICH,
    click.option(
        "--state",
        "states",
        multiple=True,
        type=click.Choice(STATES),
        help="Only resources with this status; may be repeated.",
    ),
)


@dataclass(frozen=True, slots=True)
class Choice:
    """Which resources are meant, and whether to ask."""

    everything: bool
    datasets: tuple[str, ...]
    organizations: tuple[str, ...]
    where: str | None
    formats: tuple[str, ...]
    states: tuple[str, ...]
    dry_run: bool = False
    yes: bool = False

    @property
    def given(self) -> bool:
        """Whether resources are chosen, rather than named."""
        return bool(self.everything or self.datasets or self.organizations or self.where is not None)

    @property
    def filters(self) -> dict[str, list[str]] | None:
        """The filters of datasets."""
        given = {"name": list(self.datasets), "organization": list(self.organizations)}
        return {name: values for name, values in given.items() if values} or None


def choosing_resources(function: Callable[..., Any]) -> Callable[..., Any]:
    """A command that chooses resources: it gets the choice as `choice`."""
    return _choosing(function, _OPTIONS, tuple(Choice.__dataclass_fields__))


def choosing_states(function: Callable[..., Any]) -> Callable[..., Any]:
    """A command that only reads resources: the same without the options of a change."""
    return _choosing(function, _TO_LOOK_AT, tuple(Choice.__dataclass_fields__)[:-2])


def _choosing(
    function: Callable[..., Any], options: tuple[Callable[[Any], Any], ...], names: tuple[str, ...]
) -> Callable[..., Any]:
    @functools.wraps(function)
    def command(*args: Any, **given: Any) -> Any:
        choice = Choice(**{name: given.pop(name) for name in names})
        return function(*args, choice=choice, **given)

    for option in reversed(options):
        command = option(command)
    return command


def require_datasets(ckan: Client, choice: Choice) -> Choice:
    """The choice, its datasets by their names.

    Raises:
        NotFound: when there is no such dataset; a search for it would only find nothing.
    """
    return replace(choice, datasets=tuple(str(ckan.datasets.get(one)["name"]) for one in choice.datasets))


def show_states(session: Session, loader: Any, choice: Choice, *, log: bool) -> None:
    """Show how far the resources that are chosen are, and their logs if they are wanted."""
    found = loader.status_all(
        fq=choice.where,
        filters=choice.filters,
        formats=choice.formats or LOADABLE,
        states=choice.states or STATES,
        include_private=True,
    )
    columns = ("id", "name", "dataset", "state", "last_updated", "error")
    if not session.output.for_people:
        session.output.records([{**one, "log": one["log"] if log else None} for one in found], ids="id")
        return
    session.output.records(found, columns=columns, ids="id")
    counted = Counter(one["state"] for one in found)
    for one in found if log else ():
        say(f"{one['name'] or one['id']} of {one['dataset']}:")
        for line in one["log"]:
            say(f"  {line}")
    say(", ".join(f"{number:,} {state}" for state, number in sorted(counted.items())) + "." if found else "none.")


def submit_chosen(loader: Any, choice: Choice, *, wait: bool, only_changed: bool) -> int:
    """Load the resources that are chosen, as a job.

    Args:
        loader: the client's `datapusher` or `xloader`.
        choice: which resources.
        wait: wait for the end of each.
        only_changed: not when a file is the same as last time.

    Returns:
        The exit code.
    """
    how = {} if wait else {"wait": None}
    job = loader.submit_all(
        fq=choice.where,
        filters=choice.filters,
        everything=choice.everything,
        include_private=True,
        formats=choice.formats or LOADABLE,
        states=STATES if ANY in choice.states else choice.states or NOT_AS_IT_SHOULD_BE,
        ignore_hash=not only_changed,
        dry_run=choice.dry_run,
        **how,
    )
    with jobs.planned(job):
        if choice.dry_run:
            jobs.show_plan(job, everything=True)
            say("Nothing was sent.")
            return FAILED if job.plan().refused else 0
        return jobs.run(job, yes=choice.yes, question="Load them?")
