"""PostgreSQL for one sandbox: only on a Unix socket, with its own binaries."""

from __future__ import annotations

import os
import secrets
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tuckan.errors import SandboxError
from tuckan.sandbox.instances import Account, owned_folder
from tuckan.sandbox.processes import MARK

if TYPE_CHECKING:
    from pathlib import Path

    from tuckan.sandbox.environment import Environment

# A sandbox's data survives its processes, but not a power failure: no fsync at every commit.
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    # CKAN uses two databases, whose transactions can deadlock without PostgreSQL noticing.
    "lock_timeout": "60000",
    "shared_buffers": "128MB",
    "unix_socket_permissions": "0777",  # the folder of the socket is closed to others
    "log_min_messages": "warning",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


@dataclass(frozen=True, slots=True)
class Postgres:
    """A database cluster.

    Attributes:
        environment: the environment with the programs.
        data: the folder of the cluster.
        sockets: the folder of its socket.
        account: the user to run it as, if not the current one.
    """

    environment: Environment
    data: Path
    sockets: Path
    account: Account | None

    def command(self) -> list[str]:
        """The command that runs it in the foreground."""
        settings = {**SETTINGS, "unix_socket_directories": str(self.sockets)}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return [str(self.environment.postgres("postgres")), "-D", str(self.data), *options]

    def make(self) -> None:
        """Create an empty cluster, with passwords for all roles.

        Raises:
            SandboxError: when that fails, with the output of initdb.
        """
        owned_folder(self.data, self.account)
        word = self.data.parent / "initial-password"
        word.touch(mode=0o600)
        word.write_text(secrets.token_hex(24), encoding="ascii")
        if self.account:
            os.chown(word, self.account.user, self.account.group)
        program = str(self.environment.postgres("initdb"))
        options = ["--username=postgres", "--encoding=UTF8", "--locale=C", "--auth=scram-sha-256", "--no-sync"]
        try:
            self._run([program, *options, f"--pwfile={word}", "-D", str(self.data)], "making its databases")
        finally:
            word.unlink()

    def execute_alone(self, database: str, statements: list[str]) -> None:
        """Execute SQL while the cluster is not running, one statement after the other.

        Raises:
            SandboxError: when one of them fails.
        """
        lines = "".join(" ".join(one.split()) + "\n" for one in statements)
        command = [str(self.environment.postgres("postgres")), "--single", "-D", str(self.data), database]
        said = self._run(command, f"preparing {database}", lines)
        if "ERROR" in said or "FATAL" in said:
            raise SandboxError(f"PostgreSQL failed while preparing {database}:\n{_end(said)}")

    def forget_process(self) -> None:
        """Remove the leftovers of a killed cluster, if nothing uses it any more."""
        for leftover in [self.data / "postmaster.pid", *self.sockets.glob(".s.PGSQL.*")]:
            leftover.unlink(missing_ok=True)

    def _run(self, command: list[str], what: str, given: str = "") -> str:
        done = subprocess.run(
            command,
            input=given,
            capture_output=True,
            text=True,
            check=False,
            env={**self.environment.variables(), MARK: str(self.data.parent)},
            cwd=self.data,
            user=self.account.user if self.account else None,
            group=self.account.group if self.account else None,
            extra_groups=[] if self.account else None,
        )
        if done.returncode:
            raise SandboxError(f"PostgreSQL failed while {what}:\n{_end(done.stderr or done.stdout)}")
        return done.stderr


def _end(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-15:])
