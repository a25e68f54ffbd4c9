"""The order of results, their fields, their counts; changes; what survives a kill."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tuckan.sandbox.search.parameters import Parameters
from tuckan.sandbox.search.syntax import Refused
from tuckan.sandbox.search.updates import update

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Collection


def test_sorting(collection: Collection) -> None:
    assert collection.ids(sort="name asc") == ["2", "3", "4", "1"]
    assert collection.ids(sort="modified desc, id asc") == ["3", "2", "1", "4"]
    assert collection.ids(sort="modified asc, id asc")[0] == "4", "a date that is missing is 0"
    assert collection.ids(sort="open asc, id asc") == ["2", "1", "3", "4"], "sortMissingLast"
    assert collection.ids(sort="open desc, id asc") == ["1", "2", "3", "4"]
    assert collection.ids(sort="views desc", rows=2, start=1) == ["3", "1"]


@pytest.mark.parametrize(
    ("sort", "said"),
    [
        ("name", "Can't determine a Sort Order"),
        ("name up", "Can't determine a Sort Order"),
        ("tags asc", "can not sort on multivalued field: tags"),
        ("secret asc", "neither indexed"),
    ],
)
def test_an_order_that_is_none(collection: Collection, sort: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        collection.ask(sort=sort)


def test_fields_of_an_answer(collection: Collection) -> None:
    full = collection.ask("id:2").docs[0]
    assert full["modified"] == "2021-06-15T12:00:00.250Z"
    assert full["tags"] == ["air", "water"]
    assert full["open"] is False
    assert "views" not in full, "indexed and not stored"
    assert "text" not in full
    assert full["indexed"].endswith("Z"), "a default"
    assert set(collection.ask("id:2", fl="id, name").docs[0]) == {"id", "name"}
    assert set(collection.ask("id:1", fl="extras_* id score").docs[0]) == {"extras_theme", "id", "score"}
    assert collection.ask("id:3", fl="secret").docs == [{"secret": "x"}]
    assert collection.ask(rows=0).count == 4
    with pytest.raises(Refused, match="negative"):
        collection.ask(rows=-1)
    with pytest.raises(Refused, match="For input string"):
        collection.ask(rows="many")


def test_facets(collection: Collection) -> None:
    def facet(**parameters: Any) -> list[Any]:
        answer = collection.ask(facet="true", facet__field="tags", **parameters)
        assert answer.facets is not None
        found: list[Any] = answer.facets["facet_fields"]["tags"]
        return found

    assert facet(facet__mincount=1) == ["water", 2, "air", 1, "city", 1, "river basin", 1]
    assert facet(facet__mincount=1, facet__limit=2) == ["water", 2, "air", 1]
    assert facet(facet__mincount=1, facet__limit=-1) == ["air", 1, "city", 1, "river basin", 1, "water", 2]
    assert facet(facet__mincount=1, facet__sort="count", facet__limit=-1)[0] == "water"
    assert facet(q="name:air")[:6] == ["air", 1, "water", 1, "city", 0], "none is left out without mincount"
    assert facet(facet__prefix="c", facet__mincount=1) == ["city", 1]
    assert facet(facet__missing="true", facet__mincount=1)[-2:] == [None, 1]
    answer = collection.ask(facet="true", facet__query=["views:[6 TO *]"], rows=0)
    assert answer.facets is not None
    assert answer.facets["facet_queries"] == {"views:[6 TO *]": 2}
    with pytest.raises(Refused, match=r"facet\.pivot"):
        collection.ask(facet="true", facet__pivot="a,b")


def test_filters_do_not_score_and_add_up(collection: Collection) -> None:
    assert collection.ids(fq=["+tags:water", "-name:air"]) == ["1"]
    assert collection.ids(fq="name:(" + " OR ".join(f"n{n}" for n in range(900)) + " OR trees)") == ["4"]


def test_a_document_replaces_the_one_with_its_key(collection: Collection) -> None:
    collection.add({"id": "1", "name": "new"})
    assert collection.ask("name:water").count == 0
    assert collection.ask("title:quality").count == 1
    assert collection.ask("name:new").count == 1
    assert collection.ask().count == 4


def test_changes_wait_for_a_commit(collection: Collection) -> None:
    collection.add({"id": "9", "name": "late"}, commit=False)
    assert collection.ask("id:9").count == 0
    collection.engine.commit()
    assert collection.ask("id:9").count == 1
    collection.engine.delete_matching("tags:water")
    assert collection.ask("tags:water").count == 2
    collection.engine.rollback()
    collection.engine.commit()
    assert collection.ask("tags:water").count == 2
    collection.engine.delete_matching("+tags:water -name:air")
    collection.engine.commit()
    assert collection.ids("tags:water") == ["2"]
    collection.engine.delete_matching("*:*")
    collection.add({"id": "5"})
    assert collection.ids() == ["5"]


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"name": "x"}, "missing required field: id"),
        ({"id": "1", "name": ["a", "b"]}, "multiple values"),
        ({"id": "1", "modified": "yesterday"}, "Invalid Date String"),
        ({"id": "1", "views": "many"}, "Invalid Number"),
        ({"id": "1", "anything": "x" * 40_000}, "immense term"),
        ({"id": "1", "name": {"set": "x"}}, "atomic update"),
    ],
)
def test_a_document_that_does_not_fit_is_refused(empty: Collection, document: dict[str, Any], said: str) -> None:
    with pytest.raises(Refused, match=said):
        empty.add(document)
    assert empty.ask().count == 0


def test_updates_in_xml_and_json(empty: Collection) -> None:
    def send(body: str, kind: str) -> None:
        update(empty.engine, body.encode(), kind, Parameters({"commit": ["true"]}))

    send(
        '<add><doc><field name="id">1</field><field name="tags">a</field><field name="tags">b</field></doc></add>',
        "text/xml",
    )
    send('[{"id": "2", "tags": ["c"], "open": true, "price": null}]', "application/json")
    send('{"add": {"doc": {"id": "3"}}, "add": {"doc": {"id": "4"}}}', "application/json")
    assert empty.ids(sort="id asc") == ["1", "2", "3", "4"]
    assert empty.ids("tags:b OR open:true") == ["1", "2"]
    send("<delete><id>1</id><query>id:2</query></delete>", "text/xml")
    send('{"delete": {"query": "id:3"}, "commit": {}}', "application/json")
    assert empty.ids() == ["4"]
    for body, kind in (("<nothing", "text/xml"), ("[", "application/json"), ('{"what": 1}', "application/json")):
        with pytest.raises(Refused):
            send(body, kind)


HERE = Path(__file__).parent
DATASETS = json.loads((HERE / "datasets.json").read_text(encoding="utf-8"))


class Service:
    """The service as a process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.start()

    def start(self) -> None:
        ready = self.folder / "ready"
        ready.unlink(missing_ok=True)
        options = ["--schema", HERE / "schema.xml", "--data", self.folder / "data", "--ready-file", ready]
        command = [sys.executable, "-m", "tuckan.sandbox.search", *map(str, options)]
        self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        limit = time.monotonic() + 200
        while not ready.exists():
            assert self.process.poll() is None
            assert time.monotonic() < limit
            time.sleep(0.02)
        self.url = f"http://127.0.0.1:{int(ready.read_text())}/solr/ckan"

    def get(self, path: str, **parameters: str) -> tuple[int, Any]:
        address = f"{self.url}{path}?{urllib.parse.urlencode(parameters)}"
        return self._open(urllib.request.Request(address))

    def post(self, body: Any) -> tuple[int, Any]:
        data = json.dumps(body).encode()
        return self._open(urllib.request.Request(f"{self.url}/update", data, {"Content-Type": "application/json"}))

    def _open(self, request: urllib.request.Request) -> tuple[int, Any]:
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                body = answer.read()
                return answer.status, json.loads(body) if body[:1] == b"{" else body
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read())

    def kill(self, number: int) -> None:
        os.kill(self.process.pid, number)
        self.process.wait(timeout=60)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    running = Service(tmp_path)
    yield running
    if running.process.poll() is None:
        running.kill(signal.SIGTERM)


