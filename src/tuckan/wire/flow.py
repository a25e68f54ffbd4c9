"""Flows: generators that decide, and the three things they may ask a driver to do.

A flow yields `Send` or `Wait` and is sent back what came of it. Two short loops in `transport` perform flows, one
blocking and one asynchronous, so that every decision is written once and tested without a network or a clock.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, TypeVar

T = TypeVar("T")

Body: TypeAlias = "bytes | Form | None"


@dataclass(frozen=True, slots=True)
class Form:
    """A body of fields, sent as multipart when it has files and as a plain form otherwise.

    Attributes:
        fields: names with text values.
        files: names with the file to send: a path or an open binary file.
    """

    fields: Mapping[str, str]
    files: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, as data; `repr` leaves out the headers, where the token is."""

    method: Literal["GET", "POST"]
    url: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    body: Body = field(default=None, repr=False)
    timeout: float | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP answer; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def content_type(self) -> str:
        """The media type without its parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class NoReply:
    """A request without a whole answer.

    Attributes:
        kind: `connect` (never sent), `timeout` or `broken` (may have arrived).
        reason: what the network said, in its words, without secrets.
    """

    kind: Literal["connect", "timeout", "broken", "tls"]
    reason: str


@dataclass(frozen=True, slots=True)
class Send:
    """Asks the driver to send a request; it answers with an `Outcome`."""

    request: Request


@dataclass(frozen=True, slots=True)
class Wait:
    """Asks the driver to let some seconds pass."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a `Send`, and how many seconds it took."""

    answer: Reply | NoReply
    seconds: float


Step: TypeAlias = Send | Wait
Flow: TypeAlias = Generator[Step, Outcome | None, T]


def send(request: Request) -> Flow[Outcome]:
    """Send one request and return its outcome, as a flow to `yield from`."""
    outcome = yield Send(request)
    if outcome is None:  # pragma: no cover - a driver that answers Send with nothing is a programming error
        raise TypeError("a driver must answer Send with an Outcome")
    return outcome
