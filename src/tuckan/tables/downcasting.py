"""What PostgreSQL's `numeric` holds: the smallest type that loses no digit of any value of a column.

Whole numbers become `int64`; others `float64` as long as every one has 15 digits at most, which a float gives back as they
were; from there on `decimal`, and text where even that is too small.
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
    """All characters of an array, and maybe more: to look for one in them is cheaper than in each text."""
    held = texts.buffers()[2]
    return held.to_pybytes() if held else b""


def _significant(numbers: Any) -> int:
    """How many digits a float must keep at most, of numbers without a sign; 0 for no more than it can for sure."""
    compute = pyarrow("compute")
    short = compute.ascii_rtrim(numbers, "0")
    if compute.max(compute.binary_length(short)).as_py() <= SURE_DIGITS:
        return 0
    digits = compute.ascii_trim(compute.replace_substring(short, ".", ""), "0")
    return int(compute.max(compute.binary_length(digits)).as_py())


@dataclass(slots=True)
class Figures:
    """What the numbers of a column have in common, learnt batch by batch.

    Attributes:
        any: whether there are numbers at all.
        whole: whether all fit into an int64.
        no_numbers: whether there is NaN or infinity among them.
        before: digits before the point at most.
        behind: digits behind the point at most.
        significant: digits that a float must keep, at most; 0 as long as no number is long enough to have too many.
    """

    any: bool = False
    whole: bool = True
    no_numbers: bool = False
    before: int = 0
    behind: int = 0
    significant: int = 0

    def add(self, texts: Any) -> None:
        """Look at further numbers, as text."""
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
        if longest > SURE_DIGITS:  # what is shorter has no more digits; to count them costs most
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
    """Finds the types of columns that are not known before all their values are.

    Args:
        types: the columns' types.
    """

    def __init__(self, types: Mapping[str, Type]) -> None:
        self._types = types
        self._figures = {name: Figures() for name, kind in types.items() if not kind.is_known}

    def add(self, batch: Any) -> None:
        """Look at a batch whose columns of unknown type are text, or lists of text."""
        for name, figures in self._figures.items():
            array = batch.column(name)
            figures.add(array.flatten() if pyarrow().types.is_list(array.type) else array)

    def types(self) -> dict[str, Type]:
        """The types of all columns, once all batches were looked at."""
        return {
            name: _known(kind, self._figures[name].type()) if name in self._figures else kind
            for name, kind in self._types.items()
        }


def _known(kind: Type, found: Type) -> Type:
    return replace(kind, item=_known(kind.item, found)) if kind.item else found
