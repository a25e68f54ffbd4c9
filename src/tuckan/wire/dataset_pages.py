"""Flows that fetch complete pages of datasets: records that a portal drops from a page are fetched by id."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from tuckan import errors
from tuckan.wire import solr
from tuckan.wire.call import Call
from tuckan.wire.envelope import not_ckan
from tuckan.wire.execute import execute
from tuckan.wire.flow import Flow, Reply
from tuckan.wire.paging import Page, RawRecord, Span, id_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tuckan.wire.paging import Row
    from tuckan.wire.portal_state import PortalState

SMALLEST_PAGE = 10
"""A slow page with fewer rows than this is not split further."""


class _RawSearch(msgspec.Struct):
    count: int
    results: list[msgspec.Raw] | None


class _Identified(msgspec.Struct):
    id: str


_id_decoder = msgspec.json.Decoder(_Identified)

_TEXT = rb'"[^"\\]*(?:\\.[^"\\]*)*"'
_ID_AMONG_THE_FIRST = re.compile(
    rb'\s*\{(?:\s*%b\s*:\s*(?:%b|[^"{[\s,]+)\s*,)*?\s*"id"\s*:\s*"([0-9A-Za-z_-]+)"' % (_TEXT, _TEXT)
)
"""A record with nothing nested before its id, as CKAN writes it; the rest need not be parsed."""


def fetching_page(params: Mapping[str, Any], span: Span, portal_state: PortalState, *, raw: bool = False) -> Flow[Page]:
    """Fetch a range of search results, including records that the portal omitted.

    Args:
        params: the search, without `start` and `rows`; its order must be by id.
        span: which part.
        portal_state: the portal.
        raw: decode only the ids. The records are then complete, whatever `fl` says.

    Returns:
        A flow that returns the page. Its span is smaller than requested if the portal grants fewer rows, or could not
        answer in time for as many.
    """
    try:
        page = yield from _page(params, span, portal_state, raw=raw)
    except (errors.Timeout, errors.Unavailable, errors.AnswerTooLarge):
        if span.rows <= SMALLEST_PAGE:
            raise
        smaller = Span(span.start, max(SMALLEST_PAGE, span.rows // 4))
        return (yield from fetching_page(params, smaller, portal_state, raw=raw))
    return (yield from _completed(params, page, portal_state, raw=raw)) if page.is_short else page


def _page(params: Mapping[str, Any], span: Span, portal_state: PortalState, *, raw: bool = False) -> Flow[Page]:
    asked = {**params, "start": span.start, "rows": span.rows}
    sizes: list[int] = []
    call = Call("package_search", asked, read_only=True, shape=_RawSearch if raw else Any, tell=sizes.append)
    result = yield from execute(call, portal_state)
    if raw:
        return _checked(call, span, result.count, result.results, sizes[0])
    if not isinstance(result, dict) or "results" not in result:
        raise not_ckan(call, Reply(200, {}, b""), "a search response without results")
    return _checked(call, span, result.get("count"), result["results"], sizes[0])


def _checked(call: Call, span: Span, count: Any, results: Any, size: int) -> Page:
    """Validate a page: no more rows than the portal counts, each a record with an id."""
    if fault := _fault(span, count, results):
        raise not_ckan(call, Reply(200, {}, b""), fault)
    rows: list[Any] = results or []
    records = [_raw_record(one) for one in rows] if rows and isinstance(rows[0], msgspec.Raw) else rows
    try:
        page = Page(span, count, records, size)
    except (TypeError, KeyError):
        page = None
    if page is None or "" in page.keys or not set(map(type, page.keys)) <= {str}:
        raise not_ckan(
            call, Reply(200, {}, b""), f"rows from {span.start:,} on some of which are not objects with an id"
        )
    return page


def _fault(span: Span, count: Any, results: Any) -> str:
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        return f"a search that counts {count!r}"
    if not isinstance(results, list) and not (results is None and count == 0):
        return f"a search that counts {count:,} and has {type(results).__name__} for results"
    if results and span.start + len(results) > count:
        return f"a search that counts {count:,} and gives {len(results):,} from row {span.start:,} on"
    return ""


def _raw_record(row: msgspec.Raw) -> RawRecord:
    if found := _ID_AMONG_THE_FIRST.match(row):
        return RawRecord(found[1].decode(), row)
    try:
        return RawRecord(_id_decoder.decode(row).id, row)
    except msgspec.MsgspecError:
        return RawRecord("", row)


def _completed(params: Mapping[str, Any], page: Page, portal_state: PortalState, *, raw: bool) -> Flow[Page]:
    """Request the same range as ids only, which omits nothing, and fetch the records that the page lacks."""
    by_id = yield from _page({**params, "fl": ["id"]}, page.span, portal_state)
    there = {id_of(record): record for record in page.records}
    recovered: list[str] = []
    ghosts: list[str] = []
    for record in by_id.records:
        key = id_of(record)
        if key in there:
            continue
        found = yield from fetching_one(key, params, portal_state, raw=raw)
        if found is None:
            ghosts.append(key)
        else:
            there[key] = found
            recovered.append(key)
    records = [there[key] for key in sorted(there)]
    # At the end of the list there are no more rows to grant.
    is_end = page.span.start + len(by_id.records) >= by_id.count
    rows = page.span.rows if is_end else max(len(by_id.records), len(records)) or page.span.rows
    return Page(Span(page.span.start, rows), by_id.count, records, page.size, tuple(recovered), tuple(ghosts))


def fetching_one(
    key: str, params: Mapping[str, Any], portal_state: PortalState, *, raw: bool = False
) -> Flow[Row | None]:
    """Fetch a dataset that is missing from a page of a search, in the form that search results have.

    Args:
        key: its id.
        params: the search.
        portal_state: the portal.
        raw: decode nothing of it.

    Returns:
        A flow that returns the record; None when the portal does not have it: it was deleted meanwhile, or is only a
        stale entry of the search index.
    """
    call = Call("package_show", {"id": key}, read_only=True, shape=msgspec.Raw if raw else Any)
    try:
        found = yield from execute(call, portal_state)
    except errors.NotFound:
        return None
    if raw:
        return RawRecord(key, found)
    if not isinstance(found, dict):
        raise not_ckan(call, Reply(200, {}, b""), "a dataset that is not an object")
    # Keyed by the id that lists it, whatever its own id says: pages are ordered by that.
    return {name: found.get(name) for name in params["fl"]} if params.get("fl") else {**found, "id": key}


def requiring_filters(
    filters: Mapping[str, str | list[str]], params: Mapping[str, Any], portal_state: PortalState
) -> Flow[None]:
    """Check that a search response without results did not filter by an unknown field, organization or group.

    Solr finds nothing for an unknown field, and CKAN does not say so. Fields of plugins are not known in advance,
    so a field that is not in every CKAN counts as known if any dataset has a value in it.

    Args:
        filters: the fields that it filtered by, with the value or values wanted.
        params: the search, for what it sees: private datasets, drafts, deleted ones.
        portal_state: the portal.

    Raises:
        InvalidArgument: when no dataset has a field of a name.
        NotFound: when there is no organization or group of a name.
    """
    for name, kind in (("organization", "organization"), ("groups", "group")):
        values = filters.get(name) or ()
        for value in [values] if isinstance(values, str) else values:
            try:
                yield from execute(
                    Call(f"{kind}_show", {"id": value, "include_users": False}, read_only=True), portal_state
                )
            except errors.NotFound:
                raise
            except errors.PortalError:
                continue  # without an answer there is nothing to check
    seen = {name: value for name, value in params.items() if name.startswith("include_")}
    # A query may contain words with a colon: only a name that resembles a field is taken for one.
    worded = [name for name in solr.fields_in(str(params.get("q") or "")) if solr.nearest_field(name)]
    for name in dict.fromkeys([*filters, *solr.fields_in(str(params.get("fq") or "")), *worded]):
        yield from _requiring_field(name, "filter", seen, portal_state)


def requiring_order(fields: Iterable[str], params: Mapping[str, Any], portal_state: PortalState) -> Flow[None]:
    """Check that a search did not sort by an unknown field: CKAN's index accepts any name, and then does not sort.

    Raises:
        InvalidArgument: when no dataset has a field of a name.
    """
    seen = {name: value for name, value in params.items() if name.startswith("include_")}
    for name in fields:
        if name not in ("score", "views_total", "views_recent"):
            yield from _requiring_field(name, "sort", seen, portal_state)


def _requiring_field(name: str, what_for: str, seen: Mapping[str, Any], portal_state: PortalState) -> Flow[None]:
    if name in solr.FIELDS or not _A_FIELD.fullmatch(name):
        return
    asked = {**seen, "q": "*:*", "fq": f"+{name}:[* TO *]", "rows": 0, "facet": "false"}
    found = yield from execute(Call("package_search", asked, read_only=True), portal_state)
    if isinstance(found, dict) and found.get("count") == 0:
        near = solr.nearest_field(name)
        raise errors.InvalidArgument(
            f"No dataset that you can see on {portal_state.address.site} has a field {name!r} to {what_for} by.",
            hint=(f"Did you mean {near!r}? " if near else "") + "An extra is extras_NAME, a vocabulary vocab_NAME.",
        )


_A_FIELD = re.compile(r"[A-Za-z_][\w.-]*")
