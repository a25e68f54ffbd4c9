"""The portal that the documentation, its examples and its pictures run on: a sandbox called `docs` that holds the demo.

Its data stays from one run to the next, since making it takes a minute.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from tuckan.errors import NotFound
from tuckan.sandbox import Sandbox
from tuckan.sandbox.demo import load_demo
from tuckan.sandbox.demo.content import datasets
from tuckan.sandbox.demo.loading import FORGOTTEN, IN_USE, ROBOT
from tuckan.sandbox.environment import locked
from tuckan.sandbox.instances import home

if TYPE_CHECKING:
    from collections.abc import Generator

    from tuckan.client import Client

NAME = "docs"
PAGES = Path(__file__).parent.parent / "docs"


@contextmanager
def demo_portal() -> Generator[tuple[Sandbox, dict[str, str]]]:
    """The demo portal, running, and the environment of somebody who has it as their profile `sandbox` and no other.

    Whoever else needs it waits until it is free.
    """
    sandbox = Sandbox(NAME)
    with (
        locked(home() / "boxes" / f"{sandbox.label}.session"),
        tempfile.TemporaryDirectory(prefix="tuckan-docs-") as folder,
    ):
        try:
            restore(sandbox)
            variables = _environment(Path(folder))
            _log_in(sandbox, variables)
            yield sandbox, variables
        finally:
            sandbox.down()


def restore(sandbox: Sandbox) -> None:
    """Make good what examples have changed."""
    sandbox.up(as_profile=False)
    load_demo(sandbox)
    if not _is_as_new(sandbox):  # an example that failed has left something behind, or the demo has grown old
        sandbox.reset()
        load_demo(sandbox)


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
            and not _deleted_users(ckan)
            and {one["id"] for one in ckan.tokens.list(administrator)} == set(sandbox.settings.secrets.tokens())
            and (tokens.found, len(tokens.selected)) == (FORGOTTEN + IN_USE, FORGOTTEN)
        )


def _deleted_users(ckan: Client) -> list[str]:
    """Users that a page has made and deleted: CKAN lists them no more, and their names stay taken."""
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES.glob("how-to/*.md"))
    there = []
    for name in re.findall(r"users\.create\(\"(\w+)\"", text):
        with suppress(NotFound):
            there.append(str(ckan.users.get(name)["name"]))
    return there


def _environment(folder: Path) -> dict[str, str]:
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


def _log_in(sandbox: Sandbox, variables: dict[str, str]) -> None:
    command = [sys.executable, "-m", "tuckan", "login", "sandbox", "--url", sandbox.url, "--token-stdin"]
    subprocess.run(command, input=sandbox.token(), text=True, env=variables, capture_output=True, check=True)
