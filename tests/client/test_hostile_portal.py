"""A portal that answers wrong things, for every namespace: whatever comes back, a call ends with a result or an error of ours."""

from __future__ import annotations

import copy
import json
import random
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl, urlsplit

import pytest

from tuckan import Client, errors
from tuckan.client._sync.client import NAMESPACES
from tuckan.schemas.standard import standard
from tuckan.sheets import Exported, State, layout_of, write_workbook
from tuckan.wire.flow import FetchOutcome, Form, Outcome, Reply, Send, Wait
from tuckan.wire.redaction import MAX_TEXT
from tuckan.wire.retry import RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tuckan.wire.flow import Flow, Request

TOKEN = "secret-token-1234"
ANSWERS_EACH, ANSWERS_EACH_JOB = 100, 8
"""Mutated portals for each method; jobs wait for the disk."""
MOST_REQUESTS = 400
"""What a method may ask of a portal whose every list has two items."""

ID, OTHER = "0f19616f-f41e-404d-9ae2-34bf1ac2cbba", "7c1b2d0e-3f4a-4b5c-8d6e-9f0a1b2c3d4e"
WHEN = "2026-01-31T12:30:00.123456"
RESOURCE: dict[str, Any] = {"id": ID, "package_id": ID, "name": "flow", "url": "https://example.org/a.csv", "format": "CSV",
            "size": 12, "hash": "", "url_type": "upload", "datastore_active": True, "last_modified": WHEN, "state": "active",
            "position": 0, "dataset": "rivers", "mimetype": None}  # fmt: skip
GROUP: dict[str, Any] = {"id": ID, "name": "city", "title": "City", "type": "organization", "state": "active", "package_count": 2,
         "users": [{"id": ID, "name": "ann", "capacity": "admin"}], "extras": [{"key": "a", "value": "b"}],
         "tags": [], "groups": [], "is_organization": True}  # fmt: skip
DATASET: dict[str, Any] = {"id": ID, "name": "rivers", "title": "Rivers", "type": "dataset", "state": "active", "private": False,
           "metadata_modified": WHEN, "metadata_created": WHEN, "num_resources": 1, "resources": [RESOURCE],
           "tags": [{"id": ID, "name": "water", "vocabulary_id": None, "state": "active"}], "owner_org": ID,
           "extras": [{"key": "a", "value": "b"}], "groups": [GROUP], "organization": GROUP,
           "relationships_as_subject": [], "relationships_as_object": []}  # fmt: skip
USER: dict[str, Any] = {"id": ID, "name": "ann", "fullname": "Ann", "state": "active", "sysadmin": True, "email": "ann@example.org",
        "number_created_packages": 1, "apikey": "x"}  # fmt: skip
VIEW: dict[str, Any] = {
    "id": ID,
    "resource_id": ID,
    "package_id": ID,
    "title": "Map",
    "view_type": "map",
    "description": "",
}
VOCABULARY: dict[str, Any] = {"id": ID, "name": "themes", "tags": [{"id": ID, "name": "water", "vocabulary_id": ID}]}
TABLE: dict[str, Any] = {"resource_id": ID, "fields": [{"id": "_id", "type": "int"}, {"id": "n", "type": "numeric", "info": {"label": "N"}}],
         "records": [{"_id": 1, "n": 1.5}, {"_id": 2, "n": None}], "total": 2, "_links": {}, "limit": 100,
         "total_was_estimated": False, "records_truncated": False}  # fmt: skip
LOADED: dict[str, Any] = {"status": "complete", "job_id": ID, "last_updated": WHEN, "task_info": {"logs": [{"message": "ok"}], "error": None},
          "error": "{}", "value": "{}"}  # fmt: skip

