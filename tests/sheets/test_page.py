"""What a workbook would change, as a page for a browser."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

from tuckan.jobs.entries import Entry
from tuckan.jobs.operation import Operation
from tuckan.sheets import CONFLICTS, as_html

EVIL = "<script>alert(1)</script>\x1b[31m\u202e\"'&"


class Parsed(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def page(*operations: Operation, refused: str = "") -> Parsed:
    entries = [Entry(one, "refused" if refused else "planned", reason=refused) for one in operations]
    return Parsed(as_html(f"apply {EVIL}", "1 to be changed.", [EVIL], entries))


def patch(before: dict[str, Any], fields: dict[str, Any]) -> Operation:
    return Operation("1", "dataset.patch", f"dataset {EVIL}", {"id": "1", "fields": fields}, 0, "a.xlsx, row 3", before)


def test_everything_is_escaped_and_nothing_is_fetched() -> None:
    found = page(patch({"title": EVIL, "tags": []}, {"title": f"{EVIL}!", "tags": [{"name": EVIL}], EVIL: EVIL}))
    assert "script" not in found.tags
    assert not {"src", "href", "onclick"} & {name for name, _ in found.attributes}
    text = "".join(found.words)
    assert text.count("<script>alert(1)</script>\\x1b[31m") >= 6
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_lists_are_shown_item_by_item() -> None:
    before = {
        "maker": '[{"maker": "Sea", "since": "2020"}, {"maker": "Air"}]',
        "resources": [{"id": "r1", "name": "a", "format": "CSV"}, {"id": "r2", "name": "b"}],
    }
    after = {
        "maker": [{"maker": "Sea", "since": "2021"}, {"maker": "Air"}, {"maker": "Land"}],
        "resources": [{"id": "r1", "format": "TXT"}, {"id": "r2"}, {"name": "c", "url": "https://example.org/c"}],
    }
    words = page(patch(before, after)).words
    cells = [one for one in words if one.strip()]
    rows = [cells[place : place + 3] for place, one in enumerate(cells) if re.match(r"(maker|resources)\b", one)]
    assert [row for row in rows if row[0] != "maker: Land"] == [
        ["maker[1].since", "2020", "2021"],
        ["maker[3]", "nothing", "maker: Land"],
        ["resources a.format", "CSV", "TXT"],
        ["resources", "nothing", "name: c\nurl: https://example.org/c"],
    ]
    assert "a.xlsx, row 3" in words


def test_conflicts_are_marked_with_both_values() -> None:
    both = [("title", "Mine " + "x" * 500, "Theirs")]
    refused = Operation("row 3", "dataset.put", "dataset a", {CONFLICTS: both}, 0, "a.xlsx, row 3")
    found = page(refused, refused="title was changed on both sides")
    assert ("class", "refused") in found.attributes
    assert {"Mine " + "x" * 500, "Theirs"} <= set(found.words)
    other = page(Operation("row 4", "dataset.put", "dataset b", {}, 0, "a.xlsx, row 4"), refused="it has no name")
    assert "it has no name" in other.words


def test_only_the_words_that_differ_are_marked() -> None:
    found = as_html(
        "t", "s", [], [Entry(patch({"notes": "one two  three four"}, {"notes": "one two  drei four <b>"}), "planned")]
    )
    assert "<td>one two  <del>three</del> four</td><td>one two  <ins>drei</ins> four<ins> &lt;b&gt;</ins></td>" in found


def test_the_files_of_a_record_are_shown_with_it() -> None:
    put = Operation("1", "dataset.put", "dataset n", {"title": "New"})
    data = {"resource": "r", "path": "/data/levels.csv", "new": {}, "sha256": ""}
    file = Operation("1 file r", "resource.file", "dataset n", data, 1, needs=("1",))
    words = page(put, Operation("2", "dataset.put", "dataset m", {"title": "M"}), file).words
    headings = [one for one in words if one.startswith("dataset ")]
    assert headings == ["dataset n: to be created", "dataset m: to be created"]
    assert words.index("/data/levels.csv") < words.index(headings[1])
    alone = page(file).words
    assert "dataset n: to be changed" in alone


def test_a_new_record_is_shown_with_its_values() -> None:
    words = page(Operation("record n", "dataset.put", "dataset n", {"id": "x", "title": "New"})).words
    assert "dataset n: to be created" in words
    assert [words[place + 2] for place, one in enumerate(words) if one == "title"] == ["New"]
