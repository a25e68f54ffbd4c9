"""Findings from a spreadsheet's own bytes: cells that calamine would return wrong, or not at all."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from tuckan._text import counted

if TYPE_CHECKING:
    from collections.abc import Callable

Cell: TypeAlias = "tuple[int, int]"
"""The row and the column of a cell, both counted from 0."""

MOST_CELLS = 25_000_000
"""The size of the bounding rectangle, in cells, up to which it is always read; calamine holds every cell in memory."""
MOST_EMPTY = 20
"""The maximum ratio of cells to values in a larger rectangle."""

ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Broken:
    """A cell without a value.

    Attributes:
        text: what it shows, such as `#N/A`; empty for a formula that was never calculated.
        why: what is wrong, if it is neither of these.
    """

    text: str
    why: str = ""

    def __str__(self) -> str:
        return self.why or (f"the error {self.text}" if self.text else "a formula without a value")


@dataclass(slots=True)
class Findings:
    """The findings in a sheet.

    Attributes:
        cells: the correct value of cells that calamine gets wrong, or their error.
        serials: returns the serial numbers of ambiguous dates: negative ones, and 60, which Excel shows as a day that
            did not exist. None if they can't be determined.
        negative: whether there may be negative numbers.
    """

    cells: dict[Cell, Any] = field(default_factory=dict[Cell, Any])
    serials: Callable[[], dict[Cell, float]] | None = None
    negative: bool = False


@dataclass(slots=True)
class Extent:
    """The bounding rectangle of all values, and their number."""

    rows: int = 0
    columns: int = 0
    values: int = 0

    def add(self, row: int, column: int) -> None:
        """Record a value in a cell."""
        self.rows = max(self.rows, row + 1)
        self.columns = max(self.columns, column + 1)
        self.values += 1

    def check(self) -> None:
        """Refuse a rectangle that is too large and too sparse.

        Raises:
            TooSparse: when it is.
        """
        area = self.rows * self.columns
        if area > MOST_CELLS and area > MOST_EMPTY * self.values:
            raise TooSparse(
                f"its {counted(self.values, 'value')} are spread over {counted(self.rows, 'row')} and {counted(self.columns, 'column')}"
            )


class TooSparse(Exception):
    """Values are so far apart that their bounding rectangle would not fit into memory."""


def name_of(row: int, column: int) -> str:
    """A cell's name.

    Example:
        >>> name_of(0, 0), name_of(9, 27), name_of(1048575, 16383)
        ('A1', 'AB10', 'XFD1048576')
    """
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"
