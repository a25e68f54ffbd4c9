"""Files opened as text: packed or not, in the encoding that they turn out to be in."""

from __future__ import annotations

import codecs
import gzip
import io
import re
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from tuckan.errors import InvalidArgument
from tuckan.transport.lines import zstd

if TYPE_CHECKING:
    from collections.abc import Generator

SNIFFED = 1 << 16
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NOT_TEXT = re.compile(r"[\udc80-\udcff]")


@contextmanager
def opened(source: str | Path | IO[bytes]) -> Generator[io.BufferedReader]:
    """A file's bytes, unpacked.

    Args:
        source: its path, `-` for standard input, or an open binary file, which stays open.

    Raises:
        InvalidArgument: when there is no such file.
        MissingDependency: when it is packed in a way that needs another library.
    """
    if str(source) == "-":
        yield _unpacked(sys.stdin.buffer)
    elif isinstance(source, (str, Path)):
        try:
            file = Path(source).expanduser().open("rb")
        except OSError as error:
            raise InvalidArgument(
                f"{source} can't be read: {error.strerror}.", hint="Check the name and the folder."
            ) from error
        with file:
            yield _unpacked(file)
    else:
        yield _unpacked(source)


def _unpacked(file: IO[bytes]) -> io.BufferedReader:
    reader: io.BufferedReader = (
        file if isinstance(file, io.BufferedReader) else io.BufferedReader(cast("io.RawIOBase", file))
    )
    start = reader.peek(4)
    if start.startswith(_GZIP):
        return io.BufferedReader(cast("io.RawIOBase", gzip.GzipFile(fileobj=reader)))
    if start.startswith(_ZSTD):
        return io.BufferedReader(cast("io.RawIOBase", zstd("read").ZstdFile(reader)))
    return reader


def as_text(reader: io.BufferedReader, encoding: str | None) -> io.TextIOWrapper:
    """A file's text; bytes that are none in its encoding come as marks that `is_text` knows.

    Args:
        reader: its bytes.
        encoding: its encoding; without it the file's own mark, or UTF-8.

    Raises:
        InvalidArgument: when there is no such encoding.
    """
    try:
        codecs.lookup(encoding or "utf-8")
    except LookupError as error:
        raise InvalidArgument(
            f"{encoding!r} is no encoding that Python knows.", hint="Usual ones are utf-8, utf-16, cp1252, latin-1."
        ) from error
    return io.TextIOWrapper(
        reader, encoding=encoding or _encoding_of(reader.peek(SNIFFED)), errors="surrogateescape", newline=""
    )


def _encoding_of(start: bytes) -> str:
    for mark, name in _MARKS:
        if start.startswith(mark):
            return name
    # Text without a mark that is half zeros is UTF-16 all the same: Windows' "Unicode text" by other programs.
    if start[1:2] == b"\0" and start[:1] != b"\0":
        return "utf-16-le"
    if start[:1] == b"\0" and start[1:2] != b"\0":
        return "utf-16-be"
    return "utf-8"


def is_text(text: str) -> bool:
    """Whether all of it was text in the file's encoding."""
    return text.isascii() or not _NOT_TEXT.search(text)
