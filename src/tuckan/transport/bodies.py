"""Bodies of answers as they come."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_LARGE = 1 << 18
_TRUSTED = 1 << 26
"""Bytes that are set aside because an answer says that it has as many; it may be wrong."""


class Body:
    """A body on its way. A large one whose size is known goes straight to its place, so that it is in memory once.

    Args:
        headers: the answer's, with names in lower case.
    """

    def __init__(self, headers: Mapping[str, str]) -> None:
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
        """Take the next piece."""
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
