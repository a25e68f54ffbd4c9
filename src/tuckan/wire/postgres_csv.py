"""CSV as PostgreSQL writes it, the format of table rows: no header, null is an empty field, empty text is `""`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_CELL = re.compile(r'("((?:[^"]+|"")*)"|([^,]*)),')  # after each cell comes a comma


def count_rows(data: bytes) -> int:
    r"""The number of rows; line breaks inside quotes do not count.

    Example:
        >>> count_rows(b'1,a\n2,"b\nc"\n')
        2
    """
    if b'"' not in data:
        return data.count(b"\n")
    return sum(outside.count(b"\n") for outside in data.split(b'"')[::2])


def first_id(data: bytes) -> int:
    """The number in the first cell of the first row."""
    return int(data[: data.index(b"\n")].partition(b",")[0])


def last_id(data: bytes) -> int:
    r"""The number in the first cell of the last row.

    Example:
        >>> last_id(b'1,a\n2,"b\n3,c"\n')
        2
    """
    start = data.rfind(b"\n", 0, len(data) - 1)
    while start >= 0 and data.count(b'"', start) % 2:
        start = data.rfind(b"\n", 0, start)
    return int(data[start + 1 : data.index(b"\n", start + 1)].partition(b",")[0])


def rows(text: str) -> Iterator[list[str | None]]:
    r"""The cells of each row; null is None.

    Example:
        >>> list(rows('1,,"",a\n2,"b\nc",,d\n'))
        [['1', None, '', 'a'], ['2', 'b\nc', None, 'd']]
    """
    begun: list[str] = []
    quotes = 0
    for line in text.split("\n")[:-1]:
        if '"' not in line and not begun:
            yield [cell or None for cell in line.split(",")]
            continue
        begun.append(line)
        quotes += line.count('"')
        if quotes % 2 == 0:
            yield _quoted("\n".join(begun))
            begun, quotes = [], 0


def _quoted(row: str) -> list[str | None]:
    return [
        quoted.replace('""', '"') if whole.startswith('"') else plain or None
        for whole, quoted, plain in _CELL.findall(row + ",")
    ]


def array(items: Iterable[str | None]) -> str:
    r"""A PostgreSQL array literal, from its items in PostgreSQL's text form.

    Example:
        >>> array(["a", None, 'say "x"', ""])
        '{"a",NULL,"say \\"x\\"",""}'
    """
    return "{" + ",".join("NULL" if one is None else _in_array(one) for one in items) + "}"


def _in_array(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
