"""Reading a mirror: its records, searches, changes and exports."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias
from unicodedata import category, normalize

from tuckan._text import counted
from tuckan.errors import Hint, Incomplete, InvalidArgument, NotFound
from tuckan.mirror.layout import FOUND, explained, folder_of, opened
from tuckan.mirror.merge_patch import Change
from tuckan.mirror.store import GROUPS, Store, moment_of

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from datetime import datetime, timedelta
    from types import TracebackType

    from tuckan.shapes import Record
    from tuckan.snapshot import EntityKind, StoredFile
    from tuckan.tables.libraries import ArrowTable

_SEARCH = f"""
SELECT d.name, d.title, d.organization_title AS organization, d.formats, d.metadata_modified,
       snippet(search, -1, '', '', ' … ', 12) AS match
{FOUND.format(words="?", limit="?")}
"""
"""FTS5 sorts by rank itself, so that excerpts are made for the best matches alone."""

MOST_RANKED = 20_000
"""The most matches that are ranked if there is a better choice: each takes a microsecond."""

_WITHIN = "-'\u2019._"
"""Signs that stand within words: FTS5 looks for what is on both sides of them as a phrase."""

_REFUSED = {"SQLITE_ERROR", "SQLITE_READONLY", "SQLITE_INTERRUPT", "SQLITE_MISMATCH", "SQLITE_RANGE", "SQLITE_TOOBIG"}
"""SQLite's errors that are about the query, not about the file."""

_TOO_MANY = "SELECT count(*) > ?3 FROM (SELECT 1 FROM search WHERE search MATCH ?1 LIMIT ?2)"

Form: TypeAlias = Literal["jsonl", "folder", "parquet", "bagit"]
"""The formats of exports."""


def _terms(words: str) -> list[str]:
    """The words of a search, without the signs that FTS5 takes for operators."""
    letters = (
        one if one.isalnum() or one in _WITHIN or category(one).startswith("M") else " "
        for one in normalize("NFC", words)
    )
    return [one for one in "".join(letters).split() if any(map(str.isalnum, one))]


_OF_FILES = ("id", "url", "hash", "size", "last_modified")


def _files(resources: Any) -> list[tuple[Any, ...]]:
    """What tells the files of resources from others."""
    several = resources if isinstance(resources, list) else []
    return sorted(tuple(str(one.get(name)) for name in _OF_FILES) for one in several if isinstance(one, dict))


