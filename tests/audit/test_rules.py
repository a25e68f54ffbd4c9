"""Each rule finds what it is for, and nothing in what only resembles it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib.metadata import EntryPoint
from pathlib import Path
from random import Random
from typing import Any

import pytest
from tests.audit.records import EU, Records, found, good, resource, rules

from tuckan import InvalidArgument
from tuckan.audit import Audit, Configuration, Found, Rule, all_rules
from tuckan.audit.rules import TableFacts
from tuckan.audit.run import Auditor
from tuckan.schemas import Choice, Field, Schema

NOW = datetime.now(UTC)


def of_resource(**fields: Any) -> dict[str, Any]:
    return good(resources=[resource(**fields)])


def ago(days: int) -> str:
    return (NOW - timedelta(days=days)).strftime("%Y-%m-%dT00:00:00")


def of(record: dict[str, Any] | None = None, /, **fields: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is otherwise in a dataset, and in its resource; `{n}` in a text is the number of the dataset."""
    return record or {}, fields


SPOILED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "metadata/description-missing": of({"notes": ""}),
    "metadata/title-missing": of({"title": None}),
    "portal/organization-missing": of({"organization": {"name": "office", "title": "The Office", "state": "deleted"}}),
    "metadata/no-organization": of({"organization": None, "owner_org": None}),
    "metadata/license-missing": of({"license_id": ""}, license=None),
    "metadata/license-unspecific": of({"license_id": "notspecified"}),
    "metadata/email-invalid": of({"maintainer_email": "ann at example.org"}),
    "metadata/date-invalid": of({"extras": [{"key": "temporal_start", "value": "1.2.1970"}]}),
    "metadata/temporal-reversed": of(
        {"extras": [{"key": "temporal_start", "value": "2024-05-01"}, {"key": "temporal_end", "value": "2024-04"}]}
    ),
    "metadata/spatial-invalid": of({"spatial": '{"type": "Point", "coordinates": [47.4, 847.4]}'}),
    "metadata/many-tags": of({"tags": [{"name": f"tag {number}"} for number in range(41)]}),
    "metadata/resource-unnamed": of(name=""),
    "metadata/url-missing": of(url=""),
    "metadata/url-invalid": of(url="www.example.org/{n}.csv"),
    "metadata/url-private": of(url="https://192.168.1.5/{n}.csv"),
    "metadata/url-with-password": of(url="ftp://ann:secret@example.org/{n}.csv"),
    "texts/title-is-file-name": of({"title": "rain_{n}.csv"}),
    "texts/title-is-name": of({"title": "rain-{n}"}),
    "texts/placeholder": of({"title": "Test dataset {n}"}),
    "texts/description-short": of({"notes": "Rain by day."}),
    "texts/description-is-title": of({"notes": "Rainfall at station {n}"}),
    "texts/html": of({"notes": "Daily rainfall in millimetres,<br/>as measured at the station since 1970."}),
    "texts/mojibake": of({"title": "Regen in ZÃ¼rich {n}"}),
    "texts/untrimmed": of({"maintainer": "Ann "}),
    "formats/missing": of(format=""),
    "formats/spelling": of(format=".csv"),
    "formats/unknown": of(format="punched cards"),
    "formats/contradicts-name": of(url="https://data.example.org/{n}.xlsx"),
    "formats/contradicts-mimetype": of(mimetype="application/pdf"),
    "formats/mimetype-invalid": of(mimetype="csv"),
    "freshness/overdue": of({"frequency": "monthly"}, last_modified=ago(70)),
    "freshness/stale": of({"frequency": None}, last_modified=ago(800)),
    "freshness/frequency-unknown": of({"frequency": "when it rains"}),
    "freshness/future": of({"issued": (NOW + timedelta(days=40)).strftime("%Y-%m-%d")}),
    "portal/table-incomplete": of(datastore_active=True, datastore_contains_all_records_of_source_file=False),
    "texts/title-short": of({"title": "Ra"}),
    "metadata/no-resources": of({"resources": []}),
    "duplicates/within": of({"resources": [resource(), resource(id="other")]}),
}


def spoiled(rule: str, number: int = 0) -> dict[str, Any]:
    """A dataset in which a rule finds something."""
    fields, of_its_resource = SPOILED[rule]
    numbered: list[dict[str, Any]] = [
        {name: value.replace("{n}", str(number)) if isinstance(value, str) else value for name, value in one.items()}
        for one in (fields, of_its_resource)
    ]
    return good(number, **{"resources": [resource(number, **numbered[1])], **numbered[0]})


