"""The only I/O below the client: HTTP, waiting, uploads and downloads of files, dumps."""

from tuckan.transport.async_driver import AsyncDriver
from tuckan.transport.body_buffer import MAX_ANSWER_BYTES
from tuckan.transport.http import HttpOptions
from tuckan.transport.json_lines import line_writer
from tuckan.transport.sync_driver import SyncDriver, until
from tuckan.transport.upload_source import Source, sources

__all__ = ["MAX_ANSWER_BYTES", "AsyncDriver", "HttpOptions", "Source", "SyncDriver", "line_writer", "sources", "until"]
