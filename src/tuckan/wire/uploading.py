"""Flows that upload files: each exactly once, even if the answer is lost, and with every field as given.

Clients may choose a resource's id, so a resource whose answer was lost can be looked up. The lookup follows a revision
that changes nothing, for which CKAN waits until earlier writes on the dataset are done.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from tuckan import errors
from tuckan.wire.call import Call
from tuckan.wire.doubt import once
from tuckan.wire.envelope import not_ckan
from tuckan.wire.flow import Flow, Reply
from tuckan.wire.writing import dataset, reading

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tuckan.wire.portal_state import PortalState

BYTES_A_SECOND = 5_000_000
"""The minimum rate at which a portal stores a file once it was received completely; it answers only then."""

_NO_LISTS_OF_OBJECTS = "CKAN before 2.12 does not accept a list of objects in a field of a resource."
_LENGTHS = {32: "md5", 40: "sha1", 64: "sha256", 128: "sha512"}


class Item(msgspec.Struct, frozen=True):
    """A file for a resource.

    Attributes:
        id: the resource's id, chosen by us when it is new.
        new: whether it is new.
        source: what to send.
        size: its size in bytes, or None.
        fields: the resource's fields to set.
        repeatable: whether the source can be read again.
    """

    id: str
    new: bool
    source: Any
    size: int | None
    fields: Mapping[str, Any] = msgspec.field(default_factory=dict[str, Any])
    repeatable: bool = True


def uploading(item: Item, package: str, portal_state: PortalState) -> Flow[dict[str, Any]]:
    """Upload one file, as a new resource or replacing the file of an existing one.

    Lists, objects and other values that are not text are sent beside the file as JSON text. Portals with a schema of their
    own decode it; if it comes back as text, one more call without the file corrects the values.

    Args:
        item: the file with its fields.
        package: the dataset's id.
        portal_state: the portal.

    Returns:
        A flow that returns the resource as the portal has it.
    """
    params = {**item.fields, "id": item.id, **({"package_id": package} if item.new else {})}
    call = Call(
        "resource_create" if item.new else "resource_patch",
        params,
        idempotent=not item.new and item.repeatable,
        files={"upload": item.source},
        digests={} if "hash" in item.fields else {"hash": "upload"},
        timeout=_patience(item.size or 0, portal_state),
    )
    try:
        made = yield from _sent_once(call, item, package, portal_state)
    except (errors.PortalError, errors.InDoubt) as error:
        raise _sized(error, item.size) from error
    wrong = {name: value for name, value in item.fields.items() if _differs(made.get(name), value)}
    if wrong:
        made = yield from _putting_right(item, wrong, portal_state)
    return made


def _sent_once(call: Call, item: Item, package: str, portal_state: PortalState) -> Flow[dict[str, Any]]:
    if not item.new:
        return (yield from reading(call, portal_state))

    def done() -> Flow[dict[str, Any] | None]:
        found = yield from _behind_what_arrived(package, portal_state)
        return next((one for one in found if one.get("id") == item.id), None)

    return (yield from once(lambda: reading(call, portal_state), done, portal_state, repeatable=item.repeatable))


def _behind_what_arrived(package: str, portal_state: PortalState) -> Flow[list[dict[str, Any]]]:
    """The resources of a dataset, once every write on it that has arrived is done."""
    waiting = Call("package_revise", {"match": {"id": package}, "update": {}}, idempotent=True)
    try:
        found = yield from reading(waiting, portal_state)
        record = found.get("package")
    except (errors.ValidationError, errors.ActionNotFound):
        record = yield from reading(
            dataset(package), portal_state
        )  # it does not satisfy the current schema, or CKAN is old
    return list(record.get("resources") or ()) if isinstance(record, dict) else []


def _differs(there: Any, wanted: Any) -> bool:
    return not isinstance(wanted, str) and there != wanted and not (wanted is None and there == "")


def _putting_right(item: Item, fields: Mapping[str, Any], portal_state: PortalState) -> Flow[dict[str, Any]]:
    try:
        return (yield from reading(Call("resource_patch", {"id": item.id, **fields}, idempotent=True), portal_state))
    except errors.ValidationError as error:
        raise errors.ValidationError(
            f"The file was uploaded as resource {item.id}, but the portal refuses its {', '.join(fields)}: {error.message}",
            action=error.action,
            status=error.status,
            error=error.error,
            hint=f"Patch these fields with values that the portal accepts. {_NO_LISTS_OF_OBJECTS}",
        ) from error


def uploading_together(items: Sequence[Item], package: str, portal_state: PortalState) -> Flow[list[dict[str, Any]]]:
    """Send several files of one dataset in one call: all of them are stored, or none.

    Args:
        items: the files with their fields.
        package: the dataset's id.
        portal_state: the portal.

    Returns:
        A flow that returns the resources as the portal has them, in the order of the items.
    """
    size = sum(one.size or 0 for one in items)
    call = _revision(items, package, timeout=_patience(size, portal_state))
    ids = {one.id for one in items if one.new}

    def done() -> Flow[dict[str, Any] | None]:
        found = yield from _behind_what_arrived(package, portal_state)
        return {"package": {"resources": found}} if ids and ids <= {one.get("id") for one in found} else None

    try:
        answer = yield from once(call, done, portal_state)
    except (errors.PortalError, errors.InDoubt) as error:
        raise _sized(error, size) from error
    there = {one.get("id"): one for one in _resources(answer, call)}
    made: list[dict[str, Any]] = []
    for one in items:
        # CKAN merges lists and objects into those that are there, and a shorter one leaves the rest of the longer.
        wrong = {name: value for name, value in one.fields.items() if _differs(there.get(one.id, {}).get(name), value)}
        made.append(
            (yield from _putting_right(one, wrong, portal_state)) if wrong and not one.new else there.get(one.id, {})
        )
    return made


def _revision(items: Sequence[Item], package: str, *, timeout: float) -> Call:
    """The call that sends files: new resources are appended first, then each file goes to its resource."""
    new = [one for one in items if one.new]
    params: dict[str, Any] = {"match": {"id": package}}
    if new:
        params["update__resources__extend"] = [{**one.fields, "id": one.id} for one in new]
    files, digests = {}, {}
    for one in items:
        key = f"update__resources__{new.index(one) - len(new) if one.new else one.id}"
        if not one.new and one.fields:
            params[key] = dict(one.fields)
        files[f"{key}__upload"] = one.source
        if "hash" not in one.fields:
            digests[f"{key}__hash"] = f"{key}__upload"
    return Call("package_revise", params, idempotent=not new, files=files, digests=digests, timeout=timeout)


def _resources(answer: Any, call: Call) -> list[dict[str, Any]]:
    try:
        return list(answer["package"]["resources"])
    except (KeyError, TypeError) as error:
        raise not_ckan(call, Reply(200, {}, b""), "a revision without its dataset") from error


def _patience(size: int, portal_state: PortalState) -> float:
    return portal_state.timeout + size / BYTES_A_SECOND


def _sized(error: errors.PortalError | errors.InDoubt, size: int | None) -> errors.TuckanError:
    """The error, with the size of the file if that is the reason."""
    if isinstance(error, errors.InDoubt):
        cause = error.__cause__
        return _sized(cause, size) if isinstance(cause, errors.Unavailable) else error
    bytes_of = f"{size:,} bytes" if size is not None else "a file of unknown size"
    refused = isinstance(error, errors.ValidationError) and set(error.fields) == {"upload"}
    if refused or isinstance(error, errors.TooLarge):
        return errors.TooLarge(
            f"The portal refuses {bytes_of}: {error.message}",
            action=error.action,
            status=error.status,
            error=error.error,
            hint="CKAN's limit is ckan.max_resource_size (10 MB by default), and a proxy in front of it may have its own; "
            "the portal's administrator can raise them.",
        )
    if isinstance(error, errors.ValidationError) and "were refused" in error.message:
        error.hint = error.hint + f" {_NO_LISTS_OF_OBJECTS}"  # CKAN gives no reason for these
    if isinstance(error, errors.Unavailable):
        return errors.Unavailable(
            f"{error.message.rstrip('.')}, while {bytes_of} were being sent.",
            action=error.action,
            status=error.status,
            error=error.error,
            hint="A proxy in front of the portal may time out for a file of this size; the portal's administrator can "
            "raise its time limit and ckan.max_resource_size.",
        )
    return error


def algorithm_of(written: Any) -> tuple[str, str] | None:
    """The algorithm and the hash in a resource's `hash`, or None if the algorithm is not known.

    Example:
        >>> algorithm_of("SHA256:" + "AB" * 32)[0], algorithm_of("d41d8cd98f00b204e9800998ecf8427e")[0], algorithm_of("x")
        ('sha256', 'md5', None)
    """
    name, _, value = str(written or "").strip().lower().rpartition(":")
    if not re.fullmatch(r"[0-9a-f]+", value) or len(value) not in _LENGTHS:
        return None
    algorithm = name.replace("-", "") or _LENGTHS[len(value)]
    return (algorithm, value) if algorithm == _LENGTHS[len(value)] else None
