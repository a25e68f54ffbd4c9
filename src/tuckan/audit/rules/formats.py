"""Whether the format of a resource is what its name, media type and address say."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tuckan.audit.findings import Found
from tuckan.audit.rules import rule
from tuckan.audit.vocabularies import file_type, file_type_of_media_type, media_type
from tuckan.wire.formats import format_of, same_format, suffix_of_format

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from tuckan.audit.dcat import Described
    from tuckan.audit.rules import Context

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
