"""Files that a record names, uploaded to the resources of its dataset once it exists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuckan.errors import NotFound
from tuckan.jobs.operation import Ended, Intent, Kind, Operation
from tuckan.snapshot import file_name
from tuckan.transport import Source
from tuckan.wire import writing
from tuckan.wire.call import Call
from tuckan.wire.execute import execute
from tuckan.wire.flow import locally
from tuckan.wire.formats import format_of
from tuckan.wire.uploading import Item, algorithm_of, uploading

if TYPE_CHECKING:
    from tuckan.jobs.operation import Portals, Record
    from tuckan.wire.flow import Flow

WANTS_FILES = "wants_files"
"""In what a run shares: whether the portal refused a dataset with resources whose files come later."""


class PutFile(Kind):
    """Upload a file to a resource, identified by its id.

    Its data has `dataset`, `resource`, `path` and `sha256`; with `new` (the resource's fields) and `place` the resource is
    this job's own, and is sent with its file if the portal accepts none without.
    With `alone`, no other operation of the job creates the resource, so that undoing this one removes it.
    """

    name = "resource.file"

    def intent(self, operation: Operation) -> Intent:
        """To upload the file."""
        data, was = operation.data, operation.before or {}
        fields = {f"file of resource {data['resource']}": (file_name(was) or None, data["path"])}
        return Intent("uploaded", fields)

    def do(self, operation: Operation, portals: Portals) -> Flow[Ended]:
        """Upload it; this is idempotent."""
        data = operation.data
        dataset, there = yield from self._read(operation, portals)
        if there is None and data["new"] is None:
            raise NotFound(
                f"The dataset {data['dataset']} has no resource {data['resource']} any more, for the file {data['path']}.",
                hint="Somebody may have deleted it: load the record again.",
            )
        source = yield from locally(Source, data["path"])
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
        """Read the resource again."""
        del operation
        look = Call("resource_show", {"id": ended.id}, read_only=True)
        there = yield from writing.reading_if_there(look, portals.target)
        return "its file does not exist" if there is None or there.get("url_type") != "upload" else ""

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
                f"{operation.subject} no longer exists, for the file {data['path']}.",
                hint="The portal may have renamed it: load the record again, matched by fields other than its name.",
            )
        return (yield from writing.reading(writing.dataset(str(resource["package_id"])), portals.target))


def _putting_in_place(dataset: Record, data: Record, portals: Portals) -> Flow[None]:
    """A resource that was sent with its file comes last; its record may have it elsewhere."""
    ids = [one["id"] for one in dataset.get("resources") or []]
    if data["place"] < len(ids):
        order = [*ids[: data["place"]], data["resource"], *ids[data["place"] :]]
        params = {"id": dataset["id"], "order": order}
        yield from execute(Call("package_resource_reorder", params, idempotent=True), portals.target)
