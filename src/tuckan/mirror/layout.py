"""The layout of a mirror's file, which is a contract: people write SQL on it. A change of it raises `VERSION`."""

from __future__ import annotations

import os
import shlex
import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING

from tuckan.errors import CannotWrite, Hint, InvalidArgument
from tuckan.transport.json_lines import zstd

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tuckan.errors import TuckanError

APPLICATION = 0x7475636B
"""SQLite's `application_id` of a mirror: "tuck" in ASCII."""

MOST_WAITING = 20
"""Seconds to wait for another program that writes to the file."""

VERSION = 2
"""SQLite's `user_version` of a mirror with the tables below."""

_TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;

CREATE TABLE runs (
  key INTEGER PRIMARY KEY,
  started TEXT NOT NULL,
  ended TEXT,
  outcome TEXT NOT NULL DEFAULT 'interrupted',
  read INTEGER, new INTEGER, changed INTEGER, gone INTEGER, back INTEGER,
  note TEXT
);

CREATE TABLE organizations (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT, title TEXT, description TEXT, type TEXT, state TEXT,
  status TEXT NOT NULL DEFAULT 'there', gone_at TEXT,
  record TEXT NOT NULL
);

CREATE TABLE groups (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT, title TEXT, description TEXT, type TEXT, state TEXT,
  status TEXT NOT NULL DEFAULT 'there', gone_at TEXT,
  record TEXT NOT NULL
);

CREATE TABLE datasets (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT, title TEXT, notes TEXT,
  tags TEXT, organization_title TEXT, resource_names TEXT, formats TEXT,
  type TEXT, state TEXT, private INTEGER, license_id TEXT, url TEXT, version TEXT,
  organization INTEGER REFERENCES organizations (key),
  metadata_created TEXT, metadata_modified TEXT,
  status TEXT NOT NULL DEFAULT 'there', gone_at TEXT, why_gone TEXT
);

CREATE TABLE dictionaries (key INTEGER PRIMARY KEY, content BLOB NOT NULL);

CREATE TABLE records (
  dataset INTEGER PRIMARY KEY REFERENCES datasets (key),
  dictionary INTEGER REFERENCES dictionaries (key),
  json BLOB NOT NULL
);

CREATE TABLE resources (
  key INTEGER PRIMARY KEY,
  dataset INTEGER NOT NULL REFERENCES datasets (key),
  position INTEGER NOT NULL,
  id TEXT NOT NULL,
  name TEXT, description TEXT, format TEXT, mimetype TEXT, url TEXT, url_type TEXT,
  size INTEGER, hash TEXT, last_modified TEXT, datastore_active INTEGER
);

