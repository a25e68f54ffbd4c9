"""One change of one version of a dataset, on any portal.

`package_revise` merges lists and dicts with the existing ones, item by item; values to be replaced are removed first
with its `filter`. Some portals refuse every `filter`, because a plugin redefines one of CKAN's validators. There, what can be
merged is merged, still only for the version that was read; resources are deleted and ordered individually, by id; and
the rest, such as a list of tags that gets shorter, is replaced with `package_patch`, which accepts any version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuckan import errors
from tuckan.snapshot import THE_PORTALS_OWN, differing, overlay
from tuckan.wire.call import Call
from tuckan.wire.envelope import not_ckan, record_of
from tuckan.wire.execute import execute
from tuckan.wire.flow import Flow, Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tuckan.snapshot import Overlay
    from tuckan.wire.portal_state import PortalState

Record = dict[str, Any]

_RELATIONSHIPS = ("relationships_as_subject", "relationships_as_object")
MOST_ACTIVITIES = 20

_WHOLE = (list, tuple, dict)
MERGED = "merged"
"""Key in the `error` of a change that was overtaken: the fields that had already been changed."""


def revising(there: Record, fields: Mapping[str, Any], portal_state: PortalState) -> Flow[Record]:
    """Set fields of the version of a dataset that was read, each as a whole.

    Args:
        there: the dataset as it was read.
        fields: the fields with their new values.
        portal_state: the portal; whether it refuses `filter` is detected once.

    Returns:
        A flow that returns the dataset as it is afterwards.

    Raises:
        ValidationError: with `match` in its `error` if the portal has another version, and in `MERGED` the fields that were
            changed nevertheless; otherwise the portal refuses the values.
        Conflict: when others changed it while a field was replaced that could only be replaced as a whole.
    """
    match = _version(there, fields)
    if portal_state.limitations.filters:
        try:
            return (yield from sending_revision({"match": match, **revision(fields, there)}, portal_state))
        except errors.ValidationError as error:
            if "filter" not in error.error:
                raise
            portal_state.limitations.filters = False
    now = yield from _reading(there, portal_state)
    if others := [name for name in ("metadata_modified", "state") if now.get(name) != there.get(name)]:
        raise _another_version(*others)
    yield from _require_all_relationships(now, portal_state)
    steps = overlay(now, fields)
    # Sent even with nothing to merge: CKAN checks the version before anything else is changed.
    after = yield from sending_revision({"match": match, "update": steps.merged}, portal_state)
    yield from _changing_resources(steps, after, portal_state)
    if steps.replaced:
        return (yield from _replacing(now, steps.replaced, steps.merged, portal_state))
    stepwise = steps.resources or steps.removed or steps.order
    return (yield from _reading(there, portal_state)) if stepwise else after


def revision(fields: Mapping[str, Any], there: Mapping[str, Any]) -> Record:
    """The parameters of `package_revise` that set fields, each as a whole.

    Lists and dicts are removed before the new ones are set, since a shorter one would leave the rest of the longer, and
    text instead of a list would be refused.
    Relationships are always removed: CKAN reads them from its search index, which lacks those created since the
    dataset last changed, and would delete those that it does not find.

    Example:
        >>> revision({"title": "Rain", "tags": []}, {})["filter"]
        ['-relationships_as_subject', '-relationships_as_object', '-tags']
    """
    whole = [name for name, value in fields.items() if any(isinstance(one, _WHOLE) for one in (value, there.get(name)))]
    return {"filter": [f"-{name}" for name in (*_RELATIONSHIPS, *whole)], "update": fields}


def sending_revision(params: Mapping[str, Any], portal_state: PortalState) -> Flow[Record]:
    """Send `package_revise` once, and return the dataset as it is afterwards."""
    call = Call("package_revise", params)
    package = record_of(call, (yield from execute(call, portal_state))).get("package")
    if not isinstance(package, dict):
        raise not_ckan(call, Reply(200, {}, b""), "a revision without its dataset")
    return package


def _reading(there: Record, portal_state: PortalState) -> Flow[Record]:
    call = Call("package_show", {"id": there["id"]}, read_only=True)
    return record_of(call, (yield from execute(call, portal_state)))


def _version(there: Record, fields: Mapping[str, Any]) -> Record:
    # Deleting or restoring a dataset does not change its `metadata_modified`.
    version = {name: there[name] for name in ("id", "metadata_modified", "state") if there.get(name)}
    if "resources" in fields:
        # CKAN 2.12 does not change `metadata_modified` when an administrator deletes a resource.
        version["resources"] = [{"id": one["id"]} for one in there.get("resources") or []]
        version |= {"num_resources": there["num_resources"]} if "num_resources" in there else {}
    return version


def _another_version(*fields: str, merged: Mapping[str, Any] | None = None) -> errors.ValidationError:
    """CKAN's own error for a failed `match`, with the fields that were changed before it was noticed."""
    message = f"the portal has another version of the dataset: {', '.join(fields)}"
    said = {"match": list(fields), MERGED: list(merged or ())}
    return errors.ValidationError(message, action="package_revise", status=409, error=said)


