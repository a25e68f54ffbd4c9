"""Values according to their schema: in cells, in the portal's form, and whether two are equivalent."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from tuckan._text import IDENTITY, identity_first
from tuckan.schemas.schema import AS_JSON_TEXT, LISTS, WITH_SUBFIELDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tuckan.schemas.schema import Field, Kind, Schema

_OTHER_JSON: frozenset[Kind] = frozenset(("items", "json", "languages", "tags by language"))
_JSON = AS_JSON_TEXT | _OTHER_JSON
_EMPTY_LIST: frozenset[Kind] = frozenset(("choices", "texts", "items"))
"""Kinds of fields whose empty value is an empty list; a portal refuses null and empty text there."""
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(\D.*|)")
_MIDNIGHT = re.compile(r"[T ]00:00(:00(\.0+)?)?|")
_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def loaded(value: Any) -> Any:
    """The value of a JSON text; any other value unchanged."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def from_cell(cell: Any, field: Field) -> Any:
    """The value of a table cell. One that does not fit its field is returned unchanged, and reported by `problems`.

    Args:
        cell: a text, a number or a boolean.
        field: the field of the cell. Lists are JSON, or items separated by line breaks or semicolons; choices and tags
            may also be separated by commas.

    Example:
        >>> from tuckan.schemas import Field
        >>> from_cell("air; water", Field("uses", "Uses", "choices")), from_cell("7", Field("size", "Size", "integer"))
        (['air', 'water'], 7)
    """
    if (form := _FROM_CELLS.get(field.kind)) is not None:
        return form(cell, field)
    return cell if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False)


def _list_from_cell(cell: Any, field: Field) -> Any:
    value = loaded(cell)
    if isinstance(value, (list, dict)):
        return value
    text = str(cell).strip()
    if any(one.value == text for one in field.choices):
        return [text]
    between = r"[;\n]" if field.kind == "texts" else r"[,;\n]"
    return [one.strip() for one in re.split(between, text) if one.strip()]


def _integer_from_cell(cell: Any, field: Field) -> Any:  # noqa: ARG001 - as others
    try:
        number = Decimal(str(cell).strip())
        return int(number) if number == int(number) else cell
    except (InvalidOperation, ValueError, OverflowError):
        return cell


def _truth_from_cell(cell: Any, field: Field) -> Any:  # noqa: ARG001 - as others
    return _TRUTH.get(str(cell).strip().lower(), cell)


def _date_from_cell(cell: Any, field: Field) -> Any:
    """A date as portals store it: with leading zeros (2026-1-5), and without the midnight that spreadsheets add."""
    text = str(cell).strip()
    if (found := _DATE.match(text)) is None:
        return text
    year, month, day, rest = found.groups()
    rest = "" if field.kind == "date" and _MIDNIGHT.fullmatch(rest) else rest
    return f"{year}-{int(month):02}-{int(day):02}{rest}"


def _json_from_cell(cell: Any, field: Field) -> Any:  # noqa: ARG001 - as others
    return loaded(cell)


_FROM_CELLS: dict[Kind, Callable[[Any, Field], Any]] = {
    **dict.fromkeys(_JSON, _json_from_cell),
    "choices": _list_from_cell,
    "texts": _list_from_cell,
    "tags": _list_from_cell,
    "integer": _integer_from_cell,
    "boolean": _truth_from_cell,
    "date": _date_from_cell,
    "datetime": _date_from_cell,
}


# -- as a portal takes and gives them --


def decoded(record: Mapping[str, Any], schema: Schema) -> dict[str, Any]:
    """A record with lists and dicts where the portal stores them as JSON text.

    Args:
        record: a record as the portal returns it, or as written by hand.
        schema: what its type may hold.

    Example:
        >>> from tuckan.schemas import Field, Schema
        >>> schema = Schema("dataset", "camel", (Field("owner", "Owner", "composite"),), source="scheming")
        >>> decoded({"owner": '{"name": "Ann"}'}, schema)
        {'owner': {'name': 'Ann'}}
    """
    return _each(record, schema, lambda value, field: loaded(value) if value and field.kind in AS_JSON_TEXT else value)