CREATE TABLE tags (key INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE dataset_tags (
  dataset INTEGER NOT NULL REFERENCES datasets (key),
  tag INTEGER NOT NULL REFERENCES tags (key),
  PRIMARY KEY (dataset, tag)
) WITHOUT ROWID;
CREATE TABLE dataset_groups (
  dataset INTEGER NOT NULL REFERENCES datasets (key),
  "group" INTEGER NOT NULL REFERENCES groups (key),
  PRIMARY KEY (dataset, "group")
) WITHOUT ROWID;
CREATE TABLE extras (
  dataset INTEGER NOT NULL REFERENCES datasets (key),
  name TEXT NOT NULL, value TEXT,
  PRIMARY KEY (dataset, name)
) WITHOUT ROWID;

CREATE TABLE changes (
  key INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES runs (key),
  at TEXT NOT NULL,
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  name TEXT, title TEXT,
  change TEXT NOT NULL,
  patch TEXT,
  inverse TEXT
);

CREATE TABLE files (
  key INTEGER PRIMARY KEY,
  resource TEXT NOT NULL UNIQUE,
  url TEXT, sha256 TEXT, size INTEGER, path TEXT,
  fetched_at TEXT, etag TEXT, last_modified TEXT, stamp TEXT, error TEXT
);
"""

_INDEXES = """
CREATE INDEX datasets_name ON datasets (name);
CREATE INDEX datasets_organization ON datasets (organization);
CREATE INDEX datasets_modified ON datasets (metadata_modified);
CREATE INDEX resources_dataset ON resources (dataset, position);
CREATE INDEX resources_id ON resources (id);
CREATE INDEX resources_format ON resources (format);
CREATE INDEX dataset_tags_tag ON dataset_tags (tag);
CREATE INDEX dataset_groups_group ON dataset_groups ("group");
CREATE INDEX extras_name ON extras (name);
CREATE INDEX changes_run ON changes (run);
CREATE INDEX changes_id ON changes (id);
"""

SEARCHED = {"title": 10, "name": 8, "notes": 1, "tags": 5, "organization_title": 2, "resource_names": 2}
"""The columns of `datasets` that are searched, each with how much a word in it counts."""


FOUND = """FROM search JOIN datasets d ON d.key = search.rowid
WHERE search MATCH {words} AND d.status = 'there' ORDER BY search.rank LIMIT {limit}"""
"""The part of a query that finds datasets by words, the best matches first."""


def _search() -> str:
    """The full-text index, which Datasette finds by itself, kept up to date by triggers."""
    columns, new, old = (", ".join(f"{prefix}{one}" for one in SEARCHED) for prefix in ("", "new.", "old."))
    forget = f"INSERT INTO search (search, rowid, {columns}) VALUES ('delete', old.key, {old});"
    note = f"INSERT INTO search (rowid, {columns}) VALUES (new.key, {new});"
    return f"""
CREATE VIRTUAL TABLE search USING fts5 (
  {columns}, content="datasets", content_rowid="key", tokenize="unicode61 remove_diacritics 2"
);
INSERT INTO search (search, rank) VALUES ('rank', 'bm25({", ".join(map(str, SEARCHED.values()))})');
CREATE TRIGGER datasets_inserted AFTER INSERT ON datasets BEGIN {note} END;
CREATE TRIGGER datasets_deleted AFTER DELETE ON datasets BEGIN {forget} END;
CREATE TRIGGER datasets_updated AFTER UPDATE OF {columns} ON datasets BEGIN {forget} {note} END;
"""


_VIEWS = "CREATE TABLE views (resource TEXT PRIMARY KEY, views TEXT NOT NULL, fetched_at TEXT NOT NULL) WITHOUT ROWID;"

MIGRATIONS: Sequence[str] = (_TABLES + _INDEXES + _search(), _VIEWS)
"""What takes a file from each version to the next."""


def folder_of(path: Path) -> Path:
    """The folder of a mirror's files and tables."""
    return path.with_name(f"{path.name}.files")


def make_private(path: Path) -> None:
    """Let only its owner read a mirror: its file, what SQLite keeps beside it, and the folder of its files.

    Args:
        path: the file.
    """
    for mode, one in ((0o600, path), *((0o600, path.with_name(path.name + end)) for end in ("-wal", "-shm"))):
        with suppress(FileNotFoundError):
            one.chmod(mode)
    folder_of(path).mkdir(mode=0o700, exist_ok=True)
    folder_of(path).chmod(0o700)


def explained(path: Path, error: sqlite3.DatabaseError) -> TuckanError:
    """An error of SQLite in our words.

    Args:
        path: the mirror's file.
        error: what SQLite raised.
    """
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return InvalidArgument(f"{path} is being written by another process.", hint="Wait until it is done.")
    if name.startswith(("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN")):
        return CannotWrite(
            f"{path} can't be written: {error}.",
            hint="Free space on the disk, or change the permissions of the file and its folder, and run it again:"
            " what was noted stays.",
        )
    return InvalidArgument(
        f"{path} is damaged: {error}.",
        hint=Hint("Move the file away, and call sync.", "Move it away, and create another: tuckan mirror sync"),
    )


def is_database(path: Path) -> bool:
    """Whether a file is a database of SQLite, as mirrors are.

    Args:
        path: the file.
    """
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(16) == b"SQLite format 3\0"


def opened(path: Path, *, create: bool = False, read_only: bool = False) -> sqlite3.Connection:
    """Open a mirror's file.

    Args:
        path: the file.
        create: make it, if there is none.
        read_only: change nothing, not even to migrate it.

    Raises:
        InvalidArgument: when it does not exist, is no mirror, or is one of a later version of tuckan.
        MissingDependency: when it is to be made and zstd is not installed.
    """
    is_new = not path.exists() or not path.stat().st_size
    if is_new and not create:
        raise _absent(path)
    if is_new:
        zstd("keep a mirror")  # without which there is nothing to begin
        path.touch()
    read_only = read_only or not (os.access(path, os.W_OK) and os.access(path.absolute().parent, os.W_OK))
    mode = "ro&immutable=1" if read_only else "rw"
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=MOST_WAITING, isolation_level=None
    )
    try:
        _prepare(connection, path, create=create, read_only=read_only)
    except sqlite3.DatabaseError as error:
        connection.close()
        if error.sqlite_errorname != "SQLITE_NOTADB":
            raise explained(path, error) from error
        raise InvalidArgument(
            f"{path} can't be read as a mirror: {error}.", hint="Name the file that `tuckan mirror sync` made."
        ) from error
    except BaseException:
        connection.close()
        raise
    return connection


def _absent(path: Path) -> InvalidArgument:
    return InvalidArgument(
        f"There is no mirror at {path}.", hint=f"Create one: tuckan mirror sync {shlex.quote(str(path))}"
    )


def _prepare(connection: sqlite3.Connection, path: Path, *, create: bool, read_only: bool) -> None:
    with closing(connection.execute("PRAGMA application_id")) as found:
        application = found.fetchone()[0]
    version = _version(connection)
    if application != APPLICATION:
        if application or version or connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            raise InvalidArgument(f"{path} is a database of something else, not a mirror.", hint="Name another file.")
        if not create:
            raise _absent(path)
    if version > VERSION:
        raise InvalidArgument(
            f"{path} was written by a later version of tuckan (layout {version}; this one knows {VERSION}).",
            hint="Update tuckan.",
        )
    connection.execute("PRAGMA foreign_keys = ON")
    if read_only:
        return
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    for number in range(version, VERSION):
        _migrate(connection, number)


def _migrate(connection: sqlite3.Connection, number: int) -> None:
    """Take a file from a version to the next, unless another process has done that meanwhile."""
    steps = f"PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {number + 1};"
    try:
        connection.executescript(f"BEGIN IMMEDIATE; {MIGRATIONS[number]} {steps} COMMIT;")
    except sqlite3.OperationalError:
        if connection.in_transaction:
            connection.rollback()
        if _version(connection) <= number:
            raise


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
