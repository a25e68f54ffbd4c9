# Generated from src/tuckan/client/_async/actions/users.py by scripts/unasync.py: change that file, then run `make fix`.
# Generated from actions/catalogue.json by scripts/actions/methods.py: `make fix` writes it.
"""Actions: users, tokens and followers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from tuckan.client._sync.actions.calling import UNSET, Calling

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal

    from tuckan.client._sync.actions.calling import Upload
    from tuckan.shapes import Dataset, Followee, Following, NewToken, SiteUser, Token, User


class UsersActions(Calling):
    """Users, tokens and followers."""

    def am_following_dataset(self, *, id: str) -> bool:
        """Whether you follow a dataset.

        Args:
            id: the dataset's name or id.

        Returns:
            `bool`.

        Who may: a user, about themselves.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.am_following_dataset(id="rivers")  # doctest: +SKIP
        """
        result: bool = self._send("am_following_dataset", {"id": id})
        return result

    def am_following_group(self, *, id: str) -> bool:
        """Whether you follow a group or an organization.

        Args:
            id: the group's or organization's name or id.

        Returns:
            `bool`.

        Who may: a user, about themselves.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.am_following_group(id="nature")  # doctest: +SKIP
        """
        result: bool = self._send("am_following_group", {"id": id})
        return result

    def am_following_user(self, *, id: str) -> bool:
        """Whether you follow a user.

        Args:
            id: the user's name or id.

        Returns:
            `bool`.

        Who may: a user, about themselves.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.am_following_user(id="anna")  # doctest: +SKIP
        """
        result: bool = self._send("am_following_user", {"id": id})
        return result

    def api_token_create(
        self, *, user: str, name: str, expires_in: int | None = UNSET, unit: int | None = UNSET, **fields: Any
    ) -> NewToken:
        """Create an API token; the token itself is returned only once.

        Args:
            user: the user's name or id.
            name: a name that helps you recognize the token later.
            expires_in: the lifetime, in multiples of `unit` (with the plugin expire_api_token).
            unit: the number of seconds in a unit, such as 86400 for days (with the plugin expire_api_token).
            **fields: further keys, as the portal or a plugin knows them.

        Returns:
            `NewToken`.

        Who may: the user.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.api_token_create(user="anna", name="night job")  # doctest: +SKIP
        """
        result: NewToken = self._send(
            "api_token_create", {"user": user, "name": name, "expires_in": expires_in, "unit": unit, **fields}
        )
        return result

    def api_token_list(self, *, user_id: str = UNSET, user: str = UNSET) -> list[Token]:
        """The API tokens of a user, without the tokens themselves.

        Args:
            user_id: the user's name or id; required even for your own tokens (from 2.10).
            user: the user's name or id; the name of `user_id` up to CKAN 2.9.

        Returns:
            `list[Token]`.

        Who may: the user.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.api_token_list(user_id="anna")  # doctest: +SKIP
        """
        result: list[Token] = self._send("api_token_list", {"user_id": user_id, "user": user})
        return result

    def api_token_revoke(self, *, token: str = UNSET, jti: str = UNSET) -> None:
        """Revoke an API token, by its id (jti) or by the token itself.

        Args:
            token: the token itself.
            jti: the token's id, as listed by `api_token_list`.

        Returns:
            Nothing.

        Who may: the token's user.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.api_token_revoke(jti=token_id)  # doctest: +SKIP
        """
        result: None = self._send("api_token_revoke", {"token": token, "jti": jti})
        return result

    def dataset_followee_count(self, *, id: str) -> int:
        """The number of datasets that a user follows.

        Args:
            id: the user's name or id.

        Returns:
            `int`.

        Who may: anyone.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.dataset_followee_count(id="anna")  # doctest: +SKIP
        """
        result: int = self._send("dataset_followee_count", {"id": id})
        return result

    def dataset_followee_list(self, *, id: str) -> list[Dataset]:
        """The datasets that a user follows.

        Args:
            id: the user's name or id.

        Returns:
            `list[Dataset]`.

        Who may: the user.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.dataset_followee_list(id="admin")  # doctest: +SKIP
        """
        result: list[Dataset] = self._send("dataset_followee_list", {"id": id})
        return result

    def dataset_follower_count(self, *, id: str) -> int:
        """The number of users who follow a dataset.

        Args:
            id: the dataset's name or id.

        Returns:
            `int`.

        Who may: anyone.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.dataset_follower_count(id="rivers")  # doctest: +SKIP
        """
        result: int = self._send("dataset_follower_count", {"id": id})
        return result

    def dataset_follower_list(self, *, id: str) -> list[User]:
        """The users who follow a dataset.

        Args:
            id: the dataset's name or id.

        Returns:
            `list[User]`.

        Who may: system administrators.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.dataset_follower_list(id="rivers")  # doctest: +SKIP
        """
        result: list[User] = self._send("dataset_follower_list", {"id": id})
        return result

    def follow_dataset(self, *, id: str) -> Following:
        """Follow a dataset.

        Args:
            id: the dataset's name or id.

        Returns:
            `Following`.

        Who may: a user, for themselves.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.follow_dataset(id="rivers")  # doctest: +SKIP
        """
        result: Following = self._send("follow_dataset", {"id": id})
        return result

    def follow_group(self, *, id: str) -> Following:
        """Follow a group or an organization.

        Args:
            id: the group's or organization's name or id.

        Returns:
            `Following`.

        Who may: a user, for themselves.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.follow_group(id="nature")  # doctest: +SKIP
        """
        result: Following = self._send("follow_group", {"id": id})
        return result

    def follow_user(self, *, id: str) -> Following:
        """Follow another user.

        Args:
            id: the user's name or id.

        Returns:
            `Following`.

        Who may: a user, for themselves.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.follow_user(id="anna")  # doctest: +SKIP
        """
        result: Following = self._send("follow_user", {"id": id})
        return result

    def followee_count(self, *, id: str) -> int:
        """The number of datasets, users, groups and organizations that a user follows.

        Args:
            id: the user's name or id.

        Returns:
            `int`.

        Who may: anyone.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.followee_count(id="anna")  # doctest: +SKIP
        """
        result: int = self._send("followee_count", {"id": id})
        return result

    def followee_list(self, *, id: str, q: str = UNSET) -> list[Followee]:
        """Everything that a user follows, of any kind.

        Args:
            id: the user's name or id.
            q: text to search for.

        Returns:
            `list[Followee]`.

        Who may: the user.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.followee_list(id="admin")  # doctest: +SKIP
        """
        result: list[Followee] = self._send("followee_list", {"id": id, "q": q})
        return result

    def get_site_user(self, *, defer_commit: bool = UNSET) -> SiteUser:
        """CKAN's site user, as which CKAN itself acts.

        Args:
            defer_commit: do not commit the transaction.

        Returns:
            `SiteUser`.

        Who may: system administrators.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.get_site_user()  # doctest: +SKIP
        """
        result: SiteUser = self._send("get_site_user", {"defer_commit": defer_commit})
        return result

    def unfollow_dataset(self, *, id: str) -> None:
        """Unfollow a dataset.

        Args:
            id: the dataset's name or id.

        Returns:
            Nothing.

        Who may: a user, for themselves.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.unfollow_dataset(id="rivers")  # doctest: +SKIP
        """
        result: None = self._send("unfollow_dataset", {"id": id})
        return result

    def unfollow_group(self, *, id: str) -> None:
        """Unfollow a group or an organization.

        Args:
            id: the group's or organization's name or id.

        Returns:
            Nothing.

        Who may: a user, for themselves.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.unfollow_group(id="nature")  # doctest: +SKIP
        """
        result: None = self._send("unfollow_group", {"id": id})
        return result

    def unfollow_user(self, *, id: str) -> None:
        """Unfollow a user.

        Args:
            id: the user's name or id.

        Returns:
            Nothing.

        Who may: a user, for themselves.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.unfollow_user(id="anna")  # doctest: +SKIP
        """
        result: None = self._send("unfollow_user", {"id": id})
        return result

    def user_autocomplete(self, *, q: str, limit: int = UNSET, ignore_self: bool = UNSET) -> list[User]:
        """Users whose name or full name contains a text, for autocompletion.

        Args:
            q: text to search for.
            limit: the maximum number of results (CKAN's own value is 20).
            ignore_self: leave yourself out of the result.

        Returns:
            `list[User]`.

        Who may: users.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.user_autocomplete(q="ann")  # doctest: +SKIP
        """
        result: list[User] = self._send("user_autocomplete", {"q": q, "limit": limit, "ignore_self": ignore_self})
        return result

    def user_create(
        self,
        *,
        name: str,
        email: str,
        id: str | None = UNSET,
        password: str | None = UNSET,
        fullname: str | None = UNSET,
        about: str | None = UNSET,
        image_url: str | None = UNSET,
        image_upload: Upload = UNSET,
        clear_upload: bool | None = UNSET,
        activity_streams_email_notifications: bool | None = UNSET,
        sysadmin: bool | None = UNSET,
        state: str | None = UNSET,
        plugin_extras: Mapping[str, Any] | None = UNSET,
        reset_key: str | None = UNSET,
        with_apitoken: bool | None = UNSET,
        **fields: Any,
    ) -> User:
        """Create a user.

        Args:
            name: the user's name: small letters, digits, - and _.
            email: the email address.
            id: the user's name or id.
            password: the password.
            fullname: the full name.
            about: a description.
            image_url: the URL of an image.
            image_upload: an image to upload: a path, or a file opened in binary mode.
            clear_upload: remove the uploaded file.
            activity_streams_email_notifications: whether to send emails on activities.
            sysadmin: whether the user is a system administrator; only they may set it.
            state: active or deleted.
            plugin_extras: data stored by plugins, by plugin; for system administrators.
            reset_key: the key from the password reset email.
            with_apitoken: also create an API token, which is returned only once (from 2.11).
            **fields: further keys, as the portal or a plugin knows them.

        Returns:
            `User`.

        Who may: system administrators, and anyone where the portal lets users register.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.user_create(name="bruno", email="bruno@example.org", password=password)  # doctest: +SKIP
        """
        result: User = self._send(
            "user_create",
            {
                "name": name,
                "email": email,
                "id": id,
                "password": password,
                "fullname": fullname,
                "about": about,
                "image_url": image_url,
                "clear_upload": clear_upload,
                "activity_streams_email_notifications": activity_streams_email_notifications,
                "sysadmin": sysadmin,
                "state": state,
                "plugin_extras": plugin_extras,
                "reset_key": reset_key,
                "with_apitoken": with_apitoken,
                **fields,
            },
            files={"image_upload": image_upload},
        )
        return result

    def user_delete(self, *, id: str) -> None:
        """Mark a user as deleted; their datasets stay.

        Args:
            id: the user's name or id.

        Returns:
            Nothing.

        Who may: system administrators.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.user_delete(id="bruno")  # doctest: +SKIP
        """
        result: None = self._send("user_delete", {"id": id})
        return result

    def user_followee_count(self, *, id: str) -> int:
        """The number of users whom a user follows.

        Args:
            id: the user's name or id.

        Returns:
            `int`.

        Who may: anyone.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.user_followee_count(id="anna")  # doctest: +SKIP
        """
        result: int = self._send("user_followee_count", {"id": id})
        return result

    def user_followee_list(self, *, id: str) -> list[User]:
        """The users whom a user follows.

        Args:
            id: the user's name or id.

        Returns:
            `list[User]`.

        Who may: the user.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.user_followee_list(id="admin")  # doctest: +SKIP
        """
        result: list[User] = self._send("user_followee_list", {"id": id})
        return result

    def user_follower_count(self, *, id: str) -> int:
        """The number of users who follow a user.

        Args:
            id: the user's name or id.

        Returns:
            `int`.

        Who may: anyone.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.user_follower_count(id="anna")  # doctest: +SKIP
        """
        result: int = self._send("user_follower_count", {"id": id})
        return result

    def user_follower_list(self, *, id: str) -> list[User]:
        """The users who follow a user.

        Args:
            id: the user's name or id.

        Returns:
            `list[User]`.

        Who may: system administrators.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.user_follower_list(id="anna")  # doctest: +SKIP
        """
        result: list[User] = self._send("user_follower_list", {"id": id})
        return result

    def user_invite(self, *, email: str, group_id: str, role: str) -> User:
        """Create a user, and invite them to an organization or group by email.

        Args:
            email: the email address to invite.
            group_id: the organization or group to invite to.
            role: member, editor or admin.

        Returns:
            `User`.

        Who may: administrators of the organization or group.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.user_invite(email="carla@example.org", group_id="water-board", role="member")  # doctest: +SKIP
        """
        result: User = self._send("user_invite", {"email": email, "group_id": group_id, "role": role})
        return result

    @overload
    def user_list(
        self,
        *,
        q: str = UNSET,
        email: str = UNSET,
        order_by: str = UNSET,
        all_fields: Literal[False],
        include_site_user: bool = UNSET,
    ) -> list[str]: ...

    @overload
    def user_list(
        self,
        *,
        q: str = UNSET,
        email: str = UNSET,
        order_by: str = UNSET,
        all_fields: Literal[True] = UNSET,
        include_site_user: bool = UNSET,
    ) -> list[User]: ...

    @overload
    def user_list(
        self,
        *,
        q: str = UNSET,
        email: str = UNSET,
        order_by: str = UNSET,
        all_fields: bool,
        include_site_user: bool = UNSET,
    ) -> list[User] | list[str]: ...

    def user_list(
        self,
        *,
        q: str = UNSET,
        email: str = UNSET,
        order_by: str = UNSET,
        all_fields: bool = UNSET,
        include_site_user: bool = UNSET,
    ) -> list[User] | list[str]:
        """All users, or only their names with all_fields=False; not paginated.

        Args:
            q: text to search for.
            email: return only the user with this email address.
            order_by: the field to order by (CKAN's own value is 'display_name').
            all_fields: return full records instead of names (CKAN's own value is True).
            include_site_user: include CKAN's site user.

        Returns:
            `list[User] | list[str]`.

        Who may: anyone, where the portal shows its users; otherwise users.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.user_list(q="ann")  # doctest: +SKIP
        """
        result: list[User] | list[str] = self._send(
            "user_list",
            {
                "q": q,
                "email": email,
                "order_by": order_by,
                "all_fields": all_fields,
                "include_site_user": include_site_user,
            },
        )
        return result

    def user_patch(
        self,
        *,
        id: str,
        name: str | None = UNSET,
        email: str | None = UNSET,
        password: str | None = UNSET,
        fullname: str | None = UNSET,
        about: str | None = UNSET,
        image_url: str | None = UNSET,
        image_upload: Upload = UNSET,
        clear_upload: bool | None = UNSET,
        activity_streams_email_notifications: bool | None = UNSET,
        sysadmin: bool | None = UNSET,
        state: str | None = UNSET,
        plugin_extras: Mapping[str, Any] | None = UNSET,
        reset_key: str | None = UNSET,
        **fields: Any,
    ) -> User:
        """Change only the given fields of a user.

        Args:
            id: the user's name or id.
            name: the user's name: small letters, digits, - and _.
            email: the email address.
            password: the password.
            fullname: the full name.
            about: a description.
            image_url: the URL of an image.
            image_upload: an image to upload: a path, or a file opened in binary mode.
            clear_upload: remove the uploaded file.
            activity_streams_email_notifications: whether to send emails on activities.
            sysadmin: whether the user is a system administrator; only they may set it.
            state: active or deleted.
            plugin_extras: data stored by plugins, by plugin; for system administrators.
            reset_key: the key from the password reset email.
            **fields: further keys, as the portal or a plugin knows them.

        Returns:
            `User`.

        Who may: the user.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.user_patch(id="bruno", about="Looks after the gauges.")  # doctest: +SKIP
        """
        result: User = self._send(
            "user_patch",
            {
                "id": id,
                "name": name,
                "email": email,
                "password": password,
                "fullname": fullname,
                "about": about,
                "image_url": image_url,
                "clear_upload": clear_upload,
                "activity_streams_email_notifications": activity_streams_email_notifications,
                "sysadmin": sysadmin,
                "state": state,
                "plugin_extras": plugin_extras,
                "reset_key": reset_key,
                **fields,
            },
            files={"image_upload": image_upload},
        )
        return result

    def user_show(
        self,
        *,
        id: str = UNSET,
        include_datasets: bool = UNSET,
        include_num_followers: bool = UNSET,
        include_password_hash: bool = UNSET,
        include_plugin_extras: bool = UNSET,
    ) -> User:
        """One user; yourself if `id` is omitted.

        Args:
            id: the user's name or id; you, when it is left out.
            include_datasets: include up to 50 datasets of the user.
            include_num_followers: include the number of followers.
            include_password_hash: include the password hash; for system administrators.
            include_plugin_extras: include data stored by plugins; for system administrators.

        Returns:
            `User`.

        Who may: anyone, where the portal shows its users; email and further fields for the user and system administrators.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.user_show(id="anna")  # doctest: +SKIP
        """
        result: User = self._send(
            "user_show",
            {
                "id": id,
                "include_datasets": include_datasets,
                "include_num_followers": include_num_followers,
                "include_password_hash": include_password_hash,
                "include_plugin_extras": include_plugin_extras,
            },
        )
        return result

    def user_update(
        self,
        *,
        id: str,
        email: str,
        name: str | None = UNSET,
        password: str | None = UNSET,
        fullname: str | None = UNSET,
        about: str | None = UNSET,
        image_url: str | None = UNSET,
        image_upload: Upload = UNSET,
        clear_upload: bool | None = UNSET,
        activity_streams_email_notifications: bool | None = UNSET,
        sysadmin: bool | None = UNSET,
        state: str | None = UNSET,
        plugin_extras: Mapping[str, Any] | None = UNSET,
        reset_key: str | None = UNSET,
        **fields: Any,
    ) -> User:
        """Replace a user's fields: omitted fields are emptied, and the email address is required.

        Instead: `user_patch`.

        Args:
            id: the user's name or id.
            email: the email address.
            name: the user's name: small letters, digits, - and _.
            password: the password.
            fullname: the full name.
            about: a description.
            image_url: the URL of an image.
            image_upload: an image to upload: a path, or a file opened in binary mode.
            clear_upload: remove the uploaded file.
            activity_streams_email_notifications: whether to send emails on activities.
            sysadmin: whether the user is a system administrator; only they may set it.
            state: active or deleted.
            plugin_extras: data stored by plugins, by plugin; for system administrators.
            reset_key: the key from the password reset email.
            **fields: further keys, as the portal or a plugin knows them.

        Returns:
            `User`.

        Who may: the user.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.user_update(id="bruno", name="bruno", email="bruno@example.org", fullname="Bruno B.")  # doctest: +SKIP
        """
        result: User = self._send(
            "user_update",
            {
                "id": id,
                "email": email,
                "name": name,
                "password": password,
                "fullname": fullname,
                "about": about,
                "image_url": image_url,
                "clear_upload": clear_upload,
                "activity_streams_email_notifications": activity_streams_email_notifications,
                "sysadmin": sysadmin,
                "state": state,
                "plugin_extras": plugin_extras,
                "reset_key": reset_key,
                **fields,
            },
            files={"image_upload": image_upload},
        )
        return result
