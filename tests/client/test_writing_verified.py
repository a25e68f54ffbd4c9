"""Writes whose values a real portal did not keep, or kept in another form."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tuckan import Client, errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Both

    Name = Callable[[], str]


def test_a_field_of_a_dataset_that_the_portal_drops(writer: Both, new_name: Name) -> None:
    name = new_name()
    with pytest.raises(errors.NotKept, match=rf"dataset {name}: license: sent 'cc-by', found no such field") as caught:
        writer.datasets.create(name=name, owner_org="city", license="cc-by", title="Rain")
    assert caught.value.fields == {"license": ("cc-by", None)}
    assert "license_id" in caught.value.hint
    assert (caught.value.record["name"], caught.value.record["title"]) == (name, "Rain"), "it was created"
    writes: list[Callable[[], Any]] = [
        lambda: writer.datasets.patch(name, licence_id="cc-by"),
        lambda: writer.datasets.patch(name, licence_id="cc-by", resources=[]),
        lambda: writer.datasets.update(name, {"licence_id": "cc-by", "title": "Snow"}),
        lambda: writer.datasets.update({**writer.datasets.get(name), "licence_id": "cc-by"}),
        lambda: writer.datasets.upsert(name=name, licence_id="cc-by"),
        lambda: writer.datasets.upsert(name=new_name(), owner_org="city", licence_id="cc-by"),
    ]
    for write in writes:
        with pytest.raises(errors.NotKept, match="licence_id") as caught:
            write()
        assert "license_id" in caught.value.hint
        assert caught.value.portal == writer.client.base_url
    assert writer.datasets.get(name)["title"] == "Snow", "what else was sent is kept"


def test_a_value_of_a_dataset_that_the_portal_keeps_in_another_form(writer: Both, new_name: Name) -> None:
    name = new_name()
    with pytest.warns(errors.KeptAs, match="' Rain ' is kept as 'Rain'"):
        writer.datasets.create(name=name, owner_org="city", title=" Rain ", private=False, version=3)
    with pytest.warns(errors.KeptAs, match=r"resources\[0\].url .* is kept as 'http://example.org/a'"):
        writer.datasets.patch(name, resources=[{"url": "example.org/a"}])
    with pytest.warns(errors.KeptAs, match="tag_string"):
        writer.datasets.patch(name, tag_string="snow, rain")
    with pytest.warns(errors.KeptAs) as caught, Client(writer.client.base_url, writer.client.settings.token) as ckan:
        ckan.datasets.patch(name, title="Hail ")
    assert caught[0].filename == __file__, "it is told where it was asked for"
    back = writer.datasets.get(name)
    assert writer.datasets.patch(name, back)["name"] == name, "what the portal computes may be sent back"


def test_a_revision_is_verified_where_its_answer_is_left_out_too(writer: Both, new_name: Name) -> None:
    name = new_name()
    link = {"url": "https://example.org/1", "name": "one"}
    made = writer.datasets.create(name=name, owner_org="city", resources=[link])
    first = made["resources"][0]["id"][:8]
    told = writer.datasets.revise(name, **{f"resources__{first}__name": "uno"}, resources__extend=[link], title="Rain")
    assert (told["resources"][0]["name"], len(told["resources"])) == ("uno", 2)
    for more in ({}, {"include": "-*"}):
        with pytest.raises(errors.NotKept, match="licence") as caught:
            writer.datasets.revise(name, licence="cc-by", title="Snow", **more)
        assert list(caught.value.fields) == ["licence"]
    assert writer.datasets.revise(name, title="Hail", include="-*") == {}
    assert writer.datasets.revise(name, update={"resources": [{"name": "eins"}]})["resources"][1]["name"] == "one"


@pytest.mark.parametrize("kind", ["organization", "group"])
def test_organizations_and_groups(writer: Both, new_name: Name, kind: str) -> None:
    name, there = new_name(), getattr(writer, f"{kind}s")
    with pytest.raises(errors.NotKept, match=rf"{kind} {name}: notes: sent 'x'") as caught:
        there.create(name=name, title="T", notes="x", users=[{"name": "alice", "capacity": "member"}])
    assert "description" in caught.value.hint
    for write in (lambda: there.patch(name, notes="x", title="U"), lambda: there.update(name, {"notes": "x"})):
        with pytest.raises(errors.NotKept, match="notes"):
            write()
    assert there.patch(name, extras=[{"key": "size", "value": "1"}])["title"] == "U"
    assert there.patch(name, extras=[])["extras"] == [], "CKAN up to 2.11 passes over an empty list"
    assert there.patch(name, there.get(name))["title"] == "U", "a record that was read"
    assert there.add_member(name, "alice", "admin")["capacity"] == "admin"
    there.remove_member(name, "alice")
    assert "alice" not in [one["name"] for one in there.get(name)["users"]]


@pytest.mark.parametrize("kind", ["organization", "group"])
def test_members_that_a_patch_does_not_name_are_asked_for(writer: Both, new_name: Name, kind: str) -> None:
    name, there = new_name(), getattr(writer, f"{kind}s")
    there.create(name=name, users=[{"name": "alice", "capacity": "member"}])
    admin = {"name": "admin", "capacity": "admin"}
    asked: list[list[str]] = []

    def confirm(going: list[dict[str, Any]]) -> bool:
        asked.append([one["name"] for one in going])
        return len(asked) > 1

    with pytest.raises(errors.Cancelled, match="alice would be no member"):
        there.patch(name, users=[admin])
    with pytest.raises(errors.Cancelled):
        there.patch(name, users=[admin], confirm=confirm)
    assert len(there.get(name)["users"]) == 2
    there.patch(name, {"users": [admin]}, confirm=confirm)
    assert (asked, len(there.get(name)["users"])) == ([["alice"], ["alice"]], 1)
    there.patch(name, users=[admin, {"name": "alice", "capacity": "admin"}])
    assert len(there.get(name)["users"]) == 2, "nobody goes, so nobody is asked"


def test_users_resources_views_and_tags(writer: Both, new_name: Name) -> None:
    name = new_name()
    with pytest.raises(errors.NotKept, match="full_name") as caught:
        writer.users.create(name, f"{name}@example.org", password="password-of-mine", full_name="Ann")
    assert "fullname" in caught.value.hint
    assert "password-of-mine" not in f"{caught.value}{vars(caught.value)}"
    with pytest.raises(errors.NotKept, match="bio"):
        writer.users.patch(name, bio="x", password="password-of-mine")
    writer.datasets.create(name=name, owner_org="city")
    with pytest.warns(errors.KeptAs, match="url 'example.org/a' is kept as 'http://example.org/a'"):
        one = writer.resources.create(name, url="example.org/a", format="png")
    assert one["format"] == "PNG"
    with pytest.warns(errors.KeptAs, match="format"):
        writer.resources.patch(one["id"], format="text/csv")
    with pytest.warns(errors.KeptAs, match="url"):
        writer.resources.update(one["id"], {"url": "example.org/b"})
    view = writer.views.create(one["id"], "text_view", "Words", description="a")
    assert writer.views.update(view["id"], description="b")["description"] == "b"


def test_a_dataset_whose_name_was_given_away_is_back_under_its_id(writer: Both, new_name: Name) -> None:
    name = new_name()
    old = writer.datasets.create(name=name, owner_org="city")
    writer.datasets.delete(name)
    new = writer.datasets.create(name=name, owner_org="city")
    with pytest.raises(errors.NotFound, match=f"no deleted dataset {name}: the one of that name is active"):
        writer.datasets.restore(name)
    assert writer.datasets.get(name) == new, "nothing was changed"
    back = writer.datasets.restore(old["id"])
    assert (back["state"], back["name"]) == ("active", old["id"])


@pytest.mark.unruly("drops_extras", "blanks_names")
def test_a_portal_that_keeps_neither_extras_nor_the_names_of_files(writer: Both, new_name: Name) -> None:
    name = new_name()
    writer.datasets.create(name=name, owner_org="city")
    with pytest.raises(errors.NotKept, match=r"extras\.depth: sent '3'"):
        writer.datasets.set_extras(name, depth=3)
    with pytest.raises(errors.NotKept, match=r"extras\.depth"):
        writer.datasets.patch(name, extras=[{"key": "depth", "value": "3"}])
    with pytest.raises(errors.NotKept, match="name: sent 'flow'"):
        writer.resources.create(name, url="https://example.org/a", name="flow")
    with pytest.raises(errors.NotKept, match="name: sent 'code'"):
        writer.resources.upload(name, Path(__file__), name="code")
    assert writer.resources.upload(name, Path(__file__), force=True).outcome == "uploaded", "a name that nobody gave"
    before = [one["id"] for one in writer.datasets.get(name)["resources"]]
    job = writer.datastore.push(None, [{"a": 1}], dataset=name, name="table")
    for again in (False, True):
        writer.run(job.run(retry_failed=again))
        assert "name: sent 'table'" in next(job.failures()).reason
    assert [one["id"] for one in writer.datasets.get(name)["resources"]] == before, "nothing is left of the push"
    job.close()


@pytest.mark.unruly("keeps_aliases")
def test_a_field_that_is_missing_in_the_answer_to_a_write_is_read_again(writer: Both, new_name: Name) -> None:
    name = new_name()
    assert writer.groups.create(name=name, alias="Uni")["alias"] == "Uni"
    assert writer.groups.patch(name, alias="University")["alias"] == "University"
    with pytest.raises(errors.NotKept, match="nickname: sent 'U', found no such field"):
        writer.groups.patch(name, alias="Univ", nickname="U")
    assert writer.groups.get(name)["alias"] == "Univ"
