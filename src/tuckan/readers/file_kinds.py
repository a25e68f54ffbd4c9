"""Identifying files that are not tables, by their first bytes, with a hint for each kind."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from tuckan.errors import Hint, InvalidArgument

if TYPE_CHECKING:
    import io
    from collections.abc import Collection

LOOKED_AT = 1 << 10
_EXPORT = "Export the table as CSV or .xlsx from the program that made the file."
_EXTRACT = "Extract it, and push the file that has the table."
_CONVERT_GEO = "Convert it to GeoJSON, for example with ogr2ogr."
_HINTS = {
    "PDF": "Ask for the data behind the document, or extract its tables with a tool made for it.",
    "image": "Ask for the data behind the picture.",
    "archive": _EXTRACT,
    "compressed": "Decompress it first.",
    "database": "Export the table that you want as CSV.",
    "pointer": "Fetch the file itself with `git lfs pull`.",
    "geographic": _CONVERT_GEO,
    "page": "A web or login page may have been saved instead of the file: download it again. If a program wrote its"
    " table as HTML, open it in a spreadsheet program and save it as .xlsx or CSV.",
    "other": _EXPORT,
    "python": "Load it in Python, and push the DataFrame.",
}
_BEGINNINGS: tuple[tuple[int, bytes, str, str], ...] = (
    (0, b"%PDF-", "a PDF document", "PDF"),
    (0, b"\x89PNG", "a PNG image", "image"),
    (0, b"\xff\xd8\xff", "a JPEG image", "image"),
    (0, b"GIF8", "a GIF image", "image"),
    (0, b"II*\0", "a TIFF image", "image"),
    (0, b"MM\0*", "a TIFF image", "image"),
    (8, b"WEBP", "a WebP image", "image"),
    (8, b"WAVE", "an audio file", "other"),
    (4, b"ftyp", "a video", "other"),
    (0, b"ID3", "an audio file", "other"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive", "archive"),
    (0, b"Rar!", "a RAR archive", "archive"),
    (0, b"MSCF", "a CAB archive", "archive"),
    (257, b"ustar", "a tar archive", "archive"),
    (0, b"PK\5\6", "an empty ZIP archive", "archive"),
    (0, b"\x1f\x8b", "a gzip file inside another compressed file", "compressed"),
    (0, b"\x1f\x9d", "a file made by compress (.Z)", "compressed"),
    (0, b"\x04\x22\x4d\x18", "an LZ4 file", "compressed"),
    (68, b"GPKG", "a GeoPackage", "geographic"),
    (0, b"SQLite format 3\0", "an SQLite database", "database"),
    (8, b"DUCK", "a DuckDB database", "database"),
    (4, b"Standard Jet DB", "an Access database", "database"),
    (4, b"Standard ACE DB", "an Access database", "database"),
    (0, b"\0\0\x27\x0a", "a part of a shapefile", "geographic"),
    (0, b"PAR1", "a Parquet file", "columnar"),
    (0, b"PARE", "an encrypted Parquet file", "python"),
    (0, b"ARROW1", "an Arrow file", "columnar"),
    (0, b"FEA1", "a Feather file of version 1", "python"),
    (0, b"Obj\1", "an Avro file", "python"),
    (0, b"ORC", "an ORC file", "python"),
    (0, b"\x89HDF", "an HDF5 or NetCDF file", "python"),
    (0, b"CDF\1", "a NetCDF file", "python"),
    (0, b"CDF\2", "a NetCDF file", "python"),
    (0, b"\x93NUMPY", "a NumPy array", "python"),
    (0, b"$FL2", "an SPSS file", "python"),
    (0, b"$FL3", "an SPSS file", "python"),
    (0, b"<stata_dta>", "a Stata file", "python"),
    (12, b"\xc2\xea\x81\x60\xb3\x14\x11\xcf\xbd\x92\x08\x00", "a SAS file", "python"),
    (0, b"RDX", "an R data file", "python"),
    (0, b"\x80\4\x95", "a Python pickle", "python"),
    (0, b"\x80\5\x95", "a Python pickle", "python"),
    (0, b"\x7fELF", "a program", "other"),
    (0, b"MZ\x90\0", "a program", "other"),
    (0, b"{\\rtf", "an RTF document", "other"),
    (0, b"version https://git-lfs.github.com/spec/", "a Git LFS pointer", "pointer"),
)
"""Offset, signature, kind of file, and hint. An archive's contents come before the archive."""

_HTML = re.compile(rb"\s*(<!doctype html|<html|<head|<body|<meta|<table)", re.IGNORECASE)
_XML = re.compile(rb"\s*(<\?xml|<!--|<[a-z][\w:.-]*(\s[^<>]*)?(/>\s*\Z|>[^<,;\t|\n]*<|>\s*\n\s*<))", re.IGNORECASE)
_GEOGRAPHIC = re.compile(rb"<(\w+:)?(kml|gpx|gml|FeatureCollection|wfs)\b", re.IGNORECASE)

_INSIDE_ZIP = {
    "word/": "a Word document",
    "ppt/": "a PowerPoint presentation",
    "index/document.iwa": "an Apple Numbers, Pages or Keynote document",
    "index/": "an Apple Numbers, Pages or Keynote document",
    "visio/": "a Visio drawing",
}
_MIMETYPES = {
    b"application/vnd.oasis.opendocument.text": "an OpenDocument text",
    b"application/vnd.oasis.opendocument.presentation": "an OpenDocument presentation",
    b"application/vnd.oasis.opendocument.graphics": "an OpenDocument drawing",
    b"application/epub+zip": "an e-book",
}
_STREAMS = {
    "worddocument": "a Word document",
    "powerpoint document": "a PowerPoint presentation",
    "__properties_version1.0": "an Outlook message",
    "visiodocument": "a Visio drawing",
}


