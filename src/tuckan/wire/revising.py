"""Flows on top of `package_revise`: one call that sets fields, and create-or-change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuckan import errors
from tuckan.snapshot import differing, list_edits, merged, sent_back
from tuckan.wire.doubt import once
from tuckan.wire.revision import revision, sending_revision
from tuckan.wire.validation_hints import advised
from tuckan.wire.writing import (
    Edit,
    Record,
    changed_meanwhile,
    creating,
    dataset,
    editing,
    reading,
    reading_if_there,
    sendable,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tuckan.wire.flow import Flow
    from tuckan.wire.portal_state import PortalState


def setting(id: str, fields: Mapping[str, Any], portal_state: PortalState) -> Flow[Record]:  # noqa: A002 - CKAN's own word
    """Set fields of a dataset, whatever its current version, in one call if the portal accepts it.

    Args:
        id: its name or id.
        fields: the fields with their new values; nothing else changes.
        portal_state: the portal.
    """
    sent = sendable(fields)
    if "name" in sent:
        # Looked up by what does not change.
        id = str((yield from reading(dataset(id), portal_state))["id"])  # noqa: A001 - as above

    def done() -> Flow[Record | None]:
        found = yield from reading_if_there(dataset(id), portal_state)
        return found if found and not differing(found, sent) else None

    if portal_state.limitations.filters:
        try:
            return (yield from once(lambda: _revising_any(id, revision(sent, {}), portal_state), done, portal_state))
        except errors.ValidationError as error:
            if "filter" in error.error:
                portal_state.limitations.filters = False
            elif "update" not in error.error:  # otherwise the portal stores a list or a dict where text was sent
                raise advised(error, "package", {"name": id, **sent}) from None
    # What can only be merged must be computed from the current version.
    return (yield from editing(id, lambda _: sent, portal_state)).after or {}


def locked(id: str, portal_state: PortalState) -> Flow[Record]:  # noqa: A002 - CKAN's own word
    """Read a dataset after all writes that have arrived: CKAN makes this read wait for them."""
    return (yield from _revising_any(id, {"update": {}}, portal_state))


def _revising_any(id: str, params: Mapping[str, Any], portal_state: PortalState) -> Flow[Record]:  # noqa: A002 - CKAN's own word
    by, otherwise = ("id", "name") if list_edits.is_id(id) else ("name", "id")
    try:
        return (yield from sending_revision({"match": {by: id}, **params}, portal_state))
    except errors.ValidationError as error:
        if "match" not in error.error:
            raise
    return (
        yield from sending_revision({"match": {otherwise: id}, **params}, portal_state)
    )  # it looks like what it is not


def correcting(record: Record, portal_state: PortalState, *, strict: bool) -> Flow[Edit]:
    """Update a dataset to a record that was read earlier and edited since.

    Args:
        record: the record.
        portal_state: the portal.
        strict: raise `Conflict` if somebody else changed the dataset since the record was read.
    """
    name = str(record.get("id") or record.get("name") or "")
    if not name:
        raise errors.InvalidArgument(
            "The record has neither an id nor a name.", hint="Pass the whole record that you read."
        )
    there = yield from reading(dataset(name), portal_state)
    left_out = sent_back("dataset", record) | {"metadata_modified"}  # the version that was read, and no value to set
    fields = {name: value for name, value in record.items() if name not in left_out}
    if strict and there.get("metadata_modified") != record.get("metadata_modified"):
        if differing(there, merged(there, fields)):
            raise changed_meanwhile(record, there)
        return Edit(there, there)
    return (yield from editing(there["id"], lambda _: fields, portal_state, known=there, only_known=strict))


def upserting(record: Mapping[str, Any], portal_state: PortalState) -> Flow[Edit]:
    """Create a dataset, or change the existing one.

    It is looked up by id, then by name. Fields that are not in the record stay. A deleted dataset is restored.

    Args:
        record: the dataset; it needs an id or a name.
        portal_state: the portal.

    Returns:
        A flow that returns the edit; its `before` is None if the dataset was created.
    """
    known = yield from _found(record, portal_state)
    if known is None:
        try:
            made = yield from creating("package_create", record, portal_state)
        except errors.ValidationError:
            known = yield from _found(record, portal_state)  # somebody was faster
            if known is None:
                raise
        else:
            return Edit(None, made, record)

    def change(there: Record) -> Mapping[str, Any]:
        kept = {"id", "type"} if there["id"] == record.get("id") else {"id", "name", "type"}
        kept |= sent_back("dataset", record, there)
        fields = {name: value for name, value in record.items() if name not in kept}
        if isinstance(fields.get("resources"), list):
            fields["resources"] = list_edits.recognised(there, fields["resources"])
        return fields if there.get("state") != "deleted" else {"state": "active", **fields}

    return (yield from editing(known["id"], change, portal_state, known=known))


def _found(record: Mapping[str, Any], portal_state: PortalState) -> Flow[Record | None]:
    for key in ("id", "name"):
        if record.get(key):
            there = yield from reading_if_there(dataset(str(record[key])), portal_state)
            if there is not None:
                return there
    return None
