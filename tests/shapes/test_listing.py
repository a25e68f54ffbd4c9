"""A listing is a list, whose text stays short however much is in it."""

from __future__ import annotations

import asyncio

import pytest

from tuckan.shapes import Listing
from tuckan.wire.paging import Proof


class Untold:
    """A record whose text must not be asked for."""

    def __repr__(self) -> str:
        raise AssertionError


def test_a_short_one_shows_all_of_it() -> None:
    assert repr(Listing([{"name": "rain"}], Proof())) == "[{'name': 'rain'}]"
    assert Listing([1, 2], Proof()) == [1, 2]


def test_a_long_one_shows_its_proof() -> None:
    many = Listing([Untold() for _ in range(1234)], Proof(read=1234, counted=1234, pages=2))
    assert repr(many) == "<Listing of 1,234 records: 1,234 of 1,234 read in 2 pages, complete, no duplicates>"


def test_asyncio_run_does_not_write_out_what_it_gives() -> None:
    """Python 3.11 asks for the text of a task's result when it is done; of 100,000 datasets that took 12 s."""

    async def listed() -> Listing[Untold]:
        return Listing([Untold() for _ in range(100)], Proof())

    assert len(asyncio.run(listed())) == 100


@pytest.mark.parametrize("size", [20, 21])
def test_twenty_are_shown(size: int) -> None:
    assert repr(Listing(range(size), Proof())).startswith("[0, 1," if size == 20 else "<Listing of 21")
