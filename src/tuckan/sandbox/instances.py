"""Where sandboxes live, and who runs PostgreSQL, which refuses to run as root."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from tuckan.errors import InvalidArgument, SandboxError

VERSIONS = {"2.12": "2.12.0", "2.11": "2.11.6", "2.10": "2.10.11"}
"""The supported releases of CKAN, by version."""

NEWEST = "2.12"


@dataclass(frozen=True, slots=True)
class Account:
    """The user to run a process as.

    Attributes:
        user: its number.
        group: its group's number.
    """

    user: int
    group: int


def home() -> Path:
    """The folder of all sandboxes: `TUCKAN_SANDBOX_HOME`, or the user's data folder.

    Root's own folders are closed to the user that PostgreSQL runs as, and stay so: root's sandboxes live in
    `/var/lib/tuckan`.

    Raises:
        SandboxError: on a system that PostgreSQL and Valkey have no packages for.
    """
    if sys.platform == "win32":
        raise SandboxError(
            "The sandbox needs Linux or macOS.", hint="On Windows, run it in the Windows Subsystem for Linux."
        )
    given = os.environ.get("TUCKAN_SANDBOX_HOME")
    if given:
        return Path(given).expanduser().absolute()
    if os.getuid() == 0:
        return Path("/var/lib/tuckan")
    return Path(platformdirs.user_data_dir("tuckan", appauthor=False)) / "sandbox"


def database_account() -> Account | None:
    """The user that PostgreSQL runs as: another user if the current one is root, otherwise None.

    Raises:
        SandboxError: when the current user is root and there is no other user.
    """
    if os.getuid() != 0:
        return None
    import pwd  # noqa: PLC0415 - not there on Windows, where this is never reached

    for name in ("postgres", "nobody", "daemon"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(found.pw_uid, found.pw_gid)
    raise SandboxError(
        "PostgreSQL can't run as root, and there is no user to run it as.", hint="Make one: useradd --system postgres"
    )


def owned_folder(path: Path, account: Account | None) -> Path:
    """Make a folder that only its owner may enter, and give it to an account."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)
    if account is not None:
        os.chown(path, account.user, account.group)
    return path


def full_version(ckan: str) -> str:
    """The release for a version such as `2.11`.

    Raises:
        InvalidArgument: when there is none.
    """
    short = ".".join(ckan.split(".")[:2])
    if short not in VERSIONS or ckan not in (short, VERSIONS[short]):
        raise InvalidArgument(f"There is no sandbox with CKAN {ckan}.", hint=f"Choose one of {', '.join(VERSIONS)}.")
    return VERSIONS[short]
