"""Locks between processes, released if a process dies."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from tuckan.transport.durable import private_folder

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

_PAUSE = 0.02


@contextmanager
def locked(path: Path, *, wait: float = 0.0) -> Generator[None]:
    """Hold a lock file, which only its owner can read and which is gone afterwards.

    Args:
        path: the file; missing folders are created.
        wait: seconds to wait for another holder.

    Raises:
        BlockingIOError: when another holds it.
        OSError: when it can't be created.
    """
    until = time.monotonic() + wait
    while True:
        try:
            descriptor = _locked_file(path)
            break
        except BlockingIOError:
            if time.monotonic() >= until:
                raise
            time.sleep(_PAUSE)
    try:
        yield
    finally:
        with suppress(OSError):  # Windows can't remove an open file
            path.unlink()
        os.close(descriptor)


def _locked_file(path: Path) -> int:
    """Open and lock the file at a path, retrying if its last holder has just removed it."""
    while True:
        private_folder(path.parent)
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except FileNotFoundError:
            continue  # its last holder has just removed the empty folder
        try:
            lock(descriptor)
            if os.path.samestat(os.fstat(descriptor), path.stat()):
                return descriptor
        except FileNotFoundError:
            pass
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def lock(descriptor: int) -> None:
    """Lock an open file exclusively.

    Raises:
        BlockingIOError: when another holds it.
    """
    if os.name == "nt":
        import msvcrt  # noqa: PLC0415 - Windows alone has it

        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        except PermissionError as error:
            raise BlockingIOError(error.errno, "another process holds it") from error
        return
    import fcntl  # noqa: PLC0415 - Windows has none

    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
