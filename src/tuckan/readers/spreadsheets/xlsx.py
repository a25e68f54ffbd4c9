"""What calamine loses of xlsx: errors, formulas without a value, whole numbers of many digits, and the date 1900-02-29.

Nearly all sheets have none of these, which a few searches tell in a fraction of the time that reading takes. Only
where one is found, or the XML is written in an unusual way, is the sheet parsed.
"""

from __future__ import annotations

import posixpath
import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from tuckan.readers.spreadsheets.findings import MOST_CELLS, Broken, Cell, Extent, Findings

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Callable

_REFERENCES = re.compile(rb' r="([A-Z]+)\d')
_HIGH_ROWS = re.compile(rb' r="[A-Z]+(\d{6,})')
_ROWS_OTHERWISE = 99_999
_MANY = re.compile(rb"<v>\s*[-+]?\d{16}")
_EMPTY_FORMULA = re.compile(rb"</f>\s*(?:</c>|<v\s*/>|<v>\s*</v>)|<f[^<>]*/>\s*(?:</c>|<v\s*/>|<v>\s*</v>)")
_CALCULATED = re.compile(rb"(?:</f>|<f[^<>]*/>)\s*<v>(?!0</v>)")
_NEGATIVE = re.compile(rb"<v>\s*-")
_MANY_DIGITS = re.compile(r"\s*[-+]?\d{16,}(?:\.0*)?\s*")
_NEVER_CALCULATED = re.compile(rb"</f>\s*<v>0</v>")
_CELL = re.compile(r"([A-Z]{1,3})(\d{1,7})")


def look(archive: zipfile.ZipFile, title: str) -> Findings:
    """The cells of a sheet that calamine would get wrong.

    Args:
        archive: the workbook.
        title: the sheet's title.

    Raises:
        TooSparse: when its values are too far apart.
        KeyError: when it has no such sheet.
        ExpatError: when its XML is broken.
    """
    part, recalculated = _part_of(archive, title)
    xml = archive.read(part)
    # Programs that do not calculate write 0 for each formula, and ask that it be done when the workbook is opened.
    never = recalculated and b"<f" in xml and not _CALCULATED.search(xml)
    if not never and _is_plain(xml) and not _is_suspect(xml):
        return Findings({}, lambda: _Sheet(never=False).parsed(xml).serials, negative=bool(_NEGATIVE.search(xml)))
    sheet = _Sheet(never=never).parsed(xml)
    sheet.extent.check()
    return Findings(sheet.cells, lambda: sheet.serials, negative=True)


def _is_plain(xml: bytes) -> bool:
    """Whether its cells are written as usual programs do, and small enough whatever is in them."""
    cells = xml[xml.find(b"<sheetData") :]
    columns = _REFERENCES.findall(cells)
    if b"='" in cells or len(columns) != cells.count(b"<c") - xml.count(b"<c", max(xml.rfind(b"</sheetData>"), 0)):
        return False
    rows = max(map(int, set(_HIGH_ROWS.findall(cells))), default=_ROWS_OTHERWISE)
    return rows * (max(map(_column, {one.decode() for one in set(columns)}), default=0) + 1) <= MOST_CELLS


def _is_suspect(xml: bytes) -> bool:
    formulas = b"<f" in xml and _EMPTY_FORMULA.search(xml)
    return bool(formulas) or b't="e"' in xml or _MANY.search(xml) is not None


def _column(letters: str) -> int:
    number = 0
    for letter in letters[:6]:
        number = number * 26 + ord(letter) - 64
    return number - 1


