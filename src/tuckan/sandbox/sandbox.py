"""A real CKAN on this machine: started, looked at, emptied, ended."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuckan.client import Client
from tuckan.client.logs import ENDS_OF_LOGS
from tuckan.config import Profile, remove_profile, save_profile
from tuckan.errors import InvalidArgument, SandboxError
from tuckan.sandbox import services
from tuckan.sandbox.credentials import ADMINISTRATOR
from tuckan.sandbox.environment import NOTHING, environment, fingerprint, locked
from tuckan.sandbox.extensions import extensions
from tuckan.sandbox.failing import end_of_log
from tuckan.sandbox.ini import site_url
from tuckan.sandbox.instance import Settings, instance, instances
from tuckan.sandbox.instances import NEWEST, VERSIONS, home
from tuckan.sandbox.packages import name_of
from tuckan.sandbox.ports import with_free_ports
from tuckan.sandbox.recipe import packages_of, recipes
from tuckan.sandbox.resetting import empty
from tuckan.sandbox.setup import read_setup
from tuckan.sandbox.starting import (
    ON_DEMAND,
    PARTS,
    end_parts,
    open_home,
    prepare,
    start_parts,
    tell_of_settings,
    tell_what_goes,
)
from tuckan.sandbox.status import status_of
from tuckan.sandbox.template import Template

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from tuckan.sandbox.environment import Environment
    from tuckan.sandbox.extensions import Extensions
    from tuckan.sandbox.setup import Setup
    from tuckan.sandbox.status import Status


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
        self._settings = self._instance.readable_settings()

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
        """The portal's address, as it was when this object was created or last used.

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
        return self._read().secrets.token

    def client(self) -> Client:
        """Return a client with the administrator's token. If CKAN fails internally, its errors show the end of CKAN's log.

        Raises:
            SandboxError: when the sandbox was never started.

        Example:
            >>> with sandbox.client() as ckan:
            ...     ckan.portal.status()["site_url"] == sandbox.url
            True
        """
        settings = self._read()
        ENDS_OF_LOGS[self.url] = partial(end_of_log, self._instance)
        return Client(self.url, settings.secrets.token)

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
                tell_what_goes(before.setup, setup, tell)
            if self.status().state != "running" or before is None or before.setup != setup:
                open_home()
                installed = environment(self._instance.ckan, tell, setup, check=True)
                loaded = extensions(self._instance.ckan, setup, installed.installed, tell)
                end_parts(self._instance)

                def start() -> None:
                    settings = prepare(self._instance, installed, setup, loaded, tell)
                    tell(f"starting CKAN {self._instance.ckan}")
                    start_parts(self._instance, settings, installed, loaded)

                with_free_ports(start, tell)
                tell_of_settings(self._instance, setup, tell)
            self._read()
            if as_profile:
                save_profile(Profile(self.profile, self.url, self.token()))
        return self.status()

    def status(self) -> Status:
        """Return the state of the sandbox and of its parts.

        Returns:
            The status: `state` (`running`, `stopped` or `broken`), `url`, `ckan`, `profile` and `parts`.

        Example:
            >>> status = sandbox.status()
            >>> status.state, all(part.running for part in status.parts)
            ('running', True)
        """
        return status_of(self._instance)

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
            settings = self._read()
            empty(self._instance, settings, self.environment(), self._seeds(settings))

    def _seeds(self, settings: Settings) -> Path | None:
        """What a reset puts back, where plugins have put something there."""
        source = Template(settings.template)
        if not settings.template or settings.template == fingerprint(self._instance.ckan):
            return None
        if not source.seeds.exists():
            raise SandboxError(
                f"What the plugins of the sandbox {self.label} had made is no longer there to be put back.",
                hint=f"To create it again: {self.typed('down')}; {self.typed('up')}",
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
        settings = self._read()
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
        return environment(self._instance.ckan, _silent, self._read().setup)

    def down(self) -> None:
        """Stop all processes; the data stays.

        Example:
            >>> sandbox.down()  # doctest: +SKIP
        """
        with self._locked():
            end_parts(self._instance)

    def destroy(self) -> None:
        """Stop the sandbox, and remove all its data and its profile.

        Example:
            >>> Sandbox("mine").destroy()  # doctest: +SKIP
        """
        with self._locked():
            end_parts(self._instance)
            settings = self._instance.readable_settings()
            shutil.rmtree(self._instance.root, ignore_errors=True)
            if settings:
                shutil.rmtree(settings.sockets, ignore_errors=True)
            self._settings = None
            remove_profile(self.profile)

    @property
    def settings(self) -> Settings:
        """Its ports and secrets, as they were last read.

        Raises:
            SandboxError: when it was never started.
        """
        return self._settings or self._read()

    def _read(self) -> Settings:
        """Its settings as they are now: another process may have started it with other ports."""
        self._settings = self._instance.read_settings()
        if self._settings is None:
            raise SandboxError(f"The sandbox {self.label} was never started.", hint=f"Start it: {self.typed('up')}")
        return self._settings

    def _locked(self, tell: Callable[[str], object] = bool) -> AbstractContextManager[None]:
        return locked(home() / "instances" / f"{self.label}.lock", tell=tell)


def sandboxes() -> list[Sandbox]:
    """All sandboxes that were started and not destroyed."""
    return [Sandbox(one.name, one.ckan) for one in instances()]
