"""What a token tells about itself, without asking anybody and without showing it."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import msgspec


def jti(token: str) -> str | None:
    """The id of an API token, read from the token itself.

    CKAN's tokens (2.9 and later) are JSON Web Tokens whose claim `jti` is the id that `api_token_list` shows.

    Args:
        token: the token.

    Returns:
        The id, or None when this is no such token (an API key of 2.8, say).
    """
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims: Any = msgspec.json.decode(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, msgspec.MsgspecError, ValueError):
        return None
    value = claims.get("jti") if isinstance(claims, dict) else None
    return value if isinstance(value, str) else None
