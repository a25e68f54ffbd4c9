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
        """File formats in use that contain a text, for autocompletion.

        Args:
            q: text to search for.
            limit: the maximum number of results (CKAN's own value is 5).

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
        """Add a resource to a dataset: a link, or an uploaded file.

        Args:
            package_id: the dataset's name or id.
            id: the resource's id.
            url: the address of the file; may be empty with an upload.
            upload: the file: a path, or a file opened in binary mode.
            clear_upload: remove the uploaded file.
            name: the resource's name.
            description: a description in Markdown.
            format: the file's format, such as CSV.
            mimetype: the file's media type.
            mimetype_inner: the media type of what is inside an archive.
            resource_type: file, api, documentation and the like.
            size: the file's size in bytes.
            hash: the file's hash.
            created: the time of creation.
            last_modified: the time of the file's last change.
            cache_url: the URL of a cached copy.
            cache_last_updated: the time at which the copy was made.
            url_type: `upload`, `datastore` or `tabledesigner`; omitted for a link.
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
        """Create the default views of a resource.

        Args:
            resource: the resource.
            package: the dataset, which saves a lookup.
            create_datastore_views: also create views that need the DataStore.

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
        """Change only the given fields of a resource.

        Args:
            id: the resource's id.
            package_id: the dataset's name or id.
            url: the address of the file; may be empty with an upload.
            upload: the file: a path, or a file opened in binary mode.
            clear_upload: remove the uploaded file.
            name: the resource's name.
            description: a description in Markdown.
            format: the file's format, such as CSV.
            mimetype: the file's media type.
            mimetype_inner: the media type of what is inside an archive.
            resource_type: file, api, documentation and the like.
            size: the file's size in bytes.
            hash: the file's hash.
            created: the time of creation.
            last_modified: the time of the file's last change.
            cache_url: the URL of a cached copy.
            cache_last_updated: the time at which the copy was made.
            url_type: `upload`, `datastore` or `tabledesigner`; omitted for a link.
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
        """Search resources by terms such as field:text; all terms must match.

        Args:
            query: a term such as field:text, or several.
            order_by: the field to order by.
            offset: the number of results to skip.
            limit: the maximum number of results.
            fields: terms by field; the older form of `query`.

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
            include_tracking: include the number of page views (until 2.10).

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
        """Replace a resource's fields: omitted fields are emptied.

        Instead: `resource_patch`.

        Args:
            id: the resource's id.
            package_id: the dataset's name or id.
            url: the address of the file; may be empty with an upload.
            upload: the file: a path, or a file opened in binary mode.
            clear_upload: remove the uploaded file.
            name: the resource's name.
            description: a description in Markdown.
            format: the file's format, such as CSV.
            mimetype: the file's media type.
            mimetype_inner: the media type of what is inside an archive.
            resource_type: file, api, documentation and the like.
            size: the file's size in bytes.
            hash: the file's hash.
            created: the time of creation.
            last_modified: the time of the file's last change.
            cache_url: the URL of a cached copy.
            cache_last_updated: the time at which the copy was made.
            url_type: `upload`, `datastore` or `tabledesigner`; omitted for a link.
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
            view_types: only views of these types.

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
        """Add a view to a resource; its settings depend on its type.

        Args:
            resource_id: the resource's id.
            title: the title.
            view_type: the type of view, as its plugin names it.
            id: the view's id.
            description: a description in Markdown.
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
        """The views of a resource, in display order.

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
        """Reorder the views of a resource; omitted ones come last.

        Args:
            id: the resource's id.
            order: the ids of the views in their new order.

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
        """Replace the settings of a view; omitted ones are lost.

        Args:
            id: the view's id.
            resource_id: the resource's id.
            title: the title.
            description: a description in Markdown.
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
