"""What addresses answered, and what that says about the links to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias
from urllib.parse import urldefrag, urlsplit, urlunsplit

import msgspec

from tuckan.wire.formats import is_login

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

Kind: TypeAlias = Literal["works", "redirect", "refused", "failed", "private", "unchecked"]
Verdict: TypeAlias = Literal["works", "refused", "suspected", "broken", "private", "unchecked"]

MOST_HOPS = 10
"""Redirects that are followed."""


class Answer(msgspec.Struct, omit_defaults=True):
    """What one address answered, redirects not followed.

    Attributes:
        kind: `works`, `redirect`, `refused` (login, quota, firewall), `failed`, `private` (not asked) or `unchecked`.
        status: the status; 0 without an answer.
        reason: why it is refused or failed, in words that follow "it".
        target: where it redirects to.
        permanent: whether the redirect is.
        content_type: its media type.
        contents: what the first bytes are, such as `a PDF document`; empty if they may be text, or were not read.
        soft: whether it is what the server gives for things that do not exist.
        asked_at: when it was asked, in seconds since 1970.
        failing_since: when the link first failed of all times since it last worked; 0 if it did not.
        failed_at: when it last failed.
    """

    kind: Kind
    status: int = 0
    reason: str = ""
    target: str = ""
    permanent: bool = False
    content_type: str = ""
    contents: str = ""
    soft: bool = False
    asked_at: float = 0.0
    failing_since: float = 0.0
    failed_at: float = 0.0


class Link(msgspec.Struct, frozen=True):
    """What is known of a link, redirects followed.

    Attributes:
        verdict: `works`, `refused`, `suspected` (failed, not yet long enough to be called broken), `broken`, `private`
            or `unchecked`.
        reason: why, in words that follow "it".
        status: the last status; 0 without an answer.
        soft: whether it leads to what the server gives for things that do not exist.
        moved: its new address, if it moved permanently and works there.
        content_type: the media type of the last answer.
        contents: what the first bytes are; empty if they may be text, or were not read.
    """

    verdict: Verdict
    reason: str = ""
    status: int = 0
    soft: bool = False
    moved: str = ""
    content_type: str = ""
    contents: str = ""


def address_of(url: str) -> str:
    """The address that is asked for a link: without a fragment and without a user; empty if it is not one of the web.

    Args:
        url: the link.

    Example:
        >>> address_of(" HTTP://ann:secret@Example.org/rain.csv#top "), address_of("ftp://example.org/x"), address_of("n/a")
        ('http://example.org/rain.csv', '', '')
    """
    try:
        parts = urlsplit(urldefrag(url.strip()).url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return ""
    scheme = parts.scheme.lower()
    if scheme not in ("http", "https") or not host or port == 0 or not _is_host(host):
        return ""
    host = f"[{host}]" if ":" in host else host
    standard = port is None or port == {"http": 80, "https": 443}[scheme]
    return urlunsplit((scheme, host if standard else f"{host}:{port}", parts.path or "/", parts.query, ""))


def _is_host(host: str) -> bool:
    if any(one.isspace() or one in '\\<>"{}|^`' for one in host):
        return False
    try:
        return len(host if host.isascii() else host.encode("idna").decode()) < 254
    except UnicodeError:
        return False


def is_root(url: str) -> bool:
    """Whether an address is that of a site's first page.

    Example:
        >>> is_root("https://example.org/"), is_root("https://example.org/en/index.html"), is_root("https://example.org/?id=3")
        (True, True, False)
    """
    parts = urlsplit(url)
    names = [one for one in parts.path.lower().split("/") if one]
    if parts.query or len(names) > 2:
        return False
    if names and names[-1].startswith(("index.", "default.", "home.")):
        names.pop()
    return not names or (len(names) == 1 and len(names[0]) == 2)


def followed(url: str, known: Callable[[str], Answer | None], *, wants_file: bool = False) -> Answer:
    """The answer at the end of a link's redirects, with where it moved permanently as `target`, and when the last was asked.

    Args:
        url: the address.
        known: what an address answered; None if it was not asked.
        wants_file: whether the link is said to lead to data and not to a page.
    """
    at, moved, permanent, seen, asked_at = url, "", True, {url}, 0.0
    for _ in range(MOST_HOPS + 1):
        answer = known(at)
        if answer is None:
            return Answer("unchecked", reason=f"leads to {at:.200}, which was not asked")
        asked_at = max(asked_at, answer.asked_at)
        if answer.kind != "redirect":
            break
        permanent = permanent and answer.permanent
        at = answer.target
        moved = at if permanent else moved
        if at in seen:
            return Answer("failed", answer.status, "redirects in a circle", asked_at=asked_at)
        seen.add(at)
    else:
        return Answer("failed", reason=f"redirects more than {MOST_HOPS} times", asked_at=asked_at)
    found = msgspec.structs.replace(answer, target="", asked_at=asked_at, failing_since=0.0, failed_at=0.0)
    if found.kind != "works":
        return found
    reason = _soft(url, at, found, wants_file=wants_file)
    if reason:
        return msgspec.structs.replace(found, kind="failed", reason=reason, soft=True)
    return msgspec.structs.replace(found, target=moved)


def _soft(url: str, at: str, found: Answer, *, wants_file: bool) -> str:
    """Why a good answer is one for things that do not exist; empty if it is not."""
    if found.soft:
        return found.reason
    if at != url and is_root(at) and not is_root(url):
        return f"redirects to the first page of {urlsplit(at).netloc}"
    if at != url and is_login(at) and not is_login(url):
        return "redirects to a login"
    if wants_file and found.contents == PAGE:
        return "answers with a web page instead of a file"
    return ""


PAGE = "a web page (HTML)"


def judged(answer: Answer, before: Answer | None, after: timedelta) -> Link:
    """What is said of a link.

    Args:
        answer: what it led to, as `followed` gives it.
        before: what is kept of it, with when it failed.
        after: how long a link must have failed to be broken.
    """
    verdict: Verdict
    if answer.kind == "failed":
        lasted = before.failed_at - before.failing_since if before else 0.0
        twice = before is not None and before.failed_at > before.failing_since > 0
        verdict = "broken" if twice and lasted >= after.total_seconds() else "suspected"
    else:
        verdict = "works" if answer.kind == "redirect" else answer.kind
    return Link(verdict, answer.reason, answer.status, answer.soft, answer.target, answer.content_type, answer.contents)
