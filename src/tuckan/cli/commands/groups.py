"""`tuckan organization` and `tuckan group`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tuckan.cli import completion
from tuckan.cli.command import Group
from tuckan.cli.session import Session, portal_command, say
from tuckan.cli.terminal import open_page, web_option

if TYPE_CHECKING:
    from collections.abc import Callable

    from tuckan.client import Client
    from tuckan.schemas import Entity

_COLUMNS = ("name", "title", "package_count", "created")


def _family(kind: Entity, help_line: str) -> Group:
    """The commands of organizations or of groups, which are the same."""

    def namespace(ckan: Client) -> Any:
        return getattr(ckan, f"{kind}s")

    group = Group(kind, help=help_line, more=_add_more)
    _add_list(group, namespace)
    _add_show(group, kind, namespace)
    _add_members(group, kind, namespace)
    group.name_kind(kind)
    return group


def _add_more(family: Group) -> None:
    from tuckan.cli.commands.group_writes import add_datasets, add_members, add_writing  # noqa: PLC0415 - not for those that read

    kind = str(family.name)
    add_writing(family, kind)
    add_members(family, kind)
    if kind == "group":
        add_datasets(family)
    family.name_kind(kind)


def _write(session: Session, ckan: Client, found: dict[str, Any], kind: Entity) -> None:
    if session.output.for_people:
        from tuckan.cli.commands.schemas import described  # noqa: PLC0415 - only what is shown to people needs it

        found = described(ckan, found, kind)
    session.output.record(found)


def _add_list(group: Group, namespace: Callable[[Client], Any]) -> None:
    @group.command("list")
    @click.option("--mine", is_flag=True, help="Only those you (your token's user) belong to or may edit.")
    @click.option("--type", "type_", metavar="TYPE", help="Only this type [all types].")
    @portal_command
    def list_all(session: Session, *, mine: bool, type_: str | None) -> None:
        """List all KINDs in full.

        The list is complete, or the command fails.

        \b
        tuckan KIND list
        tuckan KIND list --mine --format ids
        """
        with session.client() as ckan:
            found: Any = namespace(ckan).mine() if mine else namespace(ckan).list(type=type_)
        if mine and type_:
            found = [one for one in found if one.get("type") == type_]
        several = len({one.get("type") for one in found}) > 1
        session.output.records(found, columns=(*_COLUMNS, "type") if several else _COLUMNS)
        if not mine:
            say(str(found.proof))


def _add_show(group: Group, kind: Entity, namespace: Callable[[Client], Any]) -> None:
    @group.command("show")
    @click.argument("name", shell_complete=completion.names(kind))
    @web_option
    @portal_command
    def show(session: Session, *, name: str, web: bool) -> None:
        """Show the KIND NAME (or id).

        \b
        tuckan KIND show city
        tuckan KIND show city --web
        """
        with session.client() as ckan:
            found = namespace(ckan).get(name)
            if web:
                open_page(ckan, str(found.get("type") or kind), found["name"])
            else:
                _write(session, ckan, found, kind)

    @group.command("by-title")
    @click.argument("title")
    @click.option("--type", "type_", metavar="TYPE", help="Only among those of a type.")
    @portal_command
    def by_title(session: Session, *, title: str, type_: str | None) -> None:
        """Show the KIND with this TITLE, in any case.

        \b
        tuckan KIND by-title 'City of Example'
        """
        with session.client() as ckan:
            _write(session, ckan, namespace(ckan).by_title(title, type=type_), kind)


def _add_members(group: Group, kind: str, namespace: Callable[[Client], Any]) -> None:
    @group.command("members")
    @click.argument("name", shell_complete=completion.names(kind))
    @click.option(
        "--kind", type=click.Choice(["user", "package", "group"]), default="user", help="The kind of member [user]."
    )
    @portal_command
    def members(session: Session, *, name: str, kind: str) -> None:
        """List the members of the KIND NAME.

        \b
        tuckan KIND members city
        """
        with session.client() as ckan:
            found = namespace(ckan).members(name, kind=kind)
            if kind == "user" and found:
                users = {one["id"]: one for one in namespace(ckan).get(name, users=True).get("users") or []}
                found = [{"name": users.get(one["id"], {}).get("name"), **one} for one in found]
        session.output.records(found, columns=("name", "capacity", "id"), ids="id")


organization = _family("organization", "Organizations.")
group = _family("group", "Groups, which collect datasets of any organization.")
