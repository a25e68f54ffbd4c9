"""Requests of a portal's routes outside the Action API: where they may go, how they are sent, and their responses."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlencode, urljoin, urlsplit, urlunsplit

from tuckan import errors
from tuckan.errors import Hint, InvalidArgument
from tuckan.shapes import Response
from tuckan.wire import encoding, envelope, retry
from tuckan.wire.address import is_upgrade, origin
from tuckan.wire.call import as_json, as_text
from tuckan.wire.execute import (
    MOST_REDIRECTS,
    checking_token,
    complete,
    in_doubt,
    locating,
    moved_to_https,
    no_answer,
)
from tuckan.wire.flow import Body, Flow, Form, NetworkFailure, Reply, Request, Wait, send
from tuckan.wire.portal_state import check_headers
from tuckan.wire.redaction import answer_without_secrets, secrets_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tuckan.wire.portal_state import PortalState

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
METHODS = (*SAFE_METHODS, "POST", "PUT", "PATCH", "DELETE")

_ACTIONS = re.compile(r"/api(?:/\d)?/action$")
_ALLOWED_IN_PATH = "/%:@!$&'()*+,;=~"
_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "cookie"})
"""Headers that would redirect a request or contradict its content."""


@dataclass(frozen=True, slots=True)
class Route:
    """One request of a route.

    Attributes:
        method: the HTTP method.
        path: the path after the portal's own address, as sent.
        params: query parameters in addition to those in `path`.
        headers: additional headers of this request.
        body: the body.
        timeout: seconds for an answer, or None for the client's own.
    """

    method: str
    path: str
    params: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    body: Body = field(default=None, repr=False)
    timeout: float | None = None

    @property
    def action(self) -> str:
        """Its name in errors, without the query, which may contain secrets."""
        return f"{self.method} {self.path.partition('?')[0]}"

    @property
    def is_safe(self) -> bool:
        """Whether the HTTP method is safe, so it may be repeated."""
        return self.method in SAFE_METHODS


def route(
    portal_state: PortalState,
    method: str,
    path: str,
    *,
    params: Mapping[str, Any] | None = None,
    json: Any = None,
    data: Mapping[str, Any] | bytes | str | None = None,
    files: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> Route:
    """Check a request before it is sent.

    Raises:
        InvalidArgument: when it would leave the portal, or can't be sent.
    """
    verb = str(method).strip().upper()
    if verb not in METHODS:
        raise InvalidArgument(f"{method!r} is not a supported method.", hint=f"Use one of {', '.join(METHODS)}.")
    if timeout is not None and timeout <= 0:
        raise InvalidArgument(f"timeout={timeout} is not a valid time limit.", hint="Give seconds, more than 0.")
    body, kind = _body(json, data, files, verb)
    _check_own_headers(headers or {}, portal_state)
    own = {name: str(value) for name, value in (headers or {}).items()}
    if kind and not any(name.lower() == "content-type" for name in own):
        own["Content-Type"] = kind
    return Route(verb, _path(path, portal_state), dict(params or {}), own, body, timeout)


def _require_one_body(json: bool, other: bool, verb: str) -> None:
    if json and other:
        raise InvalidArgument(
            "A request has one body: `json` was given together with `data` or `files`.", hint="Give one."
        )
    if verb in SAFE_METHODS and (json or other):
        raise InvalidArgument(
            f"A {verb} request has no body.",
            hint=Hint(
                "Use params= for its query, or another method.", "Give its query as KEY=TEXT, or another --method."
            ),
        )


def _body(json: Any, data: Any, files: Mapping[str, Any] | None, verb: str) -> tuple[Body, str]:
    """The body, and its content type if the HTTP library does not set it."""
    _require_one_body(json is not None, data is not None or bool(files), verb)
    label = f"{verb} request"
    if json is not None:
        return as_json(json, label), "application/json"
    if files:
        if data is not None and not hasattr(data, "items"):
            raise InvalidArgument(
                "Files can only be sent with fields.",
                hint=Hint("Give data= as a dict, or no files.", "Give fields as KEY=TEXT, or no files."),
            )
        fields: dict[str, list[str]] = {}
        for name, value in _pairs(data or {}, label):
            fields.setdefault(name, []).append(value)
        return Form(fields, files), ""
    if data is None or isinstance(data, (bytes, bytearray)):
        return data if data is None else bytes(data), ""
    if isinstance(data, str):
        return data.encode(), ""
    if not hasattr(data, "items"):
        raise InvalidArgument(
            f"data= can't be a {type(data).__name__}.",
            hint=Hint(
                "Give a dict of fields, text or bytes; or use json= or files=.",
                "Give fields as KEY=TEXT, or the body with --data.",
            ),
        )
    return urlencode(_pairs(data, label)).encode(), "application/x-www-form-urlencoded"


def _pairs(params: Mapping[str, Any], label: str) -> list[tuple[str, str]]:
    """Names with texts: None is omitted, lists are repeated names, anything nested is JSON."""
    values = ((name, value if isinstance(value, (list, tuple)) else [value]) for name, value in params.items())
    return [(name, as_text(one, label)) for name, several in values for one in several if one is not None]


def _check_own_headers(headers: Mapping[str, str], portal_state: PortalState) -> None:
    check_headers(headers)
    taken = _OURS | ({name.lower() for name in portal_state.token_headers} if portal_state.token else frozenset())
    for name in headers:
        if name.lower() in taken:
            raise InvalidArgument(
                f"The header {name} is set by the client.",
                hint="Leave it out; give the token to the client instead.",
            )


def _path(given: str, portal_state: PortalState) -> str:
    """The path after the portal's address, percent-encoded, with a leading slash.

    Raises:
        InvalidArgument: when it leads elsewhere, or is not a path.
    """
    text = _within(str(given), portal_state.address.site)
    path, mark, query = text.partition("?")
    if any(ord(one) < 0x20 or 0x7F <= ord(one) < 0xA0 or 0xD800 <= ord(one) < 0xE000 for one in str(given)):
        raise _no_path(given, "It contains a line break or another control character.")
    decoded = path
    while (again := unquote(decoded)) != decoded:
        decoded = again
    if decoded.startswith("//") or "\\" in decoded:
        raise _no_path(given, "It starts with // or contains a backslash, which may name another host.")
    if any(part.partition(";")[0].strip() in (".", "..") for part in decoded.split("/")):
        raise _no_path(given, "It contains . or .., which may lead out of the portal.")
    if "#" in text:
        raise _no_path(given, "A # and everything after it is never sent; write %23 for a literal #.")
    return "/" + quote(path.lstrip("/"), safe=_ALLOWED_IN_PATH) + mark + quote(query, safe=_ALLOWED_IN_PATH + "?")


def _within(given: str, site: str) -> str:
    """The part of an address after the portal's; a path is returned as it is."""
    if not re.match(r"[A-Za-z][A-Za-z0-9+.-]*:/", given):
        return given
    try:
        ours = origin(given) == origin(site) and "@" not in urlsplit(given).netloc
    except ValueError:
        ours = False
    behind = urlsplit(given)._replace(scheme="", netloc="").geturl() if ours else ""
    base = urlsplit(site).path
    if not ours or not (behind == base or behind.startswith((f"{base}/", f"{base}?"))):
        raise InvalidArgument(
            f"That address is not one of {site}; requests go only to the client's own portal.",
            hint="Give a path such as /api/util/status, or connect to the other portal.",
        )
    return behind.removeprefix(base) or "/"


