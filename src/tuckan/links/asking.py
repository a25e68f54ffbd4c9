"""The flow of one address: HEAD, then GET of the first 2 KB, and what beside it does not exist."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from tuckan.links.answers import PAGE, Answer, address_of, is_root
from tuckan.links.judging import (
    contents_of,
    crawl_delay,
    is_firewall,
    place_of,
    plain,
    refused,
    sibling_of,
    tells_nothing,
)
from tuckan.version import __version__
from tuckan.wire.content_encoding import UNPACKABLE, codings_of, opening_of
from tuckan.wire.flow import NetworkFailure, Reply, Request, Wait, send
from tuckan.wire.formats import is_page
from tuckan.wire.retry import retry_after

if TYPE_CHECKING:
    from tuckan.wire.flow import Flow

FIRST = 2048
"""How many bytes of a file are read."""

_COMPARED = 65_536
"""How many bytes of a page are compared, where the first are alike."""

SECONDS = 20.0
"""How long an answer may take."""

LONGEST_WAIT = 60.0
"""The longest pause that a host may ask for; its links are then left for another day."""

_TRIES = 3
_HEADERS = {
    "User-Agent": f"tuckan/{__version__} (link check)",
    "Accept": "*/*",
    "Accept-Encoding": "identity",
}
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_NOTHING_HELPS = frozenset({"tls", "no tls"})


@dataclass(slots=True)
class Asking:
    """Asks addresses. Nothing but them is sent: no token, no cookie, no referrer.

    Attributes:
        siblings: what was answered beside addresses, by what they have in common.
    """

    siblings: dict[str, _Seen] = field(default_factory=dict[str, "_Seen"])

    def asking(self, url: str, *, wants_file: bool) -> Flow[Answer]:
        """Ask an address; redirects are not followed.

        Args:
            url: the address.
            wants_file: whether a file is expected there.

        Returns:
            A flow that returns the answer.
        """
        head = yield from _trying("HEAD", url)
        if isinstance(head, NetworkFailure) and head.kind in _NOTHING_HELPS:
            return _failed(head)
        if isinstance(head, Reply) and (head.status in _REDIRECTS or _asks_to_stay_away(head)):
            return (yield from self._judging(url, head, b"", wants_file=wants_file))
        got = yield from _trying("GET", url, FIRST)
        if isinstance(got, NetworkFailure):
            if isinstance(head, NetworkFailure) or not 200 <= head.status < 300:
                return _failed(got)
            got = head
        return (yield from self._judging(url, got, _opening(got), wants_file=wants_file))

    def _judging(self, url: str, reply: Reply, opening: bytes, *, wants_file: bool) -> Flow[Answer]:
        status, media = reply.status, reply.content_type
        if status in _REDIRECTS:
            return (yield from self._redirected(url, reply))
        if is_firewall(reply, opening):
            return Answer("refused", status, "is behind a firewall that refuses programs")
        if why := refused(status, wants_file=wants_file):
            return Answer("refused", status, why)
        if status == 503 and _asks_to_stay_away(reply):
            return Answer("refused", status, "asks to come back later")
        if not 200 <= status < 300 and status not in (304, 416):
            return Answer("failed", status, f"answers {status}", content_type=media)
        page = is_page(Reply(status, reply.headers, opening)) and status != 416
        contents = PAGE if page else contents_of(opening)
        found = Answer("works", status, content_type=media, contents=contents)
        if page and not wants_file and (yield from self._is_as_beside(url, _Seen(status, "", plain(opening, url)))):
            found.reason, found.soft = "answers as an address does that does not exist", True
        return found

    def _redirected(self, url: str, reply: Reply) -> Flow[Answer]:
        try:
            target = address_of(urljoin(url, reply.headers.get("location", "")))
        except ValueError:
            target = ""
        if not target or "location" not in reply.headers:
            return Answer("failed", reply.status, "redirects to nothing that is an address")
        found = Answer("redirect", reply.status, target=target, permanent=reply.status in (301, 308))
        if not is_root(target) and urlsplit(target).path.rstrip("/") != urlsplit(url).path.rstrip("/"):
            seen = _Seen(reply.status, target, b"")
            if (yield from self._is_as_beside(url, seen)):
                reason = "redirects to where an address does that does not exist"
                return Answer("works", reply.status, reason, soft=True)
        return found

    def _is_as_beside(self, url: str, seen: _Seen) -> Flow[bool]:
        """Whether an address answers as one beside it does that does not exist."""
        place = place_of(url)
        beside = self.siblings.get(place)
        if beside is None:
            beside = yield from self._beside(url)
            self.siblings[place] = beside
        if beside.status != seen.status or beside.target != seen.target or beside.body != seen.body:
            return False
        if seen.target:
            return True
        whole = yield from _trying("GET", url, _COMPARED)
        other = yield from _trying("GET", beside.url, _COMPARED)
        if not isinstance(whole, Reply) or not isinstance(other, Reply) or whole.status != other.status:
            return False
        body = _opening(whole)
        return plain(body, url) == plain(_opening(other), beside.url) and not tells_nothing(body)

    def _beside(self, url: str) -> Flow[_Seen]:
        sibling = sibling_of(url)
        if not sibling:
            return _Seen(0, "", b"")
        reply = yield from _trying("GET", sibling, FIRST)
        if not isinstance(reply, Reply):
            return _Seen(0, "", b"")
        target = ""
        if reply.status in _REDIRECTS:
            target = address_of(urljoin(sibling, reply.headers.get("location", "")))
        return _Seen(reply.status, target, b"" if target else plain(_opening(reply), sibling), sibling)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What two addresses are compared by."""

    status: int
    target: str
    body: bytes
    url: str = ""


