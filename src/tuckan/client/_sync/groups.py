# Generated from src/tuckan/client/_async/groups.py by scripts/unasync.py: change that file, then run `make fix`.
"""Organizations and groups: complete lists, one with its members, those a user belongs to."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from tuckan.client._sync.dataset_sets import DatasetSets
from tuckan.client._sync.group_writes import GroupWrites
from tuckan.client._sync.namespace import named, several
from tuckan.errors import Incomplete
from tuckan.shapes import Listing
from tuckan.wire.paging import Proof

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tuckan.shapes import Names, Record, Records


class _Groups(GroupWrites):
    """What organizations and groups share."""

    def names(self) -> Names:
        """All names, sorted; read to the end, since portals give 1,000 at once at most."""
        names: Names = []
        while page := self._read_list(f"{self._kind}_list", {"sort": "name asc", "offset": len(names)}):
            fresh = [name for name in page if name not in set(names)]
            if not fresh:
                break  # a portal that ignores `offset` gave everything the first time
            names += fresh
        return names

    def list(self, *, members: bool = False) -> Listing[Record]:
        """All of them in full, sorted by name.

        Portals give 25 in full at once unless set otherwise, without a word; the list is read to the end and compared
        with all names.

        Args:
            members: with their members and parents too, as `get` gives them.

        Returns:
            A list of dicts with an attribute `proof`.

        Raises:
            Incomplete: when some of the names never come.
        """
        names = self.names()
        found: dict[str, Record] = {}
        pages = 0
        while len(found) < len(names):
            page = self._read_list(
                f"{self._kind}_list",
                {
                    "all_fields": True,
                    "sort": "name asc",
                    "offset": len(found),
                    "include_extras": True,
                    **({"include_users": True, "include_groups": True} if members else {}),
                },
            )
            pages += 1
            fresh = {str(record.get("name")): record for record in page if str(record.get("name")) not in found}
            if not fresh:
                break
            found |= fresh
        for name in [name for name in names if name not in found]:
            found[name] = self.get(name)
        if len(found) < len(names):
            raise Incomplete(
                f"The portal names {len(names)} {self._kind}s and gave {len(found)}.",
                expected=len(names),
                received=len(found),
                hint="Try again; it may have changed meanwhile.",
            )
        return Listing(found.values(), Proof(read=len(found), counted=len(names), pages=pages))

    def get(self, id: str, *, users: bool = True, extras: bool = True) -> Record:  # noqa: A002 - CKAN's own word
        """One by its name or id. Its datasets are not in it: `datasets.list(filters=...)` reads them all.

        Args:
            id: its name or id.
            users: its members too.
            extras: its extra fields too.

        Raises:
            NotFound: when there is none.
        """
        params: Mapping[str, Any] = {
            "id": named(id, self._kind),
            "include_datasets": False,
            "include_users": users,
            "include_extras": extras,
        }
        return self._read_record(f"{self._kind}_show", params)

    def members(self, id: str, *, kind: str = "user") -> Records:  # noqa: A002 - CKAN's own word
        """Who (or what) belongs to it.

        Args:
            id: its name or id.
            kind: `user`, `package` or `group`.

        Returns:
            Dicts with `id`, `kind` and `capacity` (the role).
        """
        rows = self._read_list("member_list", {"id": named(id, self._kind), "object_type": kind})
        return [dict(zip(("id", "kind", "capacity"), row, strict=False)) for row in rows]


class Organizations(_Groups):
    """Organizations of a portal."""

    _kind = "organization"

    def mine(self, permission: str = "read") -> Records:
        """Those in which the token's user has a permission, such as `create_dataset`."""
        return self._read_list("organization_list_for_user", {"permission": permission})


class Groups(_Groups):
    """Groups of a portal, which collect datasets of any organization."""

    _kind = "group"

    def mine(self) -> Records:
        """Those that the token's user may edit."""
        return self._read_list("group_list_authz", {})

    def add_datasets(self, id: str, datasets: Sequence[str]) -> None:  # noqa: A002 - CKAN's own word
        """Put datasets into a group. Each is changed on its own, since CKAN up to 2.11 would not tell its search index.

        Args:
            id: the group's name or id.
            datasets: names or ids.

        Raises:
            NotFound: when there is no such group or dataset; those before it are done.
        """
        group = named(id, "group")
        sets = DatasetSets(self._connection)
        pieces = (partial(sets.add_to_groups, one, group) for one in several(datasets, "dataset"))
        for _ in self._connection.side_by_side(pieces):
            pass

    def remove_datasets(self, id: str, datasets: Sequence[str]) -> None:  # noqa: A002 - CKAN's own word
        """Take datasets out of a group.

        Args:
            id: the group's name or id.
            datasets: names or ids.

        Raises:
            NotFound: when there is no such dataset; those before it are done.
        """
        group = named(id, "group")
        sets = DatasetSets(self._connection)
        pieces = (partial(sets.remove_from_groups, one, group) for one in several(datasets, "dataset"))
        for _ in self._connection.side_by_side(pieces):
            pass

    def follow(self, id: str) -> None:  # noqa: A002 - CKAN's own word
        """Follow a group, as the token's user; nothing happens when they do."""
        if not self._read("am_following_group", {"id": named(id, "group")}):
            self._set("follow_group", {"id": named(id, "group")})

    def unfollow(self, id: str) -> None:  # noqa: A002 - CKAN's own word
        """Follow a group no more."""
        self._set("unfollow_group", {"id": named(id, "group")})
