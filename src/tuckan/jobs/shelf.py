"""The jobs on this machine: what each is and how far, without taking it up."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tuckan.errors import ConfigurationError
from tuckan.jobs.folder import files_of, held, paths
from tuckan.jobs.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class JobSummary:
    """A job, as its journal tells.

    Attributes:
        name: its name.
        title: what it does, in words.
        portal: the address of the portal that it changes.
        begun: when it was planned.
        ended: when it last came to its end, or nothing.
        done: how many operations changed something.
        failed: how many were refused, failed, or turned out wrong.
        left: how many are still to be done.
        unchanged: how many records were already as they should be.
    """

    name: str
    title: str = ""
    portal: str = ""
    begun: str = ""
    ended: str = ""
    done: int = 0
    failed: int = 0
    left: int = 0
    unchanged: int = 0

    def begun_before(self, age: timedelta) -> bool:
        """Return whether the job was planned longer ago than this.

        Args:
            age: the age.

        Example:
            >>> from datetime import timedelta
            >>> JobSummary("load-x7k", begun="2024-05-01T08:00:00+00:00").begun_before(timedelta(days=30))
            True
        """
        return bool(self.begun) and datetime.fromisoformat(self.begun) < datetime.now(UTC) - age


def summaries() -> Iterator[JobSummary]:
    """All jobs on this machine, the oldest first; one whose journal can't be read says so in its title."""
    for path in paths():
        try:
            yield summary(path)
        except ConfigurationError as error:
            yield JobSummary(path.stem, error.message)


def summary(path: Path) -> JobSummary:
    """What a journal tells of its job.

    Raises:
        ConfigurationError: when it can't be read.
    """
    with closing(Journal(path)) as journal:
        facts, counts = journal.facts(), journal.counts()
        unchanged = sum(number for _, what, number in journal.done() if what == "unchanged")
        title = str(facts.get("title", ""))
        if not journal.is_planned():
            title = f"{title} (interrupted before it was planned; nothing was sent)"
        return JobSummary(
            path.stem,
            title,
            str(facts.get("portal", "")),
            _moment(facts.get("begun")),
            _moment(facts.get("ended")),
            counts.get("done", 0) - unchanged,
            sum(counts.get(state, 0) for state in ("failed", "refused", "skipped", "wrong")),
            sum(counts.get(state, 0) for state in ("planned", "begun")),
            unchanged,
        )


def _moment(value: object) -> str:
    """A time as journals write it; nothing when it is none."""
    try:
        return str(value) if datetime.fromisoformat(str(value)).tzinfo else ""
    except ValueError:
        return ""


def remove(path: Path) -> None:
    """Remove the journal of a job; what it did can't be undone afterwards.

    Raises:
        ConfigurationError: when another process works on it, or it is a folder instead of a file.
    """
    found = files_of(path)
    for one in found:
        if one.is_dir() and not one.is_symlink():
            raise ConfigurationError(
                f"{one} is a folder, not the journal of a job.", hint="Move it elsewhere manually."
            )
    with held(path):
        for one in found:
            if one.suffix != ".lock":
                one.unlink(missing_ok=True)
