"""The one table from an exception to a sentence and an exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tuckan import errors

if TYPE_CHECKING:
    from tuckan.errors import TuckanError

FAILED, USAGE, CONFIGURATION, NOT_FOUND, PORTAL, INTERRUPTED = 1, 2, 3, 4, 5, 130

# The first that fits counts, so a kind stands before the kind it belongs to.
EXIT_CODES: tuple[tuple[type[TuckanError], int], ...] = (
    (errors.InvalidArgument, USAGE),
    (errors.ConfigurationError, CONFIGURATION),
    (errors.MissingDependency, CONFIGURATION),
    (errors.NotAuthorized, CONFIGURATION),
    (errors.NotFound, NOT_FOUND),
    (errors.ValidationError, FAILED),
    (errors.SearchError, USAGE),
    (errors.ActionNotFound, USAGE),
    (errors.Cancelled, FAILED),
    (errors.Incomplete, FAILED),
    (errors.PortalError, PORTAL),
    (errors.TransportError, PORTAL),
    (errors.SandboxError, PORTAL),
)


def exit_code(error: TuckanError) -> int:
    """The exit code for an error."""
    return next((code for kind, code in EXIT_CODES if isinstance(error, kind)), FAILED)


def explain(error: TuckanError) -> int:
    """Say what happened and what to do next, on stderr, and give the exit code."""
    click.secho(error.message, fg="red", err=True)
    if error.hint:
        click.echo(error.hint, err=True)
    return exit_code(error)
