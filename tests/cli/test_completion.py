"""What a shell completes, through click's own door, and what never happens there: an error, or a long wait."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest
from click.shell_completion import ShellComplete

from tuckan.cli import completion
from tuckan.cli.root import tuckan
from tuckan.config import Profile, save_profile

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Impostor


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with nothing in it, and no portal."""
    for name in ("CKAN_BASE_URL", "CKAN_API_KEY", "TUCKAN_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TUCKAN_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("TUCKAN_JOBS_DIR", str(tmp_path / "jobs"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def completed(*words: str) -> list[str]:
    """What stands for the last word."""
    *before, last = words
    return [one.value for one in ShellComplete(tuckan, {}, "tuckan", "_TUCKAN_COMPLETE").get_completions(before, last)]


def test_profiles_actions_and_fields() -> None:
    save_profile(Profile("work", "https://example.org"))
    save_profile(Profile("home", "https://example.org/data"))
    assert completed("dataset", "list", "--profile", "") == ["home", "work"]
    assert completed("-p", "w") == completed("profiles", "show", "w") == completed("copy", "w") == ["work"]
    assert "package_show" in completed("call", "package_s")
    assert completed("actions", "package_sho") == ["package_show"]
    assert completed("search", "--facet", "org") == ["organization"]
    assert completed("search", "--filter", "org") == ["organization="]
    assert "license_id=" in completed("dataset", "patch", "rain", "lic")
    assert completed("resource", "patch", "x", "form") == ["format="]
    assert completed("job", "show", "la") == ["last"]


def test_commands_and_options_that_are_not_shown_are_not_completed() -> None:
    assert "search" not in completed("dataset", "s")
    assert "delete" not in completed("del")
    assert "--fq" not in completed("search", "--f")
    assert {"--filter", "--facet", "--field"} <= set(completed("search", "--f"))


def test_names_come_from_the_portal_once(impostor: Impostor, home: Path) -> None:
    asked: list[str] = []

    def autocomplete(params: dict[str, str]) -> list[dict[str, str]]:
        asked.append(params["q"])
        return [{"name": "rivers"}, {"name": "river-levels"}, {"name": "rain"}]

    impostor.answers |= {
        "package_autocomplete": autocomplete,
        "package_list": ["rain", "rivers"],
        "organization_list": ["city", "harbour"],
        "group_list": ["water", "esc\x1b[31m", "two\nlines", "\u202exe"],
    }
    for _ in range(2):
        assert completed("dataset", "show", "--url", impostor.url, "riv") == ["rivers", "river-levels"]
    assert asked == ["riv"]
    assert completed("-u", impostor.url, "dataset", "show", "") == ["rain", "rivers"]
    assert completed("-u", impostor.url, "organization", "show", "c") == ["city"]
    assert completed("-u", impostor.url, "dataset", "list", "--organization", "h") == ["harbour"]
    assert completed("-u", impostor.url, "dataset", "add-to-groups", "rain", "w") == ["water"]
    if os.name == "posix":
        assert (home / "cache" / "tuckan" / "completion").stat().st_mode & 0o077 == 0


def test_fields_of_the_portals_schemas_are_completed(impostor: Impostor) -> None:
    maker = {"field_name": "maker", "repeating_subfields": [{"field_name": "since"}]}
    summary = {"field_name": "summary", "preset": "fluent_text", "form_languages": ["en", "de"]}
    impostor.answers |= {
        "scheming_dataset_schema_list": ["instrument"],
        "scheming_dataset_schema_show": {"dataset_type": "instrument", "dataset_fields": [maker, summary]},
    }
    patch = ("-u", impostor.url, "dataset", "patch", "ctd")
    assert completed(*patch, "ma") == ["maintainer=", "maintainer_email=", "maker=", "maker.0.since="]
    assert completed(*patch, "summ") == ["summary.en=", "summary.de="]


def test_a_portal_that_does_not_answer_completes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(completion, "SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        assert completed("dataset", "show", "--url", url, "riv") == []
    assert completed("dataset", "show", "--url", "not a url", "riv") == []
    assert completed("dataset", "show", "riv") == []


def test_nothing_is_raised_whatever_is_broken(home: Path) -> None:
    (home / "config").mkdir(exist_ok=True)
    (home / "config" / "profiles.toml").write_text("broken = [")
    assert completed("-p", "") == []
    (home / "cache").write_text("a file where a folder should be")
    assert completed("dataset", "show", "--url", "http://127.0.0.1:1", "x") == []
