"""Keys of rows, which must be complete and unique: two rows with one key would overwrite each other."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from tuckan.errors import InvalidArgument

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Keys:
    """The keys seen so far, on disk.

    Args:
        key: the columns of the key; empty to check nothing.
        where: describes the location of a row by its number, from 0.
    """

    def __init__(self, key: Sequence[str], where: Callable[[int], str]) -> None:
        self._key, self._where, self._rows = key, where, 0
        self._seen = sqlite3.connect("", isolation_level=None)
        self._seen.execute("CREATE TABLE seen (key TEXT PRIMARY KEY, row INTEGER) WITHOUT ROWID")

    def add(self, batch: Any) -> None:
        """Add more rows.

        Raises:
            InvalidArgument: when a key is incomplete or repeated.
        """
        if not self._key:
            return
        columns = [batch.column(name).to_pylist() for name in self._key]
        self._seen.execute("BEGIN")
        for row, cells in enumerate(zip(*columns, strict=True), self._rows):
            if None in cells:
                raise self._wrong(f"the key's {self._key[cells.index(None)]!r} is empty", row)
            try:
                self._seen.execute("INSERT INTO seen VALUES (?, ?)", (repr(cells), row))
            except sqlite3.IntegrityError:
                (first,) = self._seen.execute("SELECT row FROM seen WHERE key = ?", (repr(cells),)).fetchone()
                shown = ", ".join(f"{name} {cell}" for name, cell in zip(self._key, cells, strict=True))
                raise self._wrong(f"it has the same key ({shown}) as {self._where(first)}", row) from None
        self._seen.execute("COMMIT")
        self._rows += batch.num_rows

    def _wrong(self, what: str, row: int) -> InvalidArgument:
        return InvalidArgument(
            f"{self._where(row)}: {what}.",
            hint="A key identifies a row: fix the data, or choose another key.",
        )

    def close(self) -> None:
        """Forget them."""
        self._seen.close()
