"""`tuckan audit`: exit codes, and what it writes."""

from __future__ import annotations

import json
import os
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest
from tests.audit.link_hosts import running
from tests.audit.records import good, resource
from tests.shell import Shell

if TYPE_CHECKING:
    from pathlib import Path

    from tuckan import Client
    from tuckan.sandbox import Sandbox

HOSTILE = '<script>alert("x")</script> "\'&amp;'


@pytest.fixture
def offline(tmp_path: Path) -> Shell:
    """A shell in a folder with a dump: 19 good datasets, and one without tags and with a hostile title."""
    records = [good(number) for number in range(19)]
    records.append(
        good(19, title=HOSTILE, tags=[], resources=[resource(19, url="https://ann:secret@example.org/19.csv")])
    )
    write(tmp_path / "datasets.jsonl", records)
    return Shell(tmp_path)


def write(path: Path, records: list[dict[str, Any]]) -> None:
    path.write_text("".join(f"{json.dumps(one)}\n" for one in records), encoding="utf-8")


def test_scores_and_findings_of_a_dump(offline: Shell) -> None:
    ran = offline("audit", "--from", "datasets.jsonl", "--jsonl", "findings.jsonl", "--format", "json")
    assert ran.code == 0
    told = json.loads(ran.out)
    assert told["score"]["points"] == 325 - 30 / 20
    assert told["findings"] == {"error": 1, "warning": 2, "note": 0}
    assert [one["name"] for one in told["organizations"]] == ["office"]
    assert len(told["scores"]) == 20
    found = [json.loads(line) for line in (offline.folder / "findings.jsonl").read_text("utf-8").splitlines()]
    assert sorted(one["rule"] for one in found) == ["metadata/url-with-password", "mqa/keyword", "texts/html"]
    assert "secret" not in json.dumps(found)
    assert "20 datasets: 323.5 of 325 points of the MQA (good to excellent), 3 findings." in ran.err


@pytest.mark.parametrize(
    ("condition", "code", "said"),
    [
        ("mqa<221,error>1", 0, ""),
        ("mqa<324", 10, "mqa is 323.50 of 325 measured: mqa<324."),
        ("error>0", 10, "error is 1: error>0."),
        ("texts/html>=5%", 10, "texts/html is 5%: texts/html>=5%."),
        ("texts/html>5%", 0, ""),
        ("findability<100", 10, "findability is 98.50: findability<100."),
        ("tests/html>5", 2, "texts/html"),
        ("mqa=3", 2, "not a condition"),
    ],
)
def test_a_condition_that_is_met_is_an_exit_code_of_its_own(
    offline: Shell, condition: str, code: int, said: str
) -> None:
    ran = offline("audit", "--from", "datasets.jsonl", "--fail-on", condition)
    assert ran.code == code
    assert said in ran.err


def test_what_changed_since_an_earlier_audit(offline: Shell) -> None:
    offline("audit", "--from", "datasets.jsonl", "--jsonl", "old.jsonl")
    old_scores = offline("audit", "--from", "datasets.jsonl", "--format", "json").out
    write(offline.folder / "datasets.jsonl", [good(0, notes=""), *map(good, range(1, 20))])
    offline("audit", "--from", "datasets.jsonl", "--jsonl", "new.jsonl")
    ran = offline("audit", "diff", "old.jsonl", "new.jsonl", "--format", "jsonl")
    told = [(one["change"], one["rule"]) for one in map(json.loads, ran.lines)]
    assert sorted(told) == [
        ("mended", "metadata/url-with-password"),
        ("mended", "mqa/keyword"),
        ("mended", "texts/html"),
        ("new", "metadata/description-missing"),
        ("new", "mqa/dcat-ap"),
    ]
    (offline.folder / "old.json").write_text(old_scores, "utf-8")
    new_scores = offline("audit", "--from", "datasets.jsonl", "--format", "json").out
    (offline.folder / "new.json").write_text(new_scores, "utf-8")
    ran = offline("audit", "diff", "old.json", "new.json", "--format", "jsonl")
    changes = {one["what"]: one["change"] for one in map(json.loads, ran.lines)}
    assert changes["mqa/keyword"] == 1.5
    assert changes["mqa/dcat_ap"] == -1.5
    assert offline("audit", "diff", "old.json", "new.jsonl").code == 2
    assert offline("audit", "diff", "datasets.jsonl", "new.jsonl").code == 2


