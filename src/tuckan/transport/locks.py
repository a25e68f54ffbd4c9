"""Locks between processes: a process that dies lets go of them."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path


@contextmanager
def locked(path: Path) -> Generator[None]:
    """Hold a lock file, which is gone afterwards.

    Raises:
        OSError: when another holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        lock(file.fileno())
        try:
            yield
        finally:
            with suppress(OSError):  # Windows removes no file that is open
                path.unlink()


def lock(descriptor: int) -> None:
    """Lock an open file for this process alone.

    Raises:
        OSError: when another holds it.
    """
    if os.name == "nt":
        import msvcrt  # noqa: PLC0415 - Windows alone has it

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        return
    import fcntl  # noqa: PLC0415 - Windows has none

    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
