"""`tuckan token`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from tuckan._text import counted
from tuckan.cli.arguments import Moment
from tuckan.cli.command import Group
from tuckan.cli.commands.bulk import confirm_option
from tuckan.cli.failures import FAILED
from tuckan.cli.session import Session, place, portal_command, say
from tuckan.cli.terminal import confirmed, require_phrase

if TYPE_CHECKING:
    from tuckan.client import Client
    from tuckan.shapes import Revocation

When: TypeAlias = datetime | timedelta | None

_COLUMNS = ("id", "name", "created_at", "last_access")
_SHOWN = 20


@click.group(cls=Group)
def token() -> None:
    """API tokens: list, create, revoke."""


def _owner(ckan: Client, user: str | None) -> str:
    # An empty name is probably an unset variable and must not mean the current user. The client refuses it.
    if user is not None:
        return user
    name: Any = ckan.portal.whoami().get("name")
    if not isinstance(name, str):  # CKAN 2.9 does not tell
        raise click.UsageError("The portal does not say whose token this is: give the name of the user.")
    return name


@token.command("list")
@click.argument("user", required=False)
@click.option("--name", metavar="NAME", help="Only tokens with exactly this name.")
@click.option(
    "--unused-since",
    type=Moment(),
    metavar="WHEN",
    help="Only tokens not used since a date (2024-01-31) or for a time (90d).",
)
@click.option("-n", "--limit", type=click.IntRange(min=1), metavar="N", help="Maximum number of tokens.")
@portal_command
def list_tokens(session: Session, *, user: str | None, name: str | None, unused_since: When, limit: int | None) -> None:
    """List the tokens of USER, yours by default.

    The oldest come first. CKAN does not store the tokens themselves.

    \b
    tuckan token list
    tuckan token list alice --format csv
    tuckan token list robot --unused-since 90d --limit 20
    """
    with session.client() as ckan:
        found = ckan.tokens.list(_owner(ckan, user), name=name, unused_since=unused_since)
    session.output.records(found[:limit], columns=_COLUMNS, ids="id")
    left_out = f", {limit:,} of them shown" if limit and limit < len(found) else ""
    say(f"{counted(len(found), 'token')}{left_out}.")


@token.command()
@click.argument("name")
@click.option("--user", metavar="NAME", help="The token's user [you].")
@portal_command
def create(session: Session, *, name: str, user: str | None) -> None:
    """Create a token called NAME.

    The token is written to stdout once, and never shown again.

    \b
    tuckan token create notebook
    """
    with session.client() as ckan:
        made = ckan.tokens.create(_owner(ckan, user), name)
    if session.output.chosen and session.output.form in ("json", "jsonl", "csv"):
        session.output.record(made)
        return
    if session.output.for_people:
        say("Keep this safe; it is not shown again:")
    click.echo(made["token"])


@token.command()
@click.argument("user", required=False)
@click.option("--name", metavar="NAME", help="Tokens with exactly this name.")
@click.option("--id", "ids", multiple=True, metavar="ID", help="The token with this id; may be repeated.")
@click.option(
    "--created-before",
    type=Moment(),
    metavar="WHEN",
    help="Created before a date (2024-01-31), or longer ago than a time (90d).",
)
@click.option(
    "--unused-since", type=Moment(), metavar="WHEN", help="Not used since a date (2024-01-31), or for a time (90d)."
)
@click.option(
    "--all", "everything", is_flag=True, help="All tokens; you confirm by typing a phrase, or with --confirm."
)
@confirm_option("REVOKE ALL")
@click.option("--include-current", is_flag=True, help="Revoke the token in use too, last.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Maximum number of tokens, oldest first.")
@click.option("--dry-run", is_flag=True, help="Show what would be revoked.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask for confirmation.")
@portal_command
def revoke(
    session: Session,
    *,
    user: str | None,
    name: str | None,
    ids: tuple[str, ...],
    created_before: When,
    unused_since: When,
    everything: bool,
    confirm: str | None,
    include_current: bool,
    limit: int | None,
    dry_run: bool,
    yes: bool,
) -> int:
    """Revoke tokens of USER, yours by default.

    A token must meet every condition given. The tokens are shown first. The token in use is kept unless --include-current is
    given.

    \b
    tuckan token revoke --unused-since 90d --dry-run
    tuckan token revoke alice --name notebook --limit 100
    tuckan token revoke robot --all
    """
    with session.client() as ckan:
        found = ckan.tokens.revoke(
            _owner(ckan, user),
            name=name,
            ids=list(ids) or None,
            created_before=created_before,
            unused_since=unused_since,
            everything=everything,
            include_current=include_current,
            limit=limit,
            dry_run=dry_run,
            confirm=lambda plan: _confirmed(place(ckan), plan, phrase=confirm, everything=everything, yes=yes),
        )
    if found.dry_run:
        _show_plan(session, found)
        return 0
    session.output.records(
        ({"id": one.id, "name": one.name, "outcome": one.outcome, "reason": one.reason} for one in found.outcomes),
        ids="id",
    )
    say(f"{found.done.get('revoked', 0):,} of {len(found.selected):,} revoked, verified by listing again.")
    return 0 if found.complete else FAILED


def _show_plan(session: Session, plan: Revocation) -> None:
    session.output.records(plan.selected, columns=_COLUMNS, ids="id")
    say(f"{_number(plan)} would be revoked; nothing was sent.")
    if plan.current_kept:
        say("The token in use matches too and is kept; --include-current revokes it as well.")


def _number(plan: Revocation) -> str:
    return f"{len(plan.selected):,} of the {counted(plan.found, 'token')} of {plan.user}"


def _confirmed(where: str, plan: Revocation, *, phrase: str | None, everything: bool, yes: bool) -> str | bool:
    """Show what would be revoked, and ask."""
    from tuckan.client import REVOKE_ALL  # noqa: PLC0415 - `--help` needs none

    if yes and not everything:
        return True
    say(f"{_number(plan)} on {where} would be revoked:")
    for one in plan.selected[:_SHOWN]:
        used = str(one.get("last_access") or "never")[:10]
        say(f"  {one.get('name')}  made {str(one.get('created_at'))[:10]}, last used {used}")
    if len(plan.selected) > _SHOWN:
        say(f"  ... and {len(plan.selected) - _SHOWN:,} more; --dry-run shows all of them")
    if everything:
        require_phrase(REVOKE_ALL, phrase, where)
        return REVOKE_ALL
    return confirmed("Revoke them?")
