"""What a job changed can be put back: the portal equals the snapshot that was taken before."""

from __future__ import annotations

import asyncio
import io
import json
from functools import partialmethod
from typing import TYPE_CHECKING, Any

import pytest

from tuckan import DELETE_ALL, PATCH_ALL, PURGE_ALL, Client, errors
from tuckan.client import Job
from tuckan.errors import Incomplete
from tuckan.jobs.kinds import kind_of
from tuckan.jobs.operation import Operation, Planned
from tuckan.snapshot import publisher_fields
from tuckan.wire.retry import RetryPolicy

from .conftest import Both, puts

if TYPE_CHECKING:
    from pathlib import Path

    from tuckan.sandbox import Sandbox

CHANGES = {
    "license_id": "cc-by",
    "notes": "Patched.",
    "tags": [{"name": "patched"}, {"name": "sky"}],
    "extras": [{"key": "season", "value": "wet"}],
    "version": "",
}


def snapshot(ckan: Client) -> dict[str, Any]:
    return {one["name"]: publisher_fields(one) for one in ckan.datasets.list(include_private=True, include_drafts=True)}


def various(number: int) -> dict[str, Any]:
    """What the datasets have beside, each something else."""
    return {
        "private": number % 5 == 0,
        "version": f"1.{number}",
        "tags": [{"name": one} for one in ("rain", "sky", "sun")[: number % 4]],
        "extras": [{"key": f"k{n}", "value": str(n)} for n in range(number % 3)],
        "groups": [{"name": "weather"}] if number % 7 == 0 else [],
        "resources": [
            {"name": f"r{n}", "url": f"https://example.org/{n}.csv", "format": "CSV"} for n in range(number % 3)
        ],
    }


@pytest.fixture
def filled(city: Client, request: pytest.FixtureRequest) -> Client:
    """A portal with various datasets, made by a job."""
    number = getattr(request, "param", 40)
    city.call("group_create", name="weather")
    planned = (
        Planned(
            Operation(one.operation.key, "dataset.put", one.operation.subject, {**one.operation.data, **various(n)})
        )
        for n, one in enumerate(puts(range(number)))
    )
    job = city.jobs.planned("create", planned)
    assert job.run().done == {"created": number}
    job.close()
    return city


@pytest.mark.parametrize("filled", [300], indirect=True)
def test_undo_of_a_patch_of_300_datasets(filled: Client, ckan_sandbox: Sandbox) -> None:
    before = snapshot(filled)
    job = filled.jobs.patch(CHANGES, "name:*", include_private=True, include_drafts=True)
    assert job.plan().total == 300
    assert job.run().complete
    patched = snapshot(filled)
    assert all(one["notes"] == "Patched." and len(one["tags"]) == 2 for one in patched.values())
    undo = job.undo()
    assert undo.plan().total == 300
    report = undo.run()
    assert report.complete, str(report)
    assert snapshot(filled) == before
    job.close()
    undo.close()


@pytest.mark.parametrize("filled", [4], indirect=True)
def test_a_job_about_everything_is_run_with_its_phrase_alone(filled: Client, ckan_sandbox: Sandbox, kind: str) -> None:
    before = snapshot(filled)
    both = Both(kind, filled.base_url, ckan_sandbox.token())
    try:
        for plan, phrase in (
            (both.client.jobs.patch({"notes": "x"}, everything=True), PATCH_ALL),
            (both.client.jobs.delete(everything=True, purge=True), PURGE_ALL),
            (both.client.jobs.delete(everything=True, include_private=True), DELETE_ALL),
        ):
            job = both(plan)
            assert job.phrase == phrase
            for answer in (None, lambda _: True, lambda _: "yes", lambda _: phrase.lower()):  # noqa: B023
                with pytest.raises(errors.Cancelled, match="affects everything on http") as caught:
                    both(job.run(confirm=answer))
                assert repr(phrase) in caught.value.hint
            job.close()
        assert snapshot(filled) == before
        opened = both.client.jobs.open("last")
        with pytest.raises(errors.Cancelled):
            both(opened.run())
        assert both(opened.run(confirm=lambda plan: plan.total == 4 and DELETE_ALL)).done == {"deleted": 4}
        assert both(opened.run()).complete, "what was confirmed once goes on"
        undo = both(opened.undo())
        with pytest.raises(errors.Cancelled):
            both(undo.run(confirm=lambda _: "no"))
        assert both(undo.run()).done == {"restored": 4}
        opened.close()
        undo.close()
    finally:
        both.close()
    assert snapshot(filled) == before


