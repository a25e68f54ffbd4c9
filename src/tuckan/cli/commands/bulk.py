"""The bulk form of `tuckan dataset patch`: the same fields of many datasets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuckan.cli import changes, jobs
from tuckan.cli.commands.bulk_options import selects_all
from tuckan.cli.session import say
from tuckan.jobs.kinds import kind_of
from tuckan.jobs.selection import is_everything

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tuckan.cli.session import Session
    from tuckan.client import Job
    from tuckan.jobs.entries import Entry

PATCH_ALL = "PATCH ALL"
"""The phrase to type when every dataset is to change."""


def patch_where(
    session: Session,
    where: str | None,
    fields: Mapping[str, Any],
    *,
    confirm: str | None = None,
    dry_run: bool = False,
    yes: bool = False,
    diff: bool = False,
) -> int:
    """Change fields of every dataset that matches: what would change is shown, asked for, done, and read again.

    Args:
        session: how to reach the portal.
        where: which datasets, in Solr's syntax, such as `organization:city`; None for all.
        fields: the fields with their new values.
        confirm: the phrase that a script gives when all datasets are to change.
        dry_run: only show it.
        yes: do not ask.
        diff: show what changes of every dataset, not only of the first few.

    Returns:
        The exit code.
    """
    with session.client() as ckan:
        everything = where is None or is_everything(where)
        fq = None if everything else where
        job = ckan.jobs.patch(
            fields, fq=fq, everything=everything, include_private=True, include_drafts=True, dry_run=dry_run
        )
        with jobs.planned(job):
            if dry_run:
                show_dry_run(session, job, everything=diff)
                return 0
            is_all = everything or selects_all(ckan, "datasets", job.plan.total)
            phrase = PATCH_ALL if is_all else ""
            return jobs.run(job, yes=yes, question="Change them?", phrase=phrase, given=confirm, diff=diff)


def show_dry_run(session: Session, job: Job, *, everything: bool) -> None:
    """A dry run: lines for people, and each change as a record otherwise."""
    if session.output.for_people:
        jobs.show_plan(job, everything=everything)
    else:
        session.output.records(map(_planned, job.entries("planned")), ids="subject")
        say(f"{job.title} on {job.place}: {job.plan}.")
    say("Nothing was sent.")


def _planned(entry: Entry) -> dict[str, Any]:
    intent = kind_of(entry.operation.kind).intent(entry.operation)
    return {"subject": entry.operation.subject, "what": intent.what, "changes": changes.shown(intent.fields)}
