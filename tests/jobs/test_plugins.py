"""Jobs on portals whose plugins name datasets, keep lists, compute fields, and change what was just uploaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from tests.portals import UnrulySandbox

from tuckan import Client
from tuckan.errors import KeptAs
from tuckan.jobs.kinds import kind_of

if TYPE_CHECKING:
    from pathlib import Path

    from tuckan.client import Job
    from tuckan.sandbox import Sandbox

pytestmark = pytest.mark.sandbox


@pytest.fixture
def owner(ckan_client: Client) -> str:
    name = f"owner-{uuid4()}"
    ckan_client.organizations.create(name=name)
    return name


def done(job: Job) -> dict[str, int]:
    """Run a job that must end well, and give what it did."""
    with job:
        report = job.run()
        assert report.complete, (report, [entry.reason for entry in job.failures()])
        return {**report.done, **({"unchanged": report.unchanged} if report.unchanged else {})}


@pytest.mark.unruly("makes_names")
@pytest.mark.parametrize("role", ["administrator", "editor"])
def test_what_the_portal_names_and_renames(
    ckan_client: Client, ckan_sandbox: Sandbox, owner: str, tmp_path: Path, role: str
) -> None:
    with client_of(role, ckan_client, ckan_sandbox, owner) as ckan:
        load_what_is_renamed(ckan, owner, tmp_path)


def client_of(role: str, ckan: Client, sandbox: Sandbox, owner: str) -> Client:
    """A client with the token of an administrator, or of somebody who may edit what an organization has."""
    if role == "administrator":
        return sandbox.client()
    name = f"ed{uuid4().hex}"
    ckan.users.create(name, f"{name}@example.org")
    ckan.organizations.add_member(owner, name, "editor")
    return Client(sandbox.url, ckan.tokens.create(name, "load")["token"])


def load_what_is_renamed(ckan: Client, owner: str, tmp_path: Path) -> None:
    serial = str(uuid4())
    file = tmp_path / "manual.txt"
    file.write_text("Press the button.")
    resources = [{"name": "manual", "upload": str(file)}]
    record: dict[str, Any] = {"title": f"CTD {serial}", "url": serial, "owner_org": owner, "resources": resources}
    assert done(ckan.jobs.load([record], key="url")) == {"created": 1, "uploaded": 1}
    there = ckan.datasets.get(f"river-ctd-{serial}")
    assert there["resources"][0]["url"].endswith("manual.txt")
    assert done(ckan.jobs.load([record], key="url")) == {"unchanged": 1}

    job = ckan.jobs.load([{**record, "name": "mine", "title": f"Probe {serial}"}], key="url", leave_out="name")
    assert job.run().done == {"changed": 1}
    assert ckan.datasets.get(there["id"])["name"] == f"river-probe-{serial}"
    assert done(job.undo()) == {"changed": 1}
    assert ckan.datasets.get(there["id"])["name"] == there["name"]
    job.close()

    with ckan.jobs.load([{"name": f"n-{serial}", "title": f"Other {serial}", "owner_org": owner}]) as job:
        assert job.run().wrong == 1
        [entry] = job.failures()
        assert f"The portal named it 'river-other-{serial}'" in entry.reason
        assert 'key="title", leave_out="name"' in entry.reason


@pytest.mark.unruly("numbers_names")
@pytest.mark.parametrize("role", ["administrator", "editor"])
def test_a_lost_answer_is_no_second_dataset_where_the_portal_makes_names(
    ckan_client: Client, ckan_sandbox: Sandbox, owner: str, proxy: Any, faults: Any, role: str
) -> None:
    title = f"Rain {uuid4()}"
    record = {"name": f"n-{uuid4()}", "title": title, "owner_org": owner}
    with client_of(role, ckan_client, ckan_sandbox, owner) as ckan:
        token = ckan.settings.token
    with Client(proxy.url, token) as ckan, ckan.jobs.load([record]) as job:
        proxy.next(faults.reset_after, action="package_create")
        report = job.run()
        [entry] = job.failures()
        if role == "administrator":
            assert report.wrong == 1, "it is known by its id"
            assert "The portal named it 'number-" in entry.reason
        else:
            assert report.failed == 1
            assert "the answer was lost, and 'number-" in entry.reason
            assert job.run(retry_failed=True).failed == 1, "it is not sent again"
    assert len(proxy.calls("package_create")) == 1
    found = ckan_client.datasets.list(filters={"title": title}, include_private=True)
    assert [one["title"] for one in found] == [title]

    with client_of(role, ckan_client, ckan_sandbox, owner) as ckan:
        job = ckan.jobs.load([{**record, "title": f"Other {uuid4()}"}])
        assert job.notes == ()
        job.run()
        job.close()
        assert ckan.portal.capabilities().limitations == ("datasets are renamed by the portal",)
        with ckan.jobs.load([{**record, "title": f"Third {uuid4()}"}], dry_run=True) as job:
            assert job.notes == (
                "this portal renames 1 dataset that will be created: find them by other fields than the name",
            )


@pytest.mark.unruly("makes_lists")
def test_a_list_that_the_portal_makes_of_a_text_is_no_change(ckan_client: Client, owner: str) -> None:
    record = {"name": f"lists-{uuid4()}", "owner_org": owner, "author": "Ann, Bo"}
    assert done(ckan_client.jobs.load([record])) == {"created": 1}
    assert ckan_client.datasets.get(record["name"])["author"] == ["Ann", "Bo"]
    assert done(ckan_client.jobs.load([record])) == {"unchanged": 1}
    assert done(ckan_client.jobs.load([{**record, "author": "Ann, Cy"}])) == {"changed": 1}
    with pytest.warns(KeptAs):
        assert ckan_client.datasets.patch(record["name"], author="Di")["author"] == ["Di"]


@pytest.mark.unruly("computes")
def test_what_the_portal_computes_is_neither_sent_nor_undone(ckan_client: Client, owner: str) -> None:
    name = f"computes-{uuid4()}"
    ckan_client.datasets.create(name=name, title="Rain", owner_org=owner)
    there = ckan_client.datasets.get(name)
    with ckan_client.jobs.load([{"name": name, "title": "Snow"}]) as job:
        assert job.run().done == {"changed": 1}
        with job.undo() as undo:
            [entry] = undo.entries()
            assert set(kind_of(entry.operation.kind).intent(entry.operation).fields) == {"title"}
            assert undo.run().done == {"changed": 1}
    assert done(ckan_client.jobs.load([there], leave_out=["citation"])) == {"unchanged": 1}


@pytest.mark.unruly("restamps")
def test_a_resource_that_the_portal_changes_after_its_upload(ckan_client: Client, owner: str, tmp_path: Path) -> None:
    file = tmp_path / "levels.csv"
    file.write_text("level\n1\n")
    resources = [{"name": "levels", "upload": str(file)}]
    record = {"name": f"stamps-{uuid4()}", "owner_org": owner, "resources": resources}
    assert done(ckan_client.jobs.load([record])) == {"created": 1, "uploaded": 1}
    assert ckan_client.datasets.get(record["name"])["resources"][0]["stamp"] == 8
    assert done(ckan_client.jobs.load([record])) == {"unchanged": 1}
    file.write_text("level\n1\n22\n")
    assert done(ckan_client.jobs.load([record])) == {"unchanged": 1, "uploaded": 1}
    assert ckan_client.datasets.get(record["name"])["resources"][0]["stamp"] == 11


@pytest.mark.unruly("listens")
def test_plugins_hear_of_datasets_that_are_made_public(ckan_client: Client, ckan_sandbox: Sandbox, owner: str) -> None:
    assert isinstance(ckan_sandbox, UnrulySandbox)
    names = [f"public-{uuid4()}" for _ in range(2)]
    for name in names:
        ckan_client.datasets.create(name=name, owner_org=owner, private=True)
    assert not set(names) & set(ckan_sandbox.heard())
    job = ckan_client.jobs.patch({"private": False}, filters={"name": names}, include_private=True)
    assert done(job) == {"changed": 2}
    # Others are heard of too: DataPusher changes what an earlier test has uploaded.
    assert sorted(name for name in ckan_sandbox.heard() if name in names) == sorted(names)


@pytest.mark.unruly("wants_files")
def test_a_table_is_pushed_where_each_resource_must_have_a_file_or_an_address(
    ckan_client: Client, ckan_sandbox: Sandbox, owner: str, tmp_path: Path
) -> None:
    name = f"table-{uuid4()}"
    ckan_client.datasets.create(name=name, owner_org=owner)
    for rows in (2, 3):
        job = ckan_client.datastore.push([{"n": n} for n in range(rows)], dataset=name, name="levels")
        assert job.run().complete, [entry.reason for entry in job.failures()]
        [table] = ckan_client.datasets.get(name)["resources"]
        assert (table["url_type"], ckan_client.datastore.info(table["id"])["meta"]["count"]) == ("datastore", rows)
        assert table["url"].endswith(f"/datastore/dump/{table['id']}")
        job.close()
    assert "resources without a file or an address are refused" in ckan_client.portal.capabilities().limitations

    with ckan_client.datastore.push([{"n": 1}], dataset=name, name="depths") as job:
        assert job.run().complete
        assert done(job.undo()) == {"deleted": 1}
    assert [one["name"] for one in ckan_client.datasets.get(name)["resources"]] == ["levels"]

    ckan_client.dump("datasets", tmp_path / "datasets.jsonl", filters={"name": name})
    ckan_client.datasets.purge(name, confirm=lambda _: True)
    with ckan_sandbox.client() as another, another.jobs.copy(tmp_path, kinds=["datasets"]) as job:
        report = job.run()
        assert (report.complete, report.done) == (True, {"created": 1}), [entry.reason for entry in job.failures()]
        assert another.portal.capabilities().limitations == ("resources without a file or an address are refused",)
    [table] = ckan_client.datasets.get(name)["resources"]
    assert (table["name"], table["url_type"]) == ("levels", "datastore")
