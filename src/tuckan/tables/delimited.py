"""CSV and its kin as columns of text: null is blank, empty text is `""`, the delimiter and the encoding are found by looking."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

from tuckan.errors import InvalidArgument
from tuckan.jobs.rows.opening import SNIFFED, as_text
from tuckan.jobs.rows.tables import LINES_LOOKED_AT, TOLD, delimiter_of
from tuckan.tables.libraries import pyarrow
from tuckan.tables.naming import acceptable
from tuckan.tables.texts import Texts

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator

LONGEST_ROW = 1 << 24


def read(file: io.BufferedReader, named: str, encoding: str | None, *, tabs: bool) -> tuple[Texts, dict[str, str]]:
    """A table, kept on disk as text.

    Args:
        file: its bytes, unpacked.
        named: the name of the file, for messages.
        encoding: its encoding; without it the file's own mark, or UTF-8.
        tabs: whether it is known to have tabs between its cells.

    Returns:
        The texts, whose columns have names that CKAN takes; and what each was called.

    Raises:
        InvalidArgument: when it can't be read, with the row.
    """
    text = as_text(file, encoding)
    code = text.encoding
    text.detach()
    head, delimiter, skipped = _looked_at(file.peek(SNIFFED)[:SNIFFED].decode(code, "replace"), tabs=tabs)
    texts, names = Texts(), acceptable(head)
    if head:
        for batch in _batches(file, len(head), delimiter, skipped, code, named):
            columns = {name: (array, ("anything",)) for name, array in zip(names, batch.columns, strict=True)}
            texts.add(columns, batch.num_rows)
        if not texts.rows:
            texts.add_nothing(names)
    return texts, dict(zip(names, head, strict=True))


def _looked_at(start: str, *, tabs: bool) -> tuple[list[str], str, int]:
    """The names of the columns, the delimiter, and how many lines stand before the names."""
    first = start.lstrip("\ufeff").splitlines(keepends=True)[:LINES_LOOKED_AT]
    told = TOLD.match(first[0]) if first else None
    skipped = int(told is not None)
    delimiter = told[1] if told else "\t" if tabs else delimiter_of(first)
    names = next((row for row in csv.reader(first[skipped:], delimiter=delimiter) if row), [])
    return names, delimiter, skipped


def _batches(file: Any, width: int, delimiter: str, skipped: int, encoding: str, named: str) -> Iterator[Any]:
    pa, reading = pyarrow(), pyarrow("csv")
    wrong: list[Any] = []

    def note(row: Any) -> str:
        wrong.append(row)
        return "error"

    names = [str(number) for number in range(width)]
    try:
        batches = reading.open_csv(
            file,
            read_options=reading.ReadOptions(
                column_names=names,
                skip_rows=skipped,
                block_size=LONGEST_ROW,
                use_threads=False,
                encoding="utf8" if encoding.lower() in ("utf-8", "utf-8-sig") else encoding,
            ),
            # With one column, an empty line is a row.
            parse_options=reading.ParseOptions(
                delimiter=delimiter,
                newlines_in_values=True,
                ignore_empty_lines=width > 1,
                invalid_row_handler=note,
            ),
            convert_options=reading.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )
        head = True
        for batch in batches:
            yield batch.slice(1) if head else batch
            head = head and not batch.num_rows
    except (pa.ArrowInvalid, UnicodeError) as error:
        raise _broken(error, wrong, named) from error


def _broken(error: Exception, wrong: list[Any], named: str) -> InvalidArgument:
    if wrong:
        row = wrong[0]
        place = f"{named}, row {row.number - 1}" if row.number is not None else named
        return InvalidArgument(
            f"{place}: it has {row.actual_columns} cells, and the head has {row.expected_columns}.",
            hint=f"The row is {row.text[:80]!r}: quote what holds the delimiter, or mend the head.",
        )
    said = str(error).partition("\n")[0]
    if isinstance(error, UnicodeError) or "UTF8" in said:
        return InvalidArgument(
            f"{named} is no text in the encoding it was read in: {said}.",
            hint="If it is in Latin-1 or from Windows, give its encoding: cp1252.",
        )
    return InvalidArgument(f"{named} can't be read: {said}.", hint="Mend the file, and push it again.")
