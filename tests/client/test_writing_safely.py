"""Nothing is lost, and nothing is done twice: random edits, many at once, and answers that never come."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tuckan import AsyncClient, Client, errors
from tuckan.wire.retry import RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tuckan.sandbox import Sandbox

    Name = Callable[[], str]

QUICK = RetryPolicy(attempts=5, base=0.01, longest=0.05, budget=20)
MOVING = {"metadata_modified", "num_tags", "num_resources", "organization"}


def names(things: list[dict[str, Any]]) -> list[str]:
    return [one["name"] for one in things]


# --- random edits: what was not touched is byte for byte the same ---------------------------------------------------

# CKAN 2.10 strips titles.
WORDS = (
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=20)
    .map(str.strip)
    .filter(bool)
)
TAGS = st.sampled_from(["sky", "rain", "snow", "ice", "Straße", "two words"])
KEYS = st.sampled_from(["size", "depth", "größe", "a key"])
FIELDS = st.sampled_from(["title", "notes", "version", "author", "maintainer", "url"])
EDITS = st.one_of(
    st.tuples(st.just("add_tags"), st.lists(TAGS, min_size=1)),
    st.tuples(st.just("remove_tags"), st.lists(TAGS, min_size=1)),
    st.tuples(st.just("set_extras"), st.dictionaries(KEYS, WORDS, min_size=1)),
    st.tuples(st.just("remove_extras"), st.lists(KEYS, min_size=1)),
    st.tuples(st.sampled_from(["add_to_groups", "remove_from_groups"]), st.just(["water"])),
    st.tuples(st.just("patch"), st.dictionaries(FIELDS, WORDS, min_size=1)),
    st.tuples(st.just("update"), st.dictionaries(FIELDS, WORDS, min_size=1)),
    st.tuples(st.just("update_resources"), st.tuples(st.integers(0, 2), WORDS)),
    st.tuples(st.just("reorder"), st.integers(0, 2)),
)


@pytest.fixture
def rich(city: Sandbox, new_name: Name) -> Iterator[tuple[Client, str]]:
    """A dataset with something of everything."""
    with city.client() as ckan:
        themes, name = new_name(), new_name()
        vocabulary = ckan.vocabularies.create(themes, ["nature"])
        ckan.datasets.create(
            name=name,
            owner_org="city",
            title='"Größe" & <b>more</b>\\x',
            notes="one\n\n two \t three",
            license_id="cc-by",
            tags=[{"name": "sky"}, {"name": "rain"}, {"name": "nature", "vocabulary_id": vocabulary["id"]}],
            extras=[{"key": "size", "value": " 1 "}, {"key": "json", "value": '{"a": [1, 2]}'}],
            groups=[{"name": "water"}],
            resources=[
                {"url": "https://example.org/a?b=c&d=%20", "name": "ä", "depth": "7", "format": "CSV"},
                {"url": "https://example.org/b", "name": "b", "nested": {"a": [1, {"b": None}]}, "size": 12},
                {"url": "https://example.org/c", "description": "  spaces  "},
            ],
        )
        yield ckan, name


def apply(ckan: Client, name: str, method: str, value: Any) -> set[str]:
    """Make an edit, and tell which fields it may have changed."""
    if method == "update":
        ckan.datasets.update(name, lambda one: one.update(value))
        return set(value)
    if method == "patch":
        ckan.datasets.patch(name, value)
        return set(value)
    if method == "update_resources":
        resource = ckan.resources.list(name)[value[0]]["id"]
        ckan.datasets.update_resources(name, [{"id": resource, "description": value[1]}])
        return {f"resource {resource}"}
    if method == "reorder":
        ckan.resources.reorder(name, [ckan.resources.list(name)[value]["id"]])
        return {"order"}
    getattr(ckan.datasets, method)(name, value)
    return {method.rpartition("_")[2]}


def parts(record: dict[str, Any]) -> dict[str, str]:
    """A dataset in parts, each as JSON; resources one by one, whatever their place.

    CKAN gives extras in the order they came until the first change, and by their key afterwards; up to 2.11 that change
    gives every resource a new `metadata_modified` too.
    """
    found = {key: json.dumps(value, sort_keys=True) for key, value in record.items() if key not in MOVING}
    found["extras"] = json.dumps(sorted(record["extras"], key=lambda one: one["key"]))
    del found["resources"]
    found["order"] = json.dumps([one["id"] for one in record["resources"]])
    for one in record["resources"]:
        content = {key: value for key, value in one.items() if key not in ("position", "metadata_modified")}
        found[f"resource {one['id']}"] = json.dumps(content, sort_keys=True)
    return found


# Each example is many requests: what fails is told as it is, since a search for a simpler one takes minutes.
ON_A_PORTAL = settings(
    max_examples=12,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@ON_A_PORTAL
@given(edits=st.lists(EDITS, min_size=1, max_size=5))
def test_what_was_not_touched_is_the_same(rich: tuple[Client, str], edits: list[tuple[str, Any]]) -> None:
    ckan, name = rich
    before = parts(ckan.datasets.get(name))
    touched: set[str] = set()
    for method, value in edits:
        touched |= apply(ckan, name, method, value)
    after = parts(ckan.datasets.get(name))
    assert {key: value for key, value in after.items() if key not in touched} == {
        key: value for key, value in before.items() if key not in touched
    }


@ON_A_PORTAL
@given(
    tags=st.lists(TAGS, min_size=1, unique=True),
    gone=st.lists(TAGS, min_size=1),
    extras=st.dictionaries(KEYS, WORDS, min_size=1),
    fields=st.dictionaries(FIELDS, WORDS, min_size=1),
)
def test_what_was_touched_is_what_was_asked_for(
    rich: tuple[Client, str], tags: list[str], gone: list[str], extras: dict[str, str], fields: dict[str, str]
) -> None:
    ckan, name = rich
    before = ckan.datasets.get(name)
    wanted = {*names(before["tags"]), *tags} - set(gone)
    ckan.datasets.add_tags(name, tags)
    ckan.datasets.remove_tags(name, gone)
    ckan.datasets.set_extras(name, extras)
    after = ckan.datasets.update(name, fields)
    assert set(names(after["tags"])) == wanted | {"nature"}
    assert {one["key"]: one["value"] for one in after["extras"]} == {
        **{one["key"]: one["value"] for one in before["extras"]},
        **extras,
    }
    assert {field: after[field] for field in fields} == fields


# --- many at once ----------------------------------------------------------------------------------------------------

MANY = 20


def test_edits_by_threads_of_two_clients_lose_nothing(city: Sandbox, new_name: Name) -> None:
    name = new_name()
    with city.client() as one, city.client() as other:
        one.datasets.create(name=name, owner_org="city", extras=[{"key": "n", "value": "0"}])

        def count(there: dict[str, Any]) -> None:
            there["extras"][0]["value"] = str(int(there["extras"][0]["value"]) + 1)

        def edit(number: int) -> None:
            client = (one, other)[number % 2]
            client.datasets.add_tags(name, f"tag-{number}")
            client.datasets.update(name, count)

        with ThreadPoolExecutor(MANY) as pool:
            list(pool.map(edit, range(MANY)))
        after = one.datasets.get(name)
    assert set(names(after["tags"])) == {f"tag-{number}" for number in range(MANY)}
    assert after["extras"] == [{"key": "n", "value": str(MANY)}]


def test_edits_by_tasks_lose_nothing(city: Sandbox, new_name: Name) -> None:
    name = new_name()

    async def work() -> dict[str, Any]:
        async with AsyncClient(city.url, city.token()) as one, AsyncClient(city.url, city.token()) as other:
            await one.datasets.create(name=name, owner_org="city")
            edits = [
                (one, other)[number % 2].datasets.set_extras(name, {f"key-{number}": str(number)})
                for number in range(MANY)
            ]
            await asyncio.gather(*edits)
            return await one.datasets.get(name)

    after = asyncio.run(work())
    assert {one["key"]: one["value"] for one in after["extras"]} == {f"key-{n}": str(n) for n in range(MANY)}


def test_resources_that_are_added_and_deleted_at_once(city: Sandbox, new_name: Name) -> None:
    name = new_name()
    links = [{"url": f"https://example.org/{n}", "name": f"old-{n}"} for n in range(6)]
    with city.client() as ckan:
        made = ckan.datasets.create(name=name, owner_org="city", resources=links)

        def edit(number: int) -> None:
            if number % 2:
                ckan.resources.delete(made["resources"][number]["id"])
            else:
                ckan.datasets.add_resources(
                    name, [{"url": f"https://example.org/new/{number}", "name": f"new-{number}"}]
                )
                ckan.datasets.update_resources(name, [{"id": made["resources"][number]["id"], "description": "d"}])

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(edit, range(6)))
        after = ckan.datasets.get(name)["resources"]
    assert sorted(names(after)) == ["new-0", "new-2", "new-4", "old-0", "old-2", "old-4"], (
        "none is lost, none came back"
    )
    assert {one["name"] for one in after if one.get("description")} == {"old-0", "old-2", "old-4"}


# --- answers that are lost -------------------------------------------------------------------------------------------

LOST = ["reset_after", "lost_behind_502", "cut_in_half", "reset_before"]


@pytest.fixture
def far(proxy: Any, city: Sandbox) -> Iterator[Client]:
    """A client whose portal stands behind a fault proxy."""
    with Client(proxy.url, city.token(), retries=QUICK, timeout=20) as ckan:
        ckan.portal.whoami()
        proxy.seen.clear()
        yield ckan


@pytest.mark.contradicts("refuses_filter")  # its requests are counted
@pytest.mark.parametrize("trouble", LOST)
def test_a_lost_answer_changes_nothing(
    far: Client, proxy: Any, faults: Any, city: Sandbox, new_name: Name, trouble: str
) -> None:
    fault, arrived = getattr(faults, trouble), trouble != "reset_before"
    name = new_name()

    def lose(action: str) -> None:
        proxy.seen.clear()
        proxy.next(fault, action=action)

    def sent(action: str) -> int:
        return len(proxy.calls(action))

    lose("package_create")
    title = f"Rain of {name}"  # no other of the newest datasets says the same
    made = far.datasets.create(name=name, owner_org="city", title=title, tags=[{"name": "sky"}])
    assert (made["title"], sent("package_create")) == (title, 1 if arrived else 2)
    lose("package_revise")
    assert names(far.datasets.add_tags(name, "rain")["tags"]) == ["rain", "sky"]
    assert sent("package_revise") == (1 if arrived else 2)
    lose("package_revise")
    assert far.datasets.patch(name, title="Snow")["title"] == "Snow"
    assert sent("package_revise") == (1 if arrived else 2)
    lose("package_revise")
    assert far.datasets.patch(name, name=name + "b")["name"] == name + "b"
    lose("resource_create")
    resource = far.resources.create(name + "b", url="https://example.org/a", name="a")
    assert (resource["name"], sent("resource_create")) == ("a", 1 if arrived else 2)
    lose("package_revise")
    far.datasets.add_resources(name + "b", [{"url": "https://example.org/b", "name": "b"}])
    with city.client() as near:
        assert names(near.resources.list(name + "b")) == ["a", "b"], "each once"
        near.datasets.patch(name + "b", notes="still sound")
    lose("resource_view_create")
    view = far.views.create(resource["id"], "text_view", "Words")
    assert [one["id"] for one in far.views.list(resource["id"]) if one["title"] == "Words"] == [view["id"]]
    lose("resource_delete")
    far.resources.delete(resource["id"])
    assert (names(far.resources.list(name + "b")), sent("resource_delete")) == (["b"], 1 if arrived else 2)
    lose("package_delete")
    far.datasets.delete(name + "b")
    assert sent("package_delete") == (1 if arrived else 2)
    lose("dataset_purge")
    far.datasets.purge(name + "b", confirm=lambda one: True)
    with pytest.raises(errors.NotFound):
        far.datasets.get(name + "b")


@pytest.mark.parametrize("trouble", LOST)
def test_a_lost_answer_about_people_and_groups(
    far: Client, proxy: Any, faults: Any, new_name: Name, trouble: str
) -> None:
    fault, name = getattr(faults, trouble), new_name()
    for action, work in {
        "organization_create": lambda: far.organizations.create(name=name, title="T"),
        "organization_patch": lambda: far.organizations.patch(name, name=name + "b"),
        "organization_member_create": lambda: far.organizations.add_member(name + "b", "alice", "editor"),
        "member_delete": lambda: far.organizations.remove_member(name + "b", "alice"),
        "organization_delete": lambda: far.organizations.delete(name + "b"),
        "organization_purge": lambda: far.organizations.purge(name + "b", confirm=lambda one: True),
        "user_create": lambda: far.users.create(name, f"{name}@example.org"),
        "user_delete": lambda: far.users.delete(name),
        "vocabulary_create": lambda: far.vocabularies.create(name, ["one"]),
        "tag_create": lambda: far.tags.create("two", name),
        "tag_delete": lambda: far.tags.delete("one", vocabulary=name),
        "vocabulary_delete": lambda: far.vocabularies.delete(name, with_tags=True),
    }.items():
        proxy.next(fault, action=action)
        work()
        assert not proxy._faults, f"{action} was never asked"
    with pytest.raises(errors.NotFound):
        far.organizations.get(name + "b")
    with pytest.raises(errors.NotFound):
        far.vocabularies.get(name)
    assert far.users.get(name)["state"] == "deleted"


def test_what_another_made_meanwhile_is_not_taken_for_ours(
    far: Client, proxy: Any, faults: Any, city: Sandbox, new_name: Name
) -> None:
    name = new_name()
    with city.client() as near:
        near.datasets.create(name=name, owner_org="city", title="Another's")
    proxy.next(faults.reset_before, action="package_create")
    with pytest.raises(errors.InDoubt, match="title"):
        far.datasets.create(name=name, owner_org="city", title="Mine")
    assert len(proxy.calls("package_create")) == 1


def test_a_name_that_another_has_is_not_taken_for_ours(far: Client, proxy: Any, faults: Any, new_name: Name) -> None:
    mine, others = new_name(), new_name()
    for name in (mine, others):
        far.datasets.create(name=name, owner_org="city")
    proxy.next(faults.reset_after, action="package_revise")
    with pytest.raises(errors.ValidationError, match="name"):
        far.datasets.patch(mine, name=others)


def test_a_portal_that_fails_each_time_is_said(far: Client, proxy: Any, faults: Any, new_name: Name) -> None:
    name = new_name()
    far.datasets.create(name=name, owner_org="city", title="Rain")
    refusal = json.dumps({"success": False, "error": {"__type": "Internal Server Error", "message": "Oops"}}).encode()
    proxy.always(lambda seen, on: faults.status(500, refusal)(seen, on) if seen.action == "package_revise" else on())
    for work in (lambda: far.datasets.patch(name, title="Snow"), lambda: far.datasets.add_tags(name, "sky")):
        proxy.seen.clear()
        with pytest.raises(errors.ServerError):
            work()
        assert len(proxy.calls("package_revise")) == QUICK.attempts
    proxy.always(None)
    assert far.datasets.get(name)["title"] == "Rain"


def test_an_upsert_whose_answer_is_lost(far: Client, proxy: Any, faults: Any, new_name: Name) -> None:
    name = new_name()
    proxy.next(faults.reset_after, action="package_create")
    assert far.datasets.upsert(name=name, owner_org="city", title=f"Rain of {name}").outcome == "created"
    proxy.next(faults.reset_after, action="package_revise")
    assert far.datasets.upsert(name=name, title="Snow").outcome == "changed", "it was ours"
    assert far.datasets.upsert(name=name, title="Snow").outcome == "unchanged"


def test_a_late_write_does_no_harm(far: Client, proxy: Any, faults: Any, city: Sandbox, new_name: Name) -> None:
    """The first request is still at work when its answer is given up, and arrives behind the one that is sent again."""
    name, held = new_name(), []

    def hold(seen: Any, passed_on: Any) -> Any:
        held.append(passed_on)
        return faults.lost_behind_502(seen, lambda: None)

    with city.client() as near:
        near.datasets.create(name=name, owner_org="city")
        proxy.next(hold, action="package_revise")
        far.datasets.add_resources(name, [{"url": "https://example.org/a", "name": "a"}], views=False)
        assert held[0]().status == 409, "the late one is refused: it is for another version"
        assert names(near.resources.list(name)) == ["a"]
        assert near.datasets.patch(name, title="sound")["title"] == "sound"


@pytest.mark.parametrize("gone", ["old", "new"])
def test_resources_stay_added_when_one_goes_meanwhile(
    far: Client, proxy: Any, city: Sandbox, new_name: Name, gone: str
) -> None:
    """CKAN refuses to make views where one of the resources, of which it is told, is not there any more."""
    name = new_name()
    with city.client() as near:
        near.datasets.create(name=name, owner_org="city", resources=[{"url": "https://example.org/o", "name": "old"}])

        def delete_first(_: Any, passed_on: Any) -> Any:
            near.resources.delete(next(one["id"] for one in near.resources.list(name) if one["name"] == gone))
            return passed_on()

        proxy.next(delete_first, action="package_create_default_resource_views")
        links = [{"url": f"https://example.org/{one}.png", "name": one, "format": "PNG"} for one in ("first", "new")]
        added = far.datasets.add_resources(name, links)
        assert names(added) == ["first", "new"]
        assert names(near.resources.list(name)) == [one for one in ("old", "first", "new") if one != gone]
        assert [one["view_type"] for one in near.views.list(added[0]["id"])] == ["image_view"]


def test_no_password_is_shown(
    far: Client, proxy: Any, new_name: Name, caplog: pytest.LogCaptureFixture, own_frames: Any
) -> None:
    caplog.set_level(0)
    name = new_name()
    made = far.users.create(name, f"{name}@example.org")
    sent = json.loads(proxy.calls("user_create")[0].body)["password"]
    assert sent == str(made.password)
    assert sent not in repr(made) + repr(vars(far)) + caplog.text
    with pytest.raises(errors.ValidationError) as caught:
        far.users.create(name, "no address", password="a-secret-of-mine")
    for frame in own_frames(caught.value):
        shown = {key: value for key, value in frame.f_locals.items() if key != "password"}
        assert "a-secret-of-mine" not in repr(shown)
    assert "a-secret-of-mine" not in str(caught.value) + repr(caught.value.error)
