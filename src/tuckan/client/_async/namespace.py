"""What every namespace of a client shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuckan.errors import InvalidArgument
from tuckan.wire.call import Call
from tuckan.wire.calling import calling
from tuckan.wire.envelope import not_ckan
from tuckan.wire.flow import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tuckan.client._async.connection import AsyncConnection
    from tuckan.shapes import Record


class Namespace:
    """Part of a client, for one kind of thing."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    def __repr__(self) -> str:
        return f"{type(self).__name__} of {self._connection.memory.address.site}"

    async def _read(self, action: str, params: Mapping[str, Any]) -> Any:
        """Call an action that changes nothing; parameters that are None are left out."""
        given = {name: value for name, value in params.items() if value is not None}
        return await self._connection.run(calling(Call(action, given, read_only=True), self._connection.memory))

    async def _read_record(self, action: str, params: Mapping[str, Any]) -> Record:
        """The same for an action that answers with one record."""
        result = await self._read(action, params)
        if not isinstance(result, dict):
            raise not_ckan(Call(action, params), Reply(200, {}, b""), f"a {type(result).__name__} in place of a record")
        return result

    async def _read_list(self, action: str, params: Mapping[str, Any]) -> list[Any]:
        """The same for an action that answers with a list."""
        result = await self._read(action, params)
        if not isinstance(result, list):
            raise not_ckan(Call(action, params), Reply(200, {}, b""), f"a {type(result).__name__} in place of a list")
        return result


def named(value: str, what: str) -> str:
    """A name or id that was given, without the space around it.

    Raises:
        InvalidArgument: when there is nothing in it.
    """
    text = str(value or "").strip()
    if not text:
        raise InvalidArgument(f"The {what} is empty.", hint=f"Give the name or id of one {what}.")
    return text
