"""What a mirror is asked for is answered from a complete one, or it is said that it is not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.mirror.test_strange_portals import Portal, sync

from tuckan import Incomplete, InvalidArgument, Snapshot
from tuckan.errors import NotCKAN
from tuckan.mirror import Mirror

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.shell import Shell


@pytest.fixture
def mirror(alone: Shell) -> Iterator[Mirror]:
    with Mirror(alone.folder / "mirror.db") as found:
        yield found


def test_a_mirror_that_was_never_complete_is_no_catalogue_and_says_so(mirror: Mirror, alone: Shell) -> None:
    portal = Portal(60)
    portal.lie = "same page"
    with pytest.raises((Incomplete, NotCKAN)):
        sync(mirror, portal)
    number = mirror.status()["datasets"]
    with pytest.raises(Incomplete, match=f"did not finish: it has {number} datasets"):
        Snapshot.of(mirror)
    with pytest.raises(Incomplete):
        mirror.export(alone.folder / "out")
    assert not (alone.folder / "out").exists()
    assert mirror.verify() == number
    for command in ("search rain", "status", "changes"):
        assert "did not finish: datasets are missing" in alone("mirror", *command.split()).err
    portal.lie = ""
    sync(mirror, portal)
    assert len(Snapshot.of(mirror).datasets) == 60
    assert "did not finish" not in alone("mirror", "status").err


def test_a_word_that_is_nearly_everywhere_is_looked_for_in_titles(
    mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal = Portal(30)
    for number in range(30):
        portal.put(f"{number:04}", notes="Rain of the year")
    for number in range(20, 30):
        portal.put(f"{number:04}", title="A year of rain" if number > 24 else "Snow", notes="Rain of the year, " * 9)
    sync(mirror, portal)
    whole = [one["name"] for one in mirror.search("year", limit=30)]
    assert len(whole) == 30
    monkeypatch.setattr("tuckan.mirror.reading.MOST_RANKED", 20)
    assert sorted(one["name"] for one in mirror.search("year", limit=5)) == [f"rain-00{n}" for n in range(25, 30)]
    assert [one["name"] for one in mirror.search("year", limit=30)] == whole, "there are not enough in titles"
    assert mirror.to_arrow().column("title").to_pylist()[-1] == "A year of rain"
    with pytest.raises(InvalidArgument, match="no table 'records'"):
        mirror.to_arrow("records")


def test_what_can_be_meant_two_ways_is_refused(mirror: Mirror, alone: Shell) -> None:
    sync(mirror, Portal(3))
    for words, said in {
        "show mirror.db": "Give the name of a dataset after mirror.db",
        "search mirror.db": "Give words to search for after mirror.db",
        "changes --html --markdown": "Give only one of --html, --markdown",
    }.items():
        ran = alone("mirror", *words.split())
        assert ran.code == 2
        assert said in ran.err
    for words in ("show mirror.db rain-0001", "show rain-0001"):
        ran = alone("mirror", *words.split(), "--format", "json")
        assert json.loads(ran.out)["title"] == "Rain 1"
