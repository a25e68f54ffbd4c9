"""What tests of several rooms share."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
import time
import traceback
import urllib.error
import urllib.request
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

import tuckan
from tuckan.sandbox.demo import loading
from tuckan.sandbox.demo.content import datasets
from tuckan.sandbox.pytest_plugin import DEFAULT_VERSION, sandbox_of_this_session

from .portals import HABITS, SECOND, Portals, UnrulySandbox, river
from .shell import Shell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from tuckan.sandbox import Sandbox
    from tuckan.sandbox.demo.content import Dataset

# How long an example takes is the machine's affair.
settings.register_profile("tuckan", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tuckan")


PACKAGE = Path(tuckan.__file__).parent


@pytest.fixture
def own_frames() -> Callable[[BaseException], list[FrameType]]:
    """Finds the frames of a traceback that are tuckan's own, whatever the folder of the clone is called."""

    def frames(error: BaseException) -> list[FrameType]:
        every = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
        found = [frame for frame in every if Path(frame.f_code.co_filename).is_relative_to(PACKAGE)]
        assert found, "the error comes from tuckan"
        return found

    return frames


@pytest.fixture(autouse=True)
def jobs_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of this test for journals, away from those of whoever runs it."""
    folder = tmp_path_factory.mktemp("jobs")
    monkeypatch.setenv("TUCKAN_JOBS_DIR", str(folder))
    return folder


@pytest.fixture(autouse=True)
def quiet_logs() -> Iterator[None]:
    """Each test finds loggers as they are at first: those of another would be captured, and counted as memory."""
    yield
    for name in ("tuckan", "httpx2", "httpcore2"):
        logger = logging.getLogger(name)
        logger.setLevel(logging.NOTSET)
        logger.handlers.clear()


@dataclass
class Seen:
    """A request that came through the proxy."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def action(self) -> str:
        return self.path.partition("?")[0].rsplit("/", 1)[-1]


