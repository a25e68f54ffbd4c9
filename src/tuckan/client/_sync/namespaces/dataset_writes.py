# Generated from src/tuckan/client/_async/namespaces/dataset_writes.py by scripts/unasync.py: change that file, then run `make fix`.
"""Datasets: create, change without overwriting others' work, delete and restore."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, cast

from tuckan.client._sync.namespaces.namespace import (
    Namespace,
    fields_of,
    named,
    not_confirmed,
    require_confirmation,
    worked_out,
)
from tuckan.errors import Conflict, InvalidArgument, NotFound, ValidationError
from tuckan.snapshot import COMPUTED, sent_back
from tuckan.wire.package_revise import flattened_call
from tuckan.wire.revising import correcting, setting, upserting
from tuckan.wire.verification import verified, verified_edit, verifying_revision
from tuckan.wire.writing import creating, editing, reading

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tuckan.shapes import Dataset, Record, Upserted
    from tuckan.wire.flow import Flow
    from tuckan.wire.writing import Edit

Change: TypeAlias = "Mapping[str, Any] | Callable[[Dataset], Mapping[str, Any] | None]"
"""Fields with their new values; or a function that receives a copy of the dataset, and edits it or returns such fields."""


class DatasetWrites(Namespace):
    """Methods that change a whole dataset."""

    def create(self, record: Mapping[str, Any] | None = None, /, **fields: Any) -> Dataset:
        """Create a dataset exactly once: if the answer is lost, the dataset is looked up before anything is sent again.

        Args:
            record: its fields as a mapping.
            **fields: its fields as keywords: `name`, `title`, `owner_org`, `tags`, `resources`, ...

        Returns:
            The dataset as the portal returns it.

        Raises:
            ValidationError: when the portal rejects a value; the hint says what to do.
            NotKept: when the portal created the dataset without a field that was sent.
            InDoubt: when answers are lost, and the dataset of that name has other content.

        Example:
            >>> made = ckan.datasets.create(name="tides", title="Tides", owner_org="space")
            >>> made["state"]
            'active'
        """
        given = fields_of(record, fields, "dataset")
        flow = creating("package_create", given, self._portal_state)
        return self._run(verified(flow, "dataset", given, self._portal_state, new=True))

    def patch(
        self,
        id: str,  # noqa: A002 - CKAN's own word
        changes: Mapping[str, Any] | None = None,
        /,
        **more: Any,
    ) -> Dataset:
        """Set some fields, whatever the current version is; fields that are not given stay. One call.

        As in CKAN, a list replaces the whole list; `add_tags`, `set_extras` and the like edit it as a set. `title_translated.en`
        and `manufacturer.0.name` set part of a field and leave the other parts, which takes one more call. Resources
        that are given with their id keep the fields that are not given, which takes one more call. Fields that the portal computes,
        such as `num_tags`, may be sent back as part of a whole record; on their own they raise `NotKept`.

        Args:
            id: the dataset's name or id.
            changes: fields with their new values, as a mapping.
            **more: the same as keywords.

        Returns:
            The dataset as it is now.

        Raises:
            NotFound: when there is no such dataset.
            ValidationError: when the portal rejects a value; the hint says what to do.
            NotKept: when the portal did not keep a field that was sent.

        Example:
            >>> ckan.datasets.patch("tides", notes="Measured each hour.", license_id="cc-by")["notes"]
            'Measured each hour.'
        """
        fields = fields_of(changes, more, "dataset")
        wanted = self._name_of(id, "dataset")
        parts = any("." in name for name in fields)
        if parts or "resources" in fields or fields.keys() & COMPUTED["dataset"] - sent_back("dataset", fields):
            return self._edited(editing(wanted, lambda _: fields, self._portal_state))
        return self._run(verified(setting(wanted, fields, self._portal_state), "dataset", fields, self._portal_state))

    def update(
        self,
        dataset: str | Mapping[str, Any],
        changes: Change | None = None,
        *,
        overwrite: bool = False,
    ) -> Dataset:
        """Change a dataset without overwriting concurrent changes; fields that are not given stay.

        The change is sent for the version that it was computed from. With a name or id, it is computed again if
        somebody else was faster. With a record that was read earlier, any change by somebody else since then is a `Conflict`.
        A field that is removed from the record stays on the portal: set it to an empty value to empty it.

        Args:
            dataset: a name or id; or the record as it was read, possibly edited since.
            changes: fields with their new values; or a function that receives a copy of the dataset, and edits it or returns
                fields. A function may be called more than once. Without changes, the given record is the desired state.
            overwrite: make the change even if somebody else changed the dataset since the record was read.

        Returns:
            The dataset as it is now.

        Raises:
            NotFound: when there is no such dataset.
            Conflict: when somebody else changed it since it was read.
            NotKept: when the portal did not keep a field that was sent.

        Example:
            >>> ckan.datasets.update("tides", lambda one: {"notes": one["notes"] + " In metres."})["notes"]
            'Measured each hour. In metres.'
        """
        if changes is None:
            if isinstance(dataset, str):
                raise InvalidArgument(f"There is nothing to change in {dataset}.", hint="Pass fields or a function.")
            flow = correcting(
                dict(dataset), self._portal_state, strict=not overwrite and bool(dataset.get("metadata_modified"))
            )
            return self._edited(flow)
        known = None if isinstance(dataset, str) or overwrite or not dataset.get("metadata_modified") else dataset
        wanted = dataset if isinstance(dataset, str) else str(dataset.get("id") or dataset.get("name") or "")

        def change(there: Record) -> Record:
            return worked_out(changes, there)

        flow = editing(
            self._name_of(wanted, "dataset"),
            change,
            self._portal_state,
            known=None if known is None else dict(known),
            only_known=known is not None,
        )
        return self._edited(flow)

    def _edited(self, flow: Flow[Edit]) -> Dataset:
        return cast("Dataset", (self._run(verified_edit(flow, self._portal_state))).after or {})

    def upsert(self, record: Mapping[str, Any] | None = None, /, **fields: Any) -> Upserted[Dataset]:
        """Create a dataset, or change the existing one to match; fields that are not given stay.

        An existing dataset is found by its id, then by its name. A deleted one is restored. Resources without an id are
        matched by their name or address, so that their files stay.

        Args:
            record: its fields as a mapping.
            **fields: its fields as keywords.

        Returns:
            What was done, and the dataset as it is now; nothing is sent if it already matches.

        Raises:
            InvalidArgument: when neither `id` nor `name` is given.
            ValidationError: when the portal rejects a value; the hint says what to do.
            NotKept: when the portal did not keep a field that was sent.

        Example:
            >>> done = ckan.datasets.upsert(name="tides", title="Tides of the harbour")
            >>> done.outcome, done.changes
            ('changed', ('title',))
        """
        given = fields_of(record, fields, "dataset")
        if not given.get("id") and not given.get("name"):
            raise InvalidArgument("The dataset has neither id nor name.", hint="Pass one of them to identify it.")
        edit = self._run(verified_edit(upserting(given, self._portal_state), self._portal_state))
        from tuckan.shapes import Upserted  # noqa: PLC0415 - no client needs it before its first answer

        after = cast("Dataset", edit.after or {})
        if edit.before is None:
            return Upserted("created", after, tuple(edit.sent))
        if not edit.sent:
            return Upserted("unchanged", after)
        back = edit.before.get("state") == "deleted" and after.get("state") != "deleted"
        return Upserted("restored" if back else "changed", after, tuple(edit.sent))

    def revise(
        self,
        match: str | Mapping[str, Any],
        *,
        filter: str | Sequence[str] = (),  # noqa: A002 - CKAN's own word
        update: Mapping[str, Any] | None = None,
        include: str | Sequence[str] = (),
        files: Mapping[str, Any] | None = None,
        **flattened: Any,
    ) -> Dataset:
        """Call CKAN's `package_revise`: conditions, removals, nested changes and files in one call.

        Args:
            match: the dataset's name or id; or fields that it must have, including `id` or `name`.
            filter: what to remove first: `"-resources__1"`, or `"+title", "-*"`.
            update: fields to set. CKAN merges lists and dicts into the existing ones, item by item.
            include: what to return: `"-*"` for nothing.
            files: names with files: `resources__ID__upload` with a path or an open binary file.
            **flattened: nested changes: `resources__0__description="..."`, `resources__extend=[{...}]`,
                `match__title="..."`.

        Returns:
            The current dataset, as far as `include` selects it.

        Raises:
            NotFound: when there is no such dataset.
            Conflict: when the dataset does not match `match`.
            NotKept: when the portal did not keep a value that was sent.
            InDoubt: when an answer is lost, and repeating the call could apply it twice.

        Example:
            >>> link = {"name": "2023", "url": "https://example.org/a.csv"}
            >>> ckan.datasets.revise("tides", resources__extend=[link])["num_resources"]
            1
        """
        call = flattened_call(match, filter, update, include, files, flattened)
        try:
            answer = self._run(reading(call, self._portal_state))
        except ValidationError as error:
            if "match" not in error.error:
                raise
            raise Conflict(
                f"{match if isinstance(match, str) else match.get('name') or match.get('id')}: it is not as `match` wants"
                f" it: {error.error['match']}.",
                action=error.action,
                status=error.status,
                error=error.error,
                hint="Read it again; somebody may have changed it.",
            ) from None
        return self._run(verifying_revision(call, answer, self._portal_state))

    def delete(self, id: str) -> None:  # noqa: A002 - CKAN's own word
        """Delete a dataset; `restore` restores it.

        If it is deleted by its name, `restore` puts it back into its groups; if by its id, CKAN removes it from them, and its
        collaborators from it, permanently. `jobs.delete` records both, and its undo restores them.

        Args:
            id: the dataset's name or id. Its name can then be given to another dataset.

        Raises:
            NotFound: when there is no such dataset.
            NotKept: when the portal reported success, but the dataset is still there.

        Example:
            >>> ckan.datasets.delete("tides")
        """
        self._remove("package_delete", self._name_of(id, "dataset"), "package_show")

    def restore(self, dataset: str | Mapping[str, Any]) -> Dataset:
        """Restore a deleted dataset.

        If another dataset was created with its name, CKAN has renamed the deleted one to its id, and it must be restored by that.

        Args:
            dataset: its name or id; or its record as it was before, to put it back into its groups too.

        Returns:
            The dataset as it is now; its name may be its id.

        Raises:
            NotFound: when it was purged or never existed, or the dataset of that name is not deleted.

        Example:
            >>> ckan.datasets.restore("tides")["state"]
            'active'
        """
        given: Mapping[str, Any] = {} if isinstance(dataset, str) else dataset
        id = named(dataset if isinstance(dataset, str) else str(given.get("id") or ""), "dataset")  # noqa: A001
        there = self._read_record("package_show", {"id": id})
        if there.get("state") != "deleted":
            raise NotFound(
                f"There is no deleted dataset {id}: the one of that {'id' if id == there.get('id') else 'name'} is"
                f" {there.get('state')}. Nothing was changed.",
                action="package_show",
                status=404,
                hint="If another dataset has taken its name, restore a deleted dataset by its id.",
            )
        groups = [{"id": one["id"]} for one in given.get("groups") or []]
        fields: Record = {"state": "active", **({"groups": groups} if groups else {})}
        return self._edited(editing(str(there["id"]), lambda _: fields, self._portal_state, known=there))

    def purge(self, id: str, *, confirm: Callable[[Dataset], str | bool]) -> None:  # noqa: A002 - CKAN's own word
        """Permanently remove a dataset and the records of its files, which requires a system administrator; it cannot be restored.

        Args:
            id: the dataset's name or id.
            confirm: receives the dataset, and returns True, or its name as the user typed it, to confirm.

        Raises:
            NotFound: when there is no such dataset.
            Cancelled: when it was not confirmed.
            NotKept: when the portal reported success, but the dataset is still there.

        Example:
            >>> ckan.datasets.purge("tides", confirm=lambda dataset: dataset["name"] == "tides")
        """
        found = self._read_record("package_show", {"id": self._name_of(id, "dataset")})
        require_confirmation(found, confirm, not_confirmed("dataset", found), word=str(found["name"]))
        from tuckan.wire.removing import purging  # noqa: PLC0415 - no client needs it before its first answer

        id_ = str(found["id"])
        self._run(purging(id_, self._portal_state, still=f"the dataset {id_} is still there"))
