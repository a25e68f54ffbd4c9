"""Profiles: portals with a name, kept in one file that only its owner can read."""

from __future__ import annotations

import json
import os
import re
import tomllib
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuckan._text import choices
from tuckan.config.remembered import forget
from tuckan.errors import CannotWrite, ConfigurationError
from tuckan.shapes import Secret
from tuckan.transport.durable import private_folder, replacing
from tuckan.transport.locks import locked

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable


LONGEST_WAIT = 10.0
"""Seconds to wait for another process that writes to the file."""


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
    """Read all profiles.

    Returns:
        The profiles by name, sorted.

    Raises:
        ConfigurationError: when the file is there and cannot be read.

    Example:
        >>> path = save_profile(Profile("staging", "https://staging.example.org", "a-token"))
        >>> load_profiles()["staging"]
        Profile(name='staging', url='https://staging.example.org')
    """
    return _read()[0]


def default_profile() -> str | None:
    """Return the name of the profile that counts when nothing else names a portal, or None.

    Raises:
        ConfigurationError: when the file is there and cannot be read.

    Example:
        >>> path = save_profile(Profile("staging", "https://staging.example.org"))
        >>> path = set_default_profile("staging")
        >>> default_profile()
        'staging'
    """
    return _read()[1]


def _read() -> tuple[dict[str, Profile], str | None]:
    content = _content()
    default = content.get("default")
    profiles = {name: _profile(name, entry, profiles_file()) for name, entry in sorted(content["profiles"].items())}
    return profiles, default if isinstance(default, str) else None


def _content() -> dict[str, Any]:
    """All that is in the file, with the table of profiles."""
    path = profiles_file()
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        content = {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(
            f"The profiles in {path} cannot be read: {error}.",
            hint="Fix the file, or move it away and log in again.",
        ) from None  # the frames of a parser hold the text, the tokens in it
    if not isinstance(content.setdefault("profiles", {}), dict):
        raise ConfigurationError(f"{path} does not contain profiles.", hint="Move it away and log in again.")
    for name, entry in content["profiles"].items():
        if token := _profile(name, entry, path).token:
            entry["token"] = token  # which no frame shows
    return content


def _profile(name: str, entry: Any, path: Path) -> Profile:
    if not isinstance(entry, dict) or not isinstance(entry.get("url"), str):
        raise ConfigurationError(
            f"The profile {name!r} in {path} has no url.",
            hint=f"Create it again: tuckan login {name} --url https://example.org",
        )
    token = entry.get("token")
    return Profile(name, entry["url"], token if isinstance(token, str) else None)


def save_profile(profile: Profile) -> Path:
    """Add or replace a profile.

    Args:
        profile: the profile; its token is stored in a file that only its owner can read.

    Returns:
        The path of the file.

    Raises:
        ConfigurationError: when the name is not valid, or the file cannot be written.

    Example:
        >>> save_profile(Profile("production", "https://data.example.org", "a-token")).name
        'profiles.toml'
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", profile.name):
        raise ConfigurationError(
            f"{profile.name!r} is not a valid profile name.",
            hint="Use letters, digits, dots, dashes and underscores.",
        )
    with _changing() as content:
        entry = content["profiles"].get(profile.name)
        kept = {name: value for name, value in entry.items() if name != "token"} if isinstance(entry, dict) else {}
        token = {"token": profile.token} if profile.token else {}
        content["profiles"][profile.name] = {**kept, "url": profile.url, **token}
    forget(profile.name)
    return profiles_file()


def remove_profile(name: str) -> None:
    """Remove a profile; does nothing when there is none of that name.

    Args:
        name: the profile's name.

    Raises:
        ConfigurationError: when the file cannot be read or written.

    Example:
        >>> remove_profile("production")
        >>> "production" in load_profiles()
        False
    """
    if name not in _content()["profiles"]:
        return
    with _changing() as content:
        content["profiles"].pop(name, None)
        if content.get("default") == name:
            del content["default"]
    forget(name)


def set_default_profile(name: str | None) -> Path:
    """Choose the profile that counts when nothing else names a portal.

    Args:
        name: the profile's name; None for no profile.

    Returns:
        The path of the file.

    Raises:
        ConfigurationError: when there is no such profile, or the file cannot be written.

    Example:
        >>> path = set_default_profile(None)
        >>> default_profile()
    """
    with _changing() as content:
        if name is not None and name not in content["profiles"]:
            raise unknown_profile(name, content["profiles"])
        content.pop("default", None)
        if name is not None:
            content["default"] = name
    return profiles_file()


def unknown_profile(name: str, known: Iterable[str]) -> ConfigurationError:
    """The error for a name that no profile has."""
    login = f"tuckan login {name} --url https://example.org"
    return ConfigurationError(
        f"There is no profile called {name!r}.",
        hint=" ".join(filter(None, [choices(name, list(known), what="Saved profiles:"), f"Save one with: {login}"])),
    )


@contextmanager
def _changing() -> Generator[dict[str, Any]]:
    """Read the file, let it be changed, and write it; no other process does so at the same time.

    What another version of tuckan keeps in it stays.
    """
    path = profiles_file()
    with ExitStack() as stack:
        try:
            private_folder(path.parent)
            stack.enter_context(locked(path.with_suffix(".lock"), wait=LONGEST_WAIT))
        except OSError as error:
            raise _unwritable(path, error) from error
        content = _content()
        yield content
        try:
            with replacing(path, private=True) as file:
                file.write(_as_toml(content).encode())
        except OSError as error:
            raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> ConfigurationError:
    busy = isinstance(error, BlockingIOError)
    return CannotWrite(
        f"The profiles in {path} cannot be written: {'another process is writing to them' if busy else error.strerror or error}.",
        hint="Try again."
        if busy
        else "Check that the folder is writable and has room, or set TUCKAN_CONFIG_DIR to another.",
    )


def _as_toml(content: dict[str, Any]) -> str:
    """The file's text: single values first, then each profile as a table of its own."""
    profiles: dict[str, Any] = content["profiles"]
    lines = [f"{json.dumps(name)} = {_value(one)}" for name, one in content.items() if name != "profiles"]
    lines += [""] if lines else []
    for name, entry in sorted(profiles.items()):
        lines += [
            f"[profiles.{json.dumps(name)}]",
            *(f"{json.dumps(key)} = {_value(one)}" for key, one in entry.items()),
            "",
        ]
    return "\n".join(lines)


def _value(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(name)} = {_value(one)}" for name, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, (date, time)):
        return value.isoformat()
    # JSON's strings are TOML's, but for pairs of surrogates and for DEL.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
