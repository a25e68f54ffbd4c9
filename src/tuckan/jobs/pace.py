"""How many requests at once: more while the portal is fast, half as many when it struggles."""

from __future__ import annotations

from dataclasses import dataclass

from tuckan.errors import InvalidArgument


@dataclass(slots=True)
class Pace:
    """The number of requests under way at once, adapted to what the portal bears.

    It grows by about one a round while answers come in good time, stays when they take twice as long as the fastest,
    and halves when the portal says it has trouble (429, 503, 504, timeouts).

    Attributes:
        most: never more at once than this.
        limit: as many at once now.
        ended: whether the work is given up, so that what is under way need not wait for better times.
    """

    most: int = 8
    limit: float = 2.0
    ended: bool = False
    _fastest: float = float("inf")
    _troubles: int = 0

    def __post_init__(self) -> None:
        if self.most < 1:
            raise InvalidArgument(f"concurrency={self.most} is no number of requests at once.", hint="Use 1 or more.")
        self.limit = min(self.limit, float(self.most))

    @property
    def allowed(self) -> int:
        """How many may be under way now, as a whole number."""
        return max(1, int(self.limit))

    def tell(self, seconds: float, troubles: int) -> None:
        """Learn from one answer.

        Args:
            seconds: how long it took.
            troubles: how often the portal was seen to struggle so far, in all.
        """
        if troubles > self._troubles:
            self._troubles = troubles
            self.limit = max(1.0, self.limit / 2)
            return
        self._fastest = min(self._fastest, seconds)
        if seconds <= 2 * self._fastest:
            self.limit = min(float(self.most), self.limit + 1)
        elif seconds <= 4 * self._fastest:
            self.limit = min(float(self.most), self.limit + 1 / self.limit)
