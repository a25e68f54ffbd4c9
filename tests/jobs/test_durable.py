"""What must not be lost when a disk is full: ledgers, backups, dumps and profiles, on a disk with a limit that the system keeps."""

from __future__ import annotations

import gzip
import json
import os
import resource
import subprocess
import sys
import textwrap
import tomllib
import zlib
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from tuckan import errors
from tuckan.cli.completion import keep
from tuckan.config import Profile, save_profile
from tuckan.jobs.folder import held
from tuckan.jobs.journal import Journal
from tuckan.push.backup import read_backup
from tuckan.push.batches import write_chunks
from tuckan.push.ledger import Ledger
from tuckan.transport.dump import Dump
from tuckan.transport.durable import replacing
from tuckan.transport.json_lines import line_writer
from tuckan.transport.locks import locked

if TYPE_CHECKING:
    from pathlib import Path


def limited(size: int, code: str, *arguments: object, environment: dict[str, str] | None = None) -> str:
    """Run Python where no file may be larger; what is written beyond that is cut, as on a full disk."""

    def limit() -> None:
        import signal  # noqa: PLC0415 - in the child alone

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    command = [sys.executable, "-B", "-c", textwrap.dedent(code), *map(str, arguments)]
    variables = {**os.environ, **(environment or {})}
    done = subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=limit, env=variables)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_line_of_the_ledger_that_does_not_fit_is_an_error_and_nothing_is_sent(tmp_path: Path) -> None:
    path = tmp_path / "a.ledger"
    ledger = Ledger(path)
    ledger.begin(0)
    whole = path.read_bytes()
    said = limited(
        len(whole) + 10,
        """
        import resource, sys
        from pathlib import Path
        from tuckan import errors
        from tuckan.push.ledger import Ledger
        ledger = Ledger(Path(sys.argv[1]))
        ledger.settle(0)
        try:
            ledger.send("rows 0", 500)
        except errors.ConfigurationError as error:
            print(error.message)
        print(ledger.in_doubt("rows 0"), Path(sys.argv[1]).stat().st_size)
        resource.setrlimit(resource.RLIMIT_FSIZE, (10**6, resource.RLIM_INFINITY))
        print(ledger.send("rows 0", 500))
        """,
        path,
    ).splitlines()
    assert said[0].startswith(f"The file {path} can't be written: ")
    assert said[1:] == [f"False {len(whole)}", "500"]
    assert Ledger(path).in_doubt("rows 0"), "what was sent is known to the next process"


def test_a_damaged_ledger_is_not_taken_for_one_that_knows_less(tmp_path: Path) -> None:
    path = tmp_path / "a.ledger"
    ledger = Ledger(path)
    ledger.begin(0)
    ledger.send("a", 5)
    ledger.end("a", arrived=True)
    path.write_bytes(path.read_bytes().replace(b'["sent"', b'["sen'))
    with pytest.raises(errors.ConfigurationError, match=r"a\.ledger, line 3, is damaged"):
        Ledger(path)


def test_no_byte_of_a_ledger_changes_without_a_word(tmp_path: Path) -> None:
    """Whatever byte is another one, it is not taken for a ledger that knows something else."""
    path = tmp_path / "a.ledger"
    ledger = Ledger(path)
    ledger.begin(12)
    ledger.send("rows 0", 500)
    ledger.end("rows 0", arrived=True)
    ledger.send("rows 500", 501)
    whole = path.read_bytes()
    for place in range(len(whole)):
        for bit in (1, 16):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :])
            with pytest.raises(errors.ConfigurationError, match=r"a\.ledger.* is damaged"):
                Ledger(path)


def test_a_ledger_of_another_version_is_named_so(tmp_path: Path) -> None:
    path = tmp_path / "a.ledger"
    fact = json.dumps(["format", "", 99, 1.5])
    path.write_text(f"{zlib.crc32(fact.encode()):08x} {fact}\n")
    with pytest.raises(
        errors.ConfigurationError, match=r"a\.ledger was written by another version of tuckan \(format 99\)"
    ):
        Ledger(path)


def test_a_push_that_is_being_undone_stays_so(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "a.ledger")
    ledger.begin(3)
    ledger.remove("begun")
    ledger.leave({"rows": 3})
    ledger.undo()
    again = Ledger(tmp_path / "a.ledger")
    assert (again.base, again.removal, again.left, again.undone) == (3, "begun", {"rows": 3}, True)


