"""CSV and similar formats as columns of text.

Rows are those of `readers.csv_reader`. Unambiguous blocks are read by Arrow, ten times as fast and with
the same result; ambiguous ones (unclosed or stray quotes, ragged rows, undecodable bytes, blank
lines, unusual dialects) go to the slower reader, which knows the line of each row.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from tuckan.errors import InvalidArgument
from tuckan.readers.csv_reader import DelimitedText
from tuckan.readers.decoding import as_text, undecodable
from tuckan.tables.libraries import pyarrow
from tuckan.tables.naming import acceptable
from tuckan.tables.notation import Notation
from tuckan.tables.texts import Texts

if TYPE_CHECKING:
    import io
    import re
    from collections.abc import Sequence

    from tuckan.readers.options import ReadOptions
    from tuckan.tables.from_records import Places

BLOCK = 1 << 22
"""The block size, in characters."""

ROWS_AT_ONCE = 10_000
_TRIES = 8


def read(
    file: io.BufferedReader, named: str, options: ReadOptions, places: Places, *, tabs: bool
) -> tuple[Texts, dict[str, str], list[str]]:
    """A table, kept on disk as text.

    Args:
        file: its bytes, uncompressed.
        named: the name of the file, for messages.
        options: how to read it.
        places: records the line of each row.
        tabs: whether it is known to be tab-separated.

    Returns:
        The texts, with column names that CKAN accepts; the original names; and notes.

    Raises:
        InvalidArgument: when it can't be read, with the line.
    """
    text = as_text(file, options.encoding)
    try:
        reading = _Reading(DelimitedText(text, options, tabs=tabs, named=named), options, named, places)
        texts = reading.all()
    except UnicodeError as error:
        raise undecodable(named, text.encoding, error) from error
    finally:
        text.detach()
    return texts, dict(zip(reading.names, reading.labels, strict=True)), list(reading.source.notes())


class _Reading:
    def __init__(self, source: DelimitedText, options: ReadOptions, named: str, places: Places) -> None:
        self.source = source
        self.labels = ["" if name is None else name for name in source.header]
        self.names = acceptable(self.labels)
        self._null = list(options.null)
        self._named, self._places = named, places
        self._texts = Texts(Notation(options.decimal, options.thousands))
        self._rows = source.rows()
        self._well_formed = source.dialect.well_formed()
        places.form = f"{named}, line {{}}"

    def all(self) -> Texts:
        """The whole table."""
        if not self.names:
            return self._texts
        lines = self.source.lines
        plain = self.source.dialect.is_plain and not self.source.has_comments
        while block := lines.block(BLOCK):
            if not (plain and self._by_arrow(block)):
                lines.put_back(block)
            while lines.has_back:
                self._one_by_one()
        if not self._texts.rows:
            self._texts.add_nothing(self.names)
        return self._texts

    # -- rows that may be ambiguous --

    def _one_by_one(self) -> None:
        """Read the rows that were put back, up to one batch."""
        lines = self.source.lines
        some: list[list[str | None]] = []
        for line, cells, wrong in islice(self._rows, ROWS_AT_ONCE):
            if wrong:
                raise InvalidArgument(f"{self._named}, line {line}: {wrong}.", hint=self.source.hint)
            self._places.note(line)
            some.append(cells)
            if not lines.has_back:
                break
        self._widen(max(map(len, some), default=0))
        width = len(self.names)
        pa = pyarrow()
        columns = zip(*(one + [None] * (width - len(one)) for one in some), strict=True)
        self._add([pa.array(one, pa.string()) for one in columns], len(some))

    def _widen(self, width: int) -> None:
        """New columns for cells beyond the header."""
        if width > len(self.labels):
            more = [f"column {number}" for number in range(len(self.labels) + 1, width + 1)]
            self.labels += more
            self.names = acceptable([*self.names, *more])

    def _add(self, arrays: Sequence[Any], rows: int) -> None:
        self._texts.add({name: (one, ("anything",)) for name, one in zip(self.names, arrays, strict=False)}, rows)

    # -- unambiguous rows --

    def _by_arrow(self, block: str) -> bool:
        """Read the well-formed part of a block, if any, and put back the rest."""
        whole = self._whole_rows(block)
        if whole < 0 or block[:1] == "\ufeff":
            return False
        try:
            data = (block if whole == len(block) else block[:whole]).encode()
            batch = _parsed(
                data, len(self.source.header), self.source.dialect.delimiter, quote=self.source.dialect.quote
            )
        except (UnicodeEncodeError, pyarrow().ArrowInvalid):
            return False
        if batch is None or not self._note_lines(data, batch):
            return False
        self._add([self._nulled(one) for one in batch.columns], batch.num_rows)
        if whole < len(block):
            self.source.lines.put_back(block[whole:])
        return True

    def _whole_rows(self, block: str) -> int:
        """The length of the part of a block with complete rows and balanced quotes; -1 if it can't be determined."""
        if not self.source.dialect.quote or '"' not in block:
            return len(block)
        if self._well_formed is None:
            return -1
        text = "\n" + block
        upto = _end(self._well_formed, text)
        for _ in range(_TRIES):
            if upto == len(text):
                return upto - 1
            # The ambiguous row starts after a line break, which may itself be in a quoted cell.
            upto = max(text.rfind("\n", 1, upto), text.rfind("\r", 1, upto)) + 1
            if upto <= 1:
                return -1
            if _end(self._well_formed, text[:upto]) == upto:
                return upto - 1
            upto -= 1
        return -1

    def _note_lines(self, data: bytes, batch: Any) -> bool:
        """Record the line in which each row starts; returns whether that is possible."""
        lines, rows = self.source.lines, batch.num_rows
        ends = data.count(b"\n")
        if b"\r" in data:
            ends += data.count(b"\r") - data.count(b"\r\n")
        ends += data[-1:] not in (b"\n", b"\r")
        if ends == rows:
            self._places.note_all(range(lines.read + 1, lines.read + 1 + rows))
        else:
            inside = _ends_inside(batch)
            if sum(inside) + rows != ends:
                return False
            line = lines.read + 1
            for more in inside:
                self._places.note(line)
                line += 1 + more
        lines.read += ends
        return True

    def _nulled(self, column: Any) -> Any:
        if not self._null:
            return column
        pa, compute = pyarrow(), pyarrow("compute")
        words = compute.is_in(column, value_set=pa.array(self._null, pa.string()))
        return compute.if_else(words, pa.scalar(None, pa.string()), column)


