# Generated from src/tuckan/client/_async/bulk/sheets.py by scripts/unasync.py: change that file, then run `make fix`.
"""Planning to bring the changes of a workbook to a portal: what is there is found, and both are brought together."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from tuckan._text import counted
from tuckan.client._sync.bulk.loading import fields_of, schemas_of
from tuckan.client._sync.bulk.matching import Matching
from tuckan.client._sync.bulk.uploads import Uploading
from tuckan.client._sync.namespaces.groups import Groups, Organizations
from tuckan.client._sync.namespaces.namespace import Namespace
from tuckan.client._sync.namespaces.portal import Portal
from tuckan.client._sync.namespaces.schemas import Schemas as PortalSchemas
from tuckan.errors import Hint, InvalidArgument
from tuckan.jobs.kinds.datasets import finding
from tuckan.jobs.operation import Operation, Planned
from tuckan.jobs.planning import settled
from tuckan.jobs.records import Checked as CheckedRow
from tuckan.jobs.records import checked as in_ckans_form
from tuckan.readers import Row, in_portions
from tuckan.schemas import decoded
from tuckan.sheets import (
    CONFLICTS,
    RESOURCES,
    References,
    WritingBack,
    assembled,
    check,
    file_of,
    merge,
    parse,
    read_workbook,
    references_in,
    require_writable,
    understood,
    write_back,
)
from tuckan.snapshot import essence, file_name, is_upload
from tuckan.transport import Source
from tuckan.wire import writing
from tuckan.wire.entities import ENTITIES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tuckan.client._sync.bulk.job import Job
    from tuckan.client._sync.connection import Connection
    from tuckan.jobs.records import Schemas
    from tuckan.schemas import Entity, Schema
    from tuckan.shapes import Record
    from tuckan.sheets import Book, Checked, Edit, Merged, ResourceEdit
    from tuckan.sheets.cells import Choices

MOST_SHOWN = 20
LABEL = "label"
"""Where an operation on a record that is there keeps the record's label in the workbook."""


