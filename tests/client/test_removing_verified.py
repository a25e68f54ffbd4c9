"""Deletes that a portal answers with success and does not make, in front of a real CKAN."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tuckan import Client, errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import FaultProxy, Faults
    from tuckan.sandbox import Sandbox

    Name = Callable[[], str]


def test_deletes_that_the_portal_does_not_make(
    city: Sandbox, proxy: FaultProxy, faults: type[Faults], new_name: Name
) -> None:
    pretended = faults.status(200, b'{"success": true, "result": null}', Content_Type="application/json")

    def refuses(action: str, remove: Callable[[], Any], subject: str) -> None:
        proxy.next(pretended, action=action)
        with pytest.raises(errors.NotKept, match="still") as caught:
            remove()
        assert caught.value.subject == subject
        remove()

    def sure(_: Any) -> bool:
        return True

    one, other, person = new_name(), new_name(), new_name()
    with Client(proxy.url, city.token()) as ckan:
        ckan.users.create(person, f"{person}@example.org")
        for kind, there in (("organization", ckan.organizations), ("group", ckan.groups)):
            there.create(name=one, users=[{"name": person, "capacity": "member"}])
            refuses("member_delete", lambda: there.remove_member(one, person), f"user {person}")  # noqa: B023
            refuses(f"{kind}_delete", lambda: there.delete(one), f"{kind} {one}")  # noqa: B023
            id_ = there.get(one)["id"]
            refuses(f"{kind}_purge", lambda: there.purge(one, confirm=sure), f"{kind} {id_}")  # noqa: B023

        link = {"url": "https://example.org/1", "name": "one"}
        made = ckan.datasets.create(name=one, owner_org="city", resources=[link])
        ckan.datasets.create(name=other, owner_org="city")
        ckan.datasets.relate(one, "depends_on", other)
        related = f"relationship {one} depends_on {other}"
        refuses("package_relationship_delete", lambda: ckan.datasets.unrelate(one, "depends_on", other), related)
        ckan.datasets.add_collaborator(one, person)
        refuses("package_collaborator_delete", lambda: ckan.datasets.remove_collaborator(one, person), f"user {person}")
        proxy.next(pretended, action="follow_dataset")
        with pytest.raises(errors.NotKept, match=f"the dataset {one} is not followed"):
            ckan.datasets.follow(one)
        ckan.datasets.follow(one)
        refuses("unfollow_dataset", lambda: ckan.datasets.unfollow(one), f"dataset {one}")
        file = made["resources"][0]["id"]
        view = ckan.views.create(file, "text_view", "Words")["id"]
        refuses("resource_view_delete", lambda: ckan.views.delete(view), f"view {view}")
        ckan.datastore.create(file, columns={"n": "int"}, records=[{"n": 1}, {"n": 2}], force=True)
        empty = faults.status(200, b'{"success": true, "result": {}}', Content_Type="application/json")
        proxy.next(empty, action="datastore_create")
        with pytest.raises(errors.NotKept, match=r"n\.label: sent 'Number'"):
            ckan.datastore.describe(file, {"n": {"label": "Number"}}, force=True)
        assert ckan.datastore.describe(file, {"n": {"label": "Number"}}, force=True)["n"]["label"] == "Number"
        rows = {"n": [1, 2]}
        refuses("datastore_delete", lambda: ckan.datastore.delete(file, rows, force=True), f"table {file}")
        refuses("datastore_delete", lambda: ckan.datastore.drop(file, confirm=sure, force=True), f"table of {file}")
        refuses("resource_delete", lambda: ckan.resources.delete(file), f"resource {file}")
        refuses("package_delete", lambda: ckan.datasets.delete(one), f"dataset {one}")
        refuses("dataset_purge", lambda: ckan.datasets.purge(one, confirm=sure), f"dataset {made['id']}")

        vocabulary = ckan.vocabularies.create(one, ["rain"])
        refuses("tag_delete", lambda: ckan.tags.delete("rain", vocabulary=one), "tag rain")
        refuses("vocabulary_delete", lambda: ckan.vocabularies.delete(one), f"vocabulary {vocabulary['id']}")
        ckan.users.follow(person)
        refuses("unfollow_user", lambda: ckan.users.unfollow(person), f"user {person}")
        refuses("user_delete", lambda: ckan.users.delete(person), f"user {person}")


def test_a_user_who_sees_no_bin_deletes_what_is_theirs(city: Sandbox, new_name: Name) -> None:
    mine = new_name()
    with city.client() as admin:
        token = admin.tokens.create("alice", mine)["token"]
        admin.organizations.create(name=mine, users=[{"name": "alice", "capacity": "admin"}])
    with Client(city.url, str(token)) as alice:
        alice.datasets.create(name=mine, owner_org=mine)
        alice.datasets.delete(mine)
        if alice.call("organization_show", id=mine).get("state") == "active":
            alice.organizations.delete(mine)
    with city.client() as admin:
        assert admin.datasets.get(mine)["state"] == "deleted"
        assert admin.organizations.get(mine)["state"] == "deleted"
