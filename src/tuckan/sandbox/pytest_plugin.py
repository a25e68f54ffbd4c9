"""For tests against a real CKAN: fixtures for a sandbox, an empty portal and a client.

They come with tuckan, with nothing to import:

```python
def test_my_upload(ckan_client, clean_portal):
    ckan_client.call("organization_create", name="mine")
    assert ckan_client.organizations.get("mine")["name"] == "mine"
```

`pytest --ckan-version 2.11` chooses the version; with several (`2.11,2.12`, or given several times) the tests run on each.
"""

from __future__ import annotations

import contextlib
import itertools
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from tuckan.client import Client
    from tuckan.sandbox import Sandbox

DEFAULT_VERSION = "2.12"
LINES_SHOWN = 60
"""Lines of CKAN's log below a failed test: a traceback and what led to it."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--ckan-version`."""
    parser.getgroup("tuckan").addoption(
        "--ckan-version",
        action="append",
        metavar="VERSION",
        help=f"the CKAN to test against: 2.12, 2.11 or 2.10, or several with commas (default: {DEFAULT_VERSION})",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what needs a sandbox once for each version."""
    if "ckan_sandbox" in metafunc.fixturenames:
        given = ",".join(metafunc.config.getoption("--ckan-version") or [DEFAULT_VERSION])
        versions = dict.fromkeys(one.strip() for one in given.split(",") if one.strip())
        metafunc.parametrize("ckan_sandbox", list(versions), indirect=True, scope="session")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show with a failed test what its CKAN wrote in its log, which is where the reason of a status 500 is."""
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
    with contextlib.ExitStack() as stack:
        sandbox = sandbox_of_this_session(request.param, stack)
        stack.callback(sandbox.down)
        sandbox.up(as_profile=False)
        yield sandbox


def sandbox_of_this_session(
    version: str, stack: contextlib.ExitStack, *, kind: type[Sandbox] | None = None, name: str = "pytest"
) -> Sandbox:
    """The first sandbox for tests that no other session holds."""
    from tuckan.sandbox import Sandbox  # noqa: PLC0415 - pytest loads this plugin for everybody
    from tuckan.sandbox.environment import locked  # noqa: PLC0415
    from tuckan.sandbox.instances import home  # noqa: PLC0415

    for number in itertools.count(1):
        sandbox = (kind or Sandbox)(f"{name}{number}" if number > 1 else name, ckan=version)
        try:
            stack.enter_context(locked(home() / "boxes" / f"{sandbox.label}.session", wait=False))
        except BlockingIOError:
            continue
        return sandbox
    raise AssertionError


@pytest.fixture
def clean_portal(ckan_sandbox: Sandbox) -> Sandbox:
    """The sandbox, with nothing on its portal but the administrator."""
    ckan_sandbox.reset()
    return ckan_sandbox


@pytest.fixture
def ckan_client(ckan_sandbox: Sandbox) -> Iterator[Client]:
    """A client with the administrator's token."""
    with ckan_sandbox.client() as client:
        yield client
