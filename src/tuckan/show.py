"""`show()`: records abbreviated for people, in a terminal or a notebook."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Any, TypeGuard

from tuckan._text import IN_A_RESULT, as_html, as_text, counted, identity_first, in_rows, printable
from tuckan.errors import InvalidArgument

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tuckan.schemas import Schema


class _Found:
    """What `show` gives a notebook of a search: its first records in rows, and how many there are."""

    def __init__(self, result: Mapping[str, Any], keys: int, records_shown: int) -> None:
        self._rows = [identity_first(one) for one in result["results"][:records_shown]]
        columns = [name for name in IN_A_RESULT if any(name in one for one in self._rows)]
        self._columns = (columns or list(dict.fromkeys(name for one in self._rows for name in one)))[:keys]
        self._told = f"{len(self._rows):,} of {counted(result['count'], 'record')}"
        facets: Any = result.get("search_facets")
        self._told += f"; facets: {', '.join(facets)}" if isinstance(facets, dict) and facets else ""

    def __repr__(self) -> str:
        table = f"{in_rows(self._rows, self._columns)}\n" if self._rows else ""
        return printable(table + self._told)

    def _repr_html_(self) -> str:
        rows = [{name: one.get(name) for name in self._columns} for one in self._rows]
        return as_html(rows, keys=len(self._columns) or 1, records_shown=len(rows) or 1, note=self._told, in_a_row=True)


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
    found, with how many there are.

    Args:
        records: one dict, or several in a list or any other iterable, or any other JSON value.
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
            f"keys={keys}, records_shown={records_shown}: neither can be below 1.", hint="Use 1 or more."
        )
    if _is_search(records):
        _put(_Found(records, keys, records_shown))
        return
    single = isinstance(records, (dict, str, bytes)) or not hasattr(records, "__iter__")
    several = [records] if single else list(records)
    first: Callable[[Any], dict[str, Any]] = identity_first
    if schema is not None:
        from tuckan.schemas import labelled  # noqa: PLC0415 - who shows without a schema needs none of it

        first = partial(labelled, schema=schema)
    _put(_Shown([first(one) if isinstance(one, dict) else one for one in several], keys, records_shown))


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
