"""From an HTTP answer to a result or the right error.

CKAN says what went wrong in `error.__type`; statuses are shared between kinds of errors (409 is both a validation and a
search error), some answers are a bare JSON string, and proxies in front of a portal answer in HTML. These cases are distinguished here.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar

import msgspec

from tuckan import errors
from tuckan.wire.flow import Reply
from tuckan.wire.forms import difference
from tuckan.wire.gc_pause import at_rest, take_for_old
from tuckan.wire.redaction import MAX_DEPTH
from tuckan.wire.retry import retry_after

if TYPE_CHECKING:
    from tuckan.wire.call import Asked, Call

T = TypeVar("T")

_BY_TYPE: dict[str, type[errors.PortalError]] = {
    "Not Found Error": errors.NotFound,
    "Authorization Error": errors.NotAuthorized,
    "Validation Error": errors.ValidationError,
    "Integrity Error": errors.ValidationError,
    "Search Error": errors.SearchError,
    "Search Query Error": errors.SearchError,
    "Search Index Error": errors.SearchError,
    "Search Connection Error": errors.SearchError,
    "Internal Server Error": errors.ServerError,
}
_BY_STATUS: dict[int, type[errors.PortalError]] = {
    401: errors.NotAuthorized,
    403: errors.NotAuthorized,
    404: errors.NotFound,
    409: errors.ValidationError,
    422: errors.ValidationError,
    500: errors.ServerError,
}
_NAMING_PARAMETERS = ("id", "name", "name_or_id", "resource_id", "package_id", "user_id", "user", "q", "fq")
_KINDS = {
    "package": "dataset",
    "organization": "organization",
    "group": "group",
    "user": "user",
    "vocabulary": "vocabulary",
    "vocabulary_id": "vocabulary",
    "resource": "resource",
    "datastore": "resource",
    "package_id": "dataset",
    "resource_id": "resource",
    "user_id": "user",
}
"""The kind of record that the parameters of an action name, or else the action's first word."""

_LARGE = 1 << 18
"""Answers of at least this size create so many objects that the garbage collector would scan them hundreds of times."""


class _Envelope(msgspec.Struct, Generic[T]):
    success: Any = None
    result: T = None  # type: ignore[assignment]
    error: Any = None


@functools.cache
def _decoder(shape: Any) -> msgspec.json.Decoder[_Envelope[Any]]:
    return msgspec.json.Decoder(_Envelope[shape])


def result_of(call: Call, reply: Reply, *, with_token: bool) -> Any:
    """Return the result of a call, or raise the matching error.

    Args:
        call: what was asked.
        reply: what came back.
        with_token: whether a token was sent; hints depend on it.

    Returns:
        CKAN's `result`, in the shape of the call.

    Raises:
        PortalError: the subclass that fits.
    """
    strange = ""
    try:
        envelope = _decoded(reply.body, call.shape)
    except RecursionError:
        strange, envelope = "JSON nested too deeply", None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        if isinstance(error, msgspec.ValidationError) and b'"success"' in reply.body:
            strange = f"an unexpected result: {error}"
        envelope = None
    if strange:
        raise not_ckan(call, reply, strange)
    if envelope is None:  # raised outside the handler, since the decoder's error holds the whole body
        _raise_unreadable(call, reply)
    if envelope.success is True and reply.status < 400:
        if envelope.result is None and call.shape is not Any:
            raise not_ckan(call, reply, "no result")
        if what := difference(call, envelope.result):
            raise not_ckan(call, reply, f"an unexpected result: {what}")
        return envelope.result
    if envelope.success is None and envelope.error is None:
        raise not_ckan(call, reply, "JSON without `success`")
    return _raise_refusal(call, reply, envelope.error, with_token=with_token)


def _decoded(body: bytes | bytearray, shape: Any) -> _Envelope[Any]:
    """Decode an answer with garbage collection paused: collecting takes as long as decoding."""
    if len(body) < _LARGE:
        return _decoder(shape).decode(body)
    with at_rest():
        decoded = _decoder(shape).decode(body)
        take_for_old()
    return decoded


def refuses_encoding(reply: Reply) -> bool:
    """Whether an answer rejects the request's method or encoding rather than the call itself.

    A firewall that blocks POST answers with a page of its own; CKAN answers a bad GET with a bare JSON string.
    """
    if reply.status in (405, 411, 415, 501):
        return True
    if reply.status == 400:
        return not reply.opening.startswith(b"{") and not _is_unknown_action(reply)
    return reply.status == 403 and not reply.opening.startswith(b"{")


def is_ckan(reply: Reply) -> bool:
    """Whether an answer can have come from CKAN's API."""
    first = reply.opening[:1]
    if reply.status == 400 and first == b'"':
        return True
    return first == b"{" and b'"success"' in reply.body


