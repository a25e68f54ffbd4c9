"""Operations of a push: back up and remove the existing table, create the new one, write batches of rows concurrently, and verify their number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuckan import errors
from tuckan._text import counted
from tuckan.jobs.operation import Ended, Intent, Kind, Operation
from tuckan.push.backup import BACKUP, backing_up, read_backup
from tuckan.push.batches import ROWS, read_chunk
from tuckan.push.ledger import WHAT_TO_DO, ledger_of, settling
from tuckan.push.state import state_of
from tuckan.snapshot import verify
from tuckan.wire.call import Call
from tuckan.wire.doubt import Doubts, once
from tuckan.wire.execute import execute
from tuckan.wire.flow import Wait, locally
from tuckan.wire.removing import removing
from tuckan.wire.rows import Count, Selection, counting
from tuckan.wire.table_writes import (
    ADDRESS_OF_TABLES,
    counting_anew,
    dropping_table,
    making_table,
    refused_row,
    table_of,
    writing_rows,
)
from tuckan.wire.verification import not_kept
from tuckan.wire.writing import reading, reading_if_there

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from tuckan.jobs.operation import Portals, Record
    from tuckan.push.ledger import Ledger
    from tuckan.wire.flow import Flow
    from tuckan.wire.portal_state import PortalState

A_MOMENT = 0.05


class BackUpTable(Kind):
    """Back up a table and remove it, before another replaces it.

    Its data has `resource`, `rows` (the row count when the push was planned; None if there was no table), and
    `job`.
    """

    name = "table.back_up"
    intended = "backed up"

    def do(self, operation: Operation, portals: Portals) -> Flow[Ended]:
        """Back it up to disk, then remove it."""
        resource, portal_state, ledger = operation.data["resource"], portals.target, (yield from ledger_of(portals))
        if ledger.removal != "done":
            if (yield from table_of(resource, portal_state)) is not None:
                yield from self._removing(operation, ledger, portals.beside(BACKUP), portal_state)
            yield from locally(ledger.remove, "done")
        return (yield from self._ended(operation, portals))

    def _removing(self, operation: Operation, ledger: Ledger, path: Path, portal_state: PortalState) -> Flow[None]:
        resource = operation.data["resource"]
        if operation.data["rows"] is None:
            raise errors.Conflict(
                f"{operation.subject}: somebody else created the table since the push was planned; it was not changed.",
                action="datastore_delete",
                status=409,
                hint="Push again to replace it.",
            )
        if ledger.removal:
            # An earlier run may have removed it, and somebody else may have filled it since.
            kept = (yield from locally(read_backup, path)).count
            there = yield from counting(Selection(resource), portal_state)
            _require_same(operation, kept, there)
        else:
            yield from backing_up(resource, path, portal_state)
            yield from locally(ledger.remove, "begun")
        yield from dropping_table(resource, portal_state)

    def _ended(self, operation: Operation, portals: Portals) -> Flow[Ended]:
        path = portals.beside(BACKUP)
        kept = {"backup": path.name} if (yield from locally(path.exists)) else None
        return Ended("backed up", operation.data["resource"], kept)

    def check(self, operation: Operation, portals: Portals) -> Flow[Ended | None]:
        """Done if the table is backed up and removed."""
        ledger = yield from ledger_of(portals)
        if not ledger.removal:
            return None
        if ledger.removal != "done" and (yield from table_of(operation.data["resource"], portals.target)) is not None:
            return None
        return (yield from self._ended(operation, portals))

    def undo(self, operation: Operation, ended: Ended) -> Operation | str:
        """Restore the table; if there was none, remove the new one."""
        data = {"resource": operation.data["resource"], "job": operation.data["job"]}
        kind = "table.restore" if ended.before else "table.remove"
        return Operation(operation.key, kind, operation.subject, data)


def columns_of(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The columns of a table with their current and future types, and other known changes.

    Args:
        before: the existing table, with its `fields`; empty if there is none.
        after: the future table; without `fields` it is unchanged.

    Example:
        >>> columns_of({"fields": [{"id": "a", "type": "text"}]}, {"fields": [{"id": "b", "type": "int4"}]})
        {'column b': (None, 'int4'), 'column a': ('text', None)}
    """
    old: dict[str, Any] = {one["id"]: one for one in before.get("fields", ())}
    new: dict[str, Any] = {one["id"]: one for one in after.get("fields", ())}
    names = [*new, *(name for name in old if name not in new)] if new else []
    changed = {f"column {name}": (old.get(name, {}).get("type"), new.get(name, {}).get("type")) for name in names}
    for part in ("key", "aliases"):
        one, other = before.get(part), after.get(part)
        if one is not None and other is not None and one != other:
            changed[part] = (one, other)
    return changed


