"""The whole life of datasets on a real portal, with clients of both kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tuckan import Client, errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Both

    Name = Callable[[], str]


def names(things: list[dict[str, Any]]) -> list[str]:
    return [one["name"] for one in things]


def test_the_life_of_a_dataset(writer: Both, new_name: Name) -> None:
    name = new_name()
    made = writer.datasets.create({"name": name}, owner_org="city", title="Rain", tags=[{"name": "sky"}])
    assert (made["name"], made["title"], names(made["tags"])) == (name, "Rain", ["sky"])
    assert writer.datasets.patch(name, title="Snow")["title"] == "Snow"
    patched = writer.datasets.patch(made["id"], {"notes": "Cold."})
    assert (patched["notes"], patched["title"], names(patched["tags"])) == ("Cold.", "Snow", ["sky"])
    updated = writer.datasets.update(name, lambda one: {"title": one["title"].upper()})
    assert (updated["title"], updated["notes"]) == ("SNOW", "Cold.")
    writer.datasets.delete(name)
    assert writer.datasets.get(name)["state"] == "deleted"
    assert writer.datasets.restore(name)["state"] == "active"
    with pytest.raises(errors.Cancelled):
        writer.datasets.purge(name, confirm=lambda one: False)
    writer.datasets.purge(name, confirm=lambda one: one["name"])
    with pytest.raises(errors.NotFound):
        writer.datasets.get(name)
    with pytest.raises(errors.NotFound):
        writer.datasets.delete(name)


FILE = {"name": "photo", "upload": "f.csv"}


@pytest.mark.parametrize(
    "write",
    [
        lambda ckan, name: ckan.resources.create(name, FILE),
        lambda ckan, name: ckan.resources.create(name, upload="f.csv"),
        lambda ckan, name: ckan.resources.patch("0f19616f-f41e-404d-9ae2-34bf1ac2cbba", upload="f.csv"),
        lambda ckan, name: ckan.datasets.create(name=f"{name}-2", owner_org="city", resources=[FILE]),
        lambda ckan, name: ckan.datasets.patch(name, resources=[FILE]),
        lambda ckan, name: ckan.datasets.update(name, lambda one: {"resources": [FILE]}),
        lambda ckan, name: ckan.datasets.upsert({"name": name, "resources": [FILE]}),
        lambda ckan, name: ckan.datasets.add_resources(name, [FILE]),
    ],
)
def test_a_file_among_the_fields_is_refused_and_the_way_named(writer: Both, new_name: Name, write: Any) -> None:
    name = new_name()
    writer.datasets.create(name=name, owner_org="city")
    with pytest.raises(errors.InvalidArgument, match=r"upload='f\.csv'") as refused:
        write(writer, name)
    assert "resources.upload(" in refused.value.hint
    assert writer.datasets.get(name)["resources"] == []


def test_a_dataset_can_have_another_name(writer: Both, new_name: Name) -> None:
    old, new = new_name(), new_name()
    made = writer.datasets.create(name=old, owner_org="city")
    assert writer.datasets.patch(old, name=new)["id"] == made["id"]
    assert writer.datasets.get(new)["id"] == made["id"]


def test_a_record_that_was_read_and_edited(writer: Both, new_name: Name) -> None:
    record = writer.datasets.create(name=new_name(), owner_org="city", title="Rain", tags=[{"name": "sky"}])
    record["title"] = "Snow"
    record["tags"].append({"name": "ice"})
    after = writer.datasets.update(record)
    assert (after["title"], sorted(names(after["tags"]))) == ("Snow", ["ice", "sky"])

    def in_place(one: dict[str, Any]) -> None:
        one["tags"] = [tag for tag in one["tags"] if tag["name"] != "sky"]

    assert names(writer.datasets.update(after, in_place)["tags"]) == ["ice"]
    with pytest.raises(errors.InvalidArgument):
        writer.datasets.update(record["name"])


def test_a_record_that_somebody_changed_meanwhile(writer: Both, new_name: Name) -> None:
    name = new_name()
    mine = writer.datasets.create(name=name, owner_org="city", title="Rain", notes="Wet.")
    writer.datasets.patch(name, notes="Very wet.")
    with pytest.raises(errors.Conflict, match=r"somebody changed it.*notes"):
        writer.datasets.update(mine, {"title": "Snow"})
    with pytest.raises(errors.Conflict):
        writer.datasets.update(mine, lambda one: {"title": one["title"] + "!"})
    with pytest.raises(errors.Conflict) as caught:
        writer.datasets.update({**mine, "title": "Snow"})
    assert "overwrite=True" in caught.value.hint
    there = writer.datasets.get(name)
    assert (there["title"], there["notes"]) == ("Rain", "Very wet."), "nothing was written"
    after = writer.datasets.update(mine, {"title": "Snow"}, overwrite=True)
    assert (after["title"], after["notes"]) == ("Snow", "Very wet."), "only what was named"
    assert writer.datasets.update(mine, overwrite=True)["notes"] == "Wet.", "the record's own"
    assert writer.datasets.update(name, {"title": "Hail"})["title"] == "Hail", "no version was named"


def test_upsert(writer: Both, new_name: Name) -> None:
    name = new_name()
    wanted = {
        "name": name,
        "owner_org": "city",
        "title": "Rain",
        "resources": [{"name": "a", "url": "https://example.org/a"}],
    }
    made = writer.datasets.upsert(wanted)
    assert (made.outcome, made.record["title"]) == ("created", "Rain")
    again = writer.datasets.upsert(wanted)
    assert (again.outcome, again.record["metadata_modified"]) == ("unchanged", made.record["metadata_modified"])
    changed = writer.datasets.upsert(
        {**wanted, "title": "Snow", "resources": [{"name": "a", "url": "https://example.org/b"}]}
    )
    assert (changed.outcome, sorted(changed.changes)) == ("changed", ["resources", "title"])
    assert changed.record["resources"][0]["id"] == made.record["resources"][0]["id"], "recognised by its name"
    other = new_name()
    renamed = writer.datasets.upsert(id=made.record["id"], name=other)
    assert (renamed.outcome, renamed.record["name"], renamed.record["title"]) == ("changed", other, "Snow")
    writer.datasets.delete(other)
    back = writer.datasets.upsert(name=other, title="Hail")
    assert (back.outcome, back.record["state"], back.record["title"]) == ("restored", "active", "Hail")
    with pytest.raises(errors.InvalidArgument):
        writer.datasets.upsert(title="Nameless")


@pytest.mark.contradicts("refuses_filter")
def test_revise(writer: Both, new_name: Name, tmp_path: Any) -> None:
    name = new_name()
    links = [{"url": "https://example.org/1", "name": "one"}, {"url": "https://example.org/2", "name": "two"}]
    made = writer.datasets.create(name=name, owner_org="city", notes="1", resources=links)
    first = made["resources"][0]["id"]
    assert writer.datasets.revise(name, notes="2")["notes"] == "2", "a text stays a text"
    assert writer.datasets.revise({"name": name, "notes": "2"}, update={"notes": "3"})["notes"] == "3"
    with pytest.raises(errors.Conflict, match="notes"):
        writer.datasets.revise({"name": name, "notes": "2"}, update={"notes": "4"})
    deep = writer.datasets.revise(made["id"], **{f"resources__{first}__description": "deep"})
    assert (deep["resources"][0]["description"], deep["resources"][1]["name"]) == ("deep", "two")
    grown = writer.datasets.revise(name, resources__extend=[{"url": "https://example.org/3", "name": "three"}])
    assert names(grown["resources"]) == ["one", "two", "three"]
    assert names(writer.datasets.revise(name, filter="-resources__1")["resources"]) == ["one", "three"]
    assert writer.datasets.revise(name, title="T", include="-*") == {}
    file = tmp_path / "flow.csv"
    file.write_text("a\n1\n")
    sent = writer.datasets.revise(name, title='{"a": 1}', files={f"resources__{first}__upload": file})
    assert sent["title"] == '{"a": 1}'
    assert sent["resources"][0]["url"].endswith("flow.csv")
    with pytest.raises(errors.InvalidArgument):
        writer.datasets.revise({"notes": "3"})


def test_tags_are_a_set(writer: Both, new_name: Name) -> None:
    name, themes = new_name(), new_name()
    writer.vocabularies.create(themes, ["nature", "people"])
    writer.datasets.create(name=name, owner_org="city", tags=[{"name": n} for n in ("aa", "bb", "cc")])
    assert sorted(names(writer.datasets.add_tags(name, ["dd", "aa"])["tags"])) == ["aa", "bb", "cc", "dd"]
    assert sorted(names(writer.datasets.add_tags(name, "nature", vocabulary=themes)["tags"])) == [
        "aa",
        "bb",
        "cc",
        "dd",
        "nature",
    ]
    assert sorted(names(writer.datasets.remove_tags(name, ["bb", "cc", "never"])["tags"])) == ["aa", "dd", "nature"]
    assert "nature" in names(writer.datasets.remove_tags(name, "nature")["tags"]), "it is not a free tag"
    assert sorted(names(writer.datasets.remove_tags(name, "nature", vocabulary=themes)["tags"])) == ["aa", "dd"]
    version = writer.datasets.get(name)["metadata_modified"]
    assert writer.datasets.add_tags(name, "aa")["metadata_modified"] == version, "it was so already"
    with pytest.raises(errors.InvalidArgument):
        writer.datasets.add_tags(name, [])


def test_extras_are_a_set(writer: Both, new_name: Name) -> None:
    name = new_name()
    writer.datasets.create(name=name, owner_org="city", extras=[{"key": "a", "value": "1"}, {"key": "b", "value": "2"}])
    after = writer.datasets.set_extras(name, {"b": "3", "c": {"d": [1]}})
    assert {one["key"]: one["value"] for one in after["extras"]} == {"a": "1", "b": "3", "c": '{"d": [1]}'}
    after = writer.datasets.remove_extras(name, ["a", "c", "never"])
    assert {one["key"]: one["value"] for one in after["extras"]} == {"b": "3"}
    with pytest.raises(errors.InvalidArgument, match="title"):
        writer.datasets.set_extras(name, title="no extra")


def test_groups_are_a_set(writer: Both, new_name: Name) -> None:
    name, air = new_name(), new_name()
    other = writer.groups.create(name=air)
    writer.datasets.create(name=name, owner_org="city", groups=[{"name": "water"}])
    assert sorted(names(writer.datasets.add_to_groups(name, other["id"])["groups"])) == sorted([air, "water"])
    assert names(writer.datasets.remove_from_groups(name, "water")["groups"]) == [air]
    with pytest.raises(errors.NotFound, match="nowhere"):
        writer.datasets.add_to_groups(name, ["water", "nowhere"])
    writer.groups.remove_datasets(air, [name])
    writer.groups.add_datasets("water", [name])
    assert names(writer.datasets.get(name)["groups"]) == ["water"]
    assert writer.datasets.search(filters={"groups": "water", "name": name})["count"] == 1
    writer.datasets.delete(name)
    assert names(writer.datasets.restore(name)["groups"]) == ["water"], "deleted by its name"
    record = writer.datasets.get(name)
    writer.datasets.delete(record["id"])
    assert names(writer.datasets.restore(record)["groups"]) == ["water"]


def test_many_resources_in_one_write(writer: Both, new_name: Name) -> None:
    name = new_name()
    writer.datasets.create(
        name=name, owner_org="city", resources=[{"url": "https://example.org/0", "name": "r0", "depth": "7"}]
    )
    links = [{"url": f"https://example.org/{n}.png", "name": f"r{n}", "format": "PNG"} for n in range(1, 21)]
    added = writer.datasets.add_resources(name, links)
    assert names(added) == [f"r{n}" for n in range(1, 21)]
    assert [one["view_type"] for one in writer.views.list(added[0]["id"])] == ["image_view"]
    there = writer.resources.list(name)
    assert [one["name"] for one in there] == [f"r{n}" for n in range(21)]
    changed = writer.datasets.update_resources(name, [{"id": one["id"], "description": "new"} for one in there])
    assert {one["description"] for one in changed["resources"]} == {"new"}
    assert changed["resources"][0]["depth"] == "7"
    with pytest.raises(errors.NotFound, match="no resource"):
        writer.datasets.update_resources(name, [{"id": "nowhere", "description": "x"}])
    writer.resources.reorder(name, [there[5]["id"], there[2]["id"]])
    assert names(writer.resources.list(name))[:3] == ["r5", "r2", "r0"]
    left = writer.datasets.remove_resources(name, [one["id"] for one in there[1:]])
    assert names(left["resources"]) == ["r0"]
    assert left["resources"][0]["depth"] == "7"


@pytest.mark.contradicts("refuses_filter")
def test_relationships(writer: Both, new_name: Name) -> None:
    one, other = new_name(), new_name()
    for name in (one, other):
        writer.datasets.create(name=name, owner_org="city")
    assert writer.datasets.relate(one, "depends_on", other, comment="a")["comment"] == "a"
    assert writer.datasets.relate(one, "depends_on", other, comment="b")["comment"] == "b"
    assert [r["type"] for r in writer.datasets.relationships(other)] == ["dependency_of"]
    try:
        assert writer.datasets.patch(other, notes="changed")["notes"] == "changed"
    except errors.ServerError:
        assert writer.call("status_show")["ckan_version"].startswith("2.12"), "whose search index has a defect"
    assert [r["comment"] for r in writer.datasets.relationships(one, other)] == ["b"], "the change has not dropped it"
    writer.datasets.unrelate(one, "depends_on", other)
    assert writer.datasets.relationships(one) == []
    with pytest.raises(errors.NotFound):
        writer.datasets.unrelate(one, "depends_on", other)
    assert writer.datasets.relate(one, "depends_on", other, comment="c")["comment"] == "c"
    writer.datasets.unrelate(one, "depends_on", other)
    assert not writer.datasets.relate(one, "depends_on", other)["comment"], "not the one from before"


def test_collaborators_and_followers(writer: Both, new_name: Name) -> None:
    name = new_name()
    writer.datasets.create(name=name, owner_org="city")
    writer.datasets.add_collaborator(name, "alice")
    writer.datasets.add_collaborator(name, "alice", "editor")
    assert [one["capacity"] for one in writer.datasets.collaborators(name)] == ["editor"]
    writer.datasets.remove_collaborator(name, "alice")
    assert writer.datasets.collaborators(name) == []
    with pytest.raises(errors.NotFound):
        writer.datasets.remove_collaborator(name, "alice")
    writer.datasets.follow(name)
    writer.datasets.follow(name)
    assert writer.call("dataset_follower_count", id=name) == 1
    writer.datasets.unfollow(name)
    assert writer.call("dataset_follower_count", id=name) == 0


def test_many_datasets_are_made_private_and_public_again(writer: Both, new_name: Name) -> None:
    made = [writer.datasets.create(name=new_name(), owner_org="city", private=n == 0) for n in range(3)]
    made.append(writer.datasets.create(name=new_name(), owner_org="city", state="draft"))
    job = writer.jobs.patch({"private": True}, source=[*names(made), made[0]["id"], "never-was"])
    report = writer.run(job.run())
    assert (dict(report.done), report.unchanged, report.refused) == ({"changed": 3}, 1, 2)
    assert all(writer.datasets.get(one["id"])["private"] for one in made)
    undo = writer.run(job.undo())
    assert dict(writer.run(undo.run()).done) == {"changed": 3}
    assert [writer.datasets.get(one["id"])["private"] for one in made] == [True, False, False, False]
    for one in (job, undo):
        one.close()
    with pytest.raises(errors.InvalidArgument, match="a search"):
        writer.jobs.patch({"private": True}, "tags:sky", source=["rain"])


def test_an_editor_may_as_well(city: Any, new_name: Name) -> None:
    with city.client() as ckan:
        ckan.organizations.add_member("city", "alice", "editor")
        token = ckan.tokens.create("alice", new_name())["token"]
    with Client(city.url, token) as alice:
        name = new_name()
        made = alice.datasets.create(name=name, owner_org="city", private=False)
        added = alice.resources.create(name, url="https://example.org/a")
        assert alice.datasets.add_tags(name, "sky")["resources"][0]["id"] == added["id"]
        with alice.jobs.patch({"private": True}, source=[name]) as job:
            assert job.run().complete, "CKAN's bulk action is not for editors"
        assert alice.datasets.get(name)["private"]
        with alice.jobs.delete([made["id"]]) as job:
            assert job.run().complete
        assert alice.datasets.restore(name)["state"] == "active"
        with pytest.raises(errors.NotAuthorized):
            alice.datasets.purge(name, confirm=lambda one: True)


def test_refusals_say_what_to_do(writer: Both, new_name: Name) -> None:
    name = new_name()
    writer.datasets.create(name=name, owner_org="city")
    cases: list[tuple[dict[str, Any], str]] = [
        ({"name": name, "owner_org": "city"}, "taken"),
        ({"name": "Not a name!", "owner_org": "city"}, "'not-a-name'"),
        ({"title": "Rain & Snow", "owner_org": "city"}, "'rain-snow'"),
        ({"name": new_name(), "owner_org": "nowhere"}, "no organization 'nowhere'"),
        ({"name": new_name()}, "Give owner_org"),
    ]
    for record, hint in cases:
        with pytest.raises(errors.ValidationError) as caught:
            writer.datasets.create(record)
        assert hint in caught.value.hint, record
    with pytest.raises(errors.ValidationError, match="number 2: size"):
        writer.datasets.create(
            name=new_name(), owner_org="city", resources=[{"url": "a"}, {"url": "b", "size": "many"}]
        )
    with pytest.raises(errors.ValidationError, match=f"{name}|{writer.datasets.get(name)['id']}") as caught:
        writer.datasets.patch(name, owner_org="nowhere")
    assert "no organization 'nowhere'" in caught.value.hint
    with pytest.raises(errors.ValidationError, match=writer.datasets.get(name)["id"]):
        writer.datasets.update(name, {"owner_org": "nowhere"})
    with pytest.raises(errors.ValidationError) as caught:
        writer.organizations.create(name="city")
    assert "restore" in caught.value.hint
