"""Operations that undo a push: the table that was there before is restored, or what the push made is removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuckan import errors
from tuckan.jobs.ledger import LEDGER, Ledger, ledger_of
from tuckan.jobs.operation import Ended, Intent
from tuckan.jobs.table_backup import BACKUP, ROWS_AT_ONCE, read_backup
from tuckan.jobs.table_state import require_as_left, require_resource_as_left
from tuckan.wire.call import Call
from tuckan.wire.removing import removing
from tuckan.wire.rows import Selection, counting
from tuckan.wire.table_writes import counting_anew, dropping_table, making_table, table_of, writing_rows
from tuckan.wire.writing import reading_if_there

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tuckan.jobs.operation import Operation, Portals
    from tuckan.jobs.table_backup import Backup
    from tuckan.wire.flow import Flow
    from tuckan.wire.memory import Memory


class RestoreTable:
    """Restore a table from its backup. Its data has `resource`, and `job`, the name of the push."""

    name = "table.restore"

    def intent(self, operation: Operation) -> Intent:  # noqa: ARG002 - it is the same for all of them
        """To restore it."""
        return Intent("restored")

    def do(self, operation: Operation, portals: Portals) -> Flow[Ended]:
        """Read the backup whole, see that the table is as the push left it, then remove it and make it anew."""
        resource, memory, ledger = operation.data["resource"], portals.target, ledger_of(portals)
        backup = read_backup(_of_push(operation, portals, BACKUP))
        pushed = Ledger(_of_push(operation, portals, LEDGER))
        if not (ledger.removal and (yield from _is_begun(resource, backup, memory))):
            yield from require_as_left(operation.subject, resource, pushed, memory)
        pushed.undo()
        ledger.remove("begun")
        yield from dropping_table(resource, memory)
        yield from _making(resource, backup, memory)
        return Ended("restored", resource)

    def check(self, operation: Operation, portals: Portals) -> Flow[Ended | None]:  # noqa: ARG002 - Kind's own signature
        """It is done anew."""
        yield from ()
        return None

    def wrong(self, ended: Sequence[tuple[Operation, Ended]], portals: Portals) -> Flow[Mapping[str, str]]:  # noqa: ARG002
        """The rows were counted."""
        yield from ()
        return {}

    def undo(self, operation: Operation, ended: Ended) -> Operation | str:  # noqa: ARG002 - Kind's own signature
        """Push once more instead."""
        return "push the table again instead"


class RemoveTable:
    """Remove a table that a push made, and its resource if that was new.

    Its data has `resource`, `job`, the name of the push, and with `new` the fields that the resource was created with.
    """

    name = "table.remove"

    def intent(self, operation: Operation) -> Intent:  # noqa: ARG002 - it is the same for all of them
        """To remove it."""
        return Intent("deleted")

    def do(self, operation: Operation, portals: Portals) -> Flow[Ended]:
        """Remove it, unless somebody else has changed it since."""
        data, memory = operation.data, portals.target
        pushed = Ledger(_of_push(operation, portals, LEDGER))
        there = yield from reading_if_there(_show(data["resource"]), memory)
        if there is None:
            return Ended("unchanged", data["resource"])
        yield from require_as_left(operation.subject, data["resource"], pushed, memory)
        if data.get("new"):
            require_resource_as_left(operation.subject, data["new"], there, pushed)
        pushed.undo()
        if data.get("new"):
            delete = Call("resource_delete", {"id": data["resource"]})
            yield from removing(delete, _show(data["resource"]), memory)
        else:
            yield from dropping_table(data["resource"], memory)
        return Ended("deleted", data["resource"], there)

    def check(self, operation: Operation, portals: Portals) -> Flow[Ended | None]:
        """Done when it is gone."""
        resource, memory = operation.data["resource"], portals.target
        there = yield from reading_if_there(_show(resource), memory)
        if there is not None and (operation.data.get("new") or (yield from table_of(resource, memory)) is not None):
            return None
        return Ended("deleted", resource)

    def wrong(self, ended: Sequence[tuple[Operation, Ended]], portals: Portals) -> Flow[Mapping[str, str]]:
        """Look again for each."""
        wrong: dict[str, str] = {}
        for operation, _ in ended:
            if (yield from self.check(operation, portals)) is None:
                wrong[operation.key] = "it is still there"
        return wrong

    def undo(self, operation: Operation, ended: Ended) -> Operation | str:  # noqa: ARG002 - Kind's own signature
        """Push once more instead."""
        return "push the table again instead"


def _of_push(operation: Operation, portals: Portals, suffix: str) -> Path:
    assert portals.journal is not None  # noqa: S101 - a job that runs has one
    return portals.journal.with_name(f"{operation.data['job']}{suffix}")


def _show(resource: str) -> Call:
    return Call("resource_show", {"id": resource}, read_only=True)


def _is_begun(resource: str, backup: Backup, memory: Memory) -> Flow[bool]:
    """Whether a table is what an earlier run, which did not come to its end, has made of it from a backup."""
    table = yield from table_of(resource, memory)
    if table is None:
        return True
    there = yield from counting(Selection(resource), memory)
    parts = there.rows == backup.count.rows or (there.rows < backup.count.rows and there.rows % ROWS_AT_ONCE == 0)
    same = [one["id"] for one in table["fields"]] == [one["id"] for one in backup.table["fields"]]
    return same and parts and (not there.rows or there.last == there.rows)


def _making(resource: str, backup: Backup, memory: Memory) -> Flow[None]:
    table = backup.table
    given = {"fields": table["fields"], "primary_key": table["key"], "aliases": table["aliases"]}
    yield from making_table(resource, given, memory)
    for rows in backup.rows():
        # One that is lost is noticed at the end, and all is done anew.
        yield from writing_rows(resource, rows, "insert", memory)
    yield from counting_anew(resource, memory)
    counted = (yield from counting(Selection(resource), memory)).rows
    if counted != backup.count.rows:
        raise errors.Incomplete(
            f"{backup.count.rows:,} rows were restored, and the table has {counted:,}.",
            expected=backup.count.rows,
            received=counted,
            hint="Undo the job again: it begins anew.",
        )
