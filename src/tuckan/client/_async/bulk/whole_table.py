"""A complete table: parts fetched concurrently, rows in order, and the proof that none is missing."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from math import ceil
from typing import TYPE_CHECKING

from tuckan._text import counted
from tuckan.errors import Incomplete
from tuckan.wire.rows import BEFORE_ALL, Count, Part, counting, fetching_rows

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tuckan.client._async.connection import AsyncConnection
    from tuckan.wire.rows import RowsPage, Selection

PAGE_SIZE = 32_000
"""CKAN's default maximum number of rows."""

_CELLS = 2_000_000
"""The number of cells to request before their size is known."""

_FULLNESS = 0.95
"""The target fill of a page at average row density, so that few parts need a second page."""


@dataclass(slots=True)
class TableProof:
    """How a table was read, and why it is complete.

    Attributes:
        read: rows that were read, without duplicates.
        counted: rows that the portal counted at the beginning.
        wanted: how many of them were requested.
        pages: pages that were fetched.
        bytes: their total size.
        by_ranges: whether they were ranges of `_id`, in which no remaining row can be missed.
        changed: whether rows were added or removed meanwhile; changed values are not noticed.
        seconds: how long it took.
    """

    read: int = 0
    counted: int = 0
    wanted: int = 0
    pages: int = 0
    bytes: int = 0
    by_ranges: bool = False
    changed: bool = False
    seconds: float = 0.0

    def __str__(self) -> str:
        pages = counted(self.pages, "page")
        whole = "complete" if self.wanted == self.counted else "as many as requested"
        if not self.wanted and self.counted:
            return f"0 of {counted(self.counted, 'row')} read, as requested"
        said = f"{self.read:,} of {counted(self.counted, 'row')} read in {pages}, {whole}, no duplicates"
        if self.changed and self.read == self.wanted:
            said += "; the table changed meanwhile: these are the rows that existed at the start, possibly with newer values"
        elif self.changed:
            said += "; the table changed meanwhile, and no remaining row was missed"
        return said