def _no_path(given: str, why: str) -> InvalidArgument:
    return InvalidArgument(
        f"{given[:200]!r} is not a path on the portal. {why}", hint="A path looks like /dataset/rivers.ttl."
    )


def requesting(asked: Route, portal_state: PortalState) -> Flow[Response]:
    """Send a request for a route to the portal.

    Returns:
        A flow that returns the answer, whose status is below 400.

    Raises:
        PortalError: the portal refused; the subclass says why.
        TransportError: no answer arrived; `InDoubt` for a write that may have arrived.
    """
    try:
        if portal_state.token and not portal_state.token_checked:
            yield from checking_token(portal_state)
        places = {_ACTIONS.sub("", candidate) for candidate in portal_state.address.candidates}
        if portal_state.action_base is None and (len(places) > 1 or not asked.is_safe):
            yield from locating(portal_state)
        return (yield from _insistently(asked, portal_state))
    except errors.TuckanError as error:
        complete(error, portal_state, secrets_in(asked.headers))
        raise


def _insistently(asked: Route, portal_state: PortalState) -> Flow[Response]:
    spent = 0.0
    attempt = 0
    while True:
        attempt += 1
        url, answer, seconds = yield from _following(asked, portal_state)
        spent += seconds
        portal_state.troubles += retry.is_struggling(answer)
        if isinstance(answer, Reply) and answer.status < 400:
            return Response(answer.status, dict(answer.headers), bytes(answer.body), url)
        failure = _failure(asked, answer, portal_state)
        if retry.may_have_arrived(answer) and not asked.is_safe and _tells_nothing(answer):
            raise in_doubt(asked, failure)
        wait = retry.pause(portal_state.policy, attempt, spent, answer, portal_state.chance)
        if wait is None or not retry.is_passing(answer):
            raise failure
        yield Wait(wait)
        spent += wait


