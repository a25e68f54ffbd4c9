"""Revoke API tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.places import SLOW, connected, static
from benchmarks.work import NOTEBOOK, OURS, Place, Work, faster

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = "datapusher"


def ours(place: Place) -> Callable[[], int]:
    """`tokens.revoke`, which lists them again and keeps a journal."""
    ckan = connected(place)
    ckan.call("begin_anew")

    def work() -> int:
        done = ckan.tokens.revoke("robot", name=NAME)
        return sum(one.outcome == "revoked" for one in done.outcomes)

    return work


def notebook(place: Place) -> Callable[[], int]:
    """One call after the other, each on a new connection."""
    from benchmarks.ways.notebook import ask, send

    send(place.url, "begin_anew", {})

    def work() -> int:
        user = ask(place.url, "user_show", {"id": "robot"})
        tokens = ask(place.url, "api_token_list", {"user_id": user["id"]})
        meant = [one["id"] for one in tokens if one["name"] == NAME]
        for one in meant:
            send(place.url, "api_token_revoke", {"token": NAME, "jti": one}, "secret")
        return len(meant)

    return work


WORKS = (
    Work(
        "revoke",
        "revoke {size} tokens at 50 ms an answer",
        (162, 512, 1620),
        static("tokens", SLOW, token="secret"),
        {OURS: ours, NOTEBOOK: notebook},
        (faster(7, NOTEBOOK),),
        rounds=2,
        unit="tokens",
    ),
)
