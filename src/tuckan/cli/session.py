"""What every command that talks to a portal shares: its options, the client, the output."""

from __future__ import annotations

import functools
import logging
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from tuckan.cli.output import FORMATS, Output

if TYPE_CHECKING:
    from collections.abc import Callable

    from tuckan.client import Client


@dataclass(frozen=True, slots=True)
class Session:
    """How to reach the portal, and how to show what it says.

    Attributes:
        output: where data goes.
    """

    output: Output
    url: str | None = None
    profile: str | None = None
    timeout: float = 60.0
    concurrency: int = 8
    anonymous: bool = False

    def client(self) -> Client:
        """A client of the portal that was named."""
        from tuckan.client import Client  # noqa: PLC0415 - `--help` needs none

        return Client(
            self.url,
            "" if self.anonymous else None,
            profile=self.profile,
            timeout=self.timeout,
            concurrency=self.concurrency,
        )


_OPTIONS = (
    click.option("--url", metavar="URL", help="The portal's address."),
    click.option("-p", "--profile", metavar="NAME", help="A saved portal; see `tuckan login`."),
    click.option("--anonymous", is_flag=True, help="Send no token, to see what anybody sees."),
    click.option(
        "--timeout",
        type=click.FloatRange(min=0, min_open=True),
        default=60.0,
        metavar="SECONDS",
        help="How long to wait for one answer [60].",
    ),
    click.option(
        "--concurrency", type=click.IntRange(min=1), default=8, metavar="N", help="Requests at once at most [8]."
    ),
)
_FORMAT = click.option(
    "-f",
    "--format",
    "form",
    type=click.Choice(FORMATS),
    help="How to write data; a table for people, JSON lines when piped.",
)
_VERBOSE = click.option("-v", "--verbose", count=True, help="Say on stderr what happens; twice for every detail.")


def speaking(function: Callable[..., Any]) -> Callable[..., Any]:
    """A command that shows something: it gets the options for that, and an `Output` as its first argument."""

    @_FORMAT
    @_VERBOSE
    @functools.wraps(function)
    def command(*args: Any, form: str | None, verbose: int, **options: Any) -> Any:
        _log_to_stderr(verbose)
        return function(Output(form), *args, **options)

    return command


def talking(function: Callable[..., Any]) -> Callable[..., Any]:
    """A command that talks to a portal: it gets the options for that, and a `Session` as its first argument."""

    @functools.wraps(function)
    def command(output: Output, *args: Any, **options: Any) -> Any:
        known = ("url", "profile", "timeout", "concurrency", "anonymous")
        session = Session(output, **{name: options.pop(name) for name in known})
        return function(session, *args, **options)

    for option in reversed(_OPTIONS):
        command = option(command)
    return speaking(command)


def _log_to_stderr(verbose: int) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(message)s", "%H:%M:%S"))
    log = logging.getLogger("tuckan")
    log.handlers[:] = [handler]
    log.setLevel((logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)])


def say(text: str) -> None:
    """Say something to the person, on stderr."""
    click.echo(text, err=True)
