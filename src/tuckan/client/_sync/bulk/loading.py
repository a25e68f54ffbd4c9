# Generated from src/tuckan/client/_async/bulk/loading.py by scripts/unasync.py: change that file, then run `make fix`.
"""Planning a load: existing records are found in batches, and references are looked up once."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from tuckan._text import counted, did_you_mean
from tuckan.client._sync.bulk.matching import Matching, require_key
from tuckan.client._sync.bulk.uploads import Uploading
from tuckan.client._sync.namespaces.namespace import Namespace
from tuckan.client._sync.namespaces.portal import Portal
from tuckan.errors import Hint, InvalidArgument, NotAuthorized, TuckanError
from tuckan.jobs.kinds import kind_of
from tuckan.jobs.kinds.datasets import finding
from tuckan.jobs.operation import Operation, Planned
from tuckan.jobs.records import FIELDS, Schemas, checked, laid_over, name_trouble, refused_by_ckan
from tuckan.readers import in_portions
from tuckan.readers.columns import require_targets
from tuckan.schemas import ENTITIES as WITH_SCHEMAS
from tuckan.schemas import reading_schema, reading_types, unknown_types
from tuckan.shapes import SECRET_FIELDS
from tuckan.snapshot import file_name, is_upload, publisher_fields
from tuckan.snapshot.fields import meant
from tuckan.snapshot.list_edits import is_id
from tuckan.transport import Source
from tuckan.wire import writing
from tuckan.wire.entities import ENTITIES
from tuckan.wire.finding import in_brackets

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tuckan.client._sync.connection import Connection
    from tuckan.jobs.journal import Journal
    from tuckan.jobs.records import Checked
    from tuckan.readers import Fields, Row
    from tuckan.schemas import Schema
    from tuckan.shapes import Record

MOST_NAMED = 5


class Loading(Namespace):
    """Plans the operations of a load.

    Args:
        connection: the connection to the portal.
        schemas: the portal's own schemas for this kind of record.
        key: fields by which records are matched, instead of ids and names.
        create: whether to create missing records.
        update: whether to change existing records.
    """

    def __init__(
        self, connection: Connection, schemas: Schemas, *, key: Sequence[str], create: bool, update: bool
    ) -> None:
        super().__init__(connection)
        self._kind = schemas.kind
        self._schemas = schemas
        self._create, self._update = create, update
        self._matching = Matching(connection, key, schemas) if key else None
        self._known: dict[tuple[str, str], bool] = {}
        self._names: dict[str, list[str]] = {}
        self._titled: dict[tuple[str, str], str] = {}
        self._resources: dict[str, str] = {}
        self._licenses: tuple[str, ...] | None = None
        self._sysadmin = False
        self._replaced: list[str] = []
        self._renamed = 0
        self._types: Counter[str] = Counter()
        self._unknown_types: list[str] = []

    def plan(self, rows: Iterable[Row], journal: Journal) -> None:
        """Record in a journal the operations for each row."""
        site = self._connection.portal_state.address.site
        number = 0
        with journal.planning() as add, self._connection.progress("planning", unit=f"{self._kind}s") as progress:
            self._sysadmin = bool((Portal(self._connection).whoami()).get("sysadmin"))
            if self._matching is not None:
                self._matching.read()
            for some in in_portions(rows):
                by_key = self._matching is not None
                records = [checked(row, self._schemas, site, by_key=by_key) for row in some]
                there = self._there([one for one in records if not one.wrong])
                self._look_up(records)
                for one in records:
                    number += 1
                    before, wrong = there.get(one.id) or there.get(one.name), one.wrong
                    if self._matching is not None and not wrong:
                        before, wrong = self._matching.find(one)
                    for planned in self._planned(replace(one, wrong=wrong), before, number, journal):
                        add(planned)
                progress.step(len(records))
            self._unknown_types = self._find_unknown_types()

    def notes(self) -> list[str]:
        """What nobody can undo, and what the portal will do otherwise, in sentences."""
        said: list[str] = []
        if self._renamed:
            number = counted(self._renamed, "dataset")
            said.append(f"this portal renames {number} that will be created: find them by other fields than the name")
        return [*said, *self._of_unknown_types(), *self._of_replaced()]

    def _find_unknown_types(self) -> list[str]:
        """The types of new records that nothing on the portal defines: CKAN refuses none, so neither does the plan."""
        for entity in WITH_SCHEMAS:
            if entity == self._kind and self._types:
                described = tuple(self._schemas.by_type)
                return self._run(unknown_types(entity, self._types, described, self._portal_state))
        return []

    def _of_unknown_types(self) -> list[str]:
        known = (*self._schemas.by_type, self._kind)
        return [
            f"{counted(self._types[one], self._kind)} will be created with the type {one!r}, which nothing on this portal"
            f" defines or uses{in_brackets(did_you_mean(one, known))}"
            for one in self._unknown_types
        ]

    def _of_replaced(self) -> list[str]:
        if not self._replaced:
            return []
        some = ", ".join(self._replaced[:MOST_NAMED]) + (", ..." if len(self._replaced) > MOST_NAMED else "")
        number = counted(len(self._replaced), "file")
        return [
            f"{number} on the portal will be replaced; this can't be undone, since the old ones are not saved: {some}"
        ]

    # -- existing records --

    def _there(self, records: Sequence[Checked]) -> dict[str, Record]:
        """Existing records, by the ids and names of these records."""
        if self._matching is not None:
            return {}
        ids = [one.id for one in records if is_id(one.id)]
        found = self._find("id", ids)
        names = [one.name for one in records if one.name and one.id not in found]
        return found | self._find("name", names)

    def _find(self, field: str, values: list[str]) -> dict[str, Record]:
        if not values:
            return {}
        if self._kind == "dataset":
            return self._connection.run(finding(field, values, self._connection.portal_state))
        shows = (partial(self._show, self._kind, value) for value in values)
        found = [one for one in self._connection.side_by_side(shows)]
        return {value: one for value, one in zip(values, found, strict=True) if one is not None}

    def _show(self, kind: str, id: str) -> Record | None:  # noqa: A002 - CKAN's own word
        look = ENTITIES[kind].look(id)
        try:
            return self._connection.run(writing.reading_if_there(look, self._connection.portal_state))
        except NotAuthorized:
            return None  # deleted by others: the portal refuses to create another with its name

    def _look_up(self, records: Sequence[Checked]) -> None:
        """Look up each organization, group and license that records name, once."""
        if self._kind != "dataset":
            return
        wanted = {named for one in records for named in _named_by(one)} - set(self._known)
        new = sorted(wanted)
        shows = (partial(self._show, kind, name) for kind, name in new)
        found = [one for one in self._connection.side_by_side(shows)]
        self._known |= {key: bool(one and one.get("state") != "deleted") for key, one in zip(new, found, strict=True)}
        missing = [key for key in new if not self._known[key]]
        for kind in {kind for kind, _ in missing} - set(self._names):
            self._names[kind] = self._all_names(kind)
        for kind, name in missing[:MOST_NAMED]:
            self._find_title(kind, name)
        if self._licenses is None and any(one.record.get("license_id") for one in records):
            listed = self._read_records("license_list", {})
            self._licenses = tuple(str(one.get("id")) for one in listed)

    def _all_names(self, kind: str) -> list[str]:
        """The names of all organizations or groups, for suggestions; empty if the portal does not list them."""
        try:
            return self._read_texts(f"{kind}_list", {})
        except TuckanError:
            return []

    def _find_title(self, kind: str, title: str) -> None:
        """Check whether a value given as a name is the title of an organization or a group."""
        try:
            found = self._read_list(f"{kind}_autocomplete", {"q": title, "limit": MOST_NAMED})
        except TuckanError:
            return
        for one in found:
            if isinstance(one, dict) and str(one.get("title")).casefold() == title.casefold():
                self._titled[kind, title] = str(one.get("name"))

    # -- operations --

    def _planned(self, one: Checked, before: Record | None, number: int, journal: Journal) -> Iterator[Planned]:
        """The operations for a record: one that writes it, and one for each of its files."""
        known_by = self._matching.named(one) if self._matching is not None and not one.wrong else ""
        if not one.wrong and before is None:
            self._prepare_new(one.record)
        key = str((before or {}).get("id") or known_by or one.name or number)
        subject = self._subject(one, before, known_by or one.id or str(number))
        data = one.record if one.wrong else self._data(one, before)
        if wrong := self._refusal(one, before, data, journal.origin_of(key)):
            row = f"row {number}"
            yield Planned(
                Operation(row, f"{self._kind}.put", subject, one.record, origin=one.row.origin), refused=wrong
            )
            return
        operation = Operation(key, f"{self._kind}.put", subject, data, origin=one.row.origin, before=before)
        if before is None:
            self._types[str(data.get("type") or self._kind)] += 1
        unchanged = kind_of(operation.kind).intent(operation).what == "unchanged"
        left_alone = before is not None and not self._update
        yield Planned(operation, unchanged=unchanged or left_alone)
        if not left_alone:
            for upload in self._uploads(operation, one.uploads):
                yield Planned(upload)

    def _subject(self, one: Checked, before: Record | None, otherwise: str) -> str:
        return f"{self._kind} {one.name or (before or {}).get('name') or otherwise}"

    def _refusal(self, one: Checked, before: Record | None, data: Record, other: str | None) -> str:
        """Why a record is not written; `other` is where the same one stands, if it does."""
        if wrong := one.wrong or self._wrong_with(one, before, data):
            return wrong
        return f"the same {self._kind} is already in {other}" if other is not None else ""

    def _uploads(self, put: Operation, uploads: Mapping[int, Path]) -> Iterator[Operation]:
        """An operation for each missing file, after the dataset's."""
        there = put.before or {}
        known = {one["id"]: one for one in there.get("resources") or []}
        uploading = Uploading(self._connection, there, again=False, download=False)
        for place, path in uploads.items():
            source = Source(path)
            resource: Record = put.data["resources"][place]
            was = known.get(resource["id"])
            if was is not None and uploading.has(was, source):
                continue
            if was is not None and is_upload(was):
                self._replaced.append(f"{file_name(was)} of {put.subject}")
            sha256 = self._connection.to_thread(source.hash, "sha256")
            data = {
                "dataset": put.data.get("id") or put.data.get("name"),
                "resource": resource["id"],
                "path": str(path),
            }
            data |= {"sha256": sha256, "new": resource if was is None else None, "place": place}
            key = f"{put.key} file {resource['id']}"
            yield Operation(key, "resource.file", put.subject, data, 1, put.origin, was, needs=(put.key,))

    def _prepare_new(self, record: Record) -> None:
        """New records get an id from the portal, unless an administrator may choose it."""
        keeps_names = self._kind != "dataset" or self._portal_state.limitations.keeps_names is not False
        self._renamed += bool(record.get("name") and not keeps_names)
        if not (self._sysadmin and is_id(str(record.get("id")))):
            record.pop("id", None)
        if self._schemas.usual:
            record.setdefault("type", self._schemas.usual)
        if self._sysadmin and self._schemas.may_have_id(record):
            # By this id it is found whatever becomes of the answer, and whatever the portal names it.
            record.setdefault("id", str(uuid4()))

    def _data(self, one: Checked, before: Record | None) -> Record:
        record = one.record
        if before is not None:
            # A password is only for new users: it can't be compared.
            public = {
                name: value for name, value in record.items() if self._kind != "user" or name not in SECRET_FIELDS
            }
            if one.row.partial:
                public = self._schemas.laid_over(before, public)
            record = laid_over(before, public, partial=one.row.partial)
        for place, path in one.uploads.items():
            resource = record["resources"][place]
            if "id" not in resource:
                # With an id chosen here its file finds it, even if its position in the dataset changes.
                resource |= {"name": resource.get("name") or path.name, "id": str(uuid4())}
        record = self._schemas.as_sent(record, before)
        return publisher_fields(record) if self._kind == "dataset" else record

    def _wrong_with(self, one: Checked, before: Record | None, data: Record) -> str:
        """All reasons why a record can't be written, as far as known beforehand."""
        said = [self._unknown(one, before or {}), self._taken_resource(one)]
        said += self._schemas.wrong(data, before, one.uploads)
        if self._kind == "dataset":
            said += refused_by_ckan(one.record, before or {}, self._schemas.of(data, before))
        if before is None:
            said.append(self._cannot_be_new(one))
        elif one.name and one.name != before.get("name"):
            said.append(name_trouble(one.name))
        wrong = "; ".join(filter(None, said))
        unknown = self._schemas.unknown(data, before) if wrong else []
        leaving = Hint(f"leave_out={unknown!r}", f"--leave-out {','.join(unknown)}") + " sends the rest"
        return wrong + ("; " + leaving if unknown else "")

    def _cannot_be_new(self, one: Checked) -> str:
        if not self._create:
            return "it does not exist, and only existing records are updated"
        if not one.name and self._matching is None:
            return f"there is no {self._kind} with this id, and a new record needs a name"
        resources: list[Any] = one.record.get("resources") or []
        if any(not resource and place not in one.uploads for place, resource in enumerate(resources)):
            return "one of its resources is empty"
        if self._kind == "user":
            lacking = [] if one.record.get("email") else ["an email address"]
            lacking += [] if one.record.get("password") or one.record.get("password_hash") else ["a password"]
            if lacking:
                return f"a new user needs {' and '.join(lacking)}"
        return name_trouble(one.name) if one.name else ""

    def _taken_resource(self, one: Checked) -> str:
        """Why its resources can't have their ids: ids are unique in CKAN."""
        for resource in one.record.get("resources") or [] if self._kind == "dataset" else ():
            id_, origin = str(resource.get("id") or ""), one.row.origin
            if id_ and (other := self._resources.setdefault(id_, origin)) != origin:
                return f"the resource {id_} is already in {other}; leave its ID out for a new one"
        return ""

    def _unknown(self, one: Checked, before: Record) -> str:
        """References of a dataset that do not exist on the portal, which would silently ignore some of them."""
        if self._kind != "dataset":
            return ""
        said = [
            _there_is_no(kind, name, self._names.get(kind, ()), self._titled.get((kind, name)))
            for kind, name in _named_by(one)
            if not self._known.get((kind, name))
        ]
        license_ = str(one.record.get("license_id") or "")
        # A dump includes the license's title: it is known elsewhere, not misspelled.
        told = one.row.record.get("license_title") or before.get("license_id") == license_
        if license_ and not told and license_ not in (self._licenses or ()):
            said.append(_there_is_no("license", license_, self._licenses or ()))
        return "; ".join(said)


