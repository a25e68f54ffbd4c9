"""Where settings come from, which of them wins, and that a token stays with its portal."""

from __future__ import annotations

import copy
import os
import pickle
import socket
import tomllib
from dataclasses import asdict, fields
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from tuckan import Client
from tuckan.config import (
    Profile,
    default_profile,
    known,
    load_profiles,
    remembered,
    remove_profile,
    resolve,
    save_profile,
)
from tuckan.config.remembered import MOST_ACTIONS, limitations_of, remember
from tuckan.errors import ConfigurationError, InvalidArgument
from tuckan.wire.portal_state import Limitations

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CKAN_BASE_URL", "CKAN_API_KEY", "TUCKAN_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TUCKAN_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)


def test_the_first_source_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_profile(Profile("work", "https://profile.example.org", "profile-token"))
    assert resolve(profile="work").base_url == "https://profile.example.org"
    (tmp_path / ".env").write_text("CKAN_BASE_URL=https://file.example.org\nCKAN_API_KEY=file-token\n")
    found = resolve()
    assert (found.base_url, found.token) == ("https://file.example.org", "file-token")
    monkeypatch.setenv("CKAN_BASE_URL", "https://environment.example.org")
    monkeypatch.setenv("CKAN_API_KEY", "environment-token")
    assert resolve().token == "environment-token"
    assert resolve("https://argument.example.org").base_url == "https://argument.example.org"
    assert "environment" in resolve().source.lower()


def test_a_token_stays_with_its_portal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("CKAN_BASE_URL=https://file.example.org\nCKAN_API_KEY=file-token\n")
    assert resolve("https://other.example.org").token is None
    assert resolve("https://file.example.org/").token == "file-token"
    assert resolve("https://file.example.org", "").token in (None, "")
    monkeypatch.setenv("CKAN_BASE_URL", "https://other.example.org")
    assert resolve().token is None


@pytest.mark.parametrize("how", ["environment", "argument"])
def test_a_token_goes_to_no_address_that_only_a_file_nearby_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    (tmp_path / ".env").write_text("CKAN_BASE_URL=https://collector.example.net\n")
    if how == "environment":
        monkeypatch.setenv("CKAN_API_KEY", "my-token")
    with pytest.raises(ConfigurationError, match=r"set without an address.*collector\.example\.net") as caught:
        resolve(token="my-token" if how == "argument" else None)
    trace = caught.tb
    while trace:
        if trace.tb_frame.f_globals.get("__name__", "").startswith("tuckan"):
            assert "my-token" not in repr(trace.tb_frame.f_locals), trace.tb_frame.f_code.co_name
        trace = trace.tb_next
    assert resolve("https://collector.example.net", token="my-token").token == "my-token", "the person named it"
    assert resolve(token="my-token", env_file=tmp_path / ".env").token == "my-token", "the person named the file"
    assert resolve(token="").token is None


@pytest.mark.parametrize("source", ["argument", "environment", "file", "profile", "known"])
@pytest.mark.parametrize(
    "token", ["abc\ndef", "abc\r\nX-Evil: 1", "abc\x7fdef", "Bearer abc", "abc\u20acdef", "abc\xe9def"]
)
def test_a_token_that_no_header_takes_is_refused_before_anything_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, token: str
) -> None:
    monkeypatch.setattr(socket, "socket", None)  # nothing is connected
    url, quoted = "https://example.org", token.replace("\n", "\\n").replace("\r", "\\r")
    given: dict[str, str] = {"base_url": url, "token": token} if source == "argument" else {}
    if source == "environment":
        monkeypatch.setenv("CKAN_BASE_URL", url)
        monkeypatch.setenv("CKAN_API_KEY", token)
    elif source == "file":
        (tmp_path / ".env").write_text(f'CKAN_BASE_URL={url}\nCKAN_API_KEY="{quoted}"\n', encoding="utf-8")
    elif source != "argument":
        save_profile(Profile("city", url, token))
        given = {"profile": "city"}
    with pytest.raises(ConfigurationError, match="The token contains invalid characters") as told:
        known(url) if source == "known" else Client(**given)
    assert "abc" not in str(told.value)


