"""How to read a file of rows: one set of options for tables, records and names, and for text and spreadsheets alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from tuckan.errors import InvalidArgument

if TYPE_CHECKING:
    from collections.abc import Collection

Ragged: TypeAlias = "Literal['error', 'pad']"


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read a file.

    Attributes:
        encoding: its encoding, where it is not UTF-8 and not marked.
        sheet: the title of a spreadsheet's sheet, where it is not the first.
        table: the table of a database, where there are several.
        header: whether a row has the columns' names; without one they are `column 1`, `column 2` and so on.
        header_row: the number of that row, counted from 1 as editors and spreadsheets show it; by default the first that is
            not blank. Rows above it are not read.
        skip_rows: how many rows at the start not to read; the header is looked for after them.
        ragged: `error` to refuse a row that is shorter or longer than the header, `pad` to fill a short row with nulls, and
            to give cells beyond the header columns of their own.
        null: words that stand for null, beside the empty cell.

    Raises:
        InvalidArgument: when they contradict each other.
    """

    encoding: str | None = None
    sheet: str | None = None
    table: str | None = None
    header: bool = True
    header_row: int | None = None
    skip_rows: int = 0
    ragged: Ragged = "error"
    null: Collection[str] = ()

    def __post_init__(self) -> None:
        if self.ragged not in ("error", "pad"):
            raise InvalidArgument(f"ragged={self.ragged!r} is unknown.", hint="Use 'error' or 'pad'.")
        if self.skip_rows < 0 or (self.header_row is not None and self.header_row < 1):
            raise InvalidArgument(
                "skip_rows can't be negative, and header_row counts from 1.", hint="The first row is header_row=1."
            )
        if self.header_row is not None and (self.skip_rows or not self.header):
            raise InvalidArgument(
                "header_row can't be combined with skip_rows or header=False.",
                hint="header_row=N alone also skips the rows above it.",
            )
