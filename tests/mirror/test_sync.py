"""A mirror says what its portal has, and notes each change once."""

from __future__ import annotations

import json
import os
import sqlite3
import xml.etree.ElementTree as ET
from subprocess import CompletedProcess
from typing import TYPE_CHECKING
from uuid import uuid4

import pyarrow.parquet as pq
import pytest
from tests.mirror.test_strange_portals import Portal, sync

from tuckan import Client, Dump, Incomplete, InvalidArgument, NotFound, RetryPolicy, Snapshot, TransportError
from tuckan.client._sync.client import connection_of
from tuckan.mirror import Mirror, reports
from tuckan.mirror.serving import metadata, serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tuckan.sandbox import Sandbox


@pytest.fixture
def portal(clean_portal: Sandbox) -> Iterator[Client]:
    """A portal with an organization and twenty datasets, asked without progress."""
    with Client(clean_portal.url, clean_portal.token(), progress=False) as ckan:
        ckan.organizations.create(name="office", title="The Office")
        ckan.groups.create(name="waters")
        for number in range(20):
            ckan.datasets.create(
                name=f"rain-{number:02}",
                title=f"Rain of {1900 + number}",
                notes="Daily précipitation.",
                owner_org="office",
                tags=[{"name": "water"}],
                extras=[{"key": "year", "value": str(1900 + number)}],
                resources=[{"name": "table", "url": "https://example.org/rain.csv", "format": "CSV"}],
            )
        yield ckan


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Mirror]:
    with Mirror(tmp_path / "mirror.db") as found:
        yield found


def changes(mirror: Mirror) -> list[tuple[str, str]]:
    return sorted((one.change, one.name) for one in mirror.changes())


def test_every_change_is_noted_once(portal: Client, mirror: Mirror) -> None:
    first = mirror.sync(portal)
    assert (first.read, first.new, first.gone) == (20, 22, 0)
    assert Snapshot.of(mirror) == portal.snapshot("organizations", "groups", "datasets")
    assert changes(mirror) == []

    portal.datasets.patch("rain-01", title="Snow of 1901")
    portal.datasets.patch("rain-02", name="snow-02")
    portal.datasets.delete("rain-03")
    portal.call("dataset_purge", {"id": "rain-04"})
    portal.datasets.patch("rain-05", private=True)
    portal.datasets.create(name="hail", owner_org="office")
    done = mirror.sync(portal)
    assert (done.new, done.changed, done.gone, done.back) == (1, 2, 3, 0), "\n".join(
        f"{one.kind} {one.name} {one.change} {one.patch}" for one in mirror.changes()
    )
    noted = [("changed", "rain-01"), ("changed", "snow-02"), ("gone", "rain-03"), ("gone", "rain-04")]
    noted += [("gone", "rain-05"), ("new", "hail")]
    assert changes(mirror) == noted
    why = {
        row["name"]: row["why_gone"] for row in mirror.sql("SELECT name, why_gone FROM datasets WHERE status = 'gone'")
    }
    assert why == {"rain-03": "deleted", "rain-04": "deleted", "rain-05": "private"}
    patch = next(one for one in mirror.changes() if one.name == "rain-01")
    assert (patch.patch["title"], patch.inverse["title"]) == ("Snow of 1901", "Rain of 1901")
    with Client(portal.base_url, progress=False) as anonymous:
        assert Snapshot.of(mirror).datasets == anonymous.snapshot("datasets").datasets

    portal.datasets.restore("rain-03")
    again = mirror.sync(portal)
    assert (again.new, again.changed, again.gone, again.back) == (0, 0, 0, 1)
    assert changes(mirror) == sorted([*noted, ("back", "rain-03")])
    idle = mirror.sync(portal)
    assert (idle.new, idle.changed, idle.gone, idle.back) == (0, 0, 0, 0)


def test_a_private_mirror_is_for_its_owner(portal: Client, mirror: Mirror) -> None:
    portal.datasets.patch("rain-05", private=True)
    mirror.sync(portal, private=True)
    assert mirror.path.stat().st_mode & 0o077 == 0
    assert mirror.get("rain-05")["private"] is True
    with pytest.raises(InvalidArgument, match="holds private datasets"):
        mirror.sync(portal, private=False)
    assert portal_token(portal) not in mirror.path.read_bytes()


def portal_token(portal: Client) -> bytes:
    return str(connection_of(portal).portal_state.token).encode()


