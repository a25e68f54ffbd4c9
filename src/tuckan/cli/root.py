"""The root of all commands. A command's module is imported on demand, so that `--help` is fast."""

from __future__ import annotations

import select
import sys
from importlib import import_module
from typing import TYPE_CHECKING

import click

from tuckan.cli.command import Group
from tuckan.cli.failures import MEANINGS
from tuckan.cli.options import portal_options, showing_options
from tuckan.version import __version__

if TYPE_CHECKING:
    from typing import TextIO

# Each command with its module and the line that the overview shows, in the order of a first acquaintance.
COMMANDS: dict[str, tuple[str, str]] = {
    "status": ("portal", "Version, features and limits of a portal, and your user there"),
    "whoami": ("portal", "The user whose token is in use"),
    "login": ("profiles", "Save a portal and its token as a profile"),
    "logout": ("profiles", "Forget a profile"),
    "profiles": ("profiles", "Saved portals"),
    "search": ("search", "Search datasets"),
    "dataset": ("datasets", "Datasets: list, show, create, change, delete"),
    "resource": ("resources", "Files and links of a dataset: list, upload, download, change"),
    "download": ("files", "Download the files of many datasets"),
    "view": ("resources", "Views of a resource"),
    "organization": ("groups", "Organizations"),
    "group": ("groups", "Groups"),
    "user": ("entities", "Users"),
    "tag": ("entities", "Tags"),
    "vocabulary": ("entities", "Vocabularies of tags"),
    "license": ("entities", "Licenses offered by the portal"),
    "schema": ("schemas", "The fields that records may have"),
    "activity": ("entities", "Recent changes on the portal"),
    "copy": ("copying", "Copy a portal, or a dump of one, to another portal"),
    "dump": ("dump", "Write all datasets, organizations, groups or users as JSON"),
    "mirror": ("mirror", "A local copy of a portal: search offline, changes, export"),
    "audit": ("audit", "What is wrong with a portal, and what to fix first"),
    "token": ("tokens", "API tokens: list, create, revoke"),
    "datastore": ("datastore", "Tables of the DataStore"),
    "datapusher": ("loaders", "Load files into the DataStore with DataPusher"),
    "xloader": ("loaders", "Load files into the DataStore with XLoader"),
    "call": ("call", "Call any action of CKAN or a plugin"),
    "actions": ("actions", "CKAN's actions: purpose, parameters and result of each"),
    "load": ("load", "Create or change many records, from CSV, spreadsheets or JSON"),
    "sheet": ("sheets", "Records in spreadsheets: template, export, check, apply"),
    "delete": ("delete", "Delete many records, by name or by search"),
    "batch": ("batch", "Call many actions, from JSON lines"),
    "job": ("jobs", "Bulk jobs: list, show, resume, undo"),
    "sandbox": ("sandbox", "A real CKAN on this machine"),
    "demo": ("tour", "A guided tour of the sandbox"),
    "completion": ("completion", "Shell completion for commands, options and names"),
}


HIDDEN = frozenset({"delete"})
"""Commands that work and are not shown: there is another one for the same."""


class ReaderGone(Exception):
    """Whoever read our output has read enough."""


class NotForClick(Exception):
    """Wraps an error that click would mistake for Ctrl-C or a broken pipe."""


def is_gone(stream: TextIO | None) -> bool:
    """Whether a stream has no reader any more; assumed if the system can't tell."""
    try:
        number = stream.fileno() if stream is not None else -1
    except (OSError, ValueError):
        return False
    if not hasattr(select, "poll"):
        return True
    poll = select.poll()
    poll.register(number, 0)
    return any(events & (select.POLLERR | select.POLLHUP | select.POLLNVAL) for _, events in poll.poll(0))


class Overview(Group):
    """A group whose commands are known by name, and imported one by one."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's own signature
        """All names, in our order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """One command."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"tuckan.cli.commands.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def _is_hidden(self, name: str) -> bool:
        return name in HIDDEN

    def invoke(self, ctx: click.Context) -> object:
        """Run the command, distinguishing a broken pipe, Ctrl-C and other errors, which click would not."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise (ReaderGone if is_gone(sys.stdout) or is_gone(sys.stderr) else NotForClick) from error
        except EOFError as error:
            raise NotForClick from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        """The overview, without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items() if name not in HIDDEN])


@click.group(
    cls=Overview,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="The portal comes from --url, CKAN_BASE_URL and CKAN_API_KEY (also in .env), or a profile. "
    "Data goes to stdout, everything else to stderr. Exit codes: "
    + ", ".join(f"{code} {meaning}" for code, meaning in MEANINGS.items())
    + ".",
)
@click.version_option(__version__, "-V", "--version", prog_name="tuckan", message="%(prog)s %(version)s")
@portal_options
@showing_options
def tuckan(**_options: object) -> None:
    """Work with CKAN open-data portals from the command line.

    \b
    tuckan status --url https://example.org   the portal's version, features and your user
    tuckan search water --facet tags          search its datasets
    tuckan dataset list > all.jsonl           every dataset, or an error
    tuckan sandbox up                         a real CKAN on this machine
    """
