"""Resources that are deleted many at once: one write for each dataset, shown before, done once, and undone."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tuckan import Client
from tuckan.errors import ClientClosed, NotFound
from tuckan.wire.retry import RetryPolicy

from .conftest import Both

if TYPE_CHECKING:
    from pathlib import Path

    from tuckan.sandbox import Sandbox

QUICK = RetryPolicy(attempts=4, base=0.01, longest=0.05)


def links(number: int) -> list[dict[str, Any]]:
    return [{"name": f"r{n}", "url": f"https://example.org/{n}.csv", "format": "CSV"} for n in range(number)]


@pytest.fixture
def ids(city: Client) -> dict[str, list[str]]:
    """Two datasets, and the ids of their resources."""
    made = {
        name: city.datasets.create(name=name, owner_org="city", resources=links(n))
        for name, n in (("aa", 30), ("bb", 3))
    }
    return {name: [one["id"] for one in dataset["resources"]] for name, dataset in made.items()}


def names(ckan: Client, dataset: str) -> list[str]:
    return [str(one["name"]) for one in ckan.resources.list(dataset)]


def tables(ckan: Client) -> set[str]:
    found = ckan.call("datastore_search", resource_id="_table_metadata", limit=1000)
    return {one["name"] for one in found["records"]}


@pytest.mark.also_unruly("refuses_filter")
@pytest.mark.filterwarnings("ignore::tuckan.errors.NoFilter")
def test_many_go_with_one_write_and_come_back(
    city: Client, ids: dict[str, list[str]], ckan_sandbox: Sandbox, proxy: Any, tmp_path: Path
) -> None:
    file = tmp_path / "rain.txt"  # no loader touches the dataset meanwhile
    file.write_text("n\n1\n")
    uploaded = city.resources.upload("aa", file).resource["id"]
    table = city.call(
        "datastore_create", resource={"package_id": "aa", "name": "t"}, fields=[{"id": "n", "type": "int"}]
    )["resource_id"]
    assert table in tables(city)
    gone = [*ids["aa"][:25], uploaded, table, "bb/r1", ids["bb"][2]]
    with Client(proxy.url, ckan_sandbox.token(), progress=False) as ckan:
        ckan.call("status_show")
        proxy.seen.clear()
        job = ckan.jobs.delete(gone, "resource")
        assert (str(job.plan()), job.plan().losses) == ("2 to be changed", {"resource": 29, "uploaded file": 1})
        planned = Counter(one.action for one in proxy.seen)
        assert sum(planned.values()) <= 9, "a resource tells of its neighbours"
        assert ckan.resources.list("bb"), "nothing is done yet"
        proxy.seen.clear()
        report = job.run()
        sent = Counter(one.action for one in proxy.seen)
        assert (report.complete, report.done) == (True, {"changed": 2})
        if "unruly" in city.portal.status()["extensions"]:
            assert sent["resource_delete"] == len(gone)
        else:
            assert (sent["package_revise"], sent["resource_delete"]) == (2, 2)
            assert sum(sent.values()) <= 11
        assert (names(city, "aa"), names(city, "bb")) == ([f"r{n}" for n in range(25, 30)], ["r0"])
        assert table not in tables(city)
        with pytest.raises(NotFound):
            city.resources.get(uploaded)
        city.datasets.add_tags("aa", ["wet"])
        with job, job.undo() as undo:
            assert undo.run().complete
    assert [one["id"] for one in city.resources.list("bb")] == ids["bb"]
    assert [one["id"] for one in city.resources.list("aa")][:30] == ids["aa"]
    assert [one["name"] for one in city.datasets.get("aa")["tags"]] == ["wet"], "what others did stays"


def test_a_client_that_was_closed_fails_nothing_for_good(
    city: Client, ids: dict[str, list[str]], ckan_sandbox: Sandbox
) -> None:
    with ckan_sandbox.client() as ckan:
        job = ckan.jobs.delete(ids["bb"], "resource")
    with job, pytest.raises(ClientClosed):
        job.run()
    with city.jobs.open(job.name) as again:
        assert again.run().done == {"changed": 1}
    assert names(city, "bb") == []


@pytest.mark.contradicts("refuses_filter")  # then each resource is removed by itself, and one that is gone is no error
@pytest.mark.parametrize("fault", ["reset_after", "lost_behind_502", "reset_before"])
def test_what_is_lost_on_the_way_is_looked_up(
    city: Client, ids: dict[str, list[str]], ckan_sandbox: Sandbox, proxy: Any, faults: Any, kind: str, fault: str
) -> None:
    both = Both(kind, proxy.url, ckan_sandbox.token(), retries=QUICK)
    try:
        job = both(both.client.jobs.delete(ids["aa"][:7], "resource"))
        proxy.seen.clear()
        proxy.next(getattr(faults, fault), action="package_revise")
        proxy.next(getattr(faults, fault), action="resource_delete")
        report = both(job.run())
        assert (report.complete, report.done) == (True, {"changed": 1})
        job.close()
    finally:
        both.close()
    assert names(city, "aa") == [f"r{n}" for n in range(7, 30)]
    arrived = 1 if fault != "reset_before" else 2
    assert (len(proxy.calls("package_revise")), len(proxy.calls("resource_delete"))) == (arrived, arrived)


def test_what_was_begun_by_a_process_that_died_is_done_once(city: Client, ids: dict[str, list[str]]) -> None:
    with city.jobs.delete([*ids["aa"][:3], *ids["bb"]], "resource") as job:
        assert len(list(job._journal.take(0, 10))) == 2, "as a process leaves it that dies while it works"
        city.datasets.remove_resources("bb", ids["bb"])
        city.datasets.remove_resources("aa", ids["aa"][:2])
        city.resources.create("aa", name="new", url="https://example.org/new")
        report = job.run()
        assert (report.complete, report.done) == (True, {"changed": 2})
    assert (names(city, "aa"), names(city, "bb")) == ([*(f"r{n}" for n in range(3, 30)), "new"], [])


def test_what_is_no_resource_is_named_and_the_others_go(city: Client, ids: dict[str, list[str]]) -> None:
    with city.jobs.delete(["nothing", ids["bb"][0], "bb/r0", "bb/none"], "resource") as job:
        assert str(job.plan()) == "1 to be changed, 3 refused"
        reasons = [one.reason for one in job.failures()]
        assert reasons == [
            "there is no resource 'nothing'",
            "the same resource is already named in name 2",
            "there is no resource 'bb/none'",
        ]
        assert job.run().done == {"changed": 1}
    assert names(city, "bb") == ["r1", "r2"]
