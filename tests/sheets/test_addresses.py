"""Files that a workbook names by their addresses."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tuckan import Client
    from tuckan.jobs import Job


class Site:
    """A host of its own, with files."""

    def __init__(self) -> None:
        self.files: dict[str, tuple[str, bytes]] = {}
        self.seen: list[tuple[str, str | None]] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.seen.append((self.path, self.headers.get("Authorization")))
                type_, body = site.files.get(self.path, ("text/plain", b""))
                self.send_response(200 if self.path in site.files else 404)
                self.send_header("Content-Type", type_)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def site() -> Iterator[Site]:
    running = Site()
    yield running
    running.server.shutdown()
    running.server.server_close()


@pytest.fixture
def mark(ckan_client: Client) -> Iterator[str]:
    """An organization of this test, whose name begins those of its datasets."""
    mark = f"sheet-{uuid4().hex[:8]}"
    ckan_client.organizations.create(name=mark)
    yield mark
    for one in ckan_client.datasets.list(filters={"organization": mark}):
        ckan_client.datasets.purge(one["id"], confirm=lambda _: True)
    ckan_client.organizations.purge(mark, confirm=lambda _: True)


def reasons(job: Job) -> dict[str, str]:
    return {one.operation.subject: one.reason for one in job.failures()}


def test_files_are_fetched_from_their_addresses(ckan_client: Client, site: Site, mark: str, tmp_path: Path) -> None:
    site.files["/a/levels.txt"] = ("text/plain", b"level\n1\n")
    site.files["/export?id=3"] = ("text/html", b"<!doctype html><title>Sorry</title>")
    rows = {
        "good": f"{site.url}/a/levels.txt",
        "page": f"{site.url}/export?id=3",
        "gone": f"{site.url}/gone.txt",
        "odd": "ftp://example.org/a.txt",
    }
    (tmp_path / "new.csv").write_text(
        "record,name,resources.upload,owner_org\n"
        + "".join(f"{label},{mark}-{label},{address},{mark}\n" for label, address in rows.items())
    )
    checked = ckan_client.sheets.check(tmp_path / "new.csv", type="dataset")
    assert [(one.cell, "can't be fetched" in one.message) for one in checked.problems] == [("C5", True)]
    assert checked.notes == ("Whether 3 files can be fetched is seen when the job is planned.",)
    assert site.seen == []

    with ckan_client.sheets.apply(tmp_path / "new.csv", type="dataset") as job:
        assert any(note.startswith("1 file (8 bytes) can be fetched from other addresses.") for note in job.notes)
        said = " ".join(one.reason for one in job.entries("refused"))
        assert len([*job.entries("refused")]) == 3, said
        assert f"new.csv!C3: resources[0].upload: {site.url}/export?id=3: the answer is a web page" in said
        assert f"new.csv!C4: resources[0].upload: {site.url}/gone.txt: " in said
        [upload] = [one.operation for one in job.entries("planned") if one.operation.kind == "resource.file"]
        assert upload.data["address"] == rows["good"]
        report = job.run()
        assert dict(report.done) == {"created": 1, "uploaded": 1}, reasons(job)
        [resource] = ckan_client.datasets.get(f"{mark}-good")["resources"]
        assert (resource["name"], resource["url_type"], resource["size"]) == ("levels.txt", "upload", 8)
        assert ckan_client.resources.download(resource["id"], tmp_path / "back").path.read_bytes() == b"level\n1\n"
    assert {token for _, token in site.seen} == {None}, "the token is the portal's own"
    with ckan_client.sheets.apply(tmp_path / "new.csv", type="dataset") as again:
        assert (again.plan().total, again.plan().refused) == (0, 3), "the portal has this file"


def test_a_file_that_is_another_by_now_is_not_uploaded(
    ckan_client: Client, site: Site, mark: str, tmp_path: Path
) -> None:
    site.files["/levels.txt"] = ("text/plain", b"1\n")
    (tmp_path / "new.csv").write_text(
        f"record,name,owner_org,resources.upload\nx,{mark},{mark},{site.url}/levels.txt\n"
    )
    with ckan_client.sheets.apply(tmp_path / "new.csv", type="dataset") as job:
        site.files["/levels.txt"] = ("text/plain", b"2\n")
        job.run()
        [reason] = [one.reason for one in job.failures() if one.operation.kind == "resource.file"]
        assert "has changed since the job was planned; nothing was uploaded" in reason
    with ckan_client.sheets.apply(tmp_path / "new.csv", type="dataset") as job:
        assert job.run().complete, reasons(job)
    [resource] = ckan_client.datasets.get(mark)["resources"]
    assert (resource["url_type"], str(resource["size"])) == ("upload", "2")
