"""Writes whose values a real portal did not keep, or kept in another form."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

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


@pytest.mark.contradicts("refuses_filter")
def test_a_license_that_the_portal_does_not_offer_is_told(writer: Both, new_name: Name) -> None:
    name = new_name()
    with pytest.warns(
        errors.UnknownLicense, match=rf"dataset {name}: .* does not offer the license 'cc-bi'.*mean 'cc-by'"
    ):
        writer.datasets.create(name=name, owner_org="city", license_id="cc-bi")
    with pytest.warns(errors.UnknownLicense, match="'odc-bx'"):
        writer.datasets.patch(name, license_id="odc-bx")
    with pytest.warns(errors.UnknownLicense, match="'no such'"):
        writer.datasets.upsert(name=name, license_id="no such")
    with pytest.warns(errors.UnknownLicense, match="'cc-bi'"):
        writer.datasets.update({**writer.datasets.get(name), "license_id": "cc-bi"})
    with pytest.warns(errors.UnknownLicense, match="'odc-bx'"):
        writer.datasets.revise(name, license_id="odc-bx", include="-*")
    writer.datasets.patch(name, title="Rain")  # warnings are errors: what is not sent is not told again
    writer.datasets.patch(name, license_id="cc-by")
    writer.datasets.patch(name, license_id="")


@pytest.mark.contradicts("refuses_filter")
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
    with pytest.raises(errors.NotKept, match=rf"{kind} {name}: descripton: sent 'x'") as caught:
        there.create(name=name, title="T", descripton="x", users=[{"name": "alice", "capacity": "member"}])
    assert "description" in caught.value.hint
    for write in (
        lambda: there.patch(name, descripton="x", title="U"),
        lambda: there.update(name, {"descripton": "x"}),
    ):
        with pytest.raises(errors.NotKept, match="descripton"):
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

    with pytest.raises(errors.Cancelled, match="alice would no longer be a member"):
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
    assert writer.resources.upload(name, Path(__file__), again=True).outcome == "uploaded", "a name that nobody gave"
    before = [one["id"] for one in writer.datasets.get(name)["resources"]]
    job = writer.datastore.push([{"a": 1}], dataset=name, name="table")
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


def test_what_the_portal_computes_is_not_kept_when_it_is_asked_for(writer: Both, new_name: Name) -> None:
    name = new_name()
    with pytest.raises(errors.NotKept, match="num_tags: sent 9, found 0") as caught:
        writer.datasets.create(name=name, owner_org="city", num_tags=9)
    assert "computes num_tags itself" in caught.value.hint
    writes: list[tuple[str, Callable[[], Any]]] = [
        ("num_resources", lambda: writer.datasets.patch(name, num_resources=7, title="Rain")),
        ("isopen", lambda: writer.datasets.update(name, {"isopen": True})),
        ("creator_user_id", lambda: writer.datasets.update(name, lambda one: one.update(creator_user_id="x"))),
        ("metadata_created", lambda: writer.datasets.upsert(name=name, metadata_created="2001-01-01T00:00:00")),
        ("license_title", lambda: writer.datasets.set_extras(name, license_title="Mine")),
        ("organization", lambda: writer.datasets.update(name, {"organization": {"name": "space"}})),
        ("relationships_as_subject", lambda: writer.datasets.patch(name, relationships_as_subject=[{"type": "x"}])),
        ("num_tags", lambda: writer.datasets.revise(name, num_tags=7)),
    ]
    for field, write in writes:
        with pytest.raises(errors.NotKept, match=rf"{field}(\[0\])?: sent") as caught:
            write()
        assert [one.partition("[")[0] for one in caught.value.fields] == [field]
    assert writer.datasets.get(name)["title"] == "Rain", "what else was sent is kept"
    back = writer.datasets.get(name)
    part = {key: back[key] for key in ("id", "metadata_modified", "num_tags", "isopen", "organization")}
    for read in (back, part):
        writer.datasets.patch(name, {**read, "title": "Snow"})
        assert writer.datasets.upsert({**read, "title": "Hail"}).record["title"] == "Hail"
        writer.datasets.update({**read, "title": "Fog"}, overwrite=True)
    assert writer.datasets.get(name)["metadata_modified"] > back["metadata_modified"], "the clock is not turned back"


def test_what_the_portal_computes_of_a_resource_or_a_view(writer: Both, new_name: Name) -> None:
    name = new_name()
    writer.datasets.create(name=name, owner_org="city")
    one, two = (writer.resources.create(name, url=f"https://example.org/{file}", name=file) for file in "ab")
    view = writer.views.create(one["id"], "text_view", "Words")
    writes: list[tuple[str, Callable[[], Any]]] = [
        ("position", lambda: writer.resources.patch(one["id"], position=4)),
        ("position", lambda: writer.resources.update(one["id"], {"position": 4})),
        ("datastore_active", lambda: writer.resources.patch(one["id"], datastore_active=True)),
        ("position", lambda: writer.datasets.update_resources(name, [{"id": one["id"], "position": 4}])),
        ("metadata_modified", lambda: writer.resources.patch(one["id"], metadata_modified="2001-01-01T00:00:00")),
        ("package_id", lambda: writer.views.update(view["id"], package_id="x")),
    ]
    for field, write in writes:
        with pytest.raises(errors.NotKept, match=f"{field}: sent"):
            write()
    stale = writer.datasets.get(name)
    writer.resources.reorder(name, [two["id"]])
    assert writer.resources.patch(one["id"], {**stale["resources"][0], "name": "c"})["name"] == "c"
    assert writer.resources.update({**stale["resources"][0], "name": "d"}, overwrite=True)["name"] == "d"
    assert writer.datasets.update({**stale, "title": "Rain"}, overwrite=True)["title"] == "Rain"
    copy = {**stale, "name": new_name(), "id": str(uuid4()), "resources": [{**two, "id": str(uuid4())}]}
    assert writer.datasets.create(copy)["num_resources"] == 1, "a record of another dataset"


@pytest.mark.parametrize("kind", ["organization", "group"])
def test_what_the_portal_computes_of_organizations_and_groups(writer: Both, new_name: Name, kind: str) -> None:
    name, there = new_name(), getattr(writer, f"{kind}s")
    there.create(name=name, title="T")
    for field, near in (("package_count", ""), ("display_name", "title"), ("image_display_url", "image_url")):
        for write in (there.patch, there.update):
            with pytest.raises(errors.NotKept, match=f"{field}: sent 7") as caught:
                write(name, {field: 7})
            assert near in caught.value.hint
    for refused in ({"packages": []}, {"is_organization": kind == "group"}, {"image_upload": "logo.png"}):
        with pytest.raises(errors.InvalidArgument, match=next(iter(refused))):
            there.patch(name, refused)
        with pytest.raises(errors.InvalidArgument, match=next(iter(refused))):
            there.create({"name": new_name(), **refused})
    assert there.patch(name, approval_status="denied")["approval_status"] == "denied", "CKAN does keep this one"
    old = there.get(name)
    there.patch(name, title="U")
    assert there.patch(name, {**old, "description": "x", "packages": [{"id": "x"}]})["description"] == "x"
    assert there.update({**old, "description": "y", "package_count": 3})["description"] == "y"
    assert writer.call(f"{kind}_show", id=name)["is_organization"] is (kind == "organization")
    with pytest.raises(errors.NotKept, match="display_name"):
        writer.users.patch("alice", display_name="A.")
    assert writer.users.patch("alice", writer.users.get("alice"))["name"] == "alice"


def test_a_job_that_asks_for_what_the_portal_computes_fails(writer: Both, new_name: Name) -> None:
    name = new_name()
    writer.datasets.create(name=name, owner_org="city")
    job = writer.jobs.patch({"num_tags": 7}, f"name:{name}")
    writer.run(job.run())
    assert [one.reason for one in job.failures()] == ["not kept: num_tags: sent 7, found 0"]
    job.close()
