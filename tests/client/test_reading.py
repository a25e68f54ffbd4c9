"""Reading from a real portal, with clients of both kinds."""

from __future__ import annotations

import asyncio
import io
import warnings
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd
import polars as pl
import pytest
from tests.portals import filled

from tuckan import AsyncClient, Client, connect, errors
from tuckan.client import REVOKE_ALL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tuckan.sandbox import Sandbox


class Both:
    """A client of either kind, asked in one way: `both.datasets.get("x")`."""

    def __init__(self, kind: str, url: str, token: str | None) -> None:
        self.loop = None if kind == "blocking" else asyncio.new_event_loop()
        self.client: Any = (Client if kind == "blocking" else AsyncClient)(url, token)

    def run(self, what: Any) -> Any:
        return self.loop.run_until_complete(what) if self.loop and asyncio.iscoroutine(what) else what

    def all(self, several: Any) -> list[Any]:
        async def collect() -> list[Any]:
            return [one async for one in several]

        return self.loop.run_until_complete(collect()) if self.loop else list(several)

    def __getattr__(self, namespace: str) -> Any:
        both, inner = self, getattr(self.client, namespace)
        if callable(inner):
            return lambda *args, **more: both.run(inner(*args, **more))

        class Asked:
            def __getattr__(self, name: str) -> Any:
                method = getattr(inner, name)
                return lambda *args, **more: both.run(method(*args, **more))

        return Asked()

    def close(self) -> None:
        self.run(self.client.close())
        if self.loop:
            self.loop.close()


@pytest.fixture(params=["blocking", "asynchronous"])
def ckan(request: pytest.FixtureRequest, portal: Sandbox) -> Iterator[Both]:
    both = Both(request.param, portal.url, portal.token())
    yield both
    both.close()


@pytest.fixture(params=["blocking", "asynchronous"])
def anybody(request: pytest.FixtureRequest, portal: Sandbox) -> Iterator[Both]:
    both = Both(request.param, portal.url, "")
    yield both
    both.close()


@pytest.fixture
def portal(ckan_sandbox: Sandbox) -> Sandbox:
    """A portal with one of everything."""
    return filled(ckan_sandbox, one_of_everything)


def one_of_everything(ckan: Client) -> None:
    for name in ("city", "lake"):
        ckan.call("organization_create", name=name, title=f"The {name}", extras=[{"key": "size", "value": "1"}])
    ckan.call("vocabulary_create", name="themes", tags=[{"name": "nature"}])
    titles = ['5" pipes: a (short) guide [draft] ~ AND more', "Rivers", "rivers", "Rivers of the south", "Straße & Brücke",
              "Air", "What? Who!", "C++/C#: *all* \\ of it"]  # fmt: skip
    for number, title in enumerate(titles):
        ckan.call("package_create", name=f"d{number}", title=title, owner_org="city" if number % 2 else "lake",
                  tags=[{"name": "tag one" if number % 2 else "two"}], license_id="cc-by")  # fmt: skip
    ckan.call("package_create", name="hidden", title="Hidden", owner_org="city", private=True)
    ckan.call("package_create", name="unfinished", title="Unfinished", owner_org="city", state="draft")
    rows = "a,b\n" + "\n".join(f"{n},x{n}" for n in range(25)) + "\n"
    file = io.BytesIO(rows.encode())
    file.name = "t.csv"
    made = ckan.call("resource_create", {"package_id": "d1", "name": "t", "format": "CSV"}, files={"upload": file})
    ckan.datapusher.wait(made["id"], timeout=200)
    ckan.call("resource_view_create", resource_id=made["id"], title="Text", view_type="text_view")
    ckan.call("user_create", name="alice", email="alice@example.org", password="password-of-alice")
    ckan.call("group_create", name="client-tests", title="A group")


def table(ckan: Both) -> str:
    return str(ckan.resources.list("d1")[0]["id"])


