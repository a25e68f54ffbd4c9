"""Planning: marking operations that change nothing, and deriving the operations of an undo. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tuckan.jobs.kinds import kind_of
from tuckan.jobs.kinds.undoing import with_files
from tuckan.jobs.operation import Operation, Planned

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tuckan.jobs.entries import Entry
    from tuckan.jobs.operation import Record


def settled(one: Planned) -> Planned:
    """An operation, marked as unneeded if it would change nothing."""
    known = one.refused or one.unchanged
    nothing_to_do = not known and kind_of(one.operation.kind).intent(one.operation).what == "unchanged"
    return Planned(one.operation, unchanged=True) if nothing_to_do else one


def undoing(entries: Iterable[Entry]) -> Iterator[Planned]:
    """The operations that undo others, in the order given; those that can't be undone are refused."""
    # Files were uploaded to datasets created earlier in the job; a dataset is as the job left it once it has them.
    files: dict[str, Record] = {}
    for entry in entries:
        if entry.ended is None or entry.ended.what == "unchanged":
            continue
        after = entry.ended.after
        if after and after.get("package_id"):
            files[entry.ended.id] = after
        ended = replace(entry.ended, after=with_files(after, files)) if after else entry.ended
        inverse = kind_of(entry.operation.kind).undo(entry.operation, ended)
        if isinstance(inverse, Operation):
            yield settled(Planned(inverse))
        elif inverse:
            yield Planned(entry.operation, refused=f"can't be undone: {inverse}")
