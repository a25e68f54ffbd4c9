"""Why a portal refused to search a table or to sort a list: the column, the value or the field that was not understood."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tuckan._text import brief, choices, closest
from tuckan.errors import Hint, PortalError, SearchError, ServerError, TuckanError, ValidationError
from tuckan.wire.call import Call
from tuckan.wire.execute import execute

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tuckan.wire.flow import Flow
    from tuckan.wire.portal_state import PortalState

_NO_VALUE = re.compile(
    r"invalid input (?:syntax|value) for (?:type )?([a-z][\w ]*?):? ?\\*\"(?P<value>.*?)\\*\""
    r"|field value out of range: \\*\"(?P<day>.*?)\\*\"|value \\*\"(?P<number>.*?)\\*\" is out of range"
)
_NO_COLUMN = re.compile(r"column \\*\"?(?P<name>.+?)\\*\"? does not exist")
_TABLES = re.compile(r'"([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"')
_ORDER = re.compile(r'\s*"?(?P<name>.+?)"?(?:\s+(?:asc|desc))?(?:\s+nulls\s+(?:first|last))?\s*', re.IGNORECASE)

SORTED_BY = ("score", "id", "name", "title_string", "metadata_modified", "metadata_created", "views_recent")
"""Common sort fields of CKAN's search index."""


def unfit(filters: Any, columns: Mapping[str, str]) -> tuple[str, str] | None:
    """The message and the hint for a filter whose value is not a number, of a column of numbers; None when there is none.

    Args:
        filters: filters of a table.
        columns: its columns with CKAN's types.

    Example:
        >>> unfit({"size": ["7", "big"]}, {"size": "int8"})[0]
        "The column 'size' is int8, and 'big' is no value of that type."
    """
    for name, value in _filtered(filters):
        if (
            isinstance(value, str)
            and re.match("int|float|numeric|double|real", columns.get(name, ""))
            and not _is_number(value)
        ):
            return _unfit(name, columns[name], value)
    return None


def _unfit(name: str, kind: str, value: str) -> tuple[str, str]:
    return (
        f"The column {name!r} is {kind}, and {value!r} is no value of that type.",
        "Give a value of the column's type.",
    )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def explaining_table(
    error: ValidationError | ServerError, asked: Mapping[str, Any], resource: str, portal_state: PortalState
) -> Flow[ValidationError | ServerError]:
    """The error for a search of a table that was refused, naming the column or the value that was not understood.

    Args:
        error: the portal's error.
        asked: the parameters of the search.
        resource: the table.
        portal_state: the portal; the table's columns are looked up.

    Returns:
        A flow that returns the error to raise; the original one if nothing more is known.
    """
    failed = isinstance(error, ServerError)  # as CKAN fails if CSV is requested
    if failed and not asked.get("filters"):
        return error
    if (not failed and not {"filters", "fields", "sort", "q", "query"} & set(error.error)) or "$and" in str(
        error.error.get("filters")
    ):
        return error
    try:
        found = yield from execute(Call("datastore_info", {"id": resource}, read_only=True), portal_state)
        columns = {str(one["id"]): str(one.get("type")) for one in found["fields"]}
    except (TuckanError, KeyError, TypeError):
        return error
    if isinstance(error, ServerError):
        wrong = unfit(asked.get("filters"), columns)
        return _refined(error, *wrong) if wrong else error
    return _about_columns(error, asked, resource, {"_id": "int", **columns})


