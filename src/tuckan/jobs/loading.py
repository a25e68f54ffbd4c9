"""Selecting resources to load into the DataStore, by format and state. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from tuckan._text import parse_timestamp
from tuckan.jobs.kinds.loaders import AT_WORK
from tuckan.jobs.operation import Operation

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from tuckan.jobs.operation import Record

HowItIs: TypeAlias = Literal["never", "failed", "stale", "loaded", "loading"]

LOADABLE = ("csv", "tsv", "xls", "xlsx", "ods")
"""Formats that DataPusher and XLoader load by default."""

STATES: tuple[HowItIs, ...] = ("never", "failed", "stale", "loaded", "loading")
NOT_AS_IT_SHOULD_BE = ("never", "failed", "stale")
STALE_AFTER = timedelta(hours=1)
"""How long CKAN waits for a loader before it considers its job lost."""

_WITHOUT_FILE = frozenset({"datastore", "tabledesigner"})


def loadable(dataset: Mapping[str, Any], formats: Collection[str]) -> Iterator[Record]:
    """The resources of a dataset that have a file in one of these formats.

    Example:
        >>> dataset = {"name": "rain", "resources": [{"id": "r1", "format": "CSV"}, {"id": "r2", "format": "PDF"}]}
        >>> [one["id"] for one in loadable(dataset, LOADABLE)]
        ['r1']
    """
    wanted = {one.lower().lstrip(".") for one in formats}
    for one in dataset.get("resources") or []:
        if str(one.get("format")).lower().lstrip(".") in wanted and one.get("url_type") not in _WITHOUT_FILE:
            kept = {name: one.get(name) for name in ("id", "name", "datastore_active", "last_modified")}
            yield {**kept, "dataset": dataset.get("name")}


def how_it_is(resource: Mapping[str, Any], state: Mapping[str, Any], now: datetime | None = None) -> HowItIs:
    """The loading state of a resource.

    Args:
        resource: the resource.
        state: its loader's status; empty when it was never submitted.
        now: the time, in UTC.

    Example:
        >>> how_it_is({"datastore_active": False}, {}), how_it_is({"datastore_active": True}, {"status": "error"})
        ('never', 'failed')
    """
    said = state.get("status")
    updated = parse_timestamp(state.get("last_updated"))
    if said in AT_WORK:
        lost = updated is not None and updated < (now or datetime.now(UTC)) - STALE_AFTER
        return "stale" if lost else "loading"
    if said == "error":
        return "failed"
    if not resource.get("datastore_active"):
        return "never"
    changed = parse_timestamp(resource.get("last_modified"))
    return "stale" if changed is not None and updated is not None and changed > updated else "loaded"


def loading(
    loader: str, resource: Mapping[str, Any], state: Mapping[str, Any], *, wait: float | None, ignore_hash: bool
) -> Operation:
    """The operation that loads a resource."""
    data = {
        "resource": resource["id"],
        "dataset": resource.get("dataset"),
        "since": state.get("last_updated"),
        "loaded": bool(resource.get("datastore_active")),
        "wait": wait,
        "ignore_hash": ignore_hash,
    }
    return Operation(
        resource["id"],
        f"{loader}.submit",
        f"resource {resource['name'] or resource['id']} of {resource['dataset']}",
        data,
    )
