"""Operations on datasets: put (create or change), patch, delete; each looked up where it is in doubt, and undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from tuckan.errors import Conflict, NotAuthorized
from tuckan.jobs.operation import Ended, Intent, Operation
from tuckan.snapshot import differing, essence
from tuckan.wire import solr, writing
from tuckan.wire.call import Call
from tuckan.wire.calling import calling
from tuckan.wire.removing import deleting

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tuckan.jobs.operation import Portals, Record, What
    from tuckan.wire.flow import Flow
    from tuckan.wire.memory import Memory

READ_AT_ONCE = 100
_SAID_OF_RESOURCES = ("id", "name", "description", "url", "format")


class _OnDatasets:
    """What these kinds share: what they did is read again by searching for many datasets at once."""

    name: ClassVar[str]

    def wrong(self, ended: Sequence[tuple[Operation, Ended]], portals: Portals) -> Flow[Mapping[str, str]]:
        """Read the datasets again; those that do not answer a search as expected are looked at one by one."""
        wrong: dict[str, str] = {}
        for start in range(0, len(ended), READ_AT_ONCE):
            some = ended[start : start + READ_AT_ONCE]
            there = yield from finding("id", (one.id for _, one in some), portals.target)
            for operation, one in some:
                reason = self._wrong_with(operation, there.get(one.id))
                if reason:
                    # The search index may be behind; the dataset itself is the truth.
                    found = yield from writing.reading_if_there(writing.dataset(one.id), portals.target)
                    reason = self._wrong_with(operation, found)
                if reason:
                    wrong[operation.key] = reason
        return wrong

    def _wrong_with(self, operation: Operation, there: Record | None) -> str:
        raise NotImplementedError


class PutDataset(_OnDatasets):
    """Create a dataset, or change the one of its name or id. Its data is the dataset."""

    name = "dataset.put"

    def intent(self, operation: Operation) -> Intent:
        """To create it, or to change these fields."""
        return Intent("created") if operation.before is None else _change(operation.before, operation.data)

    def do(self, operation: Operation, portals: Portals) -> Flow[Ended]:
        """Create or change it."""
        new = operation.before is None
        edit = yield from writing.putting(operation.data, portals.target, known=operation.before, new=new)
        return _ended(edit)

    def check(self, operation: Operation, portals: Portals) -> Flow[Ended | None]:
        """Done when the dataset says what was to be put."""
        named = str(operation.data.get("id") or operation.data.get("name"))
        there = yield from writing.reading_if_there(writing.dataset(named), portals.target)
        if there is None or differing(there, essence(operation.data)):
            return None
        return _ended(writing.Edit(operation.before, there, operation.data))

    def _wrong_with(self, operation: Operation, there: Record | None) -> str:
        return _unlike(there, essence(operation.data))

    def undo(self, operation: Operation, ended: Ended) -> Operation | str:
        """Purge what was created, put back what was changed."""
        if ended.what == "created":
            return _inverse(operation, DeleteDataset.name, {"id": ended.id, "purge": True, "ours": True}, ended)
        return PatchDataset().undo(operation, ended)


class PatchDataset(_OnDatasets):
    """Change some fields of a dataset. Its data has `id`, `fields`, and with `expected` what they must be now."""

    name = "dataset.patch"

    def intent(self, operation: Operation) -> Intent:
        """To change these fields."""
        return _change(operation.before or {}, operation.data["fields"])

    def do(self, operation: Operation, portals: Portals) -> Flow[Ended]:
        """Set the fields, unless somebody else has changed them since."""
        data = operation.data
        expected: Mapping[str, Any] = data.get("expected") or {}

        def change(there: Record) -> Record:
            # A field that has its new value already is no obstacle: that was ours, with its answer lost.
            others = differing(there, expected).keys() & differing(there, data["fields"]).keys()
            if others:
                raise Conflict(
                    f"{operation.subject}: {', '.join(sorted(others))} was changed by somebody else since, and is left so.",
                    action="package_revise",
                    status=409,
                    hint="Look at the dataset, and change it by hand if need be.",
                )
            return dict(data["fields"])

        edit = yield from writing.editing(data["id"], change, portals.target, known=operation.before)
        return _ended(edit)

    def check(self, operation: Operation, portals: Portals) -> Flow[Ended | None]:
        """Done when the dataset has these fields."""
        fields = operation.data["fields"]
        there = yield from writing.reading(writing.dataset(operation.data["id"]), portals.target)
        if differing(there, fields):
            return None
        # What others have changed meanwhile is not ours, and not ours to undo.
        ours = {**(operation.before or there), **{name: there.get(name) for name in fields}}
        return _ended(writing.Edit(operation.before, ours, fields))

    def _wrong_with(self, operation: Operation, there: Record | None) -> str:
        return _unlike(there, operation.data["fields"])

    def undo(self, operation: Operation, ended: Ended) -> Operation | str:
        """Put back each field that was changed, where it still is as it was left."""
        if ended.what == "unchanged":
            return "nothing was changed"
        if ended.before is None or ended.after is None:
            return "it is not known what it was before"
        then, now = essence(ended.before), essence(ended.after)
        changed = [name for name in {**then, **now} if then.get(name) != now.get(name)]
        # A list is emptied by an empty one.
        fields = {name: then.get(name, [] if isinstance(now.get(name), list) else None) for name in changed}
        expected = {name: now.get(name) for name in changed}
        return _inverse(operation, self.name, {"id": ended.id, "fields": fields, "expected": expected}, ended)


class DeleteDataset(_OnDatasets):
    """Delete a dataset, or purge it. Its data has `id` and `purge`.

    With `ours` it undoes a creation: what somebody else has changed since stays, and what may not be purged is deleted.
    """

    name = "dataset.delete"

    def intent(self, operation: Operation) -> Intent:  # noqa: ARG002 - it is the same for all of them
        """To delete it."""
        return Intent("deleted")

    def do(self, operation: Operation, portals: Portals) -> Flow[Ended]:
        """Delete it."""
        data = operation.data
        if data.get("ours"):
            yield from _require_ours(operation, portals.target)
        try:
            edit = yield from deleting(data["id"], portals.target, purge=data["purge"])
        except NotAuthorized:
            if not data.get("ours"):
                raise
            edit = yield from deleting(data["id"], portals.target)
        before = edit.before or {}
        what: What = "unchanged" if edit.after is not None else "deleted"
        return Ended(what, str(before.get("id", "")), edit.before)

    def check(self, operation: Operation, portals: Portals) -> Flow[Ended | None]:
        """Done when it is gone, or in the bin."""
        there = yield from writing.reading_if_there(writing.dataset(operation.data["id"]), portals.target)
        if self._wrong_with(operation, there):
            return None
        id_ = str((there or operation.before or {}).get("id") or operation.data["id"])
        return Ended("deleted", id_, operation.before)

    def _wrong_with(self, operation: Operation, there: Record | None) -> str:
        in_the_bin = there is not None and there.get("state") == "deleted"
        gone = there is None or (in_the_bin and (not operation.data["purge"] or operation.data.get("ours")))
        return "" if gone else "it is still there"

    def undo(self, operation: Operation, ended: Ended) -> Operation | str:
        """Take it out of the bin; what was purged is gone for good."""
        if ended.what == "unchanged":
            return "nothing was changed"
        if operation.data["purge"]:
            return "it was purged; its record is in the journal, and can be loaded again without its files"
        was = ended.before or {}
        fields: dict[str, Any] = {"state": was.get("state", "active")}
        if was.get("groups"):
            fields["groups"] = essence(was)["groups"]  # CKAN takes what is deleted out of its groups
        return _inverse(operation, PatchDataset.name, {"id": ended.id, "fields": fields}, ended)


def _require_ours(operation: Operation, memory: Memory) -> Flow[None]:
    """See that a dataset still is as we created it; what loaders note on its resources does not count."""
    there = yield from writing.reading(writing.dataset(operation.data["id"]), memory)
    changed = differing(_without_notes(there), _without_notes(essence(operation.before or {})))
    if changed and there.get("state") != "deleted":
        raise Conflict(
            f"{operation.subject}: {', '.join(sorted(changed))} was changed by somebody else since, and it is left.",
            action="dataset_purge",
            status=409,
            hint="Look at the dataset, and delete it by hand if need be.",
        )


def _without_notes(dataset: Mapping[str, Any]) -> dict[str, Any]:
    resources = [{name: one.get(name) for name in _SAID_OF_RESOURCES} for one in dataset.get("resources") or []]
    return {**dataset, "resources": resources}


def finding(field: str, values: Iterable[str], memory: Memory) -> Flow[dict[str, Record]]:
    """Datasets by the value of a field, many in one search.

    Args:
        field: `id` or `name`.
        values: which ones, some hundred at most.
        memory: the portal.

    Returns:
        A flow whose value has each that was found, by that value; private ones and drafts too, as far as the token allows.
    """
    wanted = list(values)
    hidden = bool(memory.token)
    params: dict[str, Any] = {
        "fq": "+" + solr.clause(field, wanted),
        "rows": len(wanted),
        "include_private": hidden,
        "include_drafts": hidden,
        "facet": "false",
    }
    found = yield from calling(Call("package_search", params, read_only=True), memory)
    return {str(one.get(field)): one for one in found["results"]}


def _change(before: Mapping[str, Any], wanted: Mapping[str, Any]) -> Intent:
    fields = differing(before, essence(wanted))
    return Intent("changed" if fields else "unchanged", {name: (before.get(name), new) for name, new in fields.items()})


def _ended(edit: writing.Edit) -> Ended:
    what: What = "created" if edit.before is None else "changed" if edit.sent else "unchanged"
    if edit.before is not None and edit.before.get("state") == "deleted" and what == "changed":
        what = "restored"
    return Ended(what, str((edit.after or edit.before or {}).get("id", "")), edit.before, edit.after)


def _unlike(there: Record | None, wanted: Mapping[str, Any]) -> str:
    if there is None:
        return "it is not there"
    fields = differing(there, wanted)
    return f"not as it was sent: {', '.join(fields)}" if fields else ""


def _inverse(operation: Operation, kind: str, data: Any, ended: Ended) -> Operation:
    return Operation(operation.key, kind, operation.subject, data, -operation.stage, before=ended.after)
