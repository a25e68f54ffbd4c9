"""A client of either kind behind the fault proxy, and a dataset for its files."""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from tuckan import AsyncClient, Client
from tuckan.wire.retry import RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tuckan.sandbox import Sandbox

QUICK = RetryPolicy(attempts=4, base=0.01, longest=0.05, budget=30)


class Both:
    """A client of either kind, asked in one way."""

    def __init__(self, kind: str, url: str, token: str | None, **more: Any) -> None:
        options = {"retries": QUICK, "timeout": 30, "progress": False, **more}
        self.client: Any = (Client if kind == "blocking" else AsyncClient)(url, token, **options)
        self.loop = None if kind == "blocking" else asyncio.new_event_loop()

    def __call__(self, what: Any) -> Any:
        return what if self.loop is None else self.loop.run_until_complete(what)

    def call(self, action: str, /, **params: Any) -> Any:
        return self(self.client.call(action, **params))

    def upload(self, *given: Any, **more: Any) -> Any:
        return self(self.client.resources.upload(*given, **more))

    def upload_many(self, *given: Any, **more: Any) -> Any:
        return self(self.client.resources.upload_many(*given, **more))

    def download(self, *given: Any, **more: Any) -> Any:
        return self(self.client.resources.download(*given, **more))

    def download_all(self, *given: Any, **more: Any) -> Any:
        return self(self.client.resources.download_all(*given, **more))

    def close(self) -> None:
        self(self.client.close())
        if self.loop:
            self.loop.close()


@pytest.fixture
def ckan(proxy: Any, ckan_sandbox: Sandbox) -> Iterator[Both]:
    """The blocking client."""
    yield from _connected("blocking", proxy, ckan_sandbox)


@pytest.fixture(params=["blocking", "asynchronous"])
def either(request: pytest.FixtureRequest, proxy: Any, ckan_sandbox: Sandbox) -> Iterator[Both]:
    """A client of either kind, for what each driver does by itself."""
    yield from _connected(request.param, proxy, ckan_sandbox)


def _connected(kind: str, proxy: Any, ckan_sandbox: Sandbox) -> Iterator[Both]:
    both = Both(kind, proxy.url, ckan_sandbox.token())
    both.call("status_show")
    proxy.seen.clear()
    yield both
    both.close()


@pytest.fixture
def dataset(ckan_client: Client) -> str:
    """The name of a private dataset without resources, in an organization of its own."""
    name = f"files-{uuid.uuid4().hex[:12]}"
    ckan_client.call("organization_create", name=name)
    ckan_client.call("package_create", name=name, owner_org=name, private=True)
    return name
