"""From the sheets of a workbook to its records: columns by their names, rows by their labels."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from tuckan._text import closest
from tuckan.readers.spreadsheets import Broken, name_of
from tuckan.schemas import field_at
from tuckan.sheets.cells import Near, plain
from tuckan.sheets.layout import RECORD, RESOURCE, RESOURCES, Column, layout_of
from tuckan.sheets.problems import SheetProblem
from tuckan.sheets.reading import Entry, Item

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from tuckan.schemas.schema import Schema
    from tuckan.sheets.layout import Layout, Table
    from tuckan.sheets.reading import RawBook, RawSheet
    from tuckan.sheets.state import State

REMARK = "#"
MOST_HEADER_ROWS = 6
ID = "id"


@dataclass(slots=True)
class Place:
    """Where the cells of a table are.

    Attributes:
        title: the title of the sheet.
        columns: the columns by their names, counted from 0.
        label: the column with labels; None when there is none.
    """

    title: str
    columns: dict[str, int]
    label: int | None = None


@dataclass(slots=True)
class Book:
    """A workbook as records.

    Attributes:
        path: the file.
        layout: all sheets and columns that it may have.
        state: what it remembers; None where tuckan has not written it.
        places: where the cells are, by the field that a sheet is for; the main sheet's under "".
        entries: the records by their labels.
        problems: what is wrong with sheets, columns and labels.
        near: finds names that resemble a wrong one.
        gone: labels of exported records that the main sheet has no more.
    """

    path: Path
    layout: Layout
    state: State | None = None
    places: dict[str, Place] = field(default_factory=dict[str, Place])
    entries: dict[str, Entry] = field(default_factory=dict[str, Entry])
    problems: list[SheetProblem] = field(default_factory=list[SheetProblem])
    near: Near = field(default_factory=Near, repr=False)
    gone: set[str] = field(default_factory=set[str])

    def problem(self, table: str, row: int, column: str, message: str, **about: str) -> SheetProblem:
        """A problem with a cell: of a table, in a row, in a column by its name."""
        place = self.places[table]
        at = place.columns.get(column, place.label or 0)
        return SheetProblem(place.title, name_of(row - 1, at), message, **about)

    def columns(self, table: Table) -> list[Column]:
        """The columns of a table that the workbook has."""
        known = {one.name: one for one in table.columns}
        there = self.places[table.path].columns if table.path in self.places else {}
        columns = (known.get(name) or self._other(table.path, name) for name in there)
        return [one for one in columns if one is not None]

    def _other(self, path: str, name: str) -> Column | None:
        """A column that is not in the layout: a further language, or subfields of resources as JSON."""
        if path == RESOURCES and (field_ := self.layout.schema.resource_field(name)) is not None:
            return Column(name, field_.label, field_, f"{RESOURCES}.{name}")
        found = field_at({one.name: one for one in self.layout.schema.fields}, name)
        return None if found is None or "." not in found.name else Column(found.name, found.label, found, found.name)


def parse(raw: RawBook, schema: Schema, *, ours: bool = True) -> Book:
    """The records of a workbook.

    Args:
        raw: the workbook as it was read.
        schema: what its records may hold.
        ours: whether ids are those of this portal; otherwise they are passed over.
    """
    exported = set(raw.state.records) if raw.state is not None else set[str]()
    if not ours and raw.state is not None:
        raw.state = replace(raw.state, records={}, choices={})
    names = [one.name for one in schema.fields]
    added = raw.state.added if raw.state is not None else []
    shown = [*names, *(["resources"] if schema.resource_fields else []), *added]
    layout = layout_of(schema, "sheets", shown, added=added)
    book = Book(raw.path, layout, raw.state)
    main = _main_sheet(raw, layout)
    _Parsing(book, main, "").read_main()
    book.gone = exported - book.entries.keys()
    for one in raw.sheets:
        if one is main or one.title.startswith(REMARK):
            continue
        table = next((table for table in layout.tables.values() if one.title in (table.title, table.path)), None)
        if table is None:
            book.problems.append(_unknown_sheet(one, layout))
        elif table.path in book.places:
            message = f"the sheet {main.title!r} has columns for {table.path!r} already"
            book.problems.append(SheetProblem(one.title, "", message))
        else:
            _Parsing(book, one, table.path).read_items()
    for label, kept in (raw.state.records if raw.state else {}).items():
        if label in book.entries:
            book.entries[label].exported = kept
    for entry in () if ours else book.entries.values():
        entry.cells.pop(ID, None)
        for item in entry.items.get(RESOURCES, ()):
            item.cells.pop(ID, None)
    return book


def _main_sheet(raw: RawBook, layout: Layout) -> RawSheet:
    """The sheet called like the type, else the first that is not one of items."""
    items = {title for one in layout.tables.values() for title in (one.title, one.path)}
    named = [one for one in raw.sheets if one.title == layout.main.title]
    others = [one for one in raw.sheets if one.title not in items and not one.title.startswith(REMARK)]
    return (named or others or raw.sheets)[0]


def _unknown_sheet(sheet: RawSheet, layout: Layout) -> SheetProblem:
    near = closest(sheet.title, [one.title for one in layout.tables.values()], most=1)
    hint = f"; did you mean {near[0]!r}?" if near else "."
    return SheetProblem(
        sheet.title,
        "",
        f"the type {layout.schema.type!r} has no field {sheet.title!r} with rows of its own{hint}"
        f" A title that begins with {REMARK} is a remark.",
    )


class _Parsing:
    """Reads one sheet into a book."""

    def __init__(self, book: Book, sheet: RawSheet, path: str) -> None:
        self._book, self._sheet, self._path = book, sheet, path
        layout = book.layout
        self._table = layout.tables[path] if path else layout.main
        self._keys = [RECORD, *([RESOURCE] if RESOURCE in self._table.keys else [])]
        self._begin = 0
        self._at: dict[int, tuple[str, str]] = {}
        """By column: the table and the name in it that it is for."""

    def _known(self) -> dict[str, tuple[str, str]]:
        known = {name: ("", name) for name in self._keys}
        known |= {one.name: (self._path, one.name) for one in self._table.columns}
        if not self._path:
            known.setdefault(ID, ("", ID))
            for table in self._book.layout.tables.values():
                if RESOURCE in table.keys:  # in one cell, as JSON
                    known[table.path] = (RESOURCES, table.path.removeprefix(f"{RESOURCES}."))
                else:
                    known |= {one.path: (table.path, one.name) for one in table.columns}
        return known

    def read_main(self) -> None:
        """Read the main sheet, which may have columns for items as well."""
        self._read_header()
        inside = {path for path, _ in self._at.values() if path}
        last: Entry | None = None
        for number, cells in self._sheet.rows[self._begin :]:
            found, label = self._cells(number, cells)
            if found is None:
                continue
            goes_on = bool(inside) and last is not None and label in ("", last.label)
            if not goes_on:
                last = self._new(number, label, found.get("", {}))
            elif found.get("") and last is not None:
                self._refuse_more(number, last, found[""])
            for path in inside:
                if last is not None and found.get(path):
                    last.items.setdefault(path, []).append(Item(number, found[path]))

    def _new(self, number: int, label: str, cells: dict[str, Any]) -> Entry | None:
        place = self._book.places[""]
        if not label and place.label is None:
            label = plain(cells.get("name")).strip() or f"row {number}"
        if not label:
            self._wrong(number, RECORD, "a label is required, which is the same in all sheets")
            return None
        if (other := self._book.entries.get(label)) is not None:
            self._wrong(number, RECORD, f"{label!r} is the label of row {other.row} already", record=label)
            return None
        entry = Entry(label, number, cells)
        self._book.entries[label] = entry
        return entry

    def _refuse_more(self, number: int, entry: Entry, cells: Mapping[str, Any]) -> None:
        """A further row of a record says nothing of its single values, or the same."""
        for name, cell in cells.items():
            if plain(cell) != plain(entry.cells.get(name)):
                message = f"the record {entry.label!r} has one value here, in row {entry.row}"
                self._wrong(number, name, message, record=entry.label)

    def read_items(self) -> None:
        """Read a sheet of items."""
        self._read_header()
        place = self._book.places[self._path]
        if place.label is None and self._at:
            self._book.problems.append(
                SheetProblem(self._sheet.title, "", f"the column {RECORD!r} is missing, with the labels of the records")
            )
            return
        for number, cells in self._sheet.rows[self._begin :]:
            found, label = self._cells(number, cells)
            own = (found or {}).get(self._path)
            if found is None or not own or label in self._book.gone:
                continue
            entry = self._book.entries.get(label)
            if entry is None:
                self._wrong(number, RECORD, self._no_record(label))
                continue
            resource = plain(found.get("", {}).get(RESOURCE)).strip()
            if RESOURCE in self._keys and not resource:
                self._wrong(number, RESOURCE, "the name or number of a resource is required", record=label)
                continue
            entry.items.setdefault(self._path, []).append(Item(number, own, resource))

    def _no_record(self, label: str) -> str:
        main = self._book.places[""].title
        if not label:
            return "the label of a record is required"
        near = self._book.near(RECORD, label, self._book.entries)
        return f"the sheet {main!r} has no record {label!r}{f'; did you mean {near!r}?' if near else ''}"

    def _cells(self, number: int, cells: list[Any]) -> tuple[dict[str, dict[str, Any]] | None, str]:
        """The cells of a row by table and name, and its label; None for a remark."""
        if self._is_remark(cells):
            return None, ""
        found: dict[str, dict[str, Any]] = {}
        label = ""
        for column, (path, name) in self._at.items():
            value = self._sheet.cell(cells, column)
            if isinstance(value, Broken):
                place = SheetProblem(self._sheet.title, name_of(number - 1, column), f"the cell holds {value}")
                self._book.problems.append(place)
            elif value is not None and name == RECORD and not path:
                label = plain(value).strip()
            elif value is not None:
                found.setdefault(path, {})[name] = value
        return (found, label) if found or label else (None, "")

    def _is_remark(self, cells: list[Any]) -> bool:
        """Whether a row begins with a mark: in its label, since a title or another value may begin with one too."""
        column = next((one for one, target in self._at.items() if target == ("", RECORD)), None)
        cell = (
            next((one for one in cells if one is not None), None) if column is None else self._sheet.cell(cells, column)
        )
        return isinstance(cell, str) and cell.lstrip().startswith(REMARK)

    # -- the header --

    def _read_header(self) -> None:
        known = self._known()
        labels = _by_label(self._table.columns)
        self._begin, names = self._header(known, labels)
        paths: dict[str, Place] = {self._path: Place(self._sheet.title, {})}
        for column, name in names.items():
            if name.startswith(REMARK):
                continue
            folded = _folded(name)
            target = known.get(name) or known.get(labels.get(folded, folded)) or self._translated(name)
            if target is None:
                self._header_problem(column, self._unknown(name, known, labels))
            elif target in self._at.values():
                self._header_problem(column, f"there is another column {name!r}")
            else:
                self._at[column] = target
                place = paths.setdefault(target[0] if not self._path else self._path, Place(self._sheet.title, {}))
                place.columns[target[1]] = column
        label = paths[self._path].columns.pop(RECORD, None)
        for path, place in paths.items():
            place.label = label
            self._book.places[path] = place
        self._refuse_nameless(names)

    def _header(self, known: Mapping[str, Any], labels: Mapping[str, str]) -> tuple[int, dict[int, str]]:
        """Where the rows begin, and the names of the columns: in the row of the first few that has most of them."""
        best: tuple[int, int] = (0, 0)
        rows = self._sheet.rows[:MOST_HEADER_ROWS]
        for number, (_, cells) in enumerate(rows):
            texts = [str(one).strip() for one in cells if one is not None]
            score = 2 * sum(one in known for one in texts) + sum(_folded(one) in labels for one in texts)
            if score >= best[0] and score:
                best = (score, number)
        self._header_row, cells = rows[best[1]]
        names = {self._sheet.first + place: str(one).strip() for place, one in enumerate(cells) if one is not None}
        return best[1] + 1, {column: name for column, name in names.items() if name}

    def _translated(self, name: str) -> tuple[str, str] | None:
        found = None if self._path else field_at({one.name: one for one in self._book.layout.schema.fields}, name)
        return ("", found.name) if found is not None and found.name == name and "." in name else None

    def _unknown(self, name: str, known: Iterable[str], labels: Mapping[str, str]) -> str:
        near = closest(name, [*known, *labels], most=1)
        meant = labels.get(near[0], near[0]) if near else ""
        hint = f"; did you mean {meant!r}?" if meant else ""
        what = f"the field {self._path!r}" if self._path else f"the type {self._book.layout.schema.type!r}"
        return f"{what} has nothing called {name!r}{hint}"

    def _refuse_nameless(self, names: Mapping[int, str]) -> None:
        nameless: dict[int, int] = {}
        for number, cells in self._sheet.rows[self._begin :]:
            for place, value in enumerate(cells, self._sheet.first):
                if value is not None and place not in names and str(value).strip():
                    nameless.setdefault(place, number)
        for column, number in nameless.items():
            message = f"the column has values, from row {number} on, and no name in its header"
            self._header_problem(column, message)

    def _header_problem(self, column: int, message: str) -> None:
        cell = name_of(self._header_row - 1, column)
        self._book.problems.append(SheetProblem(self._sheet.title, cell, message))

    def _wrong(self, row: int, column: str, message: str, **about: str) -> None:
        self._book.problems.append(self._book.problem(self._path, row, column, message, **about))


def _folded(text: str) -> str:
    """A label without its mark for what is required."""
    return text.rstrip("* ").casefold()


def _by_label(columns: Iterable[Column]) -> dict[str, str]:
    """The names of columns by their labels, where no two have the same."""
    found: dict[str, list[str]] = {}
    for one in columns:
        found.setdefault(_folded(one.label), []).append(one.name)
    return {label: names[0] for label, names in found.items() if len(names) == 1}
