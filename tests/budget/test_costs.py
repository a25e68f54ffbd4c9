"""What works cost this machine: function calls for each record and memory for each byte. No clock is looked at."""

from __future__ import annotations

import json
import sys
import tracemalloc
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tuckan import Client
from tuckan.push import backup, batches, state
from tuckan.push.batches import LARGEST_CHUNK, read_chunk, write_chunks
from tuckan.readers.options import ReadOptions
from tuckan.tables import columnar, from_records, texts
from tuckan.tables.from_records import Places, texts_of
from tuckan.tables.sources import incoming
from tuckan.tables.texts import MOST_BYTES, MOST_CELLS, MOST_ROWS, sliced
from tuckan.transport.json_lines import line_writer
from tuckan.transport.upload_source import Source
from tuckan.wire import rows
from tuckan.wire.address import Address
from tuckan.wire.call import Call
from tuckan.wire.dataset_pages import fetching_page
from tuckan.wire.execute import execute
from tuckan.wire.flow import Outcome, Reply
from tuckan.wire.paging import Page, Reading, Span
from tuckan.wire.portal_state import PortalState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tuckan.sandbox import Sandbox

FEW, MANY = 100, 1000


def performed(flow: Any, body: bytes) -> Any:
    """A flow of one request, answered with a body."""
    next(flow)
    try:
        flow.send(Outcome(Reply(200, {"content-type": "application/json"}, body), 0.1))
    except StopIteration as end:
        return end.value
    raise AssertionError


def known() -> PortalState:
    return PortalState(Address.parse("https://example.org"), action_base="https://example.org/api/3/action")


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
    body, portal_state, reading = searched(records), known(), Reading(0, records)

    def work() -> Page:
        page: Page = performed(fetching_page({}, Span(0, records), portal_state, raw=raw), body)
        assert len(reading.take(page)) == records
        return page

    return work


@pytest.mark.parametrize(("raw", "most"), [(False, 5), (True, 7)])
def test_calls_for_each_record_of_a_list(raw: bool, most: int) -> None:
    taken(FEW, raw=raw)()  # what is only done once
    few, many = calls_of(taken(FEW, raw=raw)), calls_of(taken(MANY, raw=raw))
    assert (many - few) / (MANY - FEW) <= most


def test_calls_for_each_small_call() -> None:
    body, portal_state = b'{"success": true, "result": {"id": "x", "name": "x"}}', known()

    def work() -> None:
        performed(execute(Call("package_show", {"id": "x"}, read_only=True), portal_state), body)

    work()
    assert calls_of(work) <= 88


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


