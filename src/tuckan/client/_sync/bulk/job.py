# Generated from src/tuckan/client/_async/bulk/job.py by scripts/unasync.py: change that file, then run `make fix`.
"""One job: its plan, running it, its report, and its undo."""

from __future__ import annotations

import warnings
import weakref
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from tuckan._text import counted
from tuckan.client._sync.bulk.job_journal import found_done, undo_journal
from tuckan.client._sync.bulk.job_run import AWAY, JobRun
from tuckan.client._sync.namespaces.namespace import require_confirmation
from tuckan.errors import (
    ConfigurationError,
    Hint,
    Incomplete,
    InvalidArgument,
    JobLeftOpen,
    TokenMissing,
    TuckanError,
)
from tuckan.jobs.folder import held
from tuckan.jobs.journal import Journal, now
from tuckan.jobs.kinds import register
from tuckan.jobs.kinds.datasets import keeps_names
from tuckan.jobs.operation import TOLD, Portals
from tuckan.jobs.report import Plan, Report, plan_of, report_of
from tuckan.push import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path
    from types import TracebackType

    from tuckan.client._sync.connection import Connection
    from tuckan.jobs.entries import Entry
    from tuckan.wire.portal_state import PortalState

PATIENCE = 900.0
"""Seconds that a job waits for a portal that is down."""

register(*KINDS)


