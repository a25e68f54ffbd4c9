"""DataStore tables: create and change one, write and delete rows, drop it. For many rows: `datastore.push`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast
from uuid import uuid4

from tuckan._text import counted
from tuckan.client._async.namespaces.namespace import Namespace, not_confirmed, require_confirmation
from tuckan.errors import Hint, InvalidArgument, NotFound, NotKept
from tuckan.tables.types import named as type_named
from tuckan.wire.call import Call
from tuckan.wire.doubt import once
from tuckan.wire.execute import execute
from tuckan.wire.finding import about_table
from tuckan.wire.removing import removing
from tuckan.wire.rows import ID, Selection, counting
from tuckan.wire.table_writes import table_of
from tuckan.wire.verification import verifying
from tuckan.wire.writing import reading_if_there

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tuckan.shapes import ColumnInfo, DatastoreWritten, Record
    from tuckan.wire.flow import Flow

Method: TypeAlias = "Literal['insert', 'update', 'upsert']"
Columns: TypeAlias = "Mapping[str, str] | Sequence[Mapping[str, Any]]"
"""Columns with their types, tuckan's or CKAN's; or CKAN's fields, with `id`, `type` and `info`."""


class DataStoreWrites(Namespace):
    """Methods that change tables."""

    async def create(
        self,
        resource: str | None = None,
        columns: Columns = (),
        *,
        dataset: str | None = None,
        name: str | None = None,
        records: Sequence[Mapping[str, Any]] = (),
        primary_key: str | Sequence[str] | None = None,
        indexes: Sequence[str | Sequence[str]] | None = None,
        aliases: str | Sequence[str] | None = None,
        triggers: Sequence[str] | None = None,
        force: bool = False,
    ) -> DatastoreWritten:
        """Create a table, or change an existing one: columns are added, and the key, indexes, aliases and triggers are replaced.

        Args:
            resource: the resource's id; None to create a new resource of a dataset for the table.
            columns: columns with their types, such as `{"year": "int32", "notes": "text"}`, or CKAN's own fields.
            dataset: the dataset that gets a new resource.
            name: the name of the new resource.
            records: the first rows.
            primary_key: columns that identify a row; CKAN creates a unique index on them.
            indexes: columns, or groups of columns, to index.
            aliases: further names by which the table can be read.
            triggers: names of functions that run before a row is written; an administrator defines them.
            force: write even if the resource has a file or link, from which a loader may fill the table again; as in CKAN's API.

        Returns:
            CKAN's answer: `resource_id`, `fields`, and whatever else was given.

        Raises:
            InvalidArgument: when both a resource and a dataset are given, or neither.
            ValidationError: when CKAN rejects a name or a type.

        Example:
            >>> rows = [{"moon": "Phobos", "km": 22}, {"moon": "Deimos", "km": 12}]
            >>> made = ckan.datastore.create(
            ...     dataset="planet-mars", name="moons", columns={"moon": "text", "km": "int32"}, records=rows, primary_key="moon"
            ... )
            >>> [(one["id"], one["type"]) for one in made["fields"]]
            [('moon', 'text'), ('km', 'int4')]
        """
        if (resource is None) == (dataset is None):
            raise InvalidArgument(
                "A table needs a resource, or a dataset for a new resource.", hint="Give one of them."
            )
        given: Record = {
            "fields": _fields(columns) or None,
            "records": list(records) or None,
            "primary_key": primary_key,
            "indexes": indexes,
            "aliases": aliases,
            "triggers": None if triggers is None else [{"function": one} for one in triggers],
            "force": force or None,
        }
        params = {key: value for key, value in given.items() if value is not None}
        if resource is not None:
            wanted = await self._resource(resource)
            if columns:
                params["fields"] = await self._among_others(wanted, _fields(columns))
            call = Call("datastore_create", {"resource_id": wanted, **params}, idempotent=not records)
            return await self._run(execute(call, self._portal_state))
        new = {"package_id": self._name_of(dataset or "", "dataset"), "id": str(uuid4()), "name": name}
        new = {key: value for key, value in new.items() if value is not None}

        def done() -> Flow[Record | None]:
            look = Call("datastore_info", {"id": new["id"]}, read_only=True)
            found = yield from reading_if_there(look, self._portal_state)
            return found and {"resource_id": new["id"], "fields": found.get("fields", [])}

        return await self._run(once(Call("datastore_create", {"resource": new, **params}), done, self._portal_state))

    async def _among_others(self, resource: str, fields: list[Record]) -> list[Record]:
        """Fields preceded by those of the existing table, as CKAN up to 2.10 requires."""
        given = {one["id"]: one for one in fields}
        table = await self._run(table_of(resource, self._portal_state))
        there = [{**one, **given.pop(one["id"], {})} for one in (table or {}).get("fields", ())]
        return [*there, *given.values()]

    async def describe(
        self, resource: str, columns: Mapping[str, Mapping[str, Any]], *, force: bool = False
    ) -> dict[str, ColumnInfo]:
        """Set what the data dictionary says about columns; what is not given stays.

        Args:
            resource: the resource's id.
            columns: columns with `label`, `notes`, `type_override` (the type that loaders are to use), or other keys.
            force: as for `create`.

        Returns:
            The columns with their current entries.

        Raises:
            NotFound: when the resource has no table.
            InvalidArgument: when the table has no such column.
            NotKept: when the portal did not keep an entry.

        Example:
            >>> ckan.datastore.describe("planet-mars/moons", {"km": {"label": "Diameter"}})["km"]["label"]
            'Diameter'
        """
        resource = await self._resource(resource)
        fields = (await self._read_record("datastore_info", {"id": resource})).get("fields", [])
        there = {one["id"]: one for one in fields if one["id"] != ID}
        if unknown := [name for name in columns if name not in there]:
            raise InvalidArgument(
                f"The table has no column {', '.join(map(repr, unknown))}.",
                hint=f"It has {', '.join(map(repr, there))}.",
            )
        said = {name: {**(one.get("info") or {}), **columns.get(name, {})} for name, one in there.items()}
        await self.create(
            resource,
            [{"id": name, "type": one["type"], "info": said[name]} for name, one in there.items()],
            force=force,
        )
        after = await self._read_record("datastore_info", {"id": resource})
        kept = {one["id"]: one.get("info") or {} for one in after.get("fields", [])}
        await self._run(verifying("data dictionary", said, {**kept, "name": resource}, self._portal_state))
        return cast("dict[str, ColumnInfo]", {name: kept[name] for name in said})

    async def upsert(
        self,
        resource: str,
        records: Sequence[Mapping[str, Any]],
        *,
        method: Method = "upsert",
        force: bool = False,
        count: bool = True,
        dry_run: bool = False,
    ) -> DatastoreWritten:
        """Write rows: all of them, or none. For many rows, a DataFrame or a file, use `push`.

        Args:
            resource: the resource's id.
            records: rows as dicts.
            method: `upsert` updates the rows whose key exists and adds the others, `update` only updates, `insert` only adds.
                The first two need a primary key, and are repeated if an answer is lost; `insert` is not.
            force: as for `create`.
            count: update the row count that CKAN caches; of several calls, only the last one needs to.
            dry_run: let CKAN try the write, and roll it back.

        Returns:
            CKAN's answer: `resource_id`, `method`, ...

        Raises:
            NotFound: when the resource has no table.
            ValidationError: when CKAN rejects a row; nothing is written then.
            InDoubt: when it is not known whether inserted rows arrived.

        Example:
            >>> written = ckan.datastore.upsert("planet-mars/moons", [{"moon": "Phobos", "km": 23}])
            >>> ckan.datastore.search("planet-mars/moons", filters={"moon": "Phobos"}, fields=["km"])["records"]
            [{'km': 23}]
        """
        if method not in ("insert", "update", "upsert"):
            raise InvalidArgument(f"{method!r} is not a valid method.", hint="Use insert, update or upsert.")
        wanted = await self._resource(resource)
        params: dict[str, Any] = {
            "resource_id": wanted,
            "records": list(records),
            "method": method,
            "calculate_record_count": count,
        }
        params |= ({"force": True} if force else {}) | ({"dry_run": True} if dry_run else {})
        call = Call("datastore_upsert", params, idempotent=dry_run or method != "insert")
        return await self._run(about_table(execute(call, self._portal_state), wanted, self._portal_state))

    async def delete(self, resource: str, filters: Mapping[str, Any], *, force: bool = False) -> int:
        """Delete the rows that match, and return their number. The table stays; `drop` removes it.

        Args:
            resource: the resource's id.
            filters: columns with a value, or with a list of alternatives; from CKAN 2.12 on, ranges too.
            force: as for `create`.

        Returns:
            How many rows matched before; none of them is left afterwards.

        Raises:
            NotFound: when the resource has no table.
            InvalidArgument: without filters, or with an empty one, as that would be every row.
            NotKept: when the portal reported success, but rows still match.

        Example:
            >>> ckan.datastore.delete("planet-mars/moons", {"moon": "Deimos"})
            1
        """
        if not filters or (hasattr(filters, "values") and any(value in ("", []) for value in filters.values())):
            raise InvalidArgument(
                "No rows are selected. Deleting all rows must be explicit.",
                hint=Hint(
                    "Pass filters={column: value}. To remove the table, use drop(); to replace its rows, push(mode='replace').",
                    "Add --filter COLUMN=VALUE. To remove the table, use `tuckan datastore drop`; to replace its rows, `tuckan datastore push`.",
                ),
            )
        wanted = await self._resource(resource)
        found = await self._run(counting(Selection(wanted, filters=filters), self._portal_state))
        given = {
            "resource_id": wanted,
            "filters": dict(filters),
            "calculate_record_count": True,
            "force": force or None,
        }
        await self._set("datastore_delete", given)
        left = await self._run(counting(Selection(wanted, filters=filters), self._portal_state))
        if left.rows:
            raise self._not_gone(wanted, found.rows, left.rows, filters)
        return found.rows

    def _not_gone(self, resource: str, found: int, left: int, filters: Mapping[str, Any]) -> NotKept:
        site = self._portal_state.address.site
        return NotKept(
            f"{site} reported success, but {counted(left, 'row')} of the table {resource} still match, of"
            f" {found:,} that were to be deleted.",
            portal=site,
            subject=f"table {resource}",
            fields={"rows": (0, left)},
            hint="Somebody may have just added them; check them: "
            + Hint(
                f"datastore.search({resource!r}, filters={dict(filters)!r}).",
                f"tuckan datastore search {resource} --filter ...",
            ),
        )

    async def drop(self, resource: str, *, confirm: Callable[[Record], str | bool], force: bool = False) -> None:
        """Remove a table with its rows, its data dictionary and its aliases. The resource stays; the table cannot be restored.

        Args:
            resource: the resource's id.
            confirm: receives the table (`id`, the resource's `name`, `rows`), and returns True or the resource's name to confirm.
            force: as for `create`.

        Raises:
            NotFound: when the resource has no table.
            Cancelled: when it was not confirmed.
            NotKept: when the portal reported success, but the table is still there.

        Example:
            >>> ckan.datastore.drop("planet-mars/moons", confirm=lambda table: table["rows"] < 10)
            >>> ckan.resources.delete("planet-mars/moons")
        """
        wanted = await self._resource(resource)
        found = await self._run(counting(Selection(wanted), self._portal_state))
        try:
            of = await self._read_record("resource_show", {"id": wanted})
        except NotFound:  # a table whose resource is gone
            of = {}
        shown = {
            "id": wanted,
            "name": of.get("name") or wanted,
            "rows": found.rows,
            "title": f"{counted(found.rows, 'row')}",
        }
        require_confirmation(shown, confirm, not_confirmed("table", shown), word=str(shown["name"]))
        call = Call("datastore_delete", {"resource_id": wanted, **({"force": True} if force else {})})
        look = Call("datastore_info", {"id": wanted}, read_only=True)
        await self._run(removing(call, look, self._portal_state, still=f"the table of {wanted} is still there"))


def _fields(columns: Columns) -> list[Record]:
    """Fields in CKAN's form."""
    if isinstance(columns, (list, tuple)):
        return [dict(one) for one in columns]
    given: Mapping[str, str] = columns  # type: ignore[assignment]
    return [{"id": name, "type": type_named(kind).of_ckan} for name, kind in given.items()]
