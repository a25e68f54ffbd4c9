"""What columns of text hold: the narrowest type that gives every value back as it was written.

`007` stays text, as a number would lose its zeros; so do `t`, `yes` and `1/2/2024`, which might be something else. Numbers
that a float would not give back as they were are `numeric`. `types=` decides otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING, Any

from tuckan.tables.libraries import pyarrow
from tuckan.tables.types import FLOAT64, NUMERIC, TEXT, Type
from tuckan.tables.values import SURE_DIGITS

if TYPE_CHECKING:
    from collections.abc import Iterable

_WHOLE = r"^-?(0|[1-9]\d*)$"
_ANY_NUMBER = r"^[-+]?((0|[1-9]\d*)(\.\d*)?|\.\d+)([eE][-+]?\d+)?$"
_NO_NUMBER = r"^(NaN|nan|-?(inf|Infinity))$"
_TIME = r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?$"
_WORDS = ("true", "false", "True", "False", "TRUE", "FALSE")

_OF_TEXT = ("date", "timestamp", "timestamptz", "time")
_OF_A_FILE = ("bool", "int64", "number", *_OF_TEXT)
_CANDIDATES = {
    "anything": _OF_A_FILE,
    "text": _OF_TEXT,
    "number": ("int64", "number"),
    "bool": ("bool",),
    "json": ("json",),
}


@dataclass(slots=True)
class Guess:
    """What a column may be, learnt batch by batch.

    Attributes:
        said: what the source says of its values: `anything` (a file of text), `text`, `number`, `bool`, `json`; several
            when they differ.
    """

    said: set[str] = field(default_factory=set[str])
    _left: set[str] | None = None
    _any: bool = False
    _fractions: bool = False
    _exact: bool = True

    def add(self, texts: Any, said: Iterable[str]) -> None:
        """Look at further values, as text."""
        self.said.update(said)
        if texts.null_count == len(texts):
            return
        texts = texts.drop_null()
        candidates = set(_OF_A_FILE) | {"json"} if self._left is None else self._left
        for one in said:
            candidates &= set(_CANDIDATES[one])
        self._left = {one for one in candidates if self._fits(one, texts)}

    def type(self) -> Type:
        """The type, once all values were looked at; text when there are none."""
        left = self._left or set()
        for name in ("bool", "json", "int64", *_OF_TEXT):
            if name in left:
                return Type(name)
        if "number" not in left or not self._any:
            return TEXT
        return FLOAT64 if self._exact and self._fractions else NUMERIC

    def _fits(self, name: str, texts: Any) -> bool:
        if name == "json":
            return True  # the source says so, of each value
        if name == "bool":
            return _all(pyarrow("compute").is_in(texts, value_set=pyarrow().array(_WORDS)))
        if name == "int64":
            return _matches(texts, _WHOLE) and _is(texts, pyarrow().int64())
        if name == "number":
            return self._number(texts)
        if name == "time":
            return _matches(texts, _TIME)
        pa = pyarrow()
        zone = "UTC" if name == "timestamptz" else None
        return _is(texts, pa.date32() if name == "date" else pa.timestamp("us", zone)) and _matches(texts, r"^\d{4}-")

    def _number(self, texts: Any) -> bool:
        compute = pyarrow("compute")
        others = compute.match_substring_regex(texts, _NO_NUMBER)
        self._fractions |= bool(compute.any(others).as_py())  # whole numbers have no NaN
        texts = texts.filter(compute.invert(others))
        if not _matches(texts, _ANY_NUMBER):
            return False
        self._any |= len(texts) > 0
        self._fractions |= not _matches(texts, _WHOLE)
        digits = compute.utf8_ltrim(compute.replace_substring_regex(texts, r"[eE].*$|[-+.]", ""), "0")
        simple = compute.and_(
            compute.less_equal(compute.binary_length(digits), SURE_DIGITS),
            compute.invert(compute.match_substring_regex(texts, "[eE]")),
        )
        many = texts.filter(compute.invert(simple)).to_pylist() if self._exact else ()
        self._exact = self._exact and all(map(_float_keeps, many))
        return True


def _float_keeps(text: str) -> bool:
    value = float(text)
    return isfinite(value) and Decimal(repr(value)) == Decimal(text)


def _all(flags: Any) -> bool:
    return bool(pyarrow("compute").all(flags).as_py() is not False)


def _matches(texts: Any, pattern: str) -> bool:
    return _all(pyarrow("compute").match_substring_regex(texts, pattern))


def _is(texts: Any, arrow: Any) -> bool:
    try:
        texts.cast(arrow)
    except (pyarrow().ArrowInvalid, pyarrow().ArrowNotImplementedError):
        return False
    return True
