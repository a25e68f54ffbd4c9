"""Checking many links: each address once, politely, many hosts side by side."""

from __future__ import annotations

import threading
import time
from collections import defaultdict, deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING, TypeAlias
from zlib import crc32

import msgspec
from msgspec.structs import replace

from tuckan.concurrency import Progress
from tuckan.errors import TuckanError
from tuckan.links.answers import MOST_HOPS, Answer, Link, followed, judged
from tuckan.links.asking import LONGEST_WAIT, Asking, asking_host
from tuckan.transport.addresses import addresses_of, has_proxy, is_private
from tuckan.transport.host_limits import AT_ONCE, MOST_FAILURES, HostLimits
from tuckan.transport.http import HttpOptions
from tuckan.transport.sync_driver import SyncDriver, until
from tuckan.wire.address import origin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tuckan.links.store import Store

    Host: TypeAlias = tuple[str, str, int | None]

MOST_THREADS = 600
"""Links that are asked for at once, of all hosts; most of them wait for their turn."""

_DRIVERS = 16
"""Pools of connections: looking for a free one takes the longer, the more there are."""

_DAY = 86_400.0
_CURRENT = {
    "works": 7 * _DAY,
    "redirect": 7 * _DAY,
    "refused": _DAY,
    "failed": 3600.0,
    "private": 0.0,
    "unchecked": 0.0,
}
"""Seconds for which an answer is believed."""

_FOR_ONE_HOST = 600.0
"""Seconds that a host with a `Crawl-delay` is asked in one run."""

_KEPT_TOGETHER = 500


@dataclass(slots=True)
class LinkOptions:
    """How links are checked.

    Attributes:
        state: the SQLite file that keeps what they answer; by default the mirror that is audited, or a file in the user's
            state folder.
        broken_after: how long a link must have failed to be called broken.
        recheck: ask all addresses, whatever is known of them.
        allow_private_addresses: ask private addresses too.

    Example:
        >>> from datetime import timedelta
        >>> LinkOptions("links.db", broken_after=timedelta(days=3)).recheck
        False
    """

    state: str | Path | None = None
    broken_after: timedelta = timedelta(hours=24)
    recheck: bool = False
    allow_private_addresses: bool = False


@dataclass(slots=True)
class _Host:
    """What is known of a host in this run.

    Attributes:
        waiting: addresses that are still to be asked.
        begun: whether it was asked for its pace.
        is_ready: whether its pace is known.
        in_progress: how many of its addresses are being asked.
        answered: whether it has answered anything.
        verdict: what is said of its other addresses without asking; None if they are asked.
    """

    waiting: deque[str] = field(default_factory=deque[str])
    begun: bool = False
    is_ready: bool = False
    in_progress: int = 0
    answered: bool = False
    verdict: Answer | None = None


