"""Writing from the shell, on a real portal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tuckan import errors

if TYPE_CHECKING:
    from tests.shell import Shell

    from tuckan.client import Client
    from tuckan.sandbox import Sandbox


@pytest.fixture
def city(clean_portal: Sandbox, ckan_client: Client) -> Client:
    """A portal with an organization, a group and a dataset."""
    ckan_client.organizations.create(name="city")
    ckan_client.groups.create(name="water")
    ckan_client.datasets.create(name="rain", title="Rain", owner_org="city", tags=[{"name": "sky"}], notes="Wet.")
    return ckan_client


def test_datasets(shell: Shell, city: Client) -> None:
    (shell.folder / "snow.json").write_text(json.dumps({"name": "snow", "owner_org": "city", "title": "Old"}))
    (shell.folder / "notes.md").write_text("# Snow\n")
    made = shell("dataset", "create", "-i", "snow.json", "title=Snow", "notes@notes.md", 'tags:[{"name": "ice"}]')
    assert made.code == 0
    assert json.loads(made.out)["title"] == "Snow", "arguments count more"
    assert city.datasets.get("snow")["notes"] == "# Snow\n"
    assert shell("dataset", "create", "-i", "missing.json").code == 2
    assert shell("dataset", "create", "image_upload@notes.md").code == 2
    taken = shell("dataset", "create", "name=snow", "owner_org=city")
    assert taken.code == 1
    assert "tuckan dataset upsert" in taken.err
    assert "tuckan organization list --mine" in shell("dataset", "create", "name=hail", "owner_org=nowhere").err
    assert shell("dataset", "upsert", "name=snow", "title=Snow").err.strip() == "snow: unchanged."
    assert "snow: changed (title)" in shell("dataset", "upsert", "name=snow", "title=Ice").err
    assert "would be created" in shell("dataset", "upsert", "name=hail", "owner_org=city", "--dry-run").err


def test_a_dry_run_tells_what_would_change(shell: Shell, city: Client) -> None:
    tags = 'tags:[{"name": "ice"}, {"name": "sky"}]'
    ran = shell("dataset", "patch", "rain", "title=Snow", tags, "license_id=cc-by", "notes=Wet.", "--dry-run")
    assert [line.strip() for line in ran.err.splitlines()] == [
        "rain:",
        "title: Rain → Snow",
        "tags: + ice",
        "license_id: (nothing) → cc-by",
        "Nothing was sent.",
    ]
    assert ran.out == ""
    assert city.datasets.get("rain")["title"] == "Rain"
    assert "is unchanged" in shell("dataset", "patch", "rain", "title=Rain", "--dry-run").err
    assert shell("dataset", "patch", "rain", "title=Snow").code == 0
    assert city.datasets.get("rain")["title"] == "Snow"
    assert shell("dataset", "patch", "rain").code == 2


def test_a_record_that_was_read_and_edited(shell: Shell, city: Client) -> None:
    record = json.loads(shell("dataset", "show", "rain", "-f", "json").out)
    record["title"] = "Mine"
    (shell.folder / "rain.json").write_text(json.dumps(record))
    city.datasets.patch("rain", notes="Somebody else's.")
    late = shell("dataset", "update", "-i", "rain.json")
    assert (late.code, city.datasets.get("rain")["title"]) == (5, "Rain")
    assert "--overwrite" in late.err
    assert shell("dataset", "update", "-i", "rain.json", "--overwrite").code == 0
    assert city.datasets.get("rain")["title"] == "Mine"


def test_sets(shell: Shell, city: Client) -> None:
    assert "rain, sky, two words" in shell("dataset", "tag", "rain", "two words", "rain").err
    assert "tags: rain." in shell("dataset", "untag", "rain", "sky", "two words").err
    shell("dataset", "set-extras", "rain", "source=gauge", "years:[2023]")
    assert {one["key"]: one["value"] for one in city.datasets.get("rain")["extras"]} == {
        "source": "gauge",
        "years": "[2023]",
    }
    assert "extras: years." in shell("dataset", "remove-extras", "rain", "source").err
    assert "groups: water." in shell("dataset", "add-to-groups", "rain", "water").err
    assert shell("dataset", "add-to-groups", "rain", "nowhere").code == 4
    assert "groups: none." in shell("dataset", "remove-from-groups", "rain", "water").err
    assert shell("group", "add-datasets", "water", "-", given="rain\n").code == 0
    assert city.groups.members("water", kind="package")
    assert shell("group", "remove-datasets", "water", "rain").code == 0


def test_deleting_is_shown_and_asked_for(shell: Shell, city: Client) -> None:
    planned = shell("dataset", "delete", "rain", "--dry-run", "-f", "ids")
    assert (planned.lines, planned.code) == (["dataset rain"], 0)
    refused = shell("dataset", "delete", "rain", given="n\n")
    assert (refused.code, city.datasets.get("rain")["state"]) == (1, "active")
    assert "dataset rain: to be deleted" in refused.err
    assert shell("dataset", "delete", "rain").code == 1, "there is no terminal to ask on"
    done = shell("dataset", "delete", "rain", "nowhere", "--yes")
    assert (done.code, city.datasets.get("rain")["state"]) == (1, "deleted"), "one of them was none"
    assert "1 deleted, 1 refused" in done.err
    assert shell("dataset", "restore", "rain").code == 0
    assert shell("dataset", "make-private", "-", "--yes", given="rain\n").code == 0
    assert city.datasets.get("rain")["private"]
    refused = shell("dataset", "delete", "--organization", "city", given="no\n")
    assert (refused.code, "all of the organization city on http" in refused.err) == (1, True)
    assert "--confirm 'city', or --yes." in refused.err
    assert shell("dataset", "delete", "--organization", "city", given="city\n").code == 0
    assert shell("dataset", "purge", "rain", "--dry-run").code == 0
    wrong = shell("dataset", "purge", "rain", given="rian\n")
    assert wrong.code == 1
    assert "Type rain to continue" in wrong.err
    assert shell("dataset", "purge", "rain", given="rain\n").code == 0
    with pytest.raises(errors.NotFound):
        city.datasets.get("rain")


def test_names_that_are_nobodys_are_said_before_anything_is_done(shell: Shell, city: Client) -> None:
    for name in ("water", "fire"):
        if name not in city.groups.names():
            city.call("group_create", name=name)
    for command, change in (
        (("dataset", "delete"), "dataset rain: to be deleted"),
        (("dataset", "make-private"), "private: false → true"),
        (("group", "delete"), "To delete on"),
    ):
        named = ("rain" if command[0] == "dataset" else "water", "nowhere")
        asked = shell(*command, *named, given="n\n")
        assert asked.code == 1
        assert "nowhere" in asked.err.partition("Go on?")[0].partition("Really")[0], asked.err
        assert change in asked.err
    assert shell("group", "delete", "water", "nowhere", "--dry-run").code == 1
    done = shell("group", "delete", "fire", "nowhere", "--yes", "-f", "jsonl")
    assert done.code == 1
    assert {one["name"]: one["outcome"] for one in map(json.loads, done.lines)} == {"fire": "done", "nowhere": "failed"}
    assert shell("group", "delete", "nowhere", "nobody", "--yes").code == 4


def test_resources_and_views(shell: Shell, city: Client) -> None:
    made = json.loads(shell("resource", "create", "rain", "url=https://example.org/a.png", "format=PNG").out)
    assert "description: (nothing) → d" in shell("resource", "patch", made["id"], "description=d", "--dry-run").err
    assert shell("resource", "patch", made["id"], "description=d").code == 0
    view = json.loads(shell("view", "create", made["id"], "text_view", "Words").out)
    assert json.loads(shell("view", "update", view["id"], "title=Text").out)["title"] == "Text"
    assert shell("view", "reorder", made["id"], view["id"]).code == 0
    assert shell("view", "create-default", made["id"]).code == 0
    assert json.loads(shell("view", "delete", view["id"], "--yes").out)["outcome"] == "done"
    assert shell("resource", "reorder", "rain", made["id"]).code == 0
    assert shell("resource", "delete", made["id"], "--dry-run").code == 0
    assert shell("resource", "delete", made["id"], "--yes").code == 0
    assert city.resources.list("rain") == []
    city.datasets.add_resources("rain", [{"url": f"https://example.org/{n}", "name": f"r{n}"} for n in range(9)])
    several = shell("resource", "list", "rain", "--format", "ids").out
    ran = shell("resource", "delete", "-", "--dry-run", given=several)
    assert "What goes: 9 resources" in ran.err or '"changed"' in ran.out, ran
    assert shell("resource", "delete", "-", "--yes", given=several + "nothing\n").code == 1
    assert city.resources.list("rain") == []
    assert shell("job", "undo", "last", "--yes").code == 0
    assert len(city.resources.list("rain")) == 9


@pytest.mark.parametrize("kind", ["organization", "group"])
def test_organizations_and_groups(shell: Shell, city: Client, kind: str) -> None:
    assert shell(kind, "create", "name=lake", "title=Lake").code == 0
    assert "title: Lake → Sea" in shell(kind, "patch", "lake", "title=Sea", "--dry-run").err
    assert shell(kind, "patch", "lake", "title=Sea").code == 0
    assert shell(kind, "add-member", "lake", "admin", "--role", "admin").code == 0
    assert shell(kind, "delete", "lake", given="y\n").code == 0
    assert shell(kind, "restore", "lake").code == 0
    assert shell(kind, "remove-member", "lake", "admin").code == 0
    assert shell(kind, "purge", "lake", "--yes").code == 0
    assert shell(kind, "show", "lake").code == 4
    if kind == "organization":
        full = shell("organization", "delete", "city", "--yes")
        assert (full.code, json.loads(full.out)["outcome"]) == (1, "failed")


def test_users_tags_and_vocabularies(shell: Shell, city: Client) -> None:
    made = shell("user", "create", "ann", "--email", "ann@example.org", "fullname=Ann")
    assert (made.code, len(made.lines)) == (0, 1), "the password alone"
    assert made.out.strip() not in made.err
    given = shell("user", "create", "bea", "--email", "bea@example.org", "--password-stdin", given="password-of-bea\n")
    assert (given.code, "password-of-bea" in given.out + given.err) == (0, False)
    assert shell("user", "create", "cyd", "--email", "c@example.org", "password=x").code == 2
    assert shell("user", "patch", "ann", "fullname=Anna").code == 0
    assert city.users.get("ann")["fullname"] == "Anna"
    assert shell("user", "delete", "ann", "bea", "--yes").code == 0
    assert shell("user", "restore", "ann").code == 0
    assert shell("vocabulary", "create", "themes", "nature", "people").code == 0
    assert shell("tag", "create", "weather", "themes").code == 0
    assert shell("tag", "delete", "people", "--vocabulary", "themes", "--yes").code == 0
    assert shell("vocabulary", "update", "themes", "--name", "topics").code == 0
    kept = shell("vocabulary", "delete", "topics", "--yes")
    assert kept.code == 1
    assert shell("vocabulary", "delete", "topics", "--with-tags", "--yes").code == 0
    assert city.vocabularies.list() == []


def test_what_the_portal_did_not_keep_is_an_error(shell: Shell, city: Client) -> None:
    ran = shell("dataset", "patch", "rain", "license=cc-by", "title=Snow")
    assert ran.code == 1
    assert "did not keep 1 field of the dataset rain: license: sent 'cc-by', found no such field." in ran.err
    assert "Did you mean license_id instead of license?" in ran.err
    assert "Changed" not in ran.err
    assert city.datasets.get("rain")["title"] == "Snow", "what else was sent"
    assert shell("dataset", "create", "name=hail", "owner_org=city", "licence_id=cc-by").code == 1
    ran = shell("dataset", "patch", "rain", "title= Hail ")
    assert (ran.code, "Note: dataset rain: title ' Hail ' is kept as 'Hail'." in ran.err) == (0, True)


NOT_KEPT: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (("dataset", "update", "-i", "-"), '{"name": "rain", "license": "cc-by"}', "license_id"),
    (("dataset", "upsert", "name=rain", "licence_id=cc-by"), "", "license_id"),
    (("dataset", "patch", "--where", "name:rain", "license=cc-by", "--yes"), "", "license_id"),
    (("load", "datasets", "name=rain", "license=cc-by", "--yes"), "", "license_id"),
    (("organization", "patch", "city", "notes=x"), "", "description"),
    (("load", "organizations", "name=city", "notes=x", "--yes"), "", "description"),
    (("group", "create", "name=air", "notes=x"), "", "description"),
    (("user", "patch", "admin", "full_name=Ann"), "", "fullname"),
)


def test_each_command_that_writes_says_what_was_not_kept(shell: Shell, city: Client) -> None:
    for command, given, near in NOT_KEPT:
        ran = shell(*command, given=given)
        assert ran.code in (1, 2), command  # where a plan knows the fields, it is refused before
        assert near in ran.err, (command, ran.err)
        assert "Changed" not in ran.err, command


@pytest.mark.unruly("drops_extras")
def test_extras_that_the_portal_drops(shell: Shell, city: Client) -> None:
    depth = 'extras:[{"key": "depth", "value": "3"}]'
    for command in (
        ("dataset", "set-extras", "rain", "depth=3"),
        ("dataset", "patch", "rain", depth),
        ("dataset", "create", "name=hail", "owner_org=city", depth),
        ("dataset", "patch", "--where", "name:rain", depth, "--yes"),
        ("load", "datasets", "name=rain", 'extras:{"depth": "3"}', "--yes"),
    ):
        ran = shell(*command)
        assert (ran.code, "extras.depth: sent '3', found nothing" in ran.err) == (1, True), (command, ran.err)


def test_what_takes_something_away_is_asked_for(shell: Shell, city: Client) -> None:
    city.organizations.create(name="space")
    city.groups.create(name="lake")
    city.users.create("ann", "ann@example.org", sysadmin=True)
    (shell.folder / "a.csv").write_text("a\n1\n")
    file = city.resources.upload("rain", shell.folder / "a.csv", name="a").resource["id"]
    asked = [
        (("resource", "patch", file, "clear_upload=true", "url=https://example.org/a.csv"), "uploaded file"),
        (("dataset", "patch", "rain", "owner_org=space"), "organization"),
        (("dataset", "patch", "rain", "private=true"), "public page"),
        (("dataset", "upsert", "name=rain", "private=true", "title=Mine"), "public page"),
        (("dataset", "patch", "rain", "state=deleted"), "active record"),
        (("group", "patch", "lake", "state=deleted"), "active record"),
        (("organization", "patch", "space", "state=deleted"), "active record"),
        (("user", "patch", "ann", "sysadmin=false"), "right of a system administrator"),
        (("user", "patch", "ann", "state=deleted"), "active record"),
    ]
    for words, gone in asked:
        refused = shell(*words)
        assert (refused.code, gone in refused.err, "--yes" in refused.err) == (1, True, True), words
        assert shell(*words, "--dry-run").code == 0
    rain = city.datasets.get("rain")
    assert (rain["state"], rain["private"], rain["organization"]["name"]) == ("active", False, "city")
    assert rain["resources"][0]["url_type"] == "upload"
    assert shell("dataset", "patch", "rain", "private=false", "title=Snow", "owner_org=city").code == 0, "nothing goes"
    for words, _ in asked:
        ran = shell(*words, "--yes")
        assert ran.code == 0, ran.err
    assert city.datasets.get(rain["id"])["state"] == "deleted"
    assert shell("job", "undo", "last", "--yes").code == 0, "a patch that takes something can be undone"
    assert city.organizations.get("space")["state"] == "active"


@pytest.mark.parametrize("kind", ["organization", "group"])
def test_what_would_break_an_organization_or_a_group_is_refused(shell: Shell, city: Client, kind: str) -> None:
    name = {"organization": "city", "group": "water"}[kind]
    wrong = "false" if kind == "organization" else "true"
    for field in (f"is_organization={wrong}", "packages:[]", "image_upload=logo.png"):
        for more in ((), ("--yes",), ("--dry-run",)):
            refused = shell(kind, "patch", name, field, *more)
            assert (refused.code, field.partition("=")[0].partition(":")[0] in refused.err) == (2, True), refused.err
    assert "tuckan dataset patch" in shell("organization", "patch", "city", "packages:[]").err
    assert "add-datasets" in shell("group", "patch", "water", "packages:[]").err


def test_a_dataset_that_lost_its_name(shell: Shell, city: Client) -> None:
    old = city.datasets.get("rain")["id"]
    city.datasets.delete("rain")
    city.datasets.create(name="rain", owner_org="city")
    ran = shell("dataset", "restore", "rain")
    assert (ran.code, "There is no deleted dataset rain" in ran.err) == (4, True)
    ran = shell("dataset", "restore", old)
    assert ran.code == 0
    assert f"{old} is back, under its id: another dataset has its name now." in ran.err
