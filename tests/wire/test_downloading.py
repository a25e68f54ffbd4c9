"""One download, decided without a network or a disk: what is the file, where the token goes, where to go on."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tuckan import errors
from tuckan.wire.address import Address
from tuckan.wire.content_encoding import Unpacker
from tuckan.wire.download_request import DownloadRequest, PartialFile, Validators
from tuckan.wire.downloading import downloading
from tuckan.wire.flow import Fetch, Fetched, FetchOutcome, NetworkFailure, Reply, Request, Unpack, Wait
from tuckan.wire.formats import expected, why_not
from tuckan.wire.portal_state import PortalState
from tuckan.wire.retry import RetryPolicy

if TYPE_CHECKING:
    from tuckan.wire.download_request import DownloadResult

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
    file: bytes = b""

    def run(self, flow: Any) -> DownloadResult:
        brought = None
        try:
            while True:
                step = flow.send(brought)
                if isinstance(step, Wait):
                    self.waits += 1
                    brought = None
                else:
                    if isinstance(step, Fetch):
                        self.requests.append(step.request)
                    brought = FetchOutcome(self._unpack(step) if isinstance(step, Unpack) else self._answer(step), 0.1)
        except StopIteration as end:
            return end.value

    def _answer(self, step: Fetch) -> Fetched | Reply | NetworkFailure:
        answer = self.answers.pop(0)
        if isinstance(answer, NetworkFailure):
            return answer
        reply, after = (answer.reply, answer.after) if isinstance(answer, Broken) else (answer, None)
        keep = step.keep(reply)
        if keep is None:
            return reply
        self.notes.append(keep.note)
        kept = self.file[: keep.offset].ljust(keep.offset, b"?")
        self.file = kept + bytes(reply.body if after is None else reply.body[:after])
        size = len(self.file) if after is None else keep.offset + after
        broken = None if after is None else NetworkFailure("broken", "cut")
        too_large = bool(step.most and size > step.most)
        return Fetched(reply.status, reply.headers, size, self._hashes(step), broken, too_large, self.file[:1024])

    def _hashes(self, step: Fetch | Unpack) -> dict[str, str]:
        return {name: hashlib.new(name, self.file).hexdigest() for name in step.hashes}

    def _unpack(self, step: Unpack) -> Fetched:
        unpacker = Unpacker(step.codings)
        try:
            self.file = b"".join(unpacker.feed(self.file))
            whole = unpacker.ended
        except ValueError:
            whole = False
        if not whole:
            return replace(step.fetched, broken=NetworkFailure("broken", "it can't be unpacked"))
        return replace(step.fetched, size=len(self.file), hashes=self._hashes(step))


def known(**more: Any) -> PortalState:
    given = {
        "action_base": f"{SITE}/api/3/action",
        "chance": lambda: 0.5,
        "token": TOKEN,
        "headers": {"User-Agent": "me", "X-Front": "s3cret"},
    }
    return PortalState(Address.parse(SITE), **{**given, **more})


def download(
    driver: Driver, resource: dict[str, Any] = UPLOAD, portal_state: PortalState | None = None, **more: Any
) -> DownloadResult:
    return driver.run(downloading(DownloadRequest(resource, "part", **more), portal_state or known()))


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
        with pytest.raises(errors.NotTheFile, match="not a web address"):
            download(Driver([to(location)]))
    with pytest.raises(errors.NotAuthorized, match="login"):
        download(Driver([to("/user/login?came_from=/x")]))


@pytest.mark.parametrize("url", ["", "example.org/a.csv", "ftp://example.org/a.csv", "http://", "https://[x/"])
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(errors.NotTheFile, match="cannot be downloaded"):
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
    with pytest.raises(errors.NotTheFile, match="login page"):
        download(Driver([to("https://example.net/login"), ok(PAGE, content_type="text/html")]), link)
    assert download(Driver([ok(PAGE, content_type="text/html")]), link).outcome == "fetched"
    assert download(Driver([ok(PAGE)]), check=False).outcome == "fetched"


def test_what_broke_off_goes_on() -> None:
    rest = Reply(206, {"content-range": "bytes 3-7/8", "etag": '"v1"'}, b"\n1,2\n")
    driver = Driver([Broken(ok(), 3), NetworkFailure("connect", "refused"), rest])
    got = download(driver)
    assert (got.size, got.resumed) == (8, 3)
    assert [one.headers.get("Range") for one in driver.requests] == [None, "bytes=3-", "bytes=3-"]
    assert driver.requests[1].headers["If-Range"] == '"v1"'


@pytest.mark.parametrize("headers", [{"etag": ""}, {"etag": 'W/"v1"'},
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
    got = download(driver, there=PartialFile(5, Validators('"v1"')))
    assert (got.outcome, got.resumed) == ("fetched", 0)
    assert "Range" not in driver.requests[1].headers


def test_less_than_the_rest_is_not_taken_for_the_whole() -> None:
    less = Reply(206, {"content-range": "bytes 3-5/8", "etag": '"v1"'}, b"\n1,")
    rest = Reply(206, {"content-range": "bytes 6-7/8", "etag": '"v1"'}, b"2\n")
    driver = Driver([less, rest])
    got = download(driver, there=PartialFile(3, Validators('"v1"')))
    assert (got.size, got.resumed, driver.notes[-1]["etag"]) == (8, 6, '"v1"')


def test_a_whole_answer_to_a_range_starts_from_zero() -> None:
    driver = Driver([ok(etag='"v2"')])
    got = download(driver, there=PartialFile(5, Validators('"v1"')))
    assert (got.size, got.resumed) == (8, 0)


def test_what_is_there_is_asked_for_only_if_it_has_changed() -> None:
    driver = Driver([Reply(304, {}, b"")])
    assert download(driver, have=Validators('"v1"')).outcome == "unchanged"
    assert driver.requests[0].headers["If-None-Match"] == '"v1"'
    driver = Driver([Reply(304, {}, b"")])
    assert download(driver, have=Validators(modified="Wed, 21 Oct 2026 07:28:00 GMT")).outcome == "unchanged"
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
    got = download(driver, portal_state=known(policy=RetryPolicy(attempts=3)))
    assert got.size == 100


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Reply(503, {"retry-after": "1"}, PAGE), errors.Unavailable),
        (Reply(500, {}, PAGE), errors.ServerError),
        (Reply(429, {"retry-after": "1"}, PAGE), errors.RateLimited),
        (NetworkFailure("timeout", "slow"), errors.Timeout),
        (NetworkFailure("connect", "refused"), errors.ConnectionFailed),
        (Broken(ok(etag=""), 3), errors.ConnectionFailed),
    ],
)
def test_patience_ends(answer: Any, kind: type[errors.TuckanError]) -> None:
    driver = Driver([answer] * 3)
    with pytest.raises(kind) as caught:
        download(driver, portal_state=known(policy=RetryPolicy(attempts=3)))
    assert (len(driver.requests), driver.waits) == (3, 2)
    assert "example.org" in caught.value.message


def test_an_untrusted_certificate_is_not_asked_twice() -> None:
    driver = Driver([NetworkFailure("tls", "CERTIFICATE_VERIFY_FAILED")])
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
    portal_state = known()
    download(Driver([Reply(503, {}, b""), ok()]), LINK, portal_state)
    assert portal_state.troubles == 0
    download(Driver([Reply(503, {}, b""), ok()]), UPLOAD, portal_state)
    assert portal_state.troubles == 1


PLAIN = b"day,flow\n" + b"1,2\n" * 2000
PACKED = gzip.compress(PLAIN)
NAMED = {**UPLOAD, "url": f"{SITE}/dataset/d/resource/r1/download/a.csv.gz"}


def sha256(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


@pytest.mark.parametrize(
    ("resource", "reply", "file"),
    [
        pytest.param(NAMED, ok(PACKED, content_encoding="gzip"), PACKED, id="CKAN says of a packed file that it is packed"),
        pytest.param({**NAMED, "hash": sha256(PACKED)}, ok(PACKED, content_encoding="x-gzip"), PACKED, id="as recorded"),
        pytest.param({**NAMED, "hash": sha256(PLAIN), "size": 5}, ok(PACKED, content_encoding="gzip"), PACKED, id="a stale hash"),
        pytest.param(UPLOAD, ok(PACKED, content_encoding="gzip"), PLAIN, id="a proxy packs"),
        pytest.param(UPLOAD, ok(zlib.compress(PLAIN), content_encoding="deflate"), PLAIN, id="deflate"),
        pytest.param(UPLOAD, ok(zlib.compress(PLAIN)[2:-4], content_encoding="deflate"), PLAIN, id="raw deflate"),
        pytest.param(UPLOAD, ok(gzip.compress(zlib.compress(PLAIN)), content_encoding="deflate, gzip"), PLAIN, id="twice"),
        pytest.param(UPLOAD, ok(PLAIN, content_encoding="gzip"), PLAIN, id="it only says so"),
        pytest.param(UPLOAD, ok(PLAIN, content_encoding="identity"), PLAIN, id="identity"),
        pytest.param(UPLOAD, ok(b"", content_encoding="gzip"), b"", id="nothing"),
        pytest.param({**UPLOAD, "hash": sha256(PACKED)}, ok(PACKED, content_encoding="gzip"), PACKED, id="the hash is the packed file's"),
        pytest.param({**UPLOAD, "size": str(len(PACKED))}, ok(PACKED, content_encoding="gzip"), PACKED, id="the size is the packed file's"),
        pytest.param(NAMED, ok(gzip.compress(PACKED), content_encoding="gzip"), PACKED, id="a proxy packs a packed file"),
        pytest.param(LINK, ok(PACKED, content_encoding="gzip", content_disposition='attachment; filename="b.tgz"'), PACKED, id="named in the answer"),
        pytest.param({"id": "r", "url": f"{SITE}/a.csv.bz2"}, ok(b"BZh9...", content_encoding="bzip2"), b"BZh9...", id="named as what can't be unpacked"),
    ],
)  # fmt: skip
def test_a_file_comes_as_it_is_stored(resource: dict[str, Any], reply: Reply, file: bytes) -> None:
    driver = Driver([reply])
    got = download(driver, resource)
    assert driver.requests[0].headers["Accept-Encoding"] == "identity"
    assert (driver.file == file, got.size, f"sha256:{got.hashes['sha256']}") == (True, len(file), sha256(file))


def test_a_packed_file_goes_on_where_it_broke_off() -> None:
    rest = Reply(
        206,
        {"content-range": f"bytes 9-{len(PACKED) - 1}/{len(PACKED)}", "etag": '"v1"', "content-encoding": "gzip"},
        PACKED[9:],
    )
    for resource, file in ((NAMED, PACKED), (UPLOAD, PLAIN)):
        driver = Driver([Broken(ok(PACKED, content_encoding="gzip"), 9), rest])
        got = download(driver, resource)
        assert (got.resumed, got.size, driver.file == file) == (9, len(file), True)
        assert driver.notes[0]["coding"] == "gzip"


def test_packed_and_plain_bytes_are_never_put_together() -> None:
    rest = Reply(206, {"content-range": f"bytes 9-{len(PLAIN) - 1}/{len(PLAIN)}", "etag": '"v1"'}, PLAIN[9:])
    driver = Driver([Broken(ok(PACKED, content_encoding="gzip"), 9), rest, ok(PLAIN)])
    assert (download(driver).resumed, driver.file) == (0, PLAIN)


def test_what_cannot_be_unpacked_is_no_file() -> None:
    with pytest.raises(errors.NotTheFile, match="packed as br") as caught:
        download(Driver([ok(b"\x0b\x02\x80", content_encoding="br")]))
    assert caught.value.hint
    half = ok(PACKED[:-20], content_encoding="gzip")
    with pytest.raises(errors.ConnectionFailed, match="unpacked"):
        download(Driver([half] * 3), portal_state=known(policy=RetryPolicy(attempts=3)))


def test_a_packed_page_is_seen_to_be_one() -> None:
    with pytest.raises(errors.NotTheFile, match="a web page, not CSV"):
        download(Driver([ok(gzip.compress(PAGE * 100), content_encoding="gzip")]))


@given(
    members=st.lists(st.binary(max_size=200), min_size=1, max_size=3),
    filled_up=st.integers(0, 20),
    cuts=st.lists(st.integers(1, 50), max_size=20),
)
def test_whatever_was_packed_is_unpacked(members: list[bytes], filled_up: int, cuts: list[int]) -> None:
    packed = b"".join(map(gzip.compress, members)) + b"\0" * filled_up
    unpacker, out, start = Unpacker(("gzip",)), b"", 0
    for cut in [*cuts, len(packed)]:
        out += b"".join(unpacker.feed(packed[start : start + cut]))
        start += cut
    assert (out, unpacker.ended) == (b"".join(members), True)


def test_little_that_holds_much_is_unpacked_in_pieces() -> None:
    pieces = Unpacker(("gzip", "gzip")).feed(gzip.compress(gzip.compress(b"\0" * 5_000_000)))
    sizes = [len(one) for one in pieces]
    assert sum(sizes) == 5_000_000
    assert max(sizes) <= 1 << 20


def test_a_length_that_is_never_reached_ends_in_an_error() -> None:
    """200, 416, 200, ...: an answer that says that it is longer than the file."""
    cut, beyond = Broken(ok(content_length="80"), 8), Reply(416, {"content-range": "bytes */8"}, b"")
    driver = Driver([cut, beyond] * 10)
    with pytest.raises(errors.ConnectionFailed, match="broke"):
        download(driver, portal_state=known(policy=RetryPolicy(attempts=4)))
    assert len(driver.requests) == 4


ETAGS = st.sampled_from(['"v1"', '"v2"', 'W/"v1"', ""])
SIZES = st.integers(0, 6)
ODD_ANSWERS = st.one_of(
    st.builds(lambda etag, size: Broken(ok(b"x" * 9, etag=etag), size), ETAGS, SIZES),
    st.builds(
        lambda etag, begin, size, total: Reply(
            206, {"content-range": f"bytes {begin}-{total}/{total}", "etag": etag}, b"x" * size
        ),
        ETAGS, SIZES, SIZES, st.integers(7, 12),
    ),
    st.builds(lambda status: Reply(status, {"content-range": "bytes */8"}, b""), st.sampled_from([206, 416, 429, 500, 503])),
    st.just(to("/again")),
    st.just(ok(PACKED[:50], content_encoding="gzip")),
    st.sampled_from([NetworkFailure("timeout", "slow"), NetworkFailure("broken", "cut")]),
)  # fmt: skip


@given(answers=st.lists(ODD_ANSWERS, min_size=1, max_size=30), there=SIZES)
def test_no_server_is_asked_for_ever(answers: list[Any], there: int) -> None:
    """Whatever it answers: so many requests at most without a byte more than ever before."""
    attempts, progress, furthest = 3, [0], 0

    class Watched(Driver):
        def _answer(self, step: Fetch) -> Fetched | Reply | NetworkFailure:
            nonlocal furthest
            self.answers = self.answers or list(answers)
            answer = super()._answer(step)
            if isinstance(answer, Fetched) and answer.size > furthest:
                furthest = answer.size
                progress.append(len(self.requests))
            assert len(self.requests) - progress[-1] <= attempts * 11
            return answer

    driver = Watched(list(answers))
    with contextlib.suppress(errors.PortalError, errors.TransportError):
        download(
            driver,
            portal_state=known(policy=RetryPolicy(attempts=attempts)),
            there=PartialFile(there, Validators('"v1"')),
        )
    assert len(driver.requests) <= (furthest + 1) * attempts * 11
