"""The pictures of the terminal in README and docs: real commands on the demo portal, drawn as SVG. `make pictures` takes them anew."""

from __future__ import annotations

import io
import re
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from demo_portal import NAME, demo_portal, environment_of, log_in, restore
from openpyxl import load_workbook
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text
from terminal import run_in_terminal

from tuckan.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Collection

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"
COLUMNS, NARROW = 96, 80

SHOTS = {
    "search": [
        "tuckan status",
        "tuckan search population --facet tags --facet-limit 3 --limit 3 --sort 'name asc'",
    ],
    "list": [
        "tuckan dataset list --private --drafts --format csv > all.csv",
        "tuckan organization list",
        "tuckan dataset show atlantis",
    ],
    "tokens": [
        "tuckan token revoke robot --unused-since 90d --dry-run --format ids > forgotten.txt",
        "echo y | tuckan token revoke robot --name notebook --limit 4",
    ],
    "analyst": [
        "tuckan search 'population virginia' --limit 3",
        "tuckan datastore info states/states.csv",
        "tuckan datastore pull states/states.csv -o states.parquet",
    ],
    "steward": [
        "cat wells.csv",
        "tuckan load datasets wells.csv --dry-run",
        "tuckan dataset patch --where 'name:planet-m*' license_id=cc-by --yes -f ids > done.txt",
        "tuckan job undo last --yes -f ids > undone.txt",
    ],
    "administrator": [
        "tuckan token revoke robot --unused-since 90d --dry-run -f ids > forgotten.txt",
        "tuckan dump datasets -o datasets.jsonl.gz",
        "tuckan job list",
    ],
    "developer": [
        "tuckan call package_serch",
        "tuckan call --path /api/util/tag/autocomplete incomplete=pla -f json",
        "tuckan actions package_show",
    ],
    "sheet": [
        "tuckan sheet check planets.xlsx",
        "tuckan sheet diff planets.xlsx",
    ],
    "demo": [f"tuckan demo --name {NAME}"],
}
"""The commands of each picture."""

ON_CAMELS = {
    "schema": ["tuckan schema camel-photos"],
    "schema-load": ["cat camels.csv", "tuckan load datasets camels.csv --type camel-photos --dry-run"],
}
"""Pictures of a portal with ckanext-scheming and its example schemas."""

PEOPLE = ("analyst", "steward", "administrator", "developer", "sheet")
"""Pictures as wide as a terminal is at first."""

WELLS = """\
name,title,owner_org,license_id,tags
wells,Wells of the county,space,cc-by,"water, wells"
levels,Levels of the wells,spce,cc-by,water
"""

CAMELS = """\
name,title,humps,category,personality
clyde,Clyde,2,bactrian,friendly; spits
ella,Ella,two,dromedary,friendly; jelous
zora,Zora,1,Black Camel,
"""
SCHEMAS = "ckanext.scheming:ckan_dataset.yaml ckanext.scheming:camel_photos.yaml"

_PASSWORD = re.compile(r"(password )\S+")

# An address on the web in it would be asked whenever somebody looks; every system has a font like these.
_FRAME = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: {char_height}px; line-height: {line_height}px; }}
.{unique_id}-title {{ font-family: Helvetica, Arial, sans-serif; font-size: 18px; }}
{styles}
</style>
<defs>{lines}</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def picture(screen: str, title: str, columns: int) -> str:
    """What stood on a screen, as SVG."""
    console = Console(record=True, width=columns, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(screen.rstrip("\n"), overflow="fold"))
    drawn = console.export_svg(title=title, theme=MONOKAI, code_format=_FRAME, unique_id=title)
    return re.sub(r"[ \t]+$", "", drawn, flags=re.MULTILINE)


def edited_workbook(sandbox: Sandbox, path: Path) -> None:
    """Write a workbook of planets in which somebody has changed some cells."""
    with sandbox.client() as ckan:
        ckan.sheets.export(path, ["planet-mars", "planet-mercury", "planet-venus"])
    book = load_workbook(path)
    sheet: Any = book["dataset"]
    columns = {cell.value: cell.column for cell in sheet[2]}
    sheet.cell(3, columns["maintainer"], "Planetary data desk")
    sheet.cell(3, columns["maintainer_email"], "planets@example.org")
    sheet.cell(5, columns["title"], "The planet Venus, without clouds")
    book.save(path)


def take(name: str, commands: list[str], known: dict[str, str], folder: Path) -> None:
    """Run the commands of a picture, and draw what stood on the screen."""
    screen, columns = "", NARROW if name in PEOPLE else COLUMNS
    for command in commands:
        shown = f"\x1b[1;32m$\x1b[0m \x1b[1m{command}\x1b[0m\n"
        _, said = run_in_terminal(command, known, folder, columns=columns)
        screen += shown + _PASSWORD.sub(r"\1...", said) + "\n"
    PICTURES.mkdir(exist_ok=True)
    (PICTURES / f"{name}.svg").write_text(picture(screen, name, columns), encoding="utf-8")
    print(f"docs/pictures/{name}.svg")


def of_the_demo(names: Collection[str]) -> None:
    """Take pictures of the demo portal."""
    with demo_portal() as (sandbox, variables), tempfile.TemporaryDirectory() as folder:
        known = {**variables, "TUCKAN_PROFILE": "sandbox"}
        for name in names:
            if name == "demo":
                sandbox.reset()  # the tour begins with an empty portal
            else:
                restore(sandbox)
            (Path(folder) / "wells.csv").write_text(WELLS, encoding="utf-8")
            if name == "sheet":
                edited_workbook(sandbox, Path(folder) / "planets.xlsx")
            take(name, SHOTS[name], known, Path(folder))


def of_camels(names: Collection[str]) -> None:
    """Take pictures of a portal with ckanext-scheming."""
    sandbox = Sandbox(f"{NAME}-camels", plugins=["scheming"], settings={"scheming.dataset_schemas": SCHEMAS})
    with tempfile.TemporaryDirectory() as folder:
        try:
            sandbox.up(as_profile=False)
            (Path(folder) / "camels.csv").write_text(CAMELS, encoding="utf-8")
            known = environment_of(Path(folder))
            log_in(sandbox, known)
            for name in names:
                take(name, ON_CAMELS[name], {**known, "TUCKAN_PROFILE": "sandbox"}, Path(folder))
        finally:
            sandbox.destroy()


def main(names: Collection[str]) -> None:
    """Take pictures: those that are named, or every one."""
    for known, taking in ((SHOTS, of_the_demo), (ON_CAMELS, of_camels)):
        if wanted := [name for name in known if not names or name in names]:
            taking(wanted)


if __name__ == "__main__":
    main(sys.argv[1:])
