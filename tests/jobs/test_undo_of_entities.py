"""What others changed since a job is left by its undo, and said: organizations, groups, users; and what deleting took."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tuckan import Client
from tuckan.errors import Conflict, NotFound
from tuckan.jobs.kinds import kind_of
from tuckan.jobs.kinds.undoing import lost_files, put_back, require_as_left, require_ours, same
from tuckan.jobs.kinds.used_resources import LOADERS, MOST_COMPARED
from tuckan.jobs.operation import Ended, Operation
from tuckan.transport.dump import Dump

from .conftest import Both

if TYPE_CHECKING:
    from pathlib import Path

    from tuckan.sandbox import Sandbox

USERS = [{"name": f"user-{n}", "email": f"u{n}@example.org", "password": "not-needed-1"} for n in range(3)]


def undo(job: Any) -> Any:
    with_reasons = job.undo()
    report = with_reasons.run()
    with_reasons.close()
    job.close()
    return report


@pytest.mark.parametrize("kind", ["organization", "group"])
def test_what_others_edited_or_used_is_left(city: Client, kind: Any) -> None:
    job = city.jobs.load([{"name": f"{kind}-{n}", "title": f"T{n}"} for n in range(4)], kind)
    assert job.run().done == {"created": 4}
    city.call(f"{kind}_patch", id=f"{kind}-1", description="Somebody's own words.")
    city.call("user_create", **USERS[0])
    city.call(f"{kind}_member_create", id=f"{kind}-2", username="user-0", role="member")
    place = (
        {"owner_org": f"{kind}-3"} if kind == "organization" else {"owner_org": "city", "groups": [{"name": "group-3"}]}
    )
    city.call("package_create", name="inside", **place)
    report = undo(job)
    assert (report.done, report.failed) == ({"deleted": 1}, 3), str(report)
    reasons = " ".join(report.reasons)
    assert all(f"{what} was changed by somebody else since" in reasons for what in ("description", "users"))
    assert f"{kind} {kind}-3 is in use by others and was not deleted: it has 1 dataset (inside)." in reasons
    assert {one["name"] for one in getattr(city, f"{kind}s").list()} >= {f"{kind}-{n}" for n in (1, 2, 3)}
    with pytest.raises(Exception, match=r"Not found|not found"):
        city.call(f"{kind}_show", id=f"{kind}-0")


def test_what_lists_do_not_show_is_in_use_as_well(city: Client, ckan_sandbox: Sandbox, kind: str) -> None:
    both = Both(kind, ckan_sandbox.url, ckan_sandbox.token())
    try:
        for entity in ("organization", "group"):
            records = [{"name": f"{entity}-{n}"} for n in ("draft", "private", "bin", "above", "unused")]
            job = both(both.client.jobs.load(records, entity))
            assert both(job.run()).done == {"created": 5}
            where = {
                what: {"owner_org": f"organization-{what}"}
                if entity == "organization"
                else {"owner_org": "city", "groups": [{"name": f"group-{what}"}]}
                for what in ("draft", "private", "bin")
            }
            city.call("package_create", name=f"{entity}-d", state="draft", **where["draft"])
            city.call("package_create", name=f"{entity}-p", private=True, **where["private"])
            gone = city.call("package_create", name=f"{entity}-b", **where["bin"])
            city.call("package_delete", id=gone["id"])
            city.call(f"{entity}_create", name=f"{entity}-below", groups=[{"name": f"{entity}-above"}])
            back = both(job.undo())
            report = both(back.run())
            assert (report.done, report.failed) == ({"deleted": 1}, 4), str(report)
            reasons = {entry.operation.subject.rpartition("-")[2]: entry.reason for entry in back.failures()}
            for what, said in (
                ("draft", f"it has 1 dataset ({entity}-d (draft))"),
                ("private", f"it has 1 dataset ({entity}-p (private))"),
                ("bin", f"it has 1 deleted dataset ({gone['id']})"),
                ("above", f"it stands above 1 {entity} ({entity}-below)"),
            ):
                assert said in reasons[what], reasons
                assert city.call(f"{entity}_show", id=f"{entity}-{what}")["state"] == "active"
            with pytest.raises(NotFound):
                city.call(f"{entity}_show", id=f"{entity}-unused")
            back.close()
            job.close()
    finally:
        both.close()


def test_a_dataset_with_a_collaborator_is_left_and_purged_only_when_asked_for(
    city: Client, ckan_sandbox: Sandbox, kind: str
) -> None:
    city.call("user_create", **USERS[0])
    both = Both(kind, ckan_sandbox.url, ckan_sandbox.token())
    try:
        job = both(both.client.jobs.load([{"name": f"d{n}", "owner_org": "city"} for n in range(2)]))
        both(job.run())
        city.datasets.add_collaborator("d1", "user-0", "editor")
        back = both(job.undo())
        report = both(back.run())
        assert (report.done, report.failed) == ({"deleted": 1}, 1)
        assert "dataset d1 is in use by others and was not deleted: it has 1 collaborator." in report.reasons
        assert city.datasets.get("d1")["state"] == "active"
        purging = both(both.client.jobs.delete("d1", purge=True))
        assert both(purging.run()).done == {"deleted": 1}, "CKAN itself fails inside while there is a collaborator"
        with pytest.raises(NotFound):
            city.datasets.get("d1")
        for one in (purging, back, job):
            one.close()
    finally:
        both.close()


def test_the_undo_of_a_deletion_gives_collaborators_their_roles_back(
    city: Client, ckan_sandbox: Sandbox, kind: str
) -> None:
    who = city.call("user_create", **USERS[0])["id"]
    for name in ("shared", "alone"):
        city.datasets.create(name=name, owner_org="city")
    city.datasets.add_collaborator("shared", who, "editor")
    both = Both(kind, ckan_sandbox.url, ckan_sandbox.token())
    try:
        job = both(both.client.jobs.delete(["shared", "alone"]))
        assert both(job.run()).done == {"deleted": 2}
        back = both(job.undo())
        notes = {one.operation.subject: kind_of("dataset.patch").intent(one.operation).notes for one in back.entries()}
        assert notes == {"dataset shared": ("with 1 collaborator",), "dataset alone": ()}
        report = both(back.run())
        assert (report.complete, report.done) == (True, {"restored": 2}), str(report)
        assert [(one["user_id"], one["capacity"]) for one in city.datasets.collaborators("shared")] == [(who, "editor")]
        assert city.datasets.collaborators("alone") == []
        back.close()
        job.close()
        purging = both(both.client.jobs.delete("shared", purge=True, dry_run=True))
        assert "collaborators" in purging.notes[0], "what can't come back is said before"
    finally:
        both.close()


def test_that_collaborators_are_not_known_is_said_before_the_undo() -> None:
    deleting = Operation("d", "dataset.delete", "dataset d", {"id": "d", "purge": False})
    back = kind_of("dataset.delete").undo(deleting, Ended("deleted", "d", {"id": "d", "name": "d"}))
    assert isinstance(back, Operation)
    assert "they are not known" in kind_of("dataset.patch").intent(back).notes[0]


def test_views_and_tables_that_others_added_are_left(city: Client, ckan_sandbox: Sandbox, proxy: Any) -> None:
    image = [{"name": "a", "url": "https://example.org/a.png", "format": "PNG"}]
    with Client(proxy.url, ckan_sandbox.token()) as ckan:
        job = ckan.jobs.load([{"name": f"d{n}", "owner_org": "city", "resources": image} for n in range(5)])
        assert job.run().done == {"created": 5}
        ids = [city.resources.list(f"d{n}")[0]["id"] for n in range(5)]
        city.views.create(ids[1], "text_view", "Words")
        city.views.create(ids[2], "image_view", "Image")
        [made] = city.views.list(ids[3])
        city.views.update(made["id"], description="Seen from the north.")
        city.call("datastore_create", resource_id=ids[4], force=True, records=[{"rain": 1}])
        proxy.seen.clear()
        back = job.undo()
        report = back.run()
        reasons = " ".join(report.reasons)
        back.close()
        job.close()
    assert (report.done, report.failed) == ({"deleted": 1}, 4), str(report)
    for said in (
        "d1 is in use by others and was not deleted: its resource a has the view 'Words'",
        "has the view 'Image'",
    ):
        assert said in reasons
    assert "d4 is in use by others and was not deleted: its resource a has a table that no loader created" in reasons
    assert city.datastore.search(ids[4])["total"] == 1
    assert len(city.views.list(ids[1])) == 2
    asked = [one.action for one in proxy.seen]
    assert asked.count("resource_view_list") <= 5 + MOST_COMPARED, (
        "one for each resource, and a few to know the usual ones"
    )
    assert sum(asked.count(f"{loader}_status") for loader in LOADERS) <= len(LOADERS)


def test_a_hierarchy_that_a_job_made_is_undone_from_below(city: Client, tmp_path: Path) -> None:
    records = [
        {"name": "water"},
        {"name": "sea", "groups": [{"name": "water"}]},
        {"name": "lakes", "groups": [{"name": "sea"}]},
    ]
    (tmp_path / "groups.jsonl").write_text("".join(json.dumps(one) + "\n" for one in records))
    job = city.jobs.copy(Dump(tmp_path))
    assert job.run().done == {"created": 3}
    report = undo(job)
    assert (report.complete, report.done) == (True, {"deleted": 3}), str(report)
    assert city.groups.names() == []


def test_an_undo_that_is_done_twice_fails_nothing(city: Client, kind: str, ckan_sandbox: Sandbox) -> None:
    both = Both(kind, ckan_sandbox.url, ckan_sandbox.token())
    try:
        for entity, records in (
            ("organization", [{"name": "office"}]),
            ("user", USERS[:1]),
            ("dataset", [{"name": "rain", "owner_org": "city"}]),
        ):
            job = both(both.client.jobs.load(records, entity))
            both(job.run())
            for expected in ({"deleted": 1}, {}):
                back = both(job.undo())
                report = both(back.run())
                assert (report.complete, report.done) == (True, expected), str(report)
                back.close()
            job.close()
    finally:
        both.close()


def test_what_was_edited_and_then_deleted_by_others_is_left_in_the_bin(city: Client) -> None:
    job = city.jobs.load([{"name": f"d{n}", "owner_org": "city", "groups": []} for n in range(2)])
    job.run()
    city.call("package_patch", id="d0", notes="Their own words.")
    for name in ("d0", "d1"):
        city.datasets.delete(name)
    report = undo(job)
    assert (report.done, report.failed) == ({"deleted": 1}, 1)
    assert city.datasets.get("d0")["notes"] == "Their own words."


def test_the_plan_to_delete_an_organization_says_what_becomes_of_its_datasets(city: Client) -> None:
    city.call("package_create", name="inside", owner_org="city")
    with city.jobs.delete(["city"], "organization", dry_run=True) as job:
        [entry] = job.entries()
        assert "it has 1 dataset: CKAN refuses" in kind_of(entry.operation.kind).intent(entry.operation).notes[0]


def test_tokens_that_may_do_less(city: Client, ckan_sandbox: Sandbox) -> None:
    city.call("user_create", **USERS[0])
    city.call("organization_member_create", id="city", username="user-0", role="editor")
    city.call("package_create", name="theirs", owner_org="city", private=True)
    city.call("organization_create", name="closed")
    city.call("package_create", name="hidden", owner_org="closed", private=True)
    with Client(ckan_sandbox.url, city.tokens.create("user-0", "work")["token"]) as ckan:
        job = ckan.jobs.delete(["theirs", "hidden"], dry_run=True)
        assert job.plan().intended == {"deleted": 1}, "what one may not see is refused, and stops nothing"
        assert "not authorized" in next(job.failures()).reason
        job.close()
    made = city.jobs.load([{"name": "mine", "users": [{"name": "user-0", "capacity": "admin"}]}], "organization")
    assert made.run().complete
    made.close()
    with Client(ckan_sandbox.url, city.tokens.create("user-0", "more")["token"]) as ckan:
        assert undo(ckan.jobs.open(made.name)).done == {"deleted": 1}
    assert city.call("organization_show", id="mine")["state"] == "deleted", "who may not purge it deletes it"


def test_a_changed_entity_is_put_back_unless_others_changed_the_field(
    city: Client, kind: str, ckan_sandbox: Sandbox
) -> None:
    for n in range(3):
        city.call("organization_create", name=f"o{n}", title=f"Before {n}", description="d")
    both = Both(kind, ckan_sandbox.url, ckan_sandbox.token())
    try:
        job = both(both.client.jobs.load([{"name": f"o{n}", "title": f"After {n}"} for n in range(3)], "organization"))
        assert both(job.run()).done == {"changed": 3}
        city.call("organization_patch", id="o1", title="Theirs")
        city.call("organization_patch", id="o2", description="Theirs as well")
        back = both(job.undo())
        report = both(back.run())
        assert (report.done, report.failed) == ({"changed": 2}, 1)
        assert "title was changed by somebody else since; is left so" in next(iter(report.reasons))
        titles = [city.organizations.get(f"o{n}")["title"] for n in range(3)]
        assert titles == ["Before 0", "Theirs", "Before 2"]
        assert city.organizations.get("o2")["description"] == "Theirs as well"
        back.close()
        job.close()
    finally:
        both.close()


def test_users_whom_others_edited_stay(city: Client) -> None:
    job = city.jobs.load(USERS, "user")
    assert job.run().done == {"created": 3}
    city.call("user_patch", id="user-1", fullname="Their own name")
    city.call("organization_member_create", id="city", username="user-2", role="member")
    report = undo(job)
    assert (report.done, report.failed) == ({"deleted": 1}, 2)
    reasons = " ".join(report.reasons)
    assert "user user-1: fullname was changed by somebody else since" in reasons
    assert "user user-2 is in use by others and was not deleted: they have a role in 1 organization (city)" in reasons
    assert [city.users.get(f"user-{n}")["state"] for n in range(3)] == ["deleted", "active", "active"]


def test_what_deleting_took_comes_back(city: Client) -> None:
    city.call("user_create", **USERS[0])
    city.call("group_create", name="weather", users=[{"name": "user-0", "capacity": "admin"}])
    city.call("package_create", name="rain", owner_org="city", groups=[{"name": "weather"}])
    job = city.jobs.delete(["weather"], "group")
    assert job.run().done == {"deleted": 1}
    assert undo(job).done == {"restored": 1}
    assert {one["name"] for one in city.groups.get("weather")["users"]} >= {"user-0"}
    assert [one["name"] for one in city.datasets.get("rain")["groups"]] == ["weather"]


def test_what_does_not_come_back_with_a_user_is_said_by_a_load_too() -> None:
    before = {"id": "1", "name": "alice", "state": "deleted"}
    for kind, data in (("user.put", {"name": "alice"}), ("user.patch", {"id": "1", "fields": {"state": "active"}})):
        intent = kind_of(kind).intent(Operation("1", kind, "user alice", data, before=before))
        assert (intent.what, len(intent.notes)) == ("restored", 1)


def test_nested_values_of_others_count() -> None:
    left = {
        "id": "1",
        "title_translated": {"en": "Rain"},
        "resources": [{"id": "r", "url": "u", "hash": "", "name": "a"}],
    }
    noted = {**left, "resources": [{"id": "r", "url": "u", "hash": "5d41", "name": "a", "datastore_active": True}]}
    operation = Operation("1", "dataset.delete", "dataset rain", before=left)
    require_ours(operation, "datasets", noted)
    theirs = {**left, "title_translated": {"en": "Rain", "fr": "Pluie"}}
    with pytest.raises(Conflict, match="title_translated was changed by somebody else"):
        require_ours(operation, "datasets", theirs)
    back = {"title_translated": {"en": "Regen"}}
    with pytest.raises(Conflict, match="is left so"):
        require_as_left(operation, "datasets", theirs, {"title_translated": {"en": "Rain"}}, back)
    require_as_left(operation, "datasets", {**left, **back}, {"title_translated": {"en": "Rain"}}, back)


def test_a_file_that_somebody_replaced_counts() -> None:
    def dataset(uploaded: str, **more: Any) -> dict[str, Any]:
        file = {"id": "r", "name": "a", "url": "u/a.csv", "url_type": "upload", "last_modified": uploaded, **more}
        return {"id": "1", "resources": [file, {"id": "s", "name": "link", "url": "u", "last_modified": None}]}

    left = dataset("2024-01-01T00:00:00", hash="sha256:1", size=4)
    undo = Operation("1", "dataset.delete", "dataset rain", before=left)
    require_ours(undo, "datasets", dataset("2024-01-01T00:00:00", hash="5d41", size=None, datastore_active=True))
    theirs = dataset("2024-02-02T00:00:00")
    with pytest.raises(Conflict, match="dataset rain: the file of a was changed by somebody else since; it is left"):
        require_ours(undo, "datasets", theirs)
    with pytest.raises(Conflict, match="the file of a"):
        require_as_left(undo, "datasets", theirs, {"resources": left["resources"]}, {"resources": []})
    require_as_left(undo, "datasets", theirs, {"title": ""}, {"title": "x"})
    untold = Operation("1", "dataset.delete", "dataset rain", before=dataset(""))
    require_ours(untold, "datasets", theirs)


def test_a_file_that_somebody_replaced_is_not_removed_by_an_undo(city: Client, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("ours")
    resources = [{"name": "a", "upload": str(tmp_path / "a.txt")}]
    job = city.jobs.load([{"name": name, "owner_org": "city", "resources": resources} for name in ("rain", "snow")])
    assert job.run().complete
    (theirs,) = city.datasets.get("rain")["resources"]
    (tmp_path / "a.txt").write_text("somebody's")
    city.call("resource_patch", {"id": theirs["id"]}, files={"upload": tmp_path / "a.txt"})
    report = undo(job)
    assert (report.done, report.failed) == ({"deleted": 1}, 1), str(report)
    assert "dataset rain: the file of a was changed by somebody else since" in next(iter(report.reasons))
    city.resources.download(theirs["id"], tmp_path / "back.txt")
    assert (tmp_path / "back.txt").read_text() == "somebody's"


def test_only_what_was_sent_is_put_back() -> None:
    before = {"title": "Rain", "doi_status": "draft", "tags": [{"name": "sky", "id": "1"}], "notes": "x"}
    after = {"title": "Snow", "doi_status": "registered", "tags": [], "notes": ""}
    fields, expected = put_back("datasets", before, after, dict.fromkeys(["title", "tag_string", "notes"]))
    assert fields == {"notes": "x", "tags": [{"name": "sky"}], "title": "Rain"}
    assert expected == {"notes": "", "tags": [], "title": "Snow"}
    assert put_back("datasets", after, before, dict.fromkeys(["tags", "notes"]))[0] == {"notes": "", "tags": []}
    assert same(
        "organizations",
        "users",
        [{"name": "a", "capacity": "admin", "state": "active"}],
        [{"name": "a", "capacity": "admin"}],
    )
    assert lost_files([{"id": "1", "url_type": "upload"}], [{"id": "1"}]) == []
