"""Operations that copy a table of the DataStore from one portal to another."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tuckan._text import counted
from tuckan.errors import ConfigurationError, Conflict, Incomplete
from tuckan.jobs.operation import Ended, Intent, Kind, Operation
from tuckan.push.backup import BACKUP, backing_up, is_begun, read_backup, restoring
from tuckan.push.ledger import ledger_of
from tuckan.push.operations import columns_of, replaced
from tuckan.push.state import state_of
from tuckan.push.stored import read_stored
from tuckan.transport.durable import temporary_folder
from tuckan.wire.flow import locally, within
from tuckan.wire.rows import Selection, counting
from tuckan.wire.table_writes import dropping_table, table_of

if TYPE_CHECKING:
    from tuckan.jobs.operation import Portals
    from tuckan.push.backup import Backup
    from tuckan.push.ledger import Ledger
    from tuckan.wire.flow import Flow
    from tuckan.wire.portal_state import PortalState


class CopyTable(Kind):
    """Copy a table: its columns with their descriptions, its key, its aliases and all rows.

    Its data has the ids of the `resource` and of the one that it is at the `source`, how many `rows` the table had there when
    the copy was planned, and how many `before` at the target, None where there was no table; and for people the `table` that
    is copied, and the one `in_place`. A table that is kept on this machine has the path of its `parquet` file.
    """

    name = "copy.table"

    def intent(self, operation: Operation) -> Intent:
        """To make it, or another instead."""
        data = operation.data
        before = data["before"]
        fields = {"rows": (before, data["rows"]), **columns_of(data.get("in_place") or {}, data.get("table") or {})}
        if before is None:
            return Intent("created", fields)
        return Intent("changed", fields, (replaced(before),))

    def do(self, operation: Operation, portals: Portals) -> Flow[Ended]:
        """Read the whole table from the source, back up the existing one, and create it again."""
        data, source = operation.data, portals.source
        if source is None and "parquet" not in data:
            raise ConfigurationError("The portal that the table comes from is not known.", hint="Copy it again.")
        ledger, kept = (yield from ledger_of(portals, data["resource"])), portals.beside(f".{data['resource']}{BACKUP}")
        if ledger.undone:
            raise Incomplete("The copy was undone, so no rows were sent.", expected=data["rows"], received=0)
        if ledger.removal != "done":
            copying = partial(_copying, operation, source, portals.target, ledger, kept)
            yield from within(temporary_folder(), copying)
            yield from locally(ledger.remove, "done")
            yield from locally(ledger.leave, (yield from state_of(data["resource"], portals.target)))
        before = None if data["before"] is None else {"backup": kept.name}
        name = kept.name.removesuffix(BACKUP)
        return Ended("created" if before is None else "changed", data["resource"], before, {"files": name})

    def wrong_with(self, operation: Operation, ended: Ended, portals: Portals) -> Flow[str]:
        """Whether the table has another number of rows now."""
        del ended
        resource = operation.data["resource"]
        left = ((yield from ledger_of(portals, resource)).left or {}).get("rows")
        if (yield from table_of(resource, portals.target)) is None:
            return "the table does not exist"
        there = (yield from counting(Selection(resource), portals.target)).rows
        return "" if there == left else f"the table has {counted(there, 'row')} instead of {left:,}"

    def undo(self, operation: Operation, ended: Ended) -> Operation | str:
        """Restore the table that was there before, or remove the new one, unless somebody has changed it since."""
        if not ended.after:
            return "the state in which the table was left is not known"
        data = {"resource": operation.data["resource"], "job": ended.after["files"]}
        kind = "table.restore" if ended.before else "table.remove"
        return Operation(operation.key, kind, operation.subject, data, -operation.stage)


def _copying(
    operation: Operation, source: PortalState | None, target: PortalState, ledger: Ledger, kept: Path, folder: Path
) -> Flow[None]:
    if source is None:
        backup: Backup = yield from locally(read_stored, Path(operation.data["parquet"]))
    else:
        path = folder / "table"
        yield from backing_up(operation.data["source"], path, source)
        backup = yield from locally(read_backup, path)
    yield from _making_room(operation, backup, ledger, kept, target)
    yield from restoring(operation.data["resource"], backup, target)


def _making_room(
    operation: Operation, backup: Backup, ledger: Ledger, kept: Path, portal_state: PortalState
) -> Flow[None]:
    """Remove the table that is there; it is what it was when the copy was planned, or what an earlier run has begun."""
    resource, before = operation.data["resource"], operation.data["before"]
    if ledger.removal:
        old = None if before is None else (yield from locally(read_backup, kept)).count
        same = old is not None and (yield from table_of(resource, portal_state)) is not None
        if not (same and (yield from counting(Selection(resource), portal_state)) == old) and not (
            yield from is_begun(resource, backup, portal_state)
        ):
            raise _changed(operation)
    elif (yield from table_of(resource, portal_state)) is not None:
        if before is None:
            raise _changed(operation)
        yield from backing_up(resource, kept, portal_state)
    yield from locally(ledger.remove, "begun")
    yield from dropping_table(resource, portal_state)


def _changed(operation: Operation) -> Conflict:
    return Conflict(
        f"{operation.subject}: somebody else wrote to it since the copy was planned; it was not changed.",
        action="datastore_delete",
        status=409,
        hint="Copy once more to replace it.",
    )
