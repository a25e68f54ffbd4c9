"""Work side by side: in order, bounded, both kinds alike; and a pace that adapts."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
import types
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tuckan.concurrency import AdaptiveLimit, async_in_order, in_order
from tuckan.concurrency.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Iterator


class Gauge:
    """Counts how many are inside at once."""

    def __init__(self) -> None:
        self.inside = self.most = self.begun = 0
        self._lock = threading.Lock()

    def enter(self) -> None:
        with self._lock:
            self.inside += 1
            self.begun += 1
            self.most = max(self.most, self.inside)

    def leave(self) -> None:
        with self._lock:
            self.inside -= 1

    def work(self, number: int) -> int:
        self.enter()
        time.sleep(0.002 * (number % 3))
        self.leave()
        return number

    async def async_work(self, number: int) -> int:
        self.enter()
        await asyncio.sleep(0.002 * (number % 3))
        self.leave()
        return number


def test_threads_keep_the_order_and_the_bound() -> None:
    gauge = Gauge()
    found = list(in_order((partial(gauge.work, n) for n in range(60)), AdaptiveLimit(4), lambda: 0))
    assert found == list(range(60))
    assert 1 < gauge.most <= 4


def test_tasks_keep_the_order_and_the_bound() -> None:
    gauge = Gauge()

    async def collect() -> list[int]:
        return [
            n
            async for n in async_in_order(
                (partial(gauge.async_work, n) for n in range(60)), AdaptiveLimit(4), lambda: 0
            )
        ]

    assert asyncio.run(collect()) == list(range(60))
    assert 1 < gauge.most <= 4


def test_no_more_is_taken_than_is_under_way() -> None:
    taken = 0

    def pieces() -> Iterator[partial[int]]:
        nonlocal taken
        for number in range(1_000_000):
            taken += 1
            yield partial(int, number)

    results = in_order(pieces(), AdaptiveLimit(3), lambda: 0)
    for _ in range(5):
        next(results)
    results.close()  # type: ignore[attr-defined]
    assert taken < 15


def test_the_first_error_comes_through_in_its_place() -> None:
    def work(number: int) -> int:
        if number == 7:
            raise ValueError("seven")
        return number

    found: list[int] = []

    def collect() -> None:
        for one in in_order((partial(work, n) for n in range(20)), AdaptiveLimit(4), lambda: 0):
            found.append(one)  # noqa: PERF402 - what came before the error counts

    with pytest.raises(ValueError, match="seven"):
        collect()
    assert found == list(range(7))


def test_progress_shows_nothing_in_the_first_second(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress("reading", total=3, show=True) as progress:
        for _ in range(3):
            progress.step()
    assert progress.done == 3
    assert capsys.readouterr().err.strip() == ""


def test_progress_is_shown_after_a_second(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuckan.concurrency.progress.SECONDS_UNSEEN", 0.0)
    with Progress("reading", total=3, unit="datasets", show=True) as progress:
        progress.step(2)
    assert "reading" in capsys.readouterr().err


def test_progress_in_a_notebook_is_one_display(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []

    class Handle:
        def update(self, data: dict[str, str], *, raw: bool) -> None:
            assert raw
            shown.append(data["text/plain"])

    def display(data: dict[str, str], *, raw: bool, display_id: bool) -> Handle:
        assert not shown, "a second display"
        assert raw
        assert display_id
        shown.append(data["text/plain"])
        return Handle()

    monkeypatch.setitem(sys.modules, "ipykernel", types.ModuleType("ipykernel"))
    monkeypatch.setattr("IPython.display.display", display)
    monkeypatch.setattr("tuckan.concurrency.progress.SECONDS_UNSEEN", 0.0)
    with Progress("reading", total=3) as progress:
        for _ in range(3):
            progress.step()
    assert shown[0].startswith("reading:")
    assert shown[-1] == "", "what was shown is gone at the end"
