"""Loading the demo into a sandbox; existing records are not changed."""

from __future__ import annotations

import io
import json
import secrets
import subprocess
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from tuckan.concurrency import AdaptiveLimit, Progress, in_order
from tuckan.errors import NotFound
from tuckan.sandbox.demo.content import GROUPS, ORGANIZATIONS, Dataset, datasets
from tuckan.sandbox.ini import database_url
from tuckan.sandbox.services import PROGRAMS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tuckan.client import Client
    from tuckan.sandbox.sandbox import Sandbox

ROBOT = "robot"
"""The user with the many tokens."""

FORGOTTEN, IN_USE = 1_620, 380
"""How many of its tokens are long unused, and how many are in use."""

AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was created.

    Attributes:
        datasets: how many datasets.
        tokens: how many API tokens.
    """

    datasets: int
    tokens: int


def load_demo(sandbox: Sandbox, tell: Callable[[str], None] = lambda _: None) -> Loaded:
    """Fill a sandbox's portal with the demo.

    Args:
        sandbox: a running sandbox.
        tell: called with progress messages.

    Returns:
        How much was created; zero if everything existed.

    Raises:
        SandboxError: when the sandbox is not running.
    """
    with sandbox.client() as ckan:
        tell("organizations and groups")
        _make_owners(ckan)
        tell("datasets and their files")
        made = _make_datasets(ckan)
        tell(f"a user with {FORGOTTEN + IN_USE:,} API tokens")
        _make_robot(ckan)
    tokens = make_tokens(sandbox)
    return Loaded(made, tokens)


def _make_owners(ckan: Client) -> None:
    there = set(ckan.organizations.names())
    for name, (title, description) in ORGANIZATIONS.items():
        if name not in there:
            ckan.call("organization_create", name=name, title=title, description=description)
    there = set(ckan.groups.names())
    for name, title in GROUPS.items():
        if name not in there:
            ckan.call("group_create", name=name, title=title)


def _make_datasets(ckan: Client) -> int:
    there = ckan.datasets.iter(fields=["name"], include_private=True, include_drafts=True)
    names = {one["name"] for one in there}
    missing = [one for one in datasets() if one.name not in names]
    work = [partial(_make_dataset, ckan, one) for one in missing]
    with Progress("making datasets", total=len(work), unit="datasets") as progress:
        for _ in in_order(work, AdaptiveLimit(AT_ONCE), lambda: 0):
            progress.step()
    return len(missing)


def _make_dataset(ckan: Client, dataset: Dataset) -> None:
    """Create a dataset; with its file last, since a listed dataset counts as complete."""
    made = ckan.call("package_create", {"name": dataset.name, **dataset.fields})
    if dataset.file is None:
        return
    content = io.BytesIO(dataset.file.content)
    content.name = dataset.file.name
    fields = {"package_id": made["id"], "name": dataset.file.name, "format": dataset.file.format}
    ckan.call("resource_create", fields, files={"upload": content})


def _make_robot(ckan: Client) -> None:
    try:
        ckan.users.get(ROBOT)
    except NotFound:
        word = secrets.token_urlsafe(16)
        ckan.call("user_create", name=ROBOT, email="robot@example.org", password=word, fullname="A robot")


def make_tokens(sandbox: Sandbox) -> int:
    """Create missing tokens in the database, since CKAN's API cannot backdate them; return how many."""
    installed = sandbox.environment()
    given = {
        "url": database_url(sandbox.settings, "ckan", "ckan"),
        "user": ROBOT,
        "tokens": {"notebook": FORGOTTEN, "pipeline": IN_USE},
        "forgotten": "notebook",
    }
    command = [str(installed.python), str(PROGRAMS / "tokens_with_a_past.py")]
    done = subprocess.run(
        command, input=json.dumps(given), stdout=subprocess.PIPE, text=True, check=True, env=installed.variables()
    )
    return int(done.stdout)