PAIRS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "duplicates/address": (good(1), good(2, resources=[resource(2, url=resource(1)["url"])])),
    "duplicates/file": (good(1), good(2, resources=[resource(2, hash=resource(1)["hash"])])),
    "duplicates/title": (good(1), good(2, title="rainfall at  station 1")),
    "duplicates/near-title": (good(1), good(2, title="Station 1: Rainfall, at")),
    "duplicates/identifier": (good(1, identifier="doi:1"), good(2, identifier="doi:1")),
}
OTHERS = {
    "portal/organization-empty": {"organizations": [{"name": "post", "title": "Post", "description": "Letters."}]},
    "portal/group-empty": {"groups": [{"name": "post", "title": "Post"}]},
    "portal/organization-undescribed": {"organizations": [{"name": "office"}]},
    "portal/organization-without-administrator": {
        "organizations": [{"name": "office", "description": "It", "users": [{"name": "ann", "capacity": "editor"}]}]
    },
}

OF_TABLES = {
    "portal/table-missing": TableFacts(exists=False),
    "portal/table-differs": TableFacts(rows=2, file_rows=3),
    "portal/load-failed": TableFacts(loader_error="Line 3 has 7 cells."),
}
OF_USERS = {
    "tokens/of-deleted-user": {"state": "deleted", "tokens": [{"name": "a", "created_at": ago(1)}]},
    "tokens/too-many": {"tokens": [{"name": "a", "created_at": ago(1)}] * 21},
    "tokens/unused": {"tokens": [{"name": "a", "created_at": ago(900), "last_access": ago(400)}]},
    "tokens/never-used": {"tokens": [{"name": "a", "created_at": ago(400), "last_access": None}]},
}

RIGHT = (
    of_resource(format="XLSX", mimetype="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", url="https://example.org/a.xlsx"),
    of_resource(format="CSV", url="https://example.org/rain.csv.gz", mimetype="application/gzip"),
    of_resource(format="GeoJSON", url="https://example.org/rain.json", mimetype="application/json"),
    of_resource(format="WMS", url="https://example.org/wms.php?request=x", mimetype=None),
    of_resource(format="SHP", url="https://example.org/rain.zip", mimetype="application/zip"),
    of_resource(format="TXT", url="https://example.org/rain.csv", mimetype="text/csv"),
    of_resource(url="rain.csv", url_type="upload"),
    of_resource(url="https://example.org/rain.csv", name="«Â»"),
    good(title="SÃO PAULO ÂME"),
    good(notes="The value is < 5 and > 3 & so on: a < b and c > d for all stations of the country."),
    good(spatial='{"type": "GeometryCollection", "geometries": []}'),
    good(title="A test of the drinking water in all cities"),
    good(frequency="monthly", resources=[resource(last_modified=ago(50), created=ago(500))]),
    good(frequency=f"{EU}/frequency/IRREG", resources=[resource(last_modified=ago(5000))]),
    good(issued="2024", extras=[{"key": "temporal_start", "value": "1970"}, {"key": "temporal_end", "value": "1970-05-01"}]),
)  # fmt: skip


def without_points(given: list[str]) -> list[str]:
    """The rules outside the MQA: what costs points has tests of its own."""
    return [one for one in given if not one.startswith("mqa/")]


def test_nothing_is_found_in_good_records() -> None:
    office = {"name": "office", "description": "It", "users": [{"name": "ann", "capacity": "admin"}]}
    assert rules(*map(good, range(50)), organizations=[office]) == []


@pytest.mark.parametrize("rule", SPOILED)
def test_a_rule_finds_what_it_is_for_and_no_other_finds_it(rule: str) -> None:
    assert without_points(rules(spoiled(rule))) == [rule]


@pytest.mark.parametrize("rule", PAIRS)
def test_the_second_of_two_is_the_duplicate(rule: str) -> None:
    first, second = PAIRS[rule]
    [finding] = found(first, second)
    assert (finding.rule, finding.name) == (rule, second["name"])
    assert first["name"] in finding.message


@pytest.mark.parametrize("rule", OTHERS)
def test_organizations_and_groups_are_looked_at(rule: str) -> None:
    assert rules(good(), **OTHERS[rule]) == [rule]


def audited() -> Auditor:
    """An audit of one good dataset, to be told of the rest."""
    auditor = Auditor(Configuration(levels={"mqa/*": "off"}), portal="https://example.org")
    auditor.context.tables = {resource()["id"]: TableFacts(rows=2, file_rows=2)}
    return auditor


