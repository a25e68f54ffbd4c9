"""The flow of one download: where the token may be sent, redirects, whether an answer is the file, resuming.

A partial download is resumed (`Range` with `If-Range`) only if its answer had a strong validator; otherwise it is
restarted. A complete file is kept without a download only if a strong validator shows that it is current.
A partial file holds the bytes as received; compression in transit is undone when it is complete.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urldefrag, urljoin, urlsplit

from msgspec.structs import replace

from tuckan import errors
from tuckan.wire import retry
from tuckan.wire.address import origin
from tuckan.wire.content_encoding import UNPACKABLE, codings_of, is_named_so, is_packed, opening_of
from tuckan.wire.download_request import DownloadResult, PartialFile, Validators
from tuckan.wire.envelope import describe
from tuckan.wire.file_names import file_name
from tuckan.wire.flow import (
    Accept,
    Fetch,
    Fetched,
    FetchOutcome,
    Flow,
    NetworkFailure,
    Reply,
    Request,
    Unpack,
    Wait,
    fetch,
)
from tuckan.wire.formats import expected, why_not
from tuckan.wire.redaction import answer_without_secrets
from tuckan.wire.uploading import algorithm_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tuckan.wire.download_request import DownloadRequest
    from tuckan.wire.portal_state import PortalState

MOST_REDIRECTS = 10
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


def downloading(wanted: DownloadRequest, portal_state: PortalState) -> Flow[DownloadResult]:
    """Download a file into its partial file.

    Args:
        wanted: the file to download.
        portal_state: the portal.

    Returns:
        A flow that returns the result.

    Raises:
        NotTheFile: the answer is a page or an error, or the address is not valid.
        NotFound: there is no such file.
        NotAuthorized: this user is not allowed to download it.
        TransportError: no answer arrived, or it was interrupted on every attempt.
    """
    places = addresses(wanted.resource, portal_state)
    if not places:
        raise errors.NotTheFile(
            f"{wanted.about}: its address cannot be downloaded: {str(wanted.resource.get('url') or '')!r}.",
            hint="Correct the resource's url; it must start with https:// (or http://).",
        )
    try:
        return (yield from _Download(wanted, places[0], portal_state).fetching())
    except (errors.NotFound, errors.NotTheFile, errors.ConnectionFailed) as error:
        for place in places[1:]:
            try:
                return (yield from _Download(wanted, place, portal_state).fetching())
            except (errors.PortalError, errors.TransportError) as other:
                raise error from other
        raise


def addresses(resource: Mapping[str, Any], portal_state: PortalState) -> list[str]:
    """Possible addresses of a resource's file, the most likely first.

    A file on the portal is requested at the portal's address as configured, to which the token may be sent; the portal
    itself may return a different, perhaps internal, host name.
    """
    url = str(resource.get("url") or "").strip()
    found = [url] if _is_web(url) else []
    own = re.search(r"/dataset/[^/?#]+/resource/[^/?#]+/download(?:/.*)?$", url)
    if resource.get("url_type") == "upload" and own and not is_portals_own(url, portal_state):
        found.insert(0, portal_state.address.site + own[0])
    return found


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme.lower() in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False


def is_portals_own(url: str, portal_state: PortalState) -> bool:
    """Whether an address is on the portal's own origin, the only one that the token is sent to."""
    return origin(url) in (
        origin(portal_state.address.site),
        origin(portal_state.action_base or portal_state.address.site),
    )


def _missing(answer: Fetched) -> int:
    """How many bytes an answer to a Range request lacks; negative if it has too many."""
    told = _RANGE.match(answer.headers.get("content-range", "")) if answer.status == 206 else None
    return int(told[2]) - answer.size if told and told[2].isdigit() and not answer.too_large else 0


def _readable(reply: Reply) -> Reply:
    """The answer with the first bytes of its body decompressed, if possible."""
    codings = codings_of(reply.headers)
    if not codings or not UNPACKABLE.issuperset(codings):
        return reply
    opening = opening_of(bytes(reply.body), codings)
    return reply if opening is None else replace(reply, body=opening)


