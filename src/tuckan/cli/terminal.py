"""What people read on a terminal: sentences on stderr, questions, and text that cannot play tricks with the screen."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from tuckan._text import printable
from tuckan.errors import Cancelled

if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import TextIO

    from tuckan.client import Client


def say(text: str, *, color: str | None = None) -> None:
    """Say something to the person, on stderr."""
    text = printable(text)
    write_line(click.style(text, fg=color) if color and "NO_COLOR" not in os.environ else text)


def person_watches() -> bool:
    """Whether stderr is a terminal."""
    return sys.stderr is not None and sys.stderr.isatty()


def write_line(line: str) -> None:
    """Write an already printable line to stderr; continue even if nothing reads it any more."""
    with reader_may_leave(sys.stdout):
        pass  # keep the order of stdout and stderr on a terminal
    with saying():
        click.echo(line, err=True)


@contextmanager
def saying() -> Generator[None]:
    """Write to stderr, ignoring errors if it is closed, full or has no reader."""
    try:
        yield
        if sys.stderr is not None:
            sys.stderr.flush()
    except (OSError, ValueError):
        discard(sys.stderr)


@contextmanager
def reader_may_leave(stream: TextIO | None) -> Generator[None]:
    """Write to a stream; when whoever read it is gone, what else is written there goes nowhere, and no error comes of it."""
    try:
        yield
        if stream is not None and not stream.closed:
            stream.flush()
    except BrokenPipeError:
        discard(stream)


def discard(stream: TextIO | None) -> None:
    """Discard the buffered output of a closed stream silently."""
    try:
        if stream is not None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    except (OSError, ValueError):
        return


def ask(question: str, *, otherwise: str, hidden: bool = False) -> str:
    """Ask on stderr, and give the answer; without a terminal it is the next line of standard input.

    Args:
        question: the question to ask.
        otherwise: what to do where there is no terminal, in a sentence.
        hidden: do not show what is typed.

    Raises:
        Cancelled: when there is no answer to be had.
    """
    if sys.stdin is not None and sys.stdin.isatty():
        try:
            answer = click.prompt(printable(question), default="", show_default=False, hide_input=hidden, err=True)
        except click.Abort as error:
            if isinstance(error.__context__, EOFError):  # Ctrl-D, which is no Ctrl-C
                raise Cancelled("No answer was given.", hint=otherwise) from None
            raise
        return str(answer).strip()
    say(question)
    line = sys.stdin.readline() if sys.stdin is not None else ""
    if not line:
        raise Cancelled("There is no terminal to ask on.", hint=otherwise)
    return line.strip()


def confirmed(question: str) -> bool:
    """Whether the person says yes."""
    return ask(f"{question} [y/N]", otherwise="In a script, add --yes.").lower() in ("y", "yes")


def require_consent(question: str, refusal: str = "Nothing was changed.") -> None:
    """Go on only when the person says yes.

    Args:
        question: the question to ask.
        refusal: what to say when they do not.

    Raises:
        Cancelled: when they do not.
    """
    if not confirmed(question):
        raise Cancelled(refusal, hint="Answer y to continue, or add --yes.")


def require_phrase(phrase: str, given: str | None, whole: str, *, yes_suffices: bool = False) -> None:
    """Go on only when a phrase was typed, or given by a script with `--confirm`.

    Args:
        phrase: what must be typed.
        given: what `--confirm` holds.
        whole: what all of is changed: the portal, or an organization on it.
        yes_suffices: whether a script may give `--yes` alone.

    Raises:
        Cancelled: when it is something else, or nothing.
    """
    alone = "or --yes." if yes_suffices else "--yes alone is not enough here."
    advice = (
        f"Type {phrase} to continue; in a script, pass --confirm '{phrase}'" + (", " if yes_suffices else ". ") + alone
    )
    answer = ask(f"Type {phrase} to go on with all of {whole}:", otherwise=advice) if given is None else given.strip()
    if answer != phrase:
        raise Cancelled(f"Nothing was changed: this is about all of {whole}, and it was not confirmed.", hint=advice)


web_option = click.option("--web", is_flag=True, help="Open its page in a browser and print the address.")


def open_page(ckan: Client, *path: str) -> None:
    """Print the address of a page of the portal, and open it where a person watches.

    Args:
        ckan: the portal.
        path: the parts of the page's path, such as `dataset` and `rivers`.
    """
    from urllib.parse import quote  # noqa: PLC0415 - `--help` needs none

    address = "/".join([ckan.base_url.rstrip("/"), *(quote(part, safe="") for part in path)])
    click.echo(address)
    if sys.stdout is not None and sys.stdout.isatty() and click.launch(address) != 0:
        say("Could not open a browser; open the address yourself.")
