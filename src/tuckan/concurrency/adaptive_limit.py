"""How many requests at once: as few as give as many answers in a second, half as many when the portal struggles."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Event, Lock

from tuckan.errors import InvalidArgument

_AS_QUICK, _QUICKER = 0.97, 1.05
"""Of the answers in a second before: so many with fewer at once, or with more, and it stays with these."""

_FEWEST = 2
"""With one, nothing would be under way while an answer is looked at; there is one only on a portal that struggles."""

_LONGEST_REST = 16


@dataclass(slots=True)
class AdaptiveLimit:
    """The number of requests under way at once, adapted to what the portal bears.

    It grows by one with each answer that takes no more than twice as long as the fastest, and halves when the portal says
    it has trouble (429, 503, 504, timeouts). When it grows no more, fewer are tried, and kept where as many answers come in
    a second; then more, and kept where more do; and the same again after longer and longer rests. For where a portal works
    on two at once, eight are no quicker: they wait for each other, and whoever else asks waits for them.

    Attributes:
        most: never more at once than this.
        alike: whether all pieces take about as long, so that their time tells how the portal fares. It begins with two then,
            and with all at once otherwise, and adapts to trouble alone.
        troubles: how often the portal was seen to struggle so far; what was before it began counts no more.
        limit: as many at once now.
        given_up: set when nobody wants the end of the work any more, so that what is under way need not wait.
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
            raise InvalidArgument(f"concurrency={self.most} is no number of requests at once.", hint="Use 1 or more.")
        self.limit = min(self.limit, self.most) if self.alike else self.most

    def tell(self, seconds: float, troubles: int, now: float) -> None:
        """Learn from one answer.

        Args:
            seconds: how long it took.
            troubles: how often the portal was seen to struggle so far, in all.
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
        """From now on so many; answers to what is under way already tell nothing of that."""
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
        """Stay with what was tried or go back, rest, or try another number."""
        best = rate
        if self._before is not None:
            limit, other = self._before
            best = max(rate, other)  # little by little, much would be lost
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
        # So many give no more answers than if all came as quickly as the fastest.
        if limit == self.limit or limit < _AS_QUICK * rate * self._fastest:
            self._turn()
            return
        self._before = self.limit, rate
        self._change(limit)

    def _turn(self) -> None:
        self._direction = -self._direction
        self._rest, self._next_rest = self._next_rest, min(_LONGEST_REST, 2 * self._next_rest)
