# Generated from src/tuckan/client/_async/bulk/copying.py by scripts/unasync.py: change that file, then run `make fix`.
"""The two sides of a copy, a portal or a catalogue and the portal that is changed: both are read, and their differences planned."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from tuckan._text import counted
from tuckan.client._sync.namespaces.portal_records import PortalRecords, checked
from tuckan.errors import InvalidArgument, NotAuthorized
from tuckan.jobs.copying import CopyPlan, CopySettings
from tuckan.push.backup import content_of
from tuckan.push.stored import stored_table
from tuckan.shapes import Listing
from tuckan.snapshot import KINDS, Snapshot, Storage, is_upload
from tuckan.wire import solr
from tuckan.wire.address import origin
from tuckan.wire.entities import ENTITIES
from tuckan.wire.finding import finding_near_name
from tuckan.wire.writing import reading_if_there

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from tuckan.client._sync.connection import Connection
    from tuckan.shapes import Record
    from tuckan.snapshot import Catalogue, EntityKind, TableContent
    from tuckan.wire.call import Call

Source: TypeAlias = "PortalRecords | Catalogue"

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
            names = _owners_of(source)
            for read in self._records(self._source, kind):
                record = _with_present_names(read, names) if kind == "datasets" else read
                if kind != "datasets":
                    source.add(kind, record)
                elif not self._chosen or _owner(record) in self._chosen:
                    source.add(kind, self._adopted(record))
        if self._chosen:
            _narrow(source, self._chosen)
        for kind in self._kinds():
            names = _owners_of(target)
            for read in self._records(self._target, kind):
                record = _with_present_names(read, names) if kind == "datasets" else read
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

    def _content(self, resource: str) -> TableContent | None:
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


def _note_on_files(missing: Sequence[str]) -> str:
    return (
        f"{counted(len(missing), 'uploaded file')} not in the mirror; the copies link to the source: {', '.join(missing[:5])}"
        + (", ..." if len(missing) > 5 else "")
    )


def _owners_of(portal: Snapshot) -> dict[str, str]:
    """The names of the organizations and groups of a portal, by their ids."""
    return portal.names_by_id("organizations") | portal.names_by_id("groups")


def _with_present_names(dataset: Record, names: Mapping[str, str]) -> Record:
    """A dataset with the names that its organization and groups have now: after they are renamed, CKAN's index keeps the former ones."""

    def renamed(one: Any) -> Any:
        return {**one, "name": names[str(one["id"])]} if isinstance(one, dict) and str(one.get("id")) in names else one

    owner, groups = dataset.get("organization"), dataset.get("groups")
    return {
        **dataset,
        **({"organization": renamed(owner)} if owner else {}),
        **({"groups": [renamed(one) for one in groups]} if isinstance(groups, list) else {}),
    }


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
