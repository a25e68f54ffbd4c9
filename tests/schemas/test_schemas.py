"""Schemas: from what portals say of their types to fields, and what is wrong with records by them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuckan import errors, show
from tuckan.schemas import Field, Problem, Schema, in_order, labelled, problems
from tuckan.schemas.scheming import from_scheming
from tuckan.schemas.standard import standard

if TYPE_CHECKING:
    from tests.shell import Shell

    from tuckan import Client

# Written for this test in the form that ckanext-scheming 3.1 gives, presets expanded.
SAID: dict[str, Any] = {
    "dataset_type": "instrument",
    "about": "Instruments",
    "form_languages": ["en", "fr"],
    "dataset_fields": [
        {
            "field_name": "name",
            "label": "Name",
            "preset": "dataset_slug",
            "validators": "not_empty unicode_safe name_validator",
        },
        {
            "field_name": "title_translated",
            "label": {"fr": "Titre", "en": "Title"},
            "preset": "fluent_core_translated",
            "required": True,
        },
        {"field_name": "notes", "label": "Description", "form_snippet": "markdown.html", "required": True},
        {
            "field_name": "status",
            "label": "Status",
            "preset": "select",
            "validators": "scheming_required scheming_choices",
            "required": True,
            "choices": [{"value": "on", "label": "In use"}, {"value": "off", "label": {"en": "Out of use"}}],
        },
        {
            "field_name": "uses",
            "label": "Uses",
            "preset": "multiple_checkbox",
            "validators": "scheming_multiple_choice",
            "choices": [{"value": "air", "label": "Air"}, {"value": "water", "label": "Water"}],
        },
        {
            "field_name": "aliases",
            "label": "Aliases",
            "preset": "multiple_text",
            "validators": "scheming_multiple_text",
        },
        {
            "field_name": "built",
            "label": "Built",
            "preset": "date",
            "validators": "scheming_required isodate convert_to_json_if_date",
        },
        {"field_name": "serial", "label": "Serial number", "validators": "ignore_missing int_validator"},
        {
            "field_name": "manufacturer",
            "label": "Manufacturer",
            "repeating_subfields": [
                {"field_name": "name", "label": "Name", "required": True},
                {"field_name": "since", "label": "Since", "preset": "date", "validators": "scheming_required isodate"},
            ],
        },
        {
            "field_name": "owner",
            "label": "Owner",
            "preset": "composite_repeating",
            "validators": "composite_repeating_group2json",
            "subfields": [{"field_name": "name", "label": "Name"}],
        },
        {
            "field_name": "settings",
            "label": "Settings",
            "preset": "json_object",
            "validators": "scheming_required scheming_valid_json_object",
        },
        {
            "field_name": "tag_string",
            "label": "Tags",
            "preset": "tag_string_autocomplete",
            "validators": "ignore_missing tag_string_convert",
        },
        {"field_name": "optional", "label": "Optional", "required": True, "validators": "ignore_missing unicode_safe"},
    ],
    "resource_fields": [
        {
            "field_name": "url",
            "label": "URL",
            "preset": "resource_url_upload",
            "validators": "ignore_missing unicode_safe",
        },
        {"field_name": "rights", "label": "Rights", "required": True},
    ],
}
INSTRUMENT = from_scheming("dataset", SAID)
GOOD: dict[str, Any] = {
    "type": "instrument",
    "name": "ctd-1",
    "title_translated": {"en": "CTD", "fr": "CTD"},
    "notes": "For salt water.",
    "status": "on",
    "uses": ["water"],
    "aliases": ["Rosette"],
    "built": "2021-05-03",
    "serial": "00501",
    "manufacturer": [{"name": "Sea", "since": "1974-01-01"}],
    "owner": [{"name": "Institute"}],
    "settings": {"rate": 4},
    "resources": [{"url": "https://example.org/a.csv", "rights": "open"}],
}


def test_what_scheming_says_becomes_fields() -> None:
    assert [(one.name, one.label, one.kind, one.required) for one in INSTRUMENT.fields] == [
        ("name", "Name", "name", True),
        ("title_translated", "Title", "languages", True),
        ("notes", "Description", "markdown", True),
        ("status", "Status", "choice", True),
        ("uses", "Uses", "choices", False),
        ("aliases", "Aliases", "texts", False),
        ("built", "Built", "date", False),
        ("serial", "Serial number", "integer", False),
        ("manufacturer", "Manufacturer", "items", False),
        ("owner", "Owner", "composite items", False),
        ("settings", "Settings", "json", False),
        ("tag_string", "Tags", "tags", False),
        ("optional", "Optional", "text", False),
    ]
    assert INSTRUMENT.field("title_translated") == Field(
        "title_translated", "Title", "languages", True, languages=("en", "fr")
    )
    assert [path for path, _ in INSTRUMENT.paths()][-6:] == [
        "owner.name",
        "settings",
        "tag_string",
        "optional",
        "resources.url",
        "resources.rights",
    ]
    status = INSTRUMENT.field("status")
    assert status is not None
    assert status.label_of("off") == "Out of use"
    assert [meant and meant.value for meant in map(status.choice_meant, ("on", "IN USE", "nothing"))] == [
        "on",
        "on",
        None,
    ]
    assert INSTRUMENT.hash == from_scheming("dataset", SAID).hash != standard("dataset").hash


@pytest.mark.parametrize(
    "said", [{}, {"dataset_fields": None}, {"dataset_fields": ["x", {"label": "no name"}], "resource_fields": {}}]
)
def test_what_is_no_field_is_left_out(said: dict[str, Any]) -> None:
    assert from_scheming("dataset", said) == Schema("dataset", "dataset", (), (), "scheming")


def test_a_good_record_has_no_problems() -> None:
    assert problems(GOOD, INSTRUMENT) == []
    as_text = {
        **GOOD,
        "owner": '[{"name": "Institute"}]',
        "settings": '{"rate": 4}',
        "uses": "water",
        "aliases": "Rosette",
    }
    assert problems(as_text, INSTRUMENT) == []
    assert problems({"name": "rivers", "any": 1}, standard("dataset")) == []


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"notes": " "}, "notes: a value is required"),
    ({"title_translated": {"en": "CTD"}}, "title_translated.fr: a value is required in this language"),
    (
        {"title_translated": "CTD"},
        """title_translated: 'CTD' is not a record with a value for each language, such as {"en": "..."}""",
    ),
    (
        {"title_translated": {"en": "CTD", "fr": "CTD", "Deutsch!": "x"}},
        "title_translated.Deutsch!: not a language code, such as en or pt-BR",
    ),
    ({"status": "In use"}, "status: 'In use' is not one of its 2 values; did you mean 'on'?"),
    ({"uses": ["air", "wine"]}, "uses: 'wine' is not one of its 2 values: air, water"),
    ({"uses": 3}, "uses: 3 is not a list of values"),
    ({"aliases": {"a": 1}}, "aliases: {'a': 1} is not a list of texts"),
    ({"built": "03.05.2021"}, "built: '03.05.2021' is not a date such as 2026-01-31"),
    ({"serial": "5.5"}, "serial: '5.5' is not a whole number"),
    ({"manufacturer": [{"name": "Sea"}, {"since": "2020-01-01"}]}, "manufacturer[1].name: a value is required"),
    (
        {"manufacturer": [{"name": "Sea", "since": "soon"}]},
        "manufacturer[0].since: 'soon' is not a date such as 2026-01-31",
    ),
    (
        {"manufacturer": [{"name": "Sea", "sinse": ""}]},
        "manufacturer[0].sinse: the schema of manufacturer has no such field; did you mean since?",
    ),
    ({"manufacturer": "Sea"}, "manufacturer: 'Sea' is not a list of records with name, since"),
    ({"owner": ["Institute"]}, "owner[0]: 'Institute' is not a record with name"),
    ({"settings": "[1]"}, "settings: '[1]' is not a JSON object"),
    ({"statsu": "on"}, "statsu: the schema of instrument has no such field; did you mean status?"),
    ({"resources": [{"url": "https://example.org/a.csv", "rights": ""}]}, "resources[0].rights: a value is required"),
    (
        {"resources": [{"url": "x", "rights": "open", "righst": "open"}]},
        "resources[0].righst: the schema of instrument's resources has no such field; did you mean rights?",
    ),
    ({"resources": ["a.csv"]}, "resources[0]: 'a.csv' is not a resource record"),
]


@pytest.mark.parametrize(("change", "told"), WRONG)
@pytest.mark.parametrize("partial", [False, True])
def test_each_wrong_value_is_told_with_its_path(change: dict[str, Any], told: str, *, partial: bool) -> None:
    record = change if partial else {**GOOD, **change}
    assert [str(one) for one in problems(record, INSTRUMENT, partial=partial)] == [told]


def test_a_record_is_shown_in_the_order_and_labels_of_its_schema(capsys: pytest.CaptureFixture[str]) -> None:
    record = {"id": "7", "owner": '[{"name": "Ann"}]', "uses": ["water"], "status": "off", "name": "ctd-1"}
    record |= {"organization": {"name": "city", "title": "The City"}, "title": "A CTD"}
    order = ["name", "title", "organization", "status", "uses", "owner", "id"]
    assert list(in_order(record, INSTRUMENT)) == order
    show(record, schema=INSTRUMENT)
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["Name", "ctd-1"],
        ["title", "A", "CTD"],
        ["organization", "The", "City"],
        ["Status", "Out", "of", "use"],
        ["Uses", '["Water"]'],
        ["Owner", "[{Name:", '"Ann"}]'],
        ["id", "7"],
    ]
    show({"count": 3, "results": [record]}, schema=INSTRUMENT, keys=4)
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["Name", "title", "organization", "Status"],
        ["ctd-1", "A", "CTD", "The", "City", "Out", "of", "use"],
        ["1", "of", "3", "records"],
    ]
    assert list(labelled(record, INSTRUMENT, with_names=True))[3:5] == ["Status", "Uses"]
    assert list(labelled({"built": "2020-01-31", "settings": {}, "serial": "1"}, INSTRUMENT, with_names=True)) == [
        "Built",
        "Serial number (serial)",
        "Settings",
    ]


def test_choices_that_no_validator_checks_are_only_offered() -> None:
    choices = [{"value": "final", "label": "Final"}]
    said = {"fields": [{"field_name": "status", "label": "Status", "choices": choices}], "group_type": "theme"}
    theme = from_scheming("group", said)
    assert [(one.kind, one.open, one.label_of("final")) for one in theme.fields] == [("choice", True, "Final")]
    assert problems({"status": "finl"}, theme) == []
    said["fields"][0]["validators"] = "ignore_missing scheming_choices"  # type: ignore[index]
    assert [one.path for one in problems({"status": "finl"}, from_scheming("group", said))] == ["status"]


def test_all_problems_are_told_at_once() -> None:
    found = problems({"status": "x", "built": "y", "extra": 1}, INSTRUMENT)
    assert [one.path for one in found] == ["name", "title_translated", "notes", "status", "built", "extra"]
    assert Problem("name", "a value is required") in found


def test_what_a_change_leaves_out_is_no_fault() -> None:
    assert problems({}, INSTRUMENT, partial=True) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda one: st.lists(one, max_size=3) | st.dictionaries(st.text(max_size=5), one, max_size=3),
)


@given(st.dictionaries(st.sampled_from([*GOOD, "x"]), JSON))
def test_whatever_a_record_holds_it_is_checked(record: dict[str, Any]) -> None:
    for one in problems(record, INSTRUMENT):
        assert one.path.split(".")[0].split("[")[0] in {*record, *GOOD}
        assert one.message


# -- on a portal --


def test_a_portal_without_scheming_has_ckans_own(ckan_client: Client) -> None:
    assert ckan_client.schemas.types() == ["dataset"]
    schema = ckan_client.schemas.get()
    assert schema == standard("dataset")
    assert ckan_client.schemas.get("harvest").type == "harvest"
    assert ckan_client.schemas.get(entity="group") == standard("group")
    with pytest.raises(errors.InvalidArgument, match="There are no schemas of 'user'"):
        ckan_client.schemas.types("user")  # type: ignore[arg-type]


def test_the_command_line_shows_a_schema(shell: Shell) -> None:
    shown = shell("schema", "--format", "json")
    assert [one["name"] for one in json.loads(shown.out)["fields"]] == [one.name for one in standard("dataset").fields]
    assert shell("schema", "--of", "group", "--list", "--format", "csv").out == "type\ngroup\n"
    table = shell("schema", "--format", "table")
    assert "has CKAN's own schema" in table.err
    assert "resources.url" in table.out
