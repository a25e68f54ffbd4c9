"""What users hold: `Client` and `AsyncClient`, with one namespace for each kind of thing on a portal."""

from tuckan.client._async.client import AsyncClient
from tuckan.client._sync.client import Client, connect

__all__ = ["AsyncClient", "Client", "connect"]
