"""The only input and output below the client: HTTP, waiting, files being read to be sent."""

from tuckan.transport.async_driver import AsyncDriver
from tuckan.transport.http import HttpOptions
from tuckan.transport.sync_driver import SyncDriver

__all__ = ["AsyncDriver", "HttpOptions", "SyncDriver"]
