"""Durable files: all bytes are written and on disk, or an error is raised and the previous content kept."""

from __future__ import annotations

import errno
import io
import os
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
            while rest:  # a disk that fills up accepts part of the data without an error
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
    """Create a folder and its missing parents, accessible only to the owner regardless of umask; return its path.

    Raises:
        OSError: when it can't be created.
    """
    if not path.is_dir():
        if path.parent != path:
            private_folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)
    return path


def private_file(path: Path, mode: Literal["wb", "a+b"] = "wb") -> IO[bytes]:
    """Open a file for writing; a new file is accessible only to its owner from the start, regardless of umask."""
    return open(path, mode, opener=lambda name, flags: os.open(name, flags, 0o600))


@contextmanager
def naming(path: Path | str) -> Generator[None]:
    """Add the file's name to OS errors that lack one, such as those of writes."""
    try:
        yield
    except OSError as error:
        if error.filename is None and not isinstance(error, ConnectionError):
            error.filename = str(path)
        raise


@contextmanager
def replacing(path: Path, *, private: bool = False) -> Generator[IO[bytes]]:
    """Write a file that appears under its name once it is complete and on disk.

    Args:
        path: the file; one that exists is replaced at the end, and kept if anything fails.
        private: let only its owner read it.

    Yields:
        The open file.

    Raises:
        OSError: when it can't be written.
    """
    # Files of `mkstemp` are never readable by others, not even briefly.
    unfinished = Path(_private(path)) if private else None
    with part_of(path, unfinished) as part, part.open("wb") as file:
        yield file


def _private(path: Path) -> str:
    import tempfile  # noqa: PLC0415 - only for files that nobody else may read

    path = Path(os.path.realpath(path))
    descriptor, unfinished = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
    os.close(descriptor)
    return unfinished


@contextmanager
def part_of(path: Path, part: Path | None = None) -> Generator[Path]:
    """The path of a temporary file that will replace another, as `replacing` does; a symbolic link is kept and followed."""
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
    """A temporary folder, removed with its content."""
    import tempfile  # noqa: PLC0415 - as above

    with tempfile.TemporaryDirectory(prefix="tuckan-") as folder:
        yield Path(folder)


class _Complete:
    """An unbuffered file whose `write` writes all data."""

    def __init__(self, file: io.RawIOBase) -> None:
        self._file = file

    def write(self, data: bytes) -> int:
        rest = memoryview(data).cast("B")
        size = len(rest)
        while rest:
            taken = self._file.write(rest)
            if not taken:
                raise BlockingIOError(errno.EAGAIN, "it accepts no more data and does not block")
            rest = rest[taken:]
        return size

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def complete(file: IO[bytes]) -> IO[bytes]:
    """A file opened by the caller, with a `write` that writes all data; unbuffered files may write less."""
    return cast("IO[bytes]", _Complete(file)) if isinstance(file, io.RawIOBase) else file


def sync(file: IO[bytes]) -> None:
    """Return once everything written to a file is on disk."""
    file.flush()
    os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Return once the entries of a folder are on disk, if the system supports that."""
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
