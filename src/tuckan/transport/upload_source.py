"""Files that go out: read once, hashed on the way, and watched for changes until the last byte is sent."""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self

from tuckan.errors import FileChanged, Hint, InvalidArgument
from tuckan.transport.hashing import PIECE, Hashing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PREFIX = "sha256:"
"""What stands before a hash that CKAN records, which could be of any kind."""


class Source:
    """A file to upload.

    Args:
        file: a path, or an open binary file.
        name: what the portal shall call it; its own name without.
        tell: is told of every piece that is read, by its size.

    Attributes:
        name: what the portal shall call it.
        size: its bytes, or None when only reading it tells.
        sent: the SHA-256 of what was sent last, or None before that.
        read_size: the bytes that were sent last.

    Raises:
        InvalidArgument: when it cannot be read.
    """

    def __init__(self, file: Any, *, name: str | None = None, tell: Callable[[int], object] = bool) -> None:
        self._file: Any = file
        self._tell = tell
        self.sent: str | None = None
        self.read_size = 0
        self._path = Path(file) if isinstance(file, (str, os.PathLike)) else None
        own = self._path.name if self._path else Path(str(getattr(file, "name", "") or "file")).name
        self.name = name or own
        self._used = False
        if self._path is not None:
            _check_path(self._path)
            self.size: int | None = self._path.stat().st_size
        else:
            _check_open(file)
            self.size = self._file.seek(0, os.SEEK_END) if self._file.seekable() else None

    @property
    def repeatable(self) -> bool:
        """Whether it can be read more than once."""
        return self._path is not None or bool(self._file.seekable())

    def hash(self, algorithm: str) -> str:
        """Its hash, for which it is read whole."""
        found = hashlib.new(algorithm)
        with self.open(quietly=True) as reading:
            while piece := reading.read(1 << 20):
                found.update(piece)
        return found.hexdigest()

    def open(self, *, quietly: bool = False) -> Reading:
        """Begin to read it, from its beginning.

        Args:
            quietly: tell nobody how far it is.

        Raises:
            FileChanged: when it can be read only once, and was.
        """
        if self._used and not self.repeatable:
            raise FileChanged(
                f"{self.name} was read already, and cannot be read again.",
                hint="Give its path, or a file that can be sought in, so that sending can be repeated.",
            )
        self._used = True
        tell = bool if quietly else self._tell
        if self._path is not None:
            return Reading(self, self._path.open("rb"), self._path, tell)
        if self.repeatable:
            self._file.seek(0)
        return Reading(self, self._file, None, tell)

    def __repr__(self) -> str:
        return f"Source({self.name!r})"


def sources(files: Mapping[str, Any]) -> dict[str, Source]:
    """Files to send, so that one that can be read only once is not sent empty when its request is repeated."""
    return {
        name: one if isinstance(one, Source) else Source(one, name=_name_of(one, name)) for name, one in files.items()
    }


def _name_of(file: Any, otherwise: str) -> str | None:
    if isinstance(file, (str, os.PathLike)):
        return None
    return Path(str(getattr(file, "name", "") or otherwise)).name


class Reading:
    """A file being read to be sent; it ends with an error when it is not what it was at the beginning."""

    def __init__(self, source: Source, file: IO[bytes], path: Path | None, tell: Callable[[int], object]) -> None:
        self._source, self._file, self._path, self._tell = source, file, path, tell
        self._seen = _seen(file)
        self._read = 0
        self._hashing = Hashing(("sha256",))

    def _rewind(self) -> None:
        self._hashing.close()
        self._read = 0
        self._hashing = Hashing(("sha256",))

    def read(self, size: int = -1) -> bytes:
        """The next piece, larger than asked for where that is little: the HTTP library sends what it gets.

        Raises:
            FileChanged: at its end, when it has become another.
        """
        known = self._source.size
        wanted = max(size, PIECE)
        left = wanted if known is None else min(wanted, known - self._read)
        piece = self._file.read(left) if left else b""
        if not piece:
            self._check()
            self._source.sent, self._source.read_size = self._hashing.hexdigests()["sha256"], self._read
            return b""
        self._read += len(piece)
        self._hashing.update(piece)
        self._tell(len(piece))
        return piece

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """What the HTTP library needs to know the size, and to begin once more."""
        if whence == os.SEEK_END and self._source.size is not None:
            return self._source.size
        if whence == os.SEEK_SET and offset == self._read:
            return offset
        if whence == os.SEEK_SET and offset == 0 and self._source.repeatable:
            self._file.seek(0)
            self._rewind()
            return 0
        raise io.UnsupportedOperation("seek")

    def tell(self) -> int:
        """How much of it was read."""
        return self._read

    def _check(self) -> None:
        known = self._source.size
        if _seen(self._file) == self._seen and (known is None or self._read == known) and self._is_still_there():
            return
        raise FileChanged(
            f"{self._source.name} was changed while it was being sent; the portal has not taken it.",
            hint="Send it again when nobody writes to it.",
        )

    def _is_still_there(self) -> bool:
        """Whether the path still leads to the file that is being read: many programs write a new one in its place."""
        if self._path is None:
            return True
        try:
            return os.path.samestat(self._path.stat(), os.fstat(self._file.fileno()))
        except OSError:
            return False

    def close(self) -> None:
        """Close the file, if it is ours."""
        self._hashing.close()
        if self._path is not None:
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Digest:
    """The SHA-256 of a file that is sent before it, as a field of its own."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._given = 0

    def read(self, size: int = -1) -> bytes:
        """The hash, once the file has been sent."""
        text = f"{PREFIX}{self._source.sent}".encode()[self._given :]
        text = text if size < 0 else text[:size]
        self._given += len(text)
        return text

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """How long it will be, before it is known; and back to its beginning."""
        if whence == os.SEEK_END:
            return len(PREFIX) + 64
        self._given = offset
        return offset

    def tell(self) -> int:
        """How much of it was read."""
        return self._given


def _seen(file: IO[bytes]) -> tuple[int, ...] | None:
    """What tells that a file was written to; None for what is no file of the system."""
    try:
        found = os.fstat(file.fileno())
    except (OSError, AttributeError):
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def _check_path(path: Path) -> None:
    try:
        with path.open("rb"):
            pass
    except OSError as error:
        raise InvalidArgument(
            f"The file {str(path)!r} cannot be read: {error.strerror}.", hint="Check its path and permissions."
        ) from error


def _check_open(file: Any) -> None:
    if not hasattr(file, "read") or isinstance(file, io.TextIOBase):
        raise InvalidArgument(
            f"A file to upload must be a path or an open binary file, not {type(file).__name__}.",
            hint=Hint("For bytes in memory use io.BytesIO(data); open files with 'rb'.", "Give the path of a file."),
        )