def test_rules_are_listed_and_a_configuration_is_found(offline: Shell) -> None:
    assert "metadata/title-missing" in offline("audit", "rules", "--format", "ids").lines
    assert offline("audit", "rules", "texts/h*", "--format", "ids").lines == ["texts/html"]
    (offline.folder / "audit.toml").write_text('[levels]\n"texts/html" = "off"\n', "utf-8")
    assert "2 findings" in offline("audit", "--from", "datasets.jsonl").err
    (offline.folder / "audit.toml").write_text("[levles]\n", "utf-8")
    ran = offline("audit", "--from", "datasets.jsonl")
    assert ran.code == 2
    assert "Did you mean 'levels'?" in ran.err


def test_sarif_has_what_code_scanning_needs(offline: Shell) -> None:
    assert offline("audit", "--from", "datasets.jsonl", "--sarif", "audit.sarif").code == 0
    told = json.loads((offline.folder / "audit.sarif").read_text("utf-8"))
    [run] = told["runs"]
    assert told["version"] == "2.1.0"
    rules = run["tool"]["driver"]["rules"]
    assert len({one["id"] for one in rules}) == len(rules) == len(run["results"]) == 3
    for one in run["results"]:
        assert rules[one["ruleIndex"]]["id"] == one["ruleId"]
        assert one["level"] in ("error", "warning", "note")
        assert one["message"]["text"]
        assert one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "dataset/rain-19"
        assert one["partialFingerprints"]["record/v1"].startswith(one["ruleId"])