class WholeTable:
    """One complete reading of a table.

    Args:
        connection: the connection to the portal.
        selection: which rows and columns.
        limit: the maximum number of rows, or None for all.
        page_size: rows to request at once; None to choose automatically.

    Attributes:
        proof: how it was read.
    """

    def __init__(
        self, connection: AsyncConnection, selection: Selection, limit: int | None, page_size: int | None
    ) -> None:
        self.proof = TableProof()
        self._connection = connection
        self._selection = selection
        self._limit = limit
        self._asked = page_size
        self._rows = page_size or min(PAGE_SIZE, max(1, _CELLS // (len(selection.columns) + 1)))
        self._last = BEFORE_ALL
        self._firsts: set[int] = set()

    async def pages(self) -> AsyncIterator[RowsPage]:
        """The pages, in order.

        Raises:
            Incomplete: when it cannot be shown that no row is missing.
        """
        begun = time.monotonic()
        there = await self._count()
        proof = self.proof
        proof.counted = there.rows
        proof.wanted = there.rows if self._limit is None else min(self._limit, there.rows)
        proof.by_ranges = (
            bool(self._connection.portal_state.limitations.ranges) and not self._selection.sort and self._limit is None
        )
        with self._connection.progress("reading rows", total=proof.wanted, unit="rows") as progress:
            async for page in self._read(there):
                self._take(page, there)
                if page.rows:
                    yield page
                progress.step(page.rows)
        await self._prove(there)
        proof.seconds = time.monotonic() - begun

    async def _read(self, there: Count) -> AsyncIterator[RowsPage]:
        """The first page determines the page size; the rest are fetched concurrently, each part completely."""
        if not self.proof.wanted:
            return
        first = await self._fetch(self._first(there))
        self._learn(first)
        yield first
        pieces = (partial(self._begun, part) for part in self._parts(first, there))
        async for part, page in self._connection.side_by_side(pieces):
            yield page
            rest, latest = part.rest(page), page
            while rest is not None:
                latest = await self._fetch(rest)
                yield latest
                rest = rest.rest(latest)

    def _first(self, there: Count) -> Part:
        rows = min(self._rows, self.proof.wanted + self._asks_beyond)
        return Part(rows, upto=there.last) if self.proof.by_ranges else Part(rows)

    def _parts(self, first: RowsPage, there: Count) -> Iterator[Part]:
        """The parts after the first page. Ranges have the width of a page at average row density."""
        if not self.proof.by_ranges:
            position, end = first.rows, self.proof.wanted + self._asks_beyond
            while position < end:
                rows = min(self._rows, end - position)
                yield Part(rows, start=position)
                position += rows
            return
        left = max(1, self.proof.wanted - first.rows)
        ids_of_a_row = (there.last - first.last) / left
        after = first.last
        while after < there.last:
            upto = min(after + ceil(ids_of_a_row * self._rows * _FULLNESS), there.last)
            yield Part(self._rows, after=after, upto=upto)
            after = upto

    @property
    def _asks_beyond(self) -> bool:
        """Whether to request one row more than the portal counts: in a custom order, nothing marks the last one."""
        return bool(self._selection.sort) and self.proof.wanted == self.proof.counted

    async def _begun(self, part: Part) -> tuple[Part, RowsPage]:
        return part, await self._fetch(part)

    async def _fetch(self, part: Part) -> RowsPage:
        page = await self._connection.run(fetching_rows(self._selection, part, self._connection.portal_state))
        self._rows = min(self._rows, max(1, page.granted)) if page.granted < part.rows else self._rows
        return page

    async def _count(self, upto: int | None = None) -> Count:
        return await self._connection.run(counting(self._selection, self._connection.portal_state, upto))

    def _learn(self, first: RowsPage) -> None:
        if self._asked is None:
            self._rows = first.rows_of_next(self._rows)

    def _take(self, page: RowsPage, there: Count) -> None:
        proof = self.proof
        proof.pages += 1
        proof.bytes += len(page.csv)
        proof.read += page.rows
        if not page.rows:
            return
        if page.first in self._firsts:
            raise self._incomplete("it returns the same rows for every part of the table")
        self._firsts.add(page.first)
        if not self._selection.sort:
            if page.first <= self._last or page.last > there.last:
                proof.changed = True
                raise self._incomplete("the table changed meanwhile, and rows moved")
            self._last = page.last

    async def _prove(self, there: Count) -> None:
        """Rows without duplicates, none newer than the start, as many as were counted then, are complete.

        Otherwise it depends on how the table changed meanwhile.
        """
        proof = self.proof
        # An undercount is detected by the last row, or by the extra one that was requested.
        in_order = not self._selection.sort and proof.wanted == there.rows
        at_end = not in_order or self._last == there.last
        if proof.pages <= 1 and proof.read == proof.wanted and at_end:
            return
        now = await self._count()
        proof.changed = now != there
        if proof.by_ranges:
            stayed = there.rows if proof.read == there.rows else (await self._count(there.last)).rows
            if not stayed <= proof.read <= there.rows:
                raise self._incomplete("some were never returned")
            return
        if proof.read != proof.wanted or (proof.changed and not in_order) or not (at_end or proof.changed):
            raise self._incomplete(
                "the table changed meanwhile" if proof.changed else "its count differs from what it returns"
            )

    def _incomplete(self, why: str) -> Incomplete:
        proof = self.proof
        return Incomplete(
            f"The table {self._selection.resource} is not complete: {counted(proof.read, 'row')} came of the {proof.wanted:,} that "
            f"were asked for, the portal counts {proof.counted:,}, and {why}.",
            expected=proof.wanted,
            received=proof.read,
            hint="Read it again when nobody is writing to it.",
        )
