"""The databases of a portal that is new and empty, made once for each version and copied for each sandbox."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

from tuckan.errors import SandboxError
from tuckan.sandbox import services
from tuckan.sandbox.credentials import ADMINISTRATOR, Secrets, new_secrets, stored_password
from tuckan.sandbox.environment import fingerprint, locked
from tuckan.sandbox.ini import database_url, write_ini
from tuckan.sandbox.instance import Box, Settings
from tuckan.sandbox.instances import home, owned_folder
from tuckan.sandbox.ports import free_ports
from tuckan.sandbox.postgres import Postgres
from tuckan.sandbox.processes import MARK, end, marked

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tuckan.sandbox.environment import Environment

PLUGINS_WITH_TABLES = "activity datastore"


class _Building(Box):
    """The folder in which a template is made."""

    __slots__ = ()

    @property
    def root(self) -> Path:
        return home() / "templates" / f"{self.name}.building"


def template(ckan: str, environment: Environment, tell: Callable[[str], None]) -> Path:
    """The data folder to copy, made if it is not there.

    Raises:
        SandboxError: when it can't be made, with what CKAN or PostgreSQL said.
    """
    place = home() / "templates"
    place.mkdir(parents=True, exist_ok=True)
    name = fingerprint(ckan)
    finished = place / name
    with locked(place / f"{name}.lock"):
        if not finished.exists():
            tell("making its databases")
            building = _Building(name, ckan)
            _build(building, environment)
            building.databases.rename(finished)
            shutil.rmtree(building.root, ignore_errors=True)
    return finished


def _build(building: Box, environment: Environment) -> None:
    end(marked(building.root))  # what a start that was killed has left
    shutil.rmtree(building.root, ignore_errors=True)
    building.root.mkdir(parents=True)
    building.root.chmod(0o711)
    settings = Settings(new_secrets(), free_ports("web", "search", "datapusher"), str(building.new_sockets()))
    cluster = services.postgres_of(building, settings, environment)
    owned_folder(cluster.sockets, cluster.account)
    cluster.make()
    password = settings.secrets.database
    cluster.execute_alone("postgres", [f"ALTER ROLE postgres PASSWORD '{password}'"])
    write_ini(building, settings, plugins=PLUGINS_WITH_TABLES)
    needed = [services.parts(building, settings, environment)[name] for name in ("postgres", "valkey", "search")]
    running = [services.begin(one, building) for one in needed]
    try:
        for part, process in zip(needed, running, strict=True):
            services.await_answer(part, process, building)
        _prepare(building, settings, environment)
    finally:
        end(one.process for one in running)
        shutil.rmtree(settings.sockets, ignore_errors=True)


def _prepare(building: Box, settings: Settings, environment: Environment) -> None:
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


def copy_for(cluster: Postgres, source: Path, secrets: Secrets) -> None:
    """Copy the template to a sandbox's own data folder, and put that sandbox's secrets into it.

    Raises:
        SandboxError: when that fails.
    """
    shutil.rmtree(cluster.data, ignore_errors=True)
    unfinished = cluster.data.with_name("postgres.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    shutil.copytree(source, unfinished)
    if cluster.account:
        for folder, _, files in os.walk(unfinished):
            for one in (folder, *(os.path.join(folder, name) for name in files)):  # noqa: PTH118 - thousands of files
                os.chown(one, cluster.account.user, cluster.account.group)
    own = Postgres(cluster.environment, unfinished, cluster.sockets, cluster.account)
    roles = [f"ALTER ROLE {role} PASSWORD '{secrets.database}'" for role in ("ckan", "reader", "postgres")]
    own.execute_alone("ckan", [*roles, *_administrator(secrets)])
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
