"""Downcasting PostgreSQL's `numeric`: the smallest type that loses no digit of any value of a column.

Whole numbers become `int64`; others `float64` if every value has at most 15 digits, which a float preserves;
otherwise `decimal`, or text if even that is too small.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tuckan.tables.libraries import pyarrow
from tuckan.tables.types import FLOAT64, INT64, MOST_DIGITS, TEXT, Type
from tuckan.tables.values import SURE_DIGITS

if TYPE_CHECKING:
    from collections.abc import Mapping

_LARGEST_EXPONENT = 300
NO_NUMBERS = ("NaN", "Infinity", "-Infinity")


def _fit(numbers: Any) -> bool:
    """Whether whole numbers fit into an int64."""
    try:
        numbers.cast(pyarrow().int64())
    except pyarrow().ArrowInvalid:
        return False
    return True


def _bytes_of(texts: Any) -> bytes:
    """The concatenated data of an array, possibly with extra bytes: searching it is faster than searching each value."""
    held = texts.buffers()[2]
    return held.to_pybytes() if held else b""


def _significant(numbers: Any) -> int:
    """The maximum number of significant digits, of numbers without a sign; 0 if a float can certainly keep them."""
    compute = pyarrow("compute")
    short = compute.ascii_rtrim(numbers, "0")
    if compute.max(compute.binary_length(short)).as_py() <= SURE_DIGITS:
        return 0
    digits = compute.ascii_trim(compute.replace_substring(short, ".", ""), "0")
    return int(compute.max(compute.binary_length(digits)).as_py())


@dataclass(slots=True)
class Figures:
    """Properties of the numbers of a column, collected batch by batch.

    Attributes:
        any: whether there are numbers at all.
        whole: whether all fit into an int64.
        no_numbers: whether NaN or infinity occurs.
        before: the maximum number of digits before the point.
        behind: the maximum number of digits after the point.
        significant: the maximum number of significant digits; 0 while no number is long enough to matter.
    """

    any: bool = False
    whole: bool = True
    no_numbers: bool = False
    before: int = 0
    behind: int = 0
    significant: int = 0

    def add(self, texts: Any) -> None:
        """Add more numbers, as text."""
        compute = pyarrow("compute")
        self.any |= texts.null_count < len(texts)
        held = _bytes_of(texts)
        numbers = self._numbers(texts) if b"N" in held or b"I" in held else texts
        if numbers.null_count == len(numbers):
            return
        bare = compute.ascii_ltrim(numbers, "-") if b"-" in held else numbers
        before = length = compute.binary_length(bare)
        longest = compute.max(length).as_py()
        if b"." in held:
            point = compute.find_substring(bare, ".")
            before = compute.if_else(compute.less(point, 0), length, point)
            self.behind = max(self.behind, compute.max(compute.subtract(length, before)).as_py() - 1)
        self.before = max(self.before, compute.max(before).as_py())
        if longest > SURE_DIGITS:  # shorter numbers have no more digits, and counting is expensive
            self.significant = max(self.significant, _significant(bare))
        self.whole = self.whole and not self.behind and (longest <= SURE_DIGITS or _fit(numbers))

    def _numbers(self, texts: Any) -> Any:
        pa, compute = pyarrow(), pyarrow("compute")
        numbers = texts.filter(compute.invert(compute.is_in(texts, value_set=pa.array(NO_NUMBERS))))
        self.no_numbers |= len(numbers) < len(texts)
        return numbers

    def type(self) -> Type:
        """The smallest type that loses nothing."""
        if self.any and self.whole and not self.no_numbers:
            return INT64
        fractions = self.behind > 0 or self.no_numbers or not self.any
        if fractions and self.significant <= SURE_DIGITS and max(self.before, self.behind) < _LARGEST_EXPONENT:
            return FLOAT64
        digits = self.before + self.behind
        return TEXT if self.no_numbers or digits > MOST_DIGITS else Type("decimal", digits, self.behind)


class Narrowing:
    """Finds the types of columns that depend on all their values.

    Args:
        types: the columns' types.
    """

    def __init__(self, types: Mapping[str, Type]) -> None:
        self._types = types
        self._figures = {name: Figures() for name, kind in types.items() if not kind.is_known}

    def add(self, batch: Any) -> None:
        """Add a batch whose columns of unknown type are text, or lists of text."""
        for name, figures in self._figures.items():
            array = batch.column(name)
            figures.add(array.flatten() if pyarrow().types.is_list(array.type) else array)

    def types(self) -> dict[str, Type]:
        """The types of all columns, after the last batch."""
        return {
            name: _known(kind, self._figures[name].type()) if name in self._figures else kind
            for name, kind in self._types.items()
        }


def _known(kind: Type, found: Type) -> Type:
    return replace(kind, item=_known(kind.item, found)) if kind.item else found
