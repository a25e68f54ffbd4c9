"""How a sandbox and its parts are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tuckan.sandbox.ini import site_url
from tuckan.sandbox.starting import ON_DEMAND, PARTS

if TYPE_CHECKING:
    from pathlib import Path

    from tuckan.sandbox.instance import Instance, RunningPart, Settings


@dataclass(frozen=True, slots=True)
class PartStatus:
    """One part of a sandbox.

    Attributes:
        name: `postgres`, `valkey`, `search`, `datapusher`, `web` or `worker`, or `datacite` where a plugin needs it.
        running: whether its process is there.
        pid: its process, or None when it is not there.
        where: where it listens, or an empty string.
        log: its log.
    """

    name: str
    running: bool
    pid: int | None
    where: str
    log: Path


@dataclass(frozen=True, slots=True)
class Status:
    """How a sandbox is.

    Attributes:
        label: its name and version.
        ckan: its version of CKAN.
        url: the portal's address, or None before it was first started.
        state: `running`, `stopped`, or `broken` when some parts run and others do not.
        profile: the profile it is saved as.
        parts: each part.
    """

    label: str
    ckan: str
    url: str | None
    state: str
    profile: str
    parts: tuple[PartStatus, ...]


def status_of(instance: Instance) -> Status:
    """Look which parts of a sandbox run."""
    settings = instance.readable_settings()
    running = {one.name: one for one in instance.read_state().parts}
    names = (*PARTS, *(name for name in ON_DEMAND if name in running))
    found = tuple(_part_status(instance, name, running.get(name), settings) for name in names)
    count = sum(one.running for one in found)
    # What was started and not ended by us ought to be there.
    state = "running" if count == len(found) else "broken" if running else "stopped"
    url = site_url(settings) if settings else None
    return Status(instance.label, instance.ckan, url, state, instance.profile, found)


def _part_status(instance: Instance, name: str, part: RunningPart | None, settings: Settings | None) -> PartStatus:
    alive = part is not None and part.process.found() is not None
    where = ""
    if settings:
        sockets = {"postgres": "/.s.PGSQL.5432", "valkey": "/valkey.sock"}
        port = settings.ports.get(name)
        where = f"127.0.0.1:{port}" if port else settings.sockets + sockets[name] if name in sockets else ""
    return PartStatus(name, alive, part.pid if part and alive else None, where, instance.log(name))