class Checker:
    """Checks links.

    Args:
        store: what is known of them, and where answers are kept.
        options: how they are checked.
        portal: the address of the portal, which may be private.
        http: how to connect; its `public_only` is not looked at.
        progress: whether to show progress; None shows it when somebody watches.
        clock: the time in seconds since 1970.

    Attributes:
        answers: what is known of each address.
    """

    def __init__(
        self,
        store: Store,
        options: LinkOptions | None = None,
        *,
        portal: str = "",
        http: HttpOptions | None = None,
        progress: bool | None = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store, self._options = store, options or LinkOptions()
        self._http, self._progress, self._clock = http or HttpOptions(), progress, clock
        self._portal = origin(portal) if portal else None
        self._limits = HostLimits((self._portal,) if self._portal else ())
        self._proxied = has_proxy(self._http.proxy)
        self.answers: dict[str, Answer] = {}
        self._fresh: dict[str, Answer] = {}
        self._asking = Asking()
        self._hosts: dict[Host, _Host] = defaultdict(_Host)
        self._hops: dict[str, int] = {}
        self._wants_file: dict[str, bool] = {}
        self._given_up = threading.Event()
        self._done: SimpleQueue[Future[tuple[str, Answer | None]]] = SimpleQueue()
        self._running = 0
        self._delays: dict[str, float] = {}
        self._later: list[str] = []
        self._drivers: list[SyncDriver] = []

    def check(self, wanted: Mapping[str, bool]) -> dict[str, Link]:
        """Check links.

        Args:
            wanted: their addresses, as `address_of` gives them, each with whether it is to lead to a file.

        Returns:
            What is known of each.
        """
        begun = self._clock()
        self.answers.update(self._store.read(wanted))
        hops = {one.target for one in self.answers.values() if one.target}
        while hops := hops - self.answers.keys():
            found = dict(self._store.read(hops))
            self.answers.update(found)
            hops = {one.target for one in found.values() if one.target}
        due = [at for url, wants_file in wanted.items() if (at := self._due(url, 0, wants_file=wants_file))]
        for url in sorted(due, key=self._last_asked):
            self._hosts[origin(url)].waiting.append(url)
        self._ask_all(len(due))
        found_links = dict(self._judged(wanted, begun))
        self._keep()
        return found_links

    def _last_asked(self, url: str) -> float:
        return self.answers[url].asked_at if url in self.answers else 0.0

    def _due(self, url: str, hops: int, *, wants_file: bool) -> str:
        """The address that is to be asked for a link: its own, or one that it is known to redirect to; empty if none is."""
        while url not in self._hops and hops <= MOST_HOPS:
            self._hops[url], self._wants_file[url] = hops, wants_file
            known = self.answers.get(url)
            if known is None or self._options.recheck or not self._is_current(known):
                return url
            if known.kind != "redirect":
                break
            url, hops = known.target, hops + 1
        return ""

    def _is_current(self, known: Answer) -> bool:
        kept = _CURRENT["failed" if known.failing_since else known.kind]
        if known.failing_since or known.kind == "failed":
            kept = min(kept, self._options.broken_after.total_seconds())
        return self._clock() - known.asked_at < kept

    def _ask_all(self, number: int) -> None:
        if not any(one.waiting for one in self._hosts.values()):
            return
        public = not (self._options.allow_private_addresses or self._proxied)
        threads = min(MOST_THREADS, _most_open() * 4 // 5)
        connections = max(2, min(_most_open(), MOST_THREADS * 5 // 4) // _DRIVERS)
        drivers = [
            SyncDriver(replace(self._http, public_only=public, connections=connections)) for _ in range(_DRIVERS)
        ]
        own = SyncDriver(replace(self._http, public_only=False))  # the portal's may be private
        self._drivers = [*drivers, own]
        known = {} if self._options.recheck else self._store.delays(self._clock() - _DAY)
        with (
            ThreadPoolExecutor(threads, thread_name_prefix="tuckan-links") as pool,
            Progress("checking links", total=number, unit="links", show=self._progress) as progress,
        ):
            self._pool = pool
            try:
                for host in list(self._hosts):
                    self._begin(host, known.get(_named(host)))
                while self._running:
                    url, answer = self._done.get().result()
                    self._running -= 1
                    self._settle(url, answer)
                    if answer is not None:
                        progress.step()
            finally:
                self._given_up.set()
                pool.shutdown(wait=True, cancel_futures=True)
                for driver in self._drivers:
                    driver.close()
                self._keep()

    def _begin(self, host: Host, delay: float | None = None) -> None:
        """Ask a host how it wants to be asked, unless that is known."""
        one = self._hosts[host]
        one.begun, one.is_ready = True, host == self._portal
        url = one.waiting[0]
        if one.is_ready:
            self._next(host)
        else:
            self._submit(partial(self._meet, url, delay))

    def _submit(self, work: Callable[[], tuple[str, Answer | None]]) -> None:
        self._running += 1
        self._pool.submit(self._within, work).add_done_callback(self._done.put)

    def _within(self, work: Callable[[], tuple[str, Answer | None]]) -> tuple[str, Answer | None]:
        with until(self._given_up):
            return work()

    def _meet(self, url: str, delay: float | None) -> tuple[str, Answer | None]:
        """Resolve the name of a host, and ask it for its pace."""
        one = self._hosts[origin(url)]
        try:
            found = addresses_of(url)
        except OSError as error:
            if not self._proxied:
                reason = f"has a host whose name cannot be resolved ({error.strerror or error})"
                one.verdict = Answer("failed", reason=reason)
                return url, None
            found = []
        if not self._options.allow_private_addresses and any(map(is_private, found)):
            one.verdict = Answer("private", reason="has a private address")
            return url, None
        if delay is None:
            delay = self._driver(url).run(self._limits.politely(asking_host(url)))
            self._delays[_named(origin(url))] = delay
        if delay > LONGEST_WAIT:
            one.verdict = Answer("unchecked", reason=f"has a host that asks for {delay:g} s between requests")
        elif delay:
            self._limits.slow_down(url, delay)
            number = max(1, int(_FOR_ONE_HOST / delay / 2))
            later = [one.waiting.pop() for _ in range(len(one.waiting) - number)]
            self._later.extend(later)
        return url, None

    def _driver(self, url: str) -> SyncDriver:
        host = origin(url)
        return self._drivers[-1 if host == self._portal else crc32(_named(host).encode()) % _DRIVERS]

    def _ask(self, url: str) -> tuple[str, Answer | None]:
        flow = self._asking.asking(url, wants_file=self._wants_file[url])
        try:
            return url, self._driver(url).run(self._limits.politely(flow))
        except TuckanError as error:
            if self._given_up.is_set():
                raise
            return url, Answer("failed", reason=f"can't be asked ({error.message:.200})")

    def _settle(self, url: str, answer: Answer | None) -> None:
        host = origin(url)
        one = self._hosts[host]
        if answer is not None:
            one.in_progress -= 1
            if answer.status:
                one.answered = True
            else:
                self._limits.failed(url)
                if self._limits.is_given_up(url):
                    one.verdict = self._of_given_up(one)
            self._note(url, answer)
            if answer.kind == "redirect":
                self._follow(url, answer.target)
        one.is_ready = True
        self._next(host)

    def _of_given_up(self, one: _Host) -> Answer:
        if one.answered:
            return Answer("unchecked", reason="has a host that stopped answering")
        return Answer("failed", reason=f"has a host that did not answer {MOST_FAILURES} times in a row")

    def _follow(self, url: str, target: str) -> None:
        due = self._due(target, self._hops[url] + 1, wants_file=self._wants_file[url])
        if not due:
            return
        host = origin(due)
        self._hosts[host].waiting.append(due)
        if self._hosts[host].begun:
            self._next(host)
        else:
            self._begin(host)

    def _next(self, host: Host) -> None:
        """Ask the next addresses of a host, no more at once than it bears."""
        one = self._hosts[host]
        while one.is_ready and one.waiting and (one.verdict is not None or one.in_progress < AT_ONCE):
            url = one.waiting.popleft()
            if one.verdict is not None:
                self._note(url, msgspec.structs.replace(one.verdict))
                continue
            one.in_progress += 1
            self._submit(partial(self._ask, url))

    def _note(self, url: str, answer: Answer) -> None:
        before = self.answers.get(url)
        if before:
            answer.failing_since, answer.failed_at = before.failing_since, before.failed_at
        answer.asked_at = self._clock()
        self.answers[url] = answer
        self._fresh[url] = answer
        if len(self._fresh) >= _KEPT_TOGETHER:
            self._keep()

    def _keep(self) -> None:
        self._store.write({url: one for url, one in self._fresh.items() if one.kind != "unchecked"})
        self._fresh.clear()
        for host, delay in self._delays.items():
            self._store.write_delay(host, delay, self._clock())
        self._delays.clear()

    def _judged(self, wanted: Mapping[str, bool], begun: float) -> Iterator[tuple[str, Link]]:
        later = set(self._later)
        for url, wants_file in wanted.items():
            if url in later:
                yield url, Link("unchecked", "has a host that wants pauses: run again to check it")
                continue
            led = followed(url, self.answers.get, wants_file=wants_file)
            own = self.answers.get(url)
            if own is not None and led.asked_at >= begun:
                self._count(url, own, led)
            yield url, judged(led, own, self._options.broken_after)

    def _count(self, url: str, own: Answer, led: Answer) -> None:
        """Keep when a link failed first and last."""
        now = self._clock()
        if led.kind == "failed":
            own.failing_since, own.failed_at = own.failing_since or now, now
        elif led.kind == "works":
            own.failing_since = own.failed_at = 0.0
        else:
            return
        self._fresh[url] = own


def _most_open() -> int:
    """How many connections may be open at once, with the files of everything else."""
    try:
        import resource  # noqa: PLC0415 - Windows has none
    except ImportError:
        return 256
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return 10_000 if most == resource.RLIM_INFINITY else max(32, most - 128)


def _named(host: Host) -> str:
    scheme, name, port = host
    return f"{scheme}://{name}:{port}"
