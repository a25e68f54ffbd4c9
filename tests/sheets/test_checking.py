"""Everything that is wrong with a workbook is found at once, each with its cell, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import openpyxl
import pytest

from tuckan.schemas import Choice, Field, Schema
from tuckan.schemas.standard import standard
from tuckan.sheets import (
    Checked,
    Filling,
    References,
    State,
    check,
    layout_of,
    mark,
    offered,
    parse,
    read_workbook,
    understood,
    write_workbook,
)
from tuckan.sheets.state import Exported

if TYPE_CHECKING:
    from pathlib import Path

YES_NO = (Choice("on", "In use"), Choice("off", "Out of use"))
SCHEMA = Schema(
    "dataset",
    "instrument",
    (
        Field("title", "Title", required=True),
        Field("name", "Address", "name"),
        Field("owner_org", "Organization", "organization", required=True),
        Field("status", "Status", "choice", choices=YES_NO),
        Field("uses", "Uses", "choices", choices=(Choice("level", "Water level"), Choice("flow", "Flow"))),
        Field("serial", "Serial number", "integer"),
        Field("weight", "Weight", "number"),
        Field("built", "Built", "date"),
        Field("settings", "Settings", "json"),
        Field("doi", "DOI", computed=True),
        Field("title_translated", "Titles", "languages", languages=("en", "de")),
        Field("manufacturer", "Manufacturer", "items", subfields=(
            Field("maker", "Name", required=True), Field("since", "Since", "date"))),
        Field("model", "Model", "composite", subfields=(Field("model_name", "Name", required=True), Field("version", "Version"))),
    ),
    (
        Field("url", "File", "upload"),
        Field("name", "Name"),
        Field("size", "Size", "integer"),
        Field("rights", "Rights", "choice", required=True, choices=(Choice("open", "Open"),)),
    ),
    "scheming",
)  # fmt: skip
REFERENCES = References(
    {
        "organization": [
            {"id": "o1", "name": "rivers", "title": "Rivers"},
            {"id": "o2", "name": "lakes", "title": "Waters"},
            {"id": "o3", "name": "seas", "title": "Waters"},
        ]
    }
)


def template(path: Path, records: list[dict[str, Any]] | None = None) -> Path:
    layout = layout_of(SCHEMA)
    state = State("https://example.org", "dataset", "instrument", SCHEMA.hash, choices=offered(layout, REFERENCES))
    for one in records or ():
        state.records[one["name"]] = Exported(one["name"], one["id"], "", one)
    write_workbook(path, layout, state, [(one["name"], one) for one in records or ()])
    return path


class Planting:
    """Fills a workbook, and remembers in which cells it planted errors."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._book = openpyxl.load_workbook(path)
        self.planted: list[str] = []

    def row(self, title: str, /, *wrong: str, **cells: Any) -> None:
        """Add a row; in the columns `wrong` it is wrong, and `None` is a missing value."""
        sheet = self._book[title]
        columns = {cell.value: cell.column for cell in sheet[2]}
        number = max(sheet.max_row, 2) + 1
        for name, value in cells.items():
            sheet.cell(number, columns[name], value)
        self.planted += [f"{title}!{sheet.cell(number, columns[name]).coordinate}" for name in wrong]

    def column(self, title: str, name: str, *, known: bool = False) -> None:
        sheet = self._book[title]
        cell = sheet.cell(2, sheet.max_column + 1, name)
        if not known:
            self.planted.append(f"{title}!{cell.coordinate}")

    def sheet(self, title: str) -> None:
        self._book.create_sheet(title).append(["record", "x"])
        self.planted.append(f"{title}!")

    def saved(self) -> list[str]:
        self._book.save(self._path)
        return sorted(self.planted)


def checked(path: Path) -> Checked:
    book = parse(read_workbook(path), SCHEMA)
    return check(book, understood(book.layout, REFERENCES, book.state), key=["serial"])


