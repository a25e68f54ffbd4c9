"""Complete or loud, nothing sent twice, errors that say what to do: behind a fault proxy, on a real CKAN."""

from __future__ import annotations

import asyncio
import email.utils
import json
import threading
import time
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from tests.conftest import Faults

from tuckan import AsyncClient, Client, errors
from tuckan.wire.retry import RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tuckan.sandbox import Sandbox

QUICK = RetryPolicy(attempts=5, base=0.01, longest=0.05, budget=20)
SIZE = 23


@pytest.fixture(params=["blocking", "asynchronous"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class Both:
    """A client of either kind, asked in one way."""

    def __init__(self, kind: str, url: str, token: str | None, **more: Any) -> None:
        self.kind = kind
        options = {"retries": QUICK, "timeout": 20, **more}
        self.client: Any = (Client if kind == "blocking" else AsyncClient)(url, token, **options)
        self.loop = None if kind == "blocking" else asyncio.new_event_loop()

    def __call__(self, what: Any) -> Any:
        return what if self.loop is None else self.loop.run_until_complete(what)

    def call(self, action: str, /, **params: Any) -> Any:
        return self(self.client.call(action, **params))

    def list(self, **more: Any) -> Any:
        return self(self.client.datasets.list(**more))

    def ask(self, namespace: str, method: str, *args: Any, **more: Any) -> Any:
        return self(getattr(getattr(self.client, namespace), method)(*args, **more))

    def close(self) -> None:
        self(self.client.close())
        if self.loop:
            self.loop.close()


@pytest.fixture
def ckan(kind: str, proxy: Any, ckan_sandbox: Sandbox) -> Iterator[Both]:
    both = Both(kind, proxy.url, ckan_sandbox.token())
    both.call("status_show")
    proxy.seen.clear()
    yield both
    both.close()


@pytest.fixture
def filled(ckan_sandbox: Sandbox, ckan_client: Client) -> Client:
    """A portal with these datasets and no others; made anew only when a test before has changed them."""
    if ckan_client.call("package_list") == [f"d{number:02}" for number in range(SIZE)]:
        return ckan_client
    ckan_sandbox.reset()
    ckan_client.call("organization_create", name="city")
    for number in range(SIZE):
        ckan_client.call("package_create", name=f"d{number:02}", title=f"Dataset {number}", owner_org="city")
    return ckan_client


def test_reads_survive_what_passes(filled: Client, ckan: Both, proxy: Any, faults: Any) -> None:
    proxy.next(
        faults.status(429, retry_after="0"),
        faults.status(503, b"<html>", retry_after=email.utils.formatdate(time.time() + 1, usegmt=True)),
        faults.status(502, b"<html>"),
        faults.reset_before,
    )
    assert ckan.call("package_show", id="d01")["name"] == "d01"
    assert len(proxy.calls("package_show")) == 5
    proxy.seen.clear()
    proxy.next(faults.reset_after, faults.cut_in_half, faults.status(504), faults.status(500, b"oops"))
    assert ckan.call("package_show", id="d01")["name"] == "d01"
    assert len(proxy.calls("package_show")) == 5


def test_the_token_is_checked_while_the_first_answer_is_on_its_way(
    filled: Client, kind: str, proxy: Any, ckan_sandbox: Sandbox
) -> None:
    met = threading.Barrier(2)

    def meeting(seen: Any, passed_on: Any) -> Any:
        met.wait(60)
        return passed_on()

    both = Both(kind, proxy.url, ckan_sandbox.token())
    proxy.next(meeting, meeting)
    assert both.call("package_show", id="d01")["name"] == "d01"
    assert sorted(one.action for one in proxy.seen) == ["package_show", "user_show"]
    both.close()


def test_an_unknown_token_gives_no_answer_even_where_anybody_may_read(filled: Client, kind: str, proxy: Any) -> None:
    both = Both(kind, proxy.url, "nonsense")
    for action, params in (("package_show", {"id": "d01"}), ("package_show", {"id": "not there"})):
        with pytest.raises(errors.InvalidToken, match="does not know this token"):
            both.call(action, **params)
    both.close()


@pytest.mark.parametrize(
    ("action", "params", "options"),
    [("package_search", {"rows": 0}, {"concurrency": 1}), ("package_patch", {"id": "d01", "title": "Dataset 1"}, {})],
)
def test_a_write_waits_for_the_token_and_so_does_one_request_at_a_time(
    filled: Client,
    kind: str,
    proxy: Any,
    ckan_sandbox: Sandbox,
    action: str,
    params: dict[str, Any],
    options: dict[str, Any],
) -> None:
    both = Both(kind, proxy.url, ckan_sandbox.token(), **options)
    both.call(action, **params)
    actions = [one.action for one in proxy.seen]
    assert (actions[0], actions[-1]) == ("user_show", action)
    both.close()


def late(seen: Any, passed_on: Any) -> Any:
    """Done at once, and answered when nobody waits any more."""
    answer = passed_on()
    time.sleep(5)
    return answer


@pytest.mark.parametrize("trouble", ["reset_before", "slow"])
def test_a_write_of_which_nothing_is_known_is_in_doubt(
    filled: Client, kind: str, proxy: Any, faults: Any, ckan_sandbox: Sandbox, trouble: str
) -> None:
    both = Both(kind, proxy.url, ckan_sandbox.token(), timeout=3)
    try:
        both.call("status_show")
        proxy.next(late if trouble == "slow" else faults.reset_before, action="package_create")
        with pytest.raises(errors.InDoubt, match="may have arrived") as caught:
            both.call("package_create", name="once", owner_org="city")
    finally:
        both.close()
    assert len(proxy.calls("package_create")) == 1
    assert "Check whether" in caught.value.hint
    if trouble == "slow":
        assert filled.datasets.get("once")["name"] == "once", "it had arrived"
    else:
        with pytest.raises(errors.NotFound):
            filled.datasets.get("once")


@pytest.mark.parametrize("trouble", ["reset_after", "lost_behind_502", "cut_in_half"])
def test_a_write_is_never_sent_twice_blindly(filled: Client, ckan: Both, proxy: Any, faults: Any, trouble: str) -> None:
    proxy.next(getattr(faults, trouble), action="package_create")
    with pytest.raises((errors.InDoubt, errors.NotCKAN)) as caught:
        ckan.call("package_create", name="once", owner_org="city")
    assert len(proxy.calls("package_create")) == 1
    assert filled.datasets.get("once")["name"] == "once", "it had arrived"
    assert caught.value.hint


@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_redirect_after_a_write_repeats_nothing(
    filled: Client, ckan: Both, proxy: Any, faults: Any, status: int, tmp_path: Path
) -> None:
    def redirected(action: str) -> None:
        proxy.next(faults.redirected_after(status, f"/api/3/action/{action}"), action=action)

    redirected("package_create")
    ckan(ckan.client.datasets.create(name="once", owner_org="city"))
    redirected("resource_create")
    with pytest.raises(errors.InDoubt):
        ckan.call("resource_create", package_id="once", url="https://example.org/1")
    redirected("resource_create")
    ckan(ckan.client.resources.create("once", url="https://example.org/2"))
    (tmp_path / "3.txt").write_bytes(b"three")
    redirected("resource_create")
    ckan(ckan.client.resources.upload("once", tmp_path / "3.txt"))
    redirected("package_revise")
    ckan(ckan.client.datasets.add_resources("once", [{"url": "https://example.org/4"}]))
    assert [one["url"][-1] for one in filled.datasets.get("once")["resources"]] == ["1", "2", "t", "4"]
    redirected("dataset_purge")
    ckan(ckan.client.datasets.purge("once", confirm=lambda _: "once"))
    sent = [len(proxy.calls(action)) for action in ("package_create", "resource_create", "dataset_purge")]
    assert sent == [1, 3, 1]


def test_a_write_that_was_turned_away_is_sent_again(filled: Client, ckan: Both, proxy: Any, faults: Any) -> None:
    proxy.next(faults.status(429, retry_after="0"), faults.status(503, retry_after="0"), action="package_create")
    assert ckan.call("package_create", name="once", owner_org="city")["name"] == "once"
    assert len(proxy.calls("package_create")) == 3


def test_a_patch_may_be_sent_again(filled: Client, ckan: Both, proxy: Any, faults: Any) -> None:
    proxy.next(faults.reset_after, action="package_patch")
    assert ckan.call("package_patch", id="d01", title="New")["title"] == "New"
    assert len(proxy.calls("package_patch")) == 2


def test_slow_answers_end_in_a_timeout_that_says_so(
    filled: Client, kind: str, proxy: Any, faults: Any, ckan_sandbox: Sandbox
) -> None:
    both = Both(kind, proxy.url, "", timeout=0.3, retries=RetryPolicy(attempts=2, base=0.01))
    proxy.always(faults.slow(1.0))
    try:
        with pytest.raises(errors.Timeout, match="no answer from") as caught:
            both.call("package_show", id="d01")
    finally:
        both.close()
    assert "timeout=" in caught.value.hint


def test_a_success_that_is_none(filled: Client, ckan: Both, proxy: Any, faults: Any) -> None:
    body = json.dumps({"success": False, "error": {"__type": "Validation Error", "name": ["no"]}}).encode()
    proxy.next(faults.status(200, body))
    with pytest.raises(errors.ValidationError, match="name: no"):
        ckan.call("package_show", id="d01")
    proxy.next(*[faults.status(200, b"<html><title>Login</title>", Content_Type="text/html")] * 3)
    with pytest.raises(errors.NotCKAN, match="Login"):
        ckan.call("package_show", id="d01")
    for body in (b'{"a": 1}', b"plain words", b"", b'"a bare string"'):
        proxy.always(faults.status(200, body))
        with pytest.raises(errors.NotCKAN):
            ckan.call("package_show", id="d01")


def test_the_token_does_not_follow_a_redirect_to_another_host(
    filled: Client, ckan: Both, proxy: Any, faults: Any, ckan_sandbox: Sandbox
) -> None:
    other = type(proxy)(ckan_sandbox.url)
    try:
        for status, action in (
            (301, "package_show"),
            (302, "package_show"),
            (307, "package_patch"),
            (308, "package_patch"),
        ):
            proxy.always(faults.status(status, location=f"{other.url}/api/3/action/{action}"))
            with pytest.raises(errors.Redirected) as caught:
                ckan.call(action, id="d01")
        assert other.seen == []
    finally:
        other.close()
    assert ckan_sandbox.token() not in str(caught.value)


def lower_cap(cap: int) -> Any:
    """The portal grants fewer rows than were asked."""

    def fault(seen: Any, passed_on: Any) -> Any:
        if seen.action == "package_search" and seen.body:
            asked = json.loads(seen.body)
            asked["rows"] = min(int(asked.get("rows", 10)), cap)
            seen.body = json.dumps(asked).encode()
        return passed_on()

    return fault


@pytest.mark.parametrize("cap", [2, 3, 7, 22, 23, 1000])
def test_a_lowered_cap_loses_nothing(filled: Client, ckan: Both, proxy: Any, cap: int) -> None:
    proxy.always(lower_cap(cap))
    found = ckan.list()
    assert sorted(one["name"] for one in found) == [f"d{n:02}" for n in range(SIZE)]
    assert found.proof.read == found.proof.counted == SIZE


def test_a_cap_that_is_lowered_in_mid_list_loses_nothing(filled: Client, ckan: Both, proxy: Any) -> None:
    caps = iter([10, 6, 3])

    def fault(seen: Any, passed_on: Any) -> Any:
        return lower_cap(next(caps, 2))(seen, passed_on) if seen.action == "package_search" else passed_on()

    proxy.always(fault)
    found = ckan.list()
    assert sorted(one["name"] for one in found) == [f"d{n:02}" for n in range(SIZE)]
    assert found.proof.read == found.proof.counted == SIZE


def test_one_row_at_a_time_is_refused_loudly(filled: Client, ckan: Both, proxy: Any) -> None:
    proxy.always(lower_cap(1))
    with pytest.raises(errors.Incomplete, match="one row at a time"):
        ckan.list()


def dropping(*names: str) -> Any:
    """The portal drops datasets from its pages, as it does when their stored record is missing; ids are still listed."""

    def fault(seen: Any, passed_on: Any) -> Any:
        answer = passed_on()
        if seen.action == "package_search":
            content = json.loads(answer.body)
            content["result"]["results"] = [one for one in content["result"]["results"] if one.get("name") not in names]
            answer.body = json.dumps(content).encode()
        return answer

    return fault


@pytest.mark.parametrize("page_size", [5, 1000])
def test_a_dataset_missing_in_mid_list_is_fetched_by_itself(
    filled: Client, ckan: Both, proxy: Any, page_size: int
) -> None:
    proxy.always(dropping("d03", "d17"))
    found = ckan.list(page_size=page_size)
    assert sorted(one["name"] for one in found) == [f"d{n:02}" for n in range(SIZE)]
    assert len(found.proof.recovered) == 2
    assert "2 that the portal had omitted" in str(found.proof)


def test_a_ghost_in_the_index_is_said(filled: Client, ckan: Both, proxy: Any, faults: Any) -> None:
    ghost = filled.datasets.get("d05")["id"]

    def fault(seen: Any, passed_on: Any) -> Any:
        if seen.action == "package_show" and ghost.encode() in seen.body:
            return faults.status(404, json.dumps({"success": False, "error": {"__type": "Not Found Error"}}).encode())(
                seen, passed_on
            )
        return dropping("d05")(seen, passed_on)

    proxy.always(fault)
    found = ckan.list()
    assert len(found) == SIZE - 1
    assert found.proof.ghosts == {ghost}
    assert "only in the search index" in str(found.proof)


def test_a_list_that_stays_short_is_loud(filled: Client, ckan: Both, proxy: Any) -> None:
    def fault(seen: Any, passed_on: Any) -> Any:
        answer = passed_on()
        if seen.action == "package_search":
            content = json.loads(answer.body)
            content["result"]["count"] += 4
            answer.body = json.dumps(content).encode()
        return answer

    proxy.always(fault)
    with pytest.raises(errors.Incomplete) as caught:
        ckan.list()
    assert (caught.value.expected, caught.value.received) == (SIZE + 4, SIZE)
    assert len(ckan.list(require_complete=False)) == SIZE


def test_datasets_that_come_and_go_while_listing(filled: Client, ckan: Both, proxy: Any) -> None:
    names = {f"d{n:02}" for n in range(SIZE)}
    gone = iter(["d02", "d11", "d19", "d07"])
    new = iter(["n1", "n2", "n3"])
    deleted: set[str] = set()

    def fault(seen: Any, passed_on: Any) -> Any:
        answer = passed_on()
        if seen.action == "package_search":
            name = next(gone, None)
            if name:
                filled.call("package_delete", id=name)
                deleted.add(name)
            name = next(new, None)
            if name:
                filled.call("package_create", name=name, owner_org="city")
        return answer

    proxy.always(fault)
    found = ckan.list(page_size=5)
    listed = [one["name"] for one in found]
    assert len(listed) == len(set(listed))
    assert names - deleted <= set(listed)
    assert found.proof.changed or found.proof.read == found.proof.counted


def test_a_page_too_large_to_answer_in_time_is_asked_for_in_parts(
    filled: Client, kind: str, proxy: Any, faults: Any
) -> None:
    def fault(seen: Any, passed_on: Any) -> Any:
        if seen.action == "package_search" and json.loads(seen.body)["rows"] > 20:
            return faults.status(504)(seen, passed_on)
        return passed_on()

    both = Both(kind, proxy.url, "", retries=RetryPolicy(attempts=1))
    proxy.always(fault)
    try:
        assert len(both.list(page_size=100)) == SIZE
    finally:
        both.close()


def test_a_firewall_that_blocks_post(filled: Client, ckan: Both, proxy: Any, faults: Any) -> None:
    def fault(seen: Any, passed_on: Any) -> Any:
        return (
            faults.status(403, b"<html><title>Blocked</title>")(seen, passed_on)
            if seen.method == "POST"
            else passed_on()
        )

    proxy.always(fault)
    assert len(ckan.list(page_size=10)) == SIZE
    assert ckan.call("package_search", **{"facet.field": ["organization"], "rows": 0})["facets"] == {
        "organization": {"city": SIZE}
    }
    proxy.seen.clear()
    ckan.call("package_show", id="d01")
    ckan.call("package_show", id="d02")
    assert [one.method for one in proxy.seen][-1] == "GET"
    assert len(proxy.calls("package_show")) <= 3, "remembered"


def only(method: str, content: str = "") -> Any:
    """A firewall that lets nothing else through: another method, or another kind of content."""

    def fault(seen: Any, passed_on: Any) -> Any:
        let_through = seen.method == method and seen.headers.get("content-type", "").startswith(content)
        return passed_on() if let_through else Faults.status(403, b"<html><title>Blocked</title>")(seen, passed_on)

    return fault


A_FORM = only("POST", "application/x-www-form-urlencoded")


def dropping_behind(road: Any, *names: str) -> Any:
    return lambda seen, passed_on: dropping(*names)(seen, lambda: road(seen, passed_on))


@pytest.fixture
def a_table(filled: Client) -> str:
    """A table of five rows, of a private dataset that is not among the others."""
    made = filled.call("package_create", name=f"table-{uuid4()}", owner_org="city", private=True)
    rows = [{"a": n, "b": f"x{n}"} for n in range(5)]
    return str(filled.call("datastore_create", resource={"package_id": made["id"]}, records=rows)["resource_id"])


@pytest.mark.parametrize("road", [only("GET"), A_FORM], ids=["get", "form"])
def test_lists_and_numbers_arrive_by_every_road(
    kind: str, proxy: Any, road: Any, ckan_sandbox: Sandbox, a_table: str
) -> None:
    proxy.always(road)
    both = Both(kind, proxy.url, ckan_sandbox.token())
    try:
        names = [f"d{n:02}" for n in range(SIZE)]
        assert {len(one) for one in both.list(fields=["id"])} == {1}
        assert sorted(one["name"] for one in both.list(fields=["name"], page_size=7)) == names
        assert both.call("package_search", fq_list=["name:d01"])["count"] == 1
        assert both.call("package_search", fq_list=["name:d01", "name:d02"])["count"] == 0
        assert both.call("package_search", **{"facet.field": ["name"], "facet.limit": 2, "rows": 0})["facets"]["name"]
        assert both.ask("portal", "capabilities").datastore_rows_max == 32000
        for fields in (["b"], ["b", "a"]):
            found = both.ask("datastore", "search", a_table, fields=fields, filters={"a": [3, 4]}, sort="a desc")
            assert [one["b"] for one in found["records"]] == ["x4", "x3"]
        proxy.always(dropping_behind(road, "d03"))
        assert len(both.list(page_size=7).proof.recovered) == 1
    finally:
        both.close()


def test_a_write_with_lists_arrives_by_a_form(filled: Client, kind: str, proxy: Any, ckan_sandbox: Sandbox) -> None:
    proxy.always(A_FORM)
    both = Both(kind, proxy.url, ckan_sandbox.token())
    try:
        extras = [{"key": "näme", "value": "1"}]
        made = both.call("package_create", name=f"by-form-{uuid4()}", owner_org="city", private=True, extras=extras)
        assert (made["private"], made["extras"]) == (True, extras)
    finally:
        both.close()
