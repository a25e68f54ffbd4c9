"""What a portal kept of what was sent: as it was, in another form, or not at all."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuckan.errors import DoesNotFit, Incomplete, NotKept
from tuckan.shapes import Secret
from tuckan.snapshot import differing, verify
from tuckan.snapshot.fields import COMPUTED, nearest

IDS = st.text("0123456789abcdef", min_size=4, max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("xyz_", min_size=1), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.text("abcdefgh_", min_size=3, max_size=8)
TAGS = st.lists(st.text("abc-", min_size=2, max_size=5), unique=True, max_size=4)
RECORDS = st.fixed_dictionaries(
    {
        "title": st.text(max_size=12),
        "tags": TAGS.map(lambda names: [{"name": name} for name in names]),
        "extras": st.dictionaries(NAMES, st.text(max_size=5), max_size=3).map(
            lambda values: [{"key": key, "value": value} for key, value in values.items()]
        ),
        "resources": st.lists(
            st.fixed_dictionaries({"id": IDS, "name": st.text(max_size=5)}), max_size=3, unique_by=lambda one: one["id"]
        ),
        "field": VALUES,
    }
)


def paths(kind: str, sent: dict[str, Any], record: dict[str, Any], **more: Any) -> tuple[list[str], list[str]]:
    verification = verify(kind, sent, record, **more)
    return [one.path for one in verification.lost], [one.path for one in verification.kept_as]


@given(RECORDS, st.randoms())
def test_what_comes_back_as_it_was_sent_is_kept(record: dict[str, Any], chance: Any) -> None:
    answer = copy.deepcopy(record)
    for name in ("tags", "extras"):
        chance.shuffle(answer[name])
    for one in (*answer["tags"], *answer["resources"]):
        one["state"] = "active"
    assert paths("dataset", record, {**answer, "id": "x", "num_tags": 9}) == ([], [])


@given(RECORDS, st.sampled_from(["title", "tags", "extras", "resources", "field"]))
def test_what_is_dropped_is_lost(record: dict[str, Any], name: str) -> None:
    lost, _ = paths("dataset", record, {key: value for key, value in record.items() if key != name})
    said = bool(differing({}, {name: record[name]}))
    assert bool(lost) == said, "nothing is lost of nothing"
    assert all(path.startswith(name) for path in lost)


@given(RECORDS, RECORDS)
def test_each_field_that_differs_is_in_one_of_the_lists(sent: dict[str, Any], record: dict[str, Any]) -> None:
    lost, kept_as = paths("dataset", sent, record)
    named = {path.removeprefix("order of ").partition(".")[0].partition("[")[0] for path in (*lost, *kept_as)}
    unlike = set(differing(record, sent))
    # Of extras that were not there before, only what was sent counts: portals add their own.
    assert unlike - {"extras", "field"} <= named <= unlike
    assert not set(lost) & set(kept_as)


@pytest.mark.parametrize(
    ("sent", "there"),
    [
        (" Rain ", "Rain"),
        ("Rain", "rain"),
        ("a\r\nb", "a\nb"),
        ("cafe\u0301", "caf\u00e9"),
        ("rain, snow", ["rain", "snow"]),
        (["rain", "snow"], "rain,snow"),
        (["snow", "rain"], ["rain", "snow"]),
        ("rain", ["rain"]),
        ([{"a": 1}], '[{"a": 1}]'),
        ('{"a": 1}', {"a": 1}),
        ("5.0", 5),
        ("yes", True),
        (0, False),
        ("2024-01-01", "2024-01-01T00:00:00"),
        ("example.org/a", "https://example.org/a"),
        ("https://example.org", "https://example.org/"),
        ("https://example.org/ä b", "https://example.org/%C3%A4%20b"),
    ],
)
def test_values_in_another_form(sent: Any, there: Any) -> None:
    assert paths("dataset", {"x": sent}, {"x": there}) == ([], ["x"])


@pytest.mark.parametrize(
    ("sent", "there"),
    [
        ("Rain", "Snow"),
        ("Rain", None),
        ("", "Rain"),
        (None, "Rain"),
        (["rain", "snow"], ["rain"]),
        (["rain"], ["rain", "snow"]),
        ([{"a": 1}, {"b": 2}], [{"a": 1}]),
        ([{"a": 1}], []),
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, '{"a": 2}'),
        (5, 6),
        (True, False),
        ("2024-01-01", "2024-01-02T00:00:00"),
        ("example.org/a", "https://example.org/b"),
        ("https://example.org/a", "a"),
    ],
)
def test_values_that_are_not_kept(sent: Any, there: Any) -> None:
    lost, kept_as = paths("dataset", {"x": sent}, {"x": there})
    assert (len(lost), kept_as) == (1, [])


def test_a_name_that_is_no_field_has_the_one_that_was_meant() -> None:
    there = {"name": "rivers", "license_id": None, "contact_email": ""}
    verification = verify("dataset", {"license": "cc-by", "contact_mail": "a@example.org", "zzz": 1}, there)
    assert dict(verification.near) == {"license": "license_id", "contact_mail": "contact_email"}
    assert nearest("dataset", "licence_id", {}) == "license_id"
    assert nearest("dataset", "organization", {}) == "owner_org"
    assert nearest("user", "full_name", {}) == "fullname"
    assert nearest("organization", "notes", {}) == "description"


def test_the_reason_names_field_values_and_what_was_meant() -> None:
    assert verify("dataset", {"title": "a"}, {"title": "b"}).reason() == "not kept: title: sent 'a', found 'b'"
    assert verify("dataset", {"title": "a"}, {"title": "a"}).reason() == ""
    two = verify("dataset", {"license": "x", "title": "a"}, {"title": "b"}).reason()
    assert two == (
        "not kept: license (did you mean license_id?), title: license: sent 'x', found no such field; title: sent 'a', found 'b'"
    )
    sent = {"resources": [{"id": str(n), "name": f"n{n}"} for n in range(9)]}
    many = verify("dataset", sent, {"resources": [{"id": str(n), "name": "x"} for n in range(9)]}).reason()
    assert many.startswith("not kept: resources.name: resources[0].name: sent 'n0', found 'x'; ")
    assert many.endswith("; and 4 more")


def test_what_portals_compute_may_be_sent_back_with_the_whole_record() -> None:
    resource = {"id": "1", "package_id": "d", "created": "2019", "position": 0, "datastore_active": True, "size": 7}
    sent = {
        "metadata_created": "2019",
        "metadata_modified": "2020",
        "num_tags": 3,
        "num_resources": 1,
        "resources": [resource],
    }
    there = {
        "metadata_created": "2018",
        "metadata_modified": "2021",
        "num_tags": 0,
        "num_resources": 1,
        "resources": [{"id": "1", "created": "2019", "datastore_active": False, "position": 2, "size": 8}],
    }
    assert paths("dataset", sent, there) == (["resources[0].size"], [])
    before = {"resources": [{"id": "1", "size": 7}]}
    assert paths("dataset", sent, there, before=before) == ([], []), "it was only sent back"


@pytest.mark.parametrize(
    ("kind", "name", "sent", "found", "near"),
    [
        ("dataset", "num_tags", 9, 0, ""),
        ("dataset", "isopen", True, False, "license_id"),
        ("dataset", "metadata_created", "2001-01-01T00:00:00", "2026-01-01T00:00:00", ""),
        ("dataset", "organization", {"name": "space"}, {"id": "1", "name": "city"}, "owner_org"),
        ("dataset", "relationships_as_subject", [], [{"type": "child_of"}], ""),
        ("resource", "position", 4, 0, ""),
        ("resource", "datastore_active", True, False, ""),
        ("resource", "clear_upload", "true", None, ""),
        ("group", "package_count", 7, 1, ""),
        ("group", "image_display_url", "https://example.org/a.png", "", "image_url"),
        ("organization", "display_name", "D", "city", "title"),
        ("organization", "approval_status", "denied", "approved", ""),
        ("user", "display_name", "D", "alice", "fullname"),
        ("view", "package_id", "x", "y", ""),
    ],
)
def test_what_portals_compute_is_lost_when_somebody_asked_for_it(
    kind: str, name: str, sent: Any, found: Any, near: str
) -> None:
    there = {
        "name": "x",
        "title": "x",
        "image_url": "",
        "license_id": "",
        "url_type": "upload",
        name: found,
    }
    asked = verify(kind, {name: sent, "id": "1"}, {**there, "id": "1"}, before=there)
    assert [one.path.partition("[")[0] for one in asked.lost] == [name]
    assert dict(asked.near) == ({name: near} if near else {})
    if name in COMPUTED[kind] - {"organization"}:
        assert verify(kind, {name: found}, {**there, name: sent}, before=there), "it was only sent back"


def test_what_only_tells_where_a_record_is_moves_nothing() -> None:
    there = {"package_id": "1", "name": "x", "organization": {"id": "o1", "name": "census"}, "owner_org": "o1"}
    assert paths("resource", {"package_id": "2"}, there) == (["package_id"], [])
    assert paths("resource", {"package_id": "1"}, there) == ([], [])
    for wanted in ({"name": "space"}, "space"):
        verification = verify("dataset", {"organization": wanted}, there)
        assert dict(verification.near) == {"organization": "owner_org"}
    assert paths("dataset", {"organization": {"id": "o1"}}, there) == ([], [])
    assert paths("dataset", {"organization": {"name": "space"}, "owner_org": "o1"}, there) == ([], [])


def test_secrets_are_not_compared() -> None:
    sent = {"password": "hunter2", "about": "x", "key": Secret("hunter2"), "inner": {"token": "hunter2"}}
    verification = verify("user", sent, {"about": "y", "inner": {}})
    assert [one.path for one in verification.lost] == ["about"]
    assert "hunter2" not in str(verification)


def test_extras_are_told_apart_by_their_keys() -> None:
    sent = {"extras": [{"key": "depth", "value": "3"}, {"key": "colour", "value": "blue"}]}
    assert paths("dataset", sent, {"extras": [{"key": "depth", "value": "3"}]}) == (["extras.colour"], [])
    assert paths("dataset", sent, {"extras": [], "depth": "3", "colour": ["blue"]}) == (
        [],
        ["extras.depth", "extras.colour"],
    )
    assert paths("group", {"alias": "x"}, {"extras": [{"key": "alias", "value": "x"}]}) == ([], ["alias"])
    mine = [{"key": "depth", "value": "3"}]
    theirs = [*mine, {"key": "computed", "value": "1"}]
    assert paths("dataset", {"extras": mine}, {"extras": theirs}, before={"extras": mine}) == ([], [])
    assert paths("dataset", {"extras": []}, {"extras": theirs}, before={"extras": mine}) == (["extras.depth"], [])
    assert paths("group", {"extras": [{"key": "depth", "value": "3", "deleted": True}]}, {"extras": mine}) == (
        ["extras.depth"],
        [],
    )


def test_groups_and_members_are_told_apart_by_name_or_id() -> None:
    water, air = {"id": "1", "name": "water"}, {"id": "2", "name": "air"}
    assert paths("dataset", {"groups": [{"id": "water"}, {"name": "2"}]}, {"groups": [air, water]}) == ([], [])
    lost = verify("dataset", {"groups": [{"name": "water"}, {"name": "sky"}]}, {"groups": [water]}).lost
    assert (lost[0].sent, lost[0].found) == (["water", "sky"], ["water"])
    ann = {"name": "ann", "capacity": "editor"}
    assert paths("group", {"users": [ann]}, {"users": [{**ann, "capacity": "member"}]}) == (["users"], [])
    creator = {"name": "admin", "capacity": "admin"}
    assert paths("group", {"users": [ann]}, {"users": [creator, ann]}, new=True) == ([], [])
    assert paths("group", {"users": []}, {"users": [creator]}) == (["users"], [])
    assert paths("group", {"users": []}, {"users": [creator]}, before={"users": [creator]}) == (["users"], [])


def test_tags() -> None:
    there = {"tags": [{"name": "rain", "vocabulary_id": None}, {"name": "snow"}]}
    assert paths("dataset", {"tag_string": "snow, Rain"}, there) == ([], ["tag_string"])
    assert paths("dataset", {"tag_string": "hail"}, there) == (["tag_string"], [])
    assert paths("dataset", {"tags": [{"name": "Rain"}, {"name": "snow"}]}, there) == ([], ["tags"])
    assert paths("dataset", {"tags": [{"name": "rain", "vocabulary_id": "v"}, {"name": "snow"}]}, there) == (
        ["tags"],
        [],
    )
    assert paths("dataset", {"tags": [{"name": "rain"}]}, there) == (["tags"], [])


def test_resources_are_told_apart_by_their_ids() -> None:
    one, two = {"id": "1", "url": "https://example.org/1", "format": "CSV"}, {"id": "2", "url": "https://example.org/2"}
    there = {"resources": [one, two]}
    assert paths("dataset", {"resources": [{**one, "format": "text/csv"}, two]}, there) == ([], ["resources[0].format"])
    assert paths("dataset", {"resources": [two, one]}, there) == (["order of resources"], [])
    assert paths("dataset", {"resources": [one]}, there) == (["resources[1]"], [])
    assert paths("dataset", {"resources": [one, two, {"url": "c"}]}, there) == (["resources[2]"], [])
    file = {"id": "1", "url_type": "upload", "url": "https://example.org/download/my-rain.csv"}
    assert paths("resource", {"url": "My Rain.csv"}, file) == ([], ["url"])
    assert paths("resource", {"url": "https://elsewhere.org/my-rain.csv"}, file) == (["url"], [])
    assert paths("resource", {"upload": "x", "clear_upload": True}, file) == ([], [])


def test_a_new_record_is_filled_in_by_the_portal() -> None:
    sent = {"title": "", "type": None, "name": "rivers"}
    there = {"title": "rivers", "type": "dataset", "name": "rivers"}
    assert paths("dataset", sent, there, new=True) == ([], [])
    assert paths("dataset", sent, there) == (["type"], ["title"])


@pytest.mark.parametrize(
    "error",
    [
        NotKept(
            "lost", portal="p", subject="dataset x", fields={"title": ("a", None)}, record={"id": "1"}, hint="look"
        ),
        Incomplete("short", expected=3, received=2, missing=["a"]),
        DoesNotFit("no number", column="size", value="x"),
    ],
)
def test_errors_can_be_pickled_and_copied(error: Any) -> None:
    for other in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):  # noqa: S301 - our own
        assert (type(other), str(other), vars(other)) == (type(error), str(error), vars(error))
