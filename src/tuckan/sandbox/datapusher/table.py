"""A CSV file as a table: its delimiter, its columns, and the type of each."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

NUMBER = re.compile(r"[+-]?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?")
LONGEST_NAME = 63
"""PostgreSQL's maximum length of a column name, in bytes."""

_SAMPLE = 65536


@dataclass(frozen=True, slots=True)
class Column:
    """A column.

    Attributes:
        name: its name in the DataStore.
        type: `numeric`, `timestamp` or `text`.
    """

    name: str
    type: str


class Table:
    """A CSV file that can be read repeatedly.

    Args:
        file: a seekable binary file.

    Raises:
        ValueError: when there is no header, or a line can't be read.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        sample = file.read(_SAMPLE)
        self._encoding = _encoding(file)
        self._dialect = _dialect(sample.decode(self._encoding, "replace"))
        rows = self._lines()
        header = next(rows, [])
        if not any(name.strip() for name in header):
            raise ValueError("the file is empty, or its first line names no columns")
        self._names = _names(header)
        self.columns = self._typed(rows)

    def records(self) -> Iterator[dict[str, str | None]]:
        """The rows; empty cells are null."""
        rows = self._lines()
        next(rows)
        for row in rows:
            if any(row):
                yield {column.name: (value.strip() or None) for column, value in zip(self.columns, row, strict=False)}

    def _lines(self) -> Iterator[list[str]]:
        self._file.seek(0)
        text = io.TextIOWrapper(self._file, encoding=self._encoding, newline="")
        try:
            yield from csv.reader(text, self._dialect)
        except csv.Error as error:
            raise ValueError(f"the file can't be read as CSV: {error}") from None
        finally:
            text.detach()

    def _typed(self, rows: Iterator[list[str]]) -> list[Column]:
        """Every value is checked, so that a type never turns out wrong while loading."""
        types: list[set[str]] = [set() for _ in self._names]
        for row in rows:
            for seen, value in zip(types, row, strict=False):
                if value.strip() and "text" not in seen:
                    seen.add(_type(value.strip()))
        return [
            Column(name, seen.pop() if len(seen) == 1 else "text")
            for name, seen in zip(self._names, types, strict=True)
        ]


def _encoding(file: IO[bytes]) -> str:
    """UTF-8 if the whole file is valid, otherwise the Windows encoding."""
    file.seek(0)
    decoder = io.TextIOWrapper(file, encoding="utf-8-sig")
    try:
        while decoder.read(1 << 20):
            pass
    except UnicodeDecodeError:
        return "cp1252"
    else:
        return "utf-8-sig"
    finally:
        decoder.detach()


def _dialect(sample: str) -> type[csv.Dialect]:
    try:
        return csv.Sniffer().sniff(sample, delimiters=",;\t|")
    except csv.Error:
        return csv.excel


def _type(value: str) -> str:
    if NUMBER.fullmatch(value):
        return "numeric"
    return "timestamp" if MOMENT.fullmatch(value) else "text"


def _names(header: list[str]) -> list[str]:
    """Names that the DataStore accepts: not empty, unique, no leading underscore, no quotation mark."""
    names: list[str] = []
    for number, given in enumerate(header, 1):
        clean = given.strip().replace('"', "").replace("\x00", "").lstrip("_").strip() or f"column_{number}"
        name = _cut(clean, LONGEST_NAME)
        again = 1
        while name in names:
            again += 1
            name = f"{_cut(clean, LONGEST_NAME - 6)}_{again}"
        names.append(name)
    return names


def _cut(name: str, most: int) -> str:
    """A name truncated to this number of bytes."""
    return name.encode()[:most].decode("utf-8", "ignore")