def _tells_nothing(answer: Reply | NetworkFailure) -> bool:
    """Whether an answer leaves the outcome of a write unknown."""
    return isinstance(answer, NetworkFailure) or answer.status in retry.PASSING


def _failure(asked: Route, answer: Reply | NetworkFailure, portal_state: PortalState) -> errors.TuckanError:
    if isinstance(answer, NetworkFailure):
        return no_answer(asked, answer, portal_state.address.site)
    return envelope.refusal_by_route(asked, answer, with_token=bool(portal_state.token))


def _following(asked: Route, portal_state: PortalState) -> Flow[tuple[str, Reply | NetworkFailure, float]]:
    """Send it, following redirects on the portal's own host; a write follows only redirects that say that nothing was done."""
    spent = 0.0
    base = _ACTIONS.sub("", portal_state.action_base or portal_state.address.candidates[0])
    query = urlencode(_pairs(asked.params, asked.action))
    url = base + asked.path + (("&" if "?" in asked.path else "?") + query if query else "")
    for _ in range(MOST_REDIRECTS):
        headers = {"Accept": "*/*", **portal_state.headers}
        names = {name.lower() for name in asked.headers}
        headers = {name: value for name, value in headers.items() if name.lower() not in names}
        headers |= {**asked.headers, **portal_state.secret_headers()}
        request = Request(asked.method, url, headers, asked.body, asked.timeout or portal_state.timeout)
        outcome = yield from send(request)
        spent += outcome.seconds
        answer = outcome.answer
        if isinstance(answer, NetworkFailure) or answer.status >= 400:
            answer = answer_without_secrets(answer, request)
        if (
            isinstance(answer, NetworkFailure)
            or answer.status not in (301, 302, 303, 307, 308)
            or not answer.headers.get("location")
        ):
            return url, answer, spent
        target = _target(asked, url, answer, portal_state)
        if target is None:
            return url, answer, spent
        url = target
    raise errors.NotCKAN(
        f"{asked.action}: the portal redirects in a loop.", action=asked.action, status=302, hint="Check the path."
    )


def _target(asked: Route, url: str, reply: Reply, portal_state: PortalState) -> str | None:
    """The target of the redirect, or None for the redirect of a write, which is its answer."""
    try:
        location = urlsplit(urljoin(url, reply.headers["location"]))
        target = urlunsplit(location._replace(fragment=""))
        upgrade = is_upgrade(url, target)
        elsewhere = origin(target) != origin(url) and not upgrade
    except ValueError:
        raise errors.NotCKAN(
            f"{asked.action}: the portal redirects to an invalid address.",
            action=asked.action,
            status=reply.status,
            hint="Check the path in a browser.",
        ) from None
    followed = asked.is_safe or reply.status in (307, 308)
    if elsewhere:
        error = encoding.redirected_elsewhere(asked, reply, target)
        raise error if followed else in_doubt(asked, error)
    if location.path.rstrip("/").endswith("/user/login"):
        raise errors.NotAuthorized(
            f"{asked.action}: the portal redirects to its login page.",
            action=asked.action,
            status=reply.status,
            hint="This route requires a login: provide a token whose user is authorized.",
        )
    if not followed:
        return None
    if upgrade:
        moved_to_https(portal_state, "https" + (portal_state.action_base or portal_state.address.candidates[0])[4:])
    # Without a user name in the redirect: only the token identifies the user.
    safe = _ALLOWED_IN_PATH + "?"
    return urlunsplit(
        (
            location.scheme,
            location.netloc.rpartition("@")[2],
            quote(location.path, safe=safe, errors="replace"),
            quote(location.query, safe=safe, errors="replace"),
            "",
        )
    )
