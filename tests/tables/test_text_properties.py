"""Readers of text under files that nobody wrote: thousands of mutated files, and tables of nasty values in any dialect."""

from __future__ import annotations

import csv
import io
import json
import random
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tuckan.errors import TuckanError
from tuckan.readers import Fields, Reading, read_rows
from tuckan.readers.options import ReadOptions
from tuckan.tables import from_csv
from tuckan.tables.json_rows import packed
from tuckan.tables.sources import incoming

if TYPE_CHECKING:
    from collections.abc import Iterator

CASES = (
    one
    for one in sorted((Path(__file__).parent / "cases").iterdir())
    if one.suffix in (".csv", ".txt", ".json", ".jsonl")
)
SMALL = [one.read_bytes() for one in CASES if one.stat().st_size < 4000]
PIECES = [
    b'"', b'""', b"'", b"\\", b",", b";", b"\t", b"|", b"\n", b"\r", b"\r\n", b"\0", b"\xff", b"\xef\xbb\xbf", b"\xed\xa0\x80",
    b"\xe2\x80\xa8", b"\xc2\x85", b"\x0b", b"#", b"sep=;", b"[", b"]", b"{", b"}", b"1e999999999", b"-0", b"\\ud800", b":", b"NaN",
    b"9" * 5000, b"[" * 3000, b"null", b"2024-02-30", b" ", b"PK\x03\x04", b"\x1f\x8b", b"BZh9", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", b"PAR1",
]  # fmt: skip
OPTIONS = [
    {}, {}, {}, {"ragged": "pad"}, {"ragged": "cut", "null": ["a"]}, {"quote": "none"}, {"escape": "\\"}, {"header": False},
    {"comment": "#", "skip_rows": 1}, {"header_row": 2}, {"delimiter": "|", "skip_initial_space": True}, {"encoding": "cp1252"},
    {"encoding": "utf-16"}, {"record_path": "data"}, {"header_row": 1},
]  # fmt: skip
FIELDS = Fields(frozenset({"name"}), others=True)


def read(data: bytes, name: str, **options: Any) -> tuple[dict[str, str], list[str], list[bytes]] | str:
    """Names, types and rows; or what is wrong."""
    file = io.BytesIO(data)
    file.name = name
    try:
        came = incoming(file, ReadOptions(**options), {})
        rows = [row for batch in came.batches(came.found) for row in packed(batch, came.found)]
    except TuckanError as error:
        assert error.message
        return f"{error}"
    return {name: str(kind) for name, kind in came.found.items()}, came.notes, rows


@contextmanager
def without_arrow() -> Iterator[None]:
    with mock.patch.object(from_csv, "_parsed", return_value=None):
        yield


def mutated(chance: random.Random) -> bytes:
    data = bytearray(chance.choice(SMALL))
    for _ in range(chance.randint(1, 4)):
        at = chance.randint(0, len(data))
        way = chance.random()
        if way < 0.6:
            data[at:at] = chance.choice(PIECES)
        elif way < 0.8:
            del data[at : at + chance.randint(1, 9)]
        elif way < 0.9:
            data[at : at + 1] = bytes([chance.randrange(256)])
        else:
            data += bytes(data[at:])
    return bytes(data)


@pytest.mark.parametrize("seed", range(8))
def test_a_mutated_file_is_read_or_refused(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """No traceback, whatever the bytes are; and Arrow reads nothing that would be read otherwise without it."""
    chance = random.Random(seed)
    ways = set[bool]()
    for _ in range(300):
        data, name = mutated(chance), chance.choice(["t.csv", "t.tsv", "t.json", "t.jsonl", "t"])
        options = chance.choice(OPTIONS)
        monkeypatch.setattr(from_csv, "BLOCK", chance.choice([1, 7, 1 << 22]))
        found = read(data, name, **options)
        ways.add(isinstance(found, str))
        with without_arrow():
            assert read(data, name, **options) == found, (data, name, options)
        file = io.BytesIO(data)
        file.name = name
        with suppress(TuckanError):
            list(read_rows(file, Reading(FIELDS, options=ReadOptions(**options))))
    assert ways == {True, False}


# -- any table, in any dialect --

NASTY = st.sampled_from(
    [
        "", " ", "a", "NULL", "+1", "-0", "007", "1.10", "1E5", "0x1F", "2024-02-30", "\n", "\r\n", "\r", '"', '""', "'", "\\", ",", ";",
        "\t", "|", "\u2028", "\x85", "\v", "\x1c", "\ufeff", "# x", "sep=;", "=1+1", "é", "😀", "1,5", "a\\", '\\"', "[1]", "{",
    ]
)  # fmt: skip
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
CELLS = NASTY | TEXT | st.tuples(NASTY, NASTY).map("".join)
DIALECTS = st.fixed_dictionaries(
    {
        "delimiter": st.sampled_from(",;\t|:^~ "),
        "quotechar": st.sampled_from("\"'`"),
        "escapechar": st.sampled_from([None, "\\"]),
        "lineterminator": st.sampled_from(["\n", "\r\n", "\r"]),
        "quoting": st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC]),
    }
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(width=st.integers(2, 4), data=st.data(), dialect=DIALECTS)
def test_any_table_comes_back_cell_by_cell(width: int, data: Any, dialect: dict[str, Any]) -> None:
    rows = data.draw(st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=5))
    dialect["doublequote"] = dialect["escapechar"] is None
    if any(set(cell) & {"\r", "\n"} for row in rows for cell in row):
        dialect["quoting"] = csv.QUOTE_ALL  # Python's writer leaves a lone CR without quotes
    text = io.StringIO(newline="")
    csv.writer(text, **dialect).writerows([[f"c{n}" for n in range(width)], *rows])
    options = {"delimiter": dialect["delimiter"], "quote": dialect["quotechar"], "escape": dialect["escapechar"]}
    file = io.BytesIO(text.getvalue().encode())
    with mock.patch.object(from_csv, "BLOCK", data.draw(st.sampled_from([2, 1 << 22]))):
        came = incoming(file, ReadOptions(**options), {})
    as_text = dict.fromkeys(came.found, "text")
    types = came.types(as_text, {})
    found = [list(json.loads(row).values()) for batch in came.batches(types) for row in packed(batch, types)]
    # Unquoted, blank is null; written with quotes, it is empty text.
    quoted = dialect["quoting"] != csv.QUOTE_MINIMAL
    assert found == [[cell if cell or quoted else None for cell in row] for row in rows]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.none() | NASTY | st.from_regex(r"[-+]?[0-9]{1,25}([.][0-9]{0,25})?([eE][0-9]{1,3})?", fullmatch=True), min_size=1, max_size=4))  # fmt: skip
@example(["9" * 19, "0.5"])
@example(["NaN", "1"])
def test_a_column_gives_back_every_text(values: list[str | None]) -> None:
    """Whatever its type becomes, PostgreSQL writes each value as it was written."""
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_MINIMAL).writerows([["a", "b"], *([one, "x"] for one in values)])
    kinds, _, rows = read(text.getvalue().encode(), "t.csv")
    for row, value in zip(rows, values, strict=True):
        found = json.loads(row)["a"]
        if kinds["a"] in ("int64", "numeric", "text"):
            assert (None if found is None else str(found)) == (value or None), kinds
