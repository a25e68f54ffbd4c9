"""`tuckan actions`, and what `tuckan call` finds out before anything is sent."""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING

import pytest

from tuckan.actions import catalogue
from tuckan.actions.showing import at_a_shell
from tuckan.cli.arguments import parameters

if TYPE_CHECKING:
    from pathlib import Path

    from tests.shell import Shell

ACTIONS = catalogue().actions


def test_all_of_them_and_those_that_are_searched_for(alone: Shell) -> None:
    assert alone("actions", "--format", "ids").lines == list(ACTIONS)
    found = alone("actions", "--search", "token", "--json")
    assert {one["name"] for one in json.loads(found.out)} >= {"api_token_list", "api_token_create", "api_token_revoke"}
    assert "package_list" not in found.out
    assert alone("actions", "--search", "no such thing", "--format", "ids").out == ""


def test_one_for_people(alone: Shell) -> None:
    said = alone("actions", "datastore_records_delete", "--format", "table").out
    for part in (
        "Delete matching rows, but never the table itself.",
        "whoever may edit the dataset",
        "CKAN 2.11 to 2.12, with the plugin datastore",
        "record, needed: values by column; {} for every row",
        "(from 2.12)",
        'tuckan call datastore_records_delete resource_id="$TABLE_ID" force:true filters:\'{"river": "Inn"}\'',
        'ckan.action.datastore_records_delete(resource_id=table_id, force=True, filters={"river": "Inn"})',
    ):
        assert part in said
    assert "portal's own schema" in alone("actions", "package_patch", "--format", "table").out


def test_one_as_json(alone: Shell) -> None:
    found = json.loads(alone("actions", "package_search", "--json").out)
    assert found["read_only"] is True
    assert found["params"]["rows"] == {"type": "integer", "means": "the maximum number of results", "default": 10}
    assert found["shell"].startswith("tuckan call package_search q=water")


def test_a_name_that_is_none(alone: Shell) -> None:
    ran = alone("actions", "package_serach")
    assert (ran.code, "Did you mean package_search?" in ran.err) == (2, True)
    assert (
        "tuckan call help_show name=scheming_dataset_schema_list"
        in alone("actions", "scheming_dataset_schema_list").err
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["package_search", "row:5"], "package_search has no parameter row; did you mean rows?"),
        (["package_show"], "package_show needs id: the dataset's name or id."),
        (["status_show", "verbose=yes"], "status_show has no parameter verbose. It takes none."),
        (["tag_show", "id=water", "colour=blue"], "It takes id, vocabulary_id, include_datasets."),
        (["datastore_search", "resource_id=x", "records_format=xml"], "one of objects, lists, csv, tsv, not 'xml'"),
    ],
)
def test_a_mistake_is_found_before_anything_is_sent(alone: Shell, arguments: list[str], said: str) -> None:
    ran = alone("call", *arguments)  # this shell knows no portal: whoever asked one would fail with 3
    assert ran.code == 2
    assert said in ran.err
    assert f"`tuckan actions {arguments[0]}` shows what it takes; --no-check sends it all the same." in ran.err
    assert alone("call", "--no-check", *arguments).code == 3


def test_what_is_no_mistake(alone: Shell, tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text("a\n1\n")
    for arguments in (
        ["package_patch", "id=rivers", "a_field_of_our_own=1"],
        ["resource_create", "package_id=rivers", "upload@f.csv"],
        ["tag_search", "q=water"],
        ["package_revise", "match__name=rivers", "update__title=Rivers"],
        ["a_plugins_own_action", "anything=1"],
    ):
        assert alone("call", *arguments).code == 3, arguments


def test_the_portal_tells_of_an_action_that_is_none(shell: Shell) -> None:
    ran = shell("call", "pakage_show", "id=rivers")
    assert ran.code == 2
    assert "This portal has no action 'pakage_show'." in ran.err
    assert "\nDid you mean package_show" in ran.err
    assert shell("call", "--no-check", "package_search", "row:5").code != 0


def test_the_examples_at_a_shell_are_the_examples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a shell makes of the line is what the example says, with ids in place of variables."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "map.txt").write_text("here be dragons")
    for name, one in ACTIONS.items():
        files = {param for param, facts in one.params.items() if facts.type == "file"} & set(one.example)
        line = at_a_shell(name, one.example, tuple(files))
        line = re.sub(r'"\$(\w+?)(?:_ID)?"', lambda found: f"'<{found[1].lower()}>'", line)
        program, command, action, *arguments = shlex.split(line)
        values, given = parameters(tuple(arguments))
        assert (program, command, action) == ("tuckan", "call", name)
        assert values == {key: value for key, value in one.example.items() if key not in files}
        assert set(given) == files
