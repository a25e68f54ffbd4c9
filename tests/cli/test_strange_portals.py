"""What a portal answers wrongly is never said to be right: commands whose portal pages, counts or filters wrongly."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tuckan import Client, errors

if TYPE_CHECKING:
    from pathlib import Path

    from tests.shell import Shell

    from conftest import Impostor


@pytest.fixture
def alone(alone: Shell, impostor: Impostor) -> Shell:
    alone.variables |= {"CKAN_BASE_URL": impostor.url, "CKAN_API_KEY": "a-token"}
    impostor.answers["user_show"] = {"name": "ann"}
    return alone


ROWS = [{"id": f"{number:04}", "name": f"d{number}", "resources": []} for number in range(60)]


def without_start(asked: dict[str, Any]) -> dict[str, Any]:
    return {"count": 60, "results": ROWS[: min(asked["rows"], 25)]}


def hiding(asked: dict[str, Any]) -> dict[str, Any]:
    shown = [one for number, one in enumerate(ROWS) if not 30 <= number < 34]
    return {"count": 60, "results": shown[asked.get("start", 0) :][: min(asked["rows"], 25)]}


LISTING = (
    ["dataset", "list"],
    ["search", "--all"],
    ["dump", "datasets"],
    ["dump", "datasets", "-o", "all.jsonl"],
    ["download", "--to", "files"],
    ["delete", "datasets", "--where", "tags:old", "--dry-run"],
    ["dataset", "patch", "--where", "tags:old", "notes=x", "--dry-run"],
)


@pytest.mark.parametrize("portal", [without_start, hiding])
@pytest.mark.parametrize("command", LISTING, ids=" ".join)
def test_a_list_that_is_short_is_an_error(alone: Shell, impostor: Impostor, command: list[str], portal: Any) -> None:
    impostor.answers["package_search"] = portal
    ran = alone(*command)
    assert ran.code in (1, 5), ran.err
    assert "complete, no duplicates" not in ran.err
    assert not (alone.folder / "all.jsonl").exists()
    assert "job" not in alone("job", "list").out, "what was not planned to its end is no job"


@pytest.mark.parametrize("kind", ["organization", "group"])
def test_a_list_of_groups_that_is_short_is_an_error(alone: Shell, impostor: Impostor, kind: str) -> None:
    names = [f"g{number:02}" for number in range(60)]

    def listed(asked: dict[str, Any]) -> Any:
        return [{"name": one} for one in names[:25]] if asked.get("all_fields") else names[:25]

    impostor.answers |= {f"{kind}_list": listed, f"{kind}_autocomplete": []}
    for command in ([kind, "list"], ["dump", f"{kind}s", "-o", "all.jsonl"]):
        ran = alone(*command)
        assert (ran.code, ran.out) == (1, ""), ran.err
        assert not (alone.folder / "all.jsonl").exists()


def test_a_table_that_is_short_is_an_error(alone: Shell, impostor: Impostor) -> None:
    def table(asked: dict[str, Any]) -> dict[str, Any]:
        text = "".join(f"{number},x\n" for number in range(1, 61)) if asked["limit"] > 1 else "60\n"
        return {
            "fields": [{"id": "_id", "type": "int"}, {"id": "a", "type": "text"}],
            "records": text if asked["limit"] else "",
            "total": 30,
            "limit": asked["limit"],
        }

    impostor.answers |= {"datastore_search": table, "resource_show": {"id": "r"}}
    for command in (["pull", "r", "-o", "a.csv"], ["search", "r", "--all"]):
        ran = alone("datastore", *command)
        assert ran.code == 1, (command, ran.err)
        assert "complete, no duplicates" not in ran.err
        assert not (alone.folder / "a.csv").exists()


FILTERING = (
    ["dataset", "list"],
    ["search"],
    ["search", "--all"],
    ["dump", "datasets", "-o", "all.jsonl"],
    ["download", "--to", "files"],
    ["delete", "datasets", "--yes"],
    ["dataset", "delete", "--yes"],
)


@pytest.mark.parametrize("command", FILTERING, ids=" ".join)
def test_a_filter_by_a_field_that_there_is_not_is_an_error(
    alone: Shell, impostor: Impostor, command: list[str]
) -> None:
    impostor.answers["package_search"] = {"count": 0, "results": []}
    for given in (("--filter", "organisation=space"), ("--where", "tags:x AND -organisation:space")):
        ran = alone(*command, *given)
        assert ran.code == 2, ran.err
        assert "has a field 'organisation' to filter by" in ran.err
        assert "Did you mean 'organization'?" in ran.err
        assert (ran.out, (alone.folder / "all.jsonl").exists()) == ("", False)


@pytest.mark.parametrize("command", [*FILTERING, ["dataset", "patch", "notes=x", "--yes"]], ids=" ".join)
def test_what_is_empty_selects_nothing(alone: Shell, impostor: Impostor, command: list[str]) -> None:
    impostor.answers["package_search"] = {"count": 1, "results": ROWS[:1]}
    words = [] if "delete" in command or "patch" in command else [[""], [" ", "\t"]]
    filters = [] if "patch" in command else [["--filter", "organization="], ["--where", "tags:x", "--where", ""]]
    for given in (["--where", ""], ["--where", " "], *filters, *words):
        ran = alone(*command, *given)
        assert (ran.code, ran.out) == (2, ""), (given, ran.err)
        assert "is empty and would select nothing" in ran.err
        assert ("--where '-organization:[* TO *]'" in ran.err) == ("organization=" in given), (
            "how to find those without"
        )
    assert sorted(one.name for one in alone.folder.iterdir()) == []


def test_words_with_a_colon_are_no_field(alone: Shell, impostor: Impostor) -> None:
    impostor.answers["package_search"] = {"count": 0, "results": []}
    assert alone("search", "Rain: a study of https://example.org").code == 0
    ran = alone("search", "organisation:space")
    assert (ran.code, "Did you mean 'organization'?" in ran.err) == (2, True)


def test_nothing_at_all_is_an_empty_list(alone: Shell, impostor: Impostor) -> None:
    impostor.answers["package_search"] = {"count": 0, "results": None}
    for command in (["dataset", "list", "-f", "json"], ["search", "-f", "json"]):
        ran = alone(*command)
        assert ran.code == 0, ran.err
        assert json.loads(ran.out) in ([], {"count": 0, "results": []}), command


def test_a_dump_says_which_types_it_holds(alone: Shell, impostor: Impostor) -> None:
    def groups(asked: dict[str, Any]) -> list[Any]:
        names = {"group": ["water"], "party": ["uni"]}[asked["type"]][asked["offset"] :]
        return [{"name": one} for one in names] if asked.get("all_fields") else names

    impostor.answers |= {"group_list": groups, "group_autocomplete": [{"name": "water"}, {"name": "uni"}]}
    impostor.answers["group_show"] = lambda asked: {
        "id": asked["id"],
        "name": asked["id"],
        "type": "party",
        "state": "active",
    }
    ran = alone("dump", "groups", "-o", "groups.jsonl")
    assert (ran.code, ran.err) == (0, "2 of 2 read in 2 pages, complete, no duplicates; types group, party.\n")
    impostor.answers["group_autocomplete"] = "no list"
    ran = alone("dump", "groups", "-o", "groups.jsonl")
    assert (ran.code, "types other than group is not known" in ran.err) == (0, True), ran.err


class OwnCatalogue:
    """A catalogue of somebody's own, with a record that no portal gives."""

    kinds = ("datasets",)

    def records(self, _: str) -> Any:
        return iter([{"name": "rain", "tags": "sky"}])


def test_a_malformed_source_changes_nothing_and_leaves_no_job(
    impostor: Impostor, alone: Shell, jobs_folder: Path
) -> None:
    path = alone.folder / "datasets.jsonl"
    path.write_text(json.dumps({"name": "rain", "resources": "none"}) + "\n")
    ran = alone("copy", str(path), impostor.url)
    assert (ran.code, ran.out) == (2, ""), ran.err
    assert f"{path}, line 1: this is not a CKAN record: resources is text, not a list." in " ".join(ran.err.split())
    with Client(impostor.url, "a.b.c") as ckan:
        for source in (OwnCatalogue(), path):
            with pytest.raises(errors.InvalidArgument, match="is not a CKAN record"):
                ckan.jobs.copy(source)
        closed = Client(f"{impostor.url}/other")
        closed.close()
        with pytest.raises(errors.ClientClosed):
            ckan.jobs.copy(closed)
    assert not list(jobs_folder.iterdir())
