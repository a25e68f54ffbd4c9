"""Files that a workbook names by their addresses."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

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


def reasons(job: Job) -> dict[str, str]:
    return {one.operation.subject: one.reason for one in job.failures()}


def test_files_are_fetched_from_their_addresses(ckan: Client, site: Site, office: str, tmp_path: Path) -> None:
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
        + "".join(f"{label},{office}-{label},{address},{office}\n" for label, address in rows.items())
    )
    checked = ckan.sheets.check(tmp_path / "new.csv", type="dataset")
    assert [(one.cell, "can't be fetched" in one.message) for one in checked.problems] == [("C5", True)]
    assert checked.notes == ("Whether 3 files can be fetched is seen when the job is planned.",)
    assert site.seen == []

    with ckan.sheets.apply(tmp_path / "new.csv", type="dataset") as job:
        assert any(note.startswith("1 file (8 bytes) can be fetched from other addresses.") for note in job.notes)
        said = " ".join(one.reason for one in job.entries("refused"))
        assert len([*job.entries("refused")]) == 3, said
        assert f"new.csv!C3: resources[0].upload: {site.url}/export?id=3: the answer is a web page" in said
        assert f"new.csv!C4: resources[0].upload: {site.url}/gone.txt: " in said
        [upload] = [one.operation for one in job.entries("planned") if one.operation.kind == "resource.file"]
        assert upload.data["address"] == rows["good"]
        report = job.run()
        assert dict(report.done) == {"created": 1, "uploaded": 1}, reasons(job)
        [resource] = ckan.datasets.get(f"{office}-good")["resources"]
        assert (resource["name"], resource["url_type"], resource["size"]) == ("levels.txt", "upload", 8)
        assert ckan.resources.download(resource["id"], tmp_path / "back").path.read_bytes() == b"level\n1\n"
    assert {token for _, token in site.seen} == {None}, "the token is the portal's own"
    with ckan.sheets.apply(tmp_path / "new.csv", type="dataset") as again:
        assert (again.plan().total, again.plan().refused) == (0, 3), "the portal has this file"


def test_a_file_that_is_another_by_now_is_not_uploaded(ckan: Client, site: Site, office: str, tmp_path: Path) -> None:
    site.files["/levels.txt"] = ("text/plain", b"1\n")
    local = tmp_path / "flow.txt"
    local.write_bytes(b"1\n")
    names = [f"{office}-fetched", f"{office}-local"]
    (tmp_path / "new.csv").write_text(
        "record,name,owner_org,resources.upload\n"
        f"x,{names[0]},{office},{site.url}/levels.txt\ny,{names[1]},{office},flow.txt\n"
    )
    with ckan.sheets.apply(tmp_path / "new.csv", type="dataset") as job:
        site.files["/levels.txt"] = ("text/plain", b"2\n")
        local.write_bytes(b"2\n")  # of the same size
        job.run()
        said = {one.operation.subject: one.reason for one in job.failures() if one.operation.kind == "resource.file"}
        assert sorted(said) == [f"dataset {name}" for name in names]
        assert [f"{place} has changed since" in one and "nothing was uploaded" in one
                for place, one in zip((f"{site.url}/levels.txt", str(local)), (said[key] for key in sorted(said)), strict=True)
               ] == [True, True], said  # fmt: skip
    assert not any(one.get("size") for name in names for one in ckan.datasets.get(name)["resources"])
    with ckan.sheets.apply(tmp_path / "new.csv", type="dataset") as job:
        assert job.run().complete, reasons(job)
    for name in names:
        [resource] = ckan.datasets.get(name)["resources"]
        assert (resource["url_type"], str(resource["size"])) == ("upload", "2")
        assert ckan.resources.download(resource["id"], tmp_path / name).path.read_bytes() == b"2\n"
