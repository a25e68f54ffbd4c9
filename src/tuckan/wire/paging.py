"""Reading a whole list page by page, so that it is complete or it says so.

What makes a list short without a word, and how `Reading` sees it:

- the portal grants fewer rows than were asked: pages are stepped by what was received, never by what was asked;
- rows move while they are read: in a list ordered by id, each page must begin at or before the last id read, so that
  a row that moved cannot slip through the seam; where it could have, the page before is asked for again;
- it drops a row whose stored record is missing: a page with fewer rows than its place in the list promises is looked at
  again by ids alone, which drops none;
- it hides rows and counts them: the place of a page tells how many rows the portal has before it. Where more are there
  than were read, they came in meanwhile or they are hidden; `unexplained` says so, and the list is read a second time;
- it counts wrongly, or gives the same rows whatever is asked for: a page is the last one only where it holds fewer rows
  than the portal was seen to give at once, or a handful.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from tuckan._text import counted
from tuckan.errors import Hint, Incomplete

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

OVERLAP = 1
FEWEST_ROWS = OVERLAP + 1
"""Rows of a page that overlaps the one before and brings something new."""

_MOST_BYTES = 4_000_000
"""Bytes of a page: so many that a portal's work for a page is little beside that for its rows, and so few that those
which come side by side take little memory, whatever the size of the records."""

_MOST_STEPS_BACK = 40
_MOST_IDLE = 5
_HANDFUL = 10
"""Rows that CKAN gives unasked. A page of fewer was cut by no limit of the portal."""

_RECENT = 4_000
"""Ids of the rows read last that are kept, to find the place where a page overlaps them."""


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
        keys: the ids that it lists, in order.
    """

    span: Span
    count: int
    records: Sequence[Row] = field(repr=False)
    size: int = 0
    recovered: tuple[str, ...] = ()
    ghosts: tuple[str, ...] = ()
    keys: list[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        is_raw = bool(self.records) and isinstance(self.records[0], RawRecord)
        keys: list[str] = [row.id for row in self.records] if is_raw else [row["id"] for row in self.records]  # type: ignore[union-attr, index]
        object.__setattr__(self, "keys", sorted([*keys, *self.ghosts]) if self.ghosts else keys)

    @property
    def end(self) -> int:
        """The position after its last row, of those that the portal lists."""
        return self.span.start + len(self.keys)

    @property
    def is_short(self) -> bool:
        """Whether rows are absent that its place in the list promises."""
        return len(self.records) < min(self.span.rows, max(0, self.count - self.span.start))


@dataclass(slots=True)
class Proof:
    """How a list was read, and why it is complete.

    Attributes:
        read: records given, without duplicates.
        counted: how many the portal counted when the last page came.
        pages: pages that brought records, or were asked for first.
        changed: whether the portal's list changed while reading.
        steps_back: pages asked for again because rows had moved.
        recovered: ids that the portal had dropped from a page, and that were fetched one by one.
        late: ids that only a second reading of the list showed, and that were fetched one by one.
        ghosts: ids that the portal counts and does not have: its search index is behind.
        types: the types of records that were read, where a list holds those of one or some types only.
        note: what could not be found out.
    """

    read: int = 0
    counted: int = 0
    pages: int = 0
    changed: bool = False
    steps_back: int = 0
    recovered: list[str] = field(default_factory=list[str])
    late: list[str] = field(default_factory=list[str])
    ghosts: set[str] = field(default_factory=set[str])
    types: tuple[str, ...] = ()
    note: str = ""

    def __str__(self) -> str:
        pages = counted(self.pages, "page")
        said = f"{self.read:,} of {self.counted:,} read in {pages}, complete, no duplicates"
        if self.types:
            said += f"; {'type' if len(self.types) == 1 else 'types'} {', '.join(self.types)}"
        if self.recovered:
            said += f"; {len(self.recovered)} that the portal had dropped fetched one by one"
        if self.late:
            said += f"; {len(self.late)} that came in meanwhile fetched one by one"
        if self.ghosts:
            said += f"; {len(self.ghosts)} that are only in its index, and are no datasets any more"
        if self.changed:
            said += "; the portal changed meanwhile, and nothing that stayed was missed"
        return f"{said}; {self.note}" if self.note else said


@dataclass(slots=True)
class Reading:
    """The state of reading one list ordered by id. It is fed pages in order and gives their new records.

    Attributes:
        start: the position to begin at.
        rows: how many rows to ask for at once; lowered to what the portal grants.
        granted: the most rows that the portal was seen to give at once.
        proof: what is known so far.
        unexplained: whether the portal has, or counts, more rows than it gave: they came in before the place that was
            being read, or it does not show them. Only another reading can tell.
    """

    start: int
    rows: int
    granted: int = 0
    proof: Proof = field(default_factory=Proof)
    _first_id: str | None = None
    _last_id: str | None = None
    _end: int = 0
    _closed: bool = False
    _idle: int = 0
    _listed: int = 0
    _recent: list[str] = field(default_factory=list[str])
    _known: array[int] = field(default_factory=lambda: array("q"))
    _counts: set[int] = field(default_factory=set[int])
    unexplained: bool = False

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
        while position < self.proof.counted and self._idle <= _MOST_IDLE:
            yield Span(max(self.start, position - OVERLAP), self.rows)
            position += step

    def gap_before(self, page: Page, tries: int) -> Span | None:
        """The part to ask for when a row may have slipped through between the last page and this one, else None.

        Raises:
            Incomplete: when the list moves too much to be read.
        """
        if self._last_id is None or page.span.start <= self.start or not page.keys:
            return None
        if page.keys[0] <= self._last_id:
            return None
        if tries >= _MOST_STEPS_BACK:
            raise self._incomplete("its rows move faster than they can be read")
        start = min(self._end, page.span.start) - 2 ** min(tries, 20)
        return Span(max(self.start, start), self.rows)

    def take(self, page: Page) -> list[Row]:
        """Accept a page, and give its records that were not given before.

        Raises:
            Incomplete: when the portal does not keep to the order by id, on which the proof rests, or to the part that
                it was asked for.
        """
        proof = self.proof
        # Pages overlap, so that one dataset may have been fetched twice.
        proof.recovered.extend(key for key in page.recovered if key not in proof.recovered)
        proof.ghosts.update(page.ghosts)
        self.rows = min(self.rows, page.span.rows)
        if page.size > _MOST_BYTES:
            self.rows = max(FEWEST_ROWS, min(self.rows, _MOST_BYTES * len(page.records) // page.size))
        proof.counted = page.count
        self._counts.add(page.count)
        proof.changed |= len(self._counts) > 1
        self._require_order(page.keys)
        self._compare_places(page, page.keys)
        last = self._last_id
        fresh = page.keys if last is None else page.keys[bisect_right(page.keys, last) :]
        proof.pages += bool(fresh) or not proof.pages
        self._note(fresh, page)
        records = [*page.records[len(page.records) - len(fresh) :]]
        if page.ghosts:
            records = [one for one in page.records if last is None or id_of(one) > last]
        proof.read += len(records)
        return records

    def _require_order(self, keys: list[str]) -> None:
        if len(set(keys)) != len(keys):
            raise self._incomplete("it gives different rows with the same id")
        if keys != sorted(keys):
            raise self._incomplete("it does not keep the order by id that was asked for")

    def _compare_places(self, page: Page, keys: list[str]) -> None:
        """Find out whether the portal has as many rows before this page as were read before it."""
        if not keys or page.span.start <= self.start or self._first_id is None:
            return
        if keys[0] <= self._first_id and keys[-1] <= (self._last_id or "") and page.span.start - self.start > OVERLAP:
            raise self._incomplete("it gives the same rows again, whichever part of the list it is asked for")
        overlap = len(self._recent) - bisect_left(self._recent, keys[0])
        before = self._listed - overlap
        is_far_back = keys[0] < self._recent[0] and len(self._recent) < self._listed
        self.unexplained |= is_far_back or page.span.start - self.start > before
        self.proof.changed |= page.span.start - self.start != before

    def _note(self, fresh: list[str], page: Page) -> None:
        """Note which rows are read, and how far: a page that holds the last row at its own time closes the list.

        Where the list ended when an earlier page came says nothing: what was deleted since moved the rest towards the
        start. A page that is full, or may have been cut by a limit of the portal, is not the last, whatever it counts.
        """
        if fresh:
            self._first_id = self._first_id or fresh[0]
            self._last_id = fresh[-1]
            self._listed += len(fresh)
            self._recent = (self._recent + fresh)[-_RECENT:]
            self._known.extend(map(hash, fresh))
        self._idle = 0 if fresh else self._idle + 1
        if page.keys or self._last_id is None:
            self._end = page.end
            is_cut = len(page.keys) >= page.span.rows or len(page.keys) >= max(_HANDFUL, self.granted)
            self._closed = page.end >= page.count and not is_cut
            self.granted = max(self.granted, len(page.keys))
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
        """The proof, at the end: every page began at or before the last id of the one before, and one held the last row.

        Where `unexplained` is set, that does not show that nothing is hidden.

        Raises:
            Incomplete: when the last row was never seen.
        """
        if not self._closed:
            raise self._incomplete("some were never delivered")
        if self._listed < self.proof.counted - self.start:
            self.unexplained = self.proof.changed = True
        return self.proof

    def unknown(self, again: Iterable[str]) -> list[str]:
        """Those ids of another reading that this one has not seen."""
        known = set(self._known)
        first = self._first_id if self.start else None
        return [key for key in again if hash(key) not in known and (first is None or key > first)]

    def note_late(self, key: str, record: Row | None) -> None:
        """Take note of a row that only another reading showed; None when the portal does not have it."""
        self._known.append(hash(key))
        self._listed += 1
        if record is None:
            self.proof.ghosts.add(key)
        else:
            self.proof.late.append(key)
            self.proof.read += 1

    def note_again(self, again: Reading) -> None:
        """Take note of another reading of the list."""
        self.proof.pages += again.proof.pages
        self.proof.counted = again.proof.counted
        self.proof.changed = True

    def hidden(self, least: int) -> Incomplete:
        """The error for a list that stays shorter than the portal counts, however often it is read."""
        return self._incomplete(f"{least:,} of those that it counts are not shown, or come and go")

    @property
    def missing(self) -> int:
        """How many rows the portal counts, and has not shown."""
        return max(1, self.proof.counted - self.start - self._listed)

    def _require_overlap(self) -> None:
        if self.rows < FEWEST_ROWS and self._end < self.proof.counted:
            raise self._incomplete("it grants one row at a time, with which no list can be shown to be whole")

    def _incomplete(self, why: str) -> Incomplete:
        return Incomplete(
            f"The list is not complete: the portal counts {self.proof.counted:,}, {self.proof.read:,} were read, and {why}.",
            expected=self.proof.counted,
            received=self.proof.read,
            hint="Try again when the portal is quieter; "
            + Hint("with require_complete=False", "with --allow-incomplete")
            + " you get what there is, with a warning.",
        )


def id_of(row: Row) -> str:
    """The id of a row."""
    return row.id if isinstance(row, RawRecord) else str(row.get("id", ""))