def _require_all_relationships(there: Record, portal_state: PortalState) -> Flow[None]:
    """Check that CKAN knows all relationships, and so deletes none: they can't be excluded without a `filter`."""
    call = Call("package_relationships_list", {"id": there["id"]}, read_only=True)
    try:
        found = yield from execute(call, portal_state)
    except (errors.NotFound, errors.NotAuthorized, errors.ActionNotFound):
        return
    if len(found or ()) > sum(len(there.get(name) or ()) for name in _RELATIONSHIPS):
        raise errors.Conflict(
            f"The dataset {there.get('name')} has relationships that CKAN's search index does not show, and this portal"
            " refuses the `filter` of package_revise that would keep them: CKAN would delete them with this change.",
            action="package_revise",
            status=409,
            hint=f"Nothing was changed. The portal's administrator can fix it: ckan search-index rebuild {there['id']}",
        )


def _changing_resources(steps: Overlay, after: Record, portal_state: PortalState) -> Flow[None]:
    """Changes of resources that merging can't make: each call names one resource by id, and leaves the others alone."""
    for id_, fields in steps.resources.items():
        yield from execute(Call("resource_patch", {"id": id_, **fields}, idempotent=True), portal_state)
    for id_ in steps.removed:
        try:
            yield from execute(Call("resource_delete", {"id": id_}, idempotent=True), portal_state)
        except errors.NotFound:
            continue
    if steps.order:
        new = [str(one["id"]) for one in after["resources"]][-steps.order.count(None) or len(after["resources"]) :]
        order = [id_ or new.pop(0) for id_ in steps.order]
        call = Call("package_resource_reorder", {"id": after["id"], "order": order}, idempotent=True)
        yield from execute(call, portal_state)


def _replacing(
    was: Record, fields: Mapping[str, Any], merged: Mapping[str, Any], portal_state: PortalState
) -> Flow[Record]:
    """Replace whole fields with `package_patch`, and detect concurrent changes by others."""
    last = yield from _activities(was["id"], portal_state)
    _tell_of_patching(fields, portal_state, watched=last is not None)
    seen = yield from _reading(was, portal_state)
    others = differing(seen, {name: was.get(name) for name in fields})
    if others:
        raise _another_version(*others, merged=merged)
    call = Call("package_patch", {"id": was["id"], **fields})
    after = record_of(call, (yield from execute(call, portal_state)))
    mixed = {name for name in differing(after, seen) if name not in fields and name not in THE_PORTALS_OWN}
    now = (yield from _activities(was["id"], portal_state)) if last is not None else None
    since = (now or [])[: now.index(last[0])] if now and last and last[0] in now else now or []
    if mixed or len(since) > 1:
        error = errors.Conflict(
            f"The dataset {was.get('name')} was changed by somebody else while {', '.join(fields)} was replaced. The new"
            " value is written; their change to it is overwritten; their other changes are kept.",
            action="package_patch",
            status=409,
            hint="Look at the dataset" + ("'s activities" if last is not None else "") + " and add their change again.",
        )
        error.arrived = True
        raise error
    return after


def _tell_of_patching(fields: Mapping[str, Any], portal_state: PortalState, *, watched: bool) -> None:
    """Warn once that a field is replaced regardless of version, and say how a concurrent change would be noticed."""
    if portal_state.told_of_patching:
        return
    portal_state.told_of_patching = True
    seen_by = (
        "the portal's activities are checked for that"
        if watched
        else "this portal shows no activities, so such a change would not be noticed"
    )
    errors.warn(
        f"{portal_state.address.site} refuses the `filter` of package_revise (a plugin redefines CKAN's own validators)."
        f" Lists that get shorter ({', '.join(fields)}) are replaced by package_patch instead, which does not refuse"
        f" a dataset that somebody else changes in that moment; {seen_by}.",
        errors.NoFilter,
    )


def _activities(id_: str, portal_state: PortalState) -> Flow[list[str] | None]:
    """The ids of the latest activities of a dataset, the newest first; None if the portal shows none."""
    call = Call("package_activity_list", {"id": id_, "limit": MOST_ACTIVITIES}, read_only=True)
    try:
        found = yield from execute(call, portal_state)
    except errors.PortalError:
        return None
    return [str(one.get("id")) for one in found if isinstance(one, dict)] if isinstance(found, list) else None