class SheetJobs(Namespace):
    """Reads workbooks for a portal, and plans what a job does that applies one.

    Args:
        connection: the connection to the portal.
        create: whether to create missing records.
        update: whether to change existing records.
        remove_files: whether exported resources without a row are removed.
        public: whether datasets are made public at the end.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        create: bool = True,
        update: bool = True,
        remove_files: bool = False,
        public: bool = False,
    ) -> None:
        super().__init__(connection)
        self._create, self._update = create, update
        self._remove_files, self._public = remove_files, public
        self._sysadmin = False
        self.notes: list[str] = []
        self._replaced: list[str] = []

    def schema(self, type: str | None, entity: Entity) -> Schema:  # noqa: A002 - CKAN's own word
        """The schema of a type."""
        return PortalSchemas(self._connection).get(type, entity=entity)

    def references(self, kinds: Collection[str], groups: str | None = None) -> References:
        """What there is on the portal to refer to.

        Args:
            kinds: `organization`, `group`, `license`.
            groups: the type of the groups; of all types without it.
        """
        listed: dict[str, Sequence[Record]] = {}
        if "organization" in kinds:
            listed["organization"] = Organizations(self._connection).list()
        if "group" in kinds:
            listed["group"] = Groups(self._connection).list(type=groups)
        if "license" in kinds:
            listed["license"] = self._read_records("license_list", {})
        return References(listed)

    def checked(
        self,
        path: Path,
        type: str | None,  # noqa: A002 - CKAN's own word
        entity: Entity | None,
        *,
        key: Sequence[str],
        left_out: Collection[str],
        resolve: Mapping[str, Callable[[str], Any]] | None,
    ) -> Checked:
        """Read a workbook and check it."""
        return (self._read_book(path, type, entity, key=key, left_out=left_out, resolve=resolve))[0]

    def _read_book(
        self,
        path: Path,
        type: str | None,  # noqa: A002 - CKAN's own word
        entity: Entity | None,
        *,
        key: Sequence[str] = (),
        left_out: Collection[str] = (),
        resolve: Mapping[str, Callable[[str], Any]] | None = None,
    ) -> tuple[Checked, Choices]:
        raw = self._connection.to_thread(read_workbook, path)
        state, site = raw.state, self._connection.portal_state.address.site
        schema = self.schema(type or (state.type if state else None), entity or (state.entity if state else "dataset"))
        from_here = state is None or state.portal == site
        book = self._connection.to_thread(partial(parse, raw, schema, ours=from_here))
        references = self.references(references_in(book.layout) & _used(book))
        choices = understood(book.layout, references, book.state)
        found = self._connection.to_thread(partial(check, book, choices, key=key, left_out=left_out, resolve=resolve))
        if not from_here and state is not None:
            self.notes.append(
                f"The workbook was exported from {state.portal}: records are found by their names here, or by a key."
            )
        return found, choices

    # -- existing records --

    def _there(self, checked: Checked, schemas: Schemas, key: Sequence[str]) -> dict[str, tuple[Record | None, str]]:
        """For each label the record on the portal, and what is wrong where that can't be told."""
        found: dict[str, tuple[Record | None, str]] = {}
        by_id = {one.entry.label: one.id for one in checked.edits if one.id}
        records = self._find("id", list(by_id.values()), checked)
        for label, id_ in by_id.items():
            gone = "it is not on the portal any more; remove its row, or give it a new label to create it again"
            found[label] = (records.get(id_), "" if id_ in records else gone)
        others = [one for one in checked.edits if not one.id]
        if key:
            return found | self._by_key(others, schemas, key)
        named = {one.entry.label: str(assembled(one).get("name") or "") for one in others}
        records = self._find("name", [name for name in named.values() if name], checked)
        return found | {label: (records.get(name), "") for label, name in named.items()}

    def _by_key(
        self, edits: Iterable[Edit], schemas: Schemas, key: Sequence[str]
    ) -> dict[str, tuple[Record | None, str]]:
        fields_of(schemas, key=key)
        matching = Matching(self._connection, key, schemas)
        matching.read()
        return {one.entry.label: matching.find(CheckedRow(Row(assembled(one), ""))) for one in edits}

    def _find(self, field: str, values: Sequence[str], checked: Checked) -> dict[str, Record]:
        """Records by their ids or names; the search index may lack those that were changed just now, which are shown."""
        kind = checked.book.layout.schema.entity
        found: dict[str, Record] = {}
        for some in in_portions(values):
            if kind == "dataset":
                found |= self._run(finding(field, some, self._portal_state))
        missing = [one for one in dict.fromkeys(values) if one not in found]
        shows = (partial(self._show, kind, one) for one in missing)
        shown = [one for one in self._connection.side_by_side(shows)]
        return found | {
            name: one
            for name, one in zip(missing, shown, strict=True)
            if one is not None and one.get("state") != "deleted"
        }

    def _show(self, kind: str, name: str) -> Record | None:
        look = writing.dataset(name) if kind == "dataset" else ENTITIES[kind].look(name)
        found: Record | None = self._run(writing.reading_if_there(look, self._portal_state))
        return found

    # -- operations --

    def plan(self, checked: Checked, key: Sequence[str], left_out: Collection[str]) -> list[Planned]:
        """The operations for a workbook.

        Raises:
            InvalidArgument: when a sheet, a column or a label is wrong.
        """
        _refuse_general(checked)
        schema = checked.book.layout.schema
        schemas = schemas_of(self._connection, schema.entity, schema.type, left_out)
        self._sysadmin = bool((Portal(self._connection).whoami()).get("sysadmin"))
        there = self._there(checked, schemas, key)
        planned: list[Planned] = []
        claimed: dict[str, str] = {}
        with self._connection.progress("planning", total=len(checked.edits), unit=f"{schema.entity}s") as progress:
            for edit in checked.edits:
                before, wrong = there[edit.entry.label]
                wrong = wrong or _problems(checked, edit)
                if before is not None and not wrong:
                    other = claimed.setdefault(str(before["id"]), edit.entry.label)
                    wrong = "" if other == edit.entry.label else f"the record {other!r} is the same {schema.entity}"
                planned += [one for one in self._planned(edit, before, wrong, checked.book, schemas)]
                progress.step()
        if self._replaced:
            number = counted(len(self._replaced), "file")
            self.notes.append(
                f"{number} on the portal will be replaced; this can't be undone, since the old ones are not saved: "
                + ", ".join(self._replaced[:MOST_SHOWN])
            )
        return planned

    def _planned(
        self, edit: Edit, before: Record | None, wrong: str, book: Book, schemas: Schemas
    ) -> Iterator[Planned]:
        if wrong:
            yield self._refused(edit, wrong, book)
        elif before is None and not self._create:
            yield self._refused(edit, "it does not exist, and only existing records are updated", book)
        elif before is None:
            for one in self._created(edit, book, schemas):
                yield one
        elif not self._update:
            yield Planned(
                self._operation(
                    "patch", edit, book, {"id": before["id"], "fields": {}, LABEL: edit.entry.label}, before
                ),
                unchanged=True,
            )
        else:
            for one in self._changed(edit, before, book, schemas):
                yield one

    def _operation(self, verb: str, edit: Edit, book: Book, data: Record, before: Record | None) -> Operation:
        kind, label = book.layout.schema.entity, edit.entry.label
        named = str((before or data).get("name") or label)
        key = str((before or {}).get("id") or f"record {label}")
        return Operation(key, f"{kind}.{verb}", f"{kind} {named}", data, origin=_origin(edit, book), before=before)

    def _refused(self, edit: Edit, wrong: str, book: Book, data: Record | None = None) -> Planned:
        kind, label = book.layout.schema.entity, edit.entry.label
        operation = Operation(
            f"row {edit.entry.row}", f"{kind}.put", f"{kind} {label}", data or {}, origin=_origin(edit, book)
        )
        return Planned(operation, refused=wrong)

    # -- new records --

    def _created(self, edit: Edit, book: Book, schemas: Schemas) -> Iterator[Planned]:
        schema = book.layout.schema
        record = _without_nothing(assembled(edit), schema)
        files = {place: one for place, one in enumerate(edit.resources or ()) if one.upload}
        for place, edited in files.items():
            # With an id chosen here its file finds it, even if its position in the dataset changes.
            resource = record[RESOURCES][place]
            del resource["upload"]
            resource |= {"name": resource.get("name") or file_of(edited, book).name, "id": str(uuid4())}
        if schema.type != schema.entity:
            record["type"] = schema.type
        site = self._connection.portal_state.address.site
        one = in_ckans_form(Row(record, _origin(edit, book), folder=book.path.parent), schemas, site, by_key=True)
        if one.wrong:
            yield self._refused(edit, one.wrong, book)
            return
        data = schemas.as_sent(one.record, None)
        data = essence(data) if schema.entity == "dataset" else data
        nameless = schema.entity != "dataset" or schema.source == "ckan"
        if not data.get("name") and nameless:
            yield self._refused(edit, "it is new, and has no name", book)
            return
        if self._sysadmin and schema.entity == "dataset":
            # By this id it is found whatever becomes of the answer, and whatever the portal names it.
            data["id"] = str(uuid4())
        if wrong := "; ".join(schemas.wrong(data, None, files)):
            yield self._refused(edit, wrong, book)
            return
        publish = schema.entity == "dataset" and bool(data.get("owner_org")) and self._goes_public(data, bool(files))
        if publish:
            data["private"] = True
        put = self._operation("put_private" if publish else "put", edit, book, data, None)
        yield Planned(put)
        needs = [put.key]
        for place, resource in files.items():
            upload = self._upload(put, resource, place, book, None, new=data[RESOURCES][place])
            if upload is not None:
                needs.append(upload.key)
                yield Planned(upload)
        if publish:
            yield Planned(_publishing(put, str(data.get("id") or data.get("name") or ""), None, needs))

    def _goes_public(self, data: Mapping[str, Any], has_files: bool) -> bool:
        """Whether a dataset is made public by an operation of its own, after its files are there."""
        return self._public or (has_files and "private" in data and not _is_true(data["private"]))

    # -- records that are there --

    def _changed(self, edit: Edit, before: Record, book: Book, schemas: Schemas) -> Iterator[Planned]:
        schema = book.layout.schema
        if _touches_resources(edit):
            # What plugins work out for resources may be otherwise in a search.
            before = self._show(schema.entity, str(before["id"])) or before
            self._recognise(edit, before, book)
        merged = merge(edit, before, book, remove_files=self._remove_files)
        self.notes += [f"{edit.entry.label}: {note}" for note in merged.notes]
        if merged.conflicts:
            yield self._refused(edit, "; ".join(merged.conflicts), book, {CONFLICTS: merged.both})
            return
        fields = self._fields(merged, before, schemas)
        files = {place: one for place, one in enumerate(edit.resources or ()) if one.upload}
        is_dataset = schema.entity == "dataset"
        publish = is_dataset and _is_true(before.get("private")) and self._goes_public(fields, bool(files))
        if publish:
            fields.pop("private", None)
        data = {"id": before["id"], "fields": fields, "expected": {name: before.get(name) for name in fields}}
        data[LABEL] = edit.entry.label
        if any(not one.id for one in files.values()):
            data["files"] = True
        patch = self._operation("patch", edit, book, data, before)
        yield settled(Planned(patch))
        needs = [patch.key]
        for place, resource in files.items():
            upload = self._upload(patch, resource, place, book, before)
            if upload is not None:
                needs.append(upload.key)
                yield Planned(upload)
        if publish:
            yield Planned(_publishing(patch, str(before["id"]), before, needs))

    def _fields(self, merged: Merged, before: Record, schemas: Schemas) -> Record:
        sent = schemas.as_sent(merged.fields, before)
        return essence(sent) if schemas.kind == "dataset" else sent

    def _recognise(self, edit: Edit, there: Record, book: Book) -> None:
        """Give the resources of a workbook that have no id the ids of those that they are: by file, then name, then address."""
        resources: list[Record] = there.get(RESOURCES) or []
        free = {str(one["id"]): one for one in resources if all(one["id"] != each.id for each in edit.resources or ())}
        new = [one for one in edit.resources or () if not one.id]
        uploading = Uploading(self._connection, there, force=False, download=False)
        for one in new:
            for id_, known in list(free.items()) if one.upload else ():
                if uploading.has(known, Source(file_of(one, book))):
                    one.id = id_
                    del free[id_]
                    break
        for name in ("name", "url"):
            for one in new:
                value = one.fields.get(name) or (file_of(one, book).name if one.upload and name == "name" else None)
                alike = [id_ for id_, known in free.items() if value and known.get(name) == value]
                if not one.id and alike:
                    one.id = alike[0]
                    del free[alike[0]]

    # -- the workbook afterwards --

    def written_back(self, path: Path, job: Job) -> int:
        """Put the records that a job has done into its workbook, and return how many these are."""
        require_writable(path)
        facts: Mapping[str, Any] = job.facts.get("workbook") or {}
        now = self._connection.to_thread(Source(path).hash, "sha256")
        if facts.get("sha256") != now:
            raise InvalidArgument(
                f"{path.name} is not the workbook that the job {job.name} applied, or was changed since: nothing was written.",
                hint="Export the records again, or apply the workbook again: what is on the portal is no change then.",
            )
        left_out = facts.get("leave_out") or ()
        checked, choices = self._read_book(path, facts.get("type"), facts.get("entity"), left_out=left_out)
        site, schema = self._connection.portal_state.address.site, checked.book.layout.schema
        if checked.book.state is not None and checked.book.state.portal not in ("", site):
            raise InvalidArgument(
                f"{path.name} was exported from {checked.book.state.portal}, whose ids it keeps: nothing was written.",
                hint=f"Export the records from {site} into a workbook of their own.",
            )
        back = WritingBack(checked.book, choices, site, left_out)
        ids = _done(job)
        edits = [one for one in checked.edits if one.entry.label in ids]
        shows = (partial(self._show, schema.entity, ids[one.entry.label]) for one in edits)
        there = [one for one in self._connection.side_by_side(shows)]
        number = 0
        for edit, record in zip(edits, there, strict=True):
            if record is not None and record.get("state") != "deleted":
                self._recognise(edit, record, checked.book)
                back.add(edit, decoded(record, schema))
                number += 1
        if number:
            self._connection.to_thread(write_back, path, back)
            job.describe(workbook={**facts, "sha256": self._connection.to_thread(Source(path).hash, "sha256")})
        return number

    # -- files --

    def _upload(
        self,
        put: Operation,
        edit: ResourceEdit,
        place: int,
        book: Book,
        there: Record | None,
        new: Record | None = None,
    ) -> Operation | None:
        """The operation for a file; None when the portal has it already."""
        source = Source(file_of(edit, book))
        was = next((one for one in (there or {}).get(RESOURCES) or () if one["id"] == edit.id), None)
        if there is not None and was is not None:
            if Uploading(self._connection, there, force=False, download=False).has(was, source):
                return None
            if is_upload(was):
                self._replaced.append(f"{file_name(was)} of {put.subject}")
        elif new is None:
            new = {name: value for name, value in edit.fields.items() if value is not None} | {"id": str(uuid4())}
        id_ = edit.id if was is not None else str((new or {})["id"])
        data: Record = {
            "dataset": put.data.get("id") or put.data.get("name"),
            "resource": id_,
            "path": str(file_of(edit, book)),
            "sha256": self._connection.to_thread(source.hash, "sha256"),
            "new": new,
            "place": place,
            "alone": there is not None,
        }
        key = f"{put.key} file {id_}"
        return Operation(key, "resource.file", put.subject, data, 1, put.origin, was, needs=(put.key,))


