"""What needs no portal: help, mistakes, and the exit code of each."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import click
import pytest

from tuckan import ReadOptions, errors
from tuckan.cli.arguments import filters, parameters, several_names
from tuckan.cli.failures import EXIT_CODES, exit_code
from tuckan.cli.root import COMMANDS, tuckan
from tuckan.cli.tables import shared
from tuckan.jobs.journal import Journal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.shell import Shell

    from conftest import Impostor


def commands(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    found: list[tuple[tuple[str, ...], click.Command]] = []
    for name in group.list_commands(context):
        if name == "demo":
            continue
        command = group.get_command(context, name)
        assert command is not None
        found.append(((*path, name), command))
        if isinstance(command, click.Group):
            found += commands(command, (*path, name))
    return found


EVERY = commands(tuckan)


@pytest.mark.parametrize(("path", "command"), EVERY, ids=[" ".join(path) for path, _ in EVERY])
def test_every_command_has_help_and_no_option_takes_a_token(path: tuple[str, ...], command: click.Command) -> None:
    assert command.help, "a line that says what it does"
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name
            takes_value = not parameter.is_flag and not parameter.count
            assert not (takes_value and "token" in str(parameter.name)), "a command line can be read by others"


def test_help_imports_neither_the_client_nor_rich(alone: Shell) -> None:
    alone.variables["PYTHONPROFILEIMPORTTIME"] = "1"
    ran = alone("--help")
    assert ran.code == 0
    assert all(name in ran.out for name in COMMANDS)
    for heavy in ("httpx2", "rich.", "msgspec", "tuckan.client", "tuckan.sandbox"):
        assert heavy not in ran.err, heavy


def test_no_portal_says_what_to_set(alone: Shell) -> None:
    ran = alone("status")
    assert ran.code == 3
    assert "CKAN_BASE_URL" in ran.err
    assert ran.out == ""


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["datasets"], 2, "Did you mean 'dataset'?"),
        (["dataset", "list", "--page-size", "0"], 2, "page-size"),
        (["dataset", "show"], 2, "Missing argument"),
        (["status", "--url", "not a url"], 3, "not a url"),
        (["status", "--url", "http://127.0.0.1:1"], 5, "127.0.0.1:1"),
        (["status", "--profile", "nowhere"], 3, "nowhere"),
        (["call", "x", "nonsense"], 2, "key=text"),
        (["call", "x", "a:{"], 2, "is not valid JSON"),
        (["call", "x", "a@missing.csv"], 2, "there is no file missing.csv"),
        (["call", "x", "a=1", "a=2"], 2, "given twice"),
        (["call"], 2, "Give the name of an action, or --path"),
        (["call", "status_show", "-X", "POST"], 2, "--method requires --path"),
        (["call", "status_show", "-H", "A:b"], 2, "--header requires --path"),
        (["call", "--path", "//evil.example/", "--url", "http://127.0.0.1:1"], 2, "another host"),
        (["call", "--path", "/x", "--url", "http://127.0.0.1:1", "-H", "nonsense"], 2, "NAME:VALUE"),
        (["call", "--path", "/x", "--url", "http://127.0.0.1:1", "--data", "@missing.json"], 1, "missing.json"),
        (["search", "--filter", "nonsense"], 2, "field=value"),
        (["token", "revoke", "x", "--unused-since", "soon"], 2, "90d"),
        (["login", "x", "--url", "https://example.org", "--token-stdin"], 2, "No token"),
        (["logout", "nowhere"], 3, "no profile"),
        (["status", "--url", "http://a..b"], 3, "The host name is not valid"),
        (["status", "--url", "http://\uff12\uff11"], 3, "not a valid host name"),
        (["download", "--format", "csv"], 2, "--file-format csv is about the files, --output-format csv about"),
        (["resource", "upload", "d", "x", "-f", "json"], 2, "--output-format json"),
        (["datapusher", "submit", "--all", "-f", "csv"], 2, "--file-format csv"),
        (["dump", "datasets", "--url", "http://127.0.0.1:1", "-o", "all.zip"], 2, "its name ends in .zip"),
        (["datastore", "pull", "x", "-o", "x.xlsx"], 2, "does not have a known file extension"),
        (["datastore", "pull", "x", "-o", "x.csv", "-f", "jsonl"], 2, "give one of the two"),
        (["dataset", "delete", "planet-*", "--dry-run", "--url", "http://127.0.0.1:1"], 2, "--where 'name:planet-*'"),
        (["delete", "datasets", "planet-*", "--url", "http://127.0.0.1:1"], 2, "--where 'name:planet-*'"),
        (["user", "delete", "a?", "--url", "http://127.0.0.1:1"], 2, "is a pattern"),
        (["search", "--field", "name,"], 2, "There is an empty name"),
        (["sandbox", "up", "--ckan", "2.8"], 2, "2.12, 2.11, 2.10"),
        (["sandbox", "up", "--name", "a b"], 2, "no name for a sandbox"),
        (["sandbox", "logs", "nginx"], 2, "postgres"),
        (["sandbox", "token", "--name", "never"], 5, "tuckan sandbox up --name never"),
        (["sandbox", "reset", "--name", "never", "--ckan", "2.11"], 5, "up --name never --ckan 2.11"),
    ],
)
def test_a_mistake_is_explained(alone: Shell, arguments: list[str], code: int, said: str) -> None:
    ran = alone(*arguments)
    assert (ran.code, ran.out) == (code, "")
    assert said in ran.err


def test_every_error_has_an_exit_code_of_the_design() -> None:
    def tree(kind: type[errors.TuckanError]) -> list[type[errors.TuckanError]]:
        return [kind, *(one for child in kind.__subclasses__() for one in tree(child))]

    assert {code for _, code in EXIT_CODES} <= {1, 2, 3, 4, 5}
    assert exit_code(errors.InvalidToken("x")) == 3
    assert exit_code(errors.NotFound("x")) == 4
    assert exit_code(errors.InDoubt("x")) == 5
    for kind in tree(errors.TuckanError)[1:]:
        assert any(issubclass(kind, known) for known, _ in EXIT_CODES)


def test_parameters(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.touch()
    values, files = parameters(("a=b:c", 'b:{"x": 1}', "c:5", f"upload@{file}", "d="))
    assert values == {"a": "b:c", "b": {"x": 1}, "c": 5, "d": ""}
    assert files == {"upload": file}


def test_names_in_one_option() -> None:
    assert several_names(("name,title", "notes", "title")) == ("name", "title", "notes")
    assert several_names(('"a, b", c',)) == ("a, b", "c")
    assert several_names(()) == ()


def test_filters_of_one_field_are_alternatives() -> None:
    assert filters(("a=1", "b=x=y", "a=2")) == {"a": ["1", "2"], "b": "x=y"}
    assert filters(()) is None


@pytest.mark.parametrize(("wanted", "room"), [([4, 50, 90], 60), ([200, 200], 30), ([5, 5], 60), ([300] * 9, 80)])
def test_columns_share_the_room(wanted: list[int], room: int) -> None:
    widths = shared(wanted, room)
    assert sum(widths) <= max(room, len(wanted))
    assert all(0 < width <= most for width, most in zip(widths, wanted, strict=True))


@pytest.mark.parametrize("path", [("datastore", "push"), ("load",), ("delete",)])
def test_every_way_to_read_a_file_is_an_option(path: tuple[str, ...]) -> None:
    there = {one.name for one in dict(EVERY)[path].params}
    missing = {one.name for one in dataclasses.fields(ReadOptions)} - there
    assert missing <= (set() if path == ("datastore", "push") else {"table", "decimal", "thousands"})


@pytest.mark.parametrize("answer", [{"id": "1"}, {"token": None}, {"token": 7}, {"token": ""}, []], ids=str)
def test_a_new_token_without_its_secret_is_in_doubt(alone: Shell, impostor: Impostor, answer: Any) -> None:
    impostor.answers["api_token_create"] = answer
    ran = alone("token", "create", "laptop", "--user", "ann", "--url", impostor.url)
    assert (ran.code, ran.out) == (exit_code(errors.InDoubt("x")), "")
    assert "ann may have a token 'laptop' now whose secret nobody knows" in ran.err
    assert "tuckan token revoke ann --id ID" in ran.err


def test_jobs_of_one_portal_and_actions_of_none(alone: Shell, tmp_path: Path) -> None:
    alone.variables["TUCKAN_JOBS_DIR"] = str(tmp_path)
    for number, portal in enumerate(("https://one.example.org", "https://two.example.org")):
        journal = Journal(tmp_path / f"2024010{number}-120000-load-datasets-{number}.sqlite")
        journal.describe(title="load", portal=portal, begun="2024-01-01T12:00:00+00:00")
        journal.plan([])
        journal.close()
    two = ("--url", "https://two.example.org/")
    assert [json.loads(line)["portal"] for line in alone("job", "list", *two).lines] == ["https://two.example.org"]
    assert len(alone("job", "list").lines) == 2
    assert alone("job", "show", "datasets-1", *two).code == 0
    for command in ("show", "remove"):
        ran = alone("job", command, "datasets-0", *two)
        assert (ran.code, "belongs to https://one.example.org, not to https://two.example.org" in ran.err) == (3, True)
    assert "no profile called 'nowhere'" in alone("job", "list", "--profile", "nowhere").err
    assert alone("job", "remove", "--older-than", "30d", "--yes", *two).code == 0
    assert [json.loads(line)["portal"] for line in alone("job", "list").lines] == ["https://one.example.org"]
    refused = alone("actions", "--profile", "city")
    assert (refused.code, "asks no portal" in refused.err) == (2, True)


def test_a_license_that_there_is_not_is_told_what_was_meant(alone: Shell, impostor: Impostor) -> None:
    impostor.answers["license_list"] = [{"id": "cc-by", "title": "CC"}, {"id": "other-open", "title": "Other"}]
    ran = alone("license", "show", "cc-bi", "--url", impostor.url)
    assert ran.code == 4
    assert "Did you mean 'cc-by'? It offers 'cc-by', 'other-open'." in ran.err
