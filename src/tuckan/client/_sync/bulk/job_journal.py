# Generated from src/tuckan/client/_async/bulk/job_journal.py by scripts/unasync.py: change that file, then run `make fix`.
"""The journal of a new job, and that of a job which undoes another."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tuckan.jobs.folder import new_path
from tuckan.jobs.journal import Journal, now
from tuckan.jobs.kinds import kind_of
from tuckan.jobs.kinds.datasets import PatchDataset, finding
from tuckan.jobs.planning import undoing
from tuckan.readers import in_portions

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tuckan.client._sync.connection import Connection
    from tuckan.jobs.entries import State
    from tuckan.jobs.operation import Ended, Operation, Planned, Portals

_OF_ONE_RUN = ("planned", "ended", "kept_as", "notes", "phrase", "confirmed")


def begun_journal(connection: Connection, title: str, path: Path | None, **facts: Any) -> Journal:
    """The journal of a new job, with the facts that every job records.

    Args:
        connection: the connection to the portal that is changed.
        title: what the job does.
        path: the journal's file; None for a dry run.
        **facts: further facts.
    """
    portal_state, journal = connection.portal_state, Journal(path)
    journal.describe(
        title=title, portal=portal_state.address.site, begun=now(), token=bool(portal_state.token), **facts
    )
    return journal


def found_done(connection: Connection, journal: Journal, portals: Portals) -> dict[str, tuple[Operation, Ended]]:
    """Look up the operations in doubt, and return those that were done, by key.

    Args:
        connection: the connection to the portal that was changed.
        journal: the job's journal.
        portals: the portals that its operations talk to.
    """
    found: dict[str, tuple[Operation, Ended]] = {}
    for operation in journal.in_doubt():
        ended = connection.run(kind_of(operation.kind).check(operation, portals))
        if ended is not None:
            found[operation.key] = operation, ended
    return found


def undo_journal(
    connection: Connection,
    journal: Journal,
    facts: Mapping[str, Any],
    found: Mapping[str, tuple[Operation, Ended]],
    *,
    dry_run: bool,
) -> Journal:
    """Plan the operations that undo those of a job, the last first.

    Args:
        connection: the connection to the portal that was changed.
        journal: the job's journal.
        facts: what that journal keeps about the job.
        found: the operations in doubt that were found to be done, by key.
        dry_run: whether the new journal is kept in memory only.
    """
    title = f"undo {facts.get('title', '')}"
    undo = Journal(None if dry_run else new_path(title))
    kept = {name: fact for name, fact in facts.items() if name not in _OF_ONE_RUN}
    undo.describe(**{**kept, "title": title, "begun": now(), "undoes": journal.name})
    # Inspecting writes nothing to the journal, so operations found to be done are still in doubt there.
    states: tuple[State, ...] = ("done", "wrong", "begun", "failed") if dry_run else ("done", "wrong")
    entries = (
        replace(one, ended=found[one.operation.key][1]) if one.operation.key in found else one
        for one in journal.entries(*states, backwards=True)
    )
    with undo.planning() as add:
        for some in in_portions(undoing(entries)):
            for one in _with_taken_names(connection, some):
                add(one)
    return undo


def _with_taken_names(connection: Connection, planned: list[Planned]) -> list[Planned]:
    """Operations, with a note if a deleted dataset is restored whose name another one has now."""
    back = [one.operation for one in planned if one.operation.kind == PatchDataset.name]
    names = {
        one.data["id"]: one.subject.removeprefix("dataset ")
        for one in back
        if one.data.get("expected", {}).get("state") == "deleted"
    }
    there = connection.run(finding("name", names.values(), connection.portal_state)) if names else {}
    taken = {id_ for id_, name in names.items() if name in there and there[name]["id"] != id_}
    for one in back:
        if one.data["id"] in taken:
            one.data["taken"] = True
    return planned
