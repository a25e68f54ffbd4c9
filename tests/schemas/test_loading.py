"""Loads by the schemas of a portal with ckanext-scheming: columns, checks before anything is sent, and a second load."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from tests.shell import Shell

from tuckan import Client
from tuckan.errors import InvalidArgument
from tuckan.jobs.kinds import kind_of
from tuckan.schemas import unknown_types

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tuckan.client import Job
    from tuckan.sandbox import Sandbox

HEAD = [
    "name",
    "title",
    "type",
    "owner_org",
    "status",
    "uses",
    "aliases",
    "serial",
    "built",
    "manufacturer.0.maker",
    "manufacturer.0.since",
    "manufacturer.1.maker",
    "model.0.model_name",
    "settings",
    "resources.0.url",
    "resources.0.rights",
]


@pytest.fixture
def ckan(rivers: Sandbox) -> Iterator[Client]:
    with rivers.client() as client:
        yield client


@pytest.fixture
def name() -> str:
    return f"ctd-{uuid4()}"


def cells(name: str, **changes: str) -> dict[str, str]:
    """A row that says something in every column."""
    said = [name, "A CTD", "instrument", "rivers", "on", "flow; level", "CTD, big; Rosette", "00501", "2021-05-03"]
    said += ["Sea, Inc.", "1974-1-1", "Air", "911", '{"rate": 4}', "https://example.org/a.csv", "open"]
    return {**dict(zip(HEAD, said, strict=True)), **changes}


def table(path: Path, *rows: dict[str, str]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def done(job: Job) -> dict[str, int]:
    """Run a job that must end well, and give what it did."""
    with job:
        report = job.run()
        assert report.complete, (report, [entry.reason for entry in job.failures()])
        return {**report.done, **({"unchanged": report.unchanged} if report.unchanged else {})}


def refused(job: Job) -> dict[str, str]:
    with job:
        return {entry.operation.origin: entry.reason for entry in job.failures()}


def test_columns_are_fields_of_the_schema(ckan: Client, name: str, tmp_path: Path) -> None:
    file = table(tmp_path / "instruments.csv", cells(name))
    assert done(ckan.jobs.load(file)) == {"created": 1}
    there = ckan.datasets.get(name)
    assert there["manufacturer"] == [{"maker": "Sea, Inc.", "since": "1974-01-01"}, {"maker": "Air"}]
    assert json.loads(there["model"]) == [{"model_name": "911"}]
    assert (there["uses"], there["aliases"], there["serial"]) == (["level", "flow"], ["CTD, big", "Rosette"], "501")
    assert (there["settings"], there["resources"][0]["rights"]) == ({"rate": 4}, "open")
    assert done(ckan.jobs.load(file)) == {"unchanged": 1}


def test_every_error_of_every_row_is_found_before_anything_is_sent(ckan: Client, name: str, tmp_path: Path) -> None:
    wrong = {
        "status": "In use",
        "uses": "flow; wine",
        "serial": "many",
        "built": "soon",
        "manufacturer.0.maker": "",
        "manufacturer.1.maker": "",
        "resources.0.rights": "",
    }
    good = f"{name}-2"
    file = table(tmp_path / "wrong.csv", cells(name, **wrong), cells(good), cells("", title=""))
    job = ckan.jobs.load(file)
    assert job.plan().refused == 2
    reasons = refused(job)
    first = "status: 'In use' is not one of its 2 values; did you mean 'on'?; uses: 'wine' is not one of its 2 values"
    assert reasons["wrong.csv, line 2"].startswith(first)
    for said in (
        "serial: 'many' is not a whole number",
        "built: 'soon' is not a date such as 2026-01-31",
        "manufacturer[0].maker: a value is required",
        "resources[0].rights: a value is required",
    ):
        assert said in reasons["wrong.csv, line 2"]
    assert reasons["wrong.csv, line 4"] == "it has no name"
    with pytest.raises(
        InvalidArgument, match=r"columns that are not fields: 'manufacturer\.0\.makr', 'Serial number'"
    ) as error:
        ckan.jobs.load(
            table(tmp_path / "other.csv", {"name": name, "manufacturer.0.makr": "Sea", "Serial number": "5"})
        )
    assert (
        "'manufacturer.0.makr' is probably 'manufacturer.0.maker'; 'Serial number' is probably 'serial'"
        in error.value.hint
    )
    with pytest.raises(InvalidArgument, match="'makr' is not a field of a dataset"):
        ckan.jobs.load(file, key="makr")


def test_types_that_scheming_does_not_define_are_left_to_the_portal(ckan: Client, name: str) -> None:
    near = f"instrument{uuid4().hex[:4]}"
    harvest = {"name": name, "title": "Others", "type": "harvest", "url": "https://example.org", "source_type": "ckan"}
    records = [
        {**harvest, "owner_org": "rivers"},
        {"name": f"{name}-2", "type": f"{name}-typ", "owner_org": "rivers"},
        {"name": f"{name}-3", "type": near, "owner_org": "rivers"},
        {"name": f"{name}-4", "type": "survey", "owner_org": "rivers"},
    ]
    with ckan.jobs.load(records, type="survey") as job:
        assert [one.split(", which")[0] for one in job.notes] == [
            f"1 dataset will be created with the type '{name}-typ'",
            f"1 dataset will be created with the type '{near}'",
        ]
        assert job.notes[1].endswith("(did you mean 'instrument'?)")
        assert job.run().done == {"created": 3}, [one.reason for one in job.failures()]
        assert job.plan().refused == 1
    reasons = refused(ckan.jobs.load(records[3:], type="instrument", dry_run=True))
    assert list(reasons.values()) == ["title: a value is required"], "each is checked by the schema of its own type"
    assert [ckan.datasets.get(one["name"])["type"] for one in records[:3]] == [one["type"] for one in records[:3]]
    with ckan.jobs.load([{**records[2], "name": f"{name}-5"}], dry_run=True) as job:
        assert not job.notes, "a record has it now"
    other = refused(ckan.jobs.load([{"name": name, "title": "A", "type": "dataset"}], type="instrument", key="title"))
    assert list(other.values()) == [
        "its type is 'dataset', and only records of the type 'instrument' are looked up by fields"
    ]

    assert ckan.schemas.get("harvest").source == "ckan"
    with pytest.raises(InvalidArgument, match="has no dataset type 'boat'"):
        ckan.schemas.get("boat")


@pytest.mark.parametrize(
    ("entity", "type_", "unknown"),
    [
        ("dataset", "harvest", []),
        ("dataset", "boat", ["boat"]),
        ("dataset", "../x", ["../x"]),
        ("group", "boat", ["boat"]),
    ],
)
def test_a_type_that_no_record_has_is_known_by_its_page(
    rivers: Sandbox, proxy_of: Any, faults: Any, entity: Any, type_: str, unknown: list[str]
) -> None:
    proxy = proxy_of(rivers.url)
    nothing = faults.status(200, b'{"success": true, "result": {"count": 0, "facets": {}, "results": []}}')
    proxy.always(lambda seen, passed_on: nothing(seen, passed_on) if seen.action == "package_search" else passed_on())
    with Client(proxy.url, rivers.token()) as ckan:
        flow = unknown_types(entity, [type_], ["instrument"], ckan._connection.portal_state)
        assert ckan._connection.run(flow) == unknown


def test_a_record_is_found_by_its_key(ckan: Client, name: str, tmp_path: Path) -> None:
    row = cells(name, serial=str(uuid4().int % 10**9))
    del row["type"]
    key = ["manufacturer.maker", "serial"]
    by_key: dict[str, Any] = {"type": "instrument", "key": key, "leave_out": "name"}
    assert done(ckan.jobs.load(table(tmp_path / "a.csv", row), type="instrument", key=key)) == {"created": 1}
    changed = {**row, "name": "another", "title": "Changed"}
    file = table(tmp_path / "b.csv", changed, changed)
    job = ckan.jobs.load(file, **by_key)
    assert refused(job) == {"b.csv, line 3": "the same dataset is already in b.csv, line 2"}
    assert done(ckan.jobs.load(table(tmp_path / "c.csv", changed), **by_key)) == {"changed": 1}
    assert ckan.datasets.get(name)["title"] == "Changed"
    no_key = table(tmp_path / "d.csv", {**changed, "serial": ""})
    assert refused(ckan.jobs.load(no_key, **by_key)) == {"d.csv, line 2": "it has no serial to look it up by"}


def test_one_language_or_subfield_of_a_row_leaves_the_others(ckan: Client, name: str, tmp_path: Path) -> None:
    assert done(ckan.jobs.load(table(tmp_path / "a.csv", cells(name)))) == {"created": 1}
    row = {"name": name, "manufacturer.1.since": "1990-02-03", "model.0.version": "plus"}
    job = ckan.jobs.load(table(tmp_path / "b.csv", row))
    [entry] = job.entries()
    assert set(kind_of(entry.operation.kind).intent(entry.operation).fields) == {"manufacturer", "model"}
    assert done(job) == {"changed": 1}
    there = ckan.datasets.get(name)
    assert there["manufacturer"] == [
        {"maker": "Sea, Inc.", "since": "1974-01-01"},
        {"maker": "Air", "since": "1990-02-03"},
    ]
    assert json.loads(there["model"]) == [{"model_name": "911", "version": "plus"}]


def test_records_of_json_have_lists_for_composite_fields(ckan: Client, name: str) -> None:
    record: dict[str, Any] = {
        "name": name,
        "type": "instrument",
        "title": "A CTD",
        "owner_org": "rivers",
        "status": "on",
        "aliases": "a, b",
        "model": [{"model_name": "911", "version": "plus"}],
        "manufacturer": [{"maker": "Sea"}],
    }
    assert done(ckan.jobs.load([record])) == {"created": 1}
    assert done(ckan.jobs.load([record])) == {"unchanged": 1}
    back = ckan.datasets.get(name)
    assert done(ckan.jobs.load([back])) == {"unchanged": 1}
    wrong = {**record, "model": [{"version": "plus"}], "color": "red", "statsu": "on"}
    assert refused(ckan.jobs.load([wrong])) == {
        "record 1": "model[0].model_name: a value is required; color: the schema of instrument has no such field; "
        "statsu: the schema of instrument has no such field; did you mean status?; leave_out=['color'] sends the rest"
    }
    assert done(ckan.jobs.load([{**record, "color": "red"}], leave_out=["color"])) == {"unchanged": 1}


def test_one_language_of_a_field_is_set_and_the_others_stay(ckan: Client, name: str, tmp_path: Path) -> None:
    file = table(tmp_path / "a.csv", {**cells(name), "summary.en": "It sinks.", "summary-de": "Sie sinkt."})
    assert done(ckan.jobs.load(file)) == {"created": 1}
    assert ckan.datasets.get(name)["summary"] == {"en": "It sinks.", "de": "Sie sinkt."}
    assert done(ckan.jobs.load(file)) == {"unchanged": 1}
    assert done(ckan.jobs.load(table(tmp_path / "b.csv", {"name": name, "summary.en": "It dives."}))) == {"changed": 1}
    assert ckan.datasets.get(name)["summary"] == {"en": "It dives.", "de": "Sie sinkt."}
    after = ckan.datasets.patch(
        name, {"summary.de": "Sie taucht.", "manufacturer.1.maker": "Wind", "model.0.version": "2"}
    )
    assert after["summary"] == {"en": "It dives.", "de": "Sie taucht."}
    assert [one["maker"] for one in after["manufacturer"]] == ["Sea, Inc.", "Wind"]
    assert json.loads(after["model"]) == [{"model_name": "911", "version": "2"}]
    with ckan.jobs.patch({"summary.en": "Bye."}, filters={"name": [name]}) as job:
        assert job.run().done == {"changed": 1}
        with job.undo() as undo:
            assert undo.run().done == {"changed": 1}
    assert ckan.datasets.get(name)["summary"] == after["summary"]
    assert refused(ckan.jobs.load([{"name": name, "summary": {"English": "x"}}])) == {
        "record 1": "summary.English: not a language code, such as en or pt-BR"
    }
    with ckan.jobs.load([{"name": name, "summary": {"en": "Only."}}]) as job:
        [entry] = job.entries()
        assert kind_of(entry.operation.kind).intent(entry.operation).fields["summary"] == (
            after["summary"],
            {"en": "Only."},
        )


def test_a_record_at_a_terminal_has_the_labels_of_its_schema(
    rivers: Sandbox, ckan: Client, name: str, tmp_path: Path
) -> None:
    assert done(ckan.jobs.load(table(tmp_path / "one.csv", cells(name)))) == {"created": 1}
    shell = Shell(tmp_path, {"CKAN_BASE_URL": rivers.url, "CKAN_API_KEY": rivers.token(), "COLUMNS": "200"})
    shown = shell("dataset", "show", name, "--format", "table").lines
    pairs = [[one.strip() for one in line.split("  ", 1)] for line in shown if "  " in line]
    keys = [pair[0] for pair in pairs]
    assert keys[:3] == ["Address (name)", "Title", "Organization"]
    order = ["Status", "Uses", "Aliases", "Serial number (serial)", "Built", "Manufacturer", "Model", "Settings"]
    assert [one for one in keys if one in order] == order
    assert ["Status", "In use"] in pairs
    assert '{Name: "Sea, Inc.", Since: "1974-01-01"}' in " ".join(shown)
    said = shell("dataset", "show", name, "--format", "json").out
    assert json.loads(said)["status"] == "on", "programs get what the portal gives"
    assert "URL (name)" in shell("organization", "show", "rivers", "--format", "table").out
