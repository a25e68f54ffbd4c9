"""A real CKAN on this machine, in one command."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from tuckan._optional import load

if TYPE_CHECKING:
    from tuckan.sandbox.sandbox import Sandbox, sandboxes
    from tuckan.sandbox.starting import PARTS
    from tuckan.sandbox.status import PartStatus, Status

__all__ = ["PARTS", "PartStatus", "Sandbox", "Status", "sandboxes"]

_MODULES = {"PARTS": "starting", "PartStatus": "status", "Status": "status"}


def __getattr__(name: str) -> Any:
    # Loaded lazily: the pytest plugin is in this package, and pytest loads it wherever tuckan is installed,
    # with or without the sandbox extra.
    if name not in __all__:
        raise AttributeError(f"module 'tuckan.sandbox' has no attribute {name!r}")
    load("psutil", extra="sandbox", purpose="run a sandbox")
    value = getattr(importlib.import_module(f"tuckan.sandbox.{_MODULES.get(name, 'sandbox')}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
