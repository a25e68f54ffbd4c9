"""From nothing to something: help, import, and the first answer, each a process of its own."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from benchmarks.places import static
from benchmarks.work import CKANAPI, OURS, Bar, Place, Work, at_most, faster

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.work import Way

BARE = "bare httpx2"
PYTHON = "python"


def running(*command: str) -> Way:
    """A command, as often as is wanted; `URL` in it stands for the portal."""

    def way(place: Place) -> Callable[[], None]:
        def work() -> None:
            for _ in range(place.size):
                given = [part.replace("URL", place.url) for part in command]
                subprocess.run(given, check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)

        return work

    return way


def _python(code: str) -> Way:
    return running(sys.executable, "-c", code)


_OURS = "from tuckan import connect\nwith connect('URL', '') as ckan: ckan.call('status_show')"
_BARE = "import httpx2\nwith httpx2.Client() as client: client.post('URL/api/3/action/status_show', json={}).json()"
_CKANAPI = "from ckanapi import RemoteCKAN\nwith RemoteCKAN('URL') as ckan: ckan.action.status_show()"
TIMES = (1, 3, 10)


def _milliseconds(most: float) -> Bar:
    return Bar(OURS, most=most * TIMES[-1] / 1000)


WORKS = (
    Work(
        "start-help",
        "`tuckan --help`, {size} times",
        TIMES,
        static(),
        {OURS: running("tuckan", "--help"), CKANAPI: running("ckanapi", "--help"), PYTHON: _python("")},
        (_milliseconds(120), faster(1, CKANAPI)),
        rounds=5,
        unit="times",
    ),
    Work(
        "start-import",
        "`import tuckan`, {size} times",
        TIMES,
        static(),
        {OURS: _python("import tuckan"), CKANAPI: _python("import ckanapi"), PYTHON: _python("")},
        (_milliseconds(60), faster(1, CKANAPI)),
        rounds=5,
        unit="times",
    ),
    Work(
        "start-answer",
        "the first answer, {size} times",
        TIMES,
        static(),
        {OURS: _python(_OURS), BARE: _python(_BARE), CKANAPI: _python(_CKANAPI)},
        (at_most(1.2, BARE), faster(1, CKANAPI)),
        rounds=5,
        unit="times",
    ),
)
