"""Values that calamine loses in Excel's binary formats, xls and xlsb: errors in cells, which it returns as empty.

Most input on which it would panic is detected and refused. The rest, such as styles of a damaged xlsb, where
calamine mistakes the bodies of unknown records for records, is caught by the caller.
"""

from __future__ import annotations

from struct import unpack_from
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from tuckan.readers.file_kinds import document_in_ole
from tuckan.readers.spreadsheets import xlsx
from tuckan.readers.spreadsheets.findings import ERRORS, Broken, Cell, Extent, Findings

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Iterator, Mapping

_SHEET_OF_XLSB, _ROW, _BLANK, _ERROR, _TEXT_BY_NUMBER, _FORMULA_WITH_ERROR, _LAST_CELL = 156, 0, 1, 3, 7, 11, 11
_LEAST_OF_SHEET = {0: 4, 2: 12, 3: 9, 4: 9, 5: 16, 6: 12, 7: 12, 8: 12, 9: 16, 10: 9, 11: 9, 0x94: 16}
_LEAST_OF_OTHERS = {
    "xl/workbook.bin": {0x99: 1, _SHEET_OF_XLSB: 12, 0x16A: 4, 0x27: 13},
    "xl/styles.bin": {0x267: 4, 0x2C: 6, 0x269: 4, 0x2F: 4},
    "xl/sharedstrings.bin": {0x9F: 8, 0x13: 5},
}
"""The minimum length of records that calamine assumes. It panics on shorter ones, and a panic writes to stderr."""

_TEXT_OF_XLSB = 0x13
_PASSWORD = 0x2F
_SHEET_OF_XLS, _ERROR_OR_TRUTH, _FORMULA, _BEGIN, _END = 0x85, 0x205, 0x06, 0x809, 0x0A
_MANY_NUMBERS, _TEXTS, _DIMENSIONS = 0xBD, 0xFC, 0x200
_SIZE_OF_DIMENSIONS, _MOST_ROWS, _MOST_COLUMNS = 14, 1 << 16, 1 << 9
_OLD_VALUES = {_ERROR_OR_TRUTH, _FORMULA, _MANY_NUMBERS, 0x203, 0x204, 0x27E, 0xFD, 0xD6, 0x02, 0x03, 0x04, 0x05}
_END_OF_CHAIN = 0xFFFFFFFA


def look_into_xlsb(archive: zipfile.ZipFile, title: str) -> Findings:
    """The errors in the cells of a sheet.

    Args:
        archive: the workbook.
        title: the sheet's title.

    Raises:
        TooSparse: when its values are too far apart.
        KeyError: when it has no such sheet.
        struct.error: when it is truncated.
    """
    names = {name.lower().replace("\\", "/").lstrip("/"): name for name in archive.namelist()}
    book = xlsx.workbook_of(archive, names, "xl/workbook.bin")
    relation = _sheets(archive.read(names[book]))[title]
    data = archive.read(names[xlsx.target_of(archive, names, book, relation)])
    cells: dict[Cell, Any] = {}
    extent = Extent()
    row = 0
    texts = _texts_of_xlsb(archive, names)
    for kind, at in _records(data, _LEAST_OF_SHEET):
        if kind == _TEXT_BY_NUMBER and unpack_from("<I", data, at + 8)[0] >= texts:
            raise ValueError("a text is missing")
        if kind == _ROW:
            (row,) = unpack_from("<I", data, at)
        elif _BLANK < kind <= _LAST_CELL:
            (column,) = unpack_from("<I", data, at)
            extent.add(row, column)
            if kind in (_ERROR, _FORMULA_WITH_ERROR):
                cells[row, column] = Broken(ERRORS.get(data[at + 8], "#N/A"))
    extent.check()
    return Findings(cells)


