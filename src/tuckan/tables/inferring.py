"""Inferring the type of a text column: a number only if each value can be converted back to the same text.

Dates, times and booleans need values that have one meaning each.

`007`, `+49301234`, `1E5`, `1.` and `-0` stay text, since a number would be written differently; so do `yes` and
`1/2/2024`, which can be read in more than one way. `types=` decides otherwise.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING, Any

from tuckan.errors import Hint
from tuckan.tables.libraries import pyarrow
from tuckan.tables.nesting import cut_by_ckan
from tuckan.tables.notation import COMMA, COMMA_AND_POINTS, POINT_AND_COMMAS, USUAL, Notation
from tuckan.tables.types import FLOAT64, NUMERIC, TEXT, Type

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

MOST_DIGITS = 16_000
"""The digits that PostgreSQL's `numeric` keeps, before and after the point."""

_PLAIN_NUMBER = r"^(-?[1-9]\d*(\.\d+)?|0(\.\d+)?|-0\.\d*[1-9]\d*)$"
_ANY_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE]([-+]?\d{1,5}))?")
_DAY = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
_CLOCK = r"([01]\d|2[0-3]):[0-5]\d"
_TIME = rf"^{_CLOCK}:[0-5]\d(\.\d{{1,6}})?$"
# CKAN truncates fractions of a second in timestamps without a zone (to milliseconds from 2.12 on); no column keeps an offset.
_TIMESTAMP = rf"^{_DAY}[T ]{_CLOCK}(:[0-5]\d(\.0+)?)?$"
_TIMESTAMPTZ = rf"^{_DAY}[T ]{_CLOCK}(:[0-5]\d(\.\d{{1,6}})?)?(Z|\+00(:?00)?)$"
_DAY_OR_MOMENT = rf"^{_DAY}([T ]{_CLOCK}(:[0-5]\d(\.0+)?)?)?$"
_WORDS = ("true", "false", "True", "False", "TRUE", "FALSE")

_OF_TEXT = ("date", "timestamp", "timestamptz", "time")
_NUMBERS = ("int64", "plain", "number", "float64")
_WRITTEN = {"with a comma": COMMA_AND_POINTS, "with commas": POINT_AND_COMMAS}
"""Numbers in another notation, only for a note: the columns stay text. Tried last, if the usual notation does not fit."""

_CANDIDATES = {
    "anything": ("bool", "int64", "plain", *_OF_TEXT, *_WRITTEN),
    "text": _OF_TEXT,
    "day": ("date", "timestamp"),
    "moment": ("timestamp",),
    "number": ("int64", "number"),
    "float": ("float64", "number"),
    "bool": ("bool",),
    "json": ("json",),
}
_WHY = {
    "bool": "true or false",
    "json": "objects or lists",
    "int64": "whole numbers",
    "plain": "decimals",
    "number": "numbers",
    "float64": "floats",
    "date": "ISO dates",
    "timestamp": "ISO dates with a time",
    "timestamptz": "ISO dates with a time, in UTC",
    "time": "times",
    "with a comma": "numbers with a decimal comma",
    "with commas": "numbers with commas between thousands",
}
_IS_NOT = {
    "bool": "true or false",
    "int64": "a whole number",
    "plain": "a decimal number",
    "number": "a number",
    "float64": "a float",
    "date": "an ISO date",
    "timestamp": "an ISO date with a time",
    "timestamptz": "an ISO date with a time, in UTC",
    "time": "a time",
    "with a comma": "a number with a decimal comma",
    "with commas": "a number with commas between thousands",
}
_NULLS = frozenset("NULL null N/A n/a #N/A NA na NaN nan None none nil - -- . .. ? \\N".split())
_CLOCK_ALONE = re.compile(_CLOCK)
_DAY_OR_MONTH = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2\d{4}( .*)?")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[-+]\d\d(:?\d\d)?)?")
_LOOKS = (
    (re.compile(r"[-+]?0\d+(\.\d+)?"), "a leading zero"),
    (re.compile(r"\+[\d. ]+"), "a plus sign"),
    (re.compile(r"-0(\.0*)?"), "a negative zero"),
    (re.compile(r"[-+]?\d+(\.\d+)?[eE][-+]?\d+"), "an exponent"),
    (re.compile(r"[-+]?(\d+\.|\.\d+)"), "a bare point"),
    (re.compile(r"\s+\S*|\S*\s+"), "spaces around it"),
    (re.compile(r"[-+]?\d{1,3}([.,' \u00a0\u202f]\d{3})+([.,]\d+)?"), "a thousands separator, maybe"),
    (re.compile(r"[-+]?\d+,\d+"), "a decimal comma, maybe"),
)  # fmt: skip


