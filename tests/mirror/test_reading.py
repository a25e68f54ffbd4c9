"""What a mirror is asked for is answered from a complete one, or it is said that it is not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.mirror.test_strange_portals import Portal, sync

from tuckan import Audit, Incomplete, InvalidArgument, Snapshot
from tuckan.audit import LinkOptions
from tuckan.errors import NotCKAN
from tuckan.mirror import Mirror
from tuckan.mirror.store import moment_of

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


def test_odd_words_are_searched_for_as_words(mirror: Mirror) -> None:
    portal = Portal(3)
    portal.put("0000", title='Rain NEAR the river-bank * "quoted" 🌧', notes="L'eau d'été, हिन्दी जल, 水質データ")
    sync(mirror, portal)
    first = "NEAR | NEAR( | rain,river | rain & river | river-bank | (river | quoted* | l'eau | eau | ete | हिन्दी जल | 水質 | rain - river"
    for words in first.split(" | "):
        assert [one["name"] for one in mirror.search(words)] == ["rain-0000"], words
    for words in ("^rain", "rain\0", "rain " * 2000, "🌧 rain", "ra"):
        assert len(mirror.search(words)) == 3, words
    for words in ("title:rain", "{title} : rain", "NOT rain", "rain OR snow"):
        assert mirror.search(words) == []
    for words in ("", " ", '"', "*", "-", "🌧", "\0", "';--", "\ud800", "._"):
        with pytest.raises(InvalidArgument, match="no word to search for"):
            mirror.search(words)


@pytest.mark.parametrize(
    ("since", "moment"),
    [
        ("2026-11-28T10:00:00+05:00", "2026-11-28T05:00:00Z"),
        (" 2026-11-28T00Z ", "2026-11-28T00:00:00Z"),
        ("0999-01-01T00:00Z", "0999-01-01T00:00:00Z"),
        ("0001-01-01T00:00+12:00", ""),
        ("999999d", ""),
    ],
)
def test_a_moment_is_compared_as_it_is_written(since: str, moment: str) -> None:
    assert moment_of(since) == moment


def test_what_is_no_moment_is_refused() -> None:
    for since in ("", "7D", "7 days", "yesterday", "-1d", "1.5d", "2026-13-01"):
        with pytest.raises(InvalidArgument, match="neither an age nor a date"):
            moment_of(since)


def test_the_age_of_data_is_when_their_files_changed_not_their_words(mirror: Mirror) -> None:
    link = {"id": "r", "url": "https://example.org/1.csv", "created": "2019-01-01T00:00:00", "format": "CSV"}
    portal = Portal(3)
    for id_ in ("0000", "0001", "0002"):
        portal.put(id_, resources=[link], frequency="monthly")
    sync(mirror, portal)
    assert mirror.data_changes() == {}
    portal.put("0000", title="Another title", resources=[{**link, "description": "In words"}])
    portal.put("0001", resources=[{**link, "hash": "0123"}])
    sync(mirror, portal)
    assert list(mirror.data_changes()) == ["0001"]
    late = {one.name for one in Audit.of(mirror).findings() if one.rule == "freshness/overdue"}
    assert late == {"rain-0000", "rain-0002"}


def test_links_of_a_mirror_are_kept_in_it(mirror: Mirror) -> None:
    portal = Portal(1)
    portal.put("0000", resources=[{"id": "r", "url": "http://127.0.0.1:1/1.csv", "format": "CSV"}])
    sync(mirror, portal)
    audit = Audit.of(mirror, links=LinkOptions(allow_private_addresses=True))
    assert audit.link_verdicts == {"suspected": 1}
    [kept] = mirror.sql("SELECT url, kind, failing_since IS NOT NULL AS failing FROM links")
    assert kept == {"url": "http://127.0.0.1:1/1.csv", "kind": "failed", "failing": 1}
    assert mirror.verify() == 1
