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
    from tuckan import errors, types
    from tuckan.audit.results import Audit
    from tuckan.client import AsyncClient, Client, connect
    from tuckan.errors import (
        Cancelled,
        ConfigurationError,
        Conflict,
        Incomplete,
        InDoubt,
        InvalidArgument,
        NotAuthorized,
        NotFound,
        NotKept,
        PortalError,
        Timeout,
        TransportError,
        TuckanError,
        TuckanWarning,
        ValidationError,
    )
    from tuckan.jobs.selection import DELETE_ALL, PATCH_ALL, PURGE_ALL, REVOKE_ALL
    from tuckan.mirror import Mirror
    from tuckan.readers.options import ReadOptions
    from tuckan.show import show
    from tuckan.snapshot import Snapshot, difference
    from tuckan.transport.dump import Dump
    from tuckan.version import __version__
    from tuckan.wire.retry import RetryPolicy

__all__ = [
    "DELETE_ALL",
    "PATCH_ALL",
    "PURGE_ALL",
    "REVOKE_ALL",
    "AsyncClient",
    "Audit",
    "Cancelled",
    "Client",
    "ConfigurationError",
    "Conflict",
    "Dump",
    "InDoubt",
    "Incomplete",
    "InvalidArgument",
    "Mirror",
    "NotAuthorized",
    "NotFound",
    "NotKept",
    "PortalError",
    "ReadOptions",
    "RetryPolicy",
    "Snapshot",
    "Timeout",
    "TransportError",
    "TuckanError",
    "TuckanWarning",
    "ValidationError",
    "__version__",
    "connect",
    "difference",
    "errors",
    "show",
    "types",
]

_HOMES = {
    "AsyncClient": "tuckan.client",
    "Audit": "tuckan.audit.results",
    "Dump": "tuckan.transport.dump",
    **dict.fromkeys(("DELETE_ALL", "PATCH_ALL", "PURGE_ALL", "REVOKE_ALL"), "tuckan.jobs.selection"),
    "Snapshot": "tuckan.snapshot",
    "difference": "tuckan.snapshot",
    "Client": "tuckan.client",
    "Mirror": "tuckan.mirror",
    "ReadOptions": "tuckan.readers.options",
    "RetryPolicy": "tuckan.wire.retry",
    "connect": "tuckan.client",
    "show": "tuckan.show",
    "__version__": "tuckan.version",
}
"""Where names are that are no errors."""

_MODULES = ("errors", "types")


if not TYPE_CHECKING:  # for type checkers, a name that is not above is an error

    def __getattr__(name: str) -> Any:
        # Loaded when first used, so that `import tuckan` and the command line's help start at once.
        if name in _MODULES:
            return importlib.import_module(f"tuckan.{name}")
        if name not in __all__:
            raise AttributeError(f"module 'tuckan' has no attribute {name!r}")
        value = getattr(importlib.import_module(_HOMES.get(name, "tuckan.errors")), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return __all__
