"""How a run ends that somebody or something stops: Ctrl-C, a reader who has enough, a full disk, a folder that is gone."""

from __future__ import annotations

import contextlib
import gzip
import json
import logging
import os
import pty
import signal
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import click
import pytest

from tuckan.cli.running import run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.shell import Shell

    from conftest import Impostor


def pages(asked: dict[str, Any]) -> dict[str, Any]:
    """A portal of 5,000 datasets, 100 at a time."""
    numbers = range(asked.get("start", 0), min(asked.get("start", 0) + 100, 5000))
    return {"count": 5000, "results": [{"id": f"{number:06}", "name": f"d{number}"} for number in numbers]}


def begun(shell: Shell, *arguments: str, before: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", f"{before}\nfrom tuckan.cli import main; main()", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=shell.environment,
        cwd=shell.folder,
    )


def test_a_run_within_a_process_leaves_no_handler(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["profiles", "-vv"]) == 0
    assert logging.getLogger("tuckan").handlers == []
    capsys.readouterr()


@pytest.mark.parametrize(
    ("arguments", "given"),
    [(["dataset", "list", "-f", "ids"], ""), (["nonsense"], ""), (["datapusher", "submit", "-"], "r1\nr2\n")],
)
def test_a_process_of_its_own_does_what_a_run_within_this_one_does(
    alone: Shell, impostor: Impostor, arguments: list[str], given: str
) -> None:
    impostor.answers |= {"package_search": pages, "package_show": {"id": "1", "name": "d1"}}
    alone.variables["CKAN_BASE_URL"] = impostor.url
    assert alone.apart(*arguments, given=given) == alone(*arguments, given=given)


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_while_the_portal_is_silent(alone: Shell, impostor: Impostor, times: int) -> None:
    impostor.answers["package_search"] = pages
    impostor.seconds["package_search"] = 100.0
    # Pressed once, it ends after some seconds by itself: here after few of them.
    before = "from tuckan.cli import signals; signals.SECONDS_TO_END = 2.0" if times == 1 else ""
    with begun(alone, "dataset", "list", "--url", impostor.url, "-f", "jsonl", before=before) as process:
        assert impostor.silent.wait(200)
        process.send_signal(signal.SIGINT)
        told = ""
        if times == 2:
            assert process.stderr is not None
            while "press Ctrl-C again" not in told:
                line = process.stderr.readline()
                assert line.strip() != "Interrupted.", "said before what was under way had ended"
                assert line, told
                told += line
            process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=200)
    assert process.returncode == 130
    assert "Traceback" not in told + err


FILE = {"id": "f-1", "name": "big.bin", "package_id": "d", "url_type": "upload"}
TABLE = {"id": "r-1", "name": "rain", "package_id": "d", "url_type": "datastore", "datastore_active": True}


def table(asked: dict[str, Any]) -> dict[str, Any]:
    """A table of 30,000 rows, page by page."""
    first = max(0, *(part.get("_id", {}).get("gt", 0) for part in asked["filters"]["$and"]))
    numbers = list(range(first + 1, 30_001))
    numbers = (numbers[::-1] if asked["sort"].endswith("desc") else numbers)[: asked["limit"]]
    lines = "".join(f"{number}\n" if asked["fields"] == "_id" else f"{number},x\n" for number in numbers)
    fields = [{"id": "_id", "type": "int"}, {"id": "n", "type": "text"}][: 1 + ("," in asked["fields"])]
    return {"fields": fields, "records": lines, "total": 30_000, "limit": len(numbers)}