def test_lists_are_whole_and_private_ones_are_asked_for(ckan: Both, anybody: Both) -> None:
    assert len(ckan.datasets.list()) == 8
    everything = ckan.datasets.list(include_private=True, include_drafts=True, page_size=3)
    assert {one["name"] for one in everything} >= {"hidden", "unfinished", "d0"}
    assert len(everything) == 10
    assert str(everything.proof) == f"10 of 10 read in {everything.proof.pages} pages, complete, no duplicates"
    assert len(ckan.datasets.list(page_size=1)) == 8
    assert [len(ckan.datasets.list(start=n)) for n in (0, 3, 8, 99)] == [8, 5, 0, 0]
    assert len(ckan.datasets.list("rivers")) == 3
    assert set(ckan.datasets.list(fields=["name"])[0]) == {"id", "name"}
    with pytest.raises(errors.NotAuthorized, match="no token was given"):
        anybody.datasets.list(include_private=True)
    assert len(anybody.datasets.list()) == 8


def test_a_filter_by_a_field_that_there_is_not_is_said(ckan: Both, anybody: Both) -> None:
    for found in (ckan.datasets.list, ckan.datasets.search, anybody.datasets.list):
        with pytest.raises(errors.InvalidArgument, match="has a field 'organisation'") as caught:
            found(filters={"organisation": "city"})
        assert "Did you mean 'organization'?" in str(caught.value)
    with pytest.raises(errors.InvalidArgument, match="extras_Depth"):
        ckan.datasets.list(filters={"extras_Depth": "5"})
    for kind in ("organization", "groups"):
        for found in (ckan.datasets.list, ckan.datasets.search, anybody.datasets.list):
            with pytest.raises(errors.NotFound) as missing:
                found(filters={kind: "nowhere"})
            assert missing.value.unknown == (kind.removesuffix("s"), "nowhere")
    assert ckan.datasets.list(filters={"owner_org": "nowhere"}) == []
    assert len(ckan.datasets.list(filters={"isopen": "true"})) == 8, "a field that is in no list of ours"
    assert ckan.datasets.list(filters={"isopen": "maybe"}) == []


def test_iter_gives_the_same_one_by_one(ckan: Both) -> None:
    names = [one["name"] for one in ckan.all(ckan.client.datasets.iter(page_size=3))]
    assert sorted(names) == sorted(one["name"] for one in ckan.datasets.list())


@pytest.mark.parametrize("bad", [{"page_size": 0}, {"page_size": -5}, {"start": -1}])
def test_pages_that_make_no_sense(ckan: Both, bad: dict[str, int]) -> None:
    with pytest.raises(errors.InvalidArgument):
        ckan.datasets.list(**bad)


def test_search(ckan: Both) -> None:
    found = ckan.datasets.search("rivers", facets=["organization", "tags"], rows=1)
    assert (found["count"], len(found["results"])) == (3, 1)
    assert found["facets"]["organization"] == {"city": 2, "lake": 1}
    assert ckan.datasets.search(filters={"organization": ["city", "lake"], "tags": "tag one"})["count"] == 4
    assert ckan.datasets.search(fq=["organization:city", "license_id:cc-by"])["count"] == 4
    assert [one["name"] for one in ckan.datasets.search(sort="name desc", rows=2)["results"]] == ["d7", "d6"]
    with pytest.raises(errors.SearchError):
        ckan.datasets.search("title:[")
    with pytest.raises(errors.InvalidArgument):
        ckan.datasets.search(rows=-1)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ('5" pipes: a (short) guide [draft] ~ AND more', "d0"),
        ('5" PIPES: A (SHORT) GUIDE [DRAFT] ~ and MORE', "d0"),
        ("rIVERS of THE south", "d3"),
        ("STRAßE & brücke", "d4"),
        ("Straße & Brücke", "d4"),
        ("  air ", "d5"),
        ("What? Who!", "d6"),
        ("C++/C#: *all* \\ of it", "d7"),
        ("pipes", "d0"),
    ],
)
def test_by_title(ckan: Both, title: str, name: str) -> None:
    assert ckan.datasets.by_title(title)["name"] == name


