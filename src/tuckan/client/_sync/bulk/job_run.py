# Generated from src/tuckan/client/_async/bulk/job_run.py by scripts/unasync.py: change that file, then run `make fix`.
"""One run of a job: its operations are performed, each once, and what they did is read again."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from tuckan.concurrency import AdaptiveLimit
from tuckan.errors import (
    CannotWrite,
    ClientClosed,
    Conflict,
    ConnectionFailed,
    InvalidToken,
    NotAuthorized,
    RateLimited,
    ServerError,
    TransportError,
    TuckanError,
    Unavailable,
)
from tuckan.jobs.kinds import kind_of
from tuckan.jobs.operation import Ended, performing
from tuckan.wire.execute import checking_token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tuckan.client._sync.connection import Connection
    from tuckan.concurrency.progress import Progress
    from tuckan.jobs.journal import Journal
    from tuckan.jobs.operation import Operation, Portals
    from tuckan.wire.flow import Flow

Ending: TypeAlias = "tuple[Operation, Ended | TuckanError]"

VERIFIED_AT_ONCE = 500
_AWAY = (ConnectionFailed, Unavailable, RateLimited)
_PASSES = (TransportError, Unavailable, RateLimited, ServerError)


class PortalAway(Exception):
    """The portal is down."""


AWAY = (PortalAway, *_AWAY)
"""What a run ends with when the portal stayed down."""


class JobRun:
    """One run of a job.

    Args:
        connection: to the portal that is changed.
        journal: the job's, where each operation's end is noted.
        portals: the portals that its operations talk to.
    """

    def __init__(self, connection: Connection, journal: Journal, portals: Portals) -> None:
        self._connection = connection
        self._journal = journal
        self._portals = portals
        self._answered = 0.0

    def perform(self, progress: Progress) -> None:
        """Perform what is left to do, stage by stage, and note how each operation ended.

        Raises:
            InvalidToken: when the portal no longer knows the token.
            Exception: one of `AWAY`, when the portal stayed down.
        """
        try:
            for stage in self._journal.stages():
                progress.step(self._journal.skip(stage))
                self._run_stage(stage, progress)
        finally:
            self._journal.flush()

    def _run_stage(self, stage: int, progress: Progress) -> None:
        # Each stage has its own concurrency limit, since its operations take a different time.
        adaptive_limit = AdaptiveLimit(self._connection.concurrency, troubles=self._portals.target.troubles)
        try:
            pieces = self._pieces(stage)
            for operation, ending in self._connection.as_done(
                pieces, self._portals.target, adaptive_limit=adaptive_limit
            ):
                self._note(operation, ending)
                progress.step()
        finally:
            adaptive_limit.given_up.set()

    def _pieces(self, stage: int) -> Iterator[tuple[str, Callable[[], Ending]]]:
        for operation, doubtful in self._journal.take(stage, 2 * self._connection.concurrency):
            flow = performing(kind_of(operation.kind), operation, self._portals, doubtful=doubtful)
            yield operation.subject, partial(self._perform, operation, flow)

    def _perform(self, operation: Operation, flow: Flow[Ended]) -> Ending:
        begun = time.monotonic()
        try:
            ended = self._connection.run(flow)
        except (InvalidToken, CannotWrite, ClientClosed):
            raise  # which is not specific to one operation
        except NotAuthorized as error:
            # An expired or revoked token counts as none: then nothing else would be allowed either.
            if self._connection.portal_state.token:
                self._connection.run(checking_token(self._connection.portal_state))
            return operation, error
        except TuckanError as error:
            if isinstance(error, _AWAY) and self._answered < begun:
                raise PortalAway(error.message) from error
            return operation, error
        self._answered = time.monotonic()
        return operation, ended

    def _note(self, operation: Operation, ending: Ended | TuckanError) -> None:
        if isinstance(ending, Ended):
            self._journal.end(operation, ending)
        else:
            self._journal.fail(operation, ending.message, again=_may_be_done(ending))

    def verify(self) -> None:
        """Verify finished operations by reading again, by kind and in batches."""
        while entries := self._journal.to_verify(VERIFIED_AT_ONCE):
            kinds: dict[str, list[tuple[Operation, Ended]]] = {}
            for entry in entries:
                if entry.ended is not None:
                    kinds.setdefault(entry.operation.kind, []).append((entry.operation, entry.ended))
            wrong: dict[str, str] = {}
            for name, pairs in kinds.items():
                wrong |= self._connection.run(kind_of(name).wrong(pairs, self._portals))
            self._journal.verified(entries, wrong)


def _may_be_done(error: TuckanError) -> bool:
    """Whether a failed operation is looked up when the job is resumed or undone."""
    return isinstance(error, _PASSES) or (isinstance(error, Conflict) and error.arrived)
