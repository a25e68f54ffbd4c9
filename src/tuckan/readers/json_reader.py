"""JSON lines, JSON arrays and lists of names: value after value, in constant memory."""

from __future__ import annotations

import json
import re
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import TYPE_CHECKING, Any, NoReturn

from tuckan.readers.decoding import is_text, not_text

if TYPE_CHECKING:
    import io
    from collections.abc import Generator, Iterator

PIECE = 1 << 16
LONGEST_VALUE = 1 << 27
_UNSURE = 16
"""An error this close to the end of a chunk may be due to the chunk's end."""

_SPACES = " \t\r\n"
_NOT_READ = "; the rest was not read"
_HALF = re.compile(r"\\u[dD][89a-fA-F]")


class _Mistake(ValueError):
    """JSON that is valid, but would lose something."""


def _no_number(name: str) -> NoReturn:
    raise _Mistake(f"{name} is not a number in JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _Mistake(f"an object has the key {twice!r} twice")
    return found


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise _Mistake(f"the number {text[:40]} is too large") from None


def _float(text: str) -> float:
    value = float(text)
    if not isfinite(value) or Decimal(repr(value)) != _decimal(text):
        raise _Mistake(f"the number {text[:40]} would lose digits; write it as text, in quotes")
    return value


_to_floats = json.JSONDecoder(parse_constant=_no_number, object_pairs_hook=_object, parse_float=_float)
_to_decimals = json.JSONDecoder(parse_constant=_no_number, object_pairs_hook=_object, parse_float=_decimal)


def each_line(text: io.TextIOWrapper, *, names: bool = False, exact: bool = False) -> Iterator[tuple[int, Any, str]]:
    """The values of JSON lines, each with the number of its line and what is wrong with it.

    Args:
        text: the file.
        names: whether a line that is not JSON is a name.
        exact: whether fractions become decimals, with all digits; otherwise a float that would lose digits is an error.
    """
    decoder = _to_decimals if exact else _to_floats
    for number, line in enumerate(text, 1):
        if not (written := line.strip() if names else line.strip(_SPACES)):
            continue
        if not is_text(line):
            yield number, None, not_text(line, text.encoding)
        elif names and written[0] not in '{["':
            yield number, written, ""
        else:
            yield number, *_read(written, decoder)


def _read(written: str, decoder: json.JSONDecoder) -> tuple[Any, str]:
    try:
        value = decoder.decode(written)
    except json.JSONDecodeError as error:
        return None, f"invalid JSON: {error.msg} (column {error.colno})"
    except RecursionError:
        return None, "nested too deeply"
    except ValueError as error:
        return None, _said(error)
    return (None, wrong) if (wrong := _half_a_character(value, written)) else (value, "")


def _said(error: ValueError) -> str:
    return str(error) if isinstance(error, _Mistake) else "a whole number has too many digits"


def _half_a_character(value: Any, written: str) -> str:
    r"""What is wrong with a value in which an escape such as `\ud800` stands alone."""
    if not _HALF.search(written):
        return ""
    try:
        json.dumps(value, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError as error:
        return f"\\u{ord(error.object[error.start]):04x} is an unpaired surrogate"
    return ""


def each_value(text: io.TextIOWrapper, *, exact: bool = False) -> Iterator[tuple[int, Any, str]]:
    """The items of JSON arrays, or consecutive values, each with the number of its first line.

    After an error in an array, the rest is not read.

    Args:
        text: the file.
        exact: as for `each_line`.
    """
    pieces = _Pieces(text, _to_decimals if exact else _to_floats)
    while mark := pieces.mark():
        if mark == "[":
            pieces.take(1)
            ended = yield from _items(pieces)
            if not ended:
                return
            continue
        line = pieces.line
        value, wrong = pieces.value()
        yield line, value, wrong
        if wrong:
            return


def _items(pieces: _Pieces) -> Generator[tuple[int, Any, str], None, bool]:
    """The items of an array that has started; returns whether it was complete."""
    first = True
    while pieces.mark() != "]" or not first:
        if not pieces.mark():
            yield pieces.line, None, "the closing bracket is missing: the file was cut"
            return False
        line = pieces.line
        value, wrong = pieces.value()
        yield line, value, wrong
        if wrong:
            return False
        first = False
        mark = pieces.mark()
        if mark == "]":
            break
        if mark == ",":
            pieces.take(1)
        elif mark:
            yield pieces.line, None, f"a comma or the closing bracket is missing{_NOT_READ}"
            return False
    pieces.take(1)
    return True


class _Pieces:
    """A buffer of a file's text, as large as one value needs."""

    def __init__(self, text: io.TextIOWrapper, decoder: json.JSONDecoder) -> None:
        self._text, self._decoder = text, decoder
        self._buffer, self._at = "", 0
        self._ended = False
        self.line = 1

    def mark(self) -> str:
        """The next character other than whitespace, or empty at the end."""
        while True:
            while self._at < len(self._buffer):
                one = self._buffer[self._at]
                if one not in _SPACES:
                    return one
                self.take(1)
            if self._ended:
                return ""
            self._more()

    def take(self, length: int) -> None:
        self.line += self._buffer.count("\n", self._at, self._at + length)
        self._at += length

    def value(self) -> tuple[Any, str]:
        """The next value, or what is wrong with it."""
        sure = False
        while True:
            try:
                value, end = self._decoder.raw_decode(self._buffer, self._at)
            except json.JSONDecodeError as error:
                if self._is_whole(error):
                    line = self.line + self._buffer.count("\n", self._at, error.pos)
                    return None, f"invalid JSON: {error.msg} (line {line}){_NOT_READ}"
                self._more()
                continue
            except RecursionError:
                return None, f"nested too deeply{_NOT_READ}"
            except ValueError as error:
                if sure or self._ended:
                    return None, _said(error) + _NOT_READ
                self._more()  # a number truncated here may seem to lose digits
                sure = True
                continue
            if end == len(self._buffer) and not self._ended:
                self._more()  # a number may continue
                continue
            written = self._buffer[self._at : end]
            self.take(end - self._at)
            if not is_text(written):
                return None, not_text(written, self._text.encoding) + _NOT_READ
            return (None, wrong) if (wrong := _half_a_character(value, written)) else (value, "")

    def _is_whole(self, error: json.JSONDecodeError) -> bool:
        """Whether the error is in the file, rather than due to missing data."""
        if self._ended or len(self._buffer) - self._at > LONGEST_VALUE:
            return True
        return error.pos < len(self._buffer) - _UNSURE and not error.msg.startswith("Unterminated string")

    def _more(self) -> None:
        rest = self._buffer[self._at :]
        piece = self._text.read(max(PIECE, len(rest)))
        self._ended = not piece
        self._buffer, self._at = rest + piece, 0
