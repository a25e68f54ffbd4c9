"""What works cost this machine: function calls for each record and memory for each byte. No clock is looked at."""

from __future__ import annotations

import json
import sys
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest

from tuckan.transport.lines import line_writer
from tuckan.transport.sending import Source
from tuckan.wire.address import Address
from tuckan.wire.call import Call
from tuckan.wire.calling import calling
from tuckan.wire.flow import Outcome, Reply
from tuckan.wire.listing import fetching_page
from tuckan.wire.memory import Memory
from tuckan.wire.paging import Page, Reading, Span

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FEW, MANY = 100, 1000


def performed(flow: Any, body: bytes) -> Any:
    """A flow of one request, answered with a body."""
    next(flow)
    try:
        flow.send(Outcome(Reply(200, {"content-type": "application/json"}, body), 0.1))
    except StopIteration as end:
        return end.value
    raise AssertionError


def known() -> Memory:
    return Memory(Address.parse("https://example.org"), action_base="https://example.org/api/3/action")


def searched(records: int) -> bytes:
    found = [{"id": f"{n:06}", "name": f"d{n}", "notes": "x" * 2000, "tags": [{"name": "a"}]} for n in range(records)]
    return json.dumps({"success": True, "result": {"count": records, "results": found}}).encode()


def calls_of(work: Callable[[], object]) -> int:
    """How many functions a work calls, Python's and C's."""
    number = 0

    def count(_: object, event: str, __: object) -> None:
        nonlocal number
        number += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return number


def taken(records: int, *, raw: bool) -> Callable[[], Page]:
    """A page that is fetched and accepted."""
    body, memory, reading = searched(records), known(), Reading(0, records)

    def work() -> Page:
        page: Page = performed(fetching_page({}, Span(0, records), memory, raw=raw), body)
        assert len(reading.take(page)) == records
        return page

    return work


@pytest.mark.parametrize(("raw", "most"), [(False, 5), (True, 7)])
def test_calls_for_each_record_of_a_list(raw: bool, most: int) -> None:
    taken(FEW, raw=raw)()  # what is only done once
    few, many = calls_of(taken(FEW, raw=raw)), calls_of(taken(MANY, raw=raw))
    assert (many - few) / (MANY - FEW) <= most


def test_calls_for_each_small_call() -> None:
    body, memory = b'{"success": true, "result": {"id": "x"}}', known()

    def work() -> None:
        performed(calling(Call("package_show", {"id": "x"}, read_only=True), memory), body)

    work()
    assert calls_of(work) <= 85


def test_a_raw_page_is_not_copied() -> None:
    taken(FEW, raw=True)()  # what is only done once
    work = taken(MANY, raw=True)
    size = len(searched(MANY))
    tracemalloc.start()
    page = work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(page.records) == MANY
    assert peak < 0.2 * size, f"{peak:,} bytes for a page of {size:,}"


@pytest.mark.parametrize("raw", [False, True])
def test_pages_of_large_records_have_fewer(raw: bool) -> None:
    large = [{"id": f"{n:06}", "notes": "x" * 40_000} for n in range(MANY)]
    body = json.dumps({"success": True, "result": {"count": 10 * MANY, "results": large}}).encode()
    reading = Reading(0, MANY)
    reading.take(performed(fetching_page({}, reading.first(), known(), raw=raw), body))
    spans = list(reading.rest())
    assert {span.rows for span in spans} == {99}, "four megabytes, eight of which are little"
    assert spans[-1].start + spans[-1].rows >= 10 * MANY


def test_lines_are_written_many_at_once(tmp_path: Path) -> None:
    line = b"x" * 9000

    def work(number: int) -> Callable[[], None]:
        def written() -> None:
            with line_writer(tmp_path / f"{number}.jsonl") as write:
                write([line] * number)

        return written

    few, many = calls_of(work(FEW)), calls_of(work(MANY))
    assert (many - few) / (MANY - FEW) <= 1
    assert (tmp_path / f"{FEW}.jsonl").read_bytes() == (line + b"\n") * FEW


def test_a_file_is_read_in_large_pieces_and_never_held(tmp_path: Path) -> None:
    path, size = tmp_path / "large.bin", 32 << 20
    with path.open("wb") as file:
        file.truncate(size)
    source = Source(path)
    tracemalloc.start()
    with source.open() as reading:
        pieces = sum(1 for _ in iter(lambda: reading.read(1 << 16), b""))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert source.read_size == size
    assert pieces <= 128
    assert peak < 2 << 20
