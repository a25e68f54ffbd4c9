"""Reading a whole list page by page, so that it is proven complete, or an error.

What silently makes a list short, and how `Reading` detects it:

- the portal grants fewer rows than requested: pages advance by the number of rows received, never requested;
- rows move while they are read: in a list ordered by id, each page must begin at or before the last id read, so that
  a row that moved cannot slip between two pages; if it could have, the previous page is requested again;
- it drops a row whose stored record is missing: a page with fewer rows than its position implies is requested
  again as ids only, which drops none;
- it hides rows but counts them: the position of a page says how many rows the portal has before it. If there are more
  than were read, they were added meanwhile or are hidden; `unexplained` says so, and the list is read a second time;
- it miscounts, or returns the same rows for every page: a page is the last one only if it holds fewer rows
  than the portal was seen to return at once, or very few.
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
"""The smallest page that overlaps the previous one and still adds a row."""

_MOST_BYTES = 4_000_000
"""The target size of a page in bytes: large enough that the portal's overhead per page is small, small enough that
concurrent pages take little memory, whatever the size of the records."""

_MOST_STEPS_BACK = 40
_MOST_IDLE = 5
_HANDFUL = 10
"""CKAN's default number of rows. A page with fewer was not cut by a limit of the portal."""

_RECENT = 4_000
"""How many ids of the last rows are kept, to find where the next page overlaps."""


class Span(msgspec.Struct, frozen=True):
    """A range of a list: its position, and its number of rows."""

    start: int
    rows: int


class RawRecord(msgspec.Struct, frozen=True):
    """A record of which only the id was decoded.

    Attributes:
        id: its id.
        json: the whole record as received.
    """

    id: str
    json: msgspec.Raw


Row: TypeAlias = "dict[str, Any] | RawRecord"


@dataclass(frozen=True, slots=True)
class Page:
    """A range of a list as received.

    Attributes:
        span: the range.
        count: the portal's total count.
        records: the rows.
        size: the size of the answer in bytes.
        recovered: ids that the portal omitted from the page, and that were fetched individually.
        ghosts: ids that the portal lists but does not have.
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
        """The position after the last row that the portal lists."""
        return self.span.start + len(self.keys)

    @property
    def is_short(self) -> bool:
        """Whether it has fewer rows than its position in the list implies."""
        return len(self.records) < min(self.span.rows, max(0, self.count - self.span.start))


@dataclass(slots=True)
class Proof:
    """How a list was read, and why it is complete.

    Attributes:
        read: the number of records returned, without duplicates.
        counted: the portal's count at the time of the last page.
        pages: the number of pages that contained records, or were requested first.
        changed: whether the portal's list changed while reading.
        steps_back: pages requested again because rows had moved.
        recovered: ids that the portal omitted from a page, and that were fetched individually.
        late: ids that only a second reading of the list showed, and that were fetched individually.
        ghosts: ids that the portal counts but does not have: its search index is out of date.
        types: the types of records that were read, if the list is limited to some types.
        note: what could not be determined.
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
            said += f"; {len(self.recovered)} that the portal had omitted, fetched individually"
        if self.late:
            said += f"; {len(self.late)} that were added meanwhile, fetched individually"
        if self.ghosts:
            said += f"; {len(self.ghosts)} that exist only in the search index"
        if self.changed:
            said += "; the portal changed meanwhile, and no remaining record was missed"
        return f"{said}; {self.note}" if self.note else said


