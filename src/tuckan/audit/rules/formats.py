"""Whether the format of a resource is what its name, media type and address say."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tuckan.audit.findings import Found
from tuckan.audit.rules import rule
from tuckan.audit.vocabularies import file_type, file_type_of_media_type, media_type
from tuckan.wire.formats import expected, format_of, is_file, same_format, suffix_of_format

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from tuckan.audit.dcat import Described, Distribution
    from tuckan.audit.rules import Context
    from tuckan.links.answers import Link

_ARCHIVES = frozenset("ZIP GZ 7Z TAR TGZ RAR BZ2 XZ ZST".split())
_PAGES = frozenset("HTML HTM PHP ASP ASPX JSP XHTML".split())
_COMMON = {
    "CSV": "text/csv",
    "TSV": "text/tab-separated-values",
    "JSON": "application/json",
    "GEOJSON": "application/geo+json",
    "XML": "application/xml",
    "PDF": "application/pdf",
    "XLS": "application/vnd.ms-excel",
    "XLSX": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ODS": "application/vnd.oasis.opendocument.spreadsheet",
    "ZIP": "application/zip",
    "HTML": "text/html",
    "TXT": "text/plain",
}
_WORDS = {
    "COMMA SEPARATED VALUES": "CSV",
    "COMMA-SEPARATED VALUES": "CSV",
    "EXCEL": "XLSX",
    "MICROSOFT EXCEL": "XLSX",
    "GEO JSON": "GEOJSON",
    "WEB PAGE": "HTML",
    "WEBPAGE": "HTML",
    "TEXT": "TXT",
}


@rule("formats/missing", "warning", "Resources without a format", "Set the format.")
def _missing(dataset: Described, context: Context) -> Iterator[Found]:
    del context
    for one in dataset.distributions:
        if str(one.resource.get("format") or "").strip():
            continue
        by_name = extension(one.resource)
        patch = {"format": by_name} if by_name and by_name not in _PAGES else None
        shown = by_name and f"the name of its file says {by_name}"
        yield Found("The resource has no format.", shown, "format", one.id, patch)


@rule("formats/spelling", "note", "Unusual spellings of formats", "Use the usual word.")
def _spelling(dataset: Described, context: Context) -> Iterator[Found]:
    del context
    for one in dataset.distributions:
        value = str(one.resource.get("format") or "").strip()
        if value and (usual := usual_word(value)) and usual != value:
            yield Found(f"The format {value!r} is usually written {usual}.", value, "format", one.id, {"format": usual})


@rule("formats/unknown", "note", "Unknown formats", "Use a word that is known, such as CSV.")
def _unknown(dataset: Described, context: Context) -> Iterator[Found]:
    del context
    for one in dataset.distributions:
        value = str(one.resource.get("format") or "").strip()
        if (
            value
            and not file_type(value)
            and not media_type(value)
            and not usual_word(value)
            and not suffix_of_format(value)
        ):
            yield Found(f"{value[:60]!r} is not a known format.", value[:120], "format", one.id)


@rule("formats/contradicts-name", "warning", "Formats that the name of the file contradicts", "Correct the format.")
def _contradicts_name(dataset: Described, context: Context) -> Iterator[Found]:
    del context
    for one in dataset.distributions:
        value, by_name = str(one.resource.get("format") or "").strip(), extension(one.resource)
        told = usual_word(value) or value.upper()
        if not value or not by_name or by_name in _ARCHIVES or by_name in _PAGES or not suffix_of_format(told):
            continue
        if not same_format(told, by_name) and file_type(told) != file_type(by_name) and not _within(told, by_name):
            yield Found(f"The format is {value}, and the file is called .{by_name.lower()}.", by_name, "format", one.id)


@rule("formats/contradicts-mimetype", "warning", "Media types that contradict the format", "Correct the media type.")
def _contradicts_mimetype(dataset: Described, context: Context) -> Iterator[Found]:
    del context
    for one in dataset.distributions:
        value, mimetype = (str(one.resource.get(name) or "").strip() for name in ("format", "mimetype"))
        format_code, media_code = file_type(usual_word(value) or value), file_type_of_media_type(mimetype)
        if not format_code or not media_code or format_code == media_code or _within(format_code, media_code):
            continue
        right = _COMMON.get(format_code)
        by_name = extension(one.resource)
        patch = {"mimetype": right} if right and by_name and file_type(by_name) == format_code else None
        yield Found(f"The format is {value}, and the media type {mimetype}.", mimetype, "mimetype", one.id, patch)


@rule("formats/mimetype-invalid", "note", "Unregistered media types", "Use a registered media type.")
def _mimetype_invalid(dataset: Described, context: Context) -> Iterator[Found]:
    del context
    for one in dataset.distributions:
        value = str(one.resource.get("mimetype") or "").strip()
        if not value or media_type(value):
            continue
        right = _COMMON.get(file_type(value.rpartition("/")[2].removeprefix("x-")) or usual_word(value))
        patch = {"mimetype": right} if right else None
        yield Found(f"{value[:60]!r} is not a media type registered with IANA.", value[:120], "mimetype", one.id, patch)


_CONTENTS = {
    "a PDF document": "pdf ai",
    "a PNG image": "png",
    "a JPEG image": "jpg jpeg",
    "a GIF image": "gif",
    "a TIFF image": "tif tiff geotiff ecw",
    "an Excel workbook": "xlsx xlsm xlsb excel xls zip",
    "an old Office file": "xls doc ppt excel mdb",
    "a Word document": "docx doc zip",
    "a PowerPoint presentation": "pptx ppt zip",
    "an OpenDocument spreadsheet": "ods zip",
    "an OpenDocument text": "odt zip",
    "a Parquet file": "parquet",
    "an Arrow file": "arrow feather",
    "an SQLite database": "sqlite sqlite3 gpkg qgz db",
    "a GeoPackage": "gpkg sqlite",
    "a 7z archive": "7z",
    "a RAR archive": "rar",
    "JSON": "json geojson topojson jsonld json-ld jsonl ndjson ipynb har txt",
    "an XML file": "xml gml kml rss rdf owl svg xsd gpx xbrl html htm xhtml qgz csl dxf px",
    "an XML file with geographic data": "xml gml kml gpx",
}
"""What files are by their first bytes, with the formats that these may have."""

_PACKED = frozenset("a ZIP archive|a gzip file|a tar archive".split("|"))
_WITH_SIGNATURE = frozenset(
    "pdf png gif jpg jpeg tif tiff xlsx ods docx pptx odt zip gz 7z rar parquet gpkg sqlite".split()
)
_SAYS_NOTHING = frozenset(
    "application/octet-stream binary/octet-stream application/force-download application/download application/x-download"
    " application/unknown text/plain application/xml text/xml text/html application/zip application/gzip".split()
)


@rule("formats/contradicts-content", "warning", "Formats that the file itself contradicts", "Correct the format.")
def _contradicts_content(dataset: Described, context: Context) -> Iterator[Found]:
    for one, link, wanted in _looked_into(dataset, context):
        what, there = link.contents, str(one.resource.get("format") or one.resource.get("mimetype") or wanted)
        if what == "text":
            wrong = wanted in _WITH_SIGNATURE
        elif what in _PACKED:
            wrong = wanted in _WITH_SIGNATURE - {"zip", "gz", "xlsx", "ods", "docx", "pptx", "odt"}
        else:
            wrong = what in _CONTENTS and wanted not in _CONTENTS[what].split()
        if wrong:
            yield Found(f"The format is {there}, and the file is {what}.", what, "format", one.id)


@rule(
    "formats/contradicts-content-type",
    "note",
    "Formats that the server contradicts",
    "Correct the format, or the server's Content-Type.",
)
def _contradicts_content_type(dataset: Described, context: Context) -> Iterator[Found]:
    for one, link, wanted in _looked_into(dataset, context):
        told = link.content_type
        code, ours = file_type_of_media_type(told), file_type(usual_word(wanted) or wanted)
        if told and told not in _SAYS_NOTHING and code and ours and code != ours and not _within(code, ours):
            yield Found(f"The format is {wanted.upper()}, and the server sends {told}.", told, "format", one.id)


def _looked_into(dataset: Described, context: Context) -> Iterator[tuple[Distribution, Link, str]]:
    """The resources whose files were looked into, each with what is known of the link, and the format that it should have."""
    if not context.links:
        return
    for one in dataset.distributions:
        link = context.known_links.get(str(one.resource.get("url") or "").strip())
        if link is not None and link.verdict == "works" and is_file(one.resource):
            yield one, link, expected(one.resource)


def extension(resource: Mapping[str, Any]) -> str:
    """The format that the address of a resource ends in; empty if it ends in none.

    Args:
        resource: the resource.

    Example:
        >>> extension({"url": "https://example.org/rain.csv?year=2024"}), extension({"url": "https://example.org/rain"})
        ('CSV', '')
    """
    try:
        return format_of(urlsplit(str(resource.get("url") or "").strip()).path.rpartition("/")[2])
    except ValueError:
        return ""


@lru_cache(4096)
def usual_word(value: str) -> str:
    """The usual word for a format that is written otherwise; the word itself if it is usual, empty if it is not known.

    Args:
        value: the format.

    Example:
        >>> usual_word("csv"), usual_word(".csv"), usual_word("text/csv"), usual_word("GeoJSON"), usual_word("punched cards")
        ('CSV', 'CSV', 'CSV', 'GeoJSON', '')
    """
    word = value.strip().lstrip(".").strip()
    if "/" in word and not word.startswith("http"):
        code = file_type_of_media_type(word)
        return code if code in _COMMON else ""
    upper = word.upper()
    if upper in _WORDS:
        return _WORDS[upper]
    if upper == "GEOJSON":
        return "GeoJSON"
    return upper if upper in _COMMON or suffix_of_format(upper) == f".{word.lower()}" else ""


def _within(one: str, other: str) -> bool:
    """Whether one format is a kind of the other, so that they contradict each other no more than CSV and text."""
    kinds = {one.upper(), other.upper()}
    general = {
        "TXT": {"CSV", "TSV", "TAB", "JSON", "XML", "MD"},
        "XML": {"GML", "KML", "RSS", "ATOM", "RDF_XML", "RDF", "SVG", "XSD", "GPX"},
        "JSON": {"GEOJSON", "JSON_LD", "JSONLD", "TOPOJSON", "JSON-LD", "JSONL", "NDJSON"},
        "ZIP": {"SHP", "GTFS", "KMZ", "CSV", "GDB", "DOCX", "XLSX", "ODS", "ODT", "GML", "XML", "JSON", "TIFF"},
        "GZIP": {"CSV", "TSV", "JSON", "XML", "TAR"},
        "OCTET": {"CSV", "XLS", "XLSX", "ZIP", "PDF", "SHP"},
    }
    return any(name in kinds and kinds - {name} <= inside | {name} for name, inside in general.items())
