"""Runs a command in a terminal of its own, as a person would see it."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import termios
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LINES = 50


def run_in_terminal(command: str, variables: Mapping[str, str], folder: Path, *, columns: int = 100) -> tuple[int, str]:
    """Run a line of shell and give its exit code and what stood on the screen at the end, colours included.

    Args:
        command: the line.
        variables: the environment.
        folder: where to run it.
        columns: the width of the screen.
    """
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, columns, 0, 0))
    environment = {**variables, "COLUMNS": str(columns), "TERM": "xterm-256color"}
    process = subprocess.Popen(
        ["/bin/bash", "-c", command], stdin=theirs, stdout=theirs, stderr=theirs, env=environment, cwd=folder
    )
    os.close(theirs)
    with process, os.fdopen(ours, "rb", buffering=0) as screen:
        said = b"".join(iter(lambda: _read(screen.fileno()), b""))
    return process.returncode, _at_the_end(said.decode())


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # how Linux says that nobody writes to it any more
        return b""


def _at_the_end(said: str) -> str:
    """Text without the lines that were written over: bars that moved."""
    return "\n".join(line.rpartition("\r")[2] for line in said.replace("\r\n", "\n").split("\n"))
