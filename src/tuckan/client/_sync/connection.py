# Generated from src/tuckan/client/_async/connection.py by scripts/unasync.py: change that file, then run `make fix`.
"""A connection to one portal: what all namespaces of a client share."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, TypeVar

from tuckan.actions import call_for, why_absent
from tuckan.client.logs import add_log
from tuckan.concurrency import Pace, Progress, Waiting, as_done, at_a_terminal, in_order
from tuckan.errors import ActionNotFound, TuckanError
from tuckan.transport import sources
from tuckan.wire.call import Call
from tuckan.wire.execute import calling
from tuckan.wire.redaction import without_secrets_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from tuckan.transport import SyncDriver
    from tuckan.wire.flow import Flow
    from tuckan.wire.portal_state import Memory

T = TypeVar("T")


class Connection:
    """What is known of a portal, and the driver that talks to it.

    Args:
        memory: what is known of the portal.
        driver: performs flows.
        concurrency: how many requests at once at most.
        progress: whether to show progress; None shows it when somebody watches.
        profile: the name of the profile that names the portal, if one does.
    """

    def __init__(
        self, memory: Memory, driver: SyncDriver, *, concurrency: int, progress: bool | None, profile: str = ""
    ) -> None:
        self.memory = memory
        self._driver = driver
        self.concurrency = concurrency
        self._progress = progress
        self.profile = profile
        self._waiting = Waiting(memory.address.site) if progress is not False and at_a_terminal() else None
        if self._waiting:
            driver.on_trouble = self._waiting.tell

    @property
    def place(self) -> str:
        """The portal in words: its address, and the profile that names it."""
        return self.memory.address.site + (f" (profile {self.profile})" if self.profile else "")

    def run(self, flow: Flow[T]) -> T:
        """Perform a flow; at a terminal, a line says so when it takes long."""
        try:
            with self._waiting or nullcontext():
                return self._driver.run(flow)
        except TuckanError as error:
            add_log(error, self.memory.address.site)
            without_secrets_of(error, self.memory.secrets)
            raise

    def aside(self, function: Callable[..., T], *arguments: Any) -> T:
        """Do work on this machine that takes a while, such as hashing a file, while others go on."""
        return self._driver.aside(function, *arguments)

    def call(
        self,
        action: str,
        params: Mapping[str, Any],
        *,
        files: Mapping[str, Any] | None = None,
        timeout: float | None = None,
        as_is: bool = True,
    ) -> Any:
        """Call an action and give its result; where the portal does not have it, the error tells what it lacks."""
        try:
            call = call_for(action, params, files=sources(files or {}), timeout=timeout, as_is=as_is)
            return self.run(calling(call, self.memory))
        except ActionNotFound as error:
            error.hint = why_absent(action, self._status())
            raise

    def _status(self) -> Mapping[str, Any]:
        """What the portal is, as far as it tells."""
        try:
            status = self.run(calling(Call("status_show", read_only=True), self.memory))
        except TuckanError:
            return {}
        return status if isinstance(status, dict) else {}

    def side_by_side(self, work: Iterable[Callable[[], T]]) -> Iterator[T]:
        """Do pieces of work side by side, as many as the portal bears, and give their results in order."""
        pace = Pace(self.concurrency, troubles=self.memory.troubles)
        return in_order(work, pace, lambda: self.memory.troubles)

    def as_done(
        self,
        work: Iterable[tuple[str, Callable[[], T]]],
        memory: Memory,
        *,
        alike: bool = True,
        pace: Pace | None = None,
    ) -> Iterator[T]:
        """Do pieces of work side by side and give each result as it comes; never two on one subject at once.

        Args:
            work: the pieces, each with its subject.
            memory: the portal whose troubles slow them down.
            alike: whether they take about as long as each other, so that the time they take tells how the portal fares.
            pace: how many at once, for whoever wants to see when it ends; in place of one made here.
        """
        pace = pace or Pace(self.concurrency, alike, memory.troubles)
        return as_done(work, pace, lambda: memory.troubles)

    def progress(self, label: str, *, total: int | None = None, unit: str = "datasets") -> Progress:
        """A bar for a long piece of work."""
        return Progress(label, total=total, unit=unit, show=self._progress)

    def close(self) -> None:
        """Close it."""
        self._driver.close()
