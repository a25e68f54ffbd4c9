"""Uploads: read once, hashed while read, and watched for changes until the last byte is sent."""

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
"""The prefix of recorded hashes, since CKAN does not say which kind a hash is."""


class Source:
    """A file to upload.

    Args:
        file: a path, or an open binary file.
        name: its name on the portal; by default its own name.
        tell: called with the size of each chunk that is read.
        sha256: the hash that it must have; an upload of anything else fails before its end, so that nothing is stored.

    Attributes:
        name: its name on the portal.
        size: its size in bytes, or None if it is not known before reading.
        sent: the SHA-256 of the last upload, or None before that.
        read_size: the size of the last upload in bytes.

    Raises:
        InvalidArgument: when it cannot be read.
    """

    def __init__(
        self, file: Any, *, name: str | None = None, tell: Callable[[int], object] = bool, sha256: str = ""
    ) -> None:
        self._file: Any = file
        self._tell = tell
        self.expected = sha256
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
        """Its hash, which requires reading all of it."""
        found = hashlib.new(algorithm)
        with self.open(quietly=True) as reading:
            while piece := reading.read(1 << 20):
                found.update(piece)
        return found.hexdigest()

    def open(self, *, quietly: bool = False) -> Reading:
        """Start reading it from the beginning.

        Args:
            quietly: report no progress.

        Raises:
            FileChanged: when it can be read only once, and already was.
        """
        if self._used and not self.repeatable:
            raise FileChanged(
                f"{self.name} was read already, and cannot be read again.",
                hint="Pass its path, or a seekable file, so that the upload can be repeated.",
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
    """Files to send; prevents sending an empty file if a request with a non-seekable file is repeated."""
    return {
        name: one if isinstance(one, Source) else Source(one, name=_name_of(one, name)) for name, one in files.items()
    }


def _name_of(file: Any, otherwise: str) -> str | None:
    if isinstance(file, (str, os.PathLike)):
        return None
    return Path(str(getattr(file, "name", "") or otherwise)).name


class Reading:
    """A file being uploaded; raises an error at its end if it has changed."""

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
        """The next chunk, larger than requested if that is small: the HTTP library sends what it gets.

        Raises:
            FileChanged: at its end, if it has changed.
        """
        known = self._source.size
        wanted = max(size, PIECE)
        left = wanted if known is None else min(wanted, known - self._read)
        piece = self._file.read(left) if left else b""
        if not piece:
            self._check()
            self._source.sent, self._source.read_size = self._found(), self._read
            return b""
        self._read += len(piece)
        self._hashing.update(piece)
        self._tell(len(piece))
        return piece

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Used by the HTTP library to find the size, and to rewind."""
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
            f"{self._source.name} was changed while it was being sent; the portal did not store it.",
            hint="Send it again when nobody is writing to it.",
        )

    def _found(self) -> str:
        """The hash of what was read."""
        found = self._hashing.hexdigests()["sha256"]
        if self._source.expected not in ("", found):
            raise FileChanged(
                f"{self._path or self._source.name} has changed since it was planned; nothing was uploaded.",
                hint="Plan it again, to see what would be uploaded now.",
            )
        return found

    def _is_still_there(self) -> bool:
        """Whether the path still leads to the file that is being read: many programs write a new one instead."""
        if self._path is None:
            return True
        try:
            return os.path.samestat(self._path.stat(), os.fstat(self._file.fileno()))
        except OSError:
            return False

    def close(self) -> None:
        """Close the file, unless the caller opened it."""
        self._hashing.close()
        if self._path is not None:
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Digest:
    """The SHA-256 of a file that precedes it in the same request, as a field."""

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
        """Its length, before it is known; and rewinding."""
        if whence == os.SEEK_END:
            return len(PREFIX) + 64
        self._given = offset
        return offset

    def tell(self) -> int:
        """How much of it was read."""
        return self._given


def _seen(file: IO[bytes]) -> tuple[int, ...] | None:
    """A fingerprint that changes when a file is written to; None for objects that are not real files."""
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