class _Download:
    """One download from one address."""

    def __init__(self, wanted: DownloadRequest, place: str, portal_state: PortalState) -> None:
        self._wanted, self._place, self._portal_state = wanted, place, portal_state
        self._part = wanted.there
        self._furthest = 0
        self._cut: errors.TuckanError | None = None
        self._at = place

    def fetching(self) -> Flow[DownloadResult]:
        """Fetch it, retrying temporary failures; the retry budget is reset whenever the file has grown."""
        spent, attempt = 0.0, 0
        while True:
            attempt += 1
            brought = yield from self._unpacking((yield from self._following()))
            answer = brought.answer
            spent += brought.seconds
            if (got := self._got(answer)) is not None:
                return got
            error, trouble = self._trouble(answer)
            if self._has_grown(answer):
                spent, attempt = 0.0, 1  # the budget is for failures, not for long files
            wait = retry.pause(self._portal_state.policy, attempt, spent, trouble, self._portal_state.chance)
            if wait is None:
                raise error
            yield Wait(wait)
            spent += wait

    def _following(self) -> Flow[FetchOutcome]:
        """Send the request and follow redirects to any host; the token is added only for the portal's own origin."""
        spent = 0.0
        self._at = self._place
        for _ in range(MOST_REDIRECTS + 1):
            step = self._step()
            brought = yield from fetch(step)
            spent += brought.seconds
            answer = brought.answer
            if not isinstance(answer, Fetched):
                answer = answer_without_secrets(answer, step.request)
            if not (isinstance(answer, Reply) and answer.status in _REDIRECTS and "location" in answer.headers):
                return FetchOutcome(answer, spent)
            self._at = self._redirected(answer)
        raise errors.NotTheFile(
            f"{self._wanted.about}: redirected more than {MOST_REDIRECTS} times.",
            status=302,
            hint="Open its address in a browser; the resource's url may have to be corrected.",
        )

    def _redirected(self, reply: Reply) -> str:
        try:
            target = urldefrag(urljoin(self._at, reply.headers["location"])).url
        except ValueError:
            target = ""
        if not _is_web(target):
            raise errors.NotTheFile(
                f"{self._wanted.about}: redirected to something that is not a web address.", status=reply.status
            )
        if is_portals_own(target, self._portal_state) and urlsplit(target).path.endswith("/user/login"):
            raise self._refused(errors.NotAuthorized, "the portal requires a login", reply.status)
        return target

    def _step(self) -> Fetch:
        own = is_portals_own(self._at, self._portal_state)
        known = self._portal_state.headers
        # Headers set for the portal may be as secret as its token; other hosts only get the user agent.
        headers = (
            {**known, **self._portal_state.secret_headers()}
            if own
            else {"User-Agent": known.get("User-Agent", "tuckan")}
        )
        headers |= {"Accept": "*/*", "Accept-Encoding": "identity"}
        part, have = self._part, self._wanted.have
        if part:
            headers |= {"Range": f"bytes={part.size}-", "If-Range": part.version.etag or part.version.modified}
        elif have.etag:
            headers["If-None-Match"] = have.etag
        elif have.modified:
            headers["If-Modified-Since"] = have.modified
        wanted = self._wanted
        request = Request("GET", self._at, headers, timeout=self._portal_state.timeout)
        return Fetch(request, wanted.into, self._keep, wanted.most, wanted.hashes, wanted.tell)

    def _unpacking(self, brought: FetchOutcome) -> Flow[FetchOutcome]:
        """Undo a `Content-Encoding` that is not part of the stored file."""
        answer = brought.answer
        if not isinstance(answer, Fetched) or answer.broken or answer.too_large or _missing(answer):
            return brought
        codings = self._codings_on_the_way(answer)
        if not codings:
            return brought
        wanted = self._wanted
        unpacked = yield from fetch(Unpack(answer, wanted.into, codings, wanted.most, wanted.hashes))
        seconds, done = brought.seconds + unpacked.seconds, unpacked.answer
        assert isinstance(done, Fetched)  # noqa: S101 - what Unpack is answered with
        if done.broken:
            self._part = PartialFile()
            return FetchOutcome(done.broken, seconds)
        # The length in the answer is that of the compressed file.
        headers = {name: value for name, value in done.headers.items() if name != "content-range"}
        return FetchOutcome(replace(done, headers=headers), seconds)

    def _codings_on_the_way(self, answer: Fetched) -> tuple[str, ...]:
        """Compression that was added in transit although identity was requested.

        The bytes that came are the stored ones when they have its recorded hash or size, or when the file's name says that
        it is packed so and it is not packed once more.
        """
        codings = codings_of(answer.headers)
        if not codings or not answer.size or self._is_recorded(answer):
            return ()
        named = is_named_so(self._name(answer), codings[0])
        if not UNPACKABLE.issuperset(codings):
            if not named:
                raise self._packed_in_another_way(codings, answer.status)
            return ()
        opening = opening_of(answer.opening, codings)
        if opening is None:
            return ()  # it is not compressed at all
        return codings if not named or is_packed(opening, codings[0]) else ()

    def _name(self, answer: Fetched) -> str:
        return file_name(self._wanted.resource, self._at, answer.headers.get("content-disposition", ""))

    def _is_recorded(self, answer: Fetched) -> bool:
        """Whether these bytes match the portal's hash or size of the file."""
        resource = self._wanted.resource
        recorded = algorithm_of(resource.get("hash"))
        same = recorded is not None and answer.hashes.get(recorded[0]) == recorded[1]
        return same or str(resource.get("size")) == str(answer.size)

    def _packed_in_another_way(self, codings: tuple[str, ...], status: int) -> errors.PortalError:
        return errors.NotTheFile(
            f"{self._wanted.about}: what came is packed as {', '.join(codings)}, which was not asked for and cannot be"
            " unpacked here.",
            status=status,
            hint="Download it with a browser, and tell the server's administrator that it ignores Accept-Encoding: identity.",
        )

    def _keep(self, reply: Reply) -> Accept | None:
        """Decide from the start of an answer what to do with it."""
        version = Validators.of(reply.headers)
        if reply.status == 206:
            return self._noted(self._part.size, self._part.version) if self._continues(reply, version) else None
        if reply.status != 200 or self._why_not(reply) or self._is_too_large(reply):
            return None
        return self._noted(0, version)

    def _noted(self, offset: int, version: Validators) -> Accept:
        return Accept(offset, {"url": self._wanted.resource.get("url"), **version.note()})

    def _continues(self, reply: Reply, version: Validators) -> bool:
        begins = _RANGE.match(reply.headers.get("content-range", ""))
        before = self._part.version
        # An answer to a Range has these wherever a whole one has them.
        same = (version.etag, version.coding) == (before.etag, before.coding)
        return bool(self._part) and begins is not None and int(begins[1]) == self._part.size and same

    def _why_not(self, reply: Reply) -> str:
        wanted = expected(self._wanted.resource) or self._wanted.otherwise
        return why_not(_readable(reply), wanted, self._at) if self._wanted.check else ""

    def _is_too_large(self, reply: Reply) -> bool:
        length = reply.headers.get("content-length", "")
        return self._wanted.most is not None and length.isdigit() and int(length) > self._wanted.most

    def _got(self, answer: Fetched | Reply | NetworkFailure) -> DownloadResult | None:
        """The result, or None if there is none yet."""
        if isinstance(answer, Fetched) and answer.broken is None and not _missing(answer):
            begun = self._part.size if answer.status == 206 else 0
            outcome: Literal["fetched", "too large"] = "too large" if answer.too_large else "fetched"
            return DownloadResult(outcome, self._at, answer.headers, answer.size, answer.hashes, begun)
        if isinstance(answer, Reply) and answer.status == 304 and self._wanted.have and not self._part:
            return DownloadResult("unchanged", self._at, answer.headers)
        if (
            isinstance(answer, Reply)
            and answer.status == 200
            and self._is_too_large(answer)
            and not self._why_not(answer)
        ):
            return DownloadResult("too large", self._at, answer.headers, int(answer.headers["content-length"]))
        return None

    def _has_grown(self, answer: Fetched | Reply | NetworkFailure) -> bool:
        """Keep a resumable part, and return whether it is larger than ever before."""
        if isinstance(answer, Fetched):
            version = self._part.version if answer.status == 206 else Validators.of(answer.headers)
            self._part = PartialFile(answer.size, version) if _missing(answer) >= 0 else PartialFile()
        elif isinstance(answer, Reply) and answer.status in (206, 416):
            self._part = PartialFile()
        if not self._part or self._part.size <= self._furthest:
            return False
        self._furthest = self._part.size
        return True

    def _trouble(self, answer: Fetched | Reply | NetworkFailure) -> tuple[errors.TuckanError, Reply | NetworkFailure]:
        """The error to end with when patience does, and what was the trouble; other errors are raised at once."""
        cut = isinstance(answer, Fetched)
        if isinstance(answer, Fetched):
            answer = answer.broken or NetworkFailure(
                "broken", "the length of the answer differs from its Content-Length"
            )
        if isinstance(answer, NetworkFailure):
            self._portal_state.troubles += answer.kind == "timeout" and is_portals_own(self._at, self._portal_state)
            error = self._no_answer(answer)
            self._cut = error if cut else self._cut
            if not retry.is_passing(answer):
                raise error
            return error, answer
        if answer.status in (206, 416) and self._part:
            # The part belongs to another version, or is already complete: restart.
            return self._cut or self._not_the_file(answer), answer
        if not retry.is_passing(answer):
            raise self._not_the_file(answer)
        self._portal_state.troubles += answer.status in (429, 503, 504) and is_portals_own(self._at, self._portal_state)
        return self._not_the_file(answer), answer

    def _no_answer(self, answer: NetworkFailure) -> errors.TransportError:
        kind = errors.Timeout if answer.kind == "timeout" else errors.ConnectionFailed
        what = {"timeout": "no answer in the time allowed", "broken": f"the connection broke ({answer.reason})"}
        hint = "Run it again: it resumes where it stopped, if the server supports that."
        if answer.kind == "tls":
            hint = "The certificate of that host is not trusted: give the file of its authority with " + errors.Hint(
                "verify='ca.pem'.", "--ca-file ca.pem."
            )
        return kind(
            f"{self._wanted.about}: {what.get(answer.kind, f'no connection ({answer.reason})')}, at {self._where()}.",
            url=self._where(),
            hint=hint,
        )

    def _not_the_file(self, reply: Reply) -> errors.PortalError:
        reply = _readable(reply)
        status = reply.status
        if status in (401, 403):
            return self._refused(errors.NotAuthorized, f"{self._where()} refuses it (status {status})", status)
        if status in (404, 410):
            return self._refused(errors.NotFound, f"it is not at {self._where()} (status {status})", status)
        if status == 429:
            error = self._refused(errors.RateLimited, f"{self._where()} is limiting requests (429)", status)
            assert isinstance(error, errors.RateLimited)  # noqa: S101 - made just above
            error.retry_after = retry.retry_after(reply)
            return error
        if status == 500:
            return self._refused(errors.ServerError, f"{self._where()} had an internal error (status 500)", status)
        if status > 500:
            return self._refused(errors.Unavailable, f"{self._where()} is not available (status {status})", status)
        what = self._why_not(reply) if status == 200 else ""
        return self._refused(
            errors.NotTheFile,
            f"the answer is {what or describe(reply)} (status {status}), so nothing was saved",
            status,
        )

    def _refused(self, kind: type[errors.PortalError], what: str, status: int) -> errors.PortalError:
        own = is_portals_own(self._at, self._portal_state)
        hints: dict[type[errors.PortalError], str] = {
            errors.NotAuthorized: "The token's user is not allowed to download it."
            if self._portal_state.token
            else "It may require a token: set CKAN_API_KEY.",
            errors.NotFound: "The portal has lost the file: upload it again."
            if own
            else "The link is dead: correct the resource's url.",
            errors.NotTheFile: "Open its address in a browser; the resource's url or format may have to be corrected.",
        }
        hint = hints.get(kind, "Try again later.")
        if kind is errors.NotAuthorized and not own:
            hint = "That host requires its own login; the portal's token is never sent there."
        return kind(f"{self._wanted.about}: {what}.", status=status, hint=hint)

    def _where(self) -> str:
        """The requested address, without parts that may be secret."""
        parts = urlsplit(self._at)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
