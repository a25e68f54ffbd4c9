"""`tuckan actions`."""

from __future__ import annotations

import shutil
import textwrap
from typing import TYPE_CHECKING, Any

import click
import msgspec

from tuckan.actions import catalogue, find_action, like, matching
from tuckan.actions.showing import at_a_shell, in_python, in_versions, notes
from tuckan.cli import completion
from tuckan.cli.command import Command
from tuckan.cli.options import naming_options
from tuckan.cli.session import output_command

if TYPE_CHECKING:
    from tuckan.actions import Action
    from tuckan.cli.output import Output

COLUMNS = ("name", "does", "plugin", "since", "until")


@click.command(cls=Command)
@click.argument("name", required=False, shell_complete=completion.actions)
@click.option("--search", metavar="WORD", help="Only actions with these words in their name or description.")
@click.option("--json", "as_json", is_flag=True, hidden=True, help="As JSON; the same as --format json.")
@output_command
@naming_options
def actions(
    output: Output, *, name: str | None, search: str | None, as_json: bool, url: str | None, profile: str | None
) -> None:
    """List CKAN's actions, or document one.

    \b
    tuckan actions                       all actions, one per line
    tuckan actions --search token        actions about tokens
    tuckan actions package_patch         its parameters and result, with an example
    tuckan actions package_patch --format json
    """
    if url or profile:
        raise click.UsageError(
            "`tuckan actions` lists what CKAN itself has in each version, and asks no portal: leave out --profile and --url."
            " Whether a portal has an action: tuckan call help_show name=NAME --profile NAME."
        )
    if as_json:
        output.form = "json"
    if name is None:
        found = matching(search) if search else catalogue().actions
        output.records((_line(each, one) for each, one in found.items()), columns=COLUMNS)
        return
    one = find_action(name)
    if one is None:
        near = like(name)
        hint = (
            f"Did you mean {' or '.join(near)}?"
            if near
            else "If it is a plugin's action: tuckan call help_show name=" + name
        )
        raise click.UsageError(f"CKAN itself has no action {name!r}. {hint}")
    if output.for_people:
        click.echo(_page(name, one))
    else:
        output.record(_record(name, one))


def _line(name: str, one: Action) -> dict[str, str]:
    return {"name": name, "does": one.says, "plugin": one.plugin, "since": one.since, "until": one.until}


def _record(name: str, one: Action) -> dict[str, Any]:
    """All details, as JSON."""
    known: dict[str, Any] = msgspec.to_builtins(one)
    return {"name": name, **known, "shell": _shell(name, one), "python": in_python(name, one.example)}


def _shell(name: str, one: Action) -> str:
    files = tuple(param for param, facts in one.params.items() if facts.type == "file")
    return at_a_shell(name, one.example, files)


def _page(name: str, one: Action) -> str:
    """All details, as text."""
    facts = {
        "Gives": one.gives,
        "Who may": one.who,
        "In": in_versions(one),
        "Changes": "nothing" if one.read_only else "",
        "Instead": one.instead,
    }
    parts = [f"{name}: {one.says}", "\n".join(f"{key + ':':<9} {value}" for key, value in facts.items() if value)]
    if one.params:
        parts.append("Parameters:\n" + "\n".join(_parameters(one)))
    if one.open:
        parts.append("It also accepts the fields of the portal's own schema.")
    parts += [f"At a shell:\n  {_shell(name, one)}", f"In Python:\n  {in_python(name, one.example)}"]
    return "\n\n".join(parts)


def _parameters(one: Action) -> list[str]:
    width = max(map(len, one.params))
    columns = max(width + 30, min(100, shutil.get_terminal_size().columns))
    lines = []
    for name, facts in one.params.items():
        kind = f"{facts.type}, needed" if facts.required else facts.type
        text = f"  {name:<{width}}  {kind}: {facts.means}{notes(facts)}"
        lines.append(textwrap.fill(text, columns, subsequent_indent=" " * (width + 6), break_on_hyphens=False))
    return lines
