"""The operation that deletes resources of a dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuckan.jobs.kinds.datasets import OnDatasets, ended_by, intended_change, undo_of_change
from tuckan.jobs.operation import Ended, Intent, Operation
from tuckan.snapshot import list_edits
from tuckan.wire import writing
from tuckan.wire.call import Call
from tuckan.wire.removing import removing

if TYPE_CHECKING:
    from collections.abc import Collection

    from tuckan.jobs.operation import Portals, Record
    from tuckan.wire.flow import Flow


class DeleteResources(OnDatasets):
    """Delete resources of one dataset. Its data has the dataset's `id` and the ids of the `resources`."""

    name = "resource.delete"

    def intent(self, operation: Operation) -> Intent:
        """The intent: to change the dataset, which loses them."""
        before, gone = operation.before or {}, set(operation.data["resources"])
        intent = intended_change(before, list_edits.without_resources(before, gone))
        tables = [one for one in before.get("resources") or () if one["id"] in gone and one.get("datastore_active")]
        notes = [f"the table of {one.get('name') or one['id']} is removed permanently" for one in tables]
        return Intent(intent.what, intent.fields, (*intent.notes, *notes))

    def do(self, operation: Operation, portals: Portals) -> Flow[Ended]:
        """Delete them: all but the last with one write, and the last one separately.

        CKAN notifies its plugins only of a separately deleted resource; the DataStore then removes the tables of all that
        are deleted.
        """
        id_, gone, portal_state = operation.data["id"], set(operation.data["resources"]), portals.target

        def change(there: Record) -> Record:
            return list_edits.without_resources(there, _resources(there, gone)[:-1])

        edit = yield from writing.editing(id_, change, portal_state)
        there = edit.after
        for last in _resources(there, gone):
            look = Call("resource_show", {"id": last}, read_only=True)
            yield from removing(Call("resource_delete", {"id": last}), look, portal_state)
            there = yield from writing.reading(writing.dataset(id_), portal_state)
        return ended_by(writing.Edit(edit.before, there, {"resources": []} if there != edit.before else {}))

    def check(self, operation: Operation, portals: Portals) -> Flow[Ended | None]:
        """Done if the dataset has none of them, or is gone itself."""
        data = operation.data
        there = yield from writing.reading_if_there(writing.dataset(data["id"]), portals.target)
        if there is not None and _resources(there, data["resources"]):
            return None
        return Ended("changed", data["id"], operation.before, there)

    def _unlike(self, operation: Operation, ended: Ended, there: Record | None, portals: Portals) -> str:  # noqa: ARG002
        left = _resources(there, operation.data["resources"])
        return f"it still has {', '.join(left[:5])}{' and others' if len(left) > 5 else ''}" if left else ""

    def undo(self, operation: Operation, ended: Ended) -> Operation | str:
        """Restore the links, if the resources are as the job left them; files may be restorable, tables are not."""
        return undo_of_change(operation, ended, {"resources": []})


def _resources(dataset: Record | None, among: Collection[str]) -> list[str]:
    """The ids of the resources of a dataset that are among some."""
    return [one["id"] for one in (dataset or {}).get("resources") or () if one["id"] in among]
