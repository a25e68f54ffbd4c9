# Generated from src/tuckan/client/_async/connection.py by scripts/unasync.py: change that file, then run `make fix`.
"""A connection to one portal: what all namespaces of a client share."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, TypeVar

from tuckan.actions import call_for, why_absent
from tuckan.client.logs import add_log
from tuckan.concurrency import AdaptiveLimit, Progress, Waiting, as_done, at_a_terminal, in_order
from tuckan.config.remembered import remember
from tuckan.errors import ActionNotFound, TuckanError
from tuckan.transport import sources
from tuckan.wire.call import Call
from tuckan.wire.execute import complete, execute

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from tuckan.transport import HttpOptions, SyncDriver
    from tuckan.wire.flow import Flow
    from tuckan.wire.portal_state import PortalState

T = TypeVar("T")


class Connection:
    """What is known of a portal, and the driver that talks to it.

    Args:
        portal_state: what is known of the portal.
        driver: performs flows.
        concurrency: how many requests at once at most.
        progress: whether to show progress; None shows it when somebody watches.
        profile: the name of the profile that names the portal, if one does.
    """

    def __init__(
        self,
        portal_state: PortalState,
        driver: SyncDriver,
        *,
        concurrency: int,
        progress: bool | None,
        profile: str = "",
    ) -> None:
        self.portal_state = portal_state
        portal_state.checks_beside = concurrency > 1
        self._driver = driver
        self.concurrency = concurrency
        self._progress = progress
        self.profile = profile
        self._waiting = Waiting(portal_state.address.site) if progress is not False and at_a_terminal() else None
        if self._waiting:
            driver.on_trouble = self._waiting.tell

    @property
    def place(self) -> str:
        """The portal, for messages: its address and profile."""
        return self.portal_state.address.site + (f" (profile {self.profile})" if self.profile else "")

    @property
    def http(self) -> HttpOptions:
        """How to connect, for what does not talk to the portal."""
        return self._driver.options

    @property
    def shows_progress(self) -> bool | None:
        """Whether to show progress; None shows it when somebody watches."""
        return self._progress

    def run(self, flow: Flow[T]) -> T:
        """Perform a flow; at a terminal, a line says so when it takes long."""
        try:
            with self._waiting or nullcontext():
                return self._driver.run(flow)
        except TuckanError as error:
            add_log(error, self.portal_state.address.site)
            complete(error, self.portal_state)
            raise

    def to_thread(self, function: Callable[..., T], *arguments: Any) -> T:
        """Do work on this machine that takes a while, such as hashing a file, while others go on."""
        return self._driver.to_thread(function, *arguments)

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
            return self.run(execute(call, self.portal_state))
        except ActionNotFound as error:
            error.hint = why_absent(action, self._status())
            raise

    def _status(self) -> Mapping[str, Any]:
        """What the portal is, as far as it tells."""
        try:
            status = self.run(execute(Call("status_show", read_only=True), self.portal_state))
        except TuckanError:
            return {}
        return status if isinstance(status, dict) else {}

    def side_by_side(self, work: Iterable[Callable[[], T]]) -> Iterator[T]:
        """Do pieces of work side by side, as many as the portal bears, and give their results in order."""
        adaptive_limit = AdaptiveLimit(self.concurrency, troubles=self.portal_state.troubles)
        return in_order(work, adaptive_limit, lambda: self.portal_state.troubles)

    def as_done(
        self,
        work: Iterable[tuple[str, Callable[[], T]]],
        portal_state: PortalState,
        *,
        alike: bool = True,
        adaptive_limit: AdaptiveLimit | None = None,
    ) -> Iterator[T]:
        """Do pieces of work side by side and give each result as it comes; never two on one subject at once.

        Args:
            work: the pieces, each with its subject.
            portal_state: the portal whose troubles slow them down.
            alike: whether they take about as long as each other, so that the time they take tells how the portal fares.
            adaptive_limit: the concurrency limit, if the caller shares one; by default a new one.
        """
        adaptive_limit = adaptive_limit or AdaptiveLimit(self.concurrency, alike, portal_state.troubles)
        return as_done(work, adaptive_limit, lambda: portal_state.troubles)

    def progress(self, label: str, *, total: int | None = None, unit: str = "datasets") -> Progress:
        """A bar for a long piece of work."""
        return Progress(label, total=total, unit=unit, show=self._progress)

    def close(self) -> None:
        """Close it, and keep what was found out about the portal of a profile."""
        if self.profile:
            state = self.portal_state
            self._driver.to_thread(remember, self.profile, state.address.site, state.limitations)
        self._driver.close()
