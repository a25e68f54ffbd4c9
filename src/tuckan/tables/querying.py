"""SQL over a portal's tables, run locally with DuckDB: the data that a query needs from each table, and the query itself.

DuckDB plans the query on empty tables with the same columns. The plan shows which columns each scan reads and its
filters. Filters that mean the same on the portal are applied there; DuckDB filters the result again, so an
unrecognized filter only costs time.
"""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

from tuckan.errors import InvalidArgument
from tuckan.tables.arrow import schema_of
from tuckan.tables.libraries import duckdb, pyarrow

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping

    from tuckan.tables.libraries import Relation
    from tuckan.tables.types import Type

Condition: TypeAlias = "tuple[str, str, str | int]"
"""A column, `eq`, `gt`, `gte`, `lt` or `lte`, and a value."""

_TYPES = {
    "bool": "BOOLEAN",
    "int16": "SMALLINT",
    "int32": "INTEGER",
    "int64": "BIGINT",
    "float32": "REAL",
    "float64": "DOUBLE",
    "numeric": "DECIMAL(38, 12)",
    "date": "DATE",
    "time": "TIME",
    "timestamp": "TIMESTAMP",
    "timestamptz": "TIMESTAMPTZ",
}
_OPERATORS = {"=": "eq", ">": "gt", ">=": "gte", "<": "lt", "<=": "lte"}
_ATOM = re.compile(r"\(([^()]+?) (=|>=|<=|>|<) ('(?:[^']|'')*'(?:::DATE)?|-?\d+(?:\.\d+)?)\)")
_LEFT_TO_THE_PORTAL = {
    "text": ("eq",),
    **dict.fromkeys(("int16", "int32", "int64", "numeric", "date"), tuple(_OPERATORS.values())),
}
"""Types whose comparisons mean the same on both sides: not floats, whose text is inexact, times, which CKAN truncates, or the order of text."""


@dataclass(frozen=True, slots=True)
class Need:
    """The data that a query needs from a table.

    Attributes:
        columns: the columns that it reads.
        conditions: conditions that every row it reads meets.
    """

    columns: list[str]
    conditions: set[Condition] = field(default_factory=set["Condition"])

    def filters(self, *, ranges: bool) -> dict[str, Any]:
        """The conditions as CKAN filters.

        Args:
            ranges: whether the portal supports ranges.
        """
        found: dict[str, Any] = {name: value for name, operator, value in self.conditions if operator == "eq"}
        for name, operator, value in sorted(self.conditions, key=str):
            if ranges and operator != "eq" and (name not in found or isinstance(found[name], dict)):
                found.setdefault(name, {})[operator] = value
        return found


def tables_of(query: str) -> list[str]:
    """The tables that a query names.

    Raises:
        InvalidArgument: when it is not valid SQL.
    """
    with _errors_as_ours(), duckdb().connect() as database:
        parsed = json.loads(database.execute("SELECT json_serialize_sql(?)", [query]).fetchall()[0][0])
    if parsed.get("error"):
        raise _not_taken(parsed.get("error_message"))
    if len(parsed["statements"]) != 1:
        raise _not_taken("it is several statements, or none")
    named_inside = {entry["key"] for node in _nodes(parsed) for entry in node.get("cte_map", {}).get("map", [])}
    tables = {node["table_name"] for node in _nodes(parsed) if node.get("type") == "BASE_TABLE"}
    return sorted(tables - named_inside)


def _nodes(parsed: Any) -> Iterator[dict[str, Any]]:
    """Every part of a parsed query."""
    if isinstance(parsed, dict):
        yield parsed
    for part in parsed.values() if isinstance(parsed, dict) else parsed if isinstance(parsed, list) else ():
        yield from _nodes(part)


def needs(query: str, tables: Mapping[str, Mapping[str, Type]]) -> dict[str, Need]:
    """The data that a query needs from each table.

    Args:
        query: one SELECT.
        tables: all columns of the tables that it names.
    """
    with duckdb().connect() as database:
        database.execute("SET disabled_optimizers = 'statistics_propagation'")  # which would notice that they are empty
        for name, types in tables.items():
            columns = ", ".join(f"{_quoted(column)} {_planned(kind)}" for column, kind in types.items())
            database.execute(f"CREATE TABLE {_quoted(name)} ({columns})")
        try:
            plan = json.loads(database.execute(f"EXPLAIN (FORMAT json) {query}").fetchall()[0][1])
        except duckdb().Error:
            plan = []  # it may be right for the types that are not known yet
    return {name: _need(list(_scans(plan, name)), types) for name, types in tables.items()}


