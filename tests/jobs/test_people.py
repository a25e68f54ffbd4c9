"""What a plan can know before anything is sent, and how failures are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tuckan.cli.commands.jobs import _at
from tuckan.cli.output import Output
from tuckan.cli.session import Session
from tuckan.config import Profile, save_profile
from tuckan.jobs.entries import Entry
from tuckan.jobs.journal import Journal
from tuckan.jobs.operation import Ended, Operation, Planned
from tuckan.jobs.records import Schemas, checked, refused_by_ckan
from tuckan.jobs.records.fields import FIELDS
from tuckan.jobs.report import grouped, plan_of, report_of
from tuckan.readers.columns import Row, nearest
from tuckan.schemas import Field, Schema
from tuckan.schemas.standard import standard

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


@pytest.mark.parametrize(
    ("kind", "record", "wrong"),
    [
        ("dataset", {"name": "rain", "tags": ["x"]}, "tags: the tag 'x' is not valid: 2 to 100 characters"),
        ("dataset", {"name": "rain", "tags": ["y" * 101]}, "2 to 100 characters"),
        ("dataset", {"name": "rain", "tags": ["sky", "Überflutung"]}, ""),
        ("user", {"name": "ann", "email": "ann at example.org"}, "email: 'ann at example.org' is not an email address"),
        ("user", {"name": "ann", "email": "ann@example.org"}, ""),
    ],
)
def test_what_every_portal_would_refuse_is_refused_before(kind: str, record: dict[str, Any], wrong: str) -> None:
    found = checked(Row(record, "a.jsonl, line 1"), Schemas(kind), "https://example.org").wrong
    assert wrong in found
    assert bool(found) == bool(wrong)


@pytest.mark.parametrize(
    ("record", "wrong"),
    [
        ({"tags": [{"name": "sun & sky"}]}, "tags: the tag 'sun & sky' has characters"),
        ({"tags": [{"name": "sun & sky", "vocabulary_id": "v"}]}, ""),
        ({"tags": [{"name": "Überflutung 2.0_a-b"}]}, ""),
        ({"author_email": "ann at home"}, "author_email: 'ann at home' is not an email address"),
        ({"maintainer_email": "ann..b@example.org"}, "is not an email address"),
        ({"maintainer_email": " ann.b+x@mail.example.org "}, ""),
        ({"version": "1" * 101}, "version: it is longer than 100 characters"),
        ({"extras": [{"key": "title", "value": "x"}]}, "extras: 'title' is the name of a field"),
        ({"extras": [{"key": "organization", "value": "x"}]}, ""),
        ({"resources": [{"size": 5}, {"size": "5 MB"}]}, "resource 2: the size '5 MB' is not a number of bytes"),
        ({"resources": [{"size": 1.5}]}, "the size 1.5 is not"),
        ({"resources": [{"size": 2**63}]}, "is not a number of bytes"),
        ({"resources": [{"size": "12"}, {"size": 3.0}, {"size": ""}, {}]}, ""),
    ],
)
def test_what_a_plain_ckan_would_refuse_is_known_before(record: dict[str, Any], wrong: str) -> None:
    found = "; ".join(refused_by_ckan(record, {}))
    assert wrong in found
    assert bool(found) == bool(wrong)
    assert not refused_by_ckan(record, record), "what is on the portal already was taken once"


def test_fields_that_a_schema_of_the_portal_defines_are_refused_by_it_alone() -> None:
    record = {"author_email": "ann at home", "version": "1" * 101, "resources": [{"size": "5 MB"}]}
    whole = Schema("dataset", "dataset", (Field("author_email", "Email"),), (Field("size", "Size"),), "scheming")
    assert refused_by_ckan(record, {}, whole) == ["version: it is longer than 100 characters"]
    assert len(refused_by_ckan(record, {}, standard("dataset"))) == 3


@pytest.mark.parametrize(
    ("column", "field"),
    [("Description", "notes"), ("File", "resources.0.upload"), ("Licence", "license_id"), ("Publisher", "owner_org")],
)
def test_what_people_call_a_field_leads_to_it(column: str, field: str) -> None:
    assert nearest(column, FIELDS["dataset"].known()) == f"{column!r} is probably {field!r}"


def failing(reasons: Iterable[str], subject: str = "dataset rain-{}") -> list[Entry]:
    return [
        Entry(Operation(str(number), "dataset.put", subject.format(number)), "failed", None, reason)
        for number, reason in enumerate(reasons)
    ]


def told(entries: Iterable[Entry]) -> dict[str, int]:
    return {reason: number for reason, number, _ in grouped(entries)}


def test_failures_that_differ_in_ids_and_names_alone_are_one_reason() -> None:
    ids = ("5dfaa48c-d309-4da2-add5-3deb81ddd35d", "00000000-d309-4da2-add5-3deb81ddd35d")
    reasons = [f"package_patch (id={one}): Organization {one} does not exist" for one in ids]
    assert told(failing([*reasons, "gone"])) == {
        "package_patch (id=...): Organization ... does not exist": 2,
        "gone": 1,
    }
    assert told(failing(reasons[:1])) == {reasons[0]: 1}, "what was met once is told whole"
    assert told(failing(f"there is no dataset 'rain-{number}'" for number in range(3))) == {
        "there is no dataset '...'": 3
    }
    lost = [f"not kept: license (did you mean license_id?): sent {sent!r}, found no such field" for sent in ("a", "b")]
    assert told(failing(lost)) == {"not kept: license (did you mean license_id?)": 2}
    longer = [f"rain-{number}-x is taken" for number in range(2)]
    assert told(failing(longer)) == dict.fromkeys(longer, 1), "another name that begins like its own is not its own"


def test_reasons_that_differ_in_what_they_quote_are_told_apart_where_they_are_few() -> None:
    few = [f"there is no organization '{name}'" for name in ("cty", "lke")]
    assert told(failing(few)) == dict.fromkeys(few, 1)
    many = [f"there is no file /data/{number}.csv" for number in range(8)]
    (reason, number, first), *others = grouped(failing([*many, "gone"]))
    assert (reason, number, first.operation.key) == ("there is no file ...", 8, "0")
    assert [(reason, number) for reason, number, _ in others] == [("gone", 1)]


def test_figures_say_what_is_counted_where_there_are_things_of_several_kinds(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "20260101-000000-load-222.sqlite")
    datasets = [Operation(f"d{n}", "dataset.put", f"dataset d{n}", {"name": f"d{n}"}) for n in range(47)]
    files = [
        Operation(
            f"{one.key} file", "resource.file", one.subject, {"resource": "r", "path": "a.csv"}, 1, needs=(one.key,)
        )
        for one in datasets
    ]
    refused = [Planned(Operation(f"r{n}", "dataset.put", f"dataset r{n}"), refused="no") for n in range(3)]
    journal.plan([*map(Planned, datasets), *map(Planned, files), *refused])
    plan = plan_of(journal)
    assert str(plan) == "47 datasets to be created; 47 files to be uploaded; 3 refused"
    assert (plan.intended, plan.total) == ({"created": 47, "uploaded": 47}, 94)
    assert plan.things == {"dataset": {"created": 47}, "file": {"uploaded": 47}}
    for one in datasets[:46]:
        journal.end(one, Ended("created"))
    journal.end(files[0], Ended("uploaded"))
    journal.fail(datasets[46], "full", again=False)
    report = report_of(journal, "x")
    assert str(report).splitlines()[0] == "46 datasets created; 1 file uploaded; 3 refused; 1 failed; 46 left to do"
    assert report.done == {"created": 46, "uploaded": 1}
    journal.close()


def test_figures_of_one_kind_of_thing_name_it_once_in_the_title(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "20260101-000000-load-222.sqlite")
    journal.plan([Planned(Operation(f"d{n}", "dataset.put", f"dataset d{n}", {})) for n in range(2)])
    assert str(plan_of(journal)) == "2 to be created"
    journal.close()


def test_a_job_goes_on_with_the_exported_profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CKAN_BASE_URL", "CKAN_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TUCKAN_CONFIG_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for name in ("editor", "admin"):
        save_profile(Profile(name, "https://example.org", f"token-of-{name}"))
    monkeypatch.setenv("TUCKAN_PROFILE", "admin")
    assert _at(Session(Output("jsonl")), "https://example.org").profile == "admin"
