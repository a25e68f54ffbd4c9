"""What links answered, kept in tables of an SQLite file: one of its own, or a mirror."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tuckan.errors import InvalidArgument
from tuckan.links.answers import Answer
from tuckan.transport.durable import private_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from types import TracebackType

_LAYOUT = """
CREATE TABLE IF NOT EXISTS links (
  url TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  status INTEGER, reason TEXT, target TEXT, permanent INTEGER, content_type TEXT, contents TEXT, soft INTEGER,
  asked_at TEXT NOT NULL, failing_since TEXT, failed_at TEXT
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS link_hosts (host TEXT PRIMARY KEY, crawl_delay REAL NOT NULL, asked_at TEXT NOT NULL) WITHOUT ROWID;
"""
_TIMES = ("asked_at", "failing_since", "failed_at")
_COLUMNS = ("url", *Answer.__struct_fields__)
_PUT = f"INSERT OR REPLACE INTO links ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608 - names of ours


def default_path() -> Path:
    """The file for the links of all portals, in the user's state folder."""
    import platformdirs  # noqa: PLC0415 - only wanted when links are checked

    return Path(platformdirs.user_state_dir("tuckan", appauthor=False)) / "links.db"


class Store:
    """The answers in a file.

    Args:
        path: the file; None for the one of `default_path`.

    Raises:
        InvalidArgument: when it can't be written, or is no SQLite file.
    """

    def __init__(self, path: Path | None = None) -> None:
        place = path or default_path()
        try:
            if path is None:
                private_folder(place.parent)
            self._connection = sqlite3.connect(place, timeout=20, isolation_level=None, check_same_thread=False)
            self._connection.executescript(_LAYOUT)
        except (OSError, sqlite3.Error) as error:
            raise InvalidArgument(
                f"{place} can't keep what links answer: {error}.", hint="Name another file with --links-state FILE."
            ) from error

    def read(self, urls: Iterable[str]) -> Iterator[tuple[str, Answer]]:
        """The answers that are kept for addresses.

        Args:
            urls: the addresses.
        """
        query = f"SELECT {', '.join(_COLUMNS)} FROM links WHERE url = ?"  # noqa: S608 - names of ours
        for url in urls:
            for row in self._connection.execute(query, (url,)):
                yield url, _answer(dict(zip(_COLUMNS, row, strict=True)))

    def write(self, answers: Mapping[str, Answer]) -> None:
        """Keep answers."""
        rows = [
            (url, *(_text(value) if name in _TIMES else value for name, value in _fields(one)))
            for url, one in answers.items()
        ]
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany(_PUT, rows)
        self._connection.execute("COMMIT")

    def delays(self, since: float) -> dict[str, float]:
        """The seconds between two requests that hosts asked for, as far as they were asked since a moment."""
        rows = self._connection.execute("SELECT host, crawl_delay FROM link_hosts WHERE asked_at >= ?", (_text(since),))
        return dict(rows)

    def write_delay(self, host: str, seconds: float, at: float) -> None:
        """Keep what a host asked for."""
        self._connection.execute("INSERT OR REPLACE INTO link_hosts VALUES (?, ?, ?)", (host, seconds, _text(at)))

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def _fields(answer: Answer) -> Iterator[tuple[str, str | int | float]]:
    for name in Answer.__struct_fields__:
        value: str | int | float = getattr(answer, name)
        yield name, value


def _answer(row: dict[str, object]) -> Answer:
    found = Answer("works")
    for name in Answer.__struct_fields__:
        value = row[name]
        if name in _TIMES:
            setattr(found, name, datetime.fromisoformat(str(value)).timestamp() if value else 0.0)
        else:
            setattr(found, name, bool(value) if name in ("permanent", "soft") else value)
    return found


def _text(moment: str | float) -> str | None:
    return datetime.fromtimestamp(float(moment), UTC).isoformat() if moment else None