RESULTS: dict[str, Any] = {
    "package_search": {"count": 2, "results": [DATASET, {**DATASET, "id": OTHER, "name": "lakes"}],
                       "search_facets": {"tags": {"items": [{"name": "water", "count": 2}]}}, "facets": {"tags": {"water": 2}}},
    "package_revise": {"package": DATASET},
    "package_list": ["lakes", "rivers"], "group_list": [GROUP], "organization_list": [GROUP],
    "resource_search": {"count": 1, "results": [RESOURCE]},
    "status_show": {"ckan_version": "2.12.0", "extensions": ["datastore", "activity"], "site_title": "T"},
    "api_token_list": [{"id": ID, "name": "a", "created_at": WHEN, "last_access": WHEN},
                       {"id": OTHER, "name": "b", "created_at": WHEN, "last_access": None}],
    "api_token_create": {"token": "new-token", "id": ID},
    "tag_list": ["water"], "license_list": [{"id": "cc-by", "title": "CC BY", "url": ""}],
    "user_list": [USER], "member_list": [[ID, "user", "Admin"]], "member_create": {"id": ID},
    "vocabulary_list": [VOCABULARY],
    "datastore_search": TABLE, "datastore_search_sql": TABLE, "datastore_create": TABLE, "datastore_upsert": TABLE,
    "datastore_delete": TABLE, "datastore_info": {"fields": [{"id": "n", "type": "numeric", "schema": {"is_index": False}}],
                                                   "meta": {"count": 2, "table_type": "table", "aliases": [], "primary_key": []}},
    "datapusher_status": LOADED, "xloader_status": LOADED, "datapusher_submit": True, "xloader_submit": {"job_id": ID},
    "task_status_show": LOADED, "package_collaborator_list": [{"user_id": ID, "capacity": "editor", "package_id": ID}],
    "package_relationships_list": [], "resource_view_list": [VIEW], "package_resource_reorder": {"order": [ID]},
    "bulk_update_delete": None, "dashboard_new_activities_count": 0, "help_show": "help", "am_following_dataset": False,
    "package_autocomplete": [{"name": "rivers", "title": "Rivers"}], "group_autocomplete": [{"name": "city"}],
    "organization_list_for_user": [GROUP], "group_list_authz": [GROUP],
    "package_activity_list": [{"id": ID, "activity_type": "changed package"}],
    "scheming_dataset_schema_list": ["dataset"], "scheming_dataset_schema_show": {"dataset_type": "dataset", "dataset_fields": [{"field_name": "title"}], "resource_fields": []},
}  # fmt: skip
BY_ENTITY = {"package": DATASET, "resource_view": VIEW, "resource": RESOURCE, "organization": GROUP, "group": GROUP, "user": USER,
             "vocabulary": VOCABULARY, "tag": {"id": ID, "name": "water"}, "activity": {"id": ID}}  # fmt: skip
WRONG = [
    None,
    [],
    {},
    "",
    "x",
    0,
    -1,
    7.5,
    True,
    [None],
    ["x"],
    [[]],
    {"x": None},
    10**30,
    "\x1b[31m",
    "\ud800",
    [{}],
    {"a": [{}]},
]


def result_of(action: str) -> Any:
    if action in RESULTS:
        return RESULTS[action]
    entity = next((one for one in BY_ENTITY if action.startswith(f"{one}_")), None)
    return BY_ENTITY[entity] if entity else {"id": ID, "name": "x"}


