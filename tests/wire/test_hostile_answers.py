"""Answers that make no sense end in tuckan's own errors, at once, within bounds of bytes and time, and hold no secret."""

from __future__ import annotations

import asyncio
import base64
import copy
import gzip
import html
import json
import pickle
import random
import re
import socket
import threading
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuckan import AsyncClient, Client, errors
from tuckan._text import printable
from tuckan.errors import for_shell
from tuckan.shapes import Secret
from tuckan.transport import http
from tuckan.transport.body_buffer import SLOWEST, Body, OutOfBounds
from tuckan.transport.http import tell
from tuckan.wire.flow import Form, NetworkFailure, Outcome, Reply, Request
from tuckan.wire.redaction import MAX_TEXT, without_user_info
from tuckan.wire.retry import RetryPolicy, retry_after
from tuckan.wire.verification import verifying

from .test_execute import Driver, answers, bad, call, good, portal_state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

TOKEN = "secret-token-1234"
MUTATIONS = 10_000


@pytest.mark.parametrize(
    "body",
    [b"null", b"[]", b"true", b"7", b'"text"', b'[{"success": true}]', b"OK", b'{"success": true}{', b"\xff\xfe"],
)
def test_what_never_was_an_envelope_is_asked_for_once(body: bytes) -> None:
    driver = Driver(answers(Reply(200, {}, body)))
    with pytest.raises(errors.TuckanError):
        call("package_show", driver, portal_state(), id="x")
    assert len(driver.requests) == (6 if body == b'{"success": true}{' else 1)


@pytest.mark.parametrize("depth", [500, 2_000, 100_000])
def test_deep_nesting_is_an_error_of_ours(depth: int) -> None:
    deep = b'{"a":' * depth + b"1" + b"}" * depth
    for body in (b'{"success": true, "result": %s}' % deep, b'{"success": false, "error": %s}' % deep):
        driver = Driver(answers(Reply(200 if b"true" in body else 409, {}, body)))
        try:
            found = call("package_show", driver, portal_state(), id="x")
        except errors.TuckanError as error:
            assert len(str(error)) < 2 * MAX_TEXT
            repr(vars(error))
        else:
            assert isinstance(found, dict)


@pytest.mark.parametrize(
    "location",
    ["http://[::1/x", "http://example.org:port/x", "//[", "http://exa mple/x", "\x00", "http://\ud800/", "?" * 9999],
)
def test_a_redirect_to_nowhere_is_an_error_of_ours(location: str) -> None:
    driver = Driver(answers(Reply(302, {"location": location}, b"")))
    with pytest.raises(errors.TuckanError):
        call("package_show", driver, portal_state(), id="x")


@pytest.mark.parametrize("value", ["\xb2", "-1", "1e9", "9" * 400, "Fri, 99 Dec 99999", "nan", "inf", "\u0661"])
def test_a_retry_after_that_makes_no_sense_is_passed_over(value: str) -> None:
    seconds = retry_after(Reply(429, {"retry-after": value}, b""))
    assert seconds is None or seconds >= 0
    with pytest.raises(errors.RateLimited):
        call("package_show", Driver(answers(Reply(429, {"retry-after": value}, b""))), portal_state(), id="x")


def echoes(token: str) -> list[Reply | NetworkFailure]:
    return [
        bad(409, "Validation Error", name=[f"bad header {token}"], **{token: ["x"]}),
        bad(500, "Internal Server Error", message=f"Authorization: {token}"),
        Reply(200, {}, f"<html><title>{token}</title>".encode()),
        Reply(400, {}, json.dumps(f"Bad request {token}").encode()),
        Reply(302, {"location": f"https://{token}.example.net/"}, b""),
        Reply(302, {"location": f"/login?{token}/{token}"}, b""),
        NetworkFailure("tls", f"proxy said {token}"),
    ]


AWKWARD = 'aZ9/+=&"\\<token>-0123456789-abcdefghijk'
SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "in a query": lambda token: quote(token, safe=""),
    "in a path": quote,
    "in a form": quote_plus,
    "in small hex": lambda token: re.sub("%..", lambda one: one[0].lower(), quote(token, safe="")),
    "in JSON": lambda token: json.dumps(token)[1:-1],
    "in HTML": html.escape,
    "in base64": lambda token: base64.b64encode(token.encode()).decode(),
    "for basic auth": lambda token: base64.b64encode(f"ann:{token}".encode()).decode(),
    "for other basic auth": lambda token: base64.b64encode(f"ab:{token}\n".encode()).decode(),
    "in base64 of addresses": lambda token: base64.urlsafe_b64encode(f"a:{token}".encode()).decode(),
    "cut off": lambda token: token[:20],
}


