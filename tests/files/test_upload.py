"""Uploads on a real CKAN: once whatever happens, complete with every field, and refused in clear words."""

from __future__ import annotations

import hashlib
import io
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from tuckan import Client, errors

if TYPE_CHECKING:
    from pathlib import Path

    from tests.files.conftest import Both

CONTENT = b"day,flow\n1,2\n3,4\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "flow rates.txt"
    path.write_bytes(CONTENT)
    return path


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def resources(ckan_client: Client, dataset: str) -> list[dict[str, Any]]:
    return ckan_client.datasets.get(dataset)["resources"]


def test_a_file_with_its_fields(either: Both, ckan_client: Client, dataset: str, file: Path) -> None:
    fields = {"columns": ["day", "flow"], "range": {"from": 1, "to": [3]}, "checked": True, "rank": 5, "note": "ä €"}
    done = either.upload(dataset, file, name="Flow", description="Daily", verify="download", **fields)
    (there,) = resources(ckan_client, dataset)
    assert (done.outcome, done.id, done.size, done.sha256) == ("uploaded", there["id"], len(CONTENT), sha256(CONTENT))
    assert {name: there[name] for name in fields} == fields
    assert (there["name"], there["description"], there["format"]) == ("Flow", "Daily", "TXT")
    assert (there["url_type"], there["mimetype"], int(there["size"])) == ("upload", "text/plain", len(CONTENT))
    assert there["hash"] == f"sha256:{sha256(CONTENT)}"


def test_an_open_file_and_one_that_can_be_read_only_once(ckan: Both, ckan_client: Client, dataset: str) -> None:
    opened = io.BytesIO(CONTENT)
    opened.read(5)
    assert ckan.upload(dataset, opened, name="memory.txt").sha256 == sha256(CONTENT), "from its beginning"

    class Pipe(io.RawIOBase):
        name = "pipe.bin"
        left = CONTENT * 1000

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            piece, self.left = self.left[: len(buffer)], self.left[len(buffer) :]
            buffer[: len(piece)] = piece
            return len(piece)

    done = ckan_client.resources.upload(dataset, Pipe())
    assert (done.size, done.resource["name"]) == (len(CONTENT) * 1000, "pipe.bin")
    assert len(resources(ckan_client, dataset)) == 2


def test_what_the_portal_has_is_not_sent_again(
    ckan: Both, proxy: Any, ckan_client: Client, dataset: str, file: Path
) -> None:
    first = ckan.upload(dataset, file)
    proxy.seen.clear()
    again = ckan.upload(dataset, file)
    assert (again.outcome, again.id, again.sha256) == ("unchanged", first.id, sha256(CONTENT))
    assert {one.action for one in proxy.seen} == {"package_show"}
    assert ckan.upload(dataset, file, id=first.id, description="New").outcome == "unchanged"
    assert resources(ckan_client, dataset)[0]["description"] == "New", "its fields are set all the same"
    assert ckan.upload(dataset, file, id=first.id, again=True).outcome == "replaced"
    file.write_bytes(CONTENT.swapcase())
    assert ckan.upload(dataset, file, id=first.id).outcome == "replaced", "another file of the same size"
    assert len(resources(ckan_client, dataset)) == 1


def test_a_hash_that_another_wrote_is_not_believed(ckan: Both, ckan_client: Client, dataset: str, file: Path) -> None:
    """Loaders write the MD5 of the file that they loaded, which may have been replaced since."""
    made = ckan.upload(dataset, file)
    other = b"DAY,FLOW\n1,2\n3,4\n"
    loaders = hashlib.md5(other, usedforsecurity=False).hexdigest()
    ckan_client.call("resource_patch", {"id": made.id, "hash": loaders})
    file.write_bytes(other)
    assert ckan.upload(dataset, file, id=made.id).outcome == "replaced"
    ckan_client.call("resource_patch", {"id": made.id, "hash": loaders})
    assert ckan.upload(dataset, file, id=made.id).outcome == "unchanged"


def test_replacing_a_file_loses_nothing(
    ckan: Both, ckan_client: Client, dataset: str, file: Path, tmp_path: Path
) -> None:
    made = ckan.upload(dataset, file, description="Daily", columns=["day", "flow"], licence={"id": "x"}, note="5")
    before = resources(ckan_client, dataset)[0]
    sheet = tmp_path / "flow.xlsx"
    sheet.write_bytes(b"PK\x03\x04 not quite a sheet")
    done = ckan.upload(dataset, sheet, id=made.id, columns=["date"])
    after = resources(ckan_client, dataset)[0]
    assert done.outcome == "replaced"
    changed = {name for name in after if after[name] != before.get(name)}
    assert changed <= {
        "url",
        "hash",
        "size",
        "format",
        "mimetype",
        "columns",
        "last_modified",
        "metadata_modified",
    }
    assert (after["format"], after["columns"], after["description"]) == ("XLSX", ["date"], "Daily")
    assert after["mimetype"].endswith("sheet")


