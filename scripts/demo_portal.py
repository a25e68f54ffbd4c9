"""The portal that the documentation, its examples and its pictures run on: a sandbox called `docs` that holds the demo.

Its data stays from one run to the next, since making it takes a minute.
"""

from __future__ import annotations

import os
import pkgutil
import re
import subprocess
import sys
import tempfile
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from tuckan.client._sync import namespaces
from tuckan.errors import NotFound
from tuckan.sandbox import Sandbox
from tuckan.sandbox.demo import load_demo
from tuckan.sandbox.demo.content import datasets
from tuckan.sandbox.demo.loading import FORGOTTEN, IN_USE, ROBOT
from tuckan.sandbox.environment import locked
from tuckan.sandbox.ini import database_url
from tuckan.sandbox.instances import home

if TYPE_CHECKING:
    from collections.abc import Generator


NAME = "docs"
WITH_A_PORTAL = (
    *(f"{namespaces.__name__}.{one.name}" for one in pkgutil.iter_modules(namespaces.__path__)),
    *(
        f"tuckan.client._sync.{name}"
        for name in ("client", "bulk.copy_jobs", "bulk.fixing", "bulk.job", "bulk.pull", "bulk.push")
    ),
    "tuckan.config.profiles",
    "tuckan.errors",
    "tuckan.mirror.mirror",
    "tuckan.mirror.reading",
    "tuckan.sandbox.sandbox",
)
"""Modules whose examples find the demo portal as `ckan`, its sandbox as `sandbox`, and a configuration of their own."""

ROOT = Path(__file__).parent.parent
MAKING_USERS = [*ROOT.glob("docs/how-to/*.md"), ROOT / "src/tuckan/client/_sync/namespaces/users.py"]
TEXTS = ("title", "notes", "author", "maintainer", "version", "url", "license_id")
FREE_NAMES = """
import sys, psycopg2
with psycopg2.connect(sys.stdin.read()) as connection, connection.cursor() as cursor:
    cursor.execute('UPDATE "user" SET name = id, email = NULL WHERE state = $$deleted$$')
"""


@contextmanager
def demo_portal() -> Generator[tuple[Sandbox, dict[str, str]]]:
    """The demo portal, running, and the environment of somebody who has it as their profile `sandbox` and no other.

    Whoever else needs it waits until it is free.
    """
    sandbox = Sandbox(NAME)
    with (
        locked(home() / "instances" / f"{sandbox.label}.session"),
        tempfile.TemporaryDirectory(prefix="tuckan-docs-") as folder,
    ):
        try:
            restore(sandbox)
            variables = environment_of(Path(folder))
            log_in(sandbox, variables)
            yield sandbox, variables
        finally:
            sandbox.down()


def restore(sandbox: Sandbox) -> None:
    """Make good what examples have changed."""
    sandbox.up(as_profile=False)
    _free_names_of_deleted_users(sandbox)
    load_demo(sandbox)
    _put_back_texts(sandbox)
    if not _is_as_new(sandbox):  # an example that failed has left something behind, or the demo has grown old
        sandbox.reset()
        load_demo(sandbox)


def _put_back_texts(sandbox: Sandbox) -> None:
    """Give the datasets of the demo their own texts again, so that examples find them whatever ran before."""
    with sandbox.client() as ckan:
        fields = ["name", *TEXTS]
        there = {
            one["name"]: one for one in ckan.datasets.iter(fields=fields, include_private=True, include_drafts=True)
        }
        for one in datasets():
            if (found := there.get(one.name)) is None:
                continue
            own = {text: one.fields.get(text, "") for text in TEXTS}
            if changed := {text: value for text, value in own.items() if (found.get(text) or "") != value}:
                ckan.datasets.patch(one.name, changed)


def _is_as_new(sandbox: Sandbox) -> bool:
    administrator, _ = sandbox.administrator
    with sandbox.client() as ckan:
        fields = ["name", "res_name", "license_id"]
        there = ckan.datasets.iter(fields=fields, include_private=True, include_drafts=True)
        tokens = ckan.tokens.revoke(ROBOT, unused_since=timedelta(days=90), dry_run=True)
        return (
            {one["name"]: (len(one.get("res_name") or ()), one.get("license_id")) for one in there}
            == {one.name: (int(one.file is not None), one.fields["license_id"]) for one in datasets()}
            and {one["name"] for one in ckan.users.list()} == {administrator, ROBOT}
            and {one["id"] for one in ckan.tokens.list(administrator)} == set(sandbox.settings.secrets.tokens())
            and (tokens.found, len(tokens.selected)) == (FORGOTTEN + IN_USE, FORGOTTEN)
        )


def _free_names_of_deleted_users(sandbox: Sandbox) -> None:
    """Let examples create the same users again: CKAN keeps the names of deleted users, and cannot purge any."""
    text = "".join(one.read_text(encoding="utf-8") for one in MAKING_USERS)
    there: list[str] = []
    with sandbox.client() as ckan:
        for name in re.findall(r"users\.create\(\"(\w+)\"", text):
            with suppress(NotFound):
                there.append(ckan.users.get(name)["state"])
    if "deleted" in there:
        installed = sandbox.environment()
        subprocess.run(
            [str(installed.python), "-c", FREE_NAMES],
            input=database_url(sandbox.settings, "ckan", "ckan"),
            text=True,
            check=True,
            env=installed.variables(),
        )


def environment_of(folder: Path) -> dict[str, str]:
    """Our variables, without those that name other portals, and with our own `tuckan` first."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CKAN_", "TUCKAN_"))}
    if home := os.environ.get("TUCKAN_SANDBOX_HOME"):
        kept["TUCKAN_SANDBOX_HOME"] = home
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return {
        **kept,
        "PATH": path,
        "TUCKAN_CONFIG_DIR": str(folder),
        "TUCKAN_JOBS_DIR": str(folder / "jobs"),
        "COLUMNS": "100",
    }


def log_in(sandbox: Sandbox, variables: dict[str, str]) -> None:
    """Save a sandbox as the profile `sandbox` of whoever has these variables."""
    command = [sys.executable, "-m", "tuckan", "login", "sandbox", "--url", sandbox.url, "--token-stdin"]
    subprocess.run(command, input=sandbox.token(), text=True, env=variables, capture_output=True, check=True)
