"""Flows that read a table of the DataStore: its columns, the number of rows, and parts of them as CSV.

CSV costs the portal a quarter of what objects cost, keeps every digit of a number, and distinguishes null from empty text. Rows
are requested by ranges of `_id` if the portal has ranges (CKAN 2.12), which stay fast however large the table is and
miss no row that stays; otherwise by their position in the order of `_id`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from tuckan import errors
from tuckan._text import counted
from tuckan.errors import Hint, InvalidArgument
from tuckan.wire import postgres_csv
from tuckan.wire.call import Call
from tuckan.wire.envelope import not_ckan
from tuckan.wire.execute import execute
from tuckan.wire.finding import about_table
from tuckan.wire.flow import Flow, Reply
from tuckan.wire.uncounted_lists import records_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tuckan.wire.portal_state import PortalState

ID = "_id"
BEFORE_ALL = -(2**31)
BYTES_OF_A_PAGE = 4_000_000
"""Large enough for full throughput, small enough for eight of them in memory."""

SMALLEST_PART = 100
"""The number of rows below which a part that takes too long is no longer divided."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table, with CKAN's name for its type."""

    name: str
    type: str


def require_values(filters: Mapping[str, Any] | None) -> None:
    """Refuse to filter by null: CKAN compares with `=`, which no null equals, and would find nothing.

    Raises:
        InvalidArgument: when a filter asks for null, alone or among alternatives.
    """
    if filters is not None and not hasattr(filters, "items"):
        raise InvalidArgument(
            f"filters={filters!r} is not a mapping of columns.",
            hint=Hint('Give filters={"year": 2024}.', "Give --filter year=2024."),
        )
    for name, value in (filters or {}).items():
        if name in ("$and", "$or") and isinstance(value, (list, tuple)):
            for one in value:
                require_values(one if isinstance(one, Mapping) else {name: one})
        elif _asks_for_null(value):
            raise errors.InvalidArgument(
                f"The DataStore cannot filter {name!r} by null: CKAN would return no rows.",
                hint=f'Use SQL: WHERE "{name}" IS NULL, in '
                + errors.Hint(
                    "datastore.query(...), which pulls the data it needs, or in datastore.sql(...), which the portal answers"
                    " if it has SQL enabled.",
                    "tuckan datastore sql.",
                ),
            )


def _asks_for_null(value: Any) -> bool:
    """Whether null is among the values; a list after `eq` is itself a value, of a column of lists."""
    if isinstance(value, Mapping):
        return any(one is None for one in value.values())
    if isinstance(value, (list, tuple)):
        return any(_asks_for_null(one) for one in value)
    return value is None


@dataclass(frozen=True, slots=True)
class Selection:
    """A selection of rows and columns of a table.

    Attributes:
        resource: the resource's id, or a table's alias.
        columns: the columns, without `_id`, which always comes first.
        filters: the filters that the portal applies.
        q: text to search for, in any column or by column.
        sort: an order in CKAN's words; without it rows come in the order of `_id`.
    """

    resource: str
    columns: Sequence[str] = ()
    filters: Mapping[str, Any] | None = None
    q: str | Mapping[str, str] | None = None
    sort: str | None = None

    def __post_init__(self) -> None:
        require_values(self.filters)

    def with_columns(self, columns: Sequence[str]) -> Selection:
        """The same rows with these columns."""
        return replace(self, columns=tuple(columns))

    def params(self, columns: Sequence[str], within: Mapping[str, int] | None) -> dict[str, Any]:
        """The parameters of a search for it, within a range of `_id`."""
        filters = dict(self.filters or {})
        if within:
            # In one list, so that neither hides the other where both are about `_id`.
            filters = {"$and": [*([filters] if filters else []), {ID: dict(within)}]}
        params: dict[str, Any] = {"resource_id": self.resource, "records_format": "csv", "fields": _named(columns)}
        return params | ({"filters": filters} if filters else {}) | ({"q": self.q} if self.q else {})


