"""Random schemas and records: what is valid is sent, kept and read back unchanged; each single mistake is found with its path."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tuckan.jobs.records import FIELDS, Schemas
from tuckan.readers import Reading, read_rows
from tuckan.schemas import Choice, Field, Schema, decoded, encoded, problems
from tuckan.snapshot import differing, merged

if TYPE_CHECKING:
    from tuckan.sandbox import Sandbox

NAMES = [f"field_{letter}" for letter in "abcdefgh"]
CHOICES = (Choice("red", "Red"), Choice("green", "Green"), Choice("blue, dark", "Dark blue"))
LANGUAGES = ("en", "pt-BR")
# Texts that no portal takes for nothing, and none for JSON.
TEXTS = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=8).map(
    lambda text: f"t {text}"
)
DATES = st.dates().filter(lambda day: day.year > 999).map(str)
SIMPLE: dict[str, Any] = {
    "text": TEXTS,
    "markdown": TEXTS,
    "integer": st.integers(-(10**9), 10**9),
    "date": DATES,
    "choice": None,
}
LISTS: dict[str, Any] = {
    "choices": None,
    "texts": st.lists(TEXTS, min_size=1, max_size=3),
    "json": st.dictionaries(TEXTS, st.integers() | TEXTS, min_size=1, max_size=2),
    "languages": st.fixed_dictionaries(dict.fromkeys(LANGUAGES, TEXTS)),
}
DEEP = ("items", "composite", "composite items")


@st.composite
def fields(draw: st.DrawFn, kinds: tuple[str, ...]) -> tuple[Field, ...]:
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True))
    found: list[Field] = []
    for name in names:
        kind: Any = draw(st.sampled_from(kinds))
        found.append(
            Field(
                name,
                name.title(),
                kind,
                draw(st.booleans()),
                choices=CHOICES if kind in ("choice", "choices") else (),
                subfields=draw(fields(tuple(SIMPLE))) if kind in DEEP else (),
                languages=LANGUAGES if kind == "languages" else (),
            )
        )
    return tuple(found)


def value_of(field: Field) -> st.SearchStrategy[Any]:
    if field.kind in DEEP:
        item = record_of(field.subfields)
        return item if field.kind == "composite" else st.lists(item, min_size=1, max_size=3)
    if field.kind in ("choice", "choices"):
        one = st.sampled_from([choice.value for choice in field.choices])
        return one if field.kind == "choice" else st.lists(one, min_size=1, unique=True)
    return (SIMPLE | LISTS)[field.kind]


def record_of(some: tuple[Field, ...]) -> st.SearchStrategy[dict[str, Any]]:
    required = {one.name: value_of(one) for one in some if one.required}
    optional = {one.name: value_of(one) for one in some if not one.required}
    # An item of which nothing is said is none.
    return st.fixed_dictionaries(required, optional=optional).filter(bool)


SCHEMAS = fields((*SIMPLE, *LISTS, *DEEP)).map(lambda some: Schema("dataset", "thing", some, source="scheming"))
BOTH = SCHEMAS.flatmap(lambda schema: st.tuples(st.just(schema), record_of(schema.fields)))


def kept(value: Any, field: Field) -> Any:
    """A value as ckanext-scheming keeps it."""
    if field.kind in DEEP:
        subfields = {one.name: one for one in field.subfields}
        items = value if isinstance(value, list) else [value]
        items = [{name: kept(one, subfields[name]) for name, one in item.items()} for item in items]
        found = items if isinstance(value, list) else items[0]
        return found if field.kind == "items" else json.dumps(found, indent=1)
    if field.kind == "choices":
        return [one.value for one in field.choices if one.value in value]
    return str(value) if field.kind == "integer" else value


def as_kept(record: dict[str, Any], schema: Schema) -> dict[str, Any]:
    by_name = {one.name: one for one in schema.fields}
    return {"type": "thing", **{name: kept(value, by_name[name]) for name, value in record.items()}}


@given(BOTH)
def test_what_is_valid_is_sent_once_and_is_no_change_afterwards(both: tuple[Schema, dict[str, Any]]) -> None:
    schema, record = both
    record = {"type": "thing", **record}
    assert problems(record, schema) == []
    assert decoded(encoded(record, schema), schema) == record
    there = as_kept({name: value for name, value in record.items() if name != "type"}, schema)
    for again in (record, there, decoded(there, schema)):
        sent = Schemas("dataset", {"thing": schema}).as_sent(again, there)
        assert differing(there, merged(there, sent)) == {}


@given(BOTH)
def test_a_row_of_a_table_holds_what_its_record_says(both: tuple[Schema, dict[str, Any]]) -> None:
    schema, record = both
    cells = {name: one if isinstance(one, str) else json.dumps(one) for name, one in record.items()}
    for field in schema.fields:
        if field.kind in ("items", "composite items", "composite", "languages") and field.name in cells:
            del cells[field.name]
            cells |= deep_cells(field, record[field.name])
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, list(cells))
    writer.writeheader()
    writer.writerow(cells)
    how = Reading(FIELDS["dataset"].with_schemas([schema]))
    [row] = read_rows(io.BytesIO(file.getvalue().encode()), how)
    assert (row.wrong, row.record) == ("", record)


def deep_cells(field: Field, value: Any) -> dict[str, str]:
    if isinstance(value, dict):
        return {f"{field.name}.{key}": str(one) for key, one in value.items()}
    return {f"{field.name}.{place}.{key}": str(one) for place, item in enumerate(value) for key, one in item.items()}


WRONG: dict[str, Any] = {
    "integer": "many",
    "date": "soon",
    "choice": "redd",
    "choices": ["redd"],
    "json": "[1",
    "languages": 3,
}


@given(BOTH, st.data())
def test_a_single_mistake_is_found_with_its_path(both: tuple[Schema, dict[str, Any]], data: st.DataObject) -> None:
    schema, record = both
    field = data.draw(st.sampled_from(schema.fields))
    path, place = field.name, record
    if field.kind in DEEP and field.name in record:
        value = record[field.name]
        number = data.draw(st.integers(0, len(value) - 1)) if isinstance(value, list) else 0
        place = value[number] if isinstance(value, list) else value
        field = data.draw(st.sampled_from(field.subfields))
        path = f"{path}[{number}].{field.name}" if isinstance(value, list) else f"{path}.{field.name}"
    if field.kind in WRONG:
        place[field.name] = WRONG[field.kind]
    elif field.required:
        place[field.name] = ""
    else:
        place["field_x"] = "unknown"
        path = path.removesuffix(field.name) + "field_x"
    assert [one.path for one in problems(record, schema)] == [path]


@pytest.fixture
def known(rivers: Sandbox) -> Schema:
    with rivers.client() as ckan:
        return ckan.schemas.get("instrument")


@settings(max_examples=1, phases=[Phase.generate], suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.data())
def test_random_records_of_a_portals_schema_are_loaded_dumped_and_loaded_again(
    rivers: Sandbox, known: Schema, data: st.DataObject
) -> None:
    own = tuple(one for one in known.fields if one.kind in SIMPLE | LISTS or one.kind in DEEP)
    fixed = {"type": "instrument", "owner_org": "rivers", "title": "A random one"}
    records = [{**data.draw(record_of(own)), **fixed, "name": f"random-{uuid4()}"} for _ in range(12)]
    with rivers.client() as ckan:
        for given_records, done in ((records, {"created": 12}), (records, {})):
            with ckan.jobs.load(given_records) as job:
                assert (job.run().done, next((one.reason for one in job.failures()), "")) == (done, "")
        dumped = [ckan.datasets.get(one["name"]) for one in records]
        with ckan.jobs.load(dumped) as job:
            assert (job.plan().unchanged, job.run().unchanged) == (12, 12)