@pytest.mark.parametrize("trouble", ["reset_after", "lost_behind_502", "cut_in_half", "reset_before"])
def test_in_doubt_it_is_there_once(
    ckan: Both, proxy: Any, faults: Any, ckan_client: Client, dataset: str, file: Path, trouble: str
) -> None:
    proxy.next(getattr(faults, trouble), action="resource_create")
    done = ckan.upload(dataset, file)
    (there,) = resources(ckan_client, dataset)
    assert (there["id"], there["hash"]) == (done.id, f"sha256:{sha256(CONTENT)}")
    assert len(proxy.calls("resource_create")) == (2 if trouble == "reset_before" else 1)


def test_an_answer_that_comes_to_nobody_while_the_portal_is_still_at_work(
    ckan: Both, proxy: Any, ckan_client: Client, dataset: str, file: Path
) -> None:
    """The connection breaks, and only afterwards does the portal begin with what it was sent."""
    working: list[threading.Thread] = []

    def late(seen: Any, passed_on: Any) -> None:
        working.append(threading.Thread(target=passed_on))
        working[0].start()

    proxy.next(late, action="resource_create")
    done = ckan.upload(dataset, file)
    working[0].join()
    assert [one["id"] for one in resources(ckan_client, dataset)] == [done.id]
    assert ckan_client.resources.get(done.id)["name"] == "flow rates.txt"


def test_replacing_may_be_sent_again(either: Both, proxy: Any, faults: Any, dataset: str, file: Path) -> None:
    made = either.upload(dataset, file)
    proxy.next(faults.reset_after, faults.status(503), action="resource_patch")
    file.write_bytes(b"other\n")
    done = either.upload(dataset, file, id=made.id)
    assert (done.outcome, done.resource["hash"]) == ("replaced", f"sha256:{sha256(b'other' + bytes([10]))}")


@pytest.mark.parametrize("status", [413, 504])
def test_refusals_for_its_size_say_the_size(
    ckan: Both, proxy: Any, faults: Any, dataset: str, file: Path, status: int
) -> None:
    page = faults.status(status, b"<html><title>No</title></html>", Content_Type="text/html")
    proxy.next(*[page] * 9, action="resource_create")
    with pytest.raises(errors.TooLarge if status == 413 else errors.Unavailable, match="17 bytes") as caught:
        ckan.upload(dataset, file)
    assert "ckan.max_resource_size" in caught.value.hint
    assert len(proxy.calls("resource_create")) == (1 if status == 413 else 4)


def test_a_file_that_changes_while_it_is_sent_is_not_taken(
    either: Both, ckan_client: Client, dataset: str, tmp_path: Path
) -> None:
    class Growing(io.FileIO):
        def read(self, size: int = -1, /) -> bytes:
            with path.open("ab") as other:
                other.write(b"more\n")
            return super().read(size)

    path = tmp_path / "log.txt"
    path.write_bytes(b"a line\n" * 100_000)
    with Growing(path) as growing, pytest.raises(errors.FileChanged, match=r"log\.txt was changed"):
        either.upload(dataset, growing)
    time.sleep(0.2)
    assert resources(ckan_client, dataset) == []


def test_a_file_that_is_written_anew_meanwhile_is_noticed(tmp_path: Path) -> None:
    from tuckan.transport import Source  # noqa: PLC0415

    path = tmp_path / "data.csv"
    path.write_bytes(CONTENT)
    source = Source(path)
    reading = source.open()
    other = tmp_path / "data.csv.new"
    other.write_bytes(CONTENT)
    other.replace(path)
    with reading, pytest.raises(errors.FileChanged):
        list(iter(lambda: reading.read(4), b""))


@pytest.mark.parametrize("what", ["nowhere", "folder", "text", "number"])
def test_what_is_no_file(ckan: Both, dataset: str, tmp_path: Path, what: str) -> None:
    given = {"nowhere": tmp_path / "none.csv", "folder": tmp_path, "text": io.StringIO("a"), "number": 5}[what]
    with pytest.raises(errors.InvalidArgument):
        ckan.upload(dataset, given)


def test_what_cannot_be_uploaded_to(ckan: Both, dataset: str, file: Path) -> None:
    with pytest.raises(errors.NotFound):
        ckan.upload("no-such-dataset", file)
    with pytest.raises(errors.InvalidArgument, match="has no resource"):
        ckan.upload(dataset, file, id="3f2a")
    with pytest.raises(errors.InvalidArgument, match="verify"):
        ckan.upload(dataset, file, verify="perhaps")