def found(path: Path) -> list[str]:
    return sorted(f"{one.sheet}!{one.cell}" for one in checked(path).problems)


def test_sixty_planted_errors_of_twenty_kinds_are_found_and_no_other(tmp_path: Path) -> None:
    (tmp_path / "levels.csv").write_text("1\n")
    filling = Planting(template(tmp_path / "book.xlsx"))
    filling.column("instrument", "doi", known=True)
    good: dict[str, Any] = {"title": "T", "owner_org": "Rivers"}
    wrong = {
        "status": ["In usee", "maybe", "ofF!"],
        "uses": ["Water level; wind", "wind", "flow, wind"],
        "serial": ["seven", "1.5", "x1"],
        "weight": ["heavy", "1,5 kg", "ten"],
        "built": ["soon", "2020-13-01", "31.31.2020"],
        "settings": ["[1", "text", "{a}"],
        "owner_org": ["Riverz", "Waters", "nobody"],  # unknown, ambiguous, unknown
        "doi": ["10.1/a", "10.1/b", "10.1/c"],
        "name": ["Not A Name", "x", "new"],
    }
    for name, values in wrong.items():
        for number, value in enumerate(values):
            filling.row("instrument", name, **{"record": f"{name}{number}", **good, name: value})
    for number in range(3):
        filling.row("instrument", "title", record=f"untitled{number}", owner_org="rivers")
        filling.row("instrument", "owner_org", record=f"nobodys{number}", title="T")
        filling.row(
            "instrument",
            record=f"good{number}",
            status="off",
            uses="Flow; level",
            serial=number,
            built="2020-01-05",
            name=f"good-{number}",
            settings='{"a": 1}',
            weight=1.5,
            **{**good, "owner_org": ["rivers", "o2", "seas"][number]},
        )
    for number in range(3):  # duplicates: a label, a name, a key
        filling.row("instrument", "record", record=f"good{number}", **good)
        filling.row("instrument", "name", record=f"same{number}", name=f"good-{number}", **good)
        filling.row("instrument", "serial", record=f"key{number}", serial=str(number), **good)
        filling.row("instrument", "record", **good)
        filling.row("manufacturer", "record", record=f"goood{number}", maker="A")
        filling.row("manufacturer", "maker", record=f"good{number}", since="2020-01-01")
        filling.row("manufacturer", "since", record=f"good{number}", maker="A", since="then")
        filling.row("resources", "rights", record=f"good{number}", url="https://example.org/a")
        filling.row("resources", "upload", record=f"good{number}", upload="gone.csv", rights="open")
        filling.row("resources", "url", record=f"good{number}", rights="open")
        filling.row(
            "resources", "url", record=f"good{number}", upload="levels.csv", url="https://example.org", rights="open"
        )
        filling.row("resources", "size", record=f"good{number}", upload="levels.csv", size="big", rights="open")
    filling.row("model", record="good0", model_name="M")
    filling.row("model", "model_name", record="good0", model_name="N")
    filling.column("instrument", "titel")
    filling.column("manufacturer", "sinze")
    filling.sheet("manufacturers")
    filling.row("instrument", record="# a remark", title="not read", status="?")
    planted = filling.saved()
    assert len(planted) >= 60
    assert found(tmp_path / "book.xlsx") == planted


def test_messages_name_what_is_near_and_who_is_meant(tmp_path: Path) -> None:
    filling = Planting(template(tmp_path / "book.xlsx"))
    filling.row("instrument", record="one", title="T", owner_org="Waters", status="In usee")
    filling.row("manufacturer", record="onne", maker="A")
    filling.column("instrument", "titel")
    filling.saved()
    said = "\n".join(map(str, checked(tmp_path / "book.xlsx").problems))
    assert "there is more than one organization 'Waters': write the name of one: lakes, seas" in said
    assert "did you mean 'one'?" in said
    assert "did you mean 'title'?" in said
    assert "status: 'In usee' is not one of its 2 values" in said


