"""The plugin that tests put into CKAN: it does what it is there for, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tuckan import errors

if TYPE_CHECKING:
    from tuckan import Client
    from tuckan.sandbox import Sandbox

RAIN = {
    "name": "rain",
    "owner_org": "city",
    "extras": [{"key": "depth", "value": "3"}],
    "resources": [{"name": "flow", "url": "https://example.org/flow.csv"}],
}


@pytest.fixture
def portal(clean_portal: Sandbox, ckan_client: Client) -> Client:
    ckan_client.call("organization_create", name="city")
    return ckan_client


@pytest.mark.unruly("refuses_filter")
def test_a_portal_that_refuses_every_filter(portal: Client) -> None:
    made = portal.call("package_create", RAIN)
    assert (made["extras"], made["resources"][0]["name"]) == (RAIN["extras"], "flow")
    for given in (["-notes"], "-notes"):
        with pytest.raises(errors.ValidationError, match="filter: Not a list"):
            portal.call("package_revise", match={"name": "rain"}, filter=given, update={"title": "Rain"})


@pytest.mark.unruly("drops_extras", "blanks_names")
def test_a_portal_that_keeps_neither_extras_nor_names(portal: Client) -> None:
    made = portal.call("package_create", RAIN)
    assert (made.get("extras"), made["resources"][0]["name"]) == ([], "")
    assert portal.call("package_revise", match={"name": "rain"}, filter=["-notes"])["package"]["name"] == "rain"


@pytest.mark.unruly("wants_files")
def test_a_portal_that_wants_a_file_or_an_address(portal: Client) -> None:
    portal.call("package_create", RAIN)
    with pytest.raises(errors.ValidationError, match="file or an address"):
        portal.call("resource_create", package_id="rain", name="empty")