def all_of(error: BaseException) -> str:
    """All that can be read of an error, and of those that it comes from."""
    left: list[BaseException | None] = [error]
    seen: list[str] = []
    while left:
        if (one := left.pop()) is not None:
            seen.append(f"{one} {one!r} {one.args!r} {vars(one)!r}")
            seen += [for_shell(value) for value in vars(one).values() if isinstance(value, str)]
            left += [one.__cause__, one.__context__]
    return " ".join(seen)


@pytest.mark.parametrize("token", [TOKEN, AWKWARD], ids=["usual", "awkward"])
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_token_that_the_portal_repeats_is_in_no_error_and_in_no_sign_of_life(
    token: str, spelling: str, caplog: pytest.LogCaptureFixture
) -> None:
    written = SPELLINGS[spelling](token)
    # In base64 a few characters depend on what stands beside the token.
    core = written[8:-8] if "base64" in spelling or "basic" in spelling else written
    for reply in (
        *echoes(written),
        Reply(500, {}, b"\xff" + written.encode()),
        Reply(200, {}, b'{"x": \xff' + written.encode()),
    ):
        for action in ("package_create", "package_show"):
            driver = Driver(answers(reply))
            with pytest.raises(errors.TuckanError) as caught:
                call(action, driver, portal_state(token=token, token_checked=True), name="x")
            assert core not in all_of(caught.value)
            assert core not in "".join(driver.troubles)
            with caplog.at_level("DEBUG", "tuckan"):
                request = Request("GET", f"https://example.org/{written}", {"Authorization": Secret(token)})
                tell(request, Outcome(reply, 1.0))
    assert core not in caplog.text


def test_what_goes_as_a_header_for_logging_in_is_a_secret_too() -> None:
    known = portal_state(
        headers={"Authorization": "Basic " + base64.b64encode(b"ann:open-sesame").decode(), "Cookie": "c=12345678"}
    )
    driver = Driver(
        answers(bad(409, "Validation Error", name=["you sent open-sesame, c=12345678 and Basic YW5uOm9wZW4tc2VzYW1l"]))
    )
    with pytest.raises(errors.ValidationError) as caught:
        call("package_create", driver, known, name="x")
    assert caught.value.error["name"] == ["you sent (token), (token) and (token)"]
    assert "sesame" not in repr(known)


def test_the_first_file_is_closed_where_the_second_cannot_be_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_text("x")
    opened: list[Any] = []
    usual = http._open

    def watched(source: Any) -> Any:
        opened.append(usual(source))
        return opened[-1]

    monkeypatch.setattr(http, "_open", watched)
    form = Form({}, {"a": tmp_path / "a", "b": tmp_path / "nowhere"})
    request = Request("POST", "https://example.org", body=form)
    with pytest.raises(errors.InvalidArgument, match="nowhere"), http.request_arguments(request, bool):
        pass
    assert [(file.closed, ours) for file, ours in opened] == [(True, True)]


@pytest.mark.parametrize(
    "ask",
    [
        lambda ckan: ckan.datasets.list(filters="a:b"),
        lambda ckan: ckan.datasets.search(filters=["a:b"]),
        lambda ckan: ckan.jobs.patch({"title": "x"}, filters="a:b"),
        lambda ckan: ckan.jobs.delete(filters="a:b"),
        lambda ckan: ckan.datastore.search("r", filters="a:b"),
        lambda ckan: ckan.datastore.delete("r", filters="a:b"),
        lambda ckan: list(ckan.datastore.iter("r", filters="a:b")),
        lambda ckan: ckan.datasets.update({"title": "x"}),
    ],
)
def test_arguments_of_another_form_are_refused_before_anything_is_sent(ask: Callable[[Client], Any]) -> None:
    with Client("http://127.0.0.1:9", "", progress=False) as ckan, pytest.raises(errors.InvalidArgument):
        ask(ckan)


TRICKS = "\x1b]52;c;eA==\x07\x9b31m\u202egnp.exe\u2066\ud800"


