"""Loading, deleting and batches on a real CKAN: the whole life of each kind, and what is wrong in a row named and left out."""

from __future__ import annotations

import asyncio
import hashlib
import json
import uuid
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import openpyxl
import pytest

from tuckan import AsyncClient, Client
from tuckan.errors import ConfigurationError, InvalidArgument, NotAuthorized, NotFound, ValidationError
from tuckan.jobs.loading import STATES
from tuckan.jobs.records import refused_by_ckan
from tuckan.snapshot import differing, publisher_fields

if TYPE_CHECKING:
    from pathlib import Path

    from tuckan.client import Job
    from tuckan.sandbox import Sandbox

pytestmark = [pytest.mark.sandbox, pytest.mark.usefixtures("clean_portal", "journals")]

READS = ("_show", "_search", "_list", "_status")


@pytest.fixture
def journals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TUCKAN_JOBS_DIR", str(tmp_path / "jobs"))
    return tmp_path / "jobs"


@pytest.fixture
def ckan(ckan_client: Client) -> Client:
    ckan_client.call("organization_create", name="harbour", title="Harbour")
    ckan_client.call("group_create", name="water", title="Water")
    return ckan_client


def done(job: Job) -> dict[str, int]:
    """Run a job that must end well, and give what it did."""
    report = job.run()
    assert report.complete, (report, [entry.reason for entry in job.failures()])
    return {**report.done, **({"unchanged": report.unchanged} if report.unchanged else {})}


def _as(token: str, portal: Any) -> Client:
    return Client(portal.url, token)


def assert_same(ckan: Client, before: list[dict[str, Any]]) -> None:
    after = [publisher_fields(one) for one in ckan.datasets.list(include_private=True)]
    changed = [(one["name"], differing(other, one)) for one, other in zip(before, after, strict=True) if one != other]
    assert after == before, changed


def refusals(job: Job) -> dict[str, str]:
    return {entry.operation.origin: entry.reason for entry in job.failures()}


def datasets(number: int, **more: Any) -> list[dict[str, Any]]:
    return [
        {
            "name": f"rain-{n}",
            "title": f"Rain {n}",
            "notes": "Fell from the sky.",
            "owner_org": "harbour",
            "license_id": "cc-by",
            "private": n % 2 == 1,
            "tags": ["sky", "rain"],
            "groups": ["water"],
            "extras": {"level": n},
            "resources": [{"name": "A", "url": f"https://example.org/{n}.csv", "format": "CSV"}],
            **more,
        }
        for n in range(number)
    ]


def test_the_life_of_datasets(ckan: Client) -> None:
    assert done(ckan.jobs.load(datasets(12))) == {"created": 12}
    before = [publisher_fields(one) for one in ckan.datasets.list(include_private=True)]
    assert {one["groups"][0]["name"] for one in before} == {"water"}
    assert done(ckan.jobs.load(datasets(12))) == {"unchanged": 12}

    job = ckan.jobs.load([{"name": "rain-3", "title": "Snow", "tags": []}, *datasets(12)[4:]])
    assert str(job.plan()) == "1 to be changed, 8 unchanged"
    assert done(job) == {"changed": 1, "unchanged": 8}
    snow = ckan.datasets.get("rain-3")
    assert (snow["title"], snow["notes"], snow["tags"]) == ("Snow", "Fell from the sky.", [])
    assert done(job.undo()) == {"changed": 1}
    assert_same(ckan, before)

    deleting = ckan.jobs.delete(["rain-1", {"name": "rain-2"}, {"id": snow["id"]}])
    assert done(deleting) == {"deleted": 3}
    assert ckan.datasets.search(rows=0, include_private=True)["count"] == 9
    assert done(ckan.jobs.delete(["rain-1"])) == {"unchanged": 1}
    assert done(deleting.undo()) == {"restored": 3}
    assert_same(ckan, before)

    assert done(ckan.jobs.delete(filters={"organization": "harbour"}, include_private=True, purge=True)) == {
        "deleted": 12
    }
    with pytest.raises(NotFound):
        ckan.datasets.get("rain-0")


