"""The canonical form of records: only the publisher's fields, without those that portals store or compute."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from tuckan.shapes import SECRET_FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

EntityKind: TypeAlias = Literal["organizations", "groups", "users", "datasets"]
"""The kinds of records that a catalogue has."""

KINDS: tuple[EntityKind, ...] = ("organizations", "groups", "users", "datasets")
"""All of them, each before those that name it."""

THE_PORTALS_OWN = frozenset(
    """
    metadata_modified metadata_created creator_user_id num_resources num_tags organization isopen license_title
    license_url relationships_as_subject relationships_as_object tracking_summary revision_id
    """.split()
)
"""Fields of a dataset that the portal computes; `metadata_modified`, sent to CKAN 2.12 by an administrator,
would change the timestamp."""

_OF_RESOURCES = frozenset({"package_id", "metadata_modified", "revision_id", "position", "tracking_summary"})


def publisher_fields(dataset: Mapping[str, Any]) -> dict[str, Any]:
    """The publisher's fields of a dataset, comparable by `==`.

    Tags, groups and extras are sorted by name and reduced to their essential keys.

    Args:
        dataset: a dataset as returned by a portal.

    Example:
        >>> publisher_fields({"name": "rain", "num_tags": 2, "tags": [{"name": "sky", "id": "7"}, {"name": "rain", "id": "9"}]})
        {'name': 'rain', 'tags': [{'name': 'rain'}, {'name': 'sky'}]}
    """
    kept = {name: value for name, value in dataset.items() if name not in THE_PORTALS_OWN}
    return {name: _FORMS[name](value) if name in _FORMS and value else value for name, value in kept.items()}


def _tags(tags: list[dict[str, Any]]) -> list[dict[str, Any]]:
    named = ({name: one[name] for name in ("name", "vocabulary_id") if one.get(name)} for one in tags)
    return sorted(named, key=lambda one: (one["name"], one.get("vocabulary_id", "")))


def _groups(groups: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(({"name": one.get("name") or one.get("id")} for one in groups), key=lambda one: str(one["name"]))


def _extras(extras: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(({"key": one["key"], "value": one.get("value")} for one in extras), key=lambda one: str(one["key"]))


def _resources(resources: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in one.items() if name not in _OF_RESOURCES} for one in resources]


_FORMS: dict[str, Callable[[Any], Any]] = {
    "tags": _tags,
    "groups": _groups,
    "extras": _extras,
    "resources": _resources,
}


_OF_A_PORTALS_RESOURCES = frozenset(
    """
    id created last_modified datastore_active datastore_contains_all_records_of_source_file cache_last_updated cache_url
    ckan_url original_url resource_id set_url_type ignore_hash task_created
    """.split()
)
"""Fields of a resource that the portal and its loaders maintain."""

_OF_FILES = frozenset({"hash", "size", "mimetype"})
"""Fields of an uploaded file that portals and loaders compute; files are compared by reading them."""

_OF_TABLES = frozenset({"url"})
"""CKAN sets the address of a resource without a file to that of its table."""

_OF_DATASETS = frozenset({"id", "revision_id", "relationships_as_subject", "relationships_as_object"})

_OF_GROUPS = frozenset(
    """
    id approval_status created display_name image_display_url is_organization num_followers package_count packages
    revision_id
    """.split()
)

_USUAL_TYPES = frozenset({"group", "organization"})
"""CKAN's default types."""

_OF_USERS = (
    frozenset(
        """
    id activity_streams_email_notifications capacity created datasets display_name email_hash image_display_url
    last_active num_followers number_created_packages number_of_edits
    """.split()
    )
    | SECRET_FIELDS
)

_OF_VIEWS = frozenset({"id", "resource_id", "package_id"})


