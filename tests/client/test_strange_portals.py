"""Every list is complete or loud, whatever a portal answers: portals that count, page and write wrongly, played without one.

What comes back is either exactly what the portal has, or one of two errors that say so.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tuckan import errors
from tuckan.client._sync.connection import Connection
from tuckan.client._sync.namespaces.activities import Activities
from tuckan.client._sync.namespaces.datasets import Datasets
from tuckan.client._sync.namespaces.datastore import DataStore
from tuckan.client._sync.namespaces.groups import Groups, Organizations
from tuckan.client._sync.namespaces.resources import Resources
from tuckan.client._sync.namespaces.tags import Licenses, Tags, Vocabularies
from tuckan.client._sync.namespaces.tokens import Tokens
from tuckan.client._sync.namespaces.users import Users
from tuckan.client._sync.namespaces.views import Views
from tuckan.wire.address import Address
from tuckan.wire.flow import Outcome, Reply, Request, Send
from tuckan.wire.portal_state import PortalState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tuckan.wire.flow import Flow

LOUD = (errors.Incomplete, errors.NotCKAN)
MOST_REQUESTS = 500

GOOD_ROWS = "honest"
BAD_ROWS = ("null", "a dict", "ints", "strings", "nulls", "without ids", "null ids", "same id", "empty", "cut")
COUNTS = ("honest", "missing", "null", "text", "negative", "zero", "less", "more", "page", "shrinking", "growing")


class Refused(Exception):
    """CKAN's own error, as the portal that is played answers it."""


class Played(Connection):
    """A connection to a portal that is a function, one request after the other."""

    def __init__(self, answer: Callable[[str, dict[str, Any]], Any]) -> None:
        base = "https://example.org/api/3/action"
        portal_state = PortalState(Address.parse("https://example.org"), action_base=base, chance=lambda: 0.0)
        super().__init__(portal_state, None, concurrency=1, progress=False)  # type: ignore[arg-type]
        self.answer = answer
        self.requests = 0

    def run(self, flow: Flow[Any]) -> Any:
        outcome: Outcome | None = None
        try:
            while True:
                step = flow.send(outcome)
                assert isinstance(step, Send), "nothing here is worth waiting for"
                outcome = Outcome(self.reply(step.request), 0.0)
        except StopIteration as end:
            return end.value

    def reply(self, request: Request) -> Reply:
        self.requests += 1
        assert self.requests < MOST_REQUESTS, "it does not end"
        assert isinstance(request.body, bytes)
        try:
            result = self.answer(urlsplit(request.url).path.rsplit("/", 1)[1], json.loads(request.body))
        except Refused as error:
            said = {"success": False, "error": {"__type": str(error), "filters": ["unknown"]}}
            return Reply(404, {}, json.dumps(said).encode())
        return Reply(200, {}, json.dumps({"success": True, "result": result}).encode())

    def side_by_side(self, work: Any) -> Iterator[Any]:
        return (one() for one in work)


