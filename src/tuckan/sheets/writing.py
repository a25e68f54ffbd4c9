"""Writing workbooks: templates, exported records, and copies in which problems are marked."""

from __future__ import annotations

import errno
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from tuckan._optional import load
from tuckan.errors import CannotWrite, Hint, InvalidArgument
from tuckan.readers.spreadsheets import name_of
from tuckan.schemas import values_at
from tuckan.sheets.cells import as_cell
from tuckan.sheets.layout import GROUPS, RECORD, RESOURCE, RESOURCES, UPLOAD
from tuckan.sheets.state import LISTS, STATE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tuckan.sheets.layout import Column, Layout, Table
    from tuckan.sheets.problems import SheetProblem
    from tuckan.sheets.state import State

HEADER_ROWS = 2
LAST_ROW = 1_048_576
_ILLEGAL = re.compile("[\x00-\x08\x0b-\x0d\x0e-\x1f\ufffe\uffff]")
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_REQUIRED, _USUAL, _NAMES, _WRONG, _PALE = "FFFFE699", "FFD9E1F2", "FFF2F2F2", "FFFFC7CE", "FF595959"
_WIDTHS = {
    "markdown": 50, "json": 30, "integer": 12, "number": 12, "boolean": 10, "date": 12, "datetime": 20,
    "choice": 16, "choices": 20, "organization": 20, "license": 20, "name": 20,
}  # fmt: skip
_USUAL_WIDTH, _WIDEST_LABEL = 24, 40
_ONE_LINE = 15
"""The height of a row of one line, in points."""
_FONT = {"name": "Calibri", "size": 11}
"""The font of cells without one of their own; a font without a name is shown in another."""

_TYPED = ("integer", "number", "boolean", "date", "datetime")
"""Kinds of which a program may make numbers and dates."""


def _openpyxl(name: str = "") -> Any:
    return load(f"openpyxl{name}", extra="sheets", purpose="write workbooks")