def test_what_was_loaded_is_purged_by_undo(ckan: Client) -> None:
    job = ckan.jobs.load(datasets(3))
    done(job)
    assert done(job.undo()) == {"deleted": 3}
    assert ckan.datasets.search(rows=0, include_private=True)["count"] == 0
    assert done(ckan.jobs.load(datasets(3))) == {"created": 3}


@pytest.mark.parametrize("kind", ["organization", "group"])
def test_the_life_of_organizations_and_groups(ckan: Client, kind: Any) -> None:
    ckan.call("user_create", name="ann", email="ann@example.org", password="correct horse")
    records = [
        {"name": f"{kind}-{n}", "title": f"Number {n}", "description": "x", "extras": {"floor": n}} for n in range(5)
    ]
    records[0]["users"] = [{"name": "ann", "capacity": "editor"}]
    creating = ckan.jobs.load(records, kind)
    assert done(creating) == {"created": 5}
    namespace: Any = getattr(ckan, f"{kind}s")
    assert {(one["name"], one["capacity"]) for one in namespace.get(f"{kind}-0")["users"]} >= {("ann", "editor")}
    assert done(ckan.jobs.load(records, kind)) == {"unchanged": 5}

    job = ckan.jobs.load([{"name": f"{kind}-1", "description": "y", "extras": {}}], kind)
    assert done(job) == {"changed": 1}
    changed = namespace.get(f"{kind}-1")
    assert (changed["title"], changed["description"], changed["extras"]) == ("Number 1", "y", [])
    assert done(job.undo()) == {"changed": 1}
    assert done(ckan.jobs.load(records, kind)) == {"unchanged": 5}

    deleting = ckan.jobs.delete([f"{kind}-1", f"{kind}-2"], kind)
    assert done(deleting) == {"deleted": 2}
    assert namespace.get(f"{kind}-1")["state"] == "deleted"
    assert done(deleting.undo()) == {"restored": 2}
    assert done(ckan.jobs.load(records, kind)) == {"unchanged": 5}
    assert done(creating.undo()) == {"deleted": 5}
    with pytest.raises(NotFound):
        namespace.get(f"{kind}-1")


def test_an_organization_with_an_id_gets_its_parent(ckan: Client) -> None:
    given = {"id": "0c4f2f6e-57f5-4d34-9d1f-2f3c6a3f9b11", "name": "pier", "groups": [{"name": "harbour"}]}
    assert done(ckan.jobs.load([given], "organization")) == {"created": 1}
    there = ckan.call("organization_show", id="pier")
    assert (there["id"], [one["name"] for one in there["groups"]]) == (given["id"], ["harbour"])
    assert done(ckan.jobs.load([given], "organization")) == {"unchanged": 1}


def test_an_organization_whose_creation_was_interrupted_gets_its_parent(ckan: Client) -> None:
    given = {"id": "5b0c3a61-5f0e-4b7e-9d54-6c1a8a3f9b12", "name": "jetty", "groups": [{"name": "harbour"}]}
    with ckan.jobs.load([given], "organization") as job:
        ckan.organizations.create(id=given["id"], name="jetty")  # as an earlier run that was killed after it
        assert job.run().done == {"created": 1}
    assert [one["name"] for one in ckan.call("organization_show", id="jetty")["groups"]] == ["harbour"]


def test_the_life_of_users_and_their_passwords(ckan: Client, journals: Path) -> None:
    records = [
        {
            "name": f"user-{n}",
            "email": f"user-{n}@example.org",
            "password": f"correct horse {n}",
            "fullname": f"User {n}",
        }
        for n in range(4)
    ]
    creating = ckan.jobs.load([*records, {"name": "nobody"}, {**records[0], "password": "correct horse x"}], "user")
    assert refusals(creating) == {
        "record 5": "a new user needs an email address and a password",
        "record 6": "the same user is already in record 1",
    }
    assert creating.run().done == {"created": 4}
    kept = b"".join(file.read_bytes() for file in journals.iterdir())
    assert b"correct horse" not in kept
    assert b"user-0@example.org" in kept
    assert done(ckan.jobs.load(records, "user")) == {"unchanged": 4}, "passwords are for new users alone"

    job = ckan.jobs.load([{"name": "user-1", "about": "Hello", "password": "another horse"}], "user")
    assert done(job) == {"changed": 1}
    assert b"another horse" not in b"".join(file.read_bytes() for file in journals.iterdir())
    assert done(job.undo()) == {"changed": 1}
    assert not ckan.users.get("user-1")["about"]

    deleting = ckan.jobs.delete(["user-1", "user-2"], "user")
    assert done(deleting) == {"deleted": 2}
    assert ckan.users.get("user-1")["state"] == "deleted"
    assert done(deleting.undo()) == {"restored": 2}
    assert ckan.users.get("user-1")["state"] == "active"
    with pytest.raises(InvalidArgument, match="can't purge a user"):
        ckan.jobs.delete(["user-1"], "user", purge=True)