@pytest.mark.parametrize("value", [5, b"abc", ["abc"], True])
def test_addresses_and_tokens_are_text(value: Any) -> None:
    with pytest.raises(ConfigurationError, match=f"base_url must be text, not {type(value).__name__}"):
        Client(value)
    with pytest.raises(ConfigurationError, match=f"token must be text, not {type(value).__name__}") as told:
        Client("https://example.org", value)
    assert "abc" not in str(told.value)


def test_an_exported_profile_comes_before_a_file_nearby(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_profile(Profile("work", "https://profile.example.org", "profile-token"))
    (tmp_path / ".env").write_text("CKAN_BASE_URL=https://file.example.org\nCKAN_API_KEY=file-token\n")
    monkeypatch.setenv("TUCKAN_PROFILE", "work")
    found = resolve()
    assert (found.base_url, found.token) == ("https://profile.example.org", "profile-token")


def test_a_token_is_shown_and_pickled_nowhere() -> None:
    settings = resolve("https://example.org", "my-token")
    assert "my-token" not in repr(settings) + repr(asdict(settings))
    assert copy.deepcopy(settings) == settings
    with pytest.raises(TypeError, match="cannot be pickled") as caught:
        pickle.dumps(settings)
    assert "my-token" not in str(caught.value)


def test_folders_of_ours_are_private_whatever_the_umask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUCKAN_CONFIG_DIR", str(tmp_path / "new" / "config"))
    before = os.umask(0)
    try:
        path = save_profile(Profile("work", "https://example.org", "my-token"))
    finally:
        os.umask(before)
    modes = [one.stat().st_mode & 0o777 for one in (tmp_path / "new", path.parent, path)]
    assert modes == [0o700, 0o700, 0o600]
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_the_nearest_env_file_above_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("CKAN_BASE_URL=https://file.example.org\n")
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert resolve().base_url == "https://file.example.org"


@pytest.mark.parametrize("line", ['CKAN_API_KEY="secret-without-an-end', "CKAN_BASE_URL='https://example.org"])
def test_a_line_of_ours_that_cannot_be_read_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / ".env").write_text(f"# ours\n{line}\n")
    with pytest.raises(ConfigurationError, match="line 2") as caught:
        resolve()
    assert str(tmp_path / ".env") in str(caught.value)
    assert "secret" not in str(caught.value)


def test_lines_of_others_do_not_concern_us(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / ".env").write_text("this is no setting\nCKAN_BASE_URL=https://file.example.org\n===\n")
    assert resolve().base_url == "https://file.example.org"
    assert caplog.text == ""


def test_nothing_set_names_the_profiles_that_there_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUCKAN_CONFIG_DIR", str(tmp_path / "config"))
    save_profile(Profile("sandbox", "https://example.org", "x"))
    with pytest.raises(ConfigurationError) as caught:
        resolve(environment={})
    assert caught.value.hint.endswith("Saved profiles are sandbox: pass profile= or set TUCKAN_PROFILE.")


def test_nothing_set_says_what_to_set() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Client()
    assert "CKAN_BASE_URL" in caught.value.hint
    assert "tuckan login" in caught.value.hint


def test_profiles() -> None:
    assert load_profiles() == {}
    save_profile(Profile("b", "https://b.example.org", 'quote" and \\ backslash'))
    save_profile(Profile("a", "https://a.example.org"))
    assert list(load_profiles()) == ["a", "b"]
    assert load_profiles()["b"].token == 'quote" and \\ backslash'
    with pytest.raises(ConfigurationError, match="nowhere"):
        Client(profile="nowhere")
    remove_profile("a")
    remove_profile("a")
    assert list(load_profiles()) == ["b"]


