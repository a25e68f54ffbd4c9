"""File formats: their extensions, and whether an answer can be the requested file.

What decides, in this order: the status; a page or an error object where the resource's format, media type or address says
that its file is something else; and an answer cut short, which the transport notices by its length.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tuckan.wire.flow import Reply

_PAGES = frozenset("html htm xhtml page webpage website php asp aspx jsp".split())
_JSON = frozenset("json geojson topojson jsonld json-ld jsonl ndjson ipynb har".split())
_OTHERS = frozenset(
    """
    7z accdb ai arrow avro bmp bz2 csv csv.gz dbf doc docx dta dwg dxf ecw epub fgb feather gdb gif gml gpkg gpx grib
    grib2 gz h5 hdf5 jp2 jpeg jpg kml kmz las laz log md mdb mp3 mp4 mpeg n3 nc netcdf nq nt odp ods odt owl parquet pbf
    pbix pdf png ppt pptx psv px py qgz r rar rdata rdf rds rss rtf sas7bdat sav shp sql sqlite sqlite3 svg tab tar tgz
    tif tiff toml tsv ttl txt wav webp xbrl xls xlsb xlsm xlsx xml xsd xz yaml yml zip zst
    """.split()
)
FORMATS = _PAGES | _JSON | _OTHERS

# Formats whose name is not their file extension.
_SUFFIXES = {"json-ld": "jsonld", "hdf5": "h5", "netcdf": "nc", "geotiff": "tif", "shapefile": "zip", "excel": "xlsx"}
_WITHOUT_FILE = _PAGES - {"html", "htm", "xhtml"}
_MEDIA_TYPES = {
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
    "text/plain": "txt",
    "text/xml": "xml",
    "text/html": "html",
    "application/xhtml+xml": "html",
    "application/vnd.ms-excel": "xls",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
}

_A_PAGE = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.{0,400}?-->\s*)*<(?:!doctype\s+html|html)[\s>]", re.IGNORECASE | re.DOTALL
)
_AN_ERROR = re.compile(
    rb'\s*\{\s*(?:"help"\s*:\s*"[^"]*"\s*,\s*)?"(?:(?:error|errors|fault)"\s*:|success"\s*:\s*false)', re.IGNORECASE
)
_LOGIN = re.compile(r"/(?:login|log-in|signin|sign-in|sign_in|sso|saml2?|logged_in)/?$", re.IGNORECASE)


def format_of(name: str) -> str:
    """The format implied by a file's name, in capitals as CKAN writes it; empty if there is none.

    Example:
        >>> format_of("rain.2024.csv"), format_of("rain.csv.gz"), format_of("README"), format_of("v1.2024")
        ('CSV', 'CSV', '', '')
    """
    parts = name.lower().split(".")[1:]
    if len(parts) > 1 and parts[-1] in ("gz", "bz2", "xz", "zst") and parts[-2] in FORMATS:
        parts.pop()
    return parts[-1].upper() if parts and parts[-1] in FORMATS else ""


def suffix_of_format(written: str) -> str:
    """The file extension of a format, with its dot; empty if it is not known.

    Example:
        >>> suffix_of_format("GeoJSON"), suffix_of_format("text/csv"), suffix_of_format("Web page")
        ('.geojson', '.csv', '')
    """
    known = _known(written)
    return f".{_SUFFIXES.get(known, known)}" if known and known not in _WITHOUT_FILE else ""


def same_format(written: str, wanted: str) -> bool:
    """Whether two ways of writing a format mean the same.

    Example:
        >>> same_format("text/csv", "CSV"), same_format("Web page", "web page"), same_format("XLS", "XLSX")
        (True, True, False)
    """
    return (_known(written) or written.strip().lower()) == (_known(wanted) or wanted.strip().lower())


ANY = "any"
"""Stands for the format of a file of which only is known that it is no page."""


def expected(resource: Mapping[str, Any]) -> str:
    """The format that a resource's file should have, in lower case; empty if not specified.

    Its `format` takes precedence over its media type, and that over its address.
    """
    url = str(resource.get("url") or "")
    told = (
        str(resource.get("format") or ""),
        str(resource.get("mimetype") or ""),
        format_of(urlsplit(url).path.rpartition("/")[2]),
    )
    return next((known for known in map(_known, told) if known), "")


def is_file(resource: Mapping[str, Any]) -> bool:
    """Whether a resource is said to be a file of data, and neither a page nor a service.

    Example:
        >>> is_file({"format": "CSV"}), is_file({"format": "WMS"}), is_file({"format": "HTML"}), is_file({"url": "https://a.example/1.csv"})
        (True, False, False, True)
    """
    told = str(resource.get("format") or "").strip()
    if told and not _known(told):
        return False
    wanted = expected(resource)
    return bool(wanted) and wanted not in _PAGES


def _known(written: str) -> str:
    """A format as people write it (`CSV`, `.csv`, `text/csv`), normalized; empty if it is not known."""
    text = written.strip().lower().partition(";")[0].strip()
    if text in _MEDIA_TYPES:
        return _MEDIA_TYPES[text]
    text = text.rpartition("/")[2].lstrip(".").replace(" ", "").removeprefix("x-")
    text = {"geo+json": "geojson", "ld+json": "jsonld"}.get(text, text.rpartition("+")[2])
    return text if text in FORMATS or text in _SUFFIXES else ""


def is_login(url: str) -> bool:
    """Whether an address is that of a login.

    Example:
        >>> is_login("https://example.org/user/login?came_from=/x"), is_login("https://example.org/logins.csv")
        (True, False)
    """
    return _LOGIN.search(urlsplit(url).path) is not None


def is_page(reply: Reply) -> bool:
    """Whether an answer is a web page, by its first bytes or its media type.

    Example:
        >>> from tuckan.wire.flow import Reply
        >>> is_page(Reply(200, {"content-type": "text/csv"}, b"<!DOCTYPE html><title>Log in"))
        True
    """
    return _A_PAGE.match(reply.body) is not None or reply.content_type in ("text/html", "application/xhtml+xml")


def why_not(reply: Reply, wanted: str, url: str) -> str:
    """Why a good answer is not the file, in words that follow "what came is"; nothing when it may be.

    Args:
        reply: the answer, its body no more than the first bytes.
        wanted: the format that the file should have, as `expected` gives it.
        url: where the answer came from, after all redirects.

    Example:
        >>> from tuckan.wire.flow import Reply
        >>> page = Reply(200, {"content-type": "text/csv"}, b"<!DOCTYPE html><title>Log in")
        >>> why_not(page, "csv", "https://example.org/x.csv"), why_not(page, "html", "https://example.org/x.html")
        ('a web page, not CSV', '')
    """
    page = is_page(reply)
    if page and is_login(url):
        return "a login page"
    if page and wanted and wanted not in _PAGES:
        return f"a web page, not {wanted.upper()}" if wanted != ANY else "a web page"
    json = reply.opening[:1] == b"{"
    if json and _AN_ERROR.match(reply.body) and (wanted in _JSON or reply.content_type.endswith("json")):
        return "an error message in JSON"
    if json and reply.content_type.endswith("/json") and wanted in _OTHERS:
        return f"JSON, not {wanted.upper()}"
    return ""
