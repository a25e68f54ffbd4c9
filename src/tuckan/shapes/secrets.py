"""Secrets: the list of secret fields, text that never shows itself, and the id that a token carries."""

from __future__ import annotations

import base64
import json
import re
from typing import Any, NoReturn, Self, SupportsIndex

SECRET_FIELDS = frozenset(
    "password password1 password2 old_password password_hash apikey api_key api_token token reset_key job_key authorization".split()
)
"""Fields of CKAN and its loaders that are secret: no portal gives back what was sent in them."""

_LOOKS_SECRET = re.compile(
    r"passw|token|api[_-]?key|secret(?!ar)|authorization|credential|private[_-]?key", re.IGNORECASE
)


def is_secret(name: object) -> bool:
    """Whether the values of a field are secret, or its name says so; these are never shown, logged or kept longer than needed.

    Example:
        >>> is_secret("reset_key"), is_secret("X-API-Key"), is_secret("client_secret"), is_secret("secretariat")
        (True, True, True, False)
    """
    text = str(name)
    return text.lower() in SECRET_FIELDS or _LOOKS_SECRET.search(text) is not None


def without_secrets(value: Any) -> Any:
    """A JSON value without the secrets in it; the same object when it has none.

    Example:
        >>> without_secrets({"name": "ann", "password": "x", "of": [{"token": "y", "id": 1}]})
        {'name': 'ann', 'of': [{'id': 1}]}
    """
    if isinstance(value, dict):
        kept = {name: without_secrets(one) for name, one in value.items() if not is_secret(name)}
        return kept if len(kept) < len(value) or any(kept[name] is not value[name] for name in kept) else value
    if isinstance(value, list):
        items = [without_secrets(one) for one in value]
        return items if any(one is not other for one, other in zip(items, value, strict=True)) else value
    return value


class Secret(str):
    """A string that shows itself only when printed or sent on purpose: its `repr` hides it, and it cannot be pickled.

    Example:
        >>> password = Secret("correct horse")
        >>> password
        '***'
        >>> print(password)
        correct horse
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError("a Secret cannot be pickled: the pickle would contain it in plain text")


def jti(token: str) -> str | None:
    """The id of an API token, read from the token itself.

    CKAN's tokens (2.9 and later) are JSON Web Tokens whose claim `jti` is the id that `api_token_list` shows.

    Args:
        token: the token.

    Returns:
        The id, or None if the token is of another kind, such as an API key of CKAN 2.8.
    """
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims: Any = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, RecursionError):
        return None
    value = claims.get("jti") if isinstance(claims, dict) else None
    return value if isinstance(value, str) else None
