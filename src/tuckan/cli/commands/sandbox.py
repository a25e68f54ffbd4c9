"""`tuckan sandbox`."""

from __future__ import annotations

import functools
import subprocess
import time
from contextlib import ExitStack
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from tuckan._text import counted
from tuckan.cli.command import Group
from tuckan.cli.session import output_command, say
from tuckan.cli.terminal import require_consent

if TYPE_CHECKING:
    from collections.abc import Callable

    from tuckan.cli.output import Output
    from tuckan.sandbox import Sandbox, Status


@click.group(cls=Group)
def sandbox() -> None:
    """A real CKAN on this machine, without Docker, root or a compiler.

    It has DataStore, DataPusher, XLoader, activities, file uploads, a background worker and an administrator, and
    listens on localhost only.

    \b
    tuckan sandbox up                  CKAN 2.12, saved as the profile `sandbox`
    tuckan status --profile sandbox
    tuckan sandbox down
    """


def _of_one(function: Callable[..., Any]) -> Callable[..., Any]:
    """A command about one sandbox, which it gets as its first argument."""

    @click.option(
        "--name", default="default", metavar="NAME", help="The sandbox's name, to have several of one version."
    )
    @click.option("--ckan", default="2.12", metavar="VERSION", help="2.12, 2.11 or 2.10 [2.12].")
    @functools.wraps(function)
    def command(*args: Any, name: str, ckan: str, **options: Any) -> Any:
        from tuckan._optional import load  # noqa: PLC0415 - `--help` needs none

        load("psutil", extra="sandbox", purpose="run a sandbox")
        from tuckan.sandbox import Sandbox  # noqa: PLC0415

        return function(*args, one=Sandbox(name, ckan), **options)

    return command


@sandbox.command()
@click.option("--name", default="default", metavar="NAME", help="The sandbox's name, to have several of one version.")
@click.option("--ckan", metavar="VERSION", help="2.12, 2.11 or 2.10 [2.12].")
@click.option(
    "--plugin",
    "plugins",
    multiple=True,
    metavar="NAME|PACKAGE|FOLDER",
    help="An extension: a recipe such as scheming, a package, a folder, or a plugin of CKAN's.",
)
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="A setting of CKAN.")
@click.option(
    "--config", type=click.Path(dir_okay=False), metavar="FILE", help="A TOML file with these settings and more."
)
@click.option(
    "--solr-schema",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="A Solr schema with more fields for the search.",
)
@output_command
def up(
    output: Output,
    *,
    name: str,
    ckan: str | None,
    plugins: tuple[str, ...],
    settings: tuple[str, ...],
    config: str | None,
    solr_schema: str | None,
) -> None:
    """Start a sandbox, and install it the first time.

    Extensions and settings are remembered: without options, `up` starts the sandbox as before; with options,
    exactly those apply.

    \b
    tuckan sandbox up
    tuckan sandbox up --ckan 2.11 --plugin scheming --plugin ./ckanext-mine
    tuckan sandbox up --set ckan.datastore.sqlsearch.enabled=true
    tuckan sandbox up --config sandbox.toml
    """
    from tuckan._optional import load  # noqa: PLC0415 - `--help` needs none

    load("psutil", extra="sandbox", purpose="run a sandbox")
    from tuckan.sandbox import Sandbox  # noqa: PLC0415
    from tuckan.sandbox.setup import parse_setting  # noqa: PLC0415

    one = Sandbox(
        name,
        ckan,
        plugins=plugins or None,
        settings=dict(map(parse_setting, settings)) or None,
        config=config,
        solr_schema=solr_schema,
    )
    begun = time.monotonic()
    with ExitStack() as steps:
        status = one.up(lambda text: _begin_step(steps, f"{time.monotonic() - begun:5.1f} s  {text}"))
    say(f"{time.monotonic() - begun:5.1f} s  ready")
    user, password = one.administrator
    found = {
        "url": status.url,
        "CKAN": status.ckan,
        "profile": status.profile,
        "log in as": user,
        "password": password,
    }
    output.record(found if output.for_people else {"url": status.url, "ckan": status.ckan, "profile": status.profile})
    if output.for_people:
        say(f"Next: tuckan status --profile {status.profile}")
        say(f"      {one.typed('load-demo')}")
        say(f"      {one.typed('down')}")


