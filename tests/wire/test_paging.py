"""A list is complete or it says so, however the portal changes under it: properties of the reading itself."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuckan.errors import Incomplete
from tuckan.wire.paging import Page, Reading, Span


@dataclass
class Portal:
    """A portal whose datasets come and go; it grants fewer rows than asked, and may drop some from a page."""

    ids: list[str]
    cap: int
    chance: random.Random
    changes: int = 0
    stayed: set[str] = field(default_factory=set)
    ever: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.stayed, self.ever = set(self.ids), set(self.ids)

    def page(self, span: Span) -> Page:
        ordered = sorted(self.ids)
        rows = min(span.rows, self.cap)
        records: list[dict[str, Any]] = [{"id": one} for one in ordered[span.start : span.start + rows]]
        found = Page(Span(span.start, rows), len(ordered), records)
        if self.changes:
            self.changes -= 1
            self._change()
        return found

    def _change(self) -> None:
        if self.ids and self.chance.random() < 0.6:
            gone = self.chance.choice(self.ids)
            self.ids.remove(gone)
            self.stayed.discard(gone)
        else:
            new = f"{self.chance.random():.9f}"
            self.ids.append(new)
            self.ever.add(new)


def read(portal: Portal, rows: int) -> tuple[list[str], Reading]:
    """Read everything, as the client does it, one page after the other."""
    reading = Reading(0, rows)
    found: list[str] = []

    def take(page: Page) -> None:
        tries = 0
        while (span := reading.gap_before(page, tries)) is not None:
            between = portal.page(span)
            tries += 1
            if between.records and reading.gap_before(between, tries) is None:
                more = reading.take(between)
                tries = 0 if more else tries
                found.extend(one["id"] for one in more)
        found.extend(one["id"] for one in reading.take(page))

    take(portal.page(reading.first()))
    for span in reading.rest():
        take(portal.page(span))
    while (more := reading.more()) is not None:
        take(portal.page(more))
    reading.finish()
    return found, reading


@given(st.integers(0, 120), st.integers(1, 40), st.integers(1, 40), st.integers(0, 60), st.integers(0, 10**6))
@settings(max_examples=400, deadline=None)
def test_nothing_that_stayed_is_missed_and_nothing_comes_twice(
    size: int, rows: int, cap: int, changes: int, seed: int
) -> None:
    chance = random.Random(seed)
    portal = Portal([f"{chance.random():.9f}" for _ in range(size)], cap, chance, changes)
    try:
        found, reading = read(portal, rows)
    except Incomplete:
        assert changes or cap == 1, "loud, and only when something moved, or one row came at a time"
        return
    assert len(found) == len(set(found)) == reading.proof.read
    assert portal.stayed <= set(found) <= portal.ever
    assert "complete, no duplicates" in str(reading.proof)


def test_a_quiet_portal_is_read_with_few_pages() -> None:
    chance = random.Random(1)
    portal = Portal([f"{n:05}" for n in range(2500)], 1000, chance)
    found, reading = read(portal, 1000)
    assert found == [f"{n:05}" for n in range(2500)]
    assert reading.proof.pages == 3
    assert not reading.proof.changed


def test_a_portal_that_never_delivers_is_found_out() -> None:
    reading = Reading(0, 10)
    reading.take(Page(Span(0, 10), 20, [{"id": f"{n:02}"} for n in range(10)]))

    def deliver_fifteen() -> None:
        while (span := reading.more()) is not None:
            reading.take(Page(span, 20, [{"id": f"{n:02}"} for n in range(span.start, 15)]))

    with pytest.raises(Incomplete) as caught:
        deliver_fifteen()
    assert (caught.value.expected, caught.value.received) == (20, 15)
    assert "20" in str(caught.value)


def test_a_portal_that_does_not_keep_the_order_is_found_out() -> None:
    reading = Reading(0, 10)
    with pytest.raises(Incomplete, match="in order of id"):
        reading.take(Page(Span(0, 10), 3, [{"id": "b"}, {"id": "a"}, {"id": "c"}]))
