"""Workbooks that LibreOffice has saved, as `scripts/libreoffice_sheet.py` made them: what people and tuckan need is still there."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tuckan.schemas import Choice, Field, Schema
from tuckan.sheets import (
    Checked,
    Exported,
    References,
    State,
    assembled,
    check,
    layout_of,
    offered,
    parse,
    read_workbook,
    understood,
    write_workbook,
)

FILES = Path(__file__).parent / "files"
FORMS = ("xlsx", "ods")
SCHEMA = Schema(
    "dataset",
    "instrument",
    (
        Field("name", "Address", "name", required=True, help="What the page's address ends with."),
        Field("title", "Title", required=True),
        Field("owner_org", "Organization", "organization", required=True),
        Field("status", "Status", "choice", choices=(Choice("on", "In use"), Choice("off", "Out of use"))),
        Field("uses", "Uses", "choices", choices=(Choice("level", "Water level"), Choice("flow", "Flow"))),
        Field("number", "Number in the catalogue", help="With its zeros, such as 00501."),
        Field("weight", "Weight", "number"),
        Field("built", "Built", "date"),
        Field("notes", "Description", "markdown"),
        Field("maker", "Maker", "items", subfields=(Field("maker_name", "Name", required=True), Field("since", "Since", "date"))),
    ),
    (
        Field("url", "File", "upload"),
        Field("name", "Name"),
        Field("contact", "Contact", "items", subfields=(Field("person", "Person"),)),
    ),
    "scheming",
)  # fmt: skip
REFERENCES = References(
    {
        "organization": [
            {"id": "o1", "name": "rivers", "title": "Rivers"},
            {"id": "o2", "name": "lakes", "title": "Lakes"},
        ]
    }
)
RECORD: dict[str, Any] = {
    "id": "8f7a5c2e-93c4-4a3c-9d0f-3f6d0a5b7c11", "name": "gauge-basel", "title": "Water level at Basel", "owner_org": "o1",
    "status": "on", "uses": ["level"], "number": "00417", "weight": 9, "built": "1998-04-01", "notes": "The older one.\nStill in use.",
    "maker": [{"maker_name": "Ott", "since": "1998-04-01"}, {"maker_name": "Kern", "since": "2010-02-03"}],
    "resources": [{"id": "0f3d5c2e-93c4-4a3c-9d0f-3f6d0a5b7c12", "url": "https://example.org/basel.csv", "name": "Levels"}],
}  # fmt: skip


def write_template(path: Path) -> None:
    """Write the workbook that is filled in LibreOffice: one exported record, and room for more."""
    layout = layout_of(SCHEMA)
    state = State("https://example.org", "dataset", SCHEMA.type, SCHEMA.hash, choices=offered(layout, REFERENCES))
    state.records["gauge-basel"] = Exported("gauge-basel", RECORD["id"], "", RECORD)
    write_workbook(path, layout, state, [("gauge-basel", RECORD)])


def checked(path: Path) -> Checked:
    book = parse(read_workbook(path), SCHEMA)
    return check(book, understood(book.layout, REFERENCES, book.state))


@pytest.mark.parametrize("form", FORMS)
def test_what_was_typed_is_read_and_nothing_else_has_changed(form: str) -> None:
    found = checked(FILES / f"libreoffice.{form}")
    assert found.problems == []
    old, new = found.edits
    assert (old.id, old.fields, old.lists, old.removed) == (RECORD["id"], {}, {}, [])
    assert [one.fields for one in old.resources or ()] == [{}]
    assert assembled(new) == {
        "name": "gauge-cologne",
        "title": "Water level at Cologne",
        "owner_org": "o1",
        "status": "on",
        "uses": ["level", "flow"],
        "number": "00501",
        "weight": "12.5",
        "built": "2026-01-31",
        "notes": "One gauge of two",
        "maker": [{"maker_name": "Ott", "since": "2001-05-01"}, {"maker_name": "Seba"}],
        "resources": [{"url": "https://example.org/levels.csv", "name": "Levels", "contact": [{"person": "Ada"}]}],
    }


def test_the_saved_xlsx_has_its_dropdowns_comments_and_hidden_sheets() -> None:
    book = openpyxl.load_workbook(FILES / "libreoffice.xlsx")
    hidden = {one.title for one in book.worksheets if one.sheet_state != "visible"}
    assert hidden == {"_lists", "_tuckan"}
    sheet = book["instrument"]
    offers = {str(one.sqref).split(":")[0]: one.formula1 for one in sheet.data_validations.dataValidation}
    assert {cell: formula.replace("'", "") for cell, formula in offers.items()} == {
        "D3": "_lists!$A$2:$A$3",
        "E3": "_lists!$C$2:$C$3",
        "F3": "_lists!$E$2:$E$3",
    }
    assert "ends with" in sheet["B1"].comment.text
    assert sheet["G4"].number_format == "@"


def test_the_saved_ods_has_its_dropdowns_comments_and_hidden_sheets() -> None:
    with zipfile.ZipFile(FILES / "libreoffice.ods") as parts:
        content = parts.read("content.xml").decode()
    assert content.count("<table:content-validation ") == 3
    assert "of:cell-content-is-in-list([$_lists." in content
    assert content.count("<office:annotation ") >= 4
    assert content.count('table:display="false"') == 2


def test_a_new_workbook_keeps_its_headers_in_sight_and_zeros_that_are_typed(tmp_path: Path) -> None:
    write_template(tmp_path / "new.xlsx")
    book = openpyxl.load_workbook(tmp_path / "new.xlsx")
    panes = {one.title: one.freeze_panes for one in book.worksheets if one.sheet_state == "visible"}
    assert panes == {"instrument": "B3", "maker": "B3", "resources": "B3", "resources.contact": "C3"}
    sheet = book["instrument"]
    columns = {cell.value: sheet.column_dimensions[cell.coordinate[0]].number_format for cell in sheet[2]}
    assert columns["number"] == columns["title"] == "@"
    assert columns["weight"] == columns["built"] == "General"
    assert sheet.row_dimensions[3].height == 15
    assert sheet["J3"].alignment.wrap_text
    assert {cell.font.name for row in (1, 2, 3) for cell in sheet[row]} == {"Calibri"}
