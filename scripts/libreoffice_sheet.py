"""Fill a template in LibreOffice as a person does, and take the pictures of workbooks: `python scripts/libreoffice_sheet.py`.

Needs LibreOffice Calc, `python3-uno`, `pdftoppm` and Chromium, such as Debian's packages libreoffice-calc-nogui, python3-uno,
poppler-utils and chromium. The filled workbooks go to tests/sheets/files, where tests read them; the pictures go to docs/pictures.
"""

from __future__ import annotations

import importlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Generator

ROOT = Path(__file__).resolve().parent.parent
FILES, PICTURES = ROOT / "tests" / "sheets" / "files", ROOT / "docs" / "pictures"
SYSTEM_PYTHON = "/usr/bin/python3"
"""The interpreter that knows LibreOffice."""
TEXT_FORMAT = 100
"""LibreOffice's number for the format `@`."""
FILTERS = {"xlsx": "Calc MS Excel 2007 XML", "ods": "calc8"}
TYPED = {
    "instrument": {
        "A4": "gauge", "B4": "gauge-cologne", "C4": "Water level at Cologne", "D4": "Rivers", "E4": "In use",
        "F4": "Water level; Flow", "G4": "00501", "H4": "12.5", "I4": "2026-01-31", "J4": "One gauge of two",
    },
    "maker": {"A5": "gauge", "B5": "Ott", "C5": "2001-05-01", "A6": "gauge", "B6": "Seba"},
    "resources": {"A4": "gauge", "C4": "https://example.org/levels.csv", "D4": "Levels"},
    "resources.contact": {"A3": "gauge", "B3": "Levels", "C3": "Ada"},
}  # fmt: skip
"""What is typed into the cells of the template."""
WRONG = {
    "instrument": {"D4": "Rivrs", "E4": "Brokn", "H4": "heavy", "I4": "soon", "A5": "second", "B5": "gauge cologne", "D5": "Lakes"},
    "maker": {"A6": "gage"},
}  # fmt: skip
"""What is typed into them for the picture of problems."""


def main() -> None:
    """Fill the template, and take the pictures."""
    from tuckan.sheets import mark  # noqa: PLC0415 - LibreOffice's interpreter does not know it

    sys.path.insert(0, str(ROOT))
    written = importlib.import_module("tests.sheets.test_libreoffice")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        template, wrong, marked = (place / f"{name}.xlsx" for name in ("template", "wrong", "marked"))
        written.write_template(template)
        FILES.mkdir(exist_ok=True)
        _in_libreoffice([
            {"open": str(template), "typed": TYPED, "save": [str(FILES / f"libreoffice.{form}") for form in FILTERS]},
            {"open": str(template), "typed": _both(TYPED, WRONG), "save": [str(wrong)]},
        ], place)  # fmt: skip
        mark(wrong, marked, written.checked(wrong).problems)
        filled = str(FILES / "libreoffice.xlsx")
        _in_libreoffice([
            {"open": filled, "sheet": "instrument", "cells": "A1:I4", "print": str(place / "sheet-main.pdf")},
            {"open": filled, "sheet": "maker", "print": str(place / "sheet-list.pdf")},
            {"open": str(marked), "sheet": "instrument", "cells": "A1:I5", "print": str(place / "sheet-marked.pdf")},
        ], place)  # fmt: skip
        for one in place.glob("sheet-*.pdf"):
            subprocess.run(
                [_program("pdftoppm"), "-png", "-singlefile", "-r", "110", str(one), str(PICTURES / one.stem)],
                check=True,
            )
        _page_of_changes(place / "changes.html")


def _page_of_changes(page: Path) -> None:
    """Take the picture of the page that `tuckan sheet diff --html` writes."""
    from tuckan.jobs.entries import Entry  # noqa: PLC0415 - LibreOffice's interpreter does not know it
    from tuckan.jobs.operation import Operation  # noqa: PLC0415 - likewise
    from tuckan.sheets import CONFLICTS, as_html  # noqa: PLC0415 - likewise

    at = "gauges.xlsx, sheet instrument, row"
    before = {
        "notes": "Measures since 1962, at the right bank.",
        "maker": [{"maker": "Ott", "since": "2001"}, {"maker": "Seba"}],
    }
    fields = {"notes": "Measures since 1963, at the right bank.", "maker": [{"maker": "Ott", "since": "2002"}]}
    patch = Operation("1", "dataset.patch", "dataset gauge-basel", {"fields": fields}, 0, f"{at} 3", before)
    data = {"resource": "2", "new": {"name": "Levels"}, "path": "levels.csv"}
    file = Operation("2", "resource.file", "dataset gauge-basel", data, 1, needs=("1",))
    both = {CONFLICTS: [("title", "Water level at Cologne", "Cologne, water level")]}
    conflict = Operation("3", "dataset.put", "dataset gauge-cologne", both, 0, f"{at} 4")
    entries = [Entry(patch, "planned"), Entry(conflict, "refused"), Entry(file, "planned")]
    summary = "1 dataset to be changed; 1 file to be uploaded; 1 refused."
    page.write_text(as_html("apply gauges.xlsx on https://example.org", summary, [], entries), encoding="utf-8")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=900,640"]
    picture = f"--screenshot={PICTURES / 'sheet-changes.png'}"
    subprocess.run([_program("chromium"), *options, picture, page.as_uri()], check=True, stderr=subprocess.DEVNULL)


