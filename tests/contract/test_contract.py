"""Every action on a real CKAN of each version: its example runs, and what it gives has the shape that is promised."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from typing import TYPE_CHECKING, Any

import pytest
from fitting import Fitting
from lives import Portal, actions_of, lives, world

from tuckan import AsyncClient, Client, errors
from tuckan.actions import catalogue
from tuckan.actions.showing import keyword

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tuckan.sandbox import Sandbox

pytestmark = pytest.mark.contract

ACTIONS = catalogue().actions
ADMINISTRATORS = "system administrators"


@pytest.fixture(scope="module")
def portal(ckan_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """A portal on which everything has lived."""
    ckan_sandbox.reset()
    version = ckan_sandbox.status().ckan
    if version == "2.12":  # what `file_register` makes known lies there already
        (ckan_sandbox._instance.stored / "chart.txt").write_text("here be dragons")
    folder = tmp_path_factory.mktemp("files")
    with ckan_sandbox.client() as ckan, contextlib.chdir(folder):
        found = Portal(ckan, version, folder)
        world(found)
        lives(found)
        yield found


def test_every_action_was_called(portal: Portal) -> None:
    called = {*portal.replies, *portal.refused}
    assert called == set(actions_of(portal.version))
    assert {"user_invite", "datastore_search_sql", "send_email_notifications"} == set(portal.refused)


def shape_of(name: str, params: dict[str, Any]) -> str:
    """What a call of an action is to give."""
    if switch := ACTIONS[name].switch:
        return switch.on if params.get(switch.param, switch.default) else switch.off
    return ACTIONS[name].gives


def test_what_actions_give_has_its_shape(portal: Portal) -> None:
    """No required key is missing, no value is of another type, and a key that always comes is declared."""
    fitting = Fitting()
    wrong = [
        f"{name}({params}): {misfit}"
        for name, replies in portal.replies.items()
        for params, result in replies
        for misfit in fitting.misfits(result, shape_of(name, params))
    ]
    assert not wrong, "\n".join(wrong)
    undeclared = fitting.usual_and_undeclared()
    undeclared.pop("View")  # the settings of its type
    assert undeclared == {}


@pytest.mark.parametrize(
    ("value", "kind", "wrong"),
    [
        ({"id": "t", "name": "water", "display_name": "water", "vocabulary_id": None, "more": 1}, "Tag", ""),
        ({"id": "t", "name": 5, "display_name": "water", "vocabulary_id": None}, "Tag", "Tag.name is 5, not str"),
        ({"id": "t", "name": "water", "display_name": "water"}, "Tag", "Tag.vocabulary_id is declared as required"),
        ([{"name": "x"}], "list[Match]", "list[Match][0].title is declared"),
        (True, "int", "int is True, not int"),
        ("x", "list[str] | None", "not list[str] | None"),
    ],
)
def test_what_does_not_fit_is_found(value: Any, kind: str, wrong: str) -> None:
    found = Fitting().misfits(value, kind)
    assert len(found) == bool(wrong)
    assert wrong in "".join(found)


def test_what_a_version_has_not_is_explained(portal: Portal) -> None:
    for name in set(ACTIONS) - set(actions_of(portal.version)):
        with pytest.raises(errors.ActionNotFound) as caught:
            portal.ckan.call(name, ACTIONS[name].example)
        assert f"this portal runs {portal.version}" in caught.value.hint
    with pytest.raises(errors.ActionNotFound, match=r"sqlsearch.enabled enables it; use datastore_search"):
        portal.ckan.action.datastore_search_sql(sql="select 1")
    with pytest.raises(errors.ActionNotFound, match=r"Did you mean package_search\?"):
        portal.ckan.action.package_serach(q="water")


def examples(portal: Portal, **wanted: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """The calls of this version's actions with these facts; what has been deleted has an id all the same."""
    for name, one in actions_of(portal.version).items():
        if all(getattr(one, fact) == value for fact, value in wanted.items()):
            params = portal.real(one.example)
            yield name, {keyword(key) if key in one.params else key: value for key, value in params.items()}


