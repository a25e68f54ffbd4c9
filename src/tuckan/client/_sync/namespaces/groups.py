# Generated from src/tuckan/client/_async/namespaces/groups.py by scripts/unasync.py: change that file, then run `make fix`.
"""Organizations and groups: complete lists, one with its members, those a user belongs to."""

from __future__ import annotations

import warnings
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, cast

from tuckan._text import choices, closest
from tuckan.client._sync.namespaces.dataset_sets import DatasetSets
from tuckan.client._sync.namespaces.group_writes import GroupOrOrganization, GroupWrites
from tuckan.client._sync.namespaces.namespace import named, several
from tuckan.errors import Hint, InvalidArgument, NotFound, SeveralMatch
from tuckan.shapes import Group, Organization
from tuckan.wire.call import Call
from tuckan.wire.envelope import not_ckan
from tuckan.wire.flow import Reply
from tuckan.wire.paging import Proof
from tuckan.wire.uncounted_lists import Types, listing_names, listing_records, listing_types, showing

if TYPE_CHECKING:
    import builtins
    from collections.abc import Sequence

    from tuckan.shapes import Listing, Member, Names


_MEMBER = ("id", "kind", "capacity")
_MEMBERS = ("user", "package", "group")


class _Groups(GroupWrites[GroupOrOrganization]):
    """What organizations and groups share."""

    def names(self, *, type: str | None = None) -> Names:  # noqa: A002 - CKAN's own word
        """List all names, sorted. Portals return at most 1,000 at once, so the list is read to the end.

        Args:
            type: only names of this type; of all types without it.

        Returns:
            The names.

        Raises:
            Incomplete: when it cannot be shown that none is missing.

        Example:
            >>> ckan.organizations.names()
            ['archives', 'census', 'space', 'standards']
        """
        if type is not None:
            return self._run(listing_names(self._kind, named(type, "type"), self._portal_state))
        types = (self._run(listing_types(self._kind, self._portal_state))).names
        return next(iter(types.values())) if len(types) == 1 else sorted(chain.from_iterable(types.values()))

    def list(self, *, members: bool = False, type: str | None = None) -> Listing[GroupOrOrganization]:  # noqa: A002
        """List all records, sorted by name; those of CKAN's own type first, then those of each other type.

        By default, portals silently return only 25 full records at once, and those of one type at a time; the list is
        read to the end and compared with all names. If a portal does not tell which types it has, the proof says so.

        Args:
            members: include members and parents, as `get` returns them.
            type: only records of this type, such as `party`; of all types without it.

        Returns:
            A list of dicts with an attribute `proof`.

        Raises:
            Incomplete: when it cannot be shown that none is missing.

        Example:
            >>> print(ckan.groups.list().proof)
            3 of 3 read in 1 page, complete, no duplicates
        """
        from tuckan.shapes import Listing  # noqa: PLC0415 - no client needs it before its first answer

        if type is not None:
            types = Types({type: self.names(type=type)})
        else:
            types = self._run(listing_types(self._kind, self._portal_state))
        proof = Proof(note=types.note, types=tuple(types.names) if type or len(types.names) > 1 else ())
        records: Any = []
        for one, names in types.names.items():
            found = self._run(listing_records(self._kind, one, names, self._portal_state, members=members))
            records += found.records
            proof.pages += found.pages
            proof.changed |= len(names) != len(found.records)
        proof.pages = max(1, proof.pages)
        proof.read = proof.counted = len(records)
        return Listing(records, proof)

    def get(self, id: str, *, users: bool = True, extras: bool = True) -> GroupOrOrganization:  # noqa: A002 - CKAN's own word
        """Return a record by its name or id. Its datasets are not included: `datasets.list(filters=...)` reads them all.

        Args:
            id: the name or id, or the address of its page.
            users: include its members.
            extras: include its extra fields.

        Returns:
            The organization or group.

        Raises:
            NotFound: when there is no such organization or group.

        Example:
            >>> ckan.organizations.get("space")["title"]
            'Space Flight Center'
        """
        wanted = self._name_of(id, self._kind)
        return self._run(showing(self._kind, wanted, self._portal_state, users=users, extras=extras))

    def by_title(self, title: str, *, type: str | None = None) -> GroupOrOrganization:  # noqa: A002 - CKAN's own word
        """Return a record by its title, ignoring case. All records are read for it, as CKAN cannot search their titles.

        Args:
            title: the title.
            type: only records of this type, such as `party`.

        Returns:
            The organization or group. When several have the title, a `SeveralMatch` warning names them.

        Raises:
            NotFound: when none has this title; the hint names the closest.

        Example:
            >>> ckan.organizations.by_title("space flight center")["name"]
            'space'
        """
        wanted = named(title, "title")
        records = self.list(type=type)
        found = [one for one in records if _folded(one) == " ".join(wanted.casefold().split())]
        if not found:
            near = next(iter(closest(wanted, [str(one.get("title")) for one in records], most=1)), "")
            raise NotFound(
                f"No {self._kind}{f' of type {type}' if type else ''} has the title {wanted!r}.",
                action=f"{self._kind}_list",
                status=404,
                hint=f"Did you mean {near!r}?"
                if near
                else Hint(f"`{self._kind}s.list()` has them all.", f"`tuckan {self._kind} list` lists them all."),
            )
        if len(found) > 1:
            names = ", ".join(str(one.get("name")) for one in found[:5]) + (", ..." if len(found) > 5 else "")
            warnings.warn(
                f"{len(found)} {self._kind}s have this title: {names}. The first is returned.",
                SeveralMatch,
                stacklevel=2,
            )
        return self.get(str(found[0]["id"]))

    def members(self, id: str, *, kind: str = "user") -> builtins.list[Member]:  # noqa: A002 - CKAN's own word
        """List the users, datasets or groups that belong to an organization or group.

        Args:
            id: the name or id of the organization or group.
            kind: `user`, `package` or `group`.

        Returns:
            Dicts with `id`, `kind` and `capacity` (the role).

        Raises:
            InvalidArgument: when the kind is not one of these.
            NotFound: when there is no such organization or group.

        Example:
            >>> len(ckan.organizations.members("space", kind="package"))
            9
        """
        if kind not in _MEMBERS:
            raise InvalidArgument(f"{kind!r} is not a kind of member.", hint=choices(kind, _MEMBERS, what="There are"))
        params = {"id": self._name_of(id, self._kind), "object_type": kind}
        try:
            rows = self._read_list("member_list", params)
        except NotFound as error:
            error.unknown = (self._kind, params["id"])  # the action itself tells no organization from a group
            raise
        if not all(isinstance(row, list) and len(row) == len(_MEMBER) for row in rows):
            raise not_ckan(Call("member_list"), Reply(200, {}, b""), "members in an unexpected form")
        return [cast("Member", dict(zip(_MEMBER, row, strict=True))) for row in rows]


