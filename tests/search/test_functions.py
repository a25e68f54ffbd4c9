"""Functions of numbers, as a search by a bounding box uses them; fields that a portal adds; and the documents of the beginning."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuckan.sandbox.search import functions
from tuckan.sandbox.search.documents import texts_of
from tuckan.sandbox.search.engine import Engine
from tuckan.sandbox.search.parameters import Parameters
from tuckan.sandbox.search.schema import Schema
from tuckan.sandbox.search.store import DOCUMENTS, copy_documents
from tuckan.sandbox.search.syntax import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Collection

SCHEMA = Path(__file__).with_name("schema.xml")
FIELDS = """<schema><fields>
  <field name="low" type="pfloat" indexed="true" stored="true"/>
  <field name="high" type="pfloat" indexed="true" stored="true"/>
  <field name="count" type="int" indexed="true" stored="true" multiValued="true"/>
</fields></schema>"""


@pytest.fixture
def fields(tmp_path: Path) -> Path:
    path = tmp_path / "fields.xml"
    types = "" if 'name="pfloat"' in SCHEMA.read_text() else '<fieldType name="pfloat" class="solr.FloatPointField"/>'
    path.write_text(FIELDS.replace("<fields>", f"{types}<fields>"))
    return path


@pytest.fixture
def engine(tmp_path: Path, fields: Path) -> Iterator[Engine]:
    engine = Engine(Schema.read(SCHEMA, fields), tmp_path / "data")
    add(engine, "short", low=1, high=2)
    add(engine, "long", low=0, high=10)
    add(engine, "half", low=5)
    add(engine, "none")
    engine.commit()
    yield engine
    engine.close()


def add(engine: Engine, key: str, **values: Any) -> None:
    known = {name: "x" for name, field in engine.schema.fields.items() if field.required}
    engine.add(texts_of({**known, engine.schema.unique_key: key, **values}))


def ask(engine: Engine, **parameters: str) -> list[str]:
    given = {"q": ["*:*"], "q.op": ["AND"], **{name: [value] for name, value in parameters.items()}}
    return [one[engine.schema.unique_key] for one in engine.search(Parameters(given)).docs]


@pytest.mark.parametrize(
    ("function", "found"),
    [
        ("{!frange l=1 u=1}sub(high,low)", ["short"]),
        ("{!frange l=1 u=1 incl=false}sub(high,low)", []),
        ("{!frange l=0 u=1 incu=false}sub(high,low)", []),
        ("{!frange l=0}sub(high,low)", ["long", "short"]),
        ("{!frange u=1}low", ["long", "short"]),
        ("{!frange l=2}max(high,low)", ["half", "long", "short"]),
        ("{!frange l=2 u=5}min( high , low , 5 )", ["half", "none"]),
        ("{!frange l=-5 u=-5}sub(0,low)", ["half"]),
        ("{!frange l=5 u=5}abs(-5)", ["half", "long", "none", "short"]),
        ("{!frange l=20}add(high,product(high,1))", ["long"]),
        ("{!frange l=1000000}div(high,low)", ["long"]),
        (
            "{!frange l=0 u=1 incl=false}div(mul(max(0,sub(min(3,high),max(1.5,low))),2),add(1.5,sub(high,low)))",
            ["long", "short"],
        ),
    ],
)
def test_a_filter_by_a_function(engine: Engine, function: str, found: list[str]) -> None:
    assert sorted(ask(engine, fq=function)) == found


@pytest.mark.parametrize(
    ("function", "why"),
    [
        ("sub(high)", "takes 2 values"),
        ("sub(high,low", "Expected"),
        ("sub(high,low))", "Expected the end"),
        ("ln(high)", "function ln is not had here"),
        ("sub(high,nowhere)", "no single number"),
        ("count", "no single number"),
        ("div(,)", "Expected"),
        ("", "Expected"),
    ],
)
def test_what_is_no_function_is_refused(engine: Engine, function: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        ask(engine, q=f"{{!frange l=0}} {function}" if function else "{!frange l=0 v=' ('}")


@pytest.mark.parametrize("bounds", ["l=a", "u=1x"])
def test_what_is_no_bound_is_refused(engine: Engine, bounds: str) -> None:
    with pytest.raises(Refused, match="no bounds"):
        ask(engine, fq=f"{{!frange {bounds}}}low")


def test_a_function_adds_to_the_score(engine: Engine) -> None:
    ranked = {"defType": "edismax", "qf": engine.schema.unique_key, "sort": "score desc"}
    assert ask(engine, bf="sub(high,low)", **ranked)[:2] == ["long", "short"]
    assert ask(engine, bf="low^10 sub(high,low)", **ranked)[0] == "half"
    assert ask(engine, bf="sub(0,high)", **ranked)[-1] != "half", "what is below nothing counts as nothing"


@given(st.text(alphabet="subminax(),. 0123456789-+highlow_", max_size=40))
def test_any_text_is_a_function_or_refused(text: str) -> None:
    with contextlib.suppress(Refused):
        functions.check(text, PARSED)


PARSED = Schema(SCHEMA.read_text())


def test_fields_that_a_file_adds_are_known_and_a_whole_schema_takes_the_place(fields: Path) -> None:
    assert Schema.read(SCHEMA).fields.keys() | {"low", "high", "count"} == Schema.read(SCHEMA, fields).fields.keys()
    whole = fields.with_name("whole.xml")
    whole.write_text(
        '<schema name="other" version="1.6"><fieldType name="s" class="solr.StrField"/><field name="key" type="s"/><uniqueKey>key</uniqueKey></schema>'
    )
    read = Schema.read(SCHEMA, fields, whole)
    assert (read.name, list(read.fields), read.unique_key) == ("other", ["key"], "key")


@pytest.mark.parametrize("value", [[{"person": "Ada"}], {"person": "Ada"}, [["a", "b"]], ["a", ["b"]]])
def test_records_and_lists_within_a_field_are_refused(value: Any) -> None:
    with pytest.raises(Refused):
        texts_of({"id": "1", "contact": value})


def test_the_documents_of_the_beginning_come_back(engine: Engine, tmp_path: Path, fields: Path) -> None:
    seeds = tmp_path / "seeds.sqlite"
    copy_documents(tmp_path / "data" / DOCUMENTS, seeds, {"half": "part"})
    restored = Engine(Schema.read(SCHEMA, fields), tmp_path / "other", seeds)
    add(restored, "later")
    restored.commit()
    add(restored, "never")
    restored.restore()
    assert sorted(ask(restored)) == ["long", "none", "part", "short"]
    assert ask(restored, fq="{!frange l=5 u=5}low") == ["part"]
    restored.commit()
    assert len(ask(restored)) == 4, "what waited is forgotten"
    restored.close()
    reopened = Engine(Schema.read(SCHEMA, fields), tmp_path / "other")
    assert sorted(ask(reopened)) == ["long", "none", "part", "short"]
    reopened.restore()
    assert ask(reopened) == [], "with none at the beginning there are none"
    reopened.close()


def test_a_wrong_filter_is_told_where_nothing_is_found(empty: Collection) -> None:
    with pytest.raises(Refused):
        empty.ids(fq=["title:none", "title:("])