def spoilt(rows: list[dict[str, Any]], how: str, key: str = "id") -> Any:
    """A page as a broken portal writes it."""
    ways: dict[str, Callable[[], Any]] = {
        "null": lambda: None,
        "a dict": lambda: {"0": rows},
        "ints": lambda: list(range(len(rows))),
        "strings": lambda: [str(one[key]) for one in rows],
        "nulls": lambda: [None for _ in rows],
        "without ids": lambda: [{name: one[name] for name in one if name != key} for one in rows],
        "null ids": lambda: [{**one, key: None} for one in rows],
        "same id": lambda: [{**one, key: rows[0][key]} for one in rows],
        "empty": list,
        "cut": lambda: rows[: len(rows) // 2],
    }
    return ways[how]() if how in ways else rows


@dataclass
class Search:
    """A portal of datasets, and what is wrong with it."""

    size: int
    cap: int
    count: str = "honest"
    rows: str = GOOD_ROWS
    since: int = 0
    """The answer from which on its rows are spoilt."""
    hidden: frozenset[int] = frozenset()
    drops: bool = True
    """Whether hidden ones leave a hole in their page, or the others move up."""
    ignores_start: bool = False
    ids: list[str] = field(init=False)
    answers: int = 0

    def __post_init__(self) -> None:
        self.ids = [f"{n:03}" for n in range(self.size)]

    @property
    def is_honest(self) -> bool:
        quiet = self.count == "honest" and self.rows == GOOD_ROWS and not self.hidden & set(range(self.size))
        return quiet and not self.ignores_start and (self.cap > 1 or self.size < 2)

    def __call__(self, action: str, asked: dict[str, Any]) -> Any:
        assert action == "package_search", "what is hidden is shown nowhere"
        start = 0 if self.ignores_start else asked["start"]
        shown = [one for n, one in enumerate(self.ids) if n not in self.hidden]
        page = (self.ids if self.drops else shown)[start : start + min(asked["rows"], self.cap)]
        rows: list[dict[str, Any]] = [{"id": one, "name": f"n{one}"} for one in page if one in shown]
        self.answers += 1
        results = spoilt(rows, self.rows if self.answers > self.since else GOOD_ROWS)
        return {"results": results} | ({} if self.count == "missing" else {"count": self._counted(len(page))})

    def _counted(self, here: int) -> Any:
        ways = {"null": None, "text": "many", "negative": -1, "zero": 0, "less": max(0, self.size - 3),
                "more": self.size + 3, "page": here, "shrinking": max(0, self.size + 3 - 2 * self.answers),
                "growing": self.size - 3 + 2 * self.answers}  # fmt: skip
        return ways.get(self.count, self.size)


def searches(**fault: Any) -> Any:
    """Portals with one fault, or none: one that miscounts just what it hides lies too well for anybody."""
    usual = {"size": st.integers(0, 60), "cap": st.one_of(st.integers(10, 30), st.sampled_from([1, 2, 3, 1000]))}
    return st.builds(Search, **{**usual, **fault}, ignores_start=st.booleans())


any_search = st.one_of(
    searches(),
    # No portal grants less than CKAN gives unasked, and counts no more than that.
    searches(count=st.sampled_from(COUNTS), cap=st.one_of(st.integers(10, 30), st.just(1000))),
    searches(rows=st.sampled_from(BAD_ROWS), since=st.integers(0, 3)),
    searches(hidden=st.frozensets(st.integers(0, 59), max_size=9), drops=st.booleans()),
)


def ids_of(listed: Any) -> list[str]:
    return [one["id"] for one in listed]


@given(any_search, st.sampled_from([2, 7, 20, 1000]), st.booleans())
@settings(max_examples=400)
@example(Search(302, 50, ignores_start=True), 1000, False)
@example(Search(250, 100, count="missing"), 1000, False)
@example(Search(200, 100, hidden=frozenset(range(40, 49))), 1000, False)
@example(Search(200, 1000, hidden=frozenset(range(191, 200))), 1000, False)
@example(Search(200, 100, count="page"), 1000, False)
@example(Search(0, 100, rows="null"), 1000, False)
def test_datasets(portal: Search, page_size: int, fields: bool) -> None:
    datasets = Datasets(Played(portal))
    try:
        found = datasets.list(fields=["name"] if fields else (), page_size=page_size)
    except LOUD:
        assert not portal.is_honest
        return
    assert ids_of(found) == portal.ids
    assert (found.proof.read, found.proof.counted) == (portal.size, portal.size)


@given(any_search)
@settings(max_examples=100)
def test_datasets_where_less_will_do(portal: Search) -> None:
    try:
        found = ids_of(Datasets(Played(portal)).list(page_size=20, require_complete=False))
    except errors.NotCKAN:
        return
    assert set(found) <= set(portal.ids)
    assert len(found) == len(set(found))


def test_what_was_hidden_only_for_a_while_comes_all_the_same() -> None:
    portal = Search(60, 20, hidden=frozenset(range(5, 9)))

    def answer(action: str, asked: dict[str, Any]) -> Any:
        if action == "package_show":
            return {"id": asked["id"], "name": "late"}
        portal.hidden = portal.hidden if portal.answers < 4 else frozenset()
        return portal(action, asked)

    found = Datasets(Played(answer)).list(page_size=20)
    assert sorted(ids_of(found)) == portal.ids
    assert len(found.proof.late) == 4
    assert "4 that were added meanwhile, fetched individually" in str(found.proof)


@dataclass
class Lists:
    """A portal of groups and organizations of several types, and what is wrong with it."""

    sizes: dict[str, int]
    cap: int
    full_cap: int
    rows: str = GOOD_ROWS
    since: int = 0
    ignores_offset: bool = False
    offers: str = "all"
    answers: int = 0

    @property
    def is_honest(self) -> bool:
        return self.rows == GOOD_ROWS and not self.ignores_offset

    def names(self, kind: str) -> list[str]:
        return [one for type_ in self.sizes if self.kind(type_) == kind for one in self.of(type_)]

    def of(self, type_: str) -> list[str]:
        return [f"{type_}-{n:02}" for n in range(self.sizes.get(type_, 0))]

    @staticmethod
    def kind(type_: str) -> str:
        return "organization" if type_ in ("organization", "institute") else "group"

    def __call__(self, action: str, asked: dict[str, Any]) -> Any:
        kind, _, what = action.partition("_")
        if what == "show":
            type_ = asked["id"].partition("-")[0]
            if self.kind(type_) != kind:
                raise Refused("Not Found Error")
            return {"id": asked["id"], "name": asked["id"], "type": type_}
        if what == "autocomplete":
            found = [one for type_ in self.sizes if type_ != "organization" for one in self.of(type_)]
            if self.offers == "none":
                raise Refused("Not Found Error")
            limit = 20 if self.offers == "few" else asked["limit"]
            return [1] if self.offers == "ints" else [{"name": one} for one in found[:limit]]
        names = self.of(asked["type"])
        full = bool(asked.get("all_fields"))
        start = 0 if self.ignores_offset else asked["offset"]
        page = [{"name": one} for one in names[start : start + (self.full_cap if full else self.cap)]]
        self.answers += 1
        spoils = self.answers > self.since and self.rows != GOOD_ROWS and page
        if full:
            return spoilt(page, self.rows, "name") if spoils else page
        return spoilt(page, self.rows, "name") if spoils else [one["name"] for one in page]


lists = st.builds(
    Lists,
    sizes=st.fixed_dictionaries({"group": st.integers(0, 40), "organization": st.integers(0, 40)},
                                optional={"party": st.integers(1, 30), "institute": st.integers(1, 30)}),
    cap=st.sampled_from([1, 2, 7, 25, 1000]),
    full_cap=st.sampled_from([1, 5, 25, 1000]),
    rows=st.one_of(st.just(GOOD_ROWS), st.sampled_from([one for one in BAD_ROWS if one not in ("empty", "cut", "strings")])),
    since=st.integers(0, 4),
    ignores_offset=st.booleans(),
    offers=st.sampled_from(["all", "all", "none", "few", "ints"]),
)  # fmt: skip


@given(lists, st.sampled_from([Groups, Organizations]), st.booleans())
@settings(max_examples=300)
@example(Lists({"group": 60, "organization": 60}, 25, 25, ignores_offset=True), Groups, False)
@example(Lists({"group": 0, "party": 2}, 25, 25), Groups, False)
@example(Lists({"group": 3, "institute": 2, "organization": 4}, 25, 25), Organizations, True)
def test_groups_and_organizations(portal: Lists, kind: type[Groups], members: bool) -> None:
    try:
        found = kind(Played(portal)).list(members=members)
    except LOUD:
        assert not portal.is_honest or portal.offers == "ints"
        return
    names = [one["name"] for one in found]
    own = kind._kind
    assert len(names) == len(set(names)) == found.proof.read
    assert set(portal.of(own)) <= set(names)
    if found.proof.note:
        assert portal.offers != "all"
        assert f"types other than {own} is not known" in str(found.proof)
    else:
        assert sorted(names) == sorted(portal.names(own))


@given(lists)
@settings(max_examples=100)
def test_one_type(portal: Lists) -> None:
    try:
        found = Groups(Played(portal)).list(type="party")
    except LOUD:
        assert not portal.is_honest
        return
    assert [one["name"] for one in found] == portal.of("party")
    assert "type party" in str(found.proof)


ALL_AT_ONCE: dict[str, Callable[[Any], Any]] = {
    "user_list": lambda played: Users(played).list(),
    "api_token_list": lambda played: Tokens(played).list("somebody"),
    "license_list": lambda played: Licenses(played).list(),
    "vocabulary_list": lambda played: Vocabularies(played).list(),
    "resource_view_list": lambda played: Views(played).list("x"),
    "recently_changed_packages_activity_list": lambda played: Activities(played).list(),
    "group_list_authz": lambda played: Groups(played).mine(),
    "organization_list_for_user": lambda played: Organizations(played).mine(),
}


@pytest.mark.parametrize("how", [GOOD_ROWS, *(one for one in BAD_ROWS if one not in ("empty", "cut"))])
@pytest.mark.parametrize("action", ALL_AT_ONCE)
def test_what_comes_all_at_once(action: str, how: str) -> None:
    rows = [{"id": f"{n}", "name": f"n{n}", "created_at": None} for n in range(3)]

    def answer(asked: str, _: Any) -> Any:
        return spoilt(rows, how) if asked == action else {"id": "1", "name": "somebody"}

    if how == GOOD_ROWS:
        assert ids_of(ALL_AT_ONCE[action](Played(answer))) == ["0", "1", "2"]
        return
    with pytest.raises(errors.NotCKAN):
        ALL_AT_ONCE[action](Played(answer))


PAGES: dict[str, Callable[[Any], Any]] = {
    "results": lambda played: Datasets(played).search("x"),
    "result": lambda played: Resources(played).search("name:x"),
    "records": lambda played: DataStore(played).search("x"),
}


@pytest.mark.parametrize("asked", PAGES)
@pytest.mark.parametrize("count", [None, -1, "7", True, 1])
@pytest.mark.parametrize("rows", [None, {}, [1], [None], ["a"], 7])
def test_one_page_of_another_form(asked: str, count: Any, rows: Any) -> None:
    answer = {"count": count, "total": count, "results": rows, "records": rows}
    with pytest.raises(errors.NotCKAN):
        PAGES[asked](Played(lambda action, asked: answer))


@pytest.mark.parametrize("asked", PAGES)
def test_one_page_of_nothing(asked: str) -> None:
    answer = {"count": 0, "total": 0, "results": None, "records": None}
    found = PAGES[asked](Played(lambda action, asked: answer))
    assert [found["results"], found["records"]].count([]) == 1


@pytest.mark.parametrize("rows", [None, {}, [1], [None], [["a"]], [["a", "user", "admin", 1]]])
def test_members_and_tags_of_another_form(rows: Any) -> None:
    played = Played(lambda action, asked: rows)
    with pytest.raises(errors.NotCKAN):
        Groups(played).members("x")
    with pytest.raises(errors.NotCKAN):
        Tags(played).list()


@pytest.mark.parametrize(
    ("ignores", "limit", "number"), [(False, None, 31), (False, 250, 250), (False, 999, 260), (True, 999, 0)]
)
def test_activities_come_up_to_their_limit(ignores: bool, limit: int | None, number: int) -> None:
    def answer(action: str, asked: dict[str, Any]) -> Any:
        start = 0 if ignores else asked.get("offset", 0)
        return [{"id": f"{n}"} for n in range(260)][start : start + min(100, asked.get("limit", 31))]

    activities = Activities(Played(answer))
    if ignores:
        with pytest.raises(errors.Incomplete, match="the same ones again"):
            activities.list(limit=limit)
        return
    assert ids_of(activities.list(limit=limit)) == [f"{n}" for n in range(number)]


@dataclass
class Table:
    """A portal with a table, and what is wrong with it."""

    ids: list[int]
    cap: int
    ranges: bool
    total: str = "honest"
    records: str = GOOD_ROWS
    since: int = 0
    ignores_offset: bool = False
    answers: int = 0

    @property
    def is_honest(self) -> bool:
        return self.total == "honest" and self.records == GOOD_ROWS and not self.ignores_offset

    def __call__(self, action: str, asked: dict[str, Any]) -> Any:
        if action == "datastore_info":
            raise Refused("Not Found Error")  # what a refused filter was about is told nowhere
        assert action == "datastore_search"
        fields = [{"id": "_id", "type": "int"}, {"id": "a", "type": "text"}]
        if asked["limit"] == 0:
            return {"fields": fields, "records": "", "limit": 0}
        filters = asked.get("filters")
        if filters and not self.ranges:
            raise Refused("Validation Error")
        within = {} if not filters else filters["$and"][-1]["_id"]
        rows = [n for n in self.ids if n > within.get("gt", -1) and n <= within.get("lte", 10**9)]
        total = len(rows)
        rows = rows[::-1] if asked["sort"].endswith("desc") else rows
        start = 0 if self.ignores_offset else asked.get("offset", 0)
        rows = rows[start : start + min(asked["limit"], self.cap)]
        self.answers += 1
        wide = asked["fields"] != "_id"
        text = "".join(f"{n},x{n}\n" if wide else f"{n}\n" for n in rows)
        ways = {"null": None, "ints": [1], "text": text, "a dict": {}, "empty": "", "cut": text[: text.find("\n") + 1]}
        records = ways.get(self.records, text) if self.answers > self.since else text
        counted = {
            "null": None,
            "text": "many",
            "negative": -1,
            "zero": 0,
            "less": max(0, total - 3),
            "more": total + 3,
        }
        answer = {"fields": fields, "records": records, "limit": min(asked["limit"], self.cap)}
        return answer | ({} if self.total == "missing" else {"total": counted.get(self.total, total)})


def tables(**fault: Any) -> Any:
    ids = st.lists(st.integers(1, 200), max_size=60, unique=True).map(sorted)
    cap = st.sampled_from([1, 2, 7, 25, 1000])
    usual = {"ids": ids, "cap": cap, "ranges": st.booleans(), "ignores_offset": st.booleans()}
    return st.builds(Table, **usual, **fault)


any_table = st.one_of(
    tables(),
    tables(total=st.sampled_from(["missing", "null", "text", "negative", "zero", "less", "more"])),
    tables(records=st.sampled_from(["null", "ints", "a dict", "empty", "cut"]), since=st.integers(0, 3)),
)


@given(any_table, st.sampled_from([None, 1, 7, 25]))
@settings(max_examples=400)
@example(Table(list(range(1, 61)), 100, ranges=True, total="less"), None)
@example(Table(list(range(1, 61)), 100, ranges=False, total="less"), None)
@example(Table(list(range(1, 61)), 100, ranges=True, total="zero"), None)
@example(Table(list(range(1, 61)), 100, ranges=True, records="null"), None)
def test_tables(portal: Table, page_size: int | None) -> None:
    try:
        rows = list(DataStore(Played(portal)).iter("r", page_size=page_size))
    except LOUD:
        assert not portal.is_honest
        return
    assert [row["_id"] for row in rows] == portal.ids


@pytest.mark.parametrize(
    "result", [None, [], "", 7, {}, {"fields": None}, {"fields": [1], "records": ""}, {"fields": {}}]
)
def test_tables_of_another_form(result: Any) -> None:
    with pytest.raises(errors.NotCKAN):
        list(DataStore(Played(lambda action, asked: result)).iter("r"))
    with pytest.raises(errors.NotCKAN):
        Datasets(Played(lambda action, asked: result)).list()


@pytest.mark.parametrize("page_size", [3, 7, 22, 23, 100])
@pytest.mark.parametrize("dropped", range(23))
def test_a_row_that_whole_records_drop_is_recovered_wherever_it_stands(dropped: int, page_size: int) -> None:
    """Solr lists a dataset whose stored record is missing; it can be read by its id all the same."""
    rows = [{"id": f"{n:02}"} for n in range(23)]

    def answer(action: str, sent: dict[str, Any]) -> Any:
        if action == "package_show":
            return {"name": "x", **next(one for one in rows if one["id"] == sent["id"])}
        start = sent["start"]
        page = rows[start : start + min(sent["rows"], 20)]
        if "fl" not in sent:
            page = [one for one in page if one["id"] != f"{dropped:02}"]
        return {"count": len(rows), "results": page}

    listed = Datasets(Played(answer)).list(page_size=page_size)
    assert [one["id"] for one in listed] == [one["id"] for one in rows]
    assert listed.proof.recovered == [f"{dropped:02}"]
