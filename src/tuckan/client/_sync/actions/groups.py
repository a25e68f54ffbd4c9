# Generated from src/tuckan/client/_async/actions/groups.py by scripts/unasync.py: change that file, then run `make fix`.
# Generated from actions/catalogue.json by scripts/actions/methods.py: `make fix` writes it.
"""Actions: organizations, groups and members."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from tuckan.client._sync.actions.calling import UNSET, Calling

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Literal

    from tuckan.client._sync.actions.calling import Upload
    from tuckan.shapes import Dataset, Group, Match, Membership, Organization, Role, User


class GroupsActions(Calling):
    """Organizations, groups and members."""

    def group_autocomplete(self, *, q: str, limit: int = UNSET) -> list[Match]:
        """Groups whose name or title contains a text, for autocompletion.

        Args:
            q: text to search for.
            limit: the maximum number of results (CKAN's own value is 20).

        Returns:
            `list[Match]`.

        Who may: anyone.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.group_autocomplete(q="nat")  # doctest: +SKIP
        """
        result: list[Match] = self._send("group_autocomplete", {"q": q, "limit": limit})
        return result

    def group_create(
        self,
        *,
        name: str,
        id: str | None = UNSET,
        title: str | None = UNSET,
        description: str | None = UNSET,
        image_url: str | None = UNSET,
        image_upload: Upload = UNSET,
        clear_upload: bool | None = UNSET,
        extras: Sequence[Mapping[str, Any]] | None = UNSET,
        users: Sequence[Mapping[str, Any]] | None = UNSET,
        packages: Sequence[Mapping[str, Any]] | None = UNSET,
        groups: Sequence[Mapping[str, Any]] | None = UNSET,
        type: str | None = UNSET,
        state: str | None = UNSET,
        approval_status: str | None = UNSET,
        **fields: Any,
    ) -> Group:
        """Create a group; its creator becomes its administrator.

        Args:
            name: the group's name: small letters, digits, - and _.
            id: the group's name or id.
            title: the title.
            description: a description in Markdown.
            image_url: the URL of an image.
            image_upload: an image to upload: a path, or a file opened in binary mode.
            clear_upload: remove the uploaded file.
            extras: additional fields, each with `key` and `value`.
            users: the members, each with `name` and `capacity`.
            packages: its datasets.
            groups: its parent groups, each with a name.
            type: the type, as the portal's schemas name it.
            state: active or deleted.
            approval_status: the approval status; CKAN itself ignores it.
            **fields: further keys, as the portal or a plugin knows them.

        Returns:
            `Group`.

        Who may: system administrators, and users where the portal lets them create groups.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.group_create(name="climate", title="Climate")  # doctest: +SKIP
        """
        result: Group = self._send(
            "group_create",
            {
                "name": name,
                "id": id,
                "title": title,
                "description": description,
                "image_url": image_url,
                "clear_upload": clear_upload,
                "extras": extras,
                "users": users,
                "packages": packages,
                "groups": groups,
                "type": type,
                "state": state,
                "approval_status": approval_status,
                **fields,
            },
            files={"image_upload": image_upload},
        )
        return result

    def group_delete(self, *, id: str) -> None:
        """Mark a group as deleted.

        Args:
            id: the group's name or id.

        Returns:
            Nothing.

        Who may: administrators of the group.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.group_delete(id="climate")  # doctest: +SKIP
        """
        result: None = self._send("group_delete", {"id": id})
        return result

    def group_followee_count(self, *, id: str) -> int:
        """The number of groups that a user follows.

        Args:
            id: the user's name or id.

        Returns:
            `int`.

        Who may: anyone.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.group_followee_count(id="anna")  # doctest: +SKIP
        """
        result: int = self._send("group_followee_count", {"id": id})
        return result

    def group_followee_list(self, *, id: str) -> list[Group]:
        """The groups that a user follows.

        Args:
            id: the user's name or id.

        Returns:
            `list[Group]`.

        Who may: the user.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.group_followee_list(id="anna")  # doctest: +SKIP
        """
        result: list[Group] = self._send("group_followee_list", {"id": id})
        return result

    def group_follower_count(self, *, id: str) -> int:
        """The number of users who follow a group.

        Args:
            id: the group's name or id.

        Returns:
            `int`.

        Who may: anyone.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.group_follower_count(id="nature")  # doctest: +SKIP
        """
        result: int = self._send("group_follower_count", {"id": id})
        return result

    def group_follower_list(self, *, id: str) -> list[User]:
        """The users who follow a group.

        Args:
            id: the group's name or id.

        Returns:
            `list[User]`.

        Who may: system administrators.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.group_follower_list(id="nature")  # doctest: +SKIP
        """
        result: list[User] = self._send("group_follower_list", {"id": id})
        return result

    @overload
    def group_list(
        self,
        *,
        type: str = UNSET,
        order_by: str = UNSET,
        sort: str = UNSET,
        limit: int = UNSET,
        offset: int = UNSET,
        groups: Sequence[str] = UNSET,
        all_fields: Literal[False] = UNSET,
        include_dataset_count: bool = UNSET,
        include_extras: bool = UNSET,
        include_tags: bool = UNSET,
        include_groups: bool = UNSET,
        include_users: bool = UNSET,
        q: str = UNSET,
    ) -> list[str]: ...

    @overload
    def group_list(
        self,
        *,
        type: str = UNSET,
        order_by: str = UNSET,
        sort: str = UNSET,
        limit: int = UNSET,
        offset: int = UNSET,
        groups: Sequence[str] = UNSET,
        all_fields: Literal[True],
        include_dataset_count: bool = UNSET,
        include_extras: bool = UNSET,
        include_tags: bool = UNSET,
        include_groups: bool = UNSET,
        include_users: bool = UNSET,
        q: str = UNSET,
    ) -> list[Group]: ...

    @overload
    def group_list(
        self,
        *,
        type: str = UNSET,
        order_by: str = UNSET,
        sort: str = UNSET,
        limit: int = UNSET,
        offset: int = UNSET,
        groups: Sequence[str] = UNSET,
        all_fields: bool,
        include_dataset_count: bool = UNSET,
        include_extras: bool = UNSET,
        include_tags: bool = UNSET,
        include_groups: bool = UNSET,
        include_users: bool = UNSET,
        q: str = UNSET,
    ) -> list[str] | list[Group]: ...

    def group_list(
        self,
        *,
        type: str = UNSET,
        order_by: str = UNSET,
        sort: str = UNSET,
        limit: int = UNSET,
        offset: int = UNSET,
        groups: Sequence[str] = UNSET,
        all_fields: bool = UNSET,
        include_dataset_count: bool = UNSET,
        include_extras: bool = UNSET,
        include_tags: bool = UNSET,
        include_groups: bool = UNSET,
        include_users: bool = UNSET,
        q: str = UNSET,
    ) -> list[str] | list[Group]:
        """The names of groups, or full groups with all_fields. CKAN returns at most 1,000 names or 25 groups.

        Args:
            type: the type of group or organization, as the portal's schemas name it (CKAN's own value is 'group').
            order_by: the older form of `sort`.
            sort: name, title or package_count, with asc or desc.
            limit: the maximum number of results.
            offset: the number of results to skip.
            groups: return only the groups with these names.
            all_fields: return full records instead of names.
            include_dataset_count: include the number of datasets of each.
            include_extras: include extras.
            include_tags: include tags (until 2.11).
            include_groups: include the parent groups.
            include_users: include members.
            q: text to search for.

        Returns:
            `list[str] | list[Group]`.

        Who may: anyone.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.group_list(sort="package_count desc")  # doctest: +SKIP
        """
        result: list[str] | list[Group] = self._send(
            "group_list",
            {
                "type": type,
                "order_by": order_by,
                "sort": sort,
                "limit": limit,
                "offset": offset,
                "groups": groups,
                "all_fields": all_fields,
                "include_dataset_count": include_dataset_count,
                "include_extras": include_extras,
                "include_tags": include_tags,
                "include_groups": include_groups,
                "include_users": include_users,
                "q": q,
            },
        )
        return result

    def group_list_authz(
        self,
        *,
        available_only: bool = UNSET,
        am_member: bool = UNSET,
        include_dataset_count: bool = UNSET,
        include_member_count: bool = UNSET,
    ) -> list[Group]:
        """The groups that you may edit, or are a member of.

        Args:
            available_only: leave out groups that the dataset is already in.
            am_member: only those of which you are a member.
            include_dataset_count: include the number of datasets of each (from 2.11).
            include_member_count: include the number of members of each (from 2.11).

        Returns:
            `list[Group]`.

        Who may: a user, about themselves.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.group_list_authz(am_member=True)  # doctest: +SKIP
        """
        result: list[Group] = self._send(
            "group_list_authz",
            {
                "available_only": available_only,
                "am_member": am_member,
                "include_dataset_count": include_dataset_count,
                "include_member_count": include_member_count,
            },
        )
        return result

    def group_member_create(self, *, id: str, username: str, role: str) -> Membership:
        """Make a user a member of a group, or change a member's role.

        Args:
            id: the group's name or id.
            username: the user's name or id.
            role: the role, such as member, editor or admin.

        Returns:
            `Membership`.

        Who may: administrators of the group.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.group_member_create(id="nature", username="anna", role="member")  # doctest: +SKIP
        """
        result: Membership = self._send("group_member_create", {"id": id, "username": username, "role": role})
        return result

    def group_member_delete(self, *, id: str, username: str) -> None:
        """Remove a user from a group.

        Args:
            id: the group's name or id.
            username: the user's name or id.

        Returns:
            Nothing.

        Who may: administrators of the group.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.group_member_delete(id="nature", username="anna")  # doctest: +SKIP
        """
        result: None = self._send("group_member_delete", {"id": id, "username": username})
        return result

    def group_package_show(self, *, id: str, limit: int = UNSET) -> list[Dataset]:
        """The datasets of a group.

        Args:
            id: the group's name or id.
            limit: the maximum number of datasets.

        Returns:
            `list[Dataset]`.

        Who may: anyone.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.group_package_show(id="nature", limit=5)  # doctest: +SKIP
        """
        result: list[Dataset] = self._send("group_package_show", {"id": id, "limit": limit})
        return result

    def group_patch(
        self,
        *,
        id: str,
        name: str | None = UNSET,
        title: str | None = UNSET,
        description: str | None = UNSET,
        image_url: str | None = UNSET,
        image_upload: Upload = UNSET,
        clear_upload: bool | None = UNSET,
        extras: Sequence[Mapping[str, Any]] | None = UNSET,
        users: Sequence[Mapping[str, Any]] | None = UNSET,
        packages: Sequence[Mapping[str, Any]] | None = UNSET,
        groups: Sequence[Mapping[str, Any]] | None = UNSET,
        type: str | None = UNSET,
        state: str | None = UNSET,
        approval_status: str | None = UNSET,
        **fields: Any,
    ) -> Group:
        """Change only the given fields of a group.

        Args:
            id: the group's name or id.
            name: the group's name: small letters, digits, - and _.
            title: the title.
            description: a description in Markdown.
            image_url: the URL of an image.
            image_upload: an image to upload: a path, or a file opened in binary mode.
            clear_upload: remove the uploaded file.
            extras: additional fields, each with `key` and `value`.
            users: the members, each with `name` and `capacity`.
            packages: its datasets.
            groups: its parent groups, each with a name.
            type: the type, as the portal's schemas name it.
            state: active or deleted.
            approval_status: the approval status; CKAN itself ignores it.
            **fields: further keys, as the portal or a plugin knows them.

        Returns:
            `Group`.

        Who may: administrators of the group.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.group_patch(id="climate", description="What the sky does.")  # doctest: +SKIP
        """
        result: Group = self._send(
            "group_patch",
            {
                "id": id,
                "name": name,
                "title": title,
                "description": description,
                "image_url": image_url,
                "clear_upload": clear_upload,
                "extras": extras,
                "users": users,
                "packages": packages,
                "groups": groups,
                "type": type,
                "state": state,
                "approval_status": approval_status,
                **fields,
            },
            files={"image_upload": image_upload},
        )
        return result

    def group_purge(self, *, id: str) -> None:
        """Permanently remove a group from the database.

        Args:
            id: the group's name or id.

        Returns:
            Nothing.

        Who may: system administrators.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.group_purge(id="climate")  # doctest: +SKIP
        """
        result: None = self._send("group_purge", {"id": id})
        return result

    def group_show(
        self,
        *,
        id: str,
        include_datasets: bool = UNSET,
        include_dataset_count: bool = UNSET,
        include_extras: bool = UNSET,
        include_users: bool = UNSET,
        include_groups: bool = UNSET,
        include_tags: bool = UNSET,
        include_followers: bool = UNSET,
        include_member_count: bool = UNSET,
    ) -> Group:
        """One group, with details on request; at most 10 of its datasets.

        Args:
            id: the group's name or id.
            include_datasets: include up to 10 of its datasets.
            include_dataset_count: include the number of datasets of each (CKAN's own value is True).
            include_extras: include extras (CKAN's own value is True).
            include_users: include members.
            include_groups: include the parent groups (CKAN's own value is True).
            include_tags: include tags (CKAN's own value is True, until 2.11).
            include_followers: include the number of followers (CKAN's own value is True).
            include_member_count: include the number of members of each (from 2.11).

        Returns:
            `Group`.

        Who may: anyone.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.group_show(id="nature", include_dataset_count=True)  # doctest: +SKIP
        """
        result: Group = self._send(
            "group_show",
            {
                "id": id,
                "include_datasets": include_datasets,
                "include_dataset_count": include_dataset_count,
                "include_extras": include_extras,
                "include_users": include_users,
                "include_groups": include_groups,
                "include_tags": include_tags,
                "include_followers": include_followers,
                "include_member_count": include_member_count,
            },
        )
        return result

    def group_update(
        self,
        *,
        id: str,
        name: str | None = UNSET,
        title: str | None = UNSET,
        description: str | None = UNSET,
        image_url: str | None = UNSET,
        image_upload: Upload = UNSET,
        clear_upload: bool | None = UNSET,
        extras: Sequence[Mapping[str, Any]] | None = UNSET,
        users: Sequence[Mapping[str, Any]] | None = UNSET,
        packages: Sequence[Mapping[str, Any]] | None = UNSET,
        groups: Sequence[Mapping[str, Any]] | None = UNSET,
        type: str | None = UNSET,
        state: str | None = UNSET,
        approval_status: str | None = UNSET,
        **fields: Any,
    ) -> Group:
        """Replace a group: omitted fields, members and datasets are lost.

        Instead: `group_patch`.

        Args:
            id: the group's name or id.
            name: the group's name: small letters, digits, - and _.
            title: the title.
            description: a description in Markdown.
            image_url: the URL of an image.
            image_upload: an image to upload: a path, or a file opened in binary mode.
            clear_upload: remove the uploaded file.
            extras: additional fields, each with `key` and `value`.
            users: the members, each with `name` and `capacity`.
            packages: its datasets.
            groups: its parent groups, each with a name.
            type: the type, as the portal's schemas name it.
            state: active or deleted.
            approval_status: the approval status; CKAN itself ignores it.
            **fields: further keys, as the portal or a plugin knows them.

        Returns:
            `Group`.

        Who may: administrators of the group.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.group_update(id="climate", name="climate", title="Climate and weather")  # doctest: +SKIP
        """
        result: Group = self._send(
            "group_update",
            {
                "id": id,
                "name": name,
                "title": title,
                "description": description,
                "image_url": image_url,
                "clear_upload": clear_upload,
                "extras": extras,
                "users": users,
                "packages": packages,
                "groups": groups,
                "type": type,
                "state": state,
                "approval_status": approval_status,
                **fields,
            },
            files={"image_upload": image_upload},
        )
        return result

    def member_create(self, *, id: str, object: str, object_type: str, capacity: str) -> Membership:
        """Add a user, a dataset or a group to a group or organization, or change its role there.

        Args:
            id: the group's or organization's name or id.
            object: the id or name of the member.
            object_type: user, package or group.
            capacity: the role: member, editor or admin for users, public or private for datasets.

        Returns:
            `Membership`.

        Who may: whoever may edit the group.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.member_create(id="nature", object=dataset_id, object_type="package", capacity="public")  # doctest: +SKIP
        """
        result: Membership = self._send(
            "member_create", {"id": id, "object": object, "object_type": object_type, "capacity": capacity}
        )
        return result

    def member_delete(self, *, id: str, object: str, object_type: str) -> None:
        """Remove a user, a dataset or a group from a group or organization.

        Args:
            id: the group's or organization's name or id.
            object: the id or name of the member.
            object_type: user, package or group.

        Returns:
            Nothing.

        Who may: whoever may edit the group.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.member_delete(id="nature", object=dataset_id, object_type="package")  # doctest: +SKIP
        """
        result: None = self._send("member_delete", {"id": id, "object": object, "object_type": object_type})
        return result

    def member_list(self, *, id: str, object_type: str = UNSET, capacity: str = UNSET) -> list[list[str]]:
        """The members of a group or organization (users, datasets, groups), each as id, type and role.

        Args:
            id: the group's or organization's name or id.
            object_type: user, package or group.
            capacity: the role: member, editor or admin for users, public or private for datasets.

        Returns:
            `list[list[str]]`.

        Who may: whoever may see the group.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.member_list(id="nature", object_type="user")  # doctest: +SKIP
        """
        result: list[list[str]] = self._send(
            "member_list", {"id": id, "object_type": object_type, "capacity": capacity}
        )
        return result

    def member_roles_list(self, *, group_type: str = UNSET) -> list[Role]:
        """The roles that members of groups or of organizations can have.

        Args:
            group_type: group or organization (CKAN's own value is 'organization').

        Returns:
            `list[Role]`.

        Who may: anyone.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.member_roles_list(group_type="organization")  # doctest: +SKIP
        """
        result: list[Role] = self._send("member_roles_list", {"group_type": group_type})
        return result

    def organization_autocomplete(self, *, q: str, limit: int = UNSET) -> list[Match]:
        """Organizations whose name or title contains a text, for autocompletion.

        Args:
            q: text to search for.
            limit: the maximum number of results (CKAN's own value is 20).

        Returns:
            `list[Match]`.

        Who may: anyone.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.organization_autocomplete(q="wat")  # doctest: +SKIP
        """
        result: list[Match] = self._send("organization_autocomplete", {"q": q, "limit": limit})
        return result

    def organization_create(
        self,
        *,
        name: str,
        id: str | None = UNSET,
        title: str | None = UNSET,
        description: str | None = UNSET,
        image_url: str | None = UNSET,
        image_upload: Upload = UNSET,
        clear_upload: bool | None = UNSET,
        extras: Sequence[Mapping[str, Any]] | None = UNSET,
        users: Sequence[Mapping[str, Any]] | None = UNSET,
        packages: Sequence[Mapping[str, Any]] | None = UNSET,
        groups: Sequence[Mapping[str, Any]] | None = UNSET,
        type: str | None = UNSET,
        state: str | None = UNSET,
        approval_status: str | None = UNSET,
        **fields: Any,
    ) -> Organization:
        """Create an organization; its creator becomes its administrator.

        Args:
            name: the organization's name: small letters, digits, - and _.
            id: the organization's name or id.
            title: the title.
            description: a description in Markdown.
            image_url: the URL of an image.
            image_upload: an image to upload: a path, or a file opened in binary mode.
            clear_upload: remove the uploaded file.
            extras: additional fields, each with `key` and `value`.
            users: the members, each with `name` and `capacity`.
            packages: its datasets.
            groups: its parent groups, each with a name.
            type: the type, as the portal's schemas name it.
            state: active or deleted.
            approval_status: the approval status; CKAN itself ignores it.
            **fields: further keys, as the portal or a plugin knows them.

        Returns:
            `Organization`.

        Who may: system administrators, and users where the portal lets them create organizations.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.organization_create(name="harbours", title="Harbours", description="Those who run the harbours.")  # doctest: +SKIP
        """
        result: Organization = self._send(
            "organization_create",
            {
                "name": name,
                "id": id,
                "title": title,
                "description": description,
                "image_url": image_url,
                "clear_upload": clear_upload,
                "extras": extras,
                "users": users,
                "packages": packages,
                "groups": groups,
                "type": type,
                "state": state,
                "approval_status": approval_status,
                **fields,
            },
            files={"image_upload": image_upload},
        )
        return result

    def organization_delete(self, *, id: str) -> None:
        """Mark an organization as deleted. If it has datasets, the portal refuses, or removes them from it.

        Args:
            id: the organization's name or id.

        Returns:
            Nothing.

        Who may: administrators of the organization.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.organization_delete(id="harbours")  # doctest: +SKIP
        """
        result: None = self._send("organization_delete", {"id": id})
        return result

    def organization_followee_count(self, *, id: str) -> int:
        """The number of organizations that a user follows.

        Args:
            id: the user's name or id.

        Returns:
            `int`.

        Who may: anyone.

        In CKAN 2.10 to 2.12.

        Example:
            >>> ckan.action.organization_followee_count(id="anna")  # doctest: +SKIP
        """
        result: int = self._send("organization_followee_count", {"id": id})
        return result

    def organization_followee_list(self, *, id: str) -> list[Organization]:
        """The organizations that a user follows.

        Args:
            id: the user's name or id.

        Returns:
            `list[Organization]`.

        Who may: the user.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.organization_followee_list(id="anna")  # doctest: +SKIP
        """
        result: list[Organization] = self._send("organization_followee_list", {"id": id})
        return result

    def organization_follower_count(self, *, id: str) -> int:
        """The number of users who follow an organization.

        Args:
            id: the organization's name or id.

        Returns:
            `int`.

        Who may: anyone.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.organization_follower_count(id="water-board")  # doctest: +SKIP
        """
        result: int = self._send("organization_follower_count", {"id": id})
        return result

    def organization_follower_list(self, *, id: str) -> list[User]:
        """The users who follow an organization.

        Args:
            id: the organization's name or id.

        Returns:
            `list[User]`.

        Who may: system administrators.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.organization_follower_list(id="water-board")  # doctest: +SKIP
        """
        result: list[User] = self._send("organization_follower_list", {"id": id})
        return result

    @overload
    def organization_list(
        self,
        *,
        type: str = UNSET,
        order_by: str = UNSET,
        sort: str = UNSET,
        limit: int = UNSET,
        offset: int = UNSET,
        organizations: Sequence[str] = UNSET,
        all_fields: Literal[False] = UNSET,
        include_dataset_count: bool = UNSET,
        include_extras: bool = UNSET,
        include_tags: bool = UNSET,
        include_groups: bool = UNSET,
        include_users: bool = UNSET,
        q: str = UNSET,
    ) -> list[str]: ...

    @overload
    def organization_list(
        self,
        *,
        type: str = UNSET,
        order_by: str = UNSET,
        sort: str = UNSET,
        limit: int = UNSET,
        offset: int = UNSET,
        organizations: Sequence[str] = UNSET,
        all_fields: Literal[True],
        include_dataset_count: bool = UNSET,
        include_extras: bool = UNSET,
        include_tags: bool = UNSET,
        include_groups: bool = UNSET,
        include_users: bool = UNSET,
        q: str = UNSET,
    ) -> list[Organization]: ...

    @overload
    def organization_list(
        self,
        *,
        type: str = UNSET,
        order_by: str = UNSET,
        sort: str = UNSET,
        limit: int = UNSET,
        offset: int = UNSET,
        organizations: Sequence[str] = UNSET,
        all_fields: bool,
        include_dataset_count: bool = UNSET,
        include_extras: bool = UNSET,
        include_tags: bool = UNSET,
        include_groups: bool = UNSET,
        include_users: bool = UNSET,
        q: str = UNSET,
    ) -> list[str] | list[Organization]: ...

    def organization_list(
        self,
        *,
        type: str = UNSET,
        order_by: str = UNSET,
        sort: str = UNSET,
        limit: int = UNSET,
        offset: int = UNSET,
        organizations: Sequence[str] = UNSET,
        all_fields: bool = UNSET,
        include_dataset_count: bool = UNSET,
        include_extras: bool = UNSET,
        include_tags: bool = UNSET,
        include_groups: bool = UNSET,
        include_users: bool = UNSET,
        q: str = UNSET,
    ) -> list[str] | list[Organization]:
        """The names of organizations, or full organizations with all_fields. CKAN returns at most 1,000 names or 25 organizations.

        Args:
            type: the type of group or organization, as the portal's schemas name it (CKAN's own value is 'group').
            order_by: the older form of `sort`.
            sort: name, title or package_count, with asc or desc.
            limit: the maximum number of results.
            offset: the number of results to skip.
            organizations: return only the organizations with these names.
            all_fields: return full records instead of names.
            include_dataset_count: include the number of datasets of each.
            include_extras: include extras.
            include_tags: include tags (until 2.11).
            include_groups: include the parent groups.
            include_users: include members.
            q: text to search for.

        Returns:
            `list[str] | list[Organization]`.

        Who may: anyone.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.organization_list(all_fields=True, limit=5)  # doctest: +SKIP
        """
        result: list[str] | list[Organization] = self._send(
            "organization_list",
            {
                "type": type,
                "order_by": order_by,
                "sort": sort,
                "limit": limit,
                "offset": offset,
                "organizations": organizations,
                "all_fields": all_fields,
                "include_dataset_count": include_dataset_count,
                "include_extras": include_extras,
                "include_tags": include_tags,
                "include_groups": include_groups,
                "include_users": include_users,
                "q": q,
            },
        )
        return result

    def organization_list_for_user(
        self,
        *,
        id: str = UNSET,
        permission: str = UNSET,
        include_dataset_count: bool = UNSET,
        include_member_count: bool = UNSET,
    ) -> list[Organization]:
        """The organizations in which you (or a user) have a permission, such as to create datasets.

        Args:
            id: the user's name or id; you, when it is left out.
            permission: the permission that you must have there, such as `create_dataset` (CKAN's own value is 'manage_group').
            include_dataset_count: include the number of datasets of each.
            include_member_count: include the number of members of each (from 2.11).

        Returns:
            `list[Organization]`.

        Who may: anyone.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.organization_list_for_user(permission="create_dataset")  # doctest: +SKIP
        """
        result: list[Organization] = self._send(
            "organization_list_for_user",
            {
                "id": id,
                "permission": permission,
                "include_dataset_count": include_dataset_count,
                "include_member_count": include_member_count,
            },
        )
        return result

    def organization_member_create(self, *, id: str, username: str, role: str) -> Membership:
        """Make a user a member of an organization, or change a member's role.

        Args:
            id: the organization's name or id.
            username: the user's name or id.
            role: the role, such as member, editor or admin.

        Returns:
            `Membership`.

        Who may: administrators of the organization.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.organization_member_create(id="water-board", username="anna", role="editor")  # doctest: +SKIP
        """
        result: Membership = self._send("organization_member_create", {"id": id, "username": username, "role": role})
        return result

    def organization_member_delete(self, *, id: str, username: str) -> None:
        """Remove a user from an organization.

        Args:
            id: the organization's name or id.
            username: the user's name or id.

        Returns:
            Nothing.

        Who may: administrators of the organization.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.organization_member_delete(id="water-board", username="anna")  # doctest: +SKIP
        """
        result: None = self._send("organization_member_delete", {"id": id, "username": username})
        return result

    def organization_patch(
        self,
        *,
        id: str,
        name: str | None = UNSET,
        title: str | None = UNSET,
        description: str | None = UNSET,
        image_url: str | None = UNSET,
        image_upload: Upload = UNSET,
        clear_upload: bool | None = UNSET,
        extras: Sequence[Mapping[str, Any]] | None = UNSET,
        users: Sequence[Mapping[str, Any]] | None = UNSET,
        packages: Sequence[Mapping[str, Any]] | None = UNSET,
        groups: Sequence[Mapping[str, Any]] | None = UNSET,
        type: str | None = UNSET,
        state: str | None = UNSET,
        approval_status: str | None = UNSET,
        **fields: Any,
    ) -> Organization:
        """Change only the given fields of an organization.

        Args:
            id: the organization's name or id.
            name: the organization's name: small letters, digits, - and _.
            title: the title.
            description: a description in Markdown.
            image_url: the URL of an image.
            image_upload: an image to upload: a path, or a file opened in binary mode.
            clear_upload: remove the uploaded file.
            extras: additional fields, each with `key` and `value`.
            users: the members, each with `name` and `capacity`.
            packages: its datasets.
            groups: its parent groups, each with a name.
            type: the type, as the portal's schemas name it.
            state: active or deleted.
            approval_status: the approval status; CKAN itself ignores it.
            **fields: further keys, as the portal or a plugin knows them.

        Returns:
            `Organization`.

        Who may: administrators of the organization.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.organization_patch(id="harbours", description="All harbours of the coast.")  # doctest: +SKIP
        """
        result: Organization = self._send(
            "organization_patch",
            {
                "id": id,
                "name": name,
                "title": title,
                "description": description,
                "image_url": image_url,
                "clear_upload": clear_upload,
                "extras": extras,
                "users": users,
                "packages": packages,
                "groups": groups,
                "type": type,
                "state": state,
                "approval_status": approval_status,
                **fields,
            },
            files={"image_upload": image_upload},
        )
        return result

    def organization_purge(self, *, id: str) -> None:
        """Permanently remove an organization from the database; its datasets stay, without an organization.

        Args:
            id: the organization's name or id.

        Returns:
            Nothing.

        Who may: system administrators.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.organization_purge(id="harbours")  # doctest: +SKIP
        """
        result: None = self._send("organization_purge", {"id": id})
        return result

    def organization_show(
        self,
        *,
        id: str,
        include_datasets: bool = UNSET,
        include_dataset_count: bool = UNSET,
        include_extras: bool = UNSET,
        include_users: bool = UNSET,
        include_groups: bool = UNSET,
        include_tags: bool = UNSET,
        include_followers: bool = UNSET,
        include_member_count: bool = UNSET,
    ) -> Organization:
        """One organization, with details on request; at most 10 of its datasets.

        Args:
            id: the organization's name or id.
            include_datasets: include up to 10 of its datasets.
            include_dataset_count: include the number of datasets of each (CKAN's own value is True).
            include_extras: include extras (CKAN's own value is True).
            include_users: include members.
            include_groups: include the parent groups (CKAN's own value is True).
            include_tags: include tags (CKAN's own value is True, until 2.11).
            include_followers: include the number of followers (CKAN's own value is True).
            include_member_count: include the number of members of each (from 2.11).

        Returns:
            `Organization`.

        Who may: anyone.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.organization_show(id="water-board", include_users=True)  # doctest: +SKIP
        """
        result: Organization = self._send(
            "organization_show",
            {
                "id": id,
                "include_datasets": include_datasets,
                "include_dataset_count": include_dataset_count,
                "include_extras": include_extras,
                "include_users": include_users,
                "include_groups": include_groups,
                "include_tags": include_tags,
                "include_followers": include_followers,
                "include_member_count": include_member_count,
            },
        )
        return result

    def organization_update(
        self,
        *,
        id: str,
        name: str | None = UNSET,
        title: str | None = UNSET,
        description: str | None = UNSET,
        image_url: str | None = UNSET,
        image_upload: Upload = UNSET,
        clear_upload: bool | None = UNSET,
        extras: Sequence[Mapping[str, Any]] | None = UNSET,
        users: Sequence[Mapping[str, Any]] | None = UNSET,
        packages: Sequence[Mapping[str, Any]] | None = UNSET,
        groups: Sequence[Mapping[str, Any]] | None = UNSET,
        type: str | None = UNSET,
        state: str | None = UNSET,
        approval_status: str | None = UNSET,
        **fields: Any,
    ) -> Organization:
        """Replace an organization: omitted fields and members are lost.

        Instead: `organization_patch`.

        Args:
            id: the organization's name or id.
            name: the organization's name: small letters, digits, - and _.
            title: the title.
            description: a description in Markdown.
            image_url: the URL of an image.
            image_upload: an image to upload: a path, or a file opened in binary mode.
            clear_upload: remove the uploaded file.
            extras: additional fields, each with `key` and `value`.
            users: the members, each with `name` and `capacity`.
            packages: its datasets.
            groups: its parent groups, each with a name.
            type: the type, as the portal's schemas name it.
            state: active or deleted.
            approval_status: the approval status; CKAN itself ignores it.
            **fields: further keys, as the portal or a plugin knows them.

        Returns:
            `Organization`.

        Who may: administrators of the organization.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.organization_update(id="harbours", name="harbours", title="The harbours")  # doctest: +SKIP
        """
        result: Organization = self._send(
            "organization_update",
            {
                "id": id,
                "name": name,
                "title": title,
                "description": description,
                "image_url": image_url,
                "clear_upload": clear_upload,
                "extras": extras,
                "users": users,
                "packages": packages,
                "groups": groups,
                "type": type,
                "state": state,
                "approval_status": approval_status,
                **fields,
            },
            files={"image_upload": image_upload},
        )
        return result
