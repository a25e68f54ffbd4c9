"""`tuckan resource create`, `patch`, `delete`, ...; and the same of views."""

from __future__ import annotations

from typing import Any

import click

from tuckan.cli import completion, jobs
from tuckan.cli.arguments import given_lines
from tuckan.cli.command import Command
from tuckan.cli.commands.bulk import How, finish
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


@click.command(cls=Command)
@click.argument("dataset", shell_complete=completion.datasets)
@fields
@portal_command
def create(session: Session, *, dataset: str, given: dict[str, Any]) -> None:
    """Add a link to a DATASET.

    \b
    tuckan resource create rain url=https://example.org/rain.csv name=Rain format=CSV
    """
    with session.client() as ckan:
        made = ckan.resources.create(dataset, given)
    wrote(session, made, f"Created the resource {made['id']} of {dataset}.", ids="id")


@click.command(cls=Command)
@click.argument("name", metavar="ID")
@fields
@dry_run_option
@yes_option
@portal_command
def patch(session: Session, *, name: str, given: dict[str, Any], dry_run: bool, yes: bool) -> None:
    """Change fields of the resource ID.

    Other fields keep their values. Anything that would be lost, such as an uploaded file, is shown, and you confirm.

    \b
    tuckan resource patch 3f2a9c1e-7d60-4b1f-8a51-0c9d2e6b7f43 name='By year' format=CSV
    """
    with session.client() as ckan:
        if dry_run:
            tell_differences(name, ckan.resources.get(name), given)
            return
        if may_lose(given) and not yes:
            require_consent_to_losses(ckan, ckan.resources.get(name), given)
        after = ckan.resources.patch(name, given)
    wrote(session, after, f"Changed the resource {name}.", ids="id")


@click.command(cls=Command)
@click.argument("names", nargs=-1, required=True, metavar="IDS...")
@dry_run_option
@yes_option
@portal_command
def delete(session: Session, *, names: tuple[str, ...], dry_run: bool, yes: bool) -> int:
    """Delete resources with their files and tables, permanently.

    Several resources are deleted as a job, with one write per dataset. Use - to read ids from standard input.

    \b
    tuckan resource delete 3f2a9c1e-7d60-4b1f-8a51-0c9d2e6b7f43 --dry-run
    tuckan resource list rivers --format ids | tuckan resource delete - --yes
    """
    given = given_lines(names)
    with session.client() as ckan:
        if len(given) == 1:
            removal = Removal("resource", ckan.resources.get, ckan.resources.delete)
            return remove_each(session, ckan, given, removal, dry_run=dry_run, yes=yes)
        job = ckan.jobs.delete(given, "resource", dry_run=dry_run)
        with jobs.planned(job):
            return finish(session, job, How(diff=False, dry_run=dry_run, yes=yes), question="Delete them?")


@click.command(cls=Command)
@click.argument("dataset", shell_complete=completion.datasets)
@click.argument("names", nargs=-1, required=True, metavar="IDS...")
@portal_command
def reorder(session: Session, *, dataset: str, names: tuple[str, ...]) -> None:
    """Reorder the resources of a DATASET.

    Those not named come last.

    \b
    tuckan resource reorder rain ID-OF-THE-FIRST ID-OF-THE-SECOND
    """
    with session.client() as ckan:
        ckan.resources.reorder(dataset, names)
    say(f"Reordered the resources of {dataset}.")


@click.command("create", cls=Command)
@click.argument("resource")
@click.argument("kind", metavar="TYPE")
@click.argument("title")
@fields
@portal_command
def create_view(session: Session, *, resource: str, kind: str, title: str, given: dict[str, Any]) -> None:
    """Add a view to a RESOURCE.

    TYPE is the name of a view plugin, such as datatables_view.

    \b
    tuckan view create RESOURCE-ID datatables_view 'By year'
    """
    with session.client() as ckan:
        made = ckan.views.create(resource, kind, title, **given)
    wrote(session, made, f"Created the view {made['id']}.", ids="id")


@click.command("create-default", cls=Command)
@click.argument("resource")
@portal_command
def create_default(session: Session, *, resource: str) -> None:
    """Create the views that a new RESOURCE gets, if missing.

    \b
    tuckan view create-default RESOURCE-ID
    """
    with session.client() as ckan:
        session.output.records(ckan.views.create_default(resource), columns=("id", "title", "view_type"), ids="id")


@click.command("update", cls=Command)
@click.argument("name", metavar="ID")
@fields
@portal_command
def update_view(session: Session, *, name: str, given: dict[str, Any]) -> None:
    """Change fields of the view ID.

    Other fields keep their values.

    \b
    tuckan view update VIEW-ID title='By year'
    """
    with session.client() as ckan:
        after = ckan.views.update(name, given)
    wrote(session, after, f"Changed the view {name}.", ids="id")


@click.command("delete", cls=Command)
@click.argument("names", nargs=-1, required=True, metavar="IDS...")
@dry_run_option
@yes_option
@portal_command
def delete_view(session: Session, *, names: tuple[str, ...], dry_run: bool, yes: bool) -> int:
    """Delete views, by their IDS.

    Use - to read ids from standard input.

    \b
    tuckan view delete VIEW-ID --dry-run
    """
    with session.client() as ckan:
        removal = Removal("view", ckan.views.get, ckan.views.delete)
        return remove_each(session, ckan, given_lines(names), removal, dry_run=dry_run, yes=yes)


@click.command("reorder", cls=Command)
@click.argument("resource")
@click.argument("names", nargs=-1, required=True, metavar="IDS...")
@portal_command
def reorder_views(session: Session, *, resource: str, names: tuple[str, ...]) -> None:
    """Reorder the views of a RESOURCE.

    Those not named come last.

    \b
    tuckan view reorder RESOURCE-ID ID-OF-THE-FIRST ID-OF-THE-SECOND
    """
    with session.client() as ckan:
        ckan.views.reorder(resource, names)
    say(f"Reordered the views of {resource}.")


OF_RESOURCES = (create, patch, delete, reorder)
OF_VIEWS = (create_view, create_default, update_view, delete_view, reorder_views)