def peak_of_planning(data: Any, folder: Path, key: tuple[str, ...] = ()) -> int:
    """The most bytes that Python's objects took while a table became the rows to send."""
    path = folder / "planned.rows"
    tracemalloc.start()
    came = incoming(data, ReadOptions(), {})
    rows = sum(chunk.rows for chunk in write_chunks(path, came.packed(came.types({}, {}), key)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert rows >= 5000
    return peak


def dicts(rows: int) -> Iterator[dict[str, Any]]:
    return ({"n": n, "note": f"some words {n % 100}", "x": n / 7} for n in range(rows))


def test_running_a_push_takes_the_same_memory_for_any_number_of_rows(
    ckan_sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table is backed up, removed, another takes its place, and is compared; all in parts that are small beside either."""
    cell, at_once, few, many = 5000, 20, 60, 360
    for module, name in ((batches, "BYTES_OF_A_CHUNK"), (texts, "MOST_BYTES"), (rows, "BYTES_OF_A_PAGE")):
        monkeypatch.setattr(module, name, at_once * cell)
    for module, name in ((backup, "FIRST_PAGE"), (state, "ROWS_OF_A_SAMPLE")):
        monkeypatch.setattr(module, name, at_once)

    def peak(ckan: Client, dataset: str, number: int) -> int:
        table = {"text": [f"{n}" + "x" * cell for n in range(number)]}
        ckan.datastore.push(table, dataset=dataset, name=f"{number}", in_order=True).run()
        with ckan.datastore.push(table, dataset=dataset, name=f"{number}", in_order=True) as job:
            tracemalloc.start()
            assert job.run().complete
            found = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        return found

    office, dataset = (f"memory-{uuid4()}" for _ in range(2))
    with Client(ckan_sandbox.url, ckan_sandbox.token(), concurrency=1, progress=False) as ckan:
        ckan.organizations.create(name=office)
        ckan.datasets.create(name=dataset, owner_org=office)
        least, most = peak(ckan, dataset, few), peak(ckan, dataset, many)
        ckan.datasets.delete(dataset)
        ckan.organizations.delete(office)
    assert (most - least) / (many - few) < cell / 4, f"{least:,} bytes for {few} rows, {most:,} for {many:,}"


def test_a_parquet_file_of_one_row_group_is_read_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columnar, "MOST_BYTES", 500_000)
    path, cell, number = tmp_path / "a.parquet", 10_000, 500
    text = pa.table({"text": [f"{n}" + "x" * cell for n in range(number)], "n": range(number)})
    pq.write_table(text, path, compression="none", use_dictionary=False, write_batch_size=10)
    del text
    before = pa.total_allocated_bytes()
    came = incoming(path, ReadOptions(), {})
    held = [pa.total_allocated_bytes() - before for _ in came.batches(came.found)]
    assert max(held) < path.stat().st_size / 2, f"{max(held):,} bytes"


@pytest.mark.parametrize("source", ["dicts", "lines", "one batch", "with a key"])
def test_planning_a_push_takes_the_same_memory_for_any_number_of_rows(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "_AT_ONCE", 1)  # how much of each several threads hold at the worst moment is chance
    monkeypatch.setattr(batches, "MOST_ROWS", 500)
    monkeypatch.setattr(texts, "MOST_ROWS", 500)
    monkeypatch.setattr(from_records, "ROWS_AT_ONCE", 500)
    monkeypatch.setattr(from_records, "NUMBERS_IN_MEMORY", 1000)

    def peak(rows: int) -> int:
        data: Any = dicts(rows)
        if source == "lines":
            data = tmp_path / f"{rows}.jsonl"
            data.write_text("".join(f"{json.dumps(row)}\n" for row in dicts(rows)))
        elif source == "one batch":
            data = pa.table({"n": range(rows), "note": ["some words"] * rows})
        return peak_of_planning(data, tmp_path, ("n",) if source == "with a key" else ())

    peak(5000)  # what is imported and cached by the first
    few, many = peak(5000), peak(20_000)
    # A row that is held takes a hundred bytes.
    assert (many - few) / 15_000 < 10, f"{few:,} bytes for 5,000 rows, {many:,} for 20,000"


def test_chunks_of_rows_that_grow_are_bounded_in_bytes(tmp_path: Path) -> None:
    small, large = [b"1"] * 1000, [b"x" * 1_000_000] * 30
    path = tmp_path / "a.rows"
    made = list(write_chunks(path, [small, large, [b"y" * 20_000_000], small]))
    rows = [read_chunk(path, one.at, one.size) for one in made]
    assert [row for some in rows for row in some] == [*small, *large, b"y" * 20_000_000, *small]
    assert all(len(some) == 1 or sum(map(len, some)) <= LARGEST_CHUNK for some in rows)


@pytest.mark.parametrize(("rows", "columns", "cell"), [(50_000, 2, 5), (400, 1500, 1), (30, 1, 1_000_000), (1, 1, 10_000_000), (0, 3, 1)])  # fmt: skip
def test_no_batch_has_more_than_is_worked_on_at_once(rows: int, columns: int, cell: int) -> None:
    batch = pa.record_batch({f"c{n}": ["x" * cell] * rows for n in range(columns)})
    parts = list(sliced(batch))
    assert sum(one.num_rows for one in parts) == rows
    for one in parts:
        assert one.num_rows <= MOST_ROWS
        assert one.num_rows == 1 or one.num_rows * columns <= MOST_CELLS
        assert one.num_rows == 1 or one.nbytes <= MOST_BYTES * 1.1


def test_a_source_with_large_batches_is_worked_on_in_small_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "MOST_ROWS", 100)
    made = texts.Texts()
    made.add({"n": (pa.array([f"{n}" for n in range(1050)]), ("anything",))}, 1050)
    found = list(made.batches(made.types(), lambda row: f"row {row}"))
    assert max(one.num_rows for one in found) == 100
    assert pa.Table.from_batches(found)["n"].to_pylist() == list(range(1050))


def test_rows_of_large_cells_are_taken_few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(from_records, "BYTES_AT_ONCE", 1_000_000)
    held = 0
    taken: list[int] = []

    class Row(dict[str, str]):
        def __init__(self) -> None:
            nonlocal held
            held += 1
            taken.append(held)
            super().__init__(a="x" * 20_000)

        def __del__(self) -> None:
            nonlocal held
            held -= 1

    made = texts_of((Row() for _ in range(300)), Places("the rows"))
    assert made.rows == 300
    assert max(taken) <= 2 * 50 + 10


def test_where_rows_stand_is_kept_on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(from_records, "NUMBERS_IN_MEMORY", 100)
    places = Places("rain.jsonl")
    for number in range(250):
        places.note(2 * number)
    assert [places.of(row) for row in (0, 99, 100, 249, 300)] == [
        f"row {number} of rain.jsonl" for number in (0, 198, 200, 498, 301)
    ]
    places.note(7)
    assert places.of(250) == "row 7 of rain.jsonl"
