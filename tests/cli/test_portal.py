"""The commands on a real portal, in every format."""

from __future__ import annotations

import csv
import io
import json
import shlex
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tuckan.shapes.secrets import jti

if TYPE_CHECKING:
    from pathlib import Path

    from tests.shell import Shell

    from tuckan.client import Client
    from tuckan.sandbox import Sandbox


@pytest.fixture
def filled(clean_portal: Sandbox, ckan_client: Client) -> Client:
    """A portal with an organization, five datasets and a table."""
    ckan_client.call("organization_create", name="city", title="The City")
    for number in range(5):
        ckan_client.call(
            "package_create",
            name=f"d{number}",
            title=f"Zürich [red]{number}",
            owner_org="city",
            private=number == 4,
            tags=[{"name": "even" if number % 2 == 0 else "odd"}],
        )
    ckan_client.call(
        "datastore_create", resource={"package_id": "d0"}, records=[{"a": 1, "b": "x"}, {"a": 2, "b": None}]
    )
    return ckan_client


def test_status(shell: Shell, filled: Client) -> None:
    ran = shell("status", "--format", "json")
    found = json.loads(ran.out)
    assert (ran.code, found["user"], found["sysadmin"]) == (0, "admin", True)
    assert "datastore" in found["extensions"]
    assert "anonymous" in shell("status", "--anonymous", "--format", "table").out


def test_an_invalid_token_is_found_out(shell: Shell) -> None:
    shell.variables["CKAN_API_KEY"] = "not-a-token-at-all"
    ran = shell("status")
    assert ran.code == 3
    assert "does not know this token" in ran.err
    assert "not-a-token-at-all" not in ran.err + ran.out


def test_dataset_list_in_every_format(shell: Shell, filled: Client) -> None:
    ran = shell("dataset", "list", "--private")
    assert sorted(json.loads(line)["name"] for line in ran.lines) == ["d0", "d1", "d2", "d3", "d4"]
    assert "5 datasets" in ran.err
    assert len(shell("dataset", "list").lines) == 4
    assert sorted(shell("dataset", "list", "-f", "ids").lines) == ["d0", "d1", "d2", "d3"]
    assert len(json.loads(shell("dataset", "list", "-f", "json").out)) == 4
    rows = list(csv.DictReader(io.StringIO(shell("dataset", "list", "-f", "csv").out)))
    assert {row["name"] for row in rows} == {"d0", "d1", "d2", "d3"}
    assert json.loads(rows[0]["organization"])["name"] == "city"
    table = shell("dataset", "list", "-f", "table").out
    assert "Zürich [red]0" in table, "markup in a title is text"
    assert "city" in table


def test_search(shell: Shell, filled: Client) -> None:
    ran = shell("search", "Zürich", "--facet", "tags", "--format", "json")
    assert json.loads(ran.out)["facets"] == {"tags": {"even": 2, "odd": 2}}
    assert shell("search", "--filter", "tags=odd", "-f", "ids", "--sort", "name desc").lines == ["d3", "d1"]
    table = shell("search", "--facet", "tags", "-f", "table")
    assert "even" in table.out
    assert "--facet-limit" not in table.err, "all of them are shown"
    assert (
        "1 most frequent value; --facet-limit"
        in shell("search", "--facet", "tags", "--facet-limit", "1", "-f", "table").err
    )
    filled.call("package_patch", id="d1", tags=[{"name": f"tag {n:02}"} for n in range(12)])
    assert len(json.loads(shell("search", "--facet", "tags", "-f", "json").out)["facets"]["tags"]) == 10
    assert (
        len(json.loads(shell("search", "--facet", "tags", "--facet-limit", "-1", "-f", "json").out)["facets"]["tags"])
        == 14
    )
    nothing = shell("search", "nowhere-to-be-found", "-f", "table")
    assert (nothing.code, nothing.out) == (0, "")
    assert "Nothing found" in nothing.err
    wrong = shell("search", "title:[")
    assert (wrong.code, wrong.out) == (2, "")
    assert "Cannot parse 'title:['" in wrong.err
    assert "SolrError" not in wrong.err, "Solr's reason is enough"