@pytest.mark.parametrize("private", [True, False])
def test_a_file_that_does_not_fit_leaves_the_one_that_is_there(tmp_path: Path, private: bool) -> None:
    path = tmp_path / "kept"
    path.write_text("old")
    code = """
        import sys
        from pathlib import Path
        from tuckan.transport.durable import replacing
        try:
            with replacing(Path(sys.argv[1]), private=sys.argv[2] == "True") as file:
                file.write(b"x" * 5000)
        except OSError as error:
            print(type(error).__name__)
        """
    assert limited(4000, code, path, private) == "OSError\n"
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("kept", "old")]
    assert limited(9000, code, path, private) == ""
    assert [(one.name, one.stat().st_size) for one in tmp_path.iterdir()] == [("kept", 5000)]
    assert (path.stat().st_mode & 0o077 == 0) == private


@pytest.mark.skipif(os.name == "nt", reason="links need a right of their own there")
@pytest.mark.parametrize("private", [True, False])
def test_a_link_stays_a_link_and_leads_to_what_was_written(tmp_path: Path, private: bool) -> None:
    (tmp_path / "elsewhere").mkdir()
    link, target = tmp_path / "profiles.toml", tmp_path / "elsewhere" / "mine.toml"
    link.symlink_to(target)
    for text in ("new", "newer"):  # a link to nothing first
        with replacing(link, private=private) as file:
            file.write(text.encode())
        assert link.is_symlink()
        assert target.read_text() == text
    assert [one.name for one in target.parent.iterdir()] == ["mine.toml"]


def test_whatever_is_written_names_its_file_and_leaves_nothing_by_half(tmp_path: Path) -> None:
    said = limited(
        10,
        """
        import sys
        from pathlib import Path
        from tuckan import errors
        from tuckan.config import Profile, save_profile
        from tuckan.jobs.journal import Journal
        from tuckan.push.batches import write_chunks
        from tuckan.sandbox.instance import State, _write
        from tuckan.transport.download_writer import write_note

        folder = Path(sys.argv[1])
        for write in (
            lambda: save_profile(Profile("work", "https://example.org", "secret-token")),
            lambda: write_note(folder / "f.part.json", {"url": "https://example.org"}),
            lambda: list(write_chunks(folder / "a.rows", [[b"{}" * 99]])),
            lambda: _write(folder / "state.json", State()),
            lambda: Journal(folder / "a.sqlite"),
        ):
            try:
                write()
            except OSError as error:
                print(error.filename)
            except errors.CannotWrite as error:
                print(error.message)
        """,
        tmp_path,
        environment={"TUCKAN_CONFIG_DIR": str(tmp_path)},
    )
    named = ("profiles.toml cannot be written", "f.part.json", "a.rows", "state.json", "a.sqlite can't be used")
    for line, name in zip(said.splitlines(), named, strict=True):
        assert str(tmp_path) in line
        assert name in line
    assert {one.name for one in tmp_path.iterdir()} <= {"a.rows"}, "the rows go with their job"


def test_a_file_without_a_buffer_takes_all_or_is_an_error(tmp_path: Path) -> None:
    said = limited(
        4000,
        """
        import sys
        from tuckan.transport.json_lines import line_writer
        with open(sys.argv[1], "wb", buffering=0) as file, line_writer(file) as write:
            try:
                write([b"x" * 5000])
            except OSError as error:
                print(type(error).__name__)
        """,
        tmp_path / "raw",
    )
    assert said == "OSError\n"


def lines_of_a_backup() -> list[Any]:
    table = {"fields": [{"id": "n", "type": "int4"}], "key": [], "aliases": []}
    return [{"format": 1, "resource": "r", "table": table}, "1,7\n2,\n", '3,"9"\n']


def written(path: Path, lines: list[Any], **end: Any) -> None:
    import hashlib  # noqa: PLC0415 - for this one

    text = "".join(json.dumps(one) + "\n" for one in lines).encode()
    last = {"rows": 3, "last": 3, "sha256": hashlib.sha256(text).hexdigest(), **end}
    path.write_bytes(gzip.compress(text + json.dumps(last).encode() + b"\n"))


def test_a_backup_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.backup"
    written(path, lines_of_a_backup())
    backup = read_backup(path)
    assert (backup.count.rows, backup.count.last) == (3, 3)
    assert list(backup.rows()) == [[b'{"n":"7"}', b'{"n":null}', b'{"n":"9"}']]