def check_xlsb(archive: zipfile.ZipFile) -> None:
    """Check that all sheets exist and no record is truncated, as calamine assumes.

    Raises:
        KeyError: when a sheet is missing.
        struct.error: when the list of sheets is truncated.
        ValueError: when a record is too short.
    """
    names = {name.lower().replace("\\", "/").lstrip("/"): name for name in archive.namelist()}
    book = xlsx.workbook_of(archive, names, "xl/workbook.bin")
    for name, least in _LEAST_OF_OTHERS.items():
        if name in names:
            for _ in _records(archive.read(names[name]), least):
                pass
    for relation in _sheets(archive.read(names[book])).values():
        _ = names[xlsx.target_of(archive, names, book, relation)]


def _sheets(book: bytes) -> dict[str, str]:
    """The titles of the sheets, each with its relationship id."""
    found: dict[str, str] = {}
    for kind, at in _records(book):
        if kind == _SHEET_OF_XLSB:
            relation, after = _wide(book, at + 8)
            title, _ = _wide(book, after)
            found.setdefault(title, relation)
    return found


def _wide(data: bytes, at: int) -> tuple[str, int]:
    (length,) = unpack_from("<I", data, at)
    end = at + 4 + 2 * length
    return data[at + 4 : end].decode("utf-16-le"), end


def _texts_of_xlsb(archive: zipfile.ZipFile, names: dict[str, str]) -> int:
    name = names.get("xl/sharedstrings.bin")
    return sum(kind == _TEXT_OF_XLSB for kind, _ in _records(archive.read(name))) if name else 0


def _records(data: bytes, least: Mapping[int, int] = MappingProxyType({})) -> Iterator[tuple[int, int]]:
    """The type of each xlsb record, and the offset of its data; both numbers before it have 7 bits per byte.

    Args:
        data: the records.
        least: the minimum length of records by type.

    Raises:
        ValueError: when one is shorter.
    """
    at, end = 0, len(data)
    while at < end:
        kind = data[at]
        at += 1
        if kind & 0x80:
            kind = kind & 0x7F | data[at] << 7
            at += 1
        size = shift = 0
        for _ in range(4):
            byte = data[at]
            at += 1
            size |= (byte & 0x7F) << shift
            if not byte & 0x80:
                break
            shift += 7
        if size < least.get(kind, 0):
            raise ValueError("a record is too short")
        yield kind, at
        at += size


def look_into_xls(stream: bytes) -> list[Findings]:
    """The errors in the cells of each sheet; calamine reads all of them when it opens a workbook.

    Args:
        stream: the workbook's stream.

    Raises:
        ValueError: when it claims impossible sizes, for which calamine would allocate memory.
        Locked: when it is encrypted.
        struct.error: when it is truncated.
        TooSparse: when values are too far apart.
    """
    for kind, at in _old_records(stream, 0):
        if kind == _PASSWORD:
            raise Locked
        if kind == _TEXTS and unpack_from("<I", stream, at + 4)[0] > len(stream):
            raise ValueError("it claims to have more texts than possible")
        if kind == _DIMENSIONS and unpack_from("<H", stream, at - 2)[0] == _SIZE_OF_DIMENSIONS:
            first_row, rows, first_column, columns = unpack_from("<IIHH", stream, at)
            if not (first_row <= rows <= _MOST_ROWS and first_column <= columns <= _MOST_COLUMNS):
                raise ValueError("a sheet claims to have more rows than possible")
    return [_look_into_sheet(stream, at) for at in _old_sheets(stream)]


def _look_into_sheet(stream: bytes, begin: int) -> Findings:
    cells: dict[Cell, Any] = {}
    extent = Extent()
    depth = 0
    for kind, at in _old_records(stream, begin):
        depth += (kind == _BEGIN) - (kind == _END)
        if kind in _OLD_VALUES:
            row, column = unpack_from("<HH", stream, at)
            extent.add(row, column)
            if kind == _ERROR_OR_TRUTH and stream[at + 7]:
                cells[row, column] = Broken(ERRORS.get(stream[at + 6], "#N/A"))
            elif kind == _FORMULA and stream[at + 6] == 2 and stream[at + 12 : at + 14] == b"\xff\xff":
                cells[row, column] = Broken(ERRORS.get(stream[at + 8], "#N/A"))
            elif kind == _MANY_NUMBERS:
                (size,) = unpack_from("<H", stream, at - 2)
                extent.add(row, unpack_from("<H", stream, at + size - 2)[0])
        if depth <= 0:
            break
    extent.check()
    return Findings(cells)


