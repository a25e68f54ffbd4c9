"""Edits of a dataset's lists as sets: each returns the fields to send, given the current dataset."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from tuckan.errors import Hint, InvalidArgument, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_OWN_FIELDS = frozenset(
    """
    author author_email creator_user_id groups id license_id maintainer maintainer_email metadata_created
    metadata_modified name notes organization owner_org private resources state tags title type url version
    """.split()
)


def is_id(text: str) -> bool:
    """Whether text looks like a CKAN id rather than a name.

    Example:
        >>> is_id("rivers"), is_id("0f19616f-f41e-404d-9ae2-34bf1ac2cbba")
        (False, True)
    """
    return _ID.fullmatch(text) is not None


def with_tags(there: Mapping[str, Any], names: Iterable[str], vocabulary_id: str | None = None) -> dict[str, Any]:
    """The fields of a dataset that has these tags too.

    Args:
        there: the dataset as it is.
        names: the tags to add.
        vocabulary_id: the vocabulary they belong to; free tags without it.

    Example:
        >>> with_tags({"tags": [{"name": "sky", "state": "active"}]}, ["rain", "sky"])
        {'tags': [{'name': 'sky'}, {'name': 'rain'}]}
    """
    tags = _tags(there)
    known = {(tag["name"], tag.get("vocabulary_id")) for tag in tags}
    added = [_tag(name, vocabulary_id) for name in dict.fromkeys(names) if (name, vocabulary_id) not in known]
    return {"tags": tags + added}


def without_tags(there: Mapping[str, Any], names: Iterable[str], vocabulary_id: str | None = None) -> dict[str, Any]:
    """The fields of a dataset that has none of these tags.

    Example:
        >>> without_tags({"tags": [{"name": "sky"}, {"name": "rain"}]}, ["sky", "snow"])
        {'tags': [{'name': 'rain'}]}
    """
    gone = {(name, vocabulary_id) for name in names}
    return {"tags": [tag for tag in _tags(there) if (tag["name"], tag.get("vocabulary_id")) not in gone]}


def _tags(there: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [_tag(tag["name"], tag.get("vocabulary_id")) for tag in there.get("tags") or []]


def _tag(name: str, vocabulary_id: str | None) -> dict[str, Any]:
    return {"name": name, "vocabulary_id": vocabulary_id} if vocabulary_id else {"name": name}


def with_extras(there: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a dataset whose extra fields have these values.

    A plugin's schema may have its own field instead of an extra; then that field is set.

    Raises:
        InvalidArgument: for a field that every dataset has, which is no extra.

    Example:
        >>> with_extras({"extras": [{"key": "size", "value": "1"}]}, {"size": "2", "depth": 3})
        {'extras': [{'key': 'size', 'value': '2'}, {'key': 'depth', 'value': '3'}]}
        >>> with_extras({"contact": "Ann"}, {"contact": "Bea"})
        {'contact': 'Bea'}
    """
    _refuse_own_fields(values)
    own = {key: value for key, value in values.items() if _is_a_field(there, key)}
    extras = {one["key"]: one["value"] for one in there.get("extras") or []}
    free = {key: _text(value) for key, value in values.items() if key not in own}
    if not free:
        return own
    return {**own, "extras": [{"key": key, "value": value} for key, value in {**extras, **free}.items()]}


