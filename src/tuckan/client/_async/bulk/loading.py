"""Planning to load records: what is there already is found many at a time, what they name is looked up once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from tuckan._text import counted, did_you_mean
from tuckan.client._async.bulk.uploads import Uploading
from tuckan.client._async.namespaces.namespace import Namespace
from tuckan.client._async.namespaces.portal import Portal
from tuckan.errors import ActionNotFound, InvalidArgument, NotAuthorized, NotFound, TuckanError
from tuckan.jobs.kinds import kind_of
from tuckan.jobs.kinds.datasets import finding
from tuckan.jobs.operation import Operation, Planned
from tuckan.jobs.records import FIELDS, checked, laid_over, name_trouble, refused_by_ckan
from tuckan.readers import in_portions
from tuckan.readers.columns import require_targets
from tuckan.shapes import SECRET_FIELDS
from tuckan.snapshot import essence, file_name, is_upload
from tuckan.snapshot.fields import meant
from tuckan.snapshot.list_edits import is_id
from tuckan.transport import Source
from tuckan.wire import writing
from tuckan.wire.call import Call
from tuckan.wire.entities import ENTITIES
from tuckan.wire.execute import execute

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
    from pathlib import Path

    from tuckan.client._async.connection import AsyncConnection
    from tuckan.jobs.journal import Journal
    from tuckan.jobs.records import Checked
    from tuckan.readers import Fields, Row
    from tuckan.shapes import Record

MOST_NAMED = 5


class Loading(Namespace):
    """Plans what a job of loading does.

    Args:
        connection: to the portal.
        kind: `dataset`, `organization`, `group` or `user`.
        create: whether what is not there is made.
        update: whether what is there is changed.
    """

    def __init__(self, connection: AsyncConnection, kind: str, *, create: bool, update: bool) -> None:
        super().__init__(connection)
        self._kind = kind
        self._create, self._update = create, update
        self._known: dict[tuple[str, str], bool] = {}
        self._names: dict[str, list[str]] = {}
        self._titled: dict[tuple[str, str], str] = {}
        self._own_schemas: bool | None = None
        self._resources: dict[str, str] = {}
        self._licenses: tuple[str, ...] | None = None
        self._sysadmin = False
        self._replaced: list[str] = []

    @staticmethod
    async def fields(
        connection: AsyncConnection, kind: str, usual: Fields, mapping: Mapping[str, str | None]
    ) -> Fields:
        """The fields that columns may stand for: CKAN's own, and those of the portal's schema where the mapping has others.

        Args:
            connection: to the portal.
            kind: `dataset`, `organization`, `group` or `user`.
            usual: CKAN's own fields.
            mapping: columns with the field that each stands for.

        Raises:
            InvalidArgument: when the mapping has a field that the portal does not have.
        """
        others = {target for target in mapping.values() if target and not usual.holds(target)}
        if others and kind != "user":
            usual = await with_own_fields(connection, kind, usual, others)
        require_targets(usual, mapping, kind)
        return usual

    async def plan(self, rows: Iterable[Row], journal: Journal) -> None:
        """Note in a journal what is to be done for each row."""
        site = self._connection.portal_state.address.site
        number = 0
        with journal.planning() as add, self._connection.progress("planning", unit=f"{self._kind}s") as progress:
            self._sysadmin = bool((await Portal(self._connection).whoami()).get("sysadmin"))
            for some in in_portions(rows):
                records = [checked(row, self._kind, site) for row in some]
                there = await self._there([one for one in records if not one.wrong])
                await self._look_up(records)
                for one in records:
                    number += 1
                    before = there.get(one.id) or there.get(one.name)
                    async for planned in self._planned(one, before, number, journal):
                        add(planned)
                progress.step(len(records))

    def notes(self) -> list[str]:
        """What nobody can undo, in sentences."""
        if not self._replaced:
            return []
        some = ", ".join(self._replaced[:MOST_NAMED]) + (", ..." if len(self._replaced) > MOST_NAMED else "")
        number = counted(len(self._replaced), "file")
        return [f"{number} on the portal will be replaced, which can't be undone as the old ones are not kept: {some}"]

    # -- what is there --

    async def _there(self, records: Sequence[Checked]) -> dict[str, Record]:
        """What is on the portal already, by the ids and names of these records."""
        ids = [one.id for one in records if is_id(one.id)]
        found = await self._find("id", ids)
        names = [one.name for one in records if one.name and one.id not in found]
        return found | await self._find("name", names)

    async def _find(self, field: str, values: list[str]) -> dict[str, Record]:
        if not values:
            return {}
        if self._kind == "dataset":
            return await self._connection.run(finding(field, values, self._connection.portal_state))
        shows = (partial(self._show, self._kind, value) for value in values)
        found = [one async for one in self._connection.side_by_side(shows)]
        return {value: one for value, one in zip(values, found, strict=True) if one is not None}

    async def _show(self, kind: str, id: str) -> Record | None:  # noqa: A002 - CKAN's own word
        look = ENTITIES[kind].look(id)
        try:
            return await self._connection.run(writing.reading_if_there(look, self._connection.portal_state))
        except NotAuthorized:
            return None  # a deleted one of others: the portal refuses to make another of its name

    async def _look_up(self, records: Sequence[Checked]) -> None:
        """Find out about the organizations, groups and licenses that records name, each once."""
        if self._kind != "dataset":
            return
        wanted = {named for one in records for named in _named_by(one)} - set(self._known)
        new = sorted(wanted)
        shows = (partial(self._show, kind, name) for kind, name in new)
        found = [one async for one in self._connection.side_by_side(shows)]
        self._known |= {key: bool(one and one.get("state") != "deleted") for key, one in zip(new, found, strict=True)}
        for kind in {kind for kind, name in new if not self._known[kind, name]} - set(self._names):
            self._names[kind] = await self._all_names(kind)
        for kind, name in [key for key in new if not self._known[key]][:MOST_NAMED]:
            await self._find_title(kind, name)
        if self._licenses is None and any(one.record.get("license_id") for one in records):
            listed = await self._read_records("license_list", {})
            self._licenses = tuple(str(one.get("id")) for one in listed)

    async def _all_names(self, kind: str) -> list[str]:
        """The names of all organizations or groups, for the one that was meant; empty when the portal does not tell them."""
        try:
            return await self._read_texts(f"{kind}_list", {})
        except TuckanError:
            return []

    async def _find_title(self, kind: str, title: str) -> None:
        """Look whether what stands for a name is the title of an organization or a group."""
        try:
            found = await self._read_list(f"{kind}_autocomplete", {"q": title, "limit": MOST_NAMED})
        except TuckanError:
            return
        for one in found:
            if isinstance(one, dict) and str(one.get("title")).casefold() == title.casefold():
                self._titled[kind, title] = str(one.get("name"))

    # -- what is to be done --

    async def _planned(
        self, one: Checked, before: Record | None, number: int, journal: Journal
    ) -> AsyncIterator[Planned]:
        """The operations for a record: one that puts it, and one for each of its files."""
        if not one.wrong and before is None:
            self._without_foreign_ids(one.record)
        key = str((before or {}).get("id") or one.name or number)
        subject = f"{self._kind} {one.name or (before or {}).get('name') or one.id or number}"
        wrong = one.wrong or self._wrong_with(one, before) or await self._wrong_on_a_plain_ckan(one, before)
        if not wrong and (other := journal.origin_of(key)) is not None:
            wrong = f"the same {self._kind} is in {other} already"
        if wrong:
            row = f"row {number}"
            yield Planned(
                Operation(row, f"{self._kind}.put", subject, one.record, origin=one.row.origin), refused=wrong
            )
            return
        data = self._data(one, before)
        operation = Operation(key, f"{self._kind}.put", subject, data, origin=one.row.origin, before=before)
        unchanged = kind_of(operation.kind).intent(operation).what == "unchanged"
        left_alone = before is not None and not self._update
        yield Planned(operation, unchanged=unchanged or left_alone)
        if not left_alone:
            async for upload in self._uploads(operation, one.uploads):
                yield Planned(upload)

    async def _uploads(self, put: Operation, uploads: Mapping[int, Path]) -> AsyncIterator[Operation]:
        """An operation for each file that is not there already, once the dataset is."""
        there = put.before or {}
        known = {one["id"]: one for one in there.get("resources") or []}
        uploading = Uploading(self._connection, there, force=False, download=False)
        for place, path in uploads.items():
            source = Source(path)
            resource: Record = put.data["resources"][place]
            was = known.get(resource["id"])
            if was is not None and await uploading.has(was, source):
                continue
            if was is not None and is_upload(was):
                self._replaced.append(f"{file_name(was)} of {put.subject}")
            sha256 = await self._connection.to_thread(source.hash, "sha256")
            data = {"dataset": put.data.get("id") or put.data["name"], "resource": resource["id"], "path": str(path)}
            data |= {"sha256": sha256, "new": resource if was is None else None, "place": place}
            key = f"{put.key} file {resource['id']}"
            yield Operation(key, "resource.file", put.subject, data, 1, put.origin, was, needs=(put.key,))

    def _without_foreign_ids(self, record: Record) -> None:
        """What is new gets an id from the portal, unless an administrator may choose it."""
        if not (self._sysadmin and is_id(str(record.get("id")))):
            record.pop("id", None)

    def _data(self, one: Checked, before: Record | None) -> Record:
        record = one.record
        if before is not None:
            # A password is for a new user alone: nobody could tell whether it is the same.
            public = {
                name: value for name, value in record.items() if self._kind != "user" or name not in SECRET_FIELDS
            }
            record = laid_over(before, public, partial=one.row.partial)
        for place, path in one.uploads.items():
            resource = record["resources"][place]
            if "id" not in resource:
                # With an id from here its file finds it, whatever becomes of its place in the dataset.
                resource |= {"name": resource.get("name") or path.name, "id": str(uuid4())}
        return essence(record) if self._kind == "dataset" else record

    def _wrong_with(self, one: Checked, before: Record | None) -> str:
        """Why a record can't be put, as far as that can be known before."""
        said = [self._unknown(one, before or {}), self._taken_resource(one)]
        if before is None:
            said.append(self._cannot_be_new(one))
        elif one.name and one.name != before.get("name"):
            said.append(name_trouble(one.name))
        return "; ".join(filter(None, said))

    async def _wrong_on_a_plain_ckan(self, one: Checked, before: Record | None) -> str:
        """Why CKAN's own schema refuses a dataset; a portal with schemas of its own has other rules, and says so itself."""
        wrong = refused_by_ckan(one.record, before or {}) if self._kind == "dataset" else []
        if wrong and self._own_schemas is None:
            status = await self._read("status_show", {})
            plugins = status.get("extensions") if isinstance(status, dict) else None
            self._own_schemas = not isinstance(plugins, list) or "scheming_datasets" in plugins
        return "" if self._own_schemas else "; ".join(wrong)

    def _cannot_be_new(self, one: Checked) -> str:
        if not one.name:
            return f"there is no {self._kind} with this id, and a new one needs a name"
        if not self._create:
            return "it is not there, and nothing is to be created"
        resources: list[Any] = one.record.get("resources") or []
        if any(not resource and place not in one.uploads for place, resource in enumerate(resources)):
            return "one of its resources says nothing"
        if self._kind == "user":
            lacking = [] if one.record.get("email") else ["an email address"]
            lacking += [] if one.record.get("password") or one.record.get("password_hash") else ["a password"]
            if lacking:
                return f"a new user needs {' and '.join(lacking)}"
        return name_trouble(one.name)

    def _taken_resource(self, one: Checked) -> str:
        """Why its resources can't have the ids that it gives them: CKAN has one id once."""
        for resource in one.record.get("resources") or [] if self._kind == "dataset" else ():
            id_, origin = str(resource.get("id") or ""), one.row.origin
            if id_ and (other := self._resources.setdefault(id_, origin)) != origin:
                return f"the resource {id_} is in {other} already; leave its ID out for a new one"
        return ""

    def _unknown(self, one: Checked, before: Record) -> str:
        """What a dataset names that is not on the portal; the portal itself would pass over some of it in silence."""
        if self._kind != "dataset":
            return ""
        said = [
            _there_is_no(kind, name, self._names.get(kind, ()), self._titled.get((kind, name)))
            for kind, name in _named_by(one)
            if not self._known.get((kind, name))
        ]
        license_ = str(one.record.get("license_id") or "")
        # A dump has the title of a license with it: that one is known elsewhere, and no slip of the pen.
        told = one.row.record.get("license_title") or before.get("license_id") == license_
        if license_ and not told and license_ not in (self._licenses or ()):
            said.append(_there_is_no("license", license_, self._licenses or ()))
        return "; ".join(said)


