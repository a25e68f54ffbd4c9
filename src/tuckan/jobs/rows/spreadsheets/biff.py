"""What calamine loses of Excel's binary formats, xls and xlsb: the errors in cells, which it gives as empty."""

from __future__ import annotations

from struct import unpack_from
from typing import TYPE_CHECKING, Any

from tuckan.jobs.rows.spreadsheets import xlsx
from tuckan.jobs.rows.spreadsheets.findings import ERRORS, Broken, Cell, Extent, Findings

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Iterator

_SHEET_OF_XLSB, _ROW, _BLANK, _ERROR, _FORMULA_WITH_ERROR, _LAST_CELL = 156, 0, 1, 3, 11, 11
_SHEET_OF_XLS, _ERROR_OR_TRUTH, _FORMULA, _BEGIN, _END = 0x85, 0x205, 0x06, 0x809, 0x0A
_END_OF_CHAIN = 0xFFFFFFFA


def look_into_xlsb(archive: zipfile.ZipFile, title: str) -> Findings:
    """The errors in the cells of a sheet.

    Args:
        archive: the workbook.
        title: the sheet's title.

    Raises:
        TooSparse: when its values are too far from each other.
        KeyError: when it has no such sheet.
        struct.error: when it is cut.
    """
    names = {name.lower().replace("\\", "/").lstrip("/"): name for name in archive.namelist()}
    book = xlsx.workbook_of(archive, names, "xl/workbook.bin")
    relation = _sheets(archive.read(names[book]))[title]
    data = archive.read(names[xlsx.target_of(archive, names, book, relation)])
    cells: dict[Cell, Any] = {}
    extent = Extent()
    row = 0
    for kind, at in _records(data):
        if kind == _ROW:
            (row,) = unpack_from("<I", data, at)
        elif _BLANK < kind <= _LAST_CELL:
            (column,) = unpack_from("<I", data, at)
            extent.add(row, column)
            if kind in (_ERROR, _FORMULA_WITH_ERROR):
                cells[row, column] = Broken(ERRORS.get(data[at + 8], "#N/A"))
    extent.check()
    return Findings(cells)


def _sheets(book: bytes) -> dict[str, str]:
    """The sheets' titles, each with the relation that leads to it."""
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


def _records(data: bytes) -> Iterator[tuple[int, int]]:
    """The kind of each record of xlsb, and where its data begins; both numbers before it have 7 bits in a byte."""
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
        yield kind, at
        at += size


def look_into_xls(data: bytes, number: int) -> Findings:
    """The errors in the cells of a sheet.

    Args:
        data: the workbook.
        number: the sheet's number, from 0.

    Raises:
        IndexError: when it has no such sheet.
        struct.error: when it is cut.
        KeyError: when it is no workbook.
    """
    stream = _workbook_of(data)
    cells: dict[Cell, Any] = {}
    depth = 0
    for kind, at in _old_records(stream, _old_sheets(stream)[number]):
        depth += (kind == _BEGIN) - (kind == _END)
        if kind == _ERROR_OR_TRUTH and stream[at + 7]:
            cells[unpack_from("<HH", stream, at)] = Broken(ERRORS.get(stream[at + 6], "#N/A"))
        elif kind == _FORMULA and stream[at + 6] == 2 and stream[at + 12 : at + 14] == b"\xff\xff":
            cells[unpack_from("<HH", stream, at)] = Broken(ERRORS.get(stream[at + 8], "#N/A"))
        if depth <= 0:
            break
    return Findings(cells)


def _old_sheets(stream: bytes) -> list[int]:
    """Where each sheet begins."""
    found: list[int] = []
    for kind, at in _old_records(stream, 0):
        if kind == _SHEET_OF_XLS:
            found += unpack_from("<I", stream, at)
        elif kind == _END:
            break
    return found


def _old_records(stream: bytes, at: int) -> Iterator[tuple[int, int]]:
    while at + 4 <= len(stream):
        kind, size = unpack_from("<HH", stream, at)
        yield kind, at + 4
        at += 4 + size


def _workbook_of(data: bytes) -> bytes:
    """The stream `Workbook` of a compound file: sectors in chains, as a file system has them."""
    (shift, small_shift) = unpack_from("<HH", data, 30)
    (first, cutoff, first_small) = unpack_from("<I4xII", data, 48)
    size = 1 << shift

    def sector(number: int) -> bytes:
        return data[size * (number + 1) : size * (number + 2)]

    def chain(number: int, table: list[int]) -> Iterator[int]:
        for _ in range(len(table)):
            if number >= _END_OF_CHAIN:
                return
            yield number
            number = table[number]

    def numbers(blocks: Iterator[int] | list[int]) -> list[int]:
        joined = b"".join(map(sector, blocks))
        return list(unpack_from(f"<{len(joined) // 4}I", joined))

    heads = [one for one in unpack_from("<109I", data, 76) if one < _END_OF_CHAIN]
    (more,) = unpack_from("<I", data, 68)
    for _ in range(len(data) // size):
        if more >= _END_OF_CHAIN:
            break
        *others, more = numbers([more])
        heads += [one for one in others if one < _END_OF_CHAIN]
    table = numbers(heads)
    folder = b"".join(map(sector, chain(first, table)))
    entries: dict[str, tuple[int, int]] = {}
    for at in range(0, len(folder) - 127, 128):
        (length,) = unpack_from("<H", folder, at + 64)
        name = folder[at : at + max(length - 2, 0)].decode("utf-16-le", "replace").lower()
        entries.setdefault(name, unpack_from("<II", folder, at + 116))
    start, length = entries.get("workbook") or entries["book"]
    if length >= cutoff:
        return b"".join(map(sector, chain(start, table)))[:length]
    small = b"".join(map(sector, chain(entries["root entry"][0], table)))
    width = 1 << small_shift
    pieces = chain(start, numbers(chain(first_small, table)))
    return b"".join(small[width * one : width * (one + 1)] for one in pieces)[:length]
