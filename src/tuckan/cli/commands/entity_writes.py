"""`tuckan user create`, `tag create`, `vocabulary create`, ...: what changes users and tags."""

from __future__ import annotations

import sys
from typing import Any

import click

from tuckan._text import counted
from tuckan.cli import completion
from tuckan.cli.arguments import given_lines
from tuckan.cli.command import Command
from tuckan.cli.commands.writing import (
    Removal,
    dry_run_option,
    fields,
    may_lose,
    remove_each,
    require_consent_to_losses,
    tell_differences,
    wrote,
    yes_option,
)
from tuckan.cli.session import Session, portal_command, say


@click.command("create", cls=Command)
@click.argument("name")
@click.option("--email", required=True, metavar="ADDRESS", help="Their email address.")
@click.option("--password-stdin", is_flag=True, help="Read the password from stdin [generated].")
@fields
@portal_command
def create_user(session: Session, *, name: str, email: str, password_stdin: bool, given: dict[str, Any]) -> None:
    """Create the user NAME.

    Without --password-stdin a password is generated and written to stdout, once.

    \b
    tuckan user create alice --email alice@example.org fullname='Alice A.'
    """
    if "password" in given:
        raise click.UsageError("Other users can read a command line: give the password with --password-stdin.")
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    if password_stdin and not password:
        raise click.UsageError("There is no password on standard input.")
    with session.client() as ckan:
        new = ckan.users.create(name, email, password=password, **given)
    if new.password is None:
        wrote(session, new.record, f"Created the user {name}.")
        return
    if session.output.chosen and session.output.form in ("json", "jsonl", "csv"):
        session.output.record({**new.record, "password": str(new.password)})
        return
    say(f"Created the user {name}. Keep this password safe; it is not shown again:")
    click.echo(str(new.password))


@click.command(cls=Command)
@click.argument("email")
@click.argument("organization", shell_complete=completion.organizations)
@click.option("--role", default="member", metavar="ROLE", help="member, editor or admin [member].")
@portal_command
def invite(session: Session, *, email: str, organization: str, role: str) -> None:
    """Invite somebody by EMAIL to an ORGANIZATION or group.

    \b
    tuckan user invite alice@example.org city --role editor
    """
    with session.client() as ckan:
        user = ckan.users.invite(email, organization, role)
    wrote(session, user, f"Invited {email} into {organization} as {role}.")


@click.command("patch", cls=Command)
@click.argument("name")
@fields
@dry_run_option
@yes_option
@portal_command
def patch_user(session: Session, *, name: str, given: dict[str, Any], dry_run: bool, yes: bool) -> None:
    """Change fields of the user NAME.

    Other fields keep their values. You confirm before a right is taken away or the user is deleted.

    \b
    tuckan user patch alice fullname='Alice A.'
    """
    if "password" in given:
        raise click.UsageError("Other users can read a command line: set passwords on the portal's own page.")
    with session.client() as ckan:
        if dry_run:
            tell_differences(name, ckan.users.get(name), given)
            return
        if may_lose(given) and not yes:
            require_consent_to_losses(ckan, ckan.users.get(name), given)
        after = ckan.users.patch(name, given)
    wrote(session, after, f"Changed the user {name}.")


@click.command("delete", cls=Command)
@click.argument("names", nargs=-1, required=True)
@dry_run_option
@yes_option
@portal_command
def delete_users(session: Session, *, names: tuple[str, ...], dry_run: bool, yes: bool) -> int:
    """Delete the users NAMES, who can be restored.

    Their memberships end. Use - to read names from standard input.

    \b
    tuckan user delete alice --dry-run
    """
    with session.client() as ckan:
        removal = Removal("user", ckan.users.get, ckan.users.delete)
        return remove_each(session, ckan, given_lines(names), removal, dry_run=dry_run, yes=yes)


