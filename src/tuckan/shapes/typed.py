"""`TypedDict` as type checkers know it from Python 3.15 on, with further keys of any kind. A module of its own, since `records` has a stub."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing_extensions import TypedDict
else:

    class TypedDict(dict):
        """What there is at run time: a dict. Python's own `TypedDict` takes `extra_items` from 3.15 on alone."""

        def __init_subclass__(cls, **options: Any) -> None:
            """Take the options that are for type checkers."""


__all__ = ["TypedDict"]
