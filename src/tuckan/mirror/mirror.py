"""`Mirror`: a portal's metadata in one SQLite file, kept up to date, searched offline, with its history."""

from __future__ import annotations

import json
import os
import re
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias

from tuckan._text import counted
from tuckan.errors import Hint, InvalidArgument, NotFound
from tuckan.mirror.layout import opened
from tuckan.mirror.store import Store, Synced
from tuckan.transport.locks import locked

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence
    from types import TracebackType

    from tuckan.client import Client
    from tuckan.shapes import Record
    from tuckan.snapshot import EntityKind, StoredFile

_SEARCH = """
SELECT d.name, d.title, d.organization_title AS organization, d.formats, d.metadata_modified,
       snippet(search, -1, '', '', ' … ', 12) AS match
FROM search JOIN datasets d ON d.key = search.rowid
WHERE search MATCH ? AND d.status = 'there' ORDER BY search.rank LIMIT ?
"""
"""FTS5 sorts by rank itself, so that excerpts are made for the best matches alone."""

Form: TypeAlias = Literal["jsonl", "folder", "parquet", "bagit"]
"""The formats of exports."""

_AGES = {"h": 1 / 24, "d": 1.0, "w": 7.0}


@dataclass(frozen=True, slots=True)
class Change:
    """A change that a synchronization noted.

    Attributes:
        at: when it was noted, in UTC.
        kind: `dataset`, `organization` or `group`.
        id: the record's id.
        name: its name, as it was after the change.
        title: its title.
        change: `new`, `changed`, `gone` or `back`.
        patch: what changed, as a JSON merge patch from the record before to the record after.
        inverse: the merge patch back, which holds the former values.
    """

    at: str
    kind: str
    id: str
    name: str
    title: str
    change: Literal["new", "changed", "gone", "back"]
    patch: Mapping[str, Any] = field(default_factory=dict[str, Any])
    inverse: Mapping[str, Any] = field(default_factory=dict[str, Any])


