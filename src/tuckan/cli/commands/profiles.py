"""`tuckan login`, `logout` and `profiles`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from tuckan.cli.session import say, speaking

if TYPE_CHECKING:
    from tuckan.cli.output import Output


@click.command()
@click.argument("name")
@click.option("--url", prompt="The portal's address", metavar="URL", help="The portal's address.")
@click.option("--token-stdin", is_flag=True, help="Read the token from standard input.")
@click.option("--anonymous", is_flag=True, help="Save no token.")
@speaking
def login(output: Output, name: str, url: str, *, token_stdin: bool, anonymous: bool) -> None:
    """Save a portal as the profile NAME, once its token is found to be good.

    A token is never given on a command line, where others could read it: it is asked for, or read from standard input.

    \b
    tuckan login work --url https://example.org
    tuckan login work --url https://example.org --token-stdin < token.txt
    """
    from tuckan.client import Client  # noqa: PLC0415 - `--help` needs none
    from tuckan.config import Profile, save_profile  # noqa: PLC0415

    token = "" if anonymous else _token(from_stdin=token_stdin)
    with Client(url, token) as ckan:
        user = ckan.portal.whoami() if token else {}
        ckan.portal.status()
    path = save_profile(Profile(name, ckan.base_url, token or None))
    say(f"Saved as {name!r} in {path}. Use it with --profile {name}, or set TUCKAN_PROFILE={name}.")
    output.record({"profile": name, "url": ckan.base_url, "user": user.get("name")})


def _token(*, from_stdin: bool) -> str:
    if from_stdin:
        token = sys.stdin.readline().strip()
    else:
        token = click.prompt("API token (not shown; make one on your user page)", hide_input=True, default="")
    if not token:
        raise click.UsageError("No token was given. To read as anybody may, add --anonymous.")
    return str(token)


@click.command()
@click.argument("name")
def logout(name: str) -> None:
    """Forget the profile NAME and its token. On the portal the token stays; see `tuckan token revoke`."""
    from tuckan.config import load_profiles, remove_profile  # noqa: PLC0415 - `--help` needs none
    from tuckan.errors import ConfigurationError  # noqa: PLC0415

    known = load_profiles()
    if name not in known:
        raise ConfigurationError(f"There is no profile {name!r}.", hint=f"There are: {', '.join(known) or 'none'}.")
    remove_profile(name)
    say(f"Forgotten: {name}.")


@click.command()
@speaking
def profiles(output: Output) -> None:
    """The portals you have saved. Tokens are never shown."""
    from tuckan.config import load_profiles  # noqa: PLC0415 - `--help` needs none

    output.records(
        {"name": one.name, "url": one.url, "token": "saved" if one.token else "none"}
        for one in load_profiles().values()
    )
