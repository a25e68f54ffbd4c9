"""Controlled vocabularies of the European Union and IANA, as data files with their source and licence."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.resources import files

AUTHORITY = "publications.europa.eu/resource/authority/"
"""Where the authority tables are, without `http://`."""

_MEDIA_TYPES = "www.iana.org/assignments/media-types/"

RDF = frozenset(
    "HDT JSON_LD N3 RDF RDFA RDF_N_QUADS RDF_N_TRIPLES RDF_THRIFT RDF_TRIG RDF_TRIX RDF_TURTLE RDF_XML".split()
)
"""File types that hold RDF."""

_ALSO = {
    "GEO+JSON": "GEOJSON",
    "JSONLD": "JSON_LD",
    "JSON-LD": "JSON_LD",
    "LD+JSON": "JSON_LD",
    "TTL": "RDF_TURTLE",
    "TURTLE": "RDF_TURTLE",
    "NT": "RDF_N_TRIPLES",
    "N-TRIPLES": "RDF_N_TRIPLES",
    "NQ": "RDF_N_QUADS",
    "N-QUADS": "RDF_N_QUADS",
    "TRIG": "RDF_TRIG",
    "RDF+XML": "RDF_XML",
    "RDF/XML": "RDF_XML",
    "TAB-SEPARATED-VALUES": "TSV",
    "VND.MS-EXCEL": "XLS",
    "VND.OPENXMLFORMATS-OFFICEDOCUMENT.SPREADSHEETML.SHEET": "XLSX",
    "VND.OASIS.OPENDOCUMENT.SPREADSHEET": "ODS",
    "VND.OASIS.OPENDOCUMENT.TEXT": "ODT",
    "VND.OPENXMLFORMATS-OFFICEDOCUMENT.WORDPROCESSINGML.DOCUMENT": "DOCX",
    "MSWORD": "DOC",
    "VND.GOOGLE-EARTH.KML+XML": "KML",
    "VND.GOOGLE-EARTH.KMZ": "KMZ",
    "GML+XML": "GML",
    "RSS+XML": "RSS",
    "ATOM+XML": "ATOM",
    "SVG+XML": "SVG",
    "CALENDAR": "ICS",
    "PLAIN": "TXT",
    "X-NETCDF": "NETCDF",
    "GEOPACKAGE+SQLITE3": "GPKG",
    "JPG": "JPEG",
    "TIF": "TIFF",
    "GZ": "GZIP",
    "NC": "NETCDF",
    "WMS": "WMS_SRVC",
    "WFS": "WFS_SRVC",
    "WMTS": "WMTS_SRVC",
    "WCS": "WCS_SRVC",
    "SHAPEFILE": "SHP",
    "HTM": "HTML",
    "YML": "YAML",
}
"""Other words for file types: extensions, and the second parts of media types."""


def _lines(name: str) -> list[str]:
    text = files("tuckan.audit.vocabularies").joinpath(f"{name}.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


@cache
def codes(name: str) -> frozenset[str]:
    """The codes of a vocabulary: `file_types`, `non_proprietary` or `machine_readable`.

    Example:
        >>> "CSV" in codes("non_proprietary"), "PDF" in codes("machine_readable")
        (True, False)
    """
    return frozenset(code for line in _lines(name) for code in line.split())


@cache
def _sections(name: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    section = ""
    for line in _lines(name):
        if line.endswith(":"):
            section = line[:-1]
            found[section] = []
        else:
            found[section] += line.split()
    return found


@cache
def _registered() -> frozenset[str]:
    types = _sections("media_types")
    return frozenset(f"{first}/{second}".lower() for first, seconds in types.items() for second in seconds)


@cache
def authority(table: str) -> frozenset[str]:
    """The codes of an authority table: `access-right`, `data-theme` or `frequency`."""
    return frozenset(code.partition("=")[0] for code in _sections("other")[table])


@cache
def _periods() -> dict[str, int]:
    pairs = (one.partition("=") for one in _sections("other")["frequency"])
    return {code: int(days) for code, _, days in pairs}


@cache
def _licences() -> tuple[dict[str, str], frozenset[str]]:
    by_address: dict[str, str] = {}
    known: set[str] = set()
    for line in _lines("licences"):
        code, *addresses = line.split()
        known.add(code)
        by_address.update({address.casefold(): code for address in addresses})
    return by_address, frozenset(known)


def without_scheme(address: str) -> str:
    """An address without `http://` or `https://` and without a slash at its end, as addresses of vocabularies are compared."""
    for scheme in ("http://", "https://"):
        if address.startswith(scheme):
            return address.removeprefix(scheme).rstrip("/")
    return ""


@lru_cache(4096)
def in_authority(table: str, value: str) -> str:
    """The code of a value that is the address of a concept of an authority table; empty if it is none.

    Example:
        >>> in_authority("access-right", "http://publications.europa.eu/resource/authority/access-right/PUBLIC")
        'PUBLIC'
    """
    prefix = f"{AUTHORITY}{table}/"
    address = without_scheme(value.strip())
    code = address.removeprefix(prefix)
    known = codes("file_types") if table == "file-type" else authority(table)
    return code if address.startswith(prefix) and code in known else ""


@lru_cache(4096)
def file_type(value: str) -> str:
    """The code of a file type of the European Union, from its address, code or usual word; empty if it is not known.

    Example:
        >>> file_type("http://publications.europa.eu/resource/authority/file-type/CSV"), file_type(".geojson"), file_type("Tab")
        ('CSV', 'GEOJSON', 'TAB')
    """
    if code := in_authority("file-type", value):
        return code
    word = value.strip().lstrip(".").upper()
    if word.startswith(("HTTP:", "HTTPS:")):
        return ""
    word = _ALSO.get(word, word)
    return word if word in codes("file_types") else ""


@lru_cache(4096)
def media_type(value: str) -> str:
    """A media type that IANA has registered, from its name or IANA's address; empty if it is none.

    Example:
        >>> media_type("https://www.iana.org/assignments/media-types/text/csv"), media_type("text/CSV"), media_type("text/x")
        ('text/csv', 'text/csv', '')
    """
    address = without_scheme(value.strip())
    name = address.removeprefix(_MEDIA_TYPES) if address.startswith(_MEDIA_TYPES) else value.strip()
    name = name.partition(";")[0].strip().lower()
    return name if name in _registered() else ""


@lru_cache(4096)
def file_type_of_media_type(value: str) -> str:
    """The code of the file type that a media type names; empty if it is not known.

    Example:
        >>> file_type_of_media_type("text/csv"), file_type_of_media_type("application/geo+json")
        ('CSV', 'GEOJSON')
    """
    known = media_type(value)
    return file_type(known.partition("/")[2]) if known else ""


@lru_cache(4096)
def licence(value: str) -> str:
    """The code of a licence in the vocabulary of the European Union, from an address of it; empty if it is not known.

    Example:
        >>> licence("http://creativecommons.org/licenses/by/4.0/"), licence("cc-by")
        ('CC_BY_4_0', '')
    """
    return _licences()[0].get(without_scheme(value.strip()).casefold(), "")


_WORDS_OF_FREQUENCIES = {
    "annually": "ANNUAL",
    "yearly": "ANNUAL",
    "annual": "ANNUAL",
    "semiannual": "ANNUAL_2",
    "biannual": "ANNUAL_2",
    "quarterly": "QUARTERLY",
    "monthly": "MONTHLY",
    "bimonthly": "BIMONTHLY",
    "weekly": "WEEKLY",
    "biweekly": "BIWEEKLY",
    "fortnightly": "BIWEEKLY",
    "daily": "DAILY",
    "hourly": "HOURLY",
    "continuous": "CONT",
    "continual": "CONT",
    "irregular": "IRREG",
    "never": "NEVER",
    "unknown": "UNKNOWN",
    "asneeded": "AS_NEEDED",
    "notplanned": "NOT_PLANNED",
    "other": "OTHER",
}
_ISO_PERIODS = {
    "R/P1Y": "ANNUAL",
    "R/P6M": "ANNUAL_2",
    "R/P3M": "QUARTERLY",
    "R/P1M": "MONTHLY",
    "R/P2W": "BIWEEKLY",
    "R/P1W": "WEEKLY",
    "R/P7D": "WEEKLY",
    "R/P1D": "DAILY",
    "R/PT1H": "HOURLY",
    "R/PT1S": "CONT",
}


@lru_cache(4096)
def frequency(value: str) -> str:
    """The code of a frequency, from its address, its code, an English word or a period of ISO 8601; empty if it is not known.

    Example:
        >>> frequency("http://publications.europa.eu/resource/authority/frequency/WEEKLY"), frequency("annually")
        ('WEEKLY', 'ANNUAL')
    """
    text = value.strip()
    last = text.rpartition("/")[2] if text.startswith("http") else text
    if last.upper() in authority("frequency"):
        return last.upper()
    word = last.casefold().removeprefix("freq:").replace("-", "").replace(" ", "").replace("_", "")
    return _WORDS_OF_FREQUENCIES.get(word, "") or _ISO_PERIODS.get(text.upper(), "")


def period(code: str) -> int:
    """The number of days between two updates of a frequency; 0 if it has none.

    Example:
        >>> period("WEEKLY"), period("IRREG")
        (7, 0)
    """
    return _periods().get(code, 0)
