"""A whole list of datasets: pages side by side, records in order, and the proof that none is missing."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from tuckan.errors import Incomplete, InvalidArgument
from tuckan.shapes import Listing
from tuckan.wire.collector import at_rest, take_for_old
from tuckan.wire.listing import fetching_page
from tuckan.wire.paging import Proof, Reading

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from tuckan.client._async.connection import AsyncConnection
    from tuckan.wire.paging import Page, Row, Span

_log = logging.getLogger("tuckan.client")


class WholeList:
    """One search, read to its end."""

    def __init__(
        self,
        connection: AsyncConnection,
        params: Mapping[str, Any],
        start: int,
        page_size: int,
        require_complete: bool,
        *,
        raw: bool = False,
    ) -> None:
        if page_size < 1:
            raise InvalidArgument(f"page_size={page_size} is no size of a page.", hint="Use 1 or more; 1000 is usual.")
        if start < 0:
            raise InvalidArgument(f"start={start} is before the first dataset.", hint="Use 0 or more.")
        self._connection = connection
        self._params = params
        self._reading = Reading(start, page_size)
        self._require_complete = require_complete
        self._raw = raw

    @property
    def proof(self) -> Proof:
        """How the list was read."""
        return self._reading.proof

    async def records(self) -> AsyncIterator[Any]:
        """Every record once, in order: dicts, or `RawRecord` where they are wanted raw."""
        async for several in self.batches():
            for record in several:
                yield record

    async def batches(self) -> AsyncIterator[list[Any]]:
        """The same, as many at once as have come."""
        try:
            with self._connection.progress("reading datasets") as progress:
                async for page in self._pages():
                    yield await self._bridged(page)
                    progress.total(self.proof.counted)
                    progress.step(self.proof.read - progress.done)
            self._reading.finish()
        except Incomplete as error:
            if self._require_complete:
                raise
            _log.warning("%s", error.message)

    async def everything(self) -> Listing[Any]:
        """All records at once. The collector rests: it would look through all that is there again and again."""
        found = Listing[Any]((), self.proof)
        with at_rest():
            async for several in self.batches():
                found.extend(several)
            take_for_old()
        return found

    async def _pages(self) -> AsyncIterator[Page]:
        """The pages in order: the first tells how many there are, the rest come side by side."""
        yield await self._fetch(self._reading.first())
        spans = (partial(self._fetch, span) for span in self._reading.rest())
        async for page in self._connection.side_by_side(spans):
            yield page
        while (span := self._reading.more()) is not None:
            yield await self._fetch(span)

    async def _fetch(self, span: Span) -> Page:
        return await self._connection.run(fetching_page(self._params, span, self._connection.memory, raw=self._raw))

    async def _bridged(self, page: Page) -> list[Row]:
        """The new records of a page, after those that could have slipped through the seam before it."""
        fresh: list[Row] = []
        tries = 0
        while (span := self._reading.gap_before(page, tries)) is not None:
            self.proof.steps_back += 1
            between = await self._fetch(span)
            tries += 1
            if between.records and self._reading.gap_before(between, tries) is None:
                more = self._reading.take(between)
                tries = 0 if more else tries
                fresh += more
        return fresh + self._reading.take(page)