@pytest.mark.parametrize(
    ("command", "action", "at"),
    [
        (["dump", "datasets", "-o", "kept"], "package_search", 2),
        (["datastore", "pull", "r-1", "-o", "kept.csv"], "datastore_search", 2),
        (["resource", "download", "f-1", "--to", "kept"], "big.bin", 1),
        (["download", "--to", "folder"], "big.bin", 1),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, list) else str(value),
)
def test_ctrl_c_leaves_no_half_file(alone: Shell, impostor: Impostor, command: list[str], action: str, at: int) -> None:
    asked, release, requests = threading.Event(), threading.Event(), [0]
    file = {**FILE, "url": f"{impostor.url}/big.bin"}
    datasets = {"count": 1, "results": [{"id": "d", "name": "d", "resources": [file]}]}
    answers: dict[str, Any] = {
        "package_search": (lambda _: datasets) if command[0] == "download" else pages,
        "resource_show": lambda asked: file if asked["id"] == "f-1" else TABLE,
        "datastore_info": lambda _: {"fields": [{"id": "n", "type": "text"}], "meta": {"count": 30_000}},
        "datastore_search": table,
        "big.bin": lambda _: {"data": "x" * 1000},
    }

    def waiting(given: dict[str, Any]) -> Any:
        requests[0] += 1
        if requests[0] >= at:
            asked.set()
            release.wait(200)
        return answers[action](given)

    impostor.answers |= {**answers, action: waiting}
    for name in ("kept", "kept.csv"):
        (alone.folder / name).write_text("what was there")
    with begun(alone, *command, "--url", impostor.url) as process:
        assert asked.wait(200)
        process.send_signal(signal.SIGINT)
        release.set()
        out, err = process.communicate(timeout=200)
    assert (process.returncode, out) == (130, "")
    assert err.split("\n")[-2:] == ["Interrupted.", ""], err
    assert "Traceback" not in err
    assert [(alone.folder / name).read_text() for name in ("kept", "kept.csv")] == ["what was there"] * 2
    files = {one.name for one in alone.folder.rglob("*") if one.is_file()} - {"kept", "kept.csv"}
    # A file that had come whole may be there, with its note; nothing by half, and no manifest of a run that did not end.
    assert files <= {"big.bin", "f-1.json", "f-1.part", "f-1.part.json"}, files


def test_an_interrupted_run_says_so_when_its_threads_have_ended(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = threading.Event()

    def request_under_way() -> None:
        told.wait(0.5)
        sys.stderr.write("The request ended.\n")

    @click.command()
    def interrupted() -> None:
        threading.Thread(target=request_under_way).start()
        raise KeyboardInterrupt

    monkeypatch.setattr("tuckan.cli.running.tuckan", interrupted)
    assert run([]) == 130
    assert capsys.readouterr().err.split("\n") == ["", "The request ended.", "Interrupted.", ""]


def test_a_reader_who_has_enough(alone: Shell, impostor: Impostor) -> None:
    impostor.answers["package_search"] = pages
    for form in ("jsonl", "csv", "ids", "table", "json"):
        with begun(alone, "dataset", "list", "--url", impostor.url, "-f", form) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdout.readline()
            process.stdout.close()
            err = process.stderr.read()
        assert (process.wait(timeout=200), "Traceback" in err, "BrokenPipe" in err) == (0, False, False), (form, err)


def test_what_was_written_first_is_read_first(alone: Shell) -> None:
    script = "import sys; from tuckan.cli.terminal import say; sys.stdout.write('a table\\n'); say('A sentence.')"
    command = [sys.executable, "-c", script]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=alone.environment, text=True, check=True
    )
    assert done.stdout.splitlines() == ["a table", "A sentence."]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a disk that is always full is a device of Linux")  # noqa: PTH110
def test_a_full_disk(alone: Shell, impostor: Impostor) -> None:
    impostor.answers["package_search"] = pages
    for arguments in (["dataset", "list", "--url", impostor.url], ["--version"]):
        done = subprocess.run(
            ["bash", "-c", 'exec "$@" > /dev/full', "-", sys.executable, "-m", "tuckan", *arguments],
            stderr=subprocess.PIPE,
            text=True,
            env=alone.environment,
            cwd=alone.folder,
            check=False,
            timeout=200,
        )
        assert done.returncode == 1
        assert "No space left" in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="a shell's redirections")
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["status", "--url", "http://127.0.0.1:1"], 5),
        (["actions", "nonsense"], 2),
        (["actions", "--nonsense"], 2),
        (["--help"], 0),
    ],
)
@pytest.mark.parametrize("where", [">&- 2>&-", "2> FULL", "2>&1 | true"])
def test_the_exit_code_is_the_same_whoever_reads(alone: Shell, arguments: list[str], code: int, where: str) -> None:
    where = where.replace("FULL", "/dev/full" if os.path.exists("/dev/full") else "/dev/null")  # noqa: PTH110
    script = f'exec 2>noise; "$@" {where}; echo "${{PIPESTATUS[0]}}" > code'
    command = ["bash", "-c", script, "-", sys.executable, "-m", "tuckan", *arguments]
    subprocess.run(command, env=alone.environment, cwd=alone.folder, check=True, timeout=120)
    assert (alone.folder / "code").read_text().strip() == str(code)
    assert "Traceback" not in (alone.folder / "noise").read_text()


