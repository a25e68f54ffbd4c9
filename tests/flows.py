"""Flows without a driver."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from tuckan.wire.flow import Local, LocalOutcome, Within

if TYPE_CHECKING:
    from tuckan.wire.flow import Flow, StepOutcome

T = TypeVar("T")


def done_here(flow: Flow[T]) -> Flow[T]:
    """The same flow, whose steps on this machine are done at once, so that only those of a portal are left to answer."""
    outcome: StepOutcome = None
    try:
        while True:
            step = flow.send(outcome)
            outcome = (yield from _done(step)) if isinstance(step, (Local, Within)) else (yield step)
    except StopIteration as end:
        value: T = end.value
        return value
    finally:
        flow.close()


def _done(step: Local | Within) -> Flow[LocalOutcome]:
    value: Any
    try:
        if isinstance(step, Local):
            return LocalOutcome(step.work())
        with step.context as entered:
            value = yield from done_here(step.flow(entered))
        return LocalOutcome(value)
    except Exception as error:  # noqa: BLE001 - the flow raises it
        return LocalOutcome(error=error)
