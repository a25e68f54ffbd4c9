"""Which rows a portal's loader leaves as they are, and the file that it reads."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from tuckan import errors
from tuckan.tables.copyable import BOM, LONGEST_TEXT, Fitness, keeping, kept, write_file
from tuckan.tables.types import Type, named

if TYPE_CHECKING:
    from pathlib import Path

INT = Type("int64")


def looked_at(columns: dict[str, Any], **types: str) -> Fitness:
    batch = pa.record_batch(columns)
    fitness = Fitness({name: named(types.get(name, "text")) for name in columns})
    fitness.look(batch)
    return fitness


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        ({"a": ["x", ""], "b": ["y", "z"]}, "the column 'a' has an empty text, which would become a null"),
        (
            {"a": ["x", "y\r\nz"], "b": ["y", "z"]},
            "the column 'a' has a carriage return, which would become a line feed",
        ),
        ({"a": ["x", None], "b": ["y", None]}, "a row has no values, and would be dropped"),
        ({"a": ["x"]}, "a table of one column is read differently"),
        ({"größe": ["x"], "b": ["y"]}, "the name of the column 'größe' would be changed"),
        ({"2024": ["x"], "b": ["y"]}, "the name of the column '2024' would be changed"),
        ({"Infinity": ["x"], "b": ["y"]}, "the name of the column 'Infinity' would be changed"),
        ({"a:b": ["x"], "b": ["y"]}, "the name of the column 'a:b' would be changed"),
        (
            {"a": ["x" * (LONGEST_TEXT + 1)], "b": ["y"]},
            "the column 'a' has a text of 100,001 bytes, and 100,000 are read at most",
        ),
    ],
)
def test_what_a_loader_would_change(columns: dict[str, Any], why: str) -> None:
    assert looked_at(columns).why == why


def test_json_is_kept_in_a_form_of_its_own() -> None:
    why = looked_at({"a": ['{"b": 1}'], "c": ["x"]}, a="json").why
    assert why == "the column 'a' holds JSON, which CKAN keeps in a form of its own"
    assert looked_at({"a": [["{}"]], "c": ["x"]}, a="list<json>").why == why


def test_rows_that_show_a_change_are_compared() -> None:
    texts = [
        "plain",
        "also plain",
        " edge",
        "another edge ",
        "größe",
        "\u00a0",
        'a "quote"',
        "back\\slash",
        "two\nlines",
        "x ",
    ]
    fitness = looked_at({"n": list(range(10)), "a": texts}, n="int64")
    assert (fitness.why, fitness.rows) == ("", 10)
    assert fitness.notable == {2, 4, 6, 7, 8}
    fitness.look(pa.record_batch({"n": [1, 2], "a": ["ß", "plain"]}))
    assert (fitness.notable, fitness.rows) == ({2, 4, 6, 7, 8}, 12), "the first of its kind is enough"


def test_a_reason_in_a_later_batch_counts() -> None:
    fitness = looked_at({"n": [1, 2], "a": ["x", "y"]}, n="int64")
    fitness.look(pa.record_batch({"n": [1], "a": [""]}))
    assert fitness.why
    assert fitness.rows == 3


def test_the_file_has_null_and_every_text_apart(tmp_path: Path) -> None:
    types = {
        "n": INT,
        "a": Type("text"),
        "d": named("decimal(4, 2)"),
        "l": named("list<text>"),
        "day": Type("timestamp"),
    }
    rows = pa.record_batch(
        {
            "n": pa.array([1, None]),
            "a": [None, 'say "x", ok\nyes'],
            "d": pa.array([Decimal("1.50"), None], pa.decimal128(4, 2)),
            "l": [["a", None], None],
            "day": pa.array([0, None], pa.timestamp("us")),
        }
    )
    size = write_file(tmp_path / "file.csv", [rows, rows], types)
    written = (tmp_path / "file.csv").read_bytes()
    assert (len(written), written[:3]) == (size, BOM)
    one = b'"1",,"1.50","{""a"",NULL}","1970-01-01 00:00:00.000000"\n,"say ""x"", ok\nyes",,,\n'
    assert written[3:] == b'"n","a","d","l","day"\n' + one + one
    assert list(csv.reader(io.StringIO(written[3:].decode())))[2] == ["", 'say "x", ok\nyes', "", "", ""]


def test_rows_on_disk_come_back_and_damage_is_said(tmp_path: Path) -> None:
    path, types = tmp_path / "push.arrow", {"n": INT, "a": Type("text")}
    batches = [pa.record_batch({"n": [1, 2], "a": ["x", None]}), pa.record_batch({"n": [3], "a": [""]})]
    with keeping(path, types) as file:
        for one in batches:
            file.write_batch(one)
    assert list(kept(path)) == batches
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(errors.ConfigurationError, match="The rows of the job push can no longer be read"):
        list(kept(path))
    path.unlink()
    with pytest.raises(errors.ConfigurationError, match="can no longer be read"):
        list(kept(path))
