"""The blocking driver of flows."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, TypeVar

from tuckan.transport.http import (
    HttpOptions,
    client_arguments,
    no_reply_of,
    reply_of,
    request_arguments,
    tell,
    tell_wait,
)
from tuckan.wire.flow import Outcome, Send, Wait

if TYPE_CHECKING:
    import httpx2

    from tuckan.wire.flow import Flow, NoReply, Reply, Request

T = TypeVar("T")


class SyncDriver:
    """Performs flows one step after the other; several threads may share it."""

    def __init__(self, options: HttpOptions | None = None) -> None:
        self._options = options or HttpOptions()
        self._http: httpx2.Client | None = None
        self._making = threading.Lock()

    def run(self, flow: Flow[T]) -> T:
        """Perform a flow to its end and give its value."""
        outcome: Outcome | None = None
        try:
            while True:
                step = flow.send(outcome)
                outcome = None
                if isinstance(step, Wait):
                    tell_wait(step)
                    time.sleep(step.seconds)
                else:
                    outcome = self._perform(step)
        except StopIteration as end:
            value: T = end.value
            return value
        finally:
            flow.close()

    def _perform(self, step: Send) -> Outcome:
        begun = time.monotonic()
        answer = self._send(step.request)
        outcome = Outcome(answer, time.monotonic() - begun)
        tell(step.request, outcome)
        return outcome

    def _send(self, request: Request) -> Reply | NoReply:
        import httpx2  # noqa: PLC0415 - see client_arguments

        with self._making:
            if self._http is None:
                self._http = httpx2.Client(**client_arguments(self._options))
            http = self._http
        try:
            with request_arguments(request) as arguments:
                return reply_of(http.request(**arguments))
        except httpx2.HTTPError as error:
            return no_reply_of(error)

    def close(self) -> None:
        """Close the connections."""
        if self._http is not None:
            self._http.close()
            self._http = None
