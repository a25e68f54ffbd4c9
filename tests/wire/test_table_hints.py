"""What a portal did not understand of a search, said in one sentence; what it answers is CKAN's, 2.10 and 2.12."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tuckan import errors
from tuckan.wire.address import Address
from tuckan.wire.flow import Outcome, Reply, Send, Wait
from tuckan.wire.portal_state import PortalState
from tuckan.wire.table_hints import about_order, explaining_sql, explaining_table, unfit

ID = "0a1b2c3d-1111-2222-3333-444455556666"
COLUMNS = {
    "fields": [{"id": "Size", "type": "int8"}, {"id": "name", "type": "text"}, {"id": "day", "type": "timestamp"}]
}


def refused(error: Any) -> errors.ValidationError:
    return errors.ValidationError("a database's dump", action="datastore_search", status=409, error=error)


def explained(flow: Any) -> errors.TuckanError:
    memory_of_answers = Reply(200, {}, msgspec.json.encode({"success": True, "result": COLUMNS}))
    try:
        step = next(flow)
        while True:
            step = flow.send(Outcome(memory_of_answers, 0.1) if isinstance(step, Send) else None)
            assert isinstance(step, (Send, Wait))
    except StopIteration as end:
        return end.value


def portal() -> PortalState:
    known = PortalState(Address.parse("https://example.org"))
    known.action_base = "https://example.org/api/3/action"
    return known


def dump(kind: str, value: str) -> dict[str, Any]:
    return {
        "query": ["Invalid query"],
        "info": {"orig": f'(psycopg2.errors.X) invalid input syntax for type {kind}: "{value}"'},
    }


@pytest.mark.parametrize(
    ("error", "asked", "said", "hint"),
    [
        ({"filters": ["Unknown field: size"]}, {"filters": {"size": 1}}, "no column 'size'", "Did you mean 'Size'?"),
        ({"filters": ['invalid value "size"']}, {"filters": {"size": 1}}, "no column 'size'", "Did you mean 'Size'?"),
        ({"filters": ["Unknown field: x"]}, {"filters": {"$or": [{"x": 1}]}}, "no column 'x'", "It has"),
        ({"sort": ['invalid value "siz desc"']}, {"sort": "name, siz desc"}, "no column 'siz'", "'Size'"),
        ({"sort": ['invalid value "name foo"']}, {"sort": "name;"}, "no column 'name;'", "'name'"),
        ({"fields": ['invalid value "nmae"']}, {"fields": "Size,nmae"}, "no column 'nmae'", "'name'"),
        ({"q": ['invalid value "nmae"']}, {"q": {"nmae": "a"}}, "no column 'nmae'", "'name'"),
        (dump("bigint", "abc"), {"filters": {"Size": "abc"}}, "'Size' is int8, and 'abc' is no value", "type"),
        (
            dump("timestamp", "abc"),
            {"filters": {"day": ["2020-01-01", "abc"]}},
            "'day' is timestamp, and 'abc'",
            "type",
        ),
        (dump("bigint", "abc"), {"filters": {"Size": {"gt": "abc"}}}, "'Size' is int8, and 'abc' is no value", "type"),
    ],
)
def test_what_was_not_understood_of_a_search(error: Any, asked: Any, said: str, hint: str) -> None:
    told = explained(explaining_table(refused(error), asked, ID, portal()))
    assert isinstance(told, errors.ValidationError)
    assert said in told.message
    assert "database" not in told.message
    assert hint in told.hint
    assert told.error == error, "what the portal said stays"


def test_what_is_not_about_the_search_stays_as_it_is() -> None:
    for error in ({"records": ["x"]}, {"filters": ['invalid value "$and"']}, dump("bigint", "other")):
        same = refused(error)
        assert explained(explaining_table(same, {"filters": {"Size": "abc"}}, ID, portal())) is same


def test_a_portal_that_fails_at_a_value_is_told_by_the_columns_type() -> None:
    failed = errors.ServerError("Oops", action="datastore_search", status=500)
    told = explained(explaining_table(failed, {"filters": {"Size": "abc"}}, ID, portal()))
    assert "'Size' is int8" in str(told)
    assert explained(explaining_table(failed, {"filters": {"Size": "7", "name": "abc"}}, ID, portal())) is failed
    assert unfit({"Size": ["1e3", "-2", 7, None]}, {"Size": "numeric"}) is None


def test_a_column_in_sql() -> None:
    for said in ('(UndefinedColumn) column "size" does not exist', 'column \\"size\\" does not exist'):
        told = explained(explaining_sql(refused({"query": [said]}), f'select Size from "{ID}"', portal()))
        assert (told.message, '"Size"' in told.hint) == ("No table in the query has a column 'size'.", True)
    told = explained(
        explaining_sql(refused({"query": ["column t.nmae does not exist"]}), f'select t.nmae from "{ID}" t', portal())
    )
    assert "'name'" in told.hint
    same = refused({"query": ["syntax error"]})
    assert explained(explaining_sql(same, "selec", portal())) is same


@pytest.mark.parametrize(("sort", "meant"), [("titel asc", "title_string"), ("name, modified", "metadata_modified")])
def test_an_order_of_datasets(sort: str, meant: str) -> None:
    error = errors.SearchError(
        "Search Query is invalid: 'Invalid \"sort\" parameter'", action="package_search", status=409
    )
    told = about_order(error, sort)
    assert f"can't be sorted by {sort!r}" in told.message
    assert f"Did you mean {meant!r}?" in told.hint
    other = errors.SearchError("Search Query is invalid: brackets", action="package_search", status=409)
    assert about_order(other, sort) is other