def _publishing(put: Operation, id: str, before: Record | None, needs: Sequence[str]) -> Operation:  # noqa: A002 - CKAN's own word
    data = {"id": id, "fields": {"private": False}, "expected": {}}
    return Operation(f"{put.key} public", "dataset.patch", put.subject, data, 2, put.origin, before, tuple(needs))


def _done(job: Job) -> dict[str, str]:
    """The ids of the records of which all that the job was to do is done, by their labels."""
    found: dict[str, str] = {}
    labels: dict[str, str] = {}
    failed: set[str] = set()
    for entry in job.entries():
        operation = entry.operation
        root = operation.needs[0] if operation.needs else operation.key
        if entry.state != "done":
            failed.add(root)
        elif not operation.needs:
            id_ = (entry.ended.id if entry.ended else "") or operation.key
            labels[root] = str(operation.data.get(LABEL) or root.removeprefix("record "))
            found[labels[root]] = id_
    return {label: found[label] for root, label in labels.items() if root not in failed}


def _touches_resources(edit: Edit) -> bool:
    return bool(edit.removed) or any(one.fields or one.upload or not one.id for one in edit.resources or ())


def _used(book: Book) -> set[str]:
    """What the columns of a workbook refer to."""
    tables = [book.layout.main, *book.layout.tables.values()]
    return {column.reference for table in tables for column in book.columns(table)}