def test_the_life_of_a_batch(ckan: Client, tmp_path: Path) -> None:
    (tmp_path / "flow.csv").write_text("a,b\n1,2\n")
    calls = [
        {"action": "package_create", "data": {"name": "flow", "owner_org": "harbour"}},
        {"action": "resource_create", "data": {"package_id": "flow", "name": "Flow"}, "files": {"upload": "flow.csv"}},
        {"action": "package_patch", "data": {"id": "flow", "title": "Flow"}},
        {"action": "package_show", "data": {"id": "gone"}},
        {"action": "package_create", "data": {"name": "x"}, "files": {"upload": "nowhere.csv"}},
        {"data": {"id": "flow"}},
        {"action": "package_show", "data": ["x"]},
    ]
    (tmp_path / "calls.jsonl").write_text("".join(json.dumps(one) + "\n" for one in calls))
    job = ckan.jobs.batch(tmp_path / "calls.jsonl")
    found = refusals(job)
    assert found["calls.jsonl, line 5"].startswith("there is no file")
    assert found["calls.jsonl, line 6"].startswith("it names no action")
    assert found["calls.jsonl, line 7"] == "data and files must be objects"
    report = job.run()
    assert dict(report.done) == {"created": 2, "changed": 1}
    assert (report.failed, refusals(job)["calls.jsonl, line 4"]) == (4, "package_show (id=gone): Not found")
    flow = ckan.datasets.get("flow")
    assert (flow["title"], flow["resources"][0]["url_type"]) == ("Flow", "upload")
    undone = job.undo()
    assert undone.plan().total == 0
    assert all("can't be undone" in entry.reason for entry in undone.failures())


BAD_ROWS: list[tuple[dict[str, Any], str]] = [
    ({"title": "Nameless"}, "it has no name"),
    ({"name": "Rain in May"}, "the name 'Rain in May' is not valid"),
    ({"name": "x"}, "2 to 100 characters"),
    ({"name": "x" * 101}, "2 to 100 characters"),
    ({"name": "new"}, "CKAN reserves it"),
    ({"name": "bad-1", "owner_org": "atlantis"}, "there is no organization 'atlantis'"),
    ({"name": "bad-2", "groups": ["atlantis"]}, "there is no group 'atlantis'"),
    ({"name": "bad-3", "license_id": "cc-bye"}, "there is no license 'cc-bye'"),
    ({"name": "bad-4", "tags": "sky, rain"}, "tags: a list is wanted, not a text"),
    ({"name": "bad-5", "resources": {"url": "x"}}, "resources: a list is wanted"),
    ({"name": "bad-6", "private": "ja"}, "private: 'ja' is neither true nor false"),
    ({"name": "bad-7", "title": ["a"]}, "title: text is required"),
    ({"name": "bad-8", "extras": [{"key": "a", "value": 1}, {"key": "a", "value": 2}]}, "extras: 'a' is given twice"),
    ({"name": "bad-9", "resources": [{"name": "A", "upload": "nowhere.csv"}]}, "there is no file"),
    ({"name": "good"}, "the same dataset is already in d.jsonl, line 1"),
    ({"id": str(uuid.uuid4())}, "there is no dataset with this id, and a new record needs a name"),
]


BY_A_SCHEMA = {"title: text is required": "title: ['a'] is not text"}
"""What is said where the portal has a schema of its own."""
OF_NO_SCHEMA = "nickname: the schema of organization has no such field; leave_out=['nickname'] sends the rest"


