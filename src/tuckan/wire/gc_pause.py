"""Python's garbage collector, which rests while much is made of which nothing is garbage."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

_resting: list[None] = []
_was_on = False


@contextmanager
def at_rest() -> Generator[None]:
    """Keep the collector from looking through new objects again and again; several threads and tasks may ask for it.

    A collector that is off already stays so. There is no lock: each step is made such that the worst that a thread can do to
    another is to turn the collector on while it works.

    Example:
        >>> import gc
        >>> with at_rest():
        ...     gc.isenabled()
        False
        >>> gc.isenabled()
        True
    """
    global _was_on  # noqa: PLW0603 - the collector is one for the whole process
    _resting.append(None)
    if gc.isenabled():
        _was_on = True
        gc.disable()
    try:
        yield
    finally:
        _resting.pop()
        if not _resting and _was_on:
            _was_on = False
            gc.enable()


def take_for_old() -> None:
    """Have the collector take all that is there for old, so that it does not begin by looking through what was just made.

    It comes to it later, as to everything. Whoever has frozen objects of their own is left alone.
    """
    if not gc.get_freeze_count():
        gc.freeze()
        gc.unfreeze()
