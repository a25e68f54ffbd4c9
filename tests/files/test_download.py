"""Downloads from a real CKAN and from elsewhere: whole or not at all, resumed where that is safe, the token kept at home."""

from __future__ import annotations

import bz2
import gzip
import json
import os
import random
from typing import TYPE_CHECKING, Any

import pytest

from tuckan import Client, errors
from tuckan.transport.download_folder import place_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.files.conftest import Both

    from tuckan.sandbox import Sandbox

CONTENT = random.Random(1).randbytes(300_000)
PAGE = b"<!DOCTYPE html><title>Sign in</title>"


@pytest.fixture
def made(ckan_client: Client, dataset: str, tmp_path: Path) -> dict[str, Any]:
    """A private resource with a file."""
    path = tmp_path / "data.zip"
    path.write_bytes(CONTENT)
    return ckan_client.resources.upload(dataset, path, name="Data").resource


@pytest.fixture
def elsewhere(proxy: Any, ckan_sandbox: Sandbox) -> Iterator[Any]:
    """Another host."""
    other = type(proxy)(ckan_sandbox.url)
    yield other
    other.close()


@pytest.fixture
def linked(ckan_client: Client, dataset: str, elsewhere: Any) -> Callable[..., str]:
    """Makes a resource that is a link to another host, and gives its id."""

    def link(name: str, **fields: Any) -> str:
        url = f"{elsewhere.url}/{name}"
        record = {"name": name, "url": url, "format": name.rpartition(".")[2], **fields}
        update = {"match__name": dataset, "update__resources__extend": [record]}
        return ckan_client.call("package_revise", update)["package"]["resources"][-1]["id"]

    return link


def gets(proxy: Any) -> list[Any]:
    return [one for one in proxy.seen if "/download/" in one.path]


def files(folder: Path) -> list[str]:
    """What is in a folder, apart from our notes."""
    return sorted(one.name for one in folder.iterdir() if one.name != ".tuckan")


def test_a_private_file_comes_whole_and_is_left_as_it_is_the_second_time(
    either: Both, proxy: Any, made: dict[str, Any], tmp_path: Path
) -> None:
    to = tmp_path / "to"
    got = either.download(made["id"], f"{to}/")
    assert (got.outcome, got.path, got.size, got.as_recorded) == ("fetched", to / "data.zip", len(CONTENT), True)
    assert got.path.read_bytes() == CONTENT
    assert files(to) == ["data.zip"]
    again = either.download(made["id"], to)
    assert (again.outcome, again.path, again.sha256) == ("unchanged", got.path, got.sha256)
    assert gets(proxy)[-1].headers["if-none-match"].startswith('"')
    assert either.download(made["id"], to, again=True).outcome == "fetched"
    assert gets(proxy)[0].headers["authorization"] == either.client._connection.portal_state.token


