"""Documents on disk: one SQLite file, in which every commit is whole or not there."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

import msgspec

from tuckan.sandbox.search.documents import Document, Indexed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tuckan.sandbox.search.index import Doc

_TABLE = """
CREATE TABLE IF NOT EXISTS document (
    number  INTEGER PRIMARY KEY AUTOINCREMENT,
    key     TEXT NOT NULL UNIQUE,
    stored  BLOB NOT NULL,
    indexed BLOB NOT NULL
)
"""


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
        """A block whose changes are all kept, or none."""
        return self._connection

    def everything(self) -> Iterator[tuple[Doc, str, Indexed]]:
        """Every document's number, key and what it is found by."""
        for number, key, indexed in self._connection.execute(
            "SELECT number, key, indexed FROM document ORDER BY number"
        ):
            yield number, key, self._decode(indexed)

    def add(self, document: Document) -> Doc:
        """Add a document and give its number."""
        row = (document.key, self._encode(document.stored), self._encode(document.indexed))
        done = self._connection.execute("INSERT INTO document (key, stored, indexed) VALUES (?, ?, ?)", row)
        assert done.lastrowid is not None  # noqa: S101 - an insert always has one
        return done.lastrowid

    def indexed(self, number: Doc) -> Indexed:
        """What a document is found by."""
        row = self._connection.execute("SELECT indexed FROM document WHERE number = ?", (number,)).fetchone()
        return self._decode(row[0])

    def remove(self, numbers: Iterable[Doc]) -> None:
        """Take documents out."""
        self._connection.executemany("DELETE FROM document WHERE number = ?", ((one,) for one in numbers))

    def clear(self) -> None:
        """Take all documents out."""
        self._connection.execute("DELETE FROM document")

    def stored(self, numbers: Iterable[Doc]) -> list[dict[str, Any]]:
        """What answers show of documents, in the order asked for."""
        wanted = list(numbers)
        # The keys come as one parameter, so that any number of documents is one statement.
        rows = self._connection.execute(
            "SELECT number, stored FROM document WHERE number IN (SELECT value FROM json_each(?))",
            (json.dumps(wanted),),
        )
        found = {number: msgspec.msgpack.decode(stored) for number, stored in rows}
        return [found[number] for number in wanted]

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
