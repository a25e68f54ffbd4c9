"""The records that a call names, and which of them the portal does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from tuckan.errors import NotFound, TuckanError, ValidationError
from tuckan.wire.call import Call
from tuckan.wire.envelope import record_of
from tuckan.wire.execute import execute

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tuckan.wire.flow import Flow
    from tuckan.wire.portal_state import PortalState

T = TypeVar("T")

Subject: TypeAlias = "tuple[str, str]"
"""A kind of thing and the name or id of one: `("group", "water")`; of two kinds where it may be either, `organization or group`."""

_SHOW = {"dataset": "package_show", "view": "resource_view_show"}
_IN_SHORT = {"include_datasets": False, "include_users": False, "include_extras": False}


def about(flow: Flow[T], subjects: Iterable[Subject], portal_state: PortalState) -> Flow[T]:
    """Perform a flow that names some things; where one of them is not there, the error says which.

    CKAN answers in many ways about a thing that it does not have: with a refused value, with the name of another thing
    that it was asked about, or without any name.

    Args:
        flow: the flow.
        subjects: what it names.
        portal_state: the portal.

    Raises:
        NotFound: when one of them is not there.
    """
    try:
        return (yield from flow)
    except (NotFound, ValidationError) as error:
        for kind, name in subjects:
            missing = yield from _missing(kind, name, portal_state)
            if missing is not None:
                raise missing from error
        raise


def requiring(kind: str, name: str, portal_state: PortalState) -> Flow[dict[str, Any]]:
    """Read something before it is acted on, since CKAN would not say that it is not there, or is of another kind.

    Raises:
        NotFound: when there is no such thing.
    """
    in_short = _IN_SHORT if kind in ("organization", "group") else {}
    call = Call(_SHOW.get(kind, f"{kind}_show"), {"id": name, **in_short}, read_only=True)
    try:
        return record_of(call, (yield from execute(call, portal_state)))
    except NotFound as error:
        raise not_there(kind, name, portal_state, error) from None


def not_there(kind: str, name: str, portal_state: PortalState, error: NotFound) -> NotFound:
    """What CKAN said of a thing that it does not have, with the kind and the name of that thing."""
    found = NotFound(
        f"{portal_state.address.site} has no {kind} {name!r}.",
        action=error.action,
        status=error.status,
        error=error.error,
        hint=error.hint,
    )
    found.unknown = (kind.partition(" ")[0], name)
    return found


def _missing(kind: str, name: str, portal_state: PortalState) -> Flow[NotFound | None]:
    """The error about a thing that is not there; None where it is, or where that can't be found out."""
    missing = None
    for one in kind.split(" or "):
        try:
            yield from requiring(one, name, portal_state)
        except NotFound as error:
            missing = not_there(kind, name, portal_state, error)
        except TuckanError:
            return None
        else:
            return None
    return missing