def asking_host(url: str) -> Flow[float]:
    """Ask the host of an address for the seconds that are to be between two requests.

    Args:
        url: the address.

    Returns:
        A flow that returns the seconds; 0 if it asks for nothing.
    """
    parts = urlsplit(url)
    reply = yield from _trying("GET", f"{parts.scheme}://{parts.netloc}/robots.txt", _COMPARED, tries=1)
    return crawl_delay(_opening(reply)) if isinstance(reply, Reply) and reply.status == 200 else 0.0


def _trying(method: str, url: str, first: int | None = None, tries: int = _TRIES) -> Flow[Reply | NetworkFailure]:
    """Send a request, and again when the host asks to wait."""
    headers = {**_HEADERS, **({"Range": f"bytes=0-{first - 1}"} if first else {})}
    request = Request(method, url, headers, timeout=SECONDS, first=first or FIRST)
    while True:
        tries -= 1
        answer = (yield from send(request)).answer
        if not isinstance(answer, Reply) or answer.status not in (429, 503) or not tries:
            return answer
        wait = retry_after(answer)
        if wait is None and answer.status == 503:
            return answer
        seconds = 2.0 if wait is None else wait
        if seconds > LONGEST_WAIT:
            return answer
        yield Wait(max(seconds, 0.25))


def _asks_to_stay_away(reply: Reply) -> bool:
    return reply.status == 429 or (reply.status == 503 and retry_after(reply) is not None)


def _failed(failure: NetworkFailure) -> Answer:
    words = {
        "connect": "can't be connected to",
        "tls": "has a certificate that can't be trusted",
        "timeout": f"does not answer within {SECONDS:.0f} s",
    }
    said = words.get(failure.kind, "breaks off")
    return Answer("failed", reason=f"{said} ({failure.reason:.200})" if failure.kind != "timeout" else said)


def _opening(reply: Reply) -> bytes:
    """The first bytes of a body, decompressed if they can be."""
    body = bytes(reply.body)
    codings = codings_of(reply.headers)
    if not codings or not UNPACKABLE.issuperset(codings):
        return body
    unpacked = opening_of(body, codings)
    return body if unpacked is None else unpacked
