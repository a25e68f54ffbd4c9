"""A record laid over the one on the portal, so that nothing is lost which the record does not speak of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuckan.snapshot import list_edits

if TYPE_CHECKING:
    from collections.abc import Mapping


def laid_over(there: Mapping[str, Any], record: Mapping[str, Any], *, partial: bool) -> dict[str, Any]:
    """A record with the ids of what it changes, and what a row of a table cannot say.

    Args:
        there: the record on the portal.
        record: what is to be there.
        partial: whether it is from a table: extras and resources that have no column stay as they are.

    Example:
        >>> there = {"id": "1", "resources": [{"id": "r", "url": "a"}, {"id": "s", "url": "b"}]}
        >>> laid_over(there, {"name": "x", "resources": [{"url": "c"}]}, partial=True)["resources"]
        [{'id': 'r', 'url': 'c'}, {'id': 's'}]
    """
    laid = {**record, "id": there["id"]}
    if record.get("resources"):
        known: list[dict[str, Any]] = there.get("resources") or []
        alike = _by_place(known, record["resources"]) if partial else list_edits.recognised(there, record["resources"])
        laid["resources"] = [_linked(known, one) for one in alike]
    if partial and record.get("extras"):
        values = {one["key"]: one["value"] for one in [*(there.get("extras") or []), *record["extras"]]}
        laid["extras"] = [{"key": key, "value": value} for key, value in values.items()]
    return laid


def _by_place(known: list[dict[str, Any]], resources: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Resources of a table: the columns tell the place of each, and those without a column stay."""
    placed = [{"id": there["id"], **one} for there, one in zip(known, resources, strict=False)]
    return [*placed, *resources[len(known) :], *({"id": one["id"]} for one in known[len(resources) :])]


def _linked(known: list[dict[str, Any]], resource: dict[str, Any]) -> dict[str, Any]:
    """A resource that had a file and gets another address is a link from then on."""
    was = next((one for one in known if one["id"] == resource.get("id")), {})
    moved = was.get("url_type") == "upload" and resource.get("url") and resource["url"] != was.get("url")
    return {**resource, "url_type": ""} if moved else resource
