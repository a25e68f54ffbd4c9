"""Secrets taken out of what people may come to read: errors that repeat a portal's text, addresses with a password."""

from __future__ import annotations

import re
from typing import Any

from tuckan.errors import TuckanError

REDACTED = "(token)"

MAX_TEXT = 2000
"""Characters of one text of a portal that an error keeps."""

MAX_DEPTH = 20
"""Levels of a portal's error that are kept; CKAN's own have four at most."""

_USER_INFO = re.compile(r"(?<=//)[^/?#\s]*@")


def without_user_info(text: str) -> str:
    """A text whose addresses name no user and no password.

    Example:
        >>> without_user_info("see https://ann:secret@example.org/data")
        'see https://example.org/data'
    """
    return _USER_INFO.sub("", text)


def without_secrets_of(error: TuckanError, token: str | None) -> None:
    """Take out of an error what is secret or endless, whatever the portal put into its answer.

    Args:
        error: the error.
        token: the token that was sent; portals and proxies echo it at times.
    """
    for name, value in vars(error).items():
        setattr(error, name, _clean(value, token, MAX_DEPTH))
    error.args = tuple(_clean(one, token, MAX_DEPTH) for one in error.args)
    if isinstance(error.__cause__, TuckanError):
        without_secrets_of(error.__cause__, token)


def _clean(value: Any, token: str | None, depth: int) -> Any:
    if isinstance(value, str):
        text = value.replace(token, REDACTED) if token else value
        text = without_user_info(text)
        return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}... ({len(text):,} characters)"
    if isinstance(value, (dict, list)) and depth == 0:
        return "..."
    if isinstance(value, dict):
        return {_clean(name, token, 1): _clean(one, token, depth - 1) for name, one in value.items()}
    return [_clean(one, token, depth - 1) for one in value] if isinstance(value, list) else value
