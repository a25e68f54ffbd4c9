"""A gigabyte up and down: each within 60 MB of a whole process, Python and all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tuckan.sandbox import Sandbox

MOST_MEGABYTES = 60

WORK = """
import asyncio, json, pathlib, re, sys
from tuckan import AsyncClient, Client

kind, what, subject, path = sys.argv[1:]

def work(ckan):
    return ckan.resources.upload(subject, path) if what == "up" else ckan.resources.download(subject, path)

async def main():
    async with AsyncClient() as ckan:
        return await work(ckan)

if kind == "asynchronous":
    done = asyncio.run(main())
else:
    with Client() as ckan:
        done = work(ckan)
megabytes = int(re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1]) / 1024
print(json.dumps({"id": done.id, "size": done.size, "sha256": done.sha256, "megabytes": megabytes}))
"""


@pytest.fixture
def portal(ckan_sandbox: Sandbox) -> Iterator[Sandbox]:
    """The sandbox, which keeps nothing of this afterwards."""
    yield ckan_sandbox
    ckan_sandbox.reset()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the peak of memory is read from /proc")
@pytest.mark.parametrize("kind", ["blocking", "asynchronous"])
def test_a_gigabyte_goes_up_and_comes_down(portal: Sandbox, dataset: str, tmp_path: Path, kind: str) -> None:
    size = 1_000_000_000 if portal.ckan == "2.12" and kind == "blocking" else 200_000_000
    file, back = tmp_path / "large.bin", tmp_path / "back.bin"
    with file.open("wb") as sparse:
        sparse.write(b"begins")
        sparse.truncate(size)
    environment = {**os.environ, "CKAN_BASE_URL": portal.url, "CKAN_API_KEY": portal.token()}

    def ran(what: str, subject: str, path: Path) -> dict[str, object]:
        command = [sys.executable, "-c", WORK, kind, what, subject, str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
        return json.loads(done.stdout)

    up = ran("up", dataset, file)
    down = ran("down", str(up["id"]), back)
    assert (up["size"], down["size"]) == (size, size)
    assert up["sha256"] == down["sha256"]
    assert back.stat().st_size == size
    back.unlink()
    assert up["megabytes"] <= MOST_MEGABYTES, up
    assert down["megabytes"] <= MOST_MEGABYTES, down
