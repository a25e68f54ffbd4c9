"""What a portal has made of the records of a workbook, put back into it, so that the next round begins from there."""

from __future__ import annotations

import zipfile
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from tuckan._optional import load
from tuckan.errors import CannotWrite, InvalidArgument
from tuckan.sheets.cells import TOO_LONG, as_cell, plain
from tuckan.sheets.edits import resource_meant
from tuckan.sheets.layout import GROUPS, RESOURCE, RESOURCES, UPLOAD, Layout
from tuckan.sheets.parsing import ID
from tuckan.sheets.state import STATE, Exported, State
from tuckan.sheets.writing import escaped, items_at, resource_label, save, value_in

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from tuckan.sheets.cells import Choices
    from tuckan.sheets.edits import Edit, ResourceEdit
    from tuckan.sheets.layout import Table
    from tuckan.sheets.parsing import Book
    from tuckan.sheets.reading import Item

Record = dict[str, Any]
_LOST = ("xl/media/", "xl/charts/", "xl/drawings/drawing")
"""Parts of a workbook that openpyxl may not write again."""


def require_writable(path: Path) -> None:
    """Refuse a workbook that can't be written back without loss.

    Raises:
        InvalidArgument: when it is no xlsx file, or has charts or pictures.
    """
    if path.suffix.lower() != ".xlsx":
        raise InvalidArgument(
            f"{path.name} can't be written back: only xlsx files can.", hint="Save it as .xlsx, and apply that."
        )
    with suppress(zipfile.BadZipFile, OSError), zipfile.ZipFile(path) as parts:
        if any(one.startswith(_LOST) for one in parts.namelist()):
            raise InvalidArgument(
                f"{path.name} can't be written back: its charts and pictures would be lost.",
                hint="Keep them in another workbook, or apply it without writing back.",
            )


def kept(record: Record, layout: Layout) -> Record:
    """What a workbook remembers of a record: the fields that it shows."""
    names = {one.field.name.partition(".")[0] for one in layout.main.columns} | {
        path.partition(".")[0] for path in layout.tables
    }
    names |= {"tags"} if any(one.field.kind == "tags" for one in layout.main.columns) else set()
    found = {name: value for name, value in record.items() if name in names}
    if GROUPS in found:
        found[GROUPS] = items_at(found, GROUPS)
    if isinstance(found.get(RESOURCES), list) and RESOURCES in layout.tables:
        own = {one.name for one in layout.tables[RESOURCES].columns}
        own |= {path.partition(".")[2] for path in layout.tables if path.startswith(f"{RESOURCES}.")}
        own |= {one.name for one in layout.schema.resource_fields}
        found[RESOURCES] = [{name: value for name, value in one.items() if name in own} for one in found[RESOURCES]]
    return found


