"""The HTTP library: code that both drivers share. Its types are not used outside this room."""

from __future__ import annotations

import functools
import logging
import os
import socket
import ssl
import time
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from tuckan.errors import ConfigurationError, Hint, InvalidArgument, NotCKAN
from tuckan.transport.addresses import is_private
from tuckan.transport.body_buffer import MAX_ANSWER_BYTES
from tuckan.transport.hashing import PIECE
from tuckan.transport.upload_source import Digest, Source
from tuckan.wire.flow import Fetched, Form, NetworkFailure, Reply, Wait
from tuckan.wire.redaction import redacted, secrets_in

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    import httpx2

    from tuckan.transport.body_buffer import Body
    from tuckan.wire.flow import FetchOutcome, Outcome, Request

CONNECT_SECONDS = 10.0

_log = logging.getLogger("tuckan.transport")


class HttpOptions(msgspec.Struct, frozen=True):
    """Connection options; `repr` leaves out the proxy, whose address may contain a password.

    Attributes:
        verify: True for the system's certificates, the path of an authority's certificates, or False to verify nothing.
        proxy: the address of a proxy, or None to use the environment.
        connections: the maximum number of open connections.
        max_bytes: the maximum size of an answer, decompressed; downloaded files have their own limit.
        public_only: send nothing to hosts with private addresses; of the blocking driver, without a proxy.
    """

    verify: bool | str = True
    proxy: str | None = None
    connections: int = 32
    max_bytes: int = MAX_ANSWER_BYTES
    public_only: bool = False

    def __repr__(self) -> str:
        return f"HttpOptions(verify={self.verify!r})"


def is_secure(url: str) -> bool:
    """Whether a request to this address is encrypted; true for every scheme except http."""
    return not url.lower().startswith("http://")


def client_arguments(options: HttpOptions, *, secure: bool) -> dict[str, Any]:
    """The arguments of the library's client, the same for blocking and asynchronous.

    Args:
        options: the connection options.
        secure: whether it is for encrypted requests. Others do not need certificates, which take 15 ms to load.
    """
    import httpx2  # noqa: PLC0415 - it costs 150 ms, which `tuckan --help` must not pay

    _check_proxies(options.proxy)
    return {
        "verify": secure and _verified(options.verify),
        "proxy": options.proxy,
        "follow_redirects": False,
        "limits": httpx2.Limits(
            max_connections=options.connections,
            max_keepalive_connections=options.connections,
            keepalive_expiry=15.0,
        ),
    }


def _check_proxies(given: str | None) -> None:
    """Refuse proxies that the HTTP library would refuse with a traceback.

    Messages omit their addresses, which may contain passwords.
    """
    from importlib.util import find_spec  # noqa: PLC0415 - the HTTP library loads both too
    from urllib.request import getproxies  # noqa: PLC0415

    usable = {"http", "https"} | ({"socks5", "socks5h"} if find_spec("socksio") else set())
    named = {f"{kind.upper()}_PROXY": one for kind, one in getproxies().items() if kind in ("http", "https", "all")}
    if given is not None:
        named["proxy="] = given
    for name, address in named.items():
        scheme = address.partition("://")[0].lower() if "://" in address else "http"
        if scheme in usable and _has_host(address if "://" in address else f"http://{address}"):
            continue
        what = "is no address" if scheme in usable else f"has an unsupported scheme: {scheme}"
        raise ConfigurationError(
            f"The proxy that {name} names {what}.",
            hint="Set it to something like http://proxy.example.org:3128, or unset it.",
        )


def _has_host(address: str) -> bool:
    import httpx2  # noqa: PLC0415 - see client_arguments

    try:
        return bool(httpx2.URL(address).host)
    except (httpx2.InvalidURL, ValueError):
        return False


def _verified(by: bool | str) -> bool | ssl.SSLContext:
    named = os.environ.get("SSL_CERT_FILE") if by is True else None
    if isinstance(by, bool) and not named:
        return by
    try:
        return ssl.create_default_context(cafile=named or str(by))
    except (OSError, ssl.SSLError) as error:
        where = ", which SSL_CERT_FILE names," if named else ""
        raise ConfigurationError(
            f"The certificates in {named or by!r}{where} cannot be read: {error.strerror or error}.",
            hint="Give the path of a file in PEM format" + Hint(", or True for the system's certificates.", "."),
        ) from error


