"""Flows: generators that decide, and what they may ask a driver to do.

A flow yields `Send`, `Fetch`, `Unpack`, `Wait`, `Local`, `Within` or `Both` and receives the outcome. Two short loops in `transport` run
flows, one blocking and one asynchronous, so that every decision is written once and tested without a network or a clock.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, TypeAlias, TypeVar

from msgspec import Struct, field

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

T = TypeVar("T")
Entered = TypeVar("Entered")
P = ParamSpec("P")

Body: TypeAlias = "bytes | Form | None"


class Form(Struct, frozen=True):
    """A body of fields, sent as multipart when it has files and as a plain form otherwise.

    Attributes:
        fields: names with a text, or several.
        files: names with the file to send: a path, an open binary file, or a `Source` of `transport`.
        digests: names of fields that are sent last, each with the name of the file whose SHA-256 it holds: taken while
            the file is being sent, so that it is read only once.
    """

    fields: Mapping[str, str | list[str]]
    files: Mapping[str, Any] = field(default_factory=dict[str, Any])
    digests: Mapping[str, str] = field(default_factory=dict[str, str])


class Request(Struct, frozen=True):
    """One HTTP request, as data; `repr` leaves out the headers, where the token is, and the body.

    Attributes:
        first: read so many bytes of the answer's body at most, as they come, without undoing a `Content-Encoding`.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: Body = None
    timeout: float | None = None
    first: int | None = None

    def __repr__(self) -> str:
        return f"Request({self.method!r}, {self.url!r}, timeout={self.timeout})"


_EDGE = 1024
"""How many bytes at the start or end of a body are inspected: stripping a large body would copy it."""


class Reply(Struct, frozen=True):
    """One HTTP answer; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes | bytearray

    def __repr__(self) -> str:
        return f"Reply({self.status}, {dict(self.headers)}, {len(self.body)} bytes)"

    @property
    def opening(self) -> bytes:
        """The start of the body, after leading whitespace."""
        return bytes(self.body[:_EDGE]).lstrip() or bytes(self.body).lstrip()[:_EDGE]

    @property
    def ending(self) -> bytes:
        """The end of the body, before trailing whitespace."""
        return bytes(self.body[-_EDGE:]).rstrip() or bytes(self.body).rstrip()[-_EDGE:]

    @property
    def content_type(self) -> str:
        """The media type without its parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class NetworkFailure(Struct, frozen=True):
    """A request without a complete answer.

    Attributes:
        kind: `connect`, `tls` or `no tls` (never sent), `timeout`, `broken`, `too large` or `encoding` (may have arrived).
        reason: the network's own error message, without secrets.
    """

    kind: Literal["connect", "timeout", "broken", "tls", "no tls", "too large", "encoding"]
    reason: str


class Send(Struct, frozen=True):
    """Asks the driver to send a request; it answers with an `Outcome`."""

    request: Request


class Wait(Struct, frozen=True):
    """Asks the driver to wait.

    Attributes:
        seconds: how many.
        trouble: why a retry follows, in a sentence.
    """

    seconds: float
    trouble: str = ""


class Outcome(Struct, frozen=True):
    """The outcome of a `Send`, and how many seconds it took."""

    answer: Reply | NetworkFailure
    seconds: float


class Accept(Struct, frozen=True):
    """What to do with an answer whose body is the file.

    Attributes:
        offset: the offset in the file at which the body starts; the file is truncated there first.
        note: metadata to store beside the file before its first byte, so that another run can resume it.
    """

    offset: int
    note: Mapping[str, Any] = field(default_factory=dict[str, Any])


class Fetch(Struct, frozen=True):
    """Asks the driver to send a request and to write the body of its answer to a file; it answers with a `FetchOutcome`.

    Attributes:
        request: what to send.
        into: the path of the file.
        keep: decides from the status, the headers and the first bytes of the body; None if it is not the file.
        most: the maximum size of the file in bytes, or None.
        hashes: the hashes to compute over the whole file.
        tell: called with the size of each chunk received.
    """

    request: Request
    into: str
    keep: Callable[[Reply], Accept | None]
    most: int | None = None
    hashes: tuple[str, ...] = ("sha256",)
    tell: Callable[[int], object] = bool


