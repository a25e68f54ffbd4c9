"""Measure what decimals cost as `numeric` beside `float8`: `python scripts/measure_types.py`.

A sandbox of its own is started. One CSV of ten columns of decimals is pushed and pulled with each type in turn.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

from tuckan.sandbox import Sandbox

NAME = "measure-types"
COLUMNS = 10


def write(path: Path, rows: int) -> None:
    """Prices, heights and the like: two to seven digits."""
    with path.open("w") as file:
        file.write(",".join(f"d{n}" for n in range(COLUMNS)) + "\n")
        for row in range(rows):
            cells = (f"{row * (n + 7) % 10 ** (n // 2 + 2) / 100:.2f}" for n in range(COLUMNS))
            file.write(",".join(cells) + "\n")


def main() -> None:
    """Measure both types, turn by turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ckan", default="2.12")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--turns", type=int, default=3)
    given = parser.parse_args()
    sandbox = Sandbox(NAME, ckan=given.ckan)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["TUCKAN_JOBS_DIR"] = folder
        path = Path(folder, "decimals.csv")
        write(path, given.rows)
        try:
            sandbox.up(as_profile=False)
            sandbox.reset()
            with sandbox.client() as ckan:
                ckan.call("organization_create", name=NAME)
                ckan.call("package_create", name=NAME, owner_org=NAME)
                for _ in range(given.turns):
                    for kind in ("numeric", "float8"):
                        begun = time.monotonic()
                        types = {f"d{n}": kind for n in range(COLUMNS)}
                        job = ckan.datastore.push(path, dataset=NAME, name=kind, types=types)
                        planned = time.monotonic()
                        job.run()
                        pushed = time.monotonic()
                        ckan.datastore.pull(job.resource).to_csv(Path(folder, "out.csv"))
                        pulled = time.monotonic()
                        size = ckan.call("datastore_info", id=job.resource)["meta"].get("size", 0)
                        print(
                            f"{kind:<8} planned {planned - begun:5.1f} s, pushed {pushed - planned:5.1f} s,"
                            f" pulled {pulled - pushed:5.1f} s, {size / 1e6:6.1f} MB",
                            flush=True,
                        )
        finally:
            sandbox.destroy()


if __name__ == "__main__":
    main()
