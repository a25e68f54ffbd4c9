"""The asynchronous driver of flows."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, TypeVar

from tuckan.errors import ClientClosed
from tuckan.transport.body_buffer import Body, OutOfBounds
from tuckan.transport.http import (
    HttpOptions,
    bound_headers_async,
    client_arguments,
    is_secure,
    nested_too_deeply,
    network_failure_of,
    read_more_at_once,
    reply_of,
    request_arguments,
    tell,
    tell_wait,
)
from tuckan.wire.flow import Both, Fetch, FetchOutcome, Local, LocalOutcome, Outcome, Unpack, Wait, Within

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx2

    from tuckan.wire.flow import Fetched, Flow, NetworkFailure, Reply, Request, Send, StepOutcome

T = TypeVar("T")


class AsyncDriver:
    """Runs flows in a running event loop; tasks may share it.

    Attributes:
        options: how to connect.
        on_trouble: called with the reason for a retry, before the pause.
    """

    def __init__(self, options: HttpOptions | None = None) -> None:
        self.options = options or HttpOptions()
        self.on_trouble: Callable[[str], object] = bool
        self._closed = False
        self._http: dict[bool, httpx2.AsyncClient] = {}

    async def run(self, flow: Flow[T]) -> T:
        """Run a flow to its end and return its value."""
        import asyncio  # noqa: PLC0415 - blocking code does without it, and it costs as much as a request

        outcome: StepOutcome = None
        try:
            while True:
                step = flow.send(outcome)
                outcome = None
                if isinstance(step, Wait):
                    tell_wait(step)
                    if step.trouble:
                        self.on_trouble(step.trouble)
                    await asyncio.sleep(step.seconds)
                elif isinstance(step, (Local, Within)):
                    outcome = await self._locally(step)
                elif isinstance(step, Both):
                    outcome = await self._both(step)
                else:
                    outcome = await self._perform(step)
        except StopIteration as end:
            value: T = end.value
            return value
        except RecursionError:
            raise nested_too_deeply() from None
        finally:
            flow.close()

    async def _perform(self, step: Send | Fetch | Unpack) -> Outcome | FetchOutcome:
        begun = time.monotonic()
        outcome: Outcome | FetchOutcome
        if isinstance(step, Unpack):
            from tuckan.transport.download_writer import unpacked  # noqa: PLC0415 - only for files

            return FetchOutcome(await self.to_thread(unpacked, step), time.monotonic() - begun)
        if isinstance(step, Fetch):
            brought = await self._fetch(step)
            outcome = FetchOutcome(brought, time.monotonic() - begun)
        else:
            answer = await self._send(step.request)
            outcome = Outcome(answer, time.monotonic() - begun)
        tell(step.request, outcome)
        return outcome

    async def _both(self, step: Both) -> LocalOutcome:
        import asyncio  # noqa: PLC0415 - as above

        check = asyncio.create_task(self._outcome_of(step.check))
        try:
            outcome = await self._outcome_of(step.flow)
            checked = await check
        finally:
            check.cancel()
        return checked if checked.error else outcome

    async def _outcome_of(self, flow: Flow[Any]) -> LocalOutcome:
        try:
            return LocalOutcome(await self.run(flow))
        except Exception as error:  # noqa: BLE001 - the flow raises it
            return LocalOutcome(error=error)

    async def _locally(self, step: Local | Within) -> LocalOutcome:
        try:
            if isinstance(step, Local):
                return LocalOutcome(await self.to_thread(step.work))
            return LocalOutcome(await self._within(step))
        except Exception as error:  # noqa: BLE001 - the flow raises it
            return LocalOutcome(error=error)

    async def _within(self, step: Within) -> Any:
        context = step.context
        entered = await self.to_thread(context.__enter__)
        try:
            value = await self.run(step.flow(entered))
        except BaseException as error:
            await self.to_thread(context.__exit__, type(error), error, error.__traceback__)
            raise
        await self.to_thread(context.__exit__, None, None, None)
        return value

    async def _send(self, request: Request) -> Reply | NetworkFailure:
        import httpx2  # noqa: PLC0415 - see client_arguments

        try:
            with request_arguments(request, bound_headers_async) as arguments:
                async with self._client(request.url).stream(**arguments) as response:
                    body = self._body(request, response)
                    if body.is_large:
                        read_more_at_once(response)
                    async for piece in response.aiter_bytes() if request.first is None else response.aiter_raw():
                        body.take(piece)
                        if body.is_full:
                            break
                    return reply_of(response, body)
        except OutOfBounds as error:
            return error.answer
        except httpx2.HTTPError as error:
            return network_failure_of(error)

    def _body(self, request: Request, response: httpx2.Response) -> Body:
        return Body(response.headers, max_bytes=self.options.max_bytes, timeout=request.timeout, first=request.first)

    async def _fetch(self, step: Fetch) -> Fetched | Reply | NetworkFailure:
        import httpx2  # noqa: PLC0415 - see client_arguments

        from tuckan.transport.download_writer import Arriving  # noqa: PLC0415 - only for files

        arriving = Arriving(step)
        try:
            with request_arguments(step.request, bound_headers_async) as arguments:
                async with self._client(step.request.url).stream(**arguments) as response:
                    arriving.begin(response.status_code, response.headers)
                    read_more_at_once(response)
                    async for piece in response.aiter_raw():
                        if not arriving.feed(piece):
                            break
            return await self.to_thread(arriving.end)
        except httpx2.HTTPError as error:
            return arriving.broken(network_failure_of(error))
        finally:
            arriving.close()

    def _client(self, url: str) -> httpx2.AsyncClient:
        import httpx2  # noqa: PLC0415 - see client_arguments

        if self._closed:
            raise ClientClosed("This client is closed.", hint="Create a new one, or close it later.")
        secure = is_secure(url)
        if secure not in self._http:
            self._http[secure] = httpx2.AsyncClient(**client_arguments(self.options, secure=secure))
        return self._http[secure]

    async def to_thread(self, function: Callable[..., T], *arguments: Any) -> T:
        """Run slow local work in a thread, so that the event loop is not blocked."""
        import asyncio  # noqa: PLC0415 - see `run`

        return await asyncio.to_thread(function, *arguments)

    async def close(self) -> None:
        """Close the connections; nothing can be sent afterwards."""
        self._closed = True
        while self._http:
            await self._http.popitem()[1].aclose()
