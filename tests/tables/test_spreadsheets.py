"""Spreadsheets of every format: what is read is what the file says, or an error that names the cell.

The files in `cases` with a kind of fault in their name were made for it. `*.xls` and `*.xlsb` are made by other programs,
as nothing here writes them: two rows of one value of each kind; errors; and a date of serial 60.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tuckan import errors
from tuckan.readers import Fields, Reading, read_rows
from tuckan.readers.options import ReadOptions
from tuckan.tables.json_rows import packed
from tuckan.tables.sources import incoming

CASES = Path(__file__).parent / "cases"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"


def table(source: Any, types: dict[str, str] | None = None, **options: Any) -> tuple[dict[str, str], list[list[Any]]]:
    came = incoming(source, ReadOptions(**options), types or {})
    found = came.types(types or {}, {})
    rows = [json.loads(row) for batch in came.batches(found) for row in packed(batch, found)]
    return {name: str(kind) for name, kind in found.items()}, [list(row.values()) for row in rows]


def case(name: str, **options: Any) -> tuple[dict[str, str], list[list[Any]]]:
    return table(CASES / name, **options)


def refused(source: Any, **options: Any) -> str:
    with pytest.raises(errors.InvalidArgument) as caught:
        table(source, **options)
    return str(caught.value)


def xlsx(rows: str, *, book: str = "", styles: str = "", sheet: str = "", prefix: str = "") -> io.BytesIO:
    """A workbook of one sheet, of the rows' own XML."""
    relations = (
        f'<Relationships xmlns="{RELATIONS}"><Relationship Id="r1" Type="{OFFICE}/%s" Target="%s"/>%s</Relationships>'
    )
    second = f'<Relationship Id="r2" Type="{OFFICE}/styles" Target="styles.xml"/>'
    formats = "".join(f'<xf numFmtId="{one}"/>' for one in styles.split())
    space = f'xmlns{prefix and ":" + prefix.rstrip(":")}="{MAIN}"'
    parts = {
        "_rels/.rels": relations % ("officeDocument", "xl/workbook.xml", ""),
        "xl/_rels/workbook.xml.rels": relations % ("worksheet", "worksheets/sheet1.xml", second),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{book.partition("|")[0]}<sheets><sheet name="S" '
        f'sheetId="1" r:id="r1"/></sheets>{book.partition("|")[2]}</workbook>',
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><numFmts><numFmt numFmtId="164" formatCode="[h]:mm:ss"/></numFmts>'
        f'<cellXfs><xf numFmtId="0"/>{formats}</cellXfs></styleSheet>',
        "xl/worksheets/sheet1.xml": f"<{prefix}worksheet {space}>{sheet}<{prefix}sheetData>{rows}</{prefix}sheetData>"
        f"</{prefix}worksheet>",
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    file.seek(0)
    return file


def column(*cells: str, **more: str) -> io.BytesIO:
    """A workbook with the column `a`, of cells like `t="e"|<v>#N/A</v>`."""
    rows = ["""<row r="1"><c r="A1" t="str"><v>a</v></c></row>"""]
    for number, cell in enumerate(cells, 2):
        attributes, _, inside = cell.rpartition("|")
        rows.append(f'<row r="{number}"><c r="A{number}" {attributes}>{inside}</c></row>')
    return xlsx("".join(rows), **more)


def ods(rows: str, *, more: str = "") -> io.BytesIO:
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    spaces += ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
    body = f'<table:table table:name="S">{rows}</table:table>{more}'
    content = (
        f"<office:document-content {spaces}><office:body><office:spreadsheet>{body}</office:spreadsheet></office:body>"
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", f"{content}</office:document-content>")
    file.seek(0)
    return file


def ods_cell(kind: str = "", inside: str = "", **attributes: str) -> str:
    spaces = {"value_type": "calcext", "formula": "table"}
    own = [f'{spaces.get(name, "office")}:{name.replace("_", "-")}="{value}"' for name, value in attributes.items()]
    typed = [f'office:value-type="{kind}"'] if kind else []
    return f"<table:table-cell {' '.join([*typed, *own])}>{inside and f'<text:p>{inside}</text:p>'}</table:table-cell>"


def ods_column(*cells: str, **more: str) -> io.BytesIO:
    every = [ods_cell("string", "a"), *cells]
    return ods("".join(f"<table:table-row>{one}</table:table-row>" for one in every), **more)


# -- the cases --


def test_what_stands_in_cells_that_are_not_values() -> None:
    assert "formula_nocache.xlsx, sheet Sheet, row 2: C2 holds a formula without a value" in refused(
        CASES / "formula_nocache.xlsx"
    )
    assert "row 2: B2 holds the error #N/A" in refused(CASES / "excel_error.xlsx")
    assert case("excel_error.xlsx", null=["#N/A"])[1] == [[1, None], [2, 5]]


def test_headers_where_people_put_them() -> None:
    assert case("excel_dup_head.xlsx") == ({"id": "int64", "value": "int64", "value 2": "int64"}, [[1, 2, 3]])
    assert case("excel_dup_head.xlsx", header=False)[1] == [["id", "value", "value"], ["1", "2", "3"]]
    assert case("header_only.xlsx") == ({"id": "text", "note": "text"}, [])
    said = refused(CASES / "excel_title_row.xlsx")
    assert "row 3: it has 2 cells, but the header in row 1 has 1" in said
    assert "pass header_row=3." in said
    for options in ({"header_row": 3}, {"skip_rows": 1}, {"skip_rows": 2}):
        assert case("excel_title_row.xlsx", **options) == ({"id": "int64", "name": "text"}, [[1, "a"]])
    assert "sheet Sheet: row 2 is blank" in refused(CASES / "excel_title_row.xlsx", header_row=2)
    assert "no row is left for the header" in refused(CASES / "excel_title_row.xlsx", skip_rows=9)
    assert "row 3: it has 4 cells" in refused(CASES / "excel_trailing_note.xlsx")
    padded = case("excel_trailing_note.xlsx", ragged="pad")
    assert padded[1] == [[1, "a", None, None], [2, "b", None, "a remark"]]
    assert case("excel_trailing_note.xlsx", ragged="cut")[1] == [[1, "a"], [2, "b"]]
    for ragged, became in (("pad", "became columns"), ("cut", "were dropped")):
        read = incoming(CASES / "excel_trailing_note.xlsx", ReadOptions(ragged=ragged), {})
        assert read.notes == [f"1 row longer than the header; the extra cells {became}"]


def test_sheets() -> None:
    said = refused(CASES / "first_sheet_empty.xlsx")
    assert "The sheet 'Sheet' of first_sheet_empty.xlsx is empty" in said
    assert "'Data'" in said
    assert case("first_sheet_empty.xlsx", sheet="Data")[1] == [[1]]
    read = incoming(CASES / "first_sheet_empty.xlsx", ReadOptions(sheet="Data"), {})
    assert read.notes == ["The sheet 'Data' is read. Others in the workbook: 'Sheet'"]
    book = openpyxl.Workbook()
    hidden = book["Sheet"]
    hidden.append(["code"])
    hidden.sheet_state = "hidden"
    book.create_sheet("Seen").append(["a"])
    book.create_chartsheet("Chart")
    file = io.BytesIO()
    book.save(file)
    assert table(io.BytesIO(file.getvalue()))[0] == {"a": "text"}
    assert table(io.BytesIO(file.getvalue()), sheet="Sheet")[0] == {"code": "text"}
    said = refused(io.BytesIO(file.getvalue()), sheet="None")
    assert "'Sheet' (hidden), 'Seen'" in said
    assert "Chart" not in said


def test_other_spellings_of_xlsx() -> None:
    assert case("strict_ooxml.xlsx") == ({"a": "int64"}, [[1]])
    assert case("x000d.xlsx")[1] == [[1, "line 1\r\nline 2"]]
    named = '<x:row r="1"><x:c r="A1" t="str"><x:v>a</x:v></x:c></x:row><x:row r="2"><x:c r="A2" t="e"><x:v>#REF!</x:v></x:c></x:row>'
    assert "A2 holds the error #REF!" in refused(xlsx(named, prefix="x:"))
    single = "<row r='1'><c r='A1' t='str'><v>a</v></c></row><row r='2'><c r='A2' t='e'><v>#NUM!</v></c></row>"
    assert "A2 holds the error #NUM!" in refused(xlsx(single))
    without = '<row><c t="str"><v>a</v></c><c t="str"><v>b</v></c></row><row><c/><c t="e"><v>#NUM!</v></c></row>'
    assert "B2 holds the error #NUM!" in refused(xlsx(without))


VALUES = [
    ["1", "00501", 0.1, True, "2023-03-15", "2023-03-15 12:00:00.000000", "06:00:00.000000", "PT36H"],
    [
        "2",
        'ä\r\n"b"',
        9007199254740992.0,
        False,
        "1900-03-01",
        "2023-03-15 00:00:00.000000",
        "18:00:00.000000",
        "PT12H",
    ],
]
KINDS = "int64 text float64 bool date timestamp time text".split()


def of_values() -> io.BytesIO:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append("n text number yes day moment time long".split())
    day, noon = dt.date(2023, 3, 15), dt.datetime(2023, 3, 15, 12)  # noqa: DTZ001 - spreadsheets know no zones
    sheet.append([1, "00501", 0.1, True, day, noon, dt.time(6), dt.timedelta(hours=36)])
    night = dt.datetime(2023, 3, 15)  # noqa: DTZ001 - as above
    row = [2, 'ä_x000D_\n"b"', 9007199254740992, False, dt.date(1900, 3, 1), night, dt.time(18), dt.timedelta(hours=12)]
    sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    return file


@pytest.mark.parametrize("form", ["xlsx", "xls", "xlsb"])
def test_every_kind_of_value(form: str) -> None:
    kinds, rows = table(of_values()) if form == "xlsx" else case(f"values.{form}")
    assert list(kinds.values()) == KINDS
    assert [[str(row[0]), *row[1:]] for row in rows] == VALUES


@pytest.mark.parametrize("form", ["xls", "xlsb"])
def test_old_formats_name_their_errors(form: str) -> None:
    assert "row 2: B2 holds the error #N/A" in refused(CASES / f"errors.{form}")
    assert "row 4: B4 holds the error #DIV/0!" in refused(CASES / f"errors.{form}", null=["#N/A"])
    assert case(f"errors.{form}", null=["#N/A", "#DIV/0!"])[1] == [[1, None], [2, 3], [3, None]]
    assert "B2 holds a date that may be 1900-02-28" in refused(CASES / f"leap.{form}")


# -- numbers, dates, formulas --


def test_digits_of_whole_numbers() -> None:
    big = column("|<v>9007199254740993</v>", "|<v>-9007199254740993.0</v>", "|<v>12</v>")
    assert table(big) == ({"a": "int64"}, [[9007199254740993], [-9007199254740993], [12]])
    assert table(column("|<v>123456789012345678901234567890</v>"))[1] == [["123456789012345678901234567890"]]
    assert table(column("|<v>0.10000000000000001</v>", "|<v>1E3</v>"))[1] == [[0.1], [1000.0]]
    assert table(column('t="str"|<v>9007199254740993</v>'))[1] == [["9007199254740993"]]


def test_days_that_never_were() -> None:
    days = column('s="1"|<v>59</v>', 's="1"|<v>60</v>', 's="1"|<v>61</v>', 's="1"|<v>60.5</v>', styles="14")
    assert table(days)[1] == [["1900-02-28"], ["1900-02-29"], ["1900-03-01"], ["1900-02-29T12:00:00"]]
    assert table(column("|<v>60</v>"))[1] == [[60]]
    assert "A2 holds a negative date (-1)" in refused(column('s="1"|<v>-1</v>', styles="14"))
    later = column('s="1"|<v>60</v>', styles="14", book='<workbookPr date1904="1"/>|')
    assert table(later) == ({"a": "date"}, [["1904-03-01"]])
    assert table(column('s="1"|<v>-0.5</v>', styles="164"))[1] == [["-PT12H"]]
    assert table(column('t="d"|<v>2024-01-31</v>'))[1] == [["2024-01-31"]]


def test_percentages_are_the_numbers_behind_them() -> None:
    assert table(column('s="1"|<v>0.125</v>', styles="10")) == ({"a": "float64"}, [[0.125]])


def test_formulas() -> None:
    assert table(column("|<f>1+1</f><v>2</v>", '|<f t="shared" si="0"/><v>3</v>'))[1] == [[2], [3]]
    assert table(column("|<v>1</v>", 't="str"|<f>""</f><v></v>', "|<v>2</v>"))[1] == [[1], [2]]
    for nothing in ("<f>1+1</f>", "<f>1+1</f><v/>", "<f>1+1</f><v></v>", '<f t="shared" si="0"/>'):
        assert "A3 holds a formula without a value" in refused(column("|<v>1</v>", f"|{nothing}"))
    # Programs that do not calculate write 0, and have it done when the workbook is opened.
    asked = "|<calcPr fullCalcOnLoad='1'/>"
    assert "A2 holds a formula without a value" in refused(column("|<f>1+1</f><v>0</v>", book=asked))
    assert table(column("|<f>1+1</f><v>0</v>", "|<f>1+1</f><v>2</v>", book=asked))[1] == [[0], [2]]
    assert table(column("|<f>1-1</f><v>0</v>"))[1] == [[0]]


def test_a_column_of_formulas_alone() -> None:
    """What the library does not see at all is named too, beside and below all that it sees."""
    row = '<row r="{0}"><c r="A{0}"><f>1+1</f></c><c r="B{0}"><v>1</v></c></row>'
    assert "A1 holds a formula without a value instead of a column name" in refused(xlsx(row.format(1)))
    header = '<row r="1"><c r="A1" t="str"><v>a</v></c></row>'
    assert "A9 holds a formula" in refused(xlsx(f'{header}<row r="9"><c r="A9"><f>1+1</f></c></row>'))


def test_merged_cells_have_their_value_once() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["group", "n"], ["x", 1], [None, 2]):
        sheet.append(row)
    sheet.merge_cells("A2:A3")
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    assert table(file)[1] == [["x", 1], [None, 2]]


def test_a_table_that_does_not_begin_in_the_first_cell() -> None:
    rows = '<row r="3"><c r="C3" t="str"><v>a</v></c></row><row r="4"><c r="C4" t="e"><v>#N/A</v></c></row>'
    assert "row 4: C4 holds the error #N/A" in refused(xlsx(rows))
    assert table(xlsx(rows), null=["#N/A"]) == ({"a": "text"}, [[None]])


def test_cells_far_apart_do_not_fill_the_memory() -> None:
    far = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    assert "2 values are spread over 1,048,576 rows and 16,384 columns" in refused(xlsx(far))
    assert "spread over" in refused(xlsx(far.replace('<row r="1048576">', "<row>")))
    assert table(xlsx(far.replace("<v>2</v>", "")), header=False)[1] == [[1]]
    wrong = xlsx('<row r="1"><c r="A1"><v>1</v></c></row>', sheet='<dimension ref="A1:XFD1048576"/>')
    assert table(wrong, header=False)[1] == [[1]]
    repeated = '<table:table-row table:number-rows-repeated="1048576">{}</table:table-row>'
    cell = '<table:table-cell office:value-type="float" office:value="1" table:number-columns-repeated="16384"/>'
    assert "can't be read as a spreadsheet" in refused(ods(repeated.format(cell)))
    assert table(
        ods(repeated.format(ods_cell("float", value="1").replace("/>", "/>")).replace("1048576", "3")), header=False
    )


# -- OpenDocument --


def test_opendocument_values() -> None:
    rows = [
        [ods_cell("string", name) for name in ("text", "n", "day", "at", "yes")],
        [
            ods_cell("string", "00501"),
            ods_cell("float", "12", value="12"),
            ods_cell("date", date_value="2024-01-31"),
            ods_cell("time", time_value="PT10H11M12S"),
            ods_cell("boolean", boolean_value="true"),
        ],
        [
            ods_cell("string", "a<text:s text:c='2'/>b<text:tab/>c<text:line-break/>d</text:p><text:p>e"),
            ods_cell("percentage", "50%", value="0.5"),
            ods_cell("date", date_value="2024-02-29"),
            ods_cell("time", time_value="PT23H00M00S"),
            ods_cell("boolean", boolean_value="false"),
        ],
    ]
    kinds, found = table(ods("".join(f"<table:table-row>{''.join(row)}</table:table-row>" for row in rows)))
    assert list(kinds.values()) == "text float64 date time bool".split()
    assert found == [
        ["00501", 12.0, "2024-01-31", "10:11:12.000000", True],
        ["a  b\tc\nd\ne", 0.5, "2024-02-29", "23:00:00.000000", False],
    ]


def test_opendocument_cells_without_a_value() -> None:
    error = ods_cell("string", "#DIV/0!", string_value="", value_type="error", formula="of:=1/0")
    assert "row 2: A2 holds the error #DIV/0!" in refused(ods_column(error))
    assert "A2 holds the error Err:502" in refused(ods_column(ods_cell("float", "Err:502", value="0", formula="of:=X")))
    assert "A3 holds a formula without a value" in refused(
        ods_column(ods_cell("float", "1", value="1"), ods_cell(formula="of:=1+1"))
    )
    assert table(ods_column(ods_cell("string", "#N/A")))[1] == [["#N/A"]]
    assert table(ods_column(ods_cell("string", "#N/A")), null=["#N/A"])[1] == [[None]]


def test_opendocument_numbers_and_durations() -> None:
    assert table(ods_column(ods_cell("float", value="9007199254740993")))[1] == [[9007199254740993]]
    durations = [ods_cell("time", time_value=one) for one in ("PT10H00M00S", "PT36H00M00S")]
    assert table(ods_column(*durations)) == ({"a": "text"}, [["PT10H00M00S"], ["PT36H00M00S"]])


# -- the same reader for records --


def test_records_from_any_spreadsheet(tmp_path: Path) -> None:
    fields = Fields(text=frozenset({"name", "title"}))
    file = tmp_path / "plan.ods"
    rows = [["name", "title"], ["a", "A"], ["b", "#N/A"]]
    cells = [
        [ods_cell("string", one, **({"formula": "of:=X"} if one == "#N/A" else {})) for one in row] for row in rows
    ]
    file.write_bytes(ods("".join(f"<table:table-row>{''.join(row)}</table:table-row>" for row in cells)).getvalue())
    good, broken = read_rows(file, Reading(fields))
    assert (good.record, good.origin) == ({"name": "a", "title": "A"}, "plan.ods, sheet S, row 2")
    assert broken.wrong == "B3 holds the error #N/A"
    _, read = read_rows(file, Reading(fields, options=ReadOptions(null=["#N/A"])))
    assert read.record == {"name": "b"}
    (only,) = read_rows(file, Reading(fields, {"a": "name", "A": "title"}, options=ReadOptions(header_row=2)))
    assert only.origin == "plan.ods, sheet S, row 3"


# -- damage --


def test_what_needs_a_password() -> None:
    # encrypted.xlsx was written by openpyxl and encrypted by msoffcrypto-tool, with the password "secret".
    assert "is encrypted with a password" in refused(CASES / "encrypted.xlsx")
    old = bytearray((CASES / "values.xls").read_bytes())
    first = old.find(b"\x09\x08\x10\x00") + 20  # what stands behind the record that begins a workbook
    old[first : first + 2] = b"\x2f\x00"
    assert "is encrypted with a password" in refused(io.BytesIO(bytes(old)))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest:encryption-data/>")
        archive.writestr("content.xml", b"\x8f\x12")
    assert "is encrypted with a password" in refused(io.BytesIO(file.getvalue()))


def ole_with(name: str) -> io.BytesIO:
    """The old workbook, with its stream under another name."""
    data = (CASES / "values.xls").read_bytes()
    stored, wanted = "Workbook".encode("utf-16-le"), name.encode("utf-16-le").ljust(64, b"\0")
    at = data.find(stored)
    length = (len(name) + 1) * 2
    return io.BytesIO(data[:at] + wanted + length.to_bytes(2, "little") + data[at + 66 :])


@pytest.mark.parametrize(
    ("source", "what"),
    [
        (ole_with("WordDocument"), "is a Word document, not a spreadsheet"),
        (ole_with("PowerPoint Document"), "is a PowerPoint presentation, not a spreadsheet"),
        (ole_with("Drawing"), "is a compound file without a workbook, not a spreadsheet"),
    ],
)
def test_other_documents_of_old_office(source: io.BytesIO, what: str) -> None:
    assert what in refused(source)


def test_a_panic_of_the_library_is_said_in_our_own_words(capfd: pytest.CaptureFixture[str]) -> None:
    """Of the styles, calamine takes the body of a record that it does not know for records."""
    file = io.BytesIO()
    with zipfile.ZipFile(CASES / "values.xlsb") as archive, zipfile.ZipFile(file, "w") as broken:
        for name in archive.namelist():
            unknown = b"\x01\x03\xe7\x04\x01" if name.lower() == "xl/styles.bin" else b""
            broken.writestr(name, unknown + archive.read(name))
    assert "can't be read as a spreadsheet, and may be damaged: range end index" in refused(io.BytesIO(file.getvalue()))
    assert capfd.readouterr() == ("", "")


def test_what_is_no_spreadsheet() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
    file.seek(0)
    assert "is an e-book, not a spreadsheet" in refused(file)
    assert "can't be read as a spreadsheet" in refused(io.BytesIO(b"PK\x03\x04 and nothing more"))
    assert "can't be read as a spreadsheet" in refused(io.BytesIO(b"\xd0\xcf\x11\xe0 and more"))