def test_the_protocol(service: Service) -> None:
    assert service.get("/admin/ping")[1]["status"] == "OK"
    status, schema = service.get("/schema", wt="schema.xml")
    assert (status, b"ckan-test" in schema) == (200, True)
    assert service.post(DATASETS)[0] == 200
    assert service.get("/select", q="*:*")[1]["response"]["numFound"] == 0, "nothing is committed yet"
    assert service.post({"commit": {}})[0] == 200
    status, answer = service.get("/select", q="*:*", rows="1", fl="id,score", wt="json")
    assert answer["response"]["numFound"] == 4
    assert answer["response"]["docs"] == [{"id": "1", "score": 1.0}]
    status, answer = service.get("/select", q="title:[")
    assert (status, answer["error"]["code"]) == (400, 400)
    assert "Cannot parse" in answer["error"]["msg"]
    assert service.get("/select", q="*:*", wt="xml")[0] == 400
    assert service.get("/nothing")[0] == 404
    assert service.get("/../other/select")[0] == 404


def test_a_kill_loses_nothing_that_was_committed(service: Service) -> None:
    service.post(DATASETS)
    service.post({"delete": {"query": "name:air"}, "commit": {}})
    service.post([{"id": "99", "name": "never-committed"}])
    service.kill(signal.SIGKILL)
    service.start()
    answer = service.get("/select", q="*:*", sort="id asc")[1]["response"]
    assert [one["id"] for one in answer["docs"]] == ["1", "3", "4"]
    assert service.get("/select", q="title:quality", df="text")[1]["response"]["numFound"] == 1
    service.kill(signal.SIGTERM)
    assert service.process.returncode == 0