def _there_is_no(kind: str, name: str, known: Iterable[str], titled: str | None = None) -> str:
    near = f"Did you mean {titled!r}?" if titled else did_you_mean(name, known)
    return f"there is no {kind} {name!r}" + (f" (d{near[1:]})" if near else "")


def _named_by(one: Checked) -> list[tuple[str, str]]:
    """The organization and the groups that a dataset names."""
    organization = str(one.record.get("owner_org") or "")
    groups = [] if one.wrong else [str(group["name"]) for group in one.record.get("groups") or []]
    return [*([("organization", organization)] if organization else []), *(("group", name) for name in groups)]


async def require_fields(connection: AsyncConnection, changes: Mapping[str, Any]) -> None:
    """Make sure that no field of datasets that is to be changed is a misspelled one.

    Raises:
        InvalidArgument: when a name is not that of a field, and resembles one.
    """
    usual = FIELDS["dataset"]
    others = [name for name in changes if not usual.holds(name)]
    if not any(meant(name, usual.known()) for name in others):
        return  # none resembles a field of CKAN's: what the portal does not keep of it, the job tells
    known = await with_own_fields(connection, "dataset", usual, others)
    for name in others:
        if not known.holds(name) and (field := meant(name, usual.known())):
            raise InvalidArgument(f"Datasets on this portal have no field {name!r}.", hint=f"Did you mean {field!r}?")


async def with_own_fields(connection: AsyncConnection, kind: str, usual: Fields, wanted: Iterable[str]) -> Fields:
    """The fields of a kind of record, and with them those that the portal's own schema has.

    Args:
        connection: to the portal.
        kind: `dataset`, `organization` or `group`.
        usual: CKAN's own fields.
        wanted: names that may be fields in one of several languages.
    """
    look = Call(f"scheming_{kind}_schema_show", {"type": kind}, read_only=True)
    try:
        schema = await connection.run(execute(look, connection.portal_state))
    except (ActionNotFound, NotFound):
        schema = {}
    own = _names_in(schema, "dataset_fields") | _names_in(schema, "fields")
    # A field in several languages is sent as FIELD-LANGUAGE.
    own |= {one for one in wanted if one.partition("-")[0] in own}
    return usual.with_own(own, _names_in(schema, "resource_fields"))


def _names_in(schema: Any, part: str) -> set[str]:
    """The names of the fields in a part of a schema, as ckanext-scheming shows it."""
    fields: list[Any] = schema.get(part) or [] if isinstance(schema, dict) else []
    return {str(one["field_name"]) for one in fields if isinstance(one, dict) and one.get("field_name")}