@pytest.mark.parametrize(
    "reply",
    [
        bad(409, "Validation Error", name=[TRICKS]),
        bad(404, "Not Found Error", message=TRICKS),
        Reply(502, {}, f"<title>{TRICKS}</title>".encode("utf-8", "surrogatepass")),
        Reply(200, {}, f"<title>{TRICKS}</title>".encode("utf-8", "surrogatepass")),
        NetworkFailure("broken", TRICKS),
    ],
)
def test_no_text_of_a_portal_plays_tricks_in_an_error(reply: Reply | NetworkFailure) -> None:
    """Python prints what nobody catches as it is."""
    driver = Driver(answers(reply))
    with pytest.raises(errors.TuckanError) as caught:
        call("package_show", driver, portal_state(), id="x")
    shown = "".join(traceback.format_exception(caught.value)) + "".join(driver.troubles)
    assert not set(shown) & set("\x1b\x07\x9b\u202e\u2066\ud800")


def test_no_text_of_a_portal_plays_tricks_in_a_warning() -> None:
    sent, kept = {"title": f" a{TRICKS[:-1]}"}, {"id": "x", "name": f"n{TRICKS[:-1]}", "title": f"a{TRICKS[:-1]}"}
    with pytest.warns(errors.KeptAs) as caught:
        Driver(answers(good())).run(verifying("dataset", sent, kept, portal_state()))
    assert not set(str(caught[0].message)) & set(TRICKS) - set(printable(TRICKS))


def test_a_hint_keeps_its_form_for_the_shell() -> None:
    driver = Driver(answers(NetworkFailure("timeout", "slow")))
    with pytest.raises(errors.Timeout) as caught:
        call("package_show", driver, portal_state(token=TOKEN, token_checked=True), id="x")
    assert "--timeout" in for_shell(caught.value.hint)


def test_an_error_keeps_no_endless_text() -> None:
    driver = Driver(answers(bad(409, "Validation Error", name=["x" * 1_000_000])))
    with pytest.raises(errors.ValidationError) as caught:
        call("package_create", driver, portal_state(), name="x")
    assert len(str(caught.value)) < 2 * MAX_TEXT
    assert len(caught.value.fields["name"][0]) < 2 * MAX_TEXT


@given(user=st.text("ab:@!%", max_size=8), host=st.sampled_from(["example.org", "[::1]:8080"]))
def test_no_address_in_an_error_names_a_user(user: str, host: str) -> None:
    assert without_user_info(f"see https://{user}@{host}/a") == f"see https://{host}/a"


@pytest.mark.parametrize(
    "url", ["https://ann:p@ss@host:x", "https:ann:pw@example.org", "ann:pw@example.org", "http//ann:pw@h"]
)
def test_an_address_with_a_password_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(errors.ConfigurationError) as caught:
        Client(url)
    assert "pw" not in str(caught.value)
    assert "p@ss" not in str(caught.value)


EVERY = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, errors.TuckanError)]


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.__name__)
def test_every_error_can_be_pickled_and_copied(kind: type[errors.TuckanError]) -> None:
    needed: dict[str, dict[str, Any]] = {
        "Incomplete": {"expected": 3, "received": 2},
        "DoesNotFit": {"column": "a", "value": "x"},
        "NotKept": {"portal": "https://example.org", "subject": "dataset x", "fields": {"title": ("a", "b")}},
    }
    error = kind("what happened", hint="what to do", **needed.get(kind.__name__, {}))
    pickled = pickle.loads(pickle.dumps(error))  # noqa: S301 - it is our own
    for again in (pickled, copy.copy(error), copy.deepcopy(error)):
        assert type(again) is kind
        assert (str(again), vars(again)) == (str(error), vars(error))


