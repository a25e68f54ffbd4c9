"""Routes outside the Action API, on a real CKAN."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest

from tuckan import errors
from tuckan.wire.retry import RetryPolicy

from .conftest import Both

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tuckan.sandbox import Sandbox

NOW = RetryPolicy(base=0.0)


@pytest.fixture(params=["blocking", "asynchronous"])
def behind(request: pytest.FixtureRequest, city: Sandbox, proxy: Any) -> Iterator[Both]:
    both = Both(request.param, proxy.url, city.token(), retries=NOW)
    yield both
    both.close()


def test_routes_of_a_real_portal(writer: Both, new_name: Callable[[], str]) -> None:
    name = new_name()
    status = writer.request("GET", "/api/3/action/status_show")
    assert status.json()["result"]["ckan_version"]
    assert status.headers["content-type"].startswith("application/json")
    found = writer.request("GET", "api/util/group/autocomplete", params={"q": "wat"})
    assert [one["name"] for one in found.json()] == ["water"]
    page = writer.request("GET", f"{writer.client.base_url}/dataset")
    assert "<html" in page.text
    assert writer.request("HEAD", "/api/3/action/status_show").content == b""
    made = writer.request("POST", "/api/3/action/package_create", json={"name": name, "owner_org": "city"})
    assert made.json()["result"]["name"] == name
    uploaded = writer.request(
        "POST",
        "/api/3/action/resource_create",
        data={"package_id": name, "name": "r"},
        files={"upload": io.BytesIO(b"a,b\n1,2\n")},
    )
    assert writer.request("GET", uploaded.json()["result"]["url"]).content == b"a,b\n1,2\n"
    with pytest.raises(errors.NotFound):
        writer.request("GET", "/no/such/route")
    with pytest.raises(errors.PortalError, match="does not accept this method"):
        writer.request("DELETE", "/api/util/group/autocomplete")
    with pytest.raises(errors.ValidationError) as caught:
        writer.request("POST", "/api/3/action/package_create", json={"name": name})
    assert "name" in caught.value.fields


def test_a_page_that_wants_a_login(city: Sandbox) -> None:
    both = Both("blocking", city.url, "")
    with pytest.raises(errors.NotAuthorized):
        both.request("GET", "/dataset/new")
    both.close()


def test_a_write_that_is_lost_is_in_doubt_and_arrived_once(
    behind: Both, proxy: Any, faults: Any, new_name: Callable[[], str]
) -> None:
    name = new_name()
    proxy.next(faults.reset_after, action="package_create")
    with pytest.raises(errors.InDoubt, match="POST /api/3/action/package_create"):
        behind.request("POST", "/api/3/action/package_create", json={"name": name, "owner_org": "city"})
    assert len(proxy.calls("package_create")) == 1
    proxy.next(faults.status(429), faults.reset_before, action="status_show")
    assert behind.request("GET", "/api/3/action/status_show").status == 200


@pytest.mark.parametrize("to", ["http://127.0.0.1:1/x", "//localhost/x"])
def test_the_token_goes_to_no_other_host(behind: Both, proxy: Any, faults: Any, to: str) -> None:
    proxy.next(faults.status(302, Location=to), action="status_show")
    with pytest.raises(errors.Redirected):
        behind.request("GET", "/api/3/action/status_show")
