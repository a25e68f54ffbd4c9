"""A portal's metadata as a value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, Self, runtime_checkable

from tuckan.errors import InvalidArgument
from tuckan.snapshot.canonical import KINDS, defect, normal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from tuckan.snapshot.canonical import EntityKind

Records = dict[str, dict[str, Any]]
"""Records in canonical form, by name."""


@dataclass(slots=True)
class Snapshot:
    """A portal's metadata as a value: two snapshots are equal if the portals say the same, whatever the ids and the order of reading.

    Attributes:
        organizations: organizations by name, each with its members and parents.
        groups: groups by name, likewise.
        users: users by name, as far as they are visible.
        datasets: datasets by name, each with its resources, and these with their views where they were read.
        kept: what is not compared, by kind and name: the ids of records and of their resources.

    Example:
        >>> snapshot = Snapshot()
        >>> snapshot.add("datasets", {"name": "rain", "title": "Rain", "num_tags": 0})
        >>> snapshot.datasets["rain"]["title"]
        'Rain'
    """

    organizations: Records = field(default_factory=Records)
    groups: Records = field(default_factory=Records)
    users: Records = field(default_factory=Records)
    datasets: Records = field(default_factory=Records)
    kept: dict[tuple[EntityKind, str], Kept] = field(
        default_factory=dict[tuple["EntityKind", str], "Kept"], compare=False, repr=False
    )

    @classmethod
    def of(cls, catalogue: Catalogue, *kinds: EntityKind) -> Self:
        """Take the snapshot of a catalogue, such as a `Dump`; `client.snapshot()` takes that of a portal.

        Args:
            catalogue: what to read.
            *kinds: which kinds of records; all that the catalogue has without.

        Returns:
            The snapshot.

        Raises:
            Incomplete: when the catalogue cannot be read completely.

        Example:
            >>> from tuckan import Dump
            >>> from pathlib import Path
            >>> from tempfile import TemporaryDirectory
            >>> with TemporaryDirectory() as folder:
            ...     file = Path(folder, "datasets.jsonl")
            ...     size = file.write_text('{"name": "rain", "title": "Rain"}')
            ...     print(Snapshot.of(Dump(file)))
            0 organizations, 0 groups, 0 users, 1 datasets
        """
        taken = cls()
        for kind in kinds or catalogue.kinds:
            for record in catalogue.records(kind):
                taken.add(kind, record)
        return taken

    def of_kind(self, kind: EntityKind) -> Records:
        """Return the records of a kind by name.

        Args:
            kind: `organizations`, `groups`, `users` or `datasets`.

        Example:
            >>> Snapshot(groups={"nature": {"name": "nature"}}).of_kind("groups")
            {'nature': {'name': 'nature'}}
        """
        found: Records = getattr(self, kind)
        return found

    def add(self, kind: EntityKind, record: Mapping[str, Any]) -> None:
        """Add a record as a portal returns it.

        Args:
            kind: the kind of the record.
            record: the record; what the portal computes by itself is left out.

        Example:
            >>> snapshot = Snapshot()
            >>> snapshot.add("groups", {"name": "nature", "title": "Nature", "package_count": 153})
            >>> snapshot.groups["nature"]["title"]
            'Nature'
        """
        name = str(record.get("name") or record.get("id"))
        if wrong := defect(record):
            raise InvalidArgument(f"{name!r} among the {kind} is not a CKAN record: {wrong}.")
        there = self.of_kind(kind).get(name)
        if there is not None and record.get("state") == "deleted" and there.get("state") != "deleted":
            return
        self.of_kind(kind)[name] = normal(kind, record)
        self.kept[kind, name] = Kept.of(record)

    def only(self, *kinds: EntityKind) -> Snapshot:
        """Return a snapshot of some kinds of records, to compare these alone.

        Args:
            *kinds: the kinds of records to keep.

        Example:
            >>> snapshot = Snapshot(groups={"nature": {}}, datasets={"rain": {}})
            >>> print(snapshot.only("groups"))
            0 organizations, 1 groups, 0 users, 0 datasets
        """
        some = Snapshot()
        for kind in kinds:
            some.of_kind(kind).update(self.of_kind(kind))
        some.kept = {key: kept for key, kept in self.kept.items() if key[0] in kinds}
        return some

    def id_of(self, kind: EntityKind, name: str) -> str:
        """Return the id that a record has on its portal, or an empty string if it is not known.

        Args:
            kind: the kind of the record.
            name: the record's name.

        Example:
            >>> snapshot = Snapshot()
            >>> snapshot.add("datasets", {"name": "rain", "id": "d41d8c"})
            >>> snapshot.id_of("datasets", "rain")
            'd41d8c'
        """
        kept = self.kept.get((kind, name))
        return kept.id if kept else ""

    def names_by_id(self, kind: EntityKind) -> dict[str, str]:
        """Return the names of a kind's records by their ids.

        Args:
            kind: the kind of the records.

        Example:
            >>> snapshot = Snapshot()
            >>> snapshot.add("datasets", {"name": "rain", "id": "d41d8c"})
            >>> snapshot.names_by_id("datasets")
            {'d41d8c': 'rain'}
        """
        return {kept.id: name for (of, name), kept in self.kept.items() if of == kind and kept.id}

    def __str__(self) -> str:
        return ", ".join(f"{len(self.of_kind(kind)):,} {kind}" for kind in KINDS)


@dataclass(frozen=True, slots=True)
class Kept:
    """What a snapshot stores about a record but does not compare.

    Attributes:
        id: its id.
        resources: of each of its resources, what tells it and its file, and whether it is known which views it has.
        members: whether it is known which members it has, were it none.
    """

    id: str
    resources: tuple[Mapping[str, Any], ...] = ()
    members: bool = False

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Self:
        """What to keep of a record."""
        resources: Iterable[Mapping[str, Any]] = record.get("resources") or ()
        names = ("id", "url", "hash", "size", "mimetype", "last_modified", "datastore_active")
        return cls(
            str(record.get("id") or ""),
            tuple(
                {**{name: one[name] for name in names if one.get(name)}, "views_known": "resource_views" in one}
                for one in resources
            ),
            members="users" in record,
        )


class Catalogue(Protocol):
    """Anything that provides a portal's records as plain dicts, as the portal would."""

    @property
    def kinds(self) -> Sequence[EntityKind]:
        """The kinds of records that it has, each before those that name it."""
        ...

    def records(self, kind: EntityKind, /) -> Iterable[dict[str, Any]]:
        """Every record of a kind: complete, without duplicates, or an error."""
        ...


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of a resource that is kept on this machine.

    Attributes:
        path: where it is.
        size: its size in bytes.
        sha256: its SHA-256.
    """

    path: Path
    size: int
    sha256: str


@runtime_checkable
class Storage(Protocol):
    """A catalogue that also has files and tables of the DataStore."""

    def files(self) -> Mapping[str, StoredFile]:
        """The files, by the id of their resource."""
        ...

    def tables(self) -> Mapping[str, Path]:
        """The tables as Parquet, by the id of their resource."""
        ...
