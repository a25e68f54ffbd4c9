"""What works cost a portal: how many requests, of which actions, and how many bytes go out. No clock is looked at."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from tests.portals import filled

from tuckan import Client

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tuckan.sandbox import Sandbox

DATASETS, TOKENS, ROWS = 23, 12, 3000


@pytest.fixture
def portal(ckan_sandbox: Sandbox) -> Sandbox:
    """A portal with datasets, and a table."""
    return filled(ckan_sandbox, datasets_and_a_table)


def datasets_and_a_table(ckan: Client) -> None:
    ckan.call("organization_create", name="office")
    for n in range(DATASETS):
        ckan.call("package_create", name=f"rain-{n}", owner_org="office", notes="words " * 50)
    rows = [{"number": n, "text": f"some words {n}"} for n in range(ROWS)]
    ckan.call("datastore_create", resource={"package_id": "rain-1"}, records=rows, force=True)
    ckan.call("group_create", name="budget")


@pytest.fixture
def ckan(portal: Sandbox, proxy: Any) -> Iterator[Client]:
    """A client whose token was seen to be good, behind the proxy that counts."""
    with Client(proxy.url, portal.token(), progress=False) as client:
        client.call("status_show")
        proxy.seen.clear()
        yield client


def asked(proxy: Any) -> dict[str, int]:
    return dict(Counter(seen.action for seen in proxy.seen))


def sent(proxy: Any) -> int:
    """Bytes of bodies, paths and headers, those that the HTTP library adds included."""
    return sum(len(one.body) + len(one.path) + len(str(one.headers)) for one in proxy.seen)


def test_a_first_call_asks_once_or_twice(portal: Sandbox, proxy: Any) -> None:
    for token, requests in (("", {"status_show": 1}), (portal.token(), {"user_show": 1, "status_show": 1})):
        proxy.seen.clear()
        with Client(proxy.url, token) as ckan:
            ckan.call("status_show")
        assert asked(proxy) == requests
        proxy.seen.clear()


def test_a_list_takes_its_pages_and_no_more(ckan: Client, proxy: Any) -> None:
    assert len(ckan.datasets.list(page_size=10)) == DATASETS
    assert asked(proxy) == {"package_search": 3}
    assert sent(proxy) < 3 * 1000
    proxy.seen.clear()
    assert len(ckan.datasets.list()) == DATASETS
    assert asked(proxy) == {"package_search": 2}, "one shows that a page of unheard-of length is the last"
    proxy.seen.clear()
    assert len(ckan.datasets.list(fq="name:rain-1*")) == 11
    assert asked(proxy) == {"package_search": 1}, "the portal was seen to give more at once"


def test_a_dump_takes_its_pages_and_no_more(ckan: Client, proxy: Any, tmp_path: Path) -> None:
    assert ckan.dump("datasets", tmp_path / "all.jsonl", page_size=10).records == DATASETS
    assert asked(proxy) == {"package_search": 3}


def test_a_patch_takes_a_call_for_each_dataset_and_three_searches(ckan: Client, proxy: Any) -> None:
    job = ckan.jobs.patch({"notes": f"other words {id(proxy)}"}, q="name:rain-1*")
    changed = job.run().done["changed"]
    job.discard()
    assert changed == 11
    assert asked(proxy) == {"package_search": 3, "package_revise": changed}
    assert sent(proxy) < 1500 * (changed + 3)


def test_deleting_resources_takes_two_writes_for_each_dataset(portal: Sandbox, ckan: Client, proxy: Any) -> None:
    """However many resources they have; and one for the last resource, by which plugins are told to remove tables."""
    with portal.client() as direct:
        ids: list[str] = []
        for name in ("many-files-1", "many-files-2"):
            links = [{"name": f"n{number}", "url": f"https://example.org/{number}"} for number in range(12)]
            made = direct.call("package_create", name=name, owner_org="office", resources=links)
            ids += [one["id"] for one in made["resources"]]
        with ckan.jobs.delete(ids, "resource") as job:
            report = job.run()
        for name in ("many-files-1", "many-files-2"):
            assert direct.call("package_show", id=name)["resources"] == []
            direct.call("dataset_purge", id=name)
    assert report.complete
    requests = asked(proxy)
    writes = {action: number for action, number in requests.items() if not action.endswith(("_show", "_search"))}
    assert writes == {"package_revise": 2, "resource_delete": 2}, requests
    assert sum(requests.values()) <= 14, requests


def test_a_revocation_takes_a_call_for_each_token_and_two_lists(portal: Sandbox, ckan: Client, proxy: Any) -> None:
    with portal.client() as maker:
        for n in range(TOKENS):
            maker.tokens.create("admin", f"budget-{n}")
        ids = [one["id"] for one in maker.tokens.list("admin") if one["name"].startswith("budget-")]
    assert len(ckan.tokens.revoke("admin", ids=ids).selected) == TOKENS
    assert asked(proxy) == {"user_show": 1, "api_token_list": 2, "api_token_revoke": TOKENS}
    assert sent(proxy) < 1000 * (TOKENS + 3)


def test_a_table_comes_as_csv_in_few_pages(ckan: Client, proxy: Any) -> None:
    pytest.importorskip("pyarrow")
    table = ckan.resources.list("rain-1")[0]["id"]
    proxy.seen.clear()
    pulled = ckan.datastore.pull(table, page_size=1000)
    assert pulled.to_arrow().num_rows == ROWS
    pages = asked(proxy)["datastore_search"] - 3
    assert pages <= 4, "beside the columns, the count and the count at the end; without ranges one finds that out"
    assert pulled.proof is not None
    assert pulled.proof.bytes < ROWS * 26


def test_a_file_goes_up_and_comes_down_in_two_calls_each(ckan: Client, proxy: Any, tmp_path: Path) -> None:
    file = tmp_path / "data.bin"
    file.write_bytes(bytes(range(256)) * 4000)
    done = ckan.resources.upload("rain-2", file)
    assert asked(proxy) == {"package_show": 1, "resource_create": 1}
    assert sent(proxy) < file.stat().st_size + 4000
    proxy.seen.clear()
    ckan.resources.download(done.id, tmp_path / "back.bin")
    assert asked(proxy) == {"resource_show": 1, "data.bin": 1}
    ckan.resources.delete(done.id)
