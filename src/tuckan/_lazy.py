"""Packages whose names are imported from their modules when they are first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def lazily(package: str, *modules: str) -> Callable[[str], Any]:
    """The `__getattr__` of a package that exports names of its modules and imports no module before one is needed.

    Args:
        package: the package's name.
        modules: its modules, in the order in which they are searched: those that import least come first.

    Example:
        >>> find = lazily("tuckan.snapshot", "portal_snapshot", "verification")
        >>> find("Verification").__module__
        'tuckan.snapshot.verification'
    """

    def find(name: str) -> Any:
        here = import_module(package)
        if name in modules:
            return import_module(f"{package}.{name}")
        for module in modules if name in here.__all__ else ():
            found = import_module(f"{package}.{module}")
            if hasattr(found, name):
                value = getattr(found, name)
                setattr(here, name, value)
                return value
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return find