@dataclass
class Answer:
    """What the proxy answers."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    cut_after: int | None = None
    """Bytes of the body to send before the connection is cut."""


KEPT_HEADERS = (
    "Content-Type",
    "Content-Disposition",
    "Content-Encoding",
    "Content-Range",
    "ETag",
    "Last-Modified",
    "Accept-Ranges",
)

Fault = "Callable[[Seen, Callable[[], Answer]], Answer | None]"


class FaultProxy:
    """Stands before a portal and does to some requests what networks and proxies do.

    A fault gets the request, and a function that passes it on; it gives the answer, or None to cut the connection.
    """

    def __init__(self, portal: str) -> None:
        self.portal = portal
        self.seen: list[Seen] = []
        self._faults: deque[tuple[Any, str | None]] = deque()
        self._always: Any = None
        self._lock = threading.Lock()
        self._connected: set[Any] = set()
        self._connecting = threading.Condition()
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                proxy._serve(self)

            do_HEAD = do_POST = do_GET

            def log_message(self, format: str, *args: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            def process_request(self, request: Any, client_address: Any) -> None:
                with proxy._connecting:
                    proxy._connected.add(client_address)
                    proxy._connecting.notify_all()
                super().process_request(request, client_address)

            def process_request_thread(self, request: Any, client_address: Any) -> None:
                try:
                    super().process_request_thread(request, client_address)
                finally:
                    with proxy._connecting:
                        proxy._connected.discard(client_address)
                        proxy._connecting.notify_all()

            def handle_error(self, request: Any, client_address: Any) -> None:
                """Whoever asked has gone, which is what some tests want."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def next(self, *faults: Any, action: str | None = None) -> None:
        """Faults for the next requests (of an action), one each."""
        self._faults.extend((fault, action) for fault in faults)

    def always(self, fault: Any) -> None:
        """A fault for every request that has no other."""
        self._always = fault

    def calls(self, action: str) -> list[Seen]:
        return [one for one in self.seen if one.action == action]

    @contextlib.contextmanager
    def until_all_left(self) -> Iterator[None]:
        """Wait at the end until what those who came meanwhile had sent is done: a process that was killed has sent more."""
        before = set(self._connected)
        yield
        with socket.create_connection(self._server.server_address[:2]) as last, self._connecting:
            own = last.getsockname()
            assert self._connecting.wait_for(lambda: own in self._connected, 200)  # so all before it were accepted
        with self._connecting:
            assert self._connecting.wait_for(lambda: self._connected <= before, 200)

    def _fault_for(self, seen: Seen) -> Any:
        with self._lock:
            self.seen.append(seen)
            if self._faults and self._faults[0][1] in (None, seen.action):
                return self._faults.popleft()[0]
        return self._always

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        seen = Seen(handler.command, handler.path, {k.lower(): v for k, v in handler.headers.items()}, body)
        fault = self._fault_for(seen)

        def passed_on() -> Answer:
            return self._pass_on(seen)

        answer = fault(seen, passed_on) if fault else passed_on()
        if answer is None:
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
            handler.close_connection = True
            handler.connection.close()
            return
        handler.send_response(answer.status)
        for name, value in {
            "Content-Type": "application/json",
            "Content-Length": str(len(answer.body)),
            **answer.headers,
        }.items():
            handler.send_header(name, value)
        handler.end_headers()
        if answer.cut_after is None:
            handler.wfile.write(answer.body)
            return
        handler.wfile.write(answer.body[: answer.cut_after])
        handler.wfile.flush()
        handler.close_connection = True
        handler.connection.shutdown(socket.SHUT_RDWR)

    def _pass_on(self, seen: Seen) -> Answer:
        headers = {
            k: v
            for k, v in seen.headers.items()
            if k not in ("host", "connection", "content-length", "accept-encoding")
        }
        request = urllib.request.Request(self.portal + seen.path, seen.body or None, headers, method=seen.method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=200) as reply:
                return Answer(reply.status, reply.read(), self._kept(reply.headers))
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.read(), self._kept(error.headers))

    @staticmethod
    def _kept(headers: Any) -> dict[str, str]:
        return {name: headers[name] for name in KEPT_HEADERS if headers.get(name)}

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`make test-plugins` runs tests on portals with plugins."""
    told = "run the tests that name no portal on an unruly CKAN, or on one with scheming"
    parser.getgroup("tuckan").addoption("--on", choices=("unruly", "schemed"), help=told)


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--on") == "unruly":  # what it refuses is told once, rightly
        config.addinivalue_line("filterwarnings", "ignore::tuckan.errors.NoFilter")
    config.addinivalue_line(
        "markers", "contradicts(*habits): with `--on unruly`, run without these habits of its plugin"
    )
    config.addinivalue_line("markers", "unruly(*habits): run on a CKAN whose plugin has these habits")
    config.addinivalue_line(
        "markers", "also_unruly(*habits): run on a plain CKAN, and on one whose plugin has these habits"
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests marked with habits of the plugin in `plugins/unruly.py` run on a CKAN that has it."""
    alone, also = (metafunc.definition.get_closest_marker(name) for name in ("unruly", "also_unruly"))
    choices = [marker.args for marker in (alone, also) if marker]
    if choices:
        choices = [*([()] if also else []), *choices]
        ids = ["-".join(habits) or "plain" for habits in choices]
        metafunc.parametrize("habits", choices, ids=ids, indirect=True, scope="session")
    if "rivers" in metafunc.fixturenames:
        given = ",".join(metafunc.config.getoption("--ckan-version") or [DEFAULT_VERSION])
        metafunc.parametrize("rivers", given.split(","), indirect=True, scope="session")


