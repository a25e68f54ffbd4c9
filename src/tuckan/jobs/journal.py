"""The journal of a job: one SQLite file that knows each operation, how far it is, and what it changed.

An operation is noted as begun, on the disk, before it is sent. A process that is killed leaves some that are begun and
not ended: whoever goes on looks each of these up on the portal first.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from tuckan.errors import ConfigurationError, InvalidArgument
from tuckan.jobs.folder import files_of
from tuckan.jobs.operation import Ended, Operation
from tuckan.jobs.secrecy import public

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
    from pathlib import Path

    from tuckan.jobs.operation import Planned

State: TypeAlias = Literal["planned", "begun", "done", "failed", "refused", "skipped", "wrong"]
"""How far an operation is: `refused` before anything was sent, `skipped` since one that it builds on was not done, `wrong`
when reading again shows something else."""

WRITTEN_AT_ONCE = 50
_FORMAT = 2
_TABLES = """
CREATE TABLE IF NOT EXISTS job (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS operation (
    position INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    stage INTEGER NOT NULL,
    origin TEXT NOT NULL,
    data TEXT NOT NULL,
    state TEXT NOT NULL,
    what TEXT NOT NULL DEFAULT '',
    id TEXT NOT NULL DEFAULT '',
    reason TEXT NOT NULL DEFAULT '',
    again INTEGER NOT NULL DEFAULT 0,
    before TEXT,
    after TEXT,
    verified INTEGER NOT NULL DEFAULT 0,
    needs TEXT NOT NULL DEFAULT '[]'
);
CREATE INDEX IF NOT EXISTS by_state ON operation (state, stage, position);
CREATE INDEX IF NOT EXISTS to_verify ON operation (kind, position) WHERE state = 'done' AND what <> 'unchanged' AND NOT verified;
"""
_TO_FORMAT_2 = "ALTER TABLE operation ADD COLUMN needs TEXT NOT NULL DEFAULT '[]'"


@dataclass(frozen=True, slots=True)
class Entry:
    """An operation in the journal.

    Attributes:
        operation: what is to be done.
        state: how far it is.
        ended: what it did, once it is done.
        reason: why it was not done.
    """

    operation: Operation
    state: State
    ended: Ended | None = None
    reason: str = ""


@dataclass(slots=True)
class Journal:
    """The journal of one job. One process at a time writes to it, from one thread.

    Args:
        path: its file, or None for one without a name, which is gone when the process is.
    """

    path: Path | None
    _connection: sqlite3.Connection = field(init=False, repr=False)
    _unwritten: list[tuple[Any, ...]] = field(default_factory=list[tuple[Any, ...]], repr=False)

    def __post_init__(self) -> None:
        try:
            if self.path is not None:
                self.path.touch(mode=0o600)
            self._connection = sqlite3.connect(self.path or "", isolation_level=None, check_same_thread=False)
        except (OSError, sqlite3.Error) as error:
            raise self._unusable(error) from error
        try:
            self._prepare()
        except sqlite3.Error as error:
            self._connection.close()
            raise self._unusable(error) from error

    def _prepare(self) -> None:
        (written_in,) = self._connection.execute("PRAGMA user_version").fetchone()
        if written_in > _FORMAT:
            self._connection.close()
            raise ConfigurationError(f"The journal {self.path} is from a later tuckan.", hint="Update tuckan.")
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute("PRAGMA secure_delete = ON")  # passwords of users, once they are made
        if not written_in:
            self._connection.executescript(f"{_TABLES}; PRAGMA user_version = {_FORMAT}")
        elif written_in == 1:
            self._connection.executescript(f"BEGIN IMMEDIATE; {_TO_FORMAT_2}; PRAGMA user_version = 2; COMMIT")

    def _unusable(self, error: Exception) -> ConfigurationError:
        return ConfigurationError(
            f"The journal {self.path or 'in memory'} can't be used: {error}.",
            hint="Check that its folder may be written and has room; TUCKAN_JOBS_DIR names another.",
        )

    @contextmanager
    def _writing(self) -> Generator[sqlite3.Connection]:
        """Write all or nothing."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # a full disk has ended it already
                    self._connection.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise self._unusable(error) from error

    # -- what the job is --

    def describe(self, **facts: Any) -> None:
        """Note facts about the job: its title, its portal, its options."""
        with self._writing():
            self._describe(facts)

    def _describe(self, facts: Mapping[str, Any]) -> None:
        rows = [(name, json.dumps(value)) for name, value in facts.items()]
        self._connection.executemany("INSERT OR REPLACE INTO job VALUES (?, ?)", rows)

    def facts(self) -> dict[str, Any]:
        """The facts that were noted."""
        return {name: json.loads(value) for name, value in self._connection.execute("SELECT name, value FROM job")}

    # -- planning --

    @contextmanager
    def planning(self) -> Generator[Callable[[Planned], None]]:
        """Note what planning makes of each operation, all or nothing.

        A journal whose planning fails holds nothing, and is removed; one whose process dies meanwhile is never taken for
        a job without work.

        Yields:
            What takes each planned operation.

        Raises:
            InvalidArgument: when two have the same key.
        """
        try:
            with self._writing():
                yield self._add
                self._describe({"planned": now()})
        except BaseException:
            if not self.is_planned:
                self.discard()
            raise

    def plan(self, planned: Iterable[Planned]) -> None:
        """Note what planning made of each operation, as `planning` does."""
        with self.planning() as add:
            for one in planned:
                add(one)

    @property
    def is_planned(self) -> bool:
        """Whether its planning came to an end."""
        return "planned" in self.facts()

    def _add(self, planned: Planned) -> None:
        state: State = "refused" if planned.refused else "done" if planned.unchanged else "planned"
        self._insert(planned, state)

    def origin_of(self, key: str) -> str | None:
        """Where the operation with a key comes from; None when there is none."""
        row = self._connection.execute("SELECT origin FROM operation WHERE key = ?", (key,)).fetchone()
        return str(row[0]) if row else None

    def _insert(self, planned: Planned, state: State) -> None:
        operation = planned.operation
        # What is never sent needs no secrets.
        data = operation.data if state == "planned" else public(operation)
        row = {
            "key": operation.key,
            "kind": operation.kind,
            "subject": operation.subject,
            "stage": operation.stage,
            "origin": operation.origin,
            "data": json.dumps(data, ensure_ascii=False),
            "before": _text(operation.before),
            "state": state,
            "what": "unchanged" if planned.unchanged else "",
            "reason": planned.refused,
            "needs": json.dumps(operation.needs),
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
        """Take up again what failed for a reason that passes; it is looked up before it is sent.

        Args:
            everything: whatever else failed, or turned out wrong, as well.
        """
        failed = "state IN ('failed', 'wrong')" if everything else "state = 'failed' AND again"
        with self._writing() as connection:
            connection.execute(_REOPEN + failed)

    def unskip(self) -> None:
        """Take up again what was skipped: what it builds on may be done now."""
        with self._writing() as connection:
            connection.execute("UPDATE operation SET state = 'planned', reason = '' WHERE state = 'skipped'")

    def stages(self) -> list[int]:
        """The stages in which something is left to do, in their order."""
        rows = self._connection.execute(
            "SELECT DISTINCT stage FROM operation WHERE state IN ('planned', 'begun') ORDER BY stage"
        )
        return [stage for (stage,) in rows]

    def skip(self, stage: int) -> int:
        """Note which operations of a stage are not to be done, since one that they build on was not.

        Args:
            stage: which stage; those before it have ended.

        Returns:
            How many.
        """
        self.flush()
        with self._writing() as connection:
            rows = connection.execute(_BUILT_ON_NOTHING, (stage,)).fetchall()
            said = [(f"not done: it builds on {subject}, which {_ENDS[state]}", key) for key, subject, state in rows]
            connection.executemany("UPDATE operation SET state = 'skipped', reason = ? WHERE key = ?", said)
        return len(said)

    def take(self, stage: int, number: int) -> Iterator[tuple[Operation, bool]]:
        """Everything left to do in a stage, each with whether it was begun before; noted as begun some at a time.

        Args:
            stage: which stage.
            number: how many to note as begun at once.
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
            yield [_entry(row).operation for row in rows]

    def end(self, operation: Operation, ended: Ended) -> None:
        """Note that an operation is done; it reaches the disk a little later, with others. Its secrets are dropped."""
        before = ended.before if ended.before is not None else operation.before
        kept = public(operation)
        data = None if kept is operation.data else _text(kept)
        self._note("done", ended.what, ended.id, "", 0, _text(before), _text(ended.after), data, operation.key)

    def fail(self, operation: Operation, reason: str, *, again: bool) -> None:
        """Note that an operation could not be done, and whether trying again may help."""
        self._note("failed", "", "", reason, int(again), _text(operation.before), None, None, operation.key)

    def _note(self, *row: Any) -> None:
        self._unwritten.append(row)
        if len(self._unwritten) >= WRITTEN_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Write what was noted to the disk."""
        if self._unwritten:
            with self._writing():
                self._write_noted()

    def settle(self) -> None:
        """Write all to the journal's one file, so that nothing of what was dropped from it is left beside it."""
        self.flush()
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _begin(self, stage: int, first: int, last: int) -> None:
        """Note operations as begun, and with the same stroke what has ended meanwhile."""
        with self._writing() as connection:
            self._write_noted()
            connection.execute(
                "UPDATE operation SET state = 'begun' WHERE state = 'planned' AND stage = ? AND position BETWEEN ? AND ?",
                (stage, first, last),
            )

    def _write_noted(self) -> None:
        rows, self._unwritten = self._unwritten, []
        self._connection.executemany(
            "UPDATE operation SET state = ?, what = ?, id = ?, reason = ?, again = ?, before = ?, after = ?, "
            "data = coalesce(?, data) WHERE key = ?",
            rows,
        )

    def to_verify(self, number: int) -> list[Entry]:
        """Some of what was done and not read again yet, those of one kind together."""
        self.flush()
        where = "state = 'done' AND what <> 'unchanged' AND NOT verified ORDER BY kind, position LIMIT ?"
        return [_entry(row) for row in self._rows(where, number)]

    def verified(self, entries: Iterable[Entry], wrong: Mapping[str, str]) -> None:
        """Note that operations were read again.

        Args:
            entries: the operations.
            wrong: the keys of those that are not as they should be, each with the reason.
        """
        keys = [entry.operation.key for entry in entries]
        with self._writing() as connection:
            connection.executemany("UPDATE operation SET verified = 1 WHERE key = ?", [(key,) for key in keys])
            rows = [(reason, key) for key, reason in wrong.items()]
            connection.executemany("UPDATE operation SET state = 'wrong', reason = ? WHERE key = ?", rows)

    # -- looking --

    def counts(self) -> dict[str, int]:
        """How many operations are how far."""
        self.flush()
        return dict(self._connection.execute("SELECT state, count(*) FROM operation GROUP BY state ORDER BY state"))

    def done(self) -> dict[str, int]:
        """How many were created, changed, deleted and so on."""
        self.flush()
        rows = self._connection.execute(
            "SELECT what, count(*) FROM operation WHERE state = 'done' GROUP BY what ORDER BY what"
        )
        return dict(rows)

    def entries(self, *states: State, backwards: bool = False) -> Iterator[Entry]:
        """The operations that are so far, in their order; all of them when no state is named."""
        self.flush()
        order = "DESC" if backwards else "ASC"
        wanted = ", ".join("?" * len(states)) if states else "state"
        query = f"state IN ({wanted}) ORDER BY stage {order}, position {order}"
        with closing(self._connection.execute(_SELECT + query, states)) as rows:
            for row in rows:
                yield _entry(row)

    def _rows(self, where: str, *values: Any) -> list[tuple[Any, ...]]:
        return self._connection.execute(_SELECT + where, values).fetchall()

    def close(self) -> None:
        """Write what was noted, and close the file."""
        self.flush()
        self._connection.close()

    def discard(self) -> None:
        """Close the file, and remove it."""
        self.close()
        if self.path is not None:
            for one in files_of(self.path):
                one.unlink(missing_ok=True)


_SELECT = (
    "SELECT position, key, kind, subject, stage, origin, data, state, what, id, reason, before, after, needs "
    "FROM operation WHERE "
)
_BUILT_ON_NOTHING = """
SELECT operation.key, needed.subject, needed.state
FROM operation, json_each(operation.needs) AS need JOIN operation AS needed ON needed.key = need.value
WHERE operation.stage = ? AND operation.state IN ('planned', 'begun') AND operation.needs <> '[]'
AND needed.stage < operation.stage AND needed.state NOT IN ('done', 'wrong') GROUP BY operation.key
"""
_ENDS: dict[State, str] = {
    "failed": "failed",
    "refused": "was refused",
    "skipped": "was not done",
    "planned": "was not done",
    "begun": "was not done",
}
_REOPEN = "UPDATE operation SET state = 'begun', what = '', reason = '', verified = 0 WHERE "


def _entry(row: tuple[Any, ...]) -> Entry:
    _, key, kind, subject, stage, origin, data, state, what, id_, reason, before, after, needs = row
    was = json.loads(before) if before else None
    operation = Operation(key, kind, subject, json.loads(data), stage, origin, was, tuple(json.loads(needs)))
    ended = Ended(what, id_, was, json.loads(after) if after else None) if what else None
    return Entry(operation, state, ended, reason)


def _text(record: Any) -> str | None:
    return None if record is None else json.dumps(record, ensure_ascii=False)


def now() -> str:
    """The time, as journals write it."""
    return datetime.now(UTC).isoformat(timespec="seconds")
