# Generated from src/tuckan/client/_async/namespaces/resource_writes.py by scripts/unasync.py: change that file, then run `make fix`.
"""Resources: create, change and delete, one at a time. For many of one dataset: `datasets.add_resources` and similar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

from tuckan.client._sync.namespaces.namespace import (
    Namespace,
    fields_of,
    named,
    several,
    with_address,
    without_files,
    worked_out,
)
from tuckan.errors import Conflict, Hint, InvalidArgument, NotFound, ValidationError
from tuckan.snapshot import differing, list_edits, sent_back
from tuckan.wire.call import Call
from tuckan.wire.doubt import once
from tuckan.wire.revising import locked
from tuckan.wire.validation_hints import advised
from tuckan.wire.verification import verified, verified_edit, verifying_order
from tuckan.wire.writing import editing, reading

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tuckan.shapes import Record, Resource
    from tuckan.wire.flow import Flow

_NOT_SENT_BACK = ("metadata_modified", "created", "position", "package_id", "id")


class ResourceWrites(Namespace):
    """Methods that change resources."""

    def create(self, dataset: str, record: Mapping[str, Any] | None = None, /, **fields: Any) -> Resource:
        """Add a resource (a link) to a dataset exactly once; CKAN creates its default views, and notifies its loaders.

        The id is generated here, so that the resource can be looked up if the answer is lost.

        Args:
            dataset: the dataset's name or id.
            record: the resource's fields as a mapping.
            **fields: its fields as keywords: `url`, `name`, `format`, ...

        Returns:
            The resource as it is now.

        Raises:
            NotFound: when there is no such dataset.
            InvalidArgument: when there is no address, or a file is given, which `resources.upload` sends.
            NotKept: when the portal created the resource without a field that was sent.

        Example:
            >>> made = ckan.resources.create("planet-mars", name="Photos", url="https://example.org/mars.zip", format="ZIP")
            >>> made["position"]
            1
        """
        wanted = self._name_of(dataset, "dataset")
        new = {"id": str(uuid4()), **with_address(fields_of(record, fields, "resource")), "package_id": wanted}

        def done() -> Flow[Record | None]:
            there = yield from locked(wanted, self._portal_state)
            return next((one for one in there.get("resources") or [] if one["id"] == new["id"]), None)

        try:
            flow = once(Call("resource_create", new), done, self._portal_state)
            look = Call("resource_show", {"id": new["id"]}, read_only=True)
            flow = verified(flow, "resource", new, self._portal_state, new=True, look=look)
            return self._about(flow, ("dataset", wanted))
        except ValidationError as error:
            raise advised(error, "resource", new) from None

    def patch(self, id: str, changes: Mapping[str, Any] | None = None, /, **more: Any) -> Resource:  # noqa: A002
        """Set some fields of a resource, whatever the current version is; fields that are not given stay. One call.

        Args:
            id: the resource's id, `dataset/resource-name`, or the address of its page.
            changes: fields with their new values, as a mapping.
            **more: the same as keywords.

        Returns:
            The resource as it is now.

        Raises:
            NotFound: when there is no such resource.
            NotKept: when the portal did not keep a field that was sent.

        Example:
            >>> ckan.resources.patch("planet-mars/Photos", description="Of 2021.")["description"]
            'Of 2021.'
        """
        fields = fields_of(changes, more, "resource")
        wanted = self._resource(id)
        left_out = sent_back("resource", fields)
        sent = {name: value for name, value in fields.items() if name not in left_out}
        flow = reading(Call("resource_patch", {**sent, "id": wanted}, idempotent=True), self._portal_state)
        look = Call("resource_show", {"id": wanted}, read_only=True)
        return self._run(verified(flow, "resource", fields, self._portal_state, look=look))

    def update(
        self,
        resource: str | Mapping[str, Any],
        changes: Mapping[str, Any] | Callable[[Resource], Mapping[str, Any] | None] | None = None,
        *,
        overwrite: bool = False,
    ) -> Resource:
        """Change a resource without overwriting concurrent changes to its dataset; fields that are not given stay.

        Args:
            resource: its id; or its record as it was read, possibly edited since.
            changes: fields with their new values; or a function that receives a copy of the resource, and edits it or returns
                fields. Without changes, the given record is the desired state.
            overwrite: make the change even if somebody else changed the resource since the record was read.

        Returns:
            The resource as it is now.

        Raises:
            NotFound: when there is no such resource.
            Conflict: when somebody else changed it since it was read.
            NotKept: when the portal did not keep a field that was sent.

        Example:
            >>> photos = ckan.resources.get("planet-mars/Photos")
            >>> ckan.resources.update(photos, {"description": "Of 2022."})["description"]
            'Of 2022.'
        """
        known: Mapping[str, Any] = {} if isinstance(resource, str) else resource
        id = named(resource if isinstance(resource, str) else str(resource.get("id") or ""), "resource")  # noqa: A001
        if changes is None and not known:
            raise InvalidArgument(f"There is nothing to change in {id}.", hint="Pass fields or a function.")
        dataset = known.get("package_id") or (self._read_record("resource_show", {"id": id}))["package_id"]

        def change(there: Record) -> Mapping[str, Any]:
            one = _one(there, id)
            fields = known if changes is None else worked_out(changes, one)
            without_files({"resources": [fields]})
            if changes is None:
                fields = {name: value for name, value in fields.items() if name not in _NOT_SENT_BACK}
            if not overwrite and known and differing(one, fields):
                _require_version(one, known)
            return list_edits.with_changed_resources(there, {id: fields})

        edit = self._run(verified_edit(editing(str(dataset), change, self._portal_state), self._portal_state))
        return _one(edit.after or {}, id)

    def delete(self, id: str) -> None:  # noqa: A002 - CKAN's own word
        """Delete a resource with its file and its table in the DataStore; it cannot be restored.

        Args:
            id: the resource's id, `dataset/resource-name`, or the address of its page.

        Raises:
            NotFound: when there is no such resource.
            NotKept: when the portal reported success, but the resource is still there.

        Example:
            >>> ckan.resources.delete("planet-mars/Photos")
        """
        wanted = self._resource(id)
        # CKAN silently accepts deleting a resource that is already deleted.
        self._read_record("resource_show", {"id": wanted})
        self._remove("resource_delete", wanted, "resource_show")

    def reorder(self, dataset: str, ids: Sequence[str]) -> None:
        """Set the order of a dataset's resources; those that are not named follow in their current order.

        Args:
            dataset: the dataset's name or id.
            ids: the resources' ids, the first one first.

        Raises:
            NotFound: when there is no such dataset, or it has no such resource.
            NotKept: when the portal answers with another order.

        Example:
            >>> ids = [one["id"] for one in ckan.resources.list("planets")]
            >>> ckan.resources.reorder("planets", ids)
        """
        order, wanted = several(ids, "resource"), self._name_of(dataset, "dataset")
        try:
            answer = self._set("package_resource_reorder", {"id": wanted, "order": order})
        except ValidationError:
            list_edits.require_resources(self._read_record("package_show", {"id": wanted}), order)
            raise
        self._run(verifying_order("dataset", dataset, order, answer, self._portal_state))


def _one(dataset: Record, id: str) -> Resource:  # noqa: A002 - CKAN's own word
    for one in dataset.get("resources") or []:
        if one["id"] == id:
            return cast("Resource", dict(one))
    raise NotFound(
        f"The dataset {dataset.get('name')} has no resource {id} any more.",
        action="package_show",
        status=404,
        hint="Somebody may have deleted it.",
    )


def _require_version(there: Record, known: Mapping[str, Any]) -> None:
    version = known.get("metadata_modified")
    if version and there.get("metadata_modified") != version:
        raise Conflict(
            f"Resource {there['id']}: somebody changed it since it was read.",
            action="package_revise",
            status=409,
            hint="Read it again and apply your change to the current version, or "
            + Hint("pass overwrite=True.", "add --overwrite."),
        )
