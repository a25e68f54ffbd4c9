"""Every action of CKAN and its own plugins, as data: `catalogue.json`, made by `scripts/actions` and read when first asked for."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import msgspec

from tuckan._text import closest

if TYPE_CHECKING:
    from collections.abc import Iterable


class Parameter(msgspec.Struct, frozen=True, omit_defaults=True):
    """A parameter of an action.

    Attributes:
        type: `text`, `integer`, `boolean`, `texts`, `record`, `records`, `file`, `any`; several with `|`; or its values with
            commas.
        means: what it is.
        required: whether CKAN refuses a call without it.
        default: what CKAN takes in its place.
        since: the first version that has it, where that is not the oldest we know.
        until: the last version that has it.
        plugin: the plugin that reads it.
    """

    type: str
    means: str
    required: bool = False
    default: Any = None
    since: str = ""
    until: str = ""
    plugin: str = ""

    @property
    def choices(self) -> tuple[str, ...]:
        """The values it can have, where there are few."""
        return tuple(self.type.split(",")) if "," in self.type else ()


class Switch(msgspec.Struct, frozen=True):
    """A parameter that changes what an action gives.

    Attributes:
        param: its name.
        off: the shape without it.
        on: the shape with it.
        default: which of them comes when it is not given.
    """

    param: str
    off: str
    on: str
    default: bool


class Action(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known of an action.

    Attributes:
        family: the part of the catalogue it stands in.
        says: what it does, in a sentence.
        gives: the shape of its result, as a Python type.
        who: who may call it.
        params: its parameters by name, those that are required first.
        example: parameters of a call that works; `<resource>` and the like stand for ids.
        aliases: older names of parameters, with the name each has now.
        read_only: whether it changes nothing.
        idempotent: whether sending it twice leaves what sending it once leaves.
        open: whether it takes further keys: fields of the portal's own schema.
        plugin: the plugin it belongs to, where it is not CKAN's own.
        core_until: the last version in which it was CKAN's own all the same.
        since: the first version that has it, where that is not the oldest we know.
        until: the last version that has it.
        instead: the action to use in its place, where there is a better one.
        without: the action to use where a portal lacks this one.
        setting: the setting that switches it on, where the plugin alone does not.
        switch: the parameter that changes what it gives.
    """

    family: str
    says: str
    gives: str
    who: str
    params: dict[str, Parameter]
    example: dict[str, Any]
    aliases: dict[str, str] = {}
    read_only: bool = False
    idempotent: bool = False
    open: bool = False
    plugin: str = ""
    core_until: str = ""
    since: str = ""
    until: str = ""
    instead: str = ""
    without: str = ""
    setting: str = ""
    switch: Switch | None = None


class Gone(msgspec.Struct, frozen=True):
    """An action that no version we know has any more."""

    until: str
    instead: str


class Catalogue(msgspec.Struct, frozen=True):
    """All of it.

    Attributes:
        versions: the versions it knows, the oldest first.
        families: the names of its parts, with a title for each.
        actions: every action by its name.
        gone: actions of old.
    """

    versions: tuple[str, ...]
    families: dict[str, str]
    actions: dict[str, Action]
    gone: dict[str, Gone]


@cache
def catalogue() -> Catalogue:
    """The catalogue, read once."""
    return msgspec.json.decode(files("tuckan.actions").joinpath("catalogue.json").read_bytes(), type=Catalogue)


def find_action(name: str) -> Action | None:
    """What is known of an action; None of one of a plugin that is not CKAN's own.

    Example:
        >>> find_action("package_search").params["rows"].default
        10
    """
    return catalogue().actions.get(name)


def like(name: str, known: Iterable[str] | None = None) -> list[str]:
    """The names that are most like one, the nearest first: of the catalogue's actions, or of those given.

    Example:
        >>> like("package_serach")
        ['package_search']
        >>> like("row", find_action("package_search").params)
        ['rows']
    """
    return closest(name, catalogue().actions if known is None else known, cutoff=0.75)


def matching(words: str) -> dict[str, Action]:
    """The actions that have all these words in their name, or in what is said of them or their parameters.

    Example:
        >>> list(matching("token revoke"))
        ['api_token_revoke']
    """
    wanted = words.lower().split()
    return {
        name: one
        for name, one in catalogue().actions.items()
        if all(word in f"{name} {one.says} {' '.join(one.params)}".lower() for word in wanted)
    }