class Mutating:
    """The driver of a portal whose answers are good ones with something wrong in them."""

    def __init__(self, seed: str) -> None:
        self._chance = random.Random(seed)
        self._often = self._chance.choice([0.1, 0.3, 1.0])
        self.on_trouble: Callable[[str], object] = bool
        self.asked: list[str] = []

    def run(self, flow: Flow[Any]) -> Any:
        outcome: Outcome | FetchOutcome | None = None
        try:
            while True:
                step = flow.send(outcome)
                if isinstance(step, Wait):
                    outcome = None
                elif isinstance(step, Send):
                    outcome = Outcome(self._reply(step.request), 0.01)
                else:
                    outcome = FetchOutcome(Reply(404, {}, b""), 0.01)
        except StopIteration as end:
            return end.value
        finally:
            flow.close()

    def to_thread(self, function: Callable[..., Any], *arguments: Any) -> Any:
        return function(*arguments)

    def close(self) -> None:
        pass

    def _reply(self, request: Request) -> Reply:
        action = urlsplit(request.url).path.rpartition("/")[2]
        self.asked.append(action)
        assert len(self.asked) < MOST_REQUESTS, "it does not end"
        result = self._paged(copy.deepcopy(result_of(action)), request)
        answer: Any = {"success": True, "result": result}
        if self._chance.random() < self._often:
            answer = self._spoilt(answer)
        status = self._chance.choice([200] * 20 + [403, 404, 409])
        if status != 200:
            answer = {
                "success": False,
                "error": self._spoilt({"__type": "Not Found Error", "message": f"no {TOKEN}", "name": ["x"]}),
            }
        return Reply(status, {"content-type": "application/json"}, json.dumps(answer).encode("utf-8", "surrogatepass"))

    def _paged(self, result: Any, request: Request) -> Any:
        asked: Any = {}
        if isinstance(request.body, (bytes, bytearray)) and request.body[:1] == b"{":
            asked = json.loads(request.body)
        elif not isinstance(request.body, Form):
            asked = dict(parse_qsl(urlsplit(request.url).query))
        start = int(asked.get("start") or asked.get("offset") or 0)
        for rows in ("results", "records"):
            if isinstance(result, dict) and isinstance(result.get(rows), list):
                result[rows] = result[rows][start:]
        return result[start:] if isinstance(result, list) else result

    def _spoilt(self, value: Any) -> Any:
        """A value with something else somewhere in it, or without it."""
        for _ in range(self._chance.choice([1, 1, 2])):
            value = self._spoil(value)
        return value

    def _spoil(self, value: Any) -> Any:
        if not value or not isinstance(value, (dict, list)) or self._chance.random() < 0.15:
            return copy.deepcopy(self._chance.choice(WRONG))
        key: Any = self._chance.choice(list(value) if isinstance(value, dict) else range(len(value)))
        if self._chance.random() < 0.2:
            del value[key]
        else:
            value[key] = self._spoil(value[key])
        return value


def yes(_: Any) -> bool:
    return True


