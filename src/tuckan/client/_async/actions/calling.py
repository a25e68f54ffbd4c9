"""What the methods of actions share: what is not given is not sent, and an action we don't know is called all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from os import PathLike

    Upload: TypeAlias = str | PathLike[str] | BinaryIO


class _Unset:
    def __repr__(self) -> str:
        return "UNSET"


UNSET: Any = _Unset()
"""Stands where nothing was given; `None` is sent, as JSON's null."""


class Calling:
    """Calls actions by way of the client."""

    def __init__(self, call: Callable[..., Awaitable[Any]]) -> None:
        self._call = call

    async def _send(self, action: str, params: Mapping[str, Any], files: Mapping[str, Any] | None = None) -> Any:
        """Call an action with what was given."""
        given = {name: value for name, value in params.items() if value is not UNSET}
        uploads = {name: value for name, value in (files or {}).items() if value is not UNSET}
        return await self._call(action, given, files=uploads or None)


class OtherAction:
    """An action that tuckan does not know, such as a plugin's: call it with its parameters; `help()` asks what it does.

    Args:
        name: its name.
        call: calls any action.
    """

    def __init__(self, name: str, call: Callable[..., Awaitable[Any]]) -> None:
        self.__name__ = name
        self._call = call

    async def __call__(self, **params: Any) -> Any:
        """Call it."""
        return await self._call(self.__name__, params)

    async def help(self) -> str:
        """What the portal's own help says of it.

        Raises:
            NotFound: when the portal has no such action.
        """
        return str(await self._call("help_show", {"name": self.__name__}) or "")

    def __repr__(self) -> str:
        return f"<action {self.__name__}>"
