"""The blocking driver of flows."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from typing import TYPE_CHECKING, Any, TypeVar

from tuckan.errors import Cancelled, ClientClosed
from tuckan.transport.body_buffer import Body, OutOfBounds
from tuckan.transport.http import (
    HttpOptions,
    bound_headers,
    client_arguments,
    is_secure,
    nested_too_deeply,
    network_failure_of,
    public_hosts_only,
    read_more_at_once,
    reply_of,
    request_arguments,
    tell,
    tell_wait,
)
from tuckan.wire.flow import Both, Fetch, FetchOutcome, Local, LocalOutcome, Outcome, Unpack, Wait, Within

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    import httpx2

    from tuckan.wire.flow import Fetched, Flow, NetworkFailure, Reply, Request, Send, StepOutcome

T = TypeVar("T")

_given_up: ContextVar[threading.Event | None] = ContextVar("given_up", default=None)


@contextmanager
def until(given_up: threading.Event) -> Generator[None]:
    """Run flows in this thread only while their result is needed.

    Once the event is set, a flow that would wait raises `Cancelled`; a request in progress is not interrupted.
    """
    token = _given_up.set(given_up)
    try:
        yield
    finally:
        _given_up.reset(token)


def _wait(seconds: float) -> None:
    given_up = _given_up.get()
    if given_up is None:
        time.sleep(seconds)
    elif given_up.wait(seconds):
        raise Cancelled("The work was abandoned.", hint="A job can be resumed later: tuckan job resume last")


class SyncDriver:
    """Runs flows step by step; threads may share it.

    Attributes:
        options: how to connect.
        on_trouble: called with the reason for a retry, before the pause.
    """

    def __init__(self, options: HttpOptions | None = None) -> None:
        self.options = options or HttpOptions()
        self._trace = public_hosts_only if self.options.public_only else bound_headers
        self.on_trouble: Callable[[str], object] = bool
        self._closed = False
        self._http: dict[bool, httpx2.Client] = {}
        self._making = threading.Lock()

    def run(self, flow: Flow[T]) -> T:
        """Run a flow to its end and return its value."""
        outcome: StepOutcome = None
        try:
            while True:
                step = flow.send(outcome)
                outcome = None
                if isinstance(step, Wait):
                    tell_wait(step)
                    if step.trouble:
                        self.on_trouble(step.trouble)
                    _wait(step.seconds)
                elif isinstance(step, (Local, Within)):
                    outcome = self._locally(step)
                elif isinstance(step, Both):
                    outcome = self._both(step)
                else:
                    outcome = self._perform(step)
        except StopIteration as end:
            value: T = end.value
            return value
        except RecursionError:
            raise nested_too_deeply() from None
        finally:
            flow.close()

    def _perform(self, step: Send | Fetch | Unpack) -> Outcome | FetchOutcome:
        begun = time.monotonic()
        outcome: Outcome | FetchOutcome
        if isinstance(step, Unpack):
            from tuckan.transport.download_writer import unpacked  # noqa: PLC0415 - only for files

            return FetchOutcome(unpacked(step), time.monotonic() - begun)
        if isinstance(step, Fetch):
            brought = self._fetch(step)
            outcome = FetchOutcome(brought, time.monotonic() - begun)
        else:
            answer = self._send(step.request)
            outcome = Outcome(answer, time.monotonic() - begun)
        tell(step.request, outcome)
        return outcome

    def _both(self, step: Both) -> LocalOutcome:
        """Perform the check in a thread, as it only reads: an interrupted process does not wait for it."""
        checked: list[LocalOutcome] = []
        context = copy_context()
        thread = threading.Thread(
            target=lambda: checked.append(context.run(self._outcome_of, step.check)), name="tuckan-check", daemon=True
        )
        thread.start()
        outcome = self._outcome_of(step.flow)
        thread.join()
        return checked[0] if checked[0].error else outcome

    def _outcome_of(self, flow: Flow[Any]) -> LocalOutcome:
        try:
            return LocalOutcome(self.run(flow))
        except Exception as error:  # noqa: BLE001 - the flow raises it
            return LocalOutcome(error=error)

    def _locally(self, step: Local | Within) -> LocalOutcome:
        try:
            if isinstance(step, Local):
                return LocalOutcome(step.work())
            with step.context as entered:
                return LocalOutcome(self.run(step.flow(entered)))
        except Exception as error:  # noqa: BLE001 - the flow raises it
            return LocalOutcome(error=error)

    def _send(self, request: Request) -> Reply | NetworkFailure:
        import httpx2  # noqa: PLC0415 - see client_arguments

        try:
            with (
                request_arguments(request, self._trace) as arguments,
                self._client(request.url).stream(**arguments) as response,
            ):
                body = self._body(request, response)
                if body.is_large:
                    read_more_at_once(response)
                for piece in response.iter_bytes() if request.first is None else response.iter_raw():
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

    def _fetch(self, step: Fetch) -> Fetched | Reply | NetworkFailure:
        import httpx2  # noqa: PLC0415 - see client_arguments

        from tuckan.transport.download_writer import Arriving  # noqa: PLC0415 - only for files

        arriving = Arriving(step)
        try:
            with (
                request_arguments(step.request, bound_headers) as arguments,
                self._client(step.request.url).stream(**arguments) as response,
            ):
                arriving.begin(response.status_code, response.headers)
                read_more_at_once(response)
                for piece in response.iter_raw():
                    if not arriving.feed(piece):
                        break
            return arriving.end()
        except httpx2.HTTPError as error:
            return arriving.broken(network_failure_of(error))
        finally:
            arriving.close()

    def _client(self, url: str) -> httpx2.Client:
        import httpx2  # noqa: PLC0415 - see client_arguments

        if self._closed:
            raise ClientClosed("This client is closed.", hint="Create a new one, or close it later.")
        secure = is_secure(url)
        with self._making:
            if secure not in self._http:
                self._http[secure] = httpx2.Client(**client_arguments(self.options, secure=secure))
            return self._http[secure]

    def to_thread(self, function: Callable[..., T], *arguments: Any) -> T:
        """Run slow local work; blocking code waits for it anyway."""
        return function(*arguments)

    def close(self) -> None:
        """Close the connections; nothing can be sent afterwards."""
        self._closed = True
        while self._http:
            self._http.popitem()[1].close()
