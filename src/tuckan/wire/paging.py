"""Reading a whole list page by page, so that it is complete or it says so.

Three things make a list short without a word: the portal grants fewer rows than were asked, it drops a row whose stored
record is missing, and rows move while they are read. `Reading` sees each of them:

- pages are stepped by what was received, never by what was asked;
- in a list ordered by id, each page must begin at or before the last id read, so that a row that moved cannot slip
  through the seam; where it could have, the page before is asked for again, from further back;
- a page with fewer rows than its place in the list promises is looked at again by ids alone, which drops none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from tuckan.errors import Incomplete

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

OVERLAP = 1
FEWEST_ROWS = OVERLAP + 1
"""Rows of a page that overlaps the one before and brings something new."""

_MOST_BYTES = 4_000_000
"""Bytes of a page: so many that a portal's work for a page is little beside that for its rows, and so few that those
which come side by side take little memory, whatever the size of the records."""

_MOST_STEPS_BACK = 40
_MOST_IDLE = 5


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a list to ask for: from which position, and how many rows."""

    start: int
    rows: int


class RawRecord(msgspec.Struct, frozen=True):
    """A record of which only the id was decoded.

    Attributes:
        id: its id.
        json: the whole of it as it arrived.
    """

    id: str
    json: msgspec.Raw


