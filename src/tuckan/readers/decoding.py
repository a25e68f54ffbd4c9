"""Opening files as text: decompressed, checked to be text, and decoded."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import re
import shutil
import sys
import tempfile
import zipfile
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from tuckan._text import counted
from tuckan.errors import Hint, InvalidArgument
from tuckan.readers.file_kinds import refused_archive
from tuckan.transport.json_lines import DAMAGED, zstd

if TYPE_CHECKING:
    from collections.abc import Generator

SNIFFED = 1 << 16
_LOOKED_AT = 64
BROKEN = (*DAMAGED, lzma.LZMAError, zipfile.BadZipFile, OSError)
"""The exceptions for damaged or truncated compressed files."""


def is_damage(error: Exception) -> bool:
    """Whether one of these means a damaged file rather than a system error such as a full disk."""
    return not (isinstance(error, OSError) and error.errno)


_COMPRESSIONS = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"BZh": "bz2", b"\xfd7zXZ\0": "xz"}
_ZIP = b"PK\x03\x04"
_OF_WORKBOOKS = ("[content_types].xml", "mimetype", "content.xml", "xl/")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LIKELY = ("cp1252", "cp1250", "cp850", "mac_roman")
_NOT_IN_ENCODING = "the text is not"
_NOT_TEXT = re.compile(r"[\ud800-\udfff]")


@contextmanager
def opened(source: str | Path | IO[bytes]) -> Generator[io.BufferedReader]:
    """A file's bytes, decompressed: gzip, bzip2, xz, Zstandard, or a ZIP archive with one file.

    Args:
        source: its path, `-` for standard input, or an open binary file, which stays open.

    Raises:
        InvalidArgument: when there is no such file, or a ZIP archive has several.
        MissingDependency: when it is compressed in a way that needs another library.
    """
    with ExitStack() as stack:
        if str(source) == "-":
            file, named = _buffered(sys.stdin.buffer), "standard input"
        elif isinstance(source, (str, Path)):
            file, named = stack.enter_context(_file(source)), Path(source).name
        else:
            file, named = _buffered(source), Path(str(getattr(source, "name", "the file"))).name
            if file is not source:
                stack.callback(_left_open, file)
        yield _unpacked(file, named, stack)


def _file(path: str | Path) -> io.BufferedReader:
    try:
        return Path(path).expanduser().open("rb")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise InvalidArgument(f"{path} can't be read: {reason}.", hint="Check the name and the folder.") from error


def _left_open(reader: io.BufferedReader) -> None:
    """Detach the caller's file, which would otherwise be closed with the reader."""
    with suppress(ValueError):
        reader.detach()


def _unpacked(reader: io.BufferedReader, named: str, stack: ExitStack) -> io.BufferedReader:
    start = reader.peek(16)
    name = next((name for magic, name in _COMPRESSIONS.items() if start.startswith(magic)), "")
    if name == "gzip":
        return _buffered(gzip.GzipFile(fileobj=reader))
    if name == "bz2":
        return _buffered(bz2.BZ2File(reader))
    if name == "xz":
        return _buffered(lzma.LZMAFile(reader))
    if name == "zstd":
        return _buffered(_Zstandard(reader))
    return _of_archive(reader, named, stack) if start.startswith(_ZIP) else reader


class _Zstandard(io.RawIOBase):
    """Text from Zstandard, whose library has its own exception for damaged data."""

    def __init__(self, reader: io.BufferedReader) -> None:
        super().__init__()
        library = zstd("read files that end in .zst")
        self._file, self._error = library.ZstdFile(reader), library.ZstdError

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            return int(self._file.readinto(buffer))
        except self._error as error:
            raise OSError(str(error)) from error


def _buffered(file: Any) -> io.BufferedReader:
    return file if isinstance(file, io.BufferedReader) else io.BufferedReader(cast("io.RawIOBase", file))


