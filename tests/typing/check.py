"""Have a type checker read the files here: `python tests/typing/check.py mypy`, or `pyright`.

It reads them four times: as the oldest and as the newest Python, on Linux and on Windows.
"""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
BIN = Path(sys.executable).parent
MARK = "# refused"


def of_mypy(platform: str, version: str) -> set[tuple[str, int, str]]:
    """What mypy finds: file, line and what it says."""
    options = [f"--platform={platform}", f"--python-version={version}", f"--cache-dir=.mypy_cache/{platform}-{version}"]
    command = [BIN / "mypy", "--strict", "--no-error-summary", "--hide-error-context", *options, *FILES]
    said = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False).stdout
    found = set()
    for line in said.splitlines():
        where, number, *rest = line.split(":", 3)
        if rest and rest[0].strip() == "error":
            found.add((Path(where).name, int(number), rest[1].strip()))
    return found


def of_pyright(platform: str, version: str) -> set[tuple[str, int, str]]:
    """What pyright finds, with our own strict settings."""
    options = [f"--pythonplatform={NAMES_FOR_PYRIGHT[platform]}", f"--pythonversion={version}"]
    command = [BIN / "pyright", "--outputjson", *options, *FILES]
    said = json.loads(subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False).stdout)
    return {
        (Path(one["file"]).name, one["range"]["start"]["line"] + 1, one["message"].splitlines()[0])
        for one in said["generalDiagnostics"]
        if one["severity"] == "error"
    }


FILES = sorted(path for path in HERE.glob("*.py") if path != Path(__file__))
CHECKERS = {"mypy": of_mypy, "pyright": of_pyright}
READ_AS = tuple((platform, version) for platform in ("linux", "win32") for version in ("3.11", "3.14"))
NAMES_FOR_PYRIGHT = {"linux": "Linux", "win32": "Windows"}


def main(checker: str) -> int:
    """Compare what a checker finds with what it should; the exit code is 1 when something is wrong."""
    wanted = {
        (path.name, number)
        for path in FILES
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if line.rstrip().endswith(MARK)
    }
    wrong: set[str] = set()
    with ThreadPoolExecutor(max_workers=2) as pool:
        read = dict(zip(READ_AS, pool.map(lambda read_as: CHECKERS[checker](*read_as), READ_AS), strict=True))
    for read_as, found in read.items():
        known = {(name, line) for name, line, _ in found}
        where = " ".join(read_as)
        wrong |= {f"{name}:{line}: {checker} should refuse this ({where})" for name, line in wanted - known}
        unwanted = {one for one in found if one[:2] not in wanted}
        wrong |= {f"{name}:{line}: {checker} says ({where}): {said}" for name, line, said in unwanted}
    print("\n".join(sorted(wrong)) or f"{checker} accepts and refuses what it should, {len(wanted)} lines refused")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
