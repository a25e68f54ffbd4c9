"""Files that must be whole: all bytes written and on the disk, or an error and what was there before."""

from __future__ import annotations

import errno
import io
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal, cast

if TYPE_CHECKING:
    from collections.abc import Generator

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)


def append(path: Path, data: bytes) -> None:
    """Append to a file, which only its owner can read, and return once the data is on the disk.

    Args:
        path: the file; it is created if it does not exist.
        data: the bytes, all of which are written or none.

    Raises:
        OSError: when they can't be written, on a full disk for example; the file is as long as it was before.
    """
    descriptor = os.open(path, _FLAGS, 0o600)
    try:
        size = os.fstat(descriptor).st_size
        try:
            rest = memoryview(data)
            while rest:  # a disk that fills up takes a part of the data without an error
                rest = rest[os.write(descriptor, rest) :]
            os.fsync(descriptor)
        except OSError as error:
            os.ftruncate(descriptor, size)
            raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        os.close(descriptor)
    if not size:
        sync_folder(path.parent)


def private_folder(path: Path) -> Path:
    """Make a folder, and those above it that are missing, for its owner alone, whatever the umask; give its path.

    Raises:
        OSError: when it can't be made.
    """
    if not path.is_dir():
        if path.parent != path:
            private_folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)
    return path


def private_file(path: Path, mode: Literal["wb", "a+b"] = "wb") -> IO[bytes]:
    """Open a file to write to; one that is made is for its owner alone, from its first moment on and whatever the umask."""
    return open(path, mode, opener=lambda name, flags: os.open(name, flags, 0o600))


@contextmanager
def naming(path: Path | str) -> Generator[None]:
    """Let an error of the system that names no file, as those of writing do, name the one that is being written."""
    try:
        yield
    except OSError as error:
        if error.filename is None and not isinstance(error, ConnectionError):
            error.filename = str(path)
        raise


@contextmanager
def replacing(path: Path, *, private: bool = False) -> Generator[IO[bytes]]:
    """Write a file that appears under its name once it is whole and on the disk.

    Args:
        path: the file; one that exists is replaced at the end, and kept if anything fails.
        private: let only its owner read it.

    Yields:
        The open file.

    Raises:
        OSError: when it can't be written.
    """
    # What `mkstemp` makes was never readable by others, not even for a moment.
    unfinished = Path(_private(path)) if private else None
    with part_of(path, unfinished) as part, part.open("wb") as file:
        yield file


def _private(path: Path) -> str:
    path = Path(os.path.realpath(path))
    descriptor, unfinished = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
    os.close(descriptor)
    return unfinished


@contextmanager
def part_of(path: Path, part: Path | None = None) -> Generator[Path]:
    """The path of a file to write beside another, whose place it takes as `replacing` does; a link stays, and leads to it."""
    path = Path(os.path.realpath(path))
    part = part or path.with_name(f"{path.name}.part")
    try:
        with naming(path):
            yield part
            with part.open("r+b") as file:
                sync(file)
            part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


@contextmanager
def temporary_folder() -> Generator[Path]:
    """A folder that is gone afterwards, with all that is in it."""
    with tempfile.TemporaryDirectory(prefix="tuckan-") as folder:
        yield Path(folder)


class _Complete:
    """A file without a buffer, whose `write` takes all that it is given."""

    def __init__(self, file: io.RawIOBase) -> None:
        self._file = file

    def write(self, data: bytes) -> int:
        rest = memoryview(data).cast("B")
        size = len(rest)
        while rest:
            taken = self._file.write(rest)
            if not taken:
                raise BlockingIOError(errno.EAGAIN, "it takes no more, and does not wait")
            rest = rest[taken:]
        return size

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def complete(file: IO[bytes]) -> IO[bytes]:
    """A file that somebody else opened, with a `write` that takes all that it is given: without a buffer it may take less."""
    return cast("IO[bytes]", _Complete(file)) if isinstance(file, io.RawIOBase) else file


def sync(file: IO[bytes]) -> None:
    """Return once all that was written to a file is on the disk."""
    file.flush()
    os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Return once the names of a folder's files are on the disk, where the system can do that."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    except OSError:
        pass
    finally:
        os.close(descriptor)