def test_it_is_searched_offline(portal: Client, mirror: Mirror) -> None:
    mirror.sync(portal)
    portal.close()
    assert [one["name"] for one in mirror.search("snow")] == []
    assert [one["name"] for one in mirror.search("1907 precip")] == ["rain-07"]
    assert len(mirror.search("rain", limit=5)) == 5
    with sqlite3.connect(mirror.path) as plain:
        found = plain.execute("SELECT count(*) FROM search WHERE search MATCH 'office'").fetchone()
    plain.close()
    assert found == (20,)


def test_a_portal_that_lacks_too_much_is_not_believed(portal: Client, mirror: Mirror) -> None:
    mirror.sync(portal)
    for number in range(6):
        portal.datasets.delete(f"rain-{number:02}")
    portal.datasets.create(name="hail", owner_org="office")
    with pytest.raises(Incomplete, match="lacks 6 of the 20 datasets"):
        mirror.sync(portal)
    assert mirror.status()["gone"] == 0
    with pytest.raises(NotFound):
        mirror.get("hail")
    done = mirror.sync(portal, accept_deletions=True)
    assert (done.new, done.gone) == (1, 6)
    assert mirror.prune(before="1d") == 0
    assert mirror.prune() == 6
    assert mirror.status()["gone"] == 0


def test_a_mirror_is_of_one_portal(portal: Client, mirror: Mirror, tmp_path: Path) -> None:
    mirror.sync(portal)
    mirror.close()
    with sqlite3.connect(mirror.path) as plain:
        plain.execute("UPDATE meta SET value = 'https://example.org' WHERE name = 'portal'")
    plain.close()
    with pytest.raises(InvalidArgument, match=r"is a mirror of https://example\.org"):
        mirror.sync(portal)
    other = tmp_path / f"{uuid4()}.db"
    with sqlite3.connect(other) as plain:
        plain.execute("CREATE TABLE a (b)")
    plain.close()
    with Mirror(other) as found, pytest.raises(InvalidArgument, match="not a mirror"):
        found.sync(portal)
    with Mirror(tmp_path / "none.db") as absent, pytest.raises(InvalidArgument, match="no mirror at"):
        list(absent.datasets)


def rot(path: Path) -> None:
    """Spoil a file as a disk does: its size and its date stay."""
    before = path.stat()
    path.write_bytes(bytes(byte ^ 1 for byte in path.read_bytes()))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_files_and_tables_come_once(portal: Client, mirror: Mirror, tmp_path: Path) -> None:
    for number in range(4):
        path = tmp_path / f"{number}.txt"
        path.write_text(f"day,rain\n1,{number // 2}\n")
        portal.resources.upload("rain-01", path, format="TXT")
    portal.datastore.push([{"n": n} for n in range(5)], dataset="rain-02", name="rows").run()
    with mirror:
        first = mirror.sync(portal, files=True, formats=["txt"], tables=True)
        assert first.files["fetched"] == 4
        assert first.files["table fetched"] >= 1
        kept = mirror.path.with_name("mirror.db.files")
        assert len(list((kept / "objects").iterdir())) == 2
        again = mirror.sync(portal, files=True, formats=["txt"], tables=True)
        assert again.files["unchanged"] == 4
        assert "table fetched" not in again.files
        assert mirror.verify() == 22
        for victim in (next((kept / "objects").iterdir()), next((kept / "tables").iterdir())):
            rot(victim)
            with pytest.raises(InvalidArgument, match=victim.name):
                mirror.verify()
        mended = mirror.sync(portal, files=True, formats=["txt"], tables=True).files
        assert mended["fetched"] >= mended["table fetched"] == 1
        assert mirror.verify() == 22
        assert mirror.prune() == 0
        assert len(list((kept / "objects").iterdir())) == 2
        for resource in portal.datasets.get("rain-01")["resources"][1:]:
            portal.resources.delete(resource["id"])
        mirror.sync(portal)
        mirror.prune()
        assert not list((kept / "objects").iterdir())
        assert len(list((kept / "tables").iterdir())) == len(mirror.tables()) >= 1


