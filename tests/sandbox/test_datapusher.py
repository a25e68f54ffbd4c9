"""DataPusher's protocol, with CKAN's own plugin on the other side."""

from __future__ import annotations

import io
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from tuckan.sandbox.datapusher.table import Table

if TYPE_CHECKING:
    from pathlib import Path

    from tuckan.client import Client
    from tuckan.sandbox import Sandbox


def uploaded(ckan: Client, path: Path, kind: str = "CSV") -> str:
    ckan.call("organization_create", name="mine")
    dataset = ckan.call("package_create", name="mine", owner_org="mine")
    given = {"package_id": dataset["id"], "name": path.name, "format": kind}
    return str(ckan.call("resource_create", given, files={"upload": path})["id"])


def test_a_csv_ends_as_rows(clean_portal: Sandbox, ckan_client: Client, tmp_path: Path) -> None:
    file = tmp_path / "rivers.csv"
    file.write_text("name,km,measured\nLimmat,36.3,2020-01-02\nSihl,73,\n")
    resource = uploaded(ckan_client, file)
    ended = ckan_client.datapusher.wait(resource, timeout=200)
    assert ended["status"] == "complete"
    result = ckan_client.datastore.search(resource)
    assert [(one["name"], one["km"]) for one in result["records"]] == [("Limmat", 36.3), ("Sihl", 73)]
    assert {one["id"]: one["type"] for one in result["fields"]}["measured"] == "timestamp"
    assert result["records"][1]["measured"] is None

    again = ckan_client.datapusher.submit(resource)
    assert again["status"] in ("pending", "complete")
    assert ckan_client.datapusher.wait(resource, timeout=200)["status"] == "complete"
    assert ckan_client.datastore.search(resource)["total"] == 2


def test_a_job_that_down_interrupts_has_failed_and_can_be_done_again(
    clean_portal: Sandbox, ckan_client: Client, tmp_path: Path
) -> None:
    file = tmp_path / "long.csv"
    file.write_text("a,b\n" + "".join(f"{number},x\n" for number in range(60_000)))
    resource = uploaded(ckan_client, file)
    assert ckan_client.datapusher.status(resource)["status"] == "pending"
    clean_portal.down()
    clean_portal.up(as_profile=False)
    assert ckan_client.datapusher.status(resource)["status"] == "error"
    ckan_client.call("datapusher_submit", resource_id=resource)
    assert ckan_client.datapusher.wait(resource, timeout=200)["status"] == "complete"
    assert ckan_client.datastore.search(resource)["total"] == 60_000


@pytest.mark.parametrize(
    ("text", "km"),
    [
        ("name,km\nLimmat,36.3\n", ["36.3"]),  # copied as it is, where DataPusher makes numbers
        ("name,km,x\nSihl,73,1\nLimmat,36\n", [73, 36]),  # refused by COPY, and read row by row
    ],
)
def test_xloader_loads_a_file_again_and_again(
    clean_portal: Sandbox, ckan_client: Client, tmp_path: Path, text: str, km: list[Any]
) -> None:
    file = tmp_path / "rivers.csv"
    file.write_text(text)
    resource = uploaded(ckan_client, file)
    with suppress(Exception):  # DataPusher takes no ragged rows
        ckan_client.datapusher.wait(resource, timeout=200)
    for _ in range(2):
        ckan_client.call("xloader_submit", resource_id=resource, ignore_hash=True)
        assert ckan_client.xloader.wait(resource, timeout=200)["status"] == "complete"
        found = ckan_client.datastore.search(resource)
        assert [one["km"] for one in found["records"]] == km


def test_what_is_no_table_ends_in_an_error_that_says_why(
    clean_portal: Sandbox, ckan_client: Client, tmp_path: Path
) -> None:
    file = tmp_path / "empty.csv"
    file.write_text("\n\n")
    resource = uploaded(ckan_client, file)
    ckan_client.call("datapusher_submit", resource_id=resource)
    with pytest.raises(Exception, match="names no columns"):
        ckan_client.datapusher.wait(resource, timeout=200)


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("a,b\n1,x\n", {"a": "numeric", "b": "text"}),
        ("a;b\n1;2020-01-01\n", {"a": "numeric", "b": "timestamp"}),
        ("a\tb\n007\t1e5\n", {"a": "text", "b": "numeric"}),
        ("_a,,a\n1,2,3\n", {"a": "numeric", "column_2": "numeric", "a_2": "numeric"}),
        ("a,b\n1,\nx,\n", {"a": "text", "b": "text"}),
    ],
)
def test_columns_and_types(text: str, columns: dict[str, str]) -> None:
    table = Table(io.BytesIO(text.encode()))
    assert {one.name: one.type for one in table.columns} == columns


def test_what_windows_wrote_is_read() -> None:
    table = Table(io.BytesIO("stadt,x\nZürich,1\n".encode("cp1252")))
    assert list(table.records()) == [{"stadt": "Zürich", "x": "1"}]


def test_two_columns_of_one_very_long_name_stay_apart() -> None:
    name = "ü" * 80
    columns = Table(io.BytesIO(f"{name},{name}\n1,2\n".encode())).columns
    assert len({one.name for one in columns}) == 2
    assert all(len(one.name.encode()) <= 63 for one in columns)
