"""What type checkers say of the calls that people write: read by mypy and pyright, never run.

Each line with `# refused` must be an error for both, each `assert_type` must hold, and nothing else may be one. Read for Linux and Windows,
for the oldest Python and the newest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, assert_type

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa

import tuckan
from tuckan import AsyncClient, Client, NotFound, RetryPolicy, connect, errors
from tuckan.types import (
    Activity,
    BulkResult,
    Capabilities,
    Dataset,
    DatastoreInfo,
    DatastoreResult,
    Downloads,
    Group,
    Job,
    License,
    Listing,
    LoaderStatus,
    Member,
    NewUser,
    Organization,
    Report,
    Resource,
    ResourceSearch,
    Revocation,
    SearchResult,
    Status,
    TableProof,
    Tag,
    Token,
    Uploaded,
    Upserted,
    User,
    View,
    Vocabulary,
)


def what_reads_give(ckan: Client) -> None:
    assert_type(ckan.datasets.get("rivers"), Dataset)
    assert_type(ckan.datasets.by_title("Rivers"), Dataset)
    assert_type(ckan.datasets.search("water", facets=["tags"]), SearchResult)
    assert_type(ckan.datasets.list(), Listing[Dataset])
    assert_type(ckan.datasets.iter(fields=["name"]), Iterator[Dataset])
    assert_type(ckan.resources.get("rivers/lengths"), Resource)
    assert_type(ckan.resources.list("rivers"), list[Resource])
    assert_type(ckan.resources.search("format:csv"), ResourceSearch)
    assert_type(ckan.organizations.get("city"), Organization)
    assert_type(ckan.organizations.list(), Listing[Organization])
    assert_type(ckan.organizations.members("city"), list[Member])
    assert_type(ckan.groups.get("water"), Group)
    assert_type(ckan.groups.list(), Listing[Group])
    assert_type(ckan.groups.names(), list[str])
    assert_type(ckan.users.get("anna"), User)
    assert_type(ckan.users.list("ann"), list[User])
    assert_type(ckan.tags.get("water"), Tag)
    assert_type(ckan.vocabularies.list(), list[Vocabulary])
    assert_type(ckan.licenses.get("cc-by"), License)
    assert_type(ckan.activities.list(dataset="rivers"), list[Activity])
    assert_type(ckan.views.list("rivers/lengths"), list[View])
    assert_type(ckan.tokens.list("anna"), list[Token])
    assert_type(ckan.portal.status(), Status)
    assert_type(ckan.portal.whoami(), User)
    assert_type(ckan.portal.capabilities(), Capabilities)
    assert_type(ckan.datapusher.status("rivers/lengths"), LoaderStatus)


def what_writes_give(ckan: Client, path: Path) -> None:
    assert_type(ckan.datasets.create(name="rain", owner_org="city"), Dataset)
    assert_type(ckan.datasets.patch("rain", title="Rain", a_field_of_our_own=[1]), Dataset)
    assert_type(ckan.datasets.upsert(name="rain"), Upserted[Dataset])
    assert_type(ckan.datasets.upsert(name="rain").record, Dataset)
    assert_type(ckan.resources.upload("rain", path, name="2024"), Uploaded)
    assert_type(ckan.resources.upload("rain", path).resource, Resource)
    assert_type(ckan.resources.create("rain", url="https://example.org/a.csv"), Resource)
    assert_type(ckan.organizations.create(name="city"), Organization)
    assert_type(ckan.groups.patch("water", title="Water"), Group)
    assert_type(ckan.users.create("anna", "anna@example.org"), NewUser)
    assert_type(ckan.tokens.revoke("anna", name="old", dry_run=True), Revocation)
    assert_type(ckan.jobs.load("datasets.csv"), Job)
    assert_type(ckan.jobs.load("datasets.csv").run(), Report)
    assert_type(ckan.resources.download_all(path, "water"), Downloads)
    results: list[BulkResult] = [
        ckan.resources.download_all(path, "water"),
        ckan.tokens.revoke("anna", name="old"),
        ckan.jobs.load("datasets.csv").run(),
    ]
    assert_type([one.failed for one in results], list[int])


def what_tables_give(ckan: Client, path: Path) -> None:
    assert_type(ckan.datastore.info("rain/2024"), DatastoreInfo)
    assert_type(ckan.datastore.search("rain/2024", limit=5), DatastoreResult)
    assert_type(ckan.datastore.iter("rain/2024"), Iterator[dict[str, Any]])
    with ckan.datastore.pull("rain/2024") as pull:
        assert_type(pull.to_pandas(), pd.DataFrame)
        assert_type(pull.to_polars(), pl.DataFrame)
        assert_type(pull.to_arrow(), pa.Table)
        assert_type(pull.to_duckdb(path, "rain"), TableProof)
        assert_type(pull.schema(), dict[str, str])
    assert_type(ckan.datastore.query('SELECT 1 FROM "t"'), duckdb.DuckDBPyRelation)


def what_records_hold(dataset: Dataset, name: str) -> None:
    assert_type(dataset["title"], str)
    assert_type(dataset["notes"], str | None)
    assert_type(dataset["resources"][0]["size"], int | None)
    assert_type(dataset.get("title"), str | None)
    assert_type(dataset.get("tags", ()), list[Tag] | tuple[()])
    for extra in dataset.get("extras") or []:
        assert_type(extra["key"], str)
    # Fields of a portal's own.
    assert_type(dataset["spatial"], Any)
    assert_type(dataset.get("spatial"), Any)
    assert_type(dataset[name], Any)
    dataset["spatial"] = {"type": "Point"}
    dataset.setdefault("themes", []).append("water")
    del dataset["spatial"]
    dataset["title"].real  # refused
    dataset["resources"][0]["url"] + 1  # refused
    dataset.get("title") + "!"  # refused


def of_a_dict(record: dict[str, Any]) -> str:
    return str(record["name"])


def of_a_mapping(record: Mapping[str, Any]) -> str:
    return str(record["name"])


def retitled(dataset: dict[str, Any]) -> None:
    dataset["title"] = "Rivers"


def what_comes_back_is_taken(ckan: Client, dataset: Dataset) -> None:
    of_a_dict(dataset)
    of_a_mapping(dataset)
    ckan.datasets.create(dataset)
    ckan.datasets.create({**dataset, "name": "copy"})
    ckan.datasets.upsert(dataset | {"title": "Rivers"})
    ckan.datasets.update(dataset)
    ckan.datasets.update("rivers", lambda one: {"title": one["title"].title()})
    ckan.datasets.update("rivers", retitled)
    ckan.datasets.restore(dataset)
    ckan.resources.update(dataset["resources"][0], {"name": "Lengths"})
    ckan.resources.create("rivers", dataset["resources"][0])
    ckan.datasets.add_resources("rivers", dataset["resources"])
    ckan.groups.update(ckan.groups.get("water"), {"title": "Water"})
    ckan.jobs.load([dataset])
    ckan.datasets.purge("rivers", confirm=lambda one: one["name"] == "rivers")


async def what_is_awaited(ckan: AsyncClient, path: Path) -> None:
    assert_type(await ckan.datasets.get("rivers"), Dataset)
    assert_type([one["name"] async for one in ckan.datasets.iter()], list[str])
    assert_type((await ckan.organizations.list())[0], Organization)
    async with ckan.datastore.pull("rain/2024") as pull:
        assert_type(await pull.to_pandas(), pd.DataFrame)
    ckan.datasets.get("rivers")["name"]  # refused


def what_connects() -> None:
    policy = RetryPolicy(attempts=3)
    with connect("https://example.org", "token", timeout=20, retries=policy, verify=False, headers={"X": "1"}) as ckan:
        assert_type(ckan, Client)
    connect("https://example.org", timout=20)  # refused
    connect("https://example.org", timeout="20")  # refused
    connect("https://example.org", "token", "profile")  # refused


def what_is_caught(ckan: Client) -> None:
    try:
        ckan.datasets.get("rivers")
    except NotFound as error:
        assert_type(error.status, int)
    except errors.ValidationError as error:
        assert_type(error.hint, str)


def what_is_refused(ckan: Client) -> None:
    ckan.datasets.get(5)  # refused
    ckan.datasets.search(row=5)  # refused
    ckan.datasets.search("water", "organization:city")  # refused
    ckan.datasets.list(fields=5)  # refused
    ckan.datastore.pull("t").to_excel("a.xlsx")  # refused
    ckan.tokens.revoke("anna", created_before="2024")  # refused
    ckan.datsets  # refused
    ckan.datasets.gett("rivers")  # refused
    tuckan.conect()  # refused
