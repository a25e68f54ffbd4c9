"""A row: what stands in one place of a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """What one row of a source says.

    Attributes:
        record: the record, or another JSON value where one stands in its place.
        origin: where it stands, such as `datasets.csv, line 7`.
        wrong: why it cannot be read, or nothing.
        partial: whether it is from a table, whose cells say nothing of what they do not name.
        folder: the folder of its file, from which it may name other files.
    """

    record: Any = field(repr=False)
    origin: str
    wrong: str = ""
    partial: bool = False
    folder: Path = field(default=Path(), repr=False)
