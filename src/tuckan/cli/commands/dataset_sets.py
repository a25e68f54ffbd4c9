"""`tuckan dataset tag`, `untag`, `set-extras`, ...: lists of a dataset, item by item."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tuckan.cli import completion
from tuckan.cli.command import Command
from tuckan.cli.commands.writing import fields, wrote
from tuckan.cli.session import Session, portal_command, say

if TYPE_CHECKING:
    from collections.abc import Mapping

_vocabulary = click.option("--vocabulary", metavar="NAME", help="The vocabulary of the tags [free tags].")


@click.command(cls=Command)
@click.argument("name", shell_complete=completion.datasets)
@click.argument("tags", nargs=-1, required=True)
@_vocabulary
@portal_command
def tag(session: Session, *, name: str, tags: tuple[str, ...], vocabulary: str | None) -> None:
    """Add TAGS to the dataset NAME.

    Existing tags are kept.

    \b
    tuckan dataset tag rivers water 'flood risk'
    """
    with session.client() as ckan:
        _say_tags(session, ckan.datasets.add_tags(name, tags, vocabulary=vocabulary))


@click.command(cls=Command)
@click.argument("name", shell_complete=completion.datasets)
@click.argument("tags", nargs=-1, required=True)
@_vocabulary
@portal_command
def untag(session: Session, *, name: str, tags: tuple[str, ...], vocabulary: str | None) -> None:
    """Remove TAGS from the dataset NAME.

    \b
    tuckan dataset untag rivers water
    """
    with session.client() as ckan:
        _say_tags(session, ckan.datasets.remove_tags(name, tags, vocabulary=vocabulary))


@click.command("set-extras", cls=Command)
@click.argument("name", shell_complete=completion.datasets)
@fields
@portal_command
def set_extras(session: Session, *, name: str, given: dict[str, Any]) -> None:
    """Set extra fields of the dataset NAME.

    Other extra fields keep their values.

    \b
    tuckan dataset set-extras rain source=gauge years:'[2023, 2024]'
    """
    with session.client() as ckan:
        _say_extras(session, ckan.datasets.set_extras(name, given))


@click.command("remove-extras", cls=Command)
@click.argument("name", shell_complete=completion.datasets)
@click.argument("keys", nargs=-1, required=True)
@portal_command
def remove_extras(session: Session, *, name: str, keys: tuple[str, ...]) -> None:
    """Remove the extra fields KEYS of the dataset NAME.

    \b
    tuckan dataset remove-extras rain source years
    """
    with session.client() as ckan:
        _say_extras(session, ckan.datasets.remove_extras(name, keys))


@click.command("add-to-groups", cls=Command)
@click.argument("name", shell_complete=completion.datasets)
@click.argument("groups", nargs=-1, required=True, shell_complete=completion.groups)
@portal_command
def add_to_groups(session: Session, *, name: str, groups: tuple[str, ...]) -> None:
    """Add the dataset NAME to GROUPS.

    \b
    tuckan dataset add-to-groups rivers water climate
    """
    with session.client() as ckan:
        _say_groups(session, ckan.datasets.add_to_groups(name, groups))


@click.command("remove-from-groups", cls=Command)
@click.argument("name", shell_complete=completion.datasets)
@click.argument("groups", nargs=-1, required=True, shell_complete=completion.groups)
@portal_command
def remove_from_groups(session: Session, *, name: str, groups: tuple[str, ...]) -> None:
    """Remove the dataset NAME from GROUPS.

    \b
    tuckan dataset remove-from-groups rivers climate
    """
    with session.client() as ckan:
        _say_groups(session, ckan.datasets.remove_from_groups(name, groups))


@click.command(cls=Command)
@click.argument("name", shell_complete=completion.datasets)
@portal_command
def collaborators(session: Session, *, name: str) -> None:
    """List the collaborators of the dataset NAME.

    Members of its organization are not listed.

    \b
    tuckan dataset collaborators rivers
    """
    with session.client() as ckan:
        session.output.records(ckan.datasets.collaborators(name), columns=("user_id", "capacity"), ids="user_id")


@click.command("add-collaborator", cls=Command)
@click.argument("name", shell_complete=completion.datasets)
@click.argument("user")
@click.option("--role", default="member", metavar="ROLE", help="member, editor or admin [member].")
@portal_command
def add_collaborator(session: Session, *, name: str, user: str, role: str) -> None:
    """Make USER a collaborator of the dataset NAME.

    \b
    tuckan dataset add-collaborator rivers alice --role editor
    """
    with session.client() as ckan:
        ckan.datasets.add_collaborator(name, user, role)
    say(f"{user} is {role} of {name}.")


@click.command("remove-collaborator", cls=Command)
@click.argument("name", shell_complete=completion.datasets)
@click.argument("user")
@portal_command
def remove_collaborator(session: Session, *, name: str, user: str) -> None:
    """Remove USER as a collaborator of the dataset NAME.

    \b
    tuckan dataset remove-collaborator rivers alice
    """
    with session.client() as ckan:
        ckan.datasets.remove_collaborator(name, user)
    say(f"{user} no longer has a role in {name}.")


def _say_tags(session: Session, after: Mapping[str, Any]) -> None:
    wrote(session, after, f"{after['name']} has the tags: {_joined(after.get('tags'), 'name')}.")


def _say_extras(session: Session, after: Mapping[str, Any]) -> None:
    wrote(session, after, f"{after['name']} has the extras: {_joined(after.get('extras'), 'key')}.")


def _say_groups(session: Session, after: Mapping[str, Any]) -> None:
    wrote(session, after, f"{after['name']} is in the groups: {_joined(after.get('groups'), 'name')}.")


def _joined(items: Any, key: str) -> str:
    return ", ".join(str(one[key]) for one in items or []) or "none"


COMMANDS = (
    tag,
    untag,
    set_extras,
    remove_extras,
    add_to_groups,
    remove_from_groups,
    collaborators,
    add_collaborator,
    remove_collaborator,
)
