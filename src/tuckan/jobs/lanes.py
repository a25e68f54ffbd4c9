"""Work done side by side, results in order: threads for blocking code, tasks for asynchronous. The only such twins."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator

    from tuckan.jobs.pace import Pace

T = TypeVar("T")


def in_order(work: Iterable[Callable[[], T]], pace: Pace, troubles: Callable[[], int]) -> Iterator[T]:
    """Do pieces of work in threads and give their results in the order of the pieces.

    No more are begun ahead of the reader than may run at once, so memory stays the same however many there are.

    Args:
        work: the pieces; taken one by one as there is room.
        pace: how many at once.
        troubles: counts the portal's troubles so far.

    Raises:
        Exception: the first that a piece raises, in order; pieces not begun are dropped.
    """

    def timed(piece: Callable[[], T]) -> T:
        begun = time.monotonic()
        try:
            return piece()
        finally:
            pace.tell(time.monotonic() - begun, troubles())

    pieces = iter(work)
    window: deque[Future[T]] = deque()
    pool = ThreadPoolExecutor(max_workers=pace.most, thread_name_prefix="tuckan")
    try:
        while True:
            while len(window) < pace.allowed and (piece := next(pieces, None)) is not None:
                window.append(pool.submit(timed, piece))
            if not window:
                return
            yield window.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


async def async_in_order(
    work: Iterable[Callable[[], Awaitable[T]]], pace: Pace, troubles: Callable[[], int]
) -> AsyncIterator[T]:
    """Do pieces of work in tasks and give their results in the order of the pieces; the twin of `in_order`."""

    async def timed(piece: Callable[[], Awaitable[T]]) -> T:
        begun = time.monotonic()
        try:
            return await piece()
        finally:
            pace.tell(time.monotonic() - begun, troubles())

    pieces = iter(work)
    window: deque[asyncio.Task[T]] = deque()
    try:
        while True:
            while len(window) < pace.allowed and (piece := next(pieces, None)) is not None:
                window.append(asyncio.ensure_future(timed(piece)))
            if not window:
                return
            yield await window.popleft()
    finally:
        for task in window:
            task.cancel()
        await asyncio.gather(*window, return_exceptions=True)
