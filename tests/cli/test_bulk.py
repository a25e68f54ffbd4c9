"""`tuckan load`, `delete` and `batch`, as people run them."""

from __future__ import annotations

import gzip
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tuckan import InvalidArgument

if TYPE_CHECKING:
    from tests.shell import Shell

    from tuckan import Client

pytestmark = [pytest.mark.sandbox, pytest.mark.usefixtures("clean_portal")]

TABLE = "name;Titel;owner_org;Pegel\nrain;Regen;harbour;3\nsnow;Schnee;harbour;4\n"


@pytest.fixture
def ckan(ckan_client: Client) -> Client:
    ckan_client.call("organization_create", name="harbour")
    return ckan_client


def json_lines(records: list[Any]) -> str:
    return "".join(json.dumps(one) + "\n" for one in records)


def test_a_table_is_loaded_shown_and_taken_back(ckan: Client, shell: Shell) -> None:
    (shell.folder / "d.csv").write_text(TABLE)
    refused = shell("load", "datasets", "d.csv", "--yes")
    assert refused.code == 2
    assert "'Titel', 'Pegel'" in refused.err
    assert "'Titel' is probably 'title'" in refused.err
    assert "--map 'Titel=title'" in refused.err
    assert shell("job", "list").out == "", "what was never planned leaves no job behind"

    for wrong, said in (
        (
            ("Titel=titel", "Pegel=extras.level"),
            "'titel' is probably 'title'. For an extra field, use --map 'Titel=extras.titel'",
        ),
        (("Titel=title", "Pegel=extras.level", "Titl=notes"), "'Titl' is probably 'Titel'"),
    ):
        slip = shell("load", "datasets", "d.csv", "--yes", *(word for one in wrong for word in ("--map", one)))
        assert (slip.code, said in slip.err) == (2, True), slip.err
    assert shell("job", "list").out == ""

    mapped = ("load", "datasets", "d.csv", "--map", "Titel=title", "--map", "Pegel=extras.level")
    dry = shell(*mapped, "--dry-run")
    assert dry.code == 0
    assert [json.loads(line)["what"] for line in dry.lines] == ["created", "created"]
    assert "2 to be created" in dry.err
    assert "Nothing was sent." in dry.err
    assert ckan.datasets.search(rows=0)["count"] == 0

    no = shell(*mapped, given="n\n")
    assert (no.code, "Load them on http" in no.err) == (1, True)
    assert ckan.datasets.search(rows=0)["count"] == 0

    yes = shell(*mapped, given="y\n")
    assert yes.code == 0, yes.err
    assert "2 created" in yes.err
    job = yes.err.partition("tuckan job undo ")[2].split()[0]
    assert f"tuckan job undo {job}" in yes.err
    assert ckan.datasets.get("rain")["extras"][0]["value"] == "3"

    again = shell(*mapped)
    assert (again.code, "2 unchanged" in again.err, "job undo" in again.err) == (0, True, False)

    (shell.folder / "d.csv").write_text(TABLE.replace("Regen", "Nieselregen"))
    changed = shell(*mapped, "--yes", "--diff")
    assert "title: Regen → Nieselregen" in changed.err
    assert ckan.datasets.get("rain")["title"] == "Nieselregen"
    undone = shell("job", "undo", "last", "--yes")
    assert undone.code == 0, undone.err
    assert ckan.datasets.get("rain")["title"] == "Regen"


def test_what_is_wrong_is_named_with_file_and_line(ckan: Client, shell: Shell) -> None:
    (shell.folder / "latin.csv").write_bytes(
        "name;title;owner_org\nfluss;Fluß;harbour\nsee;See;harbour\n".encode("cp1252")
    )
    rows = [
        {"name": "good", "owner_org": "harbour"},
        {"title": "Nameless", "owner_org": "harbour"},
        {"name": "no-home", "owner_org": "atlantis"},
        {"name": "no-list", "owner_org": "harbour", "tags": 5},
        {"name": "no-file", "owner_org": "harbour", "resources": [{"upload": "gone.csv"}]},
        {"name": "no-mail", "owner_org": "harbour", "author_email": "nowhere"},
    ]
    (shell.folder / "d.jsonl").write_text(json_lines(rows))
    ran = shell("load", "datasets", "latin.csv", "d.jsonl", "--yes")
    assert ran.code == 1
    failed = {one["origin"]: one["reason"] for one in map(json.loads, ran.lines)}
    assert set(failed) == {"latin.csv, line 2", *(f"d.jsonl, line {line}" for line in range(2, 7))}
    assert "d.jsonl, line 2 (dataset 4): it has no name" in ran.err
    assert "may be cp1252" in failed["latin.csv, line 2"]
    assert {one["name"] for one in ckan.datasets.list()} == {"good", "see"}
    told = shell("job", "show", "last", "--failures")
    assert {json.loads(line)["_failed"]["line"] for line in told.lines} == {2, 3, 4, 5, 6}

    mended = shell("load", "datasets", "latin.csv", "--encoding", "cp1252", "--yes")
    assert mended.code == 0, mended.err
    assert ckan.datasets.get("fluss")["title"] == "Fluß"
    gone = shell("load", "datasets", "gone.csv")
    assert (gone.code, "gone.csv can't be read" in gone.err) == (2, True)


