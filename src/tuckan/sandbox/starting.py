"""How a sandbox starts: what it needs on disk, and its parts one stage after the other."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

from tuckan._text import did_you_mean
from tuckan.errors import SandboxError
from tuckan.sandbox import services
from tuckan.sandbox.credentials import new_secrets
from tuckan.sandbox.ini import site_url, write_ini
from tuckan.sandbox.instance import Instance, Settings, State, instances
from tuckan.sandbox.instances import home, owned_folder
from tuckan.sandbox.ports import free_ports, is_free
from tuckan.sandbox.processes import end, marked
from tuckan.sandbox.search.store import DOCUMENTS, copy_documents
from tuckan.sandbox.template import Template, copy_for, run_commands, template, template_for
from tuckan.wire.finding import in_brackets

if TYPE_CHECKING:
    from collections.abc import Callable

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

_ALIKE = 0.9
_BOOLEAN = ("true", "yes", "y", "t", "1", "false", "no", "off", "n", "f", "0", "")
"""What CKAN understands; it takes `on` for false."""


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


def tell_what_goes(before: Setup, setup: Setup, tell: Callable[[str], None]) -> None:
    """Say which extensions and settings a new setup no longer has."""
    gone = [name for kind, name in before.load if (kind, name) not in setup.load]
    gone += [one for one in before.config if one not in setup.config]
    if gone:
        tell(f"no longer with {', '.join(gone)}")


def tell_of_settings(instance: Instance, setup: Setup, tell: Callable[[str], None]) -> None:
    """Say which settings have misspelled names, or are neither true nor false: CKAN itself ignores both in silence."""
    lines = instance.declared.read_text(encoding="utf-8").splitlines()
    declared = {name: validators for name, _, validators in (one.partition("\t") for one in lines)}
    for name, value in setup.config.items():
        if name not in declared and (near := did_you_mean(name, declared, cutoff=_ALIKE)):
            tell(f"no setting is called {name!r}{in_brackets(near)}")
        elif "boolean_validator" in declared.get(name, "") and value.strip().lower() not in _BOOLEAN:
            tell(f"{name} is off: {value!r} is neither true nor false")


def prepare(
    instance: Instance, installed: Environment, setup: Setup, loaded: Extensions, tell: Callable[[str], None]
) -> Settings:
    """Put everything on disk that a start needs."""
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
        _place_seeds(instance, source, settings, new=new)
    if new:
        copy_for(cluster, source, settings.secrets)
    cluster.forget_process()
    write_ini(instance, settings, loaded.plugins, loaded.config)
    return settings


def _place_seeds(instance: Instance, source: Template, settings: Settings, *, new: bool) -> None:
    """What plugins and commands have put into the search and into files."""
    address = (source.seeds / "site_url").read_text(encoding="utf-8")
    copy_documents(source.seeds / "search" / DOCUMENTS, instance.seeded_search, {address: site_url(settings)})
    if new:
        for folder in (instance.files, instance.stored):
            shutil.copytree(source.seeds / folder.name, folder, dirs_exist_ok=True)
        for leftover in instance.search.iterdir():
            leftover.unlink()
        shutil.copy(instance.seeded_search, instance.search / DOCUMENTS)


def start_parts(instance: Instance, settings: Settings, installed: Environment, loaded: Extensions) -> None:
    """Start every part, stage by stage; when one fails, those before it are ended."""
    every = services.parts(instance, settings, installed, loaded)
    state = State()
    try:
        for stage in STAGES:
            together = [name for name in stage if name in every]
            for name in together:
                state.parts.append(services.begin(every[name], instance))
                instance.write_state(state)
            for running in state.parts[-len(together) :]:
                services.await_answer(every[running.name], running, instance)
            if "postgres" in together:
                _catch_up(instance, settings, installed, loaded)
    except BaseException:
        end_parts(instance)
        raise


def _catch_up(instance: Instance, settings: Settings, installed: Environment, loaded: Extensions) -> None:
    """What was there before its plugins gets what these do to a new portal's databases; no command is run twice."""
    source = template_for(instance.ckan, installed, loaded)
    if settings.template != source.name:
        left = tuple(one for one in loaded.after if one not in settings.commands)
        run_commands(instance, settings, installed, replace(loaded, after=left))
        settings.template, settings.commands = source.name, (*settings.commands, *left)
        instance.write_settings(settings)


def end_parts(instance: Instance) -> None:
    """End every part, and whatever a crash has left."""
    state = instance.read_state()
    for together in ENDS:
        end(one.process for one in state.parts if one.name in together)
    end(marked(instance.root))  # what was started and could not be noted, and what a killed part has left
    if instance.root.exists():
        instance.write_state(State())


def _taken_ports() -> set[int]:
    """The ports of all sandboxes, running or not."""
    return {port for one in instances() if (settings := one.readable_settings()) for port in settings.ports.values()}