def _about_columns(
    error: ValidationError, asked: Mapping[str, Any], resource: str, columns: Mapping[str, str]
) -> ValidationError:
    filters = list(_filtered(asked.get("filters")))
    named = [*(name for name, _ in filters), *_listed(asked.get("fields")), *sorted_by(asked.get("sort"))]
    named += asked["q"] if isinstance(asked.get("q"), dict) else []
    known = [name for name in columns if name != "_id"]
    if unknown := next((name for name in named if name not in {*columns, "_full_text", "rank"}), None):
        return _refined(error, f"The table {resource} has no column {unknown!r}.", choices(unknown, known))
    if "sort" in error.error:
        hint = Hint(
            "Give columns with asc or desc: sort='year desc, name'.",
            "Give columns with asc or desc: --sort 'year desc, name'.",
        )
        return _refined(error, f"The table {resource} can't be sorted by {brief(asked.get('sort'))}.", hint)
    if (refused := _NO_VALUE.search(str(error.error))) is None:
        return error
    value = next(one for one in (refused["value"], refused["day"], refused["number"]) if one is not None)
    for name, given in filters:
        if str(given) == value:
            return _refined(error, *_unfit(name, columns[name], value))
    return error


def _refined(error: PortalError, message: str, hint: str) -> ValidationError:
    return ValidationError(message, action=error.action, status=error.status, error=error.error, hint=hint)


def _filtered(filters: Any) -> Iterator[tuple[str, Any]]:
    """The columns of filters, each with a value that is searched for."""
    for name, value in filters.items() if isinstance(filters, dict) else ():
        if name.startswith("$") and not name.startswith("$$"):
            for inner in value if isinstance(value, list) else (value,):
                yield from _filtered(inner)
            continue
        ranges = [*value.values()] if isinstance(value, dict) else value
        yield from (
            (name.removeprefix("$"), one) for one in (ranges if isinstance(ranges, list) else [ranges]) or [None]
        )


def _listed(names: Any) -> list[str]:
    if isinstance(names, str):
        names = [one.strip().strip('"') for one in names.split(",")]
    return [str(one) for one in names or ()]


def sorted_by(order: Any) -> list[str]:
    """The columns or fields of an order such as `year desc, name`."""
    parts = order.split(",") if isinstance(order, str) else [str(one) for one in order or ()]
    return [found["name"] for one in parts if (found := _ORDER.fullmatch(one))]


def explaining_sql(error: ValidationError, query: str, portal_state: PortalState) -> Flow[ValidationError]:
    """The error for a query in SQL that was refused, naming the column that is not there, and the one that was meant.

    Args:
        error: the portal's error.
        query: the query.
        portal_state: the portal; the columns of the query's tables are looked up.
    """
    said = _NO_COLUMN.search(str(error.error))
    if said is None:
        return error
    columns: list[str] = []
    for table in dict.fromkeys(_TABLES.findall(query)):
        try:
            found = yield from execute(Call("datastore_info", {"id": table}, read_only=True), portal_state)
            columns += [str(one["id"]) for one in found["fields"]]
        except (TuckanError, KeyError, TypeError):
            continue
    name = said["name"].rpartition(".")[2]
    near = [one for one in columns if one.lower() == name.lower() and one != name]
    hint = choices(name, columns)
    if near:
        hint = f'Did you mean "{near[0]}"? In SQL, names with capital letters need double quotes.'
    return _refined(
        error, f"No table in the query has a column {name!r}.", hint or "Names with capital letters need double quotes."
    )


def about_order(error: SearchError, sort: str | None) -> SearchError:
    """The error for a search of datasets that was refused; where its order is the reason, with the field that was meant."""
    if not sort or "sort" not in f"{error.message}{error.error}".lower():
        return error
    unknown = next((one for one in sorted_by(sort) if one not in SORTED_BY), "")
    meant = {
        "title": "title_string",
        "modified": "metadata_modified",
        "created": "metadata_created",
        "relevance": "score",
    }
    near = closest(unknown, [*SORTED_BY, *meant], most=1) if unknown else []
    hint = f"Did you mean {meant.get(near[0], near[0])!r}? " if near else ""
    return SearchError(
        f"Datasets can't be sorted by {sort!r}.",
        action=error.action,
        status=error.status,
        error=error.error,
        hint=f"{hint}CKAN can sort by {', '.join(SORTED_BY[:-1])} and fields of the portal's schema, each with asc or desc.",
    )
