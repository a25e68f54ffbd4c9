"""`tuckan job`, and bulk work at a shell: shown, asked for, cut short, gone on with, undone."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from tuckan.cli.changes import between, lines, shown
from tuckan.cli.commands.writing import tell_differences
from tuckan.jobs.folder import held, path_of
from tuckan.snapshot import losses

if TYPE_CHECKING:
    from pathlib import Path

    from tests.shell import Shell

    from tuckan.client import Client
    from tuckan.sandbox import Sandbox

TOO_LONG = "1" * 101
"""A version that the portal refuses, and nobody before it."""


@pytest.fixture
def many(clean_portal: Sandbox, ckan_client: Client) -> Client:
    ckan_client.call("organization_create", name="city")
    ckan_client.call("organization_create", name="town")
    for number in range(12):
        owner = "town" if number > 9 else "city"
        ckan_client.call("package_create", name=f"d{number:02}", title=f"Dataset {number}", owner_org=owner)
    return ckan_client


@pytest.fixture
def shell(shell: Shell, jobs_folder: Path) -> Shell:
    shell.variables["TUCKAN_JOBS_DIR"] = str(jobs_folder)
    return shell


def licenses(ckan: Client) -> list[str | None]:
    return [one["license_id"] for one in ckan.datasets.list()]


def test_what_fails_before_it_is_run_leaves_no_job(
    shell: Shell, many: Client, jobs_folder: Path, tmp_path: Path
) -> None:
    names = "d00\nd01\nd02\n"
    refused = shell("dataset", "delete", "-", "--anonymous", given=names)
    assert refused.code
    assert "neither run nor closed" not in refused.err
    assert many.datasets.get("d00")["state"] == "active"
    table = tmp_path / "rain.csv"
    table.write_text("a,b\n1,2\n")
    (tmp_path / "more.jsonl").write_text('{"name": "more", "owner_org": "city"}\n')
    for command in (
        ("load", "datasets", str(tmp_path / "more.jsonl")),
        ("dataset", "patch", "license_id=cc-by", "--where", "organization:city"),
        ("datastore", "push", str(table), "--dataset", "d00", "--name", "Rain"),
        ("dataset", "patch", "d00", "tags:[]", "extras:[]", "title=New"),
    ):
        unasked = shell(*command)
        assert "neither run nor closed" not in unasked.err
        assert not [one.name for one in jobs_folder.iterdir()], command


def test_patch_where_is_shown_asked_for_and_undone(shell: Shell, many: Client) -> None:
    patch = ("dataset", "patch", "license_id=cc-by", 'tags:[{"name": "sky"}]', "--where")
    planned = shell(*patch, "organization:city", "--dry-run", "-f", "jsonl")
    assert (planned.code, len(planned.lines)) == (0, 10)
    assert json.loads(planned.lines[0])["changes"]["license_id"] == {"old": None, "new": "cc-by"}
    refused = shell(*patch, "organization:city", given="n\n")
    assert refused.code == 1
    assert "10 to be changed" in refused.err
    assert "license_id: (nothing) → cc-by" in refused.err
    assert "tags: + sky" in refused.err
    assert "5 more; --diff" in refused.err
    assert shell("job", "list").lines == [], "what was not confirmed is forgotten"
    assert set(licenses(many)) == {None}
    changed = shell(*patch, "organization:city", "--yes")
    assert (changed.code, "Undo it: tuckan job undo 2" in changed.err) == (0, True)
    assert licenses(many).count("cc-by") == 10
    told = shell("job", "show", "last", "--changes")
    assert json.loads(told.lines[0])["changes"]["license_id"]["new"] == "cc-by"
    assert "license_id: (nothing) → cc-by" in shell("job", "show", "last", "--changes", "-f", "table").out
    undo = shell("job", "undo", "last", "--dry-run")
    assert (undo.code, "10 to be changed" in undo.err) == (0, True)
    assert shell("job", "undo", "last", given="y\n").code == 0
    assert set(licenses(many)) == {None}
    assert all(one["tags"] == [] for one in many.datasets.list())
    listed = [json.loads(line) for line in shell("job", "list").lines]
    assert [(one["done"], one["failed"], one["left"]) for one in listed] == [(10, 0, 0), (10, 0, 0)]


def test_everything_needs_a_typed_phrase(shell: Shell, many: Client) -> None:
    patch = ("dataset", "patch", "license_id=cc-by", "--where")
    assert shell(*patch, "*:*", given="y\n").code == 1
    assert shell(*patch, "").code == 2
    assert shell(*patch, "*:*", given="").code == 1
    assert set(licenses(many)) == {None}
    assert shell(*patch, "*:*", given="PATCH ALL\n").code == 0
    assert set(licenses(many)) == {"cc-by"}
    all_of_them = ("dataset", "patch", "license_id=cc-zero", "--all")
    for wrong in (("--yes",), ("--confirm", "ALL"), ("--confirm", "DELETE ALL", "--yes"), ("--where", "name:d01")):
        assert shell(*all_of_them, *wrong).code, wrong
    by_chance = shell("dataset", "patch", "license_id=cc-zero", "--where", "name:d*", "--yes")
    assert "--confirm 'PATCH ALL'" in by_chance.err, "a search that finds all of them is about all of them"
    assert set(licenses(many)) == {"cc-by"}
    many.jobs.patch({"license_id": "cc-zero"}, everything=True).close()
    assert shell("job", "resume", "last", given="y\n").code == 1
    assert set(licenses(many)) == {"cc-by"}
    assert shell("job", "resume", "last", "--confirm", "PATCH ALL").code == 0
    assert set(licenses(many)) == {"cc-zero"}
    assert shell("job", "undo", "last", "--yes").code == 0
    again = shell(*patch, "*:*", given="")
    assert (again.code, "12 unchanged" in again.err) == (0, True), "there is nothing to ask"


def test_failures_are_lines_to_be_mended(shell: Shell, many: Client) -> None:
    ran = shell("dataset", "patch", "--where", "organization:town", f"version={TOO_LONG}", "--yes")
    assert ran.code == 1
    failed = [json.loads(line) for line in shell("job", "show", "last", "--failures").lines]
    assert len(failed) == 2
    assert failed[0]["version"] == TOO_LONG
    assert failed[0]["id"]
    assert "maximum of 100 characters" in failed[0]["_failed"]["reason"]
    assert "2 failed" in ran.err
    assert shell("job", "resume", "last").code == 1, "it would fail again, and is not tried"
    assert shell("job", "resume", "last", "--failed").code == 1


def test_a_job_knows_its_portal_and_finds_its_token(shell: Shell, many: Client) -> None:
    url, token = shell.variables.pop("CKAN_BASE_URL"), shell.variables.pop("CKAN_API_KEY")
    assert shell("login", "here", "--url", url, "--token-stdin", given=token).code == 0
    assert shell("dataset", "patch", "-p", "here", "--where", "name:d01", "notes=x", "--yes").code == 0
    assert shell("job", "undo", "last", "--yes").code == 0, "by the profile of its portal"
    assert many.datasets.get("d01")["notes"] is None
    wrong = shell("job", "resume", "last", "--url", "https://example.org")
    assert wrong.code == 3
    assert "belongs to" in wrong.err
    shell.variables |= {"CKAN_BASE_URL": url, "CKAN_API_KEY": token}
    shell("logout", "here")
    assert shell("job", "resume", "last").code == 0, "by the environment"
    for journal in path_of("last").parent.iterdir():
        assert token.encode() not in journal.read_bytes()


def test_names_and_removal(shell: Shell, many: Client) -> None:
    assert shell("job", "show", "last").code == 4
    for _ in range(2):
        shell("dataset", "patch", "--where", "name:d01", "version=1", "--yes")
        shell("dataset", "patch", "--where", "name:d01", "version=2", "--yes")
    names = shell("job", "list", "-f", "ids").lines
    assert len(names) == 4
    assert json.loads(shell("job", "show", names[0][-3:]).out)["name"] == names[0]
    for command in ("show", "resume", "undo", "remove"):
        assert "is empty" in shell("job", command, "").err
    assert shell("job", "remove", names[0], given="n\n").code == 1
    assert shell("job", "remove", names[0], "--yes").code == 0
    assert shell("job", "remove", "--older-than", "1d", "--yes", "-f", "ids").lines == []
    assert shell("job", "remove", "--older-than", "0d", "--dry-run", "-f", "ids").lines == names[1:]
    with held(path_of("last")):
        busy = shell("job", "resume", "last")
    assert (busy.code, "Another process is working on the job" in busy.err) == (3, True)
    assert shell("job", "remove").code == 2


@pytest.mark.skipif(sys.platform == "win32", reason="there are no limits of this kind")
def test_a_journal_that_cant_be_written_stops_everything_before_it_begins(
    shell: Shell, many: Client, proxy: Any
) -> None:
    shell.variables |= {"CKAN_BASE_URL": proxy.url, "TUCKAN_JOBS_DIR": "/dev/null/jobs"}
    patch = ["dataset", "patch", "--all", "license_id=cc-by", "--confirm", "PATCH ALL"]
    ran = shell(*patch)
    assert (ran.code, "/dev/null/jobs" in ran.err) == (1, True)
    shell.variables["TUCKAN_JOBS_DIR"] = str(shell.folder / "jobs")
    full = subprocess.run(
        [sys.executable, "-m", "tuckan", *patch],
        env=shell.environment,
        cwd=shell.folder,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000)),
    )
    assert full.returncode == 1, full.stderr
    assert "can't be used" in full.stderr
    assert "TUCKAN_JOBS_DIR" in full.stderr
    assert not proxy.calls("package_revise")


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is sent in another way")
def test_ctrl_c_ends_it_in_seconds_and_it_goes_on(shell: Shell, many: Client, proxy: Any, faults: Any) -> None:
    proxy.always(faults.slow(0.5))
    shell.variables["CKAN_BASE_URL"] = proxy.url
    command = [
        sys.executable,
        "-m",
        "tuckan",
        "dataset",
        "patch",
        "--all",
        "license_id=cc-by",
        "--confirm",
        "PATCH ALL",
    ]
    running = subprocess.Popen(
        command, env=shell.environment, cwd=shell.folder, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    while len(proxy.calls("package_revise")) < 2:
        time.sleep(0.02)
    os.kill(running.pid, signal.SIGINT)
    _, said = running.communicate(timeout=200)
    assert running.returncode == 130, said
    proxy.always(None)
    told = json.loads(shell("job", "show", "last").out)
    assert told["left"] > 0
    assert f"{told['left']} left to do." in said
    assert "were sent without an answer" in said
    assert f"tuckan job resume {told['name']}. Undo what was done: tuckan job undo {told['name']}." in said
    assert said.endswith("Interrupted.\n")
    resumed = shell("job", "resume", "last")
    assert "Nothing is left to do" not in resumed.err
    assert "Nothing is left to do" in shell("job", "resume", "last").err
    assert resumed.code == 0, resumed.err
    assert f"Undo it: tuckan job undo {told['name']}\n" in resumed.err
    assert set(licenses(many)) == {"cc-by"}
    revised = [json.loads(one.body)["match"]["id"] for one in proxy.calls("package_revise")]
    assert len(set(revised)) == 12


def test_files_of_a_portal_are_loaded(shell: Shell, many: Client, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("a,b\n1,2\n")
    made = many.call("resource_create", {"package_id": "d01", "name": "a", "format": "CSV"}, files={"upload": file})
    many.datapusher.wait(made["id"], timeout=200)
    assert "nothing to do" in shell("datapusher", "submit", "--all").err
    ran = shell("datapusher", "submit", "--dataset", "d01", "--state", "any", "--wait", given="y\n")
    assert (ran.code, "1 loaded" in ran.err) == (0, True), ran.err
    looked = shell("datapusher", "status", "--all", "--log")
    assert (looked.code, json.loads(looked.out)["state"]) == (0, "loaded")
    assert json.loads(looked.out)["log"], "what the loader said"
    assert shell("datapusher", "status", "--all", "--state", "failed").out == ""
    assert many.datapusher.status_all(states=["loaded"])[0]["id"] == made["id"]
    assert shell("datapusher", "status").code == 2
    assert shell("datapusher", "submit").code == 2
    assert shell("datapusher", "submit", "x", "--all").code == 2


def test_changes_are_readable_and_tell_no_secret() -> None:
    before = {
        "title": "Rain",
        "notes": "x" * 500,
        "resources": [{"id": "r1", "name": "a", "url": "u"}, {"id": "r2", "name": "b", "url": "u"}],
        "num_tags": 3,
    }
    after = {
        "title": "Rain \x1b[2Jand snow",
        "notes": "y",
        "resources": [{"id": "r1", "name": "a", "url": "v"}, {"id": "r3", "name": "c", "url": "u"}],
        "num_tags": 4,
    }
    told = list(lines(between(before, after)))
    assert told[0] == "title: Rain → Rain \\x1b[2Jand snow"
    assert len(told[1]) < 120
    assert told[2:] == ["resources: - b (r2)", "resources a (r1) url: u → v", "resources: + c (r3)"]
    secret = {"password": ("old-word", "new-word"), "extras": ([], [{"api_key": "abc", "name": "x"}])}
    assert "word" not in str(shown(secret)).replace("password", "")
    assert "abc" not in str(shown(secret)) + "".join(lines(secret))


def test_a_dry_run_of_one_record_hides_what_is_secret_too(capsys: pytest.CaptureFixture[str]) -> None:
    tell_differences("alice", {"fullname": "Alice"}, {"fullname": "Alicia", "api_key": "d41d8cd98f00"})
    told = capsys.readouterr()
    assert "fullname: Alice → Alicia" in told.err
    assert "hidden" in told.err
    assert "d41d8cd98f00" not in told.err + told.out


def test_what_goes_is_named_asked_for_and_undone(shell: Shell, many: Client, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("a,b\n1,2\n")
    many.call("resource_create", {"package_id": "d01", "name": "table"}, files={"upload": file})
    many.call("package_patch", id="d01", tags=[{"name": "sky"}, {"name": "sea"}])
    many.call("user_create", name="ann", email="ann@example.org", password="not-needed-1")
    many.call("organization_member_create", id="town", username="ann", role="editor")
    empty = ("dataset", "patch", "d01", "resources:[]", 'tags:[{"name": "sea"}]')
    refused = shell(*empty, given="n\n")
    assert refused.code == 1
    assert f"Change it on {shell.variables['CKAN_BASE_URL']}?" in refused.err
    assert "This removes: 1 resource, 1 uploaded file (which may not be restorable), 1 tag." in refused.err
    assert "tags: - sky" in refused.err
    bulk = shell("dataset", "patch", "--where", "name:d01", "resources:[]", "--dry-run", "-f", "table")
    assert "This removes: 1 resource, 1 uploaded file" in bulk.err
    assert shell("dataset", "upsert", "name=d01", "tags:[]", given="").code == 1, "asked for"
    assert shell("dataset", "update", "-i", "-", given='{"name": "d01", "resources": []}').code == 1
    assert len(many.datasets.get("d01")["resources"]) == 1
    assert shell(*empty, "--yes").code == 0
    undo = shell("job", "undo", "last", "--yes")
    assert (undo.code, "the file of table may be gone" in undo.err) == (0, True), undo.err
    there = many.datasets.get("d01")
    assert [one["name"] for one in there["resources"]] == ["table"]
    assert {one["name"] for one in there["tags"]} == {"sky", "sea"}
    members = many.organizations.get("town")["users"]
    assert "ann" in {one["name"] for one in members}
    alone = shell("organization", "patch", "town", "users:[]", given="n\n")
    assert (alone.code, "users: - ann" in alone.err) == (1, True)
    assert shell("organization", "patch", "town", "title=Town").code == 0, "nothing goes, and nothing is asked"
    assert shell("organization", "patch", "town", "users:[]", "--yes").code == 0
    assert many.organizations.get("town")["users"] == []
    assert shell("job", "undo", "last", "--yes").code == 0
    after = many.organizations.get("town")["users"]
    assert [(one["name"], one["capacity"]) for one in after] == [(one["name"], one["capacity"]) for one in members]


def test_a_plan_shows_what_goes_inside_a_value() -> None:
    fields = {
        "title_translated": ({"en": "Rain", "fr": "Pluie"}, {"en": "Snow"}),
        "contacts": ([{"name": "a"}, {"name": "b"}], [{"name": "b"}]),
        "spatial": ({"type": "Point"}, ""),
    }
    assert list(lines(fields)) == [
        "title_translated.en: Rain → Snow",
        "title_translated.fr: Pluie → (nothing)",
        'contacts: - {name: "a"}',
        "spatial.type: Point → (nothing)",
    ]
    gone = [str(one) for one in losses(fields)]
    assert gone == ["value of title_translated fr", "value of contacts {'name': 'a'}", "value of spatial type"]
    contact = {"name": "a", "email": "a@example.org", "roles": ["x", "y"]}
    inside = {
        "contacts": ([contact, {"name": "b"}], [{**contact, "email": "", "roles": ["y"]}, {"name": "c"}, {"name": "b"}])
    }
    assert [str(one) for one in losses(inside)] == ["value of contacts.0 email", "value of contacts.0.roles x"]
    assert list(losses({"contacts": ([contact, {"name": "b"}], [{"name": "b"}, contact])})) == [], "another order"


@pytest.mark.skipif(sys.platform == "win32", reason="pipes break in another way")
@pytest.mark.parametrize(
    ("failing", "streams"), [(False, ""), (True, ""), (False, ">&- 2>&-"), (True, ">&- 2>&-"), (False, "2> /dev/full")]
)
def test_work_goes_on_when_nobody_reads_of_it(shell: Shell, many: Client, streams: str, *, failing: bool) -> None:
    change = f"version={TOO_LONG}" if failing else "license_id=cc-by"
    if "full" in streams and not os.path.exists("/dev/full"):  # noqa: PTH110
        pytest.skip("a disk that is always full is a device of Linux")
    words = ["bash", "-c", f'exec "$@" {streams}', "-"]
    words += [sys.executable, "-m", "tuckan", "dataset", "patch", "--where", "organization:city", change, "--yes"]
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as pipe:
        ran = subprocess.run(words, env=shell.environment, cwd=shell.folder, stdout=pipe, stderr=pipe, check=False)
    assert ran.returncode == (1 if failing else 0)
    assert licenses(many).count("cc-by") == (0 if failing else 10)
    told = json.loads(shell("job", "show", "last").out)
    assert (told["done"], told["failed"], told["left"]) == ((0, 10, 0) if failing else (10, 0, 0))


def test_a_copy_does_not_delete_all_there_is_unless_that_is_said(shell: Shell, many: Client, tmp_path: Path) -> None:
    other = tmp_path / "datasets.jsonl"
    other.write_text(
        '{"id": "8a1e9f2c-0d3b-4d0e-9d2f-6f1c2b3a4d5e", "name": "other", "owner_org": "c", "organization": {"id": "c", "name": "city"}}\n'
    )
    (words := ["copy", str(other), shell.variables["CKAN_BASE_URL"], "--only", "datasets", "--delete"]).append("--yes")
    ran = shell(*words)
    assert (ran.code, "would lose everything of these kinds: 12 datasets" in ran.err, "add --all" in ran.err) == (
        2,
        True,
        True,
    )
    assert shell(*words, "--dry-run").code == 0
    for phrase in ([], ["--confirm", "delete all"]):
        ran = shell(*words, "--all", *phrase)
        assert (ran.code, "--confirm 'DELETE ALL'" in ran.err) == (1, True)
    assert many.datasets.search()["count"] == 12
    done = shell(*words, "--all", "--confirm", "DELETE ALL")
    assert "12 deleted" in done.err
    assert not any(one["name"].startswith("d") for one in many.datasets.list())


def test_a_job_that_began_with_a_token_does_not_go_on_without(shell: Shell, many: Client, proxy: Any) -> None:
    assert shell("dataset", "patch", "--where", "name:d01", "notes=x", "--yes").code == 0
    token = shell.variables.pop("CKAN_API_KEY")
    for command in ("resume", "undo"):
        ran = shell("job", command, "last")
        assert (ran.code, "began with a token for http" in ran.err, "nothing was sent" in ran.err) == (3, True, True)
    shell.variables |= {"CKAN_API_KEY": many.tokens.create("admin", "short-lived")["token"], "CKAN_BASE_URL": proxy.url}

    def revoked_meanwhile(seen: Any, passed_on: Any) -> Any:
        if seen.action == "package_revise":
            proxy.always(None)
            for one in many.tokens.list("admin"):
                if one["name"] == "short-lived":
                    many.call("api_token_revoke", jti=one["id"])
        return passed_on()

    proxy.always(revoked_meanwhile)
    cut = shell("dataset", "patch", "--where", "organization:city", "notes=y", "--yes", "--concurrency", "1")
    assert (cut.code, "does not know this token" in cut.err) == (3, True), cut.err
    told = json.loads(shell("job", "show", "last").out)
    assert (told["failed"], told["left"]) == (0, 10), "what nobody may do has not failed"
    shell.variables["CKAN_API_KEY"] = token
    assert shell("job", "resume", "last").code == 0
    assert [one["notes"] for one in many.datasets.list()].count("y") == 10
