"""On a real CKAN: list, patch and revoke, against the most that it can answer.

That is what plain httpx2 gets when the same requests are sent by two, four or eight threads that do nothing else.
"""

from __future__ import annotations

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

from benchmarks.places import connected, sandbox, statements
from benchmarks.work import NOTEBOOK, OURS, Place, Way, Work, at_most

if TYPE_CHECKING:
    from collections.abc import Callable

    from tuckan.sandbox import Sandbox

SATURATED = {f"httpx2, {threads} threads": threads for threads in (2, 4, 8)}
OF_SATURATION = 1 / 0.9
ROBOT = "robot"


def datasets_of(organization: str) -> Callable[[Sandbox, int], dict[str, Any]]:
    """Fills an organization with so many datasets."""

    def fill(portal: Sandbox, size: int) -> dict[str, Any]:
        with portal.client() as ckan:
            if organization not in ckan.organizations.names():
                ckan.organizations.create({"name": organization})
            there = ckan.datasets.search(filters={"organization": organization}, rows=0)["count"]
            ckan.jobs.load([_dataset(organization, n) for n in range(there, size)], update=False).run()
        return {"organization": organization}

    return fill


def _dataset(organization: str, number: int) -> dict[str, Any]:
    resources = [
        {"name": f"part {n}", "url": f"https://example.org/{number}/{n}.csv", "format": "CSV"} for n in range(4)
    ]
    return {
        "name": f"{organization}-{number}", "title": f"Dataset {number}", "notes": "words " * 60, "owner_org": organization,
        "license_id": "cc-by", "tags": [{"name": "river"}, {"name": "gauge"}], "resources": resources,
    }  # fmt: skip


def index_of(organization: str) -> Callable[[Sandbox, int], dict[str, Any]]:
    """Fills the search index with so many datasets, from which lists come: with the first, made by CKAN, under other names."""

    def fill(portal: Sandbox, size: int) -> dict[str, Any]:
        import httpx2

        place = datasets_of(organization)(portal, 1)
        with portal.client() as ckan:
            there = ckan.datasets.search(filters=place, rows=0)["count"]
        address = f"http://127.0.0.1:{portal.settings.ports['search']}/solr/ckan"
        with httpx2.Client(base_url=address, timeout=60) as index:
            wanted = {"q": f"name:{organization}-0", "rows": 1, "fl": "*"}
            first = index.get("/select", params=wanted).json()["response"]["docs"][0]
            for start in range(there, size, 500):
                several = [_renamed(first, f"{organization}-{n}") for n in range(start, min(start + 500, size))]
                index.post("/update", json=several).raise_for_status()
            index.post("/update", json={"commit": {}}).raise_for_status()
        return place

    return fill


def _renamed(document: dict[str, Any], name: str) -> dict[str, Any]:
    own = str(uuid.uuid5(uuid.NAMESPACE_URL, name))
    whole = json.dumps({field: value for field, value in document.items() if field != "_version_"})
    renamed: dict[str, Any] = json.loads(whole.replace(document["id"], own).replace(document["name"], name))
    return renamed | {"index_id": own, "permission_labels": ["public"]}  # these are not given out


def tokens(portal: Sandbox, _: int) -> dict[str, Any]:
    """A user for tokens, which each way makes for itself."""
    with portal.client() as ckan:
        if not [one for one in ckan.users.list() if one["name"] == ROBOT]:
            ckan.users.create(ROBOT, "robot@example.org", password="a long password")
        return {"user": ckan.users.get(ROBOT)["id"]}


def _with_tokens(place: Place) -> None:
    """So many tokens, made in the database."""
    from benchmarks.places import CKAN, NAME
    from tuckan.sandbox import Sandbox

    values = f"'{place.round}-' || md5(random()::text), 'datapusher', '{place.more['user']}', now(), '{{}}'"
    insert = "INSERT INTO api_token (id, name, user_id, created_at, plugin_extras) SELECT " + values
    statements(Sandbox(NAME, ckan=CKAN), "ckan", f"{insert} FROM generate_series(1, {place.size})")


class Bare:
    """Plain httpx2, shared by threads."""

    def __init__(self, place: Place, threads: int) -> None:
        import httpx2

        self._client = httpx2.Client(timeout=60, headers={"Authorization": place.token})
        self._actions = f"{place.url}/api/3/action"
        self._pool = ThreadPoolExecutor(threads)
        self.call("status_show", {})  # what is only done once is not measured

    def call(self, action: str, params: dict[str, Any]) -> Any:
        """Call an action."""
        answer = self._client.post(f"{self._actions}/{action}", json=params)
        answer.raise_for_status()
        return answer.json()["result"]

    def all(self, action: str, several: list[dict[str, Any]]) -> list[Any]:
        """Call it many times, side by side."""
        return list(self._pool.map(partial(self.call, action), several))


