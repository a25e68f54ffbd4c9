"""Users of a portal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuckan.client._async.namespace import Namespace, named

if TYPE_CHECKING:
    from tuckan.shapes import Record, Records


class Users(Namespace):
    """Users of a portal."""

    async def get(self, id: str) -> Record:  # noqa: A002 - CKAN's own word
        """One user by name or id.

        Raises:
            NotFound: when there is none.
        """
        return await self._read_record("user_show", {"id": named(id, "user")})

    async def list(self, query: str | None = None) -> Records:
        """All users, or those whose name or full name holds some text.

        Args:
            query: the text.

        Raises:
            NotAuthorized: when the portal shows users only to those who are logged in.
        """
        return await self._read_list("user_list", {"q": query, "all_fields": True})
