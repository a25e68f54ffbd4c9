"""`tuckan dataset create`, `patch`, `update`, `delete`, ...: what changes datasets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tuckan.cli import completion
from tuckan.cli.arguments import given_lines
from tuckan.cli.command import Command
from tuckan.cli.commands.bulk import (
    How,
    Which,
    bulk_options,
    change,
    choosing_datasets,
    confirm_option,
    searching_datasets,
)
from tuckan.cli.commands.delete import delete_records
from tuckan.cli.commands.writing import (
    dry_run_option,
    fields,
    losses_of,
    may_lose,
    patch_losing,
    purge_one,
    require_consent_to_losses,
    tell_differences,
    values_of,
    wrote,
    yes_option,
)
from tuckan.cli.session import Session, portal_command, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tuckan.client import Client, Job


_BY_QUERY = (
    "Choose datasets by a query: tuckan dataset delete --where 'name:planet-*', tuckan dataset patch --where ...,"
    " or tuckan dataset list 'name:planet-*' -f ids, piped into -."
)


@click.command(cls=Command)
@fields
@portal_command
def create(session: Session, *, given: dict[str, Any]) -> None:
    """Create a dataset.

    \b
    tuckan dataset create name=rain title=Rain owner_org=city tags:'[{"name": "water"}]'
    tuckan dataset create -i dataset.json notes@README.md
    """
    with session.client() as ckan:
        _require_license(ckan, given)
        made = ckan.datasets.create(given)
    wrote(session, made, f"Created {made['name']} ({made['id']}).")


@click.command(cls=Command)
@click.argument("name", required=False, shell_complete=completion.datasets)
@fields
@searching_datasets
@confirm_option("PATCH ALL")
@bulk_options
@portal_command
def patch(
    session: Session, *, name: str | None, given: dict[str, Any], which: Which, how: How, confirm: str | None
) -> int:
    """Change fields of one dataset, or of all that match.

    Other fields keep their values. A list or a nested value replaces the whole one. Values that would be lost are shown, and
    you confirm; the same goes for a move to another organization, and for hiding or deleting a public dataset. With --organization, --where, --filter or --all it runs as a job: planned, confirmed, verified, and undone with `tuckan job undo`.

    \b
    tuckan dataset patch rain title=Snow license_id=cc-by --dry-run
    tuckan dataset patch --organization city license_id=cc-by --dry-run
    tuckan dataset patch --where 'organization:city AND -license_id:*' license_id=cc-by
    """
    if which.searched and which.everything:
        raise click.UsageError("A search and --all are mutually exclusive.")
    if which.searched or which.everything:
        given = {**values_of((name,) if name else ()), **given}
        return _patch_each(session, which, given, how, confirm=confirm)
    if name is None:
        raise click.UsageError("Name a dataset, or give --organization, --where, --filter or --all.")
    with session.client() as ckan:
        _require_license(ckan, given)
        if how.dry_run:
            tell_differences(name, ckan.datasets.get(name), given)
            return 0
        if may_lose(given) and losses_of(there := ckan.datasets.get(name), given):
            return patch_losing(session, ckan, "dataset", there, given, yes=how.yes)
        after = ckan.datasets.patch(name, given)
    wrote(session, after, f"Changed {after['name']}.")
    return 0


def _require_license(ckan: Client, given: Mapping[str, Any]) -> None:
    """Check that the portal offers a given license; a license from a whole record, with its title, is not checked.

    Raises:
        NotFound: when it does not.
    """
    if given.get("license_id") and not given.get("license_title"):
        ckan.licenses.get(str(given["license_id"]))


@click.command(cls=Command)
@fields
@click.option("--overwrite", is_flag=True, help="Save even if somebody else has changed it since.")
@dry_run_option
@yes_option
@portal_command
def update(session: Session, *, given: dict[str, Any], overwrite: bool, dry_run: bool, yes: bool) -> None:
    """Save a record that was read earlier and edited since.

    Nothing is sent if somebody else has changed the dataset since. Fields missing from the record keep their values.

    \b
    tuckan dataset show rain -f json > rain.json
    tuckan dataset update -i rain.json
    """
    name = str(given.get("id") or given.get("name") or "")
    if not name:
        raise click.UsageError("The record has neither an id nor a name: give it with -i FILE (- for standard input).")
    with session.client() as ckan:
        if dry_run:
            tell_differences(name, ckan.datasets.get(name), given)
            return
        if may_lose(given) and not yes:
            require_consent_to_losses(ckan, ckan.datasets.get(name), given)
        after = ckan.datasets.update(given, overwrite=overwrite)
    wrote(session, after, f"{after['name']} matches the record.")


@click.command(cls=Command)
@fields
@dry_run_option
@yes_option
@portal_command
def upsert(session: Session, *, given: dict[str, Any], dry_run: bool, yes: bool) -> None:
    """Create a dataset, or update the existing one.

    The dataset is looked up by id or name. Other fields keep their values.

    \b
    tuckan dataset upsert name=rain title=Rain owner_org=city
    tuckan dataset upsert -i rain.json --dry-run
    """
    with session.client() as ckan:
        _require_license(ckan, given)
        if dry_run or (may_lose(given) and not yes):
            _compare(ckan, given, dry_run=dry_run)
            if dry_run:
                return
        done = ckan.datasets.upsert(given)
    changes = f" ({', '.join(done.changes)})" if done.changes and done.outcome != "created" else ""
    wrote(session, done.record, f"{done.record['name']}: {done.outcome}{changes}.")


def _compare(ckan: Client, given: dict[str, Any], *, dry_run: bool) -> None:
    """Compare fields with the dataset that has them: say what would change, or ask about what would be lost."""
    from tuckan.errors import NotFound  # noqa: PLC0415 - `--help` needs none
    from tuckan.snapshot import list_edits  # noqa: PLC0415 - as above

    name = str(given.get("id") or given.get("name") or "")
    try:
        there = ckan.datasets.get(name)
    except NotFound:
        if dry_run:
            say(f"{name} does not exist and would be created; nothing was sent.")
        return
    resources = given.get("resources")
    wanted = {**given, "resources": list_edits.recognised(there, resources)} if isinstance(resources, list) else given
    if dry_run:
        tell_differences(name, there, wanted)
    else:
        require_consent_to_losses(ckan, there, wanted)


@click.command(cls=Command)
@choosing_datasets
@click.option("--purge", is_flag=True, help="Remove them permanently; this cannot be undone.")
@confirm_option("DELETE ALL")
@bulk_options
@portal_command
def delete(session: Session, *, which: Which, purge: bool, confirm: str | None, how: How) -> int:
    """Delete datasets, by name or by search.

    This runs as a job: planned, confirmed and verified. `tuckan job undo` restores the datasets unless they were purged. Use
    - to read names from standard input. A FILE has names, JSON lines, or a table with a column `name` or `id`.

    \b
    tuckan dataset delete rain snow
    tuckan dataset delete --where 'tags:test' --dry-run
    tuckan dataset list old -f ids | tuckan dataset delete - --yes
    """
    return delete_records(session, which, how, purge=purge, confirm=confirm)


@click.command("make-private", cls=Command)
@choosing_datasets
@confirm_option("PATCH ALL")
@bulk_options
@portal_command
def make_private(session: Session, *, which: Which, confirm: str | None, how: How) -> int:
    """Make datasets private, by name or by search.

    This runs as a job: planned, confirmed, verified, and undone with `tuckan job undo`. Use - to read names from standard
    input.

    \b
    tuckan dataset make-private rain snow
    tuckan dataset make-private --organization city --dry-run
    """
    return _patch_each(session, which, {"private": True}, how, question="Make them private?", confirm=confirm)


@click.command("make-public", cls=Command)
@choosing_datasets
@confirm_option("PATCH ALL")
@bulk_options
@portal_command
def make_public(session: Session, *, which: Which, confirm: str | None, how: How) -> int:
    """Make datasets public, by name or by search.

    This runs as a job: planned, confirmed, verified, and undone with `tuckan job undo`. Use - to read names from standard
    input.

    \b
    tuckan dataset make-public rain snow
    """
    return _patch_each(session, which, {"private": False}, how, question="Make them public?", confirm=confirm)


def _patch_each(
    session: Session,
    which: Which,
    fields: Mapping[str, Any],
    how: How,
    *,
    question: str = "Change them?",
    confirm: str | None,
) -> int:
    def plan(ckan: Client, chosen: dict[str, Any]) -> Job:
        return ckan.jobs.patch(fields, **chosen)

    return change(session, which, how, plan, verb="patch", question=question, given=confirm)


@click.command(cls=Command)
@click.argument("names", nargs=-1, required=True, shell_complete=completion.datasets)
@portal_command
def restore(session: Session, *, names: tuple[str, ...]) -> None:
    """Restore the deleted datasets NAMES.

    Use - to read names from standard input.

    \b
    tuckan dataset restore rain snow
    """
    with session.client() as ckan:
        for name in given_lines(names, instead_of_patterns=_BY_QUERY):
            after = ckan.datasets.restore(name)
            told = f"{name} is back."
            if after["name"] == after["id"]:
                told = (
                    f"{name} is back, under its id: another dataset has its name now."
                    f" Give it one: tuckan dataset patch {name} name=NEW"
                )
            wrote(session, after, told)


@click.command(cls=Command)
@click.argument("name", shell_complete=completion.datasets)
@dry_run_option
@yes_option
@portal_command
def purge(session: Session, *, name: str, dry_run: bool, yes: bool) -> None:
    """Remove the dataset NAME permanently.

    This cannot be undone.

    \b
    tuckan dataset purge rain --dry-run
    tuckan dataset purge rain
    """
    with session.client() as ckan:
        purge_one(session, ckan, name, ckan.datasets, "dataset", dry_run=dry_run, yes=yes)


COMMANDS = (create, patch, update, upsert, delete, make_private, make_public, restore, purge)
