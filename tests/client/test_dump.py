"""Dumps: complete or an error and no file, as they came, in the same memory however many there are."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.portals import filled

from tuckan import Client, errors
from tuckan.snapshot import Snapshot
from tuckan.transport.dump import Dump
from tuckan.transport.json_lines import line_writer, read_lines
from tuckan.wire.address import Address
from tuckan.wire.dataset_pages import fetching_page
from tuckan.wire.flow import Outcome, Reply
from tuckan.wire.paging import Span, id_of
from tuckan.wire.portal_state import PortalState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tuckan.sandbox import Sandbox

DATASETS, ORGANIZATIONS = 24, 27


@pytest.mark.parametrize(
    "name",
    ["x.csv", "x.JSON", "x.parquet", "x.xlsx", "x.zip", "x.jsonl.bz2", "x.jsonl.xz", "x.tgz", "x.csv.gz", "x.jsonl.gz.gz",
     "x.duckdb", "x.feather", "x.7z"],
)  # fmt: skip
def test_a_name_that_promises_something_else_is_refused_before_anything_is_asked(tmp_path: Path, name: str) -> None:
    with (
        Client("http://127.0.0.1:1", "") as ckan,
        pytest.raises(errors.InvalidArgument, match="would contain JSON lines") as caught,
    ):
        ckan.dump("datasets", tmp_path / name)
    assert ".jsonl" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name", ["x", "x.jsonl", "x.ndjson", "x.txt", "portal.example.org", "x.2026-01", "X.JSONL.GZ", "x.gz"]
)
def test_json_lines_are_written_as_the_name_says(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with line_writer(path) as write:
        write([b'{"a": 1}'])
    packed = name.lower().endswith(".gz")
    assert (gzip.decompress(path.read_bytes()) if packed else path.read_bytes()) == b'{"a": 1}\n'
    assert [line for _, line in read_lines(path)] == [b'{"a": 1}\n']


def test_no_file_can_be_where_there_is_no_folder(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing" / "x.jsonl", ""):
        with Client("http://127.0.0.1:1", "") as ckan, pytest.raises(errors.InvalidArgument, match="can't be created"):
            ckan.dump("datasets", path)


@pytest.fixture
def portal(ckan_sandbox: Sandbox) -> Sandbox:
    """A portal with more organizations than come at once, and datasets of which some are private."""
    return filled(ckan_sandbox, offices_and_rain)


def offices_and_rain(ckan: Client) -> None:
    for n in range(ORGANIZATIONS):
        ckan.call("organization_create", name=f"office-{n}", extras=[{"key": "Floor", "value": str(n)}])
    ckan.call("group_create", name="weather", title="Wetter und Ärger")
    for n in range(DATASETS):
        resources = [{"url": f"https://example.org/{n}.csv", "format": "CSV", "name": "rain"}]
        fields = {"title": f"Rain №{n}", "notes": "line\nend", "private": n % 4 == 0, "groups": [{"name": "weather"}]}
        ckan.call("package_create", name=f"rain-{n}", owner_org="office-1", resources=resources, **fields)


def lines(data: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in data.splitlines()]


def test_a_dump_is_the_list_in_every_compression(portal: Sandbox, tmp_path: Path) -> None:
    with portal.client() as ckan:
        everything = ckan.datasets.list(include_private=True)
        written = ckan.dump("datasets", tmp_path / "all.jsonl", include_private=True, page_size=7)
        assert written.records == len(everything) == DATASETS
        assert "no duplicates" in str(written)
        assert lines((tmp_path / "all.jsonl").read_bytes()) == everything
        ckan.dump("datasets", str(tmp_path / "all.jsonl.gz"), include_private=True)
        ckan.dump("datasets", tmp_path / "all.jsonl.zst", include_private=True)
        assert gzip.decompress((tmp_path / "all.jsonl.gz").read_bytes()) == (tmp_path / "all.jsonl").read_bytes()
        assert list(Dump(tmp_path / "all.jsonl.zst").records("datasets")) == everything
        public = io.BytesIO()
        ckan.dump("datasets", public, filters={"groups": "weather"}, sort_keys=True)
        assert lines(public.getvalue()) == [one for one in everything if not one["private"]]
        first = lines(public.getvalue())[0]
        assert public.getvalue().splitlines()[0].decode() == json.dumps(
            first, sort_keys=True, ensure_ascii=False, separators=(",", ":")
        )
    assert sorted(one.name for one in tmp_path.iterdir()) == ["all.jsonl", "all.jsonl.gz", "all.jsonl.zst"]


def test_organizations_groups_and_users_come_whole(portal: Sandbox, tmp_path: Path) -> None:
    with portal.client() as ckan:
        for kind in ("organizations", "groups", "users"):
            ckan.dump(kind, tmp_path / f"{kind}.jsonl")
        ckan.dump("datasets", tmp_path / "datasets.jsonl.gz", include_private=True)
        dump = Dump(tmp_path)
        assert dump.kinds == ckan.kinds
        offices = list(dump.records("organizations"))
        assert len(offices) == ORGANIZATIONS
        assert {one["capacity"] for office in offices for one in office["users"]} == {"admin"}
        assert sorted(office["extras"][0]["value"] for office in offices) == sorted(map(str, range(ORGANIZATIONS)))
        assert "admin" in [one["name"] for one in dump.records("users")]
        assert b"apikey" not in (tmp_path / "users.jsonl").read_bytes()
        assert Snapshot.of(dump) == ckan.snapshot()


def test_views_stand_with_their_resources(portal: Sandbox) -> None:
    with portal.client() as ckan:
        resource = ckan.datasets.get("rain-1")["resources"][0]["id"]
        if not ckan.views.list(resource):
            ckan.call("resource_view_create", resource_id=resource, title="Page", view_type="image_view")
        written = io.BytesIO()
        ckan.dump("datasets", written, q="name:rain-1", views=True)
        (record,) = lines(written.getvalue())
        assert record["resources"][0]["resource_views"] == ckan.views.list(resource)
        found = ckan.snapshot("datasets", views=True).datasets["rain-1"]["resources"][0]["resource_views"]
        assert found[0].keys().isdisjoint({"id", "resource_id", "package_id"})


def test_what_ckanapi_dumps_says_the_same(portal: Sandbox, tmp_path: Path) -> None:
    """Its lines are what `package_show` gives, with their keys sorted."""
    with portal.client() as ckan:
        names = ckan.call("package_list")
        shown = [ckan.call("package_show", id=name) for name in names]
        text = "\n".join(json.dumps(one, sort_keys=True, ensure_ascii=False, separators=(",", ":")) for one in shown)
        (tmp_path / "theirs.jsonl").write_text(text, encoding="utf-8")
        ckan.dump("datasets", tmp_path / "ours.jsonl")
    theirs, ours = Dump(tmp_path / "theirs.jsonl"), Dump(tmp_path / "ours.jsonl")
    assert sorted(ours.records("datasets"), key=lambda one: one["name"]) == shown
    assert Snapshot.of(theirs) == Snapshot.of(ours)


def test_a_dump_survives_gateways_that_fail(portal: Sandbox, proxy: Any, faults: Any, tmp_path: Path) -> None:
    proxy.next(faults.status(502, b"<html>"), faults.cut_in_half, faults.reset_after, action="package_search")
    with Client(proxy.url, portal.token()) as ckan:
        written = ckan.dump("datasets", tmp_path / "all.jsonl", include_private=True, page_size=7)
        assert written.records == DATASETS
    assert len(set((tmp_path / "all.jsonl").read_bytes().splitlines())) == DATASETS


def test_a_dump_that_is_not_complete_is_none(portal: Sandbox, proxy: Any, tmp_path: Path) -> None:
    def too_many(seen: Any, passed_on: Any) -> Any:
        answer = passed_on()
        answer.body = answer.body.replace(b'"count": %d' % DATASETS, b'"count": 999')
        return answer

    proxy.always(too_many)
    (tmp_path / "all.jsonl").write_text("as it was before")
    with Client(proxy.url, portal.token()) as ckan, pytest.raises(errors.Incomplete):
        ckan.dump("datasets", tmp_path / "all.jsonl", include_private=True)
    assert [one.name for one in tmp_path.iterdir()] == ["all.jsonl"]
    assert (tmp_path / "all.jsonl").read_text() == "as it was before"


def test_what_is_no_dump_is_said(tmp_path: Path) -> None:
    with pytest.raises(errors.InvalidArgument, match="no dump"):
        Dump(tmp_path)
    (tmp_path / "datasets.jsonl").write_text('{"name": "rain"}\n\n[1]\n')
    with pytest.raises(errors.InvalidArgument, match="line 3"):
        list(Dump(tmp_path).records("datasets"))


def _page(body: bytes, *, raw: bool) -> Any:
    flow = fetching_page({}, Span(0, 10), PortalState(Address.parse("https://example.org"), action_base="x"), raw=raw)
    next(flow)
    try:
        flow.send(Outcome(Reply(200, {}, body), 0.1))
    except StopIteration as end:
        return end.value
    raise AssertionError


FIELDS = ("id", "notes", "count", "extras")


@given(
    st.lists(st.uuids().map(str), max_size=5, unique=True), st.text(), st.booleans(), st.permutations(FIELDS), st.text()
)
@settings(max_examples=200, deadline=None)
def test_a_raw_page_is_the_page(ids: list[str], text: str, pretty: bool, order: list[str], key: str) -> None:
    values = {"notes": f'{text}", "id": "not this', "count": -1.5e3, "extras": [{"id": "nor this"}]}
    records = [{name: {**values, "id": one}[name] for name in order} | {f"x{key}": None} for one in ids]
    answer = {"success": True, "result": {"count": len(ids), "facets": {}, "results": records}}
    body = json.dumps(answer, indent=2 if pretty else None).encode()
    plain, raw = _page(body, raw=False), _page(body, raw=True)
    assert [id_of(one) for one in raw.records] == ids == [id_of(one) for one in plain.records]
    assert [json.loads(bytes(one.json)) for one in raw.records] == plain.records


@pytest.fixture
def big_portal() -> Iterator[Any]:
    """A portal of as many datasets as its address says, each of 2 KB, made as they are asked for."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            count = int(self.path.split("/")[1])
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            first = asked["start"]
            ids = range(first, min(count, first + asked["rows"]))
            notes = "x" * 2000
            rows = ",".join(f'{{"id":"{n:09}","name":"d{n}","notes":"{notes}"}}' for n in ids)
            body = f'{{"success":true,"result":{{"count":{count},"results":[{rows}]}}}}'.encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield lambda count: f"http://127.0.0.1:{server.server_port}/{count}"
    server.shutdown()
    server.server_close()
    thread.join()


def peak_of_dumping(url: str, to: Path) -> int:
    """The most memory that a process took which dumped a portal, in MB."""
    few = ["--concurrency", "2", "--page-size", "500"]
    command = [sys.executable, "-m", "tuckan", "dump", "datasets", "--url", url, "--anonymous", "-o", str(to), *few]
    # With an arena for each thread, the allocator's own leftovers would be larger than what is looked for.
    environment = {**os.environ, "MALLOC_ARENA_MAX": "1"}
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return used.ru_maxrss // 1024


@pytest.mark.skipif(sys.platform != "linux", reason="counts memory as Linux does")
def test_memory_stays_the_same_however_many_there_are(big_portal: Any, tmp_path: Path) -> None:
    some = peak_of_dumping(big_portal(20_000), tmp_path / "some.jsonl")
    many = peak_of_dumping(big_portal(60_000), tmp_path / "many.jsonl")
    assert (tmp_path / "many.jsonl").stat().st_size > 120_000_000
    assert many < some + 20, (some, many)
