"""One job: fetch a resource's file, and put its rows into the DataStore."""

from __future__ import annotations

import hashlib
import tempfile
import time
import urllib.parse
import urllib.request
from itertools import islice
from typing import IO, TYPE_CHECKING, Any

from tuckan._text import counted
from tuckan.client import Client
from tuckan.errors import InDoubt, NotFound, TuckanError
from tuckan.sandbox.datapusher.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ROWS_AT_ONCE = 5000
PAUSES = (0.2, 1.0, 3.0)
FORMATS = frozenset({"csv", "text/csv", "application/csv", "tsv", "text/tsv", "text/tab-separated-values", "txt", ""})


class NotLoaded(Exception):
    """A file that can't be loaded; the message says why."""


def load(metadata: Mapping[str, Any], token: str, tell: Callable[[str], None]) -> None:
    """Load the file of a resource.

    Args:
        metadata: CKAN's metadata of the job: `ckan_url`, `resource_id`, `ignore_hash`.
        token: an API token that may write to the DataStore.
        tell: called with progress messages.

    Raises:
        NotLoaded: when the file or the portal does not allow it.
    """
    with Client(metadata["ckan_url"], token) as ckan, tempfile.TemporaryFile() as file:
        try:
            resource = ckan.resources.get(metadata["resource_id"])
            _check(resource)
            digest = _fetch(resource["url"], metadata["ckan_url"], token, file)
            # Whether there is a table is irrelevant: CKAN sends a job at every change of a resource, and XLoader changes
            # one while it replaces the table.
            if resource.get("hash") == digest and not metadata.get("ignore_hash"):
                tell("The file has not changed since it was loaded.")
                return
            _replace(ckan, resource["id"], Table(file), tell)
            ckan.call("resource_patch", id=resource["id"], hash=digest)
        except TuckanError as error:
            raise NotLoaded(error.message) from error
        except (OSError, ValueError) as error:
            raise NotLoaded(str(error)) from error


def _check(resource: Mapping[str, Any]) -> None:
    kind = str(resource.get("format") or "").lower()
    if kind not in FORMATS:
        raise NotLoaded(f"the format {kind!r} can't be loaded here; CSV and TSV can")
    if resource.get("url_type") == "datastore":
        raise NotLoaded("the resource is a table of the DataStore already, and no file")


def _fetch(url: str, portal: str, token: str, file: IO[bytes]) -> str:
    """Fetch a file, sending the token only to the portal, and return its hash."""
    if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
        raise NotLoaded(f"the address of its file is none that can be fetched: {url!r}")
    own = urllib.parse.urlsplit(url)[:2] == urllib.parse.urlsplit(portal)[:2]
    request = urllib.request.Request(url)  # noqa: S310 - checked above
    if own:
        request.add_unredirected_header("Authorization", token)
    digest = hashlib.md5(usedforsecurity=False)
    opener = urllib.request.build_opener(*([urllib.request.ProxyHandler({})] if own else []))
    with opener.open(request, timeout=60) as answer:
        while piece := answer.read(1 << 16):
            digest.update(piece)
            file.write(piece)
    file.seek(0)
    return digest.hexdigest()


def _replace(ckan: Client, resource: str, table: Table, tell: Callable[[str], None]) -> None:
    _delete_table(ckan, resource, tell)
    fields = [{"id": one.name, "type": one.type} for one in table.columns]
    tell("Columns: " + ", ".join(f"{one.name} ({one.type})" for one in table.columns))
    ckan.call("datastore_create", resource_id=resource, fields=fields, force=True)
    rows = 0
    records = table.records()
    while batch := list(islice(records, ROWS_AT_ONCE)):
        given = {"resource_id": resource, "records": batch, "method": "insert", "force": True}
        ckan.call("datastore_upsert", given)
        rows += len(batch)
        tell(f"{counted(rows, 'row')} loaded.")


def _delete_table(ckan: Client, resource: str, tell: Callable[[str], None]) -> None:
    """Delete the existing table; if it is being read, PostgreSQL may abort one of the two."""
    for pause in (*PAUSES, None):
        try:
            ckan.call("datastore_delete", resource_id=resource, force=True)
        except NotFound:
            return
        except InDoubt:
            if pause is None:
                raise
            time.sleep(pause)
        else:
            tell("The table that was there is deleted.")
            return
