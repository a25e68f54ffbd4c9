"""Operations that copy the file of a resource from one portal to another."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuckan.errors import ConfigurationError, Incomplete
from tuckan.jobs.kinds.datasets import READ_AT_ONCE, finding
from tuckan.jobs.operation import Ended, Intent, Kind, Operation
from tuckan.transport import Source
from tuckan.transport.download_writer import hash_of
from tuckan.transport.durable import temporary_folder
from tuckan.wire import writing
from tuckan.wire.call import Call
from tuckan.wire.download_request import DownloadRequest
from tuckan.wire.downloading import downloading
from tuckan.wire.flow import locally, within
from tuckan.wire.uploading import Item, algorithm_of, uploading

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tuckan.jobs.operation import Portals, Record
    from tuckan.wire.flow import Flow
    from tuckan.wire.portal_state import PortalState


class CopyFile(Kind):
    """Download a file from one portal and upload it to the other.

    Its data has the id of the `resource`, the name of the `file`, its resource at the `source`, what is `told`
    of it, and whether it is `new`. A file that is kept on this machine has its `path` and `sha256` as well.
    """

    name = "copy.file"

    def intent(self, operation: Operation) -> Intent:
        """To upload it."""
        return Intent("created" if operation.data["new"] else "changed")

    def do(self, operation: Operation, portals: Portals) -> Flow[Ended]:
        """Download it, and upload it unless the portal already has this file."""
        if "path" in operation.data:
            path, sha256 = Path(operation.data["path"]), operation.data["sha256"]
            size = yield from locally(_checked, path, sha256)
            return (yield from _sending(operation, path, size, sha256, portals.target))
        if portals.source is None:
            raise ConfigurationError("The portal that the file comes from is not known.", hint="Copy it again.")
        return (yield from within(temporary_folder(), partial(_copying, operation, portals.source, portals.target)))

    def wrong(self, ended: Sequence[tuple[Operation, Ended]], portals: Portals) -> Flow[Mapping[str, str]]:
        """Those whose size or hash differs now."""
        wrong: dict[str, str] = {}
        for start in range(0, len(ended), READ_AT_ONCE):
            some = ended[start : start + READ_AT_ONCE]
            ids = {str((one.after or {}).get("package_id")) for _, one in some}
            datasets = yield from finding("id", sorted(ids), portals.target)
            found = {one["id"]: one for dataset in datasets.values() for one in dataset.get("resources") or ()}
            for operation, one in some:
                if not _is_so(found.get(one.id), one):
                    there = yield from _resource(one.id, portals.target)
                    if not _is_so(there, one):
                        wrong[operation.key] = "the portal has another file"
        return wrong

    def undo(self, operation: Operation, ended: Ended) -> Operation | str:  # noqa: ARG002 - nothing of it is needed
        """A new file is removed with its resource; a replaced one cannot be restored."""
        return "" if operation.data["new"] else "the previous file was not saved"


def _copying(operation: Operation, source: PortalState, target: PortalState, folder: Path) -> Flow[Ended]:
    path = folder / "file"  # its own name comes from the other portal, and may contain any path
    got = yield from downloading(DownloadRequest(operation.data["source"], str(path), check=False), source)
    return (yield from _sending(operation, path, got.size, got.hashes["sha256"], target))


def _checked(path: Path, sha256: str) -> int:
    """The size of a file that has this hash.

    Raises:
        ConfigurationError: when it has another, or does not exist.
    """
    if not path.is_file() or hash_of(path) != sha256:
        what = "has another content" if path.is_file() else "does not exist"
        raise ConfigurationError(
            f"The file {path} {what}; it was not sent.", hint="Fetch it again: tuckan mirror sync --files"
        )
    return path.stat().st_size


def _sending(operation: Operation, path: Path, size: int, sha256: str, target: PortalState) -> Flow[Ended]:
    data = operation.data
    there = yield from _resource(data["resource"], target)
    if there.get("last_modified") and algorithm_of(there.get("hash")) == ("sha256", sha256):
        return Ended("unchanged", data["resource"], None, _kept(there))
    file = yield from locally(Source, path, name=_own_name(data["file"]))
    made = yield from uploading(Item(data["resource"], False, file, size, data["told"]), "", target)
    if algorithm_of(made.get("hash")) != ("sha256", sha256) or str(made.get("size")) != str(size):
        raise Incomplete(
            f"The file {data['file']} on the portal differs from what was sent.",
            expected=size,
            received=int(made.get("size") or 0),
            hint="Copy once more.",
        )
    return Ended("created" if data["new"] else "changed", data["resource"], None, _kept(made))


def _own_name(file: str) -> str:
    """The last part of a file's name, as Linux and Windows write paths, without control characters."""
    last = re.split(r"[/\\]", re.sub(r"^[A-Za-z]:|[\x00-\x1f\x7f]", "", file))[-1].strip()
    return "file" if last in ("", ".", "..") else last


def _resource(id_: str, portal_state: PortalState) -> Flow[Record]:
    return (yield from writing.reading(Call("resource_show", {"id": id_}, read_only=True), portal_state))


def _kept(resource: Record) -> Record:
    return {name: resource.get(name) for name in ("id", "package_id", "size", "hash", "url", "last_modified")}


def _is_so(there: Mapping[str, Any] | None, ended: Ended) -> bool:
    """Whether a resource has the file; a loader may have stored a hash of another kind."""
    after = ended.after or {}
    if there is None or str(there.get("size")) != str(after.get("size")):
        return False
    now, sent = algorithm_of(there.get("hash")), algorithm_of(after.get("hash"))
    return now is None or sent is None or now[0] != sent[0] or now == sent