def record_of(call: Call, found: Any) -> dict[str, Any]:
    """Check that a result is one record.

    Raises:
        NotCKAN: when it is something else.
    """
    if not isinstance(found, dict):
        raise not_ckan(call, Reply(200, {}, b""), f"a {type(found).__name__} instead of a record")
    return found


def not_ckan(call: Asked, reply: Reply, what: str) -> errors.NotCKAN:
    """The error for an answer that did not come from CKAN's API."""
    return errors.NotCKAN(
        f"{call.action}: the answer did not come from CKAN (status {reply.status}, {what}).",
        action=call.action,
        status=reply.status,
        hint="Check that the address is a CKAN portal's (its pages, or .../api/3/action); a firewall or login page may be in front of it.",
    )


def subject(call: Asked) -> str:
    """The call, for messages: its action and its subject."""
    name, value = _named_by(call)
    return f"{call.action} ({name}={value})" if name else call.action


def _named_by(call: Asked) -> tuple[str, str]:
    """The parameter that names a call's subject, and its value; both empty if there is none."""
    match = call.params.get("match")  # package_revise names its dataset there
    params = {**call.params, **match} if isinstance(match, dict) else call.params
    for name in _NAMING_PARAMETERS:
        value = params.get(name)
        if isinstance(value, str) and value and len(value) <= 120:
            return name, value
    return "", ""


def _not_known(call: Asked) -> tuple[str, str] | None:
    """The kind and the name of a call's subject that the portal does not know."""
    name, value = _named_by(call)
    kind = _KINDS.get(name) or _KINDS.get(call.action.partition("_")[0])
    return (kind, value) if kind and value else None


def _raise_unreadable(call: Call, reply: Reply) -> NoReturn:
    """Raise for a body without CKAN's envelope: a bare string, a page, nothing, or a truncated answer."""
    if reply.status == 429:
        raise rate_limited(call, reply)
    if reply.status in (502, 503, 504):
        raise _unavailable(call, reply)
    if reply.status == 413:
        raise _too_large(call)
    text = reply.body.decode("utf-8", "replace").strip()
    if reply.status == 400 and text.startswith('"') and text.endswith('"'):
        _raise_bare_string(call, text.strip('"'))
    raise not_ckan(call, reply, describe(reply))


def _raise_bare_string(call: Call, said: str) -> NoReturn:
    if call.action in said:
        raise errors.ActionNotFound(
            f"This portal has no action {call.action!r}.",
            action=call.action,
            status=400,
            hint="Check the spelling. Its plugin may not be enabled, or CKAN may be too old (see `tuckan status`).",
        )
    raise errors.ValidationError(
        f"{subject(call)}: {said}", action=call.action, status=400, error={"message": said}, hint=""
    )


_SOLR_REASON = re.compile(r"\[Reason: (?:[\w.$]+: )?(.+)\][\\\"')\s]*$", re.DOTALL)
_SOLR_ERROR = re.compile(r"running query: \{.*\} Error: (.+?)[\"'\s]*$", re.DOTALL)
_ESCAPED = re.compile(r"\\+(?=[\"'])")


def _is_unknown_action(reply: Reply) -> bool:
    # "... Action name not known: X" is translated on portals in other languages; the colon and the name stay.
    return re.match(rb'^"[^"]*: [A-Za-z0-9_-]+"\s*$', reply.body) is not None


def _raise_refusal(call: Asked, reply: Reply, error: Any, *, with_token: bool) -> NoReturn:
    details: dict[str, Any] = error if isinstance(error, dict) else {"message": _flat(error or "no reason given")}
    known = _BY_TYPE.get(str(details.get("__type", "")))
    if known is None and reply.status == 429:
        raise rate_limited(call, reply)
    if known is None and reply.status in (502, 503, 504):
        raise _unavailable(call, reply)
    kind = known or _BY_STATUS.get(reply.status, errors.PortalError)
    raised = kind(
        f"{subject(call)}: {_sentence(kind, details)}",
        action=call.action,
        status=reply.status,
        error=details,
        hint=_hint(kind, with_token=with_token),
    )
    raised.unknown = _not_known(call) if kind is errors.NotFound else None
    if raised.unknown and raised.unknown[0] == "resource":
        raised.hint = raised.hint.replace("name or ID", "ID, or name it as dataset/resource-name")
    raise raised


