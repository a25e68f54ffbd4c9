"""Whether a table and its resource are as a job left them.

It compares the columns with their descriptions, the key and the aliases; the number of rows and the largest `_id`,
which every insertion raises; and the rows themselves: all of a small table, otherwise samples.
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
"""The number of rows up to which all are compared."""

SAMPLES, ROWS_OF_A_SAMPLE = 5, 1000
"""How many samples of a larger table are compared: from its start, its end, and evenly between."""

_THE_PORTALS_OWN = frozenset(
    """
    cache_last_updated cache_url created datastore_active datastore_contains_all_records_of_source_file hash
    last_modified metadata_modified mimetype position revision_id size tracking_summary
    """.split()
)
"""Fields of a resource that the portal or its loaders set."""


def state_of(resource: str, portal_state: PortalState) -> Flow[Record]:
    """The state of a table, as JSON, for later comparison."""
    table = yield from table_of(resource, portal_state)
    count = yield from counting(Selection(resource), portal_state)
    digest = yield from _digest(Selection(resource, _columns(table or {})), count.rows, portal_state)
    return {"table": table, "rows": count.rows, "last": count.last, "sha256": digest}


def require_as_left(subject: str, resource: str, ledger: Ledger, portal_state: PortalState) -> Flow[None]:
    """Check that a table is as a push left it, or does not exist.

    Args:
        subject: its name in messages.
        resource: the resource's id.
        ledger: the ledger of the push.
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
    if left is None:  # the push did not finish: only the number of rows is known
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
    """A checksum of the rows in the portal's form, or of samples."""
    checksum, most = hashlib.sha256(), ROWS_OF_A_SAMPLE
    for start, end in _compared(rows):
        place = start
        while place < end:
            # By position, on every portal: ranges of `_id` differ between portals.
            page = yield from fetching_rows(selection, Part(min(most, end - place), start=place), portal_state)
            if not page.rows:
                break
            checksum.update(page.csv)
            place, most = place + page.rows, page.rows_of_next(ROWS_OF_A_SAMPLE)
    return checksum.hexdigest()


def _compared(rows: int) -> list[tuple[int, int]]:
    """The ranges that are compared."""
    if rows <= COMPARED_WHOLE:
        return [(0, rows)]
    starts = ((rows - ROWS_OF_A_SAMPLE) * number // (SAMPLES - 1) for number in range(SAMPLES))
    return [(start, start + ROWS_OF_A_SAMPLE) for start in starts]


def require_resource_as_left(subject: str, sent: Mapping[str, Any], there: Mapping[str, Any], ledger: Ledger) -> None:
    """Check that a resource that a push created is as the push left it.

    Args:
        subject: its name in messages.
        sent: the fields that it was created with.
        there: its current state.
        ledger: the ledger of the push.

    Raises:
        Conflict: when somebody else has changed it since.
    """
    left: Mapping[str, Any] = (ledger.left or {}).get("resource") or {}
    # An added field is a change as well, if the previous fields are known.
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
