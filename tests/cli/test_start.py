"""What a command imports before it answers, which is most of the time that a short one takes. No clock is looked at."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.shell import Shell

    from conftest import Impostor

HEAVY = frozenset({"asyncio", "sqlite3", "rich", "tqdm", "openpyxl", "python_calamine", "pyarrow", "pandas", "polars"})
ROOMS = ("audit", "jobs", "mirror", "push", "readers", "sandbox", "schemas", "sheets", "tables")
"""Rooms that no command which reads a record needs."""

OF_NETWORKS = frozenset({"httpx2", "msgspec", "ssl", "socket", "logging", "json", "tempfile", "concurrent.futures"})
"""What help does not need."""


def imported(shell: Shell, *arguments: str) -> frozenset[str]:
    """The modules that a command has imported when it ends."""
    code = "import sys; from tuckan.cli.running import run; end = run(sys.argv[1:]); print(*sys.modules, file=sys.stderr); sys.exit(end)"
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        env=shell.environment,
        cwd=shell.folder,
        check=True,
    )
    return frozenset(done.stderr.splitlines()[-1].split())


def ours(modules: frozenset[str]) -> list[str]:
    return sorted(one for one in modules if one.partition(".")[0] == "tuckan")


def test_help_imports_what_it_shows(alone: Shell) -> None:
    there = imported(alone, "--help")
    assert not there & (HEAVY | OF_NETWORKS)
    assert len(ours(there)) <= 15, ours(there)


@pytest.mark.parametrize("command", ["dataset show", "organization list", "user show"])
def test_help_of_a_command_that_reads_imports_no_room_below(alone: Shell, command: str) -> None:
    there = imported(alone, *command.split(), "--help")
    assert not there & (HEAVY | {"httpx2", "msgspec"})
    rooms = {one.split(".")[1] for one in ours(there) if "." in one}
    assert rooms <= {"cli", "_lazy", "_text", "errors", "shapes", "version"}


@pytest.mark.parametrize(
    "command",
    [
        "search rain",
        "dataset show rain",
        "dataset list",
        "organization show city",
        "resource show 1",
        "call status_show",
    ],
)
def test_a_command_that_reads_imports_nothing_that_writes(alone: Shell, impostor: Impostor, command: str) -> None:
    record = {"id": "1", "name": "rain"}
    shows = ("package_show", "organization_show", "resource_show", "status_show")
    impostor.answers |= {"package_search": {"count": 1, "results": [record]}, **dict.fromkeys(shows, record)}
    there = imported(alone, *command.split(), "--url", impostor.url)
    assert not there & HEAVY
    assert not [one for one in ours(there) if one.split(".")[1:2] and one.split(".")[1] in ROOMS]
    assert not [one for one in ours(there) if one.startswith("tuckan.cli.commands") and one.endswith("writes")]
    assert len(ours(there)) <= 115, ours(there)
