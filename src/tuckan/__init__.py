"""tuckan: everything a CKAN portal can do, from Python.

Example:
    >>> from tuckan import connect
    >>> with connect("https://example.org") as ckan:
    ...     print(ckan)
    Client('https://example.org')
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tuckan.client import AsyncClient, Client, connect
    from tuckan.readers.options import ReadOptions
    from tuckan.show import show
    from tuckan.version import __version__

__all__ = ["AsyncClient", "Client", "ReadOptions", "__version__", "connect", "show"]

_HOMES = {
    "AsyncClient": "tuckan.client",
    "Client": "tuckan.client",
    "ReadOptions": "tuckan.readers.options",
    "connect": "tuckan.client",
    "show": "tuckan.show",
    "__version__": "tuckan.version",
}


def __getattr__(name: str) -> Any:
    # Loaded when first used, so that `import tuckan` and the command line's help start at once.
    if name not in _HOMES:
        raise AttributeError(f"module 'tuckan' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
