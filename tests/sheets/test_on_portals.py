"""Workbooks there and back, on a portal with schemas of its own and on a plain one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from tuckan import Client
from tuckan.errors import InvalidArgument
from tuckan.snapshot import normal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tuckan.sandbox import Sandbox


@pytest.fixture
def portal(rivers: Sandbox) -> Iterator[Client]:
    with rivers.client() as ckan:
        yield ckan


def filled(path: Path, rows: dict[str, list[dict[str, Any]]]) -> None:
    """Write rows into the sheets of a workbook as a person does: below the header, by the names of the columns."""
    book = openpyxl.load_workbook(path)
    for title, some in rows.items():
        sheet = book[title]
        columns = {cell.value: cell.column for cell in sheet[2]}
        for number, row in enumerate(some, sheet.max_row + 1):
            for name, value in row.items():
                sheet.cell(number, columns[name], value)
    book.save(path)


def edited(path: Path, *changes: tuple[str, str, str, Any]) -> None:
    """Change cells: the sheet, the label of the record, the column and the new value; None as the column deletes the row."""
    book = openpyxl.load_workbook(path)
    for title, label, name, value in changes:
        sheet = book[title]
        row = next(row for row in range(3, sheet.max_row + 1) if sheet.cell(row, 1).value == label)
        if not name:
            sheet.delete_rows(row)
        else:
            sheet.cell(row, next(cell.column for cell in sheet[2] if cell.value == name), value)
    book.save(path)


RULES = """
[default]
status = "In use"
"resources.rights" = "open"

[fill."manufacturer.maker"]
from = "catchment"
fields = { since = "area" }

