"""Where works are done: the static portal in a process of its own, and the sandbox."""

from __future__ import annotations

import atexit
import functools
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.work import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from contextlib import AbstractContextManager

    from tuckan import Client
    from tuckan.sandbox import Sandbox

SLOW = 0.05
"""Seconds that each answer of the slow portal takes."""

SECONDS = 600
CKAN = "2.12"
NAME = "benchmarks"


def connected(place: Place) -> Client:
    """A client of ours that has had an answer already: what is only done once is not measured."""
    from tuckan import Client

    ckan = Client(place.url, place.token, timeout=SECONDS)
    ckan.call("status_show")
    for namespace in (ckan.datasets, ckan.resources, ckan.tokens, ckan.datastore, ckan.jobs):
        repr(namespace)
    return ckan


def static(
    what: str = "datasets", delay: float = 0.0, token: str = ""
) -> Callable[[int], AbstractContextManager[Place]]:
    """The static portal with as many datasets, tokens or bytes of a file as there is to do."""

    @contextmanager
    def place(size: int) -> Generator[Place]:
        with _serving("benchmarks.portal", f"--{what}", str(size), "--delay", str(delay)) as url:
            yield Place(url, size, token)

    return place


@contextmanager
def mirrored(size: int) -> Generator[Place]:
    """The static portal whose datasets change and go."""
    with _serving("benchmarks.mirror_portal", str(size)) as url:
        yield Place(url, size)


@contextmanager
def _serving(*module: str) -> Generator[str]:
    """The address of a portal in a process of its own."""
    command = [sys.executable, "-m", *module]
    root = Path(__file__).parent.parent
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root) as portal:
        assert portal.stdin is not None  # noqa: S101 - it was asked for
        assert portal.stdout is not None  # noqa: S101
        try:
            yield f"http://127.0.0.1:{int(portal.stdout.readline())}"
        finally:
            portal.stdin.close()


@functools.cache
def the_sandbox() -> Sandbox:
    """A sandbox of the benchmarks' own, empty, destroyed at the end."""
    from tuckan.sandbox import Sandbox

    sandbox = Sandbox(NAME, ckan=CKAN)
    atexit.register(sandbox.destroy)
    sandbox.up(as_profile=False)
    sandbox.reset()
    return sandbox


def sandbox(fill: Callable[[Sandbox, int], dict[str, Any]]) -> Callable[[int], AbstractContextManager[Place]]:
    """The sandbox, filled for a size; `fill` gives what the ways have to know."""

    @contextmanager
    def place(size: int) -> Generator[Place]:
        running = the_sandbox()
        yield Place(running.url, size, running.token(), more=fill(running, size))

    return place


def statements(sandbox: Sandbox, database: str, *lines: str) -> None:
    """Say something to a database of the sandbox, which is quicker than the API where much is to be there."""
    from tuckan.sandbox.environment import environment
    from tuckan.sandbox.ini import database_url

    psql = environment(sandbox.ckan, lambda _: None).postgres("psql")
    url = database_url(sandbox.settings, "ckan", database)
    for line in lines:
        subprocess.run([psql, "-q", "-v", "ON_ERROR_STOP=1", "-c", line, url], check=True)