@pytest.mark.parametrize("how", ["cut", "cut between", "flipped", "rows", "checksum", "header", "empty", "text"])
def test_a_backup_that_is_damaged_in_any_way_is_refused(tmp_path: Path, how: str) -> None:
    path = tmp_path / "a.backup"
    written(path, lines_of_a_backup())
    whole = path.read_bytes()
    if how == "cut":
        path.write_bytes(whole[:-12])
    elif how == "cut between":
        path.write_bytes(gzip.compress(b"".join(gzip.decompress(whole).splitlines(keepends=True)[:2])))
    elif how == "flipped":
        path.write_bytes(whole[:40] + bytes([whole[40] ^ 1]) + whole[41:])
    elif how == "rows":
        written(path, lines_of_a_backup(), rows=4)
    elif how == "checksum":
        written(path, lines_of_a_backup(), sha256="0" * 64)
    elif how == "header":
        written(path, lines_of_a_backup()[1:])
    else:
        path.write_bytes(b"" if how == "empty" else b"no gzip")
    with pytest.raises(errors.ConfigurationError, match=r"a\.backup is damaged: .*The table was not changed"):
        read_backup(path)


def test_a_backup_of_a_later_version_is_named_so(tmp_path: Path) -> None:
    path = tmp_path / "a.backup"
    written(path, [{**lines_of_a_backup()[0], "format": 99}, *lines_of_a_backup()[1:]])
    with pytest.raises(
        errors.ConfigurationError, match=r"a\.backup was written by a later version of tuckan \(format 99\)"
    ):
        read_backup(path)


def test_every_file_of_ours_is_private_whatever_the_umask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also in a folder that others may look into, and while they are held."""
    monkeypatch.setenv("TUCKAN_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    before = os.umask(0)
    try:
        ledger = Ledger(tmp_path / "a.ledger")
        ledger.begin(0)
        list(write_chunks(tmp_path / "a.rows", [[b"{}"]]))
        save_profile(Profile("city", "https://example.org", "secret-token"))
        with (
            closing(Journal(tmp_path / "a.sqlite")) as journal,
            held(tmp_path / "a.sqlite"),
            locked(tmp_path / "box.lock"),
            replacing(tmp_path / "a.backup", private=True),
        ):
            journal.describe(title="x")
            keep(tmp_path / "names", ["rivers"])
            modes = {one.name: one.stat().st_mode & 0o777 for one in tmp_path.rglob("*") if one.is_file()}
    finally:
        os.umask(before)
    assert {"a.ledger", "a.rows", "a.sqlite", "a.sqlite-wal", "a.lock", "box.lock", "profiles.toml", "names"} < set(
        modes
    )
    assert set(modes.values()) == {0o600}, modes


def test_processes_that_save_profiles_at_one_time_lose_none(tmp_path: Path) -> None:
    code = """
        import sys
        from tuckan.config import Profile, load_profiles, save_profile
        for number in range(20):
            save_profile(Profile(f"{sys.argv[1]}{number}", "https://example.org", "t"))
        """
    command = [sys.executable, "-B", "-c", textwrap.dedent(code)]
    variables = {**os.environ, "TUCKAN_CONFIG_DIR": str(tmp_path)}
    several = [subprocess.Popen([*command, name], env=variables) for name in "abc"]
    assert [one.wait(timeout=120) for one in several] == [0, 0, 0]
    kept = tomllib.loads((tmp_path / "profiles.toml").read_text())["profiles"]
    assert set(kept) == {f"{name}{number}" for name in "abc" for number in range(20)}
    assert [one.name for one in tmp_path.iterdir()] == ["profiles.toml"]


def test_a_lock_that_is_held_is_said_and_one_that_is_freed_is_taken(tmp_path: Path) -> None:
    code = """
        import sys
        from pathlib import Path
        from tuckan.transport.locks import locked
        with locked(Path(sys.argv[1])):
            print("held", flush=True)
            sys.stdin.readline()
        """
    path = tmp_path / "a.lock"
    command = [sys.executable, "-B", "-c", textwrap.dedent(code), str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with (
            pytest.raises(errors.ConfigurationError, match="Another process is working on the job a"),
            held(tmp_path / "a.sqlite"),
        ):
            pass
        with pytest.raises(BlockingIOError), locked(path):
            pass
        other.kill()
        other.wait(timeout=60)
        with locked(path, wait=60), pytest.raises(BlockingIOError), locked(path):
            pass
    assert not path.exists()


def test_a_dump_that_is_cut_is_an_error_that_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "datasets.jsonl.gz"
    with line_writer(path) as write:
        write([json.dumps({"name": f"d{number}", "number": hash(str(number))}).encode() for number in range(2000)])
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(errors.InvalidArgument, match=r"datasets\.jsonl\.gz is damaged after line [1-9]\d*: "):
        list(Dump(path).records("datasets"))
