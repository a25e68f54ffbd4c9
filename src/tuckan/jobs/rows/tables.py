"""CSV and its kin: the delimiter found by looking, each row with the line in which it begins."""

from __future__ import annotations

import csv
import re
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from tuckan.jobs.rows.opening import is_text
from tuckan.jobs.rows.row import NOT_TEXT

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator, Sequence

DELIMITERS = ",;\t|"
LONGEST_CELL = 1 << 24
LINES_LOOKED_AT = 50
TOLD = re.compile(r"sep=(.)\s*$")


def each_row(text: io.TextIOWrapper, *, tabs: bool = False) -> Iterator[tuple[int, list[Any], str]]:
    """The rows of a table, its head first, each with the line in which it begins and what is wrong with it.

    Args:
        text: the file.
        tabs: whether it is known to have tabs between its cells.
    """
    csv.field_size_limit(max(LONGEST_CELL, csv.field_size_limit()))
    first = list(islice(text, LINES_LOOKED_AT))
    told = TOLD.match(first[0]) if first else None
    skipped = 1 if told else 0
    delimiter = told[1] if told else "\t" if tabs else delimiter_of(first)
    reader = csv.reader(chain(first[skipped:], text), delimiter=delimiter, strict=True)
    while True:
        line = skipped + reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, [], f"this is no CSV: {error}"
            continue
        if any(cell.strip() for cell in cells):
            readable = all(map(is_text, cells))
            yield line, cells, "" if readable else NOT_TEXT.format(encoding=text.encoding)


def delimiter_of(lines: Sequence[str]) -> str:
    r"""The delimiter of a table: it divides the head, and the other rows into as many cells.

    Example:
        >>> delimiter_of(["name;notes\n", "a;one, two\n"]), delimiter_of(["name\n", "a\n"])
        (';', ',')
    """
    return max(DELIMITERS, key=lambda delimiter: _fit(lines, delimiter))


def _fit(lines: Sequence[str], delimiter: str) -> tuple[float, int]:
    """How well a delimiter fits: the share of rows as long as the head, and how long that is."""
    try:
        rows = [row for row in csv.reader(lines, delimiter=delimiter) if row]
    except csv.Error:
        return 0.0, 0
    width = len(rows[0]) if rows else 0
    # The last row may be cut where we stopped looking.
    others = rows[1:-1] or rows[1:]
    alike = sum(len(row) == width for row in others) / len(others) if others else 1.0
    return (alike, width) if width > 1 else (0.0, 0)
