"""Where a dataset breaks DCAT-AP 2.1.1: the constraints of its base SHACL shapes on what ckanext-dcat exports of CKAN's fields.

The base shapes (`dcat-ap_2.1.1_shacl_shapes.ttl`) leave controlled vocabularies out, which have metrics of their own. Left out here
are constraints on the catalogue itself, and those that an export of ckanext-dcat never breaks.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from tuckan._text import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tuckan.audit.dcat import Described, Distribution

_DATE = re.compile(
    r"-?\d{4,}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01])"
    r"(?:T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?)?)?)?"
)
_PARSED = re.compile(
    r"[\d\s.,/:+TZ-]*(?:(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*)?[\d\s.,/:+TZ-]*", re.IGNORECASE
)
"""What ckanext-dcat's parser of dates may read."""


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
        if wrong := _unreadable(properties.get(prop)):
            yield f"{prop} is {wrong!r}, which is not a date", prop.partition(":")[2], ""
    publishers = properties.get("dct:publisher")
    if isinstance(publishers, list) and len(publishers) > 1:
        yield f"dct:publisher has {counted(len(publishers), 'value')}, and may have one", "publisher", ""
    for one in dataset.distributions:
        yield from _of_distribution(one)


def _of_distribution(one: Distribution) -> Iterator[tuple[str, str, str]]:
    if not one.properties.get("dcat:accessURL"):
        yield "dcat:accessURL is missing", "url", one.id
    for prop in ("dct:issued", "dct:modified"):
        if wrong := _unreadable(one.properties.get(prop)):
            yield f"{prop} is {wrong!r}, which is not a date", prop.partition(":")[2], one.id
    size = one.properties.get("dcat:byteSize")
    if size is not None and not _is_decimal(size):
        yield f"dcat:byteSize is {size!r:.80}, which is not a number", "size", one.id


def is_date(value: str) -> bool:
    """Whether a text is a year, a month, a date or a moment as XML Schema writes them.

    Example:
        >>> is_date("2024-02"), is_date("2024-02-30T00:00:00"), is_date("02.03.2024")
        (True, True, False)
    """
    return _DATE.fullmatch(value) is not None


def _unreadable(value: object) -> str:
    """A value that becomes no date in the export; empty if it is one, or missing."""
    if value is None:
        return ""
    text = str(value)
    readable = isinstance(value, str) and (is_date(text) or (_PARSED.fullmatch(text) and any(map(str.isdigit, text))))
    return "" if readable else text[:80]


def _is_decimal(value: object) -> bool:
    try:
        Decimal(str(value))
    except InvalidOperation:
        return False
    return True