def _need(scans: list[dict[str, Any]], types: Mapping[str, Type]) -> Need:
    read = {name for scan in scans for name in _listed(scan.get("Projections"))}
    filters = "".join(text for scan in scans for text in _listed(scan.get("Filters")))
    read |= {name for name in types if name in filters}  # names are not quoted there: better one too many
    if not scans or not read <= set(types) or any("Projections" not in scan for scan in scans):
        return Need(list(types))
    conditions = [set(_conditions(_listed(scan.get("Filters")), types)) for scan in scans]
    return Need([name for name in types if name in read] or ["_id"], set.intersection(*conditions))


def _scans(nodes: Iterable[dict[str, Any]], table: str) -> Iterator[dict[str, Any]]:
    for node in nodes:
        facts = node.get("extra_info", {})
        if isinstance(facts, dict) and str(facts.get("Table", "")).rpartition("main.")[2] in (table, _quoted(table)):
            yield facts
        yield from _scans(node.get("children", []), table)


def _listed(told: Any) -> list[str]:
    return told if isinstance(told, list) else [told] if told else []


def _conditions(filters: list[str], types: Mapping[str, Type]) -> Iterator[Condition]:
    for text in filters:
        if re.sub(r"[()]| AND ", "", _ATOM.sub("", text)):
            continue
        for name, sign, value in _ATOM.findall(text):
            kind = types[name].name if name in types else ""
            if _OPERATORS[sign] in _LEFT_TO_THE_PORTAL.get(kind, ()):
                yield name, _OPERATORS[sign], _value(value)


def _value(text: str) -> str | int:
    if text.startswith("'"):
        return text.removesuffix("::DATE")[1:-1].replace("''", "'")
    number = Decimal(text)
    return int(number) if number == number.to_integral_value() else str(number.normalize())


def _planned(kind: Type) -> str:
    return f"{_planned(kind.item)}[]" if kind.item else _TYPES.get(kind.name, "VARCHAR")


class Workbench:
    """An in-memory DuckDB with pulled tables."""

    def __init__(self) -> None:
        self._database = duckdb().connect()
        self._database.execute("SET python_enable_replacements = false")

    def add(self, name: str, batches: Iterable[Any], types: Mapping[str, Type], every: Mapping[str, Type]) -> None:
        """Add a table.

        Args:
            name: the table's name.
            batches: the rows.
            types: the pulled columns.
            every: all columns; the query fails if it reads a column that was not pulled.
        """
        rows = pyarrow().RecordBatchReader.from_batches(schema_of(types), iter(batches))
        pulled = _quoted(f"{name} as pulled")
        self._database.register("tuckan_rows", rows)
        self._database.execute(f"CREATE TABLE {pulled} AS SELECT * FROM tuckan_rows")  # noqa: S608 - quoted
        self._database.unregister("tuckan_rows")
        some = _quoted(next(iter(types)))

        def column(one: str) -> str:
            absent = f"CAST(error('not pulled' || {some}) AS {_planned(every[one])})"
            return f"{_quoted(one) if one in types else absent} AS {_quoted(one)}"

        columns = ", ".join(map(column, every))
        self._database.execute(f"CREATE VIEW {_quoted(name)} AS SELECT {columns} FROM {pulled}")  # noqa: S608 - quoted

    def ask(self, query: str) -> Relation:
        """The result as a DuckDB relation, which keeps its data alive."""
        with _errors_as_ours():
            answer: Relation = self._database.sql(query)
        return answer


def records_of(answer: Any) -> list[dict[str, Any]]:
    """The rows of a result, which DuckDB computes lazily.

    Raises:
        InvalidArgument: when the query fails.
    """
    with _errors_as_ours():
        return [dict(zip(answer.columns, row, strict=True)) for row in answer.fetchall()]


@contextmanager
def _errors_as_ours() -> Generator[None, None, None]:
    """Translate DuckDB's errors about the query."""
    try:
        yield
    except duckdb().Error as error:
        raise _not_taken(error) from error


def _not_taken(why: object) -> InvalidArgument:
    return InvalidArgument(
        f"DuckDB does not take the query: {str(why).strip()}",
        hint="Write one SELECT, with tables named by resource id, and columns by their exact names in double quotes.",
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
