"""Rows of every kind of file: what was written is read, and each row knows its place."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import importlib
import io
import json
import string
import sys
import tracemalloc
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tuckan.errors import InvalidArgument
from tuckan.jobs.records import Schemas, checked
from tuckan.readers import Fields, Reading, read_rows
from tuckan.readers.columns import read_mapping, require_targets
from tuckan.readers.options import ReadOptions
from tuckan.readers.reading import read_names
from tuckan.readers.replies import catalog
from tuckan.schemas import Field, Schema

if TYPE_CHECKING:
    from pathlib import Path

    from tuckan.readers import Row

FIELDS = Fields(
    text=frozenset("name title notes private owner_org license_id".split()),
    lists=frozenset({"tags", "resources", "extras"}),
    words=frozenset({"tags"}),
    extras=True,
    resources=True,
    derived=frozenset({"num_tags"}),
)
HOW = Reading(FIELDS)


def rows(source: Any, **how: Any) -> list[Row]:
    return list(read_rows(source, Reading(FIELDS, **how)))


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


# What a text cell can hold: no control characters but line ends, which Excel and JSON write in their own ways.
texts = st.text(st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\ufeff\ufffe\uffff")).filter(
    str.strip
)
tables = st.lists(
    st.fixed_dictionaries(
        {"name": st.text(string.ascii_lowercase, min_size=2)}, optional={"title": texts, "notes": texts}
    ),
    min_size=1,
    max_size=8,
)
json_records = st.lists(
    st.dictionaries(
        st.text(min_size=1).filter(lambda name: name.isprintable()),
        st.recursive(st.none() | st.booleans() | st.integers() | texts, lambda inner: st.lists(inner, max_size=3)),
    ),
    min_size=1,
    max_size=6,
)
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@quick
@given(
    tables, st.sampled_from(",;\t|"), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]), st.sampled_from(["\n", "\r\n"])
)
def test_records_survive_csv(
    tmp_path: Path, records: list[dict[str, str]], delimiter: str, encoding: str, end: str
) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, ["name", "title", "notes"], delimiter=delimiter, lineterminator=end)
    writer.writeheader()
    writer.writerows(records)
    found = rows(written(tmp_path / "t.csv", text.getvalue().encode(encoding)))
    assert [row.record for row in found] == records
    assert not any(row.wrong for row in found)


@quick
@given(tables)
def test_records_survive_excel(tmp_path: Path, records: list[dict[str, str]]) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["name", "title", "notes"])
    for record in records:
        # A text that begins with an equals sign would be a formula.
        sheet.append([record.get(name, "").replace("=", "-") or None for name in ("name", "title", "notes")])
    book.save(tmp_path / "t.xlsx")
    wanted = [{name: value.replace("=", "-") for name, value in record.items()} for record in records]
    assert [row.record for row in rows(tmp_path / "t.xlsx")] == wanted


@quick
@given(json_records, st.sampled_from(["lines", "array", "pretty array", "pretty"]), st.booleans())
def test_records_survive_json(tmp_path: Path, records: list[dict[str, Any]], form: str, packed: bool) -> None:
    assume(not any(map(catalog, records)))
    ascii_only = bool(len(records) % 2)
    if form == "lines":
        text = "".join(json.dumps(one, ensure_ascii=ascii_only) + "\n" for one in records)
    elif form == "pretty":
        text = "\n".join(json.dumps(one, indent=2) for one in records)
    else:
        text = json.dumps(records, ensure_ascii=ascii_only, indent=1 if form == "pretty array" else None)
    data = text.encode()
    name = "t.jsonl" if form == "lines" else "t.json"
    found = rows(written(tmp_path / (name + ".gz" * packed), gzip.compress(data) if packed else data))
    assert [row.record for row in found] == records
    assert not any(row.wrong for row in found)


def test_zstd(tmp_path: Path) -> None:
    zstd = importlib.import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
    found = rows(written(tmp_path / "t.jsonl.zst", zstd.compress(b'{"name": "rain"}\n{"name": "sky"}\n')))
    assert [row.record["name"] for row in found] == ["rain", "sky"]


def test_the_place_of_each_row(tmp_path: Path) -> None:
    lines = written(tmp_path / "d.jsonl", '{"name": "a"}\n\n{"name": \n{"name": "c"}\n[1]\n')
    assert [(row.origin, row.wrong) for row in rows(lines)] == [
        ("d.jsonl, line 1", ""),
        ("d.jsonl, line 3", "invalid JSON: Expecting value (column 9)"),
        ("d.jsonl, line 4", ""),
        ("d.jsonl, line 5", ""),
    ]
    table = written(tmp_path / "d.csv", 'name,notes\na,"two\nlines"\n\nb,x\nc,x,more\n"d"x,y\ne,f\n')
    assert [(row.origin, row.wrong.partition(".")[0]) for row in rows(table)] == [
        ("d.csv, line 2", ""),
        ("d.csv, line 5", ""),
        ("d.csv, line 6", "it has 3 cells, but the header has 2"),
        ("d.csv, line 7", "text follows a closing quote"),
        ("d.csv, line 8", ""),
    ]
    array = written(tmp_path / "d.json", '[\n {"name": "a"},\n {"name":\n "b"},\n {"name": nope}\n, {}]')
    assert [row.origin for row in rows(array)] == ["d.json, line 2", "d.json, line 3", "d.json, line 5"]
    assert "Expecting value" in rows(array)[-1].wrong
    assert [row.origin for row in rows([{"name": "a"}, {"name": "b"}])] == ["record 1", "record 2"]


def test_latin_1_is_named_and_not_guessed(tmp_path: Path) -> None:
    content = "name;title\nfluss;Fluß\nsee;See\n".encode("cp1252")
    refused, good = rows(written(tmp_path / "d.csv", content))
    assert refused.origin == "d.csv, line 2"
    assert "cp1252 ('fluss;Fluß')" in refused.wrong
    assert good.record == {"name": "see", "title": "See"}
    assert rows(tmp_path / "d.csv", options=ReadOptions("cp1252"))[0].record == {"name": "fluss", "title": "Fluß"}
    with pytest.raises(
        InvalidArgument, match=r"h\.csv, line 1: the text is not UTF-8, but may be cp1252 \('name;Größe'\)"
    ):
        rows(written(tmp_path / "h.csv", "name;Größe\na;b\n".encode("cp1252")))
    refused, good = rows(written(tmp_path / "d.jsonl", '{"name": "Fluß"}\n{"name": "see"}\n'.encode("cp1252")))
    assert (refused.origin, good.wrong) == ("d.jsonl, line 1", "")
    with pytest.raises(InvalidArgument, match="not an encoding"):
        rows(tmp_path / "d.csv", options=ReadOptions("klingon"))


def test_excel_cells(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Data"
    sheet.append(["name", "title", "notes", "private", "extras.when"])
    sheet.append(["a", 2024, 1.5, True, dt.datetime(2024, 1, 31)])  # noqa: DTZ001 - Excel knows no zones
    sheet.append([])
    sheet.append(["b", None, 3.0, False, dt.datetime(2024, 1, 31, 12, 30)])  # noqa: DTZ001 - as above
    sheet.append(["c", "#REF!"])
    sheet["B5"].data_type = "e"
    other = book.create_sheet("Other")
    other.append(["name"])
    other.append(["z"])
    book.save(tmp_path / "plan.xlsx")
    first, second, broken = rows(tmp_path / "plan.xlsx")
    assert first.origin == "plan.xlsx, sheet Data, row 2"
    assert first.record == {
        "name": "a", "title": "2024", "notes": "1.5", "private": True, "extras": [{"key": "when", "value": "2024-01-31"}],
    }  # fmt: skip
    assert second.origin == "plan.xlsx, sheet Data, row 4"
    assert second.record == {
        "name": "b", "notes": "3", "private": False, "extras": [{"key": "when", "value": "2024-01-31T12:30:00"}],
    }  # fmt: skip
    assert broken.wrong == "B5 holds the error #REF!"
    assert [row.record for row in rows(tmp_path / "plan.xlsx", options=ReadOptions(sheet="Other"))] == [{"name": "z"}]
    with pytest.raises(InvalidArgument, match="no sheet 'None of these'"):
        rows(tmp_path / "plan.xlsx", options=ReadOptions(sheet="None of these"))
    with (tmp_path / "plan.xlsx").open("rb") as file:
        assert len(list(read_rows(file, HOW))) == 3


def test_what_is_no_workbook(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match=r"bad\.xlsx can't be read as a spreadsheet"):
        rows(written(tmp_path / "bad.xlsx", b"PK\x03\x04 and nothing more"))
    with pytest.raises(InvalidArgument, match=r"old\.xls can't be read as a spreadsheet"):
        rows(written(tmp_path / "old.xls", b"\xd0\xcf\x11\xe0 and more"))
    with pytest.raises(InvalidArgument, match=r"gone\.csv can't be read: No such file"):
        rows(tmp_path / "gone.csv")


def test_columns_stand_for_fields(tmp_path: Path) -> None:
    head = (
        "Name,Title,tags,extras.Water level,resource_url,resources.1.url,resources.1.format,resources.0.name,num_tags"
    )
    table = written(tmp_path / "d.csv", f'{head}\nrain,Rain,"sky; water,air",3,http://a,http://b,CSV,A,7\n')
    (row,) = rows(table)
    assert row.partial
    assert row.record == {
        "name": "rain",
        "title": "Rain",
        "tags": ["sky", "water", "air"],
        "extras": [{"key": "Water level", "value": "3"}],
        "resources": [{"url": "http://a", "name": "A"}, {"url": "http://b", "format": "CSV"}],
        "num_tags": "7",
    }


def test_json_in_a_cell(tmp_path: Path) -> None:
    table = written(
        tmp_path / "d.csv", 'name,tags,resources\na,"[{""name"": ""x, y""}]","[{""url"": ""u""}]"\nb,,nope\n'
    )
    good, bad = rows(table)
    assert good.record == {"name": "a", "tags": [{"name": "x, y"}], "resources": [{"url": "u"}]}
    assert bad.wrong.startswith("resources: expected JSON")


def test_a_mapping_of_columns(tmp_path: Path) -> None:
    table = written(tmp_path / "d.csv", "Kennung,Titel,Intern,Pegel\nrain,Regen,x,3\n")
    with pytest.raises(InvalidArgument, match="'Kennung', 'Titel', 'Intern', 'Pegel'") as caught:
        rows(table)
    assert "'Titel' is probably 'title'" in caught.value.hint
    mapping = {"Kennung": "name", "Titel": "title", "Intern": None, "Pegel": "extras.level"}
    assert rows(table, mapping=mapping)[0].record == {
        "name": "rain", "title": "Regen", "extras": [{"key": "level", "value": "3"}],
    }  # fmt: skip
    left = {"Kennung": "name", "Titel": "title"}
    assert rows(table, mapping=left, extras=True)[0].record["extras"] == [
        {"key": "Intern", "value": "x"},
        {"key": "Pegel", "value": "3"},
    ]
    with pytest.raises(InvalidArgument, match=r"'Kennung' and 'Titel' are both mapped to 'name'"):
        rows(table, mapping={"Kennung": "name", "Titel": "name", "Intern": None, "Pegel": None})


def test_a_mapping_names_columns_and_fields_that_there_are(tmp_path: Path) -> None:
    table = written(tmp_path / "d.csv", "name,notes\nrain,x\n")
    with pytest.raises(InvalidArgument, match="No table has the column 'Notess'") as caught:
        rows(table, mapping={"Notess": "notes"})
    assert "'Notess' is probably 'notes'" in caught.value.hint
    lines = written(tmp_path / "d.jsonl", '{"name": "a"}\n')
    with pytest.raises(InvalidArgument, match="No table has the column"):
        rows(lines, mapping={"Notes": "notes"})
    fields = FIELDS
    for target in ("title", "extras.any", "resources.0.url", "num_tags", None):
        require_targets(fields, {"Spalte": target}, "dataset")
    for target in ("titel", "resources.0.urls", "frequency", "extras."):
        with pytest.raises(InvalidArgument, match="is not a field of a dataset"):
            require_targets(fields, {"Spalte": target}, "dataset")
    with pytest.raises(InvalidArgument) as caught:
        require_targets(fields, {"Titel": "titel"}, "dataset")
    assert "'titel' is probably 'title'" in caught.value.hint
    of_resources = (Field("license", "License"),)
    own = Schema("dataset", "dataset", (Field("frequency", "Frequency"),), of_resources, source="scheming")
    require_targets(fields.with_schemas([own]), {"A": "frequency", "B": "resources.1.license"}, "dataset")


@pytest.mark.parametrize("ending", ["csv", "jsonl", "json"])
def test_a_file_that_was_cut(tmp_path: Path, ending: str) -> None:
    content = {
        "csv": "name,notes\n" + "a,b\n" * 5000,
        "jsonl": '{"name": "a"}\n' * 5000,
        "json": json.dumps([{"name": "a"}] * 5000),
    }[ending]
    whole = gzip.compress(content.encode(), 0)
    *good, last = rows(written(tmp_path / f"d.{ending}.gz", whole[: len(whole) // 2]))
    assert last.wrong.startswith("the rest can't be read")
    assert "and after" in last.origin or last.origin == f"d.{ending}.gz"
    assert all(not row.wrong for row in good)


@pytest.mark.parametrize("names", [False, True])
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", ""),
        ("a.csv", "name,title\n"),
        ("a.csv", "\n  \n\n"),
        ("a.tsv", "name\ttitle\n\n"),
        ("a.jsonl", ""),
        ("a.jsonl", "\n\n"),
        ("a.json", "[]"),
        ("a", ""),
    ],
)
def test_files_without_any_record_are_refused_by_name(tmp_path: Path, name: str, content: str, *, names: bool) -> None:
    read: Any = read_names if names else read_rows
    barren, full = tmp_path / name, tmp_path / "full.jsonl"
    barren.write_text(content)
    full.write_text('{"name": "rain"}\n')
    how = Reading(FIELDS, names=names)
    with pytest.raises(InvalidArgument, match=f"There is no {'name' if names else 'record'} in {name}, {name}\\."):
        list(read([barren, barren], how))
    assert how.notes == []
    assert len(list(read([barren, full], how))) == 1, "something is to be done"
    assert how.notes == [f"there is nothing in {name}"]
    assert list(read([], how)) == [], "no file, no mistake"


def test_a_separator_told_in_the_first_line(tmp_path: Path) -> None:
    (row,) = rows(written(tmp_path / "d.csv", "sep=;\nname;notes\na;b,c\n"))
    assert row.record == {"name": "a", "notes": "b,c"}
    assert row.origin == "d.csv, line 3"


@pytest.mark.parametrize("ending", ["csv", "jsonl", "json"])
def test_memory_stays_the_same(tmp_path: Path, ending: str) -> None:
    def peak(number: int) -> int:
        path = tmp_path / f"{number}.{ending}"
        with path.open("w") as file:
            file.write({"csv": "name,notes\n", "json": "[\n", "jsonl": ""}[ending])
            for n in range(number):
                file.write(
                    f"n{n},{'x' * 500}\n" if ending == "csv" else json.dumps({"name": f"n{n}", "notes": "x" * 500})
                )
                file.write("" if ending == "csv" else ",\n" if ending == "json" and n + 1 < number else "\n")
            file.write("]" if ending == "json" else "")
        tracemalloc.start()
        assert sum(1 for row in read_rows(path, HOW) if not row.wrong) == number
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(100)
    assert peak(20_000) < 1.5 * peak(2000)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (r'{"name": "ab", "notes": "\ud800"}', r"\ud800 is an unpaired surrogate"),
        ('{"name": "ab", "name": "cd"}', "an object has the key 'name' twice"),
        (
            '{"name": "ab", "extras": {"n": 0.12345678901234567890}}',
            "the number 0.12345678901234567890 would lose digits",
        ),
        ('{"name": "ab", "extras": {"n": 1e400}}', "the number 1e400 would lose digits"),
        (f'{{"name": "ab", "extras": {{"n": {"9" * 5000}}}}}', "a whole number has too many digits"),
        (
            r'{"name": "ab", "extras": [{"key": "k", "value": "a\u0000b"}]}',
            "extras: text can't contain the character NUL",
        ),
        (
            (
                '{"name": "ab", "resources": [{"id": "11111111-1111-1111-1111-111111111111"}, '
                '{"id": "11111111-1111-1111-1111-111111111111"}]}'
            ),
            "resources: two have the id 11111111",
        ),
    ],
)
def test_what_no_portal_could_keep_is_refused_with_its_line(line: str, said: str) -> None:
    (good, bad) = rows(io.BytesIO(f'{{"name": "ok", "extras": {{"n": 0.1}}}}\n{line}\n'.encode()))
    assert checked(good, Schemas("dataset"), "https://example.org").wrong == ""
    assert said in checked(bad, Schemas("dataset"), "https://example.org").wrong
    assert bad.origin.endswith("line 2")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("m.csv", "Titel,title\nPegel, extras.level\n\nWeg,\n"),
        ("m.csv", "\ufeffColumn,Field\r\nTitel,title\r\nPegel,extras.level\r\nWeg,"),
        ("m.toml", 'Titel = "title"\n"Pegel" = "extras.level"\nWeg = ""\n'),
        ("m.json", '{"Titel": "title", "Pegel ": "extras.level", "Weg": null}'),
    ],
)
def test_a_mapping_comes_from_a_file(tmp_path: Path, name: str, text: str) -> None:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    assert read_mapping(file) == {"Titel": "title", "Pegel": "extras.level", "Weg": None}


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("m.csv", "Titel,title\nPegel\n", "row 2 has 1 cell"),
        ("m.toml", "Titel = title", "can't be read"),
        ("m.toml", "[Titel]\nfield = 'title'", "does not have one field for each column"),
        ("m.json", '["Titel"]', "does not have one field for each column"),
        ("m.json", "[" * 100_000, "can't be read"),
        ("m.txt", "\udcff", "can't be read"),
        ("none.csv", None, "can't be read"),
    ],
)
def test_a_mapping_that_is_none_is_refused(tmp_path: Path, name: str, text: str | None, said: str) -> None:
    if text is not None:
        (tmp_path / name).write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(InvalidArgument, match=said) as caught:
        read_mapping(tmp_path / name)
    assert "COLUMN,FIELD" in caught.value.hint or "UTF-8" in caught.value.hint
