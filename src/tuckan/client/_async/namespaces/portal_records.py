"""A portal as a whole: its records by kind, its snapshot, and dumps of it."""

from __future__ import annotations

from functools import partial
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypedDict

import msgspec

from tuckan.client._async.namespaces.namespace import Namespace
from tuckan.errors import InvalidArgument, NotCKAN
from tuckan.transport import line_writer
from tuckan.wire.paging import RawRecord

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence

    from tuckan.audit import Audit, Configuration
    from tuckan.audit.run import Auditor
    from tuckan.client._async.bulk.auditing import AuditedTables
    from tuckan.client._async.namespaces.datasets import Filters
    from tuckan.links.checker import LinkOptions
    from tuckan.shapes import Dumped, Record, Records
    from tuckan.snapshot import EntityKind, Snapshot
    from tuckan.wire.portal_state import PortalState

_GROUPS: tuple[EntityKind, ...] = ("organizations", "groups")

TABLES_OF = 100
"""Datasets whose tables are looked at side by side."""

VIEWS_AT_ONCE = 100
"""Datasets whose views are read side by side."""


class DatasetsToDump(TypedDict):
    """Which datasets are dumped, as `dump` of the client takes them."""

    q: str | None
    fq: str | Sequence[str] | None
    filters: Filters | None
    include_private: bool
    include_drafts: bool
    include_deleted: bool
    page_size: int


class PortalRecords(Namespace):
    """A portal as a catalogue, as dumps are; `AsyncClient` describes the methods."""

    @property
    def kinds(self) -> tuple[EntityKind, ...]:
        """The kinds of records, in the order in which they can be loaded."""
        from tuckan.snapshot import KINDS  # noqa: PLC0415 - no client needs it before its first answer

        return KINDS

    @property
    def base_url(self) -> str:
        """The portal's address."""
        return self._connection.portal_state.address.site

    @property
    def portal_state(self) -> PortalState:
        """The state of the portal, as far as it is known."""
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
        """Every record of a kind."""
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
        """The portal's metadata as a value."""
        from tuckan.snapshot import Snapshot  # noqa: PLC0415 - see `kinds`

        taken = Snapshot()
        for kind in kinds or self.kinds:
            async for record in self.records(kind, views=views):
                taken.add(kind, checked(record, self.base_url))
        return taken

    async def auditor(self, configuration: Configuration | str | Path | None) -> Auditor:
        """What audits the portal's records, with its schemas and licenses."""
        from tuckan.audit.run import Auditor  # noqa: PLC0415 - see `kinds`
        from tuckan.client._async.namespaces.schemas import Schemas  # noqa: PLC0415 - see `records`
        from tuckan.client._async.namespaces.tags import Licenses  # noqa: PLC0415 - likewise

        given = str(configuration) if isinstance(configuration, Path) else configuration
        auditor = Auditor(given, portal=self.base_url)
        schemas = Schemas(self._connection)
        licenses = await Licenses(self._connection).list()
        auditor.know(
            {name: await schemas.get(name) for name in await schemas.types()}, [str(one.get("id")) for one in licenses]
        )
        return auditor

    async def audit(
        self,
        configuration: Configuration | str | Path | None,
        *,
        links: LinkOptions | bool,
        tables: bool,
        users: bool,
        workbook: str | Path | None,
        include_private: bool,
    ) -> Audit:
        """The portal's metadata, or a workbook for it, audited."""
        from tuckan.client._async.bulk.auditing import (  # noqa: PLC0415 - see `records`
            AuditedTables,
            AuditedUsers,
            AuditedWorkbooks,
        )

        auditor = await self.auditor(configuration)
        several: list[Record] = []
        if workbook is not None:
            if tables or users:
                raise InvalidArgument("A workbook has neither tables nor users.", hint="Audit the portal for these.")
            several += await AuditedWorkbooks(self._connection).records(Path(workbook))
            if links:
                await self._check_links(auditor, several, links)
            for dataset in several:
                auditor.dataset(dataset)
            return auditor.end()
        of_tables, creators, resources = AuditedTables(self._connection), set[str](), set[str]()
        for kind in _GROUPS:
            for record in await self.listing(kind):
                auditor.group(kind, checked(record, self.base_url))
        async for dataset in self.audited(auditor, links=links, include_private=include_private):
            if users and (creator := dataset.get("creator_user_id")):
                creators.add(str(creator))
            if not tables:
                auditor.dataset(dataset)
                continue
            several.append(dataset)
            resources.update(str(one.get("id")) for one in dataset.get("resources") or ())
            if len(several) == TABLES_OF:
                await self._with_tables(auditor, of_tables, several)
        await self._with_tables(auditor, of_tables, several)
        if tables:
            auditor.portal({"orphaned_tables": await of_tables.orphans(resources)})
        if users:
            async for user in AuditedUsers(self._connection).records(await self.listing("users"), creators):
                auditor.user(user)
        return auditor.end()

    async def _with_tables(self, auditor: Auditor, of_tables: AuditedTables, several: list[Record]) -> None:
        """Audit some datasets, once their tables were looked at."""
        if several:
            auditor.context.tables = await of_tables.facts(several)
        for dataset in several:
            auditor.dataset(dataset)
        several.clear()

    async def audited(
        self, auditor: Auditor, *, links: LinkOptions | bool, include_private: bool
    ) -> AsyncIterator[Record]:
        """The datasets that an auditor audits; their links are checked before the first, if they are to be."""
        datasets = self.records("datasets", include_private=include_private, include_drafts=include_private)
        if not links:
            async for dataset in datasets:
                yield checked(dataset, self.base_url)
            return
        from tuckan.transport.json_lines import Spool  # noqa: PLC0415 - hardly any audit asks other hosts

        kept = Spool()
        async for dataset in datasets:
            kept.add(checked(dataset, self.base_url))
        await self._check_links(auditor, kept, links)
        for dataset in kept:
            yield dataset

    async def _check_links(self, auditor: Auditor, datasets: Iterable[Record], links: LinkOptions | bool) -> None:
        """Check the links of datasets, and tell an auditor what is known of them."""
        from tuckan.audit.linking import checked as checked_links  # noqa: PLC0415 - hardly any audit asks other hosts
        from tuckan.links.checker import Checker, LinkOptions  # noqa: PLC0415 - likewise

        options = LinkOptions() if isinstance(links, bool) else links
        connect = partial(Checker, http=self._connection.http, progress=self._connection.shows_progress)
        work = partial(checked_links, datasets, options, portal=self.base_url, connect=connect)
        auditor.know_links(await self._connection.to_thread(work))

    async def dump(
        self,
        kind: EntityKind,
        to: str | Path | IO[bytes],
        datasets: DatasetsToDump,
        *,
        views: bool,
        sort_keys: bool,
    ) -> Dumped:
        """Write every record of a kind as JSON lines."""
        from tuckan.client._async.namespaces.datasets import whole_list  # noqa: PLC0415 - see `records`
        from tuckan.shapes import Dumped, Listing  # noqa: PLC0415

        hidden = {
            "private": datasets["include_private"],
            "drafts": datasets["include_drafts"],
            "deleted": datasets["include_deleted"],
        }
        listing = whole_list(self._connection, datasets["q"], datasets["fq"], datasets["filters"], (), **hidden)
        whole = listing(0, datasets["page_size"], True, raw=not views)
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