def _origin(edit: Edit, book: Book) -> str:
    title = book.places[""].title
    sheet = "" if title == book.path.name else f", sheet {title}"
    return f"{book.path.name}{sheet}, row {edit.entry.row}"


def _problems(checked: Checked, edit: Edit) -> str:
    return "; ".join(map(str, checked.wrong_with(edit.entry.label)))


def _refuse_general(checked: Checked) -> None:
    if not checked.general:
        return
    shown = [str(one) for one in checked.general[:MOST_SHOWN]]
    more = len(checked.general) - len(shown)
    shown += [f"... and {more:,} more"] if more > 0 else []
    raise InvalidArgument(
        f"{checked.book.path.name} has {counted(len(checked.general), 'problem')} with its sheets, columns or labels, so nothing"
        " was planned:\n  " + "\n  ".join(shown),
        hint=Hint("`sheets.check` lists all problems.", "`tuckan sheet check` lists all problems."),
    )


def _is_true(value: Any) -> bool:
    return str(value).strip().lower() == "true"


def _without_nothing(record: Record, schema: Schema) -> Record:
    """A new record without what is emptied, its composite fields as single records."""
    single = {one.name for one in schema.fields if one.kind == "composite"}
    tags = {one.name for one in schema.fields if one.kind == "tags"}
    kept: Record = {}
    for name, value in record.items():
        if value in (None, "", [], {}):
            continue
        formed = value[0] if name in single and isinstance(value, list) else value
        kept["tags" if name in tags else name] = formed
    if isinstance(kept.get(RESOURCES), list):
        kept[RESOURCES] = [{name: one for name, one in each.items() if one is not None} for each in kept[RESOURCES]]
    return kept
