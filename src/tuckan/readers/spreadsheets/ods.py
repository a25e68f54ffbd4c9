"""Values that calamine loses in OpenDocument spreadsheets: errors, formulas without a value, many digits, tabs, long durations."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from tuckan.readers.spreadsheets.findings import Broken, Cell, Findings, TooSparse

if TYPE_CHECKING:
    import zipfile

_MOST_REPEATED = 1_000_000
_SUSPECT = re.compile(
    rb"""value-type="error"|<text:(?:tab|line-break)\b|office:value="[-+]?\d{16}|time-value="(?:-|P(?!T)|PT(?:2[4-9]|[3-9]\d|\d{3}))"""
    rb"""|>(?:#N/A|#[A-Z/0]+[!?]|Err:\d+)<"""
)
_FORMULA = re.compile(rb"<table:table-cell\b[^>]*\btable:formula=[^>]*>")
_ERROR = re.compile(r"#N/A|#[A-Z/0]+[!?]|Err:\d+")
_MANY_DIGITS = re.compile(r"[-+]?\d{16,}(?:\.0*)?")
_TIME_OF_DAY = re.compile(r"PT(?:[01]?\d|2[0-3])H\d+M[\d.,]+S")


def is_encrypted(archive: zipfile.ZipFile) -> bool:
    """Whether an archive is an encrypted OpenDocument file."""
    manifest = "META-INF/manifest.xml"
    return manifest in archive.namelist() and b"encryption-data" in archive.read(manifest)


def check(archive: zipfile.ZipFile) -> None:
    """Check that the XML is well formed: calamine would search forever for a missing end tag.

    Raises:
        KeyError: when it is not a spreadsheet.
        ExpatError: when its XML is broken.
    """
    for name in ("content.xml", "META-INF/manifest.xml"):
        if name in archive.namelist():
            expat.ParserCreate().Parse(archive.read(name), True)


def look(archive: zipfile.ZipFile, title: str) -> Findings:
    """The cells of a sheet that calamine would get wrong.

    Args:
        archive: the document.
        title: the sheet's title.

    Raises:
        TooSparse: when cells are repeated too often.
        KeyError: when it is not a spreadsheet.
        ExpatError: when its XML is broken.
    """
    xml = archive.read("content.xml")
    usual = b" xmlns:table=" in xml and b" xmlns:text=" in xml and b"='" not in xml
    empty = any(b"value-type=" not in one for one in _FORMULA.findall(xml))
    if usual and not empty and not _SUSPECT.search(xml):
        return Findings({}, dict[Cell, float])
    return Findings(_Table(title).parsed(xml), dict[Cell, float])


@dataclass(slots=True)
class _Table:
    """The sheet with a title, parsed for values that calamine loses."""

    title: str
    cells: dict[Cell, Any] = field(default_factory=dict[Cell, Any])
    _times: dict[int, dict[Cell, str]] = field(default_factory=dict[int, dict[Cell, str]])
    _depth: int = 0
    _aside: int = 0
    _row: int = 0
    _column: int = 0
    _rows: int = 1
    _found: list[tuple[int, int, Any]] = field(default_factory=list[tuple[int, int, Any]])
    _cell: dict[str, str] = field(default_factory=dict[str, str])
    _text: list[str] = field(default_factory=list[str])
    _paragraphs: int = 0

    def parsed(self, xml: bytes) -> dict[Cell, Any]:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._begun
        parser.EndElementHandler = self._ended
        parser.CharacterDataHandler = self._written
        parser.Parse(xml, True)
        for column in self._times.values():
            # If some are not times of day, all values of the column are durations.
            if not all(map(_TIME_OF_DAY.fullmatch, column.values())):
                self.cells |= column
        return self.cells

    def _begun(self, name: str, attributes: dict[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        own = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        if local == "table" and space.endswith(":table:1.0"):
            self._depth += bool(self._depth) or own.get("name") == self.title
        elif self._depth != 1:
            return
        elif local == "table-row":
            self._rows, self._column, self._found = _number(own.get("number-rows-repeated")), 0, []
        elif local in ("table-cell", "covered-table-cell"):
            self._cell, self._text, self._paragraphs = own, [], 0
        elif local == "annotation":
            self._aside += 1
        elif space.endswith(":text:1.0") and not self._aside:
            if local == "p":
                self._text += "\n" if self._paragraphs else ""
                self._paragraphs += 1
            self._text.append({"tab": "\t", "line-break": "\n", "s": " " * _number(own.get("c"))}.get(local, ""))

    def _written(self, text: str) -> None:
        if self._depth == 1 and self._paragraphs and not self._aside:
            self._text.append(text)

    def _ended(self, name: str) -> None:
        space, _, local = name.rpartition(" ")
        if local == "table" and space.endswith(":table:1.0"):
            self._depth -= bool(self._depth)
        elif self._depth != 1:
            return
        elif local == "annotation":
            self._aside -= 1
        elif local in ("table-cell", "covered-table-cell"):
            width = _number(self._cell.get("number-columns-repeated"))
            value = self._value()
            if value is not None:
                self._found.append((self._column, width, value))
            self._column += width
        elif local == "table-row":
            self._keep()
            self._row += self._rows

    def _value(self) -> Any:
        """The value that calamine would get wrong, or None."""
        kind, text = self._cell.get("value-type"), "".join(self._text)
        if kind == "error" or ("formula" in self._cell and _ERROR.fullmatch(text)):
            return Broken(text or "#N/A")
        if "formula" in self._cell and kind is None:
            return Broken("")
        if kind in ("float", "currency", "percentage") and _MANY_DIGITS.fullmatch(self._cell.get("value", "")):
            return int(self._cell["value"].partition(".")[0])
        if kind == "time":
            return _Time(self._cell.get("time-value", ""))
        if kind == "string" and "string-value" not in self._cell and ("\t" in text or "\n" in text):
            return text
        return None

    def _keep(self) -> None:
        if self._rows * sum(width for _, width, _ in self._found) > _MOST_REPEATED:
            raise TooSparse("it repeats cells too often")
        for row in range(self._row, self._row + self._rows if self._found else self._row):
            for first, width, value in self._found:
                for column in range(first, first + width):
                    if isinstance(value, _Time):
                        self._times.setdefault(column, {})[row, column] = str(value)
                    else:
                        self.cells[row, column] = value


class _Time(str):
    """A duration from the file, which may be a time of day."""

    __slots__ = ()


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 1