def test_by_title_when_several_or_none_match(ckan: Both) -> None:
    with pytest.warns(errors.SeveralMatch, match="2 datasets have this title"):
        assert ckan.datasets.by_title("RIVERS")["name"] in ("d1", "d2")
    for title in ("No such thing", "Hidden", '") OR *:*'):
        with pytest.raises(errors.NotFound):
            ckan.datasets.by_title(title)
    assert ckan.datasets.by_title("Hidden", include_private=True)["name"] == "hidden"
    for empty in ("", "   "):
        with pytest.raises(errors.InvalidArgument):
            ckan.datasets.by_title(empty)


def test_single_things(ckan: Both) -> None:
    assert ckan.datasets.get("d1")["title"] == "Rivers"
    assert ckan.organizations.get("city")["extras"][0]["key"] == "size"
    assert ckan.groups.get("client-tests")["title"] == "A group"
    assert ckan.users.get("alice")["name"] == "alice"
    assert ckan.tags.get("two")["name"] == "two"
    assert ckan.vocabularies.get("themes")["tags"][0]["name"] == "nature"
    assert ckan.licenses.get("cc-by")["id"] == "cc-by"
    resource = ckan.resources.get(table(ckan))
    assert resource["datastore_active"] is True
    assert ckan.views.get(ckan.views.list(resource["id"])[-1]["id"])["resource_id"] == resource["id"]
    assert ckan.activities.get(ckan.activities.list(dataset="d1")[0]["id"])["activity_type"]


def test_lists_of_the_rest(ckan: Both) -> None:
    assert [one["name"] for one in ckan.organizations.list()] == ["city", "lake"]
    assert ckan.groups.names() == ["client-tests"]
    assert {one["name"] for one in ckan.users.list()} == {"admin", "alice"}
    assert [one["name"] for one in ckan.users.list("ali")] == ["alice"]
    assert ckan.tags.list() == ["tag one", "two"]
    assert ckan.tags.list(vocabulary="themes") == ["nature"]
    assert [one["name"] for one in ckan.vocabularies.list()] == ["themes"]
    assert len(ckan.licenses.list()) > 5
    assert ckan.organizations.members("city")[0]["kind"] == "user"
    assert {one["name"] for one in ckan.organizations.mine()} == {"city", "lake"}
    assert ckan.activities.list(user="admin", limit=2)[0]["user_id"] == ckan.users.get("admin")["id"]
    assert ckan.activities.list(limit=1)
    assert ckan.resources.search("name:t")["count"] == 1


def test_what_is_not_there_or_empty(ckan: Both) -> None:
    for namespace in (
        "datasets",
        "resources",
        "organizations",
        "groups",
        "users",
        "tags",
        "vocabularies",
        "licenses",
        "views",
    ):
        with pytest.raises(errors.NotFound):
            getattr(ckan, namespace).get("nowhere-to-be-found")
        with pytest.raises(errors.InvalidArgument):
            getattr(ckan, namespace).get(" ")
    with pytest.raises(errors.NotFound):
        ckan.tokens.list("nobody-here")
    with pytest.raises(errors.InvalidArgument):
        ckan.activities.list(dataset="d1", user="admin")


def test_the_portal(ckan: Both, anybody: Both, ckan_sandbox: Sandbox) -> None:
    assert ckan.portal.status()["ckan_version"].startswith(ckan_sandbox.ckan)
    assert ckan.portal.whoami()["name"] == "admin"
    able = ckan.portal.capabilities()
    assert (able.datastore, able.activities, able.sysadmin) == (True, True, True)
    assert able.loader == ("datapusher", "xloader")
    assert able.datastore_rows_max == 32000
    assert able.token_header == "Authorization"
    nobody = anybody.portal.capabilities()
    assert (nobody.user, nobody.sysadmin, nobody.token_header) == (None, False, None)
    with pytest.raises(errors.NotAuthorized, match="no token"):
        anybody.portal.whoami()


