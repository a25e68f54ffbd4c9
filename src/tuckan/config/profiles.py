"""Profiles: portals with a name, kept in one file that only its owner can read."""

from __future__ import annotations

import json
import os
import re
import tempfile
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tuckan.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Profile:
    """A portal with a name.

    Attributes:
        name: what people call it.
        url: its address.
        token: the API token, or None to read as anybody may.
    """

    name: str
    url: str
    token: str | None = field(default=None, repr=False)


def profiles_file() -> Path:
    """Where profiles are kept; `TUCKAN_CONFIG_DIR` moves it."""
    if folder := os.environ.get("TUCKAN_CONFIG_DIR"):
        return Path(folder) / "profiles.toml"
    import platformdirs  # noqa: PLC0415 - only wanted when profiles are

    return Path(platformdirs.user_config_dir("tuckan")) / "profiles.toml"


def load_profiles() -> dict[str, Profile]:
    """Read all profiles, sorted by name.

    Raises:
        ConfigurationError: when the file is there and cannot be read.
    """
    path = profiles_file()
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(
            f"The profiles in {path} cannot be read: {error}.",
            hint="Mend the file, or move it away and log in again.",
        ) from None  # the frames of a parser hold the text, the tokens in it
    table: dict[str, Any] = content.get("profiles", {})
    return {name: _profile(name, entry, path) for name, entry in sorted(table.items())}


def _profile(name: str, entry: Any, path: Path) -> Profile:
    if not isinstance(entry, dict) or not isinstance(entry.get("url"), str):
        raise ConfigurationError(
            f"The profile {name!r} in {path} has no url.",
            hint=f"Make it anew: tuckan login NAME --url https://example.org --profile {name}",
        )
    return Profile(name, entry["url"], entry.get("token"))


def save_profile(profile: Profile) -> Path:
    """Add or replace a profile, and give the path of the file.

    Raises:
        ConfigurationError: when the name is not one, or the file cannot be written.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", profile.name):
        raise ConfigurationError(
            f"{profile.name!r} cannot be a profile's name.",
            hint="Use letters, digits, dots, dashes and underscores.",
        )
    return _write({**load_profiles(), profile.name: profile})


def remove_profile(name: str) -> None:
    """Forget a profile; one that is not there is no error."""
    profiles = load_profiles()
    if profiles.pop(name, None) is not None:
        _write(profiles)


def _write(profiles: dict[str, Profile]) -> Path:
    path = profiles_file()
    text = "".join(
        f"[profiles.{json.dumps(name)}]\nurl = {json.dumps(profile.url)}\n"
        + (f"token = {json.dumps(profile.token)}\n" if profile.token else "")
        + "\n"
        for name, profile in sorted(profiles.items())
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # A temporary file is made with mode 0600, so that the token is never readable by others, not even for a moment.
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".profiles-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(temporary).replace(path)
    except OSError as error:
        raise ConfigurationError(
            f"The profiles in {path} cannot be written: {error}.", hint="Check the folder."
        ) from error
    return path
