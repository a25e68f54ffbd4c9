"""Organizations, groups and users: their common properties, reading one, and setting its fields."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tuckan import errors
from tuckan.snapshot import sent_back
from tuckan.wire.call import Call
from tuckan.wire.execute import execute
from tuckan.wire.validation_hints import advised
from tuckan.wire.verification import verifying
from tuckan.wire.writing import reading, reading_if_there

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tuckan.snapshot import EntityKind
    from tuckan.wire.flow import Flow
    from tuckan.wire.portal_state import PortalState
    from tuckan.wire.writing import Record


@dataclass(frozen=True, slots=True)
class Entity:
    """The properties in which organizations, groups and users differ.

    Attributes:
        name: such as `organization`.
        kind: the same, as a catalogue has it.
        shown: further parameters of the action that shows one.
        purged: whether it can be purged.
    """

    name: str
    kind: EntityKind
    shown: Mapping[str, Any] = field(default_factory=dict[str, Any])
    purged: bool = True

    def look(self, id: str) -> Call:  # noqa: A002 - CKAN's own word
        """The call that reads one."""
        return Call(f"{self.name}_show", {"id": id, **self.shown}, read_only=True)

    def patching(self, id: str, fields: Mapping[str, Any], portal_state: PortalState) -> Flow[Record]:  # noqa: A002 - as above
        """Set some fields of a record, and read it again."""
        after = yield from self._set(id, fields, portal_state)
        return (yield from reading(self.look(str(after["id"])), portal_state))

    def require_settable(self, fields: Mapping[str, Any]) -> None:
        """Refuse harmful fields, and an empty change.

        Raises:
            InvalidArgument: for a file, for the datasets of a group or organization, and for what would make one of these two
                the other.
        """
        if fields.get("image_upload"):
            raise errors.InvalidArgument(
                f"image_upload={fields['image_upload']!r}: a file cannot be sent with the fields of a {self.name}, and CKAN"
                " would ignore its name. Nothing was sent.",
                hint="Give the address of an image in image_url, or send the file by "
                + errors.Hint(
                    f"call('{self.name}_patch', id=..., files={{'image_upload': path}}).",
                    f"`tuckan call {self.name}_patch id=some-name image_upload@logo.png`.",
                ),
            )
        if self.name == "user":
            return
        named = fields.keys() - sent_back(self.name, fields)
        if "packages" in named:
            by = {
                "group": errors.Hint(
                    "groups.add_datasets() and groups.remove_datasets() change which datasets are in a group.",
                    "`tuckan group add-datasets` and `remove-datasets` change which datasets are in a group.",
                ),
                "organization": errors.Hint(
                    "A dataset is moved by its owner_org: datasets.patch(name, owner_org=...).",
                    "A dataset is moved by its owner_org: tuckan dataset patch NAME owner_org=ORGANIZATION.",
                ),
            }
            raise errors.InvalidArgument(
                f"packages: the datasets of the {self.name} cannot be set with its fields, as CKAN shows only the first of"
                " them. Nothing was sent.",
                hint=by[self.name],
            )
        if "is_organization" in named and _as_text(fields["is_organization"]) != _as_text(self.name == "organization"):
            raise errors.InvalidArgument(
                f"is_organization={fields['is_organization']!r}: CKAN would no longer list the {self.name}, and would refuse"
                " each change of its datasets. Nothing was sent.",
                hint=f"Create a new {'group' if self.name == 'organization' else 'organization'} instead.",
            )

    def _set(self, id: str, fields: Mapping[str, Any], portal_state: PortalState) -> Flow[Record]:  # noqa: A002 - as above
        self.require_settable(fields)
        left_out = sent_back(self.name, fields)
        fields = {name: value for name, value in fields.items() if name not in left_out}
        after = yield from self._patching({**fields, "id": id}, portal_state)
        left = after.get("extras")
        if left and fields.get("extras") == []:
            # CKAN up to 2.11 ignores an empty list of extras; each must be marked as deleted.
            marked = [{"key": one["key"], "value": one["value"], "deleted": True} for one in left]
            after = yield from self._patching({"id": id, "extras": marked}, portal_state)
        return after

    def _patching(self, params: Mapping[str, Any], portal_state: PortalState) -> Flow[Record]:
        return (yield from reading(Call(f"{self.name}_patch", params, idempotent=True), portal_state))

    def setting(self, id: str, fields: Mapping[str, Any], portal_state: PortalState) -> Flow[Record]:  # noqa: A002 - as above
        """Set some fields of a record, and verify that they were kept.

        Raises:
            ValidationError: when the portal refuses them; the hint tells what to do.
            NotKept: when the portal did not keep one of them.
        """
        if "name" in fields:
            # If it is repeated after it arrived, it would look for the old name.
            id = str((yield from reading(self.look(id), portal_state))["id"])  # noqa: A001 - as above
        try:
            after = yield from self._set(id, fields, portal_state)
        except errors.ValidationError as error:
            raise advised(error, self.name, {"name": id, **fields}) from None
        # Fields that plugins add to groups are often missing from the answer, but present when the group is read.
        return (yield from verifying(self.name, fields, after, portal_state, look=self.look(id)))

    def adding_member(self, id: str, user: str, role: str, portal_state: PortalState) -> Flow[Record]:  # noqa: A002 - as above
        """Make a user a member, and verify that they have the role.

        Raises:
            NotKept: when they do not have it.
        """
        params = {"id": id, "username": user, "role": role}
        made = yield from execute(Call(f"{self.name}_member_create", params, idempotent=True), portal_state)
        if not isinstance(made, dict) or made.get("capacity") != role:
            there = yield from reading(self.look(id), portal_state)
            yield from self.showing_member(there, user, role, portal_state)
        return made if isinstance(made, dict) else {}

    def showing_member(self, there: Record, user: str, role: str, portal_state: PortalState) -> Flow[Record]:
        """Verify that a user has a role, in the record of an organization or group.

        Raises:
            NotKept: when they do not have it.
        """
        sent = {"users": [{"name": user, "capacity": role}]}
        return (yield from verifying(self.name, sent, there, portal_state, new=True))


def _as_text(value: Any) -> str:
    return str(value).strip().lower()


_SHOWN = {"include_datasets": False, "include_users": True, "include_extras": True}
ENTITIES = {
    one.name: one
    for one in (
        Entity("organization", "organizations", _SHOWN),
        Entity("group", "groups", _SHOWN),
        Entity("user", "users", purged=False),
    )
}


def inviting(email: str, where: str, role: str, portal_state: PortalState) -> Flow[Record]:
    """Invite somebody into an organization or group, and verify that they have the role there.

    Raises:
        InDoubt: when the answer is lost, since an invitation can't be looked up.
        NotKept: when they were invited, and do not have the role.
    """
    call = Call("user_invite", {"email": email, "group_id": where, "role": role})
    user = yield from reading(call, portal_state)
    for kind in ("organization", "group"):
        there = yield from reading_if_there(ENTITIES[kind].look(where), portal_state)
        if there is not None:
            yield from ENTITIES[kind].showing_member(there, str(user.get("name")), role, portal_state)
            break
    return user
