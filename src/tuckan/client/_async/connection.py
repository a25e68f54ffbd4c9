"""A connection to one portal: what all namespaces of a client share."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, TypeVar

from tuckan.actions import call_for, why_absent
from tuckan.client.logs import add_log
from tuckan.concurrency import AdaptiveLimit, Progress, Waiting, async_as_done, async_in_order, at_a_terminal
from tuckan.config.remembered import remember
from tuckan.errors import ActionNotFound, TuckanError
from tuckan.transport import sources
from tuckan.wire.call import Call
from tuckan.wire.execute import complete, execute

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping

    from tuckan.transport import AsyncDriver, HttpOptions
    from tuckan.wire.flow import Flow
    from tuckan.wire.portal_state import PortalState

T = TypeVar("T")


class AsyncConnection:
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
        driver: AsyncDriver,
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

    async def run(self, flow: Flow[T]) -> T:
        """Perform a flow; at a terminal, a line says so when it takes long."""
        try:
            with self._waiting or nullcontext():
                return await self._driver.run(flow)
        except TuckanError as error:
            add_log(error, self.portal_state.address.site)
            complete(error, self.portal_state)
            raise

    async def to_thread(self, function: Callable[..., T], *arguments: Any) -> T:
        """Do work on this machine that takes a while, such as hashing a file, while others go on."""
        return await self._driver.to_thread(function, *arguments)

    async def call(
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
            return await self.run(execute(call, self.portal_state))
        except ActionNotFound as error:
            error.hint = why_absent(action, await self._status())
            raise

    async def _status(self) -> Mapping[str, Any]:
        """What the portal is, as far as it tells."""
        try:
            status = await self.run(execute(Call("status_show", read_only=True), self.portal_state))
        except TuckanError:
            return {}
        return status if isinstance(status, dict) else {}

    def side_by_side(self, work: Iterable[Callable[[], Awaitable[T]]]) -> AsyncIterator[T]:
        """Do pieces of work side by side, as many as the portal bears, and give their results in order."""
        adaptive_limit = AdaptiveLimit(self.concurrency, troubles=self.portal_state.troubles)
        return async_in_order(work, adaptive_limit, lambda: self.portal_state.troubles)

    def as_done(
        self,
        work: Iterable[tuple[str, Callable[[], Awaitable[T]]]],
        portal_state: PortalState,
        *,
        alike: bool = True,
        adaptive_limit: AdaptiveLimit | None = None,
    ) -> AsyncIterator[T]:
        """Do pieces of work side by side and give each result as it comes; never two on one subject at once.

        Args:
            work: the pieces, each with its subject.
            portal_state: the portal whose troubles slow them down.
            alike: whether they take about as long as each other, so that the time they take tells how the portal fares.
            adaptive_limit: the concurrency limit, if the caller shares one; by default a new one.
        """
        adaptive_limit = adaptive_limit or AdaptiveLimit(self.concurrency, alike, portal_state.troubles)
        return async_as_done(work, adaptive_limit, lambda: portal_state.troubles)

    def progress(self, label: str, *, total: int | None = None, unit: str = "datasets") -> Progress:
        """A bar for a long piece of work."""
        return Progress(label, total=total, unit=unit, show=self._progress)

    async def close(self) -> None:
        """Close it, and keep what was found out about the portal of a profile."""
        if self.profile:
            state = self.portal_state
            await self._driver.to_thread(remember, self.profile, state.address.site, state.limitations)
        await self._driver.close()
