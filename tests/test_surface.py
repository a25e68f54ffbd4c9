"""What users hold: names, help, and how little it costs to have them."""

from __future__ import annotations

import doctest
import importlib
import inspect
import json
import pkgutil
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.fixtures import FixtureFunctionDefinition
from demo_portal import WITH_A_PORTAL

import tuckan
import tuckan.types
from tuckan import AsyncClient, Client, show
from tuckan._optional import load
from tuckan.client._async.bulk.copy_jobs import CopyJobs, CopyOptions
from tuckan.client._async.client import NAMESPACES
from tuckan.errors import InvalidArgument, MissingDependency
from tuckan.sandbox import pytest_plugin
from tuckan.show import _of_search

if TYPE_CHECKING:
    from types import ModuleType

MODULES = [
    one.name
    for one in pkgutil.walk_packages(tuckan.__path__, "tuckan.")
    if ".inside." not in one.name and not one.name.endswith("__main__")
]


# Their examples run on the demo portal, in `tests/docs`; of the asynchronous ones the twins do.
ON_A_PORTAL = {*WITH_A_PORTAL, *(name.replace("._sync.", "._async.") for name in WITH_A_PORTAL)}
PUBLIC = (Path(__file__).parents[1] / "docs/reference/public.md").read_text(encoding="utf-8")


