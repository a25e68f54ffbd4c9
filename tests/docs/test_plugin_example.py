"""The example of the how-to about the pytest plugin, run here as it stands there."""

from __future__ import annotations

import pytest

from tuckan import connect
from tuckan.errors import NotFound


def publish(ckan, name):
    """What is to be tested: it makes an organization with one dataset."""
    ckan.call("organization_create", name="rivers")
    return ckan.call("package_create", name=name, owner_org="rivers", private=False)


def test_what_is_published_is_found(ckan_client, clean_portal):
    publish(ckan_client, "flow-2024")
    assert ckan_client.datasets.get("flow-2024")["organization"]["name"] == "rivers"
    assert [one["name"] for one in ckan_client.datasets.list("flow*")] == ["flow-2024"]


def test_nothing_is_left_from_another_test(ckan_client, clean_portal):
    with pytest.raises(NotFound):
        ckan_client.datasets.get("flow-2024")


def test_a_program_that_reads_the_environment(ckan_sandbox, monkeypatch):
    monkeypatch.setenv("CKAN_BASE_URL", ckan_sandbox.url)
    monkeypatch.setenv("CKAN_API_KEY", ckan_sandbox.token())
    with connect() as ckan:
        assert ckan.portal.whoami()["sysadmin"]


@pytest.mark.ckan_sandbox(plugins=["scheming"])
def test_what_a_schema_demands(ckan_client, clean_portal):
    assert ckan_client.call("scheming_dataset_schema_list") == ["dataset"]