def _folded(record: Group) -> str:
    return " ".join(str(record.get("title") or "").casefold().split())


class Organizations(_Groups[Organization]):
    """Organizations of a portal."""

    _kind = "organization"

    def mine(self, permission: str = "read") -> builtins.list[Organization]:
        """List the organizations in which the token's user has a permission.

        Args:
            permission: what the user may do there: `read`, `create_dataset`, `update_dataset`, ...

        Returns:
            The organizations, abbreviated.

        Example:
            >>> "space" in [one["name"] for one in ckan.organizations.mine("create_dataset")]
            True
        """
        return self._read_records("organization_list_for_user", {"permission": permission})


class Groups(_Groups[Group]):
    """Groups of a portal, which collect datasets of any organization."""

    _kind = "group"

    def mine(self) -> builtins.list[Group]:
        """List the groups that the token's user may edit.

        Returns:
            The groups, abbreviated.

        Example:
            >>> sorted(one["name"] for one in ckan.groups.mine())
            ['history', 'nature', 'people']
        """
        return self._read_records("group_list_authz", {})

    def add_datasets(self, id: str, datasets: Sequence[str]) -> None:  # noqa: A002 - CKAN's own word
        """Add datasets to a group, one write for each: CKAN up to 2.11 does not update its search index otherwise.

        Args:
            id: the group's name or id.
            datasets: names or ids of datasets.

        Raises:
            NotFound: when there is no such group, or no such dataset; the datasets before it have been added.

        Example:
            >>> ckan.groups.add_datasets("history", ["planet-mars", "planet-venus"])
            >>> ckan.datasets.search(filters={"groups": "history", "organization": "space"})["count"]
            2
        """
        group = self._name_of(id, "group")
        self._require("group", group)
        sets = DatasetSets(self._connection)
        pieces = (partial(sets.add_to_groups, one, group) for one in several(datasets, "dataset"))
        for _ in self._connection.side_by_side(pieces):
            pass

    def remove_datasets(self, id: str, datasets: Sequence[str]) -> None:  # noqa: A002 - CKAN's own word
        """Remove datasets from a group; the datasets themselves stay.

        Args:
            id: the group's name or id.
            datasets: names or ids of datasets.

        Raises:
            NotFound: when there is no such group, or no such dataset; the datasets before it have been removed.

        Example:
            >>> ckan.groups.remove_datasets("history", ["planet-mars", "planet-venus"])
            >>> ckan.datasets.search(filters={"groups": "history", "organization": "space"})["count"]
            0
        """
        group = str((self._require("group", self._name_of(id, "group")))["id"])
        sets = DatasetSets(self._connection)
        pieces = (partial(sets.remove_from_groups, one, group) for one in several(datasets, "dataset"))
        for _ in self._connection.side_by_side(pieces):
            pass

    def follow(self, id: str) -> None:  # noqa: A002 - CKAN's own word
        """Follow a group as the token's user; does nothing when it is followed already.

        Args:
            id: the group's name or id.

        Raises:
            NotFound: when there is no such group.
            NotKept: when the portal accepted the call, but the group is not followed.

        Example:
            >>> ckan.groups.follow("nature")
            >>> ckan.action.group_follower_count(id="nature")
            1
        """
        self._follow("group", self._name_of(id, "group"))

    def unfollow(self, id: str) -> None:  # noqa: A002 - CKAN's own word
        """Stop following a group; does nothing when it is not followed.

        Args:
            id: the group's name or id.

        Raises:
            NotFound: when there is no such group.
            NotKept: when the portal accepted the call, but the group is still followed.

        Example:
            >>> ckan.groups.unfollow("nature")
        """
        self._unfollow("group", self._name_of(id, "group"))
