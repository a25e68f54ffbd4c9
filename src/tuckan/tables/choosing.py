"""Which columns of a table are to be read, and whether the portal can give them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuckan.errors import InvalidArgument
from tuckan.wire.rows import ID, Column

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def choose(columns: Sequence[Column], wanted: Sequence[str], q: str | Mapping[str, str] | None) -> list[Column]:
    """Those of a table's columns that are wanted, in that order; without a wish all but `_id`.

    Raises:
        InvalidArgument: when one of them is not there, or the portal would give something else in its place.
    """
    there = {column.name: column for column in columns}
    if unknown := [name for name in wanted if name not in there]:
        raise InvalidArgument(
            f"The table has no column {', '.join(map(repr, unknown))}.",
            hint=f"It has {', '.join(map(repr, there))}.",
        )
    chosen = [there[name] for name in dict.fromkeys(wanted)] or [one for one in columns if one.name != ID]
    ranks = {"rank"} if isinstance(q, str) else {f"rank {name}" for name in q or ()}
    if q and (hidden := [one.name for one in chosen if one.name in ranks]):
        raise InvalidArgument(
            f"With q, CKAN gives its own rank in place of the column {hidden[0]!r}.",
            hint="Choose columns without it, or filter in place of q.",
        )
    return chosen
