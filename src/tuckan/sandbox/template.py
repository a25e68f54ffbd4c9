"""The databases of a new portal, made once and copied for each sandbox.

Those of a plain one are made for each version of CKAN; those with plugins that change them, for each set of plugins and
commands, with what these leave behind: its seeds.
"""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tuckan.errors import SandboxError
from tuckan.sandbox import services
from tuckan.sandbox.credentials import ADMINISTRATOR, Secrets, new_secrets, stored_password
from tuckan.sandbox.environment import fingerprint, locked
from tuckan.sandbox.ini import database_url, site_url, write_ini
from tuckan.sandbox.instance import Instance, Settings
from tuckan.sandbox.instances import home, owned_folder
from tuckan.sandbox.ports import free_ports, with_free_ports
from tuckan.sandbox.postgres import Postgres
from tuckan.sandbox.processes import MARK, end, marked
from tuckan.sandbox.services import NO_EXTENSIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from tuckan.sandbox.environment import Environment
    from tuckan.sandbox.extensions import Extensions

PLUGINS_WITH_TABLES = ("activity", "datastore")

_FOR_PSQL = re.compile(r"\\(un)?restrict \w+\n")


class _Building(Instance):
    """The folder in which a template is made."""

    __slots__ = ()

    @property
    def root(self) -> Path:
        return home() / "templates" / f"{self.name}.building"

    @property
    def seeds(self) -> Path:
        """Where its seeds are gathered."""
        return self.root / "seeds"


@dataclass(frozen=True, slots=True)
class Template:
    """Databases to copy.

    Attributes:
        name: tells it from others.
    """

    name: str

    @property
    def data(self) -> Path:
        """PostgreSQL's folder."""
        return home() / "templates" / self.name

    @property
    def seeds(self) -> Path:
        """The folder of what plugins and commands have left behind; it is not there for a plain portal."""
        return self.data.with_name(f"{self.name}.seeds")


def template(
    ckan: str, environment: Environment, tell: Callable[[str], None], extensions: Extensions = NO_EXTENSIONS
) -> Template:
    """The databases to copy, made if they are not there.

    Raises:
        SandboxError: when they can't be made, with what CKAN or PostgreSQL said.
    """
    plain = _made(Template(fingerprint(ckan)), lambda building: _build(building, environment), ckan, tell)
    wanted = template_for(ckan, environment, extensions)
    if wanted == plain:
        return plain
    return _made(wanted, lambda one: _extend(one, plain, environment, extensions), ckan, tell)


def template_for(ckan: str, environment: Environment, extensions: Extensions) -> Template:
    """The databases that belong to some extensions, which may not be made yet."""
    if not extensions.migrations and not extensions.after:
        return Template(fingerprint(ckan))
    return Template(f"{environment.root.name}-{_digest(extensions)}")


def _made(wanted: Template, build: Callable[[_Building], None], ckan: str, tell: Callable[[str], None]) -> Template:
    wanted.data.parent.mkdir(parents=True, exist_ok=True)
    with locked(wanted.data.with_name(f"{wanted.name}.lock"), tell=tell):
        if not wanted.data.exists():
            tell("making its databases")
            building = _Building(wanted.name, ckan)
            with_free_ports(lambda: _build_in(building, build), tell)
            shutil.rmtree(wanted.seeds, ignore_errors=True)
            if building.seeds.exists():
                building.seeds.rename(wanted.seeds)
            building.databases.rename(wanted.data)
            shutil.rmtree(building.root, ignore_errors=True)
    return wanted


def _build_in(building: _Building, build: Callable[[_Building], None]) -> None:
    end(marked(building.root))  # what a start that was killed has left
    shutil.rmtree(building.root, ignore_errors=True)
    building.root.mkdir(parents=True)
    building.root.chmod(0o711)
    build(building)


def _digest(extensions: Extensions) -> str:
    """Tells what changes the databases: migrations alone, or commands, for which plugins and settings count too."""
    given: list[object] = [extensions.migrations]
    if extensions.after:
        fields = [Path(one).read_bytes() for one in extensions.solr]
        given += [extensions.after, extensions.plugins, extensions.config, fields]
    return hashlib.sha256(repr(given).encode()).hexdigest()[:8]


@contextmanager
def _begun(
    building: Instance, settings: Settings, environment: Environment, extensions: Extensions = NO_EXTENSIONS
) -> Generator[None]:
    """The parts that CKAN's command line needs, as long as the block takes."""
    every = services.parts(building, settings, environment, extensions)
    needed = [one for name, one in every.items() if name not in ("datapusher", "web", "worker")]
    running = [services.begin(one, building) for one in needed]
    try:
        for part, process in zip(needed, running, strict=True):
            services.await_answer(part, process, building)
        yield
    finally:
        end(one.process for one in running)
        shutil.rmtree(settings.sockets, ignore_errors=True)


def _build(building: _Building, environment: Environment) -> None:
    settings = Settings(new_secrets(), free_ports("web", "search", "datapusher"), str(building.new_sockets()))
    cluster = services.postgres_of(building, settings, environment)
    owned_folder(cluster.sockets, cluster.account)
    cluster.make()
    password = settings.secrets.database
    cluster.execute_alone("postgres", [f"ALTER ROLE postgres PASSWORD '{password}'"])
    write_ini(building, settings, PLUGINS_WITH_TABLES)
    with _begun(building, settings, environment):
        _prepare(building, settings, environment)


