"""Make the catalogue of CKAN's actions from the versions themselves: `python scripts/actions/build.py`, or `--check` to compare.

Each version's environment is made if it is not there, and asked in its own process; CKAN is not started.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from merge import Wrong, catalogue

from tuckan.sandbox.environment import environment

VERSIONS = ("2.10", "2.11", "2.12")
HERE = Path(__file__).parent
TARGET = HERE.parents[1] / "src" / "tuckan" / "actions" / "catalogue.json"


def collected(version: str) -> dict[str, Any]:
    """What a version says of its actions."""
    place = environment(version, print)
    run = subprocess.run(
        [place.python, "-W", "ignore", HERE / "collect.py"],
        capture_output=True,
        text=True,
        env=place.variables(),
        check=False,
    )
    if run.returncode:
        raise Wrong(f"CKAN {version} could not be asked:\n{run.stderr}")
    facts: dict[str, Any] = json.loads(run.stdout)
    return facts


def written(found: dict[str, Any]) -> str:
    """The catalogue as JSON with a line for each action, so that a difference shows which."""
    lines = [
        f"  {json.dumps(name)}: {json.dumps(facts, ensure_ascii=False)}" for name, facts in found["actions"].items()
    ]
    head = {key: value for key, value in found.items() if key != "actions"}
    return json.dumps(head, ensure_ascii=False, indent=1)[:-2] + ',\n "actions": {\n' + ",\n".join(lines) + "\n }\n}\n"


def main(arguments: list[str]) -> int:
    """Write the catalogue, or tell how it differs; the exit code is 1 when something is wrong."""
    try:
        text = written(catalogue({version: collected(version) for version in VERSIONS}))
    except Wrong as error:
        print(error)
        return 1
    there = TARGET.read_text(encoding="utf-8") if TARGET.exists() else ""
    if "--check" not in arguments:
        TARGET.write_text(text, encoding="utf-8")
    elif text != there:
        news = sorted(set(text.splitlines()) ^ set(there.splitlines()))
        print(
            "catalogue.json is not what the versions give; run `make actions`:\n" + "\n".join(one[:200] for one in news)
        )
        return 1
    print(f"{len(json.loads(text)['actions'])} actions of CKAN {', '.join(VERSIONS)} are as the catalogue has them")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
