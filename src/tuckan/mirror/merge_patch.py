"""What changed in a record, as a JSON merge patch (RFC 7396)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

VOLATILE = frozenset({"metadata_modified", "tracking_summary", "package_count", "num_followers"})
"""Fields that change by themselves: when nothing else does, that is not a change."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change that a synchronization noted.

    Attributes:
        at: when it was noted, in UTC.
        kind: `dataset`, `organization` or `group`.
        id: the record's id.
        name: its name, as it was after the change.
        title: its title.
        change: `new`, `changed`, `gone` or `back`.
        patch: what changed, as a JSON merge patch from the record before to the record after.
        inverse: the merge patch back, which holds the former values.
    """

    at: str
    kind: str
    id: str
    name: str
    title: str
    change: Literal["new", "changed", "gone", "back"]
    patch: Mapping[str, Any] = field(default_factory=dict[str, Any])
    inverse: Mapping[str, Any] = field(default_factory=dict[str, Any])


def merge_patch(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return what turns one object into another.

    Lists are replaced whole, as RFC 7396 has it. A null in `after` can't be told from a field that is gone, which is how
    merge patches are.

    Args:
        before: the object as it was.
        after: the object as it is.

    Example:
        >>> merge_patch({"title": "Rain", "url": "", "notes": "x"}, {"title": "Snow", "url": ""})
        {'title': 'Snow', 'notes': None}
    """
    patch: dict[str, Any] = {}
    for name, value in after.items():
        old = before.get(name)
        if name not in before or old != value or type(old) is not type(value):
            patch[name] = merge_patch(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    patch.update(dict.fromkeys(before.keys() - after.keys()))
    return patch


def is_change(patch: Mapping[str, Any]) -> bool:
    """Whether a patch has more than what changes by itself.

    Args:
        patch: a merge patch of a dataset, an organization or a group.
    """
    return bool(patch.keys() - VOLATILE)
