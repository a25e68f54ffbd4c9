"""Bodies come whole, whatever an answer says of their size; and what is encrypted is verified."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpcore2
import pytest
from tests.conftest import Answer

from tuckan.transport.async_driver import AsyncDriver
from tuckan.transport.body_buffer import Body
from tuckan.transport.hashing import PIECE
from tuckan.transport.http import HttpOptions, client_arguments, is_secure
from tuckan.transport.sync_driver import SyncDriver
from tuckan.wire.flow import Outcome, Reply, Request, send

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import FaultProxy, Seen

LARGE = 1 << 19


@pytest.mark.parametrize("said", [str(LARGE), str(LARGE + 1000), str(1 << 50), "-1", "many", ""])
@pytest.mark.parametrize("size", [0, 10, LARGE])
def test_a_body_is_what_came(said: str, size: int) -> None:
    body = Body({"content-length": said} if said else {})
    sent = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    for start in range(0, size, 65_536):
        body.take(sent[start : start + 65_536])
    assert body.whole() == sent


def test_what_is_compressed_has_another_size() -> None:
    body = Body({"content-length": str(LARGE), "content-encoding": "gzip"})
    body.take(b"x" * 2 * LARGE)
    assert body.whole() == b"x" * 2 * LARGE


def test_a_large_body_goes_straight_to_its_place() -> None:
    body = Body({"content-length": str(LARGE)})
    body.take(b"x" * LARGE)
    assert isinstance(body.whole(), bytearray)


@pytest.mark.parametrize("blanks", [0, 10, 5000])
def test_blanks_around_a_body_do_not_count(blanks: int) -> None:
    for body in (b"<html>}", b"<html>" + b"x" * 5000 + b"}"):
        reply = Reply(200, {}, bytearray(b"\n" * blanks + body + b" " * blanks))
        assert reply.opening.startswith(b"<html>")
        assert reply.ending.endswith(b"}")
    assert Reply(200, {}, b" " * blanks).opening == b""


@pytest.mark.parametrize(
    "url", ["https://example.org", "HTTPS://example.org", "ftp://example.org", " http://example.org"]
)
def test_all_but_plain_addresses_are_verified(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    assert is_secure(url)
    assert client_arguments(HttpOptions(), secure=is_secure(url))["verify"] is True


def test_plain_addresses_need_no_certificates() -> None:
    assert not is_secure("Http://example.org")
    assert client_arguments(HttpOptions(), secure=False)["verify"] is False


def sized(seen: Seen, _: object) -> Answer:
    """As many bytes as the path says."""
    return Answer(200, b"x" * int(seen.path[1:]))


@pytest.fixture
def portal(proxy_of: Callable[[str], FaultProxy]) -> str:
    proxy = proxy_of("")
    proxy.always(sized)
    return proxy.url


def sizes(outcomes: list[Outcome]) -> list[int]:
    return [len(one.answer.body) for one in outcomes if isinstance(one.answer, Reply)]


def test_a_connection_reads_more_at_once_from_a_large_answer_on(portal: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    read = httpcore2._backends.sync.SyncStream.read

    def watched(self: Any, most: int, timeout: float | None = None) -> bytes:
        asked.append(most)
        return read(self, most, timeout)

    monkeypatch.setattr(httpcore2._backends.sync.SyncStream, "read", watched)
    driver = SyncDriver()
    wanted = [10, 8 * LARGE, 10]
    outcomes = [driver.run(send(Request("GET", f"{portal}/{size}", timeout=120))) for size in wanted]
    driver.close()
    assert sizes(outcomes) == wanted
    assert asked[0] < PIECE, "a small answer is read as ever"
    assert asked[-1] == PIECE
    assert len(asked) - asked.index(PIECE) < 8 * LARGE // asked[0], "fewer reads than by the library's own pieces"


def test_a_large_answer_comes_whole_to_tasks_too(portal: str) -> None:
    wanted = [10, 8 * LARGE, 10, 8 * LARGE]

    async def work() -> list[Outcome]:
        driver = AsyncDriver()
        try:
            return [await driver.run(send(Request("GET", f"{portal}/{size}", timeout=120))) for size in wanted]
        finally:
            await driver.close()

    assert sizes(asyncio.run(work())) == wanted
