"""Shared by commands: the connection to the portal, and the output."""

from __future__ import annotations

import contextlib
import functools
import logging
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tuckan._text import did_you_mean, printable
from tuckan.cli.options import OF_SHOWING, OF_THE_PORTAL, output_format, portal_options, settled, showing_options
from tuckan.cli.output import Output
from tuckan.cli.terminal import person_watches, say
from tuckan.errors import PortalError, TuckanError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tuckan.client import Client

__all__ = ["Session", "output_command", "place", "portal_command", "say"]

TIMEOUT = 60.0
CONCURRENCY = 8
ATTEMPTS_WATCHED = 3
"""How often a portal that has not answered yet is asked while a person waits for it."""


@dataclass(frozen=True, slots=True)
class Session:
    """The connection to the portal, and the output options.

    Attributes:
        output: where data goes.
    """

    output: Output
    url: str | None = None
    profile: str | None = None
    anonymous: bool = False
    timeout: float | None = None
    concurrency: int | None = None
    ca_file: str | None = None
    insecure: bool = False

    def client(self, url: str | None = None, token: str | None = None) -> Client:
        """A client of the portal that was named.

        Args:
            url: another address, for a portal that is not saved yet.
            token: its token.
        """
        from tuckan.client import Client  # noqa: PLC0415 - `--help` needs none
        from tuckan.client.logs import ENDS_OF_LOGS  # noqa: PLC0415
        from tuckan.concurrency.progress import SCREEN  # noqa: PLC0415
        from tuckan.wire.retry import RetryPolicy  # noqa: PLC0415

        SCREEN.start(for_lines=self.output.lines_on_screen)
        client = Client(
            url or self.url,
            "" if self.anonymous else token,
            profile=None if url else self.profile,
            timeout=self.timeout or TIMEOUT,
            concurrency=self.concurrency or CONCURRENCY,
            retries=RetryPolicy(attempts_to_reach=ATTEMPTS_WATCHED if person_watches() else None),
            verify=False if self.insecure else self.ca_file or True,
        )
        if "://127.0.0.1" in client.base_url:
            ENDS_OF_LOGS[client.base_url] = functools.partial(_end_of_log, client.base_url)
        return client


def _end_of_log(url: str) -> str:
    """What the sandbox at an address has in its log, if one is there."""
    from tuckan.sandbox.failing import end_of_log_at  # noqa: PLC0415 - hardly any portal is on this machine

    return end_of_log_at(url)


def place(ckan: Client) -> str:
    """A portal in words: its address, and the profile that names it."""
    profile = ckan.settings.profile
    return ckan.base_url + (f" (profile {profile})" if profile else "")


def output_command(function: Callable[..., Any]) -> Callable[..., Any]:
    """A command that shows something: it gets the options for that, and an `Output` as its first argument."""

    @showing_options
    @functools.wraps(function)
    def command(*args: Any, **options: Any) -> Any:
        given = {name: options.pop(name) for name in OF_SHOWING}
        showing = settled({**given, "form": output_format() or given["form"]})
        _log_to_stderr(showing["verbose"])
        return function(Output(showing["form"], csv_safe=showing["csv_safe"]), *args, **options)

    return command


def portal_command(function: Callable[..., Any]) -> Callable[..., Any]:
    """A command that talks to a portal: it gets the options for that, and a `Session` as its first argument."""

    @functools.wraps(function)
    def command(output: Output, *args: Any, **options: Any) -> Any:
        session = Session(output, **settled({name: options.pop(name) for name in OF_THE_PORTAL}))
        try:
            return function(session, *args, **options)
        except PortalError as error:
            if error.unknown and not _STDIN & {one for value in options.values() for one in _texts(value)}:
                _suggest(session, *error.unknown, error)
            raise

    return output_command(portal_options(command))


_STDIN = frozenset({"-"})


def _texts(value: Any) -> Iterable[str]:
    return [value] if isinstance(value, str) else value if isinstance(value, tuple) else ()


def _suggest(session: Session, kind: str, name: str, error: PortalError) -> None:
    """Add the names that may have been meant to an error about one that the portal does not know: one more question."""
    if kind == "view":
        return  # which has an id alone
    if kind == "resource":
        kind, (name, slash, _) = "dataset", name.partition("/")
        if not slash:
            return  # an id, which resembles nothing
    from tuckan.wire.finding import asking_for_names, names_in  # noqa: PLC0415 - only where a name is not known

    with contextlib.suppress(TuckanError), session.client() as ckan:
        asking = asking_for_names(kind, name)
        known = names_in(ckan.call(asking.action, asking.params))
        if name not in known and (near := did_you_mean(name, known)):
            error.hint = f"{near} " + error.hint


class _Printable(logging.Formatter):
    """Log lines whose text came from a portal, and may hold anything."""

    def format(self, record: logging.LogRecord) -> str:
        return printable(super().format(record))


def _log_to_stderr(verbose: int) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Printable("%(asctime)s %(name)s %(message)s", "%H:%M:%S"))
    log = logging.getLogger("tuckan")
    log.handlers[:] = [handler]
    log.setLevel((logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)])
