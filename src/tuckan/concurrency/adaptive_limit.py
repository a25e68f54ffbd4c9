"""The concurrency limit: the lowest that keeps throughput, halved when the portal is overloaded."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Event, Lock

from tuckan.errors import InvalidArgument

_AS_QUICK, _QUICKER = 0.97, 1.05
"""Relative to the previous throughput: the thresholds for keeping a lower or a higher limit."""

_FEWEST = 2
"""With one, nothing would be in flight while an answer is processed; the limit is one only for an overloaded portal."""

_LONGEST_REST = 16


@dataclass(slots=True)
class AdaptiveLimit:
    """The number of concurrent requests, adapted to the portal.

    It grows by one with each answer that takes at most twice as long as the fastest, and halves when the portal shows
    signs of overload (429, 503, 504, timeouts). When it stops growing, a lower limit is tried, and kept if throughput stays
    the same; then a higher one, and kept if throughput rises; and so on after longer and longer pauses. If a portal works
    on two requests at once, eight are no faster: they wait for each other, and all other users wait for them.

    Attributes:
        most: the maximum.
        alike: whether all requests take about the same time, so that latency indicates load. It then starts with two,
            otherwise with the maximum, and reacts only to overload.
        troubles: the count of overload signs so far; earlier ones are ignored.
        limit: the current limit.
        given_up: set when the result is no longer needed, so that work in progress need not wait.
    """

    most: int = 8
    alike: bool = True
    troubles: int = 0
    limit: int = _FEWEST
    given_up: Event = field(default_factory=Event, repr=False)
    _grows: bool = True
    _fastest: float = float("inf")
    _skipped: int = 1
    _answers: int = 0
    _since: float = 0.0
    _before: tuple[int, float] | None = None
    _direction: int = -1
    _rest: int = 0
    _next_rest: int = 1
    _lock: Lock = field(default_factory=Lock, repr=False)

    def __post_init__(self) -> None:
        if self.most < 1:
            raise InvalidArgument(
                f"concurrency={self.most} is not a valid number of concurrent requests.", hint="Use 1 or more."
            )
        self.limit = min(self.limit, self.most) if self.alike else self.most

    def tell(self, seconds: float, troubles: int, now: float) -> None:
        """Learn from one answer.

        Args:
            seconds: how long it took.
            troubles: the total count of overload signs.
            now: the time, in seconds.
        """
        with self._lock:
            if troubles > self.troubles:
                self.troubles = troubles
                self._before, self._direction, self._rest = None, 1, self._next_rest
                self._change(max(1, self.limit // 2))
                return
            self._fastest = min(self._fastest, seconds)
            if self._grows and self.limit < self.most and seconds <= 2 * self._fastest:
                self._change(self.limit + 1)
            elif self.alike:
                self._count(now)

    def _change(self, limit: int) -> None:
        """Set the limit; answers to requests already in flight do not count for it."""
        self._skipped, self._answers = max(self.limit, limit), 0
        self.limit = limit

    def _count(self, now: float) -> None:
        if self._skipped:
            self._skipped -= 1
            self._since = now
            return
        self._answers += 1
        if self._answers >= 2 * self.limit + 4:
            rate = self._answers / max(now - self._since, 1e-9)
            self._answers, self._since = 0, now
            self._grows = False
            self._judge(rate)

    def _judge(self, rate: float) -> None:
        """Keep the tried limit or go back, pause, or try another."""
        best = rate
        if self._before is not None:
            limit, other = self._before
            best = max(rate, other)  # small losses would add up
            self._before = None
            if rate < other * (_AS_QUICK if self.limit < limit else _QUICKER):
                self._turn()
                self._change(limit)
                return
            self._next_rest = 1
        elif self._rest:
            self._rest -= 1
            return
        self._try(best)

    def _try(self, rate: float) -> None:
        limit = self.limit + self._direction * max(1, self.limit // 3)
        limit = min(max(limit, _FEWEST), self.most)
        # This many cannot exceed the throughput of answers at the fastest latency.
        if limit == self.limit or limit < _AS_QUICK * rate * self._fastest:
            self._turn()
            return
        self._before = self.limit, rate
        self._change(limit)

    def _turn(self) -> None:
        self._direction = -self._direction
        self._rest, self._next_rest = self._next_rest, min(_LONGEST_REST, 2 * self._next_rest)
