"""The parts of a running sandbox: how each is started, and how one knows that it answers."""

from __future__ import annotations

import json
import os
import re
import socket
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tuckan.errors import SandboxError
from tuckan.sandbox.environment import variables_kept
from tuckan.sandbox.extensions import Extensions
from tuckan.sandbox.instance import RunningPart
from tuckan.sandbox.instances import database_account
from tuckan.sandbox.ports import PortTaken, is_free
from tuckan.sandbox.postgres import Postgres
from tuckan.sandbox.processes import MARK, start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from tuckan.sandbox.environment import Environment
    from tuckan.sandbox.instance import Instance, Settings
    from tuckan.sandbox.instances import Account

NO_EXTENSIONS = Extensions()
PROGRAMS = Path(__file__).parent / "ckan_side"
SECONDS_TO_START = 90.0
LINES_SHOWN = 40
_BETWEEN_LOOKS = 0.05

_REASON = re.compile(r"^(?:\w[\w.]*)?(?:Error|Exception|Conflict): .+", re.MULTILINE)
"""What Python says at the end of a traceback, and CKAN of its settings; servers say much after it."""
_PLACE = re.compile(r'^ +File "([^"<]+)", line (\d+)', re.MULTILINE)
_HINTS = (
    (
        r"No module named",
        "Install its package: with `--plugin`, or with `install` in sandbox.toml, or as a dependency of the extension",
    ),
    (r"already associated with the|More than one fallback", "Two plugins define the same type: load one of them"),
    (r"Invalid configuration values", "Set it right with `--set`, or in [config] of sandbox.toml"),
)
"""What to do about reasons of CKAN and its plugins."""


@dataclass(frozen=True, slots=True)
class Part:
    """One process of a sandbox.

    Attributes:
        name: what people call it.
        command: starts it.
        answers: whether it answers; it may raise OSError while it does not.
        variables: its environment.
        account: the user to run it as, if not the current one.
        port: where it listens, when not on a socket of its own.
    """

    name: str
    command: list[str]
    answers: Callable[[], bool]
    variables: Mapping[str, str]
    account: Account | None = None
    port: int | None = None


def parts(
    instance: Instance, settings: Settings, environment: Environment, extensions: Extensions = NO_EXTENSIONS
) -> dict[str, Part]:
    """All parts by name, in the order of their start."""
    variables = ckan_variables(settings, environment, extensions)
    found = [
        _postgres(instance, settings, environment),
        _valkey(settings, environment),
        _search(instance, settings, environment, extensions.solr),
        _datapusher(settings),
        *(_datacite(instance, settings) for one in extensions.services if one == "datacite"),
        _web(instance, settings, environment, variables),
        _worker(instance, settings, environment, variables),
    ]
    return {one.name: one for one in found}


def ckan_variables(settings: Settings, environment: Environment, extensions: Extensions) -> dict[str, str]:
    """What CKAN's own processes see: besides the environment's, where the stand-ins are for services that plugins call."""
    places = {f"TUCKAN_{one.upper()}": f"http://127.0.0.1:{settings.ports[one]}" for one in extensions.services}
    return {**environment.variables(), **places}


def postgres_of(instance: Instance, settings: Settings, environment: Environment) -> Postgres:
    """The database cluster of a sandbox."""
    return Postgres(environment, instance.databases, Path(settings.sockets), database_account())


def _postgres(instance: Instance, settings: Settings, environment: Environment) -> Part:
    cluster = postgres_of(instance, settings, environment)
    address = Path(settings.sockets) / ".s.PGSQL.5432"

    def answers() -> bool:
        # The server says so in this file of its own, which saves a process for each look.
        lines = (instance.databases / "postmaster.pid").read_text(encoding="utf-8", errors="replace").splitlines()
        return len(lines) >= 8 and lines[7].strip() == "ready" and address.exists()

    return Part("postgres", cluster.command(), answers, environment.variables(), cluster.account)


def _valkey(settings: Settings, environment: Environment) -> Part:
    address = f"{settings.sockets}/valkey.sock"
    options = ["--port", "0", "--unixsocket", address, "--unixsocketperm", "700", "--save", "", "--appendonly", "no"]
    # A process that writes its own title wipes out the variables by which it is found.
    command = [str(environment.valkey), *options, "--dir", settings.sockets, "--set-proc-title", "no"]

    def answers() -> bool:
        return _asked(address, b"PING").startswith(b"+PONG")

    return Part("valkey", command, answers, environment.variables())


def _search(instance: Instance, settings: Settings, environment: Environment, more: Sequence[str]) -> Part:
    port = settings.ports["search"]
    options = ["--schema", str(environment.schema), "--data", str(instance.search), "--port", str(port)]
    options += ["--seeds", str(instance.seeded_search), *(word for one in more for word in ("--fields", one))]
    address = f"http://127.0.0.1:{port}/solr/ckan/admin/ping"
    command = [*_ours("tuckan.sandbox.search"), *options]
    return Part("search", command, lambda: _says(address, "status", "OK"), _our_variables(), port=port)


def _datapusher(settings: Settings) -> Part:
    port = settings.ports["datapusher"]
    command = [*_ours("tuckan.sandbox.datapusher"), "--port", str(port)]
    address = f"http://127.0.0.1:{port}/status"
    return Part("datapusher", command, lambda: _says(address, "name", "datapusher"), _our_variables(), port=port)