def _begin_step(steps: ExitStack, text: str) -> None:
    """Show the current step with elapsed time."""
    from tuckan.concurrency import Progress  # noqa: PLC0415 - `--help` needs none

    steps.close()
    say(text)
    steps.enter_context(Progress("        still at it", unit=""))


@sandbox.command("status")
@click.option("--name", metavar="NAME", help="One of this name, with its parts.")
@click.option("--ckan", metavar="VERSION", help="The one of this version, with its parts.")
@output_command
def show_status(output: Output, *, name: str | None, ckan: str | None) -> int:
    """Show all sandboxes, or the parts of one.

    The exit code is 1 when something that should run does not.

    \b
    tuckan sandbox status
    tuckan sandbox status --ckan 2.11
    """
    from tuckan._optional import load  # noqa: PLC0415 - `--help` needs none

    load("psutil", extra="sandbox", purpose="run a sandbox")
    from tuckan.sandbox import Sandbox, sandboxes  # noqa: PLC0415

    if name or ckan:
        one = Sandbox(name or "default", ckan or "2.12")
        status = one.status()
        _show_parts(output, status)
        _say_what_is_broken(one, status)
        return int(status.state == "broken")
    found = [(one, one.status()) for one in sandboxes()]
    output.records(
        ({"sandbox": one.label, "state": one.state, "url": one.url, "profile": one.profile} for _, one in found),
        ids="sandbox",
    )
    for one, status in found:
        _say_what_is_broken(one, status)
    return int(any(status.state == "broken" for _, status in found))


def _say_what_is_broken(one: Sandbox, status: Status) -> None:
    if status.state == "broken":
        for part in status.parts:
            if not part.running:
                say(f"{one.label}: {part.name} is not running; see `{one.typed(f'logs {part.name}')}`")
        say(f"`{one.typed('up')}` starts it again.")


def _show_parts(output: Output, status: Status) -> None:
    parts = ({**asdict(one), "log": str(one.log)} for one in status.parts)
    if output.for_people:
        say(f"{status.label}: {status.state}, {status.url or 'never started'}")
        output.records(parts, columns=("name", "running", "pid", "where"))
        say(f"logs: {status.parts[0].log.parent}")
    else:
        output.record({**asdict(status), "parts": list(parts)}, ids="label")


@sandbox.command("token")
@_of_one
def show_token(*, one: Sandbox) -> None:
    """Write the administrator's API token to stdout.

    \b
    tuckan sandbox token
    """
    click.echo(one.token())


@sandbox.command()
@click.argument("part", default="web")
@click.option("-n", "--lines", type=click.IntRange(min=1), default=50, metavar="N", help="Number of lines [50].")
@_of_one
def logs(*, part: str, lines: int, one: Sandbox) -> None:
    """Show the last lines of a PART's log.

    A PART is web, worker, search, datapusher, postgres or valkey.

    \b
    tuckan sandbox logs web -n 100
    """
    click.echo(one.logs(part, lines))


@sandbox.command()
@_of_one
def reset(*, one: Sandbox) -> None:
    """Remove all data from the portal, without restarting it.

    \b
    tuckan sandbox reset
    """
    from tuckan.concurrency import Progress  # noqa: PLC0415 - `--help` needs none

    with Progress("emptying it", unit=""):
        one.reset()
    say(f"The sandbox {one.label} is empty.")


