"""Where a dataset breaks DCAT-AP 2.1.1: the constraints of its SHACL shapes on what ckanext-dcat exports of CKAN's fields.

Constraints on the catalogue itself, and those that an export of ckanext-dcat never breaks, are left out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tuckan.audit.dcat import texts
from tuckan.audit.vocabularies import authority, codes, without_scheme

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tuckan.audit.dcat import Described, Distribution

_DATE = re.compile(
    r"-?\d{4,}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01])"
    r"(?:T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?)?)?)?"
)
_TABLES = (("dcat:theme", "data-theme"), ("dct:accessRights", "access-right"), ("dct:accrualPeriodicity", "frequency"))
_AUTHORITY = "publications.europa.eu/resource/authority/"
_NOT_IN_AN_IRI = re.compile(r'[\x00-\x20<>"{}|\\^`]')


def violations(dataset: Described) -> Iterator[tuple[str, str, str]]:
    """Each violation: what is wrong, the field, and the id of the resource, empty for one of the dataset.

    Args:
        dataset: the dataset.
    """
    properties = dataset.properties
    for prop, field in (("dct:title", "title"), ("dct:description", "notes")):
        if prop not in properties:
            yield f"{prop} is missing", field, ""
    for prop in ("dct:issued", "dct:modified"):
        if wrong := _no_date(properties.get(prop)):
            yield f"{prop} is {wrong!r}, which is not a date", prop.partition(":")[2], ""
    for prop, table in _TABLES:
        for value in texts(properties.get(prop)):
            if wrong := _not_in(table, value):
                yield f"{prop} is {wrong!r}, which is not in the authority table {table}", prop.partition(":")[2], ""
    for one in dataset.distributions:
        yield from _of_distribution(one)


def _of_distribution(one: Distribution) -> Iterator[tuple[str, str, str]]:
    url = one.properties.get("dcat:accessURL")
    if not url:
        yield "dcat:accessURL is missing", "url", one.id
    elif ":" not in url or _NOT_IN_AN_IRI.search(url):
        yield f"dcat:accessURL is {url[:80]!r}, which is not an address", "url", one.id
    for prop in ("dct:issued", "dct:modified"):
        if wrong := _no_date(one.properties.get(prop)):
            yield f"{prop} is {wrong!r}, which is not a date", prop.partition(":")[2], one.id
    size = one.properties.get("dcat:byteSize")
    if size is not None and not _is_number(size):
        yield f"dcat:byteSize is {size!r}, which is not a number", "size", one.id
    if wrong := _not_in("file-type", str(one.properties.get("dct:format") or "")):
        yield f"dct:format is {wrong!r}, which is not in the authority table file-type", "format", one.id


def is_date(value: str) -> bool:
    """Whether a text is a year, a month, a date or a moment as XML Schema writes them.

    Example:
        >>> is_date("2024-02"), is_date("2024-02-30T00:00:00"), is_date("02.03.2024")
        (True, True, False)
    """
    return _DATE.fullmatch(value) is not None


def _no_date(value: object) -> str:
    return "" if value is None or (isinstance(value, str) and is_date(value)) else str(value)[:80]


def _is_number(value: object) -> bool:
    try:
        float(str(value))
    except ValueError:
        return False
    return True


def _not_in(table: str, value: str) -> str:
    """An address in an authority table that has no such code. Addresses elsewhere, and words, are no violation."""
    address = without_scheme(value)
    if not address.startswith(f"{_AUTHORITY}{table}/"):
        return ""
    known = codes("file_types") if table == "file-type" else authority(table)
    return "" if address.rpartition("/")[2] in known else value
