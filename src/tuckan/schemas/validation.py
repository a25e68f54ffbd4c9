"""Validation of a record against its schema, before anything is sent; all problems are reported at once.

Only what the portal would certainly refuse or drop is reported; values that only the portal can judge are left to it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tuckan._text import closest, counted
from tuckan.schemas.paths import LANGUAGE
from tuckan.schemas.schema import WITH_SUBFIELDS
from tuckan.wire.validation_hints import EMAIL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from tuckan.schemas.schema import Field, Kind, Schema

# Fields that CKAN accepts for every dataset, organization and group, whatever the schema says.
_ALWAYS = frozenset(
    """
    id name type state private owner_org extras groups resources tags tag_string users metadata_created metadata_modified
    creator_user_id relationships_as_subject relationships_as_object organization license_title license_url isopen
    num_tags num_resources author author_email maintainer maintainer_email url version title notes license_id
    image_url image_display_url image_upload clear_upload description approval_status is_organization display_name
    package_count num_followers created packages
    """.split()
)
_ALWAYS_OF_RESOURCES = frozenset(
    """
    id package_id url url_type name description format mimetype mimetype_inner resource_type hash size state position
    created last_modified metadata_modified cache_url cache_last_updated datastore_active upload clear_upload
    datastore_contains_all_records_of_source_file revision_id tracking_summary
    """.split()
)


_SPACES: frozenset[Kind] = frozenset(("text", "markdown", "integer", "tags", "texts", "languages", "json"))
"""Kinds of fields whose value may consist of spaces only, or which treat it as empty."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem with a record.

    Attributes:
        path: the field: `title`, `manufacturer[2].name`, `resources[0].format`; indexes start at 0.
        message: what is wrong, without the path.
    """

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


def problems(record: Mapping[str, Any], schema: Schema, *, partial: bool = False) -> list[Problem]:
    """All problems of a record according to its schema.

    Args:
        record: the record as it would be sent; composite fields as lists and records, or as JSON text.
        schema: the schema of its type.
        partial: whether it only changes an existing record, so that missing fields are no problem.

    Example:
        >>> from tuckan.schemas.schema import Choice, Field, Schema
        >>> camel = Schema("dataset", "camel", (Field("humps", "Humps", "integer", required=True),), source="scheming")
        >>> [str(one) for one in problems({"humps": "two"}, camel)], [str(one) for one in problems({}, camel)]
        (["humps: 'two' is not a whole number"], ['humps: a value is required'])
    """
    found = list(_of_fields(record, schema.fields, "", partial=partial))
    found += _unknown(record, schema)
    resources = record.get("resources")
    listed: list[Any] = resources if isinstance(resources, list) and schema.resource_fields else []  # pyright: ignore[reportUnknownVariableType]
    for place, one in enumerate(listed):
        at = f"resources[{place}]"
        if isinstance(one, dict):
            found += _of_fields(one, schema.resource_fields, f"{at}.", partial=partial)
            found += _unknown_of_resource(one, schema, at)
        else:
            found.append(Problem(at, f"{_shown(one)} is not a resource record"))
    return found


def _of_fields(record: Mapping[str, Any], fields: Iterable[Field], at: str, *, partial: bool) -> Iterator[Problem]:
    for field in fields:
        if field.name not in record:
            if field.required and not field.computed and not partial and not _stands_elsewhere(field, record):
                yield Problem(at + field.name, "a value is required")
        elif _is_empty(record[field.name]):
            if field.required and not field.computed:
                yield Problem(at + field.name, "a value is required")
            elif record[field.name] and field.kind not in _SPACES:  # the portal accepts spaces as a value
                yield from _of_value(record[field.name], field, at + field.name)
        else:
            yield from _of_value(record[field.name], field, at + field.name)


def _stands_elsewhere(field: Field, record: Mapping[str, Any]) -> bool:
    """Whether the value of a field is given under another name: a file instead of an address, tags as one text."""
    return (field.kind == "upload" and "upload" in record) or (field.kind == "tags" and "tag_string" in record)


def _unknown(record: Mapping[str, Any], schema: Schema) -> Iterator[Problem]:
    if schema.source == "scheming":
        for name in record:
            if schema.field(name) is None and name not in _ALWAYS:
                yield Problem(name, _no_such_field(schema.type, schema.near(name)))


def unknown_fields(record: Mapping[str, Any], schema: Schema) -> list[str]:
    """The fields of a record that its schema does not have, and that resemble none of its own fields."""
    return [one.path for one in _unknown(record, schema) if not schema.near(one.path)]


def _unknown_of_resource(resource: Mapping[str, Any], schema: Schema, at: str) -> Iterator[Problem]:
    """CKAN keeps fields of resources that are in no schema; one that resembles a known field is probably misspelled."""
    if schema.source == "scheming":
        names = [one.name for one in schema.resource_fields]
        for name in resource:
            if name not in names and name not in _ALWAYS_OF_RESOURCES and (near := _near(name, names)):
                yield Problem(f"{at}.{name}", _no_such_field(f"{schema.type}'s resources", near))


def _no_such_field(where: str, near: str) -> str:
    return f"the schema of {where} has no such field" + (f"; did you mean {near}?" if near else "")


def _of_value(value: Any, field: Field, path: str) -> Iterator[Problem]:
    if field.kind in WITH_SUBFIELDS:
        yield from _of_items(value, field, path)
    elif field.kind in ("choice", "choices") and not field.open:
        yield from _of_choices(value, field, path)
    elif field.kind in ("languages", "tags by language"):
        yield from _of_languages(value, field, path)
    elif (check := _CHECKS.get(field.kind)) is not None and (wrong := check(value)):
        yield Problem(path, wrong)


def _of_items(value: Any, field: Field, path: str) -> Iterator[Problem]:
    items = _loaded(value) if isinstance(value, str) else value
    if field.kind == "composite" and isinstance(items, dict):
        yield from _of_item(items, field, path)
        return
    if not isinstance(items, list):
        yield Problem(path, f"{_shown(value)} is not a list of records with {_names(field)}")
        return
    for place, one in enumerate(items):
        if isinstance(one, dict):
            yield from _of_item(one, field, f"{path}[{place}]")
        else:
            yield Problem(f"{path}[{place}]", f"{_shown(one)} is not a record with {_names(field)}")


def _of_item(item: Mapping[str, Any], field: Field, path: str) -> Iterator[Problem]:
    yield from _of_fields(item, field.subfields, f"{path}.", partial=False)
    known = [one.name for one in field.subfields]
    for name in item:
        if name not in known and field.name not in ("extras", "groups"):
            yield Problem(f"{path}.{name}", _no_such_field(field.name, _near(name, known)))


def _of_choices(value: Any, field: Field, path: str) -> Iterator[Problem]:
    several = field.kind == "choices"
    if several and not isinstance(value, (str, list)):
        yield Problem(path, f"{_shown(value)} is not a list of values")
        return
    given = value if several and isinstance(value, list) else [value]
    for one in given:
        if field.choices and all(choice.value != one for choice in field.choices):
            yield Problem(
                path,
                f"{_shown(one)} is not one of its {counted(len(field.choices), 'value')}{_near_choice(one, field)}",
            )


def _near_choice(value: Any, field: Field) -> str:
    if (meant := field.choice_meant(value)) is not None:
        return f"; did you mean {meant.value!r}?"
    if near := _near(str(value), [str(one.value) for one in field.choices]):
        return f"; did you mean {near!r}?"
    return f": {', '.join(str(one.value) for one in field.choices[:8])}{', ...' if len(field.choices) > 8 else ''}"


def _of_languages(value: Any, field: Field, path: str) -> Iterator[Problem]:
    texts = _loaded(value) if isinstance(value, str) else value
    if not isinstance(texts, dict):
        yield Problem(path, f'{_shown(value)} is not a record with a value for each language, such as {{"en": "..."}}')
        return
    if field.required:
        for language in field.languages:
            if _is_empty(texts.get(language)):
                yield Problem(f"{path}.{language}", "a value is required in this language")
    for language, text in texts.items():
        if not LANGUAGE.fullmatch(str(language)):
            yield Problem(f"{path}.{language}", "not a language code, such as en or pt-BR")
        elif field.kind == "languages" and not isinstance(text, str):
            yield Problem(f"{path}.{language}", f"{_shown(text)} is not text")


# -- single values --


def _text(value: Any) -> str:
    return "" if isinstance(value, (str, int, float)) else f"{_shown(value)} is not text"


def _email(value: Any) -> str:
    fine = isinstance(value, str) and EMAIL.fullmatch(value.strip())
    return "" if fine else f"{_shown(value)} is not an email address"


def _integer(value: Any) -> str:
    try:
        whole = type(value) is int or (not isinstance(value, bool) and int(value) == float(value))
    except (TypeError, ValueError, OverflowError):
        whole = False
    return "" if whole else f"{_shown(value)} is not a whole number"


def _number(value: Any) -> str:
    try:
        float(value)
    except (TypeError, ValueError):
        return f"{_shown(value)} is not a number"
    return ""


def _date(value: Any) -> str:
    """CKAN splits dates wherever there are no digits: year, month, day, and more where there is a time."""
    try:
        datetime(*map(int, re.split(r"\D+", str(value), maxsplit=5)[:5]))  # type: ignore[arg-type]  # noqa: DTZ001 - no time
    except (TypeError, ValueError, OverflowError):
        return f"{_shown(value)} is not a date such as 2026-01-31"
    return ""


def _json_object(value: Any) -> str:
    loaded = _loaded(value) if isinstance(value, str) else value
    return "" if isinstance(loaded, dict) else f"{_shown(value)} is not a JSON object"


def _texts(value: Any) -> str:
    if isinstance(value, str) or (isinstance(value, list) and all(isinstance(one, str) or not one for one in value)):
        return ""
    return f"{_shown(value)} is not a list of texts"


def _tags(value: Any) -> str:
    if isinstance(value, list) and all(
        isinstance(one, str) or (isinstance(one, dict) and "name" in one) for one in value
    ):
        return ""
    return "" if isinstance(value, str) else f"{_shown(value)} is not a list of tags"


_CHECKS: dict[Kind, Callable[[Any], str]] = {
    "text": _text,
    "choice": _text,  # an open one
    "markdown": _text,
    "link": _text,
    "email": _email,
    "integer": _integer,
    "number": _number,
    "date": _date,
    "datetime": _date,
    "json": _json_object,
    "texts": _texts,
    "tags": _tags,
}


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", [], {}) or (isinstance(value, str) and not value.strip())


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _near(name: str, known: Iterable[str]) -> str:
    return next(iter(closest(name, known, most=1)), "")


def _names(field: Field) -> str:
    return ", ".join(one.name for one in field.subfields)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
