"""The plan of a copy: the operations that make one portal match another, in stages by dependency."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from tuckan._text import counted
from tuckan.errors import Hint, InvalidArgument
from tuckan.jobs.kinds.copied_datasets import without_views
from tuckan.jobs.operation import Operation, Planned
from tuckan.jobs.selection import MOST_UNASKED
from tuckan.snapshot import KINDS, TableContent, changed_fields, is_table, is_upload, paired, without_fields

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tuckan.snapshot import EntityKind, Snapshot, StoredFile

Pairs: TypeAlias = "Sequence[tuple[dict[str, Any], dict[str, Any] | None]]"
"""Resources of the source, each with its counterpart on the target."""

USERS, ORGANIZATIONS, GROUPS, DATASETS, FILES, TABLES, VIEWS, DELETIONS = 0, 100, 200, 300, 400, 450, 500, 600
"""Stages. Organizations and groups have further ones, for those below others."""

_USUAL: dict[EntityKind, dict[str, Any]] = {
    "organizations": {"state": "active"},
    "groups": {"state": "active"},
    "datasets": {"state": "active", "type": "dataset", "private": False},
}
"""CKAN's defaults for fields that a record does not have, as in a dump written by hand; an existing record keeps its
values."""

_WORDS: dict[EntityKind, str] = {kind: kind.removesuffix("s") for kind in KINDS}


@dataclass(frozen=True, slots=True)
class CopySettings:
    """What to copy, and how.

    Attributes:
        kinds: the kinds of records.
        users: whether to create missing users, with random passwords.
        members: whether to copy the members of organizations and groups, if they exist.
        files: whether to copy files.
        tables: whether to copy tables without a file.
        views: whether to copy views.
        delete: whether to delete what the source does not have.
        keep_ids: whether new records get the ids of the source, which only administrators may set.
        sees_private: whether the source was read with a token.
        leave_out: fields that are neither compared nor sent, `resources.FIELD` among them.
        organizations: names of the organizations whose datasets alone are copied; all without any.
    """

    kinds: Sequence[EntityKind] = KINDS
    users: bool = False
    members: bool = True
    files: bool = True
    tables: bool = False
    views: bool = True
    delete: bool = False
    keep_ids: bool = True
    sees_private: bool = True
    leave_out: Sequence[str] = ()
    organizations: Sequence[str] = ()


@dataclass(slots=True)
class CopyPlan:
    """Computes the operations of a copy.

    Args:
        source: the snapshot of the portal that is copied.
        target: the snapshot of the portal that is changed.
        settings: the options.

    Attributes:
        notes: what is left out, in sentences; complete once all operations were consumed.
        contents: the content of the tables to copy, by the id of their resource on the source, with the content of the
            corresponding table on the target; see `tables`.
        stored: the files of the source that are on this machine, by the id of their resource.
        parquet: likewise the tables, as Parquet.
        emptied: kinds of which the target would keep no records, with the number of records; complete when the notes are.
        types_known: kinds whose types the source lists completely; of others, only types that it shows are deleted.
        there: names of the organizations and groups that the target has or will have; a kind is left out if that is unknown.
    """

    source: Snapshot
    target: Snapshot
    settings: CopySettings
    notes: list[str] = field(default_factory=list[str])
    contents: dict[str, tuple[TableContent, TableContent | None]] = field(
        default_factory=dict[str, tuple[TableContent, TableContent | None]]
    )
    _matched: set[tuple[EntityKind, str]] = field(default_factory=set[tuple["EntityKind", str]])

    stored: Mapping[str, StoredFile] = field(default_factory=dict[str, "StoredFile"])
    parquet: Mapping[str, Path] = field(default_factory=dict[str, "Path"])
    emptied: list[str] = field(default_factory=list[str])
    types_known: set[EntityKind] = field(default_factory=set["EntityKind"])
    there: dict[str, Collection[str]] = field(default_factory=dict[str, "Collection[str]"])
    _tables: list[str] = field(default_factory=list[str])

    def operations(self) -> Iterator[Planned]:
        """Yield all operations, including those that change nothing."""
        kinds = self.settings.kinds
        members = self._users()
        if "organizations" in kinds:
            yield from self._groups("organizations", ORGANIZATIONS, members)
        if "groups" in kinds:
            yield from self._groups("groups", GROUPS, members)
        if "users" in kinds and self.settings.users:
            yield from self._new_users()
        if "datasets" in kinds:
            yield from self._datasets()
        if self.settings.delete:
            yield from self._deletions()
        if self._tables:
            self.notes.append(
                f"Table rows are not copied, and {counted(len(self._tables), 'resource')} will have none: {_some(self._tables)}."
                + ("" if self.settings.tables else " Copy them too with --tables (tables=True).")
            )
        if self.settings.delete and not self.settings.sees_private:
            self.notes.append(
                "The source was read without a token: its private records look missing, and are deleted from the target."
            )

    def _match(self, kind: EntityKind, name: str) -> str | None:
        """The name on the target of a record of the source: the same, or that of the record with the same id."""
        there = self.target.of_kind(kind)
        found = name if name in there else self._renamed(kind, name)
        if found is not None:
            self._matched.add((kind, found))
        return found

    def _renamed(self, kind: EntityKind, name: str) -> str | None:
        old = self.target.names_by_id(kind).get(self.source.id_of(kind, name))
        return old if old is not None and old not in self.source.of_kind(kind) else None

    # -- users, organizations and groups --

    def _users(self) -> frozenset[str]:
        """The users who can be members: existing ones, and those that will be created."""
        there, ours = set(self.target.users), set(self.source.users)
        missing = sorted(ours - there)
        if self.settings.users and "users" in self.settings.kinds:
            return frozenset(there | ours)
        if missing:
            self.notes.append(f"{counted(len(missing), 'user')} not on the target, left out: {_some(missing)}")
        return frozenset(there)

    def _new_users(self) -> Iterator[Planned]:
        for name, user in self.source.users.items():
            if name in self.target.users:
                continue
            record = {key: value for key, value in user.items() if key in ("name", "fullname", "about", "email")}
            data = {"record": record, "id": self._id("users", name)}
            operation = Operation(f"users:{name}", "copy.user", f"user {name}", data, USERS)
            yield Planned(operation, refused="" if user.get("email") else "its email address is not known")

    def _groups(self, kind: EntityKind, stage: int, members: frozenset[str]) -> Iterator[Planned]:
        for name, wanted in self.source.of_kind(kind).items():
            record, kept = self._group(wanted, members, known=self.source.kept[kind, name].members)
            yield self._one(kind, name, record, kept, stage + self._depth(kind, name), {})

    def _group(
        self, wanted: Mapping[str, Any], members: frozenset[str], *, known: bool
    ) -> tuple[dict[str, Any], list[str]]:
        """The desired organization or group, and the fields of the target that are left alone."""
        record, kept = dict(wanted), list[str]()
        users = [one for one in record.get("users", ()) if one["name"] in members]
        if self.settings.members and known and members and (users or not record.get("users")):
            record["users"] = users
        else:
            kept.append("users")
        image = str(record.get("image_url") or "")
        if image and "/" not in image:
            self.notes.append(f"The image of {record['name']} is an upload on the source and is not copied.")
            kept.append("image_url")
        return {key: value for key, value in record.items() if key not in kept and value != []}, kept

    def _depth(self, kind: EntityKind, name: str, below: frozenset[str] = frozenset()) -> int:
        """The depth of an organization or group in the hierarchy."""
        parents = [str(one.get("name")) for one in self.source.of_kind(kind).get(name, {}).get("groups", ())]
        return max((1 + self._depth(kind, one, below | {name}) for one in parents if one not in below), default=0)

    # -- datasets --

    def _datasets(self) -> Iterator[Planned]:
        for name, full in self.source.datasets.items():
            wanted = without_views(full)
            ours = self._resources(self.source, name)
            _check_ids(name, ours)
            ids = {"resources": [one["id"] for one in ours]}
            planned = self._one("datasets", name, wanted, [], DATASETS, ids)
            if not planned.unchanged and (lacking := self._lacking(planned.operation)):
                yield replace(planned, refused=lacking)
                continue
            yield planned
            pairs = self._pairs(name, ours)
            self._note_tables(name, pairs)
            if self.settings.files:
                yield from self._files(name, pairs)
            if self.settings.tables:
                yield from self._copied_tables(name, pairs)
            if self.settings.views:
                yield from self._views(name, pairs)

    def _lacking(self, operation: Operation) -> str:
        """Why a dataset cannot be copied: the target has no organization or group of that name, and will have none."""
        for need in operation.needs:
            kind, _, name = need.partition(":")
            if name not in self.there.get(kind, (name,)):
                return _not_there(kind, name)
        return ""

    def _pairs(self, name: str, ours: list[dict[str, Any]]) -> Pairs:
        old = self._match("datasets", name)
        theirs = self._resources(self.target, old) if old else []
        places = paired(ours, theirs)
        return [(one, None if place is None else theirs[place]) for one, place in zip(ours, places, strict=True)]

    def tables(self) -> Iterator[tuple[str, str]]:
        """The resources that are tables without a file, each with the id of its counterpart on the target."""
        if "datasets" in self.settings.kinds and self.settings.tables:
            for name in self.source.datasets:
                for ours, theirs in self._pairs(name, self._resources(self.source, name)):
                    if is_table(ours) and ours.get("datastore_active"):
                        yield ours["id"], (theirs or ours)["id"]

    def _copied_tables(self, name: str, pairs: Pairs) -> Iterator[Planned]:
        for ours, theirs in pairs:
            if ours["id"] not in self.contents:
                continue
            content, there = self.contents[ours["id"]]
            data = {"resource": (theirs or ours)["id"], "source": ours["id"], "rows": content.rows}
            data |= {"before": None if there is None else there.rows, "table": _columns(content)}
            data["in_place"] = None if there is None else _columns(there)
            if path := self.parquet.get(ours["id"]):
                data["parquet"] = str(path.absolute())
            key, subject = f"tables:{data['resource']}", f"table {ours.get('name') or ours['id']}"
            operation = Operation(key, "copy.table", subject, data, TABLES, needs=(f"datasets:{name}",))
            if content.table["key"] is None:
                self.notes.append(f"Only users who may edit {subject} can see whether it has a key: its copy has none.")
            yield Planned(operation, unchanged=content.is_copy_of(there))

    def _note_tables(self, name: str, pairs: Pairs) -> None:
        for ours, theirs in pairs:
            if is_table(ours) and ours["id"] not in self.contents and not (theirs or {}).get("datastore_active"):
                self._tables.append(f"{ours.get('name') or ours['id']} of {name}")

    def _resources(self, snapshot: Snapshot, name: str) -> list[dict[str, Any]]:
        """The resources of a dataset in canonical form, with what is kept of each."""
        resources: Iterable[dict[str, Any]] = snapshot.datasets[name].get("resources", ())
        kept = snapshot.kept["datasets", name].resources
        return [{**was, **one, "address": was.get("url", "")} for one, was in zip(resources, kept, strict=True)]

    def _files(self, name: str, pairs: Pairs) -> Iterator[Planned]:
        for ours, theirs in pairs:
            if is_upload(ours) and (theirs is None or file_differs(ours, theirs)):
                told = {key: ours[key] for key in ("id", "name", "url_type", "size", "hash") if ours.get(key)}
                new = theirs is None or not theirs.get("last_modified")
                data = {
                    "resource": (theirs or ours)["id"],
                    "file": ours["url"],
                    "source": {**told, "url": ours["address"]},
                    "told": {"mimetype": ours["mimetype"]} if ours.get("mimetype") else {},
                    "new": new,
                }
                if stored := self.stored.get(ours["id"]):
                    data |= {"path": str(stored.path.absolute()), "sha256": stored.sha256}
                key, needs = f"files:{data['resource']}", (f"datasets:{name}",)
                yield Planned(Operation(key, "copy.file", f"dataset {name}", data, FILES, needs=needs))

    def _views(self, name: str, pairs: Pairs) -> Iterator[Planned]:
        wanted = {
            (theirs or ours)["id"]: ours.get("resource_views", [])
            for ours, theirs in pairs
            if ours["views_known"] and ours.get("resource_views", []) != (theirs or {}).get("resource_views", [])
        }
        if wanted:
            data, needs = {"resources": wanted}, (f"datasets:{name}",)
            yield Planned(Operation(f"views:{name}", "copy.views", f"dataset {name}", data, VIEWS, needs=needs))

    # -- each of them --

    def _one(
        self, kind: EntityKind, name: str, record: dict[str, Any], kept: list[str], stage: int, more: Mapping[str, Any]
    ) -> Planned:
        word = _WORDS[kind]
        old = self._match(kind, name)
        was, fields = {} if old is None else self.target.of_kind(kind)[old], None
        stays = old is not None and was.get("state") != "deleted"
        usual = {one: was[one] for one in _USUAL[kind] if one in was} if stays else _USUAL[kind]
        left_out = self.settings.leave_out
        kept, record = [*kept, *left_out], without_fields({**usual, **record}, left_out)
        if old is not None:
            was = without_fields(without_views(was) if kind == "datasets" else was, left_out)
            fields = {key: pair for key, pair in changed_fields(was, record).items() if key not in kept}
        there = self.target.id_of(kind, old) if old is not None else ""
        data = {"record": record, "id": self._id(kind, name), "there": there, "kept": kept, "changes": fields, **more}
        same = fields == {}
        operation = Operation(f"{kind}:{name}", f"copy.{word}", f"{word} {name}", None if same else data, stage)
        operation = replace(operation, needs=_needs(kind, record))
        return Planned(operation, unchanged=same)

    def _id(self, kind: EntityKind, name: str) -> str:
        return self.source.id_of(kind, name) if self.settings.keep_ids else ""

    def _deletions(self) -> Iterator[Planned]:
        kinds: list[EntityKind] = [one for one in KINDS if one != "users" and one in self.settings.kinds]
        for number, kind in enumerate(reversed(kinds)):
            word = _WORDS[kind]
            there = self._deletable(kind)
            if len(there) >= MOST_UNASKED and not any((kind, name) in self._matched for name in there):
                self.emptied.append(counted(len(there), word))
            for name in there:
                if (kind, name) in self._matched:
                    continue
                data = {"id": self.target.id_of(kind, name), "purge": False}
                subject = f"{word} {name}"
                yield Planned(Operation(f"delete:{kind}:{name}", f"{word}.delete", subject, data, DELETIONS + number))

    def _deletable(self, kind: EntityKind) -> Mapping[str, Mapping[str, Any]]:
        """The records of the target whose types the source shows; of other types, the source may have hidden records."""
        there, usual = self.target.of_kind(kind), _WORDS[kind]
        if kind in self.types_known:
            return there
        types = {usual, *(one.get("type", usual) for one in self.source.of_kind(kind).values())}
        left = [name for name, one in there.items() if one.get("type", usual) not in types]
        left = [name for name in left if (kind, name) not in self._matched]
        if left:
            self.notes.append(
                f"{counted(len(left), usual)} of types that the source shows none of, not deleted: {_some(left)}"
            )
        return {name: one for name, one in there.items() if name not in left}


def _columns(content: TableContent) -> dict[str, Any]:
    """The parts of a table that a plan shows: its columns with types, its key and its aliases."""
    table = content.table
    fields = [{"id": one["id"], "type": one["type"]} for one in table["fields"]]
    return {"fields": fields, "key": table.get("key"), "aliases": table.get("aliases")}


def _not_there(kind: str, name: str) -> str:
    word = kind.removesuffix("s")
    leaving = Hint(", or leave_out=['groups']", ", or --leave-out groups") if word == "group" else Hint("", "")
    return (
        f"the target has no {word} {name!r}, and this copy does not create it. Copy {kind} too"
        + Hint(" (kinds=[...])", f" (--only {kind})")
        + ", or create it first: "
        + Hint(f"{kind}.create(name={name!r})", f"tuckan {word} create name={name}")
        + leaving
    )


def _check_ids(dataset: str, resources: Sequence[Mapping[str, Any]]) -> None:
    """Check that resources have unique ids. They always do on a portal, but a dump may be written by hand."""
    seen: set[str] = set()
    for place, one in enumerate(resources):
        if not one.get("id") or one["id"] in seen:
            what = "has the id of another record" if one.get("id") else "has no id"
            raise InvalidArgument(
                f"The dataset {dataset} can't be copied: resources.{place} {what}.",
                hint="Make the dump again, or load the records: " + Hint("jobs.load(...).", "tuckan load datasets."),
            )
        seen.add(one["id"])


def _needs(kind: EntityKind, record: Mapping[str, Any]) -> tuple[str, ...]:
    """The operations that create what a record refers to; CKAN silently omits some missing references."""
    named = [f"groups:{one['name']}" for one in record.get("groups", ())]
    if kind != "datasets":
        named = [one.replace("groups:", f"{kind}:", 1) for one in named]
        return (*named, *(f"users:{one['name']}" for one in record.get("users", ())))
    return (*named, *([f"organizations:{record['owner_org']}"] if record.get("owner_org") else []))


def file_differs(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> bool:
    """Whether the file of a resource may differ between target and source."""
    if not is_upload(theirs) or not theirs.get("last_modified") or ours["url"] != theirs["url"]:
        return True  # a link, or an upload that never arrived
    if ours.get("size") and theirs.get("size") and str(ours["size"]) != str(theirs["size"]):
        return True
    if len(str(ours.get("hash") or "")) == len(str(theirs.get("hash") or "?")):
        return str(ours["hash"]) != str(theirs["hash"])
    return str(ours.get("last_modified") or "") > str(theirs["last_modified"])


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