@pytest.mark.parametrize("rule", OF_TABLES)
def test_tables_are_looked_at(rule: str) -> None:
    auditor = audited()
    auditor.dataset(good())
    auditor.context.tables = {resource(1)["id"]: OF_TABLES[rule]}
    auditor.dataset(good(1))
    [finding] = auditor.end().findings()
    assert (finding.rule, finding.name, finding.resource) == (rule, "rain-1", resource(1)["id"])


@pytest.mark.parametrize("rule", OF_USERS)
def test_users_are_looked_at(rule: str) -> None:
    auditor = audited()
    fine = [{"name": "a", "created_at": ago(900), "last_access": ago(1)}, {"name": "b", "created_at": ago(1)}]
    auditor.user({"name": "ann", "state": "active", "tokens": fine})
    auditor.user({"name": "bob", "state": "active", **OF_USERS[rule]})
    auditor.portal({"orphaned_tables": []})
    [finding] = auditor.end().findings()
    assert (finding.rule, finding.kind, finding.name) == (rule, "user", "bob")
    assert finding.url == "https://example.org/user/bob"


def test_tables_without_a_resource_are_found() -> None:
    auditor = audited()
    auditor.portal({"orphaned_tables": ["4f0b"]})
    [finding] = auditor.end().findings()
    assert (finding.rule, finding.kind, finding.evidence) == ("portal/table-orphaned", "portal", "4f0b")


@pytest.mark.parametrize("record", RIGHT)
def test_what_only_resembles_a_fault_is_none(record: dict[str, Any]) -> None:
    assert without_points(rules(record)) == []


def test_every_rule_has_such_a_test() -> None:
    others = {one for one in all_rules() if not one.startswith(("mqa/", "links/"))}  # see test_links.py
    others -= {"formats/contradicts-content", "formats/contradicts-content-type"}  # likewise
    others -= {*OF_TABLES, *OF_USERS, "portal/table-orphaned"}
    assert others == {*SPOILED, *PAIRS, *OTHERS, "metadata/schema", "metadata/license-unknown"}


def test_values_that_the_portals_schema_refuses_are_found_with_their_resource() -> None:
    colour = Field("colour", "Colour", "choice", choices=(Choice("red", "Red"),))
    schema = Schema("dataset", "dataset", (Field("title", "Title"),), (colour,), source="scheming")
    record = of_resource(colour="blue")
    audit = Audit.of(Records([record]), Configuration(levels={"mqa/*": "off"}), schemas={"dataset": schema})
    told = [one for one in audit.findings() if "colour" in one.message]
    assert [(one.rule, one.resource) for one in told] == [("metadata/schema", record["resources"][0]["id"])]


MENDED = {
    "texts/mojibake": {"title": "Regen in Zürich 0"},
    "texts/untrimmed": {"maintainer": "Ann"},
    "formats/missing": {"format": "CSV"},
    "formats/spelling": {"format": "CSV"},
    "formats/contradicts-mimetype": {"mimetype": "text/csv"},
    "formats/mimetype-invalid": {"mimetype": "text/csv"},
}


@pytest.mark.parametrize("rule", SPOILED)
def test_what_can_be_mended_in_one_way_says_how_and_then_is_mended(rule: str) -> None:
    [finding] = [one for one in found(spoiled(rule)) if one.rule == rule][:1]
    assert finding.patch == MENDED.get(rule)
    if finding.patch:
        record = spoiled(rule)
        mended = (
            record | {"resources": [record["resources"][0] | finding.patch]}
            if finding.resource
            else record | finding.patch
        )
        assert without_points(rules(mended)) == []


def test_sixty_planted_faults_of_thirty_kinds_are_found_and_none_too_many() -> None:
    chance = Random(20)
    kinds = list(SPOILED)[:34]
    chosen = kinds[4:] * 2
    datasets = [good(number) for number in range(2000)]
    expected: list[tuple[str, str]] = []
    for number, rule in zip(chance.sample(range(2000), 60), chosen, strict=True):
        datasets[number] = spoiled(rule, number)
        expected.append((datasets[number]["name"], rule))
    told = [(one.name, one.rule) for one in found(*datasets) if not one.rule.startswith("mqa/")]
    assert len(set(chosen)) == 30
    assert sorted(told) == sorted(expected)


