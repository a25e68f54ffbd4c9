"""How far a long piece of work is, shown after a second to whoever watches; the door to tqdm."""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from types import TracebackType

SECONDS_UNSEEN = 1.0


def somebody_watches() -> bool:
    """Whether there is a terminal or a notebook to show progress in."""
    return "ipykernel" in sys.modules or (sys.stderr is not None and sys.stderr.isatty())


class Progress:
    """A bar that appears after a second, or nothing at all when nobody watches.

    Args:
        label: what is being done.
        total: how many there are, when it is known.
        unit: what is counted; "" where only the time that goes by is of interest.
        show: True or False to decide, None to show it when a terminal or a notebook is there.
    """

    def __init__(
        self, label: str, *, total: int | None = None, unit: str = "datasets", show: bool | None = None
    ) -> None:
        self.done = 0
        self._bar: Any = None
        self._over = threading.Event()
        self._ticking = threading.Thread(target=self._tick, daemon=True)
        if somebody_watches() if show is None else show:
            from tqdm import tqdm  # noqa: PLC0415 - only paid for when it is seen

            self._bar = tqdm(
                desc=label,
                total=total,
                unit="B" if unit == "bytes" else f" {unit}",
                unit_scale=unit == "bytes",
                bar_format=None if unit else "{desc}: {elapsed}",
                delay=SECONDS_UNSEEN,
                leave=False,
                dynamic_ncols=True,
            )

    def _tick(self) -> None:
        """Show that time goes by, also while the first answer is long in coming."""
        while not self._over.wait(SECONDS_UNSEEN):
            self._bar.refresh()
            self._bar.last_print_t = time.time()  # a bar that was seen is one that `close` wipes out

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._ticking.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._over.set()
            self._ticking.join()
            self._bar.close()

    def total(self, number: int) -> None:
        """Tell how many there are, once it is known."""
        if self._bar is not None:
            self._bar.total = number

    def step(self, number: int = 1) -> None:
        """Tell that some more are done."""
        self.done += number
        if self._bar is not None:
            self._bar.update(number)
