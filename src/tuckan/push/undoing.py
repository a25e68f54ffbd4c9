"""Operations that undo a push or the copy of a table: restore the previous table, or remove the new one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuckan.jobs.operation import Ended, Kind
from tuckan.push.backup import BACKUP, is_begun, read_backup, restoring
from tuckan.push.ledger import LEDGER, Ledger, ledger_of
from tuckan.push.loader import leaving_loader
from tuckan.push.state import require_as_left, require_resource_as_left
from tuckan.wire.call import Call
from tuckan.wire.flow import locally
from tuckan.wire.removing import removing
from tuckan.wire.table_writes import dropping_table, table_of
from tuckan.wire.writing import reading_if_there

if TYPE_CHECKING:
    from pathlib import Path

    from tuckan.jobs.operation import Operation, Portals
    from tuckan.wire.flow import Flow


class RestoreTable(Kind):
    """Restore a table from its backup.

    Its data has `resource`, and `job`, the name of the push; for a table that was copied, how the names of its files begin.
    """

    name = "table.restore"
    intended = "restored"
    not_undone = "push the table again instead"

    def do(self, operation: Operation, portals: Portals) -> Flow[Ended]:
        """Read the whole backup, check that the table is as the push left it, then remove and recreate it."""
        resource, memory = operation.data["resource"], portals.target
        ledger = yield from ledger_of(portals, resource)  # a job may restore several tables
        backup = yield from locally(read_backup, _of_push(operation, portals, BACKUP))
        pushed = yield from locally(Ledger, _of_push(operation, portals, LEDGER))
        if pushed.is_loading:
            yield from leaving_loader(resource, pushed, memory)
        if not (ledger.removal and (yield from is_begun(resource, backup, memory))):
            yield from require_as_left(operation.subject, resource, pushed, memory)
        yield from locally(pushed.undo)
        yield from locally(ledger.remove, "begun")
        yield from dropping_table(resource, memory)
        yield from restoring(resource, backup, memory)
        return Ended("restored", resource)


class RemoveTable(Kind):
    """Remove a table that a push created, and its resource if that was new.

    Its data has `resource`, `job`, the name of the push, and with `new` the fields that the resource was created with.
    """

    name = "table.remove"
    intended = "deleted"
    not_undone = "push the table again instead"

    def do(self, operation: Operation, portals: Portals) -> Flow[Ended]:
        """Remove it, unless somebody else has changed it since."""
        data, memory = operation.data, portals.target
        pushed = yield from locally(Ledger, _of_push(operation, portals, LEDGER))
        there = yield from reading_if_there(_show(data["resource"]), memory)
        if there is None:
            return Ended("unchanged", data["resource"])
        if pushed.is_loading:
            yield from leaving_loader(data["resource"], pushed, memory)
        yield from require_as_left(operation.subject, data["resource"], pushed, memory)
        if data.get("new"):
            require_resource_as_left(operation.subject, data["new"], there, pushed)
        yield from locally(pushed.undo)
        if data.get("new"):
            delete = Call("resource_delete", {"id": data["resource"]})
            yield from removing(delete, _show(data["resource"]), memory)
        else:
            yield from dropping_table(data["resource"], memory)
        return Ended("deleted", data["resource"], there)

    def check(self, operation: Operation, portals: Portals) -> Flow[Ended | None]:
        """Done if it is gone."""
        resource, memory = operation.data["resource"], portals.target
        there = yield from reading_if_there(_show(resource), memory)
        if there is not None and (operation.data.get("new") or (yield from table_of(resource, memory)) is not None):
            return None
        return Ended("deleted", resource)

    def wrong_with(self, operation: Operation, ended: Ended, portals: Portals) -> Flow[str]:
        """Check again."""
        del ended
        return "it is still there" if (yield from self.check(operation, portals)) is None else ""


def _of_push(operation: Operation, portals: Portals, suffix: str) -> Path:
    return portals.beside(suffix).with_name(f"{operation.data['job']}{suffix}")


def _show(resource: str) -> Call:
    return Call("resource_show", {"id": resource}, read_only=True)
