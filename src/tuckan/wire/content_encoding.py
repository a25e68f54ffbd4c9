"""Answers with a `Content-Encoding`: packed on their way, or a packed file that is named so.

Servers use the header for both. CKAN sends `rain.csv.gz` with `Content-Encoding: gzip`, and the stored file is what comes;
a proxy may pack `rain.csv` although it was asked not to, and the stored file is what comes out.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_ENDINGS = {
    "gzip": (".gz", ".tgz", ".taz", ".tz", ".svgz"),
    "bzip2": (".bz2", ".tbz2", ".tbz"),
    "xz": (".xz", ".txz"),
    "compress": (".z", ".taz"),
    "br": (".br",),
    "zstd": (".zst", ".tzst"),
}
_MAGIC = {
    "gzip": b"\x1f\x8b",
    "bzip2": b"BZh",
    "xz": b"\xfd7zXZ\x00",
    "zstd": b"\x28\xb5\x2f\xfd",
    "compress": b"\x1f\x9d",
}
_PIECE = 1 << 20
UNPACKABLE = frozenset({"gzip", "deflate"})


def codings_of(headers: Mapping[str, str]) -> tuple[str, ...]:
    """How an answer is packed, the last coding first.

    Example:
        >>> codings_of({"content-encoding": "X-GZip"}), codings_of({"content-encoding": "identity"})
        (('gzip',), ())
    """
    said = [one.strip().lower().removeprefix("x-") for one in headers.get("content-encoding", "").split(",")]
    return tuple(one for one in reversed(said) if one and one != "identity")


def is_named_so(name: str, coding: str) -> bool:
    """Whether a file's name says that it is packed this way.

    Example:
        >>> is_named_so("rain.csv.GZ", "gzip"), is_named_so("rain.csv", "gzip")
        (True, False)
    """
    return name.lower().endswith(_ENDINGS.get(coding, ("\0",)))


def is_packed(opening: bytes, coding: str) -> bool:
    """Whether bytes begin as those do that are packed this way."""
    return coding in _MAGIC and opening.startswith(_MAGIC[coding])


def opening_of(packed: bytes, codings: tuple[str, ...]) -> bytes | None:
    """The beginning of what is packed; None when it is not packed so.

    Args:
        packed: the beginning of the packed bytes.
        codings: what to undo.
    """
    try:
        return next(Unpacker(codings).feed(packed), b"")
    except ValueError:
        return None


class Unpacker:
    """Undoes codings piece by piece, in constant memory, however much a few packed bytes hold.

    Args:
        codings: what to undo, in this order; each is one of `UNPACKABLE`.
    """

    def __init__(self, codings: tuple[str, ...]) -> None:
        self._layers = [_Layer(one) for one in codings]

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """What comes out when a piece goes in.

        Raises:
            ValueError: when the bytes are not packed so.
        """
        pieces: Iterator[bytes] = iter((piece,))
        for layer in self._layers:
            pieces = layer.feed_all(pieces)
        return pieces

    @property
    def ended(self) -> bool:
        """Whether nothing is missing at the end."""
        return all(layer.ended for layer in self._layers)


class _Layer:
    """One coding: gzip, whose members may follow one another, or deflate with or without zlib's header."""

    def __init__(self, coding: str) -> None:
        self._coding = coding
        self._inner: Any = None
        self.ended = False

    def feed_all(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            yield from self._feed(piece)

    def _feed(self, data: bytes) -> Iterator[bytes]:
        if self.ended:
            data = data.lstrip(b"\0")  # some writers fill up the last block
        while data:
            inner = self._inner = self._inner or self._begun(data)
            self.ended = False
            out = self._unpacked(inner, data)
            yield out
            data = inner.unconsumed_tail
            while len(out) == _PIECE and not inner.eof:  # full: more may be waiting inside
                out = self._unpacked(inner, data)
                yield out
                data = inner.unconsumed_tail
            if inner.eof:
                self._inner, self.ended, data = None, True, inner.unused_data.lstrip(b"\0")

    def _begun(self, data: bytes) -> Any:
        if self._coding == "gzip":
            return zlib.decompressobj(zlib.MAX_WBITS + 16)
        try:
            zlib.decompressobj().decompress(data[:2])
        except zlib.error:
            return zlib.decompressobj(-zlib.MAX_WBITS)
        return zlib.decompressobj()

    @staticmethod
    def _unpacked(inner: Any, data: bytes) -> bytes:
        try:
            out: bytes = inner.decompress(data, _PIECE)
        except zlib.error as error:
            raise ValueError(str(error)) from None
        return out
