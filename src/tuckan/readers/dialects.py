"""The dialect of delimited text: the options, and the delimiter detected from the first lines."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tuckan.readers.options import NO_QUOTE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tuckan.readers.options import ReadOptions

DELIMITERS = ",;\t|"
OTHER_DELIMITERS = ":^~ \x01\x1f"
LONGEST_CELL = 1 << 24
TOLD = re.compile(r"sep=(.)\s*$")
_NUMBER = re.compile(r"[-+]?\d+([.,]\d+)*")
_DAY = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}([T ].*)?")
_YEAR = re.compile(r"(19|20)\d\d")


_REPEATS_GIVE_BACK = re.fullmatch(r'(?:[^"]++|"[^"]*+")*+"b', 'a"b') is not None


@dataclass(frozen=True, slots=True)
class Dialect:
    """The dialect of a table.

    Attributes:
        delimiter: the character between cells.
        quote: the quote character, or None.
        escape: the escape character, or None.
        skip_initial_space: whether spaces after a delimiter are ignored.
    """

    delimiter: str = ","
    quote: str | None = '"'
    escape: str | None = None
    skip_initial_space: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether Arrow reads it too."""
        usual = self.quote in ('"', None) and self.escape is None and not self.skip_initial_space
        return usual and self.delimiter.isascii()

    def of_csv(self) -> dict[str, Any]:
        """The same for Python's csv."""
        return {
            "delimiter": self.delimiter,
            "quotechar": self.quote,
            "quoting": csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
            "escapechar": self.escape,
            "skipinitialspace": self.skip_initial_space,
            "strict": True,
        }

    def cells(self) -> re.Pattern[str]:
        """The pattern of one cell."""
        delimiter = re.escape(self.delimiter)
        escape = re.escape(self.escape) if self.escape else ""
        escaped = rf"|{escape}.|{escape}(?=\Z)" if escape else ""
        plain = rf"(?:[^{delimiter}{escape}\r\n]{escaped})*"
        if not self.quote:
            return re.compile(plain, re.DOTALL)
        quote = re.escape(self.quote)
        return re.compile(rf"{quote}(?:[^{quote}{escape}]|{quote}{quote}{escaped})*{quote}|{plain}", re.DOTALL)

    def well_formed(self) -> re.Pattern[str] | None:
        """The pattern of text after a line break in which each quoted cell is closed and followed by a delimiter or line break.

        None on Python up to 3.11.4, where possessive repeats of regular expressions are faulty.
        """
        if not _REPEATS_GIVE_BACK:
            return None
        delimiter = re.escape(self.delimiter)
        before, behind = rf"(?<=[{delimiter}\r\n])", rf"(?=[{delimiter}\r\n]|\Z)"
        return re.compile(rf'(?:[^"]++|(?<![{delimiter}\r\n])"|{before}"[^"]*+(?:""[^"]*+)*+"{behind})*+')


def dialect_of(lines: Sequence[str], options: ReadOptions, *, tabs: bool) -> Dialect:
    """The dialect of a table.

    Args:
        lines: its first lines.
        options: the options.
        tabs: whether its extension says that it is tab-separated.
    """
    quote = None if options.quote == NO_QUOTE else options.quote
    given = Dialect(options.delimiter or ",", quote, options.escape, options.skip_initial_space)
    if options.delimiter or not lines:
        return given
    if tabs:
        return replace(given, delimiter="\t")
    others = [replace(given, delimiter=one) for one in DELIMITERS if one not in (quote, options.escape)]
    fits = {one: _fit([width for _, width in shape(lines, one)]) for one in others}
    # A comma in the rows but not in the header may be a decimal comma.
    return max(fits, key=lambda one: (-1.0, 0, 0) if one.delimiter == options.decimal and fits[one][1] else fits[one])


def other_delimiter(lines: Sequence[str]) -> str:
    r"""An unusual delimiter, if none of the usual ones occurs; otherwise empty.

    Example:
        >>> other_delimiter(["id name", "1 Ann"]), other_delimiter(["name", "Ann"]), other_delimiter(["a,b c", "1,2 3"])
        (' ', '', '')
    """
    if len(lines) < 2 or any(one in line for one in DELIMITERS for line in lines):
        return ""
    numbers = ((one, {line.count(one) for line in lines}) for one in OTHER_DELIMITERS if one * 2 not in lines[0])
    return next((one for one, counts in numbers if len(counts) == 1 and 0 not in counts), "")


def shape(lines: Sequence[str], dialect: Dialect) -> list[tuple[int, int]]:
    """The first line of each row, counted from 0, and its number of cells; 0 for blank rows."""
    found: list[tuple[int, int]] = []
    reader = csv.reader(lines, **dialect.of_csv())
    begin = 0
    try:
        for row in reader:
            if row:
                found.append((begin, len(row)))
            begin = reader.line_num
    except csv.Error:
        # An unclosed or stray quote; the rows before it are enough.
        pass
    return found


def _fit(widths: Sequence[int]) -> tuple[float, int, int]:
    """How well a delimiter splits rows: the share with the most common width, how early those start, and their width."""
    begin, width = body(widths)
    if width < 2:
        return 0.0, 0, 0
    rows = widths[begin:-1] or widths[begin:]
    share = sum(one == width for one in rows) / len(rows)
    return share * (1 if begin == 0 else 0.9), -begin, width


def body(widths: Sequence[int]) -> tuple[int, int]:
    r"""Where the rows with the most common width start, and their width.

    Example:
        >>> body([1, 1, 3, 3, 3]), body([2, 2]), body([1, 1])
        ((2, 3), (0, 2), (0, 1))
    """
    # The last one may be truncated.
    several = Counter(one for one in (widths[:-1] or widths) if one > 1)
    if not several:
        return 0, 1
    width = max(several, key=lambda one: (several[one], one))
    return list(widths).index(width), width


def looks_like_data(header: Sequence[str | None]) -> str:
    """A name of a header that looks like a value, or nothing; years and 1, 2, 3 are names of columns too."""
    names = [one for one in header if one]
    if names == [str(number) for number in range(1, len(names) + 1)] and len(names) > 1:
        return ""
    found = (one for one in names if _DAY.fullmatch(one) or (_NUMBER.fullmatch(one) and not _YEAR.fullmatch(one)))
    return next(found, "")