class Job:
    """A bulk run: planned, inspected, run, verified by reading again, and undone if need be.

    The methods of `client.jobs` create jobs. Each has a journal on this machine: if the process dies, the job can be resumed, with
    nothing repeated and nothing left out. Close a job, or use it in a `with` block.

    Attributes:
        name: its name, which `client.jobs.open` takes.
        begun: whether it was run by this object.

    Example:
        >>> with ckan.jobs.patch({"maintainer": "Planetary data desk"}, "name:planet-venus") as job:
        ...     print(job.title, "-", job.plan())
        ...     print(job.run())
        patch maintainer - 1 to be changed
        1 changed
        >>> with ckan.jobs.open(job.name) as job, job.undo() as undo:
        ...     print(undo.run())
        1 changed
    """

    def __init__(self, connection: Connection, journal: Journal, *, source: PortalState | None = None) -> None:
        self._connection = connection
        self._journal = journal
        self._source = source
        self._planned: tuple[tuple[int, int], Plan] | None = None
        self._facts = journal.facts()
        self.name = journal.name
        self.begun = False
        self._left_open = weakref.finalize(self, _close_left_open, journal)

    @property
    def title(self) -> str:
        """What it does, in words."""
        return str(self._facts.get("title", ""))

    @property
    def portal(self) -> str:
        """The address of the portal that it changes."""
        return str(self._facts.get("portal", ""))

    @property
    def place(self) -> str:
        """The portal, for messages: its address and profile."""
        return self._connection.place

    @property
    def notes(self) -> tuple[str, ...]:
        """What is worth knowing of its plan, in sentences; one that names options is a `Hint`, with its form for a shell."""
        kept = self._facts.get("notes", ())
        return tuple(one if isinstance(one, str) else Hint(*one) for one in kept)

    @property
    def phrase(self) -> str:
        """What `confirm` must return before a job about everything is run, such as `DELETE ALL`; empty for other jobs, and once it did."""
        return "" if self._facts.get("confirmed") else str(self._facts.get("phrase", ""))

    @property
    def facts(self) -> Mapping[str, Any]:
        """What its journal keeps about it, such as `title`, `portal` and `begun`."""
        return dict(self._facts)

    def note(self, notes: Iterable[str]) -> None:
        """Add sentences to `notes`.

        Args:
            notes: the sentences.

        Example:
            >>> with ckan.jobs.delete(["planet-venus"]) as job:
            ...     job.note(["Agreed with the Space Flight Center."])
            ...     print(job.notes[-1])
            Agreed with the Space Flight Center.
            >>> job.discard()
        """
        self.describe(notes=[[str(one), one.shell] if isinstance(one, Hint) else one for one in notes])

    def describe(self, **facts: Any) -> None:
        """Keep facts about the job in its journal, in `facts`.

        Args:
            **facts: the facts, as JSON.

        Example:
            >>> with ckan.jobs.delete(["planet-venus"]) as job:
            ...     job.describe(ticket="SPACE-7")
            ...     print(job.facts["ticket"])
            SPACE-7
            >>> job.discard()
        """
        self._journal.describe(**facts)
        self._facts |= facts

    def plan(self) -> Plan:
        """Return what is left to do. Every operation is looked at, but only once as long as none of them changes.

        Returns:
            The numbers of operations and records.

        Raises:
            ConfigurationError: when the job is closed, or its journal is damaged.

        Example:
            >>> with ckan.jobs.delete(["planet-venus", "planet-mars"], dry_run=True) as job:
            ...     print(job.plan())
            2 to be deleted
        """
        version = self._journal.version()
        if self._planned is None or self._planned[0] != version:
            self._planned = (version, plan_of(self._journal))
        return self._planned[1]

    def report(self) -> Report:
        """Return what was done so far.

        Returns:
            The numbers of operations, and the most frequent reasons of failures.

        Raises:
            ConfigurationError: when the job is closed, or its journal is damaged.

        Example:
            >>> with ckan.jobs.delete(["planet-venus"]) as job:
            ...     print(job.report())
            1 left to do
            >>> job.discard()
        """
        return report_of(self._journal, self.name)

    def entries(self, *states: str) -> Iterator[Entry]:
        """Iterate over the job's operations.

        Args:
            *states: only operations in these states: `planned`, `begun`, `done`, `failed`, `refused`, `skipped`, `wrong`.

        Yields:
            Entries with `operation`, `state`, `ended` (what the operation did) and `reason` (why it was not done).

        Example:
            >>> with ckan.jobs.delete(["planet-venus", "planet-mars"], dry_run=True) as job:
            ...     for entry in job.entries("planned"):
            ...         print(entry.operation.subject)
            dataset planet-venus
            dataset planet-mars
        """
        yield from self._journal.entries(*states)  # type: ignore[arg-type] # a job that nobody else holds stays open

    def failures(self) -> Iterator[Entry]:
        """Iterate over the operations that were refused, failed, were skipped or turned out wrong.

        Yields:
            Entries as `entries` yields them, each with its `reason`.

        Example:
            >>> with ckan.jobs.delete(["planet-vulcan"], dry_run=True) as job:
            ...     for entry in job.failures():
            ...         print(f"{entry.operation.subject}: {entry.reason}")
            dataset planet-vulcan: ...
        """
        yield from self.entries("refused", "failed", "skipped", "wrong")

    def run(
        self,
        *,
        confirm: Callable[[Plan], str | bool] | None = None,
        patience: float = PATIENCE,
        retry_failed: bool = False,
    ) -> Report:
        """Perform the operations that are left, retry those that failed for a transient reason, then verify the result by reading it again.

        An operation that depends on one that was not done is skipped; a later run performs it, once that one was done.

        A job about everything (`everything=True`) has a `phrase`, and needs a `confirm` that returns it. Once it was confirmed,
        the job can be resumed without.

        Args:
            confirm: receives the plan, and returns True to confirm, or the phrase if the job has one.
            patience: how long to wait for a portal that is down, in seconds.
            retry_failed: also retry whatever else failed, or turned out wrong.

        Returns:
            What was done. Failed operations are part of the report; they do not raise.

        Raises:
            Cancelled: when it was not confirmed.
            InvalidToken: when the portal no longer knows the token; the job can be resumed later.
            TokenMissing: when the job began with a token, and there is none now.
            Incomplete: when the portal stayed down; the job can be resumed later.
            ConfigurationError: when another process works on the job, or its journal cannot be written.

        Example:
            >>> with ckan.jobs.patch({"version": "1.1"}, "name:planet-venus") as job:
            ...     report = job.run(confirm=lambda plan: plan.total <= 10)
            >>> report.complete, report.failed
            (True, 0)
        """
        self._require_confirmation(confirm)
        portals = self._portals(patience)
        run = JobRun(self._connection, self._journal, portals)
        with held(self._path()):
            self._facts = self._journal.facts()
            self._require_token()
            self.begun = True
            if self.phrase:
                self.describe(confirmed=now())
            self._journal.reopen(everything=retry_failed)
            self._journal.unskip()
            limitations = portals.target.limitations
            if limitations.keeps_names is None and self._journal.in_doubt():
                limitations.keeps_names = keeps_names(self._journal.entries("done", "wrong"))
            try:
                with self._connection.progress(self.title, total=self.report().left, unit="operations") as progress:
                    run.perform(progress)
                run.verify()
            except AWAY as error:
                raise self._interrupted(error) from error
            self._keep_what_was_learned(portals)
            self._journal.settle()
        return self.report()

    def _keep_what_was_learned(self, portals: Portals) -> None:
        if portals.kept_as:
            kept = Counter(self._facts.get("kept_as", {})) + portals.kept_as
            self.describe(kept_as=dict(kept.most_common()))
        if told := portals.shared.get(TOLD):
            self.describe(**{TOLD: list(dict.fromkeys([*self._facts.get(TOLD, ()), *told]))})
        self.describe(ended=now())

    def _require_confirmation(self, confirm: Callable[[Plan], str | bool] | None) -> None:
        phrase = self.phrase
        if confirm is None and (not phrase or self._journal.path is None or not self.plan().total):
            return
        job = f"{self.title} affects everything on {self.place} and" if phrase else "the job"
        refusal = f"Nothing was changed: {job} was not confirmed."
        require_confirmation(self.plan(), confirm, refusal, word=phrase, word_alone=bool(phrase))

    def _portals(self, patience: float = PATIENCE) -> Portals:
        portal_state = self._connection.portal_state
        policy = replace(portal_state.policy, patience=patience)
        source = replace(self._source, policy=policy) if self._source else None
        return Portals(replace(portal_state, policy=policy), source, self._journal.path)

    def _require_token(self) -> None:
        """Refuse to resume without a token a job that was started with one."""
        facts = self._facts
        needs = [("token", self.portal, self._connection.portal_state)]
        needs += [("source_token", str(facts.get("source")), self._source)] if self._source else []
        for fact, portal, portal_state in needs:
            if facts.get(fact) and not portal_state.token:
                raise TokenMissing(
                    f"The job {self.name} began with a token for {portal} but there is no token now; nothing was sent.",
                    hint="Set CKAN_API_KEY, or name a profile of that portal"
                    + Hint(" (profile=)", " (--profile NAME)")
                    + "; then go on.",
                )

    def _path(self) -> Path:
        if self._journal.path is None:
            raise InvalidArgument(
                "A dry run can't be executed.",
                hint=Hint("Make the job again without dry_run=True.", "Run the command again without --dry-run."),
            )
        if not self._journal.is_planned():
            raise ConfigurationError(
                f"The job {self.name} was interrupted before it was planned; nothing was sent.",
                hint=f"Start it again, and remove this one: tuckan job remove {self.name}",
            )
        return self._journal.path

    def _interrupted(self, error: Exception) -> Incomplete:
        report = self.report()
        done = sum(report.done.values()) + report.unchanged
        return Incomplete(
            f"The job stopped after {counted(done, 'operation')}, {report.left:,} are left: {error}",
            expected=done + report.left,
            received=done,
            hint=f"When the portal is available again, resume it: tuckan job resume {self.name}",
        )

    def undo(self, *, dry_run: bool = False) -> Job:
        """Plan a job that undoes this one, the last operation first.

        Operations whose outcome is not known, because the process died or the answer was lost, are looked up first.

        Args:
            dry_run: plan only; the job can be inspected, and not run.

        Returns:
            A new job, to be inspected and run. What cannot be undone is refused in it, with the reason.

        Raises:
            TokenMissing: when the job began with a token, and there is none now.
            ConfigurationError: when another process works on the job.

        Example:
            >>> with ckan.jobs.patch({"author_email": "desk@example.org"}, "name:planet-venus") as job:
            ...     report = job.run()
            ...     with job.undo() as undo:
            ...         print(undo.title, "-", undo.run())
            undo patch author_email - 1 changed
        """
        with held(self._path()):
            self._require_token()
            found = found_done(self._connection, self._journal, self._portals())
            if not dry_run:
                for operation, ended in found.values():
                    self._journal.end(operation, ended)
                self._journal.flush()
        journal = undo_journal(self._connection, self._journal, self._facts, found, dry_run=dry_run)
        return Job(self._connection, journal, source=self._source)

    def close(self) -> None:
        """Close its journal, which stays: a job that was not run can be run later."""
        self._left_open.detach()
        self._journal.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def discard(self) -> None:
        """Remove the job and its journal; it can be neither resumed nor undone afterwards.

        Example:
            >>> job = ckan.jobs.delete(["planet-venus"])
            >>> job.discard()
            >>> job.name in [one.name for one in ckan.jobs.list()]
            False
        """
        self._left_open.detach()
        self._journal.discard()

    def __repr__(self) -> str:
        return f"Job({self.name!r})"


def _close_left_open(journal: Journal) -> None:
    """Close the journal of a job that was not closed, and warn about what remains."""
    if journal.closed:
        return
    try:
        left = 0 if journal.path is None or "ended" in journal.facts() else journal.counts().get("planned", 0)
        journal.close()
    except TuckanError:
        return
    if left:
        assert journal.path is not None  # noqa: S101 - seen above
        name = journal.path.stem
        with suppress(JobLeftOpen):  # an exception raised here would be lost
            warnings.warn(
                f"The job {name} was planned, and neither run nor closed: its journal, with the records that it is about,"
                f" stays in {journal.path}. `tuckan job resume {name}` runs it, `tuckan job remove {name}` removes it.",
                JobLeftOpen,
                stacklevel=2,
            )