def _sentence(kind: type[errors.PortalError], details: dict[str, Any]) -> str:
    if kind is errors.ValidationError:
        fields = {name: value for name, value in details.items() if not name.startswith("__")}
        return "; ".join(f"{name}: {_flat(value)}" for name, value in fields.items()) or "the values were refused"
    message = str(details.get("message") or details.get("__type") or "refused without a reason")
    # CKAN prefixes Solr's reason with the whole request; `error` keeps all of it.
    search = kind is errors.SearchError
    reason = (_SOLR_REASON.search(message) or _SOLR_ERROR.search(message)) if search else None
    return f"Search error: {_ESCAPED.sub('', reason[1])}" if reason else message


def _flat(value: Any, depth: int = MAX_DEPTH) -> str:
    if isinstance(value, (list, dict)) and depth == 0:
        return "..."
    if isinstance(value, list):
        parts = [
            f"number {n}: {_flat(item, depth - 1)}" if isinstance(item, dict) else _flat(item, depth - 1)
            for n, item in enumerate(value, 1)
            if item
        ]
        return " ".join(parts)
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_flat(item, depth - 1)}" for name, item in value.items())
    return str(value)


def _hint(kind: type[errors.PortalError], *, with_token: bool) -> str:
    if kind is errors.NotAuthorized:
        return (
            "The token's user does not have permission; an administrator can grant it."
            if with_token
            else "No token was given: "
            + errors.Hint("pass token=... or set CKAN_API_KEY.", "log in (`tuckan login`) or set CKAN_API_KEY.")
        )
    if kind is errors.NotFound:
        return (
            "Check the name or ID; it may have been deleted."
            if with_token
            else "Check the name or ID; a private one needs a token."
        )
    hints: dict[type[errors.PortalError], str] = {
        errors.ValidationError: "Nothing was changed. Correct these values and send them again.",
        errors.SearchError: "Check the query's syntax: balanced quotes and brackets, escaped special characters.",
        errors.ServerError: "This is an internal error of the portal; its administrator can find the cause in CKAN's log.",
    }
    return hints.get(kind, "")


def rate_limited(call: Asked, reply: Reply) -> errors.RateLimited:
    """The error for a 429 after all retries."""
    seconds = retry_after(reply)
    error = errors.RateLimited(
        f"{subject(call)}: the portal is limiting requests (429).",
        action=call.action,
        status=429,
        hint="Try again later"
        + (f", in {seconds:.0f} s or more" if seconds else "")
        + errors.Hint(", or lower `concurrency`.", ", or lower --concurrency."),
    )
    error.retry_after = seconds
    return error


def _unavailable(call: Asked, reply: Reply) -> errors.Unavailable:
    return errors.Unavailable(
        f"{subject(call)}: the portal is not available (status {reply.status}).",
        action=call.action,
        status=reply.status,
        hint="It may be overloaded or under maintenance: try again later; a job can be resumed.",
    )


def _too_large(call: Asked) -> errors.TooLarge:
    return errors.TooLarge(
        f"{subject(call)}: the portal refuses a request of this size.",
        action=call.action,
        status=413,
        hint="Send less at once, or ask the portal's administrator about its limits (ckan.max_resource_size, the proxy's).",
    )


def refusal_by_route(asked: Asked, reply: Reply, *, with_token: bool) -> errors.PortalError:
    """The error for an answer of status 400 or above by a route outside the Action API, whatever form its reason has."""
    try:
        body: Any = msgspec.json.decode(reply.body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        body = None
    if reply.status == 413:
        return _too_large(asked)
    if reply.status in (404, 405, 410) and not isinstance(body, dict):
        return _no_such_route(asked, reply)
    said = body.get("error") or body if isinstance(body, dict) else body
    try:
        _raise_refusal(asked, reply, said or f"status {reply.status}, {describe(reply)}", with_token=with_token)
    except errors.PortalError as error:
        return error


def _no_such_route(asked: Asked, reply: Reply) -> errors.PortalError:
    kind = errors.PortalError if reply.status == 405 else errors.NotFound
    what = "does not accept this method there" if reply.status == 405 else "has nothing there"
    return kind(
        f"{subject(asked)}: the portal {what} (status {reply.status}).",
        action=asked.action,
        status=reply.status,
        hint="Check the path and the method; the plugin that serves it may not be enabled.",
    )


def describe(reply: Reply) -> str:
    """A short description of a foreign answer, without quoting text that may contain a secret."""
    if not reply.body.strip():
        return "an empty body"
    if reply.opening[:1] == b"<":
        title = re.search(rb"<title[^>]*>([^<]{1,80})", reply.body, re.IGNORECASE)
        return "a web page" + (f" titled {title[1].decode('utf-8', 'replace').strip()!r}" if title else "")
    if reply.opening[:1] in (b"{", b"[", b'"'):
        return f"JSON that is truncated or invalid after {len(reply.body)} bytes"
    return f"{reply.content_type or 'no content type'}, {len(reply.body)} bytes"
