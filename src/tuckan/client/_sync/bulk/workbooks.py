# Generated from src/tuckan/client/_async/bulk/workbooks.py by scripts/unasync.py: change that file, then run `make fix`.
"""Reading a workbook for a portal: its schema, what it may refer to, and the records of the portal that it means."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from tuckan.client._sync.bulk.fetching import FetchedFile
from tuckan.client._sync.bulk.loading import fields_of
from tuckan.client._sync.bulk.matching import Matching
from tuckan.client._sync.bulk.uploads import Uploading
from tuckan.client._sync.namespaces.groups import Groups, Organizations
from tuckan.client._sync.namespaces.namespace import Namespace
from tuckan.client._sync.namespaces.schemas import Schemas as PortalSchemas
from tuckan.jobs.kinds.datasets import finding
from tuckan.jobs.records import Checked as CheckedRow
from tuckan.readers import Row, in_portions
from tuckan.schemas import requiring_type
from tuckan.sheets import (
    RESOURCES,
    Filling,
    References,
    assembled,
    check,
    entity_of,
    file_of,
    is_address,
    parse,
    read_rules,
    read_workbook,
    references_in,
    require_columns,
    rules_beside,
    rules_of,
    understood,
)
from tuckan.transport import Source
from tuckan.wire import writing
from tuckan.wire.entities import ENTITIES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from tuckan.client._sync.connection import Connection
    from tuckan.jobs.records import Schemas
    from tuckan.schemas import Entity, Schema
    from tuckan.shapes import Record
    from tuckan.sheets import Book, Checked, Edit, Layout, ResourceEdit
    from tuckan.sheets.filling import Resolve

GivenRules: TypeAlias = "str | Path | Mapping[str, Any] | None"


class Workbooks(Namespace):
    """Reads workbooks for a portal."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.notes: list[str] = []
        self.fetched: dict[str, FetchedFile | str] = {}
        """The files at addresses, or why they can't be fetched."""

    def schema(self, type: str | None, entity: Entity) -> Schema:  # noqa: A002 - CKAN's own word
        """The schema of a type.

        Raises:
            InvalidArgument: when the portal has no such type.
        """
        found = PortalSchemas(self._connection).get(type, entity=entity)
        if found.source == "ckan":
            # CKAN takes any type, and gives one that nothing knows the schema of its own.
            self._run(requiring_type(entity, found.type, [entity], self._portal_state))
        return found

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

    def filling(
        self, workbook: Path, layout: Layout, given: GivenRules = None, resolve: Resolve | None = None
    ) -> Filling:
        """The rules for a workbook, with the groups that they refer to.

        Args:
            workbook: the workbook.
            layout: its layout.
            given: the rules, or their file; the `sheet.toml` beside the workbook without.
            resolve: functions that come before the rules.
        """
        rules = given if given is not None else rules_beside(workbook)
        if rules is None:
            return Filling(resolve=resolve)
        if isinstance(rules, (str, Path)):
            found = self._connection.to_thread(read_rules, Path(rules))
            self.notes.append(f"Values that cells do not say are filled in by {rules}.")
        else:
            found = rules_of(rules)
        require_columns(found, layout)
        groups: dict[str, Sequence[Record]] = {}
        for type_ in sorted(found.types):
            is_group = entity_of(type_) == "group"
            namespace = (Groups if is_group else Organizations)(self._connection)
            groups[type_] = namespace.list(type=type_ if is_group else None)
        return Filling(found, groups, resolve)

    def checked(
        self,
        path: Path,
        type: str | None,  # noqa: A002 - CKAN's own word
        entity: Entity | None,
        *,
        key: Sequence[str] = (),
        left_out: Collection[str] = (),
        rules: GivenRules = None,
        resolve: Resolve | None = None,
    ) -> Checked:
        """Read a workbook and check it."""
        raw = self._connection.to_thread(read_workbook, path)
        state, site = raw.state, self._connection.portal_state.address.site
        schema = self.schema(type or (state.type if state else None), entity or (state.entity if state else "dataset"))
        from_here = state is None or state.portal == site
        book = self._connection.to_thread(partial(parse, raw, schema, ours=from_here))
        filling = self.filling(path, book.layout, rules, resolve)
        references = self.references(references_in(book.layout) & _used(book, filling.rules.defaults))
        choices = understood(book.layout, references, book.state)
        found = self._connection.to_thread(partial(check, book, choices, key=key, left_out=left_out, filling=filling))
        if not from_here and state is not None:
            self.notes.append(
                f"The workbook was exported from {state.portal}: records are found by their names here, or by a key."
            )
        return found

    # -- existing records --

    def there(self, checked: Checked, schemas: Schemas, key: Sequence[str]) -> dict[str, tuple[Record | None, str]]:
        """For each label the record on the portal, and what is wrong where that can't be told."""
        found: dict[str, tuple[Record | None, str]] = {}
        by_id = {one.entry.label: one.id for one in checked.edits if one.id}
        records = self._find("id", list(by_id.values()), checked)
        for label, id_ in by_id.items():
            ids = ", and no ids of resources" if RESOURCES in checked.book.layout.tables else ""
            gone = f"it is not on the portal any more; remove its row, or create it again: with a new label in all sheets{ids}"
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
        shows = (partial(self.show, kind, one) for one in missing)
        shown = [one for one in self._connection.side_by_side(shows)]
        return found | {
            name: one
            for name, one in zip(missing, shown, strict=True)
            if one is not None and one.get("state") != "deleted"
        }

    def show(self, kind: str, name: str) -> Record | None:
        look = writing.dataset(name) if kind == "dataset" else ENTITIES[kind].look(name)
        found: Record | None = self._run(writing.reading_if_there(look, self._portal_state))
        return found

    def file(self, edit: ResourceEdit, book: Book) -> Source | FetchedFile | None:
        """The file to upload to a resource; None without one, or where it can't be fetched."""
        if is_address(edit.upload):
            found = self.fetched.get(edit.upload)
            return found if isinstance(found, FetchedFile) else None
        return Source(file_of(edit, book)) if edit.upload else None

    def recognise(self, edit: Edit, there: Record, book: Book) -> None:
        """Give the resources of a workbook that have no id the ids of those that they are: by file, then name, then address."""
        resources: list[Record] = there.get(RESOURCES) or []
        free = {str(one["id"]): one for one in resources if all(one["id"] != each.id for each in edit.resources or ())}
        new = [one for one in edit.resources or () if not one.id]
        uploading = Uploading(self._connection, there, again=False, download=False)
        for one in new:
            file = self.file(one, book)
            for id_, known in list(free.items()) if file is not None else ():
                if file is not None and uploading.has(known, file):
                    one.id = id_
                    del free[id_]
                    break
        for name in ("name", "url"):
            for one in new:
                file = self.file(one, book) if name == "name" else None
                value = one.fields.get(name) or (file.name if file is not None else None)
                alike = [id_ for id_, known in free.items() if value and known.get(name) == value]
                if not one.id and alike:
                    one.id = alike[0]
                    del free[alike[0]]


def _used(book: Book, defaults: Collection[str]) -> set[str]:
    """What the columns of a workbook refer to, and those that have a default."""
    tables = [book.layout.main, *book.layout.tables.values()]
    used = {column.reference for table in tables for column in book.columns(table)}
    return used | {column.reference for column in book.layout.columns() if column.path in defaults}
