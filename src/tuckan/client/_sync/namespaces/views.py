# Generated from src/tuckan/client/_async/namespaces/views.py by scripts/unasync.py: change that file, then run `make fix`.
"""Views: how resources are shown on their pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuckan.client._sync.namespaces.namespace import Namespace, fields_of, named, several, worked_out
from tuckan.snapshot import differing, sent_back
from tuckan.wire.call import Call
from tuckan.wire.doubt import once
from tuckan.wire.execute import execute
from tuckan.wire.verification import verified, verifying_order
from tuckan.wire.writing import reading

if TYPE_CHECKING:
    import builtins
    from collections.abc import Callable, Mapping, Sequence

    from tuckan.shapes import Record, View
    from tuckan.wire.flow import Flow


class Views(Namespace):
    """Views: how a resource is shown on its page."""

    def get(self, id: str) -> View:  # noqa: A002 - CKAN's own word
        """One view by its id.

        Args:
            id: the view's id.

        Returns:
            The view, with the settings of its type.

        Raises:
            NotFound: when there is none.

        Example:
            >>> view = ckan.views.list("planets/planets.csv")[0]
            >>> ckan.views.get(view["id"])["view_type"]
            'datatables_view'
        """
        return self._read_record("resource_view_show", {"id": named(id, "view")})

    def create(self, resource: str, view_type: str, title: str, **fields: Any) -> View:
        """Add a view to a resource, once.

        CKAN 2.10 takes no id from a client; where the answer is lost, a view that says just this is taken for ours.

        Args:
            resource: the resource's id.
            view_type: what draws it, such as `datatables_view` or `text_view`.
            title: what its tab says.
            **fields: what the view's plugin asks for.

        Returns:
            The view.

        Raises:
            ValidationError: when the portal has no such view, or refuses the fields.
        """
        new = {
            **fields,
            "resource_id": self._resource(resource),
            "view_type": named(view_type, "view's type"),
            "title": title,
        }

        def done() -> Flow[Record | None]:
            found = yield from execute(Call("resource_view_list", {"id": resource}, read_only=True), self._portal_state)
            return next((one for one in reversed(found) if not differing(one, new)), None)

        flow = once(Call("resource_view_create", new), done, self._portal_state)
        flow = verified(flow, "view", new, self._portal_state, new=True)
        return self._about(flow, ("resource", new["resource_id"]))

    def update(
        self,
        id: str,  # noqa: A002 - CKAN's own word
        changes: Mapping[str, Any] | Callable[[Record], Mapping[str, Any] | None] | None = None,
        /,
        **more: Any,
    ) -> Record:
        """Change a view; what is not named stays. CKAN drops what is not sent, so the view is read first.

        Args:
            id: the view's id.
            changes: fields with their new values, or a function that gets a copy of the view, and edits it or gives fields.
            **more: fields as keywords.

        Returns:
            The view as it is now.
        """
        there = self.get(id)
        fields = worked_out(changes if callable(changes) else fields_of(changes, more, "view"), there)
        if not differing(there, fields):
            return there
        sent = there | fields | {"id": there["id"]}
        if sent_back("view", sent, there):
            del sent["package_id"]
        flow = reading(Call("resource_view_update", sent, idempotent=True), self._portal_state)
        return self._run(verified(flow, "view", {**sent, **fields}, self._portal_state))

    def delete(self, id: str) -> None:  # noqa: A002 - CKAN's own word
        """Delete a view.

        Raises:
            NotFound: when there is none.
            NotKept: when the portal answered with success, and it is still there.
        """
        self._remove("resource_view_delete", named(id, "view"), "resource_view_show")

    def reorder(self, resource: str, ids: Sequence[str]) -> None:
        """Put the views of a resource into an order; those that are not named follow as they are.

        Args:
            resource: the resource's id.
            ids: their ids, the first one first.

        Raises:
            NotFound: when there is no such resource or view.
            NotKept: when the portal answers with another order.
        """
        order, wanted = several(ids, "view"), self._resource(resource)
        call = Call("resource_view_reorder", {"id": wanted, "order": order}, idempotent=True)
        flow = execute(call, self._portal_state)
        answer = self._about(flow, ("resource", wanted), *(("view", one) for one in order))
        self._run(verifying_order("resource", resource, order, answer, self._portal_state))

    def create_default(self, resource: str) -> builtins.list[View]:
        """Make the views that the portal gives a new resource, as far as it lacks them.

        Args:
            resource: the resource's id.

        Returns:
            Those that were made.
        """
        found = self._read_record("resource_show", {"id": self._resource(resource)})
        made = self._set(
            "resource_create_default_resource_views",
            {"resource": found, "create_datastore_views": bool(found.get("datastore_active"))},
        )
        return list(made or [])

    def list(self, resource: str) -> builtins.list[View]:
        """All views of a resource.

        Args:
            resource: its id.

        Returns:
            The views, in their order.

        Example:
            >>> [one["view_type"] for one in ckan.views.list("planets/planets.csv")]
            ['datatables_view']
        """
        return self._read_records("resource_view_list", {"id": self._resource(resource)})
