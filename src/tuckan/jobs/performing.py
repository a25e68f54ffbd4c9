"""The flow of one operation: what may have been done before is looked up first."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tuckan.jobs.operation import Ended, Kind, Operation, Portals
    from tuckan.wire.flow import Flow


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
