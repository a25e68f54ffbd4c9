"""Organizations and groups: create, change, delete and bring back; their members."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeAlias, TypeVar

from tuckan.client._async.namespaces.namespace import (
    Namespace,
    fields_of,
    named,
    not_confirmed,
    require_confirmation,
    worked_out,
)
from tuckan.errors import Hint, InvalidArgument, ValidationError
from tuckan.shapes import Group
from tuckan.snapshot import differing, sent_back
from tuckan.wire.call import Call
from tuckan.wire.entities import ENTITIES, Entity
from tuckan.wire.verification import verified
from tuckan.wire.writing import creating, reading, reading_if_there

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tuckan.shapes import Membership, Upserted, User
    from tuckan.wire.uncounted_lists import Kind

GroupOrOrganization = TypeVar("GroupOrOrganization", bound=Group)

ConfirmMembers: TypeAlias = "Callable[[list[User]], bool]"

MOST_NAMED = 5
_NOT_SENT_BACK = frozenset({"id", "type", "users"})
"""Fields of a record read earlier that an update does not send: they do not change, or have methods of their own."""


class GroupWrites(Namespace, Generic[GroupOrOrganization]):
    """What changes organizations and groups.

    CKAN keeps no version of them, so of two people who set the same field at once the later one counts. Fields that are
    not named are never sent.
    """

    _kind: ClassVar[Kind]

    @property
    def _entity(self) -> Entity:
        return ENTITIES[self._kind]

    async def create(self, record: Mapping[str, Any] | None = None, /, **fields: Any) -> GroupOrOrganization:
        """Create an organization or group exactly once: if the answer is lost, it is looked up before anything is sent again.

        Args:
            record: its fields as a mapping.
            **fields: its fields as keywords: `name`, `title`, `description`, ...

        Returns:
            The record as the portal returns it.

        Raises:
            ValidationError: when the portal rejects a value; the hint says what to do.
            NotKept: when the portal created it without a field that was sent.

        Example:
            >>> ckan.groups.create(name="rivers", title="Rivers")["state"]
            'active'
        """
        given = fields_of(record, fields, self._kind)
        self._entity.require_settable(given)
        flow = creating(f"{self._kind}_create", given, self._portal_state)
        look = self._entity.look(str(given.get("id") or given.get("name")))
        return await self._run(verified(flow, self._kind, given, self._portal_state, new=True, look=look))

    async def patch(
        self,
        id: str,  # noqa: A002 - CKAN's own word
        changes: Mapping[str, Any] | None = None,
        /,
        *,
        confirm: ConfirmMembers | None = None,
        **more: Any,
    ) -> GroupOrOrganization:
        """Set some fields of an organization or group; fields that are not given stay.

        A list replaces the whole list: `users` names all members. `add_member` and `remove_member` change a single one.

        Args:
            id: its name or id.
            changes: fields with their new values, as a mapping.
            confirm: receives the members that `users` does not name, and returns True to remove them.
            **more: the same as keywords.

        Returns:
            The record as it is now.

        Raises:
            NotFound: when there is no such organization or group.
            ValidationError: when the portal rejects a value; the hint says what to do.
            NotKept: when the portal did not keep a field that was sent.
            Cancelled: when members would be removed, and that was not confirmed.

        Example:
            >>> ckan.groups.patch("rivers", description="All of them.")["description"]
            'All of them.'
        """
        fields = fields_of(changes, more, self._kind)
        self._entity.require_settable(fields)
        wanted = self._name_of(id, self._kind)
        if "users" in fields:
            await self._confirm_members(wanted, fields["users"], confirm)
        return await self._run(self._entity.setting(wanted, fields, self._portal_state))

    async def _confirm_members(self, id: str, wanted: Any, confirm: ConfirmMembers | None) -> None:  # noqa: A002
        """See that those who would not be members any more may go."""
        there = await self._run(reading(self._entity.look(id), self._portal_state))
        stay = {one.get(key) for one in wanted or () if isinstance(one, dict) for key in ("id", "name")}
        going = [one for one in there.get("users") or () if not {one.get("id"), one.get("name")} & stay]
        if going:
            names = ", ".join(str(one.get("name")) for one in going[:MOST_NAMED])
            rest = f" and {len(going) - MOST_NAMED:,} more" if len(going) > MOST_NAMED else ""
            left = f"would no longer be a member of the {self._kind} {there.get('name')} because `users` does not name all of them"
            require_confirmation(going, confirm, f"Nothing was changed: {names}{rest} {left}.")

    async def update(
        self,
        record: str | Mapping[str, Any],
        changes: Mapping[str, Any] | Callable[[GroupOrOrganization], Mapping[str, Any] | None] | None = None,
    ) -> GroupOrOrganization:
        """Read an organization or group, and set only the fields that differ. Its members stay as they are: see `add_member`.

        Args:
            record: its name or id; or its record as it was read, edited since.
            changes: fields with their new values; or a function that receives a copy of it, and edits it or returns fields.

        Returns:
            The record as it is now.

        Raises:
            NotFound: when there is no such organization or group.
            NotKept: when the portal did not keep a field that was sent.

        Example:
            >>> ckan.groups.update("rivers", {"title": "All rivers"})["title"]
            'All rivers'
        """
        known: Mapping[str, Any] = {} if isinstance(record, str) else record
        if changes is None and not known:
            raise InvalidArgument(f"There is nothing to change in {record}.", hint="Pass fields or a function.")
        there = await self._shown(str(known.get("id") or known.get("name") or record))
        fields = known if changes is None else worked_out(changes, there)
        left_out = sent_back(self._kind, fields, there) | (_NOT_SENT_BACK if changes is None else {"id"})
        different = differing(there, {name: value for name, value in fields.items() if name not in left_out})
        return await self.patch(str(there["id"]), different) if different else there

    async def upsert(self, record: Mapping[str, Any] | None = None, /, **fields: Any) -> Upserted[GroupOrOrganization]:
        """Create an organization or group, or change the existing one to match; fields that are not given stay. A deleted one is restored.

        An existing one is found by its id, then by its name, among those of all types. Members that are named are added to the
        existing ones.

        Args:
            record: its fields as a mapping.
            **fields: its fields as keywords; `type` for a type of the portal's own.

        Returns:
            What was done, and the record as it is now; nothing is sent if it already matches.

        Raises:
            ValidationError: when the portal rejects a value; the hint says what to do.
            NotKept: when the portal did not keep a field that was sent.

        Example:
            >>> done = ckan.groups.upsert(name="rivers", description="All of them.")
            >>> done.outcome
            'unchanged'
        """
        from tuckan.jobs.kinds.entities import unlike  # noqa: PLC0415 - no client needs it before its first answer
        from tuckan.shapes import Upserted  # noqa: PLC0415 - as above

        given = fields_of(record, fields, self._kind)
        wanted = [str(given[one]) for one in ("id", "name") if given.get(one)]
        if not wanted:
            raise InvalidArgument(f"The {self._kind} has neither id nor name.", hint="Pass one of them to identify it.")
        there = None
        for one in wanted:
            there = there or await self._run(reading_if_there(self._entity.look(one), self._portal_state))
        if there is None:
            return Upserted("created", await self.create(given), tuple(given))
        back = there.get("state") == "deleted" and "state" not in given
        changes = unlike(there, {**given, **({"state": "active"} if back else {})})
        left_out = sent_back(self._kind, given, there) | {"id", "type"}
        changes = {name: value for name, value in changes.items() if name not in left_out}
        if not changes:
            return Upserted("unchanged", there)
        self._entity.require_settable(changes)
        after = await self._run(self._entity.setting(str(there["id"]), changes, self._portal_state))
        return Upserted("restored" if back else "changed", after, tuple(changes))

    async def delete(self, id: str) -> None:  # noqa: A002 - CKAN's own word
        """Delete an organization or group, so that nobody sees it any more; `restore` brings it back.

        If it is deleted by its name, it keeps its members; if by its id, CKAN forgets them.

        Args:
            id: its name or id. The name remains taken.

        Raises:
            NotFound: when there is no such organization or group.
            ValidationError: when an organization still has datasets.
            NotKept: when the portal reported success, but it is still there.

        Example:
            >>> ckan.groups.delete("rivers")
        """
        wanted = self._name_of(id, self._kind)
        await self._require(self._kind, wanted)  # CKAN would delete an organization as a group, even with datasets
        try:
            await self._remove(f"{self._kind}_delete", wanted, f"{self._kind}_show")
        except ValidationError as error:
            raise self._with_datasets(error, wanted) from None

    async def restore(self, id: str) -> GroupOrOrganization:  # noqa: A002 - CKAN's own word
        """Restore a deleted organization or group.

        Args:
            id: its name or id.

        Returns:
            The record as it is now. Datasets do not come back into a group.

        Raises:
            NotFound: when it was purged, or never existed.

        Example:
            >>> ckan.groups.restore("rivers")["state"]
            'active'
        """
        return await self.patch(id, {"state": "active"})

    async def purge(self, id: str, *, confirm: Callable[[GroupOrOrganization], str | bool]) -> None:  # noqa: A002 - CKAN's own word
        """Permanently remove an organization or group, which requires a system administrator; it cannot be restored.

        Args:
            id: its name or id.
            confirm: receives the record, and returns True, or its name as the user typed it, to confirm.

        Raises:
            NotFound: when there is no such organization or group.
            Cancelled: when it was not confirmed.
            ValidationError: when an organization still has datasets.
            NotKept: when the portal reported success, but it is still there.

        Example:
            >>> ckan.groups.purge("rivers", confirm=lambda group: group["name"] == "rivers")
        """
        found = await self._shown(id)
        require_confirmation(found, confirm, not_confirmed(self._kind, found), word=str(found["name"]))
        try:
            await self._remove(f"{self._kind}_purge", str(found["id"]), f"{self._kind}_show")
        except ValidationError as error:
            raise self._with_datasets(error, str(found["name"])) from None

    async def add_member(self, id: str, user: str, role: str = "member") -> Membership:  # noqa: A002 - CKAN's own word
        """Make a user a member; a role that they already have is replaced.

        Args:
            id: the name or id of the organization or group.
            user: the user's name or id.
            role: `member`, `editor` (organizations only) or `admin`.

        Returns:
            The membership: `capacity` (the role), `group_id` (of the organization or group), `table_id` (of the user), ...

        Raises:
            NotFound: when there is no such user, organization or group.
            ValidationError: when there is no such role.
            NotKept: when the portal accepted the call, but the user does not have the role.

        Example:
            >>> ckan.organizations.add_member("space", "robot", "editor")["capacity"]
            'editor'
        """
        wanted, who = self._name_of(id, self._kind), named(user, "user")
        await self._require(self._kind, wanted)  # CKAN takes an organization for a group
        flow = self._entity.adding_member(wanted, who, named(role, "role"), self._portal_state)
        return await self._about(flow, ("user", who))

    async def remove_member(self, id: str, user: str) -> None:  # noqa: A002 - CKAN's own word
        """End a user's membership; does nothing when they are not a member.

        Args:
            id: the name or id of the organization or group.
            user: the user's name or id.

        Raises:
            NotFound: when there is no such user, organization or group.
            NotKept: when the portal accepted the call, but the user is still a member.

        Example:
            >>> ckan.organizations.remove_member("space", "robot")
        """
        from tuckan.wire.removing import removing_member  # noqa: PLC0415 - no client needs it before its first answer

        wanted, who = self._name_of(id, self._kind), named(user, "user")
        await self._require(self._kind, wanted)  # as above
        await self._about(removing_member(self._entity, wanted, who, self._portal_state), ("user", who))

    async def _shown(self, id: str) -> GroupOrOrganization:  # noqa: A002 - CKAN's own word
        params = {"id": self._name_of(id, self._kind), "include_datasets": False}
        return await self._run(reading(Call(f"{self._kind}_show", params, read_only=True), self._portal_state))

    def _with_datasets(self, error: ValidationError, name: str) -> ValidationError:
        if self._kind == "organization":
            error.hint = (
                "Delete its datasets first, with "
                + Hint(
                    f"jobs.delete(filters={{'organization': {name!r}}}, include_private=True, include_drafts=True)",
                    f"`tuckan dataset delete --organization {name}`",
                )
                + ", or move them to another organization."
            )
        return error
