"""Operations that give the resources of a dataset the views that they have on another portal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuckan import errors
from tuckan.jobs.kinds.copied_datasets import emptied
from tuckan.jobs.operation import Ended, Kind, Operation
from tuckan.snapshot import changed_fields, paired
from tuckan.snapshot.canonical import normal_view
from tuckan.wire import writing
from tuckan.wire.call import Call
from tuckan.wire.doubt import once
from tuckan.wire.execute import execute

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tuckan.jobs.operation import Portals, Record
    from tuckan.wire.flow import Flow
    from tuckan.wire.portal_state import PortalState


class CopyViews(Kind):
    """Give resources their views. Its data has `resources`: their ids, each with its views in their order.

    With `left`, the views as a copy left them, it undoes that: views that somebody else has added or changed since stay.
    """

    name = "copy.views"
    intended = "changed"

    def do(self, operation: Operation, portals: Portals) -> Flow[Ended]:
        """Create, change, delete and order views, as far as that is needed; the portal may have made some itself."""
        before: dict[str, list[Record]] = {}
        after: dict[str, list[Record]] = {}
        left: Mapping[str, list[Record]] = operation.data.get("left") or {}
        for resource, views in operation.data["resources"].items():
            there = yield from _views(resource, portals.target)
            before[resource] = [normal_view(one) for one in there]
            ours: list[Record] = [*views, *left.get(resource, before[resource])]
            wanted: list[Record] = [*views, *(one for one in before[resource] if one not in ours)]
            if before[resource] != wanted:
                yield from _putting(resource, wanted, there, portals.target)
            after[resource] = wanted
        return Ended("unchanged" if before == after else "changed", "", before, after)

    def check(self, operation: Operation, portals: Portals) -> Flow[Ended | None]:
        """Done when the resources have their views."""
        for resource, wanted in operation.data["resources"].items():
            there = yield from _views(resource, portals.target)
            if [normal_view(one) for one in there] != wanted:
                return None
        return Ended("changed", after=operation.data["resources"])

    def wrong_with(self, operation: Operation, ended: Ended, portals: Portals) -> Flow[str]:
        """Whether a resource has other views."""
        del ended
        for resource, wanted in operation.data["resources"].items():
            there = yield from _views(resource, portals.target)
            found = [normal_view(one) for one in there]
            # A loader that finishes later may add one of its own, but not the same again.
            if any(found.count(one) != wanted.count(one) for one in wanted):
                return f"resource {resource} does not have exactly the views that were sent"
        return ""

    def undo(self, operation: Operation, ended: Ended) -> Operation | str:
        """Restore their previous views."""
        if ended.before is None:
            return "the previous views are not known"
        data = {"resources": ended.before, "left": ended.after}
        return Operation(operation.key, self.name, operation.subject, data, -operation.stage, before=ended.after)


def _views(resource: str, portal_state: PortalState) -> Flow[list[Record]]:
    try:
        found = yield from execute(Call("resource_view_list", {"id": resource}, read_only=True), portal_state)
    except errors.NotFound:
        return []
    return list(found)


def _putting(resource: str, wanted: list[Record], there: list[Record], portal_state: PortalState) -> Flow[None]:
    """Set the views of a resource to the desired ones."""
    # Views are identified by type and title, as users see them.
    marked = [{**one, "url": one.get("view_type"), "name": one.get("title")} for one in there]
    places = paired([{"url": one.get("view_type"), "name": one.get("title")} for one in wanted], marked)
    ids: list[str] = []
    for one, place in zip(wanted, places, strict=True):
        if place is None:
            ids.append((yield from _creating(resource, one, portal_state)))
            continue
        old = there[place]
        fields = {name: emptied(was, new) for name, (was, new) in changed_fields(normal_view(old), one).items()}
        ids.append(str(old["id"]))
        if fields:
            record = {**one, **fields, "id": old["id"], "resource_id": resource}
            yield from execute(Call("resource_view_update", record, idempotent=True), portal_state)
    for number, old in enumerate(there):
        if number not in places:
            yield from _deleting(str(old["id"]), portal_state)
    now = yield from _views(resource, portal_state)
    for one in now:
        if str(one["id"]) not in ids:  # created by a loader just now: CKAN checks only once whether it exists
            yield from _deleting(str(one["id"]), portal_state)
    order = [str(one["id"]) for one in now if str(one["id"]) in ids]
    if order != ids:
        yield from execute(Call("resource_view_reorder", {"id": resource, "order": ids}, idempotent=True), portal_state)


def _creating(resource: str, view: Record, portal_state: PortalState) -> Flow[str]:
    def done() -> Flow[Record | None]:
        there = yield from _views(resource, portal_state)
        return next((one for one in there if normal_view(one) == view), None)

    call = Call("resource_view_create", {**view, "resource_id": resource})
    made = yield from once(call, done, portal_state)
    return str(made["id"])


def _deleting(id_: str, portal_state: PortalState) -> Flow[None]:
    def done() -> Flow[bool | None]:
        call = Call("resource_view_show", {"id": id_}, read_only=True)
        return True if (yield from writing.reading_if_there(call, portal_state)) is None else None

    yield from once(Call("resource_view_delete", {"id": id_}), done, portal_state)
