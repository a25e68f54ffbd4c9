"""`tuckan sheet` at a shell, and workbooks on a plain portal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.portals import OLDER

from tuckan import InvalidArgument

from .conftest import cells, put

if TYPE_CHECKING:
    from pathlib import Path

    from tests.shell import Shell

    from tuckan import Client
    from tuckan.sandbox import Sandbox


def test_from_a_template_to_a_dataset_and_back(shell: Shell, ckan: Client, office: str, tmp_path: Path) -> None:
    assert shell("sheet", "template", "-o", "new.xlsx").code == 0
    path, name = shell.folder / "new.xlsx", f"{office}-d"
    (shell.folder / "levels.txt").write_text("a\n1\n")
    record = {
        "record": "r",
        "title": "One",
        "name": name,
        "owner_org": f"office {office}",
        "license_id": "cc-bY",
        "tags": "rain; snow",
    }
    put(
        path,
        ("dataset", 3, record),
        ("extras", 3, {"record": "r", "key": "depth", "value": "00501"}),
        ("groups", 3, {"record": "r", "name": f"Group {office}"}),
        ("resources", 3, {"record": "r", "upload": "levels.txt", "name": "levels"}),
        ("resources", 4, {"record": "r", "url": "no address", "size": "big"}),
    )
    wrong = shell("sheet", "check", "new.xlsx", "--mark", "marked.xlsx", "--format", "json")
    assert wrong.code == 1
    assert [(one["sheet"], one["field"]) for one in json.loads(wrong.out)] == [("resources", "resources[1].size")]
    assert (shell.folder / "marked.xlsx").exists()
    refused = shell("sheet", "apply", "new.xlsx", "--yes")
    assert (refused.code, "resources[1].size" in refused.err) == (1, True)
    put(path, ("resources", 4, {"url": "https://example.org/b", "size": "12"}))
    assert shell("sheet", "check", "new.xlsx").code == 0
    done = shell("sheet", "apply", "new.xlsx", "--yes", "--public")
    assert done.code == 0, done.err
    there = ckan.datasets.get(name)
    assert there["private"] is False, done.err
    assert there["extras"] == [{"key": "depth", "value": "00501"}]
    assert [one["name"] for one in there["groups"]] == [f"{office}-g"]
    assert sorted(one["name"] for one in there["tags"]) == ["rain", "snow"]
    assert [(one["url_type"], one["name"]) for one in there["resources"]] == [("upload", "levels"), (None, None)]

    assert shell("sheet", "export", name, "-o", "some.xlsx").code == 0
    same = shell("sheet", "diff", "some.xlsx", "--format", "json")
    assert (same.code, same.out.strip()) == (0, "[\n]")
    put(
        shell.folder / "some.xlsx",
        ("dataset", 3, {"tags": "rain", "license_id": "(empty)"}),
        ("extras", 3, {"value": "7"}),
    )
    [change] = json.loads(shell("sheet", "diff", "some.xlsx", "--format", "json", "--html", "changes.html").out)
    page = (shell.folder / "changes.html").read_text("utf-8")
    assert f"dataset {name}: to be changed" in page
    assert "some.xlsx, sheet dataset, row 3" in page
    assert '<span class="old">00501</span></td><td><span class="new">7</span>' in page
    assert '<span class="old">snow</span>' in page
    assert change["what"] == "changed"
    assert sorted(change["changes"]) == ["extras", "license_id", "tags"]
    assert shell("sheet", "apply", "some.xlsx", "--yes").code == 0
    after = ckan.datasets.get(name)
    assert ([one["name"] for one in after["tags"]], after["extras"][0]["value"], after["license_id"]) == (
        ["rain"],
        "7",
        "",
    )
    assert after["resources"] == there["resources"]
    assert shell("job", "undo", "last", "--yes").code == 0
    assert sorted(one["name"] for one in ckan.datasets.get(name)["tags"]) == ["rain", "snow"]
    ckan.datasets.purge(name, confirm=lambda _: True)


def test_people_read_titles_where_records_have_ids(shell: Shell, ckan: Client, office: str) -> None:
    name, other = f"{office}-d", f"{office}-other"
    ckan.organizations.create(name=other, title=f"Other {office}")
    ckan.groups.create(name=f"{other}-g", title=f"Snow {office}")
    ckan.datasets.create(name=name, owner_org=office, groups=[{"name": f"{office}-g"}], license_id="cc-by")
    assert shell("sheet", "export", name, "-o", "some.xlsx").code == 0
    path = shell.folder / "some.xlsx"
    put(
        path,
        ("dataset", 3, {"owner_org": f"Other {office}", "license_id": "(empty)"}),
        ("groups", 3, {"name": f"Snow {office}"}),
    )
    said = shell("sheet", "diff", "some.xlsx", "--html", "changes.html", "--format", "table").err
    page = (shell.folder / "changes.html").read_text("utf-8")
    assert f"owner_org: Office {office} → Other {office}\n" in said
    assert "license_id: Creative Commons Attribution → (nothing)\n" in said
    assert f"groups: - Group {office}\n    groups: + Snow {office}\n" in said
    assert "This removes: 1 membership of an organization, 1 membership of a group." in said
    assert f"<ins>Other</ins> {office}" in page
    [change] = json.loads(shell("sheet", "diff", "some.xlsx", "--format", "json").out)
    assert change["changes"]["owner_org"]["new"] == ckan.organizations.get(other)["id"]
    assert shell("sheet", "apply", "some.xlsx", "--yes").code == 0
    after = ckan.datasets.get(name)
    assert (after["organization"]["name"], [one["name"] for one in after["groups"]]) == (other, [f"{other}-g"])

    assert shell("sheet", "export", name, "-o", "some.xlsx", "--yes").code == 0
    put(path, ("dataset", 3, {"owner_org": f"Office {office}"}), ("groups", 3, {"name": f"Group {office}"}))
    ckan.organizations.create(name=f"{other}-2", title=f"Third {office}")
    ckan.groups.create(name=f"{other}-2-g", title=f"Rain {office}")
    ckan.datasets.patch(name, owner_org=f"{other}-2", groups=[{"name": f"{other}-2-g"}])
    said = shell("sheet", "diff", "some.xlsx", "--format", "table").err
    assert (
        f"owner_org was changed on both sides since the export: in the workbook to Office {office}, on the portal to Third {office}"
        in said
    )
    assert f'in the workbook to [{{name: "Group {office}"}}], on the portal to [{{name: "Rain {office}"}}]' in said
    for one in (other, f"{other}-2"):
        ckan.groups.purge(f"{one}-g", confirm=lambda _: True)
    ckan.datasets.purge(name, confirm=lambda _: True)
    for one in (other, f"{other}-2"):
        ckan.organizations.purge(one, confirm=lambda _: True)


def test_no_file_is_replaced_unasked(shell: Shell) -> None:
    file = shell.folder / "there.xlsx"
    file.write_text("the work of days")
    commands = (
        ("template", "-o", "there.xlsx"),
        ("export", "--all", "-o", "there.xlsx"),
        ("check", "new.csv", "--mark", "there.xlsx"),
    )
    for command in commands:
        refused = shell("sheet", *command)
        assert (refused.code, "add --yes" in refused.err) == (1, True), refused.err
        assert shell("sheet", *command, given="n\n").code == 1
    assert file.read_text() == "the work of days"
    for given, options in (("y\n", ()), ("", ("--yes",))):
        file.write_text("the work of days")
        assert shell("sheet", "template", "-o", "there.xlsx", *options, given=given).code == 0
        assert file.read_bytes()[:2] == b"PK"


def test_what_finds_nothing_or_cannot_be_read_says_so(shell: Shell, office: str) -> None:
    for entity in ("dataset", "group"):
        unknown = shell("sheet", "template", "nosuchtype", "--of", entity, "-o", "none.xlsx")
        assert unknown.code == 2
        assert f"has no {entity} type 'nosuchtype'" in unknown.err
        assert f"It has {entity}" in unknown.err
    none = shell("sheet", "export", "--where", f"name:{office}-none", "-o", "none.xlsx")
    assert (none.code, "There is no such dataset, so nothing was written." in none.err) == (4, True), none.err
    bad = shell("sheet", "export", "--where", "title:(", "-o", "none.xlsx")
    assert (bad.code, "Cannot parse" in bad.err, "{" in bad.err, "\\" in bad.err) == (2, True, False, False), bad.err
    both = shell("sheet", "export", office, "--where", "tags:rain", "-o", "none.xlsx")
    assert (both.code, "mutually exclusive" in both.err) == (2, True), both.err
    named = shell("sheet", "export", "--all", "-o", "none.csv")
    assert (named.code, "Workbooks are written as xlsx: none.xlsx" in named.err) == (2, True), named.err
    assert not (shell.folder / "none.xlsx").exists()

    odd, good = shell.folder / "odd.csv", shell.folder / "good.csv"
    odd.write_bytes("record,name,title\n1,x,Über\n".encode("cp1252"))
    said = shell("sheet", "check", "odd.csv", "--type", "dataset")
    assert (said.code, "--" in said.err, "save it as .xlsx, or as CSV in UTF-8" in said.err) == (2, False, True), (
        said.err
    )
    good.write_text(f"record,name,title,owner_org\n1,{office}-d,D,{office}\n")
    said = shell("sheet", "check", "good.csv", "--type", "dataset", "--format", "table")
    assert (said.code, said.out, said.err) == (0, "", "1 record, 0 problems.\n")
    (shell.folder / "own.toml").write_text(f'[default]\nowner_org = "Office {office}"\n')
    good.write_text(f"record,name,title\n1,{office}-d,D\n")
    said = shell("sheet", "check", "good.csv", "--type", "dataset", "--rules", "own.toml")
    assert (said.code, "filled in by own.toml" in said.err) == (0, True), said.err


def test_a_record_that_is_gone_is_created_again_as_its_refusal_says(ckan: Client, office: str, tmp_path: Path) -> None:
    path, name = tmp_path / "some.xlsx", f"{office}-d"
    link = {"url": "https://example.org/a", "name": "a"}
    ckan.datasets.create(name=name, owner_org=office, resources=[link])
    ckan.sheets.export(path, name)
    ckan.datasets.delete(name)
    with ckan.sheets.apply(path) as job:
        [refused] = job.entries("refused")
        assert "with a new label in all sheets, and no ids of resources" in refused.reason
    put(path, ("dataset", 3, {"record": "again", "name": f"{name}2"}), ("resources", 3, {"record": "again"}))
    with ckan.sheets.apply(path) as job:
        [refused] = job.entries("refused")
        assert refused.reason.startswith("resources!B3: the resource is one of another record")
    put(path, ("resources", 3, {"id": ""}))
    with ckan.sheets.apply(path) as job:
        assert dict(job.run().done) == {"created": 1}, [one.reason for one in job.failures()]
    assert ckan.datasets.get(f"{name}2")["resources"][0]["url"] == link["url"]
    with ckan.sheets.apply(path) as job:
        assert any(note.startswith("The workbook does not remember an export of 1 dataset") for note in job.notes)
        assert str(job.plan()) == "1 unchanged"
    ckan.datasets.purge(name, confirm=lambda _: True)


def test_groups_go_there_and_back(ckan: Client, office: str, tmp_path: Path) -> None:
    path = tmp_path / "groups.xlsx"
    named = [f"{office}-g", ckan.groups.get(f"{office}-g")["id"]]
    assert ckan.sheets.export(path, named, entity="group") == 1, "it is named twice"
    put(
        path,
        ("group", 3, {"description": "Changed"}),
        ("group", 4, {"record": "new", "name": f"{office}-h", "title": "H"}),
    )
    with ckan.sheets.apply(path) as job:
        assert dict(job.run().done) == {"changed": 1, "created": 1}
        assert ckan.groups.get(f"{office}-g")["description"] == "Changed"
        with job.undo() as undo:
            undo.run()
    assert ckan.groups.get(f"{office}-g")["description"] == ""
    assert f"{office}-h" not in ckan.groups.names()


def test_what_the_portal_made_is_written_back(shell: Shell, ckan: Client, office: str) -> None:
    assert shell("sheet", "template", "-o", "new.xlsx").code == 0
    path, name = shell.folder / "new.xlsx", f"{office}-d"
    (shell.folder / "levels.txt").write_text("a\n1\n")
    put(
        path,
        ("dataset", 3, {"record": "one", "title": "One", "name": name, "owner_org": office, "tags": "sun; ice"}),
        ("dataset", 4, {"record": "bad", "title": "Bad", "name": f"{name}2", "owner_org": "nobody"}),
        ("dataset", 5, {"record": "short", "name": f"{name}4", "owner_org": office, "tags": "x; y"}),
        ("resources", 3, {"record": "one", "upload": "levels.txt"}),
        ("resources", 4, {"record": "one", "url": "https://example.org/b", "name": "link"}),
    )
    done = shell("sheet", "apply", "new.xlsx", "--yes", "--write-back")
    assert (done.code, "Wrote 1 record back to new.xlsx." in done.err) == (1, True), done.err
    there = ckan.datasets.get(name)
    resources = [cells(path, "resources", row) for row in (3, 4)]
    assert [(one["id"], one["name"], one["upload"]) for one in resources] == [
        (there["resources"][0]["id"], "levels.txt", "levels.txt"),
        (there["resources"][1]["id"], "link", None),
    ]
    assert [cells(path, "dataset", row)["owner_org"] for row in (3, 4)] == [f"Office {office}", "nobody"]
    assert cells(path, "dataset", 4)["license_id"] is None
    assert [one.name for one in shell.folder.glob(".*.xlsx")] == []
    # Nothing is left to do, and the record is found by its id even under another name.
    ckan.datasets.patch(name, name=f"{name}3", notes="Theirs")
    put(path, ("dataset", 3, {"title": "Mine"}))
    with ckan.sheets.apply(path) as job:
        assert (job.plan().total, job.plan().refused) == (1, 2), [*job.entries()]
        job.run()
        put(path, ("dataset", 4, {"notes": "written meanwhile"}))
        with pytest.raises(InvalidArgument, match="was changed since"):
            ckan.sheets.write_back(path, job)
    with ckan.sheets.apply(path) as job:
        assert job.plan().total == 0
        job.run()
        assert ckan.sheets.write_back(path, job) == 1
        assert ckan.sheets.write_back(path, job) == 1
    row = cells(path, "dataset", 3)
    assert (row["name"], row["title"], row["notes"]) == (f"{name}3", "Mine", "Theirs")
    after = ckan.datasets.get(there["id"])
    assert (after["title"], after["notes"], len(after["resources"])) == ("Mine", "Theirs", 2)
    ckan.datasets.purge(there["id"], confirm=lambda _: True)


def test_one_sheet_with_several_rows_a_record_is_written_back(ckan: Client, office: str, tmp_path: Path) -> None:
    path, name = tmp_path / "rows.xlsx", f"{office}-d"
    ckan.sheets.template(path, layout="rows")
    (tmp_path / "levels.txt").write_text("a\n1\n")
    first = {
        "record": "one",
        "title": "One",
        "name": name,
        "owner_org": office,
        "extras.key": "depth",
        "extras.value": "7",
    }
    link = {"resources.url": "https://example.org/b", "resources.name": "link", "groups.name": f"{office}-g"}
    put(
        path,
        ("dataset", 3, {**first, "resources.upload": "levels.txt"}),
        ("dataset", 4, {"record": "one", **link}),
        ("dataset", 5, {"extras.key": "height", "extras.value": "8"}),
    )
    with ckan.sheets.apply(path) as job:
        assert dict(job.run().done) == {"created": 1, "uploaded": 1}, [one.reason for one in job.failures()]
        assert ckan.sheets.write_back(path, job) == 1
    there = ckan.datasets.get(name)
    rows = [cells(path, "dataset", row) for row in (3, 4, 5)]
    assert [one["resources.id"] for one in rows] == [*(one["id"] for one in there["resources"]), None]
    assert rows[0]["resources.name"] == "levels.txt"
    assert rows[1]["groups.name"] == f"Group {office}"
    with ckan.sheets.apply(path) as job:
        assert str(job.plan()) == "1 unchanged"
    ckan.datasets.patch(name, name=f"{name}-2", notes="Theirs")
    put(path, ("dataset", 4, {"resources.description": "Mine"}), ("dataset", 5, {"extras.value": "9"}))
    with ckan.sheets.apply(path) as job:
        assert dict(job.run().done) == {"changed": 1}, [one.reason for one in job.failures()]
    after = ckan.datasets.get(there["id"])
    assert (after["name"], after["notes"], after["resources"][1]["description"]) == (f"{name}-2", "Theirs", "Mine")
    assert {one["key"]: one["value"] for one in after["extras"]} == {"depth": "7", "height": "9"}


def test_what_the_portal_adds_is_written_back(rivers: Sandbox, tmp_path: Path, mark: str) -> None:
    # The extension for DOIs runs on older versions alone; another field stands for it on the newest.
    field, path = "doi" if rivers.ckan in OLDER else "metadata_created", tmp_path / "new.xlsx"
    record = {"title": "T", "owner_org": "rivers", "notes": "N", "author": "Lovelace, Ada", "name": f"{mark}-r"}
    with rivers.client() as portal:
        portal.datasets.create(**{**record, "name": f"{mark}-first"})
        portal.sheets.template(path, "dataset", fields=["title", "owner_org", "notes", "author", field])
        put(path, ("dataset", 3, {"record": "r", **record}))
        with portal.sheets.apply(path) as job:
            assert job.run().complete, [one.reason for one in job.failures()]
            assert portal.sheets.write_back(path, job) == 1
        there = portal.datasets.get(f"{mark}-r")
        assert cells(path, "dataset", 3)[field] == there[field]
        assert field != "doi" or there[field].startswith("10.99999/")
        put(path, ("dataset", 3, {"notes": "Mine"}))
        with portal.sheets.apply(path) as job:
            assert str(job.plan()) == "1 to be changed"
            job.run()
        assert portal.datasets.get(f"{mark}-r")["notes"] == "Mine"
        put(path, ("dataset", 3, {field: "another"}))
        [problem] = portal.sheets.check(path).problems
        assert "the portal works this out by itself" in problem.message
        portal.sheets.export(tmp_path / "found.xlsx", fq=f"name:{mark}-r", fields=["title", field])
        assert cells(tmp_path / "found.xlsx", "dataset", 3)[field] == there[field]
        with portal.jobs.delete([f"{mark}-first", f"{mark}-r"], purge=True) as job:
            job.run()


@pytest.mark.parametrize("entity", ["group", "organization"])
def test_groups_and_organizations_are_written_back(ckan: Client, mark: str, tmp_path: Path, entity: Any) -> None:
    path, namespace = tmp_path / "some.xlsx", ckan.groups if entity == "group" else ckan.organizations
    ckan.sheets.template(path, entity=entity)
    put(path, (entity, 3, {"record": "r", "name": mark, "title": "R"}))
    with ckan.sheets.apply(path) as job:
        assert job.run().complete, [one.reason for one in job.failures()]
        assert ckan.sheets.write_back(path, job) == 1
    there = namespace.get(mark)
    namespace.patch(there["id"], name=f"{mark}-2")
    put(path, (entity, 3, {"description": "Mine"}))
    with ckan.sheets.apply(path) as job:
        assert str(job.plan()) == "1 to be changed"
        assert job.run().complete, [one.reason for one in job.failures()]
        assert ckan.sheets.write_back(path, job) == 1
    after = namespace.get(there["id"])
    assert (after["name"], after["description"]) == (f"{mark}-2", "Mine")
    assert cells(path, entity, 3)["name"] == f"{mark}-2"
    namespace.purge(there["id"], confirm=lambda _: True)


def test_what_cannot_be_written_back_is_refused_before_anything_is_sent(shell: Shell) -> None:
    (shell.folder / "new.csv").write_text("record,name\n1,x\n")
    refused = shell("sheet", "apply", "new.csv", "--write-back", "--yes")
    assert (refused.code, "only xlsx files can" in refused.err) == (2, True), refused.err


def content(ckan: Client, resource: Any, folder: Path) -> bytes:
    return ckan.resources.download(
        resource["id"], folder / f"downloaded-{resource['id']}", again=True
    ).path.read_bytes()


def test_five_attachments_stay_five(ckan: Client, office: str, tmp_path: Path) -> None:
    path, name = tmp_path / "new.xlsx", f"{office}-d"
    ckan.sheets.template(path)
    for number in range(5):
        (tmp_path / f"{number}.txt").write_text(f"text {number}\n")
    uploads = [("resources", 3 + one, {"record": "r", "upload": f"{one}.txt"}) for one in range(5)]
    link = ("resources", 8, {"record": "r", "url": "https://example.org/a", "name": "link"})
    put(path, ("dataset", 3, {"record": "r", "name": name, "owner_org": office}), *uploads, link)
    with ckan.sheets.apply(path) as job:
        assert dict(job.run().done) == {"created": 1, "uploaded": 5}, [one.reason for one in job.failures()]
    before = ckan.datasets.get(name)["resources"]

    assert ckan.sheets.export(tmp_path / "some.xlsx", name) == 1
    put(tmp_path / "some.xlsx", ("resources", 5, {"description": "The third"}))
    with ckan.sheets.apply(tmp_path / "some.xlsx") as job:
        assert dict(job.run().done) == {"changed": 1}
    after = ckan.datasets.get(name)["resources"]
    changed = {"description": "The third", "metadata_modified": after[2]["metadata_modified"]}
    assert after == [*before[:2], {**before[2], **changed}, *before[3:]]
    assert [content(ckan, one, tmp_path) for one in after[:5]] == [f"text {one}\n".encode() for one in range(5)]

    # Without ids they are known by their files, then by their names, then by their addresses.
    ckan.sheets.template(tmp_path / "again.xlsx")
    (tmp_path / "same.txt").write_text("text 0\n")
    (tmp_path / "1.txt").write_text("another text\n")
    put(
        tmp_path / "again.xlsx",
        ("dataset", 3, {"record": "r", "name": name}),
        ("resources", 3, {"record": "r", "upload": "same.txt", "description": "by its file"}),
        ("resources", 4, {"record": "r", "upload": "1.txt", "description": "by its name"}),
        ("resources", 5, {"record": "r", "url": "https://example.org/a", "name": "by its address"}),
    )
    with ckan.sheets.apply(tmp_path / "again.xlsx") as job:
        report = job.run()
        assert dict(report.done) == {"changed": 1, "uploaded": 1}, [one.reason for one in job.failures()]
    there = ckan.datasets.get(name)["resources"]
    assert [one["id"] for one in there] == [one["id"] for one in before]
    assert [one["description"] for one in there[:2]] == ["by its file", "by its name"]
    assert there[5]["name"] == "by its address"
    assert [content(ckan, one, tmp_path) for one in there[:2]] == [b"text 0\n", b"another text\n"]
    ckan.datasets.purge(name, confirm=lambda _: True)