def encoded(record: Mapping[str, Any], schema: Schema) -> dict[str, Any]:
    """A record as its portal accepts it: composite fields as JSON text, lists of records as lists, empty values in the field's own form.

    Example:
        >>> from tuckan.schemas import Field, Schema
        >>> schema = Schema("dataset", "camel", (Field("owner", "Owner", "items"), Field("born", "Born", "date")))
        >>> encoded({"owner": None, "born": []}, schema)
        {'owner': [], 'born': ''}
    """
    return _each(record, schema, _as_taken)


def _as_taken(value: Any, field: Field) -> Any:
    if field.kind in AS_JSON_TEXT:
        return value if isinstance(value, str) or not value else json.dumps(value, ensure_ascii=False)
    if field.kind in _EMPTY_LIST and _is_nothing(value):
        return []
    if field.kind == "items":
        return loaded(value)
    return "" if value in ([], {}) and field.kind not in _JSON | LISTS else value


def in_order(record: Mapping[str, Any], schema: Schema) -> dict[str, Any]:
    """A record for people: what identifies it first, then the fields of its schema in their order, then all others.

    Args:
        record: a record as the portal returns it; composite fields become lists and dicts.
        schema: what its type may hold.

    Example:
        >>> from tuckan.schemas import Field, Schema
        >>> schema = Schema("dataset", "camel", (Field("humps", "Humps"), Field("title", "Title")), source="scheming")
        >>> list(in_order({"id": "1", "humps": 2, "name": "bactrian", "title": "Bactrian"}, schema))
        ['name', 'title', 'humps', 'id']
    """
    said = decoded(record, schema)
    names = [*(name for name in IDENTITY if said.get(name)), *(one.name for one in schema.fields if one.name in said)]
    return {name: said[name] for name in dict.fromkeys([*names, *said])}


def labelled(record: Mapping[str, Any], schema: Schema, *, with_names: bool = False) -> dict[str, Any]:
    """The same with labels of fields and choices instead of their names, and the organization by its title.

    Args:
        record: a record as the portal gives it.
        schema: what its type may hold.
        with_names: put the name of a field behind a label that does not tell it.

    Example:
        >>> from tuckan.schemas import Choice, Field, Schema
        >>> theme = Field("theme", "Subject", "choice", choices=(Choice("eco", "Economy"),))
        >>> labelled({"theme": "eco", "state": "active"}, Schema("dataset", "dataset", (theme,), source="scheming"))
        {'Subject': 'Economy', 'state': 'active'}
        >>> labelled({"theme": "eco"}, Schema("dataset", "dataset", (theme,), source="scheming"), with_names=True)
        {'Subject (theme)': 'Economy'}
    """
    shown: dict[str, Any] = {}
    labels = {one.name: one.label for one in schema.fields}
    owner = next((one.label for one in schema.fields if one.kind == "organization"), "organization")
    for name, value in identity_first(in_order(record, schema)).items():
        field, label = schema.field(name), labels.get(name, owner if name == "organization" else name)
        if with_names and label not in shown and label.casefold().replace(" ", "_") != name:
            label = f"{label} ({name})"
        shown[name if label in shown else label] = value if field is None else _in_labels(value, field)
    return shown


def _in_labels(value: Any, field: Field) -> Any:
    """A value with the labels of its choices, in its items too."""
    if field.choices:
        return [*map(field.label_of, value)] if isinstance(value, list) else field.label_of(value)
    subfields = {one.name: one for one in field.subfields}
    if isinstance(value, list) and subfields:
        return [_in_labels(one, field) for one in value]
    if isinstance(value, dict) and subfields:
        return {
            subfields[name].label if name in subfields else name: _in_labels(one, subfields[name])
            if name in subfields
            else one
            for name, one in value.items()
        }
    return value


