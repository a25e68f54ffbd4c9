"""Small calls: one after another, and side by side."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from benchmarks.places import SLOW, connected, static
from benchmarks.work import CKANAPI, NOTEBOOK, OURS, Place, Work, at_most, faster

if TYPE_CHECKING:
    from collections.abc import Callable

BARE = "bare httpx2"
THREADS, TASKS = "tuckan, 8 threads", "tuckan, 8 tasks"
SIDE_BY_SIDE = 8
ASKED = {"id": "small", "text": "y" * 1000}


def ours(place: Place) -> Callable[[], int]:
    """`call`."""
    ckan = connected(place)
    return lambda: sum(ckan.call("package_show", ASKED)["id"] == "small" for _ in range(place.size))


def bare(place: Place) -> Callable[[], int]:
    """httpx2 by itself, with a decoder as fast as ours."""
    import httpx2
    import msgspec

    client = httpx2.Client(timeout=60)
    url = f"{place.url}/api/3/action/package_show"
    headers = {"Content-Type": "application/json"}

    def call() -> Any:
        answer = client.post(url, content=msgspec.json.encode(ASKED), headers=headers)
        answer.raise_for_status()
        return msgspec.json.decode(answer.content)["result"]

    call()
    return lambda: sum(call()["id"] == "small" for _ in range(place.size))


def notebook(place: Place) -> Callable[[], int]:
    """A new connection for each."""
    from benchmarks.ways.notebook import send

    return lambda: sum(send(place.url, "package_show", ASKED)["id"] == "small" for _ in range(place.size))


def ckanapi(place: Place) -> Callable[[], int]:
    """`call_action`."""
    from ckanapi import RemoteCKAN

    ckan = RemoteCKAN(place.url)
    return lambda: sum(ckan.call_action("package_show", ASKED)["id"] == "small" for _ in range(place.size))


def threads(place: Place) -> Callable[[], int]:
    """One client, eight threads."""
    ckan = connected(place)

    def work() -> int:
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            found = pool.map(lambda _: ckan.call("package_show", ASKED), range(place.size))
            return sum(one["id"] == "small" for one in found)

    return work


def tasks(place: Place) -> Callable[[], int]:
    """The asynchronous client, eight tasks."""
    import httpcore2  # noqa: F401

    from tuckan import AsyncClient

    async def everything() -> int:
        async with AsyncClient(place.url, "") as ckan:
            left = iter(range(place.size))

            async def lane() -> int:
                return sum([(await ckan.call("package_show", ASKED))["id"] == "small" for _ in left])

            return sum(await asyncio.gather(*(lane() for _ in range(SIDE_BY_SIDE))))

    return lambda: asyncio.run(everything())


WORKS = (
    Work(
        "calls",
        "{size} small calls, one after another",
        (500, 1581, 5000),
        static(),
        {OURS: ours, BARE: bare, NOTEBOOK: notebook, CKANAPI: ckanapi},
        (at_most(1.1, BARE),),
        rounds=5,
        unit="calls",
    ),
    Work(
        "calls-slow",
        "{size} small calls side by side, at 50 ms an answer",
        (60, 190, 600),
        static(delay=SLOW),
        {THREADS: threads, TASKS: tasks, BARE: bare},
        (faster(3, BARE, THREADS), faster(3, BARE, TASKS)),
        unit="calls",
    ),
)
