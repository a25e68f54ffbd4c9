"""`show()`: records abbreviated for people, in a terminal or a notebook."""

from __future__ import annotations

import dataclasses
import sys
from typing import TYPE_CHECKING, Any, TypeGuard

from tuckan._text import IN_A_RESULT, as_html, as_text, counted, identity_first, in_rows, printable
from tuckan.errors import InvalidArgument
from tuckan.schemas.schema import Schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class _InRows:
    """What `show` gives a notebook of records that are alike: rows, and a sentence below."""

    def __init__(self, rows: list[dict[str, Any]], columns: list[str], told: str) -> None:
        self._rows, self._columns, self._told = rows, columns, told

    def __repr__(self) -> str:
        table = f"{in_rows(self._rows, self._columns)}\n" if self._rows else ""
        return printable(table + self._told)

    def _repr_html_(self) -> str:
        rows = [{name: one.get(name) for name in self._columns} for one in self._rows]
        return as_html(rows, keys=len(self._columns) or 1, records_shown=len(rows) or 1, note=self._told, in_a_row=True)


def _of_search(result: Mapping[str, Any], keys: int, records_shown: int, schema: Schema | None = None) -> _InRows:
    """The first records of a search, and how many there are."""
    rows = [_as_record(one, schema) for one in result["results"][:records_shown]]
    columns = [name for name in IN_A_RESULT if any(name in one for one in rows)] if schema is None else []
    told = f"{len(rows):,} of {counted(result['count'], 'record')}"
    facets: Any = result.get("search_facets")
    told += f"; facets: {', '.join(facets)}" if isinstance(facets, dict) and facets else ""
    return _InRows(rows, (columns or list(dict.fromkeys(name for one in rows for name in one)))[:keys], told)


def _of_table(result: Mapping[str, Any]) -> _InRows:
    """The columns of a table, and how many rows it has."""
    columns = [{"column": one.get("id"), "type": one.get("type")} for one in result["fields"]]
    return _InRows(columns, ["column", "type"], counted(int((result.get("meta") or {}).get("count") or 0), "row"))


def _of_schema(schema: Schema) -> _InRows:
    """The fields of a schema."""
    rows = [
        {"field": one.name, "label": one.label, "kind": one.kind, "required": one.required} for one in schema.fields
    ]
    told = f"the {schema.type} schema: {counted(len(rows), 'field')}"
    return _InRows(rows, ["field", "label", "kind", "required"], told)


class _Shown:
    """What `show` gives a notebook: HTML where it can be drawn, text elsewhere."""

    def __init__(self, records: list[Any], keys: int, records_shown: int) -> None:
        self._records, self._keys, self._shown = records, keys, records_shown

    def __repr__(self) -> str:
        return printable(as_text(self._records, keys=self._keys, records_shown=self._shown))

    def _repr_html_(self) -> str:
        return as_html(self._records, keys=self._keys, records_shown=self._shown)


def show(
    records: Mapping[str, Any] | Iterable[Any] | Any,
    *,
    keys: int = 10,
    records_shown: int = 5,
    schema: Schema | None = None,
) -> None:
    """Show one record or many, short enough to read, with counts of what is left out.

    In a terminal it prints; in a notebook it draws a table.

    What identifies a record stands first: its name, title and organization. The result of a search is a table of what was
    found, with how many there are; a schema and the description of a DataStore table are tables of their fields.

    Args:
        records: one dict, or several in a list or any other iterable, or any other JSON value; or a schema, a job in
            `jobs.list()`, or another result of this library.
        keys: keys of each record at most.
        records_shown: records at most.
        schema: what the records may hold (`ckan.schemas.get(type)`): their fields stand in its order, under its labels.

    Raises:
        InvalidArgument: when a number is below 1.

    Example:
        >>> show({"name": "rain", "tags": ["water", "sky"], "notes": "x" * 120}, keys=2)
          name  rain
          tags  ["water", "sky"]
          … and 1 more key: notes
    """
    if keys < 1 or records_shown < 1:
        raise InvalidArgument(
            f"keys={keys}, records_shown={records_shown}: neither may be less than 1.", hint="Use 1 or more."
        )
    if _is_search(records):
        _put(_of_search(records, keys, records_shown, schema))
    elif _is_table(records):
        _put(_of_table(records))
    elif isinstance(records, Schema):
        _put(_of_schema(records))
    else:
        single = isinstance(records, (dict, str, bytes)) or not hasattr(records, "__iter__")
        several = [records] if single else list(records)
        _put(_Shown([_as_record(one, schema) for one in several], keys, records_shown))


def _as_record(one: Any, schema: Schema | None) -> Any:
    """A record with what identifies it first; the fields of a result that is no dict are its keys."""
    if dataclasses.is_dataclass(one) and not isinstance(one, type):
        return {field.name: getattr(one, field.name) for field in dataclasses.fields(one) if field.repr}
    if not isinstance(one, dict):
        return one
    if schema is None:
        return identity_first(one)
    from tuckan.schemas import labelled  # noqa: PLC0415 - who shows without a schema needs none of it

    return labelled(one, schema=schema)


def _is_table(records: Any) -> TypeGuard[Mapping[str, Any]]:
    """Whether this is what `datastore.info` gives: the columns of a table, and facts about it."""
    if not isinstance(records, dict) or records.keys() != {"fields", "meta"}:
        return False
    columns = records["fields"]
    return isinstance(columns, list) and all(isinstance(one, dict) for one in columns)


def _is_search(records: Any) -> TypeGuard[Mapping[str, Any]]:
    """Whether this is what a search gives: a page of records, and their number."""
    if not isinstance(records, dict) or not isinstance(records.get("count"), int):
        return False
    found = records.get("results")
    return isinstance(found, list) and all(isinstance(one, dict) for one in found)


def _put(shown: Any) -> None:
    if "ipykernel" in sys.modules:
        from IPython.display import display  # noqa: PLC0415 # only inside a notebook

        display(shown)  # type: ignore[no-untyped-call]
    else:
        sys.stdout.write(f"{shown!r}\n")
