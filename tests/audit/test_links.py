"""Links are judged rightly, asked politely, and each only once."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.audit.link_hosts import CSV, MISSING, running, urls
from tests.audit.records import Records, good, resource

from tuckan.audit import Audit, LinkOptions
from tuckan.audit.mqa import BY_ID
from tuckan.links.answers import PAGE, Answer, Link, followed, judged
from tuckan.links.asking import Asking, asking_host
from tuckan.links.checker import Checker
from tuckan.links.judging import crawl_delay
from tuckan.links.store import Store
from tuckan.transport.addresses import is_private
from tuckan.wire.flow import NetworkFailure, Outcome, Reply, Send, Wait

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.audit.link_hosts import Hosts

    from tuckan.wire.flow import Flow, Request, StepOutcome

DAY = timedelta(days=1)
HERE = LinkOptions(allow_private_addresses=True)
SITE = "https://example.org"
HTML = {"content-type": "text/html"}


def answered(flow: Flow[Any], answer: Callable[[Request], Reply | NetworkFailure]) -> tuple[Any, list[Request]]:
    """What a flow returns, and the requests that it sent."""
    sent: list[Request] = []
    outcome: StepOutcome = None
    try:
        while True:
            step = flow.send(outcome)
            outcome = None
            if isinstance(step, Send):
                sent.append(step.request)
                outcome = Outcome(answer(step.request), 0.0)
            else:
                assert isinstance(step, Wait)
    except StopIteration as end:
        return end.value, sent


def of(url: str, *, wants_file: bool = True, **answers: Reply | NetworkFailure) -> tuple[Answer, list[str]]:
    """The answer of an address by what HEAD, GET, and what is beside it (`beside`) answer, and the methods that were sent."""

    def answer(request: Request) -> Reply | NetworkFailure:
        if request.url != url:
            return answers.get("beside", Reply(404, {}, b""))
        return answers[request.method]

    found, sent = answered(Asking().asking(url, wants_file=wants_file), answer)
    return found, [one.method for one in sent]


FINE = Reply(200, {"content-type": "text/csv"}, CSV)


@pytest.mark.parametrize("status", [400, 403, 404, 405, 429, 500, 501])
def test_a_head_that_fails_says_nothing_if_get_works(status: int) -> None:
    found, methods = of(f"{SITE}/rain.csv", HEAD=Reply(status, {}, b""), GET=FINE)
    if status == 429:  # which is an answer to both
        assert (found.kind, methods) == ("refused", ["HEAD"] * 3)
    else:
        assert (found.kind, found.contents, methods) == ("works", "text", ["HEAD", "GET"])


@pytest.mark.parametrize(
    ("failure", "methods"), [("tls", ["HEAD"]), ("timeout", ["HEAD", "GET"]), ("broken", ["HEAD", "GET"])]
)
def test_nothing_but_a_certificate_ends_it_after_head(failure: Any, methods: list[str]) -> None:
    failed = NetworkFailure(failure, "why")
    assert of(f"{SITE}/rain.csv", HEAD=failed, GET=failed) == (of(f"{SITE}/x.csv", HEAD=failed, GET=failed)[0], methods)
    assert of(f"{SITE}/rain.csv", HEAD=failed, GET=failed)[0].kind == "failed"


WALLS = [
    Reply(403, HTML, b"<title>Just a moment...</title>"),
    Reply(503, HTML, b"<title>Attention Required! | Cloudflare</title>"),
    Reply(200, HTML, b"<html><script src='/_Incapsula_Resource?x'></script>"),
    Reply(405, {"x-amzn-waf-action": "captcha"}, b""),
    Reply(401, {}, b""),
    Reply(999, {}, b""),
    Reply(503, {"retry-after": "99999"}, b""),
]


@pytest.mark.parametrize("wall", WALLS, ids=lambda one: str(one.status))
def test_what_is_refused_is_not_broken(wall: Reply) -> None:
    found, _ = of(f"{SITE}/rain.csv", HEAD=Reply(wall.status, wall.headers, b""), GET=wall)
    assert found.kind == "refused"
    assert found.reason


def test_a_service_that_wants_parameters_is_not_broken() -> None:
    refused = Reply(400, {}, b"")
    assert of(f"{SITE}/wms", wants_file=False, HEAD=refused, GET=refused)[0].kind == "refused"
    assert of(f"{SITE}/rain.csv", HEAD=refused, GET=refused)[0].kind == "failed"


def page(text: str) -> Reply:
    return Reply(200, HTML, f"<!doctype html><html><body>{text}</body></html>".encode())


APP = page("<div id=root></div><script src=app.js></script>")


@pytest.mark.parametrize(
    ("there", "beside", "soft"),
    [
        (page("Nothing here, request 17"), page("Nothing here, request 18"), True),
        (page("Rain by day"), page("Nothing here"), False),
        (page("Rain by day"), Reply(404, HTML, b""), False),
        (APP, APP, False),  # its source is that of every address
        (page("x" * 3000 + "rain"), page("x" * 3000 + "nothing"), False),
        (page("x" * 3000), page("x" * 3000), True),
    ],
)
def test_a_page_is_compared_with_one_that_does_not_exist(there: Reply, beside: Reply, soft: bool) -> None:
    found, _ = of(f"{SITE}/about/rain.html", wants_file=False, HEAD=there, GET=there, beside=beside)
    assert (found.kind, found.soft) == ("works", soft)


def test_redirects_to_where_anything_redirects_are_soft() -> None:
    to = Reply(302, {"location": "/sorry"}, b"")
    assert of(f"{SITE}/data/rain.csv", HEAD=to, beside=to)[0].soft
    assert of(f"{SITE}/data/rain.csv", HEAD=to, beside=Reply(404, {}, b""))[0].target == f"{SITE}/sorry"


@pytest.mark.parametrize(
    ("target", "last", "verdict", "moved"),
    [
        (f"{SITE}/new.csv", Answer("works", 200, contents="text"), "works", f"{SITE}/new.csv"),
        (f"{SITE}/", Answer("works", 200, contents=PAGE), "suspected", ""),
        (f"{SITE}/de/index.html", Answer("works", 200), "suspected", ""),
        (f"{SITE}/user/login?came_from=/x", Answer("works", 200), "suspected", ""),
        (f"{SITE}/new.csv", Answer("works", 200, contents=PAGE), "suspected", ""),
        (f"{SITE}/new.csv", Answer("failed", 404, "answers 404"), "suspected", ""),
        (f"{SITE}/new.csv", Answer("refused", 403, "forbids access"), "refused", ""),
    ],
)
def test_where_redirects_lead(target: str, last: Answer, verdict: str, moved: str) -> None:
    known = {f"{SITE}/old.csv": Answer("redirect", 301, target=target, permanent=True), target: last}
    link = judged(followed(f"{SITE}/old.csv", known.get, wants_file=True), None, DAY)
    assert (link.verdict, link.moved) == (verdict, moved)


def test_an_address_is_suggested_as_far_as_all_redirects_are_permanent() -> None:
    known = {
        "a": Answer("redirect", 301, target="b", permanent=True),
        "b": Answer("redirect", 302, target="c"),
        "c": Answer("redirect", 308, target="d", permanent=True),
        "d": Answer("works", 200),
        "round": Answer("redirect", 301, target="round", permanent=True),
    }
    assert judged(followed("a", known.get), None, DAY).moved == "b"
    assert judged(followed("b", known.get), None, DAY).moved == ""
    assert followed("round", known.get).kind == "failed"


def test_robots_are_read_for_their_delay_alone() -> None:
    text = (
        b"User-agent: a\nUser-agent: *\nDisallow: /\nCrawl-Delay: 2.5 # please\n\nUser-agent: tuckan\nCrawl-delay: 7\n"
    )
    assert crawl_delay(text) == 7
    assert crawl_delay(text.partition(b"\n\n")[0]) == 2.5
    assert crawl_delay(b"User-agent: other\nCrawl-delay: 9\n") == 0
    delay, sent = answered(asking_host(f"{SITE}/a/b.csv"), lambda _: Reply(200, {}, text))
    assert (delay, [one.url for one in sent]) == (7, [f"{SITE}/robots.txt"])


@pytest.mark.parametrize(
    "address",
    "10.1.2.3 127.0.0.1 169.254.169.254 100.64.0.1 ::1 fe80::1%eth0 ::ffff:10.0.0.1 64:ff9b::7f00:1 0.0.0.0".split(),
)
def test_private_addresses(address: str) -> None:
    assert is_private(address)


@pytest.fixture(scope="module")
def hosts() -> Hosts:
    """Hosts on loopback addresses."""
    if sys.platform != "linux":
        pytest.skip("only Linux answers on all loopback addresses")
    return running(slow=0.3)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "links.db") as store:
        yield store


SOFT = ("soft", "softpage", "softroot")
GOOD = ("good", "gets", "slow", "busy", "moved", "page")


def test_three_hundred_links_on_sixty_hosts(hosts: Hosts, store: Store) -> None:
    kinds = dict(urls(60, 300, hosts.port, 1))
    wanted = {url: not url.endswith(".html") for url in kinds}
    found = Checker(store, HERE).check(wanted)
    assert [url for url in found if kinds[url] in GOOD and found[url].verdict != "works"] == []
    assert [url for url in found if kinds[url] in SOFT and not found[url].soft] == []
    assert {found[url].verdict for url in found if kinds[url] in ("gone", "dead", *SOFT)} == {"suspected"}
    assert {found[url].verdict for url in found if kinds[url] == "wall"} == {"refused"}
    assert max(hosts.most.values()) <= 2
    first = hosts.counts.total()
    again = Checker(store, HERE).check(wanted)
    assert again == found
    assert hosts.counts.total() - first <= first * 0.1
    assert not hosts.headers & {"authorization", "x-ckan-api-key", "cookie", "referer"}


def at(hosts: Hosts, kind: str, name: str = "7.csv", host: str = "127.2.0.1") -> str:
    return f"http://{host}:{hosts.port}/of/{kind}/{name}"


def test_broken_needs_two_failures_a_day_apart(hosts: Hosts, store: Store) -> None:
    now = 1_800_000_000.0

    def verdict(hours: float, kind: str = "gone", after: timedelta = DAY) -> str:
        options = LinkOptions(broken_after=after, allow_private_addresses=True)
        checker = Checker(store, options, clock=lambda: now + hours * 3600)
        return checker.check({at(hosts, kind): True})[at(hosts, kind)].verdict

    assert [verdict(hours) for hours in (0, 0.5, 23, 23.5)] == ["suspected"] * 4
    before = hosts.counts.total()
    assert verdict(24.2) == "broken"
    assert verdict(24.3) == "broken"  # asked no more than once an hour
    assert 0 < hosts.counts.total() - before <= 3
    assert [verdict(hours, "soft") for hours in (0, 25)] == ["suspected", "broken"]
    assert [verdict(hours, "softroot", timedelta(0)) for hours in (0, 0.001)] == ["suspected", "broken"]


def test_what_works_again_starts_anew(store: Store) -> None:
    store.write(
        {f"{SITE}/x.csv": Answer("failed", 404, "answers 404", asked_at=100.0, failing_since=50.0, failed_at=100.0)}
    )
    [(_, kept)] = store.read([f"{SITE}/x.csv"])
    assert kept == Answer("failed", 404, "answers 404", asked_at=100.0, failing_since=50.0, failed_at=100.0)
    assert judged(kept, kept, timedelta(seconds=50)).verdict == "broken"
    assert judged(kept, kept, timedelta(seconds=51)).verdict == "suspected"


def test_private_addresses_are_not_asked(hosts: Hosts, store: Store) -> None:
    before = hosts.counts.total()
    url = at(hosts, "good")
    assert Checker(store).check({url: True})[url].verdict == "private"
    assert hosts.counts.total() == before
    assert Checker(store, portal=f"http://127.2.0.1:{hosts.port}").check({url: True})[url].verdict == "works"


def catalogue(hosts: Hosts) -> Records:
    """Four datasets: one that moved, one that is gone, one that is a page, one whose format is wrong."""
    kinds = ("moved", "gone", "soft", "good")
    formats = ("CSV", "CSV", "CSV", "PDF")
    return Records(
        [
            good(number, resources=[resource(number, url=at(hosts, kind), download_url="", format=formats[number])])
            for number, kind in enumerate(kinds)
        ]
    )


def test_an_audit_tells_of_links(hosts: Hosts, tmp_path: Path) -> None:
    options = LinkOptions(tmp_path / "links.db", broken_after=timedelta(0), allow_private_addresses=True)
    before = hosts.counts.total()
    assert Audit.of(catalogue(hosts)).score.measured == 325
    assert hosts.counts.total() == before
    first = Audit.of(catalogue(hosts), links=options)
    told = {
        (one.rule, one.name) for one in first.findings() if one.rule.startswith(("links/", "formats/contradicts-c"))
    }
    assert told == {
        ("links/moved", "rain-0"),
        ("links/suspected", "rain-1"),
        ("links/suspected", "rain-2"),
        ("links/soft-404", "rain-2"),
        ("formats/contradicts-content", "rain-3"),
        ("formats/contradicts-content-type", "rain-3"),
    }
    assert (first.score.measured, first.score.metrics[BY_ID["access_url_status"]]) == (405, 37.5)
    audit = Audit.of(catalogue(hosts), links=options)
    assert audit.counts["links/broken"] == 2
    assert audit.link_verdicts == {"works": 2, "broken": 2}
    [host] = audit.link_hosts
    assert (host["host"], host["links"], host["broken"]) == (f"127.2.0.1:{hosts.port}", 4, 2)
    moved = next(one for one in audit.findings() if one.rule == "links/moved")
    assert moved.patch == {"url": at(hosts, "good")}


@pytest.mark.parametrize(
    ("contents", "format_", "wrong"),
    [
        ("a PDF document", "CSV", True),
        ("a PDF document", "PDF", False),
        ("an Excel workbook", "CSV", True),
        ("an Excel workbook", "XLSX", False),
        ("a ZIP archive", "CSV", False),
        ("a ZIP archive", "SHP", False),
        ("a ZIP archive", "PDF", True),
        ("JSON", "GeoJSON", False),
        ("JSON", "CSV", True),
        ("text", "XLSX", True),
        ("text", "CSV", False),
        ("an XML file", "KML", False),
        ("an XML file with geographic data", "CSV", True),
        ("", "PDF", False),
        ("a PNG image", "WMS", False),
    ],
)
def test_what_a_file_is_against_its_format(contents: str, format_: str, wrong: bool) -> None:
    from tuckan.audit.dcat import FieldMapping, described  # noqa: PLC0415 - likewise
    from tuckan.audit.rules import Context, all_rules  # noqa: PLC0415 - this test alone asks one rule

    url = f"{SITE}/rain"
    context = Context(links=True, known_links={url: Link("works", status=200, contents=contents)})
    dataset = described(good(resources=[resource(url=url, format=format_, mimetype="")]), FieldMapping())
    assert bool(list(all_rules()["formats/contradicts-content"].check(dataset, context))) == wrong


def test_missing_pages_are_told_from_files() -> None:
    found, _ = of(f"{SITE}/rain.csv", HEAD=FINE, GET=Reply(200, {"content-type": "text/csv"}, MISSING))
    assert judged(followed("x", {"x": found}.get, wants_file=True), None, DAY).soft