def test_bad_rows_are_named_and_nothing_else_is_lost(ckan: Client, tmp_path: Path) -> None:
    good = {"name": "good", "owner_org": "harbour"}
    rows = [good, *({"owner_org": "harbour", **row} for row, _ in BAD_ROWS), {**good, "name": "better"}]
    (tmp_path / "d.jsonl").write_text("".join(json.dumps(one) + "\n" for one in rows) + "{nope\n")
    job = ckan.jobs.load(tmp_path / "d.jsonl")
    found = refusals(job)
    for line, (row, reason) in enumerate(BAD_ROWS, 2):
        said = found[f"d.jsonl, line {line}"]
        assert reason in said or BY_A_SCHEMA.get(reason, reason) in said, row
    assert "invalid JSON" in found[f"d.jsonl, line {len(rows) + 1}"]
    report = job.run()
    assert dict(report.done) == {"created": 2}
    assert report.failed == len(BAD_ROWS) + 1
    assert {one["name"] for one in ckan.datasets.list()} == {"good", "better"}


REFUSED_BY_CKAN: list[dict[str, Any]] = [
    {"tags": [{"name": "sun & sky"}]},
    {"author_email": "ann at home"},
    {"maintainer_email": "ann..b@example.org"},
    {"version": "1" * 101},
    {"extras": [{"key": "title", "value": "x"}]},
    {"extras": [{"key": "owner_org", "value": "x"}]},
    {"resources": [{"url": "https://example.org", "size": "5 MB"}]},
]
TAKEN_BY_CKAN: dict[str, Any] = {
    "tags": [{"name": "Überflutung 2.0_a-b"}],
    "maintainer_email": " ann.b+x@mail.example.org ",
    "extras": [{"key": "organization", "value": "x"}],
    "resources": [{"url": "https://example.org", "size": "12"}, {"url": "https://example.org/b", "size": 3.0}],
}


def test_a_plan_refuses_what_ckan_itself_refuses_and_nothing_else(ckan: Client) -> None:
    refused = set[str]()
    for number, bad in enumerate(REFUSED_BY_CKAN):
        assert refused_by_ckan(bad, {}), bad
        try:
            ckan.call("package_create", name=f"bad-{number}", owner_org="harbour", **bad)
        except ValidationError:
            refused.add(f"record {number + 1}")
    # A schema of the portal's own may take what CKAN's own refuses.
    plain = ckan.schemas.get().source == "ckan"
    assert len(refused) == len(REFUSED_BY_CKAN) or not plain
    assert not refused_by_ckan(TAKEN_BY_CKAN, {})
    ckan.call("package_create", name="taken", owner_org="harbour", **TAKEN_BY_CKAN)
    rows = [{"name": f"new-{number}", "owner_org": "harbour", **bad} for number, bad in enumerate(REFUSED_BY_CKAN)]
    twice = {"owner_org": "harbour", "resources": [{"id": str(uuid4()), "url": "https://example.org/c"}]}
    job = ckan.jobs.load([*rows, {"name": "one", **twice}, {"name": "two", **twice}], dry_run=True)
    found = refusals(job)
    assert "is already in record 8" in found.pop(f"record {len(rows) + 2}")
    assert set(found) == refused if plain else found.keys() <= refused
    job.close()


def test_a_name_in_a_row_that_the_portal_does_not_know_is_told_with_the_one_like_it(ckan: Client) -> None:
    job = ckan.jobs.load([{"name": "a1", "owner_org": "harbor", "license_id": "cc-bi"}], dry_run=True)
    reason = next(job.failures()).reason
    assert reason == (
        "there is no organization 'harbor' (did you mean 'harbour'?); there is no license 'cc-bi' (did you mean 'cc-by'?)"
    )
    job.close()
    ckan.organizations.patch("harbour", title="Port Authority")
    titled = ckan.jobs.load([{"name": "a1", "owner_org": "Port authority", "groups": ["Water"]}], dry_run=True)
    assert next(titled.failures()).reason == (
        "there is no organization 'Port authority' (did you mean 'harbour'?); there is no group 'Water' (did you mean 'water'?)"
    )
    titled.close()


