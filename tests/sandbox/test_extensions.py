"""Extensions in the sandbox: those that portals run, by their recipes, and one of a portal's own."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from tests.portals import OLDER, river

from tuckan import Client, errors
from tuckan.sandbox import Sandbox
from tuckan.sandbox.pytest_plugin import Wanted, sandbox_of_this_session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.shell import Shell

PLACE = {"type": "Polygon", "coordinates": [[[10, 50], [12, 50], [12, 52], [10, 52], [10, 50]]]}


@pytest.fixture
def portal(rivers: Sandbox) -> Iterator[Client]:
    """A client of it, as new."""
    rivers.reset()
    with rivers.client() as client:
        yield client


def names(found: dict[str, Any]) -> list[str]:
    return sorted(one["name"] for one in found["results"])


def test_every_recipe_does_what_it_is_there_for(portal: Client, rivers: Sandbox) -> None:
    call = portal.call
    loaded = rivers.plugins()
    assert loaded[0] == ("doi" if rivers.ckan in OLDER else "river")
    assert {"scheming_datasets", "dcat", "ckan_harvester", "spatial_query", "datastore"} < set(loaded)

    assert {"dataset", "instrument", "survey"} < set(call("scheming_dataset_schema_list"))
    call("organization_patch", id="rivers", department_id="7")
    assert call("organization_show", id="rivers")["department_id"] == "7"
    call("group_create", name="upper-elbe", type="catchment", area="7")
    assert call("group_show", id="upper-elbe")["area"] == "7"
    people = [{"person": "Ada", "mail": "ada@example.org"}, {"person": "Bo", "mail": ""}]
    usual = {"owner_org": "rivers", "notes": "It is surveyed.", "author": "Lovelace, Ada"}
    made = call("package_create", usual, name="survey-1", title="Survey", type="survey", contact=people)
    assert [one["person"] for one in made["contact"]] == ["Ada", "Bo"]
    with pytest.raises(errors.ValidationError, match="person"):
        call("package_create", usual, name="survey-2", title="S", type="survey", contact=[{"mail": "x"}])

    extras = [{"key": "spatial", "value": json.dumps(PLACE)}]
    placed = call("package_create", usual, name="placed", title="Placed", extras=extras)
    assert names(call("package_search", extras={"ext_bbox": "9,49,11,51"})) == ["placed"]
    assert names(call("package_search", extras={"ext_bbox": "-9,49,3,51"})) == []
    assert names(call("package_search", fq="river_length:[600 TO 600]")) == ["placed", "survey-1"]

    assert "dcat:Dataset" in call("dcat_dataset_show", id="placed", format="ttl")
    source = {"url": rivers.url, "name": "others", "title": "Others", "source_type": "ckan", "owner_org": "rivers"}
    assert call("harvest_source_create", source)["name"] == "others"
    if rivers.ckan in OLDER:
        assert placed["doi"].startswith("10.99999/")
        call("package_patch", id="placed", notes="It has a DOI now.")
        assert call("package_show", id="placed")["doi_status"] is True, "the stand-in for DataCite has minted it"
        assert [one["name"] for one in call("group_tree", type="organization")] == ["rivers"]


def test_sandboxes_side_by_side_do_not_meet(portal: Client, rivers: Sandbox, ckan_sandbox: Sandbox) -> None:
    mine, other = rivers.settings, ckan_sandbox.settings
    assert set(mine.ports.values()).isdisjoint(other.ports.values())
    assert (mine.sockets, mine.secrets) != (other.sockets, other.secrets)
    assert portal.call("package_search", q="name:elbe")["count"] == 1
    with ckan_sandbox.client() as ckan:
        assert ckan.call("package_search", q="name:elbe")["count"] == 0
        with pytest.raises(errors.NotFound):
            ckan.call("package_show", id="elbe")
        with pytest.raises(errors.ActionNotFound):
            ckan.call("river_gauges")
        assert ckan.schemas.get().source == "ckan"
    with Client(ckan_sandbox.url, rivers.token()) as stranger, pytest.raises(errors.InvalidToken):
        stranger.portal.whoami()


def test_a_reset_brings_back_what_the_extension_had_made(portal: Client, rivers: Sandbox) -> None:
    def seen() -> dict[str, Any]:
        found = portal.call("package_search", q="*:*", fl=["name", "site_id"])
        elbe = portal.call("package_show", id="elbe")
        resource = elbe["resources"][0]
        rows = portal.call("datastore_search", resource_id=resource["id"])["records"]
        return {
            "gauges": portal.call("river_gauges"),
            "found": names(found),
            "kept": [elbe["id"], elbe["title"], resource["id"], resource["url"]],
            "rows": [one["level"] for one in rows],
            "users": sorted(one["name"] for one in portal.call("user_list")),
            "rivers": portal.call("package_search", q="river", rows=0)["count"],
        }

    before = seen()
    assert before["gauges"] == [[1, "Dresden"], [2, "Magdeburg"]]
    assert (before["found"], before["rows"]) == (["elbe"], [1, 2])
    assert before["rivers"] == 1
    assert before["kept"][-1].startswith(rivers.url)

    portal.call("river_gauges", name="Hamburg")
    portal.call("package_patch", id="elbe", title="Labe")
    portal.call("datastore_delete", resource_id=before["kept"][2], force=True)
    portal.call("package_delete", id="elbe")
    portal.call("package_create", name="weser", owner_org="rivers", notes="Another river.", author="Polo, Marco")
    portal.call("user_create", name="ferryman", email="f@example.org", password="over-the-river-1")
    portal.call("organization_patch", id="rivers", title="Streams")
    rivers.reset()
    assert seen() == before
    assert portal.call("river_gauges", name="Wittenberg")[-1] == [3, "Wittenberg"], "and its numbers go on from there"


def test_of_what_fails_inside_the_end_of_the_log_is_shown(portal: Client, rivers: Sandbox, alone: Shell) -> None:
    with pytest.raises(errors.TuckanError) as caught:
        portal.call("river_flood")
    assert "RuntimeError: the gauge is under water" in str(caught.value)
    assert f"{rivers.label}/logs/web.log" in caught.value.log
    with pytest.raises(errors.NotFound) as refused:
        portal.call("package_show", id="nowhere")
    assert not refused.value.log, "nothing failed"

    variables = {**alone.environment, "CKAN_BASE_URL": rivers.url, "CKAN_API_KEY": rivers.token()}
    command = [sys.executable, "-m", "tuckan", "call", "river_flood"]
    ran = subprocess.run(command, env=variables, capture_output=True, text=True, check=False, cwd=alone.folder)
    assert "RuntimeError: the gauge is under water" in ran.stderr
    assert ran.returncode == 5


def test_its_own_command_line_and_what_it_has(rivers: Sandbox, alone: Shell) -> None:
    where = ["--name", rivers.label.removesuffix(f"-{rivers.ckan}"), "--ckan", rivers.ckan]
    ran = alone.apart(
        "sandbox", "ckan", *where, "--", "config", "search", "ckan.site_title", "--include-plugin", "river"
    )
    assert ran.code in (0, 2), ran.err
    ran = alone.apart("sandbox", "ckan", *where, "--", "river", "dam")
    assert (ran.code, "No such command 'dam'" in ran.err) == (2, True), ran.err

    listed = {
        one["recipe"]: one
        for one in map(json.loads, alone("sandbox", "plugins", *where, "--format", "jsonl").out.splitlines())
    }
    assert (listed["scheming"]["loaded"], listed["scheming"]["installed"]) == (True, "3.1.0")
    assert listed["doi"]["loaded"] is (rivers.ckan in OLDER)
    assert "hierarchy_form and scheming_organizations" in alone("sandbox", "plugins", *where, "--format", "table").err


def test_plugins_may_come_to_a_portal_that_has_data_and_go_again(ckan_sandbox: Sandbox) -> None:
    kind = Wanted(ckan_sandbox.ckan).sandbox
    with contextlib.ExitStack() as stack:
        own = sandbox_of_this_session(ckan_sandbox.ckan, stack, kind=kind, name="later")
        name = own.label.removesuffix(f"-{own.ckan}")
        stack.callback(own.destroy)
        own.destroy()
        own.up(as_profile=False)
        with own.client() as ckan:
            ckan.call("organization_create", name="kept")
        said: list[str] = []
        river(name, own.ckan).up(said.append, as_profile=False)
        Sandbox(name, own.ckan).up(said.append, as_profile=False)
        with own.client() as ckan:
            assert ckan.portal.status()["site_title"] == "100 % rivers"
            assert ckan.call("river_gauges") == [[1, "Dresden"], [2, "Magdeburg"]]
            assert ckan.organizations.get("kept")["name"] == "kept"
        with ckan_sandbox.client() as other, pytest.raises(errors.ActionNotFound):
            other.call("river_gauges")
