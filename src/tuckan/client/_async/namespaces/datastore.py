"""The DataStore: tables made from resources."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any

from tuckan._text import counted
from tuckan.client._async.bulk.pull import Pull
from tuckan.client._async.bulk.push import Pushing
from tuckan.client._async.bulk.push_target import PushOptions
from tuckan.client._async.bulk.whole_table import WholeTable
from tuckan.client._async.namespaces.datastore_writes import DataStoreWrites
from tuckan.client._async.namespaces.namespace import named
from tuckan.errors import ActionNotFound, Hint, Incomplete, InvalidArgument, ValidationError
from tuckan.readers.options import ReadOptions
from tuckan.tables import querying
from tuckan.tables.types import of_column
from tuckan.tables.values import rows_of
from tuckan.wire import postgres_csv
from tuckan.wire.rows import ID, Selection, choose, counting, describing, require_values
from tuckan.wire.table_hints import explaining_sql

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from tuckan.client._async.bulk.push import PushJob
    from tuckan.client._async.bulk.push_target import Mode, Via
    from tuckan.shapes import DatastoreInfo, DatastoreResult, Record
    from tuckan.tables.libraries import Relation
    from tuckan.tables.sources import Data
    from tuckan.tables.types import Type

_log = logging.getLogger("tuckan.client")


class DataStore(DataStoreWrites):
    """Tables of the DataStore."""

    async def info(self, resource: str) -> DatastoreInfo:
        """Return a table's columns with their types, and its size.

        Args:
            resource: the resource's id, `dataset/resource-name`, the address of its page, or a table's alias.

        Returns:
            `fields` (each column's `id`, `type`, and its entry in the data dictionary as `info`) and `meta` (`count` of rows, `size` in bytes, ...).

        Raises:
            NotFound: when the resource has no table.

        Example:
            >>> [one["id"] for one in ckan.datastore.info("planets/planets.csv")["fields"]][:3]
            ['planet', 'mass_1e24_kg', 'diameter_km']
        """
        return await self._read_record("datastore_info", {"id": await self._resource(resource)})

    async def search(
        self,
        resource: str,
        *,
        filters: Mapping[str, Any] | None = None,
        q: str | Mapping[str, str] | None = None,
        fields: Sequence[str] = (),
        sort: str | None = None,
        limit: int = 100,
        offset: int = 0,
        total: bool = True,
    ) -> DatastoreResult:
        """Return rows of a table, one page of them.

        Args:
            resource: the resource's id, `dataset/resource-name`, the address of its page, or a table's alias.
            filters: columns with a value, or with a list of alternatives.
            q: text to search for, in any column or by column.
            fields: only these columns.
            sort: an order such as `year desc`.
            limit: how many rows; the portal may return fewer.
            offset: how many to skip.
            total: count all matches too, which costs the portal more.

        Returns:
            CKAN's result: `fields` (columns with `id` and `type`), `records` (rows as dicts), `total`, and the `limit` that applied.

        Raises:
            NotFound: when the resource has no table.
            InvalidArgument: when a filter asks for null, which CKAN does not support; `query` does.

        Example:
            >>> found = ckan.datastore.search("planets/planets.csv", filters={"planet": "Mars"}, fields=["planet", "moons"])
            >>> found["total"], found["records"]
            (1, [{'planet': 'Mars', 'moons': 2}])
        """
        require_values(filters)
        params: dict[str, Any] = {
            "resource_id": await self._resource(resource),
            "filters": dict(filters) if filters else None,
            "q": q or None,
            "fields": list(fields) or None,
            "sort": sort,
            "limit": limit,
            "offset": offset,
            "include_total": total,
        }
        return await self._read_page("datastore_search", params, "records", "total" if total else None)

    async def iter(
        self,
        resource: str,
        *,
        filters: Mapping[str, Any] | None = None,
        q: str | Mapping[str, str] | None = None,
        fields: Sequence[str] = (),
        page_size: int | None = None,
    ) -> AsyncIterator[Record]:
        """Iterate over all rows of a table, or all matches, ordered by `_id`: complete, or an error at the end.

        Values are Python's: integers are int; fractions are float if that loses no digit, and otherwise
        Decimal; dates and times are of `datetime`; JSON and lists are parsed. Memory use is constant.

        Args:
            resource: the resource's id, `dataset/resource-name`, the address of its page, or a table's alias.
            filters: columns with a value, or with a list of alternatives; ranges too from CKAN 2.12.
            q: text to search for, in any column or by column.
            fields: only these columns; `_id` is always included.
            page_size: rows to request at once; None to choose automatically.

        Yields:
            Rows as plain dicts.

        Raises:
            NotFound: when the resource has no table.
            Incomplete: when it cannot be shown that no row is missing.

        Example:
            >>> rows = ckan.datastore.iter("planets/planets.csv", fields=["planet"], filters={"planet": ["Mars", "Venus"]})
            >>> sorted(row["planet"] for row in rows)
            ['Mars', 'Venus']
        """
        require_values(filters)
        if page_size is not None and page_size < 1:
            raise InvalidArgument(f"page_size={page_size} is not a valid page size.", hint="Use 1 or more.")
        portal_state = self._connection.portal_state
        wanted = await self._resource(resource)
        columns = await self._connection.run(describing(wanted, portal_state))
        found = [columns[0], *(one for one in choose(columns, fields, q) if one.name != ID)]
        names, types = [one.name for one in found], [of_column(one.type) for one in found]
        selection = Selection(wanted, tuple(names[1:]), filters, q)
        async for page in WholeTable(self._connection, selection, None, page_size).pages():
            for row in rows_of(postgres_csv.rows(page.csv.decode()), names, types):
                yield row

    def pull(
        self,
        resource: str,
        *,
        columns: Sequence[str] = (),
        filters: Mapping[str, Any] | None = None,
        q: str | Mapping[str, str] | None = None,
        sort: str | None = None,
        limit: int | None = None,
        types: Mapping[str, str] | None = None,
        page_size: int | None = None,
    ) -> Pull:
        """Prepare to read a table as Arrow, as a DataFrame, or into a file: `pull(id).to_pandas()`, `.to_parquet(path)`.

        The portal selects rows and columns; the result is complete, or an error. Types are exact: `numeric`, which could be
        anything, becomes the smallest type that loses no digit of a column.

        Args:
            resource: the resource's id, `dataset/resource-name`, the address of its page, or a table's alias.
            columns: only these, in this order; `_id`, CKAN's own number of a row, is included only if it is named here.
            filters: columns with a value, or with a list of alternatives; ranges too from CKAN 2.12.
            q: text to search for, in any column or by column.
            sort: an order such as `year desc`; by default rows are ordered by `_id`.
            limit: the maximum number of rows.
            types: columns with the type to use instead of the inferred one: `float64`, `decimal(12, 2)`, `text`, ...
            page_size: rows to request at once; None to choose automatically.

        Returns:
            The pull, a context manager; nothing is sent until its content is asked for.

        Raises:
            InvalidArgument: when `limit` or `page_size` is not valid.

        Example:
            >>> with ckan.datastore.pull("planets/planets.csv", columns=["planet", "moons"]) as pull:
            ...     frame = pull.to_pandas()
            >>> frame.shape
            (8, 2)
        """
        selection = Selection(named(resource, "resource"), tuple(columns), filters, q, sort)
        return Pull(self._connection, selection, limit=limit, types=types or {}, page_size=page_size)

    async def push(
        self,
        data: Data,
        resource: str | None = None,
        *,
        dataset: str | None = None,
        name: str | None = None,
        mode: Mode = "replace",
        key: str | Sequence[str] = (),
        types: Mapping[str, str] | None = None,
        indexes: Sequence[str | Sequence[str]] = (),
        aliases: Sequence[str] = (),
        in_order: bool = False,
        via: Via = "rows",
        force: bool = False,
        read: ReadOptions | None = None,
        dry_run: bool = False,
    ) -> PushJob:
        """Plan to create a table from a DataFrame or a file, or to add its rows to an existing table.

        Every value is checked before anything is sent, and the types chosen give each value back unchanged. All rows arrive exactly
        once, whatever happens to this process or to the network: `run()` ends with the portal's own row count.

        Args:
            data: a pandas or polars DataFrame, an Arrow table or reader, a DuckDB relation, rows as dicts, a dict of
                lists; or a file: CSV, TSV, spreadsheets, JSON, JSON lines, GeoJSON (properties, and geometry as JSON), Parquet,
                Arrow, DuckDB. A named pandas index becomes a column.
            resource: the resource: its id, `dataset/name`, or the address of its page; or else `dataset` and `name`.
            dataset: the dataset of the resource.
            name: the resource's name; a new resource is created when the dataset has none of that name.
            mode: `replace` recreates the table, and keeps the old one beside the job's journal until then, so that `undo()` can
                restore it; `append` adds rows; `upsert` updates the rows whose key exists, and adds the others.
            key: columns that identify a row. `upsert` needs them, unless the table has a key of its own.
            types: columns with the types to use instead of the inferred ones: `text`, `int32`, `decimal(12, 2)`, ...
            indexes: columns, or groups of columns, to index once the rows are there.
            aliases: further names of the table.
            in_order: send one chunk after the other, so that `_id` follows the order of the rows; half as fast.
            via: `rows` sends the rows; `loader` uploads them as one file, has the portal's XLoader copy it, and compares the result,
                for a whole table; `auto` does that if there are many rows, XLoader leaves each value as it is, and the portal
                has it. Rows are sent wherever the loader fails, and `job.report().notes` says so.
            force: push even if the resource has a file or link, from which a loader may fill the table again; as in CKAN's API.
            read: how to read a file, such as `ReadOptions(delimiter=";", header_row=3)`.
            dry_run: plan only; rows that go into an existing table are tried by CKAN and rolled back.

        Returns:
            The job, with nothing sent yet: look at `job.types` and `job.plan()`, then `job.run()`.

        Raises:
            InvalidArgument: when the data cannot be read, or does not match the table.
            DoesNotFit: when a value does not fit its column's type; the message names its file, row and column.

        Example:
            >>> rain = {"year": [2023, 2024], "mm": [610.5, 702.0]}
            >>> with ckan.datastore.push(rain, dataset="states", name="Rain") as job:
            ...     print(job.types, job.run().complete)
            {'year': 'int64', 'mm': 'float64'} True
            >>> ckan.resources.delete("states/Rain")
        """
        keys = (key,) if isinstance(key, str) else tuple(key)
        options = PushOptions(
            mode, keys, types or {}, indexes, aliases, in_order, via, force, dry_run, read or ReadOptions()
        )
        return await Pushing(self._connection, options).plan(data, resource, dataset, name)

    async def sql(self, query: str, *, require_complete: bool = True) -> DatastoreResult:
        """Run a SQL query on the portal.

        Args:
            query: one SELECT; tables are named by resource id, or `dataset/name`, in double quotes.
            require_complete: raise when the portal truncates the answer; otherwise `records_truncated` in the result says so.

        Returns:
            CKAN's result: `fields` and `records`.

        Raises:
            ActionNotFound: when SQL is disabled on the portal, as it is by default from CKAN 2.10 on; use `query` there.
            Incomplete: when there are more rows than the portal returns.
            ValidationError: when the portal rejects the query.

        Example:
            >>> table = ckan.resources.get("planets/planets.csv")["id"]  # doctest: +SKIP
            >>> ckan.datastore.sql(f'SELECT planet FROM "{table}" WHERE diameter_km > 130000')["records"]  # doctest: +SKIP
            [{'planet': 'Jupiter'}]
        """
        query = await self._with_ids(named(query, "query"))
        try:
            result = await self._read_record("datastore_search_sql", {"sql": query})
        except ActionNotFound as error:
            raise ActionNotFound(
                "This portal has SQL search disabled, which is the default from CKAN 2.10 on.",
                action=error.action,
                status=error.status,
                hint=Hint(
                    "Run it locally: query(...) pulls the rows it needs, unlike sql(...).",
                    "Run it locally: add --here.",
                ),
            ) from error
        except ValidationError as error:
            raise (await self._run(explaining_sql(error, query, self._portal_state))) from None
        records = result.get("records", [])
        if result.get("records_truncated") and require_complete:
            raise Incomplete(
                f"The portal gives {counted(len(records), 'row')} of an answer in SQL at most, and this one has more.",
                expected=None,
                received=len(records),
                hint=Hint(
                    "Request less, or run it locally and completely with query(...) instead of sql(...).",
                    "Request less, or run it locally and completely: add --here.",
                ),
            )
        return result

    async def query(self, query: str, *, on_progress: Callable[[str], object] = _log.info) -> Relation:
        """Run a SQL query locally: the data that it needs is pulled, and DuckDB evaluates it.

        Use it where SQL is disabled on the portal, or the answer is truncated, or the query takes too long there. The portal sends only
        the columns that the query reads, and only the rows that match its plain conditions.

        Args:
            query: one SELECT; tables are named by resource id, or `dataset/name`, in double quotes.
            on_progress: is called with a sentence for each table that was pulled.

        Returns:
            A DuckDB relation: `.df()`, `.pl()`, `.arrow()`, `.fetchall()`, `.show()`.

        Raises:
            InvalidArgument: when DuckDB rejects the query.
            NotFound: when there is no such table.
            Incomplete: when it cannot be shown that no row is missing.
            MissingDependency: when duckdb is not installed.

        Example:
            >>> table = ckan.resources.get("planets/planets.csv")["id"]
            >>> ckan.datastore.query(f'SELECT count(*) FROM "{table}"').fetchall()
            [(8,)]
        """
        query = await self._with_ids(query)
        portal_state = self._connection.portal_state
        tables: dict[str, dict[str, Type]] = {}
        counts: dict[str, int] = {}
        for name in querying.tables_of(query):
            columns = await self._connection.run(describing(name, portal_state))
            tables[name] = {one.name: of_column(one.type) for one in columns}
            counts[name] = (await self._connection.run(counting(Selection(name), portal_state))).rows
        bench = querying.Workbench()
        for name, need in querying.needs(query, tables).items():
            filters = need.filters(ranges=bool(portal_state.limitations.ranges))
            spool = await self.pull(name, columns=need.columns, filters=filters).spooled()
            bench.add(name, spool.batches(), spool.types, tables[name])
            where = f", where {filters}" if filters else ""
            columns_told = f"{len(need.columns)} of {counted(len(tables[name]), 'column')}"
            on_progress(f"{name}: {spool.rows:,} of {counted(counts[name], 'row')} pulled, {columns_told}{where}.")
        return bench.ask(query)

    async def _with_ids(self, query: str) -> str:
        """The query with each `"dataset/name"` replaced by a table id; names that are not resources are columns and stay."""
        for name in dict.fromkeys(_IN_A_DATASET.findall(query)):
            query = query.replace(f'"{name}"', f'"{await self._resource(name)}"')
        return query


_IN_A_DATASET = re.compile(r'"([^"/]+/[^"/]+)"')