class MirrorReader:
    """What is read from a mirror; `Mirror` describes the parameters.

    Args:
        path: the file.
    """

    def __init__(self, path: str | Path = "mirror.db") -> None:
        self.path = Path(path)
        self._store: Store | None = None

    @property
    def kinds(self) -> tuple[EntityKind, ...]:
        """The kinds of records that a mirror keeps."""
        return ("organizations", "groups", "datasets")

    @property
    def links_state(self) -> Path | None:
        """The file that keeps what links answer: the mirror, unless it is read-only."""
        return self.path if os.access(self.path, os.W_OK) and os.access(self.path.absolute().parent, os.W_OK) else None

    def records(self, kind: EntityKind) -> Iterator[Record]:
        """Iterate over the records of a kind that are there, as the portal returned them.

        Args:
            kind: `organizations`, `groups` or `datasets`.

        Yields:
            Records as plain dicts.

        Raises:
            InvalidArgument: when there is no mirror in the file.
            Incomplete: when no synchronization was completed, so that records may be missing.

        Example:
            >>> with Mirror("mirror.db") as mirror:
            ...     done = mirror.sync(ckan)
            ...     sorted(one["name"] for one in mirror.records("organizations"))[:2]
            ['archives', 'census']
        """
        with self._explaining():
            yield from self._records(kind)

    def _records(self, kind: EntityKind) -> Iterator[Record]:
        store = self._open()
        if not store.value("SELECT 1 FROM runs WHERE outcome = 'complete'"):
            number = store.value("SELECT count(*) FROM datasets")
            raise Incomplete(
                f"The first synchronization of {self.path} did not finish: it has {counted(number, 'dataset')}, and some may be missing.",
                expected=None,
                received=number,
                hint=Hint("Call sync.", "Finish it: tuckan mirror sync"),
            )
        if kind == "datasets":
            yield from store.datasets()
        elif kind in ("organizations", "groups"):
            yield from store.groups(kind)

    def row_counts(self) -> Iterator[tuple[str, int, int | None]]:
        """Iterate over the tables that `sync(tables=True)` fetched, with their numbers of rows.

        Yields:
            The id of the resource, the rows of its table, and those of its file if that is a CSV file that
            `sync(files=True)` fetched.

        Example:
            >>> with Mirror("mirror.db") as mirror:
            ...     done = mirror.sync(ckan, files=True, tables=True, formats=["CSV"])
            ...     all(rows == of_file for _, rows, of_file in mirror.row_counts() if of_file is not None)
            True
        """
        from tuckan.push.stored import stored_table  # noqa: PLC0415 - needed here alone
        from tuckan.readers.reading import count_rows  # noqa: PLC0415 - likewise

        files = self.files()
        for id_, path in self.tables().items():
            if path.is_file():
                file = files.get(id_)
                yield id_, stored_table(path).count.rows, count_rows(file.path) if file else None

    def data_changes(self) -> dict[str, date]:
        """Return when the data of datasets last changed, by their ids, as far as synchronizations noted it.

        Only the addresses, hashes, sizes and dates of files count, and resources that came or went: a new title changes no data.

        Example:
            >>> with Mirror("mirror.db") as mirror:
            ...     done = mirror.sync(ckan)
            ...     all(one in {dataset["id"] for dataset in mirror.datasets} for one in mirror.data_changes())
            True
        """
        found: dict[str, date] = {}
        rows = self.sql(
            "SELECT at, id, patch, inverse FROM changes WHERE kind = 'dataset' AND change = 'changed'"
            " AND patch LIKE '%\"resources\"%' ORDER BY key"
        )
        for row in rows:
            after, before = (json.loads(row[name] or "{}").get("resources") for name in ("patch", "inverse"))
            if _files(after) != _files(before):
                found[row["id"]] = date.fromisoformat(row["at"][:10])
        return found

    @property
    def datasets(self) -> Iterator[Record]:
        """The datasets that are there."""
        return self.records("datasets")

    def get(self, id: str) -> Record:  # noqa: A002 - CKAN's own word
        """Return a dataset as it was last seen, whether it is there or gone.

        Args:
            id: its name or id.

        Returns:
            The dataset; of several with one name the one that is there.

        Raises:
            NotFound: when the mirror has none of this name or id.

        Example:
            >>> with Mirror("mirror.db") as mirror:
            ...     done = mirror.sync(ckan)
            ...     mirror.get("planet-mars")["title"]
            'The planet Mars'
        """
        first = (
            "SELECT key FROM datasets WHERE id = ?1 OR name = ?1 ORDER BY status = 'there' DESC, gone_at DESC LIMIT 1"
        )
        with self._explaining():
            found = list(self._open().datasets(f"key = ({first})", id))
        if not found:
            raise NotFound(
                f"The mirror {self.path} has no dataset {id!r}.",
                action="mirror",
                status=404,
                hint=Hint("`search` looks for words.", f"Look for words: tuckan mirror search {self.path} WORDS"),
            )
        return found[0]

    def files(self) -> dict[str, StoredFile]:
        """Return the files that `sync(files=True)` fetched, of the resources that are there.

        Returns:
            Files with `path`, `size` (bytes) and `sha256`, by the id of their resource.

        Example:
            >>> with Mirror("mirror.db") as mirror:
            ...     done = mirror.sync(ckan, files=True, formats=["PDF"])
            ...     all(one.path.is_file() for one in mirror.files().values())
            True
        """
        from tuckan.mirror.files import stored_files  # noqa: PLC0415 - needed here alone

        return stored_files(self._open(), folder_of(self.path))

    def tables(self) -> dict[str, Path]:
        """Return the tables of the DataStore that `sync(tables=True)` fetched, as Parquet files.

        Returns:
            Paths, by the id of their resource.

        Example:
            >>> with Mirror("mirror.db") as mirror:
            ...     done = mirror.sync(ckan, tables=True)
            ...     all(one.suffix == ".parquet" for one in mirror.tables().values())
            True
        """
        from tuckan.mirror.files import stored_tables  # noqa: PLC0415 - needed here alone

        return stored_tables(self._open(), folder_of(self.path))

    def search(self, words: str, *, limit: int = 20) -> list[dict[str, Any]]:
        """Search datasets for words, the best matches first. Case and accents do not matter; the last word may be the start of one.

        Args:
            words: words that a dataset must all contain, in its title, name, description, tags, organization or resources. If
                more than 20,000 datasets do, only those are found that have them in title, name and tags, if there are enough.
            limit: the maximum number of results.

        Returns:
            Dicts with `name`, `title`, `organization`, `formats`, `metadata_modified` and `match`, an excerpt.

        Raises:
            InvalidArgument: when there is no word in `words`.

        Example:
            >>> with Mirror("mirror.db") as mirror:
            ...     done = mirror.sync(ckan)
            ...     [one["name"] for one in mirror.search("planet mars", limit=2)]
            ['planet-mars']
        """
        terms = _terms(words)
        if not terms:
            raise InvalidArgument(f"{words!r} has no word to search for.")
        words_of_query = " ".join(f'"{one}"' for one in terms) + "*"
        narrow = f"{{title name tags}} : ({words_of_query})"
        with self._explaining():
            is_everywhere = self._open().value(_TOO_MANY, words_of_query, MOST_RANKED + 1, MOST_RANKED)
        if is_everywhere:
            found = list(self.sql(_SEARCH, narrow, limit))
            if len(found) == limit:
                return found
        return list(self.sql(_SEARCH, words_of_query, limit))

    def changes(self, *, since: str | datetime | timedelta | None = None, limit: int | None = None) -> Iterator[Change]:
        """Iterate over the changes that were noted, the latest first. Those of the first synchronization are left out.

        Args:
            since: an age, as a timedelta or text such as `7d`, `12h` or `2w`; or a moment, as a datetime or text.
            limit: the maximum number of changes.

        Yields:
            The changes.

        Raises:
            InvalidArgument: when `since` is neither an age nor a moment.

        Example:
            >>> with Mirror("mirror.db") as mirror:
            ...     done = mirror.sync(ckan)
            ...     record = ckan.datasets.patch("planet-mars", title="Mars")
            ...     done = mirror.sync(ckan)
            ...     [(one.change, one.name, one.inverse["title"]) for one in mirror.changes(since="1h")]
            [('changed', 'planet-mars', 'The planet Mars')]
            >>> record = ckan.datasets.patch("planet-mars", title="The planet Mars")
        """
        rows = self.sql(
            "SELECT at, kind, id, name, title, change, patch, inverse FROM changes WHERE at >= ? ORDER BY key DESC LIMIT ?",
            moment_of(since),
            -1 if limit is None else limit,
        )
        for row in rows:
            told: dict[str, Any] = {name: row[name] or "" for name in ("at", "kind", "id", "name", "title", "change")}
            yield Change(**told, patch=json.loads(row["patch"] or "{}"), inverse=json.loads(row["inverse"] or "{}"))

    def sql(self, query: str, *parameters: Any) -> Iterator[dict[str, Any]]:
        """Query the file in SQL; nothing can be changed in this way.

        Args:
            query: a query.
            *parameters: values for its question marks.

        Yields:
            Rows as dicts by column.

        Raises:
            InvalidArgument: when SQLite refuses the query.

        Example:
            >>> with Mirror("mirror.db") as mirror:
            ...     done = mirror.sync(ckan)
            ...     list(mirror.sql("SELECT count(*) AS number FROM groups"))
            [{'number': 3}]
        """
        import sqlite3  # noqa: PLC0415 - a mirror is not always read

        connection = self._open().connection
        try:
            connection.execute("PRAGMA query_only = ON")
            try:
                found = connection.execute(query, parameters)
            finally:
                connection.execute("PRAGMA query_only = OFF")
            names = [one[0] for one in found.description or ()]
            for row in found:
                yield dict(zip(names, row, strict=True))
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorname", "SQLITE_ERROR")
            if isinstance(error, sqlite3.DatabaseError) and code not in _REFUSED:
                raise explained(self.path, error) from error
            raise InvalidArgument(f"SQLite refuses the query: {error}.") from error

    def to_arrow(self, table: str = "datasets") -> ArrowTable:
        """Return what is there as a flat `pyarrow.Table`, for DuckDB, pandas and polars.

        Args:
            table: `datasets`, `resources`, `organizations` or `groups`.

        Returns:
            A row for each record; of resources also the id and the name of their dataset.

        Raises:
            InvalidArgument: when there is no such table.
            MissingDependency: when pyarrow is not installed.

        Example:
            >>> with Mirror("mirror.db") as mirror:
            ...     done = mirror.sync(ckan)
            ...     mirror.to_arrow("groups").num_rows
            3
        """
        from tuckan.mirror.exporting import to_arrow  # noqa: PLC0415 - needed here alone

        table_of: ArrowTable = to_arrow(self, table)
        return table_of

    def status(self) -> dict[str, Any]:
        """Return where the mirror comes from, how many records it has, and when it was last brought up to date.

        Returns:
            A dict with `portal`, `private`, `datasets`, `gone`, `resources`, `organizations`, `groups`, `last_run` (when the
            last complete one ended), `last_outcome` and `bytes`.

        Example:
            >>> with Mirror("mirror.db") as mirror:
            ...     done = mirror.sync(ckan)
            ...     mirror.status()["groups"]
            3
        """
        store = self._open()
        counts = {
            name: store.value(f"SELECT count(*) FROM {name} WHERE status = 'there'")
            for name in ("datasets", "organizations", "groups")
        }
        return {
            "portal": store.setting("portal"),
            "private": store.setting("private") == "1",
            **counts,
            "gone": store.value("SELECT count(*) FROM datasets WHERE status = 'gone'"),
            "resources": store.value(
                "SELECT count(*) FROM resources JOIN datasets ON datasets.key = dataset WHERE status = 'there'"
            ),
            "last_run": store.value("SELECT max(ended) FROM runs WHERE outcome = 'complete'"),
            "last_outcome": store.value("SELECT outcome FROM runs ORDER BY key DESC LIMIT 1"),
            "bytes": self.path.stat().st_size,
        }

    def verify(self) -> int:
        """Check that the file is undamaged, that every record in it can be read, and hash the files beside it again.

        A file or table that has another content is renamed (`.damaged` is added), so that the next synchronization fetches it again.

        Returns:
            How many records were read.

        Raises:
            InvalidArgument: when the file or a record is damaged.

        Example:
            >>> with Mirror("mirror.db") as mirror:
            ...     done = mirror.sync(ckan)
            ...     mirror.verify() > 0
            True
        """
        import sqlite3  # noqa: PLC0415 - see `sql`

        store, number = self._open(), 0
        try:
            if (wrong := store.value("PRAGMA integrity_check")) != "ok":
                raise InvalidArgument(f"{self.path} is damaged: {wrong}.")
            for record in store.datasets("1"):
                number += bool(record["id"])
        except (sqlite3.Error, ValueError, KeyError) as error:
            raise InvalidArgument(f"{self.path} is damaged after {counted(number, 'record')}: {error}.") from error
        from tuckan.mirror.files import damaged  # noqa: PLC0415 - needed here alone

        if wrong := damaged(store, folder_of(self.path)):
            more = f" and {len(wrong) - 3:,} more" if len(wrong) > 3 else ""
            kinds = [
                kind for kind in ("files", "tables") if any(one.startswith("t") is (kind == "tables") for one in wrong)
            ]
            again = Hint(", ".join(f"{one}=True" for one in kinds), " ".join(f"--{one}" for one in kinds))
            raise InvalidArgument(
                f"Missing or damaged in {folder_of(self.path)}: {', '.join(wrong[:3])}{more}.",
                hint=Hint(f"Call sync(client, {again}).", f"Fetch them again: tuckan mirror sync {again.shell}"),
            )
        return number + sum(1 for table in GROUPS for _ in store.groups(table))

    def export(self, to: str | Path, form: Form = "jsonl") -> dict[str, int]:
        """Write the mirror to a folder, with a manifest of counts, hashes and versions. The folder appears once it is whole.

        Args:
            to: the folder; one that an export made before is replaced.
            form: `jsonl`, one file for each kind of record, as `dump` writes it; `folder`, one JSON file for each record;
                `parquet`, flat tables of datasets, resources, organizations and groups, and one of whole datasets in
                which lists are lists; `bagit`, JSON lines as a bag (RFC 8493).

        Returns:
            How many records were written, by kind.

        Raises:
            InvalidArgument: when the folder holds something else.
            MissingDependency: for Parquet without pyarrow.

        Example:
            >>> with Mirror("mirror.db") as mirror:
            ...     done = mirror.sync(ckan)
            ...     mirror.export("portal")["groups"]
            3
        """
        from tuckan.mirror.exporting import export  # noqa: PLC0415 - needed here alone

        return export(self, Path(to), form)

    @cached_property
    def site(self) -> str:
        """The address of its portal."""
        return self._open().setting("portal")

    def _open(self, *, create: bool = False) -> Store:
        if self._store is None:
            self._store = Store(opened(self.path, create=create))
        return self._store

    @contextmanager
    def _explaining(self) -> Generator[None]:
        """Say errors of SQLite in our words."""
        import sqlite3  # noqa: PLC0415 - see `sql`

        try:
            yield
        except sqlite3.DatabaseError as error:
            raise explained(self.path, error) from error

    def close(self) -> None:
        """Close the file."""
        if self._store is not None:
            self._store.connection.close()
            self._store = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        import sqlite3  # noqa: PLC0415 - see `sql`

        self.close()
        if isinstance(error, sqlite3.DatabaseError):
            raise explained(self.path, error) from error

    def __str__(self) -> str:
        return str(self.path)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.path)!r})"
