"""One download, decided without a network or a disk: what is the file, where the token goes, where to go on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from tuckan import errors
from tuckan.wire.address import Address
from tuckan.wire.downloading import downloading
from tuckan.wire.flow import Brought, Fetch, Fetched, NoReply, Reply, Request, Wait
from tuckan.wire.formats import expected, why_not
from tuckan.wire.memory import Memory
from tuckan.wire.retry import RetryPolicy
from tuckan.wire.wanted import Part, Version, Wanted

if TYPE_CHECKING:
    from tuckan.wire.wanted import Got

TOKEN = "secret-token-1234"
SITE = "https://example.org"
UPLOAD = {"id": "r1", "url": f"{SITE}/dataset/d/resource/r1/download/a.csv", "url_type": "upload", "format": "CSV"}
LINK = {"id": "r2", "url": "https://files.example.net/a.csv", "format": "CSV"}
PAGE = b"<!DOCTYPE html><title>Sign in</title>"


def ok(body: bytes = b"a,b\n1,2\n", **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(200, {"content-type": "text/csv", "etag": '"v1"', **named}, body)


def to(location: str, status: int = 302) -> Reply:
    return Reply(status, {"location": location}, b"")


@dataclass
class Broken:
    """An answer that ends after so many bytes."""

    reply: Reply
    after: int


@dataclass
class Driver:
    """Does what a driver does with a file, as far as a flow can tell."""

    answers: list[Any]
    requests: list[Request] = field(default_factory=list)
    notes: list[Any] = field(default_factory=list)
    waits: int = 0

    def run(self, flow: Any) -> Got:
        brought = None
        try:
            while True:
                step = flow.send(brought)
                if isinstance(step, Wait):
                    self.waits += 1
                    brought = None
                else:
                    assert isinstance(step, Fetch)
                    self.requests.append(step.request)
                    brought = Brought(self._answer(step), 0.1)
        except StopIteration as end:
            return end.value

    def _answer(self, step: Fetch) -> Fetched | Reply | NoReply:
        answer = self.answers.pop(0)
        if isinstance(answer, NoReply):
            return answer
        reply, after = (answer.reply, answer.after) if isinstance(answer, Broken) else (answer, None)
        keep = step.keep(reply)
        if keep is None:
            return reply
        self.notes.append(keep.note)
        if after is not None:
            return Fetched(reply.status, reply.headers, keep.offset + after, broken=NoReply("broken", "cut"))
        size = keep.offset + len(reply.body)
        return Fetched(
            reply.status, reply.headers, size, {"sha256": "0"}, too_large=bool(step.most and size > step.most)
        )


def known(**more: Any) -> Memory:
    given = {
        "action_base": f"{SITE}/api/3/action",
        "chance": lambda: 0.5,
        "token": TOKEN,
        "headers": {"User-Agent": "me", "X-Front": "s3cret"},
    }
    return Memory(Address.parse(SITE), **{**given, **more})


def download(driver: Driver, resource: dict[str, Any] = UPLOAD, memory: Memory | None = None, **more: Any) -> Got:
    return driver.run(downloading(Wanted(resource, "part", **more), memory or known()))


def test_a_file_comes_whole() -> None:
    driver = Driver([ok()])
    got = download(driver)
    assert (got.outcome, got.size, got.resumed) == ("fetched", 8, 0)
    assert driver.notes == [{"url": UPLOAD["url"], "etag": '"v1"', "last_modified": ""}]


def test_the_token_goes_to_the_portal_alone() -> None:
    driver = Driver([to("https://s3.example.com/bucket/x?signature=1"), to(f"{SITE}/elsewhere.csv"), ok()])
    download(driver)
    first, other, last = driver.requests
    for request in (first, last):
        assert request.headers["Authorization"] == request.headers["X-CKAN-API-Key"] == TOKEN
        assert request.headers["X-Front"] == "s3cret"
    assert set(other.headers) == {"User-Agent", "Accept", "Accept-Encoding"}
    assert TOKEN not in repr(driver.requests)


@pytest.mark.parametrize(
    "url",
    ["https://files.example.net/a.csv", "http://example.org/a.csv", "https://example.org:8443/a.csv",
     "https://example.org.example.net/a.csv", "https://example.org@example.net/a.csv"],
)  # fmt: skip
def test_no_other_origin_gets_the_token(url: str) -> None:
    driver = Driver([ok()])
    download(driver, {**LINK, "url": url})
    assert TOKEN not in driver.requests[0].headers.values()
    assert "s3cret" not in driver.requests[0].headers.values()


def test_a_file_of_the_portal_is_asked_for_where_the_portal_is_reached() -> None:
    inside = {**UPLOAD, "url": "http://ckan:5000/data/dataset/d/resource/r1/download/a.csv"}
    driver = Driver([Reply(404, {}, b""), ok()])
    assert download(driver, inside).outcome == "fetched"
    assert [one.url for one in driver.requests] == [UPLOAD["url"], inside["url"]]
    assert TOKEN not in driver.requests[1].headers.values()


def test_redirects_end() -> None:
    with pytest.raises(errors.NotTheFile, match="more than 10"):
        download(Driver([to("/again")] * 11))
    for location in ("ftp://example.org/a.csv", "file:///etc/passwd", "http://[broken/"):
        with pytest.raises(errors.NotTheFile, match="no web address"):
            download(Driver([to(location)]))
    with pytest.raises(errors.NotAuthorized, match="login"):
        download(Driver([to("/user/login?came_from=/x")]))


@pytest.mark.parametrize("url", ["", "example.org/a.csv", "ftp://example.org/a.csv", "http://", "https://[x/"])
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(errors.NotTheFile, match="none that can be fetched"):
        download(Driver([]), {"id": "r", "url": url})


@pytest.mark.parametrize(
    ("reply", "kind", "said"),
    [
        (Reply(404, {}, PAGE), errors.NotFound, "not at"),
        (Reply(410, {}, PAGE), errors.NotFound, "not at"),
        (Reply(403, {}, PAGE), errors.NotAuthorized, "refuses"),
        (Reply(401, {}, PAGE), errors.NotAuthorized, "refuses"),
        (Reply(400, {}, b'{"error": 1}'), errors.NotTheFile, "status 400"),
        (Reply(204, {}, b""), errors.NotTheFile, "empty"),
        (Reply(302, {}, b""), errors.NotTheFile, "status 302"),
        (Reply(206, {"content-range": "bytes 0-3/8"}, b"a,b\n"), errors.NotTheFile, "status 206"),
        (Reply(304, {}, b""), errors.NotTheFile, "status 304"),
        (Reply(416, {}, b""), errors.NotTheFile, "status 416"),
        (ok(PAGE, content_type="text/html; charset=utf-8"), errors.NotTheFile, "a web page, not CSV"),
        (ok(PAGE), errors.NotTheFile, "a web page, not CSV"),
        (ok(b"please log in", content_type="text/html"), errors.NotTheFile, "a web page"),
        (ok(b'\n {"success": false}', content_type="application/json"), errors.NotTheFile, "error message in JSON"),
        (ok(b'{"rows": []}', content_type="application/json"), errors.NotTheFile, "JSON, not CSV"),
    ],
)
def test_what_is_not_the_file_is_never_saved(reply: Reply, kind: type[errors.PortalError], said: str) -> None:
    driver = Driver([reply])
    with pytest.raises(kind, match=said) as caught:
        download(driver)
    assert type(caught.value) is kind
    assert caught.value.hint
    assert "r1" in caught.value.message
    assert driver.notes == [], "nothing was kept"


@pytest.mark.parametrize(
    ("resource", "reply", "why"),
    [
        ({"format": "HTML", "url": "x/a.csv"}, ok(PAGE, content_type="text/html"), ""),
        ({"url": "https://example.org/portal"}, ok(PAGE, content_type="text/html"), ""),
        ({"url": "https://example.org/a.xlsx"}, ok(PAGE, content_type="text/html"), "a web page, not XLSX"),
        ({"mimetype": "application/pdf", "url": "x"}, ok(PAGE), "a web page, not PDF"),
        ({"format": "XML"}, ok(b"<?xml version='1.0'?><html xmlns='x'>"), "a web page, not XML"),
        ({"format": "XML"}, ok(b"<?xml version='1.0'?><rows/>", content_type="text/xml"), ""),
        ({"format": "SVG"}, ok(b"<svg>"), ""),
        ({"format": "TXT"}, ok(b"<htmlish> words"), ""),
        ({"format": "JSON"}, ok(b'{"help": "https://x", "success": false, "error": {}}', content_type="application/json"), "an error message in JSON"),
        ({"format": "JSON"}, ok(b'{"help": "https://x", "error": {"__type": "x"}}'), "an error message in JSON"),
        ({"format": "JSON"}, ok(b'{"launches": [{"success": false}]}', content_type="application/json"), ""),
        ({"format": "GeoJSON"}, ok(b'{"type": "FeatureCollection"}', content_type="application/geo+json"), ""),
        ({"format": "CSV"}, ok(b"{1},{2}\n"), ""),
        ({"format": "CSV"}, ok(b"", content_type="application/octet-stream"), ""),
    ],
)  # fmt: skip
def test_what_decides(resource: dict[str, str], reply: Reply, why: str) -> None:
    assert why_not(reply, expected(resource), "https://example.org/x") == why


def test_a_page_to_log_in_is_none_whatever_was_expected() -> None:
    link = {"id": "r", "url": "https://example.net/report"}
    with pytest.raises(errors.NotTheFile, match="log in"):
        download(Driver([to("https://example.net/login"), ok(PAGE, content_type="text/html")]), link)
    assert download(Driver([ok(PAGE, content_type="text/html")]), link).outcome == "fetched"
    assert download(Driver([ok(PAGE)]), check=False).outcome == "fetched"


def test_what_broke_off_goes_on() -> None:
    rest = Reply(206, {"content-range": "bytes 3-7/8", "etag": '"v1"'}, b"\n1,2\n")
    driver = Driver([Broken(ok(), 3), NoReply("connect", "refused"), rest])
    got = download(driver)
    assert (got.size, got.resumed) == (8, 3)
    assert [one.headers.get("Range") for one in driver.requests] == [None, "bytes=3-", "bytes=3-"]
    assert driver.requests[1].headers["If-Range"] == '"v1"'


@pytest.mark.parametrize("headers", [{"etag": ""}, {"etag": 'W/"v1"'}, {"content_encoding": "gzip"},
                                     {"etag": "", "last_modified": "Wed, 21 Oct 2026 07:28:00 GMT", "date": "Wed, 21 Oct 2026 07:28:30 GMT"}])  # fmt: skip
def test_without_a_strong_validator_it_begins_anew(headers: dict[str, str]) -> None:
    driver = Driver([Broken(ok(**headers), 3), ok()])
    assert download(driver).resumed == 0
    assert "Range" not in driver.requests[1].headers


def test_an_old_date_is_a_strong_validator() -> None:
    dated = ok(etag="", last_modified="Wed, 21 Oct 2026 07:28:00 GMT", date="Wed, 21 Oct 2026 07:29:30 GMT")
    driver = Driver([Broken(dated, 3), ok()])
    download(driver)
    assert driver.requests[1].headers["If-Range"] == "Wed, 21 Oct 2026 07:28:00 GMT"


@pytest.mark.parametrize(
    "answer",
    [
        Reply(416, {"content-range": "bytes */8"}, PAGE),
        Reply(206, {"content-range": "bytes 0-7/8"}, b""),
        Reply(206, {}, b""),
        Reply(206, {"content-range": "bytes 5-7/8", "etag": '"v2"'}, b""),
        Reply(206, {"content-range": "bytes 5-7/8"}, b""),
    ],
)
def test_a_part_that_does_not_fit_is_begun_anew(answer: Reply) -> None:
    driver = Driver([answer, ok()])
    got = download(driver, there=Part(5, Version('"v1"')))
    assert (got.outcome, got.resumed) == ("fetched", 0)
    assert "Range" not in driver.requests[1].headers


def test_less_than_the_rest_is_not_taken_for_the_whole() -> None:
    less = Reply(206, {"content-range": "bytes 3-5/8", "etag": '"v1"'}, b"\n1,")
    rest = Reply(206, {"content-range": "bytes 6-7/8", "etag": '"v1"'}, b"2\n")
    driver = Driver([less, rest])
    got = download(driver, there=Part(3, Version('"v1"')))
    assert (got.size, got.resumed, driver.notes[-1]["etag"]) == (8, 6, '"v1"')


def test_a_whole_answer_to_a_range_starts_from_zero() -> None:
    driver = Driver([ok(etag='"v2"')])
    got = download(driver, there=Part(5, Version('"v1"')))
    assert (got.size, got.resumed) == (8, 0)


def test_what_is_there_is_asked_for_only_if_it_has_changed() -> None:
    driver = Driver([Reply(304, {}, b"")])
    assert download(driver, have=Version('"v1"')).outcome == "unchanged"
    assert driver.requests[0].headers["If-None-Match"] == '"v1"'
    driver = Driver([Reply(304, {}, b"")])
    assert download(driver, have=Version(modified="Wed, 21 Oct 2026 07:28:00 GMT")).outcome == "unchanged"
    assert "If-Modified-Since" in driver.requests[0].headers


def test_what_is_too_large_is_left_off() -> None:
    driver = Driver([ok(content_length="8")])
    assert (download(driver, most=7).outcome, driver.notes) == ("too large", [])
    assert download(Driver([ok()]), most=7).outcome == "too large"
    assert download(Driver([ok(content_length="8")]), most=8).outcome == "fetched"


def test_patience_is_for_troubles_and_not_for_long_files() -> None:
    rests = [Broken(Reply(206, {"content-range": f"bytes {n}-99/100", "etag": '"v1"'}, b""), 1) for n in range(3, 40)]
    driver = Driver(
        [Broken(ok(), 3), *rests, Reply(206, {"content-range": "bytes 40-99/100", "etag": '"v1"'}, b"x" * 60)]
    )
    got = download(driver, memory=known(policy=RetryPolicy(attempts=3)))
    assert got.size == 100


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Reply(503, {"retry-after": "1"}, PAGE), errors.Unavailable),
        (Reply(500, {}, PAGE), errors.ServerError),
        (Reply(429, {"retry-after": "1"}, PAGE), errors.RateLimited),
        (NoReply("timeout", "slow"), errors.Timeout),
        (NoReply("connect", "refused"), errors.ConnectionFailed),
        (Broken(ok(etag=""), 3), errors.ConnectionFailed),
    ],
)
def test_patience_ends(answer: Any, kind: type[errors.TuckanError]) -> None:
    driver = Driver([answer] * 3)
    with pytest.raises(kind) as caught:
        download(driver, memory=known(policy=RetryPolicy(attempts=3)))
    assert (len(driver.requests), driver.waits) == (3, 2)
    assert "example.org" in caught.value.message


def test_an_untrusted_certificate_is_not_asked_twice() -> None:
    driver = Driver([NoReply("tls", "CERTIFICATE_VERIFY_FAILED")])
    with pytest.raises(errors.ConnectionFailed) as caught:
        download(driver, LINK)
    assert "certificate" in caught.value.hint


def test_secrets_in_an_address_are_not_repeated() -> None:
    signed = {"id": "r", "url": "https://user:pa55@files.example.net/a.csv?signature=s1gned", "format": "csv"}
    with pytest.raises(errors.NotFound) as caught:
        download(Driver([Reply(404, {}, b"")]), signed)
    assert "pa55" not in str(caught.value)
    assert "s1gned" not in str(caught.value)


def test_only_the_portals_own_troubles_slow_the_portal_down() -> None:
    memory = known()
    download(Driver([Reply(503, {}, b""), ok()]), LINK, memory)
    assert memory.troubles == 0
    download(Driver([Reply(503, {}, b""), ok()]), UPLOAD, memory)
    assert memory.troubles == 1
