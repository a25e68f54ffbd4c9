"""Tables: as wide as the screen, with the most important columns first."""

from __future__ import annotations

import re
import textwrap
from itertools import islice
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tuckan._text import brief, identity_first, printable
from tuckan.cli.terminal import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import TextIO

USUAL_WIDTH, WIDEST = 80, 10_000
MOST_ROWS = 500
LONGEST_CELL = 120
LONGEST_VALUE = 400
GAP = 2
NARROWEST = 14
TYPED = ("id", "name")
"""Columns that people type from."""

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?")
_DAY = len("2024-01-31")
_MINUTE = len("2024-01-31 12:00")

# Shorter, clearer column titles for CKAN's names.
_HEADINGS = {
    "num_resources": "resources",
    "metadata_modified": "modified",
    "package_count": "datasets",
    "datastore_active": "in DataStore",
    "created_at": "made",
    "last_access": "last used",
    "activity_type": "what",
    "view_type": "type",
    "display_name": "title",
}


def write_table(records: Iterable[dict[str, Any]], columns: Sequence[str] = (), to: TextIO | None = None) -> None:
    """Write a table of the first records, and tell how many more there are.

    Args:
        records: the rows.
        columns: the columns to show; all by default.
        to: where to write; standard output without.
    """
    rest = iter(records)
    shown = list(islice(rest, MOST_ROWS))
    if not shown:
        say("Nothing found.")
        return
    known = dict.fromkeys(name for one in shown for name in one)
    names = [name for name in columns if name in known] or list(known)
    console = Console(file=to, highlight=False, width=_width())
    fitting = _fitting(names, shown, console.width)
    console.print(_drawn(shown, names[:fitting], console.width))
    if names[fitting:]:
        say(in_lines(f"columns left out: {', '.join(names[fitting:])} (--format json or csv has all)"))
    more = sum(1 for _ in rest)
    if more:
        say(f"... and {more:,} more; --format jsonl or csv has them all.")


def _width() -> int:
    """Columns of the screen; `COLUMNS` may say anything."""
    return min(Console().width or USUAL_WIDTH, WIDEST)


def in_lines(text: str) -> str:
    """A long sentence in lines as wide as the screen."""
    return textwrap.fill(text, _width(), subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def _drawn(records: Sequence[dict[str, Any]], names: list[str], width: int) -> Table:
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


def _fitting(names: Sequence[str], records: Sequence[dict[str, Any]], width: int) -> int:
    """How many columns fit at this width beside a leading name or id; the first two are always shown."""
    columns = min(len(names), max(2, width // (NARROWEST + GAP)))
    first = _widest(names[0], [plain(one.get(names[0])) for one in records]) if names[0] in TYPED else 0
    while columns > 2 and first + (columns - 1) * (GAP + NARROWEST // 2) > width:
        columns -= 1
    return columns


def _widths(wanted: Sequence[tuple[str, int]], room: int) -> list[int]:
    """The widths of columns.

    A truncated id or leading name could not be typed, so it gets the width it needs if the
    rest can still be read.
    """
    whole = [name == "id" or (name == "name" and number == 0) for number, (name, _) in enumerate(wanted)]
    widths = [width for _, width in wanted]
    others = [width for width, is_whole in zip(widths, whole, strict=True) if not is_whole]
    left = room - sum(widths) + sum(others)
    if not others or left < NARROWEST * len(others) // 2:
        return shared(widths, room)
    rest = iter(shared(others, left))
    return [width if is_whole else next(rest) for width, is_whole in zip(widths, whole, strict=True)]


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
    """Write one record, a line for each value; empty fields are named at the end."""
    record = identity_first(record)
    empty = [name for name, value in record.items() if value is None or value in ("", [], {})]
    rows = [(plain(name), plain(value, longest=LONGEST_VALUE)) for name, value in record.items() if name not in empty]
    if rows:
        console = Console(highlight=False)
        table = Table(box=None, show_header=False, pad_edge=False)
        table.add_column(style="bold", no_wrap=True, max_width=_room_for_keys(rows, console.width))
        table.add_column(overflow="fold")
        for row in rows:
            table.add_row(*row)
        console.print(table)
    if empty:
        say(in_lines(f"empty: {', '.join(empty)}"))


def _room_for_keys(rows: Sequence[tuple[Text, Text]], width: int) -> int:
    """How wide the keys are: one with a long name is cut where the values would be squeezed by it."""
    keys = max(key.cell_len for key, _ in rows)
    values = max(value.cell_len for _, value in rows)
    return keys if keys + GAP + values <= width else min(keys, max(width // 3, NARROWEST))


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
    return Text(printable(brief(_in_words(value), longest=longest), one_line=True))


def _in_words(value: Any) -> Any:
    """Tags, groups, users by their names, and extras as pairs, in the way people write them."""
    if not isinstance(value, list) or not value or not all(isinstance(one, dict) for one in value):
        return value
    if all(set(one) >= {"key", "value"} for one in value):
        return ", ".join(f"{one['key']}: {one['value']}" for one in value)
    return ", ".join(str(one["name"]) for one in value) if all(one.get("name") for one in value) else value
