"""How to read a file of rows: one set of options for tables, records and names, and for text and spreadsheets alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from tuckan.errors import Hint, InvalidArgument

if TYPE_CHECKING:
    from collections.abc import Collection

Ragged: TypeAlias = "Literal['refuse', 'pad', 'cut']"
RAGGED_ROW = "Fix the row, or pass " + Hint("ragged='pad' or ragged='cut'.", "--ragged pad or --ragged cut.")
"""What to do about a row that is longer or shorter than the header."""
RAGGED = ("refuse", "pad", "cut")
NO_QUOTE = "none"


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read a file.

    Attributes:
        encoding: its encoding, unless it is UTF-8 or has a byte order mark.
        sheet: the title of a spreadsheet's sheet, unless it is the first.
        table: the table of a database, if there are several.
        header: whether a row has the names of the columns; otherwise they are `column 1`, `column 2` and so on.
        header_row: the number of that row, counted from 1 as editors and spreadsheets show it; by default the first that is
            not blank. Rows above it are not read.
        skip_rows: how many rows at the start to skip; the header is looked for after them.
        ragged: `refuse` a row that is shorter or longer than the header; `pad` a short row with nulls, and give cells beyond
                the header columns of their own; or `cut` these cells off, and pad short rows.
        null: words that stand for null, in addition to the empty cell.
        delimiter: in text, the character between cells; detected from the first lines by default.
        quote: in text, the character around cells that contain a delimiter or a line break; `none` if quotes are plain text.
        escape: in text, the escape character, such as a backslash; none by default.
        skip_initial_space: in text, whether spaces after a delimiter are dropped.
        comment: in text, the beginning of lines that are not read.
        decimal: in tables of text, the decimal separator. A column becomes numeric only if
            all its values are numbers written this way.
        thousands: in tables of text, the thousands separator; none by default.
        record_path: in JSON, where in an object the list of rows is, such as `result.records`.

    Raises:
        InvalidArgument: when options contradict each other.

    Example:
        >>> options = ReadOptions(delimiter=";", decimal=",", encoding="cp1252", header_row=3)
        >>> options.delimiter, options.header_row
        (';', 3)
    """

    encoding: str | None = None
    sheet: str | None = None
    table: str | None = None
    header: bool = True
    header_row: int | None = None
    skip_rows: int = 0
    ragged: Ragged = "refuse"
    null: Collection[str] = ()
    delimiter: str | None = None
    quote: str = '"'
    escape: str | None = None
    skip_initial_space: bool = False
    comment: str | None = None
    decimal: str = "."
    thousands: str | None = None
    record_path: str | None = None

    def __post_init__(self) -> None:
        if self.ragged not in RAGGED:
            raise InvalidArgument(f"ragged={self.ragged!r} is unknown.", hint=f"Use one of {', '.join(RAGGED)}.")
        if self.encoding is not None:
            _check_encoding(self.encoding)
        self._check_characters()
        if self.skip_rows < 0 or (self.header_row is not None and self.header_row < 1):
            raise InvalidArgument(
                "The number of rows to skip can't be negative, and rows are counted from 1.",
                hint="The first row is " + Hint("header_row=1.", "--header-row 1."),
            )
        if self.header_row is not None and (self.skip_rows or not self.header):
            raise InvalidArgument(
                "The number of the header row can't be combined with rows to skip, or with having no header.",
                hint=Hint("header_row=N", "--header-row N") + " alone skips the rows above it, too.",
            )

    def _check_characters(self) -> None:
        quote = None if self.quote == NO_QUOTE else self.quote
        special = {"delimiter": self.delimiter, "quote": quote, "escape": self.escape}
        for name, value in special.items():
            if value is not None and (len(value) != 1 or value in "\r\n\0"):
                raise InvalidArgument(
                    f"{name}={value!r} is not one character.",
                    hint="Pass one, such as ';' or a tab"
                    + (", or " + Hint("quote='none'.", "--quote none.") if name == "quote" else "."),
                )
        given = [value for value in special.values() if value is not None]
        if len(given) > len(set(given)) or " " in (quote, self.escape) or self.comment == "":
            raise InvalidArgument(
                "delimiter, quote and escape must be different characters, and a comment has at least one.",
                hint=f"They are {special}; the comment is {self.comment!r}. Pass a different character for each.",
            )
        self._check_notation()
        if isinstance(self.null, str):
            raise InvalidArgument(
                "null is a list of words.", hint=Hint(f"Pass null=[{self.null!r}].", f"Pass --null {self.null!r}.")
            )

    def _check_notation(self) -> None:
        given = {"decimal": self.decimal, "thousands": self.thousands}
        for name, value in given.items():
            if value is not None and (len(value) != 1 or value.isalnum() or value in "+-\r\n\0"):
                raise InvalidArgument(
                    f"{name}={value!r} is not a character that can stand in a number.", hint="Give '.' or ','."
                )
        if self.decimal == self.thousands or self.decimal.isspace():
            raise InvalidArgument(
                f"decimal={self.decimal!r} and thousands={self.thousands!r} can't be told apart from each other.",
                hint=Hint("Where thousands='.', pass decimal=',' too.", "With --thousands . add --decimal , too.")
                if self.thousands == "."
                else "Give '.' or ','.",
            )


def _check_encoding(name: str) -> None:
    """Refuse unknown encodings, and codecs that are not text encodings."""
    try:
        "a".encode(name, "surrogateescape")
    except (LookupError, ValueError) as error:
        raise InvalidArgument(
            f"{name[:80]!a} is not an encoding of text.", hint="Common ones are utf-8, utf-16, cp1252 and latin-1."
        ) from error
