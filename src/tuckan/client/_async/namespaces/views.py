"""Views: how resources are shown on their pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuckan.client._async.namespaces.namespace import Namespace, fields_of, named, several, worked_out
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

    async def get(self, id: str) -> View:  # noqa: A002 - CKAN's own word
        """Return a view by its id.

        Args:
            id: the view's id.

        Returns:
            The view, with the settings of its type.

        Raises:
            NotFound: when there is no such view.

        Example:
            >>> view = ckan.views.list("planets/planets.csv")[0]
            >>> ckan.views.get(view["id"])["view_type"]
            'datatables_view'
        """
        return await self._read_record("resource_view_show", {"id": named(id, "view")})

    async def create(self, resource: str, view_type: str, title: str, **fields: Any) -> View:
        """Add a view to a resource, exactly once.

        CKAN 2.10 does not accept an id from a client; there, if the answer is lost, a view with the same content counts as ours.

        Args:
            resource: the resource's id, `dataset/resource-name`, or the address of its page.
            view_type: the plugin that renders it, such as `datatables_view` or `text_view`.
            title: the title of its tab.
            **fields: the settings that the view's plugin expects.

        Returns:
            The view.

        Raises:
            NotFound: when there is no such resource.
            ValidationError: when the portal has no such view type, or rejects the fields.

        Example:
            >>> view = ckan.views.create("planets/planets.csv", "text_view", "As text")
            >>> view["view_type"], view["title"]
            ('text_view', 'As text')
        """
        new = {
            **fields,
            "resource_id": await self._resource(resource),
            "view_type": named(view_type, "view's type"),
            "title": title,
        }

        def done() -> Flow[Record | None]:
            found = yield from execute(Call("resource_view_list", {"id": resource}, read_only=True), self._portal_state)
            return next((one for one in reversed(found) if not differing(one, new)), None)

        flow = once(Call("resource_view_create", new), done, self._portal_state)
        flow = verified(flow, "view", new, self._portal_state, new=True)
        return await self._about(flow, ("resource", new["resource_id"]))

    async def update(
        self,
        id: str,  # noqa: A002 - CKAN's own word
        changes: Mapping[str, Any] | Callable[[Record], Mapping[str, Any] | None] | None = None,
        /,
        **more: Any,
    ) -> Record:
        """Change a view; fields that are not given stay. CKAN drops what is not sent, so the view is read first.

        Args:
            id: the view's id.
            changes: fields with their new values, or a function that receives a copy of the view, and edits it or returns fields.
            **more: fields as keywords.

        Returns:
            The view as it is now.

        Raises:
            NotFound: when there is no such view.
            NotKept: when the portal did not keep a field that was sent.

        Example:
            >>> view = ckan.views.list("planets/planets.csv")[-1]
            >>> ckan.views.update(view["id"], title="Plain text")["title"]
            'Plain text'
        """
        there = await self.get(id)
        fields = worked_out(changes if callable(changes) else fields_of(changes, more, "view"), there)
        if not differing(there, fields):
            return there
        sent = there | fields | {"id": there["id"]}
        if sent_back("view", sent, there):
            del sent["package_id"]
        flow = reading(Call("resource_view_update", sent, idempotent=True), self._portal_state)
        return await self._run(verified(flow, "view", {**sent, **fields}, self._portal_state))

    async def delete(self, id: str) -> None:  # noqa: A002 - CKAN's own word
        """Delete a view.

        Args:
            id: the view's id.

        Raises:
            NotFound: when there is no such view.
            NotKept: when the portal reported success, but the view is still there.

        Example:
            >>> view = ckan.views.list("planets/planets.csv")[-1]
            >>> ckan.views.delete(view["id"])
        """
        await self._remove("resource_view_delete", named(id, "view"), "resource_view_show")

    async def reorder(self, resource: str, ids: Sequence[str]) -> None:
        """Set the order of a resource's views; views that are not named follow in their current order.

        Args:
            resource: the resource's id, `dataset/resource-name`, or the address of its page.
            ids: the ids of views, the first one first.

        Raises:
            NotFound: when there is no such resource or view.
            NotKept: when the portal answers with another order.

        Example:
            >>> views = ckan.views.list("planets/planets.csv")
            >>> ckan.views.reorder("planets/planets.csv", [one["id"] for one in views])
        """
        order, wanted = several(ids, "view"), await self._resource(resource)
        call = Call("resource_view_reorder", {"id": wanted, "order": order}, idempotent=True)
        flow = execute(call, self._portal_state)
        answer = await self._about(flow, ("resource", wanted), *(("view", one) for one in order))
        await self._run(verifying_order("resource", resource, order, answer, self._portal_state))

    async def create_default(self, resource: str) -> builtins.list[View]:
        """Create the views that the portal gives a new resource by default, unless the resource has them already.

        Args:
            resource: the resource's id, `dataset/resource-name`, or the address of its page.

        Returns:
            The views that were created.

        Raises:
            NotFound: when there is no such resource.

        Example:
            >>> ckan.views.create_default("planets/planets.csv")
            []
        """
        found = await self._read_record("resource_show", {"id": await self._resource(resource)})
        made = await self._set(
            "resource_create_default_resource_views",
            {"resource": found, "create_datastore_views": bool(found.get("datastore_active"))},
        )
        return list(made or [])

    async def list(self, resource: str) -> builtins.list[View]:
        """List the views of a resource, in their order.

        Args:
            resource: the resource's id, `dataset/resource-name`, or the address of its page.

        Returns:
            The views, each with its `id`, `view_type`, `title`, ...

        Raises:
            NotFound: when there is no such resource.

        Example:
            >>> [one["view_type"] for one in ckan.views.list("planets/planets.csv")]
            ['datatables_view']
        """
        return await self._read_records("resource_view_list", {"id": await self._resource(resource)})
