# Generated from src/tuckan/client/_async/bulk/sheet_write_back.py by scripts/unasync.py: change that file, then run `make fix`.
"""Putting what a portal made of the records of a workbook back into it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from tuckan.client._sync.bulk.fetching import FetchedFile
from tuckan.client._sync.bulk.workbooks import Workbooks
from tuckan.errors import InvalidArgument
from tuckan.schemas import decoded
from tuckan.sheets import WritingBack, require_writable, write_back
from tuckan.transport import Source

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tuckan.client._sync.bulk.job import Job

LABEL = "label"
"""Where an operation on a record that is there keeps the record's label in the workbook."""


class SheetWriteBack(Workbooks):
    """Writes workbooks that a job has applied."""

    def written_back(self, path: Path, job: Job) -> int:
        """Put the records that a job has done into its workbook, and return how many these are."""
        require_writable(path)
        facts: Mapping[str, Any] = job.facts.get("workbook") or {}
        now = self._connection.to_thread(Source(path).hash, "sha256")
        if facts.get("sha256") != now:
            raise InvalidArgument(
                f"{path.name} is not the workbook that the job {job.name} applied, or was changed since: nothing was written.",
                hint="Export the records again, or apply the workbook again: what is on the portal is no change then.",
            )
        left_out = facts.get("leave_out") or ()
        self.fetched |= {address: FetchedFile(**one) for address, one in (facts.get("fetched") or {}).items()}
        checked = self.checked(
            path, facts.get("type"), facts.get("entity"), left_out=left_out, rules=facts.get("rules")
        )
        site, schema = self._connection.portal_state.address.site, checked.book.layout.schema
        if checked.book.state is not None and checked.book.state.portal not in ("", site):
            raise InvalidArgument(
                f"{path.name} was exported from {checked.book.state.portal}, whose ids it keeps: nothing was written.",
                hint=f"Export the records from {site} into a workbook of their own.",
            )
        back = WritingBack(checked.book, checked.choices, site, left_out)
        ids = _done(job)
        edits = [one for one in checked.edits if one.entry.label in ids]
        shows = (partial(self.show, schema.entity, ids[one.entry.label]) for one in edits)
        there = [one for one in self._connection.side_by_side(shows)]
        number = 0
        for edit, record in zip(edits, there, strict=True):
            if record is not None and record.get("state") != "deleted":
                self.recognise(edit, record, checked.book)
                back.add(edit, decoded(record, schema))
                number += 1
        if number:
            self._connection.to_thread(write_back, path, back)
            job.describe(workbook={**facts, "sha256": self._connection.to_thread(Source(path).hash, "sha256")})
        return number


def _done(job: Job) -> dict[str, str]:
    """The ids of the records of which all that the job was to do is done, by their labels."""
    found: dict[str, str] = {}
    labels: dict[str, str] = {}
    failed: set[str] = set()
    for entry in job.entries():
        operation = entry.operation
        root = operation.needs[0] if operation.needs else operation.key
        if entry.state != "done":
            failed.add(root)
        elif not operation.needs:
            id_ = (entry.ended.id if entry.ended else "") or operation.key
            labels[root] = str(operation.data.get(LABEL) or root.removeprefix("record "))
            found[labels[root]] = id_
    return {label: found[label] for root, label in labels.items() if root not in failed}