def test_show_and_not_found(shell: Shell, filled: Client) -> None:
    assert json.loads(shell("dataset", "show", "d1", "-f", "json").out)["title"] == "Zürich [red]1"
    assert json.loads(shell("dataset", "by-title", "zÜRICH [red]2", "-f", "json").out)["name"] == "d2"
    several = shell("dataset", "by-title", "zürich", "-f", "ids")
    assert several.code == 0
    assert "Note: 4 datasets match" in several.err
    for command in ("dataset", "resource", "organization", "group", "user", "tag", "vocabulary", "license", "view"):
        ran = shell(command, "show", "nowhere-to-be-found")
        assert (ran.code, ran.out) == (4, ""), command


def test_lists_of_everything_else(shell: Shell, filled: Client) -> None:
    assert shell("organization", "list", "-f", "ids").lines == ["city"]
    member = json.loads(shell("organization", "members", "city", "-f", "jsonl").out)
    assert (member["name"], member["capacity"]) == ("admin", "Admin")
    assert shell("group", "list", "-f", "ids").lines == []
    none = shell("organization", "list", "--type", "institute", "-f", "ids")
    assert (none.lines, none.err) == ([], "0 of 0 read in 1 page, complete, no duplicates; type institute\n")
    assert shell("user", "list", "-f", "ids").lines == ["admin"]
    assert shell("tag", "list", "-f", "ids").lines == ["even", "odd"]
    assert shell("tag", "list", "-f", "csv").lines == ["name", "even", "odd"]
    assert shell("vocabulary", "list").lines == []
    assert "cc-by" in shell("license", "list", "-f", "ids").lines
    assert json.loads(shell("activity", "list", "--dataset", "d1", "-n", "1").out)["activity_type"] == "new package"
    assert len(shell("resource", "list", "d0", "-f", "ids").lines) == 1


def test_datastore(shell: Shell, filled: Client) -> None:
    table = shell("resource", "list", "d0", "-f", "ids").lines[0]
    assert shell("datastore", "search", table, "-f", "csv", "--field", "a", "--sort", "a desc").lines == ["a", "2", "1"]
    everything = shell("datastore", "search", table, "--all")
    assert [json.loads(line)["_id"] for line in everything.lines] == [1, 2]
    assert "2 rows" in everything.err
    assert (
        "numeric" in shell("datastore", "info", table, "-f", "table").out
        or "int" in shell("datastore", "info", table).out
    )
    assert shell("datastore", "info", "nowhere").code == 4


def test_call(shell: Shell, filled: Client, tmp_path: Path) -> None:
    assert json.loads(shell("call", "package_show", "id=d1").out)["name"] == "d1"
    assert shell("call", "package_list", "-f", "ids").lines == ["d0", "d1", "d2", "d3"]
    assert json.loads(shell("call", "package_search", "rows:0", 'facet.field:["tags"]', "-f", "json").out)["count"] == 4
    assert shell("call", "package_patch", "-i", "-", given='{"id": "d1", "title": "New"}').code == 0
    assert filled.datasets.get("d1")["title"] == "New"
    file = tmp_path / "f.csv"
    file.write_text("a\n1\n")
    made = shell("call", "resource_create", "package_id=d1", "name=f", f"upload@{file}")
    assert json.loads(made.out)["url"].endswith("f.csv")
    assert shell("call", "package_create", "name=No spaces!").code == 1
    assert shell("call", "no_such_action").code == 2
    assert shell("call", "package_show", "-i", "-", given="[").code == 2


def test_call_of_a_route(shell: Shell, filled: Client, tmp_path: Path) -> None:
    route = "/api/3/action/"
    status = json.loads(shell("call", "--path", f"{route}status_show", "-f", "json").out)
    assert status["success"]
    assert (
        json.loads(shell("call", "--path", f"{route}package_show", "id=d1", "-f", "json").out)["result"]["name"] == "d1"
    )
    change = '{"id": "d1", "title": "By a route"}'
    assert shell("call", "--path", f"{route}package_patch", "--data", "-", given=change).code == 0
    assert filled.datasets.get("d1")["title"] == "By a route"
    assert shell("call", "--path", f"{route}package_patch", "-X", "post", "id=d1", "title=Again").code == 0
    assert filled.datasets.get("d1")["title"] == "Again"
    (tmp_path / "f.csv").write_text("a\n1\n")
    made = shell("call", "--path", f"{route}resource_create", "package_id=d1", f"upload@{tmp_path / 'f.csv'}")
    url = json.loads(made.out)["result"]["url"]
    assert shell("call", "--path", url).out == "a\n1\n"
    assert "content-type" in json.loads(shell("call", "--path", "/dataset", "-X", "HEAD").out)
    assert shell("call", "--path", "/no/such/route").code == 4


