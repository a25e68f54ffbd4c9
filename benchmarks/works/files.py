"""Files up and down."""

from __future__ import annotations

import hashlib
import os
import tempfile
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.places import connected, static
from benchmarks.portal import FILE
from benchmarks.work import NOTEBOOK, OURS, Place, Work, at_most, portal_state, same_memory

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

BARE = "bare httpx2"
ON_DISK = "bare httpx2 and fsync"
HASHED = "bare httpx2 and SHA-256"
RESOURCE = "00000000-0000-4000-8000-000000000001"
SECONDS = 600


@contextmanager
def with_file(size: int) -> Generator[Place]:
    """The static portal, and a file of so many bytes."""
    with static("file-size")(size) as place, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "big.bin"
        with path.open("wb") as file:
            block = bytes(range(256)) * 4096
            for start in range(0, size, len(block)):
                file.write(block[: size - start])
        yield Place(place.url, size, more={"file": str(path)})


def upload_ours(place: Place) -> Callable[[], int]:
    """`resources.upload`, which takes the file's hash on its way."""
    ckan = connected(place)
    return lambda: ckan.resources.upload("d", place.more["file"]).size


def upload_bare(place: Place, *, hashed: bool = False) -> Callable[[], int]:
    """httpx2, multipart; with the file's hash as a field, where CKAN has one for it."""
    import httpx2

    client = httpx2.Client(timeout=SECONDS)

    def work() -> int:
        with Path(place.more["file"]).open("rb") as file:
            url = f"{place.url}/api/3/action/resource_create"
            data = {"package_id": "d", "name": "big"}
            if hashed:
                data["hash"] = hashlib.file_digest(file, "sha256").hexdigest()
                file.seek(0)
            client.post(url, data=data, files={"upload": file}).raise_for_status()
        return place.size

    return work


def upload_notebook(place: Place) -> Callable[[], int]:
    """`requests`, which holds the file in memory."""
    import requests

    def work() -> int:
        with Path(place.more["file"]).open("rb") as file:
            url = f"{place.url}/api/3/action/resource_create"
            requests.post(url, data={"package_id": "d"}, files={"upload": file}, timeout=SECONDS).raise_for_status()
        return place.size

    return work


def download_ours(place: Place) -> Callable[[], int]:
    """`resources.download`, which takes the file's hash, and has it on the disk before it says so."""
    ckan = connected(place)

    def work() -> int:
        with tempfile.TemporaryDirectory() as folder:
            return ckan.resources.download(RESOURCE, Path(folder) / "big.bin").size

    return work


def download_bare(place: Place, *, to_disk: bool = False) -> Callable[[], int]:
    """httpx2, into a file."""
    import httpx2

    client = httpx2.Client(timeout=SECONDS)

    def work() -> int:
        with tempfile.TemporaryDirectory() as folder, client.stream("GET", place.url + FILE) as answer:
            path = Path(folder) / "big.bin"
            with path.open("wb") as file:
                for piece in answer.iter_bytes():
                    file.write(piece)
                if to_disk:
                    file.flush()
                    os.fsync(file.fileno())
            return path.stat().st_size

    return work


def download_notebook(place: Place) -> Callable[[], int]:
    """`requests`, by its content."""
    import requests

    def work() -> int:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "big.bin"
            path.write_bytes(requests.get(place.url + FILE, timeout=SECONDS).content)
            return path.stat().st_size

    return work


SIZES = (100_000_000, 316_227_766, 1_000_000_000)

WORKS = (
    Work(
        "upload",
        "upload {size} bytes",
        SIZES,
        with_file,
        {
            OURS: upload_ours,
            BARE: upload_bare,
            HASHED: partial(upload_bare, hashed=True),
            NOTEBOOK: upload_notebook,
        },
        (at_most(1.2, BARE), at_most(1.2, HASHED), portal_state(60), same_memory()),
        unit="bytes",
    ),
    Work(
        "download",
        "download {size} bytes",
        SIZES,
        static("file-size"),
        {
            OURS: download_ours,
            BARE: download_bare,
            ON_DISK: partial(download_bare, to_disk=True),
            NOTEBOOK: download_notebook,
        },
        (at_most(1.2, BARE), at_most(1.2, ON_DISK), portal_state(60), same_memory()),
        unit="bytes",
    ),
)