def _program(name: str) -> str:
    if found := shutil.which(name):
        return found
    raise SystemExit(f"{name} is not installed.")


def _both(one: dict[str, dict[str, str]], other: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    return {sheet: {**cells, **other.get(sheet, {})} for sheet, cells in one.items()}


def _in_libreoffice(tasks: list[dict[str, Any]], folder: Path) -> None:
    """Have LibreOffice do tasks, in its own interpreter."""
    subprocess.run([SYSTEM_PYTHON, __file__, "--inside", str(folder)], input=json.dumps(tasks), text=True, check=True)


# -- what runs in LibreOffice's interpreter --


def inside(tasks: list[dict[str, Any]], folder: Path) -> None:
    """Open workbooks, type into their cells, save and print them."""
    with _office(folder) as desktop:
        for task in tasks:
            book = desktop.loadComponentFromURL(
                Path(task["open"]).as_uri(), "_blank", 0, (_property("Hidden", value=True),)
            )
            for title, cells in task.get("typed", {}).items():
                for name, text in cells.items():
                    _type(book.Sheets.getByName(title).getCellRangeByName(name), text)
            for target in task.get("save", ()):
                book.storeToURL(Path(target).as_uri(), (_property("FilterName", FILTERS[target.rpartition(".")[2]]),))
            if "print" in task:
                _print(book, task)
            book.close(True)


@contextmanager
def _office(folder: Path) -> Generator[Any]:
    pipe = f"tuckan{folder.name}"
    options = [f"-env:UserInstallation={(folder / 'user').as_uri()}", f"--accept=pipe,name={pipe};urp;"]
    running = subprocess.Popen([_program("soffice"), "--headless", "--norestore", *options], stderr=subprocess.DEVNULL)
    uno = importlib.import_module("uno")
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    try:
        for _ in range(240):
            try:
                context = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
                break
            except Exception:  # noqa: BLE001 - LibreOffice's own class, which is known only while it runs
                time.sleep(0.5)
        else:
            raise SystemExit("LibreOffice does not answer.")
        desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
        yield desktop
        desktop.terminate()
    finally:
        running.wait(timeout=60)


def _type(cell: Any, text: str) -> None:
    """Type as the keyboard does: a cell for text takes it as it is, another turns it into a number or a date."""
    if cell.NumberFormat == TEXT_FORMAT:
        cell.setString(text)
    else:
        cell.FormulaLocal = text


def _property(name: str, value: Any) -> Any:
    made = importlib.import_module("uno").createUnoStruct("com.sun.star.beans.PropertyValue")
    made.Name, made.Value = name, value
    return made


def _print(book: Any, task: dict[str, Any]) -> None:
    """Print the used cells of one sheet on a page of just their size, with grid and headings."""
    sheet = book.Sheets.getByName(task["sheet"])
    cursor = sheet.createCursor()
    cursor.gotoEndOfUsedArea(True)
    shown = sheet.getCellRangeByName(task["cells"]) if "cells" in task else cursor
    size, style = shown.Size, book.StyleFamilies.getByName("PageStyles").getByName(sheet.PageStyle)
    for name in ("LeftMargin", "RightMargin", "TopMargin", "BottomMargin"):
        style.setPropertyValue(name, 200)
    style.HeaderIsOn = style.FooterIsOn = False
    style.PrintGrid = style.PrintHeaders = True
    style.Width, style.Height = size.Width + 1900, size.Height + 950
    for other in book.Sheets.ElementNames:
        if other != task["sheet"]:
            book.Sheets.getByName(other).setPrintAreas(())
    sheet.setPrintAreas((shown.RangeAddress,))
    book.storeToURL(Path(task["print"]).as_uri(), (_property("FilterName", "calc_pdf_Export"),))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        inside(json.loads(sys.stdin.read()), Path(sys.argv[2]))
    else:
        main()
