"""Operations on API tokens: revoke one. The journal has the token's id, which grants no access, and never its secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuckan.errors import NotAuthorized, NotFound
from tuckan.jobs.operation import Ended, Kind
from tuckan.shapes.secrets import jti
from tuckan.wire.call import Call
from tuckan.wire.execute import execute
from tuckan.wire.uncounted_lists import records_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tuckan.jobs.operation import Operation, Portals
    from tuckan.wire.flow import Flow
    from tuckan.wire.portal_state import PortalState


class RevokeToken(Kind):
    """Revoke a token. Its data has `jti`, and its owner as `user` (the name) and `user_id`."""

    name = "token.revoke"
    intended = "deleted"
    not_undone = "a revoked token can't be restored: create a new one"

    def do(self, operation: Operation, portals: Portals) -> Flow[Ended]:
        """Revoke it; if CKAN reports that it does not exist or is not ours, the list shows whether it is gone."""
        token = operation.data["jti"]
        # Revoking a token is idempotent.
        call = Call("api_token_revoke", {"jti": token}, idempotent=True)
        try:
            yield from execute(call, portals.target)
        except (NotFound, NotAuthorized):
            if token in (yield from _listed(operation.data, portals.target)):
                raise
        return Ended("deleted", token, operation.before)

    def wrong(self, ended: Sequence[tuple[Operation, Ended]], portals: Portals) -> Flow[Mapping[str, str]]:
        """List the tokens again; impossible once the token in use is revoked."""
        own = jti(portals.target.token or "")
        if own in {one.id for _, one in ended}:
            return {}
        left: dict[str, frozenset[str]] = {}
        wrong: dict[str, str] = {}
        for operation, one in ended:
            owner = str(operation.data["user"])
            if owner not in left:
                left[owner] = yield from _listed(operation.data, portals.target)
            if one.id in left[owner]:
                wrong[operation.key] = "the portal reported success, but still lists the token"
        return wrong


def _listed(owner: Mapping[str, Any], portal_state: PortalState) -> Flow[frozenset[str]]:
    """The ids of a user's tokens; CKAN 2.9 expects `user`, later versions `user_id`."""
    given = {"user": owner["user"], "user_id": owner["user_id"]}
    call = Call("api_token_list", given, read_only=True)
    return frozenset(one["id"] for one in records_in(call, (yield from execute(call, portal_state))))
