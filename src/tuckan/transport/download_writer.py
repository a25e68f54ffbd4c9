"""Downloads: written to a temporary file, hashed while written, and moved into place when complete."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from msgspec.structs import replace

from tuckan.transport.durable import naming, sync, sync_folder
from tuckan.transport.hashing import PIECE, Hashing
from tuckan.wire.content_encoding import Unpacker
from tuckan.wire.flow import Fetched, NetworkFailure, Reply

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tuckan.wire.flow import Accept, Fetch, Unpack

HEAD = 1024
"""How many bytes of an answer are inspected before any of it is written."""

LONGEST_REFUSED = 65_536
"""How many bytes to read of an answer that is not the file, for its message."""

BEGUN_AT_ONCE = 1 << 24
"""After how many bytes flushing to disk is started."""

_PIECE = 1 << 20


class Arriving:
    """An answer being written to a file: its start is inspected, then chunks are written and hashed."""

    def __init__(self, step: Fetch) -> None:
        self._step = step
        self._status = 0
        self._headers: dict[str, str] = {}
        self._head = bytearray()
        self._keep: Accept | None = None
        self._judged = False
        self._file: IO[bytes] | None = None
        self._size = 0
        self._gathered: list[bytes] = []
        self._waiting = 0
        self._begun = 0
        self._opening = b""
        self._hashing = Hashing(step.hashes)

    def begin(self, status: int, headers: Mapping[str, str]) -> None:
        """Set the answer's status and headers, with names in lower case."""
        self._status, self._headers = status, dict(headers)

    def feed(self, piece: bytes) -> bool:
        """Add a chunk of the body, and return whether to continue."""
        if self._file is not None:
            return self._write(piece)
        self._head += piece
        if not self._judged and len(self._head) >= HEAD:
            return self._judge()
        return not self._judged or len(self._head) < LONGEST_REFUSED

    def end(self) -> Fetched | Reply:
        """The outcome when the body is complete or was abandoned; the file is then on disk."""
        if not self._judged:
            self._judge()
        if self._file is None:
            return Reply(self._status, self._headers, bytes(self._head))
        self._put_away()
        if self._is_too_large():
            return self._fetched(too_large=True)
        with naming(self._step.into):
            sync(self._file)
        return self._fetched(hashes=self._hashing.hexdigests())

    def broken(self, why: NetworkFailure) -> Fetched | Reply | NetworkFailure:
        """The outcome when the connection broke."""
        if not self._judged and 200 <= self._status < 300 and self._head:
            self._judge()
        if self._file is not None:
            self._put_away()
            return self._fetched(broken=why)
        if self._judged or self._status >= 400:
            return Reply(self._status, self._headers, bytes(self._head))
        return why

    def close(self) -> None:
        """Close the file in any case."""
        try:
            if self._file is not None:
                with self._file:
                    self._put_away()
        finally:
            self._hashing.close()

    def _judge(self) -> bool:
        self._judged = True
        self._keep = self._step.keep(Reply(self._status, self._headers, bytes(self._head[:HEAD])))
        if self._keep is None:
            return len(self._head) < LONGEST_REFUSED
        self._open(self._keep)
        begun, self._head = bytes(self._head), bytearray()
        return self._write(begun)

    def _open(self, keep: Accept) -> None:
        path = Path(self._step.into)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("r+b" if keep.offset else "wb")
        while self._size < keep.offset and (piece := self._file.read(min(_PIECE, keep.offset - self._size))):
            self._opening = self._opening or piece[:HEAD]
            self._size += len(piece)
            self._hashing.update(piece)
        self._file.truncate(self._size)
        # Only now: the note of one version must never be stored with bytes of another.
        write_note(note_of(path), keep.note)

    def _write(self, piece: bytes) -> bool:
        self._opening = self._opening or piece[:HEAD]
        self._size += len(piece)
        self._gathered.append(piece)
        self._waiting += len(piece)
        if self._waiting >= PIECE:
            self._put_away()
        self._step.tell(len(piece))
        return not self._is_too_large()

    def _put_away(self) -> None:
        """Write and hash the buffer: doing either in small pieces is slow."""
        assert self._file is not None  # noqa: S101 - whoever calls has looked
        gathered, self._gathered, self._waiting = b"".join(self._gathered), [], 0
        self._hashing.update(gathered)
        with naming(self._step.into):
            self._file.write(gathered)
        if self._size - self._begun >= BEGUN_AT_ONCE:
            self._begin_to_store()

    def _begin_to_store(self) -> None:
        """Make the system start flushing to disk, so that little remains at the end."""
        assert self._file is not None  # noqa: S101 - see `_put_away`
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(self._file.fileno(), self._begun, self._size - self._begun, os.POSIX_FADV_DONTNEED)
        self._begun = self._size

    def _is_too_large(self) -> bool:
        return self._step.most is not None and self._size > self._step.most

    def _fetched(self, **more: Any) -> Fetched:
        if self._file is not None:
            self._file.flush()
        return Fetched(self._status, self._headers, self._size, opening=self._opening, **more)