def test_the_habits_of_ckanapi(ckan: Client, shell: Shell) -> None:
    lines = json_lines([{"name": f"d{n}", "owner_org": "harbour"} for n in range(3)])
    (shell.folder / "d.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    assert shell("load", "datasets", "-I", "d.jsonl.gz", "-z", "--yes").code == 0
    assert shell("load", "datasets", "--yes", given=lines).code == 0
    assert shell("load", "datasets", "--create-only", "--yes", given='{"name": "d0", "title": "X"}').code == 0
    assert ckan.datasets.get("d0")["title"] != "X"
    lost = shell("load", "datasets", "--update-only", "--yes", given='{"name": "d9", "owner_org": "harbour"}')
    assert (lost.code, "only existing records are updated" in lost.err) == (1, True)
    single = shell("load", "datasets", "name=rain", "owner_org=harbour", 'tags:["sky"]', "--yes")
    assert single.code == 0, single.err
    assert ckan.datasets.get("rain")["tags"][0]["name"] == "sky"
    assert shell("load", "organizations", "name=office", "title=Office: new", "--yes").code == 0
    assert ckan.organizations.get("office")["title"] == "Office: new"
    assert shell("delete", "organizations", "office", "--yes").code == 0
    assert shell("delete", "datasets", "-I", "-", "--yes", given='{"name": "d0"}\n"d1"\nd2\n').code == 0
    assert [one["name"] for one in ckan.datasets.list()] == ["rain"]


def test_deleting_by_search_and_everything(ckan: Client, shell: Shell) -> None:
    lines = json_lines([{"name": f"d{n}", "owner_org": "harbour", "title": f"T{n % 2}"} for n in range(6)])
    assert shell("load", "datasets", "--yes", given=lines).code == 0
    dry = shell("dataset", "delete", "--where", "title:T1", "--dry-run")
    assert {json.loads(line)["subject"] for line in dry.lines} == {"dataset d1", "dataset d3", "dataset d5"}
    some = shell("delete", "datasets", "--where", "title:T1", "--filter", "organization=harbour", given="y\n")
    assert (some.code, "3 deleted" in some.err) == (0, True)
    no = shell("delete", "datasets", "--all", given="y\n")
    assert (no.code, "Type DELETE ALL" in no.err) == (1, True)
    for wrong in (("--yes",), ("--yes", "--confirm", "PURGE ALL"), ("--confirm", "")):
        assert shell("delete", "datasets", "--all", *wrong).code == 1, wrong
    assert ckan.datasets.search(rows=0)["count"] == 3
    named = shell("delete", "datasets", "d0", "d2", "d4", "--purge", given="y\n")
    assert (named.code, "Type PURGE ALL" in named.err) == (1, True), "all of them, however they are named"
    every = shell("dataset", "delete", "--all", given="DELETE ALL\n")
    assert (every.code, "3 deleted" in every.err) == (0, True)
    assert ckan.datasets.search(rows=0)["count"] == 0
    gone = shell("delete", "datasets", "atlantis", "--yes")
    assert (gone.code, "there is no dataset 'atlantis'" in gone.err) == (1, True)
    assert shell("delete", "groups", "--all").code == 2
    assert shell("delete", "users", "x", "--purge", "--yes").code == 2


def test_no_password_is_shown(ckan: Client, shell: Shell) -> None:
    users = [
        {"name": "ann", "email": "ann@example.org", "password": "correct horse"},
        {"name": "bob", "email": "nowhere", "password": "battery staple"},
        {"name": "Cid", "email": "cid@example.org", "password": "battery staple"},
    ]
    (shell.folder / "users.jsonl").write_text(json_lines(users))
    loads = (("--dry-run", "--diff"), ("--yes", "--diff"), ("--yes", "--format", "table"))
    said = [shell("load", "users", "users.jsonl", *more) for more in loads]
    said += [shell("job", "show", "last"), shell("job", "show", "last", "--failures"), shell("job", "list")]
    for ran in said:
        assert "correct horse" not in ran.out + ran.err
        assert "battery staple" not in ran.out + ran.err
    assert ckan.users.get("ann")["email"] == "ann@example.org"
    call = {"action": "user_create", "data": {"name": "dee", "email": "dee@example.org", "password": "correct horse"}}
    ran = shell("batch", "--yes", "--diff", given=json.dumps(call))
    assert (ran.code, "correct horse" in ran.out + ran.err) == (0, False)


def test_a_batch(ckan: Client, shell: Shell) -> None:
    calls = [
        {"action": "package_create", "data": {"name": "flow", "owner_org": "harbour"}},
        {"action": "package_patch", "data": {"id": "flow", "title": "Flow"}},
        {"action": "package_patch", "data": {"id": "gone", "title": "Gone"}},
    ]
    (shell.folder / "calls.jsonl").write_text(json_lines(calls))
    ran = shell("batch", "calls.jsonl", given="y\n")
    assert ran.code == 1
    assert "1 changed, 1 created, 1 failed" in ran.err
    assert "job undo" not in ran.err
    assert json.loads(ran.lines[0])["origin"] == "calls.jsonl, line 3"
    assert ckan.datasets.get("flow")["title"] == "Flow"
    other = shell("batch", "--any-order", "--yes", "--dry-run", given=json_lines(calls[1:2]))
    assert (other.code, json.loads(other.lines[0])["subject"]) == (0, "call on flow")


def test_why_something_was_not_done_is_said_once(ckan: Client, shell: Shell) -> None:
    (shell.folder / "d.jsonl").write_text(
        json_lines(
            [{"name": "fine", "owner_org": "harbour"}, *({"name": f"d{n}", "owner_org": "hrbour"} for n in range(9))]
        )
    )
    ran = shell("load", "datasets", "d.jsonl", "--yes", "-f", "table")
    assert ran.code == 1
    assert ran.err.count("there is no organization 'hrbour'") == 1
    assert re.search(r"9 x there is no organization 'hrbour'.*\(first: d.jsonl, line 2 \(dataset d0\)\)", ran.err)
    assert "1 created, 9 refused" in ran.err
    assert "job resume" not in ran.err, "no resume does what was refused"
    few = shell(
        "load", "datasets", "-", "--yes", "-f", "table", given=json_lines([{"name": "a b", "owner_org": "harbour"}])
    )
    assert few.err.count("'a-b' would be") == 1
    assert "job undo" not in few.err


REFUSED_FILES = {
    "ragged.csv": b"name,title\na,b,c\n",
    "quote.csv": b'name,title\nrain,"5" pipe"\n',
    "escape.csv": b'name,title\nrain,"say \\"hi\\", ok"\n',
    "space.csv": b'name,title\nrain, "x, y"\n',
    "encoding.jsonl": '{"name": "Müller"}\n'.encode("cp1252"),
    "wrapped.json": b'{"ok": true, "data": [{"name": "rain"}]}',
    "unknown.csv": b"Titel,Pegel\na,b\n",
}


def test_what_to_do_about_a_file_is_said_in_the_words_of_who_reads_it(ckan: Client, shell: Shell) -> None:
    """The options of the command line at a shell, arguments in Python, and never both."""
    ckan.call("package_create", name="full", owner_org="harbour")
    options, arguments = re.compile(r"(?<![\w-])--[a-z]"), re.compile(r"\b[a-z_]+=['{TF.]")
    for name, content in REFUSED_FILES.items():
        path = shell.folder / name
        path.write_bytes(content)
        commands = [
            ("load", "datasets", name, *more) for more in (("--dry-run",), ("--dry-run", "-f", "json"), ("--yes",))
        ]
        if name != "unknown.csv":
            commands += [("datastore", "push", name, "--dataset", "full", "--name", name, "--dry-run")]
        told = [(command, shell(*command)) for command in commands]
        if job := re.search(r"job show (\S+)", told[2][1].err):
            told += [(one, shell(*one)) for one in (("job", "show", job[1]), ("job", "show", job[1], "--failures"))]
        for command, ran in told:
            assert options.search(ran.out + ran.err), f"{command}: {ran}"
            assert not arguments.search(ran.out + ran.err), f"{command}: {ran}"
        try:
            with ckan.jobs.load(path, "dataset", dry_run=True) as planned:
                (refused,) = planned.failures()
                said = refused.reason
        except InvalidArgument as error:
            said = str(error)
        assert arguments.search(said), said
        assert not options.search(said), said