METHODS: dict[str, Callable[[Client, Path], Any]] = {
    "activities.get": lambda ckan, _: ckan.activities.get("a"),
    "activities.list": lambda ckan, _: ckan.activities.list(dataset="rivers", limit=5),
    "datapusher.status": lambda ckan, _: ckan.datapusher.status(ID),
    "datapusher.status_all": lambda ckan, _: ckan.datapusher.status_all(),
    "datapusher.submit": lambda ckan, _: ckan.datapusher.submit(ID),
    "datapusher.submit_all": lambda ckan, _: done(ckan.datapusher.submit_all(everything=True, wait=0)),
    "datapusher.wait": lambda ckan, _: ckan.datapusher.wait(ID, timeout=0.001, interval=0.001),
    "xloader.status": lambda ckan, _: ckan.xloader.status(ID),
    "xloader.status_all": lambda ckan, _: ckan.xloader.status_all(),
    "xloader.submit": lambda ckan, _: ckan.xloader.submit(ID),
    "xloader.submit_all": lambda ckan, _: done(ckan.xloader.submit_all(everything=True, wait=0)),
    "xloader.wait": lambda ckan, _: ckan.xloader.wait(ID, timeout=0, interval=0.001),
    "datasets.add_collaborator": lambda ckan, _: ckan.datasets.add_collaborator("rivers", "ann"),
    "datasets.add_resources": lambda ckan, _: ckan.datasets.add_resources("rivers", [{"url": "https://example.org/b"}]),
    "datasets.add_tags": lambda ckan, _: ckan.datasets.add_tags("rivers", ["snow"], vocabulary="themes"),
    "datasets.add_to_groups": lambda ckan, _: ckan.datasets.add_to_groups("rivers", "city"),
    "datasets.by_title": lambda ckan, _: ckan.datasets.by_title("Rivers"),
    "datasets.collaborators": lambda ckan, _: ckan.datasets.collaborators("rivers"),
    "datasets.create": lambda ckan, _: ckan.datasets.create(name="rivers", title="R"),
    "datasets.delete": lambda ckan, _: ckan.datasets.delete("rivers"),
    "datasets.download": lambda ckan, to: ckan.datasets.download("rivers", to),
    "datasets.follow": lambda ckan, _: ckan.datasets.follow("rivers"),
    "datasets.get": lambda ckan, _: ckan.datasets.get("rivers"),
    "datasets.iter": lambda ckan, _: list(ckan.datasets.iter()),
    "datasets.list": lambda ckan, _: ckan.datasets.list(),
    "datasets.patch": lambda ckan, _: ckan.datasets.patch("rivers", title="R", tags=[]),
    "datasets.purge": lambda ckan, _: ckan.datasets.purge("rivers", confirm=yes),
    "datasets.relate": lambda ckan, _: ckan.datasets.relate("rivers", "depends_on", "lakes"),
    "datasets.relationships": lambda ckan, _: ckan.datasets.relationships("rivers"),
    "datasets.remove_collaborator": lambda ckan, _: ckan.datasets.remove_collaborator("rivers", "ann"),
    "datasets.remove_extras": lambda ckan, _: ckan.datasets.remove_extras("rivers", "a"),
    "datasets.remove_from_groups": lambda ckan, _: ckan.datasets.remove_from_groups("rivers", "city"),
    "datasets.remove_resources": lambda ckan, _: ckan.datasets.remove_resources("rivers", ID),
    "datasets.remove_tags": lambda ckan, _: ckan.datasets.remove_tags("rivers", "water"),
    "datasets.restore": lambda ckan, _: ckan.datasets.restore("rivers"),
    "datasets.revise": lambda ckan, _: ckan.datasets.revise("rivers", update={"title": "R"}),
    "datasets.search": lambda ckan, _: ckan.datasets.search("water", facets=["tags"]),
    "datasets.set_extras": lambda ckan, _: ckan.datasets.set_extras("rivers", b="c"),
    "datasets.unfollow": lambda ckan, _: ckan.datasets.unfollow("rivers"),
    "datasets.unrelate": lambda ckan, _: ckan.datasets.unrelate("rivers", "depends_on", "lakes"),
    "datasets.update": lambda ckan, _: ckan.datasets.update("rivers", {"title": "R", "resources": []}),
    "datasets.update_resources": lambda ckan, _: ckan.datasets.update_resources("rivers", [{"id": ID, "name": "b"}]),
    "datasets.upsert": lambda ckan, _: ckan.datasets.upsert(name="rivers", title="R", resources=[{"name": "flow"}]),
    "datastore.create": lambda ckan, _: ckan.datastore.create(ID, {"n": "int"}),
    "datastore.delete": lambda ckan, _: ckan.datastore.delete(ID, {"n": 1}),
    "datastore.describe": lambda ckan, _: ckan.datastore.describe(ID, {"n": {"label": "N"}}),
    "datastore.drop": lambda ckan, _: ckan.datastore.drop(ID, confirm=yes),
    "datastore.info": lambda ckan, _: ckan.datastore.info(ID),
    "datastore.iter": lambda ckan, _: list(ckan.datastore.iter(ID)),
    "datastore.pull": lambda ckan, _: ckan.datastore.pull(ID).to_arrow(),
    "datastore.push": lambda ckan, _: done(ckan.datastore.push([{"n": 1}], ID, mode="append")),
    "datastore.query": lambda ckan, _: ckan.datastore.query(f'SELECT n FROM "{ID}"', on_progress=bool),
    "datastore.search": lambda ckan, _: ckan.datastore.search(ID),
    "datastore.sql": lambda ckan, _: ckan.datastore.sql(f'SELECT n FROM "{ID}"'),
    "datastore.upsert": lambda ckan, _: ckan.datastore.upsert(ID, [{"n": 1}]),
    "groups.add_datasets": lambda ckan, _: ckan.groups.add_datasets("city", ["rivers"]),
    "groups.add_member": lambda ckan, _: ckan.groups.add_member("city", "ann"),
    "groups.by_title": lambda ckan, _: ckan.groups.by_title("City"),
    "groups.create": lambda ckan, _: ckan.groups.create(name="city"),
    "groups.delete": lambda ckan, _: ckan.groups.delete("city"),
    "groups.follow": lambda ckan, _: ckan.groups.follow("city"),
    "groups.get": lambda ckan, _: ckan.groups.get("city"),
    "groups.list": lambda ckan, _: ckan.groups.list(members=True),
    "groups.members": lambda ckan, _: ckan.groups.members("city"),
    "groups.mine": lambda ckan, _: ckan.groups.mine(),
    "groups.names": lambda ckan, _: ckan.groups.names(),
    "groups.patch": lambda ckan, _: ckan.groups.patch("city", title="C", users=[], confirm=yes),
    "groups.purge": lambda ckan, _: ckan.groups.purge("city", confirm=yes),
    "groups.remove_datasets": lambda ckan, _: ckan.groups.remove_datasets("city", ["rivers"]),
    "groups.remove_member": lambda ckan, _: ckan.groups.remove_member("city", "ann"),
    "groups.restore": lambda ckan, _: ckan.groups.restore("city"),
    "groups.unfollow": lambda ckan, _: ckan.groups.unfollow("city"),
    "groups.update": lambda ckan, _: ckan.groups.update("city", {"title": "C"}),
    "groups.upsert": lambda ckan, _: ckan.groups.upsert(name="city", title="C"),
    "organizations.add_member": lambda ckan, _: ckan.organizations.add_member("city", "ann"),
    "organizations.by_title": lambda ckan, _: ckan.organizations.by_title("City"),
    "organizations.create": lambda ckan, _: ckan.organizations.create(name="city"),
    "organizations.delete": lambda ckan, _: ckan.organizations.delete("city"),
    "organizations.get": lambda ckan, _: ckan.organizations.get("city"),
    "organizations.list": lambda ckan, _: ckan.organizations.list(),
    "organizations.members": lambda ckan, _: ckan.organizations.members("city"),
    "organizations.mine": lambda ckan, _: ckan.organizations.mine(),
    "organizations.names": lambda ckan, _: ckan.organizations.names(),
    "organizations.patch": lambda ckan, _: ckan.organizations.patch("city", title="C"),
    "organizations.purge": lambda ckan, _: ckan.organizations.purge("city", confirm=yes),
    "organizations.remove_member": lambda ckan, _: ckan.organizations.remove_member("city", "ann"),
    "organizations.restore": lambda ckan, _: ckan.organizations.restore("city"),
    "organizations.update": lambda ckan, _: ckan.organizations.update("city", {"title": "C"}),
    "organizations.upsert": lambda ckan, _: ckan.organizations.upsert(name="city", title="C"),
    "portal.capabilities": lambda ckan, _: ckan.portal.capabilities(),
    "portal.status": lambda ckan, _: ckan.portal.status(),
    "portal.whoami": lambda ckan, _: ckan.portal.whoami(),
    "licenses.get": lambda ckan, _: ckan.licenses.get("cc-by"),
    "licenses.list": lambda ckan, _: ckan.licenses.list(),
    "resources.create": lambda ckan, _: ckan.resources.create("rivers", url="https://example.org/b"),
    "resources.delete": lambda ckan, _: ckan.resources.delete(ID),
    "resources.download": lambda ckan, to: ckan.resources.download(ID, to),
    "resources.download_all": lambda ckan, to: ckan.resources.download_all(to),
    "resources.get": lambda ckan, _: ckan.resources.get("rivers/flow"),
    "resources.list": lambda ckan, _: ckan.resources.list("rivers"),
    "resources.patch": lambda ckan, _: ckan.resources.patch(ID, name="b"),
    "resources.reorder": lambda ckan, _: ckan.resources.reorder("rivers", [ID]),
    "resources.search": lambda ckan, _: ckan.resources.search("name:flow"),
    "resources.update": lambda ckan, _: ckan.resources.update(ID, {"name": "b"}),
    "resources.upload": lambda ckan, to: ckan.resources.upload("rivers", file_in(to), verify="hash"),
    "resources.upload_many": lambda ckan, to: ckan.resources.upload_many("rivers", [file_in(to)]),
    "schemas.get": lambda ckan, _: ckan.schemas.get(),
    "schemas.types": lambda ckan, _: ckan.schemas.types(),
    "sheets.apply": lambda ckan, to: done(ckan.sheets.apply(workbook_in(to))),
    "sheets.check": lambda ckan, to: ckan.sheets.check(workbook_in(to)),
    "sheets.write_findings": lambda ckan, to: ckan.sheets.write_findings(to / "f.xlsx", ckan.audit()),
    "sheets.export": lambda ckan, to: ckan.sheets.export(to / "e.xlsx", q="water"),
    "sheets.write_back": lambda ckan, to: applied(ckan, to, lambda job: ckan.sheets.write_back(workbook_in(to), job)),
    "sheets.write_diff": lambda ckan, to: applied(ckan, to, lambda job: ckan.sheets.write_diff(to / "d.html", job)),
    "sheets.template": lambda ckan, to: ckan.sheets.template(to / "t.xlsx"),
    "tags.create": lambda ckan, _: ckan.tags.create("snow", "themes"),
    "tags.delete": lambda ckan, _: ckan.tags.delete("water", vocabulary="themes"),
    "tags.get": lambda ckan, _: ckan.tags.get("water", datasets=True),
    "tags.list": lambda ckan, _: ckan.tags.list(),
    "tokens.create": lambda ckan, _: ckan.tokens.create("ann", "laptop"),
    "tokens.list": lambda ckan, _: ckan.tokens.list("ann"),
    "tokens.revoke": lambda ckan, _: ckan.tokens.revoke("ann", name="a", confirm=yes),
    "users.create": lambda ckan, _: ckan.users.create("ann", "ann@example.org"),
    "users.delete": lambda ckan, _: ckan.users.delete("ann"),
    "users.follow": lambda ckan, _: ckan.users.follow("ann"),
    "users.get": lambda ckan, _: ckan.users.get("ann"),
    "users.invite": lambda ckan, _: ckan.users.invite("ann@example.org", "city"),
    "users.list": lambda ckan, _: ckan.users.list(),
    "users.patch": lambda ckan, _: ckan.users.patch("ann", fullname="A"),
    "users.restore": lambda ckan, _: ckan.users.restore("ann"),
    "users.unfollow": lambda ckan, _: ckan.users.unfollow("ann"),
    "views.create": lambda ckan, _: ckan.views.create(ID, "map", "Map"),
    "views.create_default": lambda ckan, _: ckan.views.create_default(ID),
    "views.delete": lambda ckan, _: ckan.views.delete(ID),
    "views.get": lambda ckan, _: ckan.views.get(ID),
    "views.list": lambda ckan, _: ckan.views.list(ID),
    "views.reorder": lambda ckan, _: ckan.views.reorder(ID, [ID]),
    "views.update": lambda ckan, _: ckan.views.update(ID, {"title": "M"}),
    "vocabularies.create": lambda ckan, _: ckan.vocabularies.create("themes", ["water"]),
    "vocabularies.delete": lambda ckan, _: ckan.vocabularies.delete("themes", with_tags=True),
    "vocabularies.get": lambda ckan, _: ckan.vocabularies.get("themes"),
    "vocabularies.list": lambda ckan, _: ckan.vocabularies.list(),
    "vocabularies.update": lambda ckan, _: ckan.vocabularies.update("themes", tags=["snow"]),
    "jobs.batch": lambda ckan, _: done(ckan.jobs.batch([{"action": "package_patch", "data": {"id": "rivers", "title": "R"}}])),
    "jobs.copy": lambda ckan, _: done(ckan.jobs.copy(ckan, users=True)),
    "jobs.delete": lambda ckan, _: done(ckan.jobs.delete(["rivers", "lakes"])),
    "jobs.delete of resources": lambda ckan, _: done(ckan.jobs.delete([ID, "rivers/flow"], "resource")),
    "jobs.load": lambda ckan, _: done(ckan.jobs.load([{"name": "rivers", "title": "R", "tags": [{"name": "snow"}]}])),
    "jobs.patch": lambda ckan, _: done(ckan.jobs.patch({"title": "R"}, "water")),
    "jobs.fix": lambda ckan, _: done(ckan.jobs.fix()),
    "client.audit": lambda ckan, _: ckan.audit().as_dict(),
    "client.audit of tables and users": lambda ckan, _: ckan.audit(tables=True, users=True).as_dict(),
    "client.dump": lambda ckan, to: ckan.dump("datasets", to / "d.jsonl", views=True),
    "client.records": lambda ckan, _: list(ckan.records("organizations")),
    "client.snapshot": lambda ckan, _: ckan.snapshot(),
    "client.request": lambda ckan, _: ckan.request("GET", "/api/util/x").json(),
    "client.action": lambda ckan, _: ckan.action.package_show(id="rivers"),
}  # fmt: skip
WITHOUT_ANSWERS = {"jobs.open", "jobs.list", "jobs.planned"}


