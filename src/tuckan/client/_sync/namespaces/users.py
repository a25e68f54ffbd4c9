# Generated from src/tuckan/client/_async/namespaces/users.py by scripts/unasync.py: change that file, then run `make fix`.
"""Users of a portal."""

from __future__ import annotations

from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any, cast

from tuckan.client._sync.namespaces.namespace import Namespace, fields_of, named
from tuckan.shapes import SECRET_FIELDS, NewUser, Secret
from tuckan.wire.entities import ENTITIES, inviting
from tuckan.wire.verification import verified
from tuckan.wire.writing import creating

if TYPE_CHECKING:
    import builtins
    from collections.abc import Mapping

    from tuckan.shapes import Record, User

BYTES_OF_A_PASSWORD = 24


class Users(Namespace):
    """Users of a portal."""

    def get(self, id: str) -> User:  # noqa: A002 - CKAN's own word
        """Return a user by name or id.

        Args:
            id: the user's name or id.

        Returns:
            The user; email addresses only where the token's user may see them.

        Raises:
            NotFound: when there is no such user.

        Example:
            >>> me = ckan.portal.whoami()
            >>> ckan.users.get(me["name"])["id"] == me["id"]
            True
        """
        return self._read_record("user_show", {"id": named(id, "user")})

    def list(self, query: str | None = None) -> builtins.list[User]:
        """List all users, or those whose name or full name contains a text.

        Args:
            query: the text.

        Returns:
            The users, each with its `id`, `name`, `fullname`, ...

        Raises:
            NotAuthorized: when the portal shows users only to those who are logged in.

        Example:
            >>> ckan.portal.whoami()["name"] in [one["name"] for one in ckan.users.list()]
            True
        """
        return self._read_records("user_list", {"q": query, "all_fields": True})

    def create(self, name: str, email: str, *, password: str | None = None, **fields: Any) -> NewUser:
        """Create a user exactly once: if the answer is lost, the user is looked up before anything is sent again.

        Args:
            name: the login name.
            email: the email address.
            password: the password; without one, a random password is generated, which only the result holds.
            **fields: `fullname`, `about`, ...

        Returns:
            The user in `record`, and the generated password in `password`: `print(new.password)` shows it, `repr` does not.

        Raises:
            ValidationError: when the portal rejects a value; the hint says what to do.
            NotKept: when the portal created the user without a field that was sent.

        Example:
            >>> new = ckan.users.create("lena", "lena@example.org", fullname="Lena Baker")
            >>> new.record["fullname"], len(new.password)
            ('Lena Baker', 32)
        """
        made = Secret(token_urlsafe(BYTES_OF_A_PASSWORD)) if password is None else None
        secret = Secret(password) if password is not None else made
        user = {
            **fields,
            "name": named(name, "user's name"),
            "email": named(email, "email address"),
            "password": secret,
        }
        ENTITIES["user"].require_settable(user)
        flow = creating("user_create", user, self._portal_state)
        look = ENTITIES["user"].look(name)
        return NewUser(
            without_key(self._run(verified(flow, "user", user, self._portal_state, new=True, look=look))), made
        )

    def invite(self, email: str, organization: str, role: str = "member") -> User:
        """Invite somebody by email into an organization or group; the portal must be able to send mail.

        An invitation cannot be looked up, so one whose answer is lost stays `InDoubt`.

        Args:
            email: the email address of the person to invite.
            organization: the name or id of the organization or group.
            role: `member`, `editor` or `admin`.

        Returns:
            The user, who has yet to choose a password.

        Raises:
            NotFound: when there is no such organization or group.
            InDoubt: when the answer is lost, or the portal cannot send the mail.
            NotKept: when the user was invited, and does not have the role.

        Example:
            >>> ckan.users.invite("sam@example.org", "census", role="editor")["name"]  # doctest: +SKIP
            'sam-4711'
        """
        where = self._name_of(organization, "organization")
        flow = inviting(named(email, "email address"), where, named(role, "role"), self._portal_state)
        return without_key(self._about(flow, ("organization or group", where)))

    def patch(self, id: str, changes: Mapping[str, Any] | None = None, /, **more: Any) -> User:  # noqa: A002
        """Set some fields of a user; fields that are not given stay.

        Args:
            id: the user's name or id.
            changes: fields with their new values, as a mapping.
            **more: the same as keywords: `fullname`, `email`, `about`, `sysadmin`, `password`, ...

        Returns:
            The user as they are now.

        Raises:
            NotFound: when there is no such user.
            ValidationError: when the portal rejects a value; the hint says what to do.
            NotKept: when the portal did not keep a field that was sent.

        Example:
            >>> ckan.users.patch("lena", about="Counts people.")["about"]
            'Counts people.'
        """
        fields = fields_of(changes, more, "user")
        if "password" in fields:
            fields["password"] = Secret(fields["password"])
        return without_key(self._run(ENTITIES["user"].setting(named(id, "user"), fields, self._portal_state)))

    def delete(self, id: str) -> None:  # noqa: A002 - CKAN's own word
        """Delete a user, which only a system administrator may; their memberships end, and what they created stays.

        CKAN keeps the name of a deleted user: no other user can have it, and `restore` brings the user back.

        Args:
            id: the user's name or id.

        Raises:
            NotFound: when there is no such user.
            NotKept: when the portal reported success, but the user is still there.

        Example:
            >>> ckan.users.delete("lena")
        """
        self._remove("user_delete", named(id, "user"), "user_show")

    def restore(self, id: str) -> User:  # noqa: A002 - CKAN's own word
        """Restore a deleted user; their memberships do not come back.

        Args:
            id: the user's name or id.

        Returns:
            The user as they are now.

        Raises:
            NotFound: when there never was such a user.

        Example:
            >>> ckan.users.restore("lena")["state"]
            'active'
        """
        return self.patch(id, {"state": "active"})

    def follow(self, id: str) -> None:  # noqa: A002 - CKAN's own word
        """Follow a user as the token's user; does nothing when they are followed already.

        Args:
            id: the user's name or id.

        Raises:
            NotFound: when there is no such user.
            NotKept: when the portal accepted the call, but the user is not followed.

        Example:
            >>> ckan.users.follow("robot")
            >>> ckan.action.user_follower_count(id="robot")
            1
        """
        self._follow("user", named(id, "user"))

    def unfollow(self, id: str) -> None:  # noqa: A002 - CKAN's own word
        """Stop following a user; does nothing when they are not followed.

        Args:
            id: the user's name or id.

        Raises:
            NotFound: when there is no such user.
            NotKept: when the portal accepted the call, but the user is still followed.

        Example:
            >>> ckan.users.unfollow("robot")
            >>> ckan.users.delete("lena")
        """
        self._unfollow("user", named(id, "user"))


def without_key(user: Record) -> User:
    """A user without the keys that old versions tell with them."""
    return cast("User", {name: value for name, value in user.items() if name not in SECRET_FIELDS})