[resolve.notes]
"short" = "A longer description"
"""


@pytest.fixture
def lands(portal: Client, mark: str) -> Iterator[str]:
    """The title of a group of this test, whose area is a date."""
    portal.groups.create(name=mark, title=f"Lands {mark}", type="catchment", area="2019-02-03")
    for name, title in (("sea", "Sea"), ("air", "Air")):
        portal.groups.create(name=f"{mark}-{name}", title=f"{title} {mark}", type="catchment")
    yield f"Lands {mark}"
    for name in (mark, f"{mark}-sea", f"{mark}-air"):
        portal.groups.purge(name, confirm=lambda _: True)


def test_a_template_is_filled_checked_and_applied(portal: Client, tmp_path: Path, mark: str, lands: str) -> None:
    path = tmp_path / "new.xlsx"
    (tmp_path / "sheet.toml").write_text(RULES)
    portal.sheets.template(path, "instrument")
    (tmp_path / "levels.txt").write_text("level\n1\n")
    filled(
        path,
        {
            "instrument": [
                {"record": "one", "title": "One", "name": f"{mark}-1", "owner_org": "rivers", "status": "In use",
                 "uses": "Water level; Flow", "aliases": "a; b", "serial": 7, "summary.en": "First"},
                {"record": "two", "title": "Two", "name": f"{mark}-2", "owner_org": "rivers", "notes": "short"},
            ],
            "manufacturer": [
                {"record": "one", "maker": f"{mark}-sea", "since": "2020-01-05"},
                {"record": "one", "maker": f"Air {mark}"},
                {"record": "two", "maker": mark},
            ],
            "model": [{"record": "one", "model_name": "M", "version": "00501"}],
            "resources": [
                {"record": "one", "upload": "levels.txt", "rights": "Open"},
                {"record": "one", "url": "https://example.org/a", "name": "link"},
            ],
        },
    )  # fmt: skip
    assert [str(one) for one in portal.sheets.check(path).problems] == []
    with portal.sheets.apply(path) as job:
        report = job.run()
        assert (dict(report.done), [one.reason for one in job.failures()]) == ({"created": 2, "uploaded": 1}, [])
        one = portal.datasets.get(f"{mark}-1")
        assert (one["uses"], one["aliases"], str(one["serial"])) == (["level", "flow"], ["a", "b"], "7")
        assert [item["maker"] for item in one["manufacturer"]] == [f"Sea {mark}", f"Air {mark}"]
        assert '"00501"' in one["model"]
        two = portal.datasets.get(f"{mark}-2")
        assert (two["status"], two["notes"]) == ("on", "A longer description")
        assert two["manufacturer"] == [{"maker": lands, "since": "2019-02-03"}]
        assert [(each["name"], each["url_type"]) for each in one["resources"]] == [
            ("levels.txt", "upload"),
            ("link", None),
        ]
        with portal.sheets.apply(path) as again:
            assert again.plan().total == 0, [*again.entries()]
            again.discard()
        with job.undo() as undo:
            assert dict(undo.run().done) == {"deleted": 2}


def test_three_of_many_are_edited_and_the_others_are_left(portal: Client, tmp_path: Path, mark: str) -> None:
    makers = [{"maker": "Sea", "since": "2020-01-05"}, {"maker": "Air"}]
    records = [
        {"type": "instrument", "name": f"{mark}-{number}", "title": f"No {number}", "owner_org": "rivers", "status": "on",
         "manufacturer": makers, "resources": [{"url": "https://example.org/a", "name": "a", "rights": "open"}]}
        for number in range(6)
    ]  # fmt: skip
    with portal.jobs.load(records) as job:
        assert dict(job.run().done) == {"created": 6}
    names = [one["name"] for one in records]
    path = tmp_path / "some.xlsx"
    assert portal.sheets.export(path, names) == 6
    with portal.sheets.apply(path) as job:
        assert (job.plan().total, job.plan().refused) == (0, 0)
    before = {name: portal.datasets.get(name) for name in names}
    edited(
        path,
        ("instrument", f"{mark}-1", "title", "Changed"),
        ("instrument", f"{mark}-2", "notes", "New"),
        ("manufacturer", f"{mark}-3", "", None),
        ("resources", f"{mark}-2", "name", "b"),
        ("instrument", f"{mark}-4", "title", "Mine"),
    )
    (tmp_path / "levels.txt").write_text("level\n1\n")
    filled(path, {"resources": [{"record": f"{mark}-2", "upload": "levels.txt", "rights": "closed"}]})
    # Somebody else changes other things meanwhile, and one that was changed here as well.
    portal.datasets.patch(f"{mark}-1", notes="Theirs")
    portal.datasets.patch(f"{mark}-3", manufacturer=[*makers, {"maker": "Land"}])
    portal.datasets.patch(f"{mark}-4", title="Theirs")
    with portal.sheets.apply(path) as job:
        [refused] = job.entries("refused")
        assert "title was changed on both sides" in refused.reason
        assert ("Mine" in refused.reason, "Theirs" in refused.reason) == (True, True)
        planned = {name: portal.datasets.get(name) for name in names}
        report = job.run()
        assert (dict(report.done), report.failed) == ({"changed": 3, "uploaded": 1}, 1), [
            one.reason for one in job.failures()
        ]
        after = {name: portal.datasets.get(name) for name in names}
        assert [name for name in names if after[name] != planned[name]] == [f"{mark}-1", f"{mark}-2", f"{mark}-3"]
        assert [after[name] for name in names[5:]] == [before[name] for name in names[5:]]
        assert (after[f"{mark}-1"]["title"], after[f"{mark}-1"]["notes"]) == ("Changed", "Theirs")
        assert [one["maker"] for one in after[f"{mark}-3"]["manufacturer"]] == ["Air", "Land"]
        resources = after[f"{mark}-2"]["resources"]
        assert [(one["name"], one["url_type"]) for one in resources] == [("b", None), ("levels.txt", "upload")]
        with job.undo() as undo:
            assert undo.run().complete, [one.reason for one in undo.failures()]
        for name in names:
            assert said(portal.datasets.get(name)) == said(planned[name])
    with portal.jobs.delete(names, purge=True) as job:
        job.run()


def test_three_of_a_hundred_are_edited_and_the_others_stay_byte_for_byte(clean_portal: Sandbox, tmp_path: Path) -> None:
    path, link = tmp_path / "all.xlsx", {"url": "https://example.org/a", "name": "a"}
    rows = [
        {"name": f"d{number:02}", "owner_org": "office", "title": f"No {number}", "extras": [{"key": "depth", "value": f"{number:03}"}], "resources": [link]}
        for number in range(100)
    ]  # fmt: skip
    with clean_portal.client() as ckan:
        ckan.organizations.create(name="office")
        with ckan.jobs.load(rows) as job:
            assert dict(job.run().done) == {"created": 100}
        assert ckan.sheets.export(path, everything=True) == 100
        edited(
            path,
            ("dataset", "d07", "title", "Changed"),
            ("extras", "d42", "value", "9"),
            ("resources", "d99", "name", "b"),
        )
        before = as_stored(ckan)
        with ckan.sheets.apply(path) as job:
            assert str(job.plan()) == "3 to be changed, 97 unchanged"
            assert dict(job.run().done) == {"changed": 3}
        after = as_stored(ckan)
    assert sorted(name for name in before if before[name] != after[name]) == ["d07", "d42", "d99"]
    assert b"Changed" in after["d07"]


def as_stored(ckan: Client) -> dict[str, bytes]:
    """Each dataset of a portal to the byte, with when it was changed."""
    return {one["name"]: json.dumps(one).encode() for one in ckan.datasets.list()}


def test_groups_go_to_another_portal_and_are_found_there_by_their_names(
    portal: Client, ckan_client: Client, tmp_path: Path, mark: str
) -> None:
    path, names = tmp_path / "groups.xlsx", [f"{mark}-a", f"{mark}-b"]
    for name in names:
        ckan_client.groups.create(name=name, title=f"Group {name}")
    portal.groups.create(name=names[1], title="Another title", type="catchment")
    ckan_client.sheets.export(path, names, entity="group", fields=["title"])

    with portal.sheets.apply(path, type="catchment") as job:
        assert str(job.plan()) == "1 to be changed, 1 to be created"
        job.run()
    there = [portal.groups.get(one) for one in names]
    assert [one["title"] for one in there] == [f"Group {name}" for name in names]
    assert not {one["id"] for one in there} & {ckan_client.groups.get(name)["id"] for name in names}
    with portal.sheets.apply(path, type="catchment") as again:
        assert str(again.plan()) == "2 unchanged"


@pytest.mark.parametrize("type_", ["group", "party"])
def test_groups_of_a_type_that_scheming_does_not_define_have_ckans_own_fields(
    ckan_client: Client, proxy: Any, faults: Any, tmp_path: Path, mark: str, type_: str
) -> None:
    path, catchments = tmp_path / "groups.xlsx", faults.status(200, b'{"success": true, "result": ["catchment"]}')
    proxy.always(
        lambda seen, passed_on: (catchments if seen.action == "scheming_group_schema_list" else passes)(seen, passed_on)
    )
    ckan_client.groups.create(name=mark, title="Before", type=type_)
    with Client(proxy.url, ckan_client.settings.token) as ckan:
        assert ckan.sheets.export(path, [mark], entity="group", fields=["title"]) == 1
        edited(path, (type_, mark, "title", "After"))
        with ckan.sheets.apply(path) as job:
            assert job.run().complete
        assert ckan.groups.get(mark)["title"] == "After"
        with ckan.jobs.load([{"name": mark, "title": "Loaded"}], kind="group", type=type_) as job:
            assert job.run().done == {"changed": 1}
        assert ckan.schemas.get(type_, entity="group").source == "ckan"
        with pytest.raises(InvalidArgument, match="has no group type 'grouop'"):
            ckan.schemas.get("grouop", entity="group")


def passes(_: Any, passed_on: Any) -> Any:
    return passed_on()


def said(record: dict[str, Any]) -> dict[str, Any]:

    return normal("datasets", record)
