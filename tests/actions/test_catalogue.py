"""The catalogue is whole, the methods are what it says, and what is made of it are sentences that help."""

from __future__ import annotations

import inspect
import re
from typing import Any

import pytest

from tuckan import AsyncClient, Client, shapes
from tuckan.actions import catalogue, find_action, like, matching, mistakes, why_absent
from tuckan.actions.showing import at_a_shell, in_python, keyword

ACTIONS = catalogue().actions


def test_all_is_told_of_every_action() -> None:
    for name, one in ACTIONS.items():
        assert re.fullmatch(r"[A-Z][^\n]+\.", one.says), name
        assert one.who, name
        assert one.family in catalogue().families
        assert set(re.findall(r"[A-Z]\w+", one.gives)) <= {*shapes.__all__, "None", "Any"}, name
        assert all(facts.means and not facts.means.endswith(".") for facts in one.params.values()), name
        required = {param for param, facts in one.params.items() if facts.required}
        assert required <= set(one.example), f"{name}: the example could not run"
        assert not (one.read_only and one.idempotent), "a read may be repeated anyway"


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_every_action_is_a_method_with_its_own_parameters(kind: type) -> None:
    actions = kind("https://example.org", "").action
    for name, one in ACTIONS.items():
        method = inspect.signature(getattr(actions, name))
        given = [param for param, facts in method.parameters.items() if facts.kind is not inspect.Parameter.VAR_KEYWORD]
        assert given == [keyword(param) for param in one.params], name
        assert ("fields" in method.parameters and "fields" not in one.params) == one.open, name
        needed = {param for param in given if method.parameters[param].default is inspect.Parameter.empty}
        assert needed == {keyword(param) for param, facts in one.params.items() if facts.required}, name
        text = inspect.getdoc(getattr(actions, name)) or ""
        assert one.says in text
        assert f"Who may: {one.who}." in text
        assert in_python(name, one.example) in text


def test_methods_are_loaded_when_they_are_asked_for() -> None:
    client = Client("https://example.org", "")
    assert "action" not in vars(client)
    assert client.action is client.action
    assert "package_search" in dir(client.action)


@pytest.mark.parametrize(
    ("action", "status", "said"),
    [
        ("datastore_records_delete", {"ckan_version": "2.10.4"}, "from 2.11 on, and this portal runs 2.10.4; use datastore_delete."),
        ("datastore_records_delete", {}, "CKAN has it from 2.11 on; use datastore_delete."),
        (
            "datastore_records_delete",
            {"ckan_version": "2.12.0", "extensions": ["activity"]},
            "It belongs to the plugin datastore, which is not enabled; use datastore_delete.",
        ),
        ("datastore_info", {}, "It belongs to the plugin datastore, which may not be enabled."),
        ("site_read", {"ckan_version": "2.11.1"}, "CKAN had it until 2.10, and this portal runs 2.11.1; use status_show."),
        ("user_generate_apikey", {}, "CKAN had it until 2.9; use api_token_create."),
        ("rating_create", {}, "CKAN had it until 2.9."),
        ("package_show", {"ckan_version": "2.12.0"}, "CKAN has it in every version, so this portal must have removed it."),
        ("pakage_lst", {}, "Did you mean package_list?"),
        ("quite_another_thing", {}, "the plugin may not be enabled"),
    ],
)  # fmt: skip
def test_why_a_portal_has_it_not(action: str, status: dict[str, Any], said: str) -> None:
    assert why_absent(action, status).endswith(said) or said in why_absent(action, status)


def test_mistakes() -> None:
    assert mistakes("package_show", {"id": "rivers"}) == []
    assert mistakes("package_create", {"name": "rivers", "a_field_of_our_own": 1}) == []
    assert mistakes("datapusher_submit", {"id": "r"}) == [], "an older name that CKAN still takes"
    assert mistakes("a_plugins_own", {"anything": 1}) == []
    assert mistakes("file_create", {"name": "map.txt"}, files=["upload"]) == []
    assert len(mistakes("package_relationship_create", {"type": "likes"})) == 3


def test_finding() -> None:
    assert find_action("no_such_action") is None
    assert like("zzzz") == []
    assert "datastore_search_sql" in matching("SELECT statement")


def test_examples_in_words_of_a_shell() -> None:
    assert (
        at_a_shell("x", {"a": "", "b": None, "c": "it's <job>"})
        == "tuckan call x a='' b:null c='it'\"'\"'s '\"$JOB_ID\""
    )