def test_ten_thousand_mutated_answers() -> None:
    """Whatever is answered, a call ends with a result or an error of ours, and asks no more often than it may."""
    chance = random.Random(20)
    valid = [
        good({"id": "a", "name": "b", "resources": [{"url": "u", "size": 1e9}], "x": None}),
        good({"count": 2, "results": [{"id": "1"}, {"id": "2"}], "facets": {}}),
        bad(409, "Validation Error", name=["taken"], resources=[{}, {"url": ["bad"]}]),
        bad(404, "Not Found Error", message="Not found"),
        Reply(400, {}, b'"Bad request - Action name not known: package_show"'),
    ]
    statuses = [200, 200, 200, 201, 204, 301, 302, 307, 400, 403, 404, 409, 413, 429, 500, 503, 599]
    headers = ["location", "retry-after", "content-type", "date", "content-length"]
    for _ in range(MUTATIONS):
        one = chance.choice(valid)
        body = bytearray(one.body)
        for _ in range(chance.choice([0, 1, 1, 2, 8])):
            at = chance.randrange(len(body) + 1)
            piece = chance.choice(
                [b"", b"\x00", b"\xff", b"{", b"}", b"[", b'"', b"null", b"1e999", b"-", b"\\ud800", body[:at]]
            )
            body[at : at + chance.randrange(4)] = piece
        status = one.status if chance.random() < 0.5 else chance.choice(statuses)
        noise = {chance.choice(headers): chance.choice(["", "\xb2", "0", "http://[", "/x", "text/html"])}
        driver = Driver(answers(Reply(status, noise, bytes(body))))
        action, params = chance.choice([("package_show", {"id": "x"}), ("package_create", {"name": "x"})])
        try:
            call(action, driver, portal_state(policy=RetryPolicy(attempts=2)), **params)
        except errors.TuckanError as error:
            assert len(str(error)) < 3 * MAX_TEXT
        assert len(driver.requests) <= 30


def test_a_body_has_a_bound_of_bytes() -> None:
    body = Body({}, max_bytes=10)
    body.take(b"x" * 10)
    with pytest.raises(OutOfBounds) as caught:
        body.take(b"x")
    assert caught.value.answer.kind == "too large"


