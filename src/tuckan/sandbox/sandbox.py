"""A real CKAN on this machine: started, looked at, emptied, ended."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tuckan.client import Client
from tuckan.config import Profile, remove_profile, save_profile
from tuckan.errors import InvalidArgument, SandboxError
from tuckan.sandbox import services
from tuckan.sandbox.credentials import ADMINISTRATOR, new_secrets, stored_password
from tuckan.sandbox.environment import environment, locked
from tuckan.sandbox.ini import database_url, site_url, write_ini
from tuckan.sandbox.instance import RunningPart, Settings, State, box, boxes
from tuckan.sandbox.instances import NEWEST, home, owned_folder
from tuckan.sandbox.ports import free_ports, is_free
from tuckan.sandbox.processes import end, marked
from tuckan.sandbox.template import copy_for, template

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tuckan.sandbox.environment import Environment

STAGES = (("postgres", "valkey", "search", "datapusher"), ("web", "worker"))
"""The parts in the order of their start; those of one stage start together."""

ENDS = (("worker", "datapusher"), ("web",), ("search", "valkey", "postgres"))
"""The parts in the order of their end: those with jobs first, which tell the portal how these ended."""

PARTS = tuple(name for stage in STAGES for name in stage)


@dataclass(frozen=True, slots=True)
class PartStatus:
    """One part of a sandbox.

    Attributes:
        name: `postgres`, `valkey`, `search`, `datapusher`, `web` or `worker`.
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


def _silent(_: str) -> None:
    return None


