# Generated from src/tuckan/client/_async/actions/datastore.py by scripts/unasync.py: change that file, then run `make fix`.
# Generated from actions/catalogue.json by scripts/actions/methods.py: `make fix` writes it.
"""Actions: DataStore, DataPusher and XLoader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuckan.client._sync.actions.calling import UNSET, Calling

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Literal

    from tuckan.shapes import DatastoreInfo, DatastoreResult, DatastoreWritten, LoaderStatus


class DatastoreActions(Calling):
    """DataStore, DataPusher and XLoader."""

    def datapusher_hook(self, *, metadata: Mapping[str, Any], status: str) -> None:
        """DataPusher itself tells here how its task stands.

        Args:
            metadata: has the resource_id.
            status: pending, complete or error.

        Returns:
            Nothing.

        Who may: whoever may edit the dataset.

        In CKAN 2.9 to 2.12, with the plugin `datapusher`.

        Example:
            >>> ckan.action.datapusher_hook(metadata={"resource_id": resource_id}, status="complete")  # doctest: +SKIP
        """
        self._send("datapusher_hook", {"metadata": metadata, "status": status})

    def datapusher_status(self, *, resource_id: str) -> LoaderStatus:
        """How DataPusher's work on a resource stands.

        Args:
            resource_id: the resource's id.

        Returns:
            `LoaderStatus`.

        Who may: whoever may edit the dataset.

        In CKAN 2.9 to 2.12, with the plugin `datapusher`.

        Example:
            >>> ckan.action.datapusher_status(resource_id=resource_id)  # doctest: +SKIP
        """
        result: LoaderStatus = self._send("datapusher_status", {"resource_id": resource_id})
        return result

    def datapusher_submit(self, *, resource_id: str, ignore_hash: bool = UNSET, set_url_type: bool = UNSET) -> bool:
        """Have DataPusher load a resource's file into the DataStore; gives whether the task was queued.

        Args:
            resource_id: the resource's id.
            ignore_hash: load it although the file has not changed.
            set_url_type: mark the resource as one that the DataStore keeps.

        Returns:
            `bool`.

        Who may: whoever may edit the dataset.

        In CKAN 2.9 to 2.12, with the plugin `datapusher`.

        Example:
            >>> ckan.action.datapusher_submit(resource_id=resource_id)  # doctest: +SKIP
        """
        result: bool = self._send(
            "datapusher_submit", {"resource_id": resource_id, "ignore_hash": ignore_hash, "set_url_type": set_url_type}
        )
        return result

    def datastore_create(
        self,
        *,
        aliases: Sequence[str] = UNSET,
        calculate_record_count: bool | str = UNSET,
        fields: Sequence[Mapping[str, Any]] = UNSET,
        force: bool = UNSET,
        indexes: Sequence[str] = UNSET,
        primary_key: Sequence[str] = UNSET,
        records: Sequence[Mapping[str, Any]] = UNSET,
        resource: Mapping[str, Any] = UNSET,
        resource_id: str = UNSET,
        triggers: Sequence[Mapping[str, Any]] = UNSET,
        delete_fields: bool = UNSET,
        include_records: bool = UNSET,
    ) -> DatastoreWritten:
        """Create a table for a resource, or change its columns, keys and indexes; with rows if they are given.

        Args:
            aliases: further names for the table.
            calculate_record_count: count the rows afterwards; in 2.12 in the background if not told otherwise (CKAN's own value is 'background').
            fields: the columns, each with id and type.
            force: also where the table is not one that only the API writes to.
            indexes: columns to index.
            primary_key: columns that together are unique.
            records: the rows.
            resource: the fields of a resource to create.
            resource_id: the resource's id; or give `resource` for a new one.
            triggers: functions to run for each row that is written.
            delete_fields: drop columns that `fields` does not name (from 2.11).
            include_records: with the rows in the reply (from 2.12).

        Returns:
            `DatastoreWritten`.

        Who may: whoever may edit the dataset.

        In CKAN 2.9 to 2.12, with the plugin `datastore`.

        Example:
            >>> ckan.action.datastore_create(resource_id=resource_id, force=True, fields=[{"id": "river", "type": "text"}, {"id": "level", "type": "numeric"}], primary_key=["river"], records=[{"river": "Isar", "level": 1.2}])  # doctest: +SKIP
        """
        result: DatastoreWritten = self._send(
            "datastore_create",
            {
                "aliases": aliases,
                "calculate_record_count": calculate_record_count,
                "fields": fields,
                "force": force,
                "indexes": indexes,
                "primary_key": primary_key,
                "records": records,
                "resource": resource,
                "resource_id": resource_id,
                "triggers": triggers,
                "delete_fields": delete_fields,
                "include_records": include_records,
            },
        )
        return result

    def datastore_delete(
        self,
        *,
        resource_id: str,
        calculate_record_count: bool | str = UNSET,
        filters: Mapping[str, Any] = UNSET,
        force: bool = UNSET,
        include_deleted_records: bool = UNSET,
    ) -> DatastoreWritten:
        """Delete rows that match; without filters the whole table goes.

        Instead: `datastore_records_delete`.

        Args:
            resource_id: the resource's id.
            calculate_record_count: count the rows afterwards; in 2.12 in the background if not told otherwise (CKAN's own value is 'background').
            filters: columns with values; without it the whole table is dropped.
            force: also where the table is not one that only the API writes to.
            include_deleted_records: with the deleted rows in the reply (from 2.12).

        Returns:
            `DatastoreWritten`.

        Who may: whoever may edit the dataset.

        In CKAN 2.9 to 2.12, with the plugin `datastore`.

        Example:
            >>> ckan.action.datastore_delete(resource_id=table_id, force=True, filters={"river": "Inn"})  # doctest: +SKIP
        """
        result: DatastoreWritten = self._send(
            "datastore_delete",
            {
                "resource_id": resource_id,
                "calculate_record_count": calculate_record_count,
                "filters": filters,
                "force": force,
                "include_deleted_records": include_deleted_records,
            },
        )
        return result

    def datastore_function_create(
        self,
        *,
        definition: str,
        name: str,
        rettype: str,
        or_replace: bool = UNSET,
        arguments: Sequence[Mapping[str, Any]] = UNSET,
    ) -> None:
        """Create a trigger function in the DataStore's database.

        Args:
            definition: the body in PL/pgSQL.
            name: the function's name.
            rettype: what it gives, such as trigger.
            or_replace: replace one of that name.
            arguments: its arguments, each with argname and argtype.

        Returns:
            Nothing.

        Who may: system administrators.

        In CKAN 2.9 to 2.12, with the plugin `datastore`.

        Example:
            >>> ckan.action.datastore_function_create(name="as_written", or_replace=True, rettype="trigger", definition="BEGIN RETURN NEW; END;")  # doctest: +SKIP
        """
        self._send(
            "datastore_function_create",
            {
                "definition": definition,
                "name": name,
                "rettype": rettype,
                "or_replace": or_replace,
                "arguments": arguments,
            },
        )

    def datastore_function_delete(self, *, name: str, if_exists: bool = UNSET) -> None:
        """Delete a function from the DataStore's database.

        Args:
            name: the function's name.
            if_exists: say nothing when there is none.

        Returns:
            Nothing.

        Who may: system administrators.

        In CKAN 2.9 to 2.12, with the plugin `datastore`.

        Example:
            >>> ckan.action.datastore_function_delete(name="as_written", if_exists=True)  # doctest: +SKIP
        """
        self._send("datastore_function_delete", {"name": name, "if_exists": if_exists})

    def datastore_info(
        self,
        *,
        resource_id: str = UNSET,
        include_fields_schema: bool = UNSET,
        include_meta: bool = UNSET,
        id: str = UNSET,
    ) -> DatastoreInfo:
        """What a table is: its columns with types, how many rows, its size and aliases.

        Args:
            resource_id: the same (from 2.11).
            include_fields_schema: with how each column stands in the database (CKAN's own value is True, from 2.12).
            include_meta: with size, count and aliases (CKAN's own value is True, from 2.12).
            id: the resource's id, or an alias of the table (until 2.11).

        Returns:
            `DatastoreInfo`.

        Who may: whoever may see the dataset.

        In CKAN 2.9 to 2.12, with the plugin `datastore`.

        Example:
            >>> ckan.action.datastore_info(id=table_id)  # doctest: +SKIP
        """
        result: DatastoreInfo = self._send(
            "datastore_info",
            {
                "resource_id": resource_id,
                "include_fields_schema": include_fields_schema,
                "include_meta": include_meta,
                "id": id,
            },
        )
        return result

    def datastore_records_delete(
        self,
        *,
        filters: Mapping[str, Any],
        resource_id: str,
        calculate_record_count: bool | str = UNSET,
        force: bool = UNSET,
        include_deleted_records: bool = UNSET,
    ) -> DatastoreWritten:
        """Delete rows that match and never the table itself.

        Args:
            filters: columns with values; {} for every row.
            resource_id: the resource's id.
            calculate_record_count: count the rows afterwards; in 2.12 in the background if not told otherwise (CKAN's own value is 'background').
            force: also where the table is not one that only the API writes to.
            include_deleted_records: with the deleted rows in the reply (from 2.12).

        Returns:
            `DatastoreWritten`.

        Who may: whoever may edit the dataset.

        In CKAN 2.11 to 2.12, with the plugin `datastore`.

        Example:
            >>> ckan.action.datastore_records_delete(resource_id=table_id, force=True, filters={"river": "Inn"})  # doctest: +SKIP
        """
        result: DatastoreWritten = self._send(
            "datastore_records_delete",
            {
                "filters": filters,
                "resource_id": resource_id,
                "calculate_record_count": calculate_record_count,
                "force": force,
                "include_deleted_records": include_deleted_records,
            },
        )
        return result

    def datastore_run_triggers(self, *, resource_id: str) -> int:
        """Run the triggers of a table on its rows, and tell how many rows there are.

        Args:
            resource_id: the resource's id.

        Returns:
            `int`.

        Who may: system administrators.

        In CKAN 2.9 to 2.12, with the plugin `datastore`.

        Example:
            >>> ckan.action.datastore_run_triggers(resource_id=table_id)  # doctest: +SKIP
        """
        result: int = self._send("datastore_run_triggers", {"resource_id": resource_id})
        return result

    def datastore_search(
        self,
        *,
        resource_id: str,
        distinct: bool = UNSET,
        fields: Sequence[str] = UNSET,
        filters: Mapping[str, Any] = UNSET,
        full_text: str = UNSET,
        include_total: bool = UNSET,
        language: str = UNSET,
        limit: int = UNSET,
        offset: int = UNSET,
        plain: bool = UNSET,
        q: str | Mapping[str, Any] = UNSET,
        records_format: Literal["objects", "lists", "csv", "tsv"] = UNSET,
        sort: str = UNSET,
        include_next_page: bool = UNSET,
    ) -> DatastoreResult:
        """Rows of a table that match, one page of them; 32,000 at most unless the portal allows more.

        Args:
            resource_id: the resource's id.
            distinct: each different row once.
            fields: the columns to give.
            filters: columns with the value, or the values, that rows must have; from 2.12 ranges too.
            full_text: words to find with PostgreSQL's own syntax (from 2.10).
            include_total: with how many match; without it is faster (CKAN's own value is True).
            language: the language of q.
            limit: how many at most (CKAN's own value is 100).
            offset: how many to leave out before the first.
            plain: take q as plain words, not as a query.
            q: words to find in all columns, or for each column its own.
            records_format: rows as objects, as lists in the order of columns, or as text (CKAN's own value is 'objects').
            sort: columns, each with asc or desc.
            include_next_page: with the filters that give the next page (from 2.12).

        Returns:
            `DatastoreResult`.

        Who may: whoever may see the dataset.

        In CKAN 2.9 to 2.12, with the plugin `datastore`.

        Example:
            >>> ckan.action.datastore_search(resource_id=table_id, filters={"river": "Isar"}, sort="_id", limit=5)  # doctest: +SKIP
        """
        result: DatastoreResult = self._send(
            "datastore_search",
            {
                "resource_id": resource_id,
                "distinct": distinct,
                "fields": fields,
                "filters": filters,
                "full_text": full_text,
                "include_total": include_total,
                "language": language,
                "limit": limit,
                "offset": offset,
                "plain": plain,
                "q": q,
                "records_format": records_format,
                "sort": sort,
                "include_next_page": include_next_page,
            },
        )
        return result

    def datastore_search_sql(self, *, sql: str) -> DatastoreResult:
        """Rows that a SELECT statement gives; many portals have this switched off.

        Args:
            sql: one SELECT statement; tables are resource ids in double quotes.

        Returns:
            `DatastoreResult`.

        Who may: whoever may see all datasets whose tables it names.

        In CKAN 2.9 to 2.12, with the plugin `datastore`.

        Example:
            >>> ckan.action.datastore_search_sql(sql=f'SELECT river FROM "{table_id}" LIMIT 5')  # doctest: +SKIP
        """
        result: DatastoreResult = self._send("datastore_search_sql", {"sql": sql})
        return result

    def datastore_upsert(
        self,
        *,
        resource_id: str,
        calculate_record_count: bool | str = UNSET,
        dry_run: bool = UNSET,
        force: bool = UNSET,
        method: Literal["upsert", "insert", "update"] = UNSET,
        records: Sequence[Mapping[str, Any]] = UNSET,
        include_records: bool = UNSET,
    ) -> DatastoreWritten:
        """Add rows to a table, or change those with the same key.

        Args:
            resource_id: the resource's id.
            calculate_record_count: count the rows afterwards; in 2.12 in the background if not told otherwise (CKAN's own value is 'background').
            dry_run: check, and write nothing.
            force: also where the table is not one that only the API writes to.
            method: change or add, only add, or only change.
            records: the rows.
            include_records: with the rows in the reply (from 2.12).

        Returns:
            `DatastoreWritten`.

        Who may: whoever may edit the dataset.

        In CKAN 2.9 to 2.12, with the plugin `datastore`.

        Example:
            >>> ckan.action.datastore_upsert(resource_id=table_id, method="upsert", force=True, records=[{"river": "Isar", "level": 1.4}])  # doctest: +SKIP
        """
        result: DatastoreWritten = self._send(
            "datastore_upsert",
            {
                "resource_id": resource_id,
                "calculate_record_count": calculate_record_count,
                "dry_run": dry_run,
                "force": force,
                "method": method,
                "records": records,
                "include_records": include_records,
            },
        )
        return result

    def xloader_hook(
        self, *, metadata: Mapping[str, Any], status: str, error: str = UNSET, sent_data: Any = UNSET
    ) -> None:
        """XLoader itself tells here how its job stands.

        Args:
            metadata: has the resource_id.
            status: pending, complete or error.
            error: what went wrong.
            sent_data: what was sent.

        Returns:
            Nothing.

        Who may: whoever may edit the dataset.

        In CKAN 2.9 to 2.12, with the plugin `xloader`.

        Example:
            >>> ckan.action.xloader_hook(metadata={"resource_id": resource_id}, status="complete")  # doctest: +SKIP
        """
        self._send("xloader_hook", {"metadata": metadata, "status": status, "error": error, "sent_data": sent_data})

    def xloader_status(self, *, resource_id: str) -> LoaderStatus:
        """How XLoader's work on a resource stands.

        Args:
            resource_id: the resource's id.

        Returns:
            `LoaderStatus`.

        Who may: whoever may edit the dataset.

        In CKAN 2.9 to 2.12, with the plugin `xloader`.

        Example:
            >>> ckan.action.xloader_status(resource_id=resource_id)  # doctest: +SKIP
        """
        result: LoaderStatus = self._send("xloader_status", {"resource_id": resource_id})
        return result

    def xloader_submit(self, *, resource_id: str, ignore_hash: bool = UNSET, set_url_type: bool = UNSET) -> bool:
        """Have XLoader load a resource's file into the DataStore; gives whether the job was queued.

        Args:
            resource_id: the resource's id.
            ignore_hash: load it although the file has not changed.
            set_url_type: mark the resource as one that the DataStore keeps.

        Returns:
            `bool`.

        Who may: whoever may edit the dataset.

        In CKAN 2.9 to 2.12, with the plugin `xloader`.

        Example:
            >>> ckan.action.xloader_submit(resource_id=resource_id)  # doctest: +SKIP
        """
        result: bool = self._send(
            "xloader_submit", {"resource_id": resource_id, "ignore_hash": ignore_hash, "set_url_type": set_url_type}
        )
        return result