def _there_is_no(kind: str, name: str, known: Iterable[str], titled: str | None = None) -> str:
    near = f"Did you mean {titled!r}?" if titled else did_you_mean(name, known)
    return f"there is no {kind} {name!r}{in_brackets(near)}"


def _named_by(one: Checked) -> list[tuple[str, str]]:
    """The organization and the groups that a dataset names."""
    organization = str(one.record.get("owner_org") or "")
    groups = [] if one.wrong else [str(group["name"]) for group in one.record.get("groups") or []]
    return [*([("organization", organization)] if organization else []), *(("group", name) for name in groups)]


def schemas_of(
    connection: Connection,
    kind: str,
    type: str | None = None,  # noqa: A002 - CKAN's own word
    left_out: Collection[str] = (),
) -> Schemas:
    """A portal's own schemas for a kind of record.

    Args:
        connection: the connection to the portal.
        kind: `dataset`, `organization`, `group` or `user`.
        type: the type of new records without one.
        left_out: fields that are neither checked nor sent.
    """
    found: dict[str, Schema] = {}
    for entity in WITH_SCHEMAS:
        if entity == kind:
            for name in connection.run(reading_types(entity, connection.portal_state)):
                found[name] = connection.run(reading_schema(entity, name, connection.portal_state))
    return Schemas(kind, found, type or "", left_out)


