"""The process: standard streams, and Ctrl-C, after which requests in progress get a moment to finish."""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator
    from types import FrameType
    from typing import NoReturn

SECONDS_TO_END = 12.0
INTERRUPTED = 130

_advice: list[str] = []


@contextmanager
def advising(advice: str) -> Generator[None]:
    """The hint to show if the process ends while this block runs."""
    _advice.append(advice)
    try:
        yield
    finally:
        _advice.remove(advice)


def end_soon_on_interrupt() -> None:
    """End within seconds of Ctrl-C, even while requests wait for a portal that does not answer; at once when pressed twice."""
    pressed = False

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        nonlocal pressed
        if pressed:
            _end()
        pressed = True
        for seconds, act in ((1.0, _tell), (SECONDS_TO_END, _end)):
            timer = threading.Timer(seconds, act)
            timer.daemon = True
            timer.start()
        raise KeyboardInterrupt

    # Whoever started us with Ctrl-C switched off (`nohup`, a job in the background) meant that.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, interrupt)


def open_closed_streams() -> None:
    """Where a shell closed a standard stream (`>&-`), let it lead nowhere: files and connections would get its number."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            with suppress(OSError):
                os.fstat(number)
                continue
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free
            setattr(sys, name, open(number, "w" if number else "r", encoding="utf-8", closefd=False))  # noqa: SIM115


def exit_with(code: int) -> NoReturn:
    """End the process with an exit code.

    Usually at once: freeing every object and module first would take a fifth of the time of a short command. While a
    thread still runs or a stream accepts no more, Python ends the process itself, and reports that.
    """
    if all(thread.daemon or thread is threading.main_thread() for thread in threading.enumerate()):
        with suppress(OSError, ValueError):
            _flush()
            atexit._run_exitfuncs()  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - temporary files are removed there
            _flush()
            os._exit(code)
    # `python -m` ends by the signal instead of the code if Ctrl-C came while Python ran code made of text, as dataclasses do.
    exec("")  # noqa: S102
    sys.exit(code)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()


def say_interrupted() -> None:
    """Write it to stderr, if possible."""
    _say("Interrupted.\n")


def _say(text: str) -> None:
    if sys.stderr is not None:
        with suppress(OSError, ValueError):
            sys.stderr.write(text)


def _tell() -> None:
    _say("\nFinishing requests in progress; press Ctrl-C again to stop at once.\n")


def _end() -> None:
    _say("\n".join(["", *_advice, "Interrupted.", ""]))
    os._exit(INTERRUPTED)