@sandbox.command("plugins")
@_of_one
@output_command
def list_plugins(output: Output, *, one: Sandbox) -> None:
    """List extensions for a sandbox, and known conflicts.

    \b
    tuckan sandbox plugins
    tuckan sandbox plugins --ckan 2.11
    """
    from tuckan.sandbox.recipe import clashes  # noqa: PLC0415 - `--help` needs none

    loaded = one.plugins()
    output.records(
        (
            {**recipe, "plugins": " ".join(recipe["plugins"])} if output.for_people else recipe
            for recipe in one.recipes()
        ),
        ids="recipe",
    )
    if output.for_people:
        say(f"{one.label} loads: {' '.join(loaded)}" if loaded else f"The sandbox {one.label} was never started.")
        for clash in clashes():
            condition = f" with {clash.setting}" if clash.setting else ""
            say(f"{' and '.join(clash.plugins or clash.packages)}{condition}: {clash.why}")


@sandbox.command("ckan", context_settings={"ignore_unknown_options": True})
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="[--] ARGS...")
@_of_one
def run_ckan(*, words: tuple[str, ...], one: Sandbox) -> int:
    """Run CKAN's own command line on a sandbox.

    Its exit code is that of the command.

    \b
    tuckan sandbox ckan -- search-index rebuild
    tuckan sandbox ckan -- user list
    """
    command, variables = one.ckan_command(words)
    return subprocess.run(command, env=variables, check=False).returncode  # noqa: S603 - the command is CKAN's own


@sandbox.command("load-demo")
@_of_one
def load_demo(*, one: Sandbox) -> None:
    """Load the demo data: 300 datasets and 2,000 API tokens.

    \b
    tuckan sandbox load-demo
    """
    from tuckan.sandbox.demo import load_demo as load_it  # noqa: PLC0415 - `--help` needs none

    begun = time.monotonic()
    made = load_it(one, lambda text: say(f"{time.monotonic() - begun:5.1f} s  {text}"))
    say(
        f"{time.monotonic() - begun:5.1f} s  {counted(made.datasets, 'dataset')} and {counted(made.tokens, 'token')} made"
    )


@sandbox.command()
@_of_one
def down(*, one: Sandbox) -> None:
    """Stop every process of a sandbox; its data is kept.

    \b
    tuckan sandbox down
    """
    one.down()
    known = one.status().url
    say(
        f"The sandbox {one.label} is down; its data is kept."
        if known
        else f"The sandbox {one.label} was never started."
    )


@sandbox.command()
@click.option("-y", "--yes", is_flag=True, help="Do not ask for confirmation.")
@_of_one
def destroy(*, yes: bool, one: Sandbox) -> None:
    """Stop a sandbox and remove its data.

    \b
    tuckan sandbox destroy
    """
    if not yes:
        require_consent(f"Remove the sandbox {one.label} and all its data?", f"The sandbox {one.label} was kept.")
    one.destroy()
    say(f"The sandbox {one.label} was removed.")


@sandbox.command()
@click.option("--dry-run", is_flag=True, help="Show what would be removed.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask for confirmation.")
@output_command
def prune(output: Output, *, dry_run: bool, yes: bool) -> None:
    """Remove installed CKANs that no sandbox uses.

    Each combination of CKAN and extensions that was ever started stays installed, with a template of its
    databases, until it is pruned. Sandboxes and their
    data are left alone.

    \b
    tuckan sandbox prune --dry-run
    tuckan sandbox prune
    """
    from tuckan.sandbox.unused import remove, unused  # noqa: PLC0415 - `--help` needs none

    found = unused()
    size = f"{sum(one.size for one in found) / 1e6:,.0f} MB"
    if not found:
        say("Every installed CKAN is in use by a sandbox.")
        return
    output.records([{"path": str(one.path), "bytes": one.size} for one in found])
    if dry_run:
        say(f"{counted(len(found), 'folder')}, {size}. Nothing was removed.")
        return
    if not yes:
        require_consent(f"Remove {counted(len(found), 'folder')}, {size}?", "Nothing was removed.")
    gone = remove(found)
    say(f"Removed {counted(len(gone), 'folder')}, {sum(one.size for one in gone) / 1e6:,.0f} MB.")
    if len(gone) < len(found):
        say(f"{counted(len(found) - len(gone), 'folder')} were kept: another process is using them.")