@pytest.mark.parametrize(
    ("module", "arguments"),
    [
        ("tuckan.cli.running", []),
        ("tuckan.cli.root", []),
        ("click", []),
        ("tuckan.cli.commands.datasets", ["dataset", "list"]),
        ("tuckan.client._sync.client", ["dataset", "list", "--url", "http://127.0.0.1:9"]),
        ("httpx2", ["dataset", "list", "--url", "http://127.0.0.1:9"]),
    ],
)
def test_ctrl_c_while_modules_are_imported(alone: Shell, module: str, arguments: list[str]) -> None:
    code = f"""
import os, signal, sys
class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.meta_path.insert(0, Interrupting())
from tuckan.cli import main
main()
"""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        env=alone.environment,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr.lstrip("\n")) == (130, "Interrupted.\n")


def test_ctrl_c_in_code_that_is_made_of_text(alone: Shell) -> None:
    """Dataclasses are: once Ctrl-C ended such code, `python -m` ends by the signal, whatever the program says."""
    (alone.folder / "sitecustomize.py").write_text("""
import sys
class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == "tuckan.cli.root":
            exec("import os, signal; os.kill(os.getpid(), signal.SIGINT)")
sys.meta_path.insert(0, Interrupting())
""")
    done = subprocess.run(
        [sys.executable, "-m", "tuckan"],
        capture_output=True,
        text=True,
        env={**alone.environment, "PYTHONPATH": str(alone.folder)},
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr.lstrip("\n")) == (130, "Interrupted.\n")


def test_a_folder_that_is_gone(alone: Shell, tmp_path: Path) -> None:
    script = 'mkdir gone && cd gone && rmdir ../gone && exec "$@"'
    done = subprocess.run(
        ["bash", "-c", script, "-", sys.executable, "-m", "tuckan", "status"],
        capture_output=True,
        text=True,
        env={**alone.environment, "PYTHONSAFEPATH": "1"},
        cwd=tmp_path,
        check=False,
        timeout=200,
    )
    assert done.returncode == 3
    assert "No portal is given" in done.stderr