def test_a_body_must_keep_up(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("tuckan.transport.body_buffer.time.monotonic", lambda: clock[0])
    body = Body({}, timeout=5)
    clock[0] = 5.0
    body.take(b"x" * SLOWEST)  # which allows a second more
    clock[0] = 6.0
    body.take(b"")
    clock[0] = 6.1
    with pytest.raises(OutOfBounds) as caught:
        body.take(b"x")
    assert caught.value.answer.kind == "timeout"


class Hostile(BaseHTTPRequestHandler):
    """Answers as its server is told: `bomb`, `endless`, `garbled`, or one of `HEADS_WITHOUT_END`."""

    def do_POST(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        server: Any = self.server
        server.asked.append(self.path)
        how = server.how
        if how in HEADS_WITHOUT_END:
            return self.begin_for_ever(*HEADS_WITHOUT_END[how])
        self.send_response(200)
        if how != "endless":
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        try:
            if how == "bomb":
                self.wfile.write(gzip.compress(b" " * 50_000_000))
            elif how == "garbled":
                self.wfile.write(b"no gzip at all")
            while how == "endless":
                self.wfile.write(b" " * 65_536)
        except OSError:
            return None

    def begin_for_ever(self, piece: bytes, pause: float) -> None:
        """Begin an answer that ends when nobody wants it any more, or the test has failed."""
        server: Any = self.server
        try:
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 ")
            self.wfile.write(b"200 OK\r\nX-Letters: " if pause else b"100 Continue\r\n\r\n")
            while not server.ends.wait(pause):
                self.wfile.write(piece)
        except OSError:
            server.left.release()

    def log_message(self, format: str, *args: Any) -> None:
        pass


HEADS_WITHOUT_END = {"informational": (b"HTTP/1.1 100 Continue\r\n\r\n" * 100, 0.0), "letters": (b"x", 0.02)}
"""What is sent for ever before the body, and how often: each piece comes well within the time for a single read."""


@pytest.fixture
def hostile() -> Iterator[Any]:
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Hostile)
    server.daemon_threads = True
    server.asked, server.how = [], "bomb"
    server.ends, server.left = threading.Event(), threading.Semaphore(0)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def both_ask(server: Any, at: str = "", **options: Any) -> Iterator[Callable[[], Any]]:
    url = at or f"http://127.0.0.1:{server.server_address[1]}"
    options = {"max_answer_bytes": 1_000_000, **options}

    def blocking() -> Any:
        with Client(url, "", **options) as ckan:
            return ckan.call("package_show", id="x")

    async def tasks() -> Any:
        async with AsyncClient(url, "", **options) as ckan:
            return await ckan.call("package_show", id="x")

    yield blocking
    yield lambda: asyncio.run(tasks())


@pytest.mark.parametrize("how", ["bomb", "endless"])
def test_an_answer_without_end_ends_at_the_bound(hostile: Any, how: str) -> None:
    hostile.how = how
    for ask in both_ask(hostile):
        with pytest.raises(errors.AnswerTooLarge, match="max_answer_bytes"):
            ask()
    assert len(hostile.asked) == 2, "each was asked for once"


@pytest.mark.parametrize("how", list(HEADS_WITHOUT_END))
def test_the_timeout_holds_for_headers_that_never_end(hostile: Any, how: str) -> None:
    hostile.how = how
    ended = threading.Timer(20, hostile.ends.set)  # without a bound, the client would read as long as the portal sends
    ended.start()
    for ask in both_ask(hostile, timeout=0.3, retries=RetryPolicy(attempts=1)):
        with pytest.raises(errors.Timeout, match="in the time allowed"):
            ask()
        assert hostile.left.acquire(timeout=20), "the connection was closed"
    assert not hostile.ends.is_set()
    ended.cancel()


def test_a_compression_that_is_none_is_said_at_once(hostile: Any) -> None:
    hostile.how = "garbled"
    for ask in both_ask(hostile):
        with pytest.raises(errors.NotCKAN, match="can't be read"):
            ask()
    assert len(hostile.asked) == 2


@pytest.mark.parametrize("headers", [{"X-A": "a\nb"}, {"X A": "b"}, {"": "b"}, {"X-A": "\u0142"}, {"X-A": "a\x00"}])
def test_headers_that_cannot_be_sent_are_refused_at_once(headers: dict[str, str]) -> None:
    with pytest.raises(errors.InvalidArgument) as caught:
        Client("https://example.org", "", headers=headers)
    assert "a\nb" not in str(caught.value)


def test_why_a_connection_failed_is_said_in_words(hostile: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens
        refused = f"http://127.0.0.1:{taken.getsockname()[1]}"
        plain = f"https://127.0.0.1:{hostile.server_address[1]}"
        for url, reason, hint in (
            (refused, "(Connection refused)", "Check the address for typing errors"),
            (plain, "(the server there does not use TLS)", f"is it http{plain.removeprefix('https')}?"),
            ("http://portal.invalid", "(the host name cannot be resolved: Name or service not known)", "network"),
        ):
            if "invalid" in url:
                monkeypatch.setattr(socket, "getaddrinfo", unknown)
            for ask in both_ask(hostile, at=url, retries=RetryPolicy(attempts=1)):
                with pytest.raises(errors.ConnectionFailed) as caught:
                    ask()
                assert caught.value.message == f"package_show (id=x): cannot connect to {caught.value.url} {reason}."
                assert caught.value.url.startswith(url)
                assert hint in caught.value.hint


def test_a_closed_client_refuses() -> None:
    ckan = Client("http://127.0.0.1:9", "")
    ckan.close()
    with pytest.raises(errors.ClientClosed):
        ckan.call("status_show")

    async def tasks() -> None:
        other = AsyncClient("http://127.0.0.1:9", "")
        await other.close()
        with pytest.raises(errors.ClientClosed):
            await other.call("status_show")

    asyncio.run(tasks())


def test_a_client_that_was_never_made_can_be_shown() -> None:
    assert repr(Client.__new__(Client)) == "Client(None)"


def test_leaving_an_iterator_early_waits_for_no_retries(hostile: Any) -> None:
    """The pages ahead fail, and would be tried again for minutes."""
    retrying = threading.Event()

    class Pages(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            start = sent.get("start", 0)
            fails = start > 1_500
            if fails:
                retrying.set()
            rows = [{"id": f"{n:05}", "name": f"d{n}"} for n in range(start, start + sent["rows"])]
            body = json.dumps({"success": True, "result": {"count": 9_000, "results": rows}}).encode()
            self.send_response(503 if fails else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    hostile.RequestHandlerClass = Pages
    slow = RetryPolicy(attempts=100, base=600, longest=600, budget=100_000)
    left = threading.Event()

    def work() -> None:
        with Client(f"http://127.0.0.1:{hostile.server_address[1]}", "", retries=slow, progress=False) as ckan:
            for number, _ in enumerate(ckan.datasets.iter()):
                if number > 1_000:
                    break
            assert retrying.wait(200)
        left.set()

    threading.Thread(target=work, daemon=True).start()
    assert left.wait(200), "it would wait for ten minutes"
