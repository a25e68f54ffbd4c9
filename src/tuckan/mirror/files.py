"""The files and tables of a portal beside its mirror: files by their SHA-256, tables of the DataStore as Parquet."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tuckan._text import counted
from tuckan.client._sync.bulk.downloads import Downloading
from tuckan.client._sync.namespaces.views import Views
from tuckan.errors import Incomplete, NotAuthorized, NotFound, PortalError, TransportError
from tuckan.mirror.store import now
from tuckan.push.stored import storing
from tuckan.shapes import Downloaded
from tuckan.snapshot import StoredFile
from tuckan.transport.download_folder import ObjectPlace
from tuckan.transport.download_writer import hash_of
from tuckan.transport.host_limits import MOST_FAILURES, HostLimits
from tuckan.wire.address import origin
from tuckan.wire.call import Call
from tuckan.wire.execute import execute
from tuckan.wire.formats import same_format

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from tuckan.client._sync.connection import Connection
    from tuckan.mirror.store import Store
    from tuckan.shapes import Record
    from tuckan.transport.download_folder import Place

MOST_TOLD = 5
"""Failures that are told one by one."""

_THERE = """
SELECT r.id, r.name, r.url, r.url_type, r.format, r.mimetype, r.size, r.hash, d.name AS dataset
FROM resources r JOIN datasets d ON d.key = r.dataset WHERE d.status = 'there'
"""


class Files:
    """Brings the files and tables beside a mirror up to date.

    Args:
        store: the mirror's file.
        folder: where they are kept.
        connection: the connection to the portal.
    """

    def __init__(self, store: Store, folder: Path, connection: Connection) -> None:
        self._store, self._folder, self._connection = store, folder, connection
        self.counts: dict[str, int] = {}
        self._failed: list[str] = []
        self._limits = HostLimits((origin(connection.portal_state.address.site),))
        self._given_up: Counter[str] = Counter()

    def fetch(self, formats: Sequence[str] = (), max_bytes: int | None = None) -> None:
        """Fetch the files that changed. Hosts other than the portal are asked politely; no page or error is taken for a file.

        Args:
            formats: only files of these formats.
            max_bytes: the maximum size of a file.
        """
        work = Downloading(self._connection, max_bytes=max_bytes, limits=self._limits)
        with self._connection.progress("fetching files", unit="files") as progress:
            pieces = self._pieces(work, formats)
            for one in self._connection.as_done(pieces, self._connection.portal_state, alike=False):
                self._note(one)
                progress.step()

    def _pieces(self, work: Downloading, formats: Sequence[str]) -> Iterator[tuple[str, Callable[[], Downloaded]]]:
        for resource in self._rows(_THERE):
            wanted = not formats or any(same_format(resource.get("format") or "", one) for one in formats)
            url = str(resource["url"] or "")
            if not wanted or "://" not in url:
                continue
            place = ObjectPlace(resource, self._folder, folder=self._folder / "objects", own=False)
            own = origin(url) in self._limits.unlimited
            yield str(resource["id"]) if own else self._limits.lane(url), partial(self._fetched, work, resource, place)

    def _fetched(self, work: Downloading, resource: Record, place: Place) -> Downloaded:
        url = str(resource["url"])
        if not self._limits.is_given_up(url):
            return work.attempt(resource, place)
        host = urlsplit(url).netloc.rpartition("@")[2]
        self._given_up[host] += 1
        id_, dataset, name = (str(resource[one] or "") for one in ("id", "dataset", "name"))
        return Downloaded(id_, dataset, name, url, "failed", reason=f"{host} was given up")

    def notes(self) -> Iterator[str]:
        """What else is worth knowing, in sentences without a full stop."""
        yield from self._failed[:MOST_TOLD]
        if (more := len(self._failed) - MOST_TOLD) > 0:
            yield f"{more:,} more failed: the column error of the table files tells why"
        for host, number in self._given_up.items():
            yield f"{host} did not answer {MOST_FAILURES} times in a row, and was given up: {counted(number, 'file')} not tried"

    def _rows(self, query: str, *parameters: Any) -> list[Record]:
        found = self._store.connection.execute(query, parameters)
        names = [one[0] for one in found.description]
        return [dict(zip(names, row, strict=True)) for row in found]

    def _note(self, one: Downloaded) -> None:
        self.counts[one.outcome] = self.counts.get(one.outcome, 0) + 1
        if one.outcome == "failed" and urlsplit(one.url).netloc.rpartition("@")[2] not in self._given_up:
            self._failed.append(f"{one.name or one.url} of {one.dataset} failed: {one.reason.rstrip('.')}")
        path = one.path.relative_to(self._folder).as_posix() if one.path else None
        self._put(one.id, one.url, one.sha256 or None, one.size, path, None, one.reason or None)

    def _put(self, *values: Any) -> None:
        """Keep what is known of a file; where it failed, what was known before stays."""
        resource, url, sha256, size, path, stamp, error = values
        self._store.connection.execute(
            "INSERT INTO files (resource, url, sha256, size, path, fetched_at, stamp, error) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (resource) DO UPDATE SET url = excluded.url, sha256 = coalesce(excluded.sha256, sha256),"
            " size = coalesce(excluded.size, size), path = coalesce(excluded.path, path),"
            " fetched_at = CASE WHEN excluded.path IS NULL THEN fetched_at ELSE excluded.fetched_at END,"
            " stamp = coalesce(excluded.stamp, stamp), error = excluded.error",
            (resource, url, sha256, size, path, now() if path else None, stamp, error),
        )

    def fetch_tables(self) -> None:
        """Fetch the tables of the DataStore whose number of rows, last row or date moved, as Parquet."""
        query = _THERE.replace("SELECT r.id,", "SELECT r.id, r.last_modified,") + " AND r.datastore_active"
        known = dict(self._store.connection.execute("SELECT resource, stamp FROM files WHERE resource LIKE 'table:%'"))
        for resource in self._rows(query):
            id_, outcome, reason = str(resource["id"]), "unchanged", None
            path = self._folder / "tables" / f"{id_}.parquet"
            stamp = known.get(f"table:{id_}") or ""
            try:
                stamp = json.dumps([*self._extent(id_), resource["last_modified"]])
                if known.get(f"table:{id_}") != stamp or not path.is_file():
                    path.parent.mkdir(parents=True, exist_ok=True)
                    self._connection.run(storing(id_, path, self._connection.portal_state))
                    outcome = "fetched"
            except (PortalError, TransportError, Incomplete) as error:
                outcome, reason = "failed", f"{type(error).__name__}: {error.message}"
                self._failed.append(
                    f"The table of {resource['name'] or id_} of {resource['dataset']} failed: {error.message.rstrip('.')}"
                )
            self.counts[f"table {outcome}"] = self.counts.get(f"table {outcome}", 0) + 1
            if outcome == "fetched":
                relative = path.relative_to(self._folder).as_posix()
                self._put(f"table:{id_}", None, hash_of(path), path.stat().st_size, relative, stamp, None)
            elif reason:
                self._put(f"table:{id_}", None, None, None, None, None, reason)

    def fetch_views(self) -> None:
        """Fetch the views of each resource: CKAN gives them no date, so all are read each time."""
        views = Views(self._connection)

        def fetched(id_: str) -> list[Record] | None:
            try:
                return list(views.list(id_))
            except (NotFound, NotAuthorized):
                return None  # it went while views were read: the next run knows

        ids = [str(one["id"]) for one in self._rows(_THERE)]
        counted_views = 0
        with self._connection.progress("reading views", total=len(ids), unit="resources") as progress:
            found = self._connection.side_by_side(partial(fetched, one) for one in ids)
            for id_, several in zip(ids, found, strict=True):
                progress.step()
                if several is not None:
                    counted_views += len(several)
                    text = json.dumps(several, ensure_ascii=False)
                    self._store.connection.execute("INSERT OR REPLACE INTO views VALUES (?, ?, ?)", (id_, text, now()))
        self.counts["views read"] = counted_views

    def _extent(self, id_: str) -> tuple[Any, Any]:
        """How many rows a table has, and the number of the last."""
        params = {"resource_id": id_, "limit": 1, "sort": "_id desc", "fields": ["_id"]}
        call = Call("datastore_search", params, read_only=True)
        found = self._connection.run(execute(call, self._connection.portal_state))
        rows = found.get("records") or [{}]
        return found.get("total"), rows[0].get("_id")


def damaged(store: Store, folder: Path) -> list[str]:
    """Hash each file again, put aside those that have another content, and return these and those that are missing.

    Args:
        store: the mirror's file.
        folder: where the files are kept.
    """
    rows = store.connection.execute("SELECT DISTINCT path, sha256 FROM files WHERE path IS NOT NULL ORDER BY path")
    wrong = [path for path, sha256 in rows if not (folder / path).is_file() or hash_of(folder / path) != sha256]
    for path in wrong:
        with suppress(OSError):
            # A synchronization does not hash what has its size and date: only what is not there is fetched again.
            (folder / path).rename(folder / f"{path}.damaged")
    return wrong


def stored_files(store: Store, folder: Path) -> dict[str, StoredFile]:
    """The files of the resources that are there, by the resource's id.

    Args:
        store: the mirror's file.
        folder: where the files are kept.
    """
    rows = store.connection.execute(
        "SELECT f.resource, f.path, f.size, f.sha256 FROM files f WHERE f.path IS NOT NULL AND f.resource IN"
        " (SELECT r.id FROM resources r JOIN datasets d ON d.key = r.dataset WHERE d.status = 'there')"
    )
    return {id_: StoredFile(folder / path, size, sha256) for id_, path, size, sha256 in rows}


def stored_tables(store: Store, folder: Path) -> dict[str, Path]:
    """The tables as Parquet, by the resource's id.

    Args:
        store: the mirror's file.
        folder: where they are kept.
    """
    rows = store.connection.execute(
        "SELECT substr(resource, 7), path FROM files WHERE resource LIKE 'table:%' AND path IS NOT NULL"
    )
    return {id_: folder / path for id_, path in rows}


def unused(store: Store, folder: Path) -> list[Path]:
    """Files that no resource has any more: former versions, and those of datasets that were pruned."""
    used = {row[0] for row in store.connection.execute("SELECT path FROM files WHERE path IS NOT NULL")}
    found = [*folder.glob("objects/*"), *folder.glob("tables/*")]
    return [path for path in found if path.relative_to(folder).as_posix() not in used]
