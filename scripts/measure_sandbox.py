"""Measure the sandbox: `python scripts/measure_sandbox.py [VERSION]`; it prints the seconds of the first and later starts, and of a reset.

Wall-clock seconds depend on what else the machine does; beside them stand those of the processor, of this process and of all
parts of the sandbox.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from tuckan.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Generator

ROUNDS = 5


def processor(sandbox: Sandbox) -> float:
    """The processor seconds of this process, of what it has started and waited for, and of the sandbox's parts."""
    own = os.times()
    total = own.user + own.system + own.children_user + own.children_system
    for part in sandbox.status().parts:
        if part.pid:
            every = [psutil.Process(part.pid), *psutil.Process(part.pid).children(recursive=True)]
            total += sum(sum(one.cpu_times()[:2]) for one in every)
    return total


@contextmanager
def measured(what: str, sandbox: Sandbox) -> Generator[None]:
    """Print how long something takes."""
    begun, worked = time.monotonic(), processor(sandbox)
    yield
    print(f"{time.monotonic() - begun:6.2f} s  {processor(sandbox) - worked:6.2f} s of processor  {what}", flush=True)


def main(ckan: str = "2.12") -> None:
    """Measure a sandbox with scheming, from nothing."""
    with tempfile.TemporaryDirectory(prefix="tuckan-measure-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o711)  # PostgreSQL's own user passes through it
        os.environ["TUCKAN_SANDBOX_HOME"] = f"{folder}/home"
        sandbox = Sandbox("measured", ckan, plugins=["scheming"])
        try:
            with measured("first start, with the installation", sandbox):
                sandbox.up(as_profile=False)
            for _ in range(ROUNDS):
                sandbox.down()
                with measured("later start", sandbox):
                    sandbox.up(partial(print, " " * 31), as_profile=False)
            for _ in range(ROUNDS):
                with measured("reset", sandbox):
                    sandbox.reset()
        finally:
            sandbox.destroy()


if __name__ == "__main__":
    main(*sys.argv[1:])
