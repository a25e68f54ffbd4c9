"""Operations that make a dataset match its source on another portal. Records are in canonical form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuckan.errors import ValidationError
from tuckan.jobs.kinds.datasets import DeleteDataset, OnDatasets, inverse, undo_of_change
from tuckan.jobs.operation import Ended, Intent, Operation
from tuckan.snapshot import changed_fields, is_table, normal, paired, without_fields
from tuckan.wire import writing
from tuckan.wire.table_writes import ADDRESS_OF_TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tuckan.jobs.operation import Portals, Record, What
    from tuckan.wire.flow import Flow
    from tuckan.wire.portal_state import PortalState


class CopyDataset(OnDatasets):
    """Create or change a dataset.

    Its data has `record` (without views), the `id` that it shall have (or none), the ids of its `resources`, and with
    `changes` what will change, for people; these are none when the dataset is to be created.
    """

    name = "copy.dataset"

    def intent(self, operation: Operation) -> Intent:
        """The intent: to create it, or to change these fields."""
        return intent_of(operation)

    def do(self, operation: Operation, portals: Portals) -> Flow[Ended]:
        """Create it, or change what differs now, which may be less or more than when it was planned."""
        limitations = portals.target.limitations
        try:
            return (yield from self._done(operation.data, portals.target))
        except ValidationError as error:
            tables = [one for one in operation.data["record"].get("resources") or () if is_table(one)]
            if not (tables and limitations.bare_resources and "resources" in error.error):
                raise
        limitations.bare_resources = False
        try:
            return (yield from self._done(operation.data, portals.target))
        except ValidationError:
            limitations.bare_resources = True  # it refuses something else
            raise

    def _done(self, data: Mapping[str, Any], target: PortalState) -> Flow[Ended]:
        if data["changes"] is None:
            record = _new(data)
            record["resources"] = [_addressed(one, target) for one in record["resources"]]
            made = yield from writing.creating_unseen("dataset", record, writing.dataset, target)
            return Ended("created", str(made["id"]), None, made)

        def change(there: Record) -> Record:
            if "state" not in data["changes"]:
                writing.require_not_deleted("dataset", {}, there, target)
            fields = _changes(data, there)
            known = {one["id"] for one in there.get("resources") or ()}
            for place, one in enumerate(fields.get("resources") or ()):
                if one.get("id") not in known:
                    fields["resources"][place] = _addressed(one, target)
            return fields

        edit = yield from writing.editing(data["there"], change, target)
        what: What = "changed" if edit.sent else "unchanged"
        if (edit.before or {}).get("state") == "deleted" and edit.sent:
            what = "restored"
        return Ended(what, str((edit.after or {}).get("id", "")), edit.before, edit.after)

    def check(self, operation: Operation, portals: Portals) -> Flow[Ended | None]:
        """Done if it matches the record."""
        there = yield from self._read(operation.data, portals.target)
        if there is None or _unlike(there, operation.data):
            return None
        what: What = "created" if operation.data["changes"] is None else "changed"
        return Ended(what, str(there["id"]), None, there)

    def _read(self, data: Mapping[str, Any], portal_state: PortalState) -> Flow[Record | None]:
        for id_ in (data["there"] or data["id"], data["record"]["name"]):
            there = (yield from writing.reading_if_there(writing.dataset(id_), portal_state)) if id_ else None
            if there is not None:
                return there
        return None

    def _unlike(self, operation: Operation, ended: Ended, there: Record | None, portals: Portals) -> str:
        del ended, portals
        unlike = ["it is not there"] if there is None else _unlike(there, operation.data)
        return f"differs from what was sent: {', '.join(unlike)}" if unlike else ""

    def undo(self, operation: Operation, ended: Ended) -> Operation | str:
        """Purge what was created, restore what was changed."""
        if ended.what == "created":
            data = {"id": ended.id, "purge": True, "ours": True}
            return inverse(operation, DeleteDataset.name, data, ended.after)
        # Fields that the record does not have were emptied.
        said = {**normal("datasets", ended.before or {}), **operation.data["record"]}
        return undo_of_change(operation, ended, without_fields(said, operation.data.get("kept") or ()))


def intent_of(operation: Operation) -> Intent:
    """The intent of a copy, as planned."""
    fields = operation.data["changes"]
    if fields is None:
        return Intent("created")
    back = fields.get("state", ("",))[0] == "deleted"
    return Intent("restored" if back else "changed", {name: (old, new) for name, (old, new) in fields.items()})


def emptied(old: Any, new: Any) -> Any:
    """A new value in CKAN's form: None becomes an empty list for a list field, and empty text otherwise."""
    return new if new is not None else [] if isinstance(old, list) else ""


def _addressed(resource: Record, target: PortalState) -> Record:
    """A new resource as a portal takes it that wants an address for each, even for a table."""
    needs = is_table(resource) and not resource.get("url") and not target.limitations.bare_resources
    return {**resource, "url": ADDRESS_OF_TABLES} if needs else resource


def _new(data: Mapping[str, Any]) -> Record:
    record = dict(data["record"])
    pairs = zip(record.get("resources") or (), data["resources"], strict=True)
    record["resources"] = [{**resource, **({"id": id_} if id_ else {})} for resource, id_ in pairs]
    return {**record, **({"id": data["id"]} if data["id"] else {})}


def _unlike(there: Record, data: Mapping[str, Any]) -> list[str]:
    """The fields in which a dataset differs from the record; other operations handle its files and views."""
    return list(changed_fields(_compared(there, data), data["record"]))


def _compared(there: Record, data: Mapping[str, Any]) -> dict[str, Any]:
    """A dataset in canonical form, without fields that a copy leaves alone."""
    return without_fields(without_views(normal("datasets", there)), data.get("kept") or ())


def without_views(record: Mapping[str, Any]) -> dict[str, Any]:
    """A dataset in canonical form, without the views of its resources."""
    resources = record.get("resources")
    if not resources:
        return dict(record)
    bare = [{name: value for name, value in one.items() if name != "resource_views"} for one in resources]
    return {**record, "resources": bare}


def _changes(data: Mapping[str, Any], there: Record) -> dict[str, Any]:
    """The fields to send so that a dataset matches the record."""
    was = _compared(there, data)
    fields = changed_fields(was, data["record"])
    sent = {name: emptied(old, new) for name, (old, new) in fields.items()}
    if "resources" in sent:
        sent["resources"] = _resources(data, there, was)
    return sent


def _resources(data: Mapping[str, Any], there: Record, was: Mapping[str, Any]) -> list[Record]:
    """The resources to send: existing ones keep their ids and their files."""
    have: list[Record] = [
        {**one, "id": raw["id"]}
        for one, raw in zip(was.get("resources") or (), there.get("resources") or (), strict=True)
    ]
    wanted: list[Record] = [
        {**one, "id": id_} for one, id_ in zip(data["record"].get("resources") or (), data["resources"], strict=True)
    ]
    sent: list[Record] = []
    for one, place in zip(wanted, paired(wanted, have), strict=True):
        if place is None:
            sent.append({name: value for name, value in one.items() if value})
            continue
        now = have[place]
        fields = {name: emptied(old, new) for name, (old, new) in changed_fields(now, one).items()}
        sent.append({**fields, "id": now["id"]})
    return sent
