"""Splitting a change into parts that `package_revise` can merge without a `filter`, and the rest. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tuckan.snapshot.equality import UNORDERED, agrees
from tuckan.snapshot.fields import sent_back

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Record = dict[str, Any]


@dataclass(slots=True)
class Overlay:
    """The steps of a change if lists and dicts can only be merged, never replaced.

    Attributes:
        merged: fields for which merging gives exactly the desired value; for resources, changes and additions.
        replaced: fields that have to be replaced as a whole, since merging would leave some of the old value.
        resources: the same for fields of resources, by the resource's id.
        removed: the ids of resources to delete.
        order: the resources in the desired order, None for each new one; empty if they are already in order.
    """

    merged: Record = field(default_factory=dict[str, Any])
    replaced: Record = field(default_factory=dict[str, Any])
    resources: dict[str, Record] = field(default_factory=dict[str, dict[str, Any]])
    removed: list[str] = field(default_factory=list[str])
    order: list[str | None] = field(default_factory=list["str | None"])


def overlay(there: Mapping[str, Any], fields: Mapping[str, Any]) -> Overlay:
    """Split a change into steps.

    Args:
        there: the dataset as it is.
        fields: the fields with their new values, each whole; resources with all the fields that they shall have.

    Example:
        >>> rain = {"title": "Rain", "tags": [{"name": "sky"}, {"name": "sea"}], "groups": []}
        >>> found = overlay(rain, {"title": "Snow", "tags": [{"name": "sky"}], "groups": [{"name": "air"}]})
        >>> found.merged, found.replaced
        ({'title': 'Snow', 'groups': [{'name': 'air'}]}, {'tags': [{'name': 'sky'}]})
    """
    found = Overlay()
    for name, value in fields.items():
        now = there.get(name)
        if name == "resources" and isinstance(now, list) and isinstance(value, list):
            _part_resources(now, value, found)
            continue
        new = _aligned(now, value) if name in UNORDERED and isinstance(now, list) else value
        (found.merged if merges(now, new) else found.replaced)[name] = new
    return found


def merges(there: Any, wanted: Any) -> bool:
    """Whether merging a value into another, item by item, gives exactly the desired one, or changes nothing.

    Example:
        >>> merges(["a"], ["b", "c"]), merges(["a", "b"], ["c"]), merges({"a": 1, "b": 2}, {"a": 3})
        (True, False, False)
    """
    if isinstance(there, dict):
        if not isinstance(wanted, dict):
            return False
        whole = there.keys() <= wanted.keys() and all(merges(there[name], wanted[name]) for name in there)
        return whole or (bool(wanted) and all(name in there and there[name] == value for name, value in wanted.items()))
    if isinstance(there, list):
        return isinstance(wanted, list) and len(wanted) >= len(there) and all(map(merges, there, wanted))
    return True


def _aligned(there: Sequence[Any], wanted: Any) -> Any:
    """An unordered list with existing items first, at their positions."""
    if not isinstance(wanted, list):
        return wanted
    rest = list(wanted)
    kept: list[Any] = []
    for one in there:
        place = next((number for number, item in enumerate(rest) if agrees(one, item)), None)
        if place is not None:
            kept.append(rest.pop(place))
    return [*kept, *rest]


def _part_resource(now: Record, wanted: Record) -> tuple[Record, Record]:
    """The fields of a resource that change: those that merge with what is there, and those that are replaced."""
    changed = {name: value for name, value in wanted.items() if name not in now or now[name] != value}
    whole = {name: value for name, value in changed.items() if not merges(now.get(name), value)}
    return {name: value for name, value in changed.items() if name not in whole}, whole


def _part_resources(there: Sequence[Record], wanted: Sequence[Record], found: Overlay) -> None:
    known = {str(one["id"]): one for one in there}
    ids = [str(one["id"]) if str(one.get("id")) in known else None for one in wanted]
    changed: dict[str, Record] = {}
    for id_, one in zip(ids, wanted, strict=True):
        if id_ is not None:
            changed[id_], whole = _part_resource(known[id_], one)
            if whole:
                found.resources[id_] = whole
    new = [one for id_, one in zip(ids, wanted, strict=True) if id_ is None]
    if new or any(changed.values()):
        found.merged["resources"] = [*(changed.get(id_, {}) for id_ in known), *new]
    found.removed = [id_ for id_ in known if id_ not in changed]
    if ids != [*(id_ for id_ in known if id_ in changed), *([None] * len(new))]:
        found.order = ids


def merged(there: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The fields to send so that a record becomes what `changes` say.

    Resources given by id keep the fields that are not given. A list replaces the whole list, as in CKAN.
    Computed fields that are only sent back are omitted.

    Args:
        there: the current record.
        changes: fields with their new values.

    Returns:
        The changed fields, whole.

    Example:
        >>> there = {"title": "Rain", "resources": [{"id": "r1", "url": "u", "format": "CSV"}]}
        >>> merged(there, {"resources": [{"id": "r1", "format": "TSV"}], "num_tags": None})
        {'resources': [{'id': 'r1', 'url': 'u', 'format': 'TSV'}]}
    """
    changes = whole_fields(there, changes)
    left_out = sent_back("dataset", changes, there)
    fields = {name: value for name, value in changes.items() if name not in left_out}
    if isinstance(fields.get("resources"), list):
        known = {one["id"]: one for one in there.get("resources") or [] if isinstance(one, dict) and "id" in one}
        fields["resources"] = [_laid_over(known, one) for one in fields["resources"]]
    return fields


def whole_fields(there: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Changes with whole fields instead of parts of them: `title_translated.en` leaves the other languages as they are.

    Args:
        there: the current record.
        changes: fields with their new values; `FIELD.KEY` and `FIELD.PLACE.KEY` name a part of one that holds dicts or lists,
            also where the portal keeps it as JSON text.

    Example:
        >>> whole_fields({"title_translated": {"en": "Rain", "fr": "Pluie"}}, {"title_translated.en": "Snow"})
        {'title_translated': {'en': 'Snow', 'fr': 'Pluie'}}
    """
    whole: dict[str, Any] = {}
    for name, value in changes.items():
        first, mark, rest = name.partition(".")
        if not mark or name in there or first not in there:
            whole[name] = value
            continue
        now = whole.get(first, there[first])
        as_text = isinstance(now, str) and now[:1] in ("{", "[")
        found = _with_part(json.loads(now) if as_text else now, rest.split("."), value)
        whole[first] = json.dumps(found, ensure_ascii=False) if as_text else found
    return whole


def _with_part(value: Any, path: Sequence[str], new: Any) -> Any:
    if not path:
        return new
    key, *rest = path
    if isinstance(value, list) and key.isdigit() and int(key) <= len(value):
        place = int(key)
        return [*value[:place], _with_part(dict(enumerate(value)).get(place), rest, new), *value[place + 1 :]]
    known = value if isinstance(value, dict) else {}
    return {**known, key: _with_part(known.get(key), rest, new)}


def _laid_over(known: Mapping[str, Any], resource: Any) -> Any:
    if not isinstance(resource, dict):
        return resource
    return {**known.get(str(resource.get("id")), {}), **resource}