Row: TypeAlias = "dict[str, Any] | RawRecord"


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list as it arrived.

    Attributes:
        span: which part it is.
        count: how many the portal counts in all.
        records: the rows.
        size: bytes of the answer that it came in.
        recovered: ids of those that the portal had dropped from the page and that were fetched one by one.
        ghosts: ids that the portal lists and does not have.
    """

    span: Span
    count: int
    records: Sequence[Row] = field(repr=False)
    size: int = 0
    recovered: tuple[str, ...] = ()
    ghosts: tuple[str, ...] = ()

    @property
    def end(self) -> int:
        """The position after its last row, of those that the portal lists."""
        return self.span.start + len(self.records) + len(self.ghosts)

    @property
    def is_short(self) -> bool:
        """Whether rows are absent that its place in the list promises."""
        return len(self.records) < min(self.span.rows, max(0, self.count - self.span.start))


@dataclass(slots=True)
class Proof:
    """How a list was read, and why it is complete.

    Attributes:
        read: records given, each once.
        counted: how many the portal counted when the last page came.
        pages: pages that were fetched.
        changed: whether the portal's count changed while reading.
        steps_back: pages asked for again because rows had moved.
        recovered: ids that the portal had dropped from a page, and that were fetched one by one.
        ghosts: ids that the portal counts and does not have: its search index is behind.
    """

    read: int = 0
    counted: int = 0
    pages: int = 0
    changed: bool = False
    steps_back: int = 0
    recovered: list[str] = field(default_factory=list[str])
    ghosts: set[str] = field(default_factory=set[str])

    def __str__(self) -> str:
        said = f"{self.read:,} of {self.counted:,} read in {self.pages} page{'s' * (self.pages != 1)}, each once"
        if self.recovered:
            said += f"; {len(self.recovered)} that the portal had dropped fetched one by one"
        if self.ghosts:
            said += f"; {len(self.ghosts)} that are only in its index, and are no datasets any more"
        if self.changed:
            said += "; the portal changed meanwhile, and nothing that stayed was missed"
        return said


@dataclass(slots=True)
class Reading:
    """The state of reading one list ordered by id. It is fed pages in order and gives their new records.

    Attributes:
        start: the position to begin at.
        rows: how many rows to ask for at once; lowered to what the portal grants.
        proof: what is known so far.
    """

    start: int
    rows: int
    proof: Proof = field(default_factory=Proof)
    _last_id: str | None = None
    _end: int = 0
    _closed: bool = False
    _idle: int = 0
    _counts: set[int] = field(default_factory=set[int])

    def __post_init__(self) -> None:
        self.rows = max(FEWEST_ROWS, self.rows)

    def first(self) -> Span:
        """The part to ask for first."""
        return Span(self.start, self.rows)

    def rest(self) -> Iterator[Span]:
        """The parts after the first, as far as the portal's count reaches; each overlaps the one before by a row."""
        self._require_overlap()
        step = self.rows - OVERLAP
        position = self._end
        while position < self.proof.counted:
            yield Span(max(self.start, position - OVERLAP), self.rows)
            position += step

    def gap_before(self, page: Page, tries: int) -> Span | None:
        """The part to ask for when a row may have slipped through between the last page and this one, else None.

        Raises:
            Incomplete: when the list moves too much to be read.
        """
        if self._last_id is None or page.span.start <= self.start or not page.records:
            return None
        if id_of(page.records[0]) <= self._last_id:
            return None
        if tries >= _MOST_STEPS_BACK:
            raise self._incomplete("its rows move faster than they can be read")
        start = min(self._end, page.span.start) - 2 ** min(tries, 20)
        return Span(max(self.start, start), self.rows)

    def take(self, page: Page) -> list[Row]:
        """Accept a page, and give its records that were not given before.

        Raises:
            Incomplete: when the portal does not keep to the order by id, on which the proof rests.
        """
        proof = self.proof
        proof.pages += 1
        # Pages overlap, so that one dataset may have been fetched twice.
        proof.recovered.extend(key for key in page.recovered if key not in proof.recovered)
        proof.ghosts.update(page.ghosts)
        self.rows = min(self.rows, page.span.rows)
        if page.size > _MOST_BYTES:
            self.rows = max(FEWEST_ROWS, min(self.rows, _MOST_BYTES * len(page.records) // page.size))
        proof.counted = page.count
        self._counts.add(page.count)
        proof.changed = len(self._counts) > 1
        keys = [id_of(record) for record in page.records]
        if keys != sorted(keys):
            raise self._incomplete("it does not keep the order by id that was asked for")
        last = self._last_id
        each_once = dict(zip(keys, page.records, strict=True))
        fresh = [record for key, record in each_once.items() if last is None or key > last]
        self._last_id = keys[-1] if fresh else last
        proof.read += len(fresh)
        self._place(page)
        self._idle = 0 if fresh else self._idle + 1
        return fresh

    def _place(self, page: Page) -> None:
        """Note how far the list is read: a page that holds the last row at its own time closes it.

        Where it ended when an earlier page came says nothing: what was deleted since moved the rest towards the start.
        """
        if page.records or self._last_id is None:
            self._end = page.end
            self._closed = page.end >= page.count
        else:
            self._end = min(self._end, page.count)
            self._closed = False

    def more(self) -> Span | None:
        """The part to ask for when no page has held the last row yet; None when one has.

        Raises:
            Incomplete: when the portal does not deliver it.
        """
        if self._closed:
            return None
        self._require_overlap()
        if self._idle > _MOST_IDLE:
            raise self._incomplete("some were never delivered")
        return Span(max(self.start, min(self._end, self.proof.counted) - OVERLAP), self.rows)

    def finish(self) -> Proof:
        """The proof, at the end.

        Every page began at or before the last id of the one before, and the last held the portal's last row. Where fewer
        were read than were counted all the same, some came in before the place that was being read.

        Raises:
            Incomplete: when the last row was never seen.
        """
        if not self._closed:
            raise self._incomplete("some were never delivered")
        proof = self.proof
        proof.changed = proof.changed or proof.read + len(proof.ghosts) < max(0, proof.counted - self.start)
        return proof

    def _require_overlap(self) -> None:
        if self.rows < FEWEST_ROWS and self._end < self.proof.counted:
            raise self._incomplete("it grants one row at a time, with which no list can be shown to be whole")

    def _incomplete(self, why: str) -> Incomplete:
        return Incomplete(
            f"The list is not complete: the portal counts {self.proof.counted:,}, {self.proof.read:,} were read, and {why}.",
            expected=self.proof.counted,
            received=self.proof.read,
            hint="Try again when the portal is quieter; with require_complete=False you get what there is, with a warning.",
        )


def id_of(row: Row) -> str:
    """The id of a row."""
    return row.id if isinstance(row, RawRecord) else str(row.get("id", ""))