@pytest.fixture(scope="session")
def habits(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """What the portal's plugin does; nothing, unless the test is marked with `unruly` or `also_unruly`."""
    marked: tuple[str, ...] = getattr(request, "param", ())
    return marked or (HABITS if request.config.getoption("--on") == "unruly" else ())


@pytest.fixture(scope="session")
def portals() -> Iterator[Portals]:
    """The sandboxes of this session."""
    running = Portals()
    yield running
    running.close()


@pytest.fixture(scope="session")
def ckan_sandbox(request: pytest.FixtureRequest, portals: Portals, habits: tuple[str, ...]) -> Sandbox:
    """A running sandbox, as our pytest plugin gives it; with the habits that the test is marked with."""
    return portals.get(request.param, habits, schemed=request.config.getoption("--on") == "schemed")


@pytest.fixture(autouse=True)
def without_contradicting_habits(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test that asks for what a habit refuses runs without that habit."""
    marker = request.node.get_closest_marker("contradicts")
    if marker is None or request.config.getoption("--on") != "unruly":
        yield
        return
    both = [name for name in ("ckan_sandbox", "second_sandbox") if name in request.fixturenames]
    sandboxes = [request.getfixturevalue(name) for name in both]
    for one in sandboxes:
        one.habits(*(habit for habit in HABITS if habit not in marker.args))
    yield
    for one in sandboxes:
        one.habits(*HABITS)


@pytest.fixture(scope="session")
def rivers(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """A running sandbox with extensions: scheming, an extension of a portal's own, and others."""
    with contextlib.ExitStack() as stack:
        sandbox = sandbox_of_this_session(request.param, stack, kind=river, name="rivers")
        stack.callback(sandbox.down)
        sandbox.up(as_profile=False)
        yield sandbox


@pytest.fixture(scope="session")
def second_sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """Another running sandbox, of the newest version and for this session alone, for what needs two portals."""
    kind, name = SECOND[request.config.getoption("--on")]
    with contextlib.ExitStack() as stack:
        sandbox = sandbox_of_this_session(DEFAULT_VERSION, stack, kind=kind, name=name)
        stack.callback(sandbox.down)
        sandbox.up(as_profile=False)
        if isinstance(sandbox, UnrulySandbox):
            sandbox.habits(*HABITS)
        yield sandbox


@pytest.fixture
def small_demo(monkeypatch: pytest.MonkeyPatch) -> list[Dataset]:
    """A part of the demo with some of all its kinds, which is what `load_demo` loads in this test."""
    named = {"planets", "planet-mars", "population-illinois"}
    some = [
        one
        for n, one in enumerate(datasets())
        if n % 6 == 0 or not one.file or one.fields["private"] or one.name in named
    ]
    monkeypatch.setattr(loading, "datasets", lambda: some)
    monkeypatch.setattr(loading, "FORGOTTEN", 162)
    monkeypatch.setattr(loading, "IN_USE", 38)
    return some


@pytest.fixture
def alone(tmp_path: Path) -> Shell:
    """A shell that knows no portal."""
    return Shell(tmp_path)


@pytest.fixture
def shell(ckan_sandbox: Sandbox, tmp_path: Path) -> Shell:
    """A shell whose portal is the sandbox."""
    return Shell(tmp_path, {"CKAN_BASE_URL": ckan_sandbox.url, "CKAN_API_KEY": ckan_sandbox.token()})


@pytest.fixture
def proxy_of() -> Iterator[Callable[[str], FaultProxy]]:
    """Puts a fault proxy in front of a portal."""
    running: list[FaultProxy] = []

    def proxy(portal: str) -> FaultProxy:
        running.append(FaultProxy(portal))
        return running[-1]

    yield proxy
    for one in running:
        one.close()


@pytest.fixture
def proxy(ckan_sandbox: Sandbox) -> Iterator[FaultProxy]:
    """A fault proxy in front of the sandbox."""
    running = FaultProxy(ckan_sandbox.url)
    yield running
    running.close()


class Faults:
    """What may happen to a request."""

    @staticmethod
    def status(code: int, body: bytes = b"", **headers: str) -> Any:
        """Refused, unread."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return lambda seen, passed_on: Answer(code, body, named)

    @staticmethod
    def reset_before(seen: Seen, passed_on: Any) -> None:
        """Cut before the portal has read it."""

    @staticmethod
    def reset_after(seen: Seen, passed_on: Any) -> None:
        """Cut after the portal has done it."""
        passed_on()

    @staticmethod
    def lost_behind_502(seen: Seen, passed_on: Any) -> Answer:
        """The portal has done it; the gateway says 502."""
        passed_on()
        return Answer(502, b"<html>Bad Gateway</html>", {"Content-Type": "text/html"})

    @staticmethod
    def redirected_after(status: int, location: str) -> Any:
        """The portal has done it; a redirect is the answer."""

        def fault(seen: Seen, passed_on: Any) -> Answer:
            passed_on()
            return Answer(status, b"", {"Location": location})

        return fault

    @staticmethod
    def cut_in_half(seen: Seen, passed_on: Any) -> Answer:
        """A whole answer with half a body in it."""
        answer = passed_on()
        return Answer(answer.status, answer.body[: len(answer.body) // 2], answer.headers)

    @staticmethod
    def cut_after(number: int) -> Any:
        """So many bytes of the body, then nothing more."""

        def fault(seen: Seen, passed_on: Any) -> Answer:
            answer = passed_on()
            answer.cut_after = number
            return answer

        return fault

    @staticmethod
    def slow(seconds: float) -> Any:
        """An answer that takes its time."""

        def fault(seen: Seen, passed_on: Any) -> Answer:
            time.sleep(seconds)
            return passed_on()

        return fault


@pytest.fixture
def faults() -> type[Faults]:
    return Faults
