"""What type checkers say of `client.action`: read by mypy and pyright, never run.

Each line with `# refused` must be an error for both, each `assert_type` must hold, and nothing else may be one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, assert_type

from tuckan import AsyncClient, Client, connect
from tuckan.types import (
    ActivityDifference,
    BackgroundJob,
    Dataset,
    DatastoreInfo,
    DatastoreResult,
    Group,
    Organization,
    Resource,
    SearchResult,
    Status,
    Token,
    User,
)


def what_is_accepted(ckan: Client, path: Path) -> None:
    found = ckan.action.package_search(q="water", fq="organization:water-board", rows=5, facet_field=["tags"])
    assert_type(found, SearchResult)
    assert_type(found["count"], int)
    assert_type(found["results"], list[Dataset])
    assert_type(found["results"][0]["resources"], list[Resource])
    assert_type(found["results"][0]["title"], str)
    assert_type(found["results"][0]["owner_org"], str | None)
    found["results"][0].get("a_field_of_our_own")
    assert_type(ckan.action.package_patch(id="rivers", notes=None, a_field_of_our_own=[1, 2]), Dataset)
    assert_type(ckan.action.resource_create(package_id="rivers", upload=path), Resource)
    assert_type(ckan.action.status_show(), Status)
    assert_type(ckan.action.api_token_list(user_id="anna"), list[Token])
    assert_type(ckan.action.datastore_info(id="t"), DatastoreInfo)
    assert_type(ckan.action.datastore_search(resource_id="t", records_format="lists"), DatastoreResult)
    assert_type(ckan.action.activity_diff(id="a", object_type="package", diff_type="html"), ActivityDifference)
    assert_type(ckan.action.am_following_user(id="anna"), bool)
    assert_type(ckan.action.package_list(limit=5), list[str])


def what_depends_on_a_parameter(ckan: Client, maybe: bool) -> None:
    assert_type(ckan.action.organization_list(), list[str])
    assert_type(ckan.action.organization_list(all_fields=True), list[Organization])
    assert_type(ckan.action.group_list(all_fields=False, limit=5), list[str])
    assert_type(ckan.action.group_list(all_fields=maybe), list[str] | list[Group])
    assert_type(ckan.action.user_list(), list[User])
    assert_type(ckan.action.user_list(all_fields=False), list[str])
    assert_type(ckan.action.job_list(), list[BackgroundJob])


async def what_is_awaited(ckan: AsyncClient) -> None:
    assert_type(await ckan.action.package_show(id="rivers"), Dataset)
    assert_type(await ckan.action.user_list(), list[User])
    assert_type(await ckan.action.a_plugins_own(limit=5), Any)
    assert_type(await ckan.call("package_show", id="rivers"), Any)


def what_other_actions_give(ckan: Client) -> None:
    assert_type(ckan.action.a_plugins_own(limit=5), Any)
    assert_type(ckan.action.a_plugins_own.help(), str)
    assert_type(ckan.call("package_show", id="rivers"), Any)


def what_is_refused(ckan: Client) -> None:
    ckan.action.package_search(row=5)  # refused
    ckan.action.package_search(rows="5")  # refused
    ckan.action.package_show("rivers")  # refused
    ckan.action.package_show()  # refused
    ckan.action.package_create(title="Rivers")  # refused
    ckan.action.datastore_search(resource_id="t", records_format="xml")  # refused
    ckan.action.datastore_upsert(resource_id="t", method="merge")  # refused
    ckan.action.resource_create(package_id="rivers", upload=5)  # refused
    ckan.action.package_delete(id=None)  # refused
    ckan.action.status_show(verbose=True)  # refused
    ckan.action.package_show(id="rivers")["title"].real  # refused
    ckan.action.package_list().keys()  # refused


async def what_is_refused_when_awaited(ckan: AsyncClient) -> None:
    await ckan.action.package_search(row=5)  # refused
    ckan.action.package_show(id="rivers")["title"]  # refused


def what_else_users_hold(ckan: Client) -> None:
    with connect("https://example.org") as other:
        assert_type(other, Client)
    assert_type(ckan.datasets.get("rivers"), Dataset)
    ckan.datasets.get(5)  # refused
    Client(timeout="long")  # refused
    connect("https://example.org", timeout=5, headers={"Accept-Language": "de"}, retries=None, env_file=".env")
    connect("https://example.org", timeout="long")  # refused
    connect("https://example.org", time_out=5)  # refused
    ckan.copy_to(Client("https://example.net"), files=False, kinds=("datasets",))
    ckan.copy_to(Client("https://example.net"), files="no")  # refused
    ckan.copy_to(Client("https://example.net"), file=False)  # refused
    ckan.datastore.push([{"n": 1}], dataset="rivers", name="Levels")
    ckan.datastore.push([{"n": 1}], "5dfaa48c-d309-4da2-add5-3deb81ddd35d")
    ckan.datastore.push("5dfaa48c-d309-4da2-add5-3deb81ddd35d", [{"n": 1}])  # refused
