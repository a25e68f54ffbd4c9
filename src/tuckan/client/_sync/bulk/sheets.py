# Generated from src/tuckan/client/_async/bulk/sheets.py by scripts/unasync.py: change that file, then run `make fix`.
"""Planning to bring the changes of a workbook to a portal: what is there is found, and both are brought together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from tuckan._text import counted
from tuckan.client._sync.bulk.fetching import FetchedFile, fetch_all
from tuckan.client._sync.bulk.loading import schemas_of
from tuckan.client._sync.bulk.sheet_write_back import LABEL
from tuckan.client._sync.bulk.uploads import Uploading
from tuckan.client._sync.bulk.workbooks import Workbooks
from tuckan.client._sync.namespaces.portal import Portal
from tuckan.errors import Hint, InvalidArgument
from tuckan.jobs.operation import Operation, Planned
from tuckan.jobs.planning import settled
from tuckan.jobs.records import checked as in_ckans_form
from tuckan.readers import Row
from tuckan.sheets import (
    CONFLICTS,
    RESOURCES,
    UPLOAD,
    Titles,
    assembled,
    file_of,
    merge,
)
from tuckan.snapshot import file_name, is_upload, publisher_fields

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from tuckan.client._sync.connection import Connection
    from tuckan.jobs.records import Schemas
    from tuckan.schemas import Schema
    from tuckan.shapes import Record
    from tuckan.sheets import Book, Checked, Edit, Merged, ResourceEdit

MOST_SHOWN = 20


class SheetJobs(Workbooks):
    """Plans what a job does that applies a workbook.

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
        self._replaced: list[str] = []
        self._titles = Titles()

    # -- operations --

    def plan(self, checked: Checked, key: Sequence[str], left_out: Collection[str]) -> list[Planned]:
        """The operations for a workbook.

        Raises:
            InvalidArgument: when a sheet, a column or a label is wrong.
        """
        _refuse_general(checked)
        self._titles = Titles(checked.choices)
        schema = checked.book.layout.schema
        schemas = schemas_of(self._connection, schema.entity, schema.type, left_out)
        self._sysadmin = bool((Portal(self._connection).whoami()).get("sysadmin"))
        self._fetch(checked)
        there = self.there(checked, schemas, key)
        planned: list[Planned] = []
        claimed: dict[str, str] = {}
        with self._connection.progress("planning", total=len(checked.edits), unit=f"{schema.entity}s") as progress:
            for edit in checked.edits:
                before, wrong = there[edit.entry.label]
                wrong = wrong or _problems(checked, edit) or self._not_fetched(edit, checked.book)
                if before is not None and not wrong:
                    other = claimed.setdefault(str(before["id"]), edit.entry.label)
                    wrong = "" if other == edit.entry.label else f"the record {other!r} is the same {schema.entity}"
                planned += [one for one in self._planned(edit, before, wrong, checked.book, schemas)]
                progress.step()
        unknown = sum(one.entry.exported is None and there[one.entry.label][0] is not None for one in checked.edits)
        if unknown:
            records = counted(unknown, schema.entity)
            self.notes.append(
                f"The workbook does not remember an export of {records} on the portal: what it says replaces what is there, also"
                " where others have changed it meanwhile."
            )
        if self._replaced:
            number = counted(len(self._replaced), "file")
            self.notes.append(
                f"{number} on the portal will be replaced; this can't be undone, since the old ones are not saved: "
                + ", ".join(self._replaced[:MOST_SHOWN])
            )
        return planned

    def _fetch(self, checked: Checked) -> None:
        """Fetch the files that are named by their addresses, so that the plan knows which are on the portal."""
        wanted = checked.addresses()
        if not wanted:
            return
        self.fetched = fetch_all(self._connection, wanted)
        there = [one for one in self.fetched.values() if isinstance(one, FetchedFile)]
        self.notes.append(
            f"{counted(len(there), 'file')} ({sum(one.size for one in there):,} bytes) can be fetched from other addresses."
            " To upload one, it is fetched once more, and has to be the same then."
        )

    def titles(self, planned: Iterable[Planned]) -> dict[str, dict[str, str]]:
        """What people call the values that operations set and replace, as the journal of the job keeps it."""
        return self._titles.of(pair for one in planned for pair in _values(one.operation))

    def fetched_facts(self) -> Record:
        """The files at addresses, as the journal of the job keeps them."""
        return {address: one.facts() for address, one in self.fetched.items() if isinstance(one, FetchedFile)}

    def _not_fetched(self, edit: Edit, book: Book) -> str:
        said = [
            book.problem(
                RESOURCES, one.row, UPLOAD, reason, record=edit.entry.label, path=f"resources[{place}].{UPLOAD}"
            )
            for place, one in enumerate(edit.resources or ())
            if isinstance(reason := self.fetched.get(one.upload), str)
        ]
        return "; ".join(map(str, said))

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
        known = [one.row for one in edit.resources or () if one.id]
        if known:
            other = "the resource is one of another record, or of one that is gone; leave the id empty for a new one"
            yield self._refused(edit, "; ".join(str(book.problem(RESOURCES, row, "id", other)) for row in known), book)
            return
        files = {place: one for place, one in enumerate(edit.resources or ()) if one.upload}
        for place, edited in files.items():
            # With an id chosen here its file finds it, even if its position in the dataset changes.
            resource = record[RESOURCES][place]
            del resource["upload"]
            file = self.file(edited, book)
            resource |= {"name": resource.get("name") or (file.name if file else ""), "id": str(uuid4())}
        if schema.type != schema.entity:
            record["type"] = schema.type
        site = self._connection.portal_state.address.site
        one = in_ckans_form(Row(record, _origin(edit, book), folder=book.path.parent), schemas, site, by_key=True)
        if one.wrong:
            yield self._refused(edit, one.wrong, book)
            return
        data = schemas.as_sent(one.record, None)
        data = publisher_fields(data) if schema.entity == "dataset" else data
        nameless = schema.entity != "dataset" or schema.source == "ckan"
        if not data.get("name") and nameless:
            yield self._refused(edit, "it is new, and has no name", book)
            return
        if self._sysadmin and schemas.may_have_id(data):
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
            before = self.show(schema.entity, str(before["id"])) or before
            self.recognise(edit, before, book)
        merged = merge(edit, before, book, self._titles, remove_files=self._remove_files)
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
        return publisher_fields(sent) if schemas.kind == "dataset" else sent

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
        source = self.file(edit, book)
        if source is None:
            return None
        was = next((one for one in (there or {}).get(RESOURCES) or () if one["id"] == edit.id), None)
        if there is not None and was is not None:
            if Uploading(self._connection, there, again=False, download=False).has(was, source):
                return None
            if is_upload(was):
                self._replaced.append(f"{file_name(was)} of {put.subject}")
        elif new is None:
            new = {name: value for name, value in edit.fields.items() if value is not None} | {"id": str(uuid4())}
        id_ = edit.id if was is not None else str((new or {})["id"])
        data: Record = {
            "dataset": put.data.get("id") or put.data.get("name"),
            "resource": id_,
            "sha256": self._connection.to_thread(source.hash, "sha256"),
            "new": new,
            "place": place,
            "alone": there is not None,
        }
        if isinstance(source, FetchedFile):
            told = edit.fields.get("format") or (edit.base or {}).get("format")
            data |= {"address": edit.upload, "name": source.name, "format": str(told or "")}
        else:
            data["path"] = str(file_of(edit, book))
        key = f"{put.key} file {id_}"
        return Operation(key, "resource.file", put.subject, data, 1, put.origin, was, needs=(put.key,))


def _values(operation: Operation) -> Iterator[tuple[str, Any]]:
    """The values of fields that an operation sets, and those that are there."""
    fields: Mapping[str, Any] = operation.data.get("fields") or operation.data
    for record in (fields, operation.before or {}):
        yield from ((name, record[name]) for name in fields if name in record)


def _publishing(put: Operation, id: str, before: Record | None, needs: Sequence[str]) -> Operation:  # noqa: A002 - CKAN's own word
    data = {"id": id, "fields": {"private": False}, "expected": {}}
    return Operation(f"{put.key} public", "dataset.patch", put.subject, data, 2, put.origin, before, tuple(needs))


def _touches_resources(edit: Edit) -> bool:
    return bool(edit.removed) or any(one.fields or one.upload or not one.id for one in edit.resources or ())


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
