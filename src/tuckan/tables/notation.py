"""The notation of numbers in text: decimal and thousands separators."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tuckan.errors import Hint
from tuckan.tables.libraries import pyarrow

if TYPE_CHECKING:
    from tuckan.tables.types import Type

NUMBERS = frozenset("int16 int32 int64 float32 float64 numeric decimal".split())
"""The types whose values are numbers."""


@dataclass(frozen=True, slots=True)
class Notation:
    """How numbers are written.

    Attributes:
        decimal: the decimal separator.
        thousands: the thousands separator, or None.

    Example:
        >>> import pyarrow
        >>> texts = pyarrow.array(["1.234,50", "7", "-0,5", "1.5", "12.34,5"])
        >>> Notation(",", ".").numbers(texts).to_pylist()
        ['1234.50', '7', '-0.5', None, None]
    """

    decimal: str = "."
    thousands: str | None = None

    @property
    def is_usual(self) -> bool:
        """Whether it is that of PostgreSQL and Python."""
        return self.decimal == "." and self.thousands is None

    def numbers(self, texts: Any) -> Any:
        """Numbers in PostgreSQL's notation, with every digit; null for text that is not a number in this notation.

        Args:
            texts: an array of text.
        """
        if self.is_usual:
            return texts
        compute = pyarrow("compute")
        point, between = re.escape(self.decimal), re.escape(self.thousands or "")
        whole = rf"(\d+|[1-9]\d{{0,2}}({between}\d{{3}})+)" if self.thousands else r"\d+"
        # Words are NaN, Infinity, and text that is not a number in any notation.
        like = rf"^([-+]?({whole}({point}\d*)?|{point}\d+)([eE][-+]?\d+)?|[-+]?[A-Za-z]+)$"
        found = compute.if_else(
            compute.match_substring_regex(texts, like), texts, pyarrow().scalar(None, pyarrow().string())
        )
        if self.thousands:
            found = compute.replace_substring(found, self.thousands, "")
        return compute.replace_substring(found, self.decimal, ".")

    @property
    def options(self) -> Hint:
        """The options that say so, in Python and at a shell."""
        given = {"decimal": self.decimal if self.decimal != "." else None, "thousands": self.thousands}
        python = ", ".join(f"{name}={value!r}" for name, value in given.items() if value)
        shell = " ".join(f"--{name} {_quoted(value)}" for name, value in given.items() if value)
        return Hint(python, shell)


def _quoted(character: str) -> str:
    """A character for a shell, quoted to separate it from the surrounding sentence."""
    return f"'{character}'" if character != "'" else shlex.quote(character)


USUAL, COMMA = Notation(), Notation(",")
COMMA_AND_POINTS, POINT_AND_COMMAS = Notation(",", "."), Notation(".", ",")


def advice(text: Any, kind: Type) -> str:
    """The notation in which text would be a number, for a hint; otherwise empty."""
    if kind.name not in NUMBERS or not isinstance(text, str) or not re.search(r"\d,\d|\d\.\d+\.\d", text):
        return ""
    others = (COMMA, COMMA_AND_POINTS, POINT_AND_COMMAS)
    fit = [one.options for one in others if one.numbers(pyarrow().array([text])).null_count == 0]
    if not fit:
        return ""
    first, *more = fit[:2]
    either = first + " or " + more[0] if more else first
    return f"If {text[:40]!r} is a number, pass " + either + ". "
