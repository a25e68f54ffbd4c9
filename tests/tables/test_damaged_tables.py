"""Damaged spreadsheets, Parquet and Arrow files, thousands of them: a table comes out of each, or an error of ours, in silence."""

from __future__ import annotations

import io
import random
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pyarrow as pa
import pytest
from pyarrow import ipc, parquet

from tuckan.errors import TuckanError
from tuckan.readers.options import ReadOptions
from tuckan.tables.sources import incoming

if TYPE_CHECKING:
    from collections.abc import Callable

CASES = Path(__file__).parent / "cases"
TABLE = pa.table(
    {
        "n": pa.array([1, None, 3]),
        "t": pa.array(["a", "bb", None]),
        "l": pa.array([[1, 2], None, []]),
        "s": pa.array([{"x": 1.5, "y": "z"}, None, {"x": None, "y": "é"}]),
        "d": pa.array([0, 1, None], pa.date32()),
        "c": pa.array(["a", "b", "a"]).dictionary_encode(),
        "m": pa.array([[("k", 1)], None, []], pa.map_(pa.string(), pa.int32())),
        "at": pa.array([1000, 2000, None], pa.timestamp("ns")),
    }
)


def written(write: Callable[[Any], Any]) -> bytes:
    file = io.BytesIO()
    write(file)
    return file.getvalue()


def as_arrow(file: Any) -> None:
    with ipc.new_file(file, TABLE.schema) as writer:
        writer.write_table(TABLE)


def as_xlsx(file: Any) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["n", "t"], [9007199254740993, "x"], [1.5, None], [True, "y"]):
        sheet.append(row)
    sheet["A5"].number_format = "yyyy-mm-dd"
    sheet["A5"] = 60
    book.save(file)


def as_ods(file: Any) -> None:
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    cells = (
        '<table:table-cell office:value-type="string"><text:p>a<text:tab/>b</text:p></table:table-cell>',
        '<table:table-cell office:value-type="float" office:value="9007199254740993"/>',
        '<table:table-cell office:value-type="time" office:time-value="PT36H" table:number-columns-repeated="1"/>',
    )
    rows = "".join(f'<table:table-row table:number-rows-repeated="1">{one}</table:table-row>' for one in cells)
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr(
            "content.xml",
            f"<office:document-content {spaces}><office:body><office:spreadsheet><table:table table:name='S'>{rows}"
            "</table:table></office:spreadsheet></office:body></office:document-content>",
        )


def damaged(chance: random.Random, data: bytes) -> bytes:
    found = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4, 8))):
        if not found:
            break
        place, kind = chance.randrange(len(found)), chance.randrange(6)
        if kind == 0:
            found[place] ^= 1 << chance.randrange(8)
        elif kind == 1:
            found[place] = chance.choice(b'\0\xff\x7f\x80<"9A')
        elif kind == 2:
            del found[place : place + chance.randrange(1, 20)]
        elif kind == 3:
            found[place:place] = chance.randbytes(chance.randrange(1, 8))
        elif kind == 4:
            other = chance.randrange(len(found))
            found[place:place] = found[other : other + chance.randrange(1, 60)]
        else:
            del found[place:]
    return bytes(found)


def damaged_inside(chance: random.Random, data: bytes) -> bytes:
    """An archive that is whole, with one damaged part."""
    archive, file = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    hit = chance.choice(archive.namelist())
    with zipfile.ZipFile(file, "w") as anew:
        for name in archive.namelist():
            part = archive.read(name)
            anew.writestr(name, damaged(chance, part) if name == hit else part)
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "times"),
    [
        ("a.xlsx", written(as_xlsx), 500),
        ("b.xlsx", (CASES / "excel_error.xlsx").read_bytes(), 300),
        ("a.ods", written(as_ods), 1000),
        ("a.xls", (CASES / "values.xls").read_bytes(), 1000),
        ("b.xls", (CASES / "errors.xls").read_bytes(), 2000),
        ("a.xlsb", (CASES / "values.xlsb").read_bytes(), 400),
        ("a.parquet", written(lambda file: parquet.write_table(TABLE, file)), 500),
        ("b.parquet", written(lambda file: parquet.write_table(TABLE, file, compression="none", use_dictionary=False)), 500),
        ("a.arrow", written(as_arrow), 1500),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_table_or_an_error_of_ours(name: str, data: bytes, times: int, capfd: pytest.CaptureFixture[str]) -> None:
    came = 0
    for number in range(times):
        chance = random.Random(f"{name} {number}")
        inside = zipfile.is_zipfile(io.BytesIO(data)) and chance.random() < 0.85
        file = io.BytesIO((damaged_inside if inside else damaged)(chance, data))
        file.name = name
        with suppress(TuckanError):
            table = incoming(file, ReadOptions(null=["#N/A", "#DIV/0!"]), {})
            came += sum(len(rows) for rows in table.packed(table.types({}, {}))) > 0
    assert capfd.readouterr() == ("", ""), "a library said something to whoever is at the terminal"
    assert came, "all of them damaged beyond use: the test tests too little"
