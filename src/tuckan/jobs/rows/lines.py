"""JSON lines, JSON arrays and lists of names: value after value, in constant memory."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn

from tuckan.jobs.rows.opening import is_text
from tuckan.jobs.rows.row import NOT_TEXT

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator

PIECE = 1 << 16
LONGEST_VALUE = 1 << 27
_UNSURE = 16
"""So near to its end, an error in a piece may be the piece's end."""


def _no_number(name: str) -> NoReturn:
    raise json.JSONDecodeError(f"{name} is no number in JSON", name, 0)


_decoder = json.JSONDecoder(parse_constant=_no_number)


def each_line(text: io.TextIOWrapper, *, names: bool = False) -> Iterator[tuple[int, Any, str]]:
    """The values of JSON lines, each with the number of its line and what is wrong with it.

    Args:
        text: the file.
        names: whether a line that is no JSON is a name.
    """
    for number, line in enumerate(text, 1):
        if not (written := line.strip()):
            continue
        if not is_text(line):
            yield number, None, NOT_TEXT.format(encoding=text.encoding)
        elif names and written[0] not in '{["':
            yield number, written, ""
        else:
            yield number, *_read(written)


def _read(written: str) -> tuple[Any, str]:
    try:
        return _decoder.decode(written), ""
    except json.JSONDecodeError as error:
        return None, f"this is no JSON: {error.msg} (column {error.colno})"
    except RecursionError:
        return None, "this is nested too deeply"


def each_value(text: io.TextIOWrapper) -> Iterator[tuple[int, Any, str]]:
    """The items of a JSON array, or values that stand one behind the other, each with the number of the line it begins in.

    What follows a mistake in an array cannot be told apart any more, and is not read.
    """
    pieces = _Pieces(text)
    in_array = pieces.mark() == "["
    if in_array:
        pieces.take(1)
    while pieces.mark() not in (("]", "") if in_array else ("",)):
        line = pieces.line
        value, wrong = pieces.value()
        yield line, value, wrong
        if wrong:
            return
        if in_array and pieces.mark() == ",":
            pieces.take(1)
        elif in_array and pieces.mark() != "]":
            yield pieces.line, None, "a comma or the closing bracket is missing; the rest was not read"
            return
    if in_array and not pieces.mark():
        yield pieces.line, None, "the closing bracket is missing: the file was cut"


class _Pieces:
    """The text of a file, as much of it as one value needs."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._buffer = ""
        self._ended = False
        self.line = 1

    def mark(self) -> str:
        """The next character that is no space, or nothing at the end."""
        while True:
            rest = self._buffer.lstrip()
            self.take(len(self._buffer) - len(rest))
            if rest or self._ended:
                return self._buffer[:1]
            self._more()

    def take(self, length: int) -> None:
        self.line += self._buffer.count("\n", 0, length)
        self._buffer = self._buffer[length:]

    def value(self) -> tuple[Any, str]:
        """The next value, or what is wrong with it."""
        while True:
            try:
                value, end = _decoder.raw_decode(self._buffer)
            except json.JSONDecodeError as error:
                if self._is_whole(error):
                    return (
                        None,
                        f"this is no JSON: {error.msg} (line {self.line + error.lineno - 1}); the rest was not read",
                    )
                self._more()
                continue
            except RecursionError:
                return None, "this is nested too deeply; the rest was not read"
            if end == len(self._buffer) and not self._ended:
                self._more()  # a number may go on
                continue
            if not is_text(self._buffer[:end]):
                self.take(end)
                return None, NOT_TEXT.format(encoding=self._text.encoding)
            self.take(end)
            return value, ""

    def _is_whole(self, error: json.JSONDecodeError) -> bool:
        """Whether the mistake is the file's, and not that more of it is to be read."""
        if self._ended or len(self._buffer) > LONGEST_VALUE:
            return True
        return error.pos < len(self._buffer) - _UNSURE and not error.msg.startswith("Unterminated string")

    def _more(self) -> None:
        piece = self._text.read(max(PIECE, len(self._buffer)))
        self._ended = not piece
        self._buffer += piece
