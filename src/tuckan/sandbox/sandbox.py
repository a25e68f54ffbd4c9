"""A real CKAN on this machine: started, looked at, emptied, ended."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import urllib.request
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuckan.client import Client
from tuckan.client.logs import ENDS_OF_LOGS
from tuckan.config import Profile, remove_profile, save_profile
from tuckan.errors import InvalidArgument, SandboxError
from tuckan.sandbox import services
from tuckan.sandbox.credentials import ADMINISTRATOR, new_secrets, stored_password
from tuckan.sandbox.environment import NOTHING, environment, fingerprint, locked
from tuckan.sandbox.extensions import extensions
from tuckan.sandbox.failing import end_of_log
from tuckan.sandbox.ini import database_url, site_url, write_ini
from tuckan.sandbox.instance import RunningPart, Settings, State, instance, instances
from tuckan.sandbox.instances import NEWEST, VERSIONS, home, owned_folder
from tuckan.sandbox.packages import name_of
from tuckan.sandbox.ports import free_ports, is_free
from tuckan.sandbox.processes import end, marked
from tuckan.sandbox.recipe import packages_of, recipes
from tuckan.sandbox.search.store import DOCUMENTS, copy_documents
from tuckan.sandbox.setup import read_setup
from tuckan.sandbox.template import Template, copy_for, run_commands, template, template_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from tuckan.sandbox.environment import Environment
    from tuckan.sandbox.extensions import Extensions
    from tuckan.sandbox.setup import Setup

STAGES = (("postgres", "valkey", "search", "datapusher", "datacite"), ("web", "worker"))
"""The parts in the order of their start; those of one stage start together."""

ENDS = (("worker", "datapusher"), ("web",), ("search", "valkey", "postgres", "datacite"))
"""The parts in the order of their end: those with jobs first, which tell the portal how these ended."""

ON_DEMAND = ("datacite",)
"""Parts that only some plugins need."""

PARTS = tuple(name for stage in STAGES for name in stage if name not in ON_DEMAND)
"""The parts of every sandbox."""


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


def _silent(_: str) -> None:
    return None


class Sandbox:
    """A real CKAN on this machine, with DataStore, DataPusher, XLoader, activities and file uploads.

    Its portal may have extensions and settings: what is given here is what it is set up with from then on, and when nothing
    is given, what it was last set up with.

    Args:
        name: tells sandboxes of one version apart.
        ckan: the version: `2.12`, `2.11` or `2.10`; the newest one when neither this nor the file of `config` names one.
        plugins: extensions that its CKAN is to load: names of recipes such as `scheming`, requirements of packages, folders
            of packages, and CKAN's own names of plugins.
        settings: settings of CKAN, such as `{"ckan.auth.create_unowned_dataset": True}`.
        config: a TOML file with all of this and more.
        solr_schema: a file with fields that are added to the search schema.

    Raises:
        InvalidArgument: when there is no such version, the name is none, or the file says what can't be.

    Example:
        >>> sandbox = Sandbox("mine", "2.11", plugins=["scheming"], settings={"ckan.site_title": "Mine"})
        >>> sandbox
        Sandbox('mine', ckan='2.11')
        >>> sandbox.up().state  # doctest: +SKIP
        'running'
        >>> with sandbox.client() as ckan:  # doctest: +SKIP
        ...     ckan.portal.status()["ckan_version"]
        '2.11.4'
    """

    def __init__(
        self,
        name: str = "default",
        ckan: str | None = None,
        *,
        plugins: Iterable[str | Path] | None = None,
        settings: Mapping[str, Any] | None = None,
        config: str | Path | None = None,
        solr_schema: str | Path | None = None,
    ) -> None:
        if not name.replace("-", "").replace("_", "").isalnum() or not name.isascii():
            raise InvalidArgument(f"{name!r} is no name for a sandbox.", hint="Use letters, digits, - and _.")
        self._setup: Setup | None = None
        told = None
        if config is not None:
            self._setup, told = read_setup(Path(config))
        if plugins is not None or settings is not None or solr_schema is not None:
            added = (map(str, plugins or ()), settings, solr_schema or "")
            self._setup = (self._setup or NOTHING).with_options(*added)
        self._instance = instance(name, ckan or told or NEWEST)

    def __repr__(self) -> str:
        return f"Sandbox({self._instance.name!r}, ckan={self._instance.ckan!r})"

    @property
    def label(self) -> str:
        """Its name and version in one word."""
        return self._instance.label

    @property
    def ckan(self) -> str:
        """Its version of CKAN, such as `2.12`."""
        return self._instance.ckan

    @property
    def profile(self) -> str:
        """The profile it is saved as."""
        return self._instance.profile

    def typed(self, command: str) -> str:
        """Return what to type at a shell to do something with this sandbox.

        Args:
            command: the command, such as `down`.

        Example:
            >>> Sandbox().typed("down"), Sandbox("mine", ckan="2.11").typed("logs web")
            ('tuckan sandbox down', 'tuckan sandbox logs web --name mine --ckan 2.11')
        """
        name = "" if self._instance.name == "default" else f" --name {self._instance.name}"
        version = "" if self._instance.ckan == NEWEST else f" --ckan {self._instance.ckan}"
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
        """Return the administrator's API token.

        Raises:
            SandboxError: when the sandbox was never started.

        Example:
            >>> from tuckan import connect
            >>> with connect(sandbox.url, sandbox.token()) as ckan:
            ...     ckan.portal.whoami()["sysadmin"]
            True
        """
        return self.settings.secrets.token

    def client(self) -> Client:
        """Return a client with the administrator's token. If CKAN fails internally, its errors show the end of CKAN's log.

        Raises:
            SandboxError: when the sandbox was never started.

        Example:
            >>> with sandbox.client() as ckan:
            ...     ckan.portal.status()["site_url"] == sandbox.url
            True
        """
        ENDS_OF_LOGS[self.url] = partial(end_of_log, self._instance)
        return Client(self.url, self.token())

    def up(self, tell: Callable[[str], None] = _silent, *, as_profile: bool = True) -> Status:
        """Start the sandbox. A running one is left as it is; what a crash left behind is cleaned up first.

        Args:
            tell: is called with a sentence about each step.
            as_profile: save its address and token as a profile of the current user.

        Returns:
            The status: `state`, `url`, `parts`, ...

        Raises:
            SandboxError: when a part does not start; the message has the part and the end of its log.

        Example:
            >>> sandbox.up(as_profile=False).state
            'running'
        """
        with self._locked(tell):
            before = self._instance.read_settings()
            setup = self._setup or (before.setup if before else NOTHING)
            if before and before.setup != setup:
                self._tell_what_goes(before.setup, setup, tell)
            if self.status().state != "running" or before is None or before.setup != setup:
                open_home()
                installed = environment(self._instance.ckan, tell, setup)
                loaded = extensions(self._instance.ckan, setup, installed.installed, tell)
                self._end_parts()
                settings = self._ready(installed, setup, loaded, tell)
                tell(f"starting CKAN {self._instance.ckan}")
                self._start(settings, installed, loaded)
            if as_profile:
                save_profile(Profile(self.profile, self.url, self.token()))
        return self.status()

    @staticmethod
    def _tell_what_goes(before: Setup, setup: Setup, tell: Callable[[str], None]) -> None:
        gone = [name for kind, name in before.load if (kind, name) not in setup.load]
        gone += [one for one in before.config if one not in setup.config]
        if gone:
            tell(f"no longer with {', '.join(gone)}")

    def _ready(self, installed: Environment, setup: Setup, loaded: Extensions, tell: Callable[[str], None]) -> Settings:
        """Everything on disk that a start needs."""
        instance = self._instance
        settings = instance.read_settings()
        for folder in (instance.root, instance.files, instance.stored, instance.search):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)
        if os.getuid() == 0:
            instance.root.chmod(0o711)  # PostgreSQL's user passes through it
        names = ("web", "search", "datapusher", *loaded.services)
        if settings is None:
            settings = Settings(new_secrets(), {}, str(instance.new_sockets()))
        else:
            settings.sockets = str(instance.new_sockets(settings.sockets))
        if not all(name in settings.ports and is_free(settings.ports[name]) for name in names):
            settings.ports = free_ports(*names, taken=_taken_ports())
        cluster = services.postgres_of(instance, settings, installed)
        owned_folder(cluster.sockets, cluster.account)  # PostgreSQL writes there as well
        source = template(instance.ckan, installed, tell, loaded)
        settings.setup = setup
        if new := not instance.databases.exists():
            settings.template, settings.commands = source.name, loaded.after
        instance.write_settings(settings)  # before the databases, which know its passwords
        instance.seeded_search.unlink(missing_ok=True)
        if source.seeds.exists():
            self._place_seeds(source, settings, new=new)
        if new:
            copy_for(cluster, source, settings.secrets)
        cluster.forget_process()
        write_ini(instance, settings, loaded.plugins, loaded.config)
        return settings

    def _place_seeds(self, source: Template, settings: Settings, *, new: bool) -> None:
        """What plugins and commands have put into the search and into files."""
        instance = self._instance
        address = (source.seeds / "site_url").read_text(encoding="utf-8")
        copy_documents(source.seeds / "search" / DOCUMENTS, instance.seeded_search, {address: site_url(settings)})
        if new:
            for folder in (instance.files, instance.stored):
                shutil.copytree(source.seeds / folder.name, folder, dirs_exist_ok=True)
            for leftover in instance.search.iterdir():
                leftover.unlink()
            shutil.copy(instance.seeded_search, instance.search / DOCUMENTS)

    def _catch_up(self, settings: Settings, installed: Environment, loaded: Extensions) -> None:
        """What was there before its plugins gets what these do to a new portal's databases; no command is run twice."""
        source = template_for(self._instance.ckan, installed, loaded)
        if settings.template != source.name:
            left = tuple(one for one in loaded.after if one not in settings.commands)
            run_commands(self._instance, settings, installed, replace(loaded, after=left))
            settings.template, settings.commands = source.name, (*settings.commands, *left)
            self._instance.write_settings(settings)

    def _start(self, settings: Settings, installed: Environment, loaded: Extensions) -> None:
        every = services.parts(self._instance, settings, installed, loaded)
        state = State()
        try:
            for stage in STAGES:
                together = [name for name in stage if name in every]
                for name in together:
                    state.parts.append(services.begin(every[name], self._instance))
                    self._instance.write_state(state)
                for running in state.parts[-len(together) :]:
                    services.await_answer(every[running.name], running, self._instance)
                if "postgres" in together:
                    self._catch_up(settings, installed, loaded)
        except BaseException:
            self._end_parts()
            raise

    def status(self) -> Status:
        """Return the state of the sandbox and of its parts.

        Returns:
            The status: `state` (`running`, `stopped` or `broken`), `url`, `ckan`, `profile` and `parts`.

        Example:
            >>> status = sandbox.status()
            >>> status.state, all(part.running for part in status.parts)
            ('running', True)
        """
        settings = self._instance.readable_settings()
        running = {one.name: one for one in self._instance.read_state().parts}
        names = (*PARTS, *(name for name in ON_DEMAND if name in running))
        found = tuple(self._part_status(name, running.get(name), settings) for name in names)
        count = sum(one.running for one in found)
        # What was started and not ended by us ought to be there.
        state = "running" if count == len(found) else "broken" if running else "stopped"
        url = site_url(settings) if settings else None
        return Status(self.label, self._instance.ckan, url, state, self.profile, found)

    def _part_status(self, name: str, part: RunningPart | None, settings: Settings | None) -> PartStatus:
        alive = part is not None and part.process.found() is not None
        where = ""
        if settings:
            sockets = {"postgres": "/.s.PGSQL.5432", "valkey": "/valkey.sock"}
            port = settings.ports.get(name)
            where = f"127.0.0.1:{port}" if port else settings.sockets + sockets[name] if name in sockets else ""
        return PartStatus(name, alive, part.pid if part and alive else None, where, self._instance.log(name))

    def logs(self, part: str = "web", lines: int = 50) -> str:
        """Return the last lines of a part's log.

        Args:
            part: `postgres`, `valkey`, `search`, `datapusher`, `web` or `worker`.
            lines: how many lines.

        Raises:
            InvalidArgument: when there is no such part.

        Example:
            >>> len(sandbox.logs("web", lines=3).splitlines())
            3
        """
        if part not in (*PARTS, *ON_DEMAND):
            raise InvalidArgument(f"There is no part {part!r}.", hint=f"Choose one of {', '.join(PARTS)}.")
        return services.end_of(self._instance.log(part), lines)

    def reset(self) -> None:
        """Empty the portal: datasets, users, tables, files, jobs. Nothing is restarted, and the token stays valid.

        Raises:
            SandboxError: when the sandbox is not running, or CKAN holds on to what is to be emptied.

        Example:
            >>> sandbox.reset()  # doctest: +SKIP
        """
        with self._locked():
            if self.status().state != "running":
                raise SandboxError(f"The sandbox {self.label} is not running.", hint=f"Start it: {self.typed('up')}")
            settings = self.settings
            seeds = self._seeds(settings)
            given = {
                "ckan": database_url(settings, "ckan", "ckan"),
                "datastore": database_url(settings, "ckan", "datastore"),
                "valkey": f"{settings.sockets}/valkey.sock",
                "folders": [str(self._instance.files), str(self._instance.stored)],
                "tokens": settings.secrets.tokens(),
                "password": stored_password(settings.secrets.password),
                "seeds": str(seeds or ""),
            }
            installed = self.environment()
            command = [str(installed.python), str(services.PROGRAMS / "reset.py")]
            done = subprocess.run(
                command, input=json.dumps(given), capture_output=True, text=True, env=installed.variables(), check=False
            )
            if done.returncode:
                said = "\n".join(done.stderr.strip().splitlines()[-5:])
                raise SandboxError(f"The sandbox {self.label} could not be emptied:\n{said}", hint="Try again.")
            _empty_services(settings)

    def _seeds(self, settings: Settings) -> Path | None:
        """What a reset puts back, where plugins have put something there."""
        source = Template(settings.template)
        if not settings.template or settings.template == fingerprint(self._instance.ckan):
            return None
        if not source.seeds.exists():
            raise SandboxError(
                f"What the plugins of the sandbox {self.label} had made is no longer there to be put back.",
                hint=f"It is made anew by: {self.typed('down')}; {self.typed('up')}",
            )
        return source.seeds

    def ckan_command(self, words: Sequence[str]) -> tuple[list[str], dict[str, str]]:
        """Return a command of CKAN's own command line, and the environment variables to run it with, for this sandbox.

        Args:
            words: the command and its arguments, such as `["search-index", "rebuild"]`.

        Returns:
            The command as a list of words, and the environment variables.

        Raises:
            SandboxError: when it was never started.

        Example:
            >>> command, variables = sandbox.ckan_command(["search-index", "rebuild"])
            >>> command[-2:]  # to be run with subprocess.run(command, env=variables)
            ['search-index', 'rebuild']
        """
        settings = self.settings
        installed = self.environment()
        variables = services.ckan_variables(settings, installed, self._loaded(settings))
        return services.ckan_command(self._instance, installed, words), variables

    def plugins(self) -> tuple[str, ...]:
        """Return the plugins that its CKAN loads, by CKAN's own names; none before it was first started.

        Example:
            >>> {"datastore", "datapusher"} <= set(sandbox.plugins())
            True
        """
        settings = self._instance.read_settings()
        return self._loaded(settings).plugins if settings else ()

    def recipes(self) -> list[dict[str, Any]]:
        """List the recipes for extensions.

        Returns:
            For each its `recipe` (the name), `package`, `installed` (the version here, or None), `plugins`, `ckan` (versions that
            it runs on), `about`, and whether it is `loaded`.

        Example:
            >>> [one["plugins"] for one in sandbox.recipes() if one["recipe"] == "scheming"]
            [['scheming_nerf_index', 'scheming_datasets', ...]]
        """
        settings = self._instance.read_settings()
        loaded = set(self.plugins())
        there = self.environment().installed if settings else None
        found = []
        for name, one in recipes().items():
            package = next(iter(sorted(packages_of(name), key=lambda each: not each.startswith("ckanext-"))), "")
            version = there.version(name_of(package)) if there and package else None
            found.append(
                {
                    "recipe": name,
                    "loaded": bool(loaded.intersection(one.plugins)),
                    "package": package,
                    "installed": version,
                    "ckan": " ".join(each for each in VERSIONS if one.runs_on(each)),
                    "plugins": list(one.plugins),
                    "about": one.about,
                }
            )
        return found

    def _loaded(self, settings: Settings) -> Extensions:
        return extensions(self._instance.ckan, settings.setup, self.environment().installed, _silent)

    def environment(self) -> Environment:
        """Return the Python environment that it was last started with.

        Raises:
            SandboxError: when the sandbox was never started.

        Example:
            >>> sandbox.environment().python.exists()
            True
        """
        return environment(self._instance.ckan, _silent, self.settings.setup)

    def down(self) -> None:
        """Stop all processes; the data stays.

        Example:
            >>> sandbox.down()  # doctest: +SKIP
        """
        with self._locked():
            self._end_parts()

    def destroy(self) -> None:
        """Stop the sandbox, and remove all its data and its profile.

        Example:
            >>> Sandbox("mine").destroy()  # doctest: +SKIP
        """
        with self._locked():
            self._end_parts()
            settings = self._instance.readable_settings()
            shutil.rmtree(self._instance.root, ignore_errors=True)
            if settings:
                shutil.rmtree(settings.sockets, ignore_errors=True)
            remove_profile(self.profile)

    def _end_parts(self) -> None:
        state = self._instance.read_state()
        for together in ENDS:
            end(one.process for one in state.parts if one.name in together)
        end(marked(self._instance.root))  # what was started and could not be noted, and what a killed part has left
        if self._instance.root.exists():
            self._instance.write_state(State())

    @property
    def settings(self) -> Settings:
        """Its ports and secrets.

        Raises:
            SandboxError: when it was never started.
        """
        settings = self._instance.read_settings()
        if settings is None:
            raise SandboxError(f"The sandbox {self.label} was never started.", hint=f"Start it: {self.typed('up')}")
        return settings

    def _locked(self, tell: Callable[[str], object] = bool) -> AbstractContextManager[None]:
        return locked(home() / "instances" / f"{self.label}.lock", tell=tell)


def sandboxes() -> list[Sandbox]:
    """All sandboxes that were started and not destroyed."""
    return [Sandbox(one.name, one.ckan) for one in instances()]


def open_home() -> None:
    """As root: the folders above PostgreSQL's are ours, and others may pass through them.

    Raises:
        SandboxError: when they lie below a folder that is closed to PostgreSQL's user.
    """
    if os.getuid() != 0:
        return
    for folder in (home(), home() / "instances", home() / "environments", home() / "templates"):
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
    return {port for one in instances() if (settings := one.readable_settings()) for port in settings.ports.values()}


def _empty_services(settings: Settings) -> None:
    """What the search had at first is there again (on a plain portal, nothing), and no DOI is registered."""
    search, datacite = settings.ports["search"], settings.ports.get("datacite")
    wanted = [
        urllib.request.Request(
            f"http://127.0.0.1:{search}/solr/ckan/update", b'{"restore": {}}', {"Content-Type": "application/json"}
        )
    ]
    if datacite:
        wanted.append(urllib.request.Request(f"http://127.0.0.1:{datacite}/", method="DELETE"))
    for request in wanted:
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30).close()
