"""The DataStore: tables made from resources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuckan.client._async.namespace import Namespace, named
from tuckan.errors import Incomplete, InvalidArgument

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from tuckan.shapes import Record

PAGE_SIZE = 32_000


class DataStore(Namespace):
    """Tables of the DataStore."""

    async def info(self, resource: str) -> Record:
        """A table's fields with their types, and its size.

        Args:
            resource: the resource's id, or a table's alias.

        Raises:
            NotFound: when the resource has no table.
        """
        return await self._read_record("datastore_info", {"id": named(resource, "resource")})

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
    ) -> Record:
        """Rows of a table; one page.

        Args:
            resource: the resource's id, or a table's alias.
            filters: columns with the value wanted, or a list of alternatives.
            q: text to look for, in any column or by column.
            fields: only these columns.
            sort: an order such as `year desc`.
            limit: how many rows; the portal may grant fewer.
            offset: how many to pass over.
            total: count all matches too, which costs the portal more.

        Returns:
            CKAN's result: `fields`, `records`, `total`, and `limit` as it was granted.
        """
        params: dict[str, Any] = {
            "resource_id": named(resource, "resource"),
            "filters": dict(filters) if filters else None,
            "q": q or None,
            "fields": list(fields) or None,
            "sort": sort,
            "limit": limit,
            "offset": offset,
            "include_total": total,
        }
        return await self._read_record("datastore_search", params)

    async def iter(
        self,
        resource: str,
        *,
        filters: Mapping[str, Any] | None = None,
        q: str | Mapping[str, str] | None = None,
        fields: Sequence[str] = (),
        page_size: int = PAGE_SIZE,
    ) -> AsyncIterator[Record]:
        """Every row of a table (or every match), in the order of `_id`; complete, or an error at the end.

        Args:
            resource: the resource's id, or a table's alias.
            filters: columns with the value wanted, or a list of alternatives.
            q: text to look for.
            fields: only these columns; `_id` comes with them.
            page_size: rows to ask for at once; the portal may grant fewer.

        Yields:
            Rows as plain dicts.

        Raises:
            Incomplete: when fewer rows came than the portal counts.
        """
        if page_size < 1:
            raise InvalidArgument(f"page_size={page_size} is no size of a page.", hint="Use 1 or more.")
        columns = list(dict.fromkeys(["_id", *fields])) if fields else ()
        read, total = 0, 0
        with self._connection.progress("reading rows", unit="rows") as progress:
            while read < total or not read:
                page = await self.search(
                    resource,
                    filters=filters,
                    q=q,
                    fields=columns,
                    sort="_id asc",
                    limit=page_size,
                    offset=read,
                    total=not read,
                )
                total = total or int(page.get("total", 0))
                progress.total(total)
                if not (rows := page.get("records", [])):
                    break
                for row in rows:
                    yield row
                read += len(rows)
                progress.step(len(rows))
        if read < total:
            raise Incomplete(
                f"The table {resource} has {total:,} rows, and {read:,} were read.",
                expected=total,
                received=read,
                hint="It may have changed meanwhile: read it again.",
            )