def kind_of(start: bytes) -> tuple[str, str]:
    """The kind of a file, and its hint; empty if it may be text.

    Args:
        start: its first bytes.

    Example:
        >>> kind_of(b"%PDF-1.7")[0], kind_of(b"a,b")[0]
        ('a PDF document', '')
    """
    text = start.removeprefix(codecs.BOM_UTF8)
    if _HTML.match(text):
        return "a web page (HTML)", "page"
    for at, magic, what, hint in _BEGINNINGS:
        if start.startswith(magic, at):
            return what, hint
    if start[:2] == b"BM" and start[6:10] == bytes(4):
        return "a BMP image", "image"
    if start[:1] in (b"\3", b"\x83") and start[2:4] > b"\0" and start[2] <= 12 and 0 < start[3] <= 31:
        return "a dBASE file", "python"
    if _XML.match(text):
        return (
            ("an XML file with geographic data", "geographic") if _GEOGRAPHIC.search(text) else ("an XML file", "other")
        )
    return "", ""


def refuse_other_files(reader: io.BufferedReader, named: str, encoding: str | None, guessed: str) -> None:
    """Refuse what is not text, whatever its name says.

    Args:
        reader: its bytes, uncompressed.
        named: its name, for messages.
        encoding: its encoding, if given.
        guessed: its detected encoding.

    Raises:
        InvalidArgument: when it is a web page, a document, an image, an archive, or a file of columns under another name.
    """
    start = reader.peek(LOOKED_AT)[:LOOKED_AT]
    what, hint = kind_of(start)
    if hint == "columnar":
        raise InvalidArgument(
            f"{named} is {what} under another name.", hint="Rename it, so that it ends with .parquet or .arrow."
        )
    if what:
        raise InvalidArgument(f"{named} is {what}, not a table.", hint=_HINTS[hint])
    if encoding is None and _has_nuls(start, guessed):
        raise InvalidArgument(
            f"{named} is not text: it contains NUL bytes.",
            hint=_EXPORT
            + " If it is UTF-16 or UTF-32 without a byte order mark, pass "
            + Hint("encoding='utf-16-le'.", "--encoding utf-16-le."),
        )


def refuse_under_a_wrong_name(start: bytes, named: str, wanted: str) -> None:
    """Refuse a file with the extension of a columnar format but other content.

    Args:
        start: its first bytes.
        named: its name, for messages.
        wanted: the format of its extension: `parquet`, `ipc` or `duckdb`.

    Raises:
        InvalidArgument: when it is another known format, or text.
    """
    own = {"parquet": b"PAR1", "ipc": b"ARROW1"}.get(wanted, b"")
    if not start or (own and start.startswith(own)) or (wanted == "duckdb" and start[8:12] == b"DUCK"):
        return
    what, hint = kind_of(start)
    if start.startswith((b"PK\3\4", b"\x1f\x8b")):
        what, hint = "a ZIP or gzip file", "columnar"
    elif not what and wanted != "ipc" and start.isascii() and b"\0" not in start:
        raise InvalidArgument(
            f"{named} is text, not {_a(wanted)}.", hint="Rename it, so that it ends with .csv, .json or .jsonl."
        )
    if what:
        advice = "Rename it, so that its name says so." if hint in ("columnar", "database") else _HINTS[hint]
        raise InvalidArgument(f"{named} is {what}, not {_a(wanted)}.", hint=advice)


def _a(wanted: str) -> str:
    return {"parquet": "a Parquet file", "ipc": "an Arrow file"}.get(wanted, "a DuckDB database")


def _has_nuls(start: bytes, guessed: str) -> bool:
    if guessed == "utf-8":
        return start.count(0) * 20 > len(start)
    return guessed in ("utf-16-le", "utf-16-be") and "\0" in start[: len(start) & ~1].decode(guessed, "replace")


def document_in_zip(names: Collection[str], mimetype: bytes) -> str:
    """The kind of a ZIP archive that is a document other than a spreadsheet; otherwise empty.

    Args:
        names: the names in it, in small letters.
        mimetype: the content of its file `mimetype`.
    """
    if what := next((what for kind, what in _MIMETYPES.items() if mimetype.strip().startswith(kind)), ""):
        return what
    return next((what for start, what in _INSIDE_ZIP.items() if any(name.startswith(start) for name in names)), "")


def document_in_ole(streams: Collection[str]) -> str:
    """The kind of an old Office file without a workbook.

    Args:
        streams: the names in it, in small letters.
    """
    return next((what for name, what in _STREAMS.items() if name in streams), "a compound file without a workbook")


def refused_archive(names: list[str], named: str, counted: str) -> InvalidArgument:
    """The error for a ZIP archive that is not one table.

    Args:
        names: the names of the files in it.
        named: its own name.
        counted: how many files it has, as text.
    """
    lower = [name.lower() for name in names]
    if what := document_in_zip(lower, b""):
        return InvalidArgument(f"{named} is {what}, not a table.", hint=_EXPORT)
    if any(name.endswith(".shp") for name in lower):
        return InvalidArgument(f"{named} is a shapefile in a ZIP archive, not a table.", hint=_CONVERT_GEO)
    if any(name.endswith(".gdbtable") for name in lower):
        return InvalidArgument(f"{named} is an Esri file geodatabase, not a table.", hint=_CONVERT_GEO)
    return InvalidArgument(
        f"{named} is a ZIP archive with {counted}, and a table is one file.",
        hint=f"Extract the one that you want: {', '.join(map(repr, names[:5]))}." if names else "It is empty.",
    )
