"""Bodies come whole, whatever an answer says of their size; and what is encrypted is verified."""

from __future__ import annotations

import pytest

from tuckan.transport.bodies import Body
from tuckan.transport.http import HttpOptions, client_arguments, is_secure
from tuckan.wire.flow import Reply

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
def test_all_but_plain_addresses_are_verified(url: str) -> None:
    assert is_secure(url)
    assert client_arguments(HttpOptions(), secure=is_secure(url))["verify"] is True


def test_plain_addresses_need_no_certificates() -> None:
    assert not is_secure("Http://example.org")
    assert client_arguments(HttpOptions(), secure=False)["verify"] is False
