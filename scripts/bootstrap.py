"""Make the development environment, on a machine that has only Python: `python3 scripts/bootstrap.py .venv`."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

GROUPS = ("dev", "docs")


def main(folder: str) -> None:
    """Create the virtual environment, put uv into it, and let uv install the project."""
    if sys.version_info < (3, 11):  # noqa: UP036 - whoever has an older Python shall read a sentence
        sys.exit(f"tuckan needs Python 3.11 or later; this is {sys.version.split()[0]} ({sys.executable})")
    root = Path(folder).absolute()
    python = root / "bin" / "python"
    if not python.exists():
        venv.create(root, with_pip=True, symlinks=True)
    constraints = ["--constraint", "constraints.txt"]
    subprocess.run([python, "-m", "pip", "install", "--quiet", *constraints, "uv"], check=True)
    groups = [word for group in GROUPS for word in ("--group", group)]
    subprocess.run(
        [
            str(root / "bin" / "uv"),
            "pip",
            "install",
            "--quiet",
            "--python",
            str(python),
            *constraints,
            "--editable",
            ".[all]",
            *groups,
        ],
        check=True,
    )


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else ".venv")