def test_reports_and_exports_say_the_same(portal: Client, mirror: Mirror, tmp_path: Path) -> None:
    mirror.sync(portal)
    portal.datasets.patch("rain-01", title="<b>Snow</b> & [ice]", tags=[{"name": "snow"}, {"name": "ice"}])
    portal.datasets.delete("rain-02")
    mirror.sync(portal)
    some = list(mirror.changes())
    assert "\\<b\\>Snow\\</b\\> & \\[ice\\]" in reports.as_markdown(some, portal.base_url)
    page = reports.as_html(some, portal.base_url)
    assert "<del>water</del></td><td><ins>ice, snow</ins>" in page
    assert "num_tags" not in page
    assert "<small>deleted</small>" in page
    assert "&lt;b&gt;Snow&lt;/b&gt; &amp; [ice]" in page
    assert "<b>" not in page
    feed = ET.fromstring(reports.as_atom(some, portal.base_url))  # noqa: S314 - our own
    assert [one.text for one in feed.iter("{http://www.w3.org/2005/Atom}title")][1:] == [
        "Gone: Rain of 1902",
        "Changed: <b>Snow</b> & [ice]",
    ]
    for form in ("jsonl", "folder", "parquet", "bagit"):
        assert mirror.export(tmp_path / form, form)["datasets"] == 19  # type: ignore[arg-type]
    mirror.export(tmp_path / "jsonl")
    assert json.loads((tmp_path / "jsonl" / "manifest.json").read_text())["changes_since_last_export"] is not None
    assert Snapshot.of(Dump(tmp_path / "jsonl")) == Snapshot.of(mirror)
    nested = pq.read_table(tmp_path / "parquet" / "datasets-nested.parquet").to_pylist()
    assert nested[0]["resources"][0]["url"] == "https://example.org/rain.csv"
    with pytest.raises(InvalidArgument, match="no export of a mirror"):
        mirror.export(tmp_path)


def test_every_query_for_the_browser_runs(portal: Client, mirror: Mirror) -> None:
    portal.datasets.patch("rain-03", resources=[{"url": "https://example.org/a.pdf", "format": "PDF"}])
    mirror.sync(portal)
    described = metadata(mirror)["databases"]["mirror"]
    assert {row["name"] for row in mirror.sql("SELECT name FROM sqlite_master")} >= described["tables"].keys()
    for query in described["queries"].values():
        parameters = ("rain",) if ":words" in query["sql"] else ()
        assert [*mirror.sql(query["sql"].replace(":words", "?"), *parameters)] or "changed" in query["title"]


def test_a_name_that_begins_with_a_hyphen_is_no_option(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[str]] = []
    monkeypatch.setattr("subprocess.run", lambda command, **_: ran.append(command) or CompletedProcess(command, 0))
    monkeypatch.chdir(tmp_path)
    sync(Mirror("-x.db"), Portal(3))
    assert serve(Mirror("-x.db"), 8001) == 0
    assert str(tmp_path / "-x.db") in ran[0]


def test_what_is_restored_to_its_own_portal_keeps_its_uploads(portal: Client, mirror: Mirror, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    portal.resources.upload("rain-01", tmp_path / "a.txt")
    mirror.sync(portal)
    portal.datasets.patch("rain-02", title="Changed")
    with portal.jobs.copy(mirror) as job:
        assert [one.operation.subject for one in job.entries("planned")] == ["dataset rain-02"]
        assert job.run().complete
    assert portal.datasets.get("rain-02")["title"] == "Rain of 1902"


def test_a_folder_of_others_is_no_place_for_an_export(portal: Client, mirror: Mirror, tmp_path: Path) -> None:
    mirror.sync(portal)
    web = tmp_path / "web"
    for manifest in ('{"name": "my app"}', "[]", "{bad"):
        web.mkdir(exist_ok=True)
        (web / "manifest.json").write_text(manifest)
        with pytest.raises(InvalidArgument, match="no export of a mirror"):
            mirror.export(web)
    mirror.export(tmp_path / "out")
    (tmp_path / "out" / "mine.txt").write_text("x")
    with pytest.raises(InvalidArgument, match=r"mine\.txt does not belong"):
        mirror.export(tmp_path / "out")


def test_a_mistyped_address_binds_no_mirror(portal: Client, mirror: Mirror) -> None:
    with (
        Client("http://127.0.0.1:1", "", progress=False, retries=RetryPolicy(attempts=1)) as nowhere,
        pytest.raises(TransportError),
    ):
        mirror.sync(nowhere)
    assert mirror.sync(portal).new == 22
    mirror.close()
    with pytest.raises(InvalidArgument, match="no mirror at"):
        Mirror(mirror.path.with_name("typo.db")).prune()
    assert not mirror.path.with_name("typo.db").exists()
