"""How many at once: against portals that are played event by event, without a clock."""

from __future__ import annotations

import heapq
import random
from dataclasses import dataclass, field, replace

import pytest

from tuckan.concurrency import AdaptiveLimit
from tuckan.errors import InvalidArgument


@dataclass
class Portal:
    """A portal with some workers, each of which does one request at a time.

    Attributes:
        workers: how many.
        service: seconds that a worker takes, about.
        way: seconds that a request and its answer are on their way.
        friction: how much longer it takes for each request that waits: of its memory and its locks.
        spread: how much the times differ.
        now: its clock.
    """

    workers: int
    service: float
    way: float = 0.0
    friction: float = 0.03
    spread: float = 0.3
    now: float = 0.0
    _chance: random.Random = field(default_factory=lambda: random.Random(1), repr=False)

    def seconds_for(self, answers: int, adaptive_limit: AdaptiveLimit) -> float:
        """How long so many answers take, at a pace."""
        begun, sent = self.now, 0
        free, coming = [begun] * self.workers, list[tuple[float, float]]()
        for _ in range(answers):
            while len(coming) < adaptive_limit.limit and sent < answers:
                waiting = max(0, len(coming) + 1 - self.workers)
                takes = self.service * self._chance.lognormvariate(0, self.spread) * (1 + self.friction * waiting)
                ends = max(self.now + self.way / 2, heapq.heappop(free)) + takes
                heapq.heappush(free, ends)
                heapq.heappush(coming, (ends + self.way / 2, self.now))
                sent += 1
            self.now, asked = heapq.heappop(coming)
            adaptive_limit.tell(self.now - asked, 0, self.now)
        return self.now - begun


class Steady(AdaptiveLimit):
    """Always as many."""

    def tell(self, seconds: float, troubles: int, now: float) -> None:
        """Learn nothing."""


def best(portal: Portal, answers: int) -> float:
    """What the best number takes, of those that never change."""
    paces = [Steady(most, alike=False) for most in range(1, 9)]
    return min(portal.seconds_for(answers, adaptive_limit) for adaptive_limit in paces)


def far() -> Portal:
    return Portal(16, 0.02, way=0.1)


def near() -> Portal:
    return Portal(2, 0.3)


@pytest.mark.parametrize("spread", [0.05, 0.3])
@pytest.mark.parametrize(
    "portal",
    [far(), near(), Portal(2, 0.3, way=0.05), Portal(8, 0.01, way=0.05), Portal(1, 0.1), Portal(4, 0.1, way=0.02)],
    ids=str,
)
def test_it_is_nearly_as_quick_as_the_best_number(portal: Portal, spread: float) -> None:
    portal = replace(portal, spread=spread, _chance=random.Random(1))
    taken = [portal.seconds_for(400, AdaptiveLimit(8)) / best(portal, 400) for _ in range(5)]
    assert max(taken) < 1.2
    assert sum(taken) / len(taken) < 1.1


def test_it_ends_with_few_where_more_only_wait_for_each_other() -> None:
    portal, paces = near(), [AdaptiveLimit(8) for _ in range(9)]
    for adaptive_limit in paces:
        portal.seconds_for(400, adaptive_limit)
    assert sorted(adaptive_limit.limit for adaptive_limit in paces)[len(paces) // 2] <= 3
    assert min(adaptive_limit.limit for adaptive_limit in paces) >= 2, "one alone leaves the way unused"


def test_it_takes_all_where_the_way_is_long() -> None:
    adaptive_limit = AdaptiveLimit(8)
    far().seconds_for(100, adaptive_limit)
    assert adaptive_limit.limit == 8


def test_it_finds_more_when_the_portal_has_room_again() -> None:
    portal, adaptive_limit = Portal(2, 0.1), AdaptiveLimit(8)
    portal.seconds_for(200, adaptive_limit)
    assert adaptive_limit.limit <= 4
    portal.workers = 8
    portal.seconds_for(400, adaptive_limit)
    assert adaptive_limit.limit >= 6


def test_it_grows_while_answers_are_quick_and_halves_on_trouble() -> None:
    adaptive_limit = AdaptiveLimit(16)
    for now in range(20):
        adaptive_limit.tell(0.1, 0, now)
    assert adaptive_limit.limit == 16
    adaptive_limit.tell(0.1, 1, 20)
    assert adaptive_limit.limit == 8
    adaptive_limit.tell(0.1, 3, 21)
    assert adaptive_limit.limit == 4
    for now in range(22, 32):
        adaptive_limit.tell(1.0, 3, now)
    assert adaptive_limit.limit == 4, "ten times as slow as it can be: no growth"
    for troubles in range(4, 13):
        adaptive_limit.tell(0.1, troubles, 32)
    assert adaptive_limit.limit == 1, "never none"


def test_where_each_takes_another_time_only_trouble_counts() -> None:
    adaptive_limit, chance = AdaptiveLimit(8, alike=False), random.Random(2)
    assert adaptive_limit.limit == 8
    for now in range(500):
        adaptive_limit.tell(chance.lognormvariate(0, 2), 0, now)
    assert adaptive_limit.limit == 8
    adaptive_limit.tell(1, 1, 500)
    assert adaptive_limit.limit == 4


def test_no_pace_at_all() -> None:
    with pytest.raises(InvalidArgument):
        AdaptiveLimit(0)
