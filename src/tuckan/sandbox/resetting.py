"""How a running portal is emptied."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from typing import TYPE_CHECKING

from tuckan.errors import SandboxError
from tuckan.sandbox import services
from tuckan.sandbox.credentials import stored_password
from tuckan.sandbox.ini import database_url

if TYPE_CHECKING:
    from pathlib import Path

    from tuckan.sandbox.environment import Environment
    from tuckan.sandbox.instance import Instance, Settings


def empty(instance: Instance, settings: Settings, installed: Environment, seeds: Path | None) -> None:
    """Remove datasets, users, tables, files and jobs, and put back what plugins had there at first.

    Args:
        instance: the sandbox.
        settings: its ports and secrets.
        installed: its environment.
        seeds: the folder of what plugins and commands had made, if they had made anything.

    Raises:
        SandboxError: when CKAN holds on to what is to be emptied.
    """
    given = {
        "ckan": database_url(settings, "ckan", "ckan"),
        "datastore": database_url(settings, "ckan", "datastore"),
        "valkey": f"{settings.sockets}/valkey.sock",
        "folders": [str(instance.files), str(instance.stored)],
        "tokens": settings.secrets.tokens(),
        "password": stored_password(settings.secrets.password),
        "seeds": str(seeds or ""),
    }
    command = [str(installed.python), str(services.PROGRAMS / "reset.py")]
    done = subprocess.run(
        command, input=json.dumps(given), capture_output=True, text=True, env=installed.variables(), check=False
    )
    if done.returncode:
        said = "\n".join(done.stderr.strip().splitlines()[-5:])
        raise SandboxError(f"The sandbox {instance.label} could not be emptied:\n{said}", hint="Try again.")
    _empty_services(settings)


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
