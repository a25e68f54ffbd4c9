"""Addresses, escapes, retries, tokens: the small pure things."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuckan.errors import ConfigurationError, InvalidArgument
from tuckan.sandbox.search import syntax
from tuckan.shapes.secrets import jti
from tuckan.wire import solr
from tuckan.wire.address import Address, is_upgrade, name_from_page, origin
from tuckan.wire.flow import NetworkFailure, Reply
from tuckan.wire.retry import RetryPolicy, pause, retry_after


@pytest.mark.parametrize(
    ("text", "site", "first"),
    [
        ("https://example.org", "https://example.org", "https://example.org/api/3/action"),
        (" https://Example.org/ ", "https://example.org", "https://example.org/api/3/action"),
        ("https://example.org/data/", "https://example.org/data", "https://example.org/data/api/3/action"),
        ("https://example.org/api/action", "https://example.org", "https://example.org/api/action"),
        (
            "https://example.org/x/api/3/action/status_show",
            "https://example.org/x",
            "https://example.org/x/api/3/action",
        ),
        ("https://example.org/de/dataset/rivers", "https://example.org/de", "https://example.org/de/api/3/action"),
        ("http://127.0.0.1:5000", "http://127.0.0.1:5000", "http://127.0.0.1:5000/api/3/action"),
        ("https://[::1]:8443/", "https://[::1]:8443", "https://[::1]:8443/api/3/action"),
    ],
)
def test_addresses(text: str, site: str, first: str) -> None:
    address = Address.parse(text)
    assert (address.site, address.candidates[0]) == (site, first)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "example.org",
        "ftp://example.org",
        "https://",
        "https://a b/",
        "http://x:port",
        "https://u:pw@example.org",
        "https://a..b",
        "https://" + "a" * 64 + ".org",
    ],
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Address.parse(text)
    assert caught.value.hint
    assert "pw" not in str(caught.value)


@given(st.text(max_size=60))
def test_any_text_is_refused_or_read(text: str) -> None:
    try:
        address = Address.parse(text)
    except ConfigurationError:
        return
    assert address.candidates[0].endswith("action")
    assert origin(address.site)[1]


def test_upgrades() -> None:
    assert is_upgrade("http://example.org/a", "https://example.org/a")
    assert not is_upgrade("https://example.org", "http://example.org")
    assert not is_upgrade("http://example.org", "https://www.example.org")
    assert not is_upgrade("http://example.org:8080", "https://example.org")


@given(st.text(min_size=1, max_size=40))
def test_a_phrase_is_one_phrase_whatever_is_in_it(text: str) -> None:
    group = syntax.parse(f"title:{solr.phrase(text)}", every=True)
    (clause,) = group.clauses
    assert isinstance(clause.node, syntax.Phrase)
    assert clause.node.text == text


@given(st.text(alphabet=st.characters(blacklist_categories=["Cc", "Cs", "Zs", "Zl", "Zp"]), min_size=1, max_size=30))
def test_a_term_is_one_term_whatever_is_in_it(text: str) -> None:
    group = syntax.parse(f"name:{solr.term(text)}", every=True)
    (clause,) = group.clauses
    assert isinstance(clause.node, syntax.Words)
    assert syntax.unescaped(clause.node.raw) == text


@given(st.integers(1, 10), st.floats(0, 400), st.floats(0, 1), st.sampled_from(["", "5", "99999", "soon", "-3"]))
def test_pauses_stay_within_their_bounds(attempt: int, spent: float, chance: float, asked: str) -> None:
    policy = RetryPolicy()
    reply = Reply(429, {"retry-after": asked} if asked else {}, b"")
    seconds = pause(policy, attempt, spent, reply, lambda: chance)
    if seconds is None:
        return
    assert attempt < policy.attempts
    assert spent + seconds <= policy.budget
    assert seconds >= (retry_after(reply) or 0)


def test_what_is_no_answer_asks_for_nothing() -> None:
    assert retry_after(NetworkFailure("timeout", "slow")) is None
    assert retry_after(Reply(503, {"retry-after": "Thu, 99 Foo"}, b"")) is None


@pytest.mark.parametrize("token", ["", "abc", "a.b.c", "....", "é.é.é", "eyJ9.eyJqdGkiOiA1fQ.x"])
def test_the_id_of_what_is_no_token(token: str) -> None:
    assert jti(token) is None or isinstance(jti(token), str)


def test_the_id_of_a_token() -> None:
    assert jti("eyJhbGciOiJIUzI1NiJ9.eyJqdGkiOiJhYmMifQ.c2ln") == "abc"


@pytest.mark.parametrize(
    ("text", "what", "name"),
    [
        ("rivers", "dataset", "rivers"),
        ("https://example.org/data/dataset/rivers", "dataset", "rivers"),
        ("http://EXAMPLE.org/data/de/dataset/edit/rivers/?page=2#x", "dataset", "rivers"),
        ("https://example.org/dataset/rivers/resource/3f2a/download/a.csv", "resource", "3f2a"),
        ("https://example.org/dataset/rivers/resource/3f2a", "dataset", "rivers"),
        ("https://example.org/organization/about/z%C3%BCrich", "organization", "zürich"),
        ("https://example.org/group/water", "group", "water"),
    ],
)
def test_a_pasted_page_names_what_it_is_about(text: str, what: str, name: str) -> None:
    assert name_from_page(text, what, Address.parse("https://example.org/data")) == name


@pytest.mark.parametrize(
    ("text", "what", "said"),
    [
        ("https://other.example/dataset/rivers", "dataset", "not on the portal https://example.org"),
        ("https://example.org:8443/dataset/rivers", "dataset", "not on the portal"),
        ("https://[::1/dataset/rivers", "dataset", "not on the portal"),
        ("https://example.org/dataset/rivers?key=secret", "resource", "not the address of a resource's page"),
        ("https://example.org/", "group", "not the address of a group's page"),
    ],
)
def test_another_page_is_refused(text: str, what: str, said: str) -> None:
    with pytest.raises(InvalidArgument, match=re.escape(said)) as caught:
        name_from_page(text, what, Address.parse("https://example.org"))
    assert "secret" not in caught.value.message


@pytest.mark.parametrize(
    ("query", "clause"),
    [
        ("tags:rain", "+(tags:rain)"),
        ("-license_id:*", "+(*:* -license_id:*)"),
        ("NOT license_id:[* TO *]", "+(*:* NOT license_id:[* TO *])"),
        ('-tags:"a b" AND -title:(x y) !private:true', '+(*:* -tags:"a b" AND -title:(x y) !private:true)'),
        ("-tags:rain title:x", "+(-tags:rain title:x)"),
        ("title:x -tags:rain", "+(title:x -tags:rain)"),
        ("-tags:rain OR title:x", "+(-tags:rain OR title:x)"),
    ],
)
def test_exclusions_alone_are_taken_from_all(query: str, clause: str) -> None:
    assert solr.required(query) == clause
