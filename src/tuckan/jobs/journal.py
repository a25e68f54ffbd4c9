"""The journal of a job: one SQLite file with each operation, its state, and what it changed.

An operation is recorded on disk as started before it is sent. A process that is killed leaves some that were started but
not finished: when the job is resumed, each of these is looked up on the portal first.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tuckan.errors import Hint, InvalidArgument
from tuckan.jobs.entries import BUILT_ON_NOTHING, ENDS, SELECT, as_json, as_text, checksum, entry_of
from tuckan.jobs.journal_file import JournalFile
from tuckan.jobs.operation import public

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping

    from tuckan.jobs.entries import Entry, State
    from tuckan.jobs.operation import Ended, Operation, Planned

WRITTEN_AT_ONCE = 50


@dataclass(slots=True)
class Journal(JournalFile):
    """The journal of one job, written by one process at a time, from one thread.

    Args:
        path: its file, or None for a temporary one, which is removed when the process ends.
    """

    _unwritten: list[tuple[Any, ...]] = field(default_factory=list[tuple[Any, ...]], repr=False)

    # -- what the job is --

    def describe(self, **facts: Any) -> None:
        """Record facts about the job: its title, its portal, its options."""
        with self._writing():
            self._describe(facts)

    def _describe(self, facts: Mapping[str, Any]) -> None:
        rows = [(name, json.dumps(value)) for name, value in facts.items()]
        self._connection.executemany("INSERT OR REPLACE INTO job VALUES (?, ?)", rows)

    def facts(self) -> dict[str, Any]:
        """The recorded facts."""
        with self._reading():
            return {str(name): json.loads(value) for name, value in self._select("SELECT name, value FROM job")}

    # -- planning --

    @contextmanager
    def planning(self) -> Generator[Callable[[Planned], None]]:
        """Record the planned operations atomically.

        If planning fails, the journal stays empty and is removed; if the process dies meanwhile, the journal is never taken for
        a job without work.

        Yields:
            A function that records a planned operation.

        Raises:
            InvalidArgument: when two have the same key.
        """
        try:
            with self._writing():
                yield self._add
                self._describe({"planned": now()})
        except BaseException:
            if not self.is_planned():
                self.discard()
            raise

    def plan(self, planned: Iterable[Planned]) -> None:
        """Record planned operations, as `planning` does."""
        with self.planning() as add:
            for one in planned:
                add(one)

    def is_planned(self) -> bool:
        """Whether planning was completed."""
        return "planned" in self.facts()

    def _add(self, planned: Planned) -> None:
        state: State = "refused" if planned.refused else "done" if planned.unchanged else "planned"
        self._insert(planned, state)

    def origin_of(self, key: str) -> str | None:
        """The origin of the operation with a key; None if there is none."""
        rows = self._select("SELECT origin FROM operation WHERE key = ?", (key,))
        return str(rows[0][0]) if rows else None

    def _insert(self, planned: Planned, state: State) -> None:
        operation = planned.operation
        # Refused operations are never sent and need no secrets.
        data = operation.data if state == "planned" else public(operation)
        text, before = as_json(data), as_text(operation.before)
        row: dict[str, Any] = {
            "key": operation.key,
            "kind": operation.kind,
            "subject": operation.subject,
            "stage": operation.stage,
            "origin": operation.origin,
            "data": text,
            "before": before,
            "state": state,
            "what": "unchanged" if planned.unchanged else "",
            "reason": str(planned.refused),
            "reason_at_shell": _at_shell(planned.refused),
            "needs": json.dumps(operation.needs),
            "checksum": checksum(operation, text, "", before, None),
        }
        columns, marks = ", ".join(row), ", ".join("?" * len(row))
        try:
            self._connection.execute(f"INSERT INTO operation ({columns}) VALUES ({marks})", tuple(row.values()))  # noqa: S608 - our own names
        except sqlite3.IntegrityError as error:
            raise InvalidArgument(
                f"Two operations of one job have the key {operation.key!r}.",
                hint=f"The second comes from {operation.origin}." if operation.origin else "",
            ) from error

    # -- running --

    def reopen(self, *, everything: bool = False) -> None:
        """Requeue temporary failures; they are looked up before they are sent.

        Args:
            everything: also requeue other failures, and what turned out wrong.
        """
        failed = "state IN ('failed', 'wrong')" if everything else "state = 'failed' AND again"
        with self._writing() as connection:
            connection.execute(_REOPEN + failed)

    def in_doubt(self) -> list[Operation]:
        """Operations that may have been done: started but never finished, or failed temporarily."""
        self.flush()
        return [self._entry(row).operation for row in self._rows("state = 'begun' OR state = 'failed' AND again")]

    def unskip(self) -> None:
        """Requeue skipped operations: those that they depend on may be done now."""
        with self._writing() as connection:
            connection.execute("UPDATE operation SET state = 'planned', reason = '' WHERE state = 'skipped'")

    def stages(self) -> list[int]:
        """The stages with remaining operations, in order."""
        rows = self._select("SELECT DISTINCT stage FROM operation WHERE state IN ('planned', 'begun') ORDER BY stage")
        return [stage for (stage,) in rows]

    def skip(self, stage: int) -> int:
        """Skip operations of a stage that depend on one that was not done.

        Args:
            stage: the stage; earlier ones have finished.

        Returns:
            How many.
        """
        self.flush()
        with self._writing() as connection:
            rows = connection.execute(BUILT_ON_NOTHING, (stage,)).fetchall()
            said = [(f"not done: it builds on {subject}, which {ENDS[state]}", key) for key, subject, state in rows]
            connection.executemany("UPDATE operation SET state = 'skipped', reason = ? WHERE key = ?", said)
        return len(said)

    def take(self, stage: int, number: int) -> Iterator[tuple[Operation, bool]]:
        """The remaining operations of a stage, each with whether it was started before; recorded as started in batches.

        Args:
            stage: the stage.
            number: the size of a batch.
        """
        for some in self._portions(stage, "begun", number):
            yield from ((operation, True) for operation in some)
        for some in self._portions(stage, "planned", number):
            yield from ((operation, False) for operation in some)

    def _portions(self, stage: int, state: State, number: int) -> Iterator[list[Operation]]:
        position = -1
        while rows := self._rows(
            "state = ? AND stage = ? AND position > ? ORDER BY position LIMIT ?", state, stage, position, number
        ):
            first, position = rows[0][0], rows[-1][0]
            if state == "planned":
                self._begin(stage, first, position)
            yield [self._entry(row).operation for row in rows]

    def end(self, operation: Operation, ended: Ended) -> None:
        """Record that an operation is done; it reaches the disk a little later, with others. Its secrets are dropped."""
        before = as_text(ended.before if ended.before is not None else operation.before)
        after, data = as_text(ended.after), as_json(public(operation))
        sum_ = checksum(operation, data, ended.id, before, after)
        self._note("done", ended.what, ended.id, "", None, 0, before, after, data, sum_, operation.key)

    def fail(self, operation: Operation, reason: str, *, again: bool) -> None:
        """Record that an operation failed, and whether a retry may help."""
        before, data = as_text(operation.before), as_json(operation.data)
        sum_ = checksum(operation, data, "", before, None)
        self._note(
            "failed", "", "", str(reason), _at_shell(reason), int(again), before, None, data, sum_, operation.key
        )

    def _note(self, *row: Any) -> None:
        self._unwritten.append(row)
        if len(self._unwritten) >= WRITTEN_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Flush to disk."""
        if self._unwritten:
            with self._writing():
                self._write_noted()

    def settle(self) -> None:
        """Checkpoint into the journal's single file, so that no dropped secret remains beside it."""
        self.flush()
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _begin(self, stage: int, first: int, last: int) -> None:
        """Record operations as started, and those finished meanwhile, in one transaction."""
        with self._writing() as connection:
            self._write_noted()
            connection.execute(
                "UPDATE operation SET state = 'begun' WHERE state = 'planned' AND stage = ? AND position BETWEEN ? AND ?",
                (stage, first, last),
            )

    def _write_noted(self) -> None:
        rows, self._unwritten = self._unwritten, []
        self._connection.executemany(
            "UPDATE operation SET state = ?, what = ?, id = ?, reason = ?, reason_at_shell = ?, again = ?, before = ?, after = ?, data = ?, "
            "checksum = ? WHERE key = ?",
            rows,
        )

    def to_verify(self, number: int) -> list[Entry]:
        """A batch of operations that are done but not yet verified, grouped by kind."""
        self.flush()
        where = "state = 'done' AND what <> 'unchanged' AND NOT verified ORDER BY kind, position LIMIT ?"
        return [self._entry(row) for row in self._rows(where, number)]

    def verified(self, entries: Iterable[Entry], wrong: Mapping[str, str]) -> None:
        """Record that operations were verified.

        Args:
            entries: the operations.
            wrong: the keys of those that did not verify, each with the reason.
        """
        keys = [entry.operation.key for entry in entries]
        with self._writing() as connection:
            connection.executemany("UPDATE operation SET verified = 1 WHERE key = ?", [(key,) for key in keys])
            rows = [(str(reason), _at_shell(reason), key) for key, reason in wrong.items()]
            query = "UPDATE operation SET state = 'wrong', reason = ?, reason_at_shell = ? WHERE key = ?"
            connection.executemany(query, rows)

    # -- looking --

    def counts(self) -> dict[str, int]:
        """The number of operations by state."""
        self.flush()
        return dict(self._select("SELECT state, count(*) FROM operation GROUP BY state ORDER BY state"))

    def version(self) -> tuple[int, int]:
        """A value that changes with every write, by any process."""
        self.flush()
        (data_version,) = self._select("PRAGMA data_version")[0]
        return self._connection.total_changes, int(data_version)

    def done(self) -> list[tuple[str, str, int]]:
        """The number of finished operations by kind and outcome, in the order of the job."""
        self.flush()
        query = "SELECT kind, what, count(*) FROM operation WHERE state = 'done' GROUP BY kind, what"
        return [(kind, what, number) for kind, what, number in self._select(f"{query} ORDER BY min(stage), what")]

    def entries(self, *states: State, backwards: bool = False) -> Iterator[Entry]:
        """The operations in these states, in order; all of them if no state is given."""
        self.flush()
        order = "DESC" if backwards else "ASC"
        wanted = ", ".join("?" * len(states)) if states else "state"
        query = f"state IN ({wanted}) ORDER BY stage {order}, position {order}"
        with self._reading():
            rows = self._connection.execute(SELECT + query, states)
        with closing(rows):
            while row := self._next(rows):
                yield self._entry(row)

    def _next(self, rows: sqlite3.Cursor) -> tuple[Any, ...] | None:
        with self._reading():
            row: tuple[Any, ...] | None = rows.fetchone()
            return row

    def _rows(self, where: str, *values: Any) -> list[tuple[Any, ...]]:
        return self._select(SELECT + where, values)

    def _entry(self, row: tuple[Any, ...]) -> Entry:
        with self._reading():
            return entry_of(row)

    def close(self) -> None:
        """Flush and close the file."""
        if self.closed:
            return
        self.closed = True
        try:
            self.flush()
        finally:
            self._connection.close()

    def discard(self) -> None:
        """Close and remove the file."""
        self.close()
        self._remove()


def _at_shell(reason: str) -> str | None:
    """A reason in the words of the command line, if they differ."""
    return reason.shell if isinstance(reason, Hint) else None


_REOPEN = "UPDATE operation SET state = 'begun', what = '', reason = '', reason_at_shell = NULL, verified = 0 WHERE "


def now() -> str:
    """The time, as journals write it."""
    return datetime.now(UTC).isoformat(timespec="seconds")
