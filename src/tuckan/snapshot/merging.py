"""A record with changes laid over it, in which nothing that was not named is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuckan.snapshot.canonical import THE_PORTALS_OWN

if TYPE_CHECKING:
    from collections.abc import Mapping


def merged(there: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The fields to send so that a record becomes what `changes` say.

    Resources that are named by their id keep the fields that are not given. A list stands for the whole list, as in CKAN.

    Args:
        there: the record as it is.
        changes: fields with their new values.

    Returns:
        The changed fields, whole.

    Example:
        >>> there = {"title": "Rain", "resources": [{"id": "r1", "url": "u", "format": "CSV"}]}
        >>> merged(there, {"resources": [{"id": "r1", "format": "TSV"}], "num_tags": 9})
        {'resources': [{'id': 'r1', 'url': 'u', 'format': 'TSV'}]}
    """
    fields = {name: value for name, value in changes.items() if name not in THE_PORTALS_OWN}
    if isinstance(fields.get("resources"), list):
        known = {one["id"]: one for one in there.get("resources") or [] if isinstance(one, dict) and "id" in one}
        fields["resources"] = [_laid_over(known, one) for one in fields["resources"]]
    return fields


def _laid_over(known: Mapping[str, Any], resource: Any) -> Any:
    if not isinstance(resource, dict):
        return resource
    return {**known.get(str(resource.get("id")), {}), **resource}
