"""Functions of a document's numbers, such as `div(sub(maxx,minx),2)`: `{!frange}` filters by them, `bf` adds them to scores."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

from tuckan.sandbox.search.syntax import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tuckan.sandbox.search.index import Doc, Index, Scores
    from tuckan.sandbox.search.schema import Schema

_TOKEN = re.compile(r"\s*(?:([-+]?\d+\.?\d*(?:[eE][-+]?\d+)?|[-+]?\.\d+)|([A-Za-z_][\w.\-]*)|([(),]))")

Number: TypeAlias = tuple[float, bool]
"""A value, and whether the document has its inputs; missing ones count as 0."""


class Function(Protocol):
    """A function that gives each document a number."""

    def at(self, doc: Doc) -> Number:
        """The number of a document."""
        ...


@dataclass(frozen=True, slots=True)
class _Constant:
    value: float

    def at(self, doc: Doc) -> Number:  # noqa: ARG002 - part of the protocol
        return self.value, True


@dataclass(frozen=True, slots=True)
class _OfField:
    values: Mapping[Doc, Sequence[object]]

    def at(self, doc: Doc) -> Number:
        held = self.values.get(doc)
        return (float(str(held[0])), True) if held else (0.0, False)


@dataclass(frozen=True, slots=True)
class _Computed:
    """All of its inputs must exist."""

    compute: Callable[[list[float]], float]
    parts: tuple[Function, ...]

    def at(self, doc: Doc) -> Number:
        values = [part.at(doc) for part in self.parts]
        return self.compute([value for value, _ in values]), all(there for _, there in values)


@dataclass(frozen=True, slots=True)
class _Extreme:
    """The largest or smallest of the existing inputs."""

    choose: Callable[[list[float]], float]
    parts: tuple[Function, ...]

    def at(self, doc: Doc) -> Number:
        values = [value for value, there in (part.at(doc) for part in self.parts) if there]
        return (self.choose(values), True) if values else (0.0, False)


def _divided(values: list[float]) -> float:
    above, below = values
    if below:
        return above / below
    return math.copysign(math.inf, above) if above else math.nan


_COMPUTED: dict[str, tuple[Callable[[list[float]], float], int | None]] = {
    "add": (sum, None),
    "sum": (sum, None),
    "mul": (math.prod, None),
    "product": (math.prod, None),
    "sub": (lambda values: values[0] - values[1], 2),
    "div": (_divided, 2),
    "abs": (lambda values: abs(values[0]), 1),
}
"""Functions, with their number of arguments; None for any number."""

_EXTREMES: dict[str, Callable[[list[float]], float]] = {"min": min, "max": max}


@dataclass(frozen=True, slots=True)
class Within:
    """The documents whose number lies between bounds: `{!frange l=0 u=1 incl=false}`.

    Attributes:
        text: the function.
        low: the lower bound, or None.
        high: the upper bound, or None.
        with_low: whether the lower bound itself counts.
        with_high: whether the upper bound itself counts.
    """

    text: str
    low: float | None
    high: float | None
    with_low: bool
    with_high: bool

    def scores(self, index: Index) -> Scores:
        """The matching documents, all with the same score."""
        function = _Reader(self.text, index.schema, index).whole()
        found = ((doc, function.at(doc)) for doc in index.docs)
        return {doc: 1.0 for doc, (value, there) in found if there and self._holds(value)}

    def _holds(self, value: float) -> bool:
        above = self.low is None or value > self.low or (self.with_low and value == self.low)
        below = self.high is None or value < self.high or (self.with_high and value == self.high)
        return above and below


@dataclass(frozen=True, slots=True)
class Added:
    """A number that is added to the score of every document: `bf`."""

    text: str
    weight: float

    def scores(self, index: Index) -> Scores:
        """Every document's number; negative ones count as 0."""
        function = _Reader(self.text, index.schema, index).whole()
        values = ((doc, function.at(doc)[0]) for doc in index.docs)
        return {doc: value * self.weight if value >= 0 else 0.0 for doc, value in values}


def check(text: str, schema: Schema) -> None:
    """Check that a text is a function.

    Raises:
        Refused: when it is not, or is not implemented.
    """
    _Reader(text, schema, None).whole()


def split(text: str) -> list[tuple[str, float]]:
    """The functions of `bf`, each with its weight.

    Example:
        >>> split("sub(a,b)^2 c")
        [('sub(a,b)', 2.0), ('c', 1.0)]
    """
    found: list[tuple[str, float]] = []
    for one in re.findall(r"[^\s(]*\([^^]*\)(?:\^[\d.]+)?(?=\s|$)|\S+", text):
        function, _, weight = one.partition("^")
        try:
            found.append((function, float(weight or 1)))
        except ValueError:
            raise Refused(f"org.apache.solr.search.SyntaxError: {weight!r} is no weight of {function}") from None
    return found


class _Reader:
    """Parses a function; without an index, only to check its syntax."""

    def __init__(self, text: str, schema: Schema, index: Index | None) -> None:
        self._text = text
        self._schema = schema
        self._index = index
        self._at = 0

    def whole(self) -> Function:
        """Parse the whole text as one function."""
        found = self._function()
        if self._text[self._at :].strip():
            raise self._wrong("the end")
        return found

    def _next(self) -> re.Match[str]:
        found = _TOKEN.match(self._text, self._at)
        if not found:
            raise self._wrong("a number, a field or a function")
        self._at = found.end()
        return found

    def _wrong(self, wanted: str) -> Refused:
        return Refused(f"org.apache.solr.search.SyntaxError: Expected {wanted} at pos {self._at} str='{self._text}'")

    def _function(self) -> Function:
        token = self._next()
        if token[1]:
            return _Constant(float(token[1]))
        if not token[2]:
            raise self._wrong("a number, a field or a function")
        if self._text[self._at : self._at + 1] == "(":
            return self._applied(token[2], self._arguments())
        return self._field(token[2])

    def _arguments(self) -> tuple[Function, ...]:
        self._next()
        found = [self._function()]
        while (sign := self._next()[3]) == ",":
            found.append(self._function())
        if sign != ")":
            raise self._wrong("',' or ')'")
        return tuple(found)

    def _applied(self, name: str, parts: tuple[Function, ...]) -> Function:
        if name in _EXTREMES:
            return _Extreme(_EXTREMES[name], parts)
        if name not in _COMPUTED:
            raise Refused(f"the function {name} is not had here")
        compute, count = _COMPUTED[name]
        if count is not None and len(parts) != count:
            raise Refused(f"org.apache.solr.search.SyntaxError: {name} takes {count} values, not {len(parts)}")
        return _Computed(compute, parts)

    def _field(self, name: str) -> Function:
        field = self._schema.field(name)
        if field.multiple or field.kind not in ("integer", "float"):
            raise Refused(f"can not use FieldCache on a field that is no single number: {name}")
        return _OfField(self._index.exact(name).values if self._index else {})
