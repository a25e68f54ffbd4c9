"""Files beside a mirror come once; a host that is away is given up, and the rest comes all the same."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import Answer, FaultProxy, Seen
from tests.mirror.test_strange_portals import Portal

from tuckan import Client, RetryPolicy
from tuckan.mirror import Mirror

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILES = 200


class FilePortal(Portal):
    """A portal, played by a web server, with a dataset of many files."""

    def __init__(self) -> None:
        super().__init__(1)
        self.server = FaultProxy("")
        self.server.always(self.answered)
        self.bytes_sent = 0
        self.fetched: list[str] = []
        self.contents = {f"/files/{n}.txt": f"{n}\n".encode() * 100 for n in range(FILES)}
        self.give([self.server.url + path for path in self.contents])

    def give(self, urls: list[str]) -> None:
        """Let the dataset have these files."""
        self.put("0000", resources=[{"id": f"r{n}", "url": url, "format": "TXT"} for n, url in enumerate(urls)])

    def answered(self, seen: Seen, _: Any) -> Answer:
        if seen.path not in self.contents:
            result = self(seen.action, json.loads(seen.body or b"{}"))
            return Answer(200, json.dumps({"success": True, "result": result}).encode())
        self.fetched.append(seen.path)
        content = self.contents[seen.path]
        headers = {"ETag": f'"{sha256(content).hexdigest()}"', "Content-Type": "text/plain"}
        if seen.headers.get("if-none-match") == headers["ETag"]:
            return Answer(304, b"", headers)
        self.bytes_sent += len(content)
        return Answer(200, content, headers)


@pytest.fixture
def portal() -> Iterator[FilePortal]:
    played = FilePortal()
    yield played
    played.server.close()


def test_of_200_files_only_what_changed_is_transferred(portal: FilePortal, tmp_path: Path) -> None:
    with Client(portal.server.url, "", progress=False) as ckan, Mirror(tmp_path / "mirror.db") as mirror:
        assert mirror.sync(ckan, files=True).files == {"fetched": FILES}
        size = sum(map(len, portal.contents.values()))
        assert portal.bytes_sent == size
        assert mirror.sync(ckan, files=True).files == {"unchanged": FILES}
        assert portal.bytes_sent == size
        assert len(portal.fetched) == 2 * FILES
        portal.contents["/files/7.txt"] = b"seven"
        assert mirror.sync(ckan, files=True).files == {"unchanged": FILES - 1, "fetched": 1}
        assert portal.bytes_sent == size + 5
        assert mirror.files()["r7"].path.read_bytes() == b"seven"
        assert mirror.verify() == 1


def test_a_host_that_is_away_is_given_up_and_said(portal: FilePortal, tmp_path: Path) -> None:
    urls = [portal.server.url + path for path in portal.contents][:4]
    portal.give([*(f"http://127.0.0.1:1/{n}.txt" for n in range(9)), *urls])
    with (
        Client(portal.server.url, "", progress=False, retries=RetryPolicy(attempts=1)) as ckan,
        Mirror(tmp_path / "mirror.db") as mirror,
    ):
        done = mirror.sync(ckan, files=True)
        assert done.files == {"failed": 9, "fetched": 4}
        [note] = [one for one in done.notes if "given up" in one]
        # Two files may be on their way when the third failure is noticed.
        assert note in {
            f"127.0.0.1:1 did not answer 3 times in a row, and was given up: {left} files not tried" for left in (5, 6)
        }
        errors = [row["error"] for row in mirror.sql("SELECT error FROM files WHERE error IS NOT NULL")]
        assert len(errors) == 9
        assert mirror.sync(ckan, files=True).files == {"failed": 9, "unchanged": 4}
