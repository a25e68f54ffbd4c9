"""Reading workbooks: the sheets of xlsx, ods and other spreadsheets, or a CSV file, as records that know their cells."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tuckan.errors import Hint, InvalidArgument
from tuckan.readers import spreadsheets
from tuckan.readers.csv_reader import DelimitedText
from tuckan.readers.decoding import as_text, opened
from tuckan.readers.options import ReadOptions
from tuckan.readers.reading import form_of
from tuckan.sheets.state import LISTS, STATE, State, read_lists, read_state

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator
    from pathlib import Path

    from tuckan.sheets.state import Exported

_SAVE_AGAIN = "Open it in a spreadsheet program, and save it as .xlsx, or as CSV in UTF-8."


@dataclass(slots=True)
class RawSheet:
    """A sheet as it was read.

    Attributes:
        title: its title; of a CSV file its name.
        first: the column of each row's first cell, counted from 0.
        rows: the number of each row that is not blank, and its cells.
    """

    title: str
    first: int
    rows: list[tuple[int, list[Any]]] = field(repr=False)

    def cell(self, cells: list[Any], column: int) -> Any:
        """The cell of a row in a column; None when it is blank."""
        place = column - self.first
        value = cells[place] if 0 <= place < len(cells) else None
        return None if isinstance(value, str) and not value.strip() else value


@dataclass(slots=True)
class RawBook:
    """A workbook as it was read.

    Attributes:
        path: the file.
        sheets: the sheets that people see, and that hold something.
        state: what it remembers; None where tuckan has not written it.
    """

    path: Path
    sheets: list[RawSheet]
    state: State | None = None


@dataclass(slots=True)
class Item:
    """A row of a sheet of items.

    Attributes:
        row: its number.
        cells: its cells that are not blank, by the names of their columns.
        resource: the label of the resource that it belongs to, in sheets of its subfields.
    """

    row: int
    cells: dict[str, Any]
    resource: str = ""


@dataclass(slots=True)
class Entry:
    """A record as a workbook has it.

    Attributes:
        label: its label.
        row: the number of its row in the main sheet.
        cells: its cells that are not blank, by the names of their columns.
        items: its rows in the other sheets, by the field that these are for.
        exported: what was exported of it.
    """

    label: str
    row: int
    cells: dict[str, Any]
    items: dict[str, list[Item]] = field(default_factory=dict[str, list[Item]])
    exported: Exported | None = None


def read_workbook(path: Path) -> RawBook:
    """Read a workbook.

    Args:
        path: a spreadsheet (xlsx, ods, xlsb, xls) or a CSV file.

    Raises:
        InvalidArgument: when there is no such file, it holds no table, or its hidden sheet is damaged.
        MissingDependency: when a library for spreadsheets is not installed.
    """
    try:
        return _read(path)
    except InvalidArgument as error:
        if isinstance(error.hint, Hint):  # it names an option of readers, and a workbook is read without any
            error.hint = _SAVE_AGAIN
        raise


def _read(path: Path) -> RawBook:
    with opened(path) as file:
        if form_of(file, str(path)) != "spreadsheet":
            rows = list(_of_text(file, path))
            if not rows:
                raise InvalidArgument(f"{path.name} is empty.", hint="Is it the right file?")
            return RawBook(path, [RawSheet(path.name, 0, rows)])
        sheets: list[RawSheet] = []
        state, lists = None, {}
        for grid in spreadsheets.grids(file, path.name):
            if grid.title == STATE:
                state = _state(grid, path)
            elif grid.title == LISTS:
                lists = read_lists(_whole(grid))
            elif not grid.hidden and not grid.empty:
                sheets.append(RawSheet(grid.title, grid.first, list(grid.rows)))
    if not sheets:
        raise InvalidArgument(f"{path.name} is empty.", hint="Is it the right file?")
    if state is not None:
        state.choices = lists
    return RawBook(path, sheets, state)


def _of_text(file: io.BufferedReader, path: Path) -> Iterator[tuple[int, list[Any]]]:
    tabs = path.suffix.lower() in (".tsv", ".tab")
    with as_text(file, None) as text:
        table = DelimitedText(text, ReadOptions(header=False, ragged="pad"), tabs=tabs, named=path.name)
        for line, cells, wrong in table.rows():
            if wrong:
                raise InvalidArgument(f"{path.name}, line {line}: {wrong}.", hint=table.hint or "Mend the line.")
            if any(cells):
                yield line, list(cells)


def _whole(grid: spreadsheets.Grid) -> Iterator[list[Any]]:
    for _, cells in grid.rows:
        yield [None] * grid.first + cells


def _state(grid: spreadsheets.Grid, path: Path) -> State:
    try:
        return read_state(_whole(grid))
    except (ValueError, KeyError, IndexError) as error:
        raise InvalidArgument(
            f"The hidden sheet {STATE!r} of {path.name} can't be read ({error}), so it is not known what was exported.",
            hint="Export the records again, and make the changes there.",
        ) from error