def replaced(rows: int) -> str:
    """What happens to the rows of a replaced table, as text."""
    if not rows:
        return "the existing table is empty and is replaced; it is backed up on this machine, and an undo restores it"
    go = "is removed, whoever wrote it" if rows == 1 else "are removed, whoever wrote them"
    return f"its {counted(rows, 'row')} {go}; the table is backed up on this machine, and an undo restores it"


def _require_same(operation: Operation, kept: Count, there: Count) -> None:
    if there != kept:
        raise errors.Conflict(
            f"{operation.subject} was changed by somebody else since it was backed up, and is not replaced: it has"
            f" {counted(there.rows, 'row')}, and the backup {kept.rows:,}.",
            action="datastore_delete",
            status=409,
            hint="Push again to replace it.",
        )


class MakeTable(Kind):
    """Create a table, or keep the existing one for more rows.

    Its data has `resource`, `new` (fields of a new resource, or nothing), `replace` (whether another operation removes what is
    there), `table` (what `datastore_create` is given; nothing when the table stays as it is), `first` (what it is given instead, until all
    rows are there), and for people `method`, `rows`, `after` and
    `before`.
    """

    name = "table.make"

    def intent(self, operation: Operation) -> Intent:
        """The rows and the columns with their types, including those removed."""
        data = operation.data
        before: Mapping[str, Any] = data["before"] or {}
        if data.get("method") == "upsert":
            rows = counted(data["rows"], "row")
            note = f"{rows} to be added, or to overwrite rows with the same key, whose previous values are not saved"
            return Intent("changed", columns_of(before, data["table"]), (note,))
        fields = {"rows": (before.get("rows"), data["after"]), **columns_of(before, data["table"])}
        note = "added rows can't be told from the others afterwards, so an undo can't remove them"
        note = replaced(before["rows"]) if before and data["replace"] else note
        return Intent("changed" if before else "created", fields, (note,) if before else ())

    def do(self, operation: Operation, portals: Portals) -> Flow[Ended]:
        """Create the table: this may be repeated, since no row is sent before it is done."""
        data, portal_state = operation.data, portals.target
        ledger = yield from ledger_of(portals)
        if ledger.removal == "begun" and (yield from table_of(data["resource"], portal_state)) is None:
            yield from locally(ledger.remove, "done")
        if data["replace"] and (ledger.removal != "done" or ledger.undone):
            raise errors.Incomplete(
                "The table was not created, since the previous one was not removed.", expected=1, received=0
            )
        if data["new"]:
            yield from _resource(data["new"], portal_state)
        if table := data.get("first") or data["table"]:
            yield from making_table(data["resource"], table, portal_state)
        yield from locally(ledger.begin, (yield from counting(Selection(data["resource"]), portal_state)).rows)
        return Ended("changed" if data["before"] else "created", data["resource"])

    def undo(self, operation: Operation, ended: Ended) -> Operation | str:  # noqa: ARG002 - Kind's own signature
        """A new resource is removed; a replaced table is restored by undoing its backup."""
        data = operation.data
        if data["replace"]:
            return ""
        if data["new"]:
            given = {"resource": data["resource"], "job": data["job"], "new": data["new"]}
            return Operation(operation.key, "table.remove", operation.subject, given)
        return "added rows can't be told from those that existed before"


