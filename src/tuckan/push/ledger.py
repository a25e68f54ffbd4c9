"""Which rows of a push have arrived: noted on disk before each is sent and when its answer came, and worked out by counting otherwise.

Rows without a key can't be looked up. But what is under way together has numbers of rows no sum of which is that of others;
so the number of rows in the table tells which of them it has.
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
"""How its file's name ends; the rest is that of the job's journal."""

_FORMAT = 2
"""Since 2 each line has a checksum."""

CALM, LONGEST_CALM = 2.0, 60.0
"""Seconds, at least and at most, without a change, before what has not arrived is taken for lost; between them, twice as
long as the slowest part took."""


class Ledger:
    """What one push has sent. Several threads may share it.

    Args:
        path: its file.

    Attributes:
        base: rows that were in the table before; None as long as nobody has counted.
        most: rows to send at once at most; what was refused as too large makes it smaller.
        broken: why it can't be known what has arrived, once that is so.
        removal: whether the table that was there before is `begun` to be removed, or is `done`.
        left: the state of the table when all was done, as JSON.
        undone: whether the push is being undone, so that no more of it may be sent.
        uncounted: whether another run wrote the ledger, and the table has not been counted since: until then nothing is sent,
            as a crash of the machine may have taken the last lines of a file.

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
        if cut:  # the process ended while it wrote: what the line would tell was not done yet
            if _is_whole(cut):
                raise self._unusable(f"The end of {self.path} is damaged")
            with self.path.open("r+b") as file:
                file.truncate(len(noted) - len(cut))
        # What another process had under way may still be on its way.
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
        elif what == "sent":
            self._under_way[key], self._sent_at[key] = value, moment
        elif what not in ("arrived", "refused"):
            raise ValueError(f"{what!r} is not an entry of a ledger")
        else:
            self._slowest = max(self._slowest, moment - self._sent_at.get(key, moment))
            gone = self._under_way.pop(key, 0)
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
        """Note that the table that was there before is about to be removed (`begun`), or is not there any more (`done`)."""
        with self._lock:
            self._note("removal", value=state)

    def leave(self, state: dict[str, Any]) -> None:
        """Note in which state the table is, now that all is done."""
        with self._lock:
            self._note("left", value=state)

    def undo(self) -> None:
        """Note that the push is being undone: nothing of it is sent any more."""
        with self._lock:
            if not self.undone:
                self._note("undone")

    def begin(self, rows: int) -> None:
        """Note how many rows there are before the first is sent; the first one who counts is right."""
        with self._lock:
            if self.base is None:
                self._note("base", value=rows)

    # -- sending --

    def arrived(self, key: str) -> int:
        """How many rows of a chunk have arrived: always its first ones."""
        return self._arrived.get(key, 0)

    @property
    def total(self) -> int:
        """How many rows have arrived."""
        return sum(self._arrived.values())

    def send(self, key: str, wanted: int) -> int:
        """Note that rows of a chunk are about to be sent.

        Args:
            key: the chunk.
            wanted: how many rows are left of it.

        Returns:
            How many to send now; 0 to wait, as something is in doubt, or as it could not be told from others.
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
        """Note what became of what was sent."""
        with self._lock:
            self._note("arrived" if arrived else "refused", key)

    def repeatable(self, key: str, rows: int) -> None:
        """Note that a chunk has arrived which may be sent as often as one likes."""
        with self._lock:
            self._note("sent", key, rows)
            self._note("arrived", key)

    def less(self, rows: int) -> None:
        """Note that so many rows were too many."""
        self.most = max(1, min(self.most or rows, rows // 2))

    # -- what is in doubt --

    def doubt(self, key: str, *, over: bool) -> None:
        """Note that nobody knows whether it arrived.

        Args:
            key: the chunk.
            over: whether the portal is done with it, so that nothing more can come of it.
        """
        with self._lock:
            self._doubtful[key] = 0.0 if over else time.time()

    def in_doubt(self, key: str | None = None) -> bool:
        """Whether anything is in doubt, or a chunk."""
        return bool(self._doubtful) if key is None else key in self._doubtful

    def claim(self) -> bool:
        """Whether the caller is to find out what has arrived: when nothing else is under way, and nobody else does; `release` ends it."""
        with self._lock:
            if self._claimed or not (self._doubtful or self.uncounted) or set(self._under_way) - set(self._doubtful):
                return False
            self._claimed = True
            return True

    def release(self) -> None:
        """Let others find out."""
        self._claimed = False

    def calm(self) -> float:
        """Seconds to see no change before what has not arrived is taken for lost; none where the portal is done with all."""
        return max(CALM, min(LONGEST_CALM, 2 * self._slowest)) if any(self._doubtful.values()) else 0.0

    def expected(self) -> tuple[int, int]:
        """How many rows the table has at least, and when all that is in doubt has arrived."""
        least = (self.base or 0) + self.total
        return least, least + sum(self._under_way[key] for key in self._doubtful)

    def settle(self, counted: int) -> bool:
        """Note what arrived, as the table's number of rows tells it; False when no sum gives that number."""
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
    """A fact as a line, behind its checksum."""
    text = json.dumps(fact).encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def _fact_of(line: bytes) -> tuple[str, str, Any, float]:
    """The fact in a line.

    Raises:
        ValueError: when it is not as it was written.
    """
    checksum, _, text = line.partition(b" ")
    if checksum != b"%08x" % zlib.crc32(text):
        raise ValueError("its checksum is wrong")
    what, key, value, moment = json.loads(text)
    return what, key, value, moment


def _is_whole(line: bytes) -> bool:
    """Whether a line came to its end, and only the end itself is another one."""
    try:
        json.JSONDecoder().raw_decode(line.partition(b" ")[2].decode("ascii", "replace"))
    except ValueError:
        return False
    return True


_READING = threading.Lock()


def ledger_of(portals: Portals, table: str = "") -> Flow[Ledger]:
    """The ledger of a job, the same for all its operations; one of its tables where it has several."""
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
    """Whether no two sums of these numbers are the same.

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
    """The keys whose numbers make a total; None when none do.

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
"""Seconds to look before it is said that a number fits nothing."""


def settling(ledger: Ledger, resource: str, portal_state: PortalState) -> Flow[None]:
    """Wait until nothing is under way that is not in doubt, then count until the number stays, and note what it tells.

    One of all that wait does it; for the others a moment passes.

    Raises:
        InDoubt: when the number of rows can't be explained by what was sent.
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
