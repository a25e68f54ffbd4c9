"""Help: an example for every command, whole sentences in lists of commands, and names that work without being shown."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

from tuckan.cli.command import ALIASES, Command, Group, examples
from tuckan.cli.options import OF_SHOWING, OF_THE_PORTAL
from tuckan.cli.root import HIDDEN, tuckan

if TYPE_CHECKING:
    from collections.abc import Iterator


def every(group: click.Group = tuckan, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    yield path, group
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from every(command, (*path, name))
        else:
            yield (*path, name), command


EVERY = dict(every())
COMMANDS = {path: one for path, one in EVERY.items() if not isinstance(one, click.Group)}
GROUPS = {path: one for path, one in EVERY.items() if isinstance(one, click.Group)}


def words(line: str) -> Iterator[list[str]]:
    """The words of each call of tuckan in an example, without what is said of it and where its output goes."""
    line = re.split(r" {2,}", line)[0]
    parts: list[list[str]] = [[]]
    for word in shlex.split(line):
        if word == "|":
            parts.append([])
        else:
            parts[-1].append(word)
    for part in parts:
        if part[0] == "tuckan":
            end = next((number for number, word in enumerate(part) if word in (">", ">>", "<")), len(part))
            yield part[1:end]


def parsed(given: list[str]) -> None:
    """Fail unless the command, its options, their values and the arguments that it needs are there."""
    command: click.Command = tuckan
    context = click.Context(tuckan, info_name="tuckan")
    while isinstance(command, click.Group) and given:
        name, *given = given
        found = command.get_command(context, name)
        assert found is not None, name
        assert not found.hidden, name
        command, context = found, click.Context(found, info_name=name, parent=context)
    if isinstance(command, click.Group):
        assert command.invoke_without_command
    values, rest, _ = command.make_parser(context).parse_args(list(given))
    assert not rest
    for param in command.get_params(context):
        value = values.get(param.name or "")
        if isinstance(param, click.Argument) and param.required:
            assert isinstance(value, (str, tuple)), f"{param.name} is missing"
        if isinstance(value, str) and not isinstance(param.type, click.File):
            param.type.convert(value, param, context)


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_has_an_example_that_parses(path: tuple[str, ...]) -> None:
    lines = examples(COMMANDS[path])
    calls = [call for line in lines for call in words(line)]
    if COMMANDS[path].hidden or path[0] in HIDDEN:
        assert lines
        return
    assert any(tuple(call[: len(path)]) == path for call in calls)
    for call in calls:
        parsed(call)


def test_an_example_with_a_wrong_option_is_found() -> None:
    with pytest.raises(click.NoSuchOption):
        parsed(["dataset", "list", "--nonsense"])
    with pytest.raises(AssertionError):
        parsed(["dataset", "show"])


def shown(path: tuple[str, ...], columns: int = 80) -> str:
    # Shorter lines than the screen's are click's own doing.
    return CliRunner().invoke(tuckan, [*path, "--help"], terminal_width=columns).output


@pytest.mark.parametrize("path", GROUPS, ids=lambda path: " ".join(path) or "tuckan")
def test_each_command_of_a_group_has_one_whole_line(path: tuple[str, ...]) -> None:
    group = GROUPS[path]
    context = click.Context(group)
    there = [name for name in group.list_commands(context) if not (path == () and name in HIDDEN)]
    there = [name for name in there if not group.get_command(context, name).hidden]  # type: ignore[union-attr]
    listed = shown(path, 78).partition("Commands:\n")[2].partition("\n\n")[0].splitlines()
    assert [line.split()[0] for line in listed] == there, "one line for each, none wrapped"
    assert not any("..." in line or "…" in line for line in listed)
    if path:
        assert all(line.endswith(".") for line in listed)


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_options_that_commands_share_stand_at_the_end(path: tuple[str, ...]) -> None:
    context = click.Context(COMMANDS[path])
    there = {one.name: one for one in COMMANDS[path].get_params(context) if not getattr(one, "hidden", False)}
    common = [there[name] for name in (*OF_THE_PORTAL, *OF_SHOWING) if name in there]
    own, section, shared = shown(path).partition("Common options:\n")
    assert section or path == ("completion",) or len(there) < len(OF_SHOWING) + 3
    if path != ("login",):  # its address and its token are its own
        for option in common:
            name = (option.get_help_record(context) or ("", ""))[0]
            assert f"  {name}" not in own
            assert f"  {name}" in shared


def test_other_names_work_and_are_not_shown() -> None:
    for path, group in GROUPS.items():
        for alias, meant in ALIASES.items():
            if path and meant in group.commands:
                assert group.get_command(click.Context(group), alias) is group.commands[meant]
                assert alias not in group.list_commands(click.Context(group))
    for path, hidden in {
        ("search",): ["--start", "--rows", "--fq", "--portal"],
        ("dataset", "list"): ["--start", "--fq"],
        ("download",): ["--fq"],
        ("load",): ["-I", "-i", "--input", "--create-only", "--update-only"],
        ("batch",): ["-I", "--input"],
        ("delete",): ["-I", "--input", "--fq"],
        ("dataset", "create"): ["-I"],
        ("call",): ["-I"],
    }.items():
        command = COMMANDS[path]
        parser = command.make_parser(click.Context(command))
        text = shown(path)
        for name in hidden:
            assert name in {*parser._long_opt, *parser._short_opt}
            assert not re.search(rf"(?<![\w-]){name}\b", text), name


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["dataset", "shwo"], "There is no command 'shwo'. Did you mean 'show'?"),
        (["organisation", "list"], "Did you mean 'organization'?"),
        (["dataset", "xyz"], "`tuckan dataset --help` lists the commands."),
        (["dataset", "list", "--limt", "3"], "There is no option --limt. Did you mean '--limit'?"),
        (["search", "--sotr", "x"], "Did you mean '--sort'?"),
        (["show", "rivers"], "`tuckan dataset show`, `tuckan resource show`, `tuckan view show` and more."),
        (["push", "a.csv"], "There is no command 'push'. There is `tuckan datastore push`."),
        (
            ["organization", "download", "city"],
            "There is no command 'download'. There is `tuckan download`, `tuckan",
        ),
        (
            ["dataset", "rivers"],
            "To show it: `tuckan dataset show rivers`. `tuckan dataset --help` lists the commands.",
        ),
        (["load", "a.csv"], "Name the kind of records before the file: tuckan load datasets a.csv"),
        (
            ["organization", "create", "city"],
            "'city' is not key=text, key:json or key@file. Did you mean name=city?",
        ),
        (["dataset", "create", "a.csv"], "To load records from a file: tuckan load datasets a.csv"),
        (["datastore", "show", "--hepl"], "There is no option --hepl. Did you mean '--help'?"),
    ],
)
def test_a_misspelling_is_told_what_was_meant(arguments: list[str], said: str) -> None:
    ran = CliRunner().invoke(tuckan, arguments)
    assert ran.exit_code == 2
    assert said in " ".join(ran.output.split())


def test_every_command_and_group_is_one_of_ours() -> None:
    assert all(isinstance(one, (Command, Group)) for one in EVERY.values())
