"""Logs of portals on this machine, which have the reason for an internal error."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tuckan.errors import TuckanError

ENDS_OF_LOGS: dict[str, Callable[[], str]] = {}
"""Sites, each with what gives the end of its log."""


def add_log(error: TuckanError, site: str) -> None:
    """Add to an error the end of its portal's log where the portal had an internal error (status 500)."""
    end_of_log = ENDS_OF_LOGS.get(site)
    if end_of_log and 500 in (getattr(one, "status", 0) for one in (error, error.__cause__)):
        error.log = end_of_log()
