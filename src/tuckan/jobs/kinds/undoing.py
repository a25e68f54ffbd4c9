"""Checks before every undo: whether a record is as the job left it, and what must be restored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuckan.errors import Conflict
from tuckan.snapshot import changed_fields, normal, publisher_fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tuckan.jobs.operation import Operation, Record
    from tuckan.snapshot import EntityKind

_READ_AS = {"tag_string": "tags"}
"""Fields that are sent under one name and read under another."""


def require_ours(operation: Operation, kind: EntityKind, there: Record) -> None:
    """Check that a record that a job created is still as the job left it, so it may be removed.

    Args:
        operation: the undo, with the record as the job left it in `before`.
        kind: what the record is.
        there: the current record.

    Raises:
        Conflict: when somebody else has changed it since; it is not changed.
    """
    left = operation.before or {}
    deleted = there.get("state") == "deleted"
    if _untouched(left, there):
        return
    # Deleting it removes it from groups, and removes its members.
    by_deleting = ("state", "groups", "users") if deleted else ()
    changed = [one for one in changed_fields(_said(kind, left), _said(kind, there)) if one not in by_deleting]
    changed += _replaced_files(left, there)
    if changed:
        raise _theirs(operation, changed, "it is left")


def require_as_left(
    operation: Operation, kind: EntityKind, there: Record, expected: Mapping[str, Any], fields: Mapping[str, Any]
) -> None:
    """Check that fields still have the values that a job left, or already have those to be restored.

    Args:
        operation: the undo.
        kind: what the record is.
        there: the current record.
        expected: the fields as the job left them.
        fields: the values to be restored.

    Raises:
        Conflict: when somebody else has changed one of them since; nothing is overwritten.
    """
    changed = [
        name
        for name, left in expected.items()
        if not same(kind, name, there.get(name), left) and not same(kind, name, there.get(name), fields.get(name))
    ]
    if "resources" in expected:
        changed += _replaced_files(operation.before or {}, there)
    if changed:
        raise _theirs(operation, changed, "is left so")


def put_back(
    kind: EntityKind, before: Record, after: Record, sent: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The undo of a change: the fields to restore, and the values that they must have now.

    Only fields that the job sent are restored: other differences were computed by the portal.

    Args:
        kind: what the record is.
        before: the record before the change.
        after: the record as the change left it.
        sent: the fields that were sent.
    """
    names = {_READ_AS.get(name, name) for name in sent} | {"state"}
    changed = [name for name in sorted(names) if not same(kind, name, before.get(name), after.get(name))]
    if "resources" not in changed and _sets_notes(sent.get("resources"), before.get("resources")):
        changed.append("resources")
    then, now = as_sent(before), as_sent(after)
    # A list is emptied with an empty list; text, except of datasets, with empty text.
    nothing = None if kind == "datasets" else ""
    empty: dict[str, Any] = {name: [] if isinstance(now.get(name), list) else nothing for name in changed}
    fields = {name: empty[name] if then.get(name) is None else then[name] for name in changed}
    return fields, {name: now.get(name) for name in changed}