class FillTable(Kind):
    """Write a batch of rows exactly once.

    Its data has `resource`, `method`, `first` (the number of its first row), `rows`, `at` and `size` (where they are on
    disk), and `named` (what they come from).
    """

    name = "table.rows"

    def intent(self, operation: Operation) -> Intent:
        """The intent: to load them."""
        return Intent("loaded", {"rows": (None, operation.data["rows"])})

    def do(self, operation: Operation, portals: Portals) -> Flow[Ended]:
        """Send what has not arrived yet, split if it is too large."""
        data, ledger = operation.data, (yield from ledger_of(portals))
        if ledger.undone:
            raise errors.Incomplete("The push was undone, so no rows were sent.", expected=data["rows"], received=0)
        if ledger.base is None:
            raise _forgotten(ledger, "how many rows the table had before")
        if ledger.arrived(operation.key) < data["rows"]:
            rows = yield from locally(read_chunk, portals.beside(ROWS), data["at"], data["size"])
            send = self._upserting if data["method"] == "upsert" else self._inserting
            yield from send(operation, rows, ledger, portals.target)
        return Ended("loaded", data["resource"])

    def _upserting(
        self, operation: Operation, rows: list[bytes], ledger: Ledger, portal_state: PortalState
    ) -> Flow[None]:
        """Rows with a key may be sent twice."""
        done = 0
        while done < len(rows):
            some = rows[done : done + (ledger.most or len(rows))]
            try:
                yield from writing_rows(
                    operation.data["resource"], some, "upsert", portal_state, divisible=len(some) > 1
                )
            except errors.ValidationError as error:
                raise (yield from _named(error, operation, done, some, portal_state)) from error
            except errors.TuckanError as error:
                if len(some) == 1 or not _is_too_much(error):
                    raise
                ledger.less(len(some))
            else:
                done += len(some)
        yield from locally(ledger.repeatable, operation.key, len(rows))

    def _inserting(
        self, operation: Operation, rows: list[bytes], ledger: Ledger, portal_state: PortalState
    ) -> Flow[None]:
        key, doubts, lost = operation.key, Doubts(portal_state), None
        while (done := ledger.arrived(key)) < len(rows):
            if ledger.broken or ledger.uncounted or ledger.in_doubt():
                yield from settling(ledger, operation.data["resource"], portal_state)
                continue
            if lost is not None and doubts.exhausted:
                raise doubts.given_up(lost) from None
            number = yield from locally(ledger.send, key, len(rows) - done)
            if not number:
                yield Wait(A_MOMENT)
                continue
            try:
                yield from self._sending(operation, done, rows[done : done + number], ledger, portal_state)
            except errors.InDoubt as error:
                doubts.add(error)  # the ledger says when it may be sent again
                lost = error

    def _sending(
        self, operation: Operation, first: int, rows: list[bytes], ledger: Ledger, portal_state: PortalState
    ) -> Flow[None]:
        try:
            yield from writing_rows(operation.data["resource"], rows, "insert", portal_state)
        except errors.InDoubt as error:
            cause = error.__cause__
            # A portal that answers, even with an error, has finished with the request; a proxy's answer says nothing.
            ledger.doubt(operation.key, over=isinstance(cause, errors.ServerError))
            if isinstance(cause, errors.TuckanError) and len(rows) > 1 and _is_too_much(cause):
                ledger.less(len(rows))
            raise
        except errors.ValidationError as error:
            yield from locally(ledger.end, operation.key, arrived=False)
            raise (yield from _named(error, operation, first, rows, portal_state)) from error
        except errors.TuckanError as error:
            yield from locally(ledger.end, operation.key, arrived=False)
            if len(rows) == 1 or not isinstance(error, errors.TooLarge):
                raise
            ledger.less(len(rows))
        else:
            yield from locally(ledger.end, operation.key, arrived=True)

    def check(self, operation: Operation, portals: Portals) -> Flow[Ended | None]:
        """Done if the ledger says so; rows in doubt are counted before anything is sent."""
        done = (yield from ledger_of(portals)).arrived(operation.key) == operation.data["rows"]
        return Ended("loaded", operation.data["resource"]) if done else None


