"""A mirror with files and tables is a backup: restored to an empty portal, everything is as it was."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from tests.copying.test_copy import files_of

from tuckan import Client, InvalidArgument, Snapshot
from tuckan.mirror import Mirror
from tuckan.sandbox.demo import loading
from tuckan.sandbox.demo.content import Dataset, datasets
from tuckan.snapshot import difference

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tuckan.sandbox import Sandbox

KINDS = ("organizations", "groups", "datasets")
WHOLE = "MIRROR_TESTS" in os.environ
"""Whether the whole demo portal is restored; otherwise some of all its kinds."""


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch) -> list[Dataset]:
    """The datasets of the demo portal that are backed up."""
    found = list(datasets())
    kinds: dict[Any, Dataset] = {}
    for one in found:
        file = one.file and one.file.format
        kinds.setdefault((file, one.fields.get("private"), one.fields.get("type")), one)
    some = found if WHOLE else [*kinds.values(), *found[::40], *(one for one in found if one.name == "planet-mars")]
    some = list({one.name: one for one in some}.values())
    monkeypatch.setattr(loading, "datasets", lambda: some)
    return some


@pytest.fixture
def target(second_sandbox: Sandbox) -> Iterator[Client]:
    """The client of an empty portal to restore to."""
    second_sandbox.reset()
    with second_sandbox.client() as ckan:
        yield ckan


def table_of(ckan: Client, resource: str) -> Any:
    """All that a table has but its `_id`s, which begin anew in a copy."""
    info = ckan.call("datastore_info", {"id": resource})
    fields = [{name: one.get(name) for name in ("id", "type", "info")} for one in info["fields"][1:]]
    with ckan.datastore.pull(resource) as pull:
        return fields, info["meta"].get("aliases"), pull.to_arrow().to_pylist()


def test_the_demo_portal_is_restored_with_files_and_tables(
    clean_portal: Sandbox, demo: list[Dataset], target: Client, tmp_path: Path
) -> None:
    with clean_portal.client() as source, Mirror(tmp_path / "mirror.db") as mirror:
        loading._make_owners(source)
        loading._make_datasets(source)
        rows = [{"n": n, "text": t, "price": f"{n}.50", "list": [n]} for n, t in enumerate(("", None, 'a "b"\nc'))]
        source.datastore.push(
            rows, dataset="planet-mars", name="levels", key=["n"], types={"price": "numeric"}, aliases=["depths"]
        ).run()
        [levels] = [one["id"] for one in source.datasets.get("planet-mars")["resources"] if one["name"] == "levels"]
        source.call("datastore_create", resource_id=levels, force=True, fields=[
            {"id": "n", "type": "int8", "info": {"label": "Number", "notes": "Counted by hand"}},
        ])  # fmt: skip
        for _, one in zip(range(3), (one for one in source.datasets.iter() if one["resources"]), strict=False):
            source.views.create(one["resources"][0]["id"], "text_view", "Our own", description="Made by hand.")
        mirror.sync(source, private=True, files=True, tables=True, views=True)
        uploads = files_of(source, tmp_path / "a")
        assert len(uploads) == sum(one.file is not None for one in demo)
        with target.jobs.copy(mirror, tables=True) as job:
            assert not [note for note in job.notes if "file" in note or "able" in note], job.notes
            report = job.run()
            assert report.complete, [(one.operation.key, one.reason) for one in job.failures()]
        there, here = (one.snapshot(*KINDS, views=True) for one in (target, source))
        assert "Made by hand." in str(here.datasets)
        assert len(here.datasets) == len(demo)
        assert there == here == Snapshot.of(mirror), str(difference(there, here))
        assert files_of(target, tmp_path / "b") == uploads
        assert table_of(target, levels) == table_of(source, levels)
        with target.jobs.copy(mirror, tables=True, dry_run=True) as again:
            assert again.plan().total == 0, [one.operation for one in again.entries("planned")]


def test_what_a_mirror_has_not_fetched_or_lost_is_told(clean_portal: Sandbox, target: Client, tmp_path: Path) -> None:
    with clean_portal.client() as source, Mirror(tmp_path / "mirror.db") as mirror:
        source.organizations.create(name="office")
        source.datasets.create(name="rain", owner_org="office")
        for name in ("a.txt", "b.txt", "c.md"):
            (tmp_path / name).write_text(name)
            source.resources.upload("rain", tmp_path / name, name=name, format=name[-3:].strip("."))
        source.organizations.patch("office", name="bureau")  # CKAN's index gives the dataset's owner its former name
        mirror.sync(source)
        with pytest.raises(InvalidArgument, match="has no tables"):
            target.jobs.copy(mirror, tables=True)
        mirror.sync(source, files=True, formats=["txt"])
        files = {one.path.read_text(): one.path for one in mirror.files().values()}
        assert files.keys() == {"a.txt", "b.txt"}
        files["b.txt"].write_text("x.txt")
        with target.jobs.copy(mirror) as job:
            assert [note for note in job.notes if "c.md of rain" in note and "1 uploaded file not in" in note]
            assert not job.run().complete
            assert ["has another content" in one.reason for one in job.failures()] == [True]
        assert target.datasets.get("rain")["organization"]["name"] == "bureau"
        there = {one["name"]: one for one in target.datasets.get("rain")["resources"]}
        assert there["a.txt"]["size"] == 5
        assert there["c.md"]["url"].startswith(source.base_url)
