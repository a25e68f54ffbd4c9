"""Random schemas and records: what is valid is sent, kept and read back unchanged; each single mistake is found with its path."""

from __future__ import annotations

import csv
import io
import itertools
import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuckan.errors import InDoubt, ValidationError
from tuckan.jobs.records import FIELDS, Schemas
from tuckan.readers import Reading, read_rows
from tuckan.schemas import ENTITIES, Choice, Field, Schema, decoded, encoded, problems
from tuckan.snapshot import differing, merged

from .random_schemas import TYPES, examples

if TYPE_CHECKING:
    from tuckan import Client
    from tuckan.sandbox import Sandbox
    from tuckan.schemas import Entity

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
    "datetime": DATES.map(lambda day: f"{day}T10:20:30"),
    "email": TEXTS.map(lambda text: f"{text[2:].encode().hex()}@example.org"),
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
    "email": "ann at home",
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


# -- random schemas, and the examples of ckanext-scheming, on a portal --

NO_RESOURCES = "codelist"
"""A type whose schema has no `resource_fields`: ckanext-scheming 3.1 itself fails to create one, with status 500."""
EXAMPLES = {
    "dataset": {"dataset", "camel-photos", "subfields", "formpages", NO_RESOURCES},
    "organization": {"organization", "publisher"},
    "group": {"group", "theme"},
}


def known(ckan: Client) -> list[Schema]:
    """Every schema of the portal: the examples of ckanext-scheming are among them."""
    found = [ckan.schemas.get(type_, entity=entity) for entity in ENTITIES for type_ in ckan.schemas.types(entity)]
    for entity in ENTITIES:
        assert EXAMPLES[entity] <= {one.type for one in found if one.entity == entity}
    assert {*TYPES, "instrument"} <= {one.type for one in found}
    return [one for one in found if one.type != NO_RESOURCES]


def own(schema: Schema) -> tuple[Field, ...]:
    return tuple(one for one in schema.fields if one.kind in SIMPLE | LISTS or one.kind in DEEP)


def random_records(schema: Schema, number: int) -> list[dict[str, Any]]:
    fixed = {"type": schema.type, "title": "A random one"}
    parts = schema.resource_fields[1:]
    resources = st.lists(record_of(parts), max_size=2 if parts else 0)
    found: list[dict[str, Any]] = []
    for record, links in examples(st.tuples(record_of(own(schema)), resources), number, 5):
        found.append({**record, **fixed, "name": f"random-{uuid4()}"})
        if schema.entity == "dataset":
            files = [{"url": "https://example.org/a.csv", **one} for one in links]
            found[-1] |= {"owner_org": "rivers", "resources": files}
    return found


@pytest.mark.parametrize("entity", ENTITIES)
def test_records_of_every_schema_are_loaded_dumped_loaded_again_unchanged_and_changes_undone(
    rivers: Sandbox, entity: Entity
) -> None:
    with rivers.client() as ckan:
        schemas = [one for one in known(ckan) if one.entity == entity]
        records = [one for schema in schemas for one in random_records(schema, 2)]
        assert loaded(ckan, records, entity) == ({"created": len(records)}, 0, [])
        assert loaded(ckan, records, entity) == ({}, len(records), [])
        dumped = [getattr(ckan, f"{entity}s").get(one["name"]) for one in records]
        assert loaded(ckan, dumped, entity) == ({}, len(records), [])
        others = [{"name": one["name"], "type": one["type"], "title": "Another title"} for one in records[::2]]
        with ckan.jobs.load(others, kind=entity) as job:
            assert job.run().done == {"changed": len(others)}
            with job.undo() as undo:
                assert undo.run().complete
        assert loaded(ckan, dumped, entity) == ({}, len(records), [])


def loaded(ckan: Client, records: list[dict[str, Any]], entity: Entity) -> tuple[Any, int, list[str]]:
    with ckan.jobs.load(records, kind=entity) as job:
        report = job.run()
        return report.done, report.unchanged, [one.reason for one in job.failures()]


ODD: list[Any] = [
    *("", " ", "x", "red", "redd", "0", "-3", "3.0", " 7 ", "1e3", "[1", '{"a": 1}', "2020-02-30", "2020-1-5"),
    *("2020-01-05T10:00", "2020-01-05 10:00:00", "2020-01-05T10:00:00.5", "2020-01-05T99:00"),
    *(5, 1.5, None, 10**30, [], [""], ["red"], ["x", 3], [["a"]], [{"a": 1}]),
    *({}, {"en": "x"}, {"Deutsch!": "x"}, {"en": 3}),
]
TAKEN_AS_TEXT = ("text", "markdown", "languages", "composite items")
"""Kinds that the portal writes down whatever they are given, where tuckan says that it is no text or no record."""


def test_what_a_portal_refuses_is_found_before(rivers: Sandbox) -> None:
    numbers = itertools.count(3, 5)
    with rivers.client() as ckan:
        for schema in known(ckan):
            [good] = random_records(schema, 1)
            for field in own(schema):
                odd = ODD[next(numbers) % len(ODD)]
                record = {**good, field.name: odd, "name": "No Name!"}  # by which nothing is ever created
                paths = {one.path.partition(".")[0].partition("[")[0] for one in problems(record, schema)}
                assert paths in (set(), {field.name}), (schema.type, field, odd)
                if paths and (field.kind in TAKEN_AS_TEXT or field.open or odd == " "):
                    continue
                refused = refusal(ckan, schema.entity, encoded(record, schema))
                assert bool(paths) == bool(refused), (schema.type, field, odd, refused)


def refusal(ckan: Client, entity: Entity, record: dict[str, Any]) -> Any:
    """What a portal has against a record besides its name."""
    try:
        ckan.call("package_create" if entity == "dataset" else f"{entity}_create", record)
    except ValidationError as error:
        return {name: one for name, one in error.error.items() if name not in ("name", "__type")}
    except InDoubt as error:  # some of what it is given makes scheming fail
        return error
    raise AssertionError("a record has no such name")