class FinishTable(Kind):
    """Create indexes, count, and verify that all rows have arrived.

    Its data has `resource`, `rows` (how many were to be written), `method`, `indexes`, and `new` (fields that a new
    resource gets now that its table is whole).
    """

    name = "table.finish"
    intended = "verified"

    def do(self, operation: Operation, portals: Portals) -> Flow[Ended]:
        """All of it may be repeated."""
        data, portal_state, ledger = operation.data, portals.target, (yield from ledger_of(portals))
        if ledger.total < data["rows"]:
            yield from self._short(operation, ledger, portal_state)
        if data["indexes"]:
            yield from making_table(data["resource"], {"indexes": data["indexes"]}, portal_state)
        yield from counting_anew(data["resource"], portal_state)
        there = (yield from counting(Selection(data["resource"]), portal_state)).rows
        _prove(there, ledger.base or 0, data)
        if data["new"]:
            patch = {"id": data["resource"], **data["new"]}
            yield from execute(Call("resource_patch", patch, idempotent=True), portal_state)
        # An undo uses this to detect changes by others.
        state = yield from state_of(data["resource"], portal_state)
        if data["new"]:
            state["resource"] = yield from reading(_show(data["resource"]), portal_state)
        yield from locally(ledger.leave, state)
        yield from locally(portals.beside(ROWS).unlink, missing_ok=True)
        return Ended("verified", data["resource"], None, {"rows": there})

    def _short(self, operation: Operation, ledger: Ledger, portal_state: PortalState) -> Flow[None]:
        """Raise the error for missing rows, or missing entries of the ledger."""
        rows = operation.data["rows"]
        there = (yield from counting(Selection(operation.data["resource"]), portal_state)).rows
        if operation.data["method"] != "upsert" and there > ledger.expected()[1]:
            raise _forgotten(ledger, f"of the {counted(there, 'row')} in the table")
        lost = f", or the end of {ledger.path} was lost" if ledger.uncounted else ""
        raise errors.Incomplete(
            f"Only {ledger.total:,} of {counted(rows, 'row')} arrived; the others failed, each batch with its own reason{lost}.",
            expected=rows,
            received=ledger.total,
            hint="`tuckan job resume NAME --failed` retries them; `tuckan job undo NAME` restores the previous state.",
        )


def _resource(new: Record, portal_state: PortalState) -> Flow[None]:
    """Create a resource exactly once; its id was chosen before.

    Raises:
        NotKept: when the portal did not keep its name, by which the next push would find it; it is then removed.
    """

    def there() -> Flow[Record | None]:
        return (yield from reading_if_there(_show(new["id"]), portal_state))

    made = (yield from there()) or (yield from _creating(new, there, portal_state))
    verification = verify("resource", {"name": new["name"]}, made, new=True)
    if verification.lost:
        yield from removing(Call("resource_delete", {"id": new["id"]}), _show(new["id"]), portal_state)
        error = not_kept(verification, portal_state, f"resource {new['name']}", made, {"name": new["name"]})
        error.hint = "It was removed again. Create a resource, and push to its id."
        raise error


def _creating(new: Record, there: Callable[[], Flow[Record | None]], portal_state: PortalState) -> Flow[Record]:
    addressed = {**new, "url": ADDRESS_OF_TABLES}
    if portal_state.limitations.bare_resources:
        try:
            return (yield from once(Call("resource_create", new), there, portal_state))
        except errors.ValidationError as error:
            if "url" not in error.error:
                raise
    made = yield from once(Call("resource_create", addressed), there, portal_state)
    portal_state.limitations.bare_resources = False
    return made


def _show(resource: str) -> Call:
    return Call("resource_show", {"id": resource}, read_only=True)


def _is_too_much(error: errors.TuckanError) -> bool:
    """Whether fewer rows may succeed: 413, 504, timeout."""
    return isinstance(error, (errors.TooLarge, errors.Timeout)) or (
        isinstance(error, errors.Unavailable) and error.status == 504
    )


def _named(
    error: errors.ValidationError, operation: Operation, first: int, rows: Sequence[bytes], portal_state: PortalState
) -> Flow[errors.ValidationError]:
    """The same error, with the row that CKAN refuses."""
    data = operation.data
    found = yield from refused_row(data["resource"], rows, data["method"], portal_state)
    place = operation.origin if found is None else f"row {data['first'] + first + found + 1:,} of {data['named']}"
    return errors.ValidationError(
        f"{place}: {error.message}", action=error.action, status=error.status, error=error.error, hint=error.hint
    )


def _forgotten(ledger: Ledger, what: str) -> errors.InDoubt:
    return errors.InDoubt(
        f"{ledger.path} doesn't tell {what}: its end was lost, or somebody else is writing to the table. Nothing was sent.",
        action="datastore_upsert",
        hint=WHAT_TO_DO,
    )


def _prove(there: int, before: int, data: Mapping[str, Any]) -> None:
    rows = data["rows"]
    least, most = (max(before, rows), before + rows) if data["method"] == "upsert" else (before + rows, before + rows)
    if not least <= there <= most:
        wanted = f"{least:,}" if least == most else f"{least:,} to {most:,}"
        raise errors.Incomplete(
            f"The table has {counted(there, 'row')}, and must have {wanted}: somebody else wrote to it meanwhile.",
            expected=least,
            received=there,
            hint="All rows were sent once. Check the table, or push again with "
            + errors.Hint("mode='replace'.", "--mode replace."),
        )
