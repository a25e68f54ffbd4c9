"""From a call to an HTTP request, in each of the three encodings that portals accept."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode, urljoin, urlsplit

from tuckan import errors
from tuckan.shapes import is_secret
from tuckan.wire.address import is_upgrade, origin
from tuckan.wire.call import as_fields, as_json, as_query, is_the_same_by_get
from tuckan.wire.flow import Form, Reply, Request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tuckan.wire.call import Asked, Call
    from tuckan.wire.portal_state import Encoding, PortalState

LONGEST_QUERY = 4000
"""The maximum length of a query in a GET; proxies reliably accept this."""


def ask(call: Call, portal_state: PortalState, base: str, encoding: Encoding) -> Request:
    """Build the request for a call.

    Args:
        call: the call.
        portal_state: whose headers and token to use.
        base: the address of the portal's actions.
        encoding: how to send it.
    """
    url = f"{base}/{call.action}"
    headers = {"Accept": "application/json", **portal_state.headers, **portal_state.secret_headers()}
    timeout = call.timeout or portal_state.timeout
    if call.files:
        form = Form(as_fields(call.params, call.action), call.files, call.digests)
        return Request("POST", url, headers, form, timeout)
    if encoding == "get":
        query = urlencode(as_query(call.params, call.action))
        return Request("GET", f"{url}?{query}" if query else url, headers, None, timeout)
    if encoding == "form":
        # CKAN reads a form of one field whose value is "1" as JSON standing in the field's name, so that nothing is lost.
        return Request("POST", url, headers, Form({as_json(call.params, call.action).decode(): "1"}), timeout)
    return Request(
        "POST",
        url,
        {**headers, "Content-Type": "application/json"},
        as_json(call.params, call.action),
        timeout,
    )


def encodings(call: Call, portal_state: PortalState) -> Iterator[Encoding]:
    """The encodings to try for a call, the one that worked before first.

    A write is never sent by GET. An unknown action may be read-only, and is also tried by GET:
    CKAN refuses GET for all actions that write.
    """
    if call.files:
        yield "form"
        return
    first = portal_state.limitations.encodings.get(call.action) or (
        portal_state.limitations.usual_encoding if call.read_only else "json"
    )
    order: list[Encoding] = ["json", "get", "form"]
    for encoding in sorted(order, key=lambda one: one != first):
        if encoding != "get" or _may_go_by_get(call):
            yield encoding


def _may_go_by_get(call: Call) -> bool:
    if not call.read_only:
        # Unlike those of CKAN's own actions, its parameters are not known: lists might be read otherwise, secrets be logged.
        secret = any(is_secret(name) for name in call.params)
        if secret or not call.unlisted or not is_the_same_by_get(call.params):
            return False
    return len(urlencode(as_query(call.params, call.action))) <= LONGEST_QUERY


def redirected(call: Call, request: Request, reply: Reply) -> tuple[str, bool]:
    """The target of a redirect, if tuckan may follow it.

    Returns:
        The base address of the portal's actions over there, and whether the move is from `http` to `https`.

    Raises:
        Redirected: when it leads to another host, where the token must not go.
        NotCKAN: when it leads to something other than this action, such as a login page.
    """
    try:
        target = urljoin(request.url, reply.headers.get("location", ""))
        elsewhere = origin(target) != origin(request.url)
    except ValueError:
        raise errors.NotCKAN(
            f"{call.action}: the portal redirects to an invalid address.",
            action=call.action,
            status=reply.status,
            hint="Check the portal's address in a browser.",
        ) from None
    plain = target.partition("?")[0].rstrip("/")
    upgrade = is_upgrade(request.url, target)
    if elsewhere and not upgrade:
        raise redirected_elsewhere(call, reply, target)
    if not plain.endswith(f"/{call.action}"):
        raise errors.NotCKAN(
            f"{call.action}: the portal redirects to {urlsplit(target).path!r} instead of answering.",
            action=call.action,
            status=reply.status,
            hint="That is a web page (a login?), not the API. Check the address, or request a token.",
        )
    return plain.removesuffix(f"/{call.action}"), upgrade


def redirect_in_place_of_result(call: Call, request: Request, reply: Reply) -> errors.PortalError:
    """The error for a write that was answered with a redirect, which leaves its outcome unknown."""
    try:
        redirected(call, request, reply)
    except (errors.Redirected, errors.NotCKAN) as error:
        return error
    return errors.NotCKAN(
        f"{call.action}: the portal answers with a redirect (status {reply.status}) instead of returning a result.",
        action=call.action,
        status=reply.status,
        hint="Use the address that the portal redirects to as its base URL.",
    )


def redirected_elsewhere(call: Asked, reply: Reply, target: str) -> errors.Redirected:
    """The error for a redirect to another host."""
    scheme, host, port = origin(target)
    usual = {"http": 80, "https": 443}.get(scheme) == port
    there = f"{scheme}://{host}" + ("" if usual else f":{port}")
    error = errors.Redirected(
        f"{call.action}: the portal redirects to another host, {there}.",
        action=call.action,
        status=reply.status,
        hint="If that is the portal, "
        + errors.Hint(f"use base_url='{there}'.", f"give --url {there}.")
        + " The token was not sent there.",
    )
    error.location = there
    return error