def names_under(title: str) -> list[str]:
    """The names that the page of what is public lists in a section: first in a table's row, or between dots."""
    section = PUBLIC.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| `") or re.match(r"`\w+`(?: ·|$)", line)]
    return [name for line in lines for name in re.findall(r"`(\w+)`", line.split(" | ")[0])]


@pytest.mark.parametrize("module", [tuckan, tuckan.types])
def test_the_page_of_what_is_public_lists_every_name(module: ModuleType) -> None:
    listed = names_under(f"`{module.__name__}`")
    assert sorted(listed) == sorted(set(module.__all__))
    assert set(dir(module)) >= set(listed)
    assert all(getattr(module, name) is not None for name in listed)
    with pytest.raises(AttributeError):
        module.nothing_like_this  # noqa: B018 - asking is the point


def test_the_page_of_what_is_public_lists_the_pytest_plugin() -> None:
    section = PUBLIC.partition("## The pytest plugin")[2].partition("\n## ")[0]
    fixtures = {name for name, one in vars(pytest_plugin).items() if isinstance(one, FixtureFunctionDefinition)}
    parser = pytest.Parser(_ispytest=True)
    pytest_plugin.pytest_addoption(parser)
    options = {option for one in parser.getgroup("tuckan").options for option in one.names()}
    assert set(re.findall(r"`([\w-]+)`", section)) == fixtures | options


def test_types_for_annotations_are_those_that_namespaces_give() -> None:
    with Client("https://example.org", "") as client:
        given = {
            word
            for name in public_names(client)
            for called, method in inspect.getmembers(type(getattr(client, name)), inspect.isfunction)
            if not called.startswith("_")
            for word in re.findall(r"\b[A-Z]\w+", str(inspect.signature(method).return_annotation))
        }
    assert given - {*tuckan.types.__all__} <= {"None", "Any", "Iterator", "GroupOrOrganization", "Relation"}


def public_names(thing: object) -> set[str]:
    return {name for name in dir(thing) if not name.startswith("_")}


def test_both_clients_can_do_the_same() -> None:
    blocking, asynchronous = Client("https://example.org", ""), AsyncClient("https://example.org", "")
    assert public_names(blocking) >= {"datasets", "call"}
    for name in public_names(blocking):
        namespace = getattr(blocking, name)
        twin = getattr(asynchronous, name)
        assert public_names(namespace) == public_names(twin), name
    assert repr(blocking) == "Client('https://example.org')"


@pytest.mark.parametrize("kind", [AsyncClient, Client])
def test_a_client_shows_nothing_of_how_it_works(kind: type) -> None:
    client = kind("http://127.0.0.1:9")
    shown = {name for name in dir(client) if not name.startswith("_")} - set(NAMESPACES)
    whole = {"base_url", "audit", "kinds", "records", "snapshot", "dump", "copy_to"}
    assert shown == {"action", "call", "close", "request", "settings", *whole}


def test_options_that_are_passed_on_are_those_of_the_method() -> None:
    given = {one: value.__forward_arg__ for one, value in CopyOptions.__annotations__.items()}
    params = inspect.signature(CopyJobs.copy).parameters.values()
    assert given == {one.name: one.annotation for one in params if one.kind is one.KEYWORD_ONLY}


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_every_public_method_has_help(kind: type) -> None:
    client = kind("https://example.org", "")
    for name in public_names(client):
        namespace = getattr(client, name)
        for method_name, method in inspect.getmembers(type(namespace), inspect.isfunction):
            if not method_name.startswith("_"):
                assert inspect.getdoc(method), f"{name}.{method_name}"


def test_importing_tuckan_imports_next_to_nothing() -> None:
    code = "import sys, tuckan; print(*sorted(m for m in sys.modules if m.partition('.')[0] in ('httpx2', 'msgspec', 'click', 'rich', 'tqdm')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@pytest.mark.parametrize("name", [name for name in MODULES if name not in ON_A_PORTAL])
def test_the_examples_in_the_docstrings(name: str) -> None:
    module = importlib.import_module(name)
    result = doctest.testmod(module, optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    assert result.failed == 0


def test_what_identifies_a_record_stands_first(capsys: pytest.CaptureFixture[str]) -> None:
    record = {"author": "", "id": "5d", "organization": {"id": "9", "title": "City"}, "title": "Rain", "name": "rain"}
    show(record, keys=3)
    assert [line.split() for line in capsys.readouterr().out.splitlines()[:3]] == [
        ["name", "rain"], ["title", "Rain"], ["organization", "City"],
    ]  # fmt: skip
    show([record, record], keys=1)
    assert capsys.readouterr().out.count("name  rain") == 2


def test_the_result_of_a_search_is_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    found = [
        {"id": str(n), "title": f"Rain {n}" * 30, "name": f"d{n}", "organization": {"title": "City"}} for n in range(9)
    ]
    show({"count": 302, "results": found, "search_facets": {"tags": {}}}, records_shown=2)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["name", "title", "organization"]
    assert lines[1].startswith("d0")
    assert all(len(line) <= 100 for line in lines)
    assert lines[3:] == ["2 of 302 records; facets: tags"]
    show({"count": 0, "results": []})
    assert capsys.readouterr().out == "0 of 0 records\n"
    drawn = _of_search({"count": 1, "results": found[:1]}, 10, 5)._repr_html_()
    assert "<th" in drawn
    assert "1 of 1 record<" in drawn


@pytest.mark.parametrize(
    ("told", "command"),
    [
        (None, "pip install 'tuckan[pandas]'"),
        (
            {"url": "file:///home/a%20b/tuckan", "dir_info": {"editable": True}},
            "pip install '/home/a b/tuckan[pandas]'",
        ),
        (
            {"url": "https://example.org/tuckan.git", "vcs_info": {"vcs": "git", "requested_revision": "main"}},
            "pip install 'tuckan[pandas] @ git+https://example.org/tuckan.git@main'",
        ),
    ],
)
def test_an_extra_is_installed_from_where_tuckan_came(
    told: dict[str, Any] | None, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Installed:
        def read_text(self, name: str) -> str | None:
            assert name == "direct_url.json"
            return json.dumps(told) if told else None

    monkeypatch.setattr("importlib.metadata.distribution", lambda _: Installed())
    with pytest.raises(MissingDependency) as caught:
        load("no_such_library", extra="pandas", purpose="see")
    assert caught.value.hint == f"Install it with: {command}"


def test_show(capsys: pytest.CaptureFixture[str]) -> None:
    show(
        [{"name": f"d{n}", "notes": "x" * 300, "tags": list("abcdefg"), "n": {"a": {"b": {"c": 1}}}} for n in range(9)],
        records_shown=2,
    )
    said = capsys.readouterr().out
    assert "d1" in said
    assert "d2" not in said
    assert "7 more" in said
    assert "+200 characters" in said
    assert "… +3" in said
    show({str(n): n for n in range(30)}, keys=3)
    assert "27 more keys" in capsys.readouterr().out
    show([])
    show("text")
    with pytest.raises(InvalidArgument):
        show({}, keys=0)


def test_datasets_that_not_everybody_sees_are_left_out_unless_asked_for() -> None:
    with Client("https://example.org", "") as client:
        defaults = {
            (name, called, option): inspect.signature(method).parameters[option].default
            for name in public_names(client) - {"action"}  # whose defaults are CKAN's own
            for called, method in inspect.getmembers(type(getattr(client, name)), inspect.isfunction)
            for option in ("include_private", "include_drafts", "include_deleted")
            if option in inspect.signature(method).parameters
        }
    assert len(defaults) > 10
    assert {one for one, default in defaults.items() if default is not False} == set()