def without_fields(record: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    """A record without some of its fields.

    Args:
        record: the record.
        names: fields, or `resources.FIELD` for a field of each resource.

    Example:
        >>> without_fields({"name": "rain", "doi": "10", "resources": [{"url": "u", "size": 3}]}, ["doi", "resources.size"])
        {'name': 'rain', 'resources': [{'url': 'u'}]}
    """
    kept = {name: value for name, value in record.items() if name not in names}
    inside = frozenset(name.removeprefix("resources.") for name in names if name.startswith("resources."))
    if inside and isinstance(kept.get("resources"), list):
        kept["resources"] = [_without(one, inside) if isinstance(one, dict) else one for one in kept["resources"]]
    return kept


def normal(kind: EntityKind, record: Mapping[str, Any]) -> dict[str, Any]:
    """The canonical form of a record, the same on every portal, without empty fields.

    References to organizations, groups and users are by name, and the address of an uploaded file is the
    file's name.

    Args:
        kind: its kind.
        record: the record as returned by a portal.

    Example:
        >>> normal("groups", {"id": "7", "name": "sky", "title": "Sky", "package_count": 3, "description": ""})
        {'name': 'sky', 'title': 'Sky'}
    """
    return _said(_KINDS[kind](record))


def _dataset(record: Mapping[str, Any]) -> dict[str, Any]:
    said = {name: value for name, value in publisher_fields(record).items() if name not in _OF_DATASETS}
    organization = record.get("organization")
    if isinstance(organization, dict) and organization.get("name"):
        said["owner_org"] = organization["name"]
    said["resources"] = [_resource(one) for one in said.get("resources") or []]
    return said


def _resource(record: Mapping[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = _without(record, _OF_A_PORTALS_RESOURCES)
    if is_upload(record):
        said = {**_without(said, _OF_FILES), "url": file_name(record)}
    elif is_table(record):
        said = _without(said, _OF_TABLES)
    views: list[dict[str, Any]] = record.get("resource_views") or []
    return _said({**said, "resource_views": [normal_view(one) for one in views]})


def normal_view(view: Mapping[str, Any]) -> dict[str, Any]:
    """The canonical form of a view, without its own id and its resource's."""
    return _said(_without(view, _OF_VIEWS))


def _group(record: Mapping[str, Any]) -> dict[str, Any]:
    said = _without(record, _OF_GROUPS)
    if said.get("type") in _USUAL_TYPES:
        del said["type"]
    # Parents and extras have the same form as in a dataset.
    said |= publisher_fields({name: said[name] for name in ("groups", "extras", "tags") if name in said})
    members = (one for one in said.get("users") or [] if one.get("state", "active") == "active")
    named = [{"name": one.get("name"), "capacity": one.get("capacity")} for one in members]
    said["users"] = sorted(named, key=lambda one: str(one["name"]))
    return said


def _user(record: Mapping[str, Any]) -> dict[str, Any]:
    return _without(record, _OF_USERS)


def is_upload(resource: Mapping[str, Any]) -> bool:
    """Whether a resource is an uploaded file, not a link."""
    return resource.get("url_type") == "upload"


def is_table(resource: Mapping[str, Any]) -> bool:
    """Whether a resource is a DataStore table without a file, to which the portal links."""
    return resource.get("url_type") in ("datastore", "tabledesigner")


def file_name(resource: Mapping[str, Any]) -> str:
    """The name of an uploaded file, the last part of its address."""
    return str(resource.get("url") or "").rpartition("/")[2]


_TEXTS = ("name", "id", "type", "state")
_LISTS: dict[str, tuple[str, ...]] = {
    "tags": ("name",),
    "groups": ("name", "id"),
    "extras": ("key",),
    "users": ("name",),
    "resources": (),
}
"""Lists of objects, each with the fields of which its objects need at least one, as text."""


def defect(record: Mapping[str, Any]) -> str:
    """Why a record cannot have come from a portal; empty if its form is valid.

    Args:
        record: a dataset, organization, group or user.

    Example:
        >>> defect({"name": "rain", "tags": ["sky"]}), defect({"name": "rain", "tags": [{"name": "sky"}]})
        ('tags.0 is text, not an object', '')
    """
    for name in _TEXTS:
        if not isinstance(record.get(name), str | None):
            return f"{name} is {_called(record[name])}, not text"
    if not (record.get("name") or record.get("id")):
        return "it has neither a name nor an id"
    for name, needed in _LISTS.items():
        if (wrong := _wrong_list(name, record.get(name), needed)) is not None:
            return wrong
    for place, resource in enumerate(record.get("resources") or ()):
        if (wrong := _wrong_list(f"resources.{place}.resource_views", resource.get("resource_views"), ())) is not None:
            return wrong
    return ""


def _wrong_list(path: str, value: Any, needed: tuple[str, ...]) -> str | None:
    if value is None:
        return None
    if not isinstance(value, list):
        return f"{path} is {_called(value)}, not a list"
    for place, one in enumerate(value):
        if not isinstance(one, dict):
            return f"{path}.{place} is {_called(one)}, not an object"
        for name in ("id", "vocabulary_id", *needed):
            if not isinstance(one.get(name), str | None):
                return f"{path}.{place}.{name} is {_called(one[name])}, not text"
        if needed and not any(one.get(name) for name in needed):
            return f"{path}.{place} has no {' or '.join(needed)}"
    return None


def _called(value: Any) -> str:
    names = {str: "text", bool: "true or false", list: "a list", dict: "an object", type(None): "null"}
    return names.get(type(value), f"the number {value}")


def _without(record: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in names}


def _said(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if value is not None and value not in ("", [], {})}


_KINDS: dict[EntityKind, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "organizations": _group,
    "groups": _group,
    "users": _user,
    "datasets": _dataset,
}
