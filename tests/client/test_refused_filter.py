"""Changes of datasets on a portal whose plugin makes `package_revise` refuse every `filter`."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import pytest
from tests.shell import Shell

from tuckan import Client, errors
from tuckan.config import Profile, save_profile
from tuckan.snapshot import normal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tuckan.sandbox import Sandbox

pytestmark = [
    pytest.mark.unruly("refuses_filter"),
    pytest.mark.filterwarnings("ignore::tuckan.errors.NoFilter"),
]

RAIN: dict[str, Any] = {
    "name": "rain",
    "title": "Rain",
    "owner_org": "city",
    "tags": [{"name": "sea"}, {"name": "sky"}],
    "extras": [{"key": "depth", "value": "3"}, {"key": "width", "value": "4"}],
    "groups": [{"name": "water"}],
    "resources": [{"name": name, "url": f"https://example.org/{name}.csv"} for name in ("a", "b", "c")],
}


@pytest.fixture
def portal(clean_portal: Sandbox, ckan_client: Client) -> Client:
    ckan_client.call("organization_create", name="city")
    for name in ("water", "air"):
        ckan_client.call("group_create", name=name)
    ckan_client.datasets.create(RAIN)
    return ckan_client


@pytest.fixture
def through(portal: Client, proxy: Any, ckan_sandbox: Sandbox) -> Iterator[Client]:
    """A client whose requests go through the proxy."""
    with Client(proxy.url, ckan_sandbox.token()) as client:
        yield client


def names(records: list[dict[str, Any]], key: str = "name") -> list[str]:
    return [one[key] for one in records]


EDITS: dict[str, tuple[Callable[[Client, str], Any], Callable[[dict[str, Any]], Any], Any]] = {
    "patch": (lambda ckan, key: ckan.datasets.patch(key, notes="Wet."), lambda one: one["notes"], "Wet."),
    "rename": (lambda ckan, key: ckan.datasets.patch(key, title="Snow"), lambda one: one["title"], "Snow"),
    "add tags": (
        lambda ckan, key: ckan.datasets.add_tags(key, "ice"),
        lambda one: names(one["tags"]),
        ["ice", "sea", "sky"],
    ),
    "remove tags": (lambda ckan, key: ckan.datasets.remove_tags(key, "sea"), lambda one: names(one["tags"]), ["sky"]),
    "no tags": (lambda ckan, key: ckan.datasets.patch(key, tags=[]), lambda one: one["tags"], []),
    "set extras": (
        lambda ckan, key: ckan.datasets.set_extras(key, depth="5", area="9"),
        lambda one: {pair["key"]: pair["value"] for pair in one["extras"]},
        {"depth": "5", "width": "4", "area": "9"},
    ),
    "remove extras": (
        lambda ckan, key: ckan.datasets.remove_extras(key, "depth"),
        lambda one: names(one["extras"], "key"),
        ["width"],
    ),
    "another group": (
        lambda ckan, key: ckan.datasets.patch(key, groups=[{"name": "air"}]),
        lambda one: names(one["groups"]),
        ["air"],
    ),
    "upsert": (
        lambda ckan, key: ckan.datasets.upsert({"name": key, "title": "Hail", "tags": [{"name": "ice"}]}),
        lambda one: (one["title"], names(one["tags"]), names(one["resources"])),
        ("Hail", ["ice"], ["a", "b", "c"]),
    ),
    "add resources": (
        lambda ckan, key: ckan.datasets.add_resources(key, [{"name": "d", "url": "https://example.org/d"}]),
        lambda one: names(one["resources"]),
        ["a", "b", "c", "d"],
    ),
    "remove, change, order and add resources": (
        lambda ckan, key: ckan.datasets.update(
            key,
            lambda one: {
                "resources": [
                    one["resources"][2],
                    {"name": "new", "url": "https://example.org/new"},
                    {**one["resources"][0], "format": "TSV"},
                ]
            },
        ),
        lambda one: [(each["name"], each["url"], each["format"]) for each in one["resources"]],
        [
            ("c", "https://example.org/c.csv", "CSV"),
            ("new", "https://example.org/new", ""),
            ("a", "https://example.org/a.csv", "TSV"),
        ],
    ),
}


def test_every_change_of_a_dataset(portal: Client) -> None:
    for number, (what, (change, look, wanted)) in enumerate(EDITS.items()):
        before = portal.datasets.create({**RAIN, "name": f"rain-{number}"})
        change(portal, before["name"])
        after = portal.datasets.get(before["name"])
        assert look(after) == wanted, what
        was, now = normal("datasets", before), normal("datasets", after)
        changed = {name for name in was if was[name] != now.get(name)}
        assert len(changed) <= 2, f"{what}: what was not named is as it was: {changed}"
        kept = {one["id"]: one["url"] for one in before["resources"]}
        assert all(kept.get(one["id"], one["url"]) == one["url"] for one in after["resources"]), what


def test_it_is_found_out_once_and_told_once(through: Client, proxy: Any) -> None:
    through.datasets.patch("rain", notes="1")
    through.datasets.patch("rain", notes="2")
    asked = [json.loads(one.body) for one in proxy.calls("package_revise")]
    assert [("filter" in one, one["update"]) for one in asked] == [
        (True, {"notes": "1"}),
        (False, {"notes": "1"}),
        (False, {"notes": "2"}),
    ]
    with pytest.warns(errors.NoFilter, match=r"tags.*package_patch"):
        through.datasets.remove_tags("rain", "sea")
    through.datasets.remove_tags("rain", "sky")


def test_what_a_job_found_out_is_remembered_by_the_profile_and_shown(
    portal: Client, proxy: Any, ckan_sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    variables = {"TUCKAN_CONFIG_DIR": str(tmp_path / "config"), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    save_profile(Profile("here", proxy.url, ckan_sandbox.token()))
    shell = Shell(tmp_path, variables)
    assert "found out" not in shell("status", "-p", "here", "--format", "table").out
    with Client(profile="here") as first:
        with first.jobs.patch({"notes": "1"}, filters={"name": "rain"}) as job:
            assert job.run().done == {"changed": 1}
        first.datasets.patch("rain", notes="2")
    with Client(profile="here") as second:
        second.datasets.patch("rain", notes="3")
    asked = [json.loads(one.body) for one in proxy.calls("package_revise")]
    assert [("filter" in one, one["update"]["notes"]) for one in asked] == [
        (True, "1"),
        (False, "1"),
        (False, "2"),
        (False, "3"),
    ]
    assert "package_revise refuses `filter`" in shell("status", "-p", "here", "--format", "table").out
    assert portal.portal.capabilities().limitations == (), "a client without a profile knows what it found out itself"


def test_what_is_only_merged_is_refused_where_somebody_was_faster(through: Client, portal: Client, proxy: Any) -> None:
    def faster(seen: Any, passed_on: Any) -> Any:
        if "filter" not in json.loads(seen.body):
            portal.datasets.add_tags("rain", "theirs")
            proxy.always(None)
        return passed_on()

    proxy.always(lambda seen, passed_on: faster(seen, passed_on) if seen.action == "package_revise" else passed_on())
    through.datasets.add_tags("rain", "ours")
    assert names(portal.datasets.get("rain")["tags"]) == ["ours", "sea", "sky", "theirs"]


@pytest.mark.parametrize("field", ["tags", "notes"])
def test_a_change_by_others_while_a_list_is_replaced_is_told(
    through: Client, portal: Client, proxy: Any, field: str
) -> None:
    def meanwhile(seen: Any, passed_on: Any) -> Any:
        if field == "tags":
            portal.datasets.add_tags("rain", "theirs")
        else:
            portal.datasets.patch("rain", notes="Theirs.")
        return passed_on()

    proxy.next(meanwhile, action="package_patch")
    with pytest.raises(errors.Conflict, match="rain was changed by somebody else while tags was replaced") as caught:
        through.datasets.remove_tags("rain", "sea")
    assert caught.value.arrived
    after = portal.datasets.get("rain")
    assert names(after["tags"]) == ["sky"]
    assert after["notes"] == ("" if field == "tags" else "Theirs.") or after["notes"] is None


def test_a_write_that_met_another_is_looked_up_when_the_job_goes_on(
    through: Client, portal: Client, proxy: Any
) -> None:
    def meanwhile(seen: Any, passed_on: Any) -> Any:
        portal.datasets.patch("rain", notes="Theirs.")
        return passed_on()

    job = through.jobs.patch({"tags": [{"name": "sky"}]}, q="name:rain")
    proxy.next(meanwhile, action="package_patch")
    report = job.run()
    (failure,) = job.failures()
    assert (report.failed, "The new value is written" in failure.reason) == (1, True)
    report = job.run(retry_failed=True)
    assert (report.failed, sum(report.done.values())) == (0, 1)
    assert len(proxy.calls("package_patch")) == 1
    job.close()


@pytest.mark.parametrize("watched", [True, False])
def test_what_would_show_a_change_by_others_is_only_named_where_it_is_there(
    through: Client, proxy: Any, faults: Any, *, watched: bool
) -> None:
    if not watched:
        off = b'{"success": false, "error": {"__type": "Authorization Error"}}'
        proxy.next(faults.status(403, off), action="package_activity_list")
    with pytest.warns(errors.NoFilter, match="activities are checked" if watched else "shows no activities"):
        through.datasets.remove_tags("rain", "sea")


def test_a_change_by_others_just_before_a_list_is_replaced_is_taken_in(
    through: Client, portal: Client, proxy: Any
) -> None:
    def before(seen: Any, passed_on: Any) -> Any:
        portal.datasets.add_tags("rain", "theirs")
        return passed_on()

    proxy.next(before, action="package_activity_list")
    through.datasets.remove_tags("rain", "sea")
    assert names(portal.datasets.get("rain")["tags"]) == ["sky", "theirs"]


def test_many_add_and_remove_at_once_and_nothing_is_lost(portal: Client) -> None:
    def add(number: int) -> None:
        portal.datasets.add_tags("rain", f"tag-{number}")

    workers = [threading.Thread(target=add, args=(number,)) for number in range(6)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert names(portal.datasets.get("rain")["tags"]) == ["sea", "sky", *(f"tag-{number}" for number in range(6))]


def test_relationships_that_ckan_would_delete_are_not(portal: Client) -> None:
    portal.datasets.create(name="snow", owner_org="city")
    portal.datasets.relate("rain", "depends_on", "snow")
    with pytest.raises(errors.Conflict, match="relationships"):
        portal.datasets.patch("rain", notes="Wet.")
    assert [one["type"] for one in portal.datasets.relationships("rain")] == ["depends_on"]


def test_files_and_nested_fields_of_resources(portal: Client, tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("one.csv", "two.csv")]
    for one in files:
        one.write_text(f"a\n{one.name}\n")
    made = portal.resources.upload_many("rain", files)
    again = portal.resources.upload_many(
        "rain", [{"file": files[0], "id": made[0].resource["id"], "langs": ["en"]}], again=True
    )
    assert again[0].resource["langs"] in (["en"], '["en"]')
    assert names(portal.datasets.get("rain")["resources"]) == ["a", "b", "c", "one.csv", "two.csv"]
