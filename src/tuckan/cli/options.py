"""The options that every command shares. They may also precede the command; options after it take precedence."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tuckan.cli import completion
from tuckan.cli.arguments import several_names
from tuckan.cli.command import COMMON, Option

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Decorated = TypeVar("Decorated", bound="Callable[..., Any]")

FORMATS = ("table", "json", "jsonl", "csv", "ids")
FORMATS_OF_FILES = ("json", "jsonl", "csv")
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


FILE_FORMAT = "--file-format"
_OUTPUT_FORMAT = "tuckan.output_format"


def _unambiguous(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Refuse `--format csv` where it could mean the files."""
    del param
    may_be_either = value in FORMATS_OF_FILES and any(FILE_FORMAT in one.opts for one in ctx.command.params)
    if may_be_either:
        raise click.UsageError(
            f"--format {value} may mean the files or the outcome: {FILE_FORMAT} {value} is about the files,"
            f" --output-format {value} about how the outcome is written.",
            ctx,
        )
    return value


def _kept(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
    del param
    ctx.meta[_OUTPUT_FORMAT] = value


def output_format() -> str | None:
    """What `--output-format` says, which commands have that have `--file-format`."""
    context = click.get_current_context(silent=True)
    return context.meta.get(_OUTPUT_FORMAT) if context else None


def file_format(name: str, help_line: str, *, multiple: bool = False) -> Callable[[Decorated], Decorated]:
    """The option for the format of files, with one for the output's that cannot be taken for it.

    Args:
        name: the argument's name.
        help_line: what it does.
        multiple: whether it may be repeated, or take several with commas.
    """

    def decorate(function: Decorated) -> Decorated:
        function = click.option(
            "--output-format",
            type=click.Choice(FORMATS),
            metavar="FORMAT",
            expose_value=False,
            callback=_kept,
            help="Output format, as --format in other commands.",
        )(function)
        callback = (lambda _ctx, _param, value: several_names(value)) if multiple else None
        return click.option(FILE_FORMAT, name, multiple=multiple, metavar="FORMAT", help=help_line, callback=callback)(
            function
        )

    return decorate


def fields_option(
    name: str, metavar: str, help_line: str, shell_complete: Any = None
) -> Callable[[Decorated], Decorated]:
    """The option `--field`, which may be repeated or take several names with commas."""
    return click.option(
        "--field",
        name,
        multiple=True,
        metavar=metavar,
        help=f"{help_line}; several with commas, or repeated.",
        shell_complete=shell_complete,
        callback=lambda _ctx, _param, value: several_names(value),
    )


def where_option(name: str, help_line: str) -> Callable[[Decorated], Decorated]:
    """The option `--where`, which chooses datasets by a query and may be repeated."""
    return click.option("--where", name, cls=Option, also=["--fq"], multiple=True, metavar="QUERY", help=help_line)


def offset_option(help_line: str) -> Callable[[Decorated], Decorated]:
    """The option that skips the first items: `start`, a number."""
    return click.option(
        "--offset",
        "start",
        cls=Option,
        also=["--start"],
        type=click.IntRange(min=0),
        default=0,
        metavar="N",
        help=help_line,
    )


def input_option(name: str, what: str) -> Callable[[Decorated], Decorated]:
    """The option that reads a file of JSON, opened, under a name."""
    return click.option(
        "-i",
        "--input",
        name,
        cls=Option,
        also=["-I"],
        metavar="FILE",
        type=click.File("rb"),
        help=f"A file of JSON with the {what}; - for stdin.",
    )


_common = functools.partial(click.option, cls=Option, section=COMMON)
_PORTAL: tuple[Callable[[Any], Any], ...] = (
    _common("-u", "--url", also=["--portal"], metavar="URL", help="The portal's address."),
    _common(
        "-p",
        "--profile",
        metavar="NAME",
        shell_complete=completion.profiles,
        help="A saved portal; see `tuckan login`.",
    ),
    _common("--anonymous", is_flag=True, help="Send no token; see what the public sees."),
    _common("--timeout", type=Seconds(), metavar="SECONDS", help="How long to wait for a response [60]."),
    _common(
        "--concurrency",
        type=click.IntRange(1, MOST_AT_ONCE),
        metavar="N",
        help="Maximum number of concurrent requests [8].",
    ),
    _common("--ca-file", metavar="FILE", help="CA certificates (PEM) to trust instead of the system's."),
    _common(
        "--insecure", is_flag=True, help="Do not verify the portal's certificate; the connection can be intercepted."
    ),
)
_SHOWING: tuple[Callable[[Any], Any], ...] = (
    _common(
        "-f",
        "--format",
        "form",
        type=click.Choice(FORMATS),
        metavar="FORMAT",
        callback=_unambiguous,
        help="Output format: table (default at a terminal), jsonl (default otherwise), json, csv or ids.",
    ),
    _common("--csv-safe", is_flag=True, help="In CSV, prefix text that a spreadsheet would run as a formula with '."),
    _common("-v", "--verbose", count=True, help="Log waits to stderr; -vv logs every request."),
)
OF_THE_PORTAL = ("url", "profile", "anonymous", "timeout", "concurrency", "ca_file", "insecure")
OF_SHOWING = ("form", "csv_safe", "verbose")


def portal_options(function: Decorated) -> Decorated:
    """Give a command the options that name a portal and tell how to talk to it."""
    return _with(function, _PORTAL)


def naming_options(function: Decorated) -> Decorated:
    """Add the options that name a portal to a command that does not use one."""
    return _with(function, _PORTAL[:2])


def showing_options(function: Decorated) -> Decorated:
    """Give a command `--format` and `--verbose`."""
    return _with(function, _SHOWING)


def _with(function: Decorated, options: tuple[Callable[[Any], Any], ...]) -> Decorated:
    for option in reversed(options):
        function = option(function)
    return function


def settled(given: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a command, with those before the command as defaults.

    Args:
        given: the options' values; None, False and 0 are values that were not given.
    """
    for name in ("url", "profile"):
        if given.get(name) == "":
            # Most likely a variable that is not set; another portal in its place would be a bad surprise.
            raise click.UsageError(f"--{name} is empty.")
    context = click.get_current_context(silent=True)
    before: Mapping[str, Any] = (context.find_root().params if context else {}) or {}
    # A portal named after the command takes precedence.
    named_here = bool(given.get("url") or given.get("profile"))
    return {
        name: value or (None if named_here and name in ("url", "profile") else before.get(name)) or value
        for name, value in given.items()
    }