def test_a_mistake_of_ours_is_a_sentence_and_shows_where_when_asked(
    alone: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuckan.cli.commands.jobs.summaries", None)
    ran = alone("job", "list")
    assert (ran.code, ran.out) == (1, "")
    assert "a bug in tuckan: TypeError" in ran.err


def test_a_portal_that_does_not_tell_whose_token_it_is(alone: Shell, impostor: Impostor) -> None:
    impostor.answers["user_show"] = {"id": "1"}
    alone.variables["CKAN_API_KEY"] = "secret-token-42"
    ran = alone("token", "list", "--url", impostor.url)
    assert (ran.code, "give the name of the user" in ran.err) == (2, True), ran.err


@pytest.mark.parametrize("arguments", [("dataset", "update"), ("dump", "datasets", "-o", "")])
def test_what_is_not_named_is_asked_for(alone: Shell, arguments: tuple[str, ...]) -> None:
    ran = alone(*arguments, "--url", "http://127.0.0.1:9")
    assert (ran.code, "mistake" in ran.err) == (2, False), ran.err


def test_an_answer_of_another_form_is_no_mistake_of_ours(alone: Shell, impostor: Impostor) -> None:
    impostor.answers["status_show"] = {"extensions": 5}
    ran = alone("status", "--url", impostor.url)
    assert (ran.code, ran.out) == (5, "")
    assert "status_show: the answer did not come from CKAN" in ran.err
    assert "$.extensions" in ran.err


@pytest.mark.parametrize("error", [EOFError("cut"), BrokenPipeError(32, "of another program")])
def test_what_is_no_ctrl_c_and_no_reader_who_has_gone_is_not_taken_for_it(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr("tuckan.cli.commands.jobs.summaries", fail)
    assert run(["job", "list"]) == 1
    said = capfd.readouterr().err
    assert str(error.args[-1]) in said
    assert "Interrupted" not in said


def test_ctrl_d_is_no_answer_and_no_ctrl_c(alone: Shell) -> None:
    answering, asked = pty.openpty()
    script = "from tuckan.cli.terminal import confirmed\nfrom tuckan.errors import Cancelled\ntry: confirmed('Sure?')\nexcept Cancelled as error: print(error)"
    with subprocess.Popen([sys.executable, "-c", script], stdin=asked, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:  # fmt: skip
        os.close(asked)
        os.write(answering, b"\x04")
        out, err = process.communicate(timeout=200)
    os.close(answering)
    assert (process.returncode, out.splitlines()[0]) == (0, "No answer was given."), err


def test_a_packed_table_that_is_cut_is_no_ctrl_c(alone: Shell, impostor: Impostor) -> None:
    whole = gzip.compress("\n".join(["n", *(f"{hash(str(n))}" for n in range(5000))]).encode())
    (alone.folder / "rain.csv.gz").write_bytes(whole[: len(whole) // 2])
    impostor.answers["resource_show"] = {"id": "r", "name": "rain", "url_type": "datastore"}
    impostor.answers["datastore_info"] = {"fields": [], "meta": {}}
    impostor.answers["datastore_search"] = {"fields": [], "records": "", "total": 0}
    ran = alone("datastore", "push", "rain.csv.gz", "r", "--yes", "--url", impostor.url)
    assert ran.code == 2, ran.err
    assert "rain.csv.gz is truncated or damaged: Compressed file ended" in ran.err


def test_the_question_before_rows_are_deleted_names_resource_and_portal(alone: Shell, impostor: Impostor) -> None:
    sent: list[Any] = []
    impostor.answers["resource_show"] = {"id": "r-1", "name": "rain", "url_type": "datastore"}
    impostor.answers["datastore_search"] = {"fields": [], "records": [], "total": 1234}
    impostor.answers["datastore_delete"] = lambda asked: sent.append(asked) or {}
    ran = alone("datastore", "delete", "r-1", "--filter", "year=2023", "--url", impostor.url, given="n\n")
    asked = next(line for line in ran.err.splitlines() if "[y/N]" in line)
    assert "1,234 rows" in asked, asked
    assert "r-1" in asked, asked
    assert impostor.url.removeprefix("http://") in asked, asked
    assert (ran.code, sent) == (1, []), ran.err


ASKING = (
    ["dataset", "delete", "d1"],
    ["dataset", "delete", "--organization", "city"],
    ["dataset", "purge", "d1"],
    ["dataset", "make-private", "d1"],
    ["dataset", "patch", "d1", "tags:[]"],
    ["dataset", "patch", "--where", "tags:sky", "notes=x"],
    ["delete", "datasets", "--where", "tags:sky"],
    ["delete", "users", "ann"],
    ["organization", "delete", "city"],
    ["organization", "purge", "city"],
    ["organization", "patch", "city", "users:[]"],
    ["group", "delete", "city"],
    ["user", "delete", "ann"],
    ["resource", "delete", "r-1"],
    ["view", "delete", "v-1"],
    ["vocabulary", "delete", "themes"],
    ["datastore", "delete", "r-1", "--filter", "year=2023"],
    ["datastore", "drop", "r-1"],
    ["token", "revoke", "--name", "old"],
    ["load", "users", "name=bob", "email=bob@example.org", "password=long enough 1"],
    ["batch", "calls.jsonl"],
)


@pytest.mark.parametrize("command", ASKING, ids=" ".join)
def test_every_question_names_the_portal_and_the_profile(alone: Shell, impostor: Impostor, command: list[str]) -> None:
    sent: list[Any] = []
    dataset = {"id": "d-1", "name": "d1", "state": "active", "resources": [], "tags": [{"name": "sky"}]}
    entity = {
        "id": "e-1",
        "name": "city",
        "state": "active",
        "users": [{"id": "u-1", "name": "ann", "capacity": "admin"}],
    }
    token = {"id": "t-1", "name": "old", "created_at": "2024-01-01T00:00:00", "last_access": None}
    impostor.answers |= {
        "package_show": dataset,
        "package_search": {"count": 1, "results": [dataset]},
        "organization_show": entity,
        "group_show": entity,
        "user_show": {"id": "u-1", "name": "ann", "state": "active"},
        "user_list": [],
        "resource_show": {"id": "r-1", "name": "rain", "package_id": "d-1", "url_type": "datastore"},
        "resource_view_show": {"id": "v-1", "title": "Words"},
        "vocabulary_show": {"id": "w-1", "name": "themes", "tags": []},
        "datastore_info": {"fields": [], "meta": {"count": 1234}},
        "datastore_search": lambda asked: {
            "fields": [{"id": "_id", "type": "int"}],
            "records": "1234\n" if asked.get("records_format") == "csv" else [],
            "total": 1234,
            "limit": 1,
        },
        "api_token_list": [token],
    }
    for action in ("delete", "purge", "patch", "revise", "update", "create", "revoke"):
        for what in ("package", "dataset", "organization", "group", "user", "resource", "resource_view", "vocabulary", "datastore", "api_token"):  # fmt: skip
            impostor.answers[f"{what}_{action}"] = lambda asked, name=f"{what}_{action}": sent.append(name) or {}
    (alone.folder / "calls.jsonl").write_text('{"action": "package_patch", "data": {"id": "d1", "title": "x"}}')
    assert alone("login", "work", "--url", impostor.url, "--token-stdin", given="a.b.c").code == 0
    ran = alone(*command, "--profile", "work", given="n\n")
    assert (ran.code, sent) == (1, []), ran.err
    assert f"{impostor.url} (profile work)" in ran.err, ran.err


def test_arguments_in_no_encoding(alone: Shell) -> None:
    done = subprocess.run(
        [sys.executable.encode(), b"-m", b"tuckan", b"search", b"\xff\xfe"],
        capture_output=True,
        env=alone.environment,
        cwd=alone.folder,
        check=False,
        timeout=200,
    )
    assert done.returncode == 2
    assert b"not text in UTF-8" in done.stderr


def test_text_of_any_kind_on_a_plain_locale(alone: Shell, impostor: Impostor) -> None:
    titles = ["東京都", "Zürich", "esc \x1b[31m \x9b31m"]
    impostor.answers["license_list"] = [{"id": str(number), "title": title} for number, title in enumerate(titles)]
    alone.variables |= {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run(
        [sys.executable, "-m", "tuckan", "license", "list", "--url", impostor.url, "-f", "jsonl"],
        capture_output=True,
        env=alone.environment,
        cwd=alone.folder,
        check=False,
        timeout=200,
    )
    assert done.returncode == 0
    assert [json.loads(line)["title"] for line in done.stdout.decode("utf-8").splitlines()] == titles
    assert b"\x1b" not in done.stdout


def watched(
    shell: Shell, *arguments: str, until: str = "", then: threading.Event | None = None, whole: bool = False
) -> tuple[int, str]:
    """What a terminal shows of a run, of its stderr alone or of all; once it shows `until`, an event is set."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "tuckan", *arguments]
    out = theirs if whole else subprocess.DEVNULL
    with subprocess.Popen(command, stderr=theirs, stdout=out, env=shell.environment, cwd=shell.folder) as process:
        os.close(theirs)
        seen = ""
        with contextlib.suppress(OSError):  # how the end of a terminal shows on Linux
            while piece := os.read(ours, 1000):
                seen += piece.decode()
                if then is not None and until in seen:
                    then.set()
    os.close(ours)
    return process.returncode, seen


def test_a_slow_answer_is_not_waited_for_in_silence(alone: Shell, impostor: Impostor) -> None:
    answer = threading.Event()

    def late(_: dict[str, Any]) -> dict[str, Any]:
        assert answer.wait(200), "nothing was said"
        return {"count": 0, "results": []}

    impostor.answers["package_search"] = late
    line = f"waiting for {impostor.url}: 2 s"
    code, seen = watched(alone, "search", "water", "--url", impostor.url, until=line, then=answer)
    assert code == 0
    assert seen.rindex("\r\x1b[K") > seen.index(line), "what was said of waiting is wiped out"
    assert "waiting" not in alone("search", "water", "--url", impostor.url).err


LATE = [("search", "water", "-f", "ids"), ("dataset", "list", "-f", "json"), ("dataset", "show", "x", "-f", "jsonl")]


@pytest.mark.parametrize("command", LATE, ids=" ".join)
def test_lines_on_the_screen_are_not_waited_for_in_silence(
    alone: Shell, impostor: Impostor, command: tuple[str, ...]
) -> None:
    answer = threading.Event()
    record = {"id": "1", "name": "x", "state": "active", "metadata_modified": "2026-01-01T00:00:00", "resources": []}

    def late(result: Any) -> Callable[[dict[str, Any]], Any]:
        def answered(_: dict[str, Any]) -> Any:
            assert answer.wait(200), "nothing was said"
            return result

        return answered

    impostor.answers |= {"package_search": late({"count": 1, "results": [record]}), "package_show": late(record)}
    line = f"waiting for {impostor.url}: 2 s"
    code, seen = watched(alone, *command, "--url", impostor.url, until=line, then=answer, whole=True)
    assert code == 0, seen
    told, _, lines = seen.rpartition("\r\x1b[K")
    assert line in told
    assert "waiting" not in lines
    assert lines.strip(), "what was waited for"


def test_a_portal_that_is_down_is_said_at_once_and_given_up_soon(alone: Shell) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        code, seen = watched(alone, "status", "--url", url, "-v")
    assert code == 5
    assert seen.count("Trying again.") == 1
    assert seen.count("before the next request") == 2, "three attempts"
    first = seen.index("Trying again.")
    assert f"cannot connect to {url}" in seen[:first]