def test_both_kinds_and_what_others_changed_since(filled: Client, ckan_sandbox: Sandbox, kind: str) -> None:
    both = Both(kind, ckan_sandbox.url, ckan_sandbox.token())
    try:
        before = snapshot(filled)
        job = both(both.client.jobs.patch({"notes": "Patched."}, filters={"name": ["d0001", "d0002", "d0003"]}))
        assert both(job.run()).done == {"changed": 3}
        filled.call("package_patch", id="d0002", notes="Somebody's own words.")
        filled.call("package_patch", id="d0003", title="A new title")
        undo = both(job.undo())
        report = both(undo.run())
        assert (report.done, report.failed) == ({"changed": 2}, 1)
        assert "notes was changed by somebody else since" in next(iter(report.reasons))
        after = snapshot(filled)
        assert after["d0001"] == before["d0001"]
        assert after["d0002"]["notes"] == "Somebody's own words."
        assert after["d0003"] == {**before["d0003"], "title": "A new title"}
        job.close()
        undo.close()
    finally:
        both.close()


@pytest.mark.parametrize("state", ["begun", "failed"])
def test_what_is_in_doubt_is_undone_as_well(filled: Client, state: str) -> None:
    before = snapshot(filled)
    job = filled.jobs.patch({"notes": "Patched."}, "name:*", include_private=True)
    job.run()
    connection = job._journal._connection
    connection.execute(
        "UPDATE operation SET state = ?, again = 1, what = '', after = NULL, checksum = NULL WHERE position % 2",
        (state,),
    )
    undo = job.undo()
    assert undo.plan().total == 40
    assert undo.run().complete
    assert snapshot(filled) == before
    job.close()
    undo.close()


def test_undo_of_creating_and_of_deleting(filled: Client) -> None:
    before = snapshot(filled)
    job = filled.jobs.planned("create", puts(range(100, 103)))
    job.run()
    undo = job.undo()
    assert undo.run().done == {"deleted": 3}
    assert snapshot(filled) == before
    operations = (
        Operation(name, "dataset.delete", f"dataset {name}", {"id": name, "purge": name == "d0007"})
        for name in ("d0005", "d0006", "d0007")
    )
    deleting = filled.jobs.planned("delete", map(Planned, operations))
    assert deleting.run().done == {"deleted": 3}
    restoring = deleting.undo()
    assert (restoring.plan().total, restoring.plan().refused) == (2, 1)
    (refused,) = restoring.failures()
    assert "purged" in refused.reason
    restoring.run()
    assert snapshot(filled) == {name: one for name, one in before.items() if name != "d0007"}
    for one in (job, undo, deleting, restoring):
        one.close()


@pytest.mark.parametrize("state", ["begun", "failed"])
def test_a_look_at_an_undo_changes_nothing_in_the_job(
    city: Client, ckan_sandbox: Sandbox, kind: str, state: str
) -> None:
    job = city.jobs.planned("create", puts(range(4)))
    job.run()
    job._journal._connection.execute(
        "UPDATE operation SET state = ?, again = 1, what = '', after = NULL, checksum = NULL WHERE position % 2",
        (state,),
    )
    city.datasets.delete("d0001")
    job.close()
    both = Both(kind, ckan_sandbox.url, ckan_sandbox.token())
    try:
        looked_at = both.client.jobs.open(job.name)
        before = [(one.operation.key, one.state, one.ended) for one in looked_at.entries()]
        look = both(looked_at.undo(dry_run=True))
        assert look.plan().total == 4, "what is found to be done is to be undone as well"
        assert [(one.operation.key, one.state, one.ended) for one in looked_at.entries()] == before
        undo = both(looked_at.undo())
        assert undo.plan().total == 4
        undo.discard()
        looked_at.close()
    finally:
        both.close()


def test_a_dataset_whose_name_is_taken_comes_back_under_its_id_and_that_is_said(
    city: Client, ckan_sandbox: Sandbox, kind: str
) -> None:
    ids = [city.call("package_create", name=f"d{n}", owner_org="city")["id"] for n in range(2)]
    both = Both(kind, ckan_sandbox.url, ckan_sandbox.token())
    try:
        job = both(both.client.jobs.delete(["d0", "d1"]))
        both(job.run())
        city.call("package_create", name="d1", owner_org="city", title="Another")
        undo = both(job.undo())
        notes = {
            one.operation.subject: kind_of(one.operation.kind).intent(one.operation).notes for one in undo.entries()
        }
        assert notes == {
            "dataset d0": (),
            "dataset d1": ("it is restored under its id: another dataset has its name now",),
        }
        report = both(undo.run())
        assert (report.complete, report.done) == (True, {"restored": 2})
        assert "1 stored in another form: name (another dataset has it now" in str(report)
        assert city.datasets.get(ids[1])["state"] == "active"
        assert city.datasets.get("d1")["title"] == "Another"
        undo.close()
        job.close()
    finally:
        both.close()


