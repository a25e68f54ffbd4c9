"""Judging answers: firewalls, pages for things that do not exist, and what robots.txt asks for."""

from __future__ import annotations

import codecs
import re
import secrets
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from tuckan.readers.file_kinds import kind_of

if TYPE_CHECKING:
    from tuckan.wire.flow import Reply

REFUSED = {
    401: "asks for a login",
    402: "asks for a payment",
    403: "forbids access",
    407: "asks for a login to a proxy",
    429: "has had too many requests",
    451: "is blocked for legal reasons",
    999: "refuses programs",
}
"""Statuses of addresses that may well work for others."""

_PARTIAL = frozenset({400, 405, 406, 411, 415, 422, 501})
"""Statuses of services that want parameters or another method."""

_FIREWALL = re.compile(
    rb"just a moment\.\.\.|attention required! \| cloudflare|cf-chl|challenge-platform|_incapsula_resource|incapsula incident"
    rb"|request unsuccessful\. incapsula|access denied.{0,400}(?:akamai|errors\.edgesuite\.net|reference&#32;&#35;)|ddos-guard"
    rb"|sucuri website firewall|the requested url was rejected\. please consult|perimeterx|px-captcha|datadome"
    rb"|checking your browser|are you a robot|g-recaptcha|h-captcha|web application firewall|request blocked",
    re.IGNORECASE | re.DOTALL,
)
_MISSING = re.compile(
    rb"not\s+found|\b404\b|does\s+not\s+exist|doesn.t\s+exist|no\s+longer\s+(?:exists|available)|nicht\s+gefunden"
    rb"|existiert\s+nicht|introuvable|n.existe\s+pas|no\s+encontrad|no\s+existe|non\s+trovat|niet\s+gevonden|ikke\s+funnet",
    re.IGNORECASE,
)
_INVISIBLE = re.compile(rb"<(script|style|head|noscript)\b.*?(?:</\1\s*>|\Z)|<[^>]*>|\s+", re.IGNORECASE | re.DOTALL)
_VARYING = re.compile(rb"[0-9a-f]{8,}|\d+|\s+", re.IGNORECASE)
_IN_ZIP = (
    (b"word/", "a Word document"),
    (b"ppt/", "a PowerPoint presentation"),
    (b"xl/", "an Excel workbook"),
    (b"application/vnd.oasis.opendocument.spreadsheet", "an OpenDocument spreadsheet"),
    (b"application/vnd.oasis.opendocument.text", "an OpenDocument text"),
)
"""What a ZIP archive is, by what its first 2 KB may contain."""

FEWEST_LETTERS = 60
"""A page with less text than this, and with a script, is made by the script: its source says nothing about it."""


def is_firewall(reply: Reply, opening: bytes) -> bool:
    """Whether an answer is the page of a firewall or of a check for robots.

    Args:
        reply: the answer.
        opening: the first bytes of its body.
    """
    headers = reply.headers
    if headers.get("cf-mitigated") == "challenge" or "x-amzn-waf-action" in headers or "x-sucuri-block" in headers:
        return True
    return reply.status in (200, 202, 400, 403, 405, 406, 429, 503) and _FIREWALL.search(opening) is not None


def refused(status: int, *, wants_file: bool) -> str:
    """Why an answer of this status says nothing about the link; empty if it says something.

    Args:
        status: the status.
        wants_file: whether a file is expected, and not a service, which may want parameters.
    """
    if status in REFUSED:
        return REFUSED[status]
    return f"answers {status}: it may want parameters" if status in _PARTIAL and not wants_file else ""


def contents_of(opening: bytes) -> str:
    """What a file is by its first bytes, in words; `text` if it is text, empty if nothing is known.

    Args:
        opening: its first bytes.

    Example:
        >>> contents_of(b"%PDF-1.7"), contents_of(b'{"type": "FeatureCollection"'), contents_of(b"a;b"), contents_of(b"")
        ('a PDF document', 'JSON', 'text', '')
    """
    if opening.startswith(b"PK\3\4"):
        return next((what for mark, what in _IN_ZIP if mark in opening), "a ZIP archive")
    if opening.startswith(b"\xd0\xcf\x11\xe0"):
        return "an old Office file"
    if opening.startswith(b"\x1f\x8b"):
        return "a gzip file"
    what = kind_of(opening)[0]
    if what or not opening or b"\0" in opening:
        return what
    start = opening.removeprefix(codecs.BOM_UTF8).lstrip()
    return "JSON" if re.match(rb'\{\s*("|\})|\[\s*[\[{"]', start) else "text"


def sibling_of(url: str) -> str:
    """An address beside another one that does not exist; empty if it has nothing beside it.

    Args:
        url: the address.

    Example:
        >>> sibling_of("https://example.org/data/rain.html?x=1")[:25], sibling_of("https://example.org/")
        ('https://example.org/data/', '')
    """
    parts = urlsplit(url)
    folder, _, name = parts.path.rstrip("/").rpartition("/")
    if not name:
        return ""
    suffix = name[name.rindex(".") :] if "." in name else ""
    return urlunsplit((parts.scheme, parts.netloc, f"{folder}/tuckan-{secrets.token_hex(8)}{suffix}", "", ""))


def place_of(url: str) -> str:
    """What an address has in common with those beside it."""
    parts = urlsplit(url)
    folder, _, name = parts.path.rstrip("/").rpartition("/")
    return f"{parts.scheme}://{parts.netloc}{folder}/*{name[name.rindex('.') :] if '.' in name else ''}"


def plain(body: bytes, url: str) -> bytes:
    """A body without what differs between two pages for things that do not exist: its address, numbers, spaces.

    Args:
        body: the body.
        url: its address.
    """
    name = urlsplit(url).path.rstrip("/").rpartition("/")[2].encode(errors="replace")
    body = body.lower().replace(name.lower(), b"") if len(name) > 3 else body.lower()
    return _VARYING.sub(b"", body)


def tells_nothing(body: bytes) -> bool:
    """Whether a page is made by a script in the browser, so that those of all addresses are alike.

    Args:
        body: its source.

    Example:
        >>> tells_nothing(b"<html><script src=app.js></script><div id=root></div>"), tells_nothing(b"<p>Page not found")
        (True, False)
    """
    return (
        b"<script" in body.lower() and _MISSING.search(body) is None and len(_INVISIBLE.sub(b"", body)) < FEWEST_LETTERS
    )


def crawl_delay(robots: bytes) -> float:
    r"""The seconds between two requests that a robots.txt asks of us, or of everybody; 0 if it asks for nothing.

    Args:
        robots: its content.

    Example:
        >>> crawl_delay(b"User-agent: *\nCrawl-delay: 2\n\nUser-agent: BadBot\nCrawl-delay: 60\n")
        2.0
    """
    delays: dict[str, float] = {}
    agents: list[str] = []
    open_ = False
    for line in robots.decode(errors="replace").splitlines():
        name, _, value = (part.strip().lower() for part in line.partition("#")[0].partition(":"))
        if name == "user-agent":
            agents = [*agents, value] if open_ else [value]
            open_ = True
        elif name:
            open_ = False
            if name == "crawl-delay" and re.fullmatch(r"\d{1,6}(\.\d+)?", value):
                delays.update(dict.fromkeys(agents, float(value)))
    return next((delay for agent, delay in delays.items() if agent == "tuckan"), delays.get("*", 0.0))
