"""What is wrong with a workbook, and where."""

from __future__ import annotations

from dataclasses import dataclass, field

from tuckan._text import counted


@dataclass(frozen=True, slots=True)
class SheetProblem:
    """One thing that is wrong with a workbook.

    Attributes:
        sheet: the title of the sheet; of a CSV file its name.
        cell: the cell, such as `C5`; empty where it is about the sheet.
        message: what is wrong.
        record: the label of the record, where it is about one.
        path: the field, such as `manufacturer[0].since`; empty where it is about none.

    Example:
        >>> print(SheetProblem("instrument", "C5", "'soon' is not a date such as 2026-01-31", "r1", "built"))
        instrument!C5: built: 'soon' is not a date such as 2026-01-31
    """

    sheet: str
    cell: str
    message: str
    record: str = ""
    path: str = ""

    def __str__(self) -> str:
        place = f"{self.sheet}!{self.cell}" if self.cell else self.sheet
        return f"{place}: {self.path}: {self.message}" if self.path else f"{place}: {self.message}"


@dataclass(frozen=True, slots=True)
class SheetCheck:
    """What was found in a workbook.

    Attributes:
        records: how many records it has.
        problems: what is wrong, in the order of sheets and rows.
        notes: what is worth knowing and no problem, in sentences.
    """

    records: int
    problems: tuple[SheetProblem, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    def __str__(self) -> str:
        said = [str(one) for one in self.problems]
        return "\n".join([*said, f"{counted(self.records, 'record')}, {counted(len(self.problems), 'problem')}"])
