"""The write-ahead log of a push: records on disk before a batch is sent and when its answer arrived, and otherwise counts rows.

Rows without a key can't be looked up. But batches in flight together have row counts with distinct subset sums,
so the number of rows in the table shows which of them have arrived.
"""

from __future__ import annotations

import json
import threading
import time
import zlib
from itertools import combinations
from typing import TYPE_CHECKING, Any

from tuckan._text import counted
from tuckan.errors import ConfigurationError, Hint, InDoubt
from tuckan.jobs.folder import cannot_write
from tuckan.transport.durable import append
from tuckan.wire.flow import Wait, locally
from tuckan.wire.rows import Selection, counting

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from tuckan.jobs.operation import Portals
    from tuckan.wire.flow import Flow
    from tuckan.wire.portal_state import PortalState

LEDGER = ".ledger"
"""The suffix of its file name; the rest is that of the job's journal."""

_FORMAT = 2
"""Format 2 added a checksum to each line."""

CALM, LONGEST_CALM = 2.0, 60.0
"""The minimum and maximum seconds without a change before a batch is considered lost; in between, twice as
long as the slowest batch took."""


class Ledger:
    """What one push has sent. Thread-safe.

    Args:
        path: its file.

    Attributes:
        base: the number of rows in the table before; None until counted.
        most: the maximum number of rows to send at once; lowered when a batch is refused as too large.
        broken: why it can't be determined what has arrived, if so.
        removal: the state of removing the previous table: `begun` or `done`.
        left: the state of the table when everything was done, as JSON.
        undone: whether the push is being undone, so nothing more may be sent.
        loader: what was noted before the file went to the portal's loader; None if none did.
        by_rows: why the rows are sent one by one and not through the loader, if so.
        uncounted: whether another run wrote the ledger, and the table was not counted since: until then nothing is sent,
            since a crash of the machine may have lost the last lines of the file.

    Raises:
        ConfigurationError: when the file is damaged.
    """

    def __init__(self, path: Path) -> None:
        self.base: int | None = None
        self.most: int | None = None
        self.broken = ""
        self.removal = ""
        self.left: dict[str, Any] | None = None
        self.undone = False
        self.loader: dict[str, Any] | None = None
        self.by_rows = ""
        self.uncounted = False
        self.path = path
        self._lock = threading.Lock()
        self._arrived: dict[str, int] = {}
        self._under_way: dict[str, int] = {}
        self._doubtful: dict[str, float] = {}
        self._sent_at: dict[str, float] = {}
        self._slowest = 0.0
        self._claimed = False
        self._begun = False
        if path.exists():
            self._read()

    def _read(self) -> None:
        noted = self.path.read_bytes()
        *lines, cut = noted.split(b"\n")
        for number, line in enumerate(lines, 1):
            try:
                self._take(*_fact_of(line))
            except (ValueError, TypeError, KeyError) as error:
                raise self._unusable(f"{self.path}, line {number}, is damaged") from error
        if cut:  # the process died while writing: the action of this line was not done yet
            if _is_whole(cut):
                raise self._unusable(f"The end of {self.path} is damaged")
            with self.path.open("r+b") as file:
                file.truncate(len(noted) - len(cut))
        # Requests of another process may still be in flight.
        self._doubtful = {key: self._sent_at[key] for key in self._under_way}
        self.uncounted = self.base is not None

    def _unusable(self, what: str) -> ConfigurationError:
        return ConfigurationError(
            f"{what}, so it is not known which rows have arrived.",
            hint="Nothing was sent. Check the table, then push again with "
            + Hint("mode='replace'.", "--mode replace."),
        )

    def _take(self, what: str, key: str, value: Any, moment: float) -> None:
        if what == "format":
            if value != _FORMAT:
                raise self._unusable(f"{self.path} was written by another version of tuckan (format {value})")
            self._begun = True
        elif not self._begun:
            raise ValueError("it does not start like a ledger")
        elif what == "base":
            self.base = value
        elif what == "removal":
            self.removal = value
        elif what == "left":
            self.left = value
        elif what == "undone":
            self.undone = True
        elif what == "loader":
            self.loader = value
        elif what == "by rows":
            self.by_rows = value
        elif what == "sent":
            self._under_way[key], self._sent_at[key] = value, moment
        elif what not in ("arrived", "refused"):
            raise ValueError(f"{what!r} is not an entry of a ledger")
        else:
            self._slowest = max(self._slowest, moment - self._sent_at.get(key, moment))
            gone = self._under_way.pop(key, 0)
            self._doubtful.pop(key, None)
            if what == "arrived":
                self._arrived[key] = self._arrived.get(key, 0) + gone

    def _note(self, what: str, key: str = "", value: Any = 0) -> None:
        facts = [(what, key, value, time.time())]
        if not self._begun:
            facts.insert(0, ("format", "", _FORMAT, facts[0][3]))
        try:
            append(self.path, b"".join(map(_line_of, facts)))
        except OSError as error:
            raise cannot_write(self.path, error) from error
        for fact in facts:
            self._take(*fact)

    def remove(self, state: str) -> None:
        """Record that the previous table is about to be removed (`begun`), or was removed (`done`)."""
        with self._lock:
            self._note("removal", value=state)

    def leave(self, state: dict[str, Any]) -> None:
        """Record the final state of the table."""
        with self._lock:
            self._note("left", value=state)

    def undo(self) -> None:
        """Record that the push is being undone: nothing more is sent."""
        with self._lock:
            if not self.undone:
                self._note("undone")

    def begin(self, rows: int) -> None:
        """Record the number of rows before the first is sent; the first count is kept."""
        with self._lock:
            if self.base is None:
                self._note("base", value=rows)

    # -- through a loader --

    def load(self, key: str, rows: int, noted: dict[str, Any]) -> None:
        """Record that a loader is about to be given all rows, once; until it has ended, the table has any part of them.

        Args:
            key: the batch.
            rows: how many rows it has.
            noted: what is needed to leave the resource as it was.
        """
        with self._lock:
            if self.loader is None:
                self._note("loader", value=noted)
            if key not in self._under_way:
                self._note("sent", key, rows)

    def leave_loader(self, why: str) -> None:
        """Record that the rows are sent without a loader, and why."""
        with self._lock:
            self._note("by rows", value=why)

    @property
    def has_sent_nothing(self) -> bool:
        """Whether no row has arrived or is under way."""
        return not (self._arrived or self._under_way)

    @property
    def is_loading(self) -> bool:
        """Whether a loader may be at work on the table."""
        return self.loader is not None and not self.by_rows and bool(self._under_way)

    # -- sending --

    def arrived(self, key: str) -> int:
        """How many rows of a batch have arrived: always its first ones."""
        return self._arrived.get(key, 0)

    @property
    def total(self) -> int:
        """How many rows have arrived."""
        return sum(self._arrived.values())

    def send(self, key: str, wanted: int) -> int:
        """Record that rows of a batch are about to be sent.

        Args:
            key: the batch.
            wanted: how many of its rows remain.

        Returns:
            How many to send now; 0 to wait, because something is in doubt, or the count would be ambiguous.
        """
        with self._lock:
            if self._doubtful or self.uncounted or self.broken:
                return 0
            others = list(self._under_way.values())
            rows = min(wanted, self.most or wanted)
            while rows and not are_distinct([*others, rows]):
                rows -= 1
            if rows:
                self._note("sent", key, rows)
            return rows

    def end(self, key: str, *, arrived: bool) -> None:
        """Record the outcome of a request."""
        with self._lock:
            self._note("arrived" if arrived else "refused", key)

    def repeatable(self, key: str, rows: int) -> None:
        """Record that an idempotent batch has arrived."""
        with self._lock:
            self._note("sent", key, rows)
            self._note("arrived", key)

    def less(self, rows: int) -> None:
        """Record that this number of rows was too large."""
        self.most = max(1, min(self.most or rows, rows // 2))

    # -- in doubt --

    def doubt(self, key: str, *, over: bool) -> None:
        """Record that its outcome is unknown.

        Args:
            key: the batch.
            over: whether the portal has finished with it, so its outcome can no longer change.
        """
        with self._lock:
            self._doubtful[key] = 0.0 if over else time.time()

    def in_doubt(self, key: str | None = None) -> bool:
        """Whether anything is in doubt, or a given batch."""
        return bool(self._doubtful) if key is None else key in self._doubtful

    def claim(self) -> bool:
        """Whether the caller should determine what has arrived: if nothing else is in flight and no other thread does; ended by `release`."""
        with self._lock:
            if self._claimed or not (self._doubtful or self.uncounted) or set(self._under_way) - set(self._doubtful):
                return False
            self._claimed = True
            return True

    def release(self) -> None:
        """Let other threads do it."""
        self._claimed = False

    def calm(self) -> float:
        """Seconds without a change before a batch is considered lost; 0 if the portal has finished with all."""
        return max(CALM, min(LONGEST_CALM, 2 * self._slowest)) if any(self._doubtful.values()) else 0.0

    def expected(self) -> tuple[int, int]:
        """The row count if nothing in doubt has arrived, and if everything has."""
        least = (self.base or 0) + self.total
        return least, least + sum(self._under_way[key] for key in self._doubtful)

    def settle(self, counted: int) -> bool:
        """Record what arrived, derived from the table's row count; False if no combination matches it."""
        with self._lock:
            rows = {key: self._under_way[key] for key in self._doubtful}
            found = subset(rows, counted - (self.base or 0) - self.total)
            if found is None:
                return False
            for key in rows:
                self._note("arrived" if key in found else "refused", key)
            self._doubtful.clear()
            self.uncounted = False
            return True


def _line_of(fact: tuple[Any, ...]) -> bytes:
    """A fact as a line with its checksum."""
    text = json.dumps(fact).encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def _fact_of(line: bytes) -> tuple[str, str, Any, float]:
    """The fact in a line.

    Raises:
        ValueError: when it is damaged.
    """
    checksum, _, text = line.partition(b" ")
    if checksum != b"%08x" % zlib.crc32(text):
        raise ValueError("its checksum is wrong")
    what, key, value, moment = json.loads(text)
    return what, key, value, moment


def _is_whole(line: bytes) -> bool:
    """Whether a line is complete except for a different line terminator."""
    try:
        json.JSONDecoder().raw_decode(line.partition(b" ")[2].decode("ascii", "replace"))
    except ValueError:
        return False
    return True


_READING = threading.Lock()


def ledger_of(portals: Portals, table: str = "") -> Flow[Ledger]:
    """The ledger of a job, shared by its operations; one for each table if there are several."""
    name = f".{table}{LEDGER}" if table else LEDGER
    if name not in portals.shared:
        yield from locally(_read_once, portals, name)
    ledger: Ledger = portals.shared[name]
    return ledger


def _read_once(portals: Portals, name: str) -> None:
    # A second reader would take a line that is being written for a damaged end.
    with _READING:
        if name not in portals.shared:
            portals.shared[name] = Ledger(portals.beside(name))


def are_distinct(numbers: Collection[int]) -> bool:
    """Whether all subset sums of these numbers are distinct.

    Example:
        >>> are_distinct([5, 6, 8]), are_distinct([5, 6, 11])
        (True, False)
    """
    sums = {0}
    for number in numbers:
        more = {one + number for one in sums}
        if more & sums:
            return False
        sums |= more
    return True


def subset(rows: dict[str, int], total: int) -> set[str] | None:
    """The keys whose numbers sum to a total; None if there are none.

    Example:
        >>> sorted(subset({"a": 5, "b": 6, "c": 8}, 13) or ())
        ['a', 'c']
    """
    for size in range(len(rows) + 1):
        for keys in combinations(rows, size):
            if sum(rows[key] for key in keys) == total:
                return set(keys)
    return None


BETWEEN_LOOKS = 0.25
LEAST_LOOKED = 2.0
"""Seconds to wait before reporting that a count matches nothing."""


def settling(ledger: Ledger, resource: str, portal_state: PortalState) -> Flow[None]:
    """Wait until everything in flight is in doubt, then count until the number is stable, and record what it shows.

    One of the waiting threads does it; the others wait briefly.

    Raises:
        InDoubt: when the row count can't be explained by what was sent.
    """
    if ledger.broken:
        raise InDoubt(ledger.broken, action="datastore_upsert", hint=WHAT_TO_DO)
    if not ledger.claim():
        yield Wait(BETWEEN_LOOKS / 5)
        return
    try:
        yield from _counting(ledger, resource, portal_state)
    finally:
        ledger.release()


def _counting(ledger: Ledger, resource: str, portal_state: PortalState) -> Flow[None]:
    last, unchanged = -1, 0.0
    while True:
        there = (yield from counting(Selection(resource), portal_state)).rows
        unchanged = unchanged + BETWEEN_LOOKS if there == last else 0.0
        last = there
        least, most = ledger.expected()
        all_arrived = there == most
        if (all_arrived or unchanged >= ledger.calm()) and (yield from locally(ledger.settle, there)):
            return
        if unchanged >= max(LEAST_LOOKED, ledger.calm()):
            expected = f"{least:,}" if least == most else f"{least:,} to {most:,}"
            lost = f", or the end of {ledger.path} was lost" if ledger.uncounted else ""
            ledger.broken = (
                f"The table {resource} has {counted(there, 'row')}, and {expected} were expected: somebody else is writing to it{lost}, so"
                " that it can't be told which of the rows that were sent last have arrived. Those were not sent again."
            )
            raise InDoubt(ledger.broken, action="datastore_upsert", hint=WHAT_TO_DO)
        yield Wait(BETWEEN_LOOKS)


WHAT_TO_DO = Hint(
    "When nobody else is writing to it, push again with mode='replace', or with key=[...] and mode='upsert', which can safely be repeated.",
    "When nobody else is writing to it, push again with --mode replace, or with --key COLUMN and --mode upsert, which may be"
    " repeated.",
)