@click.command("restore", cls=Command)
@click.argument("name")
@portal_command
def restore_user(session: Session, *, name: str) -> None:
    """Restore the deleted user NAME.

    \b
    tuckan user restore alice
    """
    with session.client() as ckan:
        wrote(session, ckan.users.restore(name), f"The user {name} was restored.")


@click.command("create", cls=Command)
@click.argument("name")
@click.argument("vocabulary")
@portal_command
def create_tag(session: Session, *, name: str, vocabulary: str) -> None:
    """Add the tag NAME to a VOCABULARY.

    Free tags need not be created: `tuckan dataset tag` adds them.

    \b
    tuckan tag create water themes
    """
    with session.client() as ckan:
        wrote(session, ckan.tags.create(name, vocabulary), f"The vocabulary {vocabulary} has the tag {name}.")


@click.command("delete", cls=Command)
@click.argument("names", nargs=-1, required=True)
@click.option("--vocabulary", metavar="NAME", help="The vocabulary of the tags [free tags].")
@dry_run_option
@yes_option
@portal_command
def delete_tags(session: Session, *, names: tuple[str, ...], vocabulary: str | None, dry_run: bool, yes: bool) -> int:
    """Delete tags, and remove them from all datasets.

    \b
    tuckan tag delete water --vocabulary themes --dry-run
    """
    with session.client() as ckan:
        removal = Removal(
            "tag",
            lambda name: ckan.tags.get(name, vocabulary=vocabulary),
            lambda name: ckan.tags.delete(name, vocabulary=vocabulary),
        )
        return remove_each(session, ckan, given_lines(names), removal, dry_run=dry_run, yes=yes)


@click.command("create", cls=Command)
@click.argument("name")
@click.argument("tags", nargs=-1)
@portal_command
def create_vocabulary(session: Session, *, name: str, tags: tuple[str, ...]) -> None:
    """Create the vocabulary NAME with TAGS.

    \b
    tuckan vocabulary create themes water climate
    """
    with session.client() as ckan:
        made = ckan.vocabularies.create(name, tags)
    wrote(session, made, f"Created the vocabulary {name} with {counted(len(tags), 'tag')}.")


@click.command("update", cls=Command)
@click.argument("name")
@click.option("--name", "new_name", metavar="NAME", help="Its new name.")
@click.option(
    "--tag",
    "tags",
    multiple=True,
    metavar="NAME",
    help="A tag to keep or add; all others are removed. May be repeated.",
)
@yes_option
@portal_command
def update_vocabulary(session: Session, *, name: str, new_name: str | None, tags: tuple[str, ...], yes: bool) -> None:
    """Change the vocabulary NAME.

    Without --tag its tags are kept.

    \b
    tuckan vocabulary update themes --tag water --tag climate
    """
    with session.client() as ckan:
        if tags and not yes:
            require_consent_to_losses(ckan, ckan.vocabularies.get(name), {"tags": [{"name": one} for one in tags]})
        after = ckan.vocabularies.update(name, name=new_name, tags=tags or None)
    wrote(session, after, f"Changed the vocabulary {after['name']}.")


@click.command("delete", cls=Command)
@click.argument("names", nargs=-1, required=True)
@click.option("--with-tags", is_flag=True, help="Delete their tags too, which removes them from all datasets.")
@dry_run_option
@yes_option
@portal_command
def delete_vocabularies(session: Session, *, names: tuple[str, ...], with_tags: bool, dry_run: bool, yes: bool) -> int:
    """Delete the vocabularies NAMES.

    \b
    tuckan vocabulary delete themes --with-tags --dry-run
    """
    with session.client() as ckan:
        removal = Removal(
            "vocabulary",
            ckan.vocabularies.get,
            lambda name: ckan.vocabularies.delete(name, with_tags=with_tags),
        )
        return remove_each(session, ckan, given_lines(names), removal, dry_run=dry_run, yes=yes)


OF_USERS = (create_user, invite, patch_user, delete_users, restore_user)
OF_TAGS = (create_tag, delete_tags)
OF_VOCABULARIES = (create_vocabulary, update_vocabulary, delete_vocabularies)