def test_a_value_that_begins_like_a_remark_makes_none_of_its_row(tmp_path: Path) -> None:
    path = tmp_path / "new.csv"
    path.write_text("extras.value,record,name,extras.key\n#1,one,one,a\n#2,,,b\nx,# a remark,,\n")
    book = parse(read_workbook(path), standard("dataset"))
    assert book.problems == []
    [entry] = book.entries.values()
    assert [one.cells["value"] for one in entry.items["extras"]] == ["#1", "#2"]


def test_tags_that_ckan_refuses_are_found(tmp_path: Path) -> None:
    path = tmp_path / "new.csv"
    path.write_text(f"record,name,tags\n1,one,rain; x\n2,two,{'y' * 101}\n3,three,rain; snow\n")
    book = parse(read_workbook(path), standard("dataset"))
    found = check(book, understood(book.layout, REFERENCES, None)).problems
    assert [(one.cell, "2 to 100 characters" in one.message) for one in found] == [("C2", True), ("C3", True)]


@pytest.mark.parametrize("said", ["Rivers", " rivers ", "RIVERS\N{NO-BREAK SPACE}", "Ri\N{ZERO WIDTH SPACE}vers"])
def test_a_title_is_understood_as_people_see_it(tmp_path: Path, said: str) -> None:
    path = tmp_path / "new.csv"
    path.write_text(f"record,name,title,owner_org\n1,one,One,{said}\n", encoding="utf-8")
    book = parse(read_workbook(path), SCHEMA)
    result = check(book, understood(book.layout, REFERENCES, None))
    assert ([str(one) for one in result.problems], result.edits[0].fields["owner_org"]) == ([], "o1")


def test_marks_are_in_a_copy_and_the_workbook_is_as_it_was(tmp_path: Path) -> None:
    path = template(tmp_path / "book.xlsx")
    filling = Planting(path)
    filling.row("instrument", record="one", title="T", owner_org="nobody")
    filling.saved()
    before = path.read_bytes()
    mark(path, tmp_path / "marked.xlsx", checked(path).problems)
    assert path.read_bytes() == before
    sheet = openpyxl.load_workbook(tmp_path / "marked.xlsx")["instrument"]
    cell = next(one for one in sheet[3] if one.comment)
    assert (sheet.cell(2, cell.column).value, cell.fill.fgColor.rgb) == ("owner_org", "FFFFC7CE")
    assert "there is no organization 'nobody'" in cell.comment.text
    assert len(sheet.data_validations.dataValidation) >= 3, "dropdowns are kept"
    assert found(tmp_path / "marked.xlsx") == found(path)


RECORD: dict[str, Any] = {
    "id": "0f19616f-f41e-404d-9ae2-34bf1ac2cbba",
    "name": "one",
    "title": "One",
    "owner_org": "o2",
    "status": "on",
    "uses": ["level"],
    "title_translated": {"en": "One", "de": "Eins"},
    "manufacturer": [{"maker": "Sea", "since": "2020-01-05"}, {"maker": "Air"}, {"maker": "Land"}],
    "resources": [
        {"id": "00000000-0000-4000-8000-000000000001", "url": "https://example.org/a", "name": "a", "rights": "open"},
        {"id": "00000000-0000-4000-8000-000000000002", "url": "https://example.org/b", "name": "b", "rights": "open"},
    ],
}


def cell_of(book: Any, title: str, row: int, name: str) -> Any:
    sheet = book[title]
    return sheet.cell(row, next(one.column for one in sheet[2] if one.value == name))


