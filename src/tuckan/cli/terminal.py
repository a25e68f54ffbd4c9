"""What people read on a terminal: sentences on stderr, questions, and text that cannot play tricks with the screen."""

from __future__ import annotations

import os
import sys

import click

from tuckan._text import printable
from tuckan.errors import Cancelled


def say(text: str, *, color: str | None = None) -> None:
    """Say something to the person, on stderr."""
    if sys.stdout is not None and not sys.stdout.closed:
        sys.stdout.flush()  # on a terminal, what was written first is read first
    if sys.stderr is not None:
        text = printable(text)
        click.echo(click.style(text, fg=color) if color and "NO_COLOR" not in os.environ else text, err=True)


def ask(question: str, *, otherwise: str, hidden: bool = False) -> str:
    """Ask on stderr, and give the answer; without a terminal it is the next line of standard input.

    Args:
        question: what to ask.
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


def require_consent(question: str) -> None:
    """Go on only when the person says yes.

    Raises:
        Cancelled: when they do not.
    """
    if not confirmed(question):
        raise Cancelled("Nothing was changed.")


def require_phrase(phrase: str, given: str | None) -> None:
    """Go on only when a phrase was typed, or given by a script with `--confirm`.

    Args:
        phrase: what must be typed.
        given: what `--confirm` holds.

    Raises:
        Cancelled: when it is something else, or nothing.
    """
    advice = f"Type {phrase} to go on; a script gives --confirm '{phrase}'. --yes alone is not enough for everything."
    answer = ask(f"Type {phrase} to go on:", otherwise=advice) if given is None else given.strip()
    if answer != phrase:
        raise Cancelled("Nothing was changed: this is about everything, and it was not confirmed.", hint=advice)
