"""The whole life of resources, views, organizations, groups, users and tags, with clients of both kinds."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest

from tuckan import errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Both
    from tuckan import Client

    Name = Callable[[], str]


def names(things: list[dict[str, Any]]) -> list[str]:
    return [one["name"] for one in things]


def test_the_life_of_a_resource(writer: Both, new_name: Name) -> None:
    name = new_name()
    writer.datasets.create(name=name, owner_org="city")
    made = writer.resources.create(name, url="https://example.org/a.csv", name="a", note="kept")
    with pytest.raises(errors.NotFound):
        writer.resources.create("nowhere-at-all", url="x")
    assert writer.resources.patch(made["id"], description="new")["note"] == "kept"
    with pytest.raises(errors.Conflict):
        writer.resources.update(made, {"name": "b"})
    after = writer.resources.update(made["id"], lambda one: {"name": one["name"] + "b"})
    assert (after["name"], after["note"], after["description"]) == ("ab", "kept", "new")
    after["name"] = "c"
    assert writer.resources.update(after)["name"] == "c"
    second = writer.resources.create(name, {"url": "https://example.org/b.csv", "name": "b"})
    writer.resources.reorder(name, [second["id"]])
    assert names(writer.resources.list(name)) == ["b", "c"]
    writer.resources.delete(made["id"])
    assert names(writer.resources.list(name)) == ["b"]
    with pytest.raises(errors.NotFound):
        writer.resources.delete(made["id"])


def test_the_life_of_a_view(writer: Both, new_name: Name) -> None:
    made = writer.datasets.create(
        name=new_name(), owner_org="city", resources=[{"url": "https://example.org/a.png", "format": "PNG"}]
    )
    resource = made["resources"][0]["id"]
    for one in writer.views.list(resource):
        writer.views.delete(one["id"])
    assert [one["view_type"] for one in writer.views.create_default(resource)] == ["image_view"]
    assert writer.views.create_default(resource) == []
    text = writer.views.create(resource, "text_view", "Words", description="all of them")
    assert writer.views.update(text["id"], title="Text")["description"] == "all of them"
    assert writer.views.update(text["id"], lambda one: {"title": one["title"] + "!"})["title"] == "Text!"
    order = [one["id"] for one in writer.views.list(resource)]
    writer.views.reorder(resource, [text["id"]])
    assert [one["id"] for one in writer.views.list(resource)] == order[::-1]
    writer.views.delete(text["id"])
    with pytest.raises(errors.NotFound):
        writer.views.delete(text["id"])
    with pytest.raises(errors.ValidationError):
        writer.views.create(resource, "no_such_view", "x")


@pytest.mark.parametrize("kind", ["organizations", "groups"])
def test_the_life_of_organizations_and_groups(writer: Both, new_name: Name, kind: str) -> None:
    name, there = new_name(), getattr(writer, kind)
    made = there.create(name=name, title="T", description="D", extras=[{"key": "size", "value": "1"}])
    assert there.patch(name, title="New")["title"] == "New"
    full = there.get(name)
    assert (full["description"], full["extras"][0]["value"]) == ("D", "1")
    there.add_member(name, "alice", "member")
    there.add_member(name, "alice", "admin")
    alice = writer.users.get("alice")["id"]
    assert {one["id"]: one["capacity"] for one in there.members(name)}[alice] == "Admin"
    full["title"] = "Newer"
    assert there.update(full)["title"] == "Newer"
    assert there.update(name, lambda one: {"description": one["description"] * 2})["description"] == "DD"
    assert alice in {one["id"] for one in there.members(name)}, "members stay"
    there.remove_member(name, "alice")
    there.remove_member(name, "alice")
    assert alice not in {one["id"] for one in there.members(name)}
    with pytest.raises(errors.NotFound):
        there.remove_member("nowhere", "alice")
    with pytest.raises(errors.ValidationError, match="role"):
        there.add_member(name, "alice", "boss")
    other = new_name()
    assert there.patch(name, name=other)["id"] == made["id"]
    there.delete(other)
    assert there.get(other)["state"] == "deleted"
    assert there.restore(other)["state"] == "active"
    with pytest.raises(errors.Cancelled):
        there.purge(other, confirm=lambda one: "another name")
    there.purge(other, confirm=lambda one: True)
    with pytest.raises(errors.NotFound):
        there.get(other)


def test_an_organization_with_datasets_says_what_to_do(writer: Both, new_name: Name) -> None:
    name = new_name()
    writer.organizations.create(name=name)
    writer.datasets.create(name=new_name(), owner_org=name)
    with pytest.raises(errors.ValidationError) as caught:
        writer.organizations.delete(name)
    assert f"jobs.delete(filters={{'organization': '{name}'}}" in caught.value.hint
    job = writer.jobs.delete(filters={"organization": name}, include_private=True, include_drafts=True)
    assert writer.run(job.run()).complete
    job.close()
    writer.organizations.delete(name)


def test_the_life_of_a_user(writer: Both, new_name: Name) -> None:
    name = new_name()
    new = writer.users.create(name, f"{name}@example.org", fullname="Ann")
    assert len(new.password) > 20
    assert new.password not in repr(new) + repr(new.password) + repr(new.record)
    assert f"{new.password}" == str(new.password)
    assert writer.users.create(name + "2", f"{name}2@example.org", password="a-password-of-mine").password is None
    assert writer.users.patch(name, fullname="Bea")["fullname"] == "Bea"
    assert writer.users.get(name)["email"] == f"{name}@example.org"
    writer.users.follow(name)
    writer.users.follow(name)
    writer.users.unfollow(name)
    writer.users.delete(name)
    assert writer.users.get(name)["state"] == "deleted"
    assert writer.users.restore(name)["state"] == "active"
    writer.users.delete(name)
    writer.users.create(name + "3", f"{name}@example.org")
    with pytest.raises(errors.ValidationError) as in_use:
        writer.users.restore(name)
    assert "another user has it" in in_use.value.hint
    assert f"users.patch('{name}', state='active', email=ADDRESS)" in in_use.value.hint
    assert writer.users.patch(name, state="active", email=f"{name}4@example.org")["state"] == "active", (
        "as the hint says"
    )
    with pytest.raises(errors.ValidationError) as caught:
        writer.users.create(name, "other@example.org")
    assert "taken" in caught.value.hint
    with pytest.raises(errors.TuckanError) as invited:
        writer.users.invite(f"{name}3@example.org", "city")
    assert invited.value.hint, "this portal can send no mail"


def test_the_life_of_tags_and_vocabularies(writer: Both, new_name: Name) -> None:
    themes, dataset = new_name(), new_name()
    writer.vocabularies.create(themes, ["nature", "people"])
    assert writer.tags.create("weather", themes)["name"] == "weather"
    assert writer.tags.list(vocabulary=themes) == ["nature", "people", "weather"]
    with pytest.raises(errors.ValidationError):
        writer.tags.create("weather", themes)
    writer.datasets.create(name=dataset, owner_org="city", tags=[{"name": f"free-{themes}"}])
    writer.datasets.add_tags(dataset, "weather", vocabulary=themes)
    writer.tags.delete("people", vocabulary=themes)
    other = new_name()
    assert set(names(writer.vocabularies.update(themes, name=other)["tags"])) == {"nature", "weather"}
    assert set(names(writer.vocabularies.update(other, tags=["weather", "sea"])["tags"])) == {"sea", "weather"}
    assert "weather" in names(writer.datasets.get(dataset)["tags"])
    with pytest.raises(errors.InvalidArgument, match="2 tags"):
        writer.vocabularies.delete(other)
    writer.vocabularies.delete(other, with_tags=True)
    with pytest.raises(errors.NotFound):
        writer.vocabularies.get(other)
    writer.tags.delete(f"free-{themes}")
    assert names(writer.datasets.get(dataset)["tags"]) == []


def test_what_is_named_and_not_there_is_said(writer: Both, new_name: Name) -> None:
    name, nowhere = new_name(), new_name()
    resource = writer.datasets.create(name=name, owner_org="city", resources=[{"url": "https://example.org/a"}])[
        "resources"
    ][0]["id"]
    writer.datasets.add_to_groups(name, "water")
    datasets, groups, organizations = writer.datasets, writer.groups, writer.organizations
    said_of: dict[str, list[Callable[[], object]]] = {
        "group": [
            lambda: groups.add_datasets(nowhere, [name]),
            lambda: groups.remove_datasets(nowhere, [name]),
            lambda: datasets.add_to_groups(name, nowhere),
            lambda: datasets.remove_from_groups(name, ["water", nowhere]),
            lambda: groups.add_member(nowhere, "alice"),
            lambda: groups.follow(nowhere),
            lambda: groups.unfollow(nowhere),
        ],
        "organization": [
            lambda: organizations.remove_member(nowhere, "alice"),
            lambda: writer.users.invite("a@example.org", nowhere),
        ],
        "user": [
            lambda: organizations.add_member("city", nowhere),
            lambda: organizations.remove_member("city", nowhere),
            lambda: datasets.add_collaborator(name, nowhere),
            lambda: datasets.remove_collaborator(name, nowhere),
            lambda: writer.users.unfollow(nowhere),
            lambda: writer.tokens.create(nowhere, "laptop"),
        ],
        "dataset": [
            lambda: groups.remove_datasets("water", [nowhere]),
            lambda: datasets.relationships(name, nowhere),
            lambda: datasets.relate(name, "depends_on", nowhere),
            lambda: datasets.unrelate(nowhere, "depends_on", name),
            lambda: datasets.follow(nowhere),
            lambda: writer.resources.create(nowhere, url="https://example.org/a"),
            lambda: writer.resources.reorder(nowhere, [resource]),
        ],
        "resource": [lambda: writer.views.create(nowhere, "text_view", "Text")],
        "view": [lambda: writer.views.reorder(resource, [nowhere])],
        "vocabulary": [
            lambda: writer.tags.list(vocabulary=nowhere),
            lambda: datasets.add_tags(name, "a", vocabulary=nowhere),
        ],
    }
    for kind, calls in said_of.items():
        for place, call in enumerate(calls):
            with pytest.raises(errors.NotFound) as caught:
                call()
            assert caught.value.unknown == (kind, nowhere), (kind, place)
    with pytest.raises(errors.NotFound, match=f"The dataset {name} has no resource {nowhere}"):
        writer.resources.reorder(name, [nowhere])
    with pytest.raises(errors.InvalidArgument, match="Did you mean 'depends_on'"):
        datasets.relate(name, "dependson", name)
    with pytest.raises(errors.InvalidArgument, match="Did you mean 'user'"):
        groups.members("water", kind="usr")
    assert names(datasets.get(name)["groups"]) == ["water"], "nothing is changed where one of them is not there"


def test_an_organization_is_no_group(writer: Both, new_name: Name) -> None:
    name, group = new_name(), new_name()
    writer.organizations.create(name=name)
    writer.groups.create(name=group)
    for there, other, kind in ((writer.groups, name, "group"), (writer.organizations, group, "organization")):
        for change in (
            lambda: there.delete(other),  # noqa: B023
            lambda: there.add_member(other, "alice"),  # noqa: B023
            lambda: there.remove_member(other, "alice"),  # noqa: B023
        ):
            with pytest.raises(errors.NotFound) as caught:
                change()
            assert caught.value.unknown == (kind, other)
    assert writer.organizations.get(name)["state"] == writer.groups.get(group)["state"] == "active"


@pytest.mark.unruly("keeps_aliases")
def test_groups_of_a_type_of_the_portals_own(ckan_client: Client) -> None:
    ckan, name = ckan_client, f"party-{uuid.uuid4()}"
    title = f"University {name}"
    made = ckan.groups.upsert(name=name, type="party", title=title, alias="Uni")
    assert (made.outcome, made.record["type"], made.record["alias"]) == ("created", "party", "Uni")
    assert ckan.groups.upsert(name=name, type="party", title=title, alias="Uni").outcome == "unchanged"
    assert ckan.groups.upsert(name=name, alias="University").changes == ("alias",)
    assert name in ckan.groups.names()
    assert name not in ckan.groups.names(type="group")
    assert ckan.groups.by_title(title.upper())["alias"] == "University"
    with pytest.raises(errors.NotFound, match="No group of type group has the title"):
        ckan.groups.by_title(title, type="group")
    user = ckan.users.create(name.replace("-", ""), f"{name}@example.org").record["name"]
    ckan.groups.add_member(name, user, "member")
    assert user in [one["name"] for one in ckan.groups.get(name)["users"]]
    assert ckan.groups.upsert(name=name, users=[{"name": user, "capacity": "admin"}]).changes == ("users",)
    assert len(ckan.groups.get(name)["users"]) == 2, "who created it is a member still"
    answer = ckan.request("GET", "/api/instrument_parties").json()
    assert name in answer["parties"]
    ckan.groups.delete(name)
    assert ckan.groups.upsert(name=name).outcome == "restored"
    record = {"name": name, "type": "party", "title": title, "alias": "Uni"}
    with ckan.jobs.load([record], "group") as job:
        assert job.run().done == {"changed": 1}
    with ckan.jobs.load(
        [{**record, "name": f"{name}-2", "title": f"x {name}"}], "group", key=["alias", "title"]
    ) as job:
        assert job.run().done == {"created": 1}


def test_a_resource_without_file_or_address_is_refused(ckan_client: Client) -> None:
    for call in (
        lambda: ckan_client.resources.create("any", name="levels"),
        lambda: ckan_client.datasets.add_resources("any", [{"name": "levels"}]),
    ):
        with pytest.raises(
            errors.InvalidArgument, match="The resource 'levels' has neither an address nor a file"
        ) as error:
            call()
        assert "resources.upload(dataset, file, name=...)" in error.value.hint
