"""`tuckan login`, `logout` and `profiles`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from tuckan.cli import completion
from tuckan.cli.command import Command, Group
from tuckan.cli.options import settled
from tuckan.cli.session import Session, output_command, say
from tuckan.cli.terminal import ask
from tuckan.errors import ConfigurationError

if TYPE_CHECKING:
    from tuckan.cli.output import Output


@click.command(cls=Command)
@click.argument("name")
@click.option("-u", "--url", metavar="URL", help="The portal's address.")
@click.option("--token-stdin", is_flag=True, help="Read the token from standard input.")
@click.option("--anonymous", is_flag=True, help="Save no token.")
@click.option("--default", is_flag=True, help="Use this profile when no portal is named.")
@output_command
def login(output: Output, name: str, *, url: str | None, token_stdin: bool, anonymous: bool, default: bool) -> None:
    """Save a portal and its token as the profile NAME.

    The token is checked first. It is prompted for or read from standard input, never given on the command line, where other
    users could see it.

    \b
    tuckan login work --url https://example.org
    tuckan login work --url https://example.org --token-stdin < token.txt
    """
    from tuckan.config import Profile, save_profile, set_default_profile  # noqa: PLC0415 - `--help` needs none

    address = settled({"url": url})["url"] or ask("The portal's address:", otherwise="Give it with --url.")
    if not address:
        raise click.UsageError("No address was given.")
    token = "" if anonymous else _token(from_stdin=token_stdin)
    with Session(output).client(address, token) as ckan:
        ckan.portal.status()
        user = ckan.portal.whoami() if token else {}
        saved = Profile(name, ckan.base_url, token or None)
    path = save_profile(saved)
    if default:
        set_default_profile(name)
    use = "It is now the default." if default else f"Use it with --profile {name}, or: tuckan profiles default {name}"
    say(f"Saved as {name!r} in {path}. {use}")
    output.record({"profile": name, "url": saved.url, "user": user.get("name")})


def _token(*, from_stdin: bool) -> str:
    if from_stdin:
        token = sys.stdin.readline().strip() if sys.stdin is not None else ""
    else:
        token = ask(
            "API token (not shown; make one on your user page):", otherwise="Give it with --token-stdin.", hidden=True
        )
    if not token:
        raise click.UsageError("No token was given. To read without a token, add --anonymous.")
    return token


@click.command(cls=Command)
@click.argument("name", shell_complete=completion.profiles)
def logout(name: str) -> None:
    """Forget the profile NAME and its token.

    The token stays valid on the portal; `tuckan token revoke` revokes it.

    \b
    tuckan logout work
    """
    _forget(name)


@click.group(cls=Group, invoke_without_command=True)
@click.pass_context
@output_command
def profiles(output: Output, context: click.Context) -> None:
    """Saved portals. Without a subcommand, list them.

    \b
    tuckan profiles
    tuckan profiles default work
    """
    if context.invoked_subcommand is None:
        _list(output)


@profiles.command("list")
@output_command
def list_profiles(output: Output) -> None:
    """List all profiles, without their tokens.

    \b
    tuckan profiles list
    """
    _list(output)


@profiles.command("show")
@click.argument("name", shell_complete=completion.profiles)
@output_command
def show_profile(output: Output, *, name: str) -> None:
    """Show the profile NAME, without its token.

    \b
    tuckan profiles show work
    """
    rows = {str(row["name"]): row for row in _rows()}
    if name not in rows:
        from tuckan.config import unknown_profile  # noqa: PLC0415 - only a mistake needs it

        raise unknown_profile(name, rows)
    output.record(rows[name])


@profiles.command("remove", hidden=True)
@click.argument("name", shell_complete=completion.profiles)
def remove(name: str) -> None:
    """Forget the profile NAME; the same as `tuckan logout`.

    \b
    tuckan profiles remove work
    """
    _forget(name)


@profiles.command("default")
@click.argument("name", required=False, shell_complete=completion.profiles)
@click.option("--none", "nothing", is_flag=True, help="Have no default profile.")
@output_command
def choose_default(output: Output, *, name: str | None, nothing: bool) -> None:
    """Make NAME the default profile.

    Without NAME, show the default profile.

    \b
    tuckan profiles default work
    tuckan profiles default --none
    """
    from tuckan.config import default_profile, set_default_profile  # noqa: PLC0415 - `--help` needs none

    if name and nothing:
        raise click.UsageError("A name and --none are mutually exclusive.")
    if name or nothing:
        set_default_profile(name)
        say(
            f"{name} is used whenever a command names no portal."
            if name
            else "From now on, commands must name a portal."
        )
        return
    found = default_profile()
    if found is None:
        raise ConfigurationError("No profile is the default.", hint="Choose one: tuckan profiles default NAME")
    output.records([found])


def _list(output: Output) -> None:
    if not output.records(_rows()) and output.for_people:
        say("Save one: tuckan login NAME --url https://example.org")


def _rows() -> list[dict[str, object]]:
    from tuckan.config import default_profile, load_profiles  # noqa: PLC0415 - `--help` needs none

    default = default_profile()
    return [
        {
            "name": one.name,
            "url": one.url,
            "token": "saved" if one.token else "none",
            "default": one.name == default,
        }
        for one in load_profiles().values()
    ]


def _forget(name: str) -> None:
    from tuckan.config import load_profiles, remove_profile, unknown_profile  # noqa: PLC0415 - `--help` needs none

    profiles = load_profiles()
    if name not in profiles:
        raise unknown_profile(name, profiles)
    remove_profile(name)
    say(f"Removed the profile {name}.")
