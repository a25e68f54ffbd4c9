"""A portal that answers nothing, half of it, or wrongly empties no mirror; a process that dies loses and repeats nothing."""

from __future__ import annotations

import copy
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.client.test_strange_portals import Played, Refused

from tuckan.errors import Incomplete, InvalidArgument, NotCKAN
from tuckan.mirror import Mirror, reports
from tuckan.mirror.syncing import synchronize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tuckan.mirror import Synced

ROOT = Path(__file__).parents[2]


class Portal:
    """A portal with datasets, which can lie about them."""

    def __init__(self, number: int) -> None:
        self.datasets: dict[str, dict[str, Any]] = {}
        for one in range(number):
            self.put(f"{one:04}", title=f"Rain {one}")
        self.lie = ""
        self.refused: set[str] = set()

    def put(self, id_: str, **fields: Any) -> None:
        before = self.datasets.get(id_, {"id": id_, "name": f"rain-{id_}", "state": "active", "resources": []})
        number = int(before.get("metadata_modified", "0")) + 1
        self.datasets[id_] = {**copy.deepcopy(before), "metadata_modified": f"{number:06}", **fields}

    def __call__(self, action: str, params: dict[str, Any]) -> Any:
        if action == "user_show":
            return {"id": "ann", "name": "ann"}
        if action == "package_show":
            if params["id"] in self.refused:
                raise Refused("Authorization Error")
            if params["id"] not in self.datasets or self.lie == "no more":
                raise Refused("Not Found Error")
            return self.datasets[params["id"]]
        if action != "package_search":
            return []
        return self._search(params)

    def _search(self, params: dict[str, Any]) -> Any:
        rows = sorted(self.datasets.values(), key=lambda one: str(one["id"]))
        rows = [one for one in rows if one["id"] not in self.refused]
        if "id:(" in str(params.get("fq")):
            rows = [one for one in rows if f'"{one["id"]}"' in params["fq"] or one["id"] in params["fq"].split()]
            return {"count": len(rows), "results": rows}
        if self.lie in ("empty", "no more"):
            rows = []
        if self.lie == "half":
            rows = rows[: len(rows) // 2]
        start, most = int(params.get("start") or 0), int(params["rows"])
        if self.lie == "same page":
            start = 0
        found = rows[start : start + most]
        if self.lie == "short page":
            found = found[:-3]
        if fields := params.get("fl"):
            found = [{name: one.get(name) for name in fields} for one in found]
        return {"count": len(rows) + (50 if self.lie == "same page" else 0), "results": found}


@pytest.fixture
def portal() -> Portal:
    return Portal(60)


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Mirror]:
    with Mirror(tmp_path / "mirror.db") as found:
        yield found


def sync(mirror: Mirror, portal: Portal, *, token: str | None = None, **options: Any) -> Synced:
    played = Played(portal)
    played.portal_state.token = token
    with mirror._writing(create=True) as store:
        return synchronize(store, mirror.path, played, **options)


def there(mirror: Mirror) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in mirror.datasets}


@pytest.mark.parametrize("lie", ["empty", "half", "short page", "same page", "no more"])
def test_a_portal_that_lacks_what_it_had_empties_no_mirror(portal: Portal, mirror: Mirror, lie: str) -> None:
    sync(mirror, portal)
    whole = there(mirror)
    assert len(whole) == 60
    portal.lie = lie
    try:
        done = sync(mirror, portal)
    except (Incomplete, NotCKAN):
        assert mirror.status()["last_outcome"] == "stopped"
    else:
        assert lie == "short page", "what a page lacks is fetched one by one; every other lie is noticed"
        assert done.gone == 0
    assert there(mirror) == whole
    assert not list(mirror.changes())
    portal.lie = ""
    assert sync(mirror, portal).gone == 0


def test_what_a_list_does_not_show_is_looked_at(portal: Portal, mirror: Mirror) -> None:
    sync(mirror, portal)
    hidden, deleted = portal.datasets["0003"], portal.datasets.pop("0004")
    search = portal._search

    def without(params: dict[str, Any]) -> Any:
        rows = portal.datasets
        portal.datasets = {key: one for key, one in rows.items() if key != "0003"}
        try:
            return search(params)
        finally:
            portal.datasets = rows

    portal._search = without  # type: ignore[method-assign]
    done = sync(mirror, portal)
    assert done.gone == 1
    assert "1 that the portal has and its list does not show" in done.notes
    assert there(mirror)["0003"] == hidden
    assert mirror.get(deleted["name"]) == deleted
    assert [(one.change, one.id) for one in mirror.changes()] == [("gone", "0004")]


KILLED = """
import json, os, signal, sys
from pathlib import Path
from tests.client.test_strange_portals import Played
from tests.mirror.test_strange_portals import Portal
from tuckan.mirror import Mirror
from tuckan.mirror.syncing import synchronize
path, portal, left = Path(sys.argv[1]), Portal(0), int(sys.argv[2])
portal.datasets = json.load(sys.stdin)
with Mirror(path) as mirror:
    def count(statement):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    with mirror._writing(create=True) as store:
        store.connection.set_trace_callback(count)
        synchronize(store, path, Played(portal))
"""