def done(job: Any) -> None:
    """Run a job, and undo it."""
    with job:
        str(job.plan())
        job.run(patience=0)
        str(job.report())
        with job.undo() as undoing:
            undoing.run(patience=0)


def applied(ckan: Client, folder: Path, use: Callable[[Any], object]) -> None:
    """Apply a workbook, and do something with the job."""
    with ckan.sheets.apply(workbook_in(folder)) as job:
        use(job)
        job.run(patience=0)
        use(job)


def file_in(folder: Path) -> Path:
    path = folder / "rain.csv"
    path.write_text("n\n1\n2\n3\n")
    return path


def workbook_in(folder: Path) -> Path:
    path = folder / "rivers.xlsx"
    if not path.exists():
        layout = layout_of(standard("dataset"))
        state = State("https://example.org", "dataset", "dataset")
        was = {"name": "rivers", "title": "Was", "resources": [{"id": ID, "url": RESOURCE["url"]}]}
        state.records["rivers"] = Exported("rivers", ID, WHEN, was)
        file_in(folder)
        upload = {"name": "new", "upload": "rain.csv"}
        records = [
            ("rivers", {**was, "title": "R"}),
            ("lakes", {"name": "lakes", "resources": [upload], "owner_org": "city"}),
        ]
        write_workbook(path, layout, state, records)
    return path


