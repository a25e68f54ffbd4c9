"""Removing secrets from text that users may see: errors that quote a portal, addresses with a password."""

from __future__ import annotations

import base64
import functools
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

from msgspec.structs import replace

from tuckan._text import printable
from tuckan.errors import Hint, TuckanError
from tuckan.shapes import Secret, is_secret
from tuckan.wire.flow import NetworkFailure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tuckan.wire.flow import Reply, Request

REDACTED = "(token)"

MAX_TEXT = 2000
"""The maximum length of a portal's text in an error."""

MAX_DEPTH = 20
"""The maximum nesting of a portal's error; CKAN's own have four levels at most."""

SHORTEST = 4
"""The minimum length of a secret: removing shorter strings would garble the text."""

RECOGNIZED = 12
"""The length of a prefix by which a truncated secret is recognized."""

_USER_INFO = re.compile(r"(?<=//)[^/?#\s]*@")


def without_user_info(text: str) -> str:
    """The text with user names and passwords removed from its addresses.

    Example:
        >>> without_user_info("see https://ann:secret@example.org/data")
        'see https://example.org/data'
    """
    return _USER_INFO.sub("", text)


def secrets_in(headers: Mapping[str, str]) -> tuple[str, ...]:
    """The secrets in a request's headers: tokens, and the values of authentication headers.

    Example:
        >>> secrets_in({"Accept": "*/*", "Authorization": "Basic YW5uOnBhc3N3b3Jk", "Cookie": "session=12345678"})
        ('Basic YW5uOnBhc3N3b3Jk', 'YW5uOnBhc3N3b3Jk', 'password', 'session=12345678')
    """
    found: list[str] = []
    for name, value in headers.items():
        if value and (isinstance(value, Secret) or is_secret(name) or name.lower() == "cookie"):
            found += [value, *_credentials(value)]
    return tuple(dict.fromkeys(found))


def _credentials(value: str) -> list[str]:
    """The credentials after the scheme of an `Authorization`; for `Basic` the password as well."""
    scheme, _, rest = value.partition(" ")
    if not rest or not scheme.isalpha():
        return []
    try:
        password = base64.b64decode(rest, validate=True).decode().partition(":")[2]
    except ValueError:
        password = ""
    return [rest, password] if password else [rest]


def redacted(text: str, secrets: tuple[str, ...]) -> str:
    """The text without secrets, in any of their encodings; a truncated secret is recognized by its prefix.

    Example:
        >>> redacted("header Authorization: abc%2Fdefghijk/", ("abc/defghijk/",))
        'header Authorization: (token)/'
        >>> redacted("title: abc/defghijkl", ("abc/defghijklmnop",))
        'title: (token)'
    """
    for written in _spellings(secrets):
        beginning = written[:RECOGNIZED]
        at = text.find(beginning)
        while at >= 0:
            end = at + len(beginning)
            while end < len(text) and end - at < len(written) and text[end] == written[end - at]:
                end += 1
            text = text[:at] + REDACTED + text[end:]
            at = text.find(beginning, at + len(REDACTED))
    return text


@functools.lru_cache(maxsize=64)
def _spellings(secrets: tuple[str, ...]) -> tuple[str, ...]:
    """The encodings of secrets that may occur in an answer, the longest first."""
    import html  # noqa: PLC0415 - only for errors

    found: set[str] = set()
    for bare in (str(one) for one in secrets if len(one) >= SHORTEST):
        escaped = {quote(bare, safe=""), quote(bare), quote_plus(bare)}
        found |= {bare, *escaped, *(re.sub("%..", lambda one: one[0].lower(), each) for each in escaped)}
        found |= {
            json.dumps(bare)[1:-1],
            json.dumps(bare)[1:-1].replace("/", "\\/"),
            html.escape(bare),
            repr(bare)[1:-1],
        }
        found |= set(_in_base64(bare))
    return tuple(sorted(found, key=lambda one: (-len(one), one)))


def _in_base64(secret: str) -> list[str]:
    """Substrings that occur in the base64 of any text that ends with the secret, such as `user:token`."""
    found: list[str] = []
    for before in range(3):
        packed = base64.b64encode(b"\0" * before + secret.encode("utf-8", "surrogatepass")).decode()
        # The first characters depend on the preceding text, the last ones on the following text.
        core = packed[-(-before * 8 // 6) :].rstrip("=")[: -1 or None]
        if len(core) >= RECOGNIZED:
            found += [core, core.replace("+", "-").replace("/", "_")]
    return found


def answer_without_secrets(answer: Reply | NetworkFailure, request: Request) -> Reply | NetworkFailure:
    """An error response without the secrets of its request; a successful response is data, and returned unchanged.

    Args:
        answer: the response.
        request: the request.
    """
    secrets = secrets_in(request.headers)
    if not secrets:
        return answer
    if isinstance(answer, NetworkFailure):
        return replace(answer, reason=redacted(answer.reason, secrets))
    text = answer.body.decode("utf-8", "surrogateescape")
    clean = redacted(text, secrets)
    return answer if clean == text else replace(answer, body=clean.encode("utf-8", "surrogateescape"))


def without_secrets_of(error: BaseException, secrets: tuple[str, ...]) -> None:
    """Remove secrets from an error and its causes, and truncate long text.

    Args:
        error: the error.
        secrets: the secrets that were sent; portals and proxies sometimes echo them.
    """
    seen: set[int] = set()
    left: list[BaseException | None] = [error]
    while left:
        one = left.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        left += [one.__cause__, one.__context__]
        if isinstance(one, TuckanError) or secrets:
            for name, value in vars(one).items():
                setattr(one, name, _clean(value, secrets, MAX_DEPTH))
            if isinstance(one, TuckanError):
                one.args = tuple(_clean(each, secrets, MAX_DEPTH) for each in one.args)
                _spell_out(one)


def _spell_out(error: TuckanError) -> None:
    """Make the text of an error printable, since a traceback goes to a terminal unescaped."""
    error.message, error.hint = _printable(error.message), _printable(error.hint)
    error.args = tuple(_printable(one) if isinstance(one, str) else one for one in error.args)


def _printable(text: str) -> str:
    if isinstance(text, Hint):
        return Hint(printable(str(text)), printable(text.shell))
    return printable(text)


def _clean(value: Any, secrets: tuple[str, ...], depth: int) -> Any:
    if isinstance(value, Hint):
        return Hint(_clean(str(value), secrets, depth), _clean(value.shell, secrets, depth))
    if isinstance(value, str):
        text = without_user_info(redacted(value, secrets) if secrets else value)
        text = text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}... ({len(text):,} characters)"
        return value if text == value else text
    if isinstance(value, (dict, list, tuple)) and depth == 0:
        return "..."
    if isinstance(value, dict):
        return {_clean(name, secrets, 1): _clean(one, secrets, depth - 1) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        cleaned = [_clean(one, secrets, depth - 1) for one in value]
        return cleaned if isinstance(value, list) else tuple(cleaned)
    return value
