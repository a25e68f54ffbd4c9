"""What tests of jobs share."""

from __future__ import annotations

import asyncio
import json
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from tuckan import AsyncClient, Client
from tuckan.jobs.operation import Operation, Planned

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tuckan.sandbox import Sandbox


@pytest.fixture(params=["blocking", "asynchronous"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class Both:
    """A client of either kind, asked in one way."""

    def __init__(self, kind: str, url: str, token: str, **options: Any) -> None:
        self.client: Any = (Client if kind == "blocking" else AsyncClient)(url, token, **options)
        self.loop = None if kind == "blocking" else asyncio.new_event_loop()

    def __call__(self, what: Any) -> Any:
        return what if self.loop is None else self.loop.run_until_complete(what)

    def close(self) -> None:
        self(self.client.close())
        if self.loop:
            self.loop.close()


def dataset(number: int, **more: Any) -> dict[str, Any]:
    return {"name": f"d{number:04}", "title": f"Dataset {number}", "owner_org": "city", **more}


def puts(numbers: range, **more: Any) -> Iterator[Planned]:
    """Datasets to create, as operations."""
    for number in numbers:
        data = dataset(number, **more)
        yield Planned(
            Operation(data["name"], "dataset.put", f"dataset {data['name']}", data, origin=f"test, line {number}")
        )


@dataclass
class Ledger:
    """What the portal was asked to write through a proxy, and what it answered, whether or not the answer arrived."""

    written: list[tuple[str, str, int]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def noting(self, fault: Any = None) -> Any:
        def noted(seen: Any, passed_on: Any) -> Any:
            def passed_on_and_noted() -> Any:
                answer = passed_on()
                if seen.action in ("package_create", "package_revise", "package_patch"):
                    asked = json.loads(seen.body)
                    about = asked.get("name") or asked.get("match", {}).get("id") or asked["id"]
                    with self._lock:
                        self.written.append((seen.action, about, answer.status))
                return answer

            return (fault or (lambda _, send: send()))(seen, passed_on_and_noted)

        return noted

    def done(self, action: str) -> list[str]:
        """What was written, each as often as it was."""
        return [about for one, about, status in self.written if one == action and status == 200]


@pytest.fixture
def ledger(proxy: Any) -> Ledger:
    """What goes through the proxy is noted."""
    ledger = Ledger()
    proxy.always(ledger.noting())
    return ledger


@pytest.fixture
def city(clean_portal: Sandbox, ckan_client: Client) -> Client:
    """A portal with one organization and nothing else."""
    ckan_client.call("organization_create", name="city")
    return ckan_client