def test_many_files_go_in_one_call(either: Both, proxy: Any, ckan_client: Client, dataset: str, tmp_path: Path) -> None:
    paths = [tmp_path / f"part {number}.txt" for number in range(12)]
    for number, path in enumerate(paths):
        path.write_text(f"part {number}\n")
    old = either.upload(dataset, paths[0], columns=["a", "b"], note="stays")
    paths[0].write_text("part 0, mended\n")
    proxy.seen.clear()
    replaced = {"file": paths[0], "id": old.id, "columns": ["c"]}
    named = {"file": paths[1], "name": "First", "columns": {"name": ["a"]}}
    done = either.upload_many(dataset, [replaced, named, *paths[2:]], verify="download")
    assert len(proxy.calls("package_revise")) == 1
    assert [one.outcome for one in done] == ["replaced"] + ["uploaded"] * 11
    there = {one["id"]: one for one in resources(ckan_client, dataset)}
    assert len(there) == 12
    for outcome, path in zip(done, paths, strict=True):
        assert there[outcome.id]["hash"] == f"sha256:{sha256(path.read_bytes())}"
    assert (there[old.id]["columns"], there[old.id]["note"]) == (["c"], "stays")
    assert (there[done[1].id]["name"], there[done[1].id]["columns"]) == ("First", {"name": ["a"]})
    proxy.seen.clear()
    assert {one.outcome for one in either.upload_many(dataset, paths[2:])} == {"unchanged"}
    assert proxy.calls("package_revise") == []


@pytest.mark.parametrize("trouble", ["reset_after", "lost_behind_502", "reset_before"])
def test_many_in_doubt_are_there_once(
    ckan: Both, proxy: Any, faults: Any, ckan_client: Client, dataset: str, file: Path, trouble: str
) -> None:
    other = file.with_name("other.txt")
    other.write_text("other")
    proxy.next(getattr(faults, trouble), action="package_revise")
    done = ckan.upload_many(dataset, [file, other])
    assert [one["id"] for one in resources(ckan_client, dataset)] == [one.id for one in done]


def test_one_bad_file_stops_all_of_them(ckan: Both, ckan_client: Client, dataset: str, file: Path) -> None:
    with pytest.raises(errors.InvalidArgument, match="does not name a file"):
        ckan.upload_many(dataset, [file, {"name": "nothing"}])
    with pytest.raises(errors.InvalidArgument, match="for one resource"):
        ckan.upload_many(dataset, [{"file": file, "id": "x"}] * 2)
    with pytest.raises(errors.InvalidArgument, match="cannot be read"):
        ckan.upload_many(dataset, [file, file.with_name("none.csv")])
    assert resources(ckan_client, dataset) == []


def test_images_have_a_view_however_they_come(ckan_client: Client, dataset: str, tmp_path: Path) -> None:
    image = tmp_path / "dot.png"
    image.write_bytes(bytes.fromhex("89504e470d0a1a0a0000000d49484452"))
    one = ckan_client.resources.upload(dataset, image)
    image.write_bytes(bytes.fromhex("89504e470d0a1a0a0000000d4948445200"))
    (two,) = ckan_client.resources.upload_many(dataset, [image])
    for made in (one, two):
        assert [view["view_type"] for view in ckan_client.views.list(made.id)] == ["image_view"]


@pytest.mark.unruly("drops_extras", "blanks_names")
def test_a_file_is_known_where_resources_have_no_names(
    ckan: Both, ckan_client: Client, dataset: str, file: Path, tmp_path: Path
) -> None:
    first = ckan.upload(dataset, file)
    assert (first.outcome, first.resource["name"]) == ("uploaded", "")
    other = tmp_path / "other.txt"
    other.write_bytes(CONTENT)
    assert ckan.upload(dataset, other).outcome == "uploaded", "the same bytes, and another file"
    again = ckan.upload_many(dataset, [file, other])
    assert [one.outcome for one in again] == ["unchanged", "unchanged"]
    assert again[0].id == first.id
    with pytest.raises(errors.NotKept, match="name: sent 'Flow'"):
        ckan.upload(dataset, file, name="Flow")
    assert len(resources(ckan_client, dataset)) == 2


def test_a_file_is_known_when_its_resource_was_renamed(
    ckan: Both, ckan_client: Client, dataset: str, file: Path
) -> None:
    first = ckan.upload(dataset, file)
    ckan_client.resources.patch(first.id, name="Flow")
    again = ckan.upload(dataset, file)
    assert (again.outcome, again.id, again.resource["name"]) == ("unchanged", first.id, "Flow")
    assert ckan.upload(dataset, file, name="Second").outcome == "uploaded", "a name that was given is meant"
    assert ckan.upload(dataset, file, name="Second").outcome == "unchanged"
    assert len(resources(ckan_client, dataset)) == 2


def test_a_file_without_a_recorded_hash_is_compared(
    ckan: Both, proxy: Any, faults: Any, ckan_client: Client, dataset: str, file: Path
) -> None:
    first = ckan.upload(dataset, file)
    ckan_client.call("resource_patch", {"id": first.id, "hash": ""})
    assert ckan.upload(dataset, file).outcome == "unchanged"
    lost = faults.status(404)
    proxy.next(lost, action="flow-rates.txt")
    assert ckan.upload(dataset, file, id=first.id).outcome == "replaced", "a file that the portal has lost"
    file.write_bytes(CONTENT.swapcase())
    ckan_client.call("resource_patch", {"id": first.id, "hash": ""})
    assert ckan.upload(dataset, file, id=first.id).outcome == "replaced"
    assert len(resources(ckan_client, dataset)) == 1
