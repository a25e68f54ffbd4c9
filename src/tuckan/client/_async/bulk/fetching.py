"""Files that a workbook names by their addresses, fetched to know what they are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from tuckan.errors import ConfigurationError, PortalError, TransportError
from tuckan.jobs.kinds.files import FETCHED, fetching
from tuckan.transport.durable import temporary_folder
from tuckan.wire.file_names import file_name
from tuckan.wire.flow import within

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tuckan.client._async.connection import AsyncConnection
    from tuckan.wire.flow import Flow
    from tuckan.wire.portal_state import PortalState


@dataclass(frozen=True, slots=True)
class FetchedFile:
    """A file at an address, as it was when the job was planned.

    Attributes:
        name: its name.
        size: its size in bytes.
        hashes: names of algorithms with its hashes.
    """

    name: str
    size: int
    hashes: Mapping[str, str]

    def hash(self, algorithm: str) -> str:
        """One of its hashes; empty if it is not known."""
        return self.hashes.get(algorithm, "")

    def facts(self) -> dict[str, Any]:
        """What the journal of a job keeps of it."""
        return {"name": self.name, "size": self.size, "hashes": dict(self.hashes)}


async def fetch_all(connection: AsyncConnection, wanted: Mapping[str, str]) -> dict[str, FetchedFile | str]:
    """Fetch the files at some addresses; they are not kept, only what identifies them.

    Args:
        connection: the connection to the portal, whose token goes to its own host only.
        wanted: the addresses, each with the format that its file should have, or nothing.

    Returns:
        For each address its file, or why it can't be fetched.
    """
    found: dict[str, FetchedFile | str] = {}

    async def fetch(address: str, format: str) -> None:  # noqa: A002 - CKAN's own word
        flow = within(temporary_folder(), partial(_fetched, address, format, connection.portal_state))
        try:
            found[address] = await connection.run(flow)
        except ConfigurationError:
            raise
        except (PortalError, TransportError) as error:
            found[address] = error.message.rstrip(".")

    with connection.progress("fetching", total=len(wanted), unit="files") as progress:
        async for _ in connection.side_by_side(partial(fetch, *one) for one in wanted.items()):
            progress.step()
    return found


def _fetched(address: str, format: str, portal_state: PortalState, folder: Path) -> Flow[FetchedFile]:  # noqa: A002 - CKAN's own word
    got = yield from fetching(address, folder / FETCHED, portal_state, format)
    named = {"format": format}
    name = file_name(named, got.url, got.headers.get("content-disposition", ""))
    return FetchedFile(name, got.size, dict(got.hashes))