def test_killed_at_any_moment_it_continues_and_each_change_is_noted_once(portal: Portal, tmp_path: Path) -> None:
    path = tmp_path / "mirror.db"

    def killed(statements: int) -> int:
        ran = subprocess.run(
            [sys.executable, "-c", KILLED, path, f"{statements}"],
            input=json.dumps(portal.datasets).encode(), env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False,
        )  # fmt: skip
        return ran.returncode

    assert killed(150) == -signal.SIGKILL
    with Mirror(path) as mirror:
        sync(mirror, portal)
        assert there(mirror) == portal.datasets
    for one in range(0, 30, 3):
        portal.put(f"{one:04}", title=f"Snow {one}")
    for one in range(50, 55):
        del portal.datasets[f"{one:04}"]
    portal.put("0100", title="Hail")
    for statements in (10, 20, 40, 80):
        assert killed(statements) == -signal.SIGKILL
    with Mirror(path) as mirror:
        sync(mirror, portal)
        assert there(mirror) == portal.datasets
        noted = sorted((one.change, one.id) for one in mirror.changes())
        changed = [("changed", f"{one:04}") for one in range(0, 30, 3)]
        assert noted == [*changed, *(("gone", f"{one:04}") for one in range(50, 55)), ("new", "0100")]
        assert mirror.verify() == 61
        assert {row["outcome"] for row in mirror.sql("SELECT outcome FROM runs")} == {"interrupted", "complete"}


def test_two_at_once_are_one(portal: Portal, mirror: Mirror) -> None:
    sync(mirror, portal)
    with (
        mirror._writing(create=True),
        Mirror(mirror.path) as other,
        pytest.raises(InvalidArgument, match="another process"),
    ):
        sync(other, portal)


def test_a_portal_that_was_set_up_anew_leaves_the_mirror_as_it_was(portal: Portal, mirror: Mirror) -> None:
    sync(mirror, portal)
    whole = there(mirror)
    portal.datasets = {f"9{id_}": {**one, "id": f"9{id_}"} for id_, one in portal.datasets.items()}
    for options in ({}, {"full": True}):
        with pytest.raises(Incomplete, match="lacks 60 of the 60 datasets") as refused:
            sync(mirror, portal, **options)
        assert "set up anew" in refused.value.hint
        assert there(mirror) == whole
        assert not list(mirror.changes())
    done = sync(mirror, portal, accept=True)
    assert (done.new, done.gone) == (60, 60)
    assert mirror.get("rain-0007")["id"] == "90007", "of two of a name, the one that is there"


def test_private_records_that_a_token_no_longer_shows_are_not_gone(portal: Portal, mirror: Mirror) -> None:
    for number in range(4):
        portal.put(f"{number:04}", private=True)
    sync(mirror, portal, token="t", private=True)
    assert mirror.path.stat().st_mode & 0o077 == 0
    whole = there(mirror)
    with pytest.raises(InvalidArgument, match="without a token"):
        sync(mirror, portal)
    portal.refused = {"0000", "0001", "0050"}
    del portal.datasets["0002"]
    portal.put("0003", title="Snow")
    with pytest.raises(
        Incomplete, match="does not show this token 2 private datasets of the mirror: rain-0000, rain-0001"
    ):
        sync(mirror, portal, token="t")
    assert there(mirror) == whole
    portal.refused = {"0050"}
    assert sync(mirror, portal, token="t").gone == 2
    assert {row["name"]: row["why_gone"] for row in mirror.sql("SELECT name, why_gone FROM datasets WHERE status = 'gone'")} == {
        "rain-0002": "deleted",
        "rain-0050": "hidden",
    }  # fmt: skip
    portal.refused = {"0000"}
    done = sync(mirror, portal, token="t", accept=True)
    assert (done.gone, done.back) == (1, 1)


def test_what_an_anonymous_reader_is_refused_is_called_deleted_or_private(portal: Portal, mirror: Mirror) -> None:
    sync(mirror, portal)
    portal.refused = {"0005"}
    sync(mirror, portal)
    [hidden] = mirror.changes()
    assert (hidden.id, hidden.patch) == ("0005", {"why": "hidden"})
    for write in (reports.as_markdown, reports.as_html, reports.as_atom):
        assert "deleted or private" in write([hidden], "https://example.org")


def test_an_index_of_what_no_longer_is_does_not_empty_a_mirror(portal: Portal, mirror: Mirror) -> None:
    sync(mirror, portal)
    for number in range(30):
        portal.put(f"{number:04}", title="Snow")
    listed = dict(portal.datasets)

    def answer(action: str, params: dict[str, Any]) -> Any:
        portal.datasets = listed if "fl" in params else {}
        return portal(action, params)

    with pytest.raises(Incomplete, match="lacks 30 of the 60"), mirror._writing() as store:
        synchronize(store, mirror.path, Played(answer))
    assert len(there(mirror)) == 60


@pytest.mark.parametrize(
    "strange",
    [{"tags": ["rain"]}, {"extras": {"a": 1}}, {"resources": "none"}, {"organization": "office"}, {"groups": [1]}],
)
def test_a_record_that_is_none_of_ckans_is_named(portal: Portal, mirror: Mirror, strange: dict[str, Any]) -> None:
    sync(mirror, portal)
    whole = there(mirror)
    portal.put("0007", **strange)
    with pytest.raises(NotCKAN, match="'rain-0007', which is not a record of CKAN's"):
        sync(mirror, portal)
    assert there(mirror) == whole


def test_a_dataset_of_many_extras_and_one_made_again_by_its_name(portal: Portal, mirror: Mirror) -> None:
    sync(mirror, portal)
    portal.put("0007", extras=[{"key": f"k{n}", "value": n} for n in range(20_000)], type="map", name="maps")
    portal.datasets["1008"] = {**portal.datasets.pop("0008"), "id": "1008", "type": "map"}
    done = sync(mirror, portal)
    assert (done.new, done.changed, done.gone) == (1, 1, 1)
    assert there(mirror) == portal.datasets
    assert next(mirror.sql("SELECT count(*) AS n FROM extras"))["n"] == 20_000
    assert mirror.get("rain-0008")["id"] == "1008"
    assert "type" not in mirror.get("0008")
