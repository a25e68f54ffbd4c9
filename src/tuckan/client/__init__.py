"""What users hold: `Client` and `AsyncClient`, with one namespace for each kind of thing on a portal."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tuckan.client._async.client import AsyncClient
    from tuckan.client._sync.bulk.job import Job
    from tuckan.client._sync.bulk.push import PushJob
    from tuckan.client._sync.client import Client, connect
    from tuckan.jobs.selection import DELETE_ALL, PATCH_ALL, PURGE_ALL, REVOKE_ALL

__all__ = [
    "DELETE_ALL",
    "PATCH_ALL",
    "PURGE_ALL",
    "REVOKE_ALL",
    "AsyncClient",
    "Client",
    "Job",
    "PushJob",
    "connect",
]

_HOMES = {
    **dict.fromkeys(("DELETE_ALL", "PATCH_ALL", "PURGE_ALL", "REVOKE_ALL"), "tuckan.jobs.selection"),
    "AsyncClient": "tuckan.client._async.client",
    "Client": "tuckan.client._sync.client",
    "Job": "tuckan.client._sync.bulk.job",
    "PushJob": "tuckan.client._sync.bulk.push",
    "connect": "tuckan.client._sync.client",
}


if not TYPE_CHECKING:  # for type checkers, a name that is not above is an error

    def __getattr__(name: str) -> Any:
        # Loaded when first used: whoever wants one of the two clients does not wait for the other.
        if name not in _HOMES:
            raise AttributeError(f"module 'tuckan.client' has no attribute {name!r}")
        value = getattr(importlib.import_module(_HOMES[name]), name)
        globals()[name] = value
        return value
