"""A mirror's file: putting records into it, and getting them out."""

from __future__ import annotations

import json
import re
import sqlite3
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import msgspec

from tuckan._text import counted
from tuckan.errors import InvalidArgument, NotCKAN
from tuckan.mirror.merge_patch import is_change, merge_patch
from tuckan.snapshot import defect
from tuckan.transport.json_lines import zstd

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping

    from tuckan.shapes import Record

Groups: TypeAlias = Literal["organizations", "groups"]
GROUPS: tuple[Groups, ...] = ("organizations", "groups")

TRAINED_ON = 100
"""The fewest records that a dictionary is trained on."""

_MOST_SAMPLES = 4_000_000
_DICTIONARY_SIZE = 112_640
_LEVEL = 3

_DATASET = (
    *("id", "name", "title", "notes", "tags", "organization_title", "resource_names", "formats", "type", "state"),
    *("private", "license_id", "url", "version", "organization", "metadata_created", "metadata_modified"),
)
_RESOURCE = (
    *("dataset", "position", "id", "name", "description", "format", "mimetype", "url", "url_type", "size", "hash"),
    *("last_modified", "datastore_active"),
)
_GROUP = ("id", "name", "title", "description", "type", "state", "record")

_PLAIN = frozenset({str, bool, type(None)})
"""Types of values that SQLite takes as they are."""

_SIZE = _RESOURCE.index("size") - 2
_NEW_DATASET = f"INSERT INTO datasets ({', '.join(_DATASET)}) VALUES ({', '.join('?' * len(_DATASET))})"
_NEW_RESOURCE = f"INSERT INTO resources ({', '.join(_RESOURCE)}) VALUES ({', '.join('?' * len(_RESOURCE))})"
_NEW_TAG = "INSERT OR IGNORE INTO dataset_tags SELECT ?, key FROM tags WHERE name = ?"
_NEW_GROUP = "INSERT OR IGNORE INTO dataset_groups SELECT ?, key FROM groups WHERE id = ?"
_NEW_EXTRA = "INSERT OR IGNORE INTO extras VALUES (?, ?, ?)"


_AGES = {"h": 1 / 24, "d": 1.0, "w": 7.0}


