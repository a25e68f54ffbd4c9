"""The one table from an exception to a sentence and an exit code."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tuckan import errors
from tuckan.cli.terminal import say

if TYPE_CHECKING:
    from tuckan.errors import TuckanError

FAILED, USAGE, CONFIGURATION, NOT_FOUND, PORTAL, INTERRUPTED = 1, 2, 3, 4, 5, 130

MEANINGS = {
    0: "done",
    FAILED: "some operations failed",
    USAGE: "usage",
    CONFIGURATION: "configuration or not authorized",
    NOT_FOUND: "not found",
    PORTAL: "the portal or the network",
    INTERRUPTED: "interrupted",
}
"""What each exit code says, for the overview and the reference."""

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

# Hints are written for people who write Python; these say the same to people at a shell.
_AT_A_SHELL = (
    (r"mapping=\{'([^']*)': (?:'([^']*)'|None)\}", r"--map '\1=\2'"),
    (r"extras=True", "--extras"),
    (r"(?:pass |use )?base_url='([^']*)'", r"give --url \1"),
    (r"pass token=\.\.\.", "log in: tuckan login NAME"),
    (r"timeout=\.\.\. \(seconds\)", "--timeout SECONDS"),
    (r"lower `concurrency`", "lower --concurrency"),
    (r"query\(\.\.\.\) in place of sql\(\.\.\.\)", "tuckan datastore sql --here ..."),
    (r"types=\{'(.*)': 'text'\}", r"--type '\1=text'"),
    (r"with require_complete=False", "with --allow-incomplete"),
    (r" with id= of that resource", " with --id and that resource's id"),
    (r", or True for the system's own", ""),
    (r"; a proxy that asks for them can be given `headers=`", ""),
    (
        r"organizations\.mine\('create_dataset'\) lists (yours|those where you may)",
        r"`tuckan organization list --mine` lists \1",
    ),
    (
        r"with datasets\.delete_many\(organization='([^']*)', confirm=\.\.\.\)",
        r"with `tuckan dataset delete --organization \1`",
    ),
    (r"use upsert to change", "use `tuckan dataset upsert` to change"),
    (r"or pass overwrite=True", "or add --overwrite"),
    (r"Pass with_tags=True", "Add --with-tags"),
    (r"`resources\.list\(dataset\)` shows", "`tuckan resource list DATASET` shows"),
    (r"`groups\.names\(\)` lists", "`tuckan group list` lists"),
    (r"Name its fields: title='Rain'\.", "Name its fields: title=Rain."),
    (r"q='([^']*)'; or give everything=True for all of them", r"--where '\1'; or give --all for all of them"),
    (r"Give name=, ids=, .*", "Give --name, --id, --created-before or --unused-since; or --all."),
    (r"The function given as confirm= must answer with True\.", "Answer y to go on, or add --yes."),
    (
        r"The function given as confirm= must answer with the phrase '(.*)'\.",
        r"Type \1 to go on; a script gives --confirm '\1'.",
    ),
)


def exit_code(error: TuckanError) -> int:
    """The exit code for an error."""
    return next((code for kind, code in EXIT_CODES if isinstance(error, kind)), FAILED)


def explain(error: TuckanError) -> int:
    """Say what happened and what to do next, on stderr, and give the exit code."""
    say(error.message, color="red")
    if error.hint:
        say(at_a_shell(error.hint))
    return exit_code(error)


def at_a_shell(hint: str) -> str:
    """A hint in the words of the command line.

    Example:
        >>> at_a_shell("Try again, or allow more with timeout=... (seconds).")
        'Try again, or allow more with --timeout SECONDS.'
    """
    for python, shell in _AT_A_SHELL:
        hint = re.sub(python, shell, hint)
    return hint