def test_undo_of_creating_leaves_what_others_have_changed_and_deletes_what_may_not_be_purged(
    city: Client, ckan_sandbox: Sandbox
) -> None:
    city.call("user_create", name="editor", email="editor@example.org", password="not-needed-1")
    city.call("organization_member_create", id="city", username="editor", role="editor")
    with Client(ckan_sandbox.url, city.tokens.create("editor", "work")["token"]) as ckan:
        job = ckan.jobs.planned("create", puts(range(3)))
        assert job.run().complete
        city.call("package_patch", id="d0001", notes="Somebody's own words.")
        undo = job.undo()
        report = undo.run()
        assert (report.done, report.failed) == ({"deleted": 2}, 1)
        assert "notes was changed by somebody else since" in next(iter(report.reasons))
        assert [ckan.datasets.get(f"d000{n}")["state"] for n in range(3)] == ["deleted", "active", "deleted"]
        job.close()
        undo.close()


def test_a_blocking_job_inside_a_running_loop(filled: Client) -> None:
    async def cell_of_a_notebook() -> Any:
        job = filled.jobs.patch({"notes": "From a notebook."}, "name:*", include_private=True)
        report = job.run()
        job.close()
        return report

    assert asyncio.run(cell_of_a_notebook()).done == {"changed": 40}


def test_tokens_are_a_job_that_goes_on(
    filled: Client, ckan_sandbox: Sandbox, proxy: Any, jobs_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = [filled.tokens.create("admin", "spare")["token"] for _ in range(12)]

    def away_from_the_first_on(seen: Any, passed_on: Any) -> Any:
        answer = passed_on()
        if seen.action == "api_token_revoke":
            proxy.always(lambda _seen, _passed_on: None)
        return answer

    with Client(proxy.url, ckan_sandbox.token(), retries=RetryPolicy(attempts=1)) as ckan:
        ckan.call("status_show")
        proxy.always(away_from_the_first_on)
        monkeypatch.setattr(Job, "run", partialmethod(Job.run, patience=0.1))
        with pytest.raises(Incomplete, match="The job stopped"):
            ckan.tokens.revoke("admin", name="spare")
        proxy.always(None)
        job = ckan.jobs.open("last")
        assert job.run().complete
        job.close()
    assert [one["name"] for one in filled.tokens.list("admin")].count("spare") == 0
    kept = b"".join(path.read_bytes() for path in jobs_folder.iterdir())
    assert kept
    assert not [one for one in [*secrets, ckan_sandbox.token()] if one.encode() in kept]


def test_many_files_are_loaded_by_one_job(city: Client, ckan_sandbox: Sandbox, proxy: Any, kind: str) -> None:
    made = city.call("package_create", name="tables", owner_org="city")
    ids: dict[str, str] = {}
    for name, text, form in [
        ("good", b"a,b\n1,2\n3,4\n", "CSV"),
        ("other", b"x\n1\n", "csv"),
        ("empty", b"\n\n", "CSV"),
        ("text", b"words", "TXT"),
    ]:
        file = io.BytesIO(text)
        file.name = f"{name}.{form.lower()}"
        given = {"package_id": made["id"], "name": name, "format": form}
        ids[name] = city.call("resource_create", given, files={"upload": file})["id"]
    both = Both(kind, proxy.url, ckan_sandbox.token())
    try:
        job = both(
            both.client.datapusher.submit_all(everything=True, states=("never", "failed", "stale", "loaded", "loading"))
        )
        assert job.plan().intended == {"loaded": 3}, "text is nothing that is loaded"
        report = both(job.run())
        assert (report.done, report.failed) == ({"loaded": 2}, 1)
        assert "names no columns" in next(iter(report.reasons))
        job.close()
        again = both(both.client.datapusher.submit_all(everything=True))
        assert [one.operation.data["resource"] for one in again.entries()] == [ids["empty"]], "only what failed"
        again.discard()

        def always_pending(seen: Any, passed_on: Any) -> Any:
            answer = passed_on()
            if seen.action == "datapusher_status" and answer.status == 200:
                content = json.loads(answer.body)
                content["result"]["status"] = "pending"
                answer.body = json.dumps(content).encode()
            return answer

        proxy.always(always_pending)
        stuck = both(
            both.client.datapusher.submit_all(filters={"name": "tables"}, states=("loaded", "loading", "failed"))
        )
        report = both(stuck.run())
        assert (report.done, report.failed) == ({"loaded": 2}, 1), "what the loader itself says, and the table"
        stuck.close()
    finally:
        both.close()
    assert city.datastore.search(ids["good"])["total"] == 2
