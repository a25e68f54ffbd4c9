# Generated from src/tuckan/client/_async/bulk/copying.py by scripts/unasync.py: change that file, then run `make fix`.
"""Copying a portal or a dump to another portal: reads both and plans the differences."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypedDict, cast

from tuckan._text import counted
from tuckan.client._sync.bulk.job import Job, begun_journal
from tuckan.client._sync.namespaces.namespace import Namespace
from tuckan.client._sync.namespaces.portal import Portal
from tuckan.client._sync.namespaces.portal_records import PortalRecords, checked
from tuckan.config import known
from tuckan.errors import Hint, InvalidArgument, NotAuthorized
from tuckan.jobs.copying import CopyPlan, CopySettings
from tuckan.jobs.folder import new_path
from tuckan.jobs.selection import DELETE_ALL
from tuckan.push.backup import content_of
from tuckan.push.stored import stored_table
from tuckan.shapes import Listing
from tuckan.snapshot import KINDS, Snapshot, Storage, is_upload
from tuckan.transport.dump import Dump
from tuckan.wire import solr
from tuckan.wire.address import Address, origin
from tuckan.wire.entities import ENTITIES
from tuckan.wire.finding import finding_near_name
from tuckan.wire.portal_state import PortalState
from tuckan.wire.redaction import without_user_info
from tuckan.wire.writing import reading_if_there

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from tuckan.client._sync.client import Client
    from tuckan.client._sync.connection import Connection
    from tuckan.jobs.copying import Content
    from tuckan.jobs.journal import Journal
    from tuckan.shapes import Record
    from tuckan.snapshot import Catalogue, EntityKind
    from tuckan.wire.call import Call

Source: TypeAlias = "PortalRecords | Catalogue"
Given: TypeAlias = "Client | Catalogue | str | Path"

OWNERS: Sequence[EntityKind] = ("organizations", "groups")
"""The kinds that a dataset belongs to."""

_DOWNLOAD = re.compile(r"/dataset/[^/?#]+/resource/[^/?#]+/download/[^/?#]+$")


class Copying:
    """Reads both sides of a copy.

    Args:
        source: a client, or a catalogue such as a dump.
        connection: the connection to the portal that is changed.
        settings: the options.
    """

    def __init__(self, source: Source, connection: Connection, settings: CopySettings) -> None:
        self._source = source
        self._site = source.base_url if isinstance(source, PortalRecords) else ""
        site = self._site or str(getattr(source, "site", ""))
        self._origin = origin(site) if site else None
        self._target = PortalRecords(connection)
        self._connection = connection
        self._settings = settings
        self._notes: list[str] = []
        self._types_known: set[EntityKind] = set()
        self._chosen: list[str] = []
        self._is_its_own = not self._site and getattr(source, "site", "") == self._target.base_url
        self._stored = source.files() if isinstance(source, Storage) and settings.files else {}
        self._parquet = source.tables() if isinstance(source, Storage) and settings.tables else {}
        self._not_stored: list[str] = []
        if self._site == self._target.base_url:
            raise InvalidArgument(f"{self._site} can't be copied to itself.", hint="Name two portals.")

    def plan(self) -> CopyPlan:
        """Read both sides, and return the planner of the operations."""
        source, target = Snapshot(), Snapshot()
        self._chosen = [self._organization(one) for one in self._settings.organizations]
        for kind in self._kinds():
            for record in self._records(self._source, kind):
                if kind != "datasets":
                    source.add(kind, record)
                elif not self._chosen or _owner(record) in self._chosen:
                    source.add(kind, self._adopted(record))
        if self._chosen:
            _narrow(source, self._chosen)
        for kind in self._kinds():
            for record in self._records(self._target, kind):
                if record.get("state") != "deleted" or record["name"] in source.of_kind(kind):
                    target.add(kind, record)
            if kind in ("organizations", "groups"):
                for record in self._unlisted(kind, source.of_kind(kind).keys() - target.of_kind(kind).keys()):
                    target.add(kind, record)
        plan = CopyPlan(source, target, self._settings, notes=self._notes, types_known=self._types_known)
        plan.there = {kind: self._there(kind, source, target) for kind in OWNERS}
        plan.stored, plan.parquet = self._stored, self._parquet
        for ours, theirs in plan.tables():
            if (content := self._content(ours)) is not None:
                there = self._connection.run(content_of(theirs, self._connection.portal_state))
                plan.contents[ours] = content, there
        if self._not_stored and isinstance(self._source, Storage) and self._settings.files:
            self._notes.append(_note_on_files(self._not_stored))
        return plan

    def _content(self, resource: str) -> Content | None:
        """The content of a table of the source, if it has it."""
        if isinstance(self._source, PortalRecords):
            return self._connection.run(content_of(resource, self._source.portal_state))
        if resource not in self._parquet:
            return None
        return (self._connection.to_thread(stored_table, self._parquet[resource])).content

    def _organization(self, given: str) -> str:
        """The name of an organization of the source.

        Raises:
            InvalidArgument: when the source has no such organization.
        """
        near = ""
        if isinstance(self._source, PortalRecords):
            state = self._source.portal_state
            found = self._connection.run(reading_if_there(ENTITIES["organization"].look(given), state))
            if found is not None:
                return str(found["name"])
            near = self._connection.run(finding_near_name("organization", given, state))
        elif "organizations" in self._source.kinds:
            for one in self._source.records("organizations"):
                if given in (one.get("name"), one.get("id")):
                    return str(one["name"])
        elif any(_owner(one) == given for one in self._source.records("datasets")):
            return given
        raise InvalidArgument(
            f"{self._site or self._source} has no organization {given!r}{near}.",
            hint="Its name is the one in the address of its page.",
        )

    def _there(self, kind: EntityKind, source: Snapshot, target: Snapshot) -> set[str]:
        """The organizations or groups of datasets that the target has, or will have when they are copied."""
        there = {name for name, one in target.of_kind(kind).items() if one.get("state") != "deleted"}
        if kind in self._kinds():
            there |= source.of_kind(kind).keys()
        named = [
            _owner(one) if kind == "organizations" else group["name"]
            for one in source.datasets.values()
            for group in (one.get("groups", ()) if kind == "groups" else (one,))
        ]
        for record in self._unlisted(kind, {one for one in named if one} - there):
            if record.get("state") != "deleted":
                there |= {record["name"], record["id"]}
        return there

    def _kinds(self) -> Sequence[EntityKind]:
        return [kind for kind in KINDS if kind in self._settings.kinds and kind in self._source.kinds]

    def _records(self, side: Source, kind: EntityKind) -> Iterator[Record]:
        if not isinstance(side, PortalRecords):
            for record in side.records(kind):
                yield record
            return
        if kind in ("organizations", "groups"):
            for record in self._typed(side, kind):
                yield checked(record, side.base_url)
            return
        # The target is read in every state: nothing may be changed there that the plan does not show.
        fq = solr.EVERY_STATE if side is self._target and kind == "datasets" else None
        if side is self._source and kind == "datasets" and self._chosen:
            fq = solr.clause("organization", self._chosen)
        try:
            for record in side.records(kind, fq=fq, views=self._settings.views):
                yield checked(record, side.base_url)
        except NotAuthorized:
            if kind != "users":
                raise  # without permission to see users, everything else can be copied

    def _typed(self, side: PortalRecords, kind: EntityKind) -> Sequence[Record]:
        """The organizations or groups of a portal; adds a note if it does not say which types it has."""
        found = side.listing(kind)
        proof: Any = found.proof if isinstance(found, Listing) else None
        if proof is not None and proof.note:
            deleted = " or deleted" if self._settings.delete else ""
            self._notes.append(
                f"{side.base_url} does not tell which types of {kind} it has: only those of type"
                f" {kind.removesuffix('s')} were read there; those of other types are not compared{deleted}."
            )
        elif side is self._source:
            self._types_known.add(kind)
        return found

    def _unlisted(self, kind: EntityKind, names: Collection[str]) -> list[Record]:
        """Deleted organizations or groups of the target, which it does not list."""
        entity = ENTITIES[kind.removesuffix("s")]
        shows = (partial(self._shown, entity.look(name)) for name in sorted(names))
        return [one for one in self._connection.side_by_side(shows) if one is not None]

    def _shown(self, look: Call) -> Record | None:
        try:
            return self._connection.run(reading_if_there(look, self._connection.portal_state))
        except NotAuthorized:
            return None

    def _adopted(self, dataset: Record) -> Record:
        """A dataset with links to files on the source turned into uploads, or the reverse if no files are copied."""
        resources: list[dict[str, Any]] = dataset.get("resources") or []
        return {**dataset, "resources": [self._with_file(one, str(dataset.get("name"))) for one in resources]}

    def _with_file(self, resource: Record, dataset: str) -> Record:
        is_copied = isinstance(self._source, PortalRecords) or resource.get("id") in self._stored
        if self._settings.files and is_copied:
            return {**resource, "url_type": "upload"} if self._is_ours(resource) else resource
        if not is_upload(resource) or self._is_its_own:
            return resource  # in a mirror of this very portal, uploads are where they were
        self._not_stored.append(f"{resource.get('name') or resource.get('id')} of {dataset}")
        return {**resource, "url_type": None}

    def _is_ours(self, resource: Record) -> bool:
        url = str(resource.get("url") or "")
        return bool(_DOWNLOAD.search(url)) and origin(url) == self._origin


def _without_tables(source: Source) -> InvalidArgument:
    if isinstance(source, Storage):
        return InvalidArgument(
            f"{source} has no tables.",
            hint=Hint("Fetch them first: sync(client, tables=True).", "Fetch them first: tuckan mirror sync --tables"),
        )
    return InvalidArgument(
        f"{source} has no table rows: a dump contains only metadata.",
        hint="Copy from the portal, or copy without tables.",
    )


def _note_on_files(missing: Sequence[str]) -> str:
    return (
        f"{counted(len(missing), 'uploaded file')} not in the mirror; the copies link to the source: {', '.join(missing[:5])}"
        + (", ..." if len(missing) > 5 else "")
    )


def _owner(dataset: Record) -> str:
    """The name of the organization of a dataset, or an empty string."""
    organization = dataset.get("organization")
    return str((organization.get("name") if isinstance(organization, dict) else dataset.get("owner_org")) or "")


def _narrow(source: Snapshot, organizations: Iterable[str]) -> None:
    """Leave of a snapshot some organizations, the groups of its datasets, what stands above these, and their members."""
    groups = {one["name"] for dataset in source.datasets.values() for one in dataset.get("groups", ())}
    members: set[str] = set()
    for records, names in ((source.organizations, set(organizations)), (source.groups, groups)):
        wanted, left = set[str](), list(names & records.keys())
        while left:
            wanted.add(name := left.pop())
            parents = {one["name"] for one in records[name].get("groups", ())}
            left += (parents & records.keys()) - wanted
            members |= {one["name"] for one in records[name].get("users", ())}
        for name in records.keys() - wanted:
            del records[name]
    for name in source.users.keys() - members:
        del source.users[name]


def _source(given: object) -> Source:
    """The source of a copy: a client, a catalogue, or the dump at a path.

    Raises:
        InvalidArgument: when it is anything else.
    """
    from tuckan.client._sync.client import Client, connection_of  # noqa: PLC0415 - which loads its namespaces when asked

    if isinstance(given, Client):
        return PortalRecords(connection_of(given))
    if isinstance(given, str) and "://" in given:
        raise InvalidArgument(
            f"{without_user_info(given)} is the address of a portal.",
            hint=Hint("Pass a client of it: copy(connect(...)).", "Name it as FROM: tuckan copy FROM TO."),
        )
    if isinstance(given, (str, Path)):
        return Dump(given)
    if hasattr(given, "copy_to"):
        raise InvalidArgument(
            f"{given!r} is a client of the other kind (blocking or async).",
            hint="Copy from Client to Client, or Client to Client.",
        )
    if not (hasattr(given, "kinds") and callable(getattr(given, "records", None))):
        raise InvalidArgument(
            f"{given!r} can't be copied.",
            hint="Pass a client, the path of a dump, or a catalogue with kinds and records.",
        )
    catalogue: Catalogue = cast("Any", given)
    return catalogue


def _kinds(given: Sequence[EntityKind]) -> Sequence[EntityKind]:
    """The kinds to copy, in order of dependency."""
    wanted = (given,) if isinstance(given, str) else tuple(given)
    if unknown := [one for one in wanted if one not in KINDS]:
        raise InvalidArgument(f"There are no {unknown[0]!r} on a portal.", hint=f"Use some of: {', '.join(KINDS)}.")
    return [kind for kind in KINDS if kind in wanted]


class CopyOptions(TypedDict, total=False):
    """The options of a copy; see `jobs.copy`."""

    kinds: Sequence[EntityKind]
    users: bool
    members: bool
    files: bool
    tables: bool
    views: bool
    delete: bool
    leave_out: Sequence[str]
    organizations: Sequence[str]
    everything: bool
    dry_run: bool


class CopyJobs(Namespace):
    """Jobs that copy."""

    def copy(
        self,
        source: Given,
        *,
        kinds: Sequence[EntityKind] = KINDS,
        users: bool = False,
        members: bool = True,
        files: bool = True,
        tables: bool = False,
        views: bool = True,
        delete: bool = False,
        leave_out: Sequence[str] = (),
        organizations: Sequence[str] = (),
        everything: bool = False,
        dry_run: bool = False,
    ) -> Job:
        """Plan to copy a portal, or a dump of one, to this portal: organizations, groups, datasets, files, views.

        Both are read, and only what differs is planned, so a second copy finds nothing to do. Records are matched by
        name, or by id where ids were preserved, which only a system administrator's token can do.

        Args:
            source: the client of the portal to copy, the path of a dump, or a catalogue such as `tuckan.Dump` or `tuckan.Mirror`.
            kinds: the kinds of records to copy.
            users: create missing users, with random passwords; otherwise they are left out.
            members: give organizations and groups their members, as far as these users exist.
            files: copy uploaded files, and links to files on the source; otherwise they become links to the source, as do those
                that a mirror has not fetched.
            tables: copy the tables of the DataStore that have no file: columns, data dictionary, key, aliases and rows. Tables that
                are on both portals are read whole and compared. A table that is replaced is kept on this machine, for
                `undo`. Tables that a loader created from a file are created again by this portal's loader.
            views: copy the views of resources, which takes one request for each resource.
            delete: delete here what the source does not have.
            leave_out: fields that are neither compared nor sent, such as `doi`, or `resources.size` of resources.
            organizations: copy only these organizations (names or ids), their datasets, and the groups of these; not with `delete`.
            everything: let `delete` remove all records of a kind, where the source has none of it; `run` needs a `confirm`
                that returns `DELETE ALL` then.
            dry_run: plan only; the job can be inspected, and not run.

        Returns:
            The job, with nothing changed yet: look at `job.plan()`, `job.notes` and `job.entries()`, then `job.run()`.

        Raises:
            InvalidArgument: when the source is not a catalogue, or contains something that is not a record; when all records of a
                kind would be deleted, without `everything`; when the source has no tables, as dumps, and `tables=True`;
                when the source has no organization that is named.
            NotAuthorized: when there is no token for this portal.
            Incomplete: when one of the two cannot be read completely.

        Example:
            >>> written = ckan.dump("groups", "groups.jsonl")
            >>> with ckan.jobs.copy("groups.jsonl", kinds=["groups"], dry_run=True) as job:
            ...     print(job.plan())
            3 unchanged
        """
        copied, kinds = _source(source), _kinds(kinds)
        portal = copied if isinstance(copied, PortalRecords) else None
        if tables and portal is None and not (isinstance(copied, Storage) and copied.tables()):
            raise _without_tables(copied)
        if told := {"id", "name", "resources"}.intersection(leave_out):
            raise InvalidArgument(
                f"{', '.join(sorted(told))} can't be left out: it identifies records and their resources.",
                hint="Leave out fields that portals compute themselves, such as doi or resources.size.",
            )
        if organizations and delete:
            raise InvalidArgument(
                "What the source does not have can be deleted only when all of it is read, not some organizations.",
                hint=Hint("Leave out delete=True or organizations=.", "Leave out --delete or --organization."),
            )
        user = Portal(self._connection).whoami()
        files = files and (portal is not None or (isinstance(copied, Storage) and bool(copied.files())))
        settings = CopySettings(
            kinds,
            users,
            members,
            files,
            tables,
            views,
            delete,
            keep_ids=bool(user.get("sysadmin")),
            sees_private=portal is None or bool(portal.portal_state.token),
            leave_out=leave_out,
            organizations=(organizations,) if isinstance(organizations, str) else tuple(organizations),
        )
        plan = Copying(copied, self._connection, settings).plan()
        title = f"copy {portal.base_url if portal else copied}"
        facts = {"source": portal.base_url, "source_token": bool(portal.portal_state.token)} if portal else {}
        journal = begun_journal(self._connection, title, None if dry_run else new_path("copy"), **facts)
        journal.plan(plan.operations())
        if plan.emptied and not everything and not dry_run:
            journal.discard()
            raise self._would_empty(plan.emptied, portal or copied)
        journal.describe(notes=plan.notes, **({"phrase": DELETE_ALL} if plan.emptied else {}))
        return Job(self._connection, journal, source=portal.portal_state if portal else None)

    def _would_empty(self, emptied: Iterable[str], source: Source) -> InvalidArgument:
        return InvalidArgument(
            f"{self._connection.place} would lose everything of these kinds: {', '.join(emptied)}. {source} has none.",
            hint=Hint(
                "Is it the right source? Preview with dry_run=True; to delete all of them, pass everything=True.",
                "Is it the right source? Preview with --dry-run; to delete all of them, add --all.",
            ),
        )

    def _source_of(self, journal: Journal, given: Client | None) -> PortalState | None:
        """The source portal of a copy: from its client, or with the token from the settings."""
        if given is not None:
            from tuckan.client._sync.client import connection_of  # noqa: PLC0415 - as above

            return connection_of(given).portal_state
        address = journal.facts().get("source")
        if address is None:
            return None
        settings, portal_state = known(str(address)), self._connection.portal_state
        return PortalState(
            Address.parse(settings.base_url),
            headers=portal_state.headers,
            token=settings.token,
            token_headers=portal_state.token_headers,
            policy=portal_state.policy,
            timeout=portal_state.timeout,
        )