def _end(well_formed: re.Pattern[str], text: str) -> int:
    found = well_formed.match(text)
    return found.end() if found else 0


def _parsed(data: bytes, width: int, delimiter: str, *, quote: str | None) -> Any:
    pa, reading = pyarrow(), pyarrow("csv")
    names = [str(number) for number in range(width)]
    table = reading.read_csv(
        pa.BufferReader(data),
        read_options=reading.ReadOptions(column_names=names, block_size=len(data) + 1, use_threads=False),
        # In a table of one column, a blank line is a row.
        parse_options=reading.ParseOptions(
            delimiter=delimiter, quote_char=quote or False, newlines_in_values=True, ignore_empty_lines=width > 1
        ),
        convert_options=reading.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            check_utf8=False,
        ),
    )
    batches = table.combine_chunks().to_batches()
    return batches[0] if len(batches) == 1 else None


def _ends_inside(batch: Any) -> list[int]:
    """The number of line breaks in the cells of each row."""
    compute = pyarrow("compute")
    total: Any = 0
    for column in batch.columns:
        bare = compute.replace_substring(column, "\r\n", "\n")
        both = compute.add(compute.count_substring(bare, "\n"), compute.count_substring(bare, "\r"))
        total = compute.add(total, compute.fill_null(both, 0))
    found: list[int] = total.to_pylist()
    return found
