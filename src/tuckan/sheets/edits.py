"""What a workbook changes of its records, compared with what was exported."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from tuckan.sheets.cells import TOO_LONG, Unclear, as_cell, is_emptied, plain
from tuckan.sheets.filling import Filling
from tuckan.sheets.layout import RESOURCE, RESOURCES, UPLOAD
from tuckan.sheets.parsing import ID
from tuckan.sheets.writing import items_at, resource_label, value_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tuckan.sheets.cells import Choices
    from tuckan.sheets.layout import Column, Table
    from tuckan.sheets.parsing import Book
    from tuckan.sheets.problems import SheetProblem
    from tuckan.sheets.reading import Entry, Item

Record = dict[str, Any]


@dataclass(slots=True)
class ListEdit:
    """What a workbook makes of a list of items.

    Attributes:
        base: the items as they were exported; None where nothing was.
        wanted: the items as they are to be.
        rows: for each of these its row in the workbook.
        origin: for each of these the place of the exported item that it was; None for a new one.
    """

    base: list[Record] | None
    wanted: list[Record]
    rows: list[int]
    origin: list[int | None]

    @property
    def changed(self) -> bool:
        """Whether it is another list than was exported."""
        return self.base is None or self.wanted != self.base


@dataclass(slots=True)
class ResourceEdit:
    """What a workbook makes of one resource.

    Attributes:
        row: its row in the workbook.
        id: its id; empty for a new one.
        fields: the fields that change; all that are given of a new one.
        base: the resource as it was exported; None where it was not.
        upload: the path of a file to upload, as the cell has it; empty for none.
        items: for fields with subfields the rows of their items.
        defaults: the fields that have a default value, for a new one only.
    """

    row: int
    id: str
    fields: Record
    base: Record | None = None
    upload: str = ""
    items: dict[str, list[int]] = field(default_factory=dict[str, list[int]])
    defaults: set[str] = field(default_factory=set[str])


@dataclass(slots=True)
class Edit:
    """What a workbook changes of one record.

    Attributes:
        entry: the record as the workbook has it.
        fields: single values that change, by the names of columns; None where one is emptied.
        lists: lists of items that change.
        resources: the resources in their order; None where the workbook says nothing of them.
        removed: the exported resources that have no row any more.
        defaults: the fields that have a default value, for a new record only.
        filled: the fields that a rule has filled in.
        problems: cells that say nothing that could be meant.
    """

    entry: Entry
    fields: Record = field(default_factory=dict[str, Any])
    lists: dict[str, ListEdit] = field(default_factory=dict[str, ListEdit])
    resources: list[ResourceEdit] | None = None
    removed: list[Record] = field(default_factory=list[Record])
    defaults: set[str] = field(default_factory=set[str])
    filled: set[str] = field(default_factory=set[str])
    problems: list[SheetProblem] = field(default_factory=list["SheetProblem"])

    @property
    def id(self) -> str:
        """The id of the record, where the workbook knows it."""
        return self.entry.exported.id if self.entry.exported else plain(self.entry.cells.get(ID)).strip()


@dataclass(slots=True)
class _Row:
    """What the cells of a row change, with what rules add to it.

    Attributes:
        fields: the values that change; None for what is emptied.
        defaults: those of them that are defaults.
        filled: those of them that a rule has filled in.
    """

    fields: Record = field(default_factory=dict[str, Any])
    defaults: set[str] = field(default_factory=set[str])
    filled: set[str] = field(default_factory=set[str])


def edit_of(entry: Entry, book: Book, choices: Choices, filling: Filling | None = None) -> Edit:
    """What a workbook changes of a record.

    Args:
        entry: the record as the workbook has it.
        book: the workbook.
        choices: what cells may say, by the paths of columns.
        filling: the rules for what cells do not say themselves.
    """
    return _Editing(entry, book, choices, filling or Filling()).edit()


class _Editing:
    def __init__(self, entry: Entry, book: Book, choices: Choices, filling: Filling) -> None:
        self._book, self._choices, self._filling = book, choices, filling
        self._edit = Edit(entry)
        self._base: Record | None = entry.exported.record if entry.exported else None

    def edit(self) -> Edit:
        edit, entry = self._edit, self._edit.entry
        main = self._book.layout.main
        row = self._changed(entry.cells, self._base, main, entry.row, "")
        edit.fields, edit.defaults, edit.filled = row.fields, row.defaults, row.filled
        for path, table in self._book.layout.tables.items():
            if path in self._book.places and not path.startswith(RESOURCES):
                self._edit_list(table, entry.items.get(path, []))
        if RESOURCES in self._book.places:
            self._edit_resources(entry.items.get(RESOURCES, []))
        return edit

    def _changed(self, cells: Mapping[str, Any], base: Record | None, table: Table, row: int, at: str) -> _Row:
        """The values of the cells that say something else than was exported, if anything was."""
        found, path, said = _Row(), table.path, dict[str, tuple["Column", Any]]()
        for column in self._book.columns(table):
            cell = cells.get(column.name)
            if cell is None or (column.name in (UPLOAD, ID) and path == RESOURCES):
                continue
            if cell == TOO_LONG or plain(cell) == plain(as_cell(value_in(base or {}, column), column, self._choices)):
                continue
            if column.field.computed:
                self._wrong(path, row, column.name, "the portal works this out by itself; leave it as it is", at)
            elif is_emptied(cell):
                found.fields[column.name] = None
            else:
                said[column.name] = column, cell
        for column, cell in self._filling.defaults(table) if base is None else ():
            if cells.get(column.name) is None:
                said[column.name] = column, cell
                found.defaults.add(column.name)
        neighbours: Record = {}
        for name, (column, cell) in said.items():
            try:
                found.fields[name] = self._filling.value(cell, column, self._choices, self._book.near)
                neighbours |= self._filling.neighbours(cell, column)
            except (Unclear, ValueError, LookupError) as error:
                self._wrong(path, row, name, str(error) or f"{cell!r} is unknown", at)
        _fill(found, neighbours, base)
        return found

    def _wrong(self, path: str, row: int, name: str, message: str, at: str) -> None:
        record = self._edit.entry.label
        self._edit.problems.append(self._book.problem(path, row, name, message, record=record, path=at + name))

    # -- lists --

    def _edit_list(self, table: Table, rows: list[Item]) -> None:
        path = table.path
        base = None if self._base is None else [dict(one) for one in items_at(self._base, path)]
        if not rows and not base:
            return
        if table.single and len(rows) > 1:
            message = f"the record {self._edit.entry.label!r} has one {path!r}, in row {rows[0].row}"
            self._wrong(path, rows[1].row, table.columns[0].name, message, "")
            rows = rows[:1]
        edit = self._list(table, rows, base, path)
        if edit.changed:
            self._edit.lists[path] = edit

    def _list(self, table: Table, rows: list[Item], base: list[Record] | None, at: str) -> ListEdit:
        columns = self._book.columns(table)
        origin: list[int | None] = _aligned(self._keys(base or [], columns), [_key(one.cells, columns) for one in rows])
        if table.single and rows and base:
            origin[0] = 0
        edit = ListEdit(base, [], [one.row for one in rows], origin)
        for place, (item, was) in enumerate(zip(rows, origin, strict=True)):
            known = base[was] if base is not None and was is not None else None
            changed = self._changed(item.cells, known, table, item.row, f"{at}[{place}].").fields
            merged = {**(known or {}), **changed}
            edit.wanted.append({name: value for name, value in merged.items() if value is not None})
        return edit

    def _keys(self, items: Sequence[Record], columns: Sequence[Column]) -> list[tuple[str, ...]]:
        """What the cells of items say, for comparing them."""
        return [
            tuple(plain(as_cell(value_in(item, column), column, self._choices)) for column in columns) for item in items
        ]

    # -- resources --

    def _edit_resources(self, rows: list[Item]) -> None:
        base = {str(one.get(ID)): one for one in items_at(self._base or {}, RESOURCES)}
        if not rows and not base:
            return
        table = self._book.layout.tables[RESOURCES]
        edits: list[ResourceEdit] = []
        for place, item in enumerate(rows):
            id_ = plain(item.cells.get(ID)).strip()
            known = dict(base[id_]) if id_ in base else None
            at = f"resources[{place}]."
            changed = self._changed(item.cells, known, table, item.row, at)
            upload = plain(item.cells.get(UPLOAD)).strip()
            edits.append(ResourceEdit(item.row, id_, changed.fields, known, upload, defaults=changed.defaults))
        self._edit_subfields(edits)
        kept = {one.id for one in edits}
        self._edit.resources = edits
        self._edit.removed = [dict(one) for id_, one in base.items() if id_ not in kept]

    def _edit_subfields(self, edits: list[ResourceEdit]) -> None:
        """The items of resources, which stand in sheets of their own."""
        labelled = [{**(one.base or {}), **{k: v for k, v in one.fields.items() if v is not None}} for one in edits]
        was = items_at(self._base or {}, RESOURCES)
        for path, table in self._book.layout.tables.items():
            if RESOURCE not in table.keys or path not in self._book.places:
                continue
            name = path.removeprefix(f"{RESOURCES}.")
            rows: dict[int, list[Item]] = {}
            for item in self._edit.entry.items.get(path, []):
                place = resource_meant(item.resource, edits, labelled, was)
                if place is None:
                    message = f"the record {self._edit.entry.label!r} has no resource {item.resource!r}"
                    self._wrong(path, item.row, RESOURCE, message, "")
                else:
                    rows.setdefault(place, []).append(item)
            for place, one in enumerate(edits):
                base = None if one.base is None else [dict(each) for each in items_at(one.base, name)]
                if rows.get(place) or base:
                    found = self._list(table, rows.get(place, []), base, f"resources[{place}].{name}")
                    if found.changed:
                        single = found.wanted[0] if found.wanted else None
                        one.fields[name] = single if table.single else found.wanted
                        one.items[name] = found.rows


def _fill(row: _Row, neighbours: Mapping[str, Any], base: Mapping[str, Any] | None) -> None:
    """Fill in what a named group tells: after what cells say themselves, before defaults."""
    for name, value in neighbours.items():
        if name in row.fields and name not in row.defaults:
            continue
        told = value not in (None, "")
        was = (base or {}).get(name)
        # What the workbook does not show may still be there from another group.
        unknown = base is not None and name not in base
        if value != was if told else was or unknown:
            row.fields[name] = value if told else None
            row.filled.add(name)
            row.defaults.discard(name)


def resource_meant(
    text: str, edits: Sequence[ResourceEdit], labelled: Sequence[Record], was: Sequence[Mapping[str, Any]]
) -> int | None:
    """Which resource a label stands for: by its id, the label that it was exported with, its name, or its number."""
    ids = {one.id: place for place, one in enumerate(edits) if one.id}
    if text in ids:
        return ids[text]
    exported = [str(one.get(ID)) for number, one in enumerate(was, 1) if resource_label(was, number) == text]
    if exported and exported[0] in ids:
        return ids[exported[0]]
    named = [place for place, one in enumerate(labelled) if str(one.get("name") or "") == text]
    if len(named) == 1:
        return named[0]
    return int(text) - 1 if text.isdigit() and 0 < int(text) <= len(edits) else None


def _key(cells: Mapping[str, Any], columns: Sequence[Column]) -> tuple[str, ...]:
    return tuple(plain(cells.get(one.name)) for one in columns)


def _aligned(base: Sequence[tuple[str, ...]], rows: Sequence[tuple[str, ...]]) -> list[int | None]:
    """For each row the exported item that it was: the same one, or else the most similar that stands about there.

    Example:
        >>> _aligned([("a", "1"), ("b", "2"), ("c", "3")], [("c", "3"), ("b", "5"), ("x", "9")])
        [2, 1, None]
    """
    found: list[int | None] = [None] * len(rows)
    if list(base) == list(rows):
        return list(range(len(rows)))
    free = set(range(len(base)))
    for block in SequenceMatcher(None, base, rows, autojunk=False).get_matching_blocks():
        for step in range(block.size):
            found[block.b + step] = block.a + step
            free.discard(block.a + step)
    for place, row in enumerate(rows):
        if found[place] is None and (same := next((one for one in sorted(free) if base[one] == row), None)) is not None:
            found[place] = same
            free.discard(same)
    for place, row in enumerate(rows):
        if found[place] is None and free:
            best = max(sorted(free), key=lambda one: _likeness(base[one], row))
            if _likeness(base[best], row):
                found[place] = best
                free.discard(best)
    return found


def _likeness(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    """How many cells of two rows say the same, and something."""
    return sum(bool(a) and a == b for a, b in zip(one, other, strict=True))
