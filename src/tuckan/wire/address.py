"""A portal's address: parses what users paste, and derives the address of its actions."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

import msgspec

from tuckan.errors import ConfigurationError, Hint, InvalidArgument

_ACTION_PATH = re.compile(r"^(?P<site>.*?)(?P<api>/api(?:/\d)?/action)(?:/.*)?$")
_API_PATH = re.compile(r"^(?P<site>.*?)/api(?:/\d)?$")
_PAGE_PATH = re.compile(r"^(?P<site>.*?)/(?:dataset|organization|group|user|dashboard|about|showcase)(?:/.*)?$")
_NAME_IN_PAGE = {
    "dataset": re.compile(r"/dataset/(?:edit/|activity/|groups/)?(?P<name>[^/]+)(?:/|$)"),
    "resource": re.compile(r"/resource/(?P<name>[^/]+)(?:/|$)"),
    "organization": re.compile(r"/organization/(?:edit/|members/|about/)?(?P<name>[^/]+)(?:/|$)"),
    "group": re.compile(r"/group/(?:edit/|members/|about/)?(?P<name>[^/]+)(?:/|$)"),
}
_STANDARD_PORTS = {"http": 80, "https": 443}

LONGEST_LABEL = 63
"""The maximum length of a label of a host name."""


class Address(msgspec.Struct, frozen=True):
    """The address of a portal.

    Attributes:
        site: the address of its pages, without a slash at the end.
        candidates: the addresses under which its actions may be, most likely first.
    """

    site: str
    candidates: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Address:
        """Parse an address in any form: a site, a site under a path, the action URL, or a dataset's page.

        Raises:
            ConfigurationError: when it is not an address.

        Example:
            >>> Address.parse("https://example.org/data/").candidates[0]
            'https://example.org/data/api/3/action'
            >>> Address.parse("https://example.org/api/action/status_show").candidates
            ('https://example.org/api/action',)
        """
        root, path = _root_and_path(text)
        if match := _ACTION_PATH.match(path):
            return cls(root + match["site"], (root + match["site"] + match["api"],))
        for pattern in (_API_PATH, _PAGE_PATH):
            if match := pattern.match(path):
                path = match["site"]
        places = [path] if not path else [path, ""]
        candidates = [f"{root}{place}/api/{version}action" for place in places for version in ("3/", "")]
        return cls(root + path, tuple(candidates))


def _root_and_path(text: str) -> tuple[str, str]:
    """Split an address into `https://host:port` and its path, and refuse anything else."""
    text = text.strip()
    if not text:
        raise ConfigurationError(
            "The portal's address is empty.",
            hint="Set CKAN_BASE_URL (in the environment or in .env), or "
            + Hint("pass base_url='https://example.org'.", "give --url https://example.org."),
        )
    if "://" not in text:
        raise _malformed(text, "It does not start with https:// (or http://).")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise _malformed(text, f"{error}.".capitalize()) from error
    if parts.scheme.lower() not in _STANDARD_PORTS:
        raise _malformed(text, "Only https:// and http:// are supported.")
    if re.search(r"[\s\\]", text):
        raise _malformed(text, "It contains a space or a backslash.")
    if not parts.hostname:
        raise _malformed(text, "It has no host.")
    if not all(0 < len(label) <= LONGEST_LABEL for label in parts.hostname.removesuffix(".").split(".")):
        raise _malformed(text, "The host name is not valid.")
    if parts.username or parts.password:
        raise ConfigurationError(
            "The portal's address contains a user name or password.",
            hint="Leave them out of the address" + Hint("; for a proxy that requires them, pass `headers=`.", "."),
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    root = f"{parts.scheme.lower()}://{host}" + (f":{port}" if port else "")
    return root, re.sub(r"/+", "/", parts.path).rstrip("/")


def _malformed(text: str, why: str) -> ConfigurationError:
    # A pasted address may contain a secret in its query, or before an @: show neither.
    shown = text.partition("?")[0].rpartition("@")[2][:80]
    return ConfigurationError(
        f"{shown!r} is not the address of a portal. {why}",
        hint="An address looks like https://example.org or https://example.org/data.",
    )


def origin(url: str) -> tuple[str, str, int | None]:
    """The scheme, host and port of an address; a token is never sent outside this origin."""
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    return scheme, parts.hostname or "", parts.port or _STANDARD_PORTS.get(scheme)


def is_upgrade(old: str, new: str) -> bool:
    """Whether a redirect goes from `http` to `https` on the same host, both on their usual port."""
    (old_scheme, old_host, old_port), (new_scheme, new_host, new_port) = origin(old), origin(new)
    return (old_scheme, new_scheme, old_port, new_port) == ("http", "https", 80, 443) and old_host == new_host


def name_from_page(text: str, what: str, address: Address) -> str:
    """The name or id in the address of a page of the portal; any other text as it is.

    Args:
        text: a name, an id, or an address that was pasted.
        what: what is wanted: `dataset`, `resource`, `organization` or `group`.
        address: the portal.

    Raises:
        InvalidArgument: when it is the address of another portal or of another page.

    Example:
        >>> portal = Address.parse("https://example.org/data")
        >>> name_from_page("https://example.org/data/de/dataset/rivers?x=1", "dataset", portal)
        'rivers'
        >>> name_from_page("rivers", "dataset", portal)
        'rivers'
    """
    if not re.match(r"https?://", text, re.IGNORECASE) or what not in _NAME_IN_PAGE:
        return text
    if not _same_host(text, address.site):
        raise InvalidArgument(
            f"{text.partition('?')[0][:200]!r} is not on the portal {address.site}.",
            hint=f"Connect to that portal, or give the name or id of a {what} of this one.",
        )
    found = _NAME_IN_PAGE[what].search(urlsplit(text).path)
    if not found:
        raise InvalidArgument(
            f"{text.partition('?')[0][:200]!r} is not the address of a {what}'s page.",
            hint=f"Open the {what} in a browser and copy the address from there, or give its name or id.",
        )
    return unquote(found["name"])


def _same_host(one: str, other: str) -> bool:
    """Whether two addresses have the same host; http and https count as the same."""
    try:
        (scheme, host, port), (other_scheme, other_host, other_port) = origin(one), origin(other)
    except ValueError:
        return False
    usual = port == _STANDARD_PORTS.get(scheme) and other_port == _STANDARD_PORTS.get(other_scheme)
    return host == other_host and (port == other_port or usual)
