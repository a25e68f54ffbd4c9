"""Hashes of a stream, computed in a separate thread while the next chunk arrives."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

PIECE = 1 << 18
"""The chunk size: large enough that handing it over is cheap, small enough to stay in the CPU cache."""


class Hashing:
    """Hashes of one stream of bytes.

    Args:
        names: the names of the hashes.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        self._hashes = {name: hashlib.new(name) for name in names}
        self._thread: ThreadPoolExecutor | None = None
        self._under_way: Future[None] | None = None

    def update(self, piece: bytes) -> None:
        """Add the next chunk; hashing a large one continues in the background."""
        self._wait()
        if len(piece) < PIECE:
            self._take(piece)
            return
        if self._thread is None:
            from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - only for large files

            self._thread = ThreadPoolExecutor(1, thread_name_prefix="tuckan-hash")
        self._under_way = self._thread.submit(self._take, piece)

    def hexdigests(self) -> dict[str, str]:
        """The hashes of all chunks."""
        self._wait()
        return {name: one.hexdigest() for name, one in self._hashes.items()}

    def close(self) -> None:
        """End the thread."""
        if self._thread is not None:
            self._thread.shutdown()
            self._thread = None

    def _take(self, piece: bytes) -> None:
        for one in self._hashes.values():
            one.update(piece)

    def _wait(self) -> None:
        if self._under_way is not None:
            self._under_way.result()
            self._under_way = None
