"""One job: what it is to do, doing it, what it did, and undoing that."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

from tuckan.errors import (
    Cancelled,
    ConnectionFailed,
    Incomplete,
    InvalidArgument,
    InvalidToken,
    RateLimited,
    ServerError,
    TransportError,
    TuckanError,
    Unavailable,
)
from tuckan.jobs.folder import held, new_path
from tuckan.jobs.journal import Entry, Journal, now
from tuckan.jobs.kinds import kind_of
from tuckan.jobs.operation import Ended, Operation, Planned, Portals
from tuckan.jobs.performing import performing
from tuckan.jobs.report import Plan, Report, plan_of, report_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator

    from tuckan.client._async.connection import AsyncConnection
    from tuckan.wire.memory import Memory

Ending: TypeAlias = "tuple[Operation, Ended | TuckanError]"

PATIENCE = 900.0
"""Seconds that a job waits for a portal that is away."""

VERIFIED_AT_ONCE = 1000
_ENDS_THE_JOB = (InvalidToken, ConnectionFailed)
_PASSES = (TransportError, Unavailable, RateLimited, ServerError)


class Job:
    """A bulk run: planned, shown, run, verified by reading again, and undone if need be.

    It is made by the methods of `client.jobs`, and kept in a journal: a job whose process dies goes on where it was, with
    nothing repeated and nothing left out.

    Attributes:
        name: its name, which `client.jobs.open` takes.
    """

    def __init__(self, connection: AsyncConnection, journal: Journal, *, source: Memory | None = None) -> None:
        self._connection = connection
        self._journal = journal
        self._source = source
        self.name = journal.path.stem if journal.path else "dry run"

    @property
    def title(self) -> str:
        """What it does, in words."""
        return str(self._journal.facts().get("title", ""))

    @property
    def portal(self) -> str:
        """The address of the portal that it changes."""
        return str(self._journal.facts().get("portal", ""))

    @property
    def notes(self) -> tuple[str, ...]:
        """What is worth knowing of its plan, in sentences."""
        return tuple(self._journal.facts().get("notes", ()))

    def note(self, notes: Iterable[str]) -> None:
        """Note what is worth knowing of its plan."""
        self._journal.describe(notes=list(notes))

    @property
    def plan(self) -> Plan:
        """What is left to do."""
        return plan_of(self._journal)

    @property
    def report(self) -> Report:
        """What was done so far."""
        return report_of(self._journal, self.name)

    def entries(self, *states: str) -> Iterator[Entry]:
        """Its operations, or those in some states: `planned`, `begun`, `done`, `failed`, `refused`, `wrong`."""
        return self._journal.entries(*states)  # type: ignore[arg-type]

    def failures(self) -> Iterator[Entry]:
        """The operations that were refused, that failed, or that turned out wrong, each with its reason."""
        return self._journal.entries("refused", "failed", "wrong")

    async def run(self, *, confirm: Callable[[Plan], bool] | None = None, patience: float = PATIENCE) -> Report:
        """Do what is left to do, then read again what was done.

        Args:
            confirm: is shown the plan, and answers whether to go on.
            patience: seconds to wait for a portal that is away.

        Returns:
            What was done; operations that failed are in it, and no error.

        Raises:
            Cancelled: when it was not confirmed.
            InvalidToken: when the portal does not know the token any more; the job can go on later.
            Incomplete: when the portal stayed away; the job can go on later.
        """
        if confirm is not None and not confirm(self.plan):
            raise Cancelled("Nothing was changed: the job was not confirmed.", hint="Answer True to go on.")
        if self._journal.path is None:
            raise InvalidArgument("A dry run can't be run.", hint="Make the job again without dry_run=True.")
        memory = self._connection.memory
        memory = replace(memory, policy=replace(memory.policy, patience=patience))
        with held(self._journal.path):
            self._journal.reopen()
            await self._run(Portals(memory, self._source))
            await self._verify(Portals(memory, self._source))
            self._journal.describe(ended=now())
        return self.report

    async def _run(self, portals: Portals) -> None:
        total = self.report.left
        with self._connection.progress(self.title, total=total, unit="operations") as progress:
            try:
                for stage in self._journal.stages():
                    pieces = self._pieces(stage, portals)
                    async for operation, ending in self._connection.as_done(pieces, portals.target):
                        self._note(operation, ending)
                        progress.step()
            except ConnectionFailed as error:
                raise self._interrupted(error) from error
            finally:
                self._journal.flush()

    def _pieces(self, stage: int, portals: Portals) -> Iterator[tuple[str, Callable[[], Awaitable[Ending]]]]:
        taken = self._journal.take(stage, 2 * self._connection.concurrency)
        for operation, doubtful in taken:
            yield operation.subject, partial(self._perform, operation, portals, doubtful)

    async def _perform(self, operation: Operation, portals: Portals, doubtful: bool) -> Ending:
        flow = performing(kind_of(operation.kind), operation, portals, doubtful=doubtful)
        try:
            return operation, await self._connection.run(flow)
        except _ENDS_THE_JOB:
            raise
        except TuckanError as error:
            return operation, error

    def _note(self, operation: Operation, ending: Ended | TuckanError) -> None:
        if isinstance(ending, Ended):
            self._journal.end(operation, ending)
        else:
            self._journal.fail(operation, ending.message, again=isinstance(ending, _PASSES))

    def _interrupted(self, error: ConnectionFailed) -> Incomplete:
        report = self.report
        done = sum(report.done.values())
        return Incomplete(
            f"The job stopped after {done:,} operations, {report.left:,} are left: {error.message}",
            expected=done + report.left,
            received=done,
            hint=f"When the portal is back, go on: tuckan job resume {self.name}",
        )

    async def _verify(self, portals: Portals) -> None:
        """Read again what was done, kind by kind, many at a time."""
        ended = ((entry.operation, entry.ended) for entry in self._journal.entries("done") if entry.ended is not None)
        kinds: dict[str, list[tuple[Operation, Ended]]] = {}
        while some := list(islice(ended, VERIFIED_AT_ONCE)):
            for operation, one in some:
                if one.what != "unchanged":
                    kinds.setdefault(operation.kind, []).append((operation, one))
            for name, pairs in kinds.items():
                wrong = await self._connection.run(kind_of(name).wrong(pairs, portals))
                for key, reason in wrong.items():
                    self._journal.correct(key, reason)
            kinds.clear()

    def undo(self) -> Job:
        """Plan a job that undoes this one, the last operation first.

        Returns:
            The job, to be looked at and run. What can't be undone is refused in it, with the reason.
        """
        journal = Journal(new_path(f"undo {self.title}"))
        journal.describe(**{**self._journal.facts(), "title": f"undo {self.name}", "begun": now(), "undoes": self.name})
        journal.plan(_undoing(self._journal.entries("done", "wrong", backwards=True)))
        return Job(self._connection, journal)

    def close(self) -> None:
        """Close its journal."""
        self._journal.close()

    def discard(self) -> None:
        """Forget the job, and remove its journal."""
        self._journal.discard()

    def __repr__(self) -> str:
        return f"Job({self.name!r})"


def _undoing(entries: Iterable[Entry]) -> Iterator[Planned]:
    for entry in entries:
        if entry.ended is None or entry.ended.what == "unchanged":
            continue
        inverse = kind_of(entry.operation.kind).undo(entry.operation, entry.ended)
        if isinstance(inverse, Operation):
            yield Planned(inverse)
        elif inverse:
            yield Planned(entry.operation, refused=f"can't be undone: {inverse}")