class Mirror:
    """A local copy of a portal's metadata in one SQLite file, with its history. It is a catalogue, as a portal or a dump is.

    Any program that reads SQLite can read the file; docs/reference/mirror.md describes its tables.

    Args:
        path: the file. `sync` creates it.

    Raises:
        InvalidArgument: at the first use, when the file is not a mirror.

    Example:
        >>> with Mirror("mirror.db") as mirror:
        ...     done = mirror.sync(ckan)
        ...     [one["name"] for one in mirror.search("planet mars", limit=2)]
        ['planet-mars']
    """

    def __init__(self, path: str | Path = "mirror.db") -> None:
        self.path = Path(path)
        self._store: Store | None = None

    # Reading

    @property
    def kinds(self) -> tuple[EntityKind, ...]:
        """The kinds of records that a mirror keeps."""
        return ("organizations", "groups", "datasets")

    def records(self, kind: EntityKind) -> Iterator[Record]:
        """Iterate over the records of a kind that are there, as the portal returned them.

        Args:
            kind: `organizations`, `groups` or `datasets`.

        Yields:
            Records as plain dicts.

        Raises:
            InvalidArgument: when there is no mirror in the file.

        Example:
            >>> with Mirror("mirror.db") as mirror:
            ...     done = mirror.sync(ckan)
            ...     sorted(one["name"] for one in mirror.records("organizations"))[:2]
            ['archives', 'census']
        """
        if kind == "datasets":
            yield from self._open().datasets()
        elif kind in ("organizations", "groups"):
            yield from self._open().groups(kind)

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
        from tuckan.mirror.files import folder_of, stored_files  # noqa: PLC0415 - needed here alone

        return stored_files(self._open(), folder_of(self.path))

    def tables(self) -> dict[str, Path]:
        """Return the tables of the DataStore that `sync(tables=True)` fetched, as Parquet files.

        Returns:
            Paths, by the id of their resource.

        Example:
            >>> with Mirror("mirror.db") as mirror:
            ...     done = mirror.sync(ckan)
            ...     mirror.tables()
            {}
        """
        from tuckan.mirror.files import folder_of, stored_tables  # noqa: PLC0415 - needed here alone

        return stored_tables(self._open(), folder_of(self.path))

    def search(self, words: str, *, limit: int = 20) -> list[dict[str, Any]]:
        """Search datasets for words, the best matches first. Case and accents do not matter; the last word may be the start of one.

        Args:
            words: words that a dataset must all contain, in its title, name, description, tags, organization or resources.
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
        terms = [word.replace('"', '""') for word in re.findall(r"[\w'-]+", words)]
        if not terms:
            raise InvalidArgument(f"{words!r} has no word to search for.")
        words_of_query = " ".join(f'"{one}"' for one in terms) + "*"
        rows = self.sql(_SEARCH, words_of_query, limit)
        return list(rows)

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
            _moment(since),
            -1 if limit is None else limit,
        )
        for row in rows:
            told: dict[str, Any] = {name: row[name] or "" for name in ("at", "kind", "id", "name", "title", "change")}
            yield Change(**told, patch=_decoded(row["patch"]), inverse=_decoded(row["inverse"]))

    def sql(self, query: str, *parameters: Any) -> Iterator[dict[str, Any]]:
        """Query the file in SQL.

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

        try:
            found = self._open().connection.execute(query, parameters)
            names = [one[0] for one in found.description or ()]
            for row in found:
                yield dict(zip(names, row, strict=True))
        except (sqlite3.OperationalError, sqlite3.ProgrammingError) as error:
            raise InvalidArgument(f"SQLite refuses the query: {error}.") from error

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
        """Check that the file is undamaged, that every record in it can be read, and hash the files beside it anew.

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
        from tuckan.mirror.files import damaged, folder_of  # noqa: PLC0415 - needed here alone

        if wrong := damaged(store, folder_of(self.path)):
            more = f" and {len(wrong) - 3:,} more" if len(wrong) > 3 else ""
            raise InvalidArgument(
                f"{folder_of(self.path)} lacks, or has changed: {', '.join(wrong[:3])}{more}.",
                hint=Hint("Call sync(client, files=True).", "Fetch them again: tuckan mirror sync --files"),
            )
        return number + sum(1 for kind in ("organizations", "groups") for _ in self.records(kind))

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

    # Writing

    def sync(
        self,
        client: Client,
        *,
        private: bool | None = None,
        full: bool = False,
        accept_deletions: bool = False,
        files: bool = False,
        formats: Sequence[str] = (),
        max_bytes: int | None = None,
        tables: bool = False,
    ) -> Synced:
        """Bring the mirror up to date with its portal, and create it the first time.

        A complete list of the portal's datasets with their dates is compared with the mirror; only what differs is fetched.
        A dataset that the list lacks is looked at by itself before it is marked as gone. If the process dies, what it had
        noted stays, and the next run continues.

        Args:
            client: the portal.
            private: include private datasets and drafts, which needs a token; the file is then readable by its owner
                alone. None does as the mirror was created.
            full: compare the content of all datasets, to find what changed without a new date.
            accept_deletions: believe the portal even when more than 20 % of the datasets, or more than 1,000, are gone at once.
            files: fetch the files of all resources to a folder beside the mirror, `mirror.db.files`; those that are still the
                portal's are not fetched again. Other hosts are asked for two at a time and four a second at most, and given up
                when they do not answer three times in a row.
            formats: only files of these formats.
            max_bytes: the maximum size of a file, in bytes.
            tables: fetch the tables of the DataStore as Parquet, those that changed.

        Returns:
            What was new, changed, gone and back.

        Raises:
            Incomplete: when the list can't be shown to be complete, and nothing is marked as gone then; when so much is
                gone at once that the portal is not believed.
            InvalidArgument: when the file is the mirror of another portal, or is being written by another process.

        Example:
            >>> with Mirror("mirror.db") as mirror:
            ...     done = mirror.sync(ckan)
            ...     done = mirror.sync(ckan)
            ...     print(done.new, done.changed, done.gone, done.back)
            0 0 0 0
        """
        from tuckan.client._sync.client import connection_of  # noqa: PLC0415 - no reader needs it
        from tuckan.mirror.syncing import synchronize  # noqa: PLC0415 - likewise

        connection = connection_of(client)
        with self._writing(create=True) as store:
            done = synchronize(store, self.path, connection, private=private, full=full, accept=accept_deletions)
            if not files and not tables:
                return done
            from tuckan.mirror.files import Files, folder_of  # noqa: PLC0415 - needed here alone

            kept = Files(store, folder_of(self.path), connection)
            if files:
                kept.fetch(formats, max_bytes)
            if tables:
                kept.fetch_tables()
            return replace(done, files=kept.counts, notes=(*done.notes, *kept.notes()))

    def prune(self, *, before: str | datetime | timedelta | None = None) -> int:
        """Remove datasets that are gone, with their records and files, and former versions of files; their changes stay.

        Args:
            before: only those that are gone for longer than this, such as `90d`; all without it.

        Returns:
            How many were removed.

        Example:
            >>> with Mirror("mirror.db") as mirror:
            ...     done = mirror.sync(ckan)
            ...     mirror.prune(before="90d")
            0
        """
        until = _moment(before) if before is not None else "9999"
        with self._writing() as store, store.transaction():
            keys = [
                (row["key"],)
                for row in self.sql("SELECT key FROM datasets WHERE status = 'gone' AND gone_at <= ?", until)
            ]
            for table in ("records", "resources", "dataset_tags", "dataset_groups", "extras"):
                store.connection.executemany(f"DELETE FROM {table} WHERE dataset = ?", keys)
            store.connection.executemany("DELETE FROM datasets WHERE key = ?", keys)
            for table in ("organizations", "groups"):
                used = (
                    "SELECT organization FROM datasets"
                    if table == "organizations"
                    else 'SELECT "group" FROM dataset_groups'
                )
                store.connection.execute(
                    f"DELETE FROM {table} WHERE status = 'gone' AND gone_at <= ? AND key NOT IN (SELECT 0 UNION {used})",
                    (until,),
                )
            store.connection.execute(
                "DELETE FROM files WHERE replace(resource, 'table:', '') NOT IN (SELECT id FROM resources)"
            )
        from tuckan.mirror.files import folder_of, unused  # noqa: PLC0415 - needed here alone

        for path in unused(store, folder_of(self.path)):
            path.unlink()
        return len(keys)

    @contextmanager
    def _writing(self, *, create: bool = False) -> Generator[Store]:
        """The file, to write to it: no other process does meanwhile."""
        import sqlite3  # noqa: PLC0415 - see `sql`

        if self.path.exists() and not os.access(self.path, os.W_OK):
            raise InvalidArgument(f"{self.path} is read-only.", hint="Change its permissions, or copy it.")
        busy = InvalidArgument(f"{self.path} is being written by another process.", hint="Wait until it is done.")
        try:
            with locked(self.path.with_name(f"{self.path.name}.lock")):
                yield self._open(create=create)
        except BlockingIOError as error:
            raise busy from error
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
            raise busy from error

    @cached_property
    def site(self) -> str:
        """The address of its portal."""
        return self._open().setting("portal")

    def _open(self, *, create: bool = False) -> Store:
        if self._store is None:
            self._store = Store(opened(self.path, create=create))
        return self._store

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
            raise InvalidArgument(
                f"{self.path} is damaged: {error}.",
                hint=Hint("Move the file away, and call sync.", "Move it away, and create another: tuckan mirror sync"),
            ) from error

    def __str__(self) -> str:
        return str(self.path)

    def __repr__(self) -> str:
        return f"Mirror({str(self.path)!r})"


def _moment(since: str | datetime | timedelta | None) -> str:
    """A moment as a mirror writes it, from a moment or an age."""
    if since is None:
        return ""
    found: str | datetime | timedelta = since
    if isinstance(found, str):
        age = re.fullmatch(r"(\d{1,6})([hdw])", found.strip())
        try:
            found = timedelta(days=int(age[1]) * _AGES[age[2]]) if age else datetime.fromisoformat(found.strip())
        except (ValueError, OverflowError):
            raise InvalidArgument(
                f"{since!r} is neither an age nor a date.", hint="Write 7d, 12h or 2w, or a date such as 2026-11-28."
            ) from None
    try:
        moment = datetime.now(UTC) - found if isinstance(found, timedelta) else found.astimezone(UTC)
    except OverflowError:
        return ""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _decoded(patch: str | None) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(patch) if patch else {}
    return found
