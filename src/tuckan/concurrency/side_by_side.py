"""Work done side by side, results in order: threads for blocking code, tasks for asynchronous. The only such twins."""

from __future__ import annotations

import time
from collections import deque
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Generic, TypeVar

from tuckan.concurrency.adaptive_limit import AdaptiveLimit
from tuckan.transport import until

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator


T = TypeVar("T")

MOST_HELD_BACK = 1000
"""Pieces that wait for another of their subject; with more than that, no further ones are drawn."""


def _timed(piece: Callable[[], T], adaptive_limit: AdaptiveLimit, troubles: Callable[[], int]) -> T:
    begun = time.monotonic()
    try:
        with until(adaptive_limit.given_up):
            return piece()
    finally:
        now = time.monotonic()
        adaptive_limit.tell(now - begun, troubles(), now)


async def _async_timed(
    piece: Callable[[], Awaitable[T]], adaptive_limit: AdaptiveLimit, troubles: Callable[[], int]
) -> T:
    begun = time.monotonic()
    try:
        return await piece()
    finally:
        now = time.monotonic()
        adaptive_limit.tell(now - begun, troubles(), now)


def in_order(
    work: Iterable[Callable[[], T]], adaptive_limit: AdaptiveLimit, troubles: Callable[[], int]
) -> Iterator[T]:
    """Do pieces of work in threads and give their results in the order of the pieces.

    No more are begun ahead of the reader than may run at once, so memory stays the same however many there are.

    Args:
        work: the pieces; taken one by one as there is room.
        adaptive_limit: how many at once.
        troubles: counts the portal's troubles so far.

    Raises:
        Exception: the first that a piece raises, in order; pieces not begun are dropped, those under way end with their
            request.
    """
    pieces = iter(work)
    window: deque[Future[T]] = deque()
    pool = ThreadPoolExecutor(max_workers=adaptive_limit.most, thread_name_prefix="tuckan")
    try:
        while True:
            while len(window) < adaptive_limit.limit and (piece := next(pieces, None)) is not None:
                window.append(pool.submit(_timed, piece, adaptive_limit, troubles))
            if not window:
                return
            yield window.popleft().result()
    finally:
        adaptive_limit.given_up.set()
        pool.shutdown(wait=True, cancel_futures=True)


def in_order_here(work: Iterable[Callable[[], T]], at_once: int) -> Iterator[T]:
    """Do pieces of work on this machine alone in threads, always so many at once, and give their results in order.

    Args:
        work: the pieces; taken one by one as there is room.
        at_once: how many.

    Raises:
        Exception: the first that a piece raises, in order; pieces not begun are dropped.
    """
    return in_order(work, AdaptiveLimit(at_once, alike=False), lambda: 0)


async def async_in_order(
    work: Iterable[Callable[[], Awaitable[T]]], adaptive_limit: AdaptiveLimit, troubles: Callable[[], int]
) -> AsyncIterator[T]:
    """Do pieces of work in tasks and give their results in the order of the pieces; the twin of `in_order`."""
    import asyncio  # noqa: PLC0415 - blocking code does without it, and it costs as much as a request

    pieces = iter(work)
    window: deque[asyncio.Task[T]] = deque()
    try:
        while True:
            while len(window) < adaptive_limit.limit and (piece := next(pieces, None)) is not None:
                window.append(asyncio.ensure_future(_async_timed(piece, adaptive_limit, troubles)))
            if not window:
                return
            yield await window.popleft()
    finally:
        for task in window:
            task.cancel()
        await asyncio.gather(*window, return_exceptions=True)


class SideBySide(Generic[T]):
    """Decides which piece of work may begin: none while another on the same subject is under way.

    Args:
        work: pieces, each with its subject; drawn one by one as there is room.
    """

    def __init__(self, work: Iterable[tuple[str, T]]) -> None:
        self._work = iter(work)
        self._held_back: dict[str, deque[T]] = {}
        self._free: deque[tuple[str, T]] = deque()

    def next(self) -> tuple[str, T] | None:
        """A piece that may begin now, or None when there is none; `done` must be told of its end."""
        if self._free:
            return self._free.popleft()
        while sum(map(len, self._held_back.values())) < MOST_HELD_BACK and (drawn := next(self._work, None)):
            subject, piece = drawn
            if subject not in self._held_back:
                self._held_back[subject] = deque()
                return subject, piece
            self._held_back[subject].append(piece)
        return None

    def done(self, subject: str) -> None:
        """Tell that the piece on a subject has ended, so that the next on it may begin."""
        waiting = self._held_back[subject]
        if waiting:
            self._free.append((subject, waiting.popleft()))
        else:
            del self._held_back[subject]


def as_done(
    work: Iterable[tuple[str, Callable[[], T]]], adaptive_limit: AdaptiveLimit, troubles: Callable[[], int]
) -> Iterator[T]:
    """Do pieces of work in threads and give each result as it comes; two on one subject never run at once.

    Args:
        work: pieces, each with its subject; drawn one by one as there is room.
        adaptive_limit: how many at once.
        troubles: counts the portal's troubles so far.

    Raises:
        Exception: the first that a piece raises; pieces not begun are dropped, those under way are waited for, and see
            by `pace.given_up` that nobody waits for anything else of theirs.
    """
    lanes = SideBySide(work)
    running: dict[Future[T], str] = {}
    pool = ThreadPoolExecutor(max_workers=adaptive_limit.most, thread_name_prefix="tuckan")
    try:
        while True:
            while len(running) < adaptive_limit.limit and (begun := lanes.next()) is not None:
                running[pool.submit(_timed, begun[1], adaptive_limit, troubles)] = begun[0]
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                lanes.done(running.pop(future))
                yield future.result()
    finally:
        adaptive_limit.given_up.set()
        pool.shutdown(wait=True, cancel_futures=True)


async def async_as_done(
    work: Iterable[tuple[str, Callable[[], Awaitable[T]]]], adaptive_limit: AdaptiveLimit, troubles: Callable[[], int]
) -> AsyncIterator[T]:
    """Do pieces of work in tasks and give each result as it comes; the twin of `as_done`."""
    import asyncio  # noqa: PLC0415 - see `async_in_order`

    lanes = SideBySide(work)
    running: dict[asyncio.Task[T], str] = {}
    try:
        while True:
            while len(running) < adaptive_limit.limit and (begun := lanes.next()) is not None:
                running[asyncio.ensure_future(_async_timed(begun[1], adaptive_limit, troubles))] = begun[0]
            if not running:
                return
            for task in (await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED))[0]:
                lanes.done(running.pop(task))
                yield task.result()
    finally:
        adaptive_limit.given_up.set()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
