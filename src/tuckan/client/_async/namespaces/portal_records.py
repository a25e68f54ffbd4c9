"""A portal as a whole: its records by kind, its snapshot, and dumps of it."""

from __future__ import annotations

from functools import partial
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING

import msgspec

from tuckan.client._async.namespaces.namespace import Namespace
from tuckan.errors import InvalidArgument, NotCKAN
from tuckan.transport import line_writer
from tuckan.wire.paging import RawRecord

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from tuckan.client._async.namespaces.datasets import Filters
    from tuckan.shapes import Dumped, Record, Records
    from tuckan.snapshot import EntityKind, Snapshot
    from tuckan.wire.portal_state import PortalState

VIEWS_AT_ONCE = 100
"""Datasets whose views are read side by side."""


class PortalRecords(Namespace):
    """What a client can do with its portal as a whole; it is a catalogue, as dumps are."""

    @property
    def kinds(self) -> tuple[EntityKind, ...]:
        """The kinds of its records, in the order in which they can be loaded."""
        from tuckan.snapshot import KINDS  # noqa: PLC0415 - no client needs it before its first answer

        return KINDS

    @property
    def base_url(self) -> str:
        """The portal's address."""
        return self._connection.portal_state.address.site

    @property
    def portal_state(self) -> PortalState:
        """What is known of the portal."""
        return self._connection.portal_state

    async def records(
        self,
        kind: EntityKind,
        *,
        fq: str | Sequence[str] | None = None,
        include_private: bool | None = None,
        include_drafts: bool | None = None,
        include_deleted: bool = False,
        views: bool = False,
    ) -> AsyncIterator[Record]:
        """Iterate over all records of a kind: complete, without duplicates, or an error at the end.

        Args:
            kind: `organizations`, `groups`, `users` or `datasets`.
            fq: which datasets, as filters in Solr's syntax; all of them without.
            include_private: include private datasets; None for those that the token may see.
            include_drafts: include drafts; None for those that the token may see.
            include_deleted: include deleted datasets, where the portal keeps them in its index.
            views: read the views of each resource too, into its field `resource_views`; one call for each resource.

        Yields:
            Records as plain dicts.

        Raises:
            InvalidArgument: when there is no such kind.
            Incomplete: at the end, when fewer records came than the portal counts.

        Example:
            >>> [one["title"] for one in ckan.records("groups")]
            ['History', 'Nature', 'People']
        """
        if kind != "datasets":
            for record in await self.listing(kind):
                yield record
            return
        from tuckan.client._async.namespaces.datasets import Datasets  # noqa: PLC0415 - every client is of this class

        hidden = bool(self._connection.portal_state.token)
        found = Datasets(self._connection).iter(
            fq=fq,
            include_private=hidden if include_private is None else include_private,
            include_drafts=hidden if include_drafts is None else include_drafts,
            include_deleted=include_deleted,
        )
        async for record in self._with_views(found) if views else found:
            yield record

    async def listing(self, kind: EntityKind) -> Sequence[Record]:
        """Return all organizations, groups or users at once; `records` iterates over any kind.

        Args:
            kind: `organizations`, `groups` or `users`.

        Returns:
            The records; of organizations and groups a `Listing`, with the proof that it is complete, and with their members.

        Raises:
            InvalidArgument: when there is no such kind.
            Incomplete: when fewer records came than the portal counts.

        Example:
            >>> print(ckan.listing("groups").proof)
            3 of 3 read in 1 page, complete, no duplicates
        """
        from tuckan.client._async.namespaces.groups import Groups, Organizations  # noqa: PLC0415 - see `records`
        from tuckan.client._async.namespaces.users import Users, without_key  # noqa: PLC0415

        if kind == "organizations":
            return await Organizations(self._connection).list(members=True)
        if kind == "groups":
            return await Groups(self._connection).list(members=True)
        if kind == "users":
            return [without_key(one) for one in await Users(self._connection).list()]
        raise InvalidArgument(f"There are no {kind!r} on a portal.", hint=f"Use one of: {', '.join(self.kinds)}.")

    async def _with_views(self, datasets: AsyncIterator[Record]) -> AsyncIterator[Record]:
        waiting: Records = []
        async for dataset in datasets:
            waiting.append(dataset)
            if len(waiting) == VIEWS_AT_ONCE:
                await self._add_views(waiting)
                for one in waiting:
                    yield one
                waiting = []
        await self._add_views(waiting)
        for one in waiting:
            yield one

    async def _add_views(self, datasets: Records) -> None:
        from tuckan.client._async.namespaces.views import Views  # noqa: PLC0415 - see `records`

        for one in datasets:
            checked(one, self.base_url)
        resources = list(chain.from_iterable(one.get("resources") or () for one in datasets))
        views = Views(self._connection)
        found = self._connection.side_by_side(partial(views.list, str(one["id"])) for one in resources)
        views_of = iter(resources)
        async for several in found:
            next(views_of)["resource_views"] = several

    async def snapshot(self, *kinds: EntityKind, views: bool = False) -> Snapshot:
        """Read the portal's metadata as a value that can be compared, as far as this token may see it.

        Args:
            *kinds: which kinds of records; all of them without.
            views: include the views of resources.

        Returns:
            The snapshot; `tuckan.difference` compares two.

        Raises:
            Incomplete: when the portal cannot be read completely.

        Example:
            >>> before = ckan.snapshot("groups")
            >>> print(before)
            0 organizations, 3 groups, 0 users, 0 datasets
            >>> ckan.snapshot("groups") == before
            True
        """
        from tuckan.snapshot import Snapshot  # noqa: PLC0415 - see `kinds`

        taken = Snapshot()
        for kind in kinds or self.kinds:
            async for record in self.records(kind, views=views):
                taken.add(kind, checked(record, self.base_url))
        return taken

    async def dump(
        self,
        kind: EntityKind,
        to: str | Path | IO[bytes],
        *,
        q: str | None = None,
        fq: str | Sequence[str] | None = None,
        filters: Filters | None = None,
        include_private: bool = False,
        include_drafts: bool = False,
        include_deleted: bool = False,
        views: bool = False,
        sort_keys: bool = False,
        page_size: int = 1000,
    ) -> Dumped:
        """Write all records of a kind as JSON lines, without duplicates; the file appears only once it is complete.

        Datasets are written as they arrive, without decoding anything but their ids, and ordered by id.

        Args:
            kind: `organizations`, `groups`, `users` or `datasets`.
            to: a path, whose ending `.gz` or `.zst` compresses, or an open binary file.
            q: which datasets, in words or Solr's syntax; all of them without.
            fq: filters in Solr's syntax.
            filters: fields with a value, or with a list of alternatives.
            include_private: include private datasets, which needs a token.
            include_drafts: include drafts, which needs a token.
            include_deleted: include deleted datasets, where the portal keeps them in its index.
            views: include the views of each resource, in its field `resource_views`; one call for each resource.
            sort_keys: sort the keys of each record, so that dumps can be compared line by line.
            page_size: how many to request at once.

        Returns:
            How many records were written, with the proof that none is missing.

        Raises:
            InvalidArgument: when the file's name stands for another format, such as `.csv` or `.zip`.
            Incomplete: when fewer records came than the portal counts; no file is left behind then.

        Example:
            >>> done = ckan.dump("datasets", "space.jsonl.gz", fq="organization:space")
            >>> print(done)
            8 of 8 read in 1 page, complete, no duplicates
        """
        from tuckan.client._async.namespaces.datasets import whole_list  # noqa: PLC0415 - see `records`
        from tuckan.shapes import Dumped, Listing  # noqa: PLC0415

        hidden = {"private": include_private, "drafts": include_drafts, "deleted": include_deleted}
        whole = whole_list(self._connection, q, fq, filters, (), **hidden)(0, page_size, True, raw=not views)
        with line_writer(Path(to) if isinstance(to, (str, Path)) else to) as write:
            if kind != "datasets":
                records = await self.listing(kind)
                write([_line(one, sort_keys) for one in records])
                return Dumped(kind, len(records), str(records.proof) if isinstance(records, Listing) else "")
            async for several in whole.batches():
                if views:
                    await self._add_views(several)
                write([_line(one, sort_keys) for one in several])
        return Dumped(kind, whole.proof.read, str(whole.proof))


def checked(record: Record, portal: str) -> Record:
    """A record of a portal, if it has the form of CKAN's.

    Raises:
        NotCKAN: when it has not.
    """
    from tuckan.snapshot import defect  # noqa: PLC0415 - see `PortalRecords.kinds`

    if wrong := defect(record):
        name = str(record.get("name") or record.get("id"))
        raise NotCKAN(f"{portal} gives {name!r:.100}, which is not a record of CKAN's: {wrong}.")
    return record


def _line(record: Record | RawRecord, sort_keys: bool) -> bytes | msgspec.Raw:
    """A record to be written; one that is raw stays as it came."""
    if isinstance(record, RawRecord) and not sort_keys:
        return record.json
    value = msgspec.json.decode(record.json) if isinstance(record, RawRecord) else record
    return msgspec.json.encode(value, order="sorted" if sort_keys else None)
