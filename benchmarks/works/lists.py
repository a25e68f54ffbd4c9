"""List every dataset, as dicts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from benchmarks.places import SLOW, connected, static
from benchmarks.work import BOUND, CKANAPI, FROM_ALL_LANES_ON, NOTEBOOK, OURS, Place, Work, at_most, faster, same_memory

if TYPE_CHECKING:
    from collections.abc import Callable


Listing: TypeAlias = "Callable[[], list[Any]]"
"""What is listed stays until the clock has stopped: to take it apart again is no part of the work."""

EACH = 25_000
"""Bytes of memory that a dataset takes as a dict."""


def ours(place: Place) -> Listing:
    """`datasets.list`."""
    return connected(place).datasets.list


def iterated(place: Place) -> Callable[[], int]:
    """`datasets.iter`, which keeps none of them."""
    ckan = connected(place)

    def work() -> int:
        return sum(1 for _ in ckan.datasets.iter())

    return work


def notebook(place: Place) -> Listing:
    """Pages of a hundred, each on a new connection."""
    from benchmarks.ways.notebook import every_dataset

    return lambda: every_dataset(place.url)


def ckanapi_search(place: Place) -> Listing:
    """What `ckanapi search datasets` does, without its output: pages of a thousand through one session."""
    from ckanapi import RemoteCKAN

    def work() -> list[Any]:
        found: list[Any] = []
        with RemoteCKAN(place.url) as ckan:
            while page := ckan.action.package_search(q="*:*", rows=1000, start=len(found))["results"]:
                found += page
        return found

    return work


def bound(place: Place) -> Listing:
    """A plain socket, and msgspec, with nobody looking for garbage."""
    import gc

    import msgspec

    from benchmarks.ways.bound import Plain

    def work() -> list[Any]:
        found: list[Any] = []
        with Plain(place.url) as portal:
            for page in portal.pages(place.size):
                gc.disable()
                found += msgspec.json.decode(page)["result"]["results"]
                gc.enable()
        return found

    return work


SIZES = (10_000, 31_623, 100_000)

WORKS = (
    Work(
        "list",
        "list {size} datasets, static portal, as dicts",
        SIZES,
        static(),
        {OURS: ours, BOUND: bound, NOTEBOOK: notebook, CKANAPI: ckanapi_search},
        (at_most(1.3, BOUND), faster(2, NOTEBOOK), faster(2, CKANAPI)),
        touched=EACH,
        unit="datasets",
    ),
    Work(
        "list-slow",
        "list {size} datasets at 50 ms an answer",
        SIZES,
        static(delay=SLOW),
        {OURS: ours, NOTEBOOK: notebook, CKANAPI: ckanapi_search},
        (faster(10, NOTEBOOK), faster(3, CKANAPI)),
        touched=EACH,
        rounds=3,
        unit="datasets",
    ),
    Work(
        "list-iter",
        "iterate over {size} datasets, static portal",
        FROM_ALL_LANES_ON,
        static(),
        {OURS: iterated},
        (same_memory(),),
        rounds=5,
        unit="datasets",
    ),
)
