"""Answers with a `Content-Encoding`: compressed in transit, or a compressed file labelled that way.

Servers use the header for both. CKAN sends `rain.csv.gz` with `Content-Encoding: gzip`, and the body is the stored file;
a proxy may compress `rain.csv` although identity was requested, and the stored file is the decompressed body.
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
    """The codings of an answer, the last one first.

    Example:
        >>> codings_of({"content-encoding": "X-GZip"}), codings_of({"content-encoding": "identity"})
        (('gzip',), ())
    """
    said = [one.strip().lower().removeprefix("x-") for one in headers.get("content-encoding", "").split(",")]
    return tuple(one for one in reversed(said) if one and one != "identity")


def is_named_so(name: str, coding: str) -> bool:
    """Whether a file's extension matches this coding.

    Example:
        >>> is_named_so("rain.csv.GZ", "gzip"), is_named_so("rain.csv", "gzip")
        (True, False)
    """
    return name.lower().endswith(_ENDINGS.get(coding, ("\0",)))


def is_packed(opening: bytes, coding: str) -> bool:
    """Whether bytes start with the signature of this coding."""
    return coding in _MAGIC and opening.startswith(_MAGIC[coding])


def opening_of(packed: bytes, codings: tuple[str, ...]) -> bytes | None:
    """The first decoded bytes; None if the input does not have this coding.

    Args:
        packed: the beginning of the packed bytes.
        codings: the codings to undo.
    """
    try:
        return next(Unpacker(codings).feed(packed), b"")
    except ValueError:
        return None


class Unpacker:
    """Decodes chunk by chunk, in constant memory, even for decompression bombs.

    Args:
        codings: the codings to undo, in this order; each is one of `UNPACKABLE`.
    """

    def __init__(self, codings: tuple[str, ...]) -> None:
        self._layers = [_Layer(one) for one in codings]

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Decode the next chunk.

        Raises:
            ValueError: when the bytes do not have this coding.
        """
        pieces: Iterator[bytes] = iter((piece,))
        for layer in self._layers:
            pieces = layer.feed_all(pieces)
        return pieces

    @property
    def ended(self) -> bool:
        """Whether the input was complete."""
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
            data = data.lstrip(b"\0")  # some writers pad the last block
        while data:
            inner = self._inner = self._inner or self._begun(data)
            self.ended = False
            out = self._unpacked(inner, data)
            yield out
            data = inner.unconsumed_tail
            while len(out) == _PIECE and not inner.eof:  # full: the decoder may hold more output
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
