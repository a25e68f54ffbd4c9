"""CSV and similar formats: decoded lines, the header, and rows with the line in which they start.

Blank is null, `""` is empty text. A row whose width differs from the header, an unclosed quote, and text after a closing
quote are errors that name the line and the option that helps.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from tuckan._text import counted
from tuckan.errors import Hint, InvalidArgument
from tuckan.readers.decoding import about_encoding, is_text, not_text
from tuckan.readers.dialects import LONGEST_CELL, TOLD, body, dialect_of, looks_like_data, other_delimiter, shape
from tuckan.readers.options import RAGGED_ROW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tuckan.readers.dialects import Dialect
    from tuckan.readers.options import ReadOptions

Cells: TypeAlias = "list[str | None]"
LINES_LOOKED_AT = 50
LONGEST_LINE = 1 << 26
_WRONG = {
    "unexpected end of data": "the quote that opens here is not closed",
    "field larger than field limit": "a cell has more than 16 million characters; maybe a quote that opens here is not closed",
    "expected after": "text follows a closing quote",
}


class Lines:
    """The lines of a text, each with its terminator. Only CR and LF end a line.

    Args:
        text: the text.
        comment: the prefix of lines to ignore where a row could start.

    Attributes:
        read: how many lines were read.
        begin: the number of the line in which the current row starts.
        pulled: the lines of the current row.
    """

    def __init__(self, text: io.TextIOWrapper, comment: str | None) -> None:
        self._text, self._comment = text, comment
        self._back, self._left = io.StringIO(), 0
        self.read = self.begin = 0
        self.pulled: list[str] = []

    def line(self) -> str:
        """The next line, or an empty string at the end."""
        if self._left:
            line = self._back.readline()
            self._left -= len(line)
        else:
            line = self._text.readline(LONGEST_LINE)
        self.read += bool(line)
        if len(line) == LONGEST_LINE:
            raise InvalidArgument(
                f"Line {self.read:,} has more than 64 MB.", hint="Is it a table of text, with one row per line?"
            )
        return line

    def block(self, size: int) -> str:
        """A block of whole lines; the caller counts them."""
        if self._left:
            self._left = 0
            return self._back.read()
        found = self._text.read(size)
        return found + self._text.readline() if len(found) == size else found

    def put_back(self, text: str) -> None:
        """Put back whole lines."""
        self._back = io.StringIO(text + (self._back.read() if self._left else ""), newline="")
        self._left += len(text)

    @property
    def has_back(self) -> bool:
        """Whether there are lines that were put back."""
        return self._left > 0

    def next_row(self) -> None:
        """Mark the next line as the start of a row."""
        self.pulled = []

    def __iter__(self) -> Lines:
        return self

    def __next__(self) -> str:
        while line := self.line():
            if not self.pulled:
                if self._comment and line.startswith(self._comment):
                    continue
                self.begin = self.read
            self.pulled.append(line)
            return line
        raise StopIteration


@dataclass(slots=True)
class Reshaped:
    """The number of rows that were read although their width differs from the header."""

    padded: int = 0
    widened: int = 0
    cut: int = 0
    blank: int = 0

    def notes(self) -> Iterator[str]:
        """What was done with them, as text."""
        if self.padded:
            yield f"{counted(self.padded, 'row')} shorter than the header, filled up with nulls"
        if self.widened:
            yield f"{counted(self.widened, 'row')} longer than the header; the extra cells became columns"
        if self.cut:
            yield f"{counted(self.cut, 'row')} longer than the header; the extra cells were dropped"
        if self.blank:
            yield f"{counted(self.blank, 'row')} longer than the header by blank cells, which were dropped"


class DelimitedText:
    """A table in text. Its header is read immediately, its rows one by one.

    Args:
        text: its text.
        options: how to read it.
        tabs: whether its extension says that it is tab-separated.
        named: its name in messages.

    Attributes:
        dialect: its dialect.
        header: the names of the columns, null for one without a name; empty if there is no table.
        hint: the hint for the last error.
        reshaped: the rows so far whose width differed from the header.

    Raises:
        InvalidArgument: when the header can't be read, or the rows suggest that it is elsewhere.
    """

    def __init__(self, text: io.TextIOWrapper, options: ReadOptions, *, tabs: bool, named: str) -> None:
        csv.field_size_limit(max(LONGEST_CELL, csv.field_size_limit()))
        self.lines = Lines(text, options.comment)
        self.encoding = text.encoding
        self.reshaped = Reshaped()
        self.header: Cells = []
        self.hint: str = ""
        self._options, self._named = options, named
        self._null = frozenset(options.null)
        self._line = 0
        self._skip_to_the_header()
        first = self._first_lines()
        lines = [one for _, one in first]
        self.dialect = dialect_of(lines, self._options, tabs=tabs)
        self._other = other_delimiter(lines) if not (options.delimiter or tabs) else ""
        self._cell = self.dialect.cells()
        self._reader = csv.reader(self.lines, **self.dialect.of_csv())
        self._read_header(first)

    @property
    def has_comments(self) -> bool:
        """Whether some lines may be comments."""
        return self._options.comment is not None

    # -- the header --

    def _skip_to_the_header(self) -> None:
        lines, options = self.lines, self._options
        first = lines.line().removeprefix("\ufeff")
        if (told := TOLD.match(first)) and not options.delimiter:
            self._options = options = replace(options, delimiter=told[1])
        elif first:
            lines.put_back(first)
            lines.read = 0
        skipped = options.skip_rows if options.header_row is None else options.header_row - 1
        while lines.read < skipped and lines.line():
            pass

    def _first_lines(self) -> list[tuple[int, str]]:
        """Peek at the next lines with their numbers, without blank ones and comments."""
        lines, comment = self.lines, self._options.comment
        before, first = lines.read, list[str]()
        while len(first) < LINES_LOOKED_AT and (line := lines.line()):
            first.append(line)
        lines.put_back("".join(first))
        lines.read = before
        numbered = enumerate(first, before + 1)
        return [
            (number, one) for number, one in numbered if one.strip("\r\n") and not (comment and one.startswith(comment))
        ]

    def _read_header(self, first: list[tuple[int, str]]) -> None:
        row = next((row for row in self._rows() if row[1] or row[2]), None)
        wanted = self._options.header_row
        if row is None:
            if wanted is not None and self.lines.read:
                raise InvalidArgument(
                    f"{self._named} has no line {wanted}.", hint=f"It ends with line {self.lines.read}."
                )
            return
        line, cells, wrong = row
        if wrong:
            raise InvalidArgument(f"{self._named}, line {line}: {wrong}.", hint=self.hint)
        if wanted is not None and wanted != line:
            raise InvalidArgument(
                f"{self._named}, line {wanted}: a line that is blank or a comment can't be the header.",
                hint="The next line with text is " + Hint(f"header_row={line}.", f"--header-row {line}."),
            )
        if not self._options.header:
            self.header = [f"column {number}" for number in range(1, len(cells) + 1)]
            self.lines.put_back("".join(self.lines.pulled))
            self.lines.read = line - 1
            return
        self.header, self._line = cells, line
        if wanted is None:
            self._refuse_a_preamble(first)

    def _refuse_a_preamble(self, first: list[tuple[int, str]]) -> None:
        """Titles and notes above a header have one cell, while rows have several."""
        line = self._header_below(first)
        if line is None:
            return
        before = [one for number, one in first if number < line]
        mark = before[0][0]
        marked = all(one[0] == mark for one in before) and mark in "#%!"
        last = Hint(f", or comment={mark!r}", f", or --comment {mark!r}") if marked else ""
        header = Hint(f"header_row={line}", f"--header-row {line}")
        skip = Hint(f"skip_rows={line - 1}", f"--skip-rows {line - 1}")
        raise InvalidArgument(
            f"{self._named}, line {self._line}: the first row has one name, and line {line} looks like the header.",
            hint=f"If line {line} is the header, pass "
            + header
            + (", " if marked else " or ")
            + skip
            + last
            + f". If line {self._line} is, pass "
            + Hint(f"header_row={self._line}", f"--header-row {self._line}")
            + ", and the delimiter with "
            + Hint("delimiter=.", "--delimiter."),
        )

    def _header_below(self, first: list[tuple[int, str]]) -> int | None:
        """The line of what looks like the header, if the one that was read does not."""
        rows = shape([one for _, one in first], self.dialect)
        begin, width = body([width for _, width in rows])
        told = [cell for cell in self.header if cell]
        alike = [one == width for _, one in rows[begin:]]
        if (width < 3 and len(self.header) > 1) or len(told) > 1 or sum(alike) < max(2, 0.8 * len(alike)):
            return None
        if not begin and (len(rows) < 3 or width == 1 or not _is_full(first[rows[1][0]][1], self.dialect)):
            return None
        return first[rows[begin or 1][0]][0]

    # -- the rows --

    def rows(self) -> Iterator[tuple[int, Cells, str]]:
        """The rows, each with the line in which it starts and what is wrong with it.

        With `ragged='pad'`, a row may have more cells than the header.
        """
        width = len(self.header)
        for line, found, wrong in self._rows():
            cells: Cells = found
            if not wrong and len(cells) != width:
                if not cells:
                    if width > 1:
                        continue
                    cells = [None]  # in a table of one column, a blank line is a row
                elif self._options.ragged == "refuse":
                    wrong = self._ragged(cells)  # noqa: PLW2901 - what is wrong with it
                else:
                    cells = self._fitted(cells, width)
            yield line, cells, wrong

    def _rows(self) -> Iterator[tuple[int, Cells, str]]:
        lines = self.lines
        while True:
            lines.next_row()
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield lines.begin, [], self._broken(str(error))
                continue
            if all(map(is_text, lines.pulled)):
                yield lines.begin, self._nulled(cells), ""
            else:
                strange = next(one for one in lines.pulled if not is_text(one))
                wrong = not_text(strange, self.encoding)
                self.hint = about_encoding(wrong)
                yield lines.begin, [], wrong

    def _nulled(self, cells: list[str]) -> Cells:
        """Cells with null for blanks and null words."""
        found: Cells = list(cells)
        if "" in cells:
            quoted = self._quoted_blanks() if self._has_quoted_blanks() else frozenset[int]()
            found = [None if cell == "" and place not in quoted else cell for place, cell in enumerate(cells)]
        return [None if cell in self._null else cell for cell in found] if self._null else found

    def _has_quoted_blanks(self) -> bool:
        quote = self.dialect.quote
        return quote is not None and any(quote * 2 in line for line in self.lines.pulled)

    def _quoted_blanks(self) -> frozenset[int]:
        """Which cells of the row are `""`; Python's csv module does not distinguish them from blank ones."""
        text = "".join(self.lines.pulled)
        found: set[int] = set()
        at = place = 0
        while at <= len(text):
            while self.dialect.skip_initial_space and text[at : at + 1] == " ":
                at += 1
            cell = self._cell.match(text, at)
            assert cell is not None  # noqa: S101 - it matches nothing, too
            if cell[0] == (self.dialect.quote or "") * 2:
                found.add(place)
            if text[cell.end() : cell.end() + 1] != self.dialect.delimiter:
                break
            at, place = cell.end() + 1, place + 1
        return frozenset(found)

    def _fitted(self, cells: Cells, width: int) -> Cells:
        if len(cells) < width:
            self.reshaped.padded += 1
            return cells + [None] * (width - len(cells))
        if not any(cells[width:]):
            self.reshaped.blank += 1
            return cells[:width]
        if self._options.ragged == "cut":
            self.reshaped.cut += 1
            return cells[:width]
        self.reshaped.widened += 1
        return cells

    # -- messages --

    def notes(self) -> Iterator[str]:
        """Notes on how it was read."""
        if self._options.header and (found := looks_like_data(self.header)):
            no_header = Hint("header=False", "--no-header")
            yield (
                f"The header, line {self._line}, looks like data ({found!r}). If the file has no header, pass "
                + no_header
            )
        if self._other:
            delimiter = Hint(f"delimiter={self._other!r}", f"--delimiter {self._other!r}")
            yield f"Each line is read as one cell. If {self._other!r} divides its cells, pass " + delimiter
        yield from self.reshaped.notes()

    def _broken(self, said: str) -> str:
        quote = self.dialect.quote
        raw = "".join(self.lines.pulled)[:10_000]
        if self.dialect.escape is None and f"\\{quote}" in raw:
            self.hint = "If a backslash escapes quotes, pass " + Hint("escape='\\\\'.", "--escape '\\'.")
        else:
            self.hint = "Fix the file. If quotes in it are plain text, pass " + Hint("quote='none'.", "--quote none.")
        return next((wrong for sign, wrong in _WRONG.items() if sign in said), f"this is not CSV: {said}")

    def _ragged(self, cells: Cells) -> str:
        width, quote = len(self.header), self.dialect.quote
        self.hint = RAGGED_ROW
        if quote and not self.dialect.skip_initial_space and any((one or "").lstrip(" ")[:1] == quote for one in cells):
            space = Hint("skip_initial_space=True. ", "--skip-initial-space. ")
            self.hint = "A quote follows a space: pass " + space + self.hint
        elif quote == '"' and any((one or "")[:1] == "'" for one in cells):
            self.hint = "If ' is the quote character, pass " + Hint("""quote="'". """, """--quote "'". """) + self.hint
        elif len(cells) == width + 1 and cells[-1] is None:
            self.hint = "The row ends with a delimiter: pass " + Hint("ragged='pad'.", "--ragged pad.")
        elif width == 1:
            other = Hint("delimiter=. ", "--delimiter. ")
            self.hint = (
                f"The delimiter was taken to be {self.dialect.delimiter!r}: give another with " + other + self.hint
            )
        return f"it has {counted(len(cells), 'cell')}, but the header has {width}"


def _is_full(line: str, dialect: Dialect) -> bool:
    """Whether no cell of a row is blank."""
    try:
        return all(next(csv.reader([line], **dialect.of_csv()), [""]))
    except csv.Error:
        return False