def test_what_changed_is_fetched_again(
    ckan: Both, ckan_client: Client, dataset: str, made: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "here.zip"
    ckan.download(made["id"], path)
    path.write_bytes(CONTENT[::-1])
    assert ckan.download(made["id"], path).outcome == "fetched", "somebody wrote to the file here"
    assert path.read_bytes() == CONTENT
    os.utime(path)
    assert ckan.download(made["id"], path).outcome == "unchanged", "it is the same, whatever its date"
    (tmp_path / "data.zip").write_bytes(CONTENT[::-1])
    stale = ckan_client.resources.get(made["id"])["hash"]
    ckan_client.call("resource_patch", {"id": made["id"], "hash": stale}, files={"upload": tmp_path / "data.zip"})
    got = ckan.download(made["id"], path)
    assert (got.outcome, got.as_recorded) == ("fetched", False), "the portal's hash is old, and is not believed"
    assert path.read_bytes() == CONTENT[::-1]


def test_what_breaks_off_goes_on(either: Both, proxy: Any, faults: Any, made: dict[str, Any], tmp_path: Path) -> None:
    proxy.next(faults.cut_after(100_000), faults.cut_after(50_000), faults.reset_before, action="data.zip")
    got = either.download(made["id"], tmp_path / "here.zip")
    assert got.path.read_bytes() == CONTENT
    assert got.sha256 == made["hash"].removeprefix("sha256:")
    ranges = [one.headers.get("range") for one in gets(proxy)]
    assert ranges == [None, "bytes=100000-", "bytes=150000-", "bytes=150000-"]
    assert got.resumed == 150_000


TABLE = b"day,flow\n" + b"".join(b"%d,%d\n" % (day, day * 7919 % 1000) for day in range(20_000))


@pytest.mark.parametrize("name", ["flow.csv.gz", "flow.csv.bz2"])
def test_a_packed_file_comes_as_it_is_stored(
    either: Both, proxy: Any, faults: Any, ckan_client: Client, dataset: str, tmp_path: Path, name: str
) -> None:
    """CKAN says `Content-Encoding: gzip` of a file whose name ends in .gz."""
    pack = {"gz": gzip.compress, "bz2": bz2.compress}.get(name.rpartition(".")[2], bytes)
    file = tmp_path / name
    file.write_bytes(pack(TABLE))
    made = either.upload(dataset, file, verify="download").resource
    got = either.download(made["id"], f"{tmp_path / 'to'}/")
    assert (got.path.name, got.as_recorded, got.size) == (name, True, int(made["size"]))
    assert got.path.read_bytes() == file.read_bytes()
    assert either.download(made["id"], tmp_path / "to").outcome == "unchanged"

    proxy.next(faults.cut_after(5_000), action=name)
    again = either.download(made["id"], f"{tmp_path / 'again'}/")
    assert (again.resumed, again.as_recorded) == (5_000, True)
    (all_of_it,) = either.download_all(tmp_path / "all", filters={"name": dataset}, include_private=True)
    assert (all_of_it["as_recorded"], all_of_it["sha256"]) == (True, got.sha256)


def test_what_is_packed_on_its_way_is_unpacked(
    either: Both, proxy: Any, faults: Any, ckan_client: Client, dataset: str, tmp_path: Path
) -> None:
    file = tmp_path / "flow.csv"
    file.write_bytes(TABLE)
    made = either.upload(dataset, file).resource
    packed = gzip.compress(TABLE)
    headers = {"Content_Type": "text/csv", "Content_Encoding": "gzip", "ETag": '"packed"'}
    proxy.next(faults.status(200, packed, **headers), action="flow.csv")
    got = either.download(made["id"], tmp_path / "a.csv")
    assert (got.path.read_bytes() == TABLE, got.as_recorded, got.size) == (True, True, len(TABLE))
    assert files(tmp_path) == ["a.csv", "flow.csv"]
    proxy.next(faults.status(200, packed, **headers), action="flow.csv")
    assert either.download(made["id"], tmp_path / "b.csv", max_bytes=len(packed) + 1).outcome == "too large"
    proxy.next(*[faults.status(200, packed[:-9], **headers)] * 4, action="flow.csv")
    with pytest.raises(errors.ConnectionFailed, match="decompressed"):
        either.download(made["id"], tmp_path / "c.csv")
    assert files(tmp_path) == ["a.csv", "flow.csv"]
    assert [one.name for one in (tmp_path / ".tuckan").iterdir() if ".unpacked" in one.name] == []


def test_a_length_that_is_never_reached_ends_in_an_error(
    either: Both, proxy: Any, faults: Any, made: dict[str, Any], tmp_path: Path
) -> None:
    def too_long(seen: Any, passed_on: Any) -> Any:
        answer = passed_on()
        if answer.status == 200 and "/download/" in seen.path:
            answer.headers["Content-Length"] = str(len(answer.body) + 5)
            answer.cut_after = len(answer.body)
        return answer

    proxy.always(too_long)
    with pytest.raises(errors.ConnectionFailed, match="broke"):
        either.download(made["id"], tmp_path / "x.zip")
    assert len(gets(proxy)) == 4, "as often as the client is patient"


def test_another_run_goes_on_where_one_ended(
    either: Both, proxy: Any, faults: Any, made: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "here.zip"
    path.write_bytes(b"an older file")
    proxy.next(faults.cut_after(200_000), *[faults.status(503)] * 9, action="data.zip")
    with pytest.raises(errors.Unavailable):
        either.download(made["id"], path)
    assert path.read_bytes() == b"an older file", "only ever replaced by a whole one"
    assert [one.stat().st_size for one in (tmp_path / ".tuckan").glob("*.part")] == [200_000]
    proxy._faults.clear()
    got = either.download(made["id"], path)
    assert (got.outcome, got.resumed, path.read_bytes()) == ("fetched", 200_000, CONTENT)
    assert list((tmp_path / ".tuckan").glob("*.part*")) == []


def test_a_part_of_another_version_is_begun_anew(
    ckan: Both, proxy: Any, faults: Any, ckan_client: Client, dataset: str, made: dict[str, Any], tmp_path: Path
) -> None:
    path, new = tmp_path / "here.zip", CONTENT[::-1]

    def cut_and_replaced(seen: Any, passed_on: Any) -> Any:
        answer = faults.cut_after(100_000)(seen, passed_on)
        (tmp_path / "data.zip").write_bytes(new)
        ckan_client.resources.upload(dataset, tmp_path / "data.zip", id=made["id"])
        return answer

    proxy.next(cut_and_replaced, action="data.zip")
    got = ckan.download(made["id"], path)
    assert (got.resumed, path.read_bytes() == new) == (0, True)
    assert gets(proxy)[-1].headers["if-range"].startswith('"')


@pytest.mark.parametrize("size", [len(CONTENT), len(CONTENT) + 5])
def test_a_part_that_is_as_long_as_the_file_is_begun_anew(
    ckan: Both, proxy: Any, faults: Any, made: dict[str, Any], tmp_path: Path, size: int
) -> None:
    proxy.next(faults.cut_after(10_000), *[faults.status(503)] * 9, action="data.zip")
    with pytest.raises(errors.Unavailable):
        ckan.download(made["id"], tmp_path / "here.zip")
    proxy._faults.clear()
    (part,) = (tmp_path / ".tuckan").glob("*.part")
    part.write_bytes(b"x" * size)
    got = ckan.download(made["id"], tmp_path / "here.zip")
    assert (got.resumed, got.path.read_bytes() == CONTENT) == (0, True)


@pytest.mark.parametrize("fault", ["page", "json", "login", "missing", "empty"])
def test_an_error_is_never_saved_as_data(
    either: Both, proxy: Any, faults: Any, made: dict[str, Any], tmp_path: Path, fault: str
) -> None:
    path = tmp_path / "here.zip"
    path.write_bytes(b"an older file")
    always = {
        "page": faults.status(200, PAGE, Content_Type="text/html"),
        "json": faults.status(200, b'{"success": false, "error": {"__type": "Internal"}}'),
        "login": faults.status(302, location="/user/login?next=x"),
        "missing": faults.status(404, PAGE, Content_Type="text/html"),
        "empty": faults.status(204, b""),
    }
    proxy.next(*[always[fault]] * 4, action="data.zip")
    kind = {"login": errors.NotAuthorized, "missing": errors.NotFound}.get(fault, errors.NotTheFile)
    with pytest.raises(kind) as caught:
        either.download(made["id"], path)
    assert caught.value.hint
    assert path.read_bytes() == b"an older file"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["data.zip", "here.zip"], "and nothing of ours"
    proxy.next(*[always[fault]] * 4, action="data.zip")
    with pytest.raises(kind):
        either.download(made["id"], f"{tmp_path / 'not' / 'there'}/")
    assert not (tmp_path / "not").exists()


def test_the_token_stays_at_home(
    either: Both, proxy: Any, elsewhere: Any, faults: Any, linked: Any, made: dict[str, Any], tmp_path: Path
) -> None:
    token = either.client._connection.portal_state.token
    elsewhere.always(faults.status(200, b"a,b\n", Content_Type="text/plain"))
    assert either.download(linked("direct.txt"), tmp_path / "a.txt").size == 4
    proxy.next(faults.status(302, location=f"{elsewhere.url}/bucket/x?signature=1"), action="data.zip")
    assert either.download(made["id"], tmp_path / "b.txt").size == 4
    assert len(elsewhere.seen) == 2
    for seen in elsewhere.seen:
        assert token not in str(seen.headers)
        assert not {"authorization", "x-ckan-api-key", "cookie"} & set(seen.headers)
    assert gets(proxy)[-1].headers["authorization"] == token


def test_two_at_once_do_not_write_to_one_part(ckan: Both, made: dict[str, Any], tmp_path: Path) -> None:
    place = place_of(made, tmp_path / "here.zip")
    with place.held(), pytest.raises(BlockingIOError, match="another process"):
        ckan.download(made["id"], tmp_path / "here.zip")
    with place.held():
        done = ckan.client.datasets.download(made["package_id"], tmp_path)
    assert done.reasons == {"OSError": 1}
    assert ckan.download(made["id"], tmp_path / "here.zip").outcome == "fetched"
    assert [one.name for one in (tmp_path / ".tuckan").iterdir()] == [f"{made['id']}.json"]


def test_a_name_that_is_taken_is_not_written_over(
    ckan: Both, ckan_client: Client, dataset: str, made: dict[str, Any], tmp_path: Path
) -> None:
    to = tmp_path / "to"
    to.mkdir()
    (to / "DATA.zip").write_bytes(b"mine")
    (tmp_path / "data.zip").write_bytes(b"second")
    second = ckan_client.resources.upload(dataset, tmp_path / "data.zip", name="Second")
    got = [ckan.download(one, to).path.name for one in (made["id"], second.id, made["id"])]
    assert got == [f"data-{made['id'][:8]}.zip", f"data-{second.id[:8]}.zip", f"data-{made['id'][:8]}.zip"]
    assert (to / "DATA.zip").read_bytes() == b"mine"


def test_sizes_that_are_not_wanted(
    ckan: Both, elsewhere: Any, faults: Any, linked: Any, made: dict[str, Any], tmp_path: Path
) -> None:
    got = ckan.download(made["id"], tmp_path / "x.zip", max_bytes=1000)
    assert (got.outcome, got.size, got.path) == ("too large", len(CONTENT), None)
    assert not (tmp_path / "x.zip").exists()
    assert ckan.download(made["id"], tmp_path / "x.zip", max_bytes=len(CONTENT)).outcome == "fetched"


def test_no_note_is_kept_that_serves_nothing(
    ckan: Both, elsewhere: Any, faults: Any, linked: Any, dataset: str, tmp_path: Path
) -> None:
    """Without a validator nothing can be asked with it."""
    elsewhere.always(faults.status(200, b"a,b\n", Content_Type="text/plain"))
    ckan.download(linked("a.txt"), tmp_path / "b.txt")
    assert [one.name for one in tmp_path.iterdir()] == ["b.txt"]
    ckan.client.datasets.download(dataset, tmp_path / "all", names=["no such"])
    assert [one.name for one in (tmp_path / "all").iterdir()] == ["manifest.jsonl"]


def test_many_with_some_broken(
    either: Both,
    ckan_client: Client,
    dataset: str,
    elsewhere: Any,
    faults: Any,
    linked: Any,
    made: dict[str, Any],
    tmp_path: Path,
) -> None:
    good = [linked(f"good {number}.txt") for number in range(10)]
    bad = {linked("gone.txt"): "NotFound", linked("page.txt"): "NotTheFile", linked("../../up.txt"): ""}
    odd = ckan_client.call(
        "resource_create", package_id=dataset, url="ftp://example.org/x.txt", name="odd", format="txt"
    )["id"]
    large = linked("large.txt", size=5_000_000)

    def answer(seen: Any, passed_on: Any) -> Any:
        if "gone" in seen.path:
            return faults.status(404, PAGE)(seen, passed_on)
        if seen.headers.get("if-none-match") == f'"{seen.path}"':
            return faults.status(304)(seen, passed_on)
        page = "page" in seen.path
        return faults.status(
            200,
            PAGE if page else seen.path.encode(),
            Content_Type="text/html" if page else "text/plain",
            ETag=f'"{seen.path}"',
        )(seen, passed_on)

    elsewhere.always(answer)
    to = tmp_path / "all"
    chosen = {"filters": {"name": dataset}, "include_private": True, "max_bytes": 1_000_000}
    plan = either.download_all(to, dry_run=True, **chosen)
    assert (plan.counts, elsewhere.seen) == ({"planned": 15, "too large": 1}, [])
    done = either.download_all(to, **chosen)
    assert done.counts == {"fetched": 12, "failed": 3, "too large": 1}
    assert (done.done, done.unchanged, done.failed, done.skipped) == ({"fetched": 12}, 0, 3, 1)
    assert done.reasons == {"NotTheFile": 1, "NotFound (status 404)": 1, "NotTheFile (status 200)": 1}
    lines = {one["id"]: one for one in done}
    assert set(lines) == {*good, *bad, odd, large, made["id"]}
    for one in lines.values():
        if one["outcome"] == "fetched":
            path = to / one["path"]
            assert path.parts[-3:-1] == (dataset, one["id"])
            assert path.stat().st_size == one["size"]
        else:
            assert one["path"] is None
    assert lines[odd]["reason"].startswith("NotTheFile")
    elsewhere.seen.clear()
    again = either.download_all(to, **chosen)
    assert again.counts == {"unchanged": 12, "failed": 3, "too large": 1}
    assert [json.loads(line) for line in again.manifest.read_text().splitlines()] == list(again)


def test_choosing_by_format_and_name(
    ckan: Both, elsewhere: Any, faults: Any, linked: Any, made: dict[str, Any], dataset: str, tmp_path: Path
) -> None:
    for name in ("2023 rain.txt", "2024 rain.txt", "2024 rain.json"):
        linked(name)
    elsewhere.always(faults.status(200, b"1", Content_Type="text/plain"))
    work = ckan.client.datasets
    assert work.download(dataset, tmp_path / "a", formats=["Text/Plain"]).total == 2
    assert work.download(dataset, tmp_path / "b", formats=["txt", "json"], names=["*2024*"]).total == 2
    assert work.download(dataset, tmp_path / "c", names=["DATA.*"]).counts == {"fetched": 1}
    with pytest.raises(errors.InvalidArgument, match="is not a folder"):
        work.download(dataset, tmp_path / "data.zip")


def test_a_file_with_a_new_name_takes_the_place_of_the_old(
    ckan: Both, ckan_client: Client, dataset: str, made: dict[str, Any], tmp_path: Path
) -> None:
    to = tmp_path / "all"
    ckan.client.datasets.download(dataset, to)
    (tmp_path / "other.zip").write_bytes(b"other")
    ckan_client.resources.upload(dataset, tmp_path / "other.zip", id=made["id"])
    ckan.client.datasets.download(dataset, to)
    assert files(to / dataset / made["id"]) == ["other.zip"]
