# Generated from actions/catalogue.json by scripts/actions/methods.py: `make fix` writes it.
"""Actions: resources and views."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuckan.client._async.actions.calling import UNSET, Calling

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tuckan.client._async.actions.calling import Upload
    from tuckan.shapes import Record, Resource, ResourceSearch, View, ViewOrder


class ResourcesActions(Calling):
    """Resources and views."""

    async def format_autocomplete(self, *, q: str, limit: int = UNSET) -> list[str]:
        """File formats in use that contain a text, for a field that completes what is typed.

        Args:
            q: text to find.
            limit: how many at most (CKAN's own value is 5).

        Returns:
            `list[str]`.

        Who may: anyone.

        In CKAN 2.9 to 2.12.

        Example:
            >>> await ckan.action.format_autocomplete(q="cs")  # doctest: +SKIP
        """
        result: list[str] = await self._send("format_autocomplete", {"q": q, "limit": limit})
        return result

    async def resource_create(
        self,
        *,
        package_id: str,
        id: str | None = UNSET,
        url: str | None = UNSET,
        upload: Upload = UNSET,
        clear_upload: bool | None = UNSET,
        name: str | None = UNSET,
        description: str | None = UNSET,
        format: str | None = UNSET,
        mimetype: str | None = UNSET,
        mimetype_inner: str | None = UNSET,
        resource_type: str | None = UNSET,
        size: int | None = UNSET,
        hash: str | None = UNSET,
        created: str | None = UNSET,
        last_modified: str | None = UNSET,
        cache_url: str | None = UNSET,
        cache_last_updated: str | None = UNSET,
        url_type: str | None = UNSET,
        **fields: Any,
    ) -> Resource:
        """Add a resource to a dataset: a link, or a file that is uploaded.

        Args:
            package_id: the dataset's name or id.
            id: the resource's id.
            url: the address of the file; may be empty with an upload.
            upload: the file: a path, or a file open for reading bytes.
            clear_upload: take the uploaded file away.
            name: the resource's name.
            description: a description; Markdown is shown.
            format: the file's format, such as CSV.
            mimetype: the file's media type.
            mimetype_inner: the media type of what is inside an archive.
            resource_type: file, api, documentation and the like.
            size: the file's size in bytes.
            hash: the file's hash.
            created: when it was created.
            last_modified: when the file was changed last.
            cache_url: the address of a copy.
            cache_last_updated: when the copy was made.
            url_type: upload, datastore or tabledesigner; left out for a link.
            **fields: further keys, as the portal or a plugin knows them.

        Returns:
            `Resource`.

        Who may: whoever may edit the dataset.

        In CKAN 2.9 to 2.12.

        Example:
            >>> await ckan.action.resource_create(package_id="rivers", name="Levels", url="https://example.org/levels.csv", format="CSV")  # doctest: +SKIP
        """
        result: Resource = await self._send(
            "resource_create",
            {
                "package_id": package_id,
                "id": id,
                "url": url,
                "clear_upload": clear_upload,
                "name": name,
                "description": description,
                "format": format,
                "mimetype": mimetype,
                "mimetype_inner": mimetype_inner,
                "resource_type": resource_type,
                "size": size,
                "hash": hash,
                "created": created,
                "last_modified": last_modified,
                "cache_url": cache_url,
                "cache_last_updated": cache_last_updated,
                "url_type": url_type,
                **fields,
            },
            files={"upload": upload},
        )
        return result

    async def resource_create_default_resource_views(
        self, *, resource: Mapping[str, Any], package: Mapping[str, Any] = UNSET, create_datastore_views: bool = UNSET
    ) -> list[View]:
        """Create the usual views of one resource.

        Args:
            resource: the resource.
            package: its dataset, to save looking it up.
            create_datastore_views: also views that need the DataStore.

        Returns:
            `list[View]`.

        Who may: whoever may edit the dataset.

        In CKAN 2.9 to 2.12.

        Example:
            >>> await ckan.action.resource_create_default_resource_views(resource={"id": resource_id, "package_id": dataset_id, "url": "https://example.org/flow.csv", "format": "CSV"})  # doctest: +SKIP
        """
        result: list[View] = await self._send(
            "resource_create_default_resource_views",
            {"resource": resource, "package": package, "create_datastore_views": create_datastore_views},
        )
        return result

    async def resource_delete(self, *, id: str) -> None:
        """Delete a resource from its dataset, with its file.

        Args:
            id: the resource's id.

        Returns:
            Nothing.

        Who may: whoever may edit the dataset.

        In CKAN 2.9 to 2.12.

        Example:
            >>> await ckan.action.resource_delete(id=resource_id)  # doctest: +SKIP
        """
        result: None = await self._send("resource_delete", {"id": id})
        return result

    async def resource_patch(
        self,
        *,
        id: str,
        package_id: str | None = UNSET,
        url: str | None = UNSET,
        upload: Upload = UNSET,
        clear_upload: bool | None = UNSET,
        name: str | None = UNSET,
        description: str | None = UNSET,
        format: str | None = UNSET,
        mimetype: str | None = UNSET,
        mimetype_inner: str | None = UNSET,
        resource_type: str | None = UNSET,
        size: int | None = UNSET,
        hash: str | None = UNSET,
        created: str | None = UNSET,
        last_modified: str | None = UNSET,
        cache_url: str | None = UNSET,
        cache_last_updated: str | None = UNSET,
        url_type: str | None = UNSET,
        **fields: Any,
    ) -> Resource:
        """Change the fields of a resource that are sent and leave the others.

        Args:
            id: the resource's id.
            package_id: the dataset's name or id.
            url: the address of the file; may be empty with an upload.
            upload: the file: a path, or a file open for reading bytes.
            clear_upload: take the uploaded file away.
            name: the resource's name.
            description: a description; Markdown is shown.
            format: the file's format, such as CSV.
            mimetype: the file's media type.
            mimetype_inner: the media type of what is inside an archive.
            resource_type: file, api, documentation and the like.
            size: the file's size in bytes.
            hash: the file's hash.
            created: when it was created.
            last_modified: when the file was changed last.
            cache_url: the address of a copy.
            cache_last_updated: when the copy was made.
            url_type: upload, datastore or tabledesigner; left out for a link.
            **fields: further keys, as the portal or a plugin knows them.

        Returns:
            `Resource`.

        Who may: whoever may edit the dataset.

        In CKAN 2.9 to 2.12.

        Example:
            >>> await ckan.action.resource_patch(id=resource_id, description="Flow by day.")  # doctest: +SKIP
        """
        result: Resource = await self._send(
            "resource_patch",
            {
                "id": id,
                "package_id": package_id,
                "url": url,
                "clear_upload": clear_upload,
                "name": name,
                "description": description,
                "format": format,
                "mimetype": mimetype,
                "mimetype_inner": mimetype_inner,
                "resource_type": resource_type,
                "size": size,
                "hash": hash,
                "created": created,
                "last_modified": last_modified,
                "cache_url": cache_url,
                "cache_last_updated": cache_last_updated,
                "url_type": url_type,
                **fields,
            },
            files={"upload": upload},
        )
        return result

    async def resource_search(
        self,
        *,
        query: Sequence[str],
        order_by: str = UNSET,
        offset: int = UNSET,
        limit: int = UNSET,
        fields: Mapping[str, Any] = UNSET,
    ) -> ResourceSearch:
        """Find resources by the text of their fields, as field:text; all terms have to match.

        Args:
            query: field:text, or several of them.
            order_by: the field to order by.
            offset: how many to leave out before the first.
            limit: how many at most.
            fields: fields with terms; the older form of query.

        Returns:
            `ResourceSearch`.

        Who may: anyone.

        In CKAN 2.9 to 2.12.

        Example:
            >>> await ckan.action.resource_search(query="format:csv", limit=5)  # doctest: +SKIP
        """
        result: ResourceSearch = await self._send(
            "resource_search",
            {"query": query, "order_by": order_by, "offset": offset, "limit": limit, "fields": fields},
        )
        return result

    async def resource_show(self, *, id: str, include_tracking: bool = UNSET) -> Resource:
        """One resource: its address, format, size and other fields.

        Args:
            id: the resource's id.
            include_tracking: with how often it was looked at (until 2.10).

        Returns:
            `Resource`.

        Who may: whoever may see the dataset.

        In CKAN 2.9 to 2.12.

        Example:
            >>> await ckan.action.resource_show(id=resource_id)  # doctest: +SKIP
        """
        result: Resource = await self._send("resource_show", {"id": id, "include_tracking": include_tracking})
        return result

    async def resource_update(
        self,
        *,
        id: str,
        package_id: str | None = UNSET,
        url: str | None = UNSET,
        upload: Upload = UNSET,
        clear_upload: bool | None = UNSET,
        name: str | None = UNSET,
        description: str | None = UNSET,
        format: str | None = UNSET,
        mimetype: str | None = UNSET,
        mimetype_inner: str | None = UNSET,
        resource_type: str | None = UNSET,
        size: int | None = UNSET,
        hash: str | None = UNSET,
        created: str | None = UNSET,
        last_modified: str | None = UNSET,
        cache_url: str | None = UNSET,
        cache_last_updated: str | None = UNSET,
        url_type: str | None = UNSET,
        **fields: Any,
    ) -> Resource:
        """Replace a resource's fields: those not sent are emptied.

        Instead: `resource_patch`.

        Args:
            id: the resource's id.
            package_id: the dataset's name or id.
            url: the address of the file; may be empty with an upload.
            upload: the file: a path, or a file open for reading bytes.
            clear_upload: take the uploaded file away.
            name: the resource's name.
            description: a description; Markdown is shown.
            format: the file's format, such as CSV.
            mimetype: the file's media type.
            mimetype_inner: the media type of what is inside an archive.
            resource_type: file, api, documentation and the like.
            size: the file's size in bytes.
            hash: the file's hash.
            created: when it was created.
            last_modified: when the file was changed last.
            cache_url: the address of a copy.
            cache_last_updated: when the copy was made.
            url_type: upload, datastore or tabledesigner; left out for a link.
            **fields: further keys, as the portal or a plugin knows them.

        Returns:
            `Resource`.

        Who may: whoever may edit the dataset.

        In CKAN 2.9 to 2.12.

        Example:
            >>> await ckan.action.resource_update(id=resource_id, url="https://example.org/flow.csv", name="Flow", format="CSV")  # doctest: +SKIP
        """
        result: Resource = await self._send(
            "resource_update",
            {
                "id": id,
                "package_id": package_id,
                "url": url,
                "clear_upload": clear_upload,
                "name": name,
                "description": description,
                "format": format,
                "mimetype": mimetype,
                "mimetype_inner": mimetype_inner,
                "resource_type": resource_type,
                "size": size,
                "hash": hash,
                "created": created,
                "last_modified": last_modified,
                "cache_url": cache_url,
                "cache_last_updated": cache_last_updated,
                "url_type": url_type,
                **fields,
            },
            files={"upload": upload},
        )
        return result

    async def resource_view_clear(self, *, view_types: Sequence[str] = UNSET) -> None:
        """Delete all views of the portal, or all of some types.

        Args:
            view_types: only these types.

        Returns:
            Nothing.

        Who may: system administrators.

        In CKAN 2.9 to 2.12.

        Example:
            >>> await ckan.action.resource_view_clear(view_types=["text_view"])  # doctest: +SKIP
        """
        result: None = await self._send("resource_view_clear", {"view_types": view_types})
        return result

    async def resource_view_create(
        self,
        *,
        resource_id: str,
        title: str,
        view_type: str,
        id: str | None = UNSET,
        description: str | None = UNSET,
        config: str | None = UNSET,
        **fields: Any,
    ) -> View:
        """Add a view to a resource; which settings it takes depends on its type.

        Args:
            resource_id: the resource's id.
            title: its title.
            view_type: the type of view, as its plugin names it.
            id: the view's id.
            description: a description; Markdown is shown.
            config: settings, as JSON.
            **fields: further keys, as the portal or a plugin knows them.

        Returns:
            `View`.

        Who may: whoever may edit the dataset.

        In CKAN 2.9 to 2.12.

        Example:
            >>> await ckan.action.resource_view_create(resource_id=resource_id, title="Table", view_type="datatables_view")  # doctest: +SKIP
        """
        result: View = await self._send(
            "resource_view_create",
            {
                "resource_id": resource_id,
                "title": title,
                "view_type": view_type,
                "id": id,
                "description": description,
                "config": config,
                **fields,
            },
        )
        return result

    async def resource_view_delete(self, *, id: str) -> Record | None:
        """Delete a view.

        Args:
            id: the view's id.

        Returns:
            `Record | None`.

        Who may: whoever may edit the dataset.

        In CKAN 2.9 to 2.12.

        Example:
            >>> await ckan.action.resource_view_delete(id=view_id)  # doctest: +SKIP
        """
        result: Record | None = await self._send("resource_view_delete", {"id": id})
        return result

    async def resource_view_list(self, *, id: str) -> list[View]:
        """The views of a resource, in the order in which they are shown.

        Args:
            id: the resource's id.

        Returns:
            `list[View]`.

        Who may: whoever may see the dataset.

        In CKAN 2.9 to 2.12.

        Example:
            >>> await ckan.action.resource_view_list(id=resource_id)  # doctest: +SKIP
        """
        result: list[View] = await self._send("resource_view_list", {"id": id})
        return result

    async def resource_view_reorder(self, *, id: str, order: Sequence[str]) -> ViewOrder:
        """Put the views of a resource in another order; those not named come last.

        Args:
            id: the resource's id.
            order: ids of views in their new order.

        Returns:
            `ViewOrder`.

        Who may: whoever may edit the dataset.

        In CKAN 2.9 to 2.12.

        Example:
            >>> await ckan.action.resource_view_reorder(id=resource_id, order=[view_id])  # doctest: +SKIP
        """
        result: ViewOrder = await self._send("resource_view_reorder", {"id": id, "order": order})
        return result

    async def resource_view_show(self, *, id: str) -> View:
        """One view of a resource, with its settings.

        Args:
            id: the view's id.

        Returns:
            `View`.

        Who may: whoever may see the dataset.

        In CKAN 2.9 to 2.12.

        Example:
            >>> await ckan.action.resource_view_show(id=view_id)  # doctest: +SKIP
        """
        result: View = await self._send("resource_view_show", {"id": id})
        return result

    async def resource_view_update(
        self,
        *,
        id: str,
        resource_id: str | None = UNSET,
        title: str | None = UNSET,
        description: str | None = UNSET,
        view_type: str | None = UNSET,
        **fields: Any,
    ) -> View:
        """Replace the settings of a view; what is not sent is lost.

        Args:
            id: the view's id.
            resource_id: the resource's id.
            title: its title.
            description: a description; Markdown is shown.
            view_type: the type of view, as its plugin names it.
            **fields: further keys, as the portal or a plugin knows them.

        Returns:
            `View`.

        Who may: whoever may edit the dataset.

        In CKAN 2.9 to 2.12.

        Example:
            >>> await ckan.action.resource_view_update(id=view_id, title="All rows", view_type="datatables_view")  # doctest: +SKIP
        """
        result: View = await self._send(
            "resource_view_update",
            {
                "id": id,
                "resource_id": resource_id,
                "title": title,
                "description": description,
                "view_type": view_type,
                **fields,
            },
        )
        return result
