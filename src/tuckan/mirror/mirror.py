"""`Mirror`: a portal's metadata in one SQLite file, kept up to date, searched offline, with its history."""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from tuckan.errors import InvalidArgument
from tuckan.mirror.layout import folder_of
from tuckan.mirror.reading import MirrorReader
from tuckan.mirror.store import moment_of
from tuckan.transport.locks import locked

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from datetime import datetime, timedelta

    from tuckan.client import Client
    from tuckan.mirror.store import Store, Synced


class Mirror(MirrorReader):
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
        views: bool = False,
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
            views: read the views of resources, which a copy then restores: one request for each resource.

        Returns:
            What was new, changed, gone and back.

        Raises:
            Incomplete: when the list can't be shown to be complete; when so much is gone at once that the portal is not
                believed; when private datasets are not visible any more. Nothing is marked as gone then.
            InvalidArgument: when the file is the mirror of another portal, holds private datasets and the client has no token,
                or is being written by another process.
            CannotWrite: when the disk is full, for example; what was noted stays.

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
            if not files and not tables and not views:
                return done
            from tuckan.mirror.files import Files  # noqa: PLC0415 - needed here alone

            kept = Files(store, folder_of(self.path), connection)
            if files:
                kept.fetch(formats, max_bytes)
            if tables:
                kept.fetch_tables()
            if views:
                kept.fetch_views()
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
        until = moment_of(before) if before is not None else "9999"
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
            store.connection.execute("DELETE FROM views WHERE resource NOT IN (SELECT id FROM resources)")
        from tuckan.mirror.files import unused  # noqa: PLC0415 - needed here alone

        for path in unused(store, folder_of(self.path)):
            path.unlink()
        return len(keys)

    @contextmanager
    def _writing(self, *, create: bool = False) -> Generator[Store]:
        """The file, to write to it: no other process does meanwhile."""
        if self.path.exists() and not os.access(self.path, os.W_OK):
            raise InvalidArgument(f"{self.path} is read-only.", hint="Change its permissions, or copy it.")
        with ExitStack() as stack:
            stack.enter_context(self._explaining())
            try:
                stack.enter_context(locked(self.path.with_name(f"{self.path.name}.lock")))
            except BlockingIOError as error:
                raise InvalidArgument(
                    f"{self.path} is being written by another process.", hint="Wait until it is done."
                ) from error
            yield self._open(create=create)