def test_a_patch_of_a_misspelled_field_or_license_is_refused_before(ckan: Client) -> None:
    ckan.datasets.create(name="rain", owner_org="harbour", license_id="cc-by")
    with pytest.raises(InvalidArgument, match="no field 'license'") as caught:
        ckan.jobs.patch({"license": "cc-by"}, fq="organization:harbour")
    assert caught.value.hint == "Did you mean 'license_id'?"
    with pytest.raises(NotFound, match="no license 'cc-bi'"):
        ckan.jobs.patch({"license_id": "cc-bi"}, fq="organization:harbour")
    for fine in ({"license_id": ""}, {"license_id": "cc-by"}, {"frequency": "daily"}, {"title": "Rain"}):
        ckan.jobs.patch(fine, fq="organization:harbour", dry_run=True).close()


def test_what_the_portal_alone_can_refuse(ckan: Client) -> None:
    tag = {"name": "sky", "vocabulary_id": "nowhere"}
    job = ckan.jobs.load([*datasets(3), {"name": "bad", "owner_org": "harbour", "tags": [tag]}])
    report = job.run()
    assert (dict(report.done), report.failed) == ({"created": 3}, 1)
    assert "tags" in refusals(job)["record 4"]


def test_a_table_and_what_it_does_not_speak_of(ckan: Client, tmp_path: Path) -> None:
    done(ckan.jobs.load(datasets(2, resources=[{"url": "https://example.org/a"}, {"url": "https://example.org/b"}])))
    (tmp_path / "d.csv").write_text(
        "name;title;extras.depth;resource_url;tags;notes\n"
        "rain-0;Regen 0;7;https://example.org/c;sky, snow;\n"
        "rain-1;Regen 1;;;;\n"
        "rain-2;Regen 2;9;https://example.org/d;;\n"
    )
    refused = ckan.jobs.load(tmp_path / "d.csv", create=False)
    assert refusals(refused) == {"d.csv, line 4": "it does not exist, and only existing records are updated"}
    left = ckan.jobs.load([{**one, "title": "X"} for one in datasets(2)], update=False)
    assert str(left.plan()) == "2 unchanged"
    job = ckan.jobs.load(tmp_path / "d.csv", create=False)
    assert dict(job.run().done) == {"changed": 2}
    first = ckan.datasets.get("rain-0")
    assert (first["title"], first["notes"]) == ("Regen 0", "Fell from the sky.")
    assert {one["key"]: one["value"] for one in first["extras"]} == {"level": "0", "depth": "7"}
    assert [one["url"] for one in first["resources"]] == ["https://example.org/c", "https://example.org/b"]
    assert [one["name"] for one in first["tags"]] == ["sky", "snow"]
    second = ckan.datasets.get("rain-1")
    assert [one["url"] for one in second["resources"]] == ["https://example.org/a", "https://example.org/b"]
    assert [one["name"] for one in second["tags"]] == ["rain", "sky"]
    assert done(job.undo()) == {"changed": 2}


def test_resources_keep_their_ids(ckan: Client) -> None:
    two = [{"name": "A", "url": "https://example.org/a"}, {"name": "B", "url": "https://example.org/b"}]
    done(ckan.jobs.load(datasets(1, resources=two)))
    ids = {one["name"]: one["id"] for one in ckan.datasets.get("rain-0")["resources"]}
    three = [{"name": "C", "url": "https://example.org/c"}, {"name": "B", "url": "https://example.org/b2"}, two[0]]
    done(ckan.jobs.load([{"name": "rain-0", "resources": three}]))
    after = ckan.datasets.get("rain-0")["resources"]
    assert [one["name"] for one in after] == ["C", "B", "A"]
    assert {one["name"]: one["id"] for one in after} | ids == {one["name"]: one["id"] for one in after}


def test_files_are_uploaded_and_not_sent_again(ckan: Client, tmp_path: Path) -> None:
    (tmp_path / "flow.csv").write_text("a,b\n1,2\n")
    (tmp_path / "d.csv").write_text("name,owner_org,resources.0.upload\nflow,harbour,flow.csv\n")
    assert done(ckan.jobs.load(tmp_path / "d.csv")) == {"created": 1, "uploaded": 1}
    resource = ckan.datasets.get("flow")["resources"][0]
    assert (resource["name"], resource["url_type"], resource["url"].rpartition("/")[2]) == (
        "flow.csv",
        "upload",
        "flow.csv",
    )
    assert resource["format"] == "CSV"
    assert done(ckan.jobs.load(tmp_path / "d.csv")) == {"unchanged": 1}
    unnamed = {"name": "flow", "resources": [{"upload": str(tmp_path / "flow.csv")}]}
    assert done(ckan.jobs.load([unnamed])) == {"unchanged": 1}
    theirs = hashlib.md5((tmp_path / "flow.csv").read_bytes(), usedforsecurity=False).hexdigest()
    ckan.call("resource_patch", id=resource["id"], hash=theirs)
    assert done(ckan.jobs.load([unnamed])) == {"unchanged": 1}, "a loader's hash is believed once the file was compared"
    (tmp_path / "flow.csv").write_text("a,b\n3,4\n")
    assert done(ckan.jobs.load(tmp_path / "d.csv")) == {"unchanged": 1, "uploaded": 1}
    assert ckan.datasets.get("flow")["resources"][0]["id"] == resource["id"]


