"""Operations on datasets: put (create or change), patch, delete; each looked up if in doubt, and undone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tuckan._text import counted
from tuckan.errors import InDoubt, NotAuthorized, ValidationError
from tuckan.jobs.kinds.collaborators import COLLABORATORS, collaborators_of, giving_roles, without_role
from tuckan.jobs.kinds.files import WANTS_FILES
from tuckan.jobs.kinds.in_use import require_unused
from tuckan.jobs.kinds.undoing import as_sent, is_left, lost_files, put_back, require_as_left, require_ours
from tuckan.jobs.operation import Ended, Intent, Kind, Operation
from tuckan.snapshot import differing, merged, publisher_fields
from tuckan.wire import solr, writing
from tuckan.wire.call import Call
from tuckan.wire.execute import execute
from tuckan.wire.removing import deleting
from tuckan.wire.uncounted_lists import page_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tuckan.jobs.entries import Entry
    from tuckan.jobs.operation import Portals, Record, What
    from tuckan.wire.flow import Flow
    from tuckan.wire.portal_state import PortalState

READ_AT_ONCE = 100

_NAMED_BY_PORTAL = "Match its records by other fields, and leave their names out: " + writing.BY_OTHER_FIELDS
_UNDER_ITS_ID = "name (another dataset has it now; the restored one is named after its id)"


class OnDatasets(Kind):
    """Shared by these kinds: results are verified by searching for many datasets at once."""

    def wrong(self, ended: Sequence[tuple[Operation, Ended]], portals: Portals) -> Flow[Mapping[str, str]]:
        """Read the datasets again; those that a search does not return as expected are read individually."""
        wrong: dict[str, str] = {}
        for start in range(0, len(ended), READ_AT_ONCE):
            some = ended[start : start + READ_AT_ONCE]
            there = yield from finding("id", (one.id for _, one in some), portals.target)
            for operation, one in some:
                reason = self._unlike(operation, one, there.get(one.id), portals)
                if reason:
                    # The search index may be out of date; the dataset itself is authoritative.
                    found = yield from writing.reading_if_there(writing.dataset(one.id), portals.target)
                    reason = self._unlike(operation, one, found, portals)
                if reason:
                    wrong[operation.key] = reason
        return wrong

    def _unlike(self, operation: Operation, ended: Ended, there: Record | None, portals: Portals) -> str:
        raise NotImplementedError


class PutDataset(OnDatasets):
    """Create a dataset, or change the existing one with its name or id. Its data is the dataset."""

    name = "dataset.put"

    def intent(self, operation: Operation) -> Intent:
        """The intent: to create it, or to change these fields."""
        before = operation.before
        return Intent("created") if before is None else intended_change(before, _put(operation.data, before))

    def do(self, operation: Operation, portals: Portals) -> Flow[Ended]:
        """Create or change it."""
        ended = yield from self._done(operation, portals)
        portals.shared[operation.key] = ended.id  # by which its files find it, even if the portal renames it
        return ended

    def _done(self, operation: Operation, portals: Portals) -> Flow[Ended]:
        bare = _without_awaited(operation)
        if bare is None or not _wants_files(portals):
            try:
                return ended_by((yield from self._putting(operation, operation.data, portals)))
            except ValidationError as error:
                if bare is None or "resources" not in error.error:
                    raise
        # The portal may require a file or an address for each resource: resource and file are then sent together, later.
        edit = yield from self._putting(operation, bare, portals)
        portals.shared[WANTS_FILES] = True
        return ended_by(edit)

    def _putting(self, operation: Operation, record: Record, portals: Portals) -> Flow[writing.Edit]:
        before, portal_state = operation.before, portals.target
        if before is None:
            made = yield from writing.creating_unseen("dataset", record, writing.dataset, portal_state)
            return writing.Edit(None, made, record)

        def change(there: Record) -> Record:
            writing.require_not_deleted("dataset", before, there, portal_state)
            return _put(record, there)

        return (yield from writing.editing(str(before["id"]), change, portal_state, known=_as_shown(before, record)))

    def check(self, operation: Operation, portals: Portals) -> Flow[Ended | None]:
        """Done if the dataset matches the record."""
        named = str(operation.data.get("id") or operation.data.get("name") or "")
        if not named:
            raise InDoubt(
                f"{operation.subject}: it may have been created, but has neither a name nor an id to look it up by.",
                hint="Check whether it exists. If it does not, load its record again.",
            )
        there = yield from writing.reading_if_there(writing.dataset(named), portals.target)
        bare = _without_awaited(operation)
        wanted = [operation.data, *([bare] if bare is not None else [])]
        new = operation.before is None
        if new and operation.data.get("id"):
            # It is ours by its id, whatever the portal has named it.
            wanted = [{name: one for name, one in each.items() if name != "name"} for each in wanted]
        elif new and there is None:
            yield from writing.require_no_twin(operation.data, portals.target)
        if there is None or not any(
            portals.has("dataset", one, there) if new else not differing(there, merged(there, _put(one, there)))
            for one in wanted
        ):
            return None
        return ended_by(writing.Edit(operation.before, there, operation.data))

    def _unlike(self, operation: Operation, ended: Ended, there: Record | None, portals: Portals) -> str:
        reason = portals.shortfall("dataset", operation.data, there, ended)
        name = operation.data.get("name")
        if reason and there is not None and name not in (None, there.get("name"), there.get("id")):
            reason += f". The portal named it {there.get('name')!r}. " + _NAMED_BY_PORTAL
        return reason

    def undo(self, operation: Operation, ended: Ended) -> Operation | str:
        """Purge what was created, restore what was changed."""
        if ended.what == "created":
            data = {"id": ended.id, "purge": True, "ours": True}
            return inverse(operation, DeleteDataset.name, data, ended.after)
        return undo_of_change(operation, ended, operation.data)


class PutBeforePublishing(PutDataset):
    """Create a dataset as a private one, which another operation of the job makes public at the end."""

    name = "dataset.put_private"

    def _unlike(self, operation: Operation, ended: Ended, there: Record | None, portals: Portals) -> str:
        data = {name: value for name, value in operation.data.items() if name != "private"}
        return super()._unlike(replace(operation, data=data), ended, there, portals)


class PatchDataset(OnDatasets):
    """Change some fields of a dataset.

    Its data has `id`, `fields`, with `expected` what they must be now, with `was` its name before, with `taken` that
    another dataset has this name now, and with `collaborators` the collaborators to restore; None if they are not known.
    With `files` other operations of the job add resources with their files afterwards.
    """

    name = "dataset.patch"

    def intent(self, operation: Operation) -> Intent:
        """The intent: to change these fields."""
        intent = intended_change(operation.before or {}, operation.data["fields"])
        notes = ["it is restored under its id: another dataset has its name now"] if operation.data.get("taken") else []
        roles = operation.data.get("collaborators", ())
        if roles is None:
            notes.append("its collaborators are not restored: they are not known")
        elif roles:
            notes.append(f"with {counted(len(roles), 'collaborator')}")
        return replace(intent, notes=(*intent.notes, *notes)) if notes else intent

    def do(self, operation: Operation, portals: Portals) -> Flow[Ended]:
        """Set the fields, unless somebody else has changed them since."""
        data = operation.data
        expected: Mapping[str, Any] = data.get("expected") or {}

        def change(there: Record) -> Record:
            require_as_left(operation, "datasets", there, expected, data["fields"])
            return dict(data["fields"])

        # Deleting a dataset changes the version that was read before.
        known = None if "state" in expected else _as_shown(operation.before, data["fields"])
        # What this run has created is found by the id that it got, whatever the portal names it.
        id_ = next((portals.shared[key] for key in operation.needs if key in portals.shared), data["id"])
        edit = yield from writing.editing(id_, change, portals.target, known=known)
        if data.get("collaborators"):
            yield from giving_roles(operation, portals)
        return ended_by(edit)

    def check(self, operation: Operation, portals: Portals) -> Flow[Ended | None]:
        """Done if the dataset has these fields."""
        fields = operation.data["fields"]
        there = yield from writing.reading(writing.dataset(operation.data["id"]), portals.target)
        if differing(there, fields) or (yield from without_role(operation, portals)):
            return None
        # What others have changed meanwhile must not be undone.
        ours = {**(operation.before or there), **{name: there.get(name) for name in fields}}
        return ended_by(writing.Edit(operation.before, ours, fields))

    def _unlike(self, operation: Operation, ended: Ended, there: Record | None, portals: Portals) -> str:
        adding = ["resources"] if operation.data.get("files") else []
        reason = portals.shortfall("dataset", operation.data["fields"], there, ended, adding=adding)
        was = operation.data.get("was")
        if not reason and there and was not in (None, there["name"]) and there["name"] == there["id"]:
            portals.kept_as[_UNDER_ITS_ID] += 1
        return reason

    def undo(self, operation: Operation, ended: Ended) -> Operation | str:
        """Restore each field that was changed, if it still has the value that the job left."""
        return undo_of_change(operation, ended, operation.data["fields"])


class DeleteDataset(OnDatasets):
    """Delete a dataset, or purge it. Its data has `id` and `purge`.

    With `ours` it undoes a creation: records that somebody else has changed are kept, and those that may not be purged are deleted.
    """

    name = "dataset.delete"

    def intent(self, operation: Operation) -> Intent:
        """The intent: to delete it, unless it is already deleted."""
        return Intent("unchanged" if is_in_bin(operation) else "deleted")

    def do(self, operation: Operation, portals: Portals) -> Flow[Ended]:
        """Delete it."""
        data = operation.data
        if data.get("ours"):
            there = yield from writing.reading_if_there(writing.dataset(data["id"]), portals.target)
            if there is None:  # undone before, or purged by somebody else
                return Ended("unchanged", data["id"])
            require_ours(operation, "datasets", there)
            yield from require_unused(operation, "dataset", there, portals)
        roles = None if data["purge"] else (yield from collaborators_of(data["id"], portals))
        try:
            edit = yield from deleting(data["id"], portals.target, purge=data["purge"])
        except NotAuthorized:
            if not data.get("ours"):
                raise
            edit = yield from deleting(data["id"], portals.target)
        before = edit.before or {}
        what: What = "unchanged" if edit.after is not None else "deleted"
        known = {} if roles is None else {COLLABORATORS: roles}
        return Ended(what, str(before.get("id", "")), {**before, **known})

    def check(self, operation: Operation, portals: Portals) -> Flow[Ended | None]:
        """Done if it is gone or deleted."""
        there = yield from writing.reading_if_there(writing.dataset(operation.data["id"]), portals.target)
        if is_left(operation, there):
            return None
        id_ = str((there or operation.before or {}).get("id") or operation.data["id"])
        return Ended("deleted", id_, operation.before)

    def _unlike(self, operation: Operation, ended: Ended, there: Record | None, portals: Portals) -> str:  # noqa: ARG002
        return "it is still there" if is_left(operation, there) else ""

    def undo(self, operation: Operation, ended: Ended) -> Operation | str:
        """Restore it; a purged record cannot be restored."""
        if ended.what == "unchanged":
            return "nothing was changed"
        if operation.data["purge"]:
            return "it was purged; its record is in the journal and can be loaded again, without its files"
        was = dict(ended.before or {})
        found: list[Record] | None = was.pop(COLLABORATORS, None)
        roles = None if found is None else [{name: one.get(name) for name in ("user_id", "capacity")} for one in found]
        fields: dict[str, Any] = {"state": was.get("state", "active")}
        expected: dict[str, Any] = {"state": "deleted"}
        if was.get("groups"):
            # CKAN removes deleted datasets from their groups.
            fields["groups"], expected["groups"] = as_sent(was)["groups"], []
        data = {"id": ended.id, "fields": fields, "expected": expected, "was": was.get("name"), "collaborators": roles}
        return inverse(operation, PatchDataset.name, data, {**was, **expected})


def is_in_bin(operation: Operation) -> bool:
    """Whether it is to be deleted, not purged, and was already deleted when the job was planned."""
    return (operation.before or {}).get("state") == "deleted" and not operation.data["purge"]


def _put(record: Mapping[str, Any], there: Record) -> dict[str, Any]:
    """The fields of a record that is loaded; a deleted one is restored."""
    return {**({"state": "active"} if there.get("state") == "deleted" else {}), **record}


def _without_awaited(operation: Operation) -> Record | None:
    """The dataset without the new resources whose files are sent later; None if there are none."""
    known = {one["id"] for one in (operation.before or {}).get("resources") or []}
    resources: list[Record] = operation.data.get("resources") or []
    kept = [one for one in resources if one.get("url") or one.get("id") in known]
    return {**operation.data, "resources": kept} if len(kept) < len(resources) else None


def finding(field: str, values: Iterable[str], portal_state: PortalState) -> Flow[dict[str, Record]]:
    """Datasets by the value of a field, many in one search.

    Args:
        field: `id` or `name`.
        values: the values, at most a few hundred.
        portal_state: the portal.

    Returns:
        A flow whose value has each that was found, by that value; private ones, drafts and others that are not active too,
        as far as the token allows. Deleted ones are included only if the portal keeps them in its search index.
    """
    wanted = list(values)
    params: dict[str, Any] = {
        "fq": f"+{solr.clause(field, wanted)} {solr.EVERY_STATE}",
        "rows": len(wanted),
        "include_private": bool(portal_state.token),
        "facet": "false",
    }
    call = Call("package_search", params, read_only=True)
    found = page_in(call, (yield from execute(call, portal_state)))
    return {str(one.get(field)): one for one in found["results"]}


def keeps_names(entries: Iterable[Entry]) -> bool | None:
    """Whether the portal kept the name of the first dataset that a job has created with one; None when there is none yet."""
    for entry in entries:
        named = entry.operation.data.get("name") if entry.operation.kind == PutDataset.name else None
        if named and entry.ended and entry.ended.what == "created" and entry.ended.after:
            return bool(entry.ended.after.get("name") == named)
    return None


def _wants_files(portals: Portals) -> bool:
    return bool(portals.shared.get(WANTS_FILES)) or not portals.target.limitations.bare_resources


def intended_change(before: Record, wanted: Mapping[str, Any]) -> Intent:
    """The intent to change a dataset: the fields that differ from what is wanted, and what is worth noting."""
    # Computed fields that the user sets are shown as well: verification will report that they were not kept.
    fields = differing(before, merged(before, {**wanted, **publisher_fields(wanted)}))
    deleted = before.get("state") == "deleted" and fields.get("state") == "active"
    gone = lost_files(fields.get("resources"), before.get("resources")) if "resources" in fields else []
    notes = [f"the file of {name} may be gone: check whether it can be downloaded" for name in gone]
    state = before.get("state", "active")
    if fields and state != "active" and "state" not in fields:
        notes.append(f"it is {'a draft' if state == 'draft' else f'in the state {state!r}'}, and stays that way")
    return Intent(
        "restored" if deleted else "changed" if fields else "unchanged",
        {name: (before.get(name), new) for name, new in fields.items()},
        tuple(notes),
    )


def _as_shown(planned: Record | None, fields: Mapping[str, Any]) -> Record | None:
    """A dataset as read for the plan; None if its resources are to change, so that it is read again.

    Fields that a plugin computes for a resource may differ in a search, and would be sent back with it.
    """
    return None if planned is None or differing(planned, merged(planned, fields)).keys() & {"resources"} else planned


def ended_by(edit: writing.Edit) -> Ended:
    """How an operation ended, by what it changed in its dataset."""
    what: What = "created" if edit.before is None else "changed" if edit.sent else "unchanged"
    if edit.before is not None and edit.before.get("state") == "deleted" and what == "changed":
        what = "restored"
    return Ended(what, str((edit.after or edit.before or {}).get("id", "")), edit.before, edit.after)


def undo_of_change(operation: Operation, ended: Ended, sent: Mapping[str, Any]) -> Operation | str:
    """The operation that restores the fields that a change sent, or why there is none."""
    if ended.what == "unchanged":
        return "nothing was changed"
    if ended.before is None or ended.after is None:
        return "its previous state is not known"
    fields, expected = put_back("datasets", ended.before, ended.after, sent)
    return inverse(operation, PatchDataset.name, {"id": ended.id, "fields": fields, "expected": expected}, ended.after)


def inverse(operation: Operation, kind: str, data: Record, left: Record | None) -> Operation:
    """An operation that undoes another.

    Args:
        operation: the operation to undo.
        kind: the name of its kind.
        data: its data.
        left: the record as the other operation left it.
    """
    return Operation(operation.key, kind, operation.subject, data, -operation.stage, before=left)
