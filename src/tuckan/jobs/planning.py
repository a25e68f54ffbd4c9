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
    own: dict[str, int] = {}
    for entry in entries:
        ended, data = entry.ended, entry.operation.data
        if ended is None:
            continue
        after = ended.after and with_files(ended.after, files, own)
        if after and len(after.get("resources") or ()) > len((ended.after or {}).get("resources") or ()):
            ended = replace(ended, what="changed" if ended.what == "unchanged" else ended.what)
        if ended.what == "unchanged":
            continue
        if after and after.get("package_id"):
            files[ended.id] = after
            if isinstance(data, dict) and data.get("new") and not data.get("alone"):
                own[ended.id] = data.get("place") or 0
        inverse = kind_of(entry.operation.kind).undo(entry.operation, replace(ended, after=after or ended.after))
        if isinstance(inverse, Operation):
            yield settled(Planned(inverse))
        elif inverse:
            yield Planned(entry.operation, refused=f"can't be undone: {inverse}")
