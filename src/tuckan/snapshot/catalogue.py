"""What can be read as a portal is: a portal, a dump, a mirror, a folder of files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

EntityKind: TypeAlias = Literal["organizations", "groups", "users", "datasets"]
"""The kinds of records that a catalogue has."""

KINDS: tuple[EntityKind, ...] = ("organizations", "groups", "users", "datasets")
"""All of them, each before those that name it."""


class Catalogue(Protocol):
    """Anything that gives a portal's records as plain dicts, as the portal would."""

    @property
    def kinds(self) -> Sequence[EntityKind]:
        """The kinds of records that it has, each before those that name it."""
        ...

    def records(self, kind: EntityKind, /) -> Iterable[dict[str, Any]]:
        """Every record of a kind: complete, without duplicates, or an error."""
        ...
