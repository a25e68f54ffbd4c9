"""The options that every command shares. They may stand before the command too, and count there for want of the same behind it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Decorated = TypeVar("Decorated", bound="Callable[..., Any]")

FORMATS = ("table", "json", "jsonl", "csv", "ids")
MOST_AT_ONCE = 64
LONGEST_WAIT = 86_400.0


class Seconds(click.ParamType[float]):
    """A time to wait: more than nothing, a day at most."""

    name = "seconds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number."""
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not 0 < number <= LONGEST_WAIT:
            self.fail(
                f"{value!r} is no time to wait: give seconds, more than 0 and {LONGEST_WAIT:.0f} at most.", param, ctx
            )
        return number


_PORTAL: tuple[Callable[[Any], Any], ...] = (
    click.option("-u", "--url", "--portal", metavar="URL", help="The portal's address."),
    click.option("-p", "--profile", metavar="NAME", help="A saved portal; see `tuckan login`."),
    click.option("--anonymous", is_flag=True, help="Send no token, to see what anybody sees."),
    click.option("--timeout", type=Seconds(), metavar="SECONDS", help="How long to wait for one answer [60]."),
    click.option(
        "--concurrency", type=click.IntRange(1, MOST_AT_ONCE), metavar="N", help="Requests at once at most [8]."
    ),
    click.option("--ca-file", metavar="FILE", help="Certificates (PEM) to trust in place of the system's."),
    click.option("--insecure", is_flag=True, help="Do not check the portal's certificate. Others may read along."),
)
_SHOWING: tuple[Callable[[Any], Any], ...] = (
    click.option(
        "-f",
        "--format",
        "form",
        type=click.Choice(FORMATS),
        help="How to write data; a table for people, JSON lines when piped.",
    ),
    click.option(
        "--csv-safe", is_flag=True, help="In CSV, write ' before texts that a spreadsheet would take for a formula."
    ),
    click.option("-v", "--verbose", count=True, help="Say on stderr what happens; twice for every detail."),
)
OF_THE_PORTAL = ("url", "profile", "anonymous", "timeout", "concurrency", "ca_file", "insecure")
OF_SHOWING = ("form", "csv_safe", "verbose")


def portal_options(function: Decorated) -> Decorated:
    """Give a command the options that name a portal and tell how to talk to it."""
    return _with(function, _PORTAL)


def showing_options(function: Decorated) -> Decorated:
    """Give a command `--format` and `--verbose`."""
    return _with(function, _SHOWING)


def _with(function: Decorated, options: tuple[Callable[[Any], Any], ...]) -> Decorated:
    for option in reversed(options):
        function = option(function)
    return function


def settled(given: Mapping[str, Any]) -> dict[str, Any]:
    """Options of a command, with those that stand before the command where it has none of its own.

    Args:
        given: the options' values; None, False and 0 are values that were not given.
    """
    for name in ("url", "profile"):
        if given.get(name) == "":
            # Most likely a variable that is not set; another portal in its place would be a bad surprise.
            raise click.UsageError(f"--{name} is empty.")
    context = click.get_current_context(silent=True)
    before: Mapping[str, Any] = (context.find_root().params if context else {}) or {}
    # A portal named behind the command is meant, whatever stands before it.
    named_here = bool(given.get("url") or given.get("profile"))
    return {
        name: value or (None if named_here and name in ("url", "profile") else before.get(name)) or value
        for name, value in given.items()
    }
