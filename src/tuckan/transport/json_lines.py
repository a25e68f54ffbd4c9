"""JSON lines on disk: compressed by file extension, and never partially written."""

from __future__ import annotations

import gzip
import json
import sys
import tempfile
import weakref
import zlib
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeAlias

import msgspec

from tuckan._optional import load
from tuckan.errors import InvalidArgument
from tuckan.transport.durable import complete, replacing
from tuckan.wire.formats import FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

Write: TypeAlias = "Callable[[Sequence[bytes | msgspec.Raw]], None]"

DAMAGED = (EOFError, gzip.BadGzipFile, zlib.error)
"""The exceptions for truncated or damaged compressed files."""

GZIP_LEVEL = 6
ENDINGS = (".jsonl", ".jsonl.gz", ".jsonl.zst")
"""The extensions of such files."""

_COMPRESSED = (".gz", ".zst")
_LINES = {"jsonl", "ndjson", "txt", "log"}
_OTHERS = (
    FORMATS | {"br", "db", "duckdb", "gzip", "ipc", "lz", "lz4", "lzma", "pickle", "pkl", "tbz2", "txz", "zstd"}
) - _LINES
"""Extensions that imply another format."""


class Spool:
    """Records in a temporary file, to be read more than once."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile(prefix="tuckan-records-")  # noqa: SIM115 - closed with the spool
        weakref.finalize(self, self._file.close)

    def add(self, record: Any) -> None:
        """Add a record."""
        self._file.write(json.dumps(record).encode() + b"\n")  # msgspec refuses half a character

    def __iter__(self) -> Iterator[Any]:
        self._file.seek(0)
        for line in self._file:
            yield json.loads(line)


@contextmanager
def line_writer(to: Path | IO[bytes]) -> Generator[Write]:
    """Write JSON lines in batches; a file appears under its name when the last one is written.

    Args:
        to: a path, compressed if it ends in `.gz` or `.zst`, or an open binary file.

    Yields:
        A function that writes records, each on one line.

    Raises:
        InvalidArgument: when the extension implies another format, or the file can't be created.
    """
    if not isinstance(to, Path):
        yield _writing(complete(to))
        return
    _check(to)
    with ExitStack() as stack:
        file = stack.enter_context(replacing(to))
        yield _writing(stack.enter_context(_compressing(file, to.suffix.lower())))


def _check(path: Path) -> None:
    if path.is_dir() or not path.parent.is_dir():
        raise InvalidArgument(
            f"The file {str(path)!r} can't be created.", hint="Give the path of a file in an existing folder."
        )
    name = Path(path.stem) if path.suffix.lower() in _COMPRESSED else path
    if name.suffix.lower().removeprefix(".") in _OTHERS:
        raise InvalidArgument(
            f"{path.name} would contain JSON lines, but its name ends in {name.suffix}.",
            hint=f"Use a name that ends in one of {', '.join(ENDINGS)}.",
        )


def _writing(file: IO[bytes]) -> Write:
    def write(records: Sequence[bytes | msgspec.Raw]) -> None:
        block = b"\n".join([*records, b""])
        if not _has_lines(block, len(records)):
            block = b"\n".join([*map(_on_one_line, records), b""])
        file.write(block)

    return write


def _has_lines(block: bytes, number: int) -> bool:
    """Whether it has exactly this number of lines, by repeated `find`: `bytes.count` is slower."""
    end = 0
    for _ in range(number):
        end = block.find(b"\n", end) + 1
    return end == len(block)


def _on_one_line(record: bytes | msgspec.Raw) -> bytes:
    whole = bytes(record)
    return msgspec.json.format(whole, indent=-1) if b"\n" in whole else whole


def read_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """The lines of a file that are not empty, each with its number."""
    with ExitStack() as stack:
        file = stack.enter_context(path.open("rb"))
        for number, line in enumerate(stack.enter_context(_decompressing(file, path.suffix.lower())), 1):
            if line.strip():
                yield number, line


def _compressing(file: IO[bytes], ending: str) -> Any:
    if ending == ".gz":
        # Without name and time, so that equal dumps are equal files.
        return gzip.GzipFile("", "wb", GZIP_LEVEL, file, mtime=0)
    if ending == ".zst":
        return zstd("write files that end in .zst").ZstdFile(file, "wb")
    return file


def _decompressing(file: IO[bytes], ending: str) -> Any:
    if ending == ".gz":
        return gzip.GzipFile(fileobj=file)
    if ending == ".zst":
        return zstd("read files that end in .zst").ZstdFile(file)
    return file


def zstd(purpose: str) -> Any:
    """The library for zstd: Python's own from 3.14 on, and before that the same from a package.

    Args:
        purpose: what it is needed for, to complete "... is needed to ...".

    Raises:
        MissingDependency: when the package is not installed.
    """
    module = "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"
    return load(module, extra="zstd", purpose=purpose)
