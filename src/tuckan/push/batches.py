"""The rows of a push, on disk beside the job's journal: compressed, in batches, so that a resumed job sends the same ones."""

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
"""The target size of a batch: large enough for throughput, small enough for proxies, their timeouts, and even distribution."""

LARGEST_CHUNK = 4 * BYTES_OF_A_CHUNK
"""The size in bytes beyond which a batch gets fewer rows, but at least one."""

ROWS = ".rows"
"""The suffix of the file name; the rest is that of the job's journal."""

LANES = 8
"""The maximum number of batches in flight."""

_QUICK = 1
_AT_ONCE = 3
"""The number of batches compressed concurrently with creating the next one: compression is half of the work."""

_Piece: TypeAlias = "tuple[int, list[bytes], int]"
"""The number of the first row, the rows, and the lane."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A batch of rows in the file.

    Attributes:
        first: the number of the first row, from 0.
        rows: the number of rows.
        at: their offset in the file.
        size: their size in bytes.
        lane: batches of one lane are never in flight together.
    """

    first: int
    rows: int
    at: int
    size: int
    lane: int


def write_chunks(path: Path, lines: Iterable[list[bytes]], *, lanes: int = LANES) -> Iterator[Chunk]:
    """Write rows to a file, and yield each batch as it is written.

    Batches of different lanes have row counts with distinct subset sums, so a table's row count
    shows which of those in flight have arrived.

    Args:
        path: the file.
        lines: batches of rows as JSON.
        lanes: how many batches may be in flight.
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
    """How many of the pending rows form a batch; 0 if there are too few yet.

    There are fewer than usual if they are much larger than the first ones: then their number may not distinguish them from
    others in flight, and the ledger makes them wait for each other.
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
    """The rows of a batch, each as JSON.

    Raises:
        ConfigurationError: when the file is missing or damaged.
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
