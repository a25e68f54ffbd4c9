"""The pictures in README and docs: of the terminal, drawn as SVG, and of a mirror and an audit in Chromium. `make pictures` takes them anew."""

from __future__ import annotations

import io
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
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
    from collections.abc import Collection, Mapping

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"
COLUMNS, NARROW = 96, 80
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

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


def in_chromium(name: str, url: str, size: str, *options: str) -> None:
    """Take a picture of a page in Chromium, with nothing to load."""
    plain = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--window-size={size}", *options]
    command = [str(CHROMIUM), *plain, f"--screenshot={PICTURES / name}", url]
    subprocess.run(command, check=True, capture_output=True)
    print(f"docs/pictures/{name}")


def audit_pictures(sandbox: Sandbox, variables: Mapping[str, str], folder: Path) -> None:
    """Take the pictures of the report of an audit: light, dark, on a phone, and its first printed page."""
    audit = [sys.executable, "-m", "tuckan", "audit", "--html", "report.html", "--format", "ids"]
    subprocess.run(audit, check=True, cwd=folder, env={**os.environ, **variables}, stdout=subprocess.DEVNULL)
    report = folder / "report.html"
    report.write_bytes(report.read_bytes().replace(sandbox.url.encode(), b"https://example.org"))
    offline = "--host-resolver-rules=MAP * ~NOTFOUND"
    in_chromium("audit-report.png", report.as_uri(), "1100,1000", offline)
    in_chromium("audit-dark.png", report.as_uri(), "1100,1000", offline, "--blink-settings=preferredColorScheme=0")
    frame = folder / "phone.html"
    frame.write_text(
        '<body style="margin:0"><iframe src="report.html" width="390" height="844" style="border:0">', "utf-8"
    )
    in_chromium("audit-phone.png", frame.as_uri(), "500,844", offline)
    printed = folder / "report.pdf"
    command = [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"]
    subprocess.run([*command, f"--print-to-pdf={printed}", report.as_uri()], check=True, capture_output=True)
    if pdftoppm := shutil.which("pdftoppm"):
        page = [pdftoppm, "-png", "-r", "70", "-singlefile", str(printed), str(PICTURES / "audit-print")]
        subprocess.run(page, check=True)
        print("docs/pictures/audit-print.png")


def mirror_pictures(sandbox: Sandbox, variables: Mapping[str, str], folder: Path) -> None:
    """Take the pictures of a mirror: in Datasette, and what changed, as a page."""
    tuckan = [sys.executable, "-m", "tuckan", "mirror"]
    environment = {**os.environ, **variables}
    subprocess.run([*tuckan, "sync"], check=True, cwd=folder, env=environment)
    with sandbox.client() as ckan:
        tags = [{"name": "planet"}, {"name": "rover"}]
        ckan.datasets.patch("planet-mars", title="Mars, the red planet", tags=tags)
        ckan.datasets.patch("planet-venus", license_id="cc-zero")
        ckan.datasets.delete("planet-mercury")
        ckan.datasets.create(name="comets", title="Comets of this century", owner_org="space")
    subprocess.run([*tuckan, "sync"], check=True, cwd=folder, env=environment)
    page = subprocess.run([*tuckan, "changes", "--html"], check=True, cwd=folder, env=environment, capture_output=True)
    (folder / "changes.html").write_bytes(page.stdout.replace(sandbox.url.encode(), b"https://example.org"))
    in_chromium("mirror-changes.png", (folder / "changes.html").as_uri(), "960,760")
    with sqlite3.connect(folder / "mirror.db") as mirror:
        mirror.execute("UPDATE meta SET value = 'https://example.org' WHERE name = 'portal'")
    mirror.close()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    serving = subprocess.Popen(
        [*tuckan, "serve", "--port", str(port)], cwd=folder, env=environment, stderr=subprocess.PIPE
    )
    try:
        while serving.stderr and b"running on" not in serving.stderr.readline():
            pass
        in_chromium("mirror-serve.png", f"http://127.0.0.1:{port}/mirror/datasets", "1200,860")
    finally:
        serving.send_signal(signal.SIGINT)
        serving.wait()


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
    for name, take_pages in (("audit", audit_pictures), ("mirror", mirror_pictures)):
        if names and name not in names:
            continue
        if CHROMIUM is None:
            print(f"There is no Chromium, so the pictures of {name} stay as they are.")
            continue
        with demo_portal() as (sandbox, variables), tempfile.TemporaryDirectory() as folder:
            take_pages(sandbox, {**variables, "TUCKAN_PROFILE": "sandbox"}, Path(folder))


if __name__ == "__main__":
    main(sys.argv[1:])
