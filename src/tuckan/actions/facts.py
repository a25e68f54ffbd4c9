"""Facts about actions that decide how a call is sent: from the catalogue, or by the name for actions of other plugins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuckan.actions.catalogue import find_action
from tuckan.wire.call import Call

if TYPE_CHECKING:
    from collections.abc import Mapping

_READING_ENDS = ("_show", "_list", "_search", "_autocomplete", "_status", "_info")
_REPEATABLE_ENDS = ("_patch", "_update", "_update_many", "_reorder")


def is_read_only(action: str) -> bool:
    """Whether an action changes nothing, so that it can safely be retried.

    Actions of other plugins are judged by the end of their name: `_show`, `_list`, `_search` and the like only read in every known plugin.

    Example:
        >>> is_read_only("package_search"), is_read_only("scheming_dataset_schema_show"), is_read_only("package_create")
        (True, True, False)
    """
    known = find_action(action)
    return known.read_only if known else action.endswith(_READING_ENDS)


def is_idempotent(action: str) -> bool:
    """Whether sending a write twice has the same effect as sending it once.

    Example:
        >>> is_idempotent("package_patch"), is_idempotent("package_create"), is_idempotent("api_token_revoke")
        (True, False, False)
    """
    known = find_action(action)
    return known.idempotent if known else action.endswith(_REPEATABLE_ENDS)


def call_for(
    action: str,
    params: Mapping[str, Any],
    *,
    files: Mapping[str, Any] | None = None,
    timeout: float | None = None,
    as_is: bool = True,
) -> Call:
    """A call with the facts about its action filled in.

    Args:
        action: the action's name.
        params: its parameters.
        files: the files to upload, by parameter.
        timeout: how long to wait for the answer, in seconds.
        as_is: whether the result is returned to the user unchanged.
    """
    return Call(
        action,
        params,
        read_only=is_read_only(action),
        idempotent=is_idempotent(action) and not files,
        unlisted=find_action(action) is None,
        files=files or {},
        timeout=timeout,
        as_is=as_is,
    )
