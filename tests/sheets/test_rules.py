"""What a `sheet.toml` fills in: defaults, values of groups that cells name, and words of vocabularies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from tuckan import InvalidArgument
from tuckan.schemas import Field, Schema
from tuckan.sheets import (
    Checked,
    Exported,
    Filling,
    References,
    State,
    assembled,
    check,
    layout_of,
    merge,
    offered,
    parse,
    read_rules,
    read_workbook,
    require_columns,
    rules_of,
    understood,
    write_workbook,
)

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = Schema(
    "dataset",
    "instrument",
    (
        Field("title", "Title", required=True),
        Field("name", "Address", "name"),
        Field("kind", "Kind"),
        Field("license_id", "License"),
        Field("owner", "Owner"),
        Field("owner_url", "Owner's page"),
        Field("maker", "Makers", "items", subfields=(
            Field("name", "Name", required=True), Field("ror", "ROR"), Field("role", "Role"))),
    ),
    (Field("url", "File", "upload"), Field("name", "Name"), Field("rights", "Rights", required=True)),
    "scheming",
)  # fmt: skip
PARTIES = [
    {"id": "1", "name": "sea", "title": "Sea Ltd", "alias": "S.E.A.", "identifier": "ror:sea", "page": "https://sea"},
    {"id": "2", "name": "air", "title": "Air Ltd", "identifier": ""},
    {"id": "3", "name": "twin-a", "title": "Twin", "identifier": "ror:a"},
    {"id": "4", "name": "twin-b", "title": "Twin", "identifier": "ror:b"},
]
RULES: dict[str, Any] = {
    "default": {"license_id": "cc-by", "kind": "Depth", "maker.role": "builder", "resources.rights": "open"},
    "fill": {
        "maker.name": {"from": "party", "fields": {"ror": "identifier"}},
        "owner": {"from": "party", "keep": "name", "fields": {"owner_url": "page"}},
    },
    "resolve": {"kind": {"Depth": "https://words/1", "Flow": "https://words/2"}},
}


def filling(rules: dict[str, Any] = RULES) -> Filling:
    return Filling(rules_of(rules), {"party": PARTIES})


def checked(path: Path, text: str) -> Checked:
    path.write_text(text)
    book = parse(read_workbook(path), SCHEMA)
    return check(book, understood(book.layout, References(), None), filling=filling())


def test_what_cells_leave_out_is_filled_in_and_what_they_say_is_kept(tmp_path: Path) -> None:
    found = checked(
        tmp_path / "new.csv",
        "record,title,kind,owner,maker.name,maker.ror,maker.role,resources.url,resources.rights\n"
        "1,One,Flow,sea ltd,S.E.A.,,,https://example.org/a,\n"
        "1,,,,air,,seller,https://example.org/b,closed\n"
        "2,Two,,,Sea Ltd,ror:own,,,\n"
        "3,Three,(empty),,twin-b,,,,\n",
    )
    assert [str(one) for one in found.problems] == []
    one, two, three = (assembled(each) for each in found.edits)
    assert (one["kind"], one["license_id"], one["owner"], one["owner_url"]) == (
        "https://words/2", "cc-by", "sea", "https://sea")  # fmt: skip
    assert one["maker"] == [
        {"name": "Sea Ltd", "ror": "ror:sea", "role": "builder"},
        {"name": "Air Ltd", "role": "seller"},
    ]
    assert [each["rights"] for each in one["resources"]] == ["open", "closed"]
    assert (two["kind"], two["maker"][0]["ror"]) == ("https://words/1", "ror:own")
    assert (three["kind"], three["maker"][0]) == (None, {"name": "Twin", "ror": "ror:b", "role": "builder"})


def test_what_names_no_group_or_several_is_told_with_its_cell(tmp_path: Path) -> None:
    found = checked(
        tmp_path / "new.csv", "record,title,kind,maker.name\n1,One,Dept,Twin\n2,Two,https://words/2,Se Ltd\n"
    )
    assert [str(one) for one in found.problems] == [
        "new.csv!C2: kind: there is no word 'Dept' (did you mean 'Depth'?)",
        "new.csv!D2: maker[0].name: there is more than one party 'Twin': write the name of one: twin-a, twin-b",
        "new.csv!D3: maker[0].name: there is no party 'Se Ltd' (did you mean 'Sea Ltd'?)",
    ]


def exported(path: Path, record: dict[str, Any], rules: Filling) -> None:
    layout = layout_of(SCHEMA, fields=["title", "name", "owner", "maker"])
    state = State("https://example.org", "dataset", "instrument", SCHEMA.hash)
    state.choices = offered(layout, References()) | rules.offered(layout)
    shown = {name: record[name] for name in ("title", "name", "owner", "maker")}
    state.records["r"] = Exported("r", record["id"], "", shown)
    write_workbook(path, layout, state, [("r", record)])


def test_neighbours_follow_a_changed_reference_and_an_existing_record_gets_no_default(tmp_path: Path) -> None:
    path, rules = tmp_path / "some.xlsx", filling()
    makers = [{"name": "Sea Ltd", "ror": "ror:sea", "role": "x"}, {"name": "Own", "ror": "own"}]
    there = {
        "id": "5f0c6c38-6f2f-4e1c-9d52-2a1c7e0b1a11",
        "title": "T",
        "name": "n",
        "owner": "sea",
        "owner_url": "https://sea",
        "maker": makers,
    }
    exported(path, there, rules)
    book = openpyxl.load_workbook(path)
    assert book["instrument"]["D3"].value == "Sea Ltd", "the title stands for the name that is kept"
    assert len(book["instrument"].data_validations.dataValidation) == 1
    book["maker"]["B3"].value = "Air Ltd"
    book["instrument"]["D3"].value = "twin-a"
    book.save(path)

    parsed = parse(read_workbook(path), SCHEMA)
    found = check(parsed, understood(parsed.layout, References(), parsed.state), filling=rules)
    assert [str(one) for one in found.problems] == []
    merged = merge(found.edits[0], there, parsed)
    assert merged.conflicts == [], "owner_url has no column, so it was not changed on both sides"
    assert merged.fields == {
        "owner": "twin-a",
        "owner_url": "",
        "maker": [{"name": "Air Ltd", "role": "x"}, {"name": "Own", "ror": "own"}],
    }

    # A record that was not exported, and turns out to be there, is left what it has.
    new = tmp_path / "new.csv"
    edit = checked(new, "record,title,name,license_id\n1,T,n,\n").edits[0]
    assert assembled(edit)["license_id"] == "cc-by"
    assert merge(edit, {**there, "license_id": "other"}, parse(read_workbook(new), SCHEMA)).fields == {}


def test_a_file_of_rules_names_a_vocabulary_beside_it(tmp_path: Path) -> None:
    (tmp_path / "kinds.csv").write_text("cell,value\nDepth,d\n\n Flow , f,remark\n")
    (tmp_path / "sheet.toml").write_text('[resolve]\nkind = "kinds.csv"\n\n[default]\n"maker.role" = ["a", "b"]\n')
    rules = read_rules(tmp_path / "sheet.toml")
    assert rules.vocabularies == {"kind": {"Depth": "d", "Flow": "f"}}
    assert rules.defaults == {"maker.role": "a; b"}
    require_columns(rules, layout_of(SCHEMA))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[defaults]\n", "there is no table 'defaults'"),
        ('[default]\ntitel = "x"\n', "there is no column 'titel'"),
        ('[default]\nmaker.role = "x"\n', "the default of 'maker' is a table"),
        ("default = 1\n", "default is no table"),
        ('[fill."maker.name"]\nfields = {}\n', "does not say which groups"),
        ('[fill."maker.name"]\nfrom = "party"\nfield = "x"\n', "no setting of fill.maker.name 'field'"),
        ('[fill."maker.name"]\nfrom = "party"\nfields = {rar = "x"}\n', "there is no column 'rar'"),
        (
            '[fill."maker.name"]\nfrom = "party"\nfields = {ror = "identifer"}\n',
            "takes 'identifer', which no party has",
        ),
        ('[resolve]\nkind = "missing.csv"\n', "can't be read: No such file"),
        ("[resolve]\nkind = 3\n", "resolve.kind is no vocabulary"),
        ('[resolve]\nkind = "one.csv"\n', "row 1 of the vocabulary one.csv has 1 cell"),
        ("[resolve\n", "can't be read"),
    ],
)
def test_rules_that_say_something_else_are_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "one.csv").write_text("Depth\n")
    (tmp_path / "sheet.toml").write_text(text)

    def read() -> Filling:
        rules = read_rules(tmp_path / "sheet.toml")
        require_columns(rules, layout_of(SCHEMA))
        return Filling(rules, {"party": PARTIES})

    with pytest.raises(InvalidArgument) as refused:
        read()
    assert said in refused.value.message