def answer(client: Client, name: str, params: dict[str, Any]) -> type[errors.TuckanError] | None:
    """How a call ends: with an error of this kind, or well."""
    try:
        getattr(client.action, name)(**params)
    except errors.TuckanError as error:
        return type(error)
    return None


def test_who_may(portal: Portal, ckan_sandbox: Sandbox) -> None:
    token = portal.ckan.action.api_token_create(user="anna", name="who may")["token"]
    with Client(ckan_sandbox.url, "") as nobody, Client(ckan_sandbox.url, token) as anna:
        for name, params in examples(portal, read_only=True, who="anyone"):
            assert answer(nobody, name, params) is not errors.NotAuthorized, f"{name} is not for anyone"
        for client in (nobody, anna):
            for name, params in examples(portal, who=ADMINISTRATORS):
                # What has been deleted is not found before anybody asks who wants it.
                assert answer(client, name, params) in (errors.NotAuthorized, errors.NotFound), f"{name} is for more"


def test_what_only_reads_may_be_asked_by_get(portal: Portal, ckan_sandbox: Sandbox) -> None:
    """CKAN refuses a write by GET, so that it tells itself which actions only read."""
    import httpx2  # noqa: PLC0415 - the one place in tests that asks without our own client's care

    headers = {"Authorization": ckan_sandbox.token()}
    by_post_alone = {"datapusher_status"}
    with httpx2.Client(base_url=f"{ckan_sandbox.url}/api/action/", headers=headers) as http:
        for name, one in actions_of(portal.version).items():
            said = http.get(name).text
            assert ("POST" in said[:200]) == (not one.read_only or name in by_post_alone), f"{name}: {said[:200]}"


def test_none_is_sent_and_what_is_not_given_is_not(portal: Portal) -> None:
    ckan = portal.ckan
    ckan.action.package_create(name="springs", owner_org="water-board", notes="All springs.", maintainer="Anna")
    kept = ckan.action.package_patch(id="springs", maintainer=None)
    assert (kept.get("notes"), kept.get("maintainer")) == ("All springs.", None)
    assert ckan.action.resource_create(package_id="springs", url="https://example.org/s.csv", size=5)["size"] == 5


def test_a_file_is_uploaded_by_its_path(portal: Portal) -> None:
    path = portal.folder / "springs.csv"
    path.write_text("name\nBlue\n")
    made = portal.ckan.action.resource_create(package_id="rivers", name="Springs", upload=path)
    assert (made["url_type"], made["url"].rpartition("/")[2]) == ("upload", "springs.csv")


def test_other_actions_are_called_as_they_are(portal: Portal) -> None:
    other = portal.ckan.action.tag_autocomplete
    assert other(query="wat") == ["water"]
    unknown = portal.ckan.action.scheming_dataset_schema_list
    with pytest.raises(errors.ActionNotFound, match="CKAN itself has no such action"):
        unknown(limit=3)
    with pytest.raises(errors.NotFound):
        unknown.help()
    with pytest.raises(AttributeError):
        portal.ckan.action._private  # noqa: B018 - asking is the point


def test_the_asynchronous_twin(portal: Portal, ckan_sandbox: Sandbox) -> None:
    async def both() -> tuple[Any, Any]:
        async with AsyncClient(ckan_sandbox.url, "") as ckan:
            return await ckan.action.package_show(id="rivers"), await ckan.action.organization_list()

    dataset, names = asyncio.run(both())
    assert dataset["title"] == "Rivers"
    assert "water-board" in names


def test_versions_follow_each_other() -> None:
    """What the catalogue says of versions makes sense, so that sentences made of it do."""
    versions = catalogue().versions
    assert list(versions) == sorted(versions, key=lambda one: [int(part) for part in one.split(".")])
    for name, one in ACTIONS.items():
        for facts in itertools.chain([one], one.params.values()):
            assert facts.since in ("", *versions[1:]), name
            assert facts.until in ("", *versions[:-1]), name
        for other in (one.instead, one.without):
            assert not other or other in ACTIONS, name
