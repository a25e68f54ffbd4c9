"""What users hold: `Client` and `AsyncClient`, with one namespace for each kind of thing on a portal."""

from tuckan.client._async.client import AsyncClient
from tuckan.client._sync.client import Client, connect
from tuckan.client._sync.job import Job
from tuckan.client._sync.push import PushJob
from tuckan.client._sync.tokens import REVOKE_ALL

__all__ = ["REVOKE_ALL", "AsyncClient", "Client", "Job", "PushJob", "connect"]
