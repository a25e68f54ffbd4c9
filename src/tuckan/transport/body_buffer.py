"""Bodies of answers, with limits on size and time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tuckan.wire.flow import NetworkFailure

if TYPE_CHECKING:
    from collections.abc import Mapping

_LARGE = 1 << 18
_TRUSTED = 1 << 26
"""The maximum buffer allocated from an answer's Content-Length, which may be wrong."""

MAX_ANSWER_BYTES = 1 << 29
"""The default maximum size of an answer, decompressed: a list of a million names has 50 MB."""

SLOWEST = 16 * 1024
"""The minimum rate of an answer after its timeout, in bytes per second."""


class OutOfBounds(Exception):
    """A body that exceeds the size limit or is too slow.

    Attributes:
        answer: the outcome for the flow.
    """

    def __init__(self, answer: NetworkFailure) -> None:
        super().__init__(answer.reason)
        self.answer = answer


class Body:
    """A body being received. A large one of known size is read into one buffer, so it is in memory only once.

    Args:
        headers: the answer's headers, with names in lower case.
        max_bytes: the maximum size, decompressed.
        timeout: seconds from now without a minimum rate; afterwards the average rate must be at least `SLOWEST`.
        first: how many bytes are wanted, or None for all.
    """

    def __init__(
        self,
        headers: Mapping[str, str],
        *,
        max_bytes: int = MAX_ANSWER_BYTES,
        timeout: float | None = None,
        first: int | None = None,
    ) -> None:
        self._max_bytes = max_bytes
        self._first = first
        self._received = 0
        self._deadline = None if timeout is None else time.monotonic() + timeout
        said = headers.get("content-length", "")
        size = int(said) if said.isdecimal() and "content-encoding" not in headers and first is None else 0
        self._place = bytearray(size) if _LARGE <= size <= _TRUSTED else None
        self._pieces: list[bytes] = []
        self._end = 0

    @property
    def is_large(self) -> bool:
        """Whether it is known to be large."""
        return self._place is not None

    @property
    def is_full(self) -> bool:
        """Whether more came than is wanted, so that the rest need not be read."""
        return self._first is not None and self._received > self._first

    def take(self, piece: bytes) -> None:
        """Add the next chunk.

        Raises:
            OutOfBounds: when the body is too large or too slow.
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
        """The whole body."""
        if self._place is None:
            return b"".join(self._pieces)[: self._first]
        del self._place[self._end :]
        return self._place
