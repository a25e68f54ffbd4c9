"""Files that a record names, put into the resources of its dataset once that is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuckan.errors import NotFound
from tuckan.jobs.operation import Ended, Intent
from tuckan.transport import Source
from tuckan.wire import writing
from tuckan.wire.call import Call
from tuckan.wire.formats import format_of
from tuckan.wire.uploading import Item, algorithm_of, uploading

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tuckan.jobs.operation import Operation, Portals, Record
    from tuckan.wire.flow import Flow


class PutFile:
    """Upload a file. Its data has `dataset`, the `place` of the resource in it, `path` and `sha256`."""

    name = "resource.file"

    def intent(self, operation: Operation) -> Intent:
        """To change the file."""
        data = operation.data
        return Intent("changed", {f"file of resource {data['place']}": (None, data["path"])})

    def do(self, operation: Operation, portals: Portals) -> Flow[Ended]:
        """Upload it; sent twice, it is the same file."""
        there = yield from self._resource(operation, portals)
        source = Source(operation.data["path"])
        usual = {"name": source.name, "format": format_of(source.name)}
        item = Item(
            there["id"], False, source, source.size, {key: it for key, it in usual.items() if not there.get(key)}
        )
        after = yield from uploading(item, "", portals.target)
        return Ended("changed", str(there["id"]), there, after)

    def check(self, operation: Operation, portals: Portals) -> Flow[Ended | None]:
        """Done when the resource has this very file."""
        there = yield from self._resource(operation, portals)
        return Ended("changed", str(there["id"]), None, there) if has_file(there, operation.data["sha256"]) else None

    def wrong(self, ended: Sequence[tuple[Operation, Ended]], portals: Portals) -> Flow[Mapping[str, str]]:
        """Read the resources again."""
        wrong: dict[str, str] = {}
        for operation, one in ended:
            look = Call("resource_show", {"id": one.id}, read_only=True)
            there = yield from writing.reading_if_there(look, portals.target)
            if there is None or there.get("url_type") != "upload":
                wrong[operation.key] = "its file is not there"
        return wrong

    def undo(self, operation: Operation, ended: Ended) -> Operation | str:  # noqa: ARG002 - Kind's own signature
        """Nobody keeps the file that was there before."""
        return "the file that was there before is not kept"

    def _resource(self, operation: Operation, portals: Portals) -> Flow[Record]:
        data = operation.data
        dataset = yield from writing.reading(writing.dataset(data["dataset"]), portals.target)
        resources: list[Any] = dataset.get("resources") or []
        if data["place"] >= len(resources):
            raise NotFound(f"The dataset {data['dataset']} has no resource number {data['place']} for {data['path']}.")
        found: Record = resources[data["place"]]
        return found


def has_file(resource: Mapping[str, Any], sha256: str) -> bool:
    """Whether a resource has this very file, as far as it says; loaders write a hash of theirs, which says nothing."""
    return resource.get("url_type") == "upload" and algorithm_of(resource.get("hash")) == ("sha256", sha256)