def hostile_client(seed: str) -> Client:
    ckan = Client("https://example.org", TOKEN, progress=False, concurrency=1, retries=RetryPolicy(attempts=2))
    ckan._connection._driver = cast("Any", Mutating(seed))
    return ckan


def test_an_answer_without_its_result_is_none() -> None:
    with Client("https://example.org", "", progress=False) as ckan:
        ckan._connection._driver = cast("Any", Mutating("x"))
        ckan._connection._driver._reply = lambda _: Reply(200, {}, b'{"success": true}')
        for ask in (ckan.datasets.list, lambda: list(ckan.records("datasets")), lambda: ckan.datasets.get("x")):
            with pytest.raises(errors.NotCKAN):
                ask()


def test_every_method_is_tried() -> None:
    ckan = Client("https://example.org", "")
    methods = {
        f"{name}.{method}"
        for name in NAMESPACES
        for method in dir(type(getattr(ckan, name)))
        if not method.startswith("_") and callable(getattr(getattr(ckan, name), method))
    }
    assert methods - WITHOUT_ANSWERS == {one for one in METHODS if not one.startswith("client.") and " " not in one}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.filterwarnings("ignore::tuckan.errors.TuckanWarning")
def test_whatever_is_answered_ends_in_a_result_or_an_error_of_ours(method: str, tmp_path: Path) -> None:
    waits = (
        method.startswith(("jobs.", "tokens.revoke", "sheets."))
        or method.endswith("submit_all")
        or method in ("datastore.push", "datastore.query")
    )
    for number in range(ANSWERS_EACH_JOB if waits else ANSWERS_EACH):
        seed = f"{method} {number}"
        with hostile_client(seed) as ckan:
            try:
                METHODS[method](ckan, tmp_path)
            except errors.TuckanError as error:
                said = f"{error} {vars(error)!r}"
                assert TOKEN not in said
                assert len(str(error)) < 3 * MAX_TEXT
            except Exception as error:
                error.add_note(f"after {seed!r}")
                raise
