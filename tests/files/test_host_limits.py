"""Hosts are asked politely: never faster than allowed, left alone when they ask for it, given up when they are away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tuckan.errors import ConnectionFailed
from tuckan.transport.host_limits import AT_ONCE, MOST_FAILURES, HostLimits
from tuckan.wire.flow import NetworkFailure, Outcome, Reply, Request, Send, Wait, send

if TYPE_CHECKING:
    from tuckan.wire.flow import Flow, StepOutcome

FINE, BUSY = Reply(200, {}, b""), Reply(503, {}, b"")
AWAY = NetworkFailure("connect", "refused")


class Clock:
    """A clock, and what a driver does by it."""

    def __init__(self) -> None:
        self.now = 100.0
        self.begun: list[float] = []

    def run(self, flow: Flow[Any], *answers: Any) -> None:
        """Perform a flow; the requests that it sends get these answers."""
        left = list(answers)
        outcome: StepOutcome = None
        try:
            while True:
                step = flow.send(outcome)
                outcome = None
                if isinstance(step, Wait):
                    self.now += step.seconds
                if isinstance(step, Send):
                    self.begun.append(self.now)
                    outcome = Outcome(left.pop(0), 0.0)
        except StopIteration:
            assert not left


def getting(url: str, *, waits: float = 0) -> Flow[None]:
    outcome = yield from send(Request("GET", url))
    if waits:
        yield Wait(waits)
        outcome = yield from send(Request("GET", url))
    if outcome.answer is not FINE:
        raise ConnectionFailed("nobody there")


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_four_requests_a_second_begin_to_a_host(clock: Clock) -> None:
    limits = HostLimits(clock=lambda: clock.now)
    for _ in range(3):
        clock.run(limits.politely(getting("https://slow.example/a")), FINE)
    clock.run(limits.politely(getting("https://other.example/a")), FINE)
    assert clock.begun == [100, 100.25, 100.5, 100.5]
    own = HostLimits([("https", "portal.example", 443)], clock=lambda: clock.now)
    for _ in range(3):
        clock.run(own.politely(getting("https://portal.example/a")), FINE)
    assert clock.begun[4:] == [100.5] * 3


def test_a_host_that_asks_to_wait_is_left_alone_by_others_too(clock: Clock) -> None:
    limits = HostLimits(clock=lambda: clock.now)
    first = limits.politely(getting("https://slow.example/a", waits=60))
    assert isinstance(next(first), Send)
    assert first.send(Outcome(BUSY, 0.0)) == Wait(60)
    clock.run(limits.politely(getting("https://slow.example/b")), FINE)
    assert clock.begun == [160]
    first.close()


def test_a_host_that_does_not_answer_is_given_up_and_one_answer_ends_the_row(clock: Clock) -> None:
    limits = HostLimits(clock=lambda: clock.now)
    url = "https://away.example/a"

    def fails(*answers: Any) -> None:
        with pytest.raises(ConnectionFailed):
            clock.run(limits.politely(getting(url)), *answers)

    for _ in range(MOST_FAILURES - 1):
        fails(AWAY)
    clock.run(limits.politely(getting(url)), FINE)
    for _ in range(MOST_FAILURES - 1):
        fails(BUSY)
    fails(Reply(404, {}, b""))
    for number in range(MOST_FAILURES):
        assert not limits.is_given_up(url), number
        fails(AWAY)
    assert limits.is_given_up("https://away.example/other")
    assert not limits.is_given_up("https://fine.example/a")
    assert len({limits.lane(url) for _ in range(9)}) == AT_ONCE