def _datacite(instance: Instance, settings: Settings) -> Part:
    port = settings.ports["datacite"]
    command = [*_ours("tuckan.sandbox.datacite"), "--port", str(port), "--data", str(instance.root / "datacite.sqlite")]
    address = f"http://127.0.0.1:{port}/heartbeat"
    return Part("datacite", command, lambda: _says(address, "status", "OK"), _our_variables(), port=port)


def _ours(module: str) -> list[str]:
    return [sys.executable, "-m", module]


def _our_variables() -> dict[str, str]:
    """For services that run in our own Python, which finds us as it did just now."""
    path = os.environ.get("PYTHONPATH")
    return {**variables_kept(), **({"PYTHONPATH": path} if path else {})}


def _web(instance: Instance, settings: Settings, environment: Environment, variables: Mapping[str, str]) -> Part:
    port = settings.ports["web"]
    workers = max(2, min(4, os.cpu_count() or 2))
    options = ["--bind", f"127.0.0.1:{port}", "--workers", str(workers), "--threads", "4", "--worker-class", "gthread"]
    patience = ["--timeout", "300", "--graceful-timeout", "2", "--keep-alive", "30", "--log-level", "warning"]
    options.append("--preload")  # CKAN is loaded once, not by each worker
    # Its control socket would lie in the home folder, one for all sandboxes and for its owner's own servers.
    alone = "--no-control-socket"
    command = [
        str(environment.root / "bin" / "gunicorn"),
        "--chdir",
        str(PROGRAMS),
        *options,
        *patience,
        alone,
        "web:application",
    ]
    address = f"http://127.0.0.1:{port}/api/3/action/status_show"
    variables = {**variables, "TUCKAN_CKAN_INI": str(instance.ini)}
    return Part("web", command, lambda: _says(address, "success", wanted=True), variables, port=port)


def ckan_command(instance: Instance, environment: Environment, words: Iterable[str]) -> list[str]:
    """A command of CKAN's own command line."""
    return [str(environment.python), str(PROGRAMS / "ckan_command.py"), "-c", str(instance.ini), *words]


def _worker(instance: Instance, settings: Settings, environment: Environment, variables: Mapping[str, str]) -> Part:
    command = ckan_command(instance, environment, ("jobs", "worker"))
    address = f"{settings.sockets}/valkey.sock"

    def answers() -> bool:
        # Valkey keeps nothing from start to start, so whoever stands in this list is the worker of this start.
        return _asked(address, b"SCARD rq:workers").startswith(b":1")

    return Part("worker", command, answers, variables)


def _asked(address: str, question: bytes) -> bytes:
    """The first bytes that Valkey answers."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(1)
        connection.connect(address)
        connection.sendall(question + b"\r\n")
        return connection.recv(64)


def _says(address: str, key: str, wanted: object) -> bool:
    """Whether a service on this machine answers with JSON that holds a value."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(address, timeout=30) as answer:
            content = json.load(answer)
    except (urllib.error.URLError, ValueError):
        return False
    return bool(content.get(key) == wanted)


def begin(part: Part, instance: Instance) -> RunningPart:
    """Start a part, with a new log; that of the start before is kept beside it."""
    log = instance.log(part.name)
    log.parent.mkdir(mode=0o700, exist_ok=True)
    if log.exists():
        log.replace(log.with_suffix(".previous.log"))
    folder = instance.databases if part.name == "postgres" else instance.root
    variables = {**part.variables, MARK: str(instance.root)}
    try:
        process = start(part.command, log, variables=variables, account=part.account, folder=folder)
    except OSError as error:
        raise SandboxError(
            f"{part.name} can't be started: {error}.", hint="Destroy the sandbox and start again."
        ) from error
    return RunningPart(part.name, process.pid, process.born)


def await_answer(part: Part, running: RunningPart, instance: Instance) -> None:
    """Wait until a part answers, itself and not a process that took its port.

    Raises:
        PortTaken: when it ended because another process listens on its port.
        SandboxError: when it ends or takes too long, with the end of its log.
    """
    limit = time.monotonic() + SECONDS_TO_START
    while True:
        if running.process.found() is None:
            if part.port is not None and not is_free(part.port):
                raise PortTaken(f"Another process has taken port {part.port}.", hint="End it, or try again.")
            raise _failed(part, instance, "ended instead of starting")
        if (part.port is None or running.process.listens_on(part.port)) and _answers(part):
            return
        if time.monotonic() > limit:
            raise _failed(part, instance, f"did not answer within {SECONDS_TO_START:.0f} s")
        time.sleep(_BETWEEN_LOOKS)


def _answers(part: Part) -> bool:
    try:
        return part.answers()
    except OSError:
        return False


def _failed(part: Part, instance: Instance, why: str) -> SandboxError:
    log = instance.log(part.name)
    text = end_of(log, 500)
    reasons = "\n".join(dict.fromkeys(_REASON.findall(text)))
    places = _PLACE.findall(text) if reasons else []
    place = f"\nin {places[-1][0]}, line {places[-1][1]}" if places else ""
    said = f"Its log has:\n{reasons}{place}\n" if reasons else ""
    todo = (
        next((hint for pattern, hint in _HINTS if re.search(pattern, reasons)), "Mend what the log says")
        + ", and start it again."
    )
    return SandboxError(
        f"{part.name} of the sandbox {instance.label} {why}. {said}The end of its log:\n{end_of(log)}",
        hint=f"{todo} The whole log: {log}",
    )


def end_of(log: Path, lines: int = LINES_SHOWN) -> str:
    """The last lines of a log."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 400 * lines))
            text = file.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return "(there is no log yet)"
    return "\n".join(text.splitlines()[-lines:]) or "(it is empty)"
