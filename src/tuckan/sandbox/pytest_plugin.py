"""For tests against a real CKAN: fixtures for a sandbox, an empty portal and a client.

They come with tuckan, with nothing to import:

```python
def test_my_upload(ckan_client, clean_portal):
    ckan_client.call("organization_create", name="mine")
    assert ckan_client.organizations.get("mine")["name"] == "mine"
```

`pytest --ckan-version 2.11` chooses the version; with several (`2.11,2.12`, or given several times) the tests run on each.

Extensions and settings of the CKAN stand in a `sandbox.toml` beside the tests or above them, or in a marker:

```python
@pytest.mark.ckan_sandbox(plugins=["scheming"], settings={"ckan.auth.create_unowned_dataset": True})
def test_a_schema(ckan_client): ...
```
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

    from tuckan.client import Client
    from tuckan.sandbox import Sandbox

DEFAULT_VERSION = "2.12"
CONFIG = "sandbox.toml"
"""The name of the setup file for the tests beside it."""

LINES_SHOWN = 60
"""The number of lines of CKAN's log shown with a failed test."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--ckan-version`."""
    parser.getgroup("tuckan").addoption(
        "--ckan-version",
        action="append",
        metavar="VERSION",
        help=f"the CKAN to test against: 2.12, 2.11 or 2.10, or several with commas (default: {DEFAULT_VERSION})",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line(
        "markers",
        "ckan_sandbox(plugins=None, settings=None, config=None, solr_schema=None): what the CKAN of `ckan_sandbox` is set up "
        "with, as for `tuckan.sandbox.Sandbox`; paths are relative to the file of the test",
    )


@dataclass(frozen=True)
class Wanted:
    """The sandbox that a test requires.

    Attributes:
        ckan: its version.
        setup: its setup, as arguments of `Sandbox`.
        name: distinguishes setups; empty for a plain one.
    """

    ckan: str
    setup: dict[str, Any] = field(default_factory=dict, compare=False)
    name: str = ""

    @property
    def first_name(self) -> str:
        """The name of the first sandbox of its kind."""
        return f"pytest-{self.name}-" if self.name else "pytest"

    def sandbox(self, name: str, ckan: str) -> Sandbox:
        """The sandbox under a name, without data of an earlier session."""
        from tuckan.sandbox import Sandbox  # noqa: PLC0415 - pytest loads this plugin for everybody

        arguments: dict[str, Any] = {"plugins": (), **self.setup}
        return Sandbox(name, ckan, **arguments)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run tests that need a sandbox once for each version."""
    if "ckan_sandbox" not in metafunc.fixturenames:
        return
    setup, ckan = _setup_of(metafunc)
    given = ",".join(metafunc.config.getoption("--ckan-version") or [ckan or DEFAULT_VERSION])
    versions = dict.fromkeys(one.strip() for one in given.split(",") if one.strip())
    name = hashlib.sha256(repr(sorted(setup.items())).encode()).hexdigest()[:8] if setup else ""
    wanted = [Wanted(version, setup, name) for version in versions]
    metafunc.parametrize("ckan_sandbox", wanted, indirect=True, scope="session", ids=list(versions))


def _setup_of(metafunc: pytest.Metafunc) -> tuple[dict[str, Any], str | None]:
    """The setup from the closest marker, or else the closest file; with the version that the file names."""
    folder = metafunc.definition.path.parent
    marker = metafunc.definition.get_closest_marker("ckan_sandbox")
    if marker:
        setup = dict(marker.kwargs)
        for name in ("config", "solr_schema"):
            if name in setup:
                setup[name] = str(folder / setup[name])
        setup["plugins"] = tuple(_beside(str(one), folder) for one in setup.get("plugins") or ())
        return setup, _version(folder / setup["config"]) if "config" in setup else None
    root = metafunc.config.rootpath
    above = [folder, *folder.parents]
    for one in above[: above.index(root) + 1] if root in above else above[:1]:
        if (one / CONFIG).is_file():
            return {"config": str(one / CONFIG)}, _version(one / CONFIG)
    return {}, None


def _beside(plugin: str, folder: Path) -> str:
    return str((folder / plugin).resolve()) if plugin.startswith(".") else plugin


def _version(path: Path) -> str | None:
    with contextlib.suppress(OSError, ValueError):  # the sandbox reports what is wrong, when it is used
        found = tomllib.loads(path.read_text(encoding="utf-8")).get("ckan")
        return found if isinstance(found, str) else None
    return None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show CKAN's log with a failed test, since it has the reason for a status 500."""
    report = yield
    sandbox = getattr(item, "funcargs", {}).get("ckan_sandbox")
    if report.failed and sandbox:
        report.sections.append((f"end of the log of the sandbox {sandbox.label}", sandbox.logs("web", LINES_SHOWN)))
    return report


@pytest.fixture(scope="session")
def ckan_sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """A running sandbox, the same for the whole session, and for this session alone.

    Its name is `pytest` (`pytest2` and so on while other sessions run), so nobody's own is touched.
    """
    wanted: Wanted = request.param
    with contextlib.ExitStack() as stack:
        sandbox = sandbox_of_this_session(wanted.ckan, stack, kind=wanted.sandbox, name=wanted.first_name)
        stack.callback(sandbox.down)
        sandbox.up(as_profile=False)
        yield sandbox


def sandbox_of_this_session(
    version: str,
    stack: contextlib.ExitStack,
    *,
    kind: Callable[[str, str], Sandbox] | None = None,
    name: str = "pytest",
) -> Sandbox:
    """The first test sandbox that no other session uses.

    Args:
        version: the version of CKAN.
        stack: releases it when closed.
        kind: makes a sandbox of a name and a version.
        name: the name of the first one; further ones have a number appended.
    """
    from tuckan.sandbox.environment import locked  # noqa: PLC0415 - pytest loads this plugin for everybody
    from tuckan.sandbox.instances import home  # noqa: PLC0415

    for number in itertools.count(1):
        sandbox = (kind or Wanted(version).sandbox)(f"{name}{number}" if number > 1 else name.rstrip("-"), version)
        try:
            stack.enter_context(locked(home() / "instances" / f"{sandbox.label}.session", wait=False))
        except BlockingIOError:
            continue
        return sandbox
    raise AssertionError


@pytest.fixture
def clean_portal(ckan_sandbox: Sandbox) -> Sandbox:
    """The sandbox, with an empty portal except for the administrator."""
    ckan_sandbox.reset()
    return ckan_sandbox


@pytest.fixture
def ckan_client(ckan_sandbox: Sandbox) -> Iterator[Client]:
    """A client with the administrator's token."""
    with ckan_sandbox.client() as client:
        yield client
