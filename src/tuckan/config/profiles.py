"""Profiles: portals with a name, kept in one file that only its owner can read."""

from __future__ import annotations

import json
import os
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuckan._text import choices
from tuckan.errors import ConfigurationError
from tuckan.shapes import Secret
from tuckan.transport.durable import private_folder, replacing

if TYPE_CHECKING:
    from collections.abc import Iterable


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

    def __post_init__(self) -> None:
        if self.token is not None:
            object.__setattr__(self, "token", Secret(self.token))


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
    return _read()[0]


def default_profile() -> str | None:
    """The name of the profile that counts when nothing else names a portal, or None.

    Raises:
        ConfigurationError: when the file is there and cannot be read.
    """
    return _read()[1]


def _read() -> tuple[dict[str, Profile], str | None]:
    path = profiles_file()
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}, None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(
            f"The profiles in {path} cannot be read: {error}.",
            hint="Mend the file, or move it away and log in again.",
        ) from None  # the frames of a parser hold the text, the tokens in it
    table: Any = content.get("profiles", {})
    if not isinstance(table, dict):
        raise ConfigurationError(f"{path} holds no profiles.", hint="Move it away and log in again.")
    default = content.get("default")
    profiles = {name: _profile(name, entry, path) for name, entry in sorted(table.items())}
    return profiles, default if isinstance(default, str) else None


def _profile(name: str, entry: Any, path: Path) -> Profile:
    if not isinstance(entry, dict) or not isinstance(entry.get("url"), str):
        raise ConfigurationError(
            f"The profile {name!r} in {path} has no url.",
            hint=f"Make it anew: tuckan login {name} --url https://example.org",
        )
    token = entry.get("token")
    return Profile(name, entry["url"], token if isinstance(token, str) else None)


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
    profiles, default = _read()
    return _write({**profiles, profile.name: profile}, default)


def remove_profile(name: str) -> None:
    """Forget a profile; one that is not there is no error."""
    profiles, default = _read()
    if profiles.pop(name, None) is not None:
        _write(profiles, None if default == name else default)


def set_default_profile(name: str | None) -> Path:
    """Choose the profile that counts when nothing else names a portal; None for none.

    Raises:
        ConfigurationError: when there is no such profile, or the file cannot be written.
    """
    profiles, _ = _read()
    if name is not None and name not in profiles:
        raise unknown_profile(name, profiles)
    return _write(profiles, name)


def unknown_profile(name: str, known: Iterable[str]) -> ConfigurationError:
    """The error for a name that no profile has."""
    login = f"tuckan login {name} --url https://example.org"
    return ConfigurationError(
        f"There is no profile called {name!r}.",
        hint=" ".join(filter(None, [choices(name, list(known), what="Saved profiles:"), f"To save one: {login}"])),
    )


def _write(profiles: dict[str, Profile], default: str | None) -> Path:
    path = profiles_file()
    text = f"default = {json.dumps(default)}\n\n" if default else ""
    text += "".join(
        f"[profiles.{json.dumps(name)}]\nurl = {json.dumps(profile.url)}\n"
        + (f"token = {json.dumps(profile.token)}\n" if profile.token else "")
        + "\n"
        for name, profile in sorted(profiles.items())
    )
    try:
        private_folder(path.parent)
        with replacing(path, private=True) as file:
            file.write(text.encode())
    except OSError as error:
        raise ConfigurationError(
            f"The profiles in {path} cannot be written: {error}.", hint="Check the folder."
        ) from error
    return path