class Page(HTMLParser):
    """What a page would load, and its tags."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loaded += [
            str(value)
            for name, value in attrs
            if name in ("src", "srcset", "data") or (tag == "link" and name == "href")
        ]


def test_the_report_loads_nothing_and_runs_nothing(offline: Shell) -> None:
    assert offline("audit", "--from", "datasets.jsonl", "--tables").code == 2
    assert offline("audit", "--from", "datasets.jsonl", "--users").code == 2
    for _ in range(2):
        ran = offline("audit", "--from", "datasets.jsonl", "--html", "report.html", "--history", "history.jsonl")
    assert ran.code == 0
    text = (offline.folder / "report.html").read_text("utf-8")
    page = Page()
    page.feed(text)
    assert page.loaded == ["data:,"]
    assert not {"script", "iframe", "object", "img"} & set(page.tags)
    assert not re.search(r"url\(|@import|\son\w+=", text)
    assert "Trend" in text
    assert "secret" not in text
    assert "No keywords (MQA, 30 points)" in text
    assert len((offline.folder / "history.jsonl").read_text("utf-8").splitlines()) == 2
    (offline.folder / "history.jsonl").write_text("no score\n", "utf-8")
    ran = offline("audit", "--from", "datasets.jsonl", "--history", "history.jsonl")
    assert (ran.code, "line 1 is not the score of an audit" in ran.err) == (2, True)


def test_a_portal_is_audited_as_its_dump_is(clean_portal: Sandbox, tmp_path: Path) -> None:
    from tuckan import Audit, Client, Dump  # noqa: PLC0415 - this test alone needs a portal

    with Client(clean_portal.url, clean_portal.token(), progress=False) as ckan:
        _fill(ckan)
        audit = ckan.audit()
        ckan.dump("datasets", tmp_path / "datasets.jsonl")
        of_dump = Audit.of(Dump(tmp_path / "datasets.jsonl"))
    told = {(one.rule, one.name) for one in audit.findings() if one.rule.startswith(("texts/", "formats/", "portal/"))}
    assert told >= {("texts/html", "snow"), ("formats/spelling", "snow"), ("portal/organization-undescribed", "office")}
    assert ("portal/organization-empty", "office") not in told
    assert audit.score.metrics == of_dump.score.metrics
    assert audit.titles["office"] == "The Office"
    page = next(one.url for one in audit.findings() if one.rule == "texts/html")
    assert page == f"{clean_portal.url}/dataset/snow"
    shell = Shell(tmp_path, {"CKAN_BASE_URL": clean_portal.url})
    assert shell("audit", "--fail-on", "texts/html>0").code == 10


def test_links_are_checked_when_asked_for_and_moved_ones_are_mended(clean_portal: Sandbox, tmp_path: Path) -> None:
    from tuckan import Client  # noqa: PLC0415 - as above

    hosts = running()
    old, new = (f"http://127.0.0.1:{hosts.port}/of/{kind}/7.csv" for kind in ("moved", "good"))
    gone = f"http://127.0.0.1:{hosts.port}/of/gone/8.pdf"
    options = ("--links", "--allow-private-addresses", "--links-state", "links.db", "--broken-after", "0h")
    shell = Shell(tmp_path, {"CKAN_BASE_URL": clean_portal.url, "CKAN_API_KEY": clean_portal.token()})
    with Client(clean_portal.url, clean_portal.token(), progress=False) as ckan:
        _fill(ckan)
        # No format that DataPusher loads: it would ask these hosts as well, and change the resource a moment later.
        resources = [{"name": "a", "url": old, "format": "TXT"}, {"name": "b", "url": gone, "format": "PDF"}]
        ckan.datasets.patch("snow", resources=resources)
        assert shell("audit", "--fail-on", "broken>0").code == 2
        assert shell("audit").code == 0
        assert hosts.counts.total() == 0
        ran = shell("audit", *options, "--fail-on", "broken>0", "--html", "report.html")
        assert (ran.code, "2 links: 1 works, 1 suspected." in ran.err) == (0, True), ran.err
        ran = shell("audit", *options, "--fail-on", "broken>40%")
        assert (ran.code, "broken is 50%: broken>40%." in ran.err) == (10, True), ran.err
        assert f"127.0.0.1:{hosts.port}" in (tmp_path / "report.html").read_text("utf-8")
        before = ckan.snapshot("datasets")
        assert shell("audit", "fix", *options, "--rule", "links/moved", "--yes").code == 0
        assert [one["url"] for one in ckan.datasets.get("snow")["resources"]] == [new, gone]
        assert shell("job", "undo", "last", "--yes").code == 0
        assert ckan.snapshot("datasets") == before
    assert "authorization" not in hosts.headers


def test_tables_and_tokens_are_looked_at_when_asked_for(clean_portal: Sandbox, tmp_path: Path) -> None:
    from tuckan import Client, NotAuthorized  # noqa: PLC0415 - as above

    (tmp_path / "rain.txt").write_text("station,rain\n1,2.5\n2,0\n", "utf-8")
    with Client(clean_portal.url, clean_portal.token(), progress=False) as ckan:
        _fill(ckan)
        there = ckan.resources.upload("snow", tmp_path / "rain.txt", name="rain", format="TXT").resource
        rows = [{"station": number, "rain": 0} for number in range(3)]
        ckan.call("datastore_create", {"resource_id": there["id"], "records": rows, "force": True})
        lost = ckan.datasets.create(
            name="lost", title="Lost", owner_org="office", resources=[{"name": "a", "url": "https://example.org/a"}]
        )
        orphan = lost["resources"][0]["id"]
        ckan.call("datastore_create", {"resource_id": orphan, "records": [{"a": 1}], "force": True})
        ckan.users.create("gone", "gone@example.org")
        ckan.organizations.add_member("office", "gone", role="editor")
        secret = str(ckan.tokens.create("gone", "laptop")["token"])
        with Client(clean_portal.url, secret, progress=False) as gone:
            gone.datasets.create(name="hail", title="Hail", owner_org="office")
            with pytest.raises(NotAuthorized):
                gone.audit(users=True)
        ckan.users.delete("gone")
        ckan.call("dataset_purge", {"id": "lost"})
        told = {(one.rule, one.name, one.resource) for one in ckan.audit(tables=True, users=True).findings()}
        assert {one for one in told if one[0].startswith("tokens/")} == {("tokens/of-deleted-user", "gone", "")}
        assert {one for one in told if one[0].startswith("portal/table-")} == {
            ("portal/table-differs", "snow", there["id"]),
            ("portal/table-orphaned", clean_portal.url, ""),
        }
        shell = Shell(tmp_path, {"CKAN_BASE_URL": clean_portal.url, "CKAN_API_KEY": clean_portal.token()})
        ran = shell("audit", "--tables", "--users", "--jsonl", "all.jsonl", "--format", "json")
        assert ran.code == 0, ran.err
        assert json.loads(ran.out)["organizations"][0]["administrators"] == ["admin"]
        assert secret not in (tmp_path / "all.jsonl").read_text("utf-8") + ran.out


MANY = int(os.environ.get("TUCKAN_AUDITED_DATASETS", "24"))
"""How many datasets are mended at once; 2,000 take minutes."""


def test_many_datasets_are_mended_and_undone_they_are_as_before(clean_portal: Sandbox, tmp_path: Path) -> None:
    from tuckan import Client, difference  # noqa: PLC0415 - as above

    spoiled: list[dict[str, Any]] = [
        {"maintainer": "Ann "},
        {"title": "Regen in ZÃ¼rich {n}"},
        {"format": "Comma separated values"},
        {"mimetype": "text/x-csv"},
    ]
    with Client(clean_portal.url, clean_portal.token(), progress=False) as ckan:
        _fill(ckan)
        records: list[dict[str, Any]] = []
        for number in range(MANY):
            wrong = {name: value.replace("{n}", str(number)) for name, value in spoiled[number % len(spoiled)].items()}
            table = {"name": "table", "url": f"https://example.org/{number}.csv", "format": "CSV"}
            of_table = {name: wrong.pop(name) for name in ("format", "mimetype") if name in wrong}
            record = {"name": f"rain-{number}", "title": f"Rain {number}", "owner_org": "office", **wrong}
            records.append({**record, "resources": [{**table, **of_table}]})
        with ckan.jobs.load(records) as job:
            assert job.run().complete
        before = ckan.snapshot("datasets")
        with ckan.jobs.fix() as job:
            assert job.plan().total == MANY + 1  # and the one of `_fill`
            assert job.run().complete
            assert [one for one in ckan.audit().findings() if one.patch] == []
            assert difference(before, ckan.snapshot("datasets"))
            with job.undo() as undo:
                assert undo.run().complete
        assert not difference(before, ckan.snapshot("datasets"))


def test_what_people_have_to_mend_is_a_workbook(clean_portal: Sandbox, tmp_path: Path) -> None:
    from openpyxl import load_workbook  # noqa: PLC0415 - this test alone reads one

    from tuckan import Client  # noqa: PLC0415 - as above

    shell = Shell(tmp_path, {"CKAN_BASE_URL": clean_portal.url, "CKAN_API_KEY": clean_portal.token()})
    with Client(clean_portal.url, clean_portal.token(), progress=False) as ckan:
        _fill(ckan)
        ran = shell("audit", "--sheet", "mend.xlsx")
        assert (ran.code, "mend.xlsx written: 1 dataset." in ran.err) == (0, True), ran.err
        book = load_workbook(tmp_path / "mend.xlsx")
        cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
        comments = [str(cell.comment.text) for cell in cells if cell.comment is not None]
        assert any("It contains HTML" in one or "HTML" in one for one in comments), comments
        [notes] = [cell for cell in cells if cell.value == "<p>The depth of snow</p>"]
        notes.value = "The depth of snow at all stations of the office, in centimetres."
        book.save(tmp_path / "mend.xlsx")
        assert "texts/html" not in shell("audit", "--from", "mend.xlsx", "--format", "ids").lines
        assert "texts/html" in shell("audit", "--format", "ids").lines
        ran = shell("sheet", "apply", "mend.xlsx", "--yes")
        assert ran.code == 0, ran.err
        assert "texts/html" not in shell("audit", "--format", "ids").lines


def _fill(ckan: Client) -> None:
    ckan.organizations.create(name="office", title="The Office")
    ckan.datasets.create(
        name="snow",
        title="Depth of snow",
        notes="<p>The depth of snow</p>",
        owner_org="office",
        resources=[{"name": "table", "url": "https://example.org/snow.csv", "format": "Comma separated values"}],
    )


def test_what_is_fixed_is_fixed_and_undone_it_is_as_before(clean_portal: Sandbox, tmp_path: Path) -> None:
    from tuckan import Audit, Client, difference  # noqa: PLC0415 - as above

    def mechanical(audit: Audit) -> set[tuple[str, str]]:
        return {(one.rule, one.name) for one in audit.findings() if one.patch}

    with Client(clean_portal.url, clean_portal.token(), progress=False) as ckan:
        _fill(ckan)
        ckan.datasets.patch("snow", title="Schnee in ZÃ¼rich")
        ckan.datasets.create(
            name="ice",
            title="Ice",
            owner_org="office",
            resources=[
                {"name": "one", "url": "https://example.org/ice.csv", "format": "CSV", "mimetype": "text/x-csv"},
                {"name": "two", "url": "https://example.org/ice.pdf", "format": "PDF", "mimetype": "application/pdf"},
            ],
        )
        before, found = ckan.snapshot("datasets"), mechanical(ckan.audit())
        assert found == {("texts/mojibake", "snow"), ("formats/spelling", "snow"), ("formats/mimetype-invalid", "ice")}
        shell = Shell(tmp_path, {"CKAN_BASE_URL": clean_portal.url, "CKAN_API_KEY": clean_portal.token()})
        assert shell("audit", "fix", "--rule", "formats/*,text/html", "--yes").code == 2
        assert shell("audit", "fix", "--dry-run").code == 0
        assert ckan.snapshot("datasets") == before
        ran = shell("audit", "fix", "--yes")
        assert ran.code == 0, ran.err
        assert mechanical(ckan.audit()) == set()
        snow, ice = ckan.datasets.get("snow"), ckan.datasets.get("ice")
        assert (snow["title"], snow["resources"][0]["format"]) == ("Schnee in Zürich", "CSV")
        assert [one["mimetype"] for one in ice["resources"]] == ["text/csv", "application/pdf"]
        undone = shell("job", "undo", "last", "--yes")
        assert undone.code == 0, undone.err
        assert not difference(before, ckan.snapshot("datasets")), undone.err
