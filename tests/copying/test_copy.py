"""A portal copied to another, on two real CKANs: equal afterwards, and nothing to do the second time."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from tests.portals import complete

from tuckan import Client, errors
from tuckan.actions.facts import is_read_only
from tuckan.jobs.kinds import kind_of
from tuckan.sandbox.demo import loading
from tuckan.snapshot import difference
from tuckan.transport.dump import Dump

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tuckan.client import Job
    from tuckan.sandbox import Sandbox
    from tuckan.sandbox.demo.content import Dataset

DATASETS = 12


@pytest.fixture(autouse=True)
def jobs_dir(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path_factory.mktemp("jobs")
    monkeypatch.setenv("TUCKAN_JOBS_DIR", str(folder))
    return folder


@pytest.fixture
def target(second_sandbox: Sandbox) -> Iterator[Client]:
    """The client of an empty portal to copy to."""
    second_sandbox.reset()
    with second_sandbox.client() as ckan:
        yield ckan


@pytest.fixture
def source(clean_portal: Sandbox, tmp_path: Path) -> Iterator[Client]:
    """The client of a portal with one or more of everything."""
    with clean_portal.client() as ckan:
        ckan.call("user_create", name="alice", email="alice@example.org", password="secret-of-alice")
        members = [{"name": "alice", "capacity": "editor"}]
        ckan.call("organization_create", name="sky", title="Sky", extras=[{"key": "Floor", "value": "7"}])
        ckan.call("organization_patch", id="sky", users=members)
        ckan.call("group_create", name="weather", title="Weather")
        ckan.call("group_create", name="uni", title="University", type="party")
        ckan.call("organization_create", name="lab", title="Laboratory", type="institute")
        for n in range(DATASETS):
            fields: dict[str, Any] = {"title": f"Rain {n}", "private": n == 1, "tags": [{"name": "rain"}]}
            fields |= {"extras": [{"key": "Depth", "value": str(n)}], "groups": [{"name": "weather"}]}
            ckan.call("package_create", name=f"rain-{n}", owner_org="sky", **fields)
            add_file(ckan, f"rain-{n}", tmp_path / "rain.csv", f"a,b\n{n},2\n")
        ckan.call("resource_create", package_id="rain-0", url="https://example.org/elsewhere.csv", name="a link")
        ours = ckan.datasets.get("rain-2")["resources"][0]["url"]
        ckan.call("resource_create", package_id="rain-0", url=ours, name="a link to a file here")
        first = ckan.datasets.get("rain-3")["resources"][0]["id"]
        for title in ("One", "Two"):
            ckan.call("resource_view_create", resource_id=first, view_type="image_view", title=title)
        yield ckan


def add_file(ckan: Client, dataset: str, path: Path, text: str, resource: str | None = None) -> None:
    path.write_text(text)
    if resource:
        ckan.call("resource_patch", {"id": resource}, files={"upload": path})
    else:
        # JSON, which DataPusher leaves alone: its tables and views would come at times of their own.
        fields = {"package_id": dataset, "name": "rain", "format": "JSON"}
        ckan.call("resource_create", fields, files={"upload": path})


def copied(source: Any, target: Client, **options: Any) -> Job:
    job = target.jobs.copy(source, **options)
    report = job.run()
    assert report.complete, [(one.operation.key, one.reason) for one in job.failures()]
    return job


def files_of(ckan: Client, folder: Path) -> dict[str, str]:
    """The hash of each file of a portal, by its dataset and name."""
    folder.mkdir(exist_ok=True)
    found: dict[str, str] = {}
    for dataset in ckan.datasets.iter(include_private=True):
        for one in dataset["resources"]:
            if one["url_type"] == "upload":
                done = ckan.resources.download(one["id"], folder / one["id"], check=False, again=True)
                found[f"{dataset['name']}/{one['name']}"] = done.sha256
    return found


def test_the_demo_portal_copied_equals_it(
    clean_portal: Sandbox, small_demo: list[Dataset], target: Client, proxy_of: Any, tmp_path: Path
) -> None:
    with clean_portal.client() as source:
        loading._make_owners(source)
        loading._make_datasets(source)
        job = source.copy_to(target)
        assert job.plan().refused == 0
        report = job.run()
        assert report.complete, [(one.operation.key, one.reason) for one in job.failures()]
        kinds = ("organizations", "groups", "datasets")
        there, here = target.snapshot(*kinds), source.snapshot(*kinds)
        assert len(here.datasets) == len(small_demo) > 50
        assert there == here, str(difference(there, here))
        assert there.kept.keys() == here.kept.keys()
        assert all(there.id_of(kind, name) == here.id_of(kind, name) for kind, name in here.kept)
        files, theirs = files_of(source, tmp_path / "a"), files_of(target, tmp_path / "b")
        assert len(files) == sum(one.file is not None for one in small_demo)
        assert files == theirs

        proxy = proxy_of(target.base_url)
        with Client(proxy.url, target.settings.token) as again:
            # Views are left out: those that DataPusher makes come at times of their own.
            second = source.copy_to(again, views=False)
            assert second.plan().total == 0, [one.operation for one in second.entries("planned")]
            assert second.plan().unchanged >= len(small_demo)
            assert second.run().complete
        assert [one.action for one in proxy.seen if not is_read_only(one.action)] == []


@pytest.mark.contradicts("restamps")  # a link becomes a file, which only the target stamps
def test_everything_is_copied_and_only_what_changes_afterwards(source: Client, target: Client, tmp_path: Path) -> None:
    source.call("package_create", complete(source, name="microscope", type="instrument", owner_org="lab"))
    copied(source, target, users=True)
    there, here = target.snapshot(views=True), source.snapshot(views=True)
    linked = here.datasets["rain-0"]["resources"][2]
    adopted = {"name": linked["name"], "url": "rain.csv", "url_type": "upload"}
    assert adopted.items() <= there.datasets["rain-0"]["resources"][2].items()
    assert there.only("organizations", "groups") == here.only("organizations", "groups")
    assert there.groups["uni"]["type"] == "party"
    assert there.organizations["lab"]["type"] == "institute"
    assert there.datasets["microscope"]["type"] == "instrument"
    assert there.organizations["sky"]["users"] == [{"name": "alice", "capacity": "editor"}]
    assert there.users.keys() == here.users.keys()
    del there.datasets["rain-0"], here.datasets["rain-0"]
    assert there.only("datasets") == here.only("datasets")
    assert target.call("user_show", id="alice")["sysadmin"] is False
    files, theirs = files_of(source, tmp_path / "a"), files_of(target, tmp_path / "b")
    assert len(files) == DATASETS
    assert files.items() < theirs.items(), "with one more: what was a link to a file there"
    assert theirs["rain-0/a link to a file here"] == files["rain-2/rain"]
    assert target.jobs.copy(source, users=True).plan().total == 0

    source.call("package_patch", id="rain-4", title="Snow", extras=[], notes="New")
    source.call("package_patch", id="rain-5", name="snow-5")
    source.call("package_delete", id="rain-6")
    add_file(source, "", tmp_path / "rain.csv", "a,b\n9,9\n", source.datasets.get("rain-7")["resources"][0]["id"])
    first = source.datasets.get("rain-8")["resources"][0]["id"]
    source.call("resource_delete", id=first)
    target.call("package_create", name="not-at-the-source", owner_org="sky")
    before = target.snapshot(views=True)

    plan = target.jobs.copy(source, users=True, delete=True, dry_run=True)
    subjects = {(one.operation.kind, one.operation.subject) for one in plan.entries("planned")}
    assert subjects == {
        ("copy.dataset", "dataset rain-4"),
        ("copy.dataset", "dataset snow-5"),
        ("copy.dataset", "dataset rain-8"),
        ("copy.file", "dataset rain-7"),
        ("dataset.delete", "dataset rain-6"),
        ("dataset.delete", "dataset not-at-the-source"),
    }
    job = copied(source, target, users=True, delete=True)
    there, here = target.snapshot("datasets"), source.snapshot("datasets")
    del there.datasets["rain-0"], here.datasets["rain-0"]
    assert there == here, str(difference(there, here))
    assert files_of(source, tmp_path / "a").items() < files_of(target, tmp_path / "b").items()

    undone = job.undo()
    reasons = [one.reason for one in undone.failures()]
    assert reasons == ["can't be undone: the previous file was not saved"]
    undone.run()
    after = target.snapshot(views=True)
    for snapshot in (before, after):
        del snapshot.datasets["rain-7"]  # its file was replaced
        del snapshot.datasets["rain-8"]  # its file went with its resource
    assert after == before, str(difference(before, after))


def test_one_organization_is_copied_alone(source: Client, target: Client, tmp_path: Path) -> None:
    source.call("organization_create", name="water")
    source.call("organization_create", name="sea", groups=[{"name": "water"}])
    source.call("package_create", name="fish", owner_org="sea", groups=[{"name": "uni"}], title="Fish")
    with pytest.raises(errors.InvalidArgument, match=r"has no organization 'skyy'.*id you mean 'sky'"):
        target.jobs.copy(source, organizations=["skyy"])
    with pytest.raises(errors.InvalidArgument, match="only when all of it is read"):
        target.jobs.copy(source, organizations=["sea"], delete=True)
    for folder in (tmp_path, source):
        if folder is tmp_path:
            for kind in ("organizations", "groups", "datasets"):
                source.dump(kind, tmp_path / f"{kind}.jsonl")
        with target.jobs.copy(folder, organizations=["sea"], dry_run=True) as job:
            subjects = [one.operation.subject for one in job.entries()]
        assert sorted(subjects) == ["dataset fish", "group uni", "organization sea", "organization water"]

    with target.jobs.copy(source, kinds=["datasets"]) as job:
        reasons = {one.operation.subject: one.reason for one in job.failures()}
        assert ((plan := job.plan()).refused, plan.total, len(set(reasons.values()))) == (DATASETS + 1, 0, 2), (
            "said once for each"
        )
        assert "the target has no group 'uni'" in reasons["dataset fish"]
        assert "the target has no group 'weather'" in reasons["dataset rain-0"]
    with target.jobs.copy(source, kinds=["datasets", "groups"]) as job:
        assert {one.reason.partition(",")[0] for one in job.failures()} == {
            "the target has no organization 'sky'",
            "the target has no organization 'sea'",
        }
    copied(source, target, organizations=source.organizations.get("sea")["id"])
    assert [one["name"] for one in target.datasets.list(include_private=True)] == ["fish"]
    assert target.datasets.get("fish")["groups"][0]["name"] == "uni"
    assert {one["name"] for one in target.organizations.list()} == {"sea", "water"}
    assert [one["name"] for one in target.groups.list()] == ["uni"]
    source.call("package_patch", id="fish", title="More fish")
    copied(source, target, kinds=["datasets"], organizations="sea")
    assert target.datasets.get("fish")["title"] == "More fish"


@pytest.mark.contradicts("restamps")  # as above
def test_a_dataset_with_a_table_of_its_own_is_copied_once(source: Client, target: Client) -> None:
    pushed = source.datastore.push([{"n": 1}], dataset="rain-1", name="levels")
    assert pushed.run().complete
    job = copied(source, target)
    assert [note.partition(":")[0] for note in job.notes if "tables" in note] == [
        "Table rows are not copied, and 1 resource will have none"
    ]
    again = target.jobs.copy(source)
    assert not again.plan().total, [entry.operation for entry in again.entries("planned")]
    [there] = [one for one in target.datasets.get("rain-1")["resources"] if one["name"] == "levels"]
    refilled = target.datastore.push([{"n": 1}], there["id"])
    assert refilled.run().complete
    last = target.jobs.copy(source)
    assert not last.plan().total, "the table is not touched"
    assert not [note for note in last.notes if "tables" in note]
    for one in (pushed, job, again, refilled, last):
        one.close()


@pytest.mark.contradicts("restamps")  # as above
def test_tables_are_copied_where_asked(source: Client, target: Client) -> None:
    rows: list[dict[str, Any]] = [{"n": n, "t": text, "l": [n]} for n, text in enumerate(("", None, 'a "b"\nc', "d"))]
    source.datastore.push(rows, dataset="rain-1", name="levels", key=["n"], aliases=["depths"]).run()
    [levels] = [one for one in source.datasets.get("rain-1")["resources"] if one["name"] == "levels"]
    source.datastore.delete(levels["id"], {"n": 0})  # so that `_id` begins with another number than that of the copy
    job = copied(source, target, tables=True)
    assert not [note for note in job.notes if "ables" in note]
    assert everything_of(target, levels["id"]) == everything_of(source, levels["id"])
    again = target.jobs.copy(source, tables=True)
    assert not again.plan().total, [entry.operation for entry in again.entries("planned")]
    source.datastore.upsert(levels["id"], [{"n": 1, "t": "changed"}])
    before = everything_of(target, levels["id"])
    changed = copied(source, target, tables=True)
    assert [one.operation.kind for one in changed.entries("done") if one.ended and one.ended.what != "unchanged"] == [
        "copy.table"
    ]
    assert everything_of(target, levels["id"]) == everything_of(source, levels["id"]) != before
    assert changed.undo().run().complete
    assert everything_of(target, levels["id"]) == before
    assert job.undo().run().complete
    assert target.call("package_list") == []
    for one in (job, again, changed):
        one.close()


@pytest.mark.contradicts("restamps")  # as above
def test_a_copied_table_that_others_changed_is_left(source: Client, target: Client) -> None:
    source.datastore.push([{"n": 1}], dataset="rain-1", name="levels").run()
    [levels] = [one for one in source.datasets.get("rain-1")["resources"] if one["name"] == "levels"]
    job = copied(source, target, tables=True)
    source.datastore.push([{"n": 2}], levels["id"], mode="append").run()
    target.datastore.push([{"m": 5, "n": 1}, {"m": 6, "n": 2}, {"m": 7, "n": 3}], levels["id"]).run()
    second = target.jobs.copy(source, tables=True)
    [planned] = [one.operation for one in second.entries("planned")]
    intent = kind_of(planned.kind).intent(planned)
    assert {name: pair for name, pair in intent.fields.items() if pair[0] != pair[1]} == {
        "rows": (3, 2),
        "column m": ("int8", None),
    }
    (note,) = intent.notes
    assert note.startswith(
        "its 3 rows are removed, whoever wrote them; the table is backed up on this machine, and an undo restores it"
    )
    target.datastore.push([{"n": 3}], levels["id"]).run()
    assert second.run().complete, "it was there when the copy was planned, and is backed up as it is"
    target.datastore.push([{"n": 4}], levels["id"], mode="append").run()
    undone = second.undo()
    assert not undone.run().complete
    [failure] = undone.failures()
    assert "it has 3 rows, and the job left 2" in failure.reason
    assert len(everything_of(target, levels["id"])[1]) == 3
    job.close()


@pytest.mark.contradicts("restamps")  # as above
def test_a_table_whose_rows_are_in_doubt_is_made_anew(
    source: Client, target: Client, proxy_of: Any, faults: Any
) -> None:
    source.datastore.push([{"n": 1}, {"n": 2}], dataset="rain-1", name="levels", key=["n"]).run()
    [levels] = [one for one in source.datasets.get("rain-1")["resources"] if one["name"] == "levels"]
    proxy = proxy_of(target.base_url)
    unlucky = iter(range(2))

    def first_rows(seen: Any, passed_on: Any) -> Any:
        lost = seen.action == "datastore_upsert" and next(unlucky, None) == 0
        return faults.lost_behind_502(seen, passed_on) if lost else passed_on()

    with Client(proxy.url, target.settings.token) as through, through.jobs.copy(source, tables=True) as job:
        proxy.always(first_rows)
        report = job.run()
        assert not report.complete
        [failure] = job.failures()
        assert failure.operation.kind == "copy.table"
        assert job.run(retry_failed=True).complete
    assert everything_of(target, levels["id"]) == everything_of(source, levels["id"])


def everything_of(ckan: Client, resource: str) -> tuple[Any, list[dict[str, Any]]]:
    """The columns of a table with what is said of them, and its rows without `_id`."""
    info = ckan.call("datastore_info", id=resource)
    for one in info["fields"]:
        one["schema"].pop("index_name")  # made of the resource's id and the order of the columns
    rows = ckan.call("datastore_search", resource_id=resource, limit=100)["records"]
    return (info["fields"], info["meta"].get("aliases")), [{**row, "_id": 0} for row in rows]


@pytest.mark.contradicts("restamps")  # a link becomes a file, which only the target stamps
def test_a_copy_that_is_undone_leaves_the_portal_as_it_was(source: Client, target: Client) -> None:
    empty = target.snapshot()
    job = copied(source, target)
    assert any("alice" in note for note in job.notes)
    undone = job.undo()
    assert undone.plan().refused == 0
    assert undone.run().complete
    assert target.snapshot() == empty


@pytest.mark.contradicts("restamps")  # as above
def test_killed_and_resumed_it_ends_complete(
    source: Client, target: Client, clean_portal: Sandbox, second_sandbox: Sandbox, proxy_of: Any, tmp_path: Path
) -> None:
    proxy = proxy_of(second_sandbox.url)
    profiles = tmp_path / "config"
    environment = {**os.environ, "TUCKAN_CONFIG_DIR": str(profiles), "HOME": str(tmp_path)}
    save = "import sys; from tuckan.config import Profile, save_profile; save_profile(Profile(*sys.argv[1:3], sys.stdin.read()))"
    for name, sandbox, url in (("old", clean_portal, clean_portal.url), ("new", second_sandbox, proxy.url)):
        command = [sys.executable, "-c", save, name, url]
        subprocess.run(command, input=sandbox.token(), text=True, check=True, env=environment)
    command = [sys.executable, "-m", "tuckan", "copy", "old", "new", "--yes", "--users"]
    process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def kill(_: Any, passed_on: Any) -> Any:
        answer = passed_on()
        if len(proxy.calls("package_create")) >= 3:
            process.kill()
        return answer

    proxy.always(kill)
    _, said = process.communicate()
    assert process.returncode == -signal.SIGKILL, said
    proxy.always(None)
    there = target.call("package_search", rows=100, include_private=True)["count"]
    assert 0 < there < DATASETS

    again = subprocess.run(
        [sys.executable, "-m", "tuckan", "job", "resume", "last"],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert again.returncode == 0, again.stderr
    dry = [sys.executable, "-m", "tuckan", "copy", "old", "new", "--users", "--dry-run", "-f", "jsonl"]
    left = subprocess.run(dry, env=environment, capture_output=True, text=True, check=True)
    assert left.stdout == "", left.stdout
    assert files_of(source, tmp_path / "a").items() < files_of(target, tmp_path / "b").items()
    everything = b"".join(path.read_bytes() for path in jobs_files())
    assert clean_portal.token().encode() not in everything
    assert second_sandbox.token().encode() not in everything


def jobs_files() -> list[Path]:
    from pathlib import Path  # noqa: PLC0415

    return [one for one in Path(os.environ["TUCKAN_JOBS_DIR"]).iterdir() if one.is_file()]


@pytest.mark.contradicts("restamps")  # as above
def test_gateways_that_fail_make_nothing_twice(source: Client, target: Client, proxy_of: Any, faults: Any) -> None:
    proxy = proxy_of(target.base_url)
    calls = iter(range(10**6))

    def every_seventh(seen: Any, passed_on: Any) -> Any:
        number = next(calls)
        if number % 14 == 6:
            return faults.lost_behind_502(seen, passed_on)
        return faults.reset_after(seen, passed_on) if number % 14 == 13 else passed_on()

    with Client(proxy.url, target.settings.token) as unlucky:
        proxy.always(every_seventh)
        report = unlucky.jobs.copy(source).run()
        assert report.complete, report
    # Through the proxy the target has another address, and a plan of its own.
    assert target.jobs.copy(source).plan().total == 0


def test_groups_of_types_that_the_source_does_not_tell_are_left_and_that_is_said(
    ckan_sandbox: Sandbox, target: Client, proxy_of: Any, faults: Any
) -> None:
    target.call("group_create", name="arts", type="party")
    target.call("group_create", name="aside")
    proxy = proxy_of(ckan_sandbox.url)
    silent = faults.status(403, b'{"success": false, "error": {"__type": "Authorization Error", "message": "No"}}')
    with Client(proxy.url, ckan_sandbox.token()) as source:
        for silenced in (False, True):
            proxy.always(
                lambda seen, on, off=silenced: silent(seen, on) if off and "autocomplete" in seen.action else on()
            )
            with target.jobs.copy(source, kinds=("groups",), delete=True, dry_run=True) as job:
                deleted = {one.operation.subject for one in job.entries() if one.operation.kind == "group.delete"}
                assert deleted == {"group aside", *(() if silenced else ("group arts",))}
                said = [note for note in job.notes if "does not tell which types of groups it has" in note]
                assert [note.startswith(proxy.url) and "not compared or deleted" in note for note in said] == [
                    True
                ] * silenced


@pytest.mark.contradicts("restamps")  # as above
def test_ids_are_mapped_where_the_token_may_not_set_them(source: Client, target: Client, tmp_path: Path) -> None:
    target.call("organization_create", name="sky")
    target.call("group_create", name="weather")
    target.call("user_create", name="bob", email="bob@example.org", password="secret-of-bob")
    target.call("organization_member_create", id="sky", username="bob", role="admin")
    target.call("group_member_create", id="weather", username="bob", role="admin")
    token = target.tokens.create("bob", "copy")["token"]
    with Client(target.base_url, token) as bob:
        copied(source, bob, kinds=["datasets"])
        assert bob.jobs.copy(source, kinds=["datasets"]).plan().total == 0
    assert target.datasets.get("rain-4")["id"] != source.datasets.get("rain-4")["id"]
    assert files_of(source, tmp_path / "a").items() < files_of(target, tmp_path / "b").items()


def test_a_dump_is_copied_with_links_to_its_files(source: Client, target: Client, tmp_path: Path) -> None:
    for kind in ("organizations", "groups"):
        source.dump(kind, tmp_path / f"{kind}.jsonl")
    source.dump("datasets", tmp_path / "datasets.jsonl.zst", include_private=True)
    dump = Dump(tmp_path)
    copied(dump, target)
    there = target.snapshot("datasets").datasets
    assert there.keys() == {f"rain-{n}" for n in range(DATASETS)}
    assert there["rain-3"]["resources"][0]["url"] == source.datasets.get("rain-3")["resources"][0]["url"]
    assert target.jobs.copy(dump).plan().total == 0


def test_a_portal_is_not_copied_to_itself_nor_by_nobody(source: Client, target: Client) -> None:
    with pytest.raises(errors.InvalidArgument, match="itself"):
        source.copy_to(source)
    with Client(target.base_url, "") as nobody, pytest.raises(errors.NotAuthorized):
        source.copy_to(nobody)


def test_an_asynchronous_client_copies_too(source: Client, target: Client) -> None:
    import asyncio  # noqa: PLC0415

    from tuckan import AsyncClient  # noqa: PLC0415

    async def copy() -> Any:
        async with (
            AsyncClient(source.base_url, source.settings.token) as there,
            AsyncClient(target.base_url, target.settings.token) as here,
        ):
            job = await there.copy_to(here, users=True)
            await job.run()
            return (await there.snapshot("organizations", "groups")) == (await here.snapshot("organizations", "groups"))

    assert asyncio.run(copy())
    assert json.loads(json.dumps(difference(target.snapshot("groups"), source.snapshot("groups")).as_json())) == []
