"""Processes that outlive tuckan: started in the background, found again later, and terminated reliably."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import psutil

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from tuckan.sandbox.instances import Account

SECONDS_TO_END = (8.0, 4.0, 4.0)
"""Seconds to wait after asking a process to end, after terminating it with its children, and after killing it."""

MARK = "TUCKAN_SANDBOX"
"""The environment variable that identifies a sandbox's processes and their children: the sandbox's folder."""

_BETWEEN_LOOKS = 0.02

# Dropping a Popen of a running process warns; these are meant to keep running.
_started: list[subprocess.Popen[bytes]] = []


@dataclass(frozen=True, slots=True)
class Process:
    """A process, distinguishable from a later one with the same PID.

    Attributes:
        pid: its PID.
        born: its start time, in seconds since 1970.
    """

    pid: int
    born: float

    def to_json(self) -> dict[str, Any]:
        """The process as a JSON value."""
        return asdict(self)

    def found(self) -> psutil.Process | None:
        """The process, if it still runs."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.born) < 1
        except psutil.Error:
            return None
        return process if same and _lives(process) else None

    def listens_on(self, port: int) -> bool:
        """Whether it listens on a port."""
        process = self.found()
        try:
            connections = process.net_connections(kind="tcp") if process else []
        except psutil.Error:
            return False
        return any(one.status == psutil.CONN_LISTEN and one.laddr.port == port for one in connections)


def start(
    command: Sequence[str | os.PathLike[str]],
    log: Path,
    *,
    variables: Mapping[str, str],
    account: Account | None = None,
    folder: Path | None = None,
) -> Process:
    """Start a process in its own session, appending its output to a log.

    Args:
        command: the program and its arguments.
        log: the log file.
        variables: its environment.
        account: the user to run it as, if not the current one.
        folder: its working directory.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=dict(variables),
            cwd=folder,
            user=account.user if account else None,
            group=account.group if account else None,
            extra_groups=[] if account else None,
        )
    _started.append(process)
    try:
        born = psutil.Process(process.pid).create_time()
    except psutil.Error:
        born = time.time()  # it is already gone, which the caller will notice
    return Process(process.pid, born)


def marked(folder: Path) -> list[Process]:
    """The processes that were started for a folder, whether or not they were recorded.

    A killed start can leave unrecorded processes. This finds them by the environment variable that they have
    inherited.
    """
    found: list[Process] = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.environ().get(MARK) == str(folder):
                found.append(Process(process.pid, process.create_time()))
        except (psutil.Error, OSError):
            continue  # it belongs to somebody else, or is gone
    return found


def end(processes: Iterable[Process]) -> None:
    """End processes and all their children.

    Each is first asked to end, and ends its own children: a worker finishes its job. Remaining ones are terminated,
    and then killed.
    """
    asked, all_of_them = [], []
    for process in processes:
        found = _with_children(process)
        asked += found[:1]
        all_of_them += found
    for one in asked:
        _signal(one, kill=False)
    left = _left_of(all_of_them, SECONDS_TO_END[0])
    for one in left:
        _signal(one, kill=False)
    left = _left_of(left, SECONDS_TO_END[1])
    for one in left:
        _signal(one, kill=True)
    _left_of(left, SECONDS_TO_END[2])
    for popen in _started[:]:
        if popen.poll() is not None:
            _started.remove(popen)


def _left_of(processes: list[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Wait until processes have ended, and return those that have not."""
    limit = time.monotonic() + seconds
    left = [one for one in processes if _lives(one)]
    while left and time.monotonic() < limit:
        time.sleep(_BETWEEN_LOOKS)
        left = [one for one in left if _lives(one)]
    return left


def _lives(process: psutil.Process) -> bool:
    """Whether it runs; zombies do not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _with_children(process: Process) -> list[psutil.Process]:
    parent = process.found()
    if parent is None:
        return []
    try:
        return [parent, *parent.children(recursive=True)]
    except psutil.Error:
        return [parent]


def _signal(process: psutil.Process, *, kill: bool) -> None:
    try:
        process.kill() if kill else process.terminate()
    except psutil.Error:
        return
