"""`tuckan organization create`, `patch`, `add-member`, ...; the same of groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tuckan._text import counted
from tuckan.cli import completion
from tuckan.cli.arguments import given_lines
from tuckan.cli.commands.writing import (
    Removal,
    dry_run_option,
    fields,
    losses_of,
    may_lose,
    patch_losing,
    purge_one,
    remove_each,
    require_consent_to_losses,
    tell_differences,
    wrote,
    yes_option,
)
from tuckan.cli.session import Session, portal_command, say

if TYPE_CHECKING:
    from tuckan.cli.command import Group
    from tuckan.client import Client


def _there(groups: Any, name: str) -> dict[str, Any] | None:
    from tuckan.errors import NotFound  # noqa: PLC0415 - `--help` needs none

    try:
        found: dict[str, Any] = groups.get(name)
    except NotFound:
        return None
    return found


def _namespace(ckan: Client, kind: str) -> Any:
    return getattr(ckan, f"{kind}s")


def add_writing(family: Group, kind: str) -> None:
    """Give the commands of organizations or groups those that change them."""
    _add_creating(family, kind)
    _add_patching(family, kind)
    _add_removing(family, kind)


def _add_creating(family: Group, kind: str) -> None:
    """`create` and `upsert`."""

    @family.command()
    @fields
    @portal_command
    def create(session: Session, *, given: dict[str, Any]) -> None:
        """Create one KIND.

        \b
        tuckan KIND create name=city title='City of Example'
        """
        with session.client() as ckan:
            made = _namespace(ckan, kind).create(given)
        wrote(session, made, f"Created the {kind} {made['name']} ({made['id']}).")

    @family.command()
    @fields
    @dry_run_option
    @yes_option
    @portal_command
    def upsert(session: Session, *, given: dict[str, Any], dry_run: bool, yes: bool) -> None:
        """Create one KIND, or change the one of that name.

        It is found by its id or name. Fields that are not named stay, and so do members.

        \b
        tuckan KIND upsert name=city title='City of Example'
        """
        name = str(given.get("id") or given.get("name") or "")
        with session.client() as ckan:
            if dry_run or (may_lose(given) and not yes):
                there = _there(_namespace(ckan, kind), name)
                if dry_run and there is None:
                    say(f"{name} does not exist and would be created; nothing was sent.")
                elif dry_run:
                    tell_differences(name, there or {}, given)
                elif there is not None:
                    require_consent_to_losses(ckan, there, {key: one for key, one in given.items() if key != "users"})
                if dry_run:
                    return
            done = _namespace(ckan, kind).upsert(given)
        changes = f" ({', '.join(done.changes)})" if done.changes and done.outcome != "created" else ""
        wrote(session, done.record, f"{done.record['name']}: {done.outcome}{changes}.")


def _add_patching(family: Group, kind: str) -> None:
    """`patch`."""

    @family.command()
    @click.argument("name", shell_complete=completion.names(kind))
    @fields
    @dry_run_option
    @yes_option
    @portal_command
    def patch(session: Session, *, name: str, given: dict[str, Any], dry_run: bool, yes: bool) -> int:
        """Change fields of the KIND NAME.

        Other fields keep their values. A list replaces the whole list. Anything that would be lost is shown, and you confirm:
        members, extra fields, and with state=deleted the KIND itself.

        \b
        tuckan KIND patch city title='City of Example' --dry-run
        """
        from tuckan.wire.entities import ENTITIES  # noqa: PLC0415 - `--help` needs none

        ENTITIES[kind].require_settable(given)
        with session.client() as ckan:
            if dry_run:
                tell_differences(name, _namespace(ckan, kind).get(name), given)
                return 0
            if may_lose(given) and losses_of(there := _namespace(ckan, kind).get(name), given):
                return patch_losing(session, ckan, kind, there, given, yes=yes)
            after = _namespace(ckan, kind).patch(name, given)
        wrote(session, after, f"Changed the {kind} {after['name']}.")
        return 0


def _add_removing(family: Group, kind: str) -> None:
    """`delete`, `restore` and `purge`."""

    @family.command()
    @click.argument("names", nargs=-1, required=True, shell_complete=completion.names(kind))
    @dry_run_option
    @yes_option
    @portal_command
    def delete(session: Session, *, names: tuple[str, ...], dry_run: bool, yes: bool) -> int:
        """Delete the KINDs NAMES, which can be restored.

        Use - to read names from standard input.

        \b
        tuckan KIND delete city --dry-run
        """
        with session.client() as ckan:
            there = _namespace(ckan, kind)
            removal = Removal(kind, lambda name: there.get(name, users=False), there.delete)
            return remove_each(session, ckan, given_lines(names), removal, dry_run=dry_run, yes=yes)

    @family.command()
    @click.argument("name", shell_complete=completion.names(kind))
    @portal_command
    def restore(session: Session, *, name: str) -> None:
        """Restore the deleted KIND NAME.

        \b
        tuckan KIND restore city
        """
        with session.client() as ckan:
            wrote(session, _namespace(ckan, kind).restore(name), f"The {kind} {name} was restored.")

    @family.command()
    @click.argument("name", shell_complete=completion.names(kind))
    @dry_run_option
    @yes_option
    @portal_command
    def purge(session: Session, *, name: str, dry_run: bool, yes: bool) -> None:
        """Remove the KIND NAME permanently.

        This cannot be undone.

        \b
        tuckan KIND purge city --dry-run
        """
        with session.client() as ckan:
            purge_one(session, ckan, name, _namespace(ckan, kind), kind, dry_run=dry_run, yes=yes)


def add_members(family: Group, kind: str) -> None:
    """Add the commands for members to those of organizations or groups."""

    @family.command("add-member")
    @click.argument("name", shell_complete=completion.names(kind))
    @click.argument("user")
    @click.option("--role", default="member", metavar="ROLE", help="member, editor or admin [member].")
    @portal_command
    def add_member(session: Session, *, name: str, user: str, role: str) -> None:
        """Make USER a member, editor or admin of NAME.

        An existing role is replaced.

        \b
        tuckan KIND add-member city alice --role editor
        """
        with session.client() as ckan:
            _namespace(ckan, kind).add_member(name, user, role)
        say(f"{user} is {role} of the {kind} {name}.")

    @family.command("remove-member")
    @click.argument("name", shell_complete=completion.names(kind))
    @click.argument("user")
    @portal_command
    def remove_member(session: Session, *, name: str, user: str) -> None:
        """Remove USER from NAME.

        \b
        tuckan KIND remove-member city alice
        """
        with session.client() as ckan:
            _namespace(ckan, kind).remove_member(name, user)
        say(f"{user} is no longer a member of the {kind} {name}.")


def add_datasets(family: Group) -> None:
    """Give the commands of groups those that put datasets into them."""

    @family.command("add-datasets")
    @click.argument("name", shell_complete=completion.groups)
    @click.argument("datasets", nargs=-1, required=True, shell_complete=completion.datasets)
    @portal_command
    def add(session: Session, *, name: str, datasets: tuple[str, ...]) -> None:
        """Add DATASETS to the group NAME.

        Use - to read names from standard input.

        \b
        tuckan group add-datasets water rivers rain
        """
        with session.client() as ckan:
            wanted = given_lines(datasets)
            ckan.groups.add_datasets(name, wanted)
        say(f"Added to the group {name}: {counted(len(wanted), 'dataset')}.")

    @family.command("remove-datasets")
    @click.argument("name", shell_complete=completion.groups)
    @click.argument("datasets", nargs=-1, required=True, shell_complete=completion.datasets)
    @portal_command
    def remove(session: Session, *, name: str, datasets: tuple[str, ...]) -> None:
        """Remove DATASETS from the group NAME.

        Use - to read names from standard input.

        \b
        tuckan group remove-datasets water rain
        """
        with session.client() as ckan:
            wanted = given_lines(datasets)
            ckan.groups.remove_datasets(name, wanted)
        say(f"Removed from the group {name}: {counted(len(wanted), 'dataset')}.")
