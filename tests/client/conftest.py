"""What tests of the client share."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tuckan import AsyncClient, Client, errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tuckan.sandbox import Sandbox


class Asked:
    """A namespace of a client of either kind, asked in one way."""

    def __init__(self, both: Both, namespace: Any) -> None:
        self._both, self._namespace = both, namespace

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._namespace, name)
        return lambda *given, **more: self._both.run(method(*given, **more))


class Both:
    """A client of either kind, asked in one way: `writer.datasets.create(...)`."""

    def __init__(self, kind: str, url: str, token: str | None, **more: Any) -> None:
        self.loop = None if kind == "blocking" else asyncio.new_event_loop()
        self.client: Any = (Client if kind == "blocking" else AsyncClient)(url, token, **more)

    def run(self, what: Any) -> Any:
        return self.loop.run_until_complete(what) if self.loop and asyncio.iscoroutine(what) else what

    def __getattr__(self, namespace: str) -> Any:
        inner = getattr(self.client, namespace)
        return (lambda *given, **more: self.run(inner(*given, **more))) if callable(inner) else Asked(self, inner)

    def close(self) -> None:
        self.run(self.client.close())
        if self.loop:
            self.loop.close()


@pytest.fixture(params=["blocking", "asynchronous"])
def writer(request: pytest.FixtureRequest, city: Sandbox) -> Iterator[Both]:
    """A client of either kind, as the administrator, on a portal with the organization `city` and the group `water`."""
    both = Both(request.param, city.url, city.token())
    yield both
    both.close()


@pytest.fixture
def city(ckan_sandbox: Sandbox) -> Sandbox:
    """A portal with the organization `city`, the group `water` and the user `alice`, made where they are missing."""
    with ckan_sandbox.client() as ckan:
        try:
            ckan.users.get("alice")
            ckan.organizations.get("city")
            ckan.groups.get("water")
        except errors.NotFound:
            ckan_sandbox.reset()
            ckan.organizations.create(name="city", title="The City")
            ckan.groups.create(name="water")
            ckan.users.create("alice", "alice@example.org", password="password-of-alice")
    return ckan_sandbox


@pytest.fixture
def new_name() -> Callable[[], str]:
    """Names that nothing has yet."""
    return lambda: f"n-{uuid4().hex[:12]}"
