"""Recipes for common extensions, and which of them conflict: data, in `recipes/`."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import msgspec

from tuckan.errors import InvalidArgument

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Only(msgspec.Struct, frozen=True):
    """The versions of CKAN that a recipe's packages run on, and why not on others."""

    ckan: tuple[str, ...]
    why: str


class Recipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An extension and what it needs to start.

    Attributes:
        about: its purpose.
        plugins: CKAN's own names of its plugins, in their order.
        config: settings that it requires.
        override: packages with versions that override CKAN's own pins.
        only: the versions of CKAN that it supports, if not all.
        files: settings that name files, which may be given as paths.
        service: the service that it calls, for which the sandbox has a stand-in.
        solr: a file beside it with the fields that it adds to the search schema.
    """

    about: str
    plugins: tuple[str, ...]
    config: dict[str, str] = {}
    override: tuple[str, ...] = ()
    only: Only | None = None
    files: tuple[str, ...] = ()
    service: str = ""
    solr: str = ""

    def runs_on(self, ckan: str) -> bool:
        """Whether it runs on a version of CKAN."""
        return self.only is None or ckan in self.only.ckan


class Clash(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Plugins that CKAN does not start with together, or packages that it does not start with at all.

    Attributes:
        why: what happens.
        plugins: the plugins; a recipe leaves out the first of them.
        ordered: whether they go together in the other order, in which a recipe puts them.
        setting: the setting without which they go together.
        packages: the packages.
    """

    why: str
    plugins: tuple[str, ...] = ()
    ordered: bool = False
    setting: str = ""
    packages: tuple[str, ...] = ()


@cache
def recipes() -> dict[str, Recipe]:
    """All recipes by name."""
    return {name: msgspec.convert(one, Recipe) for name, one in _data().items() if name != "clash"}


@cache
def file_settings() -> frozenset[str]:
    """Settings whose values may be files."""
    return frozenset(name for one in recipes().values() for name in one.files)


@cache
def clashes() -> tuple[Clash, ...]:
    """What is known not to go together."""
    return msgspec.convert(_data()["clash"], tuple[Clash, ...])


def clashing(plugins: Sequence[str], config: Mapping[str, str]) -> list[Clash]:
    """Those of the known clashes whose plugins are all among these, with these settings and in this order."""
    return [one for one in clashes() if one.plugins and _meets(one, plugins, config)]


def _meets(clash: Clash, plugins: Sequence[str], config: Mapping[str, str]) -> bool:
    if not set(plugins).issuperset(clash.plugins) or (clash.setting and not config.get(clash.setting)):
        return False
    first, second = map(plugins.index, clash.plugins)
    return not clash.ordered or first < second


def packages_of(name: str) -> tuple[str, ...]:
    """The packages that a recipe installs, each with its version."""
    found = files("tuckan.sandbox").joinpath("recipes", f"{name}.txt")
    return tuple(found.read_text(encoding="utf-8").split()) if found.is_file() else ()


def recipe_for(name: str, ckan: str) -> Recipe:
    """A recipe that is to be used with a version of CKAN.

    Raises:
        InvalidArgument: when its packages do not run there.
    """
    found = recipes()[name]
    if found.only and not found.runs_on(ckan):
        raise InvalidArgument(
            f"The recipe {name!r} does not run on CKAN {ckan}: {found.only.why}.",
            hint=f"Use CKAN {' or '.join(found.only.ckan)}.",
        )
    return found


@cache
def _data() -> dict[str, object]:
    return tomllib.loads(files("tuckan.sandbox").joinpath("recipes", "recipes.toml").read_text(encoding="utf-8"))
