"""Paths into records, as columns of tables have them: `contact`, `title_translated.en`, `manufacturer.0.name`."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from tuckan.schemas.schema import WITH_SUBFIELDS, Field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LANGUAGE = re.compile(r"[a-z]{2,8}([-_][a-zA-Z0-9]{1,8})*")
_PLACE = re.compile(r"\d{1,3}")


def field_at(fields: Mapping[str, Field], path: str) -> Field | None:
    """The field that a path leads to, or None.

    Args:
        fields: the fields of a record, by their names.
        path: a field, `FIELD.LANGUAGE` (also `FIELD-LANGUAGE`, as ckanext-fluent's form has it), `FIELD.PLACE.SUBFIELD`, or
            `FIELD.SUBFIELD` of a composite field; places count from 0.

    Example:
        >>> maker = Field("maker", "Maker", "items", subfields=(Field("since", "Since", "date"),))
        >>> field_at({"maker": maker}, "maker.0.since").kind, field_at({"maker": maker}, "maker.since")
        ('date', None)
    """
    name, _, rest = path.partition(".")
    field = fields.get(name)
    if field is None:
        return _in_a_language(fields, *path.partition("-")[::2])
    if not rest:
        return field
    if field.kind in WITH_SUBFIELDS:
        place, _, deeper = rest.partition(".")
        if _PLACE.fullmatch(place):
            rest = deeper
        elif field.kind != "composite":
            return None
        return field_at({one.name: one for one in field.subfields}, rest)
    return _in_a_language(fields, name, rest)


def _in_a_language(fields: Mapping[str, Field], name: str, language: str) -> Field | None:
    field = fields.get(name)
    if field is None or field.kind not in ("languages", "tags by language") or not LANGUAGE.fullmatch(language):
        return None
    return Field(f"{name}.{language}", field.label, "text" if field.kind == "languages" else "texts")


def put(record: dict[str, Any], path: str, value: Any) -> None:
    """Set a nested value of a record; lists are extended as needed.

    Example:
        >>> record = {}
        >>> put(record, "maker.1.since", "2020")
        >>> record
        {'maker': [{}, {'since': '2020'}]}
    """
    here: Any = record
    keys = path.split(".")
    for key, following in pairwise(keys):
        if isinstance(here, list):
            here += [{} for _ in range(int(key) + 1 - len(here))]
            here = here[int(key)]
        else:
            here = here.setdefault(key, [] if _PLACE.fullmatch(following) else {})
    here[keys[-1]] = value


def values_at(record: Any, path: str) -> Iterator[Any]:
    """Every value at a path; lists are traversed unless the path names an index.

    Example:
        >>> list(values_at({"maker": [{"name": "Sea"}, {"name": "Air"}]}, "maker.name"))
        ['Sea', 'Air']
    """
    if isinstance(record, list):
        place, _, rest = path.partition(".")
        if _PLACE.fullmatch(place):
            some: list[Any] = record[int(place) : int(place) + 1]
            path = rest
        else:
            some = record
        for one in some:
            yield from values_at(one, path)
    elif not path:
        yield record
    elif isinstance(record, dict):
        name, _, rest = path.partition(".")
        if name in record:
            yield from values_at(record[name], rest)
