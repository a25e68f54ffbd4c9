"""The SQLite file of a journal: it is opened, brought to today's format, read and written, or it is said what is wrong with it."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tuckan.errors import CannotWrite, ConfigurationError, Hint
from tuckan.jobs.entries import TABLES, damaged
from tuckan.jobs.folder import files_of

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

_FORMAT = 4
"""Format 2 added dependencies between operations, 3 checksums (older journals have none), 4 reasons with
a form for the shell."""
_TO_NEXT_FORMAT = {
    1: "ALTER TABLE operation ADD COLUMN needs TEXT NOT NULL DEFAULT '[]'",
    2: "ALTER TABLE operation ADD COLUMN checksum INTEGER",
    3: "ALTER TABLE operation ADD COLUMN reason_at_shell TEXT",
}
_FAULTS = (sqlite3.Error, UnicodeDecodeError)
"""SQLite's error; its message may be damaged as well."""


@dataclass(slots=True)
class JournalFile:
    """The file of one journal.

    Args:
        path: the file, or None for one without a name, which is gone when the process is.
    """

    path: Path | None
    closed: bool = field(default=False, init=False)
    _connection: sqlite3.Connection = field(init=False, repr=False)

    def __post_init__(self) -> None:
        new = self.path is None or not self.path.exists()
        if self.path is not None and (self.path.is_symlink() if new else not self.path.is_file()):
            raise damaged(self.path, "it is a broken link" if new else "it is not a file")
        try:
            if self.path is not None:
                self.path.touch(mode=0o600)
            self._connection = sqlite3.connect(self.path or "", isolation_level=None, check_same_thread=False)
        except (OSError, sqlite3.Error) as error:
            raise self._unusable(error) from error
        try:
            self._prepare(new=new)
        except BaseException as error:
            self._connection.close()
            if new:
                self._remove()
            if isinstance(error, _FAULTS):
                raise self._unusable(error) from error
            raise

    def _prepare(self, *, new: bool) -> None:
        (written_in,) = self._connection.execute("PRAGMA user_version").fetchone()
        if written_in > _FORMAT:
            raise ConfigurationError(
                f"The journal {self.path} was written by a later version of tuckan.", hint="Update tuckan."
            )
        if not new and not written_in:
            raise damaged(self.path, "it holds no job")
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute("PRAGMA secure_delete = ON")  # passwords of users, once they were created
        if new:
            self._connection.executescript(f"{TABLES}; PRAGMA user_version = {_FORMAT}")
            return
        found = {row[0] for row in self._connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if missing := {"job", "operation"} - found:
            raise damaged(self.path, f"it has no table {min(missing)!r}")
        for format_ in range(written_in, _FORMAT):
            step = f"{_TO_NEXT_FORMAT[format_]}; PRAGMA user_version = {format_ + 1}"
            self._connection.executescript(f"BEGIN IMMEDIATE; {step}; COMMIT")

    def _unusable(self, error: Exception) -> ConfigurationError:
        if self.closed and isinstance(error, sqlite3.ProgrammingError):
            name = self.name
            return ConfigurationError(
                f"The job {name} is closed.",
                hint=Hint(f"Open it again: client.jobs.open({name!r}).", f"Open it again: tuckan job show {name}")
                if self.path
                else "Plan it again; a dry run is not kept.",
            )
        if isinstance(error, (sqlite3.DatabaseError, UnicodeDecodeError)) and not isinstance(
            error, sqlite3.OperationalError
        ):
            return damaged(self.path, str(error))
        return CannotWrite(
            f"The journal {self.path or 'in memory'} can't be used: {error}.",
            hint="Check that its folder is writable and has room, or set TUCKAN_JOBS_DIR to another.",
        )

    @contextmanager
    def _reading(self) -> Generator[None]:
        """Read, and raise an error if the journal is damaged."""
        try:
            yield
        except sqlite3.Error as error:
            if isinstance(error, sqlite3.OperationalError) and "locked" not in str(error):
                raise damaged(self.path, str(error)) from error
            raise self._unusable(error) from error
        except (ValueError, TypeError, OverflowError) as error:
            raise damaged(self.path, str(error)) from error

    @contextmanager
    def _writing(self) -> Generator[sqlite3.Connection]:
        """Write atomically."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # a full disk has already ended the transaction
                    self._connection.execute("ROLLBACK")
                raise
        except _FAULTS as error:
            raise self._unusable(error) from error

    @property
    def name(self) -> str:
        """The name of the job."""
        return self.path.stem if self.path else "dry run"

    def _select(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._reading():
            return self._connection.execute(query, values).fetchall()

    def _remove(self) -> None:
        if self.path is not None:
            for one in files_of(self.path):
                one.unlink(missing_ok=True)