def unpacked(step: Unpack) -> Fetched:
    """Replace a compressed file with its decompressed form.

    If it is not compressed as declared, or is incomplete, that counts as a broken connection.
    """
    path, beside = Path(step.into), unpacked_of(Path(step.into))
    hashing, size = Hashing(step.hashes), 0
    unpacker = Unpacker(step.codings)
    try:
        with path.open("rb") as packed, naming(beside), beside.open("wb") as file:
            for piece in _pieces(packed, unpacker):
                hashing.update(piece)
                file.write(piece)
                size += len(piece)
                if step.most is not None and size > step.most:
                    return replace(step.fetched, size=size, hashes={}, too_large=True)
            sync(file)
        # The note has the compressed file's version: it must never be stored with other bytes.
        note_of(path).unlink(missing_ok=True)
        beside.replace(path)
        return replace(step.fetched, size=size, hashes=hashing.hexdigests())
    except ValueError as error:
        return replace(
            step.fetched, hashes={}, broken=NetworkFailure("broken", f"the content cannot be decompressed: {error}")
        )
    finally:
        hashing.close()
        beside.unlink(missing_ok=True)


def _pieces(packed: IO[bytes], unpacker: Unpacker) -> Iterator[bytes]:
    while piece := packed.read(_PIECE):
        yield from unpacker.feed(piece)
    if not unpacker.ended:
        raise ValueError("its end is missing")


def unpacked_of(path: Path) -> Path:
    """The path beside a file to decompress it to."""
    return path.with_name(f"{path.name}.unpacked")


def note_of(path: Path) -> Path:
    """The path of the note beside a file."""
    return path.with_name(f"{path.name}.json")


def read_note(path: Path) -> dict[str, Any]:
    """A note, or empty if there is no readable one."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def write_note(path: Path, note: Mapping[str, Any]) -> None:
    """Write a note atomically."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.new")
    try:
        with naming(path):
            new.write_text(json.dumps(note, ensure_ascii=False), encoding="utf-8")
            new.replace(path)
    except OSError:
        new.unlink(missing_ok=True)
        raise


def size_of(path: Path) -> int:
    """The size of a file; 0 if it does not exist."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def hash_of(path: Path, name: str = "sha256") -> str:
    """The hash of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, name).hexdigest()


def settle(part: Path, target: Path) -> None:
    """Move a complete file to its location atomically, and remove its note."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part.replace(target)
    note_of(part).unlink(missing_ok=True)
    sync_folder(target.parent)


def discard(part: Path) -> None:
    """Remove a partial file and its note."""
    part.unlink(missing_ok=True)
    unpacked_of(part).unlink(missing_ok=True)
    note_of(part).unlink(missing_ok=True)
