"""`tuckan organization create`, `patch`, `add-member`, ...; the same of groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

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
    tell_differences,
    wrote,
    yes_option,
)
from tuckan.cli.session import Session, say, talking

if TYPE_CHECKING:
    from tuckan.client import Client


def add_writing(family: click.Group, kind: str) -> None:
    """Give the commands of organizations or groups those that change them."""

    def namespace(ckan: Client) -> Any:
        return getattr(ckan, f"{kind}s")

    @family.command()
    @fields
    @talking
    def create(session: Session, *, given: dict[str, Any]) -> None:
        """Create one: name=..., title=..., description=..."""
        with session.client() as ckan:
            made = namespace(ckan).create(given)
        wrote(session, made, f"Created the {kind} {made['name']} ({made['id']}).")

    @family.command()
    @click.argument("name")
    @fields
    @dry_run_option
    @yes_option
    @talking
    def patch(session: Session, *, name: str, given: dict[str, Any], dry_run: bool, yes: bool) -> int:
        """Set some fields of NAME; what is not named stays.

        A list stands for the whole of it: members and extra fields that would go are shown and asked for.
        """
        with session.client() as ckan:
            if dry_run:
                tell_differences(name, namespace(ckan).get(name), given)
                return 0
            if may_lose(given) and losses_of(there := namespace(ckan).get(name), given):
                return patch_losing(session, ckan, kind, there, given, yes=yes)
            after = namespace(ckan).patch(name, given)
        wrote(session, after, f"Changed the {kind} {after['name']}.")
        return 0

    @family.command()
    @click.argument("names", nargs=-1, required=True)
    @dry_run_option
    @yes_option
    @talking
    def delete(session: Session, *, names: tuple[str, ...], dry_run: bool, yes: bool) -> int:
        """Delete NAMES (- reads them from stdin). They can be restored."""
        with session.client() as ckan:
            there = namespace(ckan)
            removal = Removal(kind, lambda name: there.get(name, users=False), there.delete)
            return remove_each(session, ckan, given_lines(names), removal, dry_run=dry_run, yes=yes)

    @family.command()
    @click.argument("name")
    @talking
    def restore(session: Session, *, name: str) -> None:
        """Bring back NAME, which was deleted."""
        with session.client() as ckan:
            wrote(session, namespace(ckan).restore(name), f"The {kind} {name} is back.")

    @family.command()
    @click.argument("name")
    @dry_run_option
    @yes_option
    @talking
    def purge(session: Session, *, name: str, dry_run: bool, yes: bool) -> None:
        """Remove NAME for good; nothing brings it back."""
        with session.client() as ckan:
            purge_one(session, ckan, name, namespace(ckan), kind, dry_run=dry_run, yes=yes)


def add_members(family: click.Group, kind: str) -> None:
    """Give the commands of organizations or groups those that change who belongs to them."""

    def namespace(ckan: Client) -> Any:
        return getattr(ckan, f"{kind}s")

    @family.command("add-member")
    @click.argument("name")
    @click.argument("user")
    @click.option("--role", default="member", metavar="ROLE", help="member, editor or admin [member].")
    @talking
    def add_member(session: Session, *, name: str, user: str, role: str) -> None:
        """Make USER a member of NAME; a role that they have is replaced."""
        with session.client() as ckan:
            namespace(ckan).add_member(name, user, role)
        say(f"{user} is {role} of the {kind} {name}.")

    @family.command("remove-member")
    @click.argument("name")
    @click.argument("user")
    @talking
    def remove_member(session: Session, *, name: str, user: str) -> None:
        """Take USER's membership of NAME back."""
        with session.client() as ckan:
            namespace(ckan).remove_member(name, user)
        say(f"{user} is no member of the {kind} {name}.")


def add_datasets(family: click.Group) -> None:
    """Give the commands of groups those that put datasets into them."""

    @family.command("add-datasets")
    @click.argument("name")
    @click.argument("datasets", nargs=-1, required=True)
    @talking
    def add(session: Session, *, name: str, datasets: tuple[str, ...]) -> None:
        """Put DATASETS (- reads them from stdin) into the group NAME."""
        with session.client() as ckan:
            wanted = given_lines(datasets)
            ckan.groups.add_datasets(name, wanted)
        say(f"{len(wanted):,} datasets are in the group {name}.")

    @family.command("remove-datasets")
    @click.argument("name")
    @click.argument("datasets", nargs=-1, required=True)
    @talking
    def remove(session: Session, *, name: str, datasets: tuple[str, ...]) -> None:
        """Take DATASETS (- reads them from stdin) out of the group NAME."""
        with session.client() as ckan:
            wanted = given_lines(datasets)
            ckan.groups.remove_datasets(name, wanted)
        say(f"{len(wanted):,} datasets are not in the group {name}.")