@dataclass(slots=True)
class Guess:
    """The possible types of a column, narrowed batch by batch.

    Attributes:
        said: what the source says about its values: `anything` (a file of text), `text`, `number` (exact ones), `float`,
            `bool`, `day` and `moment` (without a zone), `json`; several when they differ.
        notation: how numbers are written.
    """

    said: set[str] = field(default_factory=set[str])
    notation: Notation = USUAL
    _left: set[str] | None = None
    _last: str = ""
    _broken_by: str = ""
    _any_number: bool = False
    _first: str = ""
    _written: str = ""
    _cut: str = ""
    _grouped: bool = False

    def add(self, texts: Any, said: Iterable[str]) -> None:
        """Add more values, as text."""
        said = set(said)
        self.said |= said
        if texts.null_count == len(texts) or self._left == set():
            return
        if texts.null_count:
            texts = texts.drop_null()
        if self._left is None:
            self._left, self._first = set().union(*_CANDIDATES.values()), texts[0].as_py()
        # A column with several kinds of values gets a type that fits all.
        candidates = self._left & _common(said)
        if not candidates:
            self._left = set()
            return
        places = self._places(texts, candidates)
        self._left = {name for name, place in places.items() if place < 0}
        if not self._written and (place := places.get("plain", -1)) >= 0:
            text = texts[place].as_py()
            self._written = text if "," in text or text.count(".") > 1 else ""  # or it has too many digits
        if not self._left:
            self._last = max(places, key=lambda name: places[name])
            self._broken_by = texts[places[self._last]].as_py()

    def _places(self, texts: Any, candidates: Collection[str]) -> dict[str, int]:
        """Where the first value stands that each candidate can't hold; -1 where it holds all."""
        places: dict[str, int] = {}
        numbers = texts if self.notation.is_usual else self.notation.numbers(texts).fill_null("")
        for name in sorted(candidates):
            whole = places.get("int64") == -1 and name in ("plain", "number")  # which is both
            self._any_number |= whole
            usual = name in _WRITTEN and -1 in (places.get("int64"), places.get("plain"))
            places[name] = -1 if whole or usual else self._breaks(name, numbers if name in _NUMBERS else texts)
        return places

    def type(self) -> Type:
        """The type, after the last value; text if there are none."""
        name = self._name()
        if name == "number":
            return NUMERIC
        return {"plain": NUMERIC, "float64": FLOAT64, "text": TEXT}.get(name) or Type(name)

    def why(self) -> str:
        """Why it is of this type, in a few words."""
        name = self._name()
        if name != "text":
            return _WHY[name]
        if self._left is None:
            return "no values"
        if self._cut:
            return f"JSON with the number {_short(self._cut)}, whose digits CKAN would truncate"
        if {"anything", "text"}.isdisjoint(self.said):
            return "values of several kinds"
        if self._written and not self._left.isdisjoint(_WRITTEN):
            return f"{_short(self._written)} has {_look(self._written)}"
        if self._broken_by and self._broken_by != self._first:
            looks = _look(self._broken_by)
            return f"{_short(self._broken_by)} {f'has {looks}' if looks else f'is not {_IS_NOT[self._last]}'}"
        looks = _look(self._first)
        return f"{_short(self._first)} has {looks}" if looks else ""

    def note(self, column: str) -> str:
        """A note with the option to use if the text is ambiguous; otherwise empty.

        Args:
            column: the column's name.
        """
        if self._name() != "text":
            return ""
        if self._cut:
            return f"JSON is sent as text, since CKAN would truncate the digits of {_short(self._cut)}"
        if self._written and (ways := [self._way(name) for name in _WRITTEN if name in (self._left or ())]):
            either = ways[0] if len(ways) == 1 else ways[0] + " or " + ways[1]
            return f"{_short(self._written)} may be a number. To read the column as numbers, pass " + either
        if self._broken_by in _NULLS:
            way = Hint(f"null=[{self._broken_by!r}]", f"--null {shlex.quote(self._broken_by)}")
            return f"{_short(self._broken_by)} may stand for null. To read it so, pass " + way
        return next(filter(None, (_other(text, column) for text in (self._broken_by, self._first))), "") or self._lost(
            column
        )

    def _lost(self, column: str) -> str:
        """What a timestamp type would not keep."""
        found = _MOMENT.fullmatch(self._broken_by)
        if not found or not _MOMENT.fullmatch(self._first):
            return ""
        if found[3]:
            return (
                f"timestamptz keeps the instant of {_short(self._broken_by)} but not its offset. To use it, pass "
                + (_typed(column, "timestamptz"))
            )
        return f"a timestamp would lose the fraction of {_short(self._broken_by)} in CKAN" if found[2] else ""

    def _name(self) -> str:
        left = self._left or set()
        for name in ("bool", "json", "int64", "float64", "plain", "number", *_OF_TEXT):
            if name in left and (self._any_number or name not in ("plain", "number")):
                return name
        return "text"

    def _way(self, name: str) -> Hint:
        way = COMMA if _WRITTEN[name] == COMMA_AND_POINTS and not self._grouped else _WRITTEN[name]
        return way.options

    def _breaks(self, name: str, texts: Any) -> int:
        """The index of the first value that does not fit a type, or -1."""
        if name in ("json", "float64"):
            return self._cut_in_json(texts) if name == "json" else self._not_a_float(texts)
        if name == "bool":
            return _first_false(pyarrow("compute").is_in(texts, value_set=pyarrow().array(_WORDS)))
        if name == "int64":
            return _comes_back_from(pyarrow().int64(), texts)
        if name == "plain":
            return self._not_plain(texts)
        if name == "number":
            return self._no_number(texts)
        if name in _WRITTEN:
            self._grouped |= bool(pyarrow("compute").any(pyarrow("compute").match_substring(texts, ".")).as_py())
            return _unlike(_WRITTEN[name].numbers(texts).fill_null(""), _PLAIN_NUMBER)
        if name == "time":
            return _unlike(texts, _TIME)
        if name == "date":
            place = _comes_back_from(pyarrow().date32(), texts)
            return place if place >= 0 else _first_false(_not(pyarrow("compute").starts_with(texts, "0000")))
        pattern, zone = (_TIMESTAMP, None) if name == "timestamp" else (_TIMESTAMPTZ, "UTC")
        if self.said <= {"day", "moment"}:  # midnight may be written as a date
            pattern = _DAY_OR_MOMENT
        place = _unlike(texts, pattern)
        if place < 0:
            place = _uncastable(texts, pyarrow().timestamp("us", zone))
        return place if place >= 0 else _first_false(_not(pyarrow("compute").starts_with(texts, "0000")))

    def _not_plain(self, texts: Any) -> int:
        compute = pyarrow("compute")
        like = compute.match_substring_regex(texts, _PLAIN_NUMBER)
        self._any_number = self._any_number or bool(compute.any(like).as_py())
        place = _first_false(like)
        if place < 0 or texts[place].as_py() == "NaN":  # which `numeric` has
            fine = compute.and_(
                compute.or_(like, compute.equal(texts, "NaN")),
                compute.less_equal(compute.binary_length(texts), MOST_DIGITS),
            )
            place = _first_false(fine)
        return place

    def _no_number(self, texts: Any) -> int:
        place = self._not_plain(texts)
        if place < 0:
            return -1
        for number, text in enumerate(
            texts.to_pylist()[place:], place
        ):  # exponents: the source says that it is a number
            found = _ANY_NUMBER.fullmatch(text)
            if text == "NaN":
                continue
            if not found or len(found[1]) + abs(int(found[4] or 0)) > MOST_DIGITS:
                return number
            self._any_number = True
        return -1

    def _cut_in_json(self, texts: Any) -> int:
        place, number = cut_by_ckan(texts)
        self._cut = number if place >= 0 else ""
        return place

    def _not_a_float(self, texts: Any) -> int:
        """Exact numbers among floats become floats if those hold them."""
        if self.said == {"float"}:
            return -1
        return next((number for number, text in enumerate(texts.to_pylist()) if not _float_keeps(text)), -1)