def _old_sheets(stream: bytes) -> list[int]:
    """The offset of each sheet."""
    found: list[int] = []
    for kind, at in _old_records(stream, 0):
        if kind == _SHEET_OF_XLS:
            (begin,) = unpack_from("<I", stream, at)
            if begin > len(stream):
                raise ValueError("a sheet starts after the end of the file")
            found.append(begin)
        elif kind == _END:
            break
    return found


def _old_records(stream: bytes, at: int) -> Iterator[tuple[int, int]]:
    while at + 4 <= len(stream):
        kind, size = unpack_from("<HH", stream, at)
        yield kind, at + 4
        at += 4 + size


class Locked(Exception):
    """The workbook is encrypted."""


class OtherDocument(Exception):
    """The compound file is not a workbook, but what the message says."""


def stream_of(data: bytes) -> bytes:
    """The stream `Workbook` of a compound file: sectors in chains, as a file system has them.

    All chains that calamine follows are checked: it would follow an endless one until memory runs out.

    Raises:
        OtherDocument: when it has none.
        ValueError: when a chain is endless.
        Locked: when the stream is encrypted.
        struct.error: when it is truncated.
    """
    (shift, small_shift) = unpack_from("<HH", data, 30)
    (first, cutoff, first_small) = unpack_from("<I4xII", data, 48)
    if shift not in (9, 12) or small_shift != 6:
        raise ValueError("its sectors have an unusual size")
    size = 1 << shift

    def sector(number: int) -> bytes:
        if size * (number + 1) >= len(data):
            raise ValueError("a sector is missing")
        return data[size * (number + 1) : size * (number + 2)]

    def joined(number: int, table: list[int]) -> bytes:
        return b"".join(map(sector, _chain(number, table)))

    def numbers(block: bytes) -> list[int]:
        return list(unpack_from(f"<{len(block) // 4}I", block))

    heads = list(unpack_from("<109I", data, 76))
    (more,) = unpack_from("<I", data, 68)
    for _ in range(len(data) // size):
        if more >= _END_OF_CHAIN:
            break
        *others, more = numbers(sector(more))
        heads += others
    table = numbers(b"".join(sector(one) for one in heads if one < _END_OF_CHAIN))
    folder = joined(first, table)
    if len(folder) % 128:
        raise ValueError("its directory is truncated")
    entries: dict[str, tuple[int, int]] = {}
    for at in range(0, len(folder), 128):
        (length,) = unpack_from("<H", folder, at + 64)
        if length > 64:
            raise ValueError("a name in it is too long")
        name = folder[at : at + max(length - 2, 0)].decode("utf-16-le", "replace").lower()
        entries.setdefault(name, unpack_from("<II", folder, at + 116))
    if "encryptedpackage" in entries:
        raise Locked
    if "workbook" not in entries and "book" not in entries:
        raise OtherDocument(document_in_ole(entries))
    start, length = entries["workbook"] if "workbook" in entries else entries["book"]
    small, small_table = joined(entries["root entry"][0], table), numbers(joined(first_small, table))
    if length >= cutoff:
        return joined(start, table)[:length]
    pieces = _chain(start, small_table)
    return b"".join(small[64 * one : 64 * (one + 1)] for one in pieces)[:length]


def _chain(number: int, table: list[int]) -> Iterator[int]:
    for _ in range(len(table) + 1):
        if number >= _END_OF_CHAIN:
            return
        yield number
        number = table[number] if number < len(table) else _END_OF_CHAIN
    raise ValueError("a chain of its sectors is endless")
