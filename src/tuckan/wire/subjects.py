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
"""A kind of record and a name or id: `("group", "water")`; if it may be either of two kinds, `organization or group`."""

_SHOW = {"dataset": "package_show", "view": "resource_view_show"}
_IN_SHORT = {"include_datasets": False, "include_users": False, "include_extras": False}


def about(flow: Flow[T], subjects: Iterable[Subject], portal_state: PortalState) -> Flow[T]:
    """Perform a flow that names records; if one of them does not exist, the error says which.

    CKAN reports a missing record in many ways: as a refused value, with the name of another record of the request,
    or without any name.

    Args:
        flow: the flow.
        subjects: the records that it names.
        portal_state: the portal.

    Raises:
        NotFound: when one of them does not exist.
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
    """Read a record before it is acted on, since CKAN would not report that it does not exist, or is of another kind.

    Raises:
        NotFound: when there is no such record.
    """
    in_short = _IN_SHORT if kind in ("organization", "group") else {}
    call = Call(_SHOW.get(kind, f"{kind}_show"), {"id": name, **in_short}, read_only=True)
    try:
        return record_of(call, (yield from execute(call, portal_state)))
    except NotFound as error:
        raise not_there(kind, name, portal_state, error) from None


def not_there(kind: str, name: str, portal_state: PortalState, error: NotFound) -> NotFound:
    """CKAN's error about a missing record, with the kind and the name of that record."""
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
    """The error about a missing record; None if it exists, or if that cannot be found out."""
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
