"""What workbooks of records cost: as much for each record, however many there are. No clock is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuckan.schemas import Choice, Field, Schema
from tuckan.sheets import (
    Exported,
    References,
    State,
    check,
    layout_of,
    parse,
    read_workbook,
    understood,
    write_workbook,
)
from tuckan.sheets.cells import MOST_COMPARED, Near

from .test_costs import calls_of

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = Schema(
    "dataset",
    "instrument",
    (
        Field("name", "Name", "name", required=True),
        Field("status", "Status", "choice", choices=(Choice("on", "In use"), Choice("off", "Out of use"))),
        Field("maker", "Maker", "items", subfields=(Field("since", "Since", "date"),)),
    ),
    (Field("url", "File", "upload"), Field("name", "Name")),
    "scheming",
)


def written(path: Path, records: int) -> None:
    state = State("https://example.org", "dataset", "instrument", SCHEMA.hash)
    made: list[tuple[str, dict[str, Any]]] = []
    for n in range(1000, 1000 + records):
        id_, maker = f"00000000-0000-0000-0000-00000000{n}", [{"since": f"{n}-01-31"}]
        resources = [{"id": id_, "url": "https://example.org/a", "name": "a"}]
        one = {"id": id_, "name": f"record-{n}", "status": "on", "maker": maker, "resources": resources}
        made.append((one["name"], one))
        state.records[one["name"]] = Exported(one["name"], id_, "", one)
    write_workbook(path, layout_of(SCHEMA), state, made)


def checked(path: Path) -> None:
    book = parse(read_workbook(path), SCHEMA)
    assert check(book, understood(book.layout, References(), book.state)).problems == []


def test_calls_for_each_record_do_not_grow(tmp_path: Path) -> None:
    paths = {records: tmp_path / f"{records}.xlsx" for records in (20, 60, 100)}
    written(paths[20], 20)  # what is loaded or remembered at first is not counted
    checked(paths[20])
    exporting = [calls_of(lambda one=one, path=path: written(path, one)) for one, path in paths.items()]
    checking = [calls_of(lambda path=path: checked(path)) for path in paths.values()]
    for few, some, many in (exporting, checking):
        assert (many - some) < 1.1 * (some - few)


def test_there_is_an_end_to_looking_for_what_was_meant() -> None:
    near, names = Near(), [f"record-{n}" for n in range(MOST_COMPARED // 40)]
    found = [near("record", f"recrd-{n}", names) for n in range(60)]
    assert found[:40] == names[:40]
    assert not any(found[40:])
    assert near("record", "recrd-1", names) == "record-1"
    assert near("organization", "recrd-1", names) == "record-1"
