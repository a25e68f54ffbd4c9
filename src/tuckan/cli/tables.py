"""Tables for people: as wide as the screen, with what matters first."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tuckan._text import brief
from tuckan.cli.terminal import printable, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST_ROWS = 500
LONGEST_CELL = 120
LONGEST_VALUE = 400
GAP = 2
NARROWEST = 14

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?")
_DAY = len("2024-01-31")
_MINUTE = len("2024-01-31 12:00")

# CKAN's names that say more in fewer letters to somebody who reads a table.
_HEADINGS = {
    "num_resources": "resources",
    "metadata_modified": "modified",
    "package_count": "datasets",
    "datastore_active": "in DataStore",
    "created_at": "made",
    "last_access": "last used",
    "activity_type": "what",
    "view_type": "type",
}


def write_table(records: Iterable[dict[str, Any]], columns: Sequence[str] = ()) -> None:
    """Write a table of the first records, and tell how many more there are.

    Args:
        records: the rows.
        columns: what to show of each; all of it without.
    """
    rest = iter(records)
    shown = list(islice(rest, MOST_ROWS))
    if not shown:
        say("Nothing found.")
        return
    known = dict.fromkeys(name for one in shown for name in one)
    names = [name for name in columns if name in known] or list(known)
    console = Console(highlight=False)
    console.print(_drawn(shown, names, console.width))
    more = sum(1 for _ in rest)
    if more:
        say(f"... and {more:,} more; --format jsonl or csv has them all.")


def _drawn(records: Sequence[dict[str, Any]], names: list[str], width: int) -> Table:
    names = names[: _fitting(len(names), width)]
    room = width - GAP * (len(names) - 1)
    cells = {name: [plain(one.get(name)) for one in records] for name in names}
    if sum(_widest(name, cells[name]) for name in names) > room:
        cells = {name: [plain(one.get(name), moment=_DAY) for one in records] for name in names}
    widths = _widths([(name, _widest(name, cells[name])) for name in names], room)
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, GAP, 0, 0))
    for name, wide in zip(names, widths, strict=True):
        numeric = all(_is_number(one.get(name)) for one in records)
        table.add_column(_heading(name), justify="right" if numeric else "left", no_wrap=True, width=wide)
    for row in zip(*cells.values(), strict=True):
        table.add_row(*row)
    return table


def _fitting(columns: int, width: int) -> int:
    """How many columns can be read at this width; the first two always stay."""
    return min(columns, max(2, width // (NARROWEST + GAP)))


def _widths(wanted: Sequence[tuple[str, int]], room: int) -> list[int]:
    """The widths of columns; an id is of no use when it is cut, so it has what it needs where the rest can still be read."""
    ids = sum(width for name, width in wanted if name == "id")
    others = [width for name, width in wanted if name != "id"]
    if not others or room - ids < NARROWEST * len(others) // 2:
        return shared([width for _, width in wanted], room)
    rest = iter(shared(others, room - ids))
    return [width if name == "id" else next(rest) for name, width in wanted]


def shared(wanted: Sequence[int], room: int) -> list[int]:
    """The widths of columns that want some width each, in the room there is: narrow ones have theirs, wide ones share.

    Example:
        >>> shared([4, 50, 90], 60), shared([4, 5], 60)
        ([4, 28, 28], [4, 5])
    """
    widths = list(wanted)
    while sum(widths) > room and max(widths) > 1:
        fair = room // len(widths)
        wide = [number for number, width in enumerate(widths) if width > fair]
        left = room - sum(width for width in widths if width <= fair)
        share = max(1, left // len(wide))
        if all(widths[number] <= share for number in wide):
            break
        for number in wide:
            widths[number] = min(widths[number], share)
    return widths


def _heading(name: str) -> Text:
    return plain(_HEADINGS.get(name, name))


def _widest(name: str, cells: Iterable[Text]) -> int:
    return max(_heading(name).cell_len, *(one.cell_len for one in cells))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def write_pairs(record: dict[str, Any]) -> None:
    """Write one record, a line for each value; what is empty is named at the end."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    empty = [name for name, value in record.items() if value is None or value in ("", [], {})]
    for name, value in record.items():
        if name not in empty:
            table.add_row(plain(name), plain(value, longest=LONGEST_VALUE))
    if table.row_count:
        Console(highlight=False).print(table)
    if empty:
        say(f"empty: {', '.join(empty)}")


def plain(value: Any, longest: int = LONGEST_CELL, moment: int = _MINUTE) -> Text:
    """A value as a cell; a Text is never taken for markup.

    Args:
        value: any JSON value.
        longest: characters of a text at most.
        moment: how many characters of a time to show.
    """
    if value is None:
        return Text("")
    if isinstance(value, bool):
        return Text("yes" if value else "no")
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        return Text(value[:moment].replace("T", " "))
    return Text(printable(brief(value, longest=longest), one_line=True))