def _of_archive(reader: io.BufferedReader, named: str, stack: ExitStack) -> io.BufferedReader:
    """The single file of a ZIP archive; workbooks, which are archives too, are returned unchanged."""
    whole = cast("IO[bytes]", stack.enter_context(tempfile.SpooledTemporaryFile(1 << 24)))  # noqa: SIM115 - it is one
    shutil.copyfileobj(reader, whole)  # the directory is at the end, which a pipe has not delivered yet
    try:
        archive = stack.enter_context(zipfile.ZipFile(whole))
        inside = [one for one in archive.infolist() if not one.is_dir() and "__MACOSX/" not in one.filename]
        names = [one.filename for one in inside]
        if not any(name.lower().replace("\\", "/").lstrip("/").startswith(_OF_WORKBOOKS) for name in names):
            if len(inside) != 1:
                raise refused_archive(names, named, counted(len(names), "file"))
            return _buffered(stack.enter_context(archive.open(inside[0])))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as error:
        if named.lower().endswith(".zip"):
            raise InvalidArgument(
                f"{named} is a ZIP archive that can't be read: {error}.",
                hint="Download it again, or extract it yourself.",
            ) from error
    whole.seek(0)
    return _buffered(whole)


def as_text(reader: io.BufferedReader, encoding: str | None) -> io.TextIOWrapper:
    """A file's text; undecodable bytes become markers that `is_text` detects.

    Args:
        reader: its bytes.
        encoding: its encoding; by default from the byte order mark, or UTF-8.
    """
    found = encoding or encoding_of(reader.peek(SNIFFED))
    if found.replace("_", "-").lower() in ("utf-8", "utf8") and reader.peek(3).startswith(codecs.BOM_UTF8):
        found = "utf-8-sig"
    return io.TextIOWrapper(reader, encoding=found, errors="surrogateescape", newline="")


def undecodable(named: str, encoding: str, error: UnicodeError) -> InvalidArgument:
    """The error for a file that cannot be decoded.

    Args:
        named: the file's name.
        encoding: the encoding that was tried.
        error: why it failed.
    """
    return InvalidArgument(
        f"{named} is not text in {encoding}: {error}.",
        hint="Pass its encoding with " + Hint("encoding=.", "--encoding."),
    )


def encoding_of(start: bytes) -> str:
    """The encoding of a text, from its start: byte order mark, zeros in every other byte, or else UTF-8."""
    for mark, name in _MARKS:
        if start.startswith(mark):
            return name
    # Text that is half zeros is UTF-16 even without a byte order mark, as some Windows programs write it.
    low, high = start[:_LOOKED_AT:2], start[1:_LOOKED_AT:2]
    if start[1:2] == b"\0" and start[:1] != b"\0" and high.count(0) * 2 > len(high):
        return "utf-16-le"
    if start[:1] == b"\0" and start[1:2] != b"\0" and low.count(0) * 2 > len(low):
        return "utf-16-be"
    return "utf-8"


def is_text(text: str) -> bool:
    """Whether all of it was text in the file's encoding."""
    return text.isascii() or not _NOT_TEXT.search(text)


def not_text(line: str, encoding: str) -> str:
    """The error for a line that is not text in its encoding, and how it reads in likely other encodings."""
    found = _NOT_TEXT.search(line)
    start = max(found.start() - 12, 0) if found else 0
    piece = line[start : start + 30].encode(encoding, "surrogateescape").strip()
    shown: dict[str, str] = {}
    for one in _LIKELY:
        try:
            shown.setdefault(piece.decode(one), one)
        except UnicodeDecodeError:
            continue
    likely = ", ".join(f"{one} ({text!r})" for text, one in list(shown.items())[:3])
    name = encoding.removesuffix("-sig").upper()
    return f"{_NOT_IN_ENCODING} {name}" + (f", but may be {likely}" if likely else "")


def about_encoding(wrong: str) -> str:
    """The option that helps against an error from `not_text`; empty for other errors."""
    if not wrong.startswith(_NOT_IN_ENCODING):
        return ""
    found = re.search("but may be ([a-z0-9_]+)", wrong)
    name = found[1] if found else "..."
    return "Pass the encoding in which the text reads as it should: " + Hint(
        f"encoding={name!r}.", f"--encoding {name}."
    )