class WritingBack:
    """Collects the cells that change in a workbook, and what it remembers from now on.

    Args:
        book: the workbook.
        choices: what cells show for values.
        site: the address of the portal.
        left_out: fields that were not sent; their cells stay.
    """

    def __init__(self, book: Book, choices: Choices, site: str, left_out: Collection[str] = ()) -> None:
        self._book, self._choices, self._left_out = book, choices, left_out
        schema = book.layout.schema
        self.state = book.state or State(site, schema.entity, schema.type, schema.hash)
        self.cells: dict[tuple[str, int, int], Any] = {}
        """New values by title, row and column, both counted from 1."""
        tables = {path: one for path, one in book.layout.tables.items() if path in book.places}
        main = replace(book.layout.main, columns=tuple(book.columns(book.layout.main)))
        self._layout = Layout(schema, book.layout.style, main, tables)

    def add(self, edit: Edit, there: Record) -> None:
        """Put back one record.

        Lists to which others have added items, or that lost some, keep their rows: what the workbook says is
        remembered as their base, so that it is no change and these items stay.

        Args:
            edit: the record as the workbook has it, its resources with their ids.
            there: the record on the portal, with lists and records in place of JSON text.
        """
        base = edit.entry.exported.record if edit.entry.exported else {}
        known = kept(there, self._layout)
        self._row(self._layout.main, edit.entry.row, edit.entry.cells, there)
        for path in self._layout.tables:
            if path.startswith(RESOURCES):
                continue
            rows, items = edit.entry.items.get(path, []), items_at(there, path)
            if len(rows) == len(items) and path not in self._left_out:
                for row, item in zip(rows, items, strict=True):
                    self._row(self._layout.tables[path], row.row, row.cells, item)
            elif path in edit.lists:
                known[path] = edit.lists[path].wanted
            else:
                known[path] = base.get(path) or []
        if RESOURCES in self._layout.tables:
            known[RESOURCES] = self._resources(edit, items_at(there, RESOURCES))
        known |= {name: base[name] for name in self._left_out if name in base}
        label, modified = edit.entry.label, str(there.get("metadata_modified") or "")
        self.state.records[label] = Exported(label, str(there.get(ID) or ""), modified, known)

    def _row(self, table: Table, row: int, cells: Mapping[str, Any], item: Mapping[str, Any]) -> None:
        path = table.path
        for column in self._book.columns(table):
            top = column.path.removeprefix(f"{RESOURCES}.") if path == RESOURCES else column.path.partition(".")[0]
            if column.name == UPLOAD or top in self._left_out or column.path in self._left_out:
                continue
            cell = as_cell(value_in(item, column), column, self._choices)
            if cell != TOO_LONG and plain(cell) != plain(cells.get(column.name)):
                self._set(path, row, column.name, cell)
        if not path and ID in self._book.places[""].columns:
            self._set("", row, ID, item.get(ID))

    def _set(self, path: str, row: int, name: str, value: Any) -> None:
        place = self._book.places[path]
        self.cells[place.title, row, place.columns[name] + 1] = value

    # -- resources --

    def _resources(self, edit: Edit, there: Sequence[Mapping[str, Any]]) -> list[Record]:
        """Put back the resources, and return what is remembered of them: those that have rows, or had some."""
        table = self._layout.tables[RESOURCES]
        edits = edit.resources or []
        exported = edit.entry.exported
        if RESOURCES in self._left_out:
            return list(exported.record.get(RESOURCES) or []) if exported else []
        if ID not in self._book.places[RESOURCES].columns:
            return []  # without ids rows are matched by what they say, each time
        known = {str(one.get(ID)): one for one in there}
        _identify(edits, known)
        rows = {item.row: item for item in edit.entry.items.get(RESOURCES, [])}
        for one in edits:
            if one.id in known:
                self._row(table, one.row, rows[one.row].cells, known[one.id])
        own = {one.id for one in edits} | {str(one.get(ID)) for one in edit.removed}
        found = kept({RESOURCES: [dict(one) for one in there if str(one.get(ID)) in own]}, self._layout)[RESOURCES]
        for path, inside in self._layout.tables.items():
            if RESOURCE in inside.keys:
                self._subfields(edit, inside, path.removeprefix(f"{RESOURCES}."), found)
        return list(found)

    def _subfields(self, edit: Edit, table: Table, name: str, resources: list[Record]) -> None:
        edits = edit.resources or []
        labelled = [{**(one.base or {}), **one.fields} for one in edits]
        was = items_at(edit.entry.exported.record if edit.entry.exported else {}, RESOURCES)
        rows: dict[str, list[Item]] = {}
        for item in edit.entry.items.get(table.path, []):
            place = resource_meant(item.resource, edits, labelled, was)
            if place is not None:
                rows.setdefault(edits[place].id, []).append(item)
        edited = {one.id: one for one in edits}
        for number, resource in enumerate(resources, 1):
            some, items = rows.get(str(resource.get(ID)), []), items_at(resource, name)
            for row in some:
                self._set(table.path, row.row, RESOURCE, resource_label(resources, number))
            if len(some) == len(items):
                for row, value in zip(some, items, strict=True):
                    self._row(table, row.row, row.cells, value)
            elif (one := edited.get(str(resource.get(ID)))) is not None:
                resource[name] = one.fields.get(name, (one.base or {}).get(name))


def _identify(edits: Iterable[ResourceEdit], known: Mapping[str, Any]) -> None:
    """Give resources that were not recognised the ids of the others, in order, where there are as many."""
    taken = {one.id for one in edits}
    new, free = [one for one in edits if not one.id], [id_ for id_ in known if id_ not in taken]
    if len(new) == len(free):
        for one, id_ in zip(new, free, strict=True):
            one.id = id_


# -- the file --


def write_back(path: Path, back: WritingBack) -> None:
    """Change a workbook; the new one is written beside it and moved over it.

    Args:
        path: the workbook, an xlsx file.
        back: the cells that change, and what it remembers.

    Raises:
        CannotWrite: when it cannot be written; it is as it was then.
    """
    book = load("openpyxl", extra="sheets", purpose="write workbooks").load_workbook(path)
    for (title, row, column), value in back.cells.items():
        _put(book[title].cell(row, column), value)
    if STATE in book.sheetnames:
        del book[STATE]
    sheet = book.create_sheet(STATE)
    sheet.sheet_state = "hidden"
    for number, cells in enumerate(back.state.rows(), 1):
        for column, value in enumerate(cells, 1):
            _put(sheet.cell(number, column), value)
    beside = path.with_name(f".{path.stem}-{uuid4().hex[:8]}.xlsx")
    try:
        save(book, beside)
        beside.chmod(path.stat().st_mode)
        beside.replace(path)
    except OSError as error:
        raise CannotWrite(
            f"{path} can't be written: {error.strerror or error}.",
            hint="Is it open in another program? Close it there.",
        ) from error
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)


def _put(cell: Any, value: Any) -> None:
    if value is None or (isinstance(value, (int, float)) and not isinstance(value, bool)):
        cell.value = value
        return
    cell.value = escaped(str(value))
    # A text that begins with = is a text, and one of digits keeps its zeros.
    cell.data_type, cell.number_format = "s", "@"
