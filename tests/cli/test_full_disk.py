"""A disk without room: what was there stays, the file is named, and nothing is sent that can't be noted."""

from __future__ import annotations

import contextlib
import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from tuckan.jobs.folder import paths
from tuckan.sandbox import environment

resource = pytest.importorskip("resource", reason="limits that the system keeps")

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.shell import Shell

    from conftest import Impostor

ROWS = 3000
WRITES = "datastore_create datastore_delete datastore_upsert package_patch package_revise package_create resource_patch"


@contextlib.contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file grows beyond a size: what is written then is cut, as on a full disk."""
    before, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before, most))


def table(asked: dict[str, Any]) -> dict[str, Any]:
    numbers = list(range(1, ROWS + 1))
    if str(asked.get("sort")).endswith("desc"):
        numbers.reverse()
    some = numbers[: asked.get("limit", 100)]
    alone = asked.get("fields") == "_id"
    lines = [f"{n}\n" if alone else f"{n},{hashlib.sha256(str(n).encode()).hexdigest()[:8] * 8}\n" for n in some]
    fields = [{"id": "_id", "type": "int"}, *([] if alone else [{"id": "n", "type": "text"}])]
    return {"fields": fields, "records": "".join(lines), "total": ROWS, "limit": len(some)}


@pytest.fixture
def sent(alone: Shell, impostor: Impostor, jobs_folder: Path) -> list[str]:
    """The writes that reach a portal with a table, a file and datasets."""
    found: list[str] = []
    datasets = [{"id": f"{n:04}", "name": f"d{n}", "notes": "x" * 900} for n in range(60)]
    rain = {"id": "r-1", "name": "rain", "package_id": "d", "url_type": "datastore", "datastore_active": True}
    big = {"id": "f-1", "name": "big.bin", "package_id": "d", "url_type": "upload", "url": f"{impostor.url}/big.bin"}
    impostor.answers |= {
        "package_search": {"count": 60, "results": datasets},
        "user_show": {"id": "u", "name": "ann"},
        "resource_show": lambda asked: rain if asked["id"] == "r-1" else big,
        "big.bin": {"data": "x" * 300_000},
        "datastore_info": {"fields": [{"id": "n", "type": "text"}], "meta": {"count": ROWS}},
        "datastore_search": table,
    }
    for name in WRITES.split():
        impostor.answers[name] = lambda _, name=name: found.append(name) or {}
    many = "".join(f"{hashlib.sha256(str(n).encode()).hexdigest()}\n" for n in range(5000))
    (alone.folder / "large.csv").write_text("n\n" + many)
    (alone.folder / "small.csv").write_text("n\n1\n")
    (alone.folder / "records.jsonl").write_text(json.dumps({"name": "rain", "title": "Rain"}))
    alone.variables |= {"CKAN_BASE_URL": impostor.url, "CKAN_API_KEY": "a.b.c", "TUCKAN_JOBS_DIR": str(jobs_folder)}
    return found


@pytest.mark.parametrize(
    ("command", "size", "named"),
    [
        (["dump", "datasets", "-o", "kept"], 20_000, "kept: "),
        (["datastore", "pull", "r-1", "-o", "kept.csv"], 170_000, "kept.csv: "),
        (["datastore", "pull", "r-1", "-o", "kept.parquet"], 20_000, "table.arrow: "),
        (["resource", "download", "f-1", "--to", "kept"], 20_000, "f-1.part: "),
        (["datastore", "push", "large.csv", "r-1", "--yes"], 20_000, ".texts: "),
        (["datastore", "push", "small.csv", "r-1", "--yes"], 20_000, "The journal "),
        (["dataset", "patch", "--where", "tags:sky", "notes=y", "--yes"], 20_000, "The journal "),
        (["load", "datasets", "records.jsonl", "--yes"], 20_000, "The journal "),
    ],
    ids=lambda value: " ".join(value[:3]) if isinstance(value, list) else str(value),
)
def test_what_does_not_fit_is_said_and_nothing_is_lost(
    alone: Shell, sent: list[str], command: list[str], size: int, named: str
) -> None:
    for name in ("kept", "kept.csv", "kept.parquet"):
        (alone.folder / name).write_text("what was there")
    with room_for(size):
        ran = alone(*command)
    said = "".join(ran.err.split("\n"))
    assert (ran.code, sent) == (1, []), ran.err
    assert named in said
    assert "room" in said
    assert "a.b.c" not in said
    assert not list(paths()), "no job is left that was never planned"
    for name in ("kept", "kept.csv", "kept.parquet"):
        assert (alone.folder / name).read_text() == "what was there"
    there = {one.name for one in alone.folder.rglob("*") if one.is_file()}
    assert not {one for one in there if one.endswith(".new")}


def test_a_download_goes_on_once_there_is_room(alone: Shell, sent: list[str]) -> None:
    with room_for(20_000):
        assert alone("resource", "download", "f-1", "--to", "big.bin").code == 1
    assert alone("resource", "download", "f-1", "--to", "big.bin").code == 0
    assert (alone.folder / "big.bin").stat().st_size > 300_000
    assert sent == []


def test_an_environment_that_does_not_fit_on_the_disk_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 3_000_000})())
    with pytest.raises(environment.SandboxError) as told:
        environment._run(tmp_path / "env", ["false"], "CKAN")
    assert "make room" in told.value.hint
    assert "0.0 GB left" in told.value.hint
