"""A disk that is full, a file that is damaged, foreign or of another version: it is said what is wrong, and nothing is lost."""

from __future__ import annotations

import os
import sqlite3
import sys
from typing import TYPE_CHECKING

import pytest
from tests.mirror.test_strange_portals import Portal, sync, there

from tuckan import InvalidArgument
from tuckan.errors import CannotWrite, MissingDependency, TuckanError
from tuckan.mirror import Mirror, layout
from tuckan.mirror.layout import APPLICATION, MIGRATIONS, VERSION, make_private, opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.shell import Shell


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Mirror]:
    with Mirror(tmp_path / "mirror.db") as found:
        sync(found, Portal(60))
        yield found


def test_a_full_disk_is_no_damage(tmp_path: Path) -> None:
    portal = Portal(2000)
    with Mirror(tmp_path / "mirror.db") as mirror:
        with mirror._writing(create=True) as store:
            store.connection.execute("PRAGMA max_page_count = 100")
        with pytest.raises(CannotWrite, match="disk is full"):
            sync(mirror, portal)
        mirror.close()
        assert mirror.verify() == mirror.status()["datasets"] < 2000
        sync(mirror, portal)
        assert there(mirror) == portal.datasets


def test_without_zstd_no_file_is_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "backports.zstd" if sys.version_info < (3, 14) else "compression.zstd", None)
    with Mirror(tmp_path / "mirror.db") as mirror, pytest.raises(MissingDependency, match="to keep a mirror"):
        sync(mirror, Portal(1))
    assert not (tmp_path / "mirror.db").exists()


def test_a_file_that_cannot_be_written_says_so(mirror: Mirror) -> None:
    with mirror._writing() as store:
        store.connection.execute("PRAGMA query_only = ON")
    with pytest.raises(CannotWrite, match="readonly"):
        sync(mirror, Portal(60))


@pytest.mark.parametrize("place", ["pages", "a record", "its compression"])
def test_damage_is_told_by_every_reader(mirror: Mirror, place: str) -> None:
    mirror.close()
    if place == "pages":
        with mirror.path.open("r+b") as file:
            file.seek(4096)
            file.write(os.urandom(mirror.path.stat().st_size - 4096))
    else:
        with sqlite3.connect(mirror.path) as plain:
            key, packed = plain.execute("SELECT dataset, json FROM records LIMIT 1 OFFSET 7").fetchone()
            spoilt = packed[:30] if place == "a record" else b"none of zstd's"
            plain.execute("UPDATE records SET json = ? WHERE dataset = ?", (spoilt, key))
        plain.close()
    with pytest.raises(InvalidArgument, match="damaged"):
        mirror.verify()
    with pytest.raises(InvalidArgument, match="damaged"):
        list(mirror.datasets)


def test_it_is_readable_by_its_owner_alone_with_all_that_is_beside_it(mirror: Mirror) -> None:
    assert mirror.path.with_name("mirror.db-wal").exists()
    make_private(mirror.path)
    beside = list(mirror.path.parent.iterdir())
    assert len(beside) >= 3
    assert not [one for one in beside if one.stat().st_mode & 0o077]


def test_a_file_of_an_earlier_layout_is_converted_once_and_one_of_a_later_refused(tmp_path: Path) -> None:
    path = tmp_path / "mirror.db"
    with sqlite3.connect(path) as plain:
        plain.executescript(MIGRATIONS[0])
        plain.executescript(f"PRAGMA application_id = {APPLICATION}; PRAGMA user_version = 1;")
    plain.close()
    opened(path, read_only=True).close()
    portal = Portal(60)
    with Mirror(path) as mirror:
        sync(mirror, portal)
        assert there(mirror) == portal.datasets
    with sqlite3.connect(path) as plain:
        assert plain.execute("PRAGMA user_version").fetchone() == (VERSION,)
        plain.execute(f"PRAGMA user_version = {VERSION + 1}")
    plain.close()
    with Mirror(path) as later, pytest.raises(InvalidArgument, match="later version of tuckan"):
        later.status()


def test_two_that_convert_a_file_at_once_do_it_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mirror.db"
    with sqlite3.connect(path) as plain:
        plain.executescript(MIGRATIONS[0])
        plain.executescript(f"PRAGMA application_id = {APPLICATION}; PRAGMA user_version = 1;")
    plain.close()
    migrate = layout._migrate

    def after_another(connection: sqlite3.Connection, number: int) -> None:
        monkeypatch.setattr(layout, "_migrate", migrate)
        opened(path).close()
        migrate(connection, number)

    monkeypatch.setattr(layout, "_migrate", after_another)
    opened(path).close()


def test_a_database_of_others_is_never_made_a_mirror_by_reading_it(tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    with sqlite3.connect(path) as plain:
        plain.execute("PRAGMA journal_mode = WAL")
    plain.close()
    before = path.read_bytes()
    with Mirror(path) as mirror, pytest.raises(InvalidArgument, match="no mirror at"):
        mirror.status()
    assert path.read_bytes() == before


def test_sql_changes_nothing(mirror: Mirror) -> None:
    for query in ("DELETE FROM changes", "DROP TABLE runs", "UPDATE meta SET value = ''", "SELEC", "SELECT ?"):
        with pytest.raises(InvalidArgument, match="SQLite refuses the query"):
            list(mirror.sql(query))
    sync(mirror, Portal(61))
    assert mirror.status()["datasets"] == 61


def test_a_killed_export_leaves_the_previous_one(mirror: Mirror, tmp_path: Path) -> None:
    out = tmp_path / "out"
    mirror.export(out)
    (tmp_path / ".out.part").mkdir()
    (tmp_path / ".out.part" / "datasets.jsonl").write_text("half")
    out.rename(tmp_path / ".out.old")  # killed between the two renames
    assert mirror.export(out)["datasets"] == 60
    assert sorted(one.name for one in tmp_path.iterdir() if "out" in one.name) == ["out"]
    (tmp_path / "link").symlink_to(out)
    mirror.export(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()


def test_no_command_answers_with_a_traceback(alone: Shell) -> None:
    (alone.folder / "text.db").write_text("not a database, whatever its name says " * 200)
    (alone.folder / "folder.db").mkdir()
    for name in ("text.db", "folder.db", "none.db"):
        for command in ("status", "verify", "changes", "prune", "serve", "export -o out"):
            ran = alone("mirror", *command.split(), name)
            assert ran.code != 0
            assert name in ran.err
            assert "Traceback" not in ran.err
    assert issubclass(CannotWrite, TuckanError)
