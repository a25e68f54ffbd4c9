"""The packages of CKAN's environment: its pins, and those that a setup adds."""

from __future__ import annotations

import hashlib
import re
import tomllib
from importlib.metadata import Distribution, distributions
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import url2pathname

import msgspec

from tuckan.sandbox.recipe import packages_of, recipe_for
from tuckan.sandbox.setup import is_path

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tuckan.sandbox.setup import Setup

METADATA = ("pyproject.toml", "setup.py", "setup.cfg", "requirements.txt")
"""Files in a package's folder that define its metadata and dependencies."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_EXACT = re.compile(r"[A-Za-z0-9._-]+==[\w.+!-]+")


def pins(ckan: str) -> str:
    """CKAN's own packages with their versions, and those of a sandbox."""
    short = ".".join(ckan.split(".")[:2])
    return files("tuckan.sandbox").joinpath("pins", f"{short}.txt").read_text(encoding="utf-8")


def name_of(requirement: str) -> str:
    """The name of a requirement's package, as names are compared.

    Example:
        >>> name_of("Ckanext_Pages[all]>=0.5")
        'ckanext-pages'
    """
    found = _NAME.match(requirement)
    return re.sub(r"[-_.]+", "-", found[0]).lower() if found else ""


def requested(ckan: str, setup: Setup) -> str:
    """The unresolved requirements of an environment, comparable as text."""
    described = [f"# {path}: {_digest(path)}" for path in setup.folders]
    return "\n".join([known(ckan, setup), *described, *setup.install, *(f"{one} !" for one in setup.override)])


def complete(ckan: str, setup: Setup) -> str | None:
    """All packages of an environment, one per line; None if versions must first be resolved with a registry."""
    lines = known(ckan, setup)
    names = {name_of(one) for one in lines.split()}
    needs = [_needs(one) for one in setup.folders]
    if len(needs) < len(setup.install) or not all(map(_EXACT.fullmatch, setup.override)):
        return None
    if any(one is None or not names.issuperset(one) for one in needs):
        return None
    return lines + "".join(f"-e {one} # {_digest(one)}\n" for one in setup.folders)


def _needs(folder: Path) -> set[str] | None:
    """The dependencies of a package in a folder, or None if they are not declared statically."""
    if (folder / "requirements.txt").is_file() or not (folder / "pyproject.toml").is_file():
        return None
    try:
        project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8")).get("project", {})
    except ValueError:
        return None
    if not project or "dependencies" in project.get("dynamic", ()):
        return None
    return {name_of(str(one)) for one in project.get("dependencies", ())}


def known(ckan: str, setup: Setup) -> str:
    """The packages whose versions are known: CKAN's pins, and those of recipes, with their overrides.

    Raises:
        InvalidArgument: when a recipe does not run on this CKAN.
    """
    used = {name: recipe_for(name, ckan) for name in setup.recipes}
    if not used and not setup.override:
        return pins(ckan)
    named = {name_of(one): one for one in pins(ckan).split()}
    for name, recipe in used.items():
        for one in packages_of(name):
            named.setdefault(name_of(one), one)
        named.update({name_of(one): one for one in recipe.override})
    named.update({name_of(one): one for one in setup.override if _EXACT.fullmatch(one)})
    return "".join(f"{named[one]}\n" for one in sorted(named))


def to_resolve(ckan: str, setup: Setup) -> tuple[str, str]:
    """The requirements and the overrides, both as requirements files."""
    open_ones = {name_of(one): one for one in setup.override}
    asked = {name_of(one) for one in setup.install if not is_path(one)}
    # An explicitly requested package may have another version than that of a recipe.
    fixed = [one for one in known(ckan, setup).split() if name_of(one) not in {*open_ones, *asked}]
    wanted = [*fixed, *(f"-e {one}" if is_path(one) else one for one in setup.install), *open_ones.values()]
    more = [f"-r {path / 'requirements.txt'}" for path in setup.folders if (path / "requirements.txt").is_file()]
    return "\n".join([*wanted, *more, ""]), "\n".join([*fixed, *open_ones.values(), ""])


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for name in METADATA:
        if (folder / name).is_file():
            digest.update(name.encode() + (folder / name).read_bytes())
    return digest.hexdigest()[:12]


class Installed:
    """The packages of an environment, and the plugins for CKAN in them."""

    def __init__(self, site_packages: Path) -> None:
        found = distributions(path=[str(site_packages)])
        self._packages: dict[str, Distribution] = {}
        for one in found:
            self._packages.setdefault(name_of(one.name), one)
        self.plugins = {
            entry.name: name
            for name, one in self._packages.items()
            for entry in one.entry_points
            if entry.group == "ckan.plugins"
        }
        """CKAN's own name of each plugin, with the package that has it."""

    def version(self, package: str) -> str | None:
        """The version of a package, or None if it is not installed."""
        found = self._packages.get(package)
        return found.version if found else None

    def package_for(self, given: str) -> str:
        """The name of the package that was installed for a requirement or a folder."""
        if not is_path(given):
            return name_of(given)
        address = Path(given).as_uri()
        return next((name for name, one in self._packages.items() if _origin(one) == address), "")

    def migrations(self, plugins: Iterable[str]) -> tuple[str, ...]:
        """The packages of plugins that change CKAN's database, each with a fingerprint of its state."""
        packages = dict.fromkeys(self.plugins[one] for one in plugins if one in self.plugins)
        return tuple(state for name in packages if (state := self._migrations_of(self._packages[name])))

    def _migrations_of(self, package: Distribution) -> str:
        origin = _origin(package)
        if origin.startswith("file://"):
            folder = Path(url2pathname(urlsplit(origin).path))
            scripts = sorted(one for one in folder.glob("ckanext/*/migration/**/*.py"))
            content = b"".join(str(one).encode() + one.read_bytes() for one in scripts)
            return f"{folder} {hashlib.sha256(content).hexdigest()}" if scripts else ""
        listed = any("migration" in one.parts and one.name == "env.py" for one in package.files or ())
        return f"{package.name}=={package.version}" if listed and package.name != "ckan" else ""


def _origin(package: Distribution) -> str:
    text = package.read_text("direct_url.json")
    return str(msgspec.json.decode(text)["url"]).rstrip("/") if text else ""
