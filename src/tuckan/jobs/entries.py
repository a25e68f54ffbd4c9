"""The operations in a journal as table rows, with checksums that detect damage."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from tuckan.errors import ConfigurationError, Hint
from tuckan.jobs.operation import Ended, Operation, What

if TYPE_CHECKING:
    from pathlib import Path

State: TypeAlias = Literal["planned", "begun", "done", "failed", "refused", "skipped", "wrong"]
"""The state of an operation: `refused` before anything was sent, `skipped` because one that it depends on was not done, `wrong`
if verification found something else."""

TABLES = """
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
    needs TEXT NOT NULL DEFAULT '[]',
    checksum INTEGER,
    reason_at_shell TEXT
);
CREATE INDEX IF NOT EXISTS by_state ON operation (state, stage, position);
CREATE INDEX IF NOT EXISTS to_verify ON operation (kind, position) WHERE state = 'done' AND what <> 'unchanged' AND NOT verified;
"""
SELECT = (
    "SELECT position, key, kind, subject, stage, origin, data, state, what, id, reason, before, after, needs, checksum, "
    "reason_at_shell "
    "FROM operation WHERE "
)
BUILT_ON_NOTHING = """
SELECT operation.key, needed.subject, needed.state
FROM operation, json_each(operation.needs) AS need JOIN operation AS needed ON needed.key = need.value
WHERE operation.stage = ? AND operation.state IN ('planned', 'begun') AND operation.needs <> '[]'
AND needed.stage < operation.stage AND needed.state NOT IN ('done', 'wrong') GROUP BY operation.key
"""
ENDS: dict[State, str] = {
    "failed": "failed",
    "refused": "was refused",
    "skipped": "was not done",
    "planned": "was not done",
    "begun": "was not done",
}
"""The outcomes of an operation that others depend on."""

_STATES = frozenset(get_args(State))
_WHATS = frozenset(get_args(What))


@dataclass(frozen=True, slots=True)
class Entry:
    """An operation in the journal.

    Attributes:
        operation: the operation.
        state: its state.
        ended: what it did, once it is done.
        reason: why it was not done; a `Hint` if it names options.
    """

    operation: Operation
    state: State
    ended: Ended | None = None
    reason: str = ""


def entry_of(row: tuple[Any, ...]) -> Entry:
    """The operation in a row.

    Raises:
        ValueError: when it is damaged.
    """
    _, key, kind, subject, stage, origin, data, state, what, id_, reason, before, after, needs, written, shell = row
    if state not in _STATES or (what and what not in _WHATS):
        raise ValueError(f"an operation is {state!r}, {what!r}")
    was = json.loads(before) if before else None
    operation = Operation(key, kind, subject, json.loads(data), stage, origin, was, tuple(json.loads(needs)))
    if written is not None and written != checksum(operation, data, id_, before, after):
        raise ValueError(f"what it holds of {str(subject)[:80]} was changed")
    ended = Ended(what, id_, was, json.loads(after) if after else None) if what else None
    return Entry(operation, state, ended, reason if shell is None else Hint(reason, shell))


def checksum(operation: Operation, data: str, id_: str, before: str | None, after: str | None) -> int:
    """The input of a row's checksum: its texts, without its state."""
    named = (operation.key, operation.kind, operation.subject, str(operation.stage), operation.origin, *operation.needs)
    return zlib.crc32("\0".join([*named, data, id_, before or "", after or ""]).encode(errors="surrogatepass"))


def as_json(value: Any) -> str:
    """A value as stored in a row."""
    return json.dumps(value, ensure_ascii=False)


def as_text(record: Any) -> str | None:
    """A record as stored in a row; None if there is none."""
    return None if record is None else as_json(record)


def damaged(path: Path | None, what: str) -> ConfigurationError:
    """The error for a damaged journal."""
    name = path.stem if path else ""
    return ConfigurationError(
        f"The journal of the job {name} is damaged: {what}.",
        hint=f"Restore {path} from a backup, or remove it; the job can then not be undone: tuckan job remove {name}",
    )
