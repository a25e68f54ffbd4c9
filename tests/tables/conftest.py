"""Tables on a real portal, made through its API, or in its database where there are many rows."""

from __future__ import annotations

import re
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from tests.portals import web_killed, web_started

from tuckan import errors
from tuckan.sandbox.environment import environment
from tuckan.sandbox.ini import database_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tuckan import Client
    from tuckan.sandbox import Sandbox

DATASET = "tables-of-tests"


@pytest.fixture
def make(ckan_client: Client) -> Callable[..., str]:
    """Makes a table of columns and rows through the API, and gives its id."""
    try:
        ckan_client.datasets.get(DATASET)
    except errors.NotFound:
        ckan_client.call("organization_create", name=DATASET)
        ckan_client.call("package_create", name=DATASET, owner_org=DATASET)

    def made(columns: dict[str, str], rows: list[dict[str, Any]] | None = None, **given: Any) -> str:
        fields = [{"id": name, "type": kind} for name, kind in columns.items()]
        answer = ckan_client.call(
            "datastore_create", resource={"package_id": DATASET}, fields=fields, records=rows or [], force=True, **given
        )
        return str(answer["resource_id"])

    return made


class Database:
    """The sandbox's own database of tables."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._url = database_url(sandbox.settings, "ckan", "datastore")
        self._psql = environment(sandbox.ckan, lambda _: None).postgres("psql")

    def __call__(self, statement: str) -> None:
        command = [str(self._psql), "-q", "-v", "ON_ERROR_STOP=1", "-c", statement, self._url]
        subprocess.run(command, check=True, capture_output=True, text=True)

    def fill(self, table: str, columns: str, values: str, *, first: int, last: int) -> None:
        """Insert a row for each number n of a range, without the index of words."""
        self(
            f'ALTER TABLE "{table}" DISABLE TRIGGER zfulltext;'
            f'INSERT INTO "{table}" ({columns}) SELECT {values} FROM generate_series({first}, {last}) n'
        )


@pytest.fixture
def database(ckan_sandbox: Sandbox) -> Database:
    """SQL for the sandbox's tables."""
    return Database(ckan_sandbox)


@contextmanager
def settings(sandbox: Sandbox, **changed: str) -> Iterator[None]:
    """The sandbox with other settings; its web server is started again to read them."""
    ini = sandbox._instance.ini
    before = ini.read_text()
    text = before
    for name, value in changed.items():
        text = re.sub(rf"^ckan\.datastore\.{name} = .*\n", "", text, flags=re.MULTILINE)
        text = text.replace("[app:main]\n", f"[app:main]\nckan.datastore.{name} = {value}\n")
    try:
        _reread(sandbox, text)
        yield
    finally:
        _reread(sandbox, before)


def _reread(sandbox: Sandbox, text: str) -> None:
    sandbox._instance.ini.write_text(text)
    web_killed(sandbox)
    web_started(sandbox)