def _each(record: Mapping[str, Any], schema: Schema, form: Callable[[Any, Field], Any]) -> dict[str, Any]:
    done = _of(record, schema.fields, form)
    resources = record.get("resources")
    if isinstance(resources, list) and schema.resource_fields:
        done["resources"] = [
            _of(one, schema.resource_fields, form) if isinstance(one, dict) else one for one in resources
        ]
    return done


def _of(record: Mapping[str, Any], fields: Iterable[Field], form: Callable[[Any, Field], Any]) -> dict[str, Any]:
    by_name = {one.name: one for one in fields}
    return {name: form(value, by_name[name]) if name in by_name else value for name, value in record.items()}


# -- whether two mean the same --


def same(there: Any, wanted: Any, field: Field) -> bool:
    """Whether a portal's value of a field is equivalent to the requested one, whatever the form in which it is stored.

    Args:
        there: the value as returned by the portal.
        wanted: the value as it would be sent.
        field: the field.

    Example:
        >>> from tuckan.schemas import Field
        >>> same(["b", "a"], "a, b", Field("uses", "Uses", "choices")), same("007", 7, Field("size", "Size", "integer"))
        (True, True)
    """
    if _is_nothing(there) or _is_nothing(wanted):
        return _is_nothing(there) and _is_nothing(wanted)
    if field.kind in WITH_SUBFIELDS:
        return _same_items(_items(there), _items(wanted), field)
    if field.kind in _JSON:
        return bool(_without_nothing(loaded(there)) == _without_nothing(loaded(wanted)))
    if field.kind == "choices":
        return sorted(map(str, _list(there, field))) == sorted(map(str, _list(wanted, field)))
    if field.kind == "texts":
        return _list(there, field) == _list(wanted, field) or _list(there, field) == _split(wanted)
    if field.kind in ("integer", "number"):
        return bool(_number(there) == _number(wanted))
    if field.kind == "boolean":
        return bool(_truth_from_cell(there, field) == _truth_from_cell(wanted, field))
    if field.kind in ("date", "datetime"):
        return bool(_time(there) == _time(wanted))
    return bool(there == wanted) or str(there) == str(wanted)


def _items(value: Any) -> list[Any]:
    items = loaded(value)
    return items if isinstance(items, list) else [items]


def _same_items(there: list[Any], wanted: list[Any], field: Field) -> bool:
    return len(there) == len(wanted) and all(
        _same_item(one, other, field) if isinstance(one, dict) and isinstance(other, dict) else one == other
        for one, other in zip(there, wanted, strict=True)
    )


def _same_item(there: Mapping[str, Any], wanted: Mapping[str, Any], field: Field) -> bool:
    subfields = {one.name: one for one in field.subfields}
    return all(
        same(there.get(name), wanted.get(name), subfields[name])
        if name in subfields
        else there.get(name) == wanted.get(name)
        for name in {**there, **wanted}
    )


def _list(value: Any, field: Field) -> list[Any]:
    return value if isinstance(value, list) else _list_from_cell(value, field)


def _split(value: Any) -> list[str]:
    return [one.strip() for one in value.split(",")] if isinstance(value, str) else value


def _number(value: Any) -> Any:
    try:
        return Decimal(str(value).strip())
    except InvalidOperation:
        return value


def _time(value: Any) -> Any:
    text = str(value).strip()
    numbers = re.split(r"\D+", text, maxsplit=6)
    try:
        if re.search(r"(Z|[+-]\d\d:?\d\d)$", text) and ":" in text:
            return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)
        return datetime(*map(int, numbers[:6]))  # type: ignore[arg-type]  # noqa: DTZ001 - compared only with other naive times
    except (TypeError, ValueError, OverflowError):
        return str(value)


def _without_nothing(value: Any) -> Any:
    return {name: one for name, one in value.items() if not _is_nothing(one)} if isinstance(value, dict) else value


def _is_nothing(value: Any) -> bool:
    return value is None or value in ("", [], {}, "[]", "{}")
