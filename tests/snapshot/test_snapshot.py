"""Snapshots: equal means equal, and a difference that is applied leaves none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tuckan.snapshot import KINDS, Snapshot, applied, difference, normal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tuckan.snapshot import EntityKind

words = st.sampled_from(["rain", "snow", "wind", "hail", "fog"])
texts = st.one_of(st.none(), st.just(""), st.text(max_size=8))
extras = st.dictionaries(words, texts, max_size=3).map(lambda d: [{"key": k, "value": v} for k, v in d.items()])
named = st.lists(words, unique=True, max_size=3).map(lambda names: [{"name": one, "id": f"id-{one}"} for one in names])
resources = st.lists(
    st.fixed_dictionaries(
        {"id": st.uuids().map(str), "name": texts, "url": texts, "size": st.one_of(st.none(), st.integers(0, 9))}
    ),
    max_size=3,
)
datasets = st.fixed_dictionaries(
    {
        "id": st.uuids().map(str),
        "title": texts,
        "notes": texts,
        "private": st.booleans(),
        "owner_org": st.just("some-id"),
        "organization": st.one_of(st.none(), words.map(lambda name: {"name": name, "id": "some-id"})),
        "tags": named,
        "groups": named,
        "extras": extras,
        "resources": resources,
    }
)
groups = st.fixed_dictionaries({"id": st.uuids().map(str), "title": texts, "extras": extras, "users": named})
users = st.fixed_dictionaries({"id": st.uuids().map(str), "fullname": texts})


def by_name(records: Any) -> Any:
    return st.dictionaries(words, records, max_size=4).map(lambda d: [{"name": k, **v} for k, v in d.items()])


portals = st.fixed_dictionaries(
    {
        "organizations": by_name(groups),
        "groups": by_name(groups),
        "users": by_name(users),
        "datasets": by_name(datasets),
    }
)


class Portal:
    """A catalogue of plain records."""

    kinds = KINDS

    def __init__(self, records: dict[str, list[dict[str, Any]]]) -> None:
        self._records = records

    def records(self, kind: EntityKind) -> Iterable[dict[str, Any]]:
        return self._records[kind]


def shuffled(records: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """The same portal read in another order, with other ids and counts."""
    turned = {kind: [{**one, "id": f"other-{one['name']}"} for one in reversed(some)] for kind, some in records.items()}
    for one in turned["datasets"]:
        one["tags"] = [{**tag, "id": "x", "display_name": "X"} for tag in reversed(one["tags"])]
        one["extras"] = list(reversed(one["extras"]))
        one["resources"] = [{**resource, "id": "y", "created": "now"} for resource in one["resources"]]
        one["metadata_modified"] = "2024-01-01"
        one["num_tags"] = 7
    for one in turned["organizations"]:
        one["package_count"] = 12
    return turned


@given(portals)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_equal_means_equal_whatever_the_ids_and_the_order(records: dict[str, list[dict[str, Any]]]) -> None:
    one, other = Snapshot.of(Portal(records)), Snapshot.of(Portal(shuffled(records)))
    assert one == other
    assert not difference(one, other)
    assert json.dumps(one.datasets) is not None


@given(portals, portals)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_difference_that_is_applied_leaves_none(
    old: dict[str, list[dict[str, Any]]], new: dict[str, list[dict[str, Any]]]
) -> None:
    before, after = Snapshot.of(Portal(old)), Snapshot.of(Portal(new))
    changes = difference(before, after)
    assert applied(before, changes) == after
    assert bool(changes) == (before != after)
    assert applied(after, difference(after, before)) == before
    assert [(KINDS.index(one.kind), one.name) for one in changes.changes] == sorted(
        (KINDS.index(one.kind), one.name) for one in changes.changes
    )
    assert sum(changes.counts.values()) == len(changes.changes) == len(json.loads(json.dumps(changes.as_json())))


def test_what_is_read_twice_counts_once_and_single_kinds_can_be_compared() -> None:
    records = {"organizations": [{"name": "sky", "id": "1"}], "groups": [], "users": [], "datasets": []}
    taken = Snapshot.of(Portal(records), "organizations")
    taken.add("organizations", {"name": "sky", "id": "2", "title": "Sky"})
    taken.add("users", {"name": "alice", "apikey": "secret"})
    assert str(taken) == "1 organizations, 0 groups, 1 users, 0 datasets"
    assert taken.only("organizations") == Snapshot(organizations={"sky": {"name": "sky", "title": "Sky"}})
    assert taken.id_of("organizations", "sky") == "2"
    assert "secret" not in repr(taken)


def test_uploads_are_named_by_their_file_and_links_by_their_address() -> None:
    upload = {"id": "r", "url_type": "upload", "url": "https://example.org/dataset/d/resource/r/download/rain.csv"}
    link = {"id": "s", "url": "https://example.org/rain.csv", "hash": "abc"}
    found = normal("datasets", {"name": "rain", "resources": [{**upload, "hash": "abc", "size": 7}, link]})
    assert found["resources"] == [
        {"url_type": "upload", "url": "rain.csv"},
        {"url": "https://example.org/rain.csv", "hash": "abc"},
    ]


def test_a_difference_reads_well() -> None:
    old, new = Snapshot(), Snapshot()
    old.add("organizations", {"name": "sky"})
    old.add("datasets", {"name": "rain", "title": "Rain", "resources": [{"url": "u", "format": "CSV"}]})
    new.add("datasets", {"name": "rain", "title": "Rains", "resources": [{"url": "u", "format": "TSV"}]})
    new.add("groups", {"name": "weather"})
    assert str(difference(old, new)).splitlines() == [
        "- organization sky",
        "+ group weather",
        "~ dataset rain",
        "    resources[0].format: CSV -> TSV",
        "    title: Rain -> Rains",
        "1 organization deleted, 1 group created, 1 dataset changed",
    ]
    assert str(difference(old, old)) == "no difference"