def now() -> str:
    """The time as a mirror writes it: UTC, in seconds."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment_of(since: str | datetime | timedelta | None) -> str:
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
    except (OverflowError, ValueError):
        return ""  # before the first year
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}".rjust(20, "0")


@dataclass(frozen=True, slots=True)
class Synced:
    """What a synchronization did.

    Attributes:
        read: datasets that the portal listed.
        new: records (datasets, organizations and groups) that the mirror did not have.
        changed: records of which something changed, other than what changes by itself.
        gone: records that the portal has no more.
        back: records that were gone and are there again.
        groups: organizations and groups that the portal listed.
        notes: how the list was read, and what else is worth knowing.
        files: how many files and tables were `fetched`, `unchanged`, `failed`, ...
    """

    read: int
    new: int
    changed: int
    gone: int
    back: int
    groups: int = 0
    notes: tuple[str, ...] = ()
    files: Mapping[str, int] = field(default_factory=dict[str, int])

    def __str__(self) -> str:
        read = f"{counted(self.read + self.groups, 'record')} read ({counted(self.read, 'dataset')})"
        return f"{read}: {self.new:,} new, {self.changed:,} changed, {self.gone:,} gone, {self.back:,} back"


class Store:
    """Records in a mirror's file; whoever calls begins and ends the transactions.

    Args:
        connection: the open file.

    Attributes:
        run: the key of the run that writes.
        is_first: whether no run before it was complete: everything is new then, which is no news.
        counts: how much was new, changed, gone and back in this run.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.run = 0
        self.is_first = False
        self.counts = {"new": 0, "changed": 0, "gone": 0, "back": 0}
        self._codecs: dict[int | None, tuple[Any, Any]] = {}
        self._organizations: dict[str, int] = {}
        self._tags: set[str] = set()
        self._parts: defaultdict[str, list[tuple[Any, ...]]] = defaultdict(list)

    @contextmanager
    def transaction(self) -> Generator[None]:
        """Do several things, or none of them."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.connection.rollback()
            self._parts.clear()
            self._tags.clear()
            raise
        self.connection.commit()

    def value(self, sql: str, *parameters: Any) -> Any:
        """The first column of the first row of a query, or None."""
        found = self.connection.execute(sql, parameters).fetchone()
        return found[0] if found else None

    def setting(self, name: str, default: str = "") -> str:
        """What the mirror keeps about itself."""
        found = self.value("SELECT value FROM meta WHERE name = ?", name)
        return default if found is None else str(found)

    def set(self, name: str, value: str) -> None:
        """Keep something about the mirror itself."""
        self.connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    # Datasets

    def put_datasets(self, records: Iterable[bytes]) -> None:
        """Put datasets as the portal gave them; what changed in those that are there is noted.

        Args:
            records: each as JSON.
        """
        raw = list(records)
        if not raw:
            return
        decoded: list[Record] = [msgspec.json.decode(one) for one in raw]
        known = self._known([str(one["id"]) for one in decoded])
        dictionary = self._dictionary(raw)
        self._organizations = dict(self.connection.execute("SELECT id, key FROM organizations"))
        for record, source in zip(decoded, raw, strict=True):
            try:
                self._put_dataset(record, source, known.get(str(record["id"])), dictionary)
            except (AttributeError, TypeError) as error:
                name, portal = str(record.get("name") or record["id"]), self.setting("portal")
                raise NotCKAN(
                    f"{portal} gives {name!r:.100}, which is not a record of CKAN's: {defect(record) or error}."
                ) from error
        for query, rows in self._parts.items():
            self.connection.executemany(query, rows)
            rows.clear()

    def _known(self, ids: list[str]) -> dict[str, tuple[int, str, Record]]:
        """Those of these datasets that the mirror has: key, status and record."""
        holes = ", ".join("?" * len(ids))
        rows = self.connection.execute(
            f"SELECT d.id, d.key, d.status, r.dictionary, r.json FROM datasets d JOIN records r ON r.dataset = d.key WHERE d.id IN ({holes})",
            ids,
        )
        return {row[0]: (row[1], row[2], self._record(row[3], row[4])) for row in rows}

    def _put_dataset(
        self, record: Record, source: bytes, known: tuple[int, str, Record] | None, dictionary: int | None
    ) -> None:
        packed = self._codec(dictionary)[0](source)
        if known is None:
            found = self.connection.execute(_NEW_DATASET, self._columns(record))
            key = int(found.lastrowid or 0)
            self.connection.execute("INSERT INTO records VALUES (?, ?, ?)", (key, dictionary, packed))
            self._put_parts(key, record)
            self._note("dataset", "new", record)
            return
        key, status, before = known
        if before != record or status != "there":
            assigned = ", ".join(f"{one} = ?" for one in _DATASET)
            self.connection.execute(
                f"UPDATE datasets SET {assigned}, status = 'there', gone_at = NULL, why_gone = NULL WHERE key = ?",
                (*self._columns(record), key),
            )
            self.connection.execute(
                "UPDATE records SET dictionary = ?, json = ? WHERE dataset = ?", (dictionary, packed, key)
            )
            for table in ("resources", "dataset_tags", "dataset_groups", "extras"):
                self.connection.execute(f"DELETE FROM {table} WHERE dataset = ?", (key,))
            self._put_parts(key, record)
        self._note("dataset", "changed" if status == "there" else "back", record, before)

    def _columns(self, record: Record) -> list[Any]:
        organization: Mapping[str, Any] = record.get("organization") or {}
        resources: list[Record] = record.get("resources") or []
        derived = {
            "tags": ", ".join(str(one.get("display_name") or one.get("name")) for one in record.get("tags") or ()),
            "organization_title": organization.get("title") or organization.get("name"),
            "resource_names": "\n".join(filter(None, (_text(one.get("name")) for one in resources))),
            "formats": ", ".join(sorted({str(one["format"]) for one in resources if one.get("format")})),
            "private": int(bool(record.get("private"))),
            "organization": self._organizations.get(str(record.get("owner_org") or organization.get("id"))),
        }
        return [derived[name] if name in derived else _text(record.get(name)) for name in _DATASET]

    def _put_parts(self, key: int, record: Record) -> None:
        """Rows of the other tables, which are written once for many datasets."""
        for number, resource in enumerate(record.get("resources") or ()):
            # The most frequent lines of a synchronization: nearly all values are text already.
            row = [one if type(one) in _PLAIN else _text(one) for one in map(resource.get, _RESOURCE[2:])]
            row[_SIZE] = _size(row[_SIZE])
            self._parts[_NEW_RESOURCE].append((key, number, *row))
        tags = {str(one.get("name")) for one in record.get("tags") or ()}
        if new := [(one,) for one in tags - self._tags]:
            self._parts["INSERT OR IGNORE INTO tags (name) VALUES (?)"] += new
            self._tags |= tags
        self._parts[_NEW_TAG] += [(key, one) for one in tags]
        self._parts[_NEW_GROUP] += [(key, str(one.get("id"))) for one in record.get("groups") or ()]
        self._parts[_NEW_EXTRA] += [
            (key, str(one.get("key")), _text(one.get("value"))) for one in record.get("extras") or ()
        ]

    def gone(self, id: str, why: str) -> None:  # noqa: A002 - CKAN's own word
        """Mark a dataset as gone; its record stays until it is pruned."""
        self.connection.execute(
            "UPDATE datasets SET status = 'gone', gone_at = ?, why_gone = ? WHERE id = ?", (now(), why, id)
        )
        name, title = self.connection.execute("SELECT name, title FROM datasets WHERE id = ?", (id,)).fetchone()
        self._note("dataset", "gone", {"id": id, "name": name, "title": title, "why": why})

    # Organizations and groups

    def put_groups(self, table: Groups, records: Iterable[Record]) -> None:
        """Put all organizations or groups that the portal has; those that it has no more are gone.

        Args:
            table: which of the two.
            records: all of them.
        """
        kind = table.removesuffix("s")
        rows = self.connection.execute(f"SELECT id, status, record FROM {table}")
        known = {row[0]: (row[1], row[2]) for row in rows}
        for record in records:
            id_ = str(record["id"])
            status, before = known.pop(id_, ("", ""))
            values = {**record, "record": msgspec.json.encode(record).decode()}
            assigned = ", ".join(f"{one} = excluded.{one}" for one in _GROUP[1:])
            if values["record"] != before or status != "there":
                self.connection.execute(
                    f"INSERT INTO {table} ({', '.join(_GROUP)}) VALUES ({', '.join('?' * len(_GROUP))})"
                    f" ON CONFLICT (id) DO UPDATE SET {assigned}, status = 'there', gone_at = NULL",
                    [_text(values.get(one)) for one in _GROUP],
                )
            old = msgspec.json.decode(before) if before else None
            self._note(kind, "new" if old is None else "changed" if status == "there" else "back", record, old)
        for id_, (status, before) in known.items():
            if status == "there":
                self.connection.execute(
                    f"UPDATE {table} SET status = 'gone', gone_at = ? WHERE id = ?",
                    (now(), id_),
                )
                self._note(kind, "gone", msgspec.json.decode(before))

    # Changes

    def _note(self, kind: str, change: str, record: Record, before: Record | None = None) -> None:
        """Note what happened to a record; one of which nothing changed but what does so by itself is not noted."""
        patch = inverse = None
        if before is not None:
            forward = merge_patch(before, record)
            if change == "changed" and not is_change(forward):
                return
            patch, inverse = json.dumps(forward), json.dumps(merge_patch(record, before))
        elif change == "gone":
            patch = json.dumps({"why": record["why"]}) if "why" in record else None
        self.counts[change] += 1
        if self.is_first:
            return
        self.connection.execute(
            "INSERT INTO changes (run, at, kind, id, name, title, change, patch, inverse) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(self.run, now(), kind, str(record["id"]), _text(record.get("name")), _text(record.get("title"))),
                *(change, patch, inverse),
            ),
        )

    # Reading

    def datasets(self, where: str = "status = 'there'", *parameters: Any) -> Iterator[Record]:
        """The records of datasets, in the order in which they came.

        Args:
            where: a condition on the table `datasets`, as SQL.
            *parameters: its parameters.
        """
        rows = self.connection.execute(
            "SELECT dictionary, json FROM records JOIN datasets ON datasets.key = records.dataset"
            f" WHERE {where} ORDER BY datasets.key",
            parameters,
        )
        with_views = self._has_views()
        for dictionary, packed in rows:
            record = self._record(dictionary, packed)
            for resource in (record.get("resources") or ()) if with_views else ():
                if (views := self.value("SELECT views FROM views WHERE resource = ?", resource.get("id"))) is not None:
                    resource["resource_views"] = json.loads(views)
            yield record

    def _has_views(self) -> bool:
        """Whether views were read; a file of an earlier version that is read-only has no table of them."""
        there = self.value("SELECT 1 FROM sqlite_master WHERE name = 'views'")
        return bool(there and self.value("SELECT 1 FROM views LIMIT 1"))

    def groups(self, table: Groups) -> Iterator[Record]:
        """The records of organizations or groups."""
        rows = self.connection.execute(f"SELECT record FROM {table} WHERE status = 'there' ORDER BY name")
        for (record,) in rows:
            yield msgspec.json.decode(record)

    # Compression

    def _dictionary(self, samples: list[bytes]) -> int | None:
        """The dictionary to compress with; it is trained once there are enough records."""
        found: int | None = self.value("SELECT max(key) FROM dictionaries")
        if found is not None or len(samples) < TRAINED_ON:
            return found
        some, size = [], 0
        for one in samples:
            size += len(one)
            if size > _MOST_SAMPLES:
                break
            some.append(one)
        content = _library().train_dict(some, min(_DICTIONARY_SIZE, size // 10)).dict_content
        return self.connection.execute("INSERT INTO dictionaries (content) VALUES (?)", (content,)).lastrowid

    def _codec(self, dictionary: int | None) -> tuple[Any, Any]:
        if dictionary not in self._codecs:
            library = _library()
            content = self.value("SELECT content FROM dictionaries WHERE key = ?", dictionary)
            trained = None if content is None else library.ZstdDict(content)
            compressor = library.ZstdCompressor(level=_LEVEL, zstd_dict=trained)

            def pack(data: bytes) -> bytes:
                packed: bytes = compressor.compress(data, compressor.FLUSH_FRAME)
                return packed

            def unpack(data: bytes) -> bytes:
                plain: bytes = library.decompress(data, zstd_dict=trained)
                return plain

            self._codecs[dictionary] = pack, unpack
        return self._codecs[dictionary]

    def _record(self, dictionary: int | None, packed: bytes) -> Record:
        """A record as it was before it was compressed.

        Raises:
            DatabaseError: SQLite's error, when it is damaged.
        """
        try:
            record: Record = msgspec.json.decode(self._codec(dictionary)[1](packed))
        except (_library().ZstdError, msgspec.MsgspecError, TypeError) as error:
            raise sqlite3.DatabaseError(f"a record can't be read ({error})") from error
        return record


@cache
def _library() -> Any:
    return zstd("keep a mirror")


def _text(value: Any) -> Any:
    """A value as a column of SQLite holds it: what is neither text nor a number as JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (int, float)) and abs(value) < 1 << 62:
        return value
    return json.dumps(value, ensure_ascii=False)


def _size(value: Any) -> Any:
    if isinstance(value, str):
        return int(value) if value.isascii() and value.isdigit() else None
    return value
