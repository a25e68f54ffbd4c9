"""What may be copied: clients, dumps and catalogues; anything else is an error that says where it is wrong."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuckan import AsyncClient, Client, Dump, Snapshot, errors
from tuckan.jobs.copying import CopyPlan, CopySettings
from tuckan.snapshot import KINDS, defect

if TYPE_CHECKING:
    from pathlib import Path

NOWHERE = "http://127.0.0.1:9"
RAIN = {
    "id": "d1",
    "name": "rain",
    "type": "dataset",
    "state": "active",
    "organization": {"name": "city"},
    "tags": [{"name": "sky", "vocabulary_id": None}],
    "groups": [{"name": "weather"}],
    "extras": [{"key": "k", "value": "v"}],
    "users": [{"name": "ann", "capacity": "admin"}],
    "resources": [
        {"id": "r1", "url": "https://a.example.org/rain.csv", "resource_views": [{"view_type": "text_view"}]}
    ],
}

MALFORMED = [
    ("{", "this is not a record"),
    ("[1]", "this is not a record"),
    ("null", "this is not a record"),
    ("[" * 3000, "this is not a record"),
    ({}, "it has neither a name nor an id"),
    ({"title": "Rain"}, "it has neither a name nor an id"),
    ({"name": 5}, "name is the number 5, not text"),
    ({"name": ["rain"]}, "name is a list, not text"),
    ({"name": "rain", "type": ["dataset"]}, "type is a list, not text"),
    ({"name": "rain", "resources": "none"}, "resources is text, not a list"),
    ({"name": "rain", "resources": [None]}, "resources.0 is null, not an object"),
    ({"name": "rain", "resources": [{"id": "r"}, {"id": 5}]}, "resources.1.id is the number 5, not text"),
    ({"name": "rain", "resources": [{"id": "r", "resource_views": [1]}]}, "resource_views.0 is the number 1"),
    ({"name": "rain", "extras": {"k": "v"}}, "extras is an object, not a list"),
    ({"name": "rain", "extras": [{"value": "v"}]}, "extras.0 has no key"),
    ({"name": "rain", "tags": ["sky"]}, "tags.0 is text, not an object"),
    ({"name": "rain", "groups": [{"title": "Sky"}]}, "groups.0 has no name or id"),
    ({"name": "rain", "groups": True}, "groups is true or false, not a list"),
    ({"name": "rain", "users": [{"name": ["ann"]}]}, "users.0.name is a list, not text"),
    ({"name": "other", "id": "d1"}, "the record with the id d1 is already in line 1"),
    ({"name": "rain", "id": "d2"}, "the record with the name rain is already in line 1"),
]  # fmt: skip


@pytest.mark.parametrize(("second", "reason"), MALFORMED)
def test_a_line_that_is_no_record_is_named(second: Any, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "datasets.jsonl"
    line = second if isinstance(second, str) else json.dumps(second)
    path.write_text(f"{json.dumps({'id': 'd1', 'name': 'rain'})}\n{line}\n")
    with pytest.raises(errors.InvalidArgument) as told:
        list(Dump(path).records("datasets"))
    assert told.value.message.startswith(f"{path}, line 2: ")
    assert reason in told.value.message


def test_a_deleted_record_may_share_its_name(tmp_path: Path) -> None:
    path = tmp_path / "datasets.jsonl"
    active, deleted = {"id": "d1", "name": "rain"}, {"id": "d2", "name": "rain", "state": "deleted"}
    for lines in ([active, deleted], [deleted, active]):
        path.write_text("".join(json.dumps(one) + "\n" for one in lines))
        assert Snapshot.of(Dump(path)).id_of("datasets", "rain") == "d1"


@pytest.mark.parametrize(
    ("ids", "reason"), [(["r", ""], "resources.1 has no id"), (["r", "r"], "has the id of another record")]
)
def test_resources_that_nothing_tells_apart_are_not_copied(ids: list[str], reason: str) -> None:
    source = Snapshot()
    source.add("datasets", {"name": "rain", "resources": [{"id": one, "url": "https://example.org"} for one in ids]})
    with pytest.raises(errors.InvalidArgument, match=f"The dataset rain can't be copied: .*{reason}"):
        list(CopyPlan(source, Snapshot(), CopySettings()).operations())


class Home:
    """A catalogue of somebody's own."""

    kinds = KINDS

    def __init__(self, **records: Any) -> None:
        self.found = records

    def records(self, kind: str) -> Any:
        return self.found.get(kind, [])


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of all values within one."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, one in parts for found in paths(one, (*path, key)))]


STRANGE = st.sampled_from([None, 5, True, "", "text", [], [1], ["x"], [[]], [None], [{}], {}, {"name": []}, {"id": 5}])


@given(st.sampled_from(paths(RAIN)[1:]), STRANGE, st.sampled_from(KINDS))
def test_whatever_a_record_holds_it_is_planned_or_refused(path: tuple[Any, ...], value: Any, kind: Any) -> None:
    record: Any = json.loads(json.dumps(RAIN))
    within = record
    for key in path[:-1]:
        within = within[key]
    within[path[-1]] = value
    source = Snapshot()
    if defect(record):
        with pytest.raises(errors.InvalidArgument):
            source.add(kind, record)
        return
    source.add(kind, record)
    every = CopySettings(users=True, tables=True, delete=True)
    list(CopyPlan(Snapshot(), source, every).operations())
    if kind != "datasets" or all(one.get("id") for one in record["resources"] or ()):
        assert list(CopyPlan(source, Snapshot(), every).operations())
        list(CopyPlan(source, source, every).operations())


def test_what_is_no_source_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    sources: list[tuple[Any, str]] = [
        (tmp_path / "gone.jsonl", "There is no dump in"),
        (str(tmp_path / "empty"), "There is no dump in"),
        ("", "not the path of a dump"),
        ("https://ann:pw@example.org", "is the address of a portal"),
        (5, "5 can't be copied"),
        (None, "None can't be copied"),
        ({"name": "rain"}, "can't be copied"),
        (AsyncClient(NOWHERE), "is a client of the other kind"),
    ]
    with Client(NOWHERE) as ckan:
        for source, reason in sources:
            with pytest.raises(errors.InvalidArgument, match=reason) as told:
                ckan.jobs.copy(source)
            assert "pw@" not in str(told.value)
        for kinds in ("dataset", ["datasets", "tags"], [5]):
            with pytest.raises(errors.InvalidArgument, match="There are no"):
                ckan.jobs.copy(Home(), kinds=kinds)  # type: ignore[arg-type]
        for target in ("https://example.org", None, AsyncClient(NOWHERE)):
            with pytest.raises(errors.InvalidArgument, match="not a client of the same kind"):
                ckan.copy_to(target)  # type: ignore[arg-type]

    async def other_way_round() -> None:
        async with AsyncClient(NOWHERE) as ckan:
            with pytest.raises(errors.InvalidArgument, match="of the other kind"):
                await ckan.jobs.copy(Client(NOWHERE))  # type: ignore[arg-type]

    asyncio.run(other_way_round())