@dataclass(frozen=True, slots=True)
class Count:
    """The number of rows at one moment, and the largest `_id` among them."""

    rows: int
    last: int


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a selection to request.

    Attributes:
        rows: the maximum number of rows.
        start: how many rows to skip; unused in a range.
        after: rows with a greater `_id` only.
        upto: rows with no greater `_id` only; None for a part that is not a range.
    """

    rows: int
    start: int = 0
    after: int = BEFORE_ALL
    upto: int | None = None

    def rest(self, page: RowsPage) -> Part | None:
        """The part that is left to request after a page of it, if any."""
        if not page.rows:
            return None
        if self.upto is not None:
            whole = page.last >= self.upto or page.rows < page.granted
            return None if whole else Part(min(self.rows, page.granted), after=page.last, upto=self.upto)
        left = self.rows - page.rows
        is_end = page.rows < min(self.rows, page.granted)
        return Part(left, start=self.start + page.rows) if left > 0 and not is_end else None


@dataclass(frozen=True, slots=True)
class RowsPage:
    """Rows as the portal returned them.

    Attributes:
        csv: the rows, as PostgreSQL writes them; `_id` is the first column.
        granted: the maximum number of rows that the portal would have returned.
        rows: the number of rows.
        first: the first `_id`.
        last: the last `_id`.
    """

    csv: bytes = field(repr=False)
    granted: int
    rows: int = field(init=False)
    first: int = field(init=False, default=0)
    last: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", postgres_csv.count_rows(self.csv))
        if self.rows:
            object.__setattr__(self, "first", postgres_csv.first_id(self.csv))
            object.__setattr__(self, "last", postgres_csv.last_id(self.csv))

    def rows_of_next(self, most: int) -> int:
        """How many rows to request next, if they are as large as these.

        Args:
            most: the maximum number.
        """
        return max(1, min(most, BYTES_OF_A_PAGE * self.rows // len(self.csv))) if self.rows else most


def describing(resource: str, portal_state: PortalState) -> Flow[list[Column]]:
    """Read a table's columns.

    Returns:
        A flow that returns all columns, `_id` first.

    Raises:
        NotFound: when the resource has no table.
    """
    params = {"resource_id": resource, "limit": 0, "include_total": False, "records_format": "csv"}
    answer = yield from _searching(params, portal_state)
    columns = records_in(Call("datastore_search"), answer["fields"])
    if not columns or columns[0]["id"] != ID:
        raise _strange("a table whose first column is not _id")
    return [Column(one["id"], str(one.get("type", "text"))) for one in columns]


def counting(selection: Selection, portal_state: PortalState, upto: int | None = None) -> Flow[Count]:
    """Count rows, and find out whether the portal has ranges.

    A portal with ranges (2.12) caches counts and may return an old one unless there is a filter; so there always is one.

    Args:
        selection: which rows.
        portal_state: the portal; its `ranges` is set.
        upto: only rows with no greater `_id`, where the portal has ranges.
    """
    within = {"gt": BEFORE_ALL} | ({} if upto is None else {"lte": upto})
    last = {"sort": f"{ID} desc", "limit": 1, "include_total": True}
    try:
        answer = yield from _searching(
            selection.params([ID], within if portal_state.limitations.ranges is not False else None) | last,
            portal_state,
        )
        portal_state.limitations.ranges = portal_state.limitations.ranges is not False
    except errors.ValidationError as error:
        # CKAN before 2.12 treats the `$and` around the range as the name of a column.
        if portal_state.limitations.ranges is not None or "filters" not in error.fields:
            raise
        answer = yield from _searching(selection.params([ID], None) | last, portal_state)
        portal_state.limitations.ranges = False
    total, records = answer.get("total"), answer["records"]
    if not isinstance(total, int) or isinstance(total, bool) or total < 0:
        raise _strange(f"a table that counts {total!r} rows")
    if bool(total) != bool(records):
        raise _strange(f"a table that counts {counted(total, 'row')} and gives {'one' if records else 'none'}")
    try:
        return Count(total, int(records) if records else BEFORE_ALL)
    except ValueError as error:
        raise _strange("a row whose _id is not a number") from error


def fetching_rows(selection: Selection, part: Part, portal_state: PortalState) -> Flow[RowsPage]:
    """Fetch a part, or as much of it from its beginning as the portal returns at once and in time.

    Args:
        selection: which rows.
        part: which of them.
        portal_state: the portal.
    """
    within = None if part.upto is None else {"gt": part.after, "lte": part.upto}
    order = f"{selection.sort}, {ID}" if selection.sort else ID
    params = selection.params([ID, *selection.columns], within)
    params |= {"sort": order, "limit": part.rows, "include_total": False}
    params |= {"offset": part.start} if part.start else {}
    divisible = part.rows > SMALLEST_PART
    try:
        answer = yield from _searching(params, portal_state, divisible=divisible)
    except (errors.Timeout, errors.Unavailable, errors.AnswerTooLarge, errors.ValidationError) as error:
        if not divisible or (isinstance(error, errors.ValidationError) and not _took_too_long(error)):
            raise
        half = replace(part, rows=max(SMALLEST_PART, part.rows // 2))
        return (yield from fetching_rows(selection, half, portal_state))
    granted = answer.get("limit")
    if isinstance(granted, bool) or not isinstance(granted, int) or granted < 1:
        granted = part.rows
    try:
        return RowsPage(answer["records"].encode(), granted)
    except ValueError as error:
        raise _strange("rows whose _id is not a number") from error


def _searching(
    params: Mapping[str, Any], portal_state: PortalState, *, divisible: bool = False
) -> Flow[dict[str, Any]]:
    flow = execute(Call("datastore_search", params, read_only=True, divisible=divisible), portal_state)
    answer = yield from about_table(flow, params["resource_id"], portal_state, params)
    if not (isinstance(answer, dict) and isinstance(answer.get("fields"), list)):
        raise _strange("rows without fields")
    if answer.get("records") in (None, []):  # without rows, CKAN may answer in the form for objects
        answer["records"] = ""
    if not isinstance(answer["records"], str):
        raise _strange("rows in another format than CSV")
    return answer


def _took_too_long(error: errors.ValidationError) -> bool:
    return "took too long" in str(error.fields.get("query", ""))


def _strange(what: str) -> errors.NotCKAN:
    return not_ckan(Call("datastore_search"), Reply(200, {}, b""), what)


def _named(columns: Sequence[str]) -> str | list[str]:
    """Columns in the form that works with every encoding: one text, unless a name contains a character with a meaning there."""
    joined = ",".join(columns)
    return list(columns) if any("," in name or name != name.strip() for name in columns) else joined


def choose(columns: Sequence[Column], wanted: Sequence[str], q: str | Mapping[str, str] | None) -> list[Column]:
    """The requested columns of a table, in that order; by default all but `_id`.

    Raises:
        InvalidArgument: when one of them does not exist, or the portal would return something else instead.
    """
    there = {column.name: column for column in columns}
    if unknown := [name for name in wanted if name not in there]:
        raise InvalidArgument(
            f"The table has no column {', '.join(map(repr, unknown))}.",
            hint=f"It has {', '.join(map(repr, there))}.",
        )
    chosen = [there[name] for name in dict.fromkeys(wanted)] or [one for one in columns if one.name != ID]
    ranks = {"rank"} if isinstance(q, str) else {f"rank {name}" for name in q or ()}
    if q and (hidden := [one.name for one in chosen if one.name in ranks]):
        raise InvalidArgument(
            f"With q, CKAN returns its own rank instead of the column {hidden[0]!r}.",
            hint="Select columns without it, or use a filter instead of q.",
        )
    return chosen