def _extend(building: _Building, plain: Template, environment: Environment, extensions: Extensions) -> None:
    """Copy a plain portal's databases, and let plugins and commands do to them what they do."""
    names = ("web", "search", "datapusher", *extensions.services)
    settings = Settings(new_secrets(), free_ports(*names), str(building.new_sockets()))
    cluster = services.postgres_of(building, settings, environment)
    owned_folder(cluster.sockets, cluster.account)
    # A reset puts rows back in any order, whatever they refer to.
    _copy(cluster, plain, settings.secrets, ["GRANT SET ON PARAMETER session_replication_role TO ckan"])
    for folder in (building.search, building.files, building.stored, building.seeds):
        folder.mkdir()
    write_ini(building, settings, extensions.plugins, extensions.config)
    with _begun(building, settings, environment, extensions):
        run_commands(building, settings, environment, extensions)
        _dump_seeds(building, settings, environment)
    for folder in (building.search, building.files, building.stored):
        folder.rename(building.seeds / folder.name)
    (building.seeds / "site_url").write_text(site_url(settings), encoding="utf-8")


def run_commands(instance: Instance, settings: Settings, environment: Environment, extensions: Extensions) -> None:
    """Run the migrations of plugins, and the commands that somebody wants to be run after them.

    Raises:
        SandboxError: when one fails, with what CKAN said.
    """
    variables = {**services.ckan_variables(settings, environment, extensions), MARK: str(instance.root)}
    migrations = [("db", "pending-migrations", "--apply")] if extensions.migrations else []
    for words in (*migrations, *extensions.after):
        command = services.ckan_command(instance, environment, words)
        done = subprocess.run(command, capture_output=True, text=True, env=variables, cwd=instance.root, check=False)
        if done.returncode:
            said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-20:])
            raise SandboxError(
                f"`ckan {shlex.join(words)}` failed in the sandbox {instance.label}:\n{said}",
                hint="Does the extension run on this version of CKAN? `tuckan sandbox plugins` lists what is known.",
            )


def _dump_seeds(building: _Building, settings: Settings, environment: Environment) -> None:
    """Keep what is in the databases, as SQL that puts it back into those that were emptied."""
    options = ["--data-only", "--inserts", "--on-conflict-do-nothing", "--exclude-table=*alembic_version"]
    _dump(building.seeds / "ckan.sql", database_url(settings, "ckan", "ckan"), environment, options)
    # Of the DataStore, tables come and go.
    _dump(
        building.seeds / "datastore.sql",
        database_url(settings, "ckan", "datastore"),
        environment,
        ["--inserts", "--table=public.*", "--exclude-table=public._*"],
    )


def _dump(path: Path, address: str, environment: Environment, options: list[str]) -> None:
    command = [
        str(environment.postgres("pg_dump")),
        f"--dbname={address}",
        "--rows-per-insert=500",
        "--no-comments",
        *options,
    ]
    done = subprocess.run(command, capture_output=True, text=True, env=environment.variables(), check=False)
    if done.returncode and "no matching tables" not in done.stderr:
        raise SandboxError(f"What the plugins made can't be kept:\n{done.stderr.strip()}")
    path.write_text(_FOR_PSQL.sub("", done.stdout), encoding="utf-8")


def _prepare(building: Instance, settings: Settings, environment: Environment) -> None:
    variables = {
        **environment.variables(),
        MARK: str(building.root),
        "TUCKAN_SUPERUSER": database_url(settings, "postgres", "postgres"),
        "TUCKAN_DATABASE_PASSWORD": settings.secrets.database,
    }
    command = [str(environment.python), str(services.PROGRAMS / "prepare.py"), str(building.ini)]
    done = subprocess.run(command, capture_output=True, text=True, env=variables, cwd=building.root, check=False)
    if done.returncode:
        said = "\n".join((done.stderr or done.stdout).strip().splitlines()[-20:])
        raise SandboxError(f"CKAN {building.ckan} could not make its databases:\n{said}")


def copy_for(cluster: Postgres, source: Template, secrets: Secrets) -> None:
    """Copy the template to a sandbox's own data folder, and put that sandbox's secrets into it.

    Raises:
        SandboxError: when that fails.
    """
    _copy(cluster, source, secrets, _administrator(secrets))


def _copy(cluster: Postgres, source: Template, secrets: Secrets, statements: list[str]) -> None:
    shutil.rmtree(cluster.data, ignore_errors=True)
    unfinished = cluster.data.with_name("postgres.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    shutil.copytree(source.data, unfinished)
    if cluster.account:
        for folder, _, files in os.walk(unfinished):
            for one in (folder, *(os.path.join(folder, name) for name in files)):  # noqa: PTH118 - thousands of files
                os.chown(one, cluster.account.user, cluster.account.group)
    own = Postgres(cluster.environment, unfinished, cluster.sockets, cluster.account)
    roles = [f"ALTER ROLE {role} PASSWORD '{secrets.database}'" for role in ("ckan", "reader", "postgres")]
    own.execute_alone("ckan", [*roles, *statements])
    unfinished.rename(cluster.data)


def _administrator(secrets: Secrets) -> list[str]:
    user = f"""(SELECT id FROM "user" WHERE name = '{ADMINISTRATOR}')"""
    # Nothing here comes from elsewhere: it is all made at random, in letters that need no escape.
    return [
        f"""UPDATE "user" SET password = '{stored_password(secrets.password)}' WHERE name = '{ADMINISTRATOR}'""",
        *(
            f"""INSERT INTO api_token (id, name, user_id, created_at) VALUES ('{token_id}', '{name}', {user},
            now() AT TIME ZONE 'utc')"""
            for token_id, name in secrets.tokens().items()
        ),
    ]
