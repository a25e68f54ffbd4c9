"""The commands that keep a copy of a portal's metadata."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

CKANAPI_DUMP = "ckanapi dump"
GIT_SCRAPING = "git scraping"


def command_of(way: str, url: str, folder: Path) -> list[str]:
    """The command that brings a copy in a folder up to date."""
    match way:
        case "tuckan":
            options = ["--url", url, "--anonymous", "--format", "json"]
            return [sys.executable, "-m", "tuckan", "mirror", "sync", str(folder / "mirror.db"), *options]
        case "ckanapi dump":
            return [
                "ckanapi",
                "dump",
                "datasets",
                "--all",
                "-q",
                "-p",
                "3",
                "-r",
                url,
                "-O",
                str(folder / "datasets.jsonl"),
            ]
        case _:
            return [sys.executable, "-m", "benchmarks.ways.git_scraping", url, str(folder)]


def run(command: Sequence[str]) -> str:
    """Run it, and return what it writes."""
    # ckanapi starts workers by its name.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, "PATH": path}).stdout
