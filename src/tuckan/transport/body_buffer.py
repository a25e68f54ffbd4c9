"""Bodies of answers as they come, within bounds of size and time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tuckan.wire.flow import NetworkFailure

if TYPE_CHECKING:
    from collections.abc import Mapping

_LARGE = 1 << 18
_TRUSTED = 1 << 26
"""Bytes that are set aside because an answer says that it has as many; it may be wrong."""

MAX_ANSWER_BYTES = 1 << 29
"""Bytes that an answer may have, decompressed, unless the client is told otherwise: a list of a million names has 50 MB."""

SLOWEST = 16 * 1024
"""Bytes a second that an answer must keep up once its timeout is over."""


class OutOfBounds(Exception):
    """A body that is larger, or slower, than an answer may be.

    Attributes:
        answer: what to tell the flow.
    """

    def __init__(self, answer: NetworkFailure) -> None:
        super().__init__(answer.reason)
        self.answer = answer


class Body:
    """A body on its way. A large one whose size is known goes straight to its place, so that it is in memory once.

    Args:
        headers: the answer's, with names in lower case.
        max_bytes: bytes that it may have at most, decompressed.
        timeout: seconds from now in which it may come as slowly as it likes; afterwards it must have kept up `SLOWEST`.
    """

    def __init__(
        self, headers: Mapping[str, str], *, max_bytes: int = MAX_ANSWER_BYTES, timeout: float | None = None
    ) -> None:
        self._max_bytes = max_bytes
        self._received = 0
        self._deadline = None if timeout is None else time.monotonic() + timeout
        said = headers.get("content-length", "")
        size = int(said) if said.isdecimal() and "content-encoding" not in headers else 0
        self._place = bytearray(size) if _LARGE <= size <= _TRUSTED else None
        self._pieces: list[bytes] = []
        self._end = 0

    @property
    def is_large(self) -> bool:
        """Whether it is known to be a large one."""
        return self._place is not None

    def take(self, piece: bytes) -> None:
        """Take the next piece.

        Raises:
            OutOfBounds: when the body is too large, or comes too slowly.
        """
        self._received += len(piece)
        if self._received > self._max_bytes:
            raise OutOfBounds(NetworkFailure("too large", f"more than {self._max_bytes:,} bytes"))
        if self._deadline is not None and time.monotonic() > self._deadline + self._received / SLOWEST:
            raise OutOfBounds(NetworkFailure("timeout", "the answer came too slowly"))
        if self._place is None:
            self._pieces.append(piece)
            return
        end = self._end + len(piece)
        self._place[self._end : end] = piece
        self._end = end

    def whole(self) -> bytes | bytearray:
        """All of it."""
        if self._place is None:
            return b"".join(self._pieces)
        del self._place[self._end :]
        return self._place
