"""Files of text that readers of tables get wrong: each is read as it says, or refused with the line and the option that helps."""

from __future__ import annotations

import bz2
import gzip
import importlib
import io
import json
import lzma
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tuckan.errors import InvalidArgument, TuckanError, for_shell
from tuckan.readers import Fields, Reading, dialects, read_rows
from tuckan.readers.dialects import Dialect
from tuckan.readers.options import ReadOptions
from tuckan.tables import from_csv
from tuckan.tables.json_rows import packed
from tuckan.tables.sources import Incoming, incoming

CASES = Path(__file__).parent / "cases"


def came(source: Any, **options: Any) -> Incoming:
    return incoming(CASES / source if isinstance(source, str) else source, ReadOptions(**options), {})


def rows(source: Any, **options: Any) -> list[list[Any]]:
    """The values of each row as they go to the portal."""
    table = came(source, **options)
    return [
        list(json.loads(row).values()) for batch in table.batches(table.found) for row in packed(batch, table.found)
    ]


def types(source: Any, **options: Any) -> dict[str, str]:
    return {name: str(kind) for name, kind in came(source, **options).found.items()}


def text(content: str, encoding: str = "utf-8") -> io.BytesIO:
    return io.BytesIO(content.encode(encoding))


@pytest.fixture(params=["in one block", "in small blocks", "without Arrow"], autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """However a file is read, the result is the same."""
    if request.param == "in small blocks":
        monkeypatch.setattr(from_csv, "BLOCK", 3)
    elif request.param == "without Arrow":
        monkeypatch.setattr(from_csv, "_parsed", lambda *_, **__: None)


@pytest.mark.parametrize(
    ("name", "options", "names", "values"),
    [
        ("head_ls.csv", {}, ["id", "what\u2028more", "n"], [[1, "a", 2]]),
        ("head_vt.csv", {}, ["id", "what\vmore", "n"], [[1, "a", 2]]),
        ("phone_plus.csv", {}, ["name", "phone"], [["A", "+33612345678"], ["B", "+33687654321"]]),
        ("numbered.csv", {}, ["no", "what"], [["1.", "first"], ["2.", "second"]]),
        ("hexid.csv", {}, ["commit", "n"], [["12345e6", 1], ["5e3", 2], ["70e1", 3]]),
        ("minus_zero.csv", {}, ["a", "b"], [["-0", 1], ["5", 2]]),
        ("two_arrays.json", {}, ["a"], [[1], [2], [3]]),
        ("json_array_rows.json", {"header_row": 1}, ["a", "b"], [[1, 2]]),
        ("json_array_rows.json", {"header": False}, ["column 1", "column 2"], [["a", "b"], ["1", "2"]]),
        ("json_wrapped.json", {"record_path": "data"}, ["a"], [[1], [2]]),
        ("stray_quote.csv", {"quote": "none"}, ["a", "b"], [[1, '5" pipe'], [2, '"say ""hi"""'], [3, '"x"y']]),
        ("space_quote.csv", {"skip_initial_space": True}, ["a", "b"], [[1, "x, y"], [2, "z"]]),
        ("backslash.csv", {"escape": "\\"}, ["id", "name"], [[1, 'say "hi", ok']]),
        ("single_quote.csv", {"quote": "'"}, ["id", "name"], [[1, "a, b"]]),
        ("unclosed.csv", {"quote": "none"}, ["a", "b"], [[1, '"x'], [2, "y"], [3, "z"]]),
        ("one_col_blank_first.csv", {}, ["name"], [["Anna"], ["Bert"]]),
        ("preamble.csv", {"header_row": 3}, ["id", "name", "n"], [[1, "a", 2], [2, "b", 3]]),
        ("preamble.csv", {"skip_rows": 2}, ["id", "name", "n"], [[1, "a", 2], [2, "b", 3]]),
        ("preamble.csv", {"comment": "#"}, ["id", "name", "n"], [[1, "a", 2], [2, "b", 3]]),
        ("preamble_semicolon.csv", {"header_row": 2}, ["id", "name", "n"], [[1, "a", 2], [2, "b", 3]]),
        ("comment_pipe.csv", {"comment": "#"}, ["id", "name"], [[1, "a"], [2, "b"]]),
        ("noheader.csv", {"header": False}, ["column 1", "column 2", "column 3"], [[1, "a", "2.5"], [2, "b", "3.5"]]),
        ("ragged_short.csv", {"ragged": "pad"}, ["a", "b", "c"], [[1, 2, 3], [4, 5, None]]),
        ("ragged_long.csv", {"ragged": "pad"}, ["a", "b", "c", "column 4"], [[1, 2, 3, None], [4, 5, 6, 7]]),
        ("ragged_long.csv", {"ragged": "cut"}, ["a", "b", "c"], [[1, 2, 3], [4, 5, 6]]),
        ("trailing_delim.csv", {"ragged": "pad"}, ["a", "b", "c"], [[1, 2, 3], [4, 5, 6]]),
        ("thousands.csv", {}, ["a", "b"], [["x", "1.234"], ["y", "2.500"]]),
        ("spaces_nums.csv", {}, ["a", "b"], [[" 1 ", "2"], [" 3 ", " 4"]]),
        ("space_sep.txt", {}, ["id name n"], [["1 a 2"], ["2 b 3"]]),
        ("space_sep.txt", {"delimiter": " "}, ["id", "name", "n"], [[1, "a", 2], [2, "b", 3]]),
        ("dups.csv", {}, ["a", "a", "", "A", ""], [[1, 2, 3, 4, 5]]),
        ("date_bc.csv", {}, ["d", "e"], [["0001-01-01", "9999-12-31"], ["0000-01-01", "10000-01-01"]]),
    ],
)
def test_a_file_is_read_as_it_says(
    name: str, options: dict[str, Any], names: list[str], values: list[list[Any]]
) -> None:
    assert list(came(name, **options).labels.values()) == names
    assert rows(name, **options) == values


def test_a_header_of_any_length() -> None:
    assert len(came("wide_head_8k.csv").labels) == len(
        (CASES / "wide_head_8k.csv").read_text().split("\n")[0].split(",")
    )
    assert (
        list(came("cols_many.csv").labels.values())[-1]
        == (CASES / "cols_many.csv").read_text().split("\n")[0].split(",")[-1]
    )
    assert list(came("head_cut_in_last_name.csv").labels)[-1] == "the_last_column_of_the_table_has_this_long_name"


def test_every_digit_of_json() -> None:
    assert rows("json_digits.jsonl") == [["0.12345678901234567890"], ["12345678901234567.25"]]
    assert rows("json_1e400.jsonl") == [["1E+400"], ["2"]]
    assert types("json_1e400.jsonl") == {"x": "numeric"}
    assert rows(io.BytesIO(b'{"x": 0.10}\n{"x": 1e-7}')) == [["0.10"], ["1E-7"]]


def test_dates_of_one_reading_only() -> None:
    assert types("dates.csv") == {
        "iso": "date", "dmy": "text", "mdy": "text", "comp": "int64", "ym": "text", "tz": "text", "mix": "text", "t24": "text",
    }  # fmt: skip
    assert rows("dates.csv")[1] == [
        "2024-02-04", "04/02/2024", "02/04/2024", 20240204, "2024-03", "2024-02-04T10:00:00Z", "2024-02-03 10:00", "10:00",
    ]  # fmt: skip
    notes = " ".join(map(for_shell, came("dates.csv").notes))
    assert "dmy: '03/02/2024' may be a date. To read the column as dates, pass --type dmy=date:dmy or" in notes
    assert "tz: timestamptz keeps the instant" in notes


@pytest.mark.parametrize(
    ("name", "options", "said", "hint"),
    [
        ("unclosed.csv", {}, "line 2: the quote that opens here is not closed", "--quote none"),
        ("stray_quote.csv", {}, "line 4: text follows a closing quote", "--quote none"),
        ("space_quote.csv", {}, "line 2: it has 3 cells, but the header has 2", "--skip-initial-space"),
        ("backslash.csv", {}, "line 2: text follows a closing quote", r"--escape '\'"),
        ("single_quote.csv", {}, "line 2: it has 3 cells, but the header has 2", """--quote "'\""""),
        ("preamble.csv", {}, "line 1: the first row has one name, and line 3 looks like the header", "--comment '#'"),
        ("preamble.csv", {}, "line 3 looks like", "--header-row 3, --skip-rows 2"),
        ("preamble_semicolon.csv", {}, "line 2 looks like the header", "--header-row 2"),
        ("comment_pipe.csv", {}, "line 2 looks like the header", "--comment '#'"),
        ("ragged_short.csv", {}, "line 3: it has 2 cells, but the header has 3", "--ragged"),
        ("ragged_long.csv", {}, "line 3: it has 4 cells, but the header has 3", "--ragged"),
        ("trailing_delim.csv", {}, "line 2: it has 4 cells, but the header has 3", "--ragged pad"),
        ("json_array_rows.json", {}, "line 1: the rows are lists", "--header-row 1"),
        ("json_wrapped.json", {}, "its 'data' holds 2 rows", "--record-path data"),
        ("json_wrapped.json", {"record_path": "rows"}, "no list at 'rows'", ""),
        ("json_dup.jsonl", {}, "line 1: an object has the key 'x' twice", ""),
        ("lone_surrogate.jsonl", {}, r"line 1: \\ud800 is an unpaired surrogate", ""),
        ("preamble.csv", {"header_row": 9}, "has no line 9", "ends with line 5"),
        ("one_col_blank_first.csv", {"header_row": 1}, "line 1: a line that is blank", "--header-row 2"),
    ],
)
def test_a_file_is_refused_with_the_option_that_helps(name: str, options: dict[str, Any], said: str, hint: str) -> None:
    with pytest.raises(InvalidArgument, match=said) as caught:
        came(name, **options)
    assert hint in for_shell(caught.value.hint)


def test_what_is_told_of_a_reading() -> None:
    assert "looks like data ('1')" in came("noheader.csv").notes[0]
    assert "pass --no-header" in for_shell(came("noheader.csv").notes[0])
    assert "pass delimiter=' '" in came("space_sep.txt").notes[0]
    assert not came(text("full name\nAnna  Smith\n")).notes
    for name in ("cols_many.csv", "preamble.csv"):
        assert not came(name, **({"comment": "#"} if name == "preamble.csv" else {})).notes
    assert not came(text("country,2019,2020\nFR,1,2\n")).notes
    assert came("ragged_short.csv", ragged="pad").notes == ["1 row shorter than the header, filled up with nulls"]
    assert "1 row longer" in came("ragged_long.csv", ragged="pad").notes[0]
    assert came("ragged_long.csv", ragged="cut").notes == ["1 row longer than the header; the extra cells were dropped"]
    assert "2 rows longer than the header by blank cells" in came("trailing_delim.csv", ragged="pad").notes[0]


def test_blank_and_empty_text_and_words_for_null() -> None:
    source = 'a,b,c\n1,"",\n"2","""",NA\n\n"","",""\n,,\n'
    assert rows(text(source)) == [["1", "", None], ["2", '"', "NA"], ["", "", ""], [None, None, None]]
    assert rows(text(source), null=["NA", "2"])[1] == [None, '"', None]
    escaped = rows(text('a;b\n"x\\"";""\n"";\n'), escape="\\")
    assert escaped == [['x"', ""], ["", None]]
    assert rows(text("a\n1\n\n2\n")) == [[1], [None], [2]]


def test_only_cr_and_lf_end_a_line() -> None:
    strange = "\v\f\x1c\x1d\x1e\x85\u2028\u2029"
    for end in ("\r\n", "\n", "\r"):
        assert rows(text(f"a,b{end}x{strange}y,1{end}z,2{end}")) == [[f"x{strange}y", 1], ["z", 2]]
        assert rows(text(f'a,b{end}"x{end}y",1{end}{end}z,2')) == [[f"x{end}y", 1], ["z", 2]]
    with pytest.raises(InvalidArgument, match="line 6: it has 1 cell,"):
        came(text('a,b\n"x\ny",1\n\nz,2\nw\n'))


def test_a_column_beyond_the_header_has_a_name_of_its_own() -> None:
    table = came(text("_column 3,b\n1,2,3\n"), ragged="pad")
    assert table.labels == {"column 3": "_column 3", "b": "b", "column 3 2": "column 3"}


def test_an_object_that_holds_the_rows_is_no_row() -> None:
    def named(content: str) -> io.BytesIO:
        file = text(content)
        file.name = "a.json"
        return file

    for content, path in (
        ('{"meta": {}, "data": [[1, 2], [3, 4]]}', "data"),
        ('{"a": {"b": {"rows": [{"x": 1}]}}}', "a.b.rows"),
        ('{"columns": ["x"], "index": [0], "data": [[1]]}', "data"),
    ):
        with pytest.raises(InvalidArgument, match="is one object, and would be one row") as caught:
            came(named(content))
        assert f"--record-path {path}." in for_shell(caught.value.hint)
    assert "a.json has one object, which is one row" in came(named('{"a": [1, 2]}')).notes[0]
    assert not came(named('{"a": 1}{"a": 2}')).notes
    assert not came(named('[{"a": 1}]')).notes
    with pytest.raises(InvalidArgument, match=r"null in a\.json, line 1 is not a row"):
        came(named('[{"a": 1}, null]'))


def test_the_encoding_of_json_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes('{"name": "Müller"}\n'.encode("cp1252"))
    with pytest.raises(InvalidArgument, match="the text is not UTF-8, but may be cp1252") as caught:
        came(path)
    assert caught.value.hint.endswith("encoding='cp1252'.")
    assert for_shell(caught.value.hint).endswith("--encoding cp1252.")
    (row,) = read_rows(path, Reading(Fields(frozenset({"name"}))))
    assert row.wrong.endswith("encoding='cp1252'.")
    assert for_shell(row.wrong).endswith("--encoding cp1252.")


def test_comments_stand_where_a_row_could_begin() -> None:
    assert rows(text('# x\na,b\n# 1,2\n1,"\n# no\n"\n#\n'), comment="#") == [[1, "\n# no\n"]]


def test_encodings() -> None:
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"):
        assert rows(text("ä;b\n1;é\n", encoding)) == [[1, "é"]]
    assert rows(text("ä;b\n1;é\n", "cp1252"), encoding="cp1252") == [[1, "é"]]
    with pytest.raises(InvalidArgument, match=r"line 3: the text is not UTF-8, but may be cp1252 \('2;Müller'\)"):
        came(text("a;b\n1;x\n2;Müller\n", "cp1252"))
    with pytest.raises(InvalidArgument, match=r"line 1: the text is not UTF-8, but may be cp1252"):
        came(text('{"a": "Müller"}\n', "cp1252"))
    with pytest.raises(InvalidArgument, match="not text in utf-16"):
        came(io.BytesIO("a,b\n1,2\n".encode("utf-16") + b"x"))
    for name in ("klingon", "hex", "rot13"):
        with pytest.raises(InvalidArgument, match="not an encoding of text"):
            came(text("a\n"), encoding=name)


@pytest.mark.parametrize(
    ("start", "what"),
    [
        (b"%PDF-1.7\n", "a PDF document"),
        (b"\xef\xbb\xbf\n <!DOCTYPE html><html>", "a web page"),
        (b"<HTML><body>", "a web page"),
        (b'<?xml version="1.0"?>', "an XML file"),
        (b"PAR1\0\0", "a Parquet file under another name"),
        (b"ARROW1\0\0", "an Arrow file under another name"),
        (b"\x89PNG\r\n\x1a\n", "a PNG image"),
        (b"SQLite format 3\0", "an SQLite database"),
        (b"a,b\x01\0\0\0\xff\xfe\0\0\0", "not text"),
        (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
        (b"Rar!\x1a\x07", "a RAR archive"),
        (b"x" * 257 + b"ustar", "a tar archive"),
        (b"SQLite format 3\0".ljust(68, b"\1") + b"GPKG", "a GeoPackage"),
        (b"\0\1\0\0Standard Jet DB\0", "an Access database"),
        (b"<kml xmlns='http://www.opengis.net/kml/2.2'>\n<Document>", "an XML file with geographic data"),
        (b"<Error><Code>AccessDenied</Code></Error>", "an XML file"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>\n<g>", "an XML file"),
        (b"<stata_dta><header>", "a Stata file"),
        (b"BM\x46\x01\0\0\0\0\0\0", "a BMP image"),
        (b"\3\x7c\1\1\1\0\0\0\x41\0", "a dBASE file"),
        (b"\0asm\1\0\0\0" + bytes(90), "not text"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n", "a Git LFS pointer"),
    ],
)
def test_a_file_under_a_wrong_name_is_named_for_what_it_is(tmp_path: Path, start: bytes, what: str) -> None:
    path = tmp_path / "rain.csv"
    path.write_bytes(start + b"\n1,2\n" * 9)
    with pytest.raises(InvalidArgument, match=rf"rain\.csv is {what}"):
        came(path)
    with pytest.raises(InvalidArgument, match=rf"rain\.csv is {what}"):
        list(read_rows(path, Reading(Fields(frozenset({"name"})))))


def test_what_a_compressed_file_holds_is_named(tmp_path: Path) -> None:
    path = tmp_path / "rain.csv.gz"
    for inside, what in (
        (b"x" * 257 + b"ustar", "a tar archive"),
        (gzip.compress(b"a\n1\n"), "a gzip file inside another"),
    ):
        path.write_bytes(gzip.compress(inside))
        with pytest.raises(InvalidArgument, match=rf"rain\.csv\.gz is {what}"):
            came(path)


@pytest.mark.parametrize(
    ("names", "what"),
    [
        (["[Content_Types].xml", "word/document.xml"], "a Word document"),
        (["[Content_Types].xml", "ppt/presentation.xml"], "a PowerPoint presentation"),
        (["Index/Document.iwa", "Metadata/Properties.plist"], "an Apple Numbers, Pages or Keynote document"),
        (["r.shp", "r.dbf"], "a shapefile in a ZIP archive"),
        (["a.gdb/a00000001.gdbtable", "a.gdb/gdb"], "an Esri file geodatabase"),
    ],
)
def test_an_archive_that_is_a_document_is_named(tmp_path: Path, names: list[str], what: str) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    with pytest.raises(InvalidArgument, match=rf"a\.zip is {what}"):
        came(path)


@pytest.mark.parametrize("header", ["<18,18-65", "<b>,c", "<none>"])
def test_a_header_with_angle_brackets_is_no_xml(header: str) -> None:
    assert ",".join(came(text(f"{header}\n")).labels.values()) == header


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.parquet", b"a,b\n1,2\n", "is text, not a Parquet file"),
        ("a.arrow", b"PAR1\0", "is a Parquet file, not an Arrow file"),
        ("a.db", b"SQLite format 3\0", "is an SQLite database, not a DuckDB database"),
        ("a.parquet", b"PK\3\4", "is a ZIP or gzip file, not a Parquet file"),
        ("a.parquet", b"<html>", "is a web page"),
    ],
)
def test_a_file_of_columns_that_is_none_is_named(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InvalidArgument, match=said):
        came(tmp_path / name)


def test_compressed_files(tmp_path: Path) -> None:
    zstd = importlib.import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
    ways = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zst": zstd.compress}
    for ending, compress in ways.items():
        whole = compress(b"a;b\n" + b"".join(b"%d;x\n" % number for number in range(500)))
        (tmp_path / f"t.csv.{ending}").write_bytes(whole)
        assert len(rows(tmp_path / f"t.csv.{ending}")) == 500
        (tmp_path / f"cut.csv.{ending}").write_bytes(whole[:-12])
        (tmp_path / f"bad.csv.{ending}").write_bytes(whole[:20] + bytes(20) + whole[40:])
        for name in ("cut", "bad"):
            with pytest.raises(InvalidArgument, match="is truncated or damaged"):
                came(tmp_path / f"{name}.csv.{ending}")


def test_an_archive_with_one_table(tmp_path: Path) -> None:
    path = tmp_path / "rain.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.mkdir("data")
        archive.writestr("data/rain.csv", "a;b\n1;x\n")
        archive.writestr("__MACOSX/data/._rain.csv", "x")
    assert rows(path) == [[1, "x"]]
    with path.open("rb") as file:
        assert rows(file) == [[1, "x"]]
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("more.csv", "a\n")
    with pytest.raises(InvalidArgument, match="ZIP archive with 2 files") as caught:
        came(path)
    assert "'data/rain.csv', 'more.csv'" in (caught.value.hint or "")
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(InvalidArgument, match=r"rain\.zip is a ZIP archive that can't be read"):
        came(path)


def test_somebodys_open_file_stays_open() -> None:
    file = io.BytesIO(gzip.compress(b"a\n1\n"))
    assert rows(file) == [[1]]
    assert not file.closed


@pytest.mark.parametrize(
    "options",
    [
        {"delimiter": ";;"}, {"quote": ""}, {"delimiter": "\n"}, {"delimiter": '"'}, {"comment": ""}, {"ragged": "no"},
        {"escape": '"'}, {"header_row": 0}, {"skip_rows": -1}, {"header_row": 2, "skip_rows": 1}, {"null": "NA"},
    ],
)  # fmt: skip
def test_options_that_make_no_sense(options: dict[str, Any]) -> None:
    with pytest.raises(TuckanError):
        ReadOptions(**options)


def test_load_reads_with_the_same_options(tmp_path: Path) -> None:
    def loaded(content: str, mapping: dict[str, str | None] | None = None, **options: Any) -> list[Any]:
        (tmp_path / "d.csv").write_text(content)
        fields = Fields(frozenset({"name", "title"}))
        return [
            row.record or row.wrong
            for row in read_rows(tmp_path / "d.csv", Reading(fields, mapping, options=ReadOptions(**options)))
        ]

    wanted = [{"name": "a", "title": "T"}]
    assert loaded("Our list\n# x\nname|title\na|T\n", skip_rows=1, comment="#") == wanted
    assert loaded("name:title\na:T\n", delimiter=":") == wanted
    assert loaded("a,T\n", {"column 1": "name", "column 2": "title"}, header=False) == wanted
    assert loaded("name,title\na,'T'\n", quote="'") == wanted
    assert loaded("name,title\na\n", ragged="pad") == [{"name": "a"}]
    assert loaded("name,title\na,n/a\n", null=["n/a"]) == [{"name": "a"}]
    assert "it has 1 cell, but the header has 2" in loaded("name,title\na\n")[0]


def test_on_a_python_that_can_not_tell_where_quotes_close_the_file_is_read_row_by_row(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Up to 3.11.4, possessive repeats of a group keep what their last, failing turn took."""
    monkeypatch.setattr(dialects, "_REPEATS_GIVE_BACK", False)
    assert Dialect().well_formed() is None
    assert list(came(text('a,b\n1,"x\ny"\n')).labels) == ["a", "b"]
    with pytest.raises(InvalidArgument, match="line 2: the quote that opens here is not closed"):
        came(text('a,b\n1,"x\n2,y\n3,z'))
