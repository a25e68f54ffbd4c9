"""A complete list of datasets: pages fetched concurrently, records in order, and the proof that none is missing."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from tuckan.errors import Incomplete, InvalidArgument
from tuckan.wire.dataset_pages import fetching_one, fetching_page, requiring_filters
from tuckan.wire.paging import Reading, id_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from tuckan.client._async.connection import AsyncConnection
    from tuckan.shapes import Listing
    from tuckan.wire.paging import Page, Proof, Row, Span

_log = logging.getLogger("tuckan.client")

_MOST_READINGS = 3
"""How often a list is read again as ids if the portal has more rows than it returned."""


class WholeList:
    """One search, read completely."""

    def __init__(
        self,
        connection: AsyncConnection,
        params: Mapping[str, Any],
        start: int,
        page_size: int,
        require_complete: bool,
        *,
        raw: bool = False,
        filters: Mapping[str, str | list[str]] | None = None,
    ) -> None:
        if page_size < 1:
            raise InvalidArgument(
                f"page_size={page_size} is not a valid page size.", hint="Use 1 or more; 1000 is usual."
            )
        if start < 0:
            raise InvalidArgument(f"start={start} is before the first dataset.", hint="Use 0 or more.")
        self._connection = connection
        self._params = params
        self._reading = Reading(start, page_size, connection.portal_state.granted)
        self._require_complete = require_complete
        self._raw = raw
        self._filters = filters

    @property
    def proof(self) -> Proof:
        """How the list was read."""
        return self._reading.proof

    async def records(self) -> AsyncIterator[Any]:
        """Every record once, in order: dicts, or `RawRecord` if raw."""
        async for several in self.batches():
            for record in several:
                yield record

    async def batches(self) -> AsyncIterator[list[Any]]:
        """The same, in batches as they arrive."""
        try:
            with self._connection.progress("reading datasets") as progress:
                async for fresh in self._read(self._reading, self._params, raw=self._raw):
                    yield fresh
                    progress.total(self.proof.counted)
                    progress.step(self.proof.read - progress.done)
                if not self.proof.counted:
                    portal_state = self._connection.portal_state
                    await self._connection.run(requiring_filters(self._filters or {}, self._params, portal_state))
                if self._reading.unexplained:
                    async for one in self._late():
                        yield [one]
        except Incomplete as error:
            if self._require_complete:
                raise
            _log.warning("%s", error.message)

    async def everything(self) -> Listing[Any]:
        """All records at once."""
        from tuckan.shapes import Listing  # noqa: PLC0415 - no iteration needs it

        found = Listing[Any]((), self.proof)
        async for several in self.batches():
            found.extend(several)
        return found

    async def _read(self, reading: Reading, params: Mapping[str, Any], *, raw: bool) -> AsyncIterator[list[Row]]:
        """Read the whole list: the first page gives the count, the rest are fetched concurrently."""
        fetch = partial(self._fetch, params, raw)
        yield reading.take(await fetch(reading.first()))
        async for page in self._connection.side_by_side(partial(fetch, span) for span in reading.rest()):
            yield await self._bridged(reading, fetch, page)
        while (span := reading.more()) is not None:
            yield await self._bridged(reading, fetch, await fetch(span))
        reading.finish()
        self._connection.portal_state.granted = max(self._connection.portal_state.granted, reading.granted)

    async def _fetch(self, params: Mapping[str, Any], raw: bool, span: Span) -> Page:
        return await self._connection.run(fetching_page(params, span, self._connection.portal_state, raw=raw))

    async def _bridged(self, reading: Reading, fetch: Callable[[Span], Awaitable[Page]], page: Page) -> list[Row]:
        """The new records of a page, after any that may have been missed before it."""
        fresh: list[Row] = []
        tries = 0
        while (span := reading.gap_before(page, tries)) is not None:
            reading.proof.steps_back += 1
            between = await fetch(span)
            tries += 1
            if between.keys and reading.gap_before(between, tries) is None:
                more = reading.take(between)
                tries = 0 if more else tries
                fresh += more
        return fresh + reading.take(page)

    async def _late(self) -> AsyncIterator[Row]:
        """Records that were added or hidden while the list was being read: it is read again as ids only.

        Raises:
            Incomplete: when the portal counts more than it shows at each of several readings.
        """
        least = self._reading.missing
        for _ in range(_MOST_READINGS):
            again = Reading(self._reading.start, self._reading.rows, self._reading.granted)
            ids: list[str] = []
            async for several in self._read(again, {**self._params, "fl": ["id"]}, raw=False):
                ids += self._reading.unknown(map(id_of, several))
            for key in ids:
                portal_state = self._connection.portal_state
                one = await self._connection.run(fetching_one(key, self._params, portal_state, raw=self._raw))
                self._reading.note_late(key, one)
                if one is not None:
                    yield one
            self._reading.note_again(again)
            if not again.unexplained:
                return
            least = min(least, again.missing)
        raise self._reading.hidden(least)
