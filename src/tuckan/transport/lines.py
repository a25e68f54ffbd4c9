"""JSON lines on disk: compressed as their name says, and never there half written."""

from __future__ import annotations

import gzip
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeAlias

from tuckan._optional import load

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

Write: TypeAlias = "Callable[[bytes], Any]"

GZIP_LEVEL = 6
WRITTEN_AT_ONCE = 1 << 20
"""Bytes that are gathered before the system is asked to write them: lines are longer than its usual eight thousand."""

ENDINGS = (".jsonl", ".jsonl.gz", ".jsonl.zst")
"""How the names of such files end."""


@contextmanager
def line_writer(to: Path | IO[bytes]) -> Generator[Write]:
    """Write lines, each given without its end; a file appears under its name when the last one is written.

    Args:
        to: a path, whose ending `.gz` or `.zst` compresses, or an open binary file.

    Yields:
        What writes a line.
    """
    if not isinstance(to, Path):
        yield _ending_each(to)
        return
    part = to.with_name(f"{to.name}.part")
    try:
        with ExitStack() as stack:
            file = stack.enter_context(part.open("wb", buffering=WRITTEN_AT_ONCE))
            yield _ending_each(stack.enter_context(_compressing(file, to.suffix)))
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    part.replace(to)


def _ending_each(file: IO[bytes]) -> Write:
    def write(line: bytes) -> None:
        file.write(line)
        file.write(b"\n")

    return write


def read_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """The lines of a file that are not empty, each with its number."""
    with ExitStack() as stack:
        file = stack.enter_context(path.open("rb"))
        for number, line in enumerate(stack.enter_context(_decompressing(file, path.suffix)), 1):
            if line.strip():
                yield number, line


def _compressing(file: IO[bytes], ending: str) -> Any:
    if ending == ".gz":
        # Neither the name nor the time in it, so that equal dumps are equal files.
        return gzip.GzipFile("", "wb", GZIP_LEVEL, file, mtime=0)
    if ending == ".zst":
        return zstd("write").ZstdFile(file, "wb")
    return file


def _decompressing(file: IO[bytes], ending: str) -> Any:
    if ending == ".gz":
        return gzip.GzipFile(fileobj=file)
    if ending == ".zst":
        return zstd("read").ZstdFile(file)
    return file


def zstd(purpose: str) -> Any:
    """The library for zstd: Python's own from 3.14 on, and before that the same from a package.

    Args:
        purpose: `read` or `write`.

    Raises:
        MissingDependency: when the package is not installed.
    """
    module = "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"
    return load(module, extra="zstd", purpose=f"{purpose} files that end in .zst")