def test_a_link_in_place_of_a_file(ckan: Client, tmp_path: Path) -> None:
    (tmp_path / "flow.csv").write_text("a,b\n1,2\n")
    record = {
        "name": "flow",
        "owner_org": "harbour",
        "resources": [{"name": "A", "upload": str(tmp_path / "flow.csv")}],
    }
    done(ckan.jobs.load([record]))
    done(ckan.jobs.load([{"name": "flow", "resources": [{"name": "A", "url": "https://example.org/flow.csv"}]}]))
    resource = ckan.datasets.get("flow")["resources"][0]
    assert (resource["url"], resource["url_type"] or "") == ("https://example.org/flow.csv", "")


def test_a_second_load_sends_no_write(ckan: Client, ckan_sandbox: Sandbox, proxy: Any) -> None:
    records = datasets(150)
    done(ckan.jobs.load(records))
    with _as(ckan_sandbox.token(), proxy) as client:
        assert done(client.jobs.load(records)) == {"unchanged": 150}
    actions = [one.action for one in proxy.seen]
    assert all(action.endswith(READS) for action in actions), actions
    assert actions.count("package_search") == 2, "100 at a time"
    assert actions.count("organization_show") == 1
    assert actions.count("package_show") == 0


def test_a_dump_of_another_portal(ckan: Client, ckan_sandbox: Sandbox) -> None:
    ids = [str(uuid.uuid4()) for _ in range(3)]
    dump = {
        "id": ids[0], "name": "from-afar", "title": "From afar", "metadata_created": "2020-01-01T00:00:00",
        "metadata_modified": "2020-01-01T00:00:00", "creator_user_id": ids[1], "num_resources": 1, "num_tags": 1,
        "isopen": True, "license_id": "of-theirs", "license_title": "Of theirs", "license_url": "https://example.org",
        "owner_org": ids[1], "organization": {"id": ids[1], "name": "harbour", "title": "Theirs"},
        "relationships_as_subject": [], "relationships_as_object": [], "revision_id": ids[2], "state": "active",
        "groups": [{"id": ids[2], "name": "water", "display_name": "Water"}], "extras": [{"key": "a", "value": "b"}],
        "tags": [{"id": ids[2], "name": "sky", "display_name": "sky", "state": "active", "vocabulary_id": None}],
        "resources": [{
            "id": ids[2], "package_id": ids[0], "name": "A", "url_type": "upload", "datastore_active": True,
            "url": "https://example.org/dataset/x/resource/y/download/a.csv", "position": 0, "revision_id": ids[2],
        }],
    }  # fmt: skip
    job = ckan.jobs.load([dump])
    assert done(job) == {"created": 1}, "an administrator keeps the ids"
    found = ckan.datasets.get("from-afar")
    assert (found["id"], found["resources"][0]["id"], found["organization"]["name"]) == (ids[0], ids[2], "harbour")
    assert (found["resources"][0]["url"], found["resources"][0]["url_type"]) == (dump["resources"][0]["url"], None)
    assert found["groups"][0]["name"] == "water"
    assert done(ckan.jobs.load([dump])) == {"unchanged": 1}
    assert done(ckan.jobs.load([found])) == {"unchanged": 1}
    done(job.undo())

    ckan.call("user_create", name="ed", email="ed@example.org", password="correct horse")
    ckan.call("organization_member_create", id="harbour", username="ed", role="editor")
    ckan.call("group_member_create", id="water", username="ed", role="editor")
    token = ckan.tokens.create("ed", "test")["token"]
    with _as(token, ckan_sandbox) as editor:
        assert done(editor.jobs.load([dump])) == {"created": 1}, "others get new ids"
        assert editor.datasets.get("from-afar")["id"] != ids[0]
        assert done(editor.jobs.load([dump])) == {"unchanged": 1}