def without_extras(there: Mapping[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    """The fields of a dataset without these extra fields; a plugin's own field is emptied.

    Example:
        >>> without_extras({"extras": [{"key": "size", "value": "1"}], "contact": "Ann"}, ["size", "contact"])
        {'contact': '', 'extras': []}
    """
    gone = list(keys)
    _refuse_own_fields(gone)
    own = {key: "" for key in gone if _is_a_field(there, key)}
    extras: list[Any] = there.get("extras") or []
    kept = [{"key": one["key"], "value": one["value"]} for one in extras if one["key"] not in gone]
    return {**own, "extras": kept} if len(kept) < len(extras) else own


def _is_a_field(there: Mapping[str, Any], key: str) -> bool:
    return key in there or "extras" not in there


def _refuse_own_fields(keys: Iterable[str]) -> None:
    wrong = [key for key in keys if key in _OWN_FIELDS]
    if wrong:
        raise InvalidArgument(
            f"{', '.join(wrong)}: this is a field of every dataset, not an extra.", hint="Set it with patch or update."
        )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def in_groups(there: Mapping[str, Any], groups: Iterable[str]) -> dict[str, Any]:
    """The fields of a dataset that is in these groups too.

    Args:
        there: the dataset as it is.
        groups: names or ids.

    Example:
        >>> in_groups({"groups": [{"id": "1", "name": "water"}]}, ["water", "air"])
        {'groups': [{'id': '1'}, {'name': 'air'}]}
    """
    known = _names(there.get("groups"))
    added = [{"id" if is_id(group) else "name": group} for group in dict.fromkeys(groups) if group not in known]
    return {"groups": [_reference(one) for one in there.get("groups") or []] + added}


def out_of_groups(there: Mapping[str, Any], groups: Iterable[str]) -> dict[str, Any]:
    """The fields of a dataset that is in none of these groups."""
    gone = set(groups)
    return {"groups": [_reference(one) for one in there.get("groups") or [] if not gone & _names([one])]}


def _reference(group: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": group["id"]} if "id" in group else {"name": group["name"]}


def _names(groups: Iterable[Mapping[str, Any]] | None) -> set[str]:
    return {str(one[key]) for one in groups or () for key in ("id", "name") if one.get(key)}


def with_resources(there: Mapping[str, Any], added: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The fields of a dataset that has these resources too, after its own; existing ones are not changed.

    Args:
        there: the dataset as it is.
        added: resources, each with an id.
    """
    known = {one["id"] for one in there.get("resources") or []}
    return {"resources": [*(there.get("resources") or []), *(dict(one) for one in added if one["id"] not in known)]}


def with_changed_resources(there: Mapping[str, Any], changes: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The fields of a dataset with some of its resources changed, of which only what is given is named.

    Args:
        there: the dataset as it is.
        changes: by the resource's id, the fields to set; those that are not given stay.

    Raises:
        NotFound: when the dataset has no such resource.
    """
    resources: list[dict[str, Any]] = there.get("resources") or []
    require_resources(there, changes)
    return {"resources": [{"id": one["id"], **changes.get(one["id"], {})} for one in resources]}


def without_resources(there: Mapping[str, Any], ids: Iterable[str]) -> dict[str, Any]:
    """The fields of a dataset without these resources."""
    gone = set(ids)
    return {"resources": [one for one in there.get("resources") or [] if one["id"] not in gone]}


def require_resources(there: Mapping[str, Any], ids: Iterable[str]) -> None:
    """Check that a dataset has these resources.

    Raises:
        NotFound: when it does not have one of them.
    """
    known = {one["id"] for one in there.get("resources") or []}
    missing = [one for one in ids if one not in known]
    if missing:
        raise NotFound(
            f"The dataset {there.get('name') or there.get('id')} has no resource {', '.join(missing)}.",
            action="package_show",
            status=404,
            hint=Hint("`resources.list(dataset)`", "`tuckan resource list DATASET`")
            + " shows its resources; somebody may have deleted it.",
        )


def recognised(there: Mapping[str, Any], resources: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Resources with the ids of the portal's resources with the same name, or else the same address.

    Without its id a resource would be created again, and the file of the old one would be lost.

    Example:
        >>> recognised({"resources": [{"id": "r1", "name": "flow", "url": "a"}]}, [{"name": "flow", "url": "b"}])
        [{'name': 'flow', 'url': 'b', 'id': 'r1'}]
    """
    free = {one["id"]: one for one in there.get("resources") or []}
    for one in resources:
        free.pop(str(one.get("id")), None)
    found = [dict(one) for one in resources]
    for key in ("name", "url"):
        for one in found:
            like = [known for known in free.values() if one.get(key) and known.get(key) == one.get(key)]
            if not one.get("id") and like:
                one["id"] = like[0]["id"]
                del free[like[0]["id"]]
    return found


def paired(wanted: Sequence[Mapping[str, Any]], there: Sequence[Mapping[str, Any]]) -> list[int | None]:
    """For each desired resource, the index of the existing one that it matches, or None.

    Matches by id first, then by address and name, then by address, then by name.

    Args:
        wanted: resources with `id`, `url` and `name`; the addresses of uploads are the names of their files.
        there: the resources that are there, alike.

    Example:
        >>> paired([{"id": "1", "name": "rain"}, {"id": "2", "name": "new"}], [{"id": "9", "name": "rain"}])
        [0, None]
    """
    found: list[int | None] = [None] * len(wanted)
    free = dict(enumerate(there))
    for sign in _SIGNS:
        by_sign: dict[Any, int] = {}
        for place, one in free.items():
            if (mark := sign(one)) is not None:
                by_sign.setdefault(mark, place)
        for number, one in enumerate(wanted):
            mark = sign(one)
            if found[number] is None and mark is not None and mark in by_sign:
                place = by_sign.pop(mark)
                found[number] = place
                del free[place]
    return found


def _by(*names: str) -> Callable[[Mapping[str, Any]], Any]:
    def sign(resource: Mapping[str, Any]) -> Any:
        marks = tuple(str(resource.get(name) or "") for name in names)
        return marks if all(marks) else None

    return sign


_SIGNS = (_by("id"), _by("url", "name"), _by("url"), _by("name"))
