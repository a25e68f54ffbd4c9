"""What a plan did not show is not changed: what is in the bin, hidden from searches, or made since."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tuckan import Client
from tuckan.transport.dump import Dump

from .conftest import Both

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tuckan.sandbox import Sandbox


@pytest.fixture
def both(city: Client, ckan_sandbox: Sandbox, kind: str) -> Iterator[Both]:
    both = Both(kind, ckan_sandbox.url, ckan_sandbox.token())
    yield both
    both.close()


def deleted(ckan: Client, name: str) -> str:
    """The id of a dataset in the bin."""
    id_: str = ckan.call("package_create", name=name, owner_org="city", title="Old")["id"]
    ckan.call("package_delete", id=id_)
    return id_


def reasons(job: Any) -> dict[str, str]:
    return {entry.operation.subject: entry.reason for entry in job.failures()}


def test_datasets_of_every_state_are_planned_for_and_the_bin_is_left(city: Client, both: Both) -> None:
    for state in ("draft", "archived"):
        city.call("package_create", name=state, owner_org="city", title="Old", state=state)
    gone = deleted(city, "gone")
    records = [{"name": name, "title": "New"} for name in ("draft", "archived")]
    job = both(both.client.jobs.load([*records, {"id": gone, "name": "gone-again", "title": "New"}]))
    assert job.plan().intended == {"changed": 2, "created": 1}
    report = both(job.run())
    assert (report.done, report.failed) == ({"changed": 2}, 1)
    (reason,) = reasons(job).values()
    assert "which is in the bin; it was not changed" in reason
    for name, said in (("draft", ("draft", "New")), ("archived", ("archived", "New")), (gone, ("deleted", "Old"))):
        found = city.datasets.get(name)
        assert (found["state"], found["title"]) == said
    job.close()


def test_what_was_made_or_deleted_since_the_plan_is_left(city: Client, both: Both) -> None:
    names = ("made", "taken-away")
    for kind in ("package", "organization", "group"):
        owner = {"owner_org": "city"} if kind == "package" else {}
        city.call(f"{kind}_create", name=f"{kind}-taken-away", title="Old", **owner)
        records = [{"name": f"{kind}-{name}", "title": "New", **owner} for name in names]
        job = both(both.client.jobs.load(records, "dataset" if kind == "package" else kind))
        assert job.plan().intended == {"changed": 1, "created": 1}
        city.call(f"{kind}_create", name=f"{kind}-made", title="Theirs", **owner)
        city.call(f"{kind}_delete", id=f"{kind}-taken-away")
        assert both(job.run()).failed == 2
        assert all("it was not changed" in reason for reason in reasons(job).values()), reasons(job)
        there = [city.call(f"{kind}_show", id=f"{kind}-{name}") for name in names]
        assert [(one["state"], one["title"]) for one in there] == [("active", "Theirs"), ("deleted", "Old")]
        job.close()


def test_what_is_shown_to_others_alone_is_named(city: Client, ckan_sandbox: Sandbox) -> None:
    city.call("user_create", name="editor", email="editor@example.org", password="not-needed-1")
    city.call("organization_create", name="office", users=[{"name": "editor", "capacity": "editor"}])
    city.call("package_create", name="hidden", owner_org="city", title="Theirs", private=True)
    with Client(ckan_sandbox.url, city.tokens.create("editor", "work")["token"]) as ckan:
        job = ckan.jobs.load([{"name": "hidden", "owner_org": "office", "title": "Mine"}])
        assert job.run().failed == 1
        assert "which is hidden from the owner of this token" in reasons(job)["dataset hidden"]
        job.close()
    assert city.datasets.get("hidden")["title"] == "Theirs"


def test_a_copy_restores_only_what_its_plan_shows(city: Client, both: Both, tmp_path: Path) -> None:
    city.call("group_create", name="weather", title="Old")
    city.call("group_delete", id="weather")
    city.call("package_create", name="sketch", owner_org="city", title="Old", state="archived")
    gone = deleted(city, "gone")
    kinds: dict[str, list[dict[str, Any]]] = {
        "groups": [{"name": "weather", "title": "New"}],
        "datasets": [
            {
                "name": "sketch",
                "owner_org": "city",
                "title": "New",
                "state": "archived",
                "private": False,
                "type": "dataset",
            },
            {"name": "gone-again", "id": gone, "owner_org": "city", "title": "New"},
        ],
    }
    for name, records in kinds.items():
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(one) + "\n" for one in records))
    job = both(both.client.jobs.copy(Dump(tmp_path)))
    assert job.plan().intended == {"changed": 1, "created": 1, "restored": 1}
    report = both(job.run())
    assert (report.done.get("restored"), report.done.get("changed"), report.failed) == (1, 1, 1), str(report)
    assert "which is in the bin" in reasons(job)["dataset gone-again"]
    assert city.groups.get("weather")["title"] == "New"
    assert (city.datasets.get(gone)["state"], city.datasets.get(gone)["title"]) == ("deleted", "Old")
    assert city.datasets.get("sketch")["title"] == "New"
    job.close()
