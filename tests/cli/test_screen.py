"""What people see: tables as wide as the screen, text that plays no tricks, questions that can be answered."""

from __future__ import annotations

import io
import os
import pty
import re
import subprocess
import sys
import termios
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from rich.cells import cell_len

from tuckan import show
from tuckan._text import brief_pair, printable
from tuckan.cli.differences import differences
from tuckan.cli.output import Output
from tuckan.cli.tables import write_pairs, write_table
from tuckan.concurrency import Progress
from tuckan.jobs.shelf import JobSummary
from tuckan.schemas.schema import Field, Schema

if TYPE_CHECKING:
    from tests.shell import Shell

    from conftest import Impostor

DATASETS = [
    {"id": "5dfaa48c-d309-4da2-add5-3deb81ddd35d", "name": f"d{number}", "title": title, "num_resources": number}
    | {"metadata_modified": "2026-01-31T12:30:00.123456", "organization": "city"}
    for number, title in enumerate(
        [
            "Überschwemmungsgebiete und Hochwassergefahrenkarten im Einzugsgebiet",
            "東京都の河川水位" * 8,
            "[bold]x[/bold]",
            "🚲 b",
        ]
    )
]
COLUMNS = ("name", "title", "organization", "num_resources", "metadata_modified")


def drawn(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int, *columns: str) -> list[str]:
    monkeypatch.setenv("COLUMNS", str(width))
    write_table(DATASETS, columns)
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("width", [40, 80, 120, 300])
def test_a_table_fits_the_screen(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    lines = drawn(capsys, monkeypatch, width, *COLUMNS)
    assert len(lines) == 1 + len(DATASETS), "a row is a line"
    assert all(cell_len(line) <= width for line in lines)
    assert lines[0].split()[:2] == ["name", "title"]
    assert lines[3].startswith("d2  "), "names are never cut"
    assert "[bold]x[/bold]" in lines[3], "markup is text"
    if width >= 80:
        assert "modified" in lines[0]
        assert "2026-01-31" in lines[1]


def test_an_id_is_whole(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    lines = drawn(capsys, monkeypatch, 80, "id", "title", "name")
    assert all(line.startswith("5dfaa48c-d309-4da2-add5-3deb81ddd35d  ") for line in lines[1:])


def test_columns_without_room_are_named(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    write_table([{f"column_{n}": n for n in range(8)}])
    shown = capsys.readouterr()
    assert shown.out.split()[:5] == [f"column_{n}" for n in range(5)]
    assert "columns left out: column_5, column_6, column_7" in shown.err


def test_a_name_that_is_typed_next_is_whole(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    name = "population-of-north-dakota-2020"
    write_table([{"name": name, "title": "The population " * 9, "organization": "census"}])
    assert capsys.readouterr().out.splitlines()[1].startswith(f"{name}  The population")


@pytest.mark.parametrize("longest", [31, 45, 52, 60])
def test_the_end_of_a_job_is_never_cut(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, longest: int
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    name = "20260131-123000-patch-datasets-of-the-harbour-and-all-of-its-neighbours-"[: longest - 3] + "b7d"
    job = {"name": name, "title": "patch datasets of the harbour", "done": 1200, "failed": 3, "left": 14}
    job |= {"begun": "2026-01-31T12:30:00Z", "portal": "https://example.org"}
    write_table([job], list(job))
    shown = capsys.readouterr()
    assert shown.out.splitlines()[1].startswith(f"{name}  patch ")
    assert all(cell_len(line) <= 80 for line in shown.out.splitlines())
    assert "portal" in shown.err, "what has no room is named"


def test_lists_of_things_are_their_names(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    write_pairs(
        {"tags": [{"id": "1", "name": "rain"}, {"id": "2", "name": "[b]"}], "extras": [{"key": "a", "value": "b"}]}
    )
    assert [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()] == [
        ["tags", "rain, [b]"],
        ["extras", "a: b     "],
    ]


def test_a_long_key_does_not_squeeze_the_values(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    write_pairs({"k" * 50: "short", "id": DATASETS[0]["id"]})
    assert str(DATASETS[0]["id"]) in capsys.readouterr().out


def test_one_record_leaves_out_what_is_empty(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    write_pairs({"title": "a\x1b[2Jb", "zero": 0, "no": False, "notes": "", "tags": []})
    shown = capsys.readouterr()
    assert [line.split(maxsplit=1) for line in shown.out.splitlines()] == [
        ["title", r"a\x1b[2Jb".ljust(9)],
        ["zero", "0".ljust(9)],
        ["no", "no".ljust(9)],
    ]
    assert shown.err == "empty: notes, tags\n"


@given(st.text())
def test_nothing_printable_moves_the_cursor(text: str) -> None:
    shown = printable(text)
    assert not any(ord(one) < 32 and one not in "\n\t" for one in shown)
    assert not any(0x7F <= ord(one) < 0xA0 or 0x202A <= ord(one) <= 0x202E for one in shown)
    assert "\n" not in printable(text, one_line=True)
    shown.encode("utf-8")


def on_a_terminal(shell: Shell, *arguments: str, typed: str = "") -> tuple[int, str]:
    """Run on a terminal of its own, and give the exit code and what was to be seen."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (40, 80))
    process = subprocess.Popen(
        [sys.executable, "-m", "tuckan", *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**shell.environment, "TERM": "xterm", "COLUMNS": "80"},
        cwd=shell.folder,
        close_fds=True,
        start_new_session=True,
    )
    os.close(theirs)
    seen = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # Linux tells in this way that nobody is left at the other end
            break
        if not piece:
            break
        seen += piece
        if typed and (b"API token" in seen or b"[y/N]" in seen):
            os.write(ours, typed.encode())
            typed = ""
    os.close(ours)
    return process.wait(timeout=200), seen.decode()


def test_a_terminal_gets_a_table_and_no_tricks(alone: Shell, impostor: Impostor) -> None:
    impostor.answers["license_list"] = [{"id": "cc-by", "title": "evil \x1b]0;title\x07 \x9b2J", "url": ""}]
    code, seen = on_a_terminal(alone, "license", "list", "--url", impostor.url)
    assert code == 0
    assert "cc-by" in seen
    assert "\x1b]0" not in seen
    assert "\x9b" not in seen


def pages(asked: dict[str, Any]) -> dict[str, Any]:
    """A portal of 60 datasets, 20 at a time."""
    start = asked.get("start", 0)
    return {"count": 60, "results": [{"id": f"{n:03}", "name": f"d{n}"} for n in range(start, min(start + 20, 60))]}


def test_progress_shows_after_a_second_and_leaves_nothing(alone: Shell, impostor: Impostor) -> None:
    impostor.answers["package_search"] = pages
    impostor.seconds["package_search"] = 1.6
    code, seen = on_a_terminal(alone, "dataset", "list", "--url", impostor.url)
    assert code == 0
    assert "reading datasets" in seen
    left = [line.rpartition("\r")[2] for line in seen.replace("\r\n", "\n").split("\n")]
    assert left[0] == "\x1b[1mname\x1b[0m", "the bar is wiped out before the table comes"
    assert left[-2:] == ["60 datasets, complete, no duplicates.", ""]


def test_progress_is_for_people_alone(alone: Shell, impostor: Impostor) -> None:
    impostor.answers["package_search"] = pages
    impostor.seconds["package_search"] = 1.6
    ran = alone("dataset", "list", "--url", impostor.url)
    assert (ran.code, ran.err) == (0, "60 datasets, complete, no duplicates.\n")


def test_a_token_that_is_typed_is_not_seen(alone: Shell, impostor: Impostor) -> None:
    impostor.answers |= {"status_show": {"extensions": []}, "user_show": {"id": "1", "name": "alice"}}
    code, seen = on_a_terminal(alone, "login", "work", "--url", impostor.url, typed="secret-token-42\n")
    assert code == 0
    assert "alice" in seen
    assert "secret-token-42" not in seen
    assert "secret-token-42" in (alone.folder / "config" / "profiles.toml").read_text()


@given(st.text(max_size=80), st.text(max_size=200), st.text(max_size=200))
def test_values_that_differ_are_shown_differently(begin: str, one: str, other: str) -> None:
    assume(one != other)
    shown = brief_pair(begin * 3 + one, begin * 3 + other, longest=60)
    assert shown[0] != shown[1]
    nested = brief_pair([{"a": [begin, one]}] * 9, [{"a": [begin, one]}] * 8 + [{"a": [begin, other]}], longest=60)
    assert nested[0] != nested[1]


def test_a_difference_at_the_end_of_a_long_text_is_seen() -> None:
    [line] = differences({"notes": "word " * 100 + "old"}, {"notes": "word " * 100 + "new"})
    assert line == "notes: …word word word word old → …word word word word new"


def test_nobody_to_answer(alone: Shell, impostor: Impostor) -> None:
    ran = alone("login", "work", "--url", impostor.url)
    assert (ran.code, ran.out) == (1, "")
    assert "no terminal to ask on" in ran.err
    assert "--token-stdin" in ran.err


TRICKS = "\x1b]52;c;eA==\x07\x9b31m\u202egnp.exe\u2066\x00"


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "csv", "ids"])
def test_nothing_that_a_terminal_obeys_comes_to_it(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setattr(sys, "stdout", screen)
    Output(form).records([{"name": f"n{TRICKS}", f"key{TRICKS}": [TRICKS]}])
    Output(form).record({"name": f"n{TRICKS}", f"key{TRICKS}": {"a": TRICKS}})
    show({"name": f"n{TRICKS}", f"key{TRICKS}": {"a": TRICKS}})
    shown = re.sub(r"\x1b\[[01]m", "", screen.getvalue())  # bold headings are ours
    assert "gnp.exe" in shown
    assert not set(shown) & set(TRICKS) - set(printable(TRICKS))


def test_a_label_of_progress_plays_no_tricks(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(f"reading {TRICKS}", total=3, show=True) as progress:
        progress._bar.delay = 0
        progress.step(3)
        progress._bar.refresh()
    shown = capsys.readouterr().err
    assert "gnp.exe" in shown
    assert not set(shown) & (set(TRICKS) - set(printable(TRICKS)) - {"\x1b"})
    assert "\x1b]52" not in shown


def test_csv_keeps_every_byte_in_a_file_and_can_be_made_safe_for_a_spreadsheet(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = [{"name": "=1+1", "n": -1, "text": "a\x1bb", "at": "@x", "plain": "a=b"}]
    Output("csv").records(rows)
    assert capsys.readouterr().out.splitlines()[1] == "=1+1,-1,a\x1bb,@x,a=b"
    Output("csv", csv_safe=True).records(rows)
    assert capsys.readouterr().out.splitlines()[1] == "'=1+1,-1,a\x1bb,'@x,a=b"


@pytest.mark.parametrize("columns", ["0", "-5", "many", "1", "9" * 12])
def test_columns_may_say_anything(
    columns: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as own:  # pytest itself draws its reports by this variable
        own.setenv("COLUMNS", columns)
        write_table(DATASETS, COLUMNS)
        write_pairs(DATASETS[0])
    assert len(capsys.readouterr().out.splitlines()) > len(DATASETS)


@pytest.mark.parametrize("proxy", ["http://[::1", "http://user:pw@host:port", "::::", "gopher://example.org"])
def test_a_proxy_that_is_none_is_said(alone: Shell, proxy: str) -> None:
    alone.variables |= {"HTTP_PROXY": proxy, "http_proxy": proxy}
    done = alone("status", "--url", "http://127.0.0.1:9")
    assert (done.code, "HTTP_PROXY" in done.err, "pw" in done.err) == (3, True, False)


def test_a_connection_through_a_proxy_that_fails_names_its_variable(alone: Shell) -> None:
    alone.variables |= {"HTTP_PROXY": "http://me:pw@127.0.0.1:9", "http_proxy": "http://me:pw@127.0.0.1:9"}
    ran = alone("status", "--url", "http://portal.invalid")
    assert (ran.code, "the proxy that HTTP_PROXY names" in ran.err, "pw" in ran.err) == (5, True, False), ran.err
    alone.variables |= {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    ran = alone("status", "--url", "http://127.0.0.1:9")
    assert (ran.code, "HTTP_PROXY" in ran.err) == (5, False), ran.err


@pytest.mark.parametrize("content", [None, "", "no certificate"])
def test_certificates_that_can_not_be_read_name_the_variable(alone: Shell, content: str | None) -> None:
    file = alone.folder / "ca.pem"
    if content is not None:
        file.write_text(content)
    alone.variables["SSL_CERT_FILE"] = str(file)
    ran = alone("status", "--url", "https://127.0.0.1:9")
    assert (ran.code, f"{str(file)!r}, which SSL_CERT_FILE names" in " ".join(ran.err.split("\n"))) == (3, True), (
        ran.err
    )


def test_a_portal_without_tls_is_said(alone: Shell, impostor: Impostor) -> None:
    ran = alone("status", "--url", impostor.url.replace("http://", "https://"))
    assert (ran.code, "is it http://" in ran.err) == (5, True), ran.err


def test_show_draws_what_is_no_record_as_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    columns = [{"id": "station", "type": "text", "schema": {}}, {"id": "mm", "type": "numeric"}]
    show({"fields": columns, "meta": {"count": 1}})
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["column", "type"],
        ["station", "text"],
        ["mm", "numeric"],
        ["1", "row"],
    ]
    show(Schema("dataset", "instrument", (Field("serial", "Serial number", "text", required=True),)))
    head, row, told = capsys.readouterr().out.splitlines()
    assert head.split() == ["field", "label", "kind", "required"]
    assert row.split()[:3] == ["serial", "Serial", "number"]
    assert told == "the instrument schema: 1 field"
    show([JobSummary("20260131-1", "load datasets", "https://example.org")], keys=2)
    assert capsys.readouterr().out.splitlines()[0].split() == ["name", "20260131-1"]