class Sandbox:
    """A real CKAN on this machine, with DataStore, DataPusher, XLoader, activities and file uploads.

    Args:
        name: tells sandboxes of one version apart.
        ckan: the version: `2.12`, `2.11` or `2.10`.

    Raises:
        InvalidArgument: when there is no such version, or the name is none.

    Example:
        >>> sandbox = Sandbox()  # doctest: +SKIP
        >>> sandbox.up()  # doctest: +SKIP
        >>> with sandbox.client() as ckan:  # doctest: +SKIP
        ...     ckan.portal.status()["ckan_version"]
        '2.12.0'
    """

    def __init__(self, name: str = "default", ckan: str = NEWEST) -> None:
        if not name.replace("-", "").replace("_", "").isalnum() or not name.isascii():
            raise InvalidArgument(f"{name!r} is no name for a sandbox.", hint="Use letters, digits, - and _.")
        self._box = box(name, ckan)

    def __repr__(self) -> str:
        return f"Sandbox({self._box.name!r}, ckan={self._box.ckan!r})"

    @property
    def label(self) -> str:
        """Its name and version in one word."""
        return self._box.label

    @property
    def ckan(self) -> str:
        """Its version of CKAN, such as `2.12`."""
        return self._box.ckan

    @property
    def profile(self) -> str:
        """The profile it is saved as."""
        return self._box.profile

    def typed(self, command: str) -> str:
        """What a person types to do something with this sandbox.

        Example:
            >>> Sandbox().typed("down"), Sandbox("mine", ckan="2.11").typed("logs web")
            ('tuckan sandbox down', 'tuckan sandbox logs web --name mine --ckan 2.11')
        """
        name = "" if self._box.name == "default" else f" --name {self._box.name}"
        version = "" if self._box.ckan == NEWEST else f" --ckan {self._box.ckan}"
        return f"tuckan sandbox {command}{name}{version}"

    @property
    def url(self) -> str:
        """The portal's address.

        Raises:
            SandboxError: when it was never started.
        """
        return site_url(self.settings)

    @property
    def administrator(self) -> tuple[str, str]:
        """The administrator's name and password, to log in on the portal's pages."""
        return ADMINISTRATOR, self.settings.secrets.password

    def token(self) -> str:
        """The administrator's API token."""
        return self.settings.secrets.token

    def client(self) -> Client:
        """A client with the administrator's token."""
        return Client(self.url, self.token())

    def up(self, tell: Callable[[str], None] = _silent, *, as_profile: bool = True) -> Status:
        """Start it; one that runs is left as it is, and what a crash left behind is cleaned up first.

        Args:
            tell: is told what is being done.
            as_profile: save its address and token as a profile of the person who runs us.

        Raises:
            SandboxError: when a part does not start; it has the part and the end of its log.
        """
        with self._locked():
            if self.status().state != "running":
                self._end_parts()
                open_home()
                installed = environment(self._box.ckan, tell)
                settings = self._ready(installed, tell)
                tell(f"starting CKAN {self._box.ckan}")
                self._start(settings, installed)
            if as_profile:
                save_profile(Profile(self.profile, self.url, self.token()))
        return self.status()

    def _ready(self, installed: Environment, tell: Callable[[str], None]) -> Settings:
        """Everything on disk that a start needs."""
        box = self._box
        settings = box.read_settings()
        for folder in (box.root, box.files, box.stored, box.search):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)
        if os.getuid() == 0:
            box.root.chmod(0o711)  # PostgreSQL's user passes through it
        if settings is None:
            ports = free_ports("web", "search", "datapusher", taken=_taken_ports())
            settings = Settings(new_secrets(), ports, str(box.new_sockets()))
        else:
            settings.sockets = str(box.new_sockets(settings.sockets))
        if not all(is_free(port) for port in settings.ports.values()):
            settings.ports = free_ports(*settings.ports, taken=_taken_ports())
        cluster = services.postgres_of(box, settings, installed)
        owned_folder(cluster.sockets, cluster.account)  # PostgreSQL writes there as well
        box.write_settings(settings)  # before the databases, which know its passwords
        if not box.databases.exists():
            copy_for(cluster, template(box.ckan, installed, tell), settings.secrets)
        cluster.forget_process()
        write_ini(box, settings)
        return settings

    def _start(self, settings: Settings, installed: Environment) -> None:
        every = services.parts(self._box, settings, installed)
        state = State()
        try:
            for together in STAGES:
                for name in together:
                    state.parts.append(services.begin(every[name], self._box))
                    self._box.write_state(state)
                for running in state.parts[-len(together) :]:
                    services.await_answer(every[running.name], running, self._box)
        except BaseException:
            self._end_parts()
            raise

    def status(self) -> Status:
        """How it is."""
        settings = self._box.read_settings()
        running = {one.name: one for one in self._box.read_state().parts}
        found = tuple(self._part_status(name, running.get(name), settings) for name in PARTS)
        count = sum(one.running for one in found)
        # What was started and not ended by us ought to be there.
        state = "running" if count == len(found) else "broken" if running else "stopped"
        url = site_url(settings) if settings else None
        return Status(self.label, self._box.ckan, url, state, self.profile, found)

    def _part_status(self, name: str, part: RunningPart | None, settings: Settings | None) -> PartStatus:
        alive = part is not None and part.process.found() is not None
        where = ""
        if settings:
            sockets = {"postgres": "/.s.PGSQL.5432", "valkey": "/valkey.sock"}
            port = settings.ports.get(name)
            where = f"127.0.0.1:{port}" if port else settings.sockets + sockets[name] if name in sockets else ""
        return PartStatus(name, alive, part.pid if part and alive else None, where, self._box.log(name))

    def logs(self, part: str = "web", lines: int = 50) -> str:
        """The last lines of a part's log.

        Raises:
            InvalidArgument: when there is no such part.
        """
        if part not in PARTS:
            raise InvalidArgument(f"There is no part {part!r}.", hint=f"Choose one of {', '.join(PARTS)}.")
        return services.end_of(self._box.log(part), lines)

    def reset(self) -> None:
        """Empty the portal: datasets, users, tables, files, jobs; nothing is restarted and the token stays good.

        Raises:
            SandboxError: when it is not running, or CKAN holds what should be emptied.
        """
        with self._locked():
            if self.status().state != "running":
                raise SandboxError(f"The sandbox {self.label} is not running.", hint=f"Start it: {self.typed('up')}")
            settings = self.settings
            given = {
                "ckan": database_url(settings, "ckan", "ckan"),
                "datastore": database_url(settings, "ckan", "datastore"),
                "valkey": f"{settings.sockets}/valkey.sock",
                "folders": [str(self._box.files), str(self._box.stored)],
                "tokens": settings.secrets.tokens(),
                "password": stored_password(settings.secrets.password),
            }
            installed = environment(self._box.ckan, _silent)
            command = [str(installed.python), str(services.PROGRAMS / "reset.py")]
            done = subprocess.run(
                command, input=json.dumps(given), capture_output=True, text=True, env=installed.variables(), check=False
            )
            if done.returncode:
                said = "\n".join(done.stderr.strip().splitlines()[-5:])
                raise SandboxError(f"The sandbox {self.label} could not be emptied:\n{said}", hint="Try again.")
            _empty_search(settings)

    def down(self) -> None:
        """End every process; the data stays."""
        with self._locked():
            self._end_parts()

    def destroy(self) -> None:
        """End it and remove all it holds, its profile too."""
        with self._locked():
            self._end_parts()
            settings = self._box.read_settings()
            shutil.rmtree(self._box.root, ignore_errors=True)
            if settings:
                shutil.rmtree(settings.sockets, ignore_errors=True)
            remove_profile(self.profile)

    def _end_parts(self) -> None:
        state = self._box.read_state()
        for together in ENDS:
            end(one.process for one in state.parts if one.name in together)
        end(marked(self._box.root))  # what was started and could not be noted, and what a killed part has left
        if self._box.root.exists():
            self._box.write_state(State())

    @property
    def settings(self) -> Settings:
        """Its ports and secrets.

        Raises:
            SandboxError: when it was never started.
        """
        settings = self._box.read_settings()
        if settings is None:
            raise SandboxError(f"The sandbox {self.label} was never started.", hint=f"Start it: {self.typed('up')}")
        return settings

    def _locked(self) -> AbstractContextManager[None]:
        return locked(home() / "boxes" / f"{self.label}.lock")


def sandboxes() -> list[Sandbox]:
    """All sandboxes that were started and not destroyed."""
    return [Sandbox(one.name, one.ckan) for one in boxes()]


def open_home() -> None:
    """As root: the folders above PostgreSQL's are ours, and others may pass through them.

    Raises:
        SandboxError: when they lie below a folder that is closed to PostgreSQL's user.
    """
    if os.getuid() != 0:
        return
    for folder in (home(), home() / "boxes", home() / "environments", home() / "templates"):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o711)
    closed = [one for one in home().parents if not one.stat().st_mode & 0o001]
    if closed:
        raise SandboxError(
            f"As root, PostgreSQL runs as another user, who may not enter {closed[-1]}.",
            hint="Set TUCKAN_SANDBOX_HOME to a folder outside of it, or leave it unset.",
        )


def _taken_ports() -> set[int]:
    """The ports of all sandboxes, running or not."""
    return {port for one in boxes() if (settings := one.read_settings()) for port in settings.ports.values()}


def _empty_search(settings: Settings) -> None:
    body = b'{"delete": {"query": "*:*"}, "commit": {}}'
    address = f"http://127.0.0.1:{settings.ports['search']}/solr/ckan/update"
    request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30).close()
