"""What cannot be undone is confirmed by whoever asked for it, with the record before their eyes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuckan.errors import Cancelled, Hint

if TYPE_CHECKING:
    from collections.abc import Callable

    from tuckan.shapes import Record


def require_confirmation(record: Record, confirm: Callable[[Record], str | bool], what: str) -> None:
    """Go on only when the answer is True, or the record's name as somebody typed it.

    Raises:
        Cancelled: when it is anything else.
    """
    answer = confirm(record)
    if answer is True or (isinstance(answer, str) and answer == record.get("name")):
        return
    raise Cancelled(
        f"Nothing was removed: the {what} {record.get('name')} was not confirmed.",
        hint=Hint(
            f"confirm= must return True, or the name {record.get('name')!r}.",
            f"Type {record.get('name')} to go on, or add --yes.",
        ),
    )