def _float_keeps(text: str) -> bool:
    value = float(text)
    return not isfinite(value) or Decimal(repr(value)) == Decimal(text)


def _typed(column: str, *kinds: str) -> Hint:
    """The options that select one of these types."""
    python = [f"types={{{column!r}: {kind!r}}}" for kind in kinds]
    shell = [f"--type {shlex.quote(f'{column}={kind}')}" for kind in kinds]
    return Hint(" or ".join(python), " or ".join(shell))


def _other(text: str, column: str) -> str:
    """What ambiguous text may be: a date in another order, or a time without seconds."""
    if _CLOCK_ALONE.fullmatch(text):
        return f"{_short(text)} may be a time of day. To read the column as times, pass " + _typed(column, "time")
    found = _DAY_OR_MONTH.fullmatch(text)
    if not found:
        return ""
    kind = "timestamp" if found[4] else "date"
    orders = [order for order, month in (("dmy", found[3]), ("mdy", found[1])) if int(month) <= 12]
    ways = _typed(column, *(f"{kind}:{order}" for order in orders))
    return f"{_short(text)} may be a date. To read the column as dates, pass " + ways if orders else ""


def _common(said: set[str]) -> set[str]:
    if said == {"number", "float"}:
        return {"float64", "number"}
    return set.intersection(*(set(_CANDIDATES[one]) for one in said)) if said else set()


