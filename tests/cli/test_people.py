"""What people rely on beyond single commands: options anywhere, default portals, several at once, no secret anywhere."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.shell import Shell

    from conftest import FaultProxy, Impostor
    from tuckan.client import Client
    from tuckan.sandbox import Sandbox


@pytest.fixture
def three(clean_portal: Sandbox, ckan_client: Client) -> Client:
    """A portal with three datasets; each has a resource with a file of two rows, but for the last."""
    ckan_client.call("organization_create", name="city", title="The City")
    for number in range(3):
        ckan_client.call("package_create", name=f"d{number}", title=f"Number {number}", owner_org="city")
    for number in range(2):
        file = io.BytesIO(b"a,b\n1,x\n2,y\n")
        file.name = "table.csv"
        asked = {"package_id": f"d{number}", "name": f"r{number}", "format": "CSV"}
        ckan_client.call("resource_create", asked, files={"upload": file})
    return ckan_client


def test_options_stand_before_or_behind_the_command(shell: Shell, three: Client) -> None:
    assert shell("-f", "ids", "dataset", "list").lines == shell("dataset", "list", "-f", "ids").lines
    assert shell("-f", "csv", "dataset", "list", "-f", "ids").lines[0].startswith("d"), "the nearer one counts"
    url = shell.variables.pop("CKAN_BASE_URL")
    assert shell("--url", url, "whoami", "-f", "ids").lines == ["admin"]
    assert shell("--profile", "nowhere", "whoami", "--url", url, "-f", "ids").code == 0
    assert shell("--anonymous", "whoami", "--url", url).code == 3
    empty = shell("dataset", "list", "--url", "")
    assert (empty.code, empty.out) == (2, ""), "a variable that is not set must not lead to another portal"


def test_a_list_of_an_organization_and_its_beginning(shell: Shell, three: Client) -> None:
    three.call("organization_create", name="lake")
    three.call("package_create", name="pond", owner_org="lake")
    whole = shell("dataset", "list", "--organization", "city", "-f", "ids")
    assert (sorted(whole.lines), whole.err) == (["d0", "d1", "d2"], "3 datasets, complete, no duplicates.\n")
    some = shell("dataset", "list", "--org", "city", "--limit", "2", "-f", "ids")
    assert some.lines == whole.lines[:2]
    assert some.err == "2 datasets, in order of id; there may be more (--limit 2).\n"
    more = shell("dataset", "list", "--org", "city", "-n", "2", "--offset", "2", "-f", "ids")
    assert (more.lines, more.err) == (whole.lines[2:], "1 dataset, complete, no duplicates.\n")


def test_the_address_of_a_page_is_shown(shell: Shell, three: Client, clean_portal: Sandbox) -> None:
    resource = three.datasets.get("d0")["resources"][0]
    for command, path in (
        (("dataset", "show", "d0"), "dataset/d0"),
        (("resource", "show", resource["id"]), f"dataset/{resource['package_id']}/resource/{resource['id']}"),
        (("organization", "show", "city"), "organization/city"),
    ):
        ran = shell(*command, "--web")
        assert (ran.code, ran.lines) == (0, [f"{clean_portal.url}/{path}"]), ran.err
    assert shell("dataset", "show", "nothing", "--web").code == 4


def test_whoami(shell: Shell, three: Client) -> None:
    assert json.loads(shell("whoami", "-f", "json").out)["name"] == "admin"
    assert "admin" in shell("whoami", "-f", "table").out
    shell.variables["CKAN_API_KEY"] = "wrong"
    assert shell("whoami").code == 3


def test_fields_are_those_that_were_asked_for(shell: Shell, three: Client) -> None:
    expected = ["title", "Number 0", "Number 1", "Number 2"]
    for command in (["dataset", "list"], ["search", "--all"], ["dataset", "search"]):
        lines = shell(*command, "--field", "title", "-f", "csv").lines
        assert (lines[0], sorted(lines[1:])) == (expected[0], expected[1:])
    two = shell("dataset", "list", "--field", "name,nmae", "-f", "csv")
    assert two.lines[0] == "name,nmae"
    assert "has a field 'nmae'" in two.err
    missing = shell("dataset", "delete", "d0", "nobody", "--dry-run")
    assert (missing.code, "1 to be deleted, 1 refused" in missing.err) == (1, True)


def test_all_results_of_a_search(shell: Shell, three: Client) -> None:
    assert sorted(shell("search", "--all", "-f", "ids").lines) == ["d0", "d1", "d2"]
    assert shell("search", "--all", "--sort", "name asc").code == 2
    assert len(shell("search", "--limit", "2", "-f", "ids").lines) == 2


def test_resources_of_any_dataset(shell: Shell, three: Client) -> None:
    found = shell("resource", "search", "format:CSV", "name:r1")
    assert [json.loads(line)["name"] for line in found.lines] == ["r1"]
    assert "1 of 1 resource\n" in found.err
    assert shell("resource", "search", "rain").code == 2


def test_what_is_mine(shell: Shell, three: Client) -> None:
    assert shell("organization", "list", "--mine", "-f", "ids").lines == ["city"]
    assert shell("group", "list", "--mine", "-f", "ids").lines == []


def test_a_dataset_for_people(shell: Shell, three: Client) -> None:
    shown = shell("dataset", "show", "d0", "-f", "table")
    assert shown.out.startswith("name")
    assert "table.csv" not in shown.out, "its resources are a table of their own"
    assert "r0" in shown.out
    happened = shell("activity", "list", "--dataset", "d2", "-f", "table")
    assert "Number 2" in happened.out
    assert "admin" in happened.out


def test_several_files_are_loaded_and_each_is_accounted_for(shell: Shell, three: Client) -> None:
    ids = [three.resources.list(f"d{number}")[0]["id"] for number in range(2)]
    for one in ids:  # CKAN has DataPusher at work on a new file by itself
        assert shell("datapusher", "wait", one).code == 0
    done = shell("datapusher", "submit", "-", "--wait", given="\n".join([*ids, ids[0], ""]))
    assert (done.code, [json.loads(line)["status"] for line in done.lines]) == (0, ["complete", "complete"])
    assert all(three.datastore.search(one)["total"] == 2 for one in ids)
    mixed = shell("xloader", "submit", ids[0], "nowhere", "--output-format", "csv")
    rows = {row["resource"]: row for row in csv.DictReader(io.StringIO(mixed.out))}
    assert mixed.code == 1
    assert rows["nowhere"]["status"] == "failed"
    assert "Not found" in rows["nowhere"]["reason"]
    assert rows[ids[0]]["status"] != "failed"
    assert "2 resources, 1 failed" in mixed.err
    assert shell("datapusher", "submit", "-").code == 2, "nothing was given"


def test_a_default_portal(shell: Shell, three: Client) -> None:
    url, token = shell.variables.pop("CKAN_BASE_URL"), shell.variables.pop("CKAN_API_KEY")
    assert shell("whoami").code == 3
    assert shell("profiles", "default").code == 3
    first = shell("login", "work", "--url", url, "--token-stdin", "--default", given=token)
    assert first.code == 0
    assert shell("login", "open", "--url", url, "--anonymous").code == 0
    assert shell("whoami", "-f", "ids").lines == ["admin"]
    assert shell("profiles", "default", "-f", "ids").lines == ["work"]
    listed = {row["name"]: row for row in csv.DictReader(io.StringIO(shell("profiles", "list", "-f", "csv").out))}
    assert (listed["work"]["default"], listed["work"]["token"]) == ("true", "saved")
    assert (listed["open"]["default"], listed["open"]["token"]) == ("false", "none")
    assert json.loads(shell("profiles", "show", "open").out)["url"] == url
    assert shell("profiles", "default", "nowhere").code == 3
    assert shell("profiles", "default", "open").code == 0
    assert shell("whoami").code == 3
    assert shell("profiles", "remove", "open").code == 0
    assert shell("profiles", "default").code == 3, "it went with its profile"
    assert shell("profiles", "default", "work").code == 0
    assert shell("profiles", "default", "--none").code == 0
    assert shell("whoami").code == 3


def test_a_new_token_as_a_script_wants_it(shell: Shell, three: Client) -> None:
    assert shell("token", "create", "plain").lines[0].count(".") == 2
    made = json.loads(shell("token", "create", "full", "-f", "json").out)
    assert made["token"].count(".") == 2, "later versions tell its id too"


def test_hints_are_in_the_words_of_the_shell(shell: Shell, three: Client) -> None:
    assert "--unused-since" in shell("token", "revoke").err
    three.tokens.create("admin", "spare")
    refused = shell("token", "revoke", "--all", given="revoke all\n")
    assert refused.code == 1
    assert "Type REVOKE ALL" in refused.err
    assert "confirm=" not in refused.err
    unanswered = shell("token", "revoke", "--all")
    assert unanswered.code == 1
    assert "--yes" in unanswered.err
    assert len(three.tokens.list("admin")) == 3, "nothing was revoked by any of these"


def test_names_of_tokens_play_no_tricks_where_they_are_to_be_confirmed(shell: Shell, three: Client) -> None:
    three.tokens.create("admin", "x\x1b[2K\x1b[1Ainnocent")
    asked = shell("token", "revoke", "--created-before", "2100-01-01", given="n\n")
    assert "innocent" in asked.err
    assert "\x1b" not in asked.err


@pytest.fixture
def plain(clean_portal: Sandbox, ckan_client: Client) -> Client:
    """A portal with three datasets without files: no loader is at work on them, which indexes what it read before."""
    ckan_client.call("organization_create", name="city")
    for number in range(3):
        ckan_client.call("package_create", name=f"d{number}", owner_org="city")
    return ckan_client


def test_what_the_datasets_of_an_organization_lack_is_set_and_taken_back(shell: Shell, plain: Client) -> None:
    plain.datasets.patch("d0", license_id="other-pd")
    lacking = ("--organization", "city", "--where", "-license_id:*")
    plan = shell("dataset", "patch", *lacking, "license_id=cc-by", "--dry-run", "-f", "ids")
    assert sorted(plan.lines) == ["dataset d1", "dataset d2"]
    done = shell("dataset", "patch", *lacking, "license_id=cc-by", "--yes")
    assert (done.code, "2 changed" in done.err) == (0, True), done.err
    assert [plain.datasets.get(f"d{n}")["license_id"] for n in range(3)] == ["other-pd", "cc-by", "cc-by"]
    assert shell("job", "undo", "last", "--yes").code == 0
    assert [plain.datasets.get(f"d{n}")["license_id"] for n in range(3)] == ["other-pd", None, None]
    assert shell("dataset", "patch", "--organization", "city", "--all", "license_id=cc-by").code == 2


def test_tokens_that_are_not_there_are_told_in_the_words_of_the_shell(shell: Shell, three: Client) -> None:
    missing = shell("token", "revoke", "--name", "nope", "--dry-run")
    assert (missing.code, "is called 'nope'" in missing.err, "None)" in missing.err) == (4, True, False), missing.err


COMMANDS = [
    ["status"],
    ["whoami"],
    ["search", "x", "--facet", "tags"],
    ["search", "title:["],
    ["dataset", "list", "--private"],
    ["dataset", "show", "d0"],
    ["dataset", "show", "nowhere"],
    ["organization", "list"],
    ["user", "show", "admin"],
    ["token", "list"],
    ["token", "revoke", "--unused-since", "1d", "--dry-run"],
    ["activity", "list"],
    ["datapusher", "status", "nowhere"],
    ["call", "user_show", "id=admin"],
    ["call", "no_such_action"],
    ["profiles"],
    ["status", "--timeout", "0.000001"],
]


def test_the_token_is_nowhere(shell: Shell, three: Client, ckan_sandbox: Sandbox) -> None:
    token = ckan_sandbox.token()
    for command in COMMANDS:
        for form in ("json", "table"):
            ran = shell(*command, "-vv", "-f", form)
            assert token not in ran.out + ran.err, command
            assert token.rpartition(".")[2] not in ran.out + ran.err, command


def test_the_key_of_old_versions_is_not_shown(alone: Shell, impostor: Impostor) -> None:
    impostor.answers["user_show"] = {"id": "a", "name": "alice", "apikey": "12345678-old-key"}
    for command in (["whoami"], ["user", "show", "alice"]):
        alone.variables["CKAN_API_KEY"] = "t"
        alone.variables["CKAN_BASE_URL"] = impostor.url
        ran = alone(*command)
        assert json.loads(ran.out)["name"] == "alice"
        assert "old-key" not in ran.out + ran.err


@pytest.mark.parametrize("shell_name", ["bash", "zsh", "fish"])
def test_completion(alone: Shell, shell_name: str) -> None:
    line = alone("completion", shell_name)
    assert f"_TUCKAN_COMPLETE={shell_name}_source tuckan" in line.out
    alone.variables["_TUCKAN_COMPLETE"] = f"{shell_name}_source"
    assert "tuckan" in alone.apart().out


MISSPELLED = [
    (("dataset", "show", "rivr-levels"), "river-levels"),
    (("dataset", "patch", "river-level", "title=x"), "river-levels"),
    (("dataset", "show", "levels"), "river-levels"),
    (("resource", "show", "rivr-levels/rain"), "river-levels"),
    (("activity", "list", "--dataset", "rivr-levels"), "river-levels"),
    (("dataset", "delete", "rivr-levels", "--dry-run"), "river-levels"),
    (("dataset", "make-private", "rivr-levels", "--dry-run", "-f", "table"), "river-levels"),
    (("dataset", "add-to-groups", "river-levels", "natur"), "nature"),
    (("dataset", "create", "name=other", "owner_org=harbour", "license_id=cc-bi"), "cc-by"),
    (("dataset", "patch", "river-levels", "license_id=cc-bi"), "cc-by"),
    (("dataset", "upsert", "name=river-levels", "license_id=cc-bi"), "cc-by"),
    (("dataset", "patch", "--where", "name:river-levels", "owner_org=harbor", "--dry-run"), "harbour"),
    (("datapusher", "submit", "--dataset", "rivr-levels", "--dry-run"), "river-levels"),
    (("organization", "add-member", "harbor", "admin"), "harbour"),
    (("organization", "add-member", "harbour", "admni"), "admin"),
    (("user", "invite", "ann@example.org", "harbor"), "harbour"),
    (("organization", "show", "harbor"), "harbour"),
    (("organization", "members", "harbor"), "harbour"),
    (("dataset", "list", "--organization", "harbor"), "harbour"),
    (("search", "--organization", "harbor"), "harbour"),
    (("download", "--org", "harbor", "--dry-run"), "harbour"),
    (("dataset", "create", "name=other", "owner_org=harbor"), "harbour"),
    (("group", "show", "natur"), "nature"),
    (("user", "show", "admni"), "admin"),
    (("token", "list", "admni"), "admin"),
    (("license", "show", "cc-bi"), "cc-by"),
    (("job", "show", "delete-dataset"), "20240131-120000-delete-datasets-222"),
    (("dataset", "list", "--profile", "offise"), "office"),
    (("profiles", "show", "offise"), "office"),
    (("group", "remove-datasets", "natur", "river-levels"), "nature"),
    (("organization", "add-member", "harbour", "admni"), "admin"),
]


def test_a_name_that_is_not_known_is_told_with_the_one_like_it(
    shell: Shell, harbour: Client, jobs_folder: Path
) -> None:
    shell.variables["TUCKAN_JOBS_DIR"] = str(jobs_folder)
    (jobs_folder / "20240131-120000-delete-datasets-222.sqlite").touch()
    shell("login", "office", "--url", shell.variables["CKAN_BASE_URL"], given=f"{shell.variables['CKAN_API_KEY']}\n")
    for command, near in MISSPELLED:
        ran = shell(*command)
        assert ran.code, command
        assert f"id you mean '{near}'?" in ran.err + ran.out, command
    there = harbour.datasets.get("river-levels")
    assert (there["license_id"], there["owner_org"] is not None) == (None, True), "nothing was changed"


@pytest.fixture
def harbour(clean_portal: Sandbox, ckan_client: Client) -> Client:
    """A portal with one of each kind."""
    ckan_client.call("organization_create", name="harbour")
    ckan_client.call("group_create", name="nature")
    ckan_client.call("package_create", name="river-levels", owner_org="harbour")
    return ckan_client


def test_names_are_looked_for_once_and_never_for_names_from_a_pipe(
    shell: Shell, harbour: Client, proxy: FaultProxy
) -> None:
    shell.variables["CKAN_BASE_URL"] = proxy.url
    assert shell("organization", "show", "harbor").code == 4
    asked = [one.action for one in proxy.seen if "organization" in one.action]
    assert asked == ["organization_show", "organization_list"]
    proxy.seen.clear()
    assert "Did you mean" not in shell("resource", "list", "-", given="river-levls\n").err
    assert not [one for one in proxy.seen if one.action == "package_search"]
