"""From a setup and the installed packages to the plugins that CKAN loads, and their settings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tuckan._text import did_you_mean
from tuckan.errors import InvalidArgument
from tuckan.sandbox.ini import PLUGINS
from tuckan.sandbox.recipe import clashing, packages_of, recipe_for, recipes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tuckan.sandbox.packages import Installed
    from tuckan.sandbox.setup import Setup


_RECIPES = Path(__file__).parent / "recipes"


@dataclass(frozen=True, slots=True)
class Extensions:
    """The plugins that CKAN loads, and what they need.

    Attributes:
        plugins: all plugins, in order.
        config: settings besides those of every sandbox.
        services: stand-ins for services that the plugins call.
        migrations: the packages of plugins that change the database, each with a fingerprint of its state.
        after: commands that prepare the database.
        solr: files with fields of the search schema.
    """

    plugins: tuple[str, ...] = tuple(PLUGINS.split())
    config: tuple[tuple[str, str], ...] = ()
    services: tuple[str, ...] = ()
    migrations: tuple[str, ...] = ()
    after: tuple[tuple[str, ...], ...] = ()
    solr: tuple[str, ...] = ()


def extensions(ckan: str, setup: Setup, installed: Installed, tell: Callable[[str], None]) -> Extensions:
    """Resolve a setup against the installed packages.

    Raises:
        InvalidArgument: when a plugin does not exist or is ambiguous.
    """
    used = {name: recipe_for(name, ckan) for name in setup.recipes}
    config = {key: value for one in used.values() for key, value in one.config.items()} | setup.config
    whole = config.pop("ckan.plugins", None)
    plugins = whole.split() if whole is not None else _plugins(setup, config, installed, tell)
    for one in plugins:
        if one not in installed.plugins:
            raise _no_plugin(one, installed)
    for clash in clashing(plugins, config):
        tell(f"note: {' and '.join(clash.plugins)} are known to clash: {clash.why}")
    return Extensions(
        tuple(plugins),
        tuple(config.items()),
        tuple(one.service for one in used.values() if one.service),
        installed.migrations(plugins),
        setup.after,
        (*(str(_RECIPES / one.solr) for one in used.values() if one.solr), *filter(None, [setup.solr_schema])),
    )


def _plugins(setup: Setup, config: Mapping[str, str], installed: Installed, tell: Callable[[str], None]) -> list[str]:
    """The requested plugins in order, followed by those of every sandbox."""
    found: list[str] = []
    by_name = {name for kind, name in setup.load if kind == "plugin"}
    for kind, name in setup.load:
        if kind == "recipe":
            found += recipes()[name].plugins
        elif kind == "plugin":
            found.append(name)
        else:
            found += _plugins_of(name, by_name, installed)
    found = list(dict.fromkeys([*found, *PLUGINS.split()]))
    for clash in clashing(found, config):
        one, other = clash.plugins
        if one in by_name:
            continue
        found.remove(one)
        if clash.ordered:
            found.insert(found.index(other) + 1, one)
        else:
            tell(f"leaving out {one}: beside {other}, {clash.why}")
    return found


def _plugins_of(given: str, by_name: set[str], installed: Installed) -> list[str]:
    """The plugin of a requested package, if unambiguous."""
    package = installed.package_for(given)
    there = [one for one, home in installed.plugins.items() if home == package]
    if by_name.intersection(there):
        return []
    if len(there) > 1:
        there = [one for one in there if one == package.removeprefix("ckanext-").replace("-", "_")] or there
    if len(there) == 1:
        return there
    if not there:
        raise InvalidArgument(
            f"{given} has no plugin for CKAN.",
            hint="A plugin is an entry point of the package, in the group ckan.plugins.",
        )
    raise InvalidArgument(
        f"{given} has several plugins: {', '.join(sorted(there))}.",
        hint=f"Name those that you want as well: --plugin {there[0]}",
    )


def _no_plugin(name: str, installed: Installed) -> InvalidArgument:
    recipe = next((key for key, one in recipes().items() if name in one.plugins and packages_of(key)), None)
    if recipe:
        return InvalidArgument(f"The plugin {name!r} is not installed.", hint=f"The recipe {recipe!r} installs it.")
    package = f"ckanext-{name.replace('_', '-')}"
    return InvalidArgument(
        f"There is no recipe and no installed plugin {name!r}.",
        hint=did_you_mean(name, [*recipes(), *installed.plugins])
        or f"A package is given by its own name, such as {package}.",
    )