def test_tokens(shell: Shell, filled: Client) -> None:
    for number in range(6):
        filled.tokens.create("admin", "notebook" if number % 2 else "other")
    listed = shell("token", "list", "-f", "jsonl")
    assert len(listed.lines) == 8
    some = shell("token", "list", "--name", "notebook", "--limit", "2", "-f", "jsonl")
    assert [json.loads(line)["name"] for line in some.lines] == ["notebook", "notebook"]
    assert "3 tokens, 2 of them shown." in some.err
    assert shell("token", "list", "--unused-since", "1d", "-f", "ids").lines == []
    plan = shell("token", "revoke", "--name", "notebook", "--dry-run")
    assert (plan.code, len(plan.lines)) == (0, 3)
    assert "nothing was sent" in plan.err
    assert "stays" not in plan.err
    current = jti(shell.variables["CKAN_API_KEY"])
    for more in ([], ["--dry-run"]):
        nothing = shell("token", "revoke", "--id", str(current), *more)
        assert "0 of the 8 tokens of admin would be revoked; nothing was sent." in nothing.err
        assert "The token in use matches too and is kept; --include-current" in nothing.err
    refused = shell("token", "revoke", "--name", "notebook", given="n\n")
    assert refused.code == 1
    assert "Nothing was revoked" in refused.err
    done = shell("token", "revoke", "--name", "notebook", "--limit", "2", "--yes")
    assert [json.loads(line)["outcome"] for line in done.lines] == ["revoked", "revoked"]
    assert "2 of 2 revoked" in done.err
    assert shell("token", "revoke").code == 2, "no condition"
    for command in (["list", ""], ["create", "x", "--user", ""], ["revoke", "", "--name", "notebook", "--yes"]):
        assert shell("token", *command).code == 2, "nobody is not oneself"
    assert shell("token", "revoke", "--all", given="yes\n").code == 1, "the phrase must be typed"
    phrase = shell("token", "revoke", "--all", given="REVOKE ALL\n")
    assert phrase.code == 0
    assert len(phrase.lines) == 5, "all but the one in use"
    assert len(shell("token", "list", "-f", "ids").lines) == 1
    made = shell("token", "create", "fresh")
    assert made.code == 0
    shell.variables["CKAN_API_KEY"] = made.out.strip()
    assert shell("token", "list", "-f", "ids").code == 0


def test_profiles(shell: Shell, filled: Client) -> None:
    url, token = shell.variables.pop("CKAN_BASE_URL"), shell.variables.pop("CKAN_API_KEY")
    wrong = shell("login", "work", "--url", url, "--token-stdin", given="wrong\n")
    assert wrong.code == 3
    assert shell("profiles").lines == []
    ran = shell("login", "work", "--url", url, "--token-stdin", given=token + "\n")
    assert ran.code == 0
    assert json.loads(ran.out)["user"] == "admin"
    assert stat.S_IMODE((shell.folder / "config" / "profiles.toml").stat().st_mode) == 0o600
    listed = shell("profiles")
    assert token not in listed.out + listed.err + ran.out + ran.err
    assert json.loads(shell("status", "-p", "work", "-f", "json").out)["user"] == "admin"
    assert shell("logout", "work").code == 0
    assert shell("status", "-p", "work").code == 3


def test_a_website_that_is_no_portal(shell: Shell, filled: Client) -> None:
    ran = shell("status", "--url", shell.variables["CKAN_BASE_URL"] + "/about", "--anonymous")
    assert ran.code in (0, 5), "a page of the portal leads to the portal, or is refused"


def test_who_reads_us_may_stop(shell: Shell, filled: Client) -> None:
    command = f"{shlex.quote(sys.executable)} -m tuckan call package_search rows:100 -f json | head -c 10"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        capture_output=True,
        text=True,
        env={**shell.variables, "PATH": "/usr/bin:/bin", "HOME": str(shell.folder)},
        check=False,
        timeout=200,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_verbose_tells_and_keeps_the_token(shell: Shell, filled: Client) -> None:
    ran = shell("status", "-vv")
    assert ran.code == 0
    assert shell.variables["CKAN_API_KEY"] not in ran.err + ran.out
