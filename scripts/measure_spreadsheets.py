"""Measure how fast spreadsheets are read: `python scripts/measure_spreadsheets.py [ROWS]`.

tuckan's reader (calamine, and a look into the file for what calamine loses) beside calamine alone, openpyxl, and fastexcel
where it is installed. Each reads the same workbook of ten columns, three times; the fastest counts.
"""

from __future__ import annotations

import datetime as dt
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuckan._optional import load
from tuckan.readers import spreadsheets
from tuckan.readers.options import ReadOptions

if TYPE_CHECKING:
    from collections.abc import Callable

TIMES = 3


def main(rows: int) -> None:
    """Write a workbook, read it in each way, and print how long each takes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "measured.xlsx")
        _write(path, rows)
        print(f"{rows:,} rows of 10 columns, {path.stat().st_size / 1e6:.1f} MB")
        ways: tuple[tuple[str, Callable[[Path], int]], ...] = (
            ("tuckan", _tuckan),
            ("calamine alone", _calamine),
            ("openpyxl", _openpyxl),
            ("fastexcel, to Arrow", _fastexcel),
        )
        for name, read in ways:
            with suppress(ImportError):
                print(f"{name:20} {min(_timed(read, path) for _ in range(TIMES)):6.2f} s")


def _timed(read: Callable[[Path], int], path: Path) -> float:
    begun = time.perf_counter()
    read(path)
    return time.perf_counter() - begun


def _tuckan(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in spreadsheets.read(file, ReadOptions(), path.name).rows)


def _calamine(path: Path) -> int:
    book = _library("python_calamine").load_workbook(str(path))
    return sum(1 for _ in book.get_sheet_by_index(0).iter_rows())


def _openpyxl(path: Path) -> int:
    book = _library("openpyxl").load_workbook(path, read_only=True, data_only=True)
    return sum(1 for _ in book.worksheets[0].iter_rows(values_only=True))


def _fastexcel(path: Path) -> int:
    return int(_library("fastexcel").read_excel(str(path)).load_sheet(0).to_arrow().num_rows)


def _library(name: str) -> Any:
    return load(name, extra="all", purpose="measure")


def _write(path: Path, rows: int) -> None:
    book = _library("openpyxl").Workbook(write_only=True)
    sheet = book.create_sheet("Data")
    sheet.append(["n", "station", "mm", "size", "note", "mark", "yes", "share", "day", "at"])
    first = dt.datetime(2020, 1, 1, 12)  # noqa: DTZ001 - spreadsheets know no zones
    for n in range(rows):
        at = first + dt.timedelta(hours=n)
        mark = None if n % 3 else "x"
        sheet.append(
            [n, f"station {n % 500}", n / 7, n * 31, f"note {n}", mark, n % 2 == 0, n % 1000 / 10, at.date(), at]
        )
    book.save(path)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000)
