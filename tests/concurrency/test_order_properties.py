"""Whatever the work: never two of one subject at once, each subject's in order, nothing lost; threads and tasks alike."""

from __future__ import annotations

import asyncio
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuckan.concurrency import AdaptiveLimit, as_done, async_as_done

if TYPE_CHECKING:
    from collections.abc import Iterator

SUBJECTS = st.lists(st.sampled_from("abcde"), max_size=60)


class Watch:
    """Sees which piece of which subject is under way."""

    def __init__(self) -> None:
        self.under_way: set[str] = set()
        self.order: dict[str, list[int]] = {}
        self.most = 0
        self._lock = threading.Lock()

    def begin(self, subject: str, number: int) -> None:
        with self._lock:
            assert subject not in self.under_way, "two of one subject at once"
            self.under_way.add(subject)
            self.most = max(self.most, len(self.under_way))
            self.order.setdefault(subject, []).append(number)

    def end(self, subject: str) -> None:
        with self._lock:
            self.under_way.remove(subject)

    def work(self, subject: str, number: int) -> int:
        self.begin(subject, number)
        time.sleep(0.0002 * (number % 3))
        self.end(subject)
        return number

    async def async_work(self, subject: str, number: int) -> int:
        self.begin(subject, number)
        await asyncio.sleep(0.0002 * (number % 3))
        self.end(subject)
        return number


def done_by(kind: str, work: Any, adaptive_limit: AdaptiveLimit) -> list[int]:
    if kind == "blocking":
        return list(as_done(work, adaptive_limit, lambda: 0))

    async def collect() -> list[int]:
        return [one async for one in async_as_done(work, adaptive_limit, lambda: 0)]

    return asyncio.run(collect())


@settings(max_examples=30, deadline=None)
@given(subjects=SUBJECTS, most=st.integers(1, 6), kind=st.sampled_from(["blocking", "asynchronous"]))
def test_lanes(subjects: list[str], most: int, kind: str) -> None:
    watch = Watch()
    work = watch.work if kind == "blocking" else watch.async_work
    pieces = ((subject, partial(work, subject, number)) for number, subject in enumerate(subjects))
    assert sorted(done_by(kind, pieces, AdaptiveLimit(most))) == list(range(len(subjects)))
    assert watch.most <= most
    for subject, order in watch.order.items():
        assert order == [number for number, one in enumerate(subjects) if one == subject]


@settings(max_examples=20, deadline=None)
@given(subjects=SUBJECTS.filter(bool), at=st.data(), kind=st.sampled_from(["blocking", "asynchronous"]))
def test_the_first_error_ends_it_and_nothing_new_is_begun(subjects: list[str], at: Any, kind: str) -> None:
    bad = at.draw(st.integers(0, len(subjects) - 1))
    watch, adaptive_limit = Watch(), AdaptiveLimit(3)
    begun_when_it_failed = 0

    def fail() -> None:
        nonlocal begun_when_it_failed
        begun_when_it_failed = sum(map(len, watch.order.values()))
        raise ValueError("bad")

    def piece(subject: str, number: int) -> int:
        return fail() if number == bad else watch.work(subject, number)  # type: ignore[return-value,func-returns-value]

    async def async_piece(subject: str, number: int) -> int:
        return fail() if number == bad else await watch.async_work(subject, number)  # type: ignore[return-value,func-returns-value]

    one = piece if kind == "blocking" else async_piece
    pieces = ((subject, partial(one, subject, number)) for number, subject in enumerate(subjects))
    with pytest.raises(ValueError, match="bad"):
        done_by(kind, pieces, adaptive_limit)
    assert adaptive_limit.given_up.is_set()
    assert sum(map(len, watch.order.values())) <= begun_when_it_failed + adaptive_limit.most


@pytest.mark.parametrize("subjects", [1, 1_000_000])
def test_no_more_is_drawn_than_may_wait(subjects: int) -> None:
    drawn = 0

    def pieces() -> Iterator[tuple[str, Any]]:
        nonlocal drawn
        for number in range(1_000_000):
            drawn += 1
            yield f"s{number % subjects}", partial(int, number)

    results = as_done(pieces(), AdaptiveLimit(4), lambda: 0)
    for _ in range(20):
        next(results)
    results.close()  # type: ignore[attr-defined]
    assert drawn < 1100