def _look(text: str) -> str:
    return next((looks for pattern, looks in _LOOKS if pattern.fullmatch(text)), "")


def _short(text: str) -> str:
    return repr(text if len(text) <= 24 else f"{text[:23]}…")


def _not(flags: Any) -> Any:
    return pyarrow("compute").invert(flags)


def _first_false(flags: Any) -> int:
    return int(pyarrow("compute").index(flags, value=False).as_py())


def _unlike(texts: Any, pattern: str) -> int:
    return _first_false(pyarrow("compute").match_substring_regex(texts, pattern))


def _comes_back_from(arrow: Any, texts: Any) -> int:
    try:
        back = texts.cast(arrow).cast(pyarrow().string())
    except (pyarrow().ArrowInvalid, pyarrow().ArrowNotImplementedError):
        return _search(texts, lambda some: _comes_back(arrow, some))
    return _first_false(pyarrow("compute").equal(back, texts))


def _comes_back(arrow: Any, texts: Any) -> bool:
    try:
        return bool(texts.cast(arrow).cast(pyarrow().string()).equals(texts))
    except (pyarrow().ArrowInvalid, pyarrow().ArrowNotImplementedError):
        return False


def _uncastable(texts: Any, arrow: Any) -> int:
    return -1 if _is(texts, arrow) else _search(texts, lambda some: _is(some, arrow))


def _search(texts: Any, fits: Callable[[Any], bool]) -> int:
    """The index of the first value that does not fit, by bisection."""
    low, high = 0, len(texts)
    while high - low > 1:
        middle = (low + high) // 2
        if fits(texts.slice(low, middle - low)):
            low = middle
        else:
            high = middle
    return low


def _is(texts: Any, arrow: Any) -> bool:
    try:
        texts.cast(arrow)
    except (pyarrow().ArrowInvalid, pyarrow().ArrowNotImplementedError):
        return False
    return True
