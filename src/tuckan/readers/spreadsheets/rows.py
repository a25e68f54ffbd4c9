"""The rows of a sheet, with its header and as wide as that."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tuckan._text import counted
from tuckan.errors import Hint, InvalidArgument
from tuckan.readers.spreadsheets.findings import Broken, name_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tuckan.readers.options import ReadOptions


@dataclass(slots=True)
class Sheet:
    """A sheet, with its header read.

    Attributes:
        title: the sheet's title.
        header: the number of the row with the names, as spreadsheets count; 0 without one.
        names: what the columns are called, as the cells say; None where they say nothing.
        others: the titles of the workbook's other sheets.
        longer: how many of the rows read so far had cells beyond the header.
        padded: whether these cells got columns of their own.
        rows: the rows that are not blank, once: the number of each, its cells, and what is wrong with it.
    """

    title: str
    header: int
    names: list[Any]
    others: list[str]
    rows: Iterator[tuple[int, list[Any], str]] = field(repr=False, default=iter(()))
    longer: int = 0
    padded: bool = False


def with_header(
    title: str,
    others: list[str],
    rows: Iterator[tuple[int, list[Any]]],
    options: ReadOptions,
    place: str,
    first: int,
) -> Sheet:
    """A sheet from its rows, of which one has the names of the columns."""
    least = options.header_row or options.skip_rows + 1
    rows = ((number, cells) for number, cells in rows if number >= least)
    width = 0
    if not options.header or options.ragged == "pad":
        kept = list(rows)  # only the widest row tells how many columns there are
        width = max((len(cells) for _, cells in kept), default=0)
        rows = iter(kept)
    if not options.header:
        return _whole(Sheet(title, 0, [None] * width, others), rows, first, options)
    header, names = next(rows, (0, []))
    if not header or (options.header_row or header) != header:
        raise InvalidArgument(
            f"{place}: {f'row {options.header_row} is blank' if options.header_row else 'no row is left for the header'}.",
            hint="Pass the number of the row with the names of the columns, as the spreadsheet shows it: "
            + Hint("header_row=N.", "--header-row N."),
        )
    if broken := _broken(names, header, first):
        raise InvalidArgument(
            f"{place}: {broken} instead of a column name.",
            hint="Write the name there, or name another row as the header: " + Hint("header_row=N.", "--header-row N."),
        )
    given = len(names)
    return _whole(Sheet(title, header, names + [None] * (width - given), others), rows, first, options, given)


def _whole(
    sheet: Sheet, rows: Iterable[tuple[int, list[Any]]], first: int, options: ReadOptions, header: int | None = None
) -> Sheet:
    sheet.padded = options.ragged == "pad"
    sheet.rows = _checked(sheet, rows, first, options, len(sheet.names) if header is None else header)
    return sheet


def _checked(
    sheet: Sheet, rows: Iterable[tuple[int, list[Any]]], first: int, options: ReadOptions, header: int
) -> Iterator[tuple[int, list[Any], str]]:
    width = len(sheet.names)
    for number, cells in rows:
        wrong = _broken(cells, number, first)
        if len(cells) > header:
            sheet.longer += 1
            if options.ragged == "refuse" and not wrong:
                wrong = f"it has {counted(len(cells), 'cell')}, but the header in row {sheet.header} has {header}"
            cells = cells[:width]  # noqa: PLW2901
        yield number, cells + [None] * (width - len(cells)), wrong


def says(value: Any) -> str:
    """What a cell shows, for comparing it with words."""
    return value.text if isinstance(value, Broken) else str(value)


def _broken(cells: list[Any], number: int, first: int) -> str:
    if Broken not in map(type, cells):
        return ""
    found = [place for place, one in enumerate(cells) if one.__class__ is Broken]
    more = f", and {len(found) - 1} more of this row are broken" if len(found) > 1 else ""
    return f"{name_of(number - 1, first + found[0])} holds {cells[found[0]]}{more}"