def test_a_wrong_token_is_an_error_and_not_less_data(portal: Sandbox) -> None:
    with Client(portal.url, "wrong") as ckan, pytest.raises(errors.InvalidToken):
        ckan.datasets.list()


def test_a_plain_website_is_no_portal(portal: Sandbox) -> None:
    url = f"http://127.0.0.1:{portal.settings.ports['search']}"
    with Client(url) as ckan, pytest.raises(errors.NotCKAN, match="does not answer like a CKAN portal"):
        ckan.portal.status()


def test_any_address_that_people_paste(portal: Sandbox) -> None:
    for path in ("/", "/dataset/d1", "/api/3", "/api/action/package_search?q=x", "/en/dataset"):
        with connect(portal.url + path, "") as ckan:
            assert ckan.datasets.get("d1")["name"] == "d1"


def test_any_action(ckan: Both) -> None:
    assert ckan.call("package_show", id="d1")["name"] == "d1"
    assert ckan.run(ckan.client.action.package_show(id="d1"))["name"] == "d1"
    assert ckan.call("package_search", {"facet.field": ["tags"], "rows": 0})["facets"]["tags"]
    with pytest.raises(errors.ActionNotFound):
        ckan.call("no_such_action")
    with pytest.raises(errors.ValidationError) as caught:
        ckan.call("package_create", name="Not a name!", owner_org="city")
    assert "name" in caught.value.fields


def test_tables(ckan: Both) -> None:
    resource = table(ckan)
    info = ckan.datastore.info(resource)
    assert [one["id"] for one in info["fields"]] == ["a", "b"]
    found = ckan.datastore.search(resource, filters={"a": [3, 4]}, fields=["b"], sort="a desc")
    assert [one["b"] for one in found["records"]] == ["x4", "x3"]
    rows = ckan.all(ckan.client.datastore.iter(resource, page_size=4))
    assert [row["_id"] for row in rows] == list(range(1, 26))
    with pytest.raises(errors.NotFound):
        ckan.datastore.info("nowhere")
    assert len(pd.DataFrame(rows)) == pl.DataFrame(rows).height == 25


def test_a_filter_by_null_is_refused_and_sql_asks_for_it(ckan: Both, ckan_sandbox: Sandbox) -> None:
    with ckan_sandbox.client() as admin:
        records = [{"a": 1, "b": None}, {"a": None, "b": "x"}, {"a": 3, "b": "y"}]
        made = admin.call("datastore_create", resource={"package_id": "hidden"}, records=records)["resource_id"]
        for filters in ({"b": None}, {"a": [None, 3]}, {"$or": [{"b": {"eq": None}}, {"a": 3}]}):
            with pytest.raises(errors.InvalidArgument, match="by null"):
                ckan.datastore.search(made, filters=filters)
            with pytest.raises(errors.InvalidArgument, match="by null"):
                ckan.all(ckan.client.datastore.iter(made, filters=filters))
            with pytest.raises(errors.InvalidArgument, match="by null"):
                ckan.run(ckan.client.datastore.pull(made, filters=filters).to_arrow())
            with pytest.raises(errors.InvalidArgument, match="by null"):
                ckan.datastore.delete(made, filters, force=True)
        found = ckan.datastore.query(f'SELECT a FROM "{made}" WHERE b IS NULL').fetchall()
        assert found == [(1,)]
        assert ckan.datastore.query(f'SELECT b FROM "{made}" WHERE a IS NOT NULL ORDER BY a').fetchall() == [
            (None,),
            ("y",),
        ]
        admin.resources.delete(made)


def test_lists_go_into_frames_as_they_are(ckan: Both) -> None:
    listing = ckan.datasets.list(fields=["name", "title"])
    assert list(pd.DataFrame(listing).columns) == ["id", "name", "title"]
    assert pl.DataFrame(list(listing)).height == 8


