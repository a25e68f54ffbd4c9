"""What a query finds, as Solr's reference guide describes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuckan.sandbox.search.analysis import fold
from tuckan.sandbox.search.dismax import at_least
from tuckan.sandbox.search.queries import distance
from tuckan.sandbox.search.syntax import Refused, parse
from tuckan.sandbox.search.values import parse_date

if TYPE_CHECKING:
    from conftest import Collection


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("*:*", "1234"),
        ("title:quality", "12"),
        ("title:qualities", "12"),
        ("title:zurich", "1"),
        ("title:ZÜRICH", "1"),
        ('title:"quality of"', "1"),
        ('title:"water rivers"~3', "1"),
        ('title:"water rivers"~1', ""),
        ("title:shot", "2"),
        ("title:powershot", "2"),
        ("title:wifi", "2"),
        ("title:wi-fi", "2"),
        ("name:wat*", "1"),
        ("name:?ater", "1"),
        ("title:Qual*", "12"),
        ("name:water OR name:air", "12"),
        ("name:water AND name:air", ""),
        ("quality -air", "1"),
        ("quality NOT name:air", "1"),
        ("+quality +tags:air", "2"),
        ("-name:water", "234"),
        ("tags:(air city)", ""),
        ("tags:(air OR city)", "23"),
        ('tags:"river basin"', "1"),
        (r"tags:river\ basin", "1"),
        ("tags:river", ""),
        ("water", "124"),
        ("extras_theme:wood", "4"),
        ("wood", "4"),
        ("views:[5 TO 7]", "13"),
        ("views:{5 TO 7]", "3"),
        ("views:[* TO 10}", "13"),
        ("views:50", "2"),
        ("price:*", "1"),
        ("-price:*", "234"),
        ("open:true", "1"),
        ("open:false", "2"),
        ("modified:[2020-01-01T00:00:00Z TO 2021-12-31T00:00:00Z]", "12"),
        ("modified:{2020-01-01T00:00:00Z TO NOW]", "23"),
        ("modified:[NOW-1DAY TO NOW]", ""),
        ('modified:"2021-06-15T12:00:00.25Z"', "2"),
        ("name:[air TO trees}", "23"),
        ("title_ngram:uali", "12"),
        ("title_ngram:u", ""),
        ("name:nois~", "3"),
        ("name:/no.*|a[ir]+/", "23"),
        ("(title:water OR title:air) AND tags:water", "12"),
        ("title : quality", "12"),
        ("title:quality^3 name:air^=2", "2"),
        ("{!term f=tags}river basin", "1"),
        ("{!bool must='name:water OR name:air' must_not=name:air}", "1"),
        ("{!prefix f=name}tr", "4"),
        ('"!!"', ""),
    ],
)
def test_what_lucenes_syntax_finds(collection: Collection, query: str, found: str) -> None:
    assert "".join(sorted(collection.ids(query))) == found


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("quality", "12"),
        ("water quality", "12"),
        ("water quality rivers", "12"),
        ("air -quality", ""),
        ("+water city", "124"),
        ('"air quality"', "2"),
        ("wood OR noise", ""),
        ("title:water", ""),
        ("what's (this) [is] {it}?", ""),
        ("quality -", "12"),
        ('"quality', "12"),
    ],
)
def test_what_people_type(collection: Collection, typed: str, found: str) -> None:
    if typed == "water quality rivers":
        found = "12" if at_least("2<-1 5<80%", 3) == 2 else ""
    if typed == "water quality":
        found = "12"
    if typed == "+water city":
        found = "" if at_least("2<-1 5<80%", 1) == 1 else found
    assert "".join(sorted(collection.typed(typed))) == found


@pytest.mark.parametrize(
    "query",
    [
        "title:[a TO", "(a", "a)", '"a', "a AND", "AND a", "title:", "views:many", "modified:[2012 TO 2013]", "modified:soon",
        "a^", "name:/a(?=b)/", "{!what}a", "{!term f=tags", "_query_:x", "a:b:c", "secret:x", "views:1*", "price:[a TO b]",
        "\\",
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused(collection: Collection, query: str) -> None:
    with pytest.raises(Refused) as refused:
        collection.ask(query)
    assert refused.value.status == 400


def test_two_signs_at_the_beginning_are_an_error_as_for_solr(collection: Collection) -> None:
    with pytest.raises(Refused, match="SyntaxError"):
        collection.typed("--included")


def test_edismax_understands_both(collection: Collection) -> None:
    assert collection.typed("name:water OR name:air", defType="edismax", mm="0%") == ["1", "2"]
    assert collection.typed("(((quality", defType="edismax") == ["1", "2"]
    assert collection.typed("*:*", defType="edismax", sort="id asc") == ["1", "2", "3", "4"]


def test_a_better_match_comes_first(collection: Collection) -> None:
    assert collection.typed("water")[0] == "1", "in name, title and tags"
    assert collection.typed("water")[-1] == "4", "in an extra alone"


@given(st.text(alphabet='ab:()[]{}"~*?+-!^/\\ ANDORTO&|1', max_size=30))
@settings(max_examples=400, deadline=None)
def test_the_parser_knows_or_refuses(text: str) -> None:
    for every in (True, False):
        try:
            parse(text, every=every)
        except Refused as refused:
            assert "Cannot parse" in refused.message


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-01-31T13:45:10Z/HOUR", "2024-01-31T13:00:00+00:00"),
        ("2024-01-31T13:45:10Z+1MONTH", "2024-02-29T13:45:10+00:00"),
        ("2024-02-29T00:00:00Z+1YEAR", "2025-02-28T00:00:00+00:00"),
        ("2024-03-01T00:00:00Z-1DAY/MONTH", "2024-02-01T00:00:00+00:00"),
        ("2024-01-01T00:00:00.123456Z/YEAR+6MONTHS+3DAYS", "2024-07-04T00:00:00+00:00"),
        ("2024-01-01T02:00:00+02:00", "2024-01-01T00:00:00+00:00"),
    ],
)
def test_date_arithmetic(text: str, moment: str) -> None:
    assert parse_date(text).isoformat() == moment


@pytest.mark.parametrize(
    "text", ["2024", "NOW+", "NOW/WEEK", "NOW+1", "2024-13-01T00:00:00Z", "9999-12-31T23:59:59Z+1DAY"]
)
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(Refused):
        parse_date(text)


@pytest.mark.parametrize(
    ("rule", "optional", "least"),
    [
        ("3", 5, 3),
        ("3", 2, 2),
        ("-1", 3, 2),
        ("75%", 4, 3),
        ("-25%", 4, 3),
        ("2<-25% 9<-3", 10, 7),
        ("0", 3, 0),
        ("100%", 3, 3),
    ],
)
def test_minimum_should_match(rule: str, optional: int, least: int) -> None:
    assert at_least(rule, optional) == least


@given(st.text(max_size=8), st.text(max_size=8))
def test_distance_is_symmetric(one: str, other: str) -> None:
    assert distance(one, other, 20) == distance(other, one, 20)
    assert (distance(one, other, 20) == 0) == (one == other)


def test_folding() -> None:
    assert fold("Straße, Łódź, crème brûlée, ©") == "Strasse, Lodz, creme brulee, ©"
