"""Documents on disk: one SQLite file with atomic commits."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import msgspec

from tuckan.sandbox.search.documents import Document, Indexed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tuckan.sandbox.search.index import Doc

DOCUMENTS = "documents.sqlite"
"""The name of the file."""

_TABLE = """
CREATE TABLE IF NOT EXISTS document (
    number  INTEGER PRIMARY KEY AUTOINCREMENT,
    key     TEXT NOT NULL UNIQUE,
    stored  BLOB NOT NULL,
    indexed BLOB NOT NULL
)
"""


_COLUMNS = "key, stored, indexed"


class Store:
    """The documents that were committed."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute(_TABLE)
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(Indexed).decode

    def transaction(self) -> AbstractContextManager[object]:
        """A transaction: all changes of the block are kept, or none."""
        return self._connection

    def everything(self) -> Iterator[tuple[Doc, str, Indexed]]:
        """Every document's number, key and indexed form."""
        for number, key, indexed in self._connection.execute(
            "SELECT number, key, indexed FROM document ORDER BY number"
        ):
            yield number, key, self._decode(indexed)

    def add(self, document: Document) -> Doc:
        """Add a document, and return its number."""
        row = (document.key, self._encode(document.stored), self._encode(document.indexed))
        done = self._connection.execute("INSERT INTO document (key, stored, indexed) VALUES (?, ?, ?)", row)
        assert done.lastrowid is not None  # noqa: S101 - an insert always sets it
        return done.lastrowid

    def indexed(self, number: Doc) -> Indexed:
        """The indexed form of a document."""
        row = self._connection.execute("SELECT indexed FROM document WHERE number = ?", (number,)).fetchone()
        return self._decode(row[0])

    def remove(self, numbers: Iterable[Doc]) -> None:
        """Remove documents."""
        self._connection.executemany("DELETE FROM document WHERE number = ?", ((one,) for one in numbers))

    def clear(self) -> None:
        """Remove all documents."""
        self._connection.execute("DELETE FROM document")

    def take(self, path: Path) -> None:
        """Replace all documents with those of another store."""
        self._connection.execute("ATTACH DATABASE ? AS other", (str(path),))
        try:
            with self._connection:
                self.clear()
                self._connection.execute(f"INSERT INTO document ({_COLUMNS}) SELECT {_COLUMNS} FROM other.document")  # noqa: S608
        finally:
            self._connection.execute("DETACH DATABASE other")

    def stored(self, numbers: Iterable[Doc]) -> list[dict[str, Any]]:
        """The stored form of documents, in the given order."""
        wanted = list(numbers)
        # The keys are one parameter, so any number of documents is one statement.
        rows = self._connection.execute(
            "SELECT number, stored FROM document WHERE number IN (SELECT value FROM json_each(?))",
            (json.dumps(wanted),),
        )
        found = {number: msgspec.msgpack.decode(stored) for number, stored in rows}
        return [found[number] for number in wanted]

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def copy_documents(source: Path, target: Path, replaced: Mapping[str, str]) -> None:
    """Copy the documents of one store to a new one, replacing some texts.

    Args:
        source: the file of the store.
        target: the new file.
        replaced: texts, with their replacements.
    """

    def renewed(value: Any) -> Any:
        if isinstance(value, str):
            for old, new in replaced.items():
                value = value.replace(old, new)
            return value
        if isinstance(value, list):
            return [renewed(one) for one in value]
        return {key: renewed(one) for key, one in value.items()} if isinstance(value, dict) else value

    with closing(sqlite3.connect(source)) as old:
        rows = old.execute(f"SELECT {_COLUMNS} FROM document ORDER BY number").fetchall()  # noqa: S608
    changed = [
        (key, *(msgspec.msgpack.encode(renewed(msgspec.msgpack.decode(one))) for one in content))
        for key, *content in rows
    ]
    target.unlink(missing_ok=True)
    with closing(sqlite3.connect(target)) as new, new:
        new.execute(_TABLE)
        new.executemany(f"INSERT INTO document ({_COLUMNS}) VALUES (?, ?, ?)", changed)  # noqa: S608
