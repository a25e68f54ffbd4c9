"""Bringing a mirror up to date: a complete list of what the portal has is compared with the mirror, and what differs is fetched.

It never asks for what changed since a date. Deletions, renames, datasets that became private and clocks that differ would
all be missed.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager, suppress
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from tuckan._text import counted
from tuckan.client._sync.namespaces.datasets import whole_list
from tuckan.client._sync.namespaces.portal_records import PortalRecords, checked
from tuckan.errors import Hint, Incomplete, InvalidArgument, NotAuthorized, NotFound, TuckanError
from tuckan.mirror.layout import make_private
from tuckan.mirror.store import GROUPS, Synced, now
from tuckan.wire import solr
from tuckan.wire.call import Call
from tuckan.wire.execute import execute

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping
    from pathlib import Path

    from tuckan.client._sync.bulk.whole_list import WholeList
    from tuckan.client._sync.connection import Connection
    from tuckan.mirror.store import Groups, Store
    from tuckan.shapes import Record

PAGE_SIZE = 1000
FETCHED_AT_ONCE = 100
"""Datasets that are asked for by id in one request."""

MOST_GONE, MOST_GONE_SHARE = 1000, 0.2
"""A portal that lacks more datasets than this, or a greater share of them, at once is not believed."""

HIDDEN = "hidden"
"""Why a dataset is gone that the portal refuses to show: it is deleted or private."""

_IS_THERE = "SELECT 1 FROM datasets WHERE id = ? AND status = 'there'"

FEW_GROUPS = 10
"""So many organizations or groups may be gone, whatever their share, unless all are: most portals have few."""


def synchronize(
    store: Store,
    path: Path,
    connection: Connection,
    *,
    private: bool | None = None,
    full: bool = False,
    accept: bool = False,
) -> Synced:
    """Bring a mirror up to date; `Mirror.sync` describes the parameters.

    Args:
        store: the mirror's file, which nobody else writes to.
        path: its path.
        connection: the connection to the portal.
        private: include private datasets and drafts; None does as before.
        full: compare the content of every dataset.
        accept: however many are gone.
    """
    wanted = _settled(store, path, connection, private)
    run = _Run(store, connection, private=wanted, full=full, accept_deletions=accept)
    with _recorded(store, run):
        run.run()
    counts = store.counts
    return Synced(
        run.read, counts["new"], counts["changed"], counts["gone"], counts["back"], run.groups_read, tuple(run.notes)
    )


def _settled(store: Store, path: Path, connection: Connection, private: bool | None) -> bool:
    """Whether a mirror holds private records. It never changes its portal, nor from private to public."""
    portal = connection.portal_state.address.site
    known, is_private = store.setting("portal"), store.setting("private") == "1"
    # A first run that failed, as with a mistyped address, binds the mirror to no portal.
    is_used = store.value("SELECT 1 FROM datasets UNION SELECT 1 FROM runs WHERE outcome = 'complete'")
    if is_used and known != portal:
        raise InvalidArgument(
            f"{path} is a mirror of {known}, not of {portal}.", hint="Name another file for this portal."
        )
    if is_private and private is False:
        raise InvalidArgument(
            f"{path} holds private datasets, all of which would be gone.",
            hint="Name another file for a mirror of what is public.",
        )
    if (private or is_private) and not connection.portal_state.token:
        raise InvalidArgument(
            f"{path} holds private datasets, and nobody sees these without a token.",
            hint=Hint("Give the client a token.", "Log in (`tuckan login`), or set CKAN_API_KEY."),
        )
    if private:
        make_private(path)
    store.set("portal", portal)
    store.set("private", "1" if private or is_private else "0")
    return bool(private or is_private)


@contextmanager
def _recorded(store: Store, run: _Run) -> Generator[None]:
    """A row of `runs`; one that does not end was interrupted."""
    store.counts = dict.fromkeys(store.counts, 0)
    store.is_first = not store.value("SELECT 1 FROM runs WHERE outcome = 'complete'")
    store.run = int(store.connection.execute("INSERT INTO runs (started) VALUES (?)", (now(),)).lastrowid or 0)

    def end(outcome: str) -> None:
        store.connection.execute(
            "UPDATE runs SET ended = ?, outcome = ?, read = ?, new = ?, changed = ?, gone = ?, back = ?, note = ? WHERE key = ?",
            (now(), outcome, run.read, *store.counts.values(), "; ".join(run.notes), store.run),
        )

    try:
        yield
    except BaseException as error:
        run.notes.append(str(error))
        with suppress(sqlite3.Error):  # of a full disk, the first error says more
            end("stopped" if isinstance(error, TuckanError) else "interrupted")
        raise
    end("complete")


class _Run:
    """One run that brings a mirror up to date.

    Args:
        store: the mirror's file.
        connection: the connection to the portal.
        private: include private datasets and drafts.
        full: compare the content of every dataset, not only its date.
        accept_deletions: however many are gone.
    """

    def __init__(
        self, store: Store, connection: Connection, *, private: bool, full: bool, accept_deletions: bool
    ) -> None:
        self._store, self._connection = store, connection
        self._private, self._full, self._accept = private, full, accept_deletions
        self._sql = store.connection.execute
        self.notes: list[str] = []
        self.read = self.groups_read = 0
        self._lost: dict[str, str] = {}

    def run(self) -> None:
        """Read the portal, and note what is new, changed, gone and back.

        Raises:
            Incomplete: when more is gone than is plausible. Nothing is noted then, unless datasets vanish while they are read.
        """
        groups = self._groups()
        self._sql("CREATE TEMP TABLE IF NOT EXISTS scan (id TEXT PRIMARY KEY, modified TEXT) WITHOUT ROWID")
        is_first = not self._store.value("SELECT 1 FROM datasets LIMIT 1")
        looks = {} if is_first else self._missing()
        for table, records in groups.items():
            with self._store.transaction():
                self._store.put_groups(table, records)
        if is_first or self._full:
            self._read_whole()
        else:
            self._fetch(self._differing())
        self._note_missing(looks)

    def _list(self, *fields: str) -> WholeList:
        listing = whole_list(self._connection, None, None, None, fields, private=self._private, drafts=self._private)
        return listing(0, PAGE_SIZE, True, raw=not fields)

    def _groups(self) -> dict[Groups, list[Record]]:
        """Organizations and groups: there are few, so all of them are read."""
        portal = PortalRecords(self._connection)
        groups: dict[Groups, list[Record]] = {}
        for table in GROUPS:
            groups[table] = [_with_members(checked(one, portal.base_url)) for one in portal.listing(table)]
            self.groups_read += len(groups[table])
            there = {row[0] for row in self._sql(f"SELECT id FROM {table} WHERE status = 'there'")}
            missing = there - {str(one["id"]) for one in groups[table]}
            if len(missing) > FEW_GROUPS or missing == there:
                self._brake(table, len(missing), len(there))
        return groups

    def _read_whole(self) -> None:
        whole, self.read = self._list(), 0
        for batch in whole.batches():
            with self._store.transaction():
                self._store.put_datasets([bytes(one.json) for one in batch])
            self.read += len(batch)
        self.notes = [str(whole.proof)]  # it says the same as that of the dates

    def _read_dates(self) -> None:
        self._sql("DELETE FROM scan")
        whole = self._list("id", "metadata_modified")
        for batch in whole.batches():
            rows = ((str(one["id"]), str(one.get("metadata_modified"))) for one in batch)
            self._store.connection.executemany("INSERT OR REPLACE INTO scan VALUES (?, ?)", rows)
            self.read += len(batch)
        self.notes.append(str(whole.proof))

    def _differing(self) -> Iterator[str]:
        """The ids of datasets that are new, back, or of another date."""
        found = self._sql(
            "SELECT scan.id FROM scan LEFT JOIN datasets d ON d.id = scan.id"
            " WHERE d.key IS NULL OR d.status <> 'there' OR d.metadata_modified IS NOT scan.modified"
        )
        return iter([row[0] for row in found])

    def _fetch(self, ids: Iterator[str]) -> None:
        """Fetch datasets by id, many in one request; those that a search leaves out are fetched one by one."""
        batches = iter(lambda: list(islice(ids, FETCHED_AT_ONCE)), [])
        for found, absent in self._connection.side_by_side(partial(self._fetched, batch) for batch in batches):
            looks = {one: self._shown(one) for one in absent}
            # Some that were listed a moment ago may not be there any more.
            self._lost |= {one: look for one, look in looks.items() if isinstance(look, str)}
            with self._store.transaction():
                self._store.put_datasets([*found, *(one for one in looks.values() if isinstance(one, bytes))])

    def _fetched(self, ids: list[str]) -> tuple[list[bytes], list[str]]:
        params = {"fq": f"+{solr.clause('id', ids)} {solr.EVERY_STATE}", "rows": len(ids), "facet": "false"}
        if self._private:
            params |= {"include_private": True, "include_drafts": True}
        call = Call("package_search", params, read_only=True, shape=_RawSearch)
        result = self._connection.run(execute(call, self._connection.portal_state))
        found = {_id(one): bytes(one) for one in result.results}
        return [found[one] for one in ids if one in found], [one for one in ids if one not in found]

    def _shown(self, id: str) -> bytes | str:  # noqa: A002 - CKAN's own word
        """A dataset as JSON, or why it is not among those that the mirror keeps."""
        call = Call("package_show", {"id": id}, read_only=True, shape=msgspec.Raw)
        try:
            raw = bytes(self._connection.run(execute(call, self._connection.portal_state)))
        except NotFound:
            return "deleted"
        except NotAuthorized:
            return HIDDEN  # CKAN refuses what is deleted as it does what is private
        record: Record = msgspec.json.decode(raw)
        state = str(record.get("state") or "active")
        if not self._private and (record.get("private") or state == "draft"):
            return "private" if record.get("private") else "draft"
        return raw if state in {"active", "draft"} else state

    def _missing(self) -> dict[str, bytes | str]:
        """Look at each dataset that the list lacks: its record, or why the portal does not have it.

        Raises:
            Incomplete: when too many are missing, or private datasets are no longer visible.
        """
        self._read_dates()
        found = self._sql(
            "SELECT id FROM datasets WHERE status = 'there' AND NOT EXISTS (SELECT 1 FROM scan WHERE scan.id = datasets.id)"
        )
        missing = [row[0] for row in found]
        self._brake("datasets", len(missing), self._number_there())
        looks = self._connection.side_by_side(partial(self._shown, one) for one in missing)
        seen = dict(zip(missing, looks, strict=True))
        self._refuse_hidden(one for one, look in seen.items() if look == HIDDEN)
        return seen

    def _number_there(self) -> int:
        return int(self._store.value("SELECT count(*) FROM datasets WHERE status = 'there'"))

    def _refuse_hidden(self, hidden: Iterable[str]) -> None:
        """Stop when private datasets are not visible any more: they need not be gone, the token may just see less."""
        query = "SELECT name FROM datasets WHERE id = ? AND (private OR state = 'draft')"
        names = [name for one in hidden if self._private and (name := self._store.value(query, one))]
        if not names or self._accept:
            return
        shown = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
        portal = self._connection.portal_state.address.site
        raise Incomplete(
            f"{portal} does not show this token {counted(len(names), 'private dataset')} of the mirror: {shown}."
            " Nothing was marked as gone.",
            expected=None,
            received=self.read,
            missing=names,
            hint="Use the token of a user who may read them, or accept that they are gone: "
            + Hint("sync(client, accept_deletions=True).", "tuckan mirror sync --accept-deletions"),
        )

    def _note_missing(self, looks: Mapping[str, bytes | str]) -> None:
        """Mark those as gone that the portal really does not have."""
        there = {one for one in self._lost if self._store.value(_IS_THERE, one)}
        self._brake("datasets", len(there) + sum(isinstance(one, str) for one in looks.values()), self._number_there())
        self._refuse_hidden(one for one in there if self._lost[one] == HIDDEN)
        unlisted = [one for one in looks.values() if isinstance(one, bytes)]
        with self._store.transaction():
            self._store.put_datasets(unlisted)
            for id_, look in {**looks, **{one: self._lost[one] for one in there}}.items():
                if isinstance(look, str):
                    self._store.gone(id_, look)
        if unlisted:
            self.notes.append(f"{len(unlisted):,} that the portal has and its list does not show")

    def _brake(self, what: str, missing: int, there: int) -> None:
        if self._accept or not missing or (missing <= MOST_GONE and missing <= MOST_GONE_SHARE * there):
            return
        portal = self._connection.portal_state.address.site
        anew = missing == there and what == "datasets" and self.read
        raise Incomplete(
            f"{portal} lacks {missing:,} of the {there:,} {what} of this mirror. None of them was marked as gone.",
            expected=there,
            received=there - missing,
            hint=("It has others: it may have been set up anew. Name another file for it. " if anew else "")
            + Hint(
                "If they were really deleted, accept that: sync(client, accept_deletions=True).",
                "If they were really deleted, accept that: tuckan mirror sync --accept-deletions",
            ),
        )


def _with_members(record: Record) -> Record:
    """An organization or group with its members' names and roles: what else its portal tells of people is not kept."""
    if "users" not in record:
        return record
    names = ("id", "name", "capacity")
    return {**record, "users": [{name: one.get(name) for name in names} for one in record["users"] or ()]}


class _RawSearch(msgspec.Struct):
    count: int
    results: list[msgspec.Raw]


class _Identified(msgspec.Struct):
    id: str


def _id(record: bytes | msgspec.Raw) -> str:
    return msgspec.json.decode(record, type=_Identified).id
