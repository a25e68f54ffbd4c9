"""Politeness towards hosts: how often each is asked, and when one is given up."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from tuckan.errors import TuckanError
from tuckan.wire.address import origin
from tuckan.wire.flow import Both, Fetch, NetworkFailure, Reply, Send, Wait, Within
from tuckan.wire.retry import AWAY

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from tuckan.wire.flow import Fetched, Flow, Step, StepOutcome

    Host = tuple[str, str, int | None]

T = TypeVar("T")

AT_ONCE = 2
"""Requests to one host at a time."""

PER_SECOND = 4.0
"""Requests to one host that may begin in a second."""

MOST_FAILURES = 3
"""A host that did not answer so many times in a row is given up."""


@dataclass(slots=True)
class HostLimits:
    """How fast each host is asked, and which are given up. Threads and tasks may share it.

    Attributes:
        unlimited: hosts that are asked as fast as the caller likes, such as the portal; they can be given up too.
        clock: the time in seconds.
    """

    unlimited: Collection[Host] = ()
    clock: Callable[[], float] = time.monotonic
    _between: dict[Host, float] = field(default_factory=dict["Host", float])
    _next: dict[Host, float] = field(default_factory=dict["Host", float])
    _failures: Counter[Host] = field(default_factory=Counter["Host"])
    _turns: Counter[Host] = field(default_factory=Counter["Host"])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def lane(self, url: str) -> str:
        """The subject of a piece of work, of which there are `AT_ONCE` for each host: never two of a subject run at once."""
        host = origin(url)
        with self._lock:
            self._turns[host] += 1
            return f"{host} {self._turns[host] % AT_ONCE}"

    def slow_down(self, url: str, seconds: float) -> None:
        """Ask the host of an address no sooner than so many seconds after the last request, if that is slower than usual."""
        with self._lock:
            self._between[origin(url)] = max(seconds, 1 / PER_SECOND)

    def failed(self, url: str) -> None:
        """Count a failure of the host of an address, which a flow did not raise."""
        with self._lock:
            self._failures[origin(url)] += 1

    def is_given_up(self, url: str) -> bool:
        """Whether the host of an address has failed too often in a row."""
        return self._failures[origin(url)] >= MOST_FAILURES

    def politely(self, flow: Flow[T]) -> Flow[T]:
        """Perform a flow, each of its requests no sooner than its host allows.

        A host that asks to wait (`Retry-After`) is left alone by all other flows as well. A flow that fails because its host
        does not answer counts as a failure of the host; any answer ends the row.

        Args:
            flow: the flow.

        Returns:
            A flow that returns what it returns.
        """
        away: Host | None = None
        outcome: StepOutcome = None
        try:
            while True:
                step = flow.send(outcome)
                if isinstance(step, (Send, Fetch)):
                    host = origin(step.request.url)
                    if pause := self._pause(host):
                        yield Wait(pause)
                    outcome = yield step
                    away = self._noted(host, getattr(outcome, "answer", None))
                    continue
                if isinstance(step, Wait) and away is not None:
                    self._leave_alone(away, step.seconds)
                outcome = yield self._inside(step)
        except StopIteration as end:
            value: T = end.value
            return value
        except TuckanError:
            if away is not None:
                with self._lock:
                    self._failures[away] += 1
            raise
        finally:
            flow.close()

    def _inside(self, step: Step) -> Step:
        if isinstance(step, Within):
            return Within(step.context, partial(self._entered, step))
        return Both(self.politely(step.check), self.politely(step.flow)) if isinstance(step, Both) else step

    def _entered(self, step: Within, entered: object) -> Flow[object]:
        return self.politely(step.flow(entered))

    def _pause(self, host: Host) -> float:
        """Take the next turn, and return the seconds until then."""
        if host in self.unlimited:
            return 0
        with self._lock:
            now = self.clock()
            turn = max(now, self._next.get(host, 0.0))
            self._next[host] = turn + self._between.get(host, 1 / PER_SECOND)
            return turn - now

    def _noted(self, host: Host, answer: Reply | Fetched | NetworkFailure | None) -> Host | None:
        """The host, if it did not answer; otherwise no failures are counted any more."""
        if isinstance(answer, NetworkFailure) or (isinstance(answer, Reply) and answer.status in AWAY):
            return host
        with self._lock:
            self._failures.pop(host, None)
        return None

    def _leave_alone(self, host: Host, seconds: float) -> None:
        with self._lock:
            self._next[host] = max(self._next.get(host, 0.0), self.clock() + seconds)
