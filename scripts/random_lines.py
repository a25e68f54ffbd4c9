"""Print lines of code chosen at random, each with its room and the modules beside it: a test of CONTRIBUTING's map.

A newcomer should find, for each line, the row of the map that names its module.

    python scripts/random_lines.py [COUNT] [SEED]
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

SOURCE = Path(__file__).parent.parent / "src" / "tuckan"
GENERATED = ("_sync", "_async/actions")
MAP = (SOURCE.parent.parent / "CONTRIBUTING.md").read_text(encoding="utf-8").split("## The map")[1].split("\n## ")[0]


def lines() -> list[tuple[Path, int, str]]:
    """Every hand-written line of code, without blank lines, comments and docstring quotes."""
    found = []
    for path in sorted(SOURCE.rglob("*.py")):
        if any(part in path.as_posix() for part in GENERATED):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            text = line.strip()
            if len(text) > 20 and not text.startswith(("#", '"""', "from ", "import ")):
                found.append((path, number, text))
    return found


def is_mapped(path: Path) -> bool:
    """Whether the map names a module, or the folder that it is in."""
    names = {path.stem, path.name, f"{path.relative_to(SOURCE).parent.as_posix()}/"}
    names.add(path.relative_to(SOURCE).as_posix())
    return any(f"`{name}`" in MAP for name in names)


def main() -> None:
    """Print the lines."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else None
    for path, number, text in random.Random(seed).sample(lines(), count):
        inside = path.relative_to(SOURCE)
        beside = sorted(one.stem for one in path.parent.glob("*.py") if one != path and one.stem != "__init__")
        missing = "" if is_mapped(path) else "    NOT IN THE MAP\n"
        print(f"{inside}:{number}: {text[:100]}\n{missing}    beside: {', '.join(beside)}")


if __name__ == "__main__":
    main()
