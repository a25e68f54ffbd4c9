# Generated from actions/catalogue.json by scripts/actions/methods.py: `make fix` writes it.
"""Actions: DataStore, DataPusher and XLoader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuckan.client._async.actions.calling import UNSET, Calling

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Literal

    from tuckan.shapes import DatastoreInfo, DatastoreResult, DatastoreWritten, LoaderStatus


class DatastoreActions(Calling):
    """DataStore, DataPusher and XLoader."""

    async def datapusher_hook(self, *, metadata: Mapping[str, Any], status: str) -> None:
        """Update the status of a task; called by DataPusher itself.

        Args:
            metadata: a mapping with the `resource_id`.
            status: pending, complete or error.

        Returns:
            Nothing.

        Who may: whoever may edit the dataset.

        In CKAN 2.9 to 2.12, with the plugin datapusher.

        Example:
            >>> await ckan.action.datapusher_hook(metadata={"resource_id": resource_id}, status="complete")  # doctest: +SKIP
        """
        result: None = await self._send("datapusher_hook", {"metadata": metadata, "status": status})
        return result

    async def datapusher_status(self, *, resource_id: str) -> LoaderStatus:
        """The status of DataPusher for a resource.

        Args:
            resource_id: the resource's id.

        Returns:
            `LoaderStatus`.

        Who may: whoever may edit the dataset.

        In CKAN 2.9 to 2.12, with the plugin datapusher.

        Example:
            >>> await ckan.action.datapusher_status(resource_id=resource_id)  # doctest: +SKIP
        """
        result: LoaderStatus = await self._send("datapusher_status", {"resource_id": resource_id})
        return result

    async def datapusher_submit(
        self, *, resource_id: str, set_url_type: bool = UNSET, ignore_hash: bool = UNSET
    ) -> bool:
        """Submit a resource's file to DataPusher, which loads it into the DataStore; returns whether the task was queued.

        Args:
            resource_id: the resource's id.
            set_url_type: mark the resource as managed by the DataStore.
            ignore_hash: load the file even if it has not changed.

        Returns:
            `bool`.

        Who may: whoever may edit the dataset.

        In CKAN 2.9 to 2.12, with the plugin datapusher.

        Example:
            >>> await ckan.action.datapusher_submit(resource_id=resource_id)  # doctest: +SKIP
        """
        result: bool = await self._send(
            "datapusher_submit", {"resource_id": resource_id, "set_url_type": set_url_type, "ignore_hash": ignore_hash}
        )
        return result

    async def datastore_create(
        self,
        *,
        resource_id: str = UNSET,
        force: bool = UNSET,
        resource: Mapping[str, Any] = UNSET,
        aliases: Sequence[str] = UNSET,
        fields: Sequence[Mapping[str, Any]] = UNSET,
        records: Sequence[Mapping[str, Any]] = UNSET,
        primary_key: Sequence[str] = UNSET,
        indexes: Sequence[str] = UNSET,
        triggers: Sequence[Mapping[str, Any]] = UNSET,
        calculate_record_count: bool | str = UNSET,
        delete_fields: bool = UNSET,
        include_records: bool = UNSET,
    ) -> DatastoreWritten:
        """Create a table for a resource, or change its columns, keys and indexes; optionally with rows.

        Args:
            resource_id: the resource's id; use `resource` to create a new one.
            force: write even if the resource has a file or link, from which a loader may fill the table again.
            resource: the fields of a resource to create.
            aliases: alternative names for the table.
            fields: the columns, each with `id` and `type`.
            records: the rows.
            primary_key: columns that together identify a row.
            indexes: columns to index.
            triggers: functions to run for each written row.
            calculate_record_count: recount the rows afterwards; in the background by default from 2.12 on (CKAN's own value is 'background').
            delete_fields: drop columns that `fields` does not name (from 2.11).
            include_records: include the written rows in the result (from 2.12).

        Returns:
            `DatastoreWritten`.

        Who may: whoever may edit the dataset.

        In CKAN 2.9 to 2.12, with the plugin datastore.

        Example:
            >>> await ckan.action.datastore_create(resource_id=resource_id, force=True, fields=[{"id": "river", "type": "text"}, {"id": "level", "type": "numeric"}], primary_key=["river"], records=[{"river": "Isar", "level": 1.2}])  # doctest: +SKIP
        """
        result: DatastoreWritten = await self._send(
            "datastore_create",
            {
                "resource_id": resource_id,
                "force": force,
                "resource": resource,
                "aliases": aliases,
                "fields": fields,
                "records": records,
                "primary_key": primary_key,
                "indexes": indexes,
                "triggers": triggers,
                "calculate_record_count": calculate_record_count,
                "delete_fields": delete_fields,
                "include_records": include_records,
            },
        )
        return result

    async def datastore_delete(
        self,
        *,
        resource_id: str,
        force: bool = UNSET,
        filters: Mapping[str, Any] = UNSET,
        calculate_record_count: bool | str = UNSET,
        include_deleted_records: bool = UNSET,
    ) -> DatastoreWritten:
        """Delete matching rows; without filters, the whole table is deleted.

        Instead: `datastore_records_delete`.

        Args:
            resource_id: the resource's id.
            force: write even if the resource has a file or link, from which a loader may fill the table again.
            filters: values by column; without it the whole table is dropped.
            calculate_record_count: recount the rows afterwards; in the background by default from 2.12 on (CKAN's own value is 'background').
            include_deleted_records: include the deleted rows in the result (from 2.12).

        Returns:
            `DatastoreWritten`.

        Who may: whoever may edit the dataset.

        In CKAN 2.9 to 2.12, with the plugin datastore.

        Example:
            >>> await ckan.action.datastore_delete(resource_id=table_id, force=True, filters={"river": "Inn"})  # doctest: +SKIP
        """
        result: DatastoreWritten = await self._send(
            "datastore_delete",
            {
                "resource_id": resource_id,
                "force": force,
                "filters": filters,
                "calculate_record_count": calculate_record_count,
                "include_deleted_records": include_deleted_records,
            },
        )
        return result

    async def datastore_function_create(
        self,
        *,
        name: str,
        rettype: str,
        definition: str,
        or_replace: bool = UNSET,
        arguments: Sequence[Mapping[str, Any]] = UNSET,
    ) -> None:
        """Create a trigger function in the DataStore's database.

        Args:
            name: the function's name.
            rettype: the return type, such as `trigger`.
            definition: the body in PL/pgSQL.
            or_replace: replace an existing function of that name.
            arguments: the arguments, each with `argname` and `argtype`.

        Returns:
            Nothing.

        Who may: system administrators.

        In CKAN 2.9 to 2.12, with the plugin datastore.

        Example:
            >>> await ckan.action.datastore_function_create(name="as_written", or_replace=True, rettype="trigger", definition="BEGIN RETURN NEW; END;")  # doctest: +SKIP
        """
        result: None = await self._send(
            "datastore_function_create",
            {
                "name": name,
                "rettype": rettype,
                "definition": definition,
                "or_replace": or_replace,
                "arguments": arguments,
            },
        )
        return result

    async def datastore_function_delete(self, *, name: str, if_exists: bool = UNSET) -> None:
        """Delete a function from the DataStore's database.

        Args:
            name: the function's name.
            if_exists: do not fail if there is no such function.

        Returns:
            Nothing.

        Who may: system administrators.

        In CKAN 2.9 to 2.12, with the plugin datastore.

        Example:
            >>> await ckan.action.datastore_function_delete(name="as_written", if_exists=True)  # doctest: +SKIP
        """
        result: None = await self._send("datastore_function_delete", {"name": name, "if_exists": if_exists})
        return result

    async def datastore_info(
        self,
        *,
        resource_id: str = UNSET,
        include_meta: bool = UNSET,
        include_fields_schema: bool = UNSET,
        id: str = UNSET,
    ) -> DatastoreInfo:
        """Information about a table: its columns with types, row count, size and aliases.

        Args:
            resource_id: an alternative to `id` (from 2.11).
            include_meta: include size, row count and aliases (CKAN's own value is True, from 2.12).
            include_fields_schema: include the database schema of each column (CKAN's own value is True, from 2.12).
            id: the resource's id, or an alias of the table (until 2.11).

        Returns:
            `DatastoreInfo`.

        Who may: whoever may see the dataset.

        In CKAN 2.9 to 2.12, with the plugin datastore.

        Example:
            >>> await ckan.action.datastore_info(id=table_id)  # doctest: +SKIP
        """
        result: DatastoreInfo = await self._send(
            "datastore_info",
            {
                "resource_id": resource_id,
                "include_meta": include_meta,
                "include_fields_schema": include_fields_schema,
                "id": id,
            },
        )
        return result

    async def datastore_records_delete(
        self,
        *,
        resource_id: str,
        filters: Mapping[str, Any],
        force: bool = UNSET,
        calculate_record_count: bool | str = UNSET,
        include_deleted_records: bool = UNSET,
    ) -> DatastoreWritten:
        """Delete matching rows, but never the table itself.

        Args:
            resource_id: the resource's id.
            filters: values by column; {} for every row.
            force: write even if the resource has a file or link, from which a loader may fill the table again.
            calculate_record_count: recount the rows afterwards; in the background by default from 2.12 on (CKAN's own value is 'background').
            include_deleted_records: include the deleted rows in the result (from 2.12).

        Returns:
            `DatastoreWritten`.

        Who may: whoever may edit the dataset.

        In CKAN 2.11 to 2.12, with the plugin datastore.

        Example:
            >>> await ckan.action.datastore_records_delete(resource_id=table_id, force=True, filters={"river": "Inn"})  # doctest: +SKIP
        """
        result: DatastoreWritten = await self._send(
            "datastore_records_delete",
            {
                "resource_id": resource_id,
                "filters": filters,
                "force": force,
                "calculate_record_count": calculate_record_count,
                "include_deleted_records": include_deleted_records,
            },
        )
        return result

    async def datastore_run_triggers(self, *, resource_id: str) -> int:
        """Run the triggers of a table on its rows, and return the number of rows.

        Args:
            resource_id: the resource's id.

        Returns:
            `int`.

        Who may: system administrators.

        In CKAN 2.9 to 2.12, with the plugin datastore.

        Example:
            >>> await ckan.action.datastore_run_triggers(resource_id=table_id)  # doctest: +SKIP
        """
        result: int = await self._send("datastore_run_triggers", {"resource_id": resource_id})
        return result

    async def datastore_search(
        self,
        *,
        resource_id: str,
        filters: Mapping[str, Any] = UNSET,
        q: str | Mapping[str, Any] = UNSET,
        full_text: str = UNSET,
        distinct: bool = UNSET,
        plain: bool = UNSET,
        language: str = UNSET,
        limit: int = UNSET,
        offset: int = UNSET,
        fields: Sequence[str] = UNSET,
        sort: str = UNSET,
        include_total: bool = UNSET,
        records_format: Literal["objects", "lists", "csv", "tsv"] = UNSET,
        include_next_page: bool = UNSET,
    ) -> DatastoreResult:
        """One page of the matching rows of a table; at most 32,000 unless the portal allows more.

        Args:
            resource_id: the resource's id.
            filters: the value, or alternative values, that rows must have in each column; ranges too from 2.12 on.
            q: words to search for in all columns, or a mapping of columns to words.
            full_text: a full-text query in PostgreSQL's syntax (from 2.10).
            distinct: return distinct rows only.
            plain: treat `q` as plain words instead of a query.
            language: the language of `q`.
            limit: the maximum number of results (CKAN's own value is 100).
            offset: the number of results to skip.
            fields: the columns to return.
            sort: columns, each with asc or desc.
            include_total: include the number of matching rows; faster without (CKAN's own value is True).
            records_format: the format of rows: objects, lists in column order, or text (CKAN's own value is 'objects').
            include_next_page: include the filters that return the next page (from 2.12).

        Returns:
            `DatastoreResult`.

        Who may: whoever may see the dataset.

        In CKAN 2.9 to 2.12, with the plugin datastore.

        Example:
            >>> await ckan.action.datastore_search(resource_id=table_id, filters={"river": "Isar"}, sort="_id", limit=5)  # doctest: +SKIP
        """
        result: DatastoreResult = await self._send(
            "datastore_search",
            {
                "resource_id": resource_id,
                "filters": filters,
                "q": q,
                "full_text": full_text,
                "distinct": distinct,
                "plain": plain,
                "language": language,
                "limit": limit,
                "offset": offset,
                "fields": fields,
                "sort": sort,
                "include_total": include_total,
                "records_format": records_format,
                "include_next_page": include_next_page,
            },
        )
        return result

    async def datastore_search_sql(self, *, sql: str) -> DatastoreResult:
        """The rows returned by a SELECT statement; many portals disable this.

        Args:
            sql: a SELECT statement; tables are named by resource ids in double quotes.

        Returns:
            `DatastoreResult`.

        Who may: whoever may see all datasets whose tables it names.

        In CKAN 2.9 to 2.12, with the plugin datastore, if ckan.datastore.sqlsearch.enabled is on.

        Example:
            >>> await ckan.action.datastore_search_sql(sql=f'SELECT river FROM "{table_id}" LIMIT 5')  # doctest: +SKIP
        """
        result: DatastoreResult = await self._send("datastore_search_sql", {"sql": sql})
        return result

    async def datastore_upsert(
        self,
        *,
        resource_id: str,
        force: bool = UNSET,
        records: Sequence[Mapping[str, Any]] = UNSET,
        method: Literal["upsert", "insert", "update"] = UNSET,
        calculate_record_count: bool | str = UNSET,
        dry_run: bool = UNSET,
        include_records: bool = UNSET,
    ) -> DatastoreWritten:
        """Insert rows into a table, or update those with the same key.

        Args:
            resource_id: the resource's id.
            force: write even if the resource has a file or link, from which a loader may fill the table again.
            records: the rows.
            method: `upsert` updates or inserts, `insert` only inserts, `update` only updates.
            calculate_record_count: recount the rows afterwards; in the background by default from 2.12 on (CKAN's own value is 'background').
            dry_run: validate without writing.
            include_records: include the written rows in the result (from 2.12).

        Returns:
            `DatastoreWritten`.

        Who may: whoever may edit the dataset.

        In CKAN 2.9 to 2.12, with the plugin datastore.

        Example:
            >>> await ckan.action.datastore_upsert(resource_id=table_id, method="upsert", force=True, records=[{"river": "Isar", "level": 1.4}])  # doctest: +SKIP
        """
        result: DatastoreWritten = await self._send(
            "datastore_upsert",
            {
                "resource_id": resource_id,
                "force": force,
                "records": records,
                "method": method,
                "calculate_record_count": calculate_record_count,
                "dry_run": dry_run,
                "include_records": include_records,
            },
        )
        return result

    async def xloader_hook(
        self, *, metadata: Mapping[str, Any], status: str, error: str = UNSET, sent_data: Any = UNSET
    ) -> None:
        """Update the status of a job; called by XLoader itself.

        Args:
            metadata: a mapping with the `resource_id`.
            status: pending, complete or error.
            error: the error message.
            sent_data: the data that was sent.

        Returns:
            Nothing.

        Who may: whoever may edit the dataset.

        In CKAN 2.9 to 2.12, with the plugin xloader.

        Example:
            >>> await ckan.action.xloader_hook(metadata={"resource_id": resource_id}, status="complete")  # doctest: +SKIP
        """
        result: None = await self._send(
            "xloader_hook", {"metadata": metadata, "status": status, "error": error, "sent_data": sent_data}
        )
        return result

    async def xloader_status(self, *, resource_id: str) -> LoaderStatus:
        """The status of XLoader for a resource.

        Args:
            resource_id: the resource's id.

        Returns:
            `LoaderStatus`.

        Who may: whoever may edit the dataset.

        In CKAN 2.9 to 2.12, with the plugin xloader.

        Example:
            >>> await ckan.action.xloader_status(resource_id=resource_id)  # doctest: +SKIP
        """
        result: LoaderStatus = await self._send("xloader_status", {"resource_id": resource_id})
        return result

    async def xloader_submit(self, *, resource_id: str, set_url_type: bool = UNSET, ignore_hash: bool = UNSET) -> bool:
        """Submit a resource's file to XLoader, which loads it into the DataStore; returns whether the job was queued.

        Args:
            resource_id: the resource's id.
            set_url_type: mark the resource as managed by the DataStore.
            ignore_hash: load the file even if it has not changed.

        Returns:
            `bool`.

        Who may: whoever may edit the dataset.

        In CKAN 2.9 to 2.12, with the plugin xloader.

        Example:
            >>> await ckan.action.xloader_submit(resource_id=resource_id)  # doctest: +SKIP
        """
        result: bool = await self._send(
            "xloader_submit", {"resource_id": resource_id, "set_url_type": set_url_type, "ignore_hash": ignore_hash}
        )
        return result