def write_workbook(path: Path, layout: Layout, state: State, records: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
    """Write a workbook.

    Args:
        path: the file.
        layout: its sheets.
        state: what it remembers.
        records: the records with their labels, with lists and records in place of JSON text.

    Raises:
        CannotWrite: when the file cannot be written.
        MissingDependency: when openpyxl is not installed.
    """
    book = _openpyxl().Workbook(write_only=True)
    # A sheet that is written row by row has to exist before its rows do: all are open side by side.
    sheets = {one.path: _Sheet(book, one, layout, state) for one in layout.sheets}
    for label, record in records:
        for table in layout.sheets:
            for cells in rows_of(label, record, table, layout, state):
                sheets[table.path].add(cells)
    for title, rows in ((LISTS, state.lists()), (STATE, state.rows())):
        sheet = book.create_sheet(title)
        sheet.sheet_state = "hidden"
        text_cell = _text_cells(sheet)
        for row in rows:
            sheet.append([text_cell(one) for one in row])
    save(book, path)


def save(book: Any, path: Path) -> None:
    """Save a workbook under a name that it gets once it is whole.

    Raises:
        CannotWrite: when the file cannot be written.
    """
    part = path.with_name(f"{path.name}.part")
    try:
        book.save(part)
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        for sheet in book.worksheets:
            with suppress(Exception):
                sheet.close()  # or openpyxl writes a traceback when it goes
        hints = {errno.ENOENT: "The folder does not exist.", errno.EACCES: "Choose a folder that you can write to."}
        raise CannotWrite(
            f"{path} can't be written: {error.strerror or error}.",
            hint=hints.get(error.errno or 0, "Is it open in another program? Close it there, or write another file."),
        ) from error


class _Sheet:
    """A sheet that is being written."""

    def __init__(self, book: Any, table: Table, layout: Layout, state: State) -> None:
        self._sheet = book.create_sheet(table.title)
        self._inside = {} if table.path else _labels_inside(layout)
        self._text_cell = _text_cells(self._sheet)
        shown = shown_columns(table, layout)
        self._sheet.freeze_panes = f"{'C' if RESOURCE in table.keys else 'B'}{HEADER_ROWS + 1}"
        for number, (name, column) in enumerate(shown):
            letters = name_of(0, number)[:-1]
            kind = column.field.kind if column is not None else "text"
            dimensions = self._sheet.column_dimensions[letters]
            label = len(self._text(column)) + 4 if column is not None else 0
            dimensions.width = max(_WIDTHS.get(kind, _USUAL_WIDTH), min(label, _WIDEST_LABEL))
            if kind not in _TYPED:
                dimensions.number_format = "@"  # what is typed into new rows keeps its zeros
            if column is not None and column.path in state.choices:
                self._offer(letters, column, state)
            del name
        self._sheet.append([self._label(name, column) for name, column in shown])
        self._sheet.append([_header_cell(self._sheet, name, _NAMES, bold=False) for name, _ in shown])
        self._rows = HEADER_ROWS

    def add(self, cells: Sequence[Any]) -> None:
        """Add a row; of texts with several lines the first is shown."""
        self._rows += 1
        if any(isinstance(one, str) and "\n" in one for one in cells):
            self._sheet.row_dimensions[self._rows].height = _ONE_LINE
        self._sheet.append([self._text_cell(one) for one in cells])

    def _label(self, name: str, column: Column | None) -> Any:
        if column is None:
            return _header_cell(self._sheet, {RECORD: "Record *", RESOURCE: "Resource *"}[name], _REQUIRED, _HELP[name])
        required = column.field.required
        text = f"{self._text(column)} *" if required else self._text(column)
        return _header_cell(self._sheet, text, _REQUIRED if required else _USUAL, column.field.help)

    def _text(self, column: Column) -> str:
        return self._inside.get(column.path, column.label)

    def _offer(self, letters: str, column: Column, state: State) -> None:
        """A dropdown; a cell may hold something else, since lists and `(empty)` are typed."""
        number = list(state.choices).index(column.path)
        from_list, last = name_of(0, 2 * number)[:-1], len(state.choices[column.path]) + 1
        if last == 1:
            return
        validation = _openpyxl(".worksheet.datavalidation").DataValidation(
            type="list", formula1=f"'{LISTS}'!${from_list}$2:${from_list}${last}", allow_blank=True
        )
        validation.errorStyle, validation.showErrorMessage = "warning", column.field.kind != "choices"
        validation.add(f"{letters}{HEADER_ROWS + 1}:{letters}{LAST_ROW}")
        self._sheet.data_validations.append(validation)


def _labels_inside(layout: Layout) -> dict[str, str]:
    """The labels of columns for items beside those of the record, by their paths: many fields have a name."""
    found: dict[str, str] = {}
    for path, table in layout.tables.items():
        known = layout.schema.field(path)
        of = known.label if known is not None else "Resource"
        found |= {one.path: f"{of}: {one.label}" for one in table.columns}
    return found


_HELP = {
    RECORD: "A label of your choice for the record, the same in all sheets. For a record that was exported, leave it as it is.",
    RESOURCE: "The name or id of the resource, or its number among those of the record.",
}


def shown_columns(table: Table, layout: Layout) -> list[tuple[str, Column | None]]:
    """The names of the columns of a sheet in their order; None for those of labels."""
    keys: list[tuple[str, Column | None]] = [(name, None) for name in table.keys]
    own: list[tuple[str, Column | None]] = [(one.name, one) for one in table.columns]
    inside: list[tuple[str, Column | None]] = [
        (one.path, one)
        for other in (layout.tables.values() if layout.style == "rows" and not table.path else ())
        for one in other.columns
    ]
    return keys + own + inside


# -- records --


def rows_of(label: str, record: Mapping[str, Any], table: Table, layout: Layout, state: State) -> Iterator[list[Any]]:
    """The rows of a record in one of the sheets.

    Args:
        label: its label.
        record: the record, with lists and records in place of JSON text.
        table: the sheet.
        layout: the layout.
        state: what cells show for values.
    """
    if not table.path:
        yield from _main_rows(label, record, layout, state)
    elif RESOURCE in table.keys:
        resources: list[Any] = record.get(RESOURCES) or []
        for number, resource in enumerate(resources, 1):
            name = table.path.removeprefix(f"{RESOURCES}.")
            for item in items_at(resource, name):
                yield [label, resource_label(resources, number), *_cells(item, table.columns, state)]
    else:
        for item in items_at(record, table.path):
            yield [label, *_cells(item, table.columns, state)]


def _main_rows(label: str, record: Mapping[str, Any], layout: Layout, state: State) -> Iterator[list[Any]]:
    cells = _cells(record, layout.main.columns, state)
    if layout.style == "sheets":
        yield [label, *cells]
        return
    inside = [
        [_cells(item, table.columns, state) for item in items_at(record, path)] for path, table in layout.tables.items()
    ]
    for number in range(max([1, *map(len, inside)])):
        row = [label, *(cells if number == 0 else [None] * len(cells))]
        for table, items in zip(layout.tables.values(), inside, strict=True):
            row += items[number] if number < len(items) else [None] * len(table.columns)
        yield row


def _cells(record: Mapping[str, Any], columns: Iterable[Column], state: State) -> list[Any]:
    return [as_cell(value_in(record, one), one, state.choices) for one in columns]


def value_in(record: Mapping[str, Any], column: Column) -> Any:
    """What a record, or an item of one, has in a column."""
    if column.name == UPLOAD:
        return None
    name = "tags" if column.field.kind == "tags" else column.name
    return record[name] if name in record else next(values_at(record, name), None)


def items_at(record: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The items of a field with subfields; the only one of a composite field.

    Of a group only its name: the portal shows more of it, which belongs to the group.
    """
    value = record.get(name)
    items = value if isinstance(value, list) else [value]
    found: list[Mapping[str, Any]] = [one for one in items if isinstance(one, dict) and one]
    return [{"name": one.get("name")} for one in found] if name == GROUPS else found


def resource_label(resources: Sequence[Mapping[str, Any]], number: int) -> str:
    """What a resource is called in sheets of its subfields: its name where no other has it, else its number."""
    name = str(resources[number - 1].get("name") or "")
    alike = sum(str(one.get("name") or "") == name for one in resources)
    return name if name and alike == 1 and not name.isdigit() else str(number)


# -- cells --


def escaped(text: str) -> str:
    """A text as the format holds it, which has no control characters."""
    return _ILLEGAL.sub(lambda found: f"_x{ord(found[0]):04X}_", _LOOKS_ESCAPED.sub("_x005F_", text))


def _text_cells(sheet: Any) -> Callable[[Any], Any]:
    """What makes the cells of a sheet; the library is looked up once, not for each cell."""
    new_cell = _openpyxl(".cell").WriteOnlyCell
    from_top = _openpyxl(".styles").Alignment(vertical="top", wrap_text=True)

    def text_cell(value: Any) -> Any:
        if value is None or (isinstance(value, (int, float)) and not isinstance(value, bool)):
            return value
        cell = new_cell(sheet, escaped(str(value)))
        # A text that begins with = is a text, and one of digits keeps its zeros.
        cell.data_type, cell.number_format = "s", "@"
        if "\n" in cell.value:
            cell.alignment = from_top
        return cell

    return text_cell


def _header_cell(sheet: Any, text: str, color: str, comment: str = "", *, bold: bool = True) -> Any:
    styles = _openpyxl(".styles")
    cell = _text_cells(sheet)(text)
    cell.font = styles.Font(bold=bold, color=None if bold else _PALE, **_FONT)
    cell.fill = styles.PatternFill("solid", fgColor=color)
    if comment:
        cell.comment = _comment(comment)
    return cell


def _comment(text: str) -> Any:
    """A comment on a note of its size, in pixels."""
    lines = sum(1 + len(line) // 40 for line in text.splitlines())
    return _openpyxl(".comments").Comment(escaped(text), "tuckan", height=20 + 18 * max(lines, 1), width=300)


def mark(source: Path, target: Path, problems: Iterable[SheetProblem]) -> None:
    """Write a copy of a workbook in which the cells with problems are coloured, each with a comment that says why.

    Args:
        source: the workbook, an xlsx file.
        target: the copy.
        problems: what is wrong, and where.

    Raises:
        InvalidArgument: when it is no xlsx file.
        CannotWrite: when the copy cannot be written.
    """
    if source.suffix.lower() != ".xlsx":
        raise InvalidArgument(
            f"Problems can be marked in xlsx files only, and {source.name} is none.",
            hint=Hint("Save it as .xlsx first, or leave out mark=.", "Save it as .xlsx first, or leave out --mark."),
        )
    book = _openpyxl().load_workbook(source)
    styles = _openpyxl(".styles")
    said: dict[tuple[str, str], list[str]] = {}
    for one in problems:
        if one.sheet in book.sheetnames:
            said.setdefault((one.sheet, one.cell or "A1"), []).append(one.message)
    for (sheet, name), messages in said.items():
        cell = book[sheet][name]
        cell.fill = styles.PatternFill("solid", fgColor=_WRONG)
        cell.comment = _comment("\n".join(messages))
    save(book, target)
