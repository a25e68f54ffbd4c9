"""Files that a record names, uploaded to the resources of its dataset once it exists."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tuckan.errors import FileChanged, NotFound, NotTheFile
from tuckan.jobs.operation import Ended, Intent, Kind, Operation
from tuckan.snapshot import file_name
from tuckan.transport import Source
from tuckan.transport.durable import temporary_folder
from tuckan.wire import writing
from tuckan.wire.call import Call
from tuckan.wire.download_request import DownloadRequest
from tuckan.wire.downloading import downloading
from tuckan.wire.execute import execute
from tuckan.wire.flow import locally, within
from tuckan.wire.formats import ANY, format_of
from tuckan.wire.redaction import without_user_info
from tuckan.wire.uploading import Item, algorithm_of, uploading

if TYPE_CHECKING:
    from pathlib import Path

    from tuckan.jobs.operation import Portals, Record
    from tuckan.wire.download_request import DownloadResult
    from tuckan.wire.flow import Flow
    from tuckan.wire.portal_state import PortalState

FETCHED = "file"
"""The name of what is fetched: its own comes from another host, and may contain any path."""
MOST_FETCHED = 2_000_000_000
WANTS_FILES = "wants_files"
"""In what a run shares: whether the portal refused a dataset with resources whose files come later."""


class PutFile(Kind):
    """Upload a file to a resource, identified by its id.

    Its data has `dataset`, `resource`, `sha256`, and the file's `path`, or the `address` to fetch it from and its `name`;
    with `new` (the resource's fields) and `place` the resource is this job's own, and is sent with its file if the portal
    accepts none without.
    With `alone`, no other operation of the job creates the resource, so that undoing this one removes it.
    """

    name = "resource.file"

    def intent(self, operation: Operation) -> Intent:
        """To upload the file."""
        data, was = operation.data, operation.before or {}
        named = was.get("name") or (data.get("new") or {}).get("name")
        of = f"resource {named or data['resource']}" if named or was else "a new resource"
        fields = {f"file of {of}": (file_name(was) or None, _place(data))}
        return Intent("uploaded", fields)

    def do(self, operation: Operation, portals: Portals) -> Flow[Ended]:
        """Upload it; this is idempotent."""
        if operation.data.get("address"):
            return (yield from within(temporary_folder(), partial(self._from_address, operation, portals)))
        source = yield from locally(Source, operation.data["path"], sha256=operation.data["sha256"])
        return (yield from self._put(source, operation, portals))

    def _from_address(self, operation: Operation, portals: Portals, folder: Path) -> Flow[Ended]:
        """Fetch it once more; it has to be what it was when the job was planned."""
        data = operation.data
        got = yield from fetching(data["address"], folder / FETCHED, portals.target, data.get("format") or "")
        if got.hashes["sha256"] != data["sha256"]:
            raise FileChanged(
                f"{_place(data)} has changed since the job was planned; nothing was uploaded.",
                hint="Plan it again, to see what would be uploaded now.",
            )
        source = yield from locally(Source, folder / FETCHED, name=data["name"])
        return (yield from self._put(source, operation, portals))

    def _put(self, source: Source, operation: Operation, portals: Portals) -> Flow[Ended]:
        data = operation.data
        dataset, there = yield from self._read(operation, portals)
        if there is None and data["new"] is None:
            raise NotFound(
                f"The dataset {data['dataset']} has no resource {data['resource']} any more, for the file {_place(data)}.",
                hint="Somebody may have deleted it: load the record again.",
            )
        usual = {"name": source.name, "format": format_of(source.name)}
        if there is None:
            fields = {**usual, **{name: value for name, value in data["new"].items() if name != "id"}}
            item = Item(data["resource"], True, source, source.size, fields)
        else:
            fields = {name: value for name, value in usual.items() if not there.get(name)}
            item = Item(data["resource"], False, source, source.size, fields)
        after = yield from uploading(item, dataset["id"], portals.target)
        if there is None:
            if portals.shared.get(WANTS_FILES):
                portals.target.limitations.bare_resources = False  # it took with its file what it had refused without
            yield from _putting_in_place(dataset, data, portals)
        # Plugins may change what was just uploaded, and the answer does not show it.
        look = Call("resource_show", {"id": data["resource"]}, read_only=True)
        after = (yield from writing.reading_if_there(look, portals.target)) or {**after, "url_type": None}
        return Ended("uploaded", data["resource"], there, after)

    def check(self, operation: Operation, portals: Portals) -> Flow[Ended | None]:
        """Done if the resource has exactly this file."""
        data = operation.data
        _, there = yield from self._read(operation, portals)
        # Loaders store a hash of their own, which proves nothing; the file is then sent again.
        if there is None or algorithm_of(there.get("hash")) != ("sha256", data["sha256"]):
            return None
        return Ended("uploaded", data["resource"], None, there)

    def wrong_with(self, operation: Operation, ended: Ended, portals: Portals) -> Flow[str]:
        """Compare the resource, which was read after its upload."""
        del operation, portals
        yield from ()
        return "" if (ended.after or {}).get("url_type") == "upload" else "its file does not exist"

    def undo(self, operation: Operation, ended: Ended) -> Operation | str:
        """A new resource is removed, alone or with its dataset; a replaced file cannot be restored."""
        if operation.data.get("alone") and operation.data["new"] is not None:
            after = ended.after or {"id": ended.id}
            dataset = str(after.get("package_id") or operation.data["dataset"])
            data, left = {"id": dataset, "resources": [ended.id]}, {"id": dataset, "resources": [after]}
            return Operation(operation.key, "resource.delete", operation.subject, data, -operation.stage, before=left)
        return "" if operation.data["new"] else "the previous file was not saved"

    def _read(self, operation: Operation, portals: Portals) -> Flow[tuple[Record, Record | None]]:
        data = operation.data
        dataset = yield from self._dataset(operation, portals)
        resources: list[Record] = dataset.get("resources") or []
        return dataset, next((one for one in resources if one["id"] == data["resource"]), None)

    def _dataset(self, operation: Operation, portals: Portals) -> Flow[Record]:
        """Its dataset: by the id seen in this run, by name, or by the resource if the portal has renamed it."""
        data = operation.data
        named = next((portals.shared[key] for key in operation.needs if key in portals.shared), data["dataset"])
        there = (yield from writing.reading_if_there(writing.dataset(named), portals.target)) if named else None
        if there is not None:
            return there
        look = Call("resource_show", {"id": data["resource"]}, read_only=True)
        resource = yield from writing.reading_if_there(look, portals.target)
        if resource is None:
            raise NotFound(
                f"{operation.subject} no longer exists, for the file {_place(data)}.",
                hint="The portal may have renamed it: load the record again, matched by fields other than its name.",
            )
        return (yield from writing.reading(writing.dataset(str(resource["package_id"])), portals.target))


def fetching(address: str, into: Path, portal_state: PortalState, format: str = "") -> Flow[DownloadResult]:  # noqa: A002 - CKAN's own word
    """Fetch a file from an address; the token goes to the portal's own host only.

    Args:
        address: the address.
        into: the file to write.
        portal_state: the portal.
        format: the format that it should have; any but a web page where neither this nor the address tells.

    Raises:
        NotTheFile: a page or an error came instead of it, or it is larger than `MOST_FETCHED` bytes.
        NotFound, NotAuthorized, TransportError: it cannot be fetched.
    """
    resource = {"url": address, "format": format}
    wanted = DownloadRequest(
        resource,
        str(into),
        most=MOST_FETCHED,
        hashes=("sha256", "sha1", "md5"),
        called=without_user_info(address),
        otherwise=ANY,
    )
    got = yield from downloading(wanted, portal_state)
    if got.outcome != "fetched":
        raise NotTheFile(
            f"{wanted.about}: the file is larger than {MOST_FETCHED:,} bytes, and is not fetched.",
            hint="Download it, and upload it from this machine.",
        )
    return got


def _place(data: Record) -> str:
    """Where the file is, for people."""
    return without_user_info(data["address"]) if data.get("address") else str(data["path"])


def _putting_in_place(dataset: Record, data: Record, portals: Portals) -> Flow[None]:
    """A resource that was sent with its file comes last; its record may have it elsewhere."""
    ids = [one["id"] for one in dataset.get("resources") or []]
    if data["place"] < len(ids):
        order = [*ids[: data["place"]], data["resource"], *ids[data["place"] :]]
        params = {"id": dataset["id"], "order": order}
        yield from execute(Call("package_resource_reorder", params, idempotent=True), portals.target)