def test_datapusher_explains_a_no(ckan: Both) -> None:
    resource = table(ckan)
    assert ckan.datapusher.status(resource)["status"] == "complete"
    with pytest.raises(errors.NotFound):
        ckan.datapusher.submit("nowhere")
    with pytest.raises(errors.NotFound):
        ckan.datapusher.status("nowhere")
    assert ckan.datapusher.submit(resource)["status"] in ("pending", "complete")
    try:
        ckan.datapusher.submit(resource)
    except errors.PortalError as error:
        assert "still working" in error.message
    assert ckan.datapusher.wait(resource, interval=0.1)["status"] == "complete"


def test_tokens(ckan: Both) -> None:
    ckan.tokens.revoke("alice", everything=True, confirm=lambda _: REVOKE_ALL)
    for number in range(6):
        ckan.tokens.create("alice", "notebook" if number % 2 else f"t{number}")
    listed = ckan.tokens.list("alice")
    assert len(listed) == 6
    assert [one["created_at"] for one in listed] == sorted(one["created_at"] for one in listed)
    plan = ckan.tokens.revoke("alice", name="notebook", limit=2, dry_run=True)
    assert (len(plan.selected), plan.found, plan.skipped) == (2, 6, 2)
    assert len(ckan.tokens.list("alice")) == 6
    done = ckan.tokens.revoke("alice", name="notebook", limit=2)
    assert (done.complete, done.done, done.failed) == (True, {"revoked": 2}, 0)
    assert len(ckan.tokens.revoke("alice", unused_since=timedelta(days=1), dry_run=True).selected) == 0
    assert (
        len(ckan.tokens.revoke("alice", created_before=datetime.now(UTC) + timedelta(hours=1), dry_run=True).selected)
        == 4
    )
    with pytest.raises(errors.NotFound):
        ckan.tokens.revoke("alice", name="no such name")
    with pytest.raises(errors.InvalidArgument, match="must be explicit"):
        ckan.tokens.revoke("alice")
    with pytest.raises(errors.InvalidArgument):
        ckan.tokens.revoke("alice", name="x", limit=0)
    with pytest.raises(errors.Cancelled):
        ckan.tokens.revoke("alice", everything=True)
    with pytest.raises(errors.Cancelled):
        ckan.tokens.revoke("alice", everything=True, confirm=lambda _: "yes")
    assert len(ckan.tokens.list("alice")) == 4
    assert ckan.tokens.revoke("alice", everything=True, confirm=lambda _: REVOKE_ALL).done["revoked"] == 4


def test_the_token_in_use_goes_last_and_only_when_asked(portal: Sandbox) -> None:
    with portal.client() as admin:
        own = admin.tokens.create("alice", "own")["token"]
        for _ in range(3):
            admin.tokens.create("alice", "own")
        with Client(portal.url, own) as ckan:
            first = ckan.tokens.revoke("alice", name="own")
            assert (first.done["revoked"], len(ckan.tokens.list("alice"))) == (3, 1)
            last = ckan.tokens.revoke("alice", name="own", include_current=True)
            assert last.done["revoked"] == 1
            with pytest.raises(errors.NotAuthorized):
                ckan.tokens.list("alice")
        assert admin.tokens.list("alice") == []


def test_one_client_serves_many_threads(portal: Sandbox) -> None:
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - for this one

    with portal.client() as ckan, ThreadPoolExecutor(8) as pool:
        names = list(pool.map(lambda n: ckan.datasets.get(f"d{n % 8}")["name"], range(40)))
    assert names == [f"d{n % 8}" for n in range(40)]


def test_a_notebooks_running_loop_bears_the_blocking_client(portal: Sandbox) -> None:
    async def cell() -> int:
        with portal.client() as ckan:
            return len(ckan.datasets.list(page_size=3))

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert asyncio.run(cell()) == 8
