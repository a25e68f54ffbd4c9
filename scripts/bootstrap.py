"""Make the development environment, on a machine that has only Python: `python3 scripts/bootstrap.py .venv`."""

from __future__ import annotations

import shutil
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
        _create(root)
    constraints = ["--constraint", "constraints.txt"]
    _run([str(python), "-m", "pip", "install", "--quiet", *constraints, "uv"])
    groups = [word for group in GROUPS for word in ("--group", group)]
    target = ["--python", str(python), *constraints]
    _run([str(root / "bin" / "uv"), "pip", "install", "--quiet", *target, "--editable", ".[all]", *groups])


def _create(root: Path) -> None:
    try:
        venv.create(root, with_pip=True, symlinks=True)
    except subprocess.CalledProcessError:
        shutil.rmtree(root)  # half an environment would be taken for a whole one next time
        sys.exit("Python's own pip is missing; Debian and Ubuntu keep it apart: apt install python3-venv")


def _run(command: list[str]) -> None:
    """Run a command, which says itself what is wrong."""
    if subprocess.run(command, check=False).returncode:
        sys.exit(
            "The packages could not be installed. Where a proxy has a certificate of its own, "
            "pip reads PIP_CERT and uv reads SSL_CERT_FILE."
        )


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else ".venv")
