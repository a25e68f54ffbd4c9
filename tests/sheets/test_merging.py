"""Three versions of a record brought together: as exported, as the workbook has it, and as the portal has it now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from tuckan.sheets import merge

from .test_checking import RECORD, cell_of, checked, template

if TYPE_CHECKING:
    from pathlib import Path


def merged_after(tmp_path: Path, change: Any, there: dict[str, Any] | None = None, **how: Any) -> Any:
    """What is to be sent after a workbook with one record was edited."""
    path = template(tmp_path / "book.xlsx", [RECORD])
    book = openpyxl.load_workbook(path)
    change(book)
    book.save(path)
    result = checked(path)
    assert [str(one) for one in result.problems] == []
    return merge(result.edits[0], {**RECORD, **(there or {})}, result.book, **how)


def set_cells(*cells: tuple[str, int, str, Any]) -> Any:
    def change(book: Any) -> None:
        for title, row, name, value in cells:
            cell_of(book, title, row, name).value = value

    return change


def test_long_texts_that_differ_at_their_ends_are_told_apart(tmp_path: Path) -> None:
    long = "A long title " * 20
    merged = merged_after(tmp_path, set_cells(("instrument", 3, "title", long + "mine")), {"title": long + "theirs"})
    [conflict] = merged.conflicts
    assert "mine" in conflict
    assert "theirs" in conflict
    assert len(conflict) < 200


def test_an_empty_cell_leaves_a_field_alone_and_a_word_empties_it(tmp_path: Path) -> None:
    change = set_cells(
        ("instrument", 3, "status", None),
        ("instrument", 3, "uses", "(empty)"),
        ("instrument", 3, "title_translated.de", "(Empty)"),
    )
    merged = merged_after(tmp_path, change)
    assert merged.fields == {"uses": [], "title_translated": {"en": "One", "de": ""}}


def test_a_language_is_changed_and_what_others_changed_of_it_is_kept(tmp_path: Path) -> None:
    change = set_cells(("instrument", 3, "title_translated.de", "Eine"))
    merged = merged_after(tmp_path, change, {"title_translated": {"en": "Theirs", "de": "Eins", "fr": "Un"}})
    assert (merged.fields, merged.conflicts) == ({"title_translated": {"en": "Theirs", "de": "Eine", "fr": "Un"}}, [])


@pytest.mark.parametrize(
    ("there", "sent", "conflicts"),
    [
        ([{"maker": "Sea", "since": "2020-01-05"}, {"maker": "Air"}, {"maker": "Land"}], ["Sea", "Wind", "New"], 0),
        ([{"maker": "Theirs"}, {"maker": "Sea", "since": "2020-01-05"}, {"maker": "Air"}, {"maker": "Land"}], ["Theirs", "Sea", "Wind", "New"], 0),
        ([{"maker": "Sea", "since": "2020-01-05"}, {"maker": "Airs"}, {"maker": "Land"}], None, 1),
    ],
)  # fmt: skip
def test_items_of_lists_are_compared_with_what_was_exported(
    tmp_path: Path, there: list[dict[str, Any]], sent: list[str] | None, conflicts: int
) -> None:
    def change(book: Any) -> None:
        cell_of(book, "manufacturer", 4, "maker").value = "Wind"
        cell_of(book, "manufacturer", 5, "maker").value = "New"

    merged = merged_after(tmp_path, change, {"manufacturer": there})
    assert len(merged.conflicts) == conflicts
    assert [one["maker"] for one in merged.fields.get("manufacturer", [])] == (sent or [])


SEA, AIR, LAND = ({"maker": "Sea", "since": "2020-01-05"}, {"maker": "Air"}, {"maker": "Land"})


WIND = {"maker": "Wind", "since": "2020-01-05"}
NEW, THEIRS = {"maker": "New", "since": "1999-01-01"}, {"maker": "Theirs"}


@pytest.mark.parametrize(
    ("there", "sent"),
    [
        ([WIND, AIR, LAND, NEW, THEIRS], []),  # it was applied before, and they have added one
        ([WIND, AIR, LAND, THEIRS], ["Wind", "Air", "Land", "New", "Theirs"]),  # a half of it was
        ([THEIRS, SEA, AIR, LAND, NEW], ["Theirs", "Wind", "Air", "Land", "New"]),
    ],
)
def test_what_a_workbook_makes_of_a_list_may_be_there_already(
    tmp_path: Path, there: list[dict[str, Any]], sent: list[str]
) -> None:
    def change(book: Any) -> None:
        cell_of(book, "manufacturer", 3, "maker").value = "Wind"
        book["manufacturer"].append(["one", "New", "1999-01-01"])

    merged = merged_after(tmp_path, change, {"manufacturer": there})
    assert merged.conflicts == []
    assert [one["maker"] for one in merged.fields.get("manufacturer", [])] == sent


@pytest.mark.parametrize(
    ("there", "conflicts"),
    [
        ([SEA, AIR], 0),  # both sides have removed it
        ([SEA, {"maker": "Airs"}, {"maker": "Lands"}], 1),  # it was changed there
    ],
)
def test_an_item_that_both_sides_have_removed_is_no_conflict(
    tmp_path: Path, there: list[dict[str, Any]], conflicts: int
) -> None:
    merged = merged_after(tmp_path, lambda book: book["manufacturer"].delete_rows(5), {"manufacturer": there})
    assert (len(merged.conflicts), merged.fields) == (conflicts, {})


def test_a_list_whose_sheet_is_gone_stays_and_one_whose_rows_are_gone_is_emptied(tmp_path: Path) -> None:
    def without_sheet(book: Any) -> None:
        del book["manufacturer"]

    assert merged_after(tmp_path, without_sheet).fields == {}
    assert merged_after(tmp_path, lambda book: book["manufacturer"].delete_rows(3, 3)).fields == {"manufacturer": []}


def test_resources_without_a_row_stay_unless_they_are_to_be_removed(tmp_path: Path) -> None:
    def change(book: Any) -> None:
        book["resources"].delete_rows(3)
        cell_of(book, "resources", 3, "name").value = "c"

    first, second = (one["id"] for one in RECORD["resources"])
    merged = merged_after(tmp_path, change)
    assert merged.fields == {"resources": [{"id": first}, {"id": second, "name": "c"}]}
    assert merged.notes
    assert merged_after(tmp_path, change, remove_files=True).fields == {"resources": [{"id": second, "name": "c"}]}


def test_resources_that_are_recognized_without_their_ids_are_not_removed(tmp_path: Path) -> None:
    path = template(tmp_path / "book.xlsx", [RECORD])
    book = openpyxl.load_workbook(path)
    for row in (3, 4):
        cell_of(book, "resources", row, "id").value = None
    cell_of(book, "resources", 4, "name").value = "c"
    book.save(path)
    result = checked(path)
    [edit] = result.edits
    first, second = (one["id"] for one in RECORD["resources"])
    for one, id_ in zip(edit.resources or (), (first, second), strict=True):
        one.id = id_
    merged = merge(edit, RECORD, result.book, remove_files=True)
    assert [one["id"] for one in merged.fields["resources"]] == [first, second]