def as_sent(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record's lists as they are sent: members with names and roles, tags and extras without fields that a portal adds."""
    said = publisher_fields(record)
    if "users" in said:
        said["users"] = [{"name": one["name"], "capacity": one.get("capacity")} for one in said["users"] or ()]
    return said


def same(kind: EntityKind, name: str, one: Any, other: Any) -> bool:
    """Whether two values of a field are equivalent, ignoring what portals and loaders add.

    Example:
        >>> same("datasets", "title_translated", {"en": "Rain"}, {"en": "Rain", "fr": "Pluie"})
        False
        >>> same("datasets", "tags", [{"name": "sky", "id": "7"}], [{"name": "sky", "id": "9"}]), same("datasets", "notes", "", None)
        (True, True)
    """
    return _said(kind, {name: one}) == _said(kind, {name: other})


def is_left(operation: Operation, there: Record | None) -> bool:
    """Whether what an operation deletes is still there: neither gone nor, unless it is to be purged, deleted.

    Args:
        operation: the operation; its data has `purge`, and `ours` if it undoes a creation, which may end in the bin.
        there: the record, or None if the portal has none.
    """
    in_the_bin = there is not None and there.get("state") == "deleted"
    return not (there is None or (in_the_bin and (not operation.data["purge"] or operation.data.get("ours"))))


def lost_files(before: Any, after: Any) -> list[str]:
    """The names of the uploaded files that are in one list of resources and not in another.

    Example:
        >>> lost_files([{"id": "1", "name": "a", "url_type": "upload"}, {"id": "2", "url_type": None}], [])
        ['a']
    """
    left = {one.get("id") for one in after or () if isinstance(one, dict)}
    gone = (one for one in before or () if isinstance(one, dict) and one.get("id") not in left)
    return [str(one.get("name") or one.get("id")) for one in gone if one.get("url_type") == "upload"]


def with_files(dataset: Record, files: Mapping[str, Record], own: Mapping[str, int]) -> Record:
    """A dataset as a job left it that uploaded files into it afterwards.

    Args:
        dataset: the dataset.
        files: resources with their files, by their ids.
        own: the places of those that the dataset was created without, if the portal takes no resource without its file.
    """
    resources: list[Any] = list(dataset.get("resources") or [])
    known = {one.get("id") for one in resources if isinstance(one, dict)}
    missing = [id_ for id_ in own if id_ not in known and files[id_].get("package_id") == dataset.get("id")]
    if not missing and not any(isinstance(one, dict) and one.get("id") in files for one in resources):
        return dataset
    for id_ in sorted(missing, key=own.__getitem__):
        resources.insert(own[id_], files[id_])
    return {**dataset, "resources": [_with_file(one, files.get(str(one.get("id")))) for one in resources]}


def _with_file(resource: Record, file: Record | None) -> Record:
    return resource if file is None else {**resource, "url_type": "upload", "last_modified": None, **file}


def _replaced_files(left: Record, there: Record) -> list[str]:
    """Uploaded files that somebody has replaced, detected by upload time, which loaders do not change."""
    files = {one.get("id"): one for one in left.get("resources") or () if one.get("url_type") == "upload"}
    return [
        f"the file of {one.get('name') or one.get('id')}"
        for one in there.get("resources") or ()
        if (file := files.get(one.get("id"))) is not None
        and one.get("url_type") == "upload"
        and file.get("last_modified")
        and one.get("last_modified") != file["last_modified"]
    ]


def _untouched(left: Record, there: Record) -> bool:
    """Whether a dataset is in the version that the job left. CKAN 2.12 keeps it when an administrator deletes a resource."""
    version = there.get("metadata_modified")
    return bool(version) and version == left.get("metadata_modified") and _ids(left) == _ids(there)


def _ids(record: Record) -> list[Any]:
    return [one.get("id") for one in record.get("resources") or ()]


def _said(kind: EntityKind, record: Mapping[str, Any]) -> dict[str, Any]:
    said = normal(kind, record)
    resources: list[Record] = [_without(one, _NOTES) for one in said.get("resources") or ()]
    return {**said, **({"resources": resources} if resources else {})}


_NOTES = ("hash", "size", "mimetype", "mimetype_inner")
"""What portals compute about files, and loaders about links too."""


def _sets_notes(sent: Any, before: Any) -> bool:
    """Whether a change sets what portals compute about a file, such as its media type, to another value on purpose."""
    was = {one.get("id"): one for one in before or () if isinstance(one, dict)}
    some = (one for one in sent or () if isinstance(one, dict) and one.get("id") in was)
    return any(name in one and one[name] != was[one["id"]].get(name) for one in some for name in _NOTES)


def _without(record: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in names}


def _theirs(operation: Operation, changed: Iterable[str], left: str) -> Conflict:
    kind = operation.subject.partition(" ")[0]
    return Conflict(
        f"{operation.subject}: {', '.join(sorted(changed))} was changed by somebody else since; {left}.",
        status=409,
        hint=f"Look at the {kind}, and change or delete it manually if necessary.",
    )
