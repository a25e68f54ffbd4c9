"""The one table from an exception to a sentence and an exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuckan import errors
from tuckan.cli.terminal import say

if TYPE_CHECKING:
    from tuckan.errors import TuckanError

FAILED, USAGE, CONFIGURATION, NOT_FOUND, PORTAL, BELOW, INTERRUPTED = 1, 2, 3, 4, 5, 10, 130

MEANINGS = {
    0: "done",
    FAILED: "some operations failed",
    USAGE: "usage",
    CONFIGURATION: "configuration or not authorized",
    NOT_FOUND: "not found",
    PORTAL: "the portal or the network",
    BELOW: "a condition of `audit --fail-on` is met",
    INTERRUPTED: "interrupted",
}
"""What each exit code says, for the overview and the reference."""

# The first match counts, so a subclass comes before its base class.
EXIT_CODES: tuple[tuple[type[TuckanError], int], ...] = (
    (errors.InvalidArgument, USAGE),
    (errors.CannotWrite, FAILED),
    (errors.ConfigurationError, CONFIGURATION),
    (errors.MissingDependency, CONFIGURATION),
    (errors.NotAuthorized, CONFIGURATION),
    (errors.NotFound, NOT_FOUND),
    (errors.ValidationError, FAILED),
    (errors.SearchError, USAGE),
    (errors.ActionNotFound, USAGE),
    (errors.Cancelled, FAILED),
    (errors.ClientClosed, FAILED),
    (errors.Incomplete, FAILED),
    (errors.NotKept, FAILED),
    (errors.DoesNotFit, FAILED),
    (errors.FileChanged, FAILED),
    (errors.NotTheFile, FAILED),
    (errors.PortalError, PORTAL),
    (errors.TransportError, PORTAL),
    (errors.SandboxError, PORTAL),
)


def exit_code(error: TuckanError) -> int:
    """The exit code for an error."""
    return next((code for kind, code in EXIT_CODES if isinstance(error, kind)), FAILED)


def explain(error: TuckanError) -> int:
    """Report what happened and what to do next on stderr, and return the exit code."""
    say(error.message, color="red")
    if portal := errors.portal_line(error):
        say(portal)
    if error.hint:
        say(errors.for_shell(error.hint))
    if error.log:
        say(error.log)
    return exit_code(error)
