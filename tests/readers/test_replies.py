"""JSON that holds its rows inside: lists of cells, saved replies of CKAN, catalogs of other kinds."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from tuckan.errors import InvalidArgument, for_shell
from tuckan.readers import Fields, Reading, read_names, read_rows
from tuckan.readers.options import ReadOptions
from tuckan.tables.sources import incoming

FIELDS = Fields(frozenset({"name", "title"}), frozenset({"resources"}))
ROWS = [{"_id": 1, "mm": 1.5}, {"_id": 2, "mm": None}]
COLUMNS = [{"id": "_id", "type": "int"}, {"id": "mm", "type": "numeric"}]


def saved(content: Any, name: str = "a.json", indent: int | None = None) -> io.BytesIO:
    file = io.BytesIO(content if isinstance(content, bytes) else json.dumps(content, indent=indent).encode())
    file.name = name
    return file


def reply(result: Any) -> dict[str, Any]:
    return {"help": "http://x/api/3/action/help_show?name=x", "success": True, "result": result}


def table(file: io.BytesIO, **how: Any) -> tuple[list[dict[str, Any]], list[str]]:
    came = incoming(file, ReadOptions(**how), {})
    rows = [json.loads(row) for some in came.packed(came.found) for row in some]
    return [{came.labels[name]: value for name, value in row.items()} for row in rows], came.notes


def records(file: io.BytesIO) -> tuple[list[Any], list[str], list[str]]:
    how = Reading(FIELDS)
    found = list(read_rows(file, how))
    return [row.record for row in found], [row.wrong for row in found if row.wrong], how.notes


@pytest.mark.parametrize(
    ("name", "indent"), [("a.json", None), ("a.json", 1), ("a.jsonl", None), ("a", None), ("a", 1)]
)
def test_a_saved_reply_is_the_rows_it_holds(name: str, indent: int | None) -> None:
    wanted = [{"_id": 1, "mm": "1.5"}, {"_id": 2, "mm": None}]
    whole = reply({"records": ROWS, "fields": COLUMNS, "total": 2})
    assert table(saved(whole, name, indent)) == (wanted, [])
    part = reply({"records": [list(one.values()) for one in ROWS], "fields": COLUMNS, "total": 3000})
    assert table(saved(part, name, indent)) == (
        wanted,
        ["A saved reply has 2 records of 3,000; the others are not in the file"],
    )
    datasets = [{"name": "rain", "resources": [{"url": "x"}]}, {"name": "snow"}]
    assert records(saved(reply({"count": 9, "results": datasets}), name, indent)) == (
        datasets,
        [],
        ["A saved reply has 2 records of 9; the others are not in the file"],
    )
    assert records(saved(reply(datasets[0]), name, indent)) == (datasets[:1], [], [])
    assert records(saved(reply(datasets), name, indent)) == (datasets, [], [])


def test_replies_that_follow_one_another_are_read_one_after_the_other() -> None:
    pages = b"\n".join(json.dumps(reply({"results": [{"name": one}], "count": 1})).encode() for one in "abc")
    assert records(saved(pages, "a.jsonl"))[0] == [{"name": "a"}, {"name": "b"}, {"name": "c"}]
    names = saved(reply(["rain", "snow"]))
    assert [row.record for row in read_names(names, Reading(FIELDS, names=True))] == ["rain", "snow"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"help": "x", "success": False, "error": {"__type": "Not Found Error", "message": "Not found"}}, r"\(Not Found Error: Not found\)"),
        ({"help": "x", "success": False, "error": {}}, "it does not say why"),
        (reply({"records": "1,2\n", "fields": COLUMNS}), "records_format=objects"),
        (reply({"records": [[1]], "fields": COLUMNS}), "not as wide as its fields"),
    ],
)  # fmt: skip
def test_a_reply_without_rows_says_why(content: Any, said: str) -> None:
    with pytest.raises(InvalidArgument, match=said):
        table(saved(content))
    assert records(saved(content))[0] == [None]


def test_what_only_looks_like_a_reply_is_a_row() -> None:
    row = {"help": "yes", "success": True, "result": "x", "n": 1}
    assert table(saved(row, "a.jsonl"))[0] == [row]
    assert records(saved({"name": "x", "help": "h", "success": True}))[0] == [
        {"name": "x", "help": "h", "success": True}
    ]


@pytest.mark.parametrize(
    "content", [{"conformsTo": "x", "dataset": [{"title": "A"}]}, {"title": "C", "dcat:dataset": [{"title": "A"}]}]
)
def test_a_catalog_is_called_one(content: Any) -> None:
    assert "DCAT catalog (data.json) with 1 dataset" in records(saved(content))[1][0]
    with pytest.raises(InvalidArgument, match="is a DCAT catalog") as failed:
        table(saved(content))
    assert "--record-path" in for_shell(failed.value.hint or "")


def test_an_object_that_holds_the_records_is_said_to() -> None:
    held = {"ok": True, "data": {"datasets": [{"name": "rain"}]}}
    (wrong,) = records(saved(held))[1]
    assert wrong.endswith("record_path='data.datasets'")
    assert for_shell(wrong).endswith("--record-path data.datasets")
    assert records(saved({"title": "no name", "resources": [{"url": "x"}]}))[1] == []


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b'["a","b"]\n[1,"x"]\n[2,null]\n', "a.jsonl"),
        (b'["a","b"]\n[1,"x"]\n[2,null]\n', "a.json"),
        (b'\xef\xbb\xbf["a", "b"]\r\n\r\n[1,"x"]\n[2,null]', "a"),
        (b'[["a","b"],[1,"x"],[2,null]]', "a.json"),
        (b'[["a","b"],[1,"x"],[2,null]]', "a.jsonl"),
        (b'[\n ["a","b"],\n [1,"x"],\n [2,null]\n]', "a.jsonl"),
    ],
)
def test_rows_of_cells_need_a_header(content: bytes, name: str) -> None:
    assert table(saved(content, name), header_row=1)[0] == [{"a": 1, "b": "x"}, {"a": 2, "b": None}]
    assert table(saved(content, name), header=False)[0][1] == {"column 1": "1", "column 2": "x"}
    with pytest.raises(InvalidArgument, match=r"line \d+: the rows are lists") as failed:
        table(saved(content, name))
    assert "--header-row 1" in for_shell(failed.value.hint or "")


def test_a_row_of_cells_of_another_width_is_refused_with_its_line() -> None:
    with pytest.raises(InvalidArgument, match=r"line 3: it has 1 value"):
        table(saved(b'["a","b"]\n[1,2]\n[3]\n', "a.jsonl"), header_row=1)
    assert table(saved(b'["a","b"]\n[1,2]\n[3]\n', "a.jsonl"), header_row=1, ragged="pad")[0][1] == {"a": 3, "b": None}


@pytest.mark.parametrize("content", [b'[{"a": 1}, {"a": 2}]', b'{"a":1}\n{"a":2}\n', b'{\n "a": 1\n}\n{"a":2}'])
def test_json_is_known_under_the_name_of_a_table(content: bytes) -> None:
    assert table(saved(content, "a.csv"))[0] == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a\0,b\n1,x\n", "bytes of zero|NUL"),
        (b"\0a,b\n1,x\n", "bytes of zero|NUL"),
        (b" <table><tr><td>a</td></tr></table>", "a web page"),
        (b"<meta charset=utf-8><table><tr><td>a</td></tr></table>", "a web page"),
    ],
)
def test_what_is_no_text_of_a_table_is_called_what_it_is(content: bytes, said: str) -> None:
    with pytest.raises(InvalidArgument, match=said):
        table(saved(content, "a.csv"))


def test_utf_16_without_a_mark_is_known() -> None:
    for encoding in ("utf-16-le", "utf-16-be"):
        assert table(saved("gauge,é\n1,x\n".encode(encoding), "a.csv"))[0] == [{"gauge": 1, "é": "x"}]