@contextmanager
def request_arguments(request: Request, trace: Callable[..., Any]) -> Generator[dict[str, Any], None, None]:
    """The library's arguments for a request, with the files to send opened for its duration.

    Args:
        request: what to send.
        trace: receives the library's trace events: `bound_headers`, or its asynchronous form.
    """
    arguments: dict[str, Any] = {
        "method": request.method,
        "url": _address(request.url),
        "headers": dict(request.headers),
        "timeout": _timeout(request.timeout),
        "extensions": {"trace": trace},
    }
    if not isinstance(request.body, Form):
        yield {**arguments, "content": request.body}
        return
    with ExitStack() as stack:  # which closes the first file if the second can't be opened
        opened: dict[str, Any] = {}
        for name, source in request.body.files.items():
            opened[name], ours = _open(source)
            if ours:
                stack.callback(opened[name].close)
        files: list[tuple[str, tuple[str | None, Any]]] = [
            (name, (_name_of(request.body.files[name], file, name), file)) for name, file in opened.items()
        ]
        # A part without a file name is a field; it follows the file whose hash it has.
        files += [(name, (None, Digest(request.body.files[of]))) for name, of in request.body.digests.items()]
        yield {**arguments, "data": dict(request.body.fields), "files": files or None}


@functools.lru_cache
def _timeout(seconds: float | None) -> httpx2.Timeout:
    import httpx2  # noqa: PLC0415 - see client_arguments

    return httpx2.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds or CONNECT_SECONDS), pool=None)


@functools.lru_cache
def _address(url: str) -> httpx2.URL:
    import httpx2  # noqa: PLC0415 - see client_arguments

    try:
        return httpx2.URL(url)
    except httpx2.InvalidURL as error:
        host = url.partition("://")[2].partition("/")[0]
        raise ConfigurationError(
            f"{host!r} is not a valid host name: {error}.",
            hint="Check the portal's address: it may contain a typo.",
        ) from None


def _name_of(source: Any, file: Any, otherwise: str) -> str:
    return source.name if isinstance(source, Source) else Path(str(getattr(file, "name", otherwise))).name


def _open(source: Any) -> tuple[Any, bool]:
    """A file to send, and whether tuckan must close it."""
    if isinstance(source, Source):
        return source.open(), True
    if isinstance(source, (str, Path)):
        try:
            return Path(source).open("rb"), True
        except OSError as error:
            raise InvalidArgument(
                f"The file {str(source)!r} cannot be read: {error.strerror}.",
                hint="Check its path and permissions.",
            ) from error
    if not hasattr(source, "read"):
        raise InvalidArgument(
            f"A file to upload must be a path or an open binary file, not {type(source).__name__}.",
            hint=Hint("For bytes in memory use io.BytesIO(data).", "Give the path of a file."),
        )
    if source.seekable():
        source.seek(0)
    return source, False


def read_more_at_once(response: httpx2.Response) -> None:
    """Make the connection of a large answer read chunks of 256 KB.

    With the library's 64 KB, receiving and decoding threads contend for the GIL so often that a
    list takes a tenth longer. A stream may return more than requested: its reader accepts any size.
    """
    stream = response.extensions.get("network_stream")
    if stream is not None and "reads_at_least" not in vars(stream):
        read = stream.read
        stream.reads_at_least = PIECE
        stream.read = lambda most, timeout=None: read(max(most, PIECE), timeout)


_headers_due: ContextVar[float | None] = ContextVar("headers_due", default=None)
"""The deadline for the headers of the awaited answer, on the monotonic clock."""


def bound_headers(event: str, given: Mapping[str, Any]) -> None:
    """Require the headers of an answer to arrive completely within the timeout of a single read.

    Endless informational answers (`100 Continue`), or headers that arrive byte by byte, would be read forever: the
    library restarts its timeout with each read.

    Args:
        event: the event of the library's `trace` extension.
        given: its arguments or result.
    """
    if event.endswith(".receive_response_headers.started"):
        seconds = given["request"].extensions.get("timeout", {}).get("read")
        _headers_due.set(None if seconds is None else time.monotonic() + seconds)
    elif ".receive_response_headers." in event:
        _headers_due.set(None)
    elif hasattr(stream := given.get("return_value"), "start_tls"):
        _bound_reads(stream)


def public_hosts_only(event: str, given: Mapping[str, Any]) -> None:
    """The same, and refuse a connection to a private address before anything is sent: a name may resolve to another one than before."""
    if event.endswith(".connect_tcp.complete"):
        address = given["return_value"].get_extra_info("server_addr")
        if address and is_private(str(address[0])):
            import httpx2  # noqa: PLC0415 - see client_arguments

            given["return_value"].close()
            raise httpx2.ConnectError(f"{address[0]} is a private address")
    bound_headers(event, given)


