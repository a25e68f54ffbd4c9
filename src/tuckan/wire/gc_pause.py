"""Pausing Python's garbage collector while many objects are created, none of which is garbage."""

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
    """Keep the collector from scanning new objects again and again; several threads and tasks may use it.

    A collector that is already disabled stays disabled. There is no lock: the worst that one thread can do to
    another is to enable the collector while it works.

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
    """Move all existing objects to the oldest generation, so that the collector does not start by scanning the new ones.

    They are collected later like any others. If the program has frozen objects itself, nothing is done.
    """
    if not gc.get_freeze_count():
        gc.freeze()
        gc.unfreeze()