def test_a_rule_of_somebody_else_comes_by_an_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    def shouting(dataset: Any, _: Any) -> Any:
        if dataset.text("title").isupper():
            yield Found("The title is in capitals.", dataset.text("title"), "title")

    own = Rule("house/capitals", "note", "Titles in capitals", "Write it in lower case.", "dataset", shouting)
    failing = Rule("house/failing", "note", "Never", "", "dataset", lambda *_: 1 / 0)  # type: ignore[arg-type, return-value]
    point = EntryPoint("house", "x:y", "tuckan.audit")
    monkeypatch.setattr(EntryPoint, "load", lambda _: [own, failing])
    monkeypatch.setattr("importlib.metadata.entry_points", lambda **_: [point])
    told = found(good(title="RAIN AND SNOW"))
    assert [(one.rule, one.level, one.fix) for one in told] == [
        ("house/capitals", "note", "Write it in lower case."),
        ("audit/rule-failed", "error", "Report it to the rule's author."),
    ]
    assert "house/failing failed: ZeroDivisionError" in told[1].message
    monkeypatch.setattr(EntryPoint, "load", lambda _: "no rule")
    with pytest.raises(InvalidArgument, match="is no rule"):
        all_rules()


CONFIGURED = f"""
[levels]
"mqa/*" = "off"
"texts/html" = "error"
[thresholds]
description_length = 10
[mqa]
distributions = "share"
[dcat]
inherit_license = true
[dcat.datasets]
"dcat:theme" = "subject"
[[ignore]]
rule = "texts/*"
record = "rain-1"
reason = "It is an archive."
until = {NOW + timedelta(days=1):%Y-%m-%d}
[[ignore]]
rule = "texts/*"
reason = "Until last year."
until = 2020-01-01
"""


def test_a_configuration_says_levels_thresholds_fields_and_what_is_ignored(tmp_path: Path) -> None:
    Path(tmp_path, "audit.toml").write_text(CONFIGURED, encoding="utf-8")
    configuration = Configuration.read(tmp_path / "audit.toml")
    html = {"notes": "<b>Rain</b> by day."}
    audit = Audit.of(Records([good(1, **html), good(2, **html)]), configuration)
    assert [(one.rule, one.level, one.name) for one in audit.findings()] == [("texts/html", "error", "rain-2")]
    assert audit.ignored == 1
    assert audit.notes == ["1 ignore of the configuration expired", "dcat:theme is read from subject"]
    assert configuration.folding == "share"
    assert configuration.mapping.datasets["dcat:theme"] == ("subject",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[level]", "level is not known"),
        ('[levels]\n"metadata/titel-missing" = "off"', "metadata/title-missing"),
        ('[levels]\n"mqa/*" = "loud"', "error, warning, note or off"),
        ("[thresholds]\ndescription_lenght = 3", "description_length"),
        ("[thresholds]\ntitle_length = true", "whole number"),
        ('[mqa]\ndistributions = "mean"', "best or share"),
        ("[dcat]\ninherit_licence = true", "inherit_license"),
        ('[dcat.datasets]\n"dcat:themes" = "x"', "dcat:theme"),
        ('[[ignore]]\nrule = "texts/html"\nuntil = 2030-01-01', "no reason"),
        ('[[ignore]]\nrule = "texts/html"\nreason = "so"', "no date"),
        ('[[ignore]]\nrule = "text/html"\nreason = "so"\nuntil = 2030-01-01', "texts/html"),
        ("ignore = 3", "not a list"),
        ("levels = 3", "not a table"),
        ("=", "not TOML"),
    ],
)
def test_a_mistake_in_a_configuration_is_told_with_what_was_meant(text: str, said: str, tmp_path: Path) -> None:
    Path(tmp_path, "audit.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InvalidArgument) as error:
        Configuration.read(tmp_path / "audit.toml")
    assert said in f"{error.value} {error.value.hint}"


STRANGE = (
    None,
    "",
    " ",
    0,
    -1.5,
    True,
    [],
    {},
    [None],
    [[]],
    [{}],
    {"a": None},
    "[",
    '["',
    "\ufffd\ud800",
    "http://[",
    "9" * 400,
)


@pytest.mark.parametrize("seed", range(20))
def test_strange_values_are_no_traceback(seed: int) -> None:
    chance = Random(seed)
    record = good(seed)
    for name in record:
        if chance.random() < 0.5:
            record[name] = chance.choice(STRANGE)
    if isinstance(record["resources"], list) and record["resources"] and isinstance(record["resources"][0], dict):
        for name in record["resources"][0]:
            if chance.random() < 0.5:
                record["resources"][0][name] = chance.choice(STRANGE)
    failed = [one.message for one in found(record) if one.rule == "audit/rule-failed"]
    assert failed == []
