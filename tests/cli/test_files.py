"""Files up and down at a shell."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING

import pytest

from tuckan.cli.arguments import Size
from tuckan.cli.commands.files import readable

if TYPE_CHECKING:
    from pathlib import Path

    from tests.shell import Shell

    from tuckan.client import Client


@pytest.fixture
def dataset(ckan_client: Client) -> str:
    """The name of a dataset without resources."""
    if "archive" not in ckan_client.call("organization_list"):
        ckan_client.call("organization_create", name="archive")
    name = f"shell-{uuid.uuid4().hex[:12]}"
    ckan_client.call("package_create", name=name, owner_org="archive")
    return name


def test_up_and_down(shell: Shell, ckan_client: Client, dataset: str, tmp_path: Path) -> None:
    file = tmp_path / "rain.txt"
    file.write_text("rain\n")
    ran = shell(
        "resource", "upload", dataset, "rain.txt", "--description", "Daily", "--field", 'columns:["a"]', "--verify"
    )
    made = json.loads(ran.out)
    assert (ran.code, made["outcome"], made["columns"], made["description"]) == (0, "uploaded", ["a"], "Daily")
    assert "1 of 1 file sent." in ran.err
    again = shell("resource", "upload", dataset, "rain.txt")
    assert (json.loads(again.out)["outcome"], "0 of 1 file sent; the portal had 1 already." in again.err) == (
        "unchanged",
        True,
    )
    file.write_text("more rain\n")
    ran = shell("resource", "upload", dataset, "rain.txt", "--id", made["id"], "--format", "ids")
    assert ran.out.strip() == made["id"]

    ran = shell("resource", "download", made["id"], "--to", "got.txt", "--format", "table")
    assert (ran.code, (tmp_path / "got.txt").read_text()) == (0, "more rain\n")
    assert "fetched" in ran.out
    ran = shell("resource", "download", made["id"], "nowhere", "--to", "many")
    lines = [json.loads(line) for line in ran.lines]
    assert (ran.code, [one["outcome"] for one in lines]) == (1, ["fetched", "failed"])
    assert (tmp_path / "many" / "rain.txt").exists()
    assert shell("resource", "download", "nowhere").code == 4
    assert shell("resource", "download", made["id"], "--max-size", "5", "--again").code == 1


def test_several_at_once_and_a_whole_dataset(shell: Shell, ckan_client: Client, dataset: str, tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.txt").write_text(f"{number}\n" * 1000)
    ran = shell("resource", "upload", dataset, "0.txt", "1.txt", "2.txt", "--file-format", "text")
    assert (ran.code, len(ran.lines)) == (0, 3)
    assert "3 of 3 files sent." in ran.err

    plan = shell("dataset", "download", dataset, "--to", "all", "--dry-run", "--format", "table")
    assert "3 planned; 6.0 kB in all" in plan.err
    assert plan.out.count("planned") == 3
    chosen = ("--file-format", "text,csv", "--output-format", "csv")
    plan = shell("dataset", "download", dataset, "--to", "all", "--dry-run", *chosen)
    assert (plan.code, len(plan.lines)) == (0, 1 + 3), "a header and three rows"
    ran = shell("dataset", "download", dataset, "--to", "all")
    assert (ran.code, len(ran.lines)) == (0, 3)
    assert "3 fetched in all; 6.0 kB in all" in ran.err
    none = shell("dataset", "download", dataset, "--to", "all", "--file-format", "xlsx")
    assert (none.code, none.err) == (0, f"No file matches. `tuckan resource list {dataset}` lists its resources.\n")
    ran = shell("download", "--filter", f"name={dataset}", "--named", "[01].txt", "--to", "all", "--format", "table")
    assert (ran.code, ran.out) == (0, "")
    assert "2 files: 2 unchanged" in ran.err

    broken = {"package_id": dataset, "name": "gone", "url": "http://127.0.0.1:1/gone.txt", "format": "txt"}
    ckan_client.call("resource_create", broken)
    ran = shell("download", "--filter", f"name={dataset}", "--named", "gone", "--to", "all", "--format", "table")
    assert ran.code == 1
    assert "1 failed: ConnectionFailed" in ran.err
    assert "gone" in ran.out


def test_mistakes(shell: Shell, alone: Shell, tmp_path: Path) -> None:
    for arguments in (
        ("resource", "upload", "d", "none.txt"),
        ("resource", "upload", "d", "a.txt", "b.txt", "--id", "x"),
        ("resource", "upload", "d", "a.txt", "--field", "x@a.txt"),
        ("download", "--max-size", "big"),
    ):
        (tmp_path / "a.txt").write_text("a")
        ran = shell(*arguments)
        assert ran.code in (2, 4), ran.err
        assert ran.out == ""


@pytest.mark.parametrize(
    ("text", "size"), [("10MB", 10_000_000), ("1.5 GiB", 1_610_612_736), ("2000", 2000), ("7kb", 7000), ("3b", 3)]
)
def test_sizes(text: str, size: int) -> None:
    assert Size().convert(text, None, None) == size


def test_readable_sizes() -> None:
    assert [readable(n) for n in (0, 1000, 999_999, 10**6, 5 * 10**12, 10**16)] == [
        "0 bytes", "1.0 kB", "1000.0 kB", "1.0 MB", "5.0 TB", "10000.0 TB",
    ]  # fmt: skip