def test_excel_goes_in(ckan: Client, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Data"
    sheet.append(["name", "Titel", "owner_org", "private", "extras.level"])
    sheet.append(["rain-0", "Regen", "harbour", True, 3])
    sheet.append(["rain-1", "Schnee", "harbour", "vielleicht", 4])
    book.save(tmp_path / "plan.xlsx")
    job = ckan.jobs.load(tmp_path / "plan.xlsx", mapping={"Titel": "title"})
    assert refusals(job) == {"plan.xlsx, sheet Data, row 3": "private: 'vielleicht' is neither true nor false"}
    assert dict(job.run().done) == {"created": 1}
    found = ckan.datasets.get("rain-0")
    assert (found["title"], found["private"], found["extras"][0]["value"]) == ("Regen", True, "3")


def test_nothing_is_chosen_or_named(ckan: Client, ckan_sandbox: Sandbox, tmp_path: Path, jobs_folder: Path) -> None:
    with pytest.raises(InvalidArgument, match="No datasets are selected"):
        ckan.jobs.delete()
    with pytest.raises(InvalidArgument, match="Names and a search are mutually exclusive"):
        ckan.jobs.delete(["a"], q="*:*")
    with pytest.raises(InvalidArgument, match="Name 2 is empty"):
        ckan.jobs.delete(["a", " "])
    (tmp_path / "names.txt").write_text("\n \n")
    for nothing in ([], tmp_path / "names.txt"):
        with pytest.raises(InvalidArgument, match=r"neither a name|no name"):
            ckan.jobs.delete(nothing)
    assert list(jobs_folder.glob("*.sqlite*")) == [], "what was refused leaves no journal"
    with pytest.raises(InvalidArgument, match="can't be loaded"):
        ckan.jobs.load([], "licence")  # type: ignore[arg-type]
    with _as("", ckan_sandbox) as nobody, pytest.raises(NotAuthorized):
        nobody.jobs.load([{"name": "x"}])
    job = ckan.jobs.delete(["gone", "gone-too"])
    assert refusals(job) == {
        "name 1": "there is no dataset 'gone'",
        "name 2": "there is no dataset 'gone-too'",
    }


def test_the_name_of_what_was_deleted(ckan: Client) -> None:
    done(ckan.jobs.load(datasets(1)))
    deleting = ckan.jobs.delete(["rain-0"])
    done(deleting)
    again = ckan.jobs.load(datasets(1, title="Again"))
    assert done(again) == {"created": 1}, "CKAN gives the name of a deleted dataset to another"
    report = deleting.undo().run()
    assert (report.complete, report.done) == (True, {"restored": 1}), "and calls the deleted one by its id from then on"
    assert "1 stored in another form: name (another dataset has it now" in str(report)
    assert ckan.datasets.get("rain-0")["title"] == "Again"

    ckan.call("organization_create", name="closed")
    done(ckan.jobs.delete(["closed"], "organization"))
    job = ckan.jobs.load([{"name": "closed", "title": "Open"}], "organization")
    assert done(job) == {"restored": 1}, "but keeps that of an organization"


def test_answers_that_are_lost(ckan: Client, ckan_sandbox: Sandbox, proxy: Any, faults: Any) -> None:
    with _as(ckan_sandbox.token(), proxy) as client:
        for action in ("organization_create", "user_create"):
            proxy.next(faults.reset_after, action=action)
            kind: Any = action.partition("_")[0]
            user = {"email": "lost@example.org", "password": "correct horse"} if kind == "user" else {}
            assert done(client.jobs.load([{"name": "lost", **user}], kind)) == {"created": 1}
        proxy.next(faults.reset_after, action="group_delete")
        assert done(client.jobs.delete(["water"], "group")) == {"deleted": 1}
        proxy.next(faults.reset_after, action="package_create")
        assert done(
            client.jobs.batch([{"action": "package_create", "data": {"name": "found", "owner_org": "lost"}}])
        ) == {"created": 1}
        proxy.next(faults.reset_after, action="resource_create")
        job = client.jobs.batch(
            [{"action": "resource_create", "data": {"package_id": "found", "url": "https://example.org"}}]
        )
        assert job.run().failed == 1
        assert job.run().failed == 1, "what can't be looked up is not repeated, however often one goes on"
        assert "may have" in next(job.failures()).reason
    assert len(proxy.calls("resource_create")) == 1
    assert len(ckan.datasets.get("found")["resources"]) == 1


def test_the_asynchronous_twin(ckan: Client, ckan_sandbox: Sandbox) -> None:
    async def life() -> None:
        async with AsyncClient(ckan_sandbox.url, ckan_sandbox.token()) as client:
            async with await client.jobs.load(datasets(5)) as job:
                assert (await job.run()).done == {"created": 5}
            with pytest.raises(ConfigurationError):
                list(job.failures())
            deleting = await client.jobs.delete(q="title:Rain", include_private=True)
            assert (await deleting.run()).done == {"deleted": 5}
            batch = await client.jobs.batch(
                [{"action": "package_create", "data": {"name": "x1", "owner_org": "harbour"}}]
            )
            assert (await batch.run()).done == {"created": 1}

    asyncio.run(life())


def test_what_the_portal_does_not_keep_is_wrong_and_what_it_keeps_in_another_form_is_counted(ckan: Client) -> None:
    records = [
        {"name": f"tides-{n}", "owner_org": "harbour", "title": title, "license": license_}
        for n, title, license_ in ((1, " High", ""), (2, "Low ", ""), (3, "Spring", "cc-by"))
    ]
    with ckan.jobs.load(records) as job:
        report = job.run()
        if ckan.schemas.get().source == "scheming":
            [reason] = report.reasons
            assert reason == "license: the schema of dataset has no such field; did you mean license_id?"
        else:
            reason = "not kept: license (did you mean license_id?): sent 'cc-by', found no such field"
            assert (report.wrong, report.reasons, report.kept_as) == (1, {reason: 1}, {"title": 2})
            assert "2 stored in another form: title" in str(report)
    with ckan.jobs.load([{"name": "harbour", "description": "A ", "nickname": "x"}], kind="organization") as job:
        [reason] = job.run().reasons
        assert reason in ("not kept: nickname: sent 'x', found no such field", OF_NO_SCHEMA)


def test_a_part_of_a_search_that_was_saved_is_loaded_as_what_it_is(ckan_client: Client, tmp_path: Path) -> None:
    names = [{"name": "saved-rain"}, {"name": "saved-snow"}]
    reply = {"help": "help_show?name=package_search", "success": True, "result": {"count": 3, "results": names}}
    (tmp_path / "a.json").write_text(json.dumps(reply))
    job = ckan_client.jobs.load(tmp_path / "a.json", dry_run=True)
    assert [entry.operation.subject for entry in job.entries()] == ["dataset saved-rain", "dataset saved-snow"]
    assert job.notes == ("A saved reply has 2 records of 3; the others are not in the file",)


def test_resources_that_one_may_not_load_are_refused_and_do_not_stop_the_others(
    ckan: Client, ckan_sandbox: Sandbox
) -> None:
    ckan.call("user_create", name="ann", email="ann@example.org", password="correct horse")
    ckan.call("organization_create", name="mine", users=[{"name": "ann", "capacity": "editor"}])
    for owner in ("harbour", "mine"):
        table = {"name": f"table of {owner}", "url": "http://127.0.0.1:9/none.csv", "format": "CSV"}
        ckan.call("package_create", name=f"of-{owner}", owner_org=owner, resources=[table])
    with _as(str(ckan.tokens.create("ann", "loads")["token"]), ckan_sandbox) as ann:
        told = {one["name"]: one for one in ann.datapusher.status_all(states=["loaded"])}
        assert list(told) == ["table of harbour"]
        assert told["table of harbour"]["state"] == "unknown"
        job = ann.datapusher.submit_all(everything=True, states=STATES)
        assert (job.plan().total, job.plan().refused) == (1, 1)
        (refused,) = job.failures()
        assert refused.operation.subject == "resource table of harbour of of-harbour"
        assert refused.reason == told["table of harbour"]["error"]
        job.discard()
