"""Have a type checker read the files here: `python tests/typing/check.py mypy`, or `pyright`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
BIN = Path(sys.executable).parent
MARK = "# refused"


def of_mypy() -> set[tuple[str, int, str]]:
    """What mypy finds: file, line and what it says."""
    command = [BIN / "mypy", "--strict", "--no-error-summary", "--hide-error-context", *FILES]
    said = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False).stdout
    found = set()
    for line in said.splitlines():
        where, number, *rest = line.split(":", 3)
        if rest and rest[0].strip() == "error":
            found.add((Path(where).name, int(number), rest[1].strip()))
    return found


def of_pyright() -> set[tuple[str, int, str]]:
    """What pyright finds, with our own strict settings."""
    command = [BIN / "pyright", "--outputjson", *FILES]
    said = json.loads(subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False).stdout)
    return {
        (Path(one["file"]).name, one["range"]["start"]["line"] + 1, one["message"].splitlines()[0])
        for one in said["generalDiagnostics"]
        if one["severity"] == "error"
    }


FILES = sorted(path for path in HERE.glob("*.py") if path != Path(__file__))
CHECKERS = {"mypy": of_mypy, "pyright": of_pyright}


def main(checker: str) -> int:
    """Compare what a checker finds with what it should; the exit code is 1 when something is wrong."""
    wanted = {
        (path.name, number)
        for path in FILES
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if line.rstrip().endswith(MARK)
    }
    found = CHECKERS[checker]()
    wrong = [
        f"{name}:{line}: {checker} should refuse this"
        for name, line in wanted - {(name, line) for name, line, _ in found}
    ]
    wrong += [f"{name}:{line}: {checker} says: {said}" for name, line, said in found if (name, line) not in wanted]
    print("\n".join(sorted(wrong)) or f"{checker} accepts and refuses what it should, {len(wanted)} lines refused")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
