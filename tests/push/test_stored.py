"""A table kept as Parquet has types where these give back the portal's text, and is restored to the very same rows."""

from __future__ import annotations

import gzip
import hashlib
import json
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from tuckan.errors import ConfigurationError
from tuckan.push.backup import add_row, read_backup
from tuckan.push.stored import _write, read_stored, stored_table
from tuckan.wire import postgres_csv

if TYPE_CHECKING:
    from pathlib import Path

    from tuckan.push.backup import Backup

COLUMNS: dict[str, tuple[str, list[str | None], str]] = {
    "whole": ("numeric", ["1", "-20", None], "int64"),
    "fraction": ("numeric", ["702.5", "700", "0.1"], "double"),
    "money": ("numeric", ["1.50", "2.00", None], "decimal128(38, 2)"),
    "zeros": ("numeric", ["1.50", "2", "3.000"], "string"),
    "long": ("numeric", ["1" * 40, "2", "3"], "string"),
    "count": ("int4", ["1", None, "-3"], "int32"),
    "float": ("float8", ["1", "0.1", "1e+20"], "double"),
    "small": ("float4", ["0.1", "1e-05", None], "float"),
    "is": ("bool", ["t", "f", None], "bool"),
    "day": ("date", ["2024-02-29", "1900-01-01", None], "date32[day]"),
    "before": ("date", ["0044-03-15 BC", "2024-02-29", None], "string"),
    "moment": ("timestamp", ["2024-02-29 01:02:03", "2024-02-29 01:02:03.5", None], "timestamp[us]"),
    "here": ("timestamptz", ["2024-02-29 01:02:03+00", None, None], "timestamp[us, tz=UTC]"),
    "there": ("timestamptz", ["2024-02-29 01:02:03+01", None, None], "string"),
    "clock": ("time", ["01:02:03", "01:02:03.25", None], "time64[us]"),
    "text": ("text", ["", None, 'a "b"\nc, d'], "string"),
    "json": ("jsonb", ['{"a": [1, 2]}', None, "[]"], "string"),
    "null": ("jsonb", ["null", None, "1"], "string"),
    "list": ("_text", ['["a","b\\"c"]', None, "[]"], "list<element: string>"),
    "numbers": ("_int4", ["[1,2]", "[null]", None], "list<element: int32>"),
    "empty": ("numeric", [None, None, None], "int64"),
}


def backup_of(path: Path, columns: dict[str, tuple[str, list[str | None], str]]) -> Backup:
    """A backup of a table with these columns, a page for each row."""
    table = {
        "fields": [{"id": name, "type": kind, "info": {"notes": name}} for name, (kind, _, _) in columns.items()],
        "key": ["count"], "aliases": ["also"], "indexes": [],
    }  # fmt: skip

    def cell(value: str | None) -> str:
        return "" if value is None else '"' + value.replace('"', '""') + '"'

    rows = zip(*(values for _, values, _ in columns.values()), strict=True)
    pages = [f"{n + 7},{','.join(map(cell, row))}\n" for n, row in enumerate(rows)]
    head: Any = {"format": 1, "resource": "r", "table": table}
    lines = [json.dumps(one).encode() + b"\n" for one in (head, *pages)]
    end = {"rows": len(pages), "last": len(pages) + 6, "sha256": hashlib.sha256(b"".join(lines)).hexdigest()}
    path.write_bytes(gzip.compress(b"".join(lines) + json.dumps(end).encode() + b"\n"))
    return read_backup(path)


def test_each_type_comes_back_as_the_portal_wrote_it(tmp_path: Path) -> None:
    backup = backup_of(tmp_path / "backup", COLUMNS)
    _write(backup, path := tmp_path / "table.parquet")
    types = {one.name: str(one.type) for one in pq.read_schema(path)}
    assert types == {name: arrow for name, (_, _, arrow) in COLUMNS.items()}
    stored = read_stored(path)
    rows = [list(row) for row in stored.cells()]
    assert rows == [list(cells) for cells in backup.cells()] != []
    assert list(stored.rows()) == list(backup.rows())
    assert (stored.table, stored.count) == (backup.table, backup.count)
    checksum = hashlib.sha256()
    for page in backup.pages():
        for cells in postgres_csv.rows(page):
            add_row(checksum, cells[1:])
    assert stored.content.sha256 == checksum.hexdigest()


def test_a_table_without_rows_is_one(tmp_path: Path) -> None:
    columns: Any = {name: (kind, [], "") for name, (kind, _, _) in COLUMNS.items()}
    _write(backup_of(tmp_path / "backup", columns), path := tmp_path / "table.parquet")
    assert list(read_stored(path).rows()) == []


def test_what_is_no_such_table_is_not_restored(tmp_path: Path) -> None:
    _write(backup_of(tmp_path / "backup", COLUMNS), path := tmp_path / "table.parquet")
    table = pq.read_table(path)
    pq.write_table(table.slice(0, 2), path)
    assert stored_table(path).count.rows == 3, "what it says of itself is not what it has"
    with pytest.raises(ConfigurationError, match="its checksum is wrong"):
        read_stored(path)
    pq.write_table(table.replace_schema_metadata({}), path)
    with pytest.raises(ConfigurationError, match=r"table\.parquet can't be restored"):
        read_stored(path)
    path.write_bytes(b"PAR1")
    with pytest.raises(ConfigurationError, match=r"table\.parquet can't be restored"):
        read_stored(path)
