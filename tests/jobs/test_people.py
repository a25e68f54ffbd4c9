"""What a plan can know before anything is sent, and how failures are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tuckan.cli.commands.jobs import _at
from tuckan.cli.output import Output
from tuckan.cli.session import Session
from tuckan.config import Profile, save_profile
from tuckan.jobs.records.checking import checked
from tuckan.jobs.records.fields import FIELDS
from tuckan.jobs.report import grouped
from tuckan.readers.columns import Row, nearest

if TYPE_CHECKING:
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
def test_what_ckan_would_refuse_is_refused_before(kind: str, record: dict[str, Any], wrong: str) -> None:
    found = checked(Row(record, "a.jsonl, line 1"), kind, "https://example.org").wrong
    assert wrong in found
    assert bool(found) == bool(wrong)


@pytest.mark.parametrize(
    ("column", "field"),
    [("Description", "notes"), ("File", "resources.0.upload"), ("Licence", "license_id"), ("Publisher", "owner_org")],
)
def test_what_people_call_a_field_leads_to_it(column: str, field: str) -> None:
    assert nearest(column, FIELDS["dataset"].known()) == f"{column!r} is probably {field!r}"


def test_failures_that_differ_in_ids_alone_are_one_reason() -> None:
    ids = ("5dfaa48c-d309-4da2-add5-3deb81ddd35d", "00000000-d309-4da2-add5-3deb81ddd35d")
    reasons = [f"package_patch (id={one}): Organization {one} does not exist" for one in ids]
    assert dict(grouped([*reasons, "gone"])) == {
        "package_patch (id=...): Organization ... does not exist": 2,
        "gone": 1,
    }
    assert dict(grouped(reasons[:1])) == {reasons[0]: 1}, "what was met once is told whole"
    lost = [f"not kept: license (did you mean license_id?): sent {sent!r}, found no such field" for sent in ("a", "b")]
    assert dict(grouped(lost)) == {"not kept: license (did you mean license_id?)": 2}


def test_a_job_goes_on_with_the_exported_profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CKAN_BASE_URL", "CKAN_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TUCKAN_CONFIG_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for name in ("editor", "admin"):
        save_profile(Profile(name, "https://example.org", f"token-of-{name}"))
    monkeypatch.setenv("TUCKAN_PROFILE", "admin")
    assert _at(Session(Output("jsonl")), "https://example.org").profile == "admin"
