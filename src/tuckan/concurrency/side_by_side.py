"""Concurrent work with ordered results: threads for blocking code, tasks for asynchronous. The only hand-written twins."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Generic, TypeVar

from tuckan.concurrency.adaptive_limit import AdaptiveLimit
from tuckan.transport import until

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
    from concurrent.futures import Future, ThreadPoolExecutor


T = TypeVar("T")

MOST_HELD_BACK = 1000
"""The maximum number of items that wait for another with the same subject; then no more are drawn."""


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


def _pool(adaptive_limit: AdaptiveLimit) -> ThreadPoolExecutor:
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - a single request needs none

    return ThreadPoolExecutor(max_workers=adaptive_limit.most, thread_name_prefix="tuckan")


def in_order(
    work: Iterable[Callable[[], T]], adaptive_limit: AdaptiveLimit, troubles: Callable[[], int]
) -> Iterator[T]:
    """Run work items in threads and yield their results in order.

    No more are started ahead of the reader than may run concurrently, so memory is constant.

    Args:
        work: the items, taken one by one as capacity allows.
        adaptive_limit: the concurrency limit.
        troubles: returns the count of overload signs.

    Raises:
        Exception: the first that an item raises, in order; items not started are dropped, those in progress end with their
            request.
    """
    pieces = iter(work)
    window: deque[Future[T]] = deque()
    pool = _pool(adaptive_limit)
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
    """Run local work items in threads with a fixed concurrency, and yield their results in order.

    Args:
        work: the items, taken one by one as capacity allows.
        at_once: the concurrency.

    Raises:
        Exception: the first that an item raises, in order; items not started are dropped.
    """
    return in_order(work, AdaptiveLimit(at_once, alike=False), lambda: 0)


async def async_in_order(
    work: Iterable[Callable[[], Awaitable[T]]], adaptive_limit: AdaptiveLimit, troubles: Callable[[], int]
) -> AsyncIterator[T]:
    """Run work items in tasks and yield their results in order; the twin of `in_order`."""
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
    """Decides which item may start: none while another with the same subject is in progress.

    Args:
        work: items, each with its subject, drawn one by one as capacity allows.
    """

    def __init__(self, work: Iterable[tuple[str, T]]) -> None:
        self._work = iter(work)
        self._held_back: dict[str, deque[T]] = {}
        self._free: deque[tuple[str, T]] = deque()

    def next(self) -> tuple[str, T] | None:
        """An item that may start now, or None; call `done` when it ends."""
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
        """Report that the item with a subject has ended, so the next one may start."""
        waiting = self._held_back[subject]
        if waiting:
            self._free.append((subject, waiting.popleft()))
        else:
            del self._held_back[subject]


def as_done(
    work: Iterable[tuple[str, Callable[[], T]]], adaptive_limit: AdaptiveLimit, troubles: Callable[[], int]
) -> Iterator[T]:
    """Run work items in threads and yield results as they complete; items with the same subject never run concurrently.

    Args:
        work: items, each with its subject, drawn one by one as capacity allows.
        adaptive_limit: the concurrency limit.
        troubles: returns the count of overload signs.

    Raises:
        Exception: the first that an item raises; items not started are dropped, those in progress are awaited, and see
            by `given_up` that their results are no longer needed.
    """
    from concurrent.futures import FIRST_COMPLETED, wait  # noqa: PLC0415 - as in `_pool`

    pending = SideBySide(work)
    running: dict[Future[T], str] = {}
    pool = _pool(adaptive_limit)
    try:
        while True:
            while len(running) < adaptive_limit.limit and (begun := pending.next()) is not None:
                running[pool.submit(_timed, begun[1], adaptive_limit, troubles)] = begun[0]
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                pending.done(running.pop(future))
                yield future.result()
    finally:
        adaptive_limit.given_up.set()
        pool.shutdown(wait=True, cancel_futures=True)


async def async_as_done(
    work: Iterable[tuple[str, Callable[[], Awaitable[T]]]], adaptive_limit: AdaptiveLimit, troubles: Callable[[], int]
) -> AsyncIterator[T]:
    """Run work items in tasks and yield results as they complete; the twin of `as_done`."""
    import asyncio  # noqa: PLC0415 - see `async_in_order`

    pending = SideBySide(work)
    running: dict[asyncio.Task[T], str] = {}
    try:
        while True:
            while len(running) < adaptive_limit.limit and (begun := pending.next()) is not None:
                running[asyncio.ensure_future(_async_timed(begun[1], adaptive_limit, troubles))] = begun[0]
            if not running:
                return
            for task in (await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED))[0]:
                pending.done(running.pop(task))
                yield task.result()
    finally:
        adaptive_limit.given_up.set()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