def test_a_removed_row_leaves_its_record_alone_and_is_told_once(tmp_path: Path) -> None:
    path = template(
        tmp_path / "book.xlsx", [RECORD, {**RECORD, "id": RECORD["id"][:-1] + "b", "name": "one2", "resources": []}]
    )
    book = openpyxl.load_workbook(path)
    book["instrument"].delete_rows(3)
    book.save(path)
    result = checked(path)
    assert [str(one) for one in result.problems] == []
    assert [edit.entry.label for edit in result.edits] == ["one2"]
    assert [note for note in result.notes if "one" in note] == [
        "Records that were exported and have no row any more are left alone, with their rows in other sheets: one."
    ]


def test_the_title_of_a_renamed_organization_is_still_the_one_that_was_exported(tmp_path: Path) -> None:
    path = template(tmp_path / "book.xlsx", [RECORD])
    book = parse(read_workbook(path), SCHEMA)
    renamed = References({"organization": [{"id": "o2", "name": "lakes", "title": "Renamed"}]})
    result = check(book, understood(book.layout, renamed, book.state))
    assert (result.problems, result.edits[0].fields) == ([], {})


def test_an_organization_that_is_gone_is_an_error_only_where_a_cell_newly_names_it(tmp_path: Path) -> None:
    path = template(tmp_path / "book.xlsx", [RECORD, {**RECORD, "id": str(uuid4()), "name": "two", "resources": []}])
    book = openpyxl.load_workbook(path)
    cell_of(book, "instrument", 4, "owner_org").value = "Rivers"
    book.save(path)
    without = References({"organization": [{"id": "o3", "name": "seas", "title": "Waters"}]})
    parsed = parse(read_workbook(path), SCHEMA)
    result = check(parsed, understood(parsed.layout, without, parsed.state))
    assert [str(one) for one in result.problems] == [
        "instrument!D4: owner_org: the organization 'Rivers' is not on the portal any more"
    ]
    assert result.edits[0].fields == {}


@pytest.mark.parametrize("above", [None, 0, 3])
def test_the_header_is_found_without_its_names_and_below_other_rows(tmp_path: Path, above: int | None) -> None:
    path = template(tmp_path / "book.xlsx", [RECORD])
    book = openpyxl.load_workbook(path)
    for title in ("instrument", "manufacturer"):
        if above is None:
            book[title].delete_rows(2)
        for number in range(above or 0):
            book[title].insert_rows(1)
            book[title].cell(1, 1, f"Our catalogue, line {number}")
    book.save(path)
    result = checked(path)
    assert [str(one) for one in result.problems] == []
    [edit] = result.edits
    assert (edit.id, edit.fields, edit.lists) == (RECORD["id"], {}, {})


def test_a_workbook_of_another_portal_has_no_ids(tmp_path: Path) -> None:
    book = parse(read_workbook(template(tmp_path / "book.xlsx", [RECORD])), SCHEMA, ours=False)
    [entry] = book.entries.values()
    assert entry.exported is None
    assert all("id" not in item.cells for item in entry.items["resources"])


def test_a_function_gives_the_value_for_what_a_cell_says(tmp_path: Path) -> None:
    path = tmp_path / "resolved.csv"
    path.write_text(
        "record,title,name,owner_org,serial,manufacturer.maker\n"
        "1,One,one-1,rivers,seven,sea\n2,Two,two-2,rivers,many,air\n"
    )
    book = parse(read_workbook(path), SCHEMA)
    makers = {"sea": "Sea Ltd", "air": "Air Ltd"}

    def serial(text: str) -> int:
        if text != "seven":
            raise ValueError(f"{text!r} is no number that I know")
        return 7

    resolve = {"serial": serial, "manufacturer.maker": makers.__getitem__}
    found = check(book, understood(book.layout, REFERENCES, None), filling=Filling(resolve=resolve))
    assert [(one.cell, one.message) for one in found.problems] == [("E3", "'many' is no number that I know")]
    assert found.edits[0].fields["serial"] == 7
    assert [one.lists["manufacturer"].wanted for one in found.edits] == [[{"maker": "Sea Ltd"}], [{"maker": "Air Ltd"}]]
