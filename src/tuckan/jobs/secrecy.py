"""What no journal keeps longer than it must, and no screen shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuckan.snapshot import SECRETS

if TYPE_CHECKING:
    from tuckan.jobs.operation import Operation


def without_secrets(value: Any) -> Any:
    """A JSON value without the secrets in it; the same object when it has none.

    Example:
        >>> without_secrets({"name": "ann", "password": "x", "of": [{"token": "y", "id": 1}]})
        {'name': 'ann', 'of': [{'id': 1}]}
    """
    if isinstance(value, dict):
        kept = {name: without_secrets(one) for name, one in value.items() if name not in SECRETS}
        return kept if len(kept) < len(value) or any(kept[name] is not value[name] for name in kept) else value
    if isinstance(value, list):
        items = [without_secrets(one) for one in value]
        return items if any(one is not other for one, other in zip(items, value, strict=True)) else value
    return value


def public(operation: Operation) -> Any:
    """The data of an operation without secrets, which only users and calls have; the same object when it has none."""
    return without_secrets(operation.data) if operation.kind.partition(".")[0] in ("user", "call") else operation.data
