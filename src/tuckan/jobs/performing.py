"""The flow of one operation: what may have been done before is looked up first."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from tuckan.errors import Cancelled
from tuckan.wire.flow import Wait

if TYPE_CHECKING:
    from collections.abc import Callable

    from tuckan.jobs.operation import Ended, Kind, Operation, Portals
    from tuckan.wire.flow import Brought, Flow, Outcome

T = TypeVar("T")

LONGEST_NAP = 0.5
"""Seconds after which somebody who waits looks whether that is still wanted."""


def performing(kind: Kind, operation: Operation, portals: Portals, *, doubtful: bool) -> Flow[Ended]:
    """Do an operation exactly once.

    Args:
        kind: how it is done; where an answer is lost, it looks up what it did before it sends anything again.
        operation: what to do.
        portals: where.
        doubtful: whether it may have been done before, by a process that did not live to say so.

    Raises:
        TuckanError: whatever keeps it from being done.
    """
    if doubtful and (found := (yield from kind.check(operation, portals))) is not None:
        return found
    return (yield from kind.do(operation, portals))


def unless_ended(flow: Flow[T], ended: Callable[[], bool]) -> Flow[T]:
    """Perform a flow, and give up where it would wait when nobody wants its end any more.

    Args:
        flow: the flow.
        ended: whether that is so.

    Raises:
        Cancelled: when it was given up.
    """
    outcome: Outcome | Brought | None = None
    try:
        while True:
            step = flow.send(outcome)
            if not isinstance(step, Wait):
                outcome = yield step
                continue
            yield from _napping(step.seconds, ended)
            outcome = None
    except StopIteration as end:
        value: T = end.value
        return value
    finally:
        flow.close()


def _napping(seconds: float, ended: Callable[[], bool]) -> Flow[None]:
    left = seconds
    while left > 0:
        if ended():
            raise Cancelled("The job was given up.", hint="It can go on later.")
        nap = min(left, LONGEST_NAP)
        yield Wait(nap)
        left -= nap
