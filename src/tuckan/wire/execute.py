"""The flow of one call: the portal's location, the accepted encoding, redirects, retries, and the result.

A write that may have reached the portal is never repeated, unless it is idempotent.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from tuckan import errors
from tuckan.wire import envelope, retry
from tuckan.wire.call import Call
from tuckan.wire.encoding import ask, encodings, redirect_in_place_of_result, redirected
from tuckan.wire.flow import Flow, NetworkFailure, Reply, Request, Wait, both, send
from tuckan.wire.redaction import answer_without_secrets, without_secrets_of

if TYPE_CHECKING:
    from tuckan.wire.call import Asked
    from tuckan.wire.portal_state import Encoding, PortalState

MOST_REDIRECTS = 5


def execute(call: Call, portal_state: PortalState) -> Flow[Any]:
    """Call an action and return its result.

    Args:
        call: the call.
        portal_state: the portal, and what is known about it.

    Returns:
        A flow that returns CKAN's `result`.

    Raises:
        PortalError: the portal refused; the subclass says why.
        TransportError: no answer arrived; `InDoubt` for a write that may have arrived.
    """
    try:
        calling = _calling(call, portal_state)
        if portal_state.token and not portal_state.token_checked:
            if call.read_only and portal_state.checks_beside:
                return (yield from both(checking_token(portal_state), calling))
            yield from checking_token(portal_state)
        return (yield from calling)
    except errors.TuckanError as error:
        complete(error, portal_state)
        raise


def complete(error: errors.TuckanError, portal_state: PortalState, secrets: tuple[str, ...] = ()) -> None:
    """Add to an error which portal it comes from, and take out what is secret.

    Args:
        error: the error.
        portal_state: the portal.
        secrets: what was sent beside the portal's own secrets.
    """
    if isinstance(error, errors.PortalError):
        error.portal = error.portal or portal_state.address.site
    without_secrets_of(error, (*portal_state.secrets, *secrets))


def checking_token(portal_state: PortalState) -> Flow[dict[str, Any]]:
    """Find out whose token this is, since CKAN treats an invalid token as none.

    From 2.10, `user_show` without an id answers with the token's own user. CKAN 2.9 requires an id; there the dashboard,
    which requires a login, shows at least whether the token is valid.

    Returns:
        A flow that returns the user, or `{}` if the portal does not say who it is.

    Raises:
        InvalidToken: when the portal does not know the token.
    """
    for action in ("user_show", "dashboard_new_activities_count"):
        try:
            answer = yield from _calling(Call(action, read_only=True, as_is=True), portal_state)
        except (errors.NotFound, errors.NotAuthorized, errors.ActionNotFound, errors.ValidationError):
            continue
        portal_state.token_checked = True
        return answer if isinstance(answer, dict) else {}
    raise errors.InvalidToken(
        f"{portal_state.address.site} does not know this token.",
        action="user_show",
        status=403,
        hint="It may be expired or revoked, or belong to another portal. Create a new one on your user page there (API Tokens), then "
        + errors.Hint("set CKAN_API_KEY or pass token=...", "log in again (`tuckan login`) or set CKAN_API_KEY."),
    )


def _calling(call: Call, portal_state: PortalState) -> Flow[Any]:
    if portal_state.action_base is None and not call.read_only:
        yield from locating(portal_state)
    spent = 0.0
    attempt = 0
    while True:
        attempt += 1
        answer, seconds = yield from _by_any_encoding(call, portal_state)
        spent += seconds
        failure = _failure(call, answer, portal_state)
        if failure is None:
            assert isinstance(answer, Reply)  # noqa: S101 - a network failure is always a failure
            return _result(call, answer, portal_state)
        without_secrets_of(failure, portal_state.secrets)
        if not call.may_repeat and retry.may_have_arrived(answer):
            raise in_doubt(call, failure)
        policy = portal_state.policy if portal_state.action_base else portal_state.policy.first_contact()
        wait = retry.pause(policy, attempt, spent, answer, portal_state.chance)
        if wait is None or (call.divisible and retry.took_too_long(answer)):
            raise failure
        yield Wait(wait, failure.message)
        spent += wait


def _result(call: Call, answer: Reply, portal_state: PortalState) -> Any:
    """The result of a final answer.

    A write that something other than CKAN answered, without refusing it, is in doubt.
    """
    try:
        result = envelope.result_of(call, answer, with_token=bool(portal_state.token))
    except errors.NotCKAN as error:
        if call.may_repeat or answer.status >= 400:
            raise
        raise in_doubt(call, error) from error
    call.tell(len(answer.body))
    return result


def _failure(call: Call, answer: Reply | NetworkFailure, portal_state: PortalState) -> errors.TuckanError | None:
    """The error for an answer that a retry may fix, or None for a final one."""
    portal_state.troubles += retry.is_struggling(answer)
    if isinstance(answer, NetworkFailure):
        error = no_answer(call, answer, portal_state.action_base or portal_state.address.site)
        if not retry.is_passing(answer):
            raise error
        return error
    if not retry.is_passing(answer) and not _is_cut(answer):
        return None
    try:
        envelope.result_of(call, answer, with_token=bool(portal_state.token))
    except errors.SearchError:
        return None  # a refused query stays refused, whatever the status
    except errors.TuckanError as error:
        return error
    return None


def _is_cut(reply: Reply) -> bool:
    """Whether a valid answer was truncated; a retry does not help if it never was an envelope."""
    return reply.status == 200 and not reply.ending.endswith(b"}") and reply.opening[:1] in (b"", b"{")


def _by_any_encoding(call: Call, portal_state: PortalState) -> Flow[tuple[Reply | NetworkFailure, float]]:
    """Try each encoding until one is not refused, and remember it."""
    spent = 0.0
    first: Reply | None = None
    for encoding in encodings(call, portal_state):
        if first is not None and _may_be_done(call, first) and encoding != "get":
            continue
        answer, seconds = yield from _at_any_place(call, portal_state, encoding)
        spent += seconds
        if isinstance(answer, NetworkFailure) or not _refused(call, answer):
            if first is not None and isinstance(answer, Reply) and envelope.is_ckan(answer):
                _remember_encoding(call, portal_state, encoding)
            return answer, spent
        first = first or answer
    assert first is not None  # noqa: S101 - there is always one encoding at least
    return first, spent


def _refused(call: Call, reply: Reply) -> bool:
    if reply.status == 200:
        return (call.read_only or call.unlisted) and reply.opening.startswith(b"<")
    return envelope.refuses_encoding(reply)


def _may_be_done(call: Call, reply: Reply) -> bool:
    """Whether a write was answered with a page, so its outcome is unknown."""
    return reply.status == 200 and not call.read_only


def _remember_encoding(call: Call, portal_state: PortalState, encoding: Encoding) -> None:
    portal_state.limitations.encodings[call.action] = encoding
    if (
        call.read_only
        and len({name for name, known in portal_state.limitations.encodings.items() if known == encoding}) > 1
    ):
        portal_state.limitations.usual_encoding = (
            encoding  # two actions refused the usual encoding: it is the portal, not the action
        )


def _at_any_place(
    call: Call, portal_state: PortalState, encoding: Encoding
) -> Flow[tuple[Reply | NetworkFailure, float]]:
    """Send the call to the portal's known or likely address; search for it once if the answer is not CKAN's."""
    known = portal_state.action_base
    base = known or portal_state.address.candidates[0]
    answer, seconds = yield from _following(call, portal_state, base, encoding)
    if known is not None or isinstance(answer, NetworkFailure) or retry.is_passing(answer):
        return answer, seconds
    if envelope.is_ckan(answer):
        portal_state.action_base = portal_state.action_base or base
        return answer, seconds
    if envelope.refuses_encoding(answer) and encoding != "form":
        return answer, seconds
    found = yield from locating(portal_state, unless=base)
    if found == base:
        return answer, seconds
    again, more = yield from _following(call, portal_state, found, encoding)
    return again, seconds + more


def locating(portal_state: PortalState, unless: str | None = None) -> Flow[str]:
    """Find the address of the portal's actions, by requesting the status at each likely one.

    Args:
        portal_state: the portal; its `action_base` is set.
        unless: an address that was just tried, to be tried last.

    Returns:
        A flow that returns the address.

    Raises:
        NotCKAN: when none of them responds like CKAN.
        TransportError: when nothing answers at all.
    """
    status = Call("status_show", read_only=True)
    last: Reply | NetworkFailure | None = None
    for base in sorted(portal_state.address.candidates, key=lambda candidate: candidate == unless):
        try:
            last, _ = yield from _following(status, portal_state, base, "get")
        except errors.NotCKAN:
            continue
        if isinstance(last, NetworkFailure):
            raise no_answer(status, last, base)
        if envelope.is_ckan(last):
            portal_state.action_base = portal_state.action_base or base
            return portal_state.action_base
    seen = f" (status {last.status}, {envelope.describe(last)})" if isinstance(last, Reply) else ""
    raise errors.NotCKAN(
        f"{portal_state.address.site} does not answer like a CKAN portal{seen}.",
        action="status_show",
        status=last.status if isinstance(last, Reply) else 0,
        hint=f"Check the address. A CKAN portal shows JSON in a browser at {portal_state.address.candidates[0]}/status_show",
    )


def _following(
    call: Call, portal_state: PortalState, base: str, encoding: Encoding
) -> Flow[tuple[Reply | NetworkFailure, float]]:
    """Send one request, following redirects on the portal's own host: POST stays POST.

    A write follows a redirect only if the status says that nothing was done (307, 308), or if it is idempotent: CKAN
    and proxies in front of it also answer with 301, 302 and 303 after they have acted.
    """
    spent = 0.0
    for _ in range(MOST_REDIRECTS):
        request = ask(call, portal_state, base, encoding)
        outcome = yield from send(request)
        spent += outcome.seconds
        answer = outcome.answer
        if isinstance(answer, NetworkFailure) or answer.status >= 300 or answer.body[:1] != b"{":
            answer = answer_without_secrets(answer, request)  # all but the parts with data
        if isinstance(answer, NetworkFailure) or not (300 <= answer.status < 400 and "location" in answer.headers):
            return answer, spent
        if not call.may_repeat and answer.status not in (307, 308):
            raise in_doubt(call, redirect_in_place_of_result(call, request, answer))
        base = _moved(call, portal_state, request, answer)
    raise errors.NotCKAN(
        f"{call.action}: the portal redirects in a loop.",
        action=call.action,
        status=302,
        hint="Check the address.",
    )


def _moved(call: Call, portal_state: PortalState, request: Request, reply: Reply) -> str:
    base, upgrade = redirected(call, request, reply)
    if upgrade:
        moved_to_https(portal_state, base)
    portal_state.action_base = base
    return base


def moved_to_https(portal_state: PortalState, base: str) -> None:
    """Remember that the portal uses https from now on, with its actions at `base`, and warn once."""
    if portal_state.address.site.startswith("https:"):
        portal_state.action_base = base  # another request was redirected at the same time
        return
    portal_state.address = replace(
        portal_state.address,
        site="https" + portal_state.address.site[4:],
        candidates=(base, *portal_state.address.candidates),
    )
    portal_state.action_base = base
    warnings.warn(
        f"The portal has moved from http to https; {portal_state.address.site} is used from now on.",
        errors.PortalMoved,
        stacklevel=2,
    )


def no_answer(call: Asked, answer: NetworkFailure, where: str) -> errors.TuckanError:
    """The error for a request without an answer, or with an unusable one."""
    about = envelope.subject(call)
    if answer.kind == "timeout":
        return errors.Timeout(
            f"{about}: no answer from {where} in the time allowed.",
            action=call.action,
            url=where,
            hint="Try again, or allow more with " + errors.Hint("timeout=... (seconds).", "--timeout SECONDS."),
        )
    if answer.kind == "too large":
        return errors.AnswerTooLarge(
            f"{about}: the answer of {where} has {answer.reason}; the rest was not read.",
            action=call.action,
            url=where,
            hint="Ask for less at once" + errors.Hint(", or allow more with max_answer_bytes=...", "."),
        )
    if answer.kind == "encoding":
        return errors.NotCKAN(
            f"{about}: the answer of {where} can't be read: {answer.reason}.",
            action=call.action,
            hint="A proxy in front of the portal may corrupt it; tell its administrator.",
        )
    broken = answer.kind == "broken"
    what = f"the connection to {where} broke" if broken else f"cannot connect to {where}"
    return errors.ConnectionFailed(
        f"{about}: {what} ({answer.reason}).", action=call.action, url=where, hint=_about_connection(answer, where)
    )


def _about_connection(answer: NetworkFailure, where: str) -> str:
    if answer.kind == "broken":
        return "Try again; a proxy or firewall in front of the portal may cut its answers."
    if answer.kind == "no tls":
        return f"Check the address: is it http{where.removeprefix('https')}?"
    if answer.kind == "tls":
        return (
            "Its certificate is not trusted. If the portal has its own certificate authority, give that one's file with "
            + errors.Hint("verify='ca.pem'", "--ca-file ca.pem")
            + "; on a minimal system, install ca-certificates."
        )
    return "Check the address for typing errors, and your network connection. The portal may also be down."


def in_doubt(call: Asked, failure: errors.TuckanError) -> errors.InDoubt:
    """The error for a write that may have arrived."""
    about = envelope.subject(call)
    error = errors.InDoubt(
        f"{about}: it may have arrived, so it was not sent again. {failure.message}",
        action=call.action,
        url=getattr(failure, "url", ""),
        hint="Check whether the change was made before you repeat it.",
    )
    error.about = about
    error.__cause__ = failure
    return error
