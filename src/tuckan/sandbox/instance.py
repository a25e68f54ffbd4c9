"""The folder of one sandbox: its settings, its state, its logs."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec

from tuckan.errors import SandboxError
from tuckan.sandbox.credentials import Secrets  # noqa: TC001 - msgspec looks it up
from tuckan.sandbox.instances import NEWEST, full_version, home
from tuckan.sandbox.processes import Process
from tuckan.sandbox.setup import Setup
from tuckan.transport.durable import replacing

T = TypeVar("T")

LONGEST_SOCKET = 90
"""The maximum length of a socket path on every system."""


FORMAT = 1
"""The format of the settings file; versions of tuckan that know only older formats leave the sandbox alone."""


class Settings(msgspec.Struct):
    """The persistent settings of a sandbox.

    Attributes:
        secrets: passwords and tokens.
        ports: the ports of its services, all on 127.0.0.1.
        sockets: the folder of its Unix sockets.
        setup: the setup of its last start.
        template: the name of the template databases, which a reset restores.
        commands: the commands of its setup that were run; each runs once.
        format: the format of the file.
    """

    secrets: Secrets
    ports: dict[str, int]
    sockets: str
    setup: Setup = Setup()
    template: str = ""
    commands: tuple[tuple[str, ...], ...] = ()
    format: int = FORMAT


class RunningPart(msgspec.Struct):
    """A started service."""

    name: str
    pid: int
    born: float

    @property
    def process(self) -> Process:
        """Its process."""
        return Process(self.pid, self.born)


class State(msgspec.Struct):
    """The processes believed to be running."""

    parts: list[RunningPart] = []


@dataclass(frozen=True, slots=True)
class Instance:
    """The folder of one sandbox.

    Attributes:
        name: its name.
        ckan: its version of CKAN, such as `2.12`.
    """

    name: str
    ckan: str

    @property
    def label(self) -> str:
        """Its name and version in one word."""
        return self.ckan if self.name == "default" else f"{self.name}-{self.ckan}"

    @property
    def profile(self) -> str:
        """The name of its profile: `sandbox` for the newest CKAN."""
        return "sandbox" if self.label == NEWEST else f"sandbox-{self.label}"

    @property
    def root(self) -> Path:
        """Its folder."""
        return home() / "instances" / self.label

    @property
    def databases(self) -> Path:
        """PostgreSQL's data folder."""
        return self.root / "postgres"

    @property
    def files(self) -> Path:
        """The folder of uploaded files."""
        return self.root / "files"

    @property
    def stored(self) -> Path:
        """The files of the storage that `file_create` writes to."""
        return self.root / "stored"

    @property
    def search(self) -> Path:
        """The folder of the search service."""
        return self.root / "search"

    @property
    def seeded_search(self) -> Path:
        """The search documents of an empty portal, if plugins have added any."""
        return self.root / "search-seeds.sqlite"

    @property
    def ini(self) -> Path:
        """CKAN's settings."""
        return self.root / "ckan.ini"

    @property
    def declared(self) -> Path:
        """The settings that CKAN and its plugins declare, with their validators."""
        return self.ini.with_suffix(".ini.declared")

    def log(self, part: str) -> Path:
        """The log of a service."""
        return self.root / "logs" / f"{part}.log"

    def read_settings(self) -> Settings | None:
        """Its settings, or None before the first start.

        Raises:
            SandboxError: when they exist but can't be read: new ones would make its databases inaccessible.
        """
        path = self.root / "settings.json"
        found = _read(path, Settings)
        if found is None and path.exists():
            raise self._unreadable(f"The settings of the sandbox {self.label} in {path} are damaged.")
        if found is not None and found.format > FORMAT:
            raise self._unreadable(
                f"The sandbox {self.label} is from a later version of tuckan ({path}).", "Update tuckan, or make"
            )
        return found

    def _unreadable(self, what: str, otherwise: str = "Make") -> SandboxError:
        hint = f"Nothing was changed. {otherwise} it again, without its data: tuckan sandbox destroy, then up."
        return SandboxError(what, hint=hint)

    def readable_settings(self) -> Settings | None:
        """The same, or None if they can't be read."""
        try:
            return self.read_settings()
        except SandboxError:
            return None

    def write_settings(self, settings: Settings) -> None:
        """Save its settings."""
        _write(self.root / "settings.json", settings)

    def read_state(self) -> State:
        """The processes believed to be running."""
        return _read(self.root / "state.json", State) or State()

    def write_state(self, state: State) -> None:
        """Record the running processes."""
        _write(self.root / "state.json", state)

    def new_sockets(self, before: str = "") -> Path:
        """A folder for its sockets, elsewhere if its own path is too long.

        Args:
            before: the previous folder. In the system's temporary folder only a new folder is used: since
                then somebody else may have created one there.
        """
        own = self.root / "run"
        if len(str(own)) <= LONGEST_SOCKET:
            return own
        if before and Path(before) != own:
            with contextlib.suppress(OSError):
                shutil.rmtree(before)
        return Path(tempfile.mkdtemp(prefix="tuckan-"))


def instance(name: str, ckan: str) -> Instance:
    """The folder of a sandbox, which may not exist yet."""
    return Instance(name, ".".join(full_version(ckan).split(".")[:2]))


def instances() -> list[Instance]:
    """All sandboxes that were ever started and not destroyed."""
    found: list[Instance] = []
    for folder in sorted((home() / "instances").glob("*/settings.json")):
        name, _, ckan = folder.parent.name.rpartition("-")
        found.append(Instance(name or "default", ckan))
    return found


def _read(path: Path, shape: type[T]) -> T | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=shape)
    except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def _write(path: Path, content: msgspec.Struct) -> None:
    """Write a file atomically, readable only by its owner."""
    with replacing(path, private=True) as file:
        file.write(msgspec.json.format(msgspec.json.encode(content)))
