"""Python's garbage collector, which rests while much is made of which nothing is garbage."""

from __future__ import annotations

import gc
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

_changing = threading.Lock()
_resting = 0
_was_on = False


@contextmanager
def at_rest() -> Generator[None]:
    """Keep the collector from looking through new objects again and again; several threads and tasks may ask for it.

    A collector that is off already stays so.

    Example:
        >>> import gc
        >>> with at_rest():
        ...     gc.isenabled()
        False
        >>> gc.isenabled()
        True
    """
    global _resting, _was_on  # noqa: PLW0603 - the collector is one for the whole process
    with _changing:
        if not _resting:
            _was_on = gc.isenabled()
            gc.disable()
        _resting += 1
    try:
        yield
    finally:
        with _changing:
            _resting -= 1
            if not _resting and _was_on:
                gc.enable()


def take_for_old() -> None:
    """Have the collector take all that is there for old, so that it does not begin by looking through what was just made.

    It comes to it later, as to everything. Whoever has frozen objects of their own is left alone.
    """
    if not gc.get_freeze_count():
        gc.freeze()
        gc.unfreeze()