class Fetched(Struct, frozen=True):
    """An answer whose body was accepted as the file.

    Attributes:
        status: its status.
        headers: its headers; names are in lower case.
        size: bytes that the file has now.
        opening: the first bytes of the file.
        hashes: the hashes of the whole file, by name; empty if it is incomplete.
        broken: the failure that interrupted it, or None if it is complete.
        too_large: whether it was abandoned because it exceeds the limit.
    """

    status: int
    headers: Mapping[str, str]
    size: int
    hashes: Mapping[str, str] = field(default_factory=dict[str, str])
    broken: NetworkFailure | None = None
    too_large: bool = False
    opening: bytes = b""


class Unpack(Struct, frozen=True):
    """Asks the driver to undo the `Content-Encoding` of a complete file; it answers with a `FetchOutcome`.

    Attributes:
        fetched: the file as received.
        into: its path; the decoded file replaces it.
        codings: the codings to undo, in this order.
        most: the maximum size of the decoded file in bytes, or None.
        hashes: the hashes to compute.
    """

    fetched: Fetched
    into: str
    codings: tuple[str, ...]
    most: int | None = None
    hashes: tuple[str, ...] = ("sha256",)


class FetchOutcome(Struct, frozen=True):
    """The outcome of a `Fetch` or an `Unpack`, and how many seconds it took; a rejected answer is a `Reply`."""

    answer: Fetched | Reply | NetworkFailure
    seconds: float


class Local(Struct, frozen=True):
    """Asks the driver to call a function that reads or writes files, or computes for long; it answers with a `LocalOutcome`."""

    work: Callable[[], Any]


class Within(Struct, frozen=True):
    """Asks the driver to perform another flow within a context, such as an open file; it answers with a `LocalOutcome`.

    Attributes:
        context: what the driver enters before the flow and exits after it, however the flow ends.
        flow: makes the flow, from what entering the context gave.
    """

    context: AbstractContextManager[Any, bool | None]
    flow: Callable[[Any], Flow[Any]]


class Both(Struct, frozen=True):
    """Asks the driver to perform two flows at the same time; it answers with a `LocalOutcome` when both have ended.

    Attributes:
        check: its error is the outcome, if it raises one.
        flow: otherwise its value or error is the outcome.
    """

    check: Flow[Any]
    flow: Flow[Any]


class LocalOutcome(Struct, frozen=True):
    """What came of a `Local`, a `Within` or a `Both`: a value, or the error that it raised."""

    value: Any = None
    error: Exception | None = None


Step: TypeAlias = Send | Fetch | Unpack | Wait | Local | Within | Both
StepOutcome: TypeAlias = Outcome | FetchOutcome | LocalOutcome | None
Flow: TypeAlias = Generator[Step, StepOutcome, T]


def send(request: Request) -> Flow[Outcome]:
    """Send one request and return its outcome, as a flow to `yield from`."""
    outcome = yield Send(request)
    if not isinstance(outcome, Outcome):  # pragma: no cover - a mistake in a driver
        raise TypeError("a driver must answer Send with an Outcome")
    return outcome


def fetch(step: Fetch | Unpack) -> Flow[FetchOutcome]:
    """Fetch or decode a file and return the outcome, as a flow to `yield from`."""
    brought = yield step
    if not isinstance(brought, FetchOutcome):  # pragma: no cover - a mistake in a driver
        raise TypeError("a driver must answer Fetch and Unpack with a FetchOutcome")
    return brought


def locally(work: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> Flow[T]:
    """Call a function that reads or writes files, and return what it returns, as a flow to `yield from`."""
    value: T = yield from _local(Local(partial(work, *arguments, **named)))
    return value


def within(context: AbstractContextManager[Entered, bool | None], flow: Callable[[Entered], Flow[T]]) -> Flow[T]:
    """Perform a flow within a context, and return its value, as a flow to `yield from`."""
    value: T = yield from _local(Within(context, flow))
    return value


def both(check: Flow[Any], flow: Flow[T]) -> Flow[T]:
    """Perform a flow beside another that checks whether its value holds, and return it, as a flow to `yield from`."""
    value: T = yield from _local(Both(check, flow))
    return value


def _local(step: Local | Within | Both) -> Flow[Any]:
    outcome = yield step
    if not isinstance(outcome, LocalOutcome):  # pragma: no cover - a mistake in a driver
        raise TypeError("a driver must answer Local, Within and Both with a LocalOutcome")
    if outcome.error is not None:
        raise outcome.error
    return outcome.value