def test_what_another_version_keeps_with_profiles_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUCKAN_CONFIG_DIR", str(tmp_path))
    path = tmp_path / "profiles.toml"
    path.write_text(
        'default = "a"\nsince = 2026-01-31\n[profiles.a]\nurl = "https://example.org"\nproxy = {"at" = ["x", 1.5]}\n'
    )
    save_profile(Profile("\x62", "https://example.org/\U0001f6b2\x7f"))
    save_profile(Profile("a", "https://example.net", "t"))
    kept = tomllib.loads(path.read_text(encoding="utf-8"))
    assert kept == {
        "default": "a",
        "since": date(2026, 1, 31),
        "profiles": {
            "a": {"url": "https://example.net", "token": "t", "proxy": {"at": ["x", 1.5]}},
            "b": {"url": "https://example.org/\U0001f6b2\x7f"},
        },
    }
    remove_profile("a")
    assert default_profile() is None


def test_broken_profiles_are_explained(tmp_path: Path) -> None:
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "profiles.toml").write_text("[profiles\n")
    with pytest.raises(ConfigurationError, match=r"profiles\.toml"):
        load_profiles()


@pytest.mark.parametrize("options", [{"timeout": 0}, {"timeout": -1}, {"concurrency": 0}])
def test_options_that_make_no_sense(options: dict[str, int]) -> None:
    with pytest.raises(InvalidArgument):
        Client("https://example.org", **options)  # type: ignore[arg-type]


SITE = "https://work.example.org"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda *_, **__: str(tmp_path / "cache"))
    return tmp_path / "cache" / "portals"


def test_what_a_portal_cannot_do_is_kept_for_a_day(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = Limitations(filters=False, ranges=True, encodings={"package_search": "get"}, usual_encoding="get")
    remember("work", SITE, found)
    kept = limitations_of("work", SITE)
    assert kept == Limitations(filters=False, encodings={"package_search": "get"}, usual_encoding="get")
    assert limitations_of("work", "https://elsewhere.example.org") == Limitations()
    assert limitations_of("other", SITE) == Limitations()

    [file] = cache.iterdir()
    begun, written = remembered.time.time(), file.stat().st_mtime_ns
    remember("work", SITE, found)
    assert file.stat().st_mtime_ns == written, "nothing new, nothing written"
    monkeypatch.setattr(remembered.time, "time", lambda: begun + 50_000)
    remember("work", SITE, Limitations(filters=False, ranges=False))
    assert limitations_of("work", SITE).ranges is False
    monkeypatch.setattr(remembered.time, "time", lambda: begun + 90_000)
    assert limitations_of("work", SITE) == Limitations(), "all of it goes a day after the first of it"

    remember("work", SITE, found)
    save_profile(Profile("work", SITE))
    assert limitations_of("work", SITE) == Limitations(), "a new login looks again"


LIMITED: dict[str, dict[str, Any]] = {
    "filters": {"filters": False},
    "ranges": {"ranges": False},
    "bare_resources": {"bare_resources": False},
    "keeps_names": {"keeps_names": False},
    "encodings": {"encodings": {"package_search": "get"}},
    "usual_encoding": {"encodings": {"package_search": "form", "package_show": "form"}, "usual_encoding": "form"},
}
"""Each thing that a portal may be found not to do."""


@pytest.mark.parametrize("name", [one.name for one in fields(Limitations)])
def test_each_thing_that_a_portal_cannot_do_is_kept_and_told(cache: Path, name: str) -> None:
    found = Limitations(**LIMITED[name])
    remember("work", SITE, found)
    assert limitations_of("work", SITE) == found
    assert len(found.described()) == 1


def test_a_damaged_memory_of_a_portal_is_ignored(cache: Path) -> None:
    encodings: Any = {f"action_{number}": "get" for number in range(1000)}
    remember("../work", SITE, Limitations(encodings=encodings))
    [file] = cache.iterdir()
    assert len(limitations_of("../work", SITE).encodings) == MOST_ACTIONS
    whole = file.read_bytes()
    for damaged in (b"", b"\xff", whole[:-9], b"[1]", whole.replace(b'"get"', b'"PUT"')):
        file.write_bytes(damaged)
        assert limitations_of("../work", SITE) == Limitations()
    file.unlink()
    cache.rmdir()
    cache.write_text("no folder")
    remember("work", SITE, Limitations(filters=False))
    assert limitations_of("work", SITE) == Limitations()
