"""Random schemas and records: what is exported is read back, and no change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import openpyxl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tuckan.schemas import Field, Schema
from tuckan.sheets import (
    Checked,
    Exported,
    References,
    State,
    assembled,
    check,
    layout_of,
    merge,
    offered,
    parse,
    read_workbook,
    understood,
    write_workbook,
)

from ..schemas.test_properties import BOTH, record_of  # noqa: TID252 - the random schemas of another room

if TYPE_CHECKING:
    from pathlib import Path

NO_REFERENCES = References()
RESOURCE_FIELDS = (
    Field("url", "File", "upload"),
    Field("name", "Name"),
    Field("size", "Size", "integer"),
    Field("contact", "Contact", "items", subfields=(Field("person", "Person", required=True), Field("mail", "Mail"))),
)
AWKWARD = st.text(min_size=1, max_size=12).filter(lambda text: text.strip() and "\x00" not in text)
SOME = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])


def exported(
    path: Path,
    schema: Schema,
    records: list[dict[str, Any]],
    style: Any = "sheets",
    references: References = NO_REFERENCES,
) -> Path:
    layout = layout_of(schema, style)
    state = State("https://example.org", schema.entity, schema.type, schema.hash, style)
    state.choices = offered(layout, references)
    labels = [str(one.get("name") or f"r{number}") for number, one in enumerate(records)]
    for label, one in zip(labels, records, strict=True):
        state.records[label] = Exported(label, str(one.get("id") or ""), "", one)
    write_workbook(path, layout, state, zip(labels, records, strict=True))
    return path


def read(
    path: Path, schema: Schema, *, known: bool = True, references: References = NO_REFERENCES, key: tuple[str, ...] = ()
) -> Checked:
    book = parse(read_workbook(path), schema)
    if not known:
        for one in book.entries.values():
            one.exported = None
    return check(book, understood(book.layout, references, book.state), key=key)


def with_resources(both: tuple[Schema, dict[str, Any]]) -> st.SearchStrategy[tuple[Schema, dict[str, Any]]]:
    schema, record = both
    whole = Schema("dataset", "thing", schema.fields, RESOURCE_FIELDS, "scheming")
    one = record_of(RESOURCE_FIELDS[1:])
    resources = st.lists(one.map(lambda one: {"id": str(uuid4()), "url": "https://example.org/a", **one}), max_size=2)
    return resources.map(lambda some: (whole, {**record, **({"resources": some} if some else {})}))


# Texts as fields of the kind `upload` are not drawn: they are addresses.
WHOLE = BOTH.flatmap(with_resources)


@pytest.mark.parametrize("style", ["sheets", "rows"])
@SOME
@given(st.lists(WHOLE, min_size=1, max_size=1).map(lambda some: some[0]), st.integers(1, 3))
def test_what_is_exported_is_read_back_and_is_no_change(
    tmp_path_factory: pytest.TempPathFactory, style: str, both: tuple[Schema, dict[str, Any]], times: int
) -> None:
    schema, record = both
    record = {
        name: value[0] if _is_single(schema, name) and isinstance(value, list) else value
        for name, value in record.items()
    }
    records = [with_own_resources(record) for _ in range(times)]
    path = exported(tmp_path_factory.mktemp("book") / "book.xlsx", schema, records, style)
    found = read(path, schema, known=False)
    assert [str(one) for one in found.problems] == []
    assert [without_nothing(assembled(one), schema) for one in found.edits] == records
    again = read(path, schema)
    assert again.problems == []
    for edit, record in zip(again.edits, records, strict=True):
        assert (edit.fields, edit.lists, edit.removed) == ({}, {}, [])
        merged = merge(edit, record, again.book)
        assert (merged.fields, merged.conflicts) == ({}, [])


def test_labels_of_items_beside_a_record_say_whose_they_are(tmp_path: Path) -> None:
    maker = Field("maker", "Maker", "items", subfields=(Field("name", "Name", required=True),))
    schema = Schema("dataset", "thing", (Field("name", "Name", "name"), maker), RESOURCE_FIELDS[:2], "scheming")
    sheet = openpyxl.load_workbook(exported(tmp_path / "rows.xlsx", schema, [], "rows"))["thing"]
    assert [cell.value for cell in sheet[1]] == [
        "Record *", "Name", "Maker: Name *", "Resource: ID", "Resource: File", "Resource: Name", "Resource: File to upload",
    ]  # fmt: skip


def with_own_resources(record: dict[str, Any]) -> dict[str, Any]:
    if "resources" not in record:
        return record
    return {**record, "resources": [{**one, "id": str(uuid4())} for one in record["resources"]]}


def _is_single(schema: Schema, name: str) -> bool:
    field = schema.field(name)
    return field is not None and field.kind == "composite"


def without_nothing(record: dict[str, Any], schema: Schema) -> dict[str, Any]:
    return {
        name: value[0] if _is_single(schema, name) and isinstance(value, list) else value
        for name, value in record.items()
    }
