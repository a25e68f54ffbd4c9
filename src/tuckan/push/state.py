"""Whether a table, and the resource it belongs to, are as a job left them.

What is compared: the columns with their descriptions, the key and the aliases; the number of rows and the largest `_id`,
which every insertion raises; and the rows themselves, all of them where they are few, else samples.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from tuckan import errors
from tuckan._text import counted
from tuckan.snapshot import differing
from tuckan.wire.rows import Part, Selection, counting, fetching_rows
from tuckan.wire.table_writes import table_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tuckan.jobs.operation import Record
    from tuckan.push.ledger import Ledger
    from tuckan.wire.flow import Flow
    from tuckan.wire.portal_state import PortalState

COMPARED_WHOLE = 20_000
"""Rows up to which all are compared."""

SAMPLES, ROWS_OF_A_SAMPLE = 5, 1000
"""How many samples of a larger table are compared: from its beginning, its end, and evenly between."""

_THE_PORTALS_OWN = frozenset(
    """
    cache_last_updated cache_url created datastore_active datastore_contains_all_records_of_source_file hash
    last_modified metadata_modified mimetype position revision_id size tracking_summary
    """.split()
)
"""Fields of a resource that the portal or its loaders set by themselves."""


def state_of(resource: str, portal_state: PortalState) -> Flow[Record]:
    """The state of a table, as JSON, to be compared with what it is later."""
    table = yield from table_of(resource, portal_state)
    count = yield from counting(Selection(resource), portal_state)
    digest = yield from _digest(Selection(resource, _columns(table or {})), count.rows, portal_state)
    return {"table": table, "rows": count.rows, "last": count.last, "sha256": digest}


def require_as_left(subject: str, resource: str, ledger: Ledger, portal_state: PortalState) -> Flow[None]:
    """See that a table is as a push left it, or that there is none.

    Args:
        subject: what it is, for people.
        resource: the resource's id.
        ledger: that of the push.
        portal_state: the portal.

    Raises:
        Conflict: when somebody else has changed it since.
    """
    table = yield from table_of(resource, portal_state)
    if table is None:
        return
    changed = yield from _changed(resource, table, ledger, portal_state)
    if changed:
        raise _conflict(subject, changed, "datastore_delete")


def _changed(resource: str, table: Record, ledger: Ledger, portal_state: PortalState) -> Flow[str]:
    left = ledger.left
    count = yield from counting(Selection(resource), portal_state)
    least, most = (left["rows"], left["rows"]) if left else ledger.expected()
    if not least <= count.rows <= most:
        expected = f"{least:,}" if least == most else f"{least:,} to {most:,}"
        return f"it has {counted(count.rows, 'row')}, and the job left {expected}"
    if left is None:  # the push did not come to its end: the number of rows is all that is known
        return ""
    if any(table.get(name) != value for name, value in left["table"].items()):
        return "its columns, their descriptions, its key or its aliases differ"
    if count.last != left["last"]:
        return f"its largest _id is {count.last:,}, and the job left {left['last']:,}: rows were removed and added"
    digest = yield from _digest(Selection(resource, _columns(table)), count.rows, portal_state)
    return "" if digest == left["sha256"] else "the values of its rows differ"


def _columns(table: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(one["id"] for one in table.get("fields", ()))


def _digest(selection: Selection, rows: int, portal_state: PortalState) -> Flow[str]:
    """A checksum of the rows as the portal writes them, or of samples of them."""
    checksum, most = hashlib.sha256(), ROWS_OF_A_SAMPLE
    for start, end in _compared(rows):
        place = start
        while place < end:
            # By their place, whatever the portal has: a range of `_id` is no place that two portals would share.
            page = yield from fetching_rows(selection, Part(min(most, end - place), start=place), portal_state)
            if not page.rows:
                break
            checksum.update(page.csv)
            place, most = place + page.rows, page.rows_of_next(ROWS_OF_A_SAMPLE)
    return checksum.hexdigest()


def _compared(rows: int) -> list[tuple[int, int]]:
    """Where what is compared begins and ends."""
    if rows <= COMPARED_WHOLE:
        return [(0, rows)]
    starts = ((rows - ROWS_OF_A_SAMPLE) * number // (SAMPLES - 1) for number in range(SAMPLES))
    return [(start, start + ROWS_OF_A_SAMPLE) for start in starts]


def require_resource_as_left(subject: str, sent: Mapping[str, Any], there: Mapping[str, Any], ledger: Ledger) -> None:
    """See that a resource that a push created says what it said when the push left it.

    Args:
        subject: what it is, for people.
        sent: the fields that it was created with.
        there: what it is now.
        ledger: that of the push.

    Raises:
        Conflict: when somebody else has changed it since.
    """
    left: Mapping[str, Any] = (ledger.left or {}).get("resource") or {}
    # A field that somebody added is a change as well, once it is known which there were.
    expected = {**dict.fromkeys(there), **left} if left else {"description": "", **sent}
    fields = differing(there, {name: value for name, value in expected.items() if name not in _THE_PORTALS_OWN})
    if fields:
        raise _conflict(subject, f"{', '.join(sorted(fields))} of its resource", "resource_delete")


def _conflict(subject: str, changed: str, action: str) -> errors.Conflict:
    return errors.Conflict(
        f"{subject} was changed by somebody else since and is kept: {changed}.",
        action=action,
        status=409,
        hint="Save the changes, remove the table manually, and undo the job again.",
    )
