"""Flows that write tables of the DataStore: rows as they are on disk, and the row count afterwards."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from tuckan import errors
from tuckan.wire.call import Call
from tuckan.wire.execute import execute
from tuckan.wire.rows import ID
from tuckan.wire.writing import reading_if_there

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tuckan.wire.flow import Flow
    from tuckan.wire.portal_state import PortalState

Record = dict[str, Any]


ADDRESS_OF_TABLES = "_datastore_only_resource"
"""What CKAN itself stores as the address of a resource without a file; it shows that of the table."""


def writing_rows(
    resource: str,
    rows: Sequence[bytes],
    method: str,
    portal_state: PortalState,
    *,
    dry_run: bool = False,
    divisible: bool = False,
) -> Flow[None]:
    """Write rows: all of them, or none.

    Args:
        resource: the resource's id.
        rows: each as JSON.
        method: `insert` or `upsert`; only an upsert may be repeated if the answer is lost.
        portal_state: the portal.
        dry_run: whether CKAN only tries, and rolls back.
        divisible: whether rows that take too long are sent in parts, rather than again.
    """
    params: Record = {
        "resource_id": resource,
        "method": method,
        "force": True,
        "calculate_record_count": False,
        "records": msgspec.Raw(b"[" + b",".join(rows) + b"]"),
    }
    again = dry_run or method == "upsert"
    call = Call(
        "datastore_upsert", params | ({"dry_run": True} if dry_run else {}), idempotent=again, divisible=divisible
    )
    yield from execute(call, portal_state)


def refused_row(resource: str, rows: Sequence[bytes], method: str, portal_state: PortalState) -> Flow[int | None]:
    """The first row that CKAN refuses, found by bisection; None if it accepts each row alone."""
    low, high = 0, len(rows)
    while True:
        middle = (low + high) // 2 if high - low > 1 else high
        try:
            yield from writing_rows(resource, rows[low:middle], method, portal_state, dry_run=True)
        except errors.ValidationError:
            if middle - low == 1:
                return low
            high = middle
        except errors.TuckanError:
            return None
        else:
            if middle == high:
                return None
            low = middle


def counting_anew(resource: str, portal_state: PortalState) -> Flow[None]:
    """Have the portal recount a table's rows, for readers of totals."""
    params = {"resource_id": resource, "method": "insert", "records": [], "force": True, "calculate_record_count": True}
    yield from execute(Call("datastore_upsert", params, idempotent=True), portal_state)


def making_table(resource: str, params: Mapping[str, Any], portal_state: PortalState) -> Flow[None]:
    """Create or change a table; without rows it may be sent twice."""
    given = {name: value for name, value in params.items() if value}
    call = Call("datastore_create", {"resource_id": resource, **given, "force": True}, idempotent=True)
    yield from execute(call, portal_state)


def dropping_table(resource: str, portal_state: PortalState) -> Flow[None]:
    """Remove a table, if it exists."""
    try:
        yield from execute(
            Call("datastore_delete", {"resource_id": resource, "force": True}, idempotent=True), portal_state
        )
    except errors.NotFound:
        return


def table_of(resource: str, portal_state: PortalState) -> Flow[Record | None]:
    """A table's description by the portal; None if there is no table.

    Returns:
        A flow that returns `fields` (without `_id`) with types and `info`, `key` (the columns of its unique index; None
        if the token may not see it, since it may not write), `aliases`, and `indexes` (the columns of each other index).
    """
    found = yield from reading_if_there(Call("datastore_info", {"id": resource}, read_only=True), portal_state)
    if found is None:
        return None
    fields = [one for one in found.get("fields", []) if one.get("id") != ID]
    groups = _indexed(fields)
    # `uniquekey` reports constraints, but CKAN (2.9 to 2.12) implements a primary_key as a unique index.
    key = (yield from _key(resource, [one["id"] for one in fields], portal_state)) if groups else []
    aliases = (found.get("meta") or {}).get("aliases") or []
    kept = [{name: one[name] for name in ("id", "type", "info") if one.get(name)} for one in fields]
    for one in kept:
        if one.get("type") == "nested":  # CKAN's internal name for its type json
            one["type"] = "json"
    return {
        "fields": kept,
        "key": key,
        "aliases": [aliases] if isinstance(aliases, str) else list(aliases),
        "indexes": [group for group in groups if sorted(group) != sorted(key or ())],
    }


def _indexed(fields: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """The columns of each index; for a column in several indexes, CKAN names one."""
    groups: dict[str, list[str]] = {}
    for one in fields:
        schema = one.get("schema") or {}
        if schema.get("is_index") and isinstance(schema.get("index_name"), str):
            groups.setdefault(schema["index_name"], []).append(one["id"])
    return list(groups.values())


_MISSING = re.compile(r'fields "(.*)" are missing', re.DOTALL)


def _key(resource: str, columns: Sequence[str], portal_state: PortalState) -> Flow[list[str] | None]:
    """The columns of a table's unique index: CKAN names them when an upserted row lacks them, and writes nothing."""
    try:
        yield from writing_rows(resource, [b"{}"], "upsert", portal_state, dry_run=True)
    except errors.NotAuthorized:
        return None
    except errors.ValidationError as error:
        if "table" in error.fields:
            return []
        named = _MISSING.search(str(error.fields.get("key", "")))
        if not named:
            raise
        key = named[1].split(", ")
        # A name that contains a comma is ambiguous; the order is the table's own.
        return key if set(key) <= set(columns) else [one for one in columns if one in named[1]]
    return None
