"""Datasets, groups and organizations of types of their own, which plugins bring, are in every list."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest
from tests.portals import filled

if TYPE_CHECKING:
    from tuckan import Client
    from tuckan.sandbox import Sandbox


@pytest.fixture
def parties(ckan_sandbox: Sandbox, ckan_client: Client) -> Client:
    """A portal with some of each."""
    filled(ckan_sandbox, some_of_each_type)
    return ckan_client


def some_of_each_type(ckan: Client) -> None:
    ckan.call("organization_create", name="city")
    ckan.call("organization_create", name="lab", type="institute")
    ckan.call("group_create", name="zoo")
    ckan.call("group_create", name="uni", type="party", extras=[{"key": "size", "value": "1"}])
    ckan.call("group_create", name="arts", type="party")
    ckan.call("package_create", name="rain", owner_org="city")
    ckan.call("package_create", name="microscope", type="instrument", owner_org="lab")


def test_groups_and_organizations_of_all_types_are_listed(parties: Client) -> None:
    groups = parties.groups.list()
    assert [(one["name"], one["type"]) for one in groups] == [("zoo", "group"), ("arts", "party"), ("uni", "party")]
    assert groups[2]["extras"][0]["value"] == "1"
    assert str(groups.proof).endswith("complete, no duplicates; types group, party")
    assert parties.groups.names() == ["arts", "uni", "zoo"]
    offices = parties.organizations.list(members=True)
    assert [(one["name"], one["users"][0]["name"]) for one in offices] == [("city", "admin"), ("lab", "admin")]


def test_one_type_is_listed_alone(parties: Client) -> None:
    found = parties.groups.list(type="party")
    assert [one["name"] for one in found] == ["arts", "uni"] == parties.groups.names(type="party")
    assert str(found.proof) == "2 of 2 read in 1 page, complete, no duplicates; type party"
    assert parties.organizations.list(type="no-such-type") == []


def test_dumps_and_snapshots_have_all_types(parties: Client) -> None:
    def dumped(kind: str) -> list[tuple[str, str]]:
        written = io.BytesIO()
        parties.dump(kind, written)  # type: ignore[arg-type]
        return [(one["name"], one["type"]) for one in map(json.loads, written.getvalue().splitlines())]

    assert sorted(dumped("datasets")) == [("microscope", "instrument"), ("rain", "dataset")]
    assert sorted(dumped("groups")) == [("arts", "party"), ("uni", "party"), ("zoo", "group")]
    taken = parties.snapshot()
    assert set(taken.datasets) == {"microscope", "rain"}
    assert {name: one.get("type", "group") for name, one in taken.groups.items()} == {
        "arts": "party",
        "uni": "party",
        "zoo": "group",
    }
    assert taken.organizations["lab"]["type"] == "institute"
