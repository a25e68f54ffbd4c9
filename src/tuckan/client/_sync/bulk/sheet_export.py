# Generated from src/tuckan/client/_async/bulk/sheet_export.py by scripts/unasync.py: change that file, then run `make fix`.
"""Writing workbooks: empty ones, and records of the portal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuckan.client._sync.bulk.workbooks import Workbooks
from tuckan.client._sync.namespaces.datasets import Datasets
from tuckan.client._sync.namespaces.groups import Groups, Organizations
from tuckan.errors import Hint, InvalidArgument, NotFound
from tuckan.jobs.selection import query_for
from tuckan.schemas import decoded
from tuckan.sheets import RESOURCES, Exported, State, kept, layout_of, offered, references_in, write_workbook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from tuckan.client._sync.bulk.workbooks import GivenRules
    from tuckan.client._sync.connection import Connection
    from tuckan.client._sync.namespaces.datasets import Filters
    from tuckan.schemas import Entity, Schema
    from tuckan.shapes import Record
    from tuckan.sheets import Layout, Style

_NO_MATCH = "Check the query and the type. Private records need a token."


class SheetExport(Workbooks):
    """Writes one workbook.

    Args:
        connection: the connection to the portal.
        path: the file to write.
        entity: `dataset`, `organization` or `group`.
        layout: `sheets` or `rows`.
        fields: the fields to show; all when left out.
        rules: the rules whose groups and words dropdowns offer.

    Raises:
        InvalidArgument: when the file is called like something else than a workbook.
    """

    def __init__(
        self,
        connection: Connection,
        path: Path,
        entity: Entity,
        layout: Style,
        fields: Sequence[str],
        rules: GivenRules,
    ) -> None:
        super().__init__(connection)
        if path.suffix.lower() != ".xlsx":
            raise InvalidArgument(
                f"{path.name} is no name for a workbook.", hint=f"Workbooks are written as xlsx: {path.stem}.xlsx"
            )
        self._path, self._fields, self._rules = path, fields, rules
        self._entity: Entity = entity
        self._style: Style = layout

    def template(self, type: str | None, groups: str | None) -> None:  # noqa: A002 - CKAN's own word
        """Write an empty workbook, whose dropdowns offer groups of one type."""
        schema = self.schema(type, self._entity)
        example: list[Record] = []
        if self._entity == "dataset" and any(schema.field(one) is None for one in self._fields):
            # What the portal adds to records is known from one of them.
            page = Datasets(self._connection).search(fq=f'dataset_type:"{schema.type}"', rows=1)
            example = self._named([one["id"] for one in page["results"]])
        self._write(schema, example, [], groups)

    def named(self, names: Sequence[str], type: str | None) -> int:  # noqa: A002 - CKAN's own word
        """Write the records with these names or ids, and return how many these are."""
        records = self._named(names)
        usual = str((records[0] if records else {}).get("type") or self._entity)
        return self._export(self.schema(type or usual, self._entity), records)

    def found(
        self,
        q: str | None,
        fq: str | Sequence[str] | None,
        filters: Filters | None,
        *,
        everything: bool,
        type: str | None,  # noqa: A002 - CKAN's own word
        seen: dict[str, bool],
    ) -> int:
        """Write the records that match, and return how many these are."""
        if not everything and (self._entity != "dataset" or not any((q, fq, filters))):
            raise InvalidArgument(
                "No record is selected.",
                hint="Name some, or give " + Hint("a query (q=), or everything=True.", "a query (--where), or --all."),
            )
        schema = self.schema(type, self._entity)
        if self._entity != "dataset":
            namespace: Any = (Groups if self._entity == "group" else Organizations)(self._connection)
            return self._export(schema, list(namespace.list(members=True, type=schema.type)))
        token = bool(self._connection.portal_state.token)
        every = query_for(q, fq, filters, everything=everything)
        filtered = [*([fq] if isinstance(fq, str) else fq or ()), f'dataset_type:"{schema.type}"']
        options: dict[str, Any] = {name: value and token for name, value in seen.items()}
        reading = Datasets(self._connection).iter(every, fq=filtered, filters=filters, **options)
        records: list[Record] = [one for one in reading]
        if any(schema.field(one) is None for one in self._fields):
            # Plugins add more to a dataset that is shown than to one that is found.
            records = self._named([str(one["id"]) for one in records])
        return self._export(schema, records)

    def _named(self, names: Sequence[str]) -> list[Record]:
        namespaces: Any = {"dataset": Datasets, "group": Groups, "organization": Organizations}
        namespace = namespaces[self._entity](self._connection)
        found = self._connection.side_by_side([_getting(namespace, one) for one in names])
        # A record may be named twice, by its name and by its id.
        return list({str(one["id"]): one for one in found}.values())

    def _export(self, schema: Schema, records: list[Record]) -> int:
        if not records:
            raise NotFound(f"There is no such {self._entity}, so nothing was written.", hint=_NO_MATCH)
        _require_type(records, schema.type, self._entity)
        labels = [str(one.get("name") or one.get("id")) for one in records]
        shown = [decoded(one, schema) for one in records]
        self._write(schema, records, list(zip(labels, shown, strict=True)))
        return len(records)

    def _write(
        self, schema: Schema, examples: Iterable[Record], records: list[tuple[str, Record]], groups: str | None = None
    ) -> None:
        added = _added(schema, self._fields, examples)
        layout = layout_of(schema, self._style, self._fields, added=added)
        state = self._state(layout, added, groups)
        for label, one in records:
            modified = str(one.get("metadata_modified") or "")
            state.records[label] = Exported(label, str(one.get("id") or ""), modified, kept(one, layout))
        self._connection.to_thread(write_workbook, self._path, layout, state, records)

    def _state(self, layout: Layout, added: list[str], groups: str | None) -> State:
        schema, site = layout.schema, self._connection.portal_state.address.site
        state = State(site, schema.entity, schema.type, schema.hash, layout.style, added)
        references = self.references(references_in(layout), groups)
        filling = self.filling(self._path, layout, self._rules)
        state.choices = offered(layout, references) | filling.offered(layout)
        return state


def _getting(namespace: Any, name: str) -> Callable[[], Any]:
    return lambda: namespace.get(name)


def _require_type(records: Sequence[Record], type: str, entity: Entity) -> None:  # noqa: A002 - CKAN's own word
    others = [one for one in records if str(one.get("type") or entity) != type]
    if others:
        named = ", ".join(str(one.get("name")) for one in others[:3])
        raise InvalidArgument(
            f"A workbook holds records of one type, {type!r} here, and {named} is of the type {others[0].get('type')!r}.",
            hint="Export the records of each type into a workbook of their own.",
        )


def _added(schema: Schema, fields: Sequence[str], records: Iterable[Record]) -> list[str]:
    """The wanted fields that are none of the schema's, and that the portal gives to its records."""
    there = {name for one in records for name in one}
    return [one for one in fields if schema.field(one) is None and one in there and one != RESOURCES]