async def bound_headers_async(event: str, given: Mapping[str, Any]) -> None:
    """The same for the asynchronous library, which awaits the callback."""
    bound_headers(event, given)


def _bound_reads(stream: Any) -> None:
    read = stream.read

    def bounded(most: int, timeout: float | None = None) -> Any:
        due = _headers_due.get()
        if due is None:
            return read(most, timeout)
        import httpx2  # noqa: PLC0415 - see client_arguments

        left = due - time.monotonic()
        if left <= 0:
            raise httpx2.ReadTimeout("the headers of the answer did not end in the time allowed")
        return read(most, left)

    stream.read = bounded


def reply_of(response: httpx2.Response, body: Body) -> Reply:
    """Convert the library's answer."""
    return Reply(response.status_code, dict(response.headers), body.whole())


def network_failure_of(error: httpx2.HTTPError) -> NetworkFailure:
    """Classify a failure of the library by whether the request may have arrived."""
    import httpx2  # noqa: PLC0415 - see client_arguments

    reason = str(error) or type(error).__name__
    if isinstance(error, (httpx2.ConnectError, httpx2.ProxyError)):
        if "WRONG_VERSION_NUMBER" in reason:
            return NetworkFailure("no tls", "the server there does not use TLS" + _through_proxy(error))
        kind: Literal["tls", "connect"] = "tls" if "CERTIFICATE" in reason.upper() else "connect"
        return NetworkFailure(kind, _in_words(error) + _through_proxy(error))
    if isinstance(error, (httpx2.ConnectTimeout, httpx2.PoolTimeout)):
        return NetworkFailure("connect", "no connection in the time allowed" + _through_proxy(error))
    if isinstance(error, httpx2.DecodingError):
        return NetworkFailure("encoding", f"it can't be decompressed ({reason})")
    if isinstance(error, httpx2.TimeoutException):
        return NetworkFailure("timeout", "no answer in the time allowed")
    return NetworkFailure("broken", reason)


def _in_words(error: BaseException) -> str:
    """Why a connection failed, without error numbers; in asynchronous code the reason is in the cause of the error."""
    one: BaseException | None = error
    while one is not None:
        if isinstance(one, socket.gaierror):
            return f"the host name cannot be resolved: {one.strerror}"
        if isinstance(one, OSError) and one.errno and not isinstance(one, ssl.SSLError):
            return os.strerror(one.errno)
        one = one.__cause__ or one.__context__
    return str(error) or type(error).__name__


def _through_proxy(error: httpx2.HTTPError) -> str:
    """A note that the connection used a proxy, without its address; empty if it did not."""
    from urllib.request import getproxies, proxy_bypass  # noqa: PLC0415 - the HTTP library loads them too

    try:
        url = error.request.url
    except RuntimeError:  # it does not belong to a request
        return ""
    named = next((kind for kind in (url.scheme, "all") if kind in getproxies()), None)
    if named is None or proxy_bypass(url.host):
        return ""
    return f"; the connection goes through the proxy that {named.upper()}_PROXY names"


def nested_too_deeply() -> NotCKAN:
    """The error for records that are nested too deeply for Python."""
    return NotCKAN(
        "The portal's answer is nested too deeply to be read.",
        hint="CKAN records never are; tell the portal's administrator, or leave that record out.",
    )


def tell(request: Request, outcome: Outcome | FetchOutcome) -> None:
    """Log the outcome of a request: its address without the query, never its headers or body."""
    if not _log.isEnabledFor(logging.DEBUG):
        return
    answer = outcome.answer
    if isinstance(answer, NetworkFailure):
        what = answer.reason
    elif isinstance(answer, Fetched):
        what = f"{answer.status}, a file of {answer.size:,} bytes" + (" so far" if answer.broken else "")
    else:
        what = f"{answer.status}, {len(answer.body):,} bytes"
    asked = redacted(f"{request.method} {request.url.partition('?')[0]}: {what}", secrets_in(request.headers))
    _log.debug("%s, %.2f s", asked, outcome.seconds)


def tell_wait(step: Wait) -> None:
    """Log that a flow waits before it continues."""
    if step.seconds:
        _log.info("waiting %.1f s before the next request", step.seconds)
