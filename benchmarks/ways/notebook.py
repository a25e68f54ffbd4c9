"""The way of a notebook: each call a request on a connection of its own, answers decoded by `requests`, one at a time."""

from __future__ import annotations

from typing import Any

import requests

PAGE = 100
SECONDS = 60


def ask(url: str, action: str, params: dict[str, Any]) -> Any:
    """Read something."""
    answer = requests.get(f"{url}/api/3/action/{action}", params=params, timeout=SECONDS)
    return _result(answer)


def send(url: str, action: str, data: dict[str, Any], token: str = "") -> Any:
    """Change something."""
    answer = requests.post(f"{url}/api/3/action/{action}", json=data, headers={"Authorization": token}, timeout=SECONDS)
    return _result(answer)


def _result(answer: requests.Response) -> Any:
    answer.raise_for_status()
    said = answer.json()
    if not said["success"]:
        raise RuntimeError(str(said))
    return said["result"]


def every_dataset(url: str) -> list[dict[str, Any]]:
    """All datasets, a hundred at a time."""
    found: list[dict[str, Any]] = []
    while True:
        page = ask(url, "package_search", {"q": "*:*", "rows": PAGE, "start": len(found)})
        found += page["results"]
        if not page["results"] or len(found) >= page["count"]:
            return found
