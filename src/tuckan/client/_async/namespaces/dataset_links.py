"""What ties a dataset to other datasets and to people: relationships, collaborators, followers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuckan._text import choices
from tuckan.client._async.namespaces.namespace import Namespace, named
from tuckan.errors import InDoubt, InvalidArgument, NotFound
from tuckan.wire.call import Call
from tuckan.wire.execute import execute
from tuckan.wire.verification import verified, verifying
from tuckan.wire.writing import reading

if TYPE_CHECKING:
    from tuckan.shapes import Collaborator, Record, Relationship

_RELATIONSHIPS = (
    "depends_on",
    "dependency_of",
    "derives_from",
    "has_derivation",
    "links_to",
    "linked_from",
    "child_of",
    "parent_of",
)


class DatasetLinks(Namespace):
    """Relationships, collaborators, and following."""

    async def relationships(self, id: str, other: str | None = None) -> list[Relationship]:  # noqa: A002 - CKAN's own word
        """List a dataset's relationships with other datasets.

        Args:
            id: the dataset's name or id.
            other: the name or id of another dataset, to list only relationships with that one.

        Returns:
            Dicts with `subject`, `type`, `object` and `comment`, seen from this dataset.

        Raises:
            NotFound: when there is no such dataset.

        Example:
            >>> ckan.datasets.relationships("planet-mars")
            []
        """
        params = {"id": self._name_of(id, "dataset"), "id2": other}
        subjects = [("dataset", one) for one in params.values() if one]
        return await self._read_records("package_relationships_list", params, None, subjects)

    async def relate(self, subject: str, type: str, object: str, *, comment: str = "") -> Relationship:  # noqa: A002
        """Create a relationship between two datasets, or set the comment of an existing one.

        CKAN itself drops a dataset's relationships when other clients change the dataset; tuckan keeps them. A defect in the
        search index of CKAN 2.12 makes such a change fail with status 500: on that version, remove the relationship first.

        Args:
            subject: a dataset's name or id.
            type: `depends_on`, `derives_from`, `links_to`, `child_of`, or one of their reverses.
            object: the other dataset's name or id.
            comment: a text about the relationship.

        Returns:
            The relationship: `subject`, `type`, `object` and `comment`.

        Raises:
            InvalidArgument: when CKAN has no such type.
            NotFound: when there is no such dataset.

        Example:
            >>> made = ckan.datasets.create(name="orbits", title="Orbits", owner_org="space")
            >>> ckan.datasets.relate("orbits", "derives_from", "planets", comment="Fitted in 2024")["comment"]
            'Fitted in 2024'
            >>> [(one["type"], one["object"]) for one in ckan.datasets.relationships("orbits")]
            [('derives_from', 'planets')]
        """
        wanted = self._wanted(subject, type, object)
        there = await self._relationship(wanted)
        if there is not None and there.get("comment") == comment:
            return there
        if there is None:
            there = await self._relating("package_relationship_create", wanted, comment)
        if there is not None and there.get("comment") != comment:  # CKAN brings a removed one back with its old comment
            there = await self._relating("package_relationship_update", wanted, comment)
        related: Record = there or {}
        sent = {"type": type, "comment": comment}
        return await self._run(verifying("relationship", sent, related, self._portal_state))

    async def _relating(self, action: str, wanted: dict[str, str], comment: str) -> Relationship | None:
        """Create or change a relationship, and give what is there then."""
        try:
            flow = execute(Call(action, {**wanted, "comment": comment}), self._portal_state)
            await self._about(flow, ("dataset", wanted["subject"]), ("dataset", wanted["object"]))
        except InDoubt:
            # CKAN fails after creating it if the two were related before.
            there = await self._relationship(wanted)
            if there is None or (action.endswith("update") and there.get("comment") != comment):
                raise
            return there
        return await self._relationship(wanted)

    async def unrelate(self, subject: str, type: str, object: str) -> None:  # noqa: A002 - CKAN's own words
        """Remove a relationship between two datasets.

        Args:
            subject: a dataset's name or id.
            type: the relationship's type, as for `relate`.
            object: the other dataset's name or id.

        Raises:
            InvalidArgument: when CKAN has no such type.
            NotFound: when there is no such dataset, or no such relationship.
            NotKept: when the portal accepted the call, but the relationship is still there.

        Example:
            >>> ckan.datasets.unrelate("orbits", "derives_from", "planets")
            >>> ckan.datasets.purge("orbits", confirm=lambda dataset: dataset["title"] == "Orbits")
        """
        wanted = self._wanted(subject, type, object)
        from tuckan.wire.removing import unrelating  # noqa: PLC0415 - no client needs it before its first answer

        flow = unrelating(wanted, self._portal_state)
        try:
            await self._about(flow, ("dataset", wanted["subject"]), ("dataset", wanted["object"]))
        except NotFound as error:
            if error.unknown is None:
                error.message = f"There is no relationship {wanted['subject']} {wanted['type']} {wanted['object']}."
            raise

    def _wanted(self, subject: str, type: str, object: str) -> dict[str, str]:  # noqa: A002
        if (wanted := named(type, "type")) not in _RELATIONSHIPS:
            raise InvalidArgument(
                f"CKAN has no relationship {wanted!r}.", hint=choices(wanted, _RELATIONSHIPS, what="It has", most=8)
            )
        return {
            "subject": self._name_of(subject, "dataset"),
            "type": wanted,
            "object": self._name_of(object, "dataset"),
        }

    async def _relationship(self, wanted: dict[str, Any]) -> Relationship | None:
        from tuckan.wire.removing import relationship  # noqa: PLC0415 - as above

        return await self._run(relationship(wanted, self._portal_state))

    async def collaborators(self, id: str) -> list[Collaborator]:  # noqa: A002 - CKAN's own word
        """List the users who may see or edit a dataset in addition to the members of its organization.

        Portals allow collaborators only where `ckan.auth.allow_dataset_collaborators` is set.

        Args:
            id: the dataset's name or id.

        Returns:
            Dicts with `user_id` and `capacity` (`member`, `editor` or `admin`).

        Raises:
            NotFound: when there is no such dataset.

        Example:
            >>> added = ckan.datasets.add_collaborator("planet-mars", "robot")
            >>> [one["capacity"] for one in ckan.datasets.collaborators("planet-mars")]
            ['member']
        """
        return await self._read_records("package_collaborator_list", {"id": self._name_of(id, "dataset")}, None)

    async def add_collaborator(self, id: str, user: str, role: str = "member") -> Collaborator:  # noqa: A002
        """Let a user see a dataset (`member`) or edit it (`editor`); a role that they already have is replaced.

        Args:
            id: the dataset's name or id.
            user: the user's name or id.
            role: `member`, `editor`, or `admin` where the portal allows it.

        Returns:
            The collaborator: `user_id` and `capacity`.

        Raises:
            NotFound: when there is no such dataset or user.

        Example:
            >>> ckan.datasets.add_collaborator("planet-mars", "robot", "editor")["capacity"]
            'editor'
        """
        params = {"id": self._name_of(id, "dataset"), "user_id": named(user, "user"), "capacity": named(role, "role")}
        flow = reading(Call("package_collaborator_create", params, idempotent=True), self._portal_state)
        flow = verified(flow, "collaborator", {"capacity": role}, self._portal_state)
        return await self._about(flow, ("dataset", params["id"]), ("user", params["user_id"]))

    async def remove_collaborator(self, id: str, user: str) -> None:  # noqa: A002 - CKAN's own word
        """Remove a user from the collaborators of a dataset.

        Args:
            id: the dataset's name or id.
            user: the user's name or id.

        Raises:
            NotFound: when there is no such dataset or user, or the user is not a collaborator.
            NotKept: when the portal accepted the call, but the user is still a collaborator.

        Example:
            >>> ckan.datasets.remove_collaborator("planet-mars", "robot")
            >>> ckan.datasets.collaborators("planet-mars")
            []
        """
        from tuckan.wire.removing import removing_collaborator  # noqa: PLC0415 - as above

        dataset, who = self._name_of(id, "dataset"), named(user, "user")
        flow = removing_collaborator(dataset, who, self._portal_state)
        await self._about(flow, ("dataset", dataset), ("user", who))

    async def follow(self, id: str) -> None:  # noqa: A002 - CKAN's own word
        """Follow a dataset as the token's user; does nothing when it is followed already.

        Args:
            id: the dataset's name or id.

        Raises:
            NotFound: when there is no such dataset.
            NotKept: when the portal accepted the call, but the dataset is not followed.

        Example:
            >>> ckan.datasets.follow("planet-mars")
            >>> ckan.action.dataset_follower_count(id="planet-mars")
            1
        """
        await self._follow("dataset", self._name_of(id, "dataset"))

    async def unfollow(self, id: str) -> None:  # noqa: A002 - CKAN's own word
        """Stop following a dataset; does nothing when it is not followed.

        Args:
            id: the dataset's name or id.

        Raises:
            NotFound: when there is no such dataset.
            NotKept: when the portal accepted the call, but the dataset is still followed.

        Example:
            >>> ckan.datasets.unfollow("planet-mars")
        """
        await self._unfollow("dataset", self._name_of(id, "dataset"))
