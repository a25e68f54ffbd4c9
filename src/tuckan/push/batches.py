"""The rows that a job is to send, on disk beside its journal: packed, in chunks, so that whoever goes on sends the same."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from tuckan.concurrency.side_by_side import in_order_here
from tuckan.errors import ConfigurationError, Hint
from tuckan.transport.durable import naming, private_file, sync

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

BYTES_OF_A_CHUNK, MOST_ROWS = 2_000_000, 5000
"""What to send at once: enough for a portal to be at its best, few enough for proxies, their clocks, and lanes to share."""

LARGEST_CHUNK = 4 * BYTES_OF_A_CHUNK
"""Bytes beyond which a chunk gets fewer rows, however few; one row is a chunk at least."""

ROWS = ".rows"
"""How the file's name ends; the rest is that of the job's journal."""

LANES = 8
"""How many chunks are under way at once at most."""

_QUICK = 1
_AT_ONCE = 3
"""Chunks that are packed at once, beside the making of the next: packing is half of the work."""

_Piece: TypeAlias = "tuple[int, list[bytes], int]"
"""The number of the first row, the rows, and the lane."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows in the file.

    Attributes:
        first: the number of the first row, from 0.
        rows: how many they are.
        at: where in the file they begin.
        size: how many bytes they have there.
        lane: those of one lane are never under way together.
    """

    first: int
    rows: int
    at: int
    size: int
    lane: int


def write_chunks(path: Path, lines: Iterable[list[bytes]], *, lanes: int = LANES) -> Iterator[Chunk]:
    """Write rows to a file, and tell of each chunk as it is written.

    Chunks of different lanes have different numbers of rows, no sum of which is that of others: so a table's number of
    rows tells which of those under way have arrived.

    Args:
        path: the file.
        lines: rows as JSON, some at a time.
        lanes: how many chunks may be under way at once.
    """
    work = (partial(_packed, piece) for piece in _pieces(lines, lanes))
    with naming(path), private_file(path) as file:
        for (first, rows, lane), packed in in_order_here(work, _AT_ONCE):
            at = file.tell()
            file.write(packed)
            yield Chunk(first, len(rows), at, len(packed), lane)
        sync(file)  # before the journal says that the job is planned


def _pieces(lines: Iterable[list[bytes]], lanes: int) -> Iterator[_Piece]:
    waiting: list[bytes] = []
    usual = number = first = 0
    for some in lines:
        if not usual and some:
            usual = max(1, min(MOST_ROWS, BYTES_OF_A_CHUNK * len(some) // (sum(map(len, some)) or 1)))
        waiting += some
        while usual and (rows := _rows_of_a_chunk(waiting, usual + (2 ** (number % lanes) if lanes > 1 else 0))):
            yield first, waiting[:rows], number % lanes
            number, first, waiting = number + 1, first + rows, waiting[rows:]
    if waiting:
        yield first, waiting, number % lanes


def _rows_of_a_chunk(waiting: list[bytes], rows: int) -> int:
    """How many of the rows that wait make a chunk; 0 when there are too few yet.

    They are less than usual where they are much larger than the first ones were: then their number may not tell them from
    others under way, and the ledger lets them wait for each other.
    """
    size = sum(map(len, waiting[:rows]))
    if size <= LARGEST_CHUNK:
        return rows if len(waiting) >= rows else 0
    size = 0
    for number, row in enumerate(waiting):
        size += len(row)
        if size > LARGEST_CHUNK:
            return max(1, number)
    return 0


def _packed(piece: _Piece) -> tuple[_Piece, bytes]:
    return piece, zlib.compress(b"\n".join(piece[1]), _QUICK)


def read_chunk(path: Path, at: int, size: int) -> list[bytes]:
    """The rows of a chunk, each as JSON.

    Raises:
        ConfigurationError: when the file is gone, or is not as it was written.
    """
    try:
        with path.open("rb") as file:
            file.seek(at)
            return zlib.decompress(file.read(size)).split(b"\n")
    except (OSError, zlib.error) as error:
        raise ConfigurationError(
            f"The rows of the job {path.stem} can no longer be read: {error}.",
            hint="Push them again from their source; "
            + Hint("mode='replace'", "--mode replace")
            + " replaces the partial result.",
        ) from error
