"""The plan of a copy: what it holds, in which order, and nothing where nothing differs."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tuckan.errors import for_shell
from tuckan.jobs.copying import CopyPlan, CopySettings, file_differs
from tuckan.snapshot import Snapshot, paired

ALICE = {"name": "alice", "capacity": "admin"}


def snapshot(**records: list[dict[str, Any]]) -> Snapshot:
    taken = Snapshot()
    for kind, some in records.items():
        for one in some:
            taken.add(kind, {"id": f"id-{one['name']}", **one})  # type: ignore[arg-type]
    return taken


def plan(source: Snapshot, target: Snapshot, **wishes: Any) -> tuple[list[Any], list[str]]:
    copy = CopyPlan(source, target, CopySettings(**wishes))
    planned = sorted(copy.operations(), key=lambda one: one.operation.stage)
    return planned, copy.notes


def said(planned: list[Any]) -> list[str]:
    return [f"{one.operation.kind} {one.operation.subject}" for one in planned if not one.unchanged]


UPLOAD = {"id": "r1", "name": "rain", "url_type": "upload", "url": "https://a.example.org/x/download/rain.csv"}


def test_what_others_depend_on_comes_first() -> None:
    source = snapshot(
        organizations=[{"name": "child", "groups": [{"name": "parent"}]}, {"name": "parent"}],
        groups=[{"name": "weather"}],
        users=[{"name": "alice", "email": "alice@example.org"}],
        datasets=[{"name": "rain", "resources": [{**UPLOAD, "resource_views": [{"view_type": "text_view"}]}]}],
    )
    planned, notes = plan(source, Snapshot(), users=True)
    assert said(planned) == [
        "copy.user user alice",
        "copy.organization organization parent",
        "copy.organization organization child",
        "copy.group group weather",
        "copy.dataset dataset rain",
        "copy.file dataset rain",
        "copy.views dataset rain",
    ]
    assert not notes
    assert len({one.operation.key for one in planned}) == len(planned)
    again, _ = plan(source, source, users=True)
    assert said(again) == ["copy.file dataset rain"], "a file that was announced, and never came"


def test_a_circle_of_parents_ends() -> None:
    source = snapshot(organizations=[{"name": n, "groups": [{"name": m}]} for n, m in (("a", "b"), ("b", "a"))])
    assert len(plan(source, Snapshot())[0]) == 2


def test_users_are_made_only_when_asked_for_and_never_changed() -> None:
    source = snapshot(
        organizations=[{"name": "sky", "users": [{"name": name, "capacity": "admin"} for name in ("alice", "bob")]}],
        users=[{"name": "alice", "email": "alice@example.org", "sysadmin": True}, {"name": "bob"}],
    )
    target = snapshot(users=[{"name": "alice", "fullname": "Alice of the target"}])
    planned, notes = plan(source, target)
    assert planned[0].operation.data["record"]["users"] == [{"name": "alice", "capacity": "admin"}]
    assert said(planned) == ["copy.organization organization sky"]
    assert notes == ["1 user not on the target, left out: bob"]
    planned, _ = plan(source, target, users=True)
    assert [one.refused for one in planned if one.operation.kind == "copy.user"] == ["its email address is not known"]
    planned, _ = plan(source, target, members=False)
    assert "users" not in planned[0].operation.data["record"]


def test_a_dump_that_does_not_tell_of_members_and_views_changes_none() -> None:
    told = snapshot(organizations=[{"name": "sky", "users": [ALICE]}], users=[{"name": "alice"}])
    silent = snapshot(organizations=[{"name": "sky", "title": "Sky"}])
    (one,), _ = plan(silent, told)
    assert one.operation.data["changes"] == {"title": (None, "Sky")}
    (one,), _ = plan(snapshot(organizations=[{"name": "sky", "users": []}]), told)
    assert one.operation.data["changes"] == {"users": ([ALICE], None)}

    link = {"id": "r1", "url": "https://a.example.org"}
    viewed = snapshot(datasets=[{"name": "rain", "resources": [{**link, "resource_views": [{"view_type": "a_view"}]}]}])
    assert said(plan(snapshot(datasets=[{"name": "rain", "resources": [link]}]), viewed)[0]) == []
    unviewed = snapshot(datasets=[{"name": "rain", "resources": [{**link, "resource_views": []}]}])
    assert said(plan(unviewed, viewed)[0]) == ["copy.views dataset rain"]


def test_what_an_anonymous_reader_does_not_see_is_said_before_it_is_deleted() -> None:
    _, notes = plan(Snapshot(), Snapshot(), delete=True, sees_private=False)
    assert "private" in notes[0]


def test_types_that_the_source_may_have_and_does_not_show_are_left() -> None:
    source = snapshot(groups=[{"name": "zoo"}], datasets=[{"name": "rain"}])
    target = snapshot(
        groups=[{"name": "arts", "type": "party"}, {"name": "old"}],
        datasets=[{"name": "apps", "type": "showcase"}, {"name": "snow", "type": "dataset"}],
    )

    def deleted(*known: Any) -> tuple[list[str], list[str]]:
        copy = CopyPlan(source, target, CopySettings(delete=True), types_known=set(known))
        planned = [one.operation for one in copy.operations()]
        return sorted(one.subject for one in planned if one.kind.endswith(".delete")), copy.notes

    assert deleted() == (
        ["dataset snow", "group old"],
        [
            "1 dataset of types that the source shows none of, not deleted: apps",
            "1 group of types that the source shows none of, not deleted: arts",
        ],
    )
    assert deleted("groups") == (["dataset snow", "group arts", "group old"], deleted()[1][:1])
    source.add("groups", {"id": "1", "name": "uni", "type": "party"})
    source.add("datasets", {"id": "2", "name": "app", "type": "showcase"})
    assert deleted() == (["dataset apps", "dataset snow", "group arts", "group old"], [])


def test_what_was_renamed_is_found_by_its_id() -> None:
    source = snapshot(datasets=[{"name": "rainfall", "id": "7", "title": "Rain"}])
    target = snapshot(datasets=[{"name": "rain", "id": "7", "title": "Rain"}])
    (one,), _ = plan(source, target, delete=True)
    assert one.operation.data["changes"] == {"name": ("rain", "rainfall")}
    assert one.operation.data["there"] == "7"


def test_what_the_source_does_not_have_is_deleted_only_when_asked_for_and_last() -> None:
    target = snapshot(organizations=[{"name": "sky"}], datasets=[{"name": "rain"}], users=[{"name": "bob"}])
    source = snapshot(groups=[{"name": "weather"}])
    assert said(plan(source, target)[0]) == ["copy.group group weather"]
    assert said(plan(source, target, delete=True)[0]) == [
        "copy.group group weather",
        "dataset.delete dataset rain",
        "organization.delete organization sky",
    ]
    assert said(plan(source, target, delete=True, kinds=["datasets"])[0]) == ["dataset.delete dataset rain"]


@pytest.mark.parametrize(
    ("ours", "theirs", "differs"),
    [
        ({}, {"last_modified": None}, True),
        ({"last_modified": "2024-01-02"}, {"last_modified": "2024-01-01"}, True),
        ({"last_modified": "2024-01-01"}, {"last_modified": "2024-01-02"}, False),
        ({"size": 3}, {"size": "3"}, False),
        ({"size": 3}, {"size": 4}, True),
        ({"hash": "a" * 32, "last_modified": "2025"}, {"hash": "a" * 32}, False),
        ({"hash": "a" * 32}, {"hash": "b" * 32}, True),
        ({"hash": "a" * 32, "last_modified": "2023"}, {"hash": "sha256:" + "b" * 64}, False),
        ({}, {"url_type": None}, True),
        ({}, {"url": "snow.csv"}, True),
    ],
)
def test_which_files_may_differ(ours: dict[str, Any], theirs: dict[str, Any], differs: bool) -> None:
    file = {"url_type": "upload", "url": "rain.csv"}
    assert file_differs({**file, **ours}, {**file, "last_modified": "2024", **theirs}) is differs


def test_resources_are_told_apart_whatever_their_order() -> None:
    wanted = [{"id": str(n), "url": f"u{n % 3}", "name": f"n{n}"} for n in range(9)]
    there = [{"id": f"x{n}", "url": f"u{n % 3}", "name": f"n{n}"} for n in range(9)]
    random.Random(1).shuffle(there)
    found = paired(wanted, there)
    assert [there[place]["name"] for place in found if place is not None] == [one["name"] for one in wanted]
    assert paired(wanted, [{"id": "3"}, {"id": "other"}]) == [None, None, None, 0, *[None] * 5]
    assert paired([], there) == []


def test_kinds_that_would_be_emptied_are_told() -> None:
    source, target = Snapshot(), Snapshot()
    for name in ("rain", "snow"):
        target.add("datasets", {"id": name, "name": name, "title": name})
        target.add("groups", {"id": name, "name": name, "title": name})
    source.add("groups", {"id": "rain", "name": "rain", "title": "rain"})
    copy = CopyPlan(source, target, CopySettings(delete=True))
    list(copy.operations())
    assert copy.emptied == ["2 datasets"]
    copy = CopyPlan(source, target, CopySettings())
    list(copy.operations())
    assert copy.emptied == []


def test_what_is_left_out_is_neither_compared_nor_sent() -> None:
    resource = {"id": "r1", "name": "rain", "url": "https://example.org/rain.csv"}
    source = snapshot(
        datasets=[{"name": "rain", "title": "Rain", "doi": "10.1", "resources": [{**resource, "size": 3}]}]
    )
    there = {"name": "rain", "title": "Rain", "doi": "10.2", "resources": [{**resource, "size": 4}]}
    left_out = ["doi", "resources.size"]
    assert said(plan(source, snapshot(datasets=[there]))[0]) == ["copy.dataset dataset rain"]
    assert said(plan(source, snapshot(datasets=[there]), leave_out=left_out)[0]) == []
    [planned], _ = plan(source, snapshot(datasets=[{**there, "title": "Snow"}]), leave_out=left_out)
    assert planned.operation.data["changes"] == {"title": ("Snow", "Rain")}
    [planned], _ = plan(source, Snapshot(), leave_out=left_out)
    record = planned.operation.data["record"]
    assert "doi" not in record
    assert record["resources"] == [{key: value for key, value in resource.items() if key != "id"}]


def test_a_dataset_whose_organization_or_group_will_not_be_there_is_refused_once_for_each() -> None:
    file = {**UPLOAD, "resource_views": [{"view_type": "text_view"}]}
    source = snapshot(
        datasets=[
            *({"name": f"rain-{n}", "owner_org": "sky", "resources": [{**file, "id": f"r{n}"}]} for n in range(3)),
            {"name": "fish", "owner_org": "sea", "groups": [{"name": "animals"}]},
            {"name": "same", "owner_org": "sky", "title": "Same"},
            {"name": "free"},
        ]
    )
    target = snapshot(datasets=[{"name": "same", "owner_org": "sky", "title": "Same"}])

    def refusals(**settings: Any) -> dict[str, list[str]]:
        copy = CopyPlan(source, target, CopySettings(kinds=["datasets"], **settings))
        copy.there = {"organizations": {"sea"}, "groups": set()}
        found: dict[str, list[str]] = {}
        for one in copy.operations():
            if one.refused:
                found.setdefault(for_shell(one.refused), []).append(one.operation.subject)
            else:
                assert one.operation.subject in ("dataset same", "dataset free", "dataset fish")
        return found

    no_sky = (
        "the target has no organization 'sky', and this copy does not create it. Copy organizations too"
        " (--only organizations), or create it first: tuckan organization create name=sky"
    )
    (first, *rest), (group, fish) = refusals().items()
    assert first == no_sky
    assert rest == [[f"dataset rain-{n}" for n in range(3)]]
    assert ("no group 'animals'" in group, "--leave-out groups" in group, fish) == (True, True, ["dataset fish"])
    assert refusals(leave_out=["groups"]).keys() == {no_sky}