class Reading(msgspec.Struct):
    """The state of reading one list ordered by id. It accepts pages in order and returns their new records.

    Attributes:
        start: the position to start at.
        rows: how many rows to request at once; lowered to what the portal grants.
        granted: the largest number of rows that the portal was seen to return at once.
        proof: what is known so far.
        unexplained: whether the portal has, or counts, more rows than it returned: they were added before the position that was
            being read, or are hidden. Only another reading can tell.
    """

    start: int
    rows: int
    granted: int = 0
    proof: Proof = msgspec.field(default_factory=Proof)
    _first_id: str | None = None
    _last_id: str | None = None
    _end: int = 0
    _closed: bool = False
    _idle: int = 0
    _listed: int = 0
    _recent: list[str] = msgspec.field(default_factory=list[str])
    _known: array[int] = msgspec.field(default_factory=lambda: array("q"))
    _counts: set[int] = msgspec.field(default_factory=set[int])
    unexplained: bool = False

    def __post_init__(self) -> None:
        self.rows = max(FEWEST_ROWS, self.rows)

    def first(self) -> Span:
        """The first range to request."""
        return Span(self.start, self.rows)

    def rest(self) -> Iterator[Span]:
        """The ranges after the first, up to the portal's count; each overlaps the previous one by a row."""
        self._require_overlap()
        step = self.rows - OVERLAP
        position = self._end
        while position < self.proof.counted and self._idle <= _MOST_IDLE:
            yield Span(max(self.start, position - OVERLAP), self.rows)
            position += step

    def gap_before(self, page: Page, tries: int) -> Span | None:
        """The range to request if a row may have been missed between the last page and this one, otherwise None.

        Raises:
            Incomplete: when the list changes too fast to be read.
        """
        if self._last_id is None or page.span.start <= self.start or not page.keys:
            return None
        if page.keys[0] <= self._last_id:
            return None
        if tries >= _MOST_STEPS_BACK:
            raise self._incomplete("its rows change faster than they can be read")
        start = min(self._end, page.span.start) - 2 ** min(tries, 20)
        return Span(max(self.start, start), self.rows)

    def take(self, page: Page) -> list[Row]:
        """Accept a page, and return its new records.

        Raises:
            Incomplete: when the portal does not return the order by id that the proof depends on, or the range that
                was requested.
        """
        proof = self.proof
        # Pages overlap, so a dataset may have been fetched twice.
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
            raise self._incomplete("it returns different rows with the same id")
        if keys != sorted(keys):
            raise self._incomplete("it does not return rows in order of id, as requested")

    def _compare_places(self, page: Page, keys: list[str]) -> None:
        """Check whether the portal has as many rows before this page as were read."""
        if not keys or page.span.start <= self.start or self._first_id is None:
            return
        if keys[0] <= self._first_id and keys[-1] <= (self._last_id or "") and page.span.start - self.start > OVERLAP:
            raise self._incomplete("it returns the same rows for every part of the list")
        overlap = len(self._recent) - bisect_left(self._recent, keys[0])
        before = self._listed - overlap
        is_far_back = keys[0] < self._recent[0] and len(self._recent) < self._listed
        self.unexplained |= is_far_back or page.span.start - self.start > before
        self.proof.changed |= page.span.start - self.start != before

    def _note(self, fresh: list[str], page: Page) -> None:
        """Record which rows were read: a page that held the last row when it was returned closes the list.

        Where the list ended when an earlier page arrived does not matter: deletions since then moved the rest towards the
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
        """The range to request if no page has held the last row yet, otherwise None.

        Raises:
            Incomplete: when the portal does not return it.
        """
        if self._closed:
            return None
        self._require_overlap()
        if self._idle > _MOST_IDLE:
            raise self._incomplete("some were never returned")
        return Span(max(self.start, min(self._end, self.proof.counted) - OVERLAP), self.rows)

    def finish(self) -> Proof:
        """The proof, at the end: every page began at or before the last id of the one before, and one held the last row.

        If `unexplained` is set, this does not prove that nothing is hidden.

        Raises:
            Incomplete: when the last row was never seen.
        """
        if not self._closed:
            raise self._incomplete("some were never returned")
        if self._listed < self.proof.counted - self.start:
            self.unexplained = self.proof.changed = True
        return self.proof

    def unknown(self, again: Iterable[str]) -> list[str]:
        """The ids of another reading that this one has not seen."""
        known = set(self._known)
        first = self._first_id if self.start else None
        return [key for key in again if hash(key) not in known and (first is None or key > first)]

    def note_late(self, key: str, record: Row | None) -> None:
        """Record a row that only another reading showed; None if the portal does not have it."""
        self._known.append(hash(key))
        self._listed += 1
        if record is None:
            self.proof.ghosts.add(key)
        else:
            self.proof.late.append(key)
            self.proof.read += 1

    def note_again(self, again: Reading) -> None:
        """Record another reading of the list."""
        self.proof.pages += again.proof.pages
        self.proof.counted = again.proof.counted
        self.proof.changed = True

    def hidden(self, least: int) -> Incomplete:
        """The error for a list that stays shorter than the portal's count after repeated readings."""
        return self._incomplete(f"{least:,} of those that it counts are hidden, or appear only at times")

    @property
    def missing(self) -> int:
        """How many rows the portal counts but has not returned."""
        return max(1, self.proof.counted - self.start - self._listed)

    def _require_overlap(self) -> None:
        if self.rows < FEWEST_ROWS and self._end < self.proof.counted:
            raise self._incomplete("it returns one row at a time, so the list cannot be proven complete")

    def _incomplete(self, why: str) -> Incomplete:
        return Incomplete(
            f"The list is not complete: the portal counts {self.proof.counted:,}, {self.proof.read:,} were read, and {why}.",
            expected=self.proof.counted,
            received=self.proof.read,
            hint="Try again when the portal is less busy; "
            + Hint("with require_complete=False", "with --allow-incomplete")
            + " returns what there is, with a warning.",
        )


def id_of(row: Row) -> str:
    """The id of a row."""
    return row.id if isinstance(row, RawRecord) else str(row.get("id", ""))