def _searched(place: Place, start: int, rows: int = 1000) -> dict[str, Any]:
    return {"q": "*:*", "fq": f"organization:{place.more['organization']}", "sort": "id asc", "start": start,
            "rows": rows, "facet": "false"}  # fmt: skip


def list_ours(place: Place) -> Callable[[], int]:
    """`datasets.list`."""
    ckan = connected(place)
    return lambda: len(ckan.datasets.list(filters={"organization": place.more["organization"]}))


def list_notebook(place: Place) -> Callable[[], int]:
    """Pages of a hundred, each on a new connection."""
    from benchmarks.ways.notebook import ask

    def work() -> int:
        pages = [ask(place.url, "package_search", _searched(place, n, 100)) for n in range(0, place.size, 100)]
        return sum(len(page["results"]) for page in pages)

    return work


def list_bare(rows: int, threads: int, place: Place) -> Callable[[], int]:
    """Every page at once."""
    bare = Bare(place, threads)
    pages = [_searched(place, start, rows) for start in range(0, place.size, rows)]
    return lambda: sum(len(page["results"]) for page in bare.all("package_search", pages))


def patch_ours(place: Place) -> Callable[[], int]:
    """`jobs.patch`, which searches, revises each, and reads all again."""
    ckan = connected(place)

    def work() -> int:
        job = ckan.jobs.patch({"notes": _new(place, OURS)}, filters={"organization": place.more["organization"]})
        return job.run().done["changed"]

    return work


def patch_bare(threads: int, place: Place) -> Callable[[], int]:
    """The same requests."""
    bare = Bare(place, threads)

    def work() -> int:
        found = bare.call("package_search", _searched(place, 0))["results"]
        fields = {"notes": _new(place, str(threads))}
        revisions = [
            {"match": {"id": one["id"], "metadata_modified": one["metadata_modified"]}, "update": fields}
            for one in found
        ]
        done = bare.all("package_revise", revisions)
        for start in range(0, len(found), 100):
            ids = " OR ".join(one["id"] for one in found[start : start + 100])
            bare.call("package_search", {"q": "*:*", "fq": f"+id:({ids})", "rows": 100, "include_private": True})
        return sum(one["package"]["notes"] == fields["notes"] for one in done)

    return work


def _new(place: Place, way: str) -> str:
    return f"{way}, {place.size}, round {place.round}"


def revoke_ours(place: Place) -> Callable[[], int]:
    """`tokens.revoke`, which lists, revokes each, and lists again."""
    _with_tokens(place)
    ckan = connected(place)
    return lambda: len(ckan.tokens.revoke(ROBOT, name="datapusher").selected)


def revoke_notebook(place: Place) -> Callable[[], int]:
    """One after the other, each on a new connection."""
    from benchmarks.ways.notebook import send

    _with_tokens(place)

    def work() -> int:
        found = send(place.url, "api_token_list", {"user_id": ROBOT}, place.token)
        for one in found:
            send(place.url, "api_token_revoke", {"jti": one["id"]}, place.token)
        return len(found)

    return work


def revoke_bare(threads: int, place: Place) -> Callable[[], int]:
    """The same requests."""
    _with_tokens(place)
    bare = Bare(place, threads)

    def work() -> int:
        found = bare.call("api_token_list", {"user_id": ROBOT})
        bare.all("api_token_revoke", [{"jti": one["id"]} for one in found])
        return len(found) - len(bare.call("api_token_list", {"user_id": ROBOT}))

    return work


def _saturated(way: Callable[..., Any]) -> dict[str, Way]:
    return {name: partial(way, threads) for name, threads in SATURATED.items()}


def _listing() -> dict[str, Way]:
    """Pages of several sizes: the best of them counts."""
    return {
        f"{name}, pages of {rows}": partial(list_bare, rows, threads)
        for rows in (100, 250, 1000)
        for name, threads in SATURATED.items()
        if threads < 8
    }


WORKS = (
    Work(
        "sandbox-list",
        "list {size} datasets on the sandbox",
        (2000, 6325, 20_000),
        sandbox(index_of("listed")),
        {OURS: list_ours, NOTEBOOK: list_notebook, **_listing()},
        (at_most(OF_SATURATION, tuple(_listing())),),
        unit="datasets",
    ),
    Work(
        "sandbox-patch",
        "patch {size} datasets on the sandbox",
        (30, 95, 300),
        sandbox(datasets_of("patched")),
        {OURS: patch_ours, **_saturated(patch_bare)},
        (at_most(OF_SATURATION, tuple(SATURATED)),),
        unit="datasets",
    ),
    Work(
        "sandbox-revoke",
        "revoke {size} tokens on the sandbox",
        (100, 316, 1000),
        sandbox(tokens),
        {OURS: revoke_ours, NOTEBOOK: revoke_notebook, **_saturated(revoke_bare)},
        (at_most(OF_SATURATION, tuple(SATURATED)),),
        unit="tokens",
    ),
)