@dataclass(slots=True)
class _Sheet:
    """A sheet's XML, parsed for what calamine loses."""

    never: bool
    cells: dict[Cell, Any] = field(default_factory=dict[Cell, Any])
    serials: dict[Cell, float] = field(default_factory=dict[Cell, float])
    extent: Extent = field(default_factory=Extent)
    _row: int = -1
    _column: int = -1
    _kind: str = ""
    _formula: bool = False
    _valued: bool = False
    _text: list[str] | None = None
    _value: str = ""

    def parsed(self, xml: bytes) -> _Sheet:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._begun
        parser.EndElementHandler = self._ended
        parser.CharacterDataHandler = self._written
        parser.Parse(xml, True)
        return self

    def _begun(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        if name == "c":
            found = _CELL.fullmatch(attributes.get("r", ""))
            if found:
                self._row, self._column = int(found[2]) - 1, _column(found[1])
            else:
                self._column += 1
            self._kind, self._formula, self._valued, self._value = attributes.get("t", "n"), False, False, ""
        elif name == "row":
            number = attributes.get("r", "")
            self._row = int(number) - 1 if number.isdecimal() else self._row + 1
            self._column = -1
        elif name == "f":
            self._formula = True
        elif name in ("v", "is"):
            self._valued = True
            self._text = [] if name == "v" else None

    def _written(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def _ended(self, name: str) -> None:
        name = name.rpartition(":")[2]
        if name == "v":
            self._value, self._text = "".join(self._text or ()), None
        elif name == "c":
            self._judge((self._row, self._column))

    def _judge(self, cell: Cell) -> None:
        value = self._value.strip()
        if self._valued:
            self.extent.add(*cell)
        if self._kind == "e":
            self.cells[cell] = Broken(value or "#N/A")
        elif self._formula and (not self._valued or (not value and self._kind != "str") or self.never):
            self.cells[cell] = Broken("")
        elif self._kind == "n" and value:
            if _MANY_DIGITS.fullmatch(value):
                self.cells[cell] = int(value.partition(".")[0])
            with suppress(ValueError):
                number = float(value)
                if number < 0 or 60 <= number < 61:
                    self.serials[cell] = number


# -- where a sheet is --


def _part_of(archive: zipfile.ZipFile, title: str) -> tuple[str, bool]:
    """The part that holds a sheet, and whether the workbook is to be calculated when it is opened."""
    names = {name.lower().replace("\\", "/").lstrip("/"): name for name in archive.namelist()}
    book = workbook_of(archive, names, "xl/workbook.xml")
    found: dict[str, str] = {}
    recalculated = False

    def begun(name: str, attributes: dict[str, str]) -> None:
        nonlocal recalculated
        name = name.rpartition(":")[2]
        if name == "sheet":
            relation = next((value for key, value in attributes.items() if key.rpartition(":")[2] == "id"), "")
            found.setdefault(attributes.get("name", ""), relation)
        elif name == "calcPr":
            recalculated = attributes.get("fullCalcOnLoad") in ("1", "true")

    parse(archive.read(names[book]), begun)
    return names[target_of(archive, names, book, found[title])], recalculated


def workbook_of(archive: zipfile.ZipFile, names: dict[str, str], usual: str) -> str:
    """The part that names a workbook's sheets."""
    with suppress(KeyError):
        targets = _relations(archive, names, "")
        for target, kind in targets.values():
            if kind.endswith("/officeDocument") and target.lower() in names:
                return target.lower()
    return usual


def target_of(archive: zipfile.ZipFile, names: dict[str, str], part: str, relation: str) -> str:
    """The part that another refers to."""
    return _relations(archive, names, part)[relation][0].lower()


def _relations(archive: zipfile.ZipFile, names: dict[str, str], part: str) -> dict[str, tuple[str, str]]:
    folder, _, name = part.rpartition("/")
    found: dict[str, tuple[str, str]] = {}

    def begun(tag: str, attributes: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == "Relationship":
            target = attributes.get("Target", "").replace("\\", "/")
            target = target if target.startswith("/") else posixpath.join("/", folder, target)
            found[attributes.get("Id", "")] = (posixpath.normpath(target).lstrip("/"), attributes.get("Type", ""))

    parse(archive.read(names[posixpath.join(folder, "_rels", f"{name}.rels").lower()]), begun)
    return found


def parse(xml: bytes, begun: Callable[[str, dict[str, str]], None]) -> None:
    """Go through the elements of some XML."""
    parser = expat.ParserCreate()
    parser.StartElementHandler = begun
    parser.Parse(xml, True)
