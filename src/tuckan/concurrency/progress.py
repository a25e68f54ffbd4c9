"""Progress of long work and of awaited answers, in a terminal or notebook; the only use of tqdm."""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING, Any, Self

from tuckan._text import printable

if TYPE_CHECKING:
    from types import TracebackType

SECONDS_UNSEEN = 1.0
SECONDS_OF_SILENCE = 2.0
BETWEEN_TICKS = 0.5
COLUMNS_IN_A_NOTEBOOK = 100
_ERASE = "\r\x1b[K"

_bars: set[int] = set()
"""The active bars, by their `id`."""


def somebody_watches() -> bool:
    """Whether there is a terminal or a notebook to show progress in."""
    return in_a_notebook() or at_a_terminal()


def in_a_notebook() -> bool:
    """Whether this is a notebook."""
    return "ipykernel" in sys.modules


def at_a_terminal() -> bool:
    """Whether stderr is a terminal."""
    return sys.stderr is not None and sys.stderr.isatty()


class Screen:
    """Other output on the terminal: records as lines, which hide the bar and the waiting line."""

    def __init__(self) -> None:
        self.for_lines = False
        self._begun = self._dirty = False
        self._lock = threading.Lock()

    def start(self, *, for_lines: bool) -> None:
        """Start again, for records as lines or for something else."""
        with self._lock:
            self.for_lines, self._begun, self._dirty = for_lines, False, False

    def lines_follow(self) -> None:
        """Erase the waiting line before the first line of output."""
        with self._lock:
            if self._dirty:
                _write(_ERASE)
            self._begun, self._dirty = True, False

    def show(self, text: str) -> None:
        """Show this instead of the previous text, unless lines have started to appear."""
        with self._lock:
            if not self._begun and (text or self._dirty):
                _write(_ERASE + text)
                self._dirty = bool(text)


SCREEN = Screen()


def _write(text: str) -> None:
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except (OSError, ValueError):
        return  # the terminal is gone; the work continues


class Waiting:
    """A line on a terminal while answers have been awaited for two seconds; a bar replaces it.

    It is entered for each flow, by any thread or task; the last one to leave erases the line.

    Args:
        site: the address of the portal.
    """

    def __init__(self, site: str) -> None:
        self._site = site
        self._under_way = 0
        self._said: set[str] = set()
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._ticking: threading.Thread | None = None

    def __enter__(self) -> Self:
        with self._lock:
            self._under_way += 1
            if self._under_way == 1:
                self._over = threading.Event()
                self._ticking = threading.Thread(target=self._tick, args=(self._over,), daemon=True)
                self._ticking.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._under_way -= 1
            if self._under_way or self._ticking is None:
                return
            self._over.set()
            self._ticking.join()
            self._said.clear()

    def _tick(self, over: threading.Event) -> None:
        begun = time.monotonic()
        wait = SECONDS_OF_SILENCE
        while not over.wait(wait):
            wait = BETWEEN_TICKS
            SCREEN.show("" if _bars else f"waiting for {self._site}: {time.monotonic() - begun:.0f} s")
        SCREEN.show("")

    def tell(self, trouble: str) -> None:
        """Show immediately why something is retried; the same reason only once.

        Args:
            trouble: what went wrong, in a sentence.
        """
        with self._lock:
            if trouble in self._said:
                return
            self._said.add(trouble)
        line = f"{printable(trouble, one_line=True)} Trying again."
        if not _bars:
            _write(f"{_ERASE}{line}\n")
            return
        from tqdm import tqdm  # noqa: PLC0415 - there is a bar, so it is loaded

        tqdm.write(line, file=sys.stderr)


class _Cell:
    """A file whose writes replace the output of a notebook cell."""

    def __init__(self) -> None:
        self._handle: Any = None

    def write(self, text: str) -> None:
        """Replace the displayed text."""
        from IPython.display import display  # noqa: PLC0415 # only inside a notebook

        shown = {"text/plain": text.strip()}
        if self._handle is not None:
            self._handle.update(shown, raw=True)
        elif shown["text/plain"]:
            self._handle = display(shown, raw=True, display_id=True)  # type: ignore[no-untyped-call]

    def flush(self) -> None:
        """Does nothing: writes are shown immediately."""


class Progress:
    """A progress bar that appears after a second, or not at all without a terminal or notebook.

    Args:
        label: the description.
        total: the total, if known.
        unit: the unit; "" to show only elapsed time.
        show: True or False, or None to show it in a terminal or notebook.
    """

    def __init__(
        self, label: str, *, total: int | None = None, unit: str = "datasets", show: bool | None = None
    ) -> None:
        self.done = 0
        self._bar: Any = None
        self._sends_bytes = unit == "bytes"
        self._over = threading.Event()
        self._ticking = threading.Thread(target=self._tick, daemon=True)
        if (somebody_watches() and not SCREEN.for_lines) if show is None else show:
            from tqdm import tqdm  # noqa: PLC0415 - only paid for when it is seen

            self._bar = tqdm(
                desc=printable(label, one_line=True),
                total=total,
                unit="B" if unit == "bytes" else f" {unit}",
                unit_scale=unit == "bytes",
                bar_format=None if unit else "{desc}: {elapsed}",
                delay=SECONDS_UNSEEN,
                leave=False,
                **_how_wide(),
            )

    def _tick(self) -> None:
        """Show elapsed time, also while the first answer is awaited."""
        while not self._over.wait(SECONDS_UNSEEN):
            if self._sends_bytes and self._bar.total and self._bar.n >= self._bar.total:
                self._bar.set_description_str("waiting for the portal", refresh=False)
            self._bar.refresh()
            self._bar.last_print_t = time.time()  # `close` erases only a bar that was displayed

    def __enter__(self) -> Self:
        if self._bar is not None:
            _bars.add(id(self))
            self._ticking.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._over.set()
            self._ticking.join()
            self._bar.close()
            _bars.discard(id(self))

    def total(self, number: int) -> None:
        """Set the total, once known."""
        if self._bar is not None:
            self._bar.total = number

    def step(self, number: int = 1) -> None:
        """Advance the bar."""
        self.done += number
        if self._bar is not None:
            self._bar.update(number)


def _how_wide() -> dict[str, Any]:
    """The stream and the width of a bar."""
    if in_a_notebook():
        return {"file": _Cell(), "ncols": COLUMNS_IN_A_NOTEBOOK}
    return {"dynamic_ncols": True}