def fields_of(schemas: Schemas, mapping: Mapping[str, str | None] | None = None, key: Sequence[str] = ()) -> Fields:
    """The fields that columns may be mapped to: CKAN's own, and those of the portal's schemas, or of the type that is loaded.

    Args:
        schemas: the portal's schemas.
        mapping: columns with the field that each maps to.
        key: fields by which records are matched.

    Raises:
        InvalidArgument: when the mapping, the key, or `left_out` names an unknown field.
    """
    of_type = [one for one in schemas.by_type.values() if schemas.usual in ("", one.type)]
    fields = FIELDS[schemas.kind].with_schemas(of_type)
    require_targets(fields, mapping or {}, schemas.kind)
    if key:
        require_key(key, schemas, fields.known(), fields.holds)
    return fields


def require_fields(connection: Connection, changes: Mapping[str, Any]) -> None:
    """Check that no field to be changed is misspelled.

    Raises:
        InvalidArgument: when a name is not a field, but resembles one.
    """
    usual = FIELDS["dataset"]
    others = [name for name in changes if not usual.holds(name)]
    if not any(meant(name, usual.known()) for name in others):
        return  # none resembles a field of CKAN: the job reports what the portal does not keep
    known = fields_of(schemas_of(connection, "dataset"))
    for name in others:
        if not known.holds(name) and (field := known.meant(name)):
            raise InvalidArgument(f"Datasets on this portal have no field {name!r}.", hint=f"Did you mean {field!r}?")
