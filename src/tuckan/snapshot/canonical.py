"""What of a record is its publisher's: in one form, without what the portal keeps or works out by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

THE_PORTALS_OWN = frozenset(
    """
    metadata_modified metadata_created creator_user_id num_resources num_tags organization isopen license_title
    license_url relationships_as_subject relationships_as_object tracking_summary revision_id
    """.split()
)
"""Fields of a dataset that the portal works out itself; `metadata_modified`, sent back to CKAN 2.12 by an administrator,
would turn the clock back."""

_OF_RESOURCES = frozenset({"package_id", "metadata_modified", "revision_id", "position", "tracking_summary"})


def essence(dataset: Mapping[str, Any]) -> dict[str, Any]:
    """What a publisher said of a dataset, so that equal means equal.

    Tags, groups and extras are in the order of their names, whatever the portal's order, and have nothing else beside.

    Args:
        dataset: a dataset as a portal gives it.

    Example:
        >>> essence({"name": "rain", "num_tags": 2, "tags": [{"name": "sky", "id": "7"}, {"name": "rain", "id": "9"}]})
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
