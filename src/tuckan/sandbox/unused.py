"""What sandboxes have left behind: environments and templates of databases that none of them needs any more."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING

import msgspec

from tuckan.sandbox.environment import fingerprint, locked, resolved
from tuckan.sandbox.instance import instances
from tuckan.sandbox.instances import home

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RECENT = 600
"""Seconds since an environment was last asked for in which a sandbox may be starting that has not said so yet."""


class Unused(msgspec.Struct, frozen=True):
    """An environment or the databases of a template.

    Attributes:
        path: its folder.
        size: bytes on the disk that are its own.
    """

    path: Path
    size: int


def unused() -> list[Unused]:
    """The environments and templates that no sandbox here was started with."""
    environments, templates = _needed()
    found = [one for one in _folders("environments") if one.name not in environments and one.name != "resolved"]
    found += [one for one in _folders("templates") if one.name.removesuffix(".seeds") not in templates]
    return [Unused(one, _size(one)) for one in found if time.time() - _last_use(one) > RECENT]


def remove(found: list[Unused]) -> list[Unused]:
    """Remove them, but for those that another process works on now.

    Returns:
        those that are gone.
    """
    gone = []
    for one in found:
        lock = one.path.with_name(f"{one.path.name.removesuffix('.seeds')}.lock")
        try:
            with locked(lock, wait=False):
                (one.path / "complete").unlink(missing_ok=True)  # first: one that is half gone is no environment
                shutil.rmtree(one.path, ignore_errors=True)
        except BlockingIOError:
            continue
        gone.append(one)
    return gone


def _needed() -> tuple[set[str], set[str]]:
    environments, templates = set(), set()
    for one in instances():
        if settings := one.read_settings():
            plain = fingerprint(one.ckan)
            environments |= {plain, fingerprint(one.ckan, resolved(one.ckan, settings.setup, lambda _: None))}
            templates |= {plain, settings.template}
    return environments, templates


def _folders(kind: str) -> Iterator[Path]:
    place = home() / kind
    return (one for one in sorted(place.iterdir()) if one.is_dir()) if place.is_dir() else iter(())


def _last_use(folder: Path) -> float:
    complete = folder / "complete"
    return (complete if complete.exists() else folder).stat().st_mtime


def _size(folder: Path) -> int:
    """Files that are linked from elsewhere, as uv links those of its cache, take no room of their own."""
    stats = (path.lstat() for path in folder.rglob("*"))
    return sum(stat.st_blocks * 512 for stat in stats if stat.st_nlink == 1)
