"""Requests of routes outside the Action API: they stay on the portal, are sent once where they write, and end in our errors."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuckan import Client, errors
from tuckan.errors import InvalidArgument
from tuckan.wire.address import Address, origin
from tuckan.wire.flow import Form, NetworkFailure, Reply, Request
from tuckan.wire.portal_state import PortalState
from tuckan.wire.routes import requesting, route

from .test_execute import Driver, answers, good, page

if TYPE_CHECKING:
    from tuckan.shapes import Response

TOKEN = "secret-token-1234"
LOST = NetworkFailure("broken", "reset by peer")


def mounted(site: str = "https://example.org/data", **more: Any) -> PortalState:
    known = {"action_base": f"{site}/api/3/action", "chance": lambda: 0.5, **more}
    return PortalState(Address.parse(site), **known)


def ask(driver: Driver, known: PortalState, method: str, path: str, **more: Any) -> Response:
    answer: Response = driver.run(requesting(route(known, method, path, **more), known))
    return answer


def sent(method: str, path: str, known: PortalState | None = None, **more: Any) -> Request:
    driver = Driver(answers(Reply(200, {}, b"ok")))
    ask(driver, known or mounted(), method, path, **more)
    return driver.requests[-1]


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("/dataset/rivers.ttl", "https://example.org/data/dataset/rivers.ttl"),
        ("dataset/rivers.ttl", "https://example.org/data/dataset/rivers.ttl"),
        ("", "https://example.org/data/"),
        ("/a b/ü?q=a b&x=%20", "https://example.org/data/a%20b/%C3%BC?q=a%20b&x=%20"),
        ("/a..b/.c", "https://example.org/data/a..b/.c"),
        ("https://example.org/data/api/x?y=1", "https://example.org/data/api/x?y=1"),
        ("HTTPS://EXAMPLE.ORG:443/data/x", "https://example.org/data/x"),
        ("https://example.org/data", "https://example.org/data/"),
    ],
)
def test_paths_are_behind_the_portals_own_address(path: str, url: str) -> None:
    assert sent("GET", path).url == url


@pytest.mark.parametrize(
    "path",
    [
        "https://evil.example/x",
        "http://example.org/data/x",
        "https://example.org:8443/data/x",
        "https://example.org/other",
        "https://example.org/database",
        "https://example.org@evil.example/data/x",
        "https://ann:pw@example.org/data/x",
        "https://[::1/x",
        "ftp://example.org/data/x",
        "https:/evil.example/x",
        "//evil.example/x",
        "/%2Fevil.example",
        "///evil.example",
        "\\\\evil.example",
        "/\\evil.example",
        "/%5c%5cevil.example",
        "/../x",
        "/a/../../x",
        "/a/..",
        "/%2e%2e/x",
        "/%252e%252e/x",
        "/..%2fx",
        "/..;/x",
        "/./x",
        "https://example.org/data/../x",
        "/x\r\nHost: evil.example",
        "/x\n",
        "/x\x00",
        "/x\x85y",
        "/\ud800",
        "/x#y",
    ],
)
def test_what_leads_out_of_the_portal_is_refused_before_anything_is_sent(path: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        route(mounted(), "GET", path)
    assert "pw" not in str(caught.value)


@given(path=st.text(st.sampled_from("/\\.%2eEfF5cC:@?#;&a \r\n\tü"), max_size=20))
def test_no_path_leads_out_of_the_portal(path: str) -> None:
    try:
        url = sent("GET", path).url
    except InvalidArgument:
        return
    assert origin(url) == origin("https://example.org")
    decoded = unquote(unquote(urlsplit(url).path))
    assert decoded.startswith("/data/")
    assert ".." not in decoded.split("/")
    assert url.isascii()
    assert not any(one.isspace() for one in url)


@pytest.mark.parametrize(
    ("method", "more", "what"),
    [
        ("CONNECT", {}, "not a supported method"),
        ("GET\r\n", {"timeout": 0}, "not a valid time limit"),
        ("GET", {"json": {}}, "no body"),
        ("HEAD", {"data": "x"}, "no body"),
        ("POST", {"json": {}, "data": {}}, "one body"),
        ("POST", {"data": 7}, "can't be"),
        ("POST", {"data": b"x", "files": {"a": "b"}}, "sent with fields"),
        ("POST", {"json": {"a": object()}}, "cannot be sent as JSON"),
        ("GET", {"headers": {"Host": "evil.example"}}, "set by the client"),
        ("GET", {"headers": {"authorization": "x"}}, "set by the client"),
        ("GET", {"headers": {"X-A": "a\r\nHost: b"}}, "can't be sent"),
    ],
)
def test_a_request_that_cannot_be_sent_is_refused(method: str, more: dict[str, Any], what: str) -> None:
    with pytest.raises(InvalidArgument, match=what):
        route(mounted(token=TOKEN), method, "/x", **more)


def test_what_is_sent() -> None:
    known = mounted(token=TOKEN, token_checked=True, headers={"User-Agent": "t", "X-Own": "client"})
    request = sent(
        "patch",
        "/x?a=1",
        known,
        params={"b": [1, "two"], "c": None, "d": True},
        json={"k": "v"},
        headers={"x-own": "request"},
        timeout=3,
    )
    assert (request.method, request.url) == ("PATCH", "https://example.org/data/x?a=1&b=1&b=two&d=true")
    assert (request.body, request.timeout) == (b'{"k":"v"}', 3)
    assert request.headers == {
        "Accept": "*/*",
        "User-Agent": "t",
        "x-own": "request",
        "Content-Type": "application/json",
        "Authorization": TOKEN,
        "X-CKAN-API-Key": TOKEN,
    }
    form = sent("POST", "/x", data={"a": ["1", "2"], "b": {"c": 3}})
    assert form.body == b"a=1&a=2&b=%7B%22c%22%3A3%7D"
    assert form.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert sent("POST", "/x", data="text").body == b"text"
    assert sent("POST", "/x", data={"a": 1}, files={"f": "p"}).body == Form({"a": ["1"]}, {"f": "p"})


def test_where_a_portal_is_mounted_is_found_before_a_write() -> None:
    def answer(request: Request) -> Reply:
        if "status_show" in request.url:
            return page(404) if "/some/" in request.url else good({})
        return Reply(200, {}, b"done")

    known = PortalState(Address.parse("https://example.org/some/page"))
    driver = Driver(answer)
    assert ask(driver, known, "GET", "/x").url == "https://example.org/x"


@pytest.mark.parametrize("trouble", [LOST, NetworkFailure("timeout", ""), Reply(503, {}, b""), Reply(500, {}, b"")])
def test_reads_are_tried_again_and_writes_are_in_doubt(trouble: Reply | NetworkFailure) -> None:
    driver = Driver(answers(trouble, Reply(200, {}, b"ok")))
    assert ask(driver, mounted(), "GET", "/x").text == "ok"
    assert len(driver.requests) == 2
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        driver = Driver(answers(trouble, Reply(200, {}, b"ok")))
        with pytest.raises(errors.InDoubt, match=f"{method} /x: it may have arrived"):
            ask(driver, mounted(), method, "/x")
        assert len(driver.requests) == 1


@pytest.mark.parametrize(
    "trouble", [NetworkFailure("connect", ""), Reply(429, {}, b""), Reply(503, {"retry-after": "1"}, b"")]
)
def test_a_write_that_was_not_read_is_sent_again(trouble: Reply | NetworkFailure) -> None:
    driver = Driver(answers(trouble, Reply(201, {}, b"made")))
    assert ask(driver, mounted(), "POST", "/x").status == 201
    assert len(driver.requests) == 2


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (page(404), errors.NotFound),
        (page(405), errors.PortalError),
        (page(403), errors.NotAuthorized),
        (page(401), errors.NotAuthorized),
        (page(413), errors.TooLarge),
        (Reply(422, {}, b'{"river": ["Missing"]}'), errors.ValidationError),
        (Reply(409, {}, b'{"success": false, "error": {"__type": "Search Error"}}'), errors.SearchError),
        (Reply(404, {}, b'{"error": "no such station"}'), errors.NotFound),
        (Reply(400, {}, b'"bad"'), errors.PortalError),
        (Reply(418, {}, b"\xff\xfe\x00"), errors.PortalError),
        (Reply(429, {}, b"[]"), errors.RateLimited),
        (Reply(502, {}, b""), errors.Unavailable),
        (Reply(404, {}, b'{"a":' * 5_000 + b"1" + b"}" * 5_000), errors.NotFound),
    ],
)
def test_each_refusal_is_the_error_that_fits(reply: Reply, kind: type[errors.PortalError]) -> None:
    with pytest.raises(errors.PortalError) as caught:
        ask(Driver(answers(reply)), mounted(), "GET", "/x", params={"secret": "pw"})
    assert type(caught.value) is kind
    assert caught.value.status == reply.status
    assert caught.value.action == "GET /x"
    assert "pw" not in str(caught.value)
    assert "<html" not in str(caught.value)


def test_what_the_portal_says_is_in_the_error_without_the_token() -> None:
    said = json.dumps({"message": f"no station for {TOKEN}"}).encode()
    with pytest.raises(errors.NotFound, match="no station for") as caught:
        ask(Driver(answers(Reply(404, {}, said))), mounted(token=TOKEN, token_checked=True), "GET", "/x")
    assert TOKEN not in f"{caught.value} {vars(caught.value)}"


@pytest.mark.parametrize(
    "to", ["https://evil.example/x", "//evil.example/x", "https://example.org:444/x", "http://example.org/x"]
)
def test_a_redirect_elsewhere_is_never_followed(to: str) -> None:
    known = mounted(token=TOKEN, token_checked=True)
    for status in (301, 302, 303, 307, 308):
        driver = Driver(answers(Reply(status, {"location": to}, b"")))
        with pytest.raises(errors.Redirected):
            ask(driver, known, "GET", "/x")
        with pytest.raises(errors.Redirected if status > 303 else errors.InDoubt):
            ask(driver, known, "POST", "/x")
        assert len(driver.requests) == 2


def test_redirects_on_the_portal() -> None:
    moved = Reply(302, {"location": "/data/y?z=ü#part"}, b"")
    driver = Driver(answers(moved, Reply(200, {}, b"ok")))
    assert ask(driver, mounted(), "GET", "/x").url == "https://example.org/data/y?z=%C3%BC"
    driver = Driver(answers(moved))
    answer = ask(driver, mounted(), "POST", "/x")
    assert (answer.status, answer.headers["location"], len(driver.requests)) == (302, "/data/y?z=ü#part", 1)
    driver = Driver(answers(Reply(307, {"location": "https://eve:pw@example.org/y"}, b""), Reply(200, {}, b"ok")))
    ask(driver, mounted(), "POST", "/x", data="body")
    assert (driver.requests[1].url, driver.requests[1].body) == ("https://example.org/y", b"body")
    with pytest.raises(errors.NotCKAN, match="loop"):
        ask(Driver(answers(moved)), mounted(), "GET", "/x")


@pytest.mark.parametrize("location", ["http://[::1/x", "//[", "\x00", "http://example.org:port/x"])
def test_a_redirect_to_nowhere_is_an_error_of_ours(location: str) -> None:
    with pytest.raises(errors.TuckanError):
        ask(Driver(answers(Reply(302, {"location": location}, b""))), mounted(), "GET", "/x")


def test_a_login_page_is_no_answer() -> None:
    to_login = Reply(302, {"location": "/data/de/user/login?came_from=/x"}, b"")
    for method in ("GET", "POST"):
        with pytest.raises(errors.NotAuthorized, match="login page"):
            ask(Driver(answers(to_login)), mounted(), method, "/x")


def test_a_portal_that_moved_to_https_is_asked_there_from_then_on() -> None:
    known = mounted("http://example.org")
    driver = Driver(answers(Reply(301, {"location": "https://example.org/x"}, b""), Reply(200, {}, b"ok")))
    with pytest.warns(errors.PortalMoved):
        ask(driver, known, "GET", "/x")
    ask(driver, known, "GET", "/y")
    assert [one.url for one in driver.requests[1:]] == ["https://example.org/x", "https://example.org/y"]


@pytest.mark.parametrize("by_route", [True, False])
def test_a_file_that_can_be_read_once_is_not_sent_empty_the_second_time(
    monkeypatch: pytest.MonkeyPatch, *, by_route: bool
) -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    def answer(request: Request) -> Reply:
        if isinstance(request.body, Form):
            assert request.body.files["upload"].open().read() == b"rows"
            return Reply(429, {}, b"")
        return good({})

    ckan = Client("https://example.org", "")
    monkeypatch.setattr(ckan._connection, "_driver", Driver(answer))
    given = {"upload": Pipe(b"rows")}
    with pytest.raises(errors.FileChanged, match="cannot be read again"):
        ckan.request("POST", "/x", files=given) if by_route else ckan.call("resource_create", {}, files=given)


def test_an_answer_as_text_and_json() -> None:
    def answer(body: bytes, kind: str) -> Response:
        return ask(Driver(answers(Reply(200, {"content-type": kind}, body))), mounted(), "GET", "/x")

    assert answer("é".encode("latin-1"), 'text/plain; charset="latin-1"').text == "é"
    for charset in ("rot13", "hex", "nothing"):
        assert answer(b"abc", f"text/plain; charset={charset}").text == "abc"
    assert answer(b"[1]", "text/plain").json() == [1]
    for body in (b"<html>", b"", b"\xff", b"[" * 100_000):
        with pytest.raises(errors.NotCKAN, match="not JSON"):
            answer(body, "application/json").json()
    assert repr(answer(b"secret", "text/plain")) == "<Response 200, text/plain, 6 bytes>"
