"""`tuckan user`, `tag`, `vocabulary`, `license` and `activity`."""

from __future__ import annotations

from typing import Any

import click

from tuckan.cli import completion
from tuckan.cli.command import Group
from tuckan.cli.session import Session, portal_command
from tuckan.shapes import without_secrets

_HAPPENED = ("timestamp", "activity_type", "about", "by")
_ABOUT = ("package", "dataset", "group", "organization", "user")


def _add_more(group: Group) -> None:
    from tuckan.cli.commands import entity_writes  # noqa: PLC0415 - not for those that read

    more = {user: entity_writes.OF_USERS, tag: entity_writes.OF_TAGS, vocabulary: entity_writes.OF_VOCABULARIES}
    for command in more[group]:
        group.add_command(command)


@click.group(cls=Group, more=_add_more)
def user() -> None:
    """Users."""


@user.command("list")
@click.argument("query", required=False)
@portal_command
def list_users(session: Session, *, query: str | None) -> None:
    """List all users, or those whose name contains QUERY.

    \b
    tuckan user list
    tuckan user list alice
    """
    with session.client() as ckan:
        session.output.records(ckan.users.list(query), columns=("name", "fullname", "state", "sysadmin", "created"))


@user.command("show")
@click.argument("name")
@portal_command
def show_user(session: Session, *, name: str) -> None:
    """Show the user NAME (or id).

    \b
    tuckan user show alice
    """
    with session.client() as ckan:
        session.output.record(without_secrets(ckan.users.get(name)))


@click.group(cls=Group, more=_add_more)
def tag() -> None:
    """Tags."""


@tag.command("list")
@click.argument("query", required=False)
@click.option("--vocabulary", metavar="NAME", help="List the tags of a vocabulary instead of free tags.")
@portal_command
def list_tags(session: Session, *, query: str | None, vocabulary: str | None) -> None:
    """List all tags in use, or those that contain QUERY.

    \b
    tuckan tag list
    tuckan tag list --vocabulary themes
    """
    with session.client() as ckan:
        session.output.records(ckan.tags.list(query, vocabulary=vocabulary))


@tag.command("show")
@click.argument("name")
@click.option("--vocabulary", metavar="NAME", help="The vocabulary of the tag [free tags].")
@portal_command
def show_tag(session: Session, *, name: str, vocabulary: str | None) -> None:
    """Show the tag NAME.

    \b
    tuckan tag show water
    """
    with session.client() as ckan:
        session.output.record(ckan.tags.get(name, vocabulary=vocabulary))


@click.group(cls=Group, more=_add_more)
def vocabulary() -> None:
    """Vocabularies of tags."""


@vocabulary.command("list")
@portal_command
def list_vocabularies(session: Session) -> None:
    """List all vocabularies with their tags.

    \b
    tuckan vocabulary list
    """
    with session.client() as ckan:
        session.output.records(ckan.vocabularies.list())


@vocabulary.command("show")
@click.argument("name")
@portal_command
def show_vocabulary(session: Session, *, name: str) -> None:
    """Show the vocabulary NAME (or id).

    \b
    tuckan vocabulary show themes
    """
    with session.client() as ckan:
        session.output.record(ckan.vocabularies.get(name))


@click.group(cls=Group)
def license() -> None:  # noqa: A001 - the command's own name
    """Licenses offered by the portal."""


@license.command("list")
@portal_command
def list_licenses(session: Session) -> None:
    """List all licenses.

    \b
    tuckan license list
    """
    with session.client() as ckan:
        session.output.records(ckan.licenses.list(), columns=("id", "title", "url"), ids="id")


@license.command("show")
@click.argument("name", metavar="ID")
@portal_command
def show_license(session: Session, *, name: str) -> None:
    """Show the license ID, such as cc-by.

    \b
    tuckan license show cc-by
    """
    with session.client() as ckan:
        session.output.record(ckan.licenses.get(name), ids="id")


@click.group(cls=Group)
def activity() -> None:
    """Recent changes on the portal."""


@activity.command("list")
@click.option("--dataset", metavar="NAME", help="Activities of a dataset.", shell_complete=completion.datasets)
@click.option(
    "--organization", metavar="NAME", help="Activities of an organization.", shell_complete=completion.organizations
)
@click.option("--group", metavar="NAME", help="Activities of a group.", shell_complete=completion.groups)
@click.option("--user", metavar="NAME", help="Activities of a user.")
@click.option("-n", "--limit", type=click.IntRange(min=1, max=100), help="Maximum number of activities [31].")
@click.option("--offset", type=click.IntRange(min=0), help="Number of activities to skip [0].")
@portal_command
def list_activities(session: Session, **what: object) -> None:
    """List recent activities, newest first.

    Without options, activities of the whole portal are listed.

    \b
    tuckan activity list --limit 10
    tuckan activity list --dataset rivers
    """
    with session.client() as ckan:
        found = ckan.activities.list(**what)  # type: ignore[arg-type]
    output = session.output
    output.records(map(_row, found) if output.for_people else found, columns=_HAPPENED, ids="id")


def _row(happened: dict[str, Any]) -> dict[str, Any]:
    """An activity for display: names instead of ids, if CKAN kept them."""
    kept = happened.get("data")
    data: dict[str, Any] = kept if isinstance(kept, dict) else {}
    about = next((one for name, one in data.items() if name in _ABOUT and isinstance(one, dict)), {})
    return {
        **happened,
        "about": about.get("title") or about.get("name") or happened.get("object_id"),
        "by": data.get("actor") or happened.get("user_id"),
    }


@activity.command("show")
@click.argument("name", metavar="ID")
@portal_command
def show_activity(session: Session, *, name: str) -> None:
    """Show the activity ID.

    \b
    tuckan activity show ACTIVITY-ID
    """
    with session.client() as ckan:
        session.output.record(ckan.activities.get(name), ids="id")
